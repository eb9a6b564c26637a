"""Which expressions send a billable inference request (or build a framework's model that does).

A call is recognised by what its callee evaluates to, never by its name alone; HTTP calls are recognised by the URL.
What is *in force* for a call is the business of `settings`; loops, retries and fallbacks are the business of `flow`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace

from auditor.catalog.schema import CallShape, TypeShape, Vendor, Wire
from auditor.lazily import regex
from auditor.link.addresses import PRIVATE, PUBLIC, STAND_IN, UNKNOWN, host_of, nature
from auditor.link.branches import given_in_branch
from auditor.link.code import CallSite, ClassInfo, FunctionInfo
from auditor.link.names import Binding, last_name, start
from auditor.link.outlines import Outlines
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall, body_values, outcomes, role_texts
from auditor.link.roles import (
    Context,
    Found,
    Missing,
    look,
    paths_of,
    plain,
    resolve,
    texts,
)
from auditor.link.sdk_names import (
    branded_methods,
    distinctive_paths,
    is_copied,
    names_in_use,
    package_of,
    packages_in_use,
    preparing_names,
    telling_names,
)
from auditor.link.values import (
    ClassValue,
    Compound,
    DictValue,
    Env,
    External,
    FunctionValue,
    Instance,
    Known,
    ListValue,
    Made,
    Member,
    ParamValue,
    Text,
    Value,
    alternatives,
    is_opaque,
    spelled,
)
from auditor.link.vendors import SENDERS, Vendors
from auditor.model import syntax as s
from auditor.model.walk import children

_ADDRESS = regex(r"https://[\w.-]+/[\w./:-]+")
_MAX_TAKERS = 60
_NO_CAP = frozenset({"embeddings", "audio", "image", "speech", "video", "rerank", "classification", "ocr", "search"})
_UPGRADE = "UPGRADE"  # a web socket's request, in place of a method


def find_calls(program: Program) -> tuple[RawCall, ...]:
    """Every LLM call in the loaded modules, sorted by position; mocked clients in tests are none."""
    finder = _Finder(program)
    return finder.run()


class _Finder:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.catalog = program.catalog
        self.paths = distinctive_paths(program)
        self.branded = branded_methods(program.catalog)
        self.names = names_in_use(program)
        # Without any SDK nothing that is handed in can be a call of one.
        sdks = [x.symbols for v in self.catalog.vendors if v.category != "transport" for x in v.types]
        sdks += [x.symbols for v in self.catalog.vendors if v.category != "transport" for x in v.calls]
        self.has_sdk = {
            language: any(package_of(x) in used for table in sdks for x in table.get(language, ()))
            for language in self.names
            for used in (packages_in_use(program, language),)
        }
        self.told = {lang: telling_names(self.catalog, lang, packages_in_use(program, lang)) for lang in self.names}
        self.makers = {lang: preparing_names(self.catalog, lang, packages_in_use(program, lang)) for lang in self.names}
        self.imports: dict[str, set[str]] = {}
        self.packages: dict[str, set[str]] = {}
        for vendor in self.catalog.vendors:
            for name in (*vendor.imports, *vendor.packages.get("npm", ())):
                self.packages.setdefault(name, set()).add(vendor.id)
        self.vendors = Vendors(program)
        self.outlines = Outlines(program.loader, program.file_of)
        self.prepared: dict[int, list[int]] = {}  # `partial(create, …)`: the rows that stand there
        self.used: set[int] = set()  # those that are called under a name of their own
        self.rows: dict[int, RawCall] = {}
        self.models: dict[int, RawCall] = {}
        self.process_wide: dict[str, tuple[tuple[str, Value], ...]] = {}

    def run(self) -> tuple[RawCall, ...]:
        """Find all rows, then the invocations of framework models."""
        self.load_helpers()
        # In a large tree nearly every file calls something handed in. Whoever hands an SDK's client on is loaded already,
        # unless it got it from elsewhere and calls nothing of note: not worth reading the whole tree.
        with self.program.among_loaded() if self.program.large else nullcontext():
            self.search(sorted(self.program.modules.keys() - self.program.asides))
            for key in {k for kept in self.used for k in self.prepared.get(kept, ())}:
                self.rows.pop(key, None)
            self.models = {key: row for key, row in self.rows.items() if row.kind == "framework-model"}
            for key, sites in self.invocations(self.functions_near_models()).items() if self.models else ():
                self.rows[key] = replace(self.rows[key], invocations=tuple(sites))
        return tuple(sorted(self.rows.values(), key=lambda r: (r.at, r.api)))

    def functions_near_models(self) -> list[FunctionInfo]:
        """The functions that may get hold of a model: of files that import it, however indirectly, and of what these import."""
        if not self.program.large:
            return list(self.program.functions())
        imports = {path: self.program.imports_of(path) for path in sorted(self.program.modules)}
        importers: dict[str, list[str]] = {}
        for path, targets in imports.items():
            for target in targets:
                importers.setdefault(target, []).append(path)
        holding = {row.at.path for row in self.models.values()}
        todo = sorted(holding)
        while todo:
            new = [p for p in importers.get(todo.pop(), ()) if p not in holding]
            holding.update(new)
            todo += new
        near = holding | {target for path in holding for target in imports.get(path, ())}
        return [f for f in self.program.functions() if f.path in near]

    def search(self, paths: list[str]) -> None:
        """Find the rows at the calls of some modules, and of those that have to be loaded for it."""
        known = set(self.program.modules)
        for _ in range(4):  # what had to be loaded on the way may hold requests as well
            for path in paths:
                module = self.program.modules[path]
                names = self.names[module.body.language] | _HANDING
                for function in module.functions:
                    for site in self.program.sites(function):
                        func = site.call.func
                        if type(func) is s.Attr and func.name not in names:
                            continue  # nine in ten
                        for row in self.rows_at(site):
                            self.rows.setdefault(id(row.site.call), row)
            paths = sorted(self.program.modules.keys() - known)
            known.update(paths)

    def load_helpers(self) -> None:
        """Load what the candidates import and what may send HTTP for them: it need not name a vendor."""
        words = [
            n
            for v in self.catalog.vendors
            if v.category == "transport"
            for n in (*v.imports, *v.packages.get("npm", ()))
        ]
        sends = re.compile(r"\b(?:" + "|".join(map(re.escape, {*words, *_TRANSPORTS})) + r")\b")
        seen = set(self.program.modules)
        wanted = []
        near = sorted(self.program.modules.keys() - self.program.asides)
        for path in (*near, *self.takers_of_addresses(near)):
            for target in self.program.imports_of(path):
                if target not in seen:
                    seen.add(target)
                    if sends.search(self.program.loader.read(target) or ""):
                        wanted.append(target)
        self.program.load(wanted)

    def takers_of_addresses(self, paths: list[str]) -> list[str]:
        """Who takes the address of an API from another file: it may hand it to what names neither vendor nor address."""
        if self.program.large:
            return []
        holders = (p for p in paths if self.holds_address(self.program.loader.read(p) or ""))
        found = {taker for path in holders for taker in self.program.loader.importers(path)}
        return sorted(found - set(paths))[:_MAX_TAKERS]

    def holds_address(self, text: str) -> bool:
        """Whether a text spells out where inference is asked for."""
        hits = (self.catalog.vendor_of_url(url) for url in sorted(set(_ADDRESS.findall(text))))
        return any(hit is not None and hit[2] is not None and hit[2].billable for hit in hits)

    # ------------------------------------------------------------------ one site

    def rows_at(self, site: CallSite) -> list[RawCall]:
        func = site.call.func
        name = last_name(func)
        names = self.names[site.function.language]
        if isinstance(func, s.Attr) and name not in names:
            return self.handed_over(site) if name in _HANDING else []
        if (
            isinstance(func, s.Attr)
            and name not in self.told[site.function.language]
            and not self.is_copied(func, site)
        ):
            return []
        if isinstance(func, s.Name) and (
            self.is_own(func, site)
            or (
                name not in names
                and not (
                    _may_send(site.call) and (self.has_sdk[site.function.language] or self.is_alias(func, site, names))
                )
                and not self.renamed(func, site, names)
                and not self.is_prepared(func, site)
            )
        ):
            return self.handed_over(site) if name in _HANDING else []
        if isinstance(func, (s.Index, s.Call)) and not self.has_sdk[site.function.language]:
            loader = last_name(func.func) if isinstance(func, s.Call) else ""
            if loader not in _LOADING and loader not in names:
                return []
        value = self.program.evaluate(func, site.function)
        found: list[RawCall] = []
        for one in alternatives(value):
            if isinstance(one, ParamValue):
                for inner, _ in resolve(self.program, one, ()):
                    found += self.rows_of(inner, site)
            else:
                found += self.rows_of(one, site)
        if not found and isinstance(func, s.Attr):
            found = self.by_path(value, func, site)
        if not found and site.call.args:
            found = self.handed_over(site)
        return _one_of(found)

    def is_own(self, func: s.Name, site: CallSite) -> bool:
        """Whether a plain name surely means a function of this module, or nothing that sends anything."""
        for holder in site.function.chain:
            table = self.program.table(holder)
            found = table.bindings.get(func.id) if table else None
            if found:
                return all(b.function is not None or self.is_function_elsewhere(b) for b in found)
        return func.id not in self.names[site.function.language] and not any(
            t.stars for h in site.function.chain if (t := self.program.table(h)) is not None
        )

    def is_copied(self, func: s.Attr, site: CallSite) -> bool:
        """Whether a member path is one that only a client of the shape that others copy has (`x.chat.completions.create`)."""
        chain = _chain(func)
        return any(
            (site.function.language, ".".join(chain[-size:])) in self.paths for size in (2, 3, 4) if size <= len(chain)
        )

    def is_alias(self, func: s.Name, site: CallSite, names: frozenset[str]) -> bool:
        """Whether a plain name is another one for something imported: `post = requests.post`, `rp = require("request")`."""
        for holder in site.function.chain:
            table = self.program.table(holder)
            found = table.bindings.get(func.id) if table else None
            if found:
                values = [b.expr for b in found if b.expr is not None]
                told = (last_name(v.func if isinstance(v, s.Call) else v) for v in values)
                return any(b.module is not None for b in found) or any(n in names or n in _LOADING for n in told)
        return False

    def is_function_elsewhere(self, b: Binding) -> bool:
        """Whether an imported name is plainly a function of another file, told from its text: it need not be read for that."""
        if b.module is None or b.imported is None or not b.imported.isidentifier():
            return False
        target = self.program.resolve_module(b.scope.path, b.module)
        if not isinstance(target, str):
            return False
        return self.outlines.gives_function(target, b.imported, b.scope.language)

    def renamed(self, func: s.Name, site: CallSite, names: frozenset[str]) -> bool:
        """Whether a plain name is one of the catalog's under another name (`import OpenAILike as Model`)."""
        tables = (t for h in site.function.chain if (t := self.program.table(h)) is not None)
        found = next((b for t in tables if (b := t.bindings.get(func.id))), ())
        return any(b.imported in names for b in found)

    def is_prepared(self, func: s.Name, site: CallSite) -> bool:
        """Whether a plain name may be a request that an SDK prepared: `const ask = ai.definePrompt(…)`, here or elsewhere."""
        makers = self.makers[site.function.language]
        for holder in site.function.chain if makers else ():
            table = self.program.table(holder)
            found = table.bindings.get(func.id) if table else None
            if found:
                return any(b.module is not None or _maker(b.expr) in makers for b in found)
        return False

    def handed_over(self, site: CallSite) -> list[RawCall]:
        """`asyncio.to_thread(client.chat.completions.create, model=...)`: the callable is an argument."""
        if last_name(site.call.func) in _WRAPPING:
            return []
        names = self.names[site.function.language]
        for i, arg in enumerate(site.call.args[:3]):
            if isinstance(arg.value, s.Attr) and arg.value.name in names and arg.name in (None, "func", "fn"):
                value = self.program.evaluate(arg.value, site.function)
                rest = tuple(site.call.args[i + 1 :])
                call = s.Call(site.call.at, arg.value, rest)
                inner = CallSite(site.path, site.function, call, link=site.link)
                found = [
                    r
                    for one in alternatives(value)
                    if isinstance(one, (Member, External))
                    for r in self.rows_of(one, inner)
                ]
                if found:
                    if last_name(site.call.func) == "partial":
                        self.prepared.setdefault(id(site.call), []).extend(id(r.site.call) for r in found)
                    return found
        return []

    def rows_of(self, value: Value, site: CallSite) -> list[RawCall]:
        language = site.function.language
        match value:
            case External(symbol=symbol):
                shape = self.program.select(self.program.shapes_of(language, symbol), site.call, site.function)
                if isinstance(shape, CallShape):
                    return self.row(shape, site, value, None) if shape.row else []
                if isinstance(shape, TypeShape) and shape.model:
                    return self.row(shape, site, value, None)
            case Made(symbol="functools.partial", call=kept, scope=holder) if kept.args and site.call is not kept:
                # `ask = partial(client.chat.completions.create, model=…)`: sent where `ask` is called
                call = s.Call(site.call.at, kept.args[0].value, (*kept.args[1:], *site.call.args))
                found = [
                    r
                    for one in alternatives(self.program.evaluate(kept.args[0].value, holder))
                    if isinstance(one, (Member, External))
                    for r in self.rows_of(one, CallSite(site.path, site.function, call, link=site.link))
                ]
                if found:
                    self.used.add(id(kept))
                return found
            case Member():
                typed = self.program.typed_member(value)
                if typed is not None and typed[1].row and self.program.member_shape(value, site.call, site.function):
                    inner = typed[0] if typed[0] is not value.base else None
                    return [replace(r, wrapped=inner) for r in self.row(typed[1], site, value, value.base)]
            case Made(type=TypeShape(callable=CallShape(row=True) as shape)):
                return self.row(shape, site, value, value)
            case ClassValue(cls=cls):
                for base in self.program.bases(cls):
                    made = self.catalog.type_of(language, base) if isinstance(base, str) else None
                    if made is not None and made.model and not self.program.sends_itself(cls):
                        return self.row(made, site, External(str(base), language), None)
            case _:
                pass
        return []

    def by_path(self, value: Value, func: s.Attr, site: CallSite) -> list[RawCall]:
        """An object of unknown origin whose member path only an SDK of a vendor imported here has."""
        vague = all(is_opaque(v) for v in alternatives(value))
        if not vague:
            return []
        chain = _chain(func)
        imported = self.imported_vendors(site.function.path)
        for size in range(min(len(chain), 4), 1, -1):
            options = self.paths.get((site.function.language, ".".join(chain[-size:])), [])
            usable = [o for o in options if o[0].vendor in imported]
            if not usable and size >= 3:
                usable = [o for o in options if is_copied(self.catalog, o[0])]
            usable = usable or [o for o in options if self.names_own_model(o[1], site)]
            for owner, shape in usable:
                call = s.Call(func.at, func)
                made = Made(owner.id, call, site.function, site.function.language, owner, assumed=True)
                if self.speaks(shape, site):
                    return self.row(shape, site, Member(made, tuple(chain[-size:])), made)
        for owner, shape in self.branded.get((site.function.language, func.name), ()):
            if self.names_own_model(shape, site):
                made = Made(owner.id, s.Call(func.at, func), site.function, site.function.language, owner, assumed=True)
                return self.row(shape, site, Member(made, (func.name,)), made)
        return []

    def names_own_model(self, shape: CallShape, site: CallSite) -> bool:
        """Whether the model that a call names is one of the vendor's own (`env.AI.run("@cf/…")`)."""
        parameter = shape.parameters.get("model")
        for path in paths_of(parameter, site.function.language, self.program.versions) if parameter else ():
            for one in look(self.program, site.call, site.function, path):
                for text in texts(self.program, one.value) if isinstance(one, Found) else ():
                    vendor = self.catalog.vendor_of_model(text)
                    if vendor is not None and vendor.id == shape.vendor:
                        return True
        return False

    def speaks(self, shape: CallShape, site: CallSite) -> bool:
        """Whether a call gives what an inference request needs: a model or a prompt."""
        for role in ("model", "prompt"):
            parameter = shape.parameters.get(role)
            for path in paths_of(parameter, site.function.language, self.program.versions) if parameter else ():
                if any(isinstance(o, Found) for o in look(self.program, site.call, site.function, path)):
                    return True
        return any(a.spread == "dict" for a in site.call.args)

    def imported_vendors(self, path: str) -> set[str]:
        """The vendors whose packages a module imports."""
        if path not in self.imports:
            scan = self.program.scan_of(path)
            out: set[str] = set()
            for node in scan.imports if scan else ():
                inner = [f"{node.module}.{n.name}" for n in node.names]
                for name in (node.module, node.module.split("/")[0], node.module.split(".")[0], *inner):
                    out |= self.packages.get(name, set())
            self.imports[path] = out
        return self.imports[path]

    # ------------------------------------------------------------------ rows

    def row(self, shape: CallShape | TypeShape, site: CallSite, callee: Value, receiver: Value | None) -> list[RawCall]:
        api = _spelling(callee)
        if isinstance(shape, CallShape) and shape.vendor_from == "url":
            return self.http_rows(shape, site, callee, receiver, api)
        kind = shape.kind
        base = receiver
        while isinstance(base, Made) and not kind:
            kind = (base.type.kind if base.type else "") or (base.shape.kind if base.shape else "")
            base = base.receiver
        if isinstance(shape, TypeShape) and shape.model:
            kind = kind or "framework-model"
        raw = RawCall(
            site,
            shape.vendor,
            "",
            kind or "sdk-call",
            api,
            self.operation(shape, receiver),
            shape,
            None,
            receiver,
            callee,
        )
        if isinstance(shape, TypeShape) and shape.vendor_from == "model" and self.given_a_model(raw):
            return []  # the object that it is given is the row
        if isinstance(shape, TypeShape) and self.without_its_model(shape, raw):
            return []
        vendor = self.vendors.of(raw)
        return [self.finished(raw, vendor)] if vendor is not None else []

    def given_a_model(self, raw: RawCall) -> bool:
        """Whether the model is an object that another SDK type or a class of the repository made, not a name."""
        for _, _, _, ways in outcomes(self.program, raw, "model"):
            for way in ways:
                values = resolve(self.program, way.value, raw.context) if isinstance(way, Found) else ()
                if any(isinstance(v, Made) and self.is_model(v) for v, _ in values):
                    return True
                if any(isinstance(v, Instance) and self.may_send(v.cls) for v, _ in values):
                    return True
        return False

    def without_its_model(self, shape: TypeShape, raw: RawCall) -> bool:
        """What asks no model unless it is given one, and is given none, or no text where only a text makes a row."""
        parameter = shape.parameters.get("model")
        if parameter is None or not parameter.required:
            return False
        if shape.vendor_from == "model":
            return not any(text.strip("\0") for text in self.vendors.model_texts(raw))
        return all(isinstance(way, Missing) for *_, ways in outcomes(self.program, raw, "model") for way in ways)

    def may_send(self, cls: ClassInfo) -> bool:
        """Whether objects of a class do something, unlike those that name something (`class Model(str, Enum)`)."""
        bases = self.program.bases(cls)
        names = {b.rpartition(".")[2] for b in bases if isinstance(b, str)}
        named = names & {"str", "Enum", "StrEnum"}
        return not named and any(isinstance(b, ClassInfo) and b.methods for b in bases)

    def is_model(self, made: Made) -> bool:
        """A model, or what holds models that other SDK types made: `FallbackModel(first, second)`."""
        if made.type is None or made.type.model or "models" not in made.type.parameters:
            return made.type is not None and made.type.model
        given = [v for a in made.call.args for v in alternatives(self.program.evaluate(a.value, made.scope))]
        inner = [v for g in given if isinstance(g, ListValue) for i in g.items for v in alternatives(i)]
        return any(isinstance(v, Made) and v.type is not None and v.type.model for v in (*given, *inner))

    @staticmethod
    def operation(shape: CallShape | TypeShape, receiver: Value | None) -> str:
        base = receiver
        found = shape.operation
        while not found and isinstance(base, Made):
            found = (base.shape.operation if base.shape else "") or (base.type.operation if base.type else "")
            base = base.receiver
        return found or "chat"

    def finished(self, raw: RawCall, vendor: Vendor) -> RawCall:
        kind = raw.kind
        if vendor.category == "gateway" and kind in ("sdk-call", "http-call"):
            kind = "gateway-call"
        model = next((t for t in self.vendors.model_texts(raw) if "\0" not in t), "")
        return replace(
            raw,
            vendor=vendor.id,
            inventory=vendor.inventory or self.catalog.inventory_name(vendor.id),
            kind=kind,
            billed=vendor.billed,
            cap_applies=raw.operation not in _NO_CAP,
            model=model,
        )

    # ------------------------------------------------------------------ HTTP

    def http_rows(
        self, shape: CallShape, site: CallSite, callee: Value, receiver: Value | None, api: str
    ) -> list[RawCall]:
        raw = RawCall(site, "", "", "http-call", api, "", shape, None, receiver, callee)
        # What only reads is no inference; and to learn where it goes may mean to ask every caller.
        return [] if self.method(raw) == "GET" else self.http_at(raw, site, (), 0)

    def http_at(self, raw: RawCall, site: CallSite, context: Context, depth: int) -> list[RawCall]:
        """The row at a request, or, where only callers know the URL, the rows at those callers."""
        raw = replace(raw, context=context)
        found: list[RawCall] = []
        for _, _, _, ways in outcomes(self.program, raw, "url"):
            here = [w for w in ways[:8] if isinstance(w, Found)]
            if any(w.wrapper for w in here) and not self.fixed_here(raw, site, context):
                continue
            found = self.http_vendors(raw, (w.value for w in here))
            if len({r.vendor for r in found}) > 1:
                found = self.in_its_branch(raw, here) or found
            if found:
                return [self.merged(raw, found, site)]
        return self.http_at_callers(raw, site, context, depth) if depth < 3 else []

    def http_vendors(self, raw: RawCall, values: Iterable[Value]) -> list[RawCall]:
        return [r for v in values for url in self.urls(raw, v) if (r := self.http_vendor(raw, url)) is not None]

    def in_its_branch(self, raw: RawCall, ways: list[Found]) -> list[RawCall]:
        """Of several addresses in a variable those that it is given under the condition that the request stands under."""
        call, scope = raw.site.call, raw.site.function
        exprs = [
            e
            for w in ways
            if isinstance(w.expr, s.Name) and w.scope is scope
            for e in given_in_branch(scope.definition, call, w.expr.id)
        ]
        return self.http_vendors(raw, (self.program.evaluate(e, scope) for e in exprs))

    @staticmethod
    def merged(raw: RawCall, found: list[RawCall], site: CallSite) -> RawCall:
        """One row for all that a request may go to: a host that is spelled out comes first, and one that bills."""
        found.sort(key=lambda r: ("\0" in (r.url.partition("://")[2] or r.url)[:1], not r.billed, "\0" in r.url))
        wires = tuple({w.id: w for r in found if (w := r.wire) is not None}.values())
        return replace(found[0], site=site, request=raw.site if raw.site is not site else None, wires=wires)

    def fixed_here(self, raw: RawCall, site: CallSite, context: Context) -> bool:
        """Whether the URL's telling part stands in this function rather than in what its callers pass."""
        for level, path, _, _ in outcomes(self.program, raw, "url"):
            value = plain(self.program, level.call, level.scope, path)
            if value is None:
                continue
            for one in alternatives(value):
                for _ in range(4):
                    bound = next((c for c in context if isinstance(one, ParamValue) and c[0] is one.function), None)
                    if bound is None or not isinstance(one, ParamValue):
                        break
                    one = self.program.argument(one, bound[1], bound[2])
                if isinstance(one, (Known, Text, Env)):
                    return True
                # What an object was made with is its own; who asks it to send says nothing of it.
                if isinstance(one, ParamValue) and one.function.name == "__init__" != site.function.name:
                    return True
        return False

    def urls(self, raw: RawCall, value: Value) -> list[str]:
        found = texts(self.program, value, raw.context)
        out: list[str] = []
        for url in found:
            if "://" in url.partition("?")[0] or url.startswith("\0"):
                out.append(url)
                continue
            bases = role_texts(self.program, raw, "base_url")
            if bases:
                out += [f"{b.rstrip('/')}/{url.lstrip('/')}" for b in bases]
            else:
                out.append(url)
        return out[:8]

    def http_vendor(self, raw: RawCall, url: str) -> RawCall | None:
        hit = self.catalog.vendor_of_url(url) if "://" in url or "." in url.partition("/")[0] else None
        if hit is not None:
            vendor, _, wire = hit
            if vendor.category not in SENDERS or not self.inference(raw, vendor, wire, url):
                return None
            return self.http_finished(replace(raw, wire=wire, url=url), vendor, wire)
        host, _, path = (url.partition("://")[2] or url).partition("/")
        if not path:
            return None
        if "\0" not in host:
            return self.known_host(raw, url, "/" + path)
        return self.unknown_host(raw, url, "/" + path)

    def known_host(self, raw: RawCall, url: str, path: str) -> RawCall | None:
        """A host that the catalog does not know, asked with the path and the body of an inference API."""
        kind, name = nature(url)
        like = self.catalog.vendor_of_path(path)
        if like is None or kind == UNKNOWN or "://" not in url or self.method(raw) == "GET":
            return None
        wire = self.catalog.wire_of(like, path)
        raw = replace(raw, wire=wire, url=url)
        if wire is None or not wire.billable or not (self.tells(path) or body_values(self.program, raw, "model")):
            return None
        vendor: Vendor | None = None
        if like.category == "local":  # `/api/chat` and `/api/generate` are what applications call their own routes, too
            named = any(part in like.provider_names for part in host_of(url).split("."))
            return self.http_finished(raw, like, wire) if named else None
        if kind == PUBLIC:
            vendor = self.vendors.stranger(name, like)
        elif kind == PRIVATE:
            vendor = self.vendors.private(raw, name, like) or like
        else:
            vendor = self.vendors.by_header(raw) or (like if kind == STAND_IN else None)
        return self.http_finished(raw, vendor, wire) if vendor is not None else None

    @staticmethod
    def tells(path: str) -> bool:
        """Whether a path alone shows an inference API, on a host that might be an application's own."""
        return "/chat/completions" in path or ":" in path.rpartition("/")[2]

    def unknown_host(self, raw: RawCall, url: str, path: str) -> RawCall | None:
        """An address from outside the code with a path that only inference APIs have."""
        own = self.catalog.vendor_of_path(path)
        if own is None or self.method(raw) == "GET":
            return None
        stated = self.vendors.by_header(raw)
        if stated is not None and self.catalog.vendor_of_path(path, stated) is stated:
            stated = None  # the path, which is another's alone, tells more than the name of the key's variable
        for vendor in (stated, own):
            wire = self.catalog.wire_of(vendor, path) if vendor else None
            if vendor and wire is not None and wire.billable:
                return self.http_finished(replace(raw, wire=wire, url=url), vendor, wire)
        return None

    def http_finished(self, raw: RawCall, vendor: Vendor, wire: Wire | None) -> RawCall:
        return self.finished(replace(raw, operation=wire.operation if wire else "other"), vendor)

    def inference(self, raw: RawCall, vendor: Vendor, wire: Wire | None, url: str) -> bool:
        method = self.method(raw)
        if wire is not None:
            return wire.billable and (method != _UPGRADE or wire.operation == "realtime")
        path = (url.partition("://")[2] or url).partition("/")[2].partition("?")[0]
        unknown = "\0" in path or not path
        return (
            unknown and method not in ("DELETE", _UPGRADE) and bool(vendor.wires) and (bool(path) or not vendor.wires)
        )

    def method(self, raw: RawCall) -> str:
        shape = raw.shape
        fixed = shape.http_method if isinstance(shape, CallShape) else ""
        if fixed:
            return fixed
        given = [t.upper() for t in role_texts(self.program, raw, "method")]
        known = [t for t in given if "\0" not in t]
        if known:
            return "POST" if "POST" in known else known[0]
        if given:
            return "?"
        body = any(isinstance(w, Found) for *_, ways in outcomes(self.program, raw, "body") for w in ways)
        hidden = any(
            not isinstance(w, Found) and getattr(w, "why", "")
            for *_, ways in outcomes(self.program, raw, "body")
            for w in ways
        )
        if body:
            return "POST"
        return "?" if hidden or (isinstance(shape, CallShape) and "body" not in shape.parameters) else "GET"

    def http_at_callers(self, raw: RawCall, site: CallSite, context: Context, depth: int) -> list[RawCall]:
        function = site.function
        if function.definition is None or not self.asks_callers(raw, function, context):
            return []
        out: list[RawCall] = []
        for caller in self.program.callers(function):
            if caller.kind == "call" and len(out) < 30:
                out += self.http_at(raw, caller, (*context, (function, caller.call, caller.function)), depth + 1)
        return out

    def asks_callers(self, raw: RawCall, function: FunctionInfo, context: Context) -> bool:
        """Whether the URL depends on a parameter of this function."""
        for level, path, _, _ in outcomes(self.program, replace(raw, context=()), "url"):
            value = plain(self.program, level.call, level.scope, path)
            todo = list(alternatives(value)) if value is not None else []
            for _ in range(12):
                if not todo:
                    break
                one = todo.pop()
                if isinstance(one, ParamValue):
                    if one.function is function:
                        return True
                    bound = next((c for c in context if c[0] is one.function), None)
                    if bound is not None:
                        todo += alternatives(self.program.argument(one, bound[1], bound[2]))
                elif hasattr(one, "parts"):
                    todo += [p for p in one.parts if isinstance(p, Value)]
        return False

    # ------------------------------------------------------------------ framework models

    def invocations(self, functions: Iterable[FunctionInfo]) -> dict[int, list[CallSite]]:
        """For each model the calls that send through it."""
        out: dict[int, list[CallSite]] = {}
        invokers = self.catalog.invokers
        held = self.held_to_be_called()
        for function in functions:
            for site in self.program.sites(function):
                name = last_name(site.call.func)
                func = site.call.func
                if isinstance(func, s.Name):
                    if self.is_own(func, site):
                        continue
                elif not isinstance(func, s.Call) and not (
                    name in invokers or name in held or name in self.names[function.language]
                ):
                    continue
                for key in self.sent_through(site, name in invokers):
                    out.setdefault(key, []).append(site)
        return {k: sorted(v, key=lambda c: (c.path, start(c.call.at))) for k, v in out.items()}

    def held_to_be_called(self) -> frozenset[str]:
        """The attributes that keep what sends when it is called: `self.answer = dspy.Predict(...)`."""
        types = (t for v in self.catalog.vendors for t in v.types if t.callable is not None and t.callable.invokes)
        words = {x.rpartition(".")[2] for t in types for x in t.symbols.get("python", ())}
        return frozenset(
            name
            for scan in self.program.scans()
            for kept in scan.attributes.values()
            for name, bindings in kept.items()
            if any(isinstance(b.expr, s.Call) and last_name(b.expr.func) in words for b in bindings)
        )

    def sent_through(self, site: CallSite, by_name: bool) -> set[int]:
        value = self.program.evaluate(site.call.func, site.function)
        keys: set[int] = set()
        for one in alternatives(value):
            if isinstance(one, Member):
                typed = self.program.typed_member(one)
                if (typed is not None and typed[1].invokes) or (typed is None and by_name and len(one.path) <= 2):
                    keys |= self.models_in(one.base, 0, set())
                    if typed is not None and not keys:
                        keys |= self.models_in_arguments(site)
            elif isinstance(one, External):
                shape = self.program.select(
                    self.program.shapes_of(site.function.language, one.symbol), site.call, site.function
                )
                if isinstance(shape, CallShape) and shape.invokes:
                    keys |= self.models_in_arguments(site)
            elif (
                isinstance(one, Made)
                and one.type is not None
                and one.type.callable is not None
                and one.type.callable.invokes
            ):
                keys |= self.models_in(one, 0, set())
        return keys

    def models_in_arguments(self, site: CallSite) -> set[int]:
        keys: set[int] = set()
        for arg in site.call.args:
            keys |= self.models_in(self.program.evaluate(arg.value, site.function), 1, set())
        return keys

    def is_answer(self, made: Made) -> bool:
        """What a model said holds no model."""
        if made.shape is not None:
            return made.shape.invokes or (made.shape.row and not made.shape.returns)
        return made.receiver is not None and made.symbol.rpartition(".")[2] in self.catalog.invokers

    def models_of_the_process(self, made: Made) -> tuple[Value, ...]:
        """What an object of a framework takes its models from where it is given none: `Settings.llm`, `dspy.configure`."""
        role = made.type.parameters.get("models") if made.type is not None else None
        given = {a.name for a in made.call.args}
        names: dict[str, list[str]] = {}
        for path in paths_of(role, made.language, self.program.versions) if role is not None else ():
            name = path.rpartition(".")[2]
            if path.startswith("=") and name not in given:
                names.setdefault(name, []).append(path[1:])
        found: list[Value] = []
        for symbols in names.values():
            sets = [self.set_for_the_process(symbol) for symbol in symbols]
            here = [v for values in sets for path, v in values if path == made.scope.path]
            found += here or [v for values in sets for _, v in values]
        return tuple(dict.fromkeys(found))[:12]

    def set_for_the_process(self, symbol: str) -> tuple[tuple[str, Value], ...]:
        """What is assigned to `Settings.llm`, or given to `dspy.configure(lm=…)`, and in which file."""
        known = self.process_wide.get(symbol)
        if known is not None:
            return known
        self.process_wide[symbol] = ()
        owner, _, name = symbol.rpartition(".")
        found: list[tuple[str, Value]] = []
        for scan in tuple(self.program.scans()):
            for base, binding in scan.stored.get(name, ())[:12]:
                if binding.expr is not None and self.program.symbol(base, binding.scope) == owner:
                    found.append((binding.scope.path, self.program.evaluate(binding.expr, binding.scope)))
            for site in scan.calls.get(owner.rpartition(".")[2], ())[:12]:
                value = next((a.value for a in site.call.args if a.name == name and not a.spread), None)
                if value is not None and self.program.symbol(site.call.func, site.function) == owner:
                    found.append((site.path, self.program.evaluate(value, site.function)))
        self.process_wide[symbol] = tuple(found)
        return self.process_wide[symbol]

    def models_in(self, value: Value, depth: int, seen: set[int]) -> set[int]:
        """The framework models that a value holds: through chains, agents, lists and parameters."""
        keys: set[int] = set()
        if depth > 9:
            return keys
        for one, _ in resolve(self.program, value, ()):
            match one:
                case Made(call=call, scope=scope):
                    if id(call) in seen:
                        continue
                    seen.add(id(call))
                    if id(call) in self.models:
                        keys.add(id(call))
                        continue
                    if self.is_answer(one):
                        continue
                    if one.receiver is not None:
                        keys |= self.models_in(one.receiver, depth + 1, seen)
                    for arg in call.args:
                        keys |= self.models_in(self.program.evaluate(arg.value, scope), depth + 1, seen)
                    for inner_value in self.models_of_the_process(one):
                        keys |= self.models_in(inner_value, depth + 1, seen)
                case Member(base=base):
                    keys |= self.models_in(base, depth + 1, seen)
                case Compound(expr=expr, scope=scope):
                    if id(expr) not in seen:
                        seen.add(id(expr))
                        for part in children(expr):
                            inner = part.value if isinstance(part, s.Arg) else part
                            if isinstance(inner, s.Expr):
                                keys |= self.models_in(self.program.evaluate(inner, scope), depth + 1, seen)
                case ListValue(items=items):
                    for item in items[:12]:
                        keys |= self.models_in(item, depth + 1, seen)
                case DictValue(entries=entries):
                    for entry in entries[:12]:
                        keys |= self.models_in(entry.value, depth + 1, seen)
                case Instance(cls=cls, call=call) if call is not None and id(call) in self.models:
                    keys.add(id(call))
                    del cls
                case FunctionValue(bound=Instance() as owner, function=function) if function.name in ("__call__",):
                    keys |= self.models_in(owner, depth + 1, seen)
                case _:
                    continue
        return keys


_TRANSPORTS = (
    "requests",
    "httpx",
    "aiohttp",
    "urllib",
    "urllib3",
    "fetch",
    "axios",
    "got",
    "ky",
    "superagent",
    "XMLHttpRequest",
    "https",
)
_WRAPPING = frozenset(
    {"sync_to_async", "async_to_sync", "wraps", "promisify", "update_wrapper", "Mock", "MagicMock", "patch", "object"}
)
_LOADING = ("require", "import", "import_module")
_HANDING = frozenset(
    {
        "to_thread",
        "run_in_executor",
        "submit",
        "partial",
        "run_sync",
        "run_in_threadpool",
        "call",
        "with_retry",
        "retry",
        "execute",
    }
)


def _maker(expr: s.Expr | None) -> str:
    """What a variable's value is called by: `definePrompt` of `await ai.definePrompt(…)`."""
    while isinstance(expr, s.Await):
        expr = expr.value
    return last_name(expr.func) if isinstance(expr, s.Call) else ""


def _chain(func: s.Expr) -> list[str]:
    """The names of a member path: `["completions", "create"]` of `f().completions.create`."""
    chain: list[str] = []
    while isinstance(func, s.Attr):
        chain.append(func.name)
        func = func.base
    return chain[::-1]


def _may_send(call: s.Call) -> bool:
    """Whether a call of something that was handed in gives what a request needs: a text, a URL or settings.

    What it is may take every caller to tell; nothing, callbacks, numbers and flags are not worth it.
    """
    for arg in call.args:
        value = arg.value
        if arg.spread or arg.name in _REQUEST_KEYS:
            return True
        if arg.name is not None or isinstance(value, s.FunctionExpr):
            continue
        if isinstance(value, s.DictExpr):
            keys = {e.key.value if isinstance(e.key, s.Const) else None for e in value.entries}
            if None in keys or keys & _REQUEST_KEYS:
                return True
        elif not isinstance(value, s.Const) or isinstance(value.value, str):
            return True
    return False


_REQUEST_KEYS = frozenset(
    {"model", "model_name", "modelId", "model_id", "engine", "messages", "prompt", "prompts", "input", "inputs", "contents", "content",
     "system", "question", "query", "text", "texts", "message", "url", "uri", "endpoint", "data", "json", "body", "params", "user"}
)  # fmt: skip
"""Names under which a call gives a request, or what it is made of."""


def _one_of(found: list[RawCall]) -> list[RawCall]:
    """At one expression stands one row, of a receiver that was seen made; rows at other places stay."""
    out: dict[int, RawCall] = {}
    for row in sorted(found, key=lambda r: isinstance(r.receiver, Made) and r.receiver.assumed):
        out.setdefault(id(row.site.call), row)
    return list(out.values())


def _spelling(callee: Value) -> str:
    return spelled(callee).replace("()", "").replace(":default", "").replace(":", ".")

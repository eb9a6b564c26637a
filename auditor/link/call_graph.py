"""Who calls whom: what a call may run, and the places that may run a function, in files not loaded so far as well.

Every search is bounded and its result kept; a call that cannot be told is "likely" where only one function fits it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.link import library
from auditor.link.code import CallSite, ClassInfo, FunctionInfo
from auditor.link.names import Link, Scan, last_name, start
from auditor.link.values import (
    ClassValue,
    Compound,
    External,
    FunctionValue,
    Instance,
    Made,
    Member,
    ParamValue,
    Unknown,
    Value,
    alternatives,
)
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.link.program import Program

_MAX_MENTIONS = 60
_FEW_MENTIONS = 12
MAX_TRIES = 3  # results that a search under way may have cut; then the last one stands
_MAX_CALLERS = 40
GENERIC = frozenset(
    {"get", "post", "put", "run", "call", "send", "start", "stop", "close", "open", "read", "write", "update", "create", "delete",
     "add", "remove", "set", "load", "save", "init", "main", "handle", "handler", "process", "execute", "invoke", "append", "items",
     "keys", "values", "join", "format", "split", "strip", "map", "filter", "then", "catch", "push", "pop", "list", "log", "info",
     "error", "warning", "debug", "test", "setup", "find", "on", "emit", "text", "json", "parse", "next", "apply", "bind", "use"}
)  # fmt: skip
"""Method names that say nothing about whose method it is."""
_KEEPS = frozenset({"push", "unshift"})
_NO_FUNCTION = (s.Const, s.Template, s.ListExpr, s.DictExpr, s.Comprehension, s.Binary, s.Unary)
"""What is no function and no object with methods, whatever it is made of."""


class CallGraph:
    """The call graph of one program, found where it is asked for."""

    def __init__(self, program: Program) -> None:
        """Know nothing so far."""
        self.program = program
        self._callers: dict[FunctionInfo, tuple[CallSite, ...]] = {}
        self._finding: set[FunctionInfo] = set()
        self._tries: dict[FunctionInfo, int] = {}
        self._made: dict[ClassInfo, tuple[CallSite, ...]] = {}
        self._among: frozenset[str] | None = None

    def stay_among(self, paths: frozenset[str]) -> None:
        """From now on look in some files only."""
        self._among = paths

    def look_everywhere(self) -> None:
        """Look in all files again; what was found in some is forgotten."""
        self._among = None
        self._callers.clear()
        self._tries.clear()
        self._made.clear()

    @property
    def searching(self) -> bool:
        """Whether a search for callers is under way, in which others may be cut."""
        return bool(self._finding)

    def callees(self, site: CallSite) -> tuple[FunctionInfo, ...]:
        """The repository's functions that a call may run (constructors: `__init__`).

        For a call of external code, the functions handed to it as arguments: it may run them.
        """
        value = self.program.evaluate(site.call.func, site.function)
        found: dict[FunctionInfo, None] = {}
        external = False
        for one in alternatives(self.program.expand(value)):
            functions = self._functions_of(one)
            found.update(dict.fromkeys(functions))
            external = external or (not functions and isinstance(one, (External, Member, Made, Compound, Unknown)))
        if external:
            for arg in site.call.args:
                if isinstance(arg.value, _NO_FUNCTION):
                    continue
                for one in alternatives(self.program.evaluate(arg.value, site.function)):
                    if isinstance(one, FunctionValue):
                        found[one.function] = None
                    elif isinstance(one, (Made, Member)) and not isinstance(arg.value, s.Name):
                        found.update(dict.fromkeys(self._functions_of(one)))
        return tuple(found)

    def _functions_of(self, value: Value) -> tuple[FunctionInfo, ...]:
        match value:
            case FunctionValue(function=function, bound=bound):
                own = isinstance(bound, Instance) and bound.call is None and function.name != "__init__"
                if own and function.owner is not None:
                    return (function, *self._overrides(function))
                return (function,)
            case ClassValue(cls=cls):
                maker = self.program.method(cls, "__init__")
                return (maker,) if maker else ()
            case Instance(cls=cls):
                method = self.program.runs(cls, "__call__")
                return (method,) if method else ()
            case Member(base=FunctionValue() as inner, path=path) if path[-1] in library.DEFERRED:
                return (inner.function,)
            case Made(symbol=symbol, call=call, scope=scope, type=None) if symbol.rpartition(".")[2] != "create_task":
                out: list[FunctionInfo] = []
                for arg in call.args[:4]:
                    if isinstance(arg.value, (s.FunctionExpr, s.Name, s.Attr)):
                        given = self.program.evaluate(arg.value, scope)
                        out += [v.function for v in alternatives(given) if isinstance(v, FunctionValue)]
                return tuple(out)
        return ()

    def _overrides(self, function: FunctionInfo) -> tuple[FunctionInfo, ...]:
        if function.owner is None:
            return ()
        return tuple(
            c.methods[function.name] for c in self.program.subclasses(function.owner) if function.name in c.methods
        )

    def callers(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        """The places that may run the function: calls and references, in files not loaded so far as well."""
        known = self._callers.get(function)
        if known is not None:
            return known
        if function in self._finding or len(self._finding) > 10:
            return ()
        self._finding.add(function)
        try:
            found = self._find_callers(function)
        finally:
            self._finding.discard(function)
        # Deep in a search for others a result may be cut; but two functions that ask for each other are not worth many.
        tries = self._tries[function] = self._tries.get(function, 0) + 1
        if not self._finding or len(self._finding) < 4 or tries >= MAX_TRIES:
            self._callers[function] = found
        return found

    def constructions(self, cls: ClassInfo) -> tuple[CallSite, ...]:
        """Where objects of a class without a constructor of its own are made, by its name or one that it was given."""
        known = self._made.get(cls)
        if known is not None:
            return known
        self._made[cls] = ()
        found: list[CallSite] = []
        for path in sorted({*self.mentioning(cls.name, enough=_FEW_MENTIONS), cls.path}):
            if self.program.large and path not in self.program.modules:
                continue
            scan = self.program.scan_of(path)
            for name in (cls.name, *self._aliases(scan, cls.name)) if scan is not None else ():
                for site in scan.calls.get(name, ()) if scan is not None else ():
                    value = self.program.evaluate(site.call.func, site.function)
                    if len(found) < _MAX_CALLERS and any(
                        isinstance(v, ClassValue) and v.cls is cls for v in alternatives(value)
                    ):
                        found.append(site)
        self._made[cls] = tuple(found)
        return self._made[cls]

    def _find_callers(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        if function.definition is None:
            return ()
        found: dict[int, CallSite] = {}
        for site in self._declared(function):
            found.setdefault(id(site.call), site)
        for scan, name in self._places(function):
            for site in scan.calls.get(name, ()):
                if id(site.call) not in found and len(found) < _MAX_CALLERS:
                    certainty = self._runs(site, function)
                    if certainty:
                        found[id(site.call)] = site if certainty == "sure" else _likely(site)
            for node, link, holder in scan.mentions.get(name, ()):
                if (
                    len(found) < _MAX_CALLERS
                    and (reference := self._reference(node, link, holder, function)) is not None
                ):
                    found.setdefault(id(reference.call), reference)
        sites = list(found.values())
        if any(site.kind == "call" for site in sites):  # whoever keeps it for that call does not run it
            sites = [site for site in sites if site.kind == "call" or last_name(site.call.func) not in _KEEPS]
        return tuple(sorted(sites, key=lambda c: (c.path, start(c.call.at))))

    def _declared(self, function: FunctionInfo) -> Iterator[CallSite]:
        """References that stand at the definition itself: decorators, and what takes an anonymous function."""
        scan, definition = self.program.scan_of(function.path), function.definition
        if scan is None or definition is None:
            return
        holder = function.parent or function
        for decorator in definition.decorators:
            if isinstance(decorator, s.Call):
                site = self.program.site_of(decorator)
                yield CallSite(function.path, holder, decorator, "reference", "sure", site.link if site else None)
            elif last_name(decorator) not in (
                "staticmethod",
                "classmethod",
                "property",
                "abstractmethod",
                "override",
                "cached_property",
            ):
                yield CallSite(function.path, holder, self.program.synthetic(decorator), "reference")
        carrier = scan.carriers.get(function)
        if carrier is not None:
            yield from self._carried(function, carrier[0], carrier[1], holder)

    def _carried(self, function: FunctionInfo, node: s.Expr, link: object, holder: FunctionInfo) -> Iterator[CallSite]:
        while isinstance(link, tuple):
            parent, link = link
            if isinstance(parent, s.Call):
                kind = "call" if parent.func is node else "reference"
                site = self.program.site_of(parent)
                if site is not None:
                    yield CallSite(site.path, site.function, parent, kind, "sure", site.link)
                return
            if isinstance(parent, (s.Return, s.Opaque, s.Export)):
                yield CallSite(function.path, holder, self.program.synthetic(node), "reference", "sure", (parent, link))
                return
            if isinstance(parent, s.Stmt):
                return

    def _places(self, function: FunctionInfo) -> Iterator[tuple[Scan, str]]:
        """Modules and names under which the function may be called there."""
        owner = function.owner
        names = [function.name]
        if function.name == "__init__" and owner is not None:
            names = [
                owner.name,
                *(c.name for c in self.program.subclasses(owner) if "__init__" not in c.methods),
                "__init__",
            ]
            if any(m.definition is not None and m.definition.static for m in owner.methods.values()):
                names.append("cls")
            if function.language == "javascript":
                names.append("super")
        elif function.name == "__call__" and owner is not None:
            yield from self._instance_calls(owner)
            return
        elif function.name.startswith("<"):
            return
        elif owner is not None and function.name in self.program.catalog.run_by:
            asked = self._asked_for(function, owner)
            names += sorted(asked - {"__call__", function.name})
            if "__call__" in asked:
                yield from self._instance_calls(owner)
        seen: set[tuple[str, str]] = set()
        for name in names:
            stem, folder = _stem(function.path), posixpath.basename(posixpath.dirname(function.path))
            near = name in ("__init__", "super", "cls")
            if owner is None:  # a plain function is imported from its file, or from its folder
                paths = self.mentioning(name, stem, folder, enough=_FEW_MENTIONS, importing=function.path)
            else:
                enough = _FEW_MENTIONS if self.program.large else _MAX_MENTIONS
                paths = self.mentioning(names[0] if near else name, owner.name, enough=enough)
            if name.startswith("__") and not name.endswith("__") and owner is not None:
                paths = (function.path,)
            for path in sorted({*paths, function.path}):
                scan = self.program.scan_of(path)
                if scan is None:
                    continue
                for alias in (name, *self._aliases(scan, name)):
                    if (path, alias) not in seen:
                        seen.add((path, alias))
                        yield scan, alias
        if function.name == "__init__" and owner is not None and function.language == "python":
            yield from self._picked(owner.name, self.mentioning(owner.name, enough=_FEW_MENTIONS), seen)
        elif function.name != "__init__" and function.language == "javascript":
            yield from self._picked(function.name, sorted({path for path, _ in seen})[:_FEW_MENTIONS], seen)
        yield from self._default_importers(function, seen)

    def _asked_for(self, function: FunctionInfo, owner: ClassInfo) -> set[str]:
        """What an object is asked for where its framework runs this method."""
        bases = (b for b in self.program.bases(owner) if isinstance(b, str))
        runs = (each for b in bases for each in self.program.catalog.runs_of(b).items())
        return {asked for asked, methods in runs if function.name in methods}

    def _picked(self, name: str, paths: Sequence[str], seen: set[tuple[str, str]]) -> Iterator[tuple[Scan, str]]:
        """Where what stands in a table is called: `PROVIDERS[kind](config)`, `cls = PROVIDERS.get(kind); cls(config)`."""
        for path in paths:
            scan = self.program.scan_of(path)
            tables = (
                {held for _, link, _ in scan.mentions.get(name, ())[:20] if (held := _held_in(link)) is not None}
                if scan
                else ()
            )
            for table in tables:
                others = self.mentioning(table)[:_FEW_MENTIONS] if len(table) > 3 else ()
                for other in sorted({path, *others}):
                    found = self.program.scan_of(other)
                    for called in self._chosen_at_run_time(found) if found is not None else ():
                        if found is not None and (other, called) not in seen:
                            seen.add((other, called))
                            yield found, called

    @staticmethod
    def _chosen_at_run_time(scan: Scan) -> list[str]:
        """Under which names what a table gave is called: none at all, or a variable."""
        out = [""] if "" in scan.calls else []
        for table in scan.tables.values():
            for name, bindings in table.bindings.items():
                if name in scan.calls and any(_from_a_table(b.expr) or b.steps for b in bindings):
                    out.append(name)
        return out

    def mentioning(self, name: str, *anchors: str, enough: int = _MAX_MENTIONS, importing: str = "") -> tuple[str, ...]:
        """The files that mention a name; where they are many, those that mention one of the anchors as well.

        Where they are too many even so, those that import the file `importing` come first.
        """
        paths = self.program.loader.mentions(name)
        if self._among is not None:
            paths = tuple(p for p in paths if p in self._among)
        if len(paths) > enough:
            near = {p for anchor in anchors for p in self.program.loader.mentions(anchor)}
            paths = tuple(p for p in paths if p in near) or paths
        most = _FEW_MENTIONS if self.program.large else _MAX_MENTIONS
        if len(paths) > most:
            if importing:
                first = self.program.loader.importers(importing)
                paths = tuple(sorted(paths, key=lambda p: p not in first))
            loaded = [p for p in paths if p in self.program.modules]
            rest = [p for p in paths if p not in self.program.modules]
            paths = (*loaded[:_MAX_MENTIONS], *rest[: max(0, most - len(loaded))])
        return paths

    @staticmethod
    def _aliases(scan: Scan, name: str) -> list[str]:
        out = [n.alias for i in scan.imports for n in i.names if n.name == name and n.alias not in ("", name)]
        out += [
            e
            for e, (kind, what) in scan.exports.items()
            if kind == "local" and what == name and e not in (name, "default")
        ]
        for node, link, _ in scan.mentions.get(name, ())[:40]:
            # `run = ask`, `self.program.run = ask`, `{run: ask}`, `partial(ask, ...)` under another name
            parent = link[0] if link else None
            bound = _bound_to_object(node, link)
            if bound is not None:
                node, link = bound
                parent = link[0]
            if isinstance(parent, s.Assign) and parent.value is node and len(parent.targets) == 1:
                out.append(last_name(parent.targets[0]))
            elif isinstance(parent, s.Entry) and parent.value is node and isinstance(parent.key, s.Const):
                out.append(str(parent.key.value))
            elif isinstance(parent, s.Arg) and (kept := _kept_as(link)):
                out.append(kept)
        return [a for a in dict.fromkeys(out) if a and a != name]

    def _default_importers(self, function: FunctionInfo, seen: set[tuple[str, str]]) -> Iterator[tuple[Scan, str]]:
        """A default export has another name in every file that imports it."""
        scan = self.program.scan_of(function.path)
        if scan is None or function.language != "javascript":
            return
        exported = scan.exports.get("default") or scan.exports.get("module.exports")
        if exported is None or not self._is_export(exported, function, scan):
            return
        path = function.path
        for other in self.mentioning(_stem(path)):
            importer = self.program.scan_of(other)
            if importer is None or other == path:
                continue
            for name in self._bound_to(importer, path):
                if (other, name) not in seen:
                    seen.add((other, name))
                    yield importer, name

    def _is_export(self, exported: tuple[str, object], function: FunctionInfo, scan: Scan) -> bool:
        """Whether a module's one export is the function, or the class that it constructs."""
        kind, what = exported
        if kind == "local":
            return what in (function.name, function.owner.name if function.owner else "")
        if kind != "value" or not isinstance(what, s.Expr):
            return False
        for one in alternatives(self.program.evaluate(what, scan.info.body)):
            if isinstance(one, FunctionValue) and one.function is function:
                return True
            if isinstance(one, ClassValue) and function.name == "__init__" and one.cls is function.owner:
                return True
        return False

    def _bound_to(self, scan: Scan, path: str) -> Iterator[str]:
        for node in scan.imports:
            for one in node.names:
                if (
                    one.name in ("default", "*")
                    and one.alias
                    and self.program.resolve_module(scan.info.path, node) == path
                ):
                    yield one.alias
        for site in scan.calls.get("require", ()):
            first = site.call.args[0].value if site.call.args else None
            text = first.value if isinstance(first, s.Const) else None
            if isinstance(text, str) and self.program.file_of(scan.info.path, text) == path:
                holder = next((a for a in reversed(site.ancestors) if isinstance(a, s.Assign)), None)
                if holder is not None and isinstance(holder.targets[0], s.Name):
                    yield holder.targets[0].id

    def _instance_calls(self, owner: ClassInfo) -> Iterator[tuple[Scan, str]]:
        """Where objects of a class may be called: beside its name, and under the names that its objects are kept."""
        near = self.mentioning(owner.name)[:20]
        kept: dict[str, None] = {}
        for path in near:
            scan = self.program.scan_of(path)
            for site in scan.calls.get(owner.name, ()) if scan is not None else ():
                parent = site.link[0] if isinstance(site.link, tuple) else None
                if isinstance(parent, s.Assign):
                    kept.update(dict.fromkeys(n for t in parent.targets if len(n := last_name(t)) > 2))
        far = [p for name in tuple(kept)[:6] for p in self.program.loader.mentions(name)[:20] if p not in near]
        for path in dict.fromkeys((*near, *far)):
            scan = self.program.scan_of(path)
            if scan is None:
                continue
            for name, sites in tuple(scan.calls.items()):
                if not name or name == owner.name or (path not in near and name not in kept):
                    continue
                for site in sites[: 6 if name in kept else 1]:
                    if not isinstance(site.call.func, (s.Name, s.Attr, s.Index)):
                        continue
                    value = self.program.expand(self.program.evaluate(site.call.func, site.function))
                    if any(isinstance(v, Instance) and v.cls is owner for v in alternatives(value)):
                        yield scan, name
                        break

    def _runs(self, site: CallSite, function: FunctionInfo) -> str:
        """Whether a call runs the function: "sure", "likely" or ""."""
        value = self.program.evaluate(site.call.func, site.function)
        options = alternatives(value)
        for one in options:
            if isinstance(one, ParamValue):
                continue
            if function in self._functions_of(one):
                return "sure"
        if function.name == "__init__":
            return ""
        vague = all(
            isinstance(v, (Unknown, Compound, ParamValue))
            or (isinstance(v, Member) and isinstance(v.base, (ParamValue, Compound)))
            or (isinstance(v, Member) and isinstance(v.base, Made) and v.base.type is None and _opaque(v.base))
            for v in options
        )
        return "likely" if vague and self._only_one_fits(site, function) else ""

    def _only_one_fits(self, site: CallSite, function: FunctionInfo) -> bool:
        func = site.call.func
        if not isinstance(func, (s.Attr, s.Name)) or function.name in GENERIC or len(function.name) < 4:
            return False
        if isinstance(func, s.Name) and function.owner is not None:
            return False
        same = [f for f in self.program.named(function.name) if f.language == function.language]
        if isinstance(func, s.Attr) and function.owner is None and any(f.owner is not None for f in same):
            return False  # an object's method of that name is meant
        return len(same) <= 3

    def _reference(self, node: s.Expr, link: object, holder: FunctionInfo, function: FunctionInfo) -> CallSite | None:
        """A mention that hands the function on."""
        if not isinstance(link, tuple):
            return None
        parent = link[0]
        if isinstance(parent, s.Attr) and parent.base is node and parent.name not in library.DEFERRED:
            return None
        definition = function.definition
        if definition is not None and parent is definition:
            return None
        if isinstance(parent, s.Assign) and any(target is node for target in parent.targets):
            return None  # `const ask = () => …` is where it gets its name, no use
        if definition is not None and definition.accessor == "get" and function.owner is not None:
            if isinstance(node, s.Attr):
                value = self.program.evaluate(node.base, holder)
                for one in alternatives(value):
                    if isinstance(one, Instance) and self.program.method(one.cls, function.name) is function:
                        return CallSite(holder.path, holder, self.program.synthetic(node), "reference", "sure", link)
            return None
        if not self._may_mean(node, holder, function):
            return None
        if function.language == "javascript" and (bound := _bound_to_object(node, link)) is not None:
            node, link = bound
        value = self.program.evaluate(node, holder)
        hit = any(
            isinstance(v, FunctionValue) and (v.function is function or function in self._functions_of(v))
            for v in alternatives(value)
        )
        if not hit:
            return None
        return self._handed_on(node, link, holder)

    def _may_mean(self, node: s.Expr, holder: FunctionInfo, function: FunctionInfo) -> bool:
        """Whether a mention may be the function at all, told from the bindings alone."""
        if isinstance(node, s.Attr):
            if function.owner is not None or (function.language == "javascript" and not self.program.large):
                return True
            python = function.language == "python"
            return isinstance(node.base, s.Name) and self._bound(node.base.id, holder, modules=python)
        return isinstance(node, s.Name) and self._bound(node.id, holder, modules=False)

    def _bound(self, name: str, holder: FunctionInfo, *, modules: bool) -> bool:
        for scope in holder.chain:
            table = self.program.table(scope)
            found = table.bindings.get(name) if table else None
            if found:
                return any(b.module is not None or (not modules and (b.function or b.expr)) for b in found)
        return any(t.stars for scope in holder.chain if (t := self.program.table(scope)) is not None)

    def _handed_on(self, node: s.Expr, link: tuple[object, object], holder: FunctionInfo) -> CallSite | None:
        chain: object = link
        deferred: object = None
        while isinstance(chain, tuple):
            parent, chain = chain
            if isinstance(parent, s.Attr) and parent.name in library.DEFERRED:
                deferred = parent
                continue
            if isinstance(parent, s.Call):
                site = self.program.site_of(parent)
                if site is not None:
                    kind = "call" if parent.func is deferred or parent.func is node else "reference"
                    return CallSite(site.path, site.function, parent, kind, "sure", site.link)
                break
            if isinstance(parent, (s.Arg, s.ListExpr, s.Entry, s.DictExpr, s.Spread, s.Conditional, s.BoolOp, s.Await)):
                continue
            break
        return CallSite(holder.path, holder, self.program.synthetic(node), "reference", "sure", link)


def _stem(path: str) -> str:
    """What imports call a file: its name without suffix, or its folder's."""
    stem = posixpath.basename(path).partition(".")[0]
    return posixpath.basename(posixpath.dirname(path)) or stem if stem in ("index", "__init__") else stem


def _kept_as(link: object) -> str:
    """The variable that keeps `partial(f, ...)`."""
    nodes: list[object] = []
    while isinstance(link, tuple) and len(nodes) < 3:
        node, link = link
        nodes.append(node)
    match nodes:
        case [s.Arg(), s.Call(func=func), s.Assign(targets=(target, *_))] if last_name(func) == "partial":
            return last_name(target)
    return ""


def _bound_to_object(node: s.Expr, link: object) -> tuple[s.Call, Link] | None:
    """The call and what it stands in, of `this.ask.bind(this)`: the same function."""
    match link:
        case (s.Attr(base=base, name="bind"), (s.Call() as call, (parent, more))) if base is node:
            return call, (parent, more)
        case _:
            return None


def _held_in(link: object) -> str | None:
    """The name of the table that a mention stands in, "" for one without a name; None if it stands in none."""
    within = False
    while isinstance(link, tuple):
        parent, link = link
        if isinstance(parent, (s.DictExpr, s.ListExpr)):
            within = True
        elif isinstance(parent, s.Assign):
            return last_name(parent.targets[0]) if within and parent.targets else None
        elif isinstance(parent, s.Stmt):
            break
    return "" if within else None


def _from_a_table(expr: s.Expr | None) -> bool:
    if isinstance(expr, s.Call):
        return last_name(expr.func) in ("get", "pop", "getattr")
    return isinstance(expr, s.Index)


def _likely(site: CallSite) -> CallSite:
    return CallSite(site.path, site.function, site.call, site.kind, "likely", site.link)


def _opaque(made: Made) -> bool:
    """Made by a call that nothing is known of: what its members are is not known either."""
    return made.receiver is not None or made.symbol.startswith("?")

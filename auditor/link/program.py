"""The program as a whole: modules on demand, functions, classes, call sites, who calls whom, and what values are.

Language-neutral: it works on the common syntax only. Modules are parsed lazily through a `ModuleLoader`; nothing is
ever imported or run. Every query is bounded and memoised; what cannot be resolved is `Unknown`, never a guess.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from auditor.link import library
from auditor.link.code import CallSite, ClassInfo, FunctionInfo, ModuleInfo
from auditor.link.evaluate import Evaluator, param_of
from auditor.link.js_modules import External as JsPackage
from auditor.link.js_modules import JsResolver
from auditor.link.names import END, Binding, Scan, Table, dotted, end, last_name, scan_module, start
from auditor.link.python_modules import PyResolver
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
    ModuleValue,
    Pair,
    ParamValue,
    Unknown,
    Value,
    alternatives,
    join,
    mapping,
    spelled,
)
from auditor.model import syntax as s
from auditor.model.facts import Unread
from auditor.model.location import Span

if TYPE_CHECKING:
    from auditor.catalog.index import Catalog
    from auditor.catalog.schema import CallShape, TypeShape

__all__ = ["CallSite", "ClassInfo", "FunctionInfo", "ModuleInfo", "ModuleLoader", "Program"]

_MAX_MENTIONS = 60
_FEW_MENTIONS = 12
_LARGE = 2000  # program files
_STEPS = 4000  # of evaluation that one question may take
_FEW_STEPS = 800  # where it is large: what takes more is cut in the end anyway
_MAX_TRIES = 3  # results that a search under way may have cut; then the last one stands
_MAX_CALLERS = 40
_MAX_EXPECTED = 600
_GENERIC = frozenset(
    {"get", "post", "put", "run", "call", "send", "start", "stop", "close", "open", "read", "write", "update", "create", "delete",
     "add", "remove", "set", "load", "save", "init", "main", "handle", "handler", "process", "execute", "invoke", "append", "items",
     "keys", "values", "join", "format", "split", "strip", "map", "filter", "then", "catch", "push", "pop", "list", "log", "info",
     "error", "warning", "debug", "test", "setup", "find", "on", "emit", "text", "json", "parse", "next", "apply", "bind", "use"}
)  # fmt: skip
"""Method names that say nothing about whose method it is."""


class ModuleLoader(Protocol):
    """Where a program's files come from. Everything is total: what cannot be read or parsed is None or empty."""

    paths: tuple[str, ...]  # every program file of the tree, sorted
    jobs: int  # how many processes may work side by side
    unread: list[Unread]  # what could not be parsed so far

    def exists(self, path: str) -> bool:
        """Whether the tree has this program file."""
        ...

    def load(self, path: str) -> s.Module | None:
        """The parsed file; None if it does not exist, is not a program file or does not parse. Need not be memoised."""
        ...

    def load_ahead(self, paths: Iterable[str], seen: Callable[[s.Module], None] | None = None) -> None:
        """Say what may be loaded; it may be parsed side by side, and `seen` called with the modules as they come."""
        ...

    def read(self, path: str) -> str | None:
        """The text of any file of the tree, such as tsconfig.json; None if there is none."""
        ...

    def mentions(self, name: str) -> tuple[str, ...]:
        """The program files whose text contains this identifier as a word, sorted."""
        ...

    def contains(self, path: str, words: Iterable[str]) -> bool:
        """Whether the text of a program file holds one of some words."""
        ...

    def importers(self, path: str) -> set[str]:
        """The program files whose import statements may name this file."""
        ...

    def used(self, language: str, packages: Iterable[str]) -> frozenset[str]:
        """Those of some packages that the program may use (Python: first names; JavaScript: npm names, `global:name`)."""
        ...


class Program:
    """All that is known of the repository's code; see the methods. Lazily built, never wrong by guessing."""

    def __init__(
        self,
        catalog: Catalog,
        loader: ModuleLoader,
        versions: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Create an empty program.

        Args:
            catalog: what is known of SDKs.
            loader: where the files come from.
            versions: installed package versions ("npm:ai" -> "5.0.1").
            environment: values that the repository's own configuration gives to environment variables (templates, compose).
        """
        self.catalog = catalog
        self.loader = loader
        self.versions: Mapping[str, str] = versions or {}
        self.environment: Mapping[str, str] = environment or {}
        self.modules: dict[str, ModuleInfo] = {}
        self._session: dict[tuple[str, str, int], tuple[tuple[s.Expr, FunctionInfo], ...]] = {}
        self._scans: dict[str, Scan | None] = {}
        self._by_info: dict[str, Scan] = {}
        self._early: dict[str, Scan] = {}
        packages = {name for v in catalog.vendors if not v.common_word for name in v.imports}
        self._python = PyResolver(loader.paths, packages)
        sdks = {name for v in catalog.vendors for name in v.packages.get("npm", ())}
        self._javascript = JsResolver(frozenset(loader.paths), loader.read, frozenset(sdks))
        # Where it is large, what a name alone might mean is not followed as far: nearly every name is taken many times.
        self.large = len(loader.paths) > _LARGE
        self._evaluator = Evaluator(self, _FEW_STEPS if self.large else _STEPS)
        self._callers: dict[FunctionInfo, tuple[CallSite, ...]] = {}
        self._arguments: dict[tuple[FunctionInfo, str], tuple[tuple[Value, CallSite | None], ...]] = {}
        self._bases: dict[ClassInfo, tuple[ClassInfo | str, ...]] = {}
        self._children: tuple[int, dict[ClassInfo, list[ClassInfo]]] = (0, {})
        self._sites: dict[int, CallSite] = {}
        self._finding: set[FunctionInfo] = set()
        self._tries: dict[FunctionInfo | tuple[FunctionInfo, str], int] = {}
        self._stored: dict[str, list[Binding]] = {}
        self._environment: dict[str, list[Binding]] = {}
        self._needed: dict[tuple[str, int], set[str]] = {}
        self._named: dict[str, list[FunctionInfo]] = {}
        self._barrels: dict[tuple[str, str], tuple[str, ...]] = {}
        self._among: frozenset[str] | None = None
        self.asides: frozenset[str] = frozenset()  # loaded for their timers only: far from anything that names a vendor

    @contextmanager
    def among_loaded(self) -> Iterator[None]:
        """Meanwhile look for callers in the modules loaded so far only; what was found that way is forgotten after."""
        self._among = frozenset(self._by_info)
        try:
            yield
        finally:
            self._among = None
            for found in (self._callers, self._arguments, self._tries):
                found.clear()
            self._evaluator.forget()

    # ------------------------------------------------------------------ modules

    def module(self, path: str) -> ModuleInfo | None:
        """The module at a path, loaded now if need be; None if it cannot be."""
        scan = self.scan_of(path)
        return scan.info if scan else None

    def load(self, paths: Iterable[str]) -> None:
        """Load several modules."""
        wanted = [p for p in sorted(set(paths)) if p not in self._scans]
        self.loader.load_ahead(wanted, self._scan_early)
        for path in wanted:
            self.scan_of(path)

    def expect_callers(self, functions: Iterable[FunctionInfo]) -> None:
        """Say that callers of these functions will be asked for: files that import theirs may be parsed side by side."""
        names: dict[str, set[str]] = {}
        for function in functions if self.loader.jobs > 1 else ():
            names.setdefault(function.path, set()).update(f.name for f in function.chain if f.definition is not None)
        wanted: set[str] = set()
        for path, known in names.items():
            todo = True
            while todo:  # and of those that run them in their own file
                new = {
                    f.name
                    for f in self.modules[path].functions
                    if f.name not in known and any(last_name(site.call.func) in known for site in self.sites(f))
                }
                todo = bool(new)
                known |= new
            near = self.loader.importers(path)
            wanted.update(p for name in known for p in self.loader.mentions(name) if p in near)
        self.loader.load_ahead(sorted(wanted - self.modules.keys())[:_MAX_EXPECTED], self._scan_early)

    def _scan_early(self, module: s.Module) -> None:
        """Scan a module that may be asked for, while others are parsed still; nothing else knows of it so far."""
        self._early[module.path] = scan_module(module)

    def scan_of(self, path: str) -> Scan | None:
        """What the pass over a module recorded; loads it if need be."""
        if path not in self._scans:
            self._scans[path] = None
            module = self.loader.load(path) if self.loader.exists(path) else None
            early = self._early.pop(path, None)
            if module is not None:
                self._add(path, early or scan_module(module))
        return self._scans[path]

    def _add(self, path: str, made: Scan) -> None:
        self._scans[path] = made
        self._by_info[path] = made
        self.modules[path] = made.info
        for name, stored in made.stored.items():
            self._stored.setdefault(name, []).extend(b for _, b in stored)
        for name, given in made.environment.items():
            self._environment.setdefault(name, []).extend(given[:12])
        for function in made.info.functions:
            self._named.setdefault(function.name, []).append(function)
        for table in made.tables.values():
            for site in table.sites:
                self._sites[id(site.call)] = site

    def scans(self) -> Iterator[Scan]:
        """The modules loaded so far."""
        yield from tuple(self._by_info.values())

    def stored(self, name: str) -> tuple[Binding, ...]:
        """What the loaded modules store under an attribute of this name of objects other than `self`."""
        return tuple(self._stored.get(name, ()))

    def kept(self, session: str, name: str) -> tuple[Value, ...]:
        """What the program puts into a session's store under a name (`st.session_state.chain = …`)."""
        holder = session.rpartition(".")[2]
        key = (holder, name, len(self._by_info))
        places = self._session.get(key)
        if places is None:
            places = self._session[key] = tuple(self._put_into(holder, name))[:12]
        found = [self.evaluate(expr, scope) for expr, scope in places]
        return tuple(dict.fromkeys(v for v in found if not (isinstance(v, Known) and v.value is None)))

    def _put_into(self, holder: str, name: str) -> Iterator[tuple[s.Expr, FunctionInfo]]:
        for scan in self.scans():
            for base, binding in scan.stored.get(name, ()):
                if last_name(base) == holder and binding.expr is not None and not binding.steps:
                    yield binding.expr, binding.scope
            for site in scan.calls.get("set", ()):
                func, args = site.call.func, site.call.args
                told = args[0].value if len(args) > 1 else None
                mine = isinstance(func, s.Attr) and last_name(func.base) == holder
                if mine and isinstance(told, s.Const) and told.value == name:
                    yield args[1].value, site.function

    def assigned(self, symbol: str, scope: FunctionInfo) -> tuple[Value, ...]:
        """What the code assigns to an attribute of an imported module (`openai.api_base = …`): this file's, else anybody's."""
        module, _, name = symbol.rpartition(".")
        here: list[Value] = []
        elsewhere: list[Value] = []
        for scan in self.scans():
            for base, binding in scan.stored.get(name, ())[:12]:
                if isinstance(base, s.Name) and binding.expr is not None and not binding.steps:
                    holder = self.evaluate(base, binding.scope)
                    if isinstance(holder, External) and holder.symbol == module:
                        found = here if binding.scope.path == scope.path else elsewhere
                        found.append(self.evaluate(binding.expr, binding.scope))
        return tuple(dict.fromkeys(here or elsewhere))[:12]

    def exported(self, name: str, path: str) -> Value | None:
        """What the code puts into an environment variable (`os.environ["NAME"] = …`) for the code of a file.

        By that file, one that it imports or one that imports it: others are other programs. Nothing where they differ.
        """
        found: dict[Value, None] = {}
        for binding in tuple(self._environment.get(name, ())):
            other = binding.scope.path
            if binding.expr is not None and (other in self._needs(path) or path in self._needs(other)):
                found[self.evaluate(binding.expr, binding.scope)] = None
        return next(iter(found)) if len(found) == 1 else None

    def _needs(self, path: str) -> set[str]:
        """A file and what it imports, at any depth, of the modules that were loaded."""
        key = (path, len(self.modules))
        if key not in self._needed:
            found, todo = {path}, [path]
            while todo and len(found) < 400:
                new = [p for p in self.imports_of(todo.pop()) if p in self.modules and p not in found]
                found.update(new)
                todo += new
            self._needed[key] = found
        return self._needed[key]

    def functions(self) -> Iterable[FunctionInfo]:
        """Every function of the modules loaded so far, module bodies included, by path and position."""
        for path in sorted(self.modules):
            yield from self.modules[path].functions

    def function_of(self, definition: s.FunctionDef) -> FunctionInfo | None:
        """The function of a definition node of a loaded module."""
        scan = self.scan_of(definition.at.path)
        return scan.of_definition.get(id(definition)) if scan else None

    def class_of(self, definition: s.ClassDef) -> ClassInfo | None:
        """The class of a definition node of a loaded module."""
        scan = self.scan_of(definition.at.path)
        return scan.of_class.get(id(definition)) if scan else None

    def table(self, function: FunctionInfo) -> Table | None:
        """What is bound in a function."""
        scan = self._scans.get(function.path)
        return scan.tables.get(function) if scan else None

    def sites(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        """Every call expression lexically inside the function, not in functions nested in it, in source order."""
        table = self.table(function)
        return tuple(table.sites) if table else ()

    def site_of(self, call: s.Call) -> CallSite | None:
        """The site of a call expression of a loaded module."""
        return self._sites.get(id(call))

    def language_of(self, path: str) -> str:
        """The language of a file: python | javascript."""
        scan = self._scans.get(path)
        if scan is not None:
            return scan.info.body.language
        return "python" if path.endswith((".py", ".pyi", ".ipynb")) else "javascript"

    def enclosing(self, span: Span) -> FunctionInfo | None:
        """The innermost function around a position of a loadable module."""
        info = self.module(span.path)
        if info is None:
            return None
        at, best = start(span), info.body
        for function in info.functions[1:]:
            inside = function.at.line and start(function.at) <= at <= end(function.at)
            if inside and (best is info.body or start(function.at) >= start(best.at)):
                best = function
        return best

    # ------------------------------------------------------------------ imports

    def resolve_module(self, path: str, node: s.Import) -> str | External | None:
        """The file that an import names, or the external module as a symbol."""
        if self.language_of(path) == "python":
            file = self._python.resolve(path, node.module, node.level)
            return file if file is not None or node.level else External(node.module)
        found = self._javascript.resolve(path, node.module)
        return External(_package(found), "javascript") if isinstance(found, JsPackage) else found

    def imports_of(self, path: str) -> tuple[str, ...]:
        """The repository files that a module imports (static imports, re-exports and constant `require`)."""
        scan = self.scan_of(path)
        if scan is None:
            return ()
        found = {t for node in scan.imports if isinstance(t := self.resolve_module(path, node), str)}
        if self.language_of(path) == "javascript":
            names = list(scan.export_stars)
            names += [str(what[0]) for kind, what in scan.exports.values() if kind == "from"]
            for name in ("require", "import"):
                for site in scan.calls.get(name, ()):
                    first = site.call.args[0].value if site.call.args else None
                    if isinstance(first, s.Const) and isinstance(first.value, str):
                        names.append(first.value)
            targets = [self._javascript.resolve(path, n) for n in names]
            found.update(t for t in targets if isinstance(t, str))
        return tuple(sorted(found))

    def imported(self, node: s.Import, name: str | None, scope: FunctionInfo) -> Value:
        """What an import binds."""
        if scope.language == "python":
            return self._imported_python(node, name, scope.path)
        found = self.resolve_module(scope.path, node)
        if found is None:
            return Unknown("module not found")
        if isinstance(found, External):
            return External(f"{found.symbol}:{name or '*'}", "javascript")
        return ModuleValue(found) if name in (None, "*") else self.member_of_module(found, str(name))

    def _imported_python(self, node: s.Import, name: str | None, path: str) -> Value:
        if name is None:
            first = node.module.split(".")[0]
            root = self._python.root_of(path, node.module)
            return ModuleValue(root) if root and root != path else External(first)
        found = self._python.resolve(path, node.module, node.level)
        if found == path and not node.level and self._python.is_package(node.module):
            found = None  # `provider/openai.py`, which is not what it imports as `openai`
        if found == path and (inner := self._python.submodule(path, name)) is not None:
            return ModuleValue(inner)  # `from app.tasks import jobs` of `app/tasks/__init__.py`
        if found is None:
            if node.level:
                return Unknown("module not found")
            return External(node.module) if name == "*" else External(f"{node.module}.{name}")
        value = ModuleValue(found) if name == "*" else self.member_of_module(found, name)
        if isinstance(value, Unknown) and not node.level and self._python.is_package(node.module):
            return External(f"{node.module}.{name}")  # beside `google.py` in a package, which has no such name
        return value

    def module_value(self, module: str, scope: FunctionInfo) -> Value:
        """The module of a dotted name, seen from a file."""
        found = self._python.resolve(scope.path, module)
        return ModuleValue(found) if found else External(module)

    def methods_named(self, name: str, language: str) -> tuple[FunctionInfo, ...]:
        """The methods of a name that says whose it is, if there are only a few; else none."""
        if name in _GENERIC or len(name) < 5:
            return ()
        found = [f for f in self._named.get(name, ()) if f.language == language]
        return tuple(found) if len(found) <= 4 and all(f.owner is not None for f in found) else ()

    def file_of(self, path: str, specifier: str) -> str | None:
        """The file of the repository that a JavaScript module specifier names in a file; None for a package."""
        found = self._javascript.resolve(path, specifier)
        return found if isinstance(found, str) else None

    def required(self, path: str, specifier: str, *, dynamic: bool) -> Value:
        """What `require("x")` gives, or what `import("x")` resolves to."""
        target = self._javascript.resolve(path, specifier)
        if isinstance(target, JsPackage):
            return External(f"{_package(target)}:*", "javascript")
        if target is None:
            return Unknown("module not found")
        scan = self.scan_of(target)
        whole = scan.exports.get("module.exports") if scan else None
        if scan and whole and not dynamic:
            value = self.evaluate(whole[1], scan.info.body)
            named = {k for k in scan.exports if k != "module.exports"}
            if isinstance(value, DictValue) and named:
                extra = tuple(Pair(k, self.member_of_module(target, k)) for k in sorted(named))
                return mapping([*value.entries, *extra], value.open)
            return value
        return ModuleValue(target)

    def member_of_module(self, path: str, name: str) -> Value:
        """A module's attribute or export."""
        if path.endswith((".py", ".pyi", ".ipynb")) or not self.loader.exists(path):
            return self._python_member(path, name)
        return self._javascript_member(path, name, 0)

    def _python_member(self, path: str, name: str) -> Value:
        scan = self.scan_of(path)
        if scan is not None:
            table = scan.tables[scan.info.body]
            if name in table.bindings or table.stars:
                value = self._evaluator.name(name, scan.info.body, END)
                if not (isinstance(value, External) and value.symbol == name):
                    return value
        inner = self._python.submodule(path, name)
        if inner is None and not path.endswith((".py", ".pyi", ".ipynb")):
            # A folder without `__init__.py` yields to an installed package of its name, and has no names of its own.
            return External(f"{posixpath.basename(path)}.{name}")
        return ModuleValue(inner) if inner else Unknown("name not found in module")

    def _javascript_member(self, path: str, name: str, depth: int) -> Value:
        scan = self.scan_of(path)
        if scan is None or depth > 12:
            return Unknown("module not readable")
        body = scan.info.body
        found = scan.exports.get(name)
        if found is not None:
            kind, what = found
            if kind == "value":
                return self.evaluate(what, body)
            if kind == "local":
                return self._evaluator.name(what, body, END)
            return self._reexported(path, what[0], what[1], depth)
        for module in self._passed_on(path, name, scan.export_stars):
            value = self._reexported(path, module, name, depth)
            if not isinstance(value, Unknown):
                return value
        whole = scan.exports.get("module.exports")
        if whole is not None:
            value = self.evaluate(whole[1], body)
            return value if name == "default" else self._evaluator.member(value, name, body)
        if name in scan.tables[body].bindings:
            return self._evaluator.name(name, body, END)
        return Unknown("name not exported")

    def _passed_on(self, path: str, name: str, modules: Sequence[str]) -> tuple[str, ...]:
        """Those of the modules that a barrel passes on whole which may have a name: reading all would read its package."""
        known = self._barrels.get((path, name)) if modules else ()
        if known is None:
            known = self._barrels[path, name] = tuple(
                module
                for module in modules
                if not isinstance(target := self._javascript.resolve(path, module), str)
                or self.loader.contains(target, (name, *_EXPORTS_UNNAMED))
            )
        return known

    def _reexported(self, path: str, module: str, name: str, depth: int) -> Value:
        target = self._javascript.resolve(path, module)
        if isinstance(target, JsPackage):
            return External(f"{_package(target)}:{name}", "javascript")
        if target is None:
            return Unknown("module not found")
        return ModuleValue(target) if name == "*" else self._javascript_member(target, name, depth + 1)

    # ------------------------------------------------------------------ values

    def evaluate(self, expr: s.Expr, scope: FunctionInfo) -> Value:
        """What an expression may evaluate to in a function's scope."""
        return self._evaluator.evaluate(expr, scope)

    def within(
        self, expr: s.Expr, scope: FunctionInfo, context: tuple[tuple[FunctionInfo, s.Call, FunctionInfo], ...]
    ) -> Value:
        """As `evaluate`, where certain calls are known to be under way: they bind their functions' parameters."""
        return self._evaluator.within(expr, scope, context) if context else self.evaluate(expr, scope)

    def expand(self, value: Value) -> Value:
        """Replace parameters by what the callers give for them, as far as that is known."""
        return self._evaluator.expand(value)

    def default_of(self, value: Value) -> Value:
        """See through `Field(default=...)` and its like."""
        return self._evaluator.default_of(value)

    def annotated(self, function: FunctionInfo, name: str) -> Value:
        """What a parameter's annotation says of it."""
        param = param_of(function, name)
        if param is None or param.annotation is None:
            return Unknown("parameter")
        return self._evaluator.annotation(param.annotation, function.parent or function)

    def argument(self, value: ParamValue, call: s.Call, scope: FunctionInfo) -> Value:
        """What one call gives for a parameter, or the parameter's default."""
        return self._evaluator.argument(value, call, scope)

    def member(self, value: Value, name: str, scope: FunctionInfo) -> Value:
        """`value.name`."""
        return self._evaluator.member(value, name, scope)

    def returned(self, value: Value) -> Value:
        """What a function value gives back when called."""
        return self._evaluator.returned(value)

    def symbol(self, expr: s.Expr, scope: FunctionInfo) -> str:
        """The external symbol an expression names (`fastapi.Depends`, `express:default`), following aliases; "" if none.

        An attribute of an object made by external code is spelled after its maker: `fastapi.FastAPI().get` for `app.get`.
        """
        return next((t for v in alternatives(self.evaluate(expr, scope)) if (t := spelled(v))), "")

    # ------------------------------------------------------------------ classes

    def bases(self, cls: ClassInfo) -> tuple[ClassInfo | str, ...]:
        """The class's ancestors in lookup order, itself first; external ones by their symbol."""
        known = self._bases.get(cls)
        if known is not None:
            return known
        self._bases[cls] = (cls,)
        out: dict[ClassInfo | str, None] = {cls: None}
        for expr in cls.definition.bases:
            for value in alternatives(self.evaluate(_base_name(expr), cls.scope)):
                if isinstance(value, ClassValue):
                    out.update(dict.fromkeys(self.bases(value.cls)))
                elif isinstance(value, (External, Made)):
                    out[value.symbol] = None
        self._bases[cls] = tuple(out)
        return self._bases[cls]

    def method(self, cls: ClassInfo, name: str) -> FunctionInfo | None:
        """A method by name, of the class or its ancestors in the repository."""
        return next((b.methods[name] for b in self.bases(cls) if isinstance(b, ClassInfo) and name in b.methods), None)

    def subclasses(self, cls: ClassInfo) -> tuple[ClassInfo, ...]:
        """The classes of the loaded modules that have this one among their ancestors."""
        for path in self._mentioning(cls.name)[:20]:
            self.scan_of(path)
        # What the ancestors of a class are never changes: only modules loaded since the last question are looked at.
        done, table = self._children
        scans = tuple(self._by_info.values())
        self._children = (len(scans), table)
        for scan in scans[done:]:
            for child in scan.info.classes:
                for base in self.bases(child)[1:]:
                    if isinstance(base, ClassInfo):
                        table.setdefault(base, []).append(child)
        return tuple(table.get(cls, ()))

    # ------------------------------------------------------------------ the catalog on calls

    def shapes_of(self, language: str, symbol: str) -> tuple[TypeShape | CallShape, ...]:
        """The catalog's entries for a symbol, through the ways that a package spells its default export."""
        for one in _spellings(language, symbol):
            found = self.catalog.shapes_of(language, one)
            if found:
                return found
        return ()

    def select(
        self, shapes: Sequence[TypeShape | CallShape], call: s.Call, scope: FunctionInfo
    ) -> TypeShape | CallShape | None:
        """Of several entries for one symbol the one whose conditions on the arguments hold."""
        plain = None
        for shape in shapes:
            conditions = [*shape.where.items()]
            takes = [*getattr(shape, "takes", {}).items()]
            if not conditions and not takes:
                plain = plain or shape
            elif self._fits(conditions, takes, call, scope):
                return shape
        return plain

    def _fits(
        self,
        conditions: list[tuple[str, tuple[str, ...]]],
        takes: list[tuple[str, tuple[str, ...]]],
        call: s.Call,
        scope: FunctionInfo,
    ) -> bool:
        for path, texts in conditions:
            given = self.argument_at(call, scope, path)
            if texts == ("*",):  # whatever it is
                if given is None:
                    return False
                continue
            value = self.expand(given or Unknown())
            ways = [self.expand(v.default) if isinstance(v, Env) and v.default else v for v in alternatives(value)]
            if not any(isinstance(v, Known) and v.value in texts for w in ways for v in alternatives(w)):
                return False
        for path, types in takes:
            value = self.expand(self.argument_at(call, scope, path) or Unknown())
            made = [v for v in alternatives(value) if isinstance(v, Made) and v.type is not None]
            if not any(m.type is not None and m.type.id in types for m in made):
                return False
        return True

    def argument_at(self, call: s.Call, scope: FunctionInfo, path: str) -> Value | None:
        """The value of a plain argument path (`name`, `#0`, with keys after dots); None where it is not given."""
        if path.startswith("="):
            assigned = self.assigned(path[1:], scope)
            return join(assigned) if assigned else None
        first, *rest = path.split(".")
        value: Value | None = None
        positional = [a for a in call.args if a.name is None]
        if first.startswith("#"):
            index = int(first[1:])
            if index < len(positional) and not any(a.spread for a in positional[: index + 1]):
                value = self.evaluate(positional[index].value, scope)
        else:
            found = next((a for a in call.args if a.name == first and not a.spread), None)
            value = self.evaluate(found.value, scope) if found else None
        for key in rest:
            if value is None:
                return None
            value = self._evaluator.member(self.expand(value), key, scope)
        return value

    def member_shape(self, callee: Member, call: s.Call, scope: FunctionInfo) -> CallShape | None:
        """The catalog's entry for a method that is called on an object of an SDK."""
        found = self.typed_member(callee)
        if found is None:
            return None
        shape = found[1]
        if (shape.where or shape.takes) and not self._fits([*shape.where.items()], [*shape.takes.items()], call, scope):
            return None
        return shape

    def typed_member(self, callee: Member) -> tuple[Made, CallShape] | None:
        """The object whose type has a member, and the member; through what only leads on, and what wraps."""
        base = callee.base
        for _ in range(6):
            if not isinstance(base, Made):
                return None
            if base.type is not None:
                names = [n for n in callee.path if n not in base.type.transparent]
                shape = base.type.members.get(".".join(names))
                if shape is not None:
                    return base, shape
                wrapped = self._wrapped(base)
                if wrapped is None:
                    return None
                base = wrapped
            else:
                return None
        return None

    def _wrapped(self, made: Made) -> Made | None:
        for path in made.type.wraps if made.type else ():
            value = self.argument_at(made.call, made.scope, path)
            for one in alternatives(self.expand(value)) if value is not None else ():
                if isinstance(one, Made) and one.type is not None:
                    return one
        return None

    # ------------------------------------------------------------------ the call graph

    def callees(self, site: CallSite) -> tuple[FunctionInfo, ...]:
        """The repository's functions that a call may run (constructors: `__init__`).

        For a call of external code, the functions handed to it as arguments: it may run them.
        """
        value = self.evaluate(site.call.func, site.function)
        found: dict[FunctionInfo, None] = {}
        external = False
        for one in alternatives(self.expand(value)):
            functions = self._functions_of(one)
            found.update(dict.fromkeys(functions))
            external = external or (not functions and isinstance(one, (External, Member, Made, Compound, Unknown)))
        if external:
            for arg in site.call.args:
                if isinstance(arg.value, _NO_FUNCTION):
                    continue
                for one in alternatives(self.evaluate(arg.value, site.function)):
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
                maker = self.method(cls, "__init__")
                return (maker,) if maker else ()
            case Instance(cls=cls):
                method = self.method(cls, "__call__")
                return (method,) if method else ()
            case Member(base=FunctionValue() as inner, path=path) if path[-1] in library.DEFERRED:
                return (inner.function,)
            case Made(symbol=symbol, call=call, scope=scope, type=None) if symbol.rpartition(".")[2] != "create_task":
                out: list[FunctionInfo] = []
                for arg in call.args[:4]:
                    if isinstance(arg.value, (s.FunctionExpr, s.Name, s.Attr)):
                        given = self.evaluate(arg.value, scope)
                        out += [v.function for v in alternatives(given) if isinstance(v, FunctionValue)]
                return tuple(out)
        return ()

    def _overrides(self, function: FunctionInfo) -> tuple[FunctionInfo, ...]:
        if function.owner is None:
            return ()
        return tuple(c.methods[function.name] for c in self.subclasses(function.owner) if function.name in c.methods)

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
        if not self._finding or len(self._finding) < 4 or tries >= _MAX_TRIES:
            self._callers[function] = found
        return found

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
        return tuple(sorted(found.values(), key=lambda c: (c.path, start(c.call.at))))

    def _declared(self, function: FunctionInfo) -> Iterator[CallSite]:
        """References that stand at the definition itself: decorators, and what takes an anonymous function."""
        scan, definition = self._scans.get(function.path), function.definition
        if scan is None or definition is None:
            return
        holder = function.parent or function
        for decorator in definition.decorators:
            if isinstance(decorator, s.Call):
                site = self.site_of(decorator)
                yield CallSite(function.path, holder, decorator, "reference", "sure", site.link if site else None)
            elif last_name(decorator) not in (
                "staticmethod",
                "classmethod",
                "property",
                "abstractmethod",
                "override",
                "cached_property",
            ):
                yield CallSite(function.path, holder, self._evaluator.synthetic(decorator), "reference")
        carrier = scan.carriers.get(function)
        if carrier is not None:
            yield from self._carried(function, carrier[0], carrier[1], holder)

    def _carried(self, function: FunctionInfo, node: s.Expr, link: object, holder: FunctionInfo) -> Iterator[CallSite]:
        while isinstance(link, tuple):
            parent, link = link
            if isinstance(parent, s.Call):
                kind = "call" if parent.func is node else "reference"
                site = self.site_of(parent)
                if site is not None:
                    yield CallSite(site.path, site.function, parent, kind, "sure", site.link)
                return
            if isinstance(parent, (s.Return, s.Opaque, s.Export)):
                yield CallSite(
                    function.path, holder, self._evaluator.synthetic(node), "reference", "sure", (parent, link)
                )
                return
            if isinstance(parent, s.Stmt):
                return

    def _places(self, function: FunctionInfo) -> Iterator[tuple[Scan, str]]:
        """Modules and names under which the function may be called there."""
        owner = function.owner
        names = [function.name]
        if function.name == "__init__" and owner is not None:
            names = [owner.name, *(c.name for c in self.subclasses(owner) if "__init__" not in c.methods), "__init__"]
            if any(m.definition is not None and m.definition.static for m in owner.methods.values()):
                names.append("cls")
            if function.language == "javascript":
                names.append("super")
        elif function.name == "__call__" and owner is not None:
            yield from self._instance_calls(owner)
            return
        elif function.name.startswith("<"):
            return
        seen: set[tuple[str, str]] = set()
        for name in names:
            stem, folder = _stem(function.path), posixpath.basename(posixpath.dirname(function.path))
            near = name in ("__init__", "super", "cls")
            if owner is None:  # a plain function is imported from its file, or from its folder
                paths = self._mentioning(name, stem, folder, enough=_FEW_MENTIONS)
            else:
                enough = _FEW_MENTIONS if self.large else _MAX_MENTIONS
                paths = self._mentioning(names[0] if near else name, owner.name, enough=enough)
            if name.startswith("__") and not name.endswith("__") and owner is not None:
                paths = (function.path,)
            for path in sorted({*paths, function.path}):
                scan = self.scan_of(path)
                if scan is None:
                    continue
                for alias in (name, *self._aliases(scan, name)):
                    if (path, alias) not in seen:
                        seen.add((path, alias))
                        yield scan, alias
        if function.name == "__init__" and owner is not None and function.language == "python":
            yield from self._picked(owner.name, seen)
        yield from self._default_importers(function, seen)

    def _picked(self, name: str, seen: set[tuple[str, str]]) -> Iterator[tuple[Scan, str]]:
        """Where a class of a table is called: `PROVIDERS[kind](config)`, `cls = PROVIDERS.get(kind); cls(config)`."""
        for path in self._mentioning(name, enough=_FEW_MENTIONS):
            scan = self.scan_of(path)
            tables = (
                {held for _, link, _ in scan.mentions.get(name, ())[:20] if (held := _held_in(link)) is not None}
                if scan
                else ()
            )
            for table in tables:
                others = self._mentioning(table)[:_FEW_MENTIONS] if len(table) > 3 else ()
                for other in sorted({path, *others}):
                    found = self.scan_of(other)
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

    def _mentioning(self, name: str, *anchors: str, enough: int = _MAX_MENTIONS) -> tuple[str, ...]:
        """The files that mention a name; where they are many, those that mention one of the anchors as well."""
        paths = self.loader.mentions(name)
        if self._among is not None:
            paths = tuple(p for p in paths if p in self._among)
        if len(paths) > enough:
            near = {p for anchor in anchors for p in self.loader.mentions(anchor)}
            paths = tuple(p for p in paths if p in near) or paths
        most = _FEW_MENTIONS if self.large else _MAX_MENTIONS
        if len(paths) > most:
            loaded = [p for p in paths if p in self._by_info]
            rest = [p for p in paths if p not in self._by_info]
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
            # `run = ask`, `self.run = ask`, `{run: ask}`, `partial(ask, ...)` under another name
            parent = link[0] if link else None
            if isinstance(parent, s.Assign) and parent.value is node and len(parent.targets) == 1:
                out.append(last_name(parent.targets[0]))
            elif isinstance(parent, s.Entry) and parent.value is node and isinstance(parent.key, s.Const):
                out.append(str(parent.key.value))
            elif isinstance(parent, s.Arg) and (kept := _kept_as(link)):
                out.append(kept)
        return [a for a in dict.fromkeys(out) if a and a != name]

    def _default_importers(self, function: FunctionInfo, seen: set[tuple[str, str]]) -> Iterator[tuple[Scan, str]]:
        """A default export has another name in every file that imports it."""
        scan = self._scans.get(function.path)
        if scan is None or function.language != "javascript":
            return
        exported = scan.exports.get("default") or scan.exports.get("module.exports")
        if exported is None or not self._is_export(exported, function, scan):
            return
        path = function.path
        for other in self._mentioning(_stem(path)):
            importer = self.scan_of(other)
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
        for one in alternatives(self.evaluate(what, scan.info.body)):
            if isinstance(one, FunctionValue) and one.function is function:
                return True
            if isinstance(one, ClassValue) and function.name == "__init__" and one.cls is function.owner:
                return True
        return False

    def _bound_to(self, scan: Scan, path: str) -> Iterator[str]:
        for node in scan.imports:
            for one in node.names:
                if one.name in ("default", "*") and one.alias and self.resolve_module(scan.info.path, node) == path:
                    yield one.alias
        for site in scan.calls.get("require", ()):
            first = site.call.args[0].value if site.call.args else None
            text = first.value if isinstance(first, s.Const) else None
            if isinstance(text, str) and self._javascript.resolve(scan.info.path, text) == path:
                holder = next((a for a in reversed(site.ancestors) if isinstance(a, s.Assign)), None)
                if holder is not None and isinstance(holder.targets[0], s.Name):
                    yield holder.targets[0].id

    def _instance_calls(self, owner: ClassInfo) -> Iterator[tuple[Scan, str]]:
        """Where objects of a class may be called: beside its name, and under the names that its objects are kept."""
        near = self._mentioning(owner.name)[:20]
        kept: dict[str, None] = {}
        for path in near:
            scan = self.scan_of(path)
            for site in scan.calls.get(owner.name, ()) if scan is not None else ():
                parent = site.link[0] if isinstance(site.link, tuple) else None
                if isinstance(parent, s.Assign):
                    kept.update(dict.fromkeys(n for t in parent.targets if len(n := last_name(t)) > 2))
        far = [p for name in tuple(kept)[:6] for p in self.loader.mentions(name)[:20] if p not in near]
        for path in dict.fromkeys((*near, *far)):
            scan = self.scan_of(path)
            if scan is None:
                continue
            for name, sites in tuple(scan.calls.items()):
                if not name or name == owner.name or (path not in near and name not in kept):
                    continue
                for site in sites[: 6 if name in kept else 1]:
                    if not isinstance(site.call.func, (s.Name, s.Attr, s.Index)):
                        continue
                    value = self.expand(self.evaluate(site.call.func, site.function))
                    if any(isinstance(v, Instance) and v.cls is owner for v in alternatives(value)):
                        yield scan, name
                        break

    def _runs(self, site: CallSite, function: FunctionInfo) -> str:
        """Whether a call runs the function: "sure", "likely" or ""."""
        value = self.evaluate(site.call.func, site.function)
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
        if not isinstance(func, (s.Attr, s.Name)) or function.name in _GENERIC or len(function.name) < 4:
            return False
        if isinstance(func, s.Name) and function.owner is not None:
            return False
        same = [f for f in self._named.get(function.name, ()) if f.language == function.language]
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
                value = self.evaluate(node.base, holder)
                for one in alternatives(value):
                    if isinstance(one, Instance) and self.method(one.cls, function.name) is function:
                        return CallSite(holder.path, holder, self._evaluator.synthetic(node), "reference", "sure", link)
            return None
        if not self._may_mean(node, holder, function):
            return None
        value = self.evaluate(node, holder)
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
            if function.owner is not None or (function.language == "javascript" and not self.large):
                return True
            python = function.language == "python"
            return isinstance(node.base, s.Name) and self._bound(node.base.id, holder, modules=python)
        return isinstance(node, s.Name) and self._bound(node.id, holder, modules=False)

    def _bound(self, name: str, holder: FunctionInfo, *, modules: bool) -> bool:
        for scope in holder.chain:
            table = self.table(scope)
            found = table.bindings.get(name) if table else None
            if found:
                return any(b.module is not None or (not modules and (b.function or b.expr)) for b in found)
        return any(t.stars for scope in holder.chain if (t := self.table(scope)) is not None)

    def _handed_on(self, node: s.Expr, link: tuple[object, object], holder: FunctionInfo) -> CallSite | None:
        chain: object = link
        deferred: object = None
        while isinstance(chain, tuple):
            parent, chain = chain
            if isinstance(parent, s.Attr) and parent.name in library.DEFERRED:
                deferred = parent
                continue
            if isinstance(parent, s.Call):
                site = self.site_of(parent)
                if site is not None:
                    kind = "call" if parent.func is deferred else "reference"
                    return CallSite(site.path, site.function, parent, kind, "sure", site.link)
                break
            if isinstance(parent, (s.Arg, s.ListExpr, s.Entry, s.DictExpr, s.Spread, s.Conditional, s.BoolOp, s.Await)):
                continue
            break
        return CallSite(holder.path, holder, self._evaluator.synthetic(node), "reference", "sure", link)

    # ------------------------------------------------------------------ arguments

    def argument_values(self, function: FunctionInfo, name: str) -> tuple[tuple[Value, CallSite | None], ...]:
        """What the callers give for a parameter, one for each caller; its default stands in where they give nothing.

        Without callers: the default alone, with None. A caller that cannot be read gives Unknown.
        """
        key = (function, name)
        known = self._arguments.get(key)
        if known is not None:
            return known
        out: list[tuple[Value, CallSite | None]] = []
        for site in self.callers(function):
            value = self._given(function, name, site)
            if value is not None:
                out.append((value, site))
        if not out:
            default = self._default(function, name)
            if default is not None:
                out.append((default, None))
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        if not self._finding or tries >= _MAX_TRIES:
            self._arguments[key] = tuple(out)
        return tuple(out)

    def _default(self, function: FunctionInfo, name: str) -> Value | None:
        param = param_of(function, name)
        if param is None:
            return None
        if param.kind == "dict":
            return DictValue()
        if param.kind == "list":
            return ListValue(())
        option = self._option_default(function, name)
        if option is not None:
            return option
        if param.default is None:
            return None
        value = self.evaluate(param.default, function.parent or function)
        return self._evaluator.default_of(value)

    def _option_default(self, function: FunctionInfo, name: str) -> Value | None:
        """`@click.option("--max-tokens", default=512)`."""
        for decorator in function.definition.decorators if function.definition else ():
            if isinstance(decorator, s.Call) and last_name(decorator.func) in ("option", "argument"):
                texts = [a.value.value for a in decorator.args if isinstance(a.value, s.Const) and a.name is None]
                spelled_names = {str(t).lstrip("-").replace("-", "_") for t in texts}
                if name in spelled_names:
                    default = next((a.value for a in decorator.args if a.name == "default"), None)
                    return self.evaluate(default, function.parent or function) if default is not None else None
        return None

    def _given(self, function: FunctionInfo, name: str, site: CallSite) -> Value | None:
        call = self._with_kept(site)
        if site.kind == "reference":
            passed = self._passed(function, site)
            if passed is not None and last_name(call.func) == "partial":
                return self.bind_argument(function, name, passed, site.function)  # the rest comes with the calls of it
            if passed is None:
                default = self._default(function, name)
                return Unknown("called back") if default is None else None
            call = passed
        elif isinstance(call.func, s.Attr) and call.func.name == "apply_async":
            call = applied(call)
        value = self.bind_argument(function, name, call, site.function)
        return value if value is not None else self._default(function, name)

    def _with_kept(self, site: CallSite) -> s.Call:
        """`run(b)` of `run = partial(f, a)` as `f(a, b)`."""
        for one in alternatives(self.evaluate(site.call.func, site.function)):
            if (
                isinstance(one, Made)
                and one.symbol == "functools.partial"
                and one.scope.chain[-1] is site.function.chain[-1]
            ):
                return self._made(s.Call(site.call.at, one.call.args[0].value, (*one.call.args[1:], *site.call.args)))
        return site.call

    def _passed(self, function: FunctionInfo, site: CallSite) -> s.Call | None:
        """`to_thread(f, a, b)`, `partial(f, a)`, `add_job(f, args=[a])` as the call `f(a, b)`."""
        call = site.call
        positional = [a for a in call.args if a.name is None]
        for i, arg in enumerate(call.args):
            if arg.name not in (None, "target", "func", "fn"):
                continue
            value = self.evaluate(arg.value, site.function)
            if any(isinstance(v, FunctionValue) and v.function is function for v in alternatives(value)):
                name = last_name(call.func)
                if name in _PASSING:
                    rest = positional[positional.index(arg) + 1 :] if arg in positional else []
                    named = [a for a in call.args[i + 1 :] if a.name and name in _PASSING_NAMED]
                    return self._made(s.Call(call.at, arg.value, (*rest, *named)))
                given = next((a.value for a in call.args if a.name == "args"), None)
                words = next((a.value for a in call.args if a.name == "kwargs"), None)
                if isinstance(given, s.ListExpr) or words is not None:
                    items = given.items if isinstance(given, s.ListExpr) else ()
                    more = (s.Arg(words, None, "dict"),) if words is not None else ()
                    return self._made(s.Call(call.at, arg.value, (*(s.Arg(x) for x in items), *more)))
        return None

    def _made(self, call: s.Call) -> s.Call:
        self._evaluator.keep.append(call)
        return call

    def bind_argument(self, function: FunctionInfo, name: str, call: s.Call, scope: FunctionInfo) -> Value | None:
        """What a call gives for a parameter; None if nothing, Unknown if an unpacked value hides it."""
        definition = function.definition
        if definition is None:
            return Unknown("parameter")
        params = definition.params
        if function.owner is not None and function.language == "python" and params:
            bound = not definition.static or any(dotted(d).endswith("classmethod") for d in definition.decorators)
            params = params[1:] if bound else params
        elif given_itself(definition):
            params = params[1:]
        wanted = param_of(function, name)
        index = next((i for i, p in enumerate(params) if p is wanted), -1)
        if index < 0:
            return Unknown("parameter")
        param = params[index]
        if param.kind == "dict":
            return self._extra_keywords(params, call, scope)
        for arg in call.args:
            if arg.name == name and not arg.spread:
                return self.evaluate(arg.value, scope)
        positional = [a for a in call.args if a.name is None and a.spread != "dict"]
        spread = next((i for i, a in enumerate(positional) if a.spread == "list"), None)
        if param.kind == "list":
            rest = positional[index:]
            return ListValue(tuple(self.evaluate(a.value, scope) for a in rest), open=spread is not None)
        if not param.keyword_only and index < len(positional) and (spread is None or index < spread):
            return self.evaluate(positional[index].value, scope)
        if spread is not None and not param.keyword_only:
            return self._from_list(positional[spread], index - spread, scope)
        return self._from_mappings(name, call, scope)

    def _from_list(self, arg: s.Arg, index: int, scope: FunctionInfo) -> Value | None:
        value = self.evaluate(arg.value, scope)
        if isinstance(value, ListValue) and not value.open:
            return value.items[index] if 0 <= index < len(value.items) else None
        return Unknown("unpacked arguments")

    def _from_mappings(self, name: str, call: s.Call, scope: FunctionInfo) -> Value | None:
        for arg in call.args:
            if arg.spread == "dict":
                for one in alternatives(self.expand(self.evaluate(arg.value, scope))):
                    if isinstance(one, DictValue):
                        pair = one.get(name)
                        if pair is not None:
                            return pair.value
                        if one.open:
                            return Unknown("unpacked mapping")
                    elif not (isinstance(one, Known) and one.value is None):
                        return Unknown("unpacked mapping")
        return None

    def _extra_keywords(self, params: Sequence[s.Param], call: s.Call, scope: FunctionInfo) -> Value:
        taken = {p.name for p in params if not p.kind}
        pairs: list[Pair] = []
        is_open = False
        for arg in call.args:
            if arg.spread == "dict":
                for one in alternatives(self.expand(self.evaluate(arg.value, scope))):
                    if isinstance(one, DictValue):
                        pairs += [e for e in one.entries if e.key not in taken]
                        is_open = is_open or one.open
                    else:
                        is_open = True
            elif arg.name and arg.name not in taken:
                pairs.append(Pair(arg.name, self.evaluate(arg.value, scope), arg.value, scope))
        return mapping(pairs, is_open)


_NO_FUNCTION = (s.Const, s.Template, s.ListExpr, s.DictExpr, s.Comprehension, s.Binary, s.Unary)
"""What is no function and no object with methods, whatever it is made of."""
_EXPORTS_UNNAMED = ("export *", "module.exports")
"""What exports things that a file need not name."""
_PASSING = frozenset(
    {"to_thread", "partial", "run_in_executor", "submit", "run_sync", "run_in_threadpool", "add_task", "call_soon", "call_later",
     "start_soon", "create_task", "apply", "call", "enqueue", "enqueue_call", "run_with_retry", "with_retry", "retry_call",
     "sync_to_async", "setTimeout", "partialmethod"}
)  # fmt: skip
_PASSING_NAMED = frozenset(
    {"to_thread", "partial", "submit", "add_task", "enqueue", "run_with_retry", "with_retry", "call"}
)


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


def given_itself(definition: s.FunctionDef) -> bool:
    """`@app.task(bind=True)`: its first parameter is the task itself, which no call gives."""
    return any(
        arg.name == "bind" and isinstance(arg.value, s.Const) and arg.value.value is True
        for decorator in definition.decorators
        if isinstance(decorator, s.Call)
        for arg in decorator.args
    )


def applied(call: s.Call) -> s.Call:
    """`task.apply_async(args=[a], kwargs=more)` as `task(a, **more)`."""
    given = next(
        (a.value for a in call.args if a.name == "args"),
        call.args[0].value if call.args and not call.args[0].name else None,
    )
    words = next((a.value for a in call.args if a.name == "kwargs"), None)
    items = tuple(s.Arg(x) for x in given.items) if isinstance(given, s.ListExpr) else ()
    if given is not None and not isinstance(given, s.ListExpr):
        items = (s.Arg(given, None, "list"),)
    more = (s.Arg(words, None, "dict"),) if words is not None else ()
    return s.Call(call.at, call.func, (*items, *more))


def _likely(site: CallSite) -> CallSite:
    return CallSite(site.path, site.function, site.call, site.kind, "likely", site.link)


def _opaque(made: Made) -> bool:
    """Made by a call that nothing is known of: what its members are is not known either."""
    return made.receiver is not None or made.symbol.startswith("?")


def _package(target: JsPackage) -> str:
    return f"{target.package}/{target.subpath}" if target.subpath else target.package


def _base_name(expr: s.Expr) -> s.Expr:
    while isinstance(expr, s.Index):
        expr = expr.base
    return expr


def _spellings(language: str, symbol: str) -> tuple[str, ...]:
    if language == "python" or ":" not in symbol or symbol.startswith("global:"):
        return (symbol,)
    package, _, name = symbol.rpartition(":")
    if name == "*":
        return (symbol, f"{package}:default")
    if name.startswith("default."):
        return (symbol, f"{package}:{name[8:]}", f"{package}:*.{name[8:]}")
    return (symbol, f"{package}:default.{name}")

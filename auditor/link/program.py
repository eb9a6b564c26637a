"""The program as a whole: modules on demand, functions, classes, call sites, who calls whom, and what values are.

Language-neutral: it works on the common syntax only. Modules are parsed lazily through a `ModuleLoader`; nothing is
ever imported or run. Every query is bounded and memoised; what cannot be resolved is `Unknown`, never a guess.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from auditor.link.call_graph import GENERIC, CallGraph
from auditor.link.code import CallSite, ClassInfo, FunctionInfo, ModuleInfo
from auditor.link.evaluate import Evaluator
from auditor.link.js_auto import AutoImports
from auditor.link.js_modules import External as JsPackage
from auditor.link.js_modules import JsResolver
from auditor.link.names import END, Binding, Scan, Table, end, last_name, scan_module, start
from auditor.link.parameters import Parameters
from auditor.link.python_modules import PyResolver
from auditor.link.shapes import Shapes
from auditor.link.value_ops import param_of
from auditor.link.values import (
    ClassValue,
    DictValue,
    External,
    Known,
    Made,
    Member,
    ModuleValue,
    Pair,
    ParamValue,
    Unknown,
    Value,
    alternatives,
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

_LARGE = 2000  # program files
_STEPS = 4000  # of evaluation that one question may take
_FEW_STEPS = 800  # where it is large: what takes more is cut in the end anyway
_MAX_EXPECTED = 600


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
        self._bases: dict[ClassInfo, tuple[ClassInfo | str, ...]] = {}
        self._children: tuple[int, dict[ClassInfo, list[ClassInfo]]] = (0, {})
        self._sites: dict[int, CallSite] = {}
        self._stored: dict[str, list[Binding]] = {}
        self._environment: dict[str, list[Binding]] = {}
        self._needed: dict[tuple[str, int], set[str]] = {}
        self._named: dict[str, list[FunctionInfo]] = {}
        self._barrels: dict[tuple[str, str], tuple[str, ...]] = {}
        self._auto = AutoImports(loader.paths, loader.read)
        self.graph = CallGraph(self)
        self._parameters = Parameters(self)
        self._shapes = Shapes(self)
        self.asides: frozenset[str] = frozenset()  # loaded for their timers only: far from anything that names a vendor

    @contextmanager
    def among_loaded(self) -> Iterator[None]:
        """Meanwhile look for callers in the modules loaded so far only; what was found that way is forgotten after."""
        self.graph.stay_among(frozenset(self._by_info))
        try:
            yield
        finally:
            self.graph.look_everywhere()
            self._parameters.forget()
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

    def auto_imported(self, name: str, path: str) -> Value | None:
        """What a name means in a JavaScript file whose framework imports it by itself; None where none does."""
        source = self._auto.source(name, path)
        return None if source is None else self._javascript_member(source[0], source[1], 0)

    def auto_importers(self, path: str) -> tuple[str, ...]:
        """The files that use what a file gives to others without an import."""
        named = {p for name in self._auto.given(path) for p in self.loader.mentions(name)}
        return tuple(sorted(p for p in named if p != path))

    def module_value(self, module: str, scope: FunctionInfo) -> Value:
        """The module of a dotted name, seen from a file."""
        found = self._python.resolve(scope.path, module)
        return ModuleValue(found) if found else External(module)

    def python_file(self, name: str, scope: FunctionInfo) -> str | None:
        """The Python file that the end of a path names in a file: beside it, from the root, or the only one."""
        return self._python.file(scope.path, name)

    def named(self, name: str) -> Sequence[FunctionInfo]:
        """The functions of a name in the modules loaded so far."""
        return self._named.get(name, ())

    def methods_named(self, name: str, language: str) -> tuple[FunctionInfo, ...]:
        """The methods of a name that says whose it is, if there are only a few; else none."""
        if name in GENERIC or len(name) < 5:
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
        return self._evaluator.calls.within(expr, scope, context) if context else self.evaluate(expr, scope)

    def expand(self, value: Value) -> Value:
        """Replace parameters by what the callers give for them, as far as that is known."""
        return self._evaluator.parameters.expand(value)

    def synthetic(self, expr: s.Expr) -> s.Call:
        """A call that stands for the use of a function without one."""
        return self._evaluator.objects.synthetic(expr)

    def keep(self, node: s.Call) -> s.Call:
        """Keep a node that stands in no module for as long as the program lives: nodes are known by their identity."""
        self._evaluator.keep.append(node)
        return node

    def default_of(self, value: Value) -> Value:
        """See through `Field(default=...)` and its like."""
        return self._evaluator.parameters.default_of(value)

    def annotated_alias(self, name: str, scope: FunctionInfo) -> tuple[s.Expr, FunctionInfo] | None:
        """What a name of an annotation stands for (`User = Annotated[Account, Depends(current)]`), and where that is said."""
        return self._evaluator.annotations.annotated_alias(name, scope)

    def annotated(self, function: FunctionInfo, name: str) -> Value:
        """What a parameter's annotation says of it."""
        param = param_of(function, name)
        if param is None or param.annotation is None:
            return Unknown("parameter")
        return self._evaluator.annotations.annotation(param.annotation, function.parent or function)

    def argument(self, value: ParamValue, call: s.Call, scope: FunctionInfo) -> Value:
        """What one call gives for a parameter, or the parameter's default."""
        return self._evaluator.parameters.argument(value, call, scope)

    def member(self, value: Value, name: str, scope: FunctionInfo) -> Value:
        """`value.name`."""
        return self._evaluator.member(value, name, scope)

    def returned(self, value: Value) -> Value:
        """What a function value gives back when called."""
        return self._evaluator.calls.returned(value)

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

    def runs(self, cls: ClassInfo, name: str) -> FunctionInfo | None:
        """What runs when an object is asked for `name`: its method, or the one by which a framework's class does it."""
        own = self.method(cls, name)
        if own is not None:
            return own
        for base in self.bases(cls) if name in self.catalog.asked_for else ():
            for method in self.catalog.runs_of(base).get(name, ()) if isinstance(base, str) else ():
                found = self.method(cls, method)
                if found is not None and not self.leaves_to_base(found):
                    return found
        return None

    def leaves_to_base(self, method: FunctionInfo) -> bool:
        """Whether a method has the class that it overrides do the work: `super()._generate(messages)`."""
        asked = (site.call.func for site in self.sites(method))
        return any(
            isinstance(f, s.Attr)
            and f.name.lstrip("_") == method.name.lstrip("_")
            and isinstance(f.base, s.Call)
            and last_name(f.base.func) == "super"
            for f in asked
        )

    def sends_itself(self, cls: ClassInfo) -> bool:
        """Whether a subclass of a framework's model has a method of its own by which all of it is sent."""
        for base in self.bases(cls):
            runs = self.catalog.runs_of(base) if isinstance(base, str) else {}
            for name in {*runs, *(m for methods in runs.values() for m in methods)}:
                found = self.method(cls, name)
                if found is not None and not self.leaves_to_base(found):
                    return True
        return False

    def subclasses(self, cls: ClassInfo) -> tuple[ClassInfo, ...]:
        """The classes of the loaded modules that have this one among their ancestors."""
        for path in self.graph.mentioning(cls.name)[:20]:
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
        return self._shapes.shapes_of(language, symbol)

    def select(
        self, shapes: Sequence[TypeShape | CallShape], call: s.Call, scope: FunctionInfo
    ) -> TypeShape | CallShape | None:
        """Of several entries for one symbol the one whose conditions on the arguments hold."""
        return self._shapes.select(shapes, call, scope)

    def argument_at(self, call: s.Call, scope: FunctionInfo, path: str) -> Value | None:
        """The value of a plain argument path (`name`, `#0`, with keys after dots); None where it is not given."""
        return self._shapes.argument_at(call, scope, path)

    def member_shape(self, callee: Member, call: s.Call, scope: FunctionInfo) -> CallShape | None:
        """The catalog's entry for a method that is called on an object of an SDK."""
        return self._shapes.member_shape(callee, call, scope)

    def typed_member(self, callee: Member) -> tuple[Made, CallShape] | None:
        """The object whose type has a member, and the member; through what only leads on, and what wraps."""
        return self._shapes.typed_member(callee)

    # ------------------------------------------------------------------ the call graph

    def callees(self, site: CallSite) -> tuple[FunctionInfo, ...]:
        """The repository's functions that a call may run (constructors: `__init__`).

        For a call of external code, the functions handed to it as arguments: it may run them.
        """
        return self.graph.callees(site)

    def callers(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        """The places that may run the function: calls and references, in files not loaded so far as well."""
        return self.graph.callers(function)

    def argument_values(self, function: FunctionInfo, name: str) -> tuple[tuple[Value, CallSite | None], ...]:
        """What the callers give for a parameter, one for each caller; its default stands in where they give nothing.

        Without callers: the default alone, with None. A caller that cannot be read gives Unknown.
        """
        return self._parameters.argument_values(function, name)

    def bind_argument(self, function: FunctionInfo, name: str, call: s.Call, scope: FunctionInfo) -> Value | None:
        """What a call gives for a parameter; None if nothing, Unknown if an unpacked value hides it."""
        return self._parameters.bind_argument(function, name, call, scope)


_EXPORTS_UNNAMED = ("export *", "module.exports")
"""What exports things that a file need not name."""


def _package(target: JsPackage) -> str:
    return f"{target.package}/{target.subpath}" if target.subpath else target.package


def _base_name(expr: s.Expr) -> s.Expr:
    while isinstance(expr, s.Index):
        expr = expr.base
    return expr

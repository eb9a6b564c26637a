"""Where the code is entered from outside: routes, bot handlers, user interfaces, commands, tasks, module bodies.

What registers a function is data (`catalog/entrypoints.yaml`). Knows which authentication and rate limit stand on the
way of an HTTP route; a limiter that is created or imported but not applied to the route does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from auditor.catalog.entrypoints import EntryPoints, HandlerRule, load_entrypoints
from auditor.lazily import dataclass, regex
from auditor.link.bot_commands import commands
from auditor.link.flow_index import FlowIndex, call_name, key_of
from auditor.link.program import CallSite, ClassInfo, FunctionInfo
from auditor.link.route_guards import Guards
from auditor.link.values import Instance, alternatives
from auditor.model.facts import Route
from auditor.model.location import Span
from auditor.model.syntax import (
    Arg,
    Assign,
    Attr,
    Call,
    Const,
    DictExpr,
    Entry,
    Export,
    Expr,
    FunctionDef,
    FunctionExpr,
    Import,
    ListExpr,
    Name,
    Opaque,
)
from auditor.model.walk import walk

_TEST_PATH = regex(
    r"(^|/)(tests?|testing|__tests__|specs?|e2e|__mocks__|mocks|fixtures)/|(^|/)(test_[^/]*|conftest|[^/]*_tests?)\.py$"
    r"|[._-](test|spec|stories|e2e)\.[cm]?[jt]sx?$|^((.*/)?scripts?/(.*/)?)?test-[^/]*\.[cm]?[jt]sx?$",
    re.I,
)
_TRIVIAL_BASES = regex(
    r"(^|\.)(object|ABC|ABCMeta|Enum|StrEnum|IntEnum|BaseModel|BaseSettings|Exception|Protocol|TypedDict|NamedTuple|Generic"
    r"|Error|BaseException|RuntimeError|ValueError|Base|Model|EventEmitter|dict|list|str)$|^global:"
)
_REQUESTS, _RESPONSES = ("req", "request", "_req"), ("res", "response", "reply")


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """One way into a function from outside. `user`: what it is called with comes from a person."""

    kind: str  # http | bot | ui | cli | server-action | function | task | tool | startup | graph | framework
    user: bool
    at: Span
    name: str = ""
    site: CallSite | None = None  # the registration, where there is one


@lru_cache(maxsize=65_536)
def is_test_path(path: str) -> bool:
    """Whether a file is a test, by its place."""
    return _TEST_PATH.search(path) is not None


class Entries:
    """The entry points of one program, memoised."""

    def __init__(self, index: FlowIndex) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self.program = index.program
        self.table: EntryPoints = load_entrypoints()
        self._entries: dict[str, tuple[EntryPoint, ...]] = {}
        self._alive: dict[str, bool] = {}
        self._exports: dict[str, dict[str, str]] = {}
        self._routes: dict[str, tuple[Route, ...]] = {}
        self.guards = Guards(index, self.table)

    # ------------------------------------------------------------------ entry points

    def of(self, function: FunctionInfo) -> tuple[EntryPoint, ...]:
        """The ways in which the outside world enters a function."""
        found = self._entries.get(function.id)
        if found is None:
            self._entries[function.id] = ()
            entries = list(self._find(function)) or list(self._by_signature(function))
            unique = {(e.kind, e.name, e.at): e for e in entries}
            found = self._entries[function.id] = tuple(unique.values())
        return found

    def user_entry(self, function: FunctionInfo) -> bool:
        """Whether people's input is what this function is called with."""
        return any(e.user for e in self.of(function))

    def _find(self, function: FunctionInfo) -> Iterator[EntryPoint]:
        definition = function.definition
        if definition is None:
            return
        outer = function.parent or function
        for decorator in definition.decorators:
            yield from self._registered(decorator, outer, None)
        if function.owner is not None:
            yield from self._framework_method(function, function.owner)
        yield from self._by_file(function, definition)
        yield from self._by_markup(function)
        for site in self.index.callers(function):
            if site.kind == "reference":
                yield from self._from_reference(site, function)
        yield from self._in_object(function, definition)
        for kind, name in commands(self.index, function, self.table.commands, self._export_table):
            yield EntryPoint(kind, True, function.at, name)

    def _by_signature(self, function: FunctionInfo) -> Iterator[EntryPoint]:
        """`(req, res) => ...` that nobody is seen to register: a route behind a wrapper."""
        names = tuple(p.name for p in function.definition.params) if function.definition is not None else ()
        if function.language != "python" and len(names) == 2 and names[0] in _REQUESTS and names[1] in _RESPONSES:
            yield EntryPoint("http", True, function.at, function.name)

    def _registered(self, expr: Expr, scope: FunctionInfo, site: CallSite | None) -> Iterator[EntryPoint]:
        """A decorator, or a call that takes the function."""
        call = expr if isinstance(expr, Call) else None
        func = call.func if call is not None else expr
        member = func.name if isinstance(func, Attr) else func.id if isinstance(func, Name) else ""
        symbol = self.program.symbol(func, scope) or self._inherited(func, scope)
        last = re.split(r"[.:]", symbol)[-1].removesuffix("()") if symbol else member
        names = [n for n in (member, last) if n]
        for name in names:
            for rule in self.table.handlers.get(name, ()):
                if symbol and _in_packages(symbol, rule):
                    yield EntryPoint(rule.kind, rule.user, func.at, _route_name(rule.kind, name, call), site)
                    return
        if (not symbol or symbol.startswith("?")) and member in self.table.distinctive:
            kind = self.table.distinctive[member]
            yield EntryPoint(kind, kind != "tool", func.at, _route_name(kind, member, call), site)
            return
        if (
            not symbol
            and call is not None
            and _is_path(call)
            and member in ("get", "post", "put", "patch", "delete", "route", "all")
        ):
            yield EntryPoint("http", True, func.at, _route_name("http", member, call), site)

    def _inherited(self, func: Expr, scope: FunctionInfo) -> str:
        """`client.tree.command` of `class Client(commands.Bot)`, spelled after the framework's class; "" for others."""
        path: list[str] = []
        while isinstance(func, Attr) and len(path) < 4:
            path.insert(0, func.name)
            func = func.base
            for value in alternatives(self.program.evaluate(func, scope)):
                if isinstance(value, Instance):
                    base = next((b for b in self.program.bases(value.cls) if isinstance(b, str)), "")
                    return f"{base}().{'.'.join(path)}" if base else ""
        return ""

    def _framework_method(self, function: FunctionInfo, owner: ClassInfo) -> Iterator[EntryPoint]:
        external = [b for b in self.program.bases(owner) if isinstance(b, str)]
        named = [b for b in external if b] or [key_of(b) for b in owner.definition.bases if key_of(b)]
        params = function.definition.params if function.definition is not None else ()
        if len(params) == 2 and params[1].name == "event" and any(b.endswith("Consumer") for b in named):
            yield EntryPoint("bot", True, function.at, f"{owner.name}.{function.name}")  # what others sent to the group
            return
        for base in named:
            for rule in self.table.classes:
                if rule.base.search(base) and rule.methods.match(function.name):
                    yield EntryPoint(rule.kind, rule.user, function.at, f"{owner.name}.{function.name}")
                    return

    def _by_file(self, function: FunctionInfo, definition: FunctionDef) -> Iterator[EntryPoint]:
        if "use server" in definition.directives or self._file_directive(function, "use server"):
            exported = self._exported(function)
            if "use server" in definition.directives or exported:
                yield EntryPoint("server-action", True, function.at, function.name)
        exported = self._exported(function)
        python = function.language == "python"
        for rule in self.table.files:
            if not rule.path.search(function.path):
                continue
            names = (
                {function.name}
                if python and function.parent is not None and function.parent.definition is None
                else exported
            )
            hit = sorted(names & rule.exports)
            first = definition.params[0].name if definition.params else ""
            if hit and (rule.first is None or rule.first.match(first)):
                yield EntryPoint(rule.kind, rule.user, function.at, _file_route(rule.route, function.path, hit[0]))
                return
        if self._is_platform(function, definition, exported):
            yield EntryPoint("function", True, function.at, function.name)

    def _by_markup(self, function: FunctionInfo) -> Iterator[EntryPoint]:
        """A function that the markup of its own file names: `@click="send"`, `on:submit={send}`, `onclick="send()"`."""
        module = self.program.module(function.path)
        if module is not None and function.name in module.module.handlers:
            yield EntryPoint("ui", True, function.at, "event")

    def _is_platform(self, function: FunctionInfo, definition: FunctionDef, exported: set[str]) -> bool:
        names = {function.name} | exported
        if not names & self.table.platform_names or not definition.params or function.owner is not None:
            return False
        first = definition.params[0].name
        if function.language == "python":
            return first in ("event", "req") and len(definition.params) <= 2
        return bool(exported) and first in self.table.platform_params and "handler" in " ".join(names).lower()

    def _file_directive(self, function: FunctionInfo, directive: str) -> bool:
        module = self.program.module(function.path)
        return module is not None and directive in module.module.directives

    def _exported(self, function: FunctionInfo) -> set[str]:
        """The names under which a top-level JavaScript function leaves its file."""
        if function.language == "python" or function.parent is None or function.parent.definition is not None:
            return set()
        table = self._export_table(function.path)
        return {exported for exported, local in table.items() if local in (function.name, function.id) and local}

    def _export_table(self, path: str) -> dict[str, str]:
        """Exported name -> local name, or the function's id for an anonymous default."""
        found = self._exports.get(path)
        if found is not None:
            return found
        found = self._exports[path] = {}
        module = self.program.module(path)
        for stmt in module.module.body if module else ():
            match stmt:
                case Export(names=names, module=""):
                    found.update({exported: local for local, exported in names})
                case Assign(targets=(target, *_), value=value) if value is not None:
                    key = key_of(target)
                    if key == "module.exports":
                        found.update(self._members(value))
                    elif key.startswith(("exports.", "module.exports.")):
                        found[key.rpartition(".")[2]] = self._local(value)
                    if isinstance(value, FunctionExpr | Call | Name) and isinstance(target, Name):
                        pass
                case _:
                    pass
            if isinstance(stmt, Export) and stmt.value is not None:
                found["default"] = self._local(stmt.value)
        return found

    def _members(self, value: Expr) -> dict[str, str]:
        if isinstance(value, DictExpr):
            return {str(e.key.value): self._local(e.value) for e in value.entries if isinstance(e.key, Const)}
        return {"default": self._local(value)}

    def _local(self, value: Expr) -> str:
        """The local name, or the id, of an exported function; wrappers such as `withAuth(handler)` are looked through."""
        for _ in range(4):
            match value:
                case Name(id=name):
                    return name
                case FunctionExpr(function=definition):
                    function = self.program.function_of(definition)
                    return function.id if function is not None else ""
                case Call(args=args) if args:
                    inner = [a.value for a in args if isinstance(a.value, Name | FunctionExpr | Call)]
                    if not inner:
                        return ""
                    value = inner[-1]
                case _:
                    return ""
        return ""

    def _from_reference(self, site: CallSite, function: FunctionInfo) -> Iterator[EntryPoint]:
        """Who is given the function: a framework, an event, a JSX attribute, perhaps through wrappers."""
        index = self.index.of(site.function)
        node: Any = site.call
        if id(node) not in index.parent:
            node = site.call.func
        else:
            yield from self._registered(site.call, site.function, site)
            if call_name(site.call) == "addEventListener":
                yield EntryPoint("ui", True, site.call.at, "event", site)
        hops = 0
        for up, child in index.above(node):
            if isinstance(up, Opaque) and up.kind.startswith("jsx"):
                if child is not up.parts[0]:
                    yield EntryPoint("ui", True, up.at, "event", site)
                return
            if isinstance(up, Call) and child is not up.func:
                yield from self._registered(up, site.function, site)
                hops += 1
            elif not isinstance(up, Arg | Entry | DictExpr | ListExpr | Call | FunctionExpr):
                return
            if hops > 3:
                return

    def _in_object(self, function: FunctionInfo, definition: FunctionDef) -> Iterator[EntryPoint]:
        """A method of an exported object that a platform calls; a function standing as a JSX attribute or argument."""
        if function.parent is None:
            return
        index = self.index.of(function.parent)
        node = index.expression_of.get(id(definition))
        if node is None:
            return
        key = ""
        for up, child in index.above(node):
            if isinstance(up, Entry) and isinstance(up.key, Const):
                key = key or str(up.key.value)
            elif isinstance(up, Opaque) and up.kind.startswith("jsx"):
                yield EntryPoint("ui", True, up.at, "event")
                return
            elif isinstance(up, Export) and self._dialect(function.path) == "vue":
                yield EntryPoint("ui", False, up.at, key)  # an option of a component: a hook, a watcher
                return
            elif isinstance(up, Export) and key in self.table.objects:
                kind = self.table.objects[key]
                yield EntryPoint(kind, kind in ("http", "function", "bot"), up.at, key)
                return
            elif isinstance(up, Call) and child is not up.func:
                found = list(self._registered(up, function.parent, index.sites.get(id(up))))
                yield from found
                if found:
                    return
            elif isinstance(up, Assign) and any(key_of(t).rpartition(".")[2].startswith("on") for t in up.targets):
                if any("." in key_of(t) for t in up.targets):
                    yield EntryPoint("ui", True, up.at, "event")
                return
            elif not isinstance(up, Arg | DictExpr | Call | ListExpr):
                return

    # ------------------------------------------------------------------ reachability

    def alive(self, function: FunctionInfo) -> bool:
        """Whether anything outside tests can reach the function; True where that is not certain."""
        known = self._alive.get(function.id)
        if known is not None:
            return known
        seen = {function.id: function}
        queue = [function]
        while queue and len(seen) < 2000:
            current = queue.pop()
            if self._alive.get(current.id) or self._is_root(current):
                self._alive[function.id] = True
                return True
            if self._alive.get(current.id) is False:
                continue
            for above in self._live_callers(current):
                if above.id not in seen:
                    seen[above.id] = above
                    queue.append(above)
        if len(seen) >= 2000:
            return True
        self._alive.update(dict.fromkeys(seen, False))  # nothing above any of them is entered
        return False

    def _dialect(self, path: str) -> str:
        module = self.program.module(path)
        return module.module.dialect if module is not None else ""

    def _is_global(self, function: FunctionInfo) -> bool:
        """A function of a classic script that a page loads: the page and its other scripts may call it by its name."""
        if function.language == "python" or function.parent is None or function.parent.definition is not None:
            return False
        module = self.program.module(function.path)
        if module is None or any(isinstance(stmt, Import | Export) for stmt in module.module.body):
            return False
        stem = function.path.rpartition("/")[2].partition(".")[0]
        return any(p.endswith((".html", ".htm")) for p in self.program.loader.mentions(stem))

    def _is_root(self, function: FunctionInfo) -> bool:
        definition = function.definition
        if definition is None or self.of(function) or self._is_global(function):
            return True
        if function.owner is not None and self._may_be_called_by_framework(function.owner):
            return True
        return bool(definition.accessor) or (
            function.owner is not None and function.name != "__init__" and function.name.startswith("__")
        )

    def _live_callers(self, function: FunctionInfo) -> Iterator[FunctionInfo]:
        test = is_test_path(function.path)
        for site in self.index.callers(function):
            if is_test_path(site.path) and not test:
                continue
            if site.kind == "call" or not (self.is_export(site) or self._only_wraps(site, function)):
                yield site.function
        if function.name.startswith("<") and function.parent is not None:
            yield function.parent

    def _only_wraps(self, site: CallSite, function: FunctionInfo) -> bool:
        """Whether a reference is a decorator that hands the function to nobody: `@input_guardrail`, `@lru_cache`."""
        decorators = function.definition.decorators if function.definition is not None else ()
        func = next((d for d in decorators if d is site.call or d is site.call.func), None)
        func = func.func if isinstance(func, Call) else func
        name = func.name if isinstance(func, Attr) else func.id if isinstance(func, Name) else ""
        packages = self.table.wrappers.get(name, ())
        symbol = self.program.symbol(func, site.function) if func is not None and packages else ""
        return any(symbol.startswith(f"{p}.") for p in packages)

    def _may_be_called_by_framework(self, owner: ClassInfo) -> bool:
        return any(isinstance(b, str) and b and not _TRIVIAL_BASES.search(b) for b in self.program.bases(owner))

    def is_export(self, site: CallSite) -> bool:
        """Whether a reference to a function only hands it to other modules."""
        index = self.index.of(site.function)
        node = site.call if id(site.call) in index.parent else site.call.func
        return any(_exports(up) for up, _ in index.above(node)) or id(node) not in index.parent

    # ------------------------------------------------------------------ routes

    def routes(self, function: FunctionInfo) -> tuple[Route, ...]:
        """The function's entry points that other people can call, with what protects them."""
        found = self._routes.get(function.id)
        if found is None:
            found = self._routes[function.id] = tuple(
                Route(
                    e.at,
                    _route_kind(e.kind),
                    e.name,
                    self.guards.auth(function, e),
                    self.guards.rate(function, e),
                    function.id,
                )
                for e in self.of(function)
                if e.user
            )
        return found


def _exports(node: Any) -> bool:
    """`export …`, or `module.exports = …` and `exports.name = …`."""
    if isinstance(node, Assign):
        return any(re.match(r"(module\.)?exports(\.|$)", key_of(t)) for t in node.targets)
    return isinstance(node, Export)


def _route_kind(kind: str) -> str:
    return kind if kind in ("http", "bot", "ui", "cli", "server-action", "function") else "function"


def _in_packages(symbol: str, rule: HandlerRule) -> bool:
    return any(symbol.startswith(p) and (len(symbol) == len(p) or symbol[len(p)] in ".:(/") for p in rule.packages)


def _is_path(call: Call) -> bool:
    first = call.args[0].value if call.args else None
    return isinstance(first, Const) and isinstance(first.value, str) and first.value.startswith("/")


def _route_name(kind: str, member: str, call: Call | None) -> str:
    first = call.args[0].value if call is not None and call.args else None
    text = first.value if isinstance(first, Const) and isinstance(first.value, str) else ""
    if kind != "http":
        return f"{member} {text}".strip()
    method = member.upper() if member.lower() in ("get", "post", "put", "patch", "delete") else ""
    if not method and call is not None:
        method = next((m for a in call.args if a.name == "methods" for m in _texts(a.value)), "")
    return f"{method} {text}".strip() or member


def _texts(expr: Expr) -> Iterator[str]:
    for node in walk(expr):
        if isinstance(node, Const) and isinstance(node.value, str):
            yield node.value


def _file_route(pattern: re.Pattern[str] | None, path: str, export: str) -> str:
    if pattern is None:
        return export
    found = pattern.search(path)
    method = export if export.isupper() else ""
    address = re.sub(r"\([^)/]*\)/?", "", found.group(1)) if found else ""
    return f"{method} /{address}".strip()

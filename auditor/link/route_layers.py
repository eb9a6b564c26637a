"""Where guards of a route may stand: decorators, dependencies, middleware, routers and what mounts them, classes, settings.

Finds the expressions; whether one keeps anybody out is judged by `route_guards`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from auditor.lazily import dataclass, regex
from auditor.link.flow_index import FlowIndex, call_name, key_of, receiver_of
from auditor.link.program import CallSite, ClassInfo, FunctionInfo
from auditor.link.values import FunctionValue, Instance, Made, Value, alternatives
from auditor.model.syntax import Assign, Attr, Call, Const, DictExpr, Entry, Expr, FunctionDef, Module, Name
from auditor.model.walk import walk

if TYPE_CHECKING:
    from auditor.link.routes import EntryPoint

_ADDING = frozenset(["add_middleware", "include_router", "register_middleware", "middleware", "outer_middleware"])
_MOUNTING = frozenset(["use", "include_router", "route", "register", "register_blueprint", "mount", "add_router"])
_KEYWORDS = frozenset(["dependencies", "middleware", "auth", "default_limits", "preHandler", "decorators"])
_DEPENDS = frozenset(["Depends", "Security"])
_PUBLIC = regex(r"(?i)public|open|unprotected|guest")
_ROUTERS = regex(r"(?i)(routes?|router|routing|blueprint|_bp|handlers?|controller)(\(\))?$|^bp$|:Hono$|:Elysia$")
_MAX_MOUNTS = 3  # routers within routers
_MAX_IMPORTERS = 12
_MAX_DEPENDENCIES = 3


@dataclass(frozen=True, slots=True)
class Guard:
    """An expression that a request passes before the handler."""

    expr: Expr
    scope: FunctionInfo  # where it is evaluated
    source: str  # argument | config


class Layers:
    """What stands before the routes of one program."""

    def __init__(self, index: FlowIndex) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self.program = index.program
        self._added: list[str] = []
        self._added_of = 0  # modules of which `_added` holds the names
        self._settings: dict[str, tuple[str, ...]] = {}

    def declared(self, function: FunctionInfo, definition: FunctionDef, entry: EntryPoint) -> Iterator[Guard]:
        """What is declared for the route: at the handler, at its class, at its router and where that is mounted."""
        outer = function.parent or function
        for decorator in definition.decorators:
            yield Guard(decorator, outer, "argument")
        if entry.site is not None:
            for arg in entry.site.call.args[:-1]:
                yield Guard(arg.value, entry.site.function, "argument")
        if function.owner is not None:
            yield from self._of_class(function.owner)
        yield from self._of_routers(function, entry)

    # ------------------------------------------------------------------ dependencies

    def dependencies(self, definition: FunctionDef, scope: FunctionInfo) -> Iterator[Guard]:
        """What FastAPI runs for the parameters of a function: the targets of `Depends(...)`, however they are spelled."""
        for param in definition.params:
            for part in (param.default, param.annotation):
                if part is not None:
                    yield from self._depended_on(part, scope)

    def _depended_on(self, part: Expr, scope: FunctionInfo) -> Iterator[Guard]:
        if isinstance(part, Name):  # `CurrentUser = Annotated[User, Depends(current_user)]`
            alias = self.program.annotated_alias(part.id, scope)
            if alias is None:
                return
            part, scope = alias
        for node in walk(part):
            if isinstance(node, Call):
                yield from self.targets(node, scope)

    def targets(self, call: Call, scope: FunctionInfo) -> Iterator[Guard]:
        """What a `Depends(f)`, or a call that gives one (`require_admin()`), makes the framework run."""
        if call_name(call) in _DEPENDS:
            if call.args:
                yield Guard(call.args[0].value, scope, "argument")
            return
        for value in alternatives(self.program.evaluate(call.func, scope)):
            if not isinstance(value, FunctionValue):
                continue
            table = self.program.table(value.function)
            for given in table.returns if table is not None else ():
                if isinstance(given, Call) and call_name(given) in _DEPENDS and given.args:
                    yield Guard(given.args[0].value, value.function, "argument")

    # ------------------------------------------------------------------ classes and settings

    def _of_class(self, owner: ClassInfo) -> Iterator[Guard]:
        """A view's decorators, its mixins, and what it or its nearest ancestor lists as permissions or throttles."""
        for base in self.program.bases(owner):
            if isinstance(base, str):
                name = re.split(r"[.:]", base)[-1]
                if name:
                    yield Guard(Name(owner.definition.at, name), owner.scope, "config")
                continue
            for decorator in base.definition.decorators:
                yield Guard(decorator, base.scope, "config")
            for stmt in base.definition.body:
                targets = stmt.targets if isinstance(stmt, Assign) and stmt.value is not None else ()
                for target in targets:
                    if isinstance(stmt, Assign) and stmt.value is not None and _is_policy(key_of(target)):
                        yield Guard(stmt.value, base.scope, "config")

    def by_settings(self, owner: ClassInfo | None, key: str) -> tuple[str, ...]:
        """The classes that Django REST framework's settings give to views that list none (`DEFAULT_PERMISSION_CLASSES`)."""
        if owner is not None:
            if not any(isinstance(b, str) and b.startswith("rest_framework") for b in self.program.bases(owner)):
                return ()
            listed = key.removeprefix("DEFAULT_").lower()
            for base in self.program.bases(owner):
                own = base.definition.body if isinstance(base, ClassInfo) else ()
                if any(isinstance(s, Assign) and any(key_of(t) == listed for t in s.targets) for s in own):
                    return ()
        if key not in self._settings:
            self._settings[key] = tuple(self._listed(key))
        return self._settings[key]

    def _listed(self, key: str) -> Iterator[str]:
        for path in self.program.loader.mentions(key)[:5]:
            module = self.program.module(path)
            for node in walk(module.module) if module is not None else ():
                if isinstance(node, Entry) and isinstance(node.key, Const) and node.key.value == key:
                    yield from (text.rpartition(".")[2] for text in texts_in(node.value))
                    yield from names_in(node.value)

    # ------------------------------------------------------------------ routers

    def _of_routers(self, function: FunctionInfo, entry: EntryPoint) -> Iterator[Guard]:
        """`router = APIRouter(dependencies=[...])`, `router.use(auth)`, `app.use("/api", auth, router)`."""
        for base, scope in self._registered_on(function, entry):
            yield from self._on_router(base, scope, _address(entry.name), 0)

    @staticmethod
    def _registered_on(function: FunctionInfo, entry: EntryPoint) -> Iterator[tuple[Expr, FunctionInfo]]:
        if entry.site is not None:
            base = receiver_of(entry.site.call)
            if base is not None:
                yield base, entry.site.function
            return
        for d in function.definition.decorators if function.definition is not None else ():
            base = receiver_of(d) if isinstance(d, Call) else None
            if base is not None:
                yield base, function.parent or function

    def _on_router(self, router: Expr, scope: FunctionInfo, address: str, depth: int) -> Iterator[Guard]:
        key = key_of(router)
        module = self.program.module(scope.path)
        if not key or module is None or depth > _MAX_MOUNTS:
            return
        index = self.index.of(module.body)
        for node in index.nodes:
            if isinstance(node, Call) and call_name(node) == "use" and key_of(receiver_of(node)) == key:
                yield from self._used(node, module.body, address)
        for binding in index.bindings.get(key, ()):
            if isinstance(binding.value, Call):
                for arg in binding.value.args:
                    if arg.name in _KEYWORDS:
                        yield Guard(arg.value, module.body, "config")
        made = {id(v.call) for v in alternatives(self.program.evaluate(router, scope)) if isinstance(v, Made)}
        for site in self._mounts(scope.path, made) if made else ():
            prefix = _prefix(site.call) or ""
            below = f"{prefix.rstrip('/')}/{address.lstrip('/')}"
            yield from self._used(site.call, site.function, below)
            base = receiver_of(site.call)
            if base is not None:
                yield from self._on_router(base, site.function, below, depth + 1)

    def _used(self, call: Call, scope: FunctionInfo, address: str) -> Iterator[Guard]:
        """The guards among what a `use` or a mount is given, if its prefix covers the address of the route."""
        prefix = _prefix(call)
        if prefix is not None and address.startswith("/") and not _begins(address, prefix):
            return
        for arg in call.args:
            if (arg.name is None or arg.name in _KEYWORDS) and not self._is_router(arg.value, scope):
                yield Guard(arg.value, scope, "config")

    def _is_router(self, expr: Expr, scope: FunctionInfo) -> bool:
        """`app.use(authRoutes)`: what is mounted beside the route guards nothing, whatever it is called."""
        if _ROUTERS.search(key_of(expr)):
            return True
        values = alternatives(self.program.evaluate(expr, scope)) if isinstance(expr, Name | Attr) else ()
        return any(isinstance(v, Made) and _ROUTERS.search(v.symbol) for v in values)

    def _mounts(self, path: str, made: set[int]) -> Iterator[CallSite]:
        """The calls that hang a router, known by the call that made it, into another one; in files that import it too."""
        near = [path, *sorted(self.program.loader.importers(path))[:_MAX_IMPORTERS]]
        for other in near:
            scan = self.program.scan_of(other)
            for name in sorted(_MOUNTING & scan.calls.keys()) if scan is not None else ():
                for site in scan.calls[name][:60] if scan is not None else ():
                    if any(self._is_one_of(a.value, site.function, made) for a in site.call.args):
                        yield site

    def _is_one_of(self, expr: Expr, scope: FunctionInfo, made: set[int]) -> bool:
        if isinstance(expr, Const | DictExpr):
            return False
        return any(isinstance(v, Made) and id(v.call) in made for v in alternatives(self.program.evaluate(expr, scope)))

    # ------------------------------------------------------------------ the whole application

    def app_wide(self) -> list[str]:
        """The names in what modules' own code adds to whole applications; modules loaded since are looked at first."""
        scans = tuple(self.program.scans())
        for scan in scans[self._added_of :]:
            if not _ADDING.isdisjoint(scan.calls):
                for node in self.index.of(scan.info.body).nodes:
                    if isinstance(node, Call) and call_name(node) in _ADDING:
                        mounts = call_name(node) == "include_router"  # what else it is given is a router
                        given = [a.value for a in node.args if not mounts or a.name in _KEYWORDS]
                        self._added += [n for value in given for n in names_in(value)]
        self._added_of = len(scans)
        return self._added

    def functions(self, value: Value) -> Iterator[FunctionInfo]:
        """The repository's functions that a guard's value runs: a function, an object that can be called."""
        if isinstance(value, FunctionValue):
            yield value.function
        elif isinstance(value, Instance):
            method = self.program.method(value.cls, "__call__")
            if method is not None:
                yield method


def _is_policy(key: str) -> bool:
    return "class" in key or "decorators" in key


def _address(name: str) -> str:
    return name.rpartition(" ")[2]


def _prefix(call: Call) -> str | None:
    """`"/api"` among the arguments, or `prefix="/api"`."""
    for arg in call.args:
        text = arg.value.value if isinstance(arg.value, Const) else None
        if isinstance(text, str) and text.startswith("/") and arg.name in (None, "prefix", "url_prefix"):
            return text
    return None


def _begins(address: str, prefix: str) -> bool:
    """Whether an address lies under a prefix; a pattern in it covers anything."""
    plain = re.split(r"[*:({\[]", prefix)[0].rstrip("/")
    return (
        address == plain
        or address.startswith(plain + "/")
        or (plain != prefix.rstrip("/") and address.startswith(plain))
    )


def names_in(expr: Any) -> Iterator[str]:
    """The names and attributes in an expression."""
    for node in walk(expr):
        if type(node) is Name:
            yield node.id
        elif type(node).__name__ == "Attr":
            yield node.name


def texts_in(expr: Expr) -> Iterator[str]:
    """The texts in an expression."""
    for node in walk(expr):
        if isinstance(node, Const) and isinstance(node.value, str):
            yield node.value


def lets_through(module: Module, route: str) -> bool:
    """Whether a Next.js middleware leaves a route out: by its `config.matcher`, or by its list of public routes."""
    address = route.rpartition(" ")[2]
    if not address.startswith("/"):
        return False
    for node in walk(module):
        if isinstance(node, Entry) and isinstance(node.key, Const):
            patterns = [t for t in texts_in(node.value) if t.startswith("/")]
            if node.key.value == "matcher" and patterns and not any(_covers(p, address) for p in patterns):
                return True
            if node.key.value in ("publicRoutes", "ignoredRoutes") and any(_covers(p, address) for p in patterns):
                return True
        if isinstance(node, Assign) and isinstance(node.value, Call) and any(map(_names_public, node.targets)):
            listed = texts_in(node.value) if call_name(node.value) == "createRouteMatcher" else ()
            if any(_covers(p, address) for p in listed):
                return True
    return False


def _names_public(target: Expr) -> bool:
    return _PUBLIC.search(key_of(target)) is not None


@lru_cache(maxsize=1024)
def _covers(pattern: str, address: str) -> bool:
    """Whether a path pattern (`/admin/:path*`, `/api(.*)`) covers an address; True where it cannot be read."""
    try:
        found = re.fullmatch(re.sub(r"/:\w+\*", "(?:/.*)?", re.sub(r"/:\w+(?![\w*])", "/[^/]+", pattern)), address)
    except re.error:
        return True
    return found is not None


def is_app_guard(node: Any) -> bool:
    """`{provide: APP_GUARD, useClass: JwtGuard}` or `app.useGlobalGuards(new JwtGuard())`."""
    if isinstance(node, DictExpr):
        return any(key_of(e.value) == "APP_GUARD" for e in node.entries)
    return isinstance(node, Call) and call_name(node) == "useGlobalGuards"

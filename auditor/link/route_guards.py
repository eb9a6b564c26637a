"""Whether a route is guarded: a login, a rate limit. Names tell where the code cannot be read; where it can, what it does.

A declared guard (decorator, middleware, dependency) counts by its name or because it refuses. A call in the handler counts
only if it can end the request: it refuses by itself, or its result is tested. `session = load_session(id)` keeps nobody out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from auditor.catalog.entrypoints import EntryPoints
from auditor.lazily import dataclass, regex
from auditor.link.flow_index import FlowIndex, FunctionIndex, call_name, key_of, target_names
from auditor.link.program import FunctionInfo
from auditor.link.route_layers import Guard, Layers, is_app_guard, lets_through, names_in, texts_in
from auditor.link.values import Made, alternatives
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.model.syntax import (
    Assign,
    AssignExpr,
    Attr,
    Await,
    BoolOp,
    Call,
    Conditional,
    Const,
    Expr,
    ExprStmt,
    Handler,
    If,
    Index,
    Loop,
    Name,
    Other,
    Raise,
    Return,
    Stmt,
    Try,
    Unary,
)
from auditor.model.walk import walk

if TYPE_CHECKING:
    from auditor.link.routes import EntryPoint

_WHO = regex(r"(?i)auth|user|session|secret|cookie|signature|jwt|bearer|login|logged|token|member|caller|uid$")
_ENFORCES = regex(
    r"(?i)require|ensure|verify|check|assert|protect|authenticat|authoriz|validate|enforce|guard|must|restrict|consume|limit"
    r"|throttle|acquire|login|^auth$|reserve|charge|deduct"
)
_REFUSES = regex(
    r"(?i)(HTTP_40[13]|unauthori[sz]ed|forbidden|permission_?denied|not_?authenticated|authentication_?failed|access_?denied"
    r"|credentials?_?(exception|error)|invalid_?token|not_?logged_?in)"
)
_REFUSES_MORE = regex(
    r"(?i)(HTTP_429|too_?many_?requests|rate_?limit\w*(error|exceeded|exception)|quota_?exceeded|throttled)"
)
_PACES = regex(r"(?i)cool_?down|rate_?limit|last_\w*(time|_at|ts)$|(requests?|messages?)_?(today|per_|this_)|too_?many")
_ANSWERED = regex(r"(?i)^(e|err|error|exc|exception|resp|response|status_?code|reason)$|error|exception")
_QUESTIONS = regex(r"(?i)^(get|has|is|can|may|verify|check|validat|protect|require|ensure|assert|authent|author|enforce|user$|"
                   r"limit|consume|hit|test|acquire|allow|decode|try)")  # fmt: skip
_HTTP_FLAVOURS = frozenset(["http", "server-action", "function"])
_MAX_GUARDS = 24
_MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What is looked for: logins or rate limits."""

    words: re.Pattern[str]  # what guards are called
    never: tuple[re.Pattern[str], ...]  # what looks like it
    not_calls: tuple[re.Pattern[str], ...]  # and, of calls in a handler, what is none either
    codes: frozenset[int]
    refusal: re.Pattern[str]
    login: bool

    def names(self, found: Iterable[str], *, called: bool = False) -> str:
        """The first of some names that is one of a guard; "" for none."""
        never = (*self.never, *self.not_calls) if called else self.never
        for name in found:
            if self.words.search(name) and not any(p.search(name) for p in never):
                return name
        return ""


class Guards:
    """Judges the guards of one program's routes."""

    def __init__(self, index: FlowIndex, table: EntryPoints) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self.program = index.program
        self.layers = Layers(index)
        self.table = table
        self._refusing: dict[tuple[str, bool, bool], bool] = {}
        self._nest: dict[bool, bool] = {}

    @cached_property
    def _login(self) -> Kind:
        table = self.table
        return Kind(table.auth, (table.not_auth,), (table.no_login,), frozenset({401, 403}), _REFUSES, True)

    @cached_property
    def _limit(self) -> Kind:
        return Kind(self.table.rate_limit, (), (self.table.no_limit,), frozenset({429}), _REFUSES_MORE, False)

    def auth(self, function: FunctionInfo, entry: EntryPoint) -> Setting[str]:
        """The login that stands before a route."""
        return self._guarded(function, entry, self._login)

    def rate(self, function: FunctionInfo, entry: EntryPoint) -> Setting[str]:
        """The limit on how often somebody may call a route."""
        return self._guarded(function, entry, self._limit)

    def _guarded(self, function: FunctionInfo, entry: EntryPoint, kind: Kind) -> Setting[str]:
        definition = function.definition
        if definition is None:
            return Absent()
        guards = list(islice(self.layers.declared(function, definition, entry), _MAX_GUARDS))
        for guard in guards:
            if name := self._by_name(guard, kind):
                return Given(name, guard.expr.at, guard.source)
        for guard in islice(self.layers.dependencies(definition, function.parent or function), _MAX_GUARDS):
            if name := self._dependency(guard, kind, 0):
                return Given(name, guard.expr.at, guard.source)
        for found in (self._in_handler(function, kind), self._by_refusal(guards, function, kind)):
            if found is not None:
                return found
        for name in self.layers.by_settings(function.owner, self._setting(kind)) if function.owner is not None else ():
            if kind.words.search(name) or name.startswith("Is"):
                return Given(name, function.at, "config")
        if self._somewhere(function, entry, kind):
            return Unclear("a middleware for several routes may do it")
        return Absent()

    @staticmethod
    def _setting(kind: Kind) -> str:
        return "DEFAULT_PERMISSION_CLASSES" if kind.login else "DEFAULT_THROTTLE_CLASSES"

    # ------------------------------------------------------------------ declared

    def _by_name(self, guard: Guard, kind: Kind) -> str:
        """A guard that is declared, by the names in it; a `Depends` in it by what that runs."""
        calls = [n for n in walk(guard.expr) if isinstance(n, Call)] if guard.scope.language == "python" else []
        targets = [t for c in calls for t in self.layers.targets(c, guard.scope)]
        if targets:
            return next((name for t in targets if (name := self._dependency(t, kind, 0))), "")
        return kind.names(names_in(guard.expr))

    def _dependency(self, guard: Guard, kind: Kind, depth: int) -> str:
        """The name of a dependency that keeps somebody out, by what it or one of its own dependencies does."""
        shown = key_of(guard.expr).rpartition(".")[2] or next(names_in(guard.expr), "")
        named = kind.names(names_in(guard.expr)) and not self.table.optional.search(shown)
        values = alternatives(self.program.evaluate(guard.expr, guard.scope))
        own = [f for v in values for f in self.layers.functions(v)]
        if not own:
            optional = any(isinstance(v, Made) and _never_refuses(v.call) for v in values)
            return shown if named and not optional else ""
        for function in own:
            if self._refuses(function, kind, anybody=True) or (named and self._asks(function, kind)):
                return shown
            inner = (
                self.layers.dependencies(function.definition, function.parent or function)
                if function.definition
                else ()
            )
            if depth < _MAX_DEPTH and not self.table.optional.search(shown):
                for below in inner:
                    if found := self._dependency(below, kind, depth + 1):
                        return found
        return ""

    def _asks(self, function: FunctionInfo, kind: Kind) -> bool:
        """Whether a function at least calls something that may refuse, raises, or reads what only a login leaves."""
        nodes = self.index.of(function).nodes
        return any(
            isinstance(n, Raise | Index) or (isinstance(n, Call) and kind.names(_called(n), called=True)) for n in nodes
        )

    def _by_refusal(self, guards: list[Guard], function: FunctionInfo, kind: Kind) -> Setting[str] | None:
        """A middleware that refuses, whatever its name."""
        for guard in guards:
            if not isinstance(guard.expr, Name | Attr | Call):
                continue
            for value in alternatives(self.program.evaluate(guard.expr, guard.scope)):
                for inner in self.layers.functions(value):
                    handles = inner.definition is not None and len(inner.definition.params) > 3  # an error handler
                    if inner is not function and not handles and self._refuses(inner, kind, anybody=True):
                        return Given(key_of(guard.expr).rpartition(".")[2] or inner.name, guard.expr.at, guard.source)
        return None

    # ------------------------------------------------------------------ in the handler

    def _in_handler(self, function: FunctionInfo, kind: Kind) -> Setting[str] | None:
        """A call that can end the request, or a branch that refuses by itself."""
        index = self.index.of(function)
        for node in index.nodes:
            if isinstance(node, Call) and (name := self._checks(index, node, kind)):
                return Given(name, node.func.at, "wrapper")
        found = self._refusing_branch(function, kind)
        return None if found is None else Given(str(min(kind.codes)), found, "wrapper")

    def _checks(self, index: FunctionIndex, call: Call, kind: Kind) -> str:
        """The name of a called guard; "" for a call that keeps nobody out."""
        effect, names = _effect(index, call)
        if not effect:
            return ""
        site = index.sites.get(id(call))
        own = self.index.callees(site)[:4]
        named = kind.names(_called(call), called=True)
        if own:
            if any(f.name == "__init__" for f in own):
                return ""  # `ChatSession(id)` is a thing, no question
            if any(self._refuses(f, kind, anybody=False) for f in own):
                return named or own[0].name
            tested = effect == "tested" or (effect == "kept" and _is_tested(index, names))
            return named if tested else ""
        if not named or (call_name(call)[:1].isupper() and index.function.language == "python"):
            return ""
        if effect == "statement" or (effect == "kept" and not _is_tested(index, names)):
            known = effect == "kept" and kind.login and _is_opened(index, names)  # `user.id` of nobody fails
            return named if known or any(map(_ENFORCES.search, _called(call))) else ""
        return named

    def _refusing_branch(self, function: FunctionInfo, kind: Kind) -> Span | None:
        """An `if` that ends the request: with the code for it, after asking who it is, or how often."""
        index = self.index.of(function)
        for node in index.nodes:
            if not isinstance(node, If) or not _ends(node.body):
                continue
            if _about_an_answer(node, index, kind):
                continue
            denied = any(_is_refusal(n, kind) for stmt in node.body for n in walk(stmt))
            if denied and (not kind.login or self._asks_who(node.test, function)):
                return node.at
            if not kind.login and any(_PACES.search(n) for n in self._names_behind(node.test, index)):
                return node.at
        return None

    def _refuses(self, function: FunctionInfo, kind: Kind, *, anybody: bool) -> bool:
        """Whether a function, or one that it calls, refuses requests.

        `anybody`: whatever it asks; else only what asks who it is, because it may refuse for other reasons.
        """
        key = (function.id, kind.login, anybody)
        if key not in self._refusing:
            self._refusing[key] = False  # while it is being asked
            self._refusing[key] = self._may_refuse(function, kind, anybody, 0)
        return self._refusing[key]

    def _may_refuse(self, function: FunctionInfo, kind: Kind, anybody: bool, depth: int) -> bool:
        index = self.index.of(function)
        if any(_is_refusal(n, kind) for n in index.nodes):
            if (anybody and kind.login) or self._refusing_branch(function, kind) is not None:
                return True
            if kind.login and any(isinstance(n, Try) and self._catches_strangers(n, kind) for n in index.nodes):
                return True
        for node in index.nodes if depth < (2 if anybody else 1) else ():
            if isinstance(node, Call) and _effect(index, node)[0]:
                for inner in self.index.callees(index.sites.get(id(node)))[:3]:
                    if inner is not function and self._may_refuse(inner, kind, anybody, depth + 1):
                        return True
        return False

    @staticmethod
    def _catches_strangers(node: Try, kind: Kind) -> bool:
        """`try: claims = jwt.decode(token) … except …: raise HTTPException(401)`."""
        asks = any(isinstance(n, Call) and kind.names(_called(n), called=True) for s in node.body for n in walk(s))
        return asks and any(_is_refusal(n, kind) for h in node.handlers for s in h.body for n in walk(s))

    def _asks_who(self, test: Expr, function: FunctionInfo) -> bool:
        """Whether a condition is about who sends the request: by its names, or by what its variables were read from."""
        never = self.table.not_auth
        return any(_WHO.search(n) and not never.search(n) for n in self._names_behind(test, self.index.of(function)))

    @staticmethod
    def _names_behind(test: Expr, index: FunctionIndex) -> Iterator[str]:
        for node in walk(test):
            if isinstance(node, Attr):
                yield node.name
            elif isinstance(node, Name):
                yield node.id
                for binding in index.bindings.get(node.id, ())[:3]:
                    if binding.value is not None:
                        yield from names_in(binding.value)
                        yield from (t.lower() for t in texts_in(binding.value) if len(t) < 40)

    # ------------------------------------------------------------------ the whole application

    def _somewhere(self, function: FunctionInfo, entry: EntryPoint, kind: Kind) -> bool:
        """A Next.js middleware file, a guard for the whole application, `app.add_middleware(X)`."""
        if entry.kind in _HTTP_FLAVOURS:
            if function.language != "python" and (self._in_middleware(function, entry, kind) or self._nest_guard(kind)):
                return True
        elif entry.kind != "bot" or kind.login:
            return False
        return kind.names(self.layers.app_wide()) != ""

    def _in_middleware(self, function: FunctionInfo, entry: EntryPoint, kind: Kind) -> bool:
        for path in ("middleware.ts", "middleware.js", "src/middleware.ts", "src/middleware.js"):
            root = re.split(r"(?:^|/)(?:src/)?(?:app|pages)/", function.path)[0]
            module = self.program.module(f"{root}/{path}" if root and root != function.path else path)
            if module is not None and lets_through(module.module, entry.name):
                continue
            names = (n for node in self.index.of(module.body).nodes for n in _own_name(node)) if module else ()
            if kind.names(names):
                return True
        return False

    def _nest_guard(self, kind: Kind) -> bool:
        """Nest: a guard for the whole application."""
        if kind.login not in self._nest:
            paths = {p for name in ("APP_GUARD", "useGlobalGuards") for p in self.program.loader.mentions(name)[:5]}
            found = (self.program.module(p) for p in sorted(paths))
            self._nest[kind.login] = any(
                kind.names(n for n in names_in(node) if n != "APP_GUARD")
                for module in found
                if module is not None
                for node in walk(module.module)
                if is_app_guard(node)
            )
        return self._nest[kind.login]


def _own_name(node: Any) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.id
    elif isinstance(node, Attr):
        yield node.name


def _called(call: Call) -> list[str]:
    """The name of what is called, with those of what it is called on where it asks something: `session.get`, not `rows.map`."""
    names: list[str] = []
    func: Any = call.func
    while isinstance(func, Attr):
        names.append(func.name)
        func = func.base
    if isinstance(func, Name):
        names.append(func.id)
    return names if names and _QUESTIONS.search(names[0]) else names[:1]


def _effect(index: FunctionIndex, call: Call) -> tuple[str, tuple[str, ...]]:
    """How a call can end what runs it: its result is "tested", "kept" under some names, or it is a "statement"; else ""."""
    plain = True
    for up, below in index.above(call):
        match up:
            case If() | Conditional() | Loop():
                return ("tested" if up.test is below else "", ())
            case Assign(targets=targets):
                return "kept", tuple(n for t in targets for n in target_names(t))
            case AssignExpr(target=target):
                rest = index.parent.get(id(up))
                if isinstance(rest, ExprStmt):
                    return "kept", target_names(target)
            case ExprStmt():
                return ("statement" if plain else "", ())
            case Await():
                pass
            case Stmt():
                return "", ()
            case _:
                plain = False
    return "", ()


def _about_an_answer(node: If, index: FunctionIndex, kind: Kind) -> bool:
    """`if error.status == 429`: what a vendor refused, which is passed on."""
    if any(isinstance(up, Handler) for up, _ in index.above(node)):
        return True
    return any(
        (isinstance(n, Const) and n.value in kind.codes) or any(_ANSWERED.search(name) for name in _own_name(n))
        for n in walk(node.test)
    )


def _is_tested(index: FunctionIndex, names: tuple[str, ...]) -> bool:
    """Whether something in the function depends on what was kept."""
    wanted = set(names)
    for node in index.nodes:
        match node:
            case If(test=test) | Conditional(test=test) | Loop(test=test) if test is not None:
                asked: tuple[Expr, ...] = (test,)
            case BoolOp(values=values):
                asked = values
            case Unary(op="not" | "!", operand=value):
                asked = (value,)
            case Other(kind="assert", parts=parts):
                asked = parts
            case _:
                continue
        if any(isinstance(n, Name) and n.id in wanted for a in asked for n in walk(a)):
            return True
    return False


def _is_opened(index: FunctionIndex, names: tuple[str, ...]) -> bool:
    wanted = set(names)
    return any(isinstance(n, Attr | Index) and isinstance(n.base, Name) and n.base.id in wanted for n in index.nodes)


def _ends(body: tuple[Stmt, ...]) -> bool:
    return any(isinstance(s, Return | Raise) for s in body) or any(
        isinstance(s, ExprStmt) and any(isinstance(n, Call) and call_name(n) in _ENDING for n in walk(s)) for s in body
    )


_ENDING = frozenset(["abort", "redirect", "send_error", "deny", "sendStatus", "throw_error", "createError", "fail"])


def _is_refusal(node: Any, kind: Kind) -> bool:
    """A status code that refuses, or the name or text of one."""
    if isinstance(node, Const):
        if type(node.value) is int:
            return node.value in kind.codes
        return isinstance(node.value, str) and len(node.value) < 40 and kind.refusal.search(node.value) is not None
    return any(kind.refusal.search(name) for name in _own_name(node))


def _never_refuses(call: Call) -> bool:
    """`HTTPBearer(auto_error=False)`."""
    return any(a.name == "auto_error" and isinstance(a.value, Const) and a.value.value is False for a in call.args)

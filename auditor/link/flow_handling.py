"""What happens around a call when it fails or hangs, and whether its message list only grows.

Time limits by context (`wait_for`, `timeout`, `alarm`, `Promise.race`) count if every live way up has one. A handler that
does nothing is "swallowed"; one that knows rate limits or quotas is "quota-aware".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from auditor.lazily import regex
from auditor.link.flow_bounds import Bounds
from auditor.link.flow_callers import Callers, Edge
from auditor.link.flow_index import FlowIndex, FunctionIndex, call_name, key_of, own_nodes, receiver_of
from auditor.link.flow_ways import MAX_HOPS, Rest, Ways
from auditor.link.program import FunctionInfo
from auditor.link.raw_calls import RawCall, arguments
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.model.syntax import (
    Arg,
    Assign,
    Attr,
    Await,
    Call,
    Const,
    Continue,
    Expr,
    ExprStmt,
    Handler,
    Index,
    ListExpr,
    Name,
    Opaque,
    Return,
    Stmt,
    Try,
    With,
)
from auditor.model.walk import walk

_TOO_FAR = "the way up to whoever begins the call is too long to follow"
_QUOTA = regex(
    r"(RateLimit|rate_limit|ratelimit|\b429\b|TooManyRequests|too_many_requests|insufficient_quota|quota|ResourceExhausted"
    r"|RESOURCE_EXHAUSTED|Throttling|\b402\b|overloaded|rate limit)",
    re.I,
)
_WAITERS = {
    "wait_for": ("timeout", 1),
    "with_timeout": ("timeout", 1),
    "withTimeout": ("timeout", 1),
    "pTimeout": ("milliseconds", 1),
    "func_timeout": ("timeout", 0),
}
_WAITS = {**_WAITERS, "wait": ("timeout", None), "as_completed": ("timeout", 1)}
"""What waits for tasks and futures that were begun before."""
_CONTEXTS = frozenset(["timeout", "timeout_at", "fail_after", "move_on_after", "time_limit"])
_ALARMS = frozenset(["alarm", "setitimer"])
_DECORATORS = regex(r"^(timeout|time_limit|with_timeout|func_set_timeout|timeout_decorator)$")
_TRIMS = regex(r"(trim|truncate|prune|compact|summari[sz]e|shorten|limit|window|clear|reset)\w*", re.I)


class Handling:
    """Answers for one program."""

    def __init__(self, index: FlowIndex, callers: Callers, bounds: Bounds) -> None:
        """Create it over the other analyses of a program."""
        self.index = index
        self.program = index.program
        self.callers = callers
        self.bounds = bounds
        self._limits_above = Ways[Setting[float | None]](callers, self._limit_of_step, _everywhere, Unclear(_TOO_FAR))
        self._holders: dict[str, dict[str, set[FunctionInfo]]] = {}  # by file and name: the functions it stands in

    # ------------------------------------------------------------------ time limits

    def timeout(self, raw: RawCall) -> Setting[float | None]:
        """The time limit that the surroundings put on the call."""
        limits = (self._here(p.call, p.function) or self._limits_above.of(p.function) for p in raw.places)
        return _everywhere(limits)

    def _limit_of_step(self, edge: Edge, rest: Rest[Setting[float | None]]) -> Setting[float | None] | None:
        return self._here(edge.node, edge.scope) or rest()

    def _here(self, node: Any, scope: FunctionInfo) -> Given[float | None] | None:
        index = self.index.of(scope)
        joined = _is_joined(node, index)
        # A caller that hands the function on is itself the call that may limit it: `func_timeout(20, ask)`.
        for up, child in ((node, None), *index.above(node)):
            match up:
                case Call() if child is not up.func and (value := _limit_given(up)) is not None:
                    return self._given(value, scope, up.at)
                case Call() if child is up.func and not joined and (value := _result_within(up)) is not None:
                    return self._given(value, scope, up.at)  # `pool.submit(ask, q).result(timeout=30)`
                case Assign(targets=(Name() | Attr() as target,)) if not joined and (key := key_of(target)):
                    late = self._waited_for(key, index, up.at)
                    if late is not None:
                        return self._given(late[0], scope, late[1])
                case Call() if child is not None and call_name(up) == "race":
                    if any(_rejects_later(n, self) for n in walk(up)):
                        return Given(None, up.at, "context")
                case Call() if child is not None and child is not up.func and self._races(up, scope):
                    return Given(None, up.at, "context")
                case With(items=items):
                    for item in items:
                        call = item.context.value if isinstance(item.context, Await) else item.context
                        if (
                            isinstance(call, Call)
                            and call_name(call) in _CONTEXTS
                            and call.args
                            and not _none(call.args[0].value)
                        ):
                            return self._given(call.args[0].value, scope, call.at)
                case _:
                    pass
        for decorator in scope.definition.decorators if scope.definition is not None else ():
            if isinstance(decorator, Call) and _DECORATORS.match(call_name(decorator)) and decorator.args:
                return self._given(decorator.args[0].value, scope, decorator.at)
        for other in index.nodes:
            if (
                isinstance(other, Call)
                and call_name(other) in _ALARMS
                and key_of(other.func).startswith("signal.")
                and other.args
            ):
                last = other.args[-1].value
                if not (isinstance(last, Const) and not last.value) and other.at.line <= node.at.line:
                    return self._given(last, scope, other.at)
        return None

    def _waited_for(self, key: str, index: FunctionIndex, begun: Span) -> tuple[Expr, Span] | None:
        """The limit under which a function waits for a task or future that it has begun and keeps under a name."""
        for node in index.nodes:
            if not isinstance(node, Call) or node.at.line < begun.line:
                continue
            if key_of(receiver_of(node)) == key:
                value = _result_within(node)
            elif call_name(node) in _WAITS and node.args and any(key_of(n) == key for n in walk(node.args[0].value)):
                value = _waited(node, *_WAITS[call_name(node)])
            else:
                continue
            if value is not None:
                return value, node.at
        return None

    def _given(self, value: Expr, scope: FunctionInfo, at: Span) -> Given[float | None]:
        number = self.bounds.number(value, scope).limit
        if number is None:
            return Given(None, at, "context")
        return Given(number / 1000 if scope.language != "python" else float(number), at, "context")

    def _races(self, call: Call, scope: FunctionInfo) -> bool:
        """A helper of the program that lets what it is given race against a timer, whatever its name."""
        site = self.index.of(scope).sites.get(id(call)) if scope.language != "python" else None
        for function in self.index.callees(site)[:3] if site is not None else ():
            definition = function.definition
            race = next(
                (n for n in self.index.of(function).nodes if isinstance(n, Call) and call_name(n) == "race"), None
            )
            if definition is None or race is None:
                continue
            given = {p.name for p in definition.params}
            if any(isinstance(n, Name) and n.id in given for n in walk(race)):
                return any(isinstance(n, Call) and call_name(n) == "setTimeout" for n in walk(definition))
        return False

    # ------------------------------------------------------------------ errors

    def errors(self, raw: RawCall) -> str:
        """How a failure is handled on the way up: "", "handled", "swallowed" or "quota-aware" (the best of the ways)."""
        best = ""
        order = {"": 0, "swallowed": 1, "handled": 2, "quota-aware": 3}
        for frame in self.callers.frames(raw.places):
            if frame.depth > MAX_HOPS:
                break
            found = self._handler(frame.node, frame.scope)
            if found == "swallowed" and frame.depth == 0 and not best:
                return "swallowed"
            if order[found] > order[best]:
                best = found
        return best

    def _handler(self, node: Any, scope: FunctionInfo) -> str:
        index = self.index.of(scope)
        for up, child in index.above(node):
            if isinstance(up, Try) and any(child is s for s in up.body) and up.handlers:
                if any(_speaks_of_quota(h) for h in up.handlers):
                    return "quota-aware"
                return "swallowed" if all(_does_nothing(h.body) for h in up.handlers) else "handled"
            if isinstance(up, Call) and call_name(up) == "catch":
                return "quota-aware" if any(_speaks(n) for n in walk(up)) else "handled"
        return ""

    # ------------------------------------------------------------------ history

    def history(self, raw: RawCall) -> str:
        """Whether the messages come from a list that outlives the call and grows: "", "bounded" or "unbounded"."""
        for argument in arguments(self.program, raw, "prompt"):
            found = self._history(argument.expr, argument.scope, 0)
            if found:
                return found
        return ""

    def _history(self, expr: Expr, scope: FunctionInfo, depth: int) -> str:
        if depth > 4:
            return ""
        for node in walk(expr):
            key = key_of(node) if isinstance(node, Name | Attr | Index) else ""
            if not key:
                continue
            if isinstance(node, Name):
                found = self._variable(node, scope, depth)
            else:
                found = self._lasting(key, scope) if key.startswith("self.") or "session_state" in key else ""
            if found:
                return found
            if isinstance(expr, Index) and isinstance(expr.key, Opaque):
                return ""
        return ""

    def _variable(self, node: Name, scope: FunctionInfo, depth: int) -> str:
        home = self.index.scope_of(node.id, scope)
        if home is None:
            return ""
        bindings = home.bindings.get(node.id, ())
        if not bindings and home.param(node.id) is None:
            return ""  # a function or class
        changed_only = bool(bindings) and all(b.kind == "mutate" for b in bindings) and home.param(node.id) is None
        if home.function.definition is None or changed_only:  # `items.append(x)` changes a list that lives elsewhere
            return self._lasting(node.id, scope)
        for binding in home.bindings.get(node.id, ()):
            if binding.kind == "value" and binding.value is not None:
                if isinstance(binding.value, Index) and isinstance(binding.value.key, Opaque):
                    continue  # a slice
                found = self._history(binding.value, home.function, depth + 1)
                if found:
                    return found
        return ""

    def _lasting(self, key: str, scope: FunctionInfo) -> str:
        functions = (
            self.index.methods_of(scope.self_class)
            if key.startswith("self.") and scope.self_class is not None
            else self._module_functions(scope)
        )
        grows = trimmed = False
        base = key.removesuffix(".*")
        told = base.removeprefix("self.").partition(".")[0]
        for function in functions:
            if not self._speaks_of(function, told):
                continue
            index = self.index.of(function)
            for spelled, bindings in index.bindings.items():
                if spelled == key or spelled.startswith(base + "."):
                    grows = grows or any(_appends(b.node) for b in bindings if b.kind == "mutate")
                    trimmed = trimmed or any(
                        b.kind == "value" and b.value is not None and _cuts(b.value) for b in bindings
                    )
            trimmed = trimmed or any(s == key or s.startswith(base + ".") for s in index.shrunk)
            trimmed = trimmed or any(
                isinstance(n, Call) and _TRIMS.match(call_name(n)) and any(base in key_of(a.value) for a in n.args)
                for n in index.nodes
            )
        return ("bounded" if trimmed else "unbounded") if grows else ""

    def _speaks_of(self, function: FunctionInfo, name: str) -> bool:
        """Whether a name stands in a function: told by the pass over its module, for most functions need no index."""
        if function.path not in self._holders:
            scan = self.program.scan_of(function.path)
            holders: dict[str, set[FunctionInfo]] = {}
            for spelled, found in scan.mentions.items() if scan else ():
                holders[spelled] = {holder for _, _, holder in found}
            for spelled, sites in scan.calls.items() if scan else ():
                holders.setdefault(spelled, set()).update(site.function for site in sites)
            self._holders[function.path] = holders
        return function in self._holders[function.path].get(name, ())

    def _module_functions(self, scope: FunctionInfo) -> tuple[FunctionInfo, ...]:
        module = self.program.module(scope.path)
        return module.functions if module is not None else ()


def _everywhere(limits: Iterator[Setting[float | None]]) -> Setting[float | None]:
    """The limit of several ways: one that has none decides, then one that cannot be seen."""
    found: Setting[float | None] = Absent()
    for limit in limits:
        match limit:
            case Absent():
                return limit
            case Unclear():
                found = limit
            case Given():
                found = found if isinstance(found, Unclear | Given) else limit
    return found


def _cuts(value: Expr) -> bool:
    for node in walk(value):
        if isinstance(node, Opaque) and node.kind == "slice":
            return True
        if isinstance(node, Call) and (call_name(node) in ("slice", "deque") or _TRIMS.match(call_name(node))):
            return True
    return False


def _appends(node: Any) -> bool:
    return isinstance(node, Call) and call_name(node) in ("append", "push", "extend")


def _is_joined(node: Any, index: FunctionIndex) -> bool:
    """Whether a pool's `with` begins the work: it waits at its end for all of it, whoever stopped waiting before."""
    pools: set[str] = set()
    begun: set[str] = set()
    for up in (node, *(up for up, _ in index.above(node))):
        if isinstance(up, With):
            pools.update(key_of(i.target) for i in up.items if i.target is not None)
        elif isinstance(up, Call) and call_name(up) in ("submit", "map"):
            begun.add(key_of(receiver_of(up)))
    return not pools.isdisjoint(begun)


def _limit_given(call: Call) -> Expr | None:
    """What a call that waits for a begun task gives as the limit; None where it is another call, or gives none."""
    return _waited(call, *_WAITERS[call_name(call)]) if call_name(call) in _WAITERS else None


def _waited(call: Call, name: str, position: int | None) -> Expr | None:
    """The time limit that a call is given by name or position; None where it is none."""
    value = next((a.value for a in call.args if a.name == name), None)
    if value is None and position is not None and len(call.args) > position and call.args[position].name is None:
        value = call.args[position].value
    return None if value is None or _none(value) else value


def _result_within(call: Call) -> Expr | None:
    """The time limit of `future.result(30)`, `answer.get(timeout=30)`."""
    name = call_name(call)
    return _waited(call, "timeout", 0 if name == "result" else None) if name in ("result", "get", "join") else None


def _none(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is None


def _rejects_later(node: Any, handling: Handling) -> bool:
    """A promise that fails after a while: `new Promise((_, reject) => setTimeout(reject, 5000))`, or a helper named so."""
    if isinstance(node, Call):
        return call_name(node) == "setTimeout" or "timeout" in call_name(node).lower()
    return isinstance(node, Name) and "timeout" in node.id.lower()


def _speaks_of_quota(handler: Handler) -> bool:
    return any(_speaks(n) for t in handler.types for n in walk(t)) or any(
        _speaks(n) for s in handler.body for n in walk(s)
    )


def _speaks(node: Any) -> bool:
    match node:
        case Name(id=text) | Attr(name=text) | Const(value=str() as text):
            return _QUOTA.search(text) is not None
        case Const(value=429 | 402):
            return True
        case _:
            return False


def _nothing(value: Expr) -> bool:
    return (isinstance(value, Const) and not value.value) or (isinstance(value, ListExpr) and not value.items)


def _does_nothing(body: tuple[Stmt, ...]) -> bool:
    """Only `pass`, logging nothing, or giving back nothing."""
    for stmt, _ in own_nodes(body):
        match stmt:
            case Continue() | Const() | Arg():
                continue
            case Return(value=value):
                if value is not None and not _nothing(value):
                    return False
            case ExprStmt(value=Call() as call):
                if call_name(call) not in ("debug",):
                    return False
            case ExprStmt(value=Const()):
                continue
            case _ if type(stmt).__name__ in ("Other", "Name", "Attr", "Call", "ListExpr", "Template"):
                continue
            case _:
                return False
    return True

"""Whether another model, provider or route is tried when a call fails.

Looks at each place on the ways up from the call: what handlers, code after a swallowing handler, checks of a failed
answer and loops over providers lead to. A canned answer, the same route again and a provider chosen by which key is set
are no fallback. Every link of a chain has it, the last one too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.lazily import dataclass
from auditor.link.flow_callers import Callers, Frame
from auditor.link.flow_index import (
    FlowIndex,
    call_name,
    key_of,
    leaves,
    own_nodes,
    receiver_of,
    statement_lists,
    target_names,
    unwrap,
)
from auditor.link.flow_loops import Loops
from auditor.link.flow_once import Turns, names_route
from auditor.link.program import CallSite, FunctionInfo, Program
from auditor.link.raw_calls import RawCall, arguments
from auditor.link.routes import is_test_path
from auditor.link.values import DictValue, Instance, Known, ListValue, Made, Member, OneOf, Value, alternatives
from auditor.model.facts import Fallback
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting
from auditor.model.syntax import (
    Assign,
    Attr,
    Binary,
    BoolOp,
    Break,
    Call,
    Const,
    Continue,
    DictExpr,
    Expr,
    FunctionExpr,
    Handler,
    If,
    ListExpr,
    Loop,
    Name,
    Return,
    Spread,
    Stmt,
    Template,
    Try,
    Unary,
    With,
)
from auditor.model.walk import walk

MAX_REACH = 3000
_ROUTE_WORDS = (
    *(
        "model",
        "provider",
        "client",
        "backend",
        "vendor",
        "engine",
        "llm",
        "endpoint",
        "route",
        "candidate",
        "fallback",
    ),
    *(
        "base_url",
        "baseurl",
        "url",
        "server",
        "deployment",
        "service",
        "api",
        "tier",
        "strategy",
        "handler",
        "adapter",
        "name",
    ),
)
_WRAPPERS = frozenset(["with_fallbacks", "withFallbacks", "FallbackModel", "ModelFallbackMiddleware", "createFallback",
                       "modelFallbackMiddleware", "RetryProvider", "FallbackChatGenerator", "createProviderRegistry_"])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another route that is tried on failure."""

    mechanism: str
    at: Span
    raws: frozenset[int] = frozenset()


class Reach:
    """Which functions lead to which LLM calls, and which call expression is the request of which row."""

    def __init__(self, program: Program, callers: Callers, raws: tuple[RawCall, ...]) -> None:
        """Climb from every call once."""
        self.raws = raws
        self.places: dict[int, set[int]] = {}
        self.functions: dict[str, set[int]] = {}
        self.program = program
        for number, raw in enumerate(raws):
            queue: list[FunctionInfo] = []
            for place in raw.places:
                self.places.setdefault(id(place.call), set()).add(number)
                queue.append(place.function)
            while queue and len(self.functions) < MAX_REACH * 4:
                function = queue.pop()
                known = self.functions.setdefault(function.id, set())
                if number in known:
                    continue
                known.add(number)
                if function.definition is not None:
                    queue.extend(e.scope for e in callers.up(function))

    def of_site(self, site: CallSite) -> frozenset[int]:
        """The rows that a call leads to."""
        found = set(self.places.get(id(site.call), ()))
        for callee in self.program.callees(site):
            found |= self.functions.get(callee.id, set())
        return frozenset(found)


class Fallbacks:
    """Answers for one program."""

    def __init__(self, index: FlowIndex, loops: Loops, callers: Callers, reach: Reach) -> None:
        """Create it over the other analyses of a program."""
        self.index = index
        self.program = index.program
        self.loops = loops
        self.callers = callers
        self.reach = reach
        self.turns = Turns(index)
        self._routes: dict[int, tuple[str, ...]] = {}
        self._wrapped: dict[int, Alternative] | None = None

    def of(self, number: int) -> Setting[Fallback]:
        """The fallback of one row (by its number among the rows)."""
        raw = self.reach.raws[number]
        found = self._configured(raw) or self._wrapped_models().get(number)
        if found is None:
            found = self._by_callers(raw, number)
        if found is None:
            return Absent()
        others = [self.reach.raws[n] for n in sorted(found.raws) if n != number]
        vendors = tuple(sorted({o.inventory for o in others}))
        independent = any(v != raw.inventory for v in vendors) if vendors else None
        return Given(Fallback(found.mechanism, vendors, independent), found.at, "wrapper")

    # ------------------------------------------------------------------ configured

    def _configured(self, raw: RawCall) -> Alternative | None:
        for argument in arguments(self.program, raw, "fallback"):
            value = self.program.evaluate(argument.expr, argument.scope)
            if any(not _empty(v) for v in alternatives(value)):
                return Alternative("router" if raw.kind == "gateway-call" else "framework", argument.expr.at)
        for option in alternatives(raw.receiver) if raw.receiver is not None else ():
            made = option.base if isinstance(option, Member) else option
            if not isinstance(made, Made):
                continue
            for arg in made.call.args:
                for inner in alternatives(self.program.evaluate(arg.value, made.scope)):
                    if isinstance(inner, Made) and re.split(r"[.:]", inner.symbol)[-1] in _WRAPPERS:
                        return Alternative("framework", arg.value.at)
        return None

    def _wrapped_models(self) -> dict[int, Alternative]:
        """Rows whose model stands in `with_fallbacks` or a fallback model."""
        if self._wrapped is None:
            self._wrapped = {}
            for scan in self.program.scans():
                for name in sorted(_WRAPPERS & scan.calls.keys()):
                    for site in scan.calls[name]:
                        if call_name(site.call) == name:
                            self._wrap(site)
        return self._wrapped

    def _wrap(self, site: CallSite) -> None:
        receiver = receiver_of(site.call)
        exprs = [a.value for a in site.call.args] + ([receiver] if receiver is not None else [])
        if not site.call.args:
            return
        made = {id(c) for e in exprs for c in _made_calls(self.program.evaluate(e, site.function))}
        rows = frozenset(n for n, r in enumerate(self.reach.raws) if id(r.site.call) in made)
        if self._wrapped is not None:
            self._wrapped.update(dict.fromkeys(rows, Alternative("framework", site.call.at, rows)))

    # ------------------------------------------------------------------ control flow

    def _by_callers(self, raw: RawCall, number: int) -> Alternative | None:
        """Every live way up must meet an alternative."""
        found: Alternative | None = None
        for place in raw.places:
            one = self._climb(Frame(place.call, place.function), number, frozenset(), 0)
            if one is None:
                return None
            found = found or one
        return found

    def _climb(self, frame: Frame, number: int, seen: frozenset[str], depth: int) -> Alternative | None:
        here = self._here(frame, number)
        if here is not None or depth > 6:
            return here
        if frame.scope.id in seen or not self._fails_upwards(frame):
            return None
        edges = [e for e in self.callers.up(frame.scope) if e.scope.id not in seen and e.scope is not frame.scope]
        found: Alternative | None = None
        for edge in edges[:30]:
            above = Frame(edge.node, edge.scope, frame, edge, depth + 1)
            one = self._climb(above, number, seen | {frame.scope.id}, depth + 1)
            if one is None:
                one = self._through(above, number)
            if one is None:
                return None
            found = found or one
        return found

    def _through(self, frame: Frame, number: int) -> Alternative | None:
        for node, scope in frame.edge.through if frame.edge is not None else ():
            found = self._here(Frame(node, scope), number)
            if found is not None:
                return found
        return None

    def _fails_upwards(self, frame: Frame) -> bool:
        """The caller can see the failure: an exception, or an answer that says so (always assumed if swallowed)."""
        return True

    def _here(self, frame: Frame, number: int) -> Alternative | None:
        index = self.index.of(frame.scope)
        for repeat in self.loops.around(frame.node, frame.scope):
            if repeat.kind == "fallback" and repeat.at is not None and self._is_route_loop(repeat.at, frame, number):
                return Alternative("loop", repeat.at)
        for up, child in index.above(frame.node):
            sites: list[Any] = []
            mechanism = "try-except"
            match up:
                case Try() if any(child is s for s in up.body):
                    reworded = {id(c) for h in up.handlers for c in _calls(h.body) if _rewords(h, c, frame.node)}
                    sites = [c for c in self._after_failure(up, index) if id(c) not in reworded]
                case Handler():
                    outer = index.parent.get(id(up))
                    sites = list(_calls(outer.body)) if isinstance(outer, Try) else []
                    sites = [c for c in sites if not _rewords(up, frame.node, c)]
                case BoolOp(op="or" | "??", values=values):
                    sites = [c for v in values if v is not child for c in _calls((v,))]
                    mechanism = "check"
                case Call() if call_name(up) in ("catch", "catchError") and receiver_of(up) is not None:
                    sites = [c for c in _calls_deep(up) if c is not frame.node]
                case _:
                    pass
            hit = self._other_route(frame, sites, number)
            if hit is not None:
                return Alternative(mechanism, up.at, hit)
        return self._in_sequence(frame, number)

    def _after_failure(self, node: Try, index: Any) -> list[Any]:
        """The calls that run after a failure in the try: in the handlers, and after them if they go on."""
        out = [c for h in node.handlers for c in _calls(h.body)]
        on = {_way_on(h.body) for h in node.handlers}
        child: Any = node
        for up, below in [*index.above(node), (None, None)]:
            after = [_following(statements, below) for statements in statement_lists(up)] if up is not None else []
            if up is None:
                after = [_following(index.body, child)]
            if "on" in on:
                out += [c for statements in after for c in _calls(statements)]
                if ways := {_way_on(statements) for statements in after if statements}:
                    on = (on - {"on"}) | ways
            if isinstance(up, Loop):  # what breaks off, or is used up, goes on behind the loop
                runs_out = bool(on & {"on", "continue"}) and _runs_out(up, node)
                on = {"on"} if "break" in on or runs_out else set()
            child = up
        return out

    def _in_sequence(self, frame: Frame, number: int) -> Alternative | None:
        """After a try that leaves on success; or after/inside a check of another route's failed answer."""
        index = self.index.of(frame.scope)
        child: Any = frame.node
        chain = [*index.above(frame.node)]
        top = chain[-1][0] if chain else frame.node
        for up, below in [*chain, (None, top)]:
            lists = [index.body] if up is None else statement_lists(up)
            for statements in lists:
                hit = self._siblings(statements, below, frame, number)
                if hit is not None:
                    return hit
            if isinstance(up, If) and any(below is s for s in (*up.body, *up.orelse)):
                hit = self._checked_failure(up, index, frame, number)
                if hit is not None:
                    return hit
            child = up
        del child
        return None

    def _siblings(self, statements: tuple[Stmt, ...], below: Any, frame: Frame, number: int) -> Alternative | None:
        at = next((i for i, s in enumerate(statements) if s is below), None)
        if at is None:
            return None
        for earlier in (t for s in statements[:at] for t in _swallowed((s,))):
            hit = self._other_route(frame, list(_calls(earlier.body)), number)
            if hit is not None:
                return Alternative("try-except", earlier.at, hit)
        names = set(_names_given(statements[at]))
        for later in statements[at + 1 :]:
            if isinstance(later, If) and names & _failed_names(later.test):
                hit = self._other_route(frame, list(_calls(later.body)), number)
                if hit is not None:
                    return Alternative("check", later.at, hit)
        return None

    def _checked_failure(self, node: If, index: Any, frame: Frame, number: int) -> Alternative | None:
        """The place stands in `if not answer:`, where another route gave the answer."""
        for name in _failed_names(node.test):
            for binding in index.bindings.get(name, ()):
                if binding.value is None or any(n is frame.node for n in walk(binding.value)):
                    continue
                hit = self._other_route(frame, list(_calls((binding.value,))), number)
                if hit is not None:
                    return Alternative("check", node.at, hit)
        return None

    def _is_route_loop(self, at: Span, frame: Frame, number: int) -> bool:
        """What the loop goes through are models or providers, not prompts."""
        for up, _ in self.index.of(frame.scope).above(frame.node):
            if isinstance(up, Loop) and up.at == at:
                if self._is_single(up.iterable, frame.scope):
                    return False
                if self._takes_route(frame, number, set(target_names(up.target))):
                    return True
                names = [*target_names(up.target), key_of(up.iterable).rpartition(".")[2]]
                if isinstance(up.iterable, Call):
                    names += [call_name(up.iterable), *(key_of(a.value).rpartition(".")[2] for a in up.iterable.args)]
                return any(w in n.lower() for n in names for w in _ROUTE_WORDS)
        return False

    def _is_single(self, iterable: Expr | None, scope: FunctionInfo) -> bool:
        """There is only one to go through: `self.providers = [Main()]`, to which nothing is ever added."""
        iterable = unwrap(iterable)
        if isinstance(iterable, ListExpr):
            return len(iterable.items) == 1 and not isinstance(iterable.items[0], Spread)
        key = key_of(iterable)
        home = self.index.scope_of(key.partition(".")[0], scope) if key else None
        if key.startswith(("self.", "this.")):
            bindings = [b for b, _ in self.index.attribute_bindings(scope, key)]
        elif home is not None and home.param(key) is None:
            bindings = home.bindings.get(key, [])
        else:
            return False
        return bool(bindings) and all(
            b.kind == "value" and isinstance(b.value, ListExpr) and self._is_single(b.value, scope) for b in bindings
        )

    def _takes_route(self, frame: Frame, number: int, targets: set[str]) -> bool:
        """The loop's variable is given as the model, provider or address of the call, or is what is called."""
        call = frame.node
        if not isinstance(call, Call) or not targets:
            return False
        if key_of(receiver_of(call)).partition(".")[0] in targets:
            return True
        given = list(self._route_arguments(call, frame.scope).values())
        if frame.below is None:
            role = (a for a in arguments(self.program, self.reach.raws[number], "model") if a.scope is frame.scope)
            given += [_text(a.expr) for a in role]
        return any(text in targets for text in given)

    # ------------------------------------------------------------------ routes

    def _other_route(self, frame: Frame, calls: list[Any], number: int) -> frozenset[int] | None:
        """The rows that these calls lead to by another route than the place does."""
        index = self.index.of(frame.scope)
        raw = self.reach.raws[number]
        for call in calls:
            if call is frame.node or any(n is frame.node for n in walk(call)):
                continue
            site = index.sites.get(id(call))
            if site is None or is_test_path(site.path):
                continue
            rows = self.reach.of_site(site)
            if not rows:
                continue
            if number in rows:
                itself = any(c is frame.scope for c in self.index.callees(site))
                if self.turns.other_route(site) if itself else self._differs(frame.node, call, frame.scope):
                    return rows
                if rows == {number} or _same_call(frame.node, call):
                    continue
            others = frozenset(n for n in rows if n != number and self._route(n) != self._route(number))
            if others and any(
                self.reach.raws[n].operation in ("", raw.operation) or _both_text(self.reach.raws[n], raw)
                for n in others
            ):
                return others
        return None

    def _differs(self, one: Any, other: Any, scope: FunctionInfo) -> bool:
        """Two calls of the same wrapper name different models, providers or objects."""
        if not isinstance(one, Call) or not isinstance(other, Call) or call_name(one) != call_name(other):
            return False
        if receiver_of(one) is not None and key_of(receiver_of(one)) != key_of(receiver_of(other)):
            return bool(key_of(receiver_of(other)))
        left, right = self._route_arguments(one, scope), self._route_arguments(other, scope)
        return bool(right) and left != right

    def _route_arguments(self, call: Call, scope: FunctionInfo) -> dict[str, str]:
        out: dict[str, str] = {}
        site = self.index.of(scope).sites.get(id(call))
        callees = self.index.callees(site)
        params = callees[0].definition.params if callees and callees[0].definition is not None else ()
        if (
            params
            and callees[0].owner is not None
            and callees[0].language == "python"
            and params[0].name in ("self", "cls")
        ):
            params = params[1:]
        for i, arg in enumerate(call.args):
            name = arg.name or (params[i].name if i < len(params) else "")
            if isinstance(arg.value, DictExpr):
                named = [(str(e.key.value), e.value) for e in arg.value.entries if isinstance(e.key, Const)]
                out.update({key: _text(value) for key, value in named if names_route(key)})
            elif names_route(name):
                out[name] = _text(arg.value)
        return out

    def _route(self, number: int) -> tuple[str, ...]:
        found = self._routes.get(number)
        if found is None:
            raw = self.reach.raws[number]
            model = raw.model or next((_text(a.expr) for a in arguments(self.program, raw, "model")), "")
            found = self._routes[number] = (raw.inventory, model)
        return found


def _rewords(handler: Handler, call: Any, failed: Any) -> bool:
    """A call in a handler that is about the error alone (`explain(str(e))`), not about what failed."""
    if not isinstance(call, Call) or handler.name is None:
        return False
    names = {n.id for a in call.args for n in walk(a) if isinstance(n, Name)}
    wanted = {n.id for a in failed.args for n in walk(a) if isinstance(n, Name)} if isinstance(failed, Call) else set()
    return key_of(handler.name) in names and not names & wanted


def _same_call(one: Any, other: Any) -> bool:
    """Two calls of one thing: the second try of the same route, whatever that is."""
    if not isinstance(one, Call) or not isinstance(other, Call):
        return False
    return bool(key_of(one.func)) and key_of(one.func) == key_of(other.func)


def _both_text(one: RawCall, other: RawCall) -> bool:
    texts = ("chat", "responses", "completion", "agent", "other", "")
    return one.operation in texts and other.operation in texts


def _text(expr: Any) -> str:
    """A spelling of an expression, equal for equal code."""
    parts: list[str] = []
    for node in walk(expr):
        match node:
            case Const(value=value):
                parts.append(repr(value))
            case Name(id=name) | Attr(name=name):
                parts.append(name)
            case Call() | Template():
                parts.append(type(node).__name__)
            case _:
                pass
        if len(parts) > 40:
            break
    return " ".join(parts)


def _calls(roots: Iterable[Any]) -> Iterator[Call]:
    for node, _ in own_nodes(tuple(roots)):
        if isinstance(node, Call):
            yield node


def _calls_deep(node: Any) -> Iterator[Call]:
    """Also those in function expressions: `p.catch(() => other())`."""
    for inner in walk(node):
        if isinstance(inner, Call):
            yield inner
        elif isinstance(inner, FunctionExpr):
            for stmt in inner.function.body:
                yield from (n for n in walk(stmt) if isinstance(n, Call))


def _following(statements: tuple[Stmt, ...], below: Any) -> tuple[Stmt, ...]:
    at = next((i for i, s in enumerate(statements) if s is below), None)
    return statements[at + 1 :] if at is not None else ()


def _way_on(body: tuple[Stmt, ...]) -> str:
    """Where statements lead: "on" to what stands below, out of the loop ("break"), to its next pass ("continue"), or "away"."""
    for stmt in body:
        if isinstance(stmt, Break):
            return "break"
        if isinstance(stmt, Continue):
            return "continue"
        if leaves((stmt,)):
            return "away"
        if isinstance(stmt, If) and stmt.orelse:
            ways = {_way_on(stmt.body), _way_on(stmt.orelse)}
            if "on" not in ways:
                return "break" if "break" in ways else "continue" if "continue" in ways else "away"
    return "on"


def _may_return(body: tuple[Stmt, ...]) -> bool:
    return any(isinstance(n, Return) for n, _ in own_nodes(body))


def _swallowed(statements: tuple[Stmt, ...], depth: int = 0) -> Iterator[Try]:
    """The tries in some statements that leave on success, and after whose failure the statements come to their end."""
    for place, stmt in enumerate(statements):
        if depth > 4 or leaves(statements[place + 1 :]):
            continue
        match stmt:
            case Try(body=body, handlers=handlers):
                if _may_return(body) and any(_way_on(h.body) != "away" for h in handlers):
                    yield stmt
            case If(body=body, orelse=orelse):
                yield from _swallowed(body, depth + 1)
                yield from _swallowed(orelse, depth + 1)
            case Loop(body=body):
                yield from (t for t in _swallowed(body, depth + 1) if _runs_out(stmt, t))
            case With(body=body):
                yield from _swallowed(body, depth + 1)
            case _:
                pass


def _runs_out(loop: Loop, node: Try) -> bool:
    """A loop that a success leaves for good, and that fails to the statements after it: its tries are used up."""
    if not _may_return(node.body):
        return False
    endless = loop.kind not in ("for", "count") and (loop.test is None or isinstance(loop.test, Const))
    return not endless or any(isinstance(n, Break) for h in node.handlers for n, _ in own_nodes(h.body))


def _names_given(stmt: Stmt) -> Iterator[str]:
    for node, _ in own_nodes((stmt,)):
        if isinstance(node, Assign):
            for target in node.targets:
                yield from target_names(target)


def _failed_names(test: Expr) -> set[str]:
    """The variables that a test finds missing or failed: `not x`, `x is None`, `!x.ok`, `x.error`."""
    out: set[str] = set()
    stack: list[Any] = [test]
    while stack:
        node = stack.pop()
        match node:
            case BoolOp(values=values):
                stack.extend(values)
            case Unary(op="not", operand=operand):
                operand = unwrap(operand)
                out |= {key_of(n).partition(".")[0] for n in [operand] if isinstance(n, Name | Attr)}
            case Binary(op="is" | "==", left=left, right=Const(value=None | False | "")):
                out.add(key_of(left).partition(".")[0])
            case Attr(base=base, name="error" | "failed" | "is_error" | "isError"):
                out.add(key_of(base).partition(".")[0])
            case _:
                pass
    return out - {""}


def _empty(value: Value) -> bool:
    match value:
        case Known(value=inner):
            return not inner
        case ListValue(items=items, open=more):
            return not items and not more
        case DictValue(entries=entries, open=more):
            return not entries and not more
        case _:
            return False


def _made_calls(value: Value, depth: int = 0) -> Iterator[Call]:
    """The constructor calls of the objects in a value."""
    if depth > 5:
        return
    match value:
        case OneOf(options=options):
            inner: tuple[Value, ...] = options
        case Made(call=call, receiver=receiver):
            yield call
            inner = (receiver,) if receiver is not None else ()
        case Member(base=base):
            inner = (base,)
        case ListValue(items=items):
            inner = items
        case DictValue(entries=entries):
            inner = tuple(e.value for e in entries)
        case Instance(call=call) if call is not None:
            yield call
            inner = ()
        case _:
            inner = ()
    for part in inner:
        yield from _made_calls(part, depth + 1)

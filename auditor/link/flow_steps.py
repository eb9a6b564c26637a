"""How many turns an agent takes: the limit that it is given, else the framework's own default.

A limit of None, or a stop condition that only the model's words meet, is no bound. A call that makes one turn is no loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.catalog.schema import CallShape, TypeShape
from auditor.lazily import dataclass, regex
from auditor.link.flow_bounds import Bounds
from auditor.link.flow_index import call_name
from auditor.link.flow_loops import Repeat
from auditor.link.program import FunctionInfo, Program
from auditor.link.raw_calls import Argument, RawCall, arguments, outcomes
from auditor.link.roles import Context, Found, Hidden, Missing, look, paths_of
from auditor.link.values import Compound, DictValue, Instance, Known, ListValue, Made, Member, Value, alternatives
from auditor.model.syntax import Binary, Call, Const, Expr, ListExpr
from auditor.model.walk import walk

_COUNTS = regex(r"(step_?count|max_?(steps|turns|iter|messages?|round)|isStepCount|Limits?$|limit)", re.I)
_NO_BOUND = frozenset(["hasToolCall", "isLoopFinished"])
_BOUNDS = ("max_steps", "budget", "timeout")  # what a stop condition of the catalog may count
_ENDLESS = 0  # how the catalog writes that an agent has no limit of its own
_MAX_DEPTH = 5


@dataclass(frozen=True)
class _Stop:
    """Whether a stop condition surely ends the turns (None: it cannot be told), and after how many."""

    ends: bool | None
    limit: int | None = None


_UNTOLD = _Stop(None)
_MODEL_DECIDES = _Stop(False)


class Steps:
    """Answers for one program."""

    def __init__(self, program: Program, bounds: Bounds) -> None:
        """Create it over a program and its bounds."""
        self.program = program
        self.bounds = bounds

    def of(self, raw: RawCall) -> Repeat | None:
        """The agent loop that a row runs in; None if it makes one request."""
        given = arguments(self.program, raw, "max_steps")
        verdicts = [None if a is None else self._given(a) for a in (*given, *self._through(raw))]
        known = [v for v in verdicts if v is not None]
        bounded = [v for v in known if v.kind == "bounded"]
        if bounded:
            return bounded[0] if bounded[0].limit != 1 else None
        if verdicts:
            return known[0] if len(known) == len(verdicts) else None
        defaults = [n for n in self._defaults(raw) if n is not None]
        if not defaults:
            return None
        if _ENDLESS in defaults:
            return self._endless(raw)
        most = max(defaults)
        return Repeat("bounded", raw.at, most, "the framework's own step limit") if most > 1 else None

    def _endless(self, raw: RawCall) -> Repeat | None:
        """An agent that takes as many turns as it wants, where surely nothing bounds it: no limit, no budget, some tools."""
        roles = ("max_steps", "budget", "tools")
        ways = {role: [w for *_, found in outcomes(self.program, raw, role) for w in found] for role in roles}
        if any(isinstance(w, Found) for w in ways["budget"]):
            return Repeat("bounded", raw.at, None, "a budget")
        if not all(isinstance(w, Missing) for role in ("max_steps", "budget") for w in ways[role]):
            return None
        tools = [w for w in ways["tools"] if not isinstance(w, Missing)]
        if tools and all(isinstance(w, Found) and _empty(w.value) for w in tools):
            return None  # without tools the first answer is the last
        return Repeat("unbounded", raw.at, None, "no limit on the agent's turns")

    def _given(self, argument: Argument) -> Repeat | None:
        """What one argument says; None where it cannot be told."""
        expr = argument.expr
        if isinstance(expr, Const) and expr.value is None:
            return Repeat("unbounded", expr.at, None, "the step limit is switched off")
        size = self.bounds.number(expr, argument.scope)
        if size.bounded:
            return Repeat("bounded", expr.at, size.limit, "step limit")
        stop = self._stop(expr, argument.scope)
        if stop.ends is None:
            return None
        if stop.ends:
            return Repeat("bounded", expr.at, stop.limit, "step limit")
        return Repeat("unbounded", expr.at, None, "only the model decides when to stop")

    def _stop(self, expr: Expr, scope: FunctionInfo, depth: int = 0) -> _Stop:
        """`stopWhen: [stepCountIs(5), hasToolCall("done")]`, `Mentioned("x") | MaxMessages(9)`: of several, any or all."""
        if depth > _MAX_DEPTH:
            return _UNTOLD
        match expr:
            case ListExpr(items=items):
                return _any([self._stop(i, scope, depth + 1) for i in items])
            case Binary(op="|" | "&" as op, left=left, right=right):
                sides = [self._stop(left, scope, depth + 1), self._stop(right, scope, depth + 1)]
                return _any(sides) if op == "|" else _all(sides)
            case Call() if (found := self._counted(expr, scope)) is not None:
                return found
            case _:
                values = alternatives(self.program.evaluate(expr, scope))
                # On every way that it may come about it must end.
                return _all([self._value_stops(v, depth) for v in values])

    def _counted(self, call: Call, scope: FunctionInfo) -> _Stop | None:
        """A call that says in its name that it counts (`stepCountIs(5)`), or that it does not."""
        for node in walk(call):
            if isinstance(node, Call) and _COUNTS.search(call_name(node)) and call_name(node) not in _NO_BOUND:
                numbers = [self.bounds.number(a.value, scope) for a in node.args]
                limits = [n.limit for n in numbers if n.bounded]
                if limits:
                    return _Stop(True, limits[0])
        return _MODEL_DECIDES if call_name(call) in _NO_BOUND else None

    def _value_stops(self, value: Value, depth: int) -> _Stop:
        match value:
            case Made(type=TypeShape() as shape, call=call, scope=scope, context=context):
                return self._by_catalog(shape, call, scope, context)
            case Made(symbol=symbol, call=call, scope=scope):
                name = symbol.rpartition(".")[2].rpartition(":")[2]
                found = self._counted(call, scope)
                return found or (_Stop(True) if _COUNTS.search(name) and name not in _NO_BOUND else _UNTOLD)
            case Compound(expr=Binary() as expr, scope=scope):
                return self._stop(expr, scope, depth + 1)
            case ListValue(items=items):
                return _any([_all([self._value_stops(v, depth + 1) for v in alternatives(i)]) for i in items])
            case Known(value=int() as number) if not isinstance(number, bool):
                return _Stop(number > 0, number)
            case Instance():
                return _UNTOLD
            case _:
                return _UNTOLD

    def _by_catalog(self, shape: TypeShape, call: Call, scope: FunctionInfo, context: Context) -> _Stop:
        """A condition that the catalog knows ends the turns if it counts something: messages, tokens or seconds."""
        counting = [shape.parameters[role] for role in _BOUNDS if role in shape.parameters]
        for parameter in counting:
            for path in paths_of(parameter, scope.language, self.program.versions):
                for way in look(self.program, call, scope, path, context):
                    if isinstance(way, Found):
                        size = self.bounds.number(way.expr, way.scope)
                        steps = parameter is shape.parameters.get("max_steps")
                        return _Stop(True, size.limit if steps else None)
        return _UNTOLD if counting else _MODEL_DECIDES

    def _through(self, raw: RawCall) -> Iterator[Argument | None]:
        """The limits given where a model is run and to the agents that run it: `ReAct(max_iters=5)`.

        None where something that cannot be read may hold the limit of what has none of its own.
        """
        for shape, call, scope, context in self._runs(raw):
            parameter = shape.parameters.get("max_steps")
            for path in paths_of(parameter, raw.language, self.program.versions) if parameter else ():
                for way in look(self.program, call, scope, path, context):
                    if isinstance(way, Found):
                        yield Argument(way.expr, way.scope, "argument", call, way.value)
                    elif isinstance(way, Missing) and way.off:
                        yield Argument(Const(call.at, None), scope, "argument", call)
                    elif isinstance(way, Hidden) and shape.default_steps == _ENDLESS:
                        yield None

    def _runs(self, raw: RawCall) -> Iterator[tuple[CallShape | TypeShape, Call, FunctionInfo, Context]]:
        """What a model is run through: the calls that send, and what made the objects they are called on."""
        for place in raw.invocations:
            func = place.call.func
            for value in alternatives(self.program.evaluate(func, place.function)):
                typed = self.program.typed_member(value) if isinstance(value, Member) else None
                if typed is not None:
                    yield typed[1], place.call, place.function, ()
                made = value.base if isinstance(value, Member) else value
                if isinstance(made, Made):
                    for shape in (made.type, made.shape):
                        if shape is not None:
                            yield shape, made.call, made.scope, made.context

    def _defaults(self, raw: RawCall) -> Iterator[int | None]:
        """The default limits of the agents that a row is sent through."""
        if raw.shape is not None and (raw.operation == "agent" or self._has_tools(raw)):
            yield raw.shape.default_steps
        for shape, *_ in self._runs(raw):
            yield shape.default_steps

    def _has_tools(self, raw: RawCall) -> bool:
        given = arguments(self.program, raw, "tools")
        return any(not isinstance(a.value, ListValue) or a.value.items or a.value.open for a in given)


def _any(parts: list[_Stop]) -> _Stop:
    """One that ends is enough."""
    ending = [p for p in parts if p.ends]
    limits = [p.limit for p in ending if p.limit is not None]
    if ending:
        return _Stop(True, min(limits) if limits else None)
    return _UNTOLD if any(p.ends is None for p in parts) else _MODEL_DECIDES


def _all(parts: list[_Stop]) -> _Stop:
    """It ends if all do."""
    if any(p.ends is False for p in parts):
        return _MODEL_DECIDES
    if not parts or any(p.ends is None for p in parts):
        return _UNTOLD
    limits = [p.limit for p in parts if p.limit is not None]
    return _Stop(True, max(limits) if len(limits) == len(parts) else None)


def _empty(value: Value) -> bool:
    match value:
        case ListValue(items=items, open=more):
            return not items and not more
        case DictValue(entries=entries, open=more):
            return not entries and not more
        case _:
            return False

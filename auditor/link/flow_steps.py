"""How many turns an agent takes: the limit that it is given, else the framework's own default.

A limit of None, or a stop condition that only the model's words meet, is no bound. A call that makes one turn is no loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.catalog.schema import CallShape, TypeShape
from auditor.lazily import regex
from auditor.link.flow_bounds import Bounds
from auditor.link.flow_index import call_name
from auditor.link.flow_loops import Repeat
from auditor.link.program import FunctionInfo, Program
from auditor.link.raw_calls import Argument, RawCall, arguments
from auditor.link.roles import Context, Found, Missing, look, paths_of
from auditor.link.values import DictValue, Known, ListValue, Made, Member, Value, alternatives
from auditor.model.syntax import Attr, Call, Const, Expr, ListExpr, Name
from auditor.model.walk import walk

_COUNTS = regex(r"(step_?count|max_?(steps|turns|iter|messages?|round)|isStepCount|Termination$|Limits?$|limit)", re.I)
_NO_BOUND = frozenset(["TextMentionTermination", "hasToolCall", "isLoopFinished"])


class Steps:
    """Answers for one program."""

    def __init__(self, program: Program, bounds: Bounds) -> None:
        """Create it over a program and its bounds."""
        self.program = program
        self.bounds = bounds

    def of(self, raw: RawCall) -> Repeat | None:
        """The agent loop that a row runs in; None if it makes one request."""
        given = arguments(self.program, raw, "max_steps")
        verdicts = [self._given(a) for a in (*given, *self._through(raw))]
        bounded = [v for v in verdicts if v.kind == "bounded"]
        if bounded:
            return bounded[0] if bounded[0].limit != 1 else None
        if verdicts:
            return verdicts[0]
        defaults = [n for n in self._defaults(raw) if n is not None]
        if not defaults:
            return None
        most = max(defaults)
        return Repeat("bounded", raw.at, most, "the framework's own step limit") if most > 1 else None

    def _given(self, argument: Argument) -> Repeat:
        expr = argument.expr
        if isinstance(expr, Const) and expr.value is None:
            return Repeat("unbounded", expr.at, None, "the step limit is switched off")
        size = self.bounds.number(expr, argument.scope)
        if size.bounded:
            return Repeat("bounded", expr.at, size.limit, "step limit")
        return self._condition(expr, argument)

    def _condition(self, expr: Expr, argument: Argument) -> Repeat:
        """`stopWhen: [stepCountIs(5), hasToolCall("done")]`: any one that counts is enough."""
        parts: list[Expr] = list(expr.items) if isinstance(expr, ListExpr) else [expr]
        for part in parts:
            for node in walk(part):
                if isinstance(node, Call) and _COUNTS.search(call_name(node)) and call_name(node) not in _NO_BOUND:
                    numbers = [self.bounds.number(a.value, argument.scope) for a in node.args]
                    limits = [n.limit for n in numbers if n.bounded]
                    if limits:
                        return Repeat("bounded", part.at, limits[0], "step limit")
        if isinstance(expr, Name | Attr) and self._value_counts(self.program.evaluate(expr, argument.scope)):
            return Repeat("bounded", expr.at, None, "step limit")
        return Repeat("unbounded", expr.at, None, "only the model decides when to stop")

    def _value_counts(self, value: Value) -> bool:
        for option in alternatives(value):
            match option:
                case Made(symbol=symbol) if _COUNTS.search(symbol):
                    return True
                case ListValue(items=items):
                    if any(self._value_counts(i) for i in items):
                        return True
                case Known(value=int() as number) if not isinstance(number, bool):
                    return number > 0
                case DictValue():
                    continue
                case _:
                    continue
        return False

    def _through(self, raw: RawCall) -> Iterator[Argument]:
        """The limits given where a model is run and to the agents that run it: `ReAct(max_iters=5)`."""
        for shape, call, scope, context in self._runs(raw):
            parameter = shape.parameters.get("max_steps")
            for path in paths_of(parameter, raw.language, self.program.versions) if parameter else ():
                for way in look(self.program, call, scope, path, context):
                    if isinstance(way, Found):
                        yield Argument(way.expr, way.scope, "argument", call, way.value)
                    elif isinstance(way, Missing) and way.off:
                        yield Argument(Const(call.at, None), scope, "argument", call)

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

"""The models that a run may come to beside its own: those of the agents that its agent hands over to or has as tools."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.catalog.schema import CallShape, Parameter
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall, arguments
from auditor.link.roles import Found, look, paths_of, resolve, texts
from auditor.link.values import ListValue, Made, Value, alternatives
from auditor.model.setting import Given, Setting

_MAX_HELD = 40


def retired(program: Program, raw: RawCall, own: Setting[str]) -> Setting[str]:
    """A model that the vendor no longer serves, where the run may reach one; else the call's own."""
    if not isinstance(raw.shape, CallShape) or raw.operation != "agent" or "models" not in raw.shape.parameters:
        return own
    if isinstance(own, Given) and program.catalog.is_deprecated(own.value, raw.vendor):
        return own
    for found in _held(program, raw):
        if program.catalog.is_deprecated(found.value, raw.vendor):
            return found
    return own


def _held(program: Program, raw: RawCall) -> Iterator[Given[str]]:
    queue: list[Value] = [
        v for a in arguments(program, raw, "models") if a.value is not None for v, _ in resolve(program, a.value, ())
    ]
    seen: set[int] = set()
    while queue and len(seen) < _MAX_HELD:
        value = queue.pop()
        if isinstance(value, ListValue):
            queue.extend(v for item in value.items for v in alternatives(item))
        if not isinstance(value, Made) or id(value.call) in seen:
            continue
        seen.add(id(value.call))
        if value.type is None:  # `agent.as_tool()`, `handoff(agent)`
            inner = [program.evaluate(a.value, value.scope) for a in value.call.args[:1]]
            queue.extend(v for one in (value.receiver, *inner) if one is not None for v in alternatives(one))
            continue
        for role in ("model", "models"):
            parameter = value.type.parameters.get(role)
            for way in _ways(program, value, parameter) if parameter is not None else ():
                if role == "models":
                    queue.extend(v for v, _ in resolve(program, way.value, value.context))
                    continue
                for text in texts(program, way.value, value.context):
                    if "\0" not in text:
                        yield Given(text, way.expr.at)


def _ways(program: Program, made: Made, parameter: Parameter) -> Iterator[Found]:
    for path in paths_of(parameter, made.language, program.versions):
        for way in look(program, made.call, made.scope, path, made.context):
            if isinstance(way, Found):
                yield way

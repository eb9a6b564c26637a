"""What is in force for one LLM call: cap, timeout, SDK retries, model, base URL; from argument, client, wrapper or config.

Settings that control flow decides (retry loops, fallbacks, `asyncio.wait_for` in a caller) are joined by `flow`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import field
from typing import TypeVar

from auditor.catalog.schema import CallShape, Parameter, TypeShape
from auditor.lazily import dataclass
from auditor.link.code import CallSite
from auditor.link.program import Program
from auditor.link.raw_calls import Level, RawCall, body_outcomes, levels, outcomes
from auditor.link.roles import Found, Hidden, Missing, Outcome, paths_of, resolve, texts
from auditor.link.values import (
    Compound,
    Env,
    External,
    Known,
    ListValue,
    Made,
    Member,
    Text,
    Unknown,
    Value,
    alternatives,
)
from auditor.model import syntax as s
from auditor.model.facts import Retry, Spelling
from auditor.model.location import Span, Step
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.model.walk import walk

T = TypeVar("T")
_OFF_TEXTS = frozenset({"", "none", "null", "0", "-1", "inf", "infinity"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one call. `retry` is the SDK's own layer only."""

    output_cap: Setting[int | None] = field(default_factory=Absent)
    timeout: Setting[float | None] = field(default_factory=Absent)
    retry: Setting[Retry] = field(default_factory=Absent)
    model: Setting[str] = field(default_factory=Absent)
    base_url: Setting[str] = field(default_factory=Absent)
    client: Span | None = None
    streaming: bool = False
    spelling: Spelling = field(default_factory=Spelling)


def settings(program: Program, raw: RawCall) -> Settings:
    """Everything that is in force for a call."""
    return Settings(
        output_cap=_output_cap(program, raw),
        timeout=_timeout(program, raw),
        retry=_retry(program, raw),
        model=_model(program, raw),
        base_url=_text(program, raw, "base_url"),
        client=next((lv.call.at for lv in levels(raw)[1:] if not lv.assumed), None),
        streaming=_streaming(program, raw),
        spelling=_spelling(program, raw),
    )


def _model(program: Program, raw: RawCall) -> Setting[str]:
    """The model: an argument, a field of the body, or a part of the address."""
    found = _text(program, raw, "model")
    told = not isinstance(found, Given) and raw.wire is not None and bool(raw.wire.model_path)
    return Given(raw.model, raw.at) if told and raw.model else found


# --------------------------------------------------------------------------- the places of one role

Ways = list[tuple[Level, str, Parameter, list[Outcome]]]


def _places(program: Program, raw: RawCall, role: str) -> list[Ways]:
    """The places of a role, grouped by how near they are to the request; the body of an HTTP request comes first."""
    groups: list[Ways] = []
    if raw.wire is not None and role in raw.wire.parameters:
        own = levels(raw)[0]
        body: Ways = [
            (own, path, raw.wire.parameters[role], ways) for path, ways in body_outcomes(program, raw, role).items()
        ]
        if not body:
            hidden: list[Outcome] = [Hidden("the request's body could not be read")]
            body = [(own, "", raw.wire.parameters[role], hidden)] if _has_body(program, raw) else []
        groups.append(body)
        if role in ("output_cap", "model"):
            return groups
    last: Level | None = None
    for level, path, parameter, ways in outcomes(program, raw, role):
        if level is not last and (last is None or level.call is not last.call):
            groups.append([])
        last = level
        groups[-1].append((level, path, parameter, ways))
    return groups


def _has_body(program: Program, raw: RawCall) -> bool:
    return any(not isinstance(w, Missing) for *_, ways in outcomes(program, raw, "body") for w in ways)


def _decide(
    groups: list[Ways], read: Callable[[Found, Parameter, Level], T | _Off | None], program: Program, raw: RawCall
) -> Setting[T | None]:
    """The nearest place that decides; one caller that leaves the value out decides for all."""
    for group in groups:
        verdict = _decide_group(group, read, program, raw)
        if verdict is not None:
            return verdict
    return Absent()


class _Off:
    """The value means "none"."""


_OFF = _Off()


def _decide_group(
    group: Ways, read: Callable[[Found, Parameter, Level], T | _Off | None], program: Program, raw: RawCall
) -> Setting[T | None] | None:
    best: Setting[T | None] | None = None
    partial = False
    some: list[tuple[Found, Level]] = []  # set on some paths only
    for level, _, parameter, ways in group:
        given: list[Given[T | None]] = []
        lacking = off = False
        hidden: Hidden | None = None
        for way in ways:
            if isinstance(way, Missing):
                off = off or way.off
                lacking = True
            elif isinstance(way, Hidden):
                hidden = hidden or way
            else:
                value = read(way, parameter, level)
                if isinstance(value, _Off):
                    off = lacking = True
                elif way.maybe and value is None:
                    hidden = hidden or Hidden("set on some paths only")
                    some.append((way, level))
                else:
                    given.append(_given(value, way, level, raw))
        if given and not lacking and hidden is None:
            return given[0]
        if given and lacking and not off and hidden is None:
            partial = True
        elif lacking and off:
            best = Absent() if not isinstance(best, Unclear) else best
        if hidden is not None:
            best = Unclear(hidden.why)
        elif given and lacking:
            best = best or Absent()
    if len(some) > 1 and _on_either_branch([way for way, _ in some]):
        return _given(None, *some[0], raw)
    if partial and not isinstance(best, Unclear):
        return _one_or_other(group, read, raw) or best
    return best


def _on_either_branch(ways: list[Found]) -> bool:
    """`if new: kw["max_completion_tokens"] = n` and in its `else` the older name: one of them is set in any case."""
    definition = ways[0].scope.definition
    for node in walk(definition) if definition is not None and all(w.scope is ways[0].scope for w in ways) else ():
        if isinstance(node, s.If) and node.orelse:
            then, other = ({id(n) for stmt in block for n in walk(stmt)} for block in (node.body, node.orelse))
            if any(id(w.expr) in then for w in ways) and any(id(w.expr) in other for w in ways):
                return True
    return False


def _one_or_other(
    group: Ways, read: Callable[[Found, Parameter, Level], T | _Off | None], raw: RawCall
) -> Given[T | None] | None:
    """Each form of an unpacked mapping gives the value under one of its names: `{"max_tokens": n} if old else {...}`."""
    if len({len(ways) for _, _, _, ways in group if any(isinstance(w, Found) for w in ways)}) != 1:
        return None
    rows = [entry for entry in group if any(isinstance(w, Found) for w in entry[3])]
    first: Given[T | None] | None = None
    for forms in zip(*(ways for _, _, _, ways in rows), strict=True):
        one = next(((row, way) for row, way in zip(rows, forms, strict=True) if isinstance(way, Found)), None)
        value = read(one[1], one[0][2], one[0][0]) if one is not None else _OFF
        if one is None or isinstance(value, _Off):
            return None
        first = first or _given(value, one[1], one[0][0], raw)
    return first


def _given(value: T | None, way: Found, level: Level, raw: RawCall) -> Given[T | None]:
    expr = way.expr
    if isinstance(way.value, Known) and way.value.at is not None:
        expr = way.value.at
    source = "wrapper" if way.wrapper and level.source == "argument" else level.source
    at = expr.at
    trace = () if at.path == raw.at.path else (Step(at, "set here"), Step(raw.at, "in force here"))
    return Given(value, at, source, trace)


# --------------------------------------------------------------------------- numbers


def _number(value: Value) -> float | int | _Off | None:
    """The number a value stands for; None where it is not known, `_OFF` where it means that there is no limit."""
    match value:
        case Known(value=bool() as flag):
            return None if flag else _OFF
        case Known(value=int() | float() as number):
            if number <= 0 or math.isinf(number) or math.isnan(number):
                return _OFF
            return number
        case Known(value=str() as text):
            if text.strip().lower() in _OFF_TEXTS:
                return _OFF
            try:
                return float(text)
            except ValueError:
                return None
        case Known(value=None):
            return _OFF
        case Env(default=default) if default is not None:
            return _number(default)
        case External(symbol="math.inf" | "global:Infinity" | "numpy.inf" | "openai.NOT_GIVEN" | "anthropic.NOT_GIVEN"):
            return _OFF
        case _:
            pass
    return None


def _output_cap(program: Program, raw: RawCall) -> Setting[int | None]:
    if not raw.cap_applies:
        return Absent()

    def read(way: Found, parameter: Parameter, level: Level) -> int | _Off | None:
        number = _number(way.value)
        if isinstance(number, _Off):
            return number
        return int(number) if number is not None else None

    return _decide(_places(program, raw, "output_cap"), read, program, raw)


# --------------------------------------------------------------------------- time limits


def _timeout(program: Program, raw: RawCall) -> Setting[float | None]:
    def read(way: Found, parameter: Parameter, level: Level) -> float | _Off | None:
        unit = parameter.unit.get(raw.language) or parameter.unit.get("") or "s"
        return _seconds(program, way, unit)

    near = _places(program, raw, "timeout")
    signals = _places(program, raw, "signal")
    own = levels(raw)[0].call
    for group in [
        *[g for g in near if g[0][0].call is own],
        *signals,
        *[g for g in near if g and g[0][0].call is not own],
    ]:
        if not group:
            continue
        aborts = any(group is g for g in signals)
        verdict = _signal(program, raw, group) if aborts else _decide_group(group, read, program, raw)
        if verdict is not None:
            return verdict
    return Absent()


def _seconds(program: Program, way: Found, unit: str) -> float | _Off | None:
    value = way.value
    if isinstance(value, Made):
        return _timeout_object(program, value)
    if isinstance(value, ListValue) and value.items:  # requests: (connect, read)
        value = value.items[-1]
    number = _number(value)
    if number is None or isinstance(number, _Off):
        return number
    return number / 1000 if unit == "ms" else float(number)


def _timeout_object(program: Program, made: Made) -> float | _Off | None:
    """`httpx.Timeout(30, connect=5)`, `aiohttp.ClientTimeout(total=30)`, `timedelta(seconds=30)`."""
    wanted = ("total", "timeout", "read", "seconds", "sock_read", "minutes")
    for name in wanted:
        for arg in made.call.args:
            if arg.name == name:
                number = _number(program.evaluate(arg.value, made.scope))
                if number is None or isinstance(number, _Off):
                    return number
                return float(number) * (60 if name == "minutes" else 1)
    first = made.call.args[0] if made.call.args else None
    if first is not None and first.name is None and not first.spread:
        for one, _ in resolve(program, program.evaluate(first.value, made.scope), made.context):
            number = _number(one)
            return number if number is None or isinstance(number, _Off) else float(number)
    return None


def _signal(program: Program, raw: RawCall, group: Ways) -> Setting[float | None] | None:
    """An AbortSignal is a time limit only if something aborts it after a while."""
    for level, _, _, ways in group:
        for way in ways:
            if isinstance(way, Found):
                for one, _ in resolve(program, way.value, level.context):
                    seconds = _aborts_after(program, one, 0)
                    if seconds is not None:
                        return _given(seconds if seconds >= 0 else None, way, level, raw)
    return None


def _aborts_after(program: Program, value: Value, depth: int) -> float | None:
    """Seconds until a signal aborts; -1 if it does at an unknown time; None if nothing aborts it."""
    if depth > 4:
        return None
    match value:
        case Made(symbol=symbol, call=call, scope=scope):
            if symbol.endswith("AbortSignal.timeout"):
                number = _number(program.evaluate(call.args[0].value, scope)) if call.args else None
                return number / 1000 if isinstance(number, (int, float)) else -1
            if symbol.endswith("AbortSignal.any") and call.args:
                inner = program.evaluate(call.args[0].value, scope)
                for item in inner.items if isinstance(inner, ListValue) else ():
                    for one in alternatives(item):
                        found = _aborts_after(program, one, depth + 1)
                        if found is not None:
                            return found
        case Member(base=Made(symbol=symbol) as maker, path=("signal",)) if symbol.endswith("AbortController"):
            return _aborted_by_timer(program, maker)
    return None


def _aborted_by_timer(program: Program, controller: Made) -> float | None:
    scan = program.scan_of(controller.scope.path)
    for site in scan.calls.get("setTimeout", ()) if scan else ():
        if controller.scope in site.function.chain and _aborts(program, site, controller):
            if len(site.call.args) < 2:
                return -1
            for one, _ in resolve(
                program, program.evaluate(site.call.args[1].value, site.function), controller.context
            ):
                number = _number(one)
                if isinstance(number, (int, float)):
                    return number / 1000
            return -1
    return None


def _aborts(program: Program, site: CallSite, controller: Made) -> bool:
    """Whether a timer's callback aborts this controller."""
    if not site.call.args:
        return False
    callback = site.call.args[0].value
    if isinstance(callback, s.Attr) and callback.name == "abort":
        return _is(program.evaluate(callback.base, site.function), controller)
    function = program.function_of(callback.function) if isinstance(callback, s.FunctionExpr) else None
    for inner in program.sites(function) if function is not None else ():
        func = inner.call.func
        if (
            isinstance(func, s.Attr)
            and func.name == "abort"
            and _is(program.evaluate(func.base, inner.function), controller)
        ):
            return True
    return False


def _is(value: Value, made: Made) -> bool:
    return any(isinstance(v, Made) and v.call is made.call for v in alternatives(value))


# --------------------------------------------------------------------------- retries


def _retry(program: Program, raw: RawCall) -> Setting[Retry]:
    def read(way: Found, parameter: Parameter, level: Level) -> int | _Off | None:
        number = way.value.value if isinstance(way.value, Known) else None
        if isinstance(way.value, Env) and isinstance(way.value.default, Known):
            number = way.value.default.value
        if isinstance(number, bool):
            return None
        if isinstance(number, (int, float)) and not math.isinf(number):
            return int(number) + (1 if parameter.counts == "retries" else 0)
        return None

    setting = _decide(_places(program, raw, "retries"), read, program, raw)
    default, count = _default_retry(raw)
    match setting:
        case Given(value=attempts, at=at, source=source, trace=trace):
            if attempts is not None and attempts <= 1:
                return Given(Retry("none", 1), at, source, trace)
            return Given(Retry("explicit", attempts, backoff=True, layers=("sdk",)), at, source, trace)
        case Unclear():
            return setting
        case _:
            if default == "none":
                return Given(Retry("none", 1), raw.at, "default")
            return Given(Retry("sdk-default", count, backoff=True, layers=("sdk",)), raw.at, "default")


def _default_retry(raw: RawCall) -> tuple[str, int | None]:
    """What the SDK does by itself: (none | sdk-default, all tries)."""
    kind = ""
    tables: list[CallShape | TypeShape] = [raw.shape] if raw.shape is not None else []
    base = raw.receiver
    while isinstance(base, (Made, Member)):
        if isinstance(base, Member):
            base = base.base
            continue
        tables += [x for x in (base.shape, base.type) if x is not None]
        base = base.receiver
    for shape in tables:
        kind = kind or shape.retry
    count = next((p.default for t in tables if (p := t.parameters.get("retries")) and p.default is not None), None)
    if raw.kind == "http-call" and not kind:
        kind = "none"
    return kind or "sdk-default", int(count) + 1 if count is not None else None


# --------------------------------------------------------------------------- texts


def _text(program: Program, raw: RawCall, role: str) -> Setting[str]:
    unclear = ""
    for group in _places(program, raw, role):
        for level, _, _, ways in group:
            for way in ways:
                if isinstance(way, Found):
                    value = next((t for t in texts(program, way.value, level.context) if "\0" not in t), None)
                    if value is None and isinstance(way.value, Made):
                        value = _model_of(program, way.value)
                    if value is not None:
                        given = _given(value, way, level, raw)
                        return Given(value, given.at, given.source, given.trace)
                    unclear = unclear or "the code does not spell it out"
                elif isinstance(way, Hidden):
                    unclear = unclear or way.why
    return Unclear(unclear) if unclear else Absent()


def _model_of(program: Program, made: Made) -> str | None:
    """The id inside a model object: `openai("gpt-4o")`."""
    first = made.call.args[0] if made.call.args else None
    if first is None or first.spread:
        return None
    return next(
        (t for t in texts(program, program.evaluate(first.value, made.scope), made.context) if "\0" not in t), None
    )


def _streaming(program: Program, raw: RawCall) -> bool:
    if isinstance(raw.shape, CallShape) and raw.shape.streaming:
        return True
    found = [w for g in _places(program, raw, "stream") for *_, ways in g for w in ways if isinstance(w, Found)]
    return any(
        not isinstance(w.value, (Known, Unknown, Compound, Text))
        or (isinstance(w.value, Known) and bool(w.value.value))
        for w in found
    )


def _spelling(program: Program, raw: RawCall) -> Spelling:
    """How this call's own API names its settings, at the call itself."""

    def name(role: str) -> str:
        if raw.wire is not None and role in raw.wire.parameters:
            return next(iter(paths_of(raw.wire.parameters[role], raw.language, program.versions)), "")
        parameter = raw.shape.parameters.get(role) if raw.shape is not None else None
        return next(iter(paths_of(parameter, raw.language, program.versions)), "") if parameter else ""

    return Spelling(name("output_cap"), name("timeout"), name("retries"))

"""The rows of the inventory before their settings are known, and where the settings of one may stand."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.catalog.schema import CallShape, Parameter, TypeShape, Wire
from auditor.lazily import dataclass
from auditor.link.code import CallSite, FunctionInfo
from auditor.link.program import Program
from auditor.link.roles import (
    MISSING,
    Context,
    Found,
    Hidden,
    Outcome,
    inside,
    look,
    paths_of,
    texts,
)
from auditor.link.values import (
    Made,
    Member,
    Value,
)
from auditor.model import syntax as s
from auditor.model.location import Span


@dataclass(frozen=True, eq=False)
class RawCall:
    """One inventory row before its settings and its surroundings are known.

    `site` is the request itself; for a framework model (`kind` framework-model) the constructor, and then
    `invocations` are the calls that send through that model: they decide loop, user input and schedule.
    Use `places` for "where does the request happen".
    """

    site: CallSite
    vendor: str  # catalog id ("" if unknown)
    inventory: str  # name in the inventory: "openai", "other:<name>"
    kind: str  # sdk-call | http-call | framework-model | gateway-call
    api: str
    operation: str
    shape: CallShape | TypeShape | None = None
    wire: Wire | None = None  # HTTP: the operation of the vendor's API
    receiver: Value | None = None  # the object that the call is made on (client, session, model)
    callee: Value | None = None
    invocations: tuple[CallSite, ...] = ()
    url: str = ""  # HTTP: the URL with "\0" for unknown stretches
    billed: bool = True
    cap_applies: bool = True
    model: str = ""  # the model's id where a constant names it
    request: CallSite | None = (
        None  # HTTP through a general helper: the helper's own request; `site` is the helper's call
    )
    context: Context = ()  # binds the parameters between `request` and `site`
    wrapped: Made | None = None  # the client inside the receiver (`instructor.from_openai(client)`)
    wires: tuple[Wire, ...] = ()  # HTTP: of all vendors that the request may go to

    @property
    def at(self) -> Span:
        """Where the row stands."""
        return self.site.call.at

    @property
    def language(self) -> str:
        """The language: python | javascript (TypeScript too)."""
        return self.site.function.language

    @property
    def places(self) -> tuple[CallSite, ...]:
        """Where the request really happens: the invocations of a framework model, else the call itself."""
        return self.invocations or (self.site,)


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """An argument that plays a role: its expression and the scope to evaluate it in. `source` as in `Given`."""

    expr: s.Expr
    scope: FunctionInfo
    source: str = "argument"  # argument | client | wrapper | config | context
    call: s.Call | None = None  # the call whose argument it is
    value: Value | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One place to look for a setting: a call and the roles of its arguments."""

    call: s.Call
    scope: FunctionInfo
    parameters: tuple[dict[str, Parameter], ...]
    source: str  # argument | client
    context: Context = ()
    assumed: bool = False


def levels(raw: RawCall) -> tuple[Level, ...]:
    """Where a call's settings may stand, nearest first: its own arguments, then those that made its receiver, and so on."""
    site = raw.request or raw.site
    own = getattr(raw.shape, "parameters", {}) if raw.shape is not None else {}
    out = [Level(site.call, site.function, (dict(own),), "argument", raw.context)]
    receiver, wrapped = raw.receiver, raw.wrapped
    for _ in range(6):
        while isinstance(receiver, Member):
            receiver = receiver.base
        if not isinstance(receiver, Made):
            receiver, wrapped = wrapped, None
            if receiver is None:
                break
        parts = [dict(x.parameters) for x in (receiver.shape, receiver.type) if x is not None]
        context = (*raw.context, *receiver.context)
        out.append(Level(receiver.call, receiver.scope, tuple(parts), "client", context, receiver.assumed))
        receiver = receiver.receiver
    return tuple(out)


def outcomes(program: Program, raw: RawCall, role: str) -> Iterator[tuple[Level, str, Parameter, list[Outcome]]]:
    """What stands in each place of a role, nearest place first."""
    for level in levels(raw):
        for table in level.parameters:
            parameter = table.get(role)
            for path in paths_of(parameter, raw.language, program.versions) if parameter else ():
                assert parameter is not None  # noqa: S101 (narrowing)
                if level.assumed:
                    yield level, path, parameter, [Hidden("the client is made outside this code")]
                else:
                    yield level, path, parameter, look(program, level.call, level.scope, path, level.context)


def arguments(program: Program, raw: RawCall, role: str) -> tuple[Argument, ...]:
    """The arguments of a call that play a role of the catalog (`prompt`, `model`, `fallback`, `usage_sink`, `stream` ...).

    For a framework model the arguments of its invocations count as well (`prompt`: what is handed to `invoke`).
    """
    found: list[Argument] = []
    if role == "prompt":
        found = list(_written(program, raw, role))
    for level, _, _, ways in () if found else outcomes(program, raw, role):
        found += [Argument(w.expr, w.scope, level.source, level.call, w.value) for w in ways if isinstance(w, Found)]
    if raw.wire is not None and role in raw.wire.parameters:
        found += [Argument(w.expr, w.scope, "argument", None, w.value) for w in body_values(program, raw, role)]
    if raw.kind == "framework-model" and role == "prompt":
        for site in raw.invocations:
            found += [
                Argument(a.value, site.function, "argument", site.call) for a in site.call.args if a.name != "config"
            ]
    unique = {(id(a.expr), a.source): a for a in found}
    return tuple(unique.values())


def _written(program: Program, raw: RawCall, role: str) -> Iterator[Argument]:
    """The expressions that plainly stand in the place of a role. What a prompt says is followed elsewhere: not evaluated here."""
    for level in levels(raw)[:1]:
        for table in level.parameters:
            parameter = table.get(role)
            for path in paths_of(parameter, raw.language, program.versions) if parameter else ():
                first, *keys = path.split(".")
                given = _given(level.call, first)
                for key in keys:
                    entries = given.entries if isinstance(given, s.DictExpr) else ()
                    plain = all(e.key is not None for e in entries)
                    values = [e.value for e in entries if isinstance(e.key, s.Const) and e.key.value == key]
                    given = values[-1] if values and plain else None
                if given is not None and not (isinstance(given, s.Const) and given.value is None):
                    yield Argument(given, level.scope, level.source, level.call)


def _given(call: s.Call, name: str) -> s.Expr | None:
    """The argument of a name or place (`#0`), where no unpacked value may stand in its stead."""
    if name.startswith("#") and name[1:].isdigit():
        positional = [a for a in call.args if a.name is None]
        before = positional[: int(name[1:]) + 1]
        return before[-1].value if len(before) > int(name[1:]) and not any(a.spread for a in before) else None
    return next((a.value for a in call.args if a.name == name and not a.spread), None)


def body_values(program: Program, raw: RawCall, role: str) -> list[Found]:
    """What the JSON body of an HTTP call holds for a role."""
    return [o for ways in body_outcomes(program, raw, role).values() for o in ways if isinstance(o, Found)]


def body_outcomes(program: Program, raw: RawCall, role: str) -> dict[str, list[Outcome]]:
    """What stands under the keys of the JSON body that play a role: one outcome for each form the body may have."""
    keys = [
        key
        for wire in raw.wires or ((raw.wire,) if raw.wire else ())
        if role in wire.parameters
        for key in paths_of(wire.parameters[role], raw.language, program.versions)
    ]
    out: dict[str, list[Outcome]] = {}
    level = levels(raw)[0]
    for table in level.parameters:
        body = table.get("body")
        for place in paths_of(body, raw.language, program.versions) if body else ():
            whole = look(program, level.call, level.scope, place, level.context)
            ways = [
                _best([o for key in keys for o in inside(program, way, key, level.context)])
                for way in whole
                if isinstance(way, Found)
            ]
            if ways and keys:
                out[f"{place}.{keys[0]}"] = ways
    return out


def _best(ways: list[Outcome]) -> Outcome:
    """One body holds the value under one of its names."""
    for kind in (Found, Hidden):
        found = next((w for w in ways if isinstance(w, kind)), None)
        if found is not None:
            return found
    return ways[0] if ways else MISSING


def role_texts(program: Program, raw: RawCall, role: str) -> list[str]:
    """What a role's value may read, from the nearest place that gives it."""
    for _, _, _, ways in outcomes(program, raw, role):
        found = [
            t for w in ways if isinstance(w, Found) for t in texts(program, w.value, raw.context, path=raw.at.path)
        ]
        if found:
            return found
    return []

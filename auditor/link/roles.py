"""Where a catalog role (`output_cap`, `timeout`, `url` ...) stands in the arguments of a call, and what stands there.

An answer is a list of outcomes, one for each way the value may come about (each caller of a wrapper, each branch):
`Found`, `MISSING` (surely not given), `OFF` (given as "none") or `Hidden` (something that cannot be read may hold it).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from auditor.catalog.index import applies
from auditor.lazily import dataclass, regex
from auditor.link import library
from auditor.link.values import (
    Compound,
    DictValue,
    Env,
    External,
    Instance,
    Known,
    ListValue,
    Made,
    Member,
    ParamValue,
    Text,
    Unknown,
    Value,
    alternatives,
)
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.catalog.schema import Parameter
    from auditor.link.code import FunctionInfo
    from auditor.link.program import Program

Context = tuple[tuple["FunctionInfo", s.Call, "FunctionInfo"], ...]

_MAX_OUTCOMES = 24
_MAX_DEPTH = 7


@dataclass(frozen=True, slots=True)
class Found:
    """A value in its place. `maybe`: set on some paths only. `call`: whose argument it is; `wrapper`: from a caller."""

    value: Value
    expr: s.Expr
    scope: FunctionInfo
    maybe: bool = False
    wrapper: bool = False
    path: str = ""


@dataclass(frozen=True, slots=True)
class Hidden:
    """Something that cannot be read may hold the value."""

    why: str


@dataclass(frozen=True, slots=True)
class Missing:
    """Surely not given (`off`: given, but as "none")."""

    off: bool = False


_TEXT_NAME = regex(r"(?i)(prompt|text|message|question|query|msg|contents?)$")
MISSING = Missing()
OFF = Missing(off=True)
Outcome = Found | Hidden | Missing


def resolve(
    program: Program, value: Value, context: Context, depth: int = 0, seen: frozenset[tuple[object, str]] = frozenset()
) -> list[tuple[Value, bool]]:
    """The alternatives of a value with parameters replaced by what callers give; (value, it came from a caller)."""
    out: list[tuple[Value, bool]] = []
    for one in alternatives(value):
        if isinstance(one, ParamValue):
            out += _from_callers(program, one, context, depth, seen)
        else:
            out.append((one, False))
        if len(out) > _MAX_OUTCOMES:
            break
    return out[:_MAX_OUTCOMES]


def _from_callers(
    program: Program, value: ParamValue, context: Context, depth: int, seen: frozenset[tuple[object, str]]
) -> list[tuple[Value, bool]]:
    key = (value.function, value.name)
    if depth >= _MAX_DEPTH or key in seen:
        return [(Unknown("parameter"), True)]
    seen = seen | {key}
    bound = next((c for c in reversed(context) if c[0] is value.function), None)
    if bound is not None:
        given: list[Value] = [program.argument(value, bound[1], bound[2])]
    else:
        given = [v for v, _ in program.argument_values(value.function, value.name)]
    if not given or all(isinstance(v, Unknown) for v in given):
        given = [program.annotated(value.function, value.name)]
    out: list[tuple[Value, bool]] = []
    for one in given:
        out += [(v, True) for v, _ in resolve(program, one, context, depth + 1, seen)]
        if len(out) > _MAX_OUTCOMES:
            break
    if value.present:
        out = [(v, w) for v, w in out if not (isinstance(v, Known) and v.value is None)]
    return list(dict.fromkeys(out))[:_MAX_OUTCOMES]


def look(program: Program, call: s.Call, scope: FunctionInfo, path: str, context: Context = ()) -> list[Outcome]:
    """What stands at an argument path of a call."""
    if path.startswith("="):
        set_to = program.assigned(path[1:], scope)
        return [_final(v, call, scope, True, False) for one in set_to for v, _ in resolve(program, one, context)] or [
            MISSING
        ]
    first, *keys = path.split(".")
    if first.startswith("#") and first[1:].isdigit():
        return _positional(program, call, scope, int(first[1:]), keys, context)
    for arg in call.args:
        if arg.name == first and not arg.spread:
            return _descend(program, program.within(arg.value, scope, context), arg.value, scope, keys, context, 0)
    return _in_mappings(program, call, scope, first, keys, context)


def _positional(
    program: Program, call: s.Call, scope: FunctionInfo, index: int, keys: Sequence[str], context: Context
) -> list[Outcome]:
    positional = [a for a in call.args if a.name is None and a.spread != "dict"]
    for i, arg in enumerate(positional[: index + 1]):
        if arg.spread == "list":
            value = program.within(arg.value, scope, context)
            if isinstance(value, ListValue) and not value.open:
                inner = index - i
                if inner < len(value.items):
                    return _descend(program, value.items[inner], arg.value, scope, keys, context, 0)
                return [MISSING]
            return [Hidden("arguments are unpacked from a list")]
    if index >= len(positional):
        return [MISSING]
    arg = positional[index]
    value = program.within(arg.value, scope, context)
    if keys and _is_text(program, arg.value, value, context):
        return [MISSING]
    return _descend(program, value, arg.value, scope, keys, context, 0)


def _is_text(program: Program, expr: s.Expr, value: Value, context: Context) -> bool:
    """`generateContent(prompt)`: what is called a text and known to be nothing else holds no settings."""
    if not isinstance(expr, s.Name) or not _TEXT_NAME.search(expr.id):
        return False
    return not any(isinstance(v, (DictValue, Instance)) for v, _ in resolve(program, value, context))


def _in_mappings(
    program: Program, call: s.Call, scope: FunctionInfo, name: str, keys: Sequence[str], context: Context
) -> list[Outcome]:
    out: list[Outcome] = []
    for arg in call.args:
        if arg.spread == "dict":
            value = program.within(arg.value, scope, context)
            here = _descend(program, value, arg.value, scope, [name, *keys], context, 0)
            if all(isinstance(o, Found) for o in here):
                return here
            if any(not isinstance(o, Missing) or o.off for o in here):  # a mapping without it takes nothing away
                out += here
    if any(isinstance(o, (Found, Hidden)) for o in out):
        return out[:_MAX_OUTCOMES]
    return [MISSING]


def _descend(
    program: Program,
    value: Value,
    expr: s.Expr,
    scope: FunctionInfo,
    keys: Sequence[str],
    context: Context,
    depth: int,
    maybe: bool = False,
) -> list[Outcome]:
    out: list[Outcome] = []
    if depth > _MAX_DEPTH:
        return [Hidden("nested too deeply")]
    ways = resolve(program, value, context, depth)
    texty = bool(keys) and any(
        isinstance(v, Text) or (isinstance(v, Known) and isinstance(v.value, str)) for v, _ in ways
    )
    for one, wrapper in ways:
        one = program.default_of(one)
        if texty and isinstance(one, (Unknown, Compound, Member, ParamValue)):
            out.append(MISSING)  # what may be a text elsewhere is no mapping here
            continue
        if isinstance(one, Made) and one.symbol in library.CLIENT_WRAPPERS and one.call.args:
            inner = program.within(one.call.args[0].value, one.scope, context + one.context)
            out += _descend(
                program, inner, one.call.args[0].value, one.scope, keys, context + one.context, depth + 1, maybe
            )
        elif not keys:
            out.append(_final(one, expr, scope, maybe, wrapper))
        else:
            out += _into(program, one, expr, scope, keys, context, depth, maybe)
        if len(out) > _MAX_OUTCOMES:
            break
    return out[:_MAX_OUTCOMES] or [MISSING]


def _final(value: Value, expr: s.Expr, scope: FunctionInfo, maybe: bool, wrapper: bool) -> Outcome:
    if isinstance(value, Known) and value.value is None:
        return OFF
    return Found(value, expr, scope, maybe, wrapper)


def _into(
    program: Program,
    value: Value,
    expr: s.Expr,
    scope: FunctionInfo,
    keys: Sequence[str],
    context: Context,
    depth: int,
    maybe: bool,
) -> list[Outcome]:
    key, rest = keys[0], keys[1:]
    match value:
        case DictValue():
            return _from_dict(program, value, expr, scope, keys, context, depth, maybe)
        case Made():
            return _from_made(program, value, keys, context, depth)
        case Instance():
            inner = program.member(value, key, scope)
            if isinstance(inner, Unknown):
                return [Hidden("an attribute that could not be found")]
            return _descend(program, inner, expr, scope, rest, context, depth + 1, maybe)
        case ListValue(items=items) if key.startswith("#") or key.isdigit():
            index = int(key.lstrip("#"))
            if index < len(items):
                return _descend(program, items[index], expr, scope, rest, context, depth + 1, maybe)
            return [Hidden("a list of unknown length")] if value.open else [MISSING]
        case Known(value=None):
            return [MISSING]
        case Known() | Text() | ListValue() | Env():
            return [MISSING]
        case External() | Member() | Compound() | Unknown() | ParamValue():
            return [Hidden("a value that the code does not spell out")]
        case _:
            return [Hidden("a value that the code does not spell out")]


def _from_dict(
    program: Program,
    value: DictValue,
    expr: s.Expr,
    scope: FunctionInfo,
    keys: Sequence[str],
    context: Context,
    depth: int,
    maybe: bool,
) -> list[Outcome]:
    pairs = [e for e in value.entries if e.key == keys[0]]
    if not pairs:
        return [Hidden("a mapping with unknown keys")] if value.open else [MISSING]
    pair = pairs[-1]
    out: list[Outcome] = []
    used = pairs if pair.maybe else [pair]
    for one in used[-4:]:
        at, holder = one.at or expr, one.scope or scope
        out += _descend(program, one.value, at, holder, keys[1:], context, depth + 1, maybe or one.maybe)
    return out


def _from_made(program: Program, made: Made, keys: Sequence[str], context: Context, depth: int) -> list[Outcome]:
    inner_context = (*context, *made.context)
    out = look(program, made.call, made.scope, ".".join(keys), inner_context)
    if all(o is MISSING for o in out):
        if made.language == "javascript" and made.call.args and not keys[0].startswith("#"):
            out = look(program, made.call, made.scope, ".".join(["#0", *keys]), inner_context)
            if not all(o is MISSING for o in out):
                return out
        last = made.symbol.rpartition(".")[2].rpartition(":")[2]
        constructor = last[:1].isupper() or made.type is not None or made.call.new
        if made.assumed or not constructor:
            return [Hidden("a value that the code does not spell out")]
    return out


def plain(program: Program, call: s.Call, scope: FunctionInfo, path: str) -> Value | None:
    """The value at an argument path as it is written, parameters unresolved; None where it is not plainly there."""
    if path.startswith("="):
        return None
    first, *keys = path.split(".")
    positional = [a for a in call.args if a.name is None]
    if first.startswith("#"):
        index = int(first[1:])
        arg = positional[index] if index < len(positional) else None
    else:
        arg = next((a for a in call.args if a.name == first), None)
    if arg is None or arg.spread:
        return None
    value = program.evaluate(arg.value, scope)
    if not keys:
        return value
    for one in alternatives(value):
        if isinstance(one, Made):
            return plain(program, one.call, one.scope, ".".join(keys))
        if isinstance(one, DictValue) and len(keys) == 1:
            pair = one.get(keys[0])
            return pair.value if pair else None
    return None


def inside(program: Program, way: Found, path: str, context: Context = ()) -> list[Outcome]:
    """What stands under a key path of a value that was found."""
    return _descend(program, way.value, way.expr, way.scope, path.split("."), context, 1, way.maybe)


def paths_of(parameter: Parameter, language: str, versions: Mapping[str, str]) -> tuple[str, ...]:
    """The argument paths of a role that hold for the installed versions."""
    found = parameter.paths.get(language) or parameter.paths.get("") or ()
    return tuple(p.path for p in found if applies(p.when, versions) is not False)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """One outcome for all ways: missing if one way lacks it, hidden if one way cannot be read, else the first found."""
    known = list(outcomes)
    for kind in (Missing, Hidden):
        first = next((o for o in known if isinstance(o, kind)), None)
        if first is not None:
            return first
    return known[0] if known else MISSING


def texts(program: Program, value: Value, context: Context = (), depth: int = 0, path: str = "") -> list[str]:
    r"""What a value may read as a text, with "\0" for unknown stretches; at most eight readings.

    `path`: the file that uses it, for what its program puts into the environment.
    """
    out: list[str] = []
    for one, _ in resolve(program, value, context):
        match one:
            case Known(value=str(text)):
                out.append(text)
            case Env(name=name, default=default):
                given = configured(program, name, path)
                if given:
                    out.append(given)
                elif default is not None and depth < 4:
                    out += texts(program, default, context, depth + 1, path)
                else:
                    out.append("\0")
            case Text(parts=parts) if depth < 4:
                out += _readings(program, parts, context, depth, path)
            case Made(call=call, scope=scope) if one.symbol in library.PASSES_TEXT and call.args and depth < 4:
                out += texts(program, program.evaluate(call.args[0].value, scope), context, depth + 1, path)
            case Known():
                continue
            case External(symbol=symbol) if symbol in library.OWN_ADDRESS:
                out.append("")  # what follows is a path of the site that serves this code
            case _:
                out += _configured(program, one, depth) or ["\0"]
        if len(out) >= 8:
            break
    return list(dict.fromkeys(out))[:8]


def configured(program: Program, name: str, path: str) -> str:
    """What the repository gives to an environment variable: its templates and configuration, or the code itself."""
    given = program.environment.get(name, "")
    if not given and path:
        match program.exported(name, path):
            case Known(value=str(given)):
                pass
            case _:
                return ""
    return given


def _configured(program: Program, value: Value, depth: int) -> list[str]:
    """What a value out of a configuration file reads (`yaml.safe_load(f)["llm"]["base_url"]`), by the name it has there."""
    match value:
        case Member(base=Made(symbol=symbol), path=path) if symbol in library.LOADS_SETTINGS:
            given = program.environment.get(path[-1])
            return [given] if given else []
        case Made(call=call, scope=scope) if _gets_setting(value):
            for name in setting_names(program, value) if depth < 3 else ():
                if name in program.environment:
                    return [program.environment[name]]
            fallback = call.args[-1] if len(call.args) > 1 else None
            if fallback is not None and fallback.name in (None, "default", "fallback") and depth < 3:
                return texts(program, program.evaluate(fallback.value, scope), (), depth + 2)
        case _:
            pass
    return []


def setting_names(program: Program, value: Value) -> Iterator[str]:
    """The names that a value has in the configuration file that it is out of."""
    match value:
        case Member(base=Made(symbol=symbol), path=path) if symbol in library.LOADS_SETTINGS:
            yield path[-1]
        case Made(call=call, scope=scope) if _gets_setting(value):
            for arg in [a for a in call.args if a.name is None][:2]:
                yield from texts(program, program.evaluate(arg.value, scope), (), 2)
        case _:
            pass


def _gets_setting(value: Made) -> bool:
    """Whether it is a `config.get(…)`."""
    holder = value.receiver.base if isinstance(value.receiver, Member) else value.receiver
    asked = value.symbol.endswith(".get") and bool(value.call.args)
    return asked and isinstance(holder, Made) and holder.symbol in library.LOADS_SETTINGS


def _readings(program: Program, parts: Sequence[str | Value], context: Context, depth: int, path: str) -> list[str]:
    rows = [""]
    for part in parts:
        more = [part] if isinstance(part, str) else (texts(program, part, context, depth + 1, path) or ["\0"])
        rows = [r + m for r in rows for m in more][:8]
    return rows

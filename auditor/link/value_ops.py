"""Operations on abstract values that ask nothing of the program: texts, numbers, choices among bindings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from auditor.link.code import FunctionInfo
from auditor.link.names import END, Binding, Position, Table, dotted
from auditor.link.values import (
    Compound,
    DictValue,
    Env,
    External,
    Known,
    ListValue,
    ParamValue,
    Text,
    Unknown,
    Value,
    alternatives,
)
from auditor.model import syntax as s

MAX_ITEMS = 48

MAX_TEXT = 2000


def destinations(call: s.Call, named: dict[str, s.Expr]) -> set[str]:
    """The attributes under which `add_argument("--max-tokens", "-m", dest=…)` leaves its value."""
    dest = named.get("dest")
    if isinstance(dest, s.Const):
        return {str(dest.value)}
    flags = [a.value.value for a in call.args if a.name is None and isinstance(a.value, s.Const)]
    return {str(f).lstrip("-").replace("-", "_") for f in flags}


def param_of(function: FunctionInfo, name: str) -> s.Param | None:
    """The parameter of a function by name."""
    if function.definition is None:
        return None
    params = function.definition.params
    if name.startswith("#"):
        return params[int(name[1:])] if int(name[1:]) < len(params) else None
    return next((p for p in params if p.name == name), None)


def is_classmethod(definition: s.FunctionDef) -> bool:
    """Whether a method gets the class, not an object."""
    return any(dotted(d).rpartition(".")[2] == "classmethod" for d in definition.decorators) or (
        definition.name in ("__new__", "__init_subclass__", "__class_getitem__")
    )


def pick_bindings(found: list[Binding], at: Position, table: Table, here: bool) -> list[Binding]:
    """The bindings that a use at a position may see."""
    if len(found) == 1:
        return found if not found[0].scoped or found[0].block.holds(at) else []
    usable = [b for b in found if not b.scoped or b.block.holds(at)]
    if not usable:
        return []
    if any(b.expr is not None for b in usable):  # `let body: Body;` says nothing that an assignment does not
        usable = [b for b in usable if b.expr or b.function or b.cls or b.param or b.module]
    if not here:
        at = END
    before = [b for b in usable if b.at <= at]
    later = [
        b
        for b in usable
        if b.at > at and ((b.block.loop is not None and b.block.loop.holds(at)) or b.function or b.cls)
    ]
    killer = None
    for i, b in enumerate(before):
        inside = b.block.holds(at) if here else b.block is table.block and b.scope in (before[0].scope, b.scope)
        if inside and not b.augmented:
            killer = i
    if killer is not None:
        before = (
            before[killer:] if here else [b for i, b in enumerate(before) if i >= killer or b.block is not table.block]
        )
    picked = before + later if here else before
    picked = picked or usable
    plain = [b for b in picked if not b.augmented]
    return plain or picked


def reopened(values: list[Value]) -> list[Value]:
    """What a variable holds that other code replaces: beside what is not all known, no mapping says what is missing."""
    every = [v for value in values for v in alternatives(value)]
    if len(every) < 2 or not any(_is_part_known(v) for v in every):
        return values
    return [replace(v, open=True) if isinstance(v, DictValue) else v for v in every]


def _is_part_known(value: Value) -> bool:
    return isinstance(value, (Unknown, ParamValue, Compound)) or (isinstance(value, DictValue) and value.open)


def name_not_none(test: s.Expr, holds: bool) -> str:
    """What is surely not None where a test holds, or where it does not; "" if nothing is."""
    match test:
        case s.Unary(op="not" | "!", operand=operand):
            return name_not_none(operand, not holds)
        case s.Binary(op=op, left=left, right=s.Const(value=None)):
            there = op in ("is not", "!=", "!==")
            return dotted(left) if (there and holds) or (op in ("is", "==", "===") and not holds) else ""
        case s.Name() | s.Attr():
            return dotted(test) if holds else ""
        case _:
            return ""


def without_nothing(value: Value) -> Value:
    """The value where it surely is something: a parameter that was tested."""
    return replace(value, present=True) if isinstance(value, ParamValue) else value


def known_alternatives(value: Value) -> tuple[Value, ...]:
    """The alternatives but None; a value that is None alone stays."""
    every = alternatives(value)
    return tuple(v for v in every if not (isinstance(v, Known) and v.value is None)) or every


def is_vague(value: Value) -> bool:
    """Whether nothing is known of a value, or that it is None."""
    return all(
        isinstance(v, (Unknown, Compound)) or (isinstance(v, Known) and v.value is None) for v in alternatives(value)
    )


def is_texty(value: Value) -> bool:
    """Whether a value is a text, as far as that can be told."""
    return (
        isinstance(value, Text)
        or (isinstance(value, Known) and isinstance(value.value, str))
        or isinstance(value, Env)
        or (
            any(isinstance(v, (Text, Known, Env)) and is_texty(v) for v in alternatives(value))
            if alternatives(value) != (value,)
            else False
        )
    )


def is_pathlike(value: Value) -> bool:
    """Whether `/` joins paths here."""
    return is_texty(value)


def joined_text(parts: Iterable[Value]) -> Value:
    """The text that some parts give one after the other; what is not known stays a part."""
    out: list[str | Value] = []
    size = 0
    for part in parts:
        inner: tuple[str | Value, ...]
        if isinstance(part, Text):
            inner = part.parts
        elif isinstance(part, Known):
            inner = ("" if part.value is None else str(part.value),)
        else:
            inner = (part,)
        for one in inner:
            if isinstance(one, str):
                size += len(one)
                if out and isinstance(out[-1], str):
                    out[-1] += one
                elif one:
                    out.append(one)
            else:
                out.append(one)
        if size > MAX_TEXT or len(out) > 40:
            out.append(Unknown("long text"))
            break
    if all(isinstance(p, str) for p in out):
        return Known("".join(str(p) for p in out))
    return Text(tuple(out))


def percent_format(left: Value, right: Value) -> Value:
    """`left % right`."""
    if not (isinstance(left, Known) and isinstance(left.value, str)):
        return left
    values = list(right.items) if isinstance(right, ListValue) else [right]
    out: list[Value] = []
    rest = left.value[:MAX_TEXT]
    while "%s" in rest:
        head, _, rest = rest.partition("%s")
        out += [Known(head), values.pop(0) if values else Unknown("format")]
    return joined_text((*out, Known(rest)))


def plain_method(text: str, name: str, args: list[Value]) -> str:
    """What a method of a known text gives."""
    plain = [a.value for a in args if isinstance(a, Known) and isinstance(a.value, str)]
    match name:
        case "strip" | "trim":
            return text.strip(plain[0] if plain else None)
        case "rstrip" | "trimEnd":
            return text.rstrip(plain[0] if plain else None)
        case "lstrip" | "trimStart":
            return text.lstrip(plain[0] if plain else None)
        case "lower" | "toLowerCase":
            return text.lower()
        case "upper" | "toUpperCase":
            return text.upper()
        case "removesuffix" if plain:
            return text.removesuffix(plain[0])
        case "removeprefix" if plain:
            return text.removeprefix(plain[0])
        case "replace" if len(plain) == 2 and plain[0]:
            return text.replace(plain[0], plain[1])
    return text


def converted(symbol: str, value: Value) -> Value:
    """`int(x)`, `str(x)` and their like."""
    if isinstance(value, Known) and isinstance(value.value, (str, int, float)):
        try:
            if symbol == "str":
                return Known(str(value.value), value.at)
            if symbol in ("int", "global:parseInt"):
                return Known(int(float(value.value)), value.at)
            return Known(float(value.value), value.at)
        except (ValueError, OverflowError):
            return Unknown("conversion")
    if isinstance(value, Env) and value.default is not None:
        return replace(value, default=converted(symbol, value.default))
    return value


def unary(op: str, value: Value) -> Value:
    """`-x`, `not x` and their like."""
    if isinstance(value, Known) and isinstance(value.value, (int, float)):
        if op == "-":
            return Known(-value.value)
        if op == "+":
            return value
    if op == "await":
        return value
    return Unknown("operator")


def arithmetic(op: str, left: Any, right: Any) -> str | int | float | None:
    """What an operator gives for two known operands; None where that is not told."""
    if isinstance(left, str) or isinstance(right, str):
        if op == "+" and left is not None and right is not None and len(str(left)) + len(str(right)) < MAX_TEXT:
            return str(left) + str(right)
        return None
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        return None
    try:
        match op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right if abs(left) < 1e15 and abs(right) < 1e15 else None
            case "/":
                return left / right
            case "//":
                return left // right
            case "%":
                return left % right
            case "**":
                return left**right if abs(left) < 1000 and 0 <= right < 20 else None
            case _:
                pass
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return None


def external_member(symbol: str, name: str, language: str) -> Value:
    """A member of a module or object of external code."""
    if language == "python":
        if symbol == "os.environ" and name not in (
            "get",
            "pop",
            "setdefault",
            "copy",
            "items",
            "update",
            "keys",
            "values",
        ):
            return Env(name)
        if symbol in ("streamlit.secrets",):
            return External(f"{symbol}.get") if name == "get" else Env(name)
        return External(f"{symbol}.{name}")
    if symbol in ("global:process.env", "global:import.meta.env", "global:Bun.env", "process:env", "node:process:env",
                  "$env/dynamic/private:env", "$env/dynamic/public:env"):  # fmt: skip
        return Env(name)
    if symbol.endswith(":*"):
        return External(f"{symbol[:-1]}{name}", language)
    if symbol.startswith(("$env/static/", "@env:")) and symbol.endswith(":"):
        return Env(name)
    if symbol == "global:globalThis" or symbol == "global:window":
        return External(f"global:{name}", language)
    return External(f"{symbol}.{name}", language)

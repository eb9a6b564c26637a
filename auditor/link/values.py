"""Abstract values: what an expression may evaluate to, as far as the code says it without running.

A value is one of the classes below, or `OneOf` several of them (at most `MAX_ALTERNATIVES`). The lattice is small on
purpose: it distinguishes what linking asks about (constants, texts with holes, containers, functions, classes, objects
made by SDKs) and says `Unknown` with a reason for everything else. Values hold syntax nodes, so they are meaningful
within one `Program` only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING

from auditor.model.record import by_value

if TYPE_CHECKING:
    from auditor.catalog.schema import CallShape, TypeShape
    from auditor.link.code import ClassInfo, FunctionInfo
    from auditor.model.syntax import Call, Expr

MAX_ALTERNATIVES = 24
_MANY_PAIRS = 120  # entries of a mapping from which they are gone through
_MAX_PAIRS = 400
_MAX_OF_KEY = 6  # possible values of one key
MAX_CLASSES = 64  # objects and functions of the repository: a factory may know many providers


@by_value
class Value:
    """Any abstract value."""


@by_value
class Unknown(Value):
    """Cannot be told; `why` is one clause."""

    why: str = ""


@by_value
class Known(Value):
    """A constant. `None` also stands for JS null and undefined."""

    value: str | int | float | bool | bytes | None
    at: Expr | None = field(default=None, compare=False, repr=False)  # where the constant stands


@by_value
class Text(Value):
    """A text with unknown stretches: constants and the values of the holes, in order."""

    parts: tuple[str | Value, ...]

    def render(self, hole: str = "\0") -> str:
        """The text with every unknown stretch replaced by `hole`."""
        return "".join(p if isinstance(p, str) else hole for p in self.parts)

    def __hash__(self) -> int:
        """Shallow, because values nest and are put into sets often."""
        return hash(tuple(p for p in self.parts if isinstance(p, str)))


@by_value
class ListValue(Value):
    """A list, tuple, set or array. `open`: it may hold more than `items` says (spreads, appends, comprehensions)."""

    items: tuple[Value, ...]
    open: bool = False

    def __hash__(self) -> int:
        """Shallow, because values nest and are put into sets often."""
        return hash((ListValue, len(self.items), self.open))


@by_value
class Pair:
    """One entry of a `DictValue`. `maybe`: it is set on some paths only. `at` is the expression of the value."""

    key: str
    value: Value
    at: Expr | None = field(default=None, compare=False, repr=False)
    scope: FunctionInfo | None = field(default=None, compare=False, repr=False)
    maybe: bool = False


@by_value
class DictValue(Value):
    """A mapping or plain object. `open`: it may have keys that `entries` does not name."""

    entries: tuple[Pair, ...] = ()
    open: bool = False

    def get(self, key: str) -> Pair | None:
        """The last entry with this key."""
        return next((e for e in reversed(self.entries) if e.key == key), None)

    def __hash__(self) -> int:
        """Shallow, because values nest and are put into sets often."""
        return hash(tuple(e.key for e in self.entries))


@by_value
class FunctionValue(Value):
    """A function of the repository; `bound` is the object it was taken from (a method). `partial` holds bound arguments."""

    function: FunctionInfo
    bound: Value | None = None
    partial: tuple[tuple[Call, FunctionInfo], ...] = ()


@by_value
class ClassValue(Value):
    """A class of the repository."""

    cls: ClassInfo


@by_value
class Instance(Value):
    """An object of a class of the repository. `call`/`scope`: the constructor's call where one is known."""

    cls: ClassInfo
    call: Call | None = field(default=None, repr=False)
    scope: FunctionInfo | None = field(default=None, repr=False)

    def __hash__(self) -> int:
        """Shallow, because values nest and are put into sets often."""
        return hash((id(self.cls), id(self.call)))


@by_value
class ModuleValue(Value):
    """A module of the repository, or a Python package folder that has no `__init__.py` (`path` is then the folder)."""

    path: str


@by_value
class External(Value):
    """Something imported from outside the repository, by its symbol (`openai.OpenAI`, `openai:default`, `global:fetch`)."""

    symbol: str
    language: str = "python"


@by_value
class Made(Value):
    """What a call of external code gave: an object of an SDK (`type` is set) or the result of any other external call.

    The arguments are those of `call`, to be evaluated in `scope`. `receiver` is the object that the method was called
    on, so that settings can be looked up outwards. `wrapped`: for a method call that returns the receiver itself.
    """

    symbol: str  # of what was called: "openai.OpenAI", or the member path for a method of a receiver
    call: Call = field(repr=False)
    scope: FunctionInfo = field(repr=False)
    language: str = "python"
    type: TypeShape | None = field(default=None, compare=False, repr=False)
    shape: CallShape | None = field(
        default=None, compare=False, repr=False
    )  # the catalog call that gave it, if one did
    receiver: Value | None = None
    context: tuple[tuple[FunctionInfo, Call, FunctionInfo], ...] = field(default=(), compare=False, repr=False)
    """The calls it was returned through: (function, its call, the call's scope); they bind that function's parameters."""
    assumed: bool = False  # known by a type annotation only: the constructor was not seen

    def __hash__(self) -> int:
        """Shallow, because values nest and are put into sets often."""
        return hash((self.symbol, id(self.call)))


@by_value
class Member(Value):
    """An attribute path of a made object: `client.chat.completions` is Member(client, ("chat", "completions"))."""

    base: Value
    path: tuple[str, ...]


@by_value
class Env(Value):
    """An environment variable, with the default the code gives (None: none)."""

    name: str
    default: Value | None = None


@by_value
class ParamValue(Value):
    """A parameter whose value only the callers know; `Program.argument_values` asks them.

    `present`: seen where it is surely not None (`x or 1`, after `if x is None: x = 1`).
    """

    function: FunctionInfo
    name: str
    present: bool = False


@by_value
class Super(Value):
    """`super()` in a method of a class: its attributes are those of the classes after it."""

    cls: ClassInfo


@by_value
class Compound(Value):
    """An expression that combines values in a way that is not modelled (`prompt | llm`); asked for what it contains."""

    expr: Expr = field(repr=False)
    scope: FunctionInfo


@by_value
class OneOf(Value):
    """One of several values, each once, none of them a OneOf."""

    options: tuple[Value, ...]


NOTHING = Known(None)


def alternatives(value: Value) -> tuple[Value, ...]:
    """The values that `value` may be: itself, or the options of a OneOf."""
    return value.options if isinstance(value, OneOf) else (value,)


def mapping(pairs: list[Pair], is_open: bool) -> DictValue:
    """The mapping with these entries, later ones over earlier ones; where they are many, without those that count no more.

    Mappings that are put into each other, each of several possible ones, would else double with every step.
    """
    if len(pairs) <= _MANY_PAIRS:
        return DictValue(tuple(pairs), is_open)
    by_key: dict[str, list[Pair]] = {}
    for pair in pairs:
        held = by_key.setdefault(pair.key, [])
        if not pair.maybe:
            held.clear()
        if any(pair.value is other.value for other in held):
            continue
        if len(held) < _MAX_OF_KEY:
            held.append(pair)
        else:
            is_open = True
    kept = [pair for held in by_key.values() for pair in held]
    return DictValue(tuple(kept[:_MAX_PAIRS]), is_open or len(kept) > _MAX_PAIRS)


def join(values: Iterable[Value]) -> Value:
    """The least value that covers all: duplicates are dropped; more than `MAX_ALTERNATIVES` are cut, with an Unknown."""
    flat: list[Value] = []
    for value in values:
        if isinstance(value, OneOf):
            flat += value.options
        else:
            flat.append(value)
    if len(flat) == 1:
        return flat[0]
    if not flat:
        return Unknown("no value found")
    options = tuple(dict.fromkeys(flat))
    if len(options) > MAX_ALTERNATIVES:
        for count, value in enumerate(options, 1):
            if count > (MAX_CLASSES if isinstance(value, (Instance, ClassValue, FunctionValue)) else MAX_ALTERNATIVES):
                return OneOf((*options[: count - 2], Unknown("too many possible values")))
    return options[0] if len(options) == 1 else OneOf(options)


def is_opaque(value: Value) -> bool:
    """Whether nothing is known of a value that would tell what its members are."""
    match value:
        case Unknown() | Compound() | ParamValue():
            return True
        case Member(base=base):
            return is_opaque(base)
        case Made(symbol=symbol, type=None):
            return symbol.startswith("?")
        case _:
            return False


def spelled(value: Value) -> str:
    """How a value of external code is called: `fastapi.FastAPI().get` for `app.get`; "" for anything else."""
    match value:
        case External(symbol=symbol):
            return symbol
        case Made(symbol=symbol):
            return f"{symbol}()"
        case Member(base=base, path=path):
            start = spelled(base)
            return f"{start}.{'.'.join(path)}" if start else ""
        case _:
            pass
    return ""

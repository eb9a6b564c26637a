"""Dataclasses and patterns that are made when they are first used: the program has hundreds, and a run needs some of them.

The standard library writes and compiles the methods of a dataclass when the class is defined, half a millisecond each,
and a pattern when its module is imported. Together that was half the time of a small audit.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, NoReturn, cast

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, order=False, unsafe_hash=False):
        """As `dataclasses.dataclass`, with methods that are made when they are first called. No `InitVar`."""
        if cls is None:
            return lambda cls: _later(cls, frozen, slots, eq, order, unsafe_hash)
        return _later(cls, frozen, slots, eq, order, unsafe_hash)


_ORDER = ("__lt__", "__le__", "__gt__", "__ge__")
_OPERATORS = dict(zip(("__eq__", *_ORDER), ("==", "<", "<=", ">", ">="), strict=True))


def _later(cls: type, frozen: bool, slots: bool, eq: bool, order: bool, unsafe_hash: bool) -> type:
    own = set(vars(cls))
    if cls.__doc__ is None:
        cls.__doc__ = cls.__name__  # else the signature is looked for, to be put here
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
    wanted = ["__init__", "__repr__", *(["__eq__"] if eq else []), *(_ORDER if order else ())]
    if "__eq__" in own and vars(cls)["__hash__"] is None:
        own.discard("__hash__")  # Python's doing, nobody wrote it
    if eq and "__hash__" not in own:
        if frozen or unsafe_hash:
            wanted.append("__hash__")
        else:
            made.__hash__ = None
    for name in wanted:
        if name not in own:
            setattr(made, name, _stub(made, name, frozen))
    if frozen:
        made.__setattr__ = made.__delattr__ = _refuse
        if slots:
            made.__getstate__, made.__setstate__ = _state, _restore
    return cast("type", made)


def _stub(cls: type, name: str, frozen: bool) -> Any:
    """A method that puts the real one in its own place when it is first called."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        rows = dataclasses.fields(cls)
        real = _init(cls, rows, frozen) if name == "__init__" else _method(cls, name, rows)
        setattr(cls, name, real)
        return real(self, *args, **kwargs)

    method.__name__ = name
    return method


def _init(cls: type, rows: tuple[dataclasses.Field[Any], ...], frozen: bool) -> Any:
    known: dict[str, Any] = {"_set": object.__setattr__, "_new": object()}
    positional: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for f in rows:
        spelled, value = f.name, f.name
        if f.default_factory is not dataclasses.MISSING:
            known[f"_make_{f.name}"] = f.default_factory
            spelled += "=_new"
            value = f"_make_{f.name}() if {f.name} is _new else {f.name}" if f.init else f"_make_{f.name}()"
        elif f.default is not dataclasses.MISSING:
            known[f"_default_{f.name}"] = f.default
            spelled += f"=_default_{f.name}"
            value = f.name if f.init else f"_default_{f.name}"
        elif not f.init:
            continue
        if f.init:
            (named if f.kw_only is True else positional).append(spelled)
        lines.append(f"_set(self, {f.name!r}, {value})" if frozen else f"self.{f.name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    parameters = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    return _compiled(cls, "__init__", parameters, lines or ["pass"], known)


def _method(cls: type, name: str, rows: tuple[dataclasses.Field[Any], ...]) -> Any:
    if name == "__repr__":
        shown = ", ".join(f"{f.name}={{self.{f.name}!r}}" for f in rows if f.repr)
        return _compiled(cls, name, "self", [f'return f"{{self.__class__.__qualname__}}({shown})"'], {})
    if name == "__hash__":
        hashed = "".join(f"self.{f.name}, " for f in rows if (f.compare if f.hash is None else f.hash))
        return _compiled(cls, name, "self", [f"return hash(({hashed}))"], {})
    mine, theirs = ("".join(f"{one}.{f.name}, " for f in rows if f.compare) for one in ("self", "other"))
    equal = [
        "if other.__class__ is self.__class__:",
        f"    return ({mine}) {_OPERATORS[name]} ({theirs})",
        "return NotImplemented",
    ]
    return _compiled(cls, name, "self, other", equal, {})


def _compiled(cls: type, name: str, parameters: str, lines: list[str], known: dict[str, Any]) -> Any:
    source = f"def {name}({parameters}):\n" + "".join(f"    {line}\n" for line in lines)
    exec(source, known)  # noqa: S102 - as the standard library does; the text is made of the names of our own fields
    made = known[name]
    made.__qualname__ = f"{cls.__qualname__}.{name}"
    return made


def _refuse(self: Any, name: str, *value: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to or delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for f, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)


class _Pattern:
    """Stands for a compiled pattern; its methods become the compiled pattern's own when one is first asked for."""

    def __init__(self, source: str | bytes, flags: int) -> None:
        self.pattern = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, value)
        return value


def regex(source: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`, but compiled when it is first used. A mistake in it shows then: for patterns that stand in code."""
    return cast("re.Pattern[str]", _Pattern(source, flags))


def byte_regex(source: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """`regex` for bytes."""
    return cast("re.Pattern[bytes]", _Pattern(source, flags))

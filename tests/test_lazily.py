"""Lazy dataclasses behave as the standard library's do, and lazy patterns as compiled ones."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
import re
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

import auditor
from auditor.lazily import byte_regex, dataclass, regex

MAKERS: tuple[Any, ...] = (dataclass, dataclasses.dataclass)


def made(make: Any, **options: Any) -> Any:
    @make(**options)
    class Row:
        a: int
        b: str = "b"
        c: list[int] = field(default_factory=list)
        d: float = field(default=1.0, compare=False, repr=False)
        e: int = field(default=0, kw_only=True)
        f: int = field(default=7, init=False)

    return Row


def outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - the kind of error is what is compared
        return type(error)


USES: dict[str, Callable[[Any], Any]] = {
    "repr": lambda row: repr(row(1, "x", [2], e=3)),
    "fields": lambda row: [f.name for f in dataclasses.fields(row)],
    "defaults are not shared": lambda row: row(1).c is row(1).c,
    "not given": lambda row: row(),
    "too many": lambda row: row(1, "x", [], 2.0, 3),
    "unknown": lambda row: row(1, g=1),
    "not for init": lambda row: row(1, f=1),
    "equal": lambda row: (row(1) == row(1), row(1) == row(2), row(1, d=2.0) == row(1), row(1) == 1),
    "hash": lambda row: [hash(a) == hash(b) for a, b in [(row(1, c=()), row(1, d=5.0, c=()))]],
    "order": lambda row: (row(1) < row(2), row(2) <= row(1), row(1, "a") > row(1), row(1) >= row(1)),
    "set": lambda row: setattr(row(1), "a", 2),
    "delete": lambda row: delattr(row(1), "a"),
    "replace": lambda row: dataclasses.replace(row(1), a=2).a,
    "as dictionary": lambda row: dataclasses.asdict(row(1)),
    "match": lambda row: row.__match_args__,
    "copies": lambda row: (copy.copy(row(1, "q")).b, copy.deepcopy(row(1, "q")).b),
    "slots": lambda row: hasattr(row(1), "__dict__"),
}
OPTIONS: tuple[dict[str, bool], ...] = (
    {},
    {"frozen": True},
    {"slots": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "order": True},
    {"frozen": True, "eq": False},
    {"slots": True, "eq": False},
    {"slots": True, "unsafe_hash": True},
)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "+".join(o) or "plain")
@pytest.mark.parametrize("use", USES)
def test_like_the_standard_library(use: str, options: dict[str, bool]) -> None:
    ours, theirs = (made(make, **options) for make in MAKERS)
    assert outcome(lambda: USES[use](ours)) == outcome(lambda: USES[use](theirs))


@pytest.mark.parametrize("make", MAKERS)
def test_own_methods_stay(make: Any) -> None:
    @make(frozen=True)
    class Own:
        a: int

        def __post_init__(self) -> None:
            object.__setattr__(self, "a", self.a + 1)

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

    @make(frozen=True)
    class Below(Own):
        b: int = 2

    own: Any = Own
    below: Any = Below
    assert (repr(own(1)), own(1).a, own(1) == 5, hash(own(1)) == hash(own(1))) == ("own", 2, True, True)
    assert (below(1).a, below(1).b, below(1) == below(1), below(1) == below(2)) == (2, 2, True, False)


@dataclass(frozen=True, slots=True)
class Kept:
    a: int
    b: str = ""


def test_through_pickle() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, "x"))) == Kept(1, "x")


def test_patterns() -> None:
    words = regex(r"(\w+)x", re.IGNORECASE)
    assert [m[1] for m in words.finditer("aX bx")] == ["a", "b"]
    assert (words.sub("-", "ax b"), words.pattern, words.groups) == ("- b", r"(\w+)x", 1)
    assert byte_regex(rb"\d").findall(b"a1b2") == [b"1", b"2"]
    with pytest.raises(re.error):
        regex("(").search("")


def test_every_pattern_of_the_program_compiles() -> None:
    for found in pkgutil.walk_packages(auditor.__path__, "auditor."):
        if found.name.rpartition(".")[2] == "__main__" or ".rewrite.client" in found.name:
            continue
        for name, value in vars(importlib.import_module(found.name)).items():
            if type(value).__name__ == "_Pattern":
                assert value.groups >= 0, f"{found.name}.{name}"

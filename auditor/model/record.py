"""Frozen records for things that are made by the million: frozen for the type checker, cheap when the program runs.

A frozen dataclass sets each field through `object.__setattr__`, which makes it two to three times as dear to build as
one that is not (CPython 3.11). Nodes, spans and values are by far the most objects of a run, so for them the type checker
alone keeps the promise that nothing is changed after it was made.
"""

from __future__ import annotations

import copyreg
from dataclasses import field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

from auditor.lazily import dataclass

T = TypeVar("T")


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def node(cls: type[T]) -> type[T]:
    """A record that is compared and hashed by identity."""
    return _quick_to_copy(dataclass(slots=True, eq=False)(cls))


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def part(cls: type[T]) -> type[T]:
    """As `node`, for a record with cached properties: it keeps its `__dict__`, and is not made for pickling."""
    return dataclass(eq=False)(cls)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def by_value(cls: type[T]) -> type[T]:
    """A record that is compared by its fields; hashed by them unless it brings a hash of its own."""
    return dataclass(slots=True, unsafe_hash="__hash__" not in cls.__dict__)(cls)


@dataclass_transform(frozen_default=True, order_default=True, field_specifiers=(field,))
def ordered(cls: type[T]) -> type[T]:
    """A record that is compared, ordered and hashed by its fields."""
    return _quick_to_copy(dataclass(slots=True, order=True, unsafe_hash=True)(cls))


def _quick_to_copy(cls: type[T]) -> type[T]:
    """Let `pickle` make a record by a call: half the time of making it empty and setting its fields by name."""
    made: Any = cls
    names = [f.name for f in fields(made)]
    if len(names) > 1:
        given = attrgetter(*names)
        copyreg.pickle(cls, lambda self: (made, given(self)))
    return cls

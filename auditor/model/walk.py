"""Generic traversal of the common syntax."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from auditor.lazily import regex
from auditor.model import syntax

_NODES = regex(
    r"\b(?:"
    + "|".join(name for name in vars(syntax) if isinstance(getattr(syntax, name), type) and name != "Span")
    + r")\b"
)


@cache
def _fields(cls: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a class that hold nodes, in order, and whether each holds a tuple of them.

    Told by the annotations, once a class: asking every value instead takes most of the time of an audit.
    """
    named = [(f.name, f.type if isinstance(f.type, str) else repr(f.type)) for f in fields(cls)]
    return tuple((name, kind.startswith("tuple[")) for name, kind in named if _NODES.search(kind))


@cache
def fields_backwards(cls: type) -> tuple[tuple[str, bool], ...]:
    """The fields of a class that hold nodes, the last first, and whether each holds a tuple of them: for a stack."""
    return _fields(cls)[::-1]


def children(node: Any) -> Iterator[Any]:
    """Yield the direct syntax children of a node (expressions, statements, args, entries, handlers, params) in order."""
    cls: type = type(node)
    for name, many in _fields(cls):
        value = getattr(node, name)
        if many:
            yield from value
        elif value is not None:
            yield value


def walk(node: Any) -> Iterator[Any]:
    """Yield node and everything below it, parents first, in source order; iterative, so that depth is no limit."""
    stack = [node]
    pop, push, extend = stack.pop, stack.append, stack.extend
    while stack:
        current = pop()
        yield current
        cls: type = type(current)
        for name, many in fields_backwards(cls):
            value = getattr(current, name)
            if many:
                if value:
                    extend(reversed(value))
            elif value is not None:
                push(value)

"""Generic traversal of the common syntax."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from auditor.model.location import Span

_SKIP = {"at"}


@cache
def _slots(cls: type) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls) if f.name not in _SKIP)


def children(node: Any) -> Iterator[Any]:
    """Yield the direct syntax children of a node (expressions, statements, args, entries, handlers, params) in order."""
    for name in _slots(type(node)):
        value = getattr(node, name)
        if isinstance(value, tuple):
            for item in value:
                if hasattr(item, "__dataclass_fields__") and not isinstance(item, Span):
                    yield item
        elif hasattr(value, "__dataclass_fields__") and not isinstance(value, Span):
            yield value


def walk(node: Any) -> Iterator[Any]:
    """Yield node and everything below it, parents first, in source order; iterative, so that depth is no limit."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(children(current))))

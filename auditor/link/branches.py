"""Branches on one condition: what a variable is given in the branch that a call stands in, too.

`if local: url = a` `else: url = b` and later `if local: post(url)`: the second test decides as the first one did. Only
conditions of plain names, attributes and constants are compared; what calls something may answer otherwise next time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.model.syntax import (
    Assign,
    Attr,
    Binary,
    BoolOp,
    Call,
    Const,
    Expr,
    FunctionDef,
    FunctionExpr,
    If,
    Index,
    Name,
    Unary,
)
from auditor.model.walk import children

Path = tuple[tuple[tuple[Any, ...], bool], ...]
_MAX_PARTS = 20


def given_in_branch(definition: FunctionDef | None, call: Call, name: str) -> tuple[Expr, ...]:
    """What a function gives a variable in branches that agree with those around a call; () where none can be told."""
    if definition is None:
        return ()
    bound: list[tuple[Path, Expr]] = []
    around: Path = ()
    for node, path in _with_branches(definition.body):
        if node is call:
            around = path
        elif isinstance(node, Assign) and any(isinstance(t, Name) and t.id == name for t in node.targets):
            if node.op or node.value is None:
                return ()
            bound.append((path, node.value))
    taken = dict(around)
    kept = tuple(value for path, value in bound if all(taken.get(test, way) == way for test, way in path))
    agreed = any(test in taken for path, _ in bound for test, _ in path)
    return kept if agreed else ()


def _with_branches(body: tuple[Any, ...]) -> Iterator[tuple[Any, Path]]:
    """The nodes of a function's own code, each with the tests that are known to hold or to fail there."""
    stack: list[tuple[Any, Path]] = [(s, ()) for s in reversed(body)]
    while stack:
        node, path = stack.pop()
        yield node, path
        if isinstance(node, FunctionDef | FunctionExpr):
            continue
        if not isinstance(node, If):
            stack += [(c, path) for c in children(node)]
            continue
        test = _shape(node.test)
        stack.append((node.test, path))
        stack += [(s, (*path, (test, True)) if test else path) for s in node.body]
        stack += [(s, (*path, (test, False)) if test else path) for s in node.orelse]


def _shape(test: Expr) -> tuple[Any, ...]:
    """What a condition says, wherever it stands; () for one that is not plain."""
    parts: list[Any] = []
    stack: list[Any] = [test]
    while stack:
        node = stack.pop()
        match node:
            case Name(id=text) | Attr(name=text) | Binary(op=text) | BoolOp(op=text) | Unary(op=text):
                parts.append((type(node).__name__, text))
            case Const(value=value):
                parts.append((type(node).__name__, repr(value)))
            case Index():
                parts.append(("Index", ""))
            case _:
                return ()
        below = list(children(node))
        parts.append(len(below))
        stack += below
        if len(parts) > 2 * _MAX_PARTS:
            return ()
    return tuple(parts)

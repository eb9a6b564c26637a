"""Modules of which a part ships: a route's component does, its loader and what only the loader uses do not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from auditor.model.location import Span
from auditor.model.syntax import (
    Assign,
    Attr,
    Call,
    ClassDef,
    DictExpr,
    Export,
    Expr,
    FunctionDef,
    Import,
    ListExpr,
    Module,
    Name,
    Stmt,
)
from auditor.model.walk import children


class Split:
    """What of a module ships, given the exports and the calls whose code the framework takes out."""

    def __init__(self, module: Module, exports: frozenset[str], wrappers: frozenset[str]) -> None:
        """Take the module, the names of exports that do not ship, and of calls whose arguments do not."""
        self._module = module
        self._exports = exports
        self._wrappers = wrappers

    def shipped(self, at: Span) -> bool:
        """Whether the code at a place ships."""
        where = (at.line, at.column)
        if any(_covers(node.at, where) for node in self._taken_out):
            return False
        for index, statement in enumerate(self._module.body):
            if _covers(statement.at, where):
                return index in self._live[0]
        return True

    def uses(self, names: Callable[[str], bool]) -> bool:
        """Whether code that ships uses an import whose specifier `names` accepts."""
        matched = False
        for statement in self._module.body:
            if isinstance(statement, Import) and not statement.type_only and names(statement.module):
                matched = True
                if not statement.names or any(n.alias in self._live[1] for n in statement.names):
                    return True
            if isinstance(statement, Export) and statement.module and names(statement.module):
                return True
        return not matched  # reached in another way, such as a dynamic import

    @cached_property
    def _live(self) -> tuple[set[int], set[str]]:
        """Indices of the top-level statements that ship, and every name that they use."""
        declared: dict[str, list[int]] = {}
        exported = {
            local
            for s in self._module.body
            if isinstance(s, Export) and not s.module
            for local, name in s.names
            if name not in self._exports
        }
        pending: list[int] = []
        for index, statement in enumerate(self._module.body):
            names = _declares(statement)
            for name in names:
                declared.setdefault(name, []).append(index)
            if not isinstance(statement, Import | Export) and (not names or set(names) & exported):
                pending.append(index)
            if isinstance(statement, Export) and statement.value is not None:
                pending.append(index)
        live: set[int] = set()
        used: set[str] = set()
        while pending:
            index = pending.pop()
            if index in live:
                continue
            live.add(index)
            for name in self._names(self._module.body[index]) - used:
                used.add(name)
                pending += declared.get(name, ())
        return live, used

    def _names(self, node: Any) -> set[str]:
        """Names used below a node, without what the framework takes out."""
        found: set[str] = set()
        stack = [node]
        while stack:
            current = stack.pop()
            if self._is_taken_out(current):
                continue
            if isinstance(current, Name):
                found.add(current.id)
            stack.extend(children(current))
        return found

    @cached_property
    def _taken_out(self) -> tuple[Any, ...]:
        found = []
        stack: list[Any] = list(self._module.body)
        while stack:
            current = stack.pop()
            if self._is_taken_out(current):
                found.append(current)
            else:
                stack.extend(children(current))
        return tuple(found)

    def _is_taken_out(self, node: Any) -> bool:
        if isinstance(node, FunctionDef):
            return "use server" in node.directives
        return isinstance(node, Call) and _leftmost(node) in self._wrappers


def only_types(module: Module, names: Callable[[str], bool]) -> bool:
    """Whether what a TypeScript module imports from the specifiers that `names` accepts is used in types only.

    Such imports are left out by the compiler, `import type` or not. An import for its effects binds no name and stays.
    """
    bound: set[str] = set()
    for statement in module.body:
        if isinstance(statement, Export) and statement.module and names(statement.module):
            return False
        if isinstance(statement, Import) and not statement.type_only and names(statement.module):
            if not statement.names:
                return False
            bound.update(n.alias for n in statement.names)
    return bool(bound) and bound.isdisjoint(_values(module))


def _values(module: Module) -> set[str]:
    """The names that a module uses elsewhere than in types."""
    found: set[str] = set()
    stack: list[Any] = list(module.body)
    while stack:
        current = stack.pop()
        match current:
            case Name(id=name):
                found.add(name)
            case Export(names=names, module=""):
                found.update(local for local, _ in names)
            case _:
                pass
        types = (getattr(current, "annotation", None), getattr(current, "returns", None))
        stack.extend(child for child in children(current) if not any(child is t for t in types))
    return found


def _leftmost(expr: Expr) -> str:
    """The name that a chain of calls and members starts with."""
    for _ in range(100):
        match expr:
            case Call(func=func):
                expr = func
            case Attr(base=base):
                expr = base
            case Name(id=name):
                return name
            case _:
                return ""
    return ""


def _declares(statement: Stmt) -> list[str]:
    match statement:
        case FunctionDef(name=name) | ClassDef(name=name):
            return [name]
        case Assign(targets=targets):
            return [n for t in targets for n in _bound(t)]
        case _:
            return []


def _bound(pattern: Expr) -> list[str]:
    match pattern:
        case Name(id=name):
            return [name]
        case DictExpr(entries=entries):
            return [n for e in entries for n in _bound(e.value)]
        case ListExpr(items=items):
            return [n for i in items for n in _bound(i)]
        case _:
            return []


def _covers(span: Span, where: tuple[int, int]) -> bool:
    return (span.line, span.column) <= where < (span.end_line, span.end_column)

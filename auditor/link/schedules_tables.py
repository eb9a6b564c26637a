"""Schedules that a loop adds, one for each entry of a table: `for (const j of jobs) cron.schedule(j.at, j.run)`.

The table has to be written out in the same module. The call is then read once for each entry, with what the loop's variable
is in it put in its place, so that no recogniser needs to know of loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from auditor.link.program import CallSite, FunctionInfo
from auditor.link.schedules_reading import Reading, last_name, positional
from auditor.model.facts import Schedule
from auditor.model.syntax import (
    Arg,
    Assign,
    AssignExpr,
    Attr,
    Call,
    Comprehension,
    Const,
    DictExpr,
    Entry,
    Expr,
    FunctionExpr,
    Index,
    ListExpr,
    Loop,
    Name,
    Spread,
)

Handler = Callable[[Reading, Call, FunctionInfo], Schedule | None]
Known = Mapping[str, Expr]

_MAX_ENTRIES = 40
_MAX_DEPTH = 8
_EACH = frozenset({"forEach", "map", "flatMap"})
_PAIRS = frozenset({"items", "entries"})


def with_tables(reading: Reading, site: CallSite, made: Schedule, handler: Handler) -> Iterator[Schedule]:
    """A schedule that a call adds: once for each expression that the tables of the loops around the call give it.

    Where no loop goes through a table that is written out, it is the one that the handler made of the call itself.
    """
    rounds = _rounds(reading, site)
    if not rounds:
        yield made
        return
    found: dict[str, Schedule] = {}
    for known in rounds:
        call = _put(site.call, known, 0)
        row = handler(reading, reading.program.keep(call), site.function) if isinstance(call, Call) else None
        if row is None:
            yield made
            return
        other = found.get(row.expression)
        targets = row.targets if other is None else tuple(dict.fromkeys((*other.targets, *row.targets)))
        found[row.expression] = replace(row, targets=targets)
    yield from found.values()


def _rounds(reading: Reading, site: CallSite) -> list[dict[str, Expr]]:
    """What the variables of the loops around a call are, round by round; empty where none goes through a known table."""
    rounds: list[dict[str, Expr]] = [{}]
    for target, table in _loops(reading, site):
        entries = _entries(reading, table)
        bound = [_bound(target, entry) for entry in entries] if entries else []
        if bound and len(rounds) * len(bound) <= _MAX_ENTRIES:
            rounds = [{**known, **more} for known in rounds for more in bound]
    return rounds if rounds != [{}] else []


def _loops(reading: Reading, site: CallSite) -> Iterator[tuple[Expr, Expr]]:
    """The variables and the tables of the loops around a call, the outermost first."""
    each = _each(reading, site.function)
    if each is not None:
        yield each
    for node in site.ancestors:
        if isinstance(node, Loop) and node.target is not None and node.iterable is not None:
            yield node.target, node.iterable
        elif isinstance(node, Comprehension):
            yield from ((g.target, g.iterable) for g in node.generators)


def _each(reading: Reading, function: FunctionInfo) -> tuple[Expr, Expr] | None:
    """The table whose `forEach` takes a function, with the function's first parameter."""
    definition = function.definition
    if reading.language == "python" or definition is None or not definition.params:
        return None
    for node in reading.nodes:
        if isinstance(node, Call) and isinstance(node.func, Attr) and node.func.name in _EACH:
            given = positional(node)[:1]
            if given and isinstance(given[0], FunctionExpr) and given[0].function is definition:
                param = definition.params[0]
                return (param.pattern or Name(param.at, param.name)), node.func.base
    return None


def _entries(reading: Reading, table: Expr, depth: int = 0) -> list[Expr]:
    """The entries of a table that is written out, in the module or in the loop; empty where they cannot all be seen."""
    if depth > 2:
        return []
    if isinstance(table, ListExpr):
        whole = len(table.items) <= _MAX_ENTRIES and not any(isinstance(i, Spread) for i in table.items)
        return list(table.items) if whole else []
    if isinstance(table, Name):
        found = [n.value for n in reading.nodes if isinstance(n, Assign) and _assigns(n, table.id)]
        return _entries(reading, found[0], depth + 1) if len(found) == 1 and found[0] is not None else []
    if isinstance(table, Call) and isinstance(table.func, Attr) and table.func.name in {*_PAIRS, "values"}:
        of = positional(table)[0] if last_name(table.func.base) == "Object" and positional(table) else table.func.base
        mapping = _mapping(reading, of)
        for entry in mapping.entries if mapping is not None else ():
            if entry.key is None:
                return []
        if mapping is None or len(mapping.entries) > _MAX_ENTRIES:
            return []
        pairs = table.func.name in _PAIRS
        return [
            ListExpr(e.value.at, (e.key, e.value)) if pairs else e.value for e in mapping.entries if e.key is not None
        ]
    return []


def _mapping(reading: Reading, expr: Expr) -> DictExpr | None:
    """A mapping that is written out, here or as the one value of a name of the module."""
    if isinstance(expr, Name):
        found = [n.value for n in reading.nodes if isinstance(n, Assign) and _assigns(n, expr.id)]
        expr = found[0] if len(found) == 1 and found[0] is not None else expr
    return expr if isinstance(expr, DictExpr) else None


def _assigns(node: Assign, name: str) -> bool:
    return any(isinstance(t, Name) and t.id == name for t in node.targets)


def _bound(target: Expr, entry: Expr) -> dict[str, Expr]:
    """What the names of a loop's target are for one entry of the table."""
    match target:
        case Name(id=name):
            return {name: entry}
        case AssignExpr(target=inner):
            return _bound(inner, entry)
        case ListExpr(items=items):
            parts = entry.items if isinstance(entry, ListExpr) else ()
            if len(parts) < len(items) or any(isinstance(p, Spread) for p in (*items, *parts)):
                return {}
            return {k: v for t, e in zip(items, parts, strict=False) for k, v in _bound(t, e).items()}
        case DictExpr(entries=entries):
            found: dict[str, Expr] = {}
            for wanted in entries:
                value = _member(entry, wanted.key)
                if value is not None:
                    found |= _bound(wanted.value, value)
            return found
        case _:
            return {}


def _member(entry: Expr, key: Expr | None) -> Expr | None:
    """An entry's value by key or position."""
    wanted = key.value if isinstance(key, Const) else None
    if isinstance(entry, ListExpr) and isinstance(wanted, int) and not any(isinstance(i, Spread) for i in entry.items):
        return entry.items[wanted] if -len(entry.items) <= wanted < len(entry.items) else None
    if not isinstance(entry, DictExpr) or wanted is None:
        return None
    return next((e.value for e in entry.entries if isinstance(e.key, Const) and e.key.value == wanted), None)


def _put(node: Any, known: Known, depth: int) -> Any:
    """An expression with what the names are in their place; the same object where nothing of it changes.

    What is inside a function stays: functions are known by their identity.
    """
    match node:
        case Name(id=name) if name in known:
            return known[name]
        case Index(key=Name(id=name)) if name in known and not isinstance(known[name], Const):
            return known[name]  # `for (const i in jobs)`: the entry itself, at its position
        case Attr() | Index() if depth < _MAX_DEPTH:
            key = Const(node.at, node.name) if isinstance(node, Attr) else _put(node.key, known, depth + 1)
            base = _put(node.base, known, depth + 1)
            if base is node.base and (isinstance(node, Attr) or key is node.key):
                return node
            found = _member(base, key)
            if found is not None:
                return found
            return replace(node, base=base) if isinstance(node, Attr) else replace(node, base=base, key=key)
        case FunctionExpr():
            return node
        case Expr() | Arg() | Entry() if depth < _MAX_DEPTH:
            pass
        case _:
            return node
    changed: dict[str, Any] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, tuple):
            new: Any = tuple(_put(v, known, depth + 1) if isinstance(v, Expr | Arg | Entry) else v for v in value)
            if any(a is not b for a, b in zip(value, new, strict=True)):
                changed[field.name] = new
        elif isinstance(value, Expr):
            new = _put(value, known, depth + 1)
            if new is not value:
                changed[field.name] = new
    return replace(node, **changed) if changed else node

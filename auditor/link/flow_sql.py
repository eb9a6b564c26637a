"""Tables that are written and read with SQL texts (`execute("INSERT INTO t …")`): what the program puts into a column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from auditor.lazily import dataclass, regex
from auditor.link.flow_index import FlowIndex, call_name, key_of, receiver_of
from auditor.link.program import FunctionInfo
from auditor.link.routes import is_test_path
from auditor.link.values import Known, alternatives
from auditor.model.syntax import Call, Const, Expr, ListExpr

EXECUTES = frozenset(["execute", "executemany", "fetch", "fetchrow", "fetchval", "fetch_all", "fetch_one", "read_sql"])
FETCHES = frozenset(["fetchall", "fetchone", "fetchmany"])
_NAME = r"[`\"\[]?(?:\w+\.)?(\w+)[`\"\]]?"
_SELECT = regex(r"^\s*SELECT\s+(?:DISTINCT\s+)?(.*?)\s+FROM\s+" + _NAME, re.I | re.S)
_INSERT = regex(r"^\s*(?:INSERT(?:\s+OR\s+\w+)?|REPLACE)\s+INTO\s+" + _NAME + r"\s*(?:\(([^)]*)\))?", re.I | re.S)
_UPDATE = regex(r"^\s*UPDATE\s+" + _NAME + r"\s+SET\s+(.*?)(?:\s+WHERE\b|$)", re.I | re.S)
_SET = regex(r"(\w+)\s*=\s*(?:\?|%s|:\w+|\$\d+)")
_PLACE = regex(r"(?i)(^|_)(url|uri|link|href|feed|domain|website|homepage|email|slug)s?$")
_MAX_WRITES = 24
_MAX_FILES = 40


@dataclass(frozen=True, slots=True)
class Read:
    """What a query reads: a table, and its columns (none: all of them)."""

    table: str
    columns: tuple[str, ...]


class SqlTables:
    """The tables of one program that its SQL texts name."""

    def __init__(self, index: FlowIndex) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self.program = index.program
        self._writes: dict[str, list[tuple[str, Expr, FunctionInfo]]] = {}

    def read(self, call: Call, scope: FunctionInfo) -> Read | None:
        """The table that a call reads, be it in a query of its own or in the one that its cursor was given before."""
        name = call_name(call)
        if name in EXECUTES:
            return self._selected(call, scope)
        cursor = key_of(receiver_of(call)) if name in FETCHES else ""
        if not cursor:
            return None
        found: Read | None = None
        for node in self.index.of(scope).nodes:
            before = isinstance(node, Call) and node.at < call.at and call_name(node) == "execute"
            if before and key_of(receiver_of(node)) == cursor:
                found = self._selected(node, scope)
        return found

    def _selected(self, call: Call, scope: FunctionInfo) -> Read | None:
        match = _SELECT.match(self._text(call, scope))
        if match is None:
            return None
        names = [c.strip().rpartition(".")[2].strip('`"[] ').lower() for c in match[1].split(",")]
        plain = all(re.fullmatch(r"\w+", n) for n in names)
        return Read(match[2], tuple(names) if plain else ())

    def _text(self, call: Call, scope: FunctionInfo) -> str:
        """The SQL of a call; "" where it is not one plain text."""
        first = call.args[0].value if call.args and not call.args[0].spread else None
        if isinstance(first, Const):
            return first.value if isinstance(first.value, str) else ""
        values = alternatives(self.program.evaluate(first, scope)) if first is not None else ()
        one = values[0] if len(values) == 1 else None
        return one.value if isinstance(one, Known) and isinstance(one.value, str) else ""

    def written(self, read: Read) -> list[tuple[Expr, FunctionInfo]]:
        """What the program writes into the columns that are read; not where other people's texts are (URLs)."""
        if read.table not in self._writes:
            self._writes[read.table] = list(islice(self._all_writes(read.table), _MAX_WRITES))
        rows = self._writes[read.table]
        return [(v, f) for column, v, f in rows if not read.columns or not column or column in read.columns]

    def _all_writes(self, table: str) -> Iterator[tuple[str, Expr, FunctionInfo]]:
        """(column or "", what goes into it, where)."""
        for path in self.program.loader.mentions(table)[:_MAX_FILES]:
            scan = None if is_test_path(path) else self.program.scan_of(path)
            for name in ("execute", "executemany") if scan is not None else ():
                for site in scan.calls.get(name, ()) if scan is not None else ():
                    columns = _columns(self._text(site.call, site.function), table) if len(site.call.args) > 1 else None
                    if columns is not None:
                        pairs = _values(site.call, columns)
                        yield from ((c, v, site.function) for c, v in pairs if not _PLACE.search(c))


def _columns(sql: str, table: str) -> list[str] | None:
    """The columns that a statement writes, as far as it names them; None where it does not write into the table."""
    insert, update = _INSERT.match(sql), _UPDATE.match(sql)
    if insert is not None and insert[1].lower() == table.lower():
        return [c.strip(' `"[]\n\t').lower() for c in (insert[2] or "").split(",")]
    if update is not None and update[1].lower() == table.lower():
        return [c.lower() for c in _SET.findall(update[2])]
    return None


def _values(call: Call, names: list[str]) -> Iterator[tuple[str, Expr]]:
    """The given values, each with its column where their order tells it."""
    given = [a.value for a in call.args[1:]]
    if len(given) == 1 and isinstance(given[0], ListExpr):
        given = list(given[0].items)
    known = [n for n in names if n]
    for place, value in enumerate(given):
        told = known and (len(given) == len(known) or (place < len(known) and len(given) > len(known)))
        yield (known[place] if told and place < len(known) else ""), value

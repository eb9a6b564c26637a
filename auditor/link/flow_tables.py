"""Records of a database's tables: of which table a variable's record is, and what the program writes into a column."""

from __future__ import annotations

from typing import Any

from auditor.lazily import regex
from auditor.link.flow_index import FlowIndex, call_name, key_of
from auditor.link.program import ClassInfo, FunctionInfo
from auditor.link.routes import is_test_path
from auditor.link.values import ClassValue, alternatives
from auditor.model.syntax import Assign, Attr, Call, Expr, Name
from auditor.model.walk import walk

_COLUMNS = frozenset(
    [
        *("Column", "mapped_column", "CharField", "TextField", "StringField", "JSONField", "FileField", "relationship"),
        *("ForeignKey", "BigIntegerField", "UUIDField", "Relationship"),
    ]
)
_TEXTLESS = frozenset(
    [
        *("Integer", "BigInteger", "SmallInteger", "Float", "Numeric", "Boolean", "DateTime", "Date", "Enum", "int"),
        *("float", "bool", "datetime", "date", "IntegerField", "FloatField", "BooleanField", "DateTimeField"),
        *("DateField", "BigIntegerField", "PositiveIntegerField", "DecimalField", "AutoField"),
    ]
)
_READS = frozenset(
    [
        *("query", "select", "get", "objects", "find", "find_one", "find_all", "get_or_none", "filter", "all", "fetch"),
        *("first", "scalar", "scalars", "get_object_or_404", "aget", "afilter"),
    ]
)
_PLACE = regex(r"(?i)(^|_)(url|uri|link|href|feed|domain|website|homepage|email|slug)s?$")
_MAX_CALLS = 24
_MAX_FILES = 40
_MAX_DEPTH = 3


class Tables:
    """The tables of one program that are declared as classes (SQLAlchemy, SQLModel, Django, peewee ...)."""

    def __init__(self, index: FlowIndex) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self.program = index.program
        self._of_name: dict[tuple[str, str], ClassInfo | None] = {}
        self._classes: dict[str, bool] = {}
        self._written: dict[tuple[str, str], list[tuple[Expr, FunctionInfo]]] = {}

    def of_name(self, name: Name, scope: FunctionInfo) -> ClassInfo | None:
        """The table of the record in a variable."""
        home = self.index.scope_of(name.id, scope)
        if home is None:
            return None
        key = (home.function.id, name.id)
        if key not in self._of_name:
            self._of_name[key] = None
            self._of_name[key] = self.of(name, scope)
        return self._of_name[key]

    def of(self, expr: Any, scope: FunctionInfo, depth: int = 0) -> ClassInfo | None:
        """The table that a record was read from, or a new one of which it is."""
        if depth > _MAX_DEPTH:
            return None
        match expr:
            case Name(id=name):
                home = self.index.scope_of(name, scope)
                if home is None:
                    return None
                for binding in home.bindings.get(name, [])[:6]:
                    if binding.kind != "mutate" and binding.value is not None:
                        found = self.of(binding.value, home.function, depth + 1)
                        if found is not None:
                            return found
            case Call():
                return self._read(expr, scope, depth)
            case Attr(base=base) if depth:
                return self.of(base, scope, depth)
            case _:
                inner = [c for c in getattr(expr, "values", ()) or () if isinstance(c, Expr)]
                for each in inner or ([expr.value] if isinstance(getattr(expr, "value", None), Expr) else []):
                    found = self.of(each, scope, depth)
                    if found is not None:
                        return found
        return None

    def _read(self, call: Call, scope: FunctionInfo, depth: int) -> ClassInfo | None:
        for callee in self.index.callees(self.index.of(scope).sites.get(id(call)))[:2]:
            for node in self.index.of(callee).returns[:6]:
                found = self.of(node.value, callee, depth + 1)
                if found is not None:
                    return found
        names = [n for n in walk(call) if isinstance(n, Name) and n.id[:1].isupper()]
        reads = call_name(call)[:1].isupper() or any(
            (n.name if isinstance(n, Attr) else call_name(n)) in _READS
            for n in walk(call)
            if isinstance(n, Attr | Call)
        )
        for name in sorted(names, key=lambda n: (n.at.line, n.at.column)) if reads else ():
            for value in alternatives(self.program.evaluate(name, scope)):
                if isinstance(value, ClassValue) and self._is_table(value.cls):
                    return value.cls
        return None

    def written(self, cls: ClassInfo, column: str) -> list[tuple[Expr, FunctionInfo]]:
        """What the program puts into a column: in constructors, in `create(…)` and by assignment."""
        key = (cls.id, column)
        if key not in self._written:
            self._written[key] = self._all_written(cls, column)[:_MAX_CALLS]
        return self._written[key]

    def _all_written(self, cls: ClassInfo, column: str) -> list[tuple[Expr, FunctionInfo]]:
        found: list[tuple[Expr, FunctionInfo]] = []
        if _PLACE.search(column):
            return []  # where the text is, that of others as a rule
        for stmt in cls.definition.body:
            if isinstance(stmt, Assign) and any(isinstance(t, Name) and t.id == column for t in stmt.targets):
                names = {n.id if isinstance(n, Name) else n.name for n in walk(stmt) if isinstance(n, Name | Attr)}
                if names & _TEXTLESS:
                    return []
        for path in self.program.loader.mentions(cls.name)[:_MAX_FILES]:
            scan = None if is_test_path(path) else self.program.scan_of(path)
            if scan is None:
                continue
            sites = [*scan.calls.get(cls.name, ())]
            for name in ("create", "acreate", "get_or_create", "update_or_create", "insert"):
                sites += [s for s in scan.calls.get(name, ()) if key_of(s.call.func).startswith(cls.name + ".")]
            for site in sites:
                found += [(a.value, site.function) for a in site.call.args if a.name == column or a.spread == "dict"]
            for base, binding in scan.stored.get(column, ()):
                if binding.expr is not None and not binding.steps and self.of(base, binding.scope) is cls:
                    found.append((binding.expr, binding.scope))
        return found

    def _is_table(self, cls: ClassInfo) -> bool:
        if cls.id not in self._classes:
            self._classes[cls.id] = any(
                isinstance(stmt, Assign)
                and (
                    (isinstance(stmt.value, Call) and call_name(stmt.value) in _COLUMNS)
                    or any(isinstance(t, Name) and t.id == "__tablename__" for t in stmt.targets)
                )
                for stmt in cls.definition.body
            ) or any(isinstance(b, str) and b.endswith(("SQLModel", "models.Model")) for b in self.program.bases(cls))
        return self._classes[cls.id]

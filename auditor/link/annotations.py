"""What an annotation says of a value: an object of a class of the repository or of an SDK."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from auditor.link.code import FunctionInfo
from auditor.link.names import END, dotted
from auditor.link.value_ops import is_vague
from auditor.link.values import (
    ClassValue,
    External,
    Instance,
    ListValue,
    Made,
    Text,
    Unknown,
    Value,
    alternatives,
    join,
)
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.link.evaluate import Evaluator

_LIST_TYPES = {
    "list",
    "List",
    "tuple",
    "Tuple",
    "set",
    "Set",
    "Sequence",
    "Iterable",
    "Array",
    "ReadonlyArray",
    "Collection",
}

_WRAPPER_TYPES = {"Optional", "Annotated", "ClassVar", "Final", "Required", "NotRequired", "Promise", "Awaitable", "Readonly",
                  "Partial", "Mapped", "NonNullable", "Generator", "AsyncGenerator", "AsyncIterator", "Iterator"}  # fmt: skip


_MAX_IMPORTS = 4  # files that pass an alias on


class Annotations:
    """Reads the annotations of one program."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Share the evaluator's memory and budget."""
        self.ev = evaluator
        self.program = evaluator.program

    def annotation(self, expr: s.Expr, scope: FunctionInfo) -> Value:
        """An object of the type that an annotation names; Unknown where it says nothing useful."""
        match expr:
            case s.Const(value=str(text)):
                parts = text.strip("'\" ").split("[")[0].split(".")
                if not all(p.isidentifier() for p in parts) or len(text) > 120:
                    return Unknown("annotation")
                value = self.ev.name(parts[0], scope, END)
                for part in parts[1:]:
                    value = self.ev.member(value, part, scope)
                return self._typed(value, expr, scope)
            case s.Name(id="str" | "string"):
                return Text((Unknown("text"),))
            case s.Name(id=alias) if (stands_for := self.annotated_alias(alias, scope)) is not None:
                return self.annotation(*stands_for)
            case s.Name() | s.Attr():
                return self._typed(self.ev.evaluate(expr, scope), expr, scope)
            case s.Index(base=base, key=key):
                name = base.name if isinstance(base, s.Attr) else base.id if isinstance(base, s.Name) else ""
                inner = key.items if isinstance(key, s.ListExpr) else (key,)
                if name in _LIST_TYPES and inner:
                    return ListValue((self.annotation(inner[0], scope),), open=True)
                if name == "Annotated":
                    for extra in inner[1:]:
                        value = self.ev.evaluate(extra, scope)
                        if not is_vague(value) and not isinstance(value, Made):
                            return value
                        if isinstance(value, Made) and value.type is not None:
                            return value
                if name in ("type", "Type"):
                    value = self.ev.evaluate(inner[0], scope) if inner else Unknown()
                    return value if isinstance(value, ClassValue) else Unknown("annotation")
                if name in _WRAPPER_TYPES and inner:
                    return self.annotation(inner[0], scope)
                if name == "Union":
                    return self._either(inner, scope)
                return self._typed(self.ev.evaluate(base, scope), base, scope)
            case s.Binary(op="|", left=left, right=right):
                return self._either((left, right), scope)
            case s.Opaque(parts=parts) if parts:
                return self._either(parts, scope)
        return Unknown("annotation")

    def annotated_alias(self, name: str, scope: FunctionInfo, depth: int = 0) -> tuple[s.Expr, FunctionInfo] | None:
        """`Client = Annotated[OpenAI, Depends(make)]`, here or where it is imported from: what it stands for, and where."""
        for holder in scope.chain:
            table = self.program.table(holder)
            for b in table.bindings.get(name, ())[:2] if table else ():
                if isinstance(b.expr, s.Index) and dotted(b.expr.base).rpartition(".")[2] == "Annotated":
                    return b.expr, b.scope
                path = self.program.resolve_module(scope.path, b.module) if b.module and b.imported else None
                module = self.program.module(path) if isinstance(path, str) and depth < _MAX_IMPORTS else None
                if module is not None and b.imported:
                    return self.annotated_alias(b.imported, module.body, depth + 1)
        return None

    def _either(self, parts: Iterable[s.Expr], scope: FunctionInfo) -> Value:
        found = [v for v in (self.annotation(p, scope) for p in parts) if not is_vague(v)]
        return join(found) if found else Unknown("annotation")

    def _typed(self, value: Value, expr: s.Expr, scope: FunctionInfo) -> Value:
        out: list[Value] = []
        for one in alternatives(value):
            if isinstance(one, ClassValue):
                out.append(Instance(one.cls))
            elif isinstance(one, External):
                made_type = self.program.catalog.type_of(scope.language, one.symbol)
                if made_type is not None:
                    call = self.ev.objects.synthetic(expr)
                    out.append(Made(one.symbol, call, scope, scope.language, made_type, assumed=True))
        return join(out) if out else Unknown("annotation")

"""What the methods of known values give: texts, lists, mappings, promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.link import library
from auditor.link.code import FunctionInfo
from auditor.link.value_ops import MAX_ITEMS, MAX_TEXT, joined_text, plain_method
from auditor.link.values import (
    NOTHING,
    Compound,
    DictValue,
    Env,
    FunctionValue,
    Known,
    ListValue,
    Made,
    Member,
    Text,
    Unknown,
    Value,
    alternatives,
    join,
    spelled,
)
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.link.evaluate import Evaluator


class Methods:
    """Answers for the methods of values that are known."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Share the evaluator's memory and budget."""
        self.ev = evaluator
        self.program = evaluator.program

    def call_method(
        self, callee: Member, base: Value, path: tuple[str, ...], expr: s.Call, scope: FunctionInfo
    ) -> Value:
        """What a method of a known value gives."""
        name = path[-1]
        plain = [a.value for a in expr.args if a.name is None and not a.spread]
        if isinstance(base, FunctionValue):
            if name == "bind" and scope.language == "javascript" and len(expr.args) < 2:
                return base  # `this.ask.bind(this)` is what it was
            if name in library.DEFERRED:
                return (
                    self.ev.calls.run(base, expr, scope)
                    if name not in ("apply_async", "send_with_options")
                    else Unknown("deferred")
                )
            return Unknown("attribute of a function")
        if isinstance(base, DictValue) and len(path) == 1:
            return self._dict_method(base, name, plain, scope)
        if isinstance(base, (Known, Text, Env)) and len(path) == 1:
            return self._text_method(base, name, plain, expr, scope)
        if isinstance(base, ListValue) and len(path) == 1:
            return self._list_method(base, name, plain, scope)
        if name in library.TEXT_METHODS and isinstance(base, Made) and base.symbol in library.CLIENT_WRAPPERS:
            return base
        if name in ("enter_context", "enter_async_context") and plain:
            return self.ev.evaluate(plain[0], scope)
        made = self._promise(callee, base, path, plain, scope)
        if made is not None:
            return made
        if name in library.CALLS_BY_METHOD and len(plain) > library.CALLS_BY_METHOD[name]:
            inner = self.ev.evaluate(plain[library.CALLS_BY_METHOD[name]], scope)
            if isinstance(inner, FunctionValue):
                found = self.ev.calls.returned(inner)
                return ListValue((found,), open=True) if name == "map" and scope.language == "javascript" else found
        if name in ("join", "trim", "toString", "strip", "replaceAll", "toISOString", "substring") and not isinstance(
            base, Made
        ):
            return Text((Unknown("text"),))
        symbol = spelled(callee) or ("?." + ".".join(path))
        shape = self.program.member_shape(callee, expr, scope)
        if shape is not None:
            return self.ev.calls.result_of(shape, symbol, expr, scope, base)
        if symbol.startswith("?") and not isinstance(named := self.ev.calls.made_by_name(name, expr, scope), Compound):
            return named
        return Made(symbol, expr, scope, scope.language, receiver=base)

    def _promise(
        self, callee: Member, base: Value, path: tuple[str, ...], plain: list[s.Expr], scope: FunctionInfo
    ) -> Value | None:
        """`promise.catch(...)` and `.finally(...)` keep the value; `.then(f)` gives what f gives."""
        if scope.language != "javascript":
            return None
        if path[-1] in ("catch", "finally"):
            return base if len(path) == 1 else Member(base, path[:-1])
        return None

    def _dict_method(self, base: DictValue, name: str, plain: list[s.Expr], scope: FunctionInfo) -> Value:
        if name in ("get", "pop", "setdefault") and plain:
            key = self.ev.parameters.expand(self.ev.evaluate(plain[0], scope))
            found = join(self.ev.subscript(base, k, scope) for k in alternatives(key))
            if len(plain) > 1:
                known = [v for v in alternatives(found) if v != NOTHING and not isinstance(v, Unknown)]
                default = self.ev.evaluate(plain[1], scope)
                if isinstance(key, Known) and all(e.key != key.value for e in base.entries):
                    return join((default, *known))  # what is known was put there under a key that is not
                return join((*known, default))
            return found
        if name in ("copy",):
            return base
        if name == "values":
            return ListValue(tuple(e.value for e in base.entries[:MAX_ITEMS]), base.open)
        if name == "keys":
            return ListValue(tuple(Known(e.key) for e in base.entries[:MAX_ITEMS]), base.open)
        if name == "items":
            rows = tuple(ListValue((Known(e.key), e.value)) for e in base.entries[:MAX_ITEMS])
            return ListValue(rows, base.open)
        return Unknown("method of a mapping")

    def _text_method(self, base: Value, name: str, plain: list[s.Expr], expr: s.Call, scope: FunctionInfo) -> Value:
        if name in library.TEXT_METHODS:
            if isinstance(base, Known) and isinstance(base.value, str):
                return Known(plain_method(base.value, name, [self.ev.evaluate(p, scope) for p in plain]))
            return base
        if name == "format" and isinstance(base, Known) and isinstance(base.value, str):
            return self._format(base.value, plain, expr, scope)
        if name == "concat":
            return joined_text((base, *(self.ev.evaluate(p, scope) for p in plain)))
        if name == "join" and plain and isinstance(base, Known):
            inner = self.ev.evaluate(plain[0], scope)
            if isinstance(inner, ListValue) and not inner.open:
                out: list[Value] = []
                for i, item in enumerate(inner.items):
                    out += [base, item] if i else [item]
                return joined_text(out)
        if name == "split" and isinstance(base, Known) and isinstance(base.value, str) and plain:
            mark = self.ev.evaluate(plain[0], scope)
            if isinstance(mark, Known) and isinstance(mark.value, str) and mark.value:
                return ListValue(tuple(Known(p) for p in base.value.split(mark.value)[:MAX_ITEMS]))
        return Unknown("method of a text")

    def _format(self, text: str, plain: list[s.Expr], expr: s.Call, scope: FunctionInfo) -> Value:
        out: list[Value] = []
        rest, count = text[:MAX_TEXT], 0
        named = {a.name: a.value for a in expr.args if a.name and not a.spread}
        while "{" in rest:
            head, _, tail = rest.partition("{")
            inner, closed, rest = tail.partition("}")
            if not closed:
                rest = ""
                break
            out.append(Known(head))
            key = inner.split(":")[0].split("!")[0]
            if not key and count < len(plain):
                out.append(self.ev.evaluate(plain[count], scope))
                count += 1
            elif key.isdigit() and int(key) < len(plain):
                out.append(self.ev.evaluate(plain[int(key)], scope))
            elif key in named:
                out.append(self.ev.evaluate(named[key], scope))
            else:
                out.append(Unknown("format"))
        out.append(Known(rest))
        return joined_text(out)

    def _list_method(self, base: ListValue, name: str, plain: list[s.Expr], scope: FunctionInfo) -> Value:
        if name == "join":
            mark = self.ev.evaluate(plain[0], scope) if plain else Known(",")
            if not base.open:
                out: list[Value] = []
                for i, item in enumerate(base.items):
                    out += [mark, item] if i else [item]
                return joined_text(out)
        if name in ("filter", "slice", "sort", "reverse", "concat", "copy", "flat", "values"):
            return ListValue(base.items, open=True)
        if name in ("find", "pop", "shift", "at"):
            return join(base.items) if base.items else Unknown("element")
        if name in ("map", "flatMap") and plain:
            inner = self.ev.evaluate(plain[0], scope)
            if isinstance(inner, FunctionValue):
                return ListValue((self.ev.calls.returned(inner),), open=True)
        return Unknown("method of a list")

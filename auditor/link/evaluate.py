"""Evaluates expressions to abstract values, on demand, across files, for all languages that share the common syntax.

Flow-insensitive, but for the order of plain assignments: an assignment that surely runs before a use hides the earlier
ones. Parameters are values of their own and are resolved through the call sites when somebody asks for what they hold.
Every query has a budget of steps and a bound on depth; what exceeds them is Unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from auditor.catalog.schema import CallShape, TypeShape
from auditor.link import library
from auditor.link.code import ClassInfo, FunctionInfo
from auditor.link.names import END, Binding, Mutation, Position, Step, Table, dotted, start
from auditor.link.values import (
    NOTHING,
    ClassValue,
    Compound,
    DictValue,
    Env,
    External,
    FunctionValue,
    Instance,
    Known,
    ListValue,
    Made,
    Member,
    ModuleValue,
    Pair,
    ParamValue,
    Super,
    Text,
    Unknown,
    Value,
    alternatives,
    is_opaque,
    join,
    mapping,
    spelled,
)
from auditor.model import syntax as s
from auditor.model.walk import walk

if TYPE_CHECKING:
    from auditor.link.program import Program

_MAX_DEPTH = 70
_MAX_TRIES = 3
_MAX_ENTRIES = 120
_MAX_ITEMS = 48
_MAX_TEXT = 2000
_MAX_PROVIDERS = 20

_BUILTIN_CONTAINERS = {"dict", "OrderedDict", "defaultdict"}
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


class Evaluator:
    """Evaluates for one program. Memoises by expression; never raises."""

    def __init__(self, program: Program, budget: int) -> None:
        """Take the program whose modules, callers and catalog it asks, and how many steps one question may take."""
        self.program = program
        self.memo: dict[int, Value] = {}
        self.loose: dict[int, Value] = {}  # results that a cycle or the budget may have cut; for this query only
        self.tries: dict[int | tuple[FunctionInfo, str], int] = {}
        self.active: set[int] = set()
        self.cut = 0
        self.depth = 0
        self.steps = 0
        self.budget = budget
        self.keep: list[Any] = []  # expressions made here: their ids must stay theirs
        self.params: dict[tuple[FunctionInfo, str], Value] = {}
        self._providers: dict[str, Value] = {}  # what dependency injection gives, by the symbol of its type
        self.asking: set[tuple[FunctionInfo, str]] = set()
        self.returning: list[FunctionInfo] = []
        self.sensitive: set[FunctionInfo] = set()  # what they give back depends on what they are given
        self.bound: dict[tuple[FunctionInfo, str], Value] = {}  # parameters of the calls being looked into
        self.inside: frozenset[FunctionInfo] = frozenset()
        self.local: dict[int, Value] = {}  # results that hold for those calls only

    # ------------------------------------------------------------------ entry

    def forget(self) -> None:
        """Drop what was found, not the expressions made on the way."""
        for found in (self.memo, self.loose, self.tries, self.params, self.sensitive, self.local):
            found.clear()

    def evaluate(self, expr: s.Expr, scope: FunctionInfo) -> Value:
        """What an expression may evaluate to."""
        if type(expr) is s.Const:
            return Known(expr.value, expr)
        key = id(expr)
        local = bool(self.inside) and not self.inside.isdisjoint(scope.chain)
        known = self.local.get(key) if local else self.memo.get(key)
        if known is None and self.depth:
            known = self.loose.get(key)
        if known is not None:
            return known
        if self.depth == 0:
            self.steps = 0
            self.loose.clear()
        self.steps += 1
        if key in self.active or self.depth >= _MAX_DEPTH or self.steps > self.budget:
            self.cut += 1
            return Unknown("too deep to follow")
        self.active.add(key)
        self.depth += 1
        before = self.cut
        try:
            value = self._evaluate(expr, scope)
        except RecursionError:
            self.cut += 1
            value = Unknown("too deep to follow")
        finally:
            self.depth -= 1
            self.active.discard(key)
        if self.cut != before and self.depth and self._again(key):
            self.loose[key] = value
        elif self.inside:
            self.local[key] = value
        else:
            self.memo[key] = value
        return value

    def _again(self, key: int | tuple[FunctionInfo, str]) -> bool:
        """Whether a result that a cycle may have cut is worth another try; a few bound the work, and change little."""
        count = self.tries[key] = self.tries.get(key, 0) + 1
        return count < _MAX_TRIES

    def _evaluate(self, expr: s.Expr, scope: FunctionInfo) -> Value:
        match expr:
            case s.Name(id=name):
                return self.name(name, scope, start(expr.at))
            case s.Attr():
                return self._attr(expr, scope)
            case s.Call():
                return self.call(expr, scope)
            case s.Index():
                return self._index(expr, scope)
            case s.Template(parts=parts):
                return _text(self.evaluate(p, scope) for p in parts)
            case s.Await(value=value):
                return self.evaluate(value, scope)
            case s.DictExpr():
                return self._dict(expr, scope)
            case s.ListExpr(items=items):
                return self._list(items, scope)
            case s.FunctionExpr(function=definition):
                info = self.program.function_of(definition)
                return FunctionValue(info) if info else Unknown("function")
            case s.ClassExpr(definition=definition):
                cls = self.program.class_of(definition)
                return ClassValue(cls) if cls else Unknown("class")
            case s.BoolOp(op=op, values=values):
                return self._bool(op, values, scope)
            case s.Conditional(then=then, orelse=orelse):
                return join((self._where(then, expr.test, True, scope), self._where(orelse, expr.test, False, scope)))
            case s.AssignExpr(value=value):
                return self.evaluate(value, scope)
            case s.Binary():
                return self._binary(expr, scope)
            case s.Unary(op=op, operand=operand):
                return _unary(op, self.evaluate(operand, scope))
            case s.Comprehension(element=element, kind=kind):
                if kind == "dict":
                    return DictValue((), open=True)
                return ListValue((self.evaluate(element, scope),), open=True)
            case s.Spread(value=value):
                return self.evaluate(value, scope)
            case s.Opaque(kind="sequence", parts=parts) if parts:
                return self.evaluate(parts[-1], scope)
            case s.Opaque(kind="format", parts=parts) if parts:
                return self.evaluate(parts[0], scope)
            case s.Opaque():
                return Compound(expr, scope)
            case _:
                pass
        return Unknown("not modelled")

    # ------------------------------------------------------------------ names

    def name(self, name: str, scope: FunctionInfo, at: Position) -> Value:
        """What a name means at a position."""
        if name == "self" and scope.language == "javascript":
            return Instance(scope.self_class) if scope.self_class else Unknown("this")
        for holder in scope.chain:
            table = self.program.table(holder)
            found = table.bindings.get(name) if table else None
            if table and found:
                here = holder is scope
                picked = _pick(found, at, table, here)
                if picked:
                    values = [self._still(b, picked, name, holder) for b in picked]
                    value = values[0] if len(values) == 1 else join(values)
                    if name not in table.mutations:
                        return value
                    return self._mutated(value, name, table, at if here else END, picked)
        return self._global(name, scope)

    def _global(self, name: str, scope: FunctionInfo) -> Value:
        body = scope.chain[-1]
        table = self.program.table(body)
        for holder in scope.chain:
            holding = self.program.table(holder)
            for star in holding.stars if holding else ():
                value = self._from_star(star, name, body)
                if value is not None:
                    return value
        if table is None:
            return Unknown("not loaded")
        if scope.language == "javascript":
            if name in ("module", "exports"):
                return Unknown(name)
            return External(f"global:{name}", "javascript")
        if name in ("True", "False", "None"):
            return Known({"True": True, "False": False, "None": None}[name])
        return External(name)

    def _from_star(self, star: s.Import, name: str, body: FunctionInfo) -> Value | None:
        found = self.program.resolve_module(body.path, star)
        if isinstance(found, str):
            # What a module gives to `import *` it names, or takes from others in ways that name nothing.
            if not self.program.loader.contains(found, (name, "import *", "globals()", "__getattr__")):
                return None
            value = self.program.member_of_module(found, name)
            return None if isinstance(value, Unknown) else value
        if found is not None:
            symbol = f"{found.symbol}.{name}" if body.language == "python" else f"{found.symbol}:{name}"
            if self.program.catalog.shapes_of(body.language, symbol):
                return External(symbol, body.language)
        return None

    def binding(self, b: Binding) -> Value:
        """The value that one binding gives."""
        if b.function is not None:
            return FunctionValue(b.function)
        if b.cls is not None:
            return ClassValue(b.cls)
        if b.param is not None:
            return self._param(b)
        if b.module is not None:
            return self.program.imported(b.module, b.imported, b.scope)
        if b.expr is not None:
            value = self.evaluate(b.expr, b.scope)
            if b.steps:
                value = self.follow(value, b.steps, b.scope)
            if b.annotation is not None and _vague(value):
                typed = self.annotation(b.annotation, b.scope)
                return value if _vague(typed) else typed
            return value
        if b.annotation is not None:
            return self.annotation(b.annotation, b.scope)
        return Unknown("no value")

    def _param(self, b: Binding) -> Value:
        function, param = b.scope, b.param
        assert param is not None  # noqa: S101 (narrowing for the type checker)
        definition = function.definition
        if function.owner is not None and definition is not None and function.language == "python":
            first = definition.params and definition.params[0] is param
            if first and (not definition.static or _is_classmethod(definition)):
                return ClassValue(function.owner) if _is_classmethod(definition) else Instance(function.owner)
        if param.name == "cls" and function.name == "__new__" and function.owner is not None:
            return ClassValue(function.owner)
        if not param.name and definition is not None:  # a destructured one goes by its place
            return ParamValue(function, f"#{definition.params.index(param)}")
        return ParamValue(function, param.name)

    def _mutated(self, value: Value, name: str, table: Table, at: Position, picked: list[Binding] | None) -> Value:
        changes = table.mutations.get(name)
        if not changes:
            return value
        since = min((b.at for b in picked), default=(0, 0)) if picked else (0, 0)
        last = max((b.at for b in picked), default=(0, 0)) if picked else (0, 0)
        out: list[Value] = []
        for one in alternatives(value):
            if isinstance(one, (DictValue, ListValue)) or (isinstance(one, Known) and one.value is None):
                for change in changes:
                    if since <= change.at < at or (change.block.loop and change.block.loop.holds(at)):
                        certain = change.block.holds(at) or change.block.holds(last) or change.block is table.block
                        one = self._change(one, change, maybe=not certain)
            elif isinstance(one, ParamValue) and self._takes_keywords(one) and self._can_expand(one):
                given = join(self._known_of(one))
                out += alternatives(self._mutated(given, name, table, at, picked))
                continue
            elif isinstance(one, (Text, Env, ParamValue)) or (isinstance(one, Known) and isinstance(one.value, str)):
                out += self._lengthened(
                    one, [c for c in changes if since <= c.at < at and c.kind == "extend"], last, at
                )
                continue
            out.append(one)
        return join(out)

    @staticmethod
    def _takes_keywords(value: ParamValue) -> bool:
        param = param_of(value.function, value.name)
        return param is not None and param.kind == "dict"

    def _lengthened(self, text: Value, changes: list[Mutation], last: Position, at: Position) -> list[Value]:
        """`url += path`: the longer text, and the shorter one where that may not have happened."""
        forms = [text]
        for change in changes[:_MAX_ADDED]:
            added = self.evaluate(change.value, change.scope)
            if _texty(added) or isinstance(added, (Env, ParamValue)):
                longer = [_text((form, added)) for form in forms]
                sure = change.block.holds(at) or change.block.holds(last)
                forms = longer if sure else (forms + longer)[-_MAX_FORMS:]
        return forms

    def _change(self, value: Value, change: Mutation, *, maybe: bool) -> Value:
        if isinstance(value, ListValue):
            if change.kind in ("append", "extend", "update"):
                items = (
                    value.items
                    if len(value.items) > _MAX_ITEMS
                    else (*value.items, self.evaluate(change.value, change.scope))
                )
                return ListValue(items, open=True)
            return value
        if not isinstance(value, DictValue):
            return value
        if change.kind in ("set", "merge", "default"):
            if not isinstance(change.key, str):
                key = self.evaluate(change.key, change.scope) if change.key is not None else Unknown()
                if not (isinstance(key, Known) and isinstance(key.value, str)):
                    new = self.evaluate(change.value, change.scope)
                    some = Pair(ANY_KEY, new, change.value, change.scope, maybe=True)
                    return DictValue((*value.entries, some)[-_MAX_ENTRIES:], open=True)
                name = key.value
            else:
                name = change.key
            new = self.evaluate(change.value, change.scope)
            if change.kind == "merge":
                old = value.get(name)
                if old is not None and isinstance(old.value, DictValue) and isinstance(new, DictValue):
                    new = mapping([*old.value.entries, *new.entries], old.value.open)
            if change.kind == "default":
                old = value.get(name)
                if old is not None and not old.maybe:
                    return value
                maybe = maybe or value.open
            pair = Pair(name, new, change.value, change.scope, maybe)
            kept = value.entries if maybe else tuple(e for e in value.entries if e.key != name)
            return mapping([*kept, pair], value.open)
        if change.kind in ("update", "extend"):
            more = self.expand(self.evaluate(change.value, change.scope))
            out = value
            for one in alternatives(more):
                if isinstance(one, DictValue):
                    unsure = maybe or len(alternatives(more)) > 1
                    added = tuple(
                        e if e.maybe or not unsure else Pair(e.key, e.value, e.at, e.scope, True) for e in one.entries
                    )
                    out = mapping([*out.entries, *added], out.open or one.open)
                elif not (isinstance(one, Known) and one.value is None):
                    out = replace(out, open=True)
            return out
        return value

    # ------------------------------------------------------------------ parts of values

    def follow(self, value: Value, steps: Iterable[Step], scope: FunctionInfo) -> Value:
        """Take a part out of a value: what destructuring, iteration and `with` do."""
        for kind, what in steps:
            if kind == "default":
                plain = [v for v in alternatives(value) if not isinstance(v, Unknown) and v != NOTHING]
                value = join((*plain, self.evaluate(what, scope)))
            else:
                value = join(self._step(one, kind, what, scope) for one in alternatives(value))
        return value

    def _step(self, value: Value, kind: str, what: Any, scope: FunctionInfo) -> Value:
        if kind == "key":
            return self.member(value, what, scope)
        if kind == "item":
            return self.item(value, what, scope)
        if kind == "element":
            return self.element(value, scope)
        if kind == "enter":
            return self._enter(value, scope)
        return value

    def item(self, value: Value, index: int, scope: FunctionInfo) -> Value:
        """`value[index]`."""
        match value:
            case ListValue(items=items, open=is_open):
                if -len(items) <= index < len(items):
                    return items[index]
                return join(items) if is_open and items else Unknown("index")
            case Made(symbol=symbol, call=call, scope=inner):
                if symbol in ("react:useState", "react:default.useState") and index == 0 and call.args:
                    first = self.evaluate(call.args[0].value, inner)
                    return self.returned(first) if isinstance(first, FunctionValue) else first
                return Member(value, (f"[{index}]",))
            case ParamValue():
                return (
                    join(self.item(v, index, scope) for v in self._known_of(value))
                    if self._can_expand(value)
                    else Unknown("parameter")
                )
            case Member() | Instance():
                return self.member(value, f"[{index}]", scope)
            case _:
                pass
        return Unknown("item")

    def element(self, value: Value, scope: FunctionInfo) -> Value:
        """One element of an iterable."""
        match value:
            case ListValue(items=items):
                return join(items) if items else Unknown("element")
            case DictValue(entries=entries):
                return join(Known(e.key) for e in entries if e.key != ANY_KEY) if entries else Unknown("key")
            case ParamValue():
                return join(self.element(v, scope) for v in self._known_of(value))
            case Known(value=str()):
                return Unknown("character")
            case Made(shape=shape, type=made_type) if made_type is not None or shape is not None:
                return Member(value, ("[]",))
        return Unknown("element")

    def _enter(self, value: Value, scope: FunctionInfo) -> Value:
        match value:
            case Instance(cls=cls):
                for method in ("__aenter__", "__enter__"):
                    found = self.program.method(cls, method)
                    if found is not None:
                        result = self.returned(FunctionValue(found, value))
                        return value if isinstance(result, Unknown) else result
                return value
            case ListValue(items=items) if items:
                return join(items)
            case ParamValue():
                return join(self._enter(v, scope) for v in self._known_of(value))
            case _:
                pass
        return value

    # ------------------------------------------------------------------ containers

    def _dict(self, expr: s.DictExpr, scope: FunctionInfo) -> Value:
        pairs: list[Pair] = []
        is_open = len(expr.entries) > _MAX_ENTRIES
        for entry in expr.entries[:_MAX_ENTRIES]:
            if entry.key is None:
                spread = self.expand(self.evaluate(entry.value, scope))
                options = [v for v in alternatives(spread) if not (isinstance(v, Known) and not v.value)]
                unsure = len(options) != len(alternatives(spread)) or len(options) > 1
                for one in options:
                    if isinstance(one, DictValue):
                        pairs += [
                            p if p.maybe or not unsure else Pair(p.key, p.value, p.at, p.scope, True)
                            for p in one.entries
                        ]
                        is_open = is_open or one.open
                    else:
                        is_open = True
                continue
            key = self.evaluate(entry.key, scope)
            if isinstance(key, Known) and key.value is not None:
                text = key.value if isinstance(key.value, str) else str(key.value)
                pairs.append(Pair(text, self.evaluate(entry.value, scope), entry.value, scope))
            else:
                known = [k for k in alternatives(key) if isinstance(k, Known) and isinstance(k.value, str)]
                for one_key in known:
                    pairs.append(Pair(str(one_key.value), self.evaluate(entry.value, scope), entry.value, scope))
                is_open = is_open or len(known) < len(alternatives(key))
        return mapping(pairs, is_open)

    def _list(self, items: tuple[s.Expr, ...], scope: FunctionInfo) -> Value:
        out: list[Value] = []
        is_open = len(items) > _MAX_ITEMS
        for item in items[:_MAX_ITEMS]:
            if isinstance(item, s.Spread):
                inner = self.evaluate(item.value, scope)
                if isinstance(inner, ListValue):
                    out += inner.items
                    is_open = is_open or inner.open
                else:
                    out.append(inner)
                    is_open = True
            else:
                out.append(self.evaluate(item, scope))
        return ListValue(tuple(out[:_MAX_ITEMS]), is_open)

    def _where(self, expr: s.Expr, test: s.Expr, holds: bool, scope: FunctionInfo) -> Value:
        """One side of a conditional: what the test says to be there is not None there."""
        value = self.evaluate(expr, scope)
        about = _not_none(test, holds)
        return join(_present(v) for v in _without_none(value)) if about and about == dotted(expr) else value

    def _still(self, b: Binding, picked: list[Binding], name: str, holder: FunctionInfo) -> Value:
        """What a binding gives where others replace it: a parameter that `if x is None: x = 1` fills is there."""
        value = self.binding(b)
        if b.param is None or not isinstance(value, ParamValue) or holder.definition is None:
            return value
        filled = any(
            isinstance(stmt, s.If)
            and _not_none(stmt.test, False) == name
            and any(o is not b and (stmt.at.line, stmt.at.column) <= o.at < (stmt.at.end_line + 1, 0) for o in picked)
            for stmt in holder.definition.body[:40]
        )
        return _present(value) if filled else value

    def _bool(self, op: str, values: tuple[s.Expr, ...], scope: FunctionInfo) -> Value:
        if op == "and":
            last = self.evaluate(values[-1], scope)
            if isinstance(last, (DictValue, Text, Known)) and not (isinstance(last, Known) and last.value is None):
                return join((last, NOTHING))
            return last
        out: list[Value] = []
        for i, value in enumerate(values):
            known = self.evaluate(value, scope)
            final = i == len(values) - 1
            for one in alternatives(known):
                empty = isinstance(one, Known) and (one.value is None or (op == "or" and not one.value))
                if final or not empty:
                    out.append(one if final else _present(one))
            certain = all(isinstance(v, Known) and v.value for v in alternatives(known))
            if certain and op == "or":
                break
        if len(out) == 2 and isinstance(out[0], Env) and out[0].default is None:
            return Env(out[0].name, out[1])
        return join(out)

    def _binary(self, expr: s.Binary, scope: FunctionInfo) -> Value:
        left, right = self.evaluate(expr.left, scope), self.evaluate(expr.right, scope)
        op = expr.op
        if op in ("==", "is", "in", "not in", "!=", "<", ">", "<=", ">=", "is not", "instanceof"):
            return Unknown("comparison")
        if isinstance(left, Known) and isinstance(right, Known):
            value = _arithmetic(op, left.value, right.value)
            if value is not None:
                return Known(value)
        if op == "+":
            if isinstance(left, ListValue) and isinstance(right, ListValue):
                return ListValue((*left.items, *right.items)[:_MAX_ITEMS], left.open or right.open)
            if _texty(left) or _texty(right):
                return _text((left, right))
        if op == "%" and _texty(left):
            return _percent(left, right)
        if op == "/" and (_pathlike(left) or _pathlike(right)):
            return _text((left, Known("/"), right))
        if op == "|" and isinstance(left, DictValue) and isinstance(right, DictValue):
            return mapping([*left.entries, *right.entries], left.open or right.open)
        if op in ("+", "-", "*", "/", "//", "**", "%") and not (
            isinstance(left, (Made, Member, Instance)) or op == "+"
        ):
            return Unknown("arithmetic")
        return Compound(expr, scope)

    # ------------------------------------------------------------------ members

    def _attr(self, expr: s.Attr, scope: FunctionInfo) -> Value:
        base = self.evaluate(expr.base, scope)
        value = self._joined(base, expr.name, scope)
        name = dotted(expr)
        if name:
            table = self.program.table(scope)
            if table and name in table.mutations:
                value = self._mutated(value, name, table, start(expr.at), None)
        return value

    def _joined(self, base: Value, name: str, scope: FunctionInfo) -> Value:
        options = alternatives(base)
        if len(options) == 1:
            return self.member(options[0], name, scope)
        useful = [v for v in options if not (isinstance(v, Known) and v.value is None)]
        return join(self.member(v, name, scope) for v in (useful or options))

    def _index(self, expr: s.Index, scope: FunctionInfo) -> Value:
        base = self.evaluate(expr.base, scope)
        key = self.expand(self.evaluate(expr.key, scope))
        found = join(self._subscript(one, k, scope) for one in alternatives(base) for k in alternatives(key))
        match expr.base, key:
            case s.Name(id=holder), Known(value=str(name)) if found == NOTHING or isinstance(found, Unknown):
                return self._kept(holder, name) or found  # another module may have put it in
            case _:
                return found

    def _subscript(self, base: Value, key: Value, scope: FunctionInfo) -> Value:
        if isinstance(base, ParamValue):
            return (
                join(self._subscript(v, key, scope) for v in self._known_of(base))
                if self._can_expand(base)
                else Unknown("parameter")
            )
        if isinstance(key, Known):
            if isinstance(key.value, str):
                if isinstance(base, External) and base.symbol.startswith(library.ENVIRONMENT_MAPS):
                    return Env(key.value)
                if isinstance(base, DictValue):
                    return self._entry(base, key.value)
                return self.member(base, key.value, scope)
            if isinstance(key.value, int) and not isinstance(base, DictValue):
                return self.item(base, key.value, scope)
            if isinstance(base, DictValue):
                return self._entry(base, str(key.value))
        if isinstance(base, DictValue) and base.entries:
            return join(e.value for e in base.entries)
        if isinstance(base, ListValue) and base.items:
            return join(base.items)
        if isinstance(base, ClassValue):  # `Generic[T]`, or an Enum by name
            return base
        return Unknown("index")

    @staticmethod
    def _entry(base: DictValue, key: str) -> Value:
        pairs = [e for e in base.entries if e.key == key]
        if not pairs:
            some = [e.value for e in base.entries if e.key == ANY_KEY]
            if some:
                return join(some)
            return Unknown("key not known") if base.open else NOTHING
        if pairs[-1].maybe:
            return join(p.value for p in pairs)
        return pairs[-1].value

    def _django_setting(self, name: str) -> Value | None:
        """What Django's settings module of the repository gives a name; None where none sets it."""
        if not name.isupper():
            return None
        for path in self.program.loader.mentions(name):
            if path.endswith("/settings.py") or path == "settings.py" or "/settings/" in path:
                found = self.program.member_of_module(path, name)
                if not isinstance(found, Unknown):
                    return found
        return None

    def member(self, base: Value, name: str, scope: FunctionInfo) -> Value:
        """`base.name`."""
        match base:
            case External(symbol="django.conf.settings") if (stored := self._django_setting(name)) is not None:
                return stored
            case External(symbol=symbol) if (
                symbol in library.SESSIONS and (kept := self._kept(symbol, name)) is not None
            ):
                return kept
            case External(symbol=symbol, language=language):
                return _external_member(symbol, name, language)
            case ModuleValue(path=path):
                return self.program.member_of_module(path, name)
            case Instance():
                return self.attribute(base, name)
            case Made() | Member():
                return self._made_member(base, name, scope)
            case ClassValue(cls=cls):
                return self.class_attribute(cls, name)
            case Super(cls=cls):
                return self._after(cls, name)
            case DictValue():
                if base.get(name) is not None and (scope.language == "javascript" or name not in _DICT_METHODS):
                    value = self._entry(base, name)
                    if isinstance(value, FunctionValue) and value.bound is None:
                        return replace(value, bound=base)
                    return value
                if scope.language == "javascript" and not base.open and name not in _OBJECT_METHODS:
                    return NOTHING
                return Member(base, (name,))
            case ParamValue():
                return self._param_member(base, name, scope)
            case FunctionValue():
                return self._function_member(base, name)
            case Known() | Text() | ListValue() | Env():
                if name in ("href", "value") and not isinstance(base, ListValue):
                    return base
                return Member(base, (name,))
            case Compound():
                return Member(base, (name,))
            case Unknown():
                stored = self._stored(name, None)
                return stored if stored is not None else base
            case _:
                pass
        return Unknown("attribute")

    def _kept(self, session: str, name: str) -> Value | None:
        """What is taken out of a user's session; None where nothing that matters is put in under the name."""
        values = [v for v in self.program.kept(session, name) if not _vague(v) and not isinstance(v, Known)]
        return join(values) if values else None

    def _option(self, base: Made, name: str) -> Value | None:
        """`args.max_tokens` of `parser.parse_args()`: the default that `add_argument` gives it."""
        scan = self.program.scan_of(base.scope.path)
        for site in scan.calls.get("add_argument", ()) if scan is not None else ():
            named = {a.name: a.value for a in site.call.args if a.name}
            if name in destinations(site.call, named):
                default = named.get("default")
                return self.evaluate(default, site.function) if default is not None else None
        return None

    def _param_member(self, base: ParamValue, name: str, scope: FunctionInfo) -> Value:
        found = [v for v in self._known_of(base) if not isinstance(v, (Unknown, ParamValue))]
        if not found:
            stored = self._stored(name, None)
            return stored if stored is not None else Member(base, (name,))
        useful = [v for v in found if not (isinstance(v, Known) and v.value is None)]
        return join(self.member(v, name, scope) for v in (useful or found))

    def _function_member(self, base: FunctionValue, name: str) -> Value:
        if name in library.DEFERRED:
            return Member(base, (name,))
        stored = self._stored(name, None)
        return stored if stored is not None else Member(base, (name,))

    def _made_member(self, base: Made | Member, name: str, scope: FunctionInfo) -> Value:
        if isinstance(base, Made):
            if base.type is None:
                if base.symbol in library.DEFAULTS:
                    return self.member(self.default_of(base), name, scope)
                if base.symbol.endswith(".parse_args") and (option := self._option(base, name)) is not None:
                    return option
                stored = self._stored(name, base)
                if stored is not None:
                    return stored
            return Member(base, (name,))
        if isinstance(base.base, (Made, Compound, ParamValue)) and not (isinstance(base.base, Made) and base.base.type):
            stored = self._stored(name, base)
            if stored is not None:
                return stored
        return Member(base.base, (*base.path, name))

    def _stored(self, name: str, base: Value | None) -> Value | None:
        """What the program stores under this attribute of a foreign object (`app.state.client = ...`), if it is clear."""
        if name in _COMMON_ATTRIBUTES:
            return None
        bindings = self.program.stored(name)
        if not bindings or len(bindings) > 6:
            return None
        values = [v for b in bindings if not _vague(v := self.binding(b)) and not isinstance(v, Known)]
        return join(values) if 0 < len(values) <= 3 else None

    # ------------------------------------------------------------------ objects and classes

    def attribute(self, obj: Instance, name: str) -> Value:
        """An attribute of an object of a class of the repository."""
        for cls in self.program.bases(obj.cls):
            if isinstance(cls, str):
                value = self._foreign_attribute(obj, cls, name)
                if value is not None:
                    return value
                continue
            value = self._own_attribute(obj, cls, name)
            if value is not None:
                return value
        found = []
        for child in self.program.subclasses(obj.cls):
            value = self._own_attribute(Instance(child), child, name)
            if value is not None:
                found.append(value)
        if found:
            return join(found)
        return self._set_from_a_method(obj, name) or self._collected(obj, name) or self._by_getter(obj, name)

    def _collected(self, obj: Instance, name: str) -> Value | None:
        """What a decorator of the class gathers: `self.agents` of `@CrewBase` is what the methods with `@agent` return."""
        methods = list(obj.cls.methods.values())
        scope = next((m.parent for m in methods if m.parent is not None), None)
        if scope is None:
            return None
        for decorator in obj.cls.definition.decorators:
            marks = library.COLLECTED.get(self.program.symbol(decorator, scope), {})
            if name in marks:
                marked = [m for m in methods if m.definition is not None and self._is_marked(m, marks[name])]
                return ListValue(tuple(self.returned(FunctionValue(m, obj)) for m in marked[:_MAX_ITEMS]))
        return None

    def _is_marked(self, method: FunctionInfo, mark: str) -> bool:
        decorators = method.definition.decorators if method.definition is not None else ()
        return any(self.program.symbol(d, method.parent or method) == mark for d in decorators)

    def fields(self, obj: Instance) -> DictValue | None:
        """A dataclass or model as a mapping of its fields; None where it has attributes of another origin."""
        names: dict[str, None] = {}
        for cls in self.program.bases(obj.cls):
            if isinstance(cls, str):
                if cls.rpartition(".")[2] not in (
                    "BaseModel",
                    "BaseSettings",
                    "object",
                    "ABC",
                    "NamedTuple",
                    "Generic",
                ):
                    return None
                continue
            for stmt in cls.definition.body:
                if isinstance(stmt, s.Assign) and stmt.annotation is not None:
                    names.update(dict.fromkeys(t.id for t in stmt.targets if isinstance(t, s.Name)))
        if not names or len(names) > _MAX_ITEMS:
            return None
        return DictValue(tuple(Pair(name, self.attribute(obj, name)) for name in names))

    def _set_from_a_method(self, obj: Instance, name: str) -> Value | None:
        """`cls._instance.client = OpenAI()` of a class's own method: its objects have it."""
        classes = [c for c in self.program.bases(obj.cls) if isinstance(c, ClassInfo)]
        found = [
            v
            for b in self.program.stored(name)
            if b.scope.self_class in classes and not _vague(v := self.binding(b)) and not isinstance(v, Known)
        ]
        return join(found) if found else None

    def _by_getter(self, obj: Instance, name: str) -> Value:
        """`def __getattr__(self, name): return getattr(self._inner, name)`."""
        getter = self.program.method(obj.cls, "__getattr__")
        table = self.program.table(getter) if getter else None
        for expr in table.returns if table else ():
            if (
                getter
                and isinstance(expr, s.Call)
                and isinstance(expr.func, s.Name)
                and expr.func.id == "getattr"
                and expr.args
            ):
                inner = [
                    v for v in alternatives(self.evaluate(expr.args[0].value, getter)) if v != NOTHING and v != obj
                ]
                if inner:
                    return join(self.member(v, name, getter) for v in inner)
        return Unknown("attribute not found")

    def _own_attribute(self, obj: Instance, cls: ClassInfo, name: str) -> Value | None:
        scan = self.program.scan_of(cls.path)
        bindings = scan.attributes.get(cls, {}).get(name, []) if scan else []
        method = cls.methods.get(name)
        if method is not None:
            if method.definition is not None and method.definition.accessor == "get":
                return self.returned(FunctionValue(method, obj))
            static = method.definition is not None and method.definition.static
            return FunctionValue(method, ClassValue(cls) if static else obj)
        if not bindings:
            return None
        given = self._given_field(obj, cls, name, bindings)
        if given is not None:
            return given
        if any(b.expr is not None for b in bindings):
            bindings = [b for b in bindings if b.expr is not None]
        values = []
        for b in bindings:
            for value in alternatives(self.binding(b)):
                if (
                    isinstance(value, ParamValue)
                    and obj.call is not None
                    and obj.scope is not None
                    and value.function.owner
                ):
                    value = self.argument(value, obj.call, obj.scope)
                if isinstance(value, Made) and value.symbol in library.DEFAULTS:
                    value = self.default_of(value)
                if (
                    isinstance(value, Made)
                    and obj.call is not None
                    and obj.scope is not None
                    and b.scope.name == "__init__"
                ):
                    value = replace(value, context=(*value.context, (b.scope, obj.call, obj.scope))[-3:])
                values.append(value)
        real = [v for one in values for v in alternatives(one) if not (isinstance(v, Known) and v.value is None)]
        vague = [v for v in real if isinstance(v, Unknown)]
        if real and len(vague) < len(real):
            real = [v for v in real if not isinstance(v, Unknown)]
        value = join(real or values)
        return self._attribute_mutations(value, cls, name)

    def _attribute_mutations(self, value: Value, cls: ClassInfo, name: str) -> Value:
        """`self.options["max_tokens"] = 1` in a method belongs to what `self.options` is everywhere."""
        if not isinstance(value, (DictValue, ListValue)):
            return value
        for method in cls.methods.values():
            table = self.program.table(method)
            if table is not None and f"self.{name}" in table.mutations:
                value = self._mutated(value, f"self.{name}", table, END, None)
        return value

    def _given_field(self, obj: Instance, cls: ClassInfo, name: str, bindings: list[Binding]) -> Value | None:
        """A field of a dataclass or model that the constructor's call gives by keyword or position."""
        if obj.call is None or obj.scope is None or self.program.method(cls, "__init__") is not None:
            return None
        if not any(b.annotation is not None and b.owner is cls for b in bindings):
            return None
        for arg in obj.call.args:
            if arg.name == name and not arg.spread:
                return self.evaluate(arg.value, obj.scope)
        fields = [
            t.id for st in cls.definition.body if isinstance(st, s.Assign) and st.annotation is not None
            for t in st.targets if isinstance(t, s.Name)
        ]  # fmt: skip
        place = fields.index(name) if name in fields else -1
        positional = [a for a in obj.call.args if a.name is None]
        if 0 <= place < len(positional) and not any(a.spread for a in positional):
            return self.evaluate(positional[place].value, obj.scope)
        return None

    def _foreign_attribute(self, obj: Instance, symbol: str, name: str) -> Value | None:
        language = self.program.language_of(obj.cls.path)
        made_type = self.program.catalog.type_of(language, symbol)
        if made_type is None:
            return None
        call, scope = self._base_call(obj)
        made = Made(symbol, call, scope, language, made_type, assumed=obj.call is None and not call.args)
        return Member(made, (name,))

    def _base_call(self, obj: Instance) -> tuple[s.Call, FunctionInfo]:
        """The call that constructs the foreign base: `super().__init__(...)`, else the object's own constructor."""
        maker = obj.cls.methods.get("__init__")
        if maker is not None:
            for site in self.program.sites(maker):
                text = site.call.func
                if isinstance(text, s.Attr) and text.name == "__init__" and isinstance(text.base, s.Call):
                    return site.call, maker
                if isinstance(text, s.Name) and text.id == "super":
                    return site.call, maker
        if obj.call is not None and obj.scope is not None:
            return obj.call, obj.scope
        return self.synthetic(s.Name(obj.cls.definition.at, obj.cls.name)), obj.cls.scope

    def synthetic(self, func: s.Expr) -> s.Call:
        """A call without arguments that stands for a constructor which was not seen."""
        call = s.Call(func.at, func)
        self.keep.append(call)
        return call

    def class_attribute(self, cls: ClassInfo, name: str) -> Value:
        """An attribute of the class itself: constants, Enum members, static and class methods."""
        for base in self.program.bases(cls):
            if isinstance(base, str):
                continue
            scan = self.program.scan_of(base.path)
            method = base.methods.get(name)
            if method is not None:
                static = method.definition is not None and method.definition.static
                return FunctionValue(method, ClassValue(cls) if static else None)
            found = scan.attributes.get(base, {}).get(name, []) if scan else []
            if found:
                value = join(self.binding(b) for b in found)
                return self.default_of(value) if isinstance(value, Made) else value
        foreign = [b for b in self.program.bases(cls) if isinstance(b, str)]
        if foreign:
            return _external_member(foreign[0], name, self.program.language_of(cls.path))
        stored = self._stored(name, None)
        return stored if stored is not None else Unknown("class attribute not found")

    def _after(self, cls: ClassInfo, name: str) -> Value:
        for base in self.program.bases(cls)[1:]:
            if isinstance(base, str):
                made = self._foreign_attribute(Instance(cls), base, name)
                return made if made is not None else Unknown("super")
            method = base.methods.get(name)
            if method is not None:
                return FunctionValue(method, Instance(cls))
            scan = self.program.scan_of(base.path)
            found = scan.attributes.get(base, {}).get(name, []) if scan else []
            if found:
                return join(self.binding(b) for b in found)
        return Unknown("super")

    # ------------------------------------------------------------------ parameters

    def _known_of(self, value: ParamValue) -> tuple[Value, ...]:
        return alternatives(self.parameter(value.function, value.name))

    def _can_expand(self, value: ParamValue) -> bool:
        return any(not isinstance(v, (Unknown, ParamValue)) for v in self._known_of(value))

    def expand(self, value: Value) -> Value:
        """Replace parameters by what the callers give, as far as that is known."""
        if not any(isinstance(v, ParamValue) for v in alternatives(value)):
            return value
        out: list[Value] = []
        for one in alternatives(value):
            if isinstance(one, ParamValue):
                known = [v for v in self._known_of(one) if not isinstance(v, Unknown)]
                out += known or [one]
            else:
                out.append(one)
        return join(out)

    def parameter(self, function: FunctionInfo, name: str) -> Value:
        """What a parameter may hold: the callers' arguments, its default, else what its annotation says."""
        key = (function, name)
        if key in self.bound:
            return self.expand(self.bound[key])
        if function in self.returning:
            self.sensitive.add(function)
        if key in self.params:
            return self.params[key]
        if key in self.asking or len(self.asking) > 12:
            self.cut += 1
            return Unknown("recursive parameter")
        self.asking.add(key)
        before = self.cut
        try:
            value = self._parameter(function, name)
        finally:
            self.asking.discard(key)
        if self.cut == before or not self.asking or self._again(key) is False:
            self.params[key] = value
        return value

    def _parameter(self, function: FunctionInfo, name: str) -> Value:
        param = param_of(function, name)
        if param is None:
            return Unknown("parameter")
        values: list[Value] = []
        for value, _ in self.program.argument_values(function, name):
            for one in alternatives(value):
                if isinstance(one, ParamValue):
                    one = self.parameter(one.function, one.name)
                values += [v for v in alternatives(one) if not isinstance(v, Unknown)]
        real = [v for v in values if not isinstance(v, Known) or v.value is not None]
        if param.annotation is not None and all(is_opaque(v) for v in real):
            typed = self.annotation(param.annotation, function.parent or function)
            if function.language == "javascript" and function.name == "__init__":
                typed = self._provided(typed)
            if not _vague(typed):
                return join((typed, *(v for v in values if isinstance(v, Known))))
        return join(values) if values else Unknown("parameter")

    def _provided(self, typed: Value) -> Value:
        """What dependency injection gives for a type: `{provide: OpenAI, useFactory: () => new OpenAI(...)}`."""
        if not isinstance(typed, Made) or not typed.assumed:
            return typed
        if typed.symbol not in self._providers:
            self._providers[typed.symbol] = typed
            paths = {
                p for name in ("useFactory", "useValue") for p in self.program.loader.mentions(name)[:_MAX_PROVIDERS]
            }
            found = [v for path in sorted(paths) for v in self._providers_of(path) if v.symbol == typed.symbol]
            found += self._registered(typed)
            if found:
                self._providers[typed.symbol] = join(found)
        return self._providers[typed.symbol]

    def _registered(self, typed: Made) -> Iterator[Made]:
        """`HttpModule.register({timeout: 5000})`, which makes what is injected as another class."""
        for symbol in typed.type.symbols.get("javascript", ()) if typed.type is not None else ():
            owner, _, method = symbol.rpartition(":")[2].rpartition(".")
            for path in (
                self.program.loader.mentions(owner)[:_MAX_PROVIDERS] if owner and symbol != typed.symbol else ()
            ):
                scan = self.program.scan_of(path)
                for site in scan.calls.get(method, ()) if scan is not None else ():
                    made = self.evaluate(site.call, site.function)
                    yield from (v for v in alternatives(made) if isinstance(v, Made) and v.type is typed.type)

    def _providers_of(self, path: str) -> Iterator[Made]:
        module = self.program.module(path)
        for node in walk(module.module) if module is not None else ():
            if not isinstance(node, s.DictExpr):
                continue
            keys = {e.key.value: e.value for e in node.entries if isinstance(e.key, s.Const)}
            given = keys.get("useFactory") or keys.get("useValue")
            if "provide" not in keys or given is None or module is None:
                continue
            value = self.evaluate(given, module.body)
            made = self.returned(value) if "useFactory" in keys else value
            yield from (v for v in alternatives(made) if isinstance(v, Made) and not v.assumed)

    def argument(self, value: ParamValue, call: s.Call, scope: FunctionInfo) -> Value:
        """What one call gives for a parameter."""
        found = self.program.bind_argument(value.function, value.name, call, scope)
        if found is not None:
            return found
        param = param_of(value.function, value.name)
        if param is not None and param.default is not None:
            return self.default_of(self.evaluate(param.default, value.function.parent or value.function))
        return Unknown("not given")

    def default_of(self, value: Value) -> Value:
        """See through `Field(default=...)`, `typer.Option(...)`, `Depends(f)` and their like."""
        if not isinstance(value, Made):
            return value
        places = library.DEFAULTS.get(value.symbol)
        if places is None:
            return value
        for arg in value.call.args:
            if arg.name in places and not arg.spread:
                return self.evaluate(arg.value, value.scope)
            if arg.name == "default_factory":
                return self.returned(self.evaluate(arg.value, value.scope))
        first = value.call.args[0] if value.call.args else None
        if "#0" in places and first is not None and first.name is None and not first.spread:
            known = self.evaluate(first.value, value.scope)
            if not isinstance(first.value, s.Opaque):
                return known
        return Unknown("required")

    # ------------------------------------------------------------------ annotations

    def annotation(self, expr: s.Expr, scope: FunctionInfo) -> Value:
        """An object of the type that an annotation names; Unknown where it says nothing useful."""
        match expr:
            case s.Const(value=str(text)):
                parts = text.strip("'\" ").split("[")[0].split(".")
                if not all(p.isidentifier() for p in parts) or len(text) > 120:
                    return Unknown("annotation")
                value = self.name(parts[0], scope, END)
                for part in parts[1:]:
                    value = self.member(value, part, scope)
                return self._typed(value, expr, scope)
            case s.Name(id="str" | "string"):
                return Text((Unknown("text"),))
            case s.Name(id=alias) if (stands_for := self._annotated_alias(alias, scope)) is not None:
                return self.annotation(*stands_for)
            case s.Name() | s.Attr():
                return self._typed(self.evaluate(expr, scope), expr, scope)
            case s.Index(base=base, key=key):
                name = base.name if isinstance(base, s.Attr) else base.id if isinstance(base, s.Name) else ""
                inner = key.items if isinstance(key, s.ListExpr) else (key,)
                if name in _LIST_TYPES and inner:
                    return ListValue((self.annotation(inner[0], scope),), open=True)
                if name == "Annotated":
                    for extra in inner[1:]:
                        value = self.evaluate(extra, scope)
                        if not _vague(value) and not isinstance(value, Made):
                            return value
                        if isinstance(value, Made) and value.type is not None:
                            return value
                if name in ("type", "Type"):
                    value = self.evaluate(inner[0], scope) if inner else Unknown()
                    return value if isinstance(value, ClassValue) else Unknown("annotation")
                if name in _WRAPPER_TYPES and inner:
                    return self.annotation(inner[0], scope)
                if name == "Union":
                    return self._either(inner, scope)
                return self._typed(self.evaluate(base, scope), base, scope)
            case s.Binary(op="|", left=left, right=right):
                return self._either((left, right), scope)
            case s.Opaque(parts=parts) if parts:
                return self._either(parts, scope)
        return Unknown("annotation")

    def _annotated_alias(self, name: str, scope: FunctionInfo) -> tuple[s.Expr, FunctionInfo] | None:
        """`Client = Annotated[OpenAI, Depends(make)]`: what the name stands for, and where."""
        for holder in scope.chain:
            table = self.program.table(holder)
            for b in table.bindings.get(name, ())[:2] if table else ():
                if isinstance(b.expr, s.Index) and dotted(b.expr.base).rpartition(".")[2] == "Annotated":
                    return b.expr, b.scope
        return None

    def _either(self, parts: Iterable[s.Expr], scope: FunctionInfo) -> Value:
        found = [v for v in (self.annotation(p, scope) for p in parts) if not _vague(v)]
        return join(found) if found else Unknown("annotation")

    def _typed(self, value: Value, expr: s.Expr, scope: FunctionInfo) -> Value:
        out: list[Value] = []
        for one in alternatives(value):
            if isinstance(one, ClassValue):
                out.append(Instance(one.cls))
            elif isinstance(one, External):
                made_type = self.program.catalog.type_of(scope.language, one.symbol)
                if made_type is not None:
                    call = self.synthetic(expr)
                    out.append(Made(one.symbol, call, scope, scope.language, made_type, assumed=True))
        return join(out) if out else Unknown("annotation")

    # ------------------------------------------------------------------ calls

    def call(self, expr: s.Call, scope: FunctionInfo) -> Value:
        """What a call gives back."""
        func = expr.func
        if isinstance(func, s.Name) and scope.language == "javascript" and func.id in ("require", "import"):
            return self._require(expr, scope)
        if isinstance(func, s.Name) and func.id == "super":
            return self._super(expr, scope)
        callee = self.evaluate(func, scope)
        return join(self.apply(one, expr, scope) for one in alternatives(callee))

    def _require(self, expr: s.Call, scope: FunctionInfo) -> Value:
        text = self.evaluate(expr.args[0].value, scope) if expr.args else Unknown()
        if isinstance(text, Known) and isinstance(text.value, str):
            func = expr.func
            dynamic = isinstance(func, s.Name) and func.id == "import"
            return self.program.required(scope.path, text.value, dynamic=dynamic)
        return Unknown("computed import")

    def _super(self, expr: s.Call, scope: FunctionInfo) -> Value:
        cls = scope.self_class
        return Super(cls) if cls is not None else Unknown("super")

    def apply(self, callee: Value, expr: s.Call, scope: FunctionInfo) -> Value:
        """What calling a value with the arguments of `expr` gives."""
        match callee:
            case FunctionValue():
                return self._run(callee, expr, scope)
            case ClassValue(cls=cls):
                return Instance(cls, expr, scope)
            case External(symbol=symbol, language=language):
                return self._external(symbol, language, expr, scope)
            case Member(base=base, path=path):
                return self._method(callee, base, path, expr, scope)
            case Made():
                return self._call_object(callee, expr, scope)
            case Instance(cls=cls):
                method = self.program.method(cls, "__call__")
                return self._run(FunctionValue(method, callee), expr, scope) if method else Unknown("call")
            case ParamValue():
                known = [v for v in self._known_of(callee) if not isinstance(v, (Unknown, ParamValue, Known))]
                return join(self.apply(v, expr, scope) for v in known) if known else Compound(expr, scope)
            case Unknown() if isinstance(expr.func, s.Attr):
                if expr.func.name in library.FIELDS_METHODS and scope.language == "python":
                    values = alternatives(self.expand(self.evaluate(expr.func.base, scope)))
                    found = [f for v in values if isinstance(v, Instance) and (f := self.fields(v)) is not None]
                    if found:
                        return join(found)
                if expr.func.name in ("join", "trim", "toString", "strip"):
                    return Text((Unknown("text"),))
                return self._by_name(expr.func.name, expr, scope)
        return Compound(expr, scope)

    def _by_name(self, name: str, expr: s.Call, scope: FunctionInfo) -> Value:
        """A method of an unknown object: what the few methods of that name give back, if that is an object."""
        found = self.program.methods_named(name, scope.language)
        values = [v for f in found for v in alternatives(self._run(FunctionValue(f), expr, scope))]
        useful = [v for v in values if isinstance(v, (Made, Instance, Member)) and not is_opaque(v)]
        return join(useful) if useful else Compound(expr, scope)

    def _run(self, callee: FunctionValue, expr: s.Call, scope: FunctionInfo) -> Value:
        value = self.returned(callee)
        if callee.function in self.sensitive and len(self.inside) < 2 and callee.function not in self.inside:
            value = self._look_into(callee, expr, scope)
        return join(self._bind(v, callee, expr, scope, 0) for v in alternatives(value))

    def _look_into(self, callee: FunctionValue, expr: s.Call, scope: FunctionInfo) -> Value:
        """Evaluate a function for one call alone, so that different calls of a helper are told apart."""
        function = callee.function
        params = function.definition.params if function.definition else ()
        given = {(function, p.name): self.argument(ParamValue(function, p.name), expr, scope) for p in params}
        saved = self.bound, self.inside, self.local, self.loose, self.params
        self.bound = {**self.bound, **given}
        self.inside = self.inside | {function}
        self.local, self.loose, self.params = {}, {}, {}
        try:
            return self.returned(callee)
        finally:
            self.bound, self.inside, self.local, self.loose, self.params = saved

    def within(
        self, expr: s.Expr, scope: FunctionInfo, context: tuple[tuple[FunctionInfo, s.Call, FunctionInfo], ...]
    ) -> Value:
        """Evaluate where certain calls are known to be under way: (function, its call, the call's scope), innermost first."""
        functions = frozenset(c[0] for c in context)
        if self.depth or functions.isdisjoint(scope.chain):
            return self.evaluate(expr, scope)
        saved = self.bound, self.inside, self.local, self.loose, self.params
        self.bound, self.inside, self.local, self.loose, self.params = {}, functions, {}, {}, {}
        try:
            for function, call, outer in reversed(context):
                params = function.definition.params if function.definition else ()
                names = [p.name or f"#{i}" for i, p in enumerate(params)]
                given = {(function, n): self.argument(ParamValue(function, n), call, outer) for n in names}
                self.bound = {**self.bound, **given}
                self.local = {}
            return self.evaluate(expr, scope)
        finally:
            self.bound, self.inside, self.local, self.loose, self.params = saved

    def returned(self, value: Value) -> Value:
        """What a function gives back; its parameters stay parameters."""
        if not isinstance(value, FunctionValue):
            return self._returned(value)
        self.returning.append(value.function)
        try:
            return self._returned(value)
        finally:
            self.returning.pop()

    def _returned(self, value: Value) -> Value:
        if isinstance(value, ClassValue):
            return Instance(value.cls)
        if not isinstance(value, FunctionValue):
            if isinstance(value, External) and value.symbol in ("list", "dict"):
                return DictValue() if value.symbol == "dict" else ListValue(())
            return Unknown("not a function")
        function = value.function
        table = self.program.table(function)
        if table is None:
            return Unknown("not loaded")
        definition = function.definition
        if definition is not None and (definition.is_generator or table.yields):
            return ListValue(tuple(self.evaluate(y, function) for y in table.yields[:8]), open=True)
        results = []
        for expr in table.returns[:32]:
            for one in alternatives(self.evaluate(expr, function)):
                if (
                    isinstance(one, Instance)
                    and isinstance(value.bound, Instance)
                    and one.cls is value.bound.cls
                    and one.call is None
                ):
                    one = value.bound
                results.append(one)
        real = [v for v in results if not (isinstance(v, Known) and v.value is None)]
        if real:
            return join(real)
        if results:
            return NOTHING
        if definition is not None and definition.returns is not None:
            return self.annotation(definition.returns, function.parent or function)
        return NOTHING

    def _bind(self, value: Value, callee: FunctionValue, expr: s.Call, scope: FunctionInfo, level: int) -> Value:
        """Put a call's arguments into what the function returned."""
        function = callee.function
        match value:
            case ParamValue(function=owner) if owner is function:
                given = self.argument(value, expr, scope)
                return join(_without_none(given)) if value.present else given
            case Made():
                if any(f is function for f in value.scope.chain):
                    return replace(value, context=(*value.context, (function, expr, scope))[-3:])
                return value
            case Text(parts=parts) if level < 3:
                return _text(p if isinstance(p, Value) else Known(p) for p in (
                    x if isinstance(x, str) else self._bind(x, callee, expr, scope, level + 1) for x in parts))  # fmt: skip
            case DictValue(entries=entries) if level < 3 and len(entries) < 40:
                bound = tuple(
                    Pair(e.key, self._bind(e.value, callee, expr, scope, level + 1), e.at, e.scope, e.maybe)
                    for e in entries
                )
                return DictValue(bound, value.open)
            case ListValue(items=items) if level < 3 and len(items) < 20:
                return replace(value, items=tuple(self._bind(i, callee, expr, scope, level + 1) for i in items))
        return value

    def _call_object(self, callee: Made, expr: s.Call, scope: FunctionInfo) -> Value:
        shape = callee.type.callable if callee.type is not None else None
        if shape is not None:
            return self.result_of(shape, spelled(callee), expr, scope, callee)
        if callee.symbol in ("functools.partial",) and callee.call.args:
            inner = self.evaluate(callee.call.args[0].value, callee.scope)
            return join(self.apply(v, expr, scope) for v in alternatives(inner))
        if callee.symbol in _DECORATOR_FACTORIES and expr.args:
            return self.evaluate(expr.args[0].value, scope)
        return Made(f"{callee.symbol}()", expr, scope, callee.language, receiver=callee)

    def result_of(
        self, shape: CallShape, symbol: str, expr: s.Call, scope: FunctionInfo, receiver: Value | None
    ) -> Value:
        """The object that a catalogued call gives back."""
        base = receiver
        while isinstance(base, Member):
            base = base.base
        made_type: TypeShape | None = None
        if shape.returns == "self":
            made_type = base.type if isinstance(base, Made) else None
        elif shape.returns:
            made_type = self.program.catalog.type_by_id(shape.returns)
        return Made(symbol, expr, scope, scope.language, made_type, shape, base)

    def _external(self, symbol: str, language: str, expr: s.Call, scope: FunctionInfo) -> Value:
        plain = [a.value for a in expr.args if a.name is None and not a.spread]
        if symbol in library.ENVIRONMENT or symbol.endswith((".env.get",)):
            name = self.evaluate(plain[0], scope) if plain else Unknown()
            default = self.evaluate(plain[1], scope) if len(plain) > 1 else None
            for arg in expr.args:
                if arg.name == "default":
                    default = self.evaluate(arg.value, scope)
            text = name.value if isinstance(name, Known) and isinstance(name.value, str) else ""
            return Env(text, default)
        session, _, asked = symbol.rpartition(".")
        if session in library.SESSIONS and asked in ("get", "setdefault", "pop") and plain:
            key = self.evaluate(plain[0], scope)
            if isinstance(key, Known) and (kept := self._kept(session, str(key.value))) is not None:
                return kept
        index = library.PASSES.get(symbol)
        if index is not None and index < len(plain):
            value = self.evaluate(plain[index], scope)
            if symbol in ("int", "float", "global:Number", "global:parseInt", "global:parseFloat", "str"):
                return _converted(symbol, value)
            if symbol == "dataclasses.asdict":
                options = alternatives(self.expand(value))
                return join((self.fields(v) or v) if isinstance(v, Instance) else v for v in options)
            return value
        index = library.CALLS.get(symbol)
        if index is not None and index < len(plain):
            inner = self.evaluate(plain[index], scope)
            value = self.returned(inner)
            return self.element(value, scope) if isinstance(value, ListValue) and symbol.endswith("Depends") else value
        if symbol in _BUILTIN_CONTAINERS or symbol.rpartition(".")[2] in _BUILTIN_CONTAINERS:
            return self._dict_call(expr, plain, scope)
        if symbol in ("global:Object.assign",):
            entries = tuple(s.Entry(None, v) for v in plain)
            made = s.DictExpr(expr.at, entries)
            self.keep.append(made)
            return self.evaluate(made, scope)
        if symbol in ("urllib.parse.urljoin", "posixpath.join", "os.path.join", "global:URL", "yarl.URL"):
            return self._join_url(symbol, [self.evaluate(v, scope) for v in plain[:4]])
        if symbol in ("getattr",) and len(plain) >= 2:
            return self._getattr(plain, scope)
        if symbol in ("importlib.import_module", "importlib.__import__", "__import__") and plain:
            module = self.evaluate(plain[0], scope)
            if isinstance(module, Known) and isinstance(module.value, str) and not module.value.startswith("."):
                return self.program.module_value(module.value, scope)
        if symbol in ("types.SimpleNamespace", "argparse.Namespace"):
            return DictValue(
                tuple(Pair(a.name, self.evaluate(a.value, scope), a.value, scope) for a in expr.args if a.name)
            )
        if symbol in ("react:useRef", "react:default.useRef") and plain:
            return DictValue((Pair("current", self.evaluate(plain[0], scope), plain[0], scope),), open=True)
        return self.construct(symbol, language, expr, scope)

    def construct(self, symbol: str, language: str, expr: s.Call, scope: FunctionInfo) -> Value:
        """An object or result of external code, typed by the catalog if it knows the symbol."""
        shape = self.program.select(self.program.shapes_of(language, symbol), expr, scope)
        if shape is None:
            return Made(symbol, expr, scope, language)
        if isinstance(shape, TypeShape):
            return Made(symbol, expr, scope, language, shape)
        return self.result_of(shape, symbol, expr, scope, None)

    def _dict_call(self, expr: s.Call, plain: list[s.Expr], scope: FunctionInfo) -> Value:
        entries: list[s.Entry] = [s.Entry(None, v) for v in plain[:1]]
        for arg in expr.args:
            if arg.spread == "dict":
                entries.append(s.Entry(None, arg.value))
            elif arg.name:
                entries.append(s.Entry(s.Const(arg.value.at, arg.name), arg.value))
        made = s.DictExpr(expr.at, tuple(entries))
        self.keep.append(made)
        return self.evaluate(made, scope)

    def _getattr(self, plain: list[s.Expr], scope: FunctionInfo) -> Value:
        name = self.evaluate(plain[1], scope)
        if isinstance(name, Known) and isinstance(name.value, str):
            value = self._joined(self.evaluate(plain[0], scope), name.value, scope)
            if isinstance(value, Unknown) and len(plain) > 2:
                return self.evaluate(plain[2], scope)
            return value
        return Unknown("computed attribute")

    @staticmethod
    def _join_url(symbol: str, parts: list[Value]) -> Value:
        if not parts:
            return Unknown("url")
        if symbol == "global:URL":
            parts = parts[1::-1] if len(parts) > 1 else parts
            if len(parts) == 1:
                return parts[0]
        if len(parts) == 2 and isinstance(parts[0], Known) and isinstance(parts[1], Known):
            left, right = str(parts[0].value), str(parts[1].value)
            if right.startswith(("http://", "https://")):
                return parts[1]
            if right.startswith("/") and "://" in left:
                return Known("/".join(left.split("/")[:3]) + right)
        out: list[Value] = []
        for i, part in enumerate(parts):
            out += [Known("/"), part] if i else [part]
        return _text(out)

    # ------------------------------------------------------------------ methods of values

    def _method(self, callee: Member, base: Value, path: tuple[str, ...], expr: s.Call, scope: FunctionInfo) -> Value:
        name = path[-1]
        plain = [a.value for a in expr.args if a.name is None and not a.spread]
        if isinstance(base, FunctionValue):
            if name in library.DEFERRED:
                return (
                    self._run(base, expr, scope)
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
            return self.evaluate(plain[0], scope)
        made = self._promise(callee, base, path, plain, scope)
        if made is not None:
            return made
        if name in library.CALLS_BY_METHOD and len(plain) > library.CALLS_BY_METHOD[name]:
            inner = self.evaluate(plain[library.CALLS_BY_METHOD[name]], scope)
            if isinstance(inner, FunctionValue):
                found = self.returned(inner)
                return ListValue((found,), open=True) if name == "map" and scope.language == "javascript" else found
        if name in ("join", "trim", "toString", "strip", "replaceAll", "toISOString", "substring") and not isinstance(
            base, Made
        ):
            return Text((Unknown("text"),))
        symbol = spelled(callee) or ("?." + ".".join(path))
        shape = self.program.member_shape(callee, expr, scope)
        if shape is not None:
            return self.result_of(shape, symbol, expr, scope, base)
        if symbol.startswith("?") and not isinstance(named := self._by_name(name, expr, scope), Compound):
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
            key = self.expand(self.evaluate(plain[0], scope))
            found = join(self._subscript(base, k, scope) for k in alternatives(key))
            if len(plain) > 1:
                known = [v for v in alternatives(found) if v != NOTHING and not isinstance(v, Unknown)]
                default = self.evaluate(plain[1], scope)
                if isinstance(key, Known) and all(e.key != key.value for e in base.entries):
                    return join((default, *known))  # what is known was put there under a key that is not
                return join((*known, default))
            return found
        if name in ("copy",):
            return base
        if name == "values":
            return ListValue(tuple(e.value for e in base.entries[:_MAX_ITEMS]), base.open)
        if name == "keys":
            return ListValue(tuple(Known(e.key) for e in base.entries[:_MAX_ITEMS]), base.open)
        if name == "items":
            rows = tuple(ListValue((Known(e.key), e.value)) for e in base.entries[:_MAX_ITEMS])
            return ListValue(rows, base.open)
        return Unknown("method of a mapping")

    def _text_method(self, base: Value, name: str, plain: list[s.Expr], expr: s.Call, scope: FunctionInfo) -> Value:
        if name in library.TEXT_METHODS:
            if isinstance(base, Known) and isinstance(base.value, str):
                return Known(_plain_method(base.value, name, [self.evaluate(p, scope) for p in plain]))
            return base
        if name == "format" and isinstance(base, Known) and isinstance(base.value, str):
            return self._format(base.value, plain, expr, scope)
        if name == "concat":
            return _text((base, *(self.evaluate(p, scope) for p in plain)))
        if name == "join" and plain and isinstance(base, Known):
            inner = self.evaluate(plain[0], scope)
            if isinstance(inner, ListValue) and not inner.open:
                out: list[Value] = []
                for i, item in enumerate(inner.items):
                    out += [base, item] if i else [item]
                return _text(out)
        if name == "split" and isinstance(base, Known) and isinstance(base.value, str) and plain:
            mark = self.evaluate(plain[0], scope)
            if isinstance(mark, Known) and isinstance(mark.value, str) and mark.value:
                return ListValue(tuple(Known(p) for p in base.value.split(mark.value)[:_MAX_ITEMS]))
        return Unknown("method of a text")

    def _format(self, text: str, plain: list[s.Expr], expr: s.Call, scope: FunctionInfo) -> Value:
        out: list[Value] = []
        rest, count = text[:_MAX_TEXT], 0
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
                out.append(self.evaluate(plain[count], scope))
                count += 1
            elif key.isdigit() and int(key) < len(plain):
                out.append(self.evaluate(plain[int(key)], scope))
            elif key in named:
                out.append(self.evaluate(named[key], scope))
            else:
                out.append(Unknown("format"))
        out.append(Known(rest))
        return _text(out)

    def _list_method(self, base: ListValue, name: str, plain: list[s.Expr], scope: FunctionInfo) -> Value:
        if name == "join":
            mark = self.evaluate(plain[0], scope) if plain else Known(",")
            if not base.open:
                out: list[Value] = []
                for i, item in enumerate(base.items):
                    out += [mark, item] if i else [item]
                return _text(out)
        if name in ("filter", "slice", "sort", "reverse", "concat", "copy", "flat", "values"):
            return ListValue(base.items, open=True)
        if name in ("find", "pop", "shift", "at"):
            return join(base.items) if base.items else Unknown("element")
        if name in ("map", "flatMap") and plain:
            inner = self.evaluate(plain[0], scope)
            if isinstance(inner, FunctionValue):
                return ListValue((self.returned(inner),), open=True)
        return Unknown("method of a list")


ANY_KEY = "\0"
"""Stands for a key that is not known."""
_MAX_ADDED = 6  # pieces put to the end of a text
_MAX_FORMS = 4
_DICT_METHODS = {"get", "items", "keys", "values", "copy", "update", "pop", "setdefault"}
_OBJECT_METHODS = {"hasOwnProperty", "toString", "valueOf", "constructor"}
_COMMON_ATTRIBUTES = {"name", "id", "data", "value", "text", "content", "message", "messages", "type", "result", "status", "get",
                      "choices", "usage", "json", "items", "prototype", "default", "headers", "body", "style", "length", "create",
                      "chat", "completions", "models", "responses", "delay", "onclick", "onload", "innerHTML", "exports"}  # fmt: skip
_DECORATOR_FACTORIES = {"functools.lru_cache", "functools.wraps", "cachetools.cached", "retry", "tenacity.retry"}


def destinations(call: s.Call, named: dict[str, s.Expr]) -> set[str]:
    """The attributes under which `add_argument("--max-tokens", "-m", dest=…)` leaves its value."""
    dest = named.get("dest")
    if isinstance(dest, s.Const):
        return {str(dest.value)}
    flags = [a.value.value for a in call.args if a.name is None and isinstance(a.value, s.Const)]
    return {str(f).lstrip("-").replace("-", "_") for f in flags}


def param_of(function: FunctionInfo, name: str) -> s.Param | None:
    """The parameter of a function by name."""
    if function.definition is None:
        return None
    params = function.definition.params
    if name.startswith("#"):
        return params[int(name[1:])] if int(name[1:]) < len(params) else None
    return next((p for p in params if p.name == name), None)


def _is_classmethod(definition: s.FunctionDef) -> bool:
    return any(dotted(d).rpartition(".")[2] == "classmethod" for d in definition.decorators) or (
        definition.name in ("__new__", "__init_subclass__", "__class_getitem__")
    )


def _pick(found: list[Binding], at: Position, table: Table, here: bool) -> list[Binding]:
    """The bindings that a use at a position may see."""
    if len(found) == 1:
        return found if not found[0].scoped or found[0].block.holds(at) else []
    usable = [b for b in found if not b.scoped or b.block.holds(at)]
    if not usable:
        return []
    if any(b.expr is not None for b in usable):  # `let body: Body;` says nothing that an assignment does not
        usable = [b for b in usable if b.expr or b.function or b.cls or b.param or b.module]
    if not here:
        at = END
    before = [b for b in usable if b.at <= at]
    later = [
        b
        for b in usable
        if b.at > at and ((b.block.loop is not None and b.block.loop.holds(at)) or b.function or b.cls)
    ]
    killer = None
    for i, b in enumerate(before):
        inside = b.block.holds(at) if here else b.block is table.block and b.scope in (before[0].scope, b.scope)
        if inside and not b.augmented:
            killer = i
    if killer is not None:
        before = (
            before[killer:] if here else [b for i, b in enumerate(before) if i >= killer or b.block is not table.block]
        )
    picked = before + later if here else before
    picked = picked or usable
    plain = [b for b in picked if not b.augmented]
    return plain or picked


def _not_none(test: s.Expr, holds: bool) -> str:
    """What is surely not None where a test holds, or where it does not; "" if nothing is."""
    match test:
        case s.Unary(op="not" | "!", operand=operand):
            return _not_none(operand, not holds)
        case s.Binary(op=op, left=left, right=s.Const(value=None)):
            there = op in ("is not", "!=", "!==")
            return dotted(left) if (there and holds) or (op in ("is", "==", "===") and not holds) else ""
        case s.Name() | s.Attr():
            return dotted(test) if holds else ""
        case _:
            return ""


def _present(value: Value) -> Value:
    return replace(value, present=True) if isinstance(value, ParamValue) else value


def _without_none(value: Value) -> tuple[Value, ...]:
    """The alternatives but None; a value that is None alone stays."""
    every = alternatives(value)
    return tuple(v for v in every if not (isinstance(v, Known) and v.value is None)) or every


def _vague(value: Value) -> bool:
    return all(
        isinstance(v, (Unknown, Compound)) or (isinstance(v, Known) and v.value is None) for v in alternatives(value)
    )


def _texty(value: Value) -> bool:
    return (
        isinstance(value, Text)
        or (isinstance(value, Known) and isinstance(value.value, str))
        or isinstance(value, Env)
        or (
            any(isinstance(v, (Text, Known, Env)) and _texty(v) for v in alternatives(value))
            if alternatives(value) != (value,)
            else False
        )
    )


def _pathlike(value: Value) -> bool:
    return _texty(value)


def _text(parts: Iterable[Value]) -> Value:
    out: list[str | Value] = []
    size = 0
    for part in parts:
        inner: tuple[str | Value, ...]
        if isinstance(part, Text):
            inner = part.parts
        elif isinstance(part, Known):
            inner = ("" if part.value is None else str(part.value),)
        else:
            inner = (part,)
        for one in inner:
            if isinstance(one, str):
                size += len(one)
                if out and isinstance(out[-1], str):
                    out[-1] += one
                elif one:
                    out.append(one)
            else:
                out.append(one)
        if size > _MAX_TEXT or len(out) > 40:
            out.append(Unknown("long text"))
            break
    if all(isinstance(p, str) for p in out):
        return Known("".join(str(p) for p in out))
    return Text(tuple(out))


def _percent(left: Value, right: Value) -> Value:
    if not (isinstance(left, Known) and isinstance(left.value, str)):
        return left
    values = list(right.items) if isinstance(right, ListValue) else [right]
    out: list[Value] = []
    rest = left.value[:_MAX_TEXT]
    while "%s" in rest:
        head, _, rest = rest.partition("%s")
        out += [Known(head), values.pop(0) if values else Unknown("format")]
    return _text((*out, Known(rest)))


def _plain_method(text: str, name: str, args: list[Value]) -> str:
    plain = [a.value for a in args if isinstance(a, Known) and isinstance(a.value, str)]
    match name:
        case "strip" | "trim":
            return text.strip(plain[0] if plain else None)
        case "rstrip" | "trimEnd":
            return text.rstrip(plain[0] if plain else None)
        case "lstrip" | "trimStart":
            return text.lstrip(plain[0] if plain else None)
        case "lower" | "toLowerCase":
            return text.lower()
        case "upper" | "toUpperCase":
            return text.upper()
        case "removesuffix" if plain:
            return text.removesuffix(plain[0])
        case "removeprefix" if plain:
            return text.removeprefix(plain[0])
        case "replace" if len(plain) == 2 and plain[0]:
            return text.replace(plain[0], plain[1])
    return text


def _converted(symbol: str, value: Value) -> Value:
    if isinstance(value, Known) and isinstance(value.value, (str, int, float)):
        try:
            if symbol == "str":
                return Known(str(value.value), value.at)
            if symbol in ("int", "global:parseInt"):
                return Known(int(float(value.value)), value.at)
            return Known(float(value.value), value.at)
        except (ValueError, OverflowError):
            return Unknown("conversion")
    if isinstance(value, Env) and value.default is not None:
        return replace(value, default=_converted(symbol, value.default))
    return value


def _unary(op: str, value: Value) -> Value:
    if isinstance(value, Known) and isinstance(value.value, (int, float)):
        if op == "-":
            return Known(-value.value)
        if op == "+":
            return value
    if op == "await":
        return value
    return Unknown("operator")


def _arithmetic(op: str, left: Any, right: Any) -> str | int | float | None:
    if isinstance(left, str) or isinstance(right, str):
        if op == "+" and left is not None and right is not None and len(str(left)) + len(str(right)) < _MAX_TEXT:
            return str(left) + str(right)
        return None
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        return None
    try:
        match op:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right if abs(left) < 1e15 and abs(right) < 1e15 else None
            case "/":
                return left / right
            case "//":
                return left // right
            case "%":
                return left % right
            case "**":
                return left**right if abs(left) < 1000 and 0 <= right < 20 else None
            case _:
                pass
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return None


def _external_member(symbol: str, name: str, language: str) -> Value:
    if language == "python":
        if symbol == "os.environ" and name not in (
            "get",
            "pop",
            "setdefault",
            "copy",
            "items",
            "update",
            "keys",
            "values",
        ):
            return Env(name)
        if symbol in ("streamlit.secrets",):
            return External(f"{symbol}.get") if name == "get" else Env(name)
        return External(f"{symbol}.{name}")
    if symbol in ("global:process.env", "global:import.meta.env", "global:Bun.env", "process:env", "node:process:env",
                  "$env/dynamic/private:env", "$env/dynamic/public:env"):  # fmt: skip
        return Env(name)
    if symbol.endswith(":*"):
        return External(f"{symbol[:-1]}{name}", language)
    if symbol.startswith(("$env/static/", "@env:")) and symbol.endswith(":"):
        return Env(name)
    if symbol == "global:globalThis" or symbol == "global:window":
        return External(f"global:{name}", language)
    return External(f"{symbol}.{name}", language)

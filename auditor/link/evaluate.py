"""Evaluates expressions to abstract values, on demand, across files, for all languages that share the common syntax.

Flow-insensitive, but for the order of plain assignments: an assignment that surely runs before a use hides the earlier
ones. Parameters are values of their own and are resolved through the call sites when somebody asks for what they hold.
Every query has a budget of steps and a bound on depth; what exceeds them is Unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from auditor.link import library
from auditor.link.annotations import Annotations
from auditor.link.calling import Calls
from auditor.link.code import FunctionInfo
from auditor.link.methods import Methods
from auditor.link.names import END, Binding, Mutation, Position, Step, Table, dotted, start
from auditor.link.objects import Objects
from auditor.link.parameter_values import ParameterValues
from auditor.link.value_ops import (
    MAX_ITEMS,
    arithmetic,
    destinations,
    external_member,
    is_classmethod,
    is_pathlike,
    is_texty,
    is_vague,
    joined_text,
    known_alternatives,
    name_not_none,
    param_of,
    percent_format,
    pick_bindings,
    reopened,
    unary,
    without_nothing,
)
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
    join,
    mapping,
)
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.link.program import Program

_MAX_DEPTH = 70

_MAX_TRIES = 3

_MAX_ENTRIES = 120

ANY_KEY = "\0"
"""Stands for a key that is not known."""

_MAX_ADDED = 6  # pieces put to the end of a text

_MAX_FORMS = 4

_DICT_METHODS = {"get", "items", "keys", "values", "copy", "update", "pop", "setdefault"}

_OBJECT_METHODS = {"hasOwnProperty", "toString", "valueOf", "constructor"}

_COMMON_ATTRIBUTES = {"name", "id", "data", "value", "text", "content", "message", "messages", "type", "result", "status", "get",
                      "choices", "usage", "json", "items", "prototype", "default", "headers", "body", "style", "length", "create",
                      "chat", "completions", "models", "responses", "delay", "onclick", "onload", "innerHTML", "exports"}  # fmt: skip


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
        self.objects = Objects(self)
        self.parameters = ParameterValues(self)
        self.annotations = Annotations(self)
        self.calls = Calls(self)
        self.methods = Methods(self)

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
                self.cut += 1  # what is made of it may be cut, too
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
        if self.cut != before and self.depth and self.asks_again(key):
            self.loose[key] = value
        elif self.inside:
            self.local[key] = value
        else:
            self.memo[key] = value
        return value

    def asks_again(self, key: int | tuple[FunctionInfo, str]) -> bool:
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
                return self.calls.call(expr, scope)
            case s.Index():
                return self._index(expr, scope)
            case s.Template(parts=parts):
                # Nobody writes "undefined" on purpose: what holds nothing here is filled before this runs.
                held = (self.evaluate(p, scope) for p in parts)
                return joined_text(Unknown("filled later") if v == NOTHING else v for v in held)
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
                return unary(op, self.evaluate(operand, scope))
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
                picked = pick_bindings(found, at, table, here)
                if picked:
                    values = [self._still(b, picked, name, holder) for b in picked]
                    if not here and any(b.scope is not holder for b in picked):
                        values = reopened(values)
                    value = values[0] if len(values) == 1 else join(values)
                    if name not in table.mutations:
                        return value
                    return self.mutated(value, name, table, at if here else END, picked)
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
            auto = self.program.auto_imported(name, scope.path)
            return External(f"global:{name}", "javascript") if auto is None else auto
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
            if b.annotation is not None and is_vague(value):
                typed = self.annotations.annotation(b.annotation, b.scope)
                return value if is_vague(typed) else typed
            return value
        if b.annotation is not None:
            return self.annotations.annotation(b.annotation, b.scope)
        return Unknown("no value")

    def _param(self, b: Binding) -> Value:
        function, param = b.scope, b.param
        assert param is not None  # noqa: S101 (narrowing for the type checker)
        definition = function.definition
        if function.owner is not None and definition is not None and function.language == "python":
            first = definition.params and definition.params[0] is param
            if first and (not definition.static or is_classmethod(definition)):
                return ClassValue(function.owner) if is_classmethod(definition) else Instance(function.owner)
        if param.name == "cls" and function.name == "__new__" and function.owner is not None:
            return ClassValue(function.owner)
        if not param.name and definition is not None:  # a destructured one goes by its place
            return ParamValue(function, f"#{definition.params.index(param)}")
        return ParamValue(function, param.name)

    def mutated(self, value: Value, name: str, table: Table, at: Position, picked: list[Binding] | None) -> Value:
        """A container with what is put into it, as far as that surely or maybe ran before."""
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
            elif isinstance(one, ParamValue) and self._takes_keywords(one) and self.parameters.can_expand(one):
                given = join(self.parameters.known_of(one))
                out += alternatives(self.mutated(given, name, table, at, picked))
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
            if is_texty(added) or isinstance(added, (Env, ParamValue)):
                longer = [joined_text((form, added)) for form in forms]
                sure = change.block.holds(at) or change.block.holds(last)
                forms = longer if sure else (forms + longer)[-_MAX_FORMS:]
        return forms

    def _change(self, value: Value, change: Mutation, *, maybe: bool) -> Value:
        if isinstance(value, ListValue):
            if change.kind in ("append", "extend", "update"):
                items = (
                    value.items
                    if len(value.items) > MAX_ITEMS
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
            more = self.parameters.expand(self.evaluate(change.value, change.scope))
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
                    return self.calls.returned(first) if isinstance(first, FunctionValue) else first
                return Member(value, (f"[{index}]",))
            case ParamValue():
                return (
                    join(self.item(v, index, scope) for v in self.parameters.known_of(value))
                    if self.parameters.can_expand(value)
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
                return join(self.element(v, scope) for v in self.parameters.known_of(value))
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
                        result = self.calls.returned(FunctionValue(found, value))
                        return value if isinstance(result, Unknown) else result
                return value
            case ListValue(items=items) if items:
                return join(items)
            case ParamValue():
                return join(self._enter(v, scope) for v in self.parameters.known_of(value))
            case _:
                pass
        return value

    # ------------------------------------------------------------------ containers

    def _dict(self, expr: s.DictExpr, scope: FunctionInfo) -> Value:
        pairs: list[Pair] = []
        is_open = len(expr.entries) > _MAX_ENTRIES
        for entry in expr.entries[:_MAX_ENTRIES]:
            if entry.key is None:
                spread = self.parameters.expand(self.evaluate(entry.value, scope))
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
        is_open = len(items) > MAX_ITEMS
        for item in items[:MAX_ITEMS]:
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
        return ListValue(tuple(out[:MAX_ITEMS]), is_open)

    def _where(self, expr: s.Expr, test: s.Expr, holds: bool, scope: FunctionInfo) -> Value:
        """One side of a conditional: what the test says to be there is not None there."""
        value = self.evaluate(expr, scope)
        about = name_not_none(test, holds)
        return join(without_nothing(v) for v in known_alternatives(value)) if about and about == dotted(expr) else value

    def _still(self, b: Binding, picked: list[Binding], name: str, holder: FunctionInfo) -> Value:
        """What a binding gives where others replace it: a parameter that `if x is None: x = 1` fills is there."""
        value = self.binding(b)
        if b.param is None or not isinstance(value, ParamValue) or holder.definition is None:
            return value
        filled = any(
            isinstance(stmt, s.If)
            and name_not_none(stmt.test, False) == name
            and any(o is not b and (stmt.at.line, stmt.at.column) <= o.at < (stmt.at.end_line + 1, 0) for o in picked)
            for stmt in holder.definition.body[:40]
        )
        return without_nothing(value) if filled else value

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
                    out.append(one if final else without_nothing(one))
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
            value = arithmetic(op, left.value, right.value)
            if value is not None:
                return Known(value)
        if op == "+":
            if isinstance(left, ListValue) and isinstance(right, ListValue):
                return ListValue((*left.items, *right.items)[:MAX_ITEMS], left.open or right.open)
            if is_texty(left) or is_texty(right):
                return joined_text((left, right))
        if op == "%" and is_texty(left):
            return percent_format(left, right)
        if op == "/" and (is_pathlike(left) or is_pathlike(right)):
            return joined_text((left, Known("/"), right))
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
        value = self.joined(base, expr.name, scope)
        name = dotted(expr)
        if name:
            table = self.program.table(scope)
            if table and name in table.mutations:
                value = self.mutated(value, name, table, start(expr.at), None)
        return value

    def joined(self, base: Value, name: str, scope: FunctionInfo) -> Value:
        """A member of each of the alternatives."""
        options = alternatives(base)
        if len(options) == 1:
            return self.member(options[0], name, scope)
        useful = [v for v in options if not (isinstance(v, Known) and v.value is None)]
        return join(self.member(v, name, scope) for v in (useful or options))

    def _index(self, expr: s.Index, scope: FunctionInfo) -> Value:
        base = self.evaluate(expr.base, scope)
        given = self.evaluate(expr.key, scope)
        key = self.parameters.expand(given)
        found = join(self.subscript(one, k, scope) for one in alternatives(base) for k in alternatives(key))
        if (
            found == NOTHING and key is not given
        ):  # none of the keys that callers were seen to give is there: another is
            found = join(self.subscript(one, Unknown("key"), scope) for one in alternatives(base))
        match expr.base, key:
            case s.Name(id=holder), Known(value=str(name)) if found == NOTHING or isinstance(found, Unknown):
                return self.kept(holder, name) or found  # another module may have put it in
            case _:
                return found

    def subscript(self, base: Value, key: Value, scope: FunctionInfo) -> Value:
        """`base[key]`."""
        if isinstance(base, ParamValue):
            return (
                join(self.subscript(v, key, scope) for v in self.parameters.known_of(base))
                if self.parameters.can_expand(base)
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
                symbol in library.SESSIONS and (kept := self.kept(symbol, name)) is not None
            ):
                return kept
            case External(symbol=symbol, language=language):
                return external_member(symbol, name, language)
            case ModuleValue(path=path):
                return self.program.member_of_module(path, name)
            case Instance():
                return self.objects.attribute(base, name)
            case Made() | Member():
                return self._made_member(base, name, scope)
            case ClassValue(cls=cls):
                return self.objects.class_attribute(cls, name)
            case Super(cls=cls):
                return self.objects.after(cls, name)
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
                stored = self.stored(name, None)
                return stored if stored is not None else base
            case _:
                pass
        return Unknown("attribute")

    def kept(self, session: str, name: str) -> Value | None:
        """What is taken out of a user's session; None where nothing that matters is put in under the name."""
        values = [v for v in self.program.kept(session, name) if not is_vague(v) and not isinstance(v, Known)]
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
        found = [v for v in self.parameters.known_of(base) if not isinstance(v, (Unknown, ParamValue))]
        if not found:
            stored = self.stored(name, None)
            return stored if stored is not None else Member(base, (name,))
        useful = [v for v in found if not (isinstance(v, Known) and v.value is None)]
        return join(self.member(v, name, scope) for v in (useful or found))

    def _function_member(self, base: FunctionValue, name: str) -> Value:
        if name in library.DEFERRED:
            return Member(base, (name,))
        stored = self.stored(name, None)
        return stored if stored is not None else Member(base, (name,))

    def _made_member(self, base: Made | Member, name: str, scope: FunctionInfo) -> Value:
        if isinstance(base, Made):
            if base.type is None:
                if base.symbol in library.DEFAULTS:
                    return self.member(self.parameters.default_of(base), name, scope)
                if base.symbol.endswith(".parse_args") and (option := self._option(base, name)) is not None:
                    return option
                stored = self.stored(name, base)
                if stored is not None:
                    return stored
            return Member(base, (name,))
        if isinstance(base.base, (Made, Compound, ParamValue)) and not (isinstance(base.base, Made) and base.base.type):
            stored = self.stored(name, base)
            if stored is not None:
                return stored
        return Member(base.base, (*base.path, name))

    def stored(self, name: str, base: Value | None) -> Value | None:
        """What the program stores under this attribute of a foreign object (`app.state.client = ...`), if it is clear."""
        if name in _COMMON_ATTRIBUTES:
            return None
        bindings = self.program.stored(name)
        if not bindings or len(bindings) > 6:
            return None
        values = [v for b in bindings if not is_vague(v := self.binding(b)) and not isinstance(v, Known)]
        return join(values) if 0 < len(values) <= 3 else None

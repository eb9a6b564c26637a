"""What the attributes of objects and classes hold: fields, what methods set, what a getter gives, what others store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.link import library
from auditor.link.code import ClassInfo, FunctionInfo
from auditor.link.names import END, Binding
from auditor.link.value_ops import MAX_ITEMS, external_member, is_vague, reopened
from auditor.link.values import (
    NOTHING,
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    Known,
    ListValue,
    Made,
    Member,
    Pair,
    ParamValue,
    Text,
    Unknown,
    Value,
    alternatives,
    join,
)
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.link.evaluate import Evaluator


class Objects:
    """Answers for the objects and classes of one program."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Share the evaluator's memory and budget."""
        self.ev = evaluator
        self.program = evaluator.program

    def attribute(self, obj: Instance, name: str) -> Value:
        """An attribute of an object of a class of the repository."""
        for cls in self.program.bases(obj.cls):
            if isinstance(cls, str):
                method = self.program.runs(obj.cls, name) if name in self.program.catalog.asked_for else None
                if method is not None:
                    return FunctionValue(method, obj)
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
        """What a decorator of the class gathers: `self.ev.agents` of `@CrewBase` is what the methods with `@agent` return."""
        methods = list(obj.cls.methods.values())
        scope = next((m.parent for m in methods if m.parent is not None), None)
        if scope is None:
            return None
        for decorator in obj.cls.definition.decorators:
            marks = library.COLLECTED.get(self.program.symbol(decorator, scope), {})
            if name in marks:
                marked = [m for m in methods if m.definition is not None and self._is_marked(m, marks[name])]
                return ListValue(tuple(self.ev.calls.returned(FunctionValue(m, obj)) for m in marked[:MAX_ITEMS]))
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
        if not names or len(names) > MAX_ITEMS:
            return None
        return DictValue(tuple(Pair(name, self.attribute(obj, name)) for name in names))

    def _set_from_a_method(self, obj: Instance, name: str) -> Value | None:
        """`cls._instance.client = OpenAI()` of a class's own method: its objects have it."""
        classes = [c for c in self.program.bases(obj.cls) if isinstance(c, ClassInfo)]
        found = [
            v
            for b in self.program.stored(name)
            if b.scope.self_class in classes and not is_vague(v := self.ev.binding(b)) and not isinstance(v, Known)
        ]
        return join(found) if found else None

    def _by_getter(self, obj: Instance, name: str) -> Value:
        """`def __getattr__(self, name): return getattr(self.ev._inner, name)`."""
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
                    v for v in alternatives(self.ev.evaluate(expr.args[0].value, getter)) if v != NOTHING and v != obj
                ]
                if inner:
                    return join(self.ev.member(v, name, getter) for v in inner)
        return Unknown("attribute not found")

    def _own_attribute(self, obj: Instance, cls: ClassInfo, name: str) -> Value | None:
        scan = self.program.scan_of(cls.path)
        bindings = scan.attributes.get(cls, {}).get(name, []) if scan else []
        method = cls.methods.get(name)
        if method is not None:
            if method.definition is not None and method.definition.accessor == "get":
                return self.ev.calls.returned(FunctionValue(method, obj))
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
            for value in alternatives(self.ev.binding(b)):
                if (
                    isinstance(value, ParamValue)
                    and obj.call is not None
                    and obj.scope is not None
                    and value.function.owner
                ):
                    value = self.ev.parameters.argument(value, obj.call, obj.scope)
                if isinstance(value, Made) and value.symbol in library.DEFAULTS:
                    value = self.ev.parameters.default_of(value)
                if (
                    isinstance(value, Made)
                    and obj.call is not None
                    and obj.scope is not None
                    and b.scope.name == "__init__"
                ):
                    value = replace(value, context=(*value.context, (b.scope, obj.call, obj.scope))[-3:])
                values.append(value)
        if len(bindings) > 1:
            values = reopened(values)
        real = [v for one in values for v in alternatives(one) if not (isinstance(v, Known) and v.value is None)]
        vague = [v for v in real if isinstance(v, Unknown)]
        if real and len(vague) < len(real):
            real = [v for v in real if not isinstance(v, Unknown)]
        value = join(real or values)
        if obj.call is None and all(_of_a_type_only(v) for v in alternatives(value)):
            value = self._given_anywhere(cls, name, bindings) or value
        return self._attribute_mutations(value, cls, name)

    def _given_anywhere(self, cls: ClassInfo, name: str, bindings: list[Binding]) -> Value | None:
        """What the field of a dataclass or model gets where its objects are made; None where that tells nothing."""
        if self.program.language_of(cls.path) != "python" or not any(b.annotation is not None for b in bindings):
            return None
        made = (Instance(cls, site.call, site.function) for site in self.program.graph.constructions(cls))
        given = [v for one in made if (v := self._given_field(one, cls, name, bindings)) is not None]
        known = [v for one in given for v in alternatives(one) if not is_vague(v)]
        return join(known) if known else None

    def _attribute_mutations(self, value: Value, cls: ClassInfo, name: str) -> Value:
        """`self.ev.options["max_tokens"] = 1` in a method belongs to what `self.ev.options` is everywhere."""
        if not isinstance(value, (DictValue, ListValue)):
            return value
        for method in cls.methods.values():
            table = self.program.table(method)
            if table is not None and f"self.{name}" in table.mutations:
                value = self.ev.mutated(value, f"self.{name}", table, END, None)
        return value

    def _given_field(self, obj: Instance, cls: ClassInfo, name: str, bindings: list[Binding]) -> Value | None:
        """A field of a dataclass or model that the constructor's call gives by keyword or position."""
        if obj.call is None or obj.scope is None or self.program.method(cls, "__init__") is not None:
            return None
        if not any(b.annotation is not None and b.owner is cls for b in bindings):
            return None
        for arg in obj.call.args:
            if arg.name == name and not arg.spread:
                return self.ev.evaluate(arg.value, obj.scope)
        fields = [
            t.id for st in cls.definition.body if isinstance(st, s.Assign) and st.annotation is not None
            for t in st.targets if isinstance(t, s.Name)
        ]  # fmt: skip
        place = fields.index(name) if name in fields else -1
        positional = [a for a in obj.call.args if a.name is None]
        if 0 <= place < len(positional) and not any(a.spread for a in positional):
            return self.ev.evaluate(positional[place].value, obj.scope)
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
        self.ev.keep.append(call)
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
                value = join(self.ev.binding(b) for b in found)
                return self.ev.parameters.default_of(value) if isinstance(value, Made) else value
        foreign = [b for b in self.program.bases(cls) if isinstance(b, str)]
        if foreign:
            return external_member(foreign[0], name, self.program.language_of(cls.path))
        stored = self.ev.stored(name, None)
        return stored if stored is not None else Unknown("class attribute not found")

    def after(self, cls: ClassInfo, name: str) -> Value:
        """What a class attribute is set to after the class was made."""
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
                return join(self.ev.binding(b) for b in found)
        return Unknown("super")


def _of_a_type_only(value: Value) -> bool:
    """Whether nothing but an annotation, at most, tells what a value is."""
    match value:
        case Made(assumed=assumed):
            return assumed
        case Text(parts=parts):
            return all(isinstance(p, Unknown) for p in parts)
        case _:
            return is_vague(value)

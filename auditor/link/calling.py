"""What a call gives back: of functions and classes of the repository, of SDKs by the catalog, of the library."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.catalog.schema import CallShape, TypeShape
from auditor.link import library
from auditor.link.code import FunctionInfo
from auditor.link.value_ops import converted, joined_text, known_alternatives
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
    spelled,
)
from auditor.model import syntax as s
from auditor.model.walk import walk

if TYPE_CHECKING:
    from auditor.link.evaluate import Evaluator

_BUILTIN_CONTAINERS = {"dict", "OrderedDict", "defaultdict"}

_DECORATOR_FACTORIES = {"functools.lru_cache", "functools.wraps", "cachetools.cached", "retry", "tenacity.retry"}


class Calls:
    """Answers for the calls of one program."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Share the evaluator's memory and budget."""
        self.ev = evaluator
        self.program = evaluator.program

    def call(self, expr: s.Call, scope: FunctionInfo) -> Value:
        """What a call gives back."""
        func = expr.func
        if isinstance(func, s.Name) and scope.language == "javascript" and func.id in ("require", "import"):
            return self._require(expr, scope)
        if isinstance(func, s.Name) and func.id == "super":
            return self._super(expr, scope)
        callee = self.ev.evaluate(func, scope)
        return join(self.apply(one, expr, scope) for one in alternatives(callee))

    def _require(self, expr: s.Call, scope: FunctionInfo) -> Value:
        text = self.ev.evaluate(expr.args[0].value, scope) if expr.args else Unknown()
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
                return self.run(callee, expr, scope)
            case ClassValue(cls=cls):
                return Instance(cls, expr, scope)
            case External(symbol=symbol, language=language):
                return self._external(symbol, language, expr, scope)
            case Member(base=base, path=path):
                return self.ev.methods.call_method(callee, base, path, expr, scope)
            case Made():
                return self._call_object(callee, expr, scope)
            case Instance(cls=cls):
                method = self.program.runs(cls, "__call__")
                return self.run(FunctionValue(method, callee), expr, scope) if method else Unknown("call")
            case ParamValue():
                known = [
                    v for v in self.ev.parameters.known_of(callee) if not isinstance(v, (Unknown, ParamValue, Known))
                ]
                return join(self.apply(v, expr, scope) for v in known) if known else Compound(expr, scope)
            case Unknown() if isinstance(expr.func, s.Attr):
                if expr.func.name in library.FIELDS_METHODS and scope.language == "python":
                    values = alternatives(self.ev.parameters.expand(self.ev.evaluate(expr.func.base, scope)))
                    found = [
                        f for v in values if isinstance(v, Instance) and (f := self.ev.objects.fields(v)) is not None
                    ]
                    if found:
                        return join(found)
                if expr.func.name in ("join", "trim", "toString", "strip"):
                    return Text((Unknown("text"),))
                return self.made_by_name(expr.func.name, expr, scope)
        return Compound(expr, scope)

    def made_by_name(self, name: str, expr: s.Call, scope: FunctionInfo) -> Value:
        """A method of an unknown object: what the few methods of that name give back, if that is an object."""
        found = self.program.methods_named(name, scope.language)
        values = [v for f in found for v in alternatives(self.run(FunctionValue(f), expr, scope))]
        useful = [v for v in values if isinstance(v, (Made, Instance, Member)) and not is_opaque(v)]
        return join(useful) if useful else Compound(expr, scope)

    def run(self, callee: FunctionValue, expr: s.Call, scope: FunctionInfo) -> Value:
        """What running a function of the repository gives for this call."""
        value = self.returned(callee)
        if callee.function in self.ev.sensitive and len(self.ev.inside) < 2 and callee.function not in self.ev.inside:
            value = self._look_into(callee, expr, scope)
        return join(self._bind(v, callee, expr, scope, 0) for v in alternatives(value))

    def _look_into(self, callee: FunctionValue, expr: s.Call, scope: FunctionInfo) -> Value:
        """Evaluate a function for one call alone, so that different calls of a helper are told apart."""
        function = callee.function
        params = function.definition.params if function.definition else ()
        given = {
            (function, p.name): self.ev.parameters.argument(ParamValue(function, p.name), expr, scope) for p in params
        }
        saved = self.ev.bound, self.ev.inside, self.ev.local, self.ev.loose, self.ev.params
        self.ev.bound = {**self.ev.bound, **given}
        self.ev.inside = self.ev.inside | {function}
        self.ev.local, self.ev.loose, self.ev.params = {}, {}, {}
        try:
            return self.returned(callee)
        finally:
            self.ev.bound, self.ev.inside, self.ev.local, self.ev.loose, self.ev.params = saved

    def within(
        self, expr: s.Expr, scope: FunctionInfo, context: tuple[tuple[FunctionInfo, s.Call, FunctionInfo], ...]
    ) -> Value:
        """Evaluate where certain calls are known to be under way: (function, its call, the call's scope), innermost first."""
        functions = frozenset(c[0] for c in context)
        if self.ev.depth or functions.isdisjoint(scope.chain):
            return self.ev.evaluate(expr, scope)
        saved = self.ev.bound, self.ev.inside, self.ev.local, self.ev.loose, self.ev.params
        self.ev.bound, self.ev.inside, self.ev.local, self.ev.loose, self.ev.params = {}, functions, {}, {}, {}
        try:
            for function, call, outer in reversed(context):
                params = function.definition.params if function.definition else ()
                names = [p.name or f"#{i}" for i, p in enumerate(params)]
                given = {
                    (function, n): self.ev.parameters.argument(ParamValue(function, n), call, outer) for n in names
                }
                self.ev.bound = {**self.ev.bound, **given}
                self.ev.local = {}
            return self.ev.evaluate(expr, scope)
        finally:
            self.ev.bound, self.ev.inside, self.ev.local, self.ev.loose, self.ev.params = saved

    def returned(self, value: Value) -> Value:
        """What a function gives back; its parameters stay parameters."""
        if not isinstance(value, FunctionValue):
            return self._returned(value)
        self.ev.returning.append(value.function)
        try:
            return self._returned(value)
        finally:
            self.ev.returning.pop()

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
            return ListValue(tuple(self.ev.evaluate(y, function) for y in table.yields[:8]), open=True)
        results = []
        for expr in table.returns[:32]:
            for one in alternatives(self.ev.evaluate(expr, function)):
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
            return self.ev.annotations.annotation(definition.returns, function.parent or function)
        return NOTHING

    def _bind(self, value: Value, callee: FunctionValue, expr: s.Call, scope: FunctionInfo, level: int) -> Value:
        """Put a call's arguments into what the function returned."""
        function = callee.function
        match value:
            case ParamValue(function=owner) if owner is function:
                given = self.ev.parameters.argument(value, expr, scope)
                return join(known_alternatives(given)) if value.present else given
            case Made():
                if any(f is function for f in value.scope.chain):
                    return replace(value, context=(*value.context, (function, expr, scope))[-3:])
                return value
            case Text(parts=parts) if level < 3:
                return joined_text(p if isinstance(p, Value) else Known(p) for p in (
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
            inner = self.ev.evaluate(callee.call.args[0].value, callee.scope)
            return join(self.apply(v, expr, scope) for v in alternatives(inner))
        if callee.symbol in _DECORATOR_FACTORIES and expr.args:
            return self.ev.evaluate(expr.args[0].value, scope)
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
            name = self.ev.evaluate(plain[0], scope) if plain else Unknown()
            default = self.ev.evaluate(plain[1], scope) if len(plain) > 1 else None
            for arg in expr.args:
                if arg.name == "default":
                    default = self.ev.evaluate(arg.value, scope)
            text = name.value if isinstance(name, Known) and isinstance(name.value, str) else ""
            return Env(text, default)
        session, _, asked = symbol.rpartition(".")
        if session in library.SESSIONS and asked in ("get", "setdefault", "pop") and plain:
            key = self.ev.evaluate(plain[0], scope)
            if isinstance(key, Known) and (kept := self.ev.kept(session, str(key.value))) is not None:
                return kept
        index = library.PASSES.get(symbol)
        if index is not None and index < len(plain):
            value = self.ev.evaluate(plain[index], scope)
            if symbol in ("int", "float", "global:Number", "global:parseInt", "global:parseFloat", "str"):
                return converted(symbol, value)
            if symbol == "dataclasses.asdict":
                options = alternatives(self.ev.parameters.expand(value))
                return join((self.ev.objects.fields(v) or v) if isinstance(v, Instance) else v for v in options)
            return value
        index = library.CALLS.get(symbol)
        if index is not None and index < len(plain):
            inner = self.ev.evaluate(plain[index], scope)
            value = self.returned(inner)
            return (
                self.ev.element(value, scope) if isinstance(value, ListValue) and symbol.endswith("Depends") else value
            )
        if symbol in _BUILTIN_CONTAINERS or symbol.rpartition(".")[2] in _BUILTIN_CONTAINERS:
            return self._dict_call(expr, plain, scope)
        if symbol in ("global:Object.assign",):
            entries = tuple(s.Entry(None, v) for v in plain)
            made = s.DictExpr(expr.at, entries)
            self.ev.keep.append(made)
            return self.ev.evaluate(made, scope)
        if symbol in ("urllib.parse.urljoin", "posixpath.join", "os.path.join", "global:URL", "yarl.URL"):
            return self._join_url(symbol, [self.ev.evaluate(v, scope) for v in plain[:4]])
        if symbol in ("getattr",) and len(plain) >= 2:
            return self._getattr(plain, scope)
        if symbol in ("importlib.import_module", "importlib.__import__", "__import__") and plain:
            module = self.ev.evaluate(plain[0], scope)
            if isinstance(module, Known) and isinstance(module.value, str) and not module.value.startswith("."):
                return self.program.module_value(module.value, scope)
        if symbol == "importlib.util.module_from_spec" and plain:
            return join(self._module_at(v) for v in alternatives(self.ev.evaluate(plain[0], scope)))
        if symbol in ("types.SimpleNamespace", "argparse.Namespace"):
            return DictValue(
                tuple(Pair(a.name, self.ev.evaluate(a.value, scope), a.value, scope) for a in expr.args if a.name)
            )
        if symbol in ("react:useRef", "react:default.useRef") and plain:
            return DictValue((Pair("current", self.ev.evaluate(plain[0], scope), plain[0], scope),), open=True)
        return self.construct(symbol, language, expr, scope)

    def _module_at(self, spec: Value) -> Value:
        """The module of `spec_from_file_location("m", HERE / "gen-img.py")`: a file that no import can name."""
        if not isinstance(spec, Made) or spec.symbol != "importlib.util.spec_from_file_location":
            return Unknown("module of no known file")
        args = spec.call.args
        where = next((a.value for a in args if a.name == "location"), args[1].value if len(args) > 1 else None)
        if where is None:
            return Unknown("module of no known file")
        told = self.ev.evaluate(where, spec.scope)
        texts = [told.value] if isinstance(told, Known) else [n.value for n in walk(where) if isinstance(n, s.Const)]
        for text in reversed(texts):
            found = self.program.python_file(str(text), spec.scope) if str(text).endswith(".py") else None
            if found is not None:
                return ModuleValue(found)
        return Unknown("module of no known file")

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
        self.ev.keep.append(made)
        return self.ev.evaluate(made, scope)

    def _getattr(self, plain: list[s.Expr], scope: FunctionInfo) -> Value:
        name = self.ev.evaluate(plain[1], scope)
        if isinstance(name, Known) and isinstance(name.value, str):
            value = self.ev.joined(self.ev.evaluate(plain[0], scope), name.value, scope)
            if isinstance(value, Unknown) and len(plain) > 2:
                return self.ev.evaluate(plain[2], scope)
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
        return joined_text(out)

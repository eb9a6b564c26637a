"""Whether a request itself decides a setting: one of its fields, passed on as it is, without being checked or bounded.

Much narrower than "people's text reaches it": only plain passing counts (names, attributes, parsed bodies, parameters).
A record that is looked up by an id, an attribute of an object, the environment, a value compared with a list, clamped, or
of an enumerated type is the program's own choice.
"""

from __future__ import annotations

from typing import Any

from auditor.lazily import regex
from auditor.link.flow_index import (
    FlowIndex,
    FunctionIndex,
    argument_of,
    call_name,
    key_of,
    receiver_of,
    target_names,
    unwrap,
)
from auditor.link.flow_input import UserInput
from auditor.link.program import ClassInfo, FunctionInfo
from auditor.link.routes import Entries, EntryPoint, is_test_path
from auditor.link.values import ClassValue, alternatives
from auditor.model.syntax import (
    Assign,
    Attr,
    Binary,
    BoolOp,
    Call,
    Conditional,
    Const,
    Expr,
    Index,
    Name,
    Param,
    Template,
)
from auditor.model.walk import walk

_MAX_DEPTH = 12
_MAX_CALLERS = 8
_MAX_STEPS = 400
_KINDS = frozenset(["http", "server-action", "function"])
_PARSES = frozenset(
    [
        *("json", "get_json", "parse", "safeParse", "validate", "get", "getlist", "model_dump", "dict", "loads"),
        *("model_validate", "model_validate_json", "formData", "readBody", "getQuery", "pop", "str", "String", "int"),
        *("Number", "parseInt", "strip"),
    ]
)
_NOT_THE_REQUEST = frozenset(
    ["env", "ctx", "context", "self", "cls", "res", "response", "reply", "next", "db", "session", "settings", "config"]
)
_SERVER_SIDE = regex(r"\.(app|state|user|session|env|auth|locals|cookies|context)(\.|$)")
_MEMBERSHIP = ("includes", "has", "indexOf")
_BOUNDS = frozenset(["le", "lt", "max", "enum", "pattern", "regex"])


class Choice:
    """Answers for one program."""

    def __init__(self, index: FlowIndex, entries: Entries, user: UserInput) -> None:
        """Create it over the other analyses of a program."""
        self.index = index
        self.program = index.program
        self.entries = entries
        self.user = user
        self._steps = 0
        self._only = False

    def only_by_request(self, expr: Expr, scope: FunctionInfo) -> bool:
        """Whether nothing but a field of the request decides it: no default, no caller that gives something else."""
        self._steps, self._only = _MAX_STEPS, True
        try:
            return self._expr(expr, scope, 0)
        finally:
            self._only = False

    def by_request(self, expr: Expr, scope: FunctionInfo) -> bool:
        """Whether a field of a request decides the expression's value."""
        self._steps = _MAX_STEPS
        return self._expr(expr, scope, 0)

    def _expr(self, expr: Any, scope: FunctionInfo, depth: int) -> bool:
        self._steps -= 1
        if depth > _MAX_DEPTH or self._steps < 0:
            return False
        expr = unwrap(expr)
        match expr:
            case Name(id=name):
                return self._name(name, scope, depth + 1)
            case Attr(base=base) | Index(base=base):
                return self._field(expr, base, scope, depth + 1)
            case BoolOp(values=values):
                return self._ways([v for v in values if not _is_empty(v)], scope, depth + 1)
            case Template(parts=parts) if self._only:
                return self._ways([p for p in parts if not isinstance(p, Const)], scope, depth + 1)
            case Binary(op="+", left=left, right=right) if self._only:
                return self._ways([p for p in (left, right) if not isinstance(p, Const)], scope, depth + 1)
            case Conditional(test=test, then=then, orelse=orelse):
                return not _compares(test) and (
                    self._expr(then, scope, depth + 1) or self._expr(orelse, scope, depth + 1)
                )
            case Call():
                return self._parsed(expr, scope, depth + 1)
            case _:
                return False

    def _ways(self, exprs: list[Expr], scope: FunctionInfo, depth: int) -> bool:
        """One way by which the request decides; where nothing else may, each of them."""
        found = (self._expr(e, scope, depth) for e in exprs)
        return bool(exprs) and all(found) if self._only else any(found)

    def _field(self, expr: Attr | Index, base: Expr, scope: FunctionInfo, depth: int) -> bool:
        key = key_of(expr)
        if key.startswith("self.") or _SERVER_SIDE.search(key):
            return False
        if key and _checked(self.index.of(scope), key):
            return False
        if self.user.is_source(expr, scope):
            return True
        return not self._enumerated(expr, scope) and self._expr(base, scope, depth)

    def _parsed(self, call: Call, scope: FunctionInfo, depth: int) -> bool:
        name = call_name(call)
        if self.user.is_source(call.func, scope) or name in self.entries.table.source_calls[scope.language]:
            return not _SERVER_SIDE.search(key_of(call.func))
        if name not in _PARSES:
            return False
        receiver = receiver_of(call)
        parts = [a.value for a in call.args[:1]] if name not in ("get", "pop", "getlist") else []
        return any(self._expr(p, scope, depth) for p in (*parts, receiver) if p is not None)

    def _name(self, name: str, scope: FunctionInfo, depth: int) -> bool:
        home = self.index.scope_of(name, scope)
        if home is None or _checked(home, name):
            return False
        values = [b.value for b in home.bindings.get(name, ()) if b.kind == "value" and b.value is not None]
        values = [v for v in values if not (self._only and _is_empty(v))]
        if self._ways(values, home.function, depth):
            return True
        param = home.param(name)
        if self._only and values:
            return False
        return param is not None and self._param(home.function, param, name, depth)

    def _param(self, function: FunctionInfo, param: Param, name: str, depth: int) -> bool:
        if (
            name in _NOT_THE_REQUEST
            or param.name in _NOT_THE_REQUEST
            or _bounded(param.annotation)
            or _bounded(param.default)
        ):
            return False
        if any(e.user and (e.kind in _KINDS or (self._only and _is_window(e))) for e in self.entries.of(function)):
            return not _injected(param)
        sites = [s for s in self.index.callers(function) if s.kind == "call" and not is_test_path(s.path)]
        if self._only and (not _is_empty(param.default) or len(sites) > _MAX_CALLERS):
            return False
        given = [(argument_of(s, function, name), s.function) for s in sites[:_MAX_CALLERS]]
        found = (any(self._expr(a.value, scope, depth) for a in args) for args, scope in given)
        return bool(given) and all(found) if self._only else any(found)

    def _enumerated(self, expr: Attr | Index, scope: FunctionInfo) -> bool:
        """`body.model`, where the body's class allows only some values."""
        if not isinstance(expr, Attr) or not isinstance(expr.base, Name):
            return False
        home = self.index.scope_of(expr.base.id, scope)
        param = home.param(expr.base.id) if home is not None else None
        if home is None or param is None or param.annotation is None:
            return False
        for value in alternatives(self.program.evaluate(param.annotation, home.function.parent or home.function)):
            if isinstance(value, ClassValue):
                return any(
                    isinstance(stmt, Assign)
                    and expr.name in target_names(stmt.targets[0])
                    and (_bounded(stmt.annotation) or _bounded(stmt.value) or self._is_enum(stmt.annotation, home))
                    for base in self.program.bases(value.cls)
                    if isinstance(base, ClassInfo)
                    for stmt in base.definition.body
                )
        return False

    def _is_enum(self, annotation: Expr | None, home: FunctionIndex) -> bool:
        if not isinstance(annotation, Name):
            return False
        scope = home.function.parent or home.function
        return any(
            isinstance(value, ClassValue) and any("Enum" in key_of(b) for b in value.cls.definition.bases)
            for value in alternatives(self.program.evaluate(annotation, scope))
        )


def _bounded(expr: Expr | None) -> bool:
    """`Literal[...]`, `Field(le=4096)`, `conint(...)`, `Depends(...)` and the like."""
    for node in walk(expr) if expr is not None else ():
        if isinstance(node, Name | Attr) and key_of(node).rpartition(".")[2] in ("Literal", "conint", "constr"):
            return True
        if isinstance(node, Call) and any(a.name in _BOUNDS for a in node.args):
            return True
    return False


def _injected(param: Param) -> bool:
    names = ("Depends", "Security", "Inject", "Header")
    return any(
        isinstance(n, Call) and call_name(n) in names
        for p in (param.default, param.annotation)
        if p is not None
        for n in walk(p)
    )


def _is_window(entry: EntryPoint) -> bool:
    """`ipcMain.handle(channel, ...)`: what the window of a desktop app asks for, with what its user typed there."""
    return entry.kind == "ui" and entry.name.startswith("handle")


def _is_empty(expr: Expr | None) -> bool:
    """Nothing that could be a key: no expression, null, or an empty text."""
    return expr is None or (isinstance(expr, Const) and not expr.value)


def _compares(test: Expr) -> bool:
    return any(isinstance(n, Binary) and n.op in ("in", "not in", "<", ">", "<=", ">=") for n in walk(test)) or any(
        isinstance(n, Call) and call_name(n) in ("includes", "has") for n in walk(test)
    )


def _checked(index: FunctionIndex, key: str) -> bool:
    """Somewhere in the function the value is compared with a list or a bound."""
    for node in index.nodes:
        if isinstance(node, Binary) and node.op in ("in", "not in", "<", ">", "<=", ">="):
            if key in (key_of(node.left), key_of(node.right)):
                return True
        elif (
            isinstance(node, Call) and call_name(node) in _MEMBERSHIP and any(key_of(a.value) == key for a in node.args)
        ):
            return True
    return False

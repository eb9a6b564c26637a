"""What one function's own code says, indexed once: parents, what each variable is given, what is returned.

Shared by the analyses of control and data flow. A variable is known by its dotted spelling (`self.history`,
`state.messages`). Nested functions are functions of their own and are left out, apart from their decorators and
defaults. Flow-insensitive: the order of assignments is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field, replace
from typing import Any

from auditor.lazily import dataclass
from auditor.link.parameters import applied, given_itself
from auditor.link.program import CallSite, ClassInfo, FunctionInfo, Program
from auditor.link.values import Known, ParamValue, alternatives
from auditor.model.syntax import (
    Arg,
    Assign,
    AssignExpr,
    Attr,
    Await,
    BoolOp,
    Call,
    Const,
    DictExpr,
    Expr,
    FunctionDef,
    FunctionExpr,
    Generator,
    Handler,
    If,
    Index,
    ListExpr,
    Loop,
    Name,
    Param,
    Raise,
    Return,
    Scope,
    Spread,
    Stmt,
    Try,
    With,
    Yield,
)
from auditor.model.walk import children, fields_backwards

MAX_PATHS = 60  # files looked through for calls by a method's name
MUTATORS = frozenset(
    [
        *(
            "append",
            "appendleft",
            "extend",
            "insert",
            "add",
            "update",
            "setdefault",
            "push",
            "unshift",
            "splice",
            "set",
        ),
        *("concat", "put", "put_nowait", "write", "enqueue", "add_message", "addMessage", "append_message"),
    ]
)
SHRINKERS = frozenset(
    ["pop", "popleft", "popitem", "clear", "shift", "splice", "remove", "delete", "truncate", "trim", "reset"]
)


@dataclass(frozen=True, slots=True)
class Binding:
    """Something that gives a variable (part of) its value.

    kind: value | iter (an element of it) | with | aug | mutate (something put into it) | except. `op` of an augmented
    assignment. `place`: which element of what an assignment takes apart, where that is known.
    """

    value: Expr | None
    kind: str
    node: Any
    op: str = ""
    place: int | None = None


@dataclass(slots=True)
class FunctionIndex:
    """The index of one function's own code."""

    function: FunctionInfo
    body: tuple[Stmt, ...]
    params: tuple[Param, ...] = ()
    nodes: list[Any] = field(default_factory=list)
    parent: dict[int, Any] = field(default_factory=dict)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    shrunk: set[str] = field(default_factory=set)  # variables from which something is taken away
    returns: list[Return | Yield] = field(default_factory=list)
    sites: dict[int, CallSite] = field(default_factory=dict)
    outer: set[str] = field(default_factory=set)  # declared global or nonlocal
    expression_of: dict[int, FunctionExpr] = field(default_factory=dict)  # by id of the FunctionDef

    def above(self, node: Any) -> Iterator[tuple[Any, Any]]:
        """Pairs (ancestor, the child that leads down to the node), innermost first."""
        child = node
        while (up := self.parent.get(id(child))) is not None:
            yield up, child
            child = up

    def param(self, name: str) -> Param | None:
        """The parameter that binds a name (a destructured one through its pattern)."""
        for param in self.params:
            if param.name == name or (param.pattern is not None and name in target_names(param.pattern)):
                return param
        return None


def own_nodes(roots: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """(node, parent) of everything in these statements but not in the functions nested in them, in source order."""
    found: list[tuple[Any, Any]] = []
    stack: list[tuple[Any, Any]] = [(r, None) for r in reversed(roots)]
    pop, push, note = stack.pop, stack.append, found.append
    while stack:
        pair = pop()
        note(pair)
        node = pair[0]
        kind: type = type(node)
        if kind is FunctionDef or kind is FunctionExpr:
            definition = node if kind is FunctionDef else node.function
            defaults = [p.default for p in definition.params if p.default is not None]
            below = [*node.decorators, *defaults] if kind is FunctionDef else defaults
            stack.extend([(child, node) for child in reversed(below)])
            continue
        for name, many in fields_backwards(kind):
            value = getattr(node, name)
            if many:
                for child in reversed(value):
                    push((child, node))
            elif value is not None:
                push((value, node))
    return found


def key_of(expr: Expr | None, depth: int = 8) -> str:
    """The dotted spelling of a variable or attribute path with constant keys; "" for anything else."""
    parts: list[str] = []
    while expr is not None and len(parts) < depth:
        match expr:
            case Name(id=name):
                parts.append(name)
                return ".".join(reversed(parts))
            case Attr(base=base, name=name):
                parts.append(name)
                expr = base
            case Index(base=base, key=Const(value=str() | int() as key)):
                parts.append(str(key))
                expr = base
            case Index(base=base):
                parts.append("*")
                expr = base
            case Await(value=value):
                expr = value
            case _:
                return ""
    return ""


def call_name(call: Call) -> str:
    """The last component of what is called (`append` for `a.b.append()`), "" if it has no name."""
    match call.func:
        case Name(id=name) | Attr(name=name):
            return name
        case _:
            return ""


def receiver_of(call: Call) -> Expr | None:
    """What a method is called on."""
    return call.func.base if isinstance(call.func, Attr) else None


def target_names(target: Expr | None) -> tuple[str, ...]:
    """The names that a pattern binds."""
    out: list[str] = []
    stack: list[Any] = [target]
    while stack:
        node = stack.pop()
        match node:
            case Name(id=name):
                out.append(name)
            case ListExpr(items=items):
                stack.extend(reversed(items))
            case DictExpr(entries=entries):
                stack.extend(e.value for e in reversed(entries))
            case AssignExpr(target=inner) | Spread(value=inner):
                stack.append(inner)
            case _:
                pass
    return tuple(out)


def _words(name: str) -> set[str]:
    """The words of a name: `LLMClient` and `llm_client` give llm and client."""
    return {w.lower() for w in re.findall(r"[A-Z]+(?=[A-Z][a-z]|$|_)|[A-Z]?[a-z]+", name) if len(w) > 2}


def is_function(expr: Expr, function: FunctionInfo) -> bool:
    """Whether an expression stands for the function: itself, its name, a partial of it."""
    if isinstance(expr, FunctionExpr):
        return expr.function is function.definition
    if (
        isinstance(expr, Call)
        and call_name(expr) in ("partial", "bind")
        and (expr.args or receiver_of(expr) is not None)
    ):
        inner = expr.args[0].value if call_name(expr) == "partial" and expr.args else receiver_of(expr)
        return inner is not None and is_function(inner, function)
    return bool(function.name) and key_of(expr).rpartition(".")[2] == function.name


def statement_lists(node: Any) -> list[tuple[Stmt, ...]]:
    """The lists of statements of a statement, each of which runs in order."""
    match node:
        case Try():
            return [node.body, node.orelse, node.final]
        case If() | Loop():
            return [node.body, node.orelse]
        case _:
            body = getattr(node, "body", None)
            return [body] if isinstance(body, tuple) else []


def leaves(body: tuple[Stmt, ...]) -> bool:
    """The statements always return or raise."""
    for stmt in body:
        if isinstance(stmt, Return | Raise):
            return True
        if isinstance(stmt, If) and stmt.orelse and leaves(stmt.body) and leaves(stmt.orelse):
            return True
    return False


def unwrap(expr: Any) -> Any:
    """The expression without `await` and spreads around it."""
    while isinstance(expr, Await | Spread):
        expr = expr.value
    return expr


class FlowIndex:
    """The indices of a program's functions, built on demand."""

    def __init__(self, program: Program) -> None:
        """Create an empty index over a program."""
        self.program = program
        self._functions: dict[str, FunctionIndex] = {}
        self._classes: dict[str, tuple[FunctionInfo, ...]] = {}
        self._callers: dict[str, tuple[CallSite, ...]] = {}

    def of(self, function: FunctionInfo) -> FunctionIndex:
        """The index of a function."""
        found = self._functions.get(function.id)
        if found is None:
            found = self._functions[function.id] = self._build(function)
        return found

    def _build(self, function: FunctionInfo) -> FunctionIndex:
        definition = function.definition
        if definition is not None:
            body, params = definition.body, definition.params
        else:
            module = self.program.module(function.path)
            body, params = (module.module.body if module else ()), ()
        index = FunctionIndex(function, body, params)
        for node, parent in own_nodes(body):
            index.nodes.append(node)
            if parent is not None:
                index.parent[id(node)] = parent
            if type(node) in _NOTED:  # one in eight
                _note(index, node)
        for site in self.program.sites(function):
            index.sites[id(site.call)] = site
        return index

    def callers(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        """Who runs a function; for a method that nobody is seen to call, the calls that can only mean it or its kin."""
        found = self._callers.get(function.id)
        if found is None:
            found = self.program.callers(function)
            if (
                not self.program.large
                and not any(s.kind == "call" for s in found)
                and function.owner is not None
                and not function.name.startswith("_")
            ):
                found = (*found, *self._by_name(function, function.owner))
            self._callers[function.id] = found
        return found

    def callees(self, site: CallSite | None) -> tuple[FunctionInfo, ...]:
        """The repository's functions that a call itself runs, without callbacks that it is given."""
        if site is None:
            return ()
        return tuple(c for c in self.program.callees(site) if not any(is_function(a.value, c) for a in site.call.args))

    def _by_name(self, function: FunctionInfo, owner: ClassInfo) -> Iterator[CallSite]:
        """Unresolved `llm_client.complete(...)` for `LLMClient.complete`: same method, receiver named after the class."""
        words: set[str] = set()
        for base in self.program.bases(owner):
            if isinstance(base, ClassInfo) and function.name in base.methods:
                words |= _words(base.name)
        words -= {"base", "abstract", "service", "manager", "impl", "class", "handler", "the"}
        for path in self.program.loader.mentions(function.name)[:MAX_PATHS]:
            self.program.module(path)
        for scan in self.program.scans():
            for site in scan.calls.get(function.name, ()):
                receiver = key_of(receiver_of(site.call)).rpartition(".")[2]
                if site.function.owner is owner or not receiver or receiver in ("self", "super"):
                    continue
                if words & _words(receiver) and not self.program.callees(site) and not self._of_nothing(site):
                    yield replace(site, certainty="likely")

    def _of_nothing(self, site: CallSite) -> bool:
        """A method of what everybody leaves at None: `self.extractor = extractor` of a parameter that nobody gives."""
        func = site.call.func
        options = alternatives(self.program.evaluate(func.base, site.function)) if isinstance(func, Attr) else ()
        given = [
            g
            for v in options
            for g in (self.program.argument_values(v.function, v.name) if isinstance(v, ParamValue) else [(v, None)])
        ]
        nothing = all(isinstance(v, Known) and v.value is None for v, _ in given)
        return nothing and any(place is not None for _, place in given)

    def scope_of(self, name: str, function: FunctionInfo) -> FunctionIndex | None:
        """The index of the function that binds a name visible in `function`; None if it is imported or unknown."""
        for outer in function.chain:
            index = self.of(outer)
            if name in index.outer:
                continue
            if name in index.bindings or index.param(name) is not None:
                return index
        return None

    def methods_of(self, cls: ClassInfo) -> tuple[FunctionInfo, ...]:
        """All methods that an object of the class may have, own and inherited ones, and the functions nested in them."""
        found = self._classes.get(cls.id)
        if found is None:
            out: list[FunctionInfo] = []
            for base in self.program.bases(cls):
                if isinstance(base, ClassInfo):
                    out.extend(base.methods.values())
            found = self._classes[cls.id] = tuple(out)
        return found

    def attribute_bindings(self, function: FunctionInfo, key: str) -> list[tuple[Binding, FunctionInfo]]:
        """What `self.x` (spelled `key`) is given anywhere in the class that `self` belongs to in this function."""
        cls = function.self_class
        if cls is None:
            return [(b, function) for b in self.of(function).bindings.get(key, ())]
        out = [(b, m) for m in self.methods_of(cls) for b in self.of(m).bindings.get(key, ())]
        name = key.partition(".")[2]
        for base in self.program.bases(cls):
            if not isinstance(base, ClassInfo):
                continue
            out.extend(
                (Binding(s.value, "value", s), base.scope)
                for s in base.definition.body
                if isinstance(s, Assign) and any(name in target_names(t) for t in s.targets)
            )
        return out

    def nested(self, function: FunctionInfo) -> Iterator[FunctionInfo]:
        """The functions defined anywhere inside a function (not itself)."""
        module = self.program.module(function.path)
        for other in module.functions if module else ():
            if other is not function and any(f is function for f in other.chain):
                yield other


def _note(index: FunctionIndex, node: Any) -> None:
    match node:
        case Assign(targets=targets, value=value, op=op):
            for target in targets:
                _bind(index, target, value, "aug" if op else "value", node, op)
        case AssignExpr(target=target, value=value):
            _bind(index, target, value, "value", node)
        case Loop(kind="for", target=target, iterable=iterable) if target is not None:
            _bind(index, target, iterable, "iter", node)
        case Generator(target=target, iterable=iterable):
            _bind(index, target, iterable, "iter", node)
        case With(items=items):
            for item in items:
                if item.target is not None:
                    _bind(index, item.target, item.context, "with", node)
        case Handler(name=name) if name is not None:
            _bind(index, name, None, "except", node)
        case Call():
            _note_call(index, node)
        case Return() | Yield():
            index.returns.append(node)
        case Scope(names=names):
            index.outer.update(names)
        case FunctionExpr(function=definition):
            index.expression_of[id(definition)] = node
        case FunctionDef(name=name) if name:
            index.bindings.setdefault(name, [])
        case _:
            pass


_NOTED = frozenset(
    [Assign, AssignExpr, Loop, Generator, With, Handler, Call, Return, Yield, Scope, FunctionExpr, FunctionDef]
)


def _note_call(index: FunctionIndex, call: Call) -> None:
    receiver = receiver_of(call)
    if receiver is None:
        return
    key, name = key_of(receiver), call_name(call)
    if isinstance(receiver, Call) and call_name(receiver) == "setdefault":  # `jobs.setdefault(i, []).append(x)`
        holder = key_of(receiver_of(receiver))
        key = f"{holder}.*" if holder else ""
    if not key:
        return
    if name in MUTATORS:
        for arg in call.args:
            _put(index, key, Binding(arg.value, "mutate", call))
    if name in SHRINKERS:
        index.shrunk.add(key)


def _put(index: FunctionIndex, key: str, binding: Binding) -> None:
    """Something goes into `key`, hence also into everything that holds it."""
    while key and key != "self":
        index.bindings.setdefault(key, []).append(binding)
        key = key.rpartition(".")[0]


def _bind(
    index: FunctionIndex,
    target: Expr,
    value: Expr | None,
    kind: str,
    node: Any,
    op: str = "",
    place: int | None = None,
) -> None:
    match target:
        case Name(id=name):
            index.bindings.setdefault(name, []).append(Binding(value, kind, node, op, place))
        case Attr() | Index():
            key = key_of(target)
            if key:
                index.bindings.setdefault(key, []).append(Binding(value, kind, node, op, place))
                outer = key.rpartition(".")[0]
                if outer and outer != "self":
                    _put(index, outer, Binding(value, "mutate", node))
        case ListExpr(items=items):
            literal = value.items if isinstance(value, ListExpr) and len(value.items) == len(items) else None
            counted = kind == "value" and not any(isinstance(i, Spread) for i in items)
            for i, item in enumerate(items):
                if literal:
                    _bind(index, unwrap(item), literal[i], kind, node)
                else:
                    _bind(index, unwrap(item), value, "iter", node, "", i if counted else None)
        case DictExpr(entries=entries):
            for entry in entries:
                part = value
                if isinstance(entry.key, Const) and isinstance(entry.key.value, str) and value is not None:
                    part = Attr(value.at, value, entry.key.value)
                _bind(index, entry.value, part, kind, node)
        case AssignExpr(target=inner, value=default):  # a default in a pattern
            _bind(index, inner, value, kind, node)
            _bind(index, inner, default, "value", node)
        case Spread(value=inner):
            _bind(index, inner, value, kind, node)
        case _:
            pass


def operands(expr: Any) -> Iterator[Any]:
    """The expressions whose value may be (part of) this one's: all children, but not tests."""
    match expr:
        case BoolOp(values=values):
            yield from values
        case Arg(value=value):
            yield value
        case _:
            yield from children(expr)


def argument_of(site: CallSite, function: FunctionInfo, name: str) -> tuple[Arg, ...]:
    """The arguments that a direct call gives to a parameter of a function; several for `*args`, a spread for `**x`."""
    definition = function.definition
    if definition is None:
        return ()
    params = definition.params
    bound = function.owner is not None and not definition.static and function.language == "python"
    if (bound and params and not _through_class(site, function)) or given_itself(definition):
        params = params[1:]
    call = applied(site.call) if call_name(site.call) == "apply_async" and site.kind == "call" else site.call
    wanted = next((i for i, p in enumerate(params) if p.name == name or _binds(p, name)), None)
    if wanted is None:
        return ()
    return tuple(_matching(call.args, params, wanted))


def _binds(param: Param, name: str) -> bool:
    return param.pattern is not None and name in target_names(param.pattern)


def _through_class(site: CallSite, function: FunctionInfo) -> bool:
    """`Class.method(obj, ...)`: the first argument is the object."""
    base = receiver_of(site.call)
    return (
        isinstance(base, Name)
        and function.owner is not None
        and base.id == function.owner.name
        and function.name != "__init__"
    )


def _matching(args: tuple[Arg, ...], params: tuple[Param, ...], wanted: int) -> Iterator[Arg]:
    param = params[wanted]
    named = {p.name for p in params if not p.kind}
    position = 0
    for arg in args:
        if arg.spread:
            yield arg
        elif arg.name is not None:
            if arg.name == param.name or (param.kind == "dict" and arg.name not in named):
                yield arg
        else:
            takes_rest = param.kind == "list" and position >= wanted
            if (position == wanted and not param.kind and not param.keyword_only) or takes_rest:
                yield arg
            position += 1

"""What a key of an object may hold: `picked.posts` after `picked = await pick()`, where `pick` returns `{posts: …}`."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.lazily import dataclass
from auditor.link.flow_index import FlowIndex, argument_of, call_name, unwrap
from auditor.link.program import FunctionInfo
from auditor.model.syntax import Call, Conditional, Const, DictExpr, Expr, FunctionExpr, ListExpr, Name
from auditor.model.walk import walk

MAX_DEPTH = 8
MAX_CALLEES = 4

Held = list[tuple[Expr, FunctionInfo]]


@dataclass(frozen=True, slots=True)
class Handed:
    """An argument: the expression, the function that it stands in, and what that one was given."""

    value: Expr
    scope: FunctionInfo
    given: Mapping[str, Handed]


Given = Mapping[str, Handed]


def entries_of(
    index: FlowIndex, expr: Expr, key: str, scope: FunctionInfo, given: Given | None = None, depth: int = 0
) -> Held | None:
    """The expressions that a key of what an expression yields may hold, each with its function; None: not known.

    given: what the parameters of the scope were given on the way here.
    """
    found = unwrap(expr)
    if depth > MAX_DEPTH:
        return None
    match found:
        case DictExpr(entries=entries):
            return _of_literal(found, key, scope) if all(e.key is not None for e in entries) else None
        case Conditional(then=then, orelse=orelse):
            return _all([entries_of(index, e, key, scope, given, depth + 1) for e in (then, orelse)])
        case Name(id=name):
            return _of_name(index, name, key, scope, given or {}, depth)
        case Call():
            return _of_call(index, found, key, scope, given, depth)
        case _:
            return None


def _of_literal(literal: DictExpr, key: str, scope: FunctionInfo) -> Held | None:
    values = [e.value for e in literal.entries if isinstance(e.key, Const) and e.key.value == key]
    return [(values[-1], scope)] if values else None


def _of_name(index: FlowIndex, name: str, key: str, scope: FunctionInfo, given: Given, depth: int) -> Held | None:
    home = index.scope_of(name, scope)
    if home is None:
        return None
    if any(k.startswith((f"{name}.{key}", f"{name}.*")) for k in home.bindings):
        return None  # it is filled under its key
    bindings = home.bindings.get(name, [])
    if home.param(name) is not None:
        if bindings or home.function is not scope or name not in given:
            return None
        handed = given[name]
        return entries_of(index, handed.value, key, handed.scope, handed.given, depth + 1)
    if not bindings or any(b.kind != "value" or b.value is None for b in bindings):
        return None
    within = given if home.function is scope else None
    return _all([entries_of(index, b.value, key, home.function, within, depth + 1) for b in bindings if b.value])


def _of_call(
    index: FlowIndex, call: Call, key: str, scope: FunctionInfo, given: Given | None, depth: int
) -> Held | None:
    name = call_name(call)
    first = call.args[0].value if call.args and not call.args[0].spread else None
    if name == "race" and isinstance(first, ListExpr):
        return _all([entries_of(index, i, key, scope, given, depth + 1) for i in first.items if not _only_fails(i)])
    if name in ("wait_for", "shield", "timeout") and first is not None:
        return entries_of(index, first, key, scope, given, depth + 1)
    site = index.of(scope).sites.get(id(call))
    callees = index.callees(site)
    if site is None or not callees or len(callees) > MAX_CALLEES:
        return None
    if all(c.name in ("__init__", "constructor") for c in callees):
        return None
    found: list[Held | None] = []
    for callee in callees:
        own = index.of(callee)
        if callee.definition is None or callee.definition.is_generator:
            return None
        handed: dict[str, Handed] = {}
        for param in own.params:
            args = argument_of(site, callee, param.name)
            if len(args) == 1 and not args[0].spread:
                handed[param.name] = Handed(args[0].value, scope, given or {})
        values = [r.value for r in own.returns if r.value is not None]
        found += [entries_of(index, v, key, callee, handed, depth + 1) for v in values] or [None]
    return _all(found)


def _only_fails(expr: Expr) -> bool:
    """`new Promise((_, reject) => setTimeout(reject, ms))` never gives a value."""
    match unwrap(expr):
        case Call(new=True, args=args) as call if call_name(call) == "Promise" and args:
            executor = args[0].value
        case _:
            return False
    if not isinstance(executor, FunctionExpr) or not executor.function.params:
        return False
    resolve = executor.function.params[0].name
    return not any(isinstance(n, Name) and n.id == resolve for s in executor.function.body for n in walk(s))


def _all(parts: list[Held | None]) -> Held | None:
    out: Held = []
    for part in parts:
        if part is None:
            return None
        out += part
    return out or None

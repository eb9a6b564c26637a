"""Whether a function that calls itself does so once at most: the test on the way there fails for what it hands on.

`if fallback: return ask(q, fallback=False)`, `if model != LAST: return ask(q, model=LAST)`,
`self.spare = True; return self.ask(q)` under `if not self.spare:`. A test of anything else says nothing. And whether
what it hands on leads to another model or provider, which makes it a fallback instead of a retry.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.link.flow_index import FlowIndex, FunctionIndex, argument_of, key_of, leaves, statement_lists, target_names
from auditor.link.program import CallSite
from auditor.link.values import Known
from auditor.model.syntax import (
    Arg,
    Assign,
    AssignExpr,
    Attr,
    Binary,
    BoolOp,
    Call,
    Conditional,
    Const,
    DictExpr,
    Entry,
    Expr,
    If,
    ListExpr,
    Name,
    Param,
    Stmt,
    Try,
    Unary,
)
from auditor.model.walk import walk

_MAX_TESTS = 20
_MAX_DEPTH = 6
_ROUTE_WORDS = (
    "model",
    "provider",
    "client",
    "vendor",
    "engine",
    "base_url",
    "baseurl",
    "deployment",
    "backend",
    "llm",
)
_Meaning = tuple[str, Any]  # ("value", a constant) or ("name", the spelling of what is the same in each turn)


def names_route(name: str) -> bool:
    """Whether a parameter's name says that it holds a model, a provider or an address."""
    return any(w in name.lower() for w in _ROUTE_WORDS)


class Turns:
    """What calls of a function by itself hand on, in one program."""

    def __init__(self, index: FlowIndex) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self.program = index.program

    def once(self, site: CallSite) -> bool:
        """Whether the turn that the call begins cannot come to the call again."""
        turn = _Turn(self, site)
        return any(turn.truth(test) is (not holds) for test, holds in _tests(site.call, turn.own))

    def other_route(self, site: CallSite) -> bool:
        """Whether the turn that the call begins uses another model, provider or client."""
        turn = _Turn(self, site)
        names = [n for p in turn.own.params for n in (target_names(p.pattern) if p.pattern is not None else (p.name,))]
        if any(names_route(n) and turn.changes(n) for n in names):
            return True
        guards = {id(test) for test, _ in _tests(site.call, turn.own)}
        return any(turn.changes(n) and _chooses_route(n, turn.own, guards) for n in (*names, *turn.states))


class _Turn:
    """The names of a function in the turn that a call of itself begins."""

    def __init__(self, turns: Turns, site: CallSite) -> None:
        self.program = turns.program
        self.site = site
        self.scope = site.function
        self.own = turns.index.of(site.function)
        self.states = _set_before(site.call, self.own)

    def truth(self, test: Expr, depth: int = 0) -> bool | None:
        """Whether a test holds in that turn; None where that is not known."""
        match test:
            case Unary(op="not", operand=operand):
                inner = self.truth(operand, depth)
                return None if inner is None else not inner
            case BoolOp(op="and" | "or" as op, values=values) if depth < _MAX_DEPTH:
                found = {self.truth(v, depth + 1) for v in values}
                decides = op == "or"
                return decides if decides in found else (None if None in found else not decides)
            case Binary(op="==" | "is" | "!=" | "is not" as op, left=left, right=right):
                same = _same(self.meaning(left), self.meaning(right))
                return None if same is None else same is (op in ("==", "is"))
            case Binary(op="in" | "not in" as op, left=left, right=ListExpr(items=items)):
                alike = {_same(self.meaning(left), self.meaning(i)) for i in items}
                inside = True if True in alike else None if None in alike else False
                return None if inside is None else inside is (op == "in")
            case _:
                known = self.meaning(test)
                return bool(known[1]) if known is not None and known[0] == "value" else None

    def meaning(self, expr: Expr) -> _Meaning | None:
        """What an expression of the function stands for in that turn."""
        key = key_of(expr)
        if not key:
            return ("value", expr.value) if isinstance(expr, Const) else None
        if key in self.states:
            return self._lasting(self.states[key])
        param = self.own.param(key)
        if param is None:
            return self._lasting(expr)
        given = self.given(key, param)
        if given is None:
            return None
        if key_of(given) == key:  # handed on as it is
            return None if key in self.own.bindings else ("name", key)
        found = self._lasting(given)
        sure = key not in self.own.bindings or (found is not None and _only_default(key, found, self.own))
        return found if sure else None

    def given(self, name: str, param: Param) -> Expr | None:
        """What the call gives to a parameter, or the default that stands in."""
        args = argument_of(self.site, self.scope, name)
        if len(args) > 1 or any(a.spread for a in args):
            return None
        default = param.default
        if param.pattern is not None and param.name != name:
            if not args or not isinstance(args[0].value, DictExpr) or any(e.key is None for e in args[0].value.entries):
                return None
            entries = [e for e in args[0].value.entries if isinstance(e.key, Const) and e.key.value == name]
            if entries:
                return entries[-1].value
            default = _default_in(param.pattern, name)
        elif args:
            return args[0].value
        return default if default is not None else Const(param.at, None)

    def changes(self, name: str) -> bool:
        """Whether that turn has another value under the name than the one before."""
        if name in self.states:
            return True
        param = self.own.param(name)
        args = argument_of(self.site, self.scope, name) if param is not None else ()
        if param is None or not args or args[0].spread:
            return False
        given = self.given(name, param)
        if given is None or key_of(given).rpartition(".")[2] == name:
            return False
        default = param.default or (_default_in(param.pattern, name) if param.pattern is not None else None)
        return default is None or _same(self._lasting(given), self._lasting(default)) is not True

    def _lasting(self, expr: Expr) -> _Meaning | None:
        """A constant, or the spelling of what no turn changes."""
        if isinstance(expr, Const):
            return "value", expr.value
        key = key_of(expr)
        name = key.partition(".")[0]
        if not key or "*" in key or self.own.param(key) is not None:
            return None
        bound = [b for k in (key, name) for b in self.own.bindings.get(k, ()) if b.kind != "mutate"]
        if name in self.own.bindings and name != "self" and len(bound) == 1 and isinstance(bound[0].value, Const):
            return "value", bound[0].value.value
        if bound:
            return None
        value = self.program.evaluate(expr, self.scope)
        return ("value", value.value) if isinstance(value, Known) else ("name", key)


def _same(left: _Meaning | None, right: _Meaning | None) -> bool | None:
    if left is None or right is None:
        return None
    if left[0] == right[0] == "value":
        return bool(left[1] == right[1])
    return True if left == right else None


def _only_default(key: str, given: _Meaning, own: FunctionIndex) -> bool:
    """All that the function itself gives the parameter stands in for nothing (`model = model or DEFAULT`)."""
    some = given[0] == "name" or bool(given[1])
    return some and all(
        isinstance(b.value, BoolOp) and b.value.op in ("or", "??") and key_of(b.value.values[0]) == key
        for b in own.bindings[key]
    )


def _default_in(pattern: Expr, name: str) -> Expr | None:
    for node in walk(pattern):
        if isinstance(node, AssignExpr) and name in target_names(node.target):
            return node.value
    return None


def _tests(call: Call, own: FunctionIndex) -> Iterator[tuple[Expr, bool]]:
    """The tests on the way to a call, each with whether it holds there."""
    found = 0
    for up, child in [*own.above(call), (None, None)]:
        tests: list[tuple[Expr, bool]] = []
        match up:
            case If(test=test, body=body, orelse=orelse):
                tests = [(test, True)] * any(child is s for s in body) + [(test, False)] * any(
                    child is s for s in orelse
                )
            case Conditional(test=test, then=then, orelse=other):
                tests = [(test, True)] * (child is then) + [(test, False)] * (child is other)
            case BoolOp(op="and" | "or" as op, values=values):
                before = next((i for i, v in enumerate(values) if v is child), 0)
                tests = [(v, op == "and") for v in values[:before]]
            case _:
                pass
        for earlier in _before(up, child, call, own):
            if isinstance(earlier, If) and leaves(earlier.body):
                tests.append((earlier.test, False))
        for pair in tests:
            found += 1
            if found > _MAX_TESTS:
                return
            yield pair


def _before(up: Any, child: Any, call: Call, own: FunctionIndex) -> tuple[Stmt, ...]:
    """The statements that run before the one that leads to the call, in the same list."""
    if up is None:
        child = next((c for c, top in [(u, own.parent.get(id(u))) for u, _ in own.above(call)] if top is None), call)
    for statements in [own.body] if up is None else statement_lists(up):
        for i, stmt in enumerate(statements):
            if stmt is child:
                return statements[:i]
    return ()


def _set_before(call: Call, own: FunctionIndex) -> dict[str, Expr]:
    """What lasts beyond a turn and is set on the way to the call alone: `self.spare = True`, a global."""
    out: dict[str, Expr] = {}
    for up, child in own.above(call):
        for stmt in _before(up, child, call, own):
            for target in stmt.targets if isinstance(stmt, Assign) and not stmt.op else ():
                key = key_of(target)
                lasts = key.startswith(("self.", "this.")) or key in own.outer
                if lasts and isinstance(stmt, Assign) and stmt.value is not None:
                    set_here = [b.node for b in own.bindings.get(key, ()) if b.kind != "mutate"]
                    if all(n is stmt or _at_the_end(n, own) for n in set_here):
                        out.setdefault(key, stmt.value)
    return out


def _at_the_end(node: Any, own: FunctionIndex) -> bool:
    """It stands in a `finally`, which runs when the later turns are over."""
    return any(isinstance(up, Try) and any(child is s for s in up.final) for up, child in own.above(node))


def _chooses_route(name: str, own: FunctionIndex, guards: set[int]) -> bool:
    """The name decides which model or client is used: `model = SPARE if spare else MAIN`."""
    for node in own.nodes:
        if not isinstance(node, Conditional | If) or id(node.test) in guards or not _mentions(node.test, name):
            continue
        if isinstance(node, If):
            sets = (t for s in (*node.body, *node.orelse) if isinstance(s, Assign) for t in s.targets)
            if any(_holds_route(t, own) for t in sets):
                return True
        elif _is_route(node, own):
            return True
    return False


def _is_route(node: Any, own: FunctionIndex) -> bool:
    """The value is given as a model or client, or is what is called."""
    for up, child in own.above(node):
        match up:
            case Assign(targets=targets):
                return any(_holds_route(t, own) for t in targets)
            case Arg(name=str() as name) | Entry(key=Const(value=str() as name)):
                return names_route(name)
            case Attr(base=base):
                return child is base  # (spare if again else main).chat(...)
            case _:
                continue
    return False


def _holds_route(target: Expr, own: FunctionIndex) -> bool:
    """A variable of a route's name, or one that is given under such a name."""
    key = key_of(target)
    return names_route(key) or any(
        names_route(str(node.name if isinstance(node, Arg) else getattr(node.key, "value", "")))
        for node in own.nodes
        if isinstance(node, Arg | Entry) and key_of(node.value) == key
    )


def _mentions(test: Expr, key: str) -> bool:
    return any(key_of(n) == key for n in walk(test) if isinstance(n, Name | Attr))

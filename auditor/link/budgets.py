"""Budgets: tests that end the way to a call once what was spent reaches a limit.

A budget is of money or tokens. What is called one but bounds time, tries or the size of a prompt is none, nor is what is
looked at only when a call has failed. A ledger need not say so in its name: it compares what was kept with a cap that is
named for tokens or money in a period, and a function that answers with such a comparison is a budget where its answer
decides whether the call is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.lazily import regex
from auditor.link.flow_index import FlowIndex, FunctionIndex, call_name, key_of, own_nodes, unwrap
from auditor.link.program import FunctionInfo
from auditor.model.syntax import (
    Attr,
    Binary,
    BoolOp,
    Break,
    Call,
    Const,
    Continue,
    Expr,
    Handler,
    If,
    Index,
    Loop,
    Name,
    Raise,
    Return,
    Unary,
)
from auditor.model.walk import walk

BUDGET = regex(
    r"(budget|spend(ing)?_?(limit|cap)|(cost|usd|dollar|monthly|daily)_?(limit|cap|budget)|max_?(cost|spend|usd)"
    r"|can_?(spend|call_?ai))",
    re.I,
)
_WORD = r"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))(?i:%s)(?![a-z])"  # a word of a name, in snake_case or camelCase
_MONEY = regex(_WORD % "spent|spend(ing)?|costs?|usd|dollars?|euros?|eur|cents|expenses?|billed")  # what was paid
_LIMIT = regex(_WORD % "limit|cap|max(imum)?|budget|ceiling|allowance|allowed|threshold|month(ly)?|daily|weekly")
_CAP = regex(_WORD % "limit|cap|max(imum)?|budget|ceiling|allowance|allowed|threshold|quota")
_UNIT = regex(_WORD % "tokens?|usage|spent|spend(ing)?|costs?|usd|dollars?|euros?|eur|cents|budget|billed")
_PERIOD = regex(_WORD % "month(ly)?|day|daily|today|weekly|week|year(ly)?|lifetime")
_OTHER = regex(
    _WORD % "retry|retries|attempts?|tr(y|ies)|time(out)?|deadline|seconds?|secs?|ms|millis|latency|context|prompt"
    "|chars?|characters|words|lines|steps?|iterations?|turns?|thinking|reasoning|depth|memory|error|errors"
)  # what else is rationed under that name
_CLOCK = regex(r"^(monotonic|perf_counter|time|now|hrtime)$")
_ESTIMATE = regex(
    r"(estimate|count_?tokens|num_?tokens|token_?count|encode|tokeni[sz]e)", re.I
)  # of what is to be sent
_CONVERSIONS = frozenset(
    [
        "int",
        "float",
        "round",
        "sum",
        "len",
        "max",
        "min",
        "abs",
        "str",
        "Decimal",
        "get",
        "Number",
        "parseInt",
        "parseFloat",
        "values",
        "getenv",
        "getattr",
    ]
)
_SPENT = regex(
    r"(spent|spend|cost|usage|used|total|balance|calls|tokens|remaining|exceed|exhaust|within|canCall|can_call|over)",
    re.I,
)
_ORDERED = ("<", "<=", ">", ">=")
_MAX_NODES = 200  # looked through to see where one side of a comparison comes from
_MAX_ROUNDS = 4


class Budgets:
    """Answers for one program; `leads` tells which calls lead to a request."""

    def __init__(self, index: FlowIndex, leads: Any) -> None:
        """Create it over the index and the ways to calls."""
        self.index = index
        self.leads = leads
        self._ledgers: dict[str, bool] = {}

    def named(self, node: If, index: FunctionIndex) -> bool:
        """A budget by the names in a test that leaves: one of money, looked at where it can still refuse a call."""
        text = spelling(node.test)
        named = (
            compares(node.test) and BUDGET.search(text) and (_SPENT.search(text) or BUDGET.search(_asked(node.test)))
        )
        paid = spent_against_limit(node.test, index) and any(
            isinstance(s, Raise | Return) for s, _ in own_nodes(node.body)
        )
        if not (named or paid):
            return False
        return not _of_something_else(node.test, index) and self._in_time(node, index)

    def kept(self, node: If, index: FunctionIndex, on_way: bool) -> bool:
        """A ledger that is compared, here or by the function that the test asks, ends the way to a call."""
        inside = any(self._requests((*node.body, *node.orelse), index)) if on_way else False
        leaves = any(isinstance(s, Raise | Return | Break | Continue) for s, _ in own_nodes(node.body))
        if not inside and not leaves:
            return False
        if self._compared((node.test,), index):
            raises = any(isinstance(s, Raise) for s, _ in own_nodes(node.body))
            return inside or (self._in_time(node, index, sure=True) if on_way else raises)
        return on_way and (inside or self._in_time(node, index, sure=True)) and self._asks_ledger(node.test, index)

    def _asks_ledger(self, test: Expr, index: FunctionIndex) -> bool:
        """The test asks a function that answers with a ledger's comparison."""
        for node in self._sources(test, index, rounds=2):
            site = index.sites.get(id(node)) if isinstance(node, Call) else None
            if site is not None and any(self._is_ledger(c) for c in self.index.callees(site)[:4]):
                return True
        return False

    def _is_ledger(self, function: FunctionInfo) -> bool:
        """A function whose answer is that comparison, or depends on it."""
        known = self._ledgers.get(function.id)
        if known is None:
            self._ledgers[function.id] = False  # while it is looked at
            index = self.index.of(function)
            tests = [
                n.test
                for n in index.nodes
                if isinstance(n, If) and any(isinstance(s, Return) for s, _ in own_nodes(n.body))
            ]
            answers = [r.value for r in index.returns if isinstance(r, Return) and r.value is not None]
            known = self._ledgers[function.id] = any(
                self._compared((e,), index, money=True) for e in (*tests, *answers)
            )
        return known

    def _compared(self, exprs: tuple[Expr, ...], index: FunctionIndex, money: bool = False) -> bool:
        """Somewhere in these expressions, or in what their names stand for, a ledger is compared with its cap."""
        for expr in exprs:
            for node in self._sources(expr, index, rounds=2):
                if not (isinstance(node, Binary) and node.op in _ORDERED):
                    continue
                sides = (node.left, node.right)
                if money and spent_against_limit(node, index) and not _of_something_else(node, index):
                    return True
                if any(self._ledger(spent, cap, index) for spent, cap in (sides, sides[::-1])):
                    return True
        return False

    def _ledger(self, spent: Expr, cap: Expr, index: FunctionIndex) -> bool:
        """What was kept about tokens or money in a period against a cap of it; an estimate of the prompt is not kept."""
        if isinstance(cap, Const) or isinstance(spent, Const):
            return False
        limit = words(self._sources(cap, index))
        if not _CAP.search(limit):
            return False
        origin = list(self._sources(spent, index))
        both = f"{words(origin)} {limit}"
        if not (_PERIOD.search(both) and _UNIT.search(both)) or _OTHER.search(spelling(cap)):
            return False
        calls = [call_name(n) for n in origin if isinstance(n, Call)]
        if any(_ESTIMATE.search(c) for c in calls):
            return False
        return any(c and c not in _CONVERSIONS for c in calls) or any(isinstance(n, Attr | Index) for n in origin)

    def _sources(self, expr: Expr, index: FunctionIndex, rounds: int = _MAX_ROUNDS) -> Iterator[Any]:
        """The nodes of an expression and of what its variables are given, a few assignments back."""
        stack: list[tuple[Any, int]] = [(expr, rounds)]
        seen: set[str] = set()
        count = 0
        while stack:
            top, left = stack.pop()
            for node in walk(top):
                count += 1
                if count > _MAX_NODES:
                    return
                yield node
                key = key_of(node) if isinstance(node, Name | Attr) else ""
                if not key or key in seen or not left:
                    continue
                seen.add(key)
                stack += [(b.value, left - 1) for b in self._given(key, index) if b.value is not None]

    def _given(self, key: str, index: FunctionIndex) -> Iterable[Any]:
        """What a variable is given: here, in its class, or where the module binds it."""
        if key in index.bindings:
            return index.bindings[key][:6]
        if key.startswith(("self.", "this.")):
            return [b for b, _ in self.index.attribute_bindings(index.function, key)][:6]
        outer = self.index.scope_of(key, index.function) if "." not in key else None
        return outer.bindings.get(key, [])[:6] if outer is not None else ()

    # ------------------------------------------------------------------ before the call

    def _in_time(self, node: If, index: FunctionIndex, sure: bool = False) -> bool:
        """Whether a request of the function can still follow the test; with `sure`, one that is seen to.

        What stands in a handler is asked when a call has failed: it counts for the calls of that handler alone.
        """
        sites = list(self._requests(index.body, index))
        if not sites:
            return True
        within: Any = None
        for up, _ in index.above(node):
            if isinstance(up, Handler):
                within = up
                break
            if isinstance(up, Loop) and any(n is s for s in sites for n in walk(up)):
                return True  # the next turn's call
        mine = [s for s in sites if within is None or any(n is s for n in walk(within))]
        if any((s.at.line, s.at.column) > (node.at.line, node.at.column) for s in mine):
            return True
        # What is kept in an object also ends the calls to come.
        return within is None and not sure and any(isinstance(n, Attr) for n in walk(node.test))

    def _requests(self, body: tuple[Any, ...], index: FunctionIndex) -> Iterator[Call]:
        """The calls in some statements that lead to a request."""
        for node, _ in own_nodes(body):
            site = index.sites.get(id(node)) if isinstance(node, Call) else None
            if site is not None and self.leads(site):
                yield node


def spent_against_limit(test: Expr, index: FunctionIndex) -> bool:
    """What was paid is compared with a limit, or with something else in a function that is named for a budget."""
    for node in walk(test):
        if isinstance(node, Binary) and node.op in _ORDERED:
            sides = (spelling(node.left), spelling(node.right))
            named = BUDGET.search(index.function.name) is not None
            for paid, limit in (sides, sides[::-1]):
                if _MONEY.search(paid) and (named or _LIMIT.search(limit)):
                    return True
    return False


def compares(test: Expr) -> bool:
    """Whether a test is about an order, or asks somebody."""
    return any(isinstance(n, Binary) and n.op in _ORDERED for n in walk(test)) or _asks(test)


def _of_something_else(test: Expr, index: FunctionIndex) -> bool:
    """`retry_budget`, `context_budget`, or what is left until a deadline: rationed, but neither money nor tokens paid."""
    for node in walk(test):
        if not isinstance(node, Name | Attr):
            continue
        name = node.id if isinstance(node, Name) else node.name
        if _OTHER.search(name) and not _MONEY.search(name) and (BUDGET.search(name) or _LIMIT.search(name)):
            return True
        if any(_until(b.value) for b in index.bindings.get(key_of(node), ()) if b.value is not None):
            return True
    return False


def _until(value: Expr) -> bool:
    """A stretch of time: something minus the clock, or the clock minus something."""
    return any(
        isinstance(n, Binary)
        and n.op == "-"
        and any(isinstance(unwrap(x), Call) and _CLOCK.match(call_name(unwrap(x))) for x in (n.left, n.right))
        for n in walk(value)
    )


def _asked(test: Expr) -> str:
    """The name of the function whose answer decides."""
    inner = unwrap(test.operand) if isinstance(test, Unary) else unwrap(test)
    return call_name(inner) if isinstance(inner, Call) else ""


def _asks(test: Expr) -> bool:
    """`if not budget.can_spend():`, `if budget.exceeded:`."""
    match test:
        case Unary(op="not", operand=inner):
            return isinstance(unwrap(inner), Call) or _asks(inner)
        case BoolOp(values=values):
            return any(_asks(v) for v in values)
        case Call():
            return True
        case Attr(name=name) | Name(id=name):
            return re.search(r"exceed|exhaust|over|reached|left|remaining", name, re.I) is not None
        case _:
            return False


def spelling(expr: Any) -> str:
    """The names and short texts of an expression, in order."""
    return words(walk(expr), 24)


def words(nodes: Iterable[Any], most: int = _MAX_NODES) -> str:
    """The names and short texts among some nodes."""
    out: list[str] = []
    for node in nodes:
        match node:
            case Name(id=name) | Attr(name=name):
                out.append(name)
            case Const(value=str() as text) if len(text) < 40:
                out.append(text)
            case _:
                pass
        if len(out) >= most:
            break
    return " ".join(out)

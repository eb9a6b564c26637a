"""How large a collection can be, and what a number is, as far as constants in the code say.

A size is bounded by a literal list, a slice, `range(n)`, `islice`, a `limit(n)` in a query, a list built up a constant
number of times. A parameter is bounded if its default and every caller's argument are. Everything else is unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from auditor.lazily import dataclass, regex
from auditor.link.flow_entries import entries_of
from auditor.link.flow_index import Binding, FlowIndex, argument_of, call_name, key_of, receiver_of, unwrap
from auditor.link.program import CallSite, FunctionInfo
from auditor.link.values import DictValue, Env, Known, ListValue, ParamValue, Value, alternatives
from auditor.model.syntax import (
    Assign,
    Attr,
    Binary,
    BoolOp,
    Call,
    Comprehension,
    Conditional,
    Const,
    DictExpr,
    Expr,
    If,
    Index,
    ListExpr,
    Loop,
    Name,
    Opaque,
    Raise,
    Return,
    Spread,
    Template,
)

MAX_DEPTH = 20
_LONGEST_SQL = 8_000
_SAME = frozenset(  # as many elements as the first argument, or the receiver, has
    [
        *("enumerate", "sorted", "reversed", "list", "tuple", "set", "iter", "tqdm", "trange", "frozenset", "shuffle"),
        *(
            "keys",
            "values",
            "items",
            "entries",
            "map",
            "filter",
            "sort",
            "reverse",
            "toSorted",
            "copy",
            "flatMap",
            "iterrows",
        ),
        *(
            "from",
            "unique",
            "as_completed",
            "itertuples",
            "to_dict",
            "track",
            "all",
            "allSettled",
            "split",
            "concat",
            "uniq",
        ),
        *(
            "strip",
            "chain",
            "execute",
            "fetchall",
            "to_list",
            "tolist",
            "toArray",
            "lean",
            "exec",
            "with_entities",
            "order",
        ),
        *("select", "eq", "order_by", "scalars", "sortBy", "orderBy", "shuffled"),
    ]
)
_TAKES = {  # gives at most this many: position of the number
    **dict.fromkeys(
        ["head", "tail", "take", "limit", "fetchmany", "most_common", "first_n", "takeRight", "sampleSize"], 0
    ),
    **dict.fromkeys(["islice", "sample", "choices"], 1),
    **dict.fromkeys(["nlargest", "nsmallest"], 0),
}
_MAPS = frozenset(["map", "filter", "imap", "imap_unordered", "starmap", "amap"])  # a function, then what it goes over
_TOGETHER = frozenset(["gather"])  # one result for each argument
_FIRST_ROWS = frozenset(["head", "tail", "nlargest", "nsmallest"])  # the first of a table
_LIMIT_WORDS = (
    "limit",
    "n",
    "k",
    "count",
    "size",
    "take",
    "first",
    "top_k",
    "top_n",
    "max_results",
    "maxResults",
    "perPage",
)
_LIMIT_NAME = ("max", "limit", "budget", "top_k", "topk", "top_n", "topn", "cap")


@dataclass(frozen=True, slots=True)
class Size:
    """How many elements at most: bounded or not, and the number where it is a constant."""

    bounded: bool
    limit: int | None = None


UNBOUNDED = Size(False)


def total(parts: Iterable[Size]) -> Size:
    """The size of all parts together."""
    limit: int | None = 0
    for part in parts:
        if not part.bounded:
            return UNBOUNDED
        limit = None if limit is None or part.limit is None else limit + part.limit
    return Size(True, limit)


def largest(parts: Iterable[Size]) -> Size:
    """The size of one of the parts, whichever it is."""
    seen = list(parts)
    if not seen or not all(p.bounded for p in seen):
        return UNBOUNDED
    limits = [p.limit for p in seen if p.limit is not None]
    return Size(True, max(limits) if len(limits) == len(seen) else None)


class Bounds:
    """Sizes and numbers of one program, memoised."""

    def __init__(self, index: FlowIndex, within: frozenset[str] | None = None) -> None:
        """Create it over the indices of a program. `within`: only what these functions give to others counts."""
        self.index = index
        self.within = within
        self.program = index.program
        self._sizes: dict[tuple[int, str], Size] = {}
        self._numbers: dict[tuple[int, str], Size] = {}
        self._kept: list[Expr] = []  # so that no id is used twice
        self.while_size: Callable[[Loop, FunctionInfo], Size] = lambda loop, scope: (
            UNBOUNDED
        )  # set by the loops' analysis

    # ------------------------------------------------------------------ numbers

    def number(self, expr: Expr | None, scope: FunctionInfo, depth: int = 0) -> Size:
        """A number as a bound: bounded with its value; bounded without one where only its name says so."""
        if expr is None or depth > MAX_DEPTH:
            return UNBOUNDED
        key = (id(expr), scope.id)
        if key not in self._numbers:
            self._numbers[key] = UNBOUNDED
            self._kept.append(expr)
            self._numbers[key] = self._number(expr, scope, depth + 1)
        return self._numbers[key]

    def _number(self, expr: Expr, scope: FunctionInfo, depth: int) -> Size:
        match expr:
            case Const(value=bool() | None):
                return UNBOUNDED
            case Const(value=int() | float() as value):
                return _size(value)
            case Call() if call_name(expr) in ("min",):
                known = [s for a in expr.args if (s := self.number(a.value, scope, depth)).bounded]
                limits = [s.limit for s in known if s.limit is not None]
                return Size(True, min(limits) if limits else None) if known else UNBOUNDED
            case Call() if call_name(expr) in (
                "int",
                "Number",
                "parseInt",
                "max",
                "float",
                "parseFloat",
                "ceil",
                "floor",
            ):
                return largest(self.number(a.value, scope, depth) for a in expr.args[:2])
            case Call() if call_name(expr) == "len" and expr.args:
                return self.size(expr.args[0].value, scope, depth)
            case Attr(base=base, name="length"):
                return self.size(base, scope, depth)
            case Binary(op="-", left=left):  # what is taken away only lowers it
                return self.number(left, scope, depth)
            case Binary(op="+" | "*", left=left, right=right):
                sides = [self.number(left, scope, depth), self.number(right, scope, depth)]
                return Size(True) if all(s.bounded for s in sides) else UNBOUNDED
            case BoolOp(op="or" | "??", values=values):
                return self._either([self.number(v, scope, depth) for v in values])
            case Conditional(then=then, orelse=orelse):
                return largest([self.number(then, scope, depth), self.number(orelse, scope, depth)])
            case _:
                return self._valued(expr, scope)

    def _either(self, options: list[Size]) -> Size:
        """`x or 5`: the constant is the default; what the caller may give is not known but has a default."""
        known = [o for o in options if o.bounded]
        return known[-1] if known else UNBOUNDED

    def _valued(self, expr: Expr, scope: FunctionInfo) -> Size:
        options = [_of_value(v) for v in self._values(self.program.evaluate(expr, scope))]
        known = [o for o in options if o is not None and o.bounded]
        if known and len(known) == len(options):
            return largest(known)
        if any(o is not None and not o.bounded for o in options):
            return UNBOUNDED  # a value that means "off" is among them
        name = key_of(expr).rpartition(".")[2].lower()
        if not known and self._counts_all(expr, scope):
            return UNBOUNDED
        if known or any(word in name for word in _LIMIT_NAME):
            return Size(True, known[0].limit if len(known) == 1 else None)
        return UNBOUNDED

    def _counts_all(self, expr: Expr | None, scope: FunctionInfo, depth: int = 0) -> bool:
        """`limit=len(rows)`: a number that only says how many there are limits nothing, whatever it is called."""
        match unwrap(expr):
            case Call(args=args) as call if call_name(call) == "len" and args:
                return not self.size(args[0].value, scope).bounded
            case Attr(base=base, name="length"):
                return not self.size(base, scope).bounded
            case Name(id=name) if depth < 3:
                home = self.index.scope_of(name, scope)
                if home is None:
                    return False
                if home.param(name) is None:
                    return any(
                        b.kind == "value" and self._counts_all(b.value, home.function, depth + 1)
                        for b in home.bindings.get(name, ())
                    )
                return any(
                    self._counts_all(a.value, site.function, depth + 1)
                    for site in self._callers(home.function)[:20]
                    if site.kind == "call"
                    for a in argument_of(site, home.function, name)
                )
            case _:
                return False

    def _callers(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        found = self.index.callers(function)
        return found if self.within is None else tuple(s for s in found if s.function.id in self.within)

    def _values(self, value: Value, depth: int = 0) -> list[Value]:
        out: list[Value] = []
        for option in alternatives(value):
            if isinstance(option, ParamValue) and depth < 3:
                given = [
                    (given, site)
                    for given, site in self.program.argument_values(option.function, option.name)
                    if site is None or self.within is None or site.function.id in self.within
                ]
                out.extend(v for g, _ in given for v in self._values(g, depth + 1))
                if not given:
                    out.append(option)
            else:
                out.append(option)
        return out[:16]

    # ------------------------------------------------------------------ sizes

    def size(self, expr: Expr | None, scope: FunctionInfo, depth: int = 0) -> Size:
        """How many elements an expression may have."""
        if expr is None or depth > MAX_DEPTH:
            return UNBOUNDED
        key = (id(expr), scope.id)
        if key not in self._sizes:
            self._sizes[key] = UNBOUNDED
            self._kept.append(expr)
            self._sizes[key] = self._size(unwrap(expr), scope, depth + 1)
        return self._sizes[key]

    def _size(self, expr: Expr, scope: FunctionInfo, depth: int) -> Size:
        match expr:
            case ListExpr(items=items):
                return total(
                    self.size(i.value, scope, depth) if isinstance(i, Spread) else Size(True, 1) for i in items
                )
            case DictExpr(entries=entries):
                return total(self.size(e.value, scope, depth) if e.key is None else Size(True, 1) for e in entries)
            case Const(value=str() as text):
                return Size(True, len(text))
            case Comprehension(generators=generators):
                sizes = [self.size(g.iterable, scope, depth) for g in generators]
                return (
                    Size(True, sizes[0].limit if len(sizes) == 1 else None)
                    if all(s.bounded for s in sizes)
                    else UNBOUNDED
                )
            case Call():
                return self._size_of_call(expr, scope, depth)
            case Index(base=base, key=Opaque(kind="slice", parts=parts)):
                return self._size_of_slice(base, parts, scope, depth)
            case Conditional(then=then, orelse=orelse):
                return largest([self.size(then, scope, depth), self.size(orelse, scope, depth)])
            case BoolOp(values=values):
                return largest(self.size(v, scope, depth) for v in values)
            case Binary(op="+", left=left, right=right):
                return total([self.size(left, scope, depth), self.size(right, scope, depth)])
            case Name(id=name):
                return self._size_of_name(name, expr, scope, depth)
            case Attr(base=base, name="data" | "rows" | "results" | "items" | "documents" | "docs" | "value"):
                inner = self.size(base, scope, depth)
                return inner if inner.bounded else self._size_of_key(expr, scope, depth)
            case Attr(base=base) | Index(base=base):
                rows = self._first_rows(base, scope)
                return self.size(rows, scope, depth) if rows is not None else self._size_of_key(expr, scope, depth)
            case _:
                return UNBOUNDED

    def _first_rows(self, expr: Expr, scope: FunctionInfo) -> Call | None:
        """`frame.head(100)`: whatever column is asked of it has as many rows."""
        if isinstance(expr, Name):
            home = self.index.scope_of(expr.id, scope)
            bindings = home.bindings.get(expr.id, []) if home is not None and home.function is scope else []
            only = bindings[0].value if len(bindings) == 1 and bindings[0].kind == "value" else None
            expr = only if only is not None else expr
        rows = isinstance(expr, Call) and call_name(expr) in _FIRST_ROWS and receiver_of(expr) is not None
        return expr if rows and isinstance(expr, Call) else None

    def _size_of_slice(self, base: Expr, parts: tuple[Expr, ...], scope: FunctionInfo, depth: int) -> Size:
        whole = self.size(base, scope, depth)
        if whole.bounded:
            return whole
        low, high = (*parts, None, None)[:2]
        for bound in (high, low):
            if isinstance(bound, Const) and bound.value is None:
                continue
            if isinstance(bound, Const) and isinstance(bound.value, int) and (bound.value < 0) is (bound is high):
                continue  # [:-1] and [1:] bound nothing; [-5:] does
            if isinstance(bound, Const) and isinstance(bound.value, int):
                return Size(True, abs(bound.value))
            found = self.number(bound, scope, depth) if bound is high else UNBOUNDED
            if found.bounded:
                return found
            if bound is high and isinstance(bound, Binary) and bound.op == "+":  # x[i:i + n]
                step = self.number(bound.right, scope, depth)
                if step.bounded:
                    return step
        return whole

    def _size_of_call(self, call: Call, scope: FunctionInfo, depth: int) -> Size:
        name, receiver = call_name(call), receiver_of(call)
        if name in ("range", "xrange"):
            return self._size_of_range(call, scope, depth)
        if name == "repeat" and len(call.args) > 1:
            return self.number(call.args[1].value, scope, depth)
        if name == "slice" and receiver is not None:
            nothing = Const(call.at, None)
            parts = tuple(a.value for a in call.args[:2]) or (nothing,)
            return self._size_of_slice(receiver, parts if len(parts) > 1 else (parts[0], nothing), scope, depth)
        if name == "from" and call.args and isinstance(call.args[0].value, DictExpr):
            return self._size_of_length(call.args[0].value, scope, depth)
        if name in ("zip", "product"):
            sizes = [self.size(a.value, scope, depth) for a in call.args]
            bounded = [s for s in sizes if s.bounded]
            if name == "zip" and bounded:
                return bounded[0]
            return Size(True) if bounded and len(bounded) == len(sizes) else UNBOUNDED
        taken = self._taken(call, scope, depth)
        if not taken.bounded:
            taken = self._queried(call, receiver, scope, depth)
        if taken.bounded:
            return taken
        site = self.index.of(scope).sites.get(id(call))
        callees = self.index.callees(site)
        if callees:
            return largest(self._size_of_result(c, depth) for c in callees)
        if name in _TOGETHER:
            given = [a for a in call.args if a.spread or a.name is None]
            return total(self.size(a.value, scope, depth) if a.spread else Size(True, 1) for a in given)
        if name in _MAPS and len(call.args) > 1 and (receiver is None or scope.language == "python"):
            return self.size(call.args[1].value, scope, depth)
        if name in _SAME or (name == "get" and not call.args):
            return self._size_of_same(call, receiver, scope, depth)
        return UNBOUNDED

    def _size_of_same(self, call: Call, receiver: Expr | None, scope: FunctionInfo, depth: int) -> Size:
        inner = self.size(receiver, scope, depth) if receiver is not None else UNBOUNDED
        first = call.args[0] if call.args else None
        if not inner.bounded and first is not None and not first.spread and not isinstance(first.value, Const):
            inner = self.size(first.value, scope, depth)  # the text of `from("table")` is no collection
        return inner

    def _taken(self, call: Call, scope: FunctionInfo, depth: int) -> Size:
        """`x.head(5)`, `islice(x, 5)`, `query(limit=5)`, `find({take: 5})`."""
        name = call_name(call)
        at = _TAKES.get(name)
        if at is not None and len(call.args) > at and call.args[at].name is None:
            found = self.number(call.args[at].value, scope, depth)
            if found.bounded:
                return found
        for arg in call.args:
            if arg.name in _LIMIT_WORDS[:1] + _LIMIT_WORDS[5:]:
                return self.number(arg.value, scope, depth)
            if isinstance(arg.value, DictExpr) and name not in ("map", "filter", "push"):
                for entry in arg.value.entries:
                    if isinstance(entry.key, Const) and _is_limit(str(entry.key.value), name):
                        return self.number(entry.value, scope, depth)
        return UNBOUNDED

    def _queried(self, call: Call, receiver: Expr | None, scope: FunctionInfo, depth: int) -> Size:
        """What SQL that ends in `LIMIT n` gives: of the call's own text, or of what the same cursor executed before."""
        if call_name(call) == "fetchall" and isinstance(receiver, Name):
            earlier = [
                n
                for n in self.index.of(scope).nodes
                if isinstance(n, Call)
                and call_name(n) == "execute"
                and key_of(receiver_of(n)) == receiver.id
                and _before(n, call)
            ]
            call = earlier[-1] if earlier else call
        for arg in call.args[:1] if _ASKS.search(call_name(call)) else ():
            found = _sql_limit(self._text_of(arg.value, scope))
            if found is not None:
                return self.number(found, scope, depth)
        return UNBOUNDED

    def _text_of(self, expr: Expr, scope: FunctionInfo) -> Expr:
        """A text that a name or a tag stands for."""
        expr = unwrap(expr)
        if (
            isinstance(expr, Call)
            and len(expr.args) == 1
            and call_name(expr) in ("sql", "text", "raw", "dedent", "strip")
        ):
            return self._text_of(expr.args[0].value, scope)
        if isinstance(expr, Name):
            for value in alternatives(self.program.evaluate(expr, scope)):
                if isinstance(value, Known) and isinstance(value.value, str):
                    return Const(expr.at, value.value)
        return expr

    def _size_of_range(self, call: Call, scope: FunctionInfo, depth: int) -> Size:
        if not call.args:
            return UNBOUNDED
        if len(call.args) == 3:  # range(0, len(x), n): batches
            return self.number(call.args[1].value, scope, depth)
        found = self.number(call.args[-1].value, scope, depth)
        start = call.args[0].value
        if (
            len(call.args) == 2
            and found.limit is not None
            and isinstance(start, Const)
            and isinstance(start.value, int)
        ):
            return Size(True, max(found.limit - start.value, 0))
        return found

    def _size_of_length(self, options: DictExpr, scope: FunctionInfo, depth: int) -> Size:
        for entry in options.entries:
            if isinstance(entry.key, Const) and entry.key.value == "length":
                return self.number(entry.value, scope, depth)
        return UNBOUNDED

    def _size_of_result(self, function: FunctionInfo, depth: int) -> Size:
        index = self.index.of(function)
        if function.definition is not None and function.definition.is_generator:
            return UNBOUNDED
        values = [r.value for r in index.returns if r.value is not None]
        return largest(self.size(v, function, depth + 2) for v in values)

    def _size_of_name(self, name: str, expr: Expr, scope: FunctionInfo, depth: int) -> Size:
        home = self.index.scope_of(name, scope)
        if home is None:
            return self._evaluated(expr, scope)
        param = home.param(name)
        bindings = home.bindings.get(name, [])
        settled = self._since(bindings, expr, home.function) if home.function is scope else []
        if settled:
            return self._joined(settled, scope, depth)
        checked = self._checked(name, expr, scope, bindings, depth)
        if checked.bounded:
            return checked
        if param is not None:
            given = self._size_of_param(home.function, name, param.default, depth)
            return largest([given, *self._parts(bindings, home.function, depth)]) if bindings else given
        return self._joined(bindings, home.function, depth)

    def _checked(self, name: str, expr: Expr, scope: FunctionInfo, bindings: list[Binding], depth: int) -> Size:
        """After `if len(x) > n: return x[:n]` (or `raise`, or `x = x[:n]`) there are at most n."""
        index = self.index.of(scope)
        around: set[int] | None = None
        for node in index.nodes:
            if not isinstance(node, If) or not _before(node, expr):
                continue
            limit = _longer_than(node.test, name)
            if limit is None or not (_leaves(node.body) or _shortens(node.body, name)):
                continue
            if around is None:
                around = {id(up) for up, _ in index.above(expr)}
            up = next((u for u, _ in index.above(node)), None)
            if up is not None and id(up) not in around:
                continue
            if any(_before(node, b.node) and _before(b.node, expr) for b in bindings):
                continue
            found = self.number(limit, scope, depth)
            if found.bounded:
                return found
        return UNBOUNDED

    def _since(self, bindings: list[Binding], expr: Expr, function: FunctionInfo) -> list[Binding]:
        """The bindings from the last that surely came before a use: `found = found[:5]` settles how many there are."""
        whole = function.definition or getattr(self.program.module(function.path), "module", None)
        body = {id(stmt) for stmt in whole.body} if whole is not None else set()
        last: Binding | None = None
        for b in bindings:
            node = b.node
            if (b.kind == "value" or b.place is not None) and isinstance(node, Assign) and _before(node, expr):
                if id(node) not in body and not self._surely_first(node, expr, function):
                    continue
                last = b if last is None or _before(last.node, node) else last
        if last is None:
            return []
        return [last, *(b for b in bindings if b is not last and not _before(b.node, last.node))]

    def _surely_first(self, node: Assign, expr: Expr, function: FunctionInfo) -> bool:
        """Whether the statement stands in a block that the use is in as well, further down."""
        index = self.index.of(function)
        up = next((u for u, _ in index.above(node)), None)
        child = next((c for u, c in index.above(expr) if u is up), None) if up is not None else None
        blocks = [b for b in (getattr(up, name, ()) for name in ("body", "orelse", "final")) if isinstance(b, tuple)]
        return child is not None and any(
            any(s is node for s in block) and any(s is child for s in block) for block in blocks
        )

    def _size_of_param(self, function: FunctionInfo, name: str, default: Expr | None, depth: int) -> Size:
        if depth > MAX_DEPTH - 8:
            return UNBOUNDED
        sizes = [self.size(default, function, depth)] if default is not None and not _nothing(default) else []
        for site in self._callers(function)[:20]:
            if site.kind != "call":
                return UNBOUNDED
            args = argument_of(site, function, name)
            if any(a.spread for a in args):
                return UNBOUNDED
            sizes += [self.size(a.value, site.function, depth + 2) for a in args]
        return largest(sizes)

    def _size_of_key(self, expr: Expr, scope: FunctionInfo, depth: int) -> Size:
        key = key_of(expr)
        if key.startswith("self."):
            pairs = self.index.attribute_bindings(scope, key)
            if pairs:
                return self._joined_pairs(pairs, depth)
        elif key:
            home = self.index.scope_of(key.partition(".")[0], scope)
            if home is not None and key in home.bindings:
                return self._joined(home.bindings[key], home.function, depth)
        held = self._held(expr, scope, depth)
        return held if held.bounded else self._evaluated(expr, scope)

    def _held(self, expr: Expr, scope: FunctionInfo, depth: int) -> Size:
        """What a function returned under a key: `picked.posts`."""
        match expr:
            case Attr(base=base, name=name) | Index(base=base, key=Const(value=str() as name)):
                held = entries_of(self.index, base, name, scope)
                return largest(self.size(v, f, depth + 2) for v, f in held) if held else UNBOUNDED
            case _:
                return UNBOUNDED

    def _evaluated(self, expr: Expr, scope: FunctionInfo) -> Size:
        sizes: list[Size] = []
        for value in alternatives(self.program.evaluate(expr, scope)):
            match value:
                case ListValue(items=items, open=False):
                    sizes.append(Size(True, len(items)))
                case DictValue(entries=entries, open=False):
                    sizes.append(Size(True, len(entries)))
                case _:
                    return UNBOUNDED
        return largest(sizes)

    def _joined(self, bindings: list[Binding], scope: FunctionInfo, depth: int) -> Size:
        return self._joined_pairs([(b, scope) for b in bindings], depth)

    def _joined_pairs(self, pairs: list[tuple[Binding, FunctionInfo]], depth: int) -> Size:
        values = [self.size(b.value, f, depth) for b, f in pairs if b.kind == "value" and not _nothing(b.value)]
        values += [self._element(b.value, b.place, f, depth) for b, f in pairs if b.place is not None]
        others = [s for b, f in pairs if b.kind != "value" and b.place is None for s in self._parts([b], f, depth)]
        if not values and not others:
            return UNBOUNDED
        base = largest(values) if values else Size(True, 0)
        return total([base, *others]) if others else base

    def _element(self, expr: Expr | None, place: int, scope: FunctionInfo, depth: int) -> Size:
        """How many one element of a tuple holds: `n, top = split(words)` where `split` returns `len(w), w[:3]`."""
        expr = unwrap(expr)
        if depth > MAX_DEPTH:
            return UNBOUNDED
        if isinstance(expr, ListExpr):
            known = len(expr.items) > place and not any(isinstance(i, Spread) for i in expr.items)
            return self.size(expr.items[place], scope, depth) if known else UNBOUNDED
        if not isinstance(expr, Call):
            return UNBOUNDED
        if call_name(expr) in _TOGETHER:
            known = len(expr.args) > place and not any(a.spread for a in expr.args)
            return self.size(expr.args[place].value, scope, depth) if known else UNBOUNDED
        callees = self.index.callees(self.index.of(scope).sites.get(id(expr)))
        if any(c.definition is None or c.definition.is_generator for c in callees):
            return UNBOUNDED
        returned = [(r.value, c) for c in callees[:8] for r in self.index.of(c).returns if not _nothing(r.value)]
        return largest(self._element(v, place, c, depth + 2) for v, c in returned)

    def _parts(self, bindings: list[Binding], scope: FunctionInfo, depth: int) -> list[Size]:
        """What is put in beside the first value: appends count as often as the loops around them run."""
        out: list[Size] = []
        for binding in bindings:
            if binding.kind in ("value", "mutate", "aug"):
                name = call_name(binding.node) if isinstance(binding.node, Call) else ""
                whole = name in ("extend", "update", "concat") or binding.kind in ("value", "aug")
                one = self.size(binding.value, scope, depth) if whole else Size(True, 1)
                out.append(self._repeated(one, binding.node, scope, depth))
            else:
                out.append(UNBOUNDED)
        return out

    def _repeated(self, one: Size, node: object, scope: FunctionInfo, depth: int) -> Size:
        limit = one.limit
        if not one.bounded:
            return UNBOUNDED
        for up, child in self.index.of(scope).above(node):
            if isinstance(up, Loop) and any(child is s for s in up.body):
                times = self.size(up.iterable, scope, depth) if up.kind == "for" else self.while_size(up, scope)
                if not times.bounded:
                    return UNBOUNDED
                limit = None if limit is None or times.limit is None else limit * times.limit
        return Size(True, limit)


def _is_limit(key: str, call: str) -> bool:
    """Whether an option limits what a call gives; a database's own function is given one under a name of its own."""
    return key in ("take", "limit", "first", "maxResults") or (call == "rpc" and _ROWS.search(key) is not None)


def _before(node: Any, other: Any) -> bool:
    """Whether a statement ends before another place begins."""
    one, two = getattr(node, "at", None), getattr(other, "at", None)
    if one is None or two is None or one.path != two.path:
        return False
    return (one.end_line or one.line, one.end_column) <= (two.line, two.column)


def _longer_than(test: Expr, name: str) -> Expr | None:
    """The number in `len(x) > n`, `x.length >= n`, `n < len(x)`."""
    if not isinstance(test, Binary) or test.op not in (">", ">=", "<", "<="):
        return None
    length, limit = (test.left, test.right) if test.op in (">", ">=") else (test.right, test.left)
    if isinstance(length, Call) and call_name(length) == "len" and length.args:
        return limit if key_of(length.args[0].value) == name else None
    return limit if isinstance(length, Attr) and length.name == "length" and key_of(length.base) == name else None


def _leaves(body: tuple[Any, ...]) -> bool:
    return bool(body) and isinstance(body[-1], Return | Raise)


def _shortens(body: tuple[Any, ...], name: str) -> bool:
    return any(
        isinstance(s, Assign)
        and any(key_of(t) == name for t in s.targets)
        and (
            isinstance(s.value, Index)
            or (isinstance(s.value, Call) and call_name(s.value) in ("slice", "sample", "islice"))
        )
        for s in body
    )


_ROWS = regex(r"(?:^|_)(?:limit|match_count|max_results|max_rows|top_k)(?:_|$)")
_ASKS = regex(r"execute|query|fetch|select|sql|raw|read|rows|all|many|run|find", re.IGNORECASE)
_SQL = regex(r"\s*(?:select|with)\b.*\blimit\s+(?:(\d+)|\0(\d+)\0)\s*;?\s*", re.IGNORECASE | re.DOTALL)


def _sql_limit(query: Expr) -> Expr | None:
    """The number that a query's text ends with, or the expression that stands in its place."""
    parts = query.parts if isinstance(query, Template) else (query,)
    if not all(isinstance(p, Expr) for p in parts):
        return None
    texts = [p.value if isinstance(p, Const) and isinstance(p.value, str) else f"\0{n}\0" for n, p in enumerate(parts)]
    found = _SQL.fullmatch("".join(texts)) if sum(map(len, texts)) < _LONGEST_SQL else None
    if found is None:
        return None
    return Const(query.at, int(found.group(1))) if found.group(1) else parts[int(found.group(2))]


def _nothing(expr: Expr | None) -> bool:
    return expr is None or _is_none(expr)


def _is_none(expr: Expr) -> bool:
    return isinstance(expr, Const) and expr.value is None


def _size(value: float) -> Size:
    if math.isinf(value) or math.isnan(value):
        return UNBOUNDED
    return Size(True, int(value)) if value >= 0 else UNBOUNDED


def _of_value(value: Value) -> Size | None:
    """None: it says nothing."""
    match value:
        case Known(value=bool() | None):
            return None
        case Known(value=int() | float() as number):
            return _size(number)
        case Known(value=str() as text) if text.strip().isdigit():
            return Size(True, int(text)) if len(text) < 12 else None
        case Env(default=default) if default is not None:
            return _of_value(default)
        case _:
            return None

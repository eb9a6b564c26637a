"""What a loop around a place means: how often it repeats the place, or that it is a retry, a fallback or a worker.

One verdict for each loop statement, comprehension or iterating callback. Knows counters, deadlines, countdowns through
`continue`, flags that are cleared after n tries, human gates and message loops. Whether the constants are sensible is
not its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any

from auditor.lazily import dataclass
from auditor.link.flow_bounds import UNBOUNDED, Bounds, Size, largest
from auditor.link.flow_index import FlowIndex, call_name, key_of, own_nodes, receiver_of, target_names, unwrap
from auditor.link.program import FunctionInfo
from auditor.link.values import DictValue, FunctionValue, alternatives
from auditor.model.location import Span
from auditor.model.syntax import (
    Assign,
    AssignExpr,
    Attr,
    Binary,
    BoolOp,
    Break,
    Call,
    Comprehension,
    Conditional,
    Const,
    Continue,
    Expr,
    Generator,
    Handler,
    If,
    Index,
    Loop,
    Name,
    Opaque,
    Raise,
    Return,
    Stmt,
    Try,
    Unary,
    With,
)
from auditor.model.walk import walk

RANK = {"none": 0, "bounded": 1, "per-item": 2, "unbounded": 3}
CLOCKS = frozenset(
    ["time", "monotonic", "perf_counter", "now", "utcnow", "loop_time", "getTime", "time_ns", "getTimeInMillis"]
)
_CLOCK_SYMBOLS = frozenset(f"time.{n}" for n in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"))
SLEEPS = frozenset(["sleep", "setTimeout", "delay", "wait", "backoff", "pause", "wait_for_next", "sleepMs", "timeout"])
WAITS = frozenset(  # what blocks until somebody else sends something
    [
        *("input", "prompt", "question", "readline", "raw_input", "recv", "receive", "receive_text", "receive_json"),
        *(
            "receive_bytes",
            "receive_message",
            "receive_messages",
            "getUpdates",
            "get_updates",
            "blpop",
            "brpop",
            "listen",
        ),
        *("get_message", "xread", "xreadgroup", "basic_get", "consume", "accept", "ask", "ainput", "get_user_input"),
        *(
            "user_input",
            "getUserInput",
            "iter_text",
            "iter_json",
            "prompt_async",
            "readLine",
            "next_message",
            "lrange_block",
        ),
        *("chat_input", "confirm", "text_input", "claim_job", "claim_next_job", "dequeue", "lease", "reserve", "pull"),
    ]
)
_STREAMS = (
    "websocket",
    "ws",
    "stdin",
    "consumer",
    "subscriber",
    "subscription",
    "pubsub",
    "queue",
    "longpoll",
    "poll",
    "rl",
)
_EVENTS = ("stream", "event", "chunk", "message", "response", "completion", "socket")
_STATES = ("status", "state", "inprogress", "pending", "running", "finished", "completed", "processing", "isdone")
_STATUS = (
    "status",
    "ok",
    "success",
    "succeeded",
    "error",
    "err",
    "valid",
    "failed",
    "retry",
    "result",
    "response",
    "isvalid",
)
_ATTEMPT = ("attempt", "retry", "retries", "tries", "trial", "try")
_LIMIT_TEST = ("budget", "quota", "limit", "exhaust", "exceed", "max_", "maxiter", "canspend", "can_spend")
_BATCHES = frozenset(
    [
        *("batch", "abatch", "batch_as_completed", "abatch_as_completed", "kickoff_for_each", "kickoff_for_each_async"),
        *("akickoff_for_each", "apply", "aapply"),
    ]
)
_ITERATING = frozenset(
    [
        *(
            "map",
            "forEach",
            "flatMap",
            "filter",
            "imap",
            "imap_unordered",
            "starmap",
            "apply",
            "applymap",
            "each",
            "mapAsync",
        ),
        *(
            "progress_apply",
            "mapSeries",
            "eachLimit",
            "mapLimit",
            "eachSeries",
            "pMap",
            "some",
            "every",
            "find",
            "reduce",
        ),
        *(
            "amap",
            "map_async",
            "starmap_async",
            "thread_map",
            "process_map",
            "parallel_map",
            "eachOf",
            "asyncMap",
            "map_elements",
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Repeat:
    """What a loop does to a place in it. kind: none | bounded | per-item | unbounded | retry | fallback.

    `limit`: most passes. For retry: `bounded` says whether the tries are limited, `backoff` whether it waits.
    """

    kind: str
    at: Span | None = None
    limit: int | None = None
    why: str = ""
    bounded: bool = True
    backoff: bool = False


NONE = Repeat("none")


def worse(left: Repeat, right: Repeat) -> Repeat:
    """The one that repeats more."""
    return right if RANK.get(right.kind, 0) > RANK.get(left.kind, 0) else left


class Loops:
    """Verdicts on the loops of one program."""

    def __init__(self, index: FlowIndex, bounds: Bounds) -> None:
        """Create it over the indices and bounds of a program."""
        self.index = index
        self.bounds = bounds
        bounds.while_size = self._guard
        self._known: dict[int, tuple[Loop, Repeat]] = {}

    def around(self, node: Any, scope: FunctionInfo) -> Iterator[Repeat]:
        """The verdicts on all loops around a node within its function, innermost first."""
        index = self.index.of(scope)
        for up, child in index.above(node):
            verdict = NONE
            match up:
                case Loop() if _inside(up, child):
                    verdict = self.verdict(up, child, node, scope)
                case Comprehension() if not (isinstance(child, Generator) and child is up.generators[0]):
                    verdict = self._comprehension(up, scope)
                case _:
                    continue
            if verdict.kind != "none":
                yield verdict

    def waits_before(self, node: Any, scope: FunctionInfo) -> bool:
        """Whether the function always waits for somebody before it comes to the node: `input()`, `listen()`."""
        index = self.index.of(scope)
        around = {id(up) for up, _ in index.above(node)}
        for other in index.nodes:
            if isinstance(other, Call) and other.at < node.at and _asks_somebody(other):
                branches = (u for u, _ in index.above(other) if isinstance(u, If | Loop | Handler | Conditional))
                if all(id(u) in around for u in branches):
                    return True
        return False

    def verdict(self, loop: Loop, child: Any, node: Any, scope: FunctionInfo) -> Repeat:
        """The verdict on one loop for a node below its statement `child`."""
        if loop.kind == "for" and loop.iterable is not None and _iterates_retries(loop.iterable):
            return Repeat("retry", loop.at, None, "retry iterator", _has_stop(loop.iterable), True)
        leaving = self._leaves_on_success(loop, child, node, scope)
        if leaving and not self._handlers_leave(loop, node, scope, leaving):
            return self._repeated_on_failure(loop, node, scope, leaving)
        if leaving == "always" or self._runs_each_once(loop, node, scope):
            return NONE
        if id(loop) not in self._known:  # the rest is the same for every node in it
            self._known[id(loop)] = loop, self._in_itself(loop, scope)
        return self._known[id(loop)][1]

    def _runs_each_once(self, loop: Loop, node: Any, scope: FunctionInfo) -> bool:
        """`for (const provider of providers) await provider.test()` over a table of functions: each runs in its own turn."""
        func = node.func if isinstance(node, Call) else None
        if (
            not isinstance(func, Attr)
            or not isinstance(func.base, Name)
            or func.base.id not in target_names(loop.target)
        ):
            return False
        rows = alternatives(self.index.program.evaluate(func.base, scope))
        given = [row.get(func.name) if isinstance(row, DictValue) else None for row in rows]
        functions = [pair.value.function for pair in given if pair and isinstance(pair.value, FunctionValue)]
        return len(rows) > 1 and len(set(functions)) == len(rows)

    def _in_itself(self, loop: Loop, scope: FunctionInfo) -> Repeat:
        if self._waits_for_messages(loop, scope) or _over_tool_calls(loop):
            return NONE
        return self._for(loop, scope) if loop.kind == "for" else self._while(loop, scope)

    # ------------------------------------------------------------------ plain loops

    def _comprehension(self, node: Comprehension, scope: FunctionInfo) -> Repeat:
        size = _filled(self.bounds.size(node, scope))
        return Repeat("bounded" if size.bounded else "per-item", node.at, size.limit, "comprehension")

    def iterating(self, call: Call, scope: FunctionInfo) -> Repeat | None:
        """What a call does to a function that it is given: `map`, `forEach`, `executor.map` repeat it; None: no iteration."""
        name = call_name(call)
        if name == "from" and len(call.args) > 1:  # Array.from({length: n}, f)
            size = self.bounds.size(call, scope)
            return Repeat("bounded" if size.bounded else "per-item", call.at, size.limit, name)
        if name not in _ITERATING:
            return None
        receiver = receiver_of(call)
        others = [a.value for a in call.args[1:]] if name in ("map", "imap", "starmap", "pMap", "amap") else []
        candidates = [*others, *([receiver] if receiver is not None else []), *(a.value for a in call.args[:1])]
        for candidate in candidates:
            size = _filled(self.bounds.size(candidate, scope))
            if size.bounded:
                return Repeat("bounded", call.at, size.limit, name)
        return Repeat("per-item", call.at, None, name)

    def batched(self, call: Call, scope: FunctionInfo) -> Repeat | None:
        """`chain.batch(docs)`, `crew.kickoff_for_each(inputs=rows)`: one run for each element; None: one run."""
        if call_name(call) not in _BATCHES or not call.args:
            return None
        size = _filled(self.bounds.size(call.args[0].value, scope))
        if size.bounded and size.limit == 1:
            return None
        return Repeat("bounded" if size.bounded else "per-item", call.at, size.limit, call_name(call))

    def _for(self, loop: Loop, scope: FunctionInfo) -> Repeat:
        size = _filled(self.bounds.size(loop.iterable, scope))
        guard = self._guard(loop, scope) if not size.bounded else size
        if size.bounded or guard.bounded:
            return Repeat("bounded", loop.at, size.limit if size.bounded else guard.limit, "for")
        endless = isinstance(loop.iterable, Call) and call_name(loop.iterable) in ("count", "cycle", "iter")
        grows = self._grows(loop, scope)
        return Repeat("unbounded" if endless or grows else "per-item", loop.at, None, "for")

    def _grows(self, loop: Loop, scope: FunctionInfo) -> bool:
        """The loop appends to the very list that it iterates over."""
        key = key_of(loop.iterable)
        return bool(key) and any(
            isinstance(n, Call) and call_name(n) in ("append", "push", "extend") and key_of(receiver_of(n)) == key
            for n, _ in own_nodes(loop.body)
        )

    def _while(self, loop: Loop, scope: FunctionInfo) -> Repeat:
        guard = self._guard(loop, scope)
        if guard.bounded:
            return Repeat("bounded", loop.at, guard.limit, loop.kind)
        if self._is_daemon(loop) or _polls(loop):
            return NONE
        if (loop.test is not None and self._runs_over_collection(loop, scope)) or _drains(loop):
            return Repeat("per-item", loop.at, None, loop.kind)
        return Repeat("unbounded", loop.at, None, loop.kind)

    def _is_daemon(self, loop: Loop) -> bool:
        """`while True: work(); sleep()` that nothing leaves: a schedule, one unit of work each pass."""
        if not _endless(loop.test) and loop.test is not None:
            return False
        sleeps = any(_sleeps(s) for s in _flat(loop.body))
        return sleeps and not any(True for _ in exits(loop))

    def _runs_over_collection(self, loop: Loop, scope: FunctionInfo) -> bool:
        """`while i < len(x)`, `while queue:` with nothing put back, `while has_more` of a pagination."""
        test = loop.test
        names = {key_of(n) for n in walk(test) if isinstance(n, Name | Attr)} - {""}
        grown = set()
        for node, _ in own_nodes(loop.body):
            if isinstance(node, Call) and call_name(node) in (
                "append",
                "push",
                "extend",
                "put",
                "appendleft",
                "add",
                "unshift",
            ):
                grown.add(key_of(receiver_of(node)))
        if names & grown:
            return False
        for node in walk(test):
            if isinstance(node, Call) and call_name(node) in ("len", "empty", "has_next", "hasNext", "qsize"):
                return True
            if isinstance(node, Attr) and node.name in ("length", "size"):
                return True
            if isinstance(node, Name | Attr) and _pages(key_of(node)):
                return True
        return bool(names) and all(self._is_list(n, loop, scope) for n in names)

    def _is_list(self, key: str, loop: Loop, scope: FunctionInfo) -> bool:
        return any(
            isinstance(n, Call)
            and call_name(n) in ("pop", "popleft", "shift", "get_nowait")
            and key_of(receiver_of(n)) == key
            for n, _ in own_nodes(loop.body)
        )

    def _waits_for_messages(self, loop: Loop, scope: FunctionInfo) -> bool:
        """A worker or read-eval loop: each pass waits for somebody's message."""
        if loop.kind == "for":
            key = key_of(loop.iterable) or key_of(
                receiver_of(loop.iterable) if isinstance(loop.iterable, Call) else None
            )
            last = key.rpartition(".")[2].lower()
            called = call_name(loop.iterable) if isinstance(loop.iterable, Call) else ""
            streams = any(last == w or last.endswith("_" + w) for w in _STREAMS)
            events = loop.is_async and any(w in last for w in _EVENTS)
            return (
                called in WAITS
                or events
                or (streams and (loop.is_async or called in ("listen", "iter") or last == "stdin"))
            )
        roots: tuple[Any, ...] = (*((loop.test,) if loop.test is not None else ()), *loop.body)
        for node, _ in own_nodes(roots):
            if not isinstance(node, Call):
                continue
            name = call_name(node)
            if name in WAITS and not _inner_only(node, loop):
                return True
            receiver = key_of(receiver_of(node)).rpartition(".")[2].lower()
            if name in ("get", "pop", "read", "poll", "fetch", "next") and any(
                w in receiver for w in ("queue", "inbox", "mailbox", "channel", "consumer", "stdin", "poller")
            ):
                return True
        return False

    # ------------------------------------------------------------------ limits

    def _guard(self, loop: Loop, scope: FunctionInfo) -> Size:
        """A counter, deadline or budget that ends the loop."""
        counters = _counters((*loop.body, *loop.update), loop) | self._counted_in_methods(loop, scope)
        flags = {key_of(n) for n in walk(loop.test) if isinstance(n, Name | Attr)} if loop.test is not None else set()
        tests = [loop.test] if loop.test is not None else []
        found = [s for t in tests for s in self._limits(t, counters, scope, True) if s.bounded]
        each = _of_the_element(loop)
        for node, _ in own_nodes(loop.body):
            if isinstance(node, If) and _ends(node, flags - {""}):
                own = each if _only_skips(node) else frozenset()
                found += [s for s in self._limits(node.test, counters, scope, False, own) if s.bounded]
            if isinstance(node, Assign | AssignExpr):  # keep_going = count < 5
                targets = node.targets if isinstance(node, Assign) else (node.target,)
                if node.value is not None and {key_of(t) for t in targets} & flags:
                    found += [s for s in self._limits(node.value, counters, scope, True) if s.bounded]
        limits = [s.limit for s in found if s.limit is not None]
        return Size(True, min(limits) if limits else None) if found else UNBOUNDED

    def _counted_in_methods(self, loop: Loop, scope: FunctionInfo) -> set[str]:
        """What methods of the same object count that the loop calls: `self.steps += 1` in `self._step()`."""
        sites = self.index.of(scope).sites
        found: set[str] = set()
        for node, _ in own_nodes(loop.body):
            if isinstance(node, Call) and key_of(receiver_of(node)) in ("self", "this"):
                for callee in self.index.callees(sites.get(id(node)))[:3]:
                    if callee.definition is not None and callee is not scope:
                        found |= _counters(callee.definition.body)
        return {key for key in found if key.removeprefix("#").startswith(("self.", "this."))}

    def _limits(
        self,
        test: Expr,
        counters: set[str],
        scope: FunctionInfo,
        staying: bool,
        each: frozenset[str] = frozenset(),
    ) -> Iterator[Size]:
        """The bounds in a test. `staying`: the loop goes on while it holds, so that each part of an `and` bounds.

        `each`: names of what a pass is about; a quota or the age of each element that only skips it bounds no passes.
        """
        stack: list[Expr] = [test]
        while stack:
            node = stack.pop()
            match node:
                case BoolOp(op=op, values=values):
                    if op == ("and" if staying else "or"):
                        stack.extend(values)
                    elif not staying:  # `if stuck and n > 5: break`, `if budget and not budget.left(): break`
                        stack.extend(v for v in values if _may_bound(v))
                case Unary(op="not", operand=operand):
                    yield from self._limits(operand, counters, scope, not staying, each)
                case Binary() if _ordered(node) or node.op in ("==", "!="):
                    yield self._comparison(node, counters, scope, each)
                case Name() | Attr() if key_of(node) in counters:  # while attempts:
                    yield Size(True)
                case Call() | Name() | Attr():
                    text = " ".join(key_of(n) for n in walk(node) if isinstance(n, Name | Attr)).lower()
                    ends = any(w in text for w in _LIMIT_TEST) and not _endless(node) and not _mentions(node, each)
                    yield Size(True) if ends else UNBOUNDED
                case _:
                    pass

    def _comparison(
        self, node: Binary, counters: set[str], scope: FunctionInfo, each: frozenset[str] = frozenset()
    ) -> Size:
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if any(self._is_clock(n, scope) for n in walk(side)):
                return UNBOUNDED if _mentions(node, each) else Size(True)  # how old an element is ends nothing
            key = key_of(side) or _counted(side)
            if key and key in counters:
                size = self.bounds.number(other, scope)
                if size.bounded and not (isinstance(other, Const) and not other.value):
                    return size
                if size.bounded:  # counts down to nothing: what it starts with decides
                    return self._start(key, scope)
        return UNBOUNDED

    def _is_clock(self, node: Any, scope: FunctionInfo) -> bool:
        """What tells the time, under whatever name it was imported: `import time as t`, `from time import time`."""
        if not isinstance(node, Call):
            return False
        return _is_clock(node) or self.bounds.program.symbol(node.func, scope) in _CLOCK_SYMBOLS

    def _start(self, key: str, scope: FunctionInfo) -> Size:
        home = self.index.scope_of(key.partition(".")[0], scope)
        if home is None or key not in home.bindings:
            return UNBOUNDED
        param = home.param(key)
        if param is not None:
            return self.bounds.number(Name(param.at, key), home.function)
        values = [b.value for b in home.bindings[key] if b.kind == "value"]
        return largest(self.bounds.number(v, home.function) for v in values if not _moves(v, key))

    # ------------------------------------------------------------------ retries and fallbacks

    def _leaves_on_success(self, loop: Loop, child: Any, node: Any, scope: FunctionInfo) -> str:
        """Whether a pass in which the call succeeds is the last: "always", "if-good" (a check of the answer), ""."""
        index = self.index.of(scope)
        inner, tried = node, False
        for up, below in index.above(node):
            if isinstance(up, Return | Break):
                return "always"
            if isinstance(up, Loop) and up is not loop and _inside(up, below):
                return ""
            if isinstance(up, Handler):
                return ""
            if isinstance(up, Try):
                tried = True
            after = _statements_after(up, below)
            found = _exit_after(after)
            if found == "always":
                return "always"
            if not found and any(isinstance(s, Continue) for s in after):
                return ""  # it goes on to the next pass
            if found == "if" and (self._looks_like_attempts(loop) or (tried and self._checks_answer(up, below))):
                return "if-good"
            if up is loop:
                break
            inner = below
        del inner
        return "if-good" if self._flag_after(loop, node, index) else ""

    def _flag_after(self, loop: Loop, node: Any, index: Any) -> bool:
        """`while not done and n < 3: try: call(); done = True`."""
        if loop.test is None:
            return False
        names = {key_of(n) for n in walk(loop.test) if isinstance(n, Name | Attr)} - {""}
        for up, below in index.above(node):
            for stmt in _statements_after(up, below):
                if _sets_flag(stmt, names) and self._looks_like_attempts(loop):
                    return True
            if up is loop:
                return False
        return False

    def _checks_answer(self, up: Any, below: Any) -> bool:
        """The exit after the call hangs on whether the answer is usable (not on what the model decides to do next)."""
        for stmt in _statements_after(up, below):
            if isinstance(stmt, If) and (_exit_after(stmt.body) or _exit_after(stmt.orelse)):
                words = {
                    p
                    for n in walk(stmt.test)
                    for p in key_of(n if isinstance(n, Name | Attr) else None).lower().split(".")
                }
                if any(w in _STATUS or w.startswith("status") or w.startswith("is_valid") for w in words):
                    return True
        return False

    def _looks_like_attempts(self, loop: Loop) -> bool:
        roots = [loop.target] if loop.target is not None else [loop.test, *loop.init]
        names = {key_of(n).lower() for r in roots if r is not None for n in walk(r) if isinstance(n, Name | Attr)}
        return any(w in name for name in names for w in _ATTEMPT)

    def _handlers_leave(self, loop: Loop, node: Any, scope: FunctionInfo, leaving: str) -> bool:
        """Every failure ends the loop as well: there is nothing that repeats."""
        for up, below in self.index.of(scope).above(node):
            if isinstance(up, Try) and any(below is s for s in up.body):
                if any(_exit_after(h.body) != "always" for h in up.handlers):
                    return False
                if up.handlers:
                    return True
            if isinstance(up, With | Try):
                leaving = ""  # it may hold the error back
            if up is loop:
                break
        return leaving == "always"

    def _repeated_on_failure(self, loop: Loop, node: Any, scope: FunctionInfo, leaving: str) -> Repeat:
        sleeps = any(_sleeps_below(s) for s in loop.body)
        if loop.kind == "for":
            size = self.bounds.size(loop.iterable, scope)
            if self._uses_target(loop, node, scope) and not _is_range(loop.iterable):
                return Repeat("fallback", loop.at, size.limit, "tries one after the other", True, sleeps)
            endless = isinstance(loop.iterable, Call) and call_name(loop.iterable) in ("count", "cycle")
            bounded = not endless or self._guard(loop, scope).bounded
            return Repeat("retry", loop.at, size.limit, "loop", bounded, sleeps)
        guard = self._guard(loop, scope)
        return Repeat("retry", loop.at, guard.limit, "loop", guard.bounded, sleeps)

    def _uses_target(self, loop: Loop, node: Any, scope: FunctionInfo) -> bool:
        """The call depends on the loop's variable, directly or through a variable set in the loop."""
        names = set(target_names(loop.target))
        if isinstance(loop.iterable, Call) and call_name(loop.iterable) in ("enumerate", "entries"):
            names = set(target_names(loop.target)[-1:]) or names
        for other, _ in own_nodes(loop.body):
            if isinstance(other, Assign) and other.value is not None and _mentions(other.value, names):
                names |= {n for t in other.targets for n in target_names(t)}
        if any("key" in n.lower() and "api" in n.lower() for n in names):
            return False  # another key of the same route
        return _mentions(node, names)


def exits(loop: Loop) -> Iterator[Stmt]:
    """The statements in a loop's body that leave it: break, return, raise; those of inner loops' own are left out."""
    for node, _ in _loop_nodes(loop.body):
        if isinstance(node, Return | Raise | Break):
            yield node


def _loop_nodes(body: Iterable[Stmt]) -> Iterator[tuple[Any, bool]]:
    """Statements below, and whether they stand in an inner loop (whose `break` is its own)."""
    stack: list[tuple[Any, bool]] = [(s, False) for s in body]
    while stack:
        node, inner = stack.pop()
        if not (inner and isinstance(node, Break)):
            yield node, inner
        match node:
            case Loop():
                stack.extend((s, True) for s in (*node.body, *node.orelse))
            case If():
                stack.extend((s, inner) for s in (*node.body, *node.orelse))
            case Try():
                handlers = [s for h in node.handlers for s in h.body]
                stack.extend((s, inner) for s in (*node.body, *handlers, *node.orelse, *node.final))
            case With():
                stack.extend((s, inner) for s in node.body)
            case _:
                body_of = getattr(node, "body", None)
                if isinstance(body_of, tuple) and type(node).__name__ == "Block":
                    stack.extend((s, inner) for s in body_of)


def _flat(body: Iterable[Stmt]) -> Iterator[Any]:
    for node, inner in _loop_nodes(body):
        if not inner:
            yield node


def _inside(loop: Loop, child: Any) -> bool:
    if any(child is s for s in loop.body) or any(child is u for u in loop.update):
        return True
    return child is loop.test and loop.kind != "for"


def _asks_somebody(call: Call) -> bool:
    """It blocks for a message, or hands over to a person (LangGraph's `interrupt(...)`)."""
    name = call_name(call)
    return name in WAITS or (name == "interrupt" and receiver_of(call) is None)


def _inner_only(node: Call, loop: Loop) -> bool:
    del node, loop
    return False


def _statements_after(up: Any, below: Any) -> tuple[Stmt, ...]:
    """The statements that run after `below` in the same list, on success."""
    lists: list[tuple[Stmt, ...]] = []
    match up:
        case Try():
            lists = [up.body, up.orelse, up.final]
            if any(below is s for s in up.body):
                at = next(i for i, s in enumerate(up.body) if s is below)
                return (*up.body[at + 1 :], *up.orelse)
        case If():
            lists = [up.body, up.orelse]
        case _:
            body = getattr(up, "body", None)
            if isinstance(body, tuple):
                lists = [body]
    for statements in lists:
        for i, stmt in enumerate(statements):
            if stmt is below:
                return statements[i + 1 :]
    return ()


def _exit_after(statements: Iterable[Stmt]) -> str:
    """Whether the statements leave the loop: "always", "if" (on some condition) or ""."""
    maybe, stays = "", False
    for stmt in statements:
        stays = stays or (isinstance(stmt, If) and _goes_on(stmt))
        match stmt:
            case Return() | Break() | Raise():
                return "if" if stays else "always"
            case Continue():
                return maybe
            case If(body=body, orelse=orelse):
                both = (_exit_after(body), _exit_after(orelse) if orelse else "")
                if both == ("always", "always"):
                    return "always"
                if any(both):
                    maybe = "if"
            case With(body=body):
                if inner := _exit_after(body):
                    if inner == "always":
                        return inner
                    maybe = inner
            case Try(body=body, orelse=orelse):
                if inner := _exit_after((*body, *orelse)):
                    maybe = "if" if inner == "if" else inner
                    if inner == "always":
                        return "always"
            case _:
                inner_body: Any = getattr(stmt, "body", ())
                if type(stmt).__name__ == "Block" and _exit_after(inner_body) == "always":
                    return "always"
    return maybe


def _goes_on(node: If) -> bool:
    """A branch goes straight to the next pass, so that what follows is not always reached."""
    return any(isinstance(s, Continue) and not inner for b in (node.body, node.orelse) for s, inner in _loop_nodes(b))


def _only_skips(node: If) -> bool:
    """The branch goes to the next pass and ends nothing."""
    statements = [s for b in (node.body, node.orelse) for s, _ in _loop_nodes(b)]
    return any(isinstance(s, Continue) for s in statements) and not any(
        isinstance(s, Return | Raise | Break) for s in statements
    )


def _of_the_element(loop: Loop) -> frozenset[str]:
    """The names of what a pass is about: the loop's variables, and what the pass takes from them."""
    names = set(target_names(loop.target)) if loop.target is not None else set()
    for node, _ in own_nodes(loop.body) if names else ():
        if isinstance(node, Assign) and node.value is not None and _mentions(node.value, names):
            names |= {n for t in node.targets for n in target_names(t)}
    return frozenset(names)


def _ends(node: If, flags: set[str]) -> bool:
    """The branch leaves the loop, clears its flag, or is the only way to go on (`if n < 3: n += 1; continue`)."""
    for branch in (node.body, node.orelse):
        for stmt, inner in _loop_nodes(branch):
            if isinstance(stmt, Return | Raise) or (isinstance(stmt, Break | Continue) and not inner):
                return True
            if isinstance(stmt, Assign) and flags & {key_of(t) for t in stmt.targets}:
                return True
    return False


def _counters(body: tuple[Any, ...], loop: Loop | None = None) -> set[str]:
    """Variables that a loop's body counts: `n += 1`, `n = n + 1`, `i++`, `enumerate`; not those that it sets back."""
    counted: set[str] = set()
    reset: set[str] = set()
    for node, _ in own_nodes(body):
        match node:
            case Assign(targets=targets, op="+" | "-" | "*"):
                counted |= {key_of(t) for t in targets}
            case Assign(targets=targets, value=value) | AssignExpr(target=targets, value=value):
                keys = {key_of(t) for t in (targets if isinstance(targets, tuple) else (targets,))}
                if isinstance(value, Call) and call_name(value) in ("min", "max") and value.args:
                    value = value.args[0].value  # `days = min(days * 2, most)`
                if (
                    isinstance(value, Binary)
                    and value.op in ("+", "-", "*")
                    and any(_mentions_key(value, k) for k in keys)
                ):
                    counted |= keys
                elif isinstance(value, Const):
                    reset |= keys
            case Call() if call_name(node) in ("append", "push", "add") and receiver_of(node) is not None:
                counted.add("#" + key_of(receiver_of(node)))  # its length counts
            case Call() if call_name(node) == "next" and node.args:
                counted.add(key_of(node.args[0].value))
            case _:
                pass
    if (
        loop is not None
        and isinstance(loop.iterable, Call)
        and call_name(loop.iterable) in ("enumerate", "count", "entries")
    ):
        counted |= set(target_names(loop.target)[:1])
    return (counted - reset) - {""}


def _counted(side: Expr) -> str:
    """`len(x)` and `x.length` count what is appended to x."""
    match side:
        case Call() if call_name(side) == "len" and side.args:
            return "#" + key_of(side.args[0].value)
        case Attr(base=base, name="length" | "size"):
            return "#" + key_of(base)
        case AssignExpr(target=target):  # n++ >= 9
            return key_of(target)
        case Binary(left=left, op="+" | "-"):
            return key_of(left)
        case _:
            return ""


def _mentions_key(expr: Expr, key: str) -> bool:
    return bool(key) and any(key_of(n) == key for n in walk(expr) if isinstance(n, Name | Attr))


def _mentions(node: Any, names: Set[str]) -> bool:
    return any(isinstance(n, Name) and n.id in names for n in walk(node))


def _may_bound(node: Expr) -> bool:
    if isinstance(node, Unary):
        return isinstance(node.operand, Call)
    return isinstance(node, Call) or (isinstance(node, Binary) and _ordered(node))


def _moves(value: Expr | None, key: str) -> bool:
    return isinstance(value, Binary) and _mentions_key(value, key)


def _ordered(node: Binary) -> bool:
    return node.op in ("<", "<=", ">", ">=")


def _is_clock(node: Any) -> bool:
    node = unwrap(node)
    if not isinstance(node, Call):
        return False
    name = call_name(node)
    if name not in CLOCKS:
        return False
    base = key_of(receiver_of(node)).lower()
    return name in ("monotonic", "perf_counter", "now", "utcnow") or base.rpartition(".")[2] in ("time", "loop", "date")


def _sets_flag(stmt: Stmt, names: set[str]) -> bool:
    flag = isinstance(stmt, Assign) and isinstance(stmt.value, Const) and isinstance(stmt.value.value, bool)
    return flag and isinstance(stmt, Assign) and bool(names & {key_of(t) for t in stmt.targets})


def _endless(test: Expr | None) -> bool:
    return isinstance(test, Const) and bool(test.value)


def _sleeps(stmt: Any) -> bool:
    value = unwrap(getattr(stmt, "value", None))
    return isinstance(value, Call) and _sleeps_below(value)


def _sleeps_below(node: Any) -> bool:
    return any(isinstance(n, Call) and call_name(n) in SLEEPS for n in walk(node))


def _pages(key: str) -> bool:
    last = key.rpartition(".")[2].lower().replace("_", "")
    return any(
        w in last for w in ("hasmore", "nextpage", "cursor", "pagetoken", "hasnext", "offset", "nexttoken", "remaining")
    )


def _drains(loop: Loop) -> bool:
    """`rest = rows[done:]; if not rest: break`, where `done` grows: it ends with what it goes through."""
    counted = _counters(loop.body)
    rest = {
        name
        for stmt in loop.body
        if isinstance(stmt, Assign) and isinstance(stmt.value, Index) and isinstance(stmt.value.key, Opaque)
        if {n.id for p in stmt.value.key.parts[:1] for n in walk(p) if isinstance(n, Name)} & counted
        for target in stmt.targets
        for name in target_names(target)
    }
    return bool(rest) and any(
        isinstance(stmt, If)
        and isinstance(stmt.test, Unary)
        and stmt.test.op == "not"
        and key_of(stmt.test.operand) in rest
        and stmt.body
        and isinstance(stmt.body[-1], Break | Return | Raise)
        for stmt in loop.body
    )


def _polls(loop: Loop) -> bool:
    """`while job.status != "done": sleep(); job = fetch()` waits for one result."""
    if loop.test is None or not any(_sleeps(s) for s in _flat(loop.body)):
        return False
    names = [
        key_of(n).rpartition(".")[2].lower().replace("_", "") for n in walk(loop.test) if isinstance(n, Name | Attr)
    ]
    return any(w in name for name in names for w in _STATES)


def _filled(size: Size) -> Size:
    """A loop over what starts empty is filled somewhere that was not seen: it has no number, least of all none."""
    return UNBOUNDED if size.limit == 0 else size


def _over_tool_calls(loop: Loop) -> bool:
    """What one answer of the model asks for is part of the same step."""
    last = key_of(loop.iterable).rpartition(".")[2].lower() if loop.iterable is not None else ""
    return any(w in last for w in ("tool_calls", "toolcalls", "function_calls", "tool_uses", "tool_use_blocks"))


def _is_range(expr: Expr | None) -> bool:
    return isinstance(expr, Call) and call_name(expr) in ("range", "count", "xrange", "cycle", "repeat")


def _iterates_retries(expr: Expr) -> bool:
    call = unwrap(expr)
    return isinstance(call, Call) and call_name(call) in ("Retrying", "AsyncRetrying", "retry_context", "attempts")


def _has_stop(expr: Expr) -> bool:
    call = unwrap(expr)
    return isinstance(call, Call) and any(
        a.name in ("stop", "attempts", "timeout") or a.name is None for a in call.args
    )

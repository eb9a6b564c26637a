"""The ways up from a call: who runs the function it stands in, and what each step does to it (repeats it, retries it).

A callback handed to `map`, a retry library, an executor or a helper of the repository is followed like a call. Tests
are left out (unless the call itself is in one), and so is dead code where live code calls as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Any

from auditor.lazily import dataclass, regex
from auditor.link.flow_bounds import Bounds
from auditor.link.flow_graphs import Graphs
from auditor.link.flow_index import FlowIndex, FunctionIndex, call_name, is_function, key_of, own_nodes, receiver_of
from auditor.link.flow_loops import Loops, Repeat
from auditor.link.flow_once import Turns
from auditor.link.program import CallSite, FunctionInfo
from auditor.link.routes import Entries, is_test_path
from auditor.link.values import FunctionValue, alternatives
from auditor.model.location import Span
from auditor.model.syntax import (
    Arg,
    Attr,
    Binary,
    Call,
    Comprehension,
    Const,
    DictExpr,
    Entry,
    Expr,
    Handler,
    If,
    Loop,
    Name,
    Opaque,
    Raise,
    Try,
)
from auditor.model.walk import walk

# Answers after which a request is made again.
_FAILURES = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_RETRIES = regex(r"(?i)retr(y|ies)")

MAX_DEPTH = 16
MAX_FRAMES = 400
MAX_CYCLE = 3
_MAX_PARTS = 40  # of what a turn is given
_TAKES = regex(r"^(?:pop|popleft|shift|get_nowait|dequeue|(?:get|take|poll)?_?[Nn]ext(?:_?[A-Za-z]+)?)$")
_DISPATCH = frozenset(
    ["delay", "apply_async", "s", "si", "remote", "spawn", "enqueue", "kiq", "send", "submit", "trigger"]
)
_TIMERS = frozenset(
    ["setInterval", "setTimeout", "setImmediate", "call_later", "Timer", "after", "add_job", "schedule", "cron"]
)
# retry libraries: symbol -> (arguments that bound the tries, tries without them; None: no bound)
_RETRY_SYMBOLS: dict[str, tuple[tuple[str, ...], int | None]] = {
    "tenacity.retry": (("stop",), None),
    "tenacity.Retrying": (("stop",), None),
    "tenacity.AsyncRetrying": (("stop",), None),
    "backoff.on_exception": (("max_tries", "max_time"), None),
    "backoff.on_predicate": (("max_tries", "max_time"), None),
    "retrying.retry": (("stop_max_attempt_number", "stop_max_delay", "stop"), None),
    "retry.retry": (("tries",), None),
    "retry.api.retry_call": (("tries",), None),
    "retry2.retry": (("tries",), None),
    "stamina.retry": (("attempts", "timeout"), 10),
    "retry_async.retry": (("tries",), None),
    "aiohttp_retry.retry": (("attempts",), 3),
    "opnieuw.retry": (("max_calls_total",), 3),
    "p-retry:default": (("retries",), 11),
    "async-retry:default": (("retries",), 11),
    "exponential-backoff:backOff": (("numOfAttempts",), 10),
    "retry:default": (("retries",), 11),
    "promise-retry:default": (("retries",), 11),
    "ts-retry:retryAsync": (("maxTry",), 4),
    "ts-retry-promise:retry": (("retries",), 10),
    "cockatiel:retry": (("maxAttempts",), 10),
    "es-toolkit:retry": (("retries",), None),
    "radash:retry": (("times",), 3),
    "typescript-retry-decorator:Retryable": (("maxAttempts",), 3),
    "async:retry": (("times",), 5),
}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of retries. `attempts`: all tries, None where not known; `bounded` False: for ever."""

    name: str
    at: Span
    attempts: int | None = None
    bounded: bool = True
    backoff: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """One step up. `node` stands for the function in `scope`; `through`: a place in a helper that really calls it."""

    site: CallSite
    node: Any
    scope: FunctionInfo
    repeats: tuple[Repeat, ...] = ()
    layers: tuple[Layer, ...] = ()
    through: tuple[tuple[Any, FunctionInfo], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A place on a way up, and the frame below it. `edge` is None for the request itself."""

    node: Any
    scope: FunctionInfo
    below: Frame | None = None
    edge: Edge | None = None
    depth: int = 0

    def chain(self) -> Iterator[Frame]:
        """This frame and those below it."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.below


class Callers:
    """Steps up and retry layers of one program, memoised."""

    def __init__(self, index: FlowIndex, bounds: Bounds, loops: Loops, entries: Entries, graphs: Graphs) -> None:
        """Create it over the other analyses of a program."""
        self.index = index
        self.program = index.program
        self.bounds = bounds
        self.loops = loops
        self.entries = entries
        self.graphs = graphs
        self.turns = Turns(index)
        self._up: dict[str, tuple[Edge, ...]] = {}

    def up(self, function: FunctionInfo) -> tuple[Edge, ...]:
        """The steps up from a function."""
        found = self._up.get(function.id)
        if found is None:
            self._up[function.id] = ()
            found = self._up[function.id] = tuple(self._live(function, list(self._edges(function))))
        return found

    def _live(self, function: FunctionInfo, edges: list[Edge]) -> list[Edge]:
        if not is_test_path(function.path):
            edges = [e for e in edges if not is_test_path(e.scope.path)]
        alive = [e for e in edges if self.entries.alive(e.scope)]
        return (alive or edges)[:60]

    def _edges(self, function: FunctionInfo) -> Iterator[Edge]:
        if function.definition is None:
            return
        for site in self.index.callers(function):
            if site.kind == "call":
                yield Edge(site, site.call, site.function)
            else:
                edge = self._reference(site, function)
                if edge is not None:
                    yield edge
        for site in self.graphs.run_by(function):
            yield Edge(replace(site, certainty="likely"), site.call, site.function)

    def _reference(self, site: CallSite, function: FunctionInfo) -> Edge | None:
        scope = site.function
        index = self.index.of(scope)
        node: Any = site.call
        if id(node) not in index.parent:
            node = site.call.func
            call = self._taker(index, node)
            if call is None:
                return None
        else:
            call = node
        if self._is_decorator(call, function):
            return None
        name = call_name(call)
        if name in _TIMERS:
            return None
        symbol = self.program.symbol(call.func, scope)
        layer = self._library(call, symbol, scope)
        if layer is not None:
            return Edge(site, call, scope, layers=(layer,))
        repeat = self.loops.iterating(call, scope)
        through = tuple(self._through(call, scope, function))
        if through:
            repeats = tuple(r for n, f in through for r in self.loops.around(n, f))
            return Edge(site, call, scope, repeats, through=through)
        return Edge(site, call, scope, (repeat,) if repeat is not None else ())

    def _is_decorator(self, call: Call, function: FunctionInfo) -> bool:
        definition = function.definition
        return definition is not None and any(
            d is call or (isinstance(d, Call) and d.func is call.func) for d in definition.decorators
        )

    def _taker(self, index: Any, node: Any) -> Call | None:
        """The call that takes a mentioned function: `pool.map(f, xs)`, `f.delay(x)`, `retry(f)`."""
        up = index.parent.get(id(node))
        if isinstance(up, Attr) and up.name in _DISPATCH | {"map", "starmap", "bind", "call", "apply"}:
            call = index.parent.get(id(up))
            return call if isinstance(call, Call) else None
        for above, child in index.above(node):
            if isinstance(above, Call):
                return above if child is not above.func else None
            if not isinstance(above, Arg | Entry | DictExpr):
                return None
            if isinstance(above, Opaque):
                return None
        return None

    def _through(self, call: Call, scope: FunctionInfo, function: FunctionInfo) -> Iterator[tuple[Any, FunctionInfo]]:
        """Where a helper of the repository calls the function that it is given."""
        site = self.index.of(scope).sites.get(id(call))
        for helper in self.index.callees(site)[:4]:
            if helper.definition is None:
                continue
            name = self._parameter_of(call, helper, function)
            if not name:
                continue
            for place in [helper, *self.index.nested(helper)]:
                for inner in self.program.sites(place):
                    if isinstance(inner.call.func, Name) and inner.call.func.id == name:
                        yield inner.call, place

    def _parameter_of(self, call: Call, helper: FunctionInfo, function: FunctionInfo) -> str:
        params = helper.definition.params if helper.definition is not None else ()
        if helper.owner is not None and helper.language == "python" and params and not helper.definition.static:  # type: ignore[union-attr]
            params = params[1:]
        position = 0
        for arg in call.args:
            hit = is_function(arg.value, function)
            if arg.name is not None:
                if hit:
                    return arg.name
                continue
            if hit and position < len(params):
                return params[position].name
            position += 1
        return ""

    # ------------------------------------------------------------------ frames

    def frames(self, places: tuple[CallSite, ...]) -> Iterator[Frame]:
        """Every place on the ways up from these places, nearest first; each function is climbed from once."""
        queue = [Frame(p.call, p.function) for p in places]
        seen: set[str] = set()
        count = 0
        while queue and count < MAX_FRAMES:
            frame = queue.pop(0)
            count += 1
            yield frame
            if frame.scope.id in seen or frame.depth >= MAX_DEPTH:
                continue
            seen.add(frame.scope.id)
            queue.extend(Frame(e.node, e.scope, frame, e, frame.depth + 1) for e in self.up(frame.scope))

    def recursion(self, frame: Frame) -> Repeat | None:
        """What it means that a way up comes back to a function that it has passed; None if it does not."""
        edge = frame.edge
        if edge is None or edge.site.kind != "call" or edge.site.certainty != "sure" or frame.below is None:
            return None
        passed = [f.scope.id for f in frame.below.chain()]
        if frame.scope.id not in passed[:MAX_CYCLE]:  # a longer way round goes through objects of other settings
            return None
        receiver = receiver_of(edge.node) if isinstance(edge.node, Call) else None
        if receiver is not None and not (isinstance(receiver, Name) and receiver.id in ("self", "cls")):
            return None  # the same method of another object: a primary, a parent, a child
        turn = (frame, *takewhile(lambda f: f.scope.id != frame.scope.id, frame.below.chain()))
        if any(self.loops.waits_before(f.node, f.scope) for f in turn) or _resumes(edge.node):
            return None  # every turn is a person's
        index = self.index.of(frame.scope)
        if self._other_case(edge.node, index) or self._instead(frame, index):
            return None
        at = edge.node.at
        once = frame.scope is edge.site.function and passed[0] == frame.scope.id and self.turns.once(edge.site)
        if once and self.turns.other_route(edge.site):
            return Repeat("fallback", at, 2, "calls itself once with another route")
        counted = once or self._counts_down(edge, [f.scope for f in frame.below.chain()], [f.node for f in turn])
        limit = 2 if once else None
        for up, child in index.above(edge.node):
            if isinstance(up, Handler):
                return Repeat("retry", at, limit, "calls itself after a failure", counted)
            if isinstance(up, If) and any(child is s for s in up.body) and _asks_failure(up.test):
                return Repeat("retry", at, limit, "calls itself after a failed answer", counted)
            if isinstance(up, Loop) and up.kind == "for" and any(child is s for s in up.body):
                return Repeat("bounded" if counted else "per-item", at, None, "recursion over a structure")
        if counted:
            return Repeat("bounded", at, limit, "recursion with a counter")
        if self._takes_part(edge):
            return Repeat("per-item", at, None, "recursion over a structure")
        if self._takes_next(turn):
            return Repeat("per-item", at, None, "recursion over a queue")
        return Repeat("unbounded", at, None, "recursion without a depth")

    def _other_case(self, node: Any, index: FunctionIndex) -> bool:
        """It stands under one case of a dispatch (`if item.type == Kind.VOICE:`) and hands on another case."""
        for up, child in index.above(node):
            if isinstance(up, If) and any(child is s for s in up.body):
                for test in walk(up.test):
                    if isinstance(test, Binary) and test.op in ("==", "is"):
                        sides = (test.left, test.right)
                        if any(isinstance(x, Attr) and key_of(x.base)[:1].isupper() for x in sides):
                            return True
        return False

    def _instead(self, frame: Frame, index: FunctionIndex) -> bool:
        """A pass that comes back makes no request itself: the ways to both lie in different branches."""
        first = (
            next((f.node for f in frame.below.chain() if f.scope.id == frame.scope.id), None) if frame.below else None
        )
        if first is None or frame.edge is None:
            return False
        sides = {(id(up), _side(up, child)) for up, child in index.above(first) if isinstance(up, If)}
        return any(
            isinstance(up, If) and (id(up), not _side(up, child)) in sides for up, child in index.above(frame.edge.node)
        ) and not any(isinstance(up, Loop | Comprehension) for up, _ in index.above(frame.edge.node))

    def _counts_down(self, edge: Edge, functions: list[FunctionInfo], turn: list[Any]) -> bool:
        """Some argument is a parameter plus or minus something, and that parameter is compared."""
        nodes = list(self.index.of(edge.scope).nodes)
        for function in functions[:4]:
            if function is not edge.scope:
                nodes += self.index.of(function).nodes
        moved = set()
        given = [part for node in turn for part in walk(node)]
        for part in tuple(given):  # depth = depth - 1, then f(depth)
            if isinstance(part, Name):
                given += [b.value for b in self.index.of(edge.scope).bindings.get(part.id, ()) if b.value is not None]
        for node in given:
            if isinstance(node, Binary) and node.op in ("+", "-") and isinstance(node.right, Const):
                moved.add(key_of(node.left).rpartition(".")[2])
        moved |= {arg.name for arg in edge.node.args if arg.name and isinstance(arg.value, Binary)}
        for node in self.index.of(edge.scope).nodes:  # depth += 1 before the call
            if type(node).__name__ == "Assign" and node.op in ("+", "-"):
                moved |= {key_of(t).rpartition(".")[2] for t in node.targets}
        moved.discard("")
        return any(
            isinstance(n, Binary)
            and n.op in ("<", "<=", ">", ">=", "==")
            and any(key_of(m).rpartition(".")[2] in moved for m in walk(n) if isinstance(m, Name | Attr))
            for n in nodes
        )

    def _takes_part(self, edge: Edge) -> bool:
        """The argument is a part of a parameter: `f(node.left)`, `f(text[:half])`."""
        params = {p.name for p in edge.scope.definition.params} if edge.scope.definition is not None else set()
        for arg in edge.node.args:
            value = arg.value
            if type(value).__name__ == "Index" and key_of(value.base) in params:
                return True
            cuts = isinstance(value, Call) and call_name(value) in ("slice", "substring", "split")
            if cuts and key_of(receiver_of(value)) in params:
                return True
        return False

    def _takes_next(self, turn: tuple[Frame, ...]) -> bool:
        """Each turn is given what it takes from a queue (`run(queue.shift())`), into which no turn puts anything."""
        taken: set[str] = set()
        for frame in turn:
            found = list(frame.node.args) if isinstance(frame.node, Call) else []
            bindings = self.index.of(frame.scope).bindings
            for part in found:  # grows: a variable stands for what it was given
                for node in walk(part.value) if len(found) < _MAX_PARTS else ():
                    if isinstance(node, Call) and _TAKES.search(call_name(node)):
                        taken.add(key_of(receiver_of(node)).rpartition(".")[2])
                    elif isinstance(node, Name):
                        found += [
                            Arg(b.value)
                            for b in bindings.get(node.id, ())[:3]
                            if b.kind in ("value", "iter") and b.value
                        ]
        taken.discard("")
        return bool(taken) and not any(
            isinstance(node, Call)
            and call_name(node) in ("append", "push", "put", "put_nowait", "add", "enqueue", "unshift", "extend")
            and key_of(receiver_of(node)).rpartition(".")[2] in taken
            for frame in turn
            for node in self.index.of(frame.scope).nodes
        )

    # ------------------------------------------------------------------ retry layers

    def layers(self, frame: Frame) -> Iterator[Layer]:
        """The retry layers that this frame adds: loops around the place, decorators of its function, the step to it."""
        for repeat in self.loops.around(frame.node, frame.scope):
            if repeat.kind == "retry" and repeat.at is not None:
                yield Layer("loop", repeat.at, repeat.limit, repeat.bounded, repeat.backoff)
        if frame.edge is not None:
            yield from frame.edge.layers
            for repeat in frame.edge.repeats:
                if repeat.kind == "retry" and repeat.at is not None:
                    yield Layer("loop", repeat.at, repeat.limit, repeat.bounded, repeat.backoff)
            for node, scope in frame.edge.through:
                yield from self._decorated(scope)
                del node
        if self.escapes(frame):
            yield from self._decorated(frame.scope)

    def _decorated(self, function: FunctionInfo) -> Iterator[Layer]:
        definition = function.definition
        if definition is None:
            return
        outer = function.parent or function
        for decorator in definition.decorators:
            call = decorator if isinstance(decorator, Call) else None
            func = call.func if call is not None else decorator
            symbol = self.program.symbol(func, outer)
            layer = self._library(call or Call(decorator.at, decorator), symbol, outer)
            if layer is not None:
                yield layer
            elif not symbol:
                yield from self._own_decorator(func, outer)
            if call is not None:
                yield from self._job(call, function, outer)
        yield from self._queue(function)

    def _job(self, call: Call, function: FunctionInfo, outer: FunctionInfo) -> Iterator[Layer]:
        """Celery: `autoretry_for`, or `self.retry()` in the task; three retries unless `max_retries` says otherwise."""
        automatic = any(a.name in ("autoretry_for", "retry_backoff") for a in call.args)
        by_hand = (
            any(key_of(s.call.func) == "self.retry" for s in self.program.sites(function)) and function.owner is None
        )
        if not automatic and not by_hand:
            return
        given = next((a.value for a in call.args if a.name == "max_retries"), None)
        if isinstance(given, Const) and given.value is None:
            yield Layer("job", call.at, None, False, True)
            return
        limit = self.bounds.number(given, outer).limit if given is not None else 3
        yield Layer("job", call.at, limit + 1 if limit is not None else None, True, True)

    def _queue(self, function: FunctionInfo) -> Iterator[Layer]:
        """BullMQ and its like: `attempts` in the options of the queue whose worker the function is."""
        if not any(e.kind == "task" for e in self.entries.of(function)) or function.language == "python":
            return
        module = self.program.module(function.path)
        for node in self.index.of(module.body).nodes if module is not None else ():
            if isinstance(node, Entry) and isinstance(node.key, Const) and node.key.value == "attempts":
                limit = self.bounds.number(node.value, function).limit
                if limit is not None and limit > 1:
                    yield Layer("job", node.value.at, limit, True, True)
                    return

    def _own_decorator(self, func: Expr, outer: FunctionInfo) -> Iterator[Layer]:
        """A decorator of the repository that calls the decorated function in a retry loop."""
        for value in alternatives(self.program.evaluate(func, outer)):
            if not isinstance(value, FunctionValue):
                continue
            for place in [value.function, *self.index.nested(value.function)]:
                given = {p.name for f in place.chain[1:] if f.definition is not None for p in f.definition.params}
                for site in self.program.sites(place):
                    name = key_of(site.call.func)
                    if name in given and self.index.of(place).param(name) is None:
                        for repeat in self.loops.around(site.call, place):
                            if repeat.kind == "retry" and repeat.at is not None:
                                yield Layer("decorator", repeat.at, repeat.limit, repeat.bounded, repeat.backoff)

    def _library(self, call: Call, symbol: str, scope: FunctionInfo) -> Layer | None:
        known = _RETRY_SYMBOLS.get(symbol.removesuffix("()"))
        if known is None:
            return None
        names, default = known
        name = symbol.partition(":")[0].partition(".")[0]
        waits = any(a.name in ("wait", "backoff", "delay", "wait_fixed") for a in call.args) or name in (
            "backoff",
            "stamina",
        )
        options = [(a.name, a.value) for a in call.args if a.name]
        for arg in call.args:
            if isinstance(arg.value, DictExpr):
                options += [(str(e.key.value), e.value) for e in arg.value.entries if isinstance(e.key, Const)]
        for key, value in options:
            if key in names:
                attempts, bounded = self._stop(value, scope)
                if key == "retries" and attempts is not None:
                    attempts += 1
                return Layer(name, call.at, attempts, bounded, waits or ":" in symbol)
        return Layer(name, call.at, default, default is not None, waits or ":" in symbol)

    def _stop(self, value: Expr, scope: FunctionInfo) -> tuple[int | None, bool]:
        """What tenacity's stop says, or a plain number: (tries, bounded)."""
        for node in walk(value):
            if isinstance(node, Call) and call_name(node) == "stop_after_attempt" and node.args:
                return self.bounds.number(node.args[0].value, scope).limit, True
        if any(isinstance(n, Name | Attr) and key_of(n).endswith("stop_never") for n in walk(value)):
            return None, False
        if isinstance(value, Call):
            return None, True
        if isinstance(value, Const):
            number = value.value
            if isinstance(number, bool) or number is None or not isinstance(number, int | float) or number < 0:
                return None, False
            return int(number), True
        return self.bounds.number(value, scope).limit, True

    def escapes(self, frame: Frame) -> bool:
        """Whether a failure at the place leaves its function as an exception (else an outer layer does not see it)."""
        for up, child in self.index.of(frame.scope).above(frame.node):
            if isinstance(up, Try) and any(child is s for s in up.body) and up.handlers and _swallows(up):
                return False
        return True


def _side(node: If, child: Any) -> bool:
    """Whether the child stands in the branch that is taken when the test holds."""
    return any(child is s for s in node.body)


def _swallows(node: Try) -> bool:
    """Some broad handler ends without raising."""
    for handler in node.handlers:
        broad = not handler.types or any(
            key_of(t).rpartition(".")[2] in ("Exception", "BaseException") for t in handler.types
        )
        raises = any(isinstance(n, Raise) for n, _ in own_nodes(handler.body))
        rejects = any(
            isinstance(n, Call) and call_name(n) in ("reject", "next", "abort", "exit")
            for n, _ in own_nodes(handler.body)
        )
        if broad and not raises and not rejects:
            return True
    return False


def _resumes(call: Call) -> bool:
    """`run(Command(resume=answer))` goes on with a graph that has waited for a person."""
    return any(
        isinstance(n, Call)
        and call_name(n) == "Command"
        and any(a.name == "resume" or _has_key(a.value, "resume") for a in n.args)
        for n in walk(call)
    )


def _has_key(expr: Expr, key: str) -> bool:
    entries = expr.entries if isinstance(expr, DictExpr) else ()
    return any(isinstance(e.key, Const) and e.key.value == key for e in entries)


def _asks_failure(test: Expr) -> bool:
    """`response.status === 429 || response.status >= 500`, `retries < MAX_RETRIES`."""
    for node in walk(test):
        if isinstance(node, Const) and type(node.value) is int and node.value in _FAILURES:
            return True
        name = node.id if isinstance(node, Name) else node.name if isinstance(node, Attr) else ""
        if _RETRIES.search(name):
            return True
    return False

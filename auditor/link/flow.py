"""What surrounds an LLM call: loops, retries, fallbacks, recorded usage, people's text, routes, time limits, error handling.

Joins the analyses of control and data flow for one row. Each fact is judged by the worst way up to the call, per unit of
work: a request, a message, one run of a job. What is in force by arguments of the call itself is the business of `settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

from auditor.catalog.schema import CallShape
from auditor.lazily import dataclass, regex
from auditor.link.flow_bounds import Bounds
from auditor.link.flow_callers import Callers, Edge, Frame, Layer
from auditor.link.flow_choice import Choice
from auditor.link.flow_fallback import Fallbacks, Reach
from auditor.link.flow_graphs import Graphs
from auditor.link.flow_handling import Handling
from auditor.link.flow_index import FlowIndex, call_name, key_of
from auditor.link.flow_input import UserInput
from auditor.link.flow_loops import NONE, RANK, Loops, Repeat
from auditor.link.flow_steps import Steps
from auditor.link.flow_usage import Usages
from auditor.link.flow_ways import Rest, Ways
from auditor.link.held_prompts import held_prompts
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall, arguments
from auditor.link.routes import Entries, is_test_path
from auditor.model.facts import Fallback, Loop, Retry, Route
from auditor.model.location import Span, Step
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.model.syntax import Arg, Const, DictExpr, Expr

_TOO_FAR = "the way up to whoever begins the call is too long to follow"
_SETTINGS = regex(
    r"^(model|api_?key|headers|timeout|signal|method|base_?url|temperature|top_p|max_\w+|max[A-Z]\w*|stream|n|size|user|seed|stop|"
    r"tools?|tool_choice|toolChoice|response_format|config|callbacks|metadata|verify|session_?id|url|thread_id|cache_control|params|auth)$"
)

_KEY_HEADERS = frozenset(["authorization", "x-api-key", "api-key", "x-goog-api-key", "xi-api-key"])


@dataclass(frozen=True, slots=True)
class FlowFacts:
    """The facts of one row. `layers` are the retry layers beside the SDK's own; `retry` holds them joined, without the SDK's."""

    loop: Loop = field(default_factory=Loop)
    retry: Setting[Retry] = field(default_factory=Absent)
    fallback: Setting[Fallback] = field(default_factory=Absent)
    usage: Setting[str] = field(default_factory=Absent)
    timeout: Setting[float | None] = field(default_factory=Absent)  # by context: wait_for, alarm, race
    user_input: bool | None = False
    operator_input: bool = False
    user_controls_limits: bool = False
    key_from_request: bool = False
    recursive: bool = False
    reachable: bool | None = True
    routes: tuple[Route, ...] = ()
    error_handling: str = ""
    history: str = ""


class Flow:
    """The analyses of one program, shared by all its rows."""

    def __init__(
        self, program: Program, raws: tuple[RawCall, ...], ships: Callable[[str], bool | None] | None = None
    ) -> None:
        """Prepare the analyses; they are computed on demand. `ships` says which files run on a user's own device."""
        self.program = program
        self.raws = raws
        self.index = FlowIndex(program)
        self.bounds = Bounds(self.index)
        self.loops = Loops(self.index, self.bounds)
        self.entries = Entries(self.index)
        self.graphs = Graphs(self.index)
        self.callers = Callers(self.index, self.bounds, self.loops, self.entries, self.graphs)
        self.reach = Reach(program, self.callers, raws)
        self.fallbacks = Fallbacks(self.index, self.loops, self.callers, self.reach)
        self.usages = Usages(self.index, self.callers, self.entries)
        self.input = UserInput(self.index, self.entries, self.graphs, ships=ships)
        self.choice = Choice(self.index, self.entries, self.input)
        self.command_line = UserInput(self.index, self.entries, self.graphs, command_line=True)
        self.steps = Steps(program, self.bounds)
        self.handling = Handling(self.index, self.callers, self.bounds)
        self._numbers = {id(raw): n for n, raw in enumerate(raws)}
        self._beyond = Layer("beyond", Span("", 0))
        self._layers_above = Ways[tuple[Layer, ...]](self.callers, self._layers_of_step, _least, (self._beyond,))

    def of(self, raw: RawCall) -> FlowFacts:
        """The facts of one of the rows; where the code nests too deep to follow, what is said is "not known"."""
        try:
            return self._facts(raw)
        except RecursionError:
            deep = Unclear("the code nests too deep to follow")
            return FlowFacts(retry=deep, fallback=deep, usage=deep, timeout=deep, user_input=None, reachable=None)

    def _facts(self, raw: RawCall) -> FlowFacts:
        frames = tuple(self.callers.frames(raw.places))
        worst, recursive = self._loop(raw, frames)
        user_input, operator_input = self._user_input(raw)
        return FlowFacts(
            loop=worst,
            retry=self._retry(raw),
            fallback=self.fallbacks.of(self._numbers[id(raw)]),
            usage=self.usages.of(raw),
            timeout=self.handling.timeout(raw),
            user_input=user_input,
            operator_input=operator_input,
            user_controls_limits=self._user_limits(raw),
            key_from_request=self._users_key(raw),
            recursive=recursive,
            reachable=self._reachable(raw),
            routes=self._routes(frames),
            error_handling=self.handling.errors(raw),
            history=self.handling.history(raw),
        )

    # ------------------------------------------------------------------ loop

    def _loop(self, raw: RawCall, frames: tuple[Frame, ...]) -> tuple[Loop, bool]:
        worst, where, recursive = NONE, None, False
        for frame in frames:
            for repeat in self._repeats(frame):
                if RANK.get(repeat.kind, 0) > RANK[worst.kind]:
                    worst, where = repeat, frame
            back = self.callers.recursion(frame)
            if back is not None and back.kind in RANK:
                recursive = recursive or back.kind == "unbounded"
                if RANK[back.kind] > RANK[worst.kind]:
                    worst, where = back, frame
        batches = (self.loops.batched(p.call, p.function) for p in raw.invocations)
        for extra in (self.steps.of(raw), *batches, *(self.graphs.around(f.scope) for f in frames)):
            if extra is not None and RANK[extra.kind] > RANK[worst.kind]:
                worst, where = extra, None
        return Loop(worst.kind, worst.at, worst.limit, worst.why, _trace(where)), recursive

    def _repeats(self, frame: Frame) -> tuple[Repeat, ...]:
        """The loops at one place; none where each pass of an outer loop is another unit of work."""
        edge = frame.edge
        own = tuple(self.loops.around(frame.node, frame.scope))
        return own + (edge.repeats if edge is not None else ())

    # ------------------------------------------------------------------ retry

    def _retry(self, raw: RawCall) -> Setting[Retry]:
        """The code's own retry layers, those that every live way up has; an unbounded one counts wherever it is."""
        layers: list[Layer] | None = None
        helper = raw.request
        inner = list(self.callers.layers(Frame(helper.call, helper.function))) if helper is not None else []
        for place in raw.places:
            found = [*inner, *self._layers(Frame(place.call, place.function))]
            endless = [x for x in found if not x.bounded]
            if endless:
                layers = endless
                break
            layers = found if layers is None or len(found) < len(layers) else layers
        if not layers:
            return Absent()
        attempts: int | None = 1
        for layer in layers:
            attempts = None if attempts is None or layer.attempts is None else attempts * layer.attempts
        layers = [x for x in layers if x is not self._beyond]
        if not layers:
            return Unclear(_TOO_FAR)
        kind = "explicit" if all(x.bounded for x in layers) else "unbounded"
        names = tuple(dict.fromkeys(x.name for x in layers))
        return Given(Retry(kind, attempts, any(x.backoff for x in layers), names), layers[0].at, "wrapper")

    def _layers(self, frame: Frame) -> tuple[Layer, ...]:
        """The layers at one place and those that every way up from it has."""
        own = self._own_layers(frame)
        return own + self._layers_above.of(frame.scope) if self.callers.escapes(frame) else own

    def _own_layers(self, frame: Frame) -> tuple[Layer, ...]:
        own = list(self.callers.layers(frame))
        back = self._retry_by_recursion(frame)
        if back is not None:
            own.append(back)
        node = self.graphs.tries(frame.scope)
        if node is not None:
            own.append(Layer("node", node[1], node[0]))
        return tuple(own)

    def _layers_of_step(self, edge: Edge, rest: Rest[tuple[Layer, ...]]) -> tuple[Layer, ...] | None:
        frame = Frame(edge.node, edge.scope, None, edge)
        own = self._own_layers(frame)
        if not self.callers.escapes(frame):
            return own
        above = rest()
        return None if above is None else own + above

    def _retry_by_recursion(self, frame: Frame) -> Layer | None:
        """`except: return self.ask(q, tries - 1)`."""
        for edge in self.callers.up(frame.scope):
            if edge.scope is not frame.scope:
                continue
            below = Frame(frame.node, frame.scope)
            back = self.callers.recursion(Frame(edge.node, edge.scope, below, edge))
            if back is not None and back.kind == "retry" and back.at is not None:
                return Layer("recursion", back.at, back.limit, back.bounded, back.backoff)
        return None

    # ------------------------------------------------------------------ input

    def _user_input(self, raw: RawCall) -> tuple[bool | None, bool]:
        """Whether people's text reaches the prompt, and whether all that is seen of it stands on a command line."""
        unclear = operator = False
        if is_test_path(raw.at.path):
            return False, False  # whoever runs the tests is no end user
        if any(call_name(p.call) in self.entries.table.mounts for p in raw.invocations):
            return True, False
        for argument in self._prompts(raw):
            reached = self.input.reaches(argument[0], argument[1])
            if reached:
                return True, False
            typed = operator or self.command_line.reaches(argument[0], argument[1])
            operator = operator or typed is True
            unclear = unclear or reached is None or typed is None
        return (True if operator else None if unclear else False), operator

    def _prompts(self, raw: RawCall) -> list[tuple[Any, Any]]:
        """The prompt's expressions; where the catalog names none, all arguments of the request."""
        named = [(a.expr, a.scope) for a in arguments(self.program, raw, "prompt")]
        named += self._fed(raw)
        if named and not raw.invocations:
            return named
        named += [each for p in raw.invocations for each in held_prompts(self.program, p)]
        return [*named, *((e, p.function) for p in raw.places for a in p.call.args for e in _prompt_like(a))]

    def _fed(self, raw: RawCall) -> list[tuple[Any, Any]]:
        """What other calls of the module gave it beforehand: the messages of the thread that is run."""
        ends = raw.shape.fed_by if isinstance(raw.shape, CallShape) else ()
        module = self.program.module(raw.at.path) if ends else None
        found = []
        for function in module.functions if module is not None else ():
            for site in self.program.sites(function):
                if key_of(site.call.func).endswith(ends):
                    found += [(a.value, function) for a in site.call.args]
        return found

    def _user_limits(self, raw: RawCall) -> bool:
        """The end user picks the model or the cap of a route's call."""
        for role in () if is_test_path(raw.at.path) else ("model", "output_cap"):
            for argument in arguments(self.program, raw, role)[:2]:
                if self.choice.by_request(argument.expr, argument.scope):
                    return True
        return False

    def _users_key(self, raw: RawCall) -> bool:
        """Whoever sends the request pays: the key comes with it, and none of the program's own stands in."""
        if is_test_path(raw.at.path):
            return False
        keys = [(a.expr, a.scope) for a in arguments(self.program, raw, "api_key")]
        if not keys:
            keys = [
                (entry.value, a.scope)
                for a in arguments(self.program, raw, "headers")
                for entry in (a.expr.entries if isinstance(a.expr, DictExpr) else ())
                if isinstance(entry.key, Const) and str(entry.key.value).lower() in _KEY_HEADERS
            ]
        return bool(keys) and all(self.choice.only_by_request(e, scope) for e, scope in keys)

    # ------------------------------------------------------------------ reachability and routes

    def _reachable(self, raw: RawCall) -> bool | None:
        if is_test_path(raw.at.path):
            return True
        return any(self.entries.alive(p.function) or self.graphs.is_node(p.function) for p in raw.places)

    def _routes(self, frames: tuple[Frame, ...]) -> tuple[Route, ...]:
        found = {(r.at, r.name): r for f in frames for r in self.entries.routes(f.scope)}
        return tuple(sorted(found.values(), key=lambda r: (r.at, r.name)))


def _least(ways: Iterator[tuple[Layer, ...]]) -> tuple[Layer, ...]:
    """The layers of the way that has fewest; one that repeats for ever counts whichever way it is on."""
    least: tuple[Layer, ...] | None = None
    for layers in ways:
        if any(not x.bounded for x in layers):
            return layers
        least = layers if least is None or len(layers) < len(least) else least
    return least or ()


def _prompt_like(arg: Arg) -> list[Expr]:
    """What of an argument can be the prompt, where nothing tells: settings of the call are none."""
    if arg.name is not None and _SETTINGS.match(arg.name):
        return []
    if isinstance(arg.value, DictExpr):
        kept = [
            e.value for e in arg.value.entries if not (isinstance(e.key, Const) and _SETTINGS.match(str(e.key.value)))
        ]
        return kept
    return [arg.value]


def analyse(program: Program, raw: RawCall, raws: tuple[RawCall, ...] = ()) -> FlowFacts:
    """The facts of one row; for many rows of one program use `Flow`, which shares its work."""
    return Flow(program, raws if any(r is raw for r in raws) else (*raws, raw)).of(raw)


def _trace(frame: Frame | None) -> tuple[Step, ...]:
    """From the loop down to the call."""
    if frame is None:
        return ()
    steps = []
    for part in frame.chain():
        label = "sends the request" if part.below is None else f"calls {part.below.scope.name or 'a function'}()"
        at: Span = part.node.at
        steps.append(Step(at, label))
    return tuple(steps)

"""Which calls a start reaches, on which way, how often at most, and where the way is lost.

A walk over the call graph from one start: branches that the start's arguments exclude are not entered, functions that
are handed on count as called, programs that are started and own routes that are requested are followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from auditor.lazily import dataclass
from auditor.link.arguments import Bindings, Decider, World
from auditor.link.flow_bounds import Bounds
from auditor.link.flow_index import FlowIndex
from auditor.link.flow_loops import Loops, Repeat, exits
from auditor.link.program import CallSite, ClassInfo, FunctionInfo, Program
from auditor.link.raw_calls import RawCall
from auditor.link.schedules_reading import dotted, last_name, positional
from auditor.link.starts import Lost, Paid, Start, Starts, Way
from auditor.link.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Known,
    ListValue,
    Made,
    Text,
    alternatives,
)
from auditor.model.facts import Certainty, Command
from auditor.model.location import Span, Step, Trace
from auditor.model.syntax import (
    Attr,
    Call,
    ClassDef,
    Conditional,
    Const,
    DictExpr,
    Expr,
    FunctionDef,
    FunctionExpr,
    ListExpr,
    Loop,
    Name,
    Template,
)

_MAX_STATES = 6_000
_MAX_CONTEXTS = 3
_MAX_IMPORTS = 300
_MAX_SUBSTARTS = 40
_LATER = {
    "delay",
    "apply_async",
    "s",
    "si",
    "send",
    "send_with_options",
    "enqueue",
    "kiq",
    "spawn",
    "remote",
    "defer",
    "map",
    "starmap",
    "aio",
}
_CONNECTS = {"run", "start", "connect", "run_until_disconnected"}
_AT_START = ("on_ready", "setup_hook", "on_connect")
_SENDS = {"send", "sendEvent", "add", "trigger", "triggerAndWait", "batchTrigger", "batchTriggerAndWait"}
_ABOUT_CLASSES = {"super", "isinstance", "issubclass", "type", "hasattr", "cast"}  # take a class, run nothing of it
_REGISTERS = {
    "get", "post", "put", "patch", "delete", "all", "use", "route", "options", "head", "command", "hears", "action", "add_handler",
    "add_route", "add_api_route", "add_url_rule", "include_router", "register_blueprint", "addEventListener", "registerTool", "tool",
    "onMessage", "app_mention", "event", "setRequestHandler",
}  # fmt: skip
_MAX_LEADING = 1500
_RUNS = {
    "run", "call", "check_call", "check_output", "Popen", "system", "popen", "exec", "execSync", "spawn", "spawnSync", "execFile",
    "execFileSync", "fork", "create_subprocess_exec", "create_subprocess_shell", "execa", "execvp",
}  # fmt: skip
_VERBS = {"get", "post", "put", "patch", "delete", "all", "options", "head"}
_NO_REQUEST = {
    "print", "log", "info", "warn", "warning", "error", "debug", "exception", "startsWith", "endsWith", "startswith", "endswith",
    "includes", "replace", "replaceAll", "split", "join", "match", "test", "redirect", "permanentRedirect", "push", "append",
    "revalidatePath", "navigate", "include_router", "mount", "use", "route", "api_route", "add_api_route", "add_url_rule",
    "APIRouter", "Blueprint", "Path", "re_path", "url_for", "Link",
}  # fmt: skip
_PROCESS = (
    "subprocess",
    "os.",
    "asyncio.",
    "child_process",
    "node:child_process",
    "execa",
    "anyio",
    "trio",
    "global:Bun",
)


@dataclass
class Hit:
    """A call that is reached: its row, the trace to it, and how sure the way is."""

    call: Span
    trace: Trace
    certainty: Certainty
    function: str


@dataclass
class Reached:
    """What one start reaches. `edges` and `places`, by caller, callee or call, and call site: for the bound on calls."""

    hits: dict[Span, Hit] = field(default_factory=dict)
    paid: list[Paid] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    functions: dict[str, FunctionInfo] = field(default_factory=dict)
    edges: dict[tuple[str, str, int], Repeat | None] = field(default_factory=dict)
    places: dict[tuple[str, Span, int], Repeat | None] = field(default_factory=dict)
    roots: list[str] = field(default_factory=list)
    handed: set[str] = field(default_factory=set)
    waiting: dict[str, list[tuple[str, int, Repeat | None]]] = field(default_factory=dict)
    wrapped: frozenset[str] = frozenset()  # functions around the start of which is known what they were given
    sites: dict[int, tuple[CallSite, Span | None]] = field(
        default_factory=dict
    )  # of edges and places, by their last part

    def hand(self, function: str) -> None:
        """Note that a function is handed on: what runs the functions it is given runs this one too."""
        self.handed.add(function)
        for caller, site, repeat in self.waiting.pop(function, ()):
            self.edges[caller, function, site] = repeat


State = tuple[str, Bindings]
_SIZED = ("per-item", "bounded")  # what goes over as many as there are


class Reach:
    """The walk, for all starts of one repository; what does not depend on a start is kept."""

    def __init__(self, program: Program, starts: Starts, calls: Sequence[RawCall]) -> None:
        """Prepare the places of the calls."""
        self.program = program
        self.starts = starts
        self.index = FlowIndex(program)
        self.loops = Loops(self.index, Bounds(self.index))
        self.places: dict[str, dict[Span, list[Span]]] = {}
        for raw in calls:
            for site in raw.places:
                self._place(site, raw.at)
        self._edges: dict[int, tuple[tuple[FunctionInfo, bool, bool], ...]] = {}
        self._calls = calls
        self._leading: dict[int, dict[str, FunctionInfo]] | None = None
        self._overridden: dict[str, list[FunctionInfo]] = {}

    @property
    def leading(self) -> dict[int, dict[str, FunctionInfo]]:
        """Call sites that may run a function on the way to a call, found backwards for receivers that are not known."""
        if self._leading is None:
            self._leading = {}
            queue = deque({site.function.id: site.function for raw in self._calls for site in raw.places}.values())
            seen = {f.id for f in queue}
            while queue and len(seen) < _MAX_LEADING:
                function = queue.popleft()
                if self._overrides(function):
                    self._overridden.setdefault(function.name, []).append(function)
                for site in self.program.callers(function):
                    if site.kind == "call":
                        self._leading.setdefault(id(site.call), {})[function.id] = function
                    for around in site.function.chain[:1]:
                        if around.id not in seen:
                            seen.add(around.id)
                            queue.append(around)
        return self._leading

    def _overrides(self, function: FunctionInfo) -> bool:
        """Whether a method stands in for one of a base class of the repository."""
        if function.owner is None:
            return False
        bases = self.program.bases(function.owner)[1:]
        return any(isinstance(b, ClassInfo) and function.name in b.methods for b in bases)

    def _place(self, site: CallSite, row: Span) -> None:
        table = self.places.setdefault(site.function.id, {})
        table.setdefault(site.call.at, []).append(row)

    def from_start(self, start: Start) -> Reached:
        """Everything that a start reaches."""
        around = frozenset(f.id for f in start.function.chain) if start.handed else frozenset()
        found = Reached(handed=set(start.handed), wrapped=around)
        self._walk(start, found, depth=0)
        if not found.lost:
            self._judge_along(found)
        return found

    def _judge_along(self, found: Reached) -> None:
        """What callers give that this start does not reach is nothing to its run: `work(words[:5])`, beside `work(words)`."""
        if not any(r is not None and r.kind in _SIZED for r in (*found.edges.values(), *found.places.values())):
            return
        loops = Loops(self.index, Bounds(self.index, within=frozenset(found.functions)))
        for table in (found.edges, found.places):
            for key, repeat in table.items():
                if repeat is None or repeat.kind not in _SIZED or key[2] not in found.sites:
                    continue
                site, within = found.sites[key[2]]
                anyhow, along = self._repeat(site, within), self._repeat(site, within, loops)
                if repeat == anyhow:
                    table[key] = along  # type: ignore[index]
                elif repeat == self._iterated(site, anyhow):
                    table[key] = self._iterated(site, along, loops)  # type: ignore[index]

    # ------------------------------------------------------------------ the walk

    def _walk(self, start: Start, found: Reached, depth: int) -> None:
        main = start.function.path if start.main and start.function.definition is None else ""
        decider = Decider(self.program, World(start.argv, dict(start.env), main))
        first: Bindings = tuple(start.bindings) or self._entry_bindings(start, decider)
        queue: deque[tuple[FunctionInfo, Bindings, Way]] = deque([(start.function, first, start.way)])
        found.roots.append(start.function.id)
        contexts: dict[str, set[Any]] = {}
        if start.function.definition is None:
            for body, way in self._imported_bodies(start.function, start.way):
                queue.append((body, (), way))
                found.roots.append(body.id)
        states = 0
        while queue:
            function, bindings, way = queue.popleft()
            known = contexts.setdefault(function.id, set())
            if bindings in known:
                continue
            if len(known) >= _MAX_CONTEXTS:
                bindings = ()
                if bindings in known:
                    continue
            known.add(bindings)
            states += 1
            if states > _MAX_STATES:
                found.lost.append(Lost("too many functions to follow", way))
                return
            found.functions[function.id] = function
            for site in self.program.sites(function):
                if start.within is not None and function is start.function and not _inside(start.within, site.call.at):
                    continue
                if decider.excluded(site, bindings):
                    continue
                self._hit(site, way, found, start.within)
                for callee, sure, repeat, handed in self._callees(
                    site, decider, bindings, way, found, depth, start.within
                ):
                    certainty = way.certainty if sure or way.certainty is not Certainty.SURE else Certainty.LIKELY
                    label = _label(site, callee, handed=handed)
                    onward = Way(
                        (*way.trace, Step(site.call.at, label)),
                        certainty,
                        way.time_limit,
                        way.overlap_guard,
                        way.depth,
                        way.seen,
                    )
                    bound = self._bound(callee, site, function, bindings, decider) if sure else ()
                    if len(onward.trace) < 60:
                        queue.append((callee, bound, onward))
                    found.edges[function.id, callee.id, id(site.call)] = repeat

    def _bound(
        self, callee: FunctionInfo, site: CallSite, scope: FunctionInfo, bindings: Bindings, decider: Decider
    ) -> Bindings:
        """The known arguments of a call; those of a command stand on the command line."""
        if not site.call.args and _is_command(callee):
            words = decider.world.arguments
            if words and words[0] in {callee.name, callee.name.replace("_", "-")}:
                words = words[1:]
            return decider.command_bindings(callee, words)
        return decider.bind(callee, site.call, scope, bindings)

    def _entry_bindings(self, start: Start, decider: Decider) -> Bindings:
        arguments = decider.world.arguments
        return decider.command_bindings(start.function, arguments) if start.argv is not None else ()

    def _imported_bodies(self, body: FunctionInfo, way: Way) -> Iterator[tuple[FunctionInfo, Way]]:
        """The bodies of the modules that a started file imports, which run as well."""
        seen, queue = {body.path}, deque([body.path])
        while queue and len(seen) < _MAX_IMPORTS:
            for path in self.program.imports_of(queue.popleft()):
                if path in seen:
                    continue
                seen.add(path)
                queue.append(path)
                module = self.program.module(path)
                if module is not None:
                    yield module.body, way.step(Span(path, 1), f"imports {path}")

    def _hit(self, site: CallSite, way: Way, found: Reached, within: Span | None) -> None:
        rows = self.places.get(site.function.id, {}).get(site.call.at, ())
        for row in rows:
            found.sites.setdefault(id(site.call), (site, within))
            found.places[site.function.id, row, id(site.call)] = self._repeat(site, within)
            if row not in found.hits:
                trace = (*way.trace, Step(site.call.at, "sends the request"))
                found.hits[row] = Hit(row, trace, way.certainty, site.function.id)

    def _repeat(self, site: CallSite, within: Span | None = None, loops: Loops | None = None) -> Repeat | None:
        """The loops around a site as one: the product of their limits, or the one without; the timer's own loop is none."""
        for node in site.ancestors:
            if isinstance(node, Loop) and node.at != within and _endless(node):
                return Repeat("unbounded", node.at, None, "a loop without end")
        total = 1
        result: Repeat | None = None
        for repeat in (loops or self.loops).around(site.call, site.function):
            if repeat.kind in {"retry", "fallback", "none"} or (within is not None and repeat.at == within):
                continue
            if repeat.kind != "bounded":
                return repeat
            result = repeat
            total = total * repeat.limit if repeat.limit is not None and total else 0
        return Repeat("bounded", result.at, total or None, result.why) if result is not None else None

    # ------------------------------------------------------------------ what a site runs

    def _callees(
        self,
        site: CallSite,
        decider: Decider,
        bindings: Bindings,
        way: Way,
        found: Reached,
        depth: int,
        within: Span | None,
    ) -> Iterator[tuple[FunctionInfo, bool, Repeat | None, bool]]:
        repeat = self._repeat(site, within)
        found.sites.setdefault(id(site.call), (site, within))
        seen: set[str] = set()
        given = _runs_given(site, found)
        for function, sure, handed in self._static(site):
            if handed:
                found.hand(function.id)
            elif given and function.id not in found.handed and not _decorated(function):
                found.waiting.setdefault(function.id, []).append((site.function.id, id(site.call), repeat))
                continue
            if function.id not in seen and not (
                last_name(site.call.func) == "set_defaults" and decider.parses(site.path)
            ):
                seen.add(function.id)
                around = repeat if sure else self._iterated(site, repeat)
                yield function, sure, around, handed
        chosen = decider.value(site.call.func, site.function, bindings) if not seen else None
        if isinstance(chosen, FunctionInfo):
            yield chosen, True, repeat, False
            return
        for function in self._command_of(site, decider):
            if function.id not in seen:
                seen.add(function.id)
                yield function, True, repeat, False
        if depth < 3 and len(found.roots) < _MAX_SUBSTARTS:
            self._started(site, decider, way, found, depth)

    def _iterated(self, site: CallSite, repeat: Repeat | None, loops: Loops | None = None) -> Repeat | None:
        """A callback runs once for each element where the call iterates."""
        iterating = (loops or self.loops).iterating(site.call, site.function)
        if iterating is None or (repeat is not None and repeat.kind != "bounded"):
            return repeat
        if repeat is None or iterating.kind != "bounded":
            return iterating
        limit = repeat.limit * iterating.limit if repeat.limit and iterating.limit else None
        return Repeat("bounded", iterating.at, limit, iterating.why)

    def _static(self, site: CallSite) -> tuple[tuple[FunctionInfo, bool, bool], ...]:
        """What does not depend on the start: callees, and functions handed on; (function, certainly, handed on)."""
        known = self._edges.get(id(site.call))
        if known is None:
            known = self._edges[id(site.call)] = tuple(self._find_static(site))
        return known

    def _find_static(self, site: CallSite) -> Iterator[tuple[FunctionInfo, bool, bool]]:
        func = site.call.func
        if isinstance(func, Attr) and func.name in _VERBS and _has_path(site.call) and self._declares_route(site):
            return  # `app.get("/x", handler)` runs nothing now
        callees = self.program.callees(site)
        for callee in callees:
            yield callee, site.certainty == "sure", False
        found = self.leading.get(id(site.call), {})
        for callee in found.values():
            yield callee, False, False
        if not callees and not found and isinstance(func, Attr) and func.name in self._overridden:
            base = () if _special(func) else alternatives(self.program.evaluate(func.base, site.function))
            if base and not any(isinstance(v, Made | Known | External) for v in base):
                for callee in self._overridden[func.name]:
                    yield callee, False, False
        if not callees and isinstance(func, Attr) and func.name in _CONNECTS:
            for function in self._on_start(func, site):
                yield function, True, False
        if not callees and last_name(func) in _SENDS:
            for function in self._listening(site):
                yield function, True, False
        if not callees and isinstance(func, Attr) and func.name in _LATER:
            for function in self._functions(func.base, site.function):
                yield function, True, False
        if last_name(func) in {"send_task", "call_command", "import_module", "__import__"}:
            for function, sure in self._named(site):
                yield function, sure, False
        if (last_name(func) in _REGISTERS and not callees) or (isinstance(func, Name) and func.id in _ABOUT_CLASSES):
            return  # handed on to be called by people's requests, not by this run; or only asked about
        for expr in _handed(site.call):
            for function in self._functions(expr, site.function, classes=not callees):
                yield function, False, True

    def _functions(self, expr: Expr, scope: FunctionInfo, *, classes: bool = False) -> Iterator[FunctionInfo]:
        if isinstance(expr, FunctionExpr):
            function = self.program.function_of(expr.function)
            if function is not None:
                yield function
            return
        if isinstance(expr, Call) and last_name(expr.func) not in {"partial", "bind", "s", "si", "signature"}:
            return  # the call is a site of its own
        for value in alternatives(self.program.evaluate(expr, scope)):
            if isinstance(value, FunctionValue):
                yield value.function
            elif isinstance(value, ClassValue) and classes:
                yield from value.cls.methods.values()

    def _on_start(self, func: Attr, site: CallSite) -> Iterator[FunctionInfo]:
        """What a bot does as soon as it is connected: `@client.event async def on_ready()`, or a method of its class."""
        name = dotted(func.base)
        module = self.program.module(site.path)
        for function in module.functions if module is not None and name else ():
            for decorator in function.definition.decorators if function.definition is not None else ():
                made = decorator.func if isinstance(decorator, Call) else decorator
                if function.name in _AT_START and dotted(made) in {f"{name}.event", f"{name}.listen"}:
                    yield function
        for value in alternatives(self.program.evaluate(func.base, site.function)):
            if isinstance(value, Instance):
                for started in _AT_START:
                    method = self.program.method(value.cls, started)
                    if method is not None:
                        yield method

    def _listening(self, site: CallSite) -> Iterator[FunctionInfo]:
        """What runs on an event that is sent, a task that is triggered or a job that is put into a queue."""
        functions = self.starts.functions
        func, plain = site.call.func, positional(site.call)
        if site.function.language == "python":
            return
        match last_name(func):
            case "send" | "sendEvent":
                for name in {n for p in plain for n in _event_names(p)}:
                    yield from functions.by_event(name)
            case "add" if isinstance(func, Attr) and plain:
                for value in alternatives(self.program.evaluate(func.base, site.function)):
                    if (
                        isinstance(value, Made)
                        and value.symbol.endswith((":Queue", ".Queue", "bull"))
                        and value.call.args
                    ):
                        queue = self._text(value.call.args[0].value, value.scope)
                        yield from functions.by_queue(queue)
            case "trigger" | "triggerAndWait" | "batchTrigger" | "batchTriggerAndWait" if isinstance(func, Attr):
                found = functions.of_value(self.program.evaluate(func.base, site.function))
                if not found and plain:
                    found = functions.by_task_id(self._text(plain[0], site.function))
                yield from found
            case _:
                return

    def _named(self, site: CallSite) -> Iterator[tuple[FunctionInfo, bool]]:
        """`send_task("name")`, `call_command("name")`, `import_module("pkg.mod")`."""
        plain = positional(site.call)
        value = next(iter(alternatives(self.program.evaluate(plain[0], site.function))), None) if plain else None
        if not isinstance(value, Known) or not isinstance(value.value, str):
            return
        functions = self.starts.functions
        match last_name(site.call.func):
            case "send_task":
                found = functions.by_task(value.value)
            case "call_command":
                paths = [p for p in self.starts.files.paths if p.endswith(f"management/commands/{value.value}.py")]
                found = tuple(f for p in paths for f in functions.methods(p, "handle"))
            case _:
                found = functions.by_reference(f"{value.value}:module")
        for function in found:
            yield function, True

    def _command_of(self, site: CallSite, decider: Decider) -> Iterator[FunctionInfo]:
        """Commands of click groups and typer apps, chosen by the first argument."""
        call = site.call
        if call.args or not isinstance(call.func, Name | Attr) or site.function.language != "python":
            return
        values = alternatives(self.program.evaluate(call.func, site.function))
        is_app = any(isinstance(v, Made) and v.symbol.rsplit(".", 1)[-1] in {"Typer", "Group"} for v in values)
        group = next((v.function for v in values if isinstance(v, FunctionValue) and _is_group(v.function)), None)
        if not is_app and group is None:
            return
        path = group.path if group is not None else site.path
        module = self.program.module(path)
        commands: dict[str, FunctionInfo] = {}
        for function in module.functions if module else ():
            for decorator in function.definition.decorators if function.definition else ():
                if last_name(decorator) == "command":
                    plain = positional(decorator) if isinstance(decorator, Call) else []
                    named = plain[0].value if plain and isinstance(plain[0], Const) else None
                    commands[str(named or function.name.replace("_", "-"))] = function
        arguments = decider.world.arguments or ()
        chosen = next((a for a in arguments if isinstance(a, str) and a in commands), None)
        yield from [commands[chosen]] if chosen is not None else commands.values()

    # ------------------------------------------------------------------ programs and routes

    def _started(self, site: CallSite, decider: Decider, way: Way, found: Reached, depth: int) -> None:
        name = last_name(site.call.func)
        results: Iterator[Any]
        if name in _RUNS and self._is_process(site):
            text = self._command_text(site)
            if text is None:
                return
            results = self.starts.command(
                Command(text, site.call.at, "", tuple(decider.world.env.items())),
                way.step(site.call.at, "starts a program"),
            )
        else:
            route = self._route(site)
            if route is None or self.starts.functions.by_route(*route) is None:
                return
            results = self.starts.route(route[0], route[1], site.call.at, way)
        for result in results:
            match result:
                case Start():
                    if result.function.id in found.functions:
                        continue
                    found.edges[site.function.id, result.function.id, id(site.call)] = self._repeat(site)
                    roots = len(found.roots)
                    self._walk(result, found, depth + 1)
                    del found.roots[roots : roots + 1]
                case Paid():
                    found.paid.append(result)
                case Lost():
                    found.lost.append(result)

    def _is_process(self, site: CallSite) -> bool:
        symbol = self.program.symbol(site.call.func, site.function)
        if symbol:
            return symbol.startswith(_PROCESS)
        return dotted(site.call.func).startswith(("subprocess.", "os.system", "child_process."))

    def _command_text(self, site: CallSite) -> str | None:
        from auditor.link.shell_words import joined

        plain = positional(site.call)
        if not plain:
            return None
        first = plain[0]
        words: list[str] = []
        if isinstance(first, ListExpr):
            words = [self._text(i, site.function) for i in first.items]
        elif len(plain) > 1 and isinstance(plain[1], ListExpr):
            words = [self._text(first, site.function), *(self._text(i, site.function) for i in plain[1].items)]
        else:
            for value in alternatives(self.program.evaluate(first, site.function)):
                if isinstance(value, ListValue):
                    words = [
                        v.value if isinstance(v, Known) and isinstance(v.value, str) else "$X" for v in value.items
                    ]
        if words:
            if last_name(site.call.func) == "fork":
                words = ["node", *words]
            return joined(tuple(words))
        text = self._text(first, site.function)
        return None if text.startswith("$X") else text

    def _text(self, expr: Expr, scope: FunctionInfo) -> str:
        if dotted(expr) in {"sys.executable", "process.execPath"}:
            return "python" if scope.language == "python" else "node"
        for value in alternatives(self.program.evaluate(expr, scope)):
            if isinstance(value, Known) and isinstance(value.value, str):
                return value.value
            if isinstance(value, Text):
                return value.render("$X")
        return "$X"

    def _route(self, site: CallSite) -> tuple[str, str] | None:
        """The path and method of a request to an own route, where the call's address may be one."""
        if last_name(site.call.func) in _NO_REQUEST:
            return None
        for arg in site.call.args[:2]:
            expr = arg.value
            if arg.name not in {None, "url"} or not _may_be_route(expr):
                continue
            text = self._text(expr, site.function)
            path = _own_path(text)
            if path:
                return None if self._declares_route(site) else (path, _method(site.call))
        return None

    def _declares_route(self, site: CallSite) -> bool:
        """`@router.get("/x")`, `app.post("/x", handler)`: what answers at the address, no request to it."""
        call = site.call
        if any(isinstance(a, FunctionDef | ClassDef) and any(d is call for d in a.decorators) for a in site.ancestors):
            return True
        last = positional(call)[1:][-1:]
        return any(
            isinstance(expr, FunctionExpr)
            or any(
                isinstance(v, FunctionValue | ClassValue)
                for v in alternatives(self.program.evaluate(expr, site.function))
            )
            for expr in last
        )


def _label(site: CallSite, callee: FunctionInfo, *, handed: bool) -> str:
    """What a step does, in the words of the code at its place: a function without a name is called by whoever has it."""
    given = any(isinstance(a.value, FunctionExpr) and a.value.function is callee.definition for a in site.call.args)
    if given or not callee.name or callee.name.startswith("<"):
        return "runs a function given"
    func = site.call.func
    if handed:
        return f"hands on {callee.name}"
    return f"calls {func.id if isinstance(func, Name) and callee.owner is None else callee.name}"


def _event_names(expr: Expr) -> Iterator[str]:
    """The names of events in what is sent: `{name: "a/b", data}`, one or a list of them."""
    for item in expr.items if isinstance(expr, ListExpr) else (expr,):
        for entry in item.entries if isinstance(item, DictExpr) else ():
            named = isinstance(entry.key, Const) and entry.key.value == "name"
            if named and isinstance(entry.value, Const) and isinstance(entry.value.value, str):
                yield entry.value.value


def _runs_given(site: CallSite, found: Reached) -> bool:
    """Whether a site runs a function that its caller gave: which one is up to the caller, so only those of this walk.

    What made the function around the site may stand before the start (`add_job(wrapped(job))`): then all that is given.
    """
    func = site.call.func
    if not isinstance(func, Name):
        return False
    for around in site.function.chain:
        for param in around.definition.params if around.definition is not None else ():
            if param.name == func.id:
                return param.default is None and (around.id in found.functions or around.id in found.wrapped)
    return False


def _special(func: Attr) -> bool:
    """`super().run`, `base.__init__`: which class it means does not depend on what the object is."""
    above = isinstance(func.base, Call) and last_name(func.base.func) == "super"
    return above or (func.name.startswith("__") and func.name.endswith("__"))


def _decorated(function: FunctionInfo) -> bool:
    return function.definition is not None and bool(function.definition.decorators)


def _handed(call: Call) -> Iterator[Expr]:
    """The arguments that may be functions: names, attributes and functions, also in lists and objects, two deep."""
    stack: list[tuple[Expr, int]] = [(a.value, 0) for a in reversed(call.args)]
    while stack:
        expr, depth = stack.pop()
        match expr:
            case FunctionExpr() | Name() | Attr() | Call():
                yield expr
            case ListExpr(items=items) if depth < 2:
                stack.extend((i, depth + 1) for i in reversed(items))
            case DictExpr(entries=entries) if depth < 2:
                stack.extend((e.value, depth + 1) for e in reversed(entries))
            case Conditional(then=one, orelse=other) if depth < 4:
                stack.extend(((other, depth + 1), (one, depth + 1)))
            case _:
                pass


def _inside(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


def _is_command(function: FunctionInfo) -> bool:
    return function.definition is not None and any(last_name(d) == "command" for d in function.definition.decorators)


def _endless(loop: Loop) -> bool:
    """A loop that neither its test nor anything in it ends."""
    test = loop.test
    always = (
        test is None if loop.kind == "count" else loop.kind != "for" and isinstance(test, Const) and bool(test.value)
    )
    return always and not any(True for _ in exits(loop))


def _is_group(function: FunctionInfo) -> bool:
    return function.definition is not None and any(last_name(d) == "group" for d in function.definition.decorators)


def _has_path(call: Call) -> bool:
    """The first argument is a path of an own route, as where a handler is given for one."""
    match positional(call)[:1]:
        case (Const(value=str() as path),):
            return path.startswith("/") or path == "*"
        case _:
            return False


def _may_be_route(expr: Expr) -> bool:
    """Cheap first question: a text that holds a path."""
    match expr:
        case Const(value=str() as value):
            return "/" in value and not value.startswith("https://")
        case Template(parts=parts):
            return any(isinstance(p, Const) and isinstance(p.value, str) and "/" in p.value for p in parts)
        case _:
            return any(
                _may_be_route(side)
                for side in (getattr(expr, "left", None), getattr(expr, "right", None))
                if side is not None
            )


def _own_path(text: str) -> str:
    """The path of an address on localhost, on a host that is not written out, or without one."""
    import re

    found = re.match(
        r"(?:https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\$X)[^/]*|(?:https?://)?[^/]*\$X[^/]*)?(/[\w./-]+)", text
    )
    return found.group(1).rstrip("/") if found and len(found.group(1)) > 2 else ""


def _method(call: Call) -> str:
    name = last_name(call.func).upper()
    if name in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
        return name
    for arg in call.args:
        if arg.name == "method" and isinstance(arg.value, Const):
            return str(arg.value.value).upper()
        if isinstance(arg.value, DictExpr):
            for entry in arg.value.entries:
                if isinstance(entry.key, Const) and entry.key.value == "method" and isinstance(entry.value, Const):
                    return str(entry.value.value).upper()
    return "GET"


def bound_on_calls(reached: Reached) -> tuple[int | None, bool]:
    """The most calls that a run sends and whether there is a bound at all: (number or None, bounded).

    Each function counts as often as its callers may run it; what calls itself has no bound.
    """
    into: dict[str, list[tuple[str, Repeat | None]]] = {}
    for (caller, callee, _), repeat in reached.edges.items():
        into.setdefault(callee, []).append((caller, repeat))
    total, bounded, exact = 0, True, True
    memo: dict[str, tuple[float, bool]] = {}
    for (function, _, _), repeat in reached.places.items():
        times, sure = _times(function, into, set(reached.roots), memo, frozenset())
        own, own_sure = _factor(repeat)
        times, exact = times * own, exact and sure and own_sure
        if times == float("inf"):
            bounded = False
        else:
            total += int(times)
    if not bounded:
        return None, False
    return (total if exact else None), True


def _factor(repeat: Repeat | None) -> tuple[float, bool]:
    if repeat is None:
        return 1, True
    if repeat.kind != "bounded":
        return float("inf"), True
    return (repeat.limit, True) if repeat.limit is not None else (1, False)


def _times(
    function: str,
    into: Mapping[str, list[tuple[str, Repeat | None]]],
    roots: set[str],
    memo: dict[str, tuple[float, bool]],
    path: frozenset[str],
) -> tuple[float, bool]:
    if function in memo:
        return memo[function]
    total: float = 1 if function in roots else 0
    sure = True
    for caller, repeat in into.get(function, ()):
        if caller in path or caller == function:
            continue  # recursion is judged where the call is
        times, known = _times(caller, into, roots, memo, path | {function})
        own, own_known = _factor(repeat)
        total += times * own if times else 0
        sure = sure and known and own_known
    memo[function] = (max(total, 1.0), sure)
    return memo[function]

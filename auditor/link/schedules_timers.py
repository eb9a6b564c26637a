"""Finds the timers that no library declares: loops that sleep, setInterval, functions that re-arm themselves.

Most such loops are no schedules: they poll for an answer, wait for messages, try again or animate a page. What is
certain to be one of those is left out here; what is left is marked `WEAK` unless it pauses a minute or more on a server,
and linking drops a weak timer that reaches no call.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.lazily import regex
from auditor.link.program import CallSite, FunctionInfo
from auditor.link.schedules_reading import (
    Reading,
    code_schedule,
    dotted,
    interval_text,
    last_name,
    positional,
    render,
)
from auditor.model.facts import Schedule, Target
from auditor.model.setting import Given
from auditor.model.syntax import (
    Await,
    Block,
    Break,
    Call,
    Const,
    Expr,
    ExprStmt,
    FunctionDef,
    FunctionExpr,
    Handler,
    If,
    Loop,
    Name,
    Return,
    Stmt,
    Try,
    Unary,
    With,
)
from auditor.model.walk import walk

WEAK = "timer of low weight"
"""A note on schedules that are worth a row only if they reach a call."""

_POLLING = 5  # seconds; what a page repeats more often waits for something
_MINUTE = 60.0
_SLEEPS = frozenset({"sleep", "delay", "usleep", "sleepAsync", "setTimeout", "pause", "asleep", "wait"})
_RUNS = regex(r"run|stop|shut|active|alive|exit|quit|cancel|closed?|ready|enabled|is_set|terminat|kill", re.IGNORECASE)
_WAITS = regex(
    r"^(?:recv|receive\w*|get_?updates|getUpdates|poll\w*|brpop|blpop|xread\w*|b?zpopmin|dequeue\w*|input|readline|claim\w*|consume\w*|"
    r"listen\w*|get_message\w*|getMessages?|get_nowait|fetch_?(?:next|pending|jobs?|messages?)\w*|next_(?:job|task|message)\w*|"
    r"reserve\w*|pull_?\w*messages?|lease\w*|accept|pop_?(?:job|task|message)?|lpop|rpop|sqs_?receive\w*|get_(?:next|pending)_\w+|"
    r"process_(?:next|pending)_\w+|processNext\w*|fetchNext\w*|claimNext\w*|receiveMessage\w*)$"
)
_UI_PACKAGES = (
    "react",
    "react-dom",
    "react-native",
    "vue",
    "svelte",
    "preact",
    "solid-js",
    "@angular/core",
    "next/navigation",
    "next/router",
    "expo",
)
_UI_PATH = regex(
    r"(?:^|/)(?:public|static|assets|www|client|frontend|components|hooks|ui|stores?|widgets|dist|build|templates|web/src)/"
)
_UI_NAMES = frozenset({"document", "window", "localStorage", "sessionStorage", "navigator", "chrome"})
_STARTED_BY_NAME = re.compile(  # what frameworks, shells and people start without a word of it in the code
    r"_*(?:main|run|start|serve|loop|work|execute|handle|poll|tick|forever|setup|lifespan|process|consume|entry|on_|do_)\w*|__\w+__"
)
_STARTING_FILES = ("pyproject.toml", "setup.cfg", "package.json", "Dockerfile", "Procfile", "docker-compose.yml")
_PAUSING = _SLEEPS | {"setInterval", "Timer"}


def find_timers(reading: Reading, sites: Iterable[CallSite]) -> Iterator[Schedule]:
    """The timers of one module."""
    if not reading.calls_any(_PAUSING):
        return
    ui = reading.language == "javascript" and _is_ui(reading)
    for site in sites:
        name = last_name(site.call.func)
        if name == "setInterval":
            yield from _interval(reading, site, ui=ui)
        elif name == "setTimeout":
            yield from _rearmed(reading, site, ui=ui)
        elif name == "Timer" and reading.language == "python":
            yield from _rearmed_thread(reading, site)
    if not reading.calls_any(_SLEEPS):
        return
    for loop in (n for n in reading.nodes if isinstance(n, Loop) and _endless(n)):
        function = reading.program.enclosing(loop.at) or reading.module.body
        made = _sleeping_loop(reading, loop, function, ui=ui)
        if made is not None:
            yield made


def _is_ui(reading: Reading) -> bool:
    """Whether a module runs on a page rather than on a server."""
    module = reading.module.module
    if module.jsx or module.dialect in {"vue", "svelte", "astro", "html"} or "use client" in module.directives:
        return True
    if reading.imports_any(*_UI_PACKAGES) or _UI_PATH.search(module.path):
        return True
    return reading.mentions_any(_UI_NAMES) and any(isinstance(n, Name) and n.id in _UI_NAMES for n in reading.nodes)


def _weight(seconds: float | None, *, ui: bool) -> tuple[str, ...]:
    return () if not ui and seconds is not None and seconds >= _MINUTE else (WEAK,)


# --------------------------------------------------------------------------- setInterval and its like


def _interval(reading: Reading, site: CallSite, *, ui: bool) -> Iterator[Schedule]:
    plain = positional(site.call)
    if not plain or _cleared(reading, site):
        return
    number = reading.number(plain[1], site.function) if len(plain) > 1 else None
    seconds = number / 1000 if number else None
    if ui and seconds is not None and seconds < _POLLING:
        return
    yield code_schedule(
        "setinterval",
        site.call.at,
        f"every {interval_text(seconds)}" if seconds else f"every {render(plain[1]) if len(plain) > 1 else '?'} ms",
        (reading.target(plain[0], site.function, site.call.at),),
        cadence=interval_text(seconds) if seconds else "",
        platform_limit="setInterval starts the next run even while one is still going",
        notes=_weight(seconds, ui=ui),
    )


def _cleared(reading: Reading, site: CallSite) -> bool:
    """Whether the same function (or one in it) clears the timer: it waits for something and is no job."""
    if not any(n.__class__.__name__ in {"Assign", "AssignExpr"} for n in site.ancestors):
        return False
    scope = site.function
    if scope.definition is None:
        return False
    return any(isinstance(n, Call) and last_name(n.func) == "clearInterval" for n in walk(scope.definition))


def _rearmed(reading: Reading, site: CallSite, *, ui: bool) -> Iterator[Schedule]:
    """`setTimeout(f, ms)` inside f itself."""
    plain = positional(site.call)
    if not plain or any(isinstance(a, Handler) for a in site.ancestors):
        return
    around = [f for f in site.function.chain if f.definition is not None and f.name and not f.name.startswith("<")]
    names = {f.name: f for f in around}
    called = _called_by(plain[0])
    again = next((names[n] for n in called if n in names), None)
    if again is None:
        return
    number = reading.number(plain[1], site.function) if len(plain) > 1 else None
    seconds = number / 1000 if number else None
    if (
        seconds is None
        and again.definition is not None
        and any(re.search(r"attempt|retr|tries", p.name, re.IGNORECASE) for p in again.definition.params)
    ):
        return
    yield code_schedule(
        "setinterval",
        site.call.at,
        f"every {interval_text(seconds)}" if seconds else f"every {render(plain[1]) if len(plain) > 1 else '?'} ms",
        (Target("entry", site.call.at, name=again.id),),
        cadence=interval_text(seconds) if seconds else "",
        platform_limit="nothing ends a run",
        notes=_weight(seconds, ui=ui),
        overlap_guard=Given("the next run is armed by the one before", site.call.at, "default"),
    )


def _called_by(expr: Expr) -> set[str]:
    """The functions that a callback argument runs: itself by name, or what an arrow function calls."""
    if isinstance(expr, FunctionExpr):
        return {last_name(n.func) for n in walk(expr.function) if isinstance(n, Call)}
    name = last_name(expr)
    return {name} if name else set()


def _rearmed_thread(reading: Reading, site: CallSite) -> Iterator[Schedule]:
    """`threading.Timer(seconds, f).start()` inside f."""
    plain = positional(site.call)
    if len(plain) < 2 or not reading.imports_any("threading"):
        return
    wanted = last_name(plain[1])
    again = next((f for f in site.function.chain if f.name == wanted and f.definition is not None), None)
    if again is None:
        return
    seconds = reading.number(plain[0], site.function)
    yield code_schedule(
        "loop-sleep",
        site.call.at,
        f"every {interval_text(seconds)}" if seconds else f"every {render(plain[0])} seconds",
        (Target("entry", site.call.at, name=again.id),),
        cadence=interval_text(seconds) if seconds else "",
        platform_limit="nothing ends a run",
        notes=_weight(seconds, ui=False),
    )


# --------------------------------------------------------------------------- loops that sleep


def _sleeping_loop(reading: Reading, loop: Loop, function: FunctionInfo, *, ui: bool) -> Schedule | None:
    pause = next(_sleeps(loop.body), None)
    if pause is None or _leaves(loop.body, in_handler=False) or _waits(loop) or not _works(loop):
        return None
    if _unused(reading, function):
        return None
    seconds = _pause(reading, pause, function)
    return code_schedule(
        "loop-sleep",
        loop.at,
        f"every {interval_text(seconds)} and the work's own time" if seconds else "a loop that pauses",
        (Target("loop", loop.at, name=function.id),),
        cadence=interval_text(seconds) if seconds else "",
        overlap_guard=Given("one pass after the other", loop.at, "default"),
        platform_limit="nothing ends a pass",
        notes=_weight(seconds, ui=ui),
    )


def _unused(reading: Reading, function: FunctionInfo) -> bool:
    """Whether no code names the function, so that nothing starts its loop: a start that is commented out, say."""
    name, definition = function.name, function.definition
    if definition is None or not name or name.startswith("<") or definition.decorators or _STARTED_BY_NAME.match(name):
        return False
    loader, path = reading.program.loader, reading.module.path
    scan = reading.program.scan_of(path)
    if scan is None or name in scan.calls or name in scan.mentions or set(loader.mentions(name)) - {path}:
        return False
    if name in scan.exports or any(what == name for _, what in scan.exports.values()):
        return False
    text = loader.read(path) or ""
    if f'"{name}"' in text or f"'{name}'" in text:
        return False
    return not any(name in (loader.read(other) or "") for other in _STARTING_FILES)


def _endless(loop: Loop) -> bool:
    if loop.kind == "count":
        return loop.test is None
    if loop.kind not in {"while", "do"}:
        return False
    test = loop.test
    if isinstance(test, Const):
        return bool(test.value)
    if isinstance(test, Unary) and test.op == "not":
        test = test.operand
    return bool(_RUNS.search(dotted(test.func if isinstance(test, Call) else test))) if test is not None else False


def _sleeps(body: Iterable[Stmt]) -> Iterator[Call]:
    """The pauses on the way of every pass: not in handlers, nor in branches that only some passes take."""
    for statement in body:
        match statement:
            case ExprStmt(value=value):
                yield from _pause_calls(value)
            case Try(body=inner, final=final):
                yield from _sleeps(inner)
                yield from _sleeps(final)
            case With(body=inner) | Block(body=inner):
                yield from _sleeps(inner)
            case Loop(body=inner) if statement.kind == "for":  # a pause in small steps, so that a stop is noticed
                yield from _sleeps(inner)
            case If(body=inner, orelse=other):
                both = [*_sleeps(inner)][:1], [*_sleeps(other)][:1]
                if both[0] and both[1]:
                    yield both[0][0]
            case _:
                for node in walk(statement) if not isinstance(statement, FunctionDef | Loop | Return | Break) else ():
                    if isinstance(node, Call):
                        yield from _pause_calls(node)


def _pause_calls(expr: Expr) -> Iterator[Call]:
    here = expr.value if isinstance(expr, Await) else expr
    if not isinstance(here, Call):
        return
    name = last_name(here.func)
    if name in _SLEEPS and (positional(here) or here.args):
        yield here
    elif name == "wait_for":
        yield from (n for n in walk(here) if isinstance(n, Call) and last_name(n.func) == "wait")
    elif name == "Promise" and here.new:
        yield from (n for n in walk(here) if isinstance(n, Call) and last_name(n.func) == "setTimeout")


def _pause(reading: Reading, call: Call, function: FunctionInfo) -> float | None:
    plain = positional(call)
    name = last_name(call.func)
    if name == "setTimeout":
        expr = plain[1] if len(plain) > 1 else plain[0] if plain else None
    else:
        expr = plain[0] if plain else call.args[0].value if call.args else None
    number = reading.number(expr, function)
    if number is None or number <= 0:
        return None
    return number / 1000 if reading.language == "javascript" else number


def _leaves(body: Iterable[Stmt], *, in_handler: bool) -> bool:
    """Whether a pass that goes well can end the loop: then it waits for something and is no daemon."""
    for statement in body:
        match statement:
            case Break() | Return():
                return True
            case If(test=test, body=inner, orelse=other):
                stops = any(_RUNS.search(last_name(n)) for n in walk(test) if last_name(n))
                if (not stops and _leaves(inner, in_handler=in_handler)) or _leaves(other, in_handler=in_handler):
                    return True
            case Try(body=inner, orelse=other, final=final):
                if any(_leaves(part, in_handler=in_handler) for part in (inner, other, final)):
                    return True
            case With(body=inner) | Block(body=inner):
                if _leaves(inner, in_handler=in_handler):
                    return True
            case Loop(body=inner):
                if any(
                    isinstance(n, Return)
                    for s in inner
                    for n in walk(s)
                    if not isinstance(n, FunctionDef | FunctionExpr)
                ):
                    return True
            case _:
                pass
    return False


def _works(loop: Loop) -> bool:
    """Whether a pass does anything but pause, log or let another scheduler run: that one has rows of its own."""
    idle = {
        *_SLEEPS,
        "run_pending",
        "run_all",
        "print",
        "info",
        "debug",
        "log",
        "is_alive",
        "now",
        "strftime",
        "Promise",
        "wait_for",
        "flush",
    }
    return any(isinstance(n, Call) and last_name(n.func) not in idle for s in loop.body for n in walk(s))


def _waits(loop: Loop) -> bool:
    """Whether the loop waits for messages, jobs or input that come from elsewhere."""
    for statement in loop.body:
        for node in walk(statement):
            if isinstance(node, Call):
                name = last_name(node.func)
                if _WAITS.match(name):
                    return True
                if name == "get" and re.search(r"queue|\bq$|inbox|channel", dotted(node.func).lower()):
                    return True
    return False

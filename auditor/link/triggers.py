"""From each schedule to the LLM calls it reaches, and what bounds a run: time, overlap, number of calls, frequency.

Reached means reachable in code from the job's entry point. Not reached is said only where nothing was lost on the way.
Settings that stand elsewhere than the schedule (a unit's service, a task's decorator, a route's `maxDuration`, a lock in
the job itself) are joined here.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from auditor import cron
from auditor.catalog.schedulers import load_schedulers
from auditor.lazily import dataclass, regex
from auditor.link.program import FunctionInfo, Program
from auditor.link.raw_calls import RawCall
from auditor.link.reach import Reach, Reached, bound_on_calls
from auditor.link.schedule_facts import endpoint_auth, printed_key
from auditor.link.schedules_joined import joined
from auditor.link.schedules_reading import Reading, dotted, last_name, nodes_of, seconds_setting
from auditor.link.schedules_timers import WEAK
from auditor.link.starts import Files, Found, Lost, Paid, Start, Starts, Way
from auditor.model.facts import Certainty, Schedule, Trigger
from auditor.model.location import Span, Step
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.model.syntax import Assign, Call, Const, If, Name, Stmt, With
from auditor.model.walk import walk

_ORDER = (Certainty.SURE, Certainty.LIKELY, Certainty.GUESS)
_MAX_TRACES = 20
_CELERY_LIMITS = (
    "CELERY_TASK_TIME_LIMIT",
    "CELERY_TASK_SOFT_TIME_LIMIT",
    "CELERYD_TASK_TIME_LIMIT",
    "CELERYD_TASK_SOFT_TIME_LIMIT",
    "task_time_limit",
    "task_soft_time_limit",
)
_LOCK_WORD = regex(
    r"(?:^|_|\.)(?:r?lock(?:_task|ed)?|mutex|semaphore|singleton|once|redlock|lock_task|task_lock|single_instance)(?:$|_|\.)|Lock$|lock$|advisory_lock|Singleton|QueueOnce",
    re.IGNORECASE,
)
_BUSY = regex(
    r"running|in_?progress|busy|locked|isProcessing|is_processing|active_?run|isGenerating|executing", re.IGNORECASE
)


@dataclass(frozen=True)
class Resolved:
    """A schedule with everything joined, and its way to the calls."""

    schedule: Schedule
    trigger: Trigger


def triggers(
    program: Program, schedules: Sequence[Schedule], calls: Sequence[RawCall], files: Files
) -> tuple[Trigger, ...]:
    """The way from each schedule to the LLM calls."""
    return tuple(r.trigger for r in resolve(program, schedules, calls, files))


def resolve(
    program: Program, schedules: Sequence[Schedule], calls: Sequence[RawCall], files: Files
) -> tuple[Resolved, ...]:
    """Follow every schedule; timers of low weight that reach no call are left out. Sorted by position."""
    schedules = joined(schedules, files)
    if not schedules:
        return ()
    starts = Starts(program, files)
    resolver = _Resolver(program, starts, Reach(program, starts, calls))
    found = []
    for schedule in sorted(schedules, key=lambda s: (s.at, s.kind, s.expression)):
        resolved = resolver.resolve(schedule)
        if resolved is not None:
            found.append(resolved)
    return tuple(found)


@dataclass
class _Led:
    """One start of a schedule and what it reaches."""

    found: Found
    reached: Reached | None = None

    @property
    def hits(self) -> bool:
        return isinstance(self.found, Paid) or (
            self.reached is not None and bool(self.reached.hits or self.reached.paid)
        )


class _Resolver:
    def __init__(self, program: Program, starts: Starts, reach: Reach) -> None:
        self.program = program
        self.starts = starts
        self.reach = reach
        self._reached: dict[object, Reached] = {}
        self._celery: Setting[float | None] | None = None

    def resolve(self, schedule: Schedule) -> Resolved | None:
        first = Way(
            trace=(
                Step(schedule.at, f"runs on {schedule.expression}" if schedule.expression else "runs on a schedule"),
            )
        )
        led: list[_Led] = []
        for target in schedule.targets:
            led.extend(
                _Led(found, self._from(found) if isinstance(found, Start) else None)
                for found in self.starts.of(target, first, schedule.expression)
            )
        trigger = _trigger(schedule, led)
        if WEAK in schedule.notes and trigger.reaches is not True:
            return None
        schedule = replace(schedule, notes=tuple(n for n in schedule.notes if n != WEAK))
        return Resolved(self._joined(schedule, led, trigger), trigger)

    def _from(self, start: Start) -> Reached:
        """What a start reaches; computed once for the same start, with the trace of the first."""
        key = (start.function.id, start.argv, start.env, start.main, repr(start.bindings), start.within, start.handed)
        if key not in self._reached:
            self._reached[key] = self.reach.from_start(replace(start, way=Way()))
        return self._reached[key]

    # ------------------------------------------------------------------ what bounds a run

    def _joined(self, schedule: Schedule, led: list[_Led], trigger: Trigger) -> Schedule:
        schedule = _with_defaults(_with_cadence(schedule))
        leading = [x for x in led if x.hits] or led
        entries = [x.found.function for x in leading if isinstance(x.found, Start)]
        return replace(
            schedule,
            time_limit=self._time_limit(schedule, led, leading, entries),
            overlap_guard=self._overlap(schedule, leading, entries),
            retries=self._retries(schedule, entries),
            item_limit=_item_limit(led, trigger),
            endpoint_auth=endpoint_auth(self.program, entries)
            if any(t.kind == "route" for t in schedule.targets)
            else None,
            printed_key=printed_key(schedule),
        )

    def _time_limit(
        self, schedule: Schedule, led: list[_Led], leading: list[_Led], entries: list[FunctionInfo]
    ) -> Setting[float | None]:
        own = schedule.time_limit
        if isinstance(own, Given) and own.source.startswith("pattern:"):
            own = own if self._matches(own, schedule, entries) else Absent()
        if isinstance(own, Given):
            return replace(own, source="config") if own.source.startswith("pattern:") else own
        ways = [x.found.way.time_limit for x in leading]
        given = [w for w in ways if isinstance(w, Given)]
        if given and len(given) == len(ways) and (any(x.hits for x in led) or schedule.kind != "github-actions"):
            return max(given, key=lambda g: g.value or 0.0)
        for function in entries:
            found = self._function_limit(schedule, function)
            if isinstance(found, Given):
                return found
        return own

    def _matches(self, limit: Given[float | None], schedule: Schedule, entries: list[FunctionInfo]) -> bool:
        """Whether the pattern of vercel.json covers the route's own file."""
        folder = schedule.at.path.rpartition("/")[0]
        pattern = limit.source.removeprefix("pattern:")
        for function in entries:
            path = function.path.removeprefix(folder + "/") if folder else function.path
            if fnmatch.fnmatchcase(path, pattern.replace("**/", "*").replace("**", "*")) or path == pattern:
                return True
        return False

    def _function_limit(self, schedule: Schedule, function: FunctionInfo) -> Setting[float | None]:
        module = self.program.module(function.path)
        if module is None:
            return Absent()
        reading = Reading(self.program, module)
        if schedule.kind in {"vercel-cron", "netlify-scheduled"}:
            for statement in module.module.body:
                if isinstance(statement, Assign) and any(
                    isinstance(t, Name) and t.id == "maxDuration" for t in statement.targets
                ):
                    return seconds_setting(reading, statement.value, module.body)
        for decorator in function.definition.decorators if function.definition else ():
            for arg in decorator.args if isinstance(decorator, Call) else ():
                if arg.name in {
                    "time_limit",
                    "soft_time_limit",
                    "timeout",
                    "timeout_seconds",
                    "execution_timeout",
                    "job_timeout",
                }:
                    return seconds_setting(
                        reading, arg.value, module.body, 0.001 if schedule.kind == "dramatiq-periodiq" else 1.0
                    )
        if schedule.kind in {"celery-beat", "django-celery-beat"}:
            return self._celery_limit()
        return Absent()

    def _celery_limit(self) -> Setting[float | None]:
        """Celery's time limit for all tasks, wherever the application or Django's settings set it."""
        if self._celery is None:
            self._celery = self._find_celery_limit()
        return self._celery

    def _find_celery_limit(self) -> Setting[float | None]:
        for name in _CELERY_LIMITS:
            for path in self.program.loader.mentions(name)[:10]:
                module = self.program.module(path)
                if module is None:
                    continue
                reading = Reading(self.program, module)
                for node in nodes_of(module):
                    if isinstance(node, Assign) and any(last_name(t) == name for t in node.targets):
                        found = seconds_setting(reading, node.value, module.body)
                    elif isinstance(node, Call):
                        given = next((a.value for a in node.args if a.name == name), None)
                        found = seconds_setting(reading, given, module.body)
                    else:
                        continue
                    if isinstance(found, Given):
                        return replace(found, source="config")
        return Absent()

    def _overlap(self, schedule: Schedule, leading: list[_Led], entries: list[FunctionInfo]) -> Setting[str]:
        if isinstance(schedule.overlap_guard, Given):
            return schedule.overlap_guard
        ways = [x.found.way.overlap_guard for x in leading]
        given = [w for w in ways if isinstance(w, Given)]
        if given and len(given) == len(ways):
            return given[0]
        for function in entries:
            found = self._lock(function)
            if isinstance(found, Given):
                return found
        return schedule.overlap_guard

    def _lock(self, function: FunctionInfo, depth: int = 0) -> Setting[str]:
        """A lock that a job takes before it works: by decorator, context manager, or a flag that it checks and sets."""
        definition = function.definition
        for decorator in definition.decorators if definition else ():
            name = dotted(decorator.func if isinstance(decorator, Call) else decorator)
            if _LOCK_WORD.search(name) or (
                isinstance(decorator, Call)
                and any(a.name == "base" and _LOCK_WORD.search(last_name(a.value)) for a in decorator.args)
            ):
                return Given(f"@{name}", decorator.at, "config")
        body = definition.body if definition else ()
        found = _locking(body)
        if isinstance(found, Given):
            return found
        calls = self.program.sites(function) if definition is not None and depth < 1 and len(body) <= 4 else ()
        for site in calls:
            for callee in self.program.callees(site):
                inner = self._lock(callee, depth + 1)
                if isinstance(inner, Given):
                    return inner
        return Absent()

    def _retries(self, schedule: Schedule, entries: list[FunctionInfo]) -> Setting[int]:
        """Retries that stand at the task itself (Celery, Dramatiq)."""
        if isinstance(schedule.retries, Given) and schedule.retries.source != "default":
            return schedule.retries
        for function in entries:
            for decorator in function.definition.decorators if function.definition else ():
                if not isinstance(decorator, Call):
                    continue
                given = {a.name: a.value for a in decorator.args if a.name}
                limit = given.get("max_retries") or given.get("retries")
                kwargs = given.get("retry_kwargs")
                if isinstance(limit, Const) and isinstance(limit.value, int):
                    if "autoretry_for" in given or schedule.kind != "celery-beat" or self._retries_itself(function):
                        return Given(limit.value, limit.at)
                elif "autoretry_for" in given and kwargs is None:
                    return Given(3, decorator.at, "default")
        return schedule.retries

    @staticmethod
    def _retries_itself(function: FunctionInfo) -> bool:
        return function.definition is not None and any(
            isinstance(n, Call) and last_name(n.func) == "retry" for n in walk(function.definition)
        )


def _locking(body: tuple[Stmt, ...]) -> Setting[str]:
    """A lock in the first statements of a job."""
    for statement in body[:12]:
        if isinstance(statement, With):
            for item in statement.items:
                name = dotted(item.context.func if isinstance(item.context, Call) else item.context)
                if _LOCK_WORD.search(name):
                    return Given(f"with {name}", statement.at, "config")
        if isinstance(statement, If):
            words = {last_name(n) for n in walk(statement.test)}
            leaves = any(s.__class__.__name__ in {"Return", "Raise"} for s in statement.body)
            if leaves and any(w and (_BUSY.search(w)) for w in words):
                return Given("a flag that says it is running", statement.at, "config")
        for node in walk(statement) if not hasattr(statement, "body") or isinstance(statement, If) else ():
            if isinstance(node, Call) and last_name(node.func) in {
                "acquire",
                "tryAcquire",
                "acquireLock",
                "acquire_lock",
                "try_acquire",
                "withLock",
                "pg_try_advisory_lock",
                "tryLock",
            }:
                return Given(f"{dotted(node.func) or last_name(node.func)}()", node.at, "config")
            if (
                isinstance(node, Call)
                and last_name(node.func) in {"set", "add"}
                and any(a.name == "nx" for a in node.args)
            ):
                return Given("a key that is set only once", node.at, "config")
    for statement in body[:12]:
        inner = getattr(statement, "body", ())
        if statement.__class__.__name__ == "Try" and isinstance(inner, tuple):
            found = _locking(inner)
            if isinstance(found, Given):
                return found
    return Absent()


def _item_limit(led: Iterable[_Led], trigger: Trigger) -> Setting[int | None]:
    """The bound on calls a run, over everything that the schedule starts."""
    if trigger.reaches is None:
        return Unclear(f"what the schedule reaches is not known: {trigger.lost}")
    if not trigger.reaches:
        return Absent()
    total, exact = 0, True
    at: Span | None = None
    for item in led:
        paid = [item.found] if isinstance(item.found, Paid) else item.reached.paid if item.reached else []
        agent = next((p for p in paid if not p.once), None)
        if agent is not None:
            return Unclear(f"how many calls {agent.name} makes cannot be seen")
        if paid:
            total += len(paid)
            at = at or (paid[0].way.trace[-1].at if paid[0].way.trace else None)
        if item.reached is None or not item.hits:
            continue
        if not item.reached.places:
            continue
        number, bounded = bound_on_calls(item.reached)
        if not bounded:
            return Absent()
        at = at or next(iter(item.reached.places))[1]
        total, exact = total + (number or 0), exact and number is not None
    return Given(total if exact and total else None, at, "config") if at is not None else Absent()


def _trigger(schedule: Schedule, led: list[_Led]) -> Trigger:
    """The trace to each call, the surest and shortest first; where nothing is reached, what was lost."""
    calls: dict[Span, tuple[tuple[Step, ...], Certainty]] = {}
    for item in led:
        if item.reached is None:
            continue
        for span, hit in item.reached.hits.items():
            trace = (*item.found.way.trace, *hit.trace)
            certainty = max(item.found.way.certainty, hit.certainty, key=_ORDER.index)
            known = calls.get(span)
            if known is None or (_ORDER.index(certainty), len(trace)) < (_ORDER.index(known[1]), len(known[0])):
                calls[span] = (trace, certainty)
    paid = [*_paid(led)]
    if calls or paid:
        ordered = sorted(calls.items())
        best = sorted(ordered, key=lambda call: (_ORDER.index(call[1][1]), len(call[1][0]), call[0]))
        traces = [trace for _, (trace, _) in best] + [p.way.trace for p in paid]
        weakest = max([c for _, (_, c) in ordered] + [p.way.certainty for p in paid], key=_ORDER.index)
        return Trigger(schedule.at, True, tuple(s for s, _ in ordered), tuple(traces[:_MAX_TRACES]), weakest)
    lost = [*_lost(led)]
    if lost:
        return Trigger(schedule.at, None, (), (lost[0].way.trace,), Certainty.GUESS, lost[0].why)
    return Trigger(schedule.at, False)


def _paid(led: list[_Led]) -> Iterator[Paid]:
    for item in led:
        if isinstance(item.found, Paid):
            yield item.found
        for paid in item.reached.paid if item.reached else ():
            yield replace(paid, way=replace(paid.way, trace=(*item.found.way.trace, *paid.way.trace)))


def _lost(led: list[_Led]) -> Iterator[Lost]:
    for item in led:
        if isinstance(item.found, Lost):
            yield item.found
        for lost in item.reached.lost if item.reached else ():
            yield replace(lost, way=replace(lost.way, trace=(*item.found.way.trace, *lost.way.trace)))


def _with_defaults(schedule: Schedule) -> Schedule:
    """With what the scheduler does where nothing is set."""
    shape = load_schedulers().get(schedule.kind)
    if shape is None:
        return schedule
    retries = schedule.retries
    if isinstance(retries, Absent) and shape.retries is not None:
        retries = Given(shape.retries, schedule.at, "default")
    return replace(
        schedule, retries=retries, platform_limit=schedule.platform_limit or f"by default: {shape.time_limit}"
    )


def _with_cadence(schedule: Schedule) -> Schedule:
    """With the runs a month, or why the expression is invalid."""
    text = schedule.cadence or schedule.expression
    if not schedule.known_cadence or not text:
        return replace(schedule, known_cadence=schedule.known_cadence and bool(text))
    kind = "" if schedule.cadence and schedule.kind not in cron.OWN_NOTATION else schedule.kind
    try:
        runs = cron.runs_per_month(text, kind, schedule.timezone)
        zone = getattr(cron.parse(text, kind, schedule.timezone), "timezone", schedule.timezone)
    except cron.InvalidExpressionError as error:
        return replace(schedule, invalid=str(error))
    if not cron.check_timezone(zone):
        return replace(schedule, runs_per_month=runs, invalid=f"{zone} is no time zone")
    return replace(schedule, runs_per_month=runs * max(schedule.replicas, 1) if runs is not None else None)

"""Recognises JavaScript's schedulers, from node-cron to the hosts' own.

node-cron, cron, croner, Nest, node-schedule, BullMQ, Agenda, Inngest, Trigger.dev, Convex, Netlify, Firebase, Azure
Functions, CDK, SST and Deno. One function a family; each looks at a call (or a decorator and the method under it) and
says which schedule it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from auditor.lazily import regex
from auditor.link.program import CallSite, FunctionInfo, ModuleInfo, Program
from auditor.link.schedules_reading import (
    Reading,
    argument,
    code_schedule,
    dotted,
    entry,
    interval_text,
    is_own,
    last_name,
    number_setting,
    option,
    positional,
    render,
    seconds_setting,
)
from auditor.link.schedules_tables import with_tables
from auditor.model.facts import Schedule, Target
from auditor.model.setting import Absent, Given, Setting
from auditor.model.syntax import Assign, Attr, Call, Const, DictExpr, Expr, FunctionExpr, ListExpr, Name

Handler = Callable[[Reading, Call, FunctionInfo], Schedule | None]

_PROCESS = "nothing ends a job; every process that starts the scheduler runs it"
_NEST_NAMED = regex(r"EVERY_(?:(\d+)_)?(SECOND|MINUTE|HOUR|DAY|WEEK|WEEKDAY|WEEKEND|MONTH|QUARTER|YEAR)S?")


def _yes(expr: Expr | None) -> bool:
    return isinstance(expr, Const) and expr.value is True


def _node_cron(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    plain = positional(call)
    if len(plain) < 2 or not reading.of(call.func, scope, "node-cron", "croner", "cron"):
        return None
    text = reading.text(plain[0], scope)
    guard = option(call, "noOverlap")
    once = option(call, "maxExecutions")
    if once is not None and reading.number(once, scope) == 1:
        return None
    return code_schedule(
        "node-cron",
        call.at,
        text or render(plain[0]),
        (reading.target(plain[1], scope, call.at),),
        cadence=text or "",
        overlap_guard=Given("noOverlap", guard.at) if guard is not None and _yes(guard) else Absent(),
        timezone=reading.text(option(call, "timezone"), scope) or "",
        platform_limit=_PROCESS,
        dormant=isinstance(option(call, "scheduled"), Const) and not _yes(option(call, "scheduled")),
    )


def _cron_job(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    """`new CronJob(time, onTick, …)`, `CronJob.from({cronTime, onTick})`, croner's `new Cron(pattern, options, fn)`."""
    if not reading.of(call.func, scope, "cron", "croner", "@nestjs/schedule"):
        return None
    plain = positional(call)
    time = option(call, "cronTime") or (plain[0] if plain and not isinstance(plain[0], DictExpr) else None)
    tick = option(call, "onTick") or next((p for p in plain[1:] if not isinstance(p, DictExpr | Const)), None)
    if time is None or tick is None:
        return None
    text = reading.text(time, scope)
    guard = option(call, "protect") or option(call, "waitForCompletion")
    return code_schedule(
        "node-cron",
        call.at,
        text or render(time),
        (reading.target(tick, scope, call.at),),
        cadence=text or "",
        overlap_guard=Given("protected against overlap", guard.at) if guard is not None and _yes(guard) else Absent(),
        timezone=reading.text(option(call, "timezone") or option(call, "timeZone"), scope) or "",
        platform_limit=_PROCESS,
    )


def _node_schedule(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if not reading.of(call.func, scope, "node-schedule"):
        return None
    plain = positional(call)
    if len(plain) < 2:
        return None
    spec, job = (plain[-2], plain[-1])
    text = reading.text(spec, scope) or reading.text(entry(spec, "rule"), scope)
    if isinstance(spec, Call) and last_name(spec.func) == "Date":
        return None  # once
    return code_schedule(
        "node-schedule",
        call.at,
        text or render(spec),
        (reading.target(job, scope, call.at),),
        cadence=text or "",
        platform_limit=_PROCESS,
    )


def _nest(reading: Reading, decorator: Expr, function: FunctionInfo) -> Schedule | None:
    if not isinstance(decorator, Call) or not reading.imports_any("@nestjs/schedule"):
        return None
    scope = function.parent or reading.module.body
    plain = positional(decorator)
    if last_name(decorator.func) == "Interval":
        number = next((n for p in plain for n in [reading.number(p, scope)] if n is not None), None)
        shown, cadence = (
            f"interval {render(plain[-1] if plain else None)} ms",
            interval_text(number / 1000) if number else "",
        )
    else:
        first = plain[0] if plain else None
        text = reading.text(first, scope) or _nest_expression(first)
        shown, cadence = text or render(first), text or ""
    guard = option(decorator, "waitForCompletion")
    return code_schedule(
        "nestjs-cron",
        decorator.at,
        shown,
        (Target("entry", function.at, name=function.id),),
        cadence=cadence,
        overlap_guard=Given("waitForCompletion", guard.at) if guard is not None and _yes(guard) else Absent(),
        timezone=reading.text(option(decorator, "timeZone"), scope) or "",
        platform_limit=_PROCESS,
    )


def _nest_expression(expr: Expr | None) -> str:
    """Nest's CronExpression names, as far as their names say it."""
    if not isinstance(expr, Attr) or last_name(expr.base) != "CronExpression":
        return ""
    name = expr.name
    at = re.fullmatch(r"EVERY_(DAY|WEEKDAY|WEEK|WEEKEND|(?:1ST_DAY_OF_)?MONTH)_AT_(MIDNIGHT|NOON|(\d+)(AM|PM))", name)
    if at:
        hour = (
            0
            if at.group(2) == "MIDNIGHT"
            else 12
            if at.group(2) == "NOON"
            else int(at.group(3)) % 12 + (12 if at.group(4) == "PM" else 0)
        )
        days = {
            "WEEKDAY": "* * 1-5",
            "WEEK": "* * 0",
            "WEEKEND": "* * 6,0",
            "1ST_DAY_OF_MONTH": "1 * *",
            "MONTH": "1 * *",
        }
        return f"0 {hour} {days.get(at.group(1), '* * *')}"
    every = _NEST_NAMED.fullmatch(name)
    if not every:
        return ""
    number, unit = every.group(1), every.group(2)
    match unit:
        case "SECOND":
            return f"*/{number} * * * * *" if number else "* * * * * *"
        case "MINUTE":
            return f"*/{number} * * * *" if number else "* * * * *"
        case "HOUR":
            return f"0 */{number} * * *" if number else "0 * * * *"
        case "DAY":
            return "0 0 * * *"
        case "WEEK":
            return "0 0 * * 0"
        case "WEEKDAY":
            return "0 0 * * 1-5"
        case "WEEKEND":
            return "0 0 * * 6,0"
        case "MONTH":
            return "0 0 1 * *"
        case "QUARTER":
            return "0 0 1 */3 *"
        case _:
            return "0 0 1 1 *"


def _bullmq(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    plain = positional(call)
    if last_name(call.func) == "upsertJobScheduler":
        repeat = plain[1] if len(plain) > 1 else None
    else:
        repeat = next((r for p in plain[1:] for r in [entry(p, "repeat")] if r is not None), None)
    if not isinstance(repeat, DictExpr) or not isinstance(call.func, Attr):
        return None
    pattern = entry(repeat, "pattern") or entry(repeat, "cron")
    every = entry(repeat, "every")
    if pattern is None and every is None:
        return None
    text, number = reading.text(pattern, scope), reading.number(every, scope)
    attempts = next(
        (a for p in plain for a in [entry(p, "attempts") or entry(p, "opts", "attempts")] if a is not None), None
    )
    retries = number_setting(reading, attempts, scope)
    if isinstance(retries, Given):
        retries = Given(max(retries.value - 1, 0), retries.at)
    queue = _queue_name(reading, call.func.base, scope)
    target = (
        Target("queue", call.at, name=queue)
        if queue
        else Target("lost", call.at, name="the queue's name cannot be told")
    )
    return code_schedule(
        "bullmq",
        call.at,
        text or (f"every {render(every)} ms" if every is not None else render(pattern)),
        (target,),
        cadence=text or (interval_text(number / 1000) if number else ""),
        retries=retries if isinstance(retries, Given) else Given(0, call.at, "default"),
        timezone=reading.text(entry(repeat, "tz"), scope) or "",
        platform_limit="BullMQ ends no job",
    )


def _queue_name(reading: Reading, base: Expr, scope: FunctionInfo) -> str:
    """The name that `new Queue("name")` was given, wherever this module or another one made it."""
    from auditor.link.values import Made, alternatives

    for value in alternatives(reading.program.evaluate(base, scope)):
        if isinstance(value, Made) and positional(value.call):
            text = reading.text(positional(value.call)[0], value.scope)
            if text:
                return text
    wanted = last_name(base)
    for node in reading.nodes:
        made = node.value if isinstance(node, Assign) and any(last_name(t) == wanted for t in node.targets) else None
        if isinstance(made, Call) and last_name(made.func) in {"Queue", "Bull"} and positional(made):
            return reading.text(positional(made)[0], reading.module.body) or ""
    return ""


def _agenda(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    plain = positional(call)
    if len(plain) < 2 or not isinstance(call.func, Attr):
        return None
    if (
        not reading.of(call.func, scope, "agenda", "@hokify/agenda", "@agenda")
        and "agenda" not in dotted(call.func.base).lower()
    ):
        return None
    text, name = reading.text(plain[0], scope), reading.text(plain[1], scope)
    target = (
        Target("queue", call.at, name=name) if name else Target("lost", call.at, name="the job's name is not constant")
    )
    return code_schedule(
        "agenda",
        call.at,
        text or render(plain[0]),
        (target,),
        known=text is not None,
        platform_limit="a job that runs longer than 10 minutes is picked up again",
    )


def _inngest(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    plain = positional(call)
    if not plain or not isinstance(plain[0], DictExpr):
        return None
    cron = next((c for p in plain[:2] for c in _inngest_crons(p)), None)
    if cron is None:
        return None
    text = reading.text(cron, scope)
    handler = next((p for p in reversed(plain) if not isinstance(p, DictExpr)), None)
    concurrency = entry(plain[0], "concurrency")
    limit = entry(concurrency, "limit") or concurrency
    guard: Setting[str] = (
        Given("concurrency 1", limit.at) if limit is not None and reading.number(limit, scope) == 1 else Absent()
    )
    single = entry(plain[0], "singleton")
    if single is not None:
        guard = Given("singleton", single.at)
    retries = number_setting(reading, entry(plain[0], "retries"), scope)
    finish = reading.text(entry(plain[0], "timeouts", "finish"), scope)
    return code_schedule(
        "inngest",
        call.at,
        text or render(cron),
        (reading.target(handler, scope, call.at),),
        cadence=text or "",
        time_limit=Given(None, call.at) if finish else Absent(),
        overlap_guard=guard,
        retries=retries if isinstance(retries, Given) else Given(4, call.at, "default"),
        platform_limit="Inngest tries each step 5 times by default and ends no run",
    )


def _inngest_crons(expr: Expr) -> Iterator[Expr]:
    direct = entry(expr, "cron")
    if direct is not None:
        yield direct
    triggers = entry(expr, "triggers")
    for item in triggers.items if isinstance(triggers, ListExpr) else [triggers]:
        found = entry(item, "cron")
        if found is not None:
            yield found


def _trigger_dev(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    cron = option(call, "cron")
    if cron is None or not reading.imports_any("@trigger.dev/sdk"):
        return None
    expr = entry(cron, "pattern") or cron
    text = reading.text(expr, scope)
    retry = option(call, "retry")
    attempts = number_setting(reading, entry(retry, "maxAttempts"), scope)
    limit = entry(option(call, "queue"), "concurrencyLimit")
    return code_schedule(
        "trigger-dev",
        call.at,
        text or render(expr),
        (reading.target(option(call, "run"), scope, call.at),),
        cadence=text or "",
        time_limit=seconds_setting(reading, option(call, "maxDuration"), scope),
        overlap_guard=Given("a queue with concurrencyLimit 1", limit.at)
        if limit is not None and reading.number(limit, scope) == 1
        else Absent(),
        retries=Given(max(attempts.value - 1, 0), attempts.at)
        if isinstance(attempts, Given)
        else Given(2, call.at, "default"),
        timezone=reading.text(entry(cron, "timezone"), scope) or "",
        platform_limit="a task without maxDuration runs on",
    )


def _trigger_created(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    """`schedules.create({task: "id", cron})`: a schedule that code adds to a task."""
    cron, task = option(call, "cron"), option(call, "task")
    if cron is None or task is None or not reading.imports_any("@trigger.dev/sdk"):
        return None
    text, name = reading.text(cron, scope), reading.text(task, scope)
    owner = task.base if isinstance(task, Attr) and task.name == "id" else None
    if name:
        target = Target("task-id", call.at, name=name)
    else:
        lost = Target("lost", call.at, name=f"what {render(task)} is cannot be told")
        target = next(_run_of(reading, owner, scope), lost) if owner is not None else lost
    return code_schedule(
        "trigger-dev",
        call.at,
        text or render(cron),
        (target,),
        cadence=text or "",
        known=text is not None,
        retries=Given(2, call.at, "default"),
        timezone=reading.text(option(call, "timezone"), scope) or "",
        platform_limit="a task without maxDuration runs on",
    )


def _run_of(reading: Reading, task: Expr, scope: FunctionInfo) -> Iterator[Target]:
    """What a task that is made elsewhere runs."""
    from auditor.link.values import Made, alternatives

    for value in alternatives(reading.program.evaluate(task, scope)):
        if isinstance(value, Made):
            run = option(value.call, "run")
            if run is not None:
                yield reading.target(run, value.scope, run.at)


def _vercel_config(reading: Reading) -> Iterator[Schedule]:
    """`crons` of vercel.ts: the same as vercel.json, as a program."""
    path = reading.module.path
    if not re.fullmatch(r"vercel\.[cm]?[jt]s", path.rpartition("/")[2]):
        return
    for node in reading.nodes:
        crons = entry(node, "crons") if isinstance(node, DictExpr) else None
        for item in crons.items if isinstance(crons, ListExpr) else ():
            expr = entry(item, "schedule")
            route, text = (
                reading.text(entry(item, "path"), reading.module.body),
                reading.text(expr, reading.module.body),
            )
            if expr is not None and route:
                yield code_schedule(
                    "vercel-cron",
                    item.at,
                    text or render(expr),
                    (Target("route", item.at, name=route.split("?")[0], method="GET"),),
                    cadence=text or "",
                    known=text is not None,
                    retries=Given(0, item.at, "default"),
                    platform_limit="the function's default duration ends it; nothing keeps two runs apart",
                )


def _convex(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(call.func, Attr) or not (
        reading.imports_any("convex/server") or reading.of(call.func, scope, "convex")
    ):
        return None
    plain = positional(call)
    if len(plain) < 3:
        return None
    name, spec = call.func.name, plain[1]
    text = reading.text(spec, scope) if name == "cron" else None
    cadence = text or {"hourly": "@hourly", "daily": "@daily", "weekly": "@weekly", "monthly": "@monthly"}.get(name, "")
    if name == "interval" and isinstance(spec, DictExpr):
        units = {"seconds": 1, "minutes": 60, "hours": 3600}
        seconds = sum((reading.number(entry(spec, u), scope) or 0) * f for u, f in units.items())
        cadence = interval_text(seconds) if seconds else ""
    shown = text or f"{name} " + (
        ", ".join(f"{e.key.value!s} {render(e.value)}" for e in spec.entries if isinstance(e.key, Const))
        if isinstance(spec, DictExpr)
        else render(spec)
    )
    path = dotted(plain[2]).split(".")
    target = Target("lost", call.at, name="the function is not named")
    if len(path) > 2 and path[0] in {"internal", "api"}:
        folder = reading.module.path.rpartition("/")[0]
        file = "/".join([*([folder] if folder else []), *path[1:-1]])
        target = Target("handler", call.at, name=f"{file}#{path[-1]}")
    return code_schedule(
        "convex-cron",
        call.at,
        shown,
        (target,),
        cadence=cadence,
        platform_limit="Convex ends an action after 10 minutes",
    )


def _deno(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if dotted(call.func) != "Deno.cron":
        return None
    plain = positional(call)
    if len(plain) < 3:
        return None
    text = reading.text(plain[1], scope)
    job = next((p for p in reversed(plain) if not isinstance(p, DictExpr)), None)
    guard: Setting[str] = Given("Deno.cron does not start a job that still runs", call.at, "default")
    return code_schedule(
        "node-cron",
        call.at,
        text or render(plain[1]),
        (reading.target(job, scope, call.at),),
        cadence=text or "",
        overlap_guard=guard,
    )


def _firebase(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    plain = positional(call)
    if last_name(call.func) == "onSchedule":
        if len(plain) < 2 or not reading.imports_any("firebase-functions"):
            return None
        first = plain[0]
        expr = entry(first, "schedule") if isinstance(first, DictExpr) else first
        limit, retries, zone = entry(first, "timeoutSeconds"), entry(first, "retryCount"), entry(first, "timeZone")
        handler: Expr | None = plain[-1]
    else:  # functions.pubsub.schedule("…").timeZone("…").onRun(handler)
        found = _chain(call, "schedule")
        if (
            found is None
            or not positional(found)
            or "pubsub" not in dotted(found.func) + last_name(getattr(found.func, "base", None))
        ):
            return None
        expr, handler = positional(found)[0], plain[0] if plain else None
        zone_call, run_with = _chain(call, "timeZone"), _chain(call, "runWith")
        zone = positional(zone_call)[0] if zone_call and positional(zone_call) else None
        limit, retries = option(run_with, "timeoutSeconds") if run_with else None, None
    text = reading.text(expr, scope)
    count = number_setting(reading, retries, scope)
    return code_schedule(
        "gcp-scheduler",
        call.at,
        text or render(expr),
        (reading.target(handler, scope, call.at),),
        time_limit=seconds_setting(reading, limit, scope),
        retries=count if isinstance(count, Given) else Given(0, call.at, "default"),
        timezone=reading.text(zone, scope) or "",
        known=text is not None,
        platform_limit="a function ends after 60 seconds by default",
    )


def _chain(expr: Expr, name: str) -> Call | None:
    """The call of this name in a fluent chain."""
    here: Expr = expr
    for _ in range(12):
        if isinstance(here, Call):
            if last_name(here.func) == name and here is not expr:
                return here
            here = here.func
        elif isinstance(here, Attr):
            here = here.base
        else:
            return None
    return None


def _azure(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    schedule = option(call, "schedule")
    if schedule is None or not reading.imports_any("@azure/functions"):
        return None
    text = reading.text(schedule, scope)
    return code_schedule(
        "azure-timer",
        call.at,
        text or render(schedule),
        (reading.target(option(call, "handler"), scope, call.at),),
        overlap_guard=Given("Azure runs one instance of a timer at a time", call.at, "default"),
        known=text is not None and not text.startswith("%"),
        platform_limit="the plan's function timeout ends it (5 to 30 minutes by default)",
    )


def _netlify(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    plain = positional(call)
    if len(plain) < 2 or not reading.of(call.func, scope, "@netlify/functions"):
        return None
    text = reading.text(plain[0], scope)
    return code_schedule(
        "netlify-scheduled",
        call.at,
        text or render(plain[0]),
        (reading.target(plain[1], scope, call.at),),
        cadence=text or "",
        retries=Given(0, call.at, "default"),
        platform_limit="Netlify ends a scheduled function after 30 seconds",
    )


def _netlify_config(reading: Reading) -> Iterator[Schedule]:
    """`export const config = { schedule: "@daily" }` beside a default export in a functions folder."""
    if not re.search(r"(?:^|/)functions/", reading.module.path):
        return
    for node in reading.module.module.body:
        if isinstance(node, Assign) and any(isinstance(t, Name) and t.id == "config" for t in node.targets):
            schedule = entry(node.value, "schedule")
            text = reading.text(schedule, reading.module.body)
            if schedule is not None and text:
                target = Target("handler", schedule.at, name=f"{reading.module.path}#default")
                yield code_schedule(
                    "netlify-scheduled",
                    schedule.at,
                    text,
                    (target,),
                    cadence=text,
                    retries=Given(0, schedule.at, "default"),
                    platform_limit="Netlify ends a scheduled function after 30 seconds",
                )


def _sst(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    """`new sst.aws.Cron(name, {schedule, function})` and SST 2's `new Cron(stack, name, {schedule, job})`."""
    schedule = option(call, "schedule")
    job = option(call, "job") or option(call, "function")
    if schedule is None or job is None:
        return None
    text = reading.text(schedule, scope)
    handler = reading.text(entry(job, "handler") or entry(job, "function", "handler") or job, scope)
    timeout = entry(job, "timeout")
    return code_schedule(
        "aws-schedule",
        call.at,
        text or render(schedule),
        (Target("handler", call.at, name="#".join(handler.rsplit(".", 1))),)
        if handler
        else (reading.target(job, scope, call.at),),
        time_limit=Given(None, timeout.at) if timeout is not None else Absent(),
        known=text is not None,
        platform_limit="Lambda's own timeout ends it",
    )


def cdk_rule(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    """`new Rule(this, id, {schedule: Schedule.rate(Duration.minutes(5)), targets: [...]})`, in Python as well."""
    if not reading.imports_any("aws-cdk-lib", "@aws-cdk", "aws_cdk"):
        return None
    schedule = argument(call, "schedule")
    if not isinstance(schedule, Call):
        return None
    made = last_name(schedule.func)
    expression, cadence = render(schedule), ""
    if made == "rate" and positional(schedule):
        seconds = reading.duration(positional(schedule)[0], scope)
        cadence = interval_text(seconds) if seconds else ""
    elif made == "expression":
        expression = reading.text(argument(schedule, "expression", 0), scope) or expression
        cadence = expression if "(" in expression else ""
    elif made == "cron":
        fields = [reading.text(argument(schedule, n), scope) for n in ("minute", "hour", "day", "month")]
        weekday = reading.text(argument(schedule, "weekDay") or argument(schedule, "week_day"), scope)
        day = fields[2] or ("?" if weekday else "*")
        cadence = f"cron({fields[0] or '*'} {fields[1] or '*'} {day} {fields[3] or '*'} {weekday or '?'} *)"
    enabled = argument(call, "enabled")
    return code_schedule(
        "aws-schedule",
        call.at,
        expression,
        tuple(_cdk_targets(reading, call, scope))
        or (Target("lost", call.at, name="the rule's target is added elsewhere"),),
        cadence=cadence,
        retries=Given(2, call.at, "default"),
        platform_limit="Lambda's default of 3 seconds, or whatever else runs it, ends it",
        dormant=isinstance(enabled, Const) and enabled.value is False,
    )


def _cdk_targets(reading: Reading, call: Call, scope: FunctionInfo) -> Iterator[Target]:
    """The functions among a rule's targets, by the handler that their constructor names."""
    from auditor.link.values import Made, alternatives

    added = [
        n
        for n in reading.nodes
        if isinstance(n, Call)
        and isinstance(n.func, Attr)
        and n.func.name in {"addTarget", "add_target"}
        and any(
            isinstance(v, Made) and v.call is call for v in alternatives(reading.program.evaluate(n.func.base, scope))
        )
    ]
    for node in (n for made in (call, *added) for a in made.args for n in _calls_below(a.value)):
        name, plain = last_name(node.func), positional(node)
        if name in {"SfnStateMachine", "EcsTask", "SqsQueue", "SnsTopic"}:
            yield Target("lost", node.at, name=f"what the rule's {name} runs is not followed")
        if name != "LambdaFunction" or not plain:
            continue
        for value in alternatives(reading.program.evaluate(plain[0], scope)):
            if not isinstance(value, Made):
                continue
            handler = reading.text(argument(value.call, "handler"), value.scope)
            source = reading.text(argument(value.call, "entry"), value.scope)
            if source:
                yield Target("handler", node.at, name=f"{source}#{handler or 'handler'}")
            elif handler:
                folder = _asset(reading, argument(value.call, "code"), value.scope)
                yield Target("handler", node.at, name=folder + "#".join(handler.rsplit(".", 1)))


def _asset(reading: Reading, code: Expr | None, scope: FunctionInfo) -> str:
    """The folder of `Code.fromAsset("dir")`, with a slash; empty where it is not written out."""
    if not isinstance(code, Call) or last_name(code.func) not in {"fromAsset", "from_asset", "asset"}:
        return ""
    plain = positional(code)
    folder = reading.text(plain[0], scope) if plain else None
    return f"{folder.removeprefix('./').strip('/')}/" if folder else ""


def _calls_below(expr: Expr) -> Iterator[Call]:
    from auditor.model.walk import walk

    return (n for n in walk(expr) if isinstance(n, Call))


CALLS: Mapping[str, tuple[Handler, ...]] = {
    "schedule": (_node_cron, _netlify),
    "createTask": (_node_cron,),
    "CronJob": (_cron_job,),
    "from": (_cron_job,),
    "Cron": (_cron_job, _sst),
    "CronV2": (_sst,),
    "scheduleJob": (_node_schedule,),
    "upsertJobScheduler": (_bullmq,),
    "add": (_bullmq,),
    "every": (_agenda,),
    "createFunction": (_inngest,),
    "task": (_trigger_dev,),
    "create": (_trigger_created,),
    "interval": (_convex,),
    "cron": (_convex, _deno),
    "hourly": (_convex,),
    "daily": (_convex,),
    "weekly": (_convex,),
    "monthly": (_convex,),
    "onSchedule": (_firebase,),
    "onRun": (_firebase,),
    "timer": (_azure,),
    "Rule": (cdk_rule,),
}
"""Recognisers of calls, by the last name of what is called."""


def find_javascript(reading: Reading, sites: tuple[CallSite, ...]) -> Iterator[Schedule]:
    """The schedules that a JavaScript or TypeScript module declares."""
    program, module = reading.program, reading.module
    under: set[int] = set()
    for function in module.functions:
        for decorator in function.definition.decorators if function.definition else ():
            under.add(id(decorator))
            if last_name(decorator) in {"Cron", "Interval"}:
                made = _nest(reading, decorator, function)
                if made is not None:
                    yield made
    for site in sites:
        if id(site.call) in under:
            continue
        for handler in CALLS.get(last_name(site.call.func), ()):
            made = handler(reading, site.call, site.function)
            if made is not None:
                if not is_own(program, site):
                    yield from with_tables(reading, site, made, handler)
                break
    yield from _netlify_config(reading)
    yield from _vercel_config(reading)


def workers_of(program: Program, module: ModuleInfo, sites: tuple[CallSite, ...], queue: str) -> Iterator[Expr]:
    """The processors of `new Worker("queue", fn)`, `queue.process(fn)`, `agenda.define("job", fn)` in a module."""
    reading = Reading(program, module)
    for site in sites:
        name = last_name(site.call.func)
        plain = positional(site.call)
        if name in {"Worker", "define"} and len(plain) > 1 and reading.text(plain[0], site.function) == queue:
            yield next(
                (p for p in reversed(plain) if isinstance(p, FunctionExpr)), plain[1 if name == "Worker" else -1]
            )
        elif name == "process" and plain and isinstance(site.call.func, Attr):
            named = _queue_name(reading, site.call.func.base, site.function)
            yield from plain[-1:] if named == queue else ()

"""Recognises Python's schedulers: Celery beat, APScheduler, schedule, rq, dramatiq, arq, huey, Airflow, Modal and more.

One function a family; each looks at a call (or a decorator and the function under it) and says which schedule it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from auditor.link.program import CallSite, FunctionInfo
from auditor.link.schedules_reading import (
    SECONDS,
    Reading,
    argument,
    code_schedule,
    dotted,
    entry,
    interval_text,
    is_own,
    last_name,
    named_target,
    number_setting,
    positional,
    render,
    seconds_setting,
)
from auditor.link.schedules_tables import with_tables
from auditor.model.facts import Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting
from auditor.model.syntax import Assign, Attr, Call, Const, DictExpr, Expr, FunctionDef, Index, ListExpr, Name, With
from auditor.model.walk import walk

Handler = Callable[[Reading, Call, FunctionInfo], Schedule | None]
DecoratorHandler = Callable[[Reading, Expr, FunctionInfo, FunctionInfo], Schedule | None]

_CRON_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_APS_FIELDS = ("year", "month", "day", "week", "day_of_week", "hour", "minute", "second")
_SERIAL = "one run at a time in one process"


def crontab_keywords(reading: Reading, call: Call, scope: FunctionInfo) -> str | None:
    """Five fields of celery's or huey's `crontab(minute=…, hour=…)`; None where one is not constant."""
    names = {"day": "day_of_month", "month": "month_of_year"}
    fields = dict.fromkeys(_CRON_FIELDS, "*")
    for position, expr in enumerate(positional(call)[:5]):
        order = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
        value = _field(reading, expr, scope)
        if value is None:
            return None
        fields[order[position]] = value
    for arg in call.args:
        name = names.get(arg.name or "", arg.name or "")
        if name in fields:
            value = _field(reading, arg.value, scope)
            if value is None:
                return None
            fields[name] = value
    return " ".join(fields[n] for n in _CRON_FIELDS)


def _field(reading: Reading, expr: Expr, scope: FunctionInfo) -> str | None:
    if isinstance(expr, ListExpr):
        parts = [_field(reading, item, scope) for item in expr.items]
        return ",".join(p for p in parts if p) if parts and all(parts) else None
    if isinstance(expr, Call) and last_name(expr.func) == "range":
        return None
    text = reading.text(expr, scope)
    if text is not None:
        return text.replace(" ", "") or "*"
    number = reading.number(expr, scope)
    return None if number is None else f"{number:g}"


def keywords(call: Call, skip: tuple[str, ...] = ()) -> str:
    """A call's keyword arguments as text, for people."""
    return ", ".join(f"{a.name}={render(a.value)}" for a in call.args if a.name and a.name not in skip)


# --------------------------------------------------------------------------- APScheduler


def _apscheduler(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if not reading.of(call.func, scope, "apscheduler", "flask_apscheduler", "django_apscheduler"):
        return None
    plain = positional(call)
    name = last_name(call.func)
    trigger = argument(call, "trigger", 0 if name == "scheduled_job" else 1)
    func = argument(call, "func", 0) if name != "scheduled_job" else None
    if name == "add_schedule":
        func = argument(call, "func_or_task_id", 0)
    if not plain and func is None and name != "scheduled_job":
        return None
    expression, cadence, zone = _aps_trigger(reading, trigger, call, scope)
    instances = argument(call, "max_instances")
    number = reading.number(instances, scope)
    guard: Setting[str] = Given("max_instances=1, APScheduler's default", call.at, "default")
    if instances is not None:
        guard = Given("max_instances=1", instances.at) if number == 1 else Absent()
    target = (
        reading.target(func, scope, call.at)
        if name != "scheduled_job"
        else Target("lost", call.at, name="the decorated function is not known")
    )
    return code_schedule(
        "apscheduler",
        call.at,
        expression,
        (target,),
        cadence=cadence,
        overlap_guard=guard,
        retries=Given(0, call.at, "default"),
        timezone=zone,
        platform_limit="APScheduler ends no job; every process that starts the scheduler runs it",
    )


def _aps_trigger(reading: Reading, trigger: Expr | None, call: Call, scope: FunctionInfo) -> tuple[str, str, str]:
    """Expression for people, cadence, time zone."""
    kind, source = "", call
    if isinstance(trigger, Name | Attr):
        trigger = _definition(reading, trigger) or trigger
    if isinstance(trigger, Call):
        kind, source = last_name(trigger.func), trigger
    elif trigger is not None:
        kind = reading.text(trigger, scope) or ""
    else:
        kind = "date"
    zone = reading.text(argument(source, "timezone"), scope) or ""
    shown = keywords(
        source,
        (
            "trigger",
            "func",
            "id",
            "args",
            "kwargs",
            "name",
            "replace_existing",
            "max_instances",
            "coalesce",
            "misfire_grace_time",
        ),
    )
    match kind.lower().removesuffix("trigger"):
        case "interval" | "calendarinterval":
            seconds = reading.units(source, scope)
            return f"interval {shown}", interval_text(seconds) if seconds else "", zone
        case "cron":
            fields = {a.name: a.value for a in source.args if a.name in _APS_FIELDS}
            cadence = _aps_cron({n: _field(reading, e, scope) for n, e in fields.items()})
            return f"cron {shown}", cadence, zone
        case "from_crontab":
            text = reading.text(argument(source, "expr", 0), scope)
            return (text or f"CronTrigger.from_crontab({render(argument(source, 'expr', 0))})"), text or "", zone
        case "date":
            return "date (once)", "@once", zone
        case _:
            return render(trigger) or "not known", "", zone


def _aps_cron(fields: Mapping[str | None, str | None]) -> str:
    """APScheduler's rule: fields left of the least significant one given are `*`, those right of it their least value."""
    if not fields or any(v is None for v in fields.values()):
        return ""
    order = ("month", "day", "day_of_week", "hour", "minute", "second")
    least = {"month": "1", "day": "1", "day_of_week": "*", "hour": "0", "minute": "0", "second": "0"}
    given = [i for i, n in enumerate(order) if n in fields]
    last = max(given, default=0)
    values = {n: fields.get(n) or ("*" if i < last or n == "day_of_week" else least[n]) for i, n in enumerate(order)}
    if "day_of_week" in fields and "day" not in fields:
        values["day"] = "*"
    if any(v and not re.fullmatch(r"[\w*/,\-]+", v) for v in values.values()):
        return ""
    weekday = (
        re.sub(r"\d+", lambda m: str((int(m.group(0)) + 1) % 7), values["day_of_week"])
        if "/" not in values["day_of_week"]
        else "*"
    )
    return f"{values['second']} {values['minute']} {values['hour']} {values['day']} {values['month']} {weekday}"


def _definition(reading: Reading, expr: Expr) -> Expr | None:
    """The one constructor call that a name or attribute was assigned in this module."""
    wanted = dotted(expr)
    found = [n.value for n in reading.nodes if isinstance(n, Assign) and any(dotted(t) == wanted for t in n.targets)]
    return found[0] if len(found) == 1 and isinstance(found[0], Call) else None


# --------------------------------------------------------------------------- schedule (the library)


def _py_schedule(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    chain = _fluent(call.func.base) if isinstance(call.func, Attr) else None
    if chain is None or not reading.imports_any("schedule"):
        return None
    text, cadence = _every(reading, chain, scope)
    plain = positional(call)
    target = reading.target(plain[0] if plain else None, scope, call.at)
    return _serial("py-schedule", call.at, text, (target,), cadence, "an exception ends the loop; nothing ends a job")


def _fluent(expr: Expr) -> list[tuple[str, Call | None]] | None:
    """The links of `schedule.every(2).days.at("10:00")`, first first; None if it does not begin with every()."""
    links: list[tuple[str, Call | None]] = []
    here: Expr = expr
    while len(links) < 12:
        if isinstance(here, Call):
            name = last_name(here.func)
            links.append((name, here))
            if name == "every":
                return links[::-1]
            if not isinstance(here.func, Attr):
                return None
            here = here.func.base
        elif isinstance(here, Attr):
            links.append((here.name, None))
            here = here.base
        else:
            return None
    return None


def _every(reading: Reading, chain: list[tuple[str, Call | None]], scope: FunctionInfo) -> tuple[str, str]:
    first = chain[0][1]
    number = reading.number(positional(first)[0], scope) if first is not None and positional(first) else 1.0
    words, seconds = ["every"], None
    if first is not None and positional(first):
        words.append(render(positional(first)[0]))
    for name, made in chain[1:]:
        unit = name if name.endswith("s") and name in SECONDS else name + "s"
        if made is not None:
            words.append(f"{name} {render(positional(made)[0])}" if positional(made) else name)
        else:
            words.append(name)
        if made is None and unit in SECONDS:
            seconds = SECONDS[unit] * number if number is not None else None
        elif made is None and name in {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}:
            seconds = SECONDS["weeks"]
    return " ".join(words), interval_text(seconds) if seconds else ""


def _serial(kind: str, at: Span, text: str, targets: tuple[Target, ...], cadence: str, limit: str) -> Schedule:
    return code_schedule(
        kind, at, text, targets, cadence=cadence, overlap_guard=Given(_SERIAL, at, "default"), platform_limit=limit
    )  # fmt: skip


def _repeat(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(decorator, Call) or not reading.imports_any("schedule") or not positional(decorator):
        return None
    chain = _fluent(positional(decorator)[0])
    if chain is None:
        return None
    text, cadence = _every(reading, chain, scope)
    return _serial("py-schedule", decorator.at, text, (_self(function),), cadence, "an exception ends the loop")


def _self(function: FunctionInfo) -> Target:
    return Target("entry", function.at, name=function.id)


# --------------------------------------------------------------------------- Celery


def beat_entries(reading: Reading) -> Iterator[Schedule]:
    """The entries of beat_schedule dictionaries, wherever they are assigned."""
    names = {"beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "beat_schedule_dict"}
    scope = reading.module.body
    for node in reading.nodes:
        if isinstance(node, Assign) and isinstance(node.value, DictExpr):
            for target in node.targets:
                if last_name(target) in names:
                    yield from _beat_table(reading, node.value, scope)
                elif isinstance(target, Index) and last_name(target.base) in names:
                    made = _beat_entry(reading, target.at, node.value, scope)
                    if made is not None:
                        yield made
        elif isinstance(node, Call) and last_name(node.func) == "update":
            for arg in node.args:
                if (arg.name in names and isinstance(arg.value, DictExpr)) or (
                    isinstance(node.func, Attr)
                    and last_name(node.func.base) in names
                    and isinstance(arg.value, DictExpr)
                ):
                    yield from _beat_table(reading, arg.value, scope)


def _beat_table(reading: Reading, table: DictExpr, scope: FunctionInfo) -> Iterator[Schedule]:
    for item in table.entries:
        if item.key is not None and isinstance(item.value, DictExpr):
            made = _beat_entry(reading, item.key.at, item.value, scope)
            if made is not None:
                yield made


def _beat_entry(reading: Reading, at: Span, body: DictExpr, scope: FunctionInfo) -> Schedule | None:
    task = entry(body, "task")
    if task is None:
        return None
    when = entry(body, "schedule")
    at = when.at if when is not None else at
    text, cadence = celery_cadence(reading, when, scope)
    name = reading.text(task, scope)
    if name is None and isinstance(task, Attr) and task.name == "name":
        target = reading.target(task.base, scope, task.at)
    else:
        target = (
            Target("task", task.at, name=name)
            if name
            else Target("lost", task.at, name="the task's name is not constant")
        )
    return _celery(reading, at, text, cadence, target)


def _celery(reading: Reading, at: Span, text: str, cadence: str, target: Target) -> Schedule:
    return code_schedule(
        "celery-beat",
        at,
        text,
        (target,),
        cadence=cadence,
        platform_limit="Celery ends no task unless a time limit is set; beat sends the next one even while one runs",
    )


def celery_cadence(reading: Reading, expr: Expr | None, scope: FunctionInfo) -> tuple[str, str]:
    """Expression for people and cadence of a Celery schedule."""
    if isinstance(expr, Name | Attr):
        expr = _definition(reading, expr) or expr
    if isinstance(expr, Call) and last_name(expr.func) == "crontab":
        fields = crontab_keywords(reading, expr, scope)
        return f"crontab({keywords(expr)})", fields or ""
    if isinstance(expr, Call) and last_name(expr.func) == "schedule":
        expr = argument(expr, "run_every", 0)
    seconds = reading.number(expr, scope)
    return render(expr), interval_text(seconds) if seconds and seconds > 0 else ""


def _periodic_task(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    plain = positional(call)
    if len(plain) < 2:
        return None
    text, cadence = celery_cadence(reading, plain[0], scope)
    return _celery(reading, call.at, text, cadence, reading.target(plain[1], scope, call.at))


def _beat_rows(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    """`PeriodicTask.objects.create(task="…")` and its like: rows that a migration or command writes."""
    if not dotted(call.func).startswith("PeriodicTask.objects."):
        return None
    task = argument(call, "task") or entry(argument(call, "defaults"), "task")
    name = reading.text(task, scope)
    target = (
        Target("task", call.at, name=name) if name else Target("lost", call.at, name="the task's name is not constant")
    )
    return code_schedule(
        "django-celery-beat", call.at, "a row in the database", (target,), notes=("the row in the database decides",)
    )


# --------------------------------------------------------------------------- other task queues


def _rq(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if not reading.of(call.func, scope, "rq_scheduler", "rq", "django_rq"):
        return None
    name = last_name(call.func)
    if name in {"cron", "register"}:
        expr = argument(call, "cron_string", 0) if name == "cron" else argument(call, "cron")
        text = reading.text(expr, scope)
        func = argument(call, "func", 1 if name == "cron" else 0)
        cadence = text or ""
        shown = text or render(expr)
        if name == "register" and expr is None:
            seconds = reading.number(argument(call, "interval"), scope)
            shown, cadence = (
                f"interval {seconds:g} seconds" if seconds else "interval",
                interval_text(seconds) if seconds else "",
            )
    else:
        interval = argument(call, "interval")
        if interval is None:
            return None
        seconds = reading.number(interval, scope)
        func, shown = argument(call, "func", 1), f"interval {render(interval)} seconds"
        cadence = interval_text(seconds) if seconds else ""
    limit = argument(call, "timeout") or argument(call, "job_timeout")
    return code_schedule(
        "rq-scheduler",
        call.at,
        shown,
        (reading.target(func, scope, call.at),),
        cadence=cadence,
        time_limit=seconds_setting(reading, limit, scope),
        platform_limit="rq ends a job after 180 seconds by default",
    )


def _arq(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if not reading.of(call.func, scope, "arq"):
        return None
    plain = positional(call)
    target = (
        reading.target(argument(call, "coroutine", 0), scope, call.at)
        if plain
        else Target("lost", call.at, name="no coroutine is named")
    )
    fields = dict.fromkeys(("month", "day", "weekday", "hour", "minute"), "*")
    given = {a.name: a.value for a in call.args if a.name in fields or a.name == "second"}
    for name, value in given.items():
        items = _set_items(value)
        numbers = [_field(reading, i, scope) for i in items]
        if name in fields and numbers and all(numbers):
            fields[name] = ",".join(n for n in numbers if n)
    if ("hour" in given or "day" in given) and "minute" not in given:
        fields["minute"] = "*"
    weekday = re.sub(r"\d", lambda m: str((int(m.group(0)) + 1) % 7), fields["weekday"])
    limit = argument(call, "timeout")
    unique = argument(call, "unique")
    return code_schedule(
        "arq",
        call.at,
        f"cron({keywords(call)})",
        (target,),
        cadence=f"{fields['minute']} {fields['hour']} {fields['day']} {fields['month']} {weekday}",
        time_limit=seconds_setting(reading, limit, scope),
        overlap_guard=Absent()
        if isinstance(unique, Const) and unique.value is False
        else Given("unique jobs, arq's default", call.at, "default"),
        retries=number_setting(reading, argument(call, "max_tries"), scope),
        platform_limit="arq ends a job after 300 seconds by default",
    )


def _set_items(expr: Expr) -> tuple[Expr, ...]:
    return expr.items if isinstance(expr, ListExpr) else (expr,)


def _dramatiq(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(decorator, Call):
        return None
    name = last_name(decorator.func)
    if name == "actor":
        made = argument(decorator, "periodic")
        if not isinstance(made, Call):
            return None
    elif name == "cron" and reading.imports_any("dramatiq_crontab"):
        made = decorator
    else:
        return None
    actor = next(
        (
            d
            for d in (function.definition.decorators if function.definition else ())
            if isinstance(d, Call) and last_name(d.func) == "actor"
        ),
        None,
    )
    text = reading.text(argument(made, "spec", 0), scope)
    limit = argument(actor, "time_limit") if actor else None
    retries = number_setting(reading, argument(actor, "max_retries") if actor else None, scope)
    return code_schedule(
        "dramatiq-periodiq",
        made.at,
        text or render(made),
        (_self(function),),
        cadence=text or "",
        time_limit=seconds_setting(reading, limit, scope, 0.001),
        retries=retries if isinstance(retries, Given) else Given(20, made.at, "default"),
        platform_limit="dramatiq ends an actor after 10 minutes and tries it again 20 times by default",
    )


def _huey(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(decorator, Call) or not decorator.args:
        return None
    first = positional(decorator)[0] if positional(decorator) else None
    made = _definition(reading, first) if isinstance(first, Name | Attr) else first
    cadence = (
        crontab_keywords(reading, made, scope) if isinstance(made, Call) and last_name(made.func) == "crontab" else None
    )
    if cadence is None and not reading.imports_any("huey"):
        return None
    others = function.definition.decorators if function.definition else ()
    lock = next((d for d in others if last_name(d) == "lock_task"), None)
    return code_schedule(
        "huey",
        decorator.at,
        render(first),
        (_self(function),),
        cadence=cadence or "",
        overlap_guard=Given("lock_task", lock.at) if lock is not None else Absent(),
        retries=number_setting(reading, argument(decorator, "retries"), scope),
        platform_limit="huey ends no task",
    )


def _django_q(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if dotted(call.func).startswith("Schedule.objects."):
        func = argument(call, "func") or entry(argument(call, "defaults"), "func")
    elif last_name(call.func) == "schedule" and reading.of(call.func, scope, "django_q"):
        func = argument(call, "func", 0)
    else:
        return None
    if not reading.imports_any("django_q"):
        return None
    kind = last_name(argument(call, "schedule_type"))
    presets = {"HOURLY": "@hourly", "DAILY": "@daily", "WEEKLY": "@weekly", "MONTHLY": "@monthly", "YEARLY": "@yearly"}
    text = reading.text(argument(call, "cron"), scope)
    minutes = reading.number(argument(call, "minutes"), scope)
    cadence = text or presets.get(kind, "") or (interval_text(minutes * 60) if minutes else "")
    name = reading.text(func, scope)
    target = Target("task", call.at, name=name) if name else reading.target(func, scope, call.at)
    return code_schedule(
        "django-q",
        call.at,
        text or kind or "not known",
        (target,),
        cadence=cadence,
        platform_limit="django-q ends no task by default",
    )


def cronjobs_setting(reading: Reading) -> Iterator[Schedule]:
    """Django's `CRONJOBS = [(expression, dotted path, …)]`."""
    scope = reading.module.body
    for node in reading.nodes:
        if not (
            isinstance(node, Assign)
            and isinstance(node.value, ListExpr)
            and any(last_name(t) == "CRONJOBS" for t in node.targets)
        ):
            continue
        for item in node.value.items:
            if not isinstance(item, ListExpr) or len(item.items) < 2:
                continue
            expression, path = reading.text(item.items[0], scope), reading.text(item.items[1], scope)
            if not expression or not path:
                continue
            target = Target("task", item.at, name=path)
            if (
                path.endswith("call_command")
                and len(item.items) > 2
                and isinstance(item.items[2], ListExpr)
                and item.items[2].items
            ):
                command = reading.text(item.items[2].items[0], scope)
                target = Target("django", item.at, name=command or "")
            yield code_schedule(
                "django-crontab", item.at, expression, (target,), cadence=expression, platform_limit="cron ends no run"
            )


# --------------------------------------------------------------------------- orchestrators


def _airflow(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if last_name(call.func) not in {"DAG", "dag"} or not reading.imports_any("airflow"):
        return None
    expr = argument(call, "schedule") or argument(call, "schedule_interval") or argument(call, "timetable")
    if expr is None or (isinstance(expr, Const) and expr.value is None):
        return None
    text = reading.text(expr, scope)
    seconds = None if text else reading.number(expr, scope)
    cadence = text or (interval_text(seconds) if seconds else "")
    defaults = argument(call, "default_args")
    if isinstance(defaults, Name):
        defaults = next(
            (
                n.value
                for n in reading.nodes
                if isinstance(n, Assign) and any(dotted(t) == defaults.id for t in n.targets)
            ),
            None,
        )
    limit = argument(call, "dagrun_timeout") or entry(defaults, "execution_timeout")
    active = argument(call, "max_active_runs")
    guard: Setting[str] = (
        Given("max_active_runs=1", active.at) if active is not None and reading.number(active, scope) == 1 else Absent()
    )
    return code_schedule(
        "airflow",
        call.at,
        text or render(expr),
        tuple(_dag_tasks(reading, call)),
        cadence=cadence,
        time_limit=seconds_setting(reading, limit, scope),
        overlap_guard=guard,
        retries=number_setting(reading, entry(defaults, "retries"), scope),
        platform_limit="Airflow ends no task by default and runs 16 runs of a DAG side by side",
    )


def _is_called(reading: Reading, function: FunctionInfo) -> bool:
    """Whether code of the module, or of another one that imports it, calls a function."""
    if any(isinstance(n, Call) and last_name(n.func) == function.name for n in reading.nodes):
        return True
    return any(s.kind == "call" for s in reading.program.callers(function))


_LLM_OPERATORS = {
    "OpenAIEmbeddingOperator", "OpenAITriggerBatchOperator", "CohereEmbeddingOperator", "BedrockInvokeModelOperator",
    "TextGenerationModelPredictOperator", "GenerativeModelGenerateContentOperator", "GenAIGenerateContentOperator",
    "GenAIGenerateEmbeddingsOperator", "LLMOperator", "AgentOperator",
}  # fmt: skip
"""Operators of Airflow's providers that request a model themselves (providers' reference, 2026-11)."""


def _dag_region(reading: Reading, dag: Call) -> With | FunctionDef | None:
    """The `with` block or the decorated function that a DAG consists of; None where its file does."""
    for node in reading.nodes:
        if isinstance(node, With) and any(item.context is dag for item in node.items):
            return node
        if isinstance(node, FunctionDef) and any(d is dag for d in node.decorators):
            return node
    return None


def _dag_tasks(reading: Reading, dag: Call) -> Iterator[Target]:
    """The callables of a DAG's operators and tasks."""
    region = _dag_region(reading, dag)
    inside = {id(n) for n in walk(region)} if region is not None else set()
    called = {last_name(n.func) for n in walk(region) if isinstance(n, Call)} if region is not None else set()
    for function in reading.module.functions:
        for decorator in function.definition.decorators if function.definition else ():
            name = dotted(decorator.func if isinstance(decorator, Call) else decorator)
            own = region is None or id(decorator) in inside or function.name in called
            if own and (name == "task" or name.startswith("task.")):
                yield _self(function)
                if name in {"task.llm", "task.agent", "task.llm_branch", "task.llm_sql"}:
                    yield Target("paid", decorator.at, name=f"Airflow's @{name}")
    for node in reading.nodes:
        if not isinstance(node, Call) or (region is not None and id(node) not in inside):
            continue
        if last_name(node.func) in _LLM_OPERATORS:
            yield Target("paid", node.at, name=f"Airflow's {last_name(node.func)}")
        made = positional(node) if not isinstance(node.func, Call) and last_name(node.func) == "task" else []
        if made and not isinstance(made[0], Const):  # `task(function)(…)`
            yield reading.target(made[0], reading.module.body, node.at)
        func = argument(node, "python_callable")
        if func is not None:
            yield reading.target(func, reading.module.body, node.at)
        command = argument(node, "bash_command")
        if command is not None:
            text = reading.text(command, reading.module.body)
            yield (
                shell_target(text, command.at)
                if text
                else Target("lost", command.at, name="the command is not constant")
            )


def shell_target(text: str, at: Span, cwd: str = "") -> Target:
    """A command line that code hands to a shell."""
    from auditor.model.facts import Command

    return Target("command", at, command=Command(text, at, cwd))


def _prefect(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if not reading.imports_any("prefect") or not isinstance(call.func, Attr):
        return None
    cron, interval = argument(call, "cron"), argument(call, "interval")
    if cron is None and interval is None:
        return None
    text = reading.text(cron, scope)
    seconds = reading.number(interval, scope)
    base = call.func.base
    if isinstance(base, Call) and base.args:
        target = named_target(reading.text(argument(base, "entrypoint"), scope) or "", call.at)
    else:
        target = reading.target(base, scope, call.at)
    limit = argument(call, "concurrency_limit") or argument(call, "limit")
    return code_schedule(
        "prefect",
        call.at,
        text or f"interval {render(interval)}",
        (target,),
        cadence=text or (interval_text(seconds) if seconds else ""),
        overlap_guard=Given("a concurrency limit", limit.at)
        if limit is not None and reading.number(limit, scope) == 1
        else Absent(),
        platform_limit="Prefect ends no flow by default",
    )


def _dagster(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    cron = argument(call, "cron_schedule")
    if cron is None or not reading.imports_any("dagster"):
        return None
    text = reading.text(cron, scope)
    job = argument(call, "job") or argument(call, "target")
    status = render(argument(call, "default_status"))
    job_name = last_name(job)
    targets = tuple(
        _self(f)
        for f in reading.module.functions
        if f.definition and any(last_name(d) in {"op", "asset", "job", "graph"} for d in f.definition.decorators)
    )
    if job is not None and job_name and not targets:
        targets = (reading.target(job, scope, call.at),)
    return code_schedule(
        "dagster",
        call.at,
        text or render(cron),
        targets or (Target("lost", call.at, name="the job's assets are not in this file"),),
        cadence=text or "",
        timezone=reading.text(argument(call, "execution_timezone"), scope) or "",
        dormant="RUNNING" not in status,
        platform_limit="Dagster ends no run by default",
    )


def _modal(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    made = argument(decorator, "schedule") if isinstance(decorator, Call) else None
    if made is None or not isinstance(decorator, Call) or not reading.imports_any("modal"):
        return None
    text = reading.text(positional(made)[0], scope) if isinstance(made, Call) and positional(made) else None
    seconds = reading.units(made, scope) if isinstance(made, Call) else None
    single = argument(decorator, "max_containers") or argument(decorator, "concurrency_limit")
    retries = number_setting(reading, argument(decorator, "retries"), scope)
    return code_schedule(
        "modal",
        decorator.at,
        text or render(made),
        (_self(function),),
        cadence=text or (interval_text(seconds) if seconds else ""),
        time_limit=seconds_setting(reading, argument(decorator, "timeout"), scope),
        overlap_guard=Given("max_containers=1", single.at)
        if single is not None and reading.number(single, scope) == 1
        else Absent(),
        retries=retries if isinstance(retries, Given) else Given(0, decorator.at, "default"),
        platform_limit="Modal ends an attempt after 300 seconds by default",
    )


# --------------------------------------------------------------------------- bots and web frameworks


def _discord(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(decorator, Call) or not reading.of(
        decorator.func, scope, "discord.ext", "nextcord.ext", "disnake.ext", "discord"
    ):
        return None
    seconds = reading.units(decorator, scope)
    time = argument(decorator, "time")
    count = argument(decorator, "count")
    cadence = "@daily" if time is not None else interval_text(seconds) if seconds else ""
    if count is not None and reading.number(count, scope) == 1:
        return None
    if count is not None:
        cadence = ""  # so many passes for each start, not one a period
    return _serial(
        "discord-tasks",
        decorator.at,
        f"loop({keywords(decorator)})",
        (_self(function),),
        cadence,
        "discord.ext.tasks ends no run",
    )


def _telegram(reading: Reading, call: Call, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(call.func, Attr) or not (
        reading.of(call.func, scope, "telegram") or last_name(call.func.base) in {"job_queue", "jobqueue"}
    ):
        return None
    name = last_name(call.func)
    target = reading.target(argument(call, "callback", 0), scope, call.at)
    interval = argument(call, "interval", 1) if name == "run_repeating" else None
    seconds = reading.number(interval, scope)
    cadence = {"run_daily": "@daily", "run_monthly": "@monthly"}.get(name, interval_text(seconds) if seconds else "")
    shown = f"{name}({render(interval)})" if interval is not None else f"{name}({keywords(call)})"
    return _serial("telegram-job-queue", call.at, shown, (target,), cadence, "the job queue ends no run")


def _repeat_every(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(decorator, Call):
        return None
    seconds = reading.number(argument(decorator, "seconds", 0), scope)
    shown = f"repeat_every({keywords(decorator)})"
    return _serial(
        "loop-sleep",
        decorator.at,
        shown,
        (_self(function),),
        interval_text(seconds) if seconds else "",
        "nothing ends a run",
    )


def _aiocron(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    if not isinstance(decorator, Call) or not reading.imports_any("aiocron", "crontab", "pycron"):
        return None
    text = reading.text(positional(decorator)[0], scope) if positional(decorator) else None
    return (
        code_schedule("crontab", decorator.at, text or render(decorator), (_self(function),), cadence=text or "")
        if text
        else None
    )


def _cloud_function(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    """Azure's timer_trigger, Firebase's on_schedule and Chalice's schedule decorators."""
    if not isinstance(decorator, Call):
        return None
    name = last_name(decorator.func)
    if name in {"timer_trigger", "schedule"} and reading.imports_any("azure.functions", "azure"):
        text = reading.text(argument(decorator, "schedule"), scope)
        return code_schedule(
            "azure-timer",
            decorator.at,
            text or render(argument(decorator, "schedule")),
            (_self(function),),
            overlap_guard=Given("Azure runs one instance of a timer at a time", decorator.at, "default"),
            platform_limit="the plan's function timeout ends it (5 to 30 minutes by default)",
            known=text is not None and not text.startswith("%"),
        )
    if name == "on_schedule" and reading.imports_any("firebase_functions"):
        text = reading.text(argument(decorator, "schedule", 0), scope)
        return code_schedule(
            "gcp-scheduler",
            decorator.at,
            text or render(decorator),
            (_self(function),),
            time_limit=seconds_setting(reading, argument(decorator, "timeout_sec"), scope),
            known=text is not None,
            platform_limit="a function ends after 60 seconds by default",
        )
    if name == "schedule" and reading.imports_any("chalice"):
        first = positional(decorator)[0] if positional(decorator) else None
        text = reading.text(first, scope)
        return code_schedule(
            "aws-schedule", decorator.at, text or render(first), (_self(function),), known=text is not None
        )
    return None


def _inngest(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Schedule | None:
    trigger = argument(decorator, "trigger") if isinstance(decorator, Call) else None
    if not isinstance(trigger, Call) or last_name(trigger.func) != "TriggerCron" or not isinstance(decorator, Call):
        return None
    text = reading.text(argument(trigger, "cron", 0), scope)
    retries = number_setting(reading, argument(decorator, "retries"), scope)
    return code_schedule(
        "inngest",
        decorator.at,
        text or render(trigger),
        (_self(function),),
        cadence=text or "",
        retries=retries if isinstance(retries, Given) else Given(4, decorator.at, "default"),
        platform_limit="Inngest tries each step 5 times by default",
    )


CALLS: Mapping[str, Handler] = {
    "add_job": _apscheduler,
    "add_schedule": _apscheduler,
    "do": _py_schedule,
    "add_periodic_task": _periodic_task,
    "create": _beat_rows,
    "get_or_create": _beat_rows,
    "update_or_create": _beat_rows,
    "cron": _rq,
    "register": _rq,
    "schedule": _rq,
    "DAG": _airflow,
    "serve": _prefect,
    "deploy": _prefect,
    "to_deployment": _prefect,
    "ScheduleDefinition": _dagster,
    "run_repeating": _telegram,
    "run_daily": _telegram,
    "run_monthly": _telegram,
    "run_custom": _telegram,
}
"""Recognisers of calls, by the last name of what is called."""

MORE_CALLS: Mapping[str, tuple[Handler, ...]] = {
    "cron": (_arq,),
    "schedule": (_django_q,),
    "create": (_django_q,),
    "get_or_create": (_django_q,),
    "update_or_create": (_django_q,),
}
"""Further recognisers where one name belongs to several libraries."""

DECORATORS: Mapping[str, tuple[DecoratorHandler, ...]] = {
    "repeat": (_repeat,),
    "actor": (_dramatiq,),
    "cron": (_dramatiq,),
    "periodic_task": (_huey,),
    "db_periodic_task": (_huey,),
    "function": (_modal,),
    "cls": (_modal,),
    "loop": (_discord,),
    "repeat_every": (_repeat_every,),
    "crontab": (_aiocron,),
    "timer_trigger": (_cloud_function,),
    "on_schedule": (_cloud_function,),
    "schedule": (_cloud_function,),
    "create_function": (_inngest,),
}
"""Recognisers of decorators; the function under the decorator is what runs."""


def find_python(reading: Reading, sites: tuple[CallSite, ...]) -> Iterator[Schedule]:
    """The schedules that a Python module declares."""
    program, module = reading.program, reading.module
    under: set[int] = set()
    for function in module.functions:
        scope = function.parent or module.body
        for decorator in function.definition.decorators if function.definition else ():
            under.add(id(decorator))
            yield from _decorated(reading, decorator, function, scope)
    for site in sites:
        if id(site.call) in under:
            continue
        name = last_name(site.call.func)
        handlers = ((CALLS[name],) if name in CALLS else ()) + MORE_CALLS.get(name, ())
        for handler in handlers:
            made = handler(reading, site.call, site.function)
            if made is not None:
                if not is_own(program, site):
                    yield from with_tables(reading, site, made, handler)
                break
    yield from beat_entries(reading)
    yield from cronjobs_setting(reading)


def _decorated(reading: Reading, decorator: Expr, function: FunctionInfo, scope: FunctionInfo) -> Iterator[Schedule]:
    name = last_name(decorator)
    if (
        name in {"scheduled_job", "task"}
        and isinstance(decorator, Call)
        and reading.of(decorator.func, scope, "apscheduler", "flask_apscheduler")
    ):
        made = _apscheduler(reading, decorator, scope)
        if made is not None:
            from dataclasses import replace

            yield replace(made, targets=(_self(function),))
        return
    if name == "dag" and isinstance(decorator, Call):
        made = _airflow(reading, decorator, scope)
        if made is not None and _is_called(reading, function):  # else there is no DAG, only what could make one
            yield made
        return
    if name == "schedule" and isinstance(decorator, Call) and reading.imports_any("dagster"):
        made = _dagster(reading, decorator, scope)
        if made is not None:
            yield made
        return
    for handler in DECORATORS.get(name, ()):
        made = handler(reading, decorator, function, scope)
        if made is not None:
            yield made
            return

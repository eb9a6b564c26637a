"""Finds the schedules that stand in program code, in the modules that a program has loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from auditor.link.program import CallSite, Program
from auditor.link.schedules_javascript import cdk_rule, find_javascript
from auditor.link.schedules_python import find_python
from auditor.link.schedules_reading import Reading, last_name, sites_of
from auditor.link.schedules_timers import find_timers
from auditor.link.schedules_workers import find_workers
from auditor.model.facts import Schedule

CODE_WORDS = (
    "add_job", "scheduled_job", "add_schedule", "run_pending", "beat_schedule", "BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE",
    "add_periodic_task",
    "PeriodicTask", "rq_scheduler", "periodiq", "dramatiq_crontab", "arq", "periodic_task", "CRONJOBS", "django_q", "airflow", "prefect",
    "dagster", "modal", "repeat_every", "tasks.loop", "run_repeating",
    "run_daily", "run_monthly", "aiocron", "timer_trigger", "on_schedule",
    "TriggerCron", "sleep", "node-cron", "CronJob", "croner", "@nestjs/schedule", "node-schedule", "upsertJobScheduler", "repeat", "agenda",
    "createFunction",
    "trigger.dev", "convex/server", "Deno.cron", "onSchedule", "pubsub", "setInterval", "setTimeout", "@netlify/functions",
    "schedule", "Schedule", "Timer", "wait(",
)  # fmt: skip
"""Words of which a program file that declares a schedule contains at least one; for the prefilter."""


SCHEDULER_PACKAGES = (
    "apscheduler", "import schedule", "from schedule import", "beat_schedule", "celerybeat_schedule", "add_periodic_task",
    "rq_scheduler", "periodiq", "dramatiq_crontab", "huey", "cronjobs", "django_q", "django_celery_beat", "import airflow",
    "from airflow", "import prefect", "from prefect", "import dagster", "from dagster", "import modal", "from modal",
    "repeat_every", "discord.ext", "run_repeating", "run_daily", "run_monthly", "aiocron", "import arq", "from arq",
    "timer_trigger", "schedule_trigger", "on_schedule", "node-cron", "'cron'", '"cron"', "croner", "@nestjs/schedule",
    "node-schedule", "bullmq", "agenda", "inngest", "trigger.dev", "convex/server", "deno.cron", "onschedule",
    "pubsub.schedule", "@netlify/functions", "toad-scheduler", "azure/functions", "aws-cdk", "aws_cdk", "aws-events",
)  # fmt: skip
"""Words, in lower case, of which a file that schedules by a package contains one; bare loops and `setInterval` are none."""


_PATTERN = "|".join(map(re.escape, CODE_WORDS))


def find_code_schedules(
    program: Program, sorter: Callable[[Sequence[str]], Callable[[str], frozenset[int]]] | None = None
) -> tuple[Schedule, ...]:
    """The schedules in the modules loaded so far, by position. Weak timers are among them until linking judges them.

    Args:
        program: where to look.
        sorter: finds out which of some patterns match in a file; None to look at every module.
    """
    found: dict[tuple[str, int, int, str, str], Schedule] = {}
    may = sorter([_PATTERN]) if sorter is not None else lambda path: frozenset({0})
    for path in sorted(program.modules):
        module = program.module(path) if may(path) else None
        if module is None:
            continue
        reading = Reading(program, module)
        sites = tuple(sites_of(program, module))
        finders = find_python if module.module.language == "python" else find_javascript
        for schedule in (*finders(reading, sites), *find_timers(reading, sites), *_more(reading, sites)):
            at = schedule.at
            found.setdefault((at.path, at.line, at.column, schedule.kind, schedule.expression), schedule)
    return tuple(found[key] for key in sorted(found))


def _more(reading: Reading, sites: tuple[CallSite, ...]) -> Iterator[Schedule]:
    """CDK's rules in Python (those in JavaScript are found with the rest), and JavaScript's Workers."""
    if reading.language != "python":
        yield from find_workers(reading)
        return
    for site in sites:
        if last_name(site.call.func) == "Rule":
            made = cdk_rule(reading, site.call, site.function)
            if made is not None:
                yield made

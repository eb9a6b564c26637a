"""Finds the schedules that stand in program code, in the modules that a program has loaded."""

from __future__ import annotations

from dataclasses import replace

from auditor.link.program import Program
from auditor.link.schedules_javascript import cdk_rule, find_javascript
from auditor.link.schedules_python import find_python
from auditor.link.schedules_reading import Reading, last_name, sites_of
from auditor.link.schedules_timers import find_timers
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


def find_code_schedules(program: Program) -> tuple[Schedule, ...]:
    """The schedules in the modules loaded so far, by position. Weak timers are among them until linking judges them."""
    found: dict[tuple[str, int, int, str], Schedule] = {}
    for path in sorted(program.modules):
        module = program.module(path)
        if module is None:
            continue
        sites = tuple(sites_of(program, module))
        finders = find_python if module.module.language == "python" else find_javascript
        for schedule in (*finders(program, module, sites), *find_timers(program, module, sites)):
            found.setdefault((schedule.at.path, schedule.at.line, schedule.at.column, schedule.kind), schedule)
        if module.module.language == "python":
            reading = Reading(program, module)
            for site in sites:
                if last_name(site.call.func) == "Rule":
                    made = cdk_rule(reading, site.call, site.function)
                    if made is not None:
                        found.setdefault((made.at.path, made.at.line, made.at.column, made.kind), made)
    return tuple(replace(found[key]) for key in sorted(found))

"""Schedules that a loop adds from a table: one for each expression, each with the functions of its own entries."""

from __future__ import annotations

import pytest

from tests.link.test_schedules import found

JS = """import cron from "node-cron";
import OpenAI from "openai";
const client = new OpenAI();
async function morning() { await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] }); }
async function evening() { await client.responses.create({ model: "gpt-4o-mini", input: "x" }); }
"""
PY = """import schedule
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from openai import OpenAI
client = OpenAI()
scheduler = BlockingScheduler()
def morning():
    client.chat.completions.create(model="gpt-4o-mini", messages=[])
def evening():
    client.responses.create(model="gpt-4o-mini", input="x")
"""
MORNING, EVENING = "0 8 * * *", "0 20 * * *"
OBJECTS = 'const jobs = [{ at: "0 8 * * *", run: morning }, { at: "0 20 * * *", run: evening }];\n'
PAIRS = 'JOBS = [("08:00", morning), ("20:00", evening)]\n'

CASES: dict[str, tuple[str, str, list[tuple[str, list[int]]]]] = {
    "for of": ("a.js", JS + OBJECTS + "for (const j of jobs) cron.schedule(j.at, j.run);\n", [(EVENING, [5]), (MORNING, [4])]),
    "destructured": (
        "a.js",
        JS + OBJECTS + "for (const { at, run } of jobs) { cron.schedule(at, run); }\n",
        [(EVENING, [5]), (MORNING, [4])],
    ),
    "forEach over texts": (
        "a.js",
        JS + '["0 8 * * *", "0 20 * * *"].forEach((e) => cron.schedule(e, () => morning()));\n',
        [(EVENING, [4]), (MORNING, [4])],
    ),
    "entries of an object": (
        "a.js",
        JS + 'const jobs = { "0 8 * * *": morning, "0 20 * * *": evening };\nfor (const [at, run] of Object.entries(jobs)) cron.schedule(at, run);\n',
        [(EVENING, [5]), (MORNING, [4])],
    ),
    "one expression for all functions": (
        "a.js",
        JS + '[morning, evening].forEach((run) => cron.schedule("0 8 * * *", run));\n',
        [(MORNING, [4, 5])],
    ),
    "what is not written out stays as it is": (
        "a.js",
        JS + "for (const e of process.env.CRONS.split(';')) cron.schedule(e, morning);\n",
        [("e", [4])],
    ),
    "a table with more than can be seen": (
        "a.js",
        JS + 'for (const e of ["0 8 * * *", ...more()]) cron.schedule(e, morning);\n',
        [(MORNING, [4])],
    ),
    "positions": ("a.js", JS + OBJECTS + "for (const i in jobs) cron.schedule(jobs[i].at, jobs[i].run);\n", [(EVENING, [5]), (MORNING, [4])]),
    "python pairs": (
        "a.py",
        PY + PAIRS + "for t, f in JOBS:\n    schedule.every().day.at(t).do(f)\n",
        [("every day at 08:00", [8]), ("every day at 20:00", [10])],
    ),
    "python texts": (
        "a.py",
        PY + f'for e in ["{MORNING}", "{EVENING}"]:\n    scheduler.add_job(morning, CronTrigger.from_crontab(e))\n',
        [(EVENING, [8]), (MORNING, [8])],
    ),
    "python items": (
        "a.py",
        PY + 'JOBS = {"08:00": morning, "20:00": evening}\nfor t, f in JOBS.items():\n    schedule.every().day.at(t).do(f)\n',
        [("every day at 08:00", [8]), ("every day at 20:00", [10])],
    ),
    "python comprehension": (
        "a.py",
        PY + '[schedule.every().day.at(t).do(morning) for t in ("08:00", "20:00")]\n',
        [("every day at 08:00", [8]), ("every day at 20:00", [8])],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_entry_of_a_table_is_a_schedule(name: str) -> None:
    path, text, expected = CASES[name]
    assert [(s.expression, sorted(c.line for c in t.calls)) for s, t in found({path: text})] == expected

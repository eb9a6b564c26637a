"""Modes, dead branches, limits that bound nothing, and things that only look like schedules."""

from __future__ import annotations

import pytest

from auditor.model.setting import Absent, Given, Unclear
from tests.link.test_schedules import ASK_TS, JOB, found, repository, run, workflow

ARGPARSE = """
import argparse
from openai import OpenAI

client = OpenAI()


def weekly(args):
    print("only a log line")


def daily(args):
    client.chat.completions.create(model="gpt-4o-mini", messages=[])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", default="weekly", choices=["weekly", "daily"])
    parser.add_argument("--dry-run", action="store_true")
    args = parser.parse_args()
    if args.dry_run:
        print("nothing is sent")
        return
    if args.mode == "weekly":
        weekly(args)
    else:
        daily(args)


if __name__ == "__main__":
    main()
"""
SUBCOMMANDS = """
import argparse
from openai import OpenAI


def post(args):
    print(args)


def write(args):
    OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[])


parser = argparse.ArgumentParser()
sub = parser.add_subparsers(dest="command")
p = sub.add_parser("post")
p.set_defaults(func=post)
w = sub.add_parser("write")
w.set_defaults(func=write)
args = parser.parse_args()
args.func(args)
"""
CLICK = """
import click
from openai import OpenAI


@click.group()
def cli():
    pass


@cli.command()
def post():
    print("posted")


@cli.command("write")
@click.option("--model", default="gpt-4o-mini")
@click.option("--real/--fake", default=False)
def write(model, real):
    if not real:
        return
    OpenAI().chat.completions.create(model=model, messages=[])


if __name__ == "__main__":
    cli()
"""
ARGV = """
import sys
from openai import OpenAI

if "--watch" in sys.argv:
    print("watching")
elif len(sys.argv) > 1 and sys.argv[1] == "send":
    OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[])
"""
NODE = """
import { ask } from "./ask";
const mode = process.argv[2] ?? "log";
switch (mode) {
  case "send":
    await ask();
    break;
  default:
    console.log("nothing");
}
"""
ENVIRONMENT = """
import os
from openai import OpenAI

if os.getenv("MODE") == "send":
    OpenAI().chat.completions.create(model="gpt-4o-mini", messages=[])
"""


@pytest.mark.parametrize(
    ("source", "command", "reaches"),
    [
        (ARGPARSE, "python job.py", False),
        (ARGPARSE, "python job.py --mode daily", True),
        (ARGPARSE, "python job.py --mode=daily", True),
        (ARGPARSE, "python job.py --mode daily --dry-run", False),
        (ARGPARSE, "python job.py --mode $MODE", True),
        (SUBCOMMANDS, "python job.py post", False),
        (SUBCOMMANDS, "python job.py write", True),
        (CLICK, "python job.py post", False),
        (CLICK, "python job.py write", False),
        (CLICK, "python job.py write --real", True),
        (ARGV, "python job.py", False),
        (ARGV, "python job.py send", True),
        (ARGV, "python job.py send --watch", False),
        (ENVIRONMENT, "MODE=log python job.py", False),
        (ENVIRONMENT, "MODE=send python job.py", True),
        (ENVIRONMENT, "python job.py", True),
    ],
)
def test_arguments_choose_the_mode(source: str, command: str, reaches: bool) -> None:
    ((_, trigger),) = found({"crontab": f"0 6 * * * {command}\n", "job.py": source})
    assert trigger.reaches is reaches


@pytest.mark.parametrize(("command", "reaches"), [("npx tsx job.ts", False), ("npx tsx job.ts send", True)])
def test_arguments_of_javascript(command: str, reaches: bool) -> None:
    ((_, trigger),) = found({"crontab": f"0 6 * * * {command}\n", "job.ts": NODE, "ask.ts": ASK_TS})
    assert trigger.reaches is reaches


@pytest.mark.parametrize(
    ("steps", "reaches"),
    [
        ("- if: github.event_name == 'workflow_dispatch'\n  run: python job.py", False),
        ("- if: github.event_name == 'schedule'\n  run: python job.py", True),
        ("- if: ${{ github.event.schedule == '0 9 * * *' }}\n  run: python job.py", False),
        ('- run: |\n    if [ "${{ inputs.run }}" = "yes" ]; then\n      python job.py\n    fi', False),
        ('- run: |\n    if [ "${{ inputs.run || \'yes\' }}" = "yes" ]; then\n      python job.py\n    fi', True),
        ("- run: |\n    # python job.py\n    echo done", False),
        ("- run: echo 'python job.py'", False),
        ("- run: |\n    cat <<EOF\n    python job.py\n    EOF", False),
        ("- run: |\n    bash scripts/run.sh", True),
    ],
)
def test_conditions_of_workflows(steps: str, reaches: bool) -> None:
    files = {
        ".github/workflows/a.yml": workflow(steps),
        "job.py": JOB,
        "scripts/run.sh": 'cd "$(dirname "$0")/.."\npython job.py\n',
    }
    ((_, trigger),) = found(files)
    assert trigger.reaches is reaches


def test_matrix_chooses_the_mode() -> None:
    job = "    strategy:\n      matrix:\n        mode: [weekly, daily]\n"
    ((schedule, trigger),) = found(
        {
            ".github/workflows/a.yml": workflow(run("python job.py --mode ${{ matrix.mode }}"), job=job),
            "job.py": ARGPARSE,
        }
    )
    assert trigger.reaches is True
    assert schedule.replicas == 2
    assert schedule.runs_per_month == pytest.approx(2 * 30.4375)


def test_cloudflare_cron_chooses_the_branch() -> None:
    files = {
        "wrangler.toml": 'main = "src/index.ts"\n[triggers]\ncrons = ["0 9 * * *", "0 * * * *"]\n',
        "src/index.ts": """
            import { ask } from "./ask";
            export default {
              async scheduled(event, env, ctx) {
                switch (event.cron) {
                  case "0 9 * * *":
                    await ask();
                    break;
                  default:
                    console.log("clean up");
                }
              },
            };
        """,
        "src/ask.ts": ASK_TS,
    }
    reached = {schedule.expression: trigger.reaches for schedule, trigger in found(files)}
    assert reached == {"0 9 * * *": True, "0 * * * *": False}


LIMITS = [
    ("for post in fetch()[:10]:\n        ask(post)", 10),
    ("for post in fetch():\n        ask(post)", None),
    ("for post in fetch():\n        ask(post)\n    print(fetch()[:10])", None),
    ("ask('a')\n    ask('b')", 2),
    ("for _ in range(3):\n        for _ in range(4):\n            ask('x')", 12),
    ("while True:\n        ask('x')", None),
]


@pytest.mark.parametrize(("body", "limit"), LIMITS)
def test_bound_on_calls(body: str, limit: int | None) -> None:
    source = (
        "import requests\nfrom openai import OpenAI\n\n\ndef fetch():\n    return requests.get('https://example.com').json()\n\n\n"
        "def ask(text):\n    return OpenAI().chat.completions.create(model='gpt-4o-mini', messages=[])\n\n\n"
        f"def main():\n    {body}\n\n\nmain()\n"
    )
    ((schedule, trigger),) = found({"crontab": "0 6 * * * python job.py\n", "job.py": source})
    assert trigger.reaches is True
    if limit is None:
        assert isinstance(schedule.item_limit, Absent)
    else:
        assert isinstance(schedule.item_limit, Given)
        assert schedule.item_limit.value == limit


def test_lost_way_is_unknown_with_the_point() -> None:
    ((schedule, trigger),) = found({"crontab": "0 6 * * * /srv/tools/run-it.sh\n", "job.py": JOB})
    assert trigger.reaches is None
    assert "run-it.sh" in trigger.lost
    assert isinstance(schedule.item_limit, Unclear)


def test_invalid_expression_is_said() -> None:
    ((schedule, _),) = found({"crontab": "61 * * * * python job.py\n", "job.py": JOB})
    assert schedule.invalid
    assert schedule.runs_per_month is None


ADVERSARIAL = {
    ".github/dependabot.yml": "version: 2\nupdates:\n  - package-ecosystem: npm\n    directory: /\n    schedule:\n      interval: daily\n",
    ".github/workflows/ci.yml": "on: [push]\n# schedule:\n#   - cron: '0 6 * * *'\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: python job.py\n",
    "crontab": "# 0 6 * * * python job.py\nMAILTO=me\n",
    "README.md": "Run it with cron: `0 6 * * * python job.py`\n",
    "data.json": '{"schedule": "0 6 * * *", "cron": "* * * * *"}',
    "values.yaml": 'schedule: "0 6 * * *"\n',
    "job.py": JOB,
    "settings.py": 'EXPRESSION = "0 6 * * *"\nCRON_EXAMPLES = ["*/5 * * * *", "@daily"]\n# schedule.every().day.do(main)\n',
    "poll.py": "import time\nfrom job import main\n\n\ndef wait(task):\n    while True:\n        if task.done():\n            return\n        time.sleep(1)\n\n\ndef retry():\n    while True:\n        try:\n            main()\n            break\n        except Exception:\n            time.sleep(5)\n\n\ndef worker(queue):\n    while True:\n        item = queue.get()\n        main()\n        time.sleep(1)\n",
    "src/Clock.tsx": 'import { useEffect, useState } from "react";\nexport function Clock() {\n  const [now, setNow] = useState(0);\n  useEffect(() => {\n    const id = setInterval(() => setNow(Date.now()), 60000);\n    return () => clearInterval(id);\n  }, []);\n  return <p>{now}</p>;\n}\n',
    "src/Status.tsx": 'import { useEffect } from "react";\nexport function Status() {\n  useEffect(() => { setInterval(() => fetch("/api/status"), 300000); }, []);\n  return null;\n}\n',
    "server/keepalive.ts": 'import { ask } from "../ask";\nexport async function stream(res) {\n  const beat = setInterval(() => res.write(":"), 15000);\n  await ask();\n  clearInterval(beat);\n}\n',
    "ask.ts": ASK_TS,
    "scheduler.ts": 'export class Scheduler {\n  schedule(expression: string, job: () => void) { this.jobs.push([expression, job]); }\n}\nnew Scheduler().schedule("0 6 * * *", () => console.log("own scheduler"));\n',
}


def test_what_only_looks_like_a_schedule_is_none() -> None:
    repo = repository(ADVERSARIAL)
    assert [(s.at.path, s.kind, s.expression) for s in repo.schedules] == []


def test_jobs_that_only_delete_reach_nothing() -> None:
    files = {
        "app.py": "from apscheduler.schedulers.background import BackgroundScheduler\nfrom job import main\n\n\ndef clean():\n    print('deleted')\n\n\ns = BackgroundScheduler()\ns.add_job(clean, 'interval', hours=1)\n",
        "job.py": JOB,
    }
    ((schedule, trigger),) = found(files)
    assert trigger.reaches is False
    assert isinstance(schedule.item_limit, Absent)


def test_recursion_and_cycles_end() -> None:
    source = "from openai import OpenAI\n\n\ndef a(n):\n    b(n)\n\n\ndef b(n):\n    a(n + 1)\n    OpenAI().chat.completions.create(model='gpt-4o', messages=[])\n\n\na(0)\n"
    files = {
        "crontab": "0 6 * * * make loop\n0 7 * * * python job.py\n",
        "Makefile": "loop: again\n\tmake loop\nagain: loop\n\tpython job.py\n",
        "job.py": source,
    }
    assert [t.reaches for _, t in found(files)] == [True, True]

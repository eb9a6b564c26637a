"""Ways from a timer through events, tasks, queues and bots, and what is no schedule or no interactive traffic."""

from __future__ import annotations

import pytest

from auditor.model.facts import Schedule, Trigger
from auditor.model.repo import Repo
from auditor.model.setting import Absent, Given, Unclear
from tests.link.flows import repo_of

ASK = """
import OpenAI from "openai";
const client = new OpenAI();
export async function ask() {
  return await client.chat.completions.create({ model: "gpt-4o-mini", messages: [], max_tokens: 200 });
}
"""
PYTHON = """
from openai import OpenAI
client = OpenAI()


def ask(text="news"):
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": text}], max_tokens=100)
"""


def one(repo: Repo) -> tuple[Schedule, Trigger]:
    (schedule,) = repo.schedules
    trigger = repo.trigger_of(schedule)
    assert trigger is not None
    return schedule, trigger


# --------------------------------------------------------------------------- Inngest, Trigger.dev, BullMQ

INNGEST = """
import {{ inngest }} from "./client";
import {{ ask }} from "./ask";
export const tick = inngest.createFunction({{ id: "tick" }}, {{ cron: "0 * * * *" }}, async ({{ step }}) => {{
  await step.sendEvent("go", {{ name: "{sent}", data: {{}} }});
}});
export const answer = inngest.createFunction({{ id: "answer" }}, {{ event: "app/answer" }}, async () => ask());
"""


@pytest.mark.parametrize(("sent", "reaches"), [("app/answer", True), ("app/other", False)])
def test_an_event_that_a_scheduled_function_sends(sent: str, reaches: bool) -> None:
    files = {
        "client.ts": 'import { Inngest } from "inngest";\nexport const inngest = new Inngest({ id: "app" });\n',
        "ask.ts": ASK,
        "jobs.ts": INNGEST.format(sent=sent),
    }
    assert one(repo_of(files))[1].reaches is reaches


TASKS = """
import { task } from "@trigger.dev/sdk/v3";
import { ask } from "./ask";
export const summary = task({ id: "summary", run: async () => ask() });
export const quiet = task({ id: "quiet", run: async () => console.log("nothing") });
"""


@pytest.mark.parametrize(
    ("made", "reaches"),
    [
        ("schedules.create({ task: summary.id, cron: '0 8 * * *' });", True),
        ("schedules.create({ task: 'summary', cron: '0 8 * * *' });", True),
        ("schedules.create({ task: quiet.id, cron: '0 8 * * *' });", False),
        ("schedules.create({ task: 'quiet', cron: '0 8 * * *' });", False),
        ("schedules.create({ task: 'gone', cron: '0 8 * * *' });", None),
        ("schedules.task({ id: 'a', cron: '0 8 * * *', run: async () => { await summary.trigger({}); } });", True),
        (
            "schedules.task({ id: 'a', cron: '0 8 * * *', run: async () => { await tasks.trigger('summary', {}); } });",
            True,
        ),
        ("schedules.task({ id: 'a', cron: '0 8 * * *', run: async () => { await quiet.trigger({}); } });", False),
    ],
)
def test_tasks_of_trigger_dev(made: str, reaches: bool | None) -> None:
    head = 'import { schedules, tasks } from "@trigger.dev/sdk/v3";\nimport { quiet, summary } from "./tasks";\n'
    schedule, trigger = one(repo_of({"ask.ts": ASK, "tasks.ts": TASKS, "schedules.ts": head + made + "\n"}))
    assert (schedule.kind, schedule.expression) == ("trigger-dev", "0 8 * * *")
    assert trigger.reaches is reaches


@pytest.mark.parametrize(("queue", "reaches"), [("answers", True), ("mails", False)])
def test_a_job_that_is_put_into_a_queue(queue: str, reaches: bool) -> None:
    files = {
        "ask.ts": ASK,
        "worker.ts": 'import { Worker } from "bullmq";\nimport { ask } from "./ask";\nnew Worker("answers", async () => ask());\n'
        'new Worker("mails", async () => console.log("mail"));\n',
        "cron.ts": 'import cron from "node-cron";\nimport { Queue } from "bullmq";\n'
        f'const queue = new Queue("{queue}");\ncron.schedule("0 * * * *", async () => {{ await queue.add("one", {{}}); }});\n',
    }
    repo = repo_of(files)
    (timer,) = [s for s in repo.schedules if s.kind == "node-cron"]
    trigger = repo.trigger_of(timer)
    assert trigger is not None
    assert trigger.reaches is reaches


# --------------------------------------------------------------------------- vercel.ts


def test_crons_of_a_configuration_that_is_a_program() -> None:
    files = {
        "vercel.ts": 'import type { VercelConfig } from "@vercel/config/v1";\nexport const config: VercelConfig = {\n'
        '  crons: [\n    { path: "/api/digest", schedule: "0 6 * * *" },\n  ],\n};\n',
        "app/api/digest/route.ts": ASK.replace("ask", "GET"),
    }
    schedule, trigger = one(repo_of(files))
    assert (schedule.kind, schedule.expression, schedule.at.line) == ("vercel-cron", "0 6 * * *", 4)
    assert trigger.reaches is True


# --------------------------------------------------------------------------- bots

BOT = """
import discord
from job import ask


def run_daily():
    client = discord.Client(intents=discord.Intents.default())

    @client.event
    async def {event}(*args):
        ask()

    client.run("token")
"""


@pytest.mark.parametrize(("event", "reaches"), [("on_ready", True), ("on_message", False)])
def test_what_a_bot_does_when_a_job_connects_it(event: str, reaches: bool) -> None:
    files = {
        "run.py": "import modal\nfrom bot import run_daily\napp = modal.App()\n"
        '@app.function(schedule=modal.Cron("0 1 * * *"))\ndef run():\n    run_daily()\n',
        "bot.py": BOT.format(event=event),
        "job.py": PYTHON,
    }
    schedule, trigger = one(repo_of(files))
    assert trigger.reaches is reaches
    if reaches:
        assert isinstance(schedule.shared_key, Absent)  # nobody's message leads there


# --------------------------------------------------------------------------- Airflow

DAG = """
from airflow.decorators import dag, task
from job import ask


@dag(schedule="@daily")
def news():
    @task()
    def write():
        ask()

    write()


@dag(schedule="@hourly")
def clean():
    @task()
    def tidy():
        print("tidy")

    tidy()

"""


def test_each_dag_has_its_own_tasks_and_one_that_nothing_makes_is_none() -> None:
    repo = repo_of({"dags/a.py": DAG + "\nnews()\nclean()\n", "dags/job.py": PYTHON})
    assert {s.expression: t.reaches for s, t in zip(repo.schedules, repo.triggers, strict=True)} == {
        "@daily": True,
        "@hourly": False,
    }
    repo = repo_of({"dags/a.py": DAG + "\nclean()\n", "dags/job.py": PYTHON})
    assert [s.expression for s in repo.schedules] == ["@hourly"]


# --------------------------------------------------------------------------- what bounds a run

SQL = """
import sqlite3
from job import ask


def main():
    cursor = sqlite3.connect("x").cursor()
    {query}
    for row in cursor.fetchall():
        ask(row[0])


main()
"""


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        ('cursor.execute("SELECT text FROM posts ORDER BY at LIMIT 15")', 15),
        ('cursor.execute("SELECT text FROM posts")', None),
        ('cursor.execute("SELECT text FROM (SELECT text FROM posts LIMIT 5) JOIN tags")', None),
        ('cursor.execute("""\n        SELECT text FROM posts\n        LIMIT 7;\n    """)', 7),
        ('cursor.execute(f"SELECT text FROM posts LIMIT {LIMIT}")', 20),
    ],
)
def test_a_query_that_ends_in_a_limit_bounds_the_calls(query: str, limit: int | None) -> None:
    code = SQL.format(query=query).replace("def main", "LIMIT = 20\n\n\ndef main")
    schedule, _ = one(repo_of({"crontab": "0 6 * * * python main.py\n", "main.py": code, "job.py": PYTHON}))
    if limit is None:
        assert isinstance(schedule.item_limit, Absent)
    else:
        assert isinstance(schedule.item_limit, Given)
        assert schedule.item_limit.value == limit


# --------------------------------------------------------------------------- keys

ROUTE = """
import OpenAI from "openai";
const client = new OpenAI();
export async function GET(request: Request) {
  CHECK
  return Response.json(await client.chat.completions.create({ model: "gpt-4o-mini", messages: [], max_tokens: 9 }));
}
"""
SECRET = """if (request.headers.get("authorization") !== `Bearer ${process.env.CRON_SECRET}`) {
    return new Response("no", { status: 401 });
  }"""


@pytest.mark.parametrize(("check", "expected"), [(SECRET, Absent), ("", Unclear)])
def test_a_schedulers_own_endpoint_is_no_interactive_traffic(check: str, expected: type) -> None:
    files = {
        "vercel.json": '{ "crons": [ { "path": "/api/digest", "schedule": "0 8 * * *" } ] }',
        "app/api/digest/route.ts": ROUTE.replace("CHECK", check),
    }
    assert isinstance(one(repo_of(files))[0].shared_key, expected)


@pytest.mark.parametrize(
    ("path", "check", "expected"),
    [
        ("cron/digest", SECRET, Absent),
        ("cron-digest", SECRET, Absent),
        ("cron/digest", "", Unclear),
        ("micronutrients", SECRET, Given),
        ("digest", "", Given),
    ],
)
def test_an_endpoint_made_for_a_timer_elsewhere_is_none_for_people(path: str, check: str, expected: type) -> None:
    route = ROUTE.replace("CHECK", check)
    shared = 'import { GET } from "./app/api/' + path + '/route";\nawait GET(new Request("http://x"));\n'
    files = {"crontab": "0 8 * * * npx tsx digest.ts\n", "digest.ts": shared, f"app/api/{path}/route.ts": route}
    assert isinstance(one(repo_of(files))[0].shared_key, expected)


def test_a_step_is_named_as_the_code_at_its_place_names_it() -> None:
    files = {
        "ask.ts": ASK,
        "timer.ts": "export function start(onTick: () => Promise<void>) {\n  let id;\n  const arm = () => {\n"
        "    id = setTimeout(async () => {\n      await onTick();\n      arm();\n    }, 60 * 60 * 1000);\n  };\n  arm();\n"
        "  return () => clearTimeout(id);\n}\n",
        "main.ts": 'import { start } from "./timer";\nimport { ask } from "./ask";\n'
        "const stop = start(async () => {\n  await ask();\n});\n",
    }
    _, trigger = one(repo_of(files))
    assert [s.label for s in trigger.traces[0]][-3:] == ["calls onTick", "calls ask", "sends the request"]


# --------------------------------------------------------------------------- requests that commands make

SHELL = """
on:
  schedule:
    - cron: "0 22 * * *"
jobs:
  news:
    runs-on: ubuntu-latest
    steps:
      - name: summarise
        env:
          OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}
        run: |
          curl -s https://api.openai.com/v1/chat/completions \\
            -H "Authorization: Bearer $OPENAI_API_KEY" \\
            -d '{"model": "gpt-4o-mini", "messages": []}'
      - run: curl -s https://example.com/ping
"""


def test_a_command_that_requests_a_model_is_a_scheduled_call() -> None:
    repo = repo_of({".github/workflows/news.yml": SHELL})
    (call,) = repo.llm_calls
    assert call.scheduled is True
    assert one(repo)[1].calls == (call.at,)


def test_the_key_of_the_called_vendor_counts() -> None:
    served = "from fastapi import FastAPI\nfrom job import ask\napp = FastAPI()\n@app.get('/x')\ndef x(q: str):\n    ask(q)\n"
    workflow = """
on:
  schedule:
    - cron: "0 3 * * *"
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: python -c "from job import ask; ask()"
        env:
          ANTHROPIC_API_KEY: ${{ secrets.ANTHROPIC_API_KEY }}
          OPENAI_API_KEY: ${{ secrets.NIGHTLY_OPENAI_KEY }}
"""
    repo = repo_of({".github/workflows/a.yml": workflow, "job.py": PYTHON, "main.py": served})
    assert isinstance(one(repo)[0].shared_key, Absent)


@pytest.mark.parametrize(
    ("body", "reaches"),
    [
        ("OpenAIEmbeddingOperator(task_id='a', input_text='x')", True),
        ("task(ask)('news')", True),
        ("task(quiet)()", False),
        ("EmptyOperator(task_id='a')", False),
    ],
)
def test_what_a_dag_makes_tasks_of(body: str, reaches: bool) -> None:
    code = (
        "from airflow.decorators import dag, task\nfrom job import ask\n"
        "from airflow.operators.empty import EmptyOperator\n"
        "from airflow.providers.openai.operators.openai import OpenAIEmbeddingOperator\n"
        f"def quiet():\n    print('x')\n@dag(schedule='@daily')\ndef news():\n    {body}\nnews()\n"
    )
    assert one(repo_of({"dags/a.py": code, "dags/job.py": PYTHON}))[1].reaches is reaches


@pytest.mark.parametrize(("path", "reaches"), [("api/digest", True), ("api/clean", False)])
@pytest.mark.parametrize(
    "request_", ['curl -fsS "$URL"', 'ARGS=(-fsS)\n          ARGS+=("$URL")\n          curl "${ARGS[@]}"']
)
def test_an_address_that_a_script_puts_together(path: str, reaches: bool, request_: str) -> None:
    workflow = f"""
on:
  schedule:
    - cron: "0 3 * * *"
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: |
          DOMAIN="${{{{ secrets.DOMAIN }}}}"
          URL="https://$DOMAIN/{path}"
          {request_}
"""
    files = {
        ".github/workflows/a.yml": workflow,
        "app/api/digest/route.ts": ASK.replace("ask", "GET"),
        "app/api/clean/route.ts": "export async function GET() { return Response.json({}); }\n",
    }
    assert one(repo_of(files))[1].reaches is reaches


# --------------------------------------------------------------------------- CDK

STACK = """
from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_


class News(Stack):
    def __init__(self, scope, id):
        super().__init__(scope, id)
        fn = lambda_.Function(self, "fn", code=lambda_.Code.from_asset("{folder}"), handler="app.handler")
        rule = events.Rule(self, "rule", schedule=events.Schedule.rate(Duration.hours(1)))
        rule.add_target(targets.LambdaFunction(fn))
"""


@pytest.mark.parametrize(("folder", "reaches"), [("jobs/news", True), ("jobs/clean", False)])
def test_a_target_that_is_added_to_a_rule(folder: str, reaches: bool) -> None:
    files = {
        "stack.py": STACK.format(folder=folder),
        "jobs/news/app.py": PYTHON.replace("def ask(text=", "def handler(event, context, text="),
        "jobs/clean/app.py": "def handler(event, context):\n    print('clean')\n",
    }
    schedule, trigger = one(repo_of(files))
    assert schedule.runs_per_month == pytest.approx(730.5)
    assert trigger.reaches is reaches

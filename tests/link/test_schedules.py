"""One small repository for each scheduler family, from the timer to the call, through the real pipeline."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import pytest

from auditor.model.facts import Schedule, Trigger
from auditor.model.repo import Repo
from auditor.model.setting import Given
from auditor.pipeline import build_repo, default_catalog
from auditor.source.memory import MemoryTree

JOB = """
from openai import OpenAI

client = OpenAI()


def main():
    client.chat.completions.create(model="gpt-4o-mini", messages=[], max_tokens=200)


if __name__ == "__main__":
    main()
"""
ASK_TS = """
import OpenAI from "openai";
const client = new OpenAI();
export async function ask() {
  return await client.chat.completions.create({ model: "gpt-4o-mini", messages: [], max_tokens: 200 });
}
"""


def repository(files: dict[str, str]) -> Repo:
    plain = {path: textwrap.dedent(text).lstrip("\n") for path, text in files.items()}
    return build_repo(MemoryTree(plain), default_catalog())


def found(files: dict[str, str]) -> list[tuple[Schedule, Trigger]]:
    repo = repository(files)
    return [(s, t) for s, t in zip(repo.schedules, repo.triggers, strict=True)]


@dataclass(frozen=True)
class Case:
    """A family: files, and of its only schedule: kind, expression, whether it reaches, and which bounds it has."""

    name: str
    files: dict[str, str]
    kind: str
    expression: str
    reaches: bool | None = True
    bounds: str = ""  # letters: t time limit, o overlap guard, i item limit
    runs: float | None = None


def workflow(steps: str, *, top: str = "", job: str = "", cron: str = "0 6 * * *") -> str:
    text = f'on:\n  schedule:\n    - cron: "{cron}"\n{top}jobs:\n  work:\n    runs-on: ubuntu-latest\n{job}    steps:\n'
    return text + textwrap.indent(textwrap.dedent(steps).strip("\n"), "      ") + "\n"


def run(command: str) -> str:
    return f"- run: {command}"


CASES = [
    Case(
        "github-actions",
        {".github/workflows/a.yml": workflow(run("python job.py")), "job.py": JOB},
        "github-actions",
        "0 6 * * *",
        True,
        "i",
        30.4375,
    ),
    Case(
        "github-limits",
        {
            ".github/workflows/a.yml": workflow(
                run("python job.py"), top="concurrency: {group: news}\n", job="    timeout-minutes: 5\n"
            ),
            "job.py": JOB,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "toi",
    ),
    Case(
        "github-module-in-folder",
        {
            ".github/workflows/a.yml": workflow("- run: python -m pkg.job\n  working-directory: backend"),
            "backend/pkg/job.py": JOB,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-composite-action",
        {
            ".github/workflows/a.yml": workflow("- uses: ./.github/actions/run"),
            ".github/actions/run/action.yml": "runs:\n  using: composite\n  steps:\n    - run: python job.py\n      shell: bash\n",
            "job.py": JOB,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-reusable-workflow",
        {
            ".github/workflows/a.yml": 'on:\n  schedule:\n    - cron: "0 6 * * *"\njobs:\n  go:\n    uses: ./.github/workflows/b.yml\n',
            ".github/workflows/b.yml": "on: workflow_call\njobs:\n  x:\n    runs-on: ubuntu-latest\n    steps:\n      - run: python job.py\n",
            "job.py": JOB,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-paid-action",
        {".github/workflows/a.yml": workflow("- uses: anthropics/claude-code-action@v1"), "job.py": JOB},
        "github-actions",
        "0 6 * * *",
        True,
    ),
    Case(
        "github-curl-own-route",
        {
            ".github/workflows/a.yml": workflow(run('curl -X POST "${{ secrets.APP_URL }}/api/digest"')),
            "app/api/digest/route.ts": 'import { ask } from "../../../lib/ask";\nexport async function POST() { return Response.json(await ask()); }\n',
            "lib/ask.ts": ASK_TS,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-uv-poetry-npm",
        {
            ".github/workflows/a.yml": workflow(run("npm ci && npm run digest")),
            "package.json": '{"scripts": {"digest": "tsx scripts/digest.ts"}}',
            "scripts/digest.ts": 'import { ask } from "../lib/ask";\nawait ask();\n',
            "lib/ask.ts": ASK_TS,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-make-uv",
        {
            ".github/workflows/a.yml": workflow(run("make digest")),
            "Makefile": "digest:\n\tuv run python -m job\n",
            "job.py": JOB,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-console-script",
        {
            ".github/workflows/a.yml": workflow(run("pip install . && digest --quiet")),
            "pyproject.toml": '[project]\nname = "x"\nversion = "1"\n[project.scripts]\ndigest = "app.cli:main"\n',
            "src/app/cli.py": JOB,
        },
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-inline-python",
        {".github/workflows/a.yml": workflow(run('python -c "from job import main; main()"')), "job.py": JOB},
        "github-actions",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "github-lost",
        {".github/workflows/a.yml": workflow(run("./missing.sh")), "job.py": JOB},
        "github-actions",
        "0 6 * * *",
        None,
    ),
    Case(
        "github-nothing",
        {".github/workflows/a.yml": workflow(run("pytest -q")), "job.py": JOB},
        "github-actions",
        "0 6 * * *",
        False,
    ),
    Case(
        "gitlab",
        {
            ".gitlab-ci.yml": 'digest:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == "schedule"\n  timeout: 10 minutes\n  resource_group: digest\n  script:\n    - python job.py\n',
            "job.py": JOB,
        },
        "gitlab-ci",
        "",
        True,
        "toi",
    ),
    Case(
        "crontab",
        {"crontab": "*/10 * * * * cd /opt/app && python job.py >> log 2>&1\n", "job.py": JOB},
        "crontab",
        "*/10 * * * *",
        True,
        "i",
        4383.0,
    ),
    Case(
        "crontab-wrapped",
        {"crontab": "@daily timeout 600 flock -n /tmp/l python job.py\n", "job.py": JOB},
        "crontab",
        "@daily",
        True,
        "toi",
    ),
    Case(
        "cron.d",
        {"deploy/cron.d/news": "0 5 * * * root /usr/bin/python3 /srv/app/job.py\n", "job.py": JOB},
        "crontab",
        "0 5 * * *",
        True,
        "i",
    ),
    Case(
        "dockerfile-cron",
        {"Dockerfile": 'FROM python\nRUN echo "0 * * * * python /app/job.py" > /etc/cron.d/job\n', "job.py": JOB},
        "crontab",
        "0 * * * *",
        True,
        "i",
    ),
    Case(
        "systemd",
        {
            "deploy/news.timer": "[Timer]\nOnCalendar=*-*-* 06:00:00\n",
            "deploy/news.service": "[Service]\nType=oneshot\nTimeoutStartSec=10min\nWorkingDirectory=/opt/app\nExecStart=/usr/bin/python3 job.py\n",
            "job.py": JOB,
        },
        "systemd-timer",
        "*-*-* 06:00:00",
        True,
        "toi",
        30.4375,
    ),
    Case(
        "kubernetes-helm",
        {
            "chart/templates/cron.yaml": """
                {{- if .Values.enabled }}
                apiVersion: batch/v1
                kind: CronJob
                metadata:
                  name: {{ .Release.Name }}
                spec:
                  schedule: {{ .Values.schedule | quote }}
                  concurrencyPolicy: Forbid
                  jobTemplate:
                    spec:
                      activeDeadlineSeconds: 300
                      template:
                        spec:
                          containers:
                            - name: job
                              image: "{{ .Values.image }}"
                              command: ["python", "job.py"]
                {{- end }}
            """,
            "job.py": JOB,
        },
        "k8s-cronjob",
        "",
        True,
        "toi",
    ),
    Case(
        "kubernetes-image",
        {
            "k8s/cron.yaml": 'kind: CronJob\nspec:\n  schedule: "0 6 * * *"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - {name: job, image: registry/job:1}\n',
            "Dockerfile": 'FROM python:3.12\nWORKDIR /app\nCOPY . /app\nENTRYPOINT ["python", "job.py"]\n',
            "job.py": JOB,
        },
        "k8s-cronjob",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "argo",
        {
            "argo.yaml": 'kind: CronWorkflow\nspec:\n  schedule: "0 6 * * *"\n  concurrencyPolicy: Forbid\n  workflowSpec:\n    entrypoint: a\n    activeDeadlineSeconds: 60\n    templates:\n      - name: a\n        container:\n          image: x\n          command: [python, job.py]\n',
            "job.py": JOB,
        },
        "argo-cronworkflow",
        "0 6 * * *",
        True,
        "toi",
    ),
    Case(
        "ofelia",
        {
            "docker-compose.yml": 'services:\n  app:\n    build: .\n    labels:\n      ofelia.job-exec.digest.schedule: "@every 1h"\n      ofelia.job-exec.digest.command: "python job.py"\n',
            "job.py": JOB,
        },
        "crontab",
        "@every 1h",
        True,
        "i",
        730.5,
    ),
    Case(
        "vercel",
        {
            "vercel.json": '{"crons": [{"path": "/api/cron", "schedule": "0 8 * * *"}]}',
            "src/app/api/cron/route.ts": 'import { ask } from "../../../../lib/ask";\nexport const maxDuration = 60;\nexport const GET = async () => Response.json(await ask());\n',
            "lib/ask.ts": ASK_TS,
        },
        "vercel-cron",
        "0 8 * * *",
        True,
        "ti",
    ),
    Case(
        "vercel-wrong-method",
        {
            "vercel.json": '{"crons": [{"path": "/api/cron", "schedule": "0 8 * * *"}]}',
            "app/api/cron/route.ts": 'import { ask } from "../../../lib/ask";\nexport async function POST() { return Response.json(await ask()); }\nexport async function GET() { return new Response("use POST"); }\n',
            "lib/ask.ts": ASK_TS,
        },
        "vercel-cron",
        "0 8 * * *",
        False,
    ),
    Case(
        "netlify",
        {
            "netlify.toml": '[functions."digest"]\nschedule = "@daily"\n',
            "netlify/functions/digest.ts": 'import { ask } from "../../lib/ask";\nexport default async () => { await ask(); };\n',
            "lib/ask.ts": ASK_TS,
        },
        "netlify-scheduled",
        "@daily",
        True,
        "i",
    ),
    Case(
        "cloudflare",
        {
            "wrangler.toml": 'name = "x"\nmain = "src/index.ts"\n[triggers]\ncrons = ["0 9 * * *"]\n',
            "src/index.ts": 'import { ask } from "./ask";\nexport default {\n  async fetch() { return new Response("ok"); },\n  async scheduled(event, env, ctx) { ctx.waitUntil(ask()); },\n};\n',
            "src/ask.ts": ASK_TS,
        },
        "cloudflare-cron",
        "0 9 * * *",
        True,
        "i",
    ),
    Case(
        "render",
        {
            "render.yaml": 'services:\n  - type: cron\n    name: digest\n    schedule: "0 4 * * *"\n    startCommand: python job.py\n',
            "job.py": JOB,
        },
        "render-cron",
        "0 4 * * *",
        True,
        "oi",
    ),
    Case(
        "railway",
        {"railway.json": '{"deploy": {"startCommand": "python job.py", "cronSchedule": "0 4 * * *"}}', "job.py": JOB},
        "railway-cron",
        "0 4 * * *",
        True,
        "oi",
    ),
    Case(
        "heroku",
        {"app.json": '{"name": "cron", "addons": ["scheduler:standard"]}', "job.py": JOB},
        "fly-heroku",
        "",
        None,
    ),
    Case(
        "supabase",
        {
            "supabase/migrations/1.sql": "select cron.schedule('digest', '0 7 * * *', $$ select net.http_post(url := 'https://x.supabase.co/functions/v1/digest') $$);\n",
            "supabase/functions/digest/index.ts": 'import OpenAI from "npm:openai";\nconst client = new OpenAI();\nDeno.serve(async () => Response.json(await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] })));\n',
        },
        "pg-cron",
        "0 7 * * *",
        True,
        "i",
    ),
    Case(
        "sam",
        {
            "template.yaml": "Resources:\n  Digest:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: src/\n      Handler: app.handler\n      Timeout: 60\n      Events:\n        Daily:\n          Type: Schedule\n          Properties:\n            Schedule: rate(1 day)\n",
            "src/app.py": JOB.replace("def main()", "def handler(event=None, context=None)").replace(
                "    main()", "    handler()"
            ),
        },
        "aws-schedule",
        "rate(1 day)",
        True,
        "ti",
        30.4375,
    ),
    Case(
        "serverless",
        {
            "serverless.yml": "provider:\n  name: aws\nfunctions:\n  digest:\n    handler: src/digest.run\n    timeout: 30\n    reservedConcurrency: 1\n    events:\n      - schedule: cron(0 12 * * ? *)\n",
            "src/digest.ts": 'import { ask } from "./ask";\nexport const run = async () => ask();\n',
            "src/ask.ts": ASK_TS,
        },
        "aws-schedule",
        "cron(0 12 * * ? *)",
        True,
        "toi",
        30.4375,
    ),
    Case(
        "terraform",
        {
            "main.tf": 'resource "aws_lambda_function" "digest" {\n  handler = "job.main"\n  timeout = 60\n}\nresource "aws_cloudwatch_event_rule" "daily" {\n  schedule_expression = "rate(1 day)"\n}\nresource "aws_cloudwatch_event_target" "t" {\n  rule = aws_cloudwatch_event_rule.daily.name\n  arn  = aws_lambda_function.digest.arn\n}\n',
            "job.py": JOB,
        },
        "aws-schedule",
        "rate(1 day)",
        True,
        "ti",
    ),
    Case(
        "google-terraform",
        {
            "main.tf": 'resource "google_cloud_scheduler_job" "daily" {\n  schedule = "0 5 * * *"\n  attempt_deadline = "320s"\n  http_target {\n    http_method = "POST"\n    uri = "https://app.example.com/tasks/digest"\n  }\n}\n',
            "main.py": "from fastapi import FastAPI\nfrom job import main\napp = FastAPI()\n\n\n@app.post('/tasks/digest')\ndef digest():\n    main()\n",
            "job.py": JOB,
        },
        "gcp-scheduler",
        "0 5 * * *",
        True,
        "ti",
    ),
    Case(
        "azure-function-json",
        {
            "Digest/function.json": '{"scriptFile": "__init__.py", "bindings": [{"type": "timerTrigger", "schedule": "0 0 6 * * *"}]}',
            "Digest/__init__.py": JOB,
        },
        "azure-timer",
        "0 0 6 * * *",
        True,
        "oi",
        30.4375,
    ),
    Case(
        "prefect-yaml",
        {
            "prefect.yaml": "deployments:\n  - name: d\n    entrypoint: job.py:main\n    schedules:\n      - cron: '0 6 * * *'\n",
            "job.py": JOB,
        },
        "prefect",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "spring",
        {
            "src/Job.java": '@Component\nclass Job {\n  @Scheduled(fixedRate = 60000)\n  public void run() { }\n  // @Scheduled(cron = "0 0 * * * *")\n}\n',
            "job.py": JOB,
        },
        "spring-scheduled",
        "fixedRate=60000",
        None,
        "",
        43830.0,
    ),
    # ------------------------------------------------------------------ in code: Python
    Case(
        "celery",
        {
            "proj/celery.py": 'from celery import Celery\nfrom celery.schedules import crontab\napp = Celery("proj")\napp.conf.task_time_limit = 300\napp.conf.beat_schedule = {\n    "d": {"task": "proj.tasks.digest", "schedule": crontab(minute=0, hour=6)},\n}\n',
            "proj/tasks.py": "from celery import shared_task\nfrom job import main\n\n\n@shared_task\ndef digest():\n    main()\n",
            "job.py": JOB,
        },
        "celery-beat",
        "crontab(minute=0, hour=6)",
        True,
        "ti",
        30.4375,
    ),
    Case(
        "celery-periodic",
        {
            "tasks.py": 'from celery import Celery\nfrom job import main\napp = Celery()\n\n\n@app.task(name="digest", time_limit=60)\ndef digest():\n    main()\n\n\n@app.on_after_configure.connect\ndef setup(sender, **kwargs):\n    sender.add_periodic_task(3600.0, digest.s())\n',
            "job.py": JOB,
        },
        "celery-beat",
        "3600.0",
        True,
        "ti",
        730.5,
    ),
    Case(
        "apscheduler",
        {
            "app.py": 'from apscheduler.schedulers.background import BackgroundScheduler\nfrom job import main\nscheduler = BackgroundScheduler()\nscheduler.add_job(main, "interval", minutes=30)\n',
            "job.py": JOB,
        },
        "apscheduler",
        "interval minutes=30",
        True,
        "oi",
        1461.0,
    ),
    Case(
        "apscheduler-decorator",
        {
            "app.py": 'from apscheduler.schedulers.blocking import BlockingScheduler\nfrom job import main\nsched = BlockingScheduler()\n\n\n@sched.scheduled_job("cron", hour=3)\ndef nightly():\n    main()\n',
            "job.py": JOB,
        },
        "apscheduler",
        "cron hour=3",
        True,
        "oi",
        30.4375,
    ),
    Case(
        "schedule",
        {
            "app.py": "import schedule\nimport time\nfrom job import main\nschedule.every(2).hours.do(main)\nwhile True:\n    schedule.run_pending()\n    time.sleep(1)\n",
            "job.py": JOB,
        },
        "py-schedule",
        "every 2 hours",
        True,
        "oi",
        365.25,
    ),
    Case(
        "rq",
        {
            "app.py": 'from rq_scheduler import Scheduler\nfrom job import main\nscheduler = Scheduler(connection=None)\nscheduler.cron("0 6 * * *", func=main, timeout=60)\n',
            "job.py": JOB,
        },
        "rq-scheduler",
        "0 6 * * *",
        True,
        "ti",
    ),
    Case(
        "dramatiq",
        {
            "app.py": 'import dramatiq\nfrom periodiq import cron\nfrom job import main\n\n\n@dramatiq.actor(periodic=cron("0 * * * *"), time_limit=60000)\ndef digest():\n    main()\n',
            "job.py": JOB,
        },
        "dramatiq-periodiq",
        "0 * * * *",
        True,
        "ti",
    ),
    Case(
        "arq",
        {
            "app.py": "from arq import cron\nfrom job import main\n\n\nasync def digest(ctx):\n    main()\n\n\nclass WorkerSettings:\n    cron_jobs = [cron(digest, hour=6, minute=0)]\n",
            "job.py": JOB,
        },
        "arq",
        "cron(hour=6, minute=0)",
        True,
        "oi",
        30.4375,
    ),
    Case(
        "huey",
        {
            "app.py": 'from huey import RedisHuey, crontab\nfrom job import main\nhuey = RedisHuey()\n\n\n@huey.periodic_task(crontab(minute="0"))\n@huey.lock_task("digest")\ndef digest():\n    main()\n',
            "job.py": JOB,
        },
        "huey",
        "crontab(minute='0')",
        True,
        "oi",
        730.5,
    ),
    Case(
        "django-crontab",
        {
            "site/settings.py": 'CRONJOBS = [("*/5 * * * *", "news.cron.digest")]\n',
            "news/cron.py": "from job import main\n\n\ndef digest():\n    main()\n",
            "job.py": JOB,
        },
        "django-crontab",
        "*/5 * * * *",
        True,
        "i",
    ),
    Case(
        "airflow",
        {
            "dags/digest.py": 'from airflow import DAG\nfrom airflow.operators.python import PythonOperator\nfrom job import main\nwith DAG("d", schedule="@daily", max_active_runs=1) as dag:\n    PythonOperator(task_id="a", python_callable=main)\n',
            "job.py": JOB,
        },
        "airflow",
        "@daily",
        True,
        "oi",
        30.4375,
    ),
    Case(
        "prefect",
        {
            "flow.py": 'from prefect import flow\nfrom job import main\n\n\n@flow(timeout_seconds=60)\ndef digest():\n    main()\n\n\nif __name__ == "__main__":\n    digest.serve(name="d", cron="0 6 * * *")\n',
            "job.py": JOB,
        },
        "prefect",
        "0 6 * * *",
        True,
        "ti",
    ),
    Case(
        "modal",
        {
            "app.py": 'import modal\nfrom job import main\napp = modal.App("x")\n\n\n@app.function(schedule=modal.Period(hours=6), timeout=60)\ndef digest():\n    main()\n',
            "job.py": JOB,
        },
        "modal",
        "modal.Period(hours=6)",
        True,
        "ti",
        121.75,
    ),
    Case(
        "repeat-every",
        {
            "app.py": "from fastapi import FastAPI\nfrom fastapi_utils.tasks import repeat_every\nfrom job import main\napp = FastAPI()\n\n\n@app.on_event('startup')\n@repeat_every(seconds=60 * 60)\ndef digest():\n    main()\n",
            "job.py": JOB,
        },
        "loop-sleep",
        "repeat_every(seconds=60 * 60)",
        True,
        "oi",
        730.5,
    ),
    Case(
        "loop-sleep",
        {
            "app.py": "import time\nfrom job import main\n\n\ndef serve():\n    while True:\n        try:\n            main()\n        except Exception:\n            pass\n        time.sleep(300)\n\n\nserve()\n",
            "job.py": JOB,
        },
        "loop-sleep",
        "every 5 minutes and the work's own time",
        True,
        "oi",
        8766.0,
    ),
    Case(
        "discord",
        {
            "bot.py": "from discord.ext import tasks\nfrom job import main\n\n\n@tasks.loop(hours=24)\nasync def digest():\n    main()\n",
            "job.py": JOB,
        },
        "discord-tasks",
        "loop(hours=24)",
        True,
        "oi",
        30.4375,
    ),
    Case(
        "telegram",
        {
            "bot.py": "from telegram.ext import Application\nfrom job import main\n\n\nasync def digest(context):\n    main()\n\n\napp = Application.builder().build()\napp.job_queue.run_repeating(digest, interval=3600)\n",
            "job.py": JOB,
        },
        "telegram-job-queue",
        "run_repeating(3600)",
        True,
        "oi",
        730.5,
    ),
    # ------------------------------------------------------------------ in code: JavaScript
    Case(
        "node-cron",
        {
            "app.ts": 'import cron from "node-cron";\nimport { ask } from "./ask";\ncron.schedule("0 * * * *", () => ask(), { noOverlap: true });\n',
            "ask.ts": ASK_TS,
        },
        "node-cron",
        "0 * * * *",
        True,
        "oi",
    ),
    Case(
        "cron-npm",
        {
            "app.js": 'const { CronJob } = require("cron");\nconst { ask } = require("./ask");\nnew CronJob("0 0 6 * * *", () => ask(), null, true);\n',
            "ask.ts": ASK_TS,
        },
        "node-cron",
        "0 0 6 * * *",
        True,
        "i",
    ),
    Case(
        "nest",
        {
            "news.service.ts": 'import { Cron, CronExpression } from "@nestjs/schedule";\nimport { ask } from "./ask";\nexport class News {\n  @Cron(CronExpression.EVERY_HOUR)\n  async digest() {\n    await ask();\n  }\n}\n',
            "ask.ts": ASK_TS,
        },
        "nestjs-cron",
        "0 * * * *",
        True,
        "i",
        730.5,
    ),
    Case(
        "node-schedule",
        {
            "app.ts": 'import schedule from "node-schedule";\nimport { ask } from "./ask";\nschedule.scheduleJob("0 6 * * *", async () => { await ask(); });\n',
            "ask.ts": ASK_TS,
        },
        "node-schedule",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "bullmq",
        {
            "queue.ts": 'import { Queue } from "bullmq";\nexport const queue = new Queue("digest");\nawait queue.upsertJobScheduler("daily", { pattern: "0 6 * * *" }, { name: "run" });\n',
            "worker.ts": 'import { Worker } from "bullmq";\nimport { ask } from "./ask";\nnew Worker("digest", async () => { await ask(); });\n',
            "ask.ts": ASK_TS,
        },
        "bullmq",
        "0 6 * * *",
        True,
        "i",
    ),
    Case(
        "agenda",
        {
            "app.ts": 'import { Agenda } from "agenda";\nimport { ask } from "./ask";\nconst agenda = new Agenda();\nagenda.define("digest", async () => { await ask(); });\nawait agenda.every("30 minutes", "digest");\n',
            "ask.ts": ASK_TS,
        },
        "agenda",
        "30 minutes",
        True,
        "i",
        1461.0,
    ),
    Case(
        "inngest",
        {
            "fn.ts": 'import { Inngest } from "inngest";\nimport { ask } from "./ask";\nconst inngest = new Inngest({ id: "x" });\nexport default inngest.createFunction({ id: "digest", concurrency: 1 }, { cron: "0 6 * * *" }, async ({ step }) => { await step.run("a", () => ask()); });\n',
            "ask.ts": ASK_TS,
        },
        "inngest",
        "0 6 * * *",
        True,
        "oi",
    ),
    Case(
        "trigger-dev",
        {
            "t.ts": 'import { schedules } from "@trigger.dev/sdk/v3";\nimport { ask } from "./ask";\nexport const digest = schedules.task({ id: "d", cron: "0 6 * * *", maxDuration: 60, run: async () => { await ask(); } });\n',
            "ask.ts": ASK_TS,
        },
        "trigger-dev",
        "0 6 * * *",
        True,
        "ti",
    ),
    Case(
        "convex",
        {
            "convex/crons.ts": 'import { cronJobs } from "convex/server";\nimport { internal } from "./_generated/api";\nconst crons = cronJobs();\ncrons.interval("digest", { minutes: 30 }, internal.digest.run);\nexport default crons;\n',
            "convex/digest.ts": 'import { internalAction } from "./_generated/server";\nimport { ask } from "../ask";\nexport const run = internalAction({ args: {}, handler: async () => { await ask(); } });\n',
            "ask.ts": ASK_TS,
        },
        "convex-cron",
        "interval minutes 30",
        True,
        "i",
        1461.0,
    ),
    Case(
        "setinterval",
        {
            "server.js": 'const { ask } = require("./ask");\nsetInterval(async () => { await ask(); }, 60 * 60 * 1000);\n',
            "ask.ts": ASK_TS,
        },
        "setinterval",
        "every 1 hour",
        True,
        "i",
        730.5,
    ),
    Case(
        "self-rearming",
        {
            "server.js": 'const { ask } = require("./ask");\nasync function tick() {\n  await ask();\n  setTimeout(tick, 10 * 60 * 1000);\n}\ntick();\n',
            "ask.ts": ASK_TS,
        },
        "setinterval",
        "every 10 minutes",
        True,
        "oi",
        4383.0,
    ),
    Case(
        "firebase",
        {
            "functions/index.js": 'const { onSchedule } = require("firebase-functions/v2/scheduler");\nconst { ask } = require("./ask");\nexports.digest = onSchedule("every 5 minutes", async () => { await ask(); });\n',
            "functions/ask.ts": ASK_TS,
        },
        "gcp-scheduler",
        "every 5 minutes",
        True,
        "i",
        8766.0,
    ),
    Case(
        "azure-code",
        {
            "src/t.ts": 'import { app } from "@azure/functions";\nimport { ask } from "./ask";\napp.timer("digest", { schedule: "0 */5 * * * *", handler: async () => { await ask(); } });\n',
            "src/ask.ts": ASK_TS,
        },
        "azure-timer",
        "0 */5 * * * *",
        True,
        "oi",
        8766.0,
    ),
    Case(
        "cdk",
        {
            "lib/stack.ts": 'import { Duration } from "aws-cdk-lib";\nimport { Rule, Schedule } from "aws-cdk-lib/aws-events";\nimport { LambdaFunction } from "aws-cdk-lib/aws-events-targets";\nimport { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";\nconst fn = new NodejsFunction(this, "f", { entry: "src/digest.ts", handler: "run" });\nnew Rule(this, "r", { schedule: Schedule.rate(Duration.minutes(5)), targets: [new LambdaFunction(fn)] });\n',
            "src/digest.ts": 'import { ask } from "./ask";\nexport const run = async () => ask();\n',
            "src/ask.ts": ASK_TS,
        },
        "aws-schedule",
        "Schedule.rate(Duration.minutes(5))",
        True,
        "i",
        8766.0,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_family(case: Case) -> None:
    rows = [(s, t) for s, t in found(case.files) if s.kind == case.kind]
    assert len(rows) == 1, [(s.kind, s.expression) for s, _ in found(case.files)]
    schedule, trigger = rows[0]
    assert schedule.expression == case.expression
    assert trigger.reaches is case.reaches, trigger.lost
    bounds = "".join(
        letter
        for letter, setting in (("t", schedule.time_limit), ("o", schedule.overlap_guard), ("i", schedule.item_limit))
        if isinstance(setting, Given)
    )
    assert bounds == case.bounds
    if case.runs is not None:
        assert schedule.runs_per_month == pytest.approx(case.runs)
    if case.reaches and trigger.calls:
        assert trigger.traces[0][0].at == schedule.at
        assert trigger.traces[0][-1].label == "sends the request"
    if case.reaches is None:
        assert trigger.lost


ALONE = {
    "node-cron": (
        "bot.js",
        'import cron from "node-cron";\ncron.schedule("0 8 * * *", () => console.log("good morning"));\n',
    ),
    "required": (
        "bot.js",
        'const cron = require("node-cron");\ncron.schedule("0 8 * * *", greet);\nfunction greet() {}\n',
    ),
    "nestjs": (
        "a.service.ts",
        'import { Cron } from "@nestjs/schedule";\nexport class A {\n  @Cron("0 8 * * *")\n  greet() {}\n}\n',
    ),
    "apscheduler": (
        "bot.py",
        "from apscheduler.schedulers.blocking import BlockingScheduler\ns = BlockingScheduler()\n"
        "s.add_job(print, 'cron', hour=8)\ns.start()\n",
    ),
    "schedule": (
        "bot.py",
        "import schedule\nimport time\nschedule.every().day.at('08:00').do(print)\n"
        "while True:\n    schedule.run_pending()\n    time.sleep(1)\n",
    ),
    "celery": (
        "tasks.py",
        "from celery import Celery\nfrom celery.schedules import crontab\napp = Celery()\n"
        "app.conf.beat_schedule = {'a': {'task': 'tasks.greet', 'schedule': crontab(hour=8, minute=0)}}\n"
        "@app.task\ndef greet():\n    print('good morning')\n",
    ),
    "airflow": (
        "dags/a.py",
        "from airflow import DAG\nfrom airflow.operators.python import PythonOperator\n"
        "with DAG('a', schedule='@daily') as dag:\n    PythonOperator(task_id='a', python_callable=print)\n",
    ),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_timer_in_a_repository_without_any_call_is_listed(name: str) -> None:
    path, text = ALONE[name]
    repo = build_repo(MemoryTree({path: text}), default_catalog())
    assert not repo.llm_calls
    (schedule,) = repo.schedules
    trigger = repo.trigger_of(schedule)
    assert trigger is not None
    assert trigger.reaches is False


def test_bare_timers_without_any_call_are_not_listed() -> None:
    files = {"ui.js": "setInterval(() => refresh(), 1000);\n", "d.py": "import time\nwhile True:\n    time.sleep(5)\n"}
    assert build_repo(MemoryTree(files), default_catalog()).schedules == ()


@pytest.mark.parametrize(
    ("zone", "expression", "invalid"),
    [
        ("Mars/Olympus", "0 6 * * *", "Mars/Olympus is no time zone"),
        ("Europe/Berlin", "0 6 * * *", ""),
        ("Etc/UTC", "CRON_TZ=Mars/Olympus 0 6 * * *", "Mars/Olympus is no time zone"),
    ],
)
def test_a_zone_that_does_not_exist_makes_a_schedule_invalid(zone: str, expression: str, invalid: str) -> None:
    job = (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: digest\nspec:\n"
        f'  schedule: "{expression}"\n  timeZone: "{zone}"\n'
        "  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n"
        "            - name: a\n              image: a\n              command: [python, job.py]\n"
    )
    ((schedule, _),) = found({"k8s/cron.yaml": job, "job.py": JOB})
    assert (schedule.invalid or "") == invalid

"""Families of schedulers that need more than one file, and the repository in which nothing is what it looks like."""

from __future__ import annotations

import pytest

from auditor.model.setting import Given
from auditor.pipeline import audit
from auditor.source.memory import MemoryTree
from tests.link.test_schedule_ways import ADVERSARIAL, ARGPARSE
from tests.link.test_schedules import ASK_TS, JOB, found

TASK = "from celery import shared_task\nfrom job import main\n\n\n@shared_task\ndef digest():\n    main()\n\n\n@shared_task\ndef clean():\n    print('clean')\n"
FIXTURE = """[
  {{"model": "django_celery_beat.crontabschedule", "pk": 1, "fields": {{"minute": "0", "hour": "6", "day_of_week": "*", "day_of_month": "*", "month_of_year": "*"}}}},
  {{"model": "django_celery_beat.periodictask", "pk": 1, "fields": {{"name": "digest", "task": "news.tasks.{task}", "crontab": 1, "enabled": true}}}}
]
"""
MIGRATION = """
from django.db import migrations


def forwards(apps, schema_editor):
    CrontabSchedule = apps.get_model("django_celery_beat", "CrontabSchedule")
    PeriodicTask = apps.get_model("django_celery_beat", "PeriodicTask")
    cron, _ = CrontabSchedule.objects.get_or_create(minute="0", hour="6")
    PeriodicTask.objects.get_or_create(name="digest", task="news.tasks.{task}", crontab=cron)


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forwards)]
"""
DAGSTER = """
from dagster import Definitions, ScheduleDefinition, asset, define_asset_job
from job import main


@asset
def digest():
    main()


daily = ScheduleDefinition(job=define_asset_job("all"), cron_schedule="0 6 * * *")
defs = Definitions(assets=[digest], schedules=[daily])
"""
DAGSTER_JOB = """
from dagster import job, op, schedule
from job import main


@op
def ask():
    main()


@job
def digest():
    ask()


@schedule(cron_schedule="0 6 * * *", job=digest)
def daily(context):
    return {}
"""
CRONJOB = """
apiVersion: batch/v1
kind: CronJob
metadata: {{name: news}}
spec:
  schedule: "0 6 * * *"
  jobTemplate:
    spec:
      activeDeadlineSeconds: 600
      template:
        spec:
          containers:
            - name: news
              image: registry.example.com/news:latest
              {run}
"""
DOCKERFILE = 'FROM python:3.12\nWORKDIR /srv\nCOPY . .\nENTRYPOINT ["python"]\nCMD ["quiet.py"]\n'
WORKFLOW = """
on:
  schedule:
    - cron: "0 6 * * *"
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: {run}
"""
FAMILIES: list[tuple[str, dict[str, str], str, bool | None]] = [
    ("beat-fixture", {"news/fixtures/beat.json": FIXTURE.format(task="digest"), "news/tasks.py": TASK}, "django-celery-beat", True),
    ("beat-fixture-quiet", {"news/fixtures/beat.json": FIXTURE.format(task="clean"), "news/tasks.py": TASK}, "django-celery-beat", False),
    ("beat-migration", {"news/migrations/0002.py": MIGRATION.format(task="digest"), "news/tasks.py": TASK}, "django-celery-beat", True),
    ("dagster-assets", {"defs.py": DAGSTER}, "dagster", True),
    ("dagster-job", {"defs.py": DAGSTER_JOB}, "dagster", True),
    ("kubernetes-args", {"k8s/news.yaml": CRONJOB.format(run='args: ["job.py"]'), "Dockerfile": DOCKERFILE}, "k8s-cronjob", True),
    ("kubernetes-image", {"k8s/news.yaml": CRONJOB.format(run="imagePullPolicy: Always"), "Dockerfile": DOCKERFILE}, "k8s-cronjob", False),
    ("kubernetes-command", {"k8s/news.yaml": CRONJOB.format(run='command: ["python", "-m", "job"]')}, "k8s-cronjob", True),
    (
        "kustomize",
        {
            "k8s/base/cronjob.yaml": CRONJOB.format(run='command: ["python", "job.py"]'),
            "k8s/base/kustomization.yaml": "resources: [cronjob.yaml]\n",
            "k8s/prod/kustomization.yaml": "resources: [../base]\npatches:\n  - path: patch.yaml\n",
        },
        "k8s-cronjob",
        True,
    ),
    ("fly", {"deploy.sh": "fly machine run . --schedule daily\n", "Dockerfile": DOCKERFILE.replace("quiet", "job")}, "fly-heroku", True),
    (
        "cron-image",
        {
            "docker-compose.yml": "services:\n  cron:\n    build: .\n    command: cron -f\n",
            "Dockerfile": "FROM python:3.12\nCOPY . /srv\nCOPY crontab /etc/cron.d/news\nCMD cron -f\n",
            "crontab": "0 6 * * * cd /srv && python job.py\n",
        },
        "crontab",
        True,
    ),
    ("deno", {"main.ts": 'import { ask } from "./ask.ts";\nDeno.cron("news", "0 6 * * *", () => ask());\n', "ask.ts": ASK_TS}, "node-cron", True),
    ("croner", {"main.ts": 'import { Cron } from "croner";\nimport { ask } from "./ask";\nnew Cron("0 6 * * *", () => ask());\n', "ask.ts": ASK_TS}, "node-cron", True),
    (
        "netlify-toml",
        {
            "netlify.toml": '[functions."news"]\nschedule = "0 6 * * *"\n',
            "netlify/functions/news.ts": 'import { ask } from "../../ask";\nexport default async () => { await ask(); };\n',
            "ask.ts": ASK_TS,
        },
        "netlify-scheduled",
        True,
    ),
    (
        "procfile-clock",
        {"Procfile": "clock: python clock.py\n", "clock.py": "from apscheduler.schedulers.blocking import BlockingScheduler\nfrom job import main\ns = BlockingScheduler()\n@s.scheduled_job('cron', hour=6)\ndef run():\n    main()\ns.start()\n"},
        "apscheduler",
        True,
    ),
    ("action-in-docker", {".github/workflows/a.yml": WORKFLOW.format(run="docker compose run --rm news"), "compose.yaml": "services:\n  news:\n    build: .\n    command: job.py\n", "Dockerfile": DOCKERFILE}, "github-actions", True),
]  # fmt: skip


@pytest.mark.parametrize(("files", "kind", "reaches"), [f[1:] for f in FAMILIES], ids=[f[0] for f in FAMILIES])
def test_family(files: dict[str, str], kind: str, reaches: bool | None) -> None:
    rows = [(s, t) for s, t in found({"job.py": JOB, "quiet.py": "print('nothing')\n", **files}) if s.kind == kind]
    assert len(rows) == 1, [(s.kind, s.at) for s, _ in found({"job.py": JOB, **files})]
    schedule, trigger = rows[0]
    assert trigger.reaches is reaches, trigger.lost
    if reaches:
        assert trigger.traces[0][0].at == schedule.at
    if kind == "k8s-cronjob":
        assert isinstance(schedule.time_limit, Given)


# --------------------------------------------------------------------------- nothing is what it looks like

TRAPS = {
    **ADVERSARIAL,
    "modes.py": ARGPARSE,
    ".github/workflows/weekly.yml": WORKFLOW.format(run="python modes.py --mode weekly"),  # only logs
    ".github/workflows/manual.yml": WORKFLOW.format(run="python job.py").replace(
        "    runs-on", "    if: github.event_name == 'workflow_dispatch'\n    runs-on"
    ),
    ".github/workflows/said.yml": WORKFLOW.format(run="echo python job.py"),
    "clean.py": "import shutil\n\n\ndef main():\n    shutil.rmtree('cache')\n\n\nmain()\n",
    "deploy/crontab": "0 3 * * * python clean.py\n#0 4 * * * python job.py\n",
    "beat.py": "from celery import Celery\nfrom job import main\napp = Celery()\n\n\n@app.task\ndef clean():\n    print('clean')\n\n\n"
    "@app.task\ndef ask():\n    main()\n\n\napp.conf.beat_schedule = {'clean': {'task': 'beat.clean', 'schedule': 3600.0}}\n",
}


def test_an_adversarial_repository_has_no_schedule_that_reaches_a_call_and_no_finding() -> None:
    report = audit(MemoryTree(TRAPS))
    repo = report.repo
    assert repo.llm_calls
    assert {s.at.path for s in repo.schedules} == {
        ".github/workflows/weekly.yml",
        ".github/workflows/manual.yml",
        ".github/workflows/said.yml",
        "deploy/crontab",
        "beat.py",
    }
    assert {t.reaches for t in repo.triggers} == {False}
    assert not any(c.scheduled for c in repo.llm_calls)
    told = [
        f
        for f in report.findings
        if "schedule" in f.check or f.check in {"retry-multiplication", "public-cron-endpoint"}
    ]
    assert [(f.check, f.at.path) for f in told] == []

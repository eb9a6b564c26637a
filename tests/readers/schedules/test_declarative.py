"""Details of the declarative formats that a whole repository does not need to show, and totality of every reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.facts import Role, Schedule
from auditor.model.setting import Absent, Given
from auditor.readers.schedules.dispatch import may_hold_schedules, read_schedules
from auditor.readers.schedules.runnables import read_runnables
from auditor.source.tree import Entry


def read(path: str, text: str, role: Role = Role.APP) -> tuple[Schedule, ...]:
    found, _ = read_schedules(Entry(path, len(text), "", role), text)
    return found


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("crontab", "MAILTO=x\n0 6 * * 1-5 run.sh\n# 0 7 * * * no.sh\n@reboot start.sh\nnot a line\n", [("0 6 * * 1-5", 2), ("@reboot", 4)]),
        ("crontab", "0 6 * * * echo 50\\% % stdin\n", [("0 6 * * *", 1)]),
        ("entry.sh", 'echo "*/5 * * * * python /app/j.py" | crontab -\n', [("*/5 * * * *", 1)]),
        ("entry.sh", "crontab <<EOF\n0 1 * * * python a.py\n0 2 * * * python b.py\nEOF\n", [("0 1 * * *", 2), ("0 2 * * *", 3)]),
        ("entry.sh", '# echo "*/5 * * * * python /app/j.py" | crontab -\n', []),
        ("setup.sh", 'JOB="0 3 * * * cd /srv && python a.py >> \\"/var/log/a.log\\" 2>&1"\n(crontab -l 2>/dev/null; echo "$JOB") | crontab -\n', [("0 3 * * *", 1)]),
        ("setup.sh", "LINE='0 3 * * * python a.py'\necho \"${LINE}\" >> /tmp/cron\ncrontab /tmp/cron\n", [("0 3 * * *", 1)]),
        ("setup.sh", 'JOB="0 3 * * * python a.py"\necho "$JOB"\ncrontab -l\n', []),
        ("setup.sh", 'JOB="0 3 * * * python a.py"\ncrontab - < jobs\n', []),
        ("entrypoint.sh", 'echo "${CRON_PATTERN} python /app/main.py" > /etc/crontabs/root\n', [("${CRON_PATTERN}", 1)]),
        ("entrypoint.sh", 'echo "${CRON_PATTERN:-*/5 * * * *} python /app/main.py" | crontab -\n', [("*/5 * * * *", 1)]),
        ("entrypoint.sh", ': "${CRON_PATTERN:=0 5 * * *}"\ncat > /etc/cron.d/app <<EOF\n$CRON_PATTERN root python /app/main.py\nEOF\n', [("0 5 * * *", 3)]),
        ("entrypoint.sh", 'SCHEDULE="0 6 * * *"\nJOB="$SCHEDULE python /app/main.py"\necho "$JOB" | crontab -\n', [("0 6 * * *", 2)]),
        ("entrypoint.sh", 'echo "$CRON_PATTERN is when it runs" | tee -a /var/log/cron.log\n', []),
        ("entrypoint.sh", 'echo "$CRON_PATTERN is when it runs" >> /var/log/cron.log\n', []),
        (".github/workflows/a.yml", "on: push\njobs:\n  a:\n    steps:\n      - uses: appleboy/ssh-action@v1\n        with:\n          script: |\n            CRON_JOB=\"0 0 * * * docker system prune -af\"\n            ( (crontab -l; echo \"$CRON_JOB\") | crontab - )\n", [("0 0 * * *", 8)]),
        (".github/workflows/a.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: echo '0 0 * * * sh run.sh' | crontab -\n", [("0 0 * * *", 5)]),
        ("a.timer", "[Timer]\nOnBootSec=1min\nOnUnitActiveSec=15min\n", [("15min", 3)]),
        (".github/workflows/a.yml", 'on:\n  schedule:\n    - cron: "0 1 * * *"\n    - cron: "0 2 * * *"\njobs: {}\n', [("0 1 * * *", 3), ("0 2 * * *", 4)]),
        (".github/workflows/a.yml", "on: [push, schedule]\njobs: {}\n", []),
        (".github/dependabot.yml", "updates:\n  - schedule: {interval: daily}\n", []),
        ("wrangler.jsonc", '{\n  // crons\n  "triggers": {"crons": ["0 1 * * *", "0 2 * * *"]},\n}', [("0 1 * * *", 3), ("0 2 * * *", 3)]),
        ("vercel.json", '{"crons": [{"path": "/a", "schedule": "0 1 * * *"}]}', [("0 1 * * *", 1)]),
        ("migrations/1.sql", "-- select cron.schedule('x', '0 1 * * *', 'select 1');\n", []),
        ("migrations/1.sql", "select cron.schedule('x', '0 1 * * *', 'select 1');\nselect cron.unschedule('x');\n", []),
        ("migrations/1.sql", "SELECT cron.schedule('0 1 * * *', $$delete from t$$);\n", [("0 1 * * *", 1)]),
        ("A.java", '@Scheduled(cron = "0 0 * * * *")\nvoid a() {}\n/* @Scheduled(fixedRate = 1) */\n', [("0 0 * * * *", 1)]),
        ("A.kt", '@Scheduled(fixedDelayString = "${delay:60000}")\nfun a() {}\n', [("fixedDelayString=60000", 1)]),
        ("fixtures/beat.json", json.dumps([
            {"model": "django_celery_beat.intervalschedule", "pk": 1, "fields": {"every": 5, "period": "minutes"}},
            {"model": "django_celery_beat.periodictask", "pk": 1, "fields": {"task": "a.b", "interval": 1, "enabled": True}},
        ]), [("5 minutes", 1)]),
        ("fly.sh", "fly machine run . --schedule hourly\n", [("hourly", 1)]),
        ("main.tf", 'resource "cloudflare_workers_cron_trigger" "a" {\n  schedules = ["0 1 * * *", "0 2 * * *"]\n}\n', [("0 1 * * *", 2), ("0 2 * * *", 2)]),
        ("docs/x.yaml", "cron: 0 1 * * *\n", []),
    ],
)  # fmt: skip
def test_rows(path: str, text: str, expected: list[tuple[str, int]]) -> None:
    assert [(s.expression, s.at.line) for s in read(path, text)] == expected


def test_job_limits_are_the_weakest_of_the_jobs() -> None:
    text = "on:\n  schedule:\n    - cron: '0 1 * * *'\njobs:\n  a:\n    timeout-minutes: 5\n    steps:\n      - run: a\n  b:\n    steps:\n      - run: b\n"
    (schedule,) = read(".github/workflows/a.yml", text)
    assert isinstance(schedule.time_limit, Absent)
    assert [isinstance(t.time_limit, Given) for t in schedule.targets] == [True, False]
    (both,) = read(".github/workflows/a.yml", text.replace("  b:\n", "  b:\n    timeout-minutes: 9\n"))
    assert isinstance(both.time_limit, Given)
    assert both.time_limit.value == 540


@pytest.mark.parametrize("group", ["news-${{ github.run_id }}", "${{ github.workflow }}-${{ github.run_number }}"])
def test_a_group_for_each_run_guards_nothing(group: str) -> None:
    (schedule,) = read(
        ".github/workflows/a.yml",
        f"on:\n  schedule:\n    - cron: '0 1 * * *'\nconcurrency:\n  group: {group}\njobs: {{}}\n",
    )
    assert isinstance(schedule.overlap_guard, Absent)


def test_disabled_is_dormant() -> None:
    (suspended,) = read("a.yaml", 'kind: CronJob\nspec:\n  schedule: "0 1 * * *"\n  suspend: true\n')
    (disabled,) = read(
        "t.yaml",
        "Resources:\n  R:\n    Type: AWS::Events::Rule\n    Properties:\n      ScheduleExpression: rate(1 day)\n      State: DISABLED\n",
    )
    assert suspended.dormant
    assert disabled.dormant


def test_cadence_outside_the_repository_is_said() -> None:
    (gitlab,) = read(".gitlab-ci.yml", "a:\n  only: [schedules]\n  script: [python a.py]\n")
    (heroku,) = read("app.json", '{"addons": ["scheduler"], "name": "cron"}')
    assert not gitlab.known_cadence
    assert not heroku.known_cadence


def test_role_is_carried_and_docs_are_left_out() -> None:
    assert read("crontab", "0 6 * * * run.sh\n", Role.EXAMPLE)[0].role is Role.EXAMPLE
    assert read("docs/crontab", "0 6 * * * run.sh\n", Role.DOCS) == ()


PATHS = [
    ".github/workflows/a.yml", ".gitlab-ci.yml", "crontab", "a.timer", "docker-compose.yml", "Dockerfile", "a.sh", "vercel.json",
    "netlify.toml", "wrangler.toml", "wrangler.jsonc", "render.yaml", "railway.json", "app.json", "function.json", "a.sql",
    "prefect.yaml", "serverless.yml", "template.yaml", "main.tf", "A.java", "k8s/a.yaml", "a.json",
]  # fmt: skip
RUNNABLE = [
    "package.json",
    "deno.json",
    "pyproject.toml",
    "setup.py",
    "Makefile",
    "justfile",
    "Procfile",
    "action.yml",
    "a.service",
    "run.sh",
    "Dockerfile",
    ".github/workflows/a.yml",
]
NOISE = st.text(alphabet="{}[]\"':,-#\n \t@*/$()<>=abcronshedulAWS:&|0123456789", max_size=300)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATHS), st.one_of(st.text(max_size=200), NOISE))
def test_every_reader_is_total(path: str, text: str) -> None:
    assert may_hold_schedules(path)
    read(path, "schedule cron " + text)
    read(path, text + " * * ")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(RUNNABLE), st.one_of(st.text(max_size=200), NOISE))
def test_every_runnable_is_total(path: str, text: str) -> None:
    read_runnables(path, text)


@pytest.mark.parametrize("path", PATHS)
def test_odd_shapes_are_no_crash(path: str) -> None:
    for text in (
        '{"on": {"schedule": 1}, "jobs": [1], "crons": {"a": 1}, "services": "x", "functions": [null], "Resources": {"a": []}}',
        "a: &a [*a]",
        "[" * 500,
        "null",
        "cron",
    ):
        read(path, text + "\n# schedule cron AWS:: CronJob ofelia timerTrigger")
        read_runnables(path, text)

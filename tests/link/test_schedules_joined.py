"""Schedules that several files declare together, through the real pipeline."""

from __future__ import annotations

import pytest

from auditor.model.facts import Schedule, Trigger
from auditor.model.repo import Repo
from auditor.model.setting import Absent, Given
from tests.link.flows import repo_of

PYTHON = """
from openai import OpenAI
client = OpenAI()


def {name}(*args):
    client.chat.completions.create(model="gpt-4o-mini", messages=[], max_tokens=100)
"""
SCRIPT = PYTHON.format(name="main") + "\n\nmain()\n"
QUIET = "def {name}(*args):\n    print('nothing')\n"


def one(repo: Repo) -> tuple[Schedule, Trigger]:
    (schedule,) = repo.schedules
    trigger = repo.trigger_of(schedule)
    assert trigger is not None
    return schedule, trigger


# --------------------------------------------------------------------------- Terraform

RULE = """
resource "aws_cloudwatch_event_rule" "daily" {
  name                = "${var.name}-daily"
  schedule_expression = local.when
}

resource "aws_cloudwatch_event_target" "daily" {
  rule = aws_cloudwatch_event_rule.daily.name
  arn  = aws_lambda_function.digest.arn
}
"""
FUNCTION = """
resource "aws_lambda_function" "digest" {
  function_name = "digest"
  handler       = "app.handler"
  filename      = data.archive_file.code.output_path
  timeout       = var.timeout
}
"""
ARCHIVE = """
data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}/../functions/digest"
  output_path = "digest.zip"
}
"""
VARIABLES = """
variable "name" { default = "news" }
variable "timeout" {
  type    = number
  default = 90
}
variable "rate" {
  default = "rate(1 hour)"
}
locals {
  when = var.rate
}
"""
MODULE = {
    "infra/schedule.tf": RULE,
    "infra/lambda.tf": FUNCTION,
    "infra/archive.tf": ARCHIVE,
    "infra/variables.tf": VARIABLES,
    "functions/digest/app.py": PYTHON.format(name="handler"),
    "functions/other/app.py": QUIET.format(name="handler"),
}


def test_rule_function_archive_and_variables_of_different_files() -> None:
    schedule, trigger = one(repo_of(MODULE))
    assert (schedule.at.path, schedule.at.line) == ("infra/schedule.tf", 4)
    assert schedule.expression == "rate(1 hour)"
    assert schedule.runs_per_month == pytest.approx(730.5)
    assert isinstance(schedule.time_limit, Given)
    assert schedule.time_limit.value == 90
    assert schedule.time_limit.at.path == "infra/lambda.tf"
    assert trigger.reaches is True
    assert {c.path for c in trigger.calls} == {"functions/digest/app.py"}


def test_the_other_folder_is_not_taken_for_the_packed_one() -> None:
    files = {**MODULE, "infra/archive.tf": ARCHIVE.replace("functions/digest", "functions/other")}
    assert one(repo_of(files))[1].reaches is False


def test_tfvars_win_over_defaults() -> None:
    schedule, _ = one(repo_of({**MODULE, "infra/terraform.tfvars": 'rate = "rate(2 days)"\n'}))
    assert schedule.expression == "rate(2 days)"


def test_a_variable_without_default_is_an_unknown_cadence() -> None:
    files = {**MODULE, "infra/variables.tf": VARIABLES.replace('  default = "rate(1 hour)"\n', "")}
    schedule, trigger = one(repo_of(files))
    assert schedule.runs_per_month is None
    assert not schedule.known_cadence
    assert trigger.reaches is True


def test_a_rule_without_function_in_the_module_is_lost() -> None:
    files = {k: v for k, v in MODULE.items() if k != "infra/lambda.tf"}
    schedule, trigger = one(repo_of(files))
    assert trigger.reaches is None
    assert "module" in trigger.lost
    assert isinstance(schedule.time_limit, Absent)


def test_what_the_caller_of_a_module_gives() -> None:
    files = {
        "main.tf": 'module "news" {\n  source = "./modules/job"\n  when   = "cron(0 6 * * ? *)"\n  code   = "jobs/news"\n}\n',
        "modules/job/main.tf": RULE.replace("local.when", "var.when")
        + FUNCTION
        + ARCHIVE.replace('"${path.module}/../functions/digest"', "var.code"),
        "modules/job/vars.tf": 'variable "when" {}\nvariable "code" {}\nvariable "name" {}\nvariable "timeout" { default = 30 }\n',
        "jobs/news/app.py": PYTHON.format(name="handler"),
    }
    schedule, trigger = one(repo_of(files))
    assert schedule.expression == "cron(0 6 * * ? *)"
    assert trigger.reaches is True


def test_eventbridge_scheduler_with_a_task_of_ecs() -> None:
    files = {
        "a.tf": 'resource "aws_scheduler_schedule" "s" {\n  schedule_expression = "rate(1 day)"\n  target {\n    arn = aws_ecs_cluster.c.arn\n'
        "    ecs_parameters {\n      task_definition_arn = aws_ecs_task_definition.t.arn\n    }\n    retry_policy {\n"
        "      maximum_retry_attempts = 1\n    }\n  }\n}\n",
        "b.tf": 'resource "aws_ecs_task_definition" "t" {\n  container_definitions = jsonencode([{\n    name    = "job"\n    image   = "x"\n'
        '    command = ["python", "job.py"]\n  }])\n}\n',
        "job.py": SCRIPT,
    }
    schedule, trigger = one(repo_of(files))
    assert trigger.reaches is True
    assert isinstance(schedule.retries, Given)
    assert (schedule.retries.value, schedule.retries.source) == (1, "config")


def test_google_scheduler_through_a_topic_to_a_function() -> None:
    files = {
        "scheduler.tf": 'resource "google_cloud_scheduler_job" "j" {\n  schedule = "0 5 * * *"\n  time_zone = "Europe/Berlin"\n'
        "  pubsub_target {\n    topic_name = google_pubsub_topic.t.id\n  }\n}\n",
        "topic.tf": 'resource "google_pubsub_topic" "t" {\n  name = "t"\n}\n',
        "function.tf": 'resource "google_cloudfunctions2_function" "f" {\n  build_config {\n    runtime = "python312"\n    entry_point = "digest"\n'
        "    source {\n      storage_source {\n        object = google_storage_bucket_object.o.name\n      }\n    }\n  }\n"
        "  service_config {\n    timeout_seconds = 300\n  }\n  event_trigger {\n    pubsub_topic = google_pubsub_topic.t.id\n  }\n}\n"
        'resource "google_storage_bucket_object" "o" {\n  source = data.archive_file.a.output_path\n}\n'
        'data "archive_file" "a" {\n  source_dir = "${path.module}/src"\n}\n',
        "src/main.py": PYTHON.format(name="digest"),
    }
    schedule, trigger = one(repo_of(files))
    assert trigger.reaches is True
    assert isinstance(schedule.time_limit, Given)
    assert schedule.time_limit.value == 300


# --------------------------------------------------------------------------- workflow_run

SCHEDULED = """
name: Collect
on:
  schedule:
    - cron: "0 6 * * *"
concurrency: collect
jobs:
  collect:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    steps:
      - run: python collect.py
"""
AFTER = """
name: Write
on:
  workflow_run:
    workflows: [Collect]
    types: [completed]
jobs:
  write:
    runs-on: ubuntu-latest
    steps:
      - run: python write.py
"""


def test_a_workflow_that_runs_after_a_scheduled_one() -> None:
    files = {
        ".github/workflows/collect.yml": SCHEDULED,
        ".github/workflows/write.yml": AFTER,
        "collect.py": "print(1)\n",
        "write.py": SCRIPT,
    }
    schedule, trigger = one(repo_of(files))
    assert trigger.reaches is True
    assert ".github/workflows/write.yml" in {s.at.path for s in trigger.traces[0]}
    # The job that calls the model has neither the limit nor the guard of the workflow before it.
    assert isinstance(schedule.time_limit, Absent)
    assert isinstance(schedule.overlap_guard, Absent)


def test_chains_of_three_and_of_other_names() -> None:
    files = {
        ".github/workflows/collect.yml": SCHEDULED,
        ".github/workflows/b.yml": AFTER.replace("write.py", "collect.py").replace("name: Write", "name: Second"),
        ".github/workflows/c.yml": AFTER.replace("[Collect]", "[Second]"),
        "collect.py": "print(1)\n",
        "write.py": SCRIPT,
    }
    assert one(repo_of(files))[1].reaches is True
    files[".github/workflows/c.yml"] = AFTER.replace("[Collect]", "[Release]")
    assert one(repo_of(files))[1].reaches is False


def test_a_condition_on_the_first_event_is_decided() -> None:
    only = AFTER.replace("    runs-on", "    if: github.event.workflow_run.event == 'push'\n    runs-on")
    files = {
        ".github/workflows/collect.yml": SCHEDULED,
        ".github/workflows/write.yml": only,
        "collect.py": "print(1)\n",
        "write.py": SCRIPT,
    }
    assert one(repo_of(files))[1].reaches is False


# --------------------------------------------------------------------------- reusable workflows and actions

CALLER = """
on:
  schedule:
    - cron: "0 6 * * *"
jobs:
  call:
    uses: ./.github/workflows/reusable.yml
    with:
      mode: {mode}
"""
REUSABLE = """
on:
  workflow_call:
    inputs:
      mode:
        type: string
        default: digest
jobs:
  run:
    if: github.event_name == 'schedule'
    runs-on: ubuntu-latest
    steps:
      - run: python job.py --mode ${{ inputs.mode }}
"""
MODES = (
    "import argparse\n"
    + PYTHON.format(name="digest")
    + """

def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", default="digest")
    args = parser.parse_args()
    if args.mode == "digest":
        digest()
    else:
        print("weekly")


if __name__ == "__main__":
    main()
"""
)


@pytest.mark.parametrize(
    ("caller", "reaches"),
    [
        (CALLER.format(mode="digest"), True),
        (CALLER.format(mode="weekly"), False),
        (CALLER.format(mode="digest").partition("    with:")[0], True),  # the input's default
        (CALLER.format(mode="${{ vars.MODE }}"), True),  # what it is, only the run knows
    ],
)
def test_inputs_of_a_reusable_workflow(caller: str, reaches: bool) -> None:
    files = {".github/workflows/cron.yml": caller, ".github/workflows/reusable.yml": REUSABLE, "job.py": MODES}
    assert one(repo_of(files))[1].reaches is reaches


ACTION = """
inputs:
  mode:
    default: weekly
runs:
  using: composite
  steps:
    - run: python job.py --mode ${{ inputs.mode }}
      shell: bash
"""


@pytest.mark.parametrize(("given", "reaches"), [("        with:\n          mode: digest\n", True), ("", False)])
def test_inputs_of_a_composite_action(given: str, reaches: bool) -> None:
    workflow = f"""
on:
  schedule:
    - cron: "0 6 * * *"
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/job
{given}"""
    files = {".github/workflows/cron.yml": workflow, ".github/actions/job/action.yml": ACTION, "job.py": MODES}
    assert one(repo_of(files))[1].reaches is reaches


# --------------------------------------------------------------------------- pg_cron

FIRST = "select cron.schedule('digest', '0 * * * *', $$ select net.http_post(url := 'https://x.supabase.co/functions/v1/digest') $$);\n"
SECOND = FIRST.replace("'digest', '0 * * * *'", "'clean', '0 3 * * *'").replace("v1/digest", "v1/clean")


def expressions(**later: str) -> list[str]:
    files = {f"supabase/migrations/{name}.sql": text for name, text in later.items()}
    files["supabase/functions/digest/index.ts"] = "Deno.serve(() => new Response('ok'));\n"
    return [s.expression for s in repo_of(files).schedules]


@pytest.mark.parametrize(
    "taken_back",
    [
        "select cron.unschedule('digest');\n",
        "do $$ begin perform cron.unschedule('digest'); exception when others then null; end $$;\n",
        "select cron.unschedule(jobid) from cron.job where jobname = 'digest';\n",
        "select cron.unschedule(jobid) from cron.job where jobname in ('nothing', 'digest');\n",
        "delete from cron.job where jobname like 'dig%';\n",
        "do $$ declare j record; begin for j in select jobid from cron.job where command like '%/digest%' loop "
        "perform cron.unschedule(j.jobid); end loop; end $$;\n",
    ],
)
def test_a_later_migration_takes_a_job_back(taken_back: str) -> None:
    assert expressions(t20250101=FIRST + SECOND, t20250201=taken_back) == ["0 3 * * *"]
    # An earlier one takes nothing back, and a comment none at all.
    assert expressions(t20250101=taken_back, t20250201=FIRST + SECOND) == ["0 * * * *", "0 3 * * *"]
    commented = "".join(f"-- {line}\n" for line in taken_back.splitlines())
    assert expressions(t20250101=FIRST + SECOND, t20250201=commented) == ["0 * * * *", "0 3 * * *"]


def test_asking_for_jobs_takes_none_back() -> None:
    asked = "select count(*) from cron.job where jobname = 'digest';\nselect cron.unschedule('other');\n"
    assert len(expressions(t1=FIRST, t2=asked)) == 1


def test_a_job_that_is_scheduled_again_stands_once() -> None:
    assert expressions(t1=FIRST, t2=FIRST.replace("0 * * * *", "0 9 * * *")) == ["0 9 * * *"]


def test_files_without_order_take_nothing_back() -> None:
    files = {"sql/jobs.sql": FIRST, "sql/teardown.sql": "select cron.unschedule('digest');\n"}
    assert len(repo_of(files).schedules) == 1

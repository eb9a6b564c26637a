from auditor import (
    Fail,
    Given,
    NotApplicable,
    Pass,
    Repo,
    Schedule,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)

JOB = """
from openai import OpenAI

client = OpenAI()


def main():
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "news"}], max_tokens=200)


if __name__ == "__main__":
    main()
"""


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            files={
                ".github/workflows/news.yml": """
                    on:
                      schedule:
                        - cron: "0 6 * * *"  # FAIL
                    jobs:
                      news:
                        runs-on: ubuntu-latest
                        steps:
                          - run: python job.py
                """,
                "job.py": JOB,
            },
            show=True,
        ),
        example(
            files={
                ".github/workflows/news.yml": """
                    on:
                      schedule:
                        - cron: "0 6 * * *"
                    jobs:
                      news:
                        runs-on: ubuntu-latest
                        timeout-minutes: 10
                        steps:
                          - run: python job.py
                """,
                "job.py": JOB,
            },
            show=True,
        ),
        example(
            files={
                ".github/workflows/news.yml": """
                    on:
                      schedule:
                        - cron: "0 6 * * *"  # UNKNOWN
                    jobs:
                      news:
                        runs-on: ubuntu-latest
                        steps:
                          - run: ./scripts/missing.sh
                """,
                "job.py": JOB,
            }
        ),
        example(
            files={
                "jobs.ts": """
                    import cron from "node-cron";
                    import OpenAI from "openai";
                    const client = new OpenAI();
                    cron.schedule("0 * * * *", async () => {  // FAIL
                      await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] });
                    });
                    cron.schedule("0 3 * * *", () => console.log("clean up"));
                """
            }
        ),
    ],
)
def schedule_without_time_limit(schedule: Schedule, repo: Repo) -> Verdict:
    """A scheduled job that calls a model has no time limit.

    ## Why it matters
    Nobody watches a job at night. One that hangs or loops goes on calling, and being billed, until the platform ends it
    (a GitHub Actions job after six hours) or nothing does.

    ## What to do
    Set the scheduler's own limit: `timeout-minutes`, `activeDeadlineSeconds`, `TimeoutStartSec`, a Celery time limit,
    `maxDuration`, or `timeout 600` before the command.

    ## Limits
    Platform defaults do not count. A limit that the job sets for itself in ways other than these is not seen.
    """
    trigger = repo.trigger_of(schedule)
    if trigger is None or trigger.reaches is False:
        return NotApplicable("the schedule reaches no LLM call")
    match schedule.time_limit:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case _:
            pass
    if trigger.reaches is None:
        return Unknown(f"whether the schedule reaches an LLM call is not known: {trigger.lost}")
    default = f"; {schedule.platform_limit}" if schedule.platform_limit else ""
    return Fail(
        f"no time limit on a scheduled job that calls a model{default}",
        trace=trigger.traces[0] if trigger.traces else (),
    )

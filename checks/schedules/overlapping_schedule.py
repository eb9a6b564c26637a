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
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            files={
                "k8s/job.yaml": """
                    apiVersion: batch/v1
                    kind: CronJob
                    metadata: {name: news}
                    spec:
                      schedule: "*/10 * * * *"  # FAIL
                      jobTemplate:
                        spec:
                          template:
                            spec:
                              containers:
                                - name: news
                                  image: news
                                  command: ["python", "job.py"]
                """,
                "job.py": JOB,
            },
            show=True,
        ),
        example(
            files={
                "k8s/job.yaml": """
                    apiVersion: batch/v1
                    kind: CronJob
                    metadata: {name: news}
                    spec:
                      schedule: "*/10 * * * *"
                      concurrencyPolicy: Forbid
                      jobTemplate:
                        spec:
                          template:
                            spec:
                              containers:
                                - name: news
                                  image: news
                                  command: ["python", "job.py"]
                """,
                "job.py": JOB,
            },
            show=True,
        ),
        example(
            files={
                "crontab": "*/5 * * * * /opt/tools/unknown-to-us/run.sh  # UNKNOWN\n",
                "job.py": JOB,
            }
        ),
        example(
            files={
                "jobs.ts": """
                    import OpenAI from "openai";
                    const client = new OpenAI();
                    setInterval(async () => {  // FAIL
                      await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] });
                    }, 60_000);
                """
            }
        ),
    ],
)
def overlapping_schedule(schedule: Schedule, repo: Repo) -> Verdict:
    """Two runs of a scheduled job that calls a model can overlap.

    ## Why it matters
    A run that takes longer than its interval meets the next one: both do the same work, both are billed, and the pile
    grows as long as the cause lasts.

    ## What to do
    A `concurrency` group, `concurrencyPolicy: Forbid`, `max_instances=1`, `flock -n`, or a lock with an expiry that the
    job takes first and gives up if it is taken.

    ## Limits
    A lock is recognised by its decorator, context manager or first statements. Replicas of an in-process scheduler are
    not counted: each process runs its own.
    """
    trigger = repo.trigger_of(schedule)
    if trigger is None or trigger.reaches is False:
        return NotApplicable("the schedule reaches no LLM call")
    match schedule.overlap_guard:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case _:
            pass
    if trigger.reaches is None:
        return Unknown(f"whether the schedule reaches an LLM call is not known: {trigger.lost}")
    if schedule.dormant:
        return NotApplicable("the schedule is switched off")
    return Fail(
        "nothing keeps two runs of a job that calls a model apart", trace=trigger.traces[0] if trigger.traces else ()
    )

from auditor import Fail, NotApplicable, Pass, Repo, Schedule, Severity, Unknown, Verdict, check, example

JOB = """
from openai import OpenAI

client = OpenAI()


def main():
    client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "news"}], max_tokens=200)


if __name__ == "__main__":
    main()
"""


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            files={"crontab": "0 * * * * python job.py  # FAIL\n", "job.py": JOB},
            show=True,
        ),
        example(
            files={
                "crontab": "0 * * * * python job.py\n",
                "job.py": """
                    import litellm

                    litellm.max_budget = 20


                    def main():
                        litellm.completion(model="gpt-4o-mini", messages=[{"role": "user", "content": "news"}], max_tokens=200)


                    if __name__ == "__main__":
                        main()
                """,
            },
            show=True,
        ),
        example(files={"crontab": "0 * * * * python missing.py  # UNKNOWN\n", "job.py": JOB}),
        example(files={"crontab": "0 * * * * pg_dump app > backup.sql\n", "job.py": JOB}),
    ],
)
def schedule_without_spend_limit(schedule: Schedule, repo: Repo) -> Verdict:
    """A scheduled job calls a paid model with no budget that can stop it.

    ## Why it matters
    A time limit bounds one run, an output cap one answer; nothing of that bounds a month of runs. Background work
    spends when nobody looks.

    ## What to do
    Put the job's calls under a budget that refuses once it is spent (the generated client module, a gateway's
    `max_budget`, an own ledger), or give it a key with a hard limit of its own and attest `jobs.spend-limit`.

    ## Limits
    Limits in a vendor's console cannot be seen from here.
    """
    trigger = repo.trigger_of(schedule)
    if trigger is None or trigger.reaches is False:
        return NotApplicable("the schedule reaches no LLM call")
    if trigger.reaches is None:
        return Unknown(f"whether the schedule reaches an LLM call is not known: {trigger.lost}")
    calls = repo.calls_of(trigger)
    if calls and not any(c.billed for c in calls):
        return NotApplicable("only local models are called")
    caps = repo.controls_of("budget-cap")
    if in_force := [c.at for c in caps if c.in_force]:
        return Pass(tuple(in_force))
    if any(c.in_force is None for c in caps):
        return Unknown("a budget is configured, but whether the job's calls pass it cannot be seen")
    if schedule.dormant:
        return NotApplicable("the schedule is switched off")
    return Fail(
        "a scheduled job spends without a budget that can stop it", trace=trigger.traces[0] if trigger.traces else ()
    )

from auditor import (
    Confidence,
    Fail,
    NotApplicable,
    Pass,
    Repo,
    Schedule,
    Severity,
    Unknown,
    Verdict,
    check,
    example,
)

FREE = """
from openai import OpenAI

client = OpenAI(base_url="https://openrouter.ai/api/v1")


def main():
    client.chat.completions.create(model="meta-llama/llama-3.1-8b-instruct:free", messages=[], max_tokens=200)


if __name__ == "__main__":
    main()
"""
PLAN = """
from groq import Groq

Groq().chat.completions.create(model="llama-3.3-70b-versatile", messages=[], max_tokens=200)
"""


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            files={"crontab": "*/5 * * * * python job.py  # FAIL\n", "job.py": FREE},
            show=True,
        ),
        example(
            files={"crontab": "0 6 * * * python job.py\n", "job.py": FREE},
            show=True,
        ),
        example(
            files={
                "crontab": "0 6 * * * python job.py  # UNKNOWN\n",
                "feeds.py": "def fetch():\n    return open('posts').readlines()\n",
                "job.py": FREE.replace(
                    "def main():\n", "from feeds import fetch\n\n\ndef main():\n  for post in fetch():\n"
                ),
            }
        ),
        example(files={"crontab": "*/5 * * * * python job.py\n", "job.py": FREE.replace(":free", "")}),
        example(files={"crontab": "*/5 * * * * python job.py  # UNKNOWN\n", "job.py": PLAN}),
        example(files={"crontab": "0 6 * * * python job.py\n", "job.py": PLAN}),
        example(
            files={"crontab": "0 6 * * * python job.py  # UNKNOWN\n", "job.py": PLAN.replace(", max_tokens=200", "")}
        ),
    ],
)
def schedule_exceeds_free_quota(schedule: Schedule, repo: Repo) -> Verdict:
    """A scheduled job asks for more requests, tokens or credit than the free tier that it uses gives.

    ## Why it matters
    The quota is gone by breakfast: for the rest of the day the job fails, and so does everything else on the same key.

    ## What to do
    Run less often, do less in a run, or use a paid route with a budget.

    ## Limits
    Published free limits change; the date on which this one was read is in the message. Whether the account has bought
    a higher limit cannot be seen: where only the account knows its plan (no `:free` model, no free host), a limit that
    would be exceeded is unknown, not a finding. Tokens are the input that `traffic` in the configuration estimates
    (assumed where it says nothing) and the output cap; without a cap or a bound on the calls of a run they are unknown.
    Credits are counted in list prices. Retries are left out.
    """
    if not schedule.quotas:
        return NotApplicable("the schedule reaches no route with a published free limit")
    trigger = repo.trigger_of(schedule)
    trace = trigger.traces[0] if trigger and trigger.traces else ()
    exceeded = [q for q in schedule.quotas if q.exceeded]
    for quota in exceeded:
        if quota.plan_known:
            return Fail(quota.text, trace=trace, confidence=Confidence.MEDIUM)
    for quota in (*exceeded, *(q for q in schedule.quotas if q.unknown)):
        return Unknown(quota.text)
    return Pass()

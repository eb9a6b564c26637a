from auditor import (
    Confidence,
    Fail,
    NotApplicable,
    Pass,
    Quota,
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
    ],
)
def schedule_exceeds_free_quota(schedule: Schedule, repo: Repo) -> Verdict:
    """A scheduled job asks for more than the free tier that it uses gives in a day or a minute.

    ## Why it matters
    The quota is gone by breakfast: for the rest of the day the job fails, and so does everything else on the same key.

    ## What to do
    Run less often, do less in a run, or use a paid route with a budget.

    ## Limits
    Published free limits change; the date on which this one was read is in the message. Whether the account has bought
    a higher limit cannot be seen.
    """
    if not schedule.quotas:
        return NotApplicable("the schedule reaches no route with a published free limit")
    trigger = repo.trigger_of(schedule)
    trace = trigger.traces[0] if trigger and trigger.traces else ()
    for quota in schedule.quotas:
        text = _burned(quota)
        if text:
            return Fail(text, trace=trace, confidence=Confidence.MEDIUM)
    if all(q.used is None for q in schedule.quotas):
        return Unknown("how many requests a run sends is not bounded or the cadence is not known")
    return Pass()


def _burned(quota: Quota) -> str:
    dated = f"published limit as of {quota.seen}" if quota.seen else "published limit"
    allowed = f"{quota.limit:g} free requests a {quota.period} of {quota.provider}"
    if quota.exhausted_at:
        asked = f"{quota.used:g} requests" if quota.used is not None else "more requests"
        return f"{asked} a day against {allowed}: exhausted at {quota.exhausted_at} ({dated})"
    if quota.used is not None and quota.used > quota.limit:
        return f"{quota.used:g} requests a {quota.period} against {allowed} ({dated})"
    return ""

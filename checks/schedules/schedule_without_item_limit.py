from auditor import (
    Certainty,
    Confidence,
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

LOOP = """
from openai import OpenAI
from feeds import fetch

client = OpenAI()


def main():
    for post in fetch(){slice}:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{{"role": "user", "content": post}}], max_tokens=200)


if __name__ == "__main__":
    main()
"""
WORKFLOW = """
on:
  schedule:
    - cron: "0 6 * * *"{mark}
jobs:
  news:
    runs-on: ubuntu-latest
    steps:
      - run: python job.py
"""


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            files={".github/workflows/news.yml": WORKFLOW.format(mark="  # FAIL"), "job.py": LOOP.format(slice="")},
            show=True,
        ),
        example(
            files={".github/workflows/news.yml": WORKFLOW.format(mark=""), "job.py": LOOP.format(slice="[:20]")},
            show=True,
        ),
        example(
            files={
                ".github/workflows/news.yml": WORKFLOW.format(mark="  # UNKNOWN").replace("job.py", "missing.py"),
                "job.py": LOOP.format(slice="[:20]"),
            }
        ),
        example(
            files={
                "worker.ts": """
                    import cron from "node-cron";
                    import OpenAI from "openai";
                    import { unread } from "./mail";
                    const client = new OpenAI();
                    cron.schedule("*/15 * * * *", async () => {  // FAIL
                      for (const mail of await unread()) {
                        await client.chat.completions.create({ model: "gpt-4o-mini", messages: [] });
                      }
                    });
                """,
                "mail.ts": "export async function unread() { return (await fetch('https://mail.example.com')).json(); }\n",
            }
        ),
    ],
)
def schedule_without_item_limit(schedule: Schedule, repo: Repo) -> Verdict:
    """A scheduled job may call a model any number of times in one run.

    ## Why it matters
    The number of calls follows the data: a feed that grows, a backlog after an outage or a status that is never written
    turns a job of cents into one of hundreds of dollars, unattended.

    ## What to do
    Bound the work of a run in code or default configuration, before the call: a slice, a `LIMIT`, a counter that ends
    the loop. Leave the rest for the next run.

    ## Limits
    A limit that stands after the call, or in code that the job does not run, bounds nothing. A limit that only an
    environment variable without default can set is none.
    """
    trigger = repo.trigger_of(schedule)
    if trigger is None or trigger.reaches is False:
        return NotApplicable("the schedule reaches no LLM call")
    match schedule.item_limit:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case _:
            pass
    if schedule.dormant:
        return NotApplicable("the schedule is switched off")
    sure = Confidence.HIGH if trigger.certainty is Certainty.SURE else Confidence.MEDIUM
    open_call = next((c for c in repo.calls_of(trigger) if c.loop.kind in {"per-item", "unbounded"}), None)
    trace = next(
        (t for t in trigger.traces if open_call is not None and t and t[-1].at == open_call.at),
        trigger.traces[0] if trigger.traces else (),
    )
    return Fail("no bound on the number of model calls in one run", trace=trace, confidence=sure)

from auditor import (
    Absent,
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

SHARED = """
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
def chat(question: str):
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": question}])


def digest():
    client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "summarise"}])
"""


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            files={"crontab": '0 6 * * * python -c "from main import digest; digest()"  # FAIL\n', "main.py": SHARED},
            show=True,
        ),
        example(
            files={
                "crontab": "0 6 * * * python job.py\n",
                "job.py": "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4o', messages=[])\n",
            },
            show=True,
        ),
        example(
            files={
                ".github/workflows/digest.yml": """
                    on:
                      schedule:
                        - cron: "0 6 * * *"
                    jobs:
                      digest:
                        runs-on: ubuntu-latest
                        steps:
                          - run: |
                              echo $OPENAI_API_KEY  # FAIL
                              python job.py
                """,
                "job.py": "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4o', messages=[])\n",
            }
        ),
        example(
            files={
                "crontab": "0 6 * * * python job.py  # UNKNOWN\n",
                "main.py": SHARED,
                "job.py": "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4o', messages=[])\n",
            }
        ),
    ],
)
def schedule_key_unscoped(schedule: Schedule, repo: Repo) -> Verdict:
    """A scheduled job uses the same key as interactive traffic, or prints it.

    ## Why it matters
    A job that runs wild uses up the limit that people's requests live on, and spending cannot be told apart. A printed
    key stays in the job's log.

    ## What to do
    Give background work a key and project limit of its own, and read it from its own variable. Print no variable that
    holds a key.

    ## Limits
    Two variables may hold the same key; that cannot be seen.
    """
    if schedule.printed_key is not None:
        return Fail("the job prints a variable that holds a key", at=schedule.printed_key)
    trigger = repo.trigger_of(schedule)
    match schedule.shared_key:
        case None:
            if trigger is not None and trigger.reaches is None:
                return Unknown(f"whether the schedule reaches an LLM call is not known: {trigger.lost}")
            return NotApplicable("the schedule reaches no LLM call")
        case Given(value=what, at=at):
            return Fail(
                f"the job calls through {what}",
                related=(at,),
                trace=trigger.traces[0] if trigger and trigger.traces else (),
            )
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return Pass()

from dataclasses import dataclass

from auditor import (
    Fail,
    Given,
    NotApplicable,
    Pass,
    Repo,
    Retry,
    Schedule,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds.

    Attributes:
        max_attempts: the most attempts that one call may make in one run, all layers multiplied.
    """

    max_attempts: int = 12


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            files={
                "k8s/job.yaml": """
                    kind: CronJob
                    spec:
                      schedule: "0 6 * * *"  # FAIL
                      jobTemplate:
                        spec:
                          template:
                            spec:
                              containers:
                                - name: news
                                  image: news
                                  command: ["python", "job.py"]
                """,
                "job.py": """
                    from openai import OpenAI

                    client = OpenAI()
                    client.chat.completions.create(model="gpt-4o-mini", messages=[], max_tokens=200)
                """,
            },
            show=True,
        ),
        example(
            files={
                "k8s/job.yaml": """
                    kind: CronJob
                    spec:
                      schedule: "0 6 * * *"
                      jobTemplate:
                        spec:
                          backoffLimit: 0
                          template:
                            spec:
                              containers:
                                - name: news
                                  image: news
                                  command: ["python", "job.py"]
                """,
                "job.py": """
                    from openai import OpenAI

                    client = OpenAI()
                    client.chat.completions.create(model="gpt-4o-mini", messages=[], max_tokens=200)
                """,
            },
            show=True,
        ),
        example(
            files={
                "crontab": "0 6 * * * python missing.py  # UNKNOWN\n",
                "job.py": "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4o', messages=[])\n",
            }
        ),
    ],
)
def retry_multiplication(schedule: Schedule, repo: Repo, options: Options) -> Verdict:
    """The retries of scheduler, wrapper and SDK multiply around a scheduled model call.

    ## Why it matters
    Each layer means well: seven tries of the job, three of a wrapper, three of the SDK make 63 billed attempts of one
    call, and a spend limit that answers 429 is asked again every time.

    ## What to do
    Retry in one layer. Set `max_retries=0` on the client where a wrapper retries, or `backoffLimit`, `attempts` and
    `max_retries` of the scheduler to zero. Do not retry errors that say that the budget is spent.

    ## Limits
    Defaults of schedulers are taken from their documentation. Retries whose number cannot be seen count once.
    """
    trigger = repo.trigger_of(schedule)
    if trigger is None or trigger.reaches is False:
        return NotApplicable("the schedule reaches no LLM call")
    if trigger.reaches is None:
        return Unknown(f"whether the schedule reaches an LLM call is not known: {trigger.lost}")
    outer = schedule.retries.value + 1 if isinstance(schedule.retries, Given) else 1
    unclear = ""
    for call in repo.calls_of(trigger):
        trace = next(
            (t for t in trigger.traces if t and t[-1].at == call.at), trigger.traces[0] if trigger.traces else ()
        )
        match call.retry:
            case Given(value=retry):
                if retry.kind == "unbounded":
                    return Fail("a scheduled call is tried again without end", trace=trace)
                inner = retry.attempts or (3 if retry.kind == "sdk-default" else 1)
                if outer * inner > options.max_attempts:
                    told = f"{_job(schedule, outer)} x {_layers(retry, inner)}"
                    return Fail(f"one call may make {outer * inner} attempts in a run: {told}", trace=trace)
            case Unclear(why):
                unclear = why
            case _:
                pass
    return Unknown(unclear) if unclear else Pass()


def _job(schedule: Schedule, tries: int) -> str:
    default = isinstance(schedule.retries, Given) and schedule.retries.source == "default" and tries > 1
    return f"{tries} of the job (the scheduler's default)" if default else f"{tries} of the job"


def _layers(retry: Retry, tries: int) -> str:
    """The tries of one call in one run of the job, layer by layer where the layers are known."""
    default = " (its default)" if retry.sdk_default or retry.kind == "sdk-default" else ""
    if retry.sdk and retry.sdk != tries:
        return f"{tries // retry.sdk} of a wrapper x {retry.sdk} of the SDK{default}"
    return f"{tries} of the {'SDK' if retry.layers == ('sdk',) else 'call'}{default}"

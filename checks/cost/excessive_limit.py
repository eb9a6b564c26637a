from dataclasses import dataclass

from auditor import Fail, Given, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a limit protects no longer.

    Attributes:
        output_tokens: most output tokens of one call
        steps: most passes of the loop round a call, or turns of an agent
        attempts: most tries of one request
        timeout_s: longest wait for one request, in seconds
    """

    output_tokens: int = 32_000
    steps: int = 200
    attempts: int = 15
    timeout_s: float = 1800.0


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "client = OpenAI()\n"
            + "client.chat.completions.create(model='gpt-4.1', messages=m, max_tokens=1000000)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI
            + "client = OpenAI(timeout=30)\n"
            + "client.chat.completions.create(model='gpt-4.1', messages=m, max_tokens=800)\n",
            show=True,
        ),
        example(
            OPENAI
            + "client = OpenAI(timeout=30)\n"
            + "client.chat.completions.create(model='gpt-4.1', messages=m, max_tokens=800)  # FAIL\n",
            config={"options": {"excessive-limit": {"output_tokens": 500}}},
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI({ timeout: 24 * 60 * 60 * 1000 });
            await client.responses.create({ model: "gpt-4.1", input });  // FAIL
            """,
            path="app.ts",
        ),
        example(OPENAI + "client = OpenAI()\nclient.chat.completions.create(model='gpt-4.1', messages=m)\n"),
    ],
)
def excessive_limit(call: LlmCall, repo: Repo, limits: Limits) -> Verdict:
    """A limit on an LLM call is so high that it protects nothing.

    ## Why it matters
    A million output tokens, thousands of agent steps or dozens of tries without a pause are limits in name only: the bill
    or the vendor's quota stops first.

    ## What to do
    Choose the limit from what one unit of work may cost, not from what the API accepts.

    ## Limits
    Only limits whose value is a constant are judged. The thresholds are options, for some work does need long answers.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    known = [*_cap(call, limits), *_steps(call, limits), *_tries(call, limits), *_wait(call, limits)]
    high = [text for text in known if text]
    if high:
        return Fail(f"limits that hardly limit: {', '.join(high)}")
    return Pass() if known else NotApplicable("no limit with a known value")


# Each gives nothing where the limit is not a known value, an empty text where it is fine, else what is wrong.


def _cap(call: LlmCall, limits: Limits) -> list[str]:
    cap = call.output_cap.value if isinstance(call.output_cap, Given) and call.cap_applies else None
    return [] if cap is None else [f"{cap:,} output tokens a call" if cap > limits.output_tokens else ""]


def _steps(call: LlmCall, limits: Limits) -> list[str]:
    steps = call.loop.limit if call.loop.kind == "bounded" and call.operation == "agent" else None
    return [] if steps is None else [f"{steps:,} steps" if steps > limits.steps else ""]


def _tries(call: LlmCall, limits: Limits) -> list[str]:
    retry = call.retry.value if isinstance(call.retry, Given) else None
    if retry is None or retry.attempts is None:
        return []
    return [
        f"{retry.attempts:,} tries without a pause" if retry.attempts > limits.attempts and not retry.backoff else ""
    ]


def _wait(call: LlmCall, limits: Limits) -> list[str]:
    seconds = call.timeout.value if isinstance(call.timeout, Given) else None
    return [] if seconds is None else [f"a timeout of {seconds:,.0f} s" if seconds > limits.timeout_s else ""]

from dataclasses import dataclass

from auditor import Absent, Fail, Given, LlmCall, Pass, Repo, Retry, Severity, Unclear, Unknown, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@dataclass(frozen=True, slots=True)
class Tries:
    """How many tries are too many.

    Attributes:
        multiplied: most tries of one request where several layers retry (SDK, decorator, loop)
    """

    multiplied: int = 12


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "from tenacity import retry\n"
            + "@retry\n"
            + "def ask(messages):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI
            + "from tenacity import retry, stop_after_attempt, wait_random_exponential\n"
            + "@retry(stop=stop_after_attempt(3), wait=wait_random_exponential(max=20))\n"
            + "def ask(messages):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=messages)\n",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function ask(messages) {
              while (true) {
                try {
                  return await client.chat.completions.create({ model: "gpt-4o", messages });  // FAIL
                } catch (error) {
                  await new Promise((done) => setTimeout(done, 1000));
                }
              }
            }
            """,
            path="app.ts",
        ),
        example(OPENAI + "client.chat.completions.create(model='gpt-4o', messages=[])\n"),
    ],
)
def retry_without_limit(call: LlmCall, repo: Repo, tries: Tries) -> Verdict:
    """A failed call is tried again without a limit, or by several layers whose tries multiply.

    ## Why it matters
    A request that can never succeed (a spent budget, a bad argument) is sent for ever, and tries that reached the model are
    billed. A decorator of 5 round an SDK that retries twice is 15 requests.

    ## What to do
    Retry in one layer, three times at most, with growing and random pauses; never on 400, 401, 403 or a spent quota.
    Switch the SDK's own retries off where you have yours (`max_retries=0`).

    ## Limits
    Retries of the platform or the scheduler are counted by `retry-multiplication`.
    """
    match call.retry:
        case Given(value=retry, at=at):
            return _judge(retry, tries, at.line)
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return Pass()


def _judge(retry: Retry, tries: Tries, line: int) -> Verdict:
    if retry.kind == "unbounded":
        return Fail(f"tried again without a limit (line {line})")
    if len(retry.layers) > 1 and retry.attempts is not None and retry.attempts > tries.multiplied:
        layers = " × ".join(retry.layers)
        return Fail(f"up to {retry.attempts} tries of one request: {layers}", severity=Severity.MINOR)
    return Pass()

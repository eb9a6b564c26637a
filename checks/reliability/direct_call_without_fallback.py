from auditor import (
    Absent,
    Fail,
    Fix,
    Given,
    GuardClient,
    LlmCall,
    NotApplicable,
    Pass,
    Repo,
    Safety,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"
GUARDED = ("openai", "anthropic")  # the SDKs that the generated client module knows


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def ask(messages):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n",
            fixed="from openai import OpenAI\n"
            + "import llm_client\n"
            + 'client = OpenAI(**llm_client.guard("ask", "openai"))\n'
            + "def ask(messages):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI
            + "import anthropic\n"
            + "second = anthropic.Anthropic()\n"
            + "def ask(messages):\n"
            + "    try:\n"
            + "        return client.chat.completions.create(model='gpt-4o', messages=messages)\n"
            + "    except Exception:\n"
            + "        return second.messages.create(model='claude-sonnet-4-5', max_tokens=99, messages=messages)\n",
            show=True,
        ),
        example(
            OPENAI
            + "def ask(messages):\n"
            + "    try:\n"
            + "        return client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n"
            + "    except Exception:\n"
            + "        return 'Sorry, try later.'\n"
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export const ask = (messages) =>
              client.chat.completions.create({ model: "gpt-4o", messages });  // FAIL
            """,
            path="app.ts",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            import Anthropic from "@anthropic-ai/sdk";
            const first = new OpenAI();
            const second = new Anthropic();
            export async function ask(messages) {
              try {
                return await first.chat.completions.create({ model: "gpt-4o", messages });
              } catch (error) {
                return await second.messages.create({ model: "claude-sonnet-4-5", max_tokens: 99, messages });
              }
            }
            """,
            path="app.ts",
        ),
        example(OPENAI + "vectors = client.embeddings.create(model='text-embedding-3-small', input=texts)\n"),
    ],
)
def direct_call_without_fallback(call: LlmCall, repo: Repo) -> Verdict:
    """A call depends on one provider: when it fails, no other route is tried.

    ## Why it matters
    Providers have outages, quotas run out, accounts are suspended, models are retired. With one route each of these is
    your outage.

    ## What to do
    Try another model of another vendor when the first fails with a timeout, 429 or 5xx (never on your own 4xx): through
    the generated client module (`auditor fix`), a gateway, a router, or your framework's fallbacks. Exercise it.

    ## Limits
    A retry of the same route, a canned answer, and a choice by which key is set are no fallbacks. Embeddings are left out:
    vectors of another model cannot be compared with those that are stored.
    """
    if not call.billed:
        return NotApplicable("a local model has no quota to run out of")
    if call.operation == "embeddings":
        return NotApplicable("vectors of another model are not comparable")
    match call.fallback:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return Fail("one provider only: no other route is tried when this call fails", fix=_fix(call))


def _fix(call: LlmCall) -> Fix | None:
    sdk = call.api.replace("/", ".").split(".")[0]
    if call.client is None or call.language != "python" or call.kind != "sdk-call" or sdk not in GUARDED:
        return None
    # A function is a feature; code at the top of a module goes by the module's name.
    feature = call.function.rpartition("::")[2].rpartition("/")[2].removesuffix(".py") or "default"
    guard = GuardClient(call.client, sdk, feature, is_async="async" in call.api.lower())
    return Fix(
        "Send this client's calls through the generated guard: fallback, budget, timeout", Safety.REVIEW, (guard,)
    )

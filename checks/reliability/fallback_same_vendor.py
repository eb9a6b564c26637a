from auditor import (
    Absent,
    Fail,
    Given,
    LlmCall,
    NotApplicable,
    Pass,
    Repo,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def ask(m):\n"
            + "    try:\n"
            + "        return client.chat.completions.create(model='gpt-4o', messages=m)  # FAIL\n"
            + "    except Exception:\n"
            + "        return client.chat.completions.create(model='gpt-4o-mini', messages=m)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI
            + "import anthropic\n"
            + "second = anthropic.Anthropic()\n"
            + "def ask(m):\n"
            + "    try:\n"
            + "        return client.chat.completions.create(model='gpt-4o', messages=m)\n"
            + "    except Exception:\n"
            + "        return second.messages.create(model='claude-sonnet-4-5', max_tokens=99, messages=m)\n",
            show=True,
        ),
    ],
)
def fallback_same_vendor(call: LlmCall, repo: Repo) -> Verdict:
    """The fallback of a call is the same vendor again.

    ## Why it matters
    Another model of the same vendor shares its key, quota, invoice and outage. It helps against a retired model, and
    against little else.

    ## What to do
    Let at least one route of the chain be another vendor, with its own key.

    ## Limits
    A gateway with several upstreams counts as independent only if they are known to differ.
    """
    match call.fallback:
        case Given(value=fallback, at=at):
            if fallback.independent is None:
                return Unknown("the other route's vendor is not known")
            if fallback.independent:
                return Pass((at,))
            return Fail(f"the fallback is {call.vendor} again", related=(at,))
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return NotApplicable("there is no fallback")

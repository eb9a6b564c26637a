import re

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
MOVING = re.compile(r"(?:^|[-_:/@.])(?:latest|auto|default)$|:online$", re.IGNORECASE)


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(OPENAI + "client.chat.completions.create(model='chatgpt-4o-latest', messages=[])  # FAIL\n", show=True),
        example(OPENAI + "client.chat.completions.create(model='gpt-4o-2024-08-06', messages=[])\n", show=True),
        example(
            OPENAI
            + "import settings\n"
            + "def ask(name):\n"
            + "    return client.chat.completions.create(model=settings.pick(name), messages=[])  # UNKNOWN\n"
        ),
        example(
            """
            import Anthropic from "@anthropic-ai/sdk";
            const client = new Anthropic();
            await client.messages.create({ model: "claude-3-5-sonnet-latest", max_tokens: 9, messages });  // FAIL
            """,
            path="app.ts",
        ),
    ],
)
def unpinned_model_alias(call: LlmCall, repo: Repo) -> Verdict:
    """The model is named by an alias that the vendor moves to another model at will.

    ## Why it matters
    Price, limits, tone and tool behaviour change from one day to the next, without a commit to look at.

    ## What to do
    Name a version, in the configuration rather than in the code, and change it on purpose.

    ## Limits
    An alias is known by its own name (`-latest`, `auto`) or by the catalog, as of the date that stands there.
    """
    if not call.billed:
        return NotApplicable("a local model changes when you change it")
    match call.model:
        case Given(value=str(model), at=at) if call.model_status == "alias" or MOVING.search(model):
            return Fail(f"the model is the moving alias {model!r}", related=(at,))
        case Given(value=str(), at=at):
            return Pass((at,))
        case Given():
            return Unknown("the model's name is not a constant")
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return NotApplicable("no model is named")

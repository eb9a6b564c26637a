from auditor import (
    Absent,
    AddKeyword,
    Fail,
    Fix,
    Given,
    LlmCall,
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

OPENAI = "from openai import OpenAI\n"
SECONDS = 60


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            OPENAI + "client = OpenAI()\nclient.chat.completions.create(model='gpt-4o', messages=[])  # FAIL\n",
            fixed=OPENAI
            + "client = OpenAI()\nclient.chat.completions.create(model='gpt-4o', messages=[], timeout=60)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI + "client = OpenAI(timeout=20)\nclient.chat.completions.create(model='gpt-4o', messages=[])\n",
            show=True,
        ),
        example(
            OPENAI
            + "from settings import options\n"
            + "OpenAI(**options).responses.create(model='gpt-4o', input='hi')  # UNKNOWN\n"
        ),
        example(
            "import requests\n"
            "requests.post('https://api.openai.com/v1/chat/completions', json={'model': 'gpt-4o'})  # FAIL\n"
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            await client.chat.completions.create({ model: "gpt-4o", messages });  // FAIL
            """,
            path="app.ts",
        ),
        example(
            """
            await fetch("https://api.openai.com/v1/chat/completions", {
              method: "POST",
              body: JSON.stringify({ model: "gpt-4o", messages }),
              signal: AbortSignal.timeout(20000),
            });
            """,
            path="app.ts",
        ),
    ],
)
def missing_timeout(call: LlmCall, repo: Repo) -> Verdict:
    """An LLM call sets no timeout of its own.

    ## Why it matters
    The defaults are ten minutes in most SDKs and for ever in plain HTTP. A provider that hangs takes your workers with
    it, and the retry that would help never starts.

    ## What to do
    Set a timeout on the client or the call, shorter than that of whoever waits for you, and let a fallback follow it.

    ## Limits
    SDK defaults and the platform's own limits do not count. An abort signal counts only if something aborts it.
    """
    match call.timeout:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return Fail("no timeout is set", fix=_fix(call))


def _fix(call: LlmCall) -> Fix | None:
    name = call.spelling.timeout
    if call.language != "python" or not name.isidentifier():
        return None
    value = str(SECONDS * 1000 if name.endswith("_ms") else SECONDS)
    return Fix(f"Give up after {SECONDS} seconds", Safety.REVIEW, (AddKeyword(call.at, name, value),))

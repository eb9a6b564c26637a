from auditor import (
    Absent,
    AddKeyword,
    Fail,
    Fix,
    Given,
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
CAP = "1024"


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            OPENAI + "client.chat.completions.create(model='gpt-4o-mini', messages=messages)  # FAIL\n",
            fixed=OPENAI
            + "client.chat.completions.create(model='gpt-4o-mini', messages=messages, max_completion_tokens=1024)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI + "client.chat.completions.create(model='gpt-4o-mini', messages=messages, max_tokens=300)\n",
            show=True,
        ),
        example(OPENAI + "OPTIONS = {'max_tokens': 300}\nclient.chat.completions.create(messages=[], **OPTIONS)\n"),
        example(
            OPENAI
            + "from settings import options\n"
            + "client.chat.completions.create(model='gpt-4o', messages=[], **options)  # UNKNOWN\n"
        ),
        example(OPENAI + "client.embeddings.create(model='text-embedding-3-small', input=texts)\n"),
        example(
            "import requests\n"
            "requests.post('https://api.jina.ai/v1/rerank', json={'model': m, 'query': q, 'documents': found}, timeout=9)\n"
        ),
        example(
            "from mistralai import Mistral\n"
            "Mistral().ocr.process(model='mistral-ocr-latest', document={'type': 'document_url', 'document_url': url})\n"
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            await client.chat.completions.create({ model: "gpt-4o-mini", messages });  // FAIL
            """,
            path="app.ts",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            await client.chat.completions.create({ model: "gpt-4o-mini", messages, max_completion_tokens: 300 });
            """,
            path="app.ts",
        ),
    ],
)
def missing_output_cap(call: LlmCall, repo: Repo) -> Verdict:
    """An LLM call sets no limit on the tokens it may generate.

    ## Why it matters
    One prompt that makes the model ramble is billed up to the model's own ceiling, and again on every retry. Output
    tokens are the expensive ones.

    ## What to do
    State a cap that fits the longest answer you can use, and handle an answer that was cut off. With reasoning models
    the cap counts the hidden reasoning too.

    ## Limits
    A cap that stands in arguments that cannot be followed is unknown, never missing. A cap under a name that this API
    ignores or rejects is no cap. Whether the cap is low enough to protect is `excessive-limit`'s question.
    """
    if not call.cap_applies:
        return NotApplicable("this operation generates no text")
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    match call.output_cap:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return Fail("no limit on generated tokens", fix=_fix(call))


def _fix(call: LlmCall) -> Fix | None:
    name = call.spelling.output_cap
    if call.language != "python" or not name.isidentifier():
        return None
    return Fix(f"Cap the answer at {CAP} tokens", Safety.REVIEW, (AddKeyword(call.at, name, CAP),))

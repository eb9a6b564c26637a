from auditor import (
    Fail,
    FreeTier,
    Given,
    LlmCall,
    NotApplicable,
    Pass,
    Repo,
    Severity,
    Unknown,
    Verdict,
    check,
    example,
)

APP = "from fastapi import FastAPI\nfrom google import genai\napp = FastAPI()\nclient = genai.Client()\n"
ROUTE = "@app.post('/chat')\ndef chat(question: str):\n"


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            APP
            + ROUTE
            + "    return client.models.generate_content(model='models/gemini-2.0-flash-exp', contents=question)  # FAIL\n",
            show=True,
        ),
        example(
            APP + ROUTE + "    return client.models.generate_content(model='gemini-2.5-flash', contents=question)\n",
            show=True,
        ),
        example(
            "from fastapi import FastAPI\nfrom openai import OpenAI\napp = FastAPI()\n"
            + "client = OpenAI(base_url='https://openrouter.ai/api/v1')\n"
            + ROUTE
            + "    return client.chat.completions.create(model='qwen/qwen3-8b:free', messages=[question])  # UNKNOWN\n"
        ),
        example(APP + "client.models.generate_content(model='models/gemini-2.0-flash-exp', contents='hello')\n"),
    ],
)
def user_data_on_free_tier(call: LlmCall, repo: Repo) -> Verdict:
    """End users' text is sent to a free route whose terms may allow logging or training on it.

    ## Why it matters
    It is your users' data, and often your contract's or the law's: free routes are paid for with the prompts.

    ## What to do
    Send users' text to paid routes with a known retention policy only, and review that policy:
    `auditor attest data.policy-reviewed`.

    ## Limits
    Terms are known as of the dates in the catalog. Where they are not known, this is unknown.
    """
    if call.user_input is False:
        return NotApplicable("no user's text reaches it")
    signs = [s for s in repo.free_tiers if not s.retired and _concerns(s, call)]
    if not signs:
        return Pass()
    if call.user_input is None:
        return Unknown("whether users' text reaches this free route cannot be seen")
    if all(s.may_train is False for s in signs):
        return Pass(tuple(s.at for s in signs))
    if not any(s.may_train for s in signs):
        return Unknown(f"the terms of {signs[0].provider}'s free route are not known")
    return Fail(f"users' text goes to a free route of {signs[0].provider}", related=tuple(s.at for s in signs))


def _concerns(sign: FreeTier, call: LlmCall) -> bool:
    """Whether a sign of a free tier is about this call: it stands at the call, its model, its address or its client."""
    places = [call.at, *(s.at for s in (call.model, call.base_url) if isinstance(s, Given))]
    if call.client is not None:
        places.append(call.client)
    return any(sign.at.path == at.path and at.line <= sign.at.line <= max(at.line, at.end_line) for at in places)

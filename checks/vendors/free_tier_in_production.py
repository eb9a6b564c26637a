from auditor import Confidence, Fail, FreeTier, NotApplicable, Repo, Severity, Unknown, Verdict, check, example

GRADES = {"high": Confidence.HIGH, "medium": Confidence.MEDIUM, "stated": Confidence.MEDIUM}


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            """
            from openai import OpenAI

            client = OpenAI(base_url="https://openrouter.ai/api/v1")
            client.chat.completions.create(model="meta-llama/llama-3.3-70b-instruct:free", messages=[])  # FAIL
            """,
            show=True,
        ),
        example(
            """
            from openai import OpenAI

            client = OpenAI(base_url="https://openrouter.ai/api/v1")
            client.chat.completions.create(model="meta-llama/llama-3.3-70b-instruct", messages=[])
            """,
            vacuous=True,
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI({ baseURL: "https://openrouter.ai/api/v1" });
            await client.chat.completions.create({ model: "qwen/qwen3-8b:free", messages });  // FAIL
            """,
            path="app.ts",
        ),
        example(
            """
            import time
            from google import genai

            client = genai.Client()
            for page in pages:
                client.models.generate_content(model="gemini-2.5-flash", contents=page)
                time.sleep(4)  # Gemini free tier: 15 requests per minute  # FAIL
            """,
        ),
        example(
            """
            from huggingface_hub import InferenceClient

            client = InferenceClient("meta-llama/Llama-3.3-70B-Instruct")  # UNKNOWN
            client.chat_completion(messages=[])
            """,
        ),
    ],
)
def free_tier_in_production(sign: FreeTier, repo: Repo) -> Verdict:
    """The app depends on a free tier, trial credits or a route that is free of charge.

    ## Why it matters
    Free routes are for validation: their limits are low, change without notice and are shared with everybody; they may log
    or train on what you send; and they end.

    ## What to do
    Make a paid, declared route the primary one, and keep the free one for tests.

    ## Limits
    Whether a vendor's account is paid cannot be seen in code: routes that are free by their name, host or terms are
    reported, and so is a project that says of itself that it is paced to fit a free tier; the rest is unknown until
    somebody attests `routes.paid-primary`. Published limits age; each carries its
    source and date in the catalog.
    """
    if sign.retired:
        return NotApplicable("retired; `retired-route` says so")
    if sign.certainty not in GRADES:
        return Unknown(f"whether this account of {sign.provider} is paid cannot be seen: {sign.why}")
    confidence = GRADES[sign.certainty]
    severity = Severity.BLOCKER if confidence is Confidence.HIGH else Severity.MAJOR
    return Fail(f"depends on a free route of {sign.provider}: {sign.why}", confidence=confidence, severity=severity)

from auditor import Confidence, Fail, FreeTier, NotApplicable, Repo, Severity, Verdict, check, example

GRADES = {"high": Confidence.HIGH, "medium": Confidence.MEDIUM}


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            """
            from openai import OpenAI

            client = OpenAI(base_url="https://models.inference.ai.azure.com")  # FAIL
            client.chat.completions.create(model="gpt-4o", messages=[])
            """,
            show=True,
        ),
        example(
            """
            from openai import OpenAI

            client = OpenAI()
            client.chat.completions.create(model="gpt-4o", messages=[])
            """,
            vacuous=True,
        ),
    ],
)
def retired_route(sign: FreeTier, repo: Repo) -> Verdict:
    """A host or model is used that its provider has retired.

    ## Why it matters
    It answers with an error today or will at a published date; the code works on nobody's machine any more.

    ## What to do
    Move to the provider's current endpoint or model, or to another route.

    ## Limits
    Retirements are known as of the dates in the catalog.
    """
    if not sign.retired:
        return NotApplicable("not retired")
    return Fail(f"{sign.provider}: {sign.why}", confidence=GRADES.get(sign.certainty, Confidence.LOW))

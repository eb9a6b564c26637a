from auditor import Fail, Given, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(OPENAI + "client.completions.create(model='text-davinci-003', prompt='hi')  # FAIL\n", show=True),
        example(OPENAI + "client.responses.create(model='gpt-4o-2024-08-06', input='hi')\n", show=True),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            await client.chat.completions.create({ model: "gpt-4-vision-preview", messages });  // FAIL
            """,
            path="app.ts",
        ),
    ],
)
def deprecated_model(call: LlmCall, repo: Repo) -> Verdict:
    """A model is named that its vendor has retired.

    ## Why it matters
    Every call with it fails, whatever the retries do: what is left of the feature is its error handling.

    ## What to do
    Move to a current model, compare its answers and its price, and note the new one's own date.

    ## Limits
    Retirements are known as of the dates in the catalog, and by the vendor's own names: a deployment or a gateway may
    name models otherwise.
    """
    if not call.billed:
        return NotApplicable("a local model lives as long as you keep it")
    if call.model_status == "deprecated":
        name = call.model.value if isinstance(call.model, Given) else ""
        return Fail(f"its vendor has retired the model {name!r}")
    if isinstance(call.model, Given) and call.model.value:
        return Pass((call.model.at,))
    return NotApplicable("no constant names the model")

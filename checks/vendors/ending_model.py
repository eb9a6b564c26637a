from auditor import Fail, Given, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(OPENAI + "client.responses.create(model='gpt-4o-mini', input='hi')  # FAIL\n", show=True),
        example(OPENAI + "client.responses.create(model='gpt-5.6-luna', input='hi')\n", show=True),
        example(
            """
            import { GoogleGenAI } from "@google/genai";
            const ai = new GoogleGenAI({});
            await ai.models.generateContent({ model: "gemini-2.5-flash", contents });  // FAIL
            """,
            path="app.ts",
        ),
        example(
            "from openai import OpenAI\n"
            "client = OpenAI(base_url='https://openrouter.ai/api/v1')\n"
            "client.chat.completions.create(model='openai/gpt-4o-mini', messages=[])\n"
        ),
    ],
)
def ending_model(call: LlmCall, repo: Repo) -> Verdict:
    """A model is named that its vendor has announced to shut down.

    ## Why it matters
    From that day on every call with it fails, and a project that nobody watches finds out from its users.

    ## What to do
    Choose the successor before that day: compare its answers and its price, and keep the name in the configuration, so
    that the move is one line.

    ## Limits
    The days are those of the catalog, as announced by the vendor for its own API: a cloud or a gateway that serves the
    same model has days of its own.
    """
    if not call.billed:
        return NotApplicable("a local model lives as long as you keep it")
    if not isinstance(call.model, Given) or not call.model.value:
        return NotApplicable("no constant names the model")
    if call.model_ends:
        return Fail(
            f"its vendor serves the model {call.model.value!r} until {call.model_ends}", related=(call.model.at,)
        )
    return Pass((call.model.at,))

from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Unknown, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def summarise(documents):\n"
            + "    for document in documents:\n"
            + "        client.chat.completions.create(model='gpt-4o', messages=[document])  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI
            + "def summarise(documents):\n"
            + "    for document in documents[:20]:\n"
            + "        client.chat.completions.create(model='gpt-4o', messages=[document])\n",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function summarise(documents) {
              return Promise.all(
                documents.map((d) => client.chat.completions.create({ model: "gpt-4o", messages: [d] })),  // FAIL
              );
            }
            """,
            path="app.ts",
        ),
    ],
)
def llm_call_per_item(call: LlmCall, repo: Repo) -> Verdict:
    """An LLM call runs once for each element of a collection of any size.

    ## Why it matters
    The bill follows the data: ten test rows cost nothing, the production table costs a thousand times as much, in one run.

    ## What to do
    Take a bounded slice per run, remember what was done, and put work that can wait through the vendor's batch API, at
    about half the price.

    ## Limits
    The collection's real size is not known here; a constant list is bounded. In scheduled jobs the stricter
    `schedule-without-item-limit` applies.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    match call.loop.kind:
        case "per-item":
            why = f" ({call.loop.why})" if call.loop.why else ""
            related = (call.loop.at,) if call.loop.at else ()
            return Fail(f"one call per element, of as many as there are{why}", trace=call.loop.trace, related=related)
        case "none" | "bounded" | "unbounded":
            return Pass()
        case _:
            return Unknown(call.loop.why or "what bounds the loop cannot be seen")

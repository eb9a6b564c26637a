from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Unknown, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def agent(messages):\n"
            + "    while True:\n"
            + "        answer = client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n"
            + "        if 'DONE' in answer.choices[0].message.content:\n"
            + "            return answer\n"
            + "        messages.append(answer.choices[0].message)\n",
            show=True,
        ),
        example(
            OPENAI
            + "def agent(messages):\n"
            + "    for _ in range(8):\n"
            + "        answer = client.chat.completions.create(model='gpt-4o', messages=messages)\n"
            + "        if 'DONE' in answer.choices[0].message.content:\n"
            + "            return answer\n"
            + "        messages.append(answer.choices[0].message)\n",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function agent(messages) {
              while (true) {
                const answer = await client.chat.completions.create({ model: "gpt-4o", messages });  // FAIL
                if (answer.choices[0].finish_reason === "stop") return answer;
                messages.push(answer.choices[0].message);
              }
            }
            """,
            path="app.ts",
        ),
    ],
)
def unbounded_llm_loop(call: LlmCall, repo: Repo) -> Verdict:
    """A loop repeats an LLM call with no limit on the number of passes.

    ## Why it matters
    An agent that never says the stop word, or a condition that only the model's own words can meet, is billed until
    somebody pulls the plug; the history that is sent again each time makes it grow with the square of the passes.

    ## What to do
    Bound the passes by a constant, and stop by budget or deadline too. For agents of a framework set its own limit
    (`max_turns`, `max_iterations`, `stopWhen`).

    ## Limits
    A worker that waits for messages is no such loop: each message is one unit of work. A loop once per element of a
    collection is `llm-call-per-item`'s question.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    if call.recursive:
        return NotApplicable("a recursion, which `recursive-llm-call` judges")
    match call.loop.kind:
        case "unbounded":
            why = f": {call.loop.why}" if call.loop.why else ""
            related = (call.loop.at,) if call.loop.at else ()
            return Fail(f"repeated without a limit{why}", trace=call.loop.trace, related=related)
        case "none" | "bounded" | "per-item":
            return Pass((call.loop.at,) if call.loop.kind == "bounded" and call.loop.at else ())
        case _:
            return Unknown(call.loop.why or "what bounds the loop cannot be seen")

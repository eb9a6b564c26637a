from auditor import Fail, Given, LlmCall, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def ask(messages):\n"
            + "    try:\n"
            + "        return client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n"
            + "    except Exception:\n"
            + "        pass\n",
            show=True,
        ),
        example(
            OPENAI
            + "import logging\n"
            + "def ask(messages):\n"
            + "    try:\n"
            + "        return client.chat.completions.create(model='gpt-4o', messages=messages)\n"
            + "    except Exception:\n"
            + "        logging.exception('the model is not available')\n"
            + "        return 'No answer at the moment, please try later.'\n",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function ask(messages) {
              try {
                return await client.chat.completions.create({ model: "gpt-4o", messages });  // FAIL
              } catch {}
            }
            """,
            path="app.ts",
        ),
    ],
)
def swallowed_llm_error(call: LlmCall, repo: Repo) -> Verdict:
    """The error of a failed LLM call disappears: nothing is told, logged or tried.

    ## Why it matters
    A spent quota or a revoked key then looks like an empty answer. Nobody is alerted, and users see a feature that has
    quietly stopped.

    ## What to do
    Tell the user clearly that the answer is missing, log the error with the model's name, and fall back where there is
    another route.

    ## Limits
    Whether the text that users see is clear cannot be judged here.
    """
    if call.error_handling == "swallowed" and not isinstance(call.fallback, Given):
        return Fail("its error is swallowed")
    return Pass()

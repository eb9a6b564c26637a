from auditor import (
    Absent,
    Fail,
    Given,
    LlmCall,
    NotApplicable,
    Pass,
    Repo,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)

OPENAI = "import logging\nfrom openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def ask(messages):\n"
            + "    answer = client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n"
            + "    return answer.choices[0].message.content\n",
            show=True,
        ),
        example(
            OPENAI
            + "def ask(messages):\n"
            + "    answer = client.chat.completions.create(model='gpt-4o', messages=messages)\n"
            + "    logging.info('summary used %s tokens', answer.usage.total_tokens)\n"
            + "    return answer.choices[0].message.content\n",
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function ask(messages) {
              const answer = await client.chat.completions.create({ model: "gpt-4o", messages });  // FAIL
              return answer.choices[0].message.content;
            }
            """,
            path="app.ts",
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function ask(messages) {
              const answer = await client.chat.completions.create({ model: "gpt-4o", messages });
              console.log("tokens", answer.usage);
              return answer.choices[0].message.content;
            }
            """,
            path="app.ts",
        ),
    ],
)
def usage_not_recorded(call: LlmCall, repo: Repo) -> Verdict:
    """The tokens that a call used are read nowhere.

    ## Why it matters
    Without a record per call nobody can say which feature, user or retry loop made the bill, and no budget can be
    checked. The vendor's dashboard shows a sum, a day late.

    ## What to do
    Log or store the answer's usage with the model and the feature: a line, a row or a metric; or trace through an
    observer (OpenTelemetry, Langfuse, Helicone and others). Never log the content.

    ## Limits
    Printing before the call is no record. Whether somebody looks at the record cannot be seen.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    match call.usage:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return Fail("token usage is not recorded")

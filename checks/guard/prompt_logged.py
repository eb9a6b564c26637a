from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "import logging\nfrom openai import OpenAI\nclient = OpenAI()\nlogger = logging.getLogger(__name__)\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def ask(question):\n"
            + "    logger.info('asking %s', question)\n"
            + "    return client.responses.create(model='gpt-4o', input=question)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI
            + "def ask(question):\n"
            + "    logger.info('asking, %s characters', len(question))\n"
            + "    return client.responses.create(model='gpt-4o', input=question)\n",
            show=True,
        ),
        example(
            OPENAI
            + "def ask(question):\n"
            + "    answer = client.responses.create(model='gpt-4o', input=question)  # FAIL\n"
            + "    text = answer.output_text\n"
            + "    logger.info(f'answer: {text}')\n"
            + "    return text\n"
        ),
        example(
            OPENAI
            + "def ask(question):\n"
            + "    answer = client.responses.create(model='gpt-4o', input=question)\n"
            + "    logger.info('used %s', answer.usage)\n"
            + "    logger.debug(question)\n"
            + "    print(answer.output_text)\n"
            + "    return answer.output_text\n"
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            export async function POST(request) {
              const { question } = await request.json();
              const answer = await client.responses.create({ model: "gpt-4o", input: question });  // FAIL
              console.log("answer", answer.output_text);
              return Response.json({ text: answer.output_text });
            }
            """,
            path="app/api/ask/route.ts",
        ),
    ],
)
def prompt_logged(call: LlmCall, repo: Repo) -> Verdict:
    """A prompt or an answer is written to the log as it is.

    ## Why it matters
    What people write to a model is often personal or confidential. In the log it is kept for months, copied to other
    services and read by people who never should; a request to delete it cannot be met.

    ## What to do
    Log the model, the token counts and a request id instead of the text. Where the text is needed to find a fault, redact
    it, keep it apart and let it expire.

    ## Limits
    Seen in the function that sends the request: loggers above the debug level, and what a server prints. What a command
    line tool prints is its output. Tools that record calls keep content by default; their settings cannot be seen.
    """
    if call.cap_applies is False and call.operation in ("image", "speech", "video"):
        return NotApplicable("no text comes back")
    if call.content_logged is None:
        return Pass()
    return Fail("the prompt or the answer is written to the log", related=(call.content_logged,))

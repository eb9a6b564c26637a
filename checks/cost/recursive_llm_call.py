from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def expand(topic):\n"
            + "    answer = client.chat.completions.create(model='gpt-4o', messages=[topic])  # FAIL\n"
            + "    for part in answer.choices[0].message.content.splitlines():\n"
            + "        expand(part)\n",
            show=True,
        ),
        example(
            OPENAI
            + "def expand(topic, depth=0):\n"
            + "    if depth > 2:\n"
            + "        return\n"
            + "    answer = client.chat.completions.create(model='gpt-4o', messages=[topic])\n"
            + "    for part in answer.choices[0].message.content.splitlines():\n"
            + "        expand(part, depth + 1)\n",
            show=True,
        ),
    ],
)
def recursive_llm_call(call: LlmCall, repo: Repo) -> Verdict:
    """A function that calls an LLM calls itself on the answer, with no limit on the depth.

    ## Why it matters
    Each answer can ask for several more: the number of calls grows exponentially, and the model decides when it ends.

    ## What to do
    Pass a depth and stop at a constant; count the calls of the whole run and stop at a budget.

    ## Limits
    Recursion through callbacks, queues or tools of a framework is not seen.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    if call.recursive:
        return Fail("recursion over the model's output without a limit on its depth", trace=call.loop.trace)
    return Pass()

from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def refine(draft):\n"
            + "    answer = client.chat.completions.create(model='gpt-4o', messages=[draft])  # FAIL\n"
            + "    if 'good' in answer.choices[0].message.content:\n"
            + "        return answer\n"
            + "    return refine(answer.choices[0].message.content)\n",
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
    The model's words decide when it ends; where one answer asks for several more, the number of calls grows
    exponentially.

    ## What to do
    Pass a depth and stop at a constant; count the calls of the whole run and stop at a budget.

    ## Limits
    Recursion over the elements of a structure is `llm-call-per-item`'s question. Recursion through callbacks, queues or
    tools of a framework is not seen.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    if call.recursive:
        return Fail("recursion over the model's output without a limit on its depth", trace=call.loop.trace)
    return Pass()

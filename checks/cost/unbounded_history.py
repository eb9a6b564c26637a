from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "history = []\n"
            + "def chat(text):\n"
            + "    history.append({'role': 'user', 'content': text})\n"
            + "    answer = client.chat.completions.create(model='gpt-4o', messages=history)  # FAIL\n"
            + "    history.append(answer.choices[0].message)\n"
            + "    return answer\n",
            show=True,
        ),
        example(
            OPENAI
            + "history = []\n"
            + "def chat(text):\n"
            + "    history.append({'role': 'user', 'content': text})\n"
            + "    answer = client.chat.completions.create(model='gpt-4o', messages=history[-20:])\n"
            + "    history.append(answer.choices[0].message)\n"
            + "    return answer\n",
            show=True,
        ),
    ],
)
def unbounded_history(call: LlmCall, repo: Repo) -> Verdict:
    """A message list that only grows is sent again with each turn.

    ## Why it matters
    Every turn pays for all earlier ones: the cost of a conversation grows with the square of its length, until the
    context is full and calls fail.

    ## What to do
    Send the last turns only, or summarise the rest; bound each message's length as well.

    ## Limits
    Only lists that can be followed from call to call are judged; one kept in a database or by a framework is not seen.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    match call.history:
        case "unbounded":
            return Fail("the history that is sent grows without limit")
        case "bounded":
            return Pass()
        case _:
            return NotApplicable("no growing history is seen")

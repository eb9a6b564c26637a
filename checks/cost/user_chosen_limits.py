from auditor import Fail, LlmCall, NotApplicable, Pass, Repo, Severity, Unknown, Verdict, check, example

APP = "from fastapi import FastAPI\nfrom pydantic import BaseModel\nfrom openai import OpenAI\napp = FastAPI()\nclient = OpenAI()\n"


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            APP
            + "class Question(BaseModel):\n    text: str\n    model: str\n"
            + "@app.post('/chat')\n"
            + "def chat(question: Question):\n"
            + "    return client.chat.completions.create(model=question.model, messages=[question.text])  # FAIL\n",
            show=True,
        ),
        example(
            APP
            + "class Question(BaseModel):\n    text: str\n"
            + "@app.post('/chat')\n"
            + "def chat(question: Question):\n"
            + "    return client.chat.completions.create(model='gpt-4o-mini', messages=[question.text])\n",
            show=True,
        ),
    ],
)
def user_chosen_limits(call: LlmCall, repo: Repo) -> Verdict:
    """The end user's request decides which model is called or how many tokens it may generate.

    ## Why it matters
    The dearest model costs a hundred times the cheapest. Who may name the model or the cap in a request sets your price.

    ## What to do
    Choose model and cap on the server; let users choose from an allow list at most, and clamp numbers.

    ## Limits
    A value that is checked against a list or clamped before the call counts as yours.
    """
    if not call.billed:
        return NotApplicable("a local model bills nothing")
    if call.client_side:
        return NotApplicable("this code runs on the user's own device")
    if repo.users_pay(call):
        return NotApplicable("whoever calls it pays with a key of their own")
    if call.user_controls_limits:
        return Fail("the request chooses the model or the token limit")
    if call.user_input is False:
        return NotApplicable("no user's request reaches it")
    if call.user_input is None:
        return Unknown("whether users' requests reach it cannot be seen")
    return Pass()

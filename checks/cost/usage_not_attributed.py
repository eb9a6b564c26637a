from auditor import Fail, Given, NotApplicable, Pass, Repo, Severity, Unknown, Verdict, check, example

OPENAI = "import logging\nfrom openai import OpenAI\nclient = OpenAI()\n"
ROUTE = "from fastapi import FastAPI\napp = FastAPI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def title(text):\n"
            + "    answer = client.responses.create(model='gpt-4o', input=text)\n"
            + "    logging.info('tokens %s', answer.usage.total_tokens)  # FAIL\n"
            + "    return answer.output_text\n"
            + "def summary(text):\n"
            + "    answer = client.responses.create(model='gpt-4o', input=text)\n"
            + "    logging.info('tokens %s', answer.usage.total_tokens)\n"
            + "    return answer.output_text\n",
            show=True,
        ),
        example(
            OPENAI
            + "from usage import save\n"
            + "def title(text, user_id):\n"
            + "    answer = client.responses.create(model='gpt-4o', input=text)\n"
            + "    save(feature='title', user=user_id, tokens=answer.usage.total_tokens)\n"
            + "    return answer.output_text\n"
            + "def summary(text, user_id):\n"
            + "    answer = client.responses.create(model='gpt-4o', input=text)\n"
            + "    save(feature='summary', user=user_id, tokens=answer.usage.total_tokens)\n"
            + "    return answer.output_text\n",
            show=True,
        ),
        example(
            OPENAI
            + ROUTE
            + "@app.post('/ask')\n"
            + "def ask(question: str):\n"
            + "    answer = client.responses.create(model='gpt-4o', input=question)\n"
            + "    logging.info('tokens %s', answer.usage.total_tokens)  # FAIL\n"
            + "    return answer.output_text\n"
        ),
        example(
            "from langfuse.openai import OpenAI\n"
            + ROUTE
            + "client = OpenAI()  # UNKNOWN\n"
            + "@app.post('/ask')\n"
            + "def ask(question: str):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=[{'role': 'user', 'content': question}])\n"
        ),
        example(OPENAI + "client.responses.create(model='gpt-4o', input='hi')\n"),
    ],
)
def usage_not_attributed(repo: Repo) -> Verdict:
    """The record of what calls used does not say which user, feature or model it was for.

    ## Why it matters
    A sum answers no question. When the bill doubles, somebody has to know which model, which feature and which user made
    it, today and not after a day of reading logs.

    ## What to do
    Write the model, the feature (or route) and an opaque user id beside the token counts, or hand them to the tool that
    records the calls (`user`, `metadata`, `session_id`).

    ## Limits
    Judged by the names that go along with the records, all of them together; a failure only where each is a plain line of
    a log. One call site needs no feature, a fixed model no model, and calls that no user's text reaches need no user.
    Calls without any record are the subject of `usage-not-recorded`.
    """
    calls = repo.shipping_calls()
    recorded = [(c, c.usage.at) for c in calls if isinstance(c.usage, Given)]
    if not recorded:
        return NotApplicable("no call's usage is recorded; `usage-not-recorded` says so")
    needs = {"user"} if any(c.user_input for c, _ in recorded) else set()
    needs |= {"feature"} if len(calls) > 1 else set()
    needs |= {"model"} if any(not isinstance(c.model, Given) for c, _ in recorded) else set()
    told = {what for c, _ in recorded for what in c.attribution}
    lacking = " and ".join(sorted(needs - told))
    first = recorded[0][1]
    if not lacking:
        return Pass((first,))
    if "more" in told:
        return Unknown(f"whether the record of the usage names the {lacking} cannot be seen")
    return Fail(f"the record of the usage does not name the {lacking}", at=first)

from auditor import Fail, Given, LlmCall, NotApplicable, Pass, Repo, Severity, Verdict, check, example

OPENAI = "from openai import OpenAI, RateLimitError\nclient = OpenAI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(
            OPENAI
            + "def ask(messages):\n"
            + "    return client.chat.completions.create(model='gpt-4o', messages=messages)  # FAIL\n",
            show=True,
        ),
        example(
            OPENAI
            + "def ask(messages):\n"
            + "    try:\n"
            + "        return client.chat.completions.create(model='gpt-4o', messages=messages)\n"
            + "    except RateLimitError as error:\n"
            + "        if error.code == 'insufficient_quota':\n"
            + "            raise SystemExit('the budget is spent') from error\n"
            + "        raise\n",
            show=True,
        ),
    ],
)
def quota_error_not_handled(call: LlmCall, repo: Repo) -> Verdict:
    """Nothing tells "slow down" (429) from "the money is gone" (exhausted quota) when this call fails.

    ## Why it matters
    The first passes after a pause; the second does not, and retrying it makes the outage longer and the log louder. On free
    credits it is the day when they end.

    ## What to do
    Handle the SDK's rate-limit error by its code: wait and retry, or stop, tell the user and alert the owner. Falling back to
    another vendor answers both.

    ## Limits
    Handling in a framework's middleware or a gateway is seen only if it is known.
    """
    if not call.billed:
        return NotApplicable("a local model has no quota")
    if call.error_handling == "quota-aware" or isinstance(call.fallback, Given):
        return Pass()
    if call.error_handling == "handled":
        return Fail("all its errors are handled alike, an exhausted quota too")
    return Fail("an exhausted quota is not handled")

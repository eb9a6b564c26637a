from auditor import Fail, NotApplicable, Pass, Repo, Severity, Unknown, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            OPENAI + "client.chat.completions.create(model='gpt-4o', messages=m, max_tokens=100)  # FAIL\n", show=True
        ),
        example(
            """
            import litellm

            litellm.max_budget = 20


            def ask(question):
                return litellm.completion(model="gpt-4o", messages=[{"role": "user", "content": question}])
            """,
            show=True,
        ),
        example(
            """
            import OpenAI from "openai";
            const client = new OpenAI();
            await client.chat.completions.create({ model: "gpt-4o", messages });  // FAIL
            """,
            path="app.ts",
        ),
        example("print('no model here')\n"),
    ],
)
def no_spend_limit(repo: Repo) -> Verdict:
    """Nothing stops the spending before a call when a budget is used up.

    ## Why it matters
    Free credits end by themselves; a paid account does not. A loop, a leak or a popular day is billed until somebody
    notices. A cap per call bounds one answer, not a month.

    ## What to do
    Refuse calls once a monthly budget is spent: the generated client module (`auditor fix`), a gateway's budget
    (LiteLLM `max_budget` with `budget_duration`), or your own ledger that is compared before each call. Set the hard limit
    in the vendor's console as well, and record it: `auditor attest money.spend-cap`.

    ## Limits
    A limit in a vendor's console cannot be seen from here: attest it. A budget that only warns is an alert, no cap. A
    budget that no call passes is not in force.
    """
    calls = repo.shipping_calls()
    if not calls:
        return NotApplicable("no billed call in code that ships")
    calls = tuple(c for c in calls if not repo.users_pay(c))
    if not calls:
        return NotApplicable("whoever uses it pays with a key of their own")
    caps = repo.controls_of("budget-cap")
    if in_force := [c.at for c in caps if c.in_force]:
        return Pass(tuple(in_force))
    if any(c.in_force is None for c in caps):
        return Unknown("a budget is configured, but whether calls pass it cannot be seen")
    first, *others = (c.at for c in calls)
    if caps:
        idle = caps[0].at
        return Fail(f"the budget at {idle.path}:{idle.line} is on no call's way", at=first, related=(idle,))
    some = "one call" if not others else f"{len(calls)} calls"
    return Fail(f"no budget is checked before {some} to paid models", at=first, related=tuple(others[:20]))

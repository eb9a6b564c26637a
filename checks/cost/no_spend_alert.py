from auditor import Fail, NotApplicable, Pass, Repo, Severity, Unknown, Verdict, check, example

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(OPENAI + "client.chat.completions.create(model='gpt-4o', messages=m)  # FAIL\n", show=True),
        example(
            files={
                "app.py": OPENAI + "client.chat.completions.create(model='gpt-4o', messages=m)  # FAIL\n",
                "notes.md": "Alerts: ask Ada.\n",
            }
        ),
        example("print('no model here')\n"),
    ],
)
def no_spend_alert(repo: Repo) -> Verdict:
    """Nothing tells anyone that the spending nears its cap.

    ## Why it matters
    A cap without an alert turns into an outage; an alert is the time in which a person can still decide. An alert is not a
    cap: it stops nothing.

    ## What to do
    Alert somebody who reacts, well below the cap (80 %): in the vendor's console, in the gateway, or from your own usage
    log. If it lives outside this repository, record it: `auditor attest money.alert`.

    ## Limits
    Alerts in consoles cannot be seen from here. Cloud budgets do not see the invoices of other LLM vendors.
    """
    calls = [c.at for c in repo.shipping_calls()]
    if not calls:
        return NotApplicable("no billed call in code that ships")
    alerts = repo.controls_of("alert")
    if in_force := [c.at for c in alerts if c.in_force]:
        return Pass(tuple(in_force))
    if any(c.in_force is None for c in alerts):
        return Unknown("an alert is configured, but whether it fires cannot be seen")
    return Fail("no spend alert", at=calls[0])

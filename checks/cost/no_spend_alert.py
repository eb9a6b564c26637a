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
        example(
            files={
                "app.py": "import boto3\nboto3.client('bedrock-runtime').converse(modelId='m', messages=[])\n",
                "main.tf": 'resource "aws_budgets_budget" "llm" {\n  limit_amount = "50"\n  notification {\n    threshold = 80\n  }\n}\n',
            },
            show=True,
        ),
        example(
            files={
                "app.py": OPENAI + "client.chat.completions.create(model='gpt-4o', messages=m)  # FAIL\n",
                "main.tf": 'resource "aws_budgets_budget" "all" {\n  notification {\n    threshold = 80\n  }\n}\n',
            }
        ),
        example(
            files={
                "app.py": OPENAI + "client.chat.completions.create(model='gpt-4o', messages=m)\n",
                "main.tf": 'resource "openai_project_spend_alert" "llm" {\n  threshold_amount = 40\n  emails = ["a@b.c"]\n}\n',
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
    Alerts in consoles cannot be seen from here. Cloud budgets do not see the invoices of other LLM vendors: a budget in
    Terraform, CloudFormation or Bicep counts for the vendors that are paid through it.
    """
    calls = [c.at for c in repo.shipping_calls()]
    if not calls:
        return NotApplicable("no billed call in code that ships")
    alerts = [c for c in repo.controls_of("alert") if not c.vendor]
    if in_force := [c.at for c in alerts if c.in_force]:
        return Pass(tuple(in_force))
    billed = {c.vendor for c in repo.shipping_calls()}
    watched = [c for c in repo.controls_of("alert") if c.vendor in billed]
    if watched and billed <= {c.vendor for c in watched}:
        return Pass(tuple(c.at for c in watched))
    if watched:
        return Unknown(f"an alert watches the bill of {watched[0].vendor}; of the other vendors' none is seen")
    if any(c.in_force is None for c in alerts):
        return Unknown("an alert is configured, but whether it fires cannot be seen")
    return Fail("no spend alert", at=calls[0])

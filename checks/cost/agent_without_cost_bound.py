from auditor import (
    Absent,
    Fail,
    Given,
    LlmCall,
    NotApplicable,
    Pass,
    Repo,
    Severity,
    Unclear,
    Unknown,
    Verdict,
    check,
    example,
)

AGENT = "from agents import Agent, Runner\nagent = Agent(name='helper', instructions='Help.')\n"


@check(
    severity=Severity.MAJOR,
    since="0.1",
    status="preview",
    examples=[
        example(AGENT + "Runner.run_sync(agent, 'hello')  # FAIL\n", show=True),
        example("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o', input='hello')\n"),
    ],
)
def agent_without_cost_bound(call: LlmCall, repo: Repo) -> Verdict:
    """An agent's turns are bounded at most, not what they may cost.

    ## Why it matters
    Ten turns with a full context cost more than a thousand short ones. Published incidents of several hundred dollars came
    from agents that were within their turn limit.

    ## What to do
    Cap the output of each turn in the model's settings, and put the run under a token or money budget
    (`UsageLimits`, `max_budget_usd`, a budgeted client).

    ## Limits
    Only agents of known frameworks are seen. A budget for the whole repository counts.
    """
    if call.operation != "agent" or not call.billed:
        return NotApplicable("not an agent that is billed")
    budgets = [c.at for c in repo.controls_of("budget-cap") if c.in_force]
    if budgets:
        return Pass(tuple(budgets))
    match call.output_cap:
        case Given(at=at):
            return Pass((at,))
        case Unclear(why):
            return Unknown(why)
        case Absent():
            return Fail("turns may be bounded, tokens and money are not")

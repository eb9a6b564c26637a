from auditor import Fail, NotApplicable, Pass, Repo, Severity, Verdict, check, example

CALL = "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o-mini', input='hi')"


@check(
    severity=Severity.MINOR,
    since="0.1",
    examples=[
        example(CALL + "  # FAIL\n", show=True),
        example(
            files={
                "app.py": CALL + "\n",
                ".github/workflows/ci.yml": """
                    on: [push]
                    jobs:
                      audit:
                        runs-on: ubuntu-latest
                        steps:
                          - uses: actions/checkout@v5
                          - run: pipx run launch-auditor scan
                """,
            },
        ),
        example("print('no model here')\n"),
    ],
)
def not_in_ci(repo: Repo) -> Verdict:
    """Nothing runs this audit before changes are merged.

    ## Why it matters
    A key, an unbounded loop or a lost timeout comes back with the next commit; an audit that ran once protects one day.

    ## What to do
    `auditor init --pre-commit --github` writes the hook and the workflow.

    ## Limits
    CI that is configured outside the repository cannot be seen.
    """
    calls = [c.at for c in repo.shipping_calls()]
    if not calls:
        return NotApplicable("no billed call in code that ships")
    if repo.guards:
        return Pass(repo.guards)
    return Fail("neither CI nor a commit hook runs this audit", at=calls[0])

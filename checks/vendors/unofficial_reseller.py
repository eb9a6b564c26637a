from auditor import Confidence, Fail, Repo, Reseller, Severity, Unknown, Verdict, check, example

GRADES = {"high": Confidence.HIGH, "medium": Confidence.MEDIUM}


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            """
            from g4f.client import Client

            client = Client()  # FAIL
            client.chat.completions.create(model="gpt-4o", messages=[])
            """,
            show=True,
        ),
        example("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o', input='hi')\n", vacuous=True),
        example(
            """
            from openai import OpenAI

            client = OpenAI(base_url="https://api.some-relay.net/v1")  # UNKNOWN
            client.chat.completions.create(model="gpt-4o", messages=[])
            """,
        ),
        example(
            """
            from openai import OpenAI

            client = OpenAI(base_url="https://models.some-lab.net/v1")
            client.chat.completions.create(model="some-lab-7b", messages=[])
            """,
            vacuous=True,
        ),
        example(
            '{"env": {"ANTHROPIC_BASE_URL": "https://api.some-relay.net"}}\n',
            path=".claude/settings.json",
            expect={".claude/settings.json:1": "FAIL"},
        ),
    ],
)
def unofficial_reseller(sign: Reseller, repo: Repo) -> Verdict:
    """Requests go through a key reseller, a shared-key proxy or a reverse-engineered client.

    ## Why it matters
    Shared keys work, then die; answers may come from another model than the one that is named; there is no invoice and no
    usage log; and whoever runs the proxy reads every prompt.

    ## What to do
    Use the vendor, a cloud marketplace or an authorised gateway, with an account, an invoice and limits of your own. If
    the host is your own gateway, say so in the configuration: `hosts: [llm.example.org]`.

    ## Limits
    A host that the catalog does not know, and that serves a known vendor's models, may be a reseller or a gateway of your
    own: that is unknown until the configuration says so. In the settings of coding agents, editors and MCP servers, which
    work for everybody who opens the repository, such a host is reported with low confidence.
    """
    if sign.certainty == "unknown":
        return Unknown(f"whether {sign.host} is your own gateway or a reseller cannot be seen: {sign.why}")
    return Fail(f"{sign.host}: {sign.why}", confidence=GRADES.get(sign.certainty, Confidence.LOW))

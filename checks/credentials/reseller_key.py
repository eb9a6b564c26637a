from hashlib import sha256

from auditor import Confidence, Credential, Fail, NotApplicable, Pass, Repo, Severity, Verdict, check, example

KEY = "sk-" + sha256(b"of no account").hexdigest()[:48]  # made here, so that no key stands in the source


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(
            f"""
            from openai import OpenAI

            client = OpenAI(base_url="https://api.chatanywhere.tech/v1",
                            api_key="{KEY}")  # FAIL
            client.chat.completions.create(model="gpt-4o", messages=[])
            """
        ),
        example(f'key = "{KEY}"\n', path="app.py"),
        example(f'key = "fk123456-{KEY[3:35]}"  # FAIL\n', path="app.py"),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def reseller_key(key: Credential, repo: Repo) -> Verdict:
    """A key is used with a host that resells or shares other people's access.

    ## Why it matters
    Such keys are cut off without notice, prompts pass through strangers' hands, and the vendor may close the account
    behind them.

    ## What to do
    Buy access from the vendor or a known gateway, and treat what went through the reseller as disclosed.

    ## Limits
    Told by the shape of a reseller's own keys, by a reseller's host in the same file, or by one anywhere for a key whose
    shape is no known vendor's.
    """
    if key.placeholder or key.commit or key.certainty == "low":
        return NotApplicable("no live value")
    if key.shape.startswith("reseller-"):
        return Fail(
            f"a key of {key.vendor.removeprefix('other:')}, which is no vendor of its own", confidence=Confidence.HIGH
        )
    sure = [r for r in repo.resellers if r.certainty != "low"]
    near = next((r for r in sure if r.at.path == key.at.path), None)
    if near is None and key.vendor == "other:unknown":
        near = next(iter(sure), None)
    if near is None:
        return Pass()
    return Fail(
        f"this key goes to {near.host}, which is no vendor of its own", confidence=Confidence.MEDIUM, related=(near.at,)
    )

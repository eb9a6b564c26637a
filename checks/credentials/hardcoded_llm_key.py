from hashlib import sha256

from auditor import (
    Confidence,
    Credential,
    Fail,
    Fix,
    NotApplicable,
    Pass,
    Role,
    Safety,
    Severity,
    Verdict,
    check,
    example,
)

KEY = "sk-or-v1-" + sha256(b"of no account").hexdigest()  # made here, so that no key stands in the source
GRADES = {"high": Confidence.HIGH, "medium": Confidence.MEDIUM}
HIDDEN = {
    "base64": ", wrapped in base64",
    "split": ", in pieces",
    "hex": ", in hexadecimal",
    "codes": ", as character codes",
    "reversed": ", backwards",
}
ELSEWHERE = {"env-file", "client-env", "client-storage"}


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(f'client = OpenAI(base_url="https://openrouter.ai/api/v1", api_key="{KEY}")  # FAIL\n'),
        example(f'const apiKey = "{KEY}"; // FAIL\n', path="src/llm.ts"),
        example(f"Call it with the key `{KEY}`.\n", path="docs/usage.md", expect={"docs/usage.md:1": "FAIL"}),
        example(f"ENV OPENROUTER_API_KEY={KEY}\n", path="Dockerfile", expect={"Dockerfile:1": "FAIL"}),
        example(
            """
            import os
            from openai import OpenAI

            client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
            """,
            vacuous=True,
            show=True,
        ),
        example(
            """
            const apiKey = "YOUR_OPENAI_API_KEY";
            """,
            path="src/llm.ts",
        ),
    ],
)
def hardcoded_llm_key(key: Credential) -> Verdict:
    """A live-looking key of an LLM vendor stands in a file of the repository.

    ## Why it matters
    Everyone who can read the repository, its forks, its images or its history can spend on your account. Bots search
    public code for exactly these shapes within minutes.

    ## What to do
    Revoke the key on the vendor's page first; deleting the line does not help, for the history keeps it. Then read the
    new key from the environment or a secret manager, on the server.

    ## Limits
    Judged by the vendor's key shapes, and by names where a shape alone says nothing; whether the vendor still accepts
    the key is not tried. Placeholders pass. A key in tests is reported with less weight; one in documentation is as open as any other.
    """
    if key.commit or key.kind in ELSEWHERE or key.certainty == "low":
        return NotApplicable("judged elsewhere")
    if key.built or key.place == "notebook-output":
        return NotApplicable("judged as built or printed")
    if key.placeholder:
        return Pass((key.at,))
    wrapped = HIDDEN.get(key.encoding, "")
    shown = f" ({key.masked})" if key.masked else ""
    where = " in test code" if key.role is Role.TEST else ""
    return Fail(
        f"a live-looking key of {key.vendor}{shown} stands{where} in the file{wrapped}",
        confidence=GRADES.get(key.certainty, Confidence.LOW),
        severity=None if key.role in {Role.APP, Role.DOCS} else Severity.MAJOR,
        fix=_way_out(key),
    )


def _way_out(key: Credential) -> Fix | None:
    steps = [f"revoke it at {key.revoke}"] if key.revoke else []
    steps += [f"read the new one from {key.variable}"] if key.variable else []
    return Fix(", then ".join(steps), Safety.SHOW) if steps else None

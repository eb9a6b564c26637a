from hashlib import sha256

from auditor import Credential, Fail, Fix, NotApplicable, Pass, Safety, Severity, Verdict, check, example

KEY = "sk-or-v1-" + sha256(b"of no account").hexdigest()  # made here, so that no key stands in the source


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(f"OPENROUTER_API_KEY={KEY}  # FAIL\n", path=".env"),
        example(f"OPENROUTER_API_KEY={KEY}  # FAIL\n", path=".env.example"),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def committed_env_file(key: Credential) -> Verdict:
    """An environment file with a live-looking LLM key is part of the repository.

    ## Why it matters
    Environment files hold the real values; once git has one, every clone has it, for good.

    ## What to do
    Revoke the key, remove the file from the index (`git rm --cached .env`), ignore it, and commit a template with
    placeholders instead.

    ## Limits
    A file that git does not track passes if it is known not to be tracked; outside git every file counts.
    """
    if key.kind != "env-file" or key.commit or key.certainty == "low":
        return NotApplicable("no environment file")
    if key.placeholder:
        return Pass((key.at,))
    if key.tracked is False:
        return Pass((key.at,))
    shown = f" ({key.masked})" if key.masked else ""
    steps = [f"revoke it at {key.revoke}"] if key.revoke else []
    advice = ", then ".join([*steps, f"git rm --cached {key.at.path} and ignore it"])
    return Fail(
        f"{key.name or 'a variable'} holds a live-looking key of {key.vendor}{shown} in an environment file of the repository",
        severity=Severity.BLOCKER,
        fix=Fix(advice, Safety.SHOW),
    )

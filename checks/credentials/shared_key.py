from hashlib import sha256

from auditor import Credential, Fail, NotApplicable, Pass, Repo, Severity, Verdict, check, example

KEY = "sk-or-v1-" + sha256(b"of no account").hexdigest()  # made here, so that no key stands in the source


@check(
    severity=Severity.MAJOR,
    since="0.1",
    examples=[
        example(
            files={
                ".env.development": f"OPENROUTER_API_KEY={KEY}\n",
                ".env.production": f"OPENROUTER_API_KEY={KEY}  # FAIL\n",
            }
        ),
        example(
            files={
                "bot/config.py": f'API_KEY = "{KEY}"\n',
                "web/config.py": f'API_KEY = "{KEY}"  # FAIL\n',
            }
        ),
        example(f'API_KEY = "{KEY}"\n', path="bot/config.py"),
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def shared_key(key: Credential, repo: Repo) -> Verdict:
    """One key serves several apps or environments of the repository.

    ## Why it matters
    Spend cannot be told apart, one leak stops everything, and a prototype's key in production carries its history.

    ## What to do
    Give each app and each environment its own key with its own limit, and revoke the shared one.

    ## Limits
    Sees equal values in the files only; the same secret in a hosting dashboard is not seen.
    """
    if key.placeholder or key.commit or not key.fingerprint or key.certainty == "low":
        return NotApplicable("no live value")
    same = [c for c in repo.credentials if c.fingerprint == key.fingerprint and not c.commit]
    first = min(same, key=lambda c: c.at)
    if first.at == key.at:
        return Pass()
    if _home(first) == _home(key):
        return Pass()
    return Fail(f"the same key of {key.vendor} serves {first.at.path} too", related=(first.at,))


def _home(key: Credential) -> tuple[str, str]:
    """The app and environment that a file belongs to: its folder, and for environment files the file itself."""
    folder, _, name = key.at.path.rpartition("/")
    return (folder, name if key.kind == "env-file" else "")

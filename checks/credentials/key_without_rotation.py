from auditor import Credential, Fail, Fix, NotApplicable, Pass, Repo, Safety, Severity, Verdict, check, example


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    any_role=True,
    examples=[
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def key_without_rotation(key: Credential, repo: Repo) -> Verdict:
    """A key that leaked into history is still the one in use.

    ## Why it matters
    The leak is known to be real, and the key still works: whoever has a clone can spend.

    ## What to do
    Make a new key, put it where the old one is configured, then revoke the old one.

    ## Limits
    Compares the history's keys with the values in the files, environment files that git ignores included; asked with
    `--history` only. A key that never left its file is reported there.
    """
    if not key.commit or key.placeholder or key.certainty == "low":
        return NotApplicable("stands in the work tree")
    same = [c for c in repo.credentials if not c.commit and c.fingerprint == key.fingerprint]
    used = next((c for c in same if c.tracked is False or c.at.path != key.at.path), None)
    if used is None:
        return NotApplicable("stands where it always stood, and is judged there") if same else Pass()
    advice = (
        f"make a new key and revoke this one at {key.revoke}" if key.revoke else "make a new key and revoke this one"
    )
    return Fail(
        f"the key of {key.vendor} that history shows since {key.commit[:12]} is still in use in {used.at.path}",
        related=(used.at,),
        fix=Fix(advice, Safety.SHOW),
    )

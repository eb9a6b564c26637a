from auditor import (
    Confidence,
    Credential,
    Fail,
    Fix,
    NotApplicable,
    Role,
    Safety,
    Severity,
    Verdict,
    check,
    example,
)

GRADES = {"high": Confidence.HIGH, "medium": Confidence.MEDIUM}


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    any_role=True,
    examples=[
        example("OPENAI_API_KEY=your-key-here\n", path=".env.example", show=True),
    ],
)
def key_in_history(key: Credential) -> Verdict:
    """A live-looking LLM key stands in a commit that a branch or tag still reaches.

    ## Why it matters
    Removing a line does not remove it from history: every clone and fork has it. Only the vendor can make it worthless.

    ## What to do
    Revoke the key on the vendor's page. Rewriting history is a courtesy afterwards, not a remedy.

    ## Limits
    Asked with `--history` only. A key in tests or docs is reported with less weight. Whether a key was revoked cannot be
    seen; attest it on the checklist.
    """
    if not key.commit:
        return NotApplicable("stands in the work tree")
    if key.placeholder or key.certainty == "low":
        return NotApplicable("no live value")
    came = f"came in with {key.commit[:12]}" if key.commit != "unreachable" else "stands in an object without a commit"
    if key.place == "in-tree":
        went = "and is still in the work tree"
    elif key.removed_in:
        went = f"and went with {key.removed_in[:12]}, but must be revoked"
    elif key.place == "unreachable":
        went = "that no branch or tag reaches, but must be revoked"
    else:
        went = "and is still on another branch or tag"
    advice = f"revoke it at {key.revoke}" if key.revoke else "revoke it on the vendor's page"
    shown = f" ({key.masked})" if key.masked else ""
    return Fail(
        f"a live-looking key of {key.vendor}{shown} {came} {went}",
        confidence=GRADES.get(key.certainty, Confidence.LOW),
        severity=Severity.MAJOR if key.role is not Role.APP else None,
        fix=Fix(advice, Safety.SHOW),
    )

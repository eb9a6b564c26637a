from hashlib import sha256

from auditor import Confidence, Credential, Fail, NotApplicable, Severity, Verdict, check, example

KEY = "sk-or-v1-" + sha256(b"of no account").hexdigest()  # made here, so that no key stands in the source
GRADES = {"high": Confidence.HIGH, "medium": Confidence.MEDIUM}


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    any_role=True,
    examples=[
        example(
            f'var a="{KEY}";fetch(u,{{headers:{{Authorization:"Bearer "+a}}}}) // FAIL\n', path="dist/assets/app.js"
        ),
        example(
            f'{{"version":3,"sourcesContent":["const k = \'{KEY}\'"]}}\n',
            path="dist/app.js.map",
            expect={"dist/app.js.map:1": "FAIL"},
        ),
        example('var a="";fetch("/api/chat")\n', path="dist/assets/app.js", vacuous=True, show=True),
    ],
)
def key_in_built_bundle(key: Credential) -> Verdict:
    """A committed bundle or source map holds a live-looking LLM key.

    ## Why it matters
    The bundle is what users download: the key has already shipped, even if the sources read it from the environment.

    ## What to do
    Revoke the key, move the call to a server, rebuild, and keep build output out of git.

    ## Limits
    Built files are told by their place and name (`dist/`, `build/`, `.next/`, `*.min.js`, `*.map`).
    """
    if not key.built or key.commit or key.certainty == "low" or key.place == "notebook-output":
        return NotApplicable("not built")
    if key.placeholder:
        return NotApplicable("no live value")
    shown = f" ({key.masked})" if key.masked else ""
    return Fail(
        f"a built file that users download holds a live-looking key of {key.vendor}{shown}",
        confidence=GRADES.get(key.certainty, Confidence.LOW),
    )

from hashlib import sha256

from auditor import Confidence, Credential, Fail, NotApplicable, Pass, Severity, Verdict, check, example

KEY = "sk-or-v1-" + sha256(b"of no account").hexdigest()  # made here, so that no key stands in the source
GRADES = {"high": Confidence.HIGH, "medium": Confidence.MEDIUM}
NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [\n'
    ' {"name": "stdout", "output_type": "stream", "text": ["%s\\n"]}\n'
    '], "source": ["print(key)"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n'
)


@check(
    severity=Severity.BLOCKER,
    since="0.1",
    examples=[
        example(NOTEBOOK % KEY, path="study.ipynb", expect={"study.ipynb:2": "FAIL"}),
        example(NOTEBOOK % "done", path="study.ipynb", vacuous=True, show=True),
    ],
)
def key_in_notebook_output(key: Credential) -> Verdict:
    """A notebook's saved output shows a live-looking LLM key.

    ## Why it matters
    Outputs are committed with the notebook; a printed environment or request shows the key to everyone.

    ## What to do
    Revoke the key, clear the outputs, and strip outputs before each commit (`nbstripout`).

    ## Limits
    A key in a source cell is `hardcoded-llm-key`.
    """
    if key.place != "notebook-output" or key.commit or key.certainty == "low":
        return NotApplicable("no notebook output")
    if key.placeholder:
        return Pass((key.at,))
    shown = f" ({key.masked})" if key.masked else ""
    return Fail(
        f"a saved output shows a live-looking key of {key.vendor}{shown}",
        confidence=GRADES.get(key.certainty, Confidence.LOW),
    )

"""The examples' runner can fail: each way in which an example may be wrong is told."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from auditor.declare import Check, Example, check, example
from auditor.model.facts import LlmCall
from auditor.model.repo import Repo
from auditor.model.setting import Absent, Given
from auditor.model.verdict import AddKeyword, Fail, Fix, Pass, Safety, Severity, Unknown, Verdict
from auditor.testing import expected, problems

CALL = "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o', input='hi'{})\n"
BARE = CALL.format("")


def made(*, fix: str = "") -> Check:
    @check(severity=Severity.MAJOR, since="1", examples=[example("x")])
    def timed(call: LlmCall, repo: Repo) -> Verdict:
        """Wants a timeout."""
        if isinstance(call.timeout, Given):
            return Pass()
        if not isinstance(call.timeout, Absent):
            return Unknown("cannot say")
        edits = (AddKeyword(call.at, "timeout", fix),) if fix else ()
        return Fail("no timeout", fix=Fix("Add one", Safety.REVIEW, edits) if fix else None)

    return timed


def marked(mark: str, extra: str = "") -> Example:
    return example(CALL.format(extra).rstrip("\n") + f"  # {mark}\n")


@pytest.mark.parametrize(
    ("good", "told"),
    [
        (marked("FAIL"), ""),
        (example(CALL.format(", timeout=9")), ""),
        (marked("UNKNOWN", ", **options"), ""),
        (example("x = 1\n", vacuous=True), ""),
        (example(files={"a.py": BARE}, expect={"a.py:2": "FAIL"}), ""),
        (example(BARE), "expected pass"),
        (marked("UNKNOWN"), "expected UNKNOWN"),
        (marked("FAIL", ", timeout=9"), "expected FAIL"),
        (example("x = 1\n"), "proves nothing"),
        (example("x = 1  # FAIL\n"), "nothing was judged there"),
        (example(BARE, vacuous=True), "none is expected"),
        (example(files={"a.py": BARE}, expect={"a.py:9": "FAIL"}), "no such line"),
    ],
)
def test_examples_hold_or_are_told(good: Example, told: str) -> None:
    found = "\n".join(problems(made(), good))
    assert (told in found) if told else found == ""


def test_a_check_that_breaks_is_told() -> None:
    @check(severity=Severity.MAJOR, since="1", examples=[example("x")])
    def breaks(call: LlmCall) -> Verdict:
        """Breaks."""
        raise KeyError("x")

    assert any("KeyError" in p for p in problems(breaks, example(BARE)))


FIXED = CALL.format(", timeout=9").rstrip("\n") + "  # FAIL\n"


@pytest.mark.parametrize(
    ("fix", "fixed", "told"),
    [
        ("9", FIXED, ""),
        ("8", FIXED, "instead of"),
        ("", FIXED, "no failure proposes one"),
        ("None", FIXED.replace("9", "None"), "still fails"),
    ],
)
def test_fixes_are_applied_compared_and_audited_again(fix: str, fixed: str, told: str) -> None:
    before = example(BARE.rstrip("\n") + "  # FAIL\n", fixed=fixed)
    found = "\n".join(problems(made(fix=fix), before))
    assert (told in found) if told else found == ""


def test_marks_are_read_in_any_comment() -> None:
    files = {
        "a.py": "x  # FAIL\n", "b.ts": "x  // UNKNOWN\n", "c.md": "<!-- FAIL -->\n", "d.sql": "x -- FAIL\n", "e.py": "FAIL\n"
    }  # fmt: skip
    assert expected(example(files=files)) == {
        ("a.py", 1): "FAIL",
        ("b.ts", 1): "UNKNOWN",
        ("c.md", 1): "FAIL",
        ("d.sql", 1): "FAIL",
    }


THIRD_PARTY = '''
from auditor import Fail, LlmCall, Severity, Verdict, check, example

BARE = "from openai import OpenAI\\nOpenAI().responses.create(model='gpt-4o', input='hi')"

@check(severity=Severity.MINOR, since="1", examples=[example(BARE + "  # FAIL"), example(BARE)])
def never_fine(call: LlmCall) -> Verdict:
    """Nothing is fine."""
    return Fail("no")
'''


def test_third_parties_run_their_examples_with_pytest(tmp_path: Path) -> None:
    (tmp_path / "acme_checks").mkdir()
    (tmp_path / "acme_checks" / "__init__.py").write_text(textwrap.dedent(THIRD_PARTY))
    command = [sys.executable, "-m", "pytest", "-p", "auditor.testing", "--auditor-checks", "acme_checks", "-q"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=_env(tmp_path))
    assert "1 failed, 1 passed" in run.stdout, run.stdout + run.stderr
    assert "acme_checks/never-fine-2" in run.stdout


def _env(path: Path) -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}

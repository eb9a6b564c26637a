"""Every example of every built-in check, through the real pipeline: the examples are the checks' tests."""

from __future__ import annotations

import pytest

from auditor.testing import Case, cases, problems


@pytest.mark.parametrize("case", cases("checks", own=True), ids=lambda c: c.name)
def test_example(case: Case) -> None:
    assert problems(case.check, case.example) == ()

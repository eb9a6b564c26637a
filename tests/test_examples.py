"""Every example of every built-in check, through the real pipeline: the examples are the checks' tests."""

from __future__ import annotations

import pytest

from auditor.testing import Case, cases, problems


@pytest.mark.parametrize("case", cases("checks", own=True), ids=lambda c: c.name)
def test_example(case: Case) -> None:
    found = problems(case.check, case.example)
    assert not found, "\n".join(found)

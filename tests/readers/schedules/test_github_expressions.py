"""What a scheduled run knows of an expression: the event, empty inputs, and nothing of secrets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.readers.schedules.github_expressions import Event, decide, evaluate, substitute

EVENT = Event("schedule", "0 6 * * *", {"matrix.mode": "daily"})


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ("github.event_name == 'schedule'", True),
        ("github.event_name != 'schedule'", False),
        ("${{ github.event_name == 'workflow_dispatch' }}", False),
        ("github.event_name == 'push' || github.event_name == 'schedule'", True),
        ("github.event_name == 'schedule' && secrets.KEY != ''", None),
        ("github.event_name == 'push' && secrets.KEY != ''", False),
        ("secrets.KEY != '' && github.event_name == 'push'", False),
        ("github.event_name == 'schedule' || secrets.KEY != ''", True),
        ("!inputs.dry_run", True),
        ("inputs.dry_run == 'true'", False),
        ("${{ !github.event.inputs.skip }}", True),
        ("contains(github.event.schedule, '6')", True),
        ("startsWith(github.ref, 'refs/tags/')", None),
        ("always()", True),
        ("failure()", None),
        ("matrix.mode == 'daily'", True),
        ("(github.event_name == 'schedule')", True),
        ("steps.a.outputs.x == '1'", None),
        ("", None),
        ("1 ==", None),
        ("'unclosed", None),
    ],
)
def test_conditions(condition: str, verdict: bool | None) -> None:
    assert decide(condition, EVENT) is verdict


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("--mode ${{ matrix.mode }}", "--mode daily"),
        ("--mode ${{ inputs.mode || 'weekly' }}", "--mode weekly"),
        ("--key ${{ secrets.KEY }}", "--key ${{ secrets.KEY }}"),
        ("${{ github.event_name }}", "schedule"),
        ("${{ github.event_name == 'schedule' && 'auto' || 'manual' }}", "auto"),
    ],
)
def test_substitution(text: str, result: str) -> None:
    assert substitute(text, EVENT) == result


@given(st.text(max_size=80))
def test_total(text: str) -> None:
    evaluate(text, EVENT)
    substitute("${{" + text + "}}", EVENT)


def test_depth_is_bounded() -> None:
    assert evaluate("(" * 10_000, EVENT) is None
    assert decide("!" * 5000 + "true", EVENT) is None

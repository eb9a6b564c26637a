"""A suppression needs a reason, covers one place, and is reported when it covers nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from auditor.config import IgnoreRule
from auditor.errors import ConfigError
from auditor.model.location import Span
from auditor.model.report import Finding
from auditor.model.verdict import Confidence, Severity
from auditor.suppress import UNUSED, WITHOUT_REASON, parse, read_baseline, refuse_unknown, suppress, write_baseline

IDS = {"missing-timeout", "missing-output-cap"}


def finding(line: int, check: str = "missing-timeout", path: str = "app.py", end: int = 0, print_: str = "") -> Finding:
    at = Span(path, line, 0, end or line, 5)
    return Finding(check, check, Severity.MAJOR, Confidence.HIGH, at, "m", "", None, print_ or f"{check}{path}{line}")


def run(text: str, *found: Finding, ran: set[str] | None = None, rules: Sequence[IgnoreRule] = ()) -> dict[str, str]:
    """The states by check, with the reason."""
    result = suppress(
        found, lines_of=lambda path: text.splitlines(), marked=["app.py"], ran=ran or IDS, known=IDS, rules=rules
    )
    return {f.check: f"{f.state}: {f.suppression.reason}" if f.suppression else f.state for f in result}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ask()  # auditor: ignore[missing-timeout] the caller waits", 1),
        ("# auditor: ignore[missing-timeout] the caller waits\nask()", 2),
        ("# auditor: ignore[missing-timeout] the caller waits\n# and more\n\nask()", 4),
        ("# auditor: ignore[missing-timeout] the caller waits\n@wraps\nask()", 3),
        ("ask() // auditor: ignore[missing-timeout] the caller waits", 1),
        ("ask() /* auditor: ignore[missing-timeout] the caller waits */", 1),
        ("{/* auditor: ignore[missing-timeout] the caller waits */}\n<Ask/>", 2),
        ("<!-- auditor: ignore[missing-timeout] the caller waits -->\n<a>", 2),
        ("select 1 -- auditor: ignore[missing-timeout] the caller waits", 1),
        ("ask()  #auditor:ignore[missing-output-cap, missing-timeout]: the caller waits", 1),
    ],
)
def test_a_comment_with_a_reason_suppresses(text: str, line: int) -> None:
    assert run(text, finding(line)) == {"missing-timeout": "suppressed: the caller waits"}


def test_a_comment_on_the_last_line_of_a_call_suppresses() -> None:
    text = "ask(\n  a,\n)  # auditor: ignore[missing-timeout] fine"
    assert run(text, finding(1, end=3)) == {"missing-timeout": "suppressed: fine"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# auditor: ignore[missing-timeout] too far\nask()\nask()", 3),
        ("ask()  # auditor: ignore[missing-output-cap] another", 1),
        ("x = 'auditor: ignore[missing-timeout] in a string'", 1),
    ],
)
def test_a_comment_covers_its_own_place_and_check_only(text: str, line: int) -> None:
    assert run(text, finding(line))["missing-timeout"] == "new"


def test_without_a_reason_nothing_is_suppressed_and_it_is_said() -> None:
    assert run("ask()  # auditor: ignore[missing-timeout]", finding(1)) == {
        "missing-timeout": "new",
        WITHOUT_REASON: "new",
    }


@pytest.mark.parametrize(
    ("text", "ran", "told"),
    [
        ("ask()  # auditor: ignore[missing-timeout] stale", IDS, True),
        ("ask()  # auditor: ignore[missing-timeout] stale", {"missing-output-cap"}, False),
        ("ask()  # auditor: ignore[missing-tiemout] typo", {"missing-output-cap"}, True),
        ("ask()  # auditor: ignore[] nothing", IDS, True),
    ],
)
def test_an_unused_comment_is_said(text: str, ran: set[str], told: bool) -> None:
    assert (UNUSED in run(text, ran=ran)) is told


@pytest.mark.parametrize(
    ("rule", "state"),
    [
        (IgnoreRule("missing-timeout", (), "ours"), "suppressed: ours"),
        (IgnoreRule("*", ("app.py",), "ours"), "suppressed: ours"),
        (IgnoreRule("missing-timeout", ("*.py",), "ours"), "suppressed: ours"),
        (IgnoreRule("missing-timeout", ("lib/**",), "ours"), "new"),
        (IgnoreRule("missing-output-cap", (), "ours"), "new"),
    ],
)
def test_rules_of_the_configuration(rule: IgnoreRule, state: str) -> None:
    assert run("ask()", finding(1), rules=[rule]) == {"missing-timeout": state}


def test_a_rule_that_names_no_check_is_refused() -> None:
    refuse_unknown([IgnoreRule("*", (), "r"), IgnoreRule("missing-timeout", (), "r"), IgnoreRule(UNUSED, (), "r")], IDS)
    with pytest.raises(ConfigError, match="did you mean 'missing-timeout'"):
        refuse_unknown([IgnoreRule("missing-timeouts", (), "r")], IDS)


def test_a_rule_may_ignore_findings_about_suppressions() -> None:
    rule = IgnoreRule(UNUSED, (), "generated file")
    assert run("x  # auditor: ignore[missing-timeout] stale", rules=[rule]) == {UNUSED: "suppressed: generated file"}


def test_an_attestation_answers_for_the_repository() -> None:
    (f,) = suppress([finding(1)], lines_of=lambda p: [], attested={"missing-timeout": "attested by Ada"})
    assert f.suppression is not None
    assert (f.state, f.suppression.kind) == ("suppressed", "attestation")


def test_a_baseline_holds_fingerprints_only_and_is_read_back() -> None:
    text, count = write_baseline([finding(2, print_="b"), finding(1, print_="a"), finding(3, print_="a")])
    assert count == 2
    assert json.loads(text) == {"schema_version": "1", "fingerprints": ["a", "b"]}
    known = read_baseline(text, "b.json")
    found = suppress([finding(9, print_="a"), finding(9, print_="c")], lines_of=lambda p: [], baseline=known)
    assert [f.state for f in found] == ["baseline", "new"]


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema_version": "2", "fingerprints": []}', '{"schema_version": "1", "fingerprints": [1]}'],
)
def test_a_file_that_is_no_baseline_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="auditor baseline"):
        read_baseline(text, "b.json")


def test_hostile_lines_are_survived() -> None:
    long = "# auditor: ignore[" + "x" * 100_000
    assert parse("a.py", [long, "auditor:", "# auditor: ignore[a", "#" * 1500 + " auditor: ignore[a] b"])[:1] != ()

"""One subject, one verdict; a failure of a check costs that verdict; findings keep their identity."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from auditor.declare import Check, CheckError, Example, check, example
from auditor.errors import ConfigError
from auditor.judge import Judgement, broken, findings, judge, refuse_unknown, unknowns
from auditor.model.facts import Credential, LlmCall, Role
from auditor.model.location import Span
from auditor.model.repo import Repo
from auditor.model.verdict import Broken, Confidence, Fail, NotApplicable, Pass, Severity, Unknown, Verdict

EXAMPLES = [example("x = 1")]


def call(path: str = "app.py", line: int = 1, role: Role = Role.APP, reachable: bool | None = True) -> LlmCall:
    return LlmCall(
        Span(path, line, 0, line, 10),
        "openai",
        "sdk-call",
        "openai.x",
        "chat",
        role,
        "python",
        "f",
        reachable=reachable,
    )


def failing(severity: Severity = Severity.BLOCKER, any_role: bool = False) -> Check:
    @check(severity=severity, since="1", examples=EXAMPLES, any_role=any_role)
    def always_wrong(call: LlmCall) -> Verdict:
        """Everything is wrong."""
        return Fail("wrong")

    return always_wrong


def lines(*texts: str) -> object:
    return lambda span: texts[span.line - 1] if span.line <= len(texts) else ""


def test_every_subject_gets_one_verdict_in_order_of_position() -> None:
    repo = Repo(llm_calls=(call(line=3), call(line=1), call("a.py")))
    judged = judge(repo, [failing()])
    assert [(j.at.path, j.at.line) for j in judged if j.at] == [("a.py", 1), ("app.py", 1), ("app.py", 3)]


def test_a_check_that_raises_is_broken_for_that_subject_only() -> None:
    @check(severity=Severity.MAJOR, since="1", examples=EXAMPLES)
    def fragile(call: LlmCall, repo: Repo) -> Verdict:
        """Breaks."""
        if call.at.line == 2:
            raise ValueError("sk-proj-do-not-show-this")
        return Pass()

    judged = judge(Repo(llm_calls=(call(line=1), call(line=2))), [fragile])
    assert [type(j.verdict) for j in judged] == [Pass, Broken]
    (line,) = broken(judged)
    assert "app.py:2" in line
    assert "ValueError" in line
    assert "sk-proj" not in line, "an exception's text may quote a secret"


def test_the_whole_repository_is_one_subject() -> None:
    @check(severity=Severity.MAJOR, since="1", examples=EXAMPLES)
    def about_all(repo: Repo) -> Verdict:
        """Judges all."""
        return Fail("all wrong")

    (judgement,) = judge(Repo(), [about_all])
    (finding,) = findings([judgement], lambda span: "")
    assert finding.at == Span(".", 1)
    assert judgement.at is None


@pytest.mark.parametrize(
    ("subject", "any_role", "expected"),
    [
        (call(), False, Severity.BLOCKER),
        (call(role=Role.EXAMPLE), False, Severity.MINOR),
        (call(role=Role.TEST), False, Severity.INFO),
        (call(role=Role.DOCS), False, Severity.INFO),
        (call(role=Role.TEST), True, Severity.BLOCKER),
        (call(reachable=False), False, Severity.MINOR),
        (call(reachable=None), False, Severity.BLOCKER),
    ],
)
def test_a_failure_weighs_by_where_it_stands(subject: LlmCall, any_role: bool, expected: Severity) -> None:
    repo = Repo(llm_calls=(subject, call("other.py")))
    judged = judge(repo, [failing(any_role=any_role)])
    found = {f.at.path: f for f in findings(judged, lambda span: "")}
    assert found["app.py"].severity is expected
    assert found["other.py"].severity is Severity.BLOCKER


def test_where_nothing_is_reached_nothing_is_dead() -> None:
    (finding,) = findings(judge(Repo(llm_calls=(call(reachable=False),)), [failing()]), lambda span: "")
    assert finding.severity is Severity.BLOCKER


def test_a_fingerprint_survives_edits_elsewhere() -> None:
    before = findings(judge(Repo(llm_calls=(call(line=2),)), [failing()]), lines("import x", "ask( a )"))  # type: ignore[arg-type]
    after = findings(judge(Repo(llm_calls=(call(line=3),)), [failing()]), lines("# new", "import x", "ask(  a )"))  # type: ignore[arg-type]
    assert before[0].fingerprint == after[0].fingerprint


def test_fingerprints_differ_by_code_path_check_and_ordinal() -> None:
    same = lines("ask(a)", "ask(a)", "ask(b)")
    judged = judge(Repo(llm_calls=(call(line=1), call(line=2), call(line=3), call("b.py", 1))), [failing()])
    prints = [f.fingerprint for f in findings(judged, same)]  # type: ignore[arg-type]
    assert len(set(prints)) == 4


def test_a_secret_never_reaches_a_fingerprint() -> None:
    """Two different keys on otherwise equal lines give equal fingerprints: nothing of the value is in them."""
    one = findings(judge(Repo(llm_calls=(call(),)), [failing()]), lambda s: "ask('sk-proj-Aa1Bb2Cc3Dd4Ee5Ff6')")
    two = findings(judge(Repo(llm_calls=(call(),)), [failing()]), lambda s: "ask('sk-proj-Zz9Yy8Xx7Ww6Vv5Uu4')")
    assert one[0].fingerprint == two[0].fingerprint


def test_a_credentials_line_is_no_part_of_its_identity() -> None:
    @check(severity=Severity.BLOCKER, since="1", examples=EXAMPLES, any_role=True)
    def key_found(key: Credential) -> Verdict:
        """A key."""
        return Fail("key")

    def never(span: Span) -> str:
        raise AssertionError("the line holds the key")

    key = Credential(Span("a.env", 1), "openai", "env-file", False, Role.APP, masked="sk-…abcd")
    (finding,) = findings(judge(Repo(credentials=(key,)), [key_found]), never)
    assert finding.vendor == "openai"
    (allowed,) = findings(
        judge(Repo(credentials=(replace(key, allowed="pragma: allowlist secret"),)), [key_found]), never
    )
    assert allowed.state == "suppressed"
    assert allowed.suppression is not None


def test_unknowns_tell_what_matters_only() -> None:
    @check(severity=Severity.MAJOR, since="1", examples=EXAMPLES)
    def unsure(call: LlmCall) -> Verdict:
        """Unsure."""
        return Unknown("cannot say")

    judged = judge(Repo(llm_calls=(call(), call("tests/t.py", role=Role.TEST))), [unsure])
    assert unknowns(judged) == (("unsure", call().at, "cannot say"),)


@dataclass(frozen=True, slots=True)
class Options:
    """Thresholds.

    Attributes:
        most: how many
        names: which
    """

    most: int = 3
    ratio: float = 0.5
    names: tuple[str, ...] = ("a",)


def with_options() -> Check:
    @check(severity=Severity.MINOR, since="1", examples=EXAMPLES)
    def counted(call: LlmCall, repo: Repo, options: Options) -> Verdict:
        """Counts."""
        return Fail(f"{options.most} {options.ratio} {options.names}")

    return counted


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "3 0.5 ('a',)"),
        ({"most": 9}, "9 0.5 ('a',)"),
        ({"ratio": 1}, "3 1 ('a',)"),
        ({"names": ["x", "y"]}, "3 0.5 ('x', 'y')"),
    ],
)
def test_options_come_from_the_configuration(given: dict[str, object], message: str) -> None:
    (judgement,) = judge(Repo(llm_calls=(call(),)), [with_options()], {"counted": given})
    assert isinstance(judgement.verdict, Fail)
    assert judgement.verdict.message == message


@pytest.mark.parametrize(
    ("given", "told"),
    [({"mots": 1}, "did you mean 'most'"), ({"most": "many"}, "most is a int"), ({"most": True}, "most is a int")],
)
def test_wrong_options_are_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        judge(Repo(), [with_options()], {"counted": given})


def test_options_of_no_check_are_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'counted'"):
        refuse_unknown([with_options()], {"countd": {}})
    with pytest.raises(ConfigError, match="has none"):
        judge(Repo(), [failing()], {"always-wrong": {"x": 1}})


def test_option_documentation_comes_from_the_docstring() -> None:
    assert with_options().option_fields()[0] == ("most", 3, "how many")


# --------------------------------------------------------------------------- declarations


def test_a_declaration_reads_the_function() -> None:
    made = failing()
    assert made.id == "always-wrong"
    assert made.title == "Everything is wrong"
    assert made.subject is LlmCall
    assert not made.fixable


@pytest.mark.parametrize(
    ("change", "told"),
    [({"status": "new"}, "status"), ({"examples": []}, "not tested")],
)
def test_a_declaration_that_cannot_work_is_refused(change: dict[str, object], told: str) -> None:
    def f(call: LlmCall) -> Verdict:
        """Docs."""
        return NotApplicable("no")

    arguments: dict[str, object] = {"severity": Severity.MINOR, "since": "1", "examples": EXAMPLES, **change}
    with pytest.raises(CheckError, match=told):
        check(**arguments)(f)  # type: ignore[arg-type]


def test_a_check_needs_docs_and_a_known_subject() -> None:
    declare = check(severity=Severity.MINOR, since="1", examples=EXAMPLES)

    def silent(call: LlmCall) -> Verdict:
        return Pass()

    def odd(call: str) -> Verdict:
        """Docs."""
        return Pass()

    def bare() -> Verdict:
        """Docs."""
        return Pass()

    for function in (silent, odd, bare):
        with pytest.raises(CheckError):
            declare(function)


def test_an_example_has_one_text_or_several_files() -> None:
    assert example("\n    a = 1\n").files == {"app.py": "a = 1\n"}
    made = example(files={"a.py": "a", "b.py": "b"}, fixed={"a.py": "c"})
    assert isinstance(made, Example)
    assert made.fixed == {"a.py": "c"}
    with pytest.raises(CheckError):
        example()
    with pytest.raises(CheckError):
        example("x", files={"a.py": "x"})


def test_low_confidence_stays_visible() -> None:
    @check(severity=Severity.MAJOR, since="1", examples=EXAMPLES)
    def perhaps(call: LlmCall) -> Verdict:
        """Perhaps."""
        return Fail("perhaps", confidence=Confidence.LOW, severity=Severity.MINOR)

    judged: tuple[Judgement, ...] = judge(Repo(llm_calls=(call(),)), [perhaps])
    (finding,) = findings(judged, lambda span: "")
    assert (finding.confidence, finding.severity) == (Confidence.LOW, Severity.MINOR)

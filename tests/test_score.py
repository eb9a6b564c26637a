"""The score shows its own ignorance, a failed blocker caps it, and nothing passes by silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import registry
from auditor.declare import Check, check, example
from auditor.errors import AuditorError
from auditor.judge import Judgement, findings
from auditor.model.facts import Control, LlmCall, Role, Schedule, Trigger, Unread
from auditor.model.location import Span
from auditor.model.repo import Repo
from auditor.model.report import Assessment, Evidence, Finding, ItemScore, Suppression
from auditor.model.verdict import Confidence, Fail, NotApplicable, Pass, Severity, Unknown, Verdict
from auditor.score import (
    BLOCKED_MAX,
    Attestation,
    Checklist,
    attested_checks,
    load_checklist,
    nearest_item,
    read_attestations,
    score,
)

TODAY = date(2026, 11, 21)
SHIPPED = load_checklist()
SMALL = """
version: "1"
profiles:
  prototype: {threshold: 50, ease: [money]}
  launch: {threshold: 80}
  strict: {threshold: 90, attest_blockers: true}
sections: {keys: Keys, money: Money, jobs: Jobs, guard: Guard}
items:
  - {id: keys.none, question: q, proof: [code], gate: blocker, weight: 5, checks: [key], combine: all, empty: pass}
  - {id: money.share, question: q, proof: [code], gate: major, weight: 4, checks: [each], needs: calls}
  - {id: money.cap, question: q, proof: [control, attest], gate: blocker, weight: 5, checks: [cap], combine: all, needs: calls}
  - {id: money.cache, question: q, proof: [control], gate: minor, weight: 1, controls: [cache], needs: calls}
  - {id: jobs.limit, question: q, proof: [code], gate: blocker, weight: 3, checks: [job], combine: all, needs: jobs}
  - {id: guard.owner, question: q, proof: [attest], gate: minor, weight: 1, needs: calls}
"""
LIST = load_checklist(SMALL)
CALL = LlmCall(Span("app.py", 1), "openai", "sdk-call", "a", "chat", Role.APP, "python", "f")
RAN = {"key", "each", "cap", "job"}


def named(id: str, severity: Severity = Severity.BLOCKER, subject: type = LlmCall) -> Check:
    @check(severity=severity, since="1", examples=[example("x")])
    def any_check(call: LlmCall) -> Verdict:
        """Any."""
        return Pass()

    return replace(any_check, id=id, subject=subject)


def judged(id: str, *verdicts: Verdict, severity: Severity = Severity.BLOCKER) -> list[Judgement]:
    made = named(id, severity)
    return [Judgement(made, replace(CALL, at=Span("app.py", n)), v) for n, v in enumerate(verdicts, 1)]


def assess(
    *judgements: Judgement,
    repo: Repo | None = None,
    profile: str = "launch",
    attestations: Sequence[Attestation] = (),
    suppressed: bool = False,
    baseline: bool = False,
    checklist: Checklist = LIST,
    probed: Mapping[str, tuple[Evidence, ...]] | None = None,
) -> Assessment:
    found: tuple[Finding, ...] = findings(judgements, lambda span: "")
    if suppressed:
        found = tuple(replace(f, state="suppressed", suppression=Suppression("inline", "why not")) for f in found)
    if baseline:
        found = tuple(replace(f, state="baseline") for f in found)
    return score(
        checklist,
        repo or Repo(llm_calls=(CALL,)),
        judgements,
        found,
        profile=profile,
        ran=RAN,
        today=TODAY,
        attestations=attestations,
        probed=probed,
    )


def item(assessment: Assessment, id: str) -> ItemScore:
    return next(i for i in assessment.items if i.id == id)


GOOD = (*judged("key"), *judged("each", Pass(), Pass()), *judged("cap", Pass()))
OWNER = Attestation("guard.owner", "wiki", "Ada", date(2027, 1, 1))


def test_the_shipped_checklist_is_complete_and_served() -> None:
    assert len(SHIPPED.items) == 62
    known = {c.id for c in registry.load().checks}
    named_checks = {c for i in SHIPPED.items for c in i.checks}
    assert sorted(named_checks - known) == []
    for section in SHIPPED.sections:
        assert any(i.section == section for i in SHIPPED.items)


def test_all_good_is_ready_and_what_nobody_vouched_for_is_width() -> None:
    result = assess(*GOOD)
    assert result.verdict == "ready"
    assert result.value == 100
    assert result.low < 100 == result.high
    assert 0 < result.assessed < 1
    assert item(result, "guard.owner").status == "unverified"
    assert item(result, "money.cache").status == "unverified"
    assert item(result, "jobs.limit").status == "not-applicable"


def test_a_failed_blocker_caps_and_is_named() -> None:
    result = assess(*GOOD, *judged("cap", Fail("no cap")))
    assert result.verdict == "not-ready"
    assert max(result.value, result.low, result.high) <= BLOCKED_MAX
    assert [c.reason.split(":")[0] for c in result.caps] == ["money.cap"]
    assert result.next_steps[0].item == "money.cap"
    assert result.next_steps[0].finding_count == 1
    assert result.next_steps[0].gain > 40, "the withheld points are the blocker's to win"


def test_a_share_is_of_what_was_decided() -> None:
    each = judged("each", Pass(), Pass(), Fail("x"), Unknown("y"), NotApplicable("z"), severity=Severity.MAJOR)
    result = assess(*judged("cap", Pass()), *each)
    share = item(result, "money.share")
    assert (share.status, share.passed, share.failed, share.unknown) == ("fail", 2, 1, 1)
    assert share.value == pytest.approx(2 / 3)
    assert (share.low, share.high) == (0.5, 0.75)
    assert result.verdict == "conditional"


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Pass()], "pass"),
        ([Unknown("?")], "unverified"),
        ([Pass(), Unknown("?")], "unverified"),
        ([Fail("no"), Pass()], "fail"),
        ([Fail("no", confidence=Confidence.LOW)], "unverified"),
        ([NotApplicable("no")], "not-applicable"),
        ([], "not-applicable"),
    ],
)
def test_status_of_a_yes_no_item(verdicts: list[Verdict], status: str) -> None:
    assert item(assess(*judged("cap", *verdicts)), "money.cap").status == status


def test_an_unknown_blocker_that_code_decides_is_not_ready_yet() -> None:
    result = assess(*judged("key"), *judged("each", Pass()), *judged("cap", Unknown("?")))
    assert result.verdict == "conditional"
    assert result.low <= BLOCKED_MAX, "the unknown might be a failed blocker"


def test_an_item_whose_check_did_not_run_is_unverified() -> None:
    result = score(LIST, Repo(llm_calls=(CALL,)), GOOD, (), ran={"each", "cap"}, today=TODAY)
    assert item(result, "keys.none").status == "unverified"


def test_searching_and_finding_nothing_is_a_pass_where_the_list_says_so() -> None:
    assert item(assess(), "keys.none").status == "pass"


def test_what_does_not_ship_does_not_count() -> None:
    test_only = [replace(j, weighs=False) for j in judged("each", Fail("x"))]
    assert item(assess(*test_only), "money.share").status == "not-applicable"


def test_a_failure_that_weighs_less_lowers_the_gate() -> None:
    result = assess(*GOOD, *judged("cap", Fail("dead code", severity=Severity.MINOR)))
    assert item(result, "money.cap").status == "fail"
    assert item(result, "money.cap").gate == "minor"
    assert result.caps == ()


def test_an_accepted_failure_counts_as_a_persons_word_and_a_baseline_does_not() -> None:
    failed = judged("cap", Fail("no cap"))
    assert item(assess(*failed, suppressed=True), "money.cap").status == "attested"
    assert "why not" in item(assess(*failed, suppressed=True), "money.cap").evidence[0].text
    assert item(assess(*failed, baseline=True), "money.cap").status == "fail"


@pytest.mark.parametrize(("in_force", "status"), [(True, "pass"), (None, "unverified"), (False, "unverified")])
def test_a_control_counts_if_it_is_in_force(in_force: bool | None, status: str) -> None:
    repo = Repo(llm_calls=(CALL,), controls=(Control(Span("c.py", 3), "cache", "redis", in_force),))
    assert item(assess(repo=repo), "money.cache").status == status


# --------------------------------------------------------------------------- people


def test_an_attestation_makes_an_item_attested_until_it_expires() -> None:
    attested = item(assess(attestations=[OWNER]), "guard.owner")
    assert attested.status == "attested"
    assert "Ada" in attested.evidence[0].text
    old = replace(OWNER, expires=date(2026, 11, 20))
    expired = item(assess(attestations=[old]), "guard.owner")
    assert expired.status == "unverified"
    assert "expired" in expired.evidence[0].text


def test_a_persons_word_overrules_code_only_where_the_list_allows_it() -> None:
    cap = Attestation("money.cap", "console", "Ada", date(2027, 1, 1))
    key = Attestation("keys.none", "trust me", "Ada", date(2027, 1, 1))
    assert item(assess(*judged("cap", Fail("x")), attestations=[cap]), "money.cap").status == "attested"
    refused = item(assess(*judged("key", Fail("x")), attestations=[key]), "keys.none")
    assert refused.status == "fail"
    assert "otherwise" in refused.evidence[0].text


def test_an_attested_question_about_the_repository_suppresses_its_finding() -> None:
    whole = Judgement(named("cap", subject=Repo), Repo(), Fail("x"))
    single = judged("cap", Fail("x"))
    cap = Attestation("money.cap", "console", "Ada", date(2027, 1, 1))
    assert list(attested_checks(LIST, [cap], [whole], TODAY)) == ["cap"]
    assert attested_checks(LIST, [cap], single, TODAY) == {}
    assert attested_checks(LIST, [replace(cap, expires=date(2020, 1, 1))], [whole], TODAY) == {}


def test_strict_wants_blockers_attested() -> None:
    text = SMALL.replace("gate: minor, weight: 1, needs: calls}", "gate: blocker, weight: 1, needs: calls}")
    strict = load_checklist(text)
    assert assess(*GOOD, checklist=strict, profile="launch").verdict == "ready"
    assert assess(*GOOD, checklist=strict, profile="strict").verdict == "conditional"
    assert assess(*GOOD, checklist=strict, profile="strict", attestations=[OWNER]).verdict == "ready"


def test_a_prototype_may_lack_what_only_production_needs() -> None:
    failed = judged("cap", Fail("x"), severity=Severity.BLOCKER)
    assert assess(*failed, profile="launch").verdict == "not-ready"
    assert assess(*failed, profile="prototype").caps == ()
    assert assess(*judged("key", Fail("x")), profile="prototype").verdict == "not-ready"


def test_a_probe_is_evidence() -> None:
    text = SMALL.replace("proof: [attest]", "proof: [probe]")
    seen = {"guard.owner": (Evidence(".auditor/probe.json", 1, "200 in 0.8 s"),)}
    assert item(assess(checklist=load_checklist(text), probed=seen), "guard.owner").status == "pass"


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("", 0, 0),
        ("- {item: guard.owner, evidence: wiki, by: Ada, expires: 2027-01-01}", 1, 0),
        ("- {item: guard.owner, evidence: wiki, by: Ada, date: 2026-01-01, expires: '2027-01-01'}", 1, 0),
        ("- {item: guard.ownr, evidence: wiki, by: Ada, expires: 2027-01-01}", 0, 1),
        ("- {item: guard.owner, by: Ada, expires: 2027-01-01}", 0, 1),
        ("- {item: guard.owner, evidence: wiki, by: Ada, expires: soon}", 0, 1),
        ("- 3\n- [a]\n- {item: [x], evidence: {a: b}}", 0, 3),
        ("guard.owner: yes", 0, 1),
        ("{{{{", 0, 1),
        ("a: &x [*x, *x]", 0, 1),
    ],
)
def test_attestations_are_read_or_refused_with_a_line(text: str, good: int, bad: int) -> None:
    found, unusable = read_attestations(text, LIST)
    assert (len(found), len(unusable)) == (good, bad)
    assert all(u.reason for u in unusable)


# --------------------------------------------------------------------------- edges


def test_no_call_means_nothing_to_assess() -> None:
    result = assess(repo=Repo())
    assert (result.verdict, result.assessed) == ("ready", 0)
    assert "nothing to assess" in result.note
    assert {i.status for i in result.items} == {"not-applicable"}


def test_no_call_but_a_key_is_not_ready() -> None:
    result = assess(*judged("key", Fail("live key")), repo=Repo())
    assert result.verdict == "not-ready"
    assert item(result, "keys.none").status == "fail"


@pytest.mark.parametrize("repo", [Repo(unread=(Unread("a.py", "broken"),)), Repo(unassessed_languages=(("cobol", 9),))])
def test_what_was_not_read_is_never_ready(repo: Repo) -> None:
    assert assess(repo=repo).verdict == "conditional"
    with_call = replace(repo, llm_calls=(CALL,))
    if repo.unread:
        assert assess(*GOOD, repo=with_call).verdict == "conditional"


@pytest.mark.parametrize(("reaches", "status"), [(True, "pass"), (None, "pass"), (False, "not-applicable")])
def test_jobs_matter_where_a_schedule_may_reach_a_call(reaches: bool | None, status: str) -> None:
    schedule = Schedule(Span("w.yml", 3), "github-actions", "0 6 * * *")
    repo = Repo(llm_calls=(CALL,), schedules=(schedule,), triggers=(Trigger(schedule.at, reaches),))
    verdicts = judged("job", Pass()) if status == "pass" else []
    assert item(assess(*verdicts, repo=repo), "jobs.limit").status == status


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("gate: minor", "gate: huge"), "gate"),
        (("combine: all", "combine: most"), "combine"),
        (("empty: pass", "empty: maybe"), "empty"),
        (("proof: [attest]", "proof: [hope]"), "proof"),
        (("id: jobs.limit", "id: money.cap"), "twice"),
        (("needs: jobs", "needs: money"), "needs"),
        (("id: guard.owner, ", "id: guard.owner, colour: red, "), "colour"),
    ],
)
def test_a_wrong_checklist_is_refused(change: tuple[str, str], told: str) -> None:
    with pytest.raises(AuditorError, match=told):
        load_checklist(SMALL.replace(*change))


def test_the_nearest_item_is_named() -> None:
    assert nearest_item("money.spendcap", SHIPPED) == "; did you mean 'money.spend-cap'?"
    assert nearest_item("zzz", SHIPPED) == ""


VERDICTS = st.sampled_from([Pass(), Fail("x"), Unknown("?"), NotApplicable("-"), Fail("x", confidence=Confidence.LOW)])
LISTS = st.lists(VERDICTS, max_size=4)


@settings(max_examples=150, deadline=None)
@given(LISTS, LISTS, LISTS, st.sampled_from(["prototype", "launch", "strict"]))
def test_the_numbers_hold_together(keys: list[Verdict], each: list[Verdict], caps: list[Verdict], profile: str) -> None:
    judgements = (*judged("key", *keys), *judged("each", *each), *judged("cap", *caps))
    result = assess(*judgements, profile=profile)
    assert 0 <= result.low <= result.value <= result.high <= 100
    assert 0 <= result.assessed <= 1
    assert (result.verdict == "not-ready") == bool(result.caps)
    gains = [s.gain for s in result.next_steps]
    assert all(g >= 0 for g in gains)
    assert gains == sorted(gains, reverse=True)
    # Knowing more never widens: the same verdicts with an unknown turned into a pass.
    better = assess(*(replace(j, verdict=Pass()) if isinstance(j.verdict, Unknown) else j for j in judgements))
    assert better.low >= assess(*judgements).low - 1e-9

"""The checklist, and the arithmetic from verdicts, controls and attestations to a score that shows its own ignorance.

Each item of the checklist ends as pass, fail, attested, unverified or not-applicable, with its evidence. `value` is the
weighted mean over what was decided, `low` and `high` count every unknown as failed and as passed, a failed blocker caps
all three. Pure: the date is an argument, the checklist is data.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from importlib import resources
from typing import Any

from auditor.errors import AuditorError
from auditor.judge import NOWHERE, Judgement, counts, severity
from auditor.lazily import dataclass
from auditor.model.facts import Unread
from auditor.model.location import Span
from auditor.model.repo import Repo
from auditor.model.report import Assessment, Cap, Evidence, Finding, ItemScore, NextStep, SectionScore
from auditor.model.verdict import Confidence, Fail, NotApplicable, Pass, Severity, Unknown

BLOCKED_MAX = 49
"""The most that a repository with a failed blocker can score."""

ATTESTATIONS = ".auditor/attestations.yaml"

GATES = ("blocker", "major", "minor")
_COMBINE = ("share", "all", "any")
_EMPTY = ("not-applicable", "pass", "unverified")
_NEEDS = ("", "calls", "jobs", "history")
_PROOFS = ("code", "control", "config", "history", "probe", "attest")
_MOST_EVIDENCE = 5


# --------------------------------------------------------------------------- the checklist


@dataclass(frozen=True, slots=True)
class Item:
    """One question of the checklist and how it is decided; the YAML file explains the fields."""

    id: str
    section: str
    question: str
    proof: tuple[str, ...]
    gate: str
    weight: float
    checks: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    combine: str = "share"
    empty: str = "not-applicable"
    needs: str = ""
    source: str = ""

    @property
    def decidable(self) -> bool:
        """Whether the code alone can answer it."""
        return bool(self.checks or self.controls) and self.needs != "history"

    @property
    def attestable(self) -> bool:
        """Whether a person's word may overrule what the code says."""
        return bool({"attest", "probe"} & set(self.proof))


@dataclass(frozen=True, slots=True)
class Profile:
    """How strict the verdict is. `ease`: sections whose gates are one step lower."""

    name: str
    threshold: float
    ease: tuple[str, ...] = ()
    attest_blockers: bool = False


@dataclass(frozen=True, slots=True)
class Checklist:
    """A version of the checklist. Scores of two versions are not comparable."""

    version: str
    sections: Mapping[str, str]
    items: tuple[Item, ...]
    profiles: Mapping[str, Profile]


def load_checklist(text: str | None = None, source: str = "production.yaml") -> Checklist:
    """Read a checklist; the shipped one by default.

    Raises:
        AuditorError: it is not valid; says which item.
    """
    import yaml

    if text is None:
        text = resources.files("auditor").joinpath("checklists", source).read_text("utf-8")
    data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    sections = {str(k): str(v) for k, v in data["sections"].items()}
    items = tuple(_item(row, sections, source) for row in data["items"])
    if len({i.id for i in items}) != len(items):
        raise AuditorError(f"{source}: an item id occurs twice")
    profiles = {
        name: Profile(name, p["threshold"], tuple(p.get("ease", ())), p.get("attest_blockers", False))
        for name, p in data["profiles"].items()
    }
    return Checklist(str(data["version"]), sections, items, profiles)


def nearest_item(id: str, checklist: Checklist) -> str:
    """A clause that names the item that may be meant; empty where none is near."""
    near = difflib.get_close_matches(id, [i.id for i in checklist.items], n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _item(row: Mapping[str, Any], sections: Mapping[str, str], source: str) -> Item:
    id = str(row.get("id", "?"))
    values: dict[str, Any] = dict(row)
    for name in ("proof", "checks", "controls"):
        values[name] = tuple(values.get(name, ()))
    try:
        item = Item(section=id.split(".", 1)[0], **values)
    except TypeError as error:
        raise AuditorError(f"{source}: item {id}: {error}") from None
    allowed = (
        (item.gate in GATES, "gate"),
        (item.combine in _COMBINE, "combine"),
        (item.empty in _EMPTY, "empty"),
        (item.needs in _NEEDS, "needs"),
        (item.section in sections, "id"),
        (set(item.proof) <= set(_PROOFS) and bool(item.proof), "proof"),
        (0 < item.weight <= 5, "weight"),
    )
    for fine, name in allowed:
        if not fine:
            raise AuditorError(f"{source}: item {id}: {name} is not valid")
    return item


# --------------------------------------------------------------------------- attestations


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's word for an item, with where the proof is and until when it holds."""

    item: str
    evidence: str
    by: str
    expires: date
    line: int = 1

    def valid(self, today: date) -> bool:
        """Whether it still holds."""
        return today <= self.expires


def read_attestations(
    text: str, checklist: Checklist, path: str = ATTESTATIONS
) -> tuple[tuple[Attestation, ...], tuple[Unread, ...]]:
    """The attestations of a file, and what in it cannot be used and why."""
    import yaml

    try:
        node = yaml.compose(text) if len(text) < 1_000_000 and text.count("*") < 1000 else None
    except (yaml.YAMLError, RecursionError, ValueError):
        node = None
    if node is None:
        return (), () if not text.strip() else (Unread(path, "not valid YAML"),)
    if not isinstance(node, yaml.SequenceNode):
        return (), (Unread(path, "expected a list of attestations"),)
    good: list[Attestation] = []
    bad: list[Unread] = []
    known = {i.id for i in checklist.items}
    for entry in node.value:
        line = entry.start_mark.line + 1
        row = {k.value: v.value for k, v in entry.value} if isinstance(entry, yaml.MappingNode) else {}
        found = _attestation(row, known, checklist, line)
        if isinstance(found, str):
            bad.append(Unread(path, found, line))
        else:
            good.append(found)
    return tuple(good), tuple(bad)


def _attestation(row: Mapping[str, Any], known: set[str], checklist: Checklist, line: int) -> Attestation | str:
    for name in ("item", "evidence", "by", "expires"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            return f"an attestation needs {name!r}"
    if row["item"] not in known:
        return f"no checklist item {row['item']!r}{nearest_item(row['item'], checklist)}"
    try:
        expires = date.fromisoformat(row["expires"])
    except ValueError:
        return f"expires: {row['expires'][:40]!r} is not a date (YYYY-MM-DD)"
    return Attestation(row["item"], row["evidence"], row["by"], expires, line)


def attested_checks(
    checklist: Checklist, attestations: Iterable[Attestation], judgements: Iterable[Judgement], today: date
) -> dict[str, str]:
    """The checks about the whole repository that a valid attestation answers, with who and where the proof is."""
    whole = {j.check.id for j in judgements if j.check.subject is Repo}
    given = {a.item: a for a in attestations if a.valid(today)}
    return {
        check: f"attested by {given[item.id].by} until {given[item.id].expires}: {given[item.id].evidence}"
        for item in checklist.items
        if item.id in given and item.attestable
        for check in item.checks
        if check in whole
    }


# --------------------------------------------------------------------------- the score


@dataclass(slots=True)
class _Tally:
    """What the checks and controls of one item said."""

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    accepted: int = 0
    judged: bool = False  # a check of the item ran
    severity: Severity = Severity.INFO
    evidence: list[Evidence] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list)

    def note(self, at: Span | None, text: str) -> None:
        if len(self.evidence) < _MOST_EVIDENCE:
            at = at or NOWHERE
            evidence = Evidence(at.path, at.line, text)
            if evidence not in self.evidence:
                self.evidence.append(evidence)


def score(
    checklist: Checklist,
    repo: Repo,
    judgements: Sequence[Judgement],
    findings: Sequence[Finding],
    *,
    profile: str = "launch",
    ran: Collection[str],
    today: date,
    attestations: Iterable[Attestation] = (),
    probed: Mapping[str, tuple[Evidence, ...]] | None = None,
) -> Assessment:
    """Assess a repository.

    Args:
        checklist: the questions.
        repo: the facts; says which questions arise.
        judgements: the verdicts of all checks that ran.
        findings: the same failures with fingerprints and suppressions; a finding that was accepted with a reason does
            not count, one that is only in the baseline does.
        profile: prototype | launch | strict.
        ran: ids of the checks that ran, whether or not they found a subject; the others' items stay unverified.
        today: decides what has expired.
        attestations: what people vouch for; expired ones count for nothing.
        probed: evidence of real probes, by item.
    """
    strictness = checklist.profiles[profile]
    by_check: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in judgements:
        by_check[judgement.check.id].append(judgement)
    outcome = _outcomes(findings)
    arises = _arises(repo)
    vouched = {a.item: a for a in attestations}
    items = []
    for item in checklist.items:
        tally = _tally(item, by_check, repo, outcome, ran)
        judged = _status(item, tally, arises)
        judged = _with_people(judged, item, vouched.get(item.id), (probed or {}).get(item.id, ()), today)
        items.append(replace(judged, gate=_gate(item, judged, tally, strictness)))
    if not any(map(counts, repo.llm_calls)):
        return _nothing_to_assess(checklist, repo, items, strictness)
    return _assessment(checklist, repo, tuple(items), strictness)


def _outcomes(findings: Iterable[Finding]) -> dict[tuple[str, Span], list[Finding]]:
    outcome: dict[tuple[str, Span], list[Finding]] = defaultdict(list)
    for finding in findings:
        outcome[finding.check, finding.at].append(finding)
    return outcome


def _arises(repo: Repo) -> dict[str, bool | None]:
    """Which preconditions hold; None where that cannot be said, since something was not read."""
    calls: bool | None = any(c.billed and counts(c) for c in repo.llm_calls)
    if not calls and (repo.unread or repo.unassessed_languages):
        calls = None
    reached = {t.schedule: t.reaches for t in repo.triggers}
    ways = [reached.get(s.at) for s in repo.schedules if counts(s)]
    jobs = any(way is not False for way in ways)
    return {"": True, "calls": calls, "jobs": jobs, "history": True if repo.history_read else None}


def _tally(
    item: Item,
    by_check: Mapping[str, Sequence[Judgement]],
    repo: Repo,
    outcome: Mapping[tuple[str, Span], Sequence[Finding]],
    ran: Collection[str],
) -> _Tally:
    tally = _Tally()
    for check in item.checks:
        tally.judged = tally.judged or check in ran
        for judgement in by_check.get(check, ()):
            if judgement.weighs:
                _count(tally, judgement, outcome)
    for control in repo.controls_of(*item.controls):
        if control.in_force is False:
            continue  # it stands in the code and on no call's way: that proves nothing
        tally.judged = True
        if control.in_force:
            tally.passed += 1
        else:
            tally.unknown += 1
        tally.note(control.at, f"{control.kind}: {control.detail}" if control.detail else control.kind)
    return tally


def _count(tally: _Tally, judgement: Judgement, outcome: Mapping[tuple[str, Span], Sequence[Finding]]) -> None:
    match judgement.verdict:
        case Pass(evidence):
            tally.passed += 1
            for at in evidence[:1]:
                tally.note(at, f"{judgement.check.id} passes here")
        case Fail() as fail:
            at = fail.at or judgement.at or NOWHERE
            placed = outcome.get((judgement.check.id, at), ())
            accepted = next((f for f in placed if f.state == "suppressed"), None)
            if accepted is not None and accepted.suppression is not None:
                tally.accepted += 1
                tally.note(at, f"{judgement.check.id} accepted: {accepted.suppression.reason}")
            elif fail.confidence is Confidence.LOW:
                tally.unknown += 1
                tally.note(at, f"perhaps {fail.message}")
            else:
                tally.failed += 1
                tally.severity = min(tally.severity, severity(judgement, fail), key=list(Severity).index)
                tally.note(at, fail.message)
            tally.fingerprints.extend(f.fingerprint for f in placed if f.fingerprint not in tally.fingerprints)
        case Unknown(why):
            tally.unknown += 1
            tally.note(judgement.at, why)
        case NotApplicable():
            pass
        case _:
            tally.unknown += 1
            tally.note(judgement.at, f"{judgement.check.id} failed to judge this")


def _status(item: Item, tally: _Tally, arises: Mapping[str, bool | None]) -> ItemScore:
    base = ItemScore(
        item.id,
        item.section,
        item.question,
        "unverified",
        item.weight,
        item.gate,
        tally.passed,
        tally.failed,
        tally.unknown,
        evidence=tuple(tally.evidence),
        findings=tuple(tally.fingerprints),
    )
    total = tally.passed + tally.failed + tally.unknown
    if total == 0:
        needed = arises[item.needs]
        if needed is False:
            return replace(base, status="not-applicable", low=0.0, high=0.0)
        if tally.accepted:
            return replace(base, status="attested", value=1.0, low=1.0)
        if needed is None or not tally.judged or item.empty == "unverified":
            return base
        if item.empty == "pass":
            return replace(base, status="pass", value=1.0, low=1.0)
        return replace(base, status="not-applicable", low=0.0, high=0.0)
    return _combined(base, item.combine)


def _combined(item: ItemScore, combine: str) -> ItemScore:
    passed, failed, unknown = item.passed, item.failed, item.unknown
    total = passed + failed + unknown
    if combine == "any":
        if passed:
            return replace(item, status="pass", value=1.0, low=1.0, failed=0)
        return item if unknown else replace(item, status="fail", value=0.0, high=0.0)
    if combine == "all":
        if failed:
            return replace(item, status="fail", value=0.0, high=0.0)
        return item if unknown else replace(item, status="pass", value=1.0, low=1.0)
    low, high = passed / total, (passed + unknown) / total
    if passed + failed == 0:
        return item
    status = "fail" if failed else "unverified" if unknown else "pass"
    return replace(item, status=status, value=passed / (passed + failed), low=low, high=high)


def _with_people(
    judged: ItemScore, item: Item, attestation: Attestation | None, probes: tuple[Evidence, ...], today: date
) -> ItemScore:
    if probes and judged.status in ("unverified", "fail") and "probe" in item.proof:
        return replace(judged, status="pass", value=1.0, low=1.0, high=1.0, evidence=(*probes, *judged.evidence))
    if attestation is None or judged.status in ("pass", "not-applicable"):
        return judged
    who = f"attested by {attestation.by} until {attestation.expires}: {attestation.evidence}"
    if not attestation.valid(today):
        expired = Evidence(ATTESTATIONS, attestation.line, f"expired: {who}")
        return replace(judged, evidence=(expired, *judged.evidence))
    if judged.status == "fail" and not item.attestable:
        refused = Evidence(ATTESTATIONS, attestation.line, f"the code says otherwise: {who}")
        return replace(judged, evidence=(refused, *judged.evidence))
    word = Evidence(ATTESTATIONS, attestation.line, who)
    return replace(judged, status="attested", value=1.0, low=1.0, high=1.0, evidence=(word, *judged.evidence))


def _gate(item: Item, judged: ItemScore, tally: _Tally, profile: Profile) -> str:
    """The gate in force: eased by the profile, and never above what the failures themselves weigh."""
    gate = GATES.index(item.gate)
    if item.section in profile.ease:
        gate += 1
    if judged.status == "fail" and tally.failed:
        gate = max(gate, list(Severity).index(tally.severity))
    return GATES[min(gate, len(GATES) - 1)]


def _known(item: ItemScore) -> float:
    """The share of an item that was decided."""
    return 1.0 - (item.high - item.low) if item.value is not None else 0.0


@dataclass(frozen=True, slots=True)
class _Numbers:
    value: float
    low: float
    high: float
    assessed: float
    weight: float


def _numbers(items: Iterable[ItemScore]) -> _Numbers:
    applicable = [i for i in items if i.status != "not-applicable"]
    weight = sum(i.weight for i in applicable)
    known = sum(i.weight * _known(i) for i in applicable)
    if not weight:
        return _Numbers(100.0, 0.0, 100.0, 0.0, 0.0)
    low = 100 * sum(i.weight * i.low for i in applicable) / weight
    high = 100 * sum(i.weight * i.high for i in applicable) / weight
    value = 100 * sum(i.weight * _known(i) * (i.value or 0.0) for i in applicable) / known if known else low
    # Rounding of floats must not push the value out of its own bounds.
    return _Numbers(min(max(value, low), high), low, high, known / weight, weight)


def _failed_blockers(items: Iterable[ItemScore]) -> list[ItemScore]:
    return [i for i in items if i.status == "fail" and i.gate == "blocker"]


def _assessment(checklist: Checklist, repo: Repo, items: tuple[ItemScore, ...], profile: Profile) -> Assessment:
    raw = _numbers(items)
    blockers = _failed_blockers(items)
    doubtful = [i for i in items if i.status == "unverified" and i.gate == "blocker"]
    ceiling = BLOCKED_MAX if blockers else 100
    value = min(raw.value, ceiling)
    return Assessment(
        checklist.version,
        profile.name,
        _verdict(checklist, repo, items, profile, value),
        value,
        min(raw.low, BLOCKED_MAX if blockers or doubtful else 100),
        min(raw.high, ceiling),
        raw.assessed,
        _sections(checklist, items),
        tuple(Cap(f"{i.id}: {i.title}", BLOCKED_MAX) for i in blockers),
        _next_steps(items, raw.value),
        items,
    )


def _verdict(checklist: Checklist, repo: Repo, items: Sequence[ItemScore], profile: Profile, value: float) -> str:
    if _failed_blockers(items):
        return "not-ready"
    if value < profile.threshold or repo.unread:
        return "conditional"
    decidable = {i.id for i in checklist.items if i.decidable or profile.attest_blockers}
    for item in items:
        if item.status == "unverified" and item.gate == "blocker" and item.id in decidable:
            return "conditional"
        if item.status == "fail" and item.gate == "major":
            return "conditional"
    return "ready"


def _sections(checklist: Checklist, items: Sequence[ItemScore]) -> tuple[SectionScore, ...]:
    sections = []
    for section in checklist.sections:
        n = _numbers(i for i in items if i.section == section)
        sections.append(SectionScore(section, n.value, n.low, n.high, n.weight))
    return tuple(sections)


def _next_steps(items: Sequence[ItemScore], raw: float) -> tuple[NextStep, ...]:
    """What each open item would gain if it passed; the points that the cap withholds are shared by the blockers."""
    blockers = _failed_blockers(items)
    withheld = max(0.0, raw - BLOCKED_MAX) / len(blockers) if blockers else 0.0
    steps = []
    for n, item in enumerate(items):
        if item.status not in ("fail", "unverified"):
            continue
        passed = replace(item, status="pass", value=1.0, low=1.0, high=1.0)
        gain = _numbers((*items[:n], passed, *items[n + 1 :])).value - raw
        steps.append((item, max(0.0, gain) + (withheld if item in blockers else 0.0)))
    steps.sort(key=lambda s: (-round(s[1], 6), GATES.index(s[0].gate), s[0].status != "fail", s[0].id))
    return tuple(NextStep(item.id, gain, len(item.findings)) for item, gain in steps)


def _nothing_to_assess(checklist: Checklist, repo: Repo, items: Sequence[ItemScore], profile: Profile) -> Assessment:
    """No call that ships: only what fails is said; everything else is not applicable, and nothing was assessed."""
    kept = tuple(
        i if i.status == "fail" else replace(i, status="not-applicable", value=None, low=0.0, high=0.0) for i in items
    )
    failed = _failed_blockers(kept)
    doubtful = bool(repo.unread or repo.unassessed_languages)
    verdict = "not-ready" if failed else "conditional" if doubtful or any(i.status == "fail" for i in kept) else "ready"
    ceiling = BLOCKED_MAX if failed else 100
    return Assessment(
        checklist.version,
        profile.name,
        verdict,
        float(ceiling),
        0.0,
        float(ceiling),
        0.0,
        _sections(checklist, kept),
        tuple(Cap(f"{i.id}: {i.title}", BLOCKED_MAX) for i in failed),
        _next_steps(kept, float(ceiling)),
        kept,
        note="no LLM call found in code that ships: there is nothing to assess"
        + (", as far as it could be read" if doubtful else ""),
    )

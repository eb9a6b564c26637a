"""The result of an audit: findings, the assessment against the checklist, and the whole report."""

from __future__ import annotations

from dataclasses import field

from auditor.lazily import dataclass
from auditor.model.facts import Unread
from auditor.model.location import Span, Trace
from auditor.model.repo import Repo
from auditor.model.verdict import Confidence, Fix, Severity


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a finding does not count. kind: inline | config | baseline | base | attestation."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One failed verdict, placed and identified. `fingerprint` survives edits elsewhere in the file."""

    check: str
    title: str
    severity: Severity
    confidence: Confidence
    at: Span
    message: str
    help_uri: str
    vendor: str | None
    fingerprint: str
    trace: Trace = ()
    related: tuple[Span, ...] = ()
    fix: Fix | None = None
    state: str = "new"  # new | baseline | suppressed
    suppression: Suppression | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that supports an item's status."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ItemScore:
    """One checklist item. low/high: the share that passes with every unknown counted as failed / as passed, 0..1."""

    id: str
    section: str
    title: str
    status: str  # pass | fail | attested | unverified | not-applicable
    weight: float
    gate: str  # blocker | major | minor
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    value: float | None = None
    low: float = 0.0
    high: float = 1.0
    evidence: tuple[Evidence, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling on the score and what causes it."""

    reason: str
    max: int


@dataclass(frozen=True, slots=True)
class NextStep:
    """An item to work on, the points that it would gain, and how many findings it has."""

    item: str
    gain: float
    finding_count: int


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The score of one section of the checklist, 0..100."""

    name: str
    value: float
    low: float
    high: float
    weight: float


@dataclass(frozen=True, slots=True)
class Assessment:
    """The score against the checklist, 0..100; `assessed` is the share of applicable weight that was decided, 0..1."""

    checklist_version: str
    profile: str
    verdict: str  # ready | conditional | not-ready
    value: float
    low: float
    high: float
    assessed: float
    sections: tuple[SectionScore, ...] = ()
    caps: tuple[Cap, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    items: tuple[ItemScore, ...] = ()
    note: str = ""  # what a reader must know before the numbers, such as that there was nothing to assess


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that one audit found."""

    tool_version: str
    repo: Repo
    findings: tuple[Finding, ...]
    assessment: Assessment
    unread: tuple[Unread, ...] = ()
    broken: tuple[str, ...] = ()  # checks or plug-ins that failed
    unknowns: tuple[tuple[str, Span | None, str], ...] = ()  # (check, subject, why): what could not be judged
    timestamp: str | None = None
    scope: str = "tree"  # tree | staged | base
    extra: tuple[tuple[str, str], ...] = field(default=())

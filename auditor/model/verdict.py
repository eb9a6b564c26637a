"""What a check answers for one subject, and the vocabulary in which it may ask for a rewrite."""

from __future__ import annotations

from enum import StrEnum

from auditor.lazily import dataclass
from auditor.model.location import Span, Trace


class Severity(StrEnum):
    """How much a failure weighs at the gate."""

    BLOCKER = "blocker"
    MAJOR = "major"
    MINOR = "minor"
    INFO = "info"


class Confidence(StrEnum):
    """How sure a failure is; low never fails a gate."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Safety(StrEnum):
    """Who may apply a fix: show it only, apply after review, or apply because it provably keeps meaning."""

    SHOW = "show"
    REVIEW = "review"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class AddKeyword:
    """Add `name=value` to the call at `call`."""

    call: Span
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ReplaceValue:
    """Replace the expression at `span` by `source`."""

    span: Span
    source: str


@dataclass(frozen=True, slots=True)
class GuardClient:
    """Give the SDK client constructed at `call` the guard of the generated unified client module."""

    call: Span
    sdk: str  # openai | anthropic
    feature: str
    is_async: bool


Edit = AddKeyword | ReplaceValue | GuardClient


@dataclass(frozen=True, slots=True)
class Fix:
    """A proposed rewrite. All its edits are applied or none."""

    title: str
    safety: Safety
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """The subject is fine; `evidence` says where that can be seen."""

    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Fail:
    """The subject is not fine. `message`: one clause, lower case, no full stop, no advice."""

    message: str
    at: Span | None = None  # else the subject's own position
    trace: Trace = ()
    confidence: Confidence = Confidence.HIGH
    severity: Severity | None = None  # else the check's own
    fix: Fix | None = None
    related: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """The subject cannot be judged from the code; `why` is one clause."""

    why: str


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The question does not arise for this subject; `why` is one clause."""

    why: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The check itself failed on this subject; made by the judge only."""

    error: str


Verdict = Pass | Fail | Unknown | NotApplicable | Broken

"""The three answers to "what is this set to?": Given, Absent, Unclear. Unclear is never collapsed to Absent."""

from __future__ import annotations

from typing import Generic, TypeVar

from auditor.lazily import dataclass
from auditor.model.location import Span, Trace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """A value in force. `value` is None where the setting is known to be present but its value is not."""

    value: T
    at: Span
    source: str = "argument"  # argument | client | wrapper | config | context | default
    trace: Trace = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """Known not to be set anywhere that the call could take it from."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Cannot be decided from the code; `why` is one clause for the user."""

    why: str


Setting = Given[T] | Absent | Unclear

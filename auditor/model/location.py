"""Where a fact stands: spans in files, and traces that join several of them."""

from __future__ import annotations

from auditor.lazily import dataclass
from auditor.model.record import ordered


@ordered
class Span:
    """A stretch of one file: lines count from 1, columns from 0 and in characters, the end is exclusive."""

    path: str
    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of a trace and what happens there, as a short clause (`calls ask()`)."""

    at: Span
    label: str


Trace = tuple[Step, ...]
"""How a fact was reached, outermost first: schedule here, runs this, calls that."""

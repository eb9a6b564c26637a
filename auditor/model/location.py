"""Where a fact stands: spans in files, and traces that join several of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
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

_new = object.__new__
_path, _line, _column, _end_line, _end_column = (
    getattr(Span, name).__set__ for name in ("path", "line", "column", "end_line", "end_column")
)


def make_span(path: str, line: int, column: int, end_line: int, end_column: int) -> Span:
    """`Span(...)` at half its cost, for readers, which make one for every expression of a program."""
    span = _new(Span)
    _path(span, path)
    _line(span, line)
    _column(span, column)
    _end_line(span, end_line)
    _end_column(span, end_column)
    return span

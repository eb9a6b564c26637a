"""Words and escapes that several renderers share. Repository text is hostile: each medium gets its own escape."""

from __future__ import annotations

import unicodedata

from auditor.model.location import Trace
from auditor.model.report import Finding, Report
from auditor.model.verdict import Severity

VERDICTS = {"ready": "READY", "conditional": "CONDITIONAL", "not-ready": "NOT READY"}
RANK = {Severity.BLOCKER: 0, Severity.MAJOR: 1, Severity.MINOR: 2, Severity.INFO: 3}


def headline(report: Report) -> tuple[str, str]:
    """The verdict in words, and the score as it may be shown: empty where no call was there to be scored.

    A repository without a call is in nobody's way, which is what its verdict says at the gate. For people it is no
    praise: full marks for what nobody looked at would mislead.
    """
    score = report.assessment
    label = VERDICTS.get(score.verdict, score.verdict)
    if score.note and not score.caps:
        return ("NO LLM CALLS FOUND" if score.verdict == "ready" else label), ""
    return label, f"{score.value:.0f}/100"


def plain(text: str, limit: int = 500) -> str:
    """One line without control, bidirectional or other invisible characters, cut at `limit` characters."""
    kept = "".join(" " if c in "\t\r\n" else c for c in text if c in "\t\r\n" or unicodedata.category(c)[0] != "C")
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


_MARKUP = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", **{mark: "\\" + mark for mark in "\\`*_[]|#~!"}}
)


def markdown(text: str) -> str:
    """Text for a Markdown table cell or paragraph: nothing in it is markup, a link or a mention."""
    return plain(text).translate(_MARKUP)


def code(text: str) -> str:
    """Text as inline Markdown code."""
    out = plain(text).replace("|", "\\|")
    fence = "``" if "`" in out else "`"
    return f"{fence}{out}{fence}"


def counted(findings: tuple[Finding, ...]) -> dict[Severity, int]:
    """How many findings of each severity count at the gate (new ones, not suppressed, not of low confidence)."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        if finding.state == "new":
            counts[finding.severity] += 1
    return counts


def new(report: Report) -> list[Finding]:
    """The findings that are new, the heaviest first, then by place."""
    rows = [f for f in report.findings if f.state == "new"]
    return sorted(rows, key=lambda f: (RANK[f.severity], f.at, f.check))


def trace_lines(trace: Trace) -> list[str]:
    """A trace as one line a step."""
    return [f"{plain(s.at.path)}:{s.at.line} {plain(s.label)}" for s in trace]


def plural(count: int, word: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def cap_lines(report: Report) -> list[str]:
    """What caps the score, one line for each ceiling with the items behind it."""
    items: dict[int, list[str]] = {}
    for cap in report.assessment.caps:
        items.setdefault(cap.max, []).append(plain(cap.reason.partition(":")[0]))
    return [f"score capped at {most} by {', '.join(names)}" for most, names in sorted(items.items())]

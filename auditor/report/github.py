"""GitHub Actions annotations: one workflow command a finding. Data is escaped so that no finding can forge a command."""

from __future__ import annotations

from auditor.model.report import Report
from auditor.model.verdict import Severity
from auditor.report.text import headline, new, plain

_LEVEL = {Severity.BLOCKER: "error", Severity.MAJOR: "warning", Severity.MINOR: "notice", Severity.INFO: "notice"}


def render(report: Report) -> str:
    """The new findings as annotations, and one notice with verdict and score."""
    lines = []
    for finding in new(report):
        fields = {
            "file": finding.at.path,
            "line": str(finding.at.line),
            "endLine": str(finding.at.end_line or finding.at.line),
            "title": f"{finding.check} ({finding.severity.value})",
        }
        joined = ",".join(f"{k}={_property(v)}" for k, v in fields.items())
        lines.append(f"::{_LEVEL[finding.severity]} {joined}::{_data(finding.message)}")
    lines += [f"::warning file={_property(u.path)},title=not read::{_data(u.reason)}" for u in report.unread]
    label, shown = headline(report)
    lines.append(f"::notice title=auditor::{_data(f'{label}, score {shown}' if shown else f'{label}, no score')}")
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return plain(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

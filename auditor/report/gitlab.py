"""GitLab Code Quality: a JSON array of issues."""

from __future__ import annotations

import json

from auditor.model.report import Report
from auditor.model.verdict import Severity
from auditor.report.text import new, plain

_SEVERITY = {Severity.BLOCKER: "blocker", Severity.MAJOR: "major", Severity.MINOR: "minor", Severity.INFO: "info"}


def render(report: Report) -> str:
    """The new findings as GitLab's code-quality report."""
    rows = [
        {
            "description": plain(f.message),
            "check_name": f.check,
            "fingerprint": f.fingerprint,
            "severity": _SEVERITY[f.severity],
            "location": {"path": f.at.path, "lines": {"begin": f.at.line, "end": f.at.end_line or f.at.line}},
        }
        for f in new(report)
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"

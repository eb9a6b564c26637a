"""SARIF 2.1.0 for code-scanning services. Text is escaped as Markdown where the format renders Markdown."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from auditor.model.location import Span
from auditor.model.report import Finding, Report
from auditor.model.verdict import Severity
from auditor.report.json import errors
from auditor.report.text import plain

_LEVEL = {Severity.BLOCKER: "error", Severity.MAJOR: "warning", Severity.MINOR: "note", Severity.INFO: "note"}
_SECURITY = {Severity.BLOCKER: "9.0", Severity.MAJOR: "6.0", Severity.MINOR: "3.0", Severity.INFO: "1.0"}


def render(report: Report) -> str:
    """The report as SARIF text, with a final newline."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as one SARIF log with one run."""
    checks = sorted({f.check: f for f in report.findings}.items())
    index = {check: i for i, (check, _) in enumerate(checks)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "auditor",
                "version": report.tool_version,
                "semanticVersion": report.tool_version,
                "rules": [_rule(f) for _, f in checks],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(f, index[f.check]) for f in report.findings],
        "invocations": [
            {
                "executionSuccessful": not errors(report),
                "toolExecutionNotifications": [_notification(e) for e in errors(report)],
            }
        ],
        "properties": {"verdict": report.assessment.verdict, "score": round(report.assessment.value, 1)},
    }
    if report.repo.commit:
        run["versionControlProvenance"] = [{"repositoryUri": "file:///", "revisionId": report.repo.commit}]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }


def _rule(finding: Finding) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": finding.check,
        "shortDescription": {"text": plain(finding.title)},
        "help": {"text": f"What it means and what to do: auditor explain {finding.check}"},
        "defaultConfiguration": {"level": _LEVEL[finding.severity]},
        "properties": {"security-severity": _SECURITY[finding.severity], "tags": ["llm", "production-readiness"]},
    }
    if finding.help_uri:
        rule["helpUri"] = finding.help_uri
    return rule


def _result(finding: Finding, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": index,
        "level": _LEVEL[finding.severity],
        "message": {"text": plain(finding.message)},
        "locations": [_location(finding.at)],
        "partialFingerprints": {"auditor/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.value, "severity": finding.severity.value},
    }
    if finding.related:
        result["relatedLocations"] = [_location(s, i) for i, s in enumerate(finding.related)]
    if finding.trace:
        steps = [{"location": {**_location(s.at), "message": {"text": plain(s.label)}}} for s in finding.trace]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.state == "baseline":
        result["baselineState"] = "unchanged"
    if finding.suppression:
        kind = "inSource" if finding.suppression.kind == "inline" else "external"
        result["suppressions"] = [{"kind": kind, "justification": plain(finding.suppression.reason)}]
    return result


def _location(span: Span, number: int | None = None) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": max(1, span.line), "startColumn": span.column + 1}
    if span.end_line >= span.line > 0:
        region["endLine"] = span.end_line
        if span.end_line > span.line or span.end_column > span.column:
            region["endColumn"] = span.end_column + 1
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(span.path.encode("utf-8", "surrogateescape")), "uriBaseId": "%SRCROOT%"},
            "region": region,
        }
    }
    if number is not None:
        location["id"] = number
    return location


def _notification(error: dict[str, Any]) -> dict[str, Any]:
    note: dict[str, Any] = {"level": "warning", "message": {"text": plain(str(error["reason"]))}}
    if error["path"]:
        note["locations"] = [_location(Span(str(error["path"]), int(error["line"] or 1)))]
    return note

"""The JSON report: schema version 1, the same bytes for the same input. Also the rows of the inventory."""

from __future__ import annotations

import json
from typing import Any

from auditor.model.facts import WATCHING, Control, Credential, FreeTier, LlmCall, Reseller, Schedule, Trigger
from auditor.model.location import Trace
from auditor.model.repo import Repo
from auditor.model.report import Finding, ItemScore, Report
from auditor.model.setting import Absent, Given, Setting, Unclear

SCHEMA_VERSION = "1"


def render(report: Report) -> str:
    """The report as JSON text, with a final newline."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain values, keys in the documented order."""
    repo, score = report.repo, report.assessment
    doc: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "auditor", "version": report.tool_version},
        "repository": {"commit": repo.commit, "dirty": repo.dirty},
        "verdict": score.verdict,
        "score": {
            "value": _number(score.value),
            "low": _number(score.low),
            "high": _number(score.high),
            "assessed": _number(score.assessed, 3),
            "checklist_version": score.checklist_version,
            "profile": score.profile,
            "sections": {
                s.name: {
                    "value": _number(s.value),
                    "low": _number(s.low),
                    "high": _number(s.high),
                    "weight": _number(s.weight),
                }
                for s in score.sections
            },
            "caps": [{"reason": c.reason, "max": c.max} for c in score.caps],
            "next_steps": [
                {"item": n.item, "gain": _number(n.gain, 2), "finding_count": n.finding_count} for n in score.next_steps
            ],
        },
        "checklist": [_item(i) for i in score.items],
        "findings": [_finding(f) for f in report.findings],
        "inventory": inventory(repo),
        "errors": errors(report),
        "stats": {
            "files_seen": repo.stats.files_seen,
            "files_analysed": repo.stats.files_analysed,
            "bytes": repo.stats.bytes,
            "by_language": dict(repo.stats.by_language),
            "examples_searched_for_keys_only": repo.not_linked,
        },
    }
    if report.timestamp:
        doc["timestamp"] = report.timestamp
    return doc


def errors(report: Report) -> list[dict[str, Any]]:
    """What could not be read or judged: files, and checks that broke."""
    rows = [{"path": u.path, "line": u.line, "reason": u.reason} for u in report.unread]
    return rows + [{"path": "", "line": None, "reason": text} for text in report.broken]


def _number(value: float, digits: int = 1) -> float | int:
    rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def _item(item: ItemScore) -> dict[str, Any]:
    return {
        "id": item.id,
        "section": item.section,
        "title": item.title,
        "status": item.status,
        "weight": _number(item.weight, 2),
        "gate": item.gate,
        "evidence": [{"path": e.path, "line": e.line, "text": e.text} for e in item.evidence],
        "findings": list(item.findings),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": finding.check,
        "title": finding.title,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "path": finding.at.path,
        "line": finding.at.line,
        "column": finding.at.column,
        "end_line": finding.at.end_line or finding.at.line,
        "end_column": finding.at.end_column,
        "message": finding.message,
        "help_uri": finding.help_uri,
        "vendor": finding.vendor,
        "fingerprint": finding.fingerprint,
        "trace": _trace(finding.trace),
        "fixable": finding.fix is not None,
        "state": finding.state,
    }
    if finding.suppression:
        row["suppression"] = {"kind": finding.suppression.kind, "reason": finding.suppression.reason}
    return row


def _trace(trace: Trace) -> list[dict[str, Any]]:
    return [{"path": s.at.path, "line": s.at.line, "label": s.label} for s in trace]


def inventory(repo: Repo) -> dict[str, list[dict[str, Any]]]:
    """The facts that the checks judged, as rows sorted by position."""
    reaches = {t.schedule: t for t in repo.triggers}
    return {
        "llm_calls": _sorted(call_row(c) for c in repo.llm_calls),
        "keys": _sorted(_key(k) for k in repo.credentials if not k.commit and k.certainty != "low"),
        "schedules": _sorted(_schedule(s, reaches.get(s.at)) for s in repo.schedules),
        "free_tier": _sorted(_free(f) for f in repo.free_tiers),
        "resellers": _sorted(_reseller(r) for r in repo.resellers),
        "controls": _sorted(_control(c) for c in repo.controls if c.kind not in WATCHING),
    }


def _sorted(rows: Any) -> list[dict[str, Any]]:
    return sorted(
        rows, key=lambda r: (r["path"], r["line"], r.get("column", 0), str(r.get("vendor", r.get("kind", ""))))
    )


def present(setting: Setting[Any]) -> bool | None:
    """Whether a setting is in force: True, False, or None where that cannot be decided."""
    match setting:
        case Given(value):
            return value is not False
        case Absent():
            return False
        case Unclear():
            return None


def call_row(call: LlmCall) -> dict[str, Any]:
    """One row of `inventory.llm_calls`."""
    model = call.model.value if isinstance(call.model, Given) else None
    retry = call.retry
    row: dict[str, Any] = {
        "path": call.at.path,
        "line": call.at.line,
        "vendor": call.vendor,
        "kind": call.kind,
        "api": call.api,
        "model": model,
        "role": call.role.value,
        "client_side": call.client_side,
        "output_cap": present(call.output_cap) if call.cap_applies else False,
        "timeout": present(call.timeout),
        "retry": retry.value.kind if isinstance(retry, Given) else ("none" if isinstance(retry, Absent) else None),
        "fallback": present(call.fallback),
        "usage_logged": present(call.usage),
        "loop": call.loop.kind or None,
        "scheduled": call.scheduled,
        "user_input": call.user_input,
    }
    if call.trace:
        row["trace"] = _trace(call.trace)
    if call.reachable is False:
        row["reachable"] = False
    return row


def _key(key: Credential) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": key.at.path,
        "line": key.at.line,
        "vendor": key.vendor,
        "kind": key.kind,
        "placeholder": key.placeholder,
        "role": key.role.value,
        "certainty": key.certainty,
    }
    if key.masked:
        row["masked"] = key.masked
    if key.name:
        row["name"] = key.name
    return row


def _schedule(schedule: Schedule, trigger: Trigger | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": schedule.at.path,
        "line": schedule.at.line,
        "kind": schedule.kind,
        "expression": schedule.expression,
        "role": schedule.role.value,
        "reaches_llm": trigger.reaches if trigger else None,
        "timeout": present(schedule.time_limit),
        "overlap_guard": present(schedule.overlap_guard),
        "item_limit": present(schedule.item_limit),
        "runs_per_month": _number(schedule.runs_per_month, 1) if schedule.runs_per_month is not None else None,
    }
    if trigger and trigger.traces:
        row["trace"] = _trace(trigger.traces[0])
    if trigger and trigger.lost:
        row["lost"] = trigger.lost
    return row


def _free(tier: FreeTier) -> dict[str, Any]:
    return {
        "path": tier.at.path,
        "line": tier.at.line,
        "provider": tier.provider,
        "why": tier.why,
        "role": tier.role.value,
        "retired": tier.retired,
    }


def _reseller(reseller: Reseller) -> dict[str, Any]:
    return {
        "path": reseller.at.path,
        "line": reseller.at.line,
        "host": reseller.host,
        "why": reseller.why,
        "role": reseller.role.value,
    }


def _control(control: Control) -> dict[str, Any]:
    return {
        "path": control.at.path,
        "line": control.at.line,
        "kind": control.kind,
        "detail": control.detail,
        "in_force": control.in_force,
    }

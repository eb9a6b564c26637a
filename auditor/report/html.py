"""One self-contained HTML page: no script, no request to anywhere. Everything from the repository is escaped."""

from __future__ import annotations

from collections import defaultdict
from html import escape

from auditor.model.report import Finding, ItemScore, Report
from auditor.model.verdict import Severity
from auditor.report.text import RANK, cap_lines, counted, headline, new, plain, plural

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --red: #c62828; --amber: #b26a00; --green: #2e7d32; --blue: #1565c0 }
@media (prefers-color-scheme: dark) { :root { --red: #ef9a9a; --amber: #ffcc80; --green: #a5d6a7; --blue: #90caf9 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1.5rem; overflow-wrap: anywhere }
h1 { margin: 0; font-size: 1.9rem } h2 { margin: 2rem 0 .5rem; font-size: 1.25rem }
.ready { color: var(--green) } .conditional { color: var(--amber) } .not-ready { color: var(--red) }
.bar { position: relative; height: 1.1rem; border-radius: .55rem; margin: .75rem 0 }
.bar { background: var(--soft); border: 1px solid var(--line) }
.bar span { position: absolute; top: 0; bottom: 0; border-radius: .55rem }
.range { background: #8886 } .value { width: .35rem; background: currentColor }
.caps, .note { color: #777 }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; margin: .5rem 0 }
article > header { display: flex; gap: .6rem; flex-wrap: wrap; align-items: baseline }
.tag { font-size: .8rem; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .55rem }
.blocker { color: var(--red) } .major { color: var(--amber) } .minor { color: var(--blue) } .info { color: #777 }
.id { font-size: .85rem; color: #777 } ul { margin: .3rem 0; padding-left: 1.2rem }
ol.trace { color: #777; font-size: .9rem; margin: .1rem 0 }
code { font: .92em ui-monospace, monospace }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top }
.fail { color: var(--red) } .pass, .attested { color: var(--green) } .unverified { color: var(--amber) } .not-applicable { color: #777 }
"""


def render(report: Report) -> str:
    """The report as an HTML document."""
    score = report.assessment
    counts = counted(report.findings)
    summary = ", ".join(plural(n, s.value) for s, n in counts.items() if n) or "no findings"
    label, shown = headline(report)
    number = f" {score.value:.0f}<small>/100</small>" if shown else ""
    range_ = f"Between {score.low:.0f} and {score.high:.0f}, as {score.assessed:.0%} of the checklist could be decided"
    checklist = f"(checklist {score.checklist_version}, profile {score.profile})"
    told = f"{score.note[:1].upper()}{score.note[1:]}. " if score.note else ""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Launch audit: {_e(label)}</title><style>{_STYLE}</style></head><body>",
        f'<h1><span class="{_e(score.verdict if shown or score.verdict != "ready" else "info")}">{_e(label)}</span>{number}</h1>',
        f"<p>{_e(summary)}. {_e(told)}{range_ if shown else 'No score'} {_e(checklist)}.</p>",
        _bar(score.low, score.value, score.high) if shown else "",
        *(f'<p class="caps">{_e(line)}</p>' for line in cap_lines(report)),
        _steps(report),
        _findings(report),
        _checklist(score.items),
        _inventory(report),
        _errors(report),
        f'<p class="note">auditor {_e(report.tool_version)}'
        + (f", commit {_e(report.repo.commit)}" if report.repo.commit else "")
        + "</p></body></html>",
    ]
    return "\n".join(p for p in parts if p) + "\n"


def _e(text: str) -> str:
    return escape(plain(text), quote=True)


def _bar(low: float, value: float, high: float) -> str:
    return (
        f'<div class="bar" role="img" aria-label="score {value:.0f}, between {low:.0f} and {high:.0f}">'
        f'<span class="range" style="left:{low:.1f}%;width:{max(0.0, high - low):.1f}%"></span>'
        f'<span class="value" style="left:calc({value:.1f}% - .17rem)"></span></div>'
    )


def _steps(report: Report) -> str:
    steps = report.assessment.next_steps[:7]
    if not steps:
        return ""
    titles = {i.id: i.title for i in report.assessment.items}
    rows = "".join(
        f'<li>{_e(titles.get(s.item, s.item))} <span class="id">+{s.gain:.1f} points, '
        f"{_e(plural(s.finding_count, 'finding')) if s.finding_count else 'to be attested'}, {_e(s.item)}</span></li>"
        for s in steps
    )
    return f"<h2>Do next</h2><ol>{rows}</ol>"


def _findings(report: Report) -> str:
    rows = new(report)
    if not rows:
        return "<h2>Findings</h2><p>None.</p>"
    groups: dict[tuple[int, str], list[Finding]] = defaultdict(list)
    for finding in rows:
        groups[RANK[finding.severity], finding.check].append(finding)
    out = [f"<h2>Findings ({len(rows)})</h2>"]
    for _, members in sorted(groups.items()):
        first = members[0]
        link = (
            f'<a href="{_e(first.help_uri)}">{_e(first.check)}</a>'
            if first.help_uri.startswith("https://")
            else _e(first.check)
        )
        out.append(
            f'<article><header><span class="tag {_severity(first.severity)}">{_severity(first.severity)}</span>'
            f'<strong>{_e(first.title)}</strong><span class="id">{link}</span></header><ul>'
            + "".join(_place(f) for f in members)
            + "</ul></article>"
        )
    return "\n".join(out)


def _severity(severity: Severity) -> str:
    return severity.value


def _place(finding: Finding) -> str:
    sure = (
        ""
        if finding.confidence.value == "high"
        else f' <span class="id">({_e(finding.confidence.value)} confidence)</span>'
    )
    trace = "".join(f"<li><code>{_e(s.at.path)}:{s.at.line}</code> {_e(s.label)}</li>" for s in finding.trace)
    return (
        f"<li><code>{_e(finding.at.path)}:{finding.at.line}</code> {_e(finding.message)}{sure}"
        + (f'<ol class="trace">{trace}</ol>' if trace else "")
        + "</li>"
    )


def _checklist(items: tuple[ItemScore, ...]) -> str:
    rows = "".join(
        f'<tr><td class="{_e(i.status)}">{_e(i.status)}</td><td>{_e(i.title)}<br><span class="id">{_e(i.id)}</span></td>'
        f'<td class="{_e(i.gate)}">{_e(i.gate)}</td></tr>'
        for i in items
    )
    return f"<h2>Checklist</h2><table><thead><tr><th>status</th><th>question</th><th>gate</th></tr></thead><tbody>{rows}</tbody></table>"


def _inventory(report: Report) -> str:
    repo = report.repo
    if not repo.llm_calls and not repo.schedules:
        return ""
    rows = "".join(
        f"<tr><td><code>{_e(c.at.path)}:{c.at.line}</code></td><td>{_e(c.vendor)}</td><td>{_e(c.kind)}</td><td>{_e(c.role.value)}</td></tr>"
        for c in repo.llm_calls
    )
    timers = "".join(
        f"<tr><td><code>{_e(s.at.path)}:{s.at.line}</code></td><td>{_e(s.kind)}</td><td colspan=2>{_e(s.expression)}</td></tr>"
        for s in repo.schedules
    )
    return f"<h2>Inventory</h2><table><tbody>{rows}{timers}</tbody></table>"


def _errors(report: Report) -> str:
    if not report.unread and not report.broken:
        return ""
    rows = "".join(
        f"<li><code>{_e(u.path)}{f':{u.line}' if u.line else ''}</code> {_e(u.reason)}</li>" for u in report.unread
    )
    rows += "".join(f"<li>{_e(b)}</li>" for b in report.broken)
    return f"<h2>Not read: the audit is incomplete</h2><ul>{rows}</ul>"

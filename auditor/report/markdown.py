"""Markdown for pull-request comments and wikis, and the migration plan as a checklist. All repository text is escaped."""

from __future__ import annotations

from collections import defaultdict

from auditor.model.report import Finding, ItemScore, Report
from auditor.report.text import code, headline, markdown, new, plural


def render(report: Report) -> str:
    """The report as Markdown."""
    score = report.assessment
    label, shown = headline(report)
    out = [f"# Launch audit: {label}", ""]
    if score.note:
        out += [f"{markdown(score.note[:1].upper() + score.note[1:])}.", ""]
    out += [
        f"**Score {shown}** (between {score.low:.0f} and {score.high:.0f}; {score.assessed:.0%} of the checklist "
        f"decided), checklist {score.checklist_version}, profile {score.profile}."
        if shown
        else f"No score. Checklist {score.checklist_version}, profile {score.profile}.",
        "",
    ]
    out += [f"> Score capped at {c.max}: {markdown(c.reason)}" for c in score.caps]
    rows = new(report)
    out += ["", f"## Findings ({len(rows)})", ""]
    if rows:
        out += ["| severity | check | place | finding |", "| --- | --- | --- | --- |"]
        out += [_row(f) for f in rows]
    else:
        out.append("None.")
    out += ["", "## Next steps", ""]
    titles = {i.id: i.title for i in score.items}
    out += [
        f"{n}. {markdown(titles.get(s.item, s.item))} (+{s.gain:.1f}, {plural(s.finding_count, 'finding')})"
        for n, s in enumerate(score.next_steps, 1)
    ]
    out += ["", "## Checklist", "", "| item | gate | status | question |", "| --- | --- | --- | --- |"]
    out += [f"| {i.id} | {i.gate} | {i.status} | {markdown(i.title)} |" for i in score.items]
    out += _errors(report)
    return "\n".join(out) + "\n"


def plan(report: Report) -> str:
    """The ordered migration plan as a Markdown checklist: blockers first, then by points gained."""
    findings: dict[str, Finding] = {f.fingerprint: f for f in report.findings}
    gain = {s.item: s.gain for s in report.assessment.next_steps}
    rank = {"blocker": 0, "major": 1, "minor": 2}
    items = [i for i in report.assessment.items if i.status in {"fail", "unverified"}]
    label, shown = headline(report)
    items.sort(key=lambda i: (rank.get(i.gate, 3), i.status != "fail", -gain.get(i.id, 0.0), i.id))
    out = [
        "# Migration plan",
        "",
        f"Verdict today: **{label}**, " + (f"score {shown}." if shown else "no score."),
    ]
    groups: dict[str, list[ItemScore]] = defaultdict(list)
    for item in items:
        groups[_phase(item)].append(item)
    for phase, members in groups.items():
        out += ["", f"## {phase}", ""]
        for item in members:
            out.append(f"- [ ] **{markdown(item.title)}** ({item.id}, +{gain.get(item.id, 0.0):.1f})")
            out += [
                f"  - [ ] {_place(findings[f])}" for f in item.findings if f in findings and findings[f].state == "new"
            ]
            if item.status == "unverified":
                out.append(f"  - [ ] verify, then `auditor attest {item.id} --evidence … --by … --expires …`")
    done = [i for i in report.assessment.items if i.status in {"pass", "attested"}]
    if done:
        out += ["", "## Done", ""]
        out += [f"- [x] {markdown(i.title)} ({i.id}, {i.status})" for i in done]
    return "\n".join(out) + "\n"


def _phase(item: ItemScore) -> str:
    if item.gate == "blocker":
        return "Before anything else" if item.status == "fail" else "Verify before launch"
    return "Before launch" if item.gate == "major" else "After launch"


def _place(finding: Finding) -> str:
    return f"{code(f'{finding.at.path}:{finding.at.line}')} {markdown(finding.message)} ({finding.check})"


def _row(finding: Finding) -> str:
    place = code(f"{finding.at.path}:{finding.at.line}")
    check = f"[{finding.check}]({finding.help_uri})" if finding.help_uri else finding.check
    return f"| {finding.severity.value} | {check} | {place} | {markdown(finding.message)} |"


def _errors(report: Report) -> list[str]:
    if not report.unread and not report.broken:
        return []
    out = ["", "## Not read", ""]
    out += [f"- {code(f'{u.path}:{u.line}' if u.line else u.path)} {markdown(u.reason)}" for u in report.unread]
    return out + [f"- {markdown(b)}" for b in report.broken]

"""The report for people: verdict, score, what blocks, what to do next; readable in ten seconds."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import TYPE_CHECKING

from auditor.model.report import Finding, Report
from auditor.model.verdict import Confidence, Severity
from auditor.report.text import RANK, cap_lines, counted, headline, new, plain, plural, trace_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLE = {
    Severity.BLOCKER: "bold red",
    Severity.MAJOR: "yellow",
    Severity.MINOR: "cyan",
    Severity.INFO: "dim",
}
_VERDICT_STYLE = {"ready": "bold green", "conditional": "bold yellow", "not-ready": "bold red"}
_MAX_ROWS = 12


def render(report: Report, *, color: bool = False, width: int = 100, verbose: int = 0, quiet: bool = False) -> str:
    """The report as terminal text.

    Args:
        report: what was found.
        color: write ANSI colours.
        width: columns.
        verbose: 1 shows every finding with its trace; 2 also what could not be judged.
        quiet: only the verdict line and the blockers.
    """
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=color, no_color=not color, highlight=False, markup=False)
    _head(console, report)
    rows = new(report)
    _blockers(console, rows, verbose)
    if not quiet:
        _others(console, rows, verbose)
        _next_steps(console, report)
        _inventory(console, report)
        if verbose > 1:
            _unknowns(console, report)
    _errors(console, report)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _text(*parts: tuple[str, str] | str) -> Text:
    from rich.text import Text

    return Text.assemble(*parts)


def _head(console: Console, report: Report) -> None:
    score = report.assessment
    counts = counted(report.findings)
    label, shown = headline(report)
    style = _VERDICT_STYLE.get(score.verdict, "bold") if shown or score.verdict != "ready" else "bold"
    if shown:
        about = f"  (between {score.low:.0f} and {score.high:.0f}; {score.assessed:.0%} of the checklist decided)"
        console.print(_text((label, style), f"  score {shown}", (about, "dim")))
    else:
        console.print(_text((label, style), "  no score"))
    if score.note:
        console.print(_text(plain(score.note)), soft_wrap=True)
    summary = ", ".join(plural(n, s.value) for s, n in counts.items() if n) or "no findings"
    console.print(_text((summary, "bold" if counts[Severity.BLOCKER] else "")))
    for line in cap_lines(report):
        console.print(_text((line, "dim")), soft_wrap=True)


def _blockers(console: Console, rows: list[Finding], verbose: int) -> None:
    blockers = [f for f in rows if f.severity is Severity.BLOCKER]
    if not blockers:
        return
    console.print(_text(("\nBlocks the launch", "bold")))
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in blockers:
        groups[finding.check].append(finding)
    shown = 0
    for check, members in groups.items():
        limit = len(members) if verbose else max(2, _MAX_ROWS - shown)
        console.print(
            _text(("✖ ", "bold red"), (plain(members[0].title), "bold"), (f"  {check}", "dim")), soft_wrap=True
        )
        for finding in members[:limit]:
            _row(console, finding, trace=True)
        if len(members) > limit:
            console.print(_text((f"    … and {len(members) - limit} more", "dim")))
        shown += min(limit, len(members))


def _row(console: Console, finding: Finding, *, trace: bool) -> None:
    mark = {Confidence.HIGH: "", Confidence.MEDIUM: " (likely)", Confidence.LOW: " (a guess)"}[finding.confidence]
    console.print(
        _text("    ", (f"{plain(finding.at.path)}:{finding.at.line}", "blue"), f"  {plain(finding.message)}{mark}"),
        soft_wrap=True,
    )
    if trace:
        for line in trace_lines(finding.trace)[:6]:
            console.print(_text((f"        ↳ {line}", "dim")), soft_wrap=True)


def _others(console: Console, rows: list[Finding], verbose: int) -> None:
    groups: dict[tuple[int, str], list[Finding]] = defaultdict(list)
    for finding in rows:
        if finding.severity is not Severity.BLOCKER:
            groups[RANK[finding.severity], finding.check].append(finding)
    if not groups:
        return
    console.print(_text(("\nAlso found", "bold"), ("" if verbose else "  (-v shows every place)", "dim")))
    for (_, check), members in sorted(groups.items()):
        first = members[0]
        if verbose:
            console.print(
                _text(
                    (f"● {first.severity.value}  ", _STYLE[first.severity]), plain(first.title), (f"  {check}", "dim")
                )
            )
            for finding in members:
                _row(console, finding, trace=True)
            continue
        places = ", ".join(f"{plain(f.at.path)}:{f.at.line}" for f in members[:2])
        more = f" +{len(members) - 2}" if len(members) > 2 else ""
        console.print(
            _text(
                (f"● {first.severity.value:<7} ", _STYLE[first.severity]),
                f"{len(members):>3} × {plain(first.title)}  ",
                (f"{check}  {places}{more}", "dim"),
            ),
            soft_wrap=True,
        )


def _next_steps(console: Console, report: Report) -> None:
    titles = {i.id: i.title for i in report.assessment.items}
    steps = report.assessment.next_steps[:5]
    if not steps:
        return
    console.print(_text(("\nDo next", "bold"), ("  (by points gained)", "dim")))
    for number, step in enumerate(steps, 1):
        count = f", {plural(step.finding_count, 'finding')}" if step.finding_count else ", to be attested"
        console.print(
            _text(
                f"{number}. {plain(titles.get(step.item, step.item))} ",
                (f"+{step.gain:.1f}{count}  {step.item}", "dim"),
            ),
            soft_wrap=True,
        )


def _inventory(console: Console, report: Report) -> None:
    repo = report.repo
    app = [c for c in repo.llm_calls if c.role.value == "app"]
    vendors = ", ".join(sorted({c.vendor for c in app})) or "none"
    unverified = sum(i.status == "unverified" for i in report.assessment.items)
    suppressed = sum(f.state != "new" for f in report.findings)
    line = (
        f"\n{plural(len(app), 'LLM call')} ({vendors}), {plural(len(repo.schedules), 'schedule')}, "
        f"{repo.stats.files_seen} files; {unverified} of {len(report.assessment.items)} items unverified"
    )
    if suppressed:
        line += f"; {plural(suppressed, 'finding')} suppressed or in the baseline"
    console.print(_text((line, "dim")), soft_wrap=True)
    if repo.not_linked:
        line = (
            f"{plural(repo.not_linked, 'example file')} searched for keys only; name those that are apps under `app:`"
        )
        console.print(_text((line, "dim")), soft_wrap=True)
    if repo.unassessed_languages:
        names = ", ".join(f"{name} ({plural(count, 'file')})" for name, count in repo.unassessed_languages)
        console.print(_text((f"not assessed: {names}", "yellow")), soft_wrap=True)


def _unknowns(console: Console, report: Report) -> None:
    if not report.unknowns:
        return
    console.print(_text(("\nCould not be judged", "bold")))
    for check, at, why in report.unknowns:
        place = f"{plain(at.path)}:{at.line}" if at else "repository"
        console.print(_text("? ", (place, "blue"), f"  {plain(why)}", (f"  {check}", "dim")), soft_wrap=True)


def _errors(console: Console, report: Report) -> None:
    total = len(report.unread) + len(report.broken)
    if not total:
        return
    console.print(_text((f"\nIncomplete: {plural(total, 'thing')} could not be read or judged", "bold yellow")))
    for unread in report.unread[:20]:
        place = f"{plain(unread.path)}:{unread.line}" if unread.line else plain(unread.path)
        console.print(_text("! ", (place, "blue"), f"  {plain(unread.reason)}"), soft_wrap=True)
    for text in report.broken[:20]:
        console.print(_text("! ", plain(text)), soft_wrap=True)
    if total > 40:
        console.print(_text((f"  … see the JSON report for all {total}", "dim")))

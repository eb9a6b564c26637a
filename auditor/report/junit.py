"""JUnit XML: one test case a checklist item, so that any CI shows the checklist as tests."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from auditor.model.report import ItemScore, Report
from auditor.report.text import plain


def render(report: Report) -> str:
    """The checklist as a JUnit test suite: a failed item fails, an unverified one is skipped."""
    items = report.assessment.items
    failed = sum(i.status == "fail" for i in items)
    skipped = sum(i.status in {"unverified", "not-applicable"} for i in items)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites tests="{len(items)}" failures="{failed}" skipped="{skipped}" errors="{len(report.unread)}">',
        f'<testsuite name="auditor" tests="{len(items)}" failures="{failed}" skipped="{skipped}" errors="{len(report.unread)}">',
    ]
    places = {f.fingerprint: f"{f.at.path}:{f.at.line} {f.message}" for f in report.findings}
    for item in items:
        lines += _case(item, places)
    for unread in report.unread:
        lines.append(f'<testcase classname="errors" name={_attribute(unread.path)}>')
        lines.append(f"<error message={_attribute(unread.reason)}/></testcase>")
    lines += ["</testsuite>", "</testsuites>"]
    return "\n".join(lines) + "\n"


def _case(item: ItemScore, places: dict[str, str]) -> list[str]:
    head = f"<testcase classname={_attribute(item.section)} name={_attribute(f'{item.id}: {item.title}')}>"
    if item.status == "fail":
        text = "\n".join(plain(places[f]) for f in item.findings if f in places)
        return [head, f"<failure message={_attribute(item.title)}>{escape(text)}</failure></testcase>"]
    if item.status in {"unverified", "not-applicable"}:
        return [head, f"<skipped message={_attribute(item.status)}/></testcase>"]
    return [head + "</testcase>"]


def _attribute(text: str) -> str:
    return quoteattr(plain(text))

"""Which findings do not count, and why: comments in the code, rules of the configuration, and the baseline.

A suppressed finding stays in the report with its reason. A comment without a reason suppresses nothing, and a comment
that suppresses nothing is stale: both are findings themselves. Knows nothing of files; it is given lines.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from auditor.declare import page
from auditor.errors import ConfigError
from auditor.lazily import dataclass, regex
from auditor.model.location import Span
from auditor.model.report import Finding, Suppression
from auditor.model.verdict import Confidence, Severity

MARK = "auditor: ignore["
"""Any file whose text holds this may hold suppressions; the pipeline looks for it in the bytes."""

WITHOUT_REASON = "suppression-without-reason"
UNUSED = "unused-suppression"
META = {
    WITHOUT_REASON: "A suppression comment gives no reason",
    UNUSED: "A suppression comment suppresses nothing",
}
"""The two findings that are about suppressions; they are made here and not by a check."""

_SUPPRESSION = regex(r"auditor:\s*ignore\[([^\]]*)\](.*)")
_OPENERS = ("#", "//", "/*", "<!--", "--", ";", "%")
_CLOSERS = regex(r"(?:\*/\s*\}?|-->)\s*$")
_IDS = regex(r"[a-zA-Z0-9_,*/\s-]*")
_PROSE = (".md", ".mdx", ".rst", ".txt", ".adoc")
_LONGEST = 2000
_ONLY_COMMENT = regex(r"[\s{*]*(?:\#|//|/\*|<!--|--|;|%|\*|@\w)")


class Rule(Protocol):
    """A rule of the configuration: a check's id or `*`, globs of paths (none: everywhere), and the reason."""

    @property
    def check(self) -> str:
        """The check's id, or `*`."""
        ...

    @property
    def paths(self) -> tuple[str, ...]:
        """Globs as in .gitignore."""
        ...

    @property
    def reason(self) -> str:
        """Why the findings do not count."""
        ...


@dataclass(frozen=True, slots=True)
class Comment:
    """A suppression comment: where it stands, which line it is for, which checks it names and why."""

    at: Span
    target: int
    ids: tuple[str, ...]
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether it is meant for the finding: its first or its last line."""
        lines = (finding.at.line, finding.at.end_line or finding.at.line)
        return finding.check in self.ids and self.at.path == finding.at.path and self.target in lines


def suppress(
    findings: Iterable[Finding],
    *,
    lines_of: Callable[[str], Sequence[str]],
    rules: Sequence[Rule] = (),
    marked: Iterable[str] = (),
    ran: Collection[str] = (),
    known: Collection[str] = (),
    baseline: Collection[str] = (),
    attested: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Mark the findings that do not count, and add findings about the suppressions themselves.

    Args:
        findings: what the judge found.
        lines_of: the lines of a file; asked for the files in `marked` only.
        rules: the configuration's ignore rules.
        marked: paths of files whose text holds `MARK`.
        ran: ids of the checks that ran: only those can make a comment stale.
        known: ids of all checks.
        baseline: recorded fingerprints.
        attested: checks about the whole repository that a person answered, with who and what.
    """
    comments = {path: parse(path, lines_of(path)) for path in sorted(set(marked))}
    used: set[Comment] = set()
    result: list[Finding] = []
    for finding in findings:
        covering = [c for c in comments.get(finding.at.path, ()) if c.covers(finding)]
        used.update(covering)
        result.append(_decide(finding, covering, rules, baseline, attested or {}))
    for found in comments.values():
        result.extend(_about(found, used, ran, known))
    ruled = [
        f if f.check not in META or f.state != "new" else _decide(f, [], rules, baseline, attested or {})
        for f in result
    ]
    return tuple(sorted(ruled, key=lambda f: (f.at, f.check, f.fingerprint)))


def refuse_unknown(rules: Iterable[Rule], known: Collection[str]) -> None:
    """Refuse rules that name no check: a typo would silently ignore nothing.

    Raises:
        ConfigError: names the id and the nearest valid one.
    """
    import difflib

    names = sorted({*known, *META, "*"})
    for rule in rules:
        if rule.check not in names:
            near = difflib.get_close_matches(rule.check, names, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"ignore: unknown check {rule.check!r}{hint}")


def parse(path: str, lines: Sequence[str]) -> tuple[Comment, ...]:
    """The suppression comments of a file. A comment alone on its line is for the next line that is none."""
    comments: list[Comment] = []
    for number, line in enumerate(lines, 1):
        match = _SUPPRESSION.search(line) if "auditor:" in line and len(line) <= _LONGEST else None
        if match is None:
            continue
        before = line[: match.start()].rstrip()
        opener = next((o for o in _OPENERS if before.endswith(o)), None)
        if opener is None or (opener != "<!--" and path.endswith(_PROSE)) or not _IDS.fullmatch(match[1]):
            continue  # prose that shows the syntax, or a template of it, is no suppression
        code = before.rstrip("".join(_OPENERS)).strip(" \t{")
        target = number if code else _next_code(lines, number)
        ids = tuple(part.strip() for part in match[1].split(",") if part.strip())
        reason = _CLOSERS.sub("", match[2]).strip(" \t:-–—")
        comments.append(Comment(Span(path, number, len(before) - len(opener), number, len(line)), target, ids, reason))
    return tuple(comments)


def write_baseline(findings: Iterable[Finding]) -> tuple[str, int]:
    """A baseline of today's findings, and how many it holds: fingerprints only, no code and no secret."""
    prints = sorted({f.fingerprint for f in findings if f.state != "suppressed"})
    return json.dumps({"schema_version": "1", "fingerprints": prints}, indent=2) + "\n", len(prints)


def read_baseline(text: str, source: str) -> frozenset[str]:
    """The fingerprints of a baseline file.

    Raises:
        ConfigError: it is none.
    """
    try:
        data = json.loads(text)
        prints = data["fingerprints"] if data["schema_version"] == "1" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        prints = None
    if not isinstance(prints, list) or not all(isinstance(p, str) for p in prints):
        raise ConfigError(f"{source}: not a baseline; `auditor baseline` writes one")
    return frozenset(prints)


def meta_page(id: str) -> str:
    """The documentation of a finding about suppressions, as Markdown."""
    what = {
        WITHOUT_REASON: (
            "`auditor: ignore[ID]` without a reason suppresses nothing: the next reader could not tell a decision from a"
            " mistake.",
            "Write why it is right here: `auditor: ignore[ID] the reason`.",
        ),
        UNUSED: (
            "A comment that no longer suppresses anything hides the next real finding on its line, or names a check that"
            " does not exist.",
            "Delete it, or correct the id. Only checks that ran can make a comment unused.",
        ),
    }[id]
    return f"# {id}\n\n{META[id]}.\n\nSeverity: minor\n\n## Why it matters\n{what[0]}\n\n## What to do\n{what[1]}\n"


def _decide(
    finding: Finding,
    comments: Sequence[Comment],
    rules: Sequence[Rule],
    baseline: Collection[str],
    attested: Mapping[str, str],
) -> Finding:
    if finding.state == "suppressed":
        return finding
    reason = next((c.reason for c in comments if c.reason), "")
    if reason:
        return _suppressed(finding, "inline", reason)
    for rule in rules:
        if rule.check in ("*", finding.check) and _matches(rule.paths, finding.at.path):
            return _suppressed(finding, "config", rule.reason)
    if finding.check in attested:
        return _suppressed(finding, "attestation", attested[finding.check])
    if finding.fingerprint in baseline:
        return replace(finding, state="baseline", suppression=Suppression("baseline", "recorded in the baseline"))
    return finding


def _suppressed(finding: Finding, kind: str, reason: str) -> Finding:
    return replace(finding, state="suppressed", suppression=Suppression(kind, reason))


def _matches(globs: tuple[str, ...], path: str) -> bool:
    if not globs:
        return True
    import pathspec

    return pathspec.GitIgnoreSpec.from_lines(globs).match_file(path)


def _next_code(lines: Sequence[str], number: int) -> int:
    """The first line after `number` that is code; decorators and further comments are skipped."""
    for offset, line in enumerate(lines[number : number + 20]):
        if line.strip() and not _ONLY_COMMENT.match(line):
            return number + offset + 1
    return number


def _about(
    comments: Iterable[Comment], used: Collection[Comment], ran: Collection[str], known: Collection[str]
) -> Iterable[Finding]:
    for comment in comments:
        strange = [i for i in comment.ids if i not in known and i not in META]
        if not comment.reason:
            yield _meta(WITHOUT_REASON, comment, "the comment gives no reason, so it suppresses nothing")
        elif strange or not comment.ids:
            yield _meta(
                UNUSED, comment, f"no check is called {strange[0]}" if strange else "the comment names no check"
            )
        elif comment not in used and all(i in ran for i in comment.ids):
            yield _meta(UNUSED, comment, f"nothing to suppress for {', '.join(comment.ids)}")


def _meta(id: str, comment: Comment, message: str) -> Finding:
    import hashlib

    identity = "\0".join((id, comment.at.path, *comment.ids, comment.reason, message))
    return Finding(
        check=id,
        title=META[id],
        severity=Severity.MINOR,
        confidence=Confidence.HIGH,
        at=comment.at,
        message=message,
        help_uri=page(id),
        vendor=None,
        fingerprint=hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32],
    )

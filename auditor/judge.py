"""Runs checks over their subjects: one verdict each. An exception is a Broken verdict of that subject, not a lost run.

Knows the order of things, weighs a failure by where it stands (tests, examples, docs and dead code weigh less), and
gives each finding its identity. Knows nothing of any single check, nor of suppression.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from auditor.declare import Check
from auditor.errors import ConfigError
from auditor.lazily import dataclass, regex
from auditor.model.facts import Credential, Role, Trigger
from auditor.model.location import Span
from auditor.model.repo import Repo
from auditor.model.report import Finding, Suppression
from auditor.model.verdict import Broken, Fail, Severity, Unknown, Verdict

NOWHERE = Span(".", 1)
"""Where a finding about the whole repository stands if its check names no better place."""

_RANK = {Severity.BLOCKER: 0, Severity.MAJOR: 1, Severity.MINOR: 2, Severity.INFO: 3}
_ROLE_FLOOR = {Role.EXAMPLE: Severity.MINOR, Role.TEST: Severity.INFO, Role.DOCS: Severity.INFO}
_TOKENISH = regex(r"[A-Za-z0-9_\-+/=]{16,}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A check's answer for one subject.

    `weighs` is false where the subject says nothing about production; `dead` where nothing reaches it although other
    calls are reached: such a failure is minor at most.
    """

    check: Check
    subject: object
    verdict: Verdict
    weighs: bool = True
    dead: bool = False

    @property
    def at(self) -> Span | None:
        """Where the subject stands; None for the repository as a whole."""
        return position(self.subject)


def judge(
    repo: Repo, checks: Sequence[Check], options: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[Judgement, ...]:
    """Judge every subject of every check.

    Args:
        repo: the linked facts.
        checks: what to ask.
        options: thresholds by check id, as the configuration gives them.

    Raises:
        ConfigError: a threshold does not exist or is of the wrong type.
    """
    answers: list[Judgement] = []
    # Where nothing at all is reached the repository is a library, or its entry points are of a kind not known here.
    lively = any(c.reachable is not False for c in repo.llm_calls if counts(c))
    for check in checks:
        given = build_options(check, (options or {}).get(check.id, {}))
        subjects: tuple[object, ...] = repo.every(check.subject)
        for subject in subjects:
            weighs = check.any_role or counts(subject)
            dead = lively and not check.any_role and getattr(subject, "reachable", None) is False
            answers.append(Judgement(check, subject, _ask(check, subject, repo, given), weighs, dead))
    answers.sort(key=lambda j: (j.at or NOWHERE, j.check.id))
    return tuple(answers)


def findings(judgements: Iterable[Judgement], code_of: Callable[[Span], str]) -> tuple[Finding, ...]:
    """The failures as findings, in order of position, each with a fingerprint that survives edits elsewhere.

    Args:
        judgements: what was judged.
        code_of: gives the code of a span's line; never leaves this function, and never unmasked.
    """
    found: list[Finding] = []
    seen: Counter[str] = Counter()
    for judgement in judgements:
        if not isinstance(judgement.verdict, Fail):
            continue
        at = judgement.verdict.at or judgement.at or NOWHERE
        identity = f"{judgement.check.id}\0{at.path}\0{_identity(judgement.subject, at, code_of)}"
        found.append(_finding(judgement, judgement.verdict, at, _digest(f"{identity}\0{seen[identity]}")))
        seen[identity] += 1
    found.sort(key=lambda f: (f.at, f.check, f.fingerprint))
    return tuple(found)


def unknowns(judgements: Iterable[Judgement]) -> tuple[tuple[str, Span | None, str], ...]:
    """What could not be judged although it matters: check, place and reason."""
    return tuple((j.check.id, j.at, j.verdict.why) for j in judgements if isinstance(j.verdict, Unknown) and j.weighs)


def broken(judgements: Iterable[Judgement]) -> tuple[str, ...]:
    """A line for each check that failed by itself, with its first place."""
    lines: dict[tuple[str, str], str] = {}
    for j in judgements:
        if isinstance(j.verdict, Broken):
            place = f" at {j.at.path}:{j.at.line}" if j.at else ""
            lines.setdefault((j.check.id, j.verdict.error), f"{j.check.id}: failed{place}: {j.verdict.error}")
    return tuple(lines.values())


def counts(subject: object) -> bool:
    """Whether a subject says something about production: it stands in application code, or is a key that anyone can read."""
    return _role(subject) is Role.APP


def _role(subject: object) -> Role:
    """What the place of a subject is for. A live-looking key in documentation leaks as it does anywhere else."""
    role: Role = getattr(subject, "role", Role.APP)
    leaks = role is Role.DOCS and isinstance(subject, Credential) and not subject.placeholder
    return Role.APP if leaks else role


def position(subject: object) -> Span | None:
    """Where a fact stands."""
    at = subject.schedule if isinstance(subject, Trigger) else getattr(subject, "at", None)
    return at if isinstance(at, Span) else None


def refuse_unknown(checks: Iterable[Check], options: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse thresholds of checks that do not exist.

    Raises:
        ConfigError: names the id and the nearest valid one.
    """
    known = [c.id for c in checks]
    for id in options:
        if id not in known:
            near = difflib.get_close_matches(id, known, n=1)
            raise ConfigError(f"options: unknown check {id!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def build_options(check: Check, given: Mapping[str, Any]) -> Any:
    """The check's thresholds with the configuration's values; None for a check without any.

    Raises:
        ConfigError: a threshold does not exist or is of the wrong type.
    """
    if check.options is None:
        if given:
            raise ConfigError(f"options: {check.id} has none")
        return None
    defaults = {name: default for name, default, _ in check.option_fields()}
    values: dict[str, Any] = {}
    for key, value in given.items():
        name = key.replace("-", "_")
        if name not in defaults:
            near = difflib.get_close_matches(name, defaults, n=1)
            raise ConfigError(f"options: {check.id} has no {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        values[name] = _fitting(check, key, value, defaults[name])
    return check.options(**values)


def _fitting(check: Check, key: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    wanted = type(default)
    if (wanted in (int, float) and number) or (wanted not in (int, float) and isinstance(value, wanted)):
        return value
    raise ConfigError(f"options: {check.id}: {key} is a {wanted.__name__}, not {value!r}")


def _ask(check: Check, subject: object, repo: Repo, options: Any) -> Verdict:
    try:
        return check(subject, repo, options)
    except Exception as error:  # noqa: BLE001 - a check may be anybody's; its failure must cost this verdict only
        # Only the kind and the place: an exception's text may quote the subject.
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        line = f" in line {trace.tb_lineno}" if trace is not None else ""
        return Broken(f"{type(error).__name__}{line}")


def _finding(judgement: Judgement, fail: Fail, at: Span, fingerprint: str) -> Finding:
    check, subject = judgement.check, judgement.subject
    allowed = getattr(subject, "allowed", "")
    return Finding(
        check=check.id,
        title=check.title,
        severity=severity(judgement, fail),
        confidence=fail.confidence,
        at=at,
        message=fail.message + (" (nothing reaches this code)" if judgement.dead else ""),
        help_uri=check.help_uri,
        vendor=getattr(subject, "vendor", None) or getattr(subject, "provider", None) or None,
        fingerprint=fingerprint,
        trace=fail.trace,
        related=fail.related,
        fix=fail.fix,
        state="suppressed" if allowed else "new",
        suppression=_allowance(allowed) if allowed else None,
    )


def severity(judgement: Judgement, fail: Fail) -> Severity:
    """What a failure weighs where it stands."""
    check, subject = judgement.check, judgement.subject
    own = fail.severity or check.severity
    if check.any_role:
        return own
    floor = _ROLE_FLOOR.get(_role(subject))
    if floor is None and judgement.dead:
        floor = Severity.MINOR
    return own if floor is None or _RANK[own] >= _RANK[floor] else floor


def _allowance(text: str) -> Suppression:
    """An allowance that another scanner's users wrote: it stays visible."""
    return Suppression("baseline" if "baseline" in text else "inline", text)


def _identity(subject: object, at: Span, code_of: Callable[[Span], str]) -> str:
    """What makes a finding itself, whatever line it stands on. A credential's line is never part of it."""
    if isinstance(subject, Credential):
        return f"{subject.vendor}\0{subject.kind}\0{subject.shape}\0{subject.name}\0{subject.masked}\0{subject.commit}"
    return _TOKENISH.sub(_mask, " ".join(code_of(at).split()))


def _mask(match: re.Match[str]) -> str:
    """Anything that may be a key counts as "some key", so that not even its hash is in a fingerprint."""
    text = match[0]
    return "*" if any(c.isdigit() for c in text) and any(c.isalpha() for c in text) else text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

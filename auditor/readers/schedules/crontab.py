"""Crontabs: `crontab` files, cron.d, supercronic, and the lines that Dockerfiles and shell scripts install."""

from __future__ import annotations

import re

from auditor.lazily import regex
from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span

_FIELD = r"(?:[\d*/,\-]+|(?:[A-Za-z]{3})(?:[-,/][\dA-Za-z,\-/]+)?)"
_LINE = regex(
    rf"^\s*(?P<expr>@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly|every\s+\S+)"
    rf"|{_FIELD}(?:[ \t]+{_FIELD}){{4}})[ \t]+(?P<rest>\S.*)$"
)
_ASSIGN = regex(r"^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$")
_USERS = regex(r"^(?:root|www-data|nobody|ubuntu|app|node|cron|[a-z_][a-z0-9_-]{0,30})[ \t]+(?=\S)")
_INSTALLED = regex(
    rf"""(?:echo|printf)\s+(?:-e\s+)?(?P<quote>["'])(?P<line>(?:@\w+|{_FIELD}(?:[ \t]+{_FIELD}){{4}})[ \t]+[^"']+?)(?:\\n)?(?P=quote)"""
    r"[^\n]*?(?:cron)"
)
_HEREDOC = regex(r"(?:crontab|cron\.d/|/cron)[^\n]*<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n(.*?)\n\s*\1\b", re.DOTALL)
_COMMAND_WORD = regex(r"[./~$\"'\[{(A-Za-z]")


def read_crontab(path: str, text: str) -> tuple[Schedule, ...]:
    """The entries of a crontab; cron.d and /etc/crontab have a user column."""
    name = path.rsplit("/", 1)[-1]
    with_user = "cron.d/" in path or path.endswith("etc/crontab")
    return _lines(path, text.splitlines(), 1, with_user=with_user or name.endswith(".crond"))


def read_installed(path: str, text: str) -> tuple[Schedule, ...]:
    """Crontab lines that a Dockerfile or shell script writes into a crontab (`echo "…" > /etc/cron.d/x`, here-documents)."""
    found: list[Schedule] = []
    for match in _INSTALLED.finditer(text):
        if _commented(text, match.start()):
            continue
        line = text.count("\n", 0, match.start()) + 1
        found.extend(_lines(path, [match.group("line")], line, with_user="cron.d" in match.group(0)))
    for match in _HEREDOC.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        found.extend(_lines(path, match.group(2).splitlines(), line, with_user="cron.d" in match.group(0)))
    return tuple(found)


def _commented(text: str, at: int) -> bool:
    start = text.rfind("\n", 0, at) + 1
    return text[start:at].lstrip().startswith("#")


def _lines(path: str, lines: list[str], first: int, *, with_user: bool) -> tuple[Schedule, ...]:
    found: list[Schedule] = []
    env: dict[str, str] = {}
    zone = ""
    for number, line in enumerate(lines, first):
        if line.lstrip().startswith("#") or len(line) > 4000:
            continue
        assigned = _ASSIGN.match(line)
        if assigned:
            value = assigned.group(2).strip().strip("\"'")
            if assigned.group(1) in {"CRON_TZ", "TZ"}:
                zone = value
            env[assigned.group(1)] = value
            continue
        entry = _LINE.match(line)
        if not entry or not _COMMAND_WORD.match(entry.group("rest")):
            continue
        command = entry.group("rest")
        user = _USERS.match(command) if with_user else None
        if user:
            command = command[user.end() :]
        found.append(_schedule(path, number, line, entry.group("expr"), command, zone, env))
    return tuple(found)


def _schedule(path: str, number: int, line: str, expr: str, command: str, zone: str, env: dict[str, str]) -> Schedule:
    at = Span(path, number, len(line) - len(line.lstrip()), number, len(line))
    text = re.split(r"(?<!\\)%", command, maxsplit=1)[0].replace("\\%", "%")  # an unescaped % ends the command
    return Schedule(
        at=at,
        kind="crontab",
        expression=" ".join(expr.split()),
        targets=(Target("command", at, command=Command(text, at, "", tuple(sorted(env.items())))),),
        timezone=zone,
        platform_limit="cron starts the next run even while one is still going, and ends none",
    )

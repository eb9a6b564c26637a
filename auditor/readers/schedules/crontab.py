"""Crontabs: `crontab` files, cron.d, supercronic, and the lines that Dockerfiles and shell scripts install."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_VARIABLE = r"\$\{?\w*(?:CRON|SCHEDULE|PATTERN|INTERVAL)\w*(?::-[^}\n]*)?\}?"
_INSTALLED = regex(
    rf"""(?:echo|printf)\s+(?:-e\s+)?(?P<quote>["'])(?P<line>(?:@\w+|{_FIELD}(?:[ \t]+{_FIELD}){{4}})[ \t]+[^"']+?)(?:\\n)?(?P=quote)"""
    r"[^\n]*?(?:cron)"
)
_INSTALLED_VARIABLE = regex(
    rf"""(?:echo|printf)\s+(?:-e\s+)?"(?P<line>{_VARIABLE}[ \t]+(?:\\.|[^"\\\n])+?)(?:\\n)?"[^\n]*?"""
    r"(?:\|[^\n|]*?\bcrontab\b|>>?\s*[\"']?[^\s\"';|]*(?:crontab|cron\.d/|/cron)(?![^\s\"';|]*\.log))"
)
_LINE_VARIABLE = regex(r"^\s*\$\{?(?P<name>\w+)(?::-(?P<default>[^}\n]*))?\}?[ \t]+(?P<rest>\S.*)$")
_SET = regex(
    r"""^[ \t]*(?:(?:export|local|readonly|declare)[ \t]+)?(?P<name>[A-Za-z_]\w*)="""
    r"""(?P<quote>["'])(?P<value>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)""",
    re.MULTILINE,
)
_DEFAULT = regex(r"\$\{(?P<name>[A-Za-z_]\w*):[-=](?P<value>[^}\n]+)\}")
_INSTALLS = regex(r"\bcrontab[ \t]+(?!-[a-zA-Z])[^\s;|&)]|cron\.d/|/crontabs/")
_HEREDOC = regex(r"(?:crontab|cron\.d/|/cron)[^\n]*<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n(.*?)\n\s*\1\b", re.DOTALL)
_COMMAND_WORD = regex(r"[./~$\"'\[{(A-Za-z]")


def read_crontab(path: str, text: str) -> tuple[Schedule, ...]:
    """The entries of a crontab; cron.d and /etc/crontab have a user column."""
    name = path.rsplit("/", 1)[-1]
    with_user = "cron.d/" in path or path.endswith("etc/crontab")
    return _lines(path, text.splitlines(), 1, with_user=with_user or name.endswith(".crond"))


def read_installed(path: str, text: str) -> tuple[Schedule, ...]:
    """Crontab lines that a Dockerfile, a shell script or a workflow's script writes into a crontab.

    `echo "…" > /etc/cron.d/x`, here-documents, and lines that a variable holds until then. Where a variable says when, its
    default counts.
    """
    found: list[Schedule] = []
    given = _variables(text)
    for pattern in (_INSTALLED, _INSTALLED_VARIABLE):
        for match in pattern.finditer(text):
            if _commented(text, match.start()):
                continue
            line = text.count("\n", 0, match.start()) + 1
            found.extend(_lines(path, [match.group("line")], line, with_user="cron.d" in match.group(0), given=given))
    for match in _HEREDOC.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        lines = match.group(2).splitlines()
        found.extend(_lines(path, lines, line, with_user="cron.d" in match.group(0), given=given))
    found.extend(_held(path, text, given))
    return tuple(found)


def _held(path: str, text: str, given: dict[str, str]) -> Iterator[Schedule]:
    """Lines that a variable holds, and that are printed into a crontab later: `JOB="0 0 * * * run"; echo "$JOB"`."""
    if not _INSTALLS.search(text):
        return
    for match in _SET.finditer(text):
        value, name = match.group("value"), match.group("name")
        if not (_LINE.match(value) or re.match(rf"{_VARIABLE}[ \t]", value)):
            continue
        printed = re.compile(rf"^[^#\n]*\b(?:echo|printf)\b[^\n]*\$\{{?{name}\b", re.MULTILINE)
        if not printed.search(text, match.end()):
            continue
        line = text.count("\n", 0, match.start("name")) + 1
        yield from _lines(path, [re.sub(r"\\([\"$`\\])", r"\1", value)], line, with_user=False, given=given)


def _variables(text: str) -> dict[str, str]:
    """What the variables of a script are, or are by default, where that is written out."""
    found = {m.group("name"): m.group("value").strip("\"'") for m in _DEFAULT.finditer(text)}
    for match in _SET.finditer(text):
        if "$" not in match.group("value"):
            found.setdefault(match.group("name"), match.group("value"))
    return found


def _commented(text: str, at: int) -> bool:
    start = text.rfind("\n", 0, at) + 1
    return text[start:at].lstrip().startswith("#")


def _lines(
    path: str, lines: list[str], first: int, *, with_user: bool, given: dict[str, str] | None = None
) -> tuple[Schedule, ...]:
    """The entries among lines of a crontab. `given`: what the variables are of the script that writes it."""
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
        entry, expression, known = _LINE.match(line), "", True
        if entry is not None:
            expression = entry.group("expr")
        elif given is not None and re.match(rf"\s*{_VARIABLE}[ \t]", line):
            entry = _LINE_VARIABLE.match(line)
            expression, known = _said(entry, given) if entry is not None else ("", False)
        if not entry or not _COMMAND_WORD.match(entry.group("rest")):
            continue
        command = entry.group("rest")
        user = _USERS.match(command) if with_user else None
        if user:
            command = command[user.end() :]
        found.append(_schedule(path, number, line, expression, command, zone, env, known))
    return tuple(found)


def _said(entry: re.Match[str], given: dict[str, str]) -> tuple[str, bool]:
    """When a line runs whose expression is a variable: by its default, if it has one; and whether that is known."""
    value = (entry.group("default") or given.get(entry.group("name"), "")).strip()
    return (value, True) if _LINE.match(f"{value} run") else (f"${{{entry.group('name')}}}", False)


def _schedule(
    path: str, number: int, line: str, expr: str, command: str, zone: str, env: dict[str, str], known: bool = True
) -> Schedule:
    at = Span(path, number, len(line) - len(line.lstrip()), number, len(line))
    text = re.split(r"(?<!\\)%", command, maxsplit=1)[0].replace("\\%", "%")  # an unescaped % ends the command
    return Schedule(
        at=at,
        kind="crontab",
        expression=" ".join(expr.split()),
        targets=(Target("command", at, command=Command(text, at, "", tuple(sorted(env.items())))),),
        timezone=zone,
        known_cadence=known,
        platform_limit="cron starts the next run even while one is still going, and ends none",
    )

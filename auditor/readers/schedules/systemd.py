"""systemd timers and the services that they start; one unit file at a time."""

from __future__ import annotations

import re

from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting

Section = list[tuple[str, str, int]]
_OFF = {"infinity", "0", ""}


def read_unit(text: str) -> dict[str, Section]:
    """The sections of a unit file as (key, value, line); continued lines are joined."""
    sections: dict[str, Section] = {}
    current: Section = []
    pending, pending_line = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not pending and (not line or line[0] in "#;"):
            continue
        if pending:
            line = f"{pending} {line}"
        else:
            pending_line = number
        if line.endswith("\\"):
            pending = line[:-1]
            continue
        pending = ""
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], [])
        elif "=" in line:
            key, _, value = line.partition("=")
            current.append((key.strip(), value.strip(), pending_line))
    return sections


def read_timer(path: str, text: str) -> tuple[Schedule, ...]:
    """A `.timer` unit: one schedule for each OnCalendar (or repeated time span) of it."""
    timer = read_unit(text).get("Timer", [])
    keys = {key: value for key, value, _ in timer}
    unit = keys.get("Unit") or path.rsplit("/", 1)[-1].removesuffix(".timer") + ".service"
    folder = path.rpartition("/")[0]
    found = []
    for key, value, line in timer:
        if key not in {"OnCalendar", "OnUnitActiveSec", "OnUnitInactiveSec"} or not value:
            continue
        at = Span(path, line, 0, line, len(key) + len(value) + 1)
        found.append(
            Schedule(
                at=at,
                kind="systemd-timer",
                expression=value,
                targets=(Target("unit", at, name=f"{folder}/{unit}" if folder else unit),),
                overlap_guard=Given("systemd does not start a unit that is still active", at, "default"),
                platform_limit="a oneshot service has no time limit unless TimeoutStartSec sets one",
            )
        )
    return tuple(found)


def read_service(path: str, text: str) -> tuple[Target, ...]:
    """What a `.service` unit runs, with the time limit that it sets."""
    sections = read_unit(text)
    service = sections.get("Service", [])
    keys = {key: value for key, value, _ in service}
    cwd = keys.get("WorkingDirectory", "").lstrip("-")
    env = tuple(
        (name.strip("\"'"), value.strip("\"'"))
        for key, text_, _ in service
        if key == "Environment"
        for name, _, value in [text_.partition("=")]
    )
    found = []
    for key, value, line in service:
        if key in {"ExecStart", "ExecStartPre", "ExecStartPost"} and value:
            at = Span(path, line, 0, line, len(key) + len(value) + 1)
            command = Command(value.lstrip("-@:+!"), at, cwd, env)
            limit = _limit(path, service, oneshot=keys.get("Type", "simple") == "oneshot")
            found.append(Target("command", at, command=command, time_limit=limit))
    return tuple(found)


def _limit(path: str, service: Section, *, oneshot: bool) -> Setting[float | None]:
    """TimeoutStartSec bounds a oneshot, RuntimeMaxSec everything else."""
    wanted = {"TimeoutStartSec", "TimeoutSec"} if oneshot else {"RuntimeMaxSec"}
    for key, value, line in service:
        if key in wanted and value.lower() not in _OFF:
            return Given(seconds(value), Span(path, line), "config")
    return Absent()


def seconds(text: str) -> float | None:
    """Seconds of a systemd time span such as `10min 30s`; None if it cannot be read."""
    units = {
        "us": 1e-6,
        "ms": 1e-3,
        "": 1,
        "s": 1,
        "sec": 1,
        "m": 60,
        "min": 60,
        "h": 3600,
        "hr": 3600,
        "d": 86400,
        "w": 604800,
    }
    total = 0.0
    for number, unit in re.findall(r"([\d.]+)\s*([a-z]*)", text.lower()):
        factor = units.get(
            unit,
            units.get(unit.rstrip("s"))
            or {"second": 1, "minute": 60, "hour": 3600, "day": 86400}.get(unit.rstrip("s")),
        )
        if factor is None:
            return None
        try:
            total += float(number) * factor
        except ValueError:
            return None
    return total or None

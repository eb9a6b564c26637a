"""Spring's @Scheduled and Quartz jobs in Java and Kotlin, read lexically: declared and bounded, the entry is the method."""

from __future__ import annotations

import re

from auditor.lazily import regex
from auditor.model.facts import Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given

_ANNOTATION = regex(r"@Scheduled\s*\(((?:[^()\"]|\"(?:[^\"\\]|\\.)*\"|\([^()]*\))*)\)")
_PART = regex(r"(\w+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[\w.*\s+-]+)")
_METHOD = regex(r"(?:fun|void|[\w<>\[\]]+)\s+(\w+)\s*\(")
_LITERALS = regex(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)


def read_spring(path: str, text: str) -> tuple[Schedule, ...]:
    """Every @Scheduled annotation outside comments."""
    code = _LITERALS.sub(
        lambda m: m.group(0) if m.group(0).startswith('"') else re.sub(r"[^\n]", " ", m.group(0)), text
    )
    found = []
    for match in _ANNOTATION.finditer(code):
        parts = {name: value.strip() for name, value in _PART.findall(match.group(1))}
        line = code.count("\n", 0, match.start()) + 1
        at = Span(path, line, match.start() - (code.rfind("\n", 0, match.start()) + 1))
        expression, cadence = _expression(parts)
        near = code[match.end() : match.end() + 600]
        before = code[max(0, match.start() - 400) : match.start()]
        method = _METHOD.search(near)
        own = before[max(before.rfind("}"), before.rfind(";")) + 1 :] + near[: method.start() if method else 0]
        lock = "@SchedulerLock" in own
        name = f"{path}:{method.group(1)}" if method else path
        found.append(
            Schedule(
                at=at,
                kind="spring-scheduled",
                expression=expression,
                targets=(Target("function", at, name=name),),
                overlap_guard=Given("@SchedulerLock", at) if lock else Absent(),
                timezone=parts.get("zone", "").strip('"'),
                cadence=cadence,
                known_cadence=bool(cadence),
                platform_limit="nothing ends a scheduled method; every replica runs it",
                notes=() if cadence else ("the expression is a property outside the code",),
            )
        )
    return tuple(found)


def _expression(parts: dict[str, str]) -> tuple[str, str]:
    cron = parts.get("cron", "")
    if cron.startswith('"'):
        text = cron[1:-1]
        default = re.fullmatch(r"\$\{[^:}]*:([^}]*)\}", text)
        text = default.group(1) if default else text
        return text, "" if "${" in text or text == "-" else text
    for name in ("fixedRate", "fixedDelay", "fixedRateString", "fixedDelayString"):
        value = parts.get(name, "").strip('"').replace("_", "").rstrip("L")
        default = re.fullmatch(r"\$\{[^:}]*:([^}]*)\}", value)
        value = default.group(1) if default else value
        if value:
            product = 1
            factors = [f.strip().rstrip("L") for f in value.split("*")]
            if all(f.isdigit() for f in factors):
                for f in factors:
                    product *= int(f)
                unit = {"SECONDS": 1000, "MINUTES": 60000, "HOURS": 3600000, "DAYS": 86400000}
                factor = next((v for k, v in unit.items() if k in parts.get("timeUnit", "")), 1)
                return f"{name}={value}", str(product * factor)
            return f"{name}={value}", value if value.upper().startswith("P") else ""
    return cron or "?", ""

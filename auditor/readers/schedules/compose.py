"""docker-compose: ofelia labels, cron images with a crontab, and services whose command is a scheduler."""

from __future__ import annotations

from auditor.lazily import regex
from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given
from auditor.readers.schedules.view import View

_OFELIA = regex(
    r"^ofelia\.(job-exec|job-run|job-local|job-service-run)\.([\w-]+)\.(schedule|command|no-overlap|container)$"
)


def read_compose(path: str, root: View) -> tuple[Schedule, ...]:
    """The jobs that ofelia's labels declare."""
    found: list[Schedule] = []
    for name, _, service in root.get("services").pairs():
        jobs: dict[str, dict[str, tuple[str, Span]]] = {}
        for key, value, at in _labels(service.get("labels")):
            match = _OFELIA.match(key)
            if match:
                jobs.setdefault(match.group(2), {})[match.group(3)] = (value, at)
        for job, parts in jobs.items():
            if "schedule" not in parts:
                continue
            expression, at = parts["schedule"]
            found.append(
                Schedule(
                    at=at,
                    kind="crontab",
                    expression=expression,
                    targets=(_target(path, service, parts, at),),
                    overlap_guard=Given("ofelia's no-overlap", at, "config")
                    if parts.get("no-overlap", ("",))[0] == "true"
                    else Absent(),
                    platform_limit="ofelia ends no job",
                    notes=(f"ofelia job {job} in service {name}",),
                )
            )
    return tuple(found)


def _labels(view: View) -> list[tuple[str, str, Span]]:
    if view.is_map:
        return [(key, value.text, at) for key, at, value in view.pairs()]
    return [(*item.text.split("=", 1), item.at) for item in view.elements() if "=" in item.text]  # type: ignore[misc]


def _target(path: str, service: View, parts: dict[str, tuple[str, Span]], at: Span) -> Target:
    build = service.get("build")
    context = (build.text or build.get("context").text).removeprefix("./").rstrip("/")
    folder = path.rpartition("/")[0]
    where = "/".join(p for p in (folder, "" if context == "." else context) if p)
    if "command" in parts:
        text, place = parts["command"]
        return Target("command", place, command=Command(text, place, where))
    return Target("image", at, name="/".join(p for p in (where, build.get("dockerfile").text or "Dockerfile") if p))

"""GitLab CI: jobs that run in scheduled pipelines. The cadence stands in GitLab, not in the repository."""

from __future__ import annotations

import re

from auditor.lazily import regex
from auditor.model.facts import Command, Schedule, Target
from auditor.model.setting import Absent, Given, Setting
from auditor.readers.schedules.view import View

_RESERVED = {
    "stages",
    "variables",
    "default",
    "include",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "pages",
}
_IS_SCHEDULE = regex(r"""\$CI_PIPELINE_SOURCE\s*==\s*["']schedule["']""")
_NOT_SCHEDULE = regex(r"""\$CI_PIPELINE_SOURCE\s*!=\s*["']schedule["']""")


def read_gitlab(path: str, root: View) -> tuple[Schedule, ...]:
    """One schedule for each job that says that it runs in scheduled pipelines."""
    found = []
    for name, at, job in root.pairs():
        if name in _RESERVED or name.startswith(".") or not job.is_map:
            continue
        merged = [job, *(root.get(base) for base in job.get("extends").texts())]
        if not any(_scheduled(view) for view in merged):
            continue
        scripts = [v for key in ("before_script", "script") for view in merged[:1] for v in view.get(key).elements()]
        if not scripts:
            scripts = [v for view in merged[1:] for v in view.get("script").elements()]
        targets: tuple[Target, ...] = ()
        if scripts:
            text = "\n".join(v.text for v in scripts)
            env = tuple(
                sorted((k, v.text) for view in (root, job) for k, _, v in view.get("variables").pairs() if v.is_scalar)
            )
            targets = (Target("command", scripts[0].at, command=Command(text, scripts[0].at, "", env), job=name),)
        found.append(
            Schedule(
                at=at,
                kind="gitlab-ci",
                expression="",
                targets=targets,
                time_limit=_limit(job, root),
                overlap_guard=_guard(job),
                retries=_retries(job),
                known_cadence=False,
                platform_limit="the project's default ends a job after 60 minutes",
                notes=("the cadence is set in GitLab, outside the repository",),
            )
        )
    return tuple(found)


def _scheduled(job: View) -> bool:
    for rule in job.get("rules").elements():
        condition = rule.get("if").text
        if _IS_SCHEDULE.search(condition) and not _NOT_SCHEDULE.search(condition):
            return rule.get("when").text != "never"
    only = job.get("only")
    names = only.get("refs").texts() if only.is_map else only.texts()
    return "schedules" in names


def _limit(job: View, root: View) -> Setting[float | None]:
    view = job.get("timeout") or root.get("default", "timeout")
    if not view:
        return Absent()
    total = sum(
        float(n) * {"h": 3600, "m": 60, "s": 1, "d": 86400}[unit[0]]
        for n, unit in re.findall(r"(\d+)\s*(h|m(?!o)|s|d)[a-z]*", view.text.lower())
    )
    return Given(total or None, view.at, "config")


def _guard(job: View) -> Setting[str]:
    group = job.get("resource_group")
    return Given(f"resource_group {group.text}", group.at, "config") if group else Absent()


def _retries(job: View) -> Setting[int]:
    retry = job.get("retry")
    number = (retry.get("max") if retry.is_map else retry).number
    return Given(int(number), retry.at, "config") if number is not None else Absent()

"""Schedules that several files declare together: Terraform modules, chains of workflows, later migrations.

Readers see one file at a time; what another file of the same folder adds or takes back is joined here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.lazily import regex
from auditor.link.schedules_workers import with_triggers
from auditor.link.starts import Files
from auditor.model.facts import Schedule, Target
from auditor.model.setting import Absent, Given
from auditor.readers.schedules.github_actions import chained
from auditor.readers.schedules.hcl import module_calls
from auditor.readers.schedules.platforms import SqlEvent, sql_events
from auditor.readers.schedules.terraform import read_terraform_module
from auditor.readers.schedules.view import views

_WORKFLOWS = ".github/workflows"
_MAX_FILES = 400
_MAX_TEXT = 1_000_000
_CHAIN = 3  # GitHub starts no longer chains
_ORDERED = regex(r"(?:^|/)migrations?(?:/|$)|(?:^|/)(?:V?\d+[_.-])[^/]*$", re.IGNORECASE)


def joined(schedules: Sequence[Schedule], files: Files) -> tuple[Schedule, ...]:
    """The schedules with what the other files of their folders say."""
    found = _terraform(schedules, files)
    found = with_triggers(_migrated(found, files), files)
    return tuple(_chains(found, files))


def _siblings(folder: str, files: Files, endings: tuple[str, ...]) -> dict[str, str]:
    """The texts of a folder's own files with such endings; the largest folders are not read."""
    paths = [p for p in files.paths if posixpath.dirname(p) == folder and p.endswith(endings)]
    texts = {p: files.read(p) or "" for p in paths[:_MAX_FILES]}
    return {p: t for p, t in texts.items() if t and len(t) <= _MAX_TEXT}


def _terraform(schedules: Sequence[Schedule], files: Files) -> list[Schedule]:
    """The schedules of `.tf` files, read again with the other files of their module."""
    found = [s for s in schedules if not s.at.path.endswith(".tf")]
    declared = [s for s in schedules if s.at.path.endswith(".tf")]
    roles = {s.at.path: s.role for s in declared}
    calls: dict[str, list[dict[str, str]]] | None = None
    for folder in sorted({posixpath.dirname(s.at.path) for s in declared}):
        texts = _siblings(folder, files, (".tf", ".tfvars"))
        module = read_terraform_module(texts)
        if any(not s.known_cadence or any(t.kind == "lost" for t in s.targets) for s in module):
            calls = _module_calls(files) if calls is None else calls
            if len(given := calls.get(folder, [])) == 1:  # of several callers none can be told apart by position
                module = read_terraform_module(texts, given[0])
        own = {(s.at, s.kind) for s in module}
        found += [replace(s, role=roles[s.at.path]) for s in module if s.at.path in roles]
        # What is too long to be read again stays as the file alone says it.
        found += [s for s in declared if posixpath.dirname(s.at.path) == folder and (s.at, s.kind) not in own]
    return found


def _module_calls(files: Files) -> dict[str, list[dict[str, str]]]:
    """What local Terraform modules are given, by the folder of each."""
    found: dict[str, list[dict[str, str]]] = {}
    folders = {posixpath.dirname(p) for p in files.paths if p.endswith(".tf")}
    for folder in sorted(folders)[:_MAX_FILES]:
        texts = _siblings(folder, files, (".tf", ".tfvars"))
        if any("module" in text for text in texts.values()):
            for called, values in module_calls(texts):
                found.setdefault(called, []).append(values)
    return found


# --------------------------------------------------------------------------- pg_cron


def _migrated(schedules: Sequence[Schedule], files: Files) -> list[Schedule]:
    """Without the jobs of pg_cron that a later migration unschedules, or schedules again under the same name."""
    jobs = [s for s in schedules if s.kind == "pg-cron" and _ORDERED.search(s.at.path)]
    gone: set[tuple[str, int]] = set()
    for folder in sorted({posixpath.dirname(s.at.path) for s in jobs}):
        standing: dict[str, tuple[str, int]] = {}
        commands: dict[str, str] = {}
        for path, text in sorted(_siblings(folder, files, (".sql",)).items()):
            for event in sql_events(text):
                earlier = [n for n in standing if _means(event, n, commands.get(n, ""))]
                for name in earlier:
                    gone.add(standing.pop(name))
                if event.schedules:
                    standing[event.name] = (path, event.line)
                    commands[event.name] = event.command
    return [s for s in schedules if s.kind != "pg-cron" or (s.at.path, s.at.line) not in gone]


def _means(event: SqlEvent, name: str, command: str) -> bool:
    """Whether an event is one of a job, by its name or by what the job does."""
    if event.schedules or event.name:
        return name == event.name or (event.pattern and _like(event.name, name))
    words = event.command.strip("%")
    return bool(words) and words in command


def _like(pattern: str, name: str) -> bool:
    """SQL's LIKE."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("%"))).replace("_", "."), name) is not None


# --------------------------------------------------------------------------- workflow_run


def _chains(schedules: Sequence[Schedule], files: Files) -> Iterator[Schedule]:
    """With the workflows that run when a scheduled one has run."""
    if not any(s.kind == "github-actions" for s in schedules):
        yield from schedules
        return
    names: dict[str, str] = {}
    after: list[tuple[str, tuple[str, ...], Target]] = []
    texts = _siblings(_WORKFLOWS, files, (".yml", ".yaml"))
    if any("workflow_run" in text for text in texts.values()):
        for path, text in texts.items():
            documents, _ = views(path, text)
            for root in documents[:1]:
                names[path] = root.get("name").text or path
                chain = chained(path, root)
                if chain is not None:
                    after.append((path, *chain))
    for schedule in schedules:
        following = [*_following(schedule.at.path, names, after)] if schedule.kind == "github-actions" else []
        if not following:
            yield schedule
            continue
        guard = schedule.overlap_guard
        own = [t if isinstance(t.overlap_guard, Given) else replace(t, overlap_guard=guard) for t in schedule.targets]
        # Each workflow has limits of its own now; the schedule as a whole has none that covers all of them.
        yield replace(schedule, targets=(*own, *following), time_limit=Absent(), overlap_guard=Absent())


def _following(
    first: str, names: dict[str, str], after: Sequence[tuple[str, tuple[str, ...], Target]]
) -> Iterator[Target]:
    """What runs after a workflow, and after that."""
    layer, seen = {first}, {first}
    for _ in range(_CHAIN):
        done = {names[p] for p in layer if p in names}
        reached = [(path, target) for path, waits, target in after if done & {*waits} and path not in seen]
        layer = {path for path, _ in reached}
        seen |= layer
        for _, target in reached:
            yield target

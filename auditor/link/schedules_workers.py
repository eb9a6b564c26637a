"""Cloudflare Workers that handle cron triggers, where no committed wrangler file says when they fire.

A Worker's handler for cron triggers is `scheduled` of its default export. The triggers stand in a wrangler file, which many
keep out of the repository (it holds ids), or in the dashboard: then the handler is all that there is to see.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.link.schedules_reading import Reading, last_name
from auditor.link.starts import Files
from auditor.model.facts import Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Given
from auditor.model.syntax import (
    Assign,
    ClassDef,
    ClassExpr,
    Const,
    DictExpr,
    Export,
    Expr,
    FunctionDef,
    FunctionExpr,
    Name,
)
from auditor.readers.schedules.platforms import read_wrangler
from auditor.readers.schedules.view import views

KIND = "cloudflare-cron"
_HANDLERS = frozenset({"fetch", "scheduled", "queue", "email", "tail", "trace", "test"})
"""What the default export of a Worker may hold; another key says that the object is something else."""

_WRANGLER = ("wrangler.toml", "wrangler.jsonc", "wrangler.json")
_EXAMPLES = tuple(name + end for name in _WRANGLER for end in (".example", ".sample", ".template", ".dist"))
_OUTSIDE = "the triggers are set outside the repository"


def find_workers(reading: Reading) -> Iterator[Schedule]:
    """The handler for cron triggers that a module exports; what fires it is joined by `with_triggers`."""
    module = reading.module.module
    for statement in module.body:
        exported = statement.value if isinstance(statement, Export) else None
        if isinstance(exported, Name):
            exported = _assigned(reading, exported.id) or exported
        at = _scheduled(reading, exported) if exported is not None else None
        if at is not None:
            yield Schedule(
                at=at,
                kind=KIND,
                expression="",
                targets=(Target("handler", at, name=f"{reading.module.path}#scheduled"),),
                retries=Given(0, at, "default"),
                platform_limit="limits.cpu_ms counts processor time only; waiting for a model is free",
                known_cadence=False,
                notes=(_OUTSIDE,),
            )


def _assigned(reading: Reading, name: str) -> Expr | None:
    """What a name of the module is assigned at its top, once."""
    found = [
        s.value
        for s in reading.module.module.body
        if isinstance(s, Assign) and any(isinstance(t, Name) and t.id == name for t in s.targets)
    ]
    return found[0] if len(found) == 1 else None


def _scheduled(reading: Reading, exported: Expr) -> Span | None:
    """Where a default export handles cron triggers: a key of a Worker's object, or a method of a Worker's class."""
    if isinstance(exported, DictExpr):
        keys = {e.key.value for e in exported.entries if isinstance(e.key, Const)}
        handler = next(
            (e for e in exported.entries if isinstance(e.key, Const) and e.key.value == "scheduled"),
            None,
        )
        if handler is None or not keys <= _HANDLERS or isinstance(handler.value, Const):
            return None
        return handler.value.at if isinstance(handler.value, FunctionExpr) else (handler.key or handler.value).at
    made = exported.definition if isinstance(exported, ClassExpr) else None
    if isinstance(exported, Name):
        classes = (s for s in reading.module.module.body if isinstance(s, ClassDef))
        made = next((c for c in classes if c.name == exported.id), None)
    if made is None or not any(last_name(b) == "WorkerEntrypoint" for b in made.bases):
        return None
    return next((m.at for m in made.body if isinstance(m, FunctionDef) and m.name == "scheduled"), None)


def with_triggers(schedules: Sequence[Schedule], files: Files) -> list[Schedule]:
    """The schedules without the handlers whose triggers a committed file declares; an example says when others fire."""
    found = []
    declared = [s for s in schedules if s.kind == KIND and s.expression]
    for schedule in schedules:
        if schedule.kind != KIND or schedule.expression:
            found.append(schedule)
        elif not _is_declared(schedule, declared, files):
            found += [*_from_example(schedule, files)] or [schedule]
    return found


def _is_declared(schedule: Schedule, declared: Sequence[Schedule], files: Files) -> bool:
    """Whether a file says when a handler fires, or that nothing fires it (`crons = []`, a line commented out)."""
    path = schedule.at.path
    own = {path.rpartition(".")[0], path}
    if any(t.name.partition("#")[0] in own for s in declared for t in s.targets):
        return True
    for folder in _folders(path):
        texts = [files.read(f) or "" for name in _WRANGLER if files.exists(f := posixpath.join(folder, name))]
        if texts:
            return any("cron" in text for text in texts)
    return any(not posixpath.basename(s.at.path).startswith("wrangler") for s in declared)


def _from_example(schedule: Schedule, files: Files) -> Iterator[Schedule]:
    """A handler's schedules as the example of a wrangler file beside it says them: they stand where that file has them."""
    for folder in _folders(schedule.at.path):
        for name in _EXAMPLES:
            path = posixpath.join(folder, name)
            text = files.read(path)
            if text is None:
                continue
            documents, _ = views(path.rpartition(".")[0], text)
            for root in documents[:1]:
                for row in read_wrangler(path, root):
                    note = f"the cadence is that of {path}"
                    at = replace(row.at, path=path)
                    yield replace(schedule, at=at, expression=row.expression, known_cadence=True, notes=(note,))
            return


def _folders(path: str) -> Iterator[str]:
    """A file's folder and those around it, the nearest first."""
    folder = posixpath.dirname(path)
    while folder:
        yield folder
        folder = posixpath.dirname(folder)
    yield ""

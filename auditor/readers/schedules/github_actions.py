"""GitHub Actions: scheduled workflows, reusable workflows, composite actions, and what their jobs run.

A workflow runs only the jobs and steps whose conditions can hold for the event; `inputs` are empty on a schedule.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.lazily import regex
from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.readers.schedules.github_expressions import Event, decide, substitute
from auditor.readers.schedules.view import View

PAID_ACTIONS = (
    "anthropics/claude-code-action",
    "anthropics/claude-code-base-action",
    "openai/codex-action",
    "google-github-actions/run-gemini-cli",
    "actions/ai-inference",
)
_PLATFORM = "a job on a hosted runner may run 360 minutes"
_COMBINATIONS = 16
_SECRET = regex(r"secrets\.([A-Za-z_][A-Za-z0-9_]*)")


def read_workflow(path: str, root: View) -> tuple[Schedule, ...]:
    """The schedules of a workflow file, each with the targets that run on it."""
    found = []
    triggers = root.get("on")
    for item in triggers.get("schedule").elements():
        cron = item.get("cron")
        if not cron:
            continue
        targets = workflow_targets(path, root, Event("schedule", cron.text))
        zone = item.get("timezone") or triggers.get("timezone")
        found.append(
            Schedule(
                at=item.at,
                kind="github-actions",
                expression=cron.text,
                targets=targets,
                time_limit=_together([t.time_limit for t in targets]),
                overlap_guard=_concurrency(root.get("concurrency")),
                retries=Given(0, item.at, "default"),
                timezone=zone.text,
                platform_limit=_PLATFORM,
                secrets=tuple(sorted({s for view in root.walk() for s in _SECRET.findall(view.text)})),
                replicas=max([_width(job) for _, job in _jobs(root)], default=1),
            )
        )
    return tuple(found)


def workflow_targets(path: str, root: View, event: Event) -> tuple[Target, ...]:
    """What the jobs of a workflow run on an event."""
    found: list[Target] = []
    base = _env(root)
    folder = root.get("defaults", "run", "working-directory").text
    for name, job in _jobs(root):
        if decide(job.get("if").text, event) is False:
            continue
        for chosen in _matrix(job):
            here = replace(event, known={**event.known, **chosen})
            found.extend(_job_targets(path, name, job, here, base, folder))
    return tuple(dict.fromkeys(found))


def called_targets(path: str, root: View, given: Sequence[tuple[str, str]]) -> tuple[Target, ...]:
    """What a reusable workflow or an action of the repository runs, with what its caller hands on (see `_handed`)."""
    known = dict(given)
    action = bool(root.get("runs"))
    declared = root.get("inputs") if action else root.get("on", "workflow_call", "inputs")
    inputs = {f"inputs.{name}": view.get("default").text for name, _, view in declared.pairs()}
    inputs.update({k: v for k, v in known.items() if k.startswith("inputs.")})
    event = Event(
        known.get("github.event_name", "schedule"),
        known.get("github.event.schedule", ""),
        {k: v for k, v in inputs.items() if "${{" not in v},
        frozenset(k for k, v in inputs.items() if "${{" in v),
    )
    return action_targets(path, root, event) if action else workflow_targets(path, root, event)


def _handed(view: View, at: Span, event: Event) -> Command:
    """What a workflow or action is given by `with:`, and the event, which stays its caller's."""
    given = {f"inputs.{name}": substitute(value.text, event) for name, _, value in view.get("with").pairs()}
    given["github.event_name"], given["github.event.schedule"] = event.name, event.cron
    return Command("", at, env=tuple(sorted(given.items())))


def chained(path: str, root: View) -> tuple[tuple[str, ...], Target] | None:
    """The names of the workflows after whose runs this one runs (`workflow_run`), and what then runs."""
    trigger = root.get("on", "workflow_run")
    names = trigger.get("workflows").texts()
    if not names:
        return None
    guard = _concurrency(root.get("concurrency"))
    return names, Target("workflow", trigger.at, name=f"{path}#workflow_run", overlap_guard=guard)


def action_targets(path: str, root: View, event: Event) -> tuple[Target, ...]:
    """What a composite (or JavaScript or Docker) action of the repository runs."""
    runs = root.get("runs")
    folder = path.rpartition("/")[0]
    main = runs.get("main")
    if main:
        return (Target("file", main.at, name=f"{folder}/{main.text}" if folder else main.text),)
    image = runs.get("image")
    if image and not image.text.startswith("docker://"):
        return (Target("image", image.at, name=f"{folder}/{image.text}" if folder else image.text),)
    job = "action"
    return tuple(_steps(path, job, runs, event, (), "", Absent(), Absent(), action_folder=folder))


def _jobs(root: View) -> Iterator[tuple[str, View]]:
    for name, _, job in root.get("jobs").pairs():
        if job.is_map:
            yield name, job


def _job_targets(path: str, name: str, job: View, event: Event, base: dict[str, str], folder: str) -> Iterator[Target]:
    limit, guard = _minutes(job.get("timeout-minutes")), _concurrency(job.get("concurrency"))
    uses = job.get("uses")
    if uses:
        if uses.text.startswith("./"):
            yield Target(
                "workflow",
                uses.at,
                name=uses.text[2:].split("@")[0],
                command=_handed(job, uses.at, event),
                job=name,
                time_limit=limit,
                overlap_guard=guard,
            )
        else:
            why = f"the reusable workflow {uses.text} lies outside the repository"
            yield Target("lost", uses.at, name=why, job=name, time_limit=limit, overlap_guard=guard)
        return
    env = {**base, **_env(job)}
    where = job.get("defaults", "run", "working-directory").text or folder
    yield from _steps(path, name, job, event, tuple(sorted(env.items())), where, limit, guard)


def _steps(
    path: str,
    name: str,
    job: View,
    event: Event,
    env: tuple[tuple[str, str], ...],
    folder: str,
    limit: Setting[float | None],
    guard: Setting[str],
    action_folder: str = "",
) -> Iterator[Target]:
    for step in job.get("steps").elements():
        if decide(step.get("if").text, event) is False:
            continue
        step_limit = _minutes(step.get("timeout-minutes"))
        bound = step_limit if isinstance(step_limit, Given) else limit
        uses, run = step.get("uses"), step.get("run")
        if uses:
            yield from _used(step, name, bound, guard, event)
        elif run:
            own = tuple(sorted({**dict(env), **_env(step)}.items()))
            resolved = tuple((k, substitute(v, event)) for k, v in own)
            known = replace(event, known={**event.known, **{f"env.{k}": v for k, v in resolved if "${{" not in v}})
            text = substitute(run.text, known)
            if action_folder:
                text = re.sub(r"\$\{\{\s*github\.action_path\s*\}\}|\$\{?GITHUB_ACTION_PATH\}?", action_folder, text)
            shell = step.get("shell").text
            if shell.startswith("python"):
                text = f"python - <<'PYTHON_STEP'\n{text}\nPYTHON_STEP"
            cwd = substitute(step.get("working-directory").text or folder, known)
            yield Target(
                "command",
                run.at,
                command=Command(text, run.at, cwd, resolved),
                job=name,
                time_limit=bound,
                overlap_guard=guard,
            )


def _used(step: View, job: str, limit: Setting[float | None], guard: Setting[str], event: Event) -> Iterator[Target]:
    uses = step.get("uses")
    name = uses.text.split("@")[0]
    if uses.text.startswith("./"):
        yield Target(
            "action",
            uses.at,
            name=name[2:].rstrip("/"),
            command=_handed(step, uses.at, event),
            job=job,
            time_limit=limit,
            overlap_guard=guard,
        )
    elif any(name == p or name.startswith(p + "/") for p in PAID_ACTIONS):
        yield Target("paid", uses.at, name=uses.text, job=job, time_limit=limit, overlap_guard=guard)


def _env(view: View) -> dict[str, str]:
    return {key: value.text for key, _, value in view.get("env").pairs() if value.is_scalar}


def _minutes(view: View) -> Setting[float | None]:
    if not view:
        return Absent()
    number = view.number
    if number is None:
        return Given(None, view.at, "config") if "${{" in view.text else Unclear("timeout-minutes is not a number")
    return Given(number * 60, view.at, "config") if number > 0 else Absent()


def _concurrency(view: View) -> Setting[str]:
    group = view.get("group") if view.is_map else view
    if not group:
        return Absent()
    if re.search(r"github\.run_(?:id|number|attempt)", group.text):
        return Absent()  # a group of its own for each run guards nothing
    return Given(f"concurrency group {group.text}", view.at, "config")


def _together(limits: list[Setting[float | None]]) -> Setting[float | None]:
    """The limit of a schedule is that of its jobs: only if all have one is there one, and then the longest."""
    given = [x for x in limits if isinstance(x, Given)]
    if not limits or len(given) < len(limits):
        unclear = next((x for x in limits if isinstance(x, Unclear)), None)
        return unclear if unclear and len(given) + 1 == len(limits) else Absent()
    return max(given, key=lambda g: g.value or 0.0)


def _axes(job: View) -> list[tuple[str, tuple[str, ...]]]:
    matrix = job.get("strategy", "matrix")
    return [(k, v.texts()) for k, _, v in matrix.pairs() if k not in {"include", "exclude"} and v.is_list]


def _matrix(job: View) -> list[dict[str, str]]:
    """The known combinations of a matrix, at most sixteen; one empty one where there is none."""
    axes = [(k, v) for k, v in _axes(job) if v]
    found = [
        {f"matrix.{k}": v for (k, _), v in zip(axes, values, strict=True)}
        for values in itertools.islice(itertools.product(*(v for _, v in axes)), _COMBINATIONS)
    ]
    for extra in job.get("strategy", "matrix", "include").elements():
        more = {f"matrix.{k}": v.text for k, _, v in extra.pairs() if v.is_scalar}
        if more and len(found) < _COMBINATIONS:
            found = [more] if found == [{}] else [*found, more]
    return found or [{}]


def _width(job: View) -> int:
    width = 1
    for _, values in _axes(job):
        width *= max(len(values), 1)
    extra = len(list(job.get("strategy", "matrix", "include").elements()))
    return width if not extra else max(width, 1) + (extra if width > 1 else extra - 1)

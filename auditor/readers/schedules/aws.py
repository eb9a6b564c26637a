"""AWS schedules in CloudFormation, SAM and serverless.yml: rules, schedules, the functions that they start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting
from auditor.readers.schedules.kubernetes import join
from auditor.readers.schedules.view import View

_ASYNC_RETRIES = 2  # Lambda's own for asynchronous events; EventBridge Scheduler's default is 185
_SCHEDULER_RETRIES = 185
_LIMIT = "Lambda's default of 3 seconds, or whatever else runs it, ends it"


def read_cloudformation(path: str, root: View) -> tuple[Schedule, ...]:
    """EventBridge rules and schedules, and SAM functions' schedule events."""
    resources = {name: body for name, _, body in root.get("Resources").pairs()}
    found: list[Schedule] = []
    for name, body in resources.items():
        kind = body.get("Type").text
        properties = body.get("Properties")
        if kind in {"AWS::Events::Rule", "AWS::Scheduler::Schedule"}:
            expression = properties.get("ScheduleExpression")
            if expression:
                targets = [*properties.get("Targets").elements(), *properties.get("Target").elements()]
                found.append(
                    _rule(path, root, resources, properties, expression, targets, scheduler=kind.startswith("AWS::Sch"))
                )
        elif kind == "AWS::Serverless::Function":
            for _, _, event in properties.get("Events").pairs():
                found.extend(_event(path, root, name, body, event))
    return tuple(found)


def _rule(
    path: str,
    root: View,
    resources: dict[str, View],
    rule: View,
    expression: View,
    targets: list[View],
    *,
    scheduler: bool,
) -> Schedule:
    started = [(t, _referenced(t.get("Arn"), resources)) for t in targets]
    functions = [resources[name] for _, name in started if name]
    found = [
        target
        for t, name in started
        for target in (_started(path, root, name, resources[name], t) if name else (_elsewhere(t.at),))
    ]
    attempts = next(
        (n for t in targets for n in [t.get("RetryPolicy", "MaximumRetryAttempts").number] if n is not None), None
    )
    return Schedule(
        at=expression.at,
        kind="aws-schedule",
        expression=expression.text or "",
        targets=tuple(found) or (_elsewhere(expression.at),),
        time_limit=_all(path, [_timeout(root, f) for f in functions]),
        overlap_guard=_one_at_a_time(functions),
        retries=Given(int(attempts), rule.at, "config")
        if attempts is not None
        else Given(_SCHEDULER_RETRIES if scheduler else _ASYNC_RETRIES, rule.at, "default"),
        timezone=rule.get("ScheduleExpressionTimezone").text,
        platform_limit=_LIMIT,
        known_cadence=bool(expression.text) and not expression.tag,
        dormant=rule.get("State").text == "DISABLED",
        secrets=tuple(sorted({s for f in functions for s in _environment(f)})),
    )


def _event(path: str, root: View, name: str, function: View, event: View) -> Iterator[Schedule]:
    kind = event.get("Type").text
    properties = event.get("Properties")
    expression = properties.get("Schedule") or properties.get("ScheduleExpression")
    if kind not in {"Schedule", "ScheduleV2"} or not expression:
        return
    attempts = properties.get("RetryPolicy", "MaximumRetryAttempts").number
    yield Schedule(
        at=expression.at,
        kind="aws-schedule",
        expression=expression.text,
        targets=tuple(_started(path, root, name, function, View(None, event.at))),
        time_limit=_timeout(root, function),
        overlap_guard=_one_at_a_time([function]),
        retries=Given(int(attempts), event.at, "config")
        if attempts is not None
        else Given(_SCHEDULER_RETRIES if kind == "ScheduleV2" else _ASYNC_RETRIES, event.at, "default"),
        timezone=properties.get("ScheduleExpressionTimezone").text,
        platform_limit=_LIMIT,
        known_cadence=not expression.tag,
        dormant=properties.get("State").text == "DISABLED" or properties.get("Enabled").text.lower() == "false",
        secrets=_environment(function),
    )


def _started(path: str, root: View, name: str, function: View, target: View) -> Iterator[Target]:
    kind = function.get("Type").text
    properties = function.get("Properties")
    folder = path.rpartition("/")[0]
    if kind in {"AWS::Lambda::Function", "AWS::Serverless::Function"}:
        shared = root.get("Globals", "Function") if kind == "AWS::Serverless::Function" else View(None, function.at)
        handler = properties.get("Handler") or shared.get("Handler")
        if handler:
            code = properties.get("CodeUri") or shared.get("CodeUri") or properties.get("Code")
            yield Target(
                "handler",
                handler.at,
                name=_handler(folder, code.text if code.is_scalar else "", handler.text),
                job=name,
            )
            return
        metadata = function.get("Metadata")
        context = metadata.get("DockerContext").text.removeprefix("./").strip("/")
        file = metadata.get("Dockerfile").text or "Dockerfile"
        where = "/".join(p for p in (folder, "" if context == "." else context, file) if p)
        yield Target("image", function.at, name=where, job=name)
    elif kind == "AWS::ECS::TaskDefinition":
        for container in properties.get("ContainerDefinitions").elements():
            words = [*container.get("EntryPoint").texts(), *container.get("Command").texts()]
            if words:
                yield Target("command", container.at, command=Command(join(words), container.at), job=name)
            else:
                yield Target("image", container.at, name=f"{folder}/Dockerfile" if folder else "Dockerfile", job=name)
    else:
        yield Target("lost", target.at, name=f"{kind or name} is not followed")


def _handler(folder: str, code: str, handler: str) -> str:
    """`dir/file.fn` with its code folder, as "path#export"; the path has no ending."""
    module, _, export = handler.rpartition(".")
    where = code.removeprefix("./").strip("/")
    parts = [p for p in (folder, "" if where == "." or where.endswith(".zip") or ":" in where else where, module) if p]
    return "/".join(parts) + "#" + export


def _referenced(view: View, resources: dict[str, View]) -> str:
    """The resource that a value points at, through Ref, GetAtt, Sub or Join."""
    for part in view.walk():
        word: str
        for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", part.text):
            if word in resources:
                return word
    return ""


def _elsewhere(at: Span) -> Target:
    return Target("lost", at, name="what the rule starts is not in this file")


def _timeout(root: View, function: View) -> Setting[float | None]:
    view = function.get("Properties", "Timeout") or (
        root.get("Globals", "Function", "Timeout")
        if function.get("Type").text == "AWS::Serverless::Function"
        else View(None, function.at)
    )
    return Given(view.number, view.at, "config") if view else Absent()


def _all(path: str, limits: list[Setting[float | None]]) -> Setting[float | None]:
    given = [x for x in limits if isinstance(x, Given)]
    return max(given, key=lambda g: g.value or 0.0) if given and len(given) == len(limits) else Absent()


def _one_at_a_time(functions: list[View]) -> Setting[str]:
    for function in functions:
        view = function.get("Properties", "ReservedConcurrentExecutions")
        if view.number == 1:
            return Given("reserved concurrency of 1", view.at, "config")
    return Absent()


def _environment(function: View) -> tuple[str, ...]:
    return tuple(sorted(key for key, _, _ in function.get("Properties", "Environment", "Variables").pairs()))


def read_serverless(path: str, root: View) -> tuple[Schedule, ...]:
    """Schedule events of the functions in serverless.yml."""
    folder = path.rpartition("/")[0]
    found = []
    for name, _, function in root.get("functions").pairs():
        timeout = function.get("timeout") or root.get("provider", "timeout")
        handler = function.get("handler")
        target = (
            Target("handler", handler.at, name=_handler(folder, "", handler.text), job=name)
            if handler
            else Target("image", function.at, name=f"{folder}/Dockerfile" if folder else "Dockerfile", job=name)
        )
        for event in function.get("events").elements():
            schedule = event.get("schedule")
            if not schedule:
                continue
            rates = [schedule] if schedule.is_scalar else list(schedule.get("rate").elements())
            for rate in rates:
                reserved = function.get("reservedConcurrency")
                found.append(
                    Schedule(
                        at=rate.at,
                        kind="aws-schedule",
                        expression=rate.text,
                        targets=(target,),
                        time_limit=Given(timeout.number, timeout.at, "config") if timeout else Absent(),
                        overlap_guard=Given("reserved concurrency of 1", reserved.at, "config")
                        if reserved.number == 1
                        else Absent(),
                        retries=Given(int(n), function.at, "config")
                        if (n := function.get("maximumRetryAttempts").number) is not None
                        else Given(_ASYNC_RETRIES, rate.at, "default"),
                        timezone=schedule.get("timezone").text if schedule.is_map else "",
                        platform_limit="the framework's default of 6 seconds ends it",
                        known_cadence="${" not in rate.text,
                        dormant=schedule.is_map and schedule.get("enabled").text.lower() == "false",
                        secrets=tuple(sorted(key for key, _, _ in function.get("environment").pairs())),
                    )
                )
    return tuple(found)

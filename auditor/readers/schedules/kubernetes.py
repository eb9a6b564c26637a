"""Kubernetes CronJobs and Argo CronWorkflows, in plain manifests, lists and Helm templates as far as they can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.lazily import regex
from auditor.model.facts import Command, Schedule, Target
from auditor.model.setting import Absent, Given, Setting
from auditor.readers.schedules.view import View

_TEMPLATE = regex(r"\{\{.*?\}\}", re.DOTALL)
_LINE_TEMPLATE = regex(r"^[ \t]*\{\{-?.*?-?\}\}[ \t]*$")


def read_kubernetes(path: str, documents: tuple[View, ...]) -> tuple[Schedule, ...]:
    """Every CronJob and CronWorkflow of the documents."""
    found: list[Schedule] = []
    for manifest in _manifests(documents):
        if manifest.get("kind").text == "CronJob":
            found.extend(_cronjob(manifest))
        elif manifest.get("kind").text == "CronWorkflow":
            found.extend(_cronworkflow(manifest))
    return tuple(found)


def untemplated(text: str) -> str:
    """A Helm template as YAML with the same lines: template-only lines go, other holes become plain text."""
    if "{{" not in text:
        return text
    lines = []
    for line in text.split("\n"):
        if _LINE_TEMPLATE.match(line):
            lines.append("")
        else:
            lines.append(_TEMPLATE.sub(_hole, line))
    return "\n".join(lines)


def _hole(match: re.Match[str]) -> str:
    value = re.search(r"\.Values\.([\w.]+)", match.group(0))
    return f"HELM_{value.group(1).replace('.', '_')}" if value else "HELM"


def _manifests(documents: tuple[View, ...]) -> Iterator[View]:
    for document in documents:
        if document.get("kind").text == "List":
            yield from document.get("items").elements()
        else:
            yield document


def _cronjob(manifest: View) -> Iterator[Schedule]:
    spec = manifest.get("spec")
    expression = spec.get("schedule")
    if not expression:
        return
    job = spec.get("jobTemplate", "spec")
    pod = job.get("template", "spec")
    unknown = expression.text.startswith("HELM")
    restart = job.get("backoffLimit")
    yield Schedule(
        at=expression.at,
        kind="k8s-cronjob",
        expression="" if unknown else expression.text,
        targets=tuple(t for container in pod.get("containers").elements() for t in _container(container)),
        time_limit=_seconds(job.get("activeDeadlineSeconds"))
        if job.get("activeDeadlineSeconds")
        else _seconds(pod.get("activeDeadlineSeconds")),
        overlap_guard=_policy(spec.get("concurrencyPolicy")),
        retries=Given(int(restart.number), restart.at, "config")
        if restart.number is not None
        else Given(6, manifest.at, "default"),
        timezone=spec.get("timeZone").text,
        known_cadence=not unknown,
        platform_limit="a Job without activeDeadlineSeconds has no time limit",
        secrets=_secrets(pod),
        dormant=spec.get("suspend").flag,
        notes=(f"the expression is the chart's value {expression.text.removeprefix('HELM_')}",) if unknown else (),
        replicas=int(job.get("parallelism").number or 1),
    )


def _cronworkflow(manifest: View) -> Iterator[Schedule]:
    spec = manifest.get("spec")
    workflow = spec.get("workflowSpec")
    targets = []
    for template in workflow.get("templates").elements():
        script = template.get("script")
        if script:
            source = script.get("source")
            python = "python" in " ".join(script.get("command").texts())
            text = f"python - <<'ARGO'\n{source.text}\nARGO" if python else source.text
            targets.append(
                Target("command", source.at, command=Command(text, source.at), job=template.get("name").text)
            )
        targets.extend(_container(template.get("container")))
    if workflow.get("workflowTemplateRef"):
        name = workflow.get("workflowTemplateRef", "name").text
        targets.append(Target("lost", workflow.at, name=f"the workflow template {name} is not followed"))
    expressions = [*spec.get("schedule").elements(), *spec.get("schedules").elements()]
    limit = workflow.get("retryStrategy", "limit")
    for expression in expressions:
        yield Schedule(
            at=expression.at,
            kind="argo-cronworkflow",
            expression=expression.text,
            targets=tuple(targets),
            time_limit=_seconds(workflow.get("activeDeadlineSeconds")),
            overlap_guard=_policy(spec.get("concurrencyPolicy")),
            retries=Given(int(limit.number), limit.at, "config") if limit.number is not None else Absent(),
            timezone=spec.get("timezone").text,
            platform_limit="a workflow without activeDeadlineSeconds has no time limit",
            dormant=spec.get("suspend").flag,
        )


def _container(container: View) -> Iterator[Target]:
    if not container:
        return
    words = [*container.get("command").texts(), *container.get("args").texts()]
    name = container.get("name").text
    env = tuple((e.get("name").text, e.get("value").text) for e in container.get("env").elements() if e.get("value"))
    cwd = container.get("workingDir").text
    image = container.get("image")
    if words and container.get("command"):
        at = container.get("command").at
        yield Target("command", at, command=Command(join(words), at, cwd, env), job=name)
    elif image:
        arguments = Command(join(words), image.at, cwd, env) if words else None
        yield Target("image", image.at, name=image.text, command=arguments, job=name)


def join(words: list[str]) -> str:
    """An argument list as a shell command line."""
    return " ".join(w if re.fullmatch(r"[\w@%+=:,./$-]+", w) else "'" + w.replace("'", "'\\''") + "'" for w in words)


def _seconds(view: View) -> Setting[float | None]:
    if not view:
        return Absent()
    number = view.number
    if number is None:
        return Given(None, view.at, "config")
    return Given(number, view.at, "config") if number > 0 else Absent()


def _policy(view: View) -> Setting[str]:
    return (
        Given(f"concurrencyPolicy {view.text}", view.at, "config") if view.text in {"Forbid", "Replace"} else Absent()
    )


def _secrets(pod: View) -> tuple[str, ...]:
    names = {
        e.get("name").text
        for c in pod.get("containers").elements()
        for e in c.get("env").elements()
        if e.get("valueFrom", "secretKeyRef")
    }
    return tuple(sorted(n for n in names if n))

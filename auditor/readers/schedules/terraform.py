"""Terraform: EventBridge, Cloud Scheduler, Cloudflare and Kubernetes schedules, with what they start in the same file.

A small reader of HCL's blocks and attributes; expressions stay text. What another file declares is said to be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting
from auditor.readers.schedules.kubernetes import join

_MAX_TOKENS = 200_000
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<newline>\n)
    |(?P<heredoc><<[-~]?(?P<tag>\w+)\n.*?\n[ \t]*(?P=tag)\b)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<mark>[{}\[\](),=:])
    |(?P<word>[^\s{}\[\](),=:"]+)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Block:
    """A block: its type and labels, attributes as text with the line of each, and inner blocks."""

    labels: tuple[str, ...]
    line: int
    attributes: dict[str, tuple[str, int]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def text(self, name: str) -> str:
        """An attribute without its quotes; empty where there is none."""
        value = self.attributes.get(name, ("", 0))[0].strip()
        return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value

    def inner(self, *names: str) -> Block:
        """The first block along a path of names; an empty one where there is none."""
        here = self
        for name in names:
            here = next((b for b in here.blocks if b.labels[0] == name), Block(("",), here.line))
        return here


def read_blocks(text: str) -> tuple[Block, ...]:
    """The top-level blocks of a file. Total: what does not fit is skipped."""
    tokens: list[tuple[str, str, int]] = []
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "tag":
            kind = "heredoc"
        if kind != "space":
            tokens.append((kind, match.group(0), line))
        line += match.group(0).count("\n")
        if len(tokens) > _MAX_TOKENS:
            break
    root = Block(("",), 1)
    _body(tokens, 0, root, 0)
    return tuple(root.blocks)


def _body(tokens: list[tuple[str, str, int]], at: int, into: Block, depth: int) -> int:
    while at < len(tokens):
        kind, text, line = tokens[at]
        if text == "}":
            return at + 1
        if kind not in {"word", "string"}:
            at += 1
            continue
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        if following in {"=", ":"}:
            value, at = _value(tokens, at + 2)
            into.attributes[text.strip('"')] = (value, line)
            continue
        labels = []
        while at < len(tokens) and tokens[at][0] in {"word", "string"}:
            labels.append(tokens[at][1].strip('"'))
            at += 1
        if at < len(tokens) and tokens[at][1] == "{" and depth < 40:
            block = Block(tuple(labels), line)
            at = _body(tokens, at + 1, block, depth + 1)
            into.blocks.append(block)
    return at


def _value(tokens: list[tuple[str, str, int]], at: int) -> tuple[str, int]:
    """The text of an attribute: up to the end of the line, brackets balanced."""
    parts: list[str] = []
    depth = 0
    while at < len(tokens):
        kind, text, _ = tokens[at]
        if kind == "newline" and depth <= 0:
            break
        if text in {"{", "[", "("}:
            depth += 1
        elif text in {"}", "]", ")"}:
            if depth == 0:
                break
            depth -= 1
        if kind != "newline":
            parts.append(text)
        at += 1
    return " ".join(parts), at


def read_terraform(path: str, text: str) -> tuple[Schedule, ...]:
    """The schedules that a Terraform file declares."""
    resources = [b for b in read_blocks(text) if b.labels[0] == "resource" and len(b.labels) == 3]
    found: list[Schedule] = []
    for block in resources:
        match block.labels[1]:
            case "aws_cloudwatch_event_rule" if block.text("schedule_expression"):
                found.append(_event_rule(path, block, resources))
            case "aws_scheduler_schedule" if block.text("schedule_expression"):
                found.append(_scheduler(path, block, resources))
            case "google_cloud_scheduler_job" if block.text("schedule"):
                found.append(_google(path, block))
            case "cloudflare_workers_cron_trigger" | "cloudflare_worker_cron_trigger":
                found.extend(_cloudflare(path, block))
            case "kubernetes_cron_job" | "kubernetes_cron_job_v1":
                found.extend(_kubernetes(path, block))
            case "gitlab_pipeline_schedule" if block.text("cron"):
                at = _at(path, block, "cron")
                lost = Target("lost", at, name="the pipeline's scheduled jobs are those of its own project")
                found.append(
                    Schedule(at, "gitlab-ci", block.text("cron"), (lost,), timezone=block.text("cron_timezone"))
                )
    return tuple(found)


def _at(path: str, block: Block, attribute: str) -> Span:
    return Span(path, block.attributes.get(attribute, ("", block.line))[1])


def _event_rule(path: str, rule: Block, resources: list[Block]) -> Schedule:
    at = _at(path, rule, "schedule_expression")
    name = f"aws_cloudwatch_event_rule.{rule.labels[2]}."
    started = [b for b in resources if b.labels[1] == "aws_cloudwatch_event_target" and name in b.text("rule") + "."]
    return _aws(path, at, rule, rule.text("schedule_expression"), [b.text("arn") for b in started], resources, 2)


def _scheduler(path: str, block: Block, resources: list[Block]) -> Schedule:
    at = _at(path, block, "schedule_expression")
    target = block.inner("target")
    attempts = target.inner("retry_policy").text("maximum_retry_attempts")
    retries = int(attempts) if attempts.isdigit() else 185
    return _aws(path, at, block, block.text("schedule_expression"), [target.text("arn")], resources, retries)


def _aws(
    path: str, at: Span, rule: Block, expression: str, arns: list[str], resources: list[Block], retries: int
) -> Schedule:
    functions = [
        b
        for b in resources
        if b.labels[1] == "aws_lambda_function" and any(f"aws_lambda_function.{b.labels[2]}." in a + "." for a in arns)
    ]
    timeouts = [(b, b.text("timeout")) for b in functions]
    known = [(b, float(t)) for b, t in timeouts if re.fullmatch(r"\d+", t)]
    limit: Setting[float | None] = Absent()
    if known and len(known) == len(functions):
        block, value = max(known, key=lambda x: x[1])
        limit = Given(value, _at(path, block, "timeout"), "config")
    single = next((b for b in functions if b.text("reserved_concurrent_executions") == "1"), None)
    state = rule.text("state") or rule.text("is_enabled")
    return Schedule(
        at=at,
        kind="aws-schedule",
        expression=expression,
        targets=tuple(_function(path, b) for b in functions)
        or (Target("lost", at, name="what the rule starts is not in this file"),),
        time_limit=limit,
        overlap_guard=Given("reserved concurrency of 1", _at(path, single, "reserved_concurrent_executions"), "config")
        if single
        else Absent(),
        retries=Given(retries, at, "default"),
        timezone=rule.text("schedule_expression_timezone"),
        platform_limit="Lambda's default of 3 seconds, or whatever else runs it, ends it",
        known_cadence="var." not in expression and "${" not in expression,
        dormant=state in {"DISABLED", "false"},
    )


def _function(path: str, block: Block) -> Target:
    at = Span(path, block.line)
    module, _, export = block.text("handler").rpartition(".")
    if not module:
        return Target("lost", at, name="the function's image or code is not named in this file", job=block.labels[2])
    return Target("handler", at, name=f"{module}#{export}", job=block.labels[2])


def _google(path: str, block: Block) -> Schedule:
    at = _at(path, block, "schedule")
    http = block.inner("http_target")
    uri = http.text("uri")
    route = re.sub(r"^(?:https?://[^/\"]+|\$\{[^}]*\})", "", uri)
    if route.startswith("/") and len(route) > 1:
        target = Target("route", at, name=route, method=http.text("http_method") or "POST")
    else:
        target = Target("lost", at, name=f"the job's target {uri or 'is no HTTP address and'} is not followed")
    deadline = re.fullmatch(r"(\d+)s", block.text("attempt_deadline"))
    count = block.inner("retry_config").text("retry_count")
    return Schedule(
        at=at,
        kind="gcp-scheduler",
        expression=block.text("schedule"),
        targets=(target,),
        time_limit=Given(float(deadline.group(1)), _at(path, block, "attempt_deadline"), "config")
        if deadline
        else Absent(),
        retries=Given(int(count), at, "config") if count.isdigit() else Given(0, at, "default"),
        timezone=block.text("time_zone"),
        platform_limit="Cloud Scheduler gives up waiting after 180 seconds; the work may go on",
        known_cadence="var." not in block.text("schedule"),
        dormant=block.text("paused") == "true",
    )


def _cloudflare(path: str, block: Block) -> Iterator[Schedule]:
    at = _at(path, block, "schedules")
    for expression in re.findall(r'"([^"]*\s[^"]*)"', block.attributes.get("schedules", ("", 0))[0]):
        lost = Target("lost", at, name="the Worker's script is deployed from elsewhere")
        yield Schedule(at, "cloudflare-cron", expression, (lost,), platform_limit="no limit on waiting time")


def _kubernetes(path: str, block: Block) -> Iterator[Schedule]:
    spec = block.inner("spec")
    if not spec.text("schedule"):
        return
    job = spec.inner("job_template", "spec")
    container = job.inner("template", "spec", "container")
    words = re.findall(
        r'"((?:[^"\\]|\\.)*)"',
        container.attributes.get("command", ("", 0))[0] + container.attributes.get("args", ("", 0))[0],
    )
    at = _at(path, spec, "schedule")
    target = (
        Target("command", at, command=Command(join(words), at))
        if words
        else Target("image", at, name=container.text("image"))
    )
    limit = job.text("active_deadline_seconds")
    policy = spec.text("concurrency_policy")
    yield Schedule(
        at=at,
        kind="k8s-cronjob",
        expression=spec.text("schedule"),
        targets=(target,),
        time_limit=Given(float(limit), _at(path, job, "active_deadline_seconds"), "config")
        if limit.isdigit()
        else Absent(),
        overlap_guard=Given(f"concurrency_policy {policy}", at, "config")
        if policy in {"Forbid", "Replace"}
        else Absent(),
        retries=Given(6, at, "default"),
        timezone=spec.text("timezone"),
        known_cadence="var." not in spec.text("schedule"),
        dormant=spec.text("suspend") == "true",
    )

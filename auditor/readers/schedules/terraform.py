"""Terraform: EventBridge, Cloud Scheduler, Cloudflare and Kubernetes schedules, with what they start.

A module is one namespace over the files of its folder: rule, function, archive and variables may stand in different files
(`read_module`). What a single file does not say is lost there (`read_terraform`), and found by the module's reading.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting
from auditor.readers.schedules.hcl import Block, read_module
from auditor.readers.schedules.kubernetes import join

_ASYNC_RETRIES, _SCHEDULER_RETRIES = 2, 185
_ELSEWHERE = "what the rule starts is not in this module"


def read_terraform(path: str, text: str) -> tuple[Schedule, ...]:
    """The schedules that a Terraform file declares, as far as the file alone tells."""
    return read_terraform_module({path: text})


def read_terraform_module(files: Mapping[str, str], given: Mapping[str, str] | None = None) -> tuple[Schedule, ...]:
    """The schedules of a module: the `.tf` and `.tfvars` files of one folder, by path, and what its caller gives it."""
    module = _Module(read_module(files, given))
    found: list[Schedule] = []
    for block in module.resources:
        found.extend(_schedules(block, module))
    return tuple(found)


class _Module:
    """The blocks of a module, found by their address."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.resources = [b for b in blocks if b.labels[0] == "resource" and len(b.labels) == 3]
        self._by_address = {f"{b.labels[1]}.{b.labels[2]}": b for b in self.resources}
        self._by_address.update({f"data.{b.labels[1]}.{b.labels[2]}": b for b in blocks if _is_data(b)})
        self._by_address.update(
            {f"module.{b.labels[1]}": b for b in blocks if b.labels[0] == "module" and b.labels[1:]}
        )

    def of_kind(self, kind: str) -> list[Block]:
        """The resources of one type."""
        return [b for b in self.resources if b.labels[1] == kind]

    def referenced(self, text: str) -> list[Block]:
        """The blocks whose address stands in an expression."""
        words = re.findall(r"(?:data\.)?\w+\.[\w-]+", text)
        return [self._by_address[w] for w in dict.fromkeys(words) if w in self._by_address]


def _is_data(block: Block) -> bool:
    return block.labels[0] == "data" and len(block.labels) == 3


def _schedules(block: Block, module: _Module) -> Iterator[Schedule]:
    match block.labels[1]:
        case "aws_cloudwatch_event_rule" if block.text("schedule_expression"):
            yield _event_rule(block, module)
        case "aws_scheduler_schedule" if block.text("schedule_expression"):
            yield _scheduler(block, module)
        case "google_cloud_scheduler_job" if block.text("schedule"):
            yield _google(block, module)
        case "cloudflare_workers_cron_trigger" | "cloudflare_worker_cron_trigger":
            yield from _cloudflare(block, module)
        case "kubernetes_cron_job" | "kubernetes_cron_job_v1":
            yield from _kubernetes(block)
        case "gitlab_pipeline_schedule" if block.text("cron"):
            at = _at(block, "cron")
            lost = Target("lost", at, name="the pipeline's scheduled jobs are those of its own project")
            yield Schedule(at, "gitlab-ci", block.text("cron"), (lost,), timezone=block.text("cron_timezone"))
        case _:
            return


def _at(block: Block, attribute: str) -> Span:
    return Span(block.path, block.attributes.get(attribute, ("", block.line))[1])


def _known(expression: str) -> bool:
    """Whether no variable without a default is left in an expression."""
    return not re.search(r"\b(?:var|local|each|module|data)\.|\$\{", expression)


def _off(block: Block) -> bool:
    return block.raw("count") == "0"


# --------------------------------------------------------------------------- AWS


def _event_rule(rule: Block, module: _Module) -> Schedule:
    address = f"aws_cloudwatch_event_rule.{rule.labels[2]}."
    name = rule.text("name")
    started = [
        b
        for b in module.of_kind("aws_cloudwatch_event_target")
        if address in b.text("rule") + "." or (name and b.text("rule") == name)
    ]
    retries: Setting[int] = Given(_ASYNC_RETRIES, _at(rule, "schedule_expression"), "default")
    for target in started:
        retries = _retries(target.inner("retry_policy"), retries)
    return _aws(rule, [(b, b.raw("arn")) for b in started], module, retries)


def _scheduler(block: Block, module: _Module) -> Schedule:
    target = block.inner("target")
    retries: Setting[int] = Given(_SCHEDULER_RETRIES, _at(block, "schedule_expression"), "default")
    return _aws(block, [(target, target.raw("arn"))], module, _retries(target.inner("retry_policy"), retries))


def _retries(policy: Block, default: Setting[int]) -> Setting[int]:
    attempts = policy.text("maximum_retry_attempts")
    return Given(int(attempts), _at(policy, "maximum_retry_attempts"), "config") if attempts.isdigit() else default


def _aws(rule: Block, started: Sequence[tuple[Block, str]], module: _Module, retries: Setting[int]) -> Schedule:
    at = _at(rule, "schedule_expression")
    expression = rule.text("schedule_expression")
    functions: list[Block] = []
    targets: list[Target] = []
    for target, arn in started:
        for block in _behind(module, arn):
            if _is_function(block):
                functions.append(block)
                targets.append(_function(block, module))
        for task in _tasks(target, module):
            targets.extend(_task(task))
    for config in module.of_kind("aws_lambda_function_event_invoke_config"):
        if any(b in functions for b in module.referenced(config.raw("function_name"))) and _by_default(retries):
            retries = _retries(config, retries)
    single = next((b for b in functions if b.text("reserved_concurrent_executions") == "1"), None)
    return Schedule(
        at=at,
        kind="aws-schedule",
        expression=expression,
        targets=tuple(dict.fromkeys(targets)) or (Target("lost", at, name=_ELSEWHERE),),
        time_limit=_timeout(functions) if functions else Absent(),
        overlap_guard=Given("reserved concurrency of 1", _at(single, "reserved_concurrent_executions"), "config")
        if single
        else Absent(),
        retries=retries,
        timezone=rule.text("schedule_expression_timezone"),
        platform_limit="Lambda's default of 3 seconds, or whatever else runs it, ends it",
        known_cadence=_known(expression),
        dormant=(rule.text("state") or rule.text("is_enabled")) in {"DISABLED", "false"} or _off(rule),
        secrets=tuple(sorted({n for b in functions for n in _variables(b)})),
    )


def _by_default(retries: Setting[int]) -> bool:
    return isinstance(retries, Given) and retries.source == "default"


def _behind(module: _Module, arn: str) -> Iterator[Block]:
    """What an ARN points at, aliases followed."""
    for block in module.referenced(arn):
        if block.labels[1:2] == ("aws_lambda_alias",):
            yield from module.referenced(block.raw("function_name"))
        else:
            yield block


def _is_function(block: Block) -> bool:
    return block.labels[1:2] == ("aws_lambda_function",) or (
        block.labels[0] == "module" and bool(block.raw("handler") or block.raw("image_uri"))
    )


def _timeout(functions: Sequence[Block]) -> Setting[float | None]:
    known = [(b, float(t)) for b in functions if re.fullmatch(r"\d+", t := b.text("timeout"))]
    if len(known) < len(functions):
        return Absent()
    block, value = max(known, key=lambda x: x[1])
    return Given(value, _at(block, "timeout"), "config")


def _variables(function: Block) -> list[str]:
    """The names of the environment variables that a function gets."""
    given = function.inner("environment").raw("variables") or function.raw("environment_variables")
    return re.findall(r"(?:^|[{,]|\s)\"?([A-Z][A-Z0-9_]+)\"?\s*[=:]", given)


def _function(block: Block, module: _Module) -> Target:
    """A Lambda function: its handler in the folder that is packed, or its image."""
    at = Span(block.path, block.line)
    job = block.labels[-1]
    name, _, export = block.text("handler").rpartition(".")
    if name:
        return Target("handler", at, name=_joined(_source(block, module), f"{name}#{export}"), job=job)
    if block.raw("image_uri"):
        return Target("image", at, name=_joined(posixpath.dirname(block.path), "Dockerfile"), job=job)
    return Target("lost", at, name="the function's image or code is not named in this module", job=job)


def _source(block: Block, module: _Module) -> str:
    """The folder that a function's archive is made of; empty where it is not made here."""
    texts = [block.raw(n) for n in ("filename", "source_path", "source_dir", "s3_key", "source_code_hash")]
    for text in texts:
        for archive in module.referenced(text):
            if archive.labels[0] == "data" and archive.labels[1] == "archive_file":
                folder, file = archive.text("source_dir"), archive.text("source_file")
                if folder or file:
                    return _plain(folder or posixpath.dirname(file))
            for further in module.referenced(archive.raw("source")):
                if further.labels[:2] == ("data", "archive_file") and further.raw("source_dir"):
                    return _plain(further.text("source_dir"))
    given = block.text("source_path") or block.text("source_dir")
    if given and "$" not in given and not given.startswith("["):
        folder = posixpath.dirname(given) if re.search(r"\.\w{2,4}$", given) else given
        return _plain(folder)
    return ""


def _plain(folder: str) -> str:
    """A folder relative to the root of the tree; empty where it is not one."""
    if "$" in folder or folder.startswith("/"):
        return ""
    plain = posixpath.normpath(folder)
    return "" if plain == "." or plain.startswith("..") else plain


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _tasks(target: Block, module: _Module) -> list[Block]:
    """The ECS task definitions of a target."""
    parameters = [b for b in target.blocks if b.labels[0] in {"ecs_target", "ecs_parameters"}]
    blocks = [x for p in parameters for x in module.referenced(p.raw("task_definition_arn"))]
    return [b for b in blocks if b.labels[1:2] == ("aws_ecs_task_definition",)]


def _task(task: Block) -> Iterator[Target]:
    at = _at(task, "container_definitions")
    given = task.raw("container_definitions")
    commands = re.findall(r"\"?\bcommand\"?\s*[=:]\s*\[([^\]]*)\]", given)
    words: list[str] = re.findall(r'"((?:[^"\\]|\\.)*)"', commands[0]) if commands else []
    if words:
        yield Target("command", at, command=Command(join(words), at), job=task.labels[2])
    else:
        yield Target("image", at, name=_joined(posixpath.dirname(task.path), "Dockerfile"), job=task.labels[2])


# --------------------------------------------------------------------------- Google, Cloudflare


def _google(block: Block, module: _Module) -> Schedule:
    at = _at(block, "schedule")
    deadline = re.fullmatch(r"(\d+)s", block.text("attempt_deadline"))
    count = block.inner("retry_config").text("retry_count")
    targets, limit = _google_targets(block, module)
    return Schedule(
        at=at,
        kind="gcp-scheduler",
        expression=block.text("schedule"),
        targets=targets,
        time_limit=limit
        if isinstance(limit, Given)
        else Given(float(deadline.group(1)), _at(block, "attempt_deadline"), "config")
        if deadline
        else Absent(),
        retries=Given(int(count), at, "config") if count.isdigit() else Given(0, at, "default"),
        timezone=block.text("time_zone"),
        platform_limit="Cloud Scheduler gives up waiting after 180 seconds; the work may go on",
        known_cadence=_known(block.text("schedule")),
        dormant=block.text("paused") == "true" or _off(block),
    )


def _google_targets(block: Block, module: _Module) -> tuple[tuple[Target, ...], Setting[float | None]]:
    """What a Cloud Scheduler job starts: a function of the module, a Cloud Run job, or an own route."""
    at = _at(block, "schedule")
    http = block.inner("http_target")
    uri = http.text("uri")
    topics = module.referenced(block.inner("pubsub_target").raw("topic_name"))
    functions = [b for b in module.referenced(uri) if "cloudfunctions" in b.labels[1]]
    for function in (b for b in module.resources if "cloudfunctions" in b.labels[1]):
        trigger = function.inner("event_trigger")
        if any(t in topics for t in module.referenced(trigger.raw("resource") + " " + trigger.raw("pubsub_topic"))):
            functions.append(function)
    if functions:
        limits = [_google_limit(f) for f in functions]
        return tuple(_google_function(f, module) for f in functions), limits[0]
    runs = [b for b in module.referenced(uri) if b.labels[1] in {"google_cloud_run_v2_job", "google_cloud_run_job"}]
    if runs:
        return tuple(t for r in runs for t in _run_job(r)), Absent()
    route = re.sub(r"^(?:https?://[^/\"]+|\$\{[^}]*\})", "", uri)
    if route.startswith("/") and len(route) > 1 and "googleapis.com" not in uri:
        return (Target("route", at, name=route, method=http.text("http_method") or "POST"),), Absent()
    why = f"the job's target {uri or 'is no HTTP address and'} is not followed"
    return (Target("lost", at, name=why),), Absent()


def _google_limit(function: Block) -> Setting[float | None]:
    for block, name in ((function, "timeout"), (function.inner("service_config"), "timeout_seconds")):
        text = block.text(name)
        if text.isdigit():
            return Given(float(text), _at(block, name), "config")
    return Absent()


def _google_function(function: Block, module: _Module) -> Target:
    build = function.inner("build_config")
    entry = function.text("entry_point") or build.text("entry_point")
    runtime = function.text("runtime") or build.text("runtime")
    stored = function.raw("source_archive_object") or build.inner("source", "storage_source").raw("object")
    folder = ""
    for bucket in module.referenced(stored):
        for archive in module.referenced(bucket.raw("source")):
            folder = folder or _plain(archive.text("source_dir"))
    at = Span(function.path, function.line)
    file = "index" if runtime.startswith("nodejs") else "main"
    if not entry:
        return Target("lost", at, name="the function's entry point is not named", job=function.labels[2])
    return Target("handler", at, name=_joined(folder, f"{file}#{entry}"), job=function.labels[2])


def _run_job(job: Block) -> Iterator[Target]:
    container = job.inner("template", "template", "containers")
    given = container.raw("command") + " " + container.raw("args")
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', given)
    at = Span(job.path, container.line)
    if container.raw("command") and words:
        yield Target("command", at, command=Command(join(words), at), job=job.labels[2])
    else:
        yield Target("image", at, name=_joined(posixpath.dirname(job.path), "Dockerfile"), job=job.labels[2])


def _cloudflare(block: Block, module: _Module) -> Iterator[Schedule]:
    at = _at(block, "schedules")
    target = Target("lost", at, name="the Worker's script is deployed from elsewhere")
    for script in module.referenced(block.raw("script_name")):
        given = re.search(r'file\s*\(\s*"([^"]+)"', script.raw("content")) or re.search(
            r'"([^"$]+\.[cm]?[jt]s)"', script.raw("content_file")
        )
        if given:
            target = Target("handler", at, name=f"{posixpath.normpath(given.group(1))}#scheduled")
    for expression in re.findall(r'"([^"]*\s[^"]*)"', block.raw("schedules")):
        yield Schedule(at, "cloudflare-cron", expression, (target,), platform_limit="no limit on waiting time")


# --------------------------------------------------------------------------- Kubernetes


def _kubernetes(block: Block) -> Iterator[Schedule]:
    spec = block.inner("spec")
    if not spec.text("schedule"):
        return
    job = spec.inner("job_template", "spec")
    container = job.inner("template", "spec", "container")
    words = re.findall(
        r'"((?:[^"\\]|\\.)*)"',
        container.raw("command") + container.raw("args"),
    )
    at = _at(spec, "schedule")
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
        time_limit=Given(float(limit), _at(job, "active_deadline_seconds"), "config") if limit.isdigit() else Absent(),
        overlap_guard=Given(f"concurrency_policy {policy}", at, "config")
        if policy in {"Forbid", "Replace"}
        else Absent(),
        retries=Given(6, at, "default"),
        timezone=spec.text("timezone"),
        known_cadence=_known(spec.text("schedule")),
        dormant=spec.text("suspend") == "true" or _off(block),
    )

"""Which reader a file belongs to, and the one door to all of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from auditor.model.facts import Role, Schedule, Unread
from auditor.readers.schedules import (
    aws,
    compose,
    crontab,
    github_actions,
    gitlab,
    kubernetes,
    platforms,
    spring,
    systemd,
    terraform,
)
from auditor.readers.schedules.view import View, views
from auditor.source.tree import Entry

_MAX_TEXT = 2_000_000
TextReader = Callable[[str, str], tuple[Schedule, ...]]

FILE_WORDS = (
    "schedule", "cron", "OnCalendar", "OnUnitActiveSec", "timerTrigger", "AWS::", "ofelia", "Scheduled", "rate(",
    "django_celery_beat", "@hourly", "@daily", "@weekly", "@monthly", "* *",
)  # fmt: skip
"""Words of which a declarative file that holds a schedule contains at least one; for the prefilter."""


def may_hold_schedules(path: str) -> bool:
    """Whether a file's name lets it declare schedules; the program languages are looked at by linking instead."""
    return _kind(path) != ""


def read_schedules(entry: Entry, text: str) -> tuple[tuple[Schedule, ...], tuple[Unread, ...]]:
    """The schedules that a file declares, and what of it could not be read. Never raises."""
    kind = _kind(entry.path)
    if not kind or entry.vendored or entry.role is Role.DOCS:
        return (), ()
    if len(text) > _MAX_TEXT:
        return (), (Unread(entry.path, "too large to be read for schedules"),)
    if not any(word in text for word in FILE_WORDS):
        return (), ()
    try:
        found, unread = _READERS[kind](entry.path, text)
    except RecursionError:
        return (), (Unread(entry.path, "nested too deeply to be read for schedules"),)
    return tuple(replace(s, role=entry.role) for s in found), unread


def _kind(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    lower = name.lower()
    if ".github/workflows/" in path and re.search(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$", path):
        return "workflow"
    if lower in _BY_NAME:
        return _BY_NAME[lower]
    if (
        "cron.d/" in path
        or lower.startswith(("crontab", "cron.txt"))
        or lower.endswith((".cron", ".crontab", "-cron", "-crontab", "_crontab", ".crond"))
    ):
        return "crontab"
    if lower.startswith(("docker-compose", "compose.")) and lower.endswith((".yml", ".yaml")):
        return "compose"
    if lower.startswith("dockerfile") or lower.endswith((".dockerfile", ".sh", ".bash")):
        return "installed"
    if lower.startswith("wrangler") and lower.endswith((".toml", ".json", ".jsonc")):
        return "wrangler"
    ending = lower.rpartition(".")[2] if "." in lower else ""
    return _BY_ENDING.get(ending, "")


def _document(
    reader: Callable[[str, View], tuple[Schedule, ...]],
) -> Callable[[str, str], tuple[tuple[Schedule, ...], tuple[Unread, ...]]]:
    def read(path: str, text: str) -> tuple[tuple[Schedule, ...], tuple[Unread, ...]]:
        documents, unread = views(path, text)
        return (reader(path, documents[0]) if documents else ()), unread

    return read


def _text(reader: TextReader) -> Callable[[str, str], tuple[tuple[Schedule, ...], tuple[Unread, ...]]]:
    def read(path: str, text: str) -> tuple[tuple[Schedule, ...], tuple[Unread, ...]]:
        return reader(path, text), ()

    return read


def _yaml(path: str, text: str) -> tuple[tuple[Schedule, ...], tuple[Unread, ...]]:
    """Any other YAML file: manifests and templates are known by what they say."""
    if "CronJob" in text or "CronWorkflow" in text:
        documents, unread = views(path, kubernetes.untemplated(text))
        return kubernetes.read_kubernetes(path, documents), unread if documents == () else ()
    if "AWS::" in text:
        documents, unread = views(path, text)
        return (aws.read_cloudformation(path, documents[0]) if documents else ()), unread
    if "django_celery_beat" in text:
        documents, unread = views(path, text)
        return (platforms.read_django_fixture(path, documents[0]) if documents else ()), unread
    return (), ()


def _installed(path: str, text: str) -> tuple[tuple[Schedule, ...], tuple[Unread, ...]]:
    found = crontab.read_installed(path, text) if "cron" in text else ()
    return (*found, *(platforms.read_fly_commands(path, text) if "--schedule" in text else ())), ()


def _workflow(path: str, text: str) -> tuple[tuple[Schedule, ...], tuple[Unread, ...]]:
    """The schedules of a workflow, and the crontab lines that its scripts install on some host."""
    found, unread = _document(github_actions.read_workflow)(path, text)
    return (*found, *(crontab.read_installed(path, text) if "cron" in text else ())), unread


def _json(path: str, text: str) -> tuple[tuple[Schedule, ...], tuple[Unread, ...]]:
    if "django_celery_beat" in text or "AWS::" in text:
        return _yaml(path, text)
    return (), ()


_READERS: dict[str, Callable[[str, str], tuple[tuple[Schedule, ...], tuple[Unread, ...]]]] = {
    "workflow": _workflow,
    "gitlab": _document(gitlab.read_gitlab),
    "crontab": _text(crontab.read_crontab),
    "timer": _text(systemd.read_timer),
    "compose": _document(compose.read_compose),
    "installed": _installed,
    "vercel": _document(platforms.read_vercel),
    "netlify": _document(platforms.read_netlify),
    "wrangler": _document(platforms.read_wrangler),
    "render": _document(platforms.read_render),
    "railway": _document(platforms.read_railway),
    "heroku": _document(platforms.read_heroku),
    "function": _document(platforms.read_function_json),
    "sql": _text(platforms.read_sql),
    "prefect": _document(platforms.read_prefect),
    "serverless": _document(aws.read_serverless),
    "terraform": _text(terraform.read_terraform),
    "spring": _text(spring.read_spring),
    "yaml": _yaml,
    "json": _json,
}
_BY_NAME = {
    ".gitlab-ci.yml": "gitlab",
    ".gitlab-ci.yaml": "gitlab",
    "crontab": "crontab",
    "vercel.json": "vercel",
    "netlify.toml": "netlify",
    "render.yaml": "render",
    "render.yml": "render",
    "railway.json": "railway",
    "railway.toml": "railway",
    "app.json": "heroku",
    "function.json": "function",
    "prefect.yaml": "prefect",
    "prefect.yml": "prefect",
    "serverless.yml": "serverless",
    "serverless.yaml": "serverless",
    "package.json": "",
    "package-lock.json": "",
    "tsconfig.json": "",
    "pnpm-lock.yaml": "",
}
_BY_ENDING = {
    "timer": "timer",
    "sql": "sql",
    "tf": "terraform",
    "java": "spring",
    "kt": "spring",
    "yml": "yaml",
    "yaml": "yaml",
    "template": "yaml",
    "tpl": "yaml",
    "json": "json",
}

"""Joins all analyses of the program: calls with what is in force, timers with their way to the calls, exposures, controls."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.link.program import Program
from auditor.model.facts import Control, Credential, Exposure, LlmCall, Retry, Role, Route, Schedule, Trigger
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.readers.base import LexicalCall
from auditor.source.tree import Entry


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking found."""

    calls: tuple[LlmCall, ...] = ()
    credentials: tuple[Credential, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    controls: tuple[Control, ...] = ()
    routes: tuple[Route, ...] = ()


def _call(module: str, name: str, default: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        function = getattr(importlib.import_module(f"auditor.link.{module}"), name)
    except (ImportError, AttributeError):
        return default
    return function(*args, **kwargs)


def link(
    program: Program,
    *,
    roles: Mapping[str, Role],
    paths: tuple[str, ...],
    lexical: Sequence[tuple[Entry, LexicalCall]],
    schedules: Sequence[Schedule],
    timed: Sequence[str],
) -> Linked:
    """Join everything."""
    calls: tuple[LlmCall, ...] = _call("linker", "link", (), program, roles)
    calls = tuple(sorted([*calls, *(_lexical(e, c) for e, c in lexical)], key=lambda c: (c.at, c.api)))
    return Linked(calls=calls, schedules=tuple(schedules))


def _lexical(entry: Entry, found: LexicalCall) -> LlmCall:
    """A row for a call in a language without a parser here; what the words do not tell is unclear."""
    unread = Unclear(f"{entry.language} is read lexically only")

    def told(value: bool | None) -> Setting[Any]:
        return Absent() if value is False else Given(None, found.at) if value else unread

    retry: Setting[Retry] = Given(Retry(found.retry), found.at) if found.retry else unread
    return LlmCall(
        at=found.at,
        vendor=found.vendor,
        kind=found.kind,
        api=found.api,
        operation=found.operation,
        role=entry.role,
        language=entry.language,
        function="",
        model=Given(found.model, found.at) if found.model else unread,
        output_cap=told(found.output_cap),
        timeout=told(found.timeout),
        retry=retry,
        fallback=unread,
        usage=unread,
        user_input=None,
        scheduled=None,
        reachable=None,
    )

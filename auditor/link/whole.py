"""Joins all analyses of the program: calls with what is in force, timers with their way to the calls, exposures, controls."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.link.guarded import guard_controls
from auditor.link.lexical_calls import lexical_calls
from auditor.link.program import Program
from auditor.model.facts import Control, Credential, Exposure, LlmCall, Role, Route, Schedule, Trigger
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
    calls = tuple(
        sorted([*calls, *lexical_calls(lexical, paths, scheduled=bool(schedules))], key=lambda c: (c.at, c.api))
    )
    exposed: Any = _call("exposures", "exposures_of", None, program, roles)
    controls = (*_call("controls", "find_controls", (), program, calls), *guard_controls(program, calls))
    return Linked(
        calls=calls,
        controls=controls,
        schedules=tuple(schedules),
        credentials=exposed.credentials if exposed else (),
        exposures=exposed.exposures if exposed else (),
    )

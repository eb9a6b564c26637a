"""Recognises clients that take the guard of the generated `llm_client.py`, and says what that puts in force.

The module is known by the marker that generation writes; a function that is merely called `guard` is nothing. Which
fallback the environment names at run time is not known here: the generated default is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from auditor.lazily import dataclass, regex
from auditor.link.program import FunctionInfo, Program
from auditor.link.raw_calls import RawCall, levels
from auditor.link.values import FunctionValue, alternatives
from auditor.model.facts import Control, Fallback, LlmCall, Retry
from auditor.model.location import Span
from auditor.model.setting import Absent, Given
from auditor.model.syntax import Arg, Call

MARKER = "auditor-client: 1"
"""What generation writes into the module; the rewriter's tests hold both to the same text."""

_SETTING = regex(r"^([A-Z_]+) = (.+)$", re.MULTILINE)
_CONTROLS = {
    "_reserve": ("budget-cap", "monthly budget, reserved before each call"),
    "_settle": ("alert", "one warning a month when the threshold is crossed"),
    "finish": ("cost-log", "cost of each call by feature and model"),
    "refusal": ("kill-switch", "LLM_DISABLED=1"),
}


@dataclass(frozen=True, slots=True)
class Guard:
    """The guard of one client: where it is given, and the generated module with its default settings."""

    at: Span
    module: str
    settings: dict[str, str]

    def number(self, name: str) -> float | None:
        """A numeric default of the module."""
        try:
            return float(self.settings.get(name, ""))
        except ValueError:
            return None


def guard_of(program: Program, raw: RawCall) -> Guard | None:
    """The guard that a call's client was made with, None where there is none."""
    for level in levels(raw)[1:]:
        for argument in level.call.args:
            found = _guard(program, argument, level.scope)
            if found is not None:
                return found
    return None


def _guard(program: Program, argument: Arg, scope: FunctionInfo) -> Guard | None:
    if argument.spread != "dict" or not isinstance(argument.value, Call):
        return None
    for value in alternatives(program.evaluate(argument.value.func, scope)):
        if isinstance(value, FunctionValue) and value.function.name in {"guard", "aguard"}:
            path = value.function.path
            text = program.loader.read(path) or ""
            if MARKER in text:
                head = text.partition("--- end of settings")[0]
                return Guard(argument.value.at, path, dict(_SETTING.findall(head)))
    return None


def with_guard(call: LlmCall, guard: Guard | None) -> LlmCall:
    """The call with what its client's guard puts in force; what the call says itself stays."""
    if guard is None:
        return call
    retries = guard.number("RETRIES")
    routed = guard.settings.get("FALLBACK_BASE_URL", '""') not in {'""', "''"} and call.operation != "embeddings"
    cap = guard.number("MAX_OUTPUT_TOKENS")
    capped = isinstance(call.output_cap, Absent) and call.cap_applies and cap
    timed = isinstance(call.timeout, Given)
    return replace(
        call,
        fallback=Given(Fallback("guard"), guard.at, "client") if routed else call.fallback,
        timeout=call.timeout if timed else Given(guard.number("TIMEOUT_S"), guard.at, "client"),
        retry=Given(
            Retry("explicit", None if retries is None else int(retries) + 1, True, ("guard",)), guard.at, "client"
        ),
        usage=Given("llm_client log", guard.at, "client"),
        output_cap=Given(int(cap), guard.at, "client") if capped and cap else call.output_cap,
        error_handling=call.error_handling if call.error_handling == "swallowed" else "quota-aware",
    )


def guard_controls(program: Program, calls: Iterable[LlmCall]) -> tuple[Control, ...]:
    """The controls that generated modules bring, in force where some call's client takes the guard."""
    used = any(isinstance(c.retry, Given) and c.retry.value.layers == ("guard",) for c in calls)
    found: dict[tuple[str, str], Control] = {}
    for path, info in sorted(program.modules.items()) if used else ():
        if not any(f.name in {"guard", "aguard"} for f in info.functions) or MARKER not in (
            program.loader.read(path) or ""
        ):
            continue
        for function in info.functions:
            kind = _CONTROLS.get(function.name)
            if kind is not None:
                found.setdefault((path, function.name), Control(function.at, kind[0], kind[1], in_force=True))
    return tuple(sorted(found.values(), key=lambda c: c.at))

"""Joins what is known of each LLM call: the call itself, its settings, and its surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from auditor.link.client_side import ClientSide
from auditor.link.flow import Flow, FlowFacts
from auditor.link.guarded import guard_of, with_guard
from auditor.link.held_models import retired
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall
from auditor.link.settings import Settings, settings
from auditor.model.facts import LlmCall, Retry, Role
from auditor.model.location import Step, Trace
from auditor.model.setting import Absent, Given, Setting, Unclear


def link(program: Program, flow: Flow, sides: ClientSide, roles: Mapping[str, Role]) -> tuple[LlmCall, ...]:
    """Every LLM call of the loaded modules with what is in force for it, sorted by position.

    `scheduled` is left to the triggers. The keys of `roles` are all paths of the repository.
    """
    raws = flow.raws
    return tuple(_row(program, raw, roles, sides, flow.of(raw)) for raw in raws)


def _row(program: Program, raw: RawCall, roles: Mapping[str, Role], sides: ClientSide, flow: FlowFacts) -> LlmCall:
    known = settings(program, raw)
    known = replace(known, model=retired(program, raw, known.model))
    call = LlmCall(
        at=raw.at,
        vendor=raw.inventory,
        kind=raw.kind,
        api=raw.api,
        operation=raw.operation,
        role=roles.get(raw.at.path, Role.APP),
        language=_language(program, raw),
        function=raw.site.function.id,
        client_side=False if raw.language == "python" else sides.ships(raw.at.path, raw.at),
        client=known.client,
        model=known.model,
        model_status=_model_status(program, raw, known),
        model_ends=_model_ends(program, raw, known),
        base_url=known.base_url,
        output_cap=known.output_cap,
        cap_applies=raw.cap_applies,
        timeout=_timeout(known, flow),
        retry=_retry(known.retry, flow.retry),
        fallback=flow.fallback,
        usage=flow.usage,
        loop=flow.loop,
        recursive=flow.recursive,
        user_input=flow.user_input,
        operator_input=flow.operator_input,
        scheduled=False,
        reachable=flow.reachable,
        streaming=known.streaming,
        error_handling=flow.error_handling,
        user_controls_limits=flow.user_controls_limits,
        key_from_request=flow.key_from_request,
        history=flow.history,
        billed=raw.billed,
        spelling=known.spelling,
        routes=flow.routes,
        trace=_trace(raw),
    )
    return with_guard(call, guard_of(program, raw))


def _model_status(program: Program, raw: RawCall, known: Settings) -> str:
    """What the vendor says of the model's name; nothing where name or vendor is not known."""
    name = known.model.value if isinstance(known.model, Given) else None
    if not raw.vendor or not isinstance(name, str):
        return ""
    if program.catalog.is_deprecated(name, raw.vendor):
        return "deprecated"
    return "alias" if program.catalog.is_unpinned(name, raw.vendor) else ""


def _model_ends(program: Program, raw: RawCall, known: Settings) -> str:
    """The model's announced last day."""
    name = known.model.value if isinstance(known.model, Given) else None
    return program.catalog.last_day_of(name, raw.vendor) if raw.vendor and isinstance(name, str) else ""


def _language(program: Program, raw: RawCall) -> str:
    info = program.modules.get(raw.at.path)
    return info.module.language if info is not None else raw.language


def _timeout(known: Settings, flow: FlowFacts) -> Setting[float | None]:
    """The SDK's own limit, else one that the surroundings set."""
    for setting in (known.timeout, flow.timeout):
        if isinstance(setting, Given):
            return setting
    return known.timeout if isinstance(known.timeout, Unclear) else flow.timeout


def _retry(own: Setting[Retry], outer: Setting[Retry]) -> Setting[Retry]:
    """Layers multiply: what the code repeats, the SDK repeats each time."""
    if not isinstance(outer, Given):
        return outer if isinstance(outer, Unclear) and isinstance(own, Absent) else own
    inner = own.value if isinstance(own, Given) else Retry("none", 1)
    code = outer.value
    if code.kind == "none":
        return own
    default = inner.kind == "sdk-default"
    attempts = code.attempts * inner.attempts if code.attempts and inner.attempts else code.attempts
    layers = tuple(dict.fromkeys((*code.layers, *inner.layers)))
    backoff = code.backoff or (inner.backoff and code.kind != "unbounded")
    joined = Retry(code.kind, attempts, backoff, layers, inner.attempts, default)
    return Given(joined, outer.at, outer.source, outer.trace)


def _trace(raw: RawCall) -> Trace:
    """Where the request really happens, if that is in another place than the row."""
    if raw.request is not None:
        return (Step(raw.at, "calls a helper"), Step(raw.request.call.at, "sends the request"))
    if raw.invocations and raw.invocations[0].call is not raw.site.call:
        return (Step(raw.at, "makes the model"), *(Step(c.call.at, "sends through it") for c in raw.invocations[:5]))
    return ()

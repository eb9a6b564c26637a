"""What else is true of a schedule once its way is known: the secret of its route, the key that it shares or prints."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from auditor.catalog.index import Catalog
from auditor.lazily import regex
from auditor.link.program import FunctionInfo, Program
from auditor.link.schedules_reading import last_name
from auditor.model.facts import LlmCall, Schedule, Trigger
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.model.syntax import Attr, Const, If, Name, Raise, Return, Template
from auditor.model.walk import walk

_SECRET = regex(
    r"cron_?secret|secret|token|api_?key|authori[sz]ation|signature|bearer|x-cron|password|verif|authenticat|getServerSession|"
    r"currentUser|getUser|require_?(?:auth|admin|user)|is_?admin|permission|jwt|HTTPBearer|APIKeyHeader|login_required",
    re.IGNORECASE,
)
_REFUSALS = {401, 403}
_SPREAD = 3  # lines over which one command line goes on
_AT_START = ("on_ready", "setup_hook", "on_connect")
_AT_CRON = regex(r"/cron(?:s|[-_]\w+)?(?=/|$)")
_SECRET_OF = regex(r"^\$\{\{\s*secrets\.(\w+)\s*\}\}$")
_KEY_NAME = r"[A-Z0-9_]*(?:API_?KEY|SECRET|TOKEN|PASSWORD)[A-Z0-9_]*"
_PRINTED = regex(
    rf"(?:^|[;&|]\s*|\n\s*)(?:echo|printf)\b[^\n|>;]*\$(?:\{{)?{_KEY_NAME}\b(?![^\n]*(?:>>?\s*(?:\S*\.env|\$GITHUB_ENV|\"?\$))|[^\n]*--password-stdin|[^\n]*\|)"
    rf"|(?:^|[;&|]\s*|\n\s*)(?:echo|printf)\b[^\n|>;]*\$\{{\{{\s*secrets\.{_KEY_NAME}\s*\}}\}}(?![^\n]*>)"
    r"|(?:^|\n)\s*(?:printenv|env)\s*(?:$|\n)",
    re.MULTILINE,
)


def endpoint_auth(program: Program, handlers: Iterable[FunctionInfo]) -> Setting[str]:
    """The secret that a route verifies before it works: in the handler, in what it calls first, or in its decorators."""
    found: Setting[str] = Unclear("the route's handler was not found")
    for function in handlers:
        seen: set[str] = set()
        verdict = _verifies(program, function, seen, 0)
        if verdict is None:
            return Absent()
        found = verdict
    return found


def _verifies(program: Program, function: FunctionInfo, seen: set[str], depth: int) -> Given[str] | None:
    if function.id in seen or depth > 2 or function.definition is None:
        return None
    seen.add(function.id)
    definition = function.definition
    for decorator in definition.decorators:
        if any(_names_secret(n) for n in walk(decorator)):
            return Given(last_name(decorator), decorator.at, "config")
    for param in definition.params:
        for expr in (param.default, param.annotation):
            if expr is not None and any(_names_secret(n) for n in walk(expr)):
                return Given(param.name, param.at, "config")
    refuses = any(_refusal(n) for n in walk(definition))
    for node in walk(definition):
        if isinstance(node, If) and refuses and any(_names_secret(n) for n in walk(node.test)):
            leaves = any(isinstance(s, Return | Raise) for s in node.body) or any(
                isinstance(s, Return | Raise) for s in node.orelse
            )
            if leaves:
                return Given("a secret", node.test.at, "config")
    for site in program.sites(function)[:12]:
        for callee in program.callees(site):
            if _SECRET.search(callee.name):
                inner = _verifies(program, callee, seen, depth + 1)
                if inner is not None or refuses:
                    return inner or Given(callee.name, site.call.at, "config")
    parent = function.parent
    if parent is not None and parent.definition is None and depth == 0:
        return _wrapped(program, function)
    return None


def _wrapped(program: Program, function: FunctionInfo) -> Given[str] | None:
    """`export const GET = withAuth(handler)`: the handler is handed to something that verifies."""
    for site in program.callers(function)[:6]:
        if site.kind == "reference" and _SECRET.search(last_name(site.call.func)):
            return Given(last_name(site.call.func), site.call.at, "config")
    return None


def _names_secret(node: object) -> bool:
    """Whether a name or text speaks of a secret; Vercel's own header can be forged and is none."""
    match node:
        case Name(id=name) | Attr(name=name):
            return bool(_SECRET.search(name))
        case Const(value=str() as text):
            return bool(_SECRET.search(text)) and "x-vercel-cron" not in text.lower()
        case _:
            return False


def _refusal(node: object) -> bool:
    match node:
        case Const(value=int() as value) if not isinstance(value, bool):
            return value in _REFUSALS
        case Const(value=str() as text):
            return text.lower() in {"unauthorized", "forbidden", "401", "403"}
        case Name(id=name) | Attr(name=name):
            return bool(re.search(r"unauthori[sz]ed|forbidden|HTTP_40[13]|PermissionDenied", name, re.IGNORECASE))
        case Template(parts=parts):
            return any(_refusal(p) for p in parts)
        case _:
            return False


def printed_key(schedule: Schedule) -> Span | None:
    """Where a command of the job prints a key variable, or the whole environment."""
    for target in schedule.targets:
        if target.command is not None:
            found = _PRINTED.search(target.command.text)
            if found:
                line = target.command.text.count("\n", 0, found.start() + 1)
                block = 1 if "\n" in target.command.text else 0
                return Span(target.command.at.path, target.command.at.line + line + block)
    return None


# --------------------------------------------------------------------------- with the calls


def with_requests(
    triggers: Sequence[Trigger], calls: Sequence[LlmCall]
) -> tuple[tuple[Trigger, ...], tuple[LlmCall, ...]]:
    """The triggers with the calls that their own commands make (`curl` to a vendor), and those calls as scheduled."""
    lines: dict[str, list[LlmCall]] = {}
    for call in calls:
        lines.setdefault(call.at.path, []).append(call)
    found, reached = [], set()
    for trigger in triggers:
        own = set()
        for last in (t[-1] for t in trigger.traces if t and t[-1].label.startswith("requests ")):
            near = [c for c in lines.get(last.at.path, ()) if abs(c.at.line - last.at.line) <= _SPREAD]
            if near:
                own.add(min(near, key=lambda c: (abs(c.at.line - last.at.line), c.at)).at)
        reached |= own
        found.append(replace(trigger, calls=tuple(sorted({*trigger.calls, *own}))) if own else trigger)
    marked = tuple(replace(c, scheduled=True) if c.at in reached else c for c in calls)
    return tuple(found), marked


def with_calls(
    program: Program, schedules: Sequence[Schedule], triggers: Sequence[Trigger], calls: Sequence[LlmCall]
) -> tuple[Schedule, ...]:
    """The schedules with what their calls tell: the keys that they share."""
    by_span: dict[Span, LlmCall] = {c.at: c for c in calls}
    passed: dict[tuple[str, int], bool] = {}  # what schedules pass, and whether the way there asks for a secret
    for schedule, trigger in zip(schedules, triggers, strict=True):
        for step in (s for trace in trigger.traces for s in trace):
            place = (step.at.path, step.at.line)
            passed[place] = passed.get(place, False) or isinstance(schedule.endpoint_auth, Given)
    passed |= _made_for_timers(program, calls, passed)
    asked = [(c, _by_people(c, passed)) for c in calls]
    interactive = [c for c, people in asked if people]
    doubtful = {c.at for c, people in asked if people is None}
    found = []
    for schedule, trigger in zip(schedules, triggers, strict=True):
        reached = [by_span[s] for s in trigger.calls if s in by_span]
        shared = _shared(schedule, reached, interactive, program.catalog)
        if isinstance(shared, Absent) and any(c.at in doubtful for c in reached):
            shared = Unclear("the endpoint of the scheduler asks for no secret; whether people use it cannot be seen")
        found.append(replace(schedule, shared_key=shared))
    return tuple(found)


def _made_for_timers(
    program: Program, calls: Sequence[LlmCall], passed: Mapping[tuple[str, int], bool]
) -> dict[tuple[str, int], bool]:
    """Endpoints as `/api/cron/…` that no timer of this repository asks, and whether they ask for a secret."""
    places = {(r.at.path, r.at.line) for c in calls for r in c.routes if _AT_CRON.search(r.name)} - set(passed)
    if not places:
        return {}
    handlers = [f for f in program.functions() if f.definition and (f.path, f.definition.at.line) in places]
    return dict.fromkeys(places, False) | {
        (f.path, f.definition.at.line): isinstance(endpoint_auth(program, [f]), Given) for f in handlers if f.definition
    }


def _by_people(call: LlmCall, passed: Mapping[tuple[str, int], bool]) -> bool | None:
    """Whether people's requests lead to a call; who types a command runs a job, as a timer does.

    No way for people is a scheduler's endpoint (one that a timer asks, or `/api/cron/…`) that asks for a secret, or what
    a bot does when it has been started. An endpoint that asks for none may be the scheduler's alone; that cannot be seen.
    """
    if not call.routes:
        return call.user_input is True and not call.operator_input
    found: set[bool | None] = set()
    for route in call.routes:
        if route.kind == "cli" or (route.kind == "bot" and route.function.endswith(_AT_START)):
            continue
        guarded = passed.get((route.at.path, route.at.line))
        found.add(True if guarded is None else False if guarded or isinstance(route.auth, Given) else None)
    return True if True in found else None if None in found else False


def _shared(
    schedule: Schedule, reached: list[LlmCall], interactive: list[LlmCall], catalog: Catalog
) -> Setting[str] | None:
    """Whether the job's calls go out with the key that people's requests use too: through the same client, as a rule."""
    if not reached:
        return None
    if not interactive:
        return Absent()
    vendors = {c.vendor for c in reached}
    given = _keys_given(schedule, catalog, vendors) or _keys_given(schedule, catalog)
    if given and all(secret != variable for variable, secret in given):
        return Absent()  # a secret of the job's own under another name
    if given:
        return Unclear(
            f"the job's key is the secret {given[0][1]}; whether interactive calls use the same cannot be seen"
        )
    own = {c.at for c in reached}
    for call in reached:
        for other in interactive:
            same = other.at in own or (call.client is not None and call.client == other.client)
            if same:
                return Given(f"the {call.vendor.removeprefix('other:')} client of interactive calls", other.at)
    vendors = {c.vendor for c in reached} & {c.vendor for c in interactive}
    return (
        Unclear(f"interactive calls use {sorted(vendors)[0]} too; whether with the same key cannot be seen")
        if vendors
        else Absent()
    )


def _keys_given(schedule: Schedule, catalog: Catalog, vendors: Collection[str] | None = None) -> list[tuple[str, str]]:
    """The vendors' key variables that the job's own environment sets from a secret, each with the secret's name."""
    pairs = {p for t in schedule.targets if t.command is not None for p in t.command.env}
    found = (
        (name, _SECRET_OF.match(value))
        for name, value in sorted(pairs)
        if (vendor := catalog.vendor_of_env(name)) is not None and (vendors is None or vendor.inventory in vendors)
    )
    return [(name, match.group(1)) for name, match in found if match is not None]

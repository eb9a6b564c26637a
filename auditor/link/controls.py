"""Controls that the repository has: budgets, quotas, rate limits, cost logs, caches, switches, breakers, gateways.

A control counts only if it does something: a budget must end or refuse, a limiter must be applied, a log must hold a
cost. Precision goes before completeness. `in_force`: it stands in a function that leads to an LLM call or is called on
the way to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from auditor.lazily import regex
from auditor.link.budgets import Budgets, compares, spelling, spent_against_limit
from auditor.link.flow import Flow
from auditor.link.flow_index import FunctionIndex, call_name, key_of, own_nodes, receiver_of
from auditor.link.program import FunctionInfo
from auditor.link.routes import is_test_path
from auditor.model.facts import Control
from auditor.model.location import Span
from auditor.model.setting import Given
from auditor.model.syntax import (
    Assign,
    Attr,
    BoolOp,
    Break,
    Call,
    Const,
    Expr,
    FunctionExpr,
    If,
    Name,
    Raise,
    Return,
    Unary,
)
from auditor.model.walk import walk

_WARNS = regex(
    r"^_*(warn(ing)?|critical|error|alert|notify|page|publish|capture_?(message|exception)|send(_\w+)?)$"
    r"|^_*(send|post|raise|trigger|fire|emit)_?\w*(alert|warning|notification|mail|slack|message)\w*$",
    re.I,
)
_CHECKS = regex(
    r"(check|guard|ensure|enforce|assert|require|verify|budget|spend|limit|quota|allow|before|reserve)", re.I
)
_QUOTA = regex(
    r"(quota|credits?|balance|usage_?limit|daily_?limit|message_?limit|remaining_?(messages|requests|calls)|within_?budget)",
    re.I,
)
_USER = regex(
    r"(user|member|customer|account|tenant|owner|chat_id|phone|ip_?addr|client_ip|remote|sender|author|\bupdate\b)",
    re.I,
)
_RATE = regex(
    r"^_*(rate_?limit(er|s|ed)?|\w*limiter|throttle[rd]?|slow_?down|check_?rate_?limit|is_?rate_?limited|enforce_?rate_?limit)\w*$",
    re.I,
)
_SWITCH = regex(
    r"((llm|ai|openai|gpt|chat(bot)?|model|assistant|agent|generation)_?(is_?)?(enabled|disabled|active|off)"
    r"|(enable|disable)_?(llm|ai|openai|gpt|chat|model|image|tts|vision|transcription|agent)\w*"
    r"|kill_?switch|is_enabled|maintenance_mode)",
    re.I,
)
_BREAKER = regex(r"(circuit_?breaker|CircuitBreaker|opossum|pybreaker|aiobreaker)")
_COST_LOG = regex(
    r"^_*(track|record|log|save|store|add|report|insert|register|persist|update)_?\w*?(usage|costs?|tokens?|spend)\w*$",
    re.I,
)
_CACHE = regex(r"(set_llm_cache|GPTCache|semantic_?cache|llm_?cache|response_?cache|prompt_?cache_get)", re.I)
_BREAKS = regex(r"reaker|opossum")  # in every spelling of one
_ERROR = regex(r"(err(or)?\b|exception|exc\b|rate_?limit_?(error|exceeded))", re.I)
_RATE_WORDS = regex(r"(rate_?limit|limiter|throttl)", re.I)
_GATEWAY = regex(r"^(litellm\.(Router|router\.Router)|portkey_ai\.Portkey|portkey-ai:)")
_LIBRARY_BUDGET = regex(r"^litellm\.max_budget$")  # kept by the library itself, in this process
_LIBRARY_PREFIX = "litellm."
_ALERT = regex(
    r"(budget|spend|cost|quota|usage)_?\w*(alert|warn|warning|notif)\w*|(alert|warn|notify)_?\w*(budget|spend|cost|quota)\w*",
    re.I,
)


def find_controls(flow: Flow) -> tuple[Control, ...]:
    """The controls in the program files that are loaded, by position; those in tests are none."""
    found: dict[tuple[Span, str], Control] = {}
    reaching = set(flow.reach.functions)
    callees = _called_by(flow, reaching)
    budgets = Budgets(flow.index, flow.reach.of_site)
    for path, module in sorted(flow.program.modules.items()):
        if is_test_path(path):
            continue
        scan = flow.program.scan_of(path)
        breaks = scan is not None and any(_BREAKS.search(name) for name in (*scan.mentions, *scan.calls))
        called = breaks or (scan is not None and any(_tells(name) for name in scan.calls))
        set_budget = scan is not None and "max_budget" in scan.stored  # indexing every function would cost too much
        for function in module.functions:
            near = function.id in reaching or function.id in callees
            on_way = function.id in reaching
            for control in chain(
                _of_calls(flow, function, near, on_way, breaks) if called else (),
                _of_statements(flow, function, near, on_way, budgets) if near or set_budget else (),
                _of_decorators(function, on_way),
            ):
                found.setdefault((control.at, control.kind), control)
    lines = {(at.path, at.line) for at, _ in found}
    for number, raw in enumerate(flow.raws):
        for frame in flow.callers.frames(raw.places):
            for route in flow.entries.routes(frame.scope):
                at = route.rate_limit.at if isinstance(route.rate_limit, Given) else None
                if at is not None and (at.path, at.line) not in lines and isinstance(route.rate_limit, Given):
                    found.setdefault((at, "rate-limit"), Control(at, "rate-limit", route.rate_limit.value, True))
        fallback = flow.fallbacks.of(number)
        if isinstance(fallback, Given) and fallback.value.mechanism in ("router", "framework", "gateway"):
            found.setdefault(
                (fallback.at, "fallback-config"),
                Control(fallback.at, "fallback-config", fallback.value.mechanism, True),
            )
    return tuple(found[key] for key in sorted(found))


def _switched_off(value: Expr | None) -> bool:
    """A budget of nothing at all is none: `None`, `False`, `float("inf")` and what is not above zero."""
    match value:
        case Const(value=bool() | None):
            return True
        case Const(value=int() | float() as number):
            return number <= 0
        case Unary() | None:
            return True
        case Call(args=(first, *_)):
            return isinstance(first.value, Const) and str(first.value.value).lower().lstrip("+") in ("inf", "infinity")
        case _:
            return False


def _called_by(flow: Flow, reaching: set[str]) -> set[str]:
    """Functions that those on the way to a call run themselves, a check before the call, and what such a check asks."""
    out: set[str] = set()
    checks: list[FunctionInfo] = []
    for path in sorted({i.partition("::")[0] for i in reaching}):
        module = flow.program.module(path)
        for function in module.functions if module is not None else ():
            if function.id in reaching:
                checks += _run_by(flow, function, out)
    for function in checks:
        if _CHECKS.search(function.name):
            _run_by(flow, function, out)
    return out


def _run_by(flow: Flow, function: FunctionInfo, out: set[str]) -> list[FunctionInfo]:
    """The functions that one runs and that were not in `out` yet, which they join."""
    new = {c.id: c for site in flow.program.sites(function) for c in flow.index.callees(site)[:4] if c.id not in out}
    out.update(new)
    return list(new.values())


def _of_calls(flow: Flow, function: FunctionInfo, near: bool, on_way: bool, breaks: bool) -> Iterator[Control]:
    for site in flow.program.sites(function):
        if breaks or _tells(call_name(site.call)):
            yield from _of_call(flow, site.call, function, near, on_way)


def _of_statements(flow: Flow, function: FunctionInfo, near: bool, on_way: bool, budgets: Budgets) -> Iterator[Control]:
    index = flow.index.of(function)
    for node in index.nodes:
        match node:
            case If() if near:
                kind = _guard(node, index, budgets)
                if not kind and budgets.kept(node, index, on_way):
                    kind = "per-user-quota" if _USER.search(spelling(node.test)) or _about_user(index) else "budget-cap"
                if kind:
                    where = function.id if kind == "per-user-quota" else ""
                    yield Control(node.at, kind, spelling(node.test), True, function=where)
            case Assign(targets=(Attr() as target, *_), value=value):
                if _LIBRARY_BUDGET.match(flow.program.symbol(target, function)) and not _switched_off(value):
                    used = any(raw.api.startswith(_LIBRARY_PREFIX) for raw in flow.raws)
                    yield Control(node.at, "budget-cap", key_of(target), used)
            case _:
                pass


def _of_decorators(function: FunctionInfo, on_way: bool) -> Iterator[Control]:
    for decorator in function.definition.decorators if function.definition is not None else ():
        name = _name(decorator)
        if name and (_RATE.match(name) or (name == "limit" and "limit" in key_of(_func(decorator)).lower())):
            yield Control(decorator.at, "rate-limit", name, on_way)


@lru_cache(maxsize=4096)
def _tells(name: str) -> bool:
    """Whether a call of this name may be a control, by the name alone: one in a hundred may."""
    return (
        name in ("limit", "Router", "Portkey", "add_middleware", "use")
        or _CACHE.search(name) is not None
        or any(p.match(name) for p in (_COST_LOG, _ALERT, _RATE))
    )


def _of_call(flow: Flow, call: Call, function: FunctionInfo, near: bool, on_way: bool) -> Iterator[Control]:
    name = call_name(call)
    spelled = key_of(call.func)
    if _BREAKER.search(spelled):
        yield Control(call.at, "circuit-breaker", name, on_way or None)
    elif not _tells(name):
        return
    elif _CACHE.search(name) and call.args:
        yield Control(call.at, "cache", name, on_way or None)
    elif near and on_way and _COST_LOG.match(name) and call.args and not _defines(function, name):
        yield Control(call.at, "cost-log", name, True)
    elif _ALERT.match(name) and call.args:
        yield Control(call.at, "alert", name, near or None)
    elif on_way and _RATE.match(name) and _decides(flow.index.of(function), call) and not _paces(flow, call, function):
        yield Control(call.at, "rate-limit", name, True)
    elif on_way and name == "limit" and "limit" in key_of(receiver_of(call)).lower():
        yield Control(call.at, "rate-limit", spelled, True)
    elif name in ("Router", "Portkey") and _GATEWAY.match(flow.program.symbol(call.func, function)):
        yield Control(call.at, "gateway-config", name, True)
    elif name in ("add_middleware", "use") and any(_RATE.match(key_of(a.value).rpartition(".")[2]) for a in call.args):
        yield Control(call.at, "rate-limit", name, True)


def _guard(node: If, index: FunctionIndex, budgets: Budgets) -> str:
    """What an `if` that ends the way to a call is: a budget, a quota, a switch; "" for anything else."""
    if not _refuses(node):
        return "alert" if spent_against_limit(node.test, index) and _warns(node) else ""
    text = spelling(node.test)
    compared = compares(node.test)
    of_user = _USER.search(text) is not None or _about_user(index)
    if compared and _QUOTA.search(text) and of_user:
        return "per-user-quota"
    if budgets.named(node, index):
        return "budget-cap"
    if (_RATE_WORDS.search(text) and not _ERROR.search(text)) or (compared and _says_too_many(node)):
        return "rate-limit"
    if _SWITCH.search(text) and not compared:
        return "kill-switch"
    return ""


def _warns(node: If) -> bool:
    """One branch tells somebody: a warning in the log, a message."""
    calls = (n for s in node.body for n in walk(s) if isinstance(n, Call))
    return any(_WARNS.match(call_name(c)) for c in calls)


def _refuses(node: If) -> bool:
    """One branch leaves: it raises, returns, breaks, or answers with a refusal."""
    return any(isinstance(stmt, Raise | Return | Break) for stmt, _ in own_nodes(node.body))


def _says_too_many(node: If) -> bool:
    """The refusal is HTTP's 429."""
    return any(isinstance(n, Const) and n.value == 429 for s in node.body for n in walk(s))


def _about_user(index: FunctionIndex) -> bool:
    return any(_USER.search(p.name) for p in index.params) or bool(_USER.search(index.function.name))


def _paces(flow: Flow, call: Call, function: FunctionInfo) -> bool:
    """`throttle(onScroll, 200)` of a page, `await throttleStart()`: it delays what comes, and refuses nothing."""
    if "throttle" not in call_name(call).lower() or function.language == "python":
        return False
    if any(isinstance(a.value, FunctionExpr | Name) for a in call.args[:1]) and len(call.args) > 1:
        return True
    index = flow.index.of(function)
    return not any(isinstance(up, If) and child is up.test for up, child in index.above(call))


def _decides(index: FunctionIndex, call: Call) -> bool:
    """The result is looked at, or the call stands alone (it raises)."""
    return any(
        isinstance(up, If | Unary | BoolOp) or type(up).__name__ in ("ExprStmt", "Assign")
        for up, _ in index.above(call)
    )


def _defines(function: FunctionInfo, name: str) -> bool:
    return function.name == name


def _func(decorator: Expr) -> Expr:
    return decorator.func if isinstance(decorator, Call) else decorator


def _name(decorator: Expr) -> str:
    return key_of(_func(decorator)).rpartition(".")[2]

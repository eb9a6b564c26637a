"""What can be seen of the calls while they run: who caused them, whether a tool records them, what the logs hold.

Knows the names under which programs hand over a user, a feature or a model, and which functions write a log. A tool that
records calls is the catalog's. Whether anybody looks at what is recorded is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from auditor.link import library
from auditor.link.code import CallSite
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall, arguments
from auditor.link.values import ListValue, Made, Value, alternatives
from auditor.model.facts import Control, LlmCall, Role
from auditor.model.location import Span
from auditor.model.setting import Given
from auditor.model.syntax import Arg, Assign, Attr, Await, Call, Const, Entry, Expr, FunctionDef, Index, Name, Opaque
from auditor.model.walk import children, walk

_USER = re.compile(
    r"(?:^|_|(?<=[a-z])(?=[A-Z]))(?:user|session|account|tenant|customer|chat_?id|conversation|thread_?id|member|safety_identifier)",
    re.IGNORECASE,
)
_FEATURE = re.compile(
    r"(?:^|_|(?<=[a-z])(?=[A-Z]))(?:feature|route|endpoint|operation|task|purpose|agent|step|stage|function_?id|trace_?name|"
    r"generation_?name|tags?|component|caller|call_?type|request_?type|use_?case|service|source|action|job)(?:$|_|[A-Z])",
    re.IGNORECASE,
)
_MODEL = re.compile(r"(?:^|_|(?<=[a-z])(?=[A-Z]))(?:model|engine|deployment)", re.IGNORECASE)
_LOGGER = re.compile(r"(?:^|\.|_)(?:log(?:ger|ging|uru)?|console|winston|pino)$", re.IGNORECASE)
_LEVELS = frozenset({"info", "warning", "warn", "error", "exception", "critical", "fatal", "log", "success", "notice"})
_PRINTS = frozenset({"print", "pprint", "console.log", "console.info", "console.warn", "console.error"})
_CONTENT = frozenset(
    {"content", "text", "message", "choices", "output_text", "output", "parts", "candidates", "completion", "delta"}
)
_ABOUT = frozenset({"len", "type", "bool", "isinstance", "hash", "id", "sha256", "md5", "count", "typeof", "Boolean"})
_HIDES = re.compile(
    r"redact|mask|hash|anonymi|scrub|sanitiz|truncat|shorten|preview|length|size|count|tokens?$", re.IGNORECASE
)
_SERVED = frozenset({"http", "bot", "server-action", "function"})
_MAX_NAMES = 40


def observe(
    program: Program, raws: Sequence[RawCall], calls: Iterable[LlmCall]
) -> tuple[tuple[LlmCall, ...], tuple[Control, ...]]:
    """Every call with what its record tells and what logs hold of its content, and the tools that watch over them."""
    by_place = {(raw.at, raw.api): raw for raw in raws}
    seen: list[LlmCall] = []
    controls: dict[tuple[Span, str], Control] = {}
    for call in calls:
        raw = by_place.get((call.at, call.api))
        if raw is None or call.role is Role.TEST:
            seen.append(call)
            continue
        call = replace(
            call, attribution=_attribution(program, raw, call), content_logged=_content_logged(program, raw, call)
        )
        seen.append(call)
        for control in _watched(program, raw, call):
            controls.setdefault((control.at, control.kind), control)
    if raws:
        for control in _process_wide(program):
            controls.setdefault((control.at, control.kind), control)
    return tuple(seen), tuple(controls[key] for key in sorted(controls))


# --------------------------------------------------------------------------- who caused it


def _attribution(program: Program, raw: RawCall, call: LlmCall) -> tuple[str, ...]:
    """Which of user, feature and model go along with a call or with the record of its usage.

    "more": the record is no plain line of a log, so that it may hold what stands elsewhere.
    """
    words: list[str] = []
    noted: list[str] = []
    plain = False
    for place in raw.places:
        words += _names_given(place.call)
    for role in ("usage_sink", "headers"):
        for argument in arguments(program, raw, role):
            words += _names_in(argument.expr)
    if isinstance(call.usage, Given):
        for site in _at_line(program, call.usage.at):
            plain = plain or _logs(site.call)
            noted += _names_given(site.call)
            noted += [n for a in site.call.args for n in _names_in(a.value)]
    words += noted
    found = {what for what, pattern in (("user", _USER), ("feature", _FEATURE)) if any(map(pattern.search, words))}
    if isinstance(call.usage, Given) and (call.usage.value == "observer" or any(map(_MODEL.search, noted))):
        found.add("model")
    return tuple(sorted(found if plain else found | {"more"}))


def _names_given(call: Call) -> list[str]:
    """The names under which a call is given something: its keywords, and the keys of the mappings among its arguments."""
    out = [a.name for a in call.args if a.name]
    for arg in call.args:
        out += [key for n in walk(arg.value) if isinstance(n, Entry) and (key := _text(n.key))][:_MAX_NAMES]
    return out


def _text(expr: Expr | None) -> str:
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, str) else ""


def _names_in(expr: Expr) -> list[str]:
    out = []
    for node in walk(expr):
        match node:
            case Name(id=name) | Attr(name=name):
                out.append(name)
            case Entry(key=Const(value=str() as key)):
                out.append(key)
            case _:
                pass
    return out[:_MAX_NAMES]


def _at_line(program: Program, at: Span) -> Iterator[CallSite]:
    module = program.modules.get(at.path)
    for function in module.functions if module is not None else ():
        for site in program.sites(function):
            if site.call.at.line <= at.line <= max(site.call.at.line, site.call.at.end_line):
                yield site


# --------------------------------------------------------------------------- what watches


def _watched(program: Program, raw: RawCall, call: LlmCall) -> Iterator[Control]:
    """A tool that records this very call."""
    if not isinstance(call.usage, Given):
        return
    if call.usage.value == "observer" or any(
        _is_observer(program, a.expr, a.scope) for a in arguments(program, raw, "usage_sink")
    ):
        yield Control(call.usage.at, "tracing", "an observer records each call", True)
        if "user" in call.attribution:
            yield Control(call.usage.at, "user-attribution", "the record of each call names its user", True)
        if isinstance(call.fallback, Given):
            yield Control(call.usage.at, "fallback-log", "the calls of both routes are recorded", True)
    elif "user" in call.attribution:
        yield Control(call.usage.at, "user-attribution", "the record of the usage names its user", True)


def _is_observer(program: Program, expr: Expr, scope: Any) -> bool:
    todo: list[Value] = list(alternatives(program.expand(program.evaluate(expr, scope))))
    for value in todo[:8]:
        if isinstance(value, ListValue):
            todo.extend(v for item in value.items[:6] for v in alternatives(item))
    return any(
        isinstance(v, Made) and any(s is not None and s.records_usage for s in (v.type, v.shape)) for v in todo[:16]
    )


def _process_wide(program: Program) -> Iterator[Control]:
    """What is switched on for the whole process: error reports, logs of retries, records of how a task ended."""
    kinds = {
        **dict.fromkeys(library.REPORTS_ERRORS, "error-tracking"),
        **dict.fromkeys(library.RECORDS_OUTCOMES, "outcome-log"),
    }
    last = {re.split(r"[.:]", symbol)[-1] for symbol in kinds}
    for scan in program.scans():
        for name in sorted(last & scan.calls.keys()):
            for site in scan.calls[name][:20]:
                kind = kinds.get(_plain(program.symbol(site.call.func, site.function)))
                if kind is None and name in library.RECORDS_OUTCOME_METHODS:
                    kind = "outcome-log"
                if kind:
                    yield Control(site.call.at, kind, name, True)
        for name in sorted(library.RETRY_LOGS.keys() & scan.calls.keys()):
            for site in scan.calls[name][:20]:
                if any(a.name in library.RETRY_LOGS[name] for a in site.call.args):
                    yield Control(site.call.at, "retry-log", name, True)


def _plain(symbol: str) -> str:
    return symbol.replace("()", "")


# --------------------------------------------------------------------------- what logs hold


def _content_logged(program: Program, raw: RawCall, call: LlmCall) -> Span | None:
    """Where the prompt or the answer of a call is written to a log as it is."""
    for place in raw.places[:4]:
        body = place.function.definition.body if place.function.definition is not None else None
        if body is None:
            continue
        asked, said = _prompt_names(place.call), _answer_names(body, place.call)
        if not asked and not said:
            continue
        for node in (site.call for site in program.sites(place.function) if site.call is not place.call):
            # What is logged as an error beside an answer is what went wrong with it.
            later = node.at.line > place.call.at.line and not _warns(node)
            names = asked | said if later else asked
            if _writes(node, call) and any(_holds(arg.value, names) for arg in node.args):
                return node.at
    return None


def _within(node: Any) -> Iterator[Any]:
    """What stands in a statement, functions inside it left out."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(c for c in reversed(list(children(current))) if not isinstance(c, FunctionDef))


def _prompt_names(call: Call) -> set[str]:
    """The variables that go into a request as text."""
    out: set[str] = set()
    for arg in call.args:
        if arg.name in (None, "messages", "prompt", "input", "contents", "content", "query", "system"):
            for node in walk(arg.value):
                match node:
                    case Entry(key=Const(value=str() as key), value=Name(id=name)) if key in (
                        "messages", "prompt", "input", "contents", "content", "text", "parts",
                    ):  # fmt: skip
                        out.add(name)
            if arg.name is not None and isinstance(arg.value, Name):
                out.add(arg.value.id)
    return {n for n in out if not n.isupper()}


def _answer_names(body: Sequence[Any], call: Call) -> set[str]:
    """The variables that hold the answer, or its text."""
    out: set[str] = set()
    for _ in range(2):
        for statement in body:
            for node in _within(statement):
                if not isinstance(node, Assign) or node.value is None:
                    continue
                value = node.value.value if isinstance(node.value, Await) else node.value
                if (
                    value is call
                    or any(n is call for n in walk(value))
                    or (out and _holds(value, out) and not isinstance(value, Call))
                ):
                    out |= {t.id for t in node.targets if isinstance(t, Name)}
    return out


def _holds(expr: Expr, names: set[str]) -> bool:
    """Whether an expression hands over the value of one of the names, or its text, and not only something about it."""
    match expr:
        case Name(id=name):
            return name in names
        case Attr(base=base, name=name):
            return name in _CONTENT and _holds(base, names)
        case Index(base=base, key=key):
            return not isinstance(key, Opaque) and _holds(base, names)
        case Call(func=func, args=args):
            called = func.name if isinstance(func, Attr) else func.id if isinstance(func, Name) else ""
            if called in _ABOUT or _HIDES.search(called):
                return False
            if isinstance(func, Attr) and called in (
                "get",
                "strip",
                "trim",
                "format",
                "join",
                "toString",
                "model_dump_json",
            ):
                return _holds(func.base, names) or any(_holds(a.value, names) for a in args)
            return called in ("str", "repr", "String", "stringify", "dumps", "format") and any(
                _holds(a.value, names) for a in args
            )
        case Const():
            return False
        case _:
            parts = [c.value if isinstance(c, Arg | Entry) else c for c in children(expr)]
            return type(expr).__name__ in ("Template", "Binary", "DictExpr", "ListExpr") and any(
                isinstance(p, Expr) and _holds(p, names) for p in parts
            )


def _writes(node: Call, call: LlmCall) -> bool:
    """Whether a call writes to a log that is kept: a logger above debugging, or what a server prints."""
    func = node.func
    spelled = _dotted(func)
    if spelled in _PRINTS or spelled.startswith("console."):
        served = call.scheduled or any(r.kind in _SERVED for r in call.routes)
        return bool(served) and call.client_side is not True and not spelled.endswith(("debug", "trace"))
    return isinstance(func, Attr) and func.name in _LEVELS and _LOGGER.search(_dotted(func.base)) is not None


def _logs(node: Call) -> bool:
    """Whether a call writes one line of text to a log or the terminal."""
    func = node.func
    return _dotted(func) in _PRINTS or (isinstance(func, Attr) and _LOGGER.search(_dotted(func.base)) is not None)


def _warns(node: Call) -> bool:
    return isinstance(node.func, Attr) and node.func.name in (
        "error", "exception", "critical", "fatal", "warning", "warn",
    )  # fmt: skip


def _dotted(expr: Expr) -> str:
    names: list[str] = []
    while isinstance(expr, Attr):
        names.append(expr.name)
        expr = expr.base
    return ".".join([expr.id, *reversed(names)]) if isinstance(expr, Name) else ".".join(reversed(names))

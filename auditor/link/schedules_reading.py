"""Reads the arguments of scheduler calls: numbers with their arithmetic, durations, cron texts, what is to be run.

Shared by the recognisers of code-level schedulers; knows no scheduler itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from auditor.link.names import Scan
from auditor.link.program import CallSite, FunctionInfo, ModuleInfo, Program
from auditor.link.values import Env, FunctionValue, Known, Text, alternatives
from auditor.model.facts import Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting
from auditor.model.syntax import (
    Assign,
    Attr,
    Await,
    Binary,
    BoolOp,
    Call,
    Const,
    DictExpr,
    Expr,
    FunctionExpr,
    Index,
    ListExpr,
    Name,
    Template,
    Unary,
)
from auditor.model.walk import walk

SECONDS: Mapping[str, float] = {
    "milliseconds": 0.001,
    "seconds": 1.0,
    "minutes": 60.0,
    "hours": 3600.0,
    "days": 86400.0,
    "weeks": 604800.0,
    "months": 2629800.0,
}
"""Units of keyword intervals (`hours=1`), in seconds."""

_OPERATIONS: Mapping[str, Callable[[float, float], float | None]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
    "//": lambda a, b: a // b if b else None,
}
_LONGEST = 120


class Reading:
    """One module of a program, with questions about its expressions. Everything that is not known is None or empty."""

    def __init__(self, program: Program, module: ModuleInfo) -> None:
        """Look at one loaded module."""
        self.program = program
        self.module = module
        self.language = "python" if module.module.language == "python" else "javascript"
        self._assigned: dict[str, list[Expr | None]] | None = None

    @cached_property
    def nodes(self) -> tuple[Any, ...]:
        """Every syntax node of the module, in source order."""
        return tuple(nodes_of(self.module))

    @cached_property
    def imports(self) -> frozenset[str]:
        """The names of what the module imports, as they are written."""
        scan = self.program.scan_of(self.module.path)
        return frozenset(_imported(scan)) if scan else frozenset()

    def calls_any(self, names: frozenset[str]) -> bool:
        """Whether the module calls anything of one of these names."""
        scan = self.program.scan_of(self.module.path)
        return scan is None or not names.isdisjoint(scan.calls)

    def mentions_any(self, names: frozenset[str]) -> bool:
        """Whether the module mentions one of these names."""
        scan = self.program.scan_of(self.module.path)
        return scan is None or not (names.isdisjoint(scan.mentions) and names.isdisjoint(scan.calls))

    def of(self, func: Expr, scope: FunctionInfo, *packages: str) -> bool:
        """Whether a callee comes from one of the packages: by its symbol, or, where none is known, by what is imported."""
        symbol = self.program.symbol(func, scope)
        if symbol:
            return any(_within(symbol, p) for p in packages)
        return any(_within(name, p) for name in self.imports for p in packages)

    def imports_any(self, *packages: str) -> bool:
        """Whether the module imports one of the packages."""
        return any(_within(name, p) for name in self.imports for p in packages)

    def number(self, expr: Expr | None, scope: FunctionInfo, depth: int = 0) -> float | None:
        """A number, with arithmetic on constants, defaults of the environment and durations in seconds."""
        if expr is None or depth > 12:
            return None
        match expr:
            case Const(value=bool()):
                return None
            case Const(value=int() | float() as value):
                return float(value)
            case Binary(op=op, left=left, right=right) if op in _OPERATIONS:
                a, b = self.number(left, scope, depth + 1), self.number(right, scope, depth + 1)
                return None if a is None or b is None else _OPERATIONS[op](a, b)
            case Unary(op="-", operand=operand):
                value_ = self.number(operand, scope, depth + 1)
                return None if value_ is None else -value_
            case BoolOp(op="or" | "??", values=values):
                found = [n for v in values for n in [self.number(v, scope, depth + 1)] if n is not None]
                return found[-1] if found else None
            case Await(value=value_expr):
                return self.number(value_expr, scope, depth + 1)
            case Call():
                duration = self.duration(expr, scope, depth + 1)
                if duration is not None:
                    return duration
                name = last_name(expr.func)
                if name in {"int", "float", "Number", "parseInt", "parseFloat"} and expr.args:
                    return self.number(expr.args[0].value, scope, depth + 1)
            case _:
                pass
        return self._valued(expr, scope, depth)

    def _valued(self, expr: Expr, scope: FunctionInfo, depth: int) -> float | None:
        for value in alternatives(self.program.evaluate(expr, scope)):
            if isinstance(value, Env) and value.default is not None:
                value = value.default
            if isinstance(value, Known):
                if value.at is not None and not isinstance(value.value, int | float | str):
                    continue
                try:
                    return float(value.value) if not isinstance(value.value, bool | None | bytes) else None
                except ValueError:
                    return None
        return self._assigned_number(expr, scope, depth)

    def _assigned_number(self, expr: Expr, scope: FunctionInfo, depth: int) -> float | None:
        """A name's one assignment in the module, for arithmetic that values do not follow (`4 * 60 * 60 * 1000`)."""
        if not isinstance(expr, Name):
            return None
        if self._assigned is None:
            self._assigned = defaultdict(list)
            for node in self.nodes:
                if isinstance(node, Assign):
                    for target in node.targets:
                        if isinstance(target, Name):
                            self._assigned[target.id].append(node.value)
        found = self._assigned.get(expr.id, [])
        return self.number(found[0], scope, depth + 1) if len(found) == 1 and found[0] is not None else None

    def duration(self, expr: Expr, scope: FunctionInfo, depth: int = 0) -> float | None:
        """Seconds of `timedelta(hours=1)`, `Duration.minutes(5)`, `Period(hours=1)`, `ms("1h")`."""
        if not isinstance(expr, Call) or depth > 12:
            return None
        name = last_name(expr.func)
        if name in {"timedelta", "Period", "Interval", "IntervalTrigger", "Every", "relativedelta"}:
            return self.units(expr, scope, depth)
        if name in SECONDS and isinstance(expr.func, Attr) and last_name(expr.func.base) == "Duration" and expr.args:
            number = self.number(expr.args[0].value, scope, depth + 1)
            return None if number is None else number * SECONDS[name]
        return None

    def units(self, call: Call, scope: FunctionInfo, depth: int = 0) -> float | None:
        """The sum of a call's keyword units (`hours=1, minutes=30`); a first positional number of timedelta is days."""
        total, seen = 0.0, False
        for arg in call.args:
            unit = SECONDS.get(arg.name or "")
            if arg.name is None and last_name(call.func) == "timedelta" and not arg.spread:
                unit = SECONDS["days"]
            if unit is None:
                continue
            number = self.number(arg.value, scope, depth + 1)
            if number is None:
                return None
            total, seen = total + number * unit, True
        return total if seen else None

    def text(self, expr: Expr | None, scope: FunctionInfo) -> str | None:
        """A constant text, or the default of an environment variable."""
        if expr is None:
            return None
        if isinstance(expr, Const):
            return expr.value if isinstance(expr.value, str) else None
        if isinstance(expr, BoolOp) and expr.op in {"or", "??"}:
            found = [t for v in expr.values for t in [self.text(v, scope)] if t is not None]
            return found[-1] if found else None
        for value in alternatives(self.program.evaluate(expr, scope)):
            if isinstance(value, Env) and value.default is not None:
                value = value.default
            if isinstance(value, Known) and isinstance(value.value, str):
                return value.value
            if isinstance(value, Text) and all(isinstance(p, str) for p in value.parts):
                return value.render()
        return None

    def target(self, expr: Expr | None, scope: FunctionInfo, at: Span) -> Target:
        """What a callback argument runs."""
        if expr is None:
            return Target("lost", at, name="what it runs is not named")
        if isinstance(expr, Call):
            name = last_name(expr.func)
            if (
                name in {"s", "si", "signature", "partial", "bind"}
                and isinstance(expr.func, Attr)
                and name != "partial"
            ):
                return self.target(expr.func.base, scope, at)
            if name == "partial" and expr.args:
                return self.target(expr.args[0].value, scope, at)
        for value in alternatives(self.program.expand(self.program.evaluate(expr, scope))):
            if isinstance(value, FunctionValue):
                return Target("entry", expr.at, name=value.function.id, handed=tuple(self._handed(expr, scope)))
        text = self.text(expr, scope) if not isinstance(expr, FunctionExpr) else None
        if text:
            return named_target(text, expr.at)
        if render(expr) in _PRINTS:
            return Target("nothing", expr.at, name=render(expr))
        return Target("lost", expr.at, name=f"what {render(expr)} is cannot be told")

    def _handed(self, expr: Expr, scope: FunctionInfo) -> Iterator[str]:
        """The functions that a call which makes a function is given: `safely(digest)`."""
        for arg in expr.args if isinstance(expr, Call) else ():
            for value in alternatives(self.program.expand(self.program.evaluate(arg.value, scope))):
                if isinstance(value, FunctionValue):
                    yield value.function.id


_PRINTS = {"print", "console.log", "console.info", "console.debug"}


def named_target(text: str, at: Span) -> Target:
    """A target given as text: `pkg.mod:func`, `pkg.mod.func`, `./file`, a task's name."""
    if ":" in text:
        return Target("function", at, name=text)
    if text.startswith((".", "/")) or text.endswith((".py", ".js", ".ts", ".mjs")):
        return Target("file", at, name=text)
    return Target("task", at, name=text)


def argument(call: Call, name: str, position: int | None = None) -> Expr | None:
    """An argument by keyword, by key of an object among the arguments, or by position."""
    for arg in call.args:
        if arg.name == name:
            return arg.value
    if position is not None:
        plain = [a for a in call.args if a.name is None]
        if position < len(plain) and not any(a.spread for a in plain[: position + 1]):
            return plain[position].value
    return option(call, name)


def option(call: Call, name: str) -> Expr | None:
    """A key of an object literal among the positional arguments (JavaScript's options)."""
    for arg in call.args:
        if isinstance(arg.value, DictExpr):
            found = entry(arg.value, name)
            if found is not None:
                return found
    return None


def entry(mapping: Expr | None, *names: str) -> Expr | None:
    """A value of an object literal by its keys."""
    here = mapping
    for name in names:
        if not isinstance(here, DictExpr):
            return None
        here = next((e.value for e in here.entries if isinstance(e.key, Const) and e.key.value == name), None)
    return here


def positional(call: Call) -> list[Expr]:
    """The positional arguments."""
    return [a.value for a in call.args if a.name is None and not a.spread]


def last_name(expr: Expr | None) -> str:
    """The last name of a dotted expression; of a call, of what is called."""
    match expr:
        case Name(id=name) | Attr(name=name):
            return name
        case Call(func=func):
            return last_name(func)
        case Await(value=value):
            return last_name(value)
        case _:
            return ""


def dotted(expr: Expr | None) -> str:
    """The dotted spelling of an expression; empty where it is none."""
    match expr:
        case Name(id=name):
            return name
        case Attr(base=base, name=name):
            left = dotted(base)
            return f"{left}.{name}" if left else ""
        case _:
            return ""


def render(expr: Expr | None) -> str:
    """A short spelling of an expression, for people."""
    return _spelled(expr, 0)[:_LONGEST]


def _spelled(expr: Expr | None, depth: int) -> str:
    if depth > 6:
        return "…"
    match expr:
        case None:
            return ""
        case Const(value=str() as value):
            return value if depth == 0 else repr(value)
        case Const(value=value):
            return str(value)
        case Name() | Attr() if dotted(expr):
            return dotted(expr)
        case Attr(base=base, name=name):
            return f"{_spelled(base, depth + 1)}.{name}"
        case Index(base=base, key=key):
            return f"{_spelled(base, depth + 1)}[{_spelled(key, depth + 1)}]"
        case Call(func=func, args=args):
            inner = ", ".join((f"{a.name}=" if a.name else "") + _spelled(a.value, depth + 1) for a in args[:6])
            return f"{_spelled(func, depth + 1)}({inner})"
        case Binary(op=op, left=left, right=right):
            return f"{_spelled(left, depth + 1)} {op} {_spelled(right, depth + 1)}"
        case Template(parts=parts):
            return "".join(str(p.value) if isinstance(p, Const) else "{…}" for p in parts)
        case ListExpr(items=items):
            return "[" + ", ".join(_spelled(i, depth + 1) for i in items[:6]) + "]"
        case FunctionExpr():
            return "the function given"
        case _:
            return "…"


def interval_text(seconds: float) -> str:
    """An interval in plain notation: `4 hours`, `90 seconds`."""
    for name, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size and seconds % size == 0:
            number = int(seconds // size)
            return f"{number} {name if number != 1 else name[:-1]}"
    return f"{seconds:g} seconds"


def seconds_setting(
    reading: Reading, expr: Expr | None, scope: FunctionInfo, factor: float = 1.0
) -> Setting[float | None]:
    """A time limit given by an argument; None, 0 and negative numbers are none."""
    if expr is None or (isinstance(expr, Const) and expr.value in (None, 0, False)):
        return Absent()
    number = reading.number(expr, scope)
    if number is not None and number <= 0:
        return Absent()
    return Given(None if number is None else number * factor, expr.at)


def number_setting(reading: Reading, expr: Expr | None, scope: FunctionInfo) -> Setting[int]:
    """A count given by an argument."""
    number = reading.number(expr, scope) if expr is not None else None
    return Given(int(number), expr.at) if number is not None and expr is not None else Absent()


def code_schedule(
    kind: str,
    at: Span,
    expression: str,
    targets: tuple[Target, ...],
    *,
    cadence: str = "",
    time_limit: Setting[float | None] | None = None,
    overlap_guard: Setting[str] | None = None,
    retries: Setting[int] | None = None,
    timezone: str = "",
    platform_limit: str = "",
    known: bool | None = None,
    notes: tuple[str, ...] = (),
    dormant: bool = False,
) -> Schedule:
    """A schedule that stands in code; its cadence is known where one is given."""
    return Schedule(
        at=at,
        kind=kind,
        expression=expression,
        targets=targets,
        time_limit=time_limit or Absent(),
        overlap_guard=overlap_guard or Absent(),
        retries=retries or Absent(),
        timezone=timezone,
        platform_limit=platform_limit,
        known_cadence=bool(cadence) if known is None else known,
        cadence=cadence,
        notes=notes,
        dormant=dormant,
    )


def is_own(program: Program, site: CallSite) -> bool:
    """Whether a call runs the repository's own function of that name, and no library's."""
    name = last_name(site.call.func)
    return any(callee.name == name for callee in program.callees(site))


def sites_of(program: Program, module: ModuleInfo) -> Iterator[CallSite]:
    """Every call site of a module, function by function."""
    for function in (module.body, *(f for f in module.functions if f is not module.body)):
        yield from program.sites(function)


def _within(name: str, package: str) -> bool:
    """Whether a symbol or import name is the package or lies in it (`cron` is not in `cronitor`)."""
    return name.startswith(package) and (
        len(name) == len(package) or not (name[len(package)].isalnum() or name[len(package)] in "_-")
    )


def _imported(scan: Scan) -> Iterator[str]:
    yield from (node.module for node in scan.imports)
    for site in (*scan.calls.get("require", ()), *scan.calls.get("import", ())):
        if isinstance(site.call.func, Name) and site.call.args:
            first = site.call.args[0].value
            if isinstance(first, Const) and isinstance(first.value, str):
                yield first.value


def nodes_of(module: ModuleInfo) -> Iterator[Any]:
    """Every syntax node of a module, in source order."""
    for statement in module.module.body:
        yield from walk(statement)

"""Which argument of which call a parameter gets, and what the callers of a function give for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from auditor.link.call_graph import MAX_TRIES
from auditor.link.code import CallSite, FunctionInfo
from auditor.link.names import dotted, last_name
from auditor.link.value_ops import param_of
from auditor.link.values import (
    DictValue,
    FunctionValue,
    Known,
    ListValue,
    Made,
    Pair,
    Unknown,
    Value,
    alternatives,
    mapping,
)
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.link.program import Program

_PASSING = frozenset(
    {"to_thread", "partial", "run_in_executor", "submit", "run_sync", "run_in_threadpool", "add_task", "call_soon", "call_later",
     "start_soon", "create_task", "apply", "call", "enqueue", "enqueue_call", "run_with_retry", "with_retry", "retry_call",
     "sync_to_async", "setTimeout", "partialmethod"}
)  # fmt: skip
_PASSING_NAMED = frozenset(
    {"to_thread", "partial", "submit", "add_task", "enqueue", "run_with_retry", "with_retry", "call"}
)


class Parameters:
    """What the parameters of one program's functions get, found where it is asked for."""

    def __init__(self, program: Program) -> None:
        """Know nothing so far."""
        self.program = program
        self._arguments: dict[tuple[FunctionInfo, str], tuple[tuple[Value, CallSite | None], ...]] = {}
        self._tries: dict[tuple[FunctionInfo, str], int] = {}

    def forget(self) -> None:
        """Forget what was found, because callers are looked for elsewhere from now on."""
        self._arguments.clear()
        self._tries.clear()

    def argument_values(self, function: FunctionInfo, name: str) -> tuple[tuple[Value, CallSite | None], ...]:
        """What the callers give for a parameter, one for each caller; its default stands in where they give nothing.

        Without callers: the default alone, with None. A caller that cannot be read gives Unknown.
        """
        key = (function, name)
        known = self._arguments.get(key)
        if known is not None:
            return known
        out: list[tuple[Value, CallSite | None]] = []
        for site in self.program.callers(function):
            value = self._given(function, name, site)
            if value is not None:
                out.append((value, site))
        if not out:
            default = self._default(function, name)
            if default is not None:
                out.append((default, None))
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        if not self.program.graph.searching or tries >= MAX_TRIES:
            self._arguments[key] = tuple(out)
        return tuple(out)

    def _default(self, function: FunctionInfo, name: str) -> Value | None:
        param = param_of(function, name)
        if param is None:
            return None
        if param.kind == "dict":
            return DictValue()
        if param.kind == "list":
            return ListValue(())
        option = self._option_default(function, name)
        if option is not None:
            return option
        if param.default is None:
            return None
        value = self.program.evaluate(param.default, function.parent or function)
        return self.program.default_of(value)

    def _option_default(self, function: FunctionInfo, name: str) -> Value | None:
        """`@click.option("--max-tokens", default=512)`."""
        for decorator in function.definition.decorators if function.definition else ():
            if isinstance(decorator, s.Call) and last_name(decorator.func) in ("option", "argument"):
                texts = [a.value.value for a in decorator.args if isinstance(a.value, s.Const) and a.name is None]
                spelled_names = {str(t).lstrip("-").replace("-", "_") for t in texts}
                if name in spelled_names:
                    default = next((a.value for a in decorator.args if a.name == "default"), None)
                    return self.program.evaluate(default, function.parent or function) if default is not None else None
        return None

    def _given(self, function: FunctionInfo, name: str, site: CallSite) -> Value | None:
        call = self._with_kept(site)
        if site.kind == "reference":
            passed = self._passed(function, site)
            if passed is not None and last_name(call.func) == "partial":
                return self.bind_argument(function, name, passed, site.function)  # the rest comes with the calls of it
            if passed is None:
                default = self._default(function, name)
                return Unknown("called back") if default is None else None
            call = passed
        elif isinstance(call.func, s.Attr) and call.func.name == "apply_async":
            call = applied(call)
        value = self.bind_argument(function, name, call, site.function)
        return value if value is not None else self._default(function, name)

    def _with_kept(self, site: CallSite) -> s.Call:
        """`run(b)` of `run = partial(f, a)` as `f(a, b)`."""
        for one in alternatives(self.program.evaluate(site.call.func, site.function)):
            if (
                isinstance(one, Made)
                and one.symbol == "functools.partial"
                and one.scope.chain[-1] is site.function.chain[-1]
            ):
                return self.program.keep(
                    s.Call(site.call.at, one.call.args[0].value, (*one.call.args[1:], *site.call.args))
                )
        return site.call

    def _passed(self, function: FunctionInfo, site: CallSite) -> s.Call | None:
        """`to_thread(f, a, b)`, `partial(f, a)`, `add_job(f, args=[a])` as the call `f(a, b)`."""
        call = site.call
        positional = [a for a in call.args if a.name is None]
        for i, arg in enumerate(call.args):
            if arg.name not in (None, "target", "func", "fn"):
                continue
            value = self.program.evaluate(arg.value, site.function)
            if any(isinstance(v, FunctionValue) and v.function is function for v in alternatives(value)):
                name = last_name(call.func)
                if name in _PASSING:
                    rest = positional[positional.index(arg) + 1 :] if arg in positional else []
                    named = [a for a in call.args[i + 1 :] if a.name and name in _PASSING_NAMED]
                    return self.program.keep(s.Call(call.at, arg.value, (*rest, *named)))
                given = next((a.value for a in call.args if a.name == "args"), None)
                words = next((a.value for a in call.args if a.name == "kwargs"), None)
                if isinstance(given, s.ListExpr) or words is not None:
                    items = given.items if isinstance(given, s.ListExpr) else ()
                    more = (s.Arg(words, None, "dict"),) if words is not None else ()
                    return self.program.keep(s.Call(call.at, arg.value, (*(s.Arg(x) for x in items), *more)))
        return None

    def bind_argument(self, function: FunctionInfo, name: str, call: s.Call, scope: FunctionInfo) -> Value | None:
        """What a call gives for a parameter; None if nothing, Unknown if an unpacked value hides it."""
        definition = function.definition
        if definition is None:
            return Unknown("parameter")
        params = definition.params
        if function.owner is not None and function.language == "python" and params:
            bound = not definition.static or any(dotted(d).endswith("classmethod") for d in definition.decorators)
            params = params[1:] if bound else params
        elif given_itself(definition):
            params = params[1:]
        wanted = param_of(function, name)
        index = next((i for i, p in enumerate(params) if p is wanted), -1)
        if index < 0:
            return Unknown("parameter")
        param = params[index]
        if param.kind == "dict":
            return self._extra_keywords(params, call, scope)
        for arg in call.args:
            if arg.name == name and not arg.spread:
                return self.program.evaluate(arg.value, scope)
        positional = [a for a in call.args if a.name is None and a.spread != "dict"]
        spread = next((i for i, a in enumerate(positional) if a.spread == "list"), None)
        if param.kind == "list":
            rest = positional[index:]
            return ListValue(tuple(self.program.evaluate(a.value, scope) for a in rest), open=spread is not None)
        if not param.keyword_only and index < len(positional) and (spread is None or index < spread):
            return self.program.evaluate(positional[index].value, scope)
        if spread is not None and not param.keyword_only:
            return self._from_list(positional[spread], index - spread, scope)
        return self._from_mappings(name, call, scope)

    def _from_list(self, arg: s.Arg, index: int, scope: FunctionInfo) -> Value | None:
        value = self.program.evaluate(arg.value, scope)
        if isinstance(value, ListValue) and not value.open:
            return value.items[index] if 0 <= index < len(value.items) else None
        return Unknown("unpacked arguments")

    def _from_mappings(self, name: str, call: s.Call, scope: FunctionInfo) -> Value | None:
        for arg in call.args:
            if arg.spread == "dict":
                for one in alternatives(self.program.expand(self.program.evaluate(arg.value, scope))):
                    if isinstance(one, DictValue):
                        pair = one.get(name)
                        if pair is not None:
                            return pair.value
                        if one.open:
                            return Unknown("unpacked mapping")
                    elif not (isinstance(one, Known) and one.value is None):
                        return Unknown("unpacked mapping")
        return None

    def _extra_keywords(self, params: Sequence[s.Param], call: s.Call, scope: FunctionInfo) -> Value:
        taken = {p.name for p in params if not p.kind}
        pairs: list[Pair] = []
        is_open = False
        for arg in call.args:
            if arg.spread == "dict":
                for one in alternatives(self.program.expand(self.program.evaluate(arg.value, scope))):
                    if isinstance(one, DictValue):
                        pairs += [e for e in one.entries if e.key not in taken]
                        is_open = is_open or one.open
                    else:
                        is_open = True
            elif arg.name and arg.name not in taken:
                pairs.append(Pair(arg.name, self.program.evaluate(arg.value, scope), arg.value, scope))
        return mapping(pairs, is_open)


def given_itself(definition: s.FunctionDef) -> bool:
    """`@app.task(bind=True)`: its first parameter is the task itself, which no call gives."""
    return any(
        arg.name == "bind" and isinstance(arg.value, s.Const) and arg.value.value is True
        for decorator in definition.decorators
        if isinstance(decorator, s.Call)
        for arg in decorator.args
    )


def applied(call: s.Call) -> s.Call:
    """`task.apply_async(args=[a], kwargs=more)` as `task(a, **more)`."""
    given = next(
        (a.value for a in call.args if a.name == "args"),
        call.args[0].value if call.args and not call.args[0].name else None,
    )
    words = next((a.value for a in call.args if a.name == "kwargs"), None)
    items = tuple(s.Arg(x) for x in given.items) if isinstance(given, s.ListExpr) else ()
    if given is not None and not isinstance(given, s.ListExpr):
        items = (s.Arg(given, None, "list"),)
    more = (s.Arg(words, None, "dict"),) if words is not None else ()
    return s.Call(call.at, call.func, (*items, *more))

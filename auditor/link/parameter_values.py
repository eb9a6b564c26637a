"""What parameters hold: by annotation, by default, by dependency injection, by the callers where somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.link import library
from auditor.link.code import FunctionInfo
from auditor.link.value_ops import is_vague, param_of
from auditor.link.values import (
    Known,
    Made,
    ParamValue,
    Unknown,
    Value,
    alternatives,
    is_opaque,
    join,
)
from auditor.model import syntax as s
from auditor.model.walk import walk

if TYPE_CHECKING:
    from auditor.link.evaluate import Evaluator

_MAX_PROVIDERS = 20


class ParameterValues:
    """Answers for the parameters of one program's functions."""

    def __init__(self, evaluator: Evaluator) -> None:
        """Share the evaluator's memory and budget."""
        self.ev = evaluator
        self.program = evaluator.program

    def known_of(self, value: ParamValue) -> tuple[Value, ...]:
        """What the calls being looked into give for a parameter."""
        return alternatives(self.parameter(value.function, value.name))

    def can_expand(self, value: ParamValue) -> bool:
        """Whether anything is known of what a parameter gets."""
        return any(not isinstance(v, (Unknown, ParamValue)) for v in self.known_of(value))

    def expand(self, value: Value) -> Value:
        """Replace parameters by what the callers give, as far as that is known."""
        if not any(isinstance(v, ParamValue) for v in alternatives(value)):
            return value
        out: list[Value] = []
        for one in alternatives(value):
            if isinstance(one, ParamValue):
                known = [v for v in self.known_of(one) if not isinstance(v, Unknown)]
                out += known or [one]
            else:
                out.append(one)
        return join(out)

    def parameter(self, function: FunctionInfo, name: str) -> Value:
        """What a parameter may hold: the callers' arguments, its default, else what its annotation says."""
        key = (function, name)
        if key in self.ev.bound:
            return self.expand(self.ev.bound[key])
        if function in self.ev.returning:
            self.ev.sensitive.add(function)
        if key in self.ev.params:
            return self.ev.params[key]
        if key in self.ev.asking or len(self.ev.asking) > 12:
            self.ev.cut += 1
            return Unknown("recursive parameter")
        self.ev.asking.add(key)
        before = self.ev.cut
        try:
            value = self._parameter(function, name)
        finally:
            self.ev.asking.discard(key)
        if self.ev.cut == before or not self.ev.asking or self.ev.asks_again(key) is False:
            self.ev.params[key] = value
        return value

    def _parameter(self, function: FunctionInfo, name: str) -> Value:
        param = param_of(function, name)
        if param is None:
            return Unknown("parameter")
        values: list[Value] = []
        for value, _ in self.program.argument_values(function, name):
            for one in alternatives(value):
                if isinstance(one, ParamValue):
                    one = self.parameter(one.function, one.name)
                values += [v for v in alternatives(one) if not isinstance(v, Unknown)]
        real = [v for v in values if not isinstance(v, Known) or v.value is not None]
        if param.annotation is not None and all(is_opaque(v) for v in real):
            typed = self.ev.annotations.annotation(param.annotation, function.parent or function)
            if function.language == "javascript" and function.name == "__init__":
                typed = self._provided(typed)
            if not is_vague(typed):
                return join((typed, *(v for v in values if isinstance(v, Known))))
        return join(values) if values else Unknown("parameter")

    def _provided(self, typed: Value) -> Value:
        """What dependency injection gives for a type: `{provide: OpenAI, useFactory: () => new OpenAI(...)}`."""
        if not isinstance(typed, Made) or not typed.assumed:
            return typed
        if typed.symbol not in self.ev._providers:
            self.ev._providers[typed.symbol] = typed
            paths = {
                p for name in ("useFactory", "useValue") for p in self.program.loader.mentions(name)[:_MAX_PROVIDERS]
            }
            found = [v for path in sorted(paths) for v in self._providers_of(path) if v.symbol == typed.symbol]
            found += self._registered(typed)
            if found:
                self.ev._providers[typed.symbol] = join(found)
        return self.ev._providers[typed.symbol]

    def _registered(self, typed: Made) -> Iterator[Made]:
        """`HttpModule.register({timeout: 5000})`, which makes what is injected as another class."""
        for symbol in typed.type.symbols.get("javascript", ()) if typed.type is not None else ():
            owner, _, method = symbol.rpartition(":")[2].rpartition(".")
            for path in (
                self.program.loader.mentions(owner)[:_MAX_PROVIDERS] if owner and symbol != typed.symbol else ()
            ):
                scan = self.program.scan_of(path)
                for site in scan.calls.get(method, ()) if scan is not None else ():
                    made = self.ev.evaluate(site.call, site.function)
                    yield from (v for v in alternatives(made) if isinstance(v, Made) and v.type is typed.type)

    def _providers_of(self, path: str) -> Iterator[Made]:
        module = self.program.module(path)
        for node in walk(module.module) if module is not None else ():
            if not isinstance(node, s.DictExpr):
                continue
            keys = {e.key.value: e.value for e in node.entries if isinstance(e.key, s.Const)}
            given = keys.get("useFactory") or keys.get("useValue")
            if "provide" not in keys or given is None or module is None:
                continue
            value = self.ev.evaluate(given, module.body)
            made = self.ev.calls.returned(value) if "useFactory" in keys else value
            yield from (v for v in alternatives(made) if isinstance(v, Made) and not v.assumed)

    def argument(self, value: ParamValue, call: s.Call, scope: FunctionInfo) -> Value:
        """What one call gives for a parameter."""
        found = self.program.bind_argument(value.function, value.name, call, scope)
        if found is not None:
            return found
        param = param_of(value.function, value.name)
        if param is not None and param.default is not None:
            return self.default_of(self.ev.evaluate(param.default, value.function.parent or value.function))
        return Unknown("not given")

    def default_of(self, value: Value) -> Value:
        """See through `Field(default=...)`, `typer.Option(...)`, `Depends(f)` and their like."""
        if not isinstance(value, Made):
            return value
        places = library.DEFAULTS.get(value.symbol)
        if places is None:
            return value
        for arg in value.call.args:
            if arg.name in places and not arg.spread:
                return self.ev.evaluate(arg.value, value.scope)
            if arg.name == "default_factory":
                return self.ev.calls.returned(self.ev.evaluate(arg.value, value.scope))
        first = value.call.args[0] if value.call.args else None
        if "#0" in places and first is not None and first.name is None and not first.spread:
            known = self.ev.evaluate(first.value, value.scope)
            if not isinstance(first.value, s.Opaque):
                return known
        return Unknown("required")

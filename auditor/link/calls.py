"""Which expressions send a billable inference request (or build a framework's model that does).

A call is recognised by what its callee evaluates to, never by its name alone; HTTP calls are recognised by the URL.
What is *in force* for a call is the business of `settings`; loops, retries and fallbacks are the business of `flow`.
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.catalog.schema import CallShape, TypeShape, Wire
from auditor.link.program import CallSite, FunctionInfo, Program
from auditor.link.values import Value
from auditor.model.location import Span
from auditor.model.syntax import Call, Expr


@dataclass(frozen=True, eq=False)
class RawCall:
    """One inventory row before its settings and its surroundings are known.

    `site` is the request itself; for a framework model (`kind` framework-model) the constructor, and then
    `invocations` are the calls that send through that model: they decide loop, user input and schedule.
    Use `places` for "where does the request happen".
    """

    site: CallSite
    vendor: str  # catalog id ("" if unknown)
    inventory: str  # name in the inventory: "openai", "other:<name>"
    kind: str  # sdk-call | http-call | framework-model | gateway-call
    api: str
    operation: str
    shape: CallShape | TypeShape | None = None
    wire: Wire | None = None  # HTTP: the operation of the vendor's API
    receiver: Value | None = None  # the object that the call is made on (client, session, model)
    callee: Value | None = None
    invocations: tuple[CallSite, ...] = ()
    url: str = ""  # HTTP: the URL with "\0" for unknown stretches
    billed: bool = True
    cap_applies: bool = True
    model: str = ""  # the model's id where a constant names it

    @property
    def at(self) -> Span:
        """Where the row stands."""
        return self.site.call.at

    @property
    def language(self) -> str:
        """python | javascript (TypeScript too)."""
        return self.site.function.language

    @property
    def places(self) -> tuple[CallSite, ...]:
        """Where the request really happens: the invocations of a framework model, else the call itself."""
        return self.invocations or (self.site,)


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """An argument that plays a role: its expression and the scope to evaluate it in. `source` as in `Given`."""

    expr: Expr
    scope: FunctionInfo
    source: str = "argument"  # argument | client | wrapper | config | context
    call: Call | None = None  # the call whose argument it is


def find_calls(program: Program) -> tuple[RawCall, ...]:
    """Every LLM call in the loaded modules, sorted by position; mocked clients in tests are none."""
    return ()


def arguments(program: Program, raw: RawCall, role: str) -> tuple[Argument, ...]:
    """The arguments of a call that play a role of the catalog (`prompt`, `model`, `fallback`, `usage_sink`, `stream` ...).

    For a framework model the arguments of its invocations count as well (`prompt`: what is handed to `invoke`).
    """
    return ()

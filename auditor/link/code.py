"""The parts that a program is made of: functions, classes, call sites and modules, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from auditor.model.location import Span
from auditor.model.record import part
from auditor.model.syntax import Call, ClassDef, FunctionDef, Module


@part
class FunctionInfo:
    """A function, method, lambda, or a module's body (definition None).

    `id` is "path::Class.method", "path::outer.inner", "path::<lambda:12:4>" or "path" for the module's body. `owner` is
    set for methods only (also for functions nested in methods through `parent`).
    """

    id: str
    path: str
    name: str
    language: str  # python | javascript (TypeScript too)
    at: Span
    definition: FunctionDef | None = field(default=None, repr=False)
    owner: ClassInfo | None = field(default=None, repr=False)
    parent: FunctionInfo | None = field(
        default=None, repr=False
    )  # the function (or module body) it is defined in; None for a module body

    @cached_property
    def chain(self) -> tuple[FunctionInfo, ...]:
        """This function and those around it, innermost first, the module's body last."""
        out: list[FunctionInfo] = [self]
        while (up := out[-1].parent) is not None:
            out.append(up)
        return tuple(out)

    @cached_property
    def self_class(self) -> ClassInfo | None:
        """The class whose object `self`/`this` is here."""
        return next((f.owner for f in self.chain if f.owner is not None), None)


@part
class ClassInfo:
    """A class of the repository. `methods` are its own, by name; for bases see `Program.bases`."""

    id: str
    path: str
    name: str
    definition: ClassDef = field(repr=False)
    scope: FunctionInfo = field(repr=False)  # where the class statement stands
    methods: Mapping[str, FunctionInfo] = field(default_factory=dict, repr=False)


@part
class CallSite:
    """A call expression in its surroundings, or (kind "reference") a place that hands the function on to be called.

    `ancestors`: statements and expressions (also Arg, Entry, Handler, Generator, WithItem) from the function's body down
    to the call's parent, outermost first. References: a callback given as an argument (`call` is the call that takes
    it), a decorator or registration (`call` is the decorator), a bare mention such as an entry of a dict or an export
    (`call` is a synthetic Call without arguments whose `func` is the mention).
    `certainty`: "likely" where only the method's name matched and the receiver is unknown.
    """

    path: str
    function: FunctionInfo  # the function that the call stands in
    call: Call
    kind: str = "call"  # call | reference
    certainty: str = "sure"  # sure | likely
    link: Any = field(default=None, repr=False)  # the ancestors as a chain, innermost first: (node, outer link)

    @cached_property
    def ancestors(self) -> tuple[Any, ...]:
        """The nodes around the call within its function, outermost first."""
        out: list[Any] = []
        link = self.link
        while link is not None:
            node, link = link
            out.append(node)
        return tuple(reversed(out))


@part
class ModuleInfo:
    """One loaded module: its tree, its functions in source order (the body first), and its classes."""

    path: str
    module: Module
    body: FunctionInfo
    functions: tuple[FunctionInfo, ...]
    classes: tuple[ClassInfo, ...]

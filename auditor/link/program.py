"""The program as a whole: modules on demand, functions, classes, call sites, who calls whom, and what values are.

Language-neutral: it works on the common syntax only. Modules are parsed lazily through a `ModuleLoader`; nothing is
ever imported or run. Every query is bounded and memoised; what cannot be resolved is `Unknown`, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from auditor.link.values import Unknown, Value
from auditor.model.location import Span
from auditor.model.syntax import Call, ClassDef, Expr, FunctionDef, Module

if TYPE_CHECKING:
    from auditor.catalog.load import Catalog


class ModuleLoader(Protocol):
    """Where a program's files come from. Everything is total: what cannot be read or parsed is None or empty."""

    paths: tuple[str, ...]  # every program file of the tree, sorted

    def exists(self, path: str) -> bool:
        """Whether the tree has this program file."""
        ...

    def load(self, path: str) -> Module | None:
        """The parsed file; None if it does not exist, is not a program file or does not parse. Need not be memoised."""
        ...

    def read(self, path: str) -> str | None:
        """The text of any file of the tree, such as tsconfig.json; None if there is none."""
        ...

    def mentions(self, name: str) -> tuple[str, ...]:
        """The program files whose text contains this identifier as a word, sorted."""
        ...


@dataclass(frozen=True, eq=False)
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
    definition: FunctionDef | None = None
    owner: ClassInfo | None = None
    parent: FunctionInfo | None = None  # the function (or module body) it is defined in; None for a module body

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


@dataclass(frozen=True, eq=False)
class ClassInfo:
    """A class of the repository. `methods` are its own, by name; for bases see `Program.bases`."""

    id: str
    path: str
    name: str
    definition: ClassDef
    scope: FunctionInfo  # where the class statement stands
    methods: Mapping[str, FunctionInfo] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class ModuleInfo:
    """One loaded module: its tree, its functions in source order (the body first), and its classes."""

    path: str
    module: Module
    body: FunctionInfo
    functions: tuple[FunctionInfo, ...]
    classes: tuple[ClassInfo, ...]


class Program:
    """All that is known of the repository's code; see the methods. Lazily built, never wrong by guessing."""

    def __init__(self, catalog: Catalog, loader: ModuleLoader, versions: Mapping[str, str] | None = None) -> None:
        """Create an empty program; `versions` are installed package versions ("npm:ai" -> "5.0.1")."""
        self.catalog = catalog
        self.loader = loader
        self.versions: Mapping[str, str] = versions or {}
        self.modules: dict[str, ModuleInfo] = {}

    def module(self, path: str) -> ModuleInfo | None:
        """The module at a path, loaded now if need be; None if it cannot be."""
        return self.modules.get(path)

    def functions(self) -> Iterable[FunctionInfo]:
        """Every function of the modules loaded so far, module bodies included, by path and position."""
        return ()

    def function_of(self, definition: FunctionDef) -> FunctionInfo | None:
        """The function of a definition node of a loaded module."""
        return None

    def sites(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        """Every call expression lexically inside the function, not in functions nested in it, in source order."""
        return ()

    def callers(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        """The places that may run the function: calls and references, in files not loaded so far as well."""
        return ()

    def callees(self, site: CallSite) -> tuple[FunctionInfo, ...]:
        """The repository's functions that a call may run (constructors: `__init__`); empty for external code."""
        return ()

    def evaluate(self, expr: Expr, scope: FunctionInfo) -> Value:
        """What an expression may evaluate to in a function's scope."""
        return Unknown("not evaluated")

    def argument_values(self, function: FunctionInfo, name: str) -> tuple[tuple[Value, CallSite | None], ...]:
        """What the callers give for a parameter, one for each caller (None: the default, used by some caller)."""
        return ()

    def symbol(self, expr: Expr, scope: FunctionInfo) -> str:
        """The external symbol an expression names (`fastapi.Depends`, `express:default`), following aliases; "" if none.

        An attribute of an object made by external code is spelled after its maker: `fastapi.FastAPI().get` for `app.get`.
        """
        return ""

    def enclosing(self, span: Span) -> FunctionInfo | None:
        """The innermost function around a position of a loadable module."""
        return None

    def bases(self, cls: ClassInfo) -> tuple[ClassInfo | str, ...]:
        """The class's ancestors in lookup order, itself first; external ones by their symbol."""
        return (cls,)

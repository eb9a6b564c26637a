"""Finds checks: ours and third parties' come through the same entry point, `auditor.checks`, and are validated alike.

An entry point names an installed package; every module in it that defines a check is loaded. A package or module that
cannot be imported is one line in `broken`, never a lost run. The audited repository has no say in what is loaded.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from types import ModuleType

from auditor.declare import Check
from auditor.errors import UsageError
from auditor.lazily import dataclass

GROUP = "auditor.checks"
DISTRIBUTION = "launch-auditor"


@dataclass(frozen=True, slots=True)
class Registry:
    """The checks in order of their ids, and a line for everything that could not be loaded."""

    checks: tuple[Check, ...] = ()
    broken: tuple[str, ...] = ()

    def get(self, id: str) -> Check:
        """The check of that id.

        Raises:
            UsageError: there is none; names the nearest.
        """
        for check in self.checks:
            if check.id == id:
                return check
        raise UsageError(unknown_check(id, (c.id for c in self.checks)))


@dataclass(frozen=True, slots=True)
class Plugin:
    """A package of checks: its entry point's name, its import name, and whether it is our own."""

    name: str
    package: str
    own: bool = False


def load(plugins: Iterable[Plugin] | None = None) -> Registry:
    """Load the checks of all plug-ins (by default the installed ones)."""
    checks: dict[str, Check] = {}
    broken: list[str] = []
    for plugin in sorted(installed() if plugins is None else plugins, key=lambda p: (not p.own, p.name, p.package)):
        for module in _modules(plugin.package, broken):
            for check in declared(module):
                named = check if plugin.own else check.owned_by(plugin.name)
                if named.id in checks:
                    broken.append(f"{module.__name__}: the id {named.id} is taken by {checks[named.id].source}")
                else:
                    checks[named.id] = named
    return Registry(tuple(checks[id] for id in sorted(checks)), tuple(broken))


def installed() -> tuple[Plugin, ...]:
    """The plug-ins that the environment declares. Only our own distribution may add checks without a prefix."""
    return tuple(
        Plugin(point.name, point.value, own=point.dist is not None and point.dist.name == DISTRIBUTION)
        for point in metadata.entry_points(group=GROUP)
    )


def declared(module: ModuleType) -> Iterator[Check]:
    """The checks that a module itself defines, not those that it imported."""
    for value in vars(module).values():
        if isinstance(value, Check) and value.source == module.__name__:
            yield value


def select(checks: Sequence[Check], only: Sequence[str] = (), ignore: Sequence[str] = ()) -> tuple[Check, ...]:
    """The checks named by `only` (all where it is empty) without those named by `ignore`.

    Raises:
        UsageError: an id is not known; names the nearest.
    """
    known = {c.id for c in checks}
    for id in (*only, *ignore):
        if id not in known:
            raise UsageError(unknown_check(id, known))
    return tuple(c for c in checks if (not only or c.id in only) and c.id not in ignore)


def unknown_check(id: str, known: Iterable[str]) -> str:
    """One line that says that a check does not exist and which one may be meant."""
    near = difflib.get_close_matches(id, sorted(known), n=1)
    return f"unknown check {id!r}" + (f"; did you mean {near[0]!r}?" if near else "; `auditor checks` lists them")


def _modules(package: str, broken: list[str]) -> Iterator[ModuleType]:
    """The package and everything below it, each imported; a failure costs that module alone."""
    root = _import(package, broken)
    if root is None:
        return
    yield root
    yield from _below(root, broken)


def _below(package: ModuleType, broken: list[str]) -> Iterator[ModuleType]:
    for found in sorted(pkgutil.iter_modules(getattr(package, "__path__", ())), key=lambda m: m.name):
        module = _import(f"{package.__name__}.{found.name}", broken)
        if module is not None:
            yield module
            if found.ispkg:
                yield from _below(module, broken)


def _import(name: str, broken: list[str]) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - somebody else's import may fail in any way; it must cost one line only
        broken.append(f"{name}: cannot be loaded: {type(error).__name__}: {' '.join(str(error).split())}")
        return None

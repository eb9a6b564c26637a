"""A fact of all the ways up from a function, folded so that each function on them is asked once.

Ways join and part again on their way up: asked way by way the cost doubles with each place where they meet. Here a function's
answer is kept. One that left out a way that comes back to where the climb is holds only for that climb and is forgotten
with it; one that the limit cut off is asked again from a place that is nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from auditor.lazily import dataclass
from auditor.link.flow_callers import Callers, Edge
from auditor.link.program import FunctionInfo

MAX_HOPS = 16
_MAX_CALLERS = 24
_NOWHERE = 1 << 30

T = TypeVar("T")
Rest = Callable[[], T | None]
"""The fact of all ways on from a caller; None where they only lead round in a circle."""


@dataclass(frozen=True, slots=True)
class _Known(Generic[T]):
    value: T | None
    hops: int  # how far up it was asked
    cut: bool  # some way went on beyond the limit
    low: int  # the lowest place of the climb that a way came back to


class Ways(Generic[T]):
    """One kind of fact, of all functions of a program."""

    def __init__(
        self, callers: Callers, step: Callable[[Edge, Rest[T]], T | None], join: Callable[[Iterator[T]], T], beyond: T
    ) -> None:
        """`step`: the fact of one way up; `join`: of several, or none; `beyond`: of what is too far up to be followed."""
        self.callers = callers
        self.step = step
        self.join = join
        self.beyond = beyond
        self._known: dict[str, _Known[T]] = {}
        self._open: dict[str, int] = {}
        self._passing: list[str] = []  # answers that hold only while the climb is where it is
        self._low = _NOWHERE
        self._cut = False

    def of(self, function: FunctionInfo) -> T:
        """The fact of all the ways up from a function."""
        self._open.clear()  # a climb that nested too deep may have been given up
        self._forget(0)
        self._low, self._cut = _NOWHERE, False
        found = self._of(function, 0)
        return self.join(iter(())) if found is None else found

    def _of(self, function: FunctionInfo, hops: int) -> T | None:
        known = self._known.get(function.id)
        if known is not None and (not known.cut or hops >= known.hops):
            self._low, self._cut = min(self._low, known.low), self._cut or known.cut
            return known.value
        if function.id in self._open:
            self._low = min(self._low, self._open[function.id])
            return None
        if hops >= MAX_HOPS:
            self._cut = True
            return self.beyond
        return self._asked(function, hops)

    def _asked(self, function: FunctionInfo, hops: int) -> T | None:
        place, passing = len(self._open), len(self._passing)
        outer_low, outer_cut = self._low, self._cut
        self._low, self._cut = _NOWHERE, False
        self._open[function.id] = place
        edges = [e for e in self.callers.up(function) if e.scope is not function][:_MAX_CALLERS]
        value = self._joined(edges, hops)
        del self._open[function.id]
        low = self._low if self._low < place else _NOWHERE
        if low == _NOWHERE:
            self._forget(passing)
        else:
            self._passing.append(function.id)
        self._known[function.id] = _Known(value, hops, self._cut, low)
        self._low, self._cut = min(outer_low, low), outer_cut or self._cut
        return value

    def _joined(self, edges: list[Edge], hops: int) -> T | None:
        """None where all ways lead round in a circle: whoever asked has other ways, or there is none."""
        steps = (self.step(e, lambda e=e: self._of(e.scope, hops + 1)) for e in edges)  # type: ignore[misc]
        found = (s for s in steps if s is not None)
        first = next(found, None)
        if first is None:
            return None if edges else self.join(iter(()))
        return self.join(_chained(first, found))

    def _forget(self, length: int) -> None:
        for name in self._passing[length:]:
            self._known.pop(name, None)
        del self._passing[length:]


def _chained(first: T, rest: Iterator[T]) -> Iterator[T]:
    yield first
    yield from rest

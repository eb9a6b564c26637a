"""The tree as linking follows schedules through it: which files there are, and what those that run things run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from auditor.model.facts import Target
from auditor.readers.schedules.runnables import read_runnables


class TreeFiles:
    """Files by path, with what they run; read on demand and kept."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], str | None]) -> None:
        """Take every path of the tree and a way to read one (None where it cannot be read)."""
        self.paths: tuple[str, ...] = tuple(sorted(paths))
        self._known = frozenset(self.paths)
        self._read = read
        self._runnables: dict[str, Mapping[str, tuple[Target, ...]]] = {}

    def exists(self, path: str) -> bool:
        """Whether the tree has this file."""
        return path in self._known

    def read(self, path: str) -> str | None:
        """The text of a file; None if there is none."""
        return self._read(path) if path in self._known else None

    def runnables(self, path: str) -> Mapping[str, tuple[Target, ...]]:
        """What a file runs, by name ("" for the file itself)."""
        known = self._runnables.get(path)
        if known is None:
            text = self.read(path)
            known = self._runnables[path] = read_runnables(path, text) if text is not None else {}
        return known

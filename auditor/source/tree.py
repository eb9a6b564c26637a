"""What the rest of the program knows of the outer world: a tree of files that can be listed and read."""

from __future__ import annotations

from typing import Protocol

from auditor.lazily import dataclass
from auditor.model.facts import Role, Unread


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One selected file. `path` is relative to the root, with `/`; `size` in bytes; `language` from name and first line.

    `generated`: minified, built or marked as generated; `vendored`: a copy of somebody else's code. Both are searched
    for keys and otherwise left alone. `tracked`: in the git index (None outside git); `blob`: its git object id.
    """

    path: str
    size: int
    language: str
    role: Role
    generated: bool = False
    vendored: bool = False
    tracked: bool | None = None
    blob: str = ""


class SourceTree(Protocol):
    """A working tree, an index, a revision or a dict of texts. Reading never runs anything and never leaves the root."""

    is_git: bool
    commit: str | None
    dirty: bool

    def entries(self) -> tuple[Entry, ...]:
        """The selected files, sorted by path."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of a listed file.

        Raises:
            auditor.errors.UnreadableFile: it vanished, is not a regular file, or permission is denied.
        """
        ...

    def ignored(self, path: str) -> bool | None:
        """Whether git's ignore files cover the path, listed or not; None outside git."""
        ...

    def unread(self) -> tuple[Unread, ...]:
        """What selection had to leave out although it might have mattered (too large, a link out of the tree ...)."""
        ...

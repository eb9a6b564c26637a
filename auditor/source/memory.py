"""A tree held in memory: for examples, tests and editors."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.errors import UnreadableFile
from auditor.model.facts import Unread
from auditor.source.select import is_generated, is_vendored, language_of, role_of
from auditor.source.tree import Entry


class MemoryTree:
    """Files given as a mapping of relative paths to texts or bytes. There is no git: `commit` may be given for tests."""

    is_git = False
    dirty = False

    def __init__(self, files: Mapping[str, str | bytes], *, commit: str | None = None) -> None:
        self.commit = commit
        self._files = {p: t.encode() if isinstance(t, str) else t for p, t in files.items()}

    def entries(self) -> tuple[Entry, ...]:
        """All files, sorted by path."""
        return tuple(entry_of(path, len(self._files[path])) for path in sorted(self._files))

    def read(self, path: str) -> bytes:
        """The bytes of a file."""
        try:
            return self._files[path]
        except KeyError:
            raise UnreadableFile(f"{path}: no such file") from None

    def ignored(self, path: str) -> bool | None:
        """Whether a root `.gitignore` among the files covers the path; None without one."""
        rules = self._files.get(".gitignore")
        if rules is None:
            return None
        import pathspec

        return pathspec.GitIgnoreSpec.from_lines(rules.decode("utf-8", "replace").splitlines()).match_file(path)

    def unread(self) -> tuple[Unread, ...]:
        """Nothing is ever left out."""
        return ()


def entry_of(path: str, size: int, *, tracked: bool | None = None, blob: str = "") -> Entry:
    """An entry with everything that the path tells."""
    language = language_of(path)
    return Entry(
        path, size, language, role_of(path, language), is_generated(path, language), is_vendored(path), tracked, blob
    )

"""A working tree on disk, with or without git. Links are never followed, folders of other repositories never entered."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from auditor.errors import GitError, UnreadableFile, UsageError
from auditor.model.facts import Unread
from auditor.source.memory import entry_of
from auditor.source.select import MAX_FILE_BYTES, SKIPPED_FOLDERS
from auditor.source.tree import Entry

_MAX_FOLDERS = 2000
_PRIVATE = re.compile(r"\.env(?:\..+)?$|.+\.env$|\.envrc$|\.dev\.vars$")
_MAX_DEPTH = 60
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class DiskTree:
    """The files below a folder. In a git work tree: what the index holds and what git does not ignore; else a walk."""

    def __init__(self, root: Path, only: tuple[str, ...] = ()) -> None:
        """Open a folder.

        Args:
            root: the folder.
            only: relative files or folders to which the audit is limited; empty for all.

        Raises:
            UsageError: there is no such folder.
        """
        if not root.is_dir():
            raise UsageError(f"{root}: no such folder")
        self._root = root.resolve()
        # Joined as text: a path object a file costs more than its listing.
        self._base = f"{self._root}{os.sep}" if self._root.name else str(self._root)
        self._only = tuple(o.rstrip("/") for o in only)
        self._unread: list[Unread] = []
        self._entries: tuple[Entry, ...] | None = None
        self._specs: dict[str, object] = {}
        self._links: dict[str, bool] = {}
        self.is_git = False
        self.commit: str | None = None
        self.dirty = False
        self._open_git()

    def _open_git(self) -> None:
        if not _inside_git(self._root):
            return
        from auditor.source.safe_git import run_git

        try:
            top = run_git(self._root, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip()
        except GitError as error:
            self._unread.append(Unread(".git", f"git cannot read this repository: {error}"))
            return
        self.is_git = bool(top)
        try:
            self.commit = run_git(self._root, "rev-parse", "--verify", "-q", "HEAD").decode().strip() or None
        except GitError:
            self.commit = None  # a repository without a commit yet

    def entries(self) -> tuple[Entry, ...]:
        """The selected files, sorted by path; listed once."""
        if self._entries is None:
            found = self._listed() if self.is_git else self._walked()
            self._entries = tuple(sorted((e for e in found if self._wanted(e.path)), key=lambda e: e.path))
        return self._entries

    def _wanted(self, path: str) -> bool:
        return not self._only or any(path == o or path.startswith(o + "/") or o == "." for o in self._only)

    def _listed(self) -> list[Entry]:
        from auditor.source.safe_git import run_git

        found: list[Entry] = []
        try:
            staged = run_git(self._root, "ls-files", "-z", "--stage")
            others = run_git(self._root, "ls-files", "-z", "--others", "--exclude-standard")
        except GitError as error:
            self._unread.append(Unread(".git", f"git cannot list this repository: {error}"))
            self.is_git = False
            return self._walked()
        seen: set[str] = set()
        for row in filter(None, staged.split(b"\0")):
            meta, _, raw = row.partition(b"\t")
            mode, blob, _stage = meta.decode("ascii", "replace").split()
            path = raw.decode("utf-8", "surrogateescape")
            if mode in {"160000", "120000"} or path in seen:
                continue  # a submodule is somebody else's repository; a link leads to a file that is listed itself
            seen.add(path)
            self._add(path, found, tracked=True, blob=blob)
        for raw in filter(None, others.split(b"\0")):
            path = raw.decode("utf-8", "surrogateescape")
            if path not in seen and not path.endswith("/"):
                self.dirty = True
                if not SKIPPED_FOLDERS.intersection(path.split("/")[:-1]):
                    self._add(path, found, tracked=False)
        return found

    def _walked(self) -> list[Entry]:
        found: list[Entry] = []
        stack: list[tuple[str, int]] = [("", 0)]
        while stack:
            folder, depth = stack.pop()
            try:
                rows = sorted(os.scandir(self._root / folder), key=lambda e: e.name)
            except OSError as error:
                self._unread.append(Unread(folder or ".", f"folder cannot be listed: {error.strerror}"))
                continue
            for row in rows:
                path = f"{folder}/{row.name}" if folder else row.name
                if row.is_symlink():
                    continue
                if row.is_dir(follow_symlinks=False):
                    if row.name in SKIPPED_FOLDERS:
                        continue
                    if depth >= _MAX_DEPTH:
                        self._unread.append(Unread(path, f"folder lies deeper than {_MAX_DEPTH} levels"))
                    else:
                        stack.append((path, depth + 1))
                else:
                    self._add(path, found)
        return found

    def _add(self, path: str, found: list[Entry], tracked: bool | None = None, blob: str = "") -> None:
        if self._through_link(path.rpartition("/")[0]):
            return  # the index has a folder where the work tree has a link, maybe out of it
        try:
            info = os.lstat(self._base + path)
        except OSError:
            return  # in the index but deleted from the work tree
        if not stat.S_ISREG(info.st_mode):
            return
        entry = entry_of(path, info.st_size, tracked=tracked, blob=blob)
        if entry.language == "binary":
            return
        if info.st_size > MAX_FILE_BYTES:
            self._unread.append(Unread(path, f"larger than {MAX_FILE_BYTES // 1_000_000} MB, not read"))
            return
        found.append(entry)

    def _through_link(self, folder: str) -> bool:
        """Whether a folder, or one above it up to the root, is a link."""
        todo = []
        while folder and folder not in self._links:
            todo.append(folder)
            folder = folder.rpartition("/")[0]
        known = self._links[folder] if folder else False
        for below in reversed(todo):
            known = self._links[below] = known or Path(self._base + below).is_symlink()
        return known

    def kept_out(self) -> tuple[Entry, ...]:
        """Environment files beside the selected ones that git ignores: where the keys in use stand.

        They are no part of what is audited; reading them tells whether a key that leaked is still the one in use.
        """
        known = {entry.path for entry in self.entries()}
        folders = sorted({""} | {path.rpartition("/")[0] for path in known})
        found: list[Entry] = []
        for folder in folders[:_MAX_FOLDERS]:
            try:
                names = sorted(p.name for p in (self._root / folder).iterdir() if _PRIVATE.match(p.name))
            except OSError:
                continue
            for name in names:
                path = f"{folder}/{name}" if folder else name
                if path not in known:
                    self._add(path, found, tracked=False)
        return tuple(found)

    def read(self, path: str) -> bytes:
        """The bytes of a file; never through a link, never outside the root."""
        try:
            handle = os.open(self._base + path, _OPEN)
        except OSError as error:
            raise UnreadableFile(f"{path}: {error.strerror}") from None
        try:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                raise UnreadableFile(f"{path}: not a regular file")
            # One byte more than there should be tells the end without another call.
            data = os.read(handle, min(info.st_size, MAX_FILE_BYTES) + 1)
            if len(data) == info.st_size:
                return data
            with os.fdopen(handle, "rb", closefd=False) as file:
                return data + file.read(max(0, MAX_FILE_BYTES + 1 - len(data)))
        except OSError as error:
            raise UnreadableFile(f"{path}: {error.strerror}") from None
        finally:
            os.close(handle)

    def ignored(self, path: str) -> bool | None:
        """Whether the ignore files from the root down to the path's folder cover it; None where there are none."""
        import pathspec

        verdict: bool | None = None
        parts = path.split("/")
        for depth in range(len(parts)):
            folder = "/".join(parts[:depth])
            spec = self._specs.get(folder)
            if folder not in self._specs:
                file = self._root / folder / ".gitignore"
                lines = (
                    file.read_text("utf-8", "replace").splitlines()
                    if file.is_file() and not file.is_symlink()
                    else None
                )
                spec = pathspec.GitIgnoreSpec.from_lines(lines) if lines is not None else None
                self._specs[folder] = spec
            if isinstance(spec, pathspec.GitIgnoreSpec):
                checked = spec.check_file("/".join(parts[depth:])).include
                verdict = checked if checked is not None else (verdict or False)
        return verdict

    def unread(self) -> tuple[Unread, ...]:
        """Folders and files that could not be listed."""
        self.entries()
        return tuple(self._unread)


def _inside_git(folder: Path) -> bool:
    """Whether the folder or a parent holds `.git`, looked up without running git."""
    return any((parent / ".git").exists() for parent in (folder, *folder.parents))

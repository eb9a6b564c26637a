"""Trees that git holds: the index as a commit would record it, and a revision. Objects only; nothing is checked out or run."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from auditor.errors import GitError, UnreadableFile, UsageError
from auditor.model.facts import Unread
from auditor.source.memory import entry_of
from auditor.source.select import MAX_FILE_BYTES
from auditor.source.tree import Entry

_AHEAD_FILES = 1000
_AHEAD_BYTES = 16_000_000


class ObjectTree:
    """A tree of git blobs. `changed` names the files that differ from the tree's parent, None where all count."""

    is_git = True
    dirty = False

    def __init__(self, root: Path, rows: dict[str, str], commit: str | None, changed: frozenset[str] | None) -> None:
        self._root = root
        self._rows = rows
        self.commit = commit
        self.changed = changed
        self._sizes: dict[str, int] = {}
        self._unread: list[Unread] = []
        self._entries: tuple[Entry, ...] | None = None
        self._ahead: dict[str, bytes] = {}  # read and not yet asked for
        self._next = 0  # the entry that the next fetch in order begins with

    def entries(self) -> tuple[Entry, ...]:
        """All files of the tree; sizes come from the object database in one pass."""
        if self._entries is None:
            from auditor.source.safe_git import run_git

            blobs = sorted(set(self._rows.values()))
            out = run_git(
                self._root, "cat-file", "--batch-check=%(objectname) %(objectsize)", input="\n".join(blobs).encode()
            )
            for line in out.decode().splitlines():
                name, _, size = line.partition(" ")
                if size.isdigit():
                    self._sizes[name] = int(size)
            found = []
            for path, blob in self._rows.items():
                entry = entry_of(path, self._sizes.get(blob, -1), tracked=True, blob=blob)
                if entry.language == "binary":
                    continue
                if entry.size < 0:
                    self._unread.append(Unread(path, "its git object is not in this repository"))
                elif entry.size > MAX_FILE_BYTES:
                    self._unread.append(Unread(path, f"larger than {MAX_FILE_BYTES // 1_000_000} MB, not read"))
                else:
                    found.append(entry)
            self._entries = tuple(sorted(found, key=lambda e: e.path))
        return self._entries

    def read(self, path: str) -> bytes:
        """The bytes of a blob. Who reads the entries in order gets many of them from one process of git."""
        blob = self._rows.get(path)
        if blob is None:
            raise UnreadableFile(f"{path}: not in this tree")
        data = self._ahead.pop(path, None)
        if data is None:
            try:
                data = self._fetch(path, blob)
            except GitError as error:
                raise UnreadableFile(f"{path}: {error}") from None
        return data

    def _fetch(self, path: str, blob: str) -> bytes:
        """One blob, and those of the entries after it if it is the one that the last fetch ended before."""
        from auditor.source.safe_git import run_git

        entries = self._entries or ()
        if self._next >= len(entries) or entries[self._next].path != path:
            return run_git(self._root, "cat-file", "blob", blob)
        wanted, size = [entries[self._next]], entries[self._next].size
        for entry in islice(entries, self._next + 1, self._next + _AHEAD_FILES):
            size += entry.size
            if size > _AHEAD_BYTES:
                break
            wanted.append(entry)
        names = "".join(f"{entry.blob}\n" for entry in wanted).encode()
        out = run_git(self._root, "cat-file", "--batch", input=names)
        self._next += len(wanted)
        at = 0
        self._ahead.clear()
        for entry in wanted:
            end = out.find(b"\n", at)
            head = out[at:end].split()
            if end < 0 or len(head) != 3 or head[1] != b"blob":
                raise GitError("its git object cannot be read")
            at = end + 1 + int(head[2]) + 1
            self._ahead[entry.path] = out[end + 1 : at - 1]
        return self._ahead.pop(path)

    def ignored(self, path: str) -> bool | None:
        """Whether the tree's own root ignore file covers the path."""
        if ".gitignore" not in self._rows:
            return False
        import pathspec

        rules = self.read(".gitignore").decode("utf-8", "replace").splitlines()
        return pathspec.GitIgnoreSpec.from_lines(rules).match_file(path)

    def unread(self) -> tuple[Unread, ...]:
        """Files whose objects are missing or too large."""
        self.entries()
        return tuple(self._unread)


def index_tree(root: Path) -> ObjectTree:
    """The index as a commit would record it, with the files that differ from HEAD as `changed`.

    Raises:
        UsageError: the folder is not in a git work tree.
        GitError: git cannot read the index.
    """
    from auditor.source.safe_git import run_git

    top = _top(root)
    rows = _parse(run_git(top, "ls-files", "-z", "--stage"), index=True)
    head = _head(top)
    base = head or _EMPTY_TREE
    out = run_git(top, "diff-index", "--cached", "--name-only", "-z", "--no-renames", "--diff-filter=ACMRT", base)
    changed = frozenset(p.decode("utf-8", "surrogateescape") for p in out.split(b"\0") if p)
    return ObjectTree(top, rows, head, changed)


def revision_tree(root: Path, revision: str) -> ObjectTree:
    """The tree of a revision.

    Raises:
        UsageError: no such revision, or not in a git work tree.
    """
    from auditor.source.safe_git import run_git

    top = _top(root)
    commit = resolve(top, revision)
    return ObjectTree(top, _parse(run_git(top, "ls-tree", "-r", "-z", commit), index=False), commit, None)


def merge_base(root: Path, revision: str) -> str:
    """The merge base of HEAD and a revision, as a commit id.

    Raises:
        UsageError: one of them does not exist, or they have no common ancestor.
    """
    from auditor.source.safe_git import run_git

    top = _top(root)
    commit = resolve(top, revision)
    try:
        return run_git(top, "merge-base", "HEAD", commit).decode().strip()
    except GitError:
        raise UsageError(
            f"--base {revision}: no common ancestor with HEAD (a shallow clone? fetch more history)"
        ) from None


def resolve(root: Path, revision: str) -> str:
    """The commit id of a revision.

    Raises:
        UsageError: there is no such revision.
    """
    from auditor.source.safe_git import run_git

    if revision.startswith("-"):
        raise UsageError(f"{revision!r} is not a revision")
    try:
        return (
            run_git(root, "rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        )
    except GitError:
        raise UsageError(f"{revision}: no such revision in this repository") from None


_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def _top(root: Path) -> Path:
    from auditor.source.safe_git import run_git

    try:
        top = Path(run_git(root, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip())
    except GitError:
        raise UsageError(f"{root}: not in a git repository") from None
    if not root.resolve().is_relative_to(top.resolve()):  # by its configuration: another repository may stand there
        raise UsageError(f"{root}: its repository says that its work tree is elsewhere")
    return top


def _head(root: Path) -> str | None:
    from auditor.source.safe_git import run_git

    try:
        return run_git(root, "rev-parse", "--verify", "-q", "HEAD").decode().strip() or None
    except GitError:
        return None


def _parse(out: bytes, *, index: bool) -> dict[str, str]:
    rows: dict[str, str] = {}
    for row in filter(None, out.split(b"\0")):
        meta, _, raw = row.partition(b"\t")
        fields = meta.decode("ascii", "replace").split()
        mode, blob = fields[0], fields[1] if index else fields[2]
        if mode in {"100644", "100755", "100664"}:
            rows[raw.decode("utf-8", "surrogateescape")] = blob
    return rows

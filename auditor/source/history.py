"""Searches every blob that any ref reaches, once, as a stream: who brought a key in, who took it out, is it still there.

Knows git's objects and nothing of keys: what to look for comes as a function. Memory is bounded by one blob, half a name
of each blob, and what git keeps of each commit; nothing of the repository's configuration runs (see `safe_git`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import field, replace
from itertools import islice
from pathlib import Path
from queue import Empty, Queue
from typing import IO

from auditor.errors import GitError, UnreadableFile
from auditor.lazily import dataclass
from auditor.model.facts import Credential, Unread
from auditor.source.memory import entry_of
from auditor.source.safe_git import TIMEOUT_SECONDS, GitProcess, popen, run_git
from auditor.source.tree import Entry

__all__ = ["search_history"]

MAX_BLOB_BYTES = 8 << 20
"""A larger blob is passed over: keys stand in texts that people wrote."""

CACHE_BYTES = 16 << 20
_MAX_ENTRIES = 10_000
_BATCH = 300  # names of one batch fit a pipe, whose capacity may be as low as 16 kB
_MAX_AHEAD = 32
MARGIN = 2000
"""What may tell a key from its surroundings stands within this many bytes."""

Look = Callable[[Entry, bytes], tuple[Credential, ...]]
"""Finds the credentials in the bytes of a file."""

May = Callable[[Entry, bytes], bool]
"""Says cheaply of a part of a file that nothing in it can be a credential (False)."""


def search_history(
    root: Path, look: Look, *, may: May | None = None, unreachable: bool = False, unread: list[Unread] | None = None
) -> tuple[Credential, ...]:
    """The live-looking credentials in the history of the repository at `root`, one row a credential.

    `commit` is the oldest commit that holds it and `at` its place there; `removed_in` the last commit that took it out,
    and `place` is "in-tree" while HEAD still has it, "removed" where some commit took it out, "unreachable" where no ref
    leads to it (any more), else "other-ref".

    Args:
        root: A folder of the repository.
        look: Finds credentials; equal fingerprints mean equal values.
        may: Says cheaply that a part of a file holds nothing; of a file's next version only what differs is asked about.
        unreachable: Also search objects that only the reflog, or nothing at all, still names.
        unread: Gets an entry for what could not be searched: a shallow or partial clone, a damaged object.

    Raises:
        GitError: It is no repository, or it is damaged.
    """
    gaps: list[Unread] = []
    missing: list[str] = []
    known = _Known()
    entries: dict[bytes, Entry] = {}  # a file has many versions
    versions = _Versions(may)
    for change, contents in _changes(root, unreachable, missing, gaps):
        for oid, data in contents:
            entry = entries.get(change.path)
            if entry is None:
                if len(entries) >= _MAX_ENTRIES:
                    entries.clear()
                entry = entries[change.path] = entry_of(_unquoted(change.path), len(data))
            if versions.worth_a_look(entry, data):
                for found in _credentials(look, entry, data):
                    versions.forget(entry.path)
                    known.add(oid, found)
        known.note(change)
    if unread is not None:
        unread += [*gaps, *_gaps(root, missing)]
    present = frozenset(oid for oid, _ in _tree(root) if oid in known.blobs) if known.keys else frozenset()
    return tuple(sorted((_row(key, present) for key in known.keys.values()), key=lambda c: (c.at, c.commit)))


@dataclass(frozen=True, slots=True)
class _Change:
    """What one commit did to one path, as a line of `git log --raw` says it; or a blob by itself, without a commit."""

    commit: str
    path: bytes  # as git prints it
    line: bytes  # empty where no commit is known to have brought the blob in
    asked: tuple[bytes, ...]  # the blobs that come up for the first time, in hexadecimal
    lost: bool = False  # no ref reaches it

    def blobs(self) -> tuple[list[bytes], bytes]:
        """What the path held in the commit's parents, and what it holds since."""
        parents = _parents(self.line)
        oids = self.line.partition(b"\t")[0].split()[parents + 1 : 2 * parents + 2]
        return oids[:-1], oids[-1]


def _parents(line: bytes) -> int:
    """How many parents a raw line compares with: as many as it has colons."""
    return 1 if line[1:2] != b":" else len(line) - len(line.lstrip(b":"))


@dataclass(slots=True)
class _Key:
    """One credential over all history: the blobs that hold it, and what commits did with them."""

    blobs: dict[bytes, Credential] = field(default_factory=dict)
    first: tuple[str, bytes, bytes] | None = None  # commit, path, blob
    removed: str | None = None  # the last commit that took it out; empty if a later one has it still, None so far
    lost: bool = False  # no ref reaches the first one


class _Known:
    """The credentials found so far. Commits come newest first, so that the end of a key is heard of before its beginning."""

    def __init__(self) -> None:
        self.keys: dict[str, _Key] = {}
        self.blobs: dict[bytes, list[_Key]] = {}

    def add(self, oid: bytes, found: Credential) -> None:
        """A blob holds a credential."""
        key = self.keys.setdefault(found.fingerprint, _Key())
        if oid not in key.blobs:
            key.blobs[oid] = found
            self.blobs.setdefault(oid, []).append(key)

    def note(self, change: _Change) -> None:
        """Note who brought a key in, and who took the last of it out, if the change is about one."""
        if not self.blobs or not change.line:
            return
        before, after = change.blobs()
        for key in self.blobs.get(after, ()):
            if key.first is None or key.lost == change.lost:
                key.first, key.lost = (change.commit, change.path, after), change.lost
                key.removed = key.removed or ""
        for oid in before:
            for key in self.blobs.get(oid, ()):
                if key.removed is None and after not in key.blobs:
                    key.removed = change.commit


class _Versions:
    """The last clean version of each file, within a budget: the next one is mostly the same bytes."""

    def __init__(self, may: May | None) -> None:
        self._may = may
        self._clean: dict[str, bytes] = {}
        self._held = 0

    def worth_a_look(self, entry: Entry, data: bytes) -> bool:
        """Whether a key can stand in what this version has and the clean one before it has not."""
        if self._may is None:
            return True
        before = self._clean.get(entry.path)
        part = data if before is None else _changed(before, data)
        self._keep(entry.path, data)
        return self._may(entry, part)

    def _keep(self, path: str, data: bytes) -> None:
        self.forget(path)
        self._clean[path] = data
        self._held += len(data)
        while self._held > CACHE_BYTES:
            self.forget(next(iter(self._clean)))

    def forget(self, path: str) -> None:
        """Drop the version: it holds a key, so that the next one is to be looked at as a whole."""
        self._held -= len(self._clean.pop(path, b""))


def _changed(before: bytes, after: bytes) -> bytes:
    """The stretch of `after` outside the common beginning and end, with a margin; by halving, at memory speed."""
    shorter = min(len(before), len(after))
    low, high = 0, shorter
    while low < high:
        middle = (low + high + 1) // 2
        if after.startswith(before[low:middle], low):
            low = middle
        else:
            high = middle - 1
    start, low, high = low, 0, shorter - low
    while low < high:
        middle = (low + high + 1) // 2
        if after.endswith(before[len(before) - middle : len(before) - low], 0, len(after) - low):
            low = middle
        else:
            high = middle - 1
    return after[max(0, start - MARGIN) : len(after) - low + MARGIN]


def _credentials(look: Look, entry: Entry, data: bytes) -> list[Credential]:
    try:
        found = look(entry, data)
    except UnreadableFile:  # said already for the work tree, where it matters
        return []
    return [c for c in found if not c.placeholder and c.certainty != "low" and c.fingerprint]


def _listed(root: Path, unreachable: bool, gaps: list[Unread]) -> Generator[_Change, None, None]:
    """Every change that a commit made, newest first, then what no commit names; each blob is asked for once.

    A change asks for what it took away as well, so that a key is known when the commit that removed it comes up.
    """
    seen: set[int] = set()  # half of a name tells blobs apart and takes a fraction of the memory

    def first_time(oid: bytes) -> bool:
        before = len(seen)
        seen.add(int(oid[:16], 16))
        return len(seen) > before

    def changes(log: Iterator[tuple[str, bytes]], lost: bool) -> Iterator[_Change]:
        for commit, line in log:
            meta, _, path = line.rstrip(b"\n").partition(b"\t")
            if path.rpartition(b".")[2].rstrip(b'"').lower() in _BINARY:
                continue
            parents = _parents(meta)
            fields = meta.lstrip(b":").split(b" ")
            blobs = zip(fields[: parents + 1], fields[parents + 1 :], strict=False)
            asked = tuple(oid for mode, oid in blobs if mode[:3] in _BLOB_MODES and first_time(oid))
            yield _Change(commit, path, line, asked[::-1], lost)

    try:
        yield from changes(_log(root, "--all"), lost=False)
    except GitError:  # a partial clone without its trees, or a damaged one: what is there is searched all the same
        gaps.append(Unread(".git", "history: some trees are not here, so not every commit could be looked into"))
    for oid, path in _unnamed(root, damaged=bool(gaps)):
        if path.rpartition(b".")[2].lower() not in _BINARY and first_time(oid):
            yield _Change("", path, b"", (oid,))
    if unreachable:
        with suppress(GitError):  # an ancestor of them may be gone already; their blobs come below
            lost = _all_objects(root, b"commit")
            yield from changes(_log(root, "--stdin", "--not", "--all", given=lost), lost=True)
        for oid in _all_objects(root, b"blob"):
            if first_time(oid):
                yield _Change("", b"(unreachable)", b"", (oid,), lost=True)


def _log(root: Path, *what: str, given: Iterable[bytes] | None = None) -> Iterator[tuple[str, bytes]]:
    """(commit, raw line) of every path that a commit changed, the newest commit first.

    A merge's path is listed where it differs from all parents, so that every blob of every commit's tree comes up.
    Git keeps the commits in memory for it, and nothing of objects (`rev-list --objects`) or messages (`--reverse`).
    """
    style = ("--raw", "-c", "--no-abbrev", "--no-renames", "--format=%H", "--no-decorate", "--no-notes")
    commit = ""
    with popen(root, "log", *style, *what, feed=given is not None) as git:
        for oid in given or ():
            git.stdin.write(oid + b"\n")
        if given is not None:
            git.stdin.close()
        for line in git.stdout:
            if line[:1] == b":":
                yield commit, line
            elif len(line) > 1:
                commit = line.strip().decode("ascii", "replace")
        git.finish()


def _all_objects(root: Path, wanted: bytes) -> Iterator[bytes]:
    """The names of all objects of a kind, whether anything names them or not."""
    with popen(root, "cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)") as git:
        for line in git.stdout:
            kind, _, oid = line.rstrip(b"\n").partition(b" ")
            if kind == wanted:
                yield oid
        git.finish()


def _unnamed(root: Path, *, damaged: bool) -> Iterator[tuple[bytes, bytes]]:
    """(blob, path) of what the log does not show: tags on blobs and trees, and what trees are left of a damaged one."""
    with popen(root, "for-each-ref", "--format=%(objecttype) %(objectname)") as git:
        tips = [line.split()[1] for line in git.stdout if not line.startswith(b"commit")]
        git.finish()
    # What an annotated tag stands for in the end; most stand for a commit, which the log has shown.
    names = b"".join(b"%s^{}\n" % tip for tip in tips)
    peeled = run_git(root, "cat-file", "--batch-check=%(objecttype) %(objectname)", input=names)
    for kind, oid in (row.split() for row in peeled.splitlines() if row.startswith((b"blob ", b"tree "))):
        if kind == b"blob":
            yield oid, b"(tag)"
        else:
            yield from _objects(root, oid.decode())
    if damaged:
        yield from _tree(root)
        with suppress(GitError):  # as far as it goes
            yield from _objects(root, "--all")


def _objects(root: Path, *starts: str) -> Iterator[tuple[bytes, bytes]]:
    """(blob, path) of what revisions or trees reach."""
    with popen(root, "rev-list", "--objects", "--missing=allow-any", "--filter=object:type=blob", *starts) as git:
        for line in git.stdout:
            oid, _, path = line.rstrip(b"\n").partition(b" ")
            if path:
                yield oid, path
        git.finish()


def _tree(root: Path) -> Iterator[tuple[bytes, bytes]]:
    """(blob, path) of what HEAD has; nothing where there is no commit yet."""
    with suppress(GitError), popen(root, "ls-tree", "-r", "--full-tree", "HEAD") as git:
        for line in git.stdout:
            meta, _, path = line.rstrip(b"\n").partition(b"\t")
            if meta[:3] in _BLOB_MODES:
                yield meta.rpartition(b" ")[2], path
        git.finish()


_BLOB_MODES = frozenset({b"100", b"120"})  # files and links; 160 is a submodule's commit, 000 nothing any more
_BINARY = frozenset(
    b"png jpg jpeg gif bmp ico webp avif tiff psd svg mp3 mp4 m4a wav ogg webm mov avi zip gz tgz bz2 xz 7z rar jar war whl "
    b"so dylib dll exe bin o a class pyc wasm ttf otf woff woff2 eot pdf doc docx xls xlsx ppt pptx sqlite db parquet npy "
    b"npz pkl h5 pt pth onnx safetensors gguf tflite mo po pot".split()
)


def _gaps(root: Path, missing: list[str]) -> list[Unread]:
    gaps = []
    if missing:
        rest = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        gaps.append(Unread(missing[0], f"history: this version{rest} is damaged or not in this (partial) clone"))
    if run_git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        gaps.append(Unread(".git", "history: this is a shallow clone; older commits were not searched"))
    return gaps


def _changes(
    root: Path, unreachable: bool, missing: list[str], gaps: list[Unread]
) -> Iterator[tuple[_Change, Iterator[tuple[bytes, bytes]]]]:
    """The changes in order, each with the blobs that come up for the first time, while git lists the next ones."""
    failed: list[BaseException] = []
    ahead: Queue[list[_Change]] = Queue(_MAX_AHEAD)
    stop = threading.Event()
    with popen(root, "cat-file", "--batch", feed=True) as git:
        listed = _listed(root, unreachable, gaps)
        feeder = threading.Thread(target=_feed, args=(git, listed, ahead, stop, failed), daemon=True)
        feeder.start()
        try:
            while batch := ahead.get():
                for change in batch:
                    yield change, _contents(git.stdout, change, missing)
        finally:
            stop.set()  # whoever feeds may wait for a place in the queue
            with suppress(Empty):
                while True:
                    ahead.get_nowait()
        feeder.join(timeout=TIMEOUT_SECONDS)
        if failed:
            raise failed[0]


def _contents(out: IO[bytes], change: _Change, missing: list[str]) -> Iterator[tuple[bytes, bytes]]:
    """The answers of `cat-file --batch` to what a change asks for: name and bytes of those that can be searched."""
    for oid in change.asked:
        header = out.readline().split()
        if len(header) == 2:  # missing: a partial clone, or a damaged object
            missing.append(_unquoted(change.path))
            continue
        if len(header) != 3 or header[0] != oid:
            raise GitError("git cat-file stopped in the middle: the repository is damaged")
        size = int(header[2])
        if header[1] != b"blob" or size > MAX_BLOB_BYTES or size < 16:
            _skip(out, size + 1)
            continue
        data = out.read(size)
        out.read(1)
        yield oid, data


def _feed(
    git: GitProcess,
    listed: Generator[_Change, None, None],
    ahead: Queue[list[_Change]],
    stop: threading.Event,
    failed: list[BaseException],
) -> None:
    """Ask git for the blobs of the changes, and tell the reader in which order: a batch is told before it is asked for.

    Thus the reader never waits for what it has not been told of, and git is never asked for more than a pipe holds.
    """
    try:
        while batch := list(islice(listed, _BATCH)):
            ahead.put(batch)
            if stop.is_set():
                return
            names = b"".join(b"%s\n" % oid for change in batch for oid in change.asked)
            if names:
                git.stdin.write(names)
                git.stdin.flush()
    except (OSError, ValueError):  # the reader stopped early: nobody wants the rest
        if not stop.is_set():
            failed.append(GitError("git cat-file stopped in the middle: the repository is damaged"))
    except Exception as error:  # noqa: BLE001 - raised again by the reader
        failed.append(error)
    finally:
        listed.close()
        with suppress(OSError, ValueError, GitError):
            git.stdin.close()
        ahead.put([])


def _skip(out: IO[bytes], size: int) -> None:
    while size > 0:
        read = len(out.read(min(size, 1 << 20)))
        if not read:
            raise GitError("git cat-file stopped in the middle: the repository is damaged")
        size -= read


def _unquoted(raw: bytes) -> str:
    """A path as git prints it: quoted where it holds a quote, a backslash or a control character."""
    text = raw.decode("utf-8", "surrogateescape")
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('\\"', '"').replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")
    return text


def _row(key: _Key, present: Container[bytes]) -> Credential:
    oid, found = next(iter(key.blobs.items()))
    commit, path = "unreachable", found.at.path
    if key.first is not None:
        commit, path, oid = key.first[0], _unquoted(key.first[1]), key.first[2]
        found = key.blobs[oid]
    if any(blob in present for blob in key.blobs):
        place = "in-tree"
    elif key.lost or path == "(unreachable)":
        place = "unreachable"
    else:
        place = "removed" if key.removed else "other-ref"
    return replace(
        found,
        at=replace(found.at, path=path),
        commit=commit,
        removed_in=key.removed or "" if place == "removed" else "",
        place=place,
        tracked=None,
    )

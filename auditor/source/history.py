"""Searches every blob that any ref reaches, once, as a stream: who brought a key in, who took it out, is it still there.

Knows git's objects and nothing of keys: what to look for comes as a function. Memory is bounded by one blob and by the
names of the objects; nothing of the repository's configuration runs (see `safe_git`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path
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

CACHE_BYTES = 32 << 20
MARGIN = 2000
"""What may tell a key from its surroundings stands within this many bytes."""

Look = Callable[[Entry, bytes], tuple[Credential, ...]]
"""Finds the credentials in the bytes of a file."""

May = Callable[[Entry, bytes], bool]
"""Says cheaply of a part of a file that nothing in it can be a credential (False)."""


@dataclass(slots=True)
class _Key:
    """One credential over all history: the blobs that hold it, and what commits did with them."""

    blobs: dict[bytes, Credential] = field(default_factory=dict)
    first: tuple[str, str, bytes] | None = None  # commit, path, blob
    removed: str = ""


def search_history(
    root: Path, look: Look, *, may: May | None = None, unreachable: bool = False, unread: list[Unread] | None = None
) -> tuple[Credential, ...]:
    """The live-looking credentials in the history of the repository at `root`, one row a credential.

    `commit` is the oldest commit that holds it and `at` its place there; `removed_in` the last commit that took it out,
    and `place` is "in-tree" while HEAD still has it, "removed" where some commit took it out, else "other-ref".

    Args:
        root: A folder of the repository.
        look: Finds credentials; equal fingerprints mean equal values.
        may: Says cheaply that a part of a file holds nothing; of a file's next version only what differs is asked about.
        unreachable: Also search objects that only the reflog, or nothing at all, still names.
        unread: Gets an entry for what could not be searched: a shallow or partial clone, a damaged object.

    Raises:
        GitError: It is no repository, or it is damaged.
    """
    paths: dict[bytes, str] = {}
    keys: dict[str, _Key] = {}
    missing: list[str] = []
    entries: dict[str, Entry] = {}  # a file has many versions
    versions = _Versions(may)
    for oid, path, data in _contents(root, paths, missing, unreachable):
        if path not in entries:
            entries[path] = entry_of(path, len(data))
        if not versions.worth_a_look(entries[path], data):
            continue
        for found in _credentials(look, entries[path], data):
            versions.forget(path)
            keys.setdefault(found.fingerprint, _Key()).blobs.setdefault(oid, found)
    if unread is not None:
        unread += _gaps(root, missing)
    if not keys:
        return ()
    present = _head_blobs(root)
    _attribute(root, keys, unreachable)
    return tuple(sorted((_row(key, present, paths) for key in keys.values()), key=lambda c: (c.at, c.commit)))


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
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    start, low, high = low, 0, shorter - low
    while low < high:
        middle = (low + high + 1) // 2
        if before[len(before) - middle : len(before) - low] == after[len(after) - middle : len(after) - low]:
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


def _blobs(root: Path, unreachable: bool) -> Iterator[tuple[bytes, bytes]]:
    """Every blob that a ref reaches, in git's order: its name in hexadecimal, and one path of it."""
    refs = ["--all"] + (["--reflog"] if unreachable else [])
    with popen(root, "rev-list", "--objects", "--missing=allow-any", "--filter=object:type=blob", *refs) as git:
        for line in git.stdout:
            oid, _, path = line.rstrip(b"\n").partition(b" ")
            if path and path.rpartition(b".")[2].lower() not in _BINARY:
                yield oid, path
        git.finish()
    if not unreachable:
        return
    with popen(
        root, "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)"
    ) as git:
        for line in git.stdout:
            kind, _, oid = line.rstrip(b"\n").partition(b" ")
            if kind == b"blob":
                yield oid, b"(unreachable)"
        git.finish()


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


def _contents(
    root: Path, paths: dict[bytes, str], missing: list[str], unreachable: bool = False
) -> Iterator[tuple[bytes, str, bytes]]:
    """The blobs with their bytes, one at a time, while git still lists the next ones. Fills `paths`."""
    failed: list[GitError] = []
    with popen(root, "cat-file", "--batch", "--buffer", feed=True) as git:
        feeder = threading.Thread(target=_feed, args=(git, root, unreachable, paths, failed), daemon=True)
        feeder.start()
        seen, out = 0, git.stdout
        while header := out.readline().split():
            seen += 1
            oid = bytes.fromhex(header[0].decode())
            if len(header) == 2:  # missing: a partial clone, or a damaged object
                missing.append(paths[oid])
                continue
            size = int(header[2])
            if header[1] != b"blob" or size > MAX_BLOB_BYTES or size < 16:
                _skip(out, size + 1)
                continue
            data = out.read(size)
            out.read(1)
            yield oid, paths[oid], data
        feeder.join(timeout=TIMEOUT_SECONDS)
        if failed:
            raise failed[0]
        if seen != len(paths):
            raise GitError("git cat-file stopped in the middle: the repository is damaged")


def _feed(git: GitProcess, root: Path, unreachable: bool, paths: dict[bytes, str], failed: list[GitError]) -> None:
    known: dict[bytes, str] = {}  # a path has many versions
    try:
        for oid, path in _blobs(root, unreachable):
            name = bytes.fromhex(oid.decode())
            if name not in paths:
                paths[name] = known.setdefault(path, path.decode("utf-8", "surrogateescape"))
                git.stdin.write(oid + b"\n")
    except GitError as error:
        failed.append(error)
    except (OSError, ValueError):  # the reader stopped early: nobody wants the rest
        return
    finally:
        with suppress(OSError, ValueError, GitError):
            git.stdin.close()


def _skip(out: IO[bytes], size: int) -> None:
    while size > 0:
        read = len(out.read(min(size, 1 << 20)))
        if not read:
            raise GitError("git cat-file stopped in the middle: the repository is damaged")
        size -= read


def _head_blobs(root: Path) -> frozenset[bytes]:
    try:
        listing = run_git(root, "ls-tree", "-r", "-z", "--full-tree", "HEAD")
    except GitError:  # no commit yet, or a bare repository without HEAD
        return frozenset()
    names = (row.split(None, 3)[2] for row in listing.split(b"\0") if row.count(b" ") >= 2)
    return frozenset(bytes.fromhex(name.split(b"\t")[0].decode()) for name in names)


def _attribute(root: Path, keys: dict[str, _Key], unreachable: bool) -> None:
    """Walk the commits from the oldest and note who brought each key's blobs in and who took the last of them out."""
    holders: dict[bytes, list[_Key]] = {}
    for key in keys.values():
        for oid in key.blobs:
            holders.setdefault(oid.hex().encode(), []).append(key)
    commit = ""
    refs = ["--all"] + (["--reflog"] if unreachable else [])
    arguments = ("log", *refs, "--reverse", "--topo-order", "--raw", "-c", "--no-abbrev", "--no-renames", "--format=%H")
    with popen(root, *arguments) as git:
        for line in git.stdout:
            if line[:1] != b":":
                text = line.strip()
                commit = text.decode() if len(text) in {40, 64} else commit
                continue
            parents = len(line) - len(line.lstrip(b":"))
            meta, _, path = line.rstrip(b"\n").partition(b"\t")
            oids = meta.split()[parents + 1 : 2 * parents + 2]
            for old in oids[:-1]:
                for key in holders.get(old, ()):
                    if bytes.fromhex(oids[-1].decode()) not in key.blobs:
                        key.removed = commit
            for key in holders.get(oids[-1], ()) if oids else ():
                key.removed = ""
                if key.first is None:
                    key.first = (commit, _unquoted(path), bytes.fromhex(oids[-1].decode()))


def _unquoted(path: bytes) -> str:
    """A path as git prints it: quoted where it holds a quote, a backslash or a control character."""
    text = path.decode("utf-8", "surrogateescape")
    if text.startswith('"') and text.endswith('"'):
        return text[1:-1].replace('\\"', '"').replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")
    return text


def _row(key: _Key, present: frozenset[bytes], paths: dict[bytes, str]) -> Credential:
    oid, found = next(iter(key.blobs.items()))
    commit, path = "", paths.get(oid, found.at.path)
    if key.first is not None:
        commit, path, oid = key.first
        found = key.blobs.get(oid, found)
    still = any(blob in present for blob in key.blobs)
    place = "in-tree" if still else ("removed" if key.removed else "other-ref")
    return replace(
        found,
        at=replace(found.at, path=path),
        commit=commit or "unreachable",
        removed_in="" if still else key.removed,
        place=place,
        tracked=None,
    )

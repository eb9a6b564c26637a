"""One pass over a file's bytes that says whether, and where, a key may stand. Knows anchors, not files; decides nothing.

Google's RE2 does the pass (linear, about 0.5 GB/s); without its wheel the standard library does the same, slower.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.lazily import dataclass
from auditor.readers.secrets.assembled import BUILT
from auditor.readers.secrets.shapes import Shape, spelled_as_pattern

__all__ = ["Hits", "Prefilter"]

MAX_OFFSETS = 20_000
"""A file with more anchors than this is a data set; what lies behind is reported as unread by the scanner."""


@dataclass(frozen=True, slots=True)
class Hits:
    """Where something may be.

    `anchors`: key shapes; `names`: values assigned to key-like names; `bare`: values that look like the keys of vendors
    whose keys have no prefix, in a file that names such a vendor; `encoded`: base64 texts that hold the beginning of a key;
    `built`: where code puts a value together from parts; `heads`: names that are given what begins like a key.
    """

    anchors: tuple[int, ...] = ()
    names: tuple[int, ...] = ()
    bare: tuple[int, ...] = ()
    encoded: tuple[int, ...] = ()
    built: tuple[int, ...] = ()
    heads: tuple[int, ...] = ()
    truncated: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to look at."""
        return bool(self.anchors or self.names or self.bare or self.encoded or self.built or self.heads)


_START = r"(?:\b|\\[nrtu]|%[0-9A-Fa-f]{2})"
_NAMED_VALUE = (
    rb"(?i)(?:key|token|secret|_pat|credentials?)(?:_?(?:[0-9]{1,2}|dev|prod|test|live|staging))?"
    rb"[\"'\])]{0,3}(?:[ \t]{0,4}:[ \t]{0,4}[a-z]{3,12})?"
    rb"[ \t]{0,4}(?:=|:|=>|:=)[ \t]{0,4}(?:\([ \t\r\n]{1,20})?[\"'`][^\"'`\n]{3}"
)


def _anchor(shape: Shape) -> str | None:
    """A cheap regular expression that every match of the shape contains; None for shapes without an anchor."""
    if not shape.anchor:
        return None
    escaped = re.escape(shape.anchor)
    if len(shape.anchor) >= 6 or not shape.core.startswith(escaped.replace(r"\-", "-").replace(r"\_", "_")):
        return _head(shape) if len(shape.anchor) < 4 else escaped
    return rf"{_START}{escaped}[A-Za-z0-9_\-]{{8}}"


def _head(shape: Shape) -> str:
    """For anchors too short to be alone (`gh`, `-`): the pattern itself, which RE2 takes as it is."""
    return rf"{_START}(?:{shape.core})"


def _encoded(shape: Shape) -> Iterator[str]:
    """How a base64-wrapped key of this shape looks: its prefix encoded, whole characters only.

    At the beginning of the wrapped text a short prefix is enough; inside one (a wrapped environment file) it may stand at
    any of three places of a group of bytes, and only a long prefix says something.
    """
    prefix = shape.public_prefix
    if len(prefix) < 3:
        return
    text = base64.b64encode(prefix.encode()).decode().rstrip("=")
    whole = text[: len(prefix) * 8 // 6]
    if len(whole) >= 4:
        yield rf"\b{re.escape(whole)}"
    for shift in range(3) if len(prefix) >= 7 else ():
        text = base64.b64encode(b"=" * shift + prefix.encode()).decode()
        yield re.escape(text[(shift * 8 + 5) // 6 : (shift + len(prefix)) * 8 // 6])


class Prefilter:
    """The pass, compiled once from the shapes and the words that name vendors of prefix-less keys."""

    def __init__(self, shapes: Iterable[Shape], words: Iterable[str]) -> None:
        """Compile for these shapes; `words` name the vendors whose keys have no prefix."""
        shapes = tuple(shapes)
        anchors = sorted({a for a in map(_anchor, shapes) if a} | {rf"{_START}sk-[A-Za-z0-9_\-]{{16}}"})
        encoded = sorted({e for shape in shapes for e in _encoded(shape)} | {r"\bQmVhcmVyIH"})
        self._anchors = f"(?:{'|'.join(anchors)})".encode()
        self._encoded = rf"(?:{'|'.join(encoded)})[A-Za-z0-9+/]{{16}}".encode()
        heads = sorted({re.escape(s.public_prefix) for s in shapes if len(s.public_prefix) > 2})
        self._heads = rf"=[ \t]{{0,4}}[bru]?[\"'`](?:{'|'.join(heads)})[A-Za-z0-9_\-]{{0,60}}[\"'`]".encode()
        words = tuple(words)
        self._words = spelled_as_pattern(words).encode() if words else b"\x00\x00\x00\x00"
        cores = sorted({f"(?:{s.core})" for s in shapes if not s.anchor})
        self._bare = rf"\b(?:{'|'.join(cores)})(?:[^A-Za-z0-9_+/\-]|$)".encode() if cores else b"\x00\x00\x00\x00"
        built = "|".join(f"(?:{pattern})" for pattern in BUILT).encode()
        common = (self._anchors, _NAMED_VALUE, self._words, self._encoded, built, self._heads)
        self._engine = _engine(common, (self._bare,))

    def hits(self, data: bytes) -> Hits:
        """What may be in the data; falsy for most files."""
        groups = self._engine.groups(data)
        if not groups:
            return Hits()
        anchors = self._engine.offsets(0, data) if 0 in groups else []
        names = self._engine.offsets(1, data) if 1 in groups else []
        encoded = self._engine.offsets(3, data) if 3 in groups else []
        built = self._engine.offsets(4, data) if 4 in groups else []
        heads = self._engine.offsets(5, data) if 5 in groups else []
        bare = self._engine.offsets(6, data) if 2 in groups else []
        truncated = max(map(len, (anchors, names, encoded, built, heads, bare))) > MAX_OFFSETS
        return Hits(
            tuple(anchors[:MAX_OFFSETS]),
            tuple(names[:MAX_OFFSETS]),
            tuple(bare[:MAX_OFFSETS]),
            tuple(encoded[:MAX_OFFSETS]),
            tuple(built[:MAX_OFFSETS]),
            tuple(heads[:MAX_OFFSETS]),
            truncated,
        )

    def may_hold(self, part: bytes, *, bare: bool = True) -> bool:
        """Whether a part of a file has anything to look at.

        A value without a prefix counts by itself, if `bare` ones are asked for: its vendor may be named in the rest of the
        file.
        """
        groups = self._engine.groups(part)
        return bool(groups - {2}) or (bare and self._engine.has(6, part))


def _engine(patterns: tuple[bytes, ...], alone: tuple[bytes, ...]) -> _Re2 | _Stdlib:
    """The engine. `alone`: patterns whose counted repetitions would blow up the common automaton."""
    try:
        import re2
    except ImportError:
        return _Stdlib(patterns, alone)
    try:
        return _Re2(re2, patterns, alone)
    except re2.error:  # a pattern that only the standard library knows
        return _Stdlib(patterns, alone)


class _Re2:
    """RE2: all patterns in one automaton for the yes or no, each alone for its offsets."""

    def __init__(self, re2: Any, patterns: tuple[bytes, ...], alone: tuple[bytes, ...]) -> None:
        options = re2.Options()
        options.encoding = re2.Options.Encoding.LATIN1
        options.never_capture = True
        options.log_errors = False
        options.max_mem = 64 << 20
        self._set = re2.Set.SearchSet(options)
        for pattern in patterns:
            self._set.Add(pattern)
        self._set.Compile()
        self._single = [re2.compile(pattern, options) for pattern in (*patterns, *alone)]

    def groups(self, data: bytes) -> frozenset[int]:
        return frozenset(self._set.Match(data) or ())

    def has(self, index: int, data: bytes) -> bool:
        return self._single[index].search(data) is not None

    def offsets(self, index: int, data: bytes) -> list[int]:
        found = []
        for match in self._single[index].finditer(data):
            found.append(match.start())
            if len(found) > MAX_OFFSETS:
                break
        return found


class _Stdlib:
    """The same with the standard library, for places without RE2."""

    def __init__(self, patterns: tuple[bytes, ...], alone: tuple[bytes, ...]) -> None:
        self._asked = len(patterns)
        self._single = [re.compile(pattern) for pattern in (*patterns, *alone)]

    def groups(self, data: bytes) -> frozenset[int]:
        return frozenset(i for i, pattern in enumerate(self._single[: self._asked]) if pattern.search(data))

    def has(self, index: int, data: bytes) -> bool:
        return self._single[index].search(data) is not None

    def offsets(self, index: int, data: bytes) -> list[int]:
        found = []
        for match in self._single[index].finditer(data):
            found.append(match.start())
            if len(found) > MAX_OFFSETS:
                break
        return found

"""Bytes as text to search: UTF-16 made UTF-8, literals joined over their seams, base64 opened. Keeps every offset."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Protocol

from auditor.lazily import dataclass, regex
from auditor.model.location import Span

__all__ = ["Joined", "Positions", "Seam", "as_utf8", "decode_base64", "is_binary", "joined", "windows", "word_set"]

# Possessive: a quote with blanks behind it and no second quote is met in every file, and must fail at once.
_BLANK = r"(?:[ \t\r\n]|\\(?=[\r\n])){0,120}+"
_SEAM = regex(rf"""["'`]{_BLANK}(?:(?:\+|\.\.?|&|\}}\$?\{{){_BLANK})?[fFbBrRuU@$]{{0,2}}["'`]""")
_CONTINUED = regex(r"\\\r?\n[ \t]*")
MAX_DECODED = 20_000


def word_set(text: str) -> frozenset[str]:
    """A set of words, written as one text because lists of a hundred quoted words hide what they say."""
    return frozenset(text.split())


def is_binary(data: bytes) -> bool:
    """Whether a NUL byte near the start says that this is no text (UTF-16 was taken care of before)."""
    return b"\0" in data[:8192]


def as_utf8(data: bytes) -> tuple[bytes, str]:
    """The data as UTF-8 and how it was encoded ("" or "utf-16"). Line breaks stay where they were."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode("utf-8", "replace"), "utf-16"
    head = data[:512]
    if len(head) >= 16 and b"\0" in head:
        for index, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            zeros = head[index::2].count(0)
            if zeros * 10 >= len(head[index::2]) * 9 and not head[1 - index :: 2].count(0):
                return data.decode(name, "replace").encode("utf-8", "replace"), "utf-16"
    return data, ""


class Positions:
    """Lines and columns of byte offsets, with the line table made once."""

    def __init__(self, path: str, data: bytes) -> None:
        """For this file's (UTF-8) bytes."""
        self._path = path
        self._data = data
        self._starts: list[int] | None = None

    def _table(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *(m.end() for m in re.finditer(rb"\n", self._data))]
        return self._starts

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect_right(self._table(), offset)

    def line_bounds(self, offset: int) -> tuple[int, int]:
        """Start and end of the offset's line, without the line break."""
        starts = self._table()
        number = bisect_right(starts, offset)
        end = starts[number] - 1 if number < len(starts) else len(self._data)
        return starts[number - 1], end

    def span(self, start: int, end: int) -> Span:
        """The stretch as a span, columns in characters."""
        return Span(self._path, *self._place(start), *self._place(end))

    def _place(self, offset: int) -> tuple[int, int]:
        starts = self._table()
        number = bisect_right(starts, offset)
        return number, len(self._data[starts[number - 1] : offset].decode("utf-8", "replace"))


def windows(offsets: Iterator[int] | tuple[int, ...], size: int, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Stretches round the offsets, merged where they overlap, in order."""
    start = end = -1
    for offset in sorted(offsets):
        low, high = max(0, offset - before), min(size, offset + after)
        if start < 0:
            start, end = low, high
        elif low <= end:
            end = max(end, high)
        else:
            yield start, end
            start, end = low, high
    if start >= 0:
        yield start, end


class Seam(Protocol):
    """A text that is not spelled so in the file, whose offsets lead back to it."""

    @property
    def text(self) -> str:
        """The text to search."""
        ...

    @property
    def encoding(self) -> str:
        """How a value that was found here stood in the file."""
        ...

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The original offsets of a stretch."""
        ...

    def spans_seam(self, start: int, end: int) -> bool:
        """Whether a stretch is not found in the file as it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Joined:
    """A text with the seams between adjacent literals taken out, and where each of its parts came from."""

    text: str
    starts: tuple[int, ...]  # offsets of the parts in `text`
    origins: tuple[int, ...]  # their offsets in the original

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The original offsets of a stretch."""
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, offset: int) -> int:
        part = bisect_right(self.starts, offset) - 1
        return self.origins[part] + offset - self.starts[part]

    @property
    def encoding(self) -> str:
        """How a value that was found here stood in the file."""
        return "split"

    def spans_seam(self, start: int, end: int) -> bool:
        """Whether a stretch crosses a seam."""
        return bisect_right(self.starts, start) != bisect_right(self.starts, end - 1)


def joined(text: str, base: int) -> Joined | None:
    """The text without the seams of concatenated literals and continued lines; None where it has none."""
    parts, starts, origins, at, length = [], [], [], 0, 0
    seams = sorted({(m.start(), m.end()) for p in (_SEAM, _CONTINUED) for m in p.finditer(text)})
    for start, end in seams:
        if start < at:
            continue
        parts.append(text[at:start])
        starts.append(length)
        origins.append(base + at)
        length += start - at
        at = end
    if not parts:
        return None
    parts.append(text[at:])
    starts.append(length)
    origins.append(base + at)
    return Joined("".join(parts), tuple(starts), tuple(origins))


def decode_base64(text: str) -> str:
    """What a base64 text holds, if that is printable ASCII text; else empty."""
    if not 8 <= len(text) <= MAX_DECODED:
        return ""
    body = text.rstrip("=")
    try:
        raw = base64.b64decode(body.replace("-", "+").replace("_", "/") + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return ""
    raw = raw.rstrip(b"\r\n\0")
    if not raw or not all(32 <= byte < 127 or byte in b"\r\n\t" for byte in raw):
        return ""
    return raw.decode("ascii")

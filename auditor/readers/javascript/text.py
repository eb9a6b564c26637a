"""The text of a program file as the grammar wants it, and the way back from the grammar's offsets to spans."""

from __future__ import annotations

from bisect import bisect_right

from auditor.lazily import regex
from auditor.model.location import Span

_NON_ASCII_SPACE = regex("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]")
_NON_ASCII = regex(r"[^\x00-\x7f]")


class SourceText:
    """One file's text. The grammar gets ASCII of the same length, so that its byte offsets are character offsets here.

    Characters beyond ASCII stand only in strings, comments, markup and names, where any letter does for the grammar;
    values are always sliced from the true text.
    """

    __slots__ = ("_path", "_starts", "encoded", "text")

    def __init__(self, path: str, text: str, program: str | None = None) -> None:
        """Take the text for slices and lines; `program` is what to parse where the text is more than that."""
        self.text = text
        self._path = path
        source = text if program is None else program
        if not source.isascii():
            source = _NON_ASCII.sub("_", _NON_ASCII_SPACE.sub(" ", source))
        self.encoded = source.encode("ascii")
        starts = [0]
        find = text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        self._starts = starts

    def span(self, start: int, end: int) -> Span:
        """The span of two offsets."""
        starts = self._starts
        line = bisect_right(starts, start)
        # Most nodes end on the line where they start: one look instead of a second search.
        end_line = line if line == len(starts) or end < starts[line] else bisect_right(starts, end)
        return Span(self._path, line, start - starts[line - 1], end_line, end - starts[end_line - 1])

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect_right(self._starts, offset)

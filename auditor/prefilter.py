"""One pass over a file's bytes that tells whether anything in it can matter. Knows no vendor: the literals are given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from auditor.lazily import byte_regex


class _Pattern(Protocol):
    def search(self, data: bytes, /) -> object | None: ...


class Prefilter:
    """Searches for any of many literals, ignoring case. Linear in the bytes, whatever the number of literals."""

    def __init__(self, literals: Iterable[str], patterns: Iterable[str] = (), *, ended: bool = False) -> None:
        """Compile the literals, and patterns that both engines know; an empty set matches nothing.

        `ended`: a small letter behind a literal makes another word of it (`cartesia`, but not `Cartesian`), unless the
        literal is but the beginning of a name (`@cf/`).
        """
        known = sorted(set(literals))
        escaped = [re.escape(x) for x in known if not ended or not x[-1:].isalnum()]
        words = [re.escape(x) for x in known if ended and x[-1:].isalnum()]
        if words:
            escaped.append(f"(?:{'|'.join(words)})(?-i:[^a-z]|$)")
        self._pattern = _compile([*escaped, *patterns])

    def __call__(self, data: bytes) -> bool:
        """Whether one of the literals stands in the data."""
        return self._pattern is not None and self._pattern.search(data) is not None


def _compile(patterns: list[str]) -> _Pattern | None:
    if not patterns:
        return None
    source = "|".join(patterns)
    try:
        import re2
    except ImportError:  # the plain engine finds the same, ten times slower
        return re.compile(source.encode(), re.IGNORECASE)
    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    options.log_errors = False
    try:
        pattern: _Pattern = re2.compile(source.encode("latin-1", "replace"), options)
    except re2.error:
        return re.compile(source.encode(), re.IGNORECASE)
    return pattern


def searcher(pattern: bytes) -> Callable[[bytes], bool]:
    """Whether a pattern of many words matches somewhere; in linear time where RE2 is installed."""
    plain = byte_regex(pattern)
    try:
        import re2
    except ImportError:
        return lambda data: plain.search(data) is not None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    options.log_errors = False
    try:
        fast = re2.compile(pattern, options)
    except re2.error:
        return lambda data: plain.search(data) is not None
    return lambda data: fast.search(data) is not None


class Sorter:
    """Tells which of some patterns match somewhere in a text's bytes, in one pass with RE2."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Compile the patterns, which both engines must know: no look-around."""
        sources = [pattern.encode() for pattern in patterns]
        self._all = frozenset(range(len(sources)))
        self._set = _search_set(sources)
        self._plain = [re.compile(source) for source in sources] if self._set is None else []

    def __call__(self, data: bytes) -> frozenset[int]:
        """The numbers of the patterns that match; all of them in UTF-16, which no pattern of bytes can tell."""
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self._all
        if self._set is None:
            return frozenset(n for n, pattern in enumerate(self._plain) if pattern.search(data))
        return frozenset(self._set.Match(data) or ())


def _search_set(sources: list[bytes]) -> Any:
    """One automaton for all patterns; None where RE2 is missing or does not know one of them."""
    try:
        import re2
    except ImportError:
        return None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.never_capture = True
    options.max_mem = 64 << 20
    options.log_errors = False
    found = re2.Set.SearchSet(options)
    try:
        for source in sources:
            found.Add(source)
    except re2.error:
        return None
    found.Compile()
    return found

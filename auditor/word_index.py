"""Which files mention which words: made in parts, by whichever process has the bytes at hand, and asked as one."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain

from auditor.lazily import dataclass

_BETWEEN_WORDS = bytes(c if c in b"_$" or (c < 128 and chr(c).isalnum()) else 0x20 for c in range(256))
"""Makes a blank of every byte that no identifier has: splitting then is five times faster than matching words."""


def words_of(data: bytes) -> list[bytes]:
    """The words of a text, in order: stretches of ASCII letters, digits, `_` and `$`."""
    return data.translate(_BETWEEN_WORDS).split()


@dataclass(frozen=True, slots=True)
class Part:
    """What some files mention, in a form that goes through a pipe quickly."""

    paths: tuple[str, ...]
    words: bytes  # each once, with blanks between them
    counts: array[int]  # by word: how many of the files mention it
    places: array[int]  # by word, one after the other: which files those are, by their numbers


def index(files: Iterable[tuple[str, bytes]]) -> Part:
    """Index files, given with their bytes."""
    paths: list[str] = []
    mentions: dict[bytes, list[int]] = defaultdict(list)
    for number, (path, data) in enumerate(files):
        paths.append(path)
        for word in set(words_of(data)):
            mentions[word].append(number)
    counts = array("I", map(len, mentions.values()))
    return Part(tuple(paths), b" ".join(mentions), counts, array("I", chain.from_iterable(mentions.values())))


class WordIndex:
    """The parts together. A file stands in one part at most."""

    def __init__(self, parts: Iterable[Part]) -> None:
        """Take the parts; cheap beside making them."""
        self._parts = [_Part(p) for p in parts]

    def files(self, word: bytes) -> set[str]:
        """The files that mention a word."""
        return {path for part in self._parts for path in part.files(word)}

    def files_beginning(self, heads: tuple[bytes, ...]) -> set[str]:
        """The files that mention a word which begins with one of some."""
        found: set[str] = set()
        for part in self._parts if heads else ():
            for word in part.numbers:
                if word.startswith(heads):
                    found.update(part.files(word))
        return found


class _Part:
    def __init__(self, part: Part) -> None:
        words = part.words.split()
        self.paths = part.paths
        self.places = part.places
        self.starts = array("I", accumulate(part.counts, initial=0))
        self.numbers = dict(zip(words, range(len(words)), strict=True))

    def files(self, word: bytes) -> Iterator[str]:
        number = self.numbers.get(word)
        if number is not None:
            for place in self.places[self.starts[number] : self.starts[number + 1]]:
                yield self.paths[place]

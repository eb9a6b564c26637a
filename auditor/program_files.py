"""The program files of a tree as linking wants them: parsed on demand, searchable by identifier and by import.

Holds the bytes of program files between the passes, up to a budget; beyond it they are read again. Nothing is parsed
that nobody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TypeAlias

from auditor.errors import UnreadableFile
from auditor.model.facts import Role, Unread
from auditor.model.syntax import Module
from auditor.parallel import Feed, shares
from auditor.prefilter import Sorter
from auditor.source.select import MAX_PROGRAM_BYTES, PROGRAM_LANGUAGES, decode, looks_binary, looks_built
from auditor.source.tree import Entry, SourceTree
from auditor.word_index import Part, WordIndex, index, words_of

_CACHE_BYTES = 200_000_000
_WORTH_COPIES = 600_000  # bytes of program text from which parsing takes longer than starting copies of the process
_PIECE = 4  # files
_IMPORT = re.compile(
    rb"""^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w., \t]+)$)"""
    rb"""|(?:from|import|require[ \t]*\(|import[ \t]*\(|src=)[ \t]*["']([^"'\n]{1,200})["']""",
    re.MULTILINE,
)
_PYTHON = (".py", ".pyi", ".ipynb")
_FROM_IMPORT = re.compile(rb"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+\(?([\w, \t\r\n]+)", re.MULTILINE)


ParsedFile: TypeAlias = tuple[Module | None, tuple[Unread, ...], bool]
"""A file's module, what of it could not be read, and whether it was parsed at all."""


class ProgramFiles:
    """Implements `link.program.ModuleLoader` over a tree."""

    def __init__(self, tree: SourceTree, entries: Iterable[Entry], jobs: int = 1) -> None:
        """Take the program entries of the tree that may be read; others do not exist for linking.

        `jobs`: how many processes may work side by side where there is much to do.
        """
        self.jobs = jobs
        self._tree = tree
        self._entries = {e.path: e for e in entries if e.language in PROGRAM_LANGUAGES and not e.vendored}
        self.paths: tuple[str, ...] = tuple(sorted(self._entries))
        self._bytes: dict[str, bytes] = {}
        self._held = 0
        self._built: set[str] = set()  # libraries and minified files: not parsed, not searched
        self._unsearched = {Role.TEST}
        self._modules: dict[str, Module | None] = {}
        self._feed: Feed[dict[str, ParsedFile]] = Feed()
        self._begun: set[str] = set()  # given to copies
        self._ahead: dict[str, ParsedFile] = {}  # parsed by copies, and not asked for so far
        self._indexed: list[Part] = []
        self._mentions: dict[str, tuple[str, ...]] = {}
        self._importers: dict[str, set[str]] = {}  # by what an import of the file ends in
        self._imported: dict[str, set[str]] = {}
        self.unread: list[Unread] = []
        self.parsed: set[str] = set()

    def hold(self, path: str, data: bytes) -> bool:
        """Keep bytes that were read anyway, if the budget allows; False for a file that was built from others."""
        entry = self._entries.get(path)
        if entry is not None and looks_built(data, entry.language):
            self._built.add(path)
            return False
        if entry is not None and self._held + len(data) <= _CACHE_BYTES and path not in self._bytes:
            self._bytes[path] = data
            self._held += len(data)
        return True

    def held(self, paths: Iterable[str]) -> dict[str, bytes]:
        """The bytes of those files that are kept: what a copy of the process has read and this one need not read again."""
        return {p: self._bytes[p] for p in paths if p in self._bytes}

    def keep(self, held: Mapping[str, bytes]) -> None:
        """Keep what another copy of the process has read, as far as the budget allows."""
        for path, data in held.items():
            if path not in self._bytes and self._held + len(data) <= _CACHE_BYTES:
                self._bytes[path] = data
                self._held += len(data)

    def leave_out(self, path: str) -> None:
        """Take a file for a library or minified code."""
        self._built.add(path)

    def leave_out_examples(self) -> None:
        """Do not look for callers and importers in examples either."""
        self._unsearched.add(Role.EXAMPLE)

    def exists(self, path: str) -> bool:
        """Whether the tree has this program file."""
        return path in self._entries

    def entry(self, path: str) -> Entry | None:
        """The entry of a program file."""
        return self._entries.get(path)

    def data(self, path: str) -> bytes:
        """The bytes of a file of the tree; empty where it cannot be read."""
        held = self._bytes.get(path)
        if held is not None:
            return held
        try:
            data = self._tree.read(path)
        except UnreadableFile:
            return b""
        self.hold(path, data)
        return data

    def _lines(self, path: str) -> bytes:
        """The bytes of a file; a notebook's cells with their ends of lines."""
        data = self.data(path)
        return data.replace(b"\\n", b"\n") if path.endswith(".ipynb") else data

    def sorter(self, patterns: Iterable[str]) -> Callable[[str], frozenset[int]]:
        """Which of some patterns match in a file of the tree, by their numbers; one pass over its bytes."""
        sort = Sorter(patterns)
        return lambda path: sort(self.data(path))

    def read(self, path: str) -> str | None:
        """The text of any file of the tree; None if there is none."""
        held = self._bytes.get(path)
        if held is not None:
            return decode(held)
        try:
            return decode(self._tree.read(path))
        except UnreadableFile:
            return None

    def load(self, path: str) -> Module | None:
        """The parsed file, memoised; what cannot be parsed is None and stands in `unread`."""
        if path not in self._modules:
            self._collect()
            module, unread, parsed = self._ahead.pop(path) if path in self._ahead else self._parse(path)
            self._modules[path] = module
            self.unread.extend(unread)
            if parsed:
                self.parsed.add(path)
        return self._modules[path]

    def load_ahead(self, paths: Iterable[str], seen: Callable[[Module], None] | None = None) -> None:
        """Parse files that may be asked for, side by side where they are many. One that nobody asks for leaves no trace.

        `seen` is called with the modules parsed so, as they come, while others are parsed still.
        """
        # A copy takes as long to parse and send a file as this process to take over and look through three.
        others = self.jobs - 1
        parts = self._shares(paths, max(2, others))
        for part in parts[:others]:
            self._begin(part)
        for part in parts[others:]:
            self._seen_ahead(self.parse_all(part), seen)
        self._collect(seen)

    def begin_to_load(self, paths: Iterable[str]) -> None:
        """Have files that may be asked for parsed beside what follows, where they are many.

        Leaves a processor to this process and one to what else is done beside it: more copies make all of them late.
        """
        for part in self._shares(paths, max(1, self.jobs - 2)):
            self._begin(part)

    def _begin(self, paths: Sequence[str]) -> None:
        self._begun.update(paths)
        self._feed.begin(partial(self._in_pieces, paths))

    def _shares(self, paths: Iterable[str], count: int) -> list[list[str]]:
        """Those of the files that are not parsed yet in so many shares, if that is worth copies of the process; else none."""
        known = (self._modules, self._ahead, self._begun)
        todo = [p for p in paths if p in self._entries and not any(p in group for group in known)]
        weights = [self._entries[p].size for p in todo]
        return shares(todo, weights, count) if self.jobs > 1 and sum(weights) >= _WORTH_COPIES else []

    def _collect(self, seen: Callable[[Module], None] | None = None) -> None:
        for parsed in self._feed.answers():
            self._seen_ahead(parsed, seen)
        self._begun.clear()

    def _seen_ahead(self, parsed: Mapping[str, ParsedFile], seen: Callable[[Module], None] | None) -> None:
        self._ahead.update(parsed)
        for module, _, _ in parsed.values():
            if seen is not None and module is not None:
                seen(module)

    def close(self) -> None:
        """End what was begun and nobody wants any more."""
        self._feed.close()

    def _in_pieces(self, paths: Sequence[str]) -> Iterator[dict[str, ParsedFile]]:
        """The files parsed, some at a time: a few are sent faster than many, and can be looked at while others are parsed."""
        for first in range(0, len(paths), _PIECE):
            yield self.parse_all(paths[first : first + _PIECE])

    def parse_all(self, paths: Iterable[str]) -> dict[str, ParsedFile]:
        """The files parsed, for `take`; nothing is kept here."""
        return {path: self._parse(path) for path in paths}

    def _parse(self, path: str) -> ParsedFile:
        entry = self._entries.get(path)
        if entry is None or entry.generated or entry.size > MAX_PROGRAM_BYTES:
            return None, (), False
        data = self.data(path)
        if looks_binary(data) or looks_built(data, entry.language):
            return None, (), False
        return *parse(entry, decode(data)), True

    def mentions(self, name: str) -> tuple[str, ...]:
        """The program files, tests left out, whose text contains this identifier as a word, sorted."""
        if name not in self._mentions:
            words, searched = self._words
            found = words.files(name.encode("utf-8", "replace"))
            self._mentions[name] = tuple(sorted(found & searched))
        return self._mentions[name]

    @cached_property
    def _words(self) -> tuple[WordIndex, frozenset[str]]:
        """The index of words, and the files that are searched."""
        done = {path for part in self._indexed for path in part.paths}
        searched = frozenset(self._searched())
        return WordIndex([*self._indexed, self.index_words(searched - done)]), searched

    def index_words(self, paths: Iterable[str]) -> Part:
        """The words of those of the files that are searched: a copy of the process that has read them makes it for all."""
        return index((path, self._lines(path)) for path in sorted(frozenset(self._searched()).intersection(paths)))

    def take(self, parsed: Mapping[str, ParsedFile], words: Part | None) -> None:
        """Use what another copy of the process has parsed and indexed. What nobody asks for leaves no trace."""
        self._ahead.update(parsed)
        if words is not None:
            self._indexed.append(words)

    def contains(self, path: str, words: Iterable[str]) -> bool:
        """Whether the bytes of a program file hold one of some words."""
        data = self._lines(path)
        return any(word.encode("utf-8", "replace") in data for word in words)

    def used(self, language: str, packages: Iterable[str]) -> frozenset[str]:
        """Those of some packages that a program file, tests left out, may use; more rather than fewer.

        Python: first names, in imports or quotes. JavaScript: npm names in quotes or addresses, and words for `global:name`.
        `name**` stands for all names that begin so.
        """
        if not any(p.endswith(_PYTHON) is (language == "python") for p in self._searched()):
            return frozenset()
        names = sorted(n for n in set(packages) if not n.startswith("global:"))
        found = {n for n in set(packages).difference(names) if self.mentions(n[7:])}
        make = _python_use if language == "python" else _javascript_use
        sort = Sorter(make(re.escape(n.partition("*")[0]), "*" in n) for n in names)
        words, searched = self._words
        near = words.files_beginning(tuple(words_of(n.partition("*")[0].encode())[-1] for n in names if "*" in n))
        near &= searched
        near.update(p for n in names if "*" not in n for p in self._with_words(n))
        for path in sorted(near):
            if path.endswith(_PYTHON) is (language == "python"):
                found.update(names[i] for i in sort(self.data(path)))
        return frozenset(found)

    def _with_words(self, text: str) -> set[str]:
        """The searched files that mention every word of a text."""
        words = [w.decode() for w in words_of(text.encode("utf-8", "replace"))]
        near = set(self.mentions(words.pop()) if words else self._searched())
        near.intersection_update(*(self.mentions(w) for w in words))
        return near

    def importers(self, path: str) -> set[str]:
        """The program files, tests left out, whose import statements may name this file, by the last part of its name."""
        stem = _stem(path)
        if stem not in self._importers:
            self._importers[stem] = {p for p in self._with_words(stem) if stem in self._stems_of(p)}
        return self._importers[stem] - {path}

    def _stems_of(self, path: str) -> set[str]:
        """What the import statements of a file may name, by the last parts of the names."""
        if path not in self._imported:
            self._imported[path] = _imported_stems(self._lines(path))
        return self._imported[path]

    def _searched(self) -> Iterable[str]:
        return (
            p
            for p, e in self._entries.items()
            if p not in self._built
            and e.role not in self._unsearched
            and not e.generated
            and e.size <= MAX_PROGRAM_BYTES
        )


def _stem(path: str) -> str:
    """What an import of the file ends in: its name without suffix, or its folder's for `index` and `__init__`."""
    folder, _, name = path.rpartition("/")
    stem = name.split(".", 1)[0]
    return folder.rpartition("/")[2] if stem in {"index", "__init__", "mod"} and folder else stem


def _python_use(name: str, begins: bool) -> str:
    """`import a, name as n`, `from name.x import y`, `import_module("name")`; `begins`: or a name that begins so."""
    end = "" if begins else r"\b"
    others = r"(?:[\w.]+[ \t]*(?:as[ \t]+\w+[ \t]*)?,[ \t]*)*"
    # A statement begins its line, or follows another one; in a notebook's source it is quoted.
    statement = rf"(?m:^|[\"';:>])[ \t]*(?:import|from)[ \t]+{others}{name}{end}"
    return rf"{statement}|(?:[iI]mport|[lL]oad|[lL]azy)\w*\([\"']{name}{end}"


def _javascript_use(name: str, begins: bool) -> str:
    """A module specifier, `npm:name@4`, `https://esm.sh/name`: wherever it stands, for imports take many forms."""
    return f"[\"'`/:]{name}" + ("" if begins else "[\"'`/@?]")


def _imported_stems(data: bytes) -> set[str]:
    stems: set[str] = set()
    places = _lines_with(data, (b"import", b"from", b"require", b"src="))
    if not places:
        return stems
    lines = [data[start:end] for start, end in places]
    whole, data = data, b"\n".join(lines)
    for dotted, plain, specifier in _IMPORT.findall(data):
        if specifier:
            last = specifier.decode("utf-8", "replace").rstrip("/").rpartition("/")[2]
            stems.add(last.split(".", 1)[0] or last)
        for text in (dotted, plain):
            for part in text.decode("utf-8", "replace").replace(",", " ").split():
                stems.update(p for p in part.split(".") if p)
    if b"import" in data and b"from ." in data:
        # `from . import a, b` and `from .. import x` name modules behind the import, not before it.
        for names in re.findall(rb"from[ \t]+\.+[ \t]+import[ \t]+([\w., \t]+)", data):
            stems.update(names.decode("utf-8", "replace").replace(",", " ").split())
    # `from package import module`: the imported names may be modules as well, and stand on several lines.
    read = 0
    for (start, _), line in zip(places, lines, strict=True):
        if start >= read and line.lstrip(b" \t").startswith(b"from"):
            match = _FROM_IMPORT.match(whole, start)
            if match is not None:
                read = match.end()
                stems.update(match[1].decode("utf-8", "replace").replace(",", " ").split()[:40])
    return stems


def _lines_with(data: bytes, words: Iterable[bytes]) -> list[tuple[int, int]]:
    """Start and end of the lines with one of the words, in order; looks at the others no longer than searching takes."""
    found: set[tuple[int, int]] = set()
    for word in words:
        at = data.find(word)
        while at >= 0:
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            found.add((data.rfind(b"\n", 0, at) + 1, end))
            at = data.find(word, end)
    return sorted(found)


def parse(entry: Entry, text: str) -> tuple[Module | None, tuple[Unread, ...]]:
    """Lower one program file with the reader of its language."""
    match entry.language:
        case "python":
            from auditor.readers.python import read_python

            return read_python(entry.path, text)
        case "notebook":
            from auditor.readers.notebook import read_notebook

            return read_notebook(entry.path, text)
        case _:
            from auditor.readers.javascript import read_javascript

            return read_javascript(entry.path, text, entry.language)

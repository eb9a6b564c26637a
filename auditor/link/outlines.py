"""What a file's text tells of the names that it gives to others, without parsing it: plain functions, and barrels.

Most names that a program calls are plainly functions of its own; to know that of each by parsing its file, and every file
that passes the name on, would have the whole tree read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import Protocol

from auditor.lazily import dataclass, regex

_MAX_BARRELS = 200  # files that may pass one name on
_FUNCTION = {
    "python": regex(r"^(?:async +)?def (?P<name>\w+)\(", re.MULTILINE),
    "javascript": regex(
        r"^(?:export +)?(?:default +)?(?:(?:async +)?function\*? *(?P<name>[\w$]+) *[(<]"
        r"|class +(?P<class>[\w$]+) *(?:extends +\w*Error *)?\{"
        r"|(?:const|let|var) +(?P<variable>[\w$]+) *(?::[^=\n]*)?= *(?:async *)?(?:function\b|\([^()\n]*\)[^=\n]*=>))",
        re.MULTILINE,
    ),
}
"""The top-level definition of a function that is nothing but a function, or of a class that is made of nothing known."""
_PASSED_ON = regex(r"^export +(?:\*|\{(?P<names>[^{}]*)\}) *from *[\"'](?P<source>[^\"'\n]+)", re.MULTILINE)


class Texts(Protocol):
    """What is asked of a program's files; as `ModuleLoader`."""

    def read(self, path: str) -> str | None:
        """The text of a file."""
        ...

    def mentions(self, name: str) -> tuple[str, ...]:
        """The files that mention a name."""
        ...

    def contains(self, path: str, words: Iterable[str]) -> bool:
        """Whether a file's text holds one of some words."""
        ...


class Outlines:
    """The outlines of a program's files, made when they are asked for."""

    def __init__(self, texts: Texts, file_of: Callable[[str, str], str | None]) -> None:
        """Take the files' texts, and what tells which file a module specifier names in a file."""
        self._texts = texts
        self._file_of = file_of
        self._known: dict[str, _Outline] = {}
        self._answers: dict[tuple[str, str], bool] = {}
        self._mentioning: dict[str, frozenset[str]] = {}
        self._barrels: dict[str, bool] = {}

    def gives_function(self, path: str, name: str, language: str) -> bool:
        """Whether a file plainly gives a function, or a class made of nothing known, under a name."""
        key = (path, name)
        if key not in self._answers:
            self._answers[key] = any(
                own in self._of(at, language).plain for at, own in self._givers(path, name, language)
            )
        return self._answers[key]

    def _givers(self, path: str, name: str, language: str) -> Iterator[tuple[str, str]]:
        """The files that may give the name, from the one that is asked on, each with its own name for it."""
        todo, seen = [(path, name)], {(path, name)}
        while todo and len(seen) < _MAX_BARRELS:
            path, name = todo.pop()
            yield path, name
            outline = self._of(path, language)
            own, source = outline.named.get(name, (name, ""))
            for specifier in (source,) if source else outline.stars:
                target = self._file_of(path, specifier)
                if (
                    target is None
                    or (target, own) in seen
                    or not (self._mentions(target, own) or self._is_barrel(target))
                ):
                    continue
                seen.add((target, own))
                todo.append((target, own))

    def _of(self, path: str, language: str) -> _Outline:
        if path not in self._known:
            self._known[path] = _outline(self._texts.read(path) or "", language)
        return self._known[path]

    def _mentions(self, path: str, name: str) -> bool:
        if name not in self._mentioning:
            self._mentioning[name] = frozenset(self._texts.mentions(name))
        return path in self._mentioning[name]

    def _is_barrel(self, path: str) -> bool:
        """Whether a file passes on others whole, and so need not mention what it gives."""
        if path not in self._barrels:
            self._barrels[path] = self._texts.contains(path, ("export *",))
        return self._barrels[path]


@dataclass(slots=True)
class _Outline:
    """What a file's text tells of its names: plain functions, and what it passes on (own name and source; whole files)."""

    plain: set[str] = field(default_factory=set)
    named: dict[str, tuple[str, str]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)


def _outline(text: str, language: str) -> _Outline:
    found = _Outline()
    for match in _FUNCTION[language].finditer(text):
        if language == "javascript":
            found.plain.add(match["name"] or match["class"] or match["variable"])
            continue
        # What a decorator, which may end in a bracket of its own line, makes of a function is not told from its text.
        before = text[text.rfind("\n", 0, max(match.start() - 1, 0)) + 1 : match.start()].strip()
        if before[:1] not in ("@", ")"):
            found.plain.add(match["name"])
    for match in _PASSED_ON.finditer(text) if language == "javascript" else ():
        if match["names"] is None:
            found.stars.append(match["source"])
        for name in (match["names"] or "").split(","):
            own, _, alias = name.strip().removeprefix("type ").partition(" as ")
            found.named[(alias or own).strip()] = own.strip(), match["source"]
    return found

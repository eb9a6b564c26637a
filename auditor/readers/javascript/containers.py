"""Finds the program parts of files that hold programs: Vue, Svelte, Astro, HTML.

Everything else is blanked out in place, so that the parts keep their offsets. Expressions in templates are not parsed;
of them only the names are known that events, bindings and form fields mention.
"""

from __future__ import annotations

import re

from auditor.lazily import dataclass, regex
from auditor.readers.javascript.marks import SCRIPT_TYPES

_SCRIPT = regex(r"<script\b((?:[^>\"']|\"[^\"]*\"|'[^']*'){0,500})>", re.IGNORECASE)
_CLOSE = regex(r"</script\s*>", re.IGNORECASE)
_ATTRIBUTE = regex(r"([\w:@.-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_COMMENT = regex(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NOT_NEWLINE = regex(r"[^\n]")
_EVENT = {  # attributes and places of the markup that hold expressions
    "vue": re.compile(r"""\s(?:@|v-on:|:|v-bind:)[\w:.\[\]-]+\s*=\s*(?:"([^"]*)"|'([^']*)')"""),
    "svelte": re.compile(r"\{((?:[^{}]|\{[^{}]*\}){1,600})\}"),
    "html": re.compile(r"""\son\w+\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE),
}
_FIELD = {  # form fields that write into a variable
    "vue": re.compile(r"""\sv-model(?:[.:][\w.:-]+)?\s*=\s*["']\s*([\w$.]+)\s*["']"""),
    "svelte": re.compile(r"""\sbind:(?:value|files|group|innerHTML|innerText|textContent)\s*=\s*["']?\{\s*([\w$.]+)"""),
}
_NAME = regex(r"(?<![\w$.])[A-Za-z_$][\w$]*")
_FRONTMATTER = regex(r"\A\s*---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One script: the offsets of its text. `server`: Astro's frontmatter."""

    start: int
    end: int
    typescript: bool = False
    server: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A local script that the markup loads: its specifier, and where it is named."""

    specifier: str
    start: int
    end: int


def _attributes(text: str) -> dict[str, str]:
    return {m[1].lower(): m[2] or m[3] or m[4] or "" for m in _ATTRIBUTE.finditer(text)}


def parts(text: str, dialect: str) -> tuple[tuple[Part, ...], tuple[Source, ...]]:
    """The scripts that stand in the text, and those that it loads from elsewhere in the repository."""
    found: list[Part] = []
    loaded: list[Source] = []
    start = 0
    if dialect == "astro":
        front = _FRONTMATTER.match(text)
        if front:
            found.append(Part(front.start(1), front.end(1), typescript=True, server=True))
            start = front.end()
    # A script in a comment is dead; the comment is blanked so that offsets stay.
    live = _COMMENT.sub(lambda m: blank(m[0]), text) if "<!--" in text else text
    while True:
        opening = _SCRIPT.search(live, start)
        if opening is None:
            return tuple(found), tuple(loaded)
        closing = _CLOSE.search(text, opening.end())
        end = closing.start() if closing else len(text)
        attributes = _attributes(opening[1])
        source = attributes.get("src", "")
        if source:
            if _local(source):
                loaded.append(Source(source, opening.start(), opening.end()))
        elif attributes.get("type", "").lower() in SCRIPT_TYPES:
            typed = attributes.get("lang", "").lower() in ("ts", "tsx", "typescript") or dialect == "astro"
            found.append(Part(opening.end(), end, typescript=typed))
        start = closing.end() if closing else len(text)


def mentioned(text: str, dialect: str, scripts: tuple[Part, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """The names that events and bindings of the markup mention, and the variables that its form fields write into."""
    if dialect not in _EVENT:
        return frozenset(), frozenset()
    markup = without(text, scripts)
    names = frozenset(n for m in _EVENT[dialect].finditer(markup) for g in m.groups() if g for n in _NAME.findall(g))
    fields = _FIELD[dialect].findall(markup) if dialect in _FIELD else []
    if dialect == "svelte" and re.search(r"\sbind:value[\s/>]", markup):
        fields.append("value")
    whole = {".".join(parts[: n + 1]) for f in fields for parts in [f.split(".")] for n in range(len(parts))}
    return names, frozenset(whole)


def without(text: str, scripts: tuple[Part, ...]) -> str:
    """The text without its scripts."""
    pieces = []
    at = 0
    for part in scripts:
        pieces.append(text[at : part.start])
        at = part.end
    return " ".join([*pieces, text[at:]])


def _local(source: str) -> bool:
    return not re.match(r"(?:[a-z][a-z0-9+.-]*:|//)", source, re.IGNORECASE) and "{" not in source and "<" not in source


def blank(text: str) -> str:
    """As many spaces, with the line ends kept."""
    return _NOT_NEWLINE.sub(" ", text)


def only(text: str, kept: tuple[Part, ...]) -> str:
    """The text with everything but the given parts blanked out."""
    pieces: list[str] = []
    at = 0
    for part in kept:
        # A semicolon keeps two scripts of one page from running into each other.
        gap = blank(text[at : part.start])
        pieces.append(";" + gap[1:] if pieces and gap[:1] == " " else gap)
        pieces.append(text[part.start : part.end])
        at = part.end
    pieces.append(blank(text[at:]))
    return "".join(pieces)

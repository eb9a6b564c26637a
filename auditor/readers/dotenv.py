"""Reads dotenv files: which names they set, whether the file is a template, and how many values look live.

Knows the format as dotenv libraries and Docker agree on it. Knows no vendor; which value is whose key is for the search
for keys. A value never leaves through a representation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from auditor.lazily import dataclass, regex
from auditor.model.facts import EnvFile
from auditor.model.location import Span
from auditor.readers.secrets.structure import placeholder_like

MAX_PAIRS = 20_000
_MIN_LIVE = 8

_PAIR = regex(
    r"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*(?:=|:[ \t])[ \t]*"
    r"(?:\"(?P<double>(?:[^\"\\]++|\\.)*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\n]*))",
    re.MULTILINE | re.DOTALL,
)
_TEMPLATE = regex(r"(?:^|[._-])(?:example|sample|template|tmpl|tpl|dist|default|defaults|schema)(?:[._-]|$)")
_SECRET_NAME = regex(r"(?:^|_)(?:key|apikey|token|secret|password|passwd|credentials?|pat)(?:_|$)", re.IGNORECASE)
_PUBLIC_NAME = regex(r"(?:^|_)(?:public|publishable|anon)_?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class EnvPair:
    """One `NAME=value`, unquoted; `at` is the span of the value."""

    name: str
    at: Span
    value: str = field(repr=False)


def is_template(path: str) -> bool:
    """Whether an environment file's name says that it is a template to copy (`.env.example`, `sample.env`)."""
    return bool(_TEMPLATE.search(path.rpartition("/")[2].lower()))


def env_pairs(path: str, text: str) -> Iterator[EnvPair]:
    """The pairs of a dotenv file in order, empty values included; at most `MAX_PAIRS`."""
    line, start, seen = 1, 0, 0
    for count, match in enumerate(_PAIR.finditer(text)):
        if count >= MAX_PAIRS:
            return
        kind = match.lastgroup or "bare"
        begin, end = match.span(kind)
        value = match[kind]
        if kind == "bare":
            value = re.split(r"(?:^|[ \t])#", value, maxsplit=1)[0].rstrip()
            end = begin + len(value)
        line += text.count("\n", seen, begin)
        start, seen = text.rfind("\n", 0, begin) + 1, begin
        last = line + value.count("\n")
        end_column = end - start if last == line else end - (text.rfind("\n", 0, end) + 1)
        yield EnvPair(match["name"], Span(path, line, begin - start, last, end_column), value)


def read_env_file(path: str, text: str) -> EnvFile:
    """The facts of one environment file; what git knows of it is for the caller to add."""
    names: dict[str, None] = {}
    live = 0
    for pair in env_pairs(path, text):
        names[pair.name] = None
        live += _live(pair)
    return EnvFile(Span(path, 1), is_template(path), tracked=None, ignored=None, names=tuple(names), live_values=live)


def _live(pair: EnvPair) -> bool:
    """Whether a value stands under a secret's name and looks like a secret rather than a stand-in or a reference."""
    if not _SECRET_NAME.search(pair.name) or _PUBLIC_NAME.search(pair.name):
        return False
    value = pair.value.strip()
    if len(value) < _MIN_LIVE or any(c in value for c in " <>{}") or value.startswith(("$", "/", "http")):
        return False
    return not placeholder_like(value)

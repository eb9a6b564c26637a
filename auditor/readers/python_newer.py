r"""Spells newer Python in an older grammar, at the same positions, for interpreters that lack the newer one.

Knows three things: f-strings that reuse their own quotes, hold backslashes or break lines (3.12), type parameters
(3.12) and the `type` statement (3.12). Only texts that do not parse come here; what is rewritten keeps its lines and,
but for f-strings that break lines, its columns. The text of a nested string may change (`"\n"` becomes blanks): no
analysis rests on such separators.
"""

from __future__ import annotations

import re

from auditor.lazily import regex

_PARAMETERS = regex(
    r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)(\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*\])", re.MULTILINE
)
_ALIAS = regex(r"^([ \t]*)(type[ \t]+)(\w+)((?:\[[^\[\]\n]*\])?)(?=[ \t]*=[^=])", re.MULTILINE)
_PART = regex(
    r"#[^\n]*+|(?<![\w])(?P<prefix>[rRbBuUfFtT]{0,2})(?P<quote>\"\"\"|'''|\"|')",
)
_OTHER = {'"': "'", "'": '"'}
_MAX_NESTING = 20


def older(text: str) -> str:
    """The text in the grammar of Python 3.11, as far as this module can; with the same lines."""
    text = _PARAMETERS.sub(lambda match: match[1] + " " * len(match[2]), text)
    text = _ALIAS.sub(lambda match: match[1] + match[3] + " " * len(match[2] + match[4]), text)
    characters = list(text)
    position = 0
    while match := _PART.search(text, position):
        position = match.end()
        if match["quote"]:
            position = _string(text, characters, match, "", 0)
    return "".join(characters)


def _string(text: str, out: list[str], match: re.Match[str], outer: str, depth: int) -> int:
    """Pass over the string that `match` opens, rewriting it where it stands inside an f-string; returns its end."""
    prefix, quote = match["prefix"].lower(), match["quote"]
    formatted, position = "f" in prefix or "t" in prefix, match.end()
    clash, broken = bool(outer) and quote == outer, False
    spelled = _OTHER[quote[0]] * len(quote) if clash else quote
    if clash:
        out[match.start("quote") : match.end()] = spelled
    while position < len(text):
        character = text[position]
        if text.startswith(quote, position):
            if clash:
                out[position : position + len(quote)] = spelled
            if broken:
                out[match.start("quote")] = out[position] = spelled * 3
            return position + len(quote)
        if character == "\n" and len(quote) == 1:
            return position
        if character == "\\":
            if outer:
                out[position : position + 2] = "  "
            position += 2
        elif character == spelled[0] and clash:
            out[position] = " "
            position += 1
        elif formatted and character == "{" and depth < _MAX_NESTING:
            start = position
            doubled = text.startswith("{{", position)
            position = position + 2 if doubled else _field(text, out, position + 1, quote, depth + 1)
            broken = broken or (len(quote) == 1 and "\n" in text[start:position])
        else:
            position += 1
    return position


def _field(text: str, out: list[str], position: int, outer: str, depth: int) -> int:
    """Pass over a replacement field whose brace is open; returns the position after its closing brace."""
    level = 0
    while position < len(text):
        character = text[position]
        if character == "}" and level == 0:
            return position + 1
        if character in "([{":
            level += 1
        elif character in ")]}":
            level -= 1
        elif character in "\"'" or (character.isalpha() and not text[position - 1].isalnum()):
            match = _PART.match(text, position)
            if match is not None:
                position = _string(text, out, match, outer, depth)
                continue
        elif character == ":" and level == 0:  # the format, with fields of its own
            position += 1
            while position < len(text) and text[position] not in "}\n":
                position = _field(text, out, position + 1, outer, depth + 1) if text[position] == "{" else position + 1
                if depth > _MAX_NESTING:
                    return position
            return position + 1
        position += 1
    return position

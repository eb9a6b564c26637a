"""Literals of JavaScript: numbers and escape sequences."""

from __future__ import annotations

import re

from auditor.lazily import regex

_ESCAPE = regex(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r\n|.))", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": "", "\r": ""}


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    if code is None:
        return _SIMPLE.get(match[4], match[4])
    number = int(code, 16)
    # A lone surrogate is legal in JavaScript and cannot be encoded here.
    return chr(number) if number < 0xD800 or 0xDFFF < number <= 0x10FFFF else "\ufffd"


def unescape(raw: str) -> str:
    """The value of the text between two quotes."""
    return _ESCAPE.sub(_unescape, raw) if "\\" in raw else raw


def number(raw: str) -> int | float | None:
    """The value of a number literal; None where it is none."""
    text = raw.replace("_", "").rstrip("n").lower()
    try:
        if text[:2] in ("0x", "0o", "0b"):
            return int(text, 0)
        if text.isdigit():
            return int(text) if len(text) < 400 else None
        return float(text)
    except ValueError:
        return None

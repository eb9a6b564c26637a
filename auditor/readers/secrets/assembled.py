"""Values that a program puts together from parts that can be read: the reader of the code sees the key, a search does not.

Knows how languages join lists, call decoders, spell characters as numbers and turn texts round; evaluates literals alone,
plus names that are given one literal in the same file. Knows no vendor and no key.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from itertools import islice

from auditor.lazily import dataclass, regex
from auditor.readers.secrets.text import decode_base64, windows

__all__ = ["BUILT", "Assembled", "Opened", "assembled", "of_names", "opened"]

MAX_VALUE = 6000
_MAX_NAMES = 2000
_MAX_HEADS, _MAX_USES = 20, 20  # more of them make a data set
_PART_BEFORE = 240

_DECODERS = (
    r"(?:urlsafe_|standard_)?b64decode|atob|FromBase64String|DecodeString|base64_decode|(?:urlsafe_|strict_)?decode64|"
    r"decodeBase64|from_?base64|base64\.decode(?:bytes|string)?|base64Decode|getDecoder\(\)\.decode"
)
_NUMBER = r"(?:0x[2-7][0-9a-fA-F]|3[2-9]|[4-9][0-9]|1[01][0-9]|12[0-6])"
BUILT = (
    r"""["'`][ \t\r\n]{0,20},?[ \t\r\n]{0,20}\][ \t\r\n]{0,20}\.join\(""",  # ["a", "b"].join("")
    r"""["']\.join\([ \t\r\n]{0,20}[\[(][ \t\r\n]{0,20}[bru]?["']""",  # "".join(["a", "b"])
    r"""["'`]\.concat\([ \t]{0,4}["'`]""",
    r"""["']\}\$\{["']""",  # `${"a"}${"b"}`
    rf"""[\[(][ \t\r\n]{{0,20}}{_NUMBER}(?:,[ \t\r\n]{{0,20}}{_NUMBER}){{15}}""",  # character codes
    rf"""(?i:{_DECODERS})\([ \t\r\n]{{0,20}}[bru]?["'`][A-Za-z0-9+/_-]{{16}}""",
    r"""[A-Za-z0-9+/_=-]["'`],[ \t]{0,4}["'`](?:base64|hex)""",  # Buffer.from("...", "base64")
    r"""(?:fromhex|unhexlify|FromHexString|hex2bin)\([ \t]{0,4}[bru]?["'`][0-9a-fA-F]{16}""",
    r"""(?i:b64|base64|encoded)["'\])]{0,3}[ \t]{0,4}[:=][ \t]{0,4}["'`]?[A-Za-z0-9+/_-]{20}""",
    r"""["'`](?:\[::-1\]|\.split\(["'`]{2}\)\.reverse\()""",
)
"""Regular expressions, for a linear engine, one of which stands where a value is put together."""

_LITERAL = r"""[bru]?(?:"[^"\n\\]{0,3000}"|'[^'\n\\]{0,3000}'|`[^`\n\\$]{0,3000}`)"""
_ITEMS = rf"""(?P<items>{_LITERAL}(?:[ \t\r\n]*,[ \t\r\n]*{_LITERAL}){{0,400}}),?[ \t\r\n]*"""
_QUOTED = regex(r"""["'`]([^"'`]*)["'`]""")
_PATH = r"(?<![\w$.])(?:[\w$]{1,60}\.){0,6}"
_SEPARATOR = r"""(?P<separator>"[^"\n]{0,3}"|'[^'\n]{0,3}'|`[^`\n]{0,3}`)"""
_CODES = rf"""[\[(][ \t\r\n]*(?P<codes>{_NUMBER}(?:[ \t\r\n]*,[ \t\r\n]*{_NUMBER}){{15,400}}),?[ \t\r\n]*[\])]"""
_SHAPES = (
    (regex(rf"""\[[ \t\r\n]*{_ITEMS}\][ \t\r\n]*\.join\([ \t]*{_SEPARATOR}[ \t]*\)"""), "split", regex(r"\.join\(")),
    (regex(rf"""{_SEPARATOR}\.join\([ \t\r\n]*[\[(][ \t\r\n]*{_ITEMS}[\])]"""), "split", regex(r"\.join\(")),
    (
        regex(rf"""(?P<items>{_LITERAL}(?:\.concat\([ \t]*{_LITERAL}(?:[ \t]*,[ \t]*{_LITERAL}){{0,50}}\)){{1,50}})"""),
        "split",
        regex(r"\.concat\("),
    ),
    (regex(rf"""`(?P<items>(?:\$\{{{_LITERAL}\}}){{2,50}})`"""), "split", regex(r"\}\$\{")),
    (regex(rf"""{_PATH}(?:fromCharCode|fromCodePoint)?{_CODES}"""), "codes", regex(_CODES)),
    (
        regex(rf"""{_PATH}(?i:{_DECODERS})\([ \t\r\n]*[bru]?["'`](?P<base64>[A-Za-z0-9+/_-]{{16,6000}}=*)["'`]"""),
        "base64",
        regex(r"decode|atob|base64"),
    ),
    (
        regex(rf"""(?:\bnew[ ]+)?{_PATH}\w+\([ \t]*["'`](?P<base64>[A-Za-z0-9+/_-]{{16,6000}}=*)["'`],[ \t]*["'`]base64"""),
        "base64",
        regex("base64"),
    ),
    (
        regex(rf"""(?:\bnew[ ]+)?{_PATH}\w+\([ \t]*["'`](?P<hex>[0-9a-fA-F]{{16,6000}})["'`],[ \t]*["'`]hex"""),
        "hex",
        regex(r"""["'`]hex"""),
    ),
    (
        regex(rf"""{_PATH}(?:fromhex|unhexlify|FromHexString|hex2bin)\([ \t]*[bru]?["'`](?P<hex>[0-9a-fA-F]{{16,6000}})["'`]"""),
        "hex", regex("hex"),
    ),
    (
        regex(
            r"""(?i:b64|base64|encoded)["'\])]{0,3}[ \t]{0,4}[:=][ \t]{0,4}["'`]?"""
            r"""(?P<base64>[A-Za-z0-9+/_-]{20,6000}={0,2})(?![A-Za-z0-9+/_=-])"""
        ),
        "base64", regex("b64|base64|encoded"),
    ),
    (
        regex(
            r"""(?P<turned>"[^"\n]{16,3000}"|'[^'\n]{16,3000}'|`[^`\n]{16,3000}`)"""
            r"""(?:\[::-1\]|\.split\(["'`]{2}\)\.reverse\()"""
        ),
        "reversed", regex(r"\[::-1\]|\.reverse\("),
    ),
)  # fmt: skip
"""The shapes, how each puts its value together, and what a lower-case text has that has the shape: found ten times faster."""

_GIVEN = regex(
    r"""(?m)(?<![\w.$])(?P<name>[A-Za-z_$][\w$]{0,60})[ \t]{0,4}(?::[ \t]{0,4}\w{1,20}[ \t]{0,4})?=[ \t]{0,4}"""
    r"""[bru]?(?P<quote>["'`])(?P<value>[^"'`\n\\$]{1,400})(?P=quote)[ \t]*(?=[;,)\r\n#]|//|$)"""
)
_TERM = rf"""(?:[A-Za-z_$][\w$]{{0,60}}|{_LITERAL})"""
_SUM = regex(rf"""(?<![\w.$+"'`]){_TERM}(?:[ \t]*(?:\+|\.\.?|&)[ \t]*{_TERM}){{1,20}}(?![\w(\[.])""")
_HOLES = regex(r"""(?:\$?\{[ \t]*[A-Za-z_$][\w$]{0,60}[ \t]*\}){2,20}""")
_LISTED = regex(
    rf"""\[[ \t]*{_TERM}(?:[ \t]*,[ \t]*{_TERM}){{1,20}}[ \t]*\]\.join\((?P<after>"[^"\n]{{0,3}}"|'[^'\n]{{0,3}}')\)|"""
    rf"""(?P<before>"[^"\n]{{0,3}}"|'[^'\n]{{0,3}}')\.join\([ \t]*[\[(][ \t]*{_TERM}(?:[ \t]*,[ \t]*{_TERM}){{1,20}}[ \t]*[\])]"""
)
_NAME = regex(r"""(?:(?!\$\{)[A-Za-z_$])[\w$]*|["'`]([^"'`]*)["'`]""")
# What stands between a name and the value that it gets, and says nothing of whose it is.
_WRAPPER = regex(
    r"""(?:(?:new[ ]+)?(?:[\w$]+\.)?(?:TextDecoder\([^()]{0,20}\)\.decode|str|String|bytes|bytearray|list|map|decodeURIComponent|from|of|"""
    r"""Buffer|Uint8Array)\([ \t\r\n]*(?:chr,[ \t]*)?)+$|["']{2}\.join\([^()\n]{0,60}$"""
)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A value, the stretch of the text that it is put together in, and how. `repr` shows no value."""

    value: str
    start: int
    end: int
    how: str  # split | base64 | hex | codes | reversed

    def __repr__(self) -> str:
        return f"<{self.how} at {self.start}>"


@dataclass(frozen=True, slots=True)
class Opened:
    """The text before a place, and there, instead of what stands there, the value. Offsets lead back to the place."""

    text: str
    base: int  # where the value begins in `text`
    piece: Assembled
    encoding: str

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The place where the value is put together: its characters have none of their own."""
        return self.piece.start, self.piece.end

    def spans_seam(self, start: int, end: int) -> bool:
        """Whether a stretch lies in the value."""
        return start >= self.base and end <= len(self.text)

    def __repr__(self) -> str:
        return f"<{self.encoding} at {self.piece.start}>"


def opened(text: str, piece: Assembled) -> Opened:
    """What the text would be if the value stood there as a literal."""
    before = text[max(0, piece.start - _PART_BEFORE) : piece.start]
    before = _WRAPPER.sub("", before) + '"'
    return Opened(before + piece.value + '"', len(before), piece, piece.how)


def assembled(text: str, spots: tuple[int, ...]) -> Iterator[Assembled]:
    """The values that are put together near the spots."""
    for low, high in windows(spots, len(text), 1500, MAX_VALUE + 500):
        part = text[low:high]
        lower = part.lower()
        for shape, how, clue in _SHAPES:
            for match in shape.finditer(part) if clue.search(lower) else ():
                value = _value(match)
                if 16 <= len(value) <= MAX_VALUE:
                    yield Assembled(value, low + match.start(), low + match.end(), how)


def _value(match: re.Match[str]) -> str:
    groups = match.groupdict()
    if groups.get("items"):
        separator = (groups.get("separator") or "''")[1:-1]
        return separator.join(_QUOTED.findall(groups["items"]))
    if groups.get("codes"):
        return "".join(chr(int(number.strip(), 0)) for number in groups["codes"].split(","))
    if groups.get("base64"):
        return decode_base64(groups["base64"])
    if groups.get("hex"):
        try:
            return binascii.unhexlify(groups["hex"]).decode("ascii")
        except (binascii.Error, ValueError):
            return ""
    return groups["turned"][1:-1][::-1] if groups.get("turned") else ""


def of_names(text: str, heads: tuple[int, ...]) -> Iterator[Assembled]:
    """The values put together from names that are given one literal each in this text: `a + b`, `${a}${b}`, a joined list.

    Args:
        text: The file.
        heads: Where names are given what begins like a key.
    """
    given: dict[str, _Given] = {}
    twice: set[str] = set()
    for match in islice(_GIVEN.finditer(text), _MAX_NAMES):
        name = match["name"]
        if name in given:
            twice.add(name)
        given[name] = _Given(match["value"], match.start("value"), match.end("value"))
    for name in twice:  # which one is meant cannot be said
        del given[name]
    seen: set[int] = set()
    begun = ((n, g) for n, g in given.items() if bisect_left(heads, g.start - 12) < bisect_right(heads, g.start))
    for name, first in islice(begun, _MAX_HEADS):
        for use in islice(re.finditer(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text), _MAX_USES):
            low = max(0, use.start() - 300)
            for pattern in (_SUM, _HOLES, _LISTED):
                for match in pattern.finditer(text, low, use.start() + 300):
                    if match.start() <= use.start() < match.end() and match.start() not in seen:
                        seen.add(match.start())
                        value = _sum(match, given, listed=pattern is _LISTED)
                        if 20 <= len(value) <= MAX_VALUE:
                            yield Assembled(value, first.start, first.end, "split")


@dataclass(frozen=True, slots=True)
class _Given:
    """The one literal that a name is given."""

    value: str
    start: int
    end: int

    def __repr__(self) -> str:
        return f"<given at {self.start}>"


def _sum(match: re.Match[str], given: Mapping[str, _Given], *, listed: bool) -> str:
    """The value of an expression of names and literals; empty where one of the names is not known."""
    groups = match.groupdict()
    separator = (groups.get("after") or groups.get("before") or "''")[1:-1]
    body = match.group()
    if listed:
        body = body.partition("].join(")[0] if groups.get("after") else body.partition(".join(")[2]
    parts = []
    for term in _NAME.finditer(body):
        if term[1] is not None:
            parts.append(term[1])
        elif term[0] in given:
            parts.append(given[term[0]].value)
        else:
            return ""
    return separator.join(parts) if len(parts) > 1 else ""

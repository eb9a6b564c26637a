"""What a value's own structure says: checksums and markers of vendors, and the signs of a placeholder. Knows no context.

Structure comes before entropy: a marker at its place, a checksum that holds or a payload that decodes decides; entropy
and words only reject what nobody would have been given by a vendor.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections import Counter
from collections.abc import Callable

from auditor.lazily import regex
from auditor.readers.secrets.adapter import matches_plugin

__all__ = ["VALIDATORS", "has_digit", "is_mixed", "looks_random", "placeholder_like", "words_only"]


_DIGIT = regex(r"\d")


def has_digit(text: str) -> bool:
    """Whether a digit is in it."""
    return _DIGIT.search(text) is not None


def _mixed_case(text: str) -> bool:
    return text.upper() != text and text.lower() != text


def is_mixed(text: str) -> bool:
    """Whether it has a digit, a lower-case and an upper-case letter."""
    return has_digit(text) and _mixed_case(text)


def _body(value: str) -> str:
    """What follows the last separator of the public prefix (`r8_abc` -> `abc`)."""
    return re.sub(r"^[A-Za-z0-9]{1,8}[-_]", "", value, count=1)


_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _github_checksum(value: str) -> bool | None:
    """GitHub's classic tokens end in the zero-padded base62 CRC-32 of the rest; False: well formed but made up."""
    body = value.partition("_")[2]
    number, digits = binascii.crc32(body[:-6].encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0") == body[-6:]


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _bedrock_long(value: str) -> bool:
    return _decoded(value[4:].rstrip("=")).lstrip(b"\x00").startswith(b"BedrockAPIKey-")


def _bedrock_short(value: str) -> bool:
    return _decoded(value[len("bedrock-api-key-") :].rstrip("=")).startswith(b"bedrock.amazonaws.com")


def _jwt(value: str) -> bool:
    header = _decoded(value.partition(".")[0])
    return header.startswith(b"{") and b'"alg"' in header


VALIDATORS: dict[str, Callable[[str], bool | None]] = {
    "crc32-github": _github_checksum,
    "base64-bedrock": _bedrock_long,
    "base64-bedrock-url": _bedrock_short,
    "jwt": _jwt,
    "mixed-case-digits": lambda v: is_mixed(_body(v)),
    "detect-secrets-aws": lambda v: matches_plugin("aws", v),
    "azure-84": lambda v: v[76:80] == "ACOG",
    "mixed-case": lambda v: _mixed_case(_body(v)),
    "digits": lambda v: has_digit(_body(v)),
    "literal": lambda v: True,  # the pattern spells a key that everybody knows, words and all
}
"""Structure checks by the name that the catalog uses. None or False rejects; see `soft` of a shape for the exception."""

# Words that no vendor puts into a key. Short ones count only between separators, since chance spells them.
_LONG_WORDS = regex(
    r"(?i:placeholder|example|changeme|change[-_]me|replace|insert|redacted|dummy|notreal|not[-_]?a?[-_]?real|"
    r"your[-_]?(?:own|api|key|secret|token|open|gemini|google|anthropic|claude|groq|actual|real)|"
    r"secret[-_]?key|api[-_]?key[-_]?here|key[-_]here|test[-_]?key|sample|foobar|deadbeef|lorem|"
    r"\.\.\.|\*\*\*|…|<[^>]*>|goes[-_]?here|paste|undefined|invalid|testing|unittest|0{8}|not[-_]?needed)"
    r"|xxxx|XXXX|[Ff]ake|FAKE|[Mm]ock|MOCK"
)
_SHORT_WORDS = regex(
    r"(?i)(?:^|[-_. ])(your|test|fake|mock|demo|here|none|null|todo|key|token|secret|dev|ci|local|my|abc|foo|bar|dummy)"
    r"(?=$|[-_. \d])"
)
_SPELT_BY_CHANCE = 60  # in longer values short words between separators happen by chance
_TWO_BY_CHANCE = 30  # and words of two letters in shorter ones
_SEQUENCES = ("0123456789", "1234567890", "abcdefghij", "ABCDEFGHIJ", "qwertyuiop", "9876543210", "abcdef0123456789")


def _sequential(body: str) -> bool:
    """More than half of the steps go up or down by one: somebody typed along the keyboard or alphabet."""
    steps = sum(1 for a, b in itertools.pairwise(body) if abs(ord(a) - ord(b)) == 1)
    return len(body) >= 8 and steps * 2 > len(body)


def _periodic(body: str) -> bool:
    periods = range(1, min(16, len(body) // 2) + 1)
    return any(body == (body[:p] * (len(body) // p + 1))[: len(body)] for p in periods)


def _runs(body: str) -> bool:
    """Five equal characters in a row; six in long hexadecimal, where one key in a thousand has five by chance."""
    chance = len(body) >= 32 and re.fullmatch(r"[0-9a-f-]+", body)
    return re.search(r"(.)\1{5}" if chance else r"(.)\1{4}", body) is not None


def words_only(body: str) -> bool:
    """Whether it reads as words joined by separators: `hub-download-file`, never a random run."""
    parts = [p for p in re.split(r"[-_. ]", body) if p]
    if len(parts) < 2 or len(body) > 200:
        return False
    return all(re.fullmatch(r"[a-z]{1,14}|[A-Z]{1,14}|[A-Z][a-z]{1,14}|\d{1,4}", p) for p in parts)


def looks_random(body: str) -> bool:
    """Whether it can be a generated value: enough different characters, no run, no sequence, no period, no words."""
    if not body or _periodic(body) or _runs(body) or _sequential(body) or words_only(body):
        return False
    if any(sequence in body for sequence in _SEQUENCES):
        return False
    different = len(set(body))
    enough = min(8, len(body) // 2) if re.fullmatch(r"[0-9a-fA-F-]+", body) else min(12, len(body) * 2 // 5 + 2)
    top = Counter(body).most_common(1)[0][1]
    return different >= enough and top * 3 <= max(len(body), 12)


def placeholder_like(value: str, public_prefix: str = "") -> bool:
    """Whether the value is a stand-in: words, dots, repetition, sequences, or too plain to be generated."""
    body = value[len(public_prefix) :] if public_prefix and value.startswith(public_prefix) else value
    if len(body) < 8 or _LONG_WORDS.search(value):
        return True
    if len(body) < _SPELT_BY_CHANCE:
        words = [word for word in _SHORT_WORDS.findall(body) if len(word) > 2 or len(body) < _TWO_BY_CHANCE]
        if words:
            return True
    return not looks_random(body)

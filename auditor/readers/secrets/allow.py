"""Existing allowances of other scanners: inline pragmas and detect-secrets baselines. They stay visible, never hidden."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from auditor.lazily import dataclass, regex
from auditor.readers.secrets.text import Positions

__all__ = ["Baseline", "pragma_allows", "read_baseline"]

_SAME_LINE = regex(
    r"(?i)(?:#|//|--|;|/\*|<!--|%|')\s*(pragma:?\s*(?:allow|white)list[ -]secret|gitleaks:allow|nosecret\b|trufflehog:ignore"
    r"|betterleaks:allow|kingfisher:ignore)"
)
_NEXT_LINE = regex(r"(?i)pragma:?\s*(?:allow|white)list[ -]nextline[ -]secret")
MAX_BASELINE_BYTES = 20_000_000


def pragma_allows(text: str, positions: Positions, at: int) -> str:
    """The pragma that allows a secret on the line of `at`, as written (`pragma: allowlist secret`), or an empty text."""
    start, end = positions.line_bounds(at)
    found = _SAME_LINE.search(text[max(start, at - 2000) : min(end, at + 2000)])
    if found:
        return found.group(1).lower()
    if start > 0:
        above = slice(*positions.line_bounds(start - 1))
        if _NEXT_LINE.search(text[above][:2000]):
            return "pragma: allowlist nextline secret"
    return ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A detect-secrets baseline: the SHA-1 values that it lists, by path."""

    path: str
    hashes: Mapping[str, frozenset[str]]

    def allows(self, path: str, value: bytes) -> bool:
        """Whether the baseline lists this value in this file."""
        known = self.hashes.get(path)
        return bool(known) and hashlib.sha1(value, usedforsecurity=False).hexdigest() in (known or ())


def read_baseline(path: str, data: bytes) -> Baseline | None:
    """A `.secrets.baseline` file; None where it is none that can be read (it then allows nothing)."""
    if len(data) > MAX_BASELINE_BYTES:
        return None
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return None
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        return None
    folder = path.rpartition("/")[0]
    hashes: dict[str, frozenset[str]] = {}
    for name, rows in results.items():
        if isinstance(rows, list):
            clean = str(name).replace("\\", "/")
            listed = (r.get("hashed_secret") for r in rows if isinstance(r, dict))
            hashes[f"{folder}/{clean}" if folder else clean] = frozenset(h for h in listed if isinstance(h, str))
    return Baseline(path, hashes)

"""Joins words to a command line again."""

from __future__ import annotations

import re


def joined(words: tuple[str, ...]) -> str:
    """The words as a shell would read them again."""
    return " ".join(w if re.fullmatch(r"[\w@%+=:,./$-]+", w) else "'" + w.replace("'", "'\\''") + "'" for w in words)

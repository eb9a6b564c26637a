"""Which vendor's key a name is about: `VITE_OPENAI_KEY`, `geminiApiKey`, `openai-api-key`."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from auditor.catalog.bundlers import Bundlers
from auditor.catalog.index import Catalog
from auditor.lazily import regex

_TOKEN = regex(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_KEY_WORDS = frozenset({"KEY", "KEYS", "TOKEN", "SECRET", "APIKEY", "APIKEYS", "CREDENTIAL", "CREDENTIALS"})
_NOT_STEM = _KEY_WORDS | {
    "API",
    "ACCESS",
    "AUTH",
    "ADMIN",
    "HUB",
    "MASTER",
    "OAUTH",
    "CODE",
    "AI",
    "PROXY",
    "SALT",
    "VIRTUAL",
    "BEARER",
}
_NO_KEY = frozenset(
    [
        "URL", "MODEL", "COUNT", "LIMIT", "MAX", "PUBLISHABLE", "ANON", "TOKENS", "NAME",
        "ENDPOINT", "PLACEHOLDER", "ERROR", "MODE", "STATUS", "ENABLED", "TYPE", "USAGE", "COST",
        "LEN", "LENGTH", "INDEX", "ID", "HASH", "PREFIX", "STATS", "BUDGET", "TOTAL",
        "INPUT", "OUTPUT", "PROMPT", "COMPLETION", "USED", "MISSING", "REQUIRED", "INVALID",
    ]
)  # fmt: skip


@lru_cache(maxsize=512)
def _word(stem: str) -> re.Pattern[str]:
    """A vendor's word in a text, in any style, but not inside another word: `Sparkles` speaks of no Spark."""
    any_case = "".join(f"[{c.upper()}{c.lower()}]" if c.isalpha() else re.escape(c) for c in stem)
    return re.compile(rf"(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z])){any_case}(?![a-z])")


def tokens(name: str) -> list[str]:
    """The words of an identifier of any style, in upper case."""
    return [t.upper() for t in _TOKEN.findall(name)]


class KeyNames:
    """Answers for one catalog."""

    def __init__(self, catalog: Catalog, bundlers: Bundlers) -> None:
        """Take the vendors' names of key variables, and the words that are not theirs alone."""
        self._catalog = catalog
        self._bundlers = bundlers

    @cached_property
    def _stems(self) -> tuple[tuple[str, str], ...]:
        """(word, inventory name) of the vendors, the longest first."""
        found: dict[str, str] = {}
        for vendor in self._catalog.vendors:
            for name in vendor.key_env:
                stem = "".join(t for t in name.split("_") if t not in _NOT_STEM)
                if len(stem) >= 4 and stem not in self._bundlers.ambiguous_key_words:
                    found.setdefault(stem, vendor.inventory)
        return tuple(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair)))

    def pattern(self) -> str:
        """What every text matches in which `vendor` knows the vendor of some name; for a linear engine."""
        known = {stem for stem, _ in self._stems}
        known.update("".join(tokens(name)) for vendor in self._catalog.vendors for name in vendor.key_env)
        return "(?i:" + "|".join("[_$-]*".join(word) for word in sorted(known)) + ")"

    def is_key(self, name: str) -> bool:
        """Whether the name is one of a key, of whatever vendor."""
        words = set(tokens(name))
        return bool(words & _KEY_WORDS) and not words & _NO_KEY

    def vendor(self, name: str, text: str = "") -> str:
        """The vendor (inventory name) whose key has this name; "" where it is none's.

        `text` is the file around it: a word that other products share counts only if the file is about the model API.
        """
        if not self.is_key(name):
            return ""
        joined = "".join(tokens(name))
        for stem, vendor in self._stems:
            if stem in joined:
                return vendor
        exact = self._catalog.vendor_of_env("_".join(tokens(name)))
        if exact is None:
            return ""
        words = tokens(name)  # "AI" tells which of a company's products is meant: GOOGLE_AI_API_KEY
        unique = "AI" in words or not any(t in self._bundlers.ambiguous_key_words for t in words)
        return exact.inventory if unique or self._mentions(exact.id, text) else ""

    def _mentions(self, vendor_id: str, text: str) -> bool:
        vendor = self._catalog.vendor(vendor_id)
        if vendor is None:
            return False
        packages = [p for names in vendor.packages.values() for p in names]
        hosts = [max(h.pattern.split("*"), key=len).strip("/.") for h in vendor.hosts]
        stems = [s.lower() for s, v in self._stems if v == vendor.inventory]
        low = text.lower()
        return any(word and word.lower() in low for word in (*packages, *hosts, *stems))

    def word_vendor(self, name: str) -> str:
        """The vendor that a name of whatever kind speaks of, such as a class's; "" where it speaks of none."""
        joined = "".join(tokens(name))
        return next((vendor for stem, vendor in self._stems if stem in joined), "")

    def first_vendor(self, text: str) -> str:
        """The vendor whose word stands first in a text; "" where none does."""
        low = text.upper()
        places = [
            (match.start(), -len(stem), vendor)
            for stem, vendor in self._stems
            if stem in low and (match := _word(stem).search(text)) is not None
        ]
        return min(places)[2] if places else ""

"""Texts that stand in every file which can say something of a part of the catalog; for looking before anything is parsed."""

from __future__ import annotations

import re

from auditor.catalog.index import Catalog


def dependence_words(catalog: Catalog) -> frozenset[str]:
    """One of these stands, in any case, in every file that depends on a free tier or a reseller.

    Empty where there is no such set, because a pattern is all wild cards.
    """
    tiers = [t for vendor in catalog.vendors for t in vendor.free_tiers]
    hosts = [*(h for t in tiers for h in t.hosts), *(h for r in catalog.resellers for h in r.hosts)]
    symbols = [
        *(_literal(s) for t in tiers for s in t.symbols),
        *(s for r in catalog.resellers for s in r.symbols),
    ]
    globs = [*(h.partition("/")[0] for h in hosts), *(m for t in tiers for m in t.models)]
    found = {max(re.split(r"[*?]|\[[^\]]*\]", glob), key=len).strip(".").lower() for glob in globs}
    found |= {form.lower() for s in symbols for form in (s, s.replace("-", "_"))}
    return frozenset() if "" in found else frozenset(found)


def _literal(symbol: str) -> str:
    """A text that stands in every file that uses a symbol."""
    plain = symbol.removeprefix("global:")
    return plain if plain != symbol or symbol.startswith("@") else re.split("[.:]", symbol)[0]

"""What the code depends on that production must not: free tiers, trial and retired endpoints, resellers.

Judged by what the code uses (model ids, hosts and SDK symbols as values), never by words in prose or comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.catalog.index import Catalog
from auditor.model.facts import FreeTier, Reseller, Role
from auditor.model.location import Span
from auditor.model.syntax import Const, Import, Module
from auditor.model.walk import walk

_URL = re.compile(r"^(?:https?|wss?)://([^/\s\"'`{}<>?#]+)", re.IGNORECASE)
_MODEL = re.compile(r"^[\w.@-]+(?:/[\w.@:-]+)+$|^[\w.-]+:free$")
_SUFFIX_ONLY = re.compile(r"^:[a-z]+$")


def free_tiers(module: Module, role: Role, catalog: Catalog) -> tuple[FreeTier, ...]:
    """Free-tier, trial and retired endpoints that a program file names as model id, URL or import; one row a line."""
    found: dict[int, FreeTier] = {}
    for node in walk(module):
        if isinstance(node, Const) and isinstance(node.value, str):
            row = _tier_of(node.value, node.at, role, catalog)
            if row is not None:
                found.setdefault(node.at.line, row)
    return tuple(found[line] for line in sorted(found))


def _tier_of(text: str, at: Span, role: Role, catalog: Catalog) -> FreeTier | None:
    if not 3 < len(text) < 300:
        return None
    host = _URL.match(text)
    if host:
        tier = catalog.free_tier_of(host=host.group(1).lower())
    elif _MODEL.match(text):
        tier = catalog.free_tier_of(model=text)
    else:
        return None
    if tier is None:
        return None
    return FreeTier(at, catalog.inventory_name(tier.vendor), tier.why, role, tier.retired, tier.certainty)


def resellers(module: Module, role: Role, catalog: Catalog) -> tuple[Reseller, ...]:
    """Unofficial hosts and reverse-engineered clients that a program file uses as URL or import; one row a line."""
    found: dict[int, Reseller] = {}
    for node in walk(module):
        if isinstance(node, Const) and isinstance(node.value, str):
            match = _URL.match(node.value)
            pattern = catalog.reseller_of(match.group(1).lower()) if match else None
            if match and pattern is not None:
                found.setdefault(node.at.line, Reseller(node.at, match.group(1).lower(), pattern.why, role))
        elif isinstance(node, Import) and not node.type_only:
            for symbol in _symbols(node):
                package = catalog.reseller_package(symbol)
                if package is not None:
                    found.setdefault(node.at.line, Reseller(node.at, symbol, package.why, role))
                    break
    return tuple(found[line] for line in sorted(found))


def _symbols(node: Import) -> Iterable[str]:
    yield node.module
    for name in node.names:
        yield f"{node.module}.{name.name}"
        yield f"{node.module}:{name.name}"

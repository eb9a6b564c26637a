"""What the code depends on that production must not: free tiers, trial and retired endpoints, resellers.

Judged by what the code uses (model ids, hosts and SDK symbols as values), never by words in prose or comments. Tests say
nothing about production and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from auditor.catalog.index import Catalog
from auditor.model.facts import FreeTier, Reseller, Role
from auditor.model.location import Span
from auditor.model.syntax import Attr, Call, Const, FunctionDef, Import, Module, Name
from auditor.model.walk import children, walk

_URL = re.compile(r"^(?:https?|wss?)://([^/\s\"'`{}<>?#]+)", re.IGNORECASE)
_MODEL = re.compile(r"^[\w.@-]+(?:/[\w.@:-]+)+$|^[\w.-]+:[a-z]+$")
_SUFFIX = re.compile(r"^:[a-z]+$")
T = TypeVar("T")


def literals(catalog: Catalog) -> frozenset[str]:
    """Texts one of which stands in every program file that `free_tiers` or `resellers` say something of, in any case.

    Empty where there is no such set, because a pattern is all wild cards.
    """
    tiers = [t for vendor in catalog.vendors for t in vendor.free_tiers]
    hosts = [*(h for t in tiers for h in t.hosts), *(h for r in catalog.resellers for h in r.hosts)]
    symbols = [
        *(re.split("[.:]", s)[0] for t in tiers for s in t.symbols),
        *(s for r in catalog.resellers for s in r.symbols),
    ]
    globs = [*(h.partition("/")[0] for h in hosts), *(m for t in tiers for m in t.models)]
    found = {max(re.split(r"[*?]|\[[^\]]*\]", glob), key=len).strip(".").lower() for glob in globs}
    found |= {form.lower() for s in symbols for form in (s, s.replace("-", "_"))}
    return frozenset() if "" in found else frozenset(found)


def free_tiers(module: Module, role: Role, catalog: Catalog) -> tuple[FreeTier, ...]:
    """Free-tier, trial and retired endpoints that a program file names as model id, URL or client; one row a line."""
    if role is Role.TEST:
        return ()
    found: dict[int, FreeTier] = {}
    for node in walk(module):
        if isinstance(node, Const) and isinstance(node.value, str):
            row = _tier_of(node.value, node.at, role, catalog)
            if row is not None:
                found.setdefault(node.at.line, row)
    for at, _, tier, made in _uses(module, lambda symbol: catalog.free_tier_of(symbol=symbol)):
        name = catalog.inventory_name(tier.vendor).removeprefix("other:")
        certainty = tier.certainty if made else "low"
        found.setdefault(at.line, FreeTier(at, name, tier.why, role, tier.retired, certainty, tier.may_train))
    return tuple(found[line] for line in sorted(found))


def _tier_of(text: str, at: Span, role: Role, catalog: Catalog) -> FreeTier | None:
    if not 3 < len(text) < 300:
        return None
    host = _URL.match(text)
    if host:
        tier = catalog.free_tier_of(host=host.group(1).lower())
    elif _MODEL.match(text) or (_SUFFIX.match(text) and catalog.free_tier_of(model=f"any/model{text}")):
        # The bare suffix is how code picks free models out of a list.
        tier = catalog.free_tier_of(model=text if ":" not in text[:1] else f"any/model{text}")
    else:
        return None
    if tier is None:
        return None
    name = catalog.inventory_name(tier.vendor).removeprefix("other:")
    return FreeTier(at, name, tier.why, role, tier.retired, tier.certainty, tier.may_train)


def resellers(module: Module, role: Role, catalog: Catalog) -> tuple[Reseller, ...]:
    """Unofficial hosts and reverse-engineered clients that a program file uses as URL or client; one row a line."""
    if role is Role.TEST:
        return ()
    found: dict[int, Reseller] = {}
    for node in walk(module):
        if isinstance(node, Const) and isinstance(node.value, str):
            match = _URL.match(node.value)
            pattern = catalog.reseller_of(match.group(1).lower()) if match else None
            if match and pattern is not None:
                found.setdefault(node.at.line, Reseller(node.at, match.group(1).lower(), pattern.why, role))
    for at, symbol, package, made in _uses(module, catalog.reseller_package):
        row = Reseller(at, re.split(r"[.:]", symbol)[0], package.why, role, "high" if made else "low")
        found.setdefault(at.line, row)
    return tuple(found[line] for line in sorted(found))


def _uses(module: Module, look_up: Callable[[str], T | None]) -> Iterator[tuple[Span, str, T, bool]]:
    """Where a module uses an imported package that the look-up knows: the first construction in each function.

    Without one, the import itself (the last value is False then). A class is told by its capital letter.
    """
    known: dict[str, tuple[Span, str, T]] = {}
    for node in walk(module):
        if isinstance(node, Import) and not node.type_only:
            for local, symbol in _bound(node):
                hit = look_up(symbol)
                if hit is not None:
                    known.setdefault(local, (node.at, symbol, hit))
    if not known:
        return
    made = list(_constructed(module, known))
    yield from ((*row, True) for row in made)
    if not made:
        yield (*min(known.values(), key=lambda row: row[0]), False)


def without_bare_imports(
    tiers: Iterable[FreeTier], shared: Iterable[Reseller]
) -> tuple[tuple[FreeTier, ...], tuple[Reseller, ...]]:
    """Leave out imports that construct nothing where other code of the repository does: the use is what matters."""
    tiers, shared = tuple(tiers), tuple(shared)
    used = {t.why for t in tiers if t.certainty != "low"}
    sold = {r.host for r in shared if r.certainty != "low"}
    return (
        tuple(t for t in tiers if t.certainty != "low" or t.why not in used),
        tuple(r for r in shared if r.certainty != "low" or r.host not in sold),
    )


def _constructed(module: Module, known: dict[str, tuple[Span, str, T]]) -> Iterator[tuple[Span, str, T]]:
    seen: set[int] = set()
    stack: list[tuple[object, int]] = [(module, 0)]
    while stack:
        node, scope = stack.pop()
        if isinstance(node, FunctionDef):
            scope = id(node)
        if isinstance(node, Call) and scope not in seen:
            name = _head(node)
            if name in known and _tail(node)[:1].isupper():
                seen.add(scope)
                yield node.at, known[name][1], known[name][2]
                continue
        stack.extend((child, scope) for child in reversed(list(children(node))))


def _head(call: Call) -> str:
    node = call.func
    while isinstance(node, Attr):
        node = node.base
    return node.id if isinstance(node, Name) else ""


def _tail(call: Call) -> str:
    return call.func.name if isinstance(call.func, Attr) else call.func.id if isinstance(call.func, Name) else ""


def _bound(node: Import) -> Iterator[tuple[str, str]]:
    """Local names that an import binds, with the symbol that each stands for."""
    if not node.names:
        yield node.module.split(".")[0], node.module
    for name in node.names:
        separator = ":" if "/" in node.module or node.module.startswith("@") else "."
        yield (
            name.alias or name.name,
            node.module if name.name in {"*", "default"} else f"{node.module}{separator}{name.name}",
        )

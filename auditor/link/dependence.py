"""What the code depends on that production must not: free tiers, trial and retired endpoints, resellers.

Judged by what the code uses (model ids, hosts and SDK symbols as values), never by words in prose or comments. Tests say
nothing about production and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from auditor.catalog.index import Catalog
from auditor.lazily import regex
from auditor.link.addresses import PUBLIC, host_of, nature
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall, outcomes
from auditor.link.roles import Found, texts
from auditor.link.values import Known, alternatives
from auditor.model.facts import FreeTier, LlmCall, Reseller, Role
from auditor.model.location import Span
from auditor.model.syntax import (
    Assign,
    Attr,
    Call,
    Const,
    ExprStmt,
    FunctionDef,
    Import,
    Module,
    Name,
    Return,
)
from auditor.model.walk import children, walk

_URL = regex(r"^(?:https?|wss?)://([^/\s\"'`{}<>?#]+)", re.IGNORECASE)
_MODEL = regex(r"^[\w.@-]+(?:/[\w.@:-]+)+$|^[\w.-]+:[a-z]+$")
_CHAT = regex(r"/chat/completions\b")
_SUFFIX = regex(r"^:[a-z]+$")
# What is made only to sign in, or to say how, sends nothing.
_NO_CLIENT = regex(r"(?:Login|Auth|Authenticator|Cookies?|Config|Configuration|Settings|Options|Credentials?)$")
_ADDRESSES = frozenset({"base_url", "endpoint_url", "inference_server_url"})  # a client of another, own service
_BLOCK = 5  # signs of one kind that stand closer together than these lines are one list
T = TypeVar("T")
S = TypeVar("S", FreeTier, Reseller)
Mentions = Callable[[str], Iterable[str]]
"""The files in which a name stands."""


class Parts:
    """What of a program file can tell dependence, gathered in one walk."""

    def __init__(self, module: Module) -> None:
        """Walk a module."""
        self.module = module
        self.texts: list[tuple[str, Span]] = []
        self.imports: list[Import] = []
        self.calls: list[tuple[Call, int]] = []
        """All calls in order, outer before inner, each with the function that it stands in."""
        self.functions: list[FunctionDef] = []
        stack: list[tuple[object, int]] = [(module, 0)]
        while stack:
            node, scope = stack.pop()
            match node:
                case Const(value=str(text), at=at):
                    self.texts.append((text, at))
                    continue
                case Call():
                    self.calls.append((node, scope))
                case Import():
                    self.imports.append(node)
                case FunctionDef(name=name):
                    self.functions.append(node)
                    if name:  # what a lambda does, the function around it does
                        scope = id(node)
                case _:
                    pass
            stack.extend([(child, scope) for child in children(node)][::-1])

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the module mentions."""
        return frozenset(
            n.id if isinstance(n, Name) else n.name for n in walk(self.module) if isinstance(n, Name | Attr)
        )


def free_tiers(parts: Parts, role: Role, catalog: Catalog, mentions: Mentions | None = None) -> tuple[FreeTier, ...]:
    """Free-tier, trial and retired endpoints that a program file names as model id, URL or client; one row a line."""
    if role is Role.TEST:
        return ()
    found: dict[int, FreeTier] = {}
    for text, at in parts.texts:
        row = _tier_of(text, at, role, catalog)
        if row is not None:
            found.setdefault(at.line, row if _URL.match(text) else _where_served(row, parts, catalog))
    for at, _, tier, made in _uses(parts, catalog, mentions, lambda symbol: catalog.free_tier_of(symbol=symbol)):
        name = catalog.inventory_name(tier.vendor).removeprefix("other:")
        certainty = tier.certainty if made else "low"
        found.setdefault(at.line, FreeTier(at, name, tier.why, role, tier.retired, certainty, tier.may_train))
    return tuple(_one_a_block([found[line] for line in sorted(found)]))


def _one_a_block(signs: Iterable[S]) -> Iterator[S]:
    """Of a list of free models, or the hosts of one service side by side, the first alone."""
    last: dict[str, int] = {}
    for sign in signs:
        if sign.why not in last or sign.at.line - last[sign.why] > _BLOCK:
            yield sign
        last[sign.why] = sign.at.line


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


def _where_served(row: FreeTier, parts: Parts, catalog: Catalog) -> FreeTier:
    """The free model of another service, where the module sends to that one alone and never names the one of the tier."""
    urls = [u.group(1).lower() for text, _ in parts.texts if (u := _URL.match(text)) and _CHAT.search(text)]
    if not urls or any(row.provider in word.lower() for word in (*(t for t, _ in parts.texts), *parts.names)):
        return row
    known = catalog.vendor_of_url(f"https://{urls[0]}")
    name = catalog.inventory_name(known[0].id).removeprefix("other:") if known is not None else urls[0]
    if name == row.provider or len(set(urls)) > 1 or nature(f"https://{urls[0]}")[0] != PUBLIC:
        return row
    return FreeTier(row.at, name, row.why, row.role, False, "low", None)


def resellers(parts: Parts, role: Role, catalog: Catalog, mentions: Mentions | None = None) -> tuple[Reseller, ...]:
    """Unofficial hosts and reverse-engineered clients that a program file uses as URL or client; one row a line."""
    if role is Role.TEST:
        return ()
    found: dict[int, Reseller] = {}
    for text, at in parts.texts:
        match = _URL.match(text)
        pattern = catalog.reseller_of(match.group(1).lower()) if match else None
        if match and pattern is not None:
            found.setdefault(at.line, Reseller(at, match.group(1).lower(), pattern.why, role))
    for at, symbol, package, made in _uses(parts, catalog, mentions, catalog.reseller_package):
        row = Reseller(at, re.split(r"[.:]", symbol)[0], package.why, role, "high" if made else "low")
        found.setdefault(at.line, row)
    return tuple(_one_a_block([found[line] for line in sorted(found)]))


def relays(program: Program, raws: Iterable[RawCall], roles: Mapping[str, Role]) -> tuple[Reseller, ...]:
    """Hosts that serve a vendor's own models through its own API, and are neither the vendor nor a gateway known here."""
    catalog = program.catalog
    found: dict[tuple[Span, str], Reseller] = {}
    for raw in raws:
        own = raw.shape.vendor if raw.wire is None and raw.shape else raw.wire.id.partition("/")[0] if raw.wire else ""
        served = catalog.vendor_of_model(raw.model) if raw.model else None
        if catalog.vendor(raw.vendor) is not None or served is None or served.id != own:
            continue
        role = roles.get(raw.at.path, Role.APP)
        for at, url in _addresses(program, raw):
            host = host_of(url)
            if role is not Role.TEST and nature(url)[0] == PUBLIC and catalog.reseller_of(host) is None:
                why = f"not an official vendor or known gateway; asked for {served.title}'s models"
                found.setdefault((at, host), Reseller(at, host, why, role, "unknown"))
                break
    return tuple(found[key] for key in sorted(found))


def _addresses(program: Program, raw: RawCall) -> Iterator[tuple[Span, str]]:
    """The addresses of a call, each with the place where it stands."""
    if raw.url:
        yield raw.at, raw.url
        return
    for level, _, _, ways in outcomes(program, raw, "base_url"):
        for way in ways:
            for one in alternatives(way.value) if isinstance(way, Found) else ():
                place = one.at.at if isinstance(one, Known) and one.at is not None else level.call.at
                yield from ((place, text) for text in texts(program, one, level.context))


def _uses(
    parts: Parts, catalog: Catalog, mentions: Mentions | None, look_up: Callable[[str], T | None]
) -> Iterator[tuple[Span, str, T, bool]]:
    """Where a module uses a package that the look-up knows: the first construction or sending call in each function.

    Without one, or with one in a function that nobody calls, the import itself (the last value is False then). A class
    is told by its capital letter. What a page loads by itself (`puter.ai.chat`) needs no import.
    """
    known: dict[str, tuple[Span, str, T]] = {}
    for node in parts.imports:
        for local, symbol in _bound(node) if not node.type_only else ():
            hit = look_up(symbol)
            if hit is not None and not _own(parts.module.path, symbol):
                known.setdefault(local, (node.at, symbol, hit))
    made = list(_constructed(parts, known, catalog, mentions)) if known else []
    yield from ((*row, True) for row in made)
    if known and not made and not any(_goes_elsewhere(c) for c, _ in parts.calls if _head(c) in known):
        yield (*min(known.values(), key=lambda row: row[0]), False)
    if parts.module.language != "python":
        yield from ((*row, True) for row in _globals(parts, known, look_up))


def _own(path: str, symbol: str) -> bool:
    """Whether a module is part of the very package that it imports (`g4f/models.py` imports `g4f`)."""
    return re.split(r"[.:/]", symbol)[0] in path.split("/")[:-1]


def _globals(
    parts: Parts, known: dict[str, tuple[Span, str, T]], look_up: Callable[[str], T | None]
) -> Iterator[tuple[Span, str, T]]:
    seen: set[int] = set()
    for node, scope in parts.calls:
        if isinstance(node.func, Attr) and scope not in seen and (head := _head(node)) and head not in known:
            hit = look_up(f"global:{_dotted(node)}")
            if hit is not None:
                seen.add(scope)
                yield node.at, f"global:{head}", hit


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


def with_reach(program: Program, tiers: Iterable[FreeTier], calls: Iterable[LlmCall]) -> Iterator[FreeTier]:
    """Mark those in code that nothing reaches: with dead calls in their function, or in a file of such that nobody imports."""
    by_function: dict[str, list[bool]] = {}
    by_path: dict[str, list[bool]] = {}
    for call in calls:
        dead = call.reachable is False
        by_function.setdefault(call.function, []).append(dead)
        by_path.setdefault(call.at.path, []).append(dead)
    for tier in tiers:
        path = tier.at.path
        if not any(by_path.get(path, ())):
            yield tier
            continue
        function = program.enclosing(tier.at)
        within = by_function.get(function.id, []) if function is not None and function.definition is not None else []
        alone = all(by_path[path]) and not program.loader.importers(path)
        yield replace(tier, reachable=False) if (all(within) if within else alone) else tier


def _constructed(
    parts: Parts, known: dict[str, tuple[Span, str, T]], catalog: Catalog, mentions: Mentions | None
) -> Iterator[tuple[Span, str, T]]:
    seen: set[int] = set()
    idle = _idle_functions(parts, mentions)
    for node, scope in parts.calls:
        name, tail = _head(node), _tail(node)
        if scope in seen or scope in idle or name not in known or _goes_elsewhere(node) or _NO_CLIENT.search(tail):
            continue
        if tail[:1].isupper() or _sends(node, known[name][1], parts.module.language, catalog):
            seen.add(scope)
            yield node.at, known[name][1], known[name][2]


def _goes_elsewhere(node: Call) -> bool:
    return any(a.name in _ADDRESSES for a in node.args)


def _sends(node: Call, symbol: str, language: str, catalog: Catalog) -> bool:
    """Whether the catalog knows a function as one that sends: `g4f.ChatCompletion.create`."""
    rest = _dotted(node).partition(".")[2]
    call = catalog.call_of(language, f"{symbol}.{rest}" if rest else symbol)
    return call is not None and call.row


def _idle_functions(parts: Parts, mentions: Mentions | None) -> frozenset[int]:
    """Functions that only make something and hand it back, and whose name stands nowhere else."""
    return frozenset(
        id(f)
        for f in parts.functions
        if _only_makes(f)
        and f.name not in parts.names
        and (mentions is None or all(p == parts.module.path for p in mentions(f.name)))
    )


def _only_makes(function: FunctionDef) -> bool:
    last = function.body[-1] if function.body else None
    return (
        isinstance(last, Return)
        and isinstance(last.value, Name)
        and all(isinstance(s, (Assign, Return, ExprStmt)) for s in function.body)
        and sum(isinstance(n, Call) for s in function.body for n in walk(s)) == 1
    )


def _head(call: Call) -> str:
    node = call.func
    while isinstance(node, Attr):
        node = node.base
    return node.id if isinstance(node, Name) else ""


def _dotted(call: Call) -> str:
    names: list[str] = []
    node = call.func
    while isinstance(node, Attr):
        names.append(node.name)
        node = node.base
    return ".".join([node.id, *reversed(names)]) if isinstance(node, Name) else ""


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

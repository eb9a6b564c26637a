"""The catalog as questions: which type is this symbol, whose host is this URL, is this a free tier. Pure look-ups."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase, translate
from functools import cached_property, lru_cache

from auditor.catalog.schema import (
    CallShape,
    FreeTier,
    HostPattern,
    KeyPattern,
    ResellerPattern,
    SubclassShape,
    TypeShape,
    Vendor,
    Wire,
)
from auditor.lazily import dataclass, regex

Shape = TypeShape | CallShape
HOLE = "\0"
_LOCAL_HOSTS = frozenset({"127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal", "::1"})  # noqa: S104 (a name, not a bind)
_CONDITION = regex(r"\s*([a-z]+:[^\s<>=!]+)\s*((?:[<>=!]=?\s*[0-9.]+\s*,?\s*)+)\Z")
_ADDRESS_NAME = regex(r"_(?:API_)?(?:BASE_URL|BASE_URI|BASEURL|API_BASE|BASE|URL|URI|ENDPOINT|HOST)\Z")
_COMPARISON = regex(r"(<=|>=|==|!=|<|>|=)\s*([0-9.]+)")


def _language(language: str) -> str:
    return "javascript" if language in ("typescript", "jsx", "tsx", "vue", "svelte", "astro", "html") else language


class Catalog:
    """All vendors with their indices. Immutable; made by `load_catalog`."""

    def __init__(
        self,
        vendors: Iterable[Vendor],
        resellers: Iterable[ResellerPattern] = (),
        digest: str = "",
        invokers: frozenset[str] = frozenset(),
        senders: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._senders = senders
        self.invokers = (
            invokers  # names of methods that send through models held by their receiver (`invoke`, `kickoff`)
        )
        self.vendors: tuple[Vendor, ...] = tuple(sorted(vendors, key=lambda v: v.id))
        self.resellers: tuple[ResellerPattern, ...] = tuple(sorted(resellers, key=lambda r: r.id))
        self.digest = digest
        self._by_id = {vendor.id: vendor for vendor in self.vendors}
        self._types: dict[str, TypeShape] = {}
        self._calls: dict[str, CallShape] = {}
        self._symbols: dict[tuple[str, str], list[Shape]] = {}
        self._globs: dict[tuple[str, str], list[tuple[str, Shape]]] = {}
        for vendor in self.vendors:
            for made in vendor.types:
                self._add(made)
            for call in vendor.calls:
                self._add(call)

    def _add(self, shape: Shape) -> None:
        if isinstance(shape, TypeShape):
            self._types[shape.id] = shape
        else:
            self._calls[shape.id] = shape
        for language, symbols in shape.symbols.items():
            for symbol in symbols:
                if "**" in symbol:
                    key = (language, _last(symbol))
                    self._globs.setdefault(key, []).append((symbol, shape))
                else:
                    self._symbols.setdefault((language, symbol), []).append(shape)

    @cached_property
    def senders(self) -> Mapping[str, frozenset[str]]:
        """Last names of the methods that are rows or invocations, by the id of their type."""
        if self._senders is not None:
            return self._senders
        return {
            made.id: frozenset(
                path.rpartition(".")[2]
                for path, call in made.members.items()
                if (call.row or call.invokes) and call.http_method != "GET"
            )
            for vendor in self.vendors
            for made in vendor.types
        }

    # ------------------------------------------------------------------ ids

    def vendor(self, vendor_id: str) -> Vendor | None:
        """The vendor, gateway, framework or transport with this id."""
        return self._by_id.get(vendor_id)

    def inventory_name(self, vendor_id: str) -> str:
        """The vendor's name in inventory rows; `other:<id>` where the inventory has no name of its own for it."""
        vendor = self._by_id.get(vendor_id)
        return vendor.inventory if vendor else (vendor_id if vendor_id.startswith("other:") else f"other:{vendor_id}")

    def type_by_id(self, type_id: str) -> TypeShape | None:
        """The type `"<file>/<name>"`."""
        return self._types.get(type_id)

    def call_by_id(self, call_id: str) -> CallShape | None:
        """The function or method `"<file>/<name>"` (a method: `"<file>/<type>.<member path>"`)."""
        owner, dot, member = call_id.partition(".")
        if call_id in self._calls or not dot:
            return self._calls.get(call_id)
        holder = self._types.get(owner)
        if holder is None:
            return None
        return holder.callable if member == "()" else holder.members.get(member)

    # ------------------------------------------------------------------ symbols

    @cached_property
    def _subclasses(self) -> Mapping[str, tuple[tuple[str, SubclassShape], ...]]:
        """What is known of subclasses, by the last name of the class, "**" for any."""
        found: dict[str, list[tuple[str, SubclassShape]]] = {}
        for vendor in self.vendors:
            for shape in vendor.subclasses:
                for symbol in shape.of:
                    found.setdefault(_last(symbol), []).append((symbol, shape))
        return {name: tuple(some) for name, some in found.items()}

    def runs_of(self, symbol: str) -> Mapping[str, tuple[str, ...]]:
        """Which methods of a subclass of this Python class the framework runs, by what the object is asked for."""
        for glob, shape in (*self._subclasses.get(_last(symbol), ()), *self._subclasses.get("**", ())):
            if glob == symbol or ("**" in glob and _glob(glob).fullmatch(symbol)):
                return shape.runs
        return {}

    @cached_property
    def asked_for(self) -> frozenset[str]:
        """What objects of subclasses are asked for that runs a method of another name, in any framework."""
        return frozenset(asked for known in self.run_by.values() for asked in known)

    @cached_property
    def run_by(self) -> Mapping[str, frozenset[str]]:
        """What an object may be asked for that runs a method of this name, in any framework."""
        found: dict[str, set[str]] = {}
        for vendor in self.vendors:
            for asked, methods in (each for shape in vendor.subclasses for each in shape.runs.items()):
                for method in methods:
                    found.setdefault(method, set()).add(asked)
        return {method: frozenset(asked) for method, asked in found.items()}

    def shapes_of(self, language: str, symbol: str) -> tuple[Shape, ...]:
        """Every type and call with this symbol; several where a constructor argument (`where`) tells them apart."""
        language = _language(language)
        exact = self._symbols.get((language, symbol))
        if exact:
            return tuple(exact)
        found = self._globs.get((language, _last(symbol)), ())
        return tuple(shape for glob, shape in found if _glob(glob).fullmatch(symbol))

    def types_of(self, language: str, symbol: str) -> tuple[TypeShape, ...]:
        """The types with this symbol, those with a `where` first."""
        return tuple(sorted((s for s in self.shapes_of(language, symbol) if isinstance(s, TypeShape)), key=_plain))

    def calls_of(self, language: str, symbol: str) -> tuple[CallShape, ...]:
        """The functions with this symbol, those with a `where` first."""
        return tuple(sorted((s for s in self.shapes_of(language, symbol) if isinstance(s, CallShape)), key=_plain))

    def type_of(self, language: str, symbol: str) -> TypeShape | None:
        """The type with this symbol; where arguments decide between several, the one that needs none, else the first."""
        types = self.types_of(language, symbol)
        return next((t for t in types if not t.where), types[0] if types else None)

    def call_of(self, language: str, symbol: str) -> CallShape | None:
        """The function with this symbol; where arguments decide, the one that needs none, else the first."""
        calls = self.calls_of(language, symbol)
        return next((c for c in calls if not c.where), calls[0] if calls else None)

    # ------------------------------------------------------------------ hosts

    @cached_property
    def _hosts(self) -> tuple[Mapping[str, tuple[_Host, ...]], tuple[_Host, ...]]:
        """The patterns of a whole host by that host, and those with a wild card in it; the most telling first."""
        rows = []
        for vendor in self.vendors:
            for known in vendor.hosts:
                host, slash, path = known.pattern.partition("/")
                prefix = regex("/" + _wild(path) + r"(?:[/?#:\0].*)?", re.DOTALL) if slash else None
                rows.append(_Host(known, vendor, host, regex(_wild(host), re.DOTALL), prefix))
        found: dict[str, list[_Host]] = defaultdict(list)
        for row in sorted(rows, key=_Host.rank):
            found[row.host].append(row)
        whole = {host: tuple(some) for host, some in found.items() if "*" not in host}
        return whole, tuple(row for host, some in found.items() if "*" in host for row in some)

    def vendor_of_url(self, url: str) -> tuple[Vendor, HostPattern, Wire | None] | None:
        """Whose API a URL (or template with unknown stretches as NUL or `{}`) belongs to, and which operation it names.

        None where the host is unknown or nobody's here. A bare host works too.
        """
        host, path = _split(url)
        if not host.strip(HOLE + "."):
            return None
        bare = host.partition(":")[0]
        whole, wild = self._hosts
        exact = (*whole.get(bare, ()), *(whole.get(host, ()) if host != bare else ()))
        fitting = (h for h in wild if h.regex.fullmatch(host if ":" in h.host else bare))
        for found in sorted((*exact, *fitting), key=_Host.rank):
            if found.prefix is None or found.prefix.fullmatch(path or "/"):
                return found.vendor, found.known, self.wire_of(found.vendor, path)
        return None

    def wire_of(self, vendor: Vendor, path: str) -> Wire | None:
        """The operation that a URL path (query and all) names at a vendor; the most specific wins."""
        path = re.split(r"[?#]", path.replace("{}", HOLE), maxsplit=1)[0].rstrip("/")
        best: tuple[int, Wire] | None = None
        for wire in vendor.wires:
            for pattern in wire.paths:
                if re.fullmatch(r".*" + _wild(pattern), path, re.DOTALL):
                    size = len(pattern.replace("*", ""))
                    if best is None or size > best[0]:
                        best = (size, wire)
        return best[1] if best else None

    def vendor_of_path(self, path: str, only: Vendor | None = None) -> Vendor | None:
        """The vendor whose API alone has such a path, for addresses whose host is not known; the most specific wins.

        With `only`: whether it is among those that have such a path.
        """
        plain = re.split(r"[?#]", path.replace("{}", HOLE), maxsplit=1)[0].rstrip("/")
        best: tuple[int, Vendor] | None = None
        for size, pattern, vendor in self._own_paths:
            if only is not None and vendor is not only:
                continue
            if (best is None or size > best[0]) and pattern.fullmatch(plain):
                best = (size, vendor)
        return best[1] if best else None

    @cached_property
    def _own_paths(self) -> tuple[tuple[int, re.Pattern[str], Vendor], ...]:
        return tuple(
            (len(glob.replace("*", "")), regex(".*" + _wild(glob), re.DOTALL), vendor)
            for vendor in self.vendors
            for glob in vendor.own_paths
        )

    def reseller_of(self, host: str) -> ResellerPattern | None:
        """The known reseller, shared-key proxy or reverse-engineered API behind a host or URL."""
        name, path = _split(host)
        if not name or not self._reseller_hosts.match(name.partition(":")[0]):
            return None
        return next((r for r in self.resellers if any(_host_matches(h, name, path) for h in r.hosts)), None)

    @cached_property
    def _reseller_hosts(self) -> re.Pattern[str]:
        return _any_host(host for r in self.resellers for host in r.hosts)

    def reseller_package(self, symbol: str) -> ResellerPattern | None:
        """The reverse-engineered or shared-access client that an import name or package belongs to."""
        root = symbol.partition(":")[0]
        first = root.partition(".")[0]
        found = [(n, r) for name in (root, first, first.replace("_", "-")) for n, r in self._sold.get(name, ())]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    @cached_property
    def _sold(self) -> dict[str, list[tuple[int, ResellerPattern]]]:
        """Resellers by the names of their packages, each with its place in the catalog."""
        found: dict[str, list[tuple[int, ResellerPattern]]] = {}
        for number, reseller in enumerate(self.resellers):
            for name in reseller.symbols:
                found.setdefault(name, []).append((number, reseller))
        return found

    # ------------------------------------------------------------------ models

    @cached_property
    def _prefixes(self) -> dict[str, Vendor]:
        found: dict[str, Vendor] = {}
        for vendor in self.vendors:
            for name in vendor.provider_names:
                found.setdefault(name + "/", vendor)
                found.setdefault(name + ":", vendor)
            for prefix in vendor.model_prefixes:
                found[prefix] = vendor
        return found

    def vendor_of_model(self, model_id: str) -> Vendor | None:
        """The vendor that a model id names, by its longest known prefix (`openai/gpt-4o`, `google-gla:…`, `claude-…`)."""
        text = model_id.lower()
        for size in range(min(len(text), 40), 0, -1):
            vendor = self._prefixes.get(text[:size])
            if vendor:
                return vendor
        return None

    def vendor_of_provider(self, name: str) -> Vendor | None:
        """The vendor that a `provider=` argument names."""
        return self._by_id.get(name.lower()) or self._providers.get(name.lower())

    @cached_property
    def _providers(self) -> dict[str, Vendor]:
        return {name: vendor for vendor in self.vendors for name in vendor.provider_names}

    def free_tier_of(self, model: str = "", host: str = "", symbol: str = "") -> FreeTier | None:
        """The free tier, trial or retired offer that a model id, a host (or URL) or an import shows."""
        name, path = _split(host) if host else ("", "")
        hosts, models, tiers = self._free
        if name and not hosts.match(name.partition(":")[0]):
            name = ""
        if model and not models.match(model.lower()):
            model = ""
        if symbol and _root(symbol) not in self._free_roots:
            symbol = ""
        if not (name or model or symbol):
            return None
        for tier in tiers:
            if model and any(fnmatchcase(model.lower(), glob) for glob in tier.models):
                return tier
            if name and any(_host_matches(glob, name, path) for glob in tier.hosts):
                return tier
            if symbol and any(symbol == s or symbol.startswith((s + ".", s + ":")) for s in tier.symbols):
                return tier
        return None

    @cached_property
    def _free(self) -> tuple[re.Pattern[str], re.Pattern[str], tuple[FreeTier, ...]]:
        """All free tiers, with what some host and some model of them look like: nearly every question ends there."""
        tiers = tuple(t for vendor in self.vendors for t in vendor.free_tiers)
        return _any_host(h for t in tiers for h in t.hosts), _any_of(m for t in tiers for m in t.models), tiers

    @cached_property
    def _free_roots(self) -> frozenset[str]:
        return frozenset(_root(s) for vendor in self.vendors for t in vendor.free_tiers for s in t.symbols)

    def is_unpinned(self, model: str, vendor_id: str = "") -> bool:
        """Whether a model id is an alias that the vendor moves to newer models."""
        vendors = [v for v in (self._by_id.get(vendor_id),) if v] or list(self.vendors)
        name = model.lower().rpartition("/")[2]
        return any(fnmatchcase(name, alias) for vendor in vendors for alias in vendor.aliases)

    def is_deprecated(self, model: str, vendor_id: str = "") -> bool:
        """Whether a model id is one that its vendor has retired."""
        vendors = [v for v in (self._by_id.get(vendor_id),) if v] or list(self.vendors)
        name = model.lower().rpartition("/")[2]
        return any(fnmatchcase(name, glob) for vendor in vendors for glob in vendor.deprecated_models)

    def last_day_of(self, model: str, vendor_id: str) -> str:
        """The day on which the vendor stops serving a model, if it announced one: "2027-01-14"."""
        vendor = self._by_id.get(vendor_id)
        name = model.lower().rpartition("/")[2]
        days = vendor.ending_models.items() if vendor else ()
        return next((day for day, globs in days if any(fnmatchcase(name, glob) for glob in globs)), "")

    # ------------------------------------------------------------------ keys, names, literals

    def key_patterns(self) -> tuple[KeyPattern, ...]:
        """The shapes of all credentials."""
        return tuple(pattern for vendor in self.vendors for pattern in vendor.keys)

    @cached_property
    def _env(self) -> dict[str, Vendor]:
        found: dict[str, Vendor] = {}
        for vendor in self.vendors:
            for name in vendor.key_env:
                found.setdefault(name, vendor)
        return found

    def vendor_of_env(self, name: str) -> Vendor | None:
        """The vendor whose key an environment variable holds, by its own name or with a public prefix before it."""
        return self._env.get(name) or next(
            (self._env[name[i + 1 :]] for i, c in enumerate(name) if c == "_" and name[i + 1 :] in self._env), None
        )

    def vendor_of_address_env(self, name: str) -> Vendor | None:
        """The vendor that an environment variable for an address is named after (`DEEPSEEK_BASE_URL`).

        A name that an SDK reads itself (`OPENAI_BASE_URL`) is that vendor's; None where the name says nothing.
        """
        if name in self._address_env:
            return self._address_env[name]
        stem = _ADDRESS_NAME.sub("", name)
        if stem == name or not stem or stem.split("_")[-1] in ("OPENAI", "LLM", "AI", "MODEL"):
            return None
        return self.vendor_of_env(f"{stem}_API_KEY")

    @cached_property
    def _address_env(self) -> dict[str, Vendor]:
        return {name: vendor for vendor in reversed(self.vendors) for name in vendor.base_url_env}

    def literals(self) -> tuple[str, ...]:
        """Texts (lower case) one of which stands in every file that can matter: imports, packages, hosts, names of keys."""
        found: set[str] = set()
        for vendor in self.vendors:
            if vendor.category != "transport":
                found.update(_vendor_literals(vendor))
        for reseller in self.resellers:
            found.update(_longest_chunk(host) for host in reseller.hosts)
            found.update(_import_forms(reseller.symbols, everyday=True))
        return tuple(sorted({text.lower() for text in found if len(text) > 2}))


def applies(when: str, versions: Mapping[str, str]) -> bool | None:
    """Whether `npm:ai>=5` (or `pypi:openai>=1,<2`) holds for the pinned versions; None where the version is not known."""
    if not when:
        return True
    matched = _CONDITION.match(when)
    if not matched:
        return None
    pinned = _numbers(versions.get(matched[1], ""))
    if pinned is None:
        return None
    return all(
        _compare(pinned, operator, _numbers(wanted) or ()) for operator, wanted in _COMPARISON.findall(matched[2])
    )


def valid_condition(when: str) -> bool:
    """Whether a `when` is understood."""
    return not when or bool(_CONDITION.match(when))


def _compare(pinned: tuple[int, ...], operator: str, wanted: tuple[int, ...]) -> bool:
    if operator in ("=", "==", "!="):  # as precise as it is written: ==5 holds for 5.1
        same = pinned[: len(wanted)] == wanted
        return same is (operator != "!=")
    size = max(len(pinned), len(wanted))
    left, right = pinned + (0,) * (size - len(pinned)), wanted + (0,) * (size - len(wanted))
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def _numbers(version: str) -> tuple[int, ...] | None:
    matched = re.match(r"[\s^~v=]*(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in matched[1].split(".")) if matched else None


def _plain(shape: Shape) -> bool:
    return not shape.where


def _root(symbol: str) -> str:
    """What a symbol and all that it contains begin with: `global:puter` of `global:puter.ai.chat`."""
    head, _, rest = symbol.partition(":")
    return f"{head}:{rest.partition('.')[0]}" if head == "global" else head.partition(".")[0]


def _last(symbol: str) -> str:
    return symbol.rpartition(":")[2] if ":" in symbol else symbol.rpartition(".")[2]


@lru_cache(maxsize=2048)
def _glob(symbol: str) -> re.Pattern[str]:
    parts = re.split(r"(\.\*\*\.|/\*\*(?=[:/])|\*\*)", symbol)
    out = []
    for part in parts:
        if part == ".**.":
            out.append(r"\.(?:.*\.)?")
        elif part == "/**":
            out.append(r"(?:/[^:]*)?")
        elif part == "**":
            out.append(r"[^:]*")
        else:
            out.append(re.escape(part))
    return re.compile("".join(out))


@dataclass(frozen=True, slots=True, eq=False)
class _Host:
    known: HostPattern
    vendor: Vendor
    host: str
    regex: re.Pattern[str]
    prefix: re.Pattern[str] | None

    def rank(self) -> tuple[int, int, str]:
        return self.known.pattern.count("*"), -len(self.known.pattern), self.known.pattern


def _wild(glob: str) -> str:
    """A regular expression for a glob whose `*` may also be met by an unknown stretch."""
    return ".*".join(re.escape(part) for part in glob.split("*"))


def _split(url: str) -> tuple[str, str]:
    """Lower-case host with port, and the path, of a URL, a template or a bare host."""
    text = url.strip().replace("{}", HOLE)
    _, marker, rest = text.partition("://")
    if marker:
        text = rest
    authority, slash, path = text.partition("/")
    for mark in "?#":
        if mark in authority:
            authority, path, slash = authority.partition(mark)[0], "", ""
    host = authority.rpartition("@")[2].lower()
    name, colon, port = host.rpartition(":") if re.search(r":[^\]]*\Z", host) else (host, "", "")
    if name in _LOCAL_HOSTS:
        name = "localhost"
    return name + colon + port, slash + path


def _host_matches(pattern: str, host: str, path: str) -> bool:
    wanted, slash, prefix = pattern.partition("/")
    bare = host if ":" in wanted else host.partition(":")[0]
    return fnmatchcase(bare, wanted) and (not slash or fnmatchcase(path, f"/{prefix}*"))


def _any_of(globs: Iterable[str]) -> re.Pattern[str]:
    """What some of the globs match; nothing where there are none."""
    return regex("|".join(translate(glob) for glob in sorted(set(globs))) or r"(?!)")


def _any_host(patterns: Iterable[str]) -> re.Pattern[str]:
    """What the host of some pattern looks like, ports left out: never narrower than `_host_matches`."""
    return _any_of(p.partition("/")[0].partition(":")[0] for p in patterns)


def _vendor_literals(vendor: Vendor) -> Iterator[str]:
    everyday = vendor.imports if vendor.common_word else vendor.everyday
    yield from _import_forms([name for name in vendor.imports if name in everyday], everyday=True)
    yield from _import_forms([name for name in vendor.imports if name not in everyday], everyday=False)
    yield from vendor.literals
    for package in vendor.packages.get("npm", ()):
        yield from (
            (f"'{package}'", f'"{package}"', f"'{package}/", f'"{package}/') if _everyday(package) else (package,)
        )
    for shape in vendor.lexical:
        yield from shape.imports
    for pattern in vendor.hosts:
        yield _longest_chunk(pattern.pattern)
    yield from vendor.key_env
    yield from vendor.base_url_env


def _everyday(package: str) -> bool:
    return package.isalpha()


def _import_forms(names: Iterable[str], everyday: bool) -> Iterator[str]:
    for name in names:
        if everyday:
            yield from (f"import {name}", f"from {name}")
        else:
            yield name


def _longest_chunk(glob: str) -> str:
    return max(glob.split("*"), key=len).strip("/.") if "*" in glob else glob

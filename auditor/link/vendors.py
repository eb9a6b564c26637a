"""Whose request a call sends: told by the address, the model, the provider, the key or the object that it is made on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.catalog.schema import Vendor
from auditor.lazily import regex
from auditor.link.addresses import OWN, PRIVATE, PUBLIC, STAND_IN, UNKNOWN, nature
from auditor.link.code import CallSite
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall, body_values, outcomes, role_texts
from auditor.link.roles import (
    Found,
    configured,
    resolve,
    setting_names,
    texts,
)
from auditor.link.values import (
    DictValue,
    Env,
    External,
    Known,
    Made,
    Member,
    Value,
    alternatives,
)

SENDERS = frozenset({"vendor", "gateway", "local"})
"""The categories of those who answer requests."""
_MAX_HELD = 40  # models of one registry
_HERE = regex(
    r"https?://(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)(?=[:/]|$)"
)  # whatever the port
_UNTOLD = (UNKNOWN, STAND_IN, OWN)  # addresses that say nothing of whose service it is


class Vendors:
    """Tells the vendors of one program's calls."""

    def __init__(self, program: Program) -> None:
        """Ask the catalog of a program."""
        self.program = program
        self.catalog = program.catalog
        self._strangers: dict[str, Vendor] = {}

    def model_texts(self, raw: RawCall) -> list[str]:
        """What the model's name may read."""
        found = role_texts(self.program, raw, "model")
        if not found and raw.wire is not None:
            found = [
                t for w in body_values(self.program, raw, "model") for t in texts(self.program, w.value, raw.context)
            ]
        return found or self._in_address(raw)

    @staticmethod
    def _in_address(raw: RawCall) -> list[str]:
        """The model that an address names: `…/models/gemini-2.5-flash:generateContent`."""
        before, star, after = raw.wire.model_path.partition("*") if raw.wire is not None else ("", "", "")
        address = raw.url.partition("?")[0]
        if not (star and before and after and before in address):
            return []
        name, found, _ = address.rpartition(before)[2].partition(after)
        name = name if found else ""
        return [name] if name and "/" not in name else []

    def of(self, raw: RawCall) -> Vendor | None:
        """Whose request it is: by base URL, model, provider or receiver, as the catalog says; else the SDK's own."""
        own = self.catalog.vendor(raw.shape.vendor if raw.shape else raw.vendor)
        way = raw.shape.vendor_from if raw.shape else ""
        if way in ("", "receiver"):
            base = raw.receiver
            while isinstance(base, Made):
                way = (
                    (base.shape.vendor_from if base.shape else "")
                    or (base.type.vendor_from if base.type else "")
                    or way
                )
                if way not in ("", "receiver"):
                    break
                base = base.receiver
        found: Vendor | None = None
        if way == "base_url":
            found = self._by_base_url(raw, own)
        elif way == "model":
            urls = role_texts(self.program, raw, "base_url")
            found = self._by_address(raw, urls, None) or self._by_model(raw)
            found = found or self._by_key(raw) or self._by_address_name(raw)
            sdk = found or own
            if sdk is not None and sdk.billed and not urls and (found is None or self.model_texts(raw)):
                found = self._by_variable(raw, sdk) or found
        elif way == "provider":
            names = [*role_texts(self.program, raw, "provider"), *self._provider_members(raw)]
            found = next((v for t in names if (v := self.catalog.vendor_of_provider(t))), None)
            found = found or self._by_model_text(raw)
            if found is not None and found.billed:
                urls = role_texts(self.program, raw, "base_url")
                found = (self._by_address(raw, urls, found) if urls else self._by_variable(raw, found)) or found
        elif way == "receiver" and raw.receiver is not None:
            found = self._vendor_of_object(raw.receiver, 0)
        return found or own

    def _provider_members(self, raw: RawCall) -> Iterator[str]:
        """The names of what an enumeration lists: `ModelPlatformType.ANTHROPIC`."""
        for *_, ways in outcomes(self.program, raw, "provider"):
            for way in ways:
                for one, _ in resolve(self.program, way.value, raw.context) if isinstance(way, Found) else ():
                    name = one.symbol.rpartition(".")[2] if isinstance(one, External) else ""
                    if name.isupper():
                        yield name

    def _by_base_url(self, raw: RawCall, own: Vendor | None) -> Vendor | None:
        urls = role_texts(self.program, raw, "base_url")
        found = self._by_address(raw, urls, own)
        if found is not None:
            return found
        if urls and all(nature(u)[0] in _UNTOLD for u in urls):
            placed = next(
                (v for u in urls if (v := self.catalog.vendor_of_path(u.partition("://")[2] or u)) is not None), None
            )
            if placed is not None and placed.openai_compatible and own is not None and placed is not own:
                return placed
            named = self._by_key(raw) or self._by_address_name(raw) or self._by_prefix(raw, own)
            return named or self._by_served_model(raw, own)
        if not urls:
            hidden = any(
                not isinstance(w, Found) and getattr(w, "why", "")
                for *_, ways in outcomes(self.program, raw, "base_url")
                for w in ways
            )
            if hidden:
                return self._by_key(raw) or self._by_served_model(raw, own)
            # Without an address the SDK takes the one that its own variable holds.
            return self._by_variable(raw, own)
        return None

    def _by_variable(self, raw: RawCall, own: Vendor | None) -> Vendor | None:
        """Whose address the SDK's own environment variable holds."""
        given = [u for n in (own.base_url_env if own else ()) if (u := configured(self.program, n, raw.at.path))]
        return self._by_address(raw, given, own)

    def _by_address(self, raw: RawCall, urls: list[str], own: Vendor | None) -> Vendor | None:
        """Whose addresses these are: the catalog's, else a stranger's, else a server of one's own."""
        known = [h[0] for u in urls if (h := self.catalog.vendor_of_url(u)) is not None and h[0].category in SENDERS]
        if known:
            return next((v for v in known if v.billed), known[0])
        natures = [nature(u) for u in urls]
        stranger = next((name for kind, name in natures if kind == PUBLIC), "")
        if stranger:
            return self.stranger(stranger, own)
        if any(_HERE.match(u) for u in urls):
            return self.catalog.vendor("local")
        private = next((name for kind, name in natures if kind == PRIVATE), None)
        return None if private is None else self.private(raw, private, own)

    def stranger(self, name: str, like: Vendor | None) -> Vendor:
        """A host that the catalog does not know, behind an SDK or a path that it does."""
        if name not in self._strangers:
            wires = like.wires if like else ()
            self._strangers[name] = Vendor(
                f"other:{name}", name, "vendor", f"other:{name}", openai_compatible=True, wires=wires
            )
        return self._strangers[name]

    def private(self, raw: RawCall, name: str, own: Vendor | None) -> Vendor | None:
        """A server in one's own network: by its name, or a local one unless it serves a vendor's own models."""
        named = self.catalog.vendor_of_provider(name)
        if named is not None and named.category in ("local", "gateway"):
            return named
        if own is not None and any(self.catalog.vendor_of_model(t) is own for t in self.model_texts(raw)):
            return None
        return self.catalog.vendor("local")

    def _by_address_name(self, raw: RawCall) -> Vendor | None:
        """The environment variable of the address may name the vendor (`DEEPSEEK_BASE_URL`)."""
        for _, _, _, ways in outcomes(self.program, raw, "base_url"):
            for way in ways:
                for name in self._names_in(way.value) if isinstance(way, Found) else ():
                    vendor = self.catalog.vendor_of_address_env(name)
                    if vendor is not None and vendor.category in SENDERS:
                        return vendor
        return None

    def _names_in(self, value: Value) -> Iterator[str]:
        """The environment variables in a value, and the names that it has in a configuration file."""
        yield from _environment_in(value, 0)
        for one in alternatives(value):
            yield from (name.upper() for name in setting_names(self.program, one))

    def _by_key(self, raw: RawCall) -> Vendor | None:
        """The environment variable of the key tells the vendor where the address does not."""
        for _, _, _, ways in outcomes(self.program, raw, "api_key"):
            for way in ways:
                if isinstance(way, Found) and isinstance(way.value, Env):
                    vendor = self.catalog.vendor_of_env(way.value.name)
                    if vendor is not None and vendor.category in SENDERS:
                        return vendor
        return None

    def _by_prefix(self, raw: RawCall, own: Vendor | None) -> Vendor | None:
        for text in self.model_texts(raw):
            if "/" in text and "\0" not in text and own is not None:
                vendor = self.catalog.vendor_of_model(text)
                if vendor is not None and vendor.openai_compatible and vendor.id == own.id:
                    return vendor
        return None

    def _by_served_model(self, raw: RawCall, own: Vendor | None) -> Vendor | None:
        """Behind an address that is not told: the one vendor whose own name for a model is asked for (`deepseek-chat`)."""
        plain_names = [t for t in self.model_texts(raw) if not set("\0/:") & set(t)]
        found = {v.id: v for t in plain_names if (v := self.catalog.vendor_of_model(t)) is not None}
        vendor = next(iter(found.values())) if len(found) == 1 else None
        if vendor is None or own is None or vendor is own or not vendor.billed or vendor.category != "vendor":
            return None
        return vendor if vendor.openai_compatible else None

    def _by_model(self, raw: RawCall) -> Vendor | None:
        """The vendor of the model object; where several are possible, one that costs money rather than a local one."""
        local, unknown = None, False
        for _, _, _, ways in outcomes(self.program, raw, "model"):
            for way in ways:
                if not isinstance(way, Found):
                    continue
                for one, _ in resolve(self.program, way.value, raw.context):
                    vendor = self._vendor_of_object(one, 0)
                    if vendor is not None and vendor.billed:
                        return vendor
                    local = local or vendor
                    unknown = unknown or (vendor is None and isinstance(one, Made))
        return self._by_model_text(raw) if local is None or unknown else local

    def _by_model_text(self, raw: RawCall) -> Vendor | None:
        gateway = getattr(raw.shape, "text_model_vendor", "")
        base = raw.receiver
        while not gateway and isinstance(base, Made):
            gateway = base.type.text_model_vendor if base.type else ""
            base = base.receiver
        for text in role_texts(self.program, raw, "model"):
            if gateway:
                return self.catalog.vendor(gateway)
            vendor = self.catalog.vendor_of_model(text) if "\0" not in text[:1] else None
            if vendor is not None:
                return vendor
        return None

    def _vendor_of_object(self, value: Value, depth: int) -> Vendor | None:
        """The vendor behind a model object."""
        if depth > 5:
            return None
        if isinstance(value, Member):
            return self._vendor_of_object(value.base, depth + 1)
        if isinstance(value, External):  # a provider that the SDK makes itself: `openai`
            known = self.catalog.call_of("javascript", value.symbol)
            return self.catalog.vendor(known.vendor) if known is not None else None
        if not isinstance(value, Made):
            return None
        if isinstance(value.receiver, Made) and value.receiver.type is not None and value.receiver.type.holds:
            return self._picked(value, value.receiver, depth)
        shape = value.shape or value.type
        if shape is not None:
            site = self.program.site_of(value.call) or CallSite(value.scope.path, value.scope, value.call)
            for path in value.type.wraps if value.type else ():  # another client inside knows better where it sends
                inner = self.program.argument_at(value.call, value.scope, path)
                for one in alternatives(self.program.expand(inner)) if inner is not None else ():
                    found = self._vendor_of_object(one, depth + 1)
                    if found is not None:
                        return found
            vendor = self.of(RawCall(site, shape.vendor, "", "", value.symbol, "", shape, receiver=value.receiver))
            if vendor is not None and vendor.category in SENDERS:
                return vendor
        if value.receiver is not None:
            return self._vendor_of_object(value.receiver, depth + 1)
        return None

    def _picked(self, value: Made, holder: Made, depth: int) -> Vendor | None:
        """The vendor of what a registry gives for a name (`registry.languageModel("openai:gpt-4o")`).

        Where the name is not known, one of those that it holds which costs money.
        """
        name = self.program.argument_at(value.call, value.scope, "#0")
        ids = [t for one in alternatives(name) for t in texts(self.program, one, ())] if name is not None else []
        held: list[tuple[str, Value]] = []
        for path in holder.type.holds if holder.type else ():
            given = self.program.argument_at(holder.call, holder.scope, path)
            for one in alternatives(self.program.expand(given)) if given is not None else ():
                if isinstance(one, DictValue):
                    held += [(str(pair.key), pair.value) for pair in one.entries[:_MAX_HELD]]
        told = [v for key, v in held if any(t == key or re.match(rf"{re.escape(key)}\W", t) for t in ids)]
        rest = [] if told else [v for _, v in held]
        for path in holder.type.wraps if holder.type and not told else ():
            spare = self.program.argument_at(holder.call, holder.scope, path)
            rest += list(alternatives(self.program.expand(spare))) if spare is not None else []
        vendors = [
            vendor
            for part in (told or rest)
            for one in alternatives(self.program.expand(part))
            if (vendor := self._vendor_of_object(one, depth + 1)) is not None
        ]
        return next((v for v in vendors if v.billed), vendors[0] if vendors else None)

    def by_header(self, raw: RawCall) -> Vendor | None:
        """Whose key an HTTP request's headers hold, by the environment variable that it comes from."""
        for _, _, _, ways in outcomes(self.program, raw, "headers"):
            for way in ways:
                if isinstance(way, Found):
                    for env in _environment_in(way.value, 0):
                        vendor = self.catalog.vendor_of_env(env)
                        if vendor is not None and vendor.category in SENDERS:
                            return vendor
        return None


def _environment_in(value: Value, depth: int) -> Iterator[str]:
    if depth > 4:
        return
    for one in alternatives(value):
        match one:
            case Env(name=name):
                yield name
            case DictValue(entries=entries):
                for entry in entries:
                    yield from _environment_in(entry.value, depth + 1)
            case _ if hasattr(one, "parts"):
                for part in one.parts:
                    if isinstance(part, Value):
                        yield from _environment_in(part, depth + 1)
            case Known():
                continue
            case _:
                continue

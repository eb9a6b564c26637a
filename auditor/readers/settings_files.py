"""Configuration files that choose models, hosts and limits: what they depend on and which limits they state.

Reads values, line by line, out of YAML, JSON, TOML and dotenv files; comments and prose are not looked at. Whether the
program reads a value is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from auditor.catalog.index import Catalog
from auditor.lazily import regex
from auditor.model.facts import Control, FreeTier, Reseller
from auditor.model.location import Span
from auditor.readers.agent_settings import is_agent_settings, read_redirections
from auditor.source.tree import Entry

_VALUE = regex(r"""([\w.-]+)["']?\s*[:=]\s*["']?([^\s"'#,}\]]+)""")
_CHOOSES_HOST = regex(r"(?i)(?:base|api|url|endpoint|host|proxy|server|address)")
_CHOOSES_MODEL = regex(r"(?i)model|engine|llm|deployment|default|primary|fallback")
_HOST = regex(r"^(?:https?|wss?)://([^/\s\"'`{}<>?#]+)", re.IGNORECASE)
_MODEL = regex(r"^[\w.-]+(?:/[\w.:-]+)+$")
_LITELLM = regex(r"^\s*(model_list|litellm_settings|router_settings|litellm_params)\s*:", re.MULTILINE)
_LITELLM_KEYS = {
    "max_budget": "budget-cap",
    "fallbacks": "fallback-config",
    "default_fallbacks": "fallback-config",
    "context_window_fallbacks": "fallback-config",
    "alerting": "alert",
    "rpm": "rate-limit",
    "model_list": "gateway-config",
}
_MAX_LINE = 2000
_ADDRESS = regex(
    r"""(?:^|[{,])[ \t]*(?:-[ \t]+|export[ \t]+|ENV[ \t]+|ARG[ \t]+)?["']?"""
    r"""([A-Za-z][A-Za-z0-9_]*(?:URL|BASE|ENDPOINT|HOST|URI|url|base|endpoint|host|uri))"""
    r"""["']?(?:[ \t]*[:=][ \t]*|[ \t]+)["']?(?:\$\{\w+:-)?(https?://[^\s"'#,<>{}$\\@?]+)(?=["'},;\s]|$)""",
    re.MULTILINE,
)
_MAX_ADDRESSES = 200

ADDRESSED = rb"(?i:URL|BASE|ENDPOINT|HOST|URI)[\"']?(?:[ \t]*[:=][ \t]*|[ \t]+)[\"']?(?:\$\{\w+:-)?https?://"
"""What every text in which `read_addresses` finds one matches; for a linear engine."""


def read_addresses(text: str) -> tuple[tuple[str, str], ...]:
    """The addresses that a configuration file or template gives to names (`OPENAI_BASE_URL=https://…`), in order.

    Never one with a user, a password or a query in it.
    """
    found = (match.groups() for _, match in zip(range(_MAX_ADDRESSES), _ADDRESS.finditer(text), strict=False))
    return tuple((name, address.rstrip("/;")) for name, address in found)


def may_limit(entry: Entry, data: bytes) -> bool:
    """Whether a file may state a gateway's limits, or the host that agents are to send to."""
    if is_agent_settings(entry.path):
        return True
    return entry.language == "yaml" and (b"model_list" in data or b"litellm" in data or b"router_settings" in data)


def read_settings(
    entry: Entry, text: str, catalog: Catalog, depends: Callable[[bytes], bool] = lambda data: True
) -> tuple[tuple[FreeTier, ...], tuple[Reseller, ...], tuple[Control, ...]]:
    """Free tiers, resellers and gateway limits that a configuration file names; one row a line.

    `depends` says of a line whether it may name a free tier or a reseller: most of large files do not.
    """
    tiers: list[FreeTier] = []
    resellers: list[Reseller] = [*read_redirections(entry, text, catalog)]
    controls: list[Control] = []
    gateway = entry.language == "yaml" and bool(_LITELLM.search(text))
    for number, line in enumerate(text.splitlines(), 1):
        if "/" not in line and not gateway:
            continue  # neither a host nor a free model's name
        if len(line) > _MAX_LINE or line.lstrip().startswith(("#", "//")):
            continue
        if not (gateway or depends(line.encode("utf-8", "replace"))):
            continue
        for match in _VALUE.finditer(line):
            key, value = match.groups()
            if "/" not in value:
                continue
            at = Span(entry.path, number, match.start(2), number, match.end())
            # The key says whether the value chooses something; a list of sources or links chooses nothing.
            host = _HOST.match(value) if _CHOOSES_HOST.search(key) else None
            tier = None
            if host:
                name = host.group(1).lower()
                tier = catalog.free_tier_of(host=name)
                reseller = catalog.reseller_of(name)
                if reseller is not None:
                    resellers.append(Reseller(at, name, reseller.why, entry.role))
            elif _MODEL.match(value) and _CHOOSES_MODEL.search(key):
                tier = catalog.free_tier_of(model=value)
            if tier is not None:
                tiers.append(
                    FreeTier(
                        at,
                        catalog.inventory_name(tier.vendor).removeprefix("other:"),
                        tier.why,
                        entry.role,
                        tier.retired,
                        tier.certainty,
                        tier.may_train,
                    )
                )
                break
        if gateway:
            key = line.strip().lstrip("- ").partition(":")[0].strip()
            if key in _LITELLM_KEYS:
                controls.append(Control(Span(entry.path, number), _LITELLM_KEYS[key], f"LiteLLM {key}"))
    return _first_of_each(tiers), tuple(resellers), tuple(controls)


def _first_of_each(tiers: list[FreeTier]) -> tuple[FreeTier, ...]:
    """A configuration file that lists free models depends on the free tier once."""
    found: dict[tuple[str, str], FreeTier] = {}
    for tier in tiers:
        found.setdefault((tier.provider, tier.why), tier)
    return tuple(found.values())

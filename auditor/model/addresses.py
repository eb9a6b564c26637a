"""What an address says by itself, where the catalog knows no vendor of it: private, a stand-in, own, or a stranger's.

Knows how hosts are spelled. Knows no vendor and asks nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from auditor.lazily import regex

HOLE = "\0"
PRIVATE, STAND_IN, OWN, PUBLIC, UNKNOWN = "private", "stand-in", "own", "public", "unknown"

_ADDRESS = regex(r"^(?:[a-z][\w+.-]*:)?//(?:[^/@\s]*@)?(\[[0-9a-f:]+\]|[^/:?#\s]+)(?::(\d+))?", re.IGNORECASE)
_BARE = regex(r"^([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})(?::(\d+))?(?:[/?#]|$)", re.IGNORECASE)
_PRIVATE_IP = regex(
    r"^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0$|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)"
)
_PRIVATE_END = (".local", ".localhost", ".internal", ".lan", ".home", ".svc", ".intranet", ".corp", ".home.arpa")
# Words that stand for "put yours here"; RFC 2606 and 6761 reserve the endings.
_STAND_IN = regex(
    r"(?:^|\.)(?:example|yours?|your[-_][^.]*|my[-_]?(?:endpoint|resource|domain|host|company|instance|server|api)|xx+|foo|bar|"
    r"changeme|placeholder|domain|hostname|some|company|dummy|fake|mock|test)(?:\.|$)|\.(?:test|invalid|example)$|[<>{}$%*]",
    re.IGNORECASE,
)
# Where everybody can run a program of their own under a name of the platform's: the address tells nothing of whose it is.
_PLATFORMS = (
    "workers.dev", "pages.dev", "vercel.app", "netlify.app", "herokuapp.com", "railway.app", "onrender.com", "fly.dev",
    "fly.io", "hf.space", "run.app", "cloudfunctions.net", "azurewebsites.net", "azurecontainerapps.io", "azure-api.net",
    "ngrok.io", "ngrok.app", "ngrok-free.app", "ngrok-free.dev", "trycloudflare.com", "loca.lt", "deno.dev", "deno.net",
    "repl.co", "replit.app", "replit.dev", "amazonaws.com", "on.aws", "cloudfront.net", "supabase.co", "web.app",
    "firebaseapp.com", "appspot.com", "glitch.me", "zeabur.app", "koyeb.app", "modal.run", "gitpod.io", "github.dev",
    "ts.net", "duckdns.org", "sslip.io", "nip.io", "val.run", "edgeone.app", "lhr.life", "serveo.net", "up.railway.app",
)  # fmt: skip
_SECOND_LEVEL = frozenset({"com", "co", "net", "org", "ac", "gov", "edu", "or", "ne", "go", "in", "eu"})


@lru_cache(maxsize=4096)
def nature(url: str) -> tuple[str, str]:
    r"""What kind of place an address names, and a short name for it: `("public", "link-ai")` for `https://api.link-ai.tech/v1`.

    The kinds: private (this machine or network), stand-in (to be replaced), own (somebody's own deployment on a platform),
    public, unknown (the host is not spelled out; `\0` marks unknown stretches).
    """
    match = _ADDRESS.match(url) or _BARE.match(url)
    if match is None:
        return UNKNOWN, ""
    host = match[1].lower().rstrip(".")
    if HOLE in host:
        return UNKNOWN, ""
    if host.startswith("[") or _PRIVATE_IP.match(host):
        return PRIVATE, ""
    if "." not in host or host.endswith(_PRIVATE_END) or ".svc." in host:
        return PRIVATE, host.partition(".")[0]
    if _STAND_IN.search(host):
        return STAND_IN, ""
    if re.fullmatch(r"[\d.]+", host):
        return OWN, ""
    if any(host == p or host.endswith("." + p) for p in _PLATFORMS):
        return OWN, host.partition(".")[0]
    return PUBLIC, _name(host)


def settled(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What a repository's configuration gives to each name; a name with several values has none, a stand-in is no value."""
    found: dict[str, set[str]] = {}
    for name, address in pairs:
        if nature(address)[0] != STAND_IN:
            found.setdefault(name, set()).add(address)
    return {name: next(iter(values)) for name, values in sorted(found.items()) if len(values) == 1}


def host_of(url: str) -> str:
    """The host that an address spells out, in lower case; "" where it does not."""
    match = _ADDRESS.match(url) or _BARE.match(url)
    return match[1].lower() if match and HOLE not in match[1] else ""


def _name(host: str) -> str:
    """The label that was registered: `link-ai` of `api.link-ai.tech`, `acme` of `llm.acme.co.uk`."""
    labels = host.split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL:
        labels = labels[:-1]
    return labels[-2]

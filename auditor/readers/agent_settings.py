"""Settings of coding agents, editors and MCP servers: the addresses that send a vendor's traffic to a stranger.

Such files work for whoever opens the repository: one line moves everybody's prompts, code and key to another host. Knows
where these tools keep their settings and how they spell an address; a host is called strange where the catalog knows
no vendor, gateway or reseller of it, and nothing in it says that it is this machine, this network or a stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.catalog.index import Catalog
from auditor.lazily import regex
from auditor.model.addresses import OWN, PUBLIC, host_of, nature
from auditor.model.facts import Reseller, Role
from auditor.model.location import Span
from auditor.source.tree import Entry

__all__ = ["is_agent_settings", "read_redirections"]

_FILE = regex(
    r"(?:^|/)\.(?:aider|amazonq|augment|claude|cline|codeium|codex|continue|copilot|cursor|devcontainer|gemini|idea|junie|kilocode|"
    r"kiro|mcp|opencode|qwen|roo|trae|vscode|windsurf|zed)/(?:.*/)?[^/]+\.(?:jsonc?|json5|toml|ya?ml)$|"
    r"(?:^|/)(?:[\w.-]*mcp[\w.-]*|opencode|crush|\.?devcontainer|claude_desktop_config|\.claude)\.jsonc?$|"
    r"(?:^|/)\.(?:aider\.conf\.ya?ml|roomodes|mcp\.toml)$"
)
# `"ANTHROPIC_BASE_URL": "https://…"`, `"-e", "OPENAI_BASE_URL=https://…"`, `"openai.baseUrl": "https://…"`
_ADDRESS = regex(
    r"""(?<![\w.])(?P<name>[A-Za-z][\w.\-]{3,60})["']?[ \t]*(?:[:=][ \t]*|,[ \t]*(?=["']https?:))["']?(?P<url>https?://[^\s"',<>{}$\\]+)"""
)
_MAX_BYTES = 2_000_000


def is_agent_settings(path: str) -> bool:
    """Whether a file sets up coding agents, editors or MCP servers."""
    return _FILE.search(path) is not None


def read_redirections(entry: Entry, text: str, catalog: Catalog) -> Iterator[Reseller]:
    """The addresses given to a vendor's own variable that are neither the vendor's nor anybody's known here."""
    if entry.role is Role.TEST or not is_agent_settings(entry.path) or len(text) > _MAX_BYTES:
        return
    for number, line in enumerate(text.splitlines(), 1):
        if "://" not in line or line.lstrip().startswith(("#", "//")):
            continue
        for match in _ADDRESS.finditer(line):
            url = match["url"]
            vendor = catalog.vendor_of_address_env(_variable(match["name"]))
            if vendor is None or vendor.category != "vendor" or not vendor.base_url:
                continue  # what everybody runs for himself has no address of its own
            host = host_of(url)
            if catalog.vendor_of_url(url) or catalog.reseller_of(host) or nature(url)[0] not in {PUBLIC, OWN}:
                continue
            at = Span(entry.path, number, match.start("url"), number, match.end("url"))
            why = f"unknown host; it gets what this repository's users send to {vendor.title}, their key included"
            yield Reseller(at, host, why, entry.role, certainty="low")


def _variable(name: str) -> str:
    """A setting's name spelled as a variable: `openAi.baseUrl` -> OPENAI_BASE_URL."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    upper = re.sub(r"[^A-Z0-9]+", "_", spaced.upper()).strip("_")
    return upper.replace("OPEN_AI", "OPENAI").replace("API_BASE_URL", "BASE_URL")

"""Makes the text of `llm_client.py` for a repository: the module of `client/` with its settings filled in."""

from __future__ import annotations

import re
from dataclasses import field
from importlib import resources

from auditor.lazily import dataclass, regex

MARKER = "auditor-client: 1"
"""Stands in every generated module; linking recognises the guard by it."""

_BLOCK = regex(r"^# --- settings .*?^# --- end of settings$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """The defaults of a generated module. Prices: US dollars per million input and output tokens, by model id."""

    fallback_base_url: str = "https://openrouter.ai/api/v1"
    fallback_model: str = "openai/gpt-4o-mini"
    fallback_key_env: str = "OPENROUTER_API_KEY"
    monthly_budget_usd: float = 50.0
    alert_at: float = 0.8
    timeout_s: float = 60.0
    deadline_s: float = 150.0
    retries: int = 1
    max_output_tokens: int = 4096
    prices: tuple[tuple[str, float, float], ...] = field(default=())


def client_module(settings: ClientSettings) -> str:
    """The source of the module. Deterministic: no date, no version of the tool."""
    text = resources.files("auditor.rewrite.client").joinpath("llm_client.py").read_text("utf-8")
    rows = "".join(f"    {name!r}: ({reads:g}, {writes:g}),\n" for name, reads, writes in sorted(settings.prices))
    block = (
        f"# --- settings ({MARKER})\n"
        f"FALLBACK_BASE_URL = {_quoted(settings.fallback_base_url)}\n"
        f"FALLBACK_MODEL = {_quoted(settings.fallback_model)}\n"
        f"FALLBACK_KEY_ENV = {_quoted(settings.fallback_key_env)}\n"
        f"MONTHLY_BUDGET_USD = {settings.monthly_budget_usd!r}\n"
        f"ALERT_AT = {settings.alert_at!r}\n"
        f"TIMEOUT_S = {settings.timeout_s!r}\n"
        f"DEADLINE_S = {settings.deadline_s!r}\n"
        f"RETRIES = {settings.retries!r}\n"
        f"MAX_OUTPUT_TOKENS = {settings.max_output_tokens!r}\n"
        "# US dollars per million tokens: model id -> (input, output); others are priced at UNKNOWN_PRICE.\n"
        + (f"PRICES = {{\n{rows}}}\n" if rows else "PRICES = {}\n")
        + "UNKNOWN_PRICE = (15.0, 75.0)\n"
        "# --- end of settings"
    )
    return _BLOCK.sub(lambda _: block, text, count=1)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

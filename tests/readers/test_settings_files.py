"""Configuration files: what a value chooses, told by its key."""

from __future__ import annotations

import pytest

from auditor.catalog.load import load_catalog
from auditor.readers.settings_files import read_settings
from auditor.source.memory import entry_of

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("path", "text", "tiers", "resellers"),
    [
        ("c.yaml", "model: m/x:free\n", 1, 0),
        ("c.json", '{"defaultModel": "m/x:free"}\n', 1, 0),
        (".env", "LLM_MODEL=m/x:free\n", 1, 0),
        ("c.yaml", "# model: m/x:free\n", 0, 0),
        ("c.yaml", "title: m/x:free\n", 0, 0),
        ("c.yaml", "base_url: https://api.chatanywhere.tech/v1\n", 0, 1),
        (".env", "OPENAI_BASE_URL=https://api.chatanywhere.tech\n", 0, 1),
        ("c.yaml", "sources: [https://api.chatanywhere.tech/docs]\n", 0, 0),
        ("c.yaml", "source: https://api.chatanywhere.tech/docs\n", 0, 0),
        ("c.yaml", "base_url: https://api.openai.com/v1\n", 0, 0),
    ],
)
def test_dependence(path: str, text: str, tiers: int, resellers: int) -> None:
    found = read_settings(entry_of(path, len(text)), text, CATALOG)
    assert (len(found[0]), len(found[1])) == (tiers, resellers)


def test_litellm_limits() -> None:
    text = "model_list:\n  - model_name: a\nlitellm_settings:\n  max_budget: 20\n  fallbacks: []\n"
    controls = read_settings(entry_of("litellm.yaml", len(text)), text, CATALOG)[2]
    assert {c.kind for c in controls} >= {"budget-cap", "gateway-config"}

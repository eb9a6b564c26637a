"""Requests in shell commands."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.catalog.index import Catalog
from auditor.catalog.load import load_catalog
from auditor.model.facts import Role
from auditor.readers.shell_calls import read_shell_calls
from auditor.source.tree import Entry


@cache
def catalog() -> Catalog:
    return load_catalog()


CHAT = "https://api.openai.com/v1/chat/completions"
CASES = [
    (
        f'#!/bin/sh\nset -e\nanswer=$(curl -s {CHAT} \\\n  -H "Authorization: Bearer $K" \\\n  -d "$body")\n',
        [(3, "openai", False, False, "none")],
    ),
    (
        f'curl --max-time 30 --retry 3 \'{CHAT}\' -d \'{{\n "model": "gpt-4o",\n "max_tokens": 10\n}}\'\n',
        [(1, "openai", True, True, "explicit")],
    ),
    (
        'URL="https://openrouter.ai/api/v1"\ncurl "$URL/chat/completions" -d @b\n',
        [(2, "openrouter", False, False, "none")],
    ),
    (
        "jobs:\n  a:\n    steps:\n      - run: |\n"
        '          curl "https://generativelanguage.googleapis.com/v1/models/gemini-pro:generateContent?key=${{ secrets.K }}" -d @b\n',
        [(5, "google", False, False, "none")],
    ),
    (f"# curl {CHAT}\n", []),
    (f'echo "curl {CHAT}"\n', []),
    (f"allowed={CHAT}\n", []),
    ("curl https://api.openai.com/v1/models\n", []),
    ("curl https://example.com/v1/chat/completions\n", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_commands(text: str, expected: list[tuple[int, str, bool, bool, str]]) -> None:
    found = read_shell_calls(Entry("a.sh", len(text), "shell", Role.APP), text, catalog())
    assert [(c.at.line, c.vendor, c.output_cap, c.timeout, c.retry) for c in found] == expected


@pytest.mark.parametrize("role", [Role.TEST, Role.DOCS])
def test_tests_and_prose_send_nothing(role: Role) -> None:
    assert read_shell_calls(Entry("a.sh", 1, "shell", role), CASES[0][0], catalog()) == ()


@given(st.sampled_from([text for text, _ in CASES]), st.integers(0, 200), st.text("\\\n\"'$ {}curl", max_size=20))
@settings(max_examples=200, deadline=None)
def test_reading_is_total(text: str, cut: int, noise: str) -> None:
    read_shell_calls(Entry("a.sh", 1, "shell", Role.APP), text[:cut] + noise + text[cut:], catalog())

"""Which settings are limits of model calls, and how a program may name them."""

from __future__ import annotations

import pytest

from auditor.readers.limits import spellings, stated_limits

LIMITS = """\
MAX_TOKENS=500
DAILY_REQUEST_LIMIT="50"
- MONTHLY_BUDGET_USD=$20
export OPENAI_TIMEOUT=30  # seconds
  messages_per_user: 10
  "rate_limit": 5,
MAX_REQUESTS_PER_MINUTE=15
"""
NONE = """\
MAX_UPLOAD_SIZE=5
MAX_CONNECTIONS=10
DAILY_LIMIT=0
MAX_TOKENS=
# MAX_TOKENS=500
RATE_LIMIT=off
PORT=3000
LITELLM_MAX_BUDGET=5
SESSION_TTL=60
"""


@pytest.mark.parametrize("line", LIMITS.splitlines())
def test_limits(line: str) -> None:
    assert len(list(stated_limits(".env.example", line))) == 1


@pytest.mark.parametrize("line", NONE.splitlines())
def test_what_is_none(line: str) -> None:
    assert list(stated_limits(".env.example", line)) == []


def test_the_place_is_the_pair() -> None:
    ((name, at),) = stated_limits("a/.env", "X=1\n  MAX_TOKENS=500\n")
    assert (name, at.path, at.line, at.column) == ("MAX_TOKENS", "a/.env", 2, 2)


@pytest.mark.parametrize("form", ["APP_MAX_TOKENS", "max_tokens", "maxTokens", "app_max_tokens", "MAX_TOKENS"])
def test_spellings(form: str) -> None:
    assert form in spellings("APP_MAX_TOKENS")


def test_a_bare_word_is_no_spelling() -> None:
    assert "tokens" not in spellings("MAX_TOKENS")
    assert "limit" not in spellings("RATE_LIMIT")

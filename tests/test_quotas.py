"""Requests, tokens and credits against published free limits: what is used, when it is gone, and what is not known."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli.cost import table
from auditor.config import Config, Traffic
from auditor.cost import InstalledPrices, Price, as_data, estimate
from auditor.model.facts import Quota
from auditor.model.repo import Repo
from auditor.pipeline import audit, build_repo, default_catalog
from auditor.quotas import with_quotas
from auditor.source.memory import MemoryTree

GROQ = """
from groq import Groq

client = Groq()
{before}client.chat.completions.create(model="llama-3.3-70b-versatile", messages=[]{cap})
"""
FREE = """
from openai import OpenAI

client = OpenAI(base_url="https://openrouter.ai/api/v1")
client.chat.completions.create(model="meta-llama/llama-3.1-8b-instruct:free", messages=[], max_tokens=100)
"""
PROFILE = Config(traffic={"default": Traffic(10, 1000, 100)})


def files(code: str, when: str = "*/5 * * * *") -> MemoryTree:
    return MemoryTree({"crontab": f"{when} python job.py\n", "job.py": code})


def repo_of(code: str, when: str = "*/5 * * * *", config: Config = PROFILE) -> Repo:
    return build_repo(files(code, when), default_catalog(), config)


def quota(repo: Repo, unit: str, period: str) -> Quota:
    (schedule,) = repo.schedules
    (found,) = [q for q in schedule.quotas if (q.unit, q.period) == (unit, period)]
    return found


def test_tokens_a_day_are_burned_down() -> None:
    found = quota(repo_of(GROQ.format(before="", cap=", max_tokens=200")), "tokens", "day")
    assert (found.used, found.limit) == (288 * 1200, 100_000)
    assert found.exhausted_at == "06:55 UTC"  # the 84th run of 1,200 tokens, five minutes apart
    assert "345,600 tokens a day (1 call a run x (1,000 input + 200 output cap))" in found.text
    assert "100,000 free tokens a day of groq: exhausted at 06:55 UTC" in found.text
    assert found.text.startswith("if the account is on the free plan: ")
    assert not found.plan_known


def test_tokens_within_the_limit_pass() -> None:
    repo = repo_of(GROQ.format(before="", cap=", max_tokens=200"), "0 6 * * *")
    assert not [q.text for q in repo.schedules[0].quotas if q.exceeded or q.unknown]


def test_an_input_that_no_profile_tells_is_said_to_be_assumed() -> None:
    found = quota(repo_of(GROQ.format(before="", cap=", max_tokens=200"), config=Config()), "tokens", "day")
    assert found.used == 288 * 1700
    assert "1,500 input, assumed" in found.text


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (GROQ.format(before="", cap=""), "no output cap"),
        (
            GROQ.format(before="for line in open('posts'):\n    ", cap=", max_tokens=200"),
            "number of calls in a run has no known bound",
        ),
    ],
)
def test_unknown_tokens_are_unknown_and_never_a_pass(code: str, why: str) -> None:
    tree = files(code, "0 6 * * *")
    repo = build_repo(tree, default_catalog(), PROFILE)
    found = quota(repo, "tokens", "day")
    assert found.used is None
    assert why in found.unknown
    assert why in table(estimate(repo, PROFILE, InstalledPrices()))
    (told,) = [told for check, _, told in audit(tree, PROFILE).unknowns if check == "schedule-exceeds-free-quota"]
    assert "groq" in told


def test_even_the_least_can_be_too_much() -> None:
    found = quota(repo_of(GROQ.format(before="", cap="")), "tokens", "day")
    assert found.used is None
    assert found.least == 288 * 1000
    assert found.exceeded
    assert found.exhausted_at == "08:20 UTC"  # the 101st run
    assert "at least 288,000 tokens a day" in found.text


def test_a_burst_of_tokens_within_a_minute() -> None:
    found = quota(
        repo_of(GROQ.format(before="for _ in range(20):\n    ", cap=", max_tokens=200"), "0 6 * * *"),
        "tokens",
        "minute",
    )
    assert (found.used, found.limit, found.exceeded) == (20 * 1200, 12_000, True)


def test_copies_of_a_job_count() -> None:
    workflow = """
on:
  schedule:
    - cron: "0 * * * *"
jobs:
  ask:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        topic: [a, b, c]
    steps:
      - run: python job.py
"""
    repo = build_repo(MemoryTree({".github/workflows/ask.yml": workflow, "job.py": FREE}), default_catalog())
    assert quota(repo, "requests", "day").used == 72


# --------------------------------------------------------------------------- credits

CREDIT = """
from openai import OpenAI

client = OpenAI(base_url="{host}")
client.chat.completions.create(model="{model}", messages=[]{cap})
"""
ONCE = ("https://api.hyperbolic.xyz/v1", "known")
MONTHLY = ("https://router.huggingface.co/v1", "known")


class Table:
    """One model, two dollars a million tokens either way."""

    name: str = "test table"
    dated: date | None = date(2026, 1, 1)

    def price(self, vendor: str, model: str) -> Price | None:
        return Price(2e-6, 2e-6, model) if model == "known" else None


def credit(place: tuple[str, str], when: str, cap: str = ", max_tokens=1000", model: str = "") -> Quota:
    host, known = place
    repo = repo_of(CREDIT.format(host=host, model=model or known, cap=cap), when)
    (found,) = [q for q in with_quotas(repo, PROFILE, default_catalog(), Table).schedules[0].quotas if q.unit == "usd"]
    return found


def test_days_until_a_credit_is_gone() -> None:
    found = credit(ONCE, "0 * * * *")  # 24 runs a day x 2,000 tokens x $2 a million: $0.096 a day of $1
    assert found.days == pytest.approx(1 / 0.096)
    assert found.exceeded
    assert "exhausted after 10 days" in found.text
    assert "at list price" in found.text


def test_a_credit_that_comes_again_may_suffice() -> None:
    assert not credit(MONTHLY, "0 6 * * 1").exceeded
    often = credit(MONTHLY, "0 * * * *")
    assert often.exceeded
    assert "free credit of $0.1 a month" in often.text


@pytest.mark.parametrize(
    ("cap", "model", "why"), [("", "", "no output cap"), (", max_tokens=9", "new", "price of new")]
)
def test_a_credit_of_unknown_burn(cap: str, model: str, why: str) -> None:
    found = credit(ONCE, "0 6 * * *", cap, model)
    assert (found.used, found.days, found.exceeded) == (None, None, False)
    assert why in found.unknown


def test_prices_are_loaded_only_for_credits() -> None:
    def refuse() -> Table:
        raise AssertionError("no credit is involved")

    with_quotas(repo_of(FREE), PROFILE, default_catalog(), refuse)


# --------------------------------------------------------------------------- in reports


def test_json_tells_units() -> None:
    repo = repo_of(GROQ.format(before="", cap=", max_tokens=200"))
    data = as_data(estimate(repo, PROFILE, InstalledPrices()))
    quotas = data["rows"][0]["quotas"]
    assert json.loads(json.dumps(quotas)) == quotas
    assert {(q["unit"], q["period"]) for q in quotas} == {
        ("requests", "minute"),
        ("requests", "day"),
        ("tokens", "minute"),
        ("tokens", "day"),
    }
    assert all(q["text"] and q["seen"] and q["source"] for q in quotas)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 4000), st.integers(0, 4000))
def test_burn_is_monotone(calls: int, more: int, cap: int, extra: int) -> None:
    def used(count: int, tokens: int) -> float:
        code = GROQ.format(before=f"for _ in range({count}):\n    ", cap=f", max_tokens={tokens}")
        found = quota(repo_of(code, "0 6 * * *"), "tokens", "day")
        assert found.used is not None
        assert found.exceeded == (found.used > found.limit)
        return found.used

    assert used(calls + more, cap) > used(calls, cap)
    assert used(calls, cap + extra) >= used(calls, cap)

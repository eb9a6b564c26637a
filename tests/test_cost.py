"""What a month costs: the factors, what has no bound, quotas, and that more never costs less."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli.cost import command, table
from auditor.config import Config, Traffic
from auditor.cost import InstalledPrices, Price, as_data, band, estimate
from auditor.model.facts import LlmCall, Retry, Role, Schedule, Trigger
from auditor.model.location import Span
from auditor.model.repo import Repo
from auditor.model.setting import Absent, Given
from auditor.pipeline import audit, build_repo, default_catalog
from auditor.source.memory import MemoryTree

AT = Span("crontab", 1)
CALL = Span("job.py", 5)


class Table:
    """A price table of one model."""

    name: str = "test table"
    dated: date | None = date(2026, 1, 1)

    def __init__(self, inner: float = 1e-6, outer: float = 4e-6) -> None:
        self.inner, self.outer = inner, outer

    def price(self, vendor: str, model: str) -> Price | None:
        return Price(self.inner, self.outer, model) if model == "known" else None


def call(**changes: object) -> LlmCall:
    made = LlmCall(
        at=CALL,
        vendor="openai",
        kind="sdk-call",
        api="x",
        operation="chat",
        role=Role.APP,
        language="python",
        function="job.py",
        model=Given("known", CALL),
        output_cap=Given(500, CALL),
        retry=Given(Retry("explicit", 3), CALL),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def repo(runs: float | None = 100.0, items: int | None = 10, retries: int = 1, **changes: object) -> Repo:
    schedule = Schedule(
        at=AT,
        kind="crontab",
        expression="0 6 * * *",
        runs_per_month=runs,
        item_limit=Given(items, AT) if items is not None else Absent(),
        retries=Given(retries, AT),
    )
    return Repo(llm_calls=(call(**changes),), schedules=(schedule,), triggers=(Trigger(AT, True, (CALL,), ((),)),))


CONFIG = Config(traffic={"default": Traffic(10, 1000, 200)})


def test_worst_case_is_the_product_of_its_factors() -> None:
    (row,) = estimate(repo(), CONFIG, Table()).rows
    assert row.worst == pytest.approx(100 * 10 * 2 * 3 * (1000 * 1e-6 + 500 * 4e-6))
    assert row.expected == pytest.approx(100 * 10 * (1000 * 1e-6 + 200 * 4e-6))
    assert [f.name for f in row.parts[0].factors] == [
        "runs a month",
        "calls a run",
        "tries of the job",
        "tries of the call",
        "input tokens",
        "output tokens",
    ]


@pytest.mark.parametrize(
    ("client", "wrapper", "sdk", "why"),
    [
        ("OpenAI()", 5, 3, "the SDK's default"),
        ("OpenAI(max_retries=1)", 5, 2, "set"),
    ],
)
def test_every_layer_of_retries_is_a_factor_of_its_own(client: str, wrapper: int, sdk: int, why: str) -> None:
    code = f"""
from openai import OpenAI
from tenacity import retry, stop_after_attempt

client = {client}


@retry(stop=stop_after_attempt({wrapper}))
def main():
    client.chat.completions.create(model="gpt-4o-mini", messages=[], max_tokens=100)


main()
"""
    job = (
        "kind: CronJob\nspec:\n  schedule: '0 6 * * *'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n"
        + ("          containers:\n            - name: a\n              command: [python, job.py]\n")
    )
    tree = MemoryTree({"k8s/job.yaml": job, "job.py": code})
    found = build_repo(tree, default_catalog())
    (row,) = estimate(found, CONFIG, InstalledPrices()).rows
    factors = {f.name: (f.value, f.why) for f in row.parts[0].factors}
    assert factors["tries of the job"] == (7, "the scheduler's default")
    assert factors["tries of a wrapper"] == (wrapper, "tenacity")
    assert factors["tries of the SDK"] == (sdk, why)
    price = row.parts[0].price
    assert price is not None
    runs = factors["runs a month"][0]
    assert runs is not None
    assert row.worst == pytest.approx(runs * 7 * wrapper * sdk * (1000 * price.input + 100 * price.output))
    (told,) = [f.message for f in audit(tree).findings if f.check == "retry-multiplication"]
    assert f"{7 * wrapper * sdk} attempts" in told
    assert f"7 of the job (the scheduler's default) x {wrapper} of a wrapper x {sdk} of the SDK" in told


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (repo(items=None), "number of calls in a run"),
        (repo(runs=None), "cadence"),
        (repo(output_cap=Absent()), "output cap"),
        (repo(model=Given("other", CALL)), "price of other"),
        (repo(model=Absent()), "model is not a constant"),
        (repo(retry=Given(Retry("unbounded"), CALL)), "without end"),
    ],
)
def test_what_has_no_bound_is_never_zero(found: Repo, told: str) -> None:
    result = estimate(found, CONFIG, Table())
    (row,) = result.rows
    assert row.worst is None
    assert result.worst is None
    assert any(told in why for why in row.unbounded)
    text = table(result)
    assert "unbounded" in text
    assert told in text


def test_several_calls_under_one_bound_share_it() -> None:
    two = repo()
    second = call(at=Span("job.py", 9))
    both = replace(two, llm_calls=(*two.llm_calls, second), triggers=(Trigger(AT, True, (CALL, second.at), ((),)),))
    assert estimate(both, CONFIG, Table()).worst == estimate(two, CONFIG, Table()).worst


def test_a_lost_schedule_is_listed_and_unknown() -> None:
    lost = replace(repo(), triggers=(Trigger(AT, None, lost="run.sh was not found"),))
    result = estimate(lost, CONFIG, Table())
    assert result.expected is None
    assert result.rows[0].unbounded == ("run.sh was not found",)


def test_a_schedule_that_reaches_nothing_costs_nothing() -> None:
    assert estimate(replace(repo(), triggers=(Trigger(AT, False),)), CONFIG, Table()).rows == ()


def test_routes_use_the_traffic_profile() -> None:
    chat = replace(Repo(), llm_calls=(call(user_input=True),))
    (row,) = estimate(chat, CONFIG, Table()).rows
    assert row.calls == 300
    assert row.expected == pytest.approx(300 * (1000 * 1e-6 + 200 * 4e-6))
    (bare,) = estimate(chat, Config(), Table()).rows
    assert bare.expected is None
    (named,) = estimate(chat, Config(traffic={"job.py": Traffic(1)}), Table()).rows
    assert named.calls == 30


@settings(max_examples=80, deadline=None)
@given(
    st.floats(0.1, 1e5),
    st.floats(1.0, 10.0),
    st.integers(1, 1000),
    st.integers(1, 100_000),
    st.integers(1, 4000),
    st.floats(1e-9, 1e-3),
    st.floats(1.0, 10.0),
)
def test_cost_is_monotone(
    runs: float, more: float, items: int, cap: int, extra: int, price: float, dearer: float
) -> None:
    def worst(r: float, i: int, c: int, p: float) -> float:
        found = estimate(repo(r, i, output_cap=Given(c, CALL)), CONFIG, Table(p, p)).worst
        assert found is not None
        return found

    base = worst(runs, items, cap, price)
    assert worst(runs * more, items, cap, price) >= base
    assert worst(runs, items + 1, cap, price) >= base
    assert worst(runs, items, cap + extra, price) >= base
    assert worst(runs, items, cap, price * dearer) >= base


@pytest.mark.parametrize(
    ("calls", "name"),
    [
        (10, "prototype"),
        (1000, "prototype"),
        (5000, "small app"),
        (100_000, "production workload"),
        (2e6, "procurement problem"),
    ],
)
def test_bands(calls: float, name: str) -> None:
    assert band(calls) == name


def test_stale_prices_are_warned_about() -> None:
    assert not estimate(repo(), CONFIG, Table(), today=date(2026, 2, 1)).warnings
    assert any("2026-01-01" in w for w in estimate(repo(), CONFIG, Table(), today=date(2027, 2, 1)).warnings)


def test_other_models_only_when_asked() -> None:
    assert estimate(repo(), CONFIG, Table()).compared == ()
    ((name, usd),) = estimate(repo(), CONFIG, Table(), compare=["x/known"]).compared
    assert name == "x/known"
    assert usd == pytest.approx(1000 * (1000 * 1e-6 + 200 * 4e-6))


def test_installed_table_needs_no_network() -> None:
    prices = InstalledPrices()
    price = prices.price("openai", "gpt-4o-mini")
    assert price is not None
    assert 0 < price.input < price.output < 1e-3
    assert prices.price("openrouter", "openai/gpt-4o-mini") is not None
    assert prices.price("other:github-models", "openai/gpt-4o-mini") is not None
    assert prices.price("openai", "no-such-model") is None
    assert prices.dated is not None


FREE = """
from openai import OpenAI

client = OpenAI(base_url="https://openrouter.ai/api/v1")
client.chat.completions.create(model="meta-llama/llama-3.1-8b-instruct:free", messages=[], max_tokens=100)
"""


def test_quota_burn_says_when() -> None:
    found = build_repo(MemoryTree({"crontab": "*/5 * * * * python job.py\n", "job.py": FREE}), default_catalog())
    day = next(q for q in found.schedules[0].quotas if q.period == "day")
    assert (day.used, day.limit, day.exhausted_at) == (288, 50, "04:10 UTC")
    text = table(estimate(found, Config(), Table()))
    assert "288 requests a day against 50 free requests a day of openrouter" in text
    assert "exhausted at 04:10 UTC" in text


def test_quota_of_a_burst_within_a_minute() -> None:
    burst = FREE.replace("client.chat", "for _ in range(30):\n    client.chat")
    found = build_repo(MemoryTree({"crontab": "0 6 * * * python job.py\n", "job.py": burst}), default_catalog())
    minute = next(q for q in found.schedules[0].quotas if q.period == "minute")
    assert minute.used == 30
    assert minute.used > minute.limit


def test_json_has_a_fixed_shape() -> None:
    data = as_data(estimate(repo(items=None), CONFIG, Table()))
    assert json.loads(json.dumps(data)) == data
    assert data["total"]["worst_usd"] is None
    assert list(data) == ["schema_version", "prices", "assumptions", "warnings", "total", "compared", "rows"]


def test_table_obeys_no_terminal_codes() -> None:
    odd = replace(repo(), schedules=(replace(repo().schedules[0], expression="0 6 * * *\x1b[31m"),))
    assert "\x1b" not in table(estimate(odd, CONFIG, Table()), verbose=1)


def test_command_line(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text("0 6 * * * python job.py\n", "utf-8")
    (tmp_path / "job.py").write_text(FREE.replace(":free", ""), "utf-8")
    done = CliRunner().invoke(command, [str(tmp_path)], standalone_mode=False)
    assert done.return_value == 0
    assert re.search(r"schedule 0 6 \* \* \*", done.output)
    assert "newest dated price" in done.output
    done = CliRunner().invoke(command, [str(tmp_path), "--format", "json"], standalone_mode=False)
    assert json.loads(done.output)["rows"][0]["kind"] == "schedule"

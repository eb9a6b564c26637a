"""What schedules and interactive routes cost a month: frequency x calls x tokens x price, with every factor shown.

Pure arithmetic over a linked repository, a traffic profile and a price table; reads no source. What is unknown or
without bound stays so: it is never counted as zero. Prices come from genai-prices' table that is installed with it, by
no network; its newest dated price is its date.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any, Protocol

from auditor.config import Config, Traffic
from auditor.lazily import dataclass
from auditor.model.facts import LlmCall, Quota, Role, Schedule
from auditor.model.location import Span
from auditor.model.repo import Repo
from auditor.model.setting import Given

MONTH_DAYS = 30.0
"""Days of a month for traffic given in calls a day; schedules are counted over an average month."""

DEFAULT_TRAFFIC = Traffic(0.0)
_SDK_ATTEMPTS = 3  # what SDKs that retry by default do: the first try and two more


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one token of input and of output, and how the table names the model."""

    input: float
    output: float
    model: str = ""


class Prices(Protocol):
    """A price table. `dated`: the newest date that it knows of, None where it says none."""

    name: str
    dated: date | None

    def price(self, vendor: str, model: str) -> Price | None:
        """The price of a vendor's model; None where the table does not know it."""
        ...


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of a worst case: its value (None: without bound) and where it comes from."""

    name: str
    value: float | None
    why: str


@dataclass(frozen=True, slots=True)
class CallCost:
    """One call's part in a month. `worst` is None where something has no bound; `why` says what."""

    at: Span
    vendor: str
    model: str
    calls: float | None
    expected: float | None
    worst: float | None
    why: tuple[str, ...] = ()
    factors: tuple[Factor, ...] = ()
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A schedule or an interactive route. `calls`: expected calls a month. `lever`: the cap that would lower it most."""

    kind: str  # schedule | route
    at: Span
    name: str
    calls: float | None
    expected: float | None
    worst: float | None
    unbounded: tuple[str, ...]
    lever: str
    band: str
    parts: tuple[CallCost, ...]
    quotas: tuple[Quota, ...] = ()
    reaches: bool | None = True


@dataclass(frozen=True, slots=True)
class Estimate:
    """The whole: rows by position, what was assumed, and what should make the reader doubt."""

    rows: tuple[Row, ...]
    assumptions: tuple[str, ...]
    warnings: tuple[str, ...]
    price_table: str
    price_date: str
    compared: tuple[tuple[str, float | None], ...] = ()

    @property
    def expected(self) -> float | None:
        """The expected sum a month; None where a row is not known."""
        return _sum(r.expected for r in self.rows if r.reaches is not False)

    @property
    def worst(self) -> float | None:
        """The worst sum a month; None where a row has no bound."""
        return _sum(r.worst for r in self.rows if r.reaches is not False)


# --------------------------------------------------------------------------- the estimate


def estimate(
    repo: Repo, config: Config, prices: Prices, *, today: date | None = None, compare: Sequence[str] = ()
) -> Estimate:
    """Estimate the month of a repository.

    Args:
        repo: what was found.
        config: its traffic profile gives calls a day and tokens a call, by path, route or `default`.
        prices: the price table.
        today: for the age of the table; None: it is not judged.
        compare: models ("provider/model") to price the expected calls with, because the user asked.
    """
    rows = (*_schedules(repo, config, prices), *_routes(repo, config, prices))
    compared = tuple((name, _with_model(rows, config, prices, name)) for name in compare)
    return Estimate(
        rows=rows,
        assumptions=tuple(_assumptions(config, rows)),
        warnings=tuple(_warnings(repo, prices, today)),
        price_table=prices.name,
        price_date=prices.dated.isoformat() if prices.dated else "unknown",
        compared=compared,
    )


def _schedules(repo: Repo, config: Config, prices: Prices) -> Iterator[Row]:
    for schedule in repo.schedules:
        if schedule.role is not Role.APP:
            continue
        trigger = repo.trigger_of(schedule)
        if trigger is None or trigger.reaches is False:
            continue
        name = schedule.expression or "cadence not in the repository"
        calls = [c for c in repo.calls_of(trigger) if c.billed]
        if trigger.reaches is None or not calls:
            why = (
                trigger.lost
                if trigger.reaches is None
                else "the call is made by something outside the repository's code"
            )
            yield Row(
                "schedule", schedule.at, name, None, None, None, (why,), "", "", (), schedule.quotas, trigger.reaches
            )
            continue
        traffic, _ = profile(config, schedule.at.path, name)
        parts = tuple(_scheduled_call(schedule, call, calls, traffic, prices) for call in calls)
        yield _row("schedule", schedule.at, name, parts, schedule.quotas, shared_bound=_shared_bound(schedule, calls))


def _shared_bound(schedule: Schedule, calls: list[LlmCall]) -> bool:
    """Whether one bound covers several calls: then the month costs at most as much as its dearest call alone."""
    return len(calls) > 1 and isinstance(schedule.item_limit, Given) and schedule.item_limit.value is not None


def _scheduled_call(
    schedule: Schedule, call: LlmCall, calls: list[LlmCall], traffic: Traffic, prices: Prices
) -> CallCost:
    if schedule.runs_per_month is not None:
        runs = Factor("runs a month", schedule.runs_per_month, schedule.expression)
    else:
        why = schedule.invalid or "the cadence is not known"
        runs = Factor("runs a month", None, why)
    bound = schedule.item_limit
    if isinstance(bound, Given) and bound.value is not None:
        # An agent's steps are bounded by its own limit, which the way to it does not show.
        items = Factor("calls a run", float(max(bound.value, call.loop.limit or 0)), "bounded in code")
    elif isinstance(bound, Given):
        once = call.loop.kind == "none"
        items = Factor(
            "calls a run", 1.0 if once else None, "one call" if once else "bounded, but the bound is not a constant"
        )
    else:
        items = Factor("calls a run", None, "the number of calls in a run has no bound")
    retries = schedule.retries
    again = Factor(
        "tries of the job",
        float(retries.value + 1) if isinstance(retries, Given) else 1.0,
        ("the scheduler's default" if retries.source == "default" else "set")
        if isinstance(retries, Given)
        else "no retries of the scheduler are known",
    )
    expected_items = _expected_items(items, call, calls)
    return _priced(call, traffic, prices, (runs, items, again, *_attempts(call)), runs.value, expected_items)


def _expected_items(items: Factor, call: LlmCall, calls: list[LlmCall]) -> float:
    """Calls of one place in a usual run: what its own loop says, else its share of the bound, else one."""
    if call.loop.limit is not None:
        return float(call.loop.limit)
    if items.value is not None and len(calls) == 1:
        return items.value
    return 1.0


def _routes(repo: Repo, config: Config, prices: Prices) -> Iterator[Row]:
    """Interactive calls, by the route through which people reach them, else by their own place."""
    groups: dict[tuple[Span, str], list[LlmCall]] = {}
    for call in repo.llm_calls:
        if call.role is not Role.APP or not call.billed or call.reachable is False:
            continue
        if not (call.routes or call.user_input):
            continue
        routes = [(r.at, r.name) for r in call.routes] or [(call.at, f"{call.at.path}:{call.at.line}")]
        for place in routes:
            groups.setdefault(place, []).append(call)
    for (at, name), calls in sorted(groups.items()):
        traffic, told = profile(config, at.path, name)
        parts = tuple(_interactive_call(call, traffic, prices, told=told) for call in calls)
        yield _row("route", at, name, parts, (), shared_bound=False)


def _interactive_call(call: LlmCall, traffic: Traffic, prices: Prices, *, told: bool) -> CallCost:
    month = traffic.calls_per_day * MONTH_DAYS if told else None
    requests = Factor(
        "requests a month",
        month,
        f"{traffic.calls_per_day:g} a day x {MONTH_DAYS:g}" if told else "no traffic profile in the configuration",
    )
    match call.loop.kind:
        case "none":
            items = Factor("calls a request", 1.0, "one call")
        case "bounded" if call.loop.limit is not None:
            items = Factor("calls a request", float(call.loop.limit), "bounded loop")
        case kind:
            items = Factor("calls a request", None, f"the loop around the call is {kind}")
    return _priced(call, traffic, prices, (requests, items, *_attempts(call)), month, items.value or 1.0)


def _attempts(call: LlmCall) -> tuple[Factor, ...]:
    """The tries of one call: what the code says, else what SDKs do by default."""
    retry = call.retry
    if not isinstance(retry, Given):
        return (Factor("tries of the call", 1.0, "no retry seen"),)
    if retry.value.kind == "unbounded":
        return (Factor("tries of the call", None, "a failed call is tried again without end"),)
    made, sdk = retry.value.attempts, retry.value.sdk
    if made is not None and sdk:
        wrapper = " x ".join(x for x in retry.value.layers if x != "sdk") or retry.value.kind
        return (
            Factor("tries of a wrapper", made / sdk, wrapper),
            Factor("tries of the SDK", float(sdk), "the SDK's default" if retry.value.sdk_default else "set"),
        )
    if made is not None:
        layers = " x ".join(retry.value.layers) or retry.value.kind
        default = ", the SDK's default" if retry.value.kind == "sdk-default" else ""
        return (Factor("tries of the call", float(made), f"{layers}{default}"),)
    count = float(_SDK_ATTEMPTS) if retry.value.kind == "sdk-default" else 1.0
    return (
        Factor(
            "tries of the call", count, "the SDK's default" if retry.value.kind == "sdk-default" else retry.value.kind
        ),
    )


def _priced(
    call: LlmCall,
    traffic: Traffic,
    prices: Prices,
    factors: tuple[Factor, ...],
    units: float | None,
    expected_items: float,
) -> CallCost:
    model = str(call.model.value) if isinstance(call.model, Given) and call.model.value else ""
    price = prices.price(call.vendor, model) if model else None
    cap = _cap(call)
    worst_calls = _product(f.value for f in factors)
    why = [f.why for f in factors if f.value is None]
    if price is None:
        why.append(
            f"the price of {model} is not in the table"
            if model
            else "the model is not a constant, so its price is unknown"
        )
    if cap.value is None:
        why.append(cap.why)
    calls = None if units is None else units * expected_items
    expected = (
        None
        if calls is None or price is None
        else calls * (traffic.input_tokens * price.input + _expected_output(traffic, cap) * price.output)
    )
    worst = None
    if worst_calls is not None and price is not None and cap.value is not None:
        worst = worst_calls * (traffic.input_tokens * price.input + cap.value * price.output)
    return CallCost(
        at=call.at,
        vendor=call.vendor,
        model=model,
        calls=calls,
        expected=expected,
        worst=worst,
        why=tuple(why),
        factors=(*factors, Factor("input tokens", traffic.input_tokens, "assumed"), cap),
        price=price,
    )


def _cap(call: LlmCall) -> Factor:
    if not call.cap_applies:
        return Factor("output tokens", 0.0, "this operation generates no text")
    match call.output_cap:
        case Given(value=int() | float() as value):
            return Factor("output tokens", float(value), "the output cap")
        case Given():
            return Factor("output tokens", None, "the output cap is set, but not to a constant")
        case _:
            return Factor("output tokens", None, "the answer has no output cap")


def _expected_output(traffic: Traffic, cap: Factor) -> float:
    return traffic.output_tokens if cap.value is None else min(traffic.output_tokens, cap.value)


def _row(
    kind: str, at: Span, name: str, parts: tuple[CallCost, ...], quotas: tuple[Quota, ...], *, shared_bound: bool
) -> Row:
    worsts = [p.worst for p in parts]
    worst = _sum(worsts)
    if shared_bound and worst is not None:
        worst = max(w for w in worsts if w is not None)
    unbounded = tuple(dict.fromkeys(w for p in parts for w in p.why))
    calls = _sum(p.calls for p in parts)
    return Row(
        kind=kind,
        at=at,
        name=name,
        calls=calls,
        expected=_sum(p.expected for p in parts),
        worst=worst,
        unbounded=unbounded,
        lever=_lever(parts),
        band=band(calls),
        parts=parts,
        quotas=quotas,
    )


def _lever(parts: tuple[CallCost, ...]) -> str:
    """The cap that would lower the worst case most: first whatever has no bound, else the largest saving."""
    missing = {
        "calls a run": "a bound on the calls of a run",
        "calls a request": "a bound on the loop",
        "output tokens": "an output cap",
        "tries of the call": "a bound on retries",
    }
    for name, advice in missing.items():
        if any(f.name == name and f.value is None for p in parts for f in p.factors):
            return advice
    savings: dict[str, float] = {}
    for part in parts:
        if part.worst is None or part.price is None:
            continue
        values = {f.name: f.value or 0.0 for f in part.factors}
        tries = math.prod(v for n, v in values.items() if n.startswith("tries of"))
        if tries > 1:
            savings["retries in one layer only"] = savings.get("retries in one layer only", 0.0) + part.worst * (
                1 - 1 / tries
            )
        whole = values["input tokens"] * part.price.input + values["output tokens"] * part.price.output
        share = values["output tokens"] * part.price.output / whole if whole else 0.0
        savings["a lower output cap"] = savings.get("a lower output cap", 0.0) + part.worst * share / 2
        items = values.get("calls a run", values.get("calls a request", 1.0))
        if items > 1:
            savings["half the calls of a run"] = savings.get("half the calls of a run", 0.0) + part.worst / 2
    best = max(sorted(savings), key=lambda k: savings[k], default="")
    return best if best and savings[best] > 0 else ""


def profile(config: Config, path: str, name: str) -> tuple[Traffic, bool]:
    """The traffic of a place: the entry that names its route or path, else `default`; and whether there is one."""
    for key, traffic in sorted(config.traffic.items()):
        if key != "default" and (key == name or key in name.split() or fnmatch.fnmatchcase(path, key)):
            return traffic, True
    default = config.traffic.get("default")
    return (default, True) if default is not None else (DEFAULT_TRAFFIC, False)


def band(calls: float | None) -> str:
    """The name of the volume band of so many calls a month; empty where they are not known."""
    if calls is None:
        return ""
    for entry in _data()["bands"]:
        if entry["calls"] is None or calls <= float(entry["calls"]):
            return str(entry["name"])
    return ""


def _assumptions(config: Config, rows: Sequence[Row]) -> Iterator[str]:
    default = config.traffic.get("default", DEFAULT_TRAFFIC)
    source = (
        "from the traffic profile" if config.traffic else "assumed, because the configuration has no traffic profile"
    )
    yield f"{default.input_tokens:g} input and {default.output_tokens:g} output tokens a call, {source}"
    yield "a schedule's month is a twelfth of a year; traffic is counted for 30 days"
    yield "expected: every call once a run, or as often as its loop's constant bound says; no retries"
    yield "worst: runs x calls a run x tries of the job x tries of wrappers x tries of the SDK x (input tokens + output cap)"
    if any(r.quotas for r in rows):
        yield "free limits: the busiest day or minute, the worst number of calls a run, no retries; credits at list price"
    if any(r.kind == "route" and r.calls is None for r in rows):
        yield "routes without a traffic profile are not counted: set `traffic` in .auditor.yaml"


def _warnings(repo: Repo, prices: Prices, today: date | None) -> Iterator[str]:
    limit = int(_data()["stale_after_days"])
    if prices.dated is None:
        yield f"{prices.name} says no date"
    elif today is not None and (today - prices.dated).days > limit:
        yield f"the price table's newest date is {prices.dated.isoformat()}: update {prices.name.split()[0]}"
    for schedule in repo.schedules:
        if schedule.invalid:
            yield f"{schedule.at.path}:{schedule.at.line}: the expression is invalid ({schedule.invalid}), its cost is unknown"


def _with_model(rows: Sequence[Row], config: Config, prices: Prices, name: str) -> float | None:
    """The expected month with another model in place of all."""
    vendor, _, model = name.partition("/")
    price = prices.price(vendor, model)
    if price is None:
        return None
    total = 0.0
    for row in rows:
        for part in row.parts:
            if part.calls is None:
                return None
            traffic, _ = profile(config, row.at.path, row.name)
            total += part.calls * (traffic.input_tokens * price.input + traffic.output_tokens * price.output)
    return total


# --------------------------------------------------------------------------- prices


@dataclass
class InstalledPrices:
    """genai-prices' offline table; imported when the first price is asked for."""

    name: str = field(init=False, default="genai-prices")
    dated: date | None = field(init=False, default=None)
    today: date | None = None
    _snapshot: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Load the table and find its newest date."""
        from importlib.metadata import version

        from genai_prices.data_snapshot import get_snapshot

        self._snapshot = get_snapshot()
        self.name = f"genai-prices {version('genai-prices')}"
        starts = [
            condition.start_date
            for provider in self._snapshot.providers
            for model in provider.models
            for conditional in (model.prices if isinstance(model.prices, list) else [])
            if (condition := getattr(conditional, "constraint", None)) is not None and hasattr(condition, "start_date")
        ]
        self.dated = max((d for d in starts if self.today is None or d <= self.today), default=None)

    def price(self, vendor: str, model: str) -> Price | None:
        """The price of a million tokens, taken apart into one; None for what the table does not know."""
        from genai_prices import Usage, calc_price

        table = _data()["providers"]
        provider = table.get(vendor, vendor.removeprefix("other:"))
        name = model
        if provider == "":
            provider, _, rest = model.partition("/")
            provider, name = (provider, rest) if rest else ("", model)
        for candidate in dict.fromkeys((name, name.rpartition("/")[2])):
            try:
                million = calc_price(
                    Usage(input_tokens=1_000_000, output_tokens=0), candidate, provider_id=provider or None
                )
                answer = calc_price(
                    Usage(input_tokens=0, output_tokens=1_000_000), candidate, provider_id=provider or None
                )
            except (LookupError, ValueError):
                continue
            return Price(float(million.total_price) / 1e6, float(answer.total_price) / 1e6, million.model.id)
        return None


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    """The vendor names and bands that the catalog ships; they never change while a process runs."""
    import yaml

    loaded = yaml.safe_load(resources.files("auditor.catalog").joinpath("prices.yaml").read_text("utf-8"))
    return dict(loaded)


# --------------------------------------------------------------------------- as plain data


def as_data(found: Estimate) -> dict[str, Any]:
    """The estimate as JSON-able data with a fixed order of keys. Unbounded and unknown amounts are null."""
    return {
        "schema_version": "1",
        "prices": {"table": found.price_table, "newest_date": found.price_date},
        "assumptions": list(found.assumptions),
        "warnings": list(found.warnings),
        "total": {"expected_usd": _round(found.expected), "worst_usd": _round(found.worst)},
        "compared": [{"model": name, "expected_usd": _round(usd)} for name, usd in found.compared],
        "rows": [_row_data(r) for r in found.rows],
    }


def _row_data(row: Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "path": row.at.path,
        "line": row.at.line,
        "name": row.name,
        "reaches_llm": row.reaches,
        "calls_per_month": _round(row.calls),
        "band": row.band,
        "expected_usd": _round(row.expected),
        "worst_usd": _round(row.worst),
        "unbounded": list(row.unbounded),
        "best_lever": row.lever,
        "calls": [
            {
                "path": p.at.path,
                "line": p.at.line,
                "vendor": p.vendor,
                "model": p.model or None,
                "calls_per_month": _round(p.calls),
                "expected_usd": _round(p.expected),
                "worst_usd": _round(p.worst),
                "usd_per_million_tokens": None
                if p.price is None
                else {"input": _round(p.price.input * 1e6), "output": _round(p.price.output * 1e6)},
                "factors": [{"name": f.name, "value": _round(f.value), "why": f.why} for f in p.factors],
            }
            for p in row.parts
        ],
        "quotas": [
            {
                "provider": q.provider,
                "limit": q.limit,
                "period": q.period,
                "used": _round(q.used),
                "exhausted_at": q.exhausted_at or None,
                "seen": q.seen,
                "source": q.source,
                "unit": q.unit,
                "used_at_least": _round(q.least),
                "exceeded": q.exceeded,
                "days": _round(q.days),
                "plan_known": q.plan_known,
                "unknown": q.unknown or None,
                "text": q.text,
            }
            for q in row.quotas
        ],
    }


def _round(value: float | None) -> float | None:
    if value is None:
        return None
    rounded = round(value, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def _sum(values: Iterator[float | None] | Sequence[float | None] | Any) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _product(values: Iterator[float | None] | Any) -> float | None:
    total = 1.0
    for value in values:
        if value is None:
            return None
        total *= value
    return total

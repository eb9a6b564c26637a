"""What schedules burn of published free limits: requests, tokens and credits against how often and how much they ask.

Pure arithmetic over a linked repository, the catalog's limits, a traffic profile and (for credits) a price table; reads no
source. A count that has no bound stays unknown, and is said to be, unless even the least that a run asks exceeds the limit.
Whether an account is on a free plan is seen only where the model, the host or the terms say so (`Quota.plan_known`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from auditor import cron
from auditor.catalog.index import Catalog
from auditor.catalog.schema import FreeTier
from auditor.config import Config, Traffic
from auditor.cost import Prices, profile
from auditor.lazily import dataclass
from auditor.model.facts import LlmCall, Quota, Schedule
from auditor.model.repo import Repo
from auditor.model.setting import Given

_DAYS_A_MONTH = cron.MONTH_SECONDS / 86400
_UNITS = {"requests": ("request", "requests"), "tokens": ("token", "tokens")}


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run asks: at least, at most (None: not bounded or not known, and why), and how that was counted."""

    least: float
    most: float | None
    how: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class _Use:
    """What a period sees, and when on its day a limit is gone."""

    least: float | None
    most: float | None
    exhausted_at: str = ""


def with_quotas(repo: Repo, config: Config, catalog: Catalog, prices: Callable[[], Prices]) -> Repo:
    """The repository with the free limits of what each schedule reaches, against what the schedule asks.

    Args:
        repo: linked.
        config: its traffic profile gives the tokens of a call's input; what it leaves out is assumed, and said to be.
        catalog: published limits.
        prices: makes the price table; called only where a credit has to be counted in money.
    """
    schedules = tuple(
        replace(schedule, quotas=tuple(_quotas(repo, schedule, config, catalog, prices))) for schedule in repo.schedules
    )
    return replace(repo, schedules=schedules) if schedules != repo.schedules else repo


def _quotas(
    repo: Repo, schedule: Schedule, config: Config, catalog: Catalog, prices: Callable[[], Prices]
) -> Iterator[Quota]:
    trigger = repo.trigger_of(schedule)
    reached = repo.calls_of(trigger) if trigger is not None and trigger.calls else ()
    groups: dict[tuple[str, str], tuple[FreeTier, list[LlmCall]]] = {}
    for call in reached:
        for tier in _tiers(call, catalog):
            groups.setdefault((tier.vendor, tier.id), (tier, []))[1].append(call)
    if not groups:
        return
    traffic, told = profile(config, schedule.at.path, schedule.expression)
    cadence = _cadence(schedule)
    for _, (tier, calls) in sorted(groups.items()):
        counts = _counts(schedule, calls, alone=len(reached) == 1)
        title = catalog.inventory_name(tier.vendor).removeprefix("other:")
        base = Quota(
            title, 0, "", None, call=calls[0].at, seen=tier.seen, source=tier.source, why=tier.why,
            plan_known=tier.certainty != "low",
        )  # fmt: skip
        requests = _requests(schedule, counts)
        tokens = _tokens(schedule, calls, counts, traffic, told=told)
        for limit, unit, period, run in (
            (tier.requests_per_minute, "requests", "minute", requests),
            (tier.requests_per_day, "requests", "day", requests),
            (tier.requests_per_month, "requests", "month", requests),
            (tier.tokens_per_minute, "tokens", "minute", tokens),
            (tier.tokens_per_day, "tokens", "day", tokens),
        ):
            if limit is not None:
                use = _use(schedule, cadence, run, limit, period)
                yield _told(replace(base, limit=limit, unit=unit, period=period), run, use, cadence)
        if tier.credit_usd is not None:
            run = _dollars(schedule, calls, counts, traffic, prices(), told=told)
            period = "month" if tier.resets else "once"
            yield _credit(replace(base, limit=tier.credit_usd, unit="usd", period=period), schedule, run)


def _tiers(call: LlmCall, catalog: Catalog) -> Iterator[FreeTier]:
    """The free offers that a call may use: the one that its model or host shows, else the plans of its vendor."""
    model = call.model.value if isinstance(call.model, Given) and call.model.value else ""
    host = call.base_url.value if isinstance(call.base_url, Given) and call.base_url.value else ""
    shown = catalog.free_tier_of(model=str(model)) if model else None
    shown = shown or (catalog.free_tier_of(host=str(host)) if host else None)
    if shown is not None:
        yield shown
        return
    for vendor in catalog.vendors:
        if vendor.inventory == call.vendor:
            yield from (t for t in vendor.free_tiers if not (t.models or t.hosts or t.symbols or t.retired))


def _cadence(schedule: Schedule) -> cron.Cadence | None:
    text = schedule.cadence or schedule.expression
    if not schedule.known_cadence or schedule.invalid or not text:
        return None
    try:
        plain = schedule.cadence and schedule.kind not in cron.OWN_NOTATION
        return cron.parse(text, "" if plain else schedule.kind, schedule.timezone)
    except cron.InvalidExpressionError:
        return None


# --------------------------------------------------------------------------- what one run asks


def _counts(schedule: Schedule, calls: Sequence[LlmCall], *, alone: bool) -> tuple[float, ...] | None:
    """How often each call is made in one run at the worst; None where that has no bound or none is known."""
    bound = schedule.item_limit
    if not isinstance(bound, Given):
        return None
    found = []
    for call in calls:
        own = bound.value is None or not alone  # a bound over several places says little of one of them
        if own and call.loop.kind == "none":
            found.append(1.0)
        elif own and call.loop.limit is not None:
            found.append(float(min(call.loop.limit, bound.value or call.loop.limit)))
        elif bound.value is not None:
            found.append(float(max(bound.value, call.loop.limit or 0)))
        else:
            return None
    return tuple(found)


def _requests(schedule: Schedule, counts: tuple[float, ...] | None) -> _Run:
    if counts is None:
        return _Run(schedule.replicas, None, unknown="the number of calls in a run has no known bound")
    total = _together(schedule, sum(counts)) * schedule.replicas
    return _Run(total, total, f"{_plural(total, 'call')} a run")


def _together(schedule: Schedule, total: float) -> float:
    """The calls of all places, under the bound that the run as a whole has."""
    bound = schedule.item_limit
    return min(total, float(bound.value)) if isinstance(bound, Given) and bound.value is not None else total


def _tokens(
    schedule: Schedule, calls: Sequence[LlmCall], counts: tuple[float, ...] | None, traffic: Traffic, *, told: bool
) -> _Run:
    """Input as the profile estimates it and the output cap, of every call of a run."""
    caps = [_cap(c) for c in calls]
    assumed = "" if told else ", assumed"
    if counts is None:
        least = min(traffic.input_tokens + (cap or 0.0) for cap in caps) * schedule.replicas
        return _Run(least, None, unknown="the number of calls in a run has no known bound")
    total = sum(counts)
    share = _together(schedule, total) / total * schedule.replicas if total else 0.0
    least = sum(n * (traffic.input_tokens + (cap or 0.0)) for n, cap in zip(counts, caps, strict=True)) * share
    if None in caps:
        return _Run(least, None, unknown="an answer has no output cap that is known")
    most = (
        max(traffic.input_tokens + (cap or 0.0) for cap in caps) * total * share if share < schedule.replicas else least
    )
    cap = max(c or 0.0 for c in caps)
    how = f"{_plural(total * share, 'call')} a run x ({traffic.input_tokens:,.10g} input{assumed} + {cap:,.10g} output cap)"
    return _Run(least, most, how)


def _dollars(
    schedule: Schedule,
    calls: Sequence[LlmCall],
    counts: tuple[float, ...] | None,
    traffic: Traffic,
    prices: Prices,
    *,
    told: bool,
) -> _Run:
    """The list price of a run, or of its dearest calls where one bound covers several."""
    if counts is None:
        return _Run(0.0, None, unknown="the number of calls in a run has no known bound")
    dollars = []
    for call in calls:
        cap = _cap(call)
        model = str(call.model.value) if isinstance(call.model, Given) and call.model.value else ""
        price = prices.price(call.vendor, model) if model else None
        if price is None:
            why = f"the price of {model} is not in the table" if model else "the model, and so its price, is not known"
            return _Run(0.0, None, unknown=why)
        if cap is None:
            return _Run(0.0, None, unknown="an answer has no output cap that is known")
        dollars.append(traffic.input_tokens * price.input + cap * price.output)
    total = sum(counts)
    each = sum(n * d for n, d in zip(counts, dollars, strict=True))
    if _together(schedule, total) < total:
        each = max(dollars) * _together(schedule, total)
    each *= schedule.replicas
    assumed = "" if told else ", assumed"
    return _Run(
        each, each, f"${each:,.4f} a run at list price with {traffic.input_tokens:,.10g} input tokens a call{assumed}"
    )


def _cap(call: LlmCall) -> float | None:
    if not call.cap_applies:
        return 0.0
    cap = call.output_cap
    return float(cap.value) if isinstance(cap, Given) and isinstance(cap.value, int | float) else None


# --------------------------------------------------------------------------- what a period sees


def _use(schedule: Schedule, cadence: cron.Cadence | None, run: _Run, limit: float, period: str) -> _Use:
    """What the busiest minute or day, or an average month, asks."""
    if cadence is None:
        return _Use(None, None)
    if period == "month":
        runs = schedule.runs_per_month
        if runs is None:
            return _Use(None, None)
        runs /= max(schedule.replicas, 1)  # a run's own figures count them already
        return _Use(runs * run.least, None if run.most is None else runs * run.most)
    moments = sorted(cron.busiest_day(cadence))
    times = len(moments)
    at = ""
    if period == "minute":
        busiest: dict[datetime, int] = {}
        for moment in moments:
            minute = moment.replace(second=0, microsecond=0)
            busiest[minute] = busiest.get(minute, 0) + 1
        times = max(busiest.values(), default=0)
    else:
        at = _exhausted(moments, run.least if run.most is None else run.most, limit)
    return _Use(times * run.least, None if run.most is None else times * run.most, at)


def _exhausted(moments: Sequence[datetime], each: float, limit: float) -> str:
    used = 0.0
    for moment in moments:
        used += each
        if used > limit:
            return f"{moment:%H:%M} UTC"
    return ""


# --------------------------------------------------------------------------- said


def _told(quota: Quota, run: _Run, use: _Use, cadence: cron.Cadence | None) -> Quota:
    """A limit a minute, a day or a month with what is used of it, in figures and in words."""
    amount = use.most if use.most is not None else use.least
    exceeded = amount is not None and amount > quota.limit
    one, many = _UNITS[quota.unit]
    allowed = f"{quota.limit:,.10g} free {many} a {quota.period} of {quota.provider}"
    unknown = ""
    if cadence is None or amount is None:
        unknown = "how often the schedule runs is not known"
    elif use.most is None and not exceeded:
        unknown = run.unknown
    if unknown:
        text = f"{many} a {quota.period} against {allowed}: not known, because {unknown}"
    else:
        least = "at least " if use.most is None else ""
        counted = f" ({run.how})" if run.how and quota.unit == "tokens" else ""
        text = f"{least}{_plural(amount or 0.0, one)} a {quota.period}{counted} against {allowed}"
        if use.exhausted_at:
            text += f": exhausted at {use.exhausted_at}"
    return replace(
        quota,
        used=use.most,
        least=use.least,
        exhausted_at=use.exhausted_at if exceeded else "",
        exceeded=exceeded,
        unknown=unknown,
        text=_conditional(quota, text),
    )


def _credit(quota: Quota, schedule: Schedule, run: _Run) -> Quota:
    """A credit in money: how many days it lasts at list price."""
    unknown = run.unknown
    if schedule.runs_per_month is None:
        unknown = unknown or "how often the schedule runs is not known"
    again = " a month" if quota.period == "month" else ""
    allowed = f"{quota.provider}'s free credit of ${quota.limit:g}{again}"
    if unknown or run.most is None or schedule.runs_per_month is None:
        text = f"how long {allowed} lasts is not known, because {unknown}"
        return replace(quota, unknown=unknown, text=_conditional(quota, text))
    month = schedule.runs_per_month / max(schedule.replicas, 1) * run.most
    days = quota.limit / (month / _DAYS_A_MONTH) if month > 0 else None
    exceeded = month > quota.limit if quota.period == "month" else month > 0
    text = f"{allowed} against ${month:,.2f} a month ({run.how})"
    if exceeded and days is not None:
        text += f": exhausted after {_plural(int(days), 'day')}" if days >= 1 else ": exhausted on the first day"
    return replace(
        quota,
        used=month,
        least=month,
        days=days,
        exceeded=exceeded,
        text=_conditional(quota, text),
    )


def _conditional(quota: Quota, text: str) -> str:
    dated = f"published limit as of {quota.seen}" if quota.seen else "published limit"
    account = "" if quota.plan_known else "if the account is on the free plan: "
    return f"{account}{text} ({dated})"


def _plural(number: float, word: str) -> str:
    return f"{number:,g} {word}" if number == 1 else f"{number:,.10g} {word}s"

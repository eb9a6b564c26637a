"""How often expressions fire: against known answers, and against cronsim's own enumeration."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import cron

DAY = 365.25 / 12


@pytest.mark.parametrize(
    ("expression", "kind", "runs"),
    [
        ("0 6 * * *", "github-actions", DAY),
        ("*/5 * * * *", "crontab", DAY * 288),
        ("@hourly", "crontab", DAY * 24),
        ("@daily", "netlify-scheduled", DAY),
        ("0 0 1 * *", "vercel-cron", 1),
        ("0 0 L * *", "", 1),
        ("0 0 * * 5#2", "", 1),
        ("0 0 15W * *", "", 1),
        ("0 9 * * MON-FRI", "crontab", 1043 / 48),
        ("0 9 * * FRI-MON", "", 835 / 48),
        ("* * * 1 * *", "nestjs-cron", 86400),
        ("rate(5 minutes)", "aws-schedule", DAY * 288),
        ("rate(1 hour)", "aws-schedule", DAY * 24),
        ("cron(0 12 * * ? *)", "aws-schedule", DAY),
        ("cron(0 12 ? * 2-6 *)", "aws-schedule", 1043 / 48),
        ("cron(0 12 ? * 6L *)", "aws-schedule", 1),
        ("0 0 12 * * ?", "quartz", DAY),
        ("0 0 12 ? * MON", "quartz", 208 / 48),
        ("60000", "spring-scheduled", DAY * 1440),
        ("PT1H", "spring-scheduled", DAY * 24),
        ("0 */5 * * * *", "azure-timer", DAY * 288),
        ("00:05:00", "azure-timer", DAY * 288),
        ("30 seconds", "pg-cron", DAY * 2880),
        ("0 0 $ * *", "pg-cron", 1),
        ("every 5 minutes", "gcp-scheduler", DAY * 288),
        ("every day 09:00", "gcp-scheduler", DAY),
        ("every monday 09:00", "gcp-scheduler", 208 / 48),
        ("1st monday of month 09:00", "gcp-scheduler", 1),
        ("5 minutes", "agenda", DAY * 288),
        ("two hours", "agenda", DAY * 12),
        ("@every 1h30m", "k8s-cronjob", DAY * 16),
        ("*-*-* 06:00:00", "systemd-timer", DAY),
        ("Mon..Fri *-*-* 09,17:30", "systemd-timer", 2 * 1043 / 48),
        ("*:0/15", "systemd-timer", DAY * 96),
        ("hourly", "systemd-timer", DAY * 24),
        ("15min", "systemd-timer", DAY * 96),
        ("*-*~01 03:00", "systemd-timer", 1),
        ("TZ=Europe/Paris 0 6 * * *", "inngest", DAY),
    ],
)
def test_runs_a_month(expression: str, kind: str, runs: float) -> None:
    assert cron.runs_per_month(expression, kind) == pytest.approx(runs, rel=1e-3)


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("61 * * * *", "crontab"),
        ("* * * *", "github-actions"),
        ("@daily", "github-actions"),
        ("0 0 31 2 *", ""),
        ("rate(0 minutes)", "aws-schedule"),
        ("rate(5)", "aws-schedule"),
        ("cron(0 12 * * * *)", "aws-schedule"),
        ("cron(0 12 ? * 9 *)", "aws-schedule"),
        ("0 9 * * *", "spring-scheduled"),
        ("Noday *-*-* 09:00", "systemd-timer"),
        ("25:00", "systemd-timer"),
        ("90 seconds", "pg-cron"),
        ("every blue moon", "gcp-scheduler"),
        ("*/0 * * * *", ""),
        ("", ""),
        ("x" * 1000, ""),
    ],
)
def test_invalid_expressions(expression: str, kind: str) -> None:
    with pytest.raises(cron.InvalidExpressionError):
        cron.runs_per_month(expression, kind)


@pytest.mark.parametrize("expression", ["@reboot", "@once", "at(2030-01-01T00:00:00)"])
def test_once_has_no_month(expression: str) -> None:
    assert cron.runs_per_month(expression, "aws-schedule" if "at(" in expression else "") is None


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    pairs = st.tuples(number, number).map(sorted).map(lambda p: f"{p[0]}-{p[1]}")
    steps = st.integers(1, high - low + 1).map(lambda n: f"*/{n}")
    return st.one_of(
        st.just("*"),
        number.map(str),
        pairs,
        steps,
        st.lists(number, min_size=1, max_size=3).map(lambda x: ",".join(map(str, x))),
    )


EXPRESSIONS = st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS)
def test_counts_what_the_library_enumerates(expression: str) -> None:
    """Minutes and hours are counted by their sets; enumerate a whole month and compare with the days' share of it."""
    cadence = cron.parse(expression)
    assert isinstance(cadence, cron.Calendar)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    end = datetime(2026, 4, 1, tzinfo=UTC)
    brute = 0
    for moment in CronSim(expression, start - timedelta(seconds=1)):
        if moment >= end or brute > 60_000:
            break
        brute += 1
    times = len(cadence.seconds) * len(cadence.minutes) * len(cadence.hours)
    days = 0
    for moment in CronSim(f"0 0 {' '.join(expression.split()[2:])}", start - timedelta(seconds=1)):
        if moment >= end:
            break
        days += 1
    assert brute == times * days
    whole = cron.runs_per_month(expression)
    assert whole is not None
    # Rare combinations (a weekday in one month) may not fall into the years that are counted.
    assert whole > 0 or brute == 0


@settings(max_examples=40, deadline=None)
@given(EXPRESSIONS)
def test_four_years_agree_with_the_library(expression: str) -> None:
    minute, hour, *days = expression.split()
    first = [re.sub(r"[,/-].*", "", part).replace("*", "0") for part in (minute, hour)]
    rare = f"{first[0]} {first[1]} {' '.join(days)}"
    end = datetime(2029, 1, 1, tzinfo=UTC)
    brute = 0
    for moment in CronSim(rare, datetime(2025, 1, 1, tzinfo=UTC) - timedelta(seconds=1)):
        if moment >= end:
            break
        brute += 1
    assert cron.runs_per_month(rare) == pytest.approx(brute / 48)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60),
    st.sampled_from(
        ["", "crontab", "systemd-timer", "aws-schedule", "gcp-scheduler", "azure-timer", "spring-scheduled", "agenda"]
    ),
)
def test_total(expression: str, kind: str) -> None:
    try:
        runs = cron.runs_per_month(expression, kind)
    except cron.InvalidExpressionError:
        return
    assert runs is None or runs > 0


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789*/,-#LW? ", max_size=20))
def test_total_near_cron(expression: str) -> None:
    try:
        cron.runs_per_month(expression)
    except cron.InvalidExpressionError:
        pass
    except CronSimError:  # pragma: no cover - must not leave the module
        pytest.fail("cronsim's own error")


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS)
def test_notations_agree(expression: str) -> None:
    """AWS and Quartz say the same with `?`, a year or seconds, and with weekdays that start at 1 for Sunday."""
    minute, hour, day, month, weekday = expression.split()
    dated = cron.runs_per_month(f"{minute} {hour} {day} {month} *", "crontab")
    assert cron.runs_per_month(f"cron({minute} {hour} {day} {month} ? *)", "aws-schedule") == dated
    assert cron.runs_per_month(f"0 {minute} {hour} {day} {month} ?", "spring-scheduled") == dated
    weekly = cron.runs_per_month(f"{minute} {hour} * {month} {weekday}", "crontab")
    if "/" not in weekday:
        moved = re.sub(r"\d", lambda m: str(int(m.group()) + 1), weekday)
        assert cron.runs_per_month(f"cron({minute} {hour} ? {month} {moved} *)", "aws-schedule") == weekly


@pytest.mark.parametrize(
    ("zone", "known"),
    [
        *(("Europe/Berlin", True), ("UTC", True), ("", True), ("local", True), ("GMT+2", True), ("+05:30", True)),
        *(("${var.zone}", True), ("{{ .Values.tz }}", True), ("Mars/Olympus", False), ("Berlin", False)),
    ],
)
def test_time_zones(zone: str, known: bool) -> None:
    assert cron.check_timezone(zone) is known
    assert cron.busiest_day(cron.parse("0 9 * * *", timezone=zone))


def test_busiest_day_in_utc() -> None:
    moments = cron.busiest_day(cron.parse("0 9 * * *", timezone="Asia/Tokyo"))
    assert [m.hour for m in moments] == [0]
    assert len(cron.busiest_day(cron.parse("*/5 * * * *"))) == 288

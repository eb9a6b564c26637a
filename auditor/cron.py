"""Knows how often an expression of any scheduler fires; knows nothing of files, code or money.

Every notation is brought to one of three cadences: a `Calendar` (sets of seconds, minutes, hours and a rule for days),
`Every` (a fixed interval) or `Once`. The five-field core is cronsim's; what other notations add (AWS, Quartz, Spring,
NCRONTAB, systemd, App Engine English, intervals) is translated to it. A month is a twelfth of a year, averaged over four
years, so that leap days and weekdays are right. Daylight saving neither adds nor removes runs here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from auditor.lazily import dataclass, regex

MONTH_SECONDS = 365.25 * 86400 / 12
OWN_NOTATION = frozenset({"spring-scheduled", "aws-schedule"})
"""Kinds of schedulers whose notation stands even where a reader brought the expression to a plain one."""
_FIRST = date(2025, 1, 1)  # any four years hold one leap day and nearly equal weekdays
_DAYS = 1461
_MONTHS = 48
_LONGEST = 400  # characters; a longer expression is not one


class InvalidExpressionError(ValueError):
    """The scheduler would refuse the expression, or fire never; the text is one clause that says why."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Fires at every combination of the given times on days that meet every rule in `days` ("dom month dow")."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[str, ...]
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Every:
    """Fires at a fixed interval, counted from an unknown start."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Once:
    """Fires once in the life of a process or deployment (`@reboot`, `at(...)`, APScheduler's date trigger)."""


Cadence = Calendar | Every | Once

_PRESETS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@quarterly": "0 0 1 */3 *",  # Airflow
    "@every_minute": "* * * * *",
    "@minutely": "* * * * *",
}
_ONCE = ("@reboot", "@once", "@startup")
_UNIT_SECONDS = {
    "ms": 0.001,
    "msec": 0.001,
    "millisecond": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "w": 604800.0,
    "week": 604800.0,
    "month": MONTH_SECONDS,
    "y": MONTH_SECONDS * 12,
    "year": MONTH_SECONDS * 12,
}
_SPAN = regex(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)")
_WORDS = {
    "a": "1",
    "an": "1",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "twelve": "12",
}
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def runs_per_month(expression: str, kind: str = "", timezone: str = "") -> float | None:
    """How often an expression fires in an average month; None for something that fires once.

    Raises:
        InvalidExpressionError: the scheduler named by `kind` would refuse it.
    """
    return monthly(parse(expression, kind, timezone))


def monthly(cadence: Cadence) -> float | None:
    """The runs of a cadence in an average month; None for something that fires once."""
    match cadence:
        case Every(seconds):
            return MONTH_SECONDS / seconds
        case Once():
            return None
        case Calendar():
            times = len(cadence.seconds) * len(cadence.minutes) * len(cadence.hours)
            return times * len(_matching_days(cadence.days, _FIRST, _DAYS)) / _MONTHS


def busiest_day(cadence: Cadence) -> tuple[datetime, ...]:
    """The moments, in UTC, at which a cadence fires on its busiest day; for intervals counted from midnight UTC.

    More than 100,000 moments are not listed: the tuple then ends early.
    """
    match cadence:
        case Every(seconds):
            start = datetime.combine(_FIRST, time(), UTC)
            count = min(int(86400 / seconds) if seconds < 86400 else 1, 100_000)
            return tuple(start + timedelta(seconds=i * seconds) for i in range(count))
        case Once():
            return (datetime.combine(_FIRST, time(), UTC),)
        case Calendar():
            days = _matching_days(cadence.days, _FIRST, _DAYS)
            return tuple(_moments(cadence, days[0])) if days else ()


def parse(expression: str, kind: str = "", timezone: str = "") -> Cadence:
    """Bring an expression in the notation of the scheduler `kind` to a cadence.

    Raises:
        InvalidExpressionError: the scheduler would refuse it.
    """
    text = " ".join(expression.split())
    if not text or len(text) > _LONGEST:
        raise InvalidExpressionError("the expression is empty" if not text else "the expression is far too long")
    zone = re.match(r"(?:CRON_)?TZ=(\S+)\s+", text)
    if zone:
        timezone, text = zone.group(1), text[zone.end() :]
    reader = _DIALECTS.get(kind, _generic)
    return reader(text, timezone)


def check_timezone(name: str) -> bool:
    """Whether a time zone name is one of the IANA data base (or empty, UTC, a fixed offset or `local`)."""
    if not name or name.lower() in {"utc", "local", "gmt", "z", "etc/utc"} or re.search(r"[${}%]", name):
        return True  # a placeholder is filled in elsewhere
    return bool(re.fullmatch(r"(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?", name)) or name in available_timezones()


# --------------------------------------------------------------------------- notations


def _generic(text: str, timezone: str) -> Cadence:
    """Five or six fields, `@presets`, `rate(...)`, `cron(...)`, `every ...`: what most schedulers share."""
    lower = text.lower()
    if lower in _ONCE:
        return Once()
    if lower.startswith("@every "):
        return Every(_span(lower[7:]))
    if lower.startswith("@"):
        if lower not in _PRESETS:
            raise InvalidExpressionError(f"{text} is no known preset")
        return _cron(_PRESETS[lower], timezone)
    if lower.startswith(("rate(", "cron(", "at(")):
        return _aws(text, timezone)
    if lower.startswith("every"):
        return _english(text, timezone)
    if re.fullmatch(r"\d+(?:\.\d+)?\s*[a-zA-Z]+", text):
        return Every(_span(text))
    return _cron(text, timezone)


def _five(text: str, timezone: str) -> Cadence:
    """Exactly five fields (GitHub, Vercel, Render, Railway ...) or, where it is one, nothing else."""
    if len(text.split()) != 5:
        raise InvalidExpressionError(f"expected five fields, found {len(text.split())}")
    return _cron(text, timezone)


def _crontab(text: str, timezone: str) -> Cadence:
    return _generic(text, timezone) if text.startswith("@") else _five(text, timezone)


def _cloudflare(text: str, timezone: str) -> Cadence:
    """Five fields with weekdays 1-7 = Sunday-Saturday, as Quartz counts them."""
    parts = text.split()
    if len(parts) != 5:
        raise InvalidExpressionError(f"expected five fields, found {len(parts)}")
    return _fields(["0", *parts[:4], _quartz_weekday(parts[4])], timezone)


def _aws(text: str, timezone: str) -> Cadence:
    """`rate(5 minutes)`, `cron(min hour dom month dow year)`, `at(...)`."""
    found = re.fullmatch(r"(rate|cron|at)\((.*)\)", text.strip(), re.IGNORECASE)
    if not found:
        raise InvalidExpressionError("expected rate(...), cron(...) or at(...)")
    name, inner = found.group(1).lower(), found.group(2).strip()
    if name == "at":
        return Once()
    if name == "rate":
        rate = re.fullmatch(r"(\d+)\s+(minute|hour|day)(s?)", inner)
        if not rate or int(rate.group(1)) < 1:
            raise InvalidExpressionError("rate() takes a positive whole number and minute(s), hour(s) or day(s)")
        return Every(int(rate.group(1)) * _UNIT_SECONDS[rate.group(2)])
    parts = inner.split()
    if len(parts) != 6:
        raise InvalidExpressionError(f"cron() takes six fields, found {len(parts)}")
    if "?" not in (parts[2], parts[4]):
        raise InvalidExpressionError("one of day-of-month and day-of-week must be ?")
    return _fields(["0", parts[0], parts[1], parts[2], parts[3], _quartz_weekday(parts[4])], timezone)


def _serverless(text: str, timezone: str) -> Cadence:
    return _aws(text, timezone) if "(" in text else _generic(text, timezone)


def _quartz(text: str, timezone: str) -> Cadence:
    parts = text.split()
    if len(parts) not in (6, 7):
        raise InvalidExpressionError(f"expected six or seven fields, found {len(parts)}")
    return _fields([*parts[:5], _quartz_weekday(parts[5])], timezone)


def _spring(text: str, timezone: str) -> Cadence:
    if text.startswith("@"):
        return _generic(text, timezone)
    if re.fullmatch(r"\d+", text):
        return Every(_positive(int(text) / 1000))
    if text.upper().startswith("P"):
        return Every(_iso_duration(text))
    parts = text.split()
    if len(parts) != 6:
        raise InvalidExpressionError(f"expected six fields, found {len(parts)}")
    return _fields(parts, timezone)


def _azure(text: str, timezone: str) -> Cadence:
    """NCRONTAB: six fields, seconds first (five are accepted); or a TimeSpan `hh:mm:ss`."""
    span = re.fullmatch(r"(?:(\d+)\.)?(\d\d?):(\d\d):(\d\d)", text)
    if span:
        days, hours, minutes, seconds = (int(x or 0) for x in span.groups())
        return Every(_positive(days * 86400.0 + hours * 3600 + minutes * 60 + seconds))
    parts = text.split()
    if len(parts) not in (5, 6):
        raise InvalidExpressionError(f"expected six fields, found {len(parts)}")
    return _fields(parts if len(parts) == 6 else ["0", *parts], timezone)


def _pg_cron(text: str, timezone: str) -> Cadence:
    seconds = re.fullmatch(r"(\d+)\s+seconds?", text, re.IGNORECASE)
    if seconds:
        if not 1 <= int(seconds.group(1)) <= 59:
            raise InvalidExpressionError("an interval in seconds must lie between 1 and 59")
        return Every(float(seconds.group(1)))
    if text.startswith("@"):
        return _generic(text, timezone)
    return _five(text.replace("$", "L"), timezone)


def _gcp(text: str, timezone: str) -> Cadence:
    lower = text.lower()
    if lower.startswith("every") or re.match(r"(?:\d+(?:st|nd|rd|th)|first|second|third|fourth)\b", lower):
        return _english(text, timezone)
    return _five(text, timezone)


def _systemd(text: str, timezone: str) -> Cadence:
    """An OnCalendar specification, or a time span (OnUnitActiveSec) where it has no `:` and starts with a digit."""
    words = {
        "minutely": "*-*-* *:*:00",
        "hourly": "*-*-* *:00:00",
        "daily": "*-*-* 00:00:00",
        "monthly": "*-*-01 00:00:00",
        "weekly": "Mon *-*-* 00:00:00",
        "yearly": "*-01-01 00:00:00",
        "annually": "*-01-01 00:00:00",
        "quarterly": "*-01,04,07,10-01 00:00:00",
        "semiannually": "*-01,07-01 00:00:00",
    }
    if re.fullmatch(r"[\d.]+\s*[a-z]*(?:\s+[\d.]+\s*[a-z]+)*", text) and ":" not in text and "-" not in text:
        return Every(_span(text))
    parts = words.get(text.lower(), text).split()
    weekday, day, clock = "*", "*-*-*", "00:00:00"
    for part in parts:
        if ":" in part:
            clock = part
        elif re.match(r"[A-Za-z]", part):
            if part[:3].lower() in _WEEKDAYS and part.lower() not in {"utc"}:
                weekday = part.rstrip(",")
            elif check_timezone(part):
                timezone = part
            else:
                raise InvalidExpressionError(f"{part} is neither a weekday nor a time zone")
        elif "-" in part or "~" in part:
            day = part
        else:
            raise InvalidExpressionError(f"{part} is neither a date nor a time")
    return _systemd_calendar(weekday, day, clock, timezone)


def _systemd_calendar(weekday: str, day: str, clock: str, timezone: str) -> Calendar:
    times = clock.split(":")
    if len(times) == 2:
        times.append("00")
    if len(times) != 3:
        raise InvalidExpressionError(f"{clock} is no time of day")
    last = "~" in day
    dates = day.replace("~", "-").split("-")
    if len(dates) == 2:
        dates.insert(0, "*")
    if len(dates) != 3:
        raise InvalidExpressionError(f"{day} is no date")
    seconds = re.sub(r"\.\d+", "", times[2])
    values = [_systemd_field(x, low, high) for x, low, high in ((times[0], 0, 23), (times[1], 0, 59), (seconds, 0, 59))]
    months = _systemd_field(dates[1], 1, 12)
    dom = "L" if last else _listed(_systemd_field(dates[2], 1, 31), 31)
    rules = [f"{dom} {_listed(months, 12)} *"]
    if weekday != "*":
        rules.append(f"* * {_systemd_weekdays(weekday)}")
    calendar = Calendar(values[2], values[1], values[0], tuple(rules), timezone)
    if not _matching_days(calendar.days, _FIRST, _DAYS):
        raise InvalidExpressionError("no day ever matches")
    return calendar


def _systemd_field(text: str, low: int, high: int) -> tuple[int, ...]:
    found: set[int] = set()
    for term in text.split(","):
        base, _, step_text = term.partition("/")
        if step_text and not step_text.isdigit():
            raise InvalidExpressionError(f"{term} is no field of a calendar specification")
        step = int(step_text) if step_text else 0
        if step_text and step < 1:
            raise InvalidExpressionError(f"{term} has a step of zero")
        if base == "*":
            found.update(range(low, high + 1, step or 1))
            continue
        first_text, _, last_text = base.partition("..")
        if not first_text.isdigit() or (last_text and not last_text.isdigit()):
            raise InvalidExpressionError(f"{term} is no field of a calendar specification")
        first = int(first_text)
        last = int(last_text) if last_text else (high if step else first)
        if not low <= first <= last <= high:
            raise InvalidExpressionError(f"{term} lies outside {low}..{high}")
        found.update(range(first, last + 1, step or 1))
    return tuple(sorted(found))


def _systemd_weekdays(text: str) -> str:
    days: set[int] = set()
    for term in text.lower().split(","):
        if not term:
            continue
        first, _, last = term.replace("..", "-").partition("-")
        names = [first, last] if last else [first, first]
        if any(n[:3] not in _WEEKDAYS for n in names):
            raise InvalidExpressionError(f"{term} is no weekday")
        start, end = (_WEEKDAYS.index(n[:3]) for n in names)
        days.update((start + i) % 7 for i in range((end - start) % 7 + 1))
    return ",".join(str(d) for d in sorted(days))


def _english(text: str, timezone: str) -> Cadence:
    """`every 5 minutes`, `every day 09:00`, `every monday 09:00`, `1st monday of month 09:00`, agenda's `5 minutes`."""
    lower = text.lower().strip()
    lower = re.sub(r"\s+(synchronized|from .*)$", "", lower)
    body = re.sub(r"^every\s*", "", lower)
    clock = re.search(r"\b(\d{1,2}):(\d\d)$", body)
    hour, minute = (clock.group(1), str(int(clock.group(2)))) if clock else ("0", "0")
    days = body[: clock.start()].strip() if clock else body
    days = re.sub(r"\s*(?:at|of month)\s*$", "", days).strip()
    days = re.sub(r"\s+of (?:every )?month$", "", days)
    ordinal = re.fullmatch(r"(\d)(?:st|nd|rd|th)\s+([a-z]+)", days)
    if ordinal and ordinal.group(2)[:3] in _WEEKDAYS:
        weekday = f"{_WEEKDAYS.index(ordinal.group(2)[:3])}#{ordinal.group(1)}"
        return _fields(["0", minute, hour, "*", "*", weekday], timezone)
    names = [d for d in re.split(r"[,\s]+", days) if d]
    if names and all(n[:3] in _WEEKDAYS for n in names):
        weekday = ",".join(str(_WEEKDAYS.index(n[:3])) for n in names)
        return _fields(["0", minute, hour, "*", "*", weekday], timezone)
    if days in {"day", "weekday", "midnight"} and (clock or days != "day"):
        return _fields(["0", minute, hour, "*", "*", "1-5" if days == "weekday" else "*"], timezone)
    return Every(_span(days or body))


def _interval(text: str, timezone: str) -> Cadence:
    """An interval, whatever words surround it; otherwise what `_generic` reads."""
    try:
        return Every(_span(text.lower().removeprefix("every").strip()))
    except InvalidExpressionError:
        return _generic(text, timezone)


# --------------------------------------------------------------------------- the core


def _cron(text: str, timezone: str) -> Calendar:
    parts = text.split()
    if len(parts) not in (5, 6):
        raise InvalidExpressionError(f"expected five fields, found {len(parts)}")
    return _fields(parts if len(parts) == 6 else ["0", *parts], timezone)


def _fields(parts: list[str], timezone: str) -> Calendar:
    """Six fields, seconds first, weekdays 0-7 from Sunday; `?`, `W` and `L-n` are brought to what cronsim reads."""
    second, minute, hour, dom, month, dow = (p.upper().replace("?", "*") for p in parts)
    dom = re.sub(r"\bL-\d+\b", "28", re.sub(r"(\d+)W", r"\1", dom))  # both fire once a month
    if re.fullmatch(r"L", dow):
        dow = "6"
    dow = _wrapped(dow, _WEEKDAYS, 7)
    month = _wrapped(month, _MONTH_NAMES, 12)
    try:
        core = CronSim(f"{second} {minute} {hour} {dom} {month} {dow}", datetime(2025, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError, AssertionError, IndexError) as error:
        raise InvalidExpressionError(f"{str(error).lower() or 'a field is out of range'}") from None
    hours, minutes = tuple(sorted(core.hours)), tuple(sorted(core.minutes))
    return Calendar(tuple(sorted(core.seconds)), minutes, hours, (f"{dom} {month} {dow}",), timezone)


def _wrapped(field: str, names: tuple[str, ...], size: int) -> str:
    """Spell out ranges that run over the end of the week or year (`FRI-MON`, `11-2`), which cronsim refuses."""
    offset = 1 if size == 12 else 0

    def number(text: str) -> int | None:
        if text.isdigit():
            return int(text)
        short = text[:3].lower()
        return names.index(short) + offset if short in names else None

    terms: list[str] = []
    for term in field.split(","):
        first, dash, last = term.partition("-")
        start, end = number(first), number(last)
        if dash and start is not None and end is not None and end < start:
            terms.extend(str((start - offset + i) % size + offset) for i in range((end - start) % size + 1))
        else:
            terms.append(term if "#" in term or start is None or first.isdigit() or dash else str(start))
    return ",".join(terms)


def _quartz_weekday(field: str) -> str:
    """Weekdays counted 1-7 from Sunday to 0-6; names, `?`, `*`, steps and the `n` of `d#n` stay."""

    def shift(found: re.Match[str]) -> str:
        value = int(found.group(0))
        if not 1 <= value <= 7:
            raise InvalidExpressionError(f"weekday {value} lies outside 1..7")
        return str(value - 1)

    terms: list[str] = []
    for term in field.split(","):
        base, slash, step = term.partition("/")
        base, hash_, nth = base.partition("#")
        terms.append(re.sub(r"\d+", shift, base) + hash_ + nth + slash + step)
    return ",".join(terms)


def _matching_days(rules: tuple[str, ...], first: date, count: int) -> tuple[date, ...]:
    """The days, of `count` from `first`, that meet every rule, by cronsim's own enumeration of midnights."""
    end = datetime.combine(first, time(), UTC) + timedelta(days=count)
    found: set[date] | None = None
    for rule in rules:
        days: set[date] = set()
        if rule == "* * *":
            days = {first + timedelta(days=i) for i in range(count)}
        else:
            try:
                for moment in CronSim(f"0 0 {rule}", datetime.combine(first, time(), UTC) - timedelta(seconds=1)):
                    if moment >= end:
                        break
                    days.add(moment.date())
            except (CronSimError, ValueError):
                days = set()
        found = days if found is None else found & days
    return tuple(sorted(found or ()))


def _moments(calendar: Calendar, day: date) -> Iterator[datetime]:
    zone = UTC if calendar.timezone.lower() in {"", "utc", "local", "gmt"} else _zone(calendar.timezone)
    count = 0
    for hour in calendar.hours:
        for minute in calendar.minutes:
            for second in calendar.seconds:
                count += 1
                if count > 100_000:
                    return
                yield datetime.combine(day, time(hour, minute, second), zone).astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name) if name in available_timezones() else ZoneInfo("UTC")


def _span(text: str) -> float:
    """Seconds of `5min`, `1h 30m`, `90`, `two hours`."""
    lower = " ".join(_WORDS.get(w, w) for w in text.lower().replace(" and ", " ").replace(",", " ").split())
    if lower.rstrip("s") in _UNIT_SECONDS and len(lower) > 2:
        return _UNIT_SECONDS[lower.rstrip("s")]
    total, at = 0.0, 0
    for found in _SPAN.finditer(lower):
        if lower[at : found.start()].strip():
            raise InvalidExpressionError(f"{text} is no time span")
        unit = found.group(2) or "s"
        known = unit if unit in _UNIT_SECONDS else unit.rstrip("s")
        if known not in _UNIT_SECONDS:
            raise InvalidExpressionError(f"{unit} is no unit of time")
        total += float(found.group(1)) * _UNIT_SECONDS[known]
        at = found.end()
    if not at or lower[at:].strip():
        raise InvalidExpressionError(f"{text} is no time span")
    return _positive(total)


def _iso_duration(text: str) -> float:
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", text.upper())
    if not found:
        raise InvalidExpressionError(f"{text} is no duration")
    days, hours, minutes, seconds = (float(x or 0) for x in found.groups())
    return _positive(days * 86400 + hours * 3600 + minutes * 60 + seconds)


def _positive(seconds: float) -> float:
    if not 0 < seconds < 1e11:
        raise InvalidExpressionError("the interval is not positive")
    return seconds


def _listed(values: tuple[int, ...], size: int) -> str:
    return "*" if len(values) == size else ",".join(str(v) for v in values)


_DIALECTS: dict[str, Callable[[str, str], Cadence]] = {
    "github-actions": _five,
    "gitlab-ci": _five,
    "crontab": _crontab,
    "systemd-timer": _systemd,
    "vercel-cron": _five,
    "render-cron": _five,
    "railway-cron": _five,
    "cloudflare-cron": _cloudflare,
    "aws-schedule": _serverless,
    "azure-timer": _azure,
    "spring-scheduled": _spring,
    "quartz": _quartz,
    "pg-cron": _pg_cron,
    "gcp-scheduler": _gcp,
    "agenda": _interval,
    "setinterval": _interval,
    "loop-sleep": _interval,
}

"""Schedules that hosting platforms read: Vercel, Netlify, Cloudflare, Render, Railway, Fly, Heroku, Supabase's SQL, Azure."""

from __future__ import annotations

import re

from auditor.lazily import dataclass, regex
from auditor.model.facts import Command, Schedule, Target
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting
from auditor.readers.schedules.view import View


def read_vercel(path: str, root: View) -> tuple[Schedule, ...]:
    """`crons` of vercel.json: Vercel sends a GET to the path."""
    folder = path.rpartition("/")[0]
    found = []
    for cron in root.get("crons").elements():
        route, expression = cron.get("path"), cron.get("schedule")
        if not expression:
            continue
        target = Target("route", route.at, name=route.text.split("?")[0], method="GET", job=folder)
        found.append(
            Schedule(
                at=cron.at,
                kind="vercel-cron",
                expression=expression.text,
                targets=(target,),
                time_limit=_vercel_limit(root, route.text),
                retries=Given(0, cron.at, "default"),
                platform_limit="the function's default duration ends it; nothing keeps two runs apart",
            )
        )
    return tuple(found)


def _vercel_limit(root: View, route: str) -> Setting[float | None]:
    """The `maxDuration` of a functions entry whose pattern can match the route's file; the file decides in the end."""
    for pattern, at, entry in root.get("functions").pairs():
        duration = entry.get("maxDuration")
        if duration.number is not None:
            return Given(duration.number, at, f"pattern:{pattern}")
    return Absent()


def read_netlify(path: str, root: View) -> tuple[Schedule, ...]:
    """`[functions."name"] schedule = "…"` of netlify.toml."""
    base = root.get("functions", "directory").text or root.get("build", "functions").text or "netlify/functions"
    folder = path.rpartition("/")[0]
    found = []
    for name, at, entry in root.get("functions").pairs():
        expression = entry.get("schedule")
        if entry.is_map and expression:
            where = f"{folder}/{base}" if folder else base
            found.append(
                netlify_schedule(expression.at, expression.text, Target("handler", at, name=f"{where}/{name}#default"))
            )
    return tuple(found)


def netlify_schedule(at: Span, expression: str, target: Target) -> Schedule:
    """A scheduled function of Netlify."""
    return Schedule(
        at=at,
        kind="netlify-scheduled",
        expression=expression,
        targets=(target,),
        retries=Given(0, at, "default"),
        platform_limit="Netlify ends a scheduled function after 30 seconds",
    )


def read_wrangler(path: str, root: View) -> tuple[Schedule, ...]:
    """`triggers.crons` of wrangler.toml, wrangler.json and wrangler.jsonc, top level and environments."""
    folder = path.rpartition("/")[0]
    main = root.get("main").text or "src/index.ts"
    file = f"{folder}/{main}" if folder else main
    found = []
    places = [root.get("triggers", "crons"), *(env.get("triggers", "crons") for _, _, env in root.get("env").pairs())]
    seen: set[str] = set()
    for crons in places:
        for cron in crons.elements():
            if not cron.text or cron.text in seen:
                continue
            seen.add(cron.text)
            found.append(
                Schedule(
                    at=cron.at,
                    kind="cloudflare-cron",
                    expression=cron.text,
                    targets=(Target("handler", cron.at, name=f"{file}#scheduled"),),
                    retries=Given(0, cron.at, "default"),
                    platform_limit="limits.cpu_ms counts processor time only; waiting for a model is free",
                )
            )
    return tuple(found)


def read_render(path: str, root: View) -> tuple[Schedule, ...]:
    """Services of type cron in render.yaml."""
    found = []
    services = [*root.get("services").elements()]
    for project in root.get("projects").elements():
        for environment in project.get("environments").elements():
            services.extend(environment.get("services").elements())
    for service in services:
        expression = service.get("schedule")
        if service.get("type").text != "cron" or not expression:
            continue
        command = service.get("startCommand") or service.get("dockerCommand")
        cwd = service.get("rootDir").text
        docker = service.get("dockerfilePath") or service.get("runtime")
        if command:
            target = Target("command", command.at, command=Command(command.text, command.at, cwd))
        else:
            file = service.get("dockerfilePath").text.removeprefix("./") or "Dockerfile"
            target = Target("image", docker.at, name=f"{cwd}/{file}" if cwd else file)
        found.append(
            Schedule(
                at=expression.at,
                kind="render-cron",
                expression=expression.text,
                targets=(target,),
                overlap_guard=Given("Render keeps at most one run active", expression.at, "default"),
                platform_limit="Render ends a run after 12 hours",
                secrets=tuple(sorted(v.get("key").text for v in service.get("envVars").elements() if v.get("key"))),
            )
        )
    return tuple(found)


def read_railway(path: str, root: View) -> tuple[Schedule, ...]:
    """`deploy.cronSchedule` of railway.json and railway.toml."""
    deploy = root.get("deploy")
    expression = deploy.get("cronSchedule")
    if not expression:
        return ()
    folder = path.rpartition("/")[0]
    command = deploy.get("startCommand")
    dockerfile = root.get("build", "dockerfilePath").text or "Dockerfile"
    if command:
        target = Target("command", command.at, command=Command(command.text, command.at, folder))
    else:
        target = Target("image", deploy.at, name=f"{folder}/{dockerfile}" if folder else dockerfile)
    retries = deploy.get("restartPolicyMaxRetries").number
    return (
        Schedule(
            at=expression.at,
            kind="railway-cron",
            expression=expression.text,
            targets=(target,),
            overlap_guard=Given("Railway skips a run while the one before is active", expression.at, "default"),
            retries=Given(int(retries), deploy.at, "config") if retries is not None else Absent(),
            platform_limit="Railway ends no run",
        ),
    )


_CLOCK = regex(r"^(?:clock|scheduler|cron|beat)\s*:\s*(.+)$")


def read_fly(path: str, root: View) -> tuple[Schedule, ...]:
    """`[processes]` of fly.toml that run supercronic; their crontab is read on its own, so only the command counts."""
    found = []
    for _, at, command in root.get("processes").pairs():
        if re.search(r"\bsupercronic\b", command.text):
            found.append(
                _outside(at, Target("lost", at, name="the crontab of supercronic says what is run"), "the crontab")
            )
    return tuple(found[:0])  # the crontab itself is the schedule; nothing to add


def read_fly_commands(path: str, text: str) -> tuple[Schedule, ...]:
    """`fly machine run … --schedule hourly` in scripts and workflows."""
    found = []
    for match in re.finditer(
        r"^[^\n#]*\bfly(?:ctl)?\s+machines?\s+run\b[^\n]*?--schedule[= ](\w+)[^\n]*", text, re.MULTILINE
    ):
        line = text.count("\n", 0, match.start(1)) + 1
        at = Span(path, line)
        presets = {"hourly": "@hourly", "daily": "@daily", "weekly": "@weekly", "monthly": "@monthly"}
        target = Target("image", at, name="Dockerfile")
        word = match.group(1)
        found.append(
            Schedule(at=at, kind="fly-heroku", expression=word, targets=(target,), cadence=presets.get(word, ""))
        )
    return tuple(found)


def read_heroku(path: str, root: View) -> tuple[Schedule, ...]:
    """The Scheduler add-on in app.json: what it runs, and how often, is set in Heroku's dashboard."""
    for addon in root.get("addons").elements():
        name = addon.text or addon.get("plan").text
        if name.startswith("scheduler"):
            return (
                _outside(
                    addon.at,
                    Target("lost", addon.at, name="the command is set in Heroku's dashboard"),
                    "Heroku's dashboard",
                ),
            )
    return ()


def _outside(at: Span, target: Target, where: str) -> Schedule:
    return Schedule(
        at=at,
        kind="fly-heroku",
        expression="",
        targets=(target,),
        known_cadence=False,
        notes=(f"the cadence is set in {where}, outside the repository",),
    )


def read_function_json(path: str, root: View) -> tuple[Schedule, ...]:
    """A timer trigger of Azure Functions' function.json."""
    folder = path.rpartition("/")[0]
    found = []
    for binding in root.get("bindings").elements():
        expression = binding.get("schedule")
        if binding.get("type").text.lower() != "timertrigger" or not expression:
            continue
        script = root.get("scriptFile").text or "__init__.py"
        file = f"{folder}/{script}" if folder else script
        entry = root.get("entryPoint").text or ("main" if script.endswith(".py") else "default")
        setting = re.fullmatch(r"%(\w+)%", expression.text)
        found.append(
            azure_schedule(
                expression.at,
                expression.text,
                Target("handler", expression.at, name=f"{file}#{entry}"),
                outside=bool(setting),
            )
        )
    return tuple(found)


def azure_schedule(at: Span, expression: str, target: Target, *, outside: bool = False) -> Schedule:
    """A timer of Azure Functions; `outside`: the expression is an application setting."""
    return Schedule(
        at=at,
        kind="azure-timer",
        expression=expression,
        targets=(target,),
        overlap_guard=Given("Azure runs one instance of a timer at a time", at, "default"),
        platform_limit="the plan's function timeout ends it (5 to 30 minutes by default)",
        known_cadence=not outside,
        notes=("the expression is an application setting outside the repository",) if outside else (),
    )


_PG_CRON = regex(
    r"""cron\.schedule(?:_in_database)?\s*\(\s*(?P<first>'(?:[^']|'')*'|"[^"]*")\s*(?:::\w+)?\s*,\s*(?:schedule\s*:?=>?\s*)?(?P<second>'(?:[^']|'')*'|\$\w*\$)""",
    re.IGNORECASE,
)
_FUNCTION_URL = regex(r"/functions/v1/([\w-]+)")
_URL = regex(r"https?://[^\s'\"$]+")
_SQL_COMMENT = regex(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def read_sql(path: str, text: str) -> tuple[Schedule, ...]:
    """`cron.schedule(name, expression, command)` of pg_cron in SQL migrations."""
    plain = _without_comments(text)
    found: dict[str, Schedule] = {}
    for match in _PG_CRON.finditer(plain):
        named = not match.group("second").startswith("$") and bool(match.group("second"))
        expression = match.group("second" if named else "first").strip("'\"").replace("''", "'")
        name = match.group("first").strip("'\"") if named else ""
        line = plain.count("\n", 0, match.start()) + 1
        at = Span(path, line, match.start() - (plain.rfind("\n", 0, match.start()) + 1))
        body = _body(plain, match.end())
        found[name or f"{line}"] = Schedule(
            at=at,
            kind="pg-cron",
            expression=expression,
            targets=(_sql_target(at, body),),
            overlap_guard=Absent(),
            platform_limit="the edge function's wall-clock limit ends it; a request that is fired is not waited for",
        )
    for event in sql_events(text):
        for name in [n for n in found if n == event.name] if not event.schedules else ():
            if found[name].at.line < event.line:
                del found[name]
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class SqlEvent:
    """What a migration does to a job of pg_cron: schedules it, or takes it out.

    `pattern`: the name is one of LIKE; `command`: what is scheduled, or the pattern of the commands that are taken out.
    """

    name: str
    line: int
    schedules: bool
    pattern: bool = False
    command: str = ""


_UNSCHEDULE = regex(r"cron\.unschedule\s*\(\s*(?:job_?name\s*:?=>?\s*)?'([^']+)'", re.IGNORECASE)
_JOBS_WHERE = regex(
    r"\bfrom\s+cron\.job\b[^;']*?\b(?P<what>jobname|command)\s*"
    r"(?P<how>=|i?like|in)\s*\(?(?P<names>\s*'[^']*'(?:\s*,\s*'[^']*')*)",
    re.IGNORECASE,
)
_TAKEN_BEFORE = regex(r"(?:cron\.unschedule\s*\([^;]{0,80}|\bdelete\s+)$", re.IGNORECASE)
_TAKEN_AFTER = regex(r"[^;]{0,200}\bloop\b[^;]{0,120}cron\.unschedule\s*\(", re.IGNORECASE)


def sql_events(text: str) -> tuple[SqlEvent, ...]:
    """What a file does to jobs of pg_cron that have a name, in order."""
    if "cron." not in text.lower():
        return ()
    plain = _without_comments(text)
    found: list[tuple[int, SqlEvent]] = []
    for match in _PG_CRON.finditer(plain):
        if not match.group("second").startswith("$"):
            name, line = match.group("first").strip("'\""), plain.count("\n", 0, match.start()) + 1
            found.append((match.start(), SqlEvent(name, line, True, command=_body(plain, match.end()))))
    for match in _UNSCHEDULE.finditer(plain):
        line = plain.count("\n", 0, match.start()) + 1
        found.append((match.start(), SqlEvent(match.group(1), line, False)))
    for match in _JOBS_WHERE.finditer(plain):
        before, after = plain[max(0, match.start() - 120) : match.start()], plain[match.end() : match.end() + 400]
        if not (_TAKEN_BEFORE.search(before) or _TAKEN_AFTER.match(after)):
            continue
        like, line = match.group("how").lower().endswith("like"), plain.count("\n", 0, match.start()) + 1
        for name in re.findall(r"'([^']*)'", match.group("names")):
            of_command = match.group("what").lower() == "command"
            event = SqlEvent("", line, False, True, name) if of_command else SqlEvent(name, line, False, like)
            found.append((match.start(), event))
    return tuple(event for _, event in sorted(found, key=lambda pair: pair[0]))


def _body(plain: str, start: int) -> str:
    """What stands after a job's name and expression, up to the next job."""
    body = plain[start : start + 4000]
    following = _PG_CRON.search(body)
    return body[: following.start()] if following else body


def _without_comments(text: str) -> str:
    """The text with its comments blanked, lines kept."""
    return _SQL_COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def _sql_target(at: Span, body: str) -> Target:
    function = _FUNCTION_URL.search(body)
    if function:
        return Target("handler", at, name=f"supabase/functions/{function.group(1)}/index.ts#module")
    if re.search(r"\b(?:net\.)?http_(?:post|get)\b", body, re.IGNORECASE):
        url = _URL.search(body)
        route = re.sub(r"^https?://[^/]+", "", url.group(0)) if url else ""
        if route:
            return Target("route", at, name=route, method="POST" if "http_post" in body.lower() else "GET")
        return Target("lost", at, name="the address of the request is not in the file")
    return Target("nothing", at, name="plain SQL")


def read_prefect(path: str, root: View) -> tuple[Schedule, ...]:
    """Deployments of prefect.yaml."""
    found = []
    folder = path.rpartition("/")[0]
    for deployment in root.get("deployments").elements():
        entry = deployment.get("entrypoint")
        name = f"{folder}/{entry.text}" if folder else entry.text
        for schedule in [*deployment.get("schedules").elements(), *deployment.get("schedule").elements()]:
            cron, interval, rule = schedule.get("cron"), schedule.get("interval"), schedule.get("rrule")
            value = cron or interval or rule
            if not value:
                continue
            limit = deployment.get("concurrency_limit")
            found.append(
                Schedule(
                    at=value.at,
                    kind="prefect",
                    expression=value.text
                    if cron
                    else f"interval {value.text} seconds"
                    if interval
                    else f"rrule {value.text}",
                    targets=(Target("function", entry.at, name=name),)
                    if entry
                    else (Target("lost", value.at, name="no entry point is named"),),
                    overlap_guard=Given("concurrency_limit", limit.at, "config") if limit else Absent(),
                    timezone=schedule.get("timezone").text,
                    cadence=f"{value.text} seconds" if interval else "",
                    known_cadence=not rule,
                    dormant=schedule.get("active").text.lower() == "false",
                )
            )
    return tuple(found)


def read_django_fixture(path: str, root: View) -> tuple[Schedule, ...]:
    """django_celery_beat rows in fixtures; the database may say otherwise later."""
    rows = [r for r in root.elements() if r.get("model").text.startswith("django_celery_beat.")]
    cadences: dict[tuple[str, str], tuple[str, str]] = {}
    for row in rows:
        fields, kind = row.get("fields"), row.get("model").text.split(".")[1]
        if kind == "crontabschedule":
            parts = [
                fields.get(n).text or "*" for n in ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
            ]
            cadences["crontab", row.get("pk").text] = (" ".join(parts), fields.get("timezone").text)
        elif kind == "intervalschedule":
            cadences["interval", row.get("pk").text] = (f"{fields.get('every').text} {fields.get('period').text}", "")
    found = []
    for row in rows:
        if row.get("model").text != "django_celery_beat.periodictask":
            continue
        fields = row.get("fields")
        which = next((w for w in ("crontab", "interval") if fields.get(w)), "crontab")
        expression, zone = cadences.get((which, fields.get(which).text), ("", ""))
        task = fields.get("task")
        found.append(
            Schedule(
                at=row.at,
                kind="django-celery-beat",
                expression=expression,
                targets=(Target("task", task.at, name=task.text),),
                timezone=zone,
                known_cadence=bool(expression),
                dormant=fields.get("enabled").text.lower() == "false",
                notes=("the row in the database decides",),
            )
        )
    return tuple(found)

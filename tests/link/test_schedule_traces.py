"""Which way a schedule's trace shows: through helpers that run what they are given, and what bounds a run on the way."""

from __future__ import annotations

import pytest

from auditor.model.setting import Absent, Given
from tests.link.test_schedules import found

RETRY_TS = """
export async function withRetry<T>(fn: () => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try { return await fn(); } catch (error) { console.warn(error); }
  }
  throw new Error("gave up");
}
"""
TITLES_TS = """
import OpenAI from "openai";
import { withRetry } from "./retry";
const client = new OpenAI();
export async function title() {
  return withRetry(() => client.chat.completions.create({ model: "gpt-4o-mini", messages: [] }));
}
"""
IMAGES_TS = """
import OpenAI from "openai";
import { withRetry } from "./retry";
const client = new OpenAI();
export async function image() {
  return withRetry(() => client.images.generate({ model: "gpt-image-1", prompt: "a cat" }));
}
"""
CRON_TS = """
import cron from "node-cron";
import { title } from "./titles";
cron.schedule("0 6 * * *", async () => { await title(); });
"""
RETRY_PY = """
def with_retry(fn):
    for attempt in range(3):
        try:
            return fn()
        except Exception:
            print("again")


def each(rows, fn):
    for row in rows:
        fn(row)
"""
CALLS_PY = """
from openai import OpenAI
from retry import with_retry, each

client = OpenAI()


def send_title(row=None):
    return client.chat.completions.create(model="gpt-4o-mini", messages=[])


def send_image(row=None):
    return client.images.generate(model="gpt-image-1", prompt="a cat")


def title():
    return with_retry(send_title)


def image():
    return with_retry(send_image)


def titles(rows):
    each(rows, send_title)
"""
JOB_PY = "from calls import {name}\n\n\ndef rows():\n    return open('rows').readlines()\n\n\n{call}\n"
CRONTAB = "0 6 * * * python job.py\n"


def test_only_the_function_that_the_job_hands_on_is_reached() -> None:
    files = {"src/retry.ts": RETRY_TS, "src/titles.ts": TITLES_TS, "src/images.ts": IMAGES_TS, "src/cron.ts": CRON_TS}
    ((_, trigger),) = found({**files, "package.json": '{"dependencies": {"node-cron": "3", "openai": "4"}}'})
    assert [c.path for c in trigger.calls] == ["src/titles.ts"]
    assert {t[-1].at.path for t in trigger.traces} == {"src/titles.ts"}
    assert [s.label for s in trigger.traces[0]][-2:] == ["runs a function given", "sends the request"]


@pytest.mark.parametrize(
    ("name", "call", "line", "bounded"),
    [
        ("title", "title()", 9, True),
        ("image", "image()", 13, True),
        ("titles", "titles(rows())", 9, False),
    ],
)
def test_a_helper_runs_what_it_is_given(name: str, call: str, line: int, bounded: bool) -> None:
    job = JOB_PY.format(name=name, call=call)
    ((schedule, trigger),) = found({"crontab": CRONTAB, "job.py": job, "calls.py": CALLS_PY, "retry.py": RETRY_PY})
    assert [(c.path, c.line) for c in trigger.calls] == [("calls.py", line - 1)]
    assert isinstance(schedule.item_limit, Given) is bounded


WORK = """
from openai import OpenAI

client = OpenAI()
BUDGET = object()


def allowed(user):
    return quota_left(user) > 0


def first(rows, limit):
    return rows[:limit]


def ask(row):
    return client.chat.completions.create(model="gpt-4o-mini", messages=[{{"role": "user", "content": row}}])


def rows():
    return open("rows").readlines()


def main():
{body}


main()
"""


@pytest.mark.parametrize(
    ("body", "bounded"),
    [
        ("    for user in rows():\n        if quota.exceeded(user):\n            continue\n        ask(user)", False),
        ("    for user in rows():\n        key = user.id\n        if over_limit(key):\n            continue\n        ask(user)", False),
        ("    for user in rows():\n        if BUDGET.exhausted():\n            continue\n        ask(user)", True),
        ("    for user in rows():\n        if quota.exceeded(user):\n            break\n        ask(user)", True),
        ("    sent = 0\n    for user in rows():\n        if sent >= 5:\n            continue\n        sent += 1\n        ask(user)", True),
        ("    found = rows()\n    for row in first(found, limit=len(found)):\n        ask(row)", False),
        ("    found = rows()\n    limit = len(found)\n    for row in found[:limit]:\n        ask(row)", False),
        ("    found = rows()\n    for row in first(found, limit=5):\n        ask(row)", True),
        ("    found = rows()\n    for row in found[:settings.max_rows]:\n        ask(row)", True),
    ],
)  # fmt: skip
def test_what_bounds_the_calls_of_a_run(body: str, bounded: bool) -> None:
    ((schedule, _),) = found({"crontab": CRONTAB, "job.py": WORK.format(body=body)})
    assert isinstance(schedule.item_limit, Given if bounded else Absent)


MANY = """
def work(items):
    for item in items:
        ask(item)


def by_hand():
    {other}
"""


@pytest.mark.parametrize(
    ("own", "other", "limit"),
    [
        ("work(rows()[:5])", "work(rows())", 5),
        ("work(rows()[:5])", "work(rows()[:9])", 5),
        ("work(rows())", "work(rows()[:5])", None),
        ("work(rows()[:5]); work(rows())", "work(rows()[:5])", None),
        ("work(rows()[:5]); by_hand()", "work(rows())", None),
    ],
)
def test_what_others_give_does_not_count_for_a_run(own: str, other: str, limit: int | None) -> None:
    job = WORK.format(body=f"    {own}").replace("def main()", MANY.format(other=other) + "\n\ndef main()")
    ((schedule, _),) = found({"crontab": CRONTAB, "job.py": job})
    assert isinstance(schedule.item_limit, Given if limit else Absent)
    assert not isinstance(schedule.item_limit, Given) or schedule.item_limit.value == limit


MODELS_PY = """
from django.db import models


class Usage(models.Model):
    cost = models.IntegerField()
"""
SERIALIZERS_PY = """
from openai import OpenAI

client = OpenAI()


class Base:
    def create(self, data):
        return data


class Clip(Base):
    def create(self, data):
        return client.embeddings.create(model="text-embedding-3-small", input=data)
"""
DJANGO_JOB_PY = """
from models import Usage
import serializers


def main():
    Usage.objects.create(cost=1)


main()
"""


def test_a_method_of_a_library_object_is_none_of_the_repository() -> None:
    files = {"crontab": CRONTAB, "job.py": DJANGO_JOB_PY, "models.py": MODELS_PY, "serializers.py": SERIALIZERS_PY}
    ((_, trigger),) = found(files)
    assert not trigger.calls


BOT_PY = """
import asyncio
from openai import OpenAI

client = OpenAI()


class Quotes:
    def __init__(self, bot):
        self.bot = bot
        {start}

    async def {name}(self):
        while True:
            await asyncio.sleep(3600)
            client.chat.completions.create(model="gpt-4o-mini", messages=[])


def main():
    Quotes(None)


main()
"""


@pytest.mark.parametrize(
    ("start", "name", "files", "schedules"),
    [
        ("asyncio.create_task(self.quote_loop())", "quote_loop", {}, 1),
        ("# asyncio.create_task(self.quote_loop())", "quote_loop", {}, 0),
        ('asyncio.create_task(getattr(self, "quote_loop")())', "quote_loop", {}, 1),
        ("pass", "run", {}, 1),
        ("pass", "quote_loop", {"other.py": "def begin(quotes):\n    return quotes.quote_loop()\n"}, 1),
    ],
)
def test_a_loop_that_nothing_starts_is_no_schedule(
    start: str, name: str, files: dict[str, str], schedules: int
) -> None:
    assert len(found({"bot.py": BOT_PY.format(start=start, name=name), **files})) == schedules


WRAPPED_PY = """
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from openai import OpenAI

client = OpenAI()


async def digest():
    client.chat.completions.create(model="gpt-4o-mini", messages=[])


async def cleanup():
    print("only deletes")


def safely(job):
    async def runner():
        try:
            return await job()
        except Exception:
            print("failed")

    return runner


scheduler = AsyncIOScheduler()
scheduler.add_job(safely(digest), "interval", hours=1)
scheduler.add_job(safely(cleanup), "interval", hours=6)
scheduler.start()
"""


def test_a_wrapped_job_runs_what_its_wrapper_was_given() -> None:
    pairs = found({"bot.py": WRAPPED_PY})
    assert [(s.expression, t.reaches) for s, t in pairs] == [("interval hours=1", True), ("interval hours=6", False)]


CRON_SQL = """
select cron.schedule('digest', '0 12 * * *', $$
  select net.http_post(url := 'https://abc.supabase.co/functions/v1/all-digests', body := '{}'::jsonb);
$$);
"""
ALL_TS = """
import { serve } from "https://deno.land/std@0.168.0/http/server.ts";
serve(async (req) => {
  for (const user of await users()) {
    await fetch(`${Deno.env.get("SUPABASE_URL")}/functions/v1/digest`, { method: "POST", body: user });
  }
  return new Response("ok");
});
"""
DIGEST_TS = """
import { serve } from "https://deno.land/std@0.168.0/http/server.ts";
serve(async (req) => {
  const answer = await fetch("https://ai.gateway.lovable.dev/v1/chat/completions", {
    method: "POST",
    headers: { Authorization: `Bearer ${Deno.env.get("LOVABLE_API_KEY")}` },
    body: JSON.stringify({ model: "google/gemini-2.5-flash", messages: [] }),
  });
  return new Response(await answer.text());
});
"""


def test_a_database_timer_is_followed_through_two_edge_functions() -> None:
    files = {
        "supabase/migrations/1_cron.sql": CRON_SQL,
        "supabase/functions/all-digests/index.ts": ALL_TS,
        "supabase/functions/digest/index.ts": DIGEST_TS,
    }
    ((schedule, trigger),) = found(files)
    assert [(c.path, c.line) for c in trigger.calls] == [("supabase/functions/digest/index.ts", 3)]
    assert isinstance(schedule.item_limit, Absent)


ROUTES_PY = """
from fastapi import APIRouter
from openai import OpenAI
client = OpenAI()
router = APIRouter()


@router.get("/news/digest")
async def digest():
    return client.chat.completions.create(model="gpt-4o-mini", messages=[], max_tokens=9)


def helper():
    return 1
"""
ROUTES_TS = """
import express from "express";
import OpenAI from "openai";
const client = new OpenAI();
export const app = express();
async function digest(req, res) {
  res.json(await client.chat.completions.create({ model: "gpt-4o-mini", messages: [], max_tokens: 9 }));
}
app.get("/news/digest", digest);
app.post("/news/digest", async (req, res) => digest(req, res));
console.log("/news/digest");
export function helper() { return 1; }
"""


def test_who_imports_a_module_of_routes_requests_none_of_them() -> None:
    job = "from routes import helper\n\nprint('/news/digest')\nhelper()\n"
    ((_, trigger),) = found({"crontab": "0 6 * * * python job.py\n", "job.py": job, "routes.py": ROUTES_PY})
    assert trigger.reaches is False
    script = 'import { helper } from "./routes";\nhelper();\n'
    ((_, trigger),) = found({"crontab": "0 6 * * * npx tsx job.ts\n", "job.ts": script, "routes.ts": ROUTES_TS})
    assert trigger.reaches is False


def test_a_request_to_an_own_route_still_leads_to_its_handler() -> None:
    job = "import requests\n\nrequests.get('http://localhost:8000/news/digest')\n"
    ((_, trigger),) = found({"crontab": "0 6 * * * python job.py\n", "job.py": job, "routes.py": ROUTES_PY})
    assert trigger.reaches is True

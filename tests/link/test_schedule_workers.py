"""Workers that handle cron triggers, with and without a committed file that says when they fire."""

from __future__ import annotations

import pytest

from tests.link.test_schedules import ASK_TS, found

WORKER = 'import { ask } from "./ask";\nexport default {\n  async scheduled(event, env, ctx) { ctx.waitUntil(ask()); },\n};\n'
TRIGGERS = 'main = "src/index.ts"\n[triggers]\ncrons = ["0 9 * * *"]\n'

CASES: dict[str, tuple[dict[str, str], list[tuple[str, int, str, bool]]]] = {
    "nothing says when": ({"src/index.ts": WORKER}, [("src/index.ts", 3, "", True)]),
    "an object with a name": (
        {"src/index.ts": 'import { ask } from "./ask";\nconst run = async (event, env) => { await ask(); };\nconst worker = { scheduled: run };\nexport default worker;\n'},
        [("src/index.ts", 3, "", True)],
    ),
    "a class": (
        {"src/index.ts": 'import { WorkerEntrypoint } from "cloudflare:workers";\nimport { ask } from "./ask";\nexport default class extends WorkerEntrypoint {\n  async scheduled() { await ask(); }\n}\n'},
        [("src/index.ts", 4, "", True)],
    ),
    "a wrangler file says when": ({"src/index.ts": WORKER, "wrangler.toml": TRIGGERS}, [("wrangler.toml", 3, "0 9 * * *", True)]),
    "its line is commented out": ({"src/index.ts": WORKER, "wrangler.toml": 'main = "src/index.ts"\n# crons = ["0 9 * * *"]\n'}, []),
    "the file is silent: the dashboard says when": (
        {"src/index.ts": WORKER, "wrangler.toml": 'main = "src/index.ts"\n'},
        [("src/index.ts", 3, "", True)],
    ),
    "the nearest file counts": (
        {"a/src/index.ts": WORKER, "a/wrangler.toml": 'main = "src/index.ts"\n', "a/src/ask.ts": ASK_TS, "wrangler.toml": TRIGGERS, "src/index.ts": WORKER},
        [("a/src/index.ts", 3, "", True), ("wrangler.toml", 3, "0 9 * * *", True)],
    ),
    "an example says when": (
        {"src/index.ts": WORKER, "wrangler.jsonc.example": '{\n  // where\n  "triggers": {"crons": ["0 9 * * *", "0 21 * * *"]},\n}'},
        [("wrangler.jsonc.example", 3, "0 9 * * *", True), ("wrangler.jsonc.example", 3, "0 21 * * *", True)],
    ),
    "no worker: an object of something else": (
        {"src/index.ts": 'import { ask } from "./ask";\nexport default {\n  name: "post",\n  methods: { ask },\n  scheduled() { return this.at > 0; },\n};\n'},
        [],
    ),
    "no worker: a flag": ({"src/index.ts": "export default { scheduled: true };\n"}, []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_workers_are_scheduled(name: str) -> None:
    files, expected = CASES[name]
    rows = found({"src/ask.ts": ASK_TS, **files})
    assert [(s.at.path, s.at.line, s.expression, t.reaches) for s, t in rows] == expected
    assert all(s.kind == "cloudflare-cron" and s.known_cadence is bool(s.expression) for s, _ in rows)

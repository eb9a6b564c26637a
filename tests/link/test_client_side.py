"""Client or server: each framework's rules, as small repositories."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.link.client_side import ClientSide, Decision
from auditor.model.location import Span
from auditor.model.syntax import Module
from auditor.readers.javascript import read_javascript

CALL = "export const ask = () => fetch('https://api.openai.com/v1/chat/completions')\n"


def decide(files: dict[str, str], path: str, line: int = 0) -> Decision:
    def load(name: str) -> Module | None:
        return read_javascript(name, files[name])[0]

    made = ClientSide(files, files.get, load)
    return made.decide(path, Span(path, line, 4, line, 5) if line else None)


def package(*names: str, **more: Any) -> str:
    return json.dumps({"name": "x", "dependencies": dict.fromkeys(names, "1"), **more})


def uses(*specifiers: str, head: str = "") -> str:
    return head + "".join(f"import {{ ask }} from '{s}'\n" for s in specifiers) + "ask()\n"


NEXT = {"package.json": package("next", "react"), "lib/ai.ts": CALL}
VITE = {
    "package.json": package("vite", "react-dom"),
    "index.html": '<script type="module" src="/src/main.tsx"></script>',
    "src/main.tsx": uses("./App"),
}
REMIX = {"package.json": package("@remix-run/react"), "app/ai.ts": CALL}
SVELTE = {"package.json": package("@sveltejs/kit", "vite"), "src/lib/ai.ts": CALL}
ASTRO = {"package.json": package("astro"), "src/ai.ts": CALL, "src/Chat.tsx": uses("./ai")}

# what: (files, the file asked about, whether it ships)
CASES: dict[str, tuple[dict[str, str], str, bool | None]] = {
    # Next.js, app router
    "next: imported by the client for a type, without saying so": (
        {
            **NEXT,
            "app/api/[[...route]]/route.ts": uses("@/server"),
            "server/index.ts": "export { ask } from '../lib/ai'\nexport type Router = typeof router\n",
            "lib/client.ts": "import { Router } from '@/server'\nexport const api = connect<Router>('/api')\n",
            "components/chat.tsx": "'use client'\nimport { api } from '@/lib/client'\napi.chat()\n",
        },
        "lib/ai.ts",
        False,
    ),
    "next: imported by the client for a value and a type": (
        {
            **NEXT,
            "app/api/chat/route.ts": uses("@/server"),
            "server/index.ts": "export { ask } from '../lib/ai'\nexport type Router = typeof router\n",
            "lib/client.ts": "import { Router, ask } from '@/server'\nexport const api = ask as unknown as Router\n",
            "components/chat.tsx": "'use client'\nimport { api } from '@/lib/client'\napi.chat()\n",
        },
        "lib/ai.ts",
        True,
    ),
    "next: route handler": ({**NEXT, "app/api/chat/route.ts": CALL}, "app/api/chat/route.ts", False),
    "next: server component": ({**NEXT, "app/page.tsx": CALL}, "app/page.tsx", False),
    "next: use client": ({**NEXT, "app/chat.tsx": "// c\n'use client'\n" + CALL}, "app/chat.tsx", True),
    "next: imported by use client": (
        {**NEXT, "app/page.tsx": uses("./chat"), "app/chat.tsx": uses("@/lib/ai", head='"use client";\n')},
        "lib/ai.ts",
        True,
    ),
    "next: through a barrel": (
        {
            **NEXT,
            "lib/index.ts": "export * from './ai'",
            "components/chat.tsx": uses("@/lib", head="'use client'\n"),
        },
        "lib/ai.ts",
        True,
    ),
    "next: type-only import from the client": (
        {
            **NEXT,
            "components/chat.tsx": "'use client'\nimport type { T } from '../lib/ai'\nimport { type U } from '../lib/ai'\n",
        },
        "lib/ai.ts",
        False,
    ),
    "next: imported by a route handler": ({**NEXT, "app/api/x/route.ts": uses("../../../lib/ai")}, "lib/ai.ts", False),
    "next: server action called by the client": (
        {
            **NEXT,
            "app/actions.ts": uses("../lib/ai", head="'use server'\n"),
            "app/chat.tsx": uses("./actions", head="'use client'\n"),
        },
        "lib/ai.ts",
        False,
    ),
    "next: both sides": (
        {**NEXT, "app/api/x/route.ts": uses("@/lib/ai"), "app/c.tsx": uses("@/lib/ai", head="'use client'\n")},
        "lib/ai.ts",
        True,
    ),
    "next: server-only": ({**NEXT, "lib/ai.ts": "import 'server-only'\n" + CALL}, "lib/ai.ts", False),
    "next: middleware": ({**NEXT, "middleware.ts": CALL}, "middleware.ts", False),
    "next: dead code": (NEXT, "lib/ai.ts", False),
    "next: script": ({**NEXT, "scripts/seed.ts": CALL}, "scripts/seed.ts", False),
    "next: a test is no importer": (
        {**NEXT, "lib/ai.test.tsx": uses("./ai", head="'use client'\n")},
        "lib/ai.ts",
        False,
    ),
    # Next.js, pages router
    "next pages: API route": ({**NEXT, "pages/api/chat.ts": CALL}, "pages/api/chat.ts", False),
    "next pages: page": (
        {**NEXT, "pages/index.tsx": "export default function P() {}\n" + CALL},
        "pages/index.tsx",
        True,
    ),
    "next pages: imported by a page": (
        {**NEXT, "src/pages/index.tsx": "import { ask } from '../../lib/ai'\nexport default function P() { ask() }"},
        "lib/ai.ts",
        True,
    ),
    "next pages: imported for getServerSideProps": (
        {
            **NEXT,
            "pages/index.tsx": "import { ask } from '../lib/ai'\n"
            "export async function getServerSideProps() { return help() }\n"
            "const help = () => ask()\n"
            "export default function P() { return <p/> }",
        },
        "lib/ai.ts",
        False,
    ),
    "next pages: imported for both": (
        {
            **NEXT,
            "pages/index.tsx": "import { ask } from '../lib/ai'\n"
            "export const getStaticProps = async () => ask()\nexport default () => <p onClick={ask}/>",
        },
        "lib/ai.ts",
        True,
    ),
    # bundled single-page apps
    "vite: reached from index.html": ({**VITE, "src/App.tsx": uses("./ai"), "src/ai.ts": CALL}, "src/ai.ts", True),
    "vite: dead code in src": ({**VITE, "src/old.ts": CALL}, "src/old.ts", True),
    "vite: function of Vercel": ({**VITE, "api/chat.ts": CALL}, "api/chat.ts", False),
    "vite: imported only by the server": (
        {**VITE, "server/index.ts": uses("../src/ai"), "src/ai.ts": CALL},
        "src/ai.ts",
        False,
    ),
    "vite: run by an npm script": (
        {
            **VITE,
            "package.json": package("vite", "react-dom", scripts={"job": "NODE_ENV=x tsx src/job.ts"}),
            "src/job.ts": CALL,
        },
        "src/job.ts",
        False,
    ),
    "vite: its configuration": ({**VITE, "vite.config.ts": CALL}, "vite.config.ts", False),
    "vite: edge function of Supabase": (
        {**VITE, "supabase/functions/chat/index.ts": CALL},
        "supabase/functions/chat/index.ts",
        False,
    ),
    "vite: function of Netlify": ({**VITE, "netlify/functions/chat.mts": CALL}, "netlify/functions/chat.mts", False),
    "create-react-app": ({"package.json": package("react-scripts"), "src/api.js": CALL}, "src/api.js", True),
    "vue cli": (
        {"package.json": package("@vue/cli-service"), "src/App.vue": "<script>" + CALL + "</script>"},
        "src/App.vue",
        True,
    ),
    "angular": (
        {"package.json": package("@angular/core"), "src/app/ai.service.ts": CALL},
        "src/app/ai.service.ts",
        True,
    ),
    "angular: server": (
        {"package.json": package("@angular/core"), "src/main.server.ts": CALL},
        "src/main.server.ts",
        False,
    ),
    "parcel": ({"package.json": package("parcel"), "src/a.js": CALL}, "src/a.js", True),
    "ionic": ({"package.json": package("@ionic/react", "@capacitor/core"), "src/a.tsx": CALL}, "src/a.tsx", True),
    # frameworks with both sides
    "remix: loader": (
        {**REMIX, "app/routes/a.tsx": "export const loader = () => {\n  ask()\n}\nexport default () => null\n" + CALL},
        "app/routes/a.tsx",
        True,
    ),
    "remix: imported for the loader": (
        {
            **REMIX,
            "app/routes/a.tsx": "import { ask } from '../ai'\nexport const loader = () => ask()\nexport default () => null",
        },
        "app/ai.ts",
        False,
    ),
    "remix: imported for the component": (
        {**REMIX, "app/routes/a.tsx": "import { ask } from '~/ai'\nexport default () => <p onClick={ask}/>"},
        "app/ai.ts",
        True,
    ),
    "remix: resource route": (
        {**REMIX, "app/routes/api.ts": "export const action = () => 1"},
        "app/routes/api.ts",
        False,
    ),
    "remix: .server module": ({**REMIX, "app/ai.server.ts": CALL}, "app/ai.server.ts", False),
    "react router framework": (
        {
            "package.json": package("@react-router/dev"),
            "app/root.tsx": uses("./x") + "export default 1",
            "app/x.ts": CALL,
        },
        "app/x.ts",
        True,
    ),
    "nuxt: server": (
        {"package.json": package("nuxt"), "server/api/chat.post.ts": CALL},
        "server/api/chat.post.ts",
        False,
    ),
    "nuxt: page": (
        {"package.json": package("nuxt"), "pages/index.vue": "<script setup>ask()</script>"},
        "pages/index.vue",
        True,
    ),
    "nuxt: composable": ({"package.json": package("nuxt"), "composables/ai.ts": CALL}, "composables/ai.ts", True),
    "nuxt: server utility": (
        {"package.json": package("nuxt"), "server/utils/ai.ts": CALL},
        "server/utils/ai.ts",
        False,
    ),
    "sveltekit: endpoint": ({**SVELTE, "src/routes/a/+server.ts": CALL}, "src/routes/a/+server.ts", False),
    "sveltekit: page server": ({**SVELTE, "src/routes/+page.server.ts": uses("$lib/ai")}, "src/lib/ai.ts", False),
    "sveltekit: page": (
        {**SVELTE, "src/routes/+page.svelte": "<script>" + uses("$lib/ai") + "</script>"},
        "src/lib/ai.ts",
        True,
    ),
    "sveltekit: universal load": ({**SVELTE, "src/routes/+page.ts": CALL}, "src/routes/+page.ts", True),
    "sveltekit: hooks": ({**SVELTE, "src/hooks.server.ts": CALL}, "src/hooks.server.ts", False),
    "sveltekit: $lib/server": ({**SVELTE, "src/lib/server/ai.ts": CALL}, "src/lib/server/ai.ts", False),
    "astro: endpoint": ({**ASTRO, "src/pages/api/chat.ts": CALL}, "src/pages/api/chat.ts", False),
    "astro: component rendered on the server": (
        {**ASTRO, "src/pages/i.astro": "---\nimport Chat from '../Chat'\n---\n<Chat />\n"},
        "src/ai.ts",
        False,
    ),
    "astro: island": (
        {**ASTRO, "src/pages/i.astro": "---\nimport Chat from '../Chat'\n---\n<Chat\n  q=1 client:load />\n"},
        "src/ai.ts",
        True,
    ),
    "astro: script": (
        {**ASTRO, "src/pages/i.astro": "---\n---\n<script>\nimport '../ai'\n</script>"},
        "src/ai.ts",
        True,
    ),
    "gatsby: page": ({"package.json": package("gatsby"), "src/pages/a.js": CALL}, "src/pages/a.js", True),
    "gatsby: node": ({"package.json": package("gatsby"), "gatsby-node.js": CALL}, "gatsby-node.js", False),
    "gatsby: function": ({"package.json": package("gatsby"), "src/api/chat.js": CALL}, "src/api/chat.js", False),
    # servers
    "express": ({"package.json": package("express"), "routes/chat.js": CALL}, "routes/chat.js", False),
    "express: page that it serves": (
        {
            "package.json": package("express"),
            "server.js": CALL,
            "public/index.html": '<script src="app.js"></script>',
            "public/app.js": CALL,
        },
        "public/app.js",
        True,
    ),
    "fastify": ({"package.json": package("fastify"), "src/routes/chat.ts": CALL}, "src/routes/chat.ts", False),
    "koa": ({"package.json": package("koa", "@koa/router"), "app/chat.js": CALL}, "app/chat.js", False),
    "function of AWS": (
        {
            "package.json": package("openai"),
            "serverless.yml": "",
            "src/ask.js": CALL + "exports.handler = async (event) => ask()\n",
        },
        "src/ask.js",
        False,
    ),
    "function of Vercel on its own": (
        {"package.json": package("openai"), "api/chat.js": CALL + "export default function handler(req, res) {}\n"},
        "api/chat.js",
        False,
    ),
    "nest": ({"package.json": package("@nestjs/core"), "src/ai.service.ts": CALL}, "src/ai.service.ts", False),
    "hono": ({"package.json": package("hono"), "src/index.ts": CALL}, "src/index.ts", False),
    "worker": ({"wrangler.toml": 'main = "src/index.ts"', "src/index.ts": CALL}, "src/index.ts", False),
    "worker beside a Vite app": (
        {**VITE, "wrangler.jsonc": '{\n  "main": "src/worker.ts"\n}', "src/worker.ts": CALL},
        "src/worker.ts",
        False,
    ),
    "functions of Firebase": (
        {"functions/package.json": package("firebase-functions"), "functions/src/index.ts": CALL},
        "functions/src/index.ts",
        False,
    ),
    "command-line tool": ({"package.json": package("openai", bin="./main.js"), "main.js": CALL}, "main.js", False),
    "script with a shebang": ({"a.js": "#!/usr/bin/env node\n" + CALL}, "a.js", False),
    "plain Node script": (
        {"package.json": package("openai"), "a.js": "import OpenAI from 'openai'\n" + CALL},
        "a.js",
        False,
    ),
    "discord bot": ({"package.json": package("discord.js"), "src/bot.js": CALL}, "src/bot.js", False),
    # what runs on the user's device
    "electron main": ({"package.json": package("electron"), "main.js": CALL}, "main.js", True),
    "electron renderer": (
        {"package.json": package("electron", "vite", "react-dom"), "src/renderer/App.tsx": CALL},
        "src/renderer/App.tsx",
        True,
    ),
    "electron preload": (
        {"package.json": package("electron"), "src/preload/index.ts": CALL},
        "src/preload/index.ts",
        True,
    ),
    "capacitor": (
        {
            "package.json": package("@capacitor/core", "vite"),
            "index.html": "<script type=module src=/src/main.js></script>",
            "src/main.js": uses("./ai"),
            "src/ai.js": CALL,
        },
        "src/ai.js",
        True,
    ),
    "react native": ({"package.json": package("react-native"), "src/ai.js": CALL}, "src/ai.js", True),
    "plasmo": ({"package.json": package("plasmo"), "popup.tsx": CALL}, "popup.tsx", True),
    "tauri window": (
        {"package.json": package("vite", "react-dom", "@tauri-apps/api"), "src/a.ts": CALL},
        "src/a.ts",
        True,
    ),
    "extension": ({"manifest.json": '{"manifest_version": 3}', "background.js": CALL}, "background.js", True),
    "extension, bundled": (
        {
            "package.json": package("vite", "react-dom"),
            "public/manifest.json": '{"manifest_version": 3}',
            "src/bg.ts": CALL,
        },
        "src/bg.ts",
        True,
    ),
    "web app manifest is no extension": (
        {"package.json": package("express"), "public/manifest.json": '{"short_name": "x"}', "src/a.js": CALL},
        "src/a.js",
        False,
    ),
    "wxt": ({"package.json": package("wxt"), "entrypoints/background.ts": CALL}, "entrypoints/background.ts", True),
    "expo": ({"package.json": package("expo"), "src/api/openai/ask.ts": CALL}, "src/api/openai/ask.ts", True),
    "expo: API route": ({"package.json": package("expo"), "app/chat+api.ts": CALL}, "app/chat+api.ts", False),
    "react native with its own server": (
        {"package.json": package("react-native"), "server/package.json": package("express"), "server/a.js": CALL},
        "server/a.js",
        False,
    ),
    "vs code extension": (
        {"package.json": package("openai", engines={"vscode": "^1"}), "src/extension.ts": CALL},
        "src/extension.ts",
        True,
    ),
    "user script": ({"a.user.js": "// ==UserScript==\n" + CALL}, "a.user.js", True),
    # pages
    "inline script": ({"index.html": "<script>" + CALL + "</script>"}, "index.html", True),
    "script of a page": ({"index.html": "<script src='js/app.js'></script>", "js/app.js": CALL}, "js/app.js", True),
    "module of a script of a page": (
        {"index.html": "<script type=module src=./a.js></script>", "a.js": uses("./b.js"), "b.js": CALL},
        "b.js",
        True,
    ),
    "no page, no package": ({"a.js": CALL}, "a.js", None),
    # monorepos
    "monorepo: shared package used by the web app": (
        {
            "package.json": json.dumps({"workspaces": ["apps/*", "packages/*"]}),
            "packages/ai/package.json": json.dumps({"name": "@acme/ai", "main": "src/index.ts"}),
            "packages/ai/src/index.ts": "export * from './ask'",
            "packages/ai/src/ask.ts": CALL,
            "apps/web/package.json": package("vite", "react-dom"),
            "apps/web/index.html": "<script src=/src/main.ts></script>",
            "apps/web/src/main.ts": uses("@acme/ai"),
        },
        "packages/ai/src/ask.ts",
        True,
    ),
    "monorepo: shared package used by the server": (
        {
            "package.json": json.dumps({"workspaces": ["apps/*", "packages/*"]}),
            "packages/ai/package.json": json.dumps({"name": "@acme/ai", "main": "src/index.ts"}),
            "packages/ai/src/index.ts": CALL,
            "apps/api/package.json": package("fastify"),
            "apps/api/src/main.ts": uses("@acme/ai"),
        },
        "packages/ai/src/index.ts",
        False,
    ),
    "imports in a circle": ({**NEXT, "lib/ai.ts": uses("./b"), "lib/b.ts": uses("./ai")}, "lib/ai.ts", False),
}


@pytest.mark.parametrize("name", CASES)
def test_file(name: str) -> None:
    files, path, expected = CASES[name]
    decision = decide(files, path)
    assert decision.ships is expected, decision
    assert decision.why


SERVER_FUNCTION = """export const f = createServerFn().handler(async () => {
  ask()
})
export const g = () => {
  ask()
}"""
ASTRO_PAGE = """---
    ask()
---
<script>
    ask()
</script>"""


def split(export: str) -> str:
    return f"export async function {export}() {{\n  ask()\n}}\nexport default () => {{\n  ask()\n}}"


HELPER = "const help = () => {\n  ask()\n}\nexport const getStaticProps = () => help()\nexport default 1"
START = {"package.json": package("@tanstack/react-start")}
SOLID = {"package.json": package("@solidjs/start")}

PLACES = [
    # project, path, text, line, whether that line ships
    (NEXT, "pages/a.tsx", split("getServerSideProps"), 2, False),
    (NEXT, "pages/a.tsx", split("getServerSideProps"), 5, True),
    (NEXT, "pages/a.tsx", HELPER, 2, False),
    (REMIX, "app/routes/a.tsx", split("action"), 2, False),
    (REMIX, "app/routes/a.tsx", split("action"), 5, True),
    (START, "src/a.ts", SERVER_FUNCTION, 2, False),
    (START, "src/a.ts", SERVER_FUNCTION, 5, True),
    (SOLID, "src/a.ts", "export async function f() {\n  'use server'\n    ask()\n}", 3, False),
    (ASTRO, "src/pages/a.astro", ASTRO_PAGE, 2, False),
    (ASTRO, "src/pages/a.astro", ASTRO_PAGE, 5, True),
]


@pytest.mark.parametrize(("project", "path", "text", "line", "expected"), PLACES)
def test_place_in_a_file(project: dict[str, str], path: str, text: str, line: int, expected: bool) -> None:
    assert decide({**project, path: text}, path, line).ships is expected


def test_the_trace_leads_from_what_ships_to_the_file() -> None:
    decision = decide({**VITE, "src/App.tsx": "// first line\n" + uses("./ai"), "src/ai.ts": CALL}, "src/ai.ts")
    assert [(s.at.path, s.at.line, s.label) for s in decision.trace] == [
        ("index.html", 1, "imports src/main.tsx"),
        ("src/main.tsx", 1, "imports src/App.tsx"),
        ("src/App.tsx", 2, "imports src/ai.ts"),
    ]

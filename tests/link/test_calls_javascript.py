"""Every construct through which JavaScript and TypeScript reach an SDK, through the real reader and catalog."""

from __future__ import annotations

import pytest

from tests.link.flows import call_of, repo_of
from tests.link.programs import check

CLIENT = 'import OpenAI from "openai";\nconst client = new OpenAI({ timeout: 20000 });\n'
CREATE = 'await client.chat.completions.create({ model: "m", messages: [], max_tokens: 5 });'

CASES: dict[str, dict[str, str]] = {
    "module constant": {"a.ts": f"{CLIENT}{CREATE}  // CALL openai cap=5 timeout=20 retry=sdk-default\n"},
    "named import": {
        "a.ts": f'import {{ OpenAI as O }} from "openai";\nconst client = new O();\n{CREATE}  // CALL openai timeout=none\n'
    },
    "require": {"a.js": f'const OpenAI = require("openai");\nconst client = new OpenAI();\n{CREATE}  // CALL openai\n'},
    "require destructured": {
        "a.js": f'const {{ OpenAI }} = require("openai");\nconst client = new OpenAI();\n{CREATE}  // CALL openai\n'
    },
    "require default": {
        "a.js": f'const OpenAI = require("openai").default;\nconst client = new OpenAI();\n{CREATE}  // CALL openai\n'
    },
    "dynamic import": {
        "a.ts": f'export async function ask() {{\n const {{ default: OpenAI }} = await import("openai");\n const client = new OpenAI();\n {CREATE}  // CALL openai\n}}\n'
    },
    "other file, default export": {
        "lib/client.ts": f"{CLIENT}export default client;\n",
        "a.ts": f'import client from "./lib/client";\n{CREATE}  // CALL openai timeout=20\n',
    },
    "other file, named export": {
        "lib/client.ts": 'import OpenAI from "openai";\nexport const client = new OpenAI({ timeout: 20000 });\n',
        "a.ts": f'import {{ client }} from "./lib/client.js";\n{CREATE}  // CALL openai timeout=20\n',
    },
    "one of several clients, made from a list of keys": {
        "a.ts": 'import OpenAI from "openai";\nexport async function ask(keys: string[], n: number) {\n'
        f"  const all = keys.map((apiKey) => new OpenAI({{ apiKey }}));\n  const client = all[n % all.length];\n  {CREATE}  // CALL openai\n}}\n",
    },
    "declared empty, made elsewhere": {
        "a.ts": 'import OpenAI from "openai";\nlet client: OpenAI | null = null;\n'
        "export function init(apiKey: string) {\n  client = new OpenAI({ apiKey, timeout: 30000, maxRetries: 0 });\n}\n"
        f"export async function ask() {{\n  {CREATE.replace('client.', 'client!.')}  // CALL openai timeout=30 retry=none\n}}\n",
    },
    "declared empty, without a type": {
        "a.js": 'import OpenAI from "openai";\nlet client;\nexport function init(apiKey) {\n  client = new OpenAI({ apiKey });\n}\n'
        f"export async function ask() {{\n  {CREATE}  // CALL openai timeout=none\n}}\n",
    },
    "a variable of the same name in another function": {
        "a.ts": 'import OpenAI from "openai";\nimport { make } from "./make";\nlet client = make();\n'
        "export function other() {\n  let client = new OpenAI({ timeout: 5000 });\n  return client.models.list();\n}\n"
        f"export async function ask() {{\n  {CREATE}\n}}\n",
        "make.ts": "export const make = () => new Map();\n",
    },
    "a decorator of Fastify": {
        "a.ts": 'import Fastify from "fastify";\nimport OpenAI from "openai";\nconst server = Fastify();\n'
        'server.decorate("openai", new OpenAI({ timeout: 7000 }));\nexport default async function routes(fastify: any) {\n'
        f"  fastify.post('/a', async (req: any) => {{ {CREATE.replace('client', 'fastify.openai')} }});  // CALL openai timeout=7 retry=sdk-default\n}}\n"
    },
    "settings put in later": {
        "a.ts": 'import OpenAI from "openai";\nclass S {\n  private config: any = { apiKey: "" };\n'
        "  setConfig(c: any) { this.config = { ...this.config, ...c }; }\n  async chat() {\n"
        "    const client = new OpenAI({ apiKey: this.config.apiKey, timeout: this.config.timeout });\n"
        f"    {CREATE.replace('5', 'this.config.cap')}  // CALL openai cap=set timeout=set\n  }}\n}}\n"
        "const s = new S();\ns.setConfig({ cap: 500, timeout: 30000 });\n"
    },
    "a module's settings put in later": {
        "a.ts": 'import OpenAI from "openai";\nlet cfg: any = { apiKey: "" };\n'
        "export function configure(c: any) { cfg = { ...cfg, ...c }; }\nexport async function chat() {\n"
        "  const client = new OpenAI({ apiKey: cfg.apiKey, timeout: cfg.timeout });\n"
        f"  {CREATE.replace('5', 'cfg.cap')}  // CALL openai cap=set timeout=set\n}}\n"
    },
    "settings that nobody puts in": {
        "a.ts": 'import OpenAI from "openai";\nlet cfg: any = { apiKey: "" };\nexport async function chat() {\n'
        "  const client = new OpenAI({ apiKey: cfg.apiKey, timeout: cfg.timeout });\n"
        f"  {CREATE.replace('5', 'cfg.cap')}  // CALL openai cap=none timeout=none\n}}\n"
    },
    "settings of the one or the other known form": {
        "a.ts": 'import OpenAI from "openai";\nclass S {\n  private config: any = { apiKey: "" };\n'
        "  small() { this.config = { cap: 5 }; }\n  async chat() {\n    const client = new OpenAI();\n"
        f"    {CREATE.replace('5', 'this.config.cap')}  // CALL openai cap=none\n  }}\n}}\nexport const s = new S();\n"
    },
    "an address that a field does not hold yet": {
        "a.ts": "class S {\n  config: { key: string; base?: string } = { key: '' };\n"
        "  chat(q: string) {\n    return fetch(`${this.config.base}/chat/completions`, {  // CALL openai cap=none\n"
        "      method: 'POST', body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: q }] }) });\n  }\n}\n"
    },
    "a prompt is no options": {
        "a.ts": 'import { GoogleGenerativeAI } from "@google/generative-ai";\n'
        'const model = new GoogleGenerativeAI(process.env.K!).getGenerativeModel({ model: "m" });\n'
        "export const one = (prompt) => model.generateContent(prompt);  // CALL google cap=none\n"
        "export async function two(req) {\n  const { message } = await req.json();\n"
        "  return model.generateContent(message);  // CALL google cap=none\n}\n"
        "export const three = () => {\n  const contents = { contents: [], generationConfig: { maxOutputTokens: 9 } };\n"
        "  return model.generateContent(contents);  // CALL google cap=9\n};\n",
    },
    "handed out by a limiter": {
        "a.ts": 'import OpenAI from "openai";\nimport Bottleneck from "bottleneck";\nconst limiter = new Bottleneck();\n'
        f"export async function ask() {{\n  const client = await limiter.schedule(() => new OpenAI());\n  {CREATE}  // CALL openai\n}}\n",
    },
    "barrel": {
        "lib/client.ts": 'import OpenAI from "openai";\nexport const client = new OpenAI({ timeout: 20000 });\n',
        "lib/index.ts": 'export * from "./client";\n',
        "a.ts": f'import {{ client }} from "./lib";\n{CREATE}  // CALL openai timeout=20\n',
    },
    "renamed re-export": {
        "lib/client.ts": 'import OpenAI from "openai";\nexport const llm = new OpenAI({ timeout: 20000 });\n',
        "lib/index.ts": 'export { llm as client } from "./client";\n',
        "a.ts": f'import * as lib from "./lib";\nconst client = lib.client;\n{CREATE}  // CALL openai timeout=20\n',
    },
    "path alias": {
        "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}}',
        "src/lib/client.ts": 'import OpenAI from "openai";\nexport const client = new OpenAI({ timeout: 20000 });\n',
        "src/app/a.ts": f'import {{ client }} from "@/lib/client";\n{CREATE}  // CALL openai timeout=20\n',
    },
    "module.exports": {
        "client.js": 'const OpenAI = require("openai");\nconst client = new OpenAI({ timeout: 20000 });\nmodule.exports = { client };\n',
        "a.js": f'const {{ client }} = require("./client");\n{CREATE}  // CALL openai timeout=20\n',
    },
    "module.exports of one thing": {
        "client.js": 'const OpenAI = require("openai");\nmodule.exports = new OpenAI({ timeout: 20000 });\n',
        "a.js": f'const client = require("./client");\n{CREATE}  // CALL openai timeout=20\n',
    },
    "class field": {
        "a.ts": """
import OpenAI from "openai";
export class Bot {
  private client = new OpenAI({ timeout: 20000 });
  async ask() {
    return this.client.chat.completions.create({ model: "m", messages: [] });  // CALL openai timeout=20 cap=none
  }
}
""",
    },
    "constructor": {
        "a.ts": """
import OpenAI from "openai";
export class Bot {
  private client: OpenAI;
  constructor(key: string) { this.client = new OpenAI({ apiKey: key, maxRetries: 0 }); }
  async ask() {
    return this.client.chat.completions.create({ model: "m", messages: [] });  // CALL openai retry=none
  }
}
""",
    },
    "field made from a field": {
        "a.ts": """
import { GoogleGenerativeAI } from "@google/generative-ai";
export class Bot {
  private ai = new GoogleGenerativeAI("k");
  private model = this.ai.getGenerativeModel({ model: "gemini-2.0-flash", generationConfig: { maxOutputTokens: 30 } });
  ask(prompt: string) {
    return this.model.generateContent(prompt);  // CALL google cap=30 retry=none model=gemini-2.0-flash
  }
}
""",
    },
    "injected service": {
        "llm.service.ts": """
import OpenAI from "openai";
export class LlmService {
  readonly client = new OpenAI({ timeout: 20000 });
}
""",
        "a.ts": """
import { LlmService } from "./llm.service";
export class Bot {
  constructor(private readonly llm: LlmService) {}
  ask() {
    return this.llm.client.chat.completions.create({ model: "m", messages: [] });  // CALL openai timeout=20
  }
}
""",
    },
    "factory": {
        "client.ts": 'import OpenAI from "openai";\nexport const make = (ms = 8000) => new OpenAI({ timeout: ms });\n',
        "a.ts": f'import {{ make }} from "./client";\nconst client = make();\n{CREATE}  // CALL openai timeout=8\n',
    },
    "lazy singleton": {
        "a.ts": """
import OpenAI from "openai";
let client: OpenAI | null = null;
function get() {
  if (!client) client = new OpenAI({ timeout: 8000 });
  return client;
}
get().chat.completions.create({ model: "m", messages: [] });  // CALL openai timeout=8
""",
    },
    "destructured options": {
        "a.ts": """
import OpenAI from "openai";
const client = new OpenAI();
export async function ask({ prompt, maxTokens = 12 }) {
  return client.chat.completions.create({ model: "m", messages: [prompt], max_tokens: maxTokens });  // CALL openai cap=12
}
ask({ prompt: "x" });
""",
    },
    "spread of known options": {
        "a.ts": f'{CLIENT}const base = {{ model: "m", max_tokens: 9 }};\nawait client.chat.completions.create({{ ...base, messages: [] }});  // CALL openai cap=9\n'
    },
    "spread of unknown options": {
        "a.ts": f"{CLIENT}export const ask = (o) => client.chat.completions.create({{ ...o, messages: [] }});  // CALL openai cap=?\n"
    },
    "object with methods": {
        "a.ts": f"{CLIENT}export const api = {{\n  async ask() {{\n    return {CREATE.replace('await ', '')}  // CALL openai cap=5\n  }},\n}};\n"
    },
    "promise chain": {
        "a.js": f"{CLIENT}client.chat.completions.create({{ model: 'm' }}).then((r) => r).catch(() => null);  // CALL openai\n"
    },
    "vue component": {
        "client.ts": 'import OpenAI from "openai";\nexport const client = new OpenAI({ timeout: 20000 });\n',
        "App.vue": f'<template><p/></template>\n<script setup lang="ts">\nimport {{ client }} from "./client";\nasync function ask() {{\n  {CREATE}  // CALL openai timeout=20\n}}\n</script>\n',
    },
    "abort signal with a time limit": {
        "a.ts": 'import OpenAI from "openai";\nconst client = new OpenAI();\nawait client.chat.completions.create({ model: "m" }, { signal: AbortSignal.timeout(3000) });  // CALL openai timeout=3\n'
    },
    "controller that a timer aborts": {
        "a.ts": """
import OpenAI from "openai";
const client = new OpenAI();
export async function ask() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 60_000);
  return client.chat.completions.create({ model: "m" }, { signal: stop.signal });  // CALL openai timeout=60
}
""",
    },
    "controller for cancelling only": {
        "a.ts": """
import OpenAI from "openai";
const client = new OpenAI();
export async function ask(button) {
  const stop = new AbortController();
  button.onclick = () => stop.abort();
  return client.chat.completions.create({ model: "m" }, { signal: stop.signal });  // CALL openai timeout=none
}
""",
    },
    "name of another package": {
        "a.ts": 'import { Client } from "pg";\nconst client = new Client();\nclient.chat.completions.create({ model: "m" });\n'
    },
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES.keys())
def test_construct(files: dict[str, str]) -> None:
    check(files)


AI = 'import { generateText } from "ai";\nimport { openai } from "@ai-sdk/openai";\n'


@pytest.mark.parametrize(
    ("version", "name", "cap"),
    [
        ("4.3.0", "maxTokens", "7"),
        ("4.3.0", "maxOutputTokens", "none"),
        ("5.0.1", "maxTokens", "none"),
        ("5.0.1", "maxOutputTokens", "7"),
    ],
)
def test_cap_counts_only_under_the_name_that_the_installed_version_reads(version: str, name: str, cap: str) -> None:
    code = f'{AI}await generateText({{ model: openai("gpt-4o"), prompt: "x", {name}: 7 }});  // CALL openai cap={cap} model=gpt-4o\n'
    check({"a.ts": code}, {"npm:ai": version})


@pytest.mark.parametrize(
    ("model", "vendor", "kind"),
    [
        ('openai("gpt-4o")', "openai", "sdk-call"),
        ('"openai/gpt-4o"', "vercel-gateway", "gateway-call"),
        ('createOpenAI({ baseURL: "https://openrouter.ai/api/v1" })("x/y")', "openrouter", "gateway-call"),
    ],
)
def test_vendor_of_a_model_argument(model: str, vendor: str, kind: str) -> None:
    imports = 'import { generateText } from "ai";\nimport { createOpenAI, openai } from "@ai-sdk/openai";\n'
    check({"a.ts": f'{imports}await generateText({{ model: {model}, prompt: "x" }});  // CALL {vendor} kind={kind}\n'})


LOCAL = 'import OpenAI from "openai";\nconst port = Number(process.env.PORT);\n'
CHOICE = (
    'import { generateText, createProviderRegistry } from "ai";\nimport { openai } from "@ai-sdk/openai";\n'
    'import { createOllama } from "ollama-ai-provider";\nconst registry = createProviderRegistry({ openai });\n'
)


@pytest.mark.parametrize(
    ("code", "billed"),
    [
        (
            LOCAL
            + "const c = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1` });\nc.chat.completions.create({ model: 'm', messages: [] });",
            False,
        ),
        (
            LOCAL
            + "const c = new OpenAI({ baseURL: 'http://localhost:18091/v1' });\nc.chat.completions.create({ model: 'm', messages: [] });",
            False,
        ),
        (
            LOCAL
            + "const c = new OpenAI({ baseURL: 'https://localhost.example.com/v1' });\nc.chat.completions.create({ model: 'm', messages: [] });",
            True,
        ),
        (
            CHOICE + "const local = process.env.O ? createOllama({}) : null;\n"
            "function pick(id: string) {\n  if (id.startsWith('ollama:') && local) return local(id);\n  return registry.languageModel(id as any);\n}\n"
            "export const ask = (id: string) => generateText({ model: pick(id), prompt: 'x' });\n",
            True,
        ),
        (
            CHOICE
            + "const local = createOllama({});\nexport const ask = () => generateText({ model: local('llama3'), prompt: 'x' });\n",
            False,
        ),
    ],
)
def test_what_a_model_on_this_machine_is(code: str, billed: bool) -> None:
    assert call_of({"a.ts": code}).billed is billed


RUN = '.run("@cf/meta/llama-3.1-8b-instruct", { prompt: await request.text() })'


@pytest.mark.parametrize(
    ("expected", "files"),
    [
        (["cloudflare"], {"src/index.js": f"export default {{ async fetch(request, env) {{ return Response.json(await env.AI{RUN}); }} }};\n"}),
        (["cloudflare"], {"src/index.ts": 'import { Hono } from "hono";\nconst app = new Hono();\n'
          'app.post("/a", async (c) => c.json(await c.env.AI.run("@cf/x/y", { prompt: await c.req.text() })));\nexport default app;\n'}),
        (["cloudflare"], {"src/index.ts": f"export default {{ async fetch(request: Request, env: Env) {{ return Response.json(await env.LLM{RUN}); }} }};\n"}),
        (["cloudflare"], {"src/a.ts": 'const MODEL = "@hf/x/y";\nclass Svc {\n  constructor(private readonly env: any) {}\n'
          "  go(q: string) { return this.env.AI.run(MODEL, { prompt: q }); }\n}\n"
          "export default { async fetch(request, env) { return Response.json(await new Svc(env).go(await request.text())); } };\n"}),
        ([], {"src/index.ts": "export default { async fetch(request: Request, env: any) {\n  await env.DB.prepare('x').run('y');\n"
          "  await env.jobs.run(env.JOB, { prompt: 'z' });\n  return new Response('@cf/x');\n} };\n"}),
        (["openai"], {"server/api/a.post.ts": "export default defineEventHandler(async (event) => {\n  const { q } = await readBody(event);\n"
          '  return $fetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: { model: "m", messages: [{ role: "user", content: q }] } });\n});\n'}),
    ],
    ids=["worker", "hono", "binding of another name", "field", "no model of theirs", "nothing but $fetch"],
)  # fmt: skip
def test_what_a_platform_hands_in_makes_a_file_worth_reading(expected: list[str], files: dict[str, str]) -> None:
    assert [c.vendor for c in repo_of(files).llm_calls] == expected


GENKIT = 'import { genkit } from "genkit";\nexport const ai = genkit({});\n'
PREPARED = (
    "const p = ai.definePrompt({ name: 'r', model: 'googleai/g', prompt: 'x', config: { maxOutputTokens: 5 } });\n"
)


@pytest.mark.parametrize(
    ("calls", "code"),
    [
        (1, PREPARED + "export const ask = async () => (await p()).output;\n"),
        (
            1,
            PREPARED
            + "export const ask = async (x: string) => { const { output } = await p({ x }); return output; };\n",
        ),
        (0, "const p = makeRecipe({ prompt: 'x' });\nexport const ask = async () => (await p()).output;\n"),
    ],
)
def test_a_prepared_prompt_needs_no_telling_argument(calls: int, code: str) -> None:
    assert len(repo_of({"a.ts": GENKIT + code}).llm_calls) == calls


def test_a_flow_of_a_framework_is_the_function_that_it_is_given() -> None:
    call = call_of(
        {
            "a.ts": GENKIT + "export const flow = ai.defineFlow({ name: 'f' }, async (q: string) =>\n"
            "  (await ai.generate({ model: 'googleai/g', prompt: q })).text);\n",
            "app/api/r/route.ts": 'import { flow } from "../../../a";\nexport async function POST(req: Request) {\n'
            "  const { q } = await req.json();\n  return Response.json(await flow(q));\n}\n",
        }
    )
    assert call.user_input
    assert [r.name for r in call.routes] == ["POST /api/r"]


@pytest.mark.parametrize(
    ("options", "kind", "limit"),
    [("", "none", None), (", tools: []", "none", None), (", tools: [a]", "bounded", 5), (", tools: [a], maxTurns: 2", "bounded", 2)],
)  # fmt: skip
def test_tools_make_several_turns_of_a_request(options: str, kind: str, limit: int | None) -> None:
    loop = call_of({"a.ts": GENKIT + f"export const ask = (q) => ai.generate({{ prompt: q{options} }});\n"}).loop
    assert (loop.kind, loop.limit) == (kind, limit)


NUXT = {
    "nuxt.config.ts": "export default defineNuxtConfig({});\n",
    "server/utils/ai.ts": 'import OpenAI from "openai";\nexport const useAI = () => new OpenAI({ timeout: 9000 });\n'
    "export async function askModel(q: string) {\n"
    "  return useAI().chat.completions.create({ model: 'm', messages: [{ role: 'user', content: q }] });\n}\n",
}
NUXT_CALL = "useAI().chat.completions.create({ model: 'm', messages: [{ role: 'user', content: q }] })"


def _handler(body: str) -> str:
    return f"export default defineEventHandler(async (event) => {{\n  const {{ q }} = await readBody(event);\n  return {body};\n}});\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {**NUXT, "server/api/a.post.ts": _handler(NUXT_CALL)},
            [("server/api/a.post.ts", True), ("server/utils/ai.ts", False)],
        ),
        ({**NUXT, "server/api/a.post.ts": _handler("askModel(q)")}, [("server/utils/ai.ts", True)]),
        (
            {**NUXT, "app/pages/a.ts": f"export const ask = (q: string) => {NUXT_CALL};\n"},
            [("server/utils/ai.ts", False)],
        ),
        (
            {
                **{k: v for k, v in NUXT.items() if k != "nuxt.config.ts"},
                "server/api/a.post.ts": _handler("askModel(q)"),
            },
            [("server/utils/ai.ts", False)],
        ),
    ],
    ids=["a client", "a function", "not of the other side", "no Nuxt"],
)
def test_names_that_nuxt_imports_by_itself(files: dict[str, str], found: list[tuple[str, bool]]) -> None:
    assert [(c.at.path, c.user_input) for c in repo_of(files).llm_calls] == found

"""Module resolution of JavaScript: one row for each rule."""

from __future__ import annotations

import json

import pytest

from auditor.link.js_modules import External, JsResolver


def resolver(files: dict[str, str]) -> JsResolver:
    return JsResolver(frozenset(files), files.get)


def conf(**content: object) -> str:
    return json.dumps(content)


RELATIVE = [
    "src/a.ts",
    "src/b.tsx",
    "src/lib/index.ts",
    "src/c.mjs",
    "src/d.vue",
    "src/e.js",
    "src/e.ts",
    "src/f.native.tsx",
]


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("./b", "src/b.tsx"),
        ("./b.js", "src/b.tsx"),
        ("./lib", "src/lib/index.ts"),
        ("./lib/", "src/lib/index.ts"),
        ("./c.mjs", "src/c.mjs"),
        ("./d.vue?raw", "src/d.vue"),
        ("./e", "src/e.ts"),
        ("./e.js", "src/e.js"),
        ("./f", "src/f.native.tsx"),
        ("../src/b", "src/b.tsx"),
        ("..", None),
        ("./missing", None),
        ("../../outside", None),
        ("", None),
    ],
)
def test_relative(specifier: str, expected: str | None) -> None:
    assert resolver(dict.fromkeys(RELATIVE, "")).resolve("src/a.ts", specifier) == expected


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("openai", External("openai")),
        ("openai/resources/chat", External("openai", "resources/chat")),
        ("@ai-sdk/openai", External("@ai-sdk/openai")),
        ("@langchain/core/messages", External("@langchain/core", "messages")),
        ("npm:openai@4.2.0", External("openai")),
        ("npm:@anthropic-ai/sdk@0.20/resources", External("@anthropic-ai/sdk", "resources")),
        ("jsr:@std/fs@1", External("@std/fs")),
        ("https://esm.sh/openai@4", External("openai")),
        ("https://esm.sh/v135/@google/generative-ai@0.1?target=deno", External("@google/generative-ai")),
        ("https://deno.land/x/openai@v4.20.1/mod.ts", External("openai")),
        ("https://cdn.jsdelivr.net/npm/openai@4/+esm", External("openai")),
        ("https://cdn.skypack.dev/openai", External("openai")),
        ("https://example.com/x.js", External("example.com", "x.js")),
        ("node:fs/promises", External("node:fs", "promises")),
        ("$env/static/private", External("$env", "static/private")),
    ],
)
def test_external(specifier: str, expected: External) -> None:
    assert resolver({"a.ts": ""}).resolve("a.ts", specifier) == expected


MAPPED: dict[str, tuple[dict[str, str], str, dict[str, str | External | None]]] = {
    "tsconfig paths": (
        {
            "tsconfig.json": '// note\n{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["./src/*"], "conf": ["x/c.ts"],},}}',
            "src/lib/ai.ts": "",
            "x/c.ts": "",
        },
        "src/app/page.tsx",
        {"@/lib/ai": "src/lib/ai.ts", "conf": "x/c.ts", "openai": External("openai")},
    ),
    "the longest pattern wins": (
        {
            "tsconfig.json": conf(compilerOptions={"paths": {"@/*": ["src/*"], "@/db/*": ["data/*"]}}),
            "src/db/a.ts": "",
            "data/a.ts": "",
        },
        "src/x.ts",
        {"@/db/a": "data/a.ts"},
    ),
    "baseUrl": (
        {"jsconfig.json": conf(compilerOptions={"baseUrl": "src"}), "src/api.js": ""},
        "src/a/b.js",
        {"api": "src/api.js"},
    ),
    "extends": (
        {
            "tsconfig.base.json": conf(compilerOptions={"paths": {"#lib/*": ["libs/*"], "~lib/*": ["libs/*"]}}),
            "apps/web/tsconfig.json": conf(extends="../../tsconfig.base.json"),
            "libs/ai.ts": "",
        },
        "apps/web/src/a.ts",
        {"~lib/ai": "libs/ai.ts"},
    ),
    "references": (
        {
            "tsconfig.json": conf(files=[], references=[{"path": "./tsconfig.app.json"}]),
            "tsconfig.app.json": conf(compilerOptions={"paths": {"@app/*": ["src/*"]}}),
            "src/a.ts": "",
        },
        "src/b.ts",
        {"@app/a": "src/a.ts"},
    ),
    "a configuration that extends itself": (
        {"tsconfig.json": conf(extends="./tsconfig.json")},
        "a.ts",
        {"openai": External("openai")},
    ),
    "aliases of Vite": (
        {
            "vite.config.ts": "export default { resolve: { alias: { '@': path.resolve(__dirname, './app'), "
            "'~x': fileURLToPath(new URL('./lib/x', import.meta.url)), vue: 'vue/dist/vue.js' } } }".replace(
                ", '~x'", ",\n'~x'"
            ).replace(", vue", ",\nvue"),
            "app/ai.ts": "",
            "lib/x/y.ts": "",
        },
        "app/main.ts",
        {"@/ai": "app/ai.ts", "~x/y": "lib/x/y.ts", "vue": External("vue")},
    ),
    "conventions": (
        {"src/lib/a.ts": "", "src/b.ts": "", "app/c.ts": ""},
        "src/routes/page.ts",
        {"$lib/a": "src/lib/a.ts", "@/b": "src/b.ts", "~/c": "app/c.ts", "@/none": None},
    ),
    "imports of package.json": (
        {
            "package.json": conf(name="x", imports={"#ai": "./src/ai.js", "#util/*": {"node": "./src/util/*.js"}}),
            "src/ai.ts": "",
            "src/util/a.ts": "",
        },
        "src/b.ts",
        {"#ai": "src/ai.ts", "#util/a": "src/util/a.ts", "#none": None},
    ),
    "workspaces": (
        {
            "package.json": conf(workspaces=["packages/*"]),
            "packages/ai/package.json": conf(
                name="@acme/ai", exports={".": {"import": "./dist/index.js"}, "./x": "./src/x.ts"}
            ),
            "packages/ai/src/index.ts": "",
            "packages/ai/src/x.ts": "",
            "packages/db/package.json": conf(name="db", main="lib/main.js"),
            "packages/db/lib/main.js": "",
        },
        "apps/web/a.ts",
        {"@acme/ai": "packages/ai/src/index.ts", "@acme/ai/x": "packages/ai/src/x.ts", "db": "packages/db/lib/main.js"},
    ),
    "Deno's import map": (
        {
            "supabase/functions/deno.json": conf(imports={"openai": "npm:openai@4", "~/": "./_shared/"}),
            "supabase/functions/_shared/ai.ts": "",
        },
        "supabase/functions/chat/index.ts",
        {"openai": External("openai"), "~/ai.ts": "supabase/functions/_shared/ai.ts"},
    ),
    "paths from the root of a site": (
        {"web/index.html": "", "web/src/main.ts": "", "web/public/app.js": ""},
        "web/index.html",
        {"/src/main.ts": "web/src/main.ts", "/app.js": "web/public/app.js", "./src/main": "web/src/main.ts"},
    ),
    "broken configuration": (
        {"tsconfig.json": "{ nope", "package.json": "[]", "deno.json": "7", "src/a.ts": ""},
        "src/b.ts",
        {"./a": "src/a.ts", "@/a": "src/a.ts", "x": External("x")},
    ),
}


@pytest.mark.parametrize("name", MAPPED)
def test_configured(name: str) -> None:
    files, origin, expected = MAPPED[name]
    made = resolver(files)
    assert {s: made.resolve(origin, s) for s in expected} == expected


def test_program_files_alone_are_enough_to_find_configuration() -> None:
    """Linking knows the program files only; configuration is read when asked for."""
    files = {"tsconfig.json": conf(compilerOptions={"paths": {"@/*": ["./src/*"]}}), "src/a.ts": ""}
    made = JsResolver(frozenset({"src/a.ts"}), files.get)
    assert made.resolve("b.ts", "@/a") == "src/a.ts"

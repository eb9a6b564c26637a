"""Keys that ship without standing in the code: where each spelling is a row, and where it is none."""

from __future__ import annotations

import json

import pytest

from auditor.catalog.load import load_catalog
from auditor.link.client_side import ClientSide
from auditor.link.exposures import Exposed, find_exposures
from auditor.model.facts import Role
from auditor.model.syntax import Module
from auditor.readers.javascript import read_javascript

CATALOG = load_catalog()
VITE = {"package.json": json.dumps({"dependencies": {"vite": "5", "react-dom": "18"}}), "index.html": "<p/>"}
NEXT = {"package.json": json.dumps({"dependencies": {"next": "15"}})}
EXTENSION = {"manifest.json": '{"manifest_version": 3}'}
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/g:generateContent"


def search(files: dict[str, str]) -> Exposed:
    def load(path: str) -> Module | None:
        return read_javascript(path, files[path])[0]

    return find_exposures(CATALOG, files, files.get, ClientSide(files, files.get, load), {})


def rows(files: dict[str, str]) -> list[tuple[str, int, str, str]]:
    return [(c.at.path, c.at.line, c.vendor, c.kind) for c in search(files).credentials]


READS = [
    ("src/a.ts", "\nconst k = import.meta.env.VITE_OPENAI_API_KEY", "openai"),
    ("src/a.ts", "\nconst { x } = y; k = process.env['REACT_APP_ANTHROPIC_KEY']", "anthropic"),
    ("src/a.ts", "\nk = process.env.NEXT_PUBLIC_GROQ_API_KEY!", "groq"),
    ("src/a.ts", "\nk = (import.meta as any).env.VITE_MISTRAL_KEY_2", "mistral"),
    ("src/a.ts", "\nk = process.env.EXPO_PUBLIC_OPENROUTER_KEY", "openrouter"),
    ("src/a.vue", "<script>\nk = process.env.VUE_APP_OPENAI_TOKEN</script>", "openai"),
    ("src/a.ts", "\nimport { PUBLIC_OPENAI_API_KEY } from '$env/static/public'", "openai"),
    ("src/a.js", "\nimport { OPENAI_API_KEY } from '@env'", "openai"),
    ("src/a.js", "import Config from 'react-native-config'\nk = Config.GEMINI_API_KEY", "google"),
    ("src/a.ts", f"const u = '{GEMINI}'\nk = import.meta.env.VITE_GOOGLE_API_KEY", "google"),
    ("A.kt", "import com.google.ai.client.generativeai.GenerativeModel\nval k = BuildConfig.apiKey", "google"),
    (
        "src/a.js",
        'import { GoogleGenerativeAI } from "@google/generative-ai"\nk = process.env.EXPO_PUBLIC_API_KEY',
        "google",
    ),
    ("src/a.js", "\nk = Constants.expoConfig?.extra?.EXPO_PUBLIC_OPENAI_API_KEY", "openai"),
    ("src/a.js", "\nk = Constants.manifest.extra['EXPO_PUBLIC_GOOGLE_AI_API_KEY']", "google"),
    ("pages/a.vue", "<script setup>\nconst k = useRuntimeConfig().public.openaiApiKey;\n</script>", "openai"),
    ("app/a.ts", "const config = useRuntimeConfig();\nk = config.public.anthropicKey;\n", "anthropic"),
    ("app/a.ts", "import OpenAI from 'openai';\nk = useRuntimeConfig().public.apiKey;\n", "openai"),
    ("app/a.ts", "\nconst { public: { openaiKey } } = useRuntimeConfig();\n", "openai"),
    ("a.dart", "\nfinal k = String.fromEnvironment('OPENAI_API_KEY');", "openai"),
    ("A.swift", '\nlet k = Bundle.main.object(forInfoDictionaryKey: "OPENAI_API_KEY")', "openai"),
]


@pytest.mark.parametrize(("path", "text", "vendor"), READS)
def test_public_name_is_a_row_where_it_is_read(path: str, text: str, vendor: str) -> None:
    assert rows({path: text}) == [(path, 2, vendor, "client-env")]


NO_READS = [
    "k = useRuntimeConfig().openaiApiKey; base = useRuntimeConfig().public.openaiBaseUrl",
    "// const k = import.meta.env.VITE_OPENAI_API_KEY",
    "throw new Error('VITE_OPENAI_API_KEY is missing')",
    "k = import.meta.env.VITE_OPENAI_MODEL",
    "k = import.meta.env.VITE_OPENAI_BASE_URL",
    "k = import.meta.env.VITE_MAX_TOKENS",
    "k = import.meta.env.VITE_SUPABASE_ANON_KEY",
    "k = import.meta.env.VITE_GOOGLE_MAPS_API_KEY",
    "k = import.meta.env.VITE_GOOGLE_API_KEY",  # nothing shows that Gemini is meant
    "k = import.meta.env.VITE_API_KEY",  # of whatever service
    "process.env.VITE_OPENAI_API_KEY = 'test'",  # written, not read
    "k = process.env.OPENAI_API_KEY",  # undefined in a browser: no bundler writes it in
    "k = import.meta.env.VITE_STRIPE_SECRET_KEY",
]


@pytest.mark.parametrize("text", NO_READS)
def test_other_names_are_no_rows(text: str) -> None:
    assert rows({**VITE, "src/a.ts": text}) == []


def test_declaration_files_read_nothing() -> None:
    assert rows({"src/env.d.ts": "interface E { env: { VITE_OPENAI_API_KEY: string } }"}) == []


def test_one_row_for_one_key_in_a_file() -> None:
    text = "a = import.meta.env.VITE_OPENAI_API_KEY\nb = import.meta.env.VITE_OPENAI_API_KEY"
    assert rows({"src/a.ts": text}) == [("src/a.ts", 1, "openai", "client-env")]


def test_a_row_says_whether_its_file_ships() -> None:
    text = "k = process.env.NEXT_PUBLIC_OPENAI_API_KEY"
    files = {**NEXT, "app/api/x/route.ts": text, "app/c.tsx": "'use client'\n" + text}
    found = {c.at.path: c.client_side for c in search(files).credentials}
    assert found == {"app/api/x/route.ts": False, "app/c.tsx": True}


INLINED = {
    "vite define": (
        "vite.config.ts",
        "export default {\n define: {\n  'process.env.API_KEY': JSON.stringify(env.GEMINI_API_KEY),\n } }",
        3,
        "google",
        "process.env.API_KEY",
    ),
    "webpack DefinePlugin": (
        "webpack.config.js",
        "x = { plugins: [new webpack.DefinePlugin({\n"
        " 'process.env.OPENAI_API_KEY': JSON.stringify(process.env.OPENAI_API_KEY) })] }",
        2,
        "openai",
        "process.env.OPENAI_API_KEY",
    ),
    "webpack EnvironmentPlugin": (
        "webpack.config.js",
        "module.exports = { plugins: [new webpack.EnvironmentPlugin([\n 'OPENAI_API_KEY'\n])] }",
        2,
        "openai",
        "process.env.OPENAI_API_KEY",
    ),
}


@pytest.mark.parametrize("name", INLINED)
def test_configuration_that_inlines_a_key(name: str) -> None:
    path, config, line, vendor, read = INLINED[name]
    files = {**VITE, path: config, "src/main.ts": f"k = {read}"}
    assert rows(files) == sorted([(path, line, vendor, "client-env"), ("src/main.ts", 1, vendor, "client-env")])
    assert [(e.at.path, e.kind) for e in search(files).exposures] == [(path, "inlined-env")]


def test_next_env_inlines_where_the_client_reads_it() -> None:
    config = "module.exports = {\n  env: {\n    OPENAI_API_KEY: process.env.OPENAI_API_KEY,\n  },\n}"
    read = "k = process.env.OPENAI_API_KEY"
    server = {**NEXT, "next.config.js": config, "app/api/x/route.ts": read}
    assert rows(server) == []
    client = {**server, "app/c.tsx": "'use client'\n" + read}
    assert rows(client) == [("app/c.tsx", 2, "openai", "client-env"), ("next.config.js", 3, "openai", "client-env")]


STORED = [
    ("localStorage.setItem('openai_api_key', key)", "openai"),
    ("window.sessionStorage.setItem(`gemini-api-key`, key)", "google"),
    ("await AsyncStorage.setItem('OPENAI_KEY', key)", "openai"),
    ("await SecureStore.setItemAsync('anthropicApiKey', key)", "anthropic"),
    ("chrome.storage.sync.set({ geminiApiKey: key }, () => {})", "google"),
    ("browser.storage.local.set({ openaiApiKey })", "openai"),
    ("const NAME = 'claude-api-key'; localStorage.setItem(NAME, key)", "anthropic"),
    ("const [key, setKey] = useLocalStorage<string>('groq-api-key', '')", "groq"),
    ("GM_setValue('openai_api_key', prompt('key'))", "openai"),
    ("fetch('https://api.openai.com'); localStorage.setItem('apiKey', key)", "openai"),
    ("localStorage.getItem('openai_api_key')", "openai"),
    ("export const key = persisted('openaiApiKey', '')", "openai"),
    ("const d = { geminiApiKey: '' }; localStorage.setItem(SETTINGS, JSON.stringify(settings))", "google"),
    ("const d = { openaiApiKey: '' }; export const saveConfig = (v) => chrome.storage.local.set(v)", "openai"),
]


@pytest.mark.parametrize(("text", "vendor"), STORED)
def test_key_kept_in_the_browser(text: str, vendor: str) -> None:
    assert rows({**EXTENSION, "popup.js": text}) == [("popup.js", 1, vendor, "client-storage")]


@pytest.mark.parametrize(
    "text",
    [
        "localStorage.setItem('token', jwt)",
        "localStorage.setItem('openai_model', m)",
        "localStorage.setItem('theme', 'dark')",
        "// localStorage.setItem('openai_api_key', key)",
        "cache.set('openai_api_key', key)",
        "localStorage.setItem('apiKey', weather)",
        "const d = { openaiApiKey: '' }; localStorage.setItem('theme', JSON.stringify(colours))",
        "store.set('theme', openaiApiKey)",
    ],
)
def test_other_things_kept_in_the_browser(text: str) -> None:
    assert rows({**EXTENSION, "popup.js": text}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("A.kt", '\nval K = stringPreferencesKey("openai_key")'),
        ("A.java", '\nprefs.edit().putString("openai_api_key", k).apply();'),
        ("A.swift", '\n@AppStorage("openAIApiKey") var key = ""'),
        ("A.swift", '\nUserDefaults.standard.set(k, forKey: "openai-api-key")'),
        ("a.dart", "\nawait prefs.setString('openai_api_key', k);"),
        ("a.dart", "\nawait storage.write(key: 'openaiApiKey', value: k);"),
    ],
)
def test_key_kept_on_a_device(path: str, text: str) -> None:
    assert rows({path: text}) == [(path, 2, "openai", "client-storage")]
    assert rows({path: text.replace("key", "mode").replace('Key"', 'Mode"').replace("Key'", "Mode'")}) == []


def test_keys_of_several_vendors_under_one_name_are_one_row() -> None:
    files = {
        "package.json": '{"dependencies": {"vite": "5", "react-dom": "18"}}',
        "src/form.tsx": "import { Sparkles } from 'icons'\nlocalStorage.setItem('my-api-keys', k) // openai, anthropic",
        "src/read.tsx": "import { Link } from 'ai-router'\nconst k = localStorage.getItem('my-api-keys') // groq",
    }
    assert rows(files) == [("src/form.tsx", 2, "openai", "client-storage")]


def test_key_in_the_secret_store_of_an_editor() -> None:
    files = {
        "package.json": '{"engines": {"vscode": "1"}, "dependencies": {}}',
        "src/a.ts": "await context.secrets.store('openaiApiKey', key)",
    }
    assert rows(files) == [("src/a.ts", 1, "openai", "client-storage")]


def test_one_row_for_one_stored_key_where_it_is_written() -> None:
    files = {
        **EXTENSION,
        "background.js": "chrome.storage.sync.get('geminiApiKey', f)",
        "options.js": "chrome.storage.sync.get(['geminiApiKey'])\nchrome.storage.sync.set({ geminiApiKey: v })",
    }
    assert rows(files) == [("options.js", 2, "google", "client-storage")]


URLS = [
    ("a.ts", f"fetch(`{GEMINI}?key=${{apiKey}}`)"),
    ("a.ts", f"fetch('{GEMINI}?key=' + apiKey)"),
    ("a.ts", f"const u = new URL('{GEMINI}'); u.searchParams.set('key', apiKey)"),
    ("a.py", f'requests.post(f"{GEMINI}?key={{api_key}}")'),
    ("a.py", f'requests.post("{GEMINI}", params={{"key": api_key}})'),
    ("a.py", f'URL = "{GEMINI}?key=%s" % key'),
    ("a.rs", f'let u = format!("{GEMINI}?key={{}}", key);'),
    ("a.go", f'u := fmt.Sprintf("{GEMINI}?key=%s", key)'),
    ("a.kt", f'val u = "{GEMINI}?key=$apiKey"'),
    ("a.swift", f'let u = "{GEMINI}?key=\\(apiKey)"'),
    ("a.dart", f"final u = '{GEMINI}?key=$apiKey';"),
    ("a.php", f"$u = '{GEMINI}?key=' . $key;"),
    ("a.ts", "fetch(`${ADDRESS}?key=${GEMINI_API_KEY}`)  // the address stands in another file"),
    ("a.ts", "fetch(`${ADDRESS}?key=${keys.GOOGLE_AI_API_KEY}`)"),
]


def test_each_url_with_a_key_is_a_row() -> None:
    text = f"a = f'{GEMINI}?key={{k}}'\nb = 1\nc = f'{GEMINI}?key={{k}}', f'{GEMINI}?key={{k}}'\n"
    assert rows({"a.py": text}) == [("a.py", 1, "google", "url-param"), ("a.py", 3, "google", "url-param")]


NUXT = "export default defineNuxtConfig({\n  runtimeConfig: {\n    %s,\n  },\n});\n"


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ("public: { aiKey: process.env.OPENAI_API_KEY }", True),
        ("public: {\n      base: '/api', aiKey: process.env.OPENAI_API_KEY }", True),
        ("aiKey: process.env.OPENAI_API_KEY, public: { base: '/api' }", False),
        ("public: { base: process.env.API_BASE }", False),
    ],
)
def test_the_public_half_of_nuxts_configuration_is_in_every_page(config: str, found: bool) -> None:
    kinds = [(path, vendor, kind) for path, _, vendor, kind in rows({"nuxt.config.ts": NUXT % config})]
    assert kinds == ([("nuxt.config.ts", "openai", "client-env")] if found else [])


@pytest.mark.parametrize(("path", "text"), URLS)
def test_key_in_a_url(path: str, text: str) -> None:
    assert rows({path: text}) == [(path, 1, "google", "url-param")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.ts", "fetch(`https://maps.googleapis.com/maps/api/geocode/json?key=${k}`)"),
        ("a.ts", f"x = '{GEMINI}'\nfetch(`https://api.themoviedb.org/3/movie?api_key=${{k}}`)"),
        ("a.ts", f"// fetch(`{GEMINI}?key=${{apiKey}}`)"),
        ("a.py", f'# f"{GEMINI}?key={{api_key}}"'),
        ("a.ts", "router.push(`/list?key=${item.key}`)"),
    ],
)
def test_other_urls(path: str, text: str) -> None:
    assert rows({path: text}) == []


def test_browser_override() -> None:
    text = "import OpenAI from 'openai'\nconst c = new OpenAI({\n  apiKey,\n  dangerouslyAllowBrowser: true })"
    (found,) = search({**VITE, "src/a.ts": text}).exposures
    assert (found.kind, found.vendor, found.at.line, found.client_side, found.own_key) == (
        "browser-override",
        "openai",
        4,
        True,
        False,
    )
    stored = search({**VITE, "src/a.ts": text, "src/b.ts": "localStorage.setItem('openai_key', k)"}).exposures
    assert [e.own_key for e in stored] == [True]
    assert search({**VITE, "src/a.ts": text.replace("true", "false")}).exposures == ()


def test_roles_are_kept() -> None:
    files = {"tests/a.ts": "k = import.meta.env.VITE_OPENAI_API_KEY"}
    client = ClientSide(files, files.get, lambda _: None)
    found = find_exposures(CATALOG, files, files.get, client, {"tests/a.ts": Role.TEST})
    assert [c.role for c in found.credentials] == [Role.TEST]

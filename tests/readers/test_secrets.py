"""The search for keys, through its public face: recall and precision on labelled files, kinds, places, and its manners."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import random
import re
from collections import Counter
from functools import lru_cache
from typing import Any

import pytest

from auditor.catalog.load import load_catalog
from auditor.errors import UnreadableFile
from auditor.model.facts import Credential, Role
from auditor.readers.secrets import SecretScanner
from auditor.readers.secrets import scanner as scanner_module
from auditor.readers.secrets.allow import read_baseline
from auditor.readers.secrets.prefilter import Prefilter
from auditor.source.memory import entry_of
from tests.readers.secret_cases import ALNUM, HEX, KINDS, URL, Labelled, Maker, labelled, negatives


@lru_cache(maxsize=1)
def scanner() -> SecretScanner:
    return SecretScanner(load_catalog())


def scan(path: str, text: str | bytes, using: SecretScanner | None = None) -> tuple[Credential, ...]:
    data = text if isinstance(text, bytes) else text.encode()
    return (using or scanner()).scan(entry_of(path, len(data)), data)


def live(path: str, text: str | bytes) -> list[Credential]:
    return [c for c in scan(path, text) if not c.placeholder and c.certainty != "low"]


def key(kind: str, seed: int = 1) -> str:
    return next(k for k in KINDS if k.id == kind).make(Maker(seed))


# --------------------------------------------------------------------------- the labelled files


@lru_cache(maxsize=1)
def outcome() -> tuple[Counter[str], Counter[str], Counter[str], list[str], list[str]]:
    total: Counter[str] = Counter()
    found: Counter[str] = Counter()
    named: Counter[str] = Counter()
    missed, surplus = [], []
    for case in labelled(copies=2):
        rows = live(case.path.split("/", 1)[1], case.text)
        hits = [r for r in rows if r.at.line in case.lines]
        for group in (case.kind.group, f"kind {case.kind.id}", f"context {case.context}"):
            total[group] += 1
            found[group] += bool(hits)
            named[group] += any(h.vendor == case.kind.vendor for h in hits)
        missed += [] if hits else [case.path]
        surplus += [case.path] if len(rows) > len(hits) or len(hits) > 1 else []
    return total, found, named, missed, surplus


@pytest.mark.parametrize(("group", "least"), [("prefix", 0.995), ("semi", 0.95), ("context", 0.95)])
def test_recall_by_group(group: str, least: float) -> None:
    total, found, named, missed, _ = outcome()
    assert total[group] > 500
    assert found[group] / total[group] >= least, missed
    assert named[group] / total[group] >= least, "the right vendor"


def test_recall_of_each_kind_and_context() -> None:
    total, _, named, _, _ = outcome()
    low = {g: named[g] / total[g] for g in total if named[g] / total[g] < 0.95}
    assert not low


def test_precision() -> None:
    total, found, _, _, surplus = outcome()
    false = [(p, c.at.line, c.shape) for p, t in negatives() for c in live(p.split("/", 1)[1], t)]
    hits = sum(found[g] for g in ("prefix", "semi", "context"))
    assert hits / (hits + len(false) + len(surplus)) >= 0.99, (false, surplus)
    assert total["prefix"] > 4000


def test_without_re2_the_same_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SecretScanner(load_catalog(), salt=b"s" * 32)
    fast = SecretScanner(load_catalog(), salt=b"s" * 32)
    monkeypatch.setitem(__import__("sys").modules, "re2", None)
    plain._prefilter = Prefilter(plain._vendors.shapes, plain._vendors.words_of({s.vendor for s in plain._context}))
    assert type(plain._prefilter._engine).__name__ == "_Stdlib"
    assert type(fast._prefilter._engine).__name__ == "_Re2"
    for case in list(labelled())[::7]:
        path = case.path.split("/", 1)[1]
        assert scan(path, case.text, plain) == scan(path, case.text, fast), case.path


# --------------------------------------------------------------------------- rows: kind, place, placeholder


GROQ = key("groq")
ROWS = [
    (".env", f"GROQ_API_KEY={GROQ}\n", "env-file", False),
    (".env.example", "GROQ_API_KEY=gsk_your_key_here\n", "env-file", True),
    (".env.example", "OPENAI_API_KEY=[YOUR OPENAI KEY]\n", "env-file", True),
    ("env.example", "OPENAI_API_KEY=XXX\n", "env-file", True),
    (".github/workflows/ci.yml", "env:\n  ANTHROPIC_API_KEY: test-key\n", "ci-file", True),
    ("Dockerfile", "ENV OPENAI_API_KEY ${OPENAI_API_KEY}\n", "docker", True),
    ("docker-compose.yml", f"services:\n  a:\n    environment:\n      GROQ_API_KEY: {GROQ}\n", "docker", False),
    ("app.py", f'client = Groq(api_key="{GROQ}")\n', "hardcoded", False),
    ("app.py", 'client = OpenAI(base_url=URL, api_key="ollama")\n', "hardcoded", True),
    ("src/a.ts", 'const apiKey = "YOUR_OPENAI_API_KEY";\n', "hardcoded", True),
    ("src/a.ts", "const keys = { 'openaiApiKey': \"your-openai-key\" }; // don't\n", "hardcoded", True),
    ("app.py", f"print(\"GROQ_API_KEY='{GROQ}'\")\n", "hardcoded", False),
    ("app.py", 'GEMINI_API_KEY = "AIzaFakeGoogleKey123456789"  # nosec\n', "hardcoded", True),
    ("bot.py", 'from bardapi import Bard\n\ntoken = "__Secure-1PSID"\n', "hardcoded", True),
    ("bot.py", f'from bardapi import Bard\n\nBard(token="g.a000{Maker(50).of(URL, 146)}")\n', "hardcoded", False),
    ("src/a.ts", f"fetch(`https://api.groq.com/v1?key={GROQ}`)\n", "url-param", False),
    ("config.json", f'{{"groq": {{"apiKey": "{GROQ}"}}}}\n', "other", False),
    ("a.ipynb", json.dumps({"cells": [{"outputs": [], "source": [f"k='{GROQ}'"]}]}), "notebook", False),
]


@pytest.mark.parametrize(("path", "text", "kind", "placeholder"), ROWS)
def test_row(path: str, text: str, kind: str, placeholder: bool) -> None:
    (row,) = scan(path, text)
    assert (row.kind, row.placeholder) == (kind, placeholder)


@pytest.mark.parametrize(
    ("value", "stands_in"),
    [
        ("sua_chave_aqui", True), ("tu_clave_aqui", True), ("votre_cle_ici", True),
        ("dein_schluessel", True), ("seu_token_do_databricks_aqui", True), ("la-tua-chiave", True), ("klucz_tutaj", True),
        ("Insira sua chave aqui para continuar", False), ("settings_of_the_day", False),
    ],
)  # fmt: skip
def test_a_placeholder_may_be_of_any_language(value: str, stands_in: bool) -> None:
    rows = scan("a.py", f'OPENAI_API_KEY = "{value}"\n')
    assert [r.placeholder for r in rows] == [True] * stands_in


NO_ROWS = [
    (
        ".env.example",
        "OPENAI_API_KEY=\nOPENAI_API_KEY=${OTHER}\nOPENAI_MAX_TOKENS=100\nOPENAI_KEY_FILE=/run/secrets/x\n",
    ),
    (".env.example", "STRIPE_API_KEY=sk_test_abc\nGOOGLE_CALENDAR_API_KEY=your_key\nLANGFUSE_SECRET_KEY=sk-lf-...\n"),
    (".github/workflows/ci.yml", "env:\n  OPENAI_API_KEY: ${{ secrets.OPENAI_API_KEY }}\n"),
    ("docker-compose.yml", "services:\n  a:\n    environment:\n      - OPENAI_API_KEY=${OPENAI_API_KEY}\n"),
    ("README.md", "export OPENAI_API_KEY=sk-your-key\n"),
    ("tests/test_a.py", 'OpenAI(api_key="sk-test")\nOPENAI_API_KEY = "your-key"\n'),
    ("const.py", 'CONF_OPENAI_API_KEY = "openai_api_key"\nAPI_KEY_ENV = "OPENAI_API_KEY"\n'),
    (
        "k8s/s.yaml",
        "apiVersion: v1\nkind: SealedSecret\nspec:\n  encryptedData:\n    OPENAI_API_KEY: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq\n",
    ),
    ("app.py", '# client = OpenAI(api_key="your-openai-key")\nx = 1  # OPENAI_API_KEY = "your-key"\n'),
    ("app.py", 'def f():\n    """Ask.\n\n    >>> OpenAI(api_key="your-openai-key")\n    """\n'),
    ("app.ts", '/**\n * const openaiKey = "YOUR_OPENAI_KEY";\n */\n// apiKey: "YOUR_OPENAI_KEY"\n'),
    ("app.py", 'settings = Settings(openai_prompt_cache_key="pydantic-ai-cache-v12345-chat")\n'),
    ("app.py", "print(\"Set OPENAI_API_KEY = 'your-openai-key' first\")\n"),
    ("app.py", "raise ValueError(f\"It doesn't run: export OPENAI_API_KEY='your-openai-key'\")\n"),
    ("src/a.ts", "console.log(`Add OPENAI_API_KEY='your-openai-key' to .env`);\n"),
    ("public/locales/pl.json", '{"NOTE_TO_GET_OPENAI_KEY": "Insert your key here"}\n'),
    ("src/texts.ts", 'const OPENAI_KEY = "NOTE: to get your key, sign up for an account with OpenAI first";\n'),
    ("supabase/config.toml", 'openai_api_key = "env(OPENAI_API_KEY)"\n'),
]


@pytest.mark.parametrize(("path", "text"), NO_ROWS)
def test_no_row(path: str, text: str) -> None:
    assert scan(path, text) == ()


GOOGLE = key("google-aiza")
LINES = [
    (f'GOOGLE_API_KEY = "{GOOGLE}"\n', "high"),
    (f'GOOGLE_API_KEY = "{GOOGLE}"  # google custom search api key\n', "low"),
    (f'GOOGLE_API_KEY = "{GOOGLE}"  # for Google Maps\n', "low"),
    (f'GOOGLE_API_KEY = "{GOOGLE}"  # YouTube Data API\n', "low"),
    (f'GEMINI_API_KEY = "{GOOGLE}"  # the same as for maps_api\n', "high"),
    (f'GOOGLE_API_KEY = "{GOOGLE}"  # used in three places\n', "high"),
    (f'# Google Maps\nMAPS = 1\nGOOGLE_API_KEY = "{GOOGLE}"\n', "high"),
]


@pytest.mark.parametrize(("text", "certainty"), LINES)
def test_the_line_of_a_google_key_says_whether_it_is_for_models(text: str, certainty: str) -> None:
    (row,) = scan("app.py", text)
    assert (row.vendor, row.certainty) == ("google", certainty)


def test_parts_of_one_key_are_one_row() -> None:
    parts = [Maker(n).of(ALNUM, 13) for n in range(4)]
    text = "".join(f"REACT_APP_OPENAI_KEY_{n}={part}\n" for n, part in enumerate(parts, 1))
    (row,) = scan(".env", text)
    assert (row.at.line, row.at.end_line, row.encoding, row.placeholder, row.vendor) == (1, 4, "split", False, "openai")


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        ('DEEPSEEK_API_KEY = "{}"\n', "deepseek"),
        ('llm = Tongyi(dashscope_api_key="{}")\n', "qwen"),
        ('c = OpenAI(base_url="https://api.deepseek.com", api_key="{}")\n', "deepseek"),
        ('import dashscope\n\n\ndashscope.api_key = "{}"\n', "qwen"),
        ('x = "{}"\n', "other:unknown"),
    ],
)
def test_shared_shape_gets_its_vendor_from_what_stands_near(text: str, vendor: str) -> None:
    (row,) = scan("a.py", text.format(key("deepseek")))
    assert row.vendor == vendor


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        ('GEMINI_MODEL="gemini-2.0-flash"\nACME_API_KEY="{}"\n', "other:unknown"),
        ('ACME_API_KEY="{}"\nACME_MODEL="x-ai/grok-2"\n', "other:unknown"),
        ('# DeepSeek\nACME_API_KEY="{}"\n', "deepseek"),
        ('LLM_API_KEY="{}"\nLLM_URL="https://api.deepseek.com"\n', "deepseek"),
        ('GEMINI_MODEL="gemini-2.0-flash"\nBLACKBOX_API_KEY_PRO="{}"\n', "other:blackbox"),
    ],
)
def test_a_setting_of_a_name_of_its_own_takes_no_vendor_from_the_settings_beside_it(text: str, vendor: str) -> None:
    (row,) = scan(".env.backup", text.format("sk-" + Maker(7).of(ALNUM, 22)))
    assert row.vendor == vendor


def test_keys_of_resellers_have_shapes_of_their_own() -> None:
    (own,) = live("a.py", f'API_KEY = "fk204318-{Maker(60).of(ALNUM, 32)}"\n')
    (everybodys,) = live("a.py", 'API_KEY = "pk-this-is-a-real-free-pool-token-for-everyone"\n')
    assert (own.vendor, own.shape) == ("other:api2d", "reseller-api2d")
    assert (everybodys.shape, everybodys.placeholder) == ("reseller-fakeopen", False)
    assert live("a.py", 'API_KEY = "fkxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"\n') == []


def test_google_key_of_another_service_is_low() -> None:
    value = key("google-aiza")
    (web,) = scan("firebase.js", f'const c = {{apiKey: "{value}", authDomain: "x.firebaseapp.com"}};\n')
    (gemini,) = scan("a.js", f'const genAI = new GoogleGenerativeAI("{value}"); // gemini\n')
    assert (web.certainty, gemini.certainty) == ("low", "high")


ASSEMBLED = [
    ("a.py", 'OPENROUTER_API_KEY = "-".join(["sk", "or", "v1", "{tail}"])\n', "split"),
    ("a.ts", 'const key = ["sk", "or", "v1", "{tail}"].join("-"); // openrouter\n', "split"),
    ("a.py", 'first = "sk-or-"\nsecond = "v1-{tail}"\n\nclient = OpenAI(api_key=first + second)\n', "split"),
    ("a.py", 'first = "sk-or-"\nsecond = "v1-{tail}"\n\nkey = f"{{first}}{{second}}"\n', "split"),
    ("a.ts", 'const a = "sk-or-";\nconst b = "v1-{tail}";\nexport const key = [a, b].join("");\n', "split"),
    ("a.py", 'key = str(base64.b64decode(b"{b64}"), "utf-8")\n', "base64"),
    ("A.java", 'String key = new String(Base64.getDecoder().decode("{b64}"));\n', "base64"),
    ("a.go", 'key, _ := base64.StdEncoding.DecodeString("{b64}")\n', "base64"),
    ("a.ts", 'const key = Buffer.from("{hex}", "hex").toString();\n', "hex"),
    ("a.js", 'const key = [{codes}].map((c) => String.fromCharCode(c)).join("");\n', "codes"),
    ("a.js", 'const key = "{turned}".split("").reverse().join("");\n', "reversed"),
    ("deploy.yaml", "env_file_content: {env}\n", "base64"),
]


@pytest.mark.parametrize(("path", "text", "encoding"), ASSEMBLED)
def test_what_code_puts_together(path: str, text: str, encoding: str) -> None:
    value = key("openrouter", 40)
    wrapped = base64.b64encode(f"PORT=80\nDEBUG=1\nOPENROUTER_API_KEY={value}\n".encode()).decode()
    (row,) = scan(path, text.format(
        tail=value.removeprefix("sk-or-v1-"), b64=base64.b64encode(value.encode()).decode(), hex=value.encode().hex(),
        codes=", ".join(str(ord(c)) for c in value), turned=value[::-1], env=wrapped,
    ))  # fmt: skip
    assert (row.vendor, row.encoding, row.placeholder) == ("openrouter", encoding, False)
    assert row.fingerprint == scanner().identity(value.encode())


NOT_ASSEMBLED = [
    ("a.ts", 'const css = ["sk", "fading", "circle"].join("-");\n'),
    ("a.ts", 'if (key.startsWith("sk-")) {{ return ["a", "b"].join(""); }}\n'),
    ("a.py", 'prefix = "sk-or-"\nkey = prefix + name\nother = prefix + "v1"\n'),
    ("a.py", 'prefix = "sk-or-"\nif x:\n    prefix = "gsk_"\nkey = prefix + "v1-{tail}"\n'),
    ("a.py", "image = b64decode('{png}')\nsizes = [{numbers}]\n"),
]


@pytest.mark.parametrize(("path", "text"), NOT_ASSEMBLED)
def test_what_code_puts_together_and_is_no_key(path: str, text: str) -> None:
    maker = Maker(41)
    png = base64.b64encode(bytes(maker.random.randrange(256) for _ in range(300))).decode()
    numbers = ", ".join(str(maker.random.randrange(32, 127)) for _ in range(200))
    assert scan(path, text.format(tail=maker.of(HEX, 64), png=png, numbers=numbers)) == ()


def test_span_covers_the_value_in_characters() -> None:
    (row,) = scan("a.py", f'é = 1\nnaïve = "{GROQ}"\n')
    assert (row.at.line, row.at.column, row.at.end_column) == (2, 9, 9 + len(GROQ))


def test_notebook_output_is_told_from_source() -> None:
    cell = {"outputs": [{"text": [GROQ + "\n"]}], "source": ["print(k)"]}
    (row,) = scan("a.ipynb", json.dumps({"cells": [cell]}, indent=1))
    assert row.place == "notebook-output"


@pytest.mark.parametrize("path", ["dist/app.js", "web/.next/static/a.js", "public/app.min.js", "dist/app.js.map"])
def test_bundles_are_marked(path: str) -> None:
    (row,) = scan(path, f'var k="{GROQ}";\n')
    assert row.built
    assert row.client_side


def test_keys_in_tests_and_docs_are_rows_with_their_role() -> None:
    roles = {scan(p, f'k = "{GROQ}"\n')[0].role for p in ("tests/test_a.py", "a.py")}
    assert roles == {Role.TEST, Role.APP}


# --------------------------------------------------------------------------- allowances


@pytest.mark.parametrize(
    "text",
    [
        'k = "{}"  # pragma: allowlist secret\n',
        'k = "{}"  # gitleaks:allow\n',
        "# pragma: allowlist nextline secret\nk = '{}'\n",
    ],
)
def test_pragmas_allow_and_stay_visible(text: str) -> None:
    (row,) = scan("a.py", text.format(GROQ))
    assert row.allowed


def test_detect_secrets_baseline_allows() -> None:
    digest = hashlib.sha1(GROQ.encode(), usedforsecurity=False).hexdigest()
    text = json.dumps({"version": "1.5.0", "results": {"a.py": [{"hashed_secret": digest, "line_number": 1}]}})
    baseline = read_baseline(".secrets.baseline", text.encode())
    assert baseline is not None
    using = SecretScanner(load_catalog(), baselines=[baseline])
    assert scan("a.py", f'k = "{GROQ}"\n', using)[0].allowed
    assert not scan("b.py", f'k = "{GROQ}"\n', using)[0].allowed
    assert scan(".secrets.baseline", text, using) == ()


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"results": []}', b"[" * 100_000])
def test_bad_baselines_allow_nothing(data: bytes) -> None:
    assert read_baseline(".secrets.baseline", data) is None


# --------------------------------------------------------------------------- manners


def test_no_value_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    best = scanner_module._best

    def watched(found: Any) -> Any:
        rows = best(found)
        seen.extend(rows)
        return rows

    monkeypatch.setattr(scanner_module, "_best", watched)
    for case in list(labelled())[::5]:
        value_parts = set(re.findall(rb"[A-Za-z0-9]{12,}", case.text))
        rows = scan(case.path.split("/", 1)[1], case.text)
        told = (repr(rows) + repr(seen)).encode() + pickle.dumps(rows)
        public = {b"T3BlbkFJ"}
        leaked = [p for p in value_parts if p in told and p not in public and not case.path.encode().count(p)]
        names = {p for k in KINDS for p in re.findall(rb"[A-Za-z0-9]{12,}", f"{k.name} {k.host}".encode())}
        hosts = {b"Authorization", b"buildConfigField", b"HUGGINGFACEHUB"}
        assert not [p for p in leaked if p not in names | hosts], case.context
        seen.clear()


def test_short_values_show_nothing() -> None:
    (row,) = scan(".env", "OPENAI_API_KEY=h7Kq2mZx9Lp\n")
    assert row.masked == ""


def test_hashes_compare_within_a_run_only() -> None:
    text = f'k = "{GROQ}"\n'
    same = {scan(p, text)[0].fingerprint for p in ("a.py", "b.py")}
    other = scan("a.py", text, SecretScanner(load_catalog()))[0].fingerprint
    assert len(same) == 1
    assert other not in same


def test_a_failure_says_nothing_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError(f"bad {GROQ}")

    monkeypatch.setattr(scanner_module, "place_of", fail)
    with pytest.raises(UnreadableFile) as caught:
        scan("a.py", f'k = "{GROQ}"\n')
    assert GROQ not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("seed", range(30))
def test_any_bytes_are_read(seed: int) -> None:
    random_ = random.Random(seed)
    cases: list[Labelled] = list(labelled(seed=seed))[seed::97]
    for case in cases:
        data = bytearray(case.text)
        for _ in range(random_.randrange(1, 20)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        scan(case.path.split("/", 1)[1], bytes(data[: random_.randrange(len(data))]))


@pytest.mark.parametrize(
    "text",
    [
        "sk-" * 300_000,
        '"' * 300_000,
        "'\"" + " " * 500_000 + "'\"" + 'api_key = "' * 2_000,
        "api_key=" * 60_000,
        "ENV OPENAI_API_KEY=\\\n" * 20_000,
        "name: OPENAI_API_KEY\n" * 20_000,
        f'k = "{GROQ}"; ' * 20_000,
        "mistral_api_key " + "a1B2" * 300_000,
        "mistral " + f"{'a1B2c3D4' * 4} " * 20_000,
        "AIza" + "x" * 2_000_000,
        "c2st" + "A" * 1_000_000,
        "[" + '"a", ' * 60_000 + '"b"].join(' * 3,
        'x = ["a", "b"].join("")\n' * 8_000,
        '"a".concat("b")' * 20_000,
        "String.fromCharCode(" + "65," * 120_000,
        "f(" + "[65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81]," * 5_000,
        'k = "sk-ant-"\n' + "k + k + " * 50_000,
        "".join(f'k{n} = "sk-ant-{n}"\n' for n in range(20_000)) + "k1 + k2\n" * 20_000,
        "a." * 150_000 + "(b64decode('" + "QUJD" * 20_000,
        "`${'a'}${'b'}" * 20_000,
        'X_B64="' + "QUJD" * 100_000,
        '"' + "ab" * 100_000 + '"[::-1]',
    ],
    ids=range(22),
)
@pytest.mark.parametrize("path", ["a.py", ".env", "Dockerfile", "k8s/a.yaml"])
@pytest.mark.usefixtures("ends")
def test_nothing_takes_for_ever(path: str, text: str) -> None:
    assert isinstance(scan(path, text), tuple)


def test_most_files_end_at_the_prefilter() -> None:
    code = "def f(x):\n    return [y.key for y in x if y.token]\n" * 2000
    assert not scanner().prefilter(code.encode())


def test_hex_of_a_commit_is_no_key_of_a_vendor_named_elsewhere() -> None:
    text = f"import wandb\n\nCOMMIT = '{Maker(3).of(HEX, 40)}'\nimage_digest = '{Maker(4).of(HEX, 64)}'\n"
    assert scan("a.py", text) == ()

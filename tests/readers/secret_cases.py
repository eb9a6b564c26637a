"""Labelled keys for tests and benchmarks: random keys of the exact format in every context, and hard negatives.

The formats are written out here by hand, not taken from the catalog, so that a wrong pattern there is a miss here.
"""

from __future__ import annotations

import base64
import binascii
import json
import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
URL = ALNUM + "-_"
LOWER = string.ascii_lowercase + string.digits
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


class Maker:
    """Random keys from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def of(self, alphabet: str, length: int) -> str:
        """A random text that has a digit and both cases where the alphabet does, and ends in no separator."""
        while True:
            text = "".join(self.random.choice(alphabet) for _ in range(length))
            classes = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
            if length < 8 or all(set(text) & set(c) for c in classes if len(set(c) & set(alphabet)) > 9):
                if text[0] in "-_" or text[-1] in "-_":
                    continue
                return text

    def uuid(self) -> str:
        """A random UUID."""
        return "-".join(self.of(HEX, n) for n in (8, 4, 4, 4, 12))

    def github(self) -> str:
        """A token with a checksum that holds."""
        body, number, tail = self.of(ALNUM, 30), 0, ""
        number = binascii.crc32(body.encode())
        while number:
            number, rest = divmod(number, 62)
            tail = BASE62[rest] + tail
        return f"ghp_{body}{tail.rjust(6, '0')}"

    def bedrock(self) -> str:
        """A long-term Bedrock key."""
        plain = f"BedrockAPIKey-{self.of(LOWER, 4)}-at-{self.of(string.digits + '1', 12)}:{self.of(ALNUM, 58)}="
        return "ABSK" + base64.b64encode(plain.encode()).decode()

    def bedrock_short(self) -> str:
        """A short-term Bedrock key."""
        plain = f"bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Signature={self.of(HEX, 64)}"
        return "bedrock-api-key-" + base64.b64encode(plain.encode()).decode()

    def jwt(self) -> str:
        """A signed token."""
        parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": self.of(ALNUM, 12), "iat": self.random.randrange(10**9)}]
        head = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
        return ".".join([*head, self.of(URL, 43)])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of credential. `group`: prefix | semi | context, as the issue counts them."""

    id: str
    vendor: str
    group: str
    name: str  # the environment variable
    host: str
    make: Callable[[Maker], str]


def _kind(id: str, vendor: str, group: str, name: str, host: str, make: Callable[[Maker], str]) -> Kind:
    return Kind(id, vendor, group, name, host, make)


_O, _A, _G = "api.openai.com", "api.anthropic.com", "generativelanguage.googleapis.com"
_AZ, _HF = "x.openai.azure.com", "router.huggingface.co"
MARK = "T3BlbkFJ"

KINDS: tuple[Kind, ...] = (
    _kind("openai-legacy", "openai", "prefix", "OPENAI_API_KEY", _O, lambda m: f"sk-{m.of(ALNUM, 20)}{MARK}{m.of(ALNUM, 20)}"),
    _kind("openai-proj-74", "openai", "prefix", "OPENAI_API_KEY", _O, lambda m: f"sk-proj-{m.of(URL, 74)}{MARK}{m.of(URL, 74)}"),
    _kind("openai-proj-58", "openai", "prefix", "OPENAI_API_KEY", _O, lambda m: f"sk-proj-{m.of(URL, 58)}{MARK}{m.of(URL, 58)}"),
    _kind("openai-proj-20", "openai", "prefix", "OPENAI_API_KEY", _O, lambda m: f"sk-proj-{m.of(ALNUM, 20)}{MARK}{m.of(ALNUM, 20)}"),
    _kind("openai-svcacct", "openai", "prefix", "OPENAI_API_KEY", _O, lambda m: f"sk-svcacct-{m.of(URL, 74)}{MARK}{m.of(URL, 74)}"),
    _kind("openai-admin", "openai", "prefix", "OPENAI_ADMIN_KEY", _O, lambda m: f"sk-admin-{m.of(URL, 58)}{MARK}{m.of(URL, 58)}"),
    _kind("anthropic-api", "anthropic", "prefix", "ANTHROPIC_API_KEY", _A, lambda m: f"sk-ant-api03-{m.of(URL, 93)}AA"),
    _kind("anthropic-admin", "anthropic", "prefix", "ANTHROPIC_ADMIN_KEY", _A, lambda m: f"sk-ant-admin01-{m.of(URL, 93)}AA"),
    _kind("anthropic-oat", "anthropic", "prefix", "CLAUDE_CODE_OAUTH_TOKEN", _A, lambda m: f"sk-ant-oat01-{m.of(URL, 93)}AA"),
    _kind("google-aiza", "google", "prefix", "GEMINI_API_KEY", _G, lambda m: f"AIzaSy{m.of(URL, 33)}"),
    _kind("google-aq", "google", "prefix", "GEMINI_API_KEY", _G, lambda m: f"AQ.Ab8RN6{m.of(URL, 44)}"),
    _kind("azure-84", "azure-openai", "prefix", "AZURE_OPENAI_API_KEY", _AZ,
          lambda m: f"{m.of(ALNUM, 52)}JQQJ99{m.of(ALNUM, 18)}ACOG{m.of(ALNUM, 4)}"),
    _kind("bedrock-long", "bedrock", "prefix", "AWS_BEARER_TOKEN_BEDROCK", "bedrock-runtime.us-east-1.amazonaws.com", Maker.bedrock),
    _kind("bedrock-short", "bedrock", "prefix", "AWS_BEARER_TOKEN_BEDROCK", "bedrock-runtime.us-east-1.amazonaws.com",
          Maker.bedrock_short),
    _kind("groq", "groq", "prefix", "GROQ_API_KEY", "api.groq.com", lambda m: f"gsk_{m.of(ALNUM, 52)}"),
    _kind("openrouter", "openrouter", "prefix", "OPENROUTER_API_KEY", "openrouter.ai", lambda m: f"sk-or-v1-{m.of(HEX, 64)}"),
    _kind("together-v1", "together", "prefix", "TOGETHER_API_KEY", "api.together.xyz", lambda m: f"tgp_v1_{m.of(URL, 43)}"),
    _kind("fireworks", "fireworks", "prefix", "FIREWORKS_API_KEY", "api.fireworks.ai", lambda m: f"fw_{m.of(ALNUM, 22)}"),
    _kind("huggingface", "huggingface", "prefix", "HF_TOKEN", _HF, lambda m: f"hf_{m.of(string.ascii_letters, 34)}"),
    _kind("replicate", "replicate", "prefix", "REPLICATE_API_TOKEN", "api.replicate.com", lambda m: f"r8_{m.of(ALNUM, 37)}"),
    _kind("perplexity", "perplexity", "prefix", "PERPLEXITY_API_KEY", "api.perplexity.ai", lambda m: f"pplx-{m.of(ALNUM, 48)}"),
    _kind("xai", "xai", "prefix", "XAI_API_KEY", "api.x.ai", lambda m: f"xai-{m.of(ALNUM, 80)}"),
    _kind("cerebras", "cerebras", "prefix", "CEREBRAS_API_KEY", "api.cerebras.ai", lambda m: f"csk-{m.of(LOWER, 48)}"),
    _kind("nvidia", "nvidia", "prefix", "NVIDIA_API_KEY", "integrate.api.nvidia.com", lambda m: f"nvapi-{m.of(URL, 64)}"),
    _kind("vercel-gateway", "vercel-gateway", "prefix", "AI_GATEWAY_API_KEY", "ai-gateway.vercel.sh", lambda m: f"vck_{m.of(URL, 56)}"),
    _kind("voyage", "other:voyage", "prefix", "VOYAGE_API_KEY", "api.voyageai.com", lambda m: f"pa-{m.of(URL, 43)}"),
    _kind("jina", "other:jina", "prefix", "JINA_API_KEY", "api.jina.ai", lambda m: f"jina_{m.of(HEX, 32)}{m.of(ALNUM, 28)}"),
    _kind("elevenlabs", "other:elevenlabs", "prefix", "ELEVENLABS_API_KEY", "api.elevenlabs.io", lambda m: f"sk_{m.of(HEX, 48)}"),
    _kind("langsmith", "other:langsmith", "prefix", "LANGSMITH_API_KEY", "api.smith.langchain.com",
          lambda m: f"lsv2_pt_{m.of(HEX, 32)}_{m.of(HEX, 10)}"),
    _kind("langfuse", "other:langfuse", "prefix", "LANGFUSE_SECRET_KEY", "cloud.langfuse.com", lambda m: f"sk-lf-{m.uuid()}"),
    _kind("pinecone", "other:pinecone", "prefix", "PINECONE_API_KEY", "api.pinecone.io",
          lambda m: f"pcsk_{m.of(ALNUM, 5)}_{m.of(ALNUM, 63)}"),
    _kind("databricks", "other:databricks", "prefix", "DATABRICKS_TOKEN", "x.cloud.databricks.com", lambda m: f"dapi{m.of(HEX, 32)}"),
    _kind("tavily", "other:tavily", "prefix", "TAVILY_API_KEY", "api.tavily.com", lambda m: f"tvly-{m.of(ALNUM, 32)}"),
    _kind("cloudflare-v2", "cloudflare", "prefix", "CLOUDFLARE_API_TOKEN", "gateway.ai.cloudflare.com",
          lambda m: f"cfut_{m.of(ALNUM, 40)}{m.of(HEX, 8)}"),
    _kind("deepseek", "deepseek", "semi", "DEEPSEEK_API_KEY", "api.deepseek.com", lambda m: f"sk-{m.of(HEX, 32)}"),
    _kind("dashscope", "qwen", "semi", "DASHSCOPE_API_KEY", "dashscope.aliyuncs.com", lambda m: f"sk-{m.of(HEX, 32)}"),
    _kind("moonshot", "other:moonshot", "semi", "MOONSHOT_API_KEY", "api.moonshot.cn", lambda m: f"sk-{m.of(ALNUM, 48)}"),
    _kind("stability", "other:stability", "semi", "STABILITY_API_KEY", "api.stability.ai", lambda m: f"sk-{m.of(ALNUM, 48)}"),
    _kind("litellm", "litellm", "semi", "LITELLM_API_KEY", "litellm.example.org", lambda m: f"sk-{m.of(ALNUM, 22)}"),
    _kind("zhipu", "other:zhipu", "semi", "ZHIPUAI_API_KEY", "open.bigmodel.cn", lambda m: f"{m.of(HEX, 32)}.{m.of(ALNUM, 16)}"),
    _kind("github-models", "other:github-models", "semi", "GITHUB_MODELS_TOKEN", "models.github.ai", Maker.github),
    _kind("hyperbolic", "other:hyperbolic", "semi", "HYPERBOLIC_API_KEY", "api.hyperbolic.xyz", Maker.jwt),
    _kind("azure-32", "azure-openai", "context", "AZURE_OPENAI_API_KEY", _AZ, lambda m: m.of(HEX, 32)),
    _kind("mistral", "mistral", "context", "MISTRAL_API_KEY", "api.mistral.ai", lambda m: m.of(ALNUM, 32)),
    _kind("cohere", "cohere", "context", "COHERE_API_KEY", "api.cohere.com", lambda m: m.of(ALNUM, 40)),
    _kind("together-hex", "together", "context", "TOGETHER_API_KEY", "api.together.xyz", lambda m: m.of(HEX, 64)),
    _kind("cloudflare-v1", "cloudflare", "context", "CLOUDFLARE_API_TOKEN", "gateway.ai.cloudflare.com", lambda m: m.of(URL, 40)),
    _kind("sambanova", "other:sambanova", "context", "SAMBANOVA_API_KEY", "api.sambanova.ai", Maker.uuid),
    _kind("deepgram", "other:deepgram", "context", "DEEPGRAM_API_KEY", "api.deepgram.com", lambda m: m.of(HEX, 40)),
    _kind("assemblyai", "other:assemblyai", "context", "ASSEMBLYAI_API_KEY", "api.assemblyai.com", lambda m: m.of(HEX, 32)),
    _kind("wandb", "other:wandb", "context", "WANDB_API_KEY", "api.wandb.ai", lambda m: m.of(HEX, 40)),
    _kind("portkey", "portkey", "context", "PORTKEY_API_KEY", "api.portkey.ai", lambda m: m.of(ALNUM, 28)),
    _kind("ai21", "other:ai21", "context", "AI21_API_KEY", "api.ai21.com", lambda m: m.of(ALNUM, 32)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labelled:
    """A file with one key in it: on these lines."""

    path: str
    text: bytes
    kind: Kind
    context: str
    lines: tuple[int, ...]


Context = Callable[[Kind, str], tuple[str, str]]


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _notebook(source: str, output: str) -> str:
    cell = {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": [output]}] if output else [],
        "source": [source],
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def _thirds(value: str) -> tuple[str, str, str]:
    third = len(value) // 3
    return value[:third], value[third : 2 * third], value[2 * third :]


def _listed(value: str) -> str:
    return ", ".join(f'"{part}"' for part in _thirds(value))


def _codes(value: str) -> str:
    return ", ".join(str(ord(character)) for character in value)


CONTEXTS: dict[str, Context] = {
    "py_literal": lambda k, v: ("a.py", f'{k.name} = "{v}"\n'),
    "py_kwarg": lambda k, v: ("a.py", f'URL = "https://{k.host}/v1"\nclient = Client(base_url=URL, api_key="{v}")\n'),
    "py_dict": lambda k, v: ("a.py", f'options = {{"url": "https://{k.host}", "api_key": "{v}"}}\n'),
    "py_fstring": lambda k, v: ("a.py", f'post(f"https://{k.host}/v1/{{path}}", headers={{"Authorization": f"Bearer {v}"}})\n'),
    "py_environ": lambda k, v: ("a.py", f'os.environ["{k.name}"] = "{v}"\n'),
    "py_getenv": lambda k, v: ("a.py", f"key = os.getenv('{k.name}', '{v}')\n"),
    "py_concat": lambda k, v: ("a.py", f'{k.name} = "{v[: len(v) // 2]}" + "{v[len(v) // 2 :]}"\n'),
    "py_implicit": lambda k, v: ("a.py", f'{k.name} = (\n    "{v[: len(v) // 2]}"\n    "{v[len(v) // 2 :]}"\n)\n'),
    "py_comment": lambda k, v: ("a.py", f"# the {k.name} was {v}\n"),
    "py_bytes": lambda k, v: ("a.py", f'{k.name} = b"{v}"\n'),
    "py_base64": lambda k, v: ("a.py", f'{k.name} = b64decode("{_b64(v)}")\n'),
    "py_b64_kwarg": lambda k, v: (
        "a.py",
        f'URL = "https://{k.host}/v1"\nclient = Client(URL, api_key=base64.b64decode("{_b64(v)}").decode())\n',
    ),
    "py_hex": lambda k, v: ("a.py", f'{k.name} = bytes.fromhex("{v.encode().hex()}").decode()\n'),
    "py_join": lambda k, v: ("a.py", f'{k.name} = "".join([{_listed(v)}])\n'),
    "py_codes": lambda k, v: ("a.py", f'{k.name} = bytes([{_codes(v)}]).decode()\n'),
    "py_reversed": lambda k, v: ("a.py", f'{k.name} = "{v[::-1]}"[::-1]\n'),
    "py_names": lambda k, v: (
        "a.py",
        'part_one = "{}"\npart_two = "{}"\nrest = "{}"\n\n'.format(*_thirds(v)) + f"{k.name} = part_one + part_two + rest\n",
    ),
    "js_atob": lambda k, v: ("a.js", f'const {k.name} = atob("{_b64(v)}");\n'),
    "js_buffer": lambda k, v: ("a.ts", f'const {k.name} = Buffer.from("{_b64(v)}", "base64").toString("utf8");\n'),
    "js_join": lambda k, v: ("a.ts", f'const {k.name} = [{_listed(v)}].join("");\n'),
    "js_concat_call": lambda k, v: ("a.js", "const {} = '{}'.concat('{}', '{}');\n".format(k.name, *_thirds(v))),
    "js_codes": lambda k, v: ("a.js", f"const {k.name} = String.fromCharCode({_codes(v)});\n"),
    "js_parts": lambda k, v: ("a.ts", "const {} = `${{'{}'}}${{'{}'}}${{'{}'}}`;\n".format(k.name, *_thirds(v))),
    "js_names": lambda k, v: (
        "a.ts",
        "const a1 = '{}';\nconst a2 = '{}', a3 = '{}';\n".format(*_thirds(v)) + f"const {k.name} = `${{a1}}${{a2}}${{a3}}`;\n",
    ),
    "env_base64": lambda k, v: (".env", f"{k.name}_B64={_b64(v)}\n"),
    "js_const": lambda k, v: ("a.js", f"const {k.name} = '{v}';\n"),
    "js_object": lambda k, v: ("a.ts", f'const client = new Client({{ baseURL: "https://{k.host}/v1", apiKey: "{v}" }});\n'),
    "js_template": lambda k, v: ("a.ts", f"const headers = {{ 'X-{k.name}': `Bearer {v}` }};\n"),
    "js_min": lambda k, v: ("dist/a.min.js", f'!function(){{var e="https://{k.host}",t={{apiKey:"{v}"}};n(e,t)}}();' + "x" * 9 + "\n"),
    "js_concat": lambda k, v: ("a.js", f"const {k.name} = '{v[: len(v) // 2]}' +\n  '{v[len(v) // 2 :]}';\n"),
    "source_map": lambda k, v: ("dist/a.js.map", json.dumps({"sourcesContent": [f'const {k.name} = "{v}";\n']}) + "\n"),
    "kotlin": lambda k, v: ("A.kt", f'const val {k.name} = "{v}"\n'),
    "swift": lambda k, v: ("A.swift", f'let {k.name}: String = "{v}"\n'),
    "env": lambda k, v: (".env", f"{k.name}={v}\n"),
    "env_quoted": lambda k, v: (".env", f'export {k.name}="{v}"  # production\n'),
    "env_client": lambda k, v: (".env", f"NEXT_PUBLIC_{k.name}={v}\n"),
    "ini": lambda k, v: ("a.ini", f"[llm]\n{k.name.lower()} = {v}\n"),
    "properties": lambda k, v: ("a.properties", f"{k.name.lower().replace('_', '.')}={v}\n"),
    "plist": lambda k, v: ("Info.plist", f"<plist><dict>\n<key>{k.name}</key>\n<string>{v}</string>\n</dict></plist>\n"),
    "xcconfig": lambda k, v: ("Secrets.xcconfig", f"{k.name} = {v}\n"),
    "gradle": lambda k, v: ("build.gradle", f'buildConfigField "String", "{k.name}", "\\"{v}\\""\n'),
    "strings_xml": lambda k, v: ("res/values/s.xml", f'<resources><string name="{k.name.lower()}">{v}</string></resources>\n'),
    "yaml": lambda k, v: ("a.yaml", f"llm:\n  {k.name.lower()}: {v}\n"),
    "json": lambda k, v: ("a.json", f'{{\n  "{k.name}": "{v}"\n}}\n'),
    "json_min": lambda k, v: ("a.json", f'{{"a":1,"{k.name}":"{v}","b":2}}\n'),
    "toml": lambda k, v: ("a.toml", f'[secrets]\n{k.name.lower()} = "{v}"\n'),
    "terraform": lambda k, v: ("a.tf", f'variable "{k.name.lower()}" {{\n  default = "{v}"\n}}\n'),
    "tfvars": lambda k, v: ("a.tfvars", f'{k.name.lower()} = "{v}"\n'),
    "dockerfile": lambda k, v: ("Dockerfile", f"FROM python\nENV {k.name}={v}\n"),
    "docker_space": lambda k, v: ("Dockerfile", f"FROM python\nENV {k.name} {v}\n"),
    "compose": lambda k, v: ("docker-compose.yml", f"services:\n  a:\n    environment:\n      - {k.name}={v}\n"),
    "k8s_secret": lambda k, v: (
        "k8s/s.yaml",
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: llm\ndata:\n  {k.name}: {_b64(v)}\n",
    ),
    "k8s_configmap": lambda k, v: ("k8s/c.yaml", f"apiVersion: v1\nkind: ConfigMap\ndata:\n  {k.name}: {v}\n"),
    "k8s_env": lambda k, v: (
        "k8s/d.yaml",
        f"apiVersion: apps/v1\nkind: Deployment\nspec:\n  env:\n    - name: {k.name}\n      value: {v}\n",
    ),
    "helm": lambda k, v: ("chart/values.yaml", f"env:\n  {k.name}: '{v}'\n"),
    "workflow": lambda k, v: (".github/workflows/a.yml", f"jobs:\n  a:\n    env:\n      {k.name}: {v}\n"),
    "gitlab": lambda k, v: (".gitlab-ci.yml", f"variables:\n  {k.name}: \"{v}\"\n"),
    "notebook_source": lambda k, v: ("a.ipynb", _notebook(f'{k.name} = "{v}"\n', "")),
    "notebook_output": lambda k, v: ("a.ipynb", _notebook("env()\n", f"{k.name}={v}\n")),
    "html": lambda k, v: ("a.html", f'<div data-{k.name.lower().replace("_", "-")}="{v}"></div>\n'),
    "markdown": lambda k, v: ("a.md", f"Use `export {k.name}={v}` first.\n"),
    "sql": lambda k, v: ("a.sql", f"INSERT INTO settings VALUES ('{k.name}', '{v}');\n"),
    "log": lambda k, v: ("a.log", f"2026-01-02 12:00:00 INFO starting ({k.name}={v}) done\n"),
    "csv": lambda k, v: ("a.csv", f"name,value,owner\n{k.name},{v},me\n"),
    "xml": lambda k, v: ("a.xml", f"<config><{k.name}>{v}</{k.name}></config>\n"),
    "http_file": lambda k, v: ("a.http", f"POST https://{k.host}/v1/chat\nAuthorization: Bearer {v}\n"),
    "postman": lambda k, v: ("c.postman_collection.json", f'{{"key": "{k.name}",\n "value": "{v}",\n "type": "string"}}\n'),
    "curl": lambda k, v: ("a.sh", f'curl https://{k.host}/v1 -H "Authorization: Bearer {v}" -d @a\n'),
    "curl_header": lambda k, v: ("a.sh", f"curl -H 'x-api-key: {v}' https://{k.host}/v1\n"),
    "shell": lambda k, v: ("a.sh", f"export {k.name}={v}\n"),
    "history": lambda k, v: (".bash_history", f"cd /srv\n{k.name}={v} python app.py\n"),
    "url": lambda k, v: ("a.py", f'get("https://{k.host}/v1/models?key={v}&alt=json")\n'),
    "npmrc": lambda k, v: (".npmrc", f"//registry.example.org/:_authToken=x1\n{k.name}={v}\n"),
    "mcp": lambda k, v: ("mcp.json", f'{{"mcpServers": {{"a": {{"env": {{"{k.name}": "{v}"}}}}}}}}\n'),
    "claude": lambda k, v: (".claude/settings.json", f'{{"env": {{"{k.name}": "{v}"}}}}\n'),
    "utf16": lambda k, v: ("a.ps1", f'$env:{k.name} = "{v}"\n'),
}  # fmt: skip

# Nothing in the parts says that they are one key's, unless the first begins as the vendor's keys do.
_UNREASONABLE = {("py_names", "context"), ("js_names", "context"), ("py_names", "semi"), ("js_names", "semi")}
_NO_HEAD = frozenset({"azure-84", "databricks", "bedrock-long", "openai-legacy"})


def labelled(seed: int = 7, copies: int = 1) -> Iterator[Labelled]:
    """Every kind in every context."""
    maker = Maker(seed)
    for copy in range(copies):
        for kind in KINDS:
            for name, context in CONTEXTS.items():
                if (name, kind.group) in _UNREASONABLE or (name.endswith("_names") and kind.id in _NO_HEAD):
                    continue
                value = kind.make(maker)
                path, text = context(kind, value)
                folder = f"{kind.id}-{name}-{copy}"
                forms = (value, value[: len(value) // 2], value[len(value) // 2 :], *_thirds(value), _b64(value), value[::-1],
                         _codes(value), value.encode().hex())  # fmt: skip
                lines = tuple(n for n, line in enumerate(text.splitlines(), 1) if any(f in line for f in forms))
                data = text.encode("utf-16") if name == "utf16" else text.encode()
                yield Labelled(f"{folder}/{path}", data, kind, name, lines)


def negatives(seed: int = 11) -> Iterator[tuple[str, str]]:
    """Files without a single key that look as if they had some."""
    m = Maker(seed)
    for n in range(40):
        yield f"n{n}/package-lock.json", _lock(m)
        yield (
            f"n{n}/hashes.py",
            (
                f'SHA = "{m.of(HEX, 40)}"\nDIGEST = "{m.of(HEX, 64)}"\nMD5 = "{m.of(HEX, 32)}"\n# mistral commit {m.of(HEX, 40)}\n'
            ),
        )
        yield (
            f"n{n}/ids.json",
            (
                f'{{"id": "chatcmpl-{m.of(ALNUM, 29)}", "request_id": "{m.uuid()}", "model": "mistral-large",\n'
                f'"object": "{m.of(ALNUM, 32)}", "system_fingerprint": "fp_{m.of(HEX, 10)}", "trace": "{m.of(HEX, 32)}"}}\n'
            ),
        )
        yield (
            f"n{n}/.env.example",
            (
                "OPENAI_API_KEY=sk-...\nANTHROPIC_API_KEY=sk-ant-your-key-here\nGROQ_API_KEY=gsk_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
                "GEMINI_API_KEY=your_gemini_api_key\nOPENROUTER_API_KEY=<key>\nMISTRAL_API_KEY=\nHF_TOKEN=hf_your_token_here\n"
            ),
        )
        yield (
            f"n{n}/style.css",
            ".sk-fading-circle .sk-circle12:before{} .mask-image-linear-gradient-to-right{} .sk-cube-grid{}\n",
        )
        yield (
            f"n{n}/lookup.ts",
            (
                "const apiKey = process.env.OPENAI_API_KEY;\nconst c = new Mistral({ apiKey: process.env.MISTRAL_API_KEY });\n"
                "export type ChatCompletionRequestMessageFunctionCall = ChatCompletionMessageToolCallFunction;\n"
            ),
        )
        yield (
            f"n{n}/test_fake.py",
            (
                'client = OpenAI(api_key="sk-test-1234567890abcdef1234567890abcdef")\nkey = "sk-" + "x" * 48\n'
                'ANTHROPIC_API_KEY = "sk-ant-api03-fake-key-for-tests"\n'
                'API_KEY = "gsk_test_key_not_real_0000000000000000000000000000000000"\n'
                'MISTRAL_API_KEY = "0123456789abcdef0123456789abcdef"\n'
            ),
        )
        yield (
            f"n{n}/names.py",
            (
                "from sklearn import datasets\nfrom huggingface_hub import hf_hub_download\nhf_transfer_enable_progress_bar_for_all = 1\n"
                "mistral_tokenizer_special_token_identifier = 2\nfw_version_string_from_device_tree = 3\n"
            ),
        )
        yield (
            f"n{n}/README.md",
            (
                "Set `OPENAI_API_KEY=sk-proj-your-key` or `export GROQ_API_KEY=gsk_...`; see https://platform.openai.com/api-keys\n"
                "pip install scikit-learn==1.5.0 task-based-learning-with-large-language-models risk-assessment-framework-2024\n"
            ),
        )
        yield (
            f"n{n}/image.html",
            f'<img src="data:image/png;base64,{m.of(ALNUM, 400)}"><a integrity="sha384-{m.of(ALNUM, 64)}">\n',
        )
        yield (
            f"n{n}/firebase.js",
            (
                f'const firebaseConfig = {{ apiKey: "AIza{m.of(ALNUM, 35)}", authDomain: "x.firebaseapp.com",\n'
                f' messagingSenderId: "{m.of(string.digits, 12)}" }};\n'
            ),
        )
        yield f"n{n}/jwt.py", f'session_token = "{m.jwt()}"\nGITHUB_SHA = "{m.of(HEX, 40)}"\n'
        yield (
            f"n{n}/deploy.yml",
            f"uses: actions/checkout@{m.of(HEX, 40)}\nwith:\n  token: ${{{{ secrets.COHERE_API_KEY }}}}\n",
        )


def _lock(m: Maker) -> str:
    rows = [
        {
            "resolved": f"https://r.example/{m.of(LOWER, 8)}.tgz",
            "integrity": f"sha512-{m.of(ALNUM, 86)}==",
            "shasum": m.of(HEX, 40),
        }
        for _ in range(30)
    ]
    return json.dumps({"packages": {"cohere-ai": rows[0], "@mistralai/mistralai": rows[1], "rest": rows}}, indent=1)

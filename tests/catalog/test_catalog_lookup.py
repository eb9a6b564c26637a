"""Look-ups: symbols, URLs, models, free tiers, resellers, versions, literals."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.catalog.load import Catalog, applies, load_catalog
from auditor.catalog.schema import CallShape, TypeShape


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The built-in catalog, loaded once."""
    return load_catalog()


@pytest.mark.parametrize(
    ("language", "symbol", "type_id", "vendor"),
    [
        ("python", "openai.AsyncOpenAI", "openai/client", "openai"),
        ("typescript", "openai:default", "openai/client", "openai"),
        ("javascript", "openai:OpenAIApi", "openai/legacy-client", "openai"),
        ("python", "openai.AzureOpenAI", "azure-openai/client", "azure-openai"),
        ("python", "anthropic.AnthropicBedrock", "anthropic/bedrock", "bedrock"),
        ("python", "google.genai.Client", "google/client", "google"),
        ("python", "vertexai.preview.generative_models.GenerativeModel", "google/legacy-model", "google"),
        ("javascript", "@google/genai:GoogleGenAI", "google/js-client", "google"),
        ("python", "groq.Groq", "groq/client", "groq"),
        ("python", "together.Together", "together/client", "together"),
        ("python", "langchain_openai.ChatOpenAI", "langchain/openai", "openai"),
        ("python", "langchain.chat_models.openai.ChatOpenAI", "langchain/openai", "openai"),
        ("python", "langchain_community.chat_models.ChatOpenAI", "langchain/openai", "openai"),
        ("python", "langchain_openai.chat_models.base.ChatOpenAI", "langchain/openai", "openai"),
        ("javascript", "langchain/chat_models/openai:ChatOpenAI", "langchain/openai", "openai"),
        ("javascript", "@langchain/openai:ChatOpenAI", "langchain/openai", "openai"),
        ("javascript", "@langchain/community/chat_models/ollama:ChatOllama", "langchain/ollama", "ollama"),
        ("python", "llama_index.llms.openai.OpenAI", "llama-index/openai", "openai"),
        ("python", "pydantic_ai.models.openai.OpenAIModel", "pydantic-ai/openai", "openai"),
        ("python", "langfuse.openai.OpenAI", "langfuse/openai", "openai"),
        ("javascript", "global:XMLHttpRequest", "http/xhr", "http"),
    ],
)
def test_type_of_symbol(catalog: Catalog, language: str, symbol: str, type_id: str, vendor: str) -> None:
    shape = catalog.type_of(language, symbol)
    assert shape is not None
    assert (shape.id, shape.vendor) == (type_id, vendor)


def test_unknown_symbols_are_nobody(catalog: Catalog) -> None:
    for symbol in ("OpenAI", "myapp.openai.OpenAI", "langchainx", "langchain_openai.NotThere", "", "openai"):
        assert catalog.type_of("python", symbol) is None, symbol
        assert catalog.call_of("python", symbol) is None, symbol


def test_arguments_tell_types_of_one_symbol_apart(catalog: Catalog) -> None:
    shapes = {shape.id: shape.where for shape in catalog.types_of("python", "boto3.client")}
    assert shapes["bedrock/client"] == {"#0": ("bedrock-runtime", "bedrock")}
    assert shapes["bedrock/agent-client"] == {"#0": ("bedrock-agent-runtime",)}


@pytest.mark.parametrize(
    ("language", "symbol", "call_id"),
    [
        ("python", "openai.ChatCompletion.create", "openai/legacy-chat"),
        ("python", "litellm.acompletion", "litellm/completion"),
        ("javascript", "ai:streamText", "vercel-ai/stream-text"),
        ("javascript", "@ai-sdk/openai:openai", "openai/ai-sdk-openai"),
        ("python", "requests.post", "http/requests-post"),
        ("javascript", "global:fetch", "http/fetch"),
        ("javascript", "axios:default.post", "http/axios-send"),
        ("python", "agents.Runner.run", "openai-agents/run"),
    ],
)
def test_call_of_symbol(catalog: Catalog, language: str, symbol: str, call_id: str) -> None:
    call = catalog.call_of(language, symbol)
    assert call is not None
    assert call.id == call_id
    assert catalog.call_by_id(call_id) is call


@pytest.mark.parametrize(
    ("url", "vendor", "wire"),
    [
        ("https://api.openai.com/v1/chat/completions", "openai", "openai/chat"),
        ("https://api.openai.com/v1/completions?x=1", "openai", "openai/completion"),
        ("https://api.openai.com/v1/\0", "openai", None),
        ("https://api.openai.com/v1/models", "openai", "openai/free"),
        ("https://user:pw@API.OPENAI.COM:443/v1/responses/", "openai", "openai/responses"),
        ("api.openai.com", "openai", None),
        (
            "https://{}.openai.azure.com/openai/deployments/{}/chat/completions?api-version={}",
            "azure-openai",
            "azure-openai/chat",
        ),
        ("https://api.anthropic.com/v1/messages", "anthropic", "anthropic/messages"),
        ("https://api.anthropic.com/v1/messages/count_tokens", "anthropic", "anthropic/free"),
        ("https://api.anthropic.com/v1/messages/batches", "anthropic", "anthropic/batch"),
        (
            "https://generativelanguage.googleapis.com/v1beta/models/\0:generateContent?key=\0",
            "google",
            "google/generate",
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/models/g:streamGenerateContent?alt=sse",
            "google",
            "google/generate",
        ),
        ("https://us-central1-aiplatform.googleapis.com/v1/projects/p/models/m:predict", "google", "google/predict"),
        ("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke", "bedrock", "bedrock/invoke"),
        ("https://openrouter.ai/api/v1/chat/completions", "openrouter", "openrouter/chat"),
        ("https://openrouter.ai/api/v1/key", "openrouter", "openrouter/key"),
        ("http://localhost:11434/api/generate", "ollama", "ollama/generate"),
        ("http://127.0.0.1:11434/api/tags", "ollama", "ollama/free"),
        ("http://host.docker.internal:11434/v1/chat/completions", "ollama", "ollama/openai-chat"),
        ("http://ollama:11434/api/chat", "ollama", "ollama/chat"),
        ("http://localhost:1234/v1/chat/completions", "local", "local/chat"),
        ("http://localhost:8000/v1/chat/completions", "local", "local/chat"),
        ("https://api.cloudflare.com/client/v4/accounts/\0/ai/run/\0", "cloudflare", "cloudflare/run"),
        (
            "https://gateway.ai.cloudflare.com/v1/a/g/openai/chat/completions",
            "cloudflare-gateway",
            "cloudflare-gateway/chat",
        ),
        ("https://api-inference.huggingface.co/models/\0", "huggingface", "huggingface/model"),
        ("https://api.stability.ai/v1/generation/\0/text-to-image", "stability", "stability/image"),
        ("https://api.assemblyai.com/v2/transcript", "assemblyai", "assemblyai/transcript"),
        ("https://api.assemblyai.com/v2/transcript/\0", "assemblyai", "assemblyai/free"),
        ("https://models.inference.ai.azure.com/chat/completions", "github-models", "github-models/chat"),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1/chat/completions", "qwen", "qwen/chat"),
    ],
)
def test_vendor_of_url(catalog: Catalog, url: str, vendor: str, wire: str | None) -> None:
    found = catalog.vendor_of_url(url)
    assert found is not None
    assert (found[0].id, found[2].id if found[2] else None) == (vendor, wire)


@pytest.mark.parametrize(
    "url",
    [
        "", "\0", "\0/chat/completions", "/v1/chat/completions", "https://example.com/v1/chat/completions", "{}/v1",
        "http://localhost:3000/api/chat", "http://localhost:4000/api/chat", "http://localhost:8000/api/items",
        "https://api.cloudflare.com/client/v4/zones", "https://api.openai.com.evil.example/v1", "https://huggingface.co/docs",
    ],
)  # fmt: skip
def test_urls_of_nobody(catalog: Catalog, url: str) -> None:
    assert catalog.vendor_of_url(url) is None


@pytest.mark.parametrize(
    ("model", "vendor"),
    [
        ("gpt-4o", "openai"), ("openai/gpt-4o", "openai"), ("openai:gpt-4o", "openai"), ("claude-3-5-sonnet-latest", "anthropic"),
        ("anthropic.claude-3-haiku-20240307-v1:0", "bedrock"), ("google-gla:gemini-2.0-flash", "google"), ("gemini/gemini-pro", "google"),
        ("groq/llama-3.1-8b-instant", "groq"), ("openrouter/anthropic/claude-3", "openrouter"), ("ollama/llama3", "ollama"),
        ("azure/my-deployment", "azure-openai"), ("@cf/meta/llama-3", "cloudflare"), ("deepseek-chat", "deepseek"), ("my-own-model", None),
        ("", None),
    ],
)  # fmt: skip
def test_vendor_of_model(catalog: Catalog, model: str, vendor: str | None) -> None:
    found = catalog.vendor_of_model(model)
    assert (found.id if found else None) == vendor


def test_free_tiers(catalog: Catalog) -> None:
    def tier(**what: str) -> str:
        found = catalog.free_tier_of(**what)
        return found.id if found else ""

    assert tier(model="meta-llama/llama-3.1-8b-instruct:free") == "openrouter/free"
    assert tier(model="GLM-4-Flash") == "zhipu/flash"
    assert tier(host="https://integrate.api.nvidia.com/v1") == "nvidia/trial"
    assert tier(symbol="g4f.client.Client") == "g4f/free"
    assert tier(model="gpt-4o") == ""
    assert tier(host="api.openai.com") == ""
    retired = catalog.free_tier_of(host="models.inference.ai.azure.com")
    assert retired is not None
    assert retired.retired


@pytest.mark.parametrize(
    ("host", "reseller"),
    [
        ("api.chatanywhere.tech", "chatanywhere"),
        ("https://api.chatanywhere.com.cn/v1", "chatanywhere"),
        ("https://api.openai-proxy.com/v1", "openai-proxy"),
        ("https://chatgpt.com/backend-api/conversation", "chatgpt-web"),
        ("https://chatgpt.com/share/x", None),
        ("api.openai.com", None),
        ("", None),
    ],
)
def test_resellers(catalog: Catalog, host: str, reseller: str | None) -> None:
    found = catalog.reseller_of(host)
    assert (found.id if found else None) == reseller


def test_reseller_packages_and_no_vendor_is_a_reseller(catalog: Catalog) -> None:
    for symbol in ("g4f.client.Client", "revChatGPT.V1.Chatbot", "poe_api_wrapper.PoeApi", "bardapi.Bard"):
        assert catalog.reseller_package(symbol), symbol
    assert catalog.reseller_package("openai.OpenAI") is None
    for vendor in catalog.vendors:
        for host in vendor.hosts:
            if vendor.id not in ("g4f", "rapidapi"):
                assert catalog.reseller_of(host.pattern.replace("*", "x")) is None, host.pattern


@pytest.mark.parametrize(
    ("when", "versions", "holds"),
    [
        ("", {}, True), ("npm:ai>=5", {"npm:ai": "5.0.1"}, True), ("npm:ai>=5", {"npm:ai": "^4.3"}, False), ("npm:ai<5", {}, None),
        ("npm:ai<5", {"npm:ai": "latest"}, None), ("pypi:openai>=1,<2", {"pypi:openai": "1.9"}, True),
        ("pypi:openai>=1,<2", {"pypi:openai": "2.0.0"}, False), ("npm:ai>=5", {"npm:ai": "5.0.0-beta.1"}, True),
        ("npm:ai==5", {"npm:ai": "5.1"}, True), ("npm:ai!=5", {"npm:ai": "5.1"}, False), ("nonsense", {"npm:ai": "5"}, None),
    ],
)  # fmt: skip
def test_applies(when: str, versions: dict[str, str], holds: bool | None) -> None:
    assert applies(when, versions) is holds


def test_literals_cover_every_import_host_and_name(catalog: Catalog) -> None:
    literals = catalog.literals()
    assert literals == tuple(sorted(set(literals)))

    def covered(text: str) -> bool:
        return any(literal in text.lower() for literal in literals)

    for vendor in catalog.vendors:
        for name in vendor.key_env:
            assert covered(f"os.environ[{name!r}]"), name
        for package in vendor.packages.get("npm", ()):
            assert vendor.category == "transport" or covered(f'import x from "{package}";'), package
        shapes: list[TypeShape | CallShape] = [*vendor.types, *vendor.calls]
        for shape in shapes:
            if vendor.category in ("transport", "observer"):
                continue
            for symbol in shape.symbols.get("python", ()):
                module, _, name = symbol.replace("**.", "_x.").replace(".**", "").rpartition(".")
                if module.partition(".")[0] not in ("boto3", "aioboto3", "aiobotocore"):
                    assert covered(f"from {module} import {name}\n"), symbol
            for symbol in shape.symbols.get("javascript", ()):
                if not symbol.startswith("global:"):
                    assert covered(f'from "{symbol.partition(":")[0].replace("/**", "")}"'), symbol
    assert not covered("def add(a, b):\n    return a + b  # together we stand\n")
    assert not covered("import requests\nrequests.get('https://example.org')\n")


def test_names(catalog: Catalog) -> None:
    assert catalog.inventory_name("openai") == "openai"
    assert catalog.inventory_name("github-models") == "other:github-models"
    assert catalog.inventory_name("never-heard") == "other:never-heard"
    assert {"invoke", "ainvoke", "kickoff", "run_sync"} <= catalog.invokers
    assert "create" not in {"chat.completions.create"} & catalog.invokers
    vendor = catalog.vendor_of_env("NEXT_PUBLIC_OPENAI_API_KEY")
    assert vendor is not None
    assert vendor.id == "openai"
    assert catalog.vendor_of_env("DATABASE_URL") is None
    assert catalog.is_unpinned("openai/gpt-4o")
    assert not catalog.is_unpinned("gpt-4o-2024-08-06")
    assert catalog.is_deprecated("text-davinci-003")


def test_an_address_without_a_host_is_nobody_but_a_known_port() -> None:
    found = load_catalog().vendor_of_url("https://:4000/v1")
    assert found is not None
    assert found[0].id == "litellm"
    assert load_catalog().vendor_of_url("https://:1/v1") is None


def test_a_model_has_its_vendors_last_day() -> None:
    catalog = load_catalog()
    assert catalog.last_day_of("gpt-4o-mini", "openai") == "2027-01-14"
    assert catalog.last_day_of("models/gemini-2.5-flash", "google") == "2026-12-01"
    assert catalog.last_day_of("gemini-2.5-flash-lite", "google") == ""
    assert catalog.last_day_of("openai/gpt-4o-mini", "openrouter") == "", "a gateway has days of its own"


def test_every_announced_day_is_a_day() -> None:
    for vendor in load_catalog().vendors:
        for day, globs in vendor.ending_models.items():
            date.fromisoformat(day)
            assert not set(globs) & set(vendor.deprecated_models), vendor.id

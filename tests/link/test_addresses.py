"""Whose service a call goes to, where the address decides: hosts nobody knows, private servers, configuration, templates."""

from __future__ import annotations

import pytest

from auditor.link.addresses import nature, settled
from auditor.pipeline import build_repo
from auditor.source.memory import MemoryTree
from tests.link.programs import catalog, check

ASK = '.chat.completions.create(model="m", messages=[])'
HEAD = "import os\nfrom openai import OpenAI\n"

NATURES = {
    "https://api.link-ai.tech/v1": ("public", "link-ai"),
    "https://llm.acme.co.uk": ("public", "acme"),
    "wss://user@relay.one-host.io:443/v1": ("public", "one-host"),
    "api.some-relay.net/v1": ("public", "some-relay"),
    "http://localhost:9999/v1": ("private", "localhost"),
    "http://10.1.2.3:8000": ("private", ""),
    "http://[::1]:8000": ("private", ""),
    "http://vllm:8000/v1": ("private", "vllm"),
    "http://model.team.svc.cluster.local": ("private", "model"),
    "https://gw.corp.internal": ("private", "gw"),
    "https://my-proxy.me.workers.dev/v1": ("own", "my-proxy"),
    "http://203.0.113.9:3000/v1": ("own", ""),
    "https://your-endpoint.openai.com": ("stand-in", ""),
    "https://api.example.com/v1": ("stand-in", ""),
    "https://<resource>.host.com": ("stand-in", ""),
    "https://\0/v1": ("unknown", ""),
    "\0/chat/completions": ("unknown", ""),
    "/api/chat": ("unknown", ""),
    "": ("unknown", ""),
}

CASES: dict[str, dict[str, str]] = {
    "a host that the catalog does not know": {
        "a.py": HEAD + f'OpenAI(base_url="https://api.foo-llm.ai/v1"){ASK}  # CALL other:foo-llm kind=sdk-call\n'
    },
    "a known host among unknown alternatives": {
        "a.py": HEAD
        + f'OpenAI(base_url=os.getenv("U") or "https://api.deepseek.com"){ASK}  # CALL deepseek\n'
        + f'OpenAI(base_url=os.getenv("U", "https://api.foo-llm.ai/v1")){ASK}  # CALL other:foo-llm\n'
    },
    "a stand-in says nothing": {
        "a.py": HEAD + f'OpenAI(base_url="https://your-endpoint.example.com/v1"){ASK}  # CALL openai\n'
    },
    "an own deployment on a platform says nothing": {
        "a.py": HEAD + f'OpenAI(base_url="https://relay.me.workers.dev/v1"){ASK}  # CALL openai\n'
    },
    "the code itself sets the address": {
        "app.py": (
            "import os\n"
            "from langchain.chat_models import init_chat_model\n"
            "from langchain_openai import ChatOpenAI\n"
            "os.environ['OPENAI_BASE_URL'] = 'https://dashscope.aliyuncs.com/compatible-mode/v1'\n"
            "first = init_chat_model('qwen-plus', model_provider='openai')  # CALL qwen\n"
            "second = ChatOpenAI(model='qwen-plus')  # CALL qwen\n"
        ),
        "server.py": "import os\nos.environ['OPENAI_BASE_URL'] = 'https://api.deepseek.com'\nimport chat\n",
        "chat.py": HEAD + f"OpenAI(base_url=os.environ['OPENAI_BASE_URL']){ASK}  # CALL deepseek\n",
        "alone.py": HEAD + f"OpenAI(){ASK}  # CALL openai\n",
    },
    "a configuration file's names for the address": {
        "a.py": (
            "import yaml\nfrom openai import OpenAI\n"
            "config = yaml.safe_load(open('config.yaml'))\n"
            "client = OpenAI(api_key=config.get('KEY'), base_url=config.get('DEEPSEEK_BASE_URL'))\n"
            f"client{ASK}  # CALL deepseek\n"
            "other = OpenAI(base_url=config['moonshot_base_url'])\n"
            f"other{ASK}  # CALL other:moonshot\n"
        )
    },
    "the model's own name, where the address is not told": {
        "a.py": HEAD
        + "client = OpenAI(base_url=os.environ['LLM_URL'])\n"
        + "client.chat.completions.create(model='deepseek-chat', messages=[])  # CALL deepseek\n"
        + "client.chat.completions.create(model='gpt-5', messages=[])  # CALL openai\n"
        + "client.chat.completions.create(model='some-org/qwen-max', messages=[])  # CALL openai\n"
    },
    "the site's own route": {
        "a.js": (
            "const BASE = window.location.origin;\n"
            "const ask = (body) => fetch(`${BASE}/v1/chat/completions`, { method: 'POST', body });\n"
            "const again = (body) => fetch(`${location.protocol}//${location.host}/v1/chat/completions`, { method: 'POST', body });\n"
        )
    },
    "a market of APIs": {
        "a.py": (
            "import requests\n"
            "URL = 'https://chatgpt-42.p.rapidapi.com/gpt4'\n"
            "requests.post(URL, json={'messages': []}, headers={})  # CALL other:rapidapi kind=http-call\n"
            "requests.post('https://weather.p.rapidapi.com/now', json={'messages': []})\n"
        )
    },
    "the key's variable tells where neither model nor address does": {
        "a.py": (
            "import os\nfrom crewai import LLM\n"
            "LLM(model=os.environ['MODEL'], api_key=os.environ['GROQ_API_KEY'])  # CALL groq\n"
        )
    },
    "a client that a package passes on": {
        "a.py": (
            "from agents import Agent, AsyncOpenAI, OpenAIChatCompletionsModel, Runner\n"
            "client = AsyncOpenAI(base_url='https://api.deepseek.com')\n"
            "agent = Agent(name='a', model=OpenAIChatCompletionsModel(model='m', openai_client=client))\n"
            "Runner.run_sync(agent, 'hi')  # CALL deepseek\n"
        )
    },
    "private servers": {
        "a.py": HEAD
        + f'OpenAI(base_url="http://vllm:8000/v1"){ASK}  # CALL other:local\n'
        + f'OpenAI(base_url="http://192.168.1.9:9000/v1"){ASK}  # CALL other:local\n'
        + f'OpenAI(base_url="http://litellm:4000"){ASK}  # CALL litellm kind=gateway-call\n'
    },
    "a private relay of the vendor's own models": {
        "a.py": HEAD
        + 'OpenAI(base_url="http://gw.corp.internal/v1").chat.completions.create(model="gpt-4o", messages=[])  # CALL openai\n'
    },
    "the address variable's name": {
        "a.py": HEAD
        + f'OpenAI(base_url=os.environ["MOONSHOT_BASE_URL"], api_key=os.environ["K"]){ASK}  # CALL other:moonshot\n'
        + f'OpenAI(base_url=os.environ["OPENAI_BASE_URL"]){ASK}  # CALL openai\n'
    },
    "openai 0.x: the module's address": {
        "a.py": 'import openai\nopenai.api_base = "https://api.deepinfra.com/v1/openai"\nopenai.ChatCompletion.create(model="m", messages=[])  # CALL other:deepinfra\n'
    },
    "openai 0.x: the module's address, set elsewhere": {
        "conf.py": 'import openai\ndef setup():\n    openai.api_base = "https://openrouter.ai/api/v1"\n',
        "a.py": 'import conf\nimport openai\nopenai.ChatCompletion.create(model="m", messages=[])  # CALL openrouter kind=gateway-call\n',
    },
    "openai 0.x: Azure by api_type": {
        "a.py": 'import openai\nopenai.api_type = "azure"\n'
        'openai.ChatCompletion.create(engine="dep", messages=[])  # CALL azure-openai\n'
        'openai.ChatCompletion.create(deployment_id="dep", messages=[])  # CALL azure-openai\n'
        'openai.ChatCompletion.create(model="m", messages=[])  # CALL openai\n'
    },
    "openai 0.x: an engine alone is no Azure": {
        "a.py": 'import openai\nopenai.Completion.create(engine="davinci", prompt="x")  # CALL openai\n'
    },
    "a framework's model at another address": {
        "a.py": "import os\nfrom crewai import LLM\n"
        'LLM(model="openai/m", base_url="https://api.x.ai/v1")  # CALL xai\n'
        'LLM(model=os.getenv("M"), base_url=os.getenv("OPENAI_API_BASE"))  # CALL openai\n'
    },
    "a client inside a model object": {
        "a.py": "from agents import Agent, OpenAIChatCompletionsModel, Runner\nfrom openai import AsyncOpenAI\n"
        'm = OpenAIChatCompletionsModel(model="m", openai_client=AsyncOpenAI(base_url="https://api.deepseek.com"))\n'
        'Runner.run_sync(Agent(name="a", model=m), "hi")  # CALL deepseek\n'
    },
    "a class under another name": {
        "a.py": "from agno.models.openai.like import OpenAILike as Model\n"
        'Model(id="m", base_url="https://api.groq.com/openai/v1")  # CALL groq\n'
    },
    "the SDK's own variable, set by a template only": {
        "a.py": HEAD + f"OpenAI(){ASK}  # CALL openai\n",
    },
    "plain HTTP by the shape of the request": {
        "a.py": "import requests\n"
        'requests.post("https://api.foo-llm.ai/v1/chat/completions", json={})  # CALL other:foo-llm kind=http-call\n'
        'requests.post("https://api.foo-llm.ai/v1beta/models/m:generateContent", json={})  # CALL other:foo-llm\n'
        'requests.post("https://api.foo-llm.ai/v1/embeddings", json={"model": "m"})  # CALL other:foo-llm\n'
        'requests.post("https://api.foo-llm.ai/v1/embeddings", json={"text": "m"})\n'
        'requests.post("https://chat.foo-app.ai/v1/messages", json={"text": "hello"})\n'
        'requests.post("https://ollama.foo-lab.ai/api/generate", json={"model": "m"})  # CALL ollama\n'
        'requests.post("https://app.foo-lab.ai/api/generate", json={"model": "m"})\n'
        'requests.get("https://api.foo-llm.ai/v1/chat/completions")\n'
    },
    "plain HTTP to one's own page": {
        "a.ts": 'await fetch("https://app.vercel.app/api/chat/completions", { method: "POST", body: "{}" });\n'
        'await fetch("http://localhost:3000/api/generate", { method: "POST", body: JSON.stringify({ model: "m" }) });\n'
    },
}


@pytest.mark.parametrize("url", NATURES)
def test_the_nature_of_an_address(url: str) -> None:
    assert nature(url) == NATURES[url]


@pytest.mark.parametrize("name", CASES)
def test_the_vendor_by_address(name: str) -> None:
    check(CASES[name])


def test_an_address_that_the_configuration_gives_once() -> None:
    pairs = [("A", "https://a.net"), ("B", "https://b.net"), ("B", "https://c.net"), ("C", "https://your-host.com")]
    assert settled([*pairs, ("A", "https://a.net")]) == {"A": "https://a.net"}


CONFIGURED = {
    ".env.example": ("OPENAI_BASE_URL=https://api.siliconflow.cn/v1  # theirs\n", 'os.getenv("OPENAI_BASE_URL")'),
    ".env.sample": ("OPENAI_BASE_URL=https://api.siliconflow.cn/v1\n", "None"),
    "docker-compose.yml": (
        "services:\n  web:\n    environment:\n      - OPENAI_BASE_URL=https://api.siliconflow.cn/v1\n",
        'os.environ["OPENAI_BASE_URL"]',
    ),
    "Dockerfile": ("FROM x\nENV OPENAI_BASE_URL=https://api.siliconflow.cn/v1\n", 'os.environ["OPENAI_BASE_URL"]'),
    "config.yaml": (
        'llm:\n  base_url: "https://api.siliconflow.cn/v1"\n',
        'yaml.safe_load(open("config.yaml"))["llm"]["base_url"]',
    ),
    "config.json": ('{"api_base": "https://api.siliconflow.cn/v1"}', 'json.load(open("config.json")).get("api_base")'),
}


@pytest.mark.parametrize("path", CONFIGURED)
def test_the_address_out_of_a_configuration_file(path: str) -> None:
    text, expression = CONFIGURED[path]
    code = f"import json, os, yaml\nfrom openai import OpenAI\nOpenAI(base_url={expression}){ASK}\n"
    repo = build_repo(MemoryTree({"a.py": code, path: text}), catalog())
    assert [c.vendor for c in repo.llm_calls] == ["other:siliconflow"]

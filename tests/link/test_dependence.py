"""Free tiers, resellers and relays: where their sign stands, and what is none."""

from __future__ import annotations

import pytest

from auditor.pipeline import build_repo
from auditor.source.memory import MemoryTree
from tests.link.programs import catalog

FREE = {
    "a suffix": {"a.py": "from openai import OpenAI\nMODEL = 'qwen/qwen3-8b:free'  # FREE\n"},
    "a list of free models is one sign": {
        "a.py": "import openai\nMODELS = [\n    'qwen/qwen3-8b:free',  # FREE\n    'openai/gpt-oss-20b:free',\n    'x/y:free',\n]\n"
    },
    "two places far apart are two": {
        "a.py": "import openai\nA = 'qwen/qwen3-8b:free'  # FREE\n" + "x = 1\n" * 9 + "B = 'x/y:free'  # FREE\n"
    },
    "a configuration file is one": {
        "litellm.yaml": "model_list:\n  - model: openrouter/a/b:free  # FREE\n"
        + "  - x: 1\n" * 9
        + "  - model: openrouter/c/d:free\n"
    },
    "a sending function of a module": {
        "a.py": "import g4f\n\ndef ask(q):\n    return g4f.ChatCompletion.create(model='m', messages=[q])  # FREE SOLD\n\n"
        "def again(q):\n    return g4f.ChatCompletion.create(model='m', messages=[q])\n"
    },
    "the client, not what signs in": {
        "a.py": "from hugchat import hugchat\nfrom hugchat.login import Login\n\ndef ask(q):\n    sign = Login('a', 'b')\n"
        "    cookies = sign.login()\n\n\n    bot = hugchat.ChatBot(cookies=cookies)  # SOLD\n    return bot.chat(q)\n"
    },
    "made in a function that nobody calls: the import": {
        "a.py": "from bardapi import Bard  # SOLD\n\n\n\ndef make():\n    token = 'x'\n    bard = Bard(token=token)\n    return bard\n"
    },
    "made in a function that another file calls": {
        "a.py": "from bardapi import Bard\n\n\n\ndef make_bard():\n    bard = Bard(token='x')  # SOLD\n    return bard\n",
        "b.py": "from a import make_bard\nmake_bard().get_answer('hi')\n",
    },
    "a package's own files do not depend on it": {
        "g4f/__init__.py": "from g4f.models import Model\n",
        "g4f/models.py": "import g4f\nclass Model: ...\n",
        "server.py": "from g4f import ChatCompletion\nChatCompletion.create(model='m', messages=[])  # FREE SOLD\n",
    },
    "what a page loads by itself": {
        "a.js": "async function ask(q) {\n  return await puter.ai.chat(q, { model: 'gpt-5-nano' });  // FREE\n}\n"
    },
    "serverless inference": {
        "a.py": "from huggingface_hub import InferenceClient\nclient = InferenceClient('m')  # FREE\nclient.chat_completion(messages=[])\n"
    },
    "inference on an endpoint of one's own": {
        "a.py": "from huggingface_hub import InferenceClient\nclient = InferenceClient(base_url='https://x.endpoints.huggingface.cloud')\n"
    },
    "a comment that paces": {
        "a.py": "import time\nfrom google import genai\ngenai.Client().models.generate_content(model='m', contents='x')\n"
        "time.sleep(4)  # the Gemini free tier allows 15 requests per minute  # FREE\n"
    },
    "a comment that gives the free limit": {
        "a.py": "from google import genai\nMODEL = 'gemini-2.5-flash'  # Gemini (Free - 15 requests/minute)  # FREE\n"
        "genai.Client().models.generate_content(model=MODEL, contents='x')\n",
        "b.ts": "import Groq from 'groq-sdk';\n// 2: Groq (Free: up to 14,400 requests/day)  FREE\n"
        "await new Groq().chat.completions.create({ model: 'm', messages: [] });\n",
        "c.ts": "// 2: Groq (Free - very fast)\nconst free = 15; // Groq is not free, 15 requests/minute are 1 $\n",
        "README.md": "Gemini (Free - 15 requests/minute)\n",
    },
    "a comment of models in a file about one vendor": {
        "a.py": "from google import genai\nclient = genai.Client()  # the model with the best rate limits of the free tier  # FREE\n"
        "client.models.generate_content(model='gemini-3-flash', contents='x')\n"
    },
    "a comment of something else's free plan": {
        "a.py": "from google import genai\nimport news  # free tier: 5 requests per minute, so wait\n"
        "genai.Client().models.generate_content(model='m', contents='x')\n"
    },
    "documentation that paces": {
        "a.py": "from google import genai\ngenai.Client().models.generate_content(model='m', contents='x')\n",
        "README.md": "Requests to Gemini wait 4 seconds each to stay within the free tier. FREE\n",
    },
    "a remark on prices is none": {
        "a.py": "from google import genai\ngenai.Client().models.generate_content(model='m', contents='x')  # Gemini has a free tier\n",
        "README.md": "Gemini has a generous free tier.\nThe Render free tier sleeps after 15 minutes.\n",
    },
    "a remark on a vendor that no code calls is none": {
        "a.py": "from openai import OpenAI\nOpenAI().responses.create(model='m', input='x')\n",
        "README.md": "Requests to Gemini wait 4 seconds each to stay within the free tier.\n",
    },
    "tests say nothing": {"tests/test_a.py": "import g4f\nM = 'a/b:free'\ng4f.ChatCompletion.create(model='m')\n"},
}

SOLD = {
    "a known reseller": {
        "a.py": "from openai import OpenAI\nOpenAI(base_url='https://api.chatanywhere.tech/v1')  # SOLD\n"
    },
    "an unknown host that serves the vendor's models": {
        "a.py": "from openai import OpenAI\nBASE = 'https://api.some-relay.net/v1'  # SOLD\nc = OpenAI(base_url=BASE)\n"
        "c.chat.completions.create(model='gpt-4o', messages=[])\n"
    },
    "the same over plain HTTP": {
        "a.py": "import requests\nrequests.post('https://api.some-relay.net/v1/chat/completions', json={'model': 'gpt-4o'})  # SOLD\n"
    },
    "an unknown host that serves models of its own": {
        "a.py": "from openai import OpenAI\nc = OpenAI(base_url='https://api.some-lab.net/v1')\n"
        "c.chat.completions.create(model='some-lab-7b', messages=[])\n"
    },
    "a known gateway": {
        "a.py": "from openai import OpenAI\nc = OpenAI(base_url='https://openrouter.ai/api/v1')\n"
        "c.chat.completions.create(model='gpt-4o', messages=[])\n"
    },
    "a deployment of one's own": {
        "a.py": "from openai import OpenAI\nc = OpenAI(base_url='https://relay.me.workers.dev/v1')\n"
        "c.chat.completions.create(model='gpt-4o', messages=[])\n"
    },
    "a server in one's own network": {
        "a.py": "from openai import OpenAI\nc = OpenAI(base_url='http://gw.corp.internal/v1')\n"
        "c.chat.completions.create(model='gpt-4o', messages=[])\n"
    },
}


def marked(files: dict[str, str], mark: str) -> list[tuple[str, int]]:
    return sorted(
        (path, number)
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if mark in line
    )


@pytest.mark.parametrize("name", [*FREE, *SOLD])
def test_signs(name: str) -> None:
    files = {**FREE, **SOLD}[name]
    repo = build_repo(MemoryTree(files), catalog())
    assert [(t.at.path, t.at.line) for t in repo.free_tiers] == marked(files, "FREE")
    assert [(r.at.path, r.at.line) for r in repo.resellers] == marked(files, "SOLD")


OLD = (
    "from openai import OpenAI\nclient = OpenAI(base_url='https://openrouter.ai/api/v1')\nMODEL = 'x/y:free'\n"
    "def ask(q):\n    return client.chat.completions.create(model=MODEL, messages=[q])\n"
)


@pytest.mark.parametrize(
    ("files", "reachable"),
    [
        ({"old.py": OLD}, [False]),
        ({"old.py": OLD.replace("MODEL,", "'x/y:free',").replace("MODEL = 'x/y:free'\n", "")}, [False]),
        ({"old.py": OLD + "ask('hi')\n"}, [None]),
        ({"old.py": OLD, "b.py": "import old\nprint(old.MODEL)\n"}, [None]),
    ],
)
def test_a_free_model_that_only_dead_code_names(files: dict[str, str], reachable: list[bool | None]) -> None:
    assert [t.reachable for t in build_repo(MemoryTree(files), catalog()).free_tiers] == reachable


@pytest.mark.parametrize(
    ("url", "more", "provider"),
    [
        ("https://openrouter.ai/api/v1/chat/completions", "", "openrouter"),
        ("https://api.blackbox.ai/chat/completions", "", "blackbox"),
        ("https://llm.unknown-service.com/v1/chat/completions", "", "llm.unknown-service.com"),
        ("https://api.blackbox.ai/chat/completions", "OPENROUTER = 'x'\n", "openrouter"),
        ("http://localhost:4000/v1/chat/completions", "", "openrouter"),
    ],
)
def test_a_free_model_is_of_the_host_that_it_is_asked_of(url: str, more: str, provider: str) -> None:
    code = f"import requests\n{more}URL = '{url}'\ndef ask(q):\n    requests.post(URL, json={{'model': 'a/b:free', 'messages': q}})\n"
    repo = build_repo(MemoryTree({"a.py": code}), catalog())
    assert [t.provider for t in repo.free_tiers] == [provider]

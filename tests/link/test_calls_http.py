"""Plain HTTP requests: recognised by their URL wherever it is put together, with body and time limit."""

from __future__ import annotations

import pytest

from tests.link.flows import calls_of
from tests.link.programs import check

URL = "https://api.openai.com/v1/chat/completions"

CASES: dict[str, dict[str, str]] = {
    "literal": {
        "a.py": f'import requests\nrequests.post("{URL}", json={{"model": "m", "max_tokens": 4}}, timeout=9)  # CALL openai kind=http-call cap=4 timeout=9 retry=none model=m\n'
    },
    "constant and f-string": {
        "a.py": 'import httpx\nBASE = "https://api.anthropic.com"\nhttpx.post(f"{BASE}/v1/messages", json={"max_tokens": 4})  # CALL anthropic cap=4 timeout=none\n'
    },
    "a path of Azure's with the other vendor's key": {
        "a.py": 'import os, requests\nurl = f"{os.getenv(\'OPENAI_API_BASE\')}/openai/deployments/x/chat/completions"\nkey = {"api-key": os.getenv("OPENAI_API_KEY")}\nrequests.post(url, json={}, headers=key)  # CALL azure-openai\n'
    },
    "a path that others have as well with their key": {
        "a.py": 'import os, requests\nurl = f"{os.getenv(\'BASE\')}/chat/completions"\nkey = {"Authorization": "Bearer " + os.getenv("GEMINI_API_KEY")}\nrequests.post(url, json={}, headers=key)  # CALL google\n'
    },
    "environment default": {
        "a.py": 'import os, requests\nBASE = os.getenv("B", "https://openrouter.ai/api/v1")\nrequests.post(BASE + "/chat/completions", json={})  # CALL openrouter kind=gateway-call cap=none\n'
    },
    "put together step by step": {
        "a.py": 'import requests\ndef ask():\n    url = "https://api.groq.com"\n    url += "/openai/v1"\n    url += "/chat/completions"\n    requests.post(url, json={})  # CALL groq\n',
        "b.ts": 'export async function ask(key: string) {\n  let url = "https://api.mistral.ai";\n  url += "/v1/chat/completions";\n  if (key) { url += `?k=${key}`; }\n  return fetch(url, { method: "POST", body: "{}" });  // CALL mistral\n}\n',
    },
    "lengthened only after the request": {
        "a.py": 'import requests\ndef ask():\n    url = "https://example.org"\n    requests.post(url, json={})\n    url += "/v1/chat/completions"\n',
    },
    "a model in the address": {
        "a.py": 'import os, requests\nBASE = "https://generativelanguage.googleapis.com/v1beta/models/"\nM = "gemini-2.5-pro"\nrequests.post(BASE + "gemini-1.5-flash:generateContent?key=k", json={"contents": []})  # CALL google model=gemini-1.5-flash\nrequests.post(f"{BASE}{M}:streamGenerateContent", json={"contents": []})  # CALL google model=gemini-2.5-pro\nrequests.post(f"{BASE}{os.environ[\'M\']}:generateContent", json={"contents": []})  # CALL google model=none\n',
        "b.ts": 'const URL = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/gemini-pro:generateContent";\nawait fetch(URL, { method: "POST", body: JSON.stringify({ contents: [] }) });  // CALL google model=gemini-pro\n',
    },
    "configuration class": {
        "conf.py": 'class Settings:\n    url: str = "https://api.groq.com/openai/v1"\nsettings = Settings()\n',
        "a.py": 'import requests\nfrom conf import settings\nrequests.post(settings.url.rstrip("/") + "/chat/completions", json={})  # CALL groq\n',
    },
    "session with a base URL": {
        "a.py": 'import httpx\nasync def ask():\n    async with httpx.AsyncClient(base_url="https://api.mistral.ai", timeout=httpx.Timeout(12)) as c:\n        await c.post("/v1/chat/completions", json={})  # CALL mistral timeout=12\n'
    },
    "aiohttp": {
        "a.py": f'import aiohttp\nasync def ask():\n    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as s:\n        async with s.post("{URL}", json={{}}) as r:  # CALL openai timeout=5\n            return await r.json()\n'
    },
    "urllib with a request object": {
        "a.py": f'import json, urllib.request\nbody = json.dumps({{"max_tokens": 3}}).encode()\nreq = urllib.request.Request("{URL}", data=body, method="POST")\nurllib.request.urlopen(req, timeout=2)  # CALL openai cap=3 timeout=2\n'
    },
    "body built up": {
        "a.py": f'import requests\nbody = {{"model": "m"}}\nbody["max_tokens"] = 6\nrequests.post("{URL}", json=body)  # CALL openai cap=6\n'
    },
    "body built up later, elsewhere": {
        "a.py": f'import requests\nbody = {{"model": "m"}}\nrequests.post("{URL}", json=body)  # CALL openai cap=none\nbody["max_tokens"] = 6\n'
    },
    "conditional addition with a default": {
        "a.py": f'import requests\ndef ask(q, cap=50):\n    body = {{"model": "m"}}\n    if cap:\n        body["max_tokens"] = cap\n    requests.post("{URL}", json=body)  # CALL openai cap=50\nask("x")\n'
    },
    "general helper: the row stands where the URL is known": {
        "http_client.py": "import requests\ndef send(url, body, wait):\n    return requests.post(url, json=body, timeout=wait)\n",
        "a.py": f'from http_client import send\nsend("{URL}", {{"max_tokens": 8}}, 11)  # CALL openai cap=8 timeout=11\nsend("https://example.com/hook", {{}}, 1)\n',
    },
    "the whole address comes with the object": {
        "a.py": f'import requests\nclass Chat:\n    def __init__(self, url): self.url = url\n    def call(self, q):\n        return requests.post(self.url, json={{"max_tokens": 4}})  # CALL openai kind=http-call cap=4\nChat("{URL}").call("x")\n',
        "a.ts": f'class Chat {{\n  constructor(private url: string) {{}}\n  call(q) {{ return fetch(this.url, {{ method: "POST", body: JSON.stringify({{ max_tokens: 4 }}) }}); }}  // CALL openai cap=4\n}}\nnew Chat("{URL}").call("x");\n',
    },
    "a constructor's default address": {
        "a.py": f'import requests\nclass Chat:\n    def __init__(self, url="{URL}"): self.url = url\n    def call(self, q):\n        return requests.post(self.url, json={{}})  # CALL openai\nChat().call("x")\n',
    },
    "an object's address that is somebody else's": {
        "a.py": 'import requests\nclass Hook:\n    def __init__(self, url): self.url = url\n    def call(self, q):\n        return requests.post(self.url, json={"text": q})\nHook("https://example.com/hook").call("x")\n',
    },
    "a field's address and time limit": {
        "a.py": "import requests\nfrom dataclasses import dataclass\n@dataclass\nclass Chat:\n    url: str\n    wait: int\n    def call(self, q):\n        return requests.post(self.url, json={}, timeout=self.wait)  # CALL openai timeout=8\n",
        "b.py": f'from a import Chat\nChat("{URL}", wait=8).call("x")\n',
        "c.py": "import requests\nfrom pydantic import BaseModel, Field\nclass Model(BaseModel):\n    url: str = Field(...)\n    def call(self, q):\n        return requests.post(self.url, json={})  # CALL openai timeout=none\n",
        "d.py": f'import c\nc.Model(url="{URL}").call("x")\n',
    },
    "listing models": {"a.py": 'import requests\nrequests.get("https://api.openai.com/v1/models")\n'},
    "another host": {"a.py": 'import requests\nrequests.post("https://example.com/v1/things", json={"model": "m"})\n'},
    "own route": {"a.ts": 'await fetch("/api/chat/completions", { method: "POST", body: "{}" });\n'},
    "fetch": {
        "a.ts": f'await fetch("{URL}", {{ method: "POST", body: JSON.stringify({{ model: "m", max_tokens: 2 }}), signal: AbortSignal.timeout(5000) }});  // CALL openai kind=http-call cap=2 timeout=5\n'
    },
    "fetch with a template": {
        "a.ts": 'const key = process.env.K;\nconst model = "gemini-2.0-flash";\nawait fetch(`https://generativelanguage.googleapis.com/v1beta/models/${model}:generateContent?key=${key}`, {  // CALL google cap=77\n  method: "POST",\n  body: JSON.stringify({ contents: [], generationConfig: { maxOutputTokens: 77 } }),\n});\n'
    },
    "axios instance": {
        "http.ts": 'import axios from "axios";\nexport const api = axios.create({ baseURL: "https://api.openai.com/v1", timeout: 4000 });\n',
        "a.ts": 'import { api } from "./http";\nawait api.post("/chat/completions", { model: "m", max_tokens: 2 });  // CALL openai cap=2 timeout=4\n',
    },
    "axios": {
        "a.js": f'const axios = require("axios");\naxios.post("{URL}", {{ max_tokens: 2 }}, {{ timeout: 3000 }});  // CALL openai cap=2 timeout=3\n'
    },
    "one request for several vendors": {
        "a.ts": """
const ENDPOINTS = { openai: "https://api.openai.com/v1/chat/completions", anthropic: "https://api.anthropic.com/v1/messages" };
export async function ask(provider) {
  let body;
  if (provider === "openai") body = { max_completion_tokens: 40 };
  else body = { max_tokens: 40 };
  return fetch(ENDPOINTS[provider], { method: "POST", body: JSON.stringify(body) });  // CALL openai cap=40
}
""",
    },
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES.keys())
def test_request(files: dict[str, str]) -> None:
    check(files)


TWO_SERVERS = """
import os, requests
class Client:
    def __init__(self):
        self.local = os.getenv("P") == "ollama"
        self.kind = os.getenv("P")
        if self.kind == "ollama":
            self.base = os.getenv("OLLAMA_BASE_URL", "http://localhost:11434")
        else:
            self.base = os.getenv("OPENAI_BASE_URL", "https://api.openai.com/v1")
    def chat(self, q):
"""


@pytest.mark.parametrize(
    "body",
    [
        # the branch, where the same condition chose the address
        """
        if self.kind == "ollama":
            url = f"{self.base}/api/chat"
        else:
            url = f"{self.base}/chat/completions"
        if self.kind == "ollama":
            return requests.post(url, json=q)  # CALL ollama
        else:
            return requests.post(url, json=q)  # CALL openai
""",
        # the path that only one of them has
        """
        requests.post(f"{self.base}/api/chat", json=q)  # CALL ollama
""",
        # another condition: the one that bills
        """
        if self.kind == "ollama":
            url = f"{self.base}/api/chat"
        else:
            url = f"{self.base}/chat/completions"
        if self.kind != "ollama":
            return requests.post(url, json=q)  # CALL openai
        return requests.post(self.base + "/chat/completions", json=q)  # CALL openai
""",
    ],
    ids=["branch", "path", "billed"],
)
def test_one_of_two_servers(body: str) -> None:
    check({"a.py": TWO_SERVERS + body.lstrip("\n")})


@pytest.mark.parametrize(
    ("path", "vendor"),
    [
        ("/v1/chat/completions", "openai"),
        ("/v1/messages", "anthropic"),
        ("/api/generate", "ollama"),
        ("/openai/deployments/x/chat/completions?api-version=1", "azure-openai"),
    ],
)
def test_the_path_tells_the_api_where_the_host_is_outside_the_code(path: str, vendor: str) -> None:
    check({"a.py": f'import os, requests\nrequests.post(os.environ["BASE"] + "{path}", json={{}})  # CALL {vendor}\n'})


def test_a_base_url_of_a_deployment_is_the_cloud_s() -> None:
    url = "`${process.env.E}/openai/deployments/${process.env.D}`"
    check(
        {
            "a.ts": f'import OpenAI from "openai";\nnew OpenAI({{ baseURL: {url} }}).chat.completions.create({{ model: "m" }});  // CALL azure-openai\n'
        }
    )


CLIENTS = {
    "got": 'import got from "got";\nawait got.post("https://api.openai.com/v1/chat/completions", { json: { model: "m", max_tokens: 3 }, timeout: { request: 5000 } });  // CALL openai cap=3 timeout=5',
    "ky": 'import ky from "ky";\nawait ky.post("https://api.openai.com/v1/chat/completions", { json: { model: "m", max_tokens: 3 }, timeout: 5000 }).json();  // CALL openai cap=3 timeout=5',
    "undici request": 'import { request } from "undici";\nawait request("https://api.openai.com/v1/chat/completions", { method: "POST", body: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "undici fetch": 'import { fetch } from "undici";\nawait fetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "node-fetch": 'import fetch from "node-fetch";\nawait fetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "XMLHttpRequest": 'const x = new XMLHttpRequest();\nx.open("POST", "https://api.openai.com/v1/chat/completions");  // CALL openai kind=http-call\nx.send("{}");',
    "https": 'import https from "https";\nconst r = https.request({ hostname: "api.openai.com", path: "/v1/chat/completions", method: "POST" }, (s) => {});  // CALL openai\nr.write(JSON.stringify({ model: "m" }));\nr.end();',
    "https url": 'const https = require("https");\nconst r = https.request("https://api.openai.com/v1/chat/completions", { method: "POST" }, (s) => {});  // CALL openai\nr.end("{}");',
    "needle": 'import needle from "needle";\nawait needle("post", "https://api.openai.com/v1/chat/completions", { model: "m", max_tokens: 3 }, { json: true });  // CALL openai cap=3',
    "needle post": 'const needle = require("needle");\nneedle.post("https://api.openai.com/v1/chat/completions", { model: "m", max_tokens: 3 }, { response_timeout: 5000 }, cb);  // CALL openai cap=3 timeout=5',
    "ofetch": 'import { ofetch } from "ofetch";\nawait ofetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: { model: "m", max_tokens: 3 }, timeout: 5000 });  // CALL openai cap=3 timeout=5 retry=none',
    "$fetch": 'await $fetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: { model: "m", max_tokens: 3 } });  // CALL openai cap=3 retry=none',
    "useFetch": 'await useFetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: { model: "m", max_tokens: 3 } });  // CALL openai cap=3',
    "axios config": 'import axios from "axios";\nawait axios({ method: "post", url: "https://api.openai.com/v1/chat/completions", data: { model: "m", max_tokens: 3 }, timeout: 5000 });  // CALL openai cap=3 timeout=5',
    "request-promise": 'const rp = require("request-promise");\nawait rp({ method: "POST", uri: "https://api.openai.com/v1/chat/completions", body: { model: "m", max_tokens: 3 }, json: true });  // CALL openai cap=3',
    "request": 'const request = require("request");\nrequest.post({ url: "https://api.openai.com/v1/chat/completions", json: { model: "m", max_tokens: 3 } }, cb);  // CALL openai cap=3',
    "jquery": '$.ajax({ url: "https://api.openai.com/v1/chat/completions", type: "POST", data: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "nest axios": 'import { HttpService } from "@nestjs/axios";\nexport class A {\n  constructor(private readonly http: HttpService) {}\n  ask() {\n    return this.http.post("https://api.openai.com/v1/chat/completions", { model: "m", max_tokens: 3 });  // CALL openai cap=3\n  }\n}',
    "fetch-event-source": 'import { fetchEventSource } from "@microsoft/fetch-event-source";\nawait fetchEventSource("https://api.openai.com/v1/chat/completions", { method: "POST", body: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "expo": 'import { fetch } from "expo/fetch";\nawait fetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "tauri": 'import { fetch } from "@tauri-apps/plugin-http";\nawait fetch("https://api.openai.com/v1/chat/completions", { method: "POST", body: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "obsidian": 'import { requestUrl } from "obsidian";\nawait requestUrl({ url: "https://api.openai.com/v1/chat/completions", method: "POST", body: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "capacitor": 'import { CapacitorHttp } from "@capacitor/core";\nawait CapacitorHttp.post({ url: "https://api.openai.com/v1/chat/completions", data: { model: "m", max_tokens: 3 } });  // CALL openai cap=3',
    "react-query": 'import axios from "axios";\nconst api = axios.create({ baseURL: "https://api.openai.com/v1", timeout: 5000 });\nawait api.post("/chat/completions", { model: "m", max_tokens: 3 });  // CALL openai cap=3 timeout=5',
    "UrlFetchApp": 'UrlFetchApp.fetch("https://api.openai.com/v1/chat/completions", { method: "post", payload: JSON.stringify({ model: "m", max_tokens: 3 }) });  // CALL openai cap=3',
    "superagent": 'import superagent from "superagent";\nawait superagent.post("https://api.openai.com/v1/chat/completions").send({ model: "m" });  // CALL openai kind=http-call',
}


@pytest.mark.parametrize("code", CLIENTS.values(), ids=CLIENTS.keys())
def test_ways_to_send_in_javascript(code: str) -> None:
    check({"a.js" if "require(" in code else "a.ts": code + "\n"})


def test_an_address_that_a_third_file_hands_over() -> None:
    calls = calls_of(
        {
            "utils/__init__.py": "",
            "utils/sender.py": "import requests\nclass Sender:\n    def __init__(self, url):\n        self.url = url\n"
            "    def send(self, q):\n        return requests.post(self.url, json={'messages': [{'content': q}]})\n",
            "config.py": f"URL = '{URL}'\n",
            "main.py": "from config import URL\nfrom utils.sender import Sender\nSender(URL).send(input('> '))\n",
        }
    )
    assert [(c.at.path, c.vendor, c.user_input) for c in calls] == [("utils/sender.py", "openai", True)]

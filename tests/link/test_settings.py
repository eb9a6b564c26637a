"""What is in force: argument, mapping, config object, client, wrapper and its worst caller; and what only looks like it."""

from __future__ import annotations

import pytest

from tests.link.programs import check

HEAD = "from openai import OpenAI\nclient = OpenAI()\n"


def create(args: str, mark: str, *, before: str = "", indent: str = "") -> str:
    return (
        f"{HEAD}{before}{indent}client.chat.completions.create(model='m', messages=[], {args})  # CALL openai {mark}\n"
    )


CASES: dict[str, dict[str, str]] = {
    "argument": {"a.py": create("max_tokens=3", "cap=3")},
    "newer name": {"a.py": create("max_completion_tokens=3", "cap=3")},
    "constant": {"a.py": create("max_tokens=CAP", "cap=40", before="CAP = 4 * 10\n")},
    "constant of another file": {
        "conf.py": "CAP = 40\n",
        "a.py": "from conf import CAP\n" + create("max_tokens=CAP", "cap=40"),
    },
    "environment with a default": {"a.py": "import os\n" + create("max_tokens=int(os.getenv('C', '300'))", "cap=300")},
    "environment without a default": {"a.py": "import os\n" + create("max_tokens=int(os.environ['C'])", "cap=set")},
    "unknown value": {"a.py": "import conf2\n" + create("max_tokens=conf2.load().cap", "cap=set")},
    "none": {"a.py": create("max_tokens=None", "cap=none")},
    "minus one": {"a.py": create("max_tokens=-1", "cap=none")},
    "rejected name": {
        "a.py": f"{HEAD}client.responses.create(model='m', input='q', max_tokens=3)  # CALL openai cap=none\n"
    },
    "known mapping": {"a.py": create("**OPTS", "cap=6", before="OPTS = {'max_tokens': 6}\n")},
    "known mapping without it": {"a.py": create("**OPTS", "cap=none", before="OPTS = {'temperature': 0}\n")},
    "empty mapping": {"a.py": create("**{}", "cap=none")},
    "unknown mapping": {"a.py": "def ask(o):\n    " + create("**o", "cap=?").replace("\n", "\n    ").rstrip() + "\n"},
    "mapping made by dict()": {"a.py": create("**dict(max_tokens=6)", "cap=6")},
    "mapping under one name or another": {
        "a.py": "import sys\n"
        + create("**OPTS", "cap=6", before="OPTS = {'max_tokens': 6} if sys.argv else {'max_completion_tokens': 6}\n")
    },
    "mapping on one way only": {
        "a.py": "import sys\n"
        + create("**OPTS", "cap=none", before="OPTS = {'max_tokens': 6} if sys.argv else {'n': 6}\n")
    },
    "mapping of a helper beside one without it": {
        "a.py": f"{HEAD}def cap(new, n):\n    return {{'max_completion_tokens': n}} if new else {{'max_tokens': n}}\n"
        "def ask(new, tools):\n    kw = cap(new, 7)\n    more = {'tools': tools} if tools else {}\n"
        "    return client.chat.completions.create(model='m', messages=[], **kw, **more)  # CALL openai cap=7\n"
    },
    "mapping merged": {"a.py": create("**A", "cap=6", before="A = {'x': 1} | {'max_tokens': 6}\n")},
    "mapping of a caller": {
        "a.py": f"{HEAD}def ask(**more):\n    return client.chat.completions.create(model='m', **more)  # CALL openai cap=9\nask(max_tokens=9)\n"
    },
    "wrapper, all callers give it": {
        "a.py": f"{HEAD}def ask(cap):\n    return client.chat.completions.create(model='m', max_tokens=cap)  # CALL openai cap=9\nask(9)\nask(cap=12)\n"
    },
    "wrapper, one caller leaves it out": {
        "a.py": f"{HEAD}def ask(cap=None):\n    return client.chat.completions.create(model='m', max_tokens=cap)  # CALL openai cap=none\nask(9)\nask()\n"
    },
    "wrapper that falls back with or": {
        "a.py": f"{HEAD}def ask(cap=None):\n    return client.chat.completions.create(model='m', max_tokens=cap or 7)  # CALL openai cap=7\nask()\n"
    },
    "wrapper that falls back where nothing is given": {
        "a.py": f"{HEAD}def ask(cap=None):\n    n = cap if cap is not None else 7\n    return client.chat.completions.create(model='m', max_tokens=n)  # CALL openai cap=7\nask()\n"
    },
    "wrapper that falls back the other way round": {
        "a.py": f"{HEAD}def ask(cap=None):\n    n = 7 if cap is None else cap\n    return client.chat.completions.create(model='m', max_tokens=n)  # CALL openai cap=7\nask()\n"
    },
    "wrapper that fills it in first": {
        "a.py": f"{HEAD}def ask(cap=None):\n    if cap is None:\n        cap = 7\n    return client.chat.completions.create(model='m', max_tokens=cap)  # CALL openai cap=7\nask()\n"
    },
    "wrapper that fills it in on another condition": {
        "a.py": f"{HEAD}def ask(q, cap=None):\n    if q is None:\n        cap = 7\n    return client.chat.completions.create(model='m', max_tokens=cap)  # CALL openai cap=none\nask('x')\n"
    },
    "wrapper of a class with a default of its own": {
        "a.py": "from openai import OpenAI\nWAIT = 20\nclass C:\n    def __init__(self, wait=None):\n"
        "        self.wait = wait if wait is not None else WAIT\n        self.client = OpenAI()\n"
        "    def ask(self, wait=None):\n        t = wait if wait is not None else self.wait\n"
        "        return self.client.chat.completions.create(model='m', timeout=t)  # CALL openai timeout=20\nC().ask()\n"
    },
    "wrapper default": {
        "a.py": f"{HEAD}def ask(cap=256):\n    return client.chat.completions.create(model='m', max_tokens=cap)  # CALL openai cap=256\nask()\n"
    },
    "wrapper of a wrapper in another file": {
        "llm.py": f"{HEAD}class Llm:\n    def ask(self, q, cap):\n        return client.chat.completions.create(model='m', max_tokens=cap)  # CALL openai cap=33\n",
        "svc.py": "from llm import Llm\nllm = Llm()\ndef go(q, limit=33):\n    return llm.ask(q, limit)\n",
        "a.py": "from svc import go\ngo('x')\n",
    },
    "settings object": {
        "conf.py": "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    cap: int = 700\n    wait: float = 15\nsettings = S()\n",
        "a.py": "from openai import OpenAI\nfrom conf import settings\nclient = OpenAI(timeout=settings.wait)\nclient.chat.completions.create(model='m', max_tokens=settings.cap)  # CALL openai cap=700 timeout=15\n",
    },
    "field with a declared default": {
        "conf.py": "from pydantic import BaseModel, Field\nclass S(BaseModel):\n    cap: int = Field(default=700, ge=1)\n",
        "a.py": f"from conf import S\ns = S()\n{HEAD}client.chat.completions.create(model='m', max_tokens=s.cap)  # CALL openai cap=700\n",
    },
    "dataclass given by keyword": {
        "a.py": f"from dataclasses import dataclass\n@dataclass\nclass S:\n    cap: int = 1\ns = S(cap=70)\n{HEAD}client.chat.completions.create(model='m', max_tokens=s.cap)  # CALL openai cap=70\n"
    },
    "attribute from the constructor": {
        "a.py": f"{HEAD}class L:\n    def __init__(self, cap=80):\n        self.cap = cap\n    def ask(self):\n        client.chat.completions.create(model='m', max_tokens=self.cap)  # CALL openai cap=80\nL().ask()\n"
    },
    "nested dict constant": {
        "a.py": create("max_tokens=C['llm']['cap']", "cap=90", before="C = {'llm': {'cap': 90}}\n")
    },
    "client timeout": {
        "a.py": "from openai import OpenAI\nclient = OpenAI(timeout=5)\nclient.chat.completions.create(model='m')  # CALL openai timeout=5\n"
    },
    "client timeout switched off by the call": {
        "a.py": "from openai import OpenAI\nclient = OpenAI(timeout=5)\nclient.chat.completions.create(model='m', timeout=None)  # CALL openai timeout=none\n"
    },
    "timeout object": {
        "a.py": "import httpx\nfrom openai import OpenAI\nclient = OpenAI(timeout=httpx.Timeout(30.0, connect=5.0))\nclient.chat.completions.create(model='m')  # CALL openai timeout=30\n"
    },
    "timeout object without a limit": {
        "a.py": "import httpx\nfrom openai import OpenAI\nclient = OpenAI(timeout=httpx.Timeout(None))\nclient.chat.completions.create(model='m')  # CALL openai timeout=none\n"
    },
    "with_options": {
        "a.py": f"{HEAD}client.with_options(timeout=4, max_retries=5).chat.completions.create(model='m')  # CALL openai timeout=4 retry=explicit attempts=6\n"
    },
    "constant that no client reads": {
        "a.py": f"TIMEOUT = 30\n{HEAD}client.chat.completions.create(model='m')  # CALL openai timeout=none\n"
    },
    "retries by default": {"a.py": create("n=1", "retry=sdk-default attempts=3")},
    "retries set": {
        "a.py": "from openai import OpenAI\nclient = OpenAI(max_retries=4)\nclient.chat.completions.create(model='m')  # CALL openai retry=explicit attempts=5\n"
    },
    "retries off": {
        "a.py": "from openai import OpenAI\nclient = OpenAI(max_retries=0)\nclient.chat.completions.create(model='m')  # CALL openai retry=none attempts=1\n"
    },
    "host of another vendor": {
        "a.py": "from openai import OpenAI\nclient = OpenAI(base_url='https://api.fireworks.ai/inference/v1')\nclient.chat.completions.create(model='m')  # CALL fireworks kind=sdk-call\n"
    },
    "host from the environment, key tells": {
        "a.py": "import os\nfrom openai import OpenAI\nclient = OpenAI(base_url=os.environ['U'], api_key=os.environ['OPENROUTER_API_KEY'])\nclient.chat.completions.create(model='m')  # CALL openrouter kind=gateway-call\n"
    },
    "host from a template of the environment": {
        "a.py": "import os\nfrom openai import OpenAI\nclient = OpenAI(base_url=os.environ['LLM_URL'])\nclient.chat.completions.create(model='m')  # CALL groq\n"
    },
    "google config object": {
        "a.py": "from google import genai\nfrom google.genai import types\nc = genai.Client()\nc.models.generate_content(model='g', contents='q', config=types.GenerateContentConfig(max_output_tokens=55))  # CALL google cap=55 retry=none\n"
    },
    "google config mapping": {
        "a.py": "from google import genai\nc = genai.Client()\nc.models.generate_content(model='g', contents='q', config={'max_output_tokens': 55})  # CALL google cap=55\n"
    },
    "google model constructor": {
        "a.py": "import google.generativeai as g\nm = g.GenerativeModel('x', generation_config={'max_output_tokens': 5})\nm.generate_content('q')  # CALL google cap=5 retry=sdk-default\n"
    },
    "injected by a factory": {
        "llm.module.ts": "import OpenAI from 'openai';\nimport { Module } from '@nestjs/common';\nimport { LlmService } from './llm.service';\n"
        "@Module({ providers: [LlmService, { provide: OpenAI, inject: [Config],\n"
        "  useFactory: (config: Config) => new OpenAI({ apiKey: config.key, timeout: 9000, maxRetries: 4 }) }] })\n"
        "export class LlmModule {}\n",
        "llm.service.ts": "import OpenAI from 'openai';\nexport class LlmService {\n"
        "  constructor(private readonly openai: OpenAI) {}\n  async ask(q: string) {\n"
        "    return this.openai.chat.completions.create({ model: 'm', messages: [q] }); // CALL openai timeout=9 retry=explicit\n  }\n}\n",
    },
    "injected HTTP service": {
        "llm.module.ts": "import { HttpModule } from '@nestjs/axios';\nimport { LlmService } from './llm.service';\n"
        "@Module({ imports: [HttpModule.register({ timeout: 7000 })], providers: [LlmService] })\nexport class LlmModule {}\n",
        "llm.service.ts": "import { HttpService } from '@nestjs/axios';\nexport class LlmService {\n"
        "  constructor(private readonly http: HttpService) {}\n  ask(q: string) {\n"
        "    return this.http.post('https://api.openai.com/v1/chat/completions', { model: 'm' }); // CALL openai timeout=7 retry=none\n"
        "  }\n}\n",
    },
    "chat session": {
        "a.py": "import google.generativeai as g\nm = g.GenerativeModel('x')\nchat = m.start_chat()\nchat.send_message('q', generation_config={'max_output_tokens': 5})  # CALL google cap=5\n"
    },
    "embeddings have no cap": {
        "a.py": f"{HEAD}client.embeddings.create(model='m', input='q')  # CALL openai cap=none\n"
    },
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES.keys())
def test_in_force(files: dict[str, str]) -> None:
    check(files, env={"LLM_URL": "https://api.groq.com/openai/v1"})

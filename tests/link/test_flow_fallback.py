"""Another model, provider or route on failure; canned answers, the same route and a choice by key are none."""

from __future__ import annotations

import pytest

from auditor.model.setting import Given
from tests.link.flows import calls_of

TWO = "from openai import OpenAI\nfrom anthropic import Anthropic\na = OpenAI()\nb = Anthropic()\n"
A = "a.chat.completions.create(model='m', messages=[q])"
B = "b.messages.create(model='c', max_tokens=9, messages=[q])"
SCRIPT = 'import OpenAI from "openai";\nimport Anthropic from "@anthropic-ai/sdk";\nconst a = new OpenAI();\nconst b = new Anthropic();\n'
SA = "a.chat.completions.create({ model: 'm', messages: [q] })"
SB = "b.messages.create({ model: 'c', max_tokens: 9, messages: [q] })"

CASES: dict[str, tuple[list[bool], str, str]] = {
    # name: (fallback of each call in order, file, code)
    "handler": (
        [True, True],
        "x.py",
        f"def run(q):\n    try:\n        return {A}\n    except Exception:\n        return {B}\n",
    ),
    "after a swallowing handler": (
        [True, True],
        "x.py",
        f"def run(q):\n    try:\n        return {A}\n    except Exception:\n        pass\n    return {B}\n",
    ),
    "a handler that leaves the loop": (
        [False, False],
        "x.py",
        f"def run(q):\n    for n in range(3):\n        try:\n            text = {A}\n        except Exception:\n"
        f"            break\n        if {B}:\n            break\n",
    ),
    "a handler that begins the next pass": (
        [False, False],
        "x.py",
        f"def run(q):\n    for n in range(3):\n        try:\n            text = {A}\n        except Exception:\n"
        f"            continue\n        if {B}:\n            break\n",
    ),
    "a handler that goes on": (
        [True, False],
        "x.py",
        f"def run(q):\n    for n in range(3):\n        try:\n            text = {A}\n        except Exception:\n"
        f"            pass\n        if {B}:\n            break\n",
    ),
    "after tries that are used up": (
        [True, True],
        "x.py",
        f"import os\ndef run(q):\n    for n in range(3):\n        try:\n            return {A}\n        except Exception as e:\n"
        f"            print(e)\n    key = os.environ.get('K')\n    if key:\n        return {B}\n    return None\n",
    ),
    "after tries of which one failure goes on and another breaks off": (
        [True, False],
        "x.py",
        f"def run(q):\n    for n in range(3):\n        if q:\n            try:\n                x = {A}\n            except KeyError:\n"
        f"                break\n            except ValueError:\n                x = ''\n        if {B}:\n            return x\n",
    ),
    "after tries that are broken off": (
        [True, True],
        "x.py",
        f"def run(q):\n    while True:\n        try:\n            return {A}\n        except Exception as e:\n"
        f"            break\n    return {B}\n",
    ),
    "after tries without end": (
        [False, False],
        "x.py",
        f"def run(q):\n    while True:\n        try:\n            return {A}\n        except Exception as e:\n"
        f"            print(e)\n    return {B}\n",
    ),
    "after tries that succeed as well": (
        [False, False],
        "x.py",
        f"def run(q):\n    for n in range(3):\n        try:\n            x = {A}\n            break\n"
        f"        except Exception as e:\n            print(e)\n    return x, {B}\n",
    ),
    "each link under its own key": (
        [True, True],
        "x.py",
        f"import os\ndef run(q):\n    if os.getenv('KA'):\n        try:\n            return {A}\n        except Exception as e:\n"
        f"            print(e)\n    if os.getenv('KB'):\n        return {B}\n    return None\n",
    ),
    "each under its own key, and no other after a failure": (
        [False, False],
        "x.py",
        f"import os\ndef run(q):\n    if os.getenv('KA'):\n        try:\n            return {A}\n        except Exception as e:\n"
        f"            print(e)\n        return None\n    if os.getenv('KB'):\n        return {B}\n    return None\n",
    ),
    "after counted tries": (
        [True, True],
        "x.ts",
        f"export async function run(q) {{ for (let i = 0; i < 3; i++) {{ try {{ return await {SA}; }} "
        f"catch (e) {{ console.log(e); }} }} return {SB}; }}",
    ),
    "check of a failed answer": (
        [True, True],
        "x.py",
        f"def run(q):\n    answer = {A}\n    if not answer:\n        answer = {B}\n    return answer\n",
    ),
    "through functions": (
        [True, True],
        "x.py",
        f"def first(q):\n    return {A}\ndef second(q):\n    return {B}\n"
        "def run(q):\n    try:\n        return first(q)\n    except Exception:\n        return second(q)\nrun('x')\n",
    ),
    "same wrapper, other model": (
        [True],
        "x.py",
        "def ask(q, model):\n    return a.chat.completions.create(model=model, messages=[q])\n"
        "def run(q):\n    try:\n        return ask(q, model='big')\n    except Exception:\n"
        "        return ask(q, model='small')\nrun('x')\n",
    ),
    "calls itself with another model": (
        [True],
        "x.py",
        "def ask(q, model='big', spare=True):\n    try:\n"
        "        return a.chat.completions.create(model=model, messages=[q])\n    except Exception:\n"
        "        if spare:\n            return ask(q, 'small', False)\n        raise\nask('x')\n",
    ),
    "calls itself until it is the last model": (
        [True],
        "x.ts",
        "const LAST = 'small';\nexport async function ask({ q, model = 'big' }) {\n  try {\n"
        "    return await a.chat.completions.create({ model, messages: [q] });\n  } catch (e) {\n"
        "    if (model === LAST) throw e;\n    return ask({ q, model: LAST });\n  }\n}\n",
    ),
    "calls itself, told to use the other model": (
        [True],
        "x.py",
        "def ask(q, spare=False):\n    m = 'small' if spare else 'big'\n    try:\n"
        "        return a.chat.completions.create(model=m, messages=[q])\n    except Exception:\n"
        "        if not spare:\n            return ask(q, spare=True)\n        raise\nask('x')\n",
    ),
    "calls itself with the same model": (
        [False],
        "x.py",
        "def ask(q, model='big', again=False):\n    try:\n"
        "        return a.chat.completions.create(model=model, messages=[q])\n    except Exception:\n"
        "        if not again:\n            return ask(q, model, True)\n        raise\nask('x')\n",
    ),
    "loop over the only provider": (
        [False],
        "x.py",
        "class Main:\n    def ask(self, q):\n        return a.chat.completions.create(model='m', messages=[q])\n"
        "class Chain:\n    def __init__(self):\n        self.providers = [Main()]\n    def ask(self, q):\n"
        "        for p in self.providers:\n            try:\n                return p.ask(q)\n"
        "            except Exception as e:\n                print(e)\nChain().ask('x')\n",
    ),
    "loop over providers that are added": (
        [True],
        "x.py",
        "class Main:\n    def ask(self, q):\n        return a.chat.completions.create(model='m', messages=[q])\n"
        "class Chain:\n    def __init__(self):\n        self.providers = [Main()]\n    def add(self, p):\n"
        "        self.providers.append(p)\n    def ask(self, q):\n        for p in self.providers:\n"
        "            try:\n                return p.ask(q)\n            except Exception as e:\n                print(e)\n"
        "Chain().ask('x')\n",
    ),
    "loop over models": (
        [True],
        "x.py",
        "MODELS = ['big', 'small']\ndef run(q):\n    for model in MODELS:\n        try:\n"
        "            return a.chat.completions.create(model=model, messages=[q])\n"
        "        except Exception:\n            continue\n",
    ),
    "loop over bound methods": (
        [True, True],
        "x.ts",
        f"class M {{\n  list = [{{ run: this.a.bind(this) }}, {{ run: this.b.bind(this) }}];\n  async a(q) {{ return {SA}; }}\n"
        f"  async b(q) {{ return {SB}; }}\n  async ask(q) {{\n    for (const x of this.list)\n"
        "      try { return await x.run(q); } catch (e) { console.log(e); }\n  }\n}\nnew M().ask('x');\n",
    ),
    "bound methods put into a list": (
        [True, True],
        "x.ts",
        "class M {\n  list = [];\n  constructor() {\n    this.list.push({ run: this.a.bind(this) });\n    this.list.push({ run: this.b.bind(this) });\n  }\n"
        f"  async a(q) {{ return {SA}; }}\n  async b(q) {{ return {SB}; }}\n  async ask(q) {{\n    for (const x of this.list)\n"
        "      try { return await x.run(q); } catch (e) { console.log(e); }\n  }\n}\nnew M().ask('x');\n",
    ),
    "canned answer": (
        [False],
        "x.py",
        f"def run(q):\n    try:\n        return {A}\n    except Exception:\n        return 'sorry'\n",
    ),
    "same route again": (
        [False, False],
        "x.py",
        f"def run(q):\n    try:\n        return {A}\n    except Exception:\n        return {A}\n",
    ),
    "choice by key": (
        [False, False],
        "x.py",
        f"import os\ndef run(q):\n    if os.getenv('OPENAI_API_KEY'):\n        return {A}\n    return {B}\n",
    ),
    "one after the other": ([False, False], "x.py", f"def run(q):\n    x = {A}\n    return {B}\n"),
    "a caller that uses one alone": (
        [False, True],
        "x.py",
        f"def first(q):\n    return {A}\ndef second(q):\n    return {B}\n"
        "def run(q):\n    try:\n        return first(q)\n    except Exception:\n        return second(q)\n"
        "run('x')\nfirst('y')\n",
    ),
    "keys of one route": (
        [False],
        "x.py",
        "from openai import OpenAI\nAPI_KEYS = ['x', 'y']\ndef run(q):\n    for api_key in API_KEYS:\n        try:\n"
        "            return OpenAI(api_key=api_key).chat.completions.create(model='m', messages=[q])\n"
        "        except Exception:\n            continue\n",
    ),
    "second try of whichever provider is chosen": (
        [False, False],
        "x.ts",
        f"const one = {{ send: async (q) => {SA} }};\nconst two = {{ send: async (q) => {SB} }};\n"
        "function pick(id) { if (id === 'one') return one; return two; }\n"
        "export async function run(id, q) {\n  const provider = pick(id);\n"
        "  try { return await provider.send(q); } catch (e) { return await provider.send(q.slice(0, 100)); }\n}\n",
    ),
    "catch": (
        [True, True],
        "x.ts",
        f"export async function run(q) {{ try {{ return await {SA}; }} catch (e) {{ return {SB}; }} }}",
    ),
    "empty catch": (
        [True, True],
        "x.ts",
        f"export async function run(q) {{ try {{ return await {SA}; }} catch {{ }} return {SB}; }}",
    ),
    "catch with a canned answer": (
        [False],
        "x.ts",
        f"export async function run(q) {{ try {{ return await {SA}; }} catch (e) {{ return 'sorry'; }} }}",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_control_flow(name: str) -> None:
    expected, path, code = CASES[name]
    calls = calls_of({path: (TWO if path.endswith("py") else SCRIPT) + code})
    assert [isinstance(c.fallback, Given) for c in calls] == expected


def test_vendors_of_the_other_route() -> None:
    _, path, code = CASES["handler"]
    first = calls_of({path: TWO + code})[0].fallback
    assert isinstance(first, Given)
    assert first.value.vendors == ("anthropic",)
    assert first.value.independent is True


def test_langchain_with_fallbacks() -> None:
    code = (
        "from langchain_openai import ChatOpenAI\nfrom langchain_anthropic import ChatAnthropic\n"
        "big = ChatOpenAI(model='m')\nother = ChatAnthropic(model='c')\nllm = big.with_fallbacks([other])\n"
        "llm.invoke('x')\n"
    )
    assert all(isinstance(c.fallback, Given) for c in calls_of({"x.py": code}))


def test_a_fallback_by_recursion_is_no_retry() -> None:
    calls = calls_of({"x.py": TWO + CASES["calls itself with another model"][2]})
    retry = calls[0].retry
    assert isinstance(retry, Given)
    assert retry.value.kind == "sdk-default"
    assert calls[0].loop.kind == "none"

"""Usage that is logged, stored or returned; read and dropped, hard-wired or logged before the call does not count."""

from __future__ import annotations

import pytest

from auditor.model.setting import Absent, Given, Setting, Unclear
from tests.link.flows import ASK, PYTHON, call_of, calls_of, relay

CASES = {
    # name: (language, recorded, code)
    "not read": ("python", False, "def run(q):\n    r = CALL\n    return r.choices[0].message.content\n"),
    "logged": (
        "python",
        True,
        "import logging\ndef run(q):\n    r = CALL\n    logging.info('tokens %s', r.usage.total_tokens)\n",
    ),
    "printed": ("python", True, "def run(q):\n    r = CALL\n    print(r.usage)\n"),
    "stored": ("python", True, "class A:\n    def run(self, q):\n        r = CALL\n        self.last = r.usage\n"),
    "added up": (
        "python",
        True,
        "total = 0\ndef run(q):\n    global total\n    r = CALL\n    total += r.usage.total_tokens\n",
    ),
    "handed to a function": ("python", True, "def run(q, track):\n    r = CALL\n    track(r.usage)\n"),
    "read and dropped": (
        "python",
        False,
        "def run(q):\n    r = CALL\n    used = r.usage.total_tokens\n    return r.choices\n",
    ),
    "only tested": ("python", False, "def run(q):\n    r = CALL\n    if r.usage:\n        return 1\n    return 2\n"),
    "hard-wired": ("python", False, "def run(q):\n    r = CALL\n    return {'text': r.choices, 'tokens': 0}\n"),
    "logged before": ("python", False, "def run(q, usage):\n    print(usage)\n    CALL\n"),
    "returned": ("python", True, "def run(q):\n    r = CALL\n    return {'text': r.choices, 'usage': r.usage}\n"),
    "through a variable": (
        "python",
        True,
        "def run(q, db):\n    r = CALL\n    u = r.usage\n    db.insert(u.prompt_tokens)\n",
    ),
    "through a helper": (
        "python",
        True,
        "def note(answer):\n    print(answer.usage)\ndef run(q):\n    r = CALL\n    note(r)\n    return r.choices\n",
    ),
    "of a stream": (
        "python",
        True,
        "def run(q):\n    for chunk in CALL:\n        if chunk.usage:\n            print(chunk.usage)\n",
    ),
    "getattr": ("python", True, "def run(q):\n    r = CALL\n    print(getattr(r, 'usage', None))\n"),
    "uses of a feature counted beside": (
        "python",
        False,
        "def run(q, user):\n    r = CALL\n    record_usage(user.id, 'summary')\n    return r.choices\n",
    ),
    "answer recorded beside": (
        "python",
        True,
        "def run(q, user):\n    r = CALL\n    record_usage(user.id, r)\n    return r.choices\n",
    ),
    "tracker beside": (
        "python",
        True,
        "def run(q, tracker):\n    r = CALL\n    tracker.track_usage(q, 3)\n    return r.choices\n",
    ),
    "destructured": (
        "typescript",
        True,
        "export async function run(q) { const { usage } = await CALL; console.log(usage); }",
    ),
    "destructured and dropped": (
        "typescript",
        False,
        "export async function run(q) { const { usage, choices } = await CALL; return choices; }",
    ),
    "logged in TypeScript": (
        "typescript",
        True,
        "export async function run(q) { const r = await CALL; console.log(r.usage?.total_tokens); return r.choices; }",
    ),
    "in a then": (
        "typescript",
        False,
        "export function run(q) { return CALL.then((r) => r.choices[0]); }",
    ),
    "returned in TypeScript": (
        "typescript",
        True,
        "export async function run(q) { const r = await CALL; return { text: r.choices, usage: r.usage }; }",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_file(name: str) -> None:
    language, recorded, code = CASES[name]
    assert isinstance(call_of(code, language).usage, Given) is recorded


RECORDS = "from llm import ask\nr = ask('x')\nprint(r.usage)\n"
DROPS = "from llm import ask\nprint(ask('x').choices)\n"


@pytest.mark.parametrize(
    ("callers", "recorded"),
    [([RECORDS], True), ([DROPS], False), ([RECORDS, DROPS], False), ([RECORDS, RECORDS], True)],
)
def test_the_worst_caller_of_a_wrapper_decides(callers: list[str], recorded: bool) -> None:
    files = {"llm.py": PYTHON + ASK, **{f"c{i}.py": text for i, text in enumerate(callers)}}
    assert isinstance(call_of(files).usage, Given) is recorded


def test_a_returned_summary_needs_a_reader() -> None:
    wrapper = PYTHON + (
        "def ask(q):\n    r = client.chat.completions.create(model='m', messages=[q])\n"
        "    return {'text': r.choices, 'usage': r.usage}\n"
    )
    reads = "from llm import ask\nr = ask('x')\nprint(r['usage'])\n"
    drops = "from llm import ask\nprint(ask('x')['text'])\n"
    assert isinstance(call_of({"llm.py": wrapper, "a.py": reads}).usage, Given)
    assert not isinstance(call_of({"llm.py": wrapper, "a.py": reads, "b.py": drops}).usage, Given)


def test_langchain_callback() -> None:
    code = (
        "from langchain_openai import ChatOpenAI\nfrom langchain_community.callbacks import get_openai_callback\n"
        "llm = ChatOpenAI(model='m')\ndef run(q):\n    with get_openai_callback() as cb:\n        llm.invoke(q)\n"
        "    print(cb.total_tokens)\n"
    )
    assert isinstance(calls_of({"x.py": code})[0].usage, Given)


def test_vercel_on_finish() -> None:
    code = (
        'import { streamText } from "ai";\nimport { openai } from "@ai-sdk/openai";\n'
        "export function run(q) {\n"
        "  return streamText({ model: openai('gpt-4o'), prompt: q, onFinish: ({ usage }) => { console.log(usage); } });\n}\n"
    )
    assert isinstance(calls_of({"x.ts": code})[0].usage, Given)


BEDROCK = (
    "import boto3, json\nc = boto3.client('bedrock-runtime')\ndef ask(q):\n"
    "    r = c.invoke_model(modelId='m', body=json.dumps({{'max_tokens': 3}}))\n"
    "    b = json.loads(r['body'].read())\n    {rest}\nprint(ask('x'))\n"
)


@pytest.mark.parametrize(
    ("rest", "recorded"),
    [
        ("return b['content']", False),
        ("print(b['usage']); return b['content']", True),
        ("print(r['ResponseMetadata']['HTTPHeaders']); return b['content']", True),
    ],
)
def test_the_body_of_an_answer_is_not_its_usage(rest: str, recorded: bool) -> None:
    (call,) = calls_of({"a.py": BEDROCK.format(rest=rest)})
    assert isinstance(call.usage, Given) is recorded


CHAIN = "from langchain_openai import ChatOpenAI\nprint(ChatOpenAI(model='m').invoke('x'))\n"
CHAT = "from openai import OpenAI\nOpenAI().chat.completions.create(model='m', messages=[])\n"
TRACE = "import os\ndef trace():\n    os.environ['LANGCHAIN_TRACING_V2'] = 'true'\n"
FIRE = "import logfire\ndef trace():\n    logfire.configure()\n    logfire.instrument_openai()\n"


@pytest.mark.parametrize(
    ("code", "recorded"),
    [
        (TRACE + CHAIN, False),
        (TRACE + "trace()\n" + CHAIN, True),
        (FIRE + CHAT, False),
        (FIRE + "trace()\n" + CHAT, True),
        ("import logfire\nlogfire.instrument_anthropic()\n" + CHAT, False),
        (
            "import logfire\nlogfire.instrument_openai_agents()\nfrom agents import Agent, Runner\n"
            "Runner.run_sync(Agent(name='a', model='m'), 'x')\n",
            True,
        ),
    ],
)
def test_an_observer_counts_where_something_switches_it_on(code: str, recorded: bool) -> None:
    assert isinstance(calls_of({"x.py": code})[0].usage, Given) is recorded


@pytest.mark.parametrize(("hops", "kind"), [(3, Given), (6, Given), (12, Given), (40, Unclear)])
def test_usage_read_far_up_counts_and_too_far_up_is_not_known(hops: int, kind: type[Setting[str]]) -> None:
    code = relay(hops) + f"import logging\nr = hop{hops}('x')\nlogging.info('%s', r.usage.total_tokens)\n"
    assert isinstance(calls_of({"a.py": code})[0].usage, kind)


def test_a_text_that_is_taken_apart_step_by_step_is_followed_to_its_end() -> None:
    steps = "".join(f"    if text.startswith('{n}'):\n        text = text[{n}:].strip()\n" for n in range(8))
    code = ASK.replace("    return ", "    r = ") + "    text = r.choices[0].message.content\n" + steps
    (call,) = calls_of({"a.py": PYTHON + code + "    return text\nprint(ask('x'))\n"})
    assert isinstance(call.usage, Absent)


PAIR = PYTHON + (
    "def ask(q):\n    r = client.chat.completions.create(model='m', messages=[q])\n"
    "    return Answer(text=r.choices, tin=r.usage.prompt_tokens)\n"
)
PARTS = PYTHON + (
    "def parts(q):\n    r = client.chat.completions.create(model='m', messages=[q])\n"
    "    return r.choices, r.usage.prompt_tokens\n"
)


@pytest.mark.parametrize(
    ("rest", "recorded"),
    [
        ("def keep(tokens):\n    row = {}\n    row['in'] = tokens\n    db.save(row)\ntext, tin = parts('x')\nkeep(tin)\n", True),
        ("def keep(tokens):\n    row = {}\n    row['in'] = row.get('in', 0) + tokens\n    db.save(row)\ntext, tin = parts('x')\nkeep(tin)\n", True),
        ("def keep(tokens):\n    row = {}\n    row['in'] = tokens\ntext, tin = parts('x')\nkeep(tin)\n", False),
        ("def keep(tokens):\n    db.upsert('state', {'in': tokens})\ntext, tin = parts('x')\nkeep(tin)\n", True),
        ("def keep(tokens):\n    db.incr('in', tokens)\ntext, tin = parts('x')\nkeep(tin)\n", True),
        ("def keep(text):\n    db.upsert('state', {'text': text})\ntext, tin = parts('x')\nkeep(text)\n", False),
        ("def meta(r):\n    return {'t': r.tin}\nrs = [ask(q) for q in 'ab']\nf.write(json.dumps([meta(r) for r in rs]))\n", True),
        ("def meta(r):\n    return {'t': r.text}\nrs = [ask(q) for q in 'ab']\nf.write(json.dumps([meta(r) for r in rs]))\n", False),
        ("def meta(r):\n    return {'t': r.tin}\nrs = [ask(q) for q in 'ab']\nms = [meta(r) for r in rs]\n", False),
        ("def both():\n    return {'main': [ask(q) for q in 'ab']}\nrs = both()['main']\nprint([{'t': r.tin} for r in rs])\n", True),
        ("def both():\n    return {'main': [ask(q) for q in 'ab']}\nrs = both()['main']\nprint([{'t': r.text} for r in rs])\n", False),
    ],
)  # fmt: skip
def test_usage_that_is_handed_on_under_other_names(rest: str, recorded: bool) -> None:
    assert isinstance(calls_of({"a.py": (PARTS if "parts(" in rest else PAIR) + rest})[0].usage, Given) is recorded

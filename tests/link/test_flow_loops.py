"""What a loop around a call means: none, bounded, per item or unbounded; worker loops and gates are none."""

from __future__ import annotations

import pytest

from tests.link.flows import ASK, PYTHON, SCRIPT, SEND, call_of

PYTHON_LOOPS = {
    # name: (kind, limit, code)
    "no loop": ("none", None, "def run(q):\n    CALL\n"),
    "range": ("bounded", 3, "def run(q):\n    for _ in range(3):\n        CALL\n"),
    "range of a constant": ("bounded", 7, "N = 7\ndef run(q):\n    for _ in range(N):\n        CALL\n"),
    "constant list": ("bounded", 2, "def run(q):\n    for lang in ['de', 'fr']:\n        CALL\n"),
    "global constant list": ("bounded", 2, "LANGS = ('de', 'fr')\ndef run(q):\n    for lang in LANGS:\n        CALL\n"),
    "slice": ("bounded", 5, "def run(q, items):\n    for x in items[:5]:\n        CALL\n"),
    "open slice bounds nothing": ("per-item", None, "def run(q, items):\n    for x in items[1:]:\n        CALL\n"),
    "slice from the end": ("bounded", 5, "def run(q, items):\n    for x in items[-5:]:\n        CALL\n"),
    "islice": (
        "bounded",
        4,
        "from itertools import islice\ndef run(q, items):\n    for x in islice(items, 4):\n        CALL\n",
    ),
    "limit of a query": (
        "bounded",
        6,
        "def run(q, db):\n    rows = db.table('t').select('*').limit(6).execute()\n    for r in rows.data:\n"
        "        CALL\n",
    ),
    "limit of a function of the database": (
        "bounded",
        6,
        "def run(q, db):\n    rows = db.rpc('todo', {'p_limit_val': 6}).execute()\n    for r in rows.data:\n        CALL\n",
    ),
    "a function of the database": (
        "per-item",
        None,
        "def run(q, db):\n    rows = db.rpc('todo', {'p_limited': 6}).execute()\n    for r in rows.data:\n        CALL\n",
    ),
    "enumerate of a slice": ("bounded", 5, "def run(q, items):\n    for i, x in enumerate(items[:5]):\n        CALL\n"),
    "collection": ("per-item", None, "def run(q, items):\n    for x in items:\n        CALL\n"),
    "a list filled elsewhere": (
        "per-item",
        None,
        "def run(q, fill):\n    found = []\n    fill(found)\n    for x in found:\n        CALL\n",
    ),
    "lists of a table filled by key": (
        "per-item",
        None,
        "def collect(sources):\n    found = {'posts': []}\n    for s in sources:\n"
        "        found['posts'].extend(s.posts())\n    return found\n"
        "def run(q, sources):\n    ask(q, collect(sources))\n"
        "def ask(q, content):\n    for x in content['posts']:\n        CALL\n",
    ),
    "a slice that a function returned under a key": (
        "bounded",
        4,
        "def pick(items):\n    if not items:\n        return {'posts': []}\n    return {'posts': items[:4]}\n"
        "def run(q, items):\n    picked = pick(items)\n    for x in picked['posts']:\n        CALL\n",
    ),
    "another key of what a function returned": (
        "per-item",
        None,
        "def pick(items):\n    return {'posts': items[:4], 'all': items}\n"
        "def run(q, items):\n    picked = pick(items)\n    for x in picked['all']:\n        CALL\n",
    ),
    "a key that one way leaves open": (
        "per-item",
        None,
        "def pick(items, every):\n    if every:\n        return {'posts': items}\n    return {'posts': items[:4]}\n"
        "def run(q, items):\n    picked = pick(items, q)\n    for x in picked['posts']:\n        CALL\n",
    ),
    "a key filled after it was returned": (
        "per-item",
        None,
        "def pick(items):\n    return {'posts': items[:4]}\n"
        "def run(q, items):\n    picked = pick(items)\n    picked['posts'] += more(q)\n"
        "    for x in picked['posts']:\n        CALL\n",
    ),
    "comprehension": ("per-item", None, "def run(items):\n    return [CALL for q in items]\n"),
    "bounded comprehension": ("bounded", 3, "def run(items):\n    return [CALL for q in items[:3]]\n"),
    "break after a count": (
        "bounded",
        9,
        "def run(q, items):\n    for i, x in enumerate(items):\n        if i >= 9:\n            break\n        CALL\n",
    ),
    "own counter": (
        "bounded",
        9,
        "def run(q, items):\n    n = 0\n    for x in items:\n        n += 1\n        if n > 9:\n"
        "            return\n        CALL\n",
    ),
    "counter that is set back": (
        "per-item",
        None,
        "def run(q, items):\n    n = 0\n    for x in items:\n        n += 1\n        if n > 9:\n"
        "            break\n        CALL\n        n = 0\n",
    ),
    "while with a counter": ("bounded", 4, "def run(q):\n    i = 0\n    while i < 4:\n        CALL\n        i += 1\n"),
    "while over a length": (
        "per-item",
        None,
        "def run(q, items):\n    i = 0\n    while i < len(items):\n        CALL\n        i += 10\n",
    ),
    "queue that shrinks": ("per-item", None, "def run(q, todo):\n    while todo:\n        todo.pop()\n        CALL\n"),
    "queue that is refilled": (
        "unbounded",
        None,
        "def run(q, todo):\n    while todo:\n        todo.pop()\n        todo.append(CALL)\n",
    ),
    "while true": (
        "unbounded",
        None,
        "def run(q):\n    while True:\n        a = CALL\n        if a.choices[0].finish_reason == 'stop':\n"
        "            break\n",
    ),
    "while true with a limit": (
        "bounded",
        12,
        "def run(q):\n    n = 0\n    while True:\n        n += 1\n        if n >= 12:\n            break\n"
        "        CALL\n",
    ),
    "until the model says so": (
        "unbounded",
        None,
        "def run(q):\n    done = False\n    while not done:\n        a = CALL\n"
        "        done = 'DONE' in a.choices[0].message.content\n",
    ),
    "flag cleared after n tries": (
        "bounded",
        8,
        "def run(q):\n    go, n = True, 0\n    while go:\n        CALL\n        n += 1\n        if n >= 8:\n"
        "            go = False\n",
    ),
    "countdown through continue": (
        "bounded",
        3,
        "def run(q):\n    n = 0\n    while True:\n        CALL\n        if n < 3:\n            n += 1\n"
        "            continue\n        break\n",
    ),
    "deadline": (
        "bounded",
        None,
        "import time\ndef run(q):\n    end = time.monotonic() + 60\n    while True:\n"
        "        if time.monotonic() > end:\n            break\n        CALL\n",
    ),
    "deadline by another name": (
        "bounded",
        None,
        "import time as clock\ndef run(q):\n    end = clock.time() + 60\n    while clock.time() < end:\n        CALL\n",
    ),
    "deadline by a bare name": (
        "bounded",
        None,
        "from time import time\ndef run(q):\n    end = time() + 60\n    while time() < end:\n        CALL\n",
    ),
    "a time that is no clock's": (
        "unbounded",
        None,
        "from talks import time\ndef run(q, end):\n    while time() < end:\n        CALL\n",
    ),
    "results that were gathered": (
        "bounded",
        5,
        "import asyncio\nasync def run(q, found):\n    top = found[:5]\n"
        "    told = await asyncio.gather(*[probe(d) for d in top], return_exceptions=True)\n    for d, ok in told:\n"
        "        CALL\n",
    ),
    "results of everything, gathered": (
        "per-item",
        None,
        "import asyncio\nasync def run(q, found):\n    told = await asyncio.gather(*[probe(d) for d in found])\n"
        "    for d in told:\n        CALL\n",
    ),
    "results of a pool": (
        "bounded",
        4,
        "def run(q, pool, found):\n    for d in pool.map(probe, found[:4]):\n        CALL\n",
    ),
    "results of a pool of everything": (
        "per-item",
        None,
        "def run(q, pool, found):\n    for d in pool.map(probe, found):\n        CALL\n",
    ),
    "one part of what is returned": (
        "bounded",
        3,
        "def split(words):\n    if not words:\n        return 0, []\n    return len(words), words[:3]\n"
        "def run(q, words):\n    n, top = split(words)\n    for t in top:\n        CALL\n",
    ),
    "the other part of what is returned": (
        "per-item",
        None,
        "def split(words):\n    return words[3:], words[:3]\ndef run(q, words):\n    rest, top = split(words)\n"
        "    for t in rest:\n        CALL\n",
    ),
    "a part of what is returned on some ways": (
        "per-item",
        None,
        "def split(words):\n    if not words:\n        return words\n    return len(words), words[:3]\n"
        "def run(q, words):\n    n, top = split(words)\n    for t in top:\n        CALL\n",
    ),
    "a part of what is not known": (
        "per-item",
        None,
        "def run(q, words):\n    n, top = words.parts()\n    for t in top:\n        CALL\n",
    ),
    "a part that grows": (
        "per-item",
        None,
        "def split(words):\n    return len(words), words[:3]\ndef run(q, words):\n    n, top = split(words)\n"
        "    for w in words:\n        top.append(w)\n    for t in top:\n        CALL\n",
    ),
    "budget": (
        "bounded",
        None,
        "def run(q, budget):\n    while True:\n        if not budget.can_spend():\n            break\n        CALL\n",
    ),
    "read-eval loop": ("none", None, "def run():\n    while True:\n        q = input('> ')\n        CALL\n"),
    "queue worker": ("none", None, "def run(queue):\n    while True:\n        q = queue.get()\n        CALL\n"),
    "messages of a socket": ("none", None, "async def run(websocket):\n    async for q in websocket:\n        CALL\n"),
    "daemon": ("none", None, "import time\ndef run(q):\n    while True:\n        CALL\n        time.sleep(3600)\n"),
    "tool calls of one answer": (
        "none",
        None,
        "def run(q, message):\n    for tool in message.tool_calls:\n        CALL\n",
    ),
    "poll for one result": (
        "none",
        None,
        "import time\ndef run(q, job):\n    while job.status != 'done':\n        job = CALL\n        time.sleep(1)\n",
    ),
    "the same method of another object": (
        "none",
        None,
        "class Store:\n    def __init__(self, first, second):\n        self.first, self.second = first, second\n"
        "    def ask(self, q):\n        try:\n            return self.first.ask(q)\n        except Exception:\n"
        "            return CALL\n",
    ),
    "executor map": (
        "per-item",
        None,
        "from concurrent.futures import ThreadPoolExecutor\n" + ASK + "def run(items):\n"
        "    with ThreadPoolExecutor() as pool:\n        return list(pool.map(ask, items))\n",
    ),
    "gather": (
        "per-item",
        None,
        "import asyncio\nasync def ask(q):\n    CALL\nasync def run(items):\n"
        "    await asyncio.gather(*[ask(i) for i in items])\n",
    ),
    "recursion": ("unbounded", None, "def run(q):\n    a = CALL\n    return run(a.choices[0].message.content)\n"),
    "recursion over a queue": (
        "per-item",
        None,
        "def run(waiting):\n    a = CALL\n    item = waiting.popleft()\n    text, rest = item\n    return run(text)\n",
    ),
    "recursion over a queue that it fills": (
        "unbounded",
        None,
        "def run(waiting):\n    a = CALL\n    waiting.append(a)\n    item = waiting.popleft()\n    return run(item)\n",
    ),
    "recursion that waits for a person": (
        "none",
        None,
        "def run(mic, again):\n    q = mic.listen()\n    CALL\n    if again:\n        return run(mic, again)\n",
    ),
    "recursion after a failure that waits for a person": (
        "none",
        None,
        "def run(mic):\n    try:\n        q = mic.listen()\n    except OSError:\n        return run(mic)\n    CALL\n",
    ),
    "recursion after a person's answer": (
        "none",
        None,
        "from langgraph.types import interrupt\n"
        "def run(q):\n    a = CALL\n    if not a:\n        q = interrupt('And when?')\n        return run(q)\n",
    ),
    "recursion that waits in another branch": (
        "unbounded",
        None,
        "def run(q, mic):\n    if not q:\n        q = mic.listen()\n    a = CALL\n"
        "    return run(a.choices[0].message.content, mic)\n",
    ),
    "recursion into another case": (
        "none",
        None,
        "from kinds import Kind\n"
        "def run(item):\n    if item.type == Kind.VOICE:\n        text = CALL\n        return run(item.turned_into(Kind.TEXT, text))\n",
    ),
    "recursion where the model wants a tool": (
        "unbounded",
        None,
        "def run(q):\n    a = CALL\n    if a.choices[0].finish_reason == 'tool_calls':\n        return run(a.choices[0])\n",
    ),
    "recursion instead of a request": (
        "none",
        None,
        "def run(q, parse):\n    if parse(q):\n        return run(parse(q))\n    else:\n        return CALL\n",
    ),
    "recursion through a helper that counts": (
        "bounded",
        None,
        "def run(q, n=0):\n    a = CALL\n    if not a:\n        return again(a, n)\n"
        "def again(a, n):\n    if n < 3:\n        return run(a, n + 1)\n",
    ),
    "recursion with a depth": (
        "bounded",
        None,
        "def run(q, depth=0):\n    if depth > 3:\n        return q\n    a = CALL\n    return run(a, depth + 1)\n",
    ),
    "list built in a bounded way": (
        "bounded",
        2,
        "def run(q, a, b):\n    jobs = []\n    jobs.append(a)\n    jobs.append(b)\n    for j in jobs:\n        CALL\n",
    ),
    "list reassigned": (
        "per-item",
        None,
        "def run(q, more):\n    jobs = ['a']\n    jobs = more\n    for j in jobs:\n        CALL\n",
    ),
    "grows while it is walked": (
        "unbounded",
        None,
        "def run(q, jobs):\n    for j in jobs:\n        jobs.append(CALL)\n",
    ),
}

SCRIPT_LOOPS = {
    "a table of functions, each in its turn": (
        "none",
        None,
        "class M {\n  all = [{ run: this.a.bind(this) }, { run: this.b.bind(this) }];\n  async a(q: string) { return CALL; }\n"
        "  async b(q: string) { return q; }\n  async go(q: string) {\n    const out = [];\n"
        "    for (const x of this.all) out.push(await x.run(q));\n    return out;\n  }\n}\nnew M().go('x');\n",
    ),
    "a table that has one function twice": (
        "bounded",
        2,
        "async function a(q: string) { return CALL; }\nasync function go(q: string) {\n  const out = [];\n"
        "  for (const x of [{ run: a }, { run: a }]) out.push(await x.run(q));\n  return out;\n}\ngo('x');\n",
    ),
    "elements that are too young are skipped": (
        "per-item",
        None,
        "async function run(q, users) {\n  for (const user of users) {\n    const last = await lastPost(user.name);\n"
        "    if (last && Date.now() - last.getTime() < 1000) {\n      continue;\n    }\n    CALL\n  }\n}\n",
    ),
    "a deadline of the whole loop": (
        "bounded",
        None,
        "async function run(q, users, start) {\n  for (const user of users) {\n"
        "    if (Date.now() - start > 1000) {\n      continue;\n    }\n    CALL\n  }\n}\n",
    ),
    "a key through a race against the clock": (
        "bounded",
        7,
        "const COUNT = 7;\nasync function pick(n) {\n  const all = await rank();\n"
        "  return { ok: true, words: all.slice(0, n) };\n}\n"
        "async function within(p, ms, fallback) {\n  try {\n    return await Promise.race([\n      p,\n"
        "      new Promise((_, reject) => setTimeout(() => reject(new Error('late')), ms)),\n    ]);\n"
        "  } catch {\n    return fallback;\n  }\n}\n"
        "async function run(q) {\n  const found = await within(pick(COUNT), 5, { ok: false, words: [] });\n"
        "  for (let i = 0; i < found.words.length; i++) {\n    CALL\n  }\n}\n",
    ),
    "a key through a race that may be won by something else": (
        "per-item",
        None,
        "async function pick(n) {\n  return { words: (await rank()).slice(0, 3) };\n}\n"
        "async function run(q, other) {\n"
        "  const found = await Promise.race([pick(3), new Promise((resolve) => other(resolve))]);\n"
        "  for (const w of found.words) {\n    CALL\n  }\n}\n",
    ),
    "count": ("bounded", 3, "export async function run(q) { for (let i = 0; i < 3; i++) { await CALL; } }"),
    "count over a length": (
        "per-item",
        None,
        "export async function run(q, xs) { for (let i = 0; i < xs.length; i++) { await CALL; } }",
    ),
    "for of": ("per-item", None, "export async function run(q, xs) { for (const x of xs) { await CALL; } }"),
    "for of a slice": (
        "bounded",
        5,
        "export async function run(q, xs) { for (const x of xs.slice(0, 5)) { await CALL; } }",
    ),
    "results of all of a slice": (
        "bounded",
        5,
        "export async function run(q, found) {\n  const told = await Promise.all(found.slice(0, 5).map((d) => probe(d)));\n"
        "  for (const t of told) { await CALL; }\n}",
    ),
    "one part of a tuple": (
        "bounded",
        2,
        "function split(words) { return [words.length, words.slice(0, 2)]; }\n"
        "export async function run(q, words) {\n  const [n, top] = split(words);\n  for (const t of top) { await CALL; }\n}",
    ),
    "map": ("per-item", None, "export async function run(xs) { return Promise.all(xs.map((q) => CALL)); }"),
    "map of a constant": (
        "bounded",
        2,
        "export async function run() { return Promise.all(['a', 'b'].map((q) => CALL)); }",
    ),
    "Array.from a length": (
        "bounded",
        4,
        "export async function run(q) { return Promise.all(Array.from({ length: 4 }, () => CALL)); }",
    ),
    "forEach": ("per-item", None, "export function run(xs) { xs.forEach(async (q) => { await CALL; }); }"),
    "while true": (
        "unbounded",
        None,
        "export async function run(q) { while (true) { const a = await CALL; if (a.done) break; } }",
    ),
    "while true with a limit": (
        "bounded",
        9,
        "export async function run(q) { let n = 0; while (true) { if (n++ >= 9) break; await CALL; } }",
    ),
    "countdown": (
        "bounded",
        4,
        "export async function run(q) { let left = 4; while (left > 0) { await CALL; left--; } }",
    ),
    "read-eval loop": (
        "none",
        None,
        "export async function run(rl) { while (true) { const q = await rl.question('> '); await CALL; } }",
    ),
}

FILES = {
    "in a file that is loaded by its path": (
        "per-item",
        {
            "ask-all.py": PYTHON + ASK + "def run(qs):\n    for q in qs:\n        ask(q)\n"
            "if __name__ == '__main__':\n    run(['a', 'b'])\n",
            "main.py": "import importlib.util\n"
            "spec = importlib.util.spec_from_file_location('ask_all', 'ask-all.py')\n"
            "made = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(made)\n"
            "made.run(open('qs').readlines())\n",
        },
    ),
    "loop in a caller": (
        "per-item",
        {
            "llm.py": PYTHON + ASK,
            "job.py": "from llm import ask\ndef run(rows):\n    for r in rows:\n        ask(r)\nrun(open('f'))\n",
        },
    ),
    "worst caller": (
        "per-item",
        {
            "llm.py": PYTHON + ASK,
            "one.py": "from llm import ask\nask('x')\n",
            "many.py": "from llm import ask\ndef run(rows):\n    for r in rows:\n        ask(r)\nrun(open('f'))\n",
        },
    ),
    "loop in a test only": (
        "none",
        {
            "llm.py": PYTHON + ASK,
            "one.py": "from llm import ask\nask('x')\n",
            "tests/test_llm.py": "from llm import ask\ndef test_all(rows):\n    for r in rows:\n        ask(r)\n",
        },
    ),
    "caller gives a bounded list": (
        "bounded",
        {
            "llm.py": PYTHON + "def run(items):\n    for q in items:\n"
            "        client.chat.completions.create(model='m', messages=[q])\n",
            "main.py": "from llm import run\nrun(['a', 'b'])\n",
        },
    ),
    "loop in a caller in TypeScript": (
        "per-item",
        {
            "llm.ts": SCRIPT + SEND,
            "job.ts": 'import { ask } from "./llm";\nexport async function run(xs) { for (const x of xs) await ask(x); }\n',
        },
    ),
    "graph with a cycle": (
        "bounded",
        {
            "graph.py": PYTHON
            + "from langgraph.graph import StateGraph, END\n"
            + "def think(state):\n    return client.chat.completions.create(model='m', messages=state['m'])\n"
            + "def act(state):\n    return state\n"
            + "g = StateGraph(dict)\ng.add_node('think', think)\ng.add_node('act', act)\n"
            + "g.add_conditional_edges('think', lambda s: 'act', {'act': 'act', 'end': END})\ng.add_edge('act', 'think')\n"
            + "app = g.compile()\n"
        },
    ),
    "graph without a cycle": (
        "none",
        {
            "graph.py": PYTHON
            + "from langgraph.graph import StateGraph, END\n"
            + "def think(state):\n    return client.chat.completions.create(model='m', messages=state['m'])\n"
            + "g = StateGraph(dict)\ng.add_node('think', think)\ng.add_edge('think', END)\napp = g.compile()\n"
        },
    ),
}


@pytest.mark.parametrize("name", PYTHON_LOOPS)
def test_python(name: str) -> None:
    kind, limit, code = PYTHON_LOOPS[name]
    code = code.replace(
        "import asyncio\nasync def ask(q):\n    CALL", "import asyncio\nasync def ask(q):\n    return CALL"
    )
    loop = call_of(code).loop
    assert (loop.kind, loop.limit) == (kind, limit), loop


@pytest.mark.parametrize("name", SCRIPT_LOOPS)
def test_typescript(name: str) -> None:
    kind, limit, code = SCRIPT_LOOPS[name]
    loop = call_of(code, "typescript").loop
    assert (loop.kind, loop.limit) == (kind, limit), loop


@pytest.mark.parametrize("name", FILES)
def test_across_files(name: str) -> None:
    kind, files = FILES[name]
    assert call_of(files).loop.kind == kind


def test_recursion_is_said() -> None:
    assert call_of("def run(q):\n    a = CALL\n    return run(a)\n").recursive
    assert not call_of("def run(q, n=0):\n    if n > 3:\n        return\n    a = CALL\n    run(a, n + 1)\n").recursive


def test_the_trace_leads_from_the_loop_to_the_call() -> None:
    call = call_of(FILES["loop in a caller"][1])
    assert [s.at.path for s in call.loop.trace] == ["job.py", "llm.py"]


@pytest.mark.parametrize(
    ("kind", "path", "code"),
    [
        ("unbounded", "x.py", "query(prompt=q)"),
        ("unbounded", "x.py", "query(prompt=q, options=ClaudeAgentOptions(model='haiku'))"),
        ("bounded", "x.py", "query(prompt=q, options=ClaudeAgentOptions(max_turns=4))"),
        ("none", "x.py", "query(prompt=q, options=ClaudeAgentOptions(max_turns=1))"),
        ("bounded", "x.py", "query(prompt=q, options=ClaudeAgentOptions(max_budget_usd=0.5))"),
        ("none", "x.py", "query(prompt=q, options=ClaudeAgentOptions(tools=[]))"),
        ("none", "x.py", "query(prompt=q, options=given)"),
        ("unbounded", "x.ts", "query({ prompt: q, options: { model: 'haiku' } })"),
        ("bounded", "x.ts", "query({ prompt: q, options: { maxTurns: 3 } })"),
    ],
)
def test_an_agent_whose_framework_sets_no_limit(kind: str, path: str, code: str) -> None:
    python = f"from claude_agent_sdk import ClaudeAgentOptions, query\nasync def run(q, given):\n    return [m async for m in {code}]\n"
    script = f'import {{ query }} from "@anthropic-ai/claude-agent-sdk";\nexport const run = (q, given) => {code};\n'
    assert call_of({path: python if path.endswith("py") else script}).loop.kind == kind

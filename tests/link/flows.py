"""Small programs through the whole pipeline, for tests of what surrounds a call."""

from __future__ import annotations

import textwrap

from auditor.model.facts import LlmCall
from auditor.model.repo import Repo
from auditor.pipeline import build_repo, default_catalog
from auditor.source.memory import MemoryTree

PYTHON = "from openai import OpenAI\nclient = OpenAI()\n"
SCRIPT = 'import OpenAI from "openai";\nconst client = new OpenAI();\n'
ASK = "def ask(q):\n    return client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': q}])\n"
SEND = (
    "export async function ask(q) {\n"
    "  return await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: q }] });\n}\n"
)
CALL = "client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': q}])"
JS_CALL = "client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: q }] })"


def repo_of(code: str | dict[str, str], language: str = "python") -> Repo:
    """The repository of some files, or of one piece of code that has `client` and, in its place, CALL."""
    if isinstance(code, str):
        text = textwrap.dedent(code)
        if language == "python":
            code = {"app.py": PYTHON + text.replace("CALL", CALL)}
        else:
            code = {"app.ts": SCRIPT + text.replace("CALL", JS_CALL)}
    return build_repo(MemoryTree(code), default_catalog())


def calls_of(code: str | dict[str, str], language: str = "python") -> tuple[LlmCall, ...]:
    """All calls, at least one."""
    calls = repo_of(code, language).llm_calls
    assert calls, "the example has no call"
    return calls


def call_of(code: str | dict[str, str], language: str = "python") -> LlmCall:
    """The one call."""
    calls = calls_of(code, language)
    assert len(calls) == 1, [c.at for c in calls]
    return calls[0]


def relay(hops: int, asks: str = "") -> str:
    """`ask`, and functions that hand it on, each to the next: `hop1` calls it, the last is `hop{hops}`."""
    steps = [f"{asks}def hop{n}(q):\n    return {'await ' if asks else ''}{f'hop{n - 1}' if n > 1 else 'ask'}(q)\n"
             for n in range(1, hops + 1)]  # fmt: skip
    return PYTHON + asks + ASK + "".join(steps)

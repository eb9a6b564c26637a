"""What a decorator does to a function that nobody names: some hand it on, some only change it."""

from __future__ import annotations

import pytest

from tests.link.flows import repo_of

IMPORTS = (
    "from functools import lru_cache\nfrom agents import Agent, Runner, input_guardrail, output_guardrail\n"
    "from tenacity import retry, stop_after_attempt\nfrom langfuse import observe\nfrom flask import Flask\n"
    "app = Flask(__name__)\nhandlers = {}\ndef register(f):\n    handlers[f.__name__] = f\n    return f\n"
    "judge = Agent(name='j', model='gpt-4o')\n"
)
CHECK = "async def check(ctx, agent, text):\n    return await Runner.run(judge, text)\n"
USES = {
    "a guardrail of no agent": ("@input_guardrail\n" + CHECK, False),
    "a named guardrail of no agent": ("@output_guardrail(name='n')\n" + CHECK, False),
    "a guardrail of an agent": ("@input_guardrail\n" + CHECK + "a = Agent(name='a', input_guardrails=[check])\n", True),
    "a guardrail in a list": (
        "@input_guardrail\n" + CHECK + "GUARDS = [check]\na = Agent(name='a', input_guardrails=GUARDS)\n",
        True,
    ),
    "kept answers": ("@lru_cache\n" + CHECK, False),
    "tried again": ("@retry(stop=stop_after_attempt(3))\n" + CHECK, False),
    "tried again and called": ("@retry(stop=stop_after_attempt(3))\n" + CHECK + "check(1, 2, 'q')\n", True),
    "traced": ("@observe()\n" + CHECK, False),
    "a route": ("@observe()\n@app.post('/a')\n" + CHECK, True),
    "registered": ("@register\n" + CHECK, True),
}


@pytest.mark.parametrize(("code", "alive"), USES.values(), ids=USES.keys())
def test_what_only_wraps_a_function_does_not_run_it(code: str, alive: bool) -> None:
    (call,) = repo_of({"app.py": IMPORTS + code}).llm_calls
    assert call.reachable is alive

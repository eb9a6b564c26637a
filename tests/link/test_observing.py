"""What can be seen of calls: who caused them, what watches over them, and what logs hold of their content."""

from __future__ import annotations

import pytest

from auditor.model.facts import WATCHING
from auditor.model.setting import Given
from auditor.pipeline import build_repo
from auditor.report.json import inventory
from auditor.source.memory import MemoryTree
from tests.link.flows import repo_of
from tests.link.programs import catalog

OPENAI = "import logging\nfrom openai import OpenAI\nclient = OpenAI()\nlogger = logging.getLogger(__name__)\n"
ASK = "def ask(q):\n    answer = client.responses.create(model='m', input=q)\n"
SERVED = "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/a')\n"

LOGGED = {
    "the prompt": OPENAI + "def ask(q):\n    logger.info(q)\n    return client.responses.create(model='m', input=q)\n",
    "in a message": OPENAI
    + "def ask(q):\n    logger.info(f'got {q}')\n"
    + "    return client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': q}])\n",
    "the answer as a whole": OPENAI + ASK + "    logging.info('answer: %s', answer)\n    return answer\n",
    "the answer's text": OPENAI + ASK + "    text = answer.output_text\n    logger.info(text)\n    return text\n",
    "printed by a server": OPENAI + SERVED + ASK + "    print(answer.output_text)\n    return 1\n",
}
KEPT = {
    "its length": OPENAI + ASK + "    logger.info('%s characters', len(answer.output_text))\n",
    "its usage": OPENAI + ASK + "    logger.info(answer.usage)\n",
    "while debugging": OPENAI + ASK + "    logger.debug(answer.output_text)\n",
    "redacted": OPENAI + ASK + "    logger.info(redact(answer.output_text))\n",
    "printed by a script": OPENAI + ASK + "    print(answer.output_text)\n",
    "an error beside it": OPENAI + ASK + "    logger.error('failed: %s', answer)\n",
    "a constant prompt": OPENAI
    + "PROMPT = 'x'\ndef ask():\n    logger.info(PROMPT)\n    client.responses.create(model='m', input=PROMPT)\n",
    "another function's": OPENAI + ASK + "def other(q):\n    logger.info(q)\n",
}
WATCHED = {
    "tracing": "from langfuse.openai import OpenAI\nOpenAI().responses.create(model='m', input='x')\n",
    "user-attribution": "from langfuse.openai import OpenAI\ndef ask(q, u):\n    OpenAI().responses.create(model='m', input=q, user_id=u)\nask('x', 'y')\n",
    "error-tracking": "import sentry_sdk\nsentry_sdk.init(dsn='')\nfrom openai import OpenAI\nOpenAI().responses.create(model='m', input='x')\n",
    "retry-log": "from openai import OpenAI\nfrom tenacity import retry, stop_after_attempt\n"
    "@retry(stop=stop_after_attempt(3), before_sleep=print)\ndef ask():\n    OpenAI().responses.create(model='m', input='x')\nask()\n",
    "outcome-log": "from langfuse import Langfuse\nfrom openai import OpenAI\nOpenAI().responses.create(model='m', input='x')\nLangfuse().create_score(name='ok', value=1)\n",
}
TOLD = {
    ("feature", "model", "user"): "save_usage(model='m', feature='f', user_id=u, tokens=answer.usage.total_tokens)",
    ("user",): "logger.info('%s used %s tokens', user_id, answer.usage.total_tokens)",
    (): "logger.info('%s tokens', answer.usage.total_tokens)",
}


@pytest.mark.parametrize("name", [*LOGGED, *KEPT])
def test_content_in_logs(name: str) -> None:
    (call,) = build_repo(MemoryTree({"a.py": {**LOGGED, **KEPT}[name]}), catalog()).llm_calls
    assert (call.content_logged is not None) is (name in LOGGED)


@pytest.mark.parametrize("kind", WATCHED)
def test_what_watches(kind: str) -> None:
    repo = build_repo(MemoryTree({"a.py": WATCHED[kind]}), catalog())
    assert kind in {c.kind for c in repo.controls if c.in_force}
    assert not {row["kind"] for row in inventory(repo)["controls"]} & WATCHING


@pytest.mark.parametrize("told", TOLD)
def test_attribution(told: tuple[str, ...]) -> None:
    code = (
        OPENAI
        + f"def ask(q, u, user_id):\n    answer = client.responses.create(model='m', input=q)\n    {TOLD[told]}\n"
    )
    (call,) = build_repo(MemoryTree({"a.py": code}), catalog()).llm_calls
    assert set(call.attribution) - {"more"} == set(told)
    assert ("more" in call.attribution) is TOLD[told].startswith("save")


INSTRUMENTED = {
    "one agent": ("Agent('openai:gpt-4o', instrument=True)", True),
    "with settings": ("Agent('openai:gpt-4o', instrument=InstrumentationSettings())", True),
    "an agent with a model of its own": ("Agent(OpenAIChatModel('gpt-4o'), instrument=True)", True),
    "all agents": ("Agent('openai:gpt-4o')\nAgent.instrument_all()", True),
    "none": ("Agent('openai:gpt-4o', instrument=False)", False),
    "no agents any more": ("Agent('openai:gpt-4o')\nAgent.instrument_all(False)", False),
}


@pytest.mark.parametrize(("code", "traced"), INSTRUMENTED.values(), ids=INSTRUMENTED.keys())
def test_an_agents_own_instrumentation_records_its_usage(code: str, traced: bool) -> None:
    repo = repo_of(
        {
            "a.py": "from pydantic_ai import Agent, InstrumentationSettings\n"
            f"from pydantic_ai.models.openai import OpenAIChatModel\na = {code}\na.run_sync('q')\n"
        }
    )
    assert [isinstance(c.usage, Given) for c in repo.llm_calls] == [traced]
    assert ("tracing" in {c.kind for c in repo.controls}) is traced

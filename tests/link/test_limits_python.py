"""What is a limit, a retry, a fallback or a record of usage, and what only looks like one: Python, one program each."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.facts import LlmCall
from auditor.model.setting import Given
from tests.link.flows import calls_of

CASES: dict[str, tuple[str | dict[str, str], dict[str, Any]]] = {
    "recursion_limit in compile": (
        {
            "a.py": """
from langchain_openai import ChatOpenAI
from langgraph.graph import StateGraph
llm = ChatOpenAI()
def n(s): return {"m": llm.invoke(s["m"])}
def route(s): return "n"
g = StateGraph(dict); g.add_node("n", n); g.add_conditional_edges("n", route, {"n": "n"})
app = g.compile(recursion_limit=3)
app.invoke({"m": "x"})
"""
        },
        {"loop": "bounded"},
    ),
    "countdown through continue": (
        """
def run(q):
    left = 5
    while True:
        if left > 0:
            left -= 1
            CALL
            continue
        break
""",
        {"loop": "bounded"},
    ),
    "flag cleared after n": (
        """
def run(q):
    n = 0
    going = True
    while going:
        CALL
        n += 1
        if n >= 4:
            going = False
""",
        {"loop": "bounded"},
    ),
    "Retrying stop": (
        """
from tenacity import Retrying, stop_after_attempt
def run(q):
    for attempt in Retrying(stop=stop_after_attempt(3)):
        with attempt:
            return CALL
""",
        {"retry": "explicit", "loop": "none"},
    ),
    "AsyncRetrying no stop": (
        """
from tenacity import Retrying
def run(q):
    for attempt in Retrying():
        with attempt:
            return CALL
""",
        {"retry": "unbounded"},
    ),
    "input gate": (
        """
while True:
    q = input('> ')
    CALL
""",
        {"loop": "none"},
    ),
    "confirm gate": (
        """
def run(q):
    while True:
        CALL
        if input('again? ') != 'y':
            break
""",
        {"loop": "none"},
    ),
    "monotonic deadline": (
        """
import time
def run(q):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        CALL
""",
        {"loop": "bounded"},
    ),
    "constant list": (
        """
TOPICS = ['a', 'b']
def run():
    for q in TOPICS:
        CALL
""",
        {"loop": "bounded"},
    ),
    "constant list reassigned": (
        """
import sys
TOPICS = ['a', 'b']
if len(sys.argv) > 1:
    TOPICS = open(sys.argv[1]).read().split()
def run():
    for q in TOPICS:
        CALL
""",
        {"loop": "per-item"},
    ),
    "timeout constant unread": (
        """
TIMEOUT = 30
def run(q):
    return CALL
""",
        {"timeout": "absent"},
    ),
    "log before": (
        """
import logging
def run(q, tokens):
    logging.info("calling with %s tokens", tokens)
    return CALL.choices[0]
""",
        {"usage": "absent"},
    ),
    "warn only budget": (
        """
MAX = 5
def run(q):
    n = 0
    while True:
        n += 1
        if n > MAX:
            print("budget exceeded")
        CALL
""",
        {"loop": "unbounded"},
    ),
    "event nothing sets": (
        """
import threading
stop = threading.Event()
def run(q):
    while not stop.is_set():
        CALL
""",
        {"loop": "unbounded"},
    ),
    "asyncio timeout": (
        """
import asyncio
async def run(q):
    async with asyncio.timeout(30):
        return await asyncio.to_thread(lambda: CALL)
""",
        {"timeout": 30.0},
    ),
    "signal alarm": (
        """
import signal
def run(q):
    signal.alarm(30)
    try:
        return CALL
    finally:
        signal.alarm(0)
""",
        {"timeout": 30.0},
    ),
    "fallback reword": (
        """
def run(q):
    try:
        return compute(q)
    except Exception as e:
        q = f"explain this error: {e}"
        return CALL
""",
        {"fallback": "absent"},
    ),
    "same route again": (
        """
def run(q):
    try:
        return CALL
    except Exception:
        return CALL
""",
        {"fallback": "absent"},
    ),
    "other model": (
        """
def run(q):
    try:
        return CALL
    except Exception:
        return client.chat.completions.create(model='other', messages=[])
""",
        {"fallback": "given"},
    ),
    "model list": (
        """
def run(q):
    for m in ["a", "b"]:
        try:
            return client.chat.completions.create(model=m, messages=[])
        except Exception:
            continue
""",
        {"fallback": "given"},
    ),
    "pick by key": (
        """
import os
from anthropic import Anthropic
def run(q):
    if os.getenv("OPENAI_API_KEY"):
        return CALL
    return Anthropic().messages.create(model='c', messages=[], max_tokens=4)
""",
        {"fallback": "absent"},
    ),
    "error message translated by a model": (
        """
def run(q):
    try:
        return CALL
    except Exception as e:
        return say(translate(str(e)))
def translate(text):
    return client.chat.completions.create(model='other', messages=[{'role':'user','content':'translate: '+text}])
""",
        {"fallback": "absent"},
    ),
    "usage returned dict": (
        """
def run(q):
    r = CALL
    return {"text": r.choices[0].message.content, "tokens": r.usage.total_tokens}
""",
        {"usage": "given"},
    ),
    "whole response printed": (
        """
def run(q):
    r = CALL
    print(r)
    return r.choices[0].message.content
""",
        {"usage": "absent"},
    ),
    "tiktoken stored": (
        """
import tiktoken
enc = tiktoken.get_encoding("cl100k_base")
TOTAL = {"n": 0}
def run(q):
    r = CALL
    TOTAL["n"] += len(enc.encode(q)) + len(enc.encode(r.choices[0].message.content))
    return r.choices[0].message.content
""",
        {"usage": "given"},
    ),
    "pocketflow retries": (
        {
            "a.py": """
from pocketflow import Node, Flow
from openai import OpenAI
client = OpenAI()
class Ask(Node):
    def prep(self, shared): return shared["q"]
    def exec(self, q): return client.chat.completions.create(model='m', messages=[{'role':'user','content':q}])
    def post(self, shared, p, r): shared["a"] = r
flow = Flow(start=Ask(max_retries=3, wait=10))
flow.run({"q": "x"})
"""
        },
        {"retry": "explicit"},
    ),
    "pocketflow batch": (
        {
            "a.py": """
from pocketflow import BatchNode, Flow
from openai import OpenAI
client = OpenAI()
class Ask(BatchNode):
    def prep(self, shared): return shared["items"]
    def exec(self, q): return client.chat.completions.create(model='m', messages=[{'role':'user','content':q}])
flow = Flow(start=Ask())
flow.run({"items": load()})
"""
        },
        {"loop": "per-item"},
    ),
    "argparse limit": (
        """
import argparse
p = argparse.ArgumentParser(); p.add_argument("--limit", type=int, default=10)
a = p.parse_args()
for i, q in enumerate(load()):
    if i >= a.limit: break
    CALL
""",
        {"loop": "bounded"},
    ),
    "argparse slice": (
        """
import argparse
p = argparse.ArgumentParser(); p.add_argument("--limit", type=int, default=10)
a = p.parse_args()
for q in load()[:a.limit]:
    CALL
""",
        {"loop": "bounded"},
    ),
    "env slice": (
        """
import os
N = int(os.getenv("N", "10"))
for q in load()[:N]:
    CALL
""",
        {"loop": "bounded"},
    ),
    "semaphore no limit": (
        """
import asyncio
sem = asyncio.Semaphore(5)
async def one(q):
    async with sem:
        return CALL
async def run(items):
    await asyncio.gather(*(one(q) for q in items))
asyncio.run(run(load()))
""",
        {"loop": "per-item"},
    ),
    "pool map": (
        """
from concurrent.futures import ThreadPoolExecutor
def one(q): return CALL
with ThreadPoolExecutor() as p:
    list(p.map(one, load()))
""",
        {"loop": "per-item"},
    ),
    "df apply": (
        """
import pandas as pd
def one(q): return CALL
df = pd.read_csv("x"); df["y"] = df["t"].apply(one)
""",
        {"loop": "per-item"},
    ),
    "poll daemon": (
        """
import time
def job(q): CALL
while True:
    job("x")
    time.sleep(3600)
""",
        {"loop": "none"},
    ),
    "agent while tool calls": (
        """
def run(q):
    while True:
        r = CALL
        if not r.choices[0].message.tool_calls:
            return r
        do(r)
""",
        {"loop": "unbounded"},
    ),
    "for range agent": (
        """
MAX_STEPS = 8
def run(q):
    for _ in range(MAX_STEPS):
        r = CALL
        if not r.choices[0].message.tool_calls:
            return r
""",
        {"loop": "bounded"},
    ),
    "cut by a check of the length in a helper": (
        {
            "a.py": """
import os
from openai import OpenAI
client = OpenAI()
def most():
    n = os.environ.get("MAX_NEWS")
    if n is None:
        return 15
    return int(n)
def cut(items: list[str]) -> list[str]:
    number = most()
    if len(items) > number:
        return items[:number]
    return items
def todo(items):
    found = []
    for item in items:
        found.append(item)
    found = cut(found)
    return found
def main():
    for page in ("a", "b"):
        news = read(page)
        news = todo(news)
        for i in range(0, len(news), 10):
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": news[i]}])
main()
"""
        },
        {"loop": "bounded"},
    ),
    "refused above a length": (
        """
from openai import OpenAI
client = OpenAI()
def run(rows):
    if len(rows) > 50:
        raise ValueError("too many")
    for row in rows:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": row}])
run(open("x").readlines())
""",
        {"loop": "bounded"},
    ),
    "only told that it is long": (
        """
from openai import OpenAI
client = OpenAI()
def run(rows):
    if len(rows) > 50:
        print("many")
    for row in rows:
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": row}])
run(open("x").readlines())
""",
        {"loop": "per-item"},
    ),
    "batch of a chain": (
        """
from langchain_openai import ChatOpenAI
def run(docs):
    return ChatOpenAI().batch(docs, {"max_concurrency": 5})
run(open("x").readlines())
""",
        {"loop": "per-item"},
    ),
    "batch of one": (
        """
from langchain_openai import ChatOpenAI
def run(doc):
    return ChatOpenAI().batch([doc])
run(open("x").read())
""",
        {"loop": "none"},
    ),
    "steps counted in a method": (
        """
from openai import OpenAI
class Agent:
    def __init__(self):
        self.client = OpenAI()
        self.thoughts = []
    def ask(self, messages):
        try:
            while True:
                answer = self.client.chat.completions.create(model="m", messages=messages + self.thoughts)
                if answer.choices[0].finish_reason == "stop" or len(self.thoughts) > 3:
                    return answer
                self.act(answer)
        except Exception as e:
            print(e)
            raise
    def act(self, answer):
        self.thoughts.append({"role": "function", "content": str(answer)})
Agent().ask([])
""",
        {"loop": "bounded", "retry": "sdk-default"},
    ),
    "an endless loop that the call always leaves": (
        """
from openai import OpenAI
client = OpenAI()
def ask(q):
    while True:
        if q:
            return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
        q = input()
ask("")
""",
        {"loop": "none", "retry": "sdk-default"},
    ),
    "an endless loop that tries again": (
        """
from openai import OpenAI
client = OpenAI()
def ask(q):
    while True:
        try:
            return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
        except Exception:
            pass
ask("")
""",
        {"retry": "unbounded"},
    ),
    "drains what it goes through": (
        """
from openai import OpenAI
client = OpenAI()
def run(rows):
    done = 0
    while True:
        rest = rows[done:]
        if not rest:
            break
        for row in rest:
            if len(row) > 9:
                break
            done += 1
        client.chat.completions.create(model="m", messages=[{"role": "user", "content": str(rest)}])
run(open("x").readlines())
""",
        {"loop": "per-item"},
    ),
    "agents that CrewBase gathers": (
        """
from crewai import Agent, Crew, LLM, Task
from crewai.project import CrewBase, agent, crew, task
@CrewBase
class Demo:
    def __init__(self):
        self.llm = LLM(model="openai/gpt-4o")
    @agent
    def researcher(self) -> Agent:
        return Agent(config=self.agents_config["researcher"], llm=self.llm)
    @task
    def research(self) -> Task:
        return Task(config=self.tasks_config["research"])
    @crew
    def crew(self) -> Crew:
        return Crew(agents=self.agents, tasks=self.tasks)
Demo().crew().kickoff(inputs={"topic": "x"})
""",
        {"loop": "bounded"},
    ),
    "nodes of a graph with some arguments given": (
        """
from functools import partial
from langchain_openai import ChatOpenAI
from langgraph.graph import END, StateGraph
llm = ChatOpenAI()
def plan(state, model): return {"m": model.invoke(state["m"])}
def again(state): return "plan"
g = StateGraph(dict)
g.add_node("plan", partial(plan, model=llm))
g.add_conditional_edges("plan", again, {"plan": "plan", "end": END})
g.compile().invoke({"m": "x"})
""",
        {"loop": "bounded"},
    ),
    "what is never given": (
        {
            "extract.py": """
from openai import OpenAI
client = OpenAI()
class EntityExtractor:
    def extract(self, text):
        return client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
""",
            "pipeline.py": """
class Pipeline:
    def __init__(self, entity_extractor=None):
        self.entity_extractor = entity_extractor
    def run(self, rows):
        for row in rows:
            if self.entity_extractor is not None:
                self.entity_extractor.extract(row)
Pipeline().run(open("x").readlines())
""",
        },
        {"loop": "none"},
    ),
    "max_iterations of an executor": (
        """
from langchain_openai import ChatOpenAI
from langchain.agents import AgentExecutor, create_react_agent
llm = ChatOpenAI()
agent = create_react_agent(llm, [], prompt)
AgentExecutor(agent=agent, tools=[], max_iterations=4).invoke({"input": "x"})
""",
        {"loop": "bounded"},
    ),
    "max_iterations switched off": (
        """
from langchain_openai import ChatOpenAI
from langchain.agents import AgentExecutor, create_react_agent
llm = ChatOpenAI()
agent = create_react_agent(llm, [], prompt)
AgentExecutor(agent=agent, tools=[], max_iterations=None).invoke({"input": "x"})
""",
        {"loop": "unbounded"},
    ),
    "recursion_limit of a run": (
        """
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent
agent = create_react_agent(ChatOpenAI(), [])
agent.invoke({"messages": []}, config={"recursion_limit": 7})
""",
        {"loop": "bounded"},
    ),
    "usage limits of a run": (
        """
from pydantic_ai import Agent
from pydantic_ai.usage import UsageLimits
Agent("openai:gpt-4o").run_sync("x", usage_limits=UsageLimits(request_limit=3))
""",
        {"loop": "bounded"},
    ),
    "max_turns": (
        """
from agents import Agent, Runner
Runner.run_sync(Agent(name="a"), "x", max_turns=3)
""",
        {"loop": "bounded"},
    ),
    "a model to fall back on": (
        """
from pydantic_ai import Agent
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.openai import OpenAIModel
from pydantic_ai.models.anthropic import AnthropicModel
Agent(FallbackModel(OpenAIModel("a"), AnthropicModel("b"))).run_sync("x")
""",
        {"fallback": "given"},
    ),
    "with_fallbacks": (
        """
from langchain_openai import ChatOpenAI
from langchain_anthropic import ChatAnthropic
ChatOpenAI().with_fallbacks([ChatAnthropic()]).invoke("x")
""",
        {"fallback": "given"},
    ),
    "fallbacks of litellm": (
        """
import litellm
litellm.completion(model="gpt-4o", messages=[], fallbacks=["claude-3-5-haiku"])
""",
        {"fallback": "given"},
    ),
    "fallbacks of a router": (
        """
from litellm import Router
router = Router(model_list=[], fallbacks=[{"a": ["b"]}])
router.completion(model="a", messages=[])
""",
        {"fallback": "given"},
    ),
    "models of OpenRouter": (
        """
from openai import OpenAI
client = OpenAI(base_url="https://openrouter.ai/api/v1")
client.chat.completions.create(model="a", messages=[], extra_body={"models": ["b", "c"]})
""",
        {"fallback": "given"},
    ),
    "a canned answer": (
        """
from openai import OpenAI
client = OpenAI()
def ask(q):
    try:
        return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
    except Exception:
        return "sorry"
ask("x")
""",
        {"fallback": "absent"},
    ),
    "the same route again": (
        """
from openai import OpenAI
client = OpenAI()
def ask(q):
    try:
        return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
    except Exception:
        return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
ask("x")
""",
        {"fallback": "absent"},
    ),
    "chosen by which key is set": (
        """
import os
from openai import OpenAI
from anthropic import Anthropic
def ask(q):
    if os.getenv("OPENAI_API_KEY"):
        return OpenAI().chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
    return Anthropic().messages.create(model="c", max_tokens=5, messages=[{"role": "user", "content": q}])
ask("x")
""",
        {"fallback": "absent"},
    ),
    "a loop over models": (
        """
from openai import OpenAI
client = OpenAI()
def ask(q):
    for model in ("a", "b"):
        try:
            return client.chat.completions.create(model=model, messages=[{"role": "user", "content": q}])
        except Exception:
            continue
ask("x")
""",
        {"fallback": "given", "loop": "none"},
    ),
    "a circuit breaker before another provider": (
        """
from openai import OpenAI
from anthropic import Anthropic
from circuitbreaker import circuit
@circuit(failure_threshold=3)
def first(q):
    return OpenAI().chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
def second(q):
    return Anthropic().messages.create(model="c", max_tokens=5, messages=[{"role": "user", "content": q}])
def ask(q):
    try:
        return first(q)
    except Exception:
        return second(q)
ask("x")
""",
        {"fallback": "given"},
    ),
    "retrying": (
        """
from openai import OpenAI
from retrying import retry
client = OpenAI()
@retry(stop_max_attempt_number=3, wait_fixed=1000)
def ask(q):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
ask("x")
""",
        {"retry": "explicit"},
    ),
    "retrying without an end": (
        """
from openai import OpenAI
from retrying import retry
client = OpenAI()
@retry
def ask(q):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
ask("x")
""",
        {"retry": "unbounded"},
    ),
    "tenacity without a stop": (
        """
from openai import OpenAI
from tenacity import retry, wait_fixed
client = OpenAI()
@retry(wait=wait_fixed(1))
def ask(q):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
ask("x")
""",
        {"retry": "unbounded"},
    ),
    "backoff": (
        """
import backoff
from openai import OpenAI
client = OpenAI()
@backoff.on_exception(backoff.expo, Exception, max_tries=4)
def ask(q):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
ask("x")
""",
        {"retry": "explicit"},
    ),
    "Helicone": (
        """
from openai import OpenAI
client = OpenAI(base_url="https://oai.helicone.ai/v1", default_headers={"Helicone-Auth": "x"})
client.chat.completions.create(model="m", messages=[])
""",
        {"usage": "given"},
    ),
    "Langfuse's client": (
        """
from langfuse.openai import OpenAI
OpenAI().chat.completions.create(model="m", messages=[])
""",
        {"usage": "given"},
    ),
    "get_openai_callback": (
        """
from langchain_openai import ChatOpenAI
from langchain_community.callbacks import get_openai_callback
with get_openai_callback() as cb:
    ChatOpenAI().invoke("x")
    print(cb.total_tokens)
""",
        {"usage": "given"},
    ),
    "a log line before the call": (
        """
import logging
from openai import OpenAI
client = OpenAI()
def ask(q):
    logging.info("asking with tokens: %s", len(q))
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}]).choices[0].message.content
ask("x")
""",
        {"usage": "absent"},
    ),
    "a timeout constant that no client reads": (
        """
from openai import OpenAI
TIMEOUT = 30
client = OpenAI()
client.chat.completions.create(model="m", messages=[])
""",
        {"timeout": "absent"},
    ),
    "httpx.Timeout": (
        """
import httpx
from openai import OpenAI
client = OpenAI(timeout=httpx.Timeout(20.0, connect=5.0))
client.chat.completions.create(model="m", messages=[])
""",
        {"timeout": 20.0},
    ),
    "the result of a thread": (
        """
from concurrent.futures import ThreadPoolExecutor
from openai import OpenAI
client = OpenAI()
def ask(q):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
with ThreadPoolExecutor() as pool:
    print(pool.submit(ask, "x").result(timeout=30))
""",
        {"timeout": "absent"},
    ),
    "a list and the first rows of a table": (
        """
import pandas as pd
df = pd.read_csv("x.csv")
xs = ["a", "b"]
xs.extend(df.head(100)["x"].to_list())
for q in xs:
    CALL
""",
        {"loop": "bounded"},
    ),
    "a list and all rows of a table": (
        """
import pandas as pd
df = pd.read_csv("x.csv")
xs = ["a", "b"]
xs.extend(df["x"].to_list())
for q in xs:
    CALL
""",
        {"loop": "per-item"},
    ),
    "a column of the first rows, put behind a list": (
        """
import pandas as pd
df = pd.read_csv("x.csv")
top = df.head(7)
for q in ["a"] + top["x"].tolist():
    CALL
""",
        {"loop": "bounded"},
    ),
    "one key of a mapping": (
        """
import pandas as pd
df = pd.read_csv("x.csv")
held = {"a": df["x"], "b": 1}
for q in held["a"]:
    CALL
""",
        {"loop": "per-item"},
    ),
    "a window that doubles up to the most": (
        """
from openai import OpenAI
client = OpenAI()
def find(q, days=1, most=60):
    while days <= most:
        found = client.embeddings.create(model="m", input=q)
        if len(found.data) > 3 or days >= most:
            break
        days = min(days * 2, most)
find("x")
""",
        {"loop": "bounded"},
    ),
}


def told(call: LlmCall) -> dict[str, Any]:
    def value(setting: object) -> Any:
        return setting.value if isinstance(setting, Given) else type(setting).__name__.lower()

    retry = value(call.retry)
    return {
        "loop": call.loop.kind,
        "retry": getattr(retry, "kind", retry),
        "timeout": value(call.timeout),
        "fallback": "given" if isinstance(call.fallback, Given) else "absent",
        "usage": "given" if isinstance(call.usage, Given) else "absent",
    }


@pytest.mark.parametrize(("code", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_it_is(code: str | dict[str, str], wanted: dict[str, Any]) -> None:
    for call in calls_of(code):
        assert {name: told(call)[name] for name in wanted} == wanted

"""Graphs of agents: a route, loop or schedule that runs a graph runs the calls of its nodes."""

from __future__ import annotations

import pytest

from tests.link.flows import calls_of

MODEL = (
    "from langchain_openai import ChatOpenAI\nfrom langgraph.graph import StateGraph\n"
    "llm = ChatOpenAI(model='m')\ndef chat(state):\n    return {'messages': [llm.invoke(state['messages'])]}\n"
)
WEB = "from fastapi import FastAPI\nfrom graph import graph\napp = FastAPI()\n"
SCRIPT = (
    'import express from "express";\nimport { ChatOpenAI } from "@langchain/openai";\n'
    'import { StateGraph, MessagesAnnotation } from "@langchain/langgraph";\n'
    "const app = express();\nconst llm = new ChatOpenAI({ model: 'm' });\n"
)
BUILT = "g = StateGraph(dict)\ng.add_node('chat', chat)\ngraph = g.compile()\n"
ROUTE = "app.post('/x', async (req, res) => res.json(await graph.invoke({ messages: [req.body.q] })));\n"

CASES: dict[str, tuple[list[list[str]], dict[str, str]]] = {
    # name: (routes of each call in order, files)
    "built in one file, run in another": (
        [["GET /s", "POST /x"]],
        {
            "graph.py": MODEL + BUILT,
            "web.py": WEB
            + "@app.post('/x')\nasync def x(body: dict):\n    return await graph.ainvoke({'messages': [body['q']]})\n"
            + "@app.get('/s')\ndef s(q: str):\n    yield from graph.stream({'messages': [q]})\n"
            + "@app.get('/health')\ndef health():\n    return 'ok'\n",
        },
    ),
    "held by an object": (
        [["POST /x"]],
        {
            "graph.py": MODEL
            + "class Agent:\n    def __init__(self):\n        self.graph = self.build()\n    def build(self):\n"
            + "        g = StateGraph(dict)\n        g.add_node('chat', chat)\n        return g.compile()\n"
            + "    def ask(self, q):\n        return self.graph.invoke({'messages': [q]})\ngraph = Agent()\n",
            "web.py": WEB + "@app.post('/x')\ndef x(body: dict):\n    return graph.ask(body['q'])\n",
        },
    ),
    "another graph": (
        [[]],
        {
            "graph.py": MODEL
            + "h = StateGraph(dict)\nh.add_node('chat', chat)\nother = h.compile()\n"
            + "g = StateGraph(dict)\ng.add_node('plain', lambda s: s)\ngraph = g.compile()\nother.invoke({})\n",
            "web.py": WEB + "@app.post('/x')\ndef x(body: dict):\n    return graph.invoke({'q': body['q']})\n",
        },
    ),
    "script": (
        [["POST /x"]],
        {
            "a.ts": SCRIPT
            + "async function n(s) { return { messages: [await llm.invoke(s.messages)] }; }\n"
            + "const graph = new StateGraph(MessagesAnnotation).addNode('n', n).addEdge('__start__', 'n').compile();\n"
            + ROUTE,
        },
    ),
    "bound method": (
        [["POST /x"]],
        {
            "a.ts": SCRIPT
            + "class Worker { async run(s) { return { messages: [await llm.invoke(s.messages)] }; } }\n"
            + "const worker = new Worker();\n"
            + "const graph = new StateGraph(MessagesAnnotation).addNode('a', worker.run.bind(worker)).compile();\n"
            + ROUTE,
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_routes_that_run_a_graph(name: str) -> None:
    expected, files = CASES[name]
    calls = calls_of(files)
    assert [sorted(r.name for r in c.routes) for c in calls] == expected
    assert [c.user_input for c in calls] == [bool(routes) for routes in expected]


def test_a_graph_run_for_each_row() -> None:
    code = MODEL + BUILT + "def main(rows):\n    for row in rows:\n        graph.invoke({'messages': [row]})\n"
    assert calls_of({"a.py": code + "main(open('x'))\n"})[0].loop.kind == "per-item"


def test_a_run_that_goes_on_after_a_person_has_answered_is_no_loop() -> None:
    code = (
        "from langgraph.types import Command\n"
        "def run(state, ask):\n    for event in graph.stream(state):\n        if '__interrupt__' in event:\n"
        "            run(Command(resume=ask(event)), ask)\n            break\nrun({}, print)\n"
    )
    assert calls_of({"a.py": MODEL + BUILT + code})[0].loop.kind == "none"

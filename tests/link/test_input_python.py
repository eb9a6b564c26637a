"""Through what people's text comes to a prompt in Python, and what only looks like it: one program for each way."""

from __future__ import annotations

import pytest

from auditor.model.setting import Given
from auditor.pipeline import build_repo
from auditor.source.memory import MemoryTree
from tests.link.flows import calls_of
from tests.link.programs import catalog

ASK = """from openai import OpenAI
c = OpenAI()
def ask(q):
    return c.chat.completions.create(model="m", messages=[{"role":"user","content":q}])
"""

CREW = """
from flask import Flask, request
from crewai import Agent, Task, Crew, LLM
app = Flask(__name__)
llm = LLM(model="openai/gpt-4o")
"""

REACHED: dict[str, dict[str, str]] = {
    "crew: a task's text": {
        "a.py": CREW
        + """
@app.route("/look", methods=["POST"])
def look():
    a = Agent(role="x", goal="y", backstory="z", llm=llm)
    t = Task(description=f"Look at {request.json['text']}", expected_output="x", agent=a)
    return Crew(agents=[a], tasks=[t]).kickoff()
""",
    },
    "crew: an agent's goal, put together by a class": {
        "a.py": CREW
        + """
class Builder:
    def __init__(self, topic):
        self.topic = topic
    def agent(self):
        return Agent(role="x", goal=f"Know all of {self.topic}", backstory="z", llm=llm)
    def run(self):
        tasks = []
        tasks.append(Task(description="Tell", expected_output="x", agent=self.agent()))
        crew = Crew(agents=[self.agent()], tasks=tasks)
        return crew.kickoff()
@app.route("/look", methods=["POST"])
def look():
    return Builder(request.json["topic"]).run()
""",
    },
    "dspy module": {
        "app.py": """
import dspy
dspy.configure(lm=dspy.LM("openai/gpt-4o"))
class Step(dspy.Module):
    def __init__(self):
        super().__init__()
        self.g = dspy.ChainOfThought("q -> a")
    def forward(self, text):
        return self.g(q=text).a
step, best = Step(), input("> ")
for i in range(1, 10):
    best = step(text=best)
""",
    },
    "an argument of a partial": {
        "app.py": ASK
        + """
import threading
from functools import partial
def work(to, q):
    ask(q)
def more(*texts):
    ask(texts)
threading.Thread(target=partial(work, "you", input("> "))).start()
threading.Thread(target=partial(more, "you", input("> "))).start()
""",
    },
    "st columns": {
        "app.py": ASK
        + """
import streamlit as st
a, b = st.columns(2)
with a:
    t = a.text_area("x")
ask(t)
""",
    },
    "st form key": {
        "app.py": ASK
        + """
import streamlit as st
with st.form("f"):
    st.text_input("Topic", key="topic")
    go = st.form_submit_button("Go")
if go:
    ask(st.session_state.topic)
""",
    },
    "st session in function": {
        "app.py": ASK
        + """
import streamlit as st
def page():
    ask(st.session_state["topic"])
st.session_state["topic"] = st.text_input("x")
page()
""",
    },
    "langgraph endpoint": {
        "a.py": """
from fastapi import FastAPI
from langgraph.graph import StateGraph
from langchain_openai import ChatOpenAI
from ag_ui_langgraph import add_langgraph_fastapi_endpoint, LangGraphAgent
llm = ChatOpenAI()
def node(state):
    return {"messages": [llm.invoke(state["messages"])]}
g = StateGraph(dict)
g.add_node("n", node)
graph = g.compile()
app = FastAPI()
add_langgraph_fastapi_endpoint(app, LangGraphAgent(name="x", graph=graph), "/agent")
""",
    },
    "copilotkit": {
        "a.py": """
from fastapi import FastAPI
from langgraph.graph import StateGraph
from langchain_openai import ChatOpenAI
from copilotkit.integrations.fastapi import add_fastapi_endpoint
from copilotkit import CopilotKitRemoteEndpoint, LangGraphAgent
llm = ChatOpenAI()
def node(state):
    return {"messages": [llm.invoke(state["messages"])]}
g = StateGraph(dict)
g.add_node("n", node)
graph = g.compile()
app = FastAPI()
sdk = CopilotKitRemoteEndpoint(agents=[LangGraphAgent(name="x", graph=graph)])
add_fastapi_endpoint(app, sdk, "/copilotkit")
""",
    },
    "langserve": {
        "a.py": """
from fastapi import FastAPI
from langserve import add_routes
from langchain_openai import ChatOpenAI
from langchain_core.prompts import ChatPromptTemplate
app = FastAPI()
add_routes(app, ChatPromptTemplate.from_template("{x}") | ChatOpenAI(), path="/x")
""",
    },
    "gradio ChatInterface": {
        "app.py": ASK
        + """
import gradio as gr
def respond(message, history):
    return ask(message)
gr.ChatInterface(respond).launch()
""",
    },
    "gradio load fn": {
        "app.py": ASK
        + """
import gradio as gr
def respond(message, history):
    return ask(message)
with gr.Blocks() as demo:
    m = gr.Textbox()
    b = gr.Chatbot()
    m.submit(fn=respond, inputs=[m, b], outputs=[m, b])
""",
    },
    "pydantic_ai web": {
        "a.py": """
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIModel
agent = Agent(OpenAIModel("gpt-4o"))
app = agent.to_web()
""",
    },
    "pydantic_ai ag_ui": {
        "a.py": """
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIModel
agent = Agent(OpenAIModel("gpt-4o"))
app = agent.to_ag_ui()
""",
    },
    "pydantic_ai str model web": {
        "a.py": """
from pydantic_ai import Agent
agent = Agent("openai:gpt-4o")
app = agent.to_a2a()
""",
    },
    "module dict call": {
        "llm.py": """
from openai import AsyncOpenAI
class Chat:
    def __init__(self):
        self.client = AsyncOpenAI()
    async def __acall__(self, q):
        return await self.client.chat.completions.create(model="m", messages=[{"role":"user","content":q}])
    async def __call__(self, q):
        return await self.__acall__(q)
""",
        "state.py": """
STATE = {}
""",
        "main.py": """
from fastapi import FastAPI
from llm import Chat
from state import STATE
app = FastAPI()
@app.on_event("startup")
def s():
    STATE["chat"] = Chat()
@app.post("/q")
async def q(body: dict):
    return await STATE["chat"](body["q"])
""",
    },
    "nested dict factory": {
        "a.py": """
from openai import OpenAI
class A:
    def ask(self, q): return OpenAI().chat.completions.create(model="m", messages=[{"role":"user","content":q}])
class B:
    def ask(self, q): return OpenAI().chat.completions.create(model="m", messages=[{"role":"user","content":q}])
REG = {"x": {"a": A, "b": B}, "y": {"a": B}}
def make(kind, name):
    return REG[kind][name]()
from fastapi import FastAPI
app = FastAPI()
@app.post("/q")
def q(kind: str, name: str, body: dict):
    return make(kind, name).ask(body["q"])
""",
    },
    "channel layer": {
        "consumers.py": """
from channels.generic.websocket import AsyncWebsocketConsumer
from tasks import answer
import json
class Chat(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        d = json.loads(text_data)
        await self.channel_layer.group_send(self.group, {"type": "chat_message", "message": d["message"]})
    async def chat_message(self, event):
        answer.delay(event["message"])
""",
        "tasks.py": """
from celery import shared_task
from openai import OpenAI
@shared_task
def answer(text):
    OpenAI().chat.completions.create(model="m", messages=[{"role":"user","content":text}])
""",
    },
    "django model": {
        "views.py": """
from django.http import JsonResponse
from models import Message
from tasks import answer
def send(request):
    m = Message.objects.create(text=request.POST["text"])
    answer.delay(m.id)
    return JsonResponse({})
""",
        "urls.py": """
from django.urls import path
import views
urlpatterns = [path("send", views.send)]
""",
        "models.py": """
from django.db import models
class Message(models.Model):
    text = models.TextField()
""",
        "tasks.py": """
from celery import shared_task
from openai import OpenAI
from models import Message
@shared_task
def answer(pk):
    m = Message.objects.get(id=pk)
    OpenAI().chat.completions.create(model="m", messages=[{"role":"user","content":m.text}])
""",
    },
    "partial": {
        "app.py": ASK
        + """
from functools import partial
from flask import Flask, request
app = Flask(__name__)
run = partial(ask)
@app.route("/x", methods=["POST"])
def x():
    return run(request.form["q"])
""",
    },
    "dash": {
        "app.py": ASK
        + """
from dash import Dash, Input, Output
app = Dash()
@app.callback(Output("o","children"), Input("i","value"))
def up(v):
    return ask(v)
""",
    },
    "chainlit": {
        "app.py": ASK
        + """
import chainlit as cl
@cl.on_message
async def m(msg: cl.Message):
    ask(msg.content)
""",
    },
    "telethon": {
        "app.py": ASK
        + """
from telethon import TelegramClient, events
client = TelegramClient("a", 1, "b")
@client.on(events.NewMessage)
async def h(event):
    ask(event.raw_text)
""",
    },
    "aiogram router": {
        "app.py": ASK
        + """
from aiogram import Router, F
router = Router()
@router.message(F.text)
async def h(message):
    ask(message.text)
""",
    },
    "ptb class": {
        "app.py": ASK
        + """
from telegram.ext import Application, MessageHandler, filters
class Bot:
    def __init__(self):
        self.app = Application.builder().token("x").build()
        self.app.add_handler(MessageHandler(filters.TEXT, self.on_text))
    async def on_text(self, update, context):
        ask(update.message.text)
Bot().app.run_polling()
""",
    },
    "slack": {
        "app.py": ASK
        + """
from slack_bolt import App
app = App()
@app.event("app_mention")
def h(event, say):
    say(ask(event["text"]))
""",
    },
    "discord": {
        "app.py": ASK
        + """
import discord
client = discord.Client(intents=None)
@client.event
async def on_message(message):
    ask(message.content)
""",
    },
    "discord cog": {
        "app.py": ASK
        + """
from discord.ext import commands
class C(commands.Cog):
    @commands.command()
    async def q(self, ctx, *, text):
        ask(text)
""",
    },
    "discord app_commands": {
        "app.py": ASK
        + """
from discord import app_commands
import discord
class C(discord.ext.commands.Cog):
    @app_commands.command(name="x")
    async def q(self, i: discord.Interaction, text: str):
        ask(text)
""",
    },
    "aiohttp web": {
        "app.py": ASK
        + """
from aiohttp import web
async def h(request):
    d = await request.json()
    ask(d["q"])
app = web.Application()
app.add_routes([web.post("/x", h)])
""",
    },
    "starlette": {
        "app.py": ASK
        + """
from starlette.applications import Starlette
from starlette.routing import Route
async def h(request):
    d = await request.json()
    ask(d["q"])
app = Starlette(routes=[Route("/x", h, methods=["POST"])])
""",
    },
    "http.server": {
        "app.py": ASK
        + """
from http.server import BaseHTTPRequestHandler
class H(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(10)
        ask(body.decode())
""",
    },
    "tornado": {
        "app.py": ASK
        + """
import tornado.web
class H(tornado.web.RequestHandler):
    def post(self):
        ask(self.get_argument("q"))
""",
    },
    "drf": {
        "app.py": ASK
        + """
from rest_framework.views import APIView
class V(APIView):
    def post(self, request):
        ask(request.data["q"])
""",
    },
    "input loop": {
        "app.py": ASK
        + """
while True:
    q = input("> ")
    ask(q)
""",
    },
    "sys.argv": {
        "app.py": ASK
        + """
import sys
ask(sys.argv[1])
""",
    },
    "argparse": {
        "app.py": ASK
        + """
import argparse
p = argparse.ArgumentParser(); p.add_argument("q"); a = p.parse_args()
ask(a.q)
""",
    },
    "argparse default": {
        "app.py": ASK
        + """
import argparse
p = argparse.ArgumentParser(); p.add_argument("--q", default="AI"); a = p.parse_args()
ask(a.q)
""",
    },
    "argparse prompt that is needed": {
        "app.py": ASK
        + """
import argparse
p = argparse.ArgumentParser(); p.add_argument("--prompt", required=True); a = p.parse_args()
ask(a.prompt)
""",
    },
    "typer": {
        "app.py": ASK
        + """
import typer
app = typer.Typer()
@app.command()
def main(q: str):
    ask(q)
""",
    },
    "click": {
        "app.py": ASK
        + """
import click
@click.command()
@click.argument("q")
def main(q):
    ask(q)
""",
    },
    "tkinter": {
        "app.py": ASK
        + """
import tkinter as tk
root = tk.Tk()
e = tk.Entry(root)
def go():
    ask(e.get())
tk.Button(root, command=go)
""",
    },
    "pyqt": {
        "app.py": ASK
        + """
from PyQt5.QtWidgets import QWidget, QLineEdit, QPushButton
class W(QWidget):
    def __init__(self):
        self.e = QLineEdit()
        b = QPushButton()
        b.clicked.connect(self.go)
    def go(self):
        ask(self.e.text())
""",
    },
    "speech": {
        "app.py": ASK
        + """
import speech_recognition as sr
r = sr.Recognizer()
with sr.Microphone() as s:
    audio = r.listen(s)
    t = r.recognize_google(audio)
ask(t)
""",
    },
    "lambda http": {
        "app.py": ASK
        + """
import json
def lambda_handler(event, context):
    body = json.loads(event["body"])
    ask(body["q"])
""",
    },
    "gcf": {
        "app.py": ASK
        + """
import functions_framework
@functions_framework.http
def h(request):
    ask(request.get_json()["q"])
""",
    },
    "twilio": {
        "app.py": ASK
        + """
from flask import Flask, request
app = Flask(__name__)
@app.route("/w", methods=["POST"])
def w():
    ask(request.values.get("Body"))
""",
    },
    "uploaded file": {
        "app.py": ASK
        + """
import streamlit as st, pypdf
f = st.file_uploader("x")
r = pypdf.PdfReader(f)
t = ""
for p in r.pages:
    t += p.extract_text()
ask(t)
""",
    },
    "fastapi upload": {
        "app.py": ASK
        + """
from fastapi import FastAPI, UploadFile
app = FastAPI()
@app.post("/x")
async def x(file: UploadFile):
    t = (await file.read()).decode()
    ask(t)
""",
    },
}

NOT_REACHED: dict[str, dict[str, str]] = {
    "crew: fixed texts": {
        "a.py": CREW
        + """
@app.route("/look", methods=["POST"])
def look():
    print(request.json["text"])
    a = Agent(role="x", goal="y", backstory="z", llm=llm)
    t = Task(description=f"Look at {a.role}", expected_output="x", agent=a)
    return Crew(agents=[a], tasks=[t]).kickoff()
""",
    },
    "another argument of a partial": {
        "app.py": ASK
        + """
import threading
from functools import partial
def work(q, to, note=None):
    ask(q)
    print(to, note)
send = partial(work, "Add 3 and 4", input("> "), note=input("> "))
threading.Thread(target=send).start()
""",
    },
    "argparse choices": {
        "app.py": ASK
        + """
import argparse
p = argparse.ArgumentParser(); p.add_argument("--lang", choices=["de","en"]); a = p.parse_args()
ask("text in " + a.lang)
""",
    },
    "argparse another prompt": {
        "app.py": ASK
        + """
import argparse
def run(args):
    ask(args.prompt or "Describe it.")
def main():
    p = argparse.ArgumentParser(); p.add_argument("--system-prompt", "--prompt", dest="prompt"); run(p.parse_args())
main()
""",
    },
    "cron no": {
        "app.py": ASK
        + """
import feedparser
for e in feedparser.parse("http://x").entries:
    ask(e.title)
""",
    },
    "email no": {
        "app.py": ASK
        + """
import imaplib
m = imaplib.IMAP4_SSL("x")
t, d = m.search(None, "ALL")
ask(str(d))
""",
    },
}


@pytest.mark.parametrize("files", REACHED.values(), ids=REACHED.keys())
def test_reached(files: dict[str, str]) -> None:
    assert [c.user_input for c in calls_of(files)] == [True] * len(calls_of(files))


@pytest.mark.parametrize("files", NOT_REACHED.values(), ids=NOT_REACHED.keys())
def test_not_reached(files: dict[str, str]) -> None:
    assert {c.user_input for c in calls_of(files)} == {False}


def test_a_factory_of_many_classes() -> None:
    classes = "".join(
        f"class P{n}:\n    def reply(self, q):\n"
        f"        return OpenAI().chat.completions.create(model='m{n}', messages=[{{'role': 'user', 'content': q}}])\n"
        for n in range(30)
    )
    choices = "".join(f"    if name == 'p{n}':\n        return P{n}()\n" for n in range(30))
    route = (
        "from flask import Flask, request\napp = Flask(__name__)\n@app.route('/q', methods=['POST'])\n"
        "def q():\n    return make(request.json['n']).reply(request.json['q'])\n"
    )
    calls = calls_of({"a.py": f"from openai import OpenAI\n{classes}def make(name):\n{choices}{route}"})
    assert [c.user_input for c in calls] == [True] * 30


def test_wrappers_of_the_name_of_what_they_forward_to() -> None:
    send = "OpenAI().chat.completions.create(model='m', messages=[{'role': 'user', 'content': q}])"
    classes = "".join(
        f"class {name}:\n" + "".join(f"    def {m}(self, q):\n        return {send}\n" for m in ("ask", "use"))
        for name in ("P", "Q", "R(P)")
    )
    calls = calls_of(
        {
            "a.py": f"""
import sys
from openai import OpenAI
{classes}
MAP = {{"p": P, "q": Q, "r": R}}
def get(name=None): return MAP[name]()
def ask(q, name=None): return get(name).ask(q)
def use(q, name=None): return get(name).use(q)
def main(kind):
    m = input("> ")
    while True:
        if use(m, kind):
            break
    ask(m, kind)
main(sys.argv[1])
"""
        }
    )
    assert [(c.user_input, c.loop.kind) for c in calls] == [(True, "none"), (True, "unbounded")] * 3


GRAPH = """
from langchain_openai import ChatOpenAI
from langgraph.graph import StateGraph
llm = ChatOpenAI()
def node(state):
    return {"messages": [llm.invoke(state["messages"])]}
builder = StateGraph(dict)
builder.add_node("n", node)
graph = builder.compile()
"""


def test_a_graph_is_judged_by_its_own_runs() -> None:
    calls = calls_of(
        {
            "asked.py": GRAPH + 'graph.invoke({"messages": [input("> ")]})\n',
            "fixed.py": GRAPH + 'graph.invoke({"messages": ["Add 3 and 4"]})\n',
        }
    )
    assert {c.at.path: c.user_input for c in calls} == {"asked.py": True, "fixed.py": False}


HELPER = """
from fastapi import FastAPI
import feedparser
app = FastAPI()
def fetch(source):
    if source == "rss":
        return feedparser.parse("http://example.org").entries
    return feedparser.parse("http://example.com").entries
def find(items, wanted):
    for item in items:
        if item.id == wanted:
            return item
@app.post("/x")
def x(source: str, wanted: str):
    BODY
"""


@pytest.mark.parametrize(
    ("body", "reached"),
    [
        ("ask(fetch(source)[0].title)", False),
        ("ask(find(fetch(source), wanted).title)", True),
        ("ask(fetch(source)[0].title + source)", True),
    ],
    ids=["what it chooses by is dropped", "what it looks up by is not", "beside the text itself"],
)
def test_what_a_helper_does_with_it(body: str, reached: bool) -> None:
    calls = calls_of({"app.py": ASK + HELPER.replace("BODY", body)})
    assert [c.user_input for c in calls] == [reached]


TASKS = {
    "models.py": """
from sqlalchemy import Column, Integer, String
from sqlalchemy.orm import declarative_base
Base = declarative_base()
class Doc(Base):
    __tablename__ = "docs"
    id = Column(Integer, primary_key=True)
    text = Column(String)
    source = Column(String)
    pages = Column(Integer)
""",
    "crud.py": """
from models import Doc
def create(db, data):
    doc = Doc(text=data["text"], source="web", pages=data["pages"])
    db.add(doc)
    return doc
def get(db, number):
    return db.query(Doc).filter(Doc.id == number).first()
""",
    "api.py": """
from fastapi import FastAPI
from work import jobs
import crud
app = FastAPI()
@app.post("/docs")
def add(body: dict, db=None):
    doc = crud.create(db, body)
    SEND
""",
    "work/__init__.py": "from work import jobs",
    "work/jobs.py": """
from celery import Celery
from openai import OpenAI
import crud
app = Celery("x")
client = OpenAI()
@app.task(bind=True)
def summarize(self, number: int, title: str, text: str = "", more: str = ""):
    doc = crud.get(Session(), number)
    client.chat.completions.create(model="m", messages=[{"role": "user", "content": PROMPT}])
""",
}


@pytest.mark.parametrize(
    ("send", "prompt", "reached"),
    [
        ("jobs.summarize.delay(doc.id, 'x', body['text'])", "text", True),
        ("jobs.summarize.delay(doc.id, body['text'])", "text", False),
        ("jobs.summarize.apply_async(args=[doc.id, body['text']], countdown=3)", "title", True),
        ("jobs.summarize.apply_async(args=[doc.id, 'x'], kwargs={'more': body['text']})", "more", True),
        ("jobs.summarize.apply_async((doc.id, 'x', body['text']))", "title", False),
        ("jobs.summarize.delay(doc.id, 'x')", "doc.text", True),
        ("jobs.summarize.delay(doc.id, 'x')", "doc.source", False),
        ("jobs.summarize.delay(doc.id, 'x')", "str(doc.pages)", False),
    ],
)
def test_a_task_of_a_queue_and_what_a_table_keeps_for_it(send: str, prompt: str, reached: bool) -> None:
    files = {p: t.replace("SEND", send).replace("PROMPT", prompt) for p, t in TASKS.items()}
    assert [c.user_input for c in calls_of(files)] == [reached]


def test_a_method_of_an_injected_object_is_no_route_of_its_name() -> None:
    files = {
        "agent.py": """
from openai import OpenAI
class Agent:
    def __init__(self):
        self.client = OpenAI()
    def chat(self, text):
        return self.client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
_agent = None
def get_agent():
    global _agent
    if _agent is None:
        _agent = Agent()
    return _agent
""",
        "routes.py": """
from fastapi import APIRouter, Depends
from agent import Agent, get_agent
router = APIRouter()
@router.post("/chat")
async def chat(body: dict, agent: Agent = Depends(get_agent)):
    return agent.chat(body["text"])
""",
    }
    assert [c.user_input for c in calls_of(files)] == [True]


def test_a_notebook_alone() -> None:
    cell = '{"cell_type": "code", "metadata": {}, "outputs": [], "source": ["%s"]}'
    code = "\\n".join(
        ["from litellm import completion", "q = input()", "completion(model='gpt-4o', messages=[{'content': q}])"]
    )
    notebook = '{"nbformat": 4, "nbformat_minor": 0, "metadata": {}, "cells": [%s]}' % (cell % code)
    tree = MemoryTree({"a.ipynb": notebook})
    assert [c.user_input for c in build_repo(tree, catalog()).llm_calls] == [True]


@pytest.mark.parametrize(
    ("depends", "guarded"), [("user=Depends(get_current_user)", True), ("db=Depends(database)", False)]
)
def test_a_dependency_that_depends_on_a_login(depends: str, guarded: bool) -> None:
    files = {
        "app.py": ASK
        + """
from fastapi import Depends, FastAPI, HTTPException
app = FastAPI()
def database():
    return 1
def get_current_user(db=Depends(database)):
    if not db.user:
        raise HTTPException(401)
    return db.user
def active_plan(DEPENDS):
    return 1
@app.post("/x")
def x(body: dict, plan=Depends(active_plan)):
    return ask(body["text"])
""".replace("DEPENDS", depends)
    }
    (call,) = calls_of(files)
    assert [isinstance(r.auth, Given) for r in call.routes] == [guarded]


KEPT = """
from fastapi import FastAPI
app = FastAPI()
jobs = {}
notes = []
@app.post("/q")
def put(i: str, text: str, size: int):
    PUT
@app.get("/r/{i}")
def read(i: str):
    READ
"""


@pytest.mark.parametrize(
    ("put", "read", "reached"),
    [
        ("jobs[i] = text", "ask(jobs[i])", True),
        ("jobs[i] = {'text': text}", "ask(jobs.get(i)['text'])", True),
        ("jobs[i]['text'] = text", "ask(jobs.pop(i))", True),
        ("jobs.setdefault(i, []).append(text)", "ask(jobs[i][-1])", True),
        ("notes.append(text)", "ask(notes)", True),
        ("notes.append(text)", "notes.append('Tell more')\n    ask(notes)", True),
        ("jobs['last'] = text", "ask(jobs['last'])", True),
        ("jobs['last'] = text", "ask(jobs['first'])", False),
        ("jobs[i] = size", "ask(jobs[i])", False),
        ("jobs.setdefault(i, [])", "ask(jobs[i])", False),
        ("jobs = {}\n    jobs[i] = text", "ask(jobs[i])", False),
        ("jobs[i] = text", "jobs = {}\n    ask(jobs['x'])", False),
        ("print(text)", "ask(jobs[i])", False),
    ],
)
def test_what_one_route_keeps_for_another(put: str, read: str, reached: bool) -> None:
    calls = calls_of({"app.py": ASK + KEPT.replace("PUT", put).replace("READ", read)})
    assert [c.user_input for c in calls] == [reached]

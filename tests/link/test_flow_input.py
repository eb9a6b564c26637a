"""People's text that reaches a prompt; and the routes by which it comes, with what protects them."""

from __future__ import annotations

import pytest

from auditor.model.setting import Absent, Given, Unclear
from tests.link.flows import ASK, CALL, JS_CALL, PYTHON, SCRIPT, SEND, call_of, calls_of

FASTAPI = "from fastapi import FastAPI, Depends\nfrom pydantic import BaseModel\napp = FastAPI()\n"

VUE = (
    "<script setup>\n"
    + SCRIPT
    + "const q = ref('');\nconst send = async () => { await JS_CALL; };\n</script>\n".replace(
        "JS_CALL", JS_CALL.replace("content: q", "content: q.value")
    )
)
SVELTE = "<script>\n" + SCRIPT + f"let q = '';\nconst send = async () => {{ await {JS_CALL}; }};\n</script>\n"
PAGE = "<script type=module>\n" + SCRIPT + f"const send = async (q) => {{ await {JS_CALL}; }};\n</script>\n"

REQUEST = (
    "from flask import Flask, request\nimport db\napp = Flask(__name__)\n"
    "@app.route('/themes', methods=['POST'])\ndef themes():\n"
)
RECORDS = (
    "from flask import Flask, request\napp = Flask(__name__)\ndef collect(topic):\n    out = []\n"
    "    for line in open('news.txt'):\n        n = {'title': line}\n        n['topic'] = topic\n        out.append(n)\n"
    "    return out\n@app.route('/themes', methods=['POST'])\ndef themes():\n"
)


def kept(column: str, query: str, read: str) -> dict[str, str]:
    """What a person types goes into one module's table, and another module asks about what it reads."""
    return {
        "store.py": "import sqlite3\nimport streamlit as st\nc = sqlite3.connect('a.db')\ndef save(word, mood):\n"
        f"    c.execute('INSERT INTO words ({column}, mood) VALUES (?, ?)', (word, mood))\nsave(st.text_input('Word'), 'glad')\n",
        "app.py": PYTHON
        + ASK
        + "import sqlite3\nc = sqlite3.connect('a.db')\ndef fetched(c, sql):\n    cur = c.cursor()\n"
        f"    cur.execute('{query}')\n    return cur.fetchall()\ndef load():\n    sql = '{query}'\n    return {read}\n"
        "ask(', '.join(r[0] for r in load()))\n",
    }


CASES: dict[str, tuple[bool, dict[str, str]]] = {
    "constant": (False, {"a.py": PYTHON + ASK + "ask('hello')\n"}),
    "FastAPI body": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "web.py": FASTAPI + "from llm import ask\nclass Body(BaseModel):\n    text: str\n"
            "@app.post('/chat')\ndef chat(body: Body):\n    return ask(body.text)\n",
        },
    ),
    "built by a record": (
        True,
        {
            "rec.py": "from dataclasses import dataclass\n@dataclass\nclass Prompt:\n    head: str\n    body: list\n"
            "    def render(self):\n        return [m for m in self.body]\n",
            "llm.py": PYTHON + "from rec import Prompt\ndef ask(text):\n    prompt = Prompt('x', [text])\n"
            "    return client.chat.completions.create(model='m', messages=prompt.render())\n",
            "web.py": FASTAPI + "from llm import ask\n@app.post('/c')\ndef c(text: str):\n    return ask(text)\n",
        },
    ),
    "built by a record of constants": (
        False,
        {
            "rec.py": "from dataclasses import dataclass\n@dataclass\nclass Prompt:\n    head: str\n"
            "    def render(self):\n        return [self.head]\n",
            "llm.py": PYTHON + "from rec import Prompt\ndef ask():\n    prompt = Prompt('x')\n"
            "    return client.chat.completions.create(model='m', messages=prompt.render())\n",
            "web.py": FASTAPI + "from llm import ask\n@app.post('/c')\ndef c(text: str):\n    return ask()\n",
        },
    ),
    "FastAPI number": (
        False,
        {
            "llm.py": PYTHON + ASK,
            "web.py": FASTAPI + "from llm import ask\n@app.get('/n')\ndef n(count: int):\n"
            "    return ask(f'tell {count} jokes')\n",
        },
    ),
    "FastAPI injected service": (
        False,
        {
            "llm.py": PYTHON + ASK,
            "web.py": FASTAPI + "from llm import ask\ndef settings():\n    return 'x'\n"
            "@app.get('/n')\ndef n(s = Depends(settings)):\n    return ask(s)\n",
        },
    ),
    "Flask": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "web.py": "from flask import Flask, request\nfrom llm import ask\napp = Flask(__name__)\n"
            "@app.route('/chat', methods=['POST'])\ndef chat():\n    return ask(request.json['text'])\n",
        },
    ),
    "Django view": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "views.py": "from llm import ask\ndef chat(request):\n    return ask(request.POST['q'])\n",
            "urls.py": "from django.urls import path\nfrom views import chat\nurlpatterns = [path('chat', chat)]\n",
        },
    ),
    "Streamlit": (
        True,
        {"app.py": PYTHON + ASK + "import streamlit as st\nq = st.text_input('Ask')\nif q:\n    st.write(ask(q))\n"},
    ),
    "Streamlit session": (
        True,
        {
            "app.py": PYTHON + "import streamlit as st\nif q := st.chat_input():\n"
            "    st.session_state.messages.append({'role': 'user', 'content': q})\n"
            "    client.chat.completions.create(model='m', messages=st.session_state.messages)\n"
        },
    ),
    "Telegram": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "bot.py": "from telegram.ext import ApplicationBuilder, MessageHandler, filters\nfrom llm import ask\n"
            "async def on_text(update, context):\n    ask(update.message.text)\n"
            "app = ApplicationBuilder().token('x').build()\napp.add_handler(MessageHandler(filters.TEXT, on_text))\n",
        },
    ),
    "Discord": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "bot.py": "import discord\nfrom llm import ask\nclient = discord.Client()\n"
            "@client.event\nasync def on_message(message):\n    ask(message.content)\n",
        },
    ),
    "Slack assistant": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "bot.py": "from slack_bolt.async_app import AsyncAssistant\nfrom llm import ask\n"
            "assistant = AsyncAssistant()\n"
            "@assistant.user_message\nasync def answer(payload, say):\n    await say(ask(payload['text']))\n",
        },
    ),
    "Slack assistant, a thread's first word": (
        False,
        {
            "llm.py": PYTHON + ASK,
            "bot.py": "from slack_bolt import Assistant\nfrom llm import ask\nassistant = Assistant()\n"
            "@assistant.thread_started\ndef greet(say):\n    say(ask('Greet somebody.'))\n",
        },
    ),
    "Discord form": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "bot.py": "import discord\nfrom llm import ask\nclass Form(discord.ui.Modal, title='x'):\n"
            "    q = discord.ui.TextInput(label='q')\n    async def on_submit(self, i):\n        ask(self.q.value)\n",
        },
    ),
    "GraphQL": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "api.py": "import strawberry\nfrom llm import ask\n@strawberry.type\nclass Mutation:\n"
            "    @strawberry.mutation\n    def sum(self, text: str) -> str:\n        return ask(text)\n",
        },
    ),
    "Discord command in its file": (
        True,
        {
            "ask.js": SCRIPT + SEND + "import { SlashCommandBuilder } from 'discord.js';\n"
            "export default { data: new SlashCommandBuilder(), async execute(interaction) {\n"
            "  await interaction.reply(await ask(interaction.options.getString('q')));\n} };\n"
        },
    ),
    "Discord command as exports": (
        True,
        {
            "ask.js": SCRIPT + SEND + "import { SlashCommandBuilder } from 'discord.js';\n"
            "export const data = new SlashCommandBuilder();\nexport async function execute(interaction) {\n"
            "  await interaction.reply(await ask(interaction.options.getString('q')));\n}\n"
        },
    ),
    "Discord event in its file": (
        True,
        {
            "llm.js": SCRIPT + SEND,
            "event.js": "const { ask } = require('./llm');\nmodule.exports = { name: 'messageCreate',\n"
            "  async execute(message) { await message.reply(await ask(message.content)); } };\n",
        },
    ),
    "something else with a name that is executed": (
        False,
        {
            "llm.js": SCRIPT + SEND,
            "step.js": "const { ask } = require('./llm');\nmodule.exports = { name: 'sum',\n"
            "  async execute(message) { return ask(message.content); } };\n",
        },
    ),
    "a number out of a request": (
        False,
        {
            "web.py": PYTHON
            + ASK
            + REQUEST
            + "    n = int(request.json.get('count', 3))\n    return ask(f'{n} themes')\n"
        },
    ),
    "stored text chosen by a number out of a request": (
        True,
        {
            "web.py": PYTHON + ASK + REQUEST + "    return ask(read(int(request.args['id'])))\n"
            "def read(post_id):\n    return db.find_one(post_id)\n"
        },
    ),
    "uploaded, and read back from a temporary file": (
        True,
        {
            "app.py": PYTHON
            + ASK
            + "import tempfile\nimport pandas as pd\nimport streamlit as st\nup = st.file_uploader('csv')\n"
            "with tempfile.NamedTemporaryFile(delete=False) as tmp:\n    tmp.write(up.getvalue())\n    path = tmp.name\n"
            "for row in pd.read_csv(path).to_dict(orient='records'):\n    ask(row['name'])\n"
        },
    ),
    "a temporary file of the program's own": (
        False,
        {
            "app.py": PYTHON + ASK + "import tempfile\nwith tempfile.NamedTemporaryFile(delete=False) as tmp:\n"
            "    tmp.write(b'x')\n    path = tmp.name\nask(open(path).read())\n"
        },
    ),
    "another field of a record": (
        False,
        {"web.py": PYTHON + ASK + RECORDS + "    return ask(collect(request.json['topic'])[0]['title'])\n"},
    ),
    "that field of a record": (
        True,
        {"web.py": PYTHON + ASK + RECORDS + "    return ask(collect(request.json['topic'])[0]['topic'])\n"},
    ),
    "that field of each record": (
        True,
        {
            "web.py": PYTHON + ASK + RECORDS + "    found = collect(request.json['topic'])\n    for one in found[:3]:\n"
            "        ask(one.get('topic', ''))\n"
        },
    ),
    "another field of each record": (
        False,
        {
            "web.py": PYTHON + ASK + RECORDS + "    found = collect(request.json['topic'])\n    for one in found[:3]:\n"
            "        ask(one.get('title', ''))\n"
        },
    ),
    "the whole record": (
        True,
        {"web.py": PYTHON + ASK + RECORDS + "    return ask(str(collect(request.json['topic'])[0]))\n"},
    ),
    "a field within a field": (
        True,
        {
            "web.py": PYTHON
            + ASK
            + REQUEST
            + "    d = {'a': {'title': request.json['t']}}\n    return ask(d['a']['title'])\n"
        },
    ),
    "a list in a field": (
        True,
        {
            "web.py": PYTHON
            + ASK
            + REQUEST
            + "    d = {'items': []}\n    d['items'].append({'title': request.json['t']})\n"
            "    return ask(d['items'][0]['title'])\n"
        },
    ),
    "a record under a key that is not told": (
        True,
        {
            "web.py": PYTHON
            + ASK
            + REQUEST
            + "    d = {}\n    for k in ('a', 'b'):\n        d[k] = {'title': request.json['t']}\n"
            "    return ask(d['a']['title'])\n"
        },
    ),
    "a field of an answer to what was sent": (
        True,
        {
            "web.py": PYTHON
            + ASK
            + REQUEST
            + "    found = db.search({'q': request.json['t']})\n    return ask(found['title'])\n"
        },
    ),
    "a field of an object's record": (
        True,
        {
            "web.py": PYTHON + ASK + "class Box:\n    def __init__(self, t):\n        self.d = {'a': t, 'b': 1}\n"
            "    def text(self):\n        return self.d['a']\n"
            + REQUEST
            + "    return ask(Box(request.json['t']).text())\n"
        },
    ),
    "kept in a table and read back": (True, kept("value", "SELECT value FROM words", "c.execute(sql).fetchall()")),
    "kept in a table and read through a cursor": (True, kept("value", "SELECT * FROM words", "fetched(c, sql)")),
    "another column of the table": (False, kept("value", "SELECT mood FROM words", "c.execute(sql).fetchall()")),
    "another table": (False, kept("value", "SELECT value FROM feeds", "c.execute(sql).fetchall()")),
    "where texts of others are": (False, kept("feed_url", "SELECT feed_url FROM words", "c.execute(sql).fetchall()")),
    "terminal": (True, {"a.py": PYTHON + ASK + "while True:\n    ask(input('> '))\n"}),
    "command line argument": (True, {"a.py": PYTHON + ASK + "import sys\nask(sys.argv[1])\n"}),
    "file named on the command line": (False, {"a.py": PYTHON + ASK + "import sys\nask(open(sys.argv[1]).read())\n"}),
    "command line argument through a helper": (
        True,
        {"a.py": PYTHON + ASK + "import sys\ndef tidy(x, n=9):\n    return x.strip()[:n]\nask(tidy(sys.argv[1]))\n"},
    ),
    "a helper that others give their arguments": (
        False,
        {
            "a.py": PYTHON
            + ASK
            + "import sys\ndef tidy(x):\n    return x.strip()\nprint(tidy(sys.argv[1]))\nask(tidy('Hello'))\n"
        },
    ),
    "command line argument that chooses a text": (
        False,
        {
            "a.py": PYTHON
            + ASK
            + "import sys\nTEXTS = {'a': 'A'}\ndef text(x):\n    return TEXTS[x]\nask(text(sys.argv[1]))\n"
        },
    ),
    "scheduled feed": (
        False,
        {
            "a.py": PYTHON + ASK + "import feedparser\nfrom celery import shared_task\n@shared_task\ndef job():\n"
            "    for e in feedparser.parse('https://example.org/rss').entries[:3]:\n        ask(e.title)\n"
        },
    ),
    "task that gets a text": (
        True,
        {
            "llm.py": PYTHON + ASK,
            "tasks.py": "from celery import shared_task\nfrom llm import ask\n@shared_task\ndef job(text):\n"
            "    ask(text)\n",
            "web.py": "from flask import Flask, request\nfrom tasks import job\napp = Flask(__name__)\n"
            "@app.route('/x')\ndef x():\n    job.delay(request.args['q'])\n",
        },
    ),
    "attribute of an object": (
        True,
        {
            "bot.py": PYTHON + "class Chat:\n    def __init__(self):\n        self.history = []\n"
            "    def say(self, text):\n        self.history.append({'role': 'user', 'content': text})\n"
            "        return client.chat.completions.create(model='m', messages=self.history)\n",
            "main.py": "from bot import Chat\nchat = Chat()\nchat.say(input())\n",
        },
    ),
    "database that is written elsewhere": (
        False,
        {
            "a.py": PYTHON + "from flask import Flask, request\nfrom store import Repository\napp = Flask(__name__)\n"
            "class Service:\n    def __init__(self, repo):\n        self.repo = repo\n"
            "    def save(self, text):\n        self.repo.update(text)\n"
            "    def report(self):\n"
            "        return client.chat.completions.create(model='m', messages=[self.repo.totals()])\n"
            "service = Service(Repository())\n@app.route('/save')\ndef save():\n    service.save(request.json['text'])\n"
            "service.report()\n"
        },
    ),
    "how many, never what": (
        False,
        {
            "a.py": PYTHON + ASK + "from flask import Flask, request\nfrom feeds import read\napp = Flask(__name__)\n"
            "@app.route('/x')\ndef x():\n    ask(read('news', limit=request.args['n']))\n"
        },
    ),
    "prompt builder": (
        True,
        {
            "a.py": PYTHON + "def build(q):\n    return f'Answer {q}'\n"
            "def run():\n    p = build(input())\n"
            "    client.chat.completions.create(model='m', messages=[{'content': p}])\nrun()\n"
        },
    ),
    "only a comparison": (
        False,
        {
            "a.py": PYTHON + ASK + "short = input() == 'short'\nask('be brief' if short else 'be long')\n",
        },
    ),
    "Express": (
        True,
        {
            "llm.ts": SCRIPT + SEND,
            "web.ts": 'import express from "express";\nimport { ask } from "./llm";\nconst app = express();\n'
            'app.post("/chat", async (req, res) => { res.json(await ask(req.body.text)); });\n',
        },
    ),
    "Next.js route": (
        True,
        {
            "lib/llm.ts": SCRIPT + SEND,
            "app/api/chat/route.ts": 'import { ask } from "../../../lib/llm";\nexport async function POST(req: Request) {\n'
            "  const { text } = await req.json();\n  return Response.json(await ask(text));\n}\n",
        },
    ),
    "Next.js pages": (
        True,
        {
            "lib/llm.ts": SCRIPT + SEND,
            "pages/api/chat.ts": 'import { ask } from "../../lib/llm";\nexport default async function handler(req, res) {\n'
            "  res.json(await ask(req.body.text));\n}\n",
        },
    ),
    "React form": (
        True,
        {
            "src/App.jsx": SCRIPT + 'import { useState } from "react";\nexport default function App() {\n'
            '  const [text, setText] = useState("");\n'
            "  const send = async () => { await client.chat.completions.create({ model: 'm', messages: [{ content: text }] }); };\n"
            "  return <button onClick={send}>ok</button>;\n}\n",
        },
    ),
    "Vue form": (True, {"a.vue": '<template><textarea v-model.trim="q" /><b @click="send">x</b></template>\n' + VUE}),
    "Vue text of its own": (False, {"a.vue": '<template><p>{{ q }}</p><b @click="send">x</b></template>\n' + VUE}),
    "Vue form of an older component": (
        True,
        {
            "a.vue": "<template><input v-model='form.q'/><b v-on:click='send()'>x</b></template>\n<script>\n"
            "import { client } from './client';\nexport default { data() { return { form: { q: '' } }; },\n"
            "  methods: { async send() { await client.chat.completions.create({ model: 'm', messages: [this.form.q] }); } } };\n"
            "</script>\n",
            "client.js": SCRIPT.replace("const client", "export const client"),
        },
    ),
    "Svelte form": (True, {"a.svelte": SVELTE + "<input bind:value={q} /><b on:click={send}>x</b>\n"}),
    "Svelte text of its own": (False, {"a.svelte": SVELTE + "<input value={q} /><b on:click={send}>x</b>\n"}),
    "event of a page": (True, {"a.html": PAGE + '<input id=f /><b onclick="send(f.value)">x</b>\n'}),
    "part of an app that nothing uses yet": (
        True,
        {
            "package.json": '{"dependencies": {"vite": "5", "react-dom": "18"}}',
            "index.html": "",
            "src/llm.ts": SCRIPT + "export const ask = async (q: string) => JS_CALL;\n".replace("JS_CALL", JS_CALL),
        },
    ),
    "part of a server that nothing uses yet": (
        False,
        {
            "package.json": '{"dependencies": {"express": "5"}}',
            "src/llm.ts": SCRIPT + "export const ask = async (q: string) => JS_CALL;\n".replace("JS_CALL", JS_CALL),
        },
    ),
    "part of an app that gives it a constant": (
        False,
        {
            "package.json": '{"dependencies": {"vite": "5", "react-dom": "18"}}',
            "index.html": "",
            "src/llm.ts": SCRIPT
            + "const ask = async (q: string) => JS_CALL;\nask('hello');\n".replace("JS_CALL", JS_CALL),
        },
    ),
    "message of a thread that is run": (
        True,
        {
            "pages/api/chat.ts": SCRIPT + "export default async function handler(req, res) {\n"
            "  await client.beta.threads.messages.create('t', { role: 'user', content: req.body.text });\n"
            "  res.json(await client.beta.threads.runs.create('t', { assistant_id: 'a' }));\n}\n",
        },
    ),
    "thread that is run on its own": (
        False,
        {
            "pages/api/chat.ts": SCRIPT + "export default async function handler(req, res) {\n"
            "  await client.beta.threads.messages.create('t', { role: 'user', content: 'hello' });\n"
            "  res.json(await client.beta.threads.runs.create('t', { assistant_id: 'a' }));\n}\n",
        },
    ),
    "stored text chosen by a number": (
        True,
        {
            "llm.service.ts": SCRIPT + SEND,
            "reviews.controller.ts": "import { Controller, Get, Param } from '@nestjs/common';\nimport { ask } from './llm.service';\n"
            "@Controller('reviews')\nexport class Reviews {\n  constructor(private readonly rows: Rows) {}\n"
            "  @Get(':productId')\n  async sum(@Param('productId') productId: number) {\n"
            "    const found = await this.rows.findOne({ where: { id: productId } });\n    return ask(found.text);\n  }\n}\n",
        },
    ),
    "a number alone": (
        False,
        {
            "llm.service.ts": SCRIPT + SEND,
            "reviews.controller.ts": "import { Controller, Get, Param } from '@nestjs/common';\nimport { ask } from './llm.service';\n"
            "@Controller('reviews')\nexport class Reviews {\n"
            "  @Get(':productId')\n  async sum(@Param('productId') productId: number) {\n"
            "    return ask(`product ${productId}`);\n  }\n}\n",
        },
    ),
    "body of a framework that finds its controllers itself": (
        True,
        {
            "src/llm.js": SCRIPT + SEND,
            "src/api/x/controllers/x.js": "const { ask } = require('../../../llm');\n"
            "module.exports = { async make(ctx) {\n  const { text } = ctx.request.body;\n  return ask(text);\n} };\n",
        },
    ),
    "worker of a queue": (
        True,
        {
            "work.js": SCRIPT + SEND + 'import async from "async";\n'
            "export const jobs = async.queue(async ({ text }) => { await ask(text); }, 1);\n",
            "bot.js": 'import { Client } from "discord.js";\nimport { jobs } from "./work.js";\nconst bot = new Client();\n'
            'bot.on("messageCreate", (message) => { jobs.push({ text: message.content }); });\n',
        },
    ),
    "worker of a queue of constants": (
        False,
        {
            "work.js": SCRIPT + SEND + 'import async from "async";\n'
            "export const jobs = async.queue(async ({ text }) => { await ask(text); }, 1);\njobs.push({ text: 'hello' });\n"
        },
    ),
    "callback of a helper that listens": (
        True,
        {
            "llm.js": SCRIPT + SEND,
            "dom.js": "export function onPrompt(box, done) {\n"
            "  box.onclick = async () => { const field = document.querySelector('#q'); await done(field.value); };\n}\n",
            "main.js": 'import { ask } from "./llm.js";\nimport { onPrompt } from "./dom.js";\n'
            "onPrompt(window.box, async (prompt) => { await ask(prompt); });\n",
        },
    ),
    "callback of a helper that gives it a constant": (
        False,
        {
            "llm.js": SCRIPT + SEND,
            "run.js": "export async function each(done) { await done('hello'); }\n",
            "main.js": 'import { ask } from "./llm.js";\nimport { each } from "./run.js";\neach(async (p) => { await ask(p); });\n',
        },
    ),
    "through LangGraph": (
        True,
        {
            "graph.py": PYTHON + "from langgraph.graph import StateGraph\ndef think(state):\n"
            "    return client.chat.completions.create(model='m', messages=state['messages'])\n"
            "g = StateGraph(dict)\ng.add_node('think', think)\napp = g.compile()\n",
            "main.py": "from graph import app\napp.invoke({'messages': [input()]})\n",
        },
    ),
    "what a worker is set up with": (
        False,
        {
            "src/index.ts": "async function work(env, q) {\n"
            "  return fetch('https://api.openai.com/v1/chat/completions', { method: 'POST',\n"
            "    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: q }] }) });\n}\n"
            "export default { async fetch(request, env) {\n  const { results } = await env.DB.prepare('SELECT 1').all();\n"
            "  return work(env, results[0].title);\n} };\n",
        },
    ),
    "what a worker is asked": (
        True,
        {
            "src/index.ts": "async function work(env, q) {\n"
            "  return fetch('https://api.openai.com/v1/chat/completions', { method: 'POST',\n"
            "    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: q }] }) });\n}\n"
            "export default { async fetch(request, env) {\n  return work(env, await request.text());\n} };\n",
        },
    ),
    "what Hono hands on of the platform": (
        False,
        {
            "src/index.ts": 'import { Hono } from "hono";\nconst app = new Hono();\n'
            + "async function work(env, q) {\n"
            "  return fetch('https://api.openai.com/v1/chat/completions', { method: 'POST',\n"
            "    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: q }] }) });\n}\n"
            "app.get('/a', async (c) => work(c.env, await c.env.KV.get('prompt')));\nexport default app;\n",
        },
    ),
    "put into a list in turn": (
        True,
        {
            "app/api/ask/route.ts": SCRIPT
            + "export async function POST(req: Request) {\n  const { messages } = await req.json();\n"
            "  const q: any[] = [];\n  messages.forEach((m: any) => { q.push({ parts: [{ text: m.content }] }); });\n"
            f"  return Response.json(await {JS_CALL});\n}}\n",
        },
    ),
    "a list of the same name, filled in turn": (
        False,
        {
            "app/api/ask/route.ts": SCRIPT
            + "export async function POST(req: Request) {\n  const { messages } = await req.json();\n"
            "  const q = ['hello'];\n  messages.forEach((m: any) => { const q = []; q.push(m.content); });\n"
            f"  return Response.json(await {JS_CALL});\n}}\n",
        },
    ),
    "picked from a table of functions": (
        True,
        {
            "ask.ts": SCRIPT + SEND + "const table: any = { a: ask, b: other };\nfunction other(q) { return q; }\n"
            "export async function go(kind: string, q: string) {\n  const run = table[kind];\n  return await run(q);\n}\n",
            "app/api/ask/route.ts": 'import { go } from "../../../ask";\nexport async function POST(req: Request) {\n'
            "  const { q, kind } = await req.json();\n  return Response.json(await go(kind, q));\n}\n",
        },
    ),
    "called where it stands in a table": (
        True,
        {
            "ask.ts": SCRIPT
            + SEND
            + "const TABLE = { a: ask };\nexport const go = (kind: string, q: string) => TABLE[kind](q);\n",
            "app/api/ask/route.ts": 'import { go } from "../../../ask";\nexport async function POST(req: Request) {\n'
            "  const { q, kind } = await req.json();\n  return Response.json(await go(kind, q));\n}\n",
        },
    ),
    "another table is asked": (
        False,
        {
            "ask.ts": SCRIPT + SEND + "const TABLE = { a: ask };\nconst OTHER = { b: (q: string) => q };\n"
            "export const go = (kind: string, q: string) => OTHER[kind](q);\nTABLE.a('x');\n",
            "app/api/ask/route.ts": 'import { go } from "../../../ask";\nexport async function POST(req: Request) {\n'
            "  const { q, kind } = await req.json();\n  return Response.json(await go(kind, q));\n}\n",
        },
    ),
    "a bound method in a list": (
        True,
        {
            "ask.ts": SCRIPT + "export class M {\n  list = [{ run: this.a.bind(this) }];\n"
            f"  async a(q: string) {{ return {JS_CALL}; }}\n"
            "  async ask(q: string) { for (const x of this.list) return await x.run(q); }\n}\n",
            "app/api/ask/route.ts": 'import { M } from "../../../ask";\nexport async function POST(req: Request) {\n'
            "  const { q } = await req.json();\n  return Response.json(await new M().ask(q));\n}\n",
        },
    ),
    "a bound method in a field": (
        True,
        {
            "ask.ts": SCRIPT
            + "export class M {\n  run: (q: string) => any;\n  constructor() { this.run = this.a.bind(this); }\n"
            f"  private async a(q: string) {{ return {JS_CALL}; }}\n  ask(q: string) {{ return this.run(q); }}\n}}\n",
            "app/api/ask/route.ts": 'import { M } from "../../../ask";\nexport async function POST(req: Request) {\n'
            "  const { q } = await req.json();\n  return Response.json(await new M().ask(q));\n}\n",
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_user_input(name: str) -> None:
    expected, files = CASES[name]
    assert call_of(files).user_input is expected


def test_a_function_that_only_its_name_mentions_is_reached_by_nothing() -> None:
    server = {"package.json": '{"dependencies": {"express": "5"}}'}
    text = SCRIPT + f"export const ask = async (q) => {JS_CALL};\n"
    assert call_of({**server, "llm.ts": text}).reachable is False
    assert call_of({**server, "llm.ts": text + "ask('x');\n"}).reachable is True
    exported = SCRIPT + f"const ask = async (q) => {JS_CALL};\nmodule.exports = {{ ask }};\n"
    assert call_of({**server, "llm.js": exported}).reachable is False


def test_the_user_who_picks_the_model() -> None:
    code = (
        FASTAPI
        + PYTHON
        + (
            "@app.post('/x')\ndef x(body: dict):\n"
            "    return client.chat.completions.create(model=body['model'], messages=['hi'])\n"
        )
    )
    assert call_of({"a.py": code}).user_controls_limits
    fixed = code.replace("body['model']", "'m'")
    assert not call_of({"a.py": fixed}).user_controls_limits


ROUTES = {
    # name: (route, auth, rate limit, files)
    "open": ("POST /chat", False, False, FASTAPI + PYTHON + "@app.post('/chat')\ndef chat(q: str):\n    CALL\n"),
    "dependency": (
        "POST /chat",
        True,
        False,
        FASTAPI
        + PYTHON
        + "def get_current_user(token = Header()):\n    if not known(token):\n        raise HTTPException(401)\n"
        "@app.post('/chat')\ndef chat(q: str, user = Depends(get_current_user)):\n    CALL\n",
    ),
    "slowapi": (
        "POST /chat",
        False,
        True,
        FASTAPI + PYTHON + "from slowapi import Limiter\nlimiter = Limiter(key_func=id)\n"
        "@app.post('/chat')\n@limiter.limit('5/minute')\ndef chat(q: str):\n    CALL\n",
    ),
    "limiter that is never applied": (
        "POST /chat",
        False,
        False,
        FASTAPI
        + PYTHON
        + "from slowapi import Limiter\nlimiter = Limiter(key_func=id)\n@app.post('/chat')\ndef chat(q: str):\n    CALL\n",
    ),
    "Flask login": (
        "POST /chat",
        True,
        False,
        PYTHON + "from flask import Flask\nfrom flask_login import login_required\napp = Flask(__name__)\n"
        "@app.route('/chat', methods=['POST'])\n@login_required\ndef chat(q=''):\n    CALL\n",
    ),
}


@pytest.mark.parametrize("name", ROUTES)
def test_routes(name: str) -> None:
    route, auth, limit, code = ROUTES[name]
    code = code.replace("CALL", "client.chat.completions.create(model='m', messages=[q])")
    (found,) = call_of({"a.py": code}).routes
    assert found.name == route
    assert isinstance(found.auth, Given) is auth
    assert isinstance(found.rate_limit, Given) is limit


@pytest.mark.parametrize(
    ("check", "guarded"),
    [
        (
            "if (!secret || req.headers.get('authorization') !== `Bearer ${secret}`) return new Response('', { status: 401 });",
            True,
        ),
        ("const user = await whoIs(req); if (!user) return Response.json({}, { status: 403 });", True),
        ("if (!text) return Response.json({}, { status: 400 });", False),
        ("if (!process.env.KEY) return Response.json({ error: 'no key' }, { status: 401 });", False),
        ("const user = text.user;", False),
    ],
)
def test_a_handler_that_refuses(check: str, guarded: bool) -> None:
    code = SCRIPT + (
        "export async function POST(req: Request) {\n  const secret = process.env.CRON;\n  const { text } = await req.json();\n"
        f"  {check}\n  return Response.json(await client.chat.completions.create({{ model: 'm', messages: [text] }}));\n}}\n"
    )
    files = {"package.json": '{"dependencies": {"next": "15"}}', "src/app/api/chat/route.ts": code}
    (found,) = call_of(files).routes
    assert isinstance(found.auth, Given) is guarded


@pytest.mark.parametrize(
    ("name", "body", "guarded"),
    [
        ("protect", "next();", True),
        ("gate", "if (!req.user) return res.status(401).json({}); next();", True),
        ("gate", "if (!req.body) return res.sendStatus(400); next();", False),
    ],
)
def test_a_middleware_of_whatever_name(name: str, body: str, guarded: bool) -> None:
    files = {
        "web.js": SCRIPT + f'import express from "express";\nimport {{ {name} }} from "./middleware/x.js";\n'
        "const router = express.Router();\n"
        f'router.post("/chat", {name}, async (req, res) => {{\n'
        "  res.json(await client.chat.completions.create({ model: 'm', messages: [req.body.text] }));\n});\n",
        "middleware/x.js": f"export const {name} = async (req, res, next) => {{ {body} }};\n",
    }
    (found,) = call_of(files).routes
    assert isinstance(found.auth, Given) is guarded


CLERK = (
    'import { clerkMiddleware, createRouteMatcher } from "@clerk/nextjs/server";\n'
    "const isPublicRoute = createRouteMatcher([PUBLIC]);\n"
    "export default clerkMiddleware(async (auth, req) => { if (!isPublicRoute(req)) await auth.protect(); });\n"
    "export const config = { matcher: [MATCHER] };\n"
)


@pytest.mark.parametrize(
    ("middleware", "open_"),
    [
        (CLERK.replace("PUBLIC", "'/', '/sign-in(.*)'").replace("MATCHER", "'/(api|trpc)(.*)'"), False),
        (CLERK.replace("PUBLIC", "'/', '/api(.*)'").replace("MATCHER", "'/(api|trpc)(.*)'"), True),
        (CLERK.replace("PUBLIC", "'/'").replace("MATCHER", "'/dashboard/:path*'"), True),
        (CLERK.replace("PUBLIC", "'/'").replace("MATCHER", "'/api/:path*'"), False),
        (CLERK.replace("PUBLIC", "'/'").replace("MATCHER", "'/((?!_next|.*[.]).*)'"), False),
        (CLERK.replace("PUBLIC", "'/'").replace("MATCHER", "'/((?!api|_next).*)'"), True),
        ("export default authMiddleware({ publicRoutes: ['/api/chat'] });\n", True),
        ("export default authMiddleware({ publicRoutes: ['/about'] });\n", False),
    ],
)
def test_routes_that_a_middleware_lets_through(middleware: str, open_: bool) -> None:
    code = SCRIPT + (
        "export async function POST(req: Request) {\n  const { text } = await req.json();\n"
        "  return Response.json(await client.chat.completions.create({ model: 'm', messages: [text] }));\n}\n"
    )
    files = {"package.json": '{"dependencies": {"next": "15"}}', "src/app/api/chat/route.ts": code}
    (found,) = call_of({**files, "src/middleware.ts": middleware}).routes
    assert isinstance(found.auth, Absent if open_ else Unclear)


def test_express_middleware() -> None:
    code = SCRIPT + (
        'import express from "express";\nimport rateLimit from "express-rate-limit";\nimport { requireAuth } from "./auth";\n'
        "const app = express();\nconst limiter = rateLimit({ max: 5 });\n"
        'app.post("/chat", requireAuth, limiter, async (req, res) => {\n'
        "  res.json(await client.chat.completions.create({ model: 'm', messages: [req.body.text] }));\n});\n"
    )
    (found,) = call_of({"web.ts": code, "auth.ts": "export function requireAuth(req, res, next) { next(); }\n"}).routes
    assert isinstance(found.auth, Given)
    assert isinstance(found.rate_limit, Given)


@pytest.mark.parametrize(
    ("check", "limited"),
    [
        ("const no = await checkAndEnforceChatLimit(req.body.user);\n  if (no) return res.json(no);", True),
        ("if (await isOverDailyLimit(req.body.user)) return res.json({});", True),
        ("if (exceedsTokenLimit(req.body.text)) return res.json({});", False),
        ("await checkChatLimit(req.body.user);  // it throws", True),
    ],
)
def test_limits_that_the_route_checks_itself(check: str, limited: bool) -> None:
    code = SCRIPT + (
        'import express from "express";\nimport { checkAndEnforceChatLimit, isOverDailyLimit, exceedsTokenLimit, checkChatLimit } from "./limits";\n'
        'const app = express();\napp.post("/chat", async (req, res) => {\n  ' + check + "\n"
        "  res.json(await client.chat.completions.create({ model: 'm', messages: [req.body.text] }));\n});\n"
    )
    (found,) = call_of({"web.ts": code}).routes
    assert isinstance(found.rate_limit, Given) is limited


def test_messages_between_the_parts_of_an_extension() -> None:
    code = (
        "chrome.runtime.onMessage.addListener((request, sender, respond) => {\n"
        '  fetch("https://api.openai.com/v1/chat/completions", { method: "POST",\n'
        "    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: request.text }] }) }).then(respond);\n});\n"
    )
    manifest = '{"manifest_version": 3, "name": "x", "version": "1", "background": {"service_worker": "background.js"}}'
    assert call_of({"background.js": code, "manifest.json": manifest}).user_input is True


@pytest.mark.parametrize(("kind", "text"), [("Request", True), ("NextRequest", True), ("Settings", False)])
def test_a_parameter_that_is_a_request_by_its_type(kind: str, text: bool) -> None:
    code = SCRIPT + (
        f"async function answer(req: {kind}) {{\n  const body = await req.json();\n"
        "  return client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: body.text }] });\n}\n"
        "export const routes = [{ path: '/x', handler: answer }];\n"
    )
    assert call_of({"routes.ts": code}).user_input is text


@pytest.mark.parametrize(
    ("code", "reachable"),
    [
        ("def run(q):\n    CALL\n", False),
        ("def run(q):\n    CALL\nrun('x')\n", True),
        ("class A:\n    def run(self, q):\n        CALL\n", False),
        ("def a(q):\n    CALL\n    b(q)\ndef b(q):\n    a(q)\n", False),
    ],
)
def test_dead_code_is_said(code: str, reachable: bool) -> None:
    assert call_of(code).reachable is reachable


KEYS = {
    # name: (the key comes with every request, the way to it)
    "field of the body": (True, "const { q, key } = await req.json();\n  const c = new OpenAI({ apiKey: key });"),
    "empty default": (True, "const { q, key } = await req.json();\n  const c = new OpenAI({ apiKey: key || '' });"),
    "own key stands in": (
        False,
        "const { q, key } = await req.json();\n  const c = new OpenAI({ apiKey: key ?? process.env.OPENAI_API_KEY });",
    ),
    "own key first": (
        False,
        "const { q, key } = await req.json();\n  const own = process.env.OPENAI_API_KEY || key;\n"
        "  const c = new OpenAI({ apiKey: own });",
    ),
    "own key": (
        False,
        "const { q } = await req.json();\n  const c = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });",
    ),
    "no key said": (False, "const { q } = await req.json();\n  const c = new OpenAI();"),
}


@pytest.mark.parametrize("name", KEYS)
def test_the_user_who_brings_the_key(name: str) -> None:
    expected, way = KEYS[name]
    code = (
        'import OpenAI from "openai";\nexport async function POST(req: Request) {\n  ' + way + "\n"
        "  return Response.json(await c.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: q }] }));\n}\n"
    )
    assert call_of({"app/api/chat/route.ts": code}).key_from_request is expected


def test_the_key_that_the_user_of_a_desktop_app_types() -> None:
    code = (
        'import { ipcMain } from "electron";\nimport OpenAI from "openai";\n'
        "async function ask(request) {\n  const c = new OpenAI({ apiKey: KEY });\n"
        "  return c.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: request.text }] });\n}\n"
        "ipcMain.handle('ask', async (event, request) => ask(request));\n"
    )
    package = {"package.json": '{"main": "main.js", "devDependencies": {"electron": "30.0.0"}}'}
    assert call_of({"main.js": code.replace("KEY", "request.key"), **package}).key_from_request
    assert not call_of({"main.js": code.replace("KEY", "process.env.K"), **package}).key_from_request


BEARER = (
    "export async function ask(q: string, key: string) {\n"
    '  return fetch("https://api.openai.com/v1/chat/completions", {\n'
    "    method: 'POST', headers: { Authorization: HEADER },\n"
    "    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: q }] }) });\n}\n"
)
ROUTE = 'import { ask } from "../../../ask";\nexport async function POST(req: Request) {\n'


@pytest.mark.parametrize(
    ("expected", "header", "routes"),
    [
        (True, "`Bearer ${key}`", {"a": "  const b = await req.json();\n  return ask(b.q, b.key);\n}\n"}),
        (True, "'Bearer ' + key", {"a": "  const b = await req.json();\n  return ask(b.q, b.key);\n}\n"}),
        (False, "`Bearer ${process.env.KEY}`", {"a": "  const b = await req.json();\n  return ask(b.q, b.key);\n}\n"}),
        (
            False,  # one of two routes pays itself
            "`Bearer ${key}`",
            {
                "a": "  const b = await req.json();\n  return ask(b.q, b.key);\n}\n",
                "b": "  const b = await req.json();\n  return ask(b.q, process.env.KEY!);\n}\n",
            },
        ),
    ],
)
def test_the_key_in_a_header(expected: bool, header: str, routes: dict[str, str]) -> None:
    files = {
        f"app/api/{name}/route.ts": ROUTE.replace("../../../ask", "../../../lib/ask") + body
        for name, body in routes.items()
    }
    calls = calls_of({"lib/ask.ts": BEARER.replace("HEADER", header), **files})
    assert {c.key_from_request for c in calls} == {expected}


def test_every_class_of_a_large_factory_is_reached() -> None:
    kinds = [f"Bot{n}" for n in range(16)]
    classes = "".join(f"class {k}:\n    def ask(self, q):\n        return {CALL}\n" for k in kinds)
    factory = "def create(kind):\n" + "".join(f"    if kind == '{k}':\n        return {k}()\n" for k in kinds)
    main = "import sys\ncreate(sys.argv[1]).ask(input())\n"
    calls = calls_of({"a.py": PYTHON + classes + factory + main})
    assert len(calls) == 16
    assert all(c.reachable is not False and c.user_input for c in calls)


def test_what_an_orchestrator_calls_is_no_open_route() -> None:
    code = (
        "import azure.durable_functions as df\napp = df.DFApp()\n"
        "@app.activity_trigger(input_name='req')\ndef act(req: dict):\n    return ask(req['q'])\n"
    )
    (call,) = calls_of({"a.py": PYTHON + ASK + code})
    assert call.user_input is True
    assert [r.kind for r in call.routes] == ["function"]

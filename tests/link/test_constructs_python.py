"""How a client and its settings come to a call in Python: one small program for each construct."""

from __future__ import annotations

import pytest

from tests.link.programs import check

CASES: dict[str, dict[str, str]] = {
    "super() in a method": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
class A:
    def ask(self, q):
        return client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
class B(A):
    def ask(self, q):
        return super().ask(q)
B().ask('x')
""",
    },
    "super().__init__ sets the client": {
        "a.py": """
from openai import OpenAI
class A:
    def __init__(self, t):
        self.c = OpenAI(timeout=t)
class B(A):
    def __init__(self):
        super().__init__(30)
    def ask(self):
        return self.c.chat.completions.create(model='m', messages=[])  # CALL openai timeout=30
""",
    },
    "decorator that keeps the function": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
import functools
def log(f):
    @functools.wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner
@log
def get():
    return client
def ask():
    return get().chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "generator yields the client": {
        "a.py": """
from openai import OpenAI
def get():
    yield OpenAI(timeout=20)
for c in get():
    c.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "async generator dependency": {
        "a.py": """
from fastapi import FastAPI, Depends
from openai import AsyncOpenAI
app = FastAPI()
async def get():
    async with AsyncOpenAI(timeout=20) as c:
        yield c
@app.post('/x')
async def x(c=Depends(get)):
    return await c.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "Annotated dependency": {
        "a.py": """
from typing import Annotated
from fastapi import FastAPI, Depends
from openai import AsyncOpenAI
app = FastAPI()
def get() -> AsyncOpenAI:
    return AsyncOpenAI(timeout=20)
Client = Annotated[AsyncOpenAI, Depends(get)]
@app.post('/x')
async def x(c: Client):
    return await c.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "sys.path change": {
        "scripts/run.py": """
import sys, os
sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'core'))
from llm import client
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
        "core/llm.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
""",
    },
    "namespace package": {
        "pkg/sub/llm.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
""",
        "pkg/run.py": """
from pkg.sub.llm import client
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "importlib constant": {
        "a.py": """
import importlib
oa = importlib.import_module('openai')
client = oa.OpenAI(timeout=20)
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "a module of a file that no import can name": {
        "tools/make-llm.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
""",
        "tools/run.py": """
import importlib.util
from pathlib import Path
spec = importlib.util.spec_from_file_location('make_llm', Path(__file__).parent / 'make-llm.py')
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)
made.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "from openai import *": {
        "a.py": """
from openai import *
client = OpenAI(timeout=20)
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "async with": {
        "a.py": """
from openai import AsyncOpenAI
async def f():
    async with AsyncOpenAI(timeout=20) as client:
        await client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "ExitStack": {
        "a.py": """
from contextlib import ExitStack
from openai import OpenAI
with ExitStack() as s:
    client = s.enter_context(OpenAI(timeout=20))
    client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "NamedTuple field": {
        "a.py": """
from typing import NamedTuple
from openai import OpenAI
class D(NamedTuple):
    client: OpenAI
d = D(OpenAI(timeout=20))
d.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "attrs": {
        "a.py": """
import attr
from openai import OpenAI
@attr.s(auto_attribs=True)
class D:
    client: OpenAI = attr.Factory(lambda: OpenAI(timeout=20))
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "dataclass field factory": {
        "a.py": """
from dataclasses import dataclass, field
from openai import OpenAI
@dataclass
class D:
    client: OpenAI = field(default_factory=lambda: OpenAI(timeout=20))
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "pydantic private attr": {
        "a.py": """
from pydantic import BaseModel, PrivateAttr
from openai import OpenAI
class D(BaseModel):
    _client: OpenAI = PrivateAttr(default_factory=lambda: OpenAI(timeout=20))
    def ask(self):
        self._client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "cached_property": {
        "a.py": """
from functools import cached_property
from openai import OpenAI
class D:
    @cached_property
    def client(self):
        return OpenAI(timeout=20)
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "classmethod factory": {
        "a.py": """
from openai import OpenAI
class D:
    def __init__(self, client):
        self.client = client
    @classmethod
    def make(cls):
        return cls(OpenAI(timeout=20))
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
D.make().ask()
""",
    },
    "__new__ singleton": {
        "a.py": """
from openai import OpenAI
class D:
    _i = None
    def __new__(cls):
        if cls._i is None:
            cls._i = super().__new__(cls)
            cls._i.client = OpenAI(timeout=20)
        return cls._i
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
D().ask()
""",
    },
    "__getattr__ proxy": {
        "a.py": """
from openai import OpenAI
class P:
    def __init__(self):
        self._inner = OpenAI(timeout=20)
    def __getattr__(self, n):
        return getattr(self._inner, n)
client = P()
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "lazy global": {
        "a.py": """
from openai import OpenAI
_c = None
def get():
    global _c
    if not _c:
        _c = OpenAI(timeout=20)
    return _c
client = get()
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "try import except": {
        "a.py": """
try:
    from openai import OpenAI
except ImportError:
    OpenAI = None
client = OpenAI(timeout=20) if OpenAI else None
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "TYPE_CHECKING annotation": {
        "a.py": """
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from openai import OpenAI
def ask(client: OpenAI):
    client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=?
""",
    },
    "string annotation": {
        "a.py": """
import openai
class A:
    client: 'openai.OpenAI'
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=?
""",
    },
    "method stored in a variable": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
create = client.chat.completions.create
create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "completions object": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
chat = client.chat
comp = chat.completions
comp.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "getattr constant": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
getattr(client, 'chat').completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "dict by enum": {
        "a.py": """
from enum import Enum
from openai import OpenAI
class P(Enum):
    A = 'a'
CLIENTS = {P.A: OpenAI(timeout=20)}
def ask(p: P):
    client = CLIENTS[p]
    client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "registry decorator": {
        "a.py": """
from openai import OpenAI
REG = {}
def register(n):
    def d(cls):
        REG[n] = cls
        return cls
    return d
@register('a')
class A:
    def __init__(self):
        self.client = OpenAI(timeout=20)
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
REG['a']().ask()
""",
    },
    "default argument object": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
def ask(c=client):
    c.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
ask()
""",
    },
    "deepcopy of a config": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
import copy
BASE = {'max_tokens': 5, 'model': 'm'}
cfg = copy.deepcopy(BASE)
cfg['messages'] = []
client.chat.completions.create(**cfg)  # CALL openai cap=5 timeout=20
""",
    },
    "dict copy and update": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
BASE = {'max_tokens': 5, 'model': 'm'}
cfg = BASE.copy()
cfg.update(messages=[])
client.chat.completions.create(**cfg)  # CALL openai cap=5 timeout=20
""",
    },
    "kwargs.setdefault": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
def ask(**kw):
    kw.setdefault('max_tokens', 5)
    return client.chat.completions.create(model='m', messages=[], **kw)  # CALL openai cap=5 timeout=20
ask()
""",
    },
    "kwargs.get default": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
def ask(**kw):
    return client.chat.completions.create(model='m', messages=[], max_tokens=kw.get('max_tokens', 5))  # CALL openai cap=5 timeout=20
ask()
""",
    },
    "kwargs.pop default": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
def ask(**kw):
    cap = kw.pop('max_tokens', 5)
    return client.chat.completions.create(model='m', messages=[], max_tokens=cap)  # CALL openai cap=5 timeout=20
ask()
""",
    },
    "merge of defaults": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
DEF = {'max_tokens': 5}
def ask(**kw):
    return client.chat.completions.create(**{**DEF, 'model': 'm', 'messages': [], **kw})  # CALL openai cap=5 timeout=20
ask()
""",
    },
    "functools.partial of create": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
from functools import partial
ask = partial(client.chat.completions.create, model='m', max_tokens=5)
ask(messages=[])  # CALL openai cap=5 timeout=20
""",
    },
    "pydantic settings": {
        "a.py": """
from pydantic_settings import BaseSettings
class S(BaseSettings):
    max_tokens: int = 5
    timeout: float = 20
settings = S()
from openai import OpenAI
client = OpenAI(timeout=settings.timeout)
client.chat.completions.create(model='m', messages=[], max_tokens=settings.max_tokens)  # CALL openai cap=5 timeout=20
""",
    },
    "pydantic settings Field": {
        "conf.py": """
from pydantic import Field
from pydantic_settings import BaseSettings
from functools import lru_cache
class S(BaseSettings):
    max_tokens: int = Field(default=5, alias='MAX')
    timeout: float = Field(20, env='T')
@lru_cache
def get_settings():
    return S()
""",
        "a.py": """
from conf import get_settings
from openai import OpenAI
s = get_settings()
client = OpenAI(timeout=s.timeout)
client.chat.completions.create(model='m', messages=[], max_tokens=s.max_tokens)  # CALL openai cap=5 timeout=20
""",
    },
    "dataclass config": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
from dataclasses import dataclass
@dataclass
class Cfg:
    max_tokens: int = 5
def ask(cfg: Cfg):
    client.chat.completions.create(model='m', messages=[], max_tokens=cfg.max_tokens)  # CALL openai cap=5 timeout=20
ask(Cfg())
""",
    },
    "dataclass asdict": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
from dataclasses import dataclass, asdict
@dataclass
class Cfg:
    max_tokens: int = 5
    model: str = 'm'
client.chat.completions.create(messages=[], **asdict(Cfg()))  # CALL openai cap=5 timeout=20
""",
    },
    "class constants": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
class Config:
    MAX = 5
client.chat.completions.create(model='m', messages=[], max_tokens=Config.MAX)  # CALL openai cap=5 timeout=20
""",
    },
    "self attribute from kwargs default": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
class A:
    def __init__(self, **kw):
        self.cap = kw.get('cap', 5)
    def ask(self):
        client.chat.completions.create(model='m', messages=[], max_tokens=self.cap)  # CALL openai cap=5 timeout=20
A().ask()
""",
    },
    "ternary of cap": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
import sys
cap = 5 if sys.argv else 7
client.chat.completions.create(model='m', messages=[], max_tokens=cap)  # CALL openai cap=5 timeout=20
""",
    },
    "httpx client timeout": {
        "a.py": """
import httpx
from openai import OpenAI
client = OpenAI(http_client=httpx.Client(timeout=20))
client.chat.completions.create(model='m', messages=[], max_tokens=5)  # CALL openai cap=5 timeout=20
""",
    },
    "wait_for": {
        "a.py": """
import asyncio
from openai import AsyncOpenAI
c = AsyncOpenAI()
async def f():
    await asyncio.wait_for(c.chat.completions.create(model='m', messages=[], max_tokens=5), 20)  # CALL openai cap=5
""",
    },
    "a file of the name of the package that it imports": {
        "src/ai/openai.py": """
from openai import OpenAI
class Model:
    def __init__(self):
        self.client = OpenAI(timeout=20)
    def ask(self, q):
        return self.client.chat.completions.create(model='m', messages=[])  # CALL openai timeout=20
""",
        "src/ai/anthropic.py": """
import anthropic
client = anthropic.Anthropic(timeout=20)
client.messages.create(model='m', max_tokens=5, messages=[])  # CALL anthropic cap=5 timeout=20
""",
    },
    "a class of a table, chosen at run time": {
        "providers.py": """
from openai import OpenAI
class Hosted:
    def __init__(self, config):
        self.config = config
        self.client = OpenAI(timeout=config.timeout)
    def ask(self):
        return self.client.chat.completions.create(model='m', messages=[], max_tokens=self.config.cap)  # CALL openai cap=200 timeout=20
""",
        "factory.py": """
import os
from dataclasses import dataclass
from providers import Hosted
@dataclass
class Config:
    cap: int | None = None
    timeout: int | None = None
    @classmethod
    def from_env(cls) -> "Config":
        return cls(cap=int(os.getenv("CAP", "200")), timeout=20)
def create(name, config):
    known = {"hosted": Hosted}
    if name not in known:
        raise ValueError(name)
    return known[name](config)
create("hosted", Config.from_env()).ask()
""",
    },
    "a class of a table of another module": {
        "hosted.py": """
from openai import OpenAI
class Hosted:
    def __init__(self, timeout):
        self.client = OpenAI(timeout=timeout)
    def ask(self):
        return self.client.chat.completions.create(model='m', messages=[])  # CALL openai timeout=20
""",
        "registry.py": "from hosted import Hosted\nPROVIDERS = {'hosted': Hosted}\n",
        "main.py": """
from registry import PROVIDERS
def make(name):
    made = PROVIDERS.get(name)
    return made(20)
make('hosted').ask()
""",
    },
    "one name or the other": {
        "a.py": """
from openai import OpenAI
client = OpenAI(timeout=20)
def ask(config, new):
    more = {"model": "m", "messages": []}
    if new:
        more["max_completion_tokens"] = int(config["cap"])
    else:
        more["max_tokens"] = int(config["cap"])
    client.chat.completions.create(**more)  # CALL openai cap=set timeout=20
""",
    },
    "a file called google beside what imports the package": {
        "app/__init__.py": "",
        "app/google.py": """
class Provider:
    def __init__(self):
        from google import genai
        self.client = genai.Client(http_options={'timeout': 20000})
    def ask(self):
        self.client.models.generate_content(model='m', contents='x')  # CALL google timeout=20
""",
    },
    "a key that is not among those that callers are seen to give": {
        "a.py": """
import sys
from openai import OpenAI
CLIENTS = {"slow": OpenAI(timeout=20), "other": OpenAI(timeout=20)}
def ask(name=None):
    CLIENTS[name].chat.completions.create(model='m', messages=[])  # CALL openai timeout=20
ask(sys.argv[1])
ask()
""",
    },
    "the default before what stands under unknown keys": {
        "a.py": """
import os
from openai import OpenAI
def load():
    found = {}
    for name, value in {"url": "https://api.openai.com/v1"}.items():
        found[name] = value
    return found
class Service:
    def __init__(self, config):
        self.client = OpenAI(base_url=config.get("address", "https://openrouter.ai/api/v1"), timeout=20)
    def ask(self):
        self.client.chat.completions.create(model='m', messages=[])  # CALL openrouter timeout=20 kind=gateway-call
Service(load()).ask()
""",
    },
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES.keys())
def test_construct(files: dict[str, str]) -> None:
    check(files)

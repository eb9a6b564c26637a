"""Every construct through which Python code reaches an SDK, through the real reader and catalog."""

from __future__ import annotations

import pytest

from tests.link.programs import check

CLIENT = "from openai import OpenAI\nclient = OpenAI(timeout=20)\n"
CREATE = 'client.chat.completions.create(model="m", messages=[], max_tokens=5)'

CASES: dict[str, dict[str, str]] = {
    "module global": {"a.py": f"{CLIENT}{CREATE}  # CALL openai cap=5 timeout=20 retry=sdk-default\n"},
    "alias": {"a.py": f"import openai as oa\nclient = oa.OpenAI()\n{CREATE}  # CALL openai timeout=none\n"},
    "from import as": {"a.py": f"from openai import OpenAI as Client\nclient = Client()\n{CREATE}  # CALL openai\n"},
    "other file": {"conf.py": CLIENT, "a.py": f"from conf import client\n{CREATE}  # CALL openai timeout=20\n"},
    "relative import": {
        "pkg/__init__.py": "",
        "pkg/conf.py": CLIENT,
        "pkg/sub/__init__.py": "",
        "pkg/sub/a.py": f"from ..conf import client\n{CREATE}  # CALL openai timeout=20\n",
    },
    "re-export": {
        "pkg/__init__.py": "from .conf import client",
        "pkg/conf.py": CLIENT,
        "a.py": f"from pkg import client\n{CREATE}  # CALL openai timeout=20\n",
    },
    "star import of a module": {"conf.py": CLIENT, "a.py": f"from conf import *\n{CREATE}  # CALL openai timeout=20\n"},
    "star import of the SDK": {"a.py": f"from openai import *\nclient = OpenAI()\n{CREATE}  # CALL openai\n"},
    "module attribute": {"conf.py": CLIENT, "a.py": f"import conf\nconf.{CREATE}  # CALL openai timeout=20\n"},
    "dotted module": {
        "pkg/conf.py": CLIENT,
        "a.py": f"import pkg.conf\npkg.conf.{CREATE}  # CALL openai timeout=20\n",
    },
    "src layout": {
        "src/app/conf.py": CLIENT,
        "src/app/web/a.py": f"from app.conf import client\n{CREATE}  # CALL openai timeout=20\n",
    },
    "application in a monorepo": {
        "services/bot/core/conf.py": CLIENT,
        "services/web/core/conf.py": "client = None",
        "services/bot/jobs/a.py": f"from core.conf import client\n{CREATE}  # CALL openai timeout=20\n",
    },
    "conditional import": {
        "a.py": f"""
try:
    from openai import OpenAI
except ImportError:
    OpenAI = None
client = OpenAI()
{CREATE}  # CALL openai
""",
    },
    "lazy import": {
        "a.py": f"""
def ask():
    from openai import OpenAI
    client = OpenAI(timeout=3)
    return {CREATE}  # CALL openai timeout=3
""",
    },
    "attribute set in __init__": {
        "a.py": """
from openai import OpenAI
class Bot:
    def __init__(self):
        self.client = OpenAI(timeout=7)
    def ask(self):
        return self.client.chat.completions.create(model="m", messages=[])  # CALL openai timeout=7 cap=none
""",
    },
    "attribute set elsewhere": {
        "a.py": """
from openai import OpenAI
class Bot:
    client = None
    def connect(self):
        self.client = OpenAI(timeout=7)
    def ask(self):
        return self.client.responses.create(model="m", input="q", max_output_tokens=9)  # CALL openai timeout=7 cap=9
""",
    },
    "class attribute": {
        "a.py": """
from openai import OpenAI
class Bot:
    client = OpenAI(timeout=7)
    @classmethod
    def ask(cls):
        return cls.client.embeddings.create(model="m", input="q")  # CALL openai timeout=7
""",
    },
    "property": {
        "a.py": """
from openai import OpenAI
class Bot:
    _client = None
    @property
    def client(self):
        if self._client is None:
            self._client = OpenAI(timeout=7)
        return self._client
    def ask(self):
        return self.client.chat.completions.create(model="m", messages=[])  # CALL openai timeout=7
""",
    },
    "dataclass field": {
        "a.py": """
from dataclasses import dataclass, field
from openai import OpenAI
@dataclass
class Bot:
    client: OpenAI = field(default_factory=lambda: OpenAI(timeout=7))
    def ask(self):
        return self.client.chat.completions.create(model="m", messages=[])  # CALL openai timeout=7
""",
    },
    "factory": {
        "conf.py": "from openai import OpenAI\ndef make(timeout=8):\n    return OpenAI(timeout=timeout)\n",
        "a.py": f"from conf import make\nclient = make()\n{CREATE}  # CALL openai timeout=8\n",
    },
    "cached factory": {
        "a.py": """
from functools import lru_cache
from openai import OpenAI
@lru_cache(maxsize=1)
def get():
    return OpenAI(timeout=8)
get().chat.completions.create(model="m", messages=[])  # CALL openai timeout=8
""",
    },
    "factory with a global": {
        "a.py": """
from openai import OpenAI
_client = None
def get():
    global _client
    if _client is None:
        _client = OpenAI(timeout=8)
    return _client
get().chat.completions.create(model="m", messages=[])  # CALL openai timeout=8
""",
    },
    "parameter by call site": {
        "a.py": f"def ask(client):\n    return {CREATE}  # CALL openai timeout=6\n",
        "b.py": "from openai import OpenAI\nfrom a import ask\nask(OpenAI(timeout=6))\n",
    },
    "parameter by annotation": {
        "a.py": f"from openai import OpenAI\ndef ask(client: OpenAI):\n    return {CREATE}  # CALL openai timeout=? cap=5\n",
    },
    "parameter by default": {
        "a.py": f"from openai import OpenAI\ndef ask(client=OpenAI(timeout=6)):\n    return {CREATE}  # CALL openai timeout=6\n",
    },
    "dependency injection": {
        "a.py": f"""
from fastapi import Depends
from openai import OpenAI
def get():
    yield OpenAI(timeout=6)
def ask(client: OpenAI = Depends(get)):
    return {CREATE}  # CALL openai timeout=6
""",
    },
    "injected into a class": {
        "a.py": """
from openai import OpenAI
class Bot:
    def __init__(self, client=None):
        self.client = client or OpenAI(timeout=6)
    def ask(self):
        return self.client.chat.completions.create(model="m", messages=[])  # CALL openai timeout=6
""",
    },
    "context manager": {
        "a.py": f"from openai import OpenAI\nwith OpenAI(timeout=6) as client:\n    {CREATE}  # CALL openai timeout=6\n",
    },
    "async context manager of our own": {
        "a.py": f"""
from contextlib import asynccontextmanager
from openai import AsyncOpenAI
@asynccontextmanager
async def session():
    yield AsyncOpenAI(timeout=6)
async def main():
    async with session() as client:
        await {CREATE}  # CALL openai timeout=6
""",
    },
    "walrus": {
        "a.py": f"from openai import OpenAI\nif (client := OpenAI(timeout=6)):\n    {CREATE}  # CALL openai timeout=6\n"
    },
    "tuple assignment": {
        "a.py": f"from openai import OpenAI\nclient, x = OpenAI(timeout=6), 1\n{CREATE}  # CALL openai timeout=6\n"
    },
    "dict of clients": {
        "a.py": """
from openai import OpenAI
CLIENTS = {"fast": OpenAI(timeout=6)}
CLIENTS["fast"].chat.completions.create(model="m", messages=[])  # CALL openai timeout=6
""",
    },
    "list of providers": {
        "a.py": """
from openai import OpenAI
class Router:
    def __init__(self):
        self.all = []
        self.all.append({"client": OpenAI(timeout=6, max_retries=0)})
    def ask(self):
        for one in self.all:
            c = one["client"]
            c.chat.completions.create(model="m", messages=[])  # CALL openai timeout=6 retry=none
""",
    },
    "partial": {
        "a.py": """
from functools import partial
from openai import OpenAI
def ask(client, cap):
    return client.chat.completions.create(model="m", messages=[], max_tokens=cap)  # CALL openai timeout=6 cap=3
run = partial(ask, OpenAI(timeout=6))
run(cap=3)
""",
    },
    "lambda": {
        "a.py": f"from openai import OpenAI\nmake = lambda: OpenAI(timeout=6)\nclient = make()\n{CREATE}  # CALL openai timeout=6\n"
    },
    "bound method in a variable": {
        "a.py": f"{CLIENT}create = client.chat.completions.create\ncreate(model='m', messages=[])  # CALL openai timeout=20\n",
    },
    "handed to a thread": {
        "a.py": f"""
import asyncio
{CLIENT}
async def main():
    await asyncio.to_thread(client.chat.completions.create, model="m", messages=[], max_tokens=4)  # CALL openai cap=4 timeout=20
""",
    },
    "inheritance across files": {
        "base.py": "from openai import OpenAI\nclass Base:\n    def __init__(self):\n        self.client = OpenAI(timeout=6)\n",
        "a.py": """
from base import Base
class Bot(Base):
    def __init__(self):
        super().__init__()
    def ask(self):
        return self.client.chat.completions.create(model="m", messages=[])  # CALL openai timeout=6
""",
    },
    "mixin uses what a subclass sets": {
        "a.py": """
from openai import OpenAI
class Asks:
    def ask(self):
        return self.client.chat.completions.create(model="m", messages=[])  # CALL openai timeout=6
class Bot(Asks):
    def __init__(self):
        self.client = OpenAI(timeout=6)
""",
    },
    "subclass of the SDK's class": {
        "a.py": f"from openai import OpenAI\nclass Mine(OpenAI):\n    pass\nclient = Mine(timeout=6)\n{CREATE}  # CALL openai timeout=6\n",
    },
    "nested function": {
        "a.py": f"from openai import OpenAI\ndef outer():\n    client = OpenAI(timeout=6)\n    def inner():\n        return {CREATE}  # CALL openai timeout=6\n    return inner()\n",
    },
    "singleton object": {
        "svc.py": "from openai import OpenAI\nclass Service:\n    def __init__(self):\n        self.client = OpenAI(timeout=6)\nservice = Service()\n",
        "a.py": "from svc import service\nservice.client.chat.completions.create(model='m', messages=[])  # CALL openai timeout=6\n",
    },
    "state of an application": {
        "main.py": "from fastapi import FastAPI\nfrom openai import OpenAI\napp = FastAPI()\napp.state.llm = OpenAI(timeout=6)\n",
        "a.py": "def route(request):\n    request.app.state.llm.chat.completions.create(model='m', messages=[])  # CALL openai timeout=6\n",
    },
    "reassigned client": {
        "a.py": f"from openai import OpenAI\nclient = OpenAI(timeout=1)\nclient = OpenAI(timeout=2)\n{CREATE}  # CALL openai timeout=2\n",
    },
    "guarded main": {"a.py": f"{CLIENT}if __name__ == '__main__':\n    {CREATE}  # CALL openai\n"},
    "mocked client": {"test_a.py": "from unittest.mock import MagicMock\nclient = MagicMock()\n" + CREATE + "\n"},
    "a name alone is no call": {"a.py": "def f(db):\n    db.messages.create(body='x')\n    db.create(model='m')\n"},
    "listing models is no call": {"a.py": f"{CLIENT}client.models.list()\nclient.moderations.create(input='x')\n"},
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES.keys())
def test_construct(files: dict[str, str]) -> None:
    check(files)

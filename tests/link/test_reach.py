"""What a job runs and what it does not, through the real pipeline: classes that are only named, foreign base classes."""

from __future__ import annotations

import pytest

from tests.link.flows import repo_of

LOOP = (
    "import threading, time\nfrom foreign import Client\nfrom chat import Chat\n"
    "class Kept(Client):\n"
    "    def __init__(self, a):\n        super(Kept, self).__init__(a)\n        self._keep()\n"
    "    def work(self):\n        Chat()\n"
    "    def _keep(self):\n"
    "        def loop():\n            while True:\n                {body}\n                time.sleep(60)\n"
    "        threading.Thread(target=loop, daemon=True).start()\nKept(1)\n"
)
CHAT = (
    "from openai import OpenAI\nclass Base:\n    def __init__(self):\n        pass\n"
    "class Chat(Base):\n    def __init__(self):\n        OpenAI().chat.completions.create(model='m', messages=[])\n"
    "class Other(Chat):\n    def __init__(self):\n        super().__init__()\nOther()\n"
)


@pytest.mark.parametrize(
    ("body", "reaches"),
    [
        ("super(Kept, self).refresh()", False),
        ("isinstance(self, Kept)", False),
        ("Client.__init__(self)", False),
        ("self.work()", True),
        ("Chat()", True),
    ],
)
def test_a_class_that_is_only_named_is_not_run(body: str, reaches: bool) -> None:
    (trigger,) = repo_of({"a.py": LOOP.format(body=body), "chat.py": CHAT}).triggers
    assert bool(trigger.reaches) is reaches

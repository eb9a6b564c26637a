"""What a schedule shares with people's requests, through the real pipeline."""

from __future__ import annotations

import pytest

from auditor.model.setting import Absent, Given, Unclear
from tests.link.flows import repo_of

WORKFLOW = """
on:
  schedule:
    - cron: "0 3 * * *"
jobs:
  digest:
    runs-on: ubuntu-latest
    steps:
      - run: python -c "from main import digest; digest()"
        env:
          OPENAI_API_KEY: {key}
"""
SERVED = """
from fastapi import FastAPI
from openai import OpenAI
app = FastAPI()
client = OpenAI()
@app.post("/chat")
def chat(question: str):
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": question}])
def digest():
    client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "summarise"}])
"""


TYPED = """
import sys
from openai import OpenAI
client = OpenAI()
def digest(topic):
    client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": topic}])
if __name__ == "__main__":
    digest(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (TYPED, Absent),  # who types the command is the operator: no interactive traffic
        (TYPED.replace("sys.argv[1]", "input()"), Given),
        (
            TYPED + "\nimport typer\napp = typer.Typer()\n@app.command()\ndef ask(topic: str):\n    digest(topic)\n",
            Absent,
        ),
        (
            TYPED
            + "\nfrom fastapi import FastAPI\napp = FastAPI()\n@app.get('/x')\ndef ask(topic: str):\n    digest(topic)\n",
            Given,
        ),
    ],
)
def test_commands_are_no_interactive_traffic(code: str, expected: type) -> None:
    (schedule,) = repo_of({"crontab": "0 6 * * * python main.py news\n", "main.py": code}).schedules
    assert isinstance(schedule.shared_key, expected)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("${{ secrets.DIGEST_OPENAI_API_KEY }}", Absent),
        ("${{ secrets.OPENAI_API_KEY }}", Unclear),
        ("$OPENAI_API_KEY", Given),
    ],
)
def test_key_of_the_job(key: str, expected: type) -> None:
    files = {".github/workflows/digest.yml": WORKFLOW.format(key=key), "main.py": SERVED}
    (schedule,) = repo_of(files).schedules
    assert isinstance(schedule.shared_key, expected)

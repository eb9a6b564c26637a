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

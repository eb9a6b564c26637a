"""No report may send its reader to an address that does not exist."""

from __future__ import annotations

import importlib
import re

import pytest

from auditor.cli.init import HOOK, WORKFLOW
from auditor.declare import page
from auditor.pipeline import audit
from auditor.source.memory import MemoryTree

CODE = "import openai\nopenai.OpenAI().responses.create(model='gpt-4o', input='x')\n"
KNOWN = re.compile(r"https://(?:json\.schemastore\.org|docs\.oasis-open\.org)/")


@pytest.mark.parametrize("form", ["json", "sarif", "html", "markdown", "github", "junit", "gitlab"])
def test_every_link_is_one_that_exists(form: str) -> None:
    text = importlib.import_module(f"auditor.report.{form}").render(audit(MemoryTree({"app.py": CODE})))
    assert [link for link in re.findall(r"https?://[^\s\"'<>)]+", text) if not KNOWN.match(link)] == []


def test_what_is_written_for_others_holds_no_address() -> None:
    assert "http" not in HOOK + WORKFLOW


def test_a_page_is_an_address_only_where_pages_are_published() -> None:
    assert page("missing-timeout") == ""
    assert page("missing-timeout", "https://docs.example.org/") == "https://docs.example.org/missing-timeout.md"

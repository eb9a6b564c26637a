"""`auditor fix` on small programs that then really run, with the real SDKs, before and after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.errors import RewriteError
from auditor.link.guarded import MARKER as LINK_MARKER
from auditor.model.location import Span
from auditor.model.verdict import AddKeyword, GuardClient, ReplaceValue
from auditor.rewrite.apply import Proposal, write
from auditor.rewrite.generate import MARKER, ClientSettings, client_module
from auditor.rewrite.python import rewrite
from tests.rewrite.fake_vendor import Vendor, running

OPENAI_APP = """\
import sys

from openai import OpenAI

client = OpenAI()


def ask(text):
    # A comment that has to survive.
    answer = client.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": text}],
    )
    return answer.choices[0].message.content


if __name__ == "__main__":
    print(ask(sys.argv[1]))
"""

ANTHROPIC_APP = """\
import asyncio
import sys

import anthropic

bot = anthropic.AsyncAnthropic(max_retries=1)


async def ask(text):
    answer = await bot.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=[{"role": "user", "content": text}])
    return answer.content[0].text


if __name__ == "__main__":
    print(asyncio.run(ask(sys.argv[1])))
"""


@pytest.fixture
def vendors() -> Iterator[tuple[Vendor, Vendor]]:
    with running("primary") as primary, running("fallback") as fallback:
        yield primary, fallback


def run(app: Path, vendors: tuple[Vendor, Vendor], **more: str) -> subprocess.CompletedProcess[str]:
    primary, fallback = vendors
    env = {
        "PATH": os.environ["PATH"],
        "OPENAI_BASE_URL": primary.url + "/v1",
        "OPENAI_API_KEY": "primary-secret",
        "ANTHROPIC_BASE_URL": primary.url,
        "ANTHROPIC_API_KEY": "primary-secret",
        "LLM_FALLBACK_BASE_URL": fallback.url + "/v1",
        "LLM_FALLBACK_MODEL": "other/model",
        "LLM_FALLBACK_API_KEY": "fallback-secret",
        "LLM_TIMEOUT_S": "1",
        "LLM_DEADLINE_S": "5",
        "LLM_SPEND_DB": str(app.parent / "spend.sqlite3"),
        "NO_PROXY": "127.0.0.1",
        **more,
    }
    return subprocess.run(
        [sys.executable, str(app), "hello"], capture_output=True, text=True, env=env, timeout=60, check=False
    )


def auditor(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", *arguments], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("source", [OPENAI_APP, ANTHROPIC_APP], ids=["openai", "anthropic"])
def test_rewritten_program_really_runs(source: str, tmp_path: Path, vendors: tuple[Vendor, Vendor]) -> None:
    primary, fallback = vendors
    app = tmp_path / "app.py"
    app.write_text(source)
    before = run(app, vendors)
    assert (before.returncode, before.stdout) == (0, "echo: hello\n")

    shown = auditor("fix", str(tmp_path))
    assert shown.returncode == 1
    assert shown.stdout.startswith("--- a/app.py\n+++ b/app.py\n")
    assert "+++ b/llm_client.py" in shown.stdout
    assert app.read_text() == source, "showing writes nothing"

    applied = auditor("fix", str(tmp_path), "--apply", "--review")
    assert applied.returncode == 0, applied.stderr
    text = app.read_text()
    assert "llm_client." in text
    assert ("# A comment that has to survive." in text) == ("# A comment" in source)

    after = run(app, vendors)
    assert (after.returncode, after.stdout, after.stderr) == (0, before.stdout, "")

    for mode in ("429", "500", "hang"):
        primary.hits.clear()
        fallback.hits.clear()
        primary.fail(mode)
        started = time.monotonic()
        answered = run(app, vendors)
        assert answered.stdout == "echo: hello\n", (mode, answered.stderr)
        assert time.monotonic() - started < 12
        assert len(fallback.hits) == 1
        assert "primary-secret" not in json.dumps(fallback.hits)

    primary.fail("400")
    primary.hits.clear()
    fallback.hits.clear()
    assert "BadRequestError" in run(app, vendors).stderr
    assert (len(primary.hits), len(fallback.hits)) == (1, 0)

    primary.fail("ok")
    primary.hits.clear()
    for setting, code in (("LLM_MONTHLY_BUDGET_USD", "llm_budget_exceeded"), ("LLM_DISABLED", "llm_disabled")):
        refused = run(app, vendors, **{setting: "1" if code == "llm_disabled" else "0"})
        assert refused.returncode == 1
        assert code in refused.stderr
    assert primary.hits == []

    again = auditor("fix", str(tmp_path))
    assert (again.returncode, again.stdout) == (0, "")
    found = json.loads(auditor("scan", str(tmp_path), "--format", "json").stdout)["findings"]
    gone = {
        "direct-call-without-fallback",
        "missing-output-cap",
        "missing-timeout",
        "usage-not-recorded",
        "no-spend-limit",
    }
    assert gone.isdisjoint(f["id"] for f in found)


def test_a_dirty_tree_is_refused_unless_forced(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments],
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )

    (tmp_path / "app.py").write_text(OPENAI_APP)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "x")
    (tmp_path / "app.py").write_text(OPENAI_APP + "# edited\n")
    refused = auditor("fix", str(tmp_path), "--apply", "--review")
    assert refused.returncode == 2
    assert "uncommitted" in refused.stderr
    assert (tmp_path / "app.py").read_text() == OPENAI_APP + "# edited\n"
    assert not (tmp_path / "llm_client.py").exists()
    assert auditor("fix", str(tmp_path), "--apply", "--review", "--force").returncode == 0


def test_without_review_nothing_about_money_is_written(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(OPENAI_APP)
    done = auditor("fix", str(tmp_path), "--apply")
    assert done.returncode == 1
    assert "--review" in done.stderr
    assert (tmp_path / "app.py").read_text() == OPENAI_APP


def test_inside_a_package_the_import_follows_its_style(tmp_path: Path) -> None:
    package = tmp_path / "shop" / "ai"
    package.mkdir(parents=True)
    (tmp_path / "shop" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (tmp_path / "shop" / "config.py").write_text("MODEL = 'gpt-4o-mini'\n")
    (package / "chat.py").write_text("from ..config import MODEL\n" + OPENAI_APP.replace('"gpt-4o-mini"', "MODEL"))
    assert auditor("fix", str(tmp_path), "--apply", "--review").returncode == 0
    assert "from .. import llm_client\n" in (package / "chat.py").read_text()
    assert (tmp_path / "shop" / "llm_client.py").exists()


def test_configured_routes_and_budget_become_defaults(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(OPENAI_APP)
    (tmp_path / ".auditor.yaml").write_text(
        "routes:\n  fallback: {provider: groq, model: llama-3.3-70b-versatile}\nbudget: {monthly_usd: 12, alert_at: 0.5}\n"
    )
    assert auditor("fix", str(tmp_path), "--apply", "--review").returncode == 0
    text = (tmp_path / "llm_client.py").read_text()
    assert 'FALLBACK_BASE_URL = "https://api.groq.com/openai/v1"' in text
    assert 'FALLBACK_KEY_ENV = "GROQ_API_KEY"' in text
    assert "MONTHLY_BUDGET_USD = 12.0" in text
    assert "ALERT_AT = 0.5" in text
    assert "'gpt-4o-mini': (0.15, 0.6)" in text


# --------------------------------------------------------------------------- single rewrites

HEAD = "from openai import OpenAI, AsyncOpenAI, AzureOpenAI\nimport openai, anthropic\n"


def guard(source: str, call: str, *, is_async: bool = False, sdk: str = "openai") -> GuardClient:
    line = next(n for n, text in enumerate(source.splitlines(), 1) if call in text)
    column = source.splitlines()[line - 1].index(call)
    return GuardClient(Span("a.py", line, column, line, column + len(call)), sdk, "f", is_async)


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("OpenAI()", 'OpenAI(**llm_client.guard("f", "openai"))'),
        ("openai.OpenAI()", 'openai.OpenAI(**llm_client.guard("f", "openai"))'),
        ('OpenAI(api_key=os.environ["K"])', 'OpenAI(api_key=os.environ["K"], **llm_client.guard("f", "openai"))'),
        ("OpenAI(timeout=20, api_key=k)", 'OpenAI(api_key=k, **llm_client.guard("f", "openai", timeout=20))'),
        ("OpenAI(max_retries=0)", 'OpenAI(**llm_client.guard("f", "openai", max_retries=0))'),
        ("OpenAI(api_key=k,)", 'OpenAI(api_key=k, **llm_client.guard("f", "openai"),)'),
    ],
)
def test_guarded_constructions(call: str, result: str) -> None:
    source = HEAD + f"é = 1; c = {call}\n"
    done = rewrite(source, [guard(source, call)], "import llm_client")
    assert done.text == HEAD + "import llm_client\n" + f"é = 1; c = {result}\n"
    assert done.guards


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("OpenAI(**options)", "unpacked"),
        ("OpenAI(http_client=h)", "http_client"),
        ('OpenAI(base_url="https://x.example")', "base URL"),
        ("OpenAI(key)", "positional"),
        ("OpenAI(timeout=httpx.Timeout(5))", "plain number"),
        ("AzureOpenAI()", "by a name"),
        ("make_client()", "by a name"),
        ("AsyncOpenAI()", "differ"),
    ],
)
def test_what_cannot_be_proven_is_left_alone_with_its_reason(call: str, why: str) -> None:
    source = HEAD + f"c = {call}\n"
    done = rewrite(source, [guard(source, call)], "import llm_client")
    assert done.text == source
    assert why in done.refused[0].why


@pytest.mark.parametrize(
    "binding", ["OpenAI = Fake\n", "def OpenAI(): ...\n", "class OpenAI: ...\n", "from fake import OpenAI\n"]
)
def test_a_name_that_is_bound_twice_proves_nothing(binding: str) -> None:
    source = HEAD + binding + "c = OpenAI()\n"
    assert rewrite(source, [guard(source, "OpenAI()")], "import llm_client").text == source


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("f(a)", "f(a, cap=5)"),
        ("f()", "f(cap=5)"),
        ("f(a,)", "f(a, cap=5,)"),
        ("f(\n    a,\n    b=1,\n)", "f(\n    a,\n    b=1,\n    cap=5,\n)"),
        ("f(\n    a,  # why\n    b=1\n)", "f(\n    a,  # why\n    b=1,\n    cap=5\n)"),
    ],
)
def test_keyword_keeps_the_layout(call: str, result: str) -> None:
    lines = call.split("\n")
    span = Span("a.py", 1, 4, len(lines), len(lines[-1]) + (4 if len(lines) == 1 else 0))
    assert rewrite(f"x = {call}\n", [AddKeyword(span, "cap", "5")], None).text == f"x = {result}\n"


@pytest.mark.parametrize("call", ["f(cap=1)", "f(**more)"])
def test_keyword_that_may_be_there_is_refused(call: str) -> None:
    done = rewrite(f"{call}\n", [AddKeyword(Span("a.py", 1, 0, 1, len(call)), "cap", "5")], None)
    assert done.text == f"{call}\n"
    assert len(done.refused) == 1


def test_nested_calls_are_told_apart_by_their_whole_span() -> None:
    # Both calls begin at column 0.
    source = 'a("é").b(1)\n'
    assert rewrite(source, [AddKeyword(Span("a.py", 1, 0, 1, 6), "k", "2")], None).text == 'a("é", k=2).b(1)\n'
    assert rewrite(source, [AddKeyword(Span("a.py", 1, 0, 1, 11), "k", "2")], None).text == 'a("é").b(1, k=2)\n'


def test_value_is_replaced() -> None:
    assert rewrite("f(x=1)\n", [ReplaceValue(Span("a.py", 1, 4, 1, 5), "2 + 3")], None).text == "f(x=2 + 3)\n"


def test_source_that_does_not_parse_is_refused() -> None:
    with pytest.raises(RewriteError):
        rewrite("def f(:\n", [], None)


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    (tmp_path / "b.py").write_text("changed = 1\n")
    proposal = Proposal({"a.py": "a = 1\n", "b.py": "b = 1\n"}, {"a.py": "a = 2\n", "b.py": "b = 2\n"})
    with pytest.raises(RewriteError, match="changed meanwhile"):
        write(tmp_path, proposal)
    assert (tmp_path / "a.py").read_text() == "a = 1\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.py", "b.py"]


@pytest.mark.parametrize("path", ["../out.py", "link/x.py"])
def test_nothing_is_written_outside_the_root(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(RewriteError):
        write(root, Proposal({}, {path: "x = 1\n"}))
    assert not (tmp_path / "out.py").exists()
    assert not (tmp_path / "x.py").exists()


def test_generated_module_is_marked_and_deterministic() -> None:
    assert MARKER == LINK_MARKER
    first = client_module(ClientSettings(prices=(("b", 1.0, 2.0), ("a", 0.5, 0.25))))
    assert first == client_module(ClientSettings(prices=(("a", 0.5, 0.25), ("b", 1.0, 2.0))))
    assert f"# --- settings ({MARKER})" in first
    compile(first, "llm_client.py", "exec")

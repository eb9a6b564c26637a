"""Keys over time, from end to end: what left the tree, what never did, and what is still in use out of git's sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model.report import Report
from auditor.pipeline import audit
from auditor.report.json import render
from auditor.source.disk import DiskTree
from tests.readers.secret_cases import KINDS, Maker
from tests.source.test_safe_git import commit, git


def key(kind: str, seed: int) -> str:
    return next(k for k in KINDS if k.id == kind).make(Maker(seed))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    return tmp_path


def told(report: Report) -> set[tuple[str, str]]:
    wanted = {"key-in-history", "key-without-rotation", "hardcoded-llm-key", "committed-env-file"}
    return {(f.check, f.at.path) for f in report.findings if f.check in wanted}


def test_a_key_that_left_and_is_in_use_where_git_does_not_look(root: Path) -> None:
    used, replaced, stays = key("anthropic-api", 1), key("groq", 2), key("openrouter", 3)
    commit(root, "in", {"a.py": f'k = "{used}"\n', "b.py": f'k = "{replaced}"\n', "c.py": f'k = "{stays}"\n'})
    commit(root, "out", {"a.py": "x = 1\n", "b.py": "x = 1\n", ".gitignore": ".env\n"})
    (root / "api").mkdir()
    (root / ".env").write_text(f"ANTHROPIC_API_KEY={used}\nGROQ_API_KEY={key('groq', 9)}\n")
    report = audit(DiskTree(root), history_root=root)
    assert told(report) == {
        ("key-in-history", "a.py"),
        ("key-without-rotation", "a.py"),
        ("key-in-history", "b.py"),
        ("key-in-history", "c.py"),
        ("hardcoded-llm-key", "c.py"),
    }
    (rotation,) = (f for f in report.findings if f.check == "key-without-rotation")
    assert rotation.message.endswith("is still in use in .env")
    text = render(report)
    assert not [v for v in (used, replaced, stays) if v in text or v[10:30] in text]
    assert "committed-env-file" not in {f.check for f in audit(DiskTree(root)).findings}


def test_what_git_ignores_is_read_for_keys_that_leaked_only(root: Path) -> None:
    commit(root, "one", {"a.py": "x = 1\n", ".gitignore": ".env\n"})
    (root / ".env").write_text(f"GROQ_API_KEY={key('groq', 4)}\n")
    report = audit(DiskTree(root), history_root=root)
    assert report.repo.credentials == ()

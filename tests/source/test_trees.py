"""Trees on disk and in git: what is listed, what is never followed, what the index and a revision hold."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from auditor.errors import UnreadableFile, UsageError
from auditor.source.disk import DiskTree
from auditor.source.git import index_tree, merge_base, revision_tree
from auditor.source.memory import MemoryTree


def git(root: Path, *arguments: str) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "init.defaultBranch=main", *arguments],
        cwd=root, check=True, capture_output=True, text=True, env=env,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("a = 1\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.py").write_text("b = 1\n")
    (tmp_path / ".gitignore").write_text("ignored/\n*.log\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def paths(tree: DiskTree) -> list[str]:
    return [e.path for e in tree.entries()]


def test_walk_skips_links_and_foreign_folders(tmp_path: Path) -> None:
    for name in ("app.py", "node_modules/x/index.js", ".venv/lib/y.py", "deep/down/z.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n")
    (tmp_path / "link.py").symlink_to(tmp_path / "app.py")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe.py")
    tree = DiskTree(tmp_path)
    assert paths(tree) == ["app.py", "deep/down/z.py"]
    assert (tree.is_git, tree.commit, tree.unread()) == (False, None, ())


def test_a_folder_that_a_link_replaced_is_not_entered(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "b.py").write_text("private = 1\n")
    (repo / "sub" / "b.py").unlink()
    (repo / "sub").rmdir()
    (repo / "sub").symlink_to(outside)
    assert "sub/b.py" not in paths(DiskTree(repo))


def test_reading_never_follows_a_link_that_replaced_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x\n")
    tree = DiskTree(tmp_path)
    assert paths(tree) == ["a.py"]
    (tmp_path / "a.py").unlink()
    (tmp_path / "a.py").symlink_to("/etc/passwd")
    with pytest.raises(UnreadableFile):
        tree.read("a.py")
    (tmp_path / "a.py").unlink()
    with pytest.raises(UnreadableFile, match="No such file"):
        tree.read("a.py")


def test_a_file_that_vanishes_is_an_error_of_the_audit(tmp_path: Path) -> None:
    from auditor.pipeline import audit

    class Vanishing(MemoryTree):
        def read(self, path: str) -> bytes:
            if path == "gone.py":
                raise UnreadableFile("gone.py: Permission denied")
            return super().read(path)

    report = audit(Vanishing({"a.py": "a = 1\n", "gone.py": "import openai\n"}))
    assert [(u.path, u.reason) for u in report.unread] == [("gone.py", "Permission denied")]


def test_git_work_tree_lists_tracked_and_new_files(repo: Path) -> None:
    (repo / "new.py").write_text("n = 1\n")
    (repo / "x.log").write_text("n = 1\n")
    (repo / "ignored").mkdir()
    (repo / "ignored" / "y.py").write_text("n = 1\n")
    (repo / "a.py").unlink()
    tree = DiskTree(repo)
    assert paths(tree) == [".gitignore", "new.py", "sub/b.py"]
    assert {e.path: e.tracked for e in tree.entries()} == {".gitignore": True, "new.py": False, "sub/b.py": True}
    assert tree.commit == git(repo, "rev-parse", "HEAD")
    assert tree.ignored("ignored/y.py") is True
    assert tree.ignored("new.py") is False


def test_a_folder_of_a_repository_is_audited_alone(repo: Path) -> None:
    assert paths(DiskTree(repo / "sub")) == ["b.py"]


def test_a_damaged_repository_is_said_and_walked(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.py").write_text("a = 1\n")
    tree = DiskTree(tmp_path)
    assert paths(tree) == ["a.py"]
    assert "git" in tree.unread()[0].reason


def test_index_is_what_a_commit_would_record(repo: Path) -> None:
    (repo / "a.py").write_text("staged = 1\n")
    git(repo, "add", "a.py")
    (repo / "a.py").write_text("not staged = 1\n")
    (repo / "sub" / "b.py").write_text("not staged = 1\n")
    tree = index_tree(repo / "sub")
    assert tree.changed == frozenset({"a.py"})
    assert tree.read("a.py") == b"staged = 1\n"
    assert tree.read("sub/b.py") == b"b = 1\n"


def test_index_before_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("a = 1\n")
    git(tmp_path, "add", "a.py")
    tree = index_tree(tmp_path)
    assert tree.changed == frozenset({"a.py"})
    assert tree.commit is None


def test_revisions(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    (repo / "a.py").write_text("a = 2\n")
    git(repo, "commit", "-q", "-am", "second")
    assert revision_tree(repo, "HEAD~1").read("a.py") == b"a = 1\n"
    assert merge_base(repo, first) == first
    for bad in ("nope", "--output=x", "HEAD~99"):
        with pytest.raises(UsageError):
            revision_tree(repo, bad)


def test_outside_git() -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        index_tree(Path("/"))

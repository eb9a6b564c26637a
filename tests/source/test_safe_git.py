"""Git on a hostile repository: everything that its configuration can name would leave a trace if it ran; nothing does."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from auditor.catalog.load import load_catalog
from auditor.errors import GitError, UsageError
from auditor.model.facts import Credential, Unread
from auditor.readers.secrets import SecretScanner
from auditor.source.git import index_tree, revision_tree
from auditor.source.history import _changed, search_history
from auditor.source.safe_git import check_command, popen, run_git, safe_environment
from auditor.source.tree import Entry
from tests.readers.secret_cases import KINDS, Maker

CLEAN = {
    **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, env=CLEAN, check=True, capture_output=True, text=True).stdout


def commit(root: Path, message: str, files: dict[str, str | None]) -> str:
    for path, text in files.items():
        file = root / path
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD").strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    return root


def trap(root: Path, traces: Path, name: str) -> str:
    script = root.parent / f"trap-{name}"
    script.write_text(f"#!/bin/sh\ntouch '{traces}/{name}'\n")
    script.chmod(0o755)
    return str(script)


@pytest.fixture
def hostile(repo: Path, tmp_path: Path) -> tuple[Path, Path]:
    traces = tmp_path / "traces"
    traces.mkdir()
    commit(repo, "one", {"a.txt": "x = 1\n", "b.py": "y = 2\n"})
    commit(
        repo,
        "two",
        {"a.txt": "x = 2\n", "gone.txt": "far away\n", ".gitattributes": "* filter=evil diff=evil merge=evil\n"},
    )
    missing = git_object_of(repo, "gone.txt")
    hooks = repo.parent / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch '{traces}/hook-{hook}'\n")
        (hooks / hook).chmod(0o755)
    remote = repo.parent / "promised.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True, env=CLEAN, capture_output=True)
    evil = {name: trap(repo, traces, name) for name in (
        "fsmonitor", "clean", "smudge", "process", "textconv", "diff", "external", "pager", "ssh", "credential", "gpg",
        "upload", "alternates", "editor", "askpass", "proxy", "include", "merge",
    )}  # fmt: skip
    config = f"""
[core]
\tfsmonitor = {evil["fsmonitor"]}
\thooksPath = {hooks}
\tpager = {evil["pager"]}
\teditor = {evil["editor"]}
\tsshCommand = {evil["ssh"]}
\taskPass = {evil["askpass"]}
\tgitProxy = {evil["proxy"]}
\talternateRefsCommand = {evil["alternates"]}
\trepositoryFormatVersion = 1
[filter "evil"]
\tclean = {evil["clean"]}
\tsmudge = {evil["smudge"]}
\tprocess = {evil["process"]}
\trequired = true
[diff]
\texternal = {evil["external"]}
[diff "evil"]
\ttextconv = {evil["textconv"]}
\tcommand = {evil["diff"]}
[merge "evil"]
\tdriver = {evil["merge"]}
[pager]
\tlog = {evil["pager"]}
\tshow = {evil["pager"]}
[credential]
\thelper = !{evil["credential"]}
[gpg]
\tprogram = {evil["gpg"]}
[log]
\tshowSignature = true
\tshowRoot = false
[alias]
\tls-files = !{evil["external"]}
[extensions]
\tpartialClone = evil
[remote "evil"]
\turl = file://{remote}
\tpromisor = true
\tpartialclonefilter = blob:none
\tuploadpack = {evil["upload"]}
\tfetch = +refs/heads/*:refs/remotes/evil/*
[protocol "file"]
\tallow = always
[protocol "ext"]
\tallow = always
[remote "ext"]
\turl = ext::{evil["upload"]}
\tpromisor = true
[uploadpack]
\tpackObjectsHook = {evil["upload"]}
"""
    (repo / ".git" / "config").write_text((repo / ".git" / "config").read_text() + config)
    (repo / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil\n")
    (repo / ".git" / "objects" / "info" / "alternates").write_text(f"{remote}/objects\n/nonexistent/objects\n")
    missing.unlink()  # a blob that only the promisor remote could bring
    (repo / "b.py").write_text("y = 3\n")
    os.utime(repo / "b.py", (1, 1))
    return repo, traces


def git_object_of(root: Path, path: str) -> Path:
    listing = subprocess.run(
        ["git", "ls-files", "-s", path], cwd=root, env=CLEAN, check=True, capture_output=True, text=True
    )
    oid = listing.stdout.split()[1]
    return root / ".git" / "objects" / oid[:2] / oid[2:]


def test_the_traps_work(hostile: tuple[Path, Path]) -> None:
    """Plain git springs some of them: without this the next test would prove nothing."""
    root, traces = hostile
    no_filter = ["-c", "filter.evil.process=", "-c", "filter.evil.clean=", "-c", "filter.evil.required=false"]
    plain = (
        ["status"],
        [*no_filter, "diff", "HEAD~1", "HEAD", "--", "a.txt"],
        [*no_filter, "diff", "--no-ext-diff", "HEAD~1", "HEAD", "--", "a.txt"],
        ["cat-file", "-p", "HEAD:gone.txt"],
    )
    for arguments in plain:
        subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=CLEAN,
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
    sprung = {p.name for p in traces.iterdir()}
    assert {"fsmonitor", "upload"} <= sprung
    assert sprung & {"clean", "process"}
    assert "textconv" in sprung
    assert sprung & {"external", "diff"}


GITPYTHON: list[tuple[str, Callable[[Any], object], set[str]]] = [
    ("the bytes of a blob", lambda r: [b.data_stream.read() for b in r.head.commit.tree.traverse() if b.type == "blob"],
     {"upload"}),
    ("a diff of commits", lambda r: r.head.commit.diff("HEAD~1"), {"fsmonitor"}),
    ("whether it is dirty", lambda r: r.is_dirty(), {"fsmonitor", "process"}),
    ("untracked files", lambda r: r.untracked_files, {"fsmonitor", "process"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "ask", "sprung"), GITPYTHON, ids=[row[0] for row in GITPYTHON])
def test_why_the_handle_is_not_gitpython(
    hostile: tuple[Path, Path], what: str, ask: Callable[[Any], object], sprung: set[str]
) -> None:
    """What it asks git by itself runs commands of the repository: the reason for the one door in `safe_git`."""
    gitpython = pytest.importorskip("git")
    root, traces = hostile
    repo = gitpython.Repo(root)
    with suppress(gitpython.GitCommandError, ValueError):
        ask(repo)
    repo.close()
    assert {p.name for p in traces.iterdir()} & sprung, what


COMMANDS = [
    ("rev-parse", "HEAD"),
    ("ls-files", "-s", "-z"),
    ("ls-files", "-o", "--exclude-standard", "-z"),
    ("ls-tree", "-r", "-z", "HEAD"),
    ("diff-files", "--name-only"),
    ("diff-index", "--cached", "HEAD"),
    ("diff", "--cached"),
    ("diff", "HEAD~1", "HEAD"),
    ("diff-tree", "-p", "HEAD"),
    ("log", "-p", "--all"),
    ("log", "--raw", "--all"),
    ("show", "HEAD"),
    ("rev-list", "--objects", "--all"),
    ("cat-file", "-p", "HEAD:gone.txt"),
    ("cat-file", "blob", "HEAD:b.py"),
    ("merge-base", "HEAD", "HEAD~1"),
    ("for-each-ref",),
]


def test_nothing_of_a_hostile_repository_runs(hostile: tuple[Path, Path]) -> None:
    root, traces = hostile
    for arguments in COMMANDS:
        with suppress(GitError):  # the missing blob is said, not fetched
            run_git(root, *arguments, timeout=60)
    with popen(root, "cat-file", "--batch-check", "--batch-all-objects") as process:
        assert process.stdout.read()
        process.finish()
    scanner = SecretScanner(load_catalog())
    search_history(root, scanner.scan)
    search_history(root, scanner.scan, unreachable=True)
    for tree in (index_tree(root), revision_tree(root, "HEAD")):
        for entry in tree.entries():
            if entry.path != "gone.txt":
                tree.read(entry.path)
    assert [p.name for p in traces.iterdir()] == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("status",),
        ("checkout", "main"),
        ("fetch",),
        ("gc",),
        ("config", "core.pager", "x"),
        ("-c", "core.pager=x", "log"),
        ("diff",),
        ("diff", "HEAD"),
        ("diff-files", "-p"),
        ("diff-index", "HEAD"),
        ("ls-files", "-m"),
        ("cat-file", "--textconv", "HEAD:a"),
        ("cat-file", "--filters", "HEAD:a"),
        ("log", "--ext-diff"),
        ("log", "--output=/tmp/x"),
        ("diff", "--no-index", "a", "b"),
        ("archive", "HEAD"),
    ],
)
def test_what_could_run_or_change_something_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(GitError, match="git"):
        check_command(arguments)


def test_a_work_tree_elsewhere_is_not_followed(repo: Path, tmp_path: Path) -> None:
    commit(repo, "one", {"a.py": "x = 1\n"})
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, "one", {"private.py": "y = 1\n"})
    git(repo, "config", "core.worktree", str(other))
    for tree in (index_tree, lambda root: revision_tree(root, "HEAD")):
        with pytest.raises(UsageError, match="elsewhere"):
            tree(repo)


def test_inherited_git_variables_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "touch x")
    monkeypatch.setenv("GIT_INDEX_FILE", "/hook/index")
    environment = safe_environment()
    assert not {"GIT_DIR", "GIT_EXTERNAL_DIFF", "GIT_INDEX_FILE"} & set(environment)
    assert safe_environment(keep_index=True)["GIT_INDEX_FILE"] == "/hook/index"


def test_errors_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="rev-parse failed"):
        run_git(tmp_path, "rev-parse", "HEAD")
    with pytest.raises(GitError, match="cannot be run"):
        run_git(tmp_path / "missing", "rev-parse", "HEAD")


# --------------------------------------------------------------------------- history


def key(kind: str, seed: int = 1) -> str:
    return next(k for k in KINDS if k.id == kind).make(Maker(seed))


@pytest.fixture(scope="module")
def scanner() -> SecretScanner:
    return SecretScanner(load_catalog())


def test_history_says_who_brought_a_key_in_and_took_it_out(repo: Path, scanner: SecretScanner) -> None:
    groq, router = key("groq"), key("openrouter")
    commit(repo, "start", {"a.py": "x = 1\n"})
    came = commit(repo, "in", {"a.py": f'x = 1\nk = "{groq}"\n', "b.py": "y = 1\n"})
    commit(repo, "edit", {"a.py": f'x = 2\n\nk = "{groq}"\n'})
    went = commit(repo, "out", {"a.py": "x = 3\n"})
    kept = commit(repo, "stay", {"b.py": f'k = "{router}"\n'})
    rows = {c.vendor: c for c in search_history(repo, scanner.scan, may=scanner.may_hold)}
    assert set(rows) == {"groq", "openrouter"}
    gone, here = rows["groq"], rows["openrouter"]
    assert (gone.commit, gone.removed_in, gone.place, gone.at.path, gone.at.line) == (came, went, "removed", "a.py", 2)
    assert (here.commit, here.removed_in, here.place) == (kept, "", "in-tree")
    assert here.fingerprint == scanner.identity(router.encode())


def test_first_commit_renames_merges_branches_and_stashes(repo: Path, scanner: SecretScanner) -> None:
    first, branch, stash, merged = (key("groq", n) for n in range(4))
    root_commit = commit(repo, "root", {"old.py": f'k = "{first}"\n', "other.py": "z = 1\n"})
    commit(repo, "rename", {"old.py": None, "new.py": f'k = "{first}"\n'})
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, "side", {"side.py": f'k = "{branch}"\n'})
    git(repo, "checkout", "-q", "main")
    commit(repo, "main", {"other.py": "z = 2\n"})
    git(repo, "merge", "-q", "--no-commit", "-s", "ours", "side")
    evil_merge = commit(repo, "merge", {"merge.py": f'k = "{merged}"\n'})
    (repo / "other.py").write_text(f'k = "{stash}"\n')
    git(repo, "stash")
    rows = {c.fingerprint: c for c in search_history(repo, scanner.scan, may=scanner.may_hold)}
    assert len(rows) == 4
    by = {name: rows[scanner.identity(v.encode())] for name, v in
          {"first": first, "branch": branch, "stash": stash, "merged": merged}.items()}  # fmt: skip
    assert (by["first"].commit, by["first"].at.path, by["first"].place) == (root_commit, "old.py", "in-tree")
    assert (by["branch"].place, by["stash"].place) == ("other-ref", "other-ref")
    assert (by["merged"].commit, by["merged"].place) == (evil_merge, "in-tree")


def test_skipping_what_did_not_change_loses_nothing(repo: Path, scanner: SecretScanner) -> None:
    values = [key(kind, n) for n, kind in enumerate(("groq", "mistral", "openai-proj-74", "azure-32", "openrouter"))]
    filler = [f"line_{n} = compute({n})" for n in range(600)]
    head = "from mistralai import Mistral\nfrom openai import AzureOpenAI  # x.openai.azure.com\n"
    for n, value in enumerate([None, values[0], values[1], None, values[2], values[3], values[4], values[4], None]):
        lines = list(filler)
        lines[n * 61] = f"edited_{n} = {n}"
        name = "azure_openai_key" if value == values[3] else "mistral_key" if value == values[1] else "api_key"
        if value:
            lines[300 + n] = f'{name} = "{value}"'
        commit(repo, f"v{n}", {"a.py": head + "\n".join(lines) + "\n"})
    whole = search_history(repo, scanner.scan)
    assert len(whole) == 5
    assert search_history(repo, scanner.scan, may=scanner.may_hold) == whole


@pytest.mark.parametrize("seed", range(50))
def test_changed_stretch(seed: int) -> None:
    random_ = random.Random(seed)
    before = bytes(random_.randrange(97, 100) for _ in range(random_.randrange(0, 60)))
    cut, end = sorted((random_.randrange(len(before) + 1), random_.randrange(len(before) + 1)))
    after = before[:cut] + bytes(random_.randrange(97, 100) for _ in range(random_.randrange(9))) + before[end:]
    stretch = _changed(before, after)
    assert stretch in after
    assert _changed(before + b"z" * 5000, after + b"z" * 5000)[-1:] in {b"z", b""}
    long_before, long_after = b"p" * 9000 + before + b"q" * 9000, b"p" * 9000 + after + b"q" * 9000
    assert after in _changed(long_before, long_after) or after == before
    assert len(_changed(long_before, long_after)) <= 2 * 2000 + len(after)


def test_unreachable_objects_on_request(repo: Path, scanner: SecretScanner) -> None:
    gone, dropped, loose, kept = (key("groq", n) for n in range(30, 34))
    commit(repo, "root", {"a.py": "x = 1\n", "kept.py": f'k = "{kept}"\n'})
    lost = commit(repo, "gone", {".env": f"GROQ_API_KEY={gone}\nMISTRAL_API_KEY={key('mistral')}\n"})
    git(repo, "reset", "-q", "--hard", "HEAD~1")
    (repo / "a.py").write_text(f'k = "{dropped}"\n')
    git(repo, "stash")
    git(repo, "stash", "drop")
    git_hash(repo, f'k = "{loose}"\n')
    (before,) = search_history(repo, scanner.scan)
    for _ in ("with the reflog", "without"):
        rows = {c.fingerprint: c for c in search_history(repo, scanner.scan, unreachable=True)}
        by = {n: rows[scanner.identity(v.encode())] for n, v in
              {"gone": gone, "dropped": dropped, "loose": loose, "kept": kept}.items()}  # fmt: skip
        assert len(rows) == 5
        assert (by["gone"].commit, by["gone"].at.path, by["gone"].place) == (lost, ".env", "unreachable")
        assert (by["dropped"].at.path, by["dropped"].place) == ("a.py", "unreachable")
        assert (by["loose"].commit, by["loose"].place) == ("unreachable", "unreachable")
        assert by["kept"] == before
        git(repo, "reflog", "expire", "--expire=now", "--all")


def test_each_blob_is_read_once(repo: Path) -> None:
    for n in range(5):
        commit(
            repo, f"c{n}", {"a.py": f"x = {n} # long enough to be read\n", "same.py": "constant = 'never changes'\n"}
        )
    seen: list[bytes] = []

    def look(entry: Entry, data: bytes) -> tuple[Credential, ...]:
        seen.append(data)
        return ()

    search_history(repo, look)
    assert len(seen) == len(set(seen)) == 6


def test_a_reader_that_fails_leaves_no_process_behind(repo: Path) -> None:
    commit(repo, "many", {f"d/{n}.py": f"x = {n} # {'long enough ' * 300}\n" for n in range(3000)})

    def look(entry: Entry, data: bytes) -> tuple[Credential, ...]:
        raise KeyError(entry.path)

    with pytest.raises(KeyError):
        search_history(repo, look)


def test_empty_and_damaged_repositories(repo: Path, tmp_path: Path, scanner: SecretScanner) -> None:
    assert search_history(repo, scanner.scan) == ()
    with pytest.raises(GitError):
        search_history(tmp_path, scanner.scan)
    commit(repo, "one", {"a.py": "x = 'some text to be stored'\n"})
    git_object_of(repo, "a.py").chmod(0o644)
    git_object_of(repo, "a.py").write_bytes(b"garbage")
    unread: list[Unread] = []
    assert search_history(repo, scanner.scan, unread=unread) == ()
    assert [u.path for u in unread] == ["a.py"]


def test_a_shallow_clone_is_said(repo: Path, tmp_path: Path, scanner: SecretScanner) -> None:
    commit(repo, "one", {"a.py": "x = 'some text to be stored'\n"})
    commit(repo, "two", {"a.py": "x = 'some other text to be stored'\n"})
    git(tmp_path, "clone", "-q", "--depth", "1", repo.as_uri(), "shallow")
    unread: list[Unread] = []
    search_history(tmp_path / "shallow", scanner.scan, unread=unread)
    assert "shallow" in unread[0].reason


def test_tags_on_blobs_and_trees_submodules_and_odd_names(repo: Path, scanner: SecretScanner) -> None:
    groq, tree_key, nested, odd = (key("groq", n) for n in range(10, 14))
    head = commit(repo, "one", {"a.py": "x = 1\n", 'we "quote"\tit.py': f'k = "{odd}"\n'})
    blob = git_hash(repo, f'k = "{groq}"\n')
    git(repo, "tag", "on-blob", blob)
    inner = git_hash(repo, f'k = "{nested}"\n')
    git(repo, "tag", "-a", "-m", "x", "inner", inner)
    git(repo, "tag", "-a", "-m", "x", "outer", "inner")
    git(repo, "update-index", "--add", "--cacheinfo", f"100644,{git_hash(repo, f'k = {tree_key!r}')},d/in_tree.py")
    git(repo, "tag", "on-tree", git(repo, "write-tree").strip())
    git(repo, "reset", "-q", "--hard")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{head},module")
    git(repo, "commit", "-q", "-m", "a submodule")
    unread: list[Unread] = []
    rows = {c.fingerprint: c for c in search_history(repo, scanner.scan, may=scanner.may_hold, unread=unread)}
    assert set(rows) == {scanner.identity(v.encode()) for v in (groq, tree_key, nested, odd)}
    assert rows[scanner.identity(tree_key.encode())].at.path == "d/in_tree.py"
    assert rows[scanner.identity(odd.encode())].at.path == 'we "quote"\tit.py'
    assert unread == []


def git_hash(root: Path, text: str) -> str:
    command = ["git", "hash-object", "-w", "--stdin"]
    done = subprocess.run(command, cwd=root, env=CLEAN, check=True, capture_output=True, text=True, input=text)
    return done.stdout.strip()


def test_a_key_that_comes_back_is_not_called_removed(repo: Path, scanner: SecretScanner) -> None:
    text = f'k = "{key("groq", 20)}"\n'
    first = commit(repo, "in", {"a.py": text})
    commit(repo, "out", {"a.py": "x = 1 # nothing here\n"})
    commit(repo, "in again, elsewhere", {"b.py": "# moved\n" + text})
    (row,) = search_history(repo, scanner.scan, may=scanner.may_hold)
    assert (row.commit, row.at.path, row.place, row.removed_in) == (first, "a.py", "in-tree", "")
    last = commit(repo, "out at last", {"b.py": None})
    (row,) = search_history(repo, scanner.scan, may=scanner.may_hold)
    assert (row.commit, row.place, row.removed_in) == (first, "removed", last)


def test_a_clone_without_trees_is_searched_as_far_as_it_goes(
    repo: Path, tmp_path: Path, scanner: SecretScanner
) -> None:
    commit(repo, "one", {"a.py": f'k = "{key("groq", 21)}"\n'})
    commit(repo, "two", {"a.py": "x = 2 # removed here\n", "b.py": f'k = "{key("openrouter", 22)}"\n'})
    git(repo, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=tree:0", repo.as_uri(), "bare-bones")
    unread: list[Unread] = []
    rows = search_history(tmp_path / "bare-bones", scanner.scan, may=scanner.may_hold, unread=unread)
    assert [r.vendor for r in rows] == ["openrouter"]
    assert any("trees are not here" in u.reason for u in unread)


def test_history_cannot_be_hidden_by_grafts_or_replacements(repo: Path, scanner: SecretScanner) -> None:
    commit(repo, "root", {"a.py": f'k = "{key("groq", 23)}"\n'})
    head = commit(repo, "out", {"a.py": "x = 1 # nothing here\n"})
    tree = git(repo, "rev-parse", "HEAD^{tree}").strip()
    git(repo, "replace", head, git(repo, "commit-tree", "-m", "pretend", tree).strip())
    git(repo, "update-ref", "refs/replace/moved", "HEAD")
    (repo / ".git" / "info" / "grafts").write_text(f"{head}\n")
    git(repo, "config", "diff.relative", "true")
    (repo / "sub").mkdir()
    assert len(search_history(repo / "sub", scanner.scan)) == 1

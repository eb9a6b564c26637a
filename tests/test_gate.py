"""The gate in its places: the index, a pull request's base, and the real pre-commit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FREE = (
    'import openai\nopenai.OpenAI().chat.completions.create(model="m/x:free", messages=[], timeout=5, max_tokens=9)\n'
)
LOOP = "import openai\nwhile True:\n    openai.OpenAI().responses.create(model='gpt-4o', input='x', timeout=5)\n"


def git(root: Path, *arguments: str) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", "-c", "init.defaultBranch=main", *arguments],
        cwd=root, check=True, capture_output=True, env=env,
    )  # fmt: skip


def scan(root: Path, *arguments: str) -> tuple[int, set[tuple[str, str, str]]]:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "scan", str(root), "--format", "json", *arguments],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)["findings"]
    return done.returncode, {(f["id"], f["path"], f["state"]) for f in found}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "old.py").write_text(LOOP)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_staged_judges_the_files_of_the_commit_only(repo: Path) -> None:
    assert scan(repo, "--staged") == (0, set()), "nothing staged"
    (repo / "new.py").write_text(LOOP)
    assert scan(repo, "--staged") == (0, set()), "not staged yet"
    git(repo, "add", "new.py")
    (repo / "new.py").write_text("x = 1\n")
    code, found = scan(repo, "--staged")
    assert code == 1
    assert ("unbounded-llm-loop", "new.py", "new") in found
    assert {path for _, path, _ in found} == {"new.py"}


def test_staged_sees_the_other_files_of_the_index(repo: Path) -> None:
    (repo / "client.py").write_text("from openai import OpenAI\nclient = OpenAI(timeout=7)\n")
    git(repo, "add", "client.py")
    git(repo, "commit", "-q", "-m", "client")
    (repo / "use.py").write_text(
        "from client import client\nclient.chat.completions.create(model='gpt-4o', messages=[], max_tokens=5)\n"
    )
    git(repo, "add", "use.py")
    _, found = scan(repo, "--staged")
    ids = {check for check, path, _ in found if path == "use.py"}
    assert "direct-call-without-fallback" in ids, "the call is seen although its client stands elsewhere"
    assert "missing-timeout" not in ids, "and so is that client's timeout"


def test_base_lets_only_what_is_new_block(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "feature")
    (repo / "other.py").write_text("x = 1\n")
    git(repo, "add", ".")
    git(repo, "commit", "-q", "-m", "harmless")
    code, found = scan(repo, "--base", "main")
    assert code == 0
    assert ("unbounded-llm-loop", "old.py", "baseline") in found
    (repo / "other.py").write_text(LOOP)
    git(repo, "commit", "-q", "-am", "harmful")
    code, found = scan(repo, "--base", "main")
    assert code == 1
    assert ("unbounded-llm-loop", "other.py", "new") in found
    assert ("unbounded-llm-loop", "old.py", "baseline") in found


def test_real_pre_commit_blocks_the_commit(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The hook as we publish it, except that it runs this interpreter instead of installing a release."""
    published = next(h for h in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text()) if h["id"] == "auditor")
    hook = {**published, "language": "system", "entry": f"{sys.executable} -m {published['entry']}"}
    (repo / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [{"repo": "local", "hooks": [hook]}]}))
    env = {
        **os.environ,
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit")),
        "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.invalid",
        "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.invalid",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=repo, check=True, capture_output=True, env=env)
    (repo / "fine.py").write_text("x = 1\n")
    git(repo, "add", ".")
    fine = subprocess.run(
        ["git", "commit", "-m", "fine"], cwd=repo, capture_output=True, text=True, env=env, check=False
    )
    assert fine.returncode == 0, fine.stdout + fine.stderr
    (repo / "bad.py").write_text(FREE)
    git(repo, "add", "bad.py")
    bad = subprocess.run(["git", "commit", "-m", "bad"], cwd=repo, capture_output=True, text=True, env=env, check=False)
    assert bad.returncode == 1
    assert "free-tier-in-production" in bad.stdout + bad.stderr
    log = subprocess.run(["git", "log", "--oneline"], cwd=repo, capture_output=True, text=True, check=True).stdout
    assert "bad" not in log


def test_init_writes_what_works_and_never_overwrites(tmp_path: Path) -> None:
    def init(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "auditor", "init", str(tmp_path), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    assert init("--pre-commit", "--github").returncode == 0
    assert scan(tmp_path)[0] == 0, "the configuration that it writes is valid"
    hook = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"][0]
    published = {h["id"]: h for h in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}["auditor"]
    assert {key: hook[key] for key in published if key != "description"} == {
        key: value for key, value in published.items() if key != "description"
    }
    workflow = yaml.safe_load((tmp_path / ".github/workflows/launch-audit.yml").read_text())
    assert workflow["jobs"]["audit"]["timeout-minutes"] == 10
    (tmp_path / ".auditor.yaml").write_text("profile: strict\n")
    assert "left as it is" in init("--github").stderr
    assert (tmp_path / ".auditor.yaml").read_text() == "profile: strict\n"


def test_attestation_settles_an_item(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import openai\nopenai.OpenAI().responses.create(model='gpt-4o', input='x', timeout=5)\n"
    )

    def status() -> str:
        done = subprocess.run(
            [sys.executable, "-m", "auditor", "scan", str(tmp_path), "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
        )
        return str(
            next(i["status"] for i in json.loads(done.stdout)["checklist"] if i["id"] == "money.billing-visible")
        )

    assert status() == "unverified"
    subprocess.run(
        [sys.executable, "-m", "auditor", "attest", "money.billing-visible", "--evidence", "https://x.example", "--by", "Ada",
         "--expires", "2999-01-01", "--path", str(tmp_path)],
        check=True, capture_output=True,
    )  # fmt: skip
    assert status() == "attested"
    file = tmp_path / ".auditor" / "attestations.yaml"
    file.write_text(file.read_text().replace("2999", "2001"))
    assert status() == "unverified", "an expired word counts for nothing"

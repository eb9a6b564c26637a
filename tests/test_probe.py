"""`auditor probe` against a vendor on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.errors import UsageError
from auditor.probe import probe
from tests.rewrite.fake_vendor import running


def run(root: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", "probe", *arguments, "--path", str(root)],
        capture_output=True, text=True, check=False, timeout=60,
        env={k: v for k, v in os.environ.items() if not k.endswith("_API_KEY")} | {"NO_PROXY": "127.0.0.1"} | env,
    )  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".auditor.yaml").write_text("routes:\n  primary: {provider: openai, model: gpt-4o-mini}\n")
    return tmp_path


def test_evidence_is_stored_without_the_key(root: Path) -> None:
    with running("vendor") as vendor:
        done = run(root, "primary", "--yes", "--base-url", vendor.url + "/v1", OPENAI_API_KEY="very-secret-value")
    text = (root / ".auditor" / "probes" / "primary.json").read_text()
    data = json.loads(text)
    assert data["exact_model"] == "gpt-4o-mini"
    assert data["usage"]["total_tokens"] == 18
    assert data["probes"]["answer"]["ok"]
    assert data["probes"]["streaming"]["ok"]
    assert not data["probes"]["tools"]["ok"], "this vendor never calls a tool, and that is said"
    assert done.returncode == 1
    assert "FAILED tools" in done.stdout
    assert "very-secret" not in text + done.stdout + done.stderr
    assert len(vendor.hits) == 5


def test_a_dead_route_fails_every_probe() -> None:
    result = probe("http://127.0.0.1:9/v1", "m", "k", 1)
    assert not any(row["ok"] for row in result["probes"].values())


def test_a_key_is_never_sent_in_the_clear() -> None:
    with pytest.raises(UsageError, match="https only"):
        probe("http://api.example.com/v1", "m", "k", 1)


@pytest.mark.parametrize(
    ("arguments", "env", "said"),
    [
        (["second", "--yes"], {"OPENAI_API_KEY": "k"}, "there is primary"),
        (["primary", "--yes"], {}, "OPENAI_API_KEY"),
        (["primary"], {"OPENAI_API_KEY": "k"}, "Abort"),
    ],
)
def test_nothing_is_sent_unasked(root: Path, arguments: list[str], env: dict[str, str], said: str) -> None:
    done = run(root, *arguments, **env)
    assert done.returncode != 0
    assert said in done.stderr or said == "Abort"
    assert not (root / ".auditor").exists()

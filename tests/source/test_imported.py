"""Keys from another scanner's SARIF: joined at places inside the root, and only those of LLM vendors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import UsageError
from auditor.source.imported import read_sarif

VENDORS = {"openai": "openai", "anthropic": "anthropic"}


def sarif(*results: dict[str, Any]) -> str:
    return json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "other"}}, "results": results}]})


def result(rule: str, uri: str, line: int = 3) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
    return {"ruleId": rule, "locations": [{"physicalLocation": place}]}


def test_keys_join_the_audit(tmp_path: Path) -> None:
    file = tmp_path / "o.sarif"
    file.write_text(
        sarif(
            result("openai-api-key", "src/a.py", 7),
            result("anthropic-secret", "web/.env"),
            result("openai-api-key", f"file://{tmp_path}/root/b.py"),
            result("openai-api-key", "file:///etc/passwd"),
            result("openai-api-key", "../x.py"),
            result("stripe-token", "src/a.py"),
            result("openai-model-too-old", "src/a.py"),
            {"ruleId": "openai-api-key"},
        )
    )
    found = read_sarif(file, tmp_path / "root", VENDORS)
    assert [(c.at.path, c.at.line, c.vendor, c.kind) for c in found] == [
        ("b.py", 3, "openai", "hardcoded"),
        ("src/a.py", 7, "openai", "hardcoded"),
        ("web/.env", 3, "anthropic", "env-file"),
    ]
    assert all(c.certainty == "medium" for c in found)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"runs": 1}', "[" * 100_000])
def test_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "o.sarif"
    file.write_text(text)
    with pytest.raises(UsageError, match="not a SARIF report"):
        read_sarif(file, tmp_path, VENDORS)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_sarif(tmp_path / "none", tmp_path, VENDORS)

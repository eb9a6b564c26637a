"""The catalog against the SDKs that the tests install: every Python symbol and member path is really there."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from auditor.catalog.load import load_catalog
from auditor.catalog.schema import TypeShape

# Members of older versions, which the newest no longer has, and JavaScript's own.
GONE = {"completion", "completions.create"}
CONSTRUCT: tuple[dict[str, Any], ...] = (
    {"api_key": "x"},
    {"api_key": "x", "azure_endpoint": "https://x.example", "api_version": "1"},
    {"aws_region": "us-east-1", "aws_access_key": "x", "aws_secret_key": "x"},
    {"region": "us-east-1", "project_id": "x", "access_token": "x"},
)


def _types() -> list[TypeShape]:
    catalog = load_catalog()
    wanted = ("openai/client", "azure-openai/client", "anthropic/client", "anthropic/bedrock", "anthropic/vertex")
    return [shape for shape in (catalog.type_by_id(i) for i in wanted) if shape]


def _make(symbol: str) -> Any:
    module, _, name = symbol.rpartition(".")
    made = getattr(importlib.import_module(module), name)
    for arguments in CONSTRUCT:
        try:
            return made(**arguments)
        except Exception:  # noqa: BLE001
            continue
    return None


def _reach(client: Any, path: str) -> bool:
    for part in path.split("."):
        try:
            client = getattr(client, part)
        except AttributeError:
            return False
    return True


@pytest.mark.parametrize("shape", _types(), ids=lambda s: s.id)
@pytest.mark.filterwarnings("ignore")
def test_members_exist(shape: TypeShape) -> None:
    checked = 0
    for symbol in shape.symbols["python"]:
        if "**" in symbol:
            continue
        client = _make(symbol)
        if client is None:
            continue  # this SDK version wants an optional package for it
        for member in shape.members:
            if member != member.lower() or (member in GONE and "anthropic" in symbol):
                continue
            paths = [member, *(f"{prefix}.{member}" for prefix in shape.transparent)]
            assert any(_reach(client, path) for path in paths), f"{symbol}: {member}"
            checked += 1
    assert checked > 10 or "anthropic/" in shape.id

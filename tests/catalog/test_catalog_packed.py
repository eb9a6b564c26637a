"""The packed catalog says what the YAML says, and is not believed where the YAML has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.catalog import packed
from auditor.catalog.load import load_catalog, read_vendors

TEXTS = {path: path.read_text("utf-8") for path in sorted((packed.HOME / "vendors").glob("*.yaml"))}


def test_packed_file_is_up_to_date() -> None:
    assert packed.PACKED.read_text("utf-8") == packed.pack(), "run `python -m auditor.docs`"


def test_same_vendors_as_from_yaml() -> None:
    found = read_vendors({str(path): text for path, text in TEXTS.items()})
    assert {v.id: v for v in load_catalog().vendors} == {v.id: v for v in found}


def test_changed_and_foreign_files_are_not_taken_from_it(tmp_path: Path) -> None:
    path = next(iter(TEXTS))
    assert packed.ready({path: TEXTS[path]}).keys() == {str(path)}
    assert packed.ready({path: TEXTS[path] + "\n"}) == {}
    assert packed.ready({tmp_path / path.name: TEXTS[path]}) == {}


@pytest.mark.parametrize("text", ["", "{", "\xff"])
def test_damaged_packed_file_costs_nothing_but_time(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "packed.json"
    damaged.write_bytes(text.encode("latin-1"))
    monkeypatch.setattr(packed, "PACKED", damaged)
    assert packed.ready(TEXTS) == {}
    assert "handlers" in packed.document("entrypoints.yaml")

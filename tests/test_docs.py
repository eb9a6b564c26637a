"""The generated docs are what the code says today, and every check's page tells what a reader needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import docs, registry
from auditor.declare import Check

ROOT = Path(__file__).parent.parent
CHECKS = registry.load().checks
OF_HISTORY = {"key-in-history", "key-without-rotation"}  # need commits, which an example cannot hold


def test_generated_docs_are_up_to_date() -> None:
    assert docs.differences(ROOT / "docs") == (), "run `python -m auditor.docs`"


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    docs.write(tmp_path)
    assert docs.differences(tmp_path) == ()
    (tmp_path / "checks" / "missing-timeout.md").write_text("old")
    (tmp_path / "checks" / "gone.md").write_text("old")
    assert docs.differences(tmp_path) == ("checks/gone.md", "checks/missing-timeout.md")
    assert docs.main(["--check", str(tmp_path)]) == 1
    assert docs.main([str(tmp_path)]) == 0
    assert docs.main(["--check", str(tmp_path)]) == 0


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_a_check_documents_itself(check: Check) -> None:
    for heading in ("## Why it matters", "## What to do", "## Limits"):
        assert heading in check.docs
    assert any(e.show for e in check.examples), "no example is shown on its page"
    marks = ("# FAIL", "// FAIL", "UNKNOWN")
    shows = any(m in text for e in check.examples for _, text in e.texts for m in marks) or any(
        e.expect for e in check.examples
    )
    assert shows or check.id in OF_HISTORY, "no example is answered with FAIL or UNKNOWN"
    page = docs.check_page(check)
    assert page.startswith(f"# {check.id}\n")
    assert check.title
    assert not check.title.endswith(".")


def test_hand_written_pages_name_real_checks() -> None:
    for name in ("adding-a-check.md", "adding-a-provider.md"):
        assert (ROOT / "docs" / name).is_file()

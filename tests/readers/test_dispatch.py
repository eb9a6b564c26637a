"""Copies of documentation are read once, and only where the second can say no more than the first."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.catalog.load import load_catalog
from auditor.readers.dispatch import Readers
from auditor.readers.secrets import SecretScanner
from auditor.source.memory import entry_of
from tests.readers.secret_cases import ALNUM, Maker

CATALOG = load_catalog()


class Counting(SecretScanner):
    """Counts the files that are searched."""

    searched = 0

    def scan(self, *args: Any, **kwargs: Any) -> Any:
        self.searched += 1
        return super().scan(*args, **kwargs)


def readings(paths: tuple[str, ...], text: str) -> tuple[list[bool], int]:
    secrets = Counting(CATALOG)
    readers = Readers(CATALOG, secrets)
    found = [readers.read(entry_of(path, len(text)), text.encode()) is not None for path in paths]
    return found, secrets.searched


@pytest.mark.parametrize(
    ("paths", "searched"),
    [
        (("docs/v1/start.md", "docs/v2/start.md", "docs/v3/ru/start.md"), 1),
        (("docs/v1/start.md", "docs/v1/end.md"), 2),
        (("docs/v1/start.md", "tests/start.md"), 2),
        (("docs/v1/start.md", ".github/workflows/start.md"), 2),
        (("public/start.md", "dist/start.md"), 2),
        (("docs/v1/start.ini", "docs/v2/start.ini"), 2),
    ],
)
def test_a_copy_is_searched_again_only_where_its_place_tells_more(paths: tuple[str, ...], searched: int) -> None:
    assert readings(paths, "# Start\n\nRead on.\n") == ([False] * len(paths), searched)


def test_every_copy_with_a_key_is_told() -> None:
    key = "sk-ant-api03-" + Maker(1).of(ALNUM, 93) + "AA"
    text = f"# Start\n\nexport ANTHROPIC_API_KEY={key}\n"
    assert readings(("docs/v1/start.md", "docs/v2/start.md"), text) == ([True, True], 2)

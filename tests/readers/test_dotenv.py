"""Dotenv files: names, values' places, templates, live values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.readers.dotenv import env_pairs, is_template, read_env_file

LIVE = "kX9v" + "Qm2Lp7Rt4Wz8Ns3Bd6Fh"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\n", [("A", "1", 1, 2)]),
        ("# A=1\n\n  export B = 'x # y' # c\n", [("B", "x # y", 3, 14)]),
        ('A="one\ntwo"\nB=3', [("A", "one\ntwo", 1, 3), ("B", "3", 3, 2)]),
        ("A=x#y # c", [("A", "x#y", 1, 2)]),
        ("A=\nB= # c", [("A", "", 1, 2), ("B", "", 2, 3)]),
        ("A: 1", [("A", "1", 1, 3)]),
        ("not a pair\n=x", []),
    ],
)
def test_pairs(text: str, expected: list[tuple[str, str, int, int]]) -> None:
    assert [(p.name, p.value, p.at.line, p.at.column) for p in env_pairs(".env", text)] == expected


@pytest.mark.parametrize(
    ("path", "template"),
    [
        (".env", False),
        (".env.local", False),
        (".env.production", False),
        ("a/.env.example", True),
        ("sample.env", True),
        ("env.template", True),
        (".env-sample", True),
        ("example/.env", False),
    ],
)
def test_templates(path: str, template: bool) -> None:
    assert is_template(path) is template


@pytest.mark.parametrize(
    ("line", "live"),
    [
        (f"OPENAI_API_KEY={LIVE}", 1),
        (f"DB_PASSWORD='{LIVE}'", 1),
        (f"LOG_LEVEL={LIVE}", 0),
        (f"NEXT_PUBLIC_KEY={LIVE}", 0),
        ("OPENAI_API_KEY=", 0),
        ("OPENAI_API_KEY=your_api_key_here", 0),
        ("OPENAI_API_KEY=<your key>", 0),
        ("OPENAI_API_KEY=${OTHER}", 0),
    ],
)
def test_live_values(line: str, live: int) -> None:
    facts = read_env_file(".env", line)
    assert facts.live_values == live
    assert facts.names == (line.partition("=")[0],)


def test_no_value_in_a_representation() -> None:
    text = f"OPENAI_API_KEY={LIVE}"
    assert LIVE not in repr(list(env_pairs(".env", text)))
    assert LIVE not in repr(read_env_file(".env", text))


@given(st.text(max_size=100) | st.text("AB=\"'\\#\n :", max_size=60))
@settings(max_examples=300, deadline=None)
def test_reading_is_total(text: str) -> None:
    for pair in env_pairs(".env", text):
        assert pair.at.line >= 1
    read_env_file(".env", text)

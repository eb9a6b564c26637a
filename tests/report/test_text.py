"""Escapes: what a hostile repository writes stays text in every medium."""

from __future__ import annotations

import pytest

from auditor.report.github import _data, _property
from auditor.report.text import code, markdown, plain, plural


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a\tb\nc", "a b c"),
        ("\x1b[31mred\x07", "[31mred"),
        ("left\u202eright\u200b", "leftright"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_plain(text: str, result: str) -> None:
    assert plain(text) == result


def test_markdown_is_never_markup() -> None:
    assert markdown("a_b *c* [d](e) `f` | <g> @h & #1") == (
        "a\\_b \\*c\\* \\[d\\](e) \\`f\\` \\| &lt;g&gt; &#64;h &amp; \\#1"
    )
    assert code("a`b|c") == "``a`b\\|c``"


def test_github_commands_cannot_be_forged() -> None:
    assert "\n" not in _data("x\n::error::forged")
    assert _data("100%\r\n") == "100%25  "
    assert _property("a:b,c") == "a%3Ab%2Cc"


def test_plural() -> None:
    assert [plural(n, "call") for n in (0, 1, 2)] == ["0 calls", "1 call", "2 calls"]

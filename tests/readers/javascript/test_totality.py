"""The JavaScript reader never raises and never hangs: any text gives a module, or says why not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.readers.javascript import read_javascript
from auditor.readers.javascript.parse import MAX_CHARACTERS

SAMPLE = """
import OpenAI from "openai"; export default class A extends B { #k = 1; constructor(private x: T) { super() } }
const { a = 1, ...r } = await f?.(`x${y}`); for (const [i] of z) { switch (i) { case 1: break; default: g() } }
label: do { try { throw e } catch { } finally { } } while (!a ?? b); export * as n from "./n"; x = <A b={c}>{d}</A>;
enum E { A = 1 } namespace N { } type T = {}; @D() class Q { static { } get p() { return 1 } } async () => { yield* 2 }
"""
SUFFIXES = ("js", "ts", "tsx", "vue", "svelte", "astro", "html")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.sampled_from(SUFFIXES))
def test_any_text(text: str, suffix: str) -> None:
    read_javascript(f"a.{suffix}", text)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SAMPLE)), st.integers(0, len(SAMPLE)), st.text(max_size=5), st.sampled_from(SUFFIXES))
def test_damaged_code(start: int, end: int, inserted: str, suffix: str) -> None:
    read_javascript(f"a.{suffix}", SAMPLE[:start] + inserted + SAMPLE[end:])


DEEP = {
    "parentheses": "(" * 20000 + ")" * 20000,
    "arrays": "[" * 20000,
    "blocks": "{" * 20000,
    "calls": "f(" * 5000 + ")" * 5000,
    "functions": "() => { " * 3000,
    "elements": "<a>" * 3000,
    "members": "a" + ".b()" * 20000,
    "else": "if (a) b();" + " else if (a) b();" * 5000,
    "plus": "x = " + " + ".join(["a"] * 20000),
    "templates": "`${" * 3000,
    "ternaries": "a ? " * 5000,
    "types": "let x: " + "A<" * 5000,
    "not": "!" * 20000 + "a",
    "imports": "import " * 20000,
    "quotes": "'" * 20001,
    "comment": "/*" * 20000,
}


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("suffix", ["js", "ts"])
@pytest.mark.usefixtures("ends")
def test_deep_and_odd_files_end(name: str, suffix: str) -> None:
    module, unread = read_javascript(f"a.{suffix}", DEEP[name])
    assert module is not None or unread


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\0b", "NUL"),
        ("x" * (MAX_CHARACTERS + 1), "is not read"),
        ("a = " + "f(" * 900 + "1" + ")" * 900, "nested too deeply"),
        ("# Title\n\n* a list ] of ) words\n" * 30, "no valid JavaScript"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, reason: str) -> None:
    _, unread = read_javascript("a.js", text)
    assert len(unread) == 1
    assert reason in unread[0].reason

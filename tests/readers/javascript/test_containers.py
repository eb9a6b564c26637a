"""Scripts inside Vue, Svelte, Astro and HTML files stand at their true places; what is no script is not read."""

from __future__ import annotations

import pytest

from auditor.model import syntax as s
from auditor.model.walk import walk
from auditor.readers.javascript import read_javascript


def calls(path: str, text: str) -> list[tuple[str, int, int]]:
    module, unread = read_javascript(path, text)
    assert module is not None
    assert unread == ()
    found = [n for n in walk(module) if isinstance(n, s.Call) and isinstance(n.func, s.Name)]
    return [(n.func.id, n.at.line, n.at.column) for n in found if isinstance(n.func, s.Name)]


VUE = """<template>
  <button @click="send()">{{ text }}</button>
</template>
<script>
export default { name: "x" }
</script>
<script setup lang="ts">
const a: string = ask("é"); later()
</script>
<style> .a { color: red } </style>
"""
SVELTE = """<script context="module" lang="ts">
  first()
</script>
<script lang="ts">
  let n: number = second()
</script>
<p>{n}</p>
"""
ASTRO = """---
import Card from "./Card.astro"
const data = await load()
---
<Card />
<script>
  go()
</script>
"""
HTML = """<!doctype html>
<!-- <script>dead()</script> -->
<script src="https://cdn.example.com/x.js"></script>
<script type="application/json">{"a": 1}</script>
<script type="text/template"><b>no()</b></script>
<script>one()</script>
<SCRIPT type='module'>two()</SCRIPT>
<script src="app.js?v=1"></script><script src="/src/main.ts"></script>
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.vue", VUE, [("ask", 8, 18), ("later", 8, 28)]),
        ("a.svelte", SVELTE, [("first", 2, 2), ("second", 5, 18)]),
        ("a.astro", ASTRO, [("load", 3, 19), ("go", 7, 2)]),
        ("a.html", HTML, [("one", 6, 8), ("two", 7, 22)]),
    ],
)
def test_scripts_at_their_places(path: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    assert calls(path, text) == expected


@pytest.mark.parametrize(("path", "text", "dialect"), [("a.vue", VUE, "vue"), ("a.htm", HTML, "html")])
def test_dialect_is_named(path: str, text: str, dialect: str) -> None:
    module, _ = read_javascript(path, text)
    assert module is not None
    assert module.dialect == dialect


def test_typescript_is_told_by_the_script() -> None:
    assert read_javascript("a.vue", VUE)[0].language == "typescript"  # type: ignore[union-attr]
    assert read_javascript("a.html", HTML)[0].language == "javascript"  # type: ignore[union-attr]


def test_local_scripts_of_a_page_are_imports() -> None:
    module, _ = read_javascript("a.html", HTML)
    assert module is not None
    found = [(n.module, n.at.line) for n in module.body if isinstance(n, s.Import)]
    assert found == [("./app.js", 8), ("/src/main.ts", 8)]


@pytest.mark.parametrize(
    "text", ["", "<p>no script</p>", "<script", "<script>", "<script>a(</script>", "---\n", "<script src=>"]
)
@pytest.mark.parametrize("suffix", ["vue", "svelte", "astro", "html"])
def test_odd_containers(suffix: str, text: str) -> None:
    module, _ = read_javascript(f"a.{suffix}", text)
    assert module is not None

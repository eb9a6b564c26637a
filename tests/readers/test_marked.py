"""Positioned documents: values, places, limits."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.readers.marked import MAX_DEPTH, Documents, Node, read_json, read_toml, read_yaml


def plain(node: Node | None) -> Any:
    """The value of a tree without places."""
    match node:
        case Node(kind="list"):
            return [plain(item) for item in node.items]
        case Node(kind="map"):
            return {key.text: plain(value) for key, value in node.entries}
        case Node():
            return node.value
        case None:
            return None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: no", {"on": "no"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: 010", {"a": 10}),
        ("a: 0x1F", {"a": 31}),
        ("a: 1.5e3", {"a": 1500.0}),
        ("a: True\nb: ~\nc:\nd: 'true'", {"a": True, "b": None, "c": None, "d": "true"}),
        ("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3", {"a": {"b": 1, "c": 2}, "d": {"c": 3, "b": 1}}),
        ("<<: [{a: 1}, {a: 2, b: 3}]", {"a": 1, "b": 3}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("? [1]\n: x", {"": "x"}),
        ("- !Ref a\n- !!python/object:os.system x", ["a", "x"]),
    ],
)
def test_yaml(text: str, expected: Any) -> None:
    documents = read_yaml("a.yml", text)
    assert documents.unread == ()
    assert plain(documents.first) == expected


def test_yaml_places() -> None:
    text = "# c\non:\n  schedule:\n    - cron: '0 6 * * *'  # é\n      é: x\nrun: |\n  one\n\n  two\n"
    root = read_yaml("a.yml", text).first
    assert root is not None
    cron = root.get("on", "schedule", 0, "cron")
    assert cron is not None
    assert (cron.at.line, cron.at.column, cron.at.end_column, cron.style) == (4, 12, 23, "'")
    assert root.get("on", "schedule", 0, "é").at.column == 9  # type: ignore[union-attr]
    assert root.get("run").lines()[:3] == ((7, "one"), (8, ""), (9, "two"))  # type: ignore[union-attr]
    assert root.key("run").at.line == 6  # type: ignore[union-attr]


def test_documents_before_an_error_are_kept() -> None:
    documents = read_yaml("a.yml", "a: 1\n---\nb: [\n---\nc: 1\n")
    assert [plain(n) for n in documents.nodes] == [{"a": 1}]
    assert [u.line for u in documents.unread] == [4]


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i + 1}: &a{i + 1} [{','.join([f'*a{i}'] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "too many nodes, aliases expanded"),
        ("&a [*a]", "an alias that contains itself"),
        ("a: *b", "alias"),
        ("[" * 20_000, "nested too deeply to be read"),
        ("- " * 20_000, "nested too deeply to be read"),
        ("{a: " * 20_000, "nested too deeply to be read"),
        ("a: \x07", "invalid YAML"),
        ("a:\n\t- b", "invalid YAML"),
    ],
)
def test_bad_yaml_is_said(text: str, reason: str) -> None:
    documents = read_yaml("a.yml", text)
    assert reason in documents.unread[0].reason


def test_templates_are_set_aside() -> None:
    text = "spec:\n  {{- if .x }}\n  schedule: {{ .Values.s | quote }}\n  {{- end }}\n  name: x-{{ .y }}\n{% if a %}\nb: 1\n"
    assert read_yaml("a.yml", text).unread
    documents = read_yaml("a.yml", text, templated=True)
    assert documents.unread == ()
    assert documents.first is not None
    assert documents.first.get("spec", "schedule").at.line == 3  # type: ignore[union-attr]
    assert documents.first.string("b") == "1"


def test_accessors() -> None:
    root = read_yaml("a.yml", "a: [1, {b: x}]\nc: 2.5\nd: ~\ne: text\nf: true\n").first
    assert root is not None
    assert root.string("a", 1, "b") == "x"
    assert root.string("a", -1, "b") == "x"
    assert root.get("a", 5) is None
    assert root.get("c", "x") is None
    assert (root.number("c"), root.number("e"), root.number("f"), root.number("z")) == (2.5, None, None, None)
    assert [n.text for n in root.each("e")] == ["text"]
    assert (root.each("d"), root.each("zz")) == ((), ())
    assert [k for k, _ in root.pairs("a", 1)] == ["b"]
    assert sum(1 for _ in root.walk()) == 1 + 5 + 5 + 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, -2.5e3, true, null]}', {"a": [1, -2500.0, True, None]}),
        ("{\n\t// c\n\t'a': 1, /* x * */ b: \"http://x\",\n}", {"a": 1, "b": "http://x"}),
        ('"\\u00e9\\n\\ud83d\\ude00\\/"', "é\n😀/"),
        ('"\\ud83d"', "\ufffd"),
        ("[1,]", [1]),
        ("\ufeff{}", {}),
    ],
)
def test_json(text: str, expected: Any) -> None:
    documents = read_json("a.json", text)
    assert documents.unread == ()
    assert plain(documents.first) == expected


def test_json_places() -> None:
    root = read_json("a.json", '{\n\t"a": "é", "b": {\n  "c": 1}\n}').first
    assert root is not None
    assert (root.at.line, root.at.end_line, root.at.end_column) == (1, 4, 1)
    b = root.get("b")
    assert b is not None
    assert (b.at.line, b.at.column) == (2, 16)
    assert root.get("b", "c").at.line == 3  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    ['{"a" 1}', '{"a":}', '{"a":1', "[1 2]", "{]", "", "1 2", '{"a"}', "[:]", "x", "[" * 9000, '{"a":1 "b":2}', '"\n"'],
)
def test_bad_json_is_said(text: str) -> None:
    documents = read_json("a.json", text)
    assert documents.nodes == ()
    assert len(documents.unread) == 1


TOML = '''
[project]
name = "x" # c
dependencies = [
  "openai>=1",  # c
  'b',
]
"a.b".c = 1
d = 1979-05-27 07:32:00
e = [1.5, {f = true, g.h = "é"}]
m = """
x"y\\
  z"""
[tool.x]
openai = {version = "^1.0", extras = ["a"]}
[[t]]
a = 1
[t.sub]
z = 1
[[t]]
a = 2
'''


def test_toml() -> None:
    documents = read_toml("a.toml", TOML)
    assert documents.unread == ()
    expected = tomllib.loads(TOML)
    expected["project"]["d"] = "1979-05-27 07:32:00"  # dates stay text
    assert plain(documents.first) == expected


def test_toml_places() -> None:
    root = read_toml("a.toml", TOML).first
    assert root is not None
    places: list[tuple[tuple[str | int, ...], int, int]] = [
        (("project", "dependencies", 1), 6, 2),
        (("project", "a.b", "c"), 8, 10),
        (("project", "e", 1, "g", "h"), 10, 27),
        (("tool", "x", "openai", "version"), 15, 20),
        (("t", 1, "a"), 21, 4),
    ]
    for path, line, column in places:
        node = root.get(*path)
        assert node is not None
        assert (node.at.line, node.at.column) == (line, column)


@pytest.mark.parametrize("text", ["a = ", "a = 1\na = 2", "[a", "a = [" * 5000, "x"])
def test_bad_toml_is_said(text: str) -> None:
    assert read_toml("a.toml", text).unread


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
@settings(max_examples=200, deadline=None)
def test_json_agrees_with_the_standard_library(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=1)
    assert plain(read_json("a.json", text).first) == value


WRITTEN = st.text("aé1 :#'\"\n\\-~", max_size=12)


@given(st.recursive(WRITTEN | st.booleans() | st.none(), lambda x: st.lists(x) | st.dictionaries(WRITTEN, x)))
@settings(max_examples=200, deadline=None)
def test_yaml_agrees_with_the_library(value: Any) -> None:
    for text in (json.dumps(value, ensure_ascii=False), yaml.safe_dump(value, allow_unicode=True)):
        assert plain(read_yaml("a.yml", text).first) == yaml.safe_load(text)


@given(st.text(max_size=80) | st.text("[]{}:,-&*!|>'\"#\n \t=a1.%", max_size=80))
@settings(max_examples=500, deadline=None)
def test_reading_is_total(text: str) -> None:
    for read in (read_yaml, read_json, read_toml):
        documents = read("a", text)
        assert isinstance(documents, Documents)
        assert documents.nodes or documents.unread or read is read_yaml
    read_yaml("a", text, templated=True)


def test_depth_is_bounded_alike() -> None:
    deep = "[" * (MAX_DEPTH + 5) + "]" * (MAX_DEPTH + 5)
    fine = "[" * (MAX_DEPTH - 5) + "]" * (MAX_DEPTH - 5)
    for read in (read_yaml, read_json):
        assert read("a", deep).unread
        assert not read("a", fine).unread

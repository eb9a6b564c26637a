"""The notebook reader: positions in the file, magics, broken cells, other kernels."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import syntax as s
from auditor.model.walk import walk
from auditor.readers.notebook import read_notebook


def notebook(*cells: Any, **metadata: Any) -> str:
    built = [{"cell_type": "code", "source": source, "outputs": [{"text": "x"}]} for source in cells]
    return json.dumps({"cells": built, "metadata": metadata, "nbformat": 4}, indent=1, ensure_ascii=False)


def names(module: s.Module | None) -> list[str]:
    return [n.func.id for n in walk(module) if isinstance(n, s.Call) and isinstance(n.func, s.Name)] if module else []


def test_spans_stand_in_the_file() -> None:
    text = notebook(["import a\n", 'x = f("é", g(1))  # note\n'], ["h(\n", "  2)"], "k(1)\nm(2)")
    module, unread = read_notebook("n.ipynb", text)
    assert (unread, names(module)) == ((), ["f", "g", "h", "k", "m"])
    lines = text.split("\n")
    for node in walk(module):
        if isinstance(node, s.Call) and isinstance(node.func, s.Name):
            assert lines[node.at.line - 1][node.at.column :].startswith(node.func.id + "(")


@pytest.mark.parametrize(
    ("source", "called"),
    [
        (["!pip install openai\n", "f()"], ["f"]),
        (["%%bash\n", "rm -rf x"], []),
        (["%%time\n", "f()"], ["f"]),
        (["%time f()"], ["f"]),
        (["files = !ls\n", "f(files)"], ["f"]),
        (["if x:\n", "    %matplotlib inline\n", "f()"], ["f"]),
        (["obj?\n", "f()"], ["f"]),
        (["await f()"], ["f"]),
        (["x = 5 % 2\n", "f(a != b)"], ["f"]),
    ],
)
def test_magics(source: list[str], called: list[str]) -> None:
    module, unread = read_notebook("n.ipynb", notebook(source))
    assert (unread, names(module)) == ((), called)


def test_a_broken_cell_does_not_hide_the_others() -> None:
    text = notebook("f()", "def (", "g()")
    module, unread = read_notebook("n.ipynb", text)
    assert names(module) == ["f", "g"]
    assert [u.line for u in unread] == [1 + text.split("\n").index('   "source": "def (",')]


def test_other_kernels_are_left_alone() -> None:
    assert read_notebook("n.ipynb", notebook("library(x)", kernelspec={"language": "R"})) == (None, ())
    assert read_notebook("n.ipynb", notebook()) == (None, ())


def test_format_3() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["f()"]}]}]}
    assert names(read_notebook("n.ipynb", json.dumps(old))[0]) == ["f"]


@given(
    st.text(max_size=80)
    | st.recursive(
        st.none() | st.text(max_size=9) | st.integers(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["cells", "source", "cell_type", "metadata"]), x),
    ).map(json.dumps)
)
@settings(max_examples=200, deadline=None)
def test_reading_is_total(text: str) -> None:
    read_notebook("n.ipynb", text)


@given(st.lists(st.text("a =%!?\n\"'\\(é", max_size=20), max_size=4))
@settings(max_examples=200, deadline=None)
def test_any_cell_is_read_or_reported(cells: list[str]) -> None:
    module, unread = read_notebook("n.ipynb", notebook(*cells))
    assert all(u.line for u in unread)
    assert module is None or module.dialect == "notebook"

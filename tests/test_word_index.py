"""The index of words gives the same files however they were shared out, and takes part only of what is searched."""

from __future__ import annotations

import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.program_files import ProgramFiles
from auditor.source.memory import MemoryTree
from auditor.word_index import WordIndex, index, words_of

_WORD = re.compile(rb"[A-Za-z0-9_$]+")
_TEXTS = st.lists(
    st.binary(max_size=40) | st.sampled_from([b"a b", b"a.b(c)", b"$x _y", b"a\xc3\xa9b", b""]), max_size=9
)


@given(_TEXTS, st.integers(1, 4))
def test_the_index_says_what_a_look_at_every_file_says(texts: list[bytes], parts: int) -> None:
    files = [(f"f{i}", data) for i, data in enumerate(texts)]
    made = [pickle.loads(pickle.dumps(index(files[i::parts]))) for i in range(parts)]
    words = WordIndex(made)
    every = {word for _, data in files for word in _WORD.findall(data)}
    for word in every | {b"absent"}:
        assert words.files(word) == {path for path, data in files if word in _WORD.findall(data)}
    for head in {word[:1] for word in every}:
        begun = {path for path, data in files if any(w.startswith(head) for w in _WORD.findall(data))}
        assert words.files_beginning((head,)) == begun
    assert words.files_beginning(()) == set()


def test_words_are_identifiers() -> None:
    assert words_of(b"self.ask($q, 'x-1')\n") == [b"self", b"ask", b"$q", b"x", b"1"]


@pytest.mark.parametrize("shared", [False, True])
def test_program_files_search_what_was_indexed_elsewhere_too(shared: bool) -> None:
    tree = MemoryTree(
        {
            "app.py": "ask()\n",
            "lib/ask.ts": "export const ask = 1\n",
            "tests/test_app.py": "ask()\n",
            "examples/one.py": "ask()\n",
            "book.ipynb": '{"cells": [{"cell_type": "code", "source": ["x = 1\\nask()"]}]}',
        }
    )
    files = ProgramFiles(tree, tree.entries())
    if shared:
        for paths in (["app.py", "tests/test_app.py", "examples/one.py"], ["lib/ask.ts"]):
            files.take({}, files.index_words(paths))
    files.leave_out_examples()
    assert files.mentions("ask") == ("app.py", "book.ipynb", "lib/ask.ts")
    assert files.mentions("nobody") == ()

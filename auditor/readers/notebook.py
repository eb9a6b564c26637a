"""Reads the code cells of a Jupyter notebook as one Python module whose spans stand in the .ipynb file itself.

Knows the notebook format (3 and 4) and IPython's magics, which it neutralises. Knows nothing of outputs: what leaks
there is for the search for keys.
"""

from __future__ import annotations

import json
import re

from auditor.lazily import dataclass, regex
from auditor.model.facts import Unread
from auditor.model.syntax import Module
from auditor.readers.marked import Node, read_json
from auditor.readers.python import read_python

MAX_CHARACTERS = 64_000_000
"""Outputs with pictures make notebooks long; their code is short."""

_CELL_MAGIC = regex(r"\s*%%(\w+)")
_PYTHON_CELL = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "debug", "python", "python3", "pypy", "trace"}
)
_TIMED = regex(r"^(\s*)%(?:time|timeit|memit|prun)\s+((?:-\w+(?:\s+\d+)?\s+)*)(?=[^-\s])")
_LINE_MAGIC = regex(r"^(\s*)(?:%[\w/]|!|\?\??\w|[\w.]+\?\??\s*$).*")
_ASSIGNED = regex(r"^(\s*[\w, ]+=\s*)[%!].*")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of code, and where it stands in the notebook file."""

    text: str
    line: int
    column: int


def read_notebook(path: str, text: str) -> tuple[Module | None, tuple[Unread, ...]]:
    """The notebook's Python; neither module nor complaint where it holds none (another kernel, no code)."""
    documents = read_json(path, text, limit=MAX_CHARACTERS)
    root = documents.first
    if root is None:
        return None, documents.unread
    language = root.string("metadata", "kernelspec", "language") or root.string("metadata", "language_info", "name")
    if language and not language.lower().startswith(("python", "ipython")):
        return None, ()
    cells = [_neutral(_lines(cell)) for cell in _code_cells(root)]
    module, unread = _read(path, cells)
    if module is not None or not unread:
        return module, unread
    bad: list[Unread] = []
    good: list[list[_Line]] = []
    for cell in cells:  # one unfinished cell must not hide the others
        alone, why = _read(path, [cell])
        if why:
            bad += why
        elif alone is not None:
            good.append(cell)
    return _read(path, good)[0], tuple(bad)


def _code_cells(root: Node) -> list[Node]:
    cells = [*root.each("cells"), *(cell for sheet in root.each("worksheets") for cell in sheet.each("cells"))]
    return [cell for cell in cells if cell.string("cell_type") == "code"]


def _lines(cell: Node) -> list[_Line]:
    out: list[_Line] = []
    for node in cell.each("source") or cell.each("input"):
        column = node.at.column + 1
        for line in node.text.removesuffix("\n").split("\n"):
            out.append(_Line(line, node.at.line, column))
            column += len(json.dumps(line, ensure_ascii=False))  # the quotes stand for the escaped line end
    return out


def _neutral(cell: list[_Line]) -> list[_Line]:
    """The cell without magics: another language's cell is empty, a line of shell does nothing, a timed call is called."""
    first = next((line for line in cell if line.text.strip()), None)
    if first is None:
        return []
    magic = _CELL_MAGIC.match(first.text)
    if magic:
        if magic[1] not in _PYTHON_CELL:
            return []
        cell = [line for line in cell if line is not first]
    return [_Line(_neutral_text(line.text), line.line, line.column) for line in cell]


def _neutral_text(text: str) -> str:
    stripped = text.lstrip()
    if (
        not stripped.startswith(("%", "!", "?"))
        and not stripped.rstrip().endswith("?")
        and not re.search(r"=\s*[%!]", text)
    ):
        return text
    timed = _TIMED.match(text)
    if timed:
        return timed[1] + text[timed.end() :]
    if assigned := _ASSIGNED.match(text):
        return f"{assigned[1]}None"
    return _LINE_MAGIC.sub(r"\1pass", text)


def _read(path: str, cells: list[list[_Line]]) -> tuple[Module | None, tuple[Unread, ...]]:
    lines = [line for cell in cells for line in cell]
    if not lines:
        return None, ()

    def place(number: int, column: int) -> tuple[int, int]:
        line = lines[min(max(number, 1), len(lines)) - 1]
        return line.line, line.column + len(json.dumps(line.text[:column], ensure_ascii=False)) - 2

    return read_python(path, "\n".join(line.text for line in lines), "notebook", place)

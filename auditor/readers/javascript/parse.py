"""Text of a JavaScript or TypeScript file, or of a file that holds such scripts -> Module. Total: never raises."""

from __future__ import annotations

import posixpath
import time
from functools import cache
from typing import TYPE_CHECKING

from auditor.model.facts import Unread
from auditor.model.syntax import Import, Module, Stmt
from auditor.readers.javascript.containers import Source, mentioned, only, parts
from auditor.readers.javascript.marks import DIALECTS, TYPESCRIPT
from auditor.readers.javascript.statements import Statements
from auditor.readers.javascript.text import SourceText

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree

MAX_CHARACTERS = 3_000_000
_MAX_SECONDS = 6
_CHUNK = 65536
_LARGE_ERROR_SHARE = 0.25


def read_javascript(path: str, text: str, language: str = "") -> tuple[Module | None, tuple[Unread, ...]]:
    """Read one file. A syntax error in one place does not lose the file; one that garbles much of it is an Unread."""
    if len(text) > MAX_CHARACTERS:
        return None, (Unread(path, f"a script of more than {MAX_CHARACTERS} characters is not read"),)
    if "\0" in text:
        return None, (Unread(path, "not a script: it holds NUL characters"),)
    try:
        return _read(path, text, language)
    except RecursionError:
        return None, (Unread(path, "nested too deeply"),)
    except ValueError:
        return None, (Unread(path, f"its text, hardly a program, takes more than {_MAX_SECONDS} s to parse"),)


def _read(path: str, text: str, language: str) -> tuple[Module | None, tuple[Unread, ...]]:
    extension = posixpath.splitext(path)[1].lower()
    dialect = DIALECTS.get(extension, language if language in DIALECTS.values() else "")
    loaded: tuple[Source, ...] = ()
    handlers: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()
    if dialect:
        found, loaded = parts(text, dialect)
        handlers, typed = mentioned(text, dialect, found)
        typescript = any(p.typescript for p in found)
        source = SourceText(path, text, only(text, found))
        if not found and not loaded:
            return Module(path, "javascript", (), dialect=dialect), ()
    else:
        typescript = extension in TYPESCRIPT or (
            language == "typescript" and not extension.startswith((".js", ".mj", ".cj"))
        )
        source = SourceText(path, text)
    tree, errors = _best_tree(source.encoded, _grammars(extension, typescript))
    lowering = Statements(source)
    body = lowering.block(tree.root_node)
    unread = _complaints(path, source, tree, errors, lowering)
    module = Module(
        path,
        "typescript" if typescript else "javascript",
        _loads(source, loaded) + body,
        lowering.directives(tree.root_node),
        lowering.jsx,
        dialect,
        handlers,
        typed,
    )
    return module, unread


def _loads(source: SourceText, loaded: tuple[Source, ...]) -> tuple[Stmt, ...]:
    """`<script src>` of a page as imports: relative to the page unless it starts with `/`."""
    found = []
    for item in loaded:
        name = item.specifier.split("?")[0].split("#")[0]
        specifier = name if name.startswith(("/", ".", "~", "@", "$")) else "./" + name
        found.append(Import(source.span(item.start, item.end), specifier))
    return tuple(found)


def _grammars(extension: str, typescript: bool) -> tuple[str, ...]:
    """The grammars to try, best first: the next one only if the one before met an error."""
    if extension in (".ts", ".mts", ".cts"):
        return ("typescript",)
    return ("tsx", "typescript") if typescript else ("javascript", "tsx")


def _best_tree(encoded: bytes, grammars: tuple[str, ...]) -> tuple[Tree, int]:
    """The tree of the grammar that leaves the fewest characters in errors, and their number."""
    best: tuple[Tree, int] | None = None
    for grammar in grammars:
        tree = _parse(encoded, grammar)
        errors = _error_size(tree.root_node) if tree.root_node.has_error else 0
        if best is None or errors < best[1]:
            best = tree, errors
        if errors == 0:
            break
    assert best is not None  # noqa: S101 - there is always a grammar
    return best


def _parse(encoded: bytes, grammar: str) -> Tree:
    """Parse, with an emergency brake: text that is no program can keep the parser's error recovery busy for minutes.

    Raises:
        ValueError: the brake was pulled.
    """
    from tree_sitter import Parser

    limit = time.monotonic() + _MAX_SECONDS
    return Parser(_language(grammar)).parse(
        lambda offset, _: encoded[offset : offset + _CHUNK], progress_callback=lambda *_: time.monotonic() > limit
    )


@cache
def _language(grammar: str) -> Language:
    import tree_sitter_javascript
    import tree_sitter_typescript
    from tree_sitter import Language

    pointer = {
        "javascript": tree_sitter_javascript.language,
        "typescript": tree_sitter_typescript.language_typescript,
        "tsx": tree_sitter_typescript.language_tsx,
    }[grammar]()
    return Language(pointer)


def _error_size(root: Node) -> int:
    """Characters in the outermost error nodes; goes down only where the parser met an error. At least 1."""
    size = 0
    stack = [root]
    while stack:
        node = stack.pop()
        if node.is_error and node is not root:
            size += node.end_byte - node.start_byte
        elif node.has_error:
            stack.extend(node.children)
    if root.is_error:  # nothing was recognised as a program
        size = root.end_byte - root.start_byte
    return max(size, 1)


def _complaints(path: str, source: SourceText, tree: Tree, errors: int, lowering: Statements) -> tuple[Unread, ...]:
    found = []
    code = len(source.encoded) - source.encoded.count(b" ")
    if errors > 40 and errors > _LARGE_ERROR_SHARE * code:
        found.append(
            Unread(path, "much of it is no valid JavaScript or TypeScript", _first_error(source, tree.root_node))
        )
    if lowering.too_deep is not None:
        found.append(Unread(path, "an expression is nested too deeply to be read", source.line(lowering.too_deep)))
    return tuple(found)


def _first_error(source: SourceText, root: Node) -> int | None:
    node = root
    while not node.is_error or node is root:
        below = next((c for c in node.children if c.has_error or c.is_error), None)
        if below is None:
            break
        node = below
    return source.line(node.start_byte)

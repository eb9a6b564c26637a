"""A small reader of HCL: blocks and attributes with their places; expressions stay text.

Knows variables with defaults, locals, `.tfvars` and `path.module`, for a module is one namespace over the files of its
folder; knows no functions and no providers.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import field

from auditor.lazily import dataclass, regex

_MAX_TOKENS = 200_000
_MAX_ROUNDS = 6  # variables of variables
_MAX_TEXT = 20_000
_TOKEN = regex(
    r"""(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<newline>\n)
    |(?P<heredoc><<[-~]?(?P<tag>\w+)\n.*?\n[ \t]*(?P=tag)\b)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<mark>[{}\[\](),=:])
    |(?P<word>[^\s{}\[\](),=:"]+)""",
    re.VERBOSE | re.DOTALL,
)
_REFERENCE = regex(r"\$\{\s*(?P<in>(?:var|local)\.\w+)\s*\}|(?<![\w.\"$])(?P<bare>(?:var|local)\.\w+)(?![\w.\[])")


@dataclass
class Block:
    """A block: its type and labels, attributes as text with the line of each, and inner blocks."""

    labels: tuple[str, ...]
    line: int
    attributes: dict[str, tuple[str, int]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    path: str = ""

    def raw(self, name: str) -> str:
        """An attribute as it stands there; empty where there is none."""
        return self.attributes.get(name, ("", 0))[0].strip()

    def text(self, name: str) -> str:
        """An attribute without its quotes; empty where there is none."""
        return unquoted(self.raw(name))

    def inner(self, *names: str) -> Block:
        """The first block along a path of names; an empty one where there is none."""
        here = self
        for name in names:
            here = next((b for b in here.blocks if b.labels[0] == name), Block(("",), here.line, path=here.path))
        return here


def unquoted(value: str) -> str:
    """A text without the quotes around it."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def read_blocks(text: str, path: str = "") -> tuple[Block, ...]:
    """The top-level blocks of a file. Total: what does not fit is skipped."""
    root = _read(text, path)
    return tuple(root.blocks)


def read_module(files: Mapping[str, str], given: Mapping[str, str] | None = None) -> tuple[Block, ...]:
    """The blocks of all files of a folder, with variables, locals and `path.module` put in where they are known.

    Args:
        files: the `.tf` and `.tfvars` files of the folder, by path.
        given: what the one caller of the module hands to it, by `var.x`.
    """
    blocks = [b for path, text in sorted(files.items()) if path.endswith(".tf") for b in read_blocks(text, path)]
    known = {**_known(blocks), **(given or {})}
    for path, text in sorted(files.items()):
        if path.endswith(".tfvars"):
            for name, (value, _) in _read(text, path).attributes.items():
                known[f"var.{name}"] = value
    for block in blocks:
        if block.labels[0] not in {"variable", "locals"}:
            _resolve(block, known)
    return tuple(blocks)


def module_calls(files: Mapping[str, str]) -> tuple[tuple[str, dict[str, str]], ...]:
    """The local modules that a folder's files use: the folder of each, and what it is given, by `var.x`."""
    found = []
    for block in read_module(files):
        source = block.text("source")
        if block.labels[0] == "module" and source.startswith("."):
            folder = posixpath.normpath(posixpath.join(posixpath.dirname(block.path), source))
            values = {f"var.{n}": v for n, (v, _) in block.attributes.items() if n not in {"source", "version"}}
            found.append(("" if folder == "." else folder, values))
    return tuple(found)


def _read(text: str, path: str) -> Block:
    tokens: list[tuple[str, str, int]] = []
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "tag":
            kind = "heredoc"
        if kind != "space":
            tokens.append((kind, match.group(0), line))
        line += match.group(0).count("\n")
        if len(tokens) > _MAX_TOKENS:
            break
    root = Block(("",), 1, path=path)
    _body(tokens, 0, root, 0)
    return root


def _body(tokens: list[tuple[str, str, int]], at: int, into: Block, depth: int) -> int:
    while at < len(tokens):
        kind, text, line = tokens[at]
        if text == "}":
            return at + 1
        if kind not in {"word", "string"}:
            at += 1
            continue
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        if following in {"=", ":"}:
            value, at = _value(tokens, at + 2)
            into.attributes[text.strip('"')] = (value, line)
            continue
        labels = []
        while at < len(tokens) and tokens[at][0] in {"word", "string"}:
            labels.append(tokens[at][1].strip('"'))
            at += 1
        if at < len(tokens) and tokens[at][1] == "{" and depth < 40:
            block = Block(tuple(labels), line, path=into.path)
            at = _body(tokens, at + 1, block, depth + 1)
            into.blocks.append(block)
    return at


def _value(tokens: list[tuple[str, str, int]], at: int) -> tuple[str, int]:
    """The text of an attribute: up to the end of the line, brackets balanced."""
    parts: list[str] = []
    depth = 0
    while at < len(tokens):
        kind, text, _ = tokens[at]
        if kind == "newline" and depth <= 0:
            break
        if text in {"{", "[", "("}:
            depth += 1
        elif text in {"}", "]", ")"}:
            if depth == 0:
                break
            depth -= 1
        if kind != "newline":
            parts.append(text)
        at += 1
    return " ".join(parts), at


def _known(blocks: list[Block]) -> dict[str, str]:
    """Variables with defaults and locals, by `var.x` and `local.x`."""
    found: dict[str, str] = {}
    for block in blocks:
        if block.labels[0] == "variable" and len(block.labels) == 2 and block.raw("default"):
            found[f"var.{block.labels[1]}"] = block.raw("default")
        elif block.labels == ("locals",):
            for name, (value, _) in block.attributes.items():
                found[f"local.{name}"] = value
    return found


def _resolve(block: Block, known: Mapping[str, str]) -> None:
    folder = posixpath.dirname(block.path)
    for name, (value, line) in list(block.attributes.items()):
        block.attributes[name] = (_put_in(value, known, folder), line)
    for inner in block.blocks:
        _resolve(inner, known)


def _put_in(value: str, known: Mapping[str, str], folder: str) -> str:
    """A text with what is known in place of its references; the rest stays as it is written."""

    def put(match: re.Match[str]) -> str:
        given = known.get(match.group("in") or match.group("bare"))
        if given is None or given == "null":
            return match.group(0)
        if match.group("bare"):
            return given
        plain = unquoted(given)
        return plain if given != plain or re.fullmatch(r"[\w.-]+", given) else match.group(0)

    for _ in range(_MAX_ROUNDS):
        replaced = _REFERENCE.sub(put, value)
        if replaced == value or len(replaced) > _MAX_TEXT:
            break
        value = replaced
    where = folder or "."
    return re.sub(r"\$\{\s*path\.(?:module|root|cwd)\s*\}", where, value)

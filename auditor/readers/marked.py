"""Reads YAML, JSON (with comments) and TOML into one small tree in which every node knows where it stands.

Documents are composed, never constructed: no tag runs anything, YAML's `on:` stays the text "on" and `12:30` the text
"12:30". Depth, size and aliases are bounded, so that no document is larger read than written by more than a constant.
Knows nothing of what a document means.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from auditor.lazily import dataclass, regex
from auditor.model.facts import Unread
from auditor.model.location import Span

MAX_CHARACTERS = 8_000_000
MAX_DEPTH = 100
MAX_NODES = 400_000
"""Counted with aliases expanded: a document that says "lol" a billion times in ten lines is refused."""

Scalar: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Node:
    """A scalar, a list or a map. A scalar has `text` as written (unquoted, unescaped) and its resolved `value`.

    `style` is "" for a plain scalar, else its quote or block sign (`"`, `'`, `|`, `>`). `tag` is a YAML tag such as
    `!Ref`. Entries hold (key, value) in order of writing, merged (`<<`) ones last.
    """

    at: Span
    kind: str = "scalar"  # scalar | list | map
    text: str = ""
    value: Scalar = None
    style: str = ""
    tag: str = ""
    items: tuple[Node, ...] = ()
    entries: tuple[tuple[Node, Node], ...] = ()

    def get(self, *path: str | int) -> Node | None:
        """The node below: names step into maps, numbers into lists. None where there is no such thing."""
        node = self
        for step in path:
            found: Node | None = None
            if isinstance(step, int):
                found = node.items[step] if -len(node.items) <= step < len(node.items) else None
            else:
                found = next((value for key, value in node.entries if key.text == step), None)
            if found is None:
                return None
            node = found
        return node

    def key(self, name: str) -> Node | None:
        """The node of a key itself, for its position."""
        return next((key for key, _ in self.entries if key.text == name), None)

    def each(self, *path: str | int) -> tuple[Node, ...]:
        """The items of a list below, or the lone scalar or map that stands where a list may; () where nothing does."""
        node = self.get(*path)
        if node is None or (node.kind == "scalar" and node.value is None):
            return ()
        return node.items if node.kind == "list" else (node,)

    def string(self, *path: str | int) -> str:
        """The text of a scalar below; "" where there is none or it is null."""
        node = self.get(*path)
        return node.text if node is not None and node.kind == "scalar" and node.value is not None else ""

    def number(self, *path: str | int) -> float | None:
        """The number below, also one written as text; None where there is none."""
        node = self.get(*path)
        if node is None or node.kind != "scalar" or isinstance(node.value, bool):
            return None
        try:
            return float(node.text)
        except ValueError:
            return None

    def pairs(self, *path: str | int) -> tuple[tuple[str, Node], ...]:
        """The entries of a map below, keys as text."""
        node = self.get(*path)
        return () if node is None else tuple((key.text, value) for key, value in node.entries)

    def lines(self) -> tuple[tuple[int, str], ...]:
        """A scalar's lines with the file line of each; exact for plain text and `|` blocks, near for the others."""
        first = self.at.line + (self.style in ("|", ">"))
        step = 0 if self.style == ">" else 1
        last = max(first, self.at.end_line)
        return tuple((min(first + i * step, last), line) for i, line in enumerate(self.text.split("\n")))

    def walk(self) -> Iterator[Node]:
        """This node and all below, parents first, keys before their values."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.items))
            for key, value in reversed(node.entries):
                stack += (value, key)


@dataclass(frozen=True, slots=True)
class Documents:
    """What one file held: its documents (JSON and TOML: one), and what could not be read."""

    nodes: tuple[Node, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def first(self) -> Node | None:
        """The first document, or None."""
        return self.nodes[0] if self.nodes else None


class _BadDocument(Exception):
    """Why a document cannot be read, and where; never leaves this module."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(slots=True)
class _Open:
    """A list or map that is being read: children so far, and the key that waits for its value."""

    at: Span
    kind: str
    tag: str = ""
    anchor: str = ""
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Node, Node]] = field(default_factory=list)
    waiting: Node | None = None
    size: int = 1

    def add(self, node: Node) -> None:
        if self.kind == "list":
            self.items.append(node)
        elif self.waiting is None:
            self.waiting = node
        else:
            self.entries.append((self.waiting, node))
            self.waiting = None

    def close(self, end_line: int, end_column: int) -> Node:
        at = Span(self.at.path, self.at.line, self.at.column, end_line, end_column)
        entries = _merged(self.entries) if any(k.text == "<<" for k, _ in self.entries) else tuple(self.entries)
        return Node(at, self.kind, tag=self.tag, items=tuple(self.items), entries=entries)


def _merged(entries: list[tuple[Node, Node]]) -> tuple[tuple[Node, Node], ...]:
    own = [(key, value) for key, value in entries if key.text != "<<" or key.style]
    names = {key.text for key, _ in own}
    for key, value in entries:
        if key.text != "<<" or key.style:
            continue
        for source in value.items if value.kind == "list" else (value,):
            for name, inherited in source.entries:
                if name.text not in names:
                    names.add(name.text)
                    own.append((name, inherited))
    return tuple(own)


# --------------------------------------------------------------------------- YAML

_INTEGER = regex(r"[-+]?[0-9]{1,400}\Z|0x[0-9a-fA-F]{1,300}\Z|0o[0-7]{1,300}\Z")
_FLOAT = regex(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,5})?\Z")
_WORDS: Mapping[str, Scalar] = {"": None, "~": None} | {
    spelling: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for spelling in (word, word.capitalize(), word.upper())
}


def _resolve(text: str) -> Scalar:
    """The value of a plain scalar by YAML 1.2's core rules: `on`, `yes` and `12:30` are text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-+.0123456789":
        if _INTEGER.match(text):
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if _FLOAT.match(text):
            return float(text)
    return text


_TEMPLATE_LINE = regex(
    r"^[ \t]*\{\{-?(?![^\n]*\}\}[ \t]*[^\s{])[^\n]*\}\}[ \t]*$|^[ \t]*\{%[^\n]*%\}[ \t]*$", re.MULTILINE
)
_TEMPLATE = regex(r"\{\{[^\n{}]*\}\}|\{%[^\n]*?%\}")


def without_templates(text: str) -> str:
    """Text of a Helm, Jinja or cookiecutter template with each expression replaced by as many `x`, lines of control by blanks."""
    text = _TEMPLATE_LINE.sub(lambda match: " " * len(match[0]), text)
    return _TEMPLATE.sub(lambda match: "x" * len(match[0]), text)


def read_yaml(path: str, text: str, *, templated: bool = False) -> Documents:
    """All documents of a YAML file. After an error the documents before it are kept.

    Args:
        path: where the file stands, for the spans.
        text: its decoded text.
        templated: whether `{{ ... }}` is a template's expression (Helm, Jinja) and not YAML.
    """
    import yaml

    if len(text) > MAX_CHARACTERS:
        return Documents(unread=(Unread(path, f"longer than {MAX_CHARACTERS:,} characters"),))
    if templated:
        text = without_templates(text)
    documents: list[Node] = []
    try:
        for node in _compose(path, text.removeprefix("\ufeff")):
            documents.append(node)  # noqa: PERF402 - what was read before an error is kept
    except _BadDocument as bad:
        return Documents(tuple(documents), (Unread(path, bad.reason, bad.line),))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        line = None if mark is None else mark.line + 1
        return Documents(tuple(documents), (Unread(path, f"invalid YAML: {problem}", line),))
    except (ValueError, RecursionError, MemoryError):
        return Documents(tuple(documents), (Unread(path, "invalid YAML"),))
    return Documents(tuple(documents))


def _compose(path: str, text: str) -> Iterator[Node]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    stack: list[_Open] = []
    anchors: dict[str, tuple[Node, int]] = {}
    open_anchors: set[str] = set()
    total = 0
    event: Any
    for event in yaml.parse(text, Loader=loader):
        start, end = event.start_mark, event.end_mark
        node: Node | None = None
        size, anchor = 1, ""
        if isinstance(event, yaml.ScalarEvent):
            at = Span(path, start.line + 1, start.column, end.line + 1, end.column)
            tag = event.tag or ""
            value = _resolve(event.value) if event.implicit[0] and not event.style else event.value
            node = Node(at, text=event.value, value=value, style=event.style or "", tag=tag)
            anchor = event.anchor or ""
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(stack) >= MAX_DEPTH:
                raise _BadDocument("nested too deeply to be read", start.line + 1)
            kind = "list" if isinstance(event, yaml.SequenceStartEvent) else "map"
            stack.append(_Open(Span(path, start.line + 1, start.column), kind, event.tag or "", event.anchor or ""))
            if event.anchor:
                open_anchors.add(event.anchor)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = stack.pop()
            node = done.close(end.line + 1, end.column)
            size, anchor = done.size, done.anchor
            open_anchors.discard(anchor)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor in open_anchors:
                raise _BadDocument("an alias that contains itself", start.line + 1)
            if event.anchor not in anchors:
                raise _BadDocument("an alias without anchor", start.line + 1)
            node, size = anchors[event.anchor]
        elif isinstance(event, yaml.DocumentStartEvent):
            anchors.clear()
        if node is None:
            continue
        total += size if isinstance(event, yaml.AliasEvent) else 1
        if total > MAX_NODES or size > MAX_NODES:
            raise _BadDocument("too many nodes, aliases expanded", start.line + 1)
        if anchor:
            anchors[anchor] = (node, size)
        if stack:
            stack[-1].add(node)
            stack[-1].size += size
        else:
            yield node


# --------------------------------------------------------------------------- JSON

_JSON = regex(
    r"""(?P<space>[\s\ufeff]+|//[^\n]*|/\*(?:[^*]++|\*(?!/))*+\*/)
    |(?P<mark>[{}\[\]:,])
    |(?P<string>"(?:[^"\\\n]++|\\.)*+"|'(?:[^'\\\n]++|\\.)*+')
    |(?P<word>[-+\w.$]+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = regex(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_LITERALS: dict[str, Scalar] = {"null": None, "true": True, "false": False}


class _Lines:
    """Line and column of a position."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, position: int) -> tuple[int, int]:
        line = bisect_right(self.starts, position)
        return line, position - self.starts[line - 1]

    def span(self, start: int, end: int) -> Span:
        return Span(self.path, *self.place(start), *self.place(end))


def _unescape(body: str) -> str:
    if "\\" not in body:
        return body

    def character(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[2], match[2])

    text = _ESCAPE.sub(character, body)
    if re.search("[\ud800-\udfff]", text):  # a pair of escapes is one character; half of one is none
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def read_json(path: str, text: str, *, limit: int = MAX_CHARACTERS) -> Documents:
    """The one document of a JSON file; comments, trailing commas, tabs, single quotes and bare keys are accepted."""
    if len(text) > limit:
        return Documents(unread=(Unread(path, f"longer than {limit:,} characters"),))
    try:
        return Documents((_json(path, text),))
    except _BadDocument as bad:
        return Documents(unread=(Unread(path, bad.reason, bad.line),))


def _json(path: str, text: str) -> Node:
    where = _Lines(path, text)
    stack: list[_Open] = []
    root: Node | None = None
    position, count, expect = 0, 0, "value"  # expect: value | key | colon | comma (or the end of the container)
    while position < len(text):
        match = _JSON.match(text, position)
        if match is None:
            raise _BadDocument("invalid JSON: unexpected character", where.place(position)[0])
        position = match.end()
        kind, sign = match.lastgroup, match[0]
        if kind == "space":
            continue
        line = where.place(match.start())[0]
        if root is not None:
            raise _BadDocument("invalid JSON: text after the document", line)
        node: Node | None = None
        if kind == "mark":
            if sign in "{[" and expect == "value":
                if len(stack) >= MAX_DEPTH:
                    raise _BadDocument("nested too deeply to be read", line)
                stack.append(_Open(Span(path, *where.place(match.start())), "map" if sign == "{" else "list"))
                expect = "key" if sign == "{" else "value"
                continue
            if sign in "}]" and stack and (stack[-1].kind == "map") == (sign == "}") and stack[-1].waiting is None:
                if expect == "colon":
                    raise _BadDocument("invalid JSON: a key without value", line)
                node = stack.pop().close(*where.place(position))
            elif sign == ":" and expect == "colon":
                expect = "value"
                continue
            elif sign == "," and expect == "comma" and stack:
                expect = "key" if stack[-1].kind == "map" else "value"
                continue
            else:
                raise _BadDocument(f"invalid JSON: unexpected {sign}", line)
        elif expect not in ("value", "key"):
            raise _BadDocument("invalid JSON: a comma or colon is missing", line)
        else:
            node = _json_scalar(where.span(match.start(), position), sign, kind == "string", expect == "key")
            if node is None:
                raise _BadDocument("invalid JSON: not a value", line)
        count += 1
        if count > MAX_NODES:
            raise _BadDocument("too many nodes", line)
        if not stack:
            root = node
            continue
        is_key = expect == "key" and kind != "mark"
        stack[-1].add(node)
        expect = "colon" if is_key else "comma"
    if root is None:
        raise _BadDocument("invalid JSON: the document ends early", where.place(len(text))[0])
    return root


def _json_scalar(at: Span, token: str, quoted: bool, key: bool) -> Node | None:
    if quoted:
        text = _unescape(token[1:-1])
        return Node(at, text=text, value=text, style=token[0])
    if key:
        return Node(at, text=token, value=token)
    if token in _LITERALS:
        return Node(at, text=token, value=_LITERALS[token])
    value = _resolve(token)
    return None if isinstance(value, str) or value is None else Node(at, text=token, value=value)


# --------------------------------------------------------------------------- TOML

_TOML = regex(
    r'''(?P<space>[ \t\r]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<string>"""(?:[^"\\]++|\\.|"(?!"")|"(?="""))*+"""|\'\'\'(?:[^']++|'(?!'')|'(?='\'\'))*+\'\'\'
       |"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+')
    |(?P<mark>[\[\]{}=,])
    |(?P<bare>[^\s\[\]{}=,#"']+)''',
    re.VERBOSE | re.DOTALL,
)


def read_toml(path: str, text: str) -> Documents:
    """The one document of a TOML file. Validity is `tomllib`'s word; positions come from an own scan of the same text."""
    import tomllib

    if len(text) > MAX_CHARACTERS:
        return Documents(unread=(Unread(path, f"longer than {MAX_CHARACTERS:,} characters"),))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        tomllib.loads(text)
        return Documents((_Toml(path, text).read(),))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        return Documents(unread=(Unread(path, "invalid TOML", int(found[1]) if found else None),))
    except _BadDocument as bad:
        return Documents(unread=(Unread(path, bad.reason, bad.line),))
    except (RecursionError, ValueError):
        return Documents(unread=(Unread(path, "nested too deeply to be read"),))


@dataclass(slots=True)
class _Table:
    """A TOML table that later lines may still add to; lists of tables hold tables in `rows`."""

    at: Span
    keys: dict[str, Node] = field(default_factory=dict)
    values: dict[str, _Table | Node] = field(default_factory=dict)
    rows: list[_Table] | None = None

    def freeze(self, depth: int = 0) -> Node:
        if depth > MAX_DEPTH:
            raise _BadDocument("nested too deeply to be read", self.at.line)
        if self.rows is not None:
            return Node(self.at, "list", items=tuple(row.freeze(depth + 1) for row in self.rows))
        entries = tuple(
            (self.keys[name], value.freeze(depth + 1) if isinstance(value, _Table) else value)
            for name, value in self.values.items()
        )
        return Node(self.at, "map", entries=entries)


class _Toml:
    """A scan of a text that is known to be valid TOML."""

    def __init__(self, path: str, text: str) -> None:
        self.where = _Lines(path, text)
        self.tokens = [m for m in _TOML.finditer(text) if m.lastgroup != "space"]
        self.next = 0
        self.root = _Table(Span(path, 1, 0))

    def peek(self) -> str:
        return self.tokens[self.next][0] if self.next < len(self.tokens) else ""

    def take(self) -> re.Match[str]:
        if self.next >= len(self.tokens):
            raise _BadDocument("invalid TOML")
        self.next += 1
        return self.tokens[self.next - 1]

    def read(self) -> Node:
        table = self.root
        while self.next < len(self.tokens):
            if self.peek() == "\n":
                self.next += 1
            elif self.peek() == "[":
                table = self.header()
            else:
                self.pair(table, 0)
        return self.root.freeze()

    def header(self) -> _Table:
        self.take()
        many = self.peek() == "["
        if many:
            self.take()
        path = self.key()
        while self.next < len(self.tokens) and self.peek() == "]":
            self.take()
        table = self.root
        for key in path[:-1]:
            table = self.step(table, key)
        last = path[-1]
        if not many:
            return self.step(table, last)
        table.keys.setdefault(last.text, last)
        rows = table.values.setdefault(last.text, _Table(last.at, rows=[]))
        row = _Table(last.at)
        if isinstance(rows, _Table) and rows.rows is not None:
            rows.rows.append(row)
        return row

    def step(self, table: _Table, key: Node) -> _Table:
        table.keys.setdefault(key.text, key)
        below = table.values.setdefault(key.text, _Table(key.at))
        if not isinstance(below, _Table):
            raise _BadDocument("invalid TOML", key.at.line)
        return below.rows[-1] if below.rows else below

    def key(self) -> list[Node]:
        """A dotted key: bare parts may hold several dots, quoted parts stand alone."""
        parts: list[Node] = []
        while self.next < len(self.tokens) and self.tokens[self.next].lastgroup in ("bare", "string"):
            token = self.take()
            if token.lastgroup == "string":
                parts.append(self.scalar(token))
                continue
            offset = token.start()
            for piece in token[0].split("."):
                if piece:
                    parts.append(Node(self.where.span(offset, offset + len(piece)), text=piece, value=piece))
                offset += len(piece) + 1
        if not parts:
            raise _BadDocument("invalid TOML")
        return parts

    def pair(self, table: _Table, depth: int) -> None:
        path = self.key()
        if self.take()[0] != "=":
            raise _BadDocument("invalid TOML", path[0].at.line)
        for key in path[:-1]:
            table = self.step(table, key)
        table.keys[path[-1].text] = path[-1]
        table.values[path[-1].text] = self.value(depth)

    def value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _BadDocument("nested too deeply to be read")
        token = self.take()
        if token[0] == "[":
            items: list[Node] = []
            while (following := self.peek()) != "]":
                if following in ("\n", ","):
                    self.take()
                else:
                    items.append(self.value(depth + 1))
            return Node(self.where.span(token.start(), self.take().end()), "list", items=tuple(items))
        if token[0] == "{":
            table = _Table(self.where.span(token.start(), token.end()))
            while (following := self.peek()) != "}":
                if following in ("\n", ","):
                    self.take()
                else:
                    self.pair(table, depth + 1)
            table.at = self.where.span(token.start(), self.take().end())
            return table.freeze(depth)
        return self.scalar(token)

    def scalar(self, token: re.Match[str]) -> Node:
        import tomllib

        raw, end = token[0], token.end()
        while token.lastgroup == "bare" and self.next < len(self.tokens) and self.tokens[self.next].lastgroup == "bare":
            more = self.take()  # a date and a time with a blank between
            raw, end = f"{raw} {more[0]}", more.end()
        at = self.where.span(token.start(), end)
        style = raw[0] if token.lastgroup == "string" else ""
        if style and raw[1:2] != style and "\\" not in raw:
            return Node(at, text=raw[1:-1], value=raw[1:-1], style=style)
        try:
            value = tomllib.loads(f"x = {raw}")["x"]
        except tomllib.TOMLDecodeError:
            return Node(at, text=raw, value=raw, style=style)
        if not isinstance(value, str | int | float | bool):  # a date stays text
            value = raw
        return Node(at, text=value if isinstance(value, str) else raw, value=value, style=style)

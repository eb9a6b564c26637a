"""A forgiving look at a positioned document: missing things are empty views, so that readers can be short.

Knows nothing of schedulers; the documents themselves are read by `readers.marked`.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.facts import Unread
from auditor.model.location import Span
from auditor.readers.marked import Documents, Node, read_json, read_toml, read_yaml


class View:
    """A node of a YAML, JSON or TOML document, or nothing (falsy) where there is none."""

    __slots__ = ("_node", "at")

    def __init__(self, node: Node | None, at: Span) -> None:
        absent = node is None or (node.kind == "scalar" and node.value is None)
        self._node = None if absent else node
        self.at = at if node is None else node.at

    def __bool__(self) -> bool:
        return self._node is not None

    @property
    def is_map(self) -> bool:
        """Whether this is a mapping."""
        return self._node is not None and self._node.kind == "map"

    @property
    def is_list(self) -> bool:
        """Whether this is a sequence."""
        return self._node is not None and self._node.kind == "list"

    @property
    def is_scalar(self) -> bool:
        """Whether this is a scalar."""
        return self._node is not None and self._node.kind == "scalar"

    @property
    def text(self) -> str:
        """A scalar as the text that stands in the file (without quotes); else empty."""
        if not self.is_scalar:
            return ""
        return self._node.text if self._node is not None else ""

    @property
    def number(self) -> float | None:
        """A scalar as a number, if it is one."""
        try:
            return float(self.text)
        except ValueError:
            return None

    @property
    def flag(self) -> bool:
        """Whether a scalar says yes."""
        return self.text.lower() in {"true", "yes", "on", "1"}

    def get(self, *keys: str) -> View:
        """Follow keys of mappings; an empty view where one is missing."""
        here = self
        for key in keys:
            here = next((v for k, _, v in here.pairs() if k == key), View(None, here.at))
        return here

    def pairs(self) -> Iterator[tuple[str, Span, View]]:
        """The entries of a mapping: key, the key's position, value."""
        if self._node is not None and self.is_map:
            for key, value in self._node.entries:
                yield key.text, key.at, View(value, key.at)

    def elements(self) -> Iterator[View]:
        """The elements of a sequence; a scalar or mapping counts as a sequence of itself."""
        if self._node is not None and self.is_list:
            for item in self._node.items:
                yield View(item, self.at)
        elif self._node is not None and not (self.is_scalar and not self.text):
            yield self

    def texts(self) -> tuple[str, ...]:
        """The scalars of a sequence (or the one scalar) as texts."""
        return tuple(v.text for v in self.elements() if v.is_scalar)

    def walk(self) -> Iterator[View]:
        """This node and everything below it, parents first."""
        stack = [self]
        while stack:
            here = stack.pop()
            yield here
            if here.is_list:
                stack.extend(reversed(list(here.elements())))
            elif here.is_map:
                stack.extend(reversed([v for _, _, v in here.pairs()]))

    @property
    def tag(self) -> str:
        """A YAML tag such as `!GetAtt`."""
        return self._node.tag if self._node is not None else ""


def views(path: str, text: str) -> tuple[tuple[View, ...], tuple[Unread, ...]]:
    """The documents of a file, by the ending of its name: TOML, JSON (with comments) or YAML."""
    if path.endswith(".toml"):
        documents: Documents = read_toml(path, text)
    elif path.endswith((".json", ".jsonc", ".json5")):
        documents = read_json(path, text)
    else:
        documents = read_yaml(path, text)
    return tuple(View(node, node.at) for node in documents.nodes), documents.unread

"""Catalog files as plain data, fast: YAML events straight to dict, list and scalar, with no surprises of YAML 1.1.

Only `true`, `false`, `null` and numbers are anything but text (a date or `on` stays text). Anchors are refused: reuse is
spelled `like:`. Knows nothing of what the data means. Positions are found afterwards, only where an error needs one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from auditor.errors import CatalogError
from auditor.lazily import regex

Data = dict[str, Any]
Key = str | int

_NUMBER = regex(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\Z")
_MAY_BE_SPECIAL = frozenset("0123456789-tfn~")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_document(text: str, name: str) -> Data:
    """The mapping that a catalog file holds.

    Raises:
        CatalogError: not YAML, not a mapping, a key twice, an anchor; with file and line.
    """
    import yaml

    try:
        value = _Builder(yaml, name).build(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not readable"
        raise CatalogError(f"{name}:{mark.line + 1 if mark else 1}: invalid YAML: {problem}") from error
    if not isinstance(value, dict):
        raise CatalogError(f"{name}:1: a catalog file is one mapping")
    return value


def line_of(text: str, path: Sequence[Key]) -> int:
    """The 1-based line of the value at a path of keys and indices (the nearest ancestor if it is not there)."""
    import yaml

    node = yaml.compose(text, yaml.SafeLoader)
    line = 1
    for key in path:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if getattr(k, "value", None) == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            found = (node.value[key], node.value[key])
        if found is None:
            break
        line = found[0].start_mark.line + 1
        node = found[1]
    return line


class _Builder:
    """Builds plain data from parser events; one open container a level."""

    def __init__(self, yaml: Any, name: str) -> None:
        self._yaml = yaml
        self._name = name

    def build(self, text: str) -> object:
        yaml = self._yaml
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            return self._document(loader.get_event)
        finally:
            loader.dispose()

    def _document(self, next_event: Callable[[], Any]) -> object:
        yaml = self._yaml
        scalar, mapping, sequence = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
        ends = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        stack: list[Any] = []  # the containers around the one being filled, and their waiting keys
        container: Any = None
        key: str | None = None
        result: object = None
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is scalar:
                text = event.value
                if type(container) is dict and key is None:
                    if text in container:
                        raise CatalogError(f"{self._name}:{event.start_mark.line + 1}: key {text!r} stands twice")
                    key = text
                    continue
                value: Any = _scalar(text) if event.implicit[0] else text
            elif kind is mapping or kind is sequence:
                if event.anchor or len(stack) > 60:
                    self._refuse(event)
                if type(container) is dict and key is None:
                    raise CatalogError(f"{self._name}:{event.start_mark.line + 1}: a key must be text")
                stack.append((container, key))
                container, key = ({} if kind is mapping else []), None
                continue
            elif kind in ends:
                value = container
                container, key = stack.pop()
            elif kind is yaml.AliasEvent:
                self._refuse(event)
            else:
                continue
            if container is None:
                result = value
            elif key is not None:
                container[key] = value
                key = None
            else:
                container.append(value)
        return result

    def _refuse(self, event: Any) -> None:
        raise CatalogError(
            f"{self._name}:{event.start_mark.line + 1}: anchors and deep nesting are not used here; write `like:`"
        )


def _scalar(text: str) -> str | int | float | bool | None:
    if text and text[0] not in _MAY_BE_SPECIAL:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.match(text):
        return float(text) if "." in text else int(text)
    return text

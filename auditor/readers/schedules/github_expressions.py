"""GitHub Actions expressions, as far as the event decides them: on a schedule `inputs` are empty, the event is known.

Three-valued: what depends on the run itself (secrets, outputs of steps, functions) is `None`, not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from auditor.lazily import dataclass, regex

Value = str | bool | float | None
_TOKEN = regex(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<num>-?\d+(?:\.\d+)?)|(?P<op>&&|\|\||==|!=|<=|>=|[!<>(),\[\]])|(?P<name>[A-Za-z_][\w.*-]*))"
)
_HOLE = regex(r"\$\{\{(.*?)\}\}", re.DOTALL)
_DEPTH = 24


@dataclass(frozen=True)
class Event:
    """What is known while a workflow runs: the event's name, its cron, and further names such as `matrix.mode`.

    `unknown` are names that have a value, but one that only the run knows.
    """

    name: str = "schedule"
    cron: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def look_up(self, name: str) -> Value:
        """The value of a context name; None where it is not known, "" where it is known to be empty."""
        if name in self.unknown:
            return None
        if name in self.known:
            return self.known[name]
        if name in {"true", "false"}:
            return name == "true"
        if name == "null":
            return ""
        if name == "github.event_name":
            return self.name
        if name == "github.event.schedule":
            return self.cron if self.name == "schedule" else ""
        if name.startswith(("inputs.", "github.event.inputs.", "github.event.pull_request", "github.event.issue")):
            return "" if self.name == "schedule" else None
        return None


def substitute(text: str, event: Event) -> str:
    """The text with every `${{ … }}` that is decided replaced by its value; the others stay."""

    def replace(match: re.Match[str]) -> str:
        value = evaluate(match.group(1), event)
        if value is None:
            return match.group(0)
        return str(value).lower() if isinstance(value, bool) else str(value)

    return _HOLE.sub(replace, text)


def decide(condition: str, event: Event) -> bool | None:
    """Whether an `if:` holds; None where it cannot be told."""
    text = condition.strip()
    hole = _HOLE.fullmatch(text)
    if hole:
        text = hole.group(1)
    elif "${{" in text:
        text = _HOLE.sub(lambda m: m.group(1), text)
    if not text:
        return None
    value = evaluate(text, event)
    return None if value is None else bool(value)


def evaluate(text: str, event: Event) -> Value:
    """The value of an expression; None where it is not known or not understood."""
    tokens: list[tuple[str, str]] = []
    at = 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found or len(tokens) > 400:
            return None
        tokens.append((str(found.lastgroup), found.group(str(found.lastgroup))))
        at = found.end()
    parser = _Parser(tokens, event)
    try:
        value = parser.disjunction(0)
    except (IndexError, _TooDeepError):
        return None
    return value if parser.at == len(tokens) else None


class _TooDeepError(Exception):
    pass


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], event: Event) -> None:
        self.tokens = tokens
        self.event = event
        self.at = 0

    def _take(self, *operators: str) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "op" and self.tokens[self.at][1] in operators:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def disjunction(self, depth: int) -> Value:
        if depth > _DEPTH:
            raise _TooDeepError
        left = self.conjunction(depth)
        while self._take("||"):
            right = self.conjunction(depth)
            left = left if left else (right if left is not None else (True if right is True else None))
        return left

    def conjunction(self, depth: int) -> Value:
        left = self.comparison(depth)
        while self._take("&&"):
            right = self.comparison(depth)
            if left is None:
                left = False if right is not None and not right else None
            elif left:
                left = right
        return left

    def comparison(self, depth: int) -> Value:
        left = self.unary(depth)
        while operator := self._take("==", "!=", "<", ">", "<=", ">="):
            right = self.unary(depth)
            if left is None or right is None or operator not in {"==", "!="}:
                left = None
            else:
                equal = _same(left, right)
                left = equal if operator == "==" else not equal
        return left

    def unary(self, depth: int) -> Value:
        if self._take("!"):
            value = self.unary(depth + 1)
            return None if value is None else not value
        if self._take("("):
            value = self.disjunction(depth + 1)
            self._take(")")
            return value
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "num":
            return float(text)
        if kind == "op":
            raise IndexError
        if self._take("("):
            return self._call(text, depth)
        if self._take("["):
            self.disjunction(depth + 1)
            self._take("]")
            return None
        return self.event.look_up(text)

    def _call(self, name: str, depth: int) -> Value:
        arguments: list[Value] = []
        while not self._take(")"):
            arguments.append(self.disjunction(depth + 1))
            self._take(",")
        known = [a for a in arguments if a is not None]
        if len(known) < len(arguments):
            return None
        match name.lower(), known:
            case "contains", [str(whole), part]:
                return str(part).lower() in whole.lower()
            case "startswith", [str(whole), part]:
                return whole.lower().startswith(str(part).lower())
            case "always", []:
                return True
            case (("failure" | "cancelled"), []):
                return None
            case "success", []:
                return True
            case _:
                return None


def _same(left: str | bool | float, right: str | bool | float) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if isinstance(left, bool) and isinstance(right, str):
        return str(left).lower() == right.lower() if right else not left
    if isinstance(right, bool) and isinstance(left, str):
        return _same(right, left)
    return left == right

"""Reads shell scripts as a list of simple commands with the folder each runs in. Knows no program that they run.

Tests of constants decide branches (`if [ "" = "true" ]`); variables that the script itself sets to constants are known.
Everything else stays as it is written. Total and bounded.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from auditor.lazily import dataclass, regex

_MAX_TEXT = 100_000
_MAX_COMMANDS = 2_000
_SEPARATORS = {";", "&&", "||", "|", "&", "\n", ";;", "|&"}
_OPENERS = {"then", "do", "else", "{", "!", "time", "elif"}
_HEREDOC = regex(r"<<-?\s*(['\"]?)([A-Za-z_][\w]*)\1")
_ARRAY = regex(
    r"(?m)^[ \t]*(?:local[ \t]+|declare[ \t]+-a[ \t]+)?(?P<name>[A-Za-z_]\w*)(?P<more>\+?)=\((?P<words>[^()]*)\)"
)
_WHOLE = regex(r"\"?\$\{([A-Za-z_]\w*)\[@\]\}\"?")
_VARIABLE = regex(r"\$(?:\{([A-Za-z_]\w*|[0-9@*])(?::?-([^{}]*))?\}|([A-Za-z_]\w*|[0-9@*]))")


@dataclass(frozen=True, slots=True)
class Simple:
    """One command: its words, the folder it runs in, the line in the script (from 0), the text fed to it."""

    words: tuple[str, ...]
    cwd: str
    line: int
    stdin: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


def commands(
    text: str, cwd: str = "", env: Mapping[str, str] | None = None, args: tuple[str, ...] = (), script: str = ""
) -> tuple[Simple, ...]:
    """The commands that a script runs, in order; `args` are its positional parameters, `script` its own path."""
    if len(text) > _MAX_TEXT:
        return ()
    text = _with_arrays(text)
    known = dict(env or {})
    reader = _Reader(cwd, known, args, script)
    found: list[Simple] = []
    for words, line, stdin, inner in _split(text):
        for more in inner:
            found.extend(
                commands(more, reader.cwd, reader.env, args, script)
                if more != text and len(found) < _MAX_COMMANDS
                else ()
            )
        found.extend(reader.take(words, line, stdin))
        if len(found) > _MAX_COMMANDS:
            break
    return tuple(found)


def _with_arrays(text: str) -> str:
    """The script with the words of its arrays in the places that use them all (`"${ARGS[@]}"`)."""
    if "[@]" not in text:
        return text
    words: dict[str, str] = {}

    def take(match: re.Match[str]) -> str:
        name, more, inner = match.group("name"), match.group("more"), " ".join(match.group("words").split())
        words[name] = f"{words.get(name, '')} {inner}".strip() if more else inner
        return "\n" * match.group(0).count("\n")

    plain = _ARRAY.sub(take, text)
    used = _WHOLE.sub(lambda m: words.get(m.group(1), m.group(0)), plain)
    return used if len(used) <= _MAX_TEXT else text


class _Reader:
    """Follows folders, variables and branches through a list of raw commands."""

    def __init__(self, cwd: str, env: dict[str, str], args: tuple[str, ...], script: str) -> None:
        self.cwd = cwd
        self.env = env
        self.args = args
        self.script = script
        self.branches: list[tuple[bool, bool]] = []  # (runs now, some branch was certainly taken)
        self.folders: list[str] = []

    def take(self, raw: list[str], line: int, stdin: str) -> Iterator[Simple]:
        words = list(raw)
        while words and words[0] in {"(", ")"}:
            self._subshell(words.pop(0))
        closing = 0
        while words and words[-1] == ")":
            words.pop()
            closing += 1
        yield from self._branch(words, line, stdin)
        for _ in range(closing):
            self._subshell(")")

    def _branch(self, words: list[str], line: int, stdin: str) -> Iterator[Simple]:
        while words:
            word = words[0]
            if word == "if":
                self.branches.append((self._decides(words[1:]) is not False, self._decides(words[1:]) is True))
                words = words[1:]
                if self._decides(words) is not None:
                    return
                break
            if word == "elif" and self.branches:
                taken = self.branches[-1][1]
                verdict = self._decides(words[1:])
                self.branches[-1] = (not taken and verdict is not False, taken or verdict is True)
                words = words[1:]
                break
            if word == "else" and self.branches:
                taken = self.branches[-1][1]
                self.branches[-1] = (not taken, True)
            elif word == "fi" and self.branches:
                self.branches.pop()
            elif word in {"while", "until"}:
                words = words[1:]
                break
            elif word not in _OPENERS and word not in {"fi", "done", "esac", "}"}:
                break
            words = words[1:]
        if not words or not all(runs for runs, _ in self.branches) or words[0] in {"for", "case", "function", "in"}:
            return
        yield from self._simple(words, line, stdin)

    def _simple(self, words: list[str], line: int, stdin: str) -> Iterator[Simple]:
        known = [self._expand(w) for w in words]
        flat: list[str] = []
        for word, raw in zip(known, words, strict=True):
            flat.extend(self.args if raw in {'"$@"', "$@", "$*"} else [word])
        local: dict[str, str] = {}
        while flat and (assigned := re.match(r"([A-Za-z_]\w*)=(.*)$", flat[0], re.DOTALL)):
            local[assigned.group(1)] = assigned.group(2)
            flat.pop(0)
        if not flat:
            for name, value in local.items():
                address = "://" in value and "$(" not in value  # its path is known even where its host is not
                if ("$" in value and not address) or "`" in value or f"${name}" in value:
                    self.env.pop(name, None)
                else:
                    self.env[name] = value
            return
        if flat[0] in {"export", "readonly", "local", "declare"}:
            for word in flat[1:]:
                name, equals, value = word.partition("=")
                if equals and "$" not in value:
                    self.env[name] = value
            return
        if flat[0] in {"cd", "pushd"}:
            self._go(flat[1] if len(flat) > 1 else "")
            return
        yield Simple(tuple(flat), self.cwd, line, stdin, {**self.env, **local})

    def _go(self, folder: str) -> None:
        if not folder or folder == "-":
            return
        own = re.search(r"dirname|BASH_SOURCE|SCRIPT_DIR", folder)
        if own and ("$(" in folder or "`" in folder or "SCRIPT_DIR" in folder):
            tail = re.split(r"\)\"?|\}\"?", folder)[-1].strip("/\"'")
            self.cwd = (
                posixpath.normpath(posixpath.join(posixpath.dirname(self.script), tail)) if self.script else self.cwd
            )
        elif folder.startswith(("$", "~")):
            rest = folder.partition("/")[2]
            self.cwd = rest or ""  # $GITHUB_WORKSPACE, ~, $HOME: the root of the checkout, as far as can be told
        elif folder.startswith("/"):
            self.cwd = folder
        else:
            self.cwd = posixpath.normpath(posixpath.join(self.cwd, folder)) if self.cwd else posixpath.normpath(folder)
        if self.cwd in {".", "./"}:
            self.cwd = ""

    def _subshell(self, word: str) -> None:
        if word == "(":
            self.folders.append(self.cwd)
        elif self.folders:
            self.cwd = self.folders.pop()

    def _expand(self, word: str) -> str:
        if "$" not in word or word.startswith("'"):
            return _unquoted(word)

        def value(match: re.Match[str]) -> str:
            name = match.group(1) or match.group(3)
            if name.isdigit() and name != "0":
                index = int(name) - 1
                if index < len(self.args):
                    return self.args[index]
                return match.group(2) if match.group(2) is not None else match.group(0)
            if name in self.env and "${{" not in self.env[name]:
                return self.env[name]
            return match.group(2) if match.group(2) is not None else match.group(0)

        return _unquoted(_VARIABLE.sub(value, word))

    def _decides(self, words: list[str]) -> bool | None:
        """The outcome of a test of constants; None for everything else."""
        plain = [self._expand(w) for w in words]
        if plain in (["true"], [":"], ["false"]):
            return plain != ["false"]
        if len(plain) < 3 or plain[0] not in {"[", "[["} or plain[-1] not in {"]", "]]"}:
            return None
        test = plain[1:-1]
        if any("$" in t or "`" in t for t in test):
            return None
        match test:
            case [left, "=" | "==", right]:
                return left == right
            case [left, "!=", right]:
                return left != right
            case ["-z", value]:
                return not value
            case ["-n", value]:
                return bool(value)
            case _:
                return None


def _unquoted(word: str) -> str:
    if word[:1] in {'"', "'"} and word[-1:] == word[:1] and len(word) > 1 and word.count(word[0]) == 2:
        return word[1:-1]
    return word.replace('"', "").replace("'", "") if word.count('"') % 2 == 0 and word.count("'") % 2 == 0 else word


def _split(text: str) -> Iterator[tuple[list[str], int, str, list[str]]]:
    """Raw commands: words with their quotes, line, here-document, and the scripts inside `$(…)`."""
    words: list[str] = []
    word: list[str] = []
    inner: list[str] = []
    pending: list[str] = []
    stdin = ""
    at, line, start = 0, 0, 0
    length = len(text)

    def close_word() -> None:
        nonlocal start
        if word:
            if not words:
                start = line
            words.append("".join(word))
            word.clear()

    while at < length:
        char = text[at]
        if char == "\\" and at + 1 < length:
            if text[at + 1] == "\n":
                line += 1
            else:
                word.append(text[at + 1])
            at += 2
            continue
        if char in "\"'`":
            end = _quoted_end(text, at)
            part = text[at:end]
            if char == "`":
                inner.append(part.strip("`"))
            if char == '"':
                inner.extend(_substitutions(part))
            if not words and not word:
                start = line
            word.append(part)
            line += part.count("\n")
            at = end
            continue
        if text.startswith("$(", at) and not text.startswith("$((", at):
            end = _paren_end(text, at + 1)
            inner.append(text[at + 2 : end - 1])
            word.append(text[at:end])
            line += text.count("\n", at, end)
            at = end
            continue
        if text.startswith("${", at):
            closing = text.find("}", at)
            end = (closing + 1) if closing > 0 else length
            if text.startswith("${{", at):
                double = text.find("}}", at)
                end = (double + 2) if double > 0 else length
            word.append(text[at:end])
            at = end
            continue
        if char == "#" and not word:
            newline = text.find("\n", at)
            at = length if newline < 0 else newline
            continue
        heredoc = _HEREDOC.match(text, at) if char == "<" else None
        if heredoc:
            close_word()
            pending.append(heredoc.group(2))
            at = heredoc.end()
            continue
        if char in " \t\r":
            close_word()
            at += 1
            continue
        redirect = (
            re.compile(r"\d*(?:>>?|<)&?\d*-?[ \t]*").match(text, at)
            if not word and (char in "<>" or char.isdigit())
            else None
        )
        if redirect and (">" in redirect.group(0) or "<" in redirect.group(0)):
            at = redirect.end()
            target = re.compile(r"[^\s;&|]+").match(text, at) if not re.search(r"&\d", redirect.group(0)) else None
            at = target.end() if target else at
            continue
        operator = next((o for o in ("&&", "||", ";;", "|&", ";", "|", "&", "\n") if text.startswith(o, at)), "")
        if operator:
            close_word()
            at += len(operator)
            if operator == "\n":
                while pending:
                    stop = re.compile(rf"^[ \t]*{re.escape(pending.pop(0))}[ \t]*$", re.MULTILINE).search(text, at)
                    body = text[at : stop.start()] if stop else text[at:]
                    stdin = body
                    line += text.count("\n", at, stop.end() if stop else length)
                    at = min(length, stop.end() + 1) if stop else length
            elif pending and operator != "\n":
                continue  # the here-document belongs to this command and follows on the next line
            if words:
                yield words, start, stdin, inner
            words, inner, stdin = [], [], ""
            if operator == "\n":
                line += 1
            continue
        if char in "()" and not word:
            words.append(char)
            at += 1
            continue
        if char == ")" and word:
            close_word()
            continue
        word.append(char)
        at += 1
    close_word()
    if words:
        yield words, start, stdin, inner


def _quoted_end(text: str, at: int) -> int:
    quote = text[at]
    here = at + 1
    while here < len(text):
        if text[here] == "\\" and quote == '"':
            here += 2
            continue
        if text.startswith("$(", here) and quote == '"':
            here = _paren_end(text, here + 1)
            continue
        if text[here] == quote:
            return here + 1
        here += 1
    return len(text)


def _paren_end(text: str, at: int) -> int:
    depth, here = 0, at
    while here < len(text):
        char = text[here]
        if char == "'":
            end = text.find("'", here + 1)
            here = end if end > 0 else len(text)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return here + 1
        here += 1
    return len(text)


def _substitutions(part: str) -> list[str]:
    found = []
    at = part.find("$(")
    while at >= 0:
        end = _paren_end(part, at + 1)
        found.append(part[at + 2 : end - 1])
        at = part.find("$(", end)
    return found

"""The lexical layer of languages without a parser here: comments and strings told apart, chains and blocks found.

Knows how nine languages (and shell) write comments and strings, well enough to never take one for the other. Knows
nothing of vendors or calls.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cache

from auditor.lazily import dataclass, regex
from auditor.model.location import Span

HOLE = "{}"
"""What stands in a literal's text for an interpolated value."""

MAX_WALK = 20_000
MAX_DEPTH = 64

_PLAIN = r'"(?:[^"\\\n]++|\\.)*+"'
_CHAR = r"'(?:[^'\\\n]|\\[^\n]{1,9}?)'"
_DOLLAR = r"\$\{(?:[^{}\"']++|\"[^\"\n]*+\"|'[^'\n]*+'|\{[^{}]*+\})*+\}|\$"
_STRINGS: dict[str, str] = {
    "kotlin": rf'"""(?:[^"]++|"(?!""))*+"""+|"(?:[^"\\\n$]++|\\.|{_DOLLAR})*+"|{_CHAR}',
    "java": rf'"""(?:[^"\\]++|\\.|"(?!""))*+"""|{_PLAIN}|{_CHAR}',
    "swift": r'#+"(?:[^"]++|"(?!#))*+"#+|"""(?:[^"\\]++|\\.|"(?!""))*+"""'
    r'|"(?:[^"\\\n]++|\\\((?:[^()"\n]++|"[^"\n]*+"|\([^()]*+\))*+\)|\\.)*+"',
    "dart": r"r'[^'\n]*+'|r\"[^\"\n]*+\"|'''(?:[^'\\]++|\\.|'(?!''))*+'''|\"\"\"(?:[^\"\\]++|\\.|\"(?!\"\"))*+\"\"\""
    rf"|'(?:[^'\\\n$]++|\\.|{_DOLLAR})*+'|\"(?:[^\"\\\n$]++|\\.|{_DOLLAR})*+\"",
    "go": rf"`[^`]*+`|{_PLAIN}|{_CHAR}",
    "rust": r'\bb?r#+"(?:[^"]++|"(?!#))*+"#+|\bb?r"[^"]*+"|"(?:[^"\\]++|\\.)*+"'
    r"|'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u\{[^}\n]{1,8}\}|.))'",
    "csharp": r'\$*"""(?:[^"]++|"(?!""))*+"""+|(?:\$@|@\$|@)"(?:[^"]++|"")*+"'
    rf'|\$"(?:[^"\\{{\n]++|\\.|\{{\{{|\{{(?:[^{{}}"\n]++|"[^"\n]*+")*+\}}|\{{)*+"|{_PLAIN}|{_CHAR}',
    "php": r"'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\]++|\\.)*+\"|<<<[ \t]*[\"']?(?P<here>\w+)[\"']?\n.*?^[ \t]*(?P=here)\b",
    "ruby": r"'(?:[^'\\]++|\\.)*+'|\"(?:[^\"\\#]++|\\.|#\{(?:[^{}\"]++|\"[^\"\n]*+\"|\{[^{}]*+\})*+\}|#)*+\""
    r"|<<[~-][\"']?(?P<here>[A-Z]\w*)[\"']?[^\n]*\n.*?^[ \t]*(?P=here)\b",
}
_COMMENTS: dict[str, str] = {
    "php": r"//[^\n]*+|#(?!\[)[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)",
    "ruby": r"#[^\n]*+|^=begin\b.*?(?:^=end\b|\Z)",
}
_C_COMMENT = r"//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)"
_INTERPOLATED = regex(
    r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\$\w+|\\\([^()]*(?:\([^()]*\)[^()]*)*\)|#\{[^{}]*\}|\{[^{}\n]{0,200}\}|%[sdv]"
)


@cache
def _lexer(language: str) -> re.Pattern[str]:
    comment = _COMMENTS.get(language, _C_COMMENT)
    return re.compile(rf"(?P<comment>{comment})|(?P<string>{_STRINGS[language]})", re.DOTALL | re.MULTILINE)


def languages() -> frozenset[str]:
    """The languages whose lexical form is known."""
    return frozenset(_STRINGS)


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal: where it stands (quotes included) and its text between the quotes, escapes as written."""

    start: int
    end: int
    text: str

    @property
    def template(self) -> str:
        """The text with interpolated values as holes."""
        return _INTERPOLATED.sub(HOLE, self.text)


class SourceText:
    """One file: its text, its `code` (comments and the insides of strings blanked), `visible` (comments blanked)."""

    def __init__(self, path: str, text: str, language: str) -> None:
        """Tell comments, strings and code apart; every view has the text's length."""
        self.path = path
        self.text = text
        self.language = language
        self.literals: list[Literal] = []
        code: list[str] = []
        visible: list[str] = []
        done = 0
        for match in _lexer(language).finditer(text):
            between, found = text[done : match.start()], match[0]
            done = match.end()
            code += (between, _blank(found))
            visible.append(between)
            if match.lastgroup == "comment" or match["comment"] is not None:
                visible.append(_blank(found))
                continue
            visible.append(found)
            self.literals.append(Literal(match.start(), match.end(), _inside(found)))
        self.code = "".join([*code, text[done:]])
        self.visible = "".join([*visible, text[done:]])
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]
        self._places: list[int] = []  # of all brackets
        self._innermost: list[int] = []  # the bracket that is open after each of them, -1 for none
        self._outer: dict[int, int] = {}
        self._pair: dict[int, int] = {}
        self._match_brackets()

    def _match_brackets(self) -> None:
        stack: list[int] = []
        for match in _BRACKET.finditer(self.code):
            at, character = match.start(), match[0]
            if character in "([{":
                self._outer[at] = stack[-1] if stack else -1
                stack.append(at)
            elif stack and self.code[stack[-1]] == _OPENS[character]:
                self._pair[at] = opened = stack.pop()
                self._pair[opened] = at
            self._places.append(at)
            self._innermost.append(stack[-1] if stack else -1)

    def span(self, start: int, end: int) -> Span:
        """The span between two positions."""
        return Span(self.path, *self._place(start), *self._place(end))

    def _place(self, position: int) -> tuple[int, int]:
        line = bisect_right(self._starts, position)
        return line, position - self._starts[line - 1]

    def chain_start(self, position: int) -> int:
        """Where the expression begins whose last name, or the dot before it, stands at `position`."""
        at = position
        if not self.code[at : at + 1].isalnum():
            at = self._primary(position)
            if at >= position:
                return position
        while position - at < MAX_WALK:
            end = _back(self.code, at)
            joint = next((j for j in _JOINTS if self.code.endswith(j, 0, end)), None)
            if joint is None:
                return at
            before = self._primary(end - len(joint))
            if before >= end - len(joint):
                return _forward(self.code, end - len(joint))
            at = before
        return at

    def _primary(self, end: int) -> int:
        """Where the name or bracketed expression begins that ends before `end`, calls and subscripts included."""
        code = self.code
        at = _back(code, end)
        while code[at - 1 : at] in (")", "]", "}"):
            opened = self.opening(at - 1)
            if opened is None:
                return at
            at = _back(code, opened) if code[opened] != "{" else opened
            if code[opened] == "{":
                before = _back(code, opened)
                if code[before - 1 : before] not in (")", "]") and not code[before - 1 : before].isalnum():
                    return opened
                at = before
        start = at
        while start and (code[start - 1].isalnum() or code[start - 1] in "_@$"):
            start -= 1
        return _forward(code, at) if start == at or code[start:at] in _KEYWORDS else start

    def opening(self, position: int) -> int | None:
        """The bracket that the closing one at `position` matches; None where there is none."""
        return self._pair.get(position)

    def closing(self, position: int) -> int:
        """The end of the bracket that opens at `position`; of the file where it is never closed."""
        return self._pair.get(position, len(self.code) - 1) + 1

    def enclosing(self, position: int) -> list[tuple[str, int]]:
        """The open brackets around a position, innermost first and at most `MAX_DEPTH`, each with its place."""
        out: list[tuple[str, int]] = []
        i = bisect_left(self._places, position)
        at = self._innermost[i - 1] if i else -1
        while at >= 0 and len(out) < MAX_DEPTH:
            out.append((self.code[at], at))
            at = self._outer[at]
        return out

    def header(self, brace: int) -> str:
        """The code before a block's brace, on its line or the last one with text, brackets that span lines included."""
        start, limit = brace, max(0, brace - 2000)
        while start > limit:
            character = self.code[start - 1]
            if character in ";{}([" or (character == "\n" and self.code[start:brace].strip()):
                break
            opened = self.opening(start - 1) if character in ")]" else start - 1
            if opened is None:
                break
            start = opened
        return self.code[start:brace]

    def function(self, position: int) -> tuple[int, int]:
        """The extent of the named function around a position; the whole file where it stands in none."""
        if self.language == "ruby":
            starts = [m.start() for m in _RUBY_DEF.finditer(self.code)]
            i = bisect_right(starts, position)
            if not i:
                return 0, len(self.code)
            return starts[i - 1], starts[i] if i < len(starts) else len(self.code)
        wanted = _UNMARKED_FUNCTION if self.language in _UNMARKED else _MARKED_FUNCTION
        for character, at in self.enclosing(position):
            if character == "{" and wanted.search(header := self.header(at)):
                return at - len(header), self.closing(at)
        return 0, len(self.code)


_KEYWORDS = frozenset(
    [
        *("return", "match", "await", "try", "throw", "yield", "in", "if", "while", "for", "when", "switch", "else"),
        *("go", "do", "and", "or", "not", "is", "new"),
    ]
)
_JOINTS = ("?.", "!!.", "!.", "..", ".", "?->", "->", "::", "&.")
_UNMARKED = frozenset({"java", "csharp", "dart"})
_MARKED_FUNCTION = regex(r"\b(?:fun|func|fn|function|def|init)\b")
_UNMARKED_FUNCTION = regex(
    r"^(?!\s*(?:\}|else\b|return\b|await\b)*\s*\b(?:if|for|foreach|while|switch|catch|do|try|using|lock|synchronized)\b)"
    r".*\w\s*(?:<[^<>()]*>)?\([^{}]*\)\s*(?:async\*?|sync\*|throws\b[^{]*|where\b[^{]*|:\s*(?:base|this|super)\b[^{]*)?\s*\Z",
    re.DOTALL,
)
_RUBY_DEF = regex(r"^[ \t]*def[ \t]", re.MULTILINE)


_BRACKET = regex(r"[()\[\]{}]")
_OPENS = {")": "(", "]": "[", "}": "{"}
_QUOTES = regex(r"[a-z$@#]*(\"\"\"|\'\'\'|[\"\'`])")


def _inside(found: str) -> str:
    """A literal without its quotes and what marks them."""
    opening = _QUOTES.match(found)
    if opening is None:  # a here-document: its lines
        return "\n".join(found.split("\n")[1:-1])
    closing = len(found) - len(found.rstrip("#")) + len(opening[1]) if found.endswith("#") else len(opening[1])
    return found[opening.end() : max(opening.end(), len(found) - closing)]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _back(code: str, at: int) -> int:
    while at and code[at - 1] in " \t\r\n":
        at -= 1
    return at


def _forward(code: str, at: int) -> int:
    while at < len(code) and code[at] in " \t\r\n":
        at += 1
    return at

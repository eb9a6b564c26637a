"""Keys that are printed, logged or sent back: a variable that holds one among the arguments of such a call.

Works on text. Sees the variable by its name only; a test of it (`!!key`, `key ? "set" : "missing"`), a part of it
(`key.slice(-4)`), anything masked and what another function makes of it (`print(ask(key))`) is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.lazily import regex
from auditor.link.key_names import KeyNames

SINK_PATTERNS = {
    "javascript": (
        r"\b(?:console\.(?:log|info|debug|warn|error|dir)|(?:logger|log|winston)\.(?:info|debug|warn|error|log|trace)"
        r"|(?:res|response|reply|ctx)(?:\.status\(\d+\))?\.(?:json|send|end)|alert)\s*\("
    ),
    "python": (
        r"\b(?:print|pprint|(?:logging|logger|log|_logger|self\.logger|LOGGER)\.(?:info|debug|warning|error|exception|critical|log)"
        r"|st\.(?:write|text|code|markdown|success|info|error)|jsonify|sys\.std(?:out|err)\.write)\s*\("
    ),
}
"""How a call that prints, logs or answers begins, by language."""

KEY_PATTERN = r"ey|oken|EY|OKEN"
"""What stands in every name of a key."""

_SINKS = {language: re.compile(pattern) for language, pattern in SINK_PATTERNS.items()}
_KEY = re.compile(KEY_PATTERN)
_SAFE = regex(r"mask|redact|hash|sha\d|obfuscat|censor|hide|\*\*\*", re.IGNORECASE)
_JS_STRING = regex(r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`""")
_PY_STRING = regex(
    r"""(?P<prefix>\b[rRbBuUfF]{1,2})?(?:\"\"\".*?\"\"\"|'''.*?'''|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""",
    re.DOTALL,
)
_JS_HOLE = regex(r"\$\{([^{}]*)\}")
_PY_HOLE = regex(r"(?<!\{)\{([^{}!:]*)(?:![rsa])?(?::[^{}]*)?\}(?!\})")
_ENV = regex(
    r"""(?:\bos\.)?(?:environ(?:\.get)?\s*[\[(]|getenv\(|env\[)\s*["'](\w+)["']\s*(?:,[^)\]]*)?[\])](?!\s*(?:\[|is\b|==|!=|\?))"""
)
_NAME = regex(r"(?<![\w.$])([A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*)")
_TEST_BEFORE = regex(r"(?:!|\bnot\s+|\bbool\(\s*|\bBoolean\(\s*|\blen\(\s*|\btypeof\s+|\bif\s+|\btype\(\s*)\Z")
_TEST_AFTER = regex(r"\s*(?:\?(?!\.)|===?|!==?|\bis\b|\bin\b|&&|\[|\(|\band\b|\belse\b|:|=(?!=))")
_CALLED = regex(r"([\w$]*)\s*\Z")
_SHOWS = regex(  # functions whose result still says what they are given
    r"str|repr|ascii|String|toString|stringify|dumps|pformat|format|inspect|join|concat|dict|list|tuple|set|Array|of|Object|assign"
    r"|entries|values|fromEntries|asdict|vars|encode|decode|quote|escape|encodeURIComponent|btoa|b64encode|bytes|Buffer"
    r"|upper|lower|strip|trim|colored|style|red|green|yellow|blue|cyan|magenta|gray|grey|white|bold|dim|Markup|Text|json|jsonify"
    r"|\w*Response"
)
_MAX_ARGUMENTS = 600


def logged_keys(text: str, language: str, names: KeyNames) -> Iterator[tuple[int, str, str]]:
    """(offset, vendor, name) of each call that prints, logs or answers with a key."""
    for sink in _SINKS[language].finditer(text):
        arguments = _arguments(text, sink.end() - 1)
        if not _KEY.search(arguments) or _SAFE.search(arguments):
            continue
        for name in _values(arguments, language):
            vendor = names.vendor(name, text)
            if vendor:
                yield sink.start(), vendor, name
                break


def _arguments(text: str, opening: int) -> str:
    """The text between the parentheses of a call, as far as they are near."""
    depth = 0
    for offset in range(opening, min(len(text), opening + _MAX_ARGUMENTS)):
        if text[offset] == "(":
            depth += 1
        elif text[offset] == ")":
            depth -= 1
            if depth == 0:
                return text[opening + 1 : offset]
    return ""


def _values(arguments: str, language: str) -> Iterator[str]:
    """The names among the arguments whose value itself is handed over."""
    if language == "python":
        for found in _ENV.finditer(arguments):
            tested = _TEST_BEFORE.search(arguments, 0, found.start()) or "if " in arguments
            if not tested and not _given_elsewhere(arguments, found.start()):
                yield found[1]
        code = _PY_STRING.sub(
            lambda m: _holes(m[0], _PY_HOLE) if "f" in (m["prefix"] or "").lower() else " ", arguments
        )
        if re.search(r"\bif\b", code):
            return
    else:
        code = _JS_STRING.sub(lambda m: _holes(m[0], _JS_HOLE) if m[0][0] == "`" else " ", arguments)
    for match in _NAME.finditer(code):
        before, after = code[max(0, match.start() - 12) : match.start()], code[match.end() : match.end() + 12]
        if _TEST_BEFORE.search(before) or _TEST_AFTER.match(after) or _given_elsewhere(code, match.start()):
            continue
        last = match[1].replace("?", "").rpartition(".")[2]
        yield last


def _given_elsewhere(code: str, offset: int) -> bool:
    """It is an argument of a call within, whose result need not hold it."""
    depth = 0
    for at in range(offset - 1, -1, -1):
        if code[at] in ")]}":
            depth += 1
        elif code[at] in "([{" and depth:
            depth -= 1
        elif code[at] == "(":
            called = _CALLED.search(code[:at])
            name = called[1] if called is not None else ""
            if name and not _SHOWS.fullmatch(name):
                return True
    return False


def _holes(literal: str, pattern: re.Pattern[str]) -> str:
    return " , ".join(["", *(_JS_STRING.sub(" ", hole) for hole in pattern.findall(literal)), ""])

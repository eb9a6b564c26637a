"""Who imports whom among the JavaScript files of a repository, from a textual scan.

Cheap, and complete enough to ask what leads to a file. Type-only imports bind nothing at run time and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from auditor.lazily import dataclass, regex
from auditor.link.js_modules import JsResolver

SCRIPT_SUFFIXES = (
    ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro", ".html", ".htm",
)  # fmt: skip
_MAX_TEXT = 2_000_000
_IGNORED = regex(
    r"(^|/)(node_modules|__tests__|__mocks__|tests?|e2e|cypress|playwright|coverage|storybook-static|\.next|\.nuxt|\.svelte-kit)/"
    r"|\.(test|spec|stories|cy|e2e|d)\.[cm]?[jt]sx?$|\.min\.js$"
)
_FROM = regex(r"""from\s*["']([^"'\n]+)["']""")
_BARE = regex(r"""import\s*(?:["']([^"'\n]+)["']|\(\s*(?:/\*[^*]*\*/\s*)?["'`]([^"'`\n]+)["'`])""")
_REQUIRE = regex(r"""require\s*\(\s*["'`]([^"'`\n]+)["'`]""")
_WORKER = regex(
    r"""(?:importScripts\(\s*["']([^"'\n]+)["']|new\s+URL\(\s*["'](\.[^"'\n]+)["']\s*,\s*import\.meta\.url)"""
)
_STATEMENT = regex(r"\b(?:import|export)\b(?P<head>[^'\"`;=()]*)\Z")
_TYPE_ONLY = regex(r"\s+type\b(?!\s*(?:,|from\b))")
_ALL_TYPES = regex(r"\A\s*\{\s*(?:type\s+[\w$]+(?:\s+as\s+[\w$]+)?\s*,?\s*)+\}\s*\Z")
_SCRIPT_SOURCE = regex(r"<script\b[^>]{0,500}?\bsrc\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_FRONTMATTER = regex(r"\A\s*---[ \t]*\r?\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)
_NAMES = regex(r"[A-Z][\w$]*")


@dataclass(frozen=True, slots=True)
class Edge:
    """`importer` imports the file in question at `line`. `side`: the edge itself settles where it runs ("" otherwise)."""

    importer: str
    line: int
    side: str = ""  # "" | client | server


@dataclass(frozen=True, slots=True)
class Mention:
    """An import specifier in a text."""

    specifier: str
    offset: int
    side: str = ""


def is_script(path: str) -> bool:
    """Whether the graph looks at a file: a script that is neither a test nor installed nor built."""
    return path.endswith(SCRIPT_SUFFIXES) and not _IGNORED.search(path)


def mentions(path: str, text: str) -> list[Mention]:
    """Everything that a file imports at run time."""
    found = _imports(text)
    if path.endswith(".astro"):
        return _astro(text, found)
    if path.endswith((".html", ".htm")):
        found = [Mention(m.specifier, m.offset, "client") for m in found]
        for match in _SCRIPT_SOURCE.finditer(text):
            name = match[1].split("?")[0].split("#")[0]
            if not re.match(r"[a-z][a-z0-9+.-]*:|//", name):
                local = name if name.startswith((".", "/", "~", "@")) else "./" + name
                found.append(Mention(local, match.start(), "client"))
    return found


def _imports(text: str) -> list[Mention]:
    found: list[Mention] = []
    for match in _FROM.finditer(text):
        head = _head(text, match.start())
        if head is not None and not _TYPE_ONLY.match(head) and not _ALL_TYPES.match(head):
            found.append(Mention(match[1], match.start()))
    for pattern, word in ((_BARE, "import"), (_REQUIRE, "require"), (_WORKER, "import")):
        if word in text:
            found += [Mention(m[1] or m[2], m.start()) for m in pattern.finditer(text) if m.lastindex]
    return sorted(found, key=lambda m: m.offset)


def _head(text: str, end: int) -> str | None:
    """What stands between `import` or `export` and `from`; None where `from` is no part of such a statement."""
    floor, start = max(0, end - 4000), end
    for _ in range(8):  # the word may also be part of a name that is imported
        start = max(text.rfind("import", floor, start), text.rfind("export", floor, start))
        if start < 0:
            return None
        match = _STATEMENT.match(text, start, end)
        if match is not None:
            return match["head"]
    return None


def _astro(text: str, found: list[Mention]) -> list[Mention]:
    """Frontmatter runs on the server; a component that it imports ships only where the markup says `client:`."""
    front = _FRONTMATTER.match(text)
    end = front.end() if front else 0
    shipped = set(re.findall(r"<([A-Z][\w$.]*)\b[^<]*?\sclient:", text[end:]))
    sided: list[Mention] = []
    for item in found:
        if item.offset >= end:
            sided.append(Mention(item.specifier, item.offset, "client"))
            continue
        statement = text[max(text.rfind("import", 0, item.offset), 0) : item.offset]
        names = set(_NAMES.findall(statement))
        if item.specifier.endswith(".astro") or item.specifier.endswith((".css", ".scss")):
            sided.append(Mention(item.specifier, item.offset, "server"))
        else:
            sided.append(Mention(item.specifier, item.offset, "client" if names & shipped else "server"))
    return sided


Edges = Mapping[str, tuple[Edge, ...]]
"""Of each file that is imported, the edges that lead to it, sorted."""


class ImportGraph:
    """Importers of every script file; built at the first question."""

    def __init__(
        self,
        paths: Iterable[str],
        read: Callable[[str], str | None],
        resolver: JsResolver,
        built: Callable[[], Edges] | None = None,
    ) -> None:
        """Take the repository's paths, how to read a text, how to resolve specifiers, and who has built it already."""
        self._built = built or self._build
        self._paths = tuple(p for p in sorted(paths) if is_script(p))
        self._read = read
        self._resolver = resolver

    def importers(self, path: str) -> tuple[Edge, ...]:
        """The edges that lead to a file, sorted."""
        return self.edges.get(path, ())

    @cached_property
    def edges(self) -> Edges:
        """All edges, by the file that they lead to."""
        return self._built()

    def _build(self) -> Edges:
        found: dict[str, list[Edge]] = {}
        for path in self._paths:
            text = self._read(path)
            if text is None or len(text) > _MAX_TEXT:
                continue
            for item in mentions(path, text):
                target = self._resolver.resolve(path, item.specifier)
                if isinstance(target, str) and target != path:
                    line = text.count("\n", 0, item.offset) + 1
                    found.setdefault(target, []).append(Edge(path, line, item.side))
        return {target: tuple(edges) for target, edges in found.items()}

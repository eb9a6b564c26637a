"""The small configuration files of JavaScript projects: JSON with comments, package.json, bundlers' literal aliases.

Knows what such a file says literally. Configuration that is a program is searched for literals, never evaluated.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from auditor.lazily import dataclass, regex

_MAX_CONFIG = 1_000_000
_JSONC = regex(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_TRAILING_COMMA = regex(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')

BUNDLER_CONFIGS = tuple(
    f"{name}.{extension}"
    for name in (
        "vite.config",
        "webpack.config",
        "vue.config",
        "craco.config",
        "config-overrides",
        "nuxt.config",
        "astro.config",
        "svelte.config",
        "rollup.config",
        "electron.vite.config",
        "wxt.config",
        "babel.config",
        "next.config",
        "quasar.config",
    )
    for extension in ("js", "ts", "mjs", "mts", "cjs")
)
_CONFIG_NAMES = frozenset(BUNDLER_CONFIGS)
_ALIAS_ENTRY = regex(
    r"""(?:\bfind\s*:\s*|(?<![\w$]))(?P<quote>['"`]?)(?P<name>[@~$#]?[\w$@~#/*.-]*)(?P=quote)
        \s*(?:\:|,\s*replacement\s*:)\s*(?P<value>[^\n]{0,300})""",
    re.VERBOSE,
)
_LITERAL = regex(r"""(['"`])([^'"`\n$]{1,200})\1""")


def parse_jsonc(text: str) -> Any:
    """The value of JSON that may hold comments and trailing commas; None where it is neither."""
    if len(text) > _MAX_CONFIG:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    bare = _TRAILING_COMMA.sub(lambda m: m[1] or "", _JSONC.sub(lambda m: m[1] or " ", text.removeprefix("\ufeff")))
    try:
        return json.loads(bare)
    except (ValueError, RecursionError):
        return None


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def strings(value: Any) -> list[str]:
    """The strings of a list, or of one string."""
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def ancestors(folder: str) -> Iterator[str]:
    """The folder and those above it, the root ("") last."""
    while True:
        yield folder
        if not folder:
            return
        folder = posixpath.dirname(folder)


def join(folder: str, name: str) -> str:
    """A normalised path inside the repository; a path that would leave it starts with `..`."""
    path = posixpath.normpath(posixpath.join(folder, name))
    return "" if path == "." else path.lstrip("/")


@dataclass(frozen=True, slots=True)
class Package:
    """A folder with a package.json."""

    folder: str
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """The package's name, or ""."""
        name = self.manifest.get("name")
        return name if isinstance(name, str) else ""

    def dependencies(self) -> frozenset[str]:
        """All packages that it asks for, of every kind."""
        groups = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
        return frozenset(name for group in groups for name in mapping(self.manifest.get(group)))

    def scripts(self) -> dict[str, str]:
        """Its npm scripts."""
        return {k: v for k, v in mapping(self.manifest.get("scripts")).items() if isinstance(v, str)}


class Projects:
    """Reads configuration files of the repository once each."""

    def __init__(self, read: Callable[[str], str | None], programs: Iterable[str] = ()) -> None:
        """Take the function that reads a file's text (None: there is none), and the paths of program files."""
        self._read = read
        self._configs: dict[str, list[str]] = {}
        for path in programs:
            folder, _, name = path.rpartition("/")
            if name in _CONFIG_NAMES:
                self._configs.setdefault(folder, []).append(path)
        self._json: dict[str, Any] = {}
        self._packages: dict[str, Package | None] = {}
        self._nearest: dict[str, Package | None] = {}
        self._aliases: dict[str, tuple[tuple[str, str], ...]] = {}

    def text(self, path: str) -> str | None:
        """The text of a configuration file, unless it is absurdly large."""
        text = self._read(path)
        return None if text is None or len(text) > _MAX_CONFIG else text

    def json(self, path: str) -> Any:
        """The value of a JSON file; None where there is none or it does not parse."""
        if path not in self._json:
            text = self.text(path)
            self._json[path] = None if text is None else parse_jsonc(text)
        return self._json[path]

    def package(self, folder: str) -> Package | None:
        """The package whose package.json stands in this very folder."""
        if folder not in self._packages:
            manifest = self.json(join(folder, "package.json"))
            self._packages[folder] = Package(folder, manifest) if isinstance(manifest, dict) else None
        return self._packages[folder]

    def nearest(self, folder: str) -> Package | None:
        """The innermost package that a folder belongs to."""
        if folder not in self._nearest:
            self._nearest[folder] = next((p for f in ancestors(folder) if (p := self.package(f))), None)
        return self._nearest[folder]

    def aliases(self, folder: str) -> tuple[tuple[str, str], ...]:
        """(name, path) pairs that bundler configurations in this folder give literally, the longest name first."""
        if folder not in self._aliases:
            found: dict[str, str] = {}
            for path in sorted(self._configs.get(folder, ())):
                text = self.text(path)
                if text is not None and "alias" in text:
                    found |= _literal_aliases(text, folder)
            self._aliases[folder] = tuple(sorted(found.items(), key=lambda pair: (-len(pair[0]), pair)))
        return self._aliases[folder]


def _literal_aliases(text: str, folder: str) -> dict[str, str]:
    """Entries behind the word `alias` whose value is a path written out: `'@': path.resolve(__dirname, 'src')`."""
    found: dict[str, str] = {}
    start = text.find("alias")
    flat = re.sub(r",\s*\n\s*replacement", ", replacement", text[start : start + 6000])
    for match in _ALIAS_ENTRY.finditer(flat):
        name = match["name"].rstrip("/*") or match["name"]
        if not name or name in ("alias", "find", "replacement", "resolve") or name in found:
            continue
        value = match["value"].split("//")[0] if "://" not in match["value"] else match["value"]
        pieces = [m[2] for m in _LITERAL.finditer(value)]
        if pieces and all(re.fullmatch(r"[\w@./~+-]+", p) for p in pieces) and _is_path(value, pieces):
            found[name] = join(folder, posixpath.join(*(p.lstrip("/") for p in pieces)))
    return found


def _is_path(value: str, pieces: list[str]) -> bool:
    """Whether the value builds a path in the repository, not the name of a package."""
    return bool(re.search(r"__dirname|resolve\(|join\(|URL\(|cwd\(|fileURLToPath", value)) or pieces[0][:1] in "./"

"""JavaScript module resolution: which file of the repository, or which package, an import specifier names.

Knows Node's and the bundlers' rules as far as the text of the repository decides them. Does not know what is inside
`node_modules`, and follows no configuration that would have to be executed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass

_EXTENSIONS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte", ".astro", ".json")


@dataclass(frozen=True, slots=True)
class External:
    """A package outside the repository: `openai`, `@ai-sdk/openai`; `subpath` is what follows it, without slash."""

    package: str
    subpath: str = ""


class JsResolver:
    """Resolves import specifiers against a fixed set of paths. Memoised; total: never raises."""

    def __init__(self, paths: frozenset[str], read: Callable[[str], str | None]) -> None:
        """Take the repository's paths, and how to read the text of one (None: it cannot be read)."""
        self._paths = paths
        self._read = read
        self._known: dict[tuple[str, str], str | External | None] = {}

    def resolve(self, from_path: str, specifier: str) -> str | External | None:
        """Return the repository file that the specifier names in `from_path`, the package, or None where neither is known."""
        key = (posixpath.dirname(from_path), specifier)
        if key not in self._known:
            self._known[key] = self._resolve(*key)
        return self._known[key]

    def _resolve(self, folder: str, specifier: str) -> str | External | None:
        if specifier.startswith("."):
            return self._probe(posixpath.normpath(posixpath.join(folder, specifier)))
        parts = specifier.split("/")
        count = 2 if specifier.startswith("@") else 1
        return External("/".join(parts[:count]), "/".join(parts[count:]))

    def _probe(self, base: str) -> str | None:
        candidates = [base, *(base + e for e in _EXTENSIONS), *(f"{base}/index{e}" for e in _EXTENSIONS)]
        return next((c for c in candidates if c in self._paths), None)

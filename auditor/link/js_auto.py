"""Names that Nuxt puts into every file without an import: what `server/utils`, `utils` and `composables` export.

Tells from the texts of those files which names they export; what the names mean is evaluated as if they were imported.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from auditor.lazily import regex

_CONFIG = regex(r"(?:^|/)nuxt\.config\.[cm]?[jt]s$")
_SERVER = regex(r"^(?:src/|app/)?(?:layers/[^/]+/)?server/")
_SERVER_HOLDER = regex(r"^(?:src/|app/)?(?:layers/[^/]+/)?server/utils/.+\.[cm]?[jt]s$")
_HOLDER = regex(r"^(?:src/|app/)?(?:layers/[^/]+/)?(?:app/)?(?:composables|utils)/[^/]+\.[cm]?[jt]sx?$")
_SHARED_HOLDER = regex(r"^shared/utils/[^/]+\.[cm]?[jt]s$")
_EXPORT = regex(r"^export\s+(?:async\s+)?(?:const|let|var|function\s*\*?|class)\s+([\w$]+)", re.MULTILINE)
_EXPORTS = regex(r"^export\s*\{([^}]{0,2000})\}", re.MULTILINE)
_DEFAULT = regex(r"^export\s+default\b", re.MULTILINE)
_MAX_HOLDERS = 400


class AutoImports:
    """The names of one tree, by the project that has them. Empty where no project is one of Nuxt."""

    def __init__(self, paths: Iterable[str], read: Callable[[str], str | None]) -> None:
        """Take the program files, and how to read one; nothing is read before a name is asked for."""
        self._paths = tuple(paths)
        self._read = read
        self._roots = sorted({posixpath.dirname(p) for p in self._paths if _CONFIG.search(p)}, key=len, reverse=True)
        self._names: dict[tuple[str, str, str], tuple[str, str]] | None = None

    def source(self, name: str, path: str) -> tuple[str, str] | None:
        """The file that gives a name to another file, and under which name that one exports it."""
        root = self._root(path)
        if root is None:
            return None
        side = "server" if _SERVER.search(_inside(root, path)) else "app"
        names = self._known()
        found = names.get((root, side, name)) or names.get((root, "shared", name))
        return found if found is not None and found[0] != path else None

    def given(self, path: str) -> tuple[str, ...]:
        """The names that a file gives to others without an import."""
        if self._root(path) is None:
            return ()
        return tuple(sorted(name for (_, _, name), (holder, _) in self._known().items() if holder == path))

    def _root(self, path: str) -> str | None:
        return next((r for r in self._roots if not r or path.startswith(r + "/")), None)

    def _known(self) -> dict[tuple[str, str, str], tuple[str, str]]:
        if self._names is None:
            self._names = {}
            count = 0
            for path in self._paths:
                root = self._root(path)
                side = _side(_inside(root, path)) if root is not None else ""
                if root is not None and side and count < _MAX_HOLDERS:
                    count += 1
                    for name, exported in _exports(path, self._read(path) or ""):
                        self._names.setdefault((root, side, name), (path, exported))
        return self._names


def _inside(root: str, path: str) -> str:
    return path[len(root) + 1 :] if root else path


def _side(path: str) -> str:
    """To which files of its project a file gives its names; "" if to none."""
    if _SERVER_HOLDER.search(path):
        return "server"
    if _SHARED_HOLDER.search(path):
        return "shared"
    return "app" if _HOLDER.search(path) else ""


def _exports(path: str, text: str) -> Iterable[tuple[str, str]]:
    """The names that a file exports, and under which name it exports each; a default export is named after the file."""
    for match in _EXPORT.finditer(text):
        yield match[1], match[1]
    for match in _EXPORTS.finditer(text):
        for part in match[1].split(","):
            name = part.split(" as ")[-1].strip()
            if name.isidentifier() and name != "default":
                yield name, name
    if _DEFAULT.search(text):
        first, *rest = posixpath.basename(path).split(".")[0].replace("_", "-").split("-")
        yield first + "".join(word[:1].upper() + word[1:] for word in rest), "default"

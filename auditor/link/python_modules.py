"""Python module resolution: which file of the repository a dotted module name means, seen from a file.

A repository may hold several applications, each with its own root, and the import path is rarely written down. So an
absolute name is looked for in the importing file's folder and in each folder above it (also in a `src` there), nearest
first, and at last anywhere, if exactly one file fits. Names of the standard library and of packages that the catalog
knows are external unless the repository's root holds such a package.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Collection

_COMMON = frozenset(["llm", "agents"])  # packages whose names are as common for an application's own modules
_SOURCE_FOLDERS = ("", "src", "lib", "app", "python")


class PyResolver:
    """Resolves module names against a fixed set of paths. Memoised; total."""

    def __init__(self, paths: Collection[str], packages: Collection[str] = ()) -> None:
        """Take the repository's program files and the import names of known external packages."""
        self._paths = {p for p in paths if p.endswith((".py", ".pyi"))}
        self._packages = frozenset(packages) | sys.stdlib_module_names
        self._firsts = frozenset(p.split(".", maxsplit=1)[0] for p in packages)
        self._folders: set[str] = set()
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(self._paths):
            folder = posixpath.dirname(path)
            name = posixpath.basename(path)
            name = posixpath.basename(folder) if name == "__init__.py" else name.removesuffix(".py")
            self._by_name.setdefault(name, []).append(path)
            while folder and folder not in self._folders:
                self._folders.add(folder)
                folder = posixpath.dirname(folder)
        self._known: dict[tuple[str, str, int], str | None] = {}

    def resolve(self, from_path: str, module: str, level: int = 0) -> str | None:
        """The file (or the folder of a package without `__init__.py`) that a module name means; None: external."""
        key = (posixpath.dirname(from_path), module, level)
        if key not in self._known:
            self._known[key] = self._relative(*key) if level else self._absolute(key[0], module)
        return self._known[key]

    def file(self, from_path: str, name: str) -> str | None:
        """The file that the end of a path names, seen from a file: beside it, from the root, or the only one."""
        tail = posixpath.normpath(name).lstrip("./")
        for folder in (posixpath.dirname(from_path), ""):
            if (found := posixpath.join(folder, tail)) in self._paths:
                return found
        stem = posixpath.basename(tail).removesuffix(".py")
        hits = [p for p in self._by_name.get(stem, ()) if f"/{p}".endswith(f"/{tail}")]
        return hits[0] if len(hits) == 1 else None

    def is_package(self, module: str) -> bool:
        """Whether a module may be one of a known package, or of what packages share (`google`)."""
        return module.split(".", maxsplit=1)[0] in self._firsts

    def submodule(self, path: str, name: str) -> str | None:
        """The module `name` inside the package at `path` (its `__init__.py` or its folder)."""
        if path.endswith("/__init__.py") or path == "__init__.py":
            return self._locate(posixpath.dirname(path), name)
        return None if path.endswith(".py") else self._locate(path, name)

    def root_of(self, from_path: str, module: str) -> str | None:
        """What the first component of `a.b.c` means: the package in which the whole name is found."""
        whole = self.resolve(from_path, module)
        if whole is None:
            return self.resolve(from_path, module.split(".", maxsplit=1)[0])
        base = whole.removesuffix("/__init__.py").removesuffix(".py")
        for _ in module.split(".")[1:]:
            base = posixpath.dirname(base)
        folder, name = posixpath.split(base)
        return self._locate(folder, name)

    def _relative(self, folder: str, module: str, level: int) -> str | None:
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        if not module:
            init = posixpath.join(folder, "__init__.py")
            return init if init in self._paths else folder
        return self._locate(folder, module)

    def _absolute(self, folder: str, module: str) -> str | None:
        first = module.split(".", maxsplit=1)[0]
        if first in sys.stdlib_module_names:
            return None
        if first in self._packages:
            return self._shadowing(folder, first, module)
        above = folder
        while True:
            for source in _SOURCE_FOLDERS:
                found = self._locate(posixpath.join(above, source), module)
                if found is not None and (found in self._paths or above == "" or source):
                    return found
            if not above:
                break
            above = posixpath.dirname(above)
        return self._unique(module)

    def _shadowing(self, folder: str, first: str, module: str) -> str | None:
        """A file or package of the repository that hides a well-known package: at a root, or beside a script."""
        for root in ("", "src", folder):
            if root == folder and posixpath.join(folder, "__init__.py") in self._paths:
                continue
            if any(posixpath.join(root, first + end) in self._paths for end in (".py", "/__init__.py")):
                return self._locate(root, module)
        return self._of_a_common_name(folder, first, module) if first in _COMMON else None

    def _of_a_common_name(self, folder: str, first: str, module: str) -> str | None:
        """A file of the repository whose name some package has as well: `agents/planner.py`, `core/llm.py`."""
        above = folder
        while module != first:
            found = self._locate(above, module)
            if found in self._paths:
                return found
            if not above:
                return None
            above = posixpath.dirname(above)
        return self._unique(module) if first == "llm" else None

    def _unique(self, module: str) -> str | None:
        tail = module.replace(".", "/")
        ends = (f"/{tail}.py", f"/{tail}/__init__.py")
        hits = [p for p in self._by_name.get(module.rsplit(".", 1)[-1], ()) if ("/" + p).endswith(ends)]
        return hits[0] if len(hits) == 1 else None

    def _locate(self, folder: str, module: str) -> str | None:
        base = posixpath.join(folder, module.replace(".", "/"))
        for candidate in (f"{base}/__init__.py", f"{base}.py", f"{base}.pyi"):
            if candidate in self._paths:
                return candidate
        return base if base in self._folders else None

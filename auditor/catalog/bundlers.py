"""What is known of bundlers and frameworks: which environment names ship, what kind of project a package is.

The facts stand in `bundlers.yaml`; this module gives them types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache

from auditor.catalog.packed import document
from auditor.errors import CatalogError
from auditor.lazily import dataclass


@dataclass(frozen=True, slots=True)
class ProjectKind:
    """A kind of project; `packages` or `files` give it away. `default`: see the YAML."""

    kind: str
    packages: frozenset[str]
    files: tuple[str, ...] = ()
    default: bool | None = None


@dataclass(frozen=True, slots=True)
class Bundlers:
    """All of it."""

    public_env: Mapping[str, str] = field(default_factory=dict)  # prefix -> tool
    inlining_modules: Mapping[str, str] = field(default_factory=dict)  # module -> tool
    projects: tuple[ProjectKind, ...] = ()
    server_exports: Mapping[str, frozenset[str]] = field(default_factory=dict)
    server_wrappers: frozenset[str] = frozenset()
    server_marks: frozenset[str] = frozenset()
    client_marks: frozenset[str] = frozenset()
    url_keys: Mapping[str, str] = field(default_factory=dict)  # query parameter -> vendor id
    ambiguous_key_words: frozenset[str] = frozenset()
    browser_overrides: Mapping[str, str] = field(default_factory=dict)  # text -> vendor id or ""

    def public_prefix(self, name: str) -> str:
        """The prefix that makes an environment name public; "" where it has none."""
        return max((p for p in self.public_env if name.startswith(p)), key=len, default="")


@cache
def bundlers() -> Bundlers:
    """The built-in facts, loaded once.

    Raises:
        CatalogError: the installed file is damaged.
    """
    raw = document("bundlers.yaml")
    try:
        return Bundlers(
            public_env={row["prefix"]: row["tool"] for row in raw["public_env"]},
            inlining_modules={row["module"]: row["tool"] for row in raw["inlining_modules"]},
            projects=tuple(
                ProjectKind(r["kind"], frozenset(r["packages"]), tuple(r.get("files", ())), r["default"])
                for r in raw["projects"]
            ),
            server_exports={k: frozenset(v) for k, v in raw["server_exports"].items()},
            server_wrappers=frozenset(raw["server_wrappers"]),
            server_marks=frozenset(raw["server_marks"]),
            client_marks=frozenset(raw["client_marks"]),
            url_keys={row["parameter"]: row["vendor"] for row in raw["url_keys"]},
            ambiguous_key_words=frozenset(raw["ambiguous_key_words"]),
            browser_overrides={row["text"]: row["vendor"] for row in raw["browser_overrides"]},
        )
    except (KeyError, TypeError) as error:
        raise CatalogError(f"auditor/catalog/bundlers.yaml is damaged: {error!r}; reinstall the program") from error

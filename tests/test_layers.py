"""Who may import whom. The table is the architecture; an import that is not in it is a design question, not a detail."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MODEL = {"model", "errors", "lazily"}
# layer -> the layers of ours that it may import. `auditor` is the package itself: its version and public names.
ALLOWED: dict[str, set[str]] = {
    "model": {"model", "lazily"},
    "errors": set(),
    "lazily": set(),
    "parallel": set(),
    "word_index": {"lazily"},
    "declare": {"model", "lazily"},
    "catalog": {"catalog", *MODEL},
    "source": {"source", *MODEL},
    "prefilter": {"catalog", "readers", "source", *MODEL},
    "readers": {"readers", "prefilter", "catalog", "source.tree", "source.select", *MODEL},  # select: pure functions
    "cron": {*MODEL},
    "link": {"link", "catalog", "readers", "source.tree", "cron", *MODEL},
    "registry": {"declare", "errors", "lazily"},
    "judge": {"declare", *MODEL},
    "suppress": {"declare", *MODEL},
    "score": {"declare", "judge", *MODEL},
    "cost": {"catalog", "config", "cron", *MODEL},
    "quotas": {"catalog", "config", "cost", "cron", *MODEL},
    "config": {"errors", "lazily"},
    "report": {"report", "auditor", *MODEL},
    "rewrite": {"rewrite", *MODEL},
    "probe": {"errors", "lazily"},
    "docs": {"registry", "suppress", "declare", "score", "catalog", *MODEL},
    "testing": {"registry", "declare", "judge", "pipeline", "config", "source", "rewrite", *MODEL},
    "program_files": {"prefilter", "link", "readers", "catalog", "source", "parallel", "word_index", *MODEL},
    "pipeline": {
        "auditor", "declare", "registry", "judge", "suppress", "score", "config", "program_files", "cron", "cost", "quotas",
        "prefilter", "link", "readers", "catalog", "source", "parallel", "word_index", *MODEL,
    },
    "cli": {
        "cli", "auditor", "pipeline", "report", "rewrite", "registry", "config", "suppress", "score", "docs", "cost",
        "probe", "cron", "source", "catalog", "parallel", *MODEL,
    },
}  # fmt: skip

# What a check may import beside the public names: nothing that reads, writes or keeps state.
PURE = {"auditor", "base64", "collections", "dataclasses", "hashlib", "math", "re", "__future__"}

MODULES = sorted((ROOT / "auditor").rglob("*.py"))
CHECKS = sorted((ROOT / "checks").rglob("*.py"))


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(path: Path) -> set[str]:
    """The absolute names of ours that a module imports, wherever in the file."""
    found: set[str] = set()
    package = _name(path).split(".")
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            module = node.module or ""
            for alias in node.names:
                inner = ROOT / module.replace(".", "/") / alias.name
                is_module = inner.with_suffix(".py").exists() or inner.is_dir()
                found.add(f"{module}.{alias.name}" if is_module else module)
    assert package
    return {name for name in found if name.split(".")[0] in ("auditor", "checks", "tests")}


def _layer(name: str) -> str:
    """`auditor.readers.python` -> readers; `auditor.source.tree` -> source.tree; `auditor` itself -> auditor."""
    parts = name.split(".")
    if parts[1:2] == ["source"]:
        return ".".join(parts[1:3])
    return parts[1] if len(parts) > 1 else "auditor"


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_auditor_module_imports_only_lower_layers(path: Path) -> None:
    name = _name(path)
    if name in ("auditor", "auditor.__main__"):
        return
    layer = name.split(".")[1]
    assert layer in ALLOWED, f"{layer} is a new layer: say in ALLOWED what it may import"
    allowed = ALLOWED[layer] | {layer}
    for imported in sorted(_imports(path)):
        assert imported.split(".")[0] == "auditor", f"{name} imports {imported}"
        target = _layer(imported)
        fine = target in allowed or target.split(".")[0] in allowed
        assert fine, f"{name} ({layer}) imports {imported}"


@pytest.mark.parametrize("path", CHECKS, ids=_name)
def test_check_imports_public_names_only(path: Path) -> None:
    assert _imports(path) <= {"auditor"}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom | ast.Import):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                assert name.split(".")[0] in PURE, name


def test_nothing_in_auditor_names_the_built_in_checks() -> None:
    for path in MODULES:
        assert not any(n.split(".")[0] == "checks" for n in _imports(path)), path


def test_the_walk_finds_imports(tmp_path: Path) -> None:
    assert "auditor.declare" in _imports(ROOT / "auditor" / "registry.py")
    assert "auditor.catalog.load" in _imports(ROOT / "auditor" / "docs.py")

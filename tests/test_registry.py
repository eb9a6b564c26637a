"""Checks are found by entry point, ours like a third party's; a broken plug-in costs one line."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from auditor import registry
from auditor.errors import UsageError
from auditor.registry import Plugin

CHECK = '''
from auditor import Pass, Repo, Severity, check, example

@check(severity=Severity.MINOR, since="1", examples=[example("x = 1")])
def {name}(repo: Repo) -> Pass:
    """Says nothing."""
    return Pass()
'''


def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, modules: dict[str, str]) -> str:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def test_built_in_checks_come_by_the_entry_point() -> None:
    loaded = registry.load()
    assert loaded.broken == ()
    ids = [c.id for c in loaded.checks]
    assert ids == sorted(ids)
    assert {"missing-output-cap", "no-spend-limit", "direct-call-without-fallback"} <= set(ids)
    assert all("/" not in c.id for c in loaded.checks if c.source.startswith("checks."))


def test_a_third_partys_checks_get_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = _package(tmp_path, monkeypatch, "acme_one", {"a": CHECK.format(name="some_check")})
    loaded = registry.load([Plugin("acme", package)])
    assert [c.id for c in loaded.checks] == ["acme/some-check"]
    assert loaded.checks[0].help_uri == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("raise RuntimeError('no')", "RuntimeError"),
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        (
            "from auditor import check, Severity\n@check(severity=Severity.MINOR, since='1', examples=[])\ndef f(x): ...",
            "CheckError",
        ),
        (CHECK.format(name="f").replace("repo: Repo", "repo: int"), "CheckError"),
        ("def broken(:", "SyntaxError"),
    ],
)
def test_a_module_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str) -> None:
    package = _package(tmp_path, monkeypatch, "acme_two", {"bad": text, "good": CHECK.format(name="fine")})
    monkeypatch.delitem(sys.modules, "acme_two.bad", raising=False)
    for module in ("acme_two", "acme_two.bad", "acme_two.good"):
        sys.modules.pop(module, None)
    loaded = registry.load([Plugin("acme", package)])
    assert [c.id for c in loaded.checks] == ["acme/fine"]
    assert len(loaded.broken) == 1
    assert told in loaded.broken[0]
    assert "\n" not in loaded.broken[0]


def test_a_package_that_is_not_there_is_one_line() -> None:
    loaded = registry.load([Plugin("gone", "a_package_that_is_not_there")])
    assert loaded.checks == ()
    assert len(loaded.broken) == 1


def test_an_id_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = CHECK.format(name="same")
    package = _package(tmp_path, monkeypatch, "acme_three", {"a": text, "b": text})
    loaded = registry.load([Plugin("acme", package)])
    assert len(loaded.checks) == 1
    assert "taken" in loaded.broken[0]


def test_selection_names_the_nearest() -> None:
    checks = registry.load().checks
    assert [c.id for c in registry.select(checks, ["missing-timeout"])] == ["missing-timeout"]
    assert "missing-timeout" not in {c.id for c in registry.select(checks, ignore=["missing-timeout"])}
    with pytest.raises(UsageError, match="did you mean 'missing-timeout'"):
        registry.select(checks, ["mising-timeout"])
    with pytest.raises(UsageError, match="unknown check"):
        registry.load().get("zzz")


def test_loading_checks_imports_nothing_heavy() -> None:
    code = (
        "import sys; from auditor import registry; assert registry.load().checks;"
        "heavy = {'libcst', 'rich', 'detect_secrets', 'tree_sitter', 'git', 'yaml', 'jsonschema', 'pathspec', 'pytest'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"


def test_importing_auditor_is_cheap_and_its_names_are_real() -> None:
    code = (
        "import sys, auditor; assert not any(m.startswith('auditor.') for m in sys.modules);"
        "names = [getattr(auditor, n) for n in auditor.__all__]; from auditor import registry, check, example;"
        "assert callable(check) and callable(example)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

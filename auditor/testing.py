"""Runs the examples of checks through the real pipeline: as a function, and as a pytest plug-in for any check package.

    pytest -p auditor.testing --auditor-checks acme_checks

An example's own text says what is expected: a line that ends in `# FAIL` or `// FAIL` must get a failure, one that ends in
`# UNKNOWN` an unknown, every other subject must pass or be not applicable. No subject at all is an error, for such an
example would hold vacuously. Where it says what the fix makes of it, the fix is applied, compared and audited again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from auditor.declare import Check, Example
from auditor.judge import Judgement, findings, judge
from auditor.lazily import dataclass, regex
from auditor.model.repo import Repo
from auditor.model.verdict import Broken, Fail, Unknown

if TYPE_CHECKING:
    import pytest

_MARK = regex(r"(?:\#|//|--|;|<!--|/\*|\{/\*|%)\s*(FAIL|UNKNOWN)\b")


@dataclass(frozen=True, slots=True)
class Case:
    """One example of one check; `name` is its pytest id."""

    name: str
    check: Check
    example: Example


def cases(package: str, *, own: bool = False) -> tuple[Case, ...]:
    """All examples of the checks in an importable package.

    Raises:
        ImportError: a module of it cannot be loaded: in tests that is no matter of a line in a report.
    """
    from auditor import registry

    loaded = registry.load([registry.Plugin(package.split(".")[0], package, own=own)])
    if loaded.broken:
        raise ImportError("; ".join(loaded.broken))
    return tuple(
        Case(f"{check.id}-{n}", check, example)
        for check in loaded.checks
        for n, example in enumerate(check.examples, 1)
    )


def problems(check: Check, example: Example) -> tuple[str, ...]:
    """What is wrong with an example: expected and found verdicts that differ, or a fix that does not hold."""
    files = example.files
    judgements = _judged(check, example, files)
    found = [*_compare(check, example, files, judgements)]
    if example.fixes and not found:
        found.extend(_fix_problems(check, example, files, judgements))
    return tuple(found)


def expected(example: Example) -> dict[tuple[str, int], str]:
    """The marked lines: (path, line) to FAIL or UNKNOWN."""
    marks: dict[tuple[str, int], str] = {}
    for path, text in example.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if match := _MARK.search(line):
                marks[path, number] = match[1]
    for place, what in example.expect:
        path, _, line = place.rpartition(":")
        marks[path, int(line)] = what
    return marks


def _judged(check: Check, example: Example, files: Mapping[str, str]) -> tuple[Judgement, ...]:
    from auditor.config import parse_config
    from auditor.pipeline import build_repo, default_catalog
    from auditor.source.memory import MemoryTree

    config = parse_config(dict(example.config), ".auditor.yaml")
    repo = build_repo(MemoryTree(files), default_catalog(), config)
    return judge(repo, [check], config.options)


def _compare(
    check: Check, example: Example, files: Mapping[str, str], judgements: tuple[Judgement, ...]
) -> Iterator[str]:
    if not judgements and not example.vacuous:
        yield f"no {check.subject.__name__} found: the example proves nothing"
    if judgements and example.vacuous and check.subject is not Repo:
        yield f"{len(judgements)} subjects found where none is expected"
    marks = expected(example)
    for path, line in marks:
        if path not in files or line > len(files[path].splitlines()):
            yield f"{path}:{line}: no such line"
    left = dict(marks)
    for j in judgements:
        verdict = j.verdict
        at = (verdict.at if isinstance(verdict, Fail) else None) or j.at
        place = (at.path, at.line) if at else None
        if isinstance(verdict, Broken):
            yield f"{_spot(place)}: {verdict.error}"
        kind = "FAIL" if isinstance(verdict, Fail) else "UNKNOWN" if isinstance(verdict, Unknown) else ""
        if place is None:
            # A verdict about the repository has no line of its own: any mark of its kind is meant for it.
            place = next((p for p, what in marks.items() if what == kind), None)
        want = marks.get(place, "") if place else ""
        if kind != want:
            yield f"{_spot(place)}: expected {want or 'pass'}, got {verdict}"
        elif place:
            left.pop(place, None)
    for place, what in left.items():
        yield f"{_spot(place)}: expected {what}, but nothing was judged there"


def _fix_problems(
    check: Check, example: Example, files: Mapping[str, str], judgements: tuple[Judgement, ...]
) -> Iterator[str]:
    from auditor.rewrite.apply import fixed_text

    found = findings(judgements, lambda span: "")
    if not any(f.fix for f in found):
        yield "the example shows a fix, but no failure proposes one"
        return
    after = fixed_text(files, found)
    for path, text in example.fixed.items():
        if after.get(path) != text:
            yield f"{path}: the fix gives\n{after.get(path)}\ninstead of\n{text}"
    for j in _judged(check, example, after):
        if isinstance(j.verdict, Fail) and j.verdict.fix is not None:
            yield f"{_spot((j.at.path, j.at.line) if j.at else None)}: still fails after the fix: {j.verdict.message}"


def _spot(place: tuple[str, int] | None) -> str:
    return f"{place[0]}:{place[1]}" if place else "repository"


# --------------------------------------------------------------------------- the pytest plug-in


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--auditor-checks`."""
    parser.addoption(
        "--auditor-checks", action="append", default=[], metavar="PACKAGE", help="run the examples of these checks"
    )


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add an item for each example of the named packages."""
    for package in config.getoption("--auditor-checks"):
        kind = _item_class()
        items.extend(kind.from_parent(session, name=f"{package}::{c.name}", case=c) for c in cases(package))


def _item_class() -> Any:
    import pytest

    class ExampleItem(pytest.Item):
        """One example as a test."""

        def __init__(self, *, case: Case, **rest: Any) -> None:
            super().__init__(**rest)
            self.case = case

        def runtest(self) -> None:
            found = problems(self.case.check, self.case.example)
            if found:
                pytest.fail("\n".join(found), pytrace=False)

        def reportinfo(self) -> tuple[str, int, str]:
            return self.case.check.source, 0, self.name

    return ExampleItem

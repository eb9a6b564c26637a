"""How a check is declared: one function, one subject in, one verdict out, its examples, docs and options beside it.

Knows nothing of files, languages or vendors; it reads the function's own signature and docstring and nothing else.

A check is a module-level function under `@check`. Its id is its name in kebab case. The first parameter's annotation
says which facts it judges (`LlmCall`, `Schedule`, `Credential` ..., or `Repo` for a question about the whole
repository); a further parameter annotated `Repo` gets the linked repository, and one annotated with a frozen dataclass
gets its thresholds, whose fields become documented configuration keys.

The module is not named after the decorator: a submodule `auditor.check` would hide `auditor.check`, the public name.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, field, fields, is_dataclass, replace
from typing import Any, get_type_hints

from auditor.lazily import dataclass
from auditor.model.repo import Repo
from auditor.model.verdict import Severity, Verdict

DOCS_BASE = ""
"""Where the pages of the built-in checks are published, one file a check, named after its id; "" while nowhere.

No report may hold a dead link. The same page comes with the package: `auditor explain ID`.
"""

STATUSES = ("preview", "stable", "deprecated")


def page(check: str, base: str = DOCS_BASE) -> str:
    """The address of a check's page; "" where no pages are published."""
    return f"{base}{check}.md" if base else ""


class CheckError(Exception):
    """A check is declared in a way that cannot work; says which one and why."""


@dataclass(frozen=True, slots=True)
class Example:
    """A small repository with the verdicts that are expected in it, marked in its own text.

    `# FAIL` or `// FAIL` at the end of a line expects a failure there, `# UNKNOWN` an unknown; every other subject must
    pass or be not applicable. Formats without comments say it in `expect` ("path:line" to FAIL or UNKNOWN). `config` is
    what `.auditor.yaml` would say. `show` puts the example on the docs page.
    """

    texts: tuple[tuple[str, str], ...]
    fixes: tuple[tuple[str, str], ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    expect: tuple[tuple[str, str], ...] = ()
    show: bool = False
    vacuous: bool = False  # no subject at all is expected

    @property
    def files(self) -> dict[str, str]:
        """The files by path, dedented."""
        return {path: _dedent(text) for path, text in self.texts}

    @property
    def fixed(self) -> dict[str, str]:
        """What the files look like after the fix; empty where the example has none."""
        return {path: _dedent(text) for path, text in self.fixes}


@dataclass(frozen=True, slots=True)
class Check:
    """A declared check. `id` of a third party's check is `package/name`; `judge` is the function itself."""

    id: str
    severity: Severity
    since: str
    status: str
    subject: type
    docs: str
    examples: tuple[Example, ...]
    judge: Callable[..., Verdict]
    options: type | None = None
    any_role: bool = False  # weighs the same in tests, examples and docs: a live key leaks from anywhere
    source: str = ""  # the module that declares it
    docs_base: str = DOCS_BASE
    _arguments: tuple[tuple[str, str], ...] = ()  # (parameter, "repo" | "options")

    @property
    def title(self) -> str:
        """The docstring's first line, without its full stop."""
        return self.docs.split("\n", 1)[0].strip().rstrip(".")

    @property
    def help_uri(self) -> str:
        """The address of its documentation page; empty where its package publishes none."""
        return page(self.id.rsplit("/", 1)[-1], self.docs_base)

    @property
    def fixable(self) -> bool:
        """Whether some example shows a rewrite: derived, so that it cannot be claimed in vain."""
        return any(e.fixes for e in self.examples)

    def option_fields(self) -> tuple[tuple[str, Any, str], ...]:
        """The thresholds: name, default, and what the options' docstring says of each."""
        if self.options is None:
            return ()
        told = _attribute_docs(self.options.__doc__ or "")
        return tuple((f.name, _default(f), told.get(f.name, "")) for f in fields(self.options))

    def __call__(self, subject: Any, repo: Repo, options: Any = None) -> Verdict:
        """Judge one subject."""
        given = {"repo": repo, "options": options if options is not None or self.options is None else self.options()}
        return self.judge(subject, **{name: given[what] for name, what in self._arguments})

    def owned_by(self, package: str) -> Check:
        """The same check under a third party's name, which publishes its own docs."""
        return replace(self, id=f"{package}/{self.id}", docs_base="")


def example(
    text: str | None = None,
    *,
    path: str = "app.py",
    files: Mapping[str, str] | None = None,
    fixed: str | Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    expect: Mapping[str, str] | None = None,
    show: bool = False,
    vacuous: bool = False,
) -> Example:
    """Declare an example: one text, or several `files`, and what the fix makes of them.

    Args:
        text: the content of a single file.
        path: that file's path; its name decides which reader sees it.
        files: a whole small repository instead, path to content.
        fixed: the text after the fix (or the changed files); makes the check "fixable".
        config: the content of `.auditor.yaml` as a mapping.
        expect: verdicts in files that have no comments, "path:line" to FAIL or UNKNOWN.
        show: print the example on the docs page.
        vacuous: nothing of the check's kind is to be found here; without it, that is an error.

    Raises:
        CheckError: neither or both of text and files are given.
    """
    if (text is None) == (files is None):
        raise CheckError("an example has either one text or several files")
    texts = tuple(files.items()) if files is not None else ((path, text or ""),)
    if fixed is None:
        after: tuple[tuple[str, str], ...] = ()
    else:
        after = ((path, fixed),) if isinstance(fixed, str) else tuple(fixed.items())
    return Example(texts, after, dict(config or {}), tuple((expect or {}).items()), show, vacuous)


def check(
    *,
    severity: Severity,
    since: str,
    examples: Sequence[Example],
    status: str = "stable",
    any_role: bool = False,
) -> Callable[[Callable[..., Verdict]], Check]:
    """Declare the function below as a check.

    Args:
        severity: what a failure weighs in code that ships; tests, examples, docs and dead code weigh less.
        since: the version that brought it.
        examples: its tests and its documentation.
        status: preview | stable | deprecated.
        any_role: a failure weighs the same wherever it stands.

    Raises:
        CheckError: at import, where the declaration cannot work.
    """

    def declare(function: Callable[..., Verdict]) -> Check:
        name = function.__name__
        if status not in STATUSES:
            raise CheckError(f"{name}: status is one of {', '.join(STATUSES)}, not {status!r}")
        if not function.__doc__:
            raise CheckError(f"{name}: a check explains itself in its docstring")
        if not examples:
            raise CheckError(f"{name}: a check without examples is not tested")
        subject, arguments, options = _signature(function)
        return Check(
            id=name.replace("_", "-"),
            severity=severity,
            since=since,
            status=status,
            subject=subject,
            docs=textwrap.dedent(_first_line_indented(function.__doc__)).strip() + "\n",
            examples=tuple(examples),
            judge=function,
            options=options,
            any_role=any_role,
            source=function.__module__,
            _arguments=arguments,
        )

    return declare


def _signature(function: Callable[..., Verdict]) -> tuple[type, tuple[tuple[str, str], ...], type | None]:
    """The subject, what else the function wants, and its options' class."""
    hints = get_type_hints(function)
    hints.pop("return", None)
    if not hints:
        raise CheckError(f"{function.__name__}: the first parameter's annotation says what is judged")
    (_, subject), *others = hints.items()
    if not isinstance(subject, type) or (subject is not Repo and subject not in SUBJECTS):
        raise CheckError(f"{function.__name__}: {subject} is no kind of fact")
    arguments: list[tuple[str, str]] = []
    options: type | None = None
    for name, kind in others:
        if kind is Repo:
            arguments.append((name, "repo"))
        elif isinstance(kind, type) and is_dataclass(kind):
            options = kind
            arguments.append((name, "options"))
        else:
            raise CheckError(f"{function.__name__}: parameter {name} is neither Repo nor a dataclass of options")
    return subject, tuple(arguments), options


def _subjects() -> frozenset[type]:
    from auditor.model import facts

    return frozenset(facts.Fact.__args__)


SUBJECTS = _subjects()
"""The kinds of facts that a check may judge, beside Repo."""


def _dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def _first_line_indented(doc: str) -> str:
    """Docstrings begin on the quote's line: give that line the indentation of the rest, so that dedent works."""
    first, _, rest = doc.partition("\n")
    indent = next((line[: len(line) - len(line.lstrip())] for line in rest.splitlines() if line.strip()), "")
    return f"{indent}{first.strip()}\n{rest}"


def _default(f: Any) -> Any:
    if f.default is not MISSING:
        return f.default
    return f.default_factory() if f.default_factory is not MISSING else None


def _attribute_docs(doc: str) -> dict[str, str]:
    """The `name: meaning` lines under "Attributes:" of a Google-style docstring."""
    told: dict[str, str] = {}
    _, _, attributes = doc.partition("Attributes:")
    for line in attributes.splitlines():
        name, colon, meaning = line.strip().partition(":")
        if colon and name.isidentifier():
            told[name] = meaning.strip()
    return told

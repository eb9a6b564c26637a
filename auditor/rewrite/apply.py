"""From proposed fixes to a diff, and on request to files: all or nothing. Refuses what overlaps or cannot be proven.

Knows where the generated client module goes and how each file imports it. Reads through a tree, writes to disk in
`write` alone.
"""

from __future__ import annotations

import ast
import difflib
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from auditor.errors import RewriteError
from auditor.lazily import dataclass
from auditor.model.location import Span
from auditor.model.report import Finding
from auditor.model.verdict import AddKeyword, Edit, Fix, GuardClient, ReplaceValue, Safety
from auditor.rewrite.generate import MARKER, ClientSettings, client_module

MODULE_NAME = "llm_client"


@dataclass(frozen=True, slots=True)
class Left:
    """A fix that is not proposed, and why."""

    at: Span
    check: str
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would change: new texts by path (a new file has no old text), and what was left alone."""

    old: Mapping[str, str]
    new: Mapping[str, str]
    left: tuple[Left, ...] = ()
    applied: int = 0

    def diff(self) -> str:
        """All changes as one unified diff, files in order; empty where there are none."""
        out: list[str] = []
        for path in sorted(self.new):
            before = self.old.get(path)
            lines = difflib.unified_diff(
                [] if before is None else before.splitlines(keepends=True),
                self.new[path].splitlines(keepends=True),
                "/dev/null" if before is None else f"a/{path}",
                f"b/{path}",
            )
            out += [line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines]
        return "".join(out)


def propose(
    findings: Iterable[Finding],
    read: Callable[[str], str | None],
    paths: Sequence[str],
    settings: ClientSettings,
    *,
    safety: frozenset[Safety] = frozenset({Safety.SAFE, Safety.REVIEW}),
    module: str | None = None,
) -> Proposal:
    """Work out the changes for all fixable findings.

    Args:
        findings: those to fix; suppressed and baselined ones are passed over.
        read: gives the text of a file of the tree, None where it cannot be read.
        paths: all files of the tree, for finding packages.
        settings: defaults of the generated client module.
        safety: which fixes to propose.
        module: where the client module goes; None to choose.
    """
    wanted: list[tuple[Finding, Fix]] = []
    left: list[Left] = []
    for finding in findings:
        if finding.state != "new" or finding.fix is None:
            continue
        if finding.fix.safety not in safety or not finding.fix.edits:
            left.append(Left(finding.at, finding.check, "shown only: the change is for a person to make"))
        else:
            wanted.append((finding, finding.fix))
    by_path: dict[str, list[Edit]] = defaultdict(list)
    origin: dict[Edit, Finding] = {}
    for finding, fix in wanted:
        for edit in fix.edits:
            if edit in origin:
                continue
            path = _where(edit).path
            if not path.endswith(".py"):
                left.append(Left(finding.at, finding.check, "only Python source is rewritten"))
                continue
            clash = next((e for e in by_path[path] if _clash(e, edit)), None)
            if clash is not None:
                left.append(Left(finding.at, finding.check, "overlaps another change; run fix again after this one"))
                continue
            by_path[path].append(edit)
            origin[edit] = finding
    place = _Place(read, paths, [p for p, es in by_path.items() if any(isinstance(e, GuardClient) for e in es)], module)
    return _apply(by_path, origin, read, place, settings, left)


def _apply(
    by_path: Mapping[str, list[Edit]],
    origin: Mapping[Edit, Finding],
    read: Callable[[str], str | None],
    place: _Place,
    settings: ClientSettings,
    left: list[Left],
) -> Proposal:
    from auditor.rewrite.python import rewrite

    old: dict[str, str] = {}
    new: dict[str, str] = {}
    applied = 0
    guards = False
    for path, edits in sorted(by_path.items()):
        text = read(path)
        if text is None:
            left += [Left(origin[e].at, origin[e].check, "the file cannot be read") for e in edits]
            continue
        try:
            result = rewrite(text, edits, place.statement(path))
            covered = _covered(result.applied, origin)
            if covered:
                # The guard brings a timeout of its own: one keyword less to read.
                edits = [e for e in edits if e not in covered]
                result = rewrite(text, edits, place.statement(path))
        except RewriteError as error:
            left += [Left(origin[e].at, origin[e].check, str(error)) for e in edits]
            continue
        left += [Left(origin[r.edit].at, origin[r.edit].check, r.why) for r in result.refused]
        if result.text != text:
            old[path], new[path] = text, result.text
            applied += len(result.applied)
            guards = guards or result.guards
    if guards:
        existing = read(place.module)
        if existing is None:
            new[place.module] = client_module(settings)
        elif MARKER not in existing:
            raise RewriteError(
                f"{place.module} exists and was not generated by auditor; choose another place with --module"
            )
    return Proposal(old, new, tuple(sorted(left, key=lambda x: (x.at, x.check, x.why))), applied)


def _covered(applied: Sequence[Edit], origin: Mapping[Edit, Finding]) -> frozenset[Edit]:
    """Timeouts for calls whose client got the guard in the same run."""
    guarded = {origin[e].at for e in applied if isinstance(e, GuardClient)}
    return frozenset(
        e for e in applied if isinstance(e, AddKeyword) and e.name == "timeout" and origin[e].at in guarded
    )


def fixed_text(
    files: Mapping[str, str], findings: Iterable[Finding], settings: ClientSettings | None = None
) -> dict[str, str]:
    """The files after all fixes that are safe or for review, for tests and examples; new files are included."""
    proposal = propose(findings, files.get, sorted(files), settings or ClientSettings())
    return {**files, **proposal.new}


def write(root: Path, proposal: Proposal) -> tuple[str, ...]:
    """Write a proposal to disk: all files or none.

    Raises:
        RewriteError: a file changed since it was read, leads out of the root, or cannot be written; nothing was changed.
    """
    root = root.resolve()
    staged: list[tuple[Path, Path]] = []
    undo: list[tuple[Path, bytes | None]] = []
    try:
        for path in sorted(proposal.new):
            target = _confined(root, path)
            before = proposal.old.get(path)
            if before is None and target.exists():
                raise RewriteError(f"{path}: exists meanwhile; nothing was written")
            if before is not None and _decoded(target) != before:
                raise RewriteError(f"{path}: changed meanwhile; nothing was written")
            staged.append((_temporary(target, proposal.new[path]), target))
        for temporary, target in staged:
            undo.append((target, target.read_bytes() if target.exists() else None))
            temporary.replace(target)
    except OSError as error:
        _restore(undo)
        raise RewriteError(f"cannot write: {error.strerror}; nothing was changed") from None
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
    return tuple(sorted(proposal.new))


def _restore(undo: Sequence[tuple[Path, bytes | None]]) -> None:
    for target, data in reversed(undo):
        if data is None:
            target.unlink(missing_ok=True)
        else:
            target.write_bytes(data)


def _confined(root: Path, path: str) -> Path:
    target = root / path
    if not target.parent.resolve().is_relative_to(root) or target.is_symlink():
        raise RewriteError(f"{path}: leads out of the repository; nothing was written")
    if not target.parent.is_dir():
        raise RewriteError(f"{path}: its folder does not exist; nothing was written")
    return target


def _decoded(target: Path) -> str:
    with target.open(encoding="utf-8", newline="") as file:
        return file.read()


def _temporary(target: Path, text: str) -> Path:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    temporary = Path(name)
    temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o644)
    return temporary


def _where(edit: Edit) -> Span:
    match edit:
        case AddKeyword(call) | GuardClient(call):
            return call
        case ReplaceValue(span):
            return span


def _clash(left: Edit, right: Edit) -> bool:
    """Whether two edits touch the same code. Two keywords of one call are fine; two of one name or guards are not."""
    a, b = _where(left), _where(right)
    if a == b:
        if isinstance(left, AddKeyword) and isinstance(right, AddKeyword):
            return left.name == right.name
        return True
    ahead = (a.end_line, a.end_column) <= (b.line, b.column)
    behind = (b.end_line, b.end_column) <= (a.line, a.column)
    # A call inside an argument of another is another node: both can be changed.
    inside = (a.line, a.column) <= (b.line, b.column) and (b.end_line, b.end_column) <= (a.end_line, a.end_column)
    around = (b.line, b.column) <= (a.line, a.column) and (a.end_line, a.end_column) <= (b.end_line, b.end_column)
    return not (ahead or behind or inside or around)


class _Place:
    """Where the client module goes, and how each file that uses it imports it."""

    def __init__(
        self, read: Callable[[str], str | None], paths: Sequence[str], users: Sequence[str], module: str | None
    ) -> None:
        self._read = read
        self._paths = frozenset(paths)
        existing = [p for p in paths if p.rpartition("/")[2] == f"{MODULE_NAME}.py" and MARKER in (read(p) or "")]
        folders = Counter(self._home(p) for p in users)
        best = min(folders, key=lambda f: (-folders[f], f.count("/"), f), default="")
        chosen = f"{best}/{MODULE_NAME}.py" if best else f"{MODULE_NAME}.py"
        self.module = module or (existing[0] if existing else chosen)

    def _home(self, path: str) -> str:
        """The folder from which a file can import surely: its top package, or the folder that it lies in."""
        folder = path.rpartition("/")[0]
        top = folder
        while top and f"{top}/__init__.py" in self._paths:
            parent = top.rpartition("/")[0]
            if not (parent and f"{parent}/__init__.py" in self._paths):
                break
            top = parent
        return top

    def statement(self, path: str) -> str | None:
        """The import of the module in a file, None where no import is sure to find it."""
        folder = path.rpartition("/")[0]
        home = self.module.rpartition("/")[0]
        name = PurePosixPath(self.module).stem
        package = f"{home}/__init__.py" in self._paths if home else False
        if not package:
            # A plain folder: files beside the module find it, for Python puts a script's folder on its path. A file
            # elsewhere finds it only if it imports others of that folder by plain name already.
            if folder == home or self._imports_plainly(path, home):
                return f"import {name}" if name == MODULE_NAME else f"import {name} as {MODULE_NAME}"
            return None
        if not (folder == home or folder.startswith(home + "/")):
            return None
        style = self._style(path, home)
        up = folder[len(home) :].count("/")
        what = name if name == MODULE_NAME else f"{name} as {MODULE_NAME}"
        return f"from {'.' * (up + 1)} import {what}" if style == "relative" else f"from {style} import {what}"

    def _style(self, path: str, home: str) -> str:
        """How the package's files import each other: "relative", or the dotted name of the package."""
        votes: Counter[str] = Counter()
        plain = home.rpartition("/")[2]
        for other in [path, *sorted(p for p in self._paths if p.startswith(home + "/") and p.endswith(".py"))[:200]]:
            for node in _imports(self._read(other)):
                if node.level:
                    votes["relative"] += 1
                elif node.module and plain in node.module.split("."):
                    parts = node.module.split(".")
                    votes[".".join(parts[: parts.index(plain) + 1])] += 1
            if votes and other == path:
                break
        return votes.most_common(1)[0][0] if votes else plain

    def _imports_plainly(self, path: str, home: str) -> bool:
        prefix = home + "/" if home else ""
        return any(
            not node.level and node.module and f"{prefix}{node.module.split('.')[0]}.py" in self._paths
            for node in _imports(self._read(path))
        )


def _imports(text: str | None) -> list[ast.ImportFrom]:
    if text is None:
        return []
    try:
        return [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)]
    except (SyntaxError, ValueError, RecursionError):
        return []

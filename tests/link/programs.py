"""Builds programs from texts, and compares the rows found in them with the marks that the texts carry.

A mark is a comment `CALL <vendor> [key=value ...]` on the line where a row must stand. Keys: kind, cap, timeout, retry,
attempts, model, at (lines of the invocations). `cap=none` is Absent, `cap=?` is Unclear, `cap=set` is Given without a
known value. A row without a mark and a mark without a row are both failures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from auditor.catalog.index import Catalog
from auditor.catalog.load import load_catalog
from auditor.link.calls import find_calls
from auditor.link.program import Program
from auditor.link.raw_calls import RawCall
from auditor.link.settings import Settings, settings
from auditor.model.setting import Absent, Given, Unclear
from auditor.program_files import ProgramFiles
from auditor.source.memory import MemoryTree

MARK = re.compile(r"(?:#|//)\s*CALL\s+(\S+)((?:\s+\w+=\S+)*)")


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    return load_catalog()


def program(
    files: Mapping[str, str], versions: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None
) -> Program:
    """A program with every file loaded."""
    tree = MemoryTree(dict(files))
    made = Program(catalog(), ProgramFiles(tree, tree.entries()), versions, env)
    for path in sorted(files):
        made.module(path)
    return made


def marks(files: Mapping[str, str]) -> dict[tuple[str, int], dict[str, str]]:
    out: dict[tuple[str, int], dict[str, str]] = {}
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            found = MARK.search(line)
            if found:
                more = dict(part.split("=", 1) for part in found[2].split())
                out[path, number] = {"vendor": found[1], **more}
    return out


def told(setting: object) -> str:
    match setting:
        case Given(value=None):
            return "set"
        case Given(value=value):
            return f"{value:g}" if isinstance(value, (int, float)) else str(value)
        case Absent():
            return "none"
        case Unclear():
            return "?"
        case _:
            raise AssertionError(setting)


def seen(row: RawCall, known: Settings, key: str) -> str:
    match key:
        case "vendor":
            return row.inventory
        case "kind":
            return row.kind
        case "cap":
            return told(known.output_cap)
        case "timeout":
            return told(known.timeout)
        case "model":
            return told(known.model)
        case "retry":
            return known.retry.value.kind if isinstance(known.retry, Given) else told(known.retry)
        case "attempts":
            return str(known.retry.value.attempts) if isinstance(known.retry, Given) else told(known.retry)
        case "at":
            return ",".join(str(c.call.at.line) for c in row.invocations) or "none"
        case _:
            raise AssertionError(key)


def check(
    files: Mapping[str, str], versions: Mapping[str, str] | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Assert that the rows and what is in force for them are what the marks say."""
    made = program(files, versions, env)
    rows = {(r.at.path, r.at.line): r for r in find_calls(made)}
    wanted = marks(files)
    assert sorted(rows) == sorted(wanted), {k: r.api for k, r in rows.items()}
    for place, expected in wanted.items():
        known = settings(made, rows[place])
        got = {key: seen(rows[place], known, key) for key in expected}
        assert got == expected, (place, known)

"""Keys that another scanner found, from its SARIF report: they join the audit as credentials. The report holds no value for us."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from auditor.errors import UsageError
from auditor.model.facts import Credential
from auditor.model.location import Span
from auditor.source.select import language_of, role_of

_MAX_BYTES = 100_000_000
_WORDS = ("key", "token", "secret", "credential", "password")


def read_sarif(file: Path, root: Path, vendors: dict[str, str]) -> tuple[Credential, ...]:
    """The keys of LLM vendors in a SARIF report, at places inside the root.

    Args:
        file: the report.
        root: the audited folder; results elsewhere are left out.
        vendors: inventory name by word that names the vendor in a rule's id, such as `openai`.

    Raises:
        UsageError: the file cannot be read or is not SARIF.
    """
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{file}: larger than {_MAX_BYTES // 1_000_000} MB")
        log = json.loads(file.read_text("utf-8"))
        runs = log["runs"]
        rows = [(run, result) for run in runs for result in run.get("results", ())]
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{file}: not a SARIF report") from None
    found = {c.at: c for c in (_credential(run, result, root, vendors) for run, result in rows) if c is not None}
    return tuple(found[at] for at in sorted(found))


def _credential(run: Any, result: Any, root: Path, vendors: dict[str, str]) -> Credential | None:
    try:
        rule = str(result.get("ruleId") or "").lower()
        if not any(word in rule for word in _WORDS):
            return None
        vendor = next((name for word, name in vendors.items() if word in rule), None)
        if vendor is None:
            return None
        where = result["locations"][0]["physicalLocation"]
        path = _relative(where["artifactLocation"]["uri"], root)
        line = int(where.get("region", {}).get("startLine", 1))
        tool = str(run["tool"]["driver"]["name"])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None
    if path is None:
        return None
    language = language_of(path)
    kind = "env-file" if language == "dotenv" else "hardcoded"
    return Credential(
        Span(path, max(1, line)), vendor, kind, False, role_of(path, language), f"imported from {tool}", "medium"
    )


def _relative(uri: str, root: Path) -> str | None:
    parts = urlsplit(uri)
    path = PurePosixPath(unquote(parts.path))
    if path.is_absolute():
        try:
            path = path.relative_to(PurePosixPath(root.resolve().as_posix()))
        except ValueError:
            return None
    return None if ".." in path.parts else path.as_posix()

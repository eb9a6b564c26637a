"""Finds requests to vendors in shell: `curl`, `wget` and `http` commands in scripts, Makefiles, Dockerfiles and CI steps.

Knows the commands' options and simple variables of the same file. Runs and expands nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.catalog.index import Catalog
from auditor.catalog.schema import Vendor, Wire
from auditor.lazily import regex
from auditor.model.facts import Role
from auditor.model.location import Span
from auditor.readers.base import LexicalCall
from auditor.source.tree import Entry

MAX_CHARACTERS = 1_000_000
_MAX_ROWS = 100

_COMMAND = regex(r"(?:^|[\s;&|(`\"'@-])(?P<command>curl|wget|https?|xh|Invoke-RestMethod|Invoke-WebRequest)[ \t]")
_ADDRESS = regex(r"https?://[^\s\"'`|;<>)]+")
_VARIABLE = regex(
    r"^[ \t]*(?:export[ \t]+|readonly[ \t]+|local[ \t]+|-[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*[:?]?[=:][ \t]*[\"']?(?P<value>https?://[^\s\"']+)",
    re.MULTILINE,
)
_USE = regex(r"\$\{?(?P<name>[A-Za-z_]\w*)(?::-[^}]*)?\}?(?P<path>[/\w.:?=&-]*)")
_HOLE = regex(r"\$\{\{[^}]*\}\}|\$\{?\w+\}?|\$\([^)]*\)|\{\{[^}]*\}\}")
_TIMEOUT = regex(r"(?:--max-time|\s-m)[ =]?\d|--timeout|-TimeoutSec")
_RETRY = regex(r"--retry(?:-max-time)?[ =]\d|-MaximumRetryCount")


def read_shell_calls(entry: Entry, text: str, catalog: Catalog) -> tuple[LexicalCall, ...]:
    """The requests of a file's commands, in order; tests and prose have none."""
    if entry.role in (Role.TEST, Role.DOCS) or len(text) > MAX_CHARACTERS:
        return ()
    addresses = {m["name"]: m["value"] for m in _VARIABLE.finditer(text)}
    rows: list[LexicalCall] = []
    for line, command in _commands(text):
        found = _target(command, addresses, catalog)
        if found is None:
            continue
        vendor, wire = found
        caps = wire.parameters.get("output_cap")
        names = [path.path.rpartition(".")[2] for path in caps.paths.get("", ())] if caps else []
        rows.append(
            LexicalCall(
                Span(entry.path, line),
                vendor.inventory,
                "gateway-call" if vendor.category == "gateway" else "http-call",
                f"{vendor.id}:http.{wire.operation}",
                wire.operation,
                output_cap=any(re.search(rf"\b{re.escape(name)}\b[\\\"']*\s*[:=]", text) for name in names),
                timeout=bool(_TIMEOUT.search(command)),
                retry="explicit" if _RETRY.search(command) else "none",
                client_side=False,
                usage=True if re.search(r"\.usage\b|total_tokens", text) else None,
            )
        )
        if len(rows) >= _MAX_ROWS:
            break
    return tuple(rows)


def _commands(text: str) -> Iterator[tuple[int, str]]:
    """Each command that may send, with the line it begins on; continued lines are joined, comments left out."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        first = number
        joined = lines[number]
        while joined.endswith("\\") and number + 1 < len(lines) and len(joined) < 20_000:
            number += 1
            joined = joined[:-1] + " " + lines[number].strip()
        number += 1
        if joined.lstrip().startswith("#"):
            continue
        match = _COMMAND.search(joined)
        if match and "echo" not in joined[: match.start()].split():
            command = joined[match.start("command") :]
            if joined.count('"') % 2 or joined.count("'") % 2:  # a body that goes on over lines
                command += " " + " ".join(lines[number : number + 40])
            yield first + 1 + joined[: match.start("command")].count("\n"), command


def _target(command: str, addresses: dict[str, str], catalog: Catalog) -> tuple[Vendor, Wire] | None:
    """The vendor and operation that a command's address names; None for any other request."""
    urls = [m[0] for m in _ADDRESS.finditer(command)]
    urls += [addresses[m["name"]] + m["path"] for m in _USE.finditer(command) if m["name"] in addresses]
    for url in urls:
        found = catalog.vendor_of_url(_HOLE.sub("{}", url))
        if found is not None and found[2] is not None and found[2].billable and found[0].category != "observer":
            return found[0], found[2]
    return None

"""Reads what a project depends on: declarations in manifests, and the versions that lock files pin.

Knows the file formats of the ecosystems named in the catalog (pypi, npm, crates, maven, pub, swift, go, nuget, gem,
composer). Resolves nothing: a requirement stays as written. Package names come out as their registry compares them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import TypeAlias

from auditor.lazily import regex
from auditor.model.facts import Dependency, Unread
from auditor.model.location import Span
from auditor.model.syntax import Arg, Assign, Call, Const, DictExpr, ListExpr, Name
from auditor.model.walk import walk
from auditor.readers.marked import Node, read_json, read_toml, read_yaml
from auditor.readers.python import read_python

Found: TypeAlias = tuple[tuple[Dependency, ...], tuple[Unread, ...]]
Reading: TypeAlias = Callable[[str, str], Found]

MAX_CHARACTERS = 32_000_000


def is_manifest(path: str) -> bool:
    """Whether a file of this name declares or pins dependencies."""
    return _reader(path) is not None


def read_manifest(path: str, text: str) -> Found:
    """The dependencies that a file declares (`requirement`) or pins (`locked`), in order of their lines."""
    reader = _reader(path)
    if reader is None:
        return (), ()
    if len(text) > MAX_CHARACTERS:
        return (), (Unread(path, f"longer than {MAX_CHARACTERS:,} characters"),)
    found, unread = reader(path, text.removeprefix("\ufeff").replace("\r\n", "\n"))
    return tuple(sorted(found, key=lambda d: (d.at, d.name))), unread


def versions(dependencies: Iterable[Dependency]) -> dict[str, str]:
    """Version by `<ecosystem>:<name>`: the pinned one, else the least that the requirement admits.

    Where several apps of one tree disagree on the major version there is no answer, and the package is left out.
    A pin counts for a declared package alone if its requirement is the declared one (yarn.lock holds several).
    """
    declared: dict[str, set[str]] = {}
    pinned: dict[str, set[str]] = {}
    rows = tuple(dependencies)
    wanted = {(d.ecosystem, d.name, d.requirement) for d in rows if not d.locked}
    for row in rows:
        key = f"{row.ecosystem}:{row.name}"
        if not row.locked:
            if least := _least(row.requirement):
                declared.setdefault(key, set()).add(least)
        elif not row.requirement or (row.ecosystem, row.name, row.requirement) in wanted or row.ecosystem == "pypi":
            pinned.setdefault(key, set()).add(row.locked)
    out: dict[str, str] = {}
    for key in sorted({*declared, *pinned}):
        candidates = pinned.get(key) or declared[key]
        if len({version.split(".")[0] for version in candidates}) == 1:
            out[key] = min(candidates, key=_order)
    return out


_DIGITS = regex(r"\d+")
_LEAST = regex(r"(?P<sign>[<>=~^!]*)\s*v?(?P<version>\d+(?:\.[\dxX*]+)*)")


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part[:9]) for part in _DIGITS.findall(version)[:4])


def _least(requirement: str) -> str:
    """The lowest version a requirement admits, as far as its text says so; "" where it gives no lower bound.

    An open `>=0.x` says nothing of what is installed: what was written against it has long been followed by a 1.0.
    """
    for part in _LEAST.finditer(requirement):
        if not part["sign"].startswith(("<", "!")) and part["sign"] != ">":
            is_open = part["sign"] == ">=" and "<" not in requirement
            if is_open and part["version"].split(".")[0] == "0":
                return ""
            return re.sub("[xX*]", "0", part["version"])
    return ""


# --------------------------------------------------------------------------- Python

_REQUIREMENT = regex(r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?P<rest>[^;#]*)")
_EGG = regex(r"[#&]egg=([A-Za-z0-9._-]+)")
_EXACT = regex(r"===?\s*([^\s,*]+)\Z")


def pypi_name(name: str) -> str:
    """A Python distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirement(at: Span, text: str) -> Iterator[Dependency]:
    match = _REQUIREMENT.match(text)
    if match is None:
        return
    rest = match["rest"].strip().strip("()").split(" --")[0].strip()
    if rest and rest[0] not in "<>=~!@":
        return
    exact = _EXACT.match(rest)
    requirement = "" if rest.startswith("@") else rest
    yield Dependency(at, "pypi", pypi_name(match["name"]), requirement, exact[1] if exact else "")


def _requirements(path: str, text: str) -> Found:
    found: list[Dependency] = []
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        at = Span(path, number, len(line) - len(line.lstrip()), number, len(line.rstrip()))
        if egg := _EGG.search(stripped):
            found.append(Dependency(at, "pypi", pypi_name(egg[1])))
        elif stripped and stripped[0] not in "#-./" and "://" not in stripped.split("@")[0]:
            found += _requirement(at, stripped.split(" #")[0].rstrip("\\ "))
    return tuple(found), ()


def _strings(node: Node | None) -> Iterator[Dependency]:
    for item in node.items if node is not None else ():
        if isinstance(item.value, str):
            yield from _requirement(item.at, item.text)


def _tables(node: Node | None, ecosystem: str = "pypi") -> Iterator[Dependency]:
    """`name = "^1.0"` or `name = {version = "^1.0"}`, as Poetry, Pipenv and Cargo write."""
    for key, value in node.entries if node is not None else ():
        name = pypi_name(key.text) if ecosystem == "pypi" else value.string("package") or key.text
        if not (ecosystem == "pypi" and name == "python"):
            requirement = value.text if value.kind == "scalar" else value.string("version")
            yield Dependency(key.at, ecosystem, name, "" if requirement == "*" else requirement)


def _pyproject(path: str, text: str) -> Found:
    documents = read_toml(path, text)
    root = documents.first
    if root is None:
        return (), documents.unread
    found = [*_strings(root.get("project", "dependencies")), *_strings(root.get("tool", "uv", "dev-dependencies"))]
    for group in (
        ("project", "optional-dependencies"),
        ("dependency-groups",),
        ("tool", "pdm", "dev-dependencies"),
    ):
        for _, value in root.pairs(*group):
            found += _strings(value)
    found += _tables(root.get("tool", "poetry", "dependencies"))
    found += _tables(root.get("tool", "poetry", "dev-dependencies"))
    for _, value in root.pairs("tool", "poetry", "group"):
        found += _tables(value.get("dependencies"))
    return tuple(found), ()


def _pipfile(path: str, text: str) -> Found:
    documents = read_toml(path, text)
    root = documents.first
    if root is None:
        return (), documents.unread
    return (*_tables(root.get("packages")), *_tables(root.get("dev-packages"))), ()


def _pipfile_lock(path: str, text: str) -> Found:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return (), (Unread(path, "invalid JSON"),)
    found: list[Dependency] = []
    places = _key_lines(path, text)
    for group in ("default", "develop"):
        packages = data.get(group) if isinstance(data, dict) else None
        for name, entry in packages.items() if isinstance(packages, dict) else ():
            version = entry.get("version") if isinstance(entry, dict) else None
            if isinstance(version, str):
                found.append(Dependency(places(name), "pypi", pypi_name(name), locked=version.lstrip("=")))
    return tuple(found), ()


_LOCK_PACKAGE = regex(r'^\[\[package\]\]\s*\nname = "([^"\n]+)"\s*\nversion = "([^"\n]+)"', re.MULTILINE)


def _toml_lock(ecosystem: str) -> Reading:
    """poetry.lock, uv.lock, pdm.lock and Cargo.lock begin each package with its name and version."""

    def read(path: str, text: str) -> Found:
        found: list[Dependency] = []
        line, seen = 1, 0
        for match in _LOCK_PACKAGE.finditer(text):
            line += text.count("\n", seen, match.start())
            seen = match.start()
            name = pypi_name(match[1]) if ecosystem == "pypi" else match[1]
            found.append(Dependency(Span(path, line + 1), ecosystem, name, locked=match[2]))
        return tuple(found), ()

    return read


def _setup_cfg(path: str, text: str) -> Found:
    found: list[Dependency] = []
    section, inside = "", False
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("["):
            section, inside = stripped.strip("[]"), False
        elif line[:1].strip():
            key, _, value = stripped.partition("=")
            inside = key.strip() == "install_requires" or section == "options.extras_require"
            if inside and value.strip():
                found += _requirement(Span(path, number), value)
        elif inside and stripped and stripped[0] not in "#;":
            found += _requirement(Span(path, number, len(line) - len(line.lstrip()), number, len(line)), stripped)
    return tuple(found), ()


def _setup_py(path: str, text: str) -> Found:
    module, unread = read_python(path, text)
    found: list[Dependency] = []
    for node in walk(module) if module else ():
        match node:
            case Arg(value, "install_requires" | "extras_require" | "tests_require"):
                lists = [value]
            case Assign(_, (Name(_, name),), value) if "require" in name.lower() and value is not None:
                lists = [value]
            case Call(_, Name(_, "setup"), args):
                lists = [a.value for a in args if a.name == "requires"]
            case _:
                continue
        for listed in lists:
            values = [e.value for e in listed.entries] if isinstance(listed, DictExpr) else [listed]
            for items in (v.items for v in values if isinstance(v, ListExpr)):
                for item in items:
                    if isinstance(item, Const) and isinstance(item.value, str):
                        found += _requirement(item.at, item.value)
    return tuple(dict.fromkeys(found)), unread


def _environment(path: str, text: str) -> Found:
    documents = read_yaml(path, text)
    found: list[Dependency] = []
    for item in documents.first.each("dependencies") if documents.first else ():
        if item.kind == "map":
            found += _strings(item.get("pip"))
        elif item.kind == "scalar" and isinstance(item.value, str):
            name, _, version = item.text.split("::")[-1].replace("==", "=").partition("=")
            found += _requirement(item.at, f"{name}=={version.split('=')[0]}" if version else name)
    return tuple(found), documents.unread


# --------------------------------------------------------------------------- JavaScript

_NPM_GROUPS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


def _package_json(path: str, text: str) -> Found:
    documents = read_json(path, text)
    found: list[Dependency] = []
    for group in _NPM_GROUPS:
        entries = documents.first.get(group) if documents.first else None
        for key, value in entries.entries if entries else ():
            name, requirement = key.text, value.text
            if alias := re.match(r"npm:(@?[^@]+)@?(.*)", requirement):
                name, requirement = alias[1], alias[2]
            found.append(Dependency(key.at, "npm", name, re.sub(r"^workspace:", "", requirement)))
    return tuple(found), documents.unread


def _deno_json(path: str, text: str) -> Found:
    documents = read_json(path, text)
    found: list[Dependency] = []
    for _, value in documents.first.pairs("imports") if documents.first else ():
        if match := re.match(r"(?:npm:/?|https://esm\.sh/)(@[^@/]+/[^@/]+|[^@/]+)(?:@([^/]*))?(?:/|\Z)", value.text):
            found.append(Dependency(value.at, "npm", match[1], match[2] or ""))
    return tuple(found), documents.unread


def _key_lines(path: str, text: str) -> Callable[[str], Span]:
    """Where a key of a JSON file first stands as a line of its own."""
    lines: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if match := re.match(r'\s*"([^"]+)"\s*:\s*[{\[]', line):
            lines.setdefault(match[1], number)
    return lambda key: Span(path, lines.get(key, 1))


def _package_lock(path: str, text: str) -> Found:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return (), (Unread(path, "invalid JSON"),)
    if not isinstance(data, dict):
        return (), ()
    places = _key_lines(path, text)
    found: list[Dependency] = []
    packages, old = data.get("packages"), data.get("dependencies")
    for key, entry in packages.items() if isinstance(packages, dict) else ():
        folder, _, name = key.rpartition("node_modules/")
        version = entry.get("version") if isinstance(entry, dict) else None
        if name and "node_modules/" not in folder and isinstance(version, str):
            found.append(Dependency(places(key), "npm", name, locked=version))
    if not found and isinstance(old, dict):
        for name, entry in old.items():
            version = entry.get("version") if isinstance(entry, dict) else None
            if isinstance(version, str):
                found.append(Dependency(places(name), "npm", name, locked=version))
    return tuple(found), ()


_YARN_KEY = regex(r'^"?(?P<specs>(?:@[^@/\s"]+/)?[^@\s"#]+@[^\n]+?)"?:\s*$')
_YARN_SPEC = regex(r'"?((?:@[^@/\s",]+/)?[^@\s",]+)@(?:npm:)?([^",]*)"?')
_YARN_VERSION = regex(r'^\s+version:?\s+"?([^"\s]+)"?')


def _yarn_lock(path: str, text: str) -> Found:
    found: list[Dependency] = []
    specs: list[tuple[str, str]] = []
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        if key := _YARN_KEY.match(line):
            specs, start = _YARN_SPEC.findall(key["specs"]), number
        elif specs and (version := _YARN_VERSION.match(line)):
            if not version[1].startswith("0.0.0-use.local"):
                found += (Dependency(Span(path, start), "npm", name, range_, version[1]) for name, range_ in specs)
            specs = []
    return tuple(found), ()


def _pnpm_lock(path: str, text: str) -> Found:
    cut = re.search(r"^(?:packages|snapshots):", text, re.MULTILINE)  # the rest is long and only the transitive part
    documents = read_yaml(path, text[: cut.start()] if cut else text)
    found: list[Dependency] = []
    root = documents.first
    if root is None:
        return (), documents.unread
    importers = [value for _, value in root.pairs("importers")] or [root]
    for importer in importers:
        for group in _NPM_GROUPS:
            entries = importer.get(group)
            for key, value in entries.entries if entries else ():
                version = value.string("version") if value.kind == "map" else value.text
                requirement = value.string("specifier") or importer.string("specifiers", key.text)
                locked = re.split(r"[(_]", version)[0]
                if locked and locked[0].isdigit():
                    found.append(Dependency(key.at, "npm", key.text, requirement, locked))
    return tuple(found), documents.unread


_BUN_PACKAGE = regex(r'^\s*"((?:@[^/"]+/)?[^/"]+)":\s*\["((?:@[^@"/]+/)?[^@"]+)@(\d[^"]*)"', re.MULTILINE)


def _bun_lock(path: str, text: str) -> Found:
    found: list[Dependency] = []
    for number, line in enumerate(text.split("\n"), 1):
        if match := _BUN_PACKAGE.match(line):
            found.append(Dependency(Span(path, number), "npm", match[2], locked=match[3]))
    return tuple(found), ()


# --------------------------------------------------------------------------- the others


def _cargo(path: str, text: str) -> Found:
    documents = read_toml(path, text)
    root = documents.first
    if root is None:
        return (), documents.unread
    holders = [root, *(value for _, value in root.pairs("target"))]
    if workspace := root.get("workspace"):
        holders.append(workspace)
    groups = ("dependencies", "dev-dependencies", "build-dependencies")
    return tuple(d for holder in holders for group in groups for d in _tables(holder.get(group), "crates")), ()


def _pubspec(path: str, text: str) -> Found:
    documents = read_yaml(path, text)
    found: list[Dependency] = []
    for group in ("dependencies", "dev_dependencies"):
        entries = documents.first.get(group) if documents.first else None
        for key, value in entries.entries if entries else ():
            requirement = value.text if value.kind == "scalar" else value.string("version")
            found.append(Dependency(key.at, "pub", key.text, "" if requirement == "any" else requirement))
    return tuple(found), documents.unread


def _pubspec_lock(path: str, text: str) -> Found:
    documents = read_yaml(path, text)
    packages = documents.first.get("packages") if documents.first else None
    return tuple(
        Dependency(key.at, "pub", key.text, locked=value.string("version"))
        for key, value in (packages.entries if packages else ())
        if value.string("version")
    ), documents.unread


def _by_line(ecosystem: str, *patterns: str, comment: str = "//") -> Reading:
    """A format whose dependencies stand one a line: groups `name`, `group` (optional) and `version` (optional)."""
    compiled = [re.compile(pattern) for pattern in patterns]

    def read(path: str, text: str) -> Found:
        found: list[Dependency] = []
        for number, line in enumerate(text.split("\n"), 1):
            if line.lstrip().startswith(comment):
                continue
            for pattern in compiled:
                if match := pattern.search(line[:2000]):
                    parts = match.groupdict()
                    name = f"{parts['group']}:{parts['name']}" if parts.get("group") else parts["name"] or ""
                    at = Span(path, number, match.start(), number, match.end())
                    found.append(Dependency(at, ecosystem, name, parts.get("version") or ""))
                    break
        return tuple(found), ()

    return read


def _version_catalog(path: str, text: str) -> Found:
    documents = read_toml(path, text)
    root = documents.first
    if root is None:
        return (), documents.unread
    found: list[Dependency] = []
    for _, value in root.pairs("libraries"):
        if value.kind == "scalar":
            module, _, version = value.text.rpartition(":")
        else:
            module = value.string("module") or f"{value.string('group')}:{value.string('name')}"
            version = value.string("version") or root.string("versions", value.string("version", "ref"))
        found.append(Dependency(value.at, "maven", module, version))
    return tuple(found), ()


_POM = regex(
    r"<dependency>\s*<groupId>\s*([^<\s]+)\s*</groupId>\s*<artifactId>\s*([^<\s]+)\s*</artifactId>"
    r"(?:\s*<version>\s*([^<\s]*)\s*</version>)?"
)


def _pom(path: str, text: str) -> Found:
    found = [
        Dependency(Span(path, text.count("\n", 0, m.start()) + 1), "maven", f"{m[1]}:{m[2]}", m[3] or "")
        for m in _POM.finditer(text[:2_000_000])
    ]
    return tuple(found), ()


def _composer(path: str, text: str) -> Found:
    documents = read_json(path, text)
    groups = [documents.first.get(g) for g in ("require", "require-dev")] if documents.first else []
    return tuple(
        Dependency(key.at, "composer", key.text, value.text)
        for group in groups
        if group
        for key, value in group.entries
    ), documents.unread


_GRADLE = (
    r"\b\w*(?:[iI]mplementation|[aA]pi|[cC]ompile|[kK]sp|kapt|[rR]untimeOnly|platform)\w*[\s(]+(?:platform\()?"
    r"[\"'](?P<group>[\w.-]+):(?P<name>[\w.-]+)(?::(?P<version>[^\"':@]+))?"
)
_READERS: tuple[tuple[str, Reading], ...] = (
    ("pyproject.toml", _pyproject),
    ("poetry.lock", _toml_lock("pypi")),
    ("uv.lock", _toml_lock("pypi")),
    ("pdm.lock", _toml_lock("pypi")),
    ("Pipfile", _pipfile),
    ("Pipfile.lock", _pipfile_lock),
    ("setup.cfg", _setup_cfg),
    ("setup.py", _setup_py),
    ("environment.y*ml", _environment),
    ("conda.y*ml", _environment),
    ("*requirements*.txt", _requirements),
    ("*requirements*.in", _requirements),
    ("constraints*.txt", _requirements),
    ("package.json", _package_json),
    ("deno.json*", _deno_json),
    ("package-lock.json", _package_lock),
    ("npm-shrinkwrap.json", _package_lock),
    ("yarn.lock", _yarn_lock),
    ("pnpm-lock.yaml", _pnpm_lock),
    ("bun.lock", _bun_lock),
    ("Cargo.toml", _cargo),
    ("Cargo.lock", _toml_lock("crates")),
    ("go.mod", _by_line("go", r"^(?:\s+|require\s+)(?P<name>[\w.-]+\.[\w.-]+/\S+)\s+v(?P<version>\S+)")),
    ("build.gradle*", _by_line("maven", _GRADLE)),
    ("libs.versions.toml", _version_catalog),
    ("pom.xml", _pom),
    ("pubspec.yaml", _pubspec),
    ("pubspec.lock", _pubspec_lock),
    (
        "Package.swift",
        _by_line(
            "swift",
            r"\.package\(.*?url:\s*\"https?://(?:www\.)?(?P<name>[^\"]+?)(?:\.git)?\"(?:[^\"\n]*\"(?P<version>[\d.]+)\")?",
        ),
    ),
    (
        "Podfile",
        _by_line("swift", r"^\s*pod\s+['\"](?P<name>[^'\"]+)['\"](?:\s*,\s*['\"](?P<version>[^'\"]+))?", comment="#"),
    ),
    (
        "*.csproj",
        _by_line("nuget", r"<PackageReference\s+Include=\"(?P<name>[^\"]+)\"(?:\s+Version=\"(?P<version>[^\"]+)\")?"),
    ),
    (
        "Directory.Packages.props",
        _by_line("nuget", r"<PackageVersion\s+Include=\"(?P<name>[^\"]+)\"(?:\s+Version=\"(?P<version>[^\"]+)\")?"),
    ),
    (
        "Gemfile",
        _by_line("gem", r"^\s*gem\s+['\"](?P<name>[^'\"]+)['\"](?:\s*,\s*['\"](?P<version>[^'\"]+))?", comment="#"),
    ),
    ("composer.json", _composer),
)


_KNOWN = regex("|".join(translate(pattern) for pattern, _ in _READERS))


def _reader(path: str) -> Reading | None:
    folder, _, name = path.rpartition("/")
    if name.endswith((".txt", ".in")) and folder.rpartition("/")[2] == "requirements":
        return _requirements
    return _reader_of(name)


@lru_cache(maxsize=8192)
def _reader_of(name: str) -> Reading | None:
    if not _KNOWN.match(name):
        return None
    return next((reader for pattern, reader in _READERS if fnmatchcase(name, pattern)), None)

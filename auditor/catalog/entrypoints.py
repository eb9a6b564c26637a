"""Loads `entrypoints.yaml`: how frameworks enter code, where people's text comes in, what auth and rate limits look like.

Data about public APIs only; how it is matched against code is the business of `link/routes.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Any

from auditor.catalog.packed import document
from auditor.lazily import dataclass, regex


@dataclass(frozen=True, slots=True)
class HandlerRule:
    """A decorator or a call that registers a function with a framework."""

    kind: str
    packages: tuple[str, ...]
    members: frozenset[str]
    user: bool


@dataclass(frozen=True, slots=True)
class ClassRule:
    """Methods that a framework calls on subclasses of its class."""

    kind: str
    base: re.Pattern[str]
    methods: re.Pattern[str]
    user: bool


@dataclass(frozen=True, slots=True)
class FileRule:
    """Exports that a framework calls because of the file's place."""

    kind: str
    path: re.Pattern[str]
    exports: frozenset[str]
    user: bool
    route: re.Pattern[str] | None = None
    first: re.Pattern[str] | None = None  # what the first parameter, where there is one, must be called


@dataclass(frozen=True, slots=True)
class CommandRule:
    """A function of an object that a bot finds in a file of its own and calls."""

    kind: str
    method: re.Pattern[str]
    beside: frozenset[str]
    takes: tuple[re.Pattern[str], ...]
    named: re.Pattern[str] | None = None  # what the object's `name` must be


@dataclass(frozen=True)
class EntryPoints:
    """The whole table."""

    handlers: Mapping[str, tuple[HandlerRule, ...]]  # by member name
    classes: tuple[ClassRule, ...]
    files: tuple[FileRule, ...]
    objects: Mapping[str, str]
    distinctive: Mapping[str, str]
    platform_names: frozenset[str]
    platform_params: frozenset[str]
    sources: Mapping[str, tuple[str, ...]]
    source_paths: tuple[str, ...]
    source_calls: Mapping[str, frozenset[str]]
    auth: re.Pattern[str]
    not_auth: re.Pattern[str]
    no_login: re.Pattern[str]  # of calls in a handler: what is named like a login and keeps nobody out
    no_limit: re.Pattern[str]  # and what is named like a limit
    optional: re.Pattern[str]  # dependencies that let everybody in
    rate_limit: re.Pattern[str]
    inherited: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = ()  # base class, and what of it a person fills
    mounts: frozenset[str] = frozenset()  # calls that put a graph or an agent behind a route
    wrappers: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # a decorator that hands on nothing: its packages
    commands: tuple[CommandRule, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@cache
def load_entrypoints() -> EntryPoints:
    """The table that ships with the program; read once."""
    data = document("entrypoints.yaml")
    return EntryPoints(
        handlers=_by_member(data["handlers"]),
        classes=tuple(ClassRule(c["kind"], regex(c["base"]), regex(c["methods"]), c["user"]) for c in data["classes"]),
        files=tuple(
            FileRule(
                f["kind"],
                regex(f["path"]),
                frozenset(f["exports"]),
                f["user"],
                regex(f["route"]) if "route" in f else None,
                regex(f["first"]) if "first" in f else None,
            )
            for f in data["files"]
        ),
        objects=data["objects"],
        distinctive=data["distinctive"],
        platform_names=frozenset(data["platform"]["names"]),
        platform_params=frozenset(data["platform"]["params"]),
        sources={k: tuple(v) for k, v in data["sources"].items()},
        source_paths=tuple(data["source_paths"]),
        source_calls={k: frozenset(v) for k, v in data["source_calls"].items()},
        auth=regex(data["auth"]),
        not_auth=regex(data["not_auth"]),
        no_login=regex(data["no_login"]),
        no_limit=regex(data["no_limit"]),
        optional=regex(data["optional"]),
        rate_limit=regex(data["rate_limit"]),
        inherited=tuple((regex(i["base"]), frozenset(i["names"])) for i in data["inherited"]),
        mounts=frozenset(data["mounts"]),
        wrappers=_packages_by_member(data["wrappers"]),
        commands=tuple(
            CommandRule(
                c["kind"],
                regex(c["method"]),
                frozenset(c["beside"]),
                tuple(regex(t) for t in c["takes"]),
                regex(c["named"]) if "named" in c else None,
            )
            for c in data["commands"]
        ),
    )


def _packages_by_member(rules: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        for member in map(str, rule["members"]):
            out[member] = (*out.get(member, ()), *rule["packages"])
    return out


def _by_member(rules: list[dict[str, Any]]) -> dict[str, tuple[HandlerRule, ...]]:
    out: dict[str, list[HandlerRule]] = {}
    for rule in rules:
        made = HandlerRule(rule["kind"], tuple(rule["packages"]), frozenset(map(str, rule["members"])), rule["user"])
        for member in made.members:
            out.setdefault(member, []).append(made)
    return {name: tuple(found) for name, found in out.items()}

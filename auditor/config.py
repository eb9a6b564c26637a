"""The configuration: `.auditor.yaml` or `[tool.auditor]` in pyproject.toml, checked strictly.

It selects and ignores, and states what production is meant to be; it can never name code to load or a command to run,
for it is part of the audited repository.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, cast

from auditor.errors import ConfigError
from auditor.lazily import dataclass

PROFILES = ("prototype", "launch", "strict")
FAIL_ON = ("blocker", "major", "minor", "never")


@dataclass(frozen=True, slots=True)
class RouteConfig:
    """A route that production is meant to use; the provider by its catalog id."""

    provider: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Expected use: calls a day and tokens a call; by feature, path or "default"."""

    calls_per_day: float
    input_tokens: float = 1500
    output_tokens: float = 400


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """Findings that do not count: of a check ("*" for all), in paths that match one of the globs (empty: everywhere)."""

    check: str
    paths: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """What the user asked for. All fields have defaults, so that no configuration is needed."""

    profile: str = "launch"
    routes: Mapping[str, RouteConfig] = field(default_factory=dict)  # primary, fallback, or any other name
    budget_monthly_usd: float | None = None
    budget_alert_at: float | None = None
    traffic: Mapping[str, Traffic] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    ignore: tuple[IgnoreRule, ...] = ()
    exclude: tuple[str, ...] = ()
    app: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fail_on: str = "blocker"
    min_score: float | None = None
    baseline: str | None = None
    hosts: tuple[str, ...] = ()
    source: str = ""  # the file that it came from

    def with_options(self, **changes: Any) -> Config:
        """A copy with some fields replaced."""
        return replace(self, **changes)


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "auditor configuration",
    "description": "`.auditor.yaml` at the root of the repository, or [tool.auditor] in pyproject.toml.",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "profile": {"enum": list(PROFILES), "description": "how strict the verdict is; default launch"},
        "routes": {
            "type": "object",
            "description": "the routes that production is meant to use; providers by their catalog id",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["provider"],
                "properties": {"provider": {"type": "string"}, "model": {"type": "string"}},
            },
        },
        "budget": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "monthly_usd": {"type": "number", "minimum": 0},
                "alert_at": {"type": "number", "minimum": 0, "maximum": 1},
            },
        },
        "traffic": {
            "type": "object",
            "description": "expected use, by feature, path or `default`",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["calls_per_day"],
                "properties": {
                    "calls_per_day": {"type": "number", "minimum": 0},
                    "input_tokens": {"type": "number", "minimum": 0},
                    "output_tokens": {"type": "number", "minimum": 0},
                },
            },
        },
        "select": {"type": "array", "items": {"type": "string"}, "description": "run only these checks"},
        "ignore": {
            "type": "array",
            "description": "findings that do not count, each with a reason",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["check", "reason"],
                "properties": {
                    "check": {"type": "string", "description": "the check's id, or * for all"},
                    "paths": {"type": "array", "items": {"type": "string"}, "description": "globs; empty: everywhere"},
                    "reason": {"type": "string", "minLength": 1},
                },
            },
        },
        "exclude": {"type": "array", "items": {"type": "string"}, "description": "globs of files that are not audited"},
        "app": {
            "type": "array",
            "items": {"type": "string"},
            "description": "globs of files that are application code",
        },
        "tests": {"type": "array", "items": {"type": "string"}, "description": "globs of files that are tests"},
        "examples": {"type": "array", "items": {"type": "string"}, "description": "globs of files that are examples"},
        "hosts": {
            "type": "array",
            "items": {"type": "string"},
            "description": "own gateways: hosts that are neither resellers nor unknown",
        },
        "options": {
            "type": "object",
            "description": "thresholds of checks, by check id",
            "additionalProperties": {"type": "object"},
        },
        "fail-on": {"enum": list(FAIL_ON), "description": "the least severity that fails the gate; default blocker"},
        "min-score": {"type": "number", "minimum": 0, "maximum": 100},
        "baseline": {"type": "string", "description": "path of the baseline file"},
    },
}
"""The JSON Schema of the configuration, the one document of its keys."""


def parse_config(data: object, source: str) -> Config:
    """Check a loaded document against the schema and make a Config of it.

    Args:
        data: the document as plain values; None for an empty file.
        source: the file's name, for messages.

    Raises:
        ConfigError: with the place and, for an unknown key, the nearest valid one.
    """
    if data is None:
        return Config(source=source)
    _check(data, SCHEMA, source, "")
    data = cast("dict[str, Any]", data)
    budget = data.get("budget", {})
    return Config(
        profile=data.get("profile", "launch"),
        routes={k: RouteConfig(v["provider"], v.get("model", "")) for k, v in data.get("routes", {}).items()},
        budget_monthly_usd=budget.get("monthly_usd"),
        budget_alert_at=budget.get("alert_at"),
        traffic={k: Traffic(**v) for k, v in data.get("traffic", {}).items()},
        select=tuple(data.get("select", ())),
        ignore=tuple(IgnoreRule(r["check"], tuple(r.get("paths", ())), r["reason"]) for r in data.get("ignore", ())),
        exclude=tuple(data.get("exclude", ())),
        app=tuple(data.get("app", ())),
        tests=tuple(data.get("tests", ())),
        examples=tuple(data.get("examples", ())),
        options=data.get("options", {}),
        fail_on=data.get("fail-on", "blocker"),
        min_score=data.get("min-score"),
        baseline=data.get("baseline"),
        hosts=tuple(data.get("hosts", ())),
        source=source,
    )


_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
}


def _check(value: object, schema: Mapping[str, Any], source: str, place: str) -> None:
    """The part of JSON Schema that the configuration uses, with messages for people.

    jsonschema would do the checking but costs 100 ms at start and cannot name the nearest key.
    """
    where = f"{source}: {place or 'top level'}"
    if "enum" in schema and value not in schema["enum"]:
        raise ConfigError(
            f"{where}: {value!r} is not one of {', '.join(schema['enum'])}{_near(str(value), schema['enum'])}"
        )
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind == "number" and isinstance(value, bool))):
        article = "an" if kind[0] in "oa" else "a"
        raise ConfigError(f"{where}: expected {article} {kind}, found {type(value).__name__}")
    if isinstance(value, (int, float)):
        if "minimum" in schema and value < schema["minimum"]:
            raise ConfigError(f"{where}: {value} is below {schema['minimum']}")
        if "maximum" in schema and value > schema["maximum"]:
            raise ConfigError(f"{where}: {value} is above {schema['maximum']}")
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        raise ConfigError(f"{where}: must not be empty")
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, schema.get("items", {}), source, f"{place}[{index}]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name not in value:
                raise ConfigError(f"{where}: {name!r} is missing")
        for key, item in value.items():
            inner = f"{place}.{key}" if place else str(key)
            if key in known:
                _check(item, known[key], source, inner)
            elif rest is False:
                raise ConfigError(f"{where}: unknown key {key!r}{_near(str(key), known)}")
            elif isinstance(rest, Mapping):
                _check(item, rest, source, inner)


def _near(word: str, known: Any) -> str:
    match = difflib.get_close_matches(word, [str(k) for k in known], 1, 0.5)
    return f" (did you mean {match[0]!r}?)" if match else ""


def load_config(texts: Mapping[str, str | None], explicit: str | None = None) -> Config:
    """Find and read the configuration.

    Args:
        texts: the texts of `.auditor.yaml`, `.auditor.yml` and `pyproject.toml`, None for those that do not exist; or of
            the file named by `explicit`.
        explicit: the name of a configuration file that the user gave.

    Raises:
        ConfigError: the file is not valid YAML or TOML, or its content is not a valid configuration.
    """
    if explicit is not None:
        text = texts.get(explicit)
        if text is None:
            raise ConfigError(f"{explicit}: no such configuration file")
        if explicit.endswith(".toml"):
            data = _toml(text, explicit)
            return parse_config(data.get("tool", {}).get("auditor", data if "tool" not in data else None), explicit)
        return parse_config(_yaml(text, explicit), explicit)
    for name in (".auditor.yaml", ".auditor.yml"):
        text = texts.get(name)
        if text is not None:
            return parse_config(_yaml(text, name), name)
    text = texts.get("pyproject.toml")
    if text is not None and "tool.auditor" in text:
        return parse_config(
            _toml(text, "pyproject.toml").get("tool", {}).get("auditor"), "pyproject.toml [tool.auditor]"
        )
    return Config()


def _yaml(text: str, source: str) -> Any:
    import yaml

    if len(text) > 200_000 or text.count("&") > 1000:
        raise ConfigError(f"{source}: too large for a configuration")
    if any(isinstance(t, yaml.AliasToken) for t in _tokens(text, source)):
        raise ConfigError(f"{source}: aliases are not allowed in the configuration")
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{source}: not valid YAML: {' '.join(str(error).split())[:200]}") from None


def _tokens(text: str, source: str) -> list[Any]:
    import yaml

    try:
        return list(yaml.scan(text))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{source}: not valid YAML: {' '.join(str(error).split())[:200]}") from None


def _toml(text: str, source: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from None

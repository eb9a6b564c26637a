"""Catalog files to a `Catalog`: parse, validate strictly, resolve `like:`, build. Every error says file and line.

What a file may hold is said once, in the tables `_FILE`, `_TYPE`, `_CALL` and so on; an unknown key is refused with the
nearest valid one. Reads files that ship with the program or a plug-in, never the audited repository's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from auditor.catalog.document import Data, Key, line_of, read_document
from auditor.catalog.index import Catalog, applies, valid_condition
from auditor.catalog.packed import ready
from auditor.catalog.schema import (
    PARAMETER_ROLES,
    ArgPath,
    CallShape,
    FreeTier,
    HostPattern,
    KeyPattern,
    LexicalShape,
    Parameter,
    ResellerPattern,
    SubclassShape,
    TypeShape,
    Vendor,
    Wire,
)
from auditor.errors import CatalogError
from auditor.lazily import dataclass

__all__ = ["Catalog", "applies", "load_catalog"]

_BUILT_IN = Path(__file__).parent
LANGUAGES = ("python", "javascript")
CATEGORIES = ("vendor", "gateway", "local", "framework", "transport", "observer")
OPERATIONS = (
    "chat",
    "responses",
    "completion",
    "embeddings",
    "image",
    "audio",
    "speech",
    "video",
    "agent",
    "rerank",
    "classification",
    "ocr",
    "search",
    "other",
    "",
)
KINDS = ("sdk-call", "http-call", "framework-model", "gateway-call", "")
VENDOR_FROM = ("", "base_url", "model", "provider", "url", "receiver")

# What may stand where: key -> kind of value. "texts": a text or a list of texts.
_TEXT, _TEXTS, _BOOL, _NUMBER, _MAP, _LIST = "text", "texts", "true/false", "number", "mapping", "list"
_FILE = {
    "id": _TEXT, "title": _TEXT, "category": _TEXT, "inventory": _TEXT, "billed": _BOOL, "packages": _MAP, "imports": _TEXTS,
    "hosts": _LIST, "key_env": _TEXTS, "base_url_env": _TEXTS, "base_url": _TEXT, "openai_compatible": _BOOL,
    "model_prefixes": _TEXTS, "provider_names": _TEXTS, "own_paths": _TEXTS, "common_word": _BOOL, "copied": _BOOL,
    "records_usage": _BOOL, "everyday": _TEXTS, "literals": _TEXTS,
    "templates": _MAP, "types": _MAP, "calls": _MAP, "subclasses": _LIST,
    "wires": _MAP, "wires_like": _TEXTS, "keys": _LIST, "free_tiers": _LIST, "aliases": _TEXTS, "deprecated_models": _TEXTS,
    "ending_models": _MAP,
    "lexical": _LIST, "docs": _TEXT, "spend_limit": _TEXT, "spend_alerts": _TEXTS, "sources": _LIST,
}  # fmt: skip
_SHAPE = {
    "like": _TEXT, "python": _TEXTS, "javascript": _TEXTS, "kind": _TEXT, "operation": _TEXT, "parameters": _MAP,
    "vendor": _TEXT, "vendor_from": _TEXT, "retry": _TEXT, "usage": _TEXTS, "default_steps": _NUMBER, "where": _MAP,
    "records_usage": _BOOL, "instruments": _TEXTS, "fed_by": _TEXTS, "text_model_vendor": _TEXT,
}  # fmt: skip
_TYPE = _SHAPE | {
    "model": _BOOL, "members": _MAP, "transparent": _TEXTS, "wraps": _TEXTS, "holds": _TEXTS, "is_async": _BOOL, "callable": _MAP,
}  # fmt: skip
_CALL = _SHAPE | {
    "row": _BOOL, "invokes": _BOOL, "returns": _TEXT, "rejected": _MAP, "streaming": _BOOL, "http_method": _TEXT, "takes": _MAP,
}  # fmt: skip
_PARAMETER = {
    "python": _TEXTS, "javascript": _TEXTS, "body": _TEXTS, "unit": "text or mapping", "default": _NUMBER, "required": _BOOL,
    "counts": _TEXT,
}  # fmt: skip
_WIRE = {
    "like": _TEXT,
    "paths": _TEXTS,
    "operation": _TEXT,
    "parameters": _MAP,
    "usage": _TEXTS,
    "billable": _BOOL,
    "model_path": _TEXT,
}
_SUBCLASS = {"of": _TEXTS, "runs": _MAP}
_HOST = {"pattern": _TEXT, "status": _TEXT, "source": _TEXT, "seen": _TEXT}
_KEY = {
    "id": _TEXT, "regex": _TEXT, "anchor": _TEXT, "certainty": _TEXT, "validator": _TEXT, "public_prefix": _TEXT, "env": _TEXTS,
    "hosts": _TEXTS, "words": _TEXTS, "elsewhere": _TEXTS, "severity": _TEXT, "revoke": _TEXT, "source": _TEXT, "seen": _TEXT,
    "notes": _TEXT,
}  # fmt: skip
_FREE = {
    "id": _TEXT, "why": _TEXT, "models": _TEXTS, "hosts": _TEXTS, "symbols": _TEXTS, "certainty": _TEXT, "retired": _BOOL,
    "requests_per_minute": _NUMBER, "requests_per_day": _NUMBER, "tokens_per_minute": _NUMBER, "tokens_per_day": _NUMBER,
    "requests_per_month": _NUMBER, "credit_usd": _NUMBER, "resets": _TEXT, "may_train": _BOOL, "source": _TEXT, "seen": _TEXT,
}  # fmt: skip
_LEXICAL = {
    "languages": _TEXTS, "imports": _TEXTS, "calls": _TEXTS, "constructors": _TEXTS, "operation": _TEXT, "kind": _TEXT,
    "output_cap": _TEXTS, "timeout": _TEXTS, "retry": _TEXT,
}  # fmt: skip
_RESELLER = {
    "id": _TEXT, "why": _TEXT, "kind": _TEXT, "hosts": _TEXTS, "symbols": _TEXTS, "certainty": _TEXT, "source": _TEXT, "seen": _TEXT,
}  # fmt: skip


def load_catalog(extra: tuple[Path, ...] = ()) -> Catalog:
    """The built-in catalog and the vendor files of `extra` folders (a plug-in's), validated. Pure; callers keep it.

    Raises:
        CatalogError: a file is invalid; says the file, the line and what is expected.
    """
    files = [path for folder in (_BUILT_IN, *extra) for path in _vendor_files(folder)]
    resellers = [path for folder in (_BUILT_IN, *extra) for path in (folder / "resellers.yaml",) if path.is_file()]
    texts = {path: _text(path) for path in (*files, *resellers)}
    digest = hashlib.sha256()
    for path, text in texts.items():
        digest.update(f"{path.name}\0{len(text)}\0{text}".encode())
    sources = {str(path): texts[path] for path in files}
    known = ready(texts)
    loader = _Loader(sources, known)
    vendors = loader.vendors()
    found = [r for path in resellers for r in _resellers(str(path), texts[path], known.get(str(path)))]
    invokers, senders = loader.sending()
    return Catalog(vendors, found, digest.hexdigest(), invokers, senders)


def read_vendors(sources: Mapping[str, str]) -> tuple[Vendor, ...]:
    """The vendors of catalog files given as text by name (`like:` works among them).

    Raises:
        CatalogError: as `load_catalog`.
    """
    return tuple(_Loader(sources).vendors())


def _vendor_files(folder: Path) -> list[Path]:
    inner = folder / "vendors"
    found = sorted((inner if inner.is_dir() else folder).glob("*.yaml"))
    return [path for path in found if path.name != "resellers.yaml"]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError(f"{path}: cannot be read: {error.__class__.__name__}") from error


class _Invalid(Exception):
    """Something at a path of keys is not as it should be; the loader adds file and line."""

    def __init__(self, path: tuple[Key, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


# ------------------------------------------------------------------------------------------------ validation


def _check(value: object, table: Mapping[str, str], path: tuple[Key, ...], what: str) -> Data:
    if not isinstance(value, dict):
        raise _Invalid(path, f"{what} must be a mapping")
    for key, inner in value.items():
        expected = table.get(key)
        if expected is None:
            near = get_close_matches(key, table, 1)
            raise _Invalid(
                (*path, key), f"unknown key {key!r} in {what}" + (f"; did you mean {near[0]!r}?" if near else "")
            )
        if inner is not None and not _fits(inner, expected):
            raise _Invalid((*path, key), f"{key!r} in {what} must be {expected}")
    return value


def _fits(value: object, expected: str) -> bool:
    match expected:
        case "text":
            return isinstance(value, str)
        case "texts":
            return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))
        case "true/false":
            return isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "mapping":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list)
        case _:
            return isinstance(value, str | dict)


def _one_of(data: Data, key: str, allowed: Iterable[str], path: tuple[Key, ...]) -> None:
    value = data.get(key)
    if value is not None and value not in allowed:
        near = get_close_matches(str(value), [a for a in allowed if a], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise _Invalid((*path, key), f"{key} {value!r} is not one of {', '.join(a for a in allowed if a)}{hint}")


def _check_parameters(data: Data, path: tuple[Key, ...]) -> None:
    for role, body in (data.get("parameters") or {}).items():
        here = (*path, "parameters", role)
        if role not in PARAMETER_ROLES:
            near = get_close_matches(role, PARAMETER_ROLES, 1)
            raise _Invalid(here, f"unknown parameter role {role!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        if isinstance(body, list | str) and _fits(body, _TEXTS):
            continue  # a wire's short form: the body keys alone
        if body is None:
            continue
        _check(body, _PARAMETER, here, f"parameter {role!r}")
        _one_of(body, "counts", ("retries", "attempts"), here)
        for language in LANGUAGES:
            for spelled in _texts(body.get(language)):
                if not valid_condition(spelled.partition(" @")[2].strip()):
                    raise _Invalid((*here, language), f"condition in {spelled!r} must be like `name @npm:package>=5`")


def _check_shape(data: object, table: Mapping[str, str], path: tuple[Key, ...], what: str) -> None:
    shape = _check(data, table, path, what)
    _one_of(shape, "operation", OPERATIONS, path)
    _one_of(shape, "kind", KINDS, path)
    _one_of(shape, "vendor_from", VENDOR_FROM, path)
    _check_parameters(shape, path)
    for key in ("where", "takes", "rejected"):
        for name, texts in (shape.get(key) or {}).items():
            if not _fits(texts, _TEXTS):
                raise _Invalid((*path, key, name), f"{name!r} in {key} must be texts")
    for member, body in (shape.get("members") or {}).items():
        if body is not None and body is not False:
            _check_shape(body, _CALL, (*path, "members", member), f"member {member!r}")
    if shape.get("callable"):
        _check_shape(shape["callable"], _CALL, (*path, "callable"), "callable")


def _check_file(data: Data) -> None:
    _check(data, _FILE, (), "the file")
    for key in ("id", "title", "category"):
        if not data.get(key):
            raise _Invalid((), f"{key!r} is missing")
    _one_of(data, "category", CATEGORIES, ())
    for name, body in (data.get("types") or {}).items():
        _check_shape(body, _TYPE, ("types", name), f"type {name!r}")
    for section in ("calls", "templates"):
        for name, body in (data.get(section) or {}).items():
            table = _TYPE | _CALL if section == "templates" else _CALL
            _check_shape(body, table, (section, name), f"{section[:-1]} {name!r}")
    for name, body in (data.get("wires") or {}).items():
        wire = _check(body, _WIRE, ("wires", name), f"wire {name!r}")
        _one_of(wire, "operation", OPERATIONS, ("wires", name))
        _check_parameters(wire, ("wires", name))
    lists = (
        ("hosts", _HOST),
        ("keys", _KEY),
        ("free_tiers", _FREE),
        ("lexical", _LEXICAL),
        ("subclasses", _SUBCLASS),
    )
    for section, table in lists:
        for index, body in enumerate(data.get(section) or ()):
            if not (section == "hosts" and isinstance(body, str)):
                _check(body, table, (section, index), f"an entry of {section}")
    for index, body in enumerate(data.get("sources") or ()):
        if not (isinstance(body, list) and len(body) == 2 and all(isinstance(t, str) for t in body)):
            raise _Invalid(("sources", index), "a source is [address, date seen]")
    for name, body in (data.get("packages") or {}).items():
        if not _fits(body, _TEXTS):
            raise _Invalid(("packages", name), "package names must be texts")


# ------------------------------------------------------------------------------------------------ building


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    text: str
    data: Data


def _checked(text: str, name: str) -> Data:
    file = _File(name, text, read_document(text, name))
    try:
        _check_file(file.data)
    except _Invalid as error:
        raise _located(file, error) from error
    return file.data


class _Loader:
    """Builds the vendors of a set of files; `like: file/name` is resolved among them, each merged body once."""

    def __init__(self, sources: Mapping[str, str], known: Mapping[str, Data] | None = None) -> None:
        """Take the files' texts by name; `known` has the data of some, which was valid when it was packed."""
        known = known or {}
        self._valid = known.keys() >= sources.keys()
        self._files: dict[str, _File] = {}
        self._merged: dict[tuple[str, str], Data] = {}
        self._symbols: dict[tuple[str, str, str], str] = {}
        self._members: dict[str, dict[str, Data]] = {}  # type id -> merged member bodies
        self._memo: dict[int, Parameter] = {}  # merged bodies share their parameters
        for name, text in sources.items():
            packed = known.get(name)
            file = _File(name, text, packed if packed is not None else _checked(text, name))
            other = self._files.get(file.data["id"])
            if other:
                raise CatalogError(f"{name}:{line_of(text, ('id',))}: id {file.data['id']!r} is taken by {other.name}")
            self._files[file.data["id"]] = file

    def vendors(self) -> list[Vendor]:
        found = []
        for file in self._files.values():
            try:
                found.append(self._vendor(file))
            except _Invalid as error:
                raise _located(file, error) from error
        if not self._valid:
            self._check_references(found)
        return found

    # -------------------------------------------------------------- like

    def _resolve(self, section: str, reference: str, path: tuple[Key, ...], depth: int) -> Data:
        """The merged body that a `like:` names: `file/name`, a type's member as `file/type.member.path`."""
        key = (section, reference)
        if key in self._merged:
            return self._merged[key]
        file_id, _, name = reference.partition("/")
        file = self._files.get(file_id)
        if file is None or depth > 8:
            why = "runs in a circle or is too deep" if file else f"names no catalog file {file_id!r}"
            raise _Invalid((*path, "like"), f"like {reference!r} {why}")
        body = self._find(file.data, section, name)
        if body is None:
            raise _Invalid((*path, "like"), f"like {reference!r} names nothing in {file_id}")
        merged = self._merge(section, body, path, depth + 1)
        self._merged[key] = merged
        return merged

    def _find(self, data: Data, section: str, name: str) -> Data | None:
        places = ("wires",) if section == "wires" else ("templates", "types", "calls")
        for place in places:
            body = (data.get(place) or {}).get(name)
            if isinstance(body, dict):
                return body
        type_name, _, member = name.partition(".")
        holder = (data.get("types") or {}).get(type_name) if section != "wires" else None
        found = (holder.get("members") or {}).get(member) if isinstance(holder, dict) and member else None
        return found if isinstance(found, dict) else None

    def _merge(self, section: str, body: Data, path: tuple[Key, ...], depth: int) -> Data:
        reference = body.get("like")
        if not reference:
            return body
        base = self._resolve(section, reference, path, depth)
        merged = {k: v for k, v in base.items() if k not in ("python", "javascript", "like", "vendor", "where")}
        for key, value in body.items():
            if (
                key in ("parameters", "members", "rejected")
                and isinstance(merged.get(key), dict)
                and isinstance(value, dict)
            ):
                both = {**merged[key], **value}
                merged[key] = {k: v for k, v in both.items() if v is not None and v is not False}
            elif key != "like":
                merged[key] = value
        return merged

    # -------------------------------------------------------------- shapes

    def _vendor(self, file: _File) -> Vendor:
        data, vendor = file.data, file.data["id"]
        types = tuple(self._type(file, name, body) for name, body in (data.get("types") or {}).items())
        calls = tuple(
            self._call(file, f"{vendor}/{name}", body, ("calls", name))
            for name, body in (data.get("calls") or {}).items()
        )
        return Vendor(
            id=vendor,
            title=data["title"],
            category=data["category"],
            inventory=data.get("inventory") or f"other:{vendor}",
            billed=data.get("billed", True),
            packages={k: _texts(v) for k, v in (data.get("packages") or {}).items()},
            imports=_texts(data.get("imports")),
            hosts=tuple(HostPattern(h) if isinstance(h, str) else HostPattern(**h) for h in data.get("hosts") or ()),
            key_env=_texts(data.get("key_env")),
            base_url_env=_texts(data.get("base_url_env")),
            base_url=data.get("base_url") or "",
            openai_compatible=data.get("openai_compatible"),
            model_prefixes=_texts(data.get("model_prefixes")),
            provider_names=_texts(data.get("provider_names")),
            own_paths=_texts(data.get("own_paths")),
            records_usage=data.get("records_usage", False),
            common_word=data.get("common_word", False),
            copied=data.get("copied", False),
            everyday=_texts(data.get("everyday")),
            literals=_texts(data.get("literals")),
            types=types,
            calls=calls,
            subclasses=tuple(
                SubclassShape(_texts(k.get("of")), _text_map(k.get("runs"))) for _, k in _entries(data, "subclasses")
            ),
            wires=self._wires(file),
            keys=tuple(
                _record(KeyPattern, k, ("keys", i), ("env", "hosts", "words", "elsewhere"), vendor=vendor)
                for i, k in _entries(data, "keys")
            ),
            free_tiers=tuple(
                _record(FreeTier, f, ("free_tiers", i), ("models", "hosts", "symbols"), vendor=vendor)
                for i, f in _entries(data, "free_tiers")
            ),
            lexical=tuple(
                _record(
                    LexicalShape,
                    s,
                    ("lexical", i),
                    ("languages", "imports", "calls", "constructors", "output_cap", "timeout"),
                )
                for i, s in _entries(data, "lexical")
            ),
            aliases=_texts(data.get("aliases")),
            deprecated_models=_texts(data.get("deprecated_models")),
            ending_models=_text_map(data.get("ending_models")),
            docs=data.get("docs") or "",
            spend_limit=data.get("spend_limit") or "",
            spend_alerts=_texts(data.get("spend_alerts")),
            sources=tuple((a, b) for a, b in data.get("sources") or ()),
        )

    def _type(self, file: _File, name: str, body: Data) -> TypeShape:
        path: tuple[Key, ...] = ("types", name)
        data = self._merge("types", body, path, 0)
        shape_id = f"{file.data['id']}/{name}"
        kind = data.get("kind") or ""
        own = data.get("callable")
        shape = TypeShape(
            id=shape_id,
            vendor=data.get("vendor") or file.data["id"],
            symbols=self._take_symbols(file, shape_id, body, path),
            kind=kind,
            model=data.get("model", False),
            operation=data.get("operation") or "",
            parameters=_parameters(data, self._memo),
            members=self._lazy_members(file, shape_id, body, data),
            transparent=_texts(data.get("transparent")),
            wraps=_texts(data.get("wraps")),
            holds=_texts(data.get("holds")),
            vendor_from=data.get("vendor_from") or "",
            retry=data.get("retry", "sdk-default"),
            usage=_texts(data.get("usage")),
            is_async=data.get("is_async", False),
            default_steps=data.get("default_steps"),
            callable=self._member(file, shape_id, "()", own, data) if own else None,
            where=_text_map(data.get("where")),
            records_usage=data.get("records_usage", False),
            instruments=_texts(data.get("instruments")),
            text_model_vendor=data.get("text_model_vendor") or "",
        )
        return shape

    def _lazy_members(self, file: _File, owner: str, body: Data, merged: Data) -> Mapping[str, CallShape]:
        for name, own in (body.get("members") or {}).items():  # inherited ones were resolved where they stand
            if own and own.get("like"):
                self._resolve("calls", own["like"], ("types", owner.partition("/")[2], "members", name), 0)
        bodies = {name: inner for name, inner in (merged.get("members") or {}).items() if inner}
        self._members[owner] = bodies
        return _Members(bodies, lambda name: self._member(file, owner, name, bodies[name], merged))

    def sending(self) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
        """Last names of the members that send through the models which their receiver holds; and by type of all that send.

        Told from the bodies, because building every member for their names would take longer than a small audit.
        """
        known: dict[int, tuple[bool, bool]] = {}
        through: set[str] = set()
        senders: dict[str, frozenset[str]] = {}
        for owner, bodies in self._members.items():
            names: set[str] = set()
            for name, body in bodies.items():
                told = known.get(id(body))
                if told is None:
                    merged = self._merge("calls", body, (), 0)
                    invokes = bool(merged.get("invokes"))
                    row = bool(merged.get("row", not (invokes or merged.get("returns"))))
                    told = known[id(body)] = invokes, (row or invokes) and merged.get("http_method") != "GET"
                if told[0]:
                    through.add(name.rpartition(".")[2])
                if told[1]:
                    names.add(name.rpartition(".")[2])
            if names:
                senders[owner] = frozenset(names)
        return frozenset(through), senders

    def _member(self, file: _File, owner: str, name: str, body: Data, holder: Data) -> CallShape:
        path: tuple[Key, ...] = ("types", owner.partition("/")[2], "members", name)
        data = self._merge("calls", body, path, 0)
        defaults = {"kind": holder.get("kind"), "usage": holder.get("usage")}
        return _call_shape(f"{owner}.{name}", holder.get("vendor") or file.data["id"], {}, defaults | data, self._memo)

    def _call(self, file: _File, shape_id: str, body: Data, path: tuple[Key, ...]) -> CallShape:
        data = self._merge("calls", body, path, 0)
        symbols = self._take_symbols(file, shape_id, body, path)
        return _call_shape(shape_id, data.get("vendor") or file.data["id"], symbols, data, self._memo)

    def _take_symbols(
        self, file: _File, shape_id: str, body: Data, path: tuple[Key, ...]
    ) -> Mapping[str, tuple[str, ...]]:
        symbols = {language: _texts(body[language]) for language in LANGUAGES if body.get(language)}
        where = repr(sorted((body.get("where") or {}).items()))
        for language, names in symbols.items():
            for name in names:
                if language == "javascript" and ":" not in name:
                    raise _Invalid((*path, language), f"a JavaScript symbol is <package>:<export>, not {name!r}")
                other = self._symbols.setdefault((language, name, where), shape_id)
                if other != shape_id:
                    raise _Invalid((*path, language), f"symbol {name!r} is taken by {other}")
        return symbols

    def _wires(self, file: _File) -> tuple[Wire, ...]:
        data, vendor = file.data, file.data["id"]
        bodies: dict[str, Data] = {}
        for other in _texts(data.get("wires_like")):
            source = self._files.get(other)
            if source is None:
                raise _Invalid(("wires_like",), f"wires_like names no catalog file {other!r}")
            for name, body in (source.data.get("wires") or {}).items():
                bodies[name] = self._merge("wires", body, ("wires_like",), 0)
        for name, body in (data.get("wires") or {}).items():
            bodies[name] = self._merge("wires", body, ("wires", name), 0)
        return tuple(
            Wire(
                paths=_texts(b.get("paths")),
                operation=b.get("operation") or "other",
                parameters=_parameters(b, self._memo),
                usage=_texts(b["usage"]) if "usage" in b else ("usage",),
                billable=b.get("billable", True),
                id=f"{vendor}/{name}",
                model_path=b.get("model_path", ""),
            )
            for name, b in bodies.items()
        )

    # -------------------------------------------------------------- references

    def _check_references(self, vendors: list[Vendor]) -> None:
        """Every type that is named exists; what is inherited is checked where it stands."""
        known = {shape.id for vendor in vendors for shape in vendor.types} | {"self", ""}
        for file in self._files.values():
            for path, body in _bodies(file.data):
                named: list[tuple[tuple[Key, ...], str]] = [(("returns",), body.get("returns") or "")]
                named += [
                    (("takes", key), t) for key, types in (body.get("takes") or {}).items() for t in _texts(types)
                ]
                for where, name in named:
                    if name not in known:
                        near = get_close_matches(name, known, 1)
                        hint = f"; did you mean {near[0]!r}?" if near else ""
                        raise _located(file, _Invalid((*path, *where), f"unknown type {name!r}{hint}"))


class _Members(Mapping[str, CallShape]):
    """The members of a type, each built when it is first asked for: most programs use a handful of thousands."""

    def __init__(self, names: Iterable[str], build: Callable[[str], CallShape]) -> None:
        self._shapes: dict[str, CallShape | None] = dict.fromkeys(names)
        self._build = build

    def __getitem__(self, name: str) -> CallShape:
        shape = self._shapes[name]
        if shape is None:
            shape = self._shapes[name] = self._build(name)
        return shape

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)

    def __contains__(self, name: object) -> bool:
        return name in self._shapes

    def __reduce__(self) -> tuple[type[dict[str, CallShape]], tuple[dict[str, CallShape]]]:
        return dict, (dict(self),)  # to other processes as plain data


def _bodies(data: Data) -> Iterator[tuple[tuple[Key, ...], Data]]:
    """Every call-like body of a file, with its path."""
    for section in ("calls", "templates", "types"):
        for name, body in (data.get(section) or {}).items():
            yield (section, name), body
            if isinstance(body.get("callable"), dict):
                yield (section, name, "callable"), body["callable"]
            for member, inner in (body.get("members") or {}).items():
                if isinstance(inner, dict):
                    yield (section, name, "members", member), inner


def _located(file: _File, error: _Invalid) -> CatalogError:
    return CatalogError(f"{file.name}:{line_of(file.text, error.path)}: {error}")


def _call_shape(
    shape_id: str, vendor: str, symbols: Mapping[str, tuple[str, ...]], data: Data, memo: dict[int, Parameter]
) -> CallShape:
    return CallShape(
        id=shape_id,
        vendor=vendor,
        symbols=symbols,
        operation=data.get("operation") or "",
        kind=data.get("kind") or "",
        row=data.get("row", not (data.get("invokes") or data.get("returns"))),
        invokes=data.get("invokes", False),
        returns=data.get("returns") or "",
        parameters=_parameters(data, memo),
        rejected=_text_map(data.get("rejected")),
        vendor_from=data.get("vendor_from") or "",
        retry=data.get("retry") or "",
        usage=_texts(data.get("usage")),
        streaming=data.get("streaming", False),
        default_steps=data.get("default_steps"),
        http_method=data.get("http_method") or "",
        where=_text_map(data.get("where")),
        takes=_text_map(data.get("takes")),
        text_model_vendor=data.get("text_model_vendor") or "",
        records_usage=data.get("records_usage", False),
        instruments=_texts(data.get("instruments")),
        fed_by=_texts(data.get("fed_by")),
    )


def _parameters(data: Data, memo: dict[int, Parameter]) -> Mapping[str, Parameter]:
    found = {}
    for role, body in (data.get("parameters") or {}).items():
        if body is not None:
            known = memo.get(id(body))
            if known is None:
                known = memo[id(body)] = _parameter(body)
            found[role] = known
    return found


def _parameter(body: Any) -> Parameter:
    if isinstance(body, str | list):
        return Parameter(paths={"": tuple(ArgPath(p) for p in _texts(body))})
    paths = {language: _paths(body[language]) for language in LANGUAGES if body.get(language)}
    if body.get("body"):
        paths[""] = _paths(body["body"])
    unit = body.get("unit") or {}
    return Parameter(
        paths=paths,
        unit=dict.fromkeys(paths, unit) if isinstance(unit, str) else unit,
        default=body.get("default"),
        required=body.get("required", False),
        counts=body.get("counts") or "retries",
    )


def _paths(value: Any) -> tuple[ArgPath, ...]:
    found = []
    for spelled in _texts(value):
        path, _, when = spelled.partition(" @")
        found.append(ArgPath(path.strip(), when.strip()))
    return tuple(found)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _text_map(value: Any) -> Mapping[str, tuple[str, ...]]:
    return {key: _texts(texts) for key, texts in (value or {}).items()}


def _entries(data: Data, section: str) -> Iterable[tuple[int, Data]]:
    return enumerate(data.get(section) or ())


def _record(kind: Any, body: Data, path: tuple[Key, ...], lists: tuple[str, ...], **more: str) -> Any:
    values = {k: _texts(v) if k in lists else v for k, v in body.items() if v is not None}
    try:
        return kind(**more, **values)
    except TypeError as error:
        missing = str(error).partition("argument")[2].strip(" s:") or str(error)
        raise _Invalid(path, f"missing {missing}") from error


def _resellers(name: str, text: str, known: Data | None = None) -> list[ResellerPattern]:
    data = known if known is not None else read_document(text, name)
    file = _File(name, text, data)
    try:
        _check(data, {"resellers": _LIST, "keys": _LIST, "sources": _LIST}, (), "the file")
        for index, body in _entries(data, "resellers"):
            _check(body, _RESELLER, ("resellers", index), "a reseller")
        for index, body in _entries(data, "keys"):
            _check(body, {**_KEY, "vendor": _TEXT}, ("keys", index), "a key shape")
        keys: list[KeyPattern] = [
            _record(KeyPattern, k, ("keys", i), ("env", "hosts", "words", "elsewhere"))
            for i, k in _entries(data, "keys")
        ]
        found: list[ResellerPattern] = [
            _record(ResellerPattern, b, ("resellers", i), ("hosts", "symbols")) for i, b in _entries(data, "resellers")
        ]
        return [replace(r, keys=tuple(k for k in keys if k.vendor == r.id)) for r in found]
    except _Invalid as error:
        raise _located(file, error) from error

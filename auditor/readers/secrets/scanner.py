"""Finds credentials of LLM vendors in the bytes of any file and says what they are. The only place that sees a value.

A pass over the bytes finds anchors; shapes are then tried in windows round them, with look-around boundaries; values
without a prefix need a name or a vendor close by. What comes out is a `Credential`: place, vendor, a masked form and a
keyed hash. Nothing here judges, opens a file or keeps a value after returning.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from typing import Protocol

from auditor.catalog.schema import ResellerPattern, Vendor
from auditor.errors import UnreadableFile
from auditor.lazily import dataclass, regex
from auditor.model.facts import Credential, Role
from auditor.prefilter import Sorter
from auditor.readers.secrets.adapter import rejects
from auditor.readers.secrets.allow import Baseline, pragma_allows
from auditor.readers.secrets.assembled import assembled, of_names, opened
from auditor.readers.secrets.named import Named, named_values
from auditor.readers.secrets.place import FilePlace, nearest_name, place_of
from auditor.readers.secrets.prefilter import Hits, Prefilter
from auditor.readers.secrets.shapes import Shape, Vendors, is_client_name, name_tokens
from auditor.readers.secrets.structure import VALIDATORS, has_digit, looks_random, placeholder_like, words_only
from auditor.readers.secrets.text import Positions, Seam, as_utf8, decode_base64, is_binary, joined, windows, word_set
from auditor.source.tree import Entry

__all__ = ["SecretScanner"]

MAX_BYTES = 64 << 20
MAX_FOUND = 500
"""More keys than this in one file is a data set; the first ones say it."""

_WINDOW_BEFORE, _WINDOW_AFTER = 400, 1400
_CONTEXT_BEFORE, _CONTEXT_AFTER = 600, 300
_HEAD = 65_536
_NEVER_ENVIRONMENT = word_set(
    "python javascript typescript notebook markdown json css lock kotlin java go rust html vue"
)
_CERTAINTY = {"prefix": "high", "semi": "medium", "context": "medium"}
_RANK = {"prefix": 0, "semi": 1, "context": 2, "named": 3}
_UNKNOWN = "other:unknown"

_ANY_SK = regex(
    r"(?:(?<![A-Za-z0-9_\-])|(?<=\\[nrtu\"'])|(?<=%[0-9A-Fa-f]{2}))sk-[A-Za-z0-9_\-]{20,200}(?![A-Za-z0-9_\-])"
)
_RUN = regex(r"(?<![A-Za-z0-9_+/\-])[A-Za-z0-9][A-Za-z0-9_+/.:\-]{25,70}={0,1}(?![A-Za-z0-9_+/\-])")
_BASE64 = regex(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{20,6000}={0,2}(?![A-Za-z0-9+/=])")
_KEY_WORD = regex(r"(?i)key|token|secret|auth|bearer|credential|passw")
_CALLED = regex(r"[A-Za-z]\(\s*[\"'`]$")
_NOT_A_KEY_NAME = word_set(
    "ID SHA SHA1 SHA256 SHA512 MD5 HASH DIGEST COMMIT REV REVISION ETAG CHECKSUM INTEGRITY UUID GUID VERSION REF "
    "NONCE TREE BLOB PARENT RESOLVED USES FINGERPRINT SIGNATURE CURSOR TRACE SPAN IMAGE TAG FILE PATH URL MODEL "
    "DEPLOYMENT"
)
_COOKIE = regex(r"__Secure-\w{1,20}")  # the name of a cookie where its value belongs
_TRANSLATIONS = regex(r"(?i)(?:^|/)(?:locales?|i18n|l10n|lang|langs|languages|translations?|messages)/")
_MAX_WORDS = 6
_REMARK = regex(r"^[ \t]*(?:#|//|\*|--|/\*|<!--)|[ \t](?:#|//)[ \t]")
_IN_URL = regex(r"(?i)[?&](?:key|api_?key|token|access_token|auth|apikey)=$")
_NO_MANIFEST = regex(r"^\.|compose|pipeline|cloudbuild|buildspec|appveyor")
_MERGED_PARTS = regex(r"^(.*?[A-Za-z])_?(\d{1,2})$")


class KeyCatalog(Protocol):
    """What the scanner wants of the catalog."""

    @property
    def vendors(self) -> tuple[Vendor, ...]:
        """All vendors with their key patterns."""
        ...

    @property
    def resellers(self) -> tuple[ResellerPattern, ...]:
        """All resellers with theirs."""
        ...


@dataclass(frozen=True, slots=True)
class _Found:
    """A value at its place in the (UTF-8) bytes. Lives inside one call of `scan` only; `repr` shows no value."""

    start: int
    end: int
    value: str
    shape: str
    rank: str
    vendor: str
    name: str = ""
    prefix: str = ""
    certainty: str = "high"
    encoding: str = ""
    placeholder: bool = False
    place: str = ""

    def __repr__(self) -> str:
        return f"<{self.shape} at {self.start}>"


@dataclass(frozen=True, slots=True)
class _File:
    """One file under the scanner."""

    entry: Entry
    place: FilePlace
    data: bytes
    text: str  # one character a byte
    positions: Positions
    memo: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def heads(self, vendors: Vendors) -> tuple[str, ...]:
        """The vendors that the beginning of the file names, in order: its imports and hosts. Computed once."""
        if "heads" not in self.memo:
            self.memo["heads"] = tuple(m.vendor for m in vendors.mentions(self.text[:_HEAD]))
        return self.memo["heads"]

    def __repr__(self) -> str:
        return f"<{self.entry.path}>"


class SecretScanner:
    """Finds credentials. One scanner serves a run: its random salt makes hashes comparable within the run only."""

    def __init__(self, catalog: KeyCatalog, salt: bytes | None = None, baselines: Iterable[Baseline] = ()) -> None:
        """Compile the catalog's key shapes.

        Args:
            catalog: Where vendors, their names and key shapes come from.
            salt: Shared by the processes of one run; random where it is None.
            baselines: What other scanners' users allowed; such keys are marked, not dropped.
        """
        self._salt = salt or os.urandom(32)
        self._baselines = tuple(baselines)
        self._vendors = Vendors(catalog.vendors, catalog.resellers)
        shapes = self._vendors.shapes
        self._anchored = tuple((s, regex(s.core)) for s in shapes if s.anchor)
        self._anchors_in = Sorter([*(re.escape(s.anchor) for s, _ in self._anchored), "sk-"])
        self._spelled = frozenset(s.id for s in shapes if s.validator == "literal")
        self._context = tuple(s for s in shapes if not s.anchor)
        self._any_context = regex("|".join(rf"(?:(?:{s.core})\Z)" for s in self._context) or "(?!)")
        free = {s.vendor for s in shapes if not s.anchor}
        self._prefilter = Prefilter(shapes, self._vendors.words_of(free))

    def prefilter(self, data: bytes) -> Hits:
        """One pass over the bytes: where a key may stand. Falsy for most files, which need no `scan` unless `wants`."""
        return self._prefilter.hits(data)

    @staticmethod
    def wants(entry: Entry) -> bool:
        """Whether a file is to be scanned whatever the prefilter says: names alone matter in it."""
        if entry.language in {"yaml", "dotenv", "dockerfile"}:
            return True
        return entry.language not in _NEVER_ENVIRONMENT and place_of(entry).kind in {"env-file", "ci-file", "docker"}

    def may_hold(self, entry: Entry, part: bytes) -> bool:
        """Whether a part of a file may hold a key, whatever the rest of it says; False only where none can be."""
        bare = entry.language != "lock"
        return self._wants(entry, part) or b"\0" in part or self._prefilter.may_hold(part, bare=bare)

    def _wants(self, entry: Entry, data: bytes) -> bool:
        return self.wants(entry) and (
            entry.language != "yaml" or b"kind:" in data or bool(_NO_MANIFEST.search(entry.path))
        )

    def scan(self, entry: Entry, data: bytes, hits: Hits | None = None) -> tuple[Credential, ...]:
        """The credentials of a file, in order of position.

        Args:
            entry: The file.
            data: Its bytes.
            hits: What `prefilter` said about exactly these bytes, if it was asked.

        Raises:
            UnreadableFile: it could not be scanned; the message holds no part of it.
        """
        try:
            return self._scan(entry, data, hits)
        except UnreadableFile:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text and frames may hold a value
            kind = type(error).__name__
        raise UnreadableFile(f"{entry.path}: the search for keys failed here ({kind})")

    def identity(self, value: bytes) -> str:
        """The keyed hash that tells equal values of this run from others and says nothing else."""
        return hmac.new(self._salt, value, hashlib.sha256).hexdigest()[:20]

    # ----------------------------------------------------------------- the steps

    def _scan(self, entry: Entry, data: bytes, hits: Hits | None) -> tuple[Credential, ...]:
        if len(data) > MAX_BYTES:
            raise UnreadableFile(f"{entry.path}: too large to be searched for keys")
        data, encoding = as_utf8(data)
        if is_binary(data):
            return ()
        if hits is None or encoding:
            hits = self._prefilter.hits(data)
        if (not hits and not self._wants(entry, data)) or entry.path.endswith(".secrets.baseline"):
            return ()
        text = data.decode("latin-1")
        file = _File(entry, place_of(entry), data, text, Positions(entry.path, data))
        found = [
            *self._shaped(file, hits), *self._bare(file, hits), *self._wrapped(file, hits), *self._put_together(file, hits),
            *self._named(file, hits),
        ]  # fmt: skip
        rows = [self._credential(file, f, encoding) for f in _merged(_best(found))[:MAX_FOUND]]
        return tuple(row for row in rows if row is not None)

    def _shaped(self, file: _File, hits: Hits) -> Iterator[_Found]:
        """Keys with an anchor, in windows round the anchors; then again with the seams of literals taken out."""
        for start, end in windows(hits.anchors, len(file.text), _WINDOW_BEFORE, _WINDOW_AFTER):
            part = file.text[start:end]
            yield from self._match_anchored(file, part, start, None)
            seamless = joined(part, start)
            if seamless is not None:
                yield from self._match_anchored(file, seamless.text, 0, seamless)

    def _match_anchored(self, file: _File, part: str, base: int, seamless: Seam | None) -> Iterator[_Found]:
        anchors = self._anchors_in(part.encode("latin-1", "replace"))
        for number in sorted(anchors - {len(self._anchored)}):
            shape, core = self._anchored[number]
            # The core alone is found several times faster than with the look-behinds before it.
            if core.search(part) is None:
                continue
            for match in shape.regex.finditer(part):
                if seamless is not None and not seamless.spans_seam(match.start(), match.end()):
                    continue
                start, end = _original(match.start(), match.end(), base, seamless)
                value = match.group()
                if not _valid(shape, value):
                    continue
                before = part[max(0, match.start() - 240) : match.start()]
                yield from self._attributed(
                    file, shape, start, end, value, before, seamless.encoding if seamless else ""
                )
        if len(self._anchored) in anchors:
            yield from self._any_sk(file, part, base, seamless)

    def _any_sk(self, file: _File, part: str, base: int, seamless: Seam | None) -> Iterator[_Found]:
        """`sk-` and something random of no known length: resellers and compatible vendors make such keys."""
        for match in _ANY_SK.finditer(part):
            if seamless is not None and not seamless.spans_seam(match.start(), match.end()):
                continue
            value, body = match.group(), match.group()[3:]
            longest = max(re.split(r"[-_]", body), key=len)
            if len(longest) < 16 or sum(map(str.isdigit, longest)) < 3 or not looks_random(longest):
                continue
            start, end = _original(match.start(), match.end(), base, seamless)
            before = part[max(0, match.start() - 240) : match.start()]
            name = nearest_name(before)[0]
            vendor = {"proj": "openai", "ant": "anthropic"}.get(body.split("-")[0]) or self._vendor_near(
                file, start, end, name, None
            )
            yield _Found(
                start, end, value, "sk-other", "semi", vendor or _UNKNOWN, name, "sk-", "medium",
                seamless.encoding if seamless else "",
            )  # fmt: skip

    def _attributed(
        self, file: _File, shape: Shape, start: int, end: int, value: str, before: str, encoding: str
    ) -> Iterator[_Found]:
        name = nearest_name(before)[0]
        if shape.certainty == "context":
            vendor = self._context_vendor(file, (shape,), start, end, before)
            if vendor:
                yield _Found(
                    start, end, value, shape.id, "context", vendor, name, shape.public_prefix, "medium", encoding
                )
            return
        vendor, certainty = shape.vendor, _CERTAINTY[shape.certainty]
        if shape.certainty == "semi":
            vendor = self._vendor_near(file, start, end, name, None) or _UNKNOWN
        elif shape.elsewhere is not None:
            certainty = self._shared_certainty(file, shape, start, end, name)
        if shape.validator == "crc32-github" and VALIDATORS[shape.validator](value) is not True:
            certainty = "low"
        yield _Found(
            start, end, value, shape.id, shape.certainty, vendor, name, shape.public_prefix, certainty, encoding
        )

    def _shared_certainty(self, file: _File, shape: Shape, start: int, end: int, name: str) -> str:
        """How sure it is that a key which other services of the vendor use as well is one for models."""
        if shape.elsewhere is None:
            return "high"
        first, last = file.positions.line_bounds(start)
        line = file.text[max(first, start - _CONTEXT_BEFORE) : start] + file.text[end : min(last, end + _CONTEXT_AFTER)]
        if shape.elsewhere.search(line) and not (shape.own and shape.own.search(line)):
            return "low"  # its own line says what it is for: `GOOGLE_API_KEY = "…"  # custom search`
        if self._vendors.of_name(name) == shape.vendor:
            return "high"
        near = file.text[max(0, start - _CONTEXT_BEFORE) : end + _CONTEXT_AFTER]
        mentioned = any(m.vendor == shape.vendor for m in self._vendors.mentions(near))
        if shape.elsewhere.search(near) or shape.elsewhere.search(file.entry.path):
            return "medium" if mentioned and shape.vendor in file.heads(self._vendors) and not name else "low"
        return "high" if mentioned or shape.vendor in file.heads(self._vendors) else "medium"

    def _bare(self, file: _File, hits: Hits) -> Iterator[_Found]:
        """Keys without a prefix: the length and alphabet of a vendor's keys, and that vendor close by."""
        if file.entry.language == "lock":
            return  # thousands of digests, which look just so
        for at in hits.bare:
            match = _RUN.match(file.text, at)
            if match is not None:
                yield from self._fit_bare(file, file.text, match, None)
        for start, end in windows(hits.names, len(file.text), 80, 400):
            seamless = joined(file.text[start:end], start)
            if seamless is None:
                continue
            yield from self._match_anchored(file, seamless.text, 0, seamless)
            for match in _RUN.finditer(seamless.text):
                if seamless.spans_seam(match.start(), match.end()):
                    yield from self._fit_bare(file, seamless.text, match, seamless)

    def _fit_bare(self, file: _File, text: str, match: re.Match[str], seamless: Seam | None) -> Iterator[_Found]:
        value = match.group().rstrip(".:")
        if not (has_digit(value) and self._any_context.match(value)):
            return
        fitting = tuple(s for s in self._context if s.whole.match(value) and _valid(s, value))
        if not fitting:
            return
        before = text[max(0, match.start() - 240) : match.start()]
        start, end = _original(match.start(), match.start() + len(value), 0, seamless)
        vendor = self._context_vendor(file, fitting, start, end, before)
        if vendor:
            shape = next(s for s in fitting if s.vendor == vendor)
            encoding = seamless.encoding if seamless else ""
            name = nearest_name(before)[0]
            yield _Found(start, end, value, shape.id, "context", vendor, name, "", "medium", encoding)

    def _context_vendor(self, file: _File, fitting: tuple[Shape, ...], start: int, end: int, before: str) -> str:
        """The vendor among those whose keys look so that the surroundings name as this value's; empty for none."""
        vendors = {s.vendor for s in fitting}
        name, gap = nearest_name(before)
        if len(gap) > 40:
            return ""
        tokens = name_tokens(name)
        if tokens and tokens[-1] in _NOT_A_KEY_NAME and not any(s.anchor for s in fitting):
            return ""
        owner = self._vendors.of_name(name)
        if owner:
            return owner if owner in vendors else ""
        near_before = before[-100:]
        called = bool(_CALLED.search(near_before))
        if self._vendors.is_key_name(name):
            return self._vendor_near(file, start, end, name, vendors)
        mentioned = [m.vendor for m in self._vendors.mentions(near_before) if m.vendor in vendors]
        if mentioned and (called or _KEY_WORD.search(near_before)):
            return mentioned[-1]
        if not name or _KEY_WORD.search(near_before.rsplit("\n", 1)[-1]):
            line = file.text[slice(*file.positions.line_bounds(start))] if end - start < 4000 else ""
            on_line = [m.vendor for m in self._vendors.mentions(line[:2000]) if m.vendor in vendors]
            return on_line[0] if on_line and _KEY_WORD.search(near_before) else ""
        return ""

    def _vendor_near(self, file: _File, start: int, end: int, name: str, among: set[str] | None) -> str:
        """The vendor that the name, the line, the surroundings or the head of the file point at, in this order."""
        owner = self._vendors.of_name(name)
        if owner:
            return owner if among is None or owner in among else ""
        low = max(0, start - _CONTEXT_BEFORE)
        alone = among is None and file.place.kind == "env-file" and name and not self._vendors.is_key_name(name)
        if alone:  # a service of its own, unknown here: the settings beside it are those of others
            low = max(low, _with_comment(file.text, file.positions.line_bounds(start)[0]))
            end_near = file.positions.line_bounds(start)[1]
        else:
            end_near = end + _CONTEXT_AFTER
        near = self._vendors.mentions(file.text[low:start] + " " * min(end - start, 2000) + file.text[end:end_near])
        usable = [m for m in near if among is None or m.vendor in among]
        line_start, line_end = file.positions.line_bounds(start)
        on_line = [m for m in usable if line_start <= m.at + low <= line_end]
        before = [m for m in on_line or usable if m.at + low < start]
        for choice in (before[-1:], on_line[:1], usable[:1]):
            if choice:
                return choice[0].vendor
        heads = [] if alone else [v for v in file.heads(self._vendors) if among is None or v in among]
        return heads[0] if heads and (among is not None or len(set(heads)) == 1) else ""

    def _wrapped(self, file: _File, hits: Hits) -> Iterator[_Found]:
        """Keys inside base64 literals, found by how their encoded prefix begins."""
        for start, end in windows(hits.encoded, len(file.text), 6000, 6000):
            for match in _BASE64.finditer(file.text[start:end]):
                plain = decode_base64(match.group())
                if len(plain) < 20:
                    continue
                at = start + match.start()
                for inner in self._match_anchored(file, plain, 0, None):
                    moved = replace(inner, start=at, end=start + match.end(), encoding="base64")
                    if moved.vendor == _UNKNOWN or not moved.name:
                        name = nearest_name(file.text[max(0, at - 240) : at])[0]
                        vendor = self._vendor_near(file, at, at + 1, name, None) if moved.rank == "semi" else ""
                        moved = replace(moved, name=name, vendor=vendor or moved.vendor)
                    yield moved

    def _put_together(self, file: _File, hits: Hits) -> Iterator[_Found]:
        """Keys that the program assembles: joined lists, decoded literals, character codes, names put together."""
        pieces = assembled(file.text, hits.built) if hits.built else ()
        for piece in (*pieces, *(of_names(file.text, hits.heads) if hits.heads else ())):
            seam = opened(file.text, piece)
            yield from self._match_anchored(file, seam.text, 0, seam)
            for match in _RUN.finditer(seam.text, seam.base):
                yield from self._fit_bare(file, seam.text, match, seam)

    def _named(self, file: _File, hits: Hits) -> Iterator[_Found]:
        """Values that only their name makes a key: in environment files and the like, and placeholders in code."""
        known = not hits.names or self._vendors.names_any(file.data)
        for named in named_values(file.entry, file.place, file.text, hits.names if known else ()):
            vendor = self._vendors.of_name(named.name) or self._vendor_of_value(named)
            if not vendor:
                continue
            yield from self._judge_named(file, named, vendor)

    def _vendor_of_value(self, named: Named) -> str:
        """A placeholder that names its vendor (`YOUR_GEMINI_KEY`, `ollama`) under a name that is any key's."""
        tokens = name_tokens(named.name)
        cookie = _COOKIE.fullmatch(named.value) is not None
        if not self._vendors.is_key_name(named.name) or (len(tokens) < 2 and tokens != ("APIKEY",) and not cookie):
            return ""
        mentions = self._vendors.mentions(named.value)
        return mentions[0].vendor if mentions and (cookie or placeholder_like(named.value)) else ""

    def _judge_named(self, file: _File, named: Named, vendor: str) -> Iterator[_Found]:
        value = named.value
        prose = re.search(r"[\s(){}\[\]]|://", value) is not None
        if named.loose and prose and (len(value.split()) > _MAX_WORDS or _TRANSLATIONS.search(file.entry.path)):
            return  # a sentence for people
        stand_in = named.reference or placeholder_like(value, _public_part(value)) or (prose and not named.loose)
        stand_in = stand_in or _COOKIE.fullmatch(value) is not None
        if not stand_in and (named.loose and (len(value) < 20 or not has_digit(value) or words_only(value))):
            return
        if (prose and not stand_in) or (stand_in and named.loose and not named.marked):
            return
        if not self._vendors.is_paid(vendor) if stand_in else rejects(value):
            return
        yield _Found(
            named.start, named.end, value, "named", "named", vendor, named.name, _public_part(value),
            "medium", named.encoding, placeholder=stand_in,
        )  # fmt: skip

    # ----------------------------------------------------------------- the result

    def _listed(self, path: str, value: str) -> str:
        raw = value.encode("latin-1", "replace")
        return next((f"listed in the baseline {b.path}" for b in self._baselines if b.allows(path, raw)), "")

    def _credential(self, file: _File, found: _Found, encoding: str) -> Credential | None:
        stand_in = found.placeholder or (
            found.shape not in self._spelled
            and placeholder_like(found.value, _public_part(found.value) or found.prefix)
        )
        if stand_in and not (file.place.stands_in and self._vendors.is_paid(found.vendor)):
            return None
        if stand_in and ((file.place.kind == "other" and found.rank != "named") or _is_remark(file, found.start)):
            return None
        if stand_in and file.place.program and _is_quoted_text(file, found.start):
            return None
        span = file.positions.span(found.start, found.end)
        before = file.text[max(0, found.start - 40) : found.start]
        in_url = not stand_in and file.place.kind in {"hardcoded", "notebook"} and bool(_IN_URL.search(before))
        revoke, variable = self._vendors.advice(found.vendor)
        return Credential(
            at=span,
            vendor=found.vendor,
            kind="url-param" if in_url and file.place.kind == "hardcoded" else file.place.kind,
            placeholder=stand_in,
            role=file.entry.role,
            shape="" if found.shape == "named" else found.shape,
            certainty=found.certainty,
            masked="" if stand_in else _mask(found.value, found.prefix),
            fingerprint="" if stand_in else self.identity(found.value.encode("latin-1")),
            name=found.name if len(found.name) <= 80 else "",
            client_side=_client_side(file, found),
            built=file.place.built,
            tracked=file.entry.tracked,
            allowed=pragma_allows(file.text, file.positions, found.start) or self._listed(file.entry.path, found.value),
            encoding=found.encoding or encoding,
            place=_place_in(file, found.start),
            revoke=revoke,
            variable=variable,
        )


def _is_remark(file: _File, at: int) -> bool:
    """Whether a program's comment or documentation text holds the place: an example there expects no key."""
    if not file.place.program:
        return False
    before = file.text[file.positions.line_bounds(at)[0] : at]
    if _REMARK.search(before):
        return True
    return file.entry.language == "python" and any(file.text.count(q, 0, at) % 2 for q in ('"""', "'''"))


def _is_quoted_text(file: _File, at: int) -> bool:
    """Whether a value's quote stands inside another literal of its line: `print("Set OPENAI_API_KEY='your-key'")`."""
    line = file.text[max(file.positions.line_bounds(at)[0], at - 2000) : at - 1]
    quote, escaped = "", False
    for offset, character in enumerate(line):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in '"`' or (character == "'" and not line[max(0, offset - 2) : offset].isalpha()):
            quote = character  # an apostrophe within a word opens nothing
    return quote != ""


def _client_side(file: _File, found: _Found) -> bool | None:
    if is_client_name(found.name) or file.place.shipped:
        return True
    if file.place.built and file.entry.role is Role.APP:
        return True
    return None if file.entry.language in {"javascript", "typescript", "kotlin", "java"} else False


def _place_in(file: _File, at: int) -> str:
    """In a notebook: whether a source or an output cell holds it."""
    if file.place.kind != "notebook":
        return ""
    outputs, source = file.text.rfind('"outputs"', 0, at), file.text.rfind('"source"', 0, at)
    return "notebook-output" if outputs > source else "notebook-source"


def _valid(shape: Shape, value: str) -> bool:
    check = VALIDATORS.get(shape.validator)
    return check is None or shape.validator == "crc32-github" or bool(check(value))


def _original(start: int, end: int, base: int, seamless: Seam | None) -> tuple[int, int]:
    return (base + start, base + end) if seamless is None else seamless.place(start, end)


_PUBLIC = regex(
    r"sk-(?:proj|svcacct|admin|or-v1|lf|None|kimi|ant(?:-(?:api|admin|oat|ort|sid)\d{2})?)-|sk[-_]|AIza(?:Sy)?|gsk_|hf_|"
    r"xai-|nvapi-|pplx-|r8_|csk-|fw_|tgp_v1_|vck_|pa-|jina_|tvly-|lsv2_|pcsk_|gh[pousr]_|AQ\."
)


def _public_part(value: str) -> str:
    found = _PUBLIC.match(value)
    return found.group() if found else ""


def _mask(value: str, prefix: str) -> str:
    """The public prefix and the last four characters; less where the value is too short to spare them."""
    shown = _public_part(value) or (prefix if value.startswith(prefix) else "")
    return f"{shown}…{value[-4:]}" if len(value) - len(shown) >= 20 else (f"{shown}…" if shown else "")


def _best(found: Iterable[_Found]) -> list[_Found]:
    """One finding a place: the most specific shape first, the longer before the shorter."""
    kept: list[_Found] = []
    taken: list[tuple[int, int]] = []
    ordered = sorted(found, key=lambda f: (_RANK[f.rank], f.vendor == _UNKNOWN, f.start - f.end, f.start, f.shape))
    lines: dict[int, list[tuple[int, int]]] = {}
    for item in ordered:
        buckets = range(item.start >> 12, (item.end >> 12) + 1)
        if any(s < item.end and item.start < e for b in buckets for s, e in lines.get(b, ())):
            continue
        for b in buckets:
            lines.setdefault(b, []).append((item.start, item.end))
        taken.append((item.start, item.end))
        kept.append(item)
    return sorted(kept, key=lambda f: (f.start, f.end))


def _merged(found: list[_Found]) -> list[_Found]:
    """Numbered parts of one variable (`KEY_1`, `KEY_2` ...) whose values are too short to be keys are one credential."""
    rows: list[_Found] = []
    first: dict[str, int] = {}
    for item in found:
        parts = _MERGED_PARTS.match(item.name)
        if item.rank != "named" or parts is None or item.placeholder or len(item.value) >= 24:
            rows.append(item)
            continue
        base = parts.group(1)
        if base in first:
            before = rows[first[base]]
            rows[first[base]] = replace(before, end=item.end, value=before.value + item.value, encoding="split")
        else:
            first[base] = len(rows)
            rows.append(item)
    return rows


def _with_comment(text: str, start: int) -> int:
    """Where the comment right above a line begins; the line itself without one."""
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start

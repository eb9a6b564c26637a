"""Values that only their name makes a credential: `NAME=value` in environment files and their like, quoted in code.

Knows how such lines are written in dotenv, CI, Docker, Compose, Kubernetes and program files; knows no vendor and does not
say what is live: the scanner asks the catalog whose name it is.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left
from collections.abc import Iterator

from auditor.lazily import dataclass, regex
from auditor.readers.secrets.place import FilePlace
from auditor.readers.secrets.text import decode_base64
from auditor.source.tree import Entry

__all__ = ["Named", "named_values"]

MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Named:
    """A value under a name.

    `reference`: it points elsewhere (`${X}`) and is baked in all the same; `loose`: it stands in code or configuration,
    where names are less telling; `marked`: it says itself that it is a stand-in.
    """

    name: str
    value: str
    start: int
    end: int
    reference: bool = False
    loose: bool = False
    marked: bool = False
    encoding: str = ""

    def __repr__(self) -> str:
        return f"<{self.name} at {self.start}>"


_KEYISH = r"(?i:(?:[A-Za-z_][A-Za-z0-9_.\-]{0,60})?(?:key|token|secret|_pat|credentials?)(?:_?(?:\d{1,2}|dev|prod|test|live|staging))?)"
_MAX_NAME = 61
_OF_NAMES = frozenset(string.ascii_letters + string.digits + "_.-")
_PAIR = regex(
    rf"""(?m)^[ \t]*(?:export[ \t]+|set[ \t]+|setx?[ \t]+|-[ \t]+|\$env:|[A-Z]+[ \t]+)*["']?(?P<name>{_KEYISH})["']?"""
    r"""[ \t]*(?P<sep>[:=])(?P<value>[^\r\n]*)"""
)
_INLINE = regex(rf"(?:^|[\s;&|])(?P<name>{_KEYISH})=(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s;&|\"']+)")
_DOCKER_ENV = regex(r"(?im)^[ \t]*(?:ENV|ARG)[ \t]+(?P<rest>(?:[^\r\n\\]|\\\r?\n|\\.)*)")
_DOCKER_PAIR = regex(rf"(?P<name>{_KEYISH})(?:=|[ \t]+)(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s\"']+)")
_LISTED = regex(
    rf"""["']?name["']?[ \t]*:[ \t]*["']?(?P<name>{_KEYISH})["']?[ \t]*,?[ \t]*\r?\n[ \t]*["']?value["']?[ \t]*:[ \t]*(?P<value>[^\r\n]+)"""
)
_QUOTED = regex(
    rf"""(?P<name>{_KEYISH})["'\])]{{0,3}}(?:[ \t]{{0,4}}:[ \t]{{0,4}}[A-Za-z]{{3,12}})?[ \t]{{0,4}}(?:=>|:=|=|:)[ \t]{{0,4}}"""
    r"""[fFbBrRuU]?(?P<value>"[^"\n]{3,300}"|'[^'\n]{3,300}'|`[^`\n]{3,300}`)"""
)
_REFERENCE = regex(
    r"^\$|^%\w+%$|\$\{|\$\(|\{\{|<%|^env\(|^env:|^os\.environ|getenv|process\.env|import\.meta|secrets?\.|vault:|^ref:|^arn:|^!|"
    r"^op://|^projects/|^file:|^/run/secrets|^/|^@|^\*\w+$|^keyring|ENV\[|^doppler|^sops|valueFrom|secretKeyRef"
)
_MARKED = regex(
    r"(?i)your|xxx|change.?me|replace|insert|paste|placeholder|dummy|fake|todo|fixme|example|\.\.\.|…|<.+>|\[.+\]|\*{3}|"
    r"^my[_-][a-z_-]*key$|^sk-[a-z_.-]*$|^__Secure-\w+$|^ollama$|^lm-?studio$|not.?(?:needed|required|used)|goes.?here|"
    # The same in other languages, as parts of one word: what has blanks is a sentence of a form. The text is read as Latin-1.
    r"^(?:\S*[-_.])?(?:sua|seu|tua|teu|aqui|aqu\xc3\xad|chave|clave|llave|insira|inserta|coloque|votre|cle|cl\xc3\xa9|ici|inserer|remplacer|deine?n?|"
    r"ihren?|schl(?:ue|\xc3\xbc)ssel|einf(?:ue|\xc3\xbc)gen|chiave|inserisci|jouw|sleutel|klucz|twoj|tutaj|anahtar\w*|buraya|kunci)(?:[-_.]\S*)?$"
)
_KUBERNETES_SECRET = regex(r"(?m)^kind:[ \t]*[\"']?Secret\b")
_KUBERNETES = regex(r"(?m)^apiVersion:.*\n(?:.*\n){0,3}?kind:|^kind:[ \t]*\w+")
_SECTION = regex(r"(?m)^[ \t]*(?P<name>[A-Za-z]+):[ \t]*(?:#.*)?$|^---")


def named_values(entry: Entry, place: FilePlace, text: str, spots: tuple[int, ...]) -> Iterator[Named]:
    """The named values of a file, empty ones left out.

    Args:
        entry: The file.
        place: What it is.
        text: Its text, one character a byte.
        spots: Where quoted values under key-like names stand, for program and configuration files.
    """
    match place.kind:
        case "env-file":
            yield from _pairs(text, comments=True)
        case "docker" if "compose" not in entry.path.lower():
            yield from _docker(text)
        case "ci-file" | "docker":
            yield from _workflow(text)
        case "notebook":
            return
        case _ if entry.language == "yaml" and _KUBERNETES.search(text[:20_000]):
            yield from _kubernetes(text)
        case _ if place.stands_in or place.program or place.config:
            yield from _quoted(text, spots)
        case _:
            return


def _clean(raw: str, start: int, comments: bool) -> tuple[str, int, int]:
    """A raw value without quotes and trailing comment, and its place."""
    lead = len(raw) - len(raw.lstrip(" \t"))
    body, at = raw[lead:].rstrip(), start + lead
    if body[:1] in {'"', "'", "`"}:
        close = body.find(body[0], 1)
        if close > 0:
            return body[1:close], at + 1, at + close
        body, at = body[1:], at + 1
    elif comments:
        body = re.split(r"\s+#|^#", body, maxsplit=1)[0].rstrip()
    body = body.rstrip(",;")
    return body, at, at + len(body)


def _pairs(text: str, comments: bool) -> Iterator[Named]:
    for count, match in enumerate(_PAIR.finditer(text)):
        if count > MAX_LINES:
            return
        value, start, end = _clean(match.group("value"), match.start("value"), comments)
        if value and not _REFERENCE.search(value):
            yield Named(match.group("name"), value, start, end)


def _docker(text: str) -> Iterator[Named]:
    for line in _DOCKER_ENV.finditer(text):
        for match in _DOCKER_PAIR.finditer(line.group("rest")):
            base = line.start("rest")
            value, start, end = _clean(match.group("value"), base + match.start("value"), comments=False)
            if value:
                yield Named(match.group("name"), value, start, end, reference=bool(_REFERENCE.search(value)))


def _workflow(text: str) -> Iterator[Named]:
    """CI and Compose files: `NAME: value`, `- NAME=value`, and assignments in command lines. References are no values."""
    seen: set[int] = set()
    for pattern in (_PAIR, _INLINE, _LISTED):
        for match in pattern.finditer(text):
            value, start, end = _clean(match.group("value"), match.start("value"), comments=True)
            if value and start not in seen and not _REFERENCE.search(value) and match.group("name").isupper():
                seen.add(start)
                yield Named(match.group("name"), value, start, end)


def _kubernetes(text: str) -> Iterator[Named]:
    """Manifests: environment entries, and the data of Secrets, which is base64."""
    for match in _LISTED.finditer(text):
        value, start, end = _clean(match.group("value"), match.start("value"), comments=True)
        if value and not _REFERENCE.search(value):
            yield Named(match.group("name"), value, start, end)
    sections = [(m.start(), m.group("name") or "") for m in _SECTION.finditer(text)]
    secret = bool(_KUBERNETES_SECRET.search(text))
    for match in _PAIR.finditer(text):
        value, start, end = _clean(match.group("value"), match.start("value"), comments=True)
        if (
            not value
            or match.group("sep") != ":"
            or _REFERENCE.search(value)
            or match.group("name") in {"key", "token"}
        ):
            continue
        section = sections[bisect_left(sections, (match.start(), "")) - 1][1] if sections else ""
        if section.startswith("encrypted"):
            continue
        if section == "data" and secret:
            plain = decode_base64(value)
            if plain:
                yield Named(match.group("name"), plain, start, end, encoding="base64")
        elif section in {"data", "stringData"} or match.group("name").isupper():
            yield Named(match.group("name"), value, start, end)


def _quoted(text: str, spots: tuple[int, ...]) -> Iterator[Named]:
    """Quoted values under key-like names in code and configuration, where the prefilter saw one."""
    seen: set[int] = set()
    for spot in spots:
        first = spot
        while first > max(0, spot - _MAX_NAME) and text[first - 1] in _OF_NAMES:
            first -= 1
        tries = (_QUOTED.match(text, at, spot + 420) for at in range(first, spot + 1))
        match = next((m for m in tries if m is not None), None)
        if match is None or match.start("value") in seen:
            continue
        seen.add(match.start("value"))
        value = match.group("value")[1:-1]
        if not (_REFERENCE.search(value) or _same_words(match.group("name"), value)):
            start, end = match.start("value") + 1, match.end("value") - 1
            yield Named(match.group("name"), value, start, end, loose=True, marked=bool(_MARKED.search(value)))


def _same_words(name: str, value: str) -> bool:
    """Whether the value is only a name itself: `API_KEY = "openai_api_key"`, `env_var: "OPENAI_API_KEY"`."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.\-]*", value) or re.search(
        r"(?i)your|xxx|here|replace|insert|paste", value
    ):
        return False
    return bool(
        re.fullmatch(
            r"[A-Z][A-Z0-9_]+|(?:[a-z]+[_\-.])*(?:api_?)?(?:key|token|secret)s?|[a-z]+[A-Z]\w*(?:Key|Token)", value
        )
    )

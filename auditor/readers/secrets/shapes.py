"""The catalog's key patterns made ready for scanning: boundaries, anchors, and who a shape or a name belongs to.

Knows how the catalog describes keys; knows nothing of files. Vendors come from data alone: a shape's own vendor, the
vendors that a variable's name, a host or an import in the text points at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from auditor.catalog.schema import KeyPattern, ResellerPattern, Vendor
from auditor.lazily import dataclass, regex
from auditor.readers.secrets.text import word_set

__all__ = ["Shape", "Vendors", "name_tokens"]

# A key starts where no key character stands before it, after an escape (`\n` in JSON) or after a URL escape (`%3D`).
BEFORE = r"(?:(?<![A-Za-z0-9_\-])|(?<=\\[nrtu\"'])|(?<=%[0-9A-Fa-f]{2}))"
AFTER = r"(?![A-Za-z0-9_\-])"

_KEY_TOKENS = frozenset(
    {"KEY", "KEYS", "APIKEY", "TOKEN", "SECRET", "PAT", "CREDENTIAL", "CREDENTIALS", "AUTH", "APITOKEN", "BEARER"}
)
_NOT_A_KEY = word_set(
    "MAX MIN LIMIT COUNT PRICE COST BUDGET TOTAL PUBLIC HASH PREFIX CACHE IDEMPOTENCY PARTITION SORT FOREIGN STORAGE LOOKUP "
    "ROUTING DEDUP I18N"
)
_SHORT_WORD = 3
_STAGES = frozenset(
    {"DEV", "PROD", "PRODUCTION", "STAGING", "TEST", "LIVE", "LOCAL", "BACKUP", "OLD", "NEW", "V"}
) | word_set("PRO FREE PAID")
_GENERIC = (
    _KEY_TOKENS
    | _STAGES
    | word_set(
        "API MY LLM AI MODEL CLIENT X HTTP HEADER HEADERS AUTHORIZATION PROVIDER EMBEDDING EMBEDDINGS INFERENCE CHAT DEFAULT "
        "ACCESS ACCOUNT VENDOR SERVICE SERVICES APP CONFIG SETTINGS SELF THIS PRIMARY SECONDARY DEFAULTS VALUE USER AGENT "
        "OPTS OPTIONS PARAMS ENV PROCESS OS ENVIRON GETENV SETENV EXPORT CONST LET VAR STRING"
    )
)
_CLIENT_PREFIXES = (
    "NEXT_PUBLIC_", "VITE_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "PUBLIC_", "GATSBY_", "VUE_APP_", "NG_APP_",
    "SNOWPACK_PUBLIC_",
)  # fmt: skip
# Stems of variable names and imports that are words of their own and so name no vendor.
_PLAIN_WORDS = word_set(
    "AI GOOGLE AZURE GITHUB GH TOGETHER HYPER MODEL LLM CO CF API AWS OPENAI_ADMIN VERCEL LAMBDA DATA BASE CLOUD "
    "ACCESS MODELS SECRET BEARER TOKEN Z AI_GATEWAY AZURE_AI GATEWAY DASH NOVA EXA FAL GLM META LOCAL HELICONE "
    "ANYSCALE"
)


@lru_cache(maxsize=8192)
def name_tokens(name: str) -> tuple[str, ...]:
    """A variable's name as upper-case words: `geminiApiKey_2` -> GEMINI, API, KEY (client prefixes and numbers dropped)."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    spaced = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", spaced)
    upper = re.sub(r"[^A-Z0-9]+", "_", spaced.upper()).strip("_")
    for prefix in _CLIENT_PREFIXES:
        upper = upper.removeprefix(prefix)
    return tuple(t for t in upper.split("_") if t and not t.isdigit())


def is_client_name(name: str) -> bool:
    """Whether a build tool copies a variable of this name into what users get."""
    return name.startswith(_CLIENT_PREFIXES)


@dataclass(frozen=True, slots=True)
class Shape:
    """One key pattern of one vendor, with boundaries added. `anchor`: a literal in every match, lower-cased never."""

    id: str
    vendor: str  # inventory name
    certainty: str  # prefix | semi | context
    regex: re.Pattern[str]
    whole: re.Pattern[str]  # the whole of a value
    core: str  # the pattern without boundaries
    anchor: str
    validator: str
    public_prefix: str
    elsewhere: re.Pattern[str] | None = None  # words near a key that say it is another service's
    own: re.Pattern[str] | None = None  # words that name the vendor's service for models itself


def _shape(pattern: KeyPattern, inventory: str) -> Shape:
    bounded = regex(f"{BEFORE}(?:{pattern.regex}){AFTER}")
    prefix = pattern.public_prefix or (pattern.anchor if pattern.regex.startswith(re.escape(pattern.anchor)) else "")
    elsewhere = regex("(?i)" + "|".join(map(re.escape, pattern.elsewhere))) if pattern.elsewhere else None
    return Shape(
        id=pattern.id,
        vendor=inventory,
        certainty=pattern.certainty,
        regex=bounded,
        whole=regex(rf"(?:{pattern.regex})\Z"),
        core=pattern.regex,
        anchor=pattern.anchor,
        validator=pattern.validator,
        public_prefix=prefix,
        elsewhere=elsewhere,
        own=regex("(?i)" + "|".join(map(re.escape, pattern.words))) if pattern.elsewhere and pattern.words else None,
    )


@dataclass(frozen=True, slots=True)
class Mention:
    """A vendor named in a text at an offset."""

    at: int
    vendor: str


class Vendors:
    """Who a name, a host or a word points at, made once from the catalog."""

    def __init__(self, vendors: Iterable[Vendor], resellers: Iterable[ResellerPattern] = ()) -> None:
        """Index the vendors' key variables, hosts, imports and key patterns, and the key patterns of resellers."""
        self._by_name: dict[str, str] = {}
        self._by_stem: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._categories: dict[str, str] = {}
        self._advice: dict[str, tuple[str, str]] = {}
        shapes: list[Shape] = []
        for vendor in vendors:
            self._categories.setdefault(vendor.inventory, vendor.category)
            self._add_names(vendor)
            revoke = next((p.revoke for p in vendor.keys if p.revoke), "")
            variable = next(iter((*vendor.key_env, *(n for p in vendor.keys for n in p.env))), "")
            if revoke or variable:
                self._advice.setdefault(vendor.inventory, (revoke, variable))
            shapes += [_shape(p, vendor.inventory) for p in vendor.keys]
        shapes += [_shape(p, f"other:{reseller.id}") for reseller in resellers for p in reseller.keys]
        self.shapes: tuple[Shape, ...] = tuple(shapes)
        self._mention = _word_finder(self._words)
        self._spelled = {_squeezed(w): v for w, v in sorted(self._words.items(), reverse=True)}
        self._memo: dict[str, str] = {}

    def _add_names(self, vendor: Vendor) -> None:
        keyed = vendor.category in {"vendor", "gateway", "local"} or bool(vendor.keys)
        names = [*vendor.key_env, *(n for p in vendor.keys for n in p.env)]
        for name in names if keyed else ():
            self._by_name.setdefault("_".join(name_tokens(name)), vendor.inventory)
            stem = _stem(name)
            if stem and stem not in _PLAIN_WORDS and len(stem) > 1:
                self._by_stem.setdefault(stem, vendor.inventory)
                if len(stem) >= 4:
                    self._words.setdefault(stem.lower().replace("_", ""), vendor.inventory)
        for word in (w for p in vendor.keys for w in p.words):
            self._words.setdefault(word.lower(), vendor.inventory)
            self._by_stem.setdefault(re.sub(r"[^A-Z0-9]+", "_", word.upper()).strip("_"), vendor.inventory)
        hosts = [h.pattern for h in vendor.hosts] + [h for p in vendor.keys for h in p.hosts]
        for host in hosts if keyed else ():
            literal = max(host.split("/")[0].split("*"), key=len).strip(".").lower()
            if len(literal) >= 6 and "." in literal and not literal.startswith("localhost"):
                self._words.setdefault(literal, vendor.inventory)
        for module in vendor.imports if keyed else ():
            if len(module) >= 5 and module.upper() not in _PLAIN_WORDS:
                self._words.setdefault(module.lower(), vendor.inventory)

    def words_of(self, vendors: Iterable[str]) -> tuple[str, ...]:
        """The words that name these vendors."""
        wanted = set(vendors)
        return tuple(sorted(w for w, v in self._words.items() if v in wanted))

    def advice(self, vendor: str) -> tuple[str, str]:
        """Where a key of the vendor is revoked, and the environment variable that it belongs in."""
        return self._advice.get(vendor, ("", ""))

    def is_paid(self, vendor: str) -> bool:
        """Whether the vendor sells or routes model calls (an observer or vector store does not)."""
        return self._categories.get(vendor, "vendor") in {"vendor", "gateway", "local"}

    def of_name(self, name: str) -> str:
        """The vendor of a variable's name that ends in a key word; empty where it names none."""
        if name not in self._memo:
            if len(self._memo) > 4096:
                self._memo.clear()
            self._memo[name] = self._of_name(name)
        return self._memo[name]

    def _of_name(self, name: str) -> str:
        tokens = name_tokens(name)
        while tokens and tokens[-1] in _STAGES:
            tokens = tokens[:-1]
        if not tokens or tokens[-1] not in _KEY_TOKENS or set(tokens) & _NOT_A_KEY:
            return ""
        while tokens and (tokens[0] in _STAGES or tokens[0] in {"MY", "THE", "APP"}):
            tokens = tokens[1:]
        exact = self._by_name.get("_".join(tokens))
        if exact:
            return exact
        for size in (3, 2, 1):
            for start in range(len(tokens) - size):
                stem = "_".join(tokens[start : start + size])
                if stem in self._by_stem and len(tokens) - start - size <= 3:
                    return self._by_stem[stem]
                if stem.replace("_", "") in self._by_stem and stem not in _PLAIN_WORDS:
                    return self._by_stem[stem.replace("_", "")]
        return ""

    @staticmethod
    def is_key_name(name: str) -> bool:
        """Whether a name says that it holds a key, whoever's: nothing in it but words that any key's name may have."""
        tokens = name_tokens(name)
        return bool(set(tokens) & (_KEY_TOKENS | {"AUTHORIZATION"})) and all(t in _GENERIC for t in tokens)

    def names_any(self, data: bytes) -> bool:
        """Whether the bytes name any vendor at all."""
        return self._mention.search(data) is not None

    def mentions(self, text: str) -> list[Mention]:
        """Where the text (one character a byte) names vendors, in order."""
        found = []
        for match in self._mention.finditer(text.encode("latin-1", "replace")):
            start, end = match.span()
            short = end - start <= _SHORT_WORD  # chance spells it in every long digest
            if short and (
                text[start - 1 : start].isalnum() or text[end : end + 1].islower() or text[end : end + 1].isdigit()
            ):
                continue
            if start == 0 or not text[start - 1].isalpha():
                vendor = self._spelled.get(_squeezed(match.group().decode("latin-1")))
                if vendor:
                    found.append(Mention(start, vendor))
        return found


def _squeezed(word: str) -> str:
    return re.sub(r"[-_ .]", "", word.lower())


def spelled_as_pattern(words: Iterable[str]) -> str:
    """A regular expression for the words, the longest first, with or without separators, in any case."""
    longest_first = sorted(words, key=lambda w: (-len(w), w))
    return "(?i)(?:" + "|".join(re.escape(w).replace(r"\-", "_").replace("_", "[-_ .]?") for w in longest_first) + ")"


def _word_finder(words: Iterable[str]) -> re.Pattern[bytes]:
    pattern = spelled_as_pattern(words).encode() if words else b"(?:$.)"
    try:
        import re2
    except ImportError:
        return re.compile(pattern)
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    compiled: re.Pattern[bytes] = re2.compile(pattern, options)
    return compiled


def _stem(name: str) -> str:
    """What stands before the key words of a variable's name: OPENAI_API_KEY -> OPENAI."""
    tokens = list(name_tokens(name))
    while tokens and (tokens[-1] in _KEY_TOKENS or tokens[-1] in {"API", "HUB", "MASTER", "SALT", "V1"}):
        tokens.pop()
    return "_".join(tokens)

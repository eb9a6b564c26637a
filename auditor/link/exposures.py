"""Keys that users can get at although no key stands in the code: public names, browser storage, URLs, inlined environment.

Works on the text of each file with its comments left out, because the same few spellings are used in every language and
most of these files hold no call. A row stands where the key is read (a storage: where it is written).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from auditor.catalog.bundlers import Bundlers, bundlers
from auditor.catalog.index import Catalog
from auditor.catalog.schema import Vendor
from auditor.lazily import dataclass, regex
from auditor.link.client_side import ClientSide
from auditor.link.js_graph import SCRIPT_SUFFIXES
from auditor.link.key_names import KeyNames
from auditor.link.logged_keys import KEY_PATTERN, SINK_PATTERNS, logged_keys
from auditor.model.facts import Credential, Exposure, Role
from auditor.model.location import Span

_MOBILE = (".kt", ".java", ".swift", ".dart")
_OTHER = (".py", ".rs", ".go", ".cs", ".php", ".rb", *_MOBILE)
_MAX_TEXT = 1_500_000
_COMMENT = regex(r"^\s*(?://|\*|/\*|<!--)")
_HASH_COMMENT = regex(r"^\s*#")

_READ = regex(
    r"""(?:\benv\)?\s*\??\.\s*|\benv\)?\s*\??\.?\[\s*["'`]|\b(?:env\.get|getenv|get|getEnv|env)\(\s*["'`]|\bConfig\."""
    r"""|\bextra\s*\??\.\s*|\bextra\s*\??\.?\[\s*["'`])([A-Za-z][A-Za-z0-9_]{3,80})"""
)
_ASSIGNED = regex(r"""["'`]?\]?\s*=(?!=|>)""")
_ANY_KEY = frozenset(["API_KEY", "APIKEY", "KEY", "AI_KEY", "AI_API_KEY", "LLM_KEY", "LLM_API_KEY", "MODEL_API_KEY"])
_NAMED_IMPORT = regex(
    r"""import\s*\{([^}]{1,2000})\}\s*from\s*["'](@env|react-native-dotenv|\$env/static/public)["']"""
)
_PUBLIC_CONFIG = regex(
    r"""\bpublic\s*\??\.\s*(?P<name>\w{3,60})\b|\bpublic\s*:\s*\{(?P<names>[\w\s,]{3,300})\}\s*\}\s*=\s*useRuntimeConfig\b"""
)
_MOBILE_READ = regex(
    r"""\bBuildConfig\.(\w+)|\bfromEnvironment\(\s*["'](\w+)["']|\bdotenv\.(?:env\[|get\(|maybeGet\()\s*["'](\w+)["']"""
    r"""|forInfoDictionaryKey:\s*"(\w+)"|infoDictionary\??\[\s*"(\w+)"|\bEnv\.(\w+)"""
)
_STORAGE = regex(
    r"""(?:\b(?:window\.)?(?:localStorage|sessionStorage|AsyncStorage|EncryptedStorage|SecureStore|Preferences|LocalStorage)"""
    r"""|\b(?:chrome|[bB]rowser)\.storage\.(?:sync|local|session|managed)|\b\w*[sS]to(?:rage|re)(?:Area)?|\bsecrets)\s*\??\.\s*"""
    r"""(?P<verb>setItemAsync|setItem|set|store|getItemAsync|getItem|get)\s*(?:<[^>()]{0,80}>)?\(|\b(?P<hook>GM_setValue|GM_getValue"""
    r"""|use(?:Session|Local|Chrome|Async)?Storage\w*|use(?:Persisted|Persistent|Sticky)State|persist(?:ed|ent)\w*|atomWithStorage|localStorageStore)\s*(?:<[^>()]{0,80}>)?\("""
)
_MOBILE_STORAGE = regex(
    r"""\bstringPreferencesKey\(\s*"([\w.-]+)"|\.\s*(?:putString|setString|getString)\(\s*["']([\w.-]+)["']"""
    r"""|@AppStorage\(\s*"([\w.-]+)"|\bforKey:\s*"([\w.-]+)"|\b(?:write|read)\(\s*key:\s*["']([\w.-]+)["']"""
)
_STORAGE_WORDS = ("torage", "GM_", "SecureStore", "Preferences", "tore.", "tore?.", "ersist", "secrets.")
_URL_KEYS = (
    re.compile(r"""[?&](?P<name>key|api[_-]?key|apiKey)=(?:\$\{|\{|["'`]\s*[+.,)]|%s|%v|%@|\\\(|\$\w)"""),
    re.compile(r"""params\s*[=:]\s*\{[^{}]{0,200}?["']?\b(?P<name>key|api_key)["']?\s*:\s*(?!["'])"""),
    re.compile(r"""searchParams\.(?:set|append)\(\s*["'](?P<name>key|api_key)["']\s*,\s*(?!["'])"""),
    re.compile(r"""queryParameters\s*:\s*\{[^{}]{0,200}?["'](?P<name>key)["']\s*:"""),
)
_GIVEN = regex(r"[?&]\w+=\$?\{?(?:[\w$]+\.)*([\w$]+)")
_URL_PATTERN = (
    r"[?&](?:key|api[_-]?key|apiKey)=|params\s*[=:]\s*\{|searchParams\.(?:set|append)\(|queryParameters\s*:\s*\{"
)
_IMPORTED_PATTERN = r"@env|react-native-dotenv|\$env/static/public|react-native-config|useRuntimeConfig"
# What `_Search` asks of each file, by the order of `_patterns`.
_PUBLIC, _IMPORTED, _OVERRIDDEN, _STORED, _IN_URL, _NAMES_KEY, _OF_VENDOR, _LOGGED_JS, _LOGGED_PY = range(9)
_EVERYTHING = frozenset(range(9))
_HOST = regex(r"https?://([A-Za-z0-9.-]+\.[A-Za-z]{2,})")
_SETTINGS = regex(r"setting|config|credential|preference|api_?keys?|provider", re.IGNORECASE)
_FUNCTION = regex(r"\b(?:function\s+|const\s+|async\s+)(\w+)\s*(?:=\s*(?:async\s*)?)?\(")
_KEY_PROPERTY = regex(r"""["']?\b(\w{0,60}(?:api_?keys?|Api_?[Kk]ey|API_KEY)\w{0,60})["']?\s*\??\s*:""", re.IGNORECASE)
_NEW = regex(r"\bnew\s+(\w+)\(")
_DEFINES = regex(
    r"\b(?:define|env|extra|publicRuntimeConfig)\s*:\s*\{|\bnew\s+(?:webpack\.)?(?:DefinePlugin|EnvironmentPlugin)\(\s*[{\[]|\bpublic\s*:\s*\{"
)
_DEFINE_FILES = regex(
    r"(^|/)(vite|next|nuxt|webpack|rollup|astro|vue|craco|app|rspack|rsbuild|electron\.vite|wxt|esbuild|build|config-overrides)"
    r"[\w.-]*\.(config\.)?[cm]?[jt]s$|\.config\.[cm]?[jt]s$"
)
_ENTRY = regex(r"""^\s*["'`]?(?P<name>[\w.]+)["'`]?\s*:\s*(?P<value>.*)$|^\s*["'](?P<bare>\w+)["']\s*,?\s*$""")
_ENV_NAME = regex(r"""\benv(?:\.|\[["'])(\w+)|\bloadEnv\([^)]*\)\.(\w+)""")
_STRING = regex(r"""["'`]([^"'`\n]{1,100})["'`]""")
_CONSTANT = (
    r"""\b(?:const|let|var|static|readonly|final|export\s+const)\s+{name}\b[^=\n]{{0,40}}=\s*["'`]([^"'`\n]+)["'`]"""
)


Sorter = Callable[[Sequence[str]], Callable[[str], frozenset[int]]]
"""Patterns to the function that says, of a path, which of them match in that file."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """Credential rows (client-env, client-storage, url-param), and what else hands a key or call to users."""

    credentials: tuple[Credential, ...] = ()
    exposures: tuple[Exposure, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    path: str
    offset: int
    vendor: str
    name: str
    write: bool = True
    guessed: bool = False  # the name speaks of no vendor; it is one that the file speaks of


def find_exposures(
    catalog: Catalog,
    paths: Iterable[str],
    read: Callable[[str], str | None],
    client: ClientSide,
    roles: Mapping[str, Role],
    known: Bundlers | None = None,
    sorter: Sorter | None = None,
) -> Exposed:
    """Search the repository's program files.

    Args:
        catalog: vendors, their hosts and names of key variables.
        paths: the files to search; those of other kinds are passed over.
        read: text of a file; None where it cannot be read.
        client: decides what ships.
        roles: what a file is for; application code where it is not said.
        known: facts about bundlers; None for the built-in ones.
        sorter: finds out which of some patterns match in a file, faster than reading it here; None to read all.
    """
    known = known or bundlers()
    sort = sorter(_patterns(known, KeyNames(catalog, known))) if sorter is not None else lambda path: _EVERYTHING
    return _Search(catalog, tuple(sorted(paths)), read, client, roles, known, sort).run()


def _patterns(known: Bundlers, names: KeyNames) -> list[str]:
    """Of each question, what every text with an answer matches."""
    return [
        "|".join(map(re.escape, sorted(known.public_env))),
        _IMPORTED_PATTERN,
        "|".join(map(re.escape, sorted(known.browser_overrides))),
        "|".join(map(re.escape, _STORAGE_WORDS)),
        _URL_PATTERN,
        KEY_PATTERN,
        names.pattern(),
        SINK_PATTERNS["javascript"],
        SINK_PATTERNS["python"],
    ]


class _Search:
    def __init__(
        self,
        catalog: Catalog,
        paths: tuple[str, ...],
        read: Callable[[str], str | None],
        client: ClientSide,
        roles: Mapping[str, Role],
        known: Bundlers,
        sort: Callable[[str], frozenset[int]],
    ) -> None:
        self._sort = sort
        self._catalog = catalog
        self._paths = paths
        self._read = read
        self._client = client
        self._roles = roles
        self._known = known
        self._names = KeyNames(catalog, known)
        self._prefixes = tuple(known.public_env)
        self._texts: dict[str, str] = {}
        self._stored: list[_Hit] = []
        self._credentials: list[Credential] = []
        self._exposures: list[Exposure] = []

    def run(self) -> Exposed:
        scripts = [p for p in self._paths if p.endswith(SCRIPT_SUFFIXES) and not p.endswith(".d.ts")]
        inlined = self._inlined(scripts)
        for path in scripts:
            may = self._sort(path)
            if may or inlined:
                self._script(path, may, inlined)
        for path in self._paths:
            if path.endswith(_OTHER):
                self._other(path, self._sort(path))
        self._write_storage()
        own = {c.vendor for c in self._credentials if c.kind == "client-storage"}
        public = {c.vendor for c in self._credentials if c.kind == "client-env"}
        exposures = [_owned(e, own - public) for e in self._exposures]
        return Exposed(
            tuple(sorted(self._credentials, key=lambda c: (c.at, c.kind, c.vendor))),
            tuple(sorted(exposures, key=lambda e: (e.at, e.kind, e.vendor))),
        )

    def _script(self, path: str, may: frozenset[int], inlined: Mapping[str, str]) -> None:
        text = self._text(path)
        if not text:
            return
        if inlined or may & {_PUBLIC, _IMPORTED}:
            self._public_names(path, text, inlined)
        if _OVERRIDDEN in may:
            self._overrides(path, text)
        if _STORED in may:
            self._stored += self._storage(path, text)
        if _IN_URL in may:
            self._url_keys(path, text)
        if may >= {_LOGGED_JS, _NAMES_KEY, _OF_VENDOR}:
            self._logged(path, text, "javascript")

    def _other(self, path: str, may: frozenset[int]) -> None:
        logs = path.endswith(".py") and may >= {_LOGGED_PY, _NAMES_KEY, _OF_VENDOR}
        text = self._text(path) if _IN_URL in may or logs or path.endswith(_MOBILE) else ""
        if not text:
            return
        if _IN_URL in may:
            self._url_keys(path, text)
        if logs:
            self._logged(path, text, "python")
        if path.endswith(_MOBILE) and self._role(path) is not Role.TEST:
            self._mobile(path, text)
            self._stored += self._kept_on_device(path, text)

    # ------------------------------------------------------------------ helpers

    def _text(self, path: str) -> str:
        text = self._read(path)
        return "" if text is None or len(text) > _MAX_TEXT else text

    def _commented(self, path: str, text: str, offset: int) -> bool:
        start = text.rfind("\n", 0, offset) + 1
        line = text[start:offset]
        if _COMMENT.match(line) or re.search(r"(?<![:\w\"'`])//", line):
            return True
        return path.endswith((".py", ".rb")) and _HASH_COMMENT.match(line) is not None

    def _span(self, path: str, text: str, offset: int) -> Span:
        line = text.count("\n", 0, offset) + 1
        column = offset - (text.rfind("\n", 0, offset) + 1)
        return Span(path, line, column, line, column)

    def _ships(self, path: str, at: Span) -> bool | None:
        return self._client.ships(path, at) if path.endswith(SCRIPT_SUFFIXES) else None

    def _role(self, path: str) -> Role:
        return self._roles.get(path, Role.APP)

    def _row(self, path: str, text: str, offset: int, vendor: str, kind: str, name: str, ships: bool | None) -> None:
        """Add a credential row; a second one of the same kind and vendor in a file is the same finding.

        A key in a URL leaks wherever one is built: each line that does is one.
        """
        at = self._span(path, text, offset)
        same = (c for c in self._credentials if c.at.path == path and c.kind == kind and c.vendor == vendor)
        if any(kind != "url-param" or c.at.line == at.line for c in same):
            return
        self._credentials.append(
            Credential(at, vendor, kind, placeholder=True, role=self._role(path), name=name, client_side=ships)
        )

    # ------------------------------------------------------------------ names that ship

    def _public_names(self, path: str, text: str, inlined: Mapping[str, str]) -> None:
        if any(prefix in text for prefix in self._prefixes):
            for match in _READ.finditer(text):
                name = match[1]
                prefix = self._known.public_prefix(name)
                vendor = self._names.vendor(name[len(prefix) :], text) if prefix else ""
                if not vendor and prefix and name[len(prefix) :] in _ANY_KEY:
                    vendor = self._hosted(text)
                if vendor and not _ASSIGNED.match(text, match.end()) and not self._commented(path, text, match.start()):
                    at = self._span(path, text, match.start(1))
                    self._row(path, text, match.start(1), vendor, "client-env", name, self._ships(path, at))
        for match in _NAMED_IMPORT.finditer(text):
            for name in re.findall(r"\w+", match[1]):
                vendor = self._names.vendor(name.removeprefix("PUBLIC_"), text)
                if vendor:
                    self._row(path, text, match.start(), vendor, "client-env", name, True)
        if "react-native-config" in text:
            for match in re.finditer(r"\bConfig\.(\w+)", text):
                vendor = self._names.vendor(match[1], text)
                if vendor:
                    self._row(path, text, match.start(), vendor, "client-env", match[1], True)
        if "RuntimeConfig" in text and "public" in text:
            self._runtime_config(path, text, inlined)
        if inlined:
            self._inlined_reads(path, text, inlined)

    def _runtime_config(self, path: str, text: str, inlined: Mapping[str, str]) -> None:
        """Nuxt puts the public half of its runtime configuration into every page, whoever reads it."""
        for match in _PUBLIC_CONFIG.finditer(text):
            for found in re.finditer(r"\w+", match["name"] or match["names"]):
                name, offset = found[0], match.start("name" if match["name"] else "names") + found.start()
                vendor = self._names.vendor(name, text) or (self._hosted(text) if self._names.is_key(name) else "")
                if vendor and name not in inlined and not self._commented(path, text, offset):
                    self._row(path, text, offset, vendor, "client-env", name, True)

    def _inlined_reads(self, path: str, text: str, inlined: Mapping[str, str]) -> None:
        """Names that a bundler's configuration replaces by their value."""
        for match in _READ.finditer(text):
            vendor = inlined.get(match[1])
            if not vendor or self._known.public_prefix(match[1]) or self._commented(path, text, match.start()):
                continue
            at = self._span(path, text, match.start(1))
            if self._client.ships(path, at):
                self._row(path, text, match.start(1), vendor, "client-env", match[1], True)

    def _inlined(self, scripts: Iterable[str]) -> dict[str, str]:
        """Names that configuration files inline, with the vendor whose key they hold; rows for those that are read."""
        found: dict[str, str] = {}
        places: list[tuple[str, str, int, str, str, bool]] = []
        scripts = tuple(scripts)
        for path in scripts:
            if not _DEFINE_FILES.search(path) or "node_modules" in path:
                continue
            text = self._text(path)
            nuxt = path.rpartition("/")[2].startswith("nuxt.config.")
            for name, offset, vendor, public in self._defined(text):
                found[name] = vendor
                places.append((path, text, offset, name, vendor, public and nuxt))
        for path, text, offset, name, vendor, everywhere in places:
            reader = self._reader(scripts, name)
            if reader or everywhere:
                self._row(path, text, offset, vendor, "client-env", name, True)
                reads = f"{reader} reads it" if reader else "every page carries it, whoever reads it"
                detail = f"{name} is written into what ships; {reads}"
                at = self._span(path, text, offset)
                self._exposures.append(Exposure(at, "inlined-env", vendor, detail, self._role(path)))
        return found

    def _reader(self, scripts: Iterable[str], name: str) -> str:
        """A file that ships and reads an inlined name."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        for path in scripts:
            if _DEFINE_FILES.search(path):
                continue
            text = self._text(path)
            match = word.search(text) if name in text else None
            if match and self._client.ships(path, self._span(path, text, match.start())):
                return path
        return ""

    def _defined(self, text: str) -> Iterator[tuple[str, int, str, bool]]:
        """(name, offset, vendor, in a public part) of the entries of a configuration that inline a key."""
        for region in _DEFINES.finditer(text):
            end = _closing(text, region.end() - 1)
            offset, public = region.end(), region[0].startswith("public")
            for line in text[region.end() : end].splitlines(keepends=True):
                for start, piece in _pieces(line):
                    entry = _ENTRY.match(piece.rstrip().rstrip(","))
                    if entry is not None:
                        name = (entry["name"] or entry["bare"]).rpartition(".")[2]
                        source = next((a or b for a, b in _ENV_NAME.findall(entry["value"] or "")), "")
                        vendor = self._names.vendor(self._bare(source), text) or (
                            self._names.vendor(name, text) if source or entry["bare"] else ""
                        )
                        if vendor:
                            yield name, offset + start + len(piece) - len(piece.lstrip()), vendor, public
                offset += len(line)

    def _bare(self, name: str) -> str:
        """A name without the prefix that publishes it."""
        return name[len(self._known.public_prefix(name)) :]

    def _mobile(self, path: str, text: str) -> None:
        """Names that a mobile build writes into the app."""
        for match in _MOBILE_READ.finditer(text):
            name = next(g for g in match.groups() if g)
            vendor = self._names.vendor(name, text)
            if not vendor and self._names.is_key(name):
                vendor = self._hosted(text)
            if vendor and not self._commented(path, text, match.start()):
                self._row(path, text, match.start(), vendor, "client-env", name, True)

    def _hosted(self, text: str) -> str:
        """The one vendor whose SDK or host a file names."""
        found = {
            v.inventory
            for v in self._catalog.vendors
            if v.category in ("vendor", "gateway") and any(word in text for word in _evidence(v))
        }
        return next(iter(found)) if len(found) == 1 else ""

    # ------------------------------------------------------------------ storage

    def _kept_on_device(self, path: str, text: str) -> Iterator[_Hit]:
        """Keys in the preferences or the keychain of a mobile app."""
        for match in _MOBILE_STORAGE.finditer(text):
            name = next(g for g in match.groups() if g)
            vendor = self._names.vendor(name, text)
            if not vendor and self._names.is_key(name):
                vendor = self._hosted(text)
            if vendor and not self._commented(path, text, match.start()):
                yield _Hit(path, match.start(), vendor, name)

    def _storage(self, path: str, text: str) -> Iterator[_Hit]:
        for match in _STORAGE.finditer(text):
            if self._commented(path, text, match.start()):
                continue
            arguments = text[match.end() : min(_closing(text, match.end() - 1), match.end() + 300)]
            name = self._stored_name(text, arguments)
            vendor = self._names.vendor(name, text)
            if not name and "get" not in (match["verb"] or match["hook"]):
                name = self._stored_property(text, match, arguments)
                vendor = self._names.vendor(name, text)
            guessed = not vendor and bool(name) and "APIKEY" in re.sub(r"[^A-Za-z]", "", name).upper()
            if guessed:
                vendor = self._names.first_vendor(text)
            if vendor:
                verb = match["verb"] or match["hook"]
                yield _Hit(path, match.start(), vendor, name, "get" not in verb, guessed)

    def _stored_name(self, text: str, arguments: str) -> str:
        """The name that a key is stored under: a literal, a constant of the file, or a property."""
        first = arguments.split(",")[0].strip()
        literal = _STRING.match(first)
        if literal and self._names.is_key(literal[1]):
            return literal[1]
        if re.fullmatch(r"[\w$.]+", first):
            constant = re.search(_CONSTANT.format(name=re.escape(first.rpartition(".")[2])), text)
            value = constant[1] if constant else first
            return value if self._names.is_key(value) else ""
        words = re.findall(r"[\w-]+", arguments) if first[:1] in "{[" else []
        return next((w for w in words if self._names.is_key(w)), "")

    def _stored_property(self, text: str, match: re.Match[str], arguments: str) -> str:
        """The key among the settings that are stored as a whole: `setItem(NAME, JSON.stringify(settings))`."""
        whole = "JSON.stringify(" in arguments or re.fullmatch(r"\s*[\w$.]+\s*", arguments)
        named = _FUNCTION.findall(text, max(0, match.start() - 400), match.start())
        if not whole or not _SETTINGS.search(f"{arguments} {named[-1] if named else ''}"):
            return ""
        keys = [m[1] for m in _KEY_PROPERTY.finditer(text) if self._names.is_key(m[1])]
        return next((k for k in keys if self._names.vendor(k, text)), keys[0] if keys else "")

    def _write_storage(self) -> None:
        """One row a vendor: the key is one, however often it is written and read."""
        for name in sorted({h.name for h in self._stored if h.guessed}):
            same = [h for h in self._stored if h.guessed and h.name == name]
            told = min(same, key=lambda h: (not h.write, h.path, h.offset)).vendor
            self._stored = [replace(h, vendor=told) if h in same else h for h in self._stored]
        for vendor in sorted({h.vendor for h in self._stored}):
            hits = [h for h in self._stored if h.vendor == vendor]
            shipped = [h for h in hits if self._ships(h.path, Span(h.path, 1)) is not False] or hits
            best = min(shipped, key=lambda h: (not h.write, self._role(h.path) is not Role.APP, h.path, h.offset))
            text = self._text(best.path)
            ships = self._ships(best.path, self._span(best.path, text, best.offset))
            if ships is not False:
                self._row(best.path, text, best.offset, vendor, "client-storage", best.name, ships)

    # ------------------------------------------------------------------ URLs and overrides

    def _url_keys(self, path: str, text: str) -> None:
        for pattern in _URL_KEYS:
            for match in pattern.finditer(text):
                offset = match.start("name")
                vendor = self._vendor_near(text, match.start(), match["name"])
                if vendor and not self._commented(path, text, offset):
                    at = self._span(path, text, offset)
                    self._row(path, text, offset, vendor, "url-param", match["name"], self._ships(path, at))

    def _vendor_near(self, text: str, offset: int, name: str) -> str:
        """The vendor whose API a URL with a key belongs to."""
        line_start = text.rfind("\n", 0, offset) + 1
        before = text[max(line_start, offset - 400) : offset]
        for hosts in (_HOST.findall(before), _HOST.findall(text[max(0, offset - 300) : offset])):
            found = self._catalog.vendor_of_url("https://" + hosts[-1] + "/") if hosts else None
            if found or (hosts and _HOST.search(before)):
                return found[0].inventory if found else ""
        vendor = self._catalog.vendor(self._known.url_keys.get(name, ""))
        if vendor is None:
            return ""
        given = _GIVEN.match(text, offset)
        if given and self._names.vendor(given[1], text) == vendor.inventory:
            return vendor.inventory
        known = [h.pattern.partition("/")[0] for h in vendor.hosts]
        near = self._names.first_vendor(text[max(0, offset - 1500) : offset])
        return vendor.inventory if near == vendor.inventory or any(h in text for h in known if "*" not in h) else ""

    def _logged(self, path: str, text: str, language: str) -> None:
        for offset, vendor, name in logged_keys(text, language, self._names):
            if not self._commented(path, text, offset):
                at = self._span(path, text, offset)
                ships = self._ships(path, at)
                self._exposures.append(Exposure(at, "logged-key", vendor, name, self._role(path), ships))

    def _overrides(self, path: str, text: str) -> None:
        word = next((w for w in self._known.browser_overrides if w in text), None)
        match = None if word is None else re.search(rf"{re.escape(word)}(?![\"']?\s*:\s*(?:false|!1))", text)
        if word is None or match is None or self._commented(path, text, match.start()):
            return
        at = self._span(path, text, match.start())
        made = _NEW.findall(text, max(0, match.start() - 1500), match.start())
        told = self._catalog.vendor(self._known.browser_overrides[word])
        vendor = told.inventory if told else self._names.word_vendor(made[-1]) if made else ""
        vendor = vendor or self._hosted(text)
        detail = "the SDK is told to run in a browser"
        self._exposures.append(
            Exposure(at, "browser-override", vendor, detail, self._role(path), self._ships(path, at))
        )


def _owned(exposure: Exposure, vendors: set[str]) -> Exposure:
    """Marked as the user's own key where the app stores one and publishes none."""
    return replace(exposure, own_key=True) if exposure.vendor in vendors else exposure


def _evidence(vendor: Vendor) -> tuple[str, ...]:
    """Words that show a vendor's SDK or API in a file."""
    npm = tuple(f"{q}{p}{q}" for p in vendor.packages.get("npm", ()) for q in ("'", '"'))
    hosts = tuple(h.pattern.partition("/")[0] for h in vendor.hosts if "*" not in h.pattern.partition("/")[0])
    imports = tuple(i for shape in vendor.lexical for i in shape.imports)
    return (*npm, *hosts, *imports)


def _closing(text: str, opening: int) -> int:
    """The offset of the bracket that closes the one at `opening`, within some thousand characters."""
    depth = 0
    for offset in range(opening, min(len(text), opening + 6000)):
        character = text[offset]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return offset
    return min(len(text), opening + 6000)


def _pieces(line: str) -> Iterator[tuple[int, str]]:
    """The entries of one line of an object: usually one, several where it is written in a row."""
    start = depth = 0
    for offset, character in enumerate(line):
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            yield start, line[start:offset]
            start = offset + 1
    yield start, line[start:]

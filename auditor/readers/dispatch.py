"""Which readers look at a file, cheapest question first. The one place that knows all readers."""

from __future__ import annotations

from hashlib import blake2b

from auditor.catalog.index import Catalog
from auditor.catalog.words import dependence_words
from auditor.errors import UnreadableFile
from auditor.lazily import dataclass
from auditor.model.facts import Control, Credential, Dependency, EnvFile, FreeTier, Reseller, Role, Schedule, Unread
from auditor.model.location import Span
from auditor.prefilter import Prefilter, searcher
from auditor.readers.base import FileFacts, LexicalCall
from auditor.readers.manifests import is_manifest, read_manifest
from auditor.readers.schedules.dispatch import may_hold_schedules, read_schedules
from auditor.readers.secrets import SecretScanner
from auditor.readers.secrets.place import is_plain
from auditor.readers.settings_files import ADDRESSED
from auditor.readers.spend_alerts import alert_words
from auditor.readers.statements import WORDS, read_statements
from auditor.source.select import LEXICAL_LANGUAGES, PROGRAM_LANGUAGES, decode
from auditor.source.tree import Entry

TIMER_LITERALS = (
    "cron", "schedule", "setinterval", "settimeout", "beat_schedule", "periodic", "repeat_every", "tasks.loop",
    "run_repeating", "run_daily", "time.sleep", "asyncio.sleep", "add_job", "add_interval_job", "upsertjobscheduler",
    "timer_trigger", "scheduled_job", "sleep(",
)  # fmt: skip
"""Words of which a program file with a timer in its code contains at least one, in lower case."""

TIMER_PATTERNS = (r"\brate\(",)
"""The same for what is a part of other words: half of all Python files call `enumerate(`."""

_SHELL = frozenset({"shell", "makefile", "dockerfile", "yaml", "crontab"})
"""Formats in which commands stand that may call a vendor themselves."""

_SETTINGS = frozenset({"yaml", "json", "toml", "dotenv"})
"""Formats of configuration that chooses models and hosts."""

_CONFIGURES = frozenset({"yaml", "json", "toml", "dotenv", "dockerfile"})
"""Formats in which the addresses stand that a program reads from its environment or configuration."""


_BUILDS = frozenset({"hcl", "yaml", "json", ""})
"""Formats in which infrastructure is described."""

_NAMING = LEXICAL_LANGUAGES | _SHELL | _SETTINGS | _CONFIGURES
"""Formats in which it matters whether a vendor is named."""


@dataclass(slots=True)
class Reading:
    """What one file says. `candidate`: a program file that may hold LLM calls; `timed`: one that may hold a timer."""

    facts: FileFacts
    candidate: bool = False
    timed: bool = False


class Readers:
    """The readers with what they compile from the catalog, made once an audit."""

    def __init__(self, catalog: Catalog, secrets: SecretScanner) -> None:
        """Compile the prefilters; `secrets` searches for keys."""
        self._catalog = catalog
        self._vendor = Prefilter(catalog.literals(), ended=True)
        self._timer = Prefilter(TIMER_LITERALS, TIMER_PATTERNS)
        words = dependence_words(catalog)
        self._depends = Prefilter(words) if words else lambda data: True
        self._addressed = searcher(ADDRESSED)
        self._alerts = Prefilter(alert_words(catalog))
        self._limited = searcher(b"(?i)budget|quota|limit|max_|_per_|timeout")
        self._states = Prefilter(w.encode().decode("latin-1") for w in WORDS)
        self._secrets = secrets
        self._silent: set[tuple[bytes, str, Role, bool, bool]] = set()

    def read(self, entry: Entry, data: bytes, *, wanted: bool = True) -> Reading | None:
        """Read one file; None where nothing in it can matter.

        Args:
            entry: the file.
            data: its bytes; never empty, never binary.
            wanted: whether its own findings are asked for; what other files need of it is read in any case.
        """
        if entry.language != "markdown" or not wanted:
            return self._read(entry, data, wanted)
        # Documentation is kept once a version: a file of the same name and text says nothing where the first said nothing.
        folder, _, name = entry.path.rpartition("/")
        same = (blake2b(data, digest_size=16).digest(), name, entry.role, entry.generated, entry.vendored)
        plain = is_plain(folder)
        if plain and same in self._silent:
            return None
        found = self._read(entry, data, wanted)
        if found is None and plain:
            self._silent.add(same)
        return found

    def _read(self, entry: Entry, data: bytes, wanted: bool) -> Reading | None:
        credentials: tuple[Credential, ...] = ()
        if wanted:
            try:
                credentials = self._secrets.scan(entry, data)
            except UnreadableFile as error:
                reason = str(error).partition(": ")[2]
                return Reading(FileFacts(entry.path, unread=(Unread(entry.path, reason),)))
        if entry.vendored or entry.generated:
            return Reading(FileFacts(entry.path, credentials=credentials)) if credentials else None
        if entry.language in PROGRAM_LANGUAGES:
            # Tests say nothing about production: they are searched for keys, and their mocked calls are not followed.
            linked = wanted and entry.role is not Role.TEST
            candidate = linked and self._vendor(data)
            timed = linked and self._timer(data)
            if not (candidate or timed or credentials):
                return None
            return Reading(FileFacts(entry.path, credentials=credentials), candidate, timed)
        facts = self._declarative(entry, data, credentials, wanted)
        return Reading(facts) if facts is not None else None

    def _declarative(
        self, entry: Entry, data: bytes, credentials: tuple[Credential, ...], wanted: bool
    ) -> FileFacts | None:
        """Manifests, environment files, schedules, configuration, and languages without a parser here."""
        dependencies: tuple[Dependency, ...] = ()
        schedules: tuple[Schedule, ...] = ()
        unread: tuple[Unread, ...] = ()
        env_file: EnvFile | None = None
        calls: tuple[LexicalCall, ...] = ()
        free_tiers: tuple[FreeTier, ...] = ()
        resellers: tuple[Reseller, ...] = ()
        controls: tuple[Control, ...] = ()
        read = bool(credentials)
        named = entry.language in _NAMING and self._vendor(data)
        if is_manifest(entry.path):
            dependencies, more = read_manifest(entry.path, decode(data))
            unread, read = unread + more, True
        if wanted and may_hold_schedules(entry.path):
            schedules, more = read_schedules(entry, decode(data))
            unread, read = unread + more, read or bool(schedules or more)
        if wanted and entry.language == "dotenv":
            from auditor.readers.dotenv import read_env_file

            env_file, read = read_env_file(entry.path, decode(data)), True
        if wanted and named and entry.language in LEXICAL_LANGUAGES:
            from auditor.readers.lexical import read_lexical

            calls, read = read_lexical(entry, decode(data), self._catalog), True
        if wanted and named and entry.language in _SHELL and b"://" in data:
            from auditor.readers.shell_calls import read_shell_calls

            calls, read = read_shell_calls(entry, decode(data), self._catalog), True
        if wanted and named and entry.language in _SETTINGS:
            from auditor.readers.settings_files import may_limit, read_settings

            if self._depends(data) or may_limit(entry, data):
                free_tiers, resellers, controls = read_settings(entry, decode(data), self._catalog, self._depends)
            read = True
        addresses: tuple[tuple[str, str], ...] = ()
        if named and entry.language in _CONFIGURES and entry.role is not Role.TEST and self._addressed(data):
            from auditor.readers.settings_files import read_addresses

            addresses = read_addresses(decode(data))
            read = read or bool(addresses)
        if wanted and entry.language in _BUILDS and entry.role is not Role.TEST and self._alerts(data):
            from auditor.readers.spend_alerts import spend_alerts

            controls = (*controls, *spend_alerts(entry.path, decode(data), self._catalog))
            read = True
        limits: tuple[tuple[str, Span], ...] = ()
        if wanted and named and entry.language in _CONFIGURES and entry.role is not Role.TEST and self._limited(data):
            from auditor.readers.limits import stated_limits

            limits = tuple(stated_limits(entry.path, decode(data)))
            read = read or bool(limits)
        statements: tuple[FreeTier, ...] = ()
        if wanted and entry.language == "markdown" and self._states(data):
            statements = read_statements(entry.path, decode(data), entry.role, self._catalog, program=False)
            read = read or bool(statements)
        if not read:
            return None
        return FileFacts(
            entry.path,
            credentials=credentials,
            schedules=schedules,
            dependencies=dependencies,
            env_file=env_file,
            lexical_calls=calls,
            free_tiers=free_tiers,
            resellers=resellers,
            controls=controls,
            unread=unread,
            addresses=addresses,
            limits=limits,
            statements=statements,
        )

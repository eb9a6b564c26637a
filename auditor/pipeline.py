"""The audit from end to end: select, prefilter, read, link, judge, score. Reads only; prints and writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from contextlib import suppress as suppress_error
from dataclasses import field, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import auditor
from auditor.config import Config
from auditor.errors import ConfigError, UnreadableFile
from auditor.lazily import byte_regex, dataclass
from auditor.model.facts import (
    Control,
    Credential,
    Dependency,
    EnvFile,
    Exposure,
    FreeTier,
    Reseller,
    Role,
    Schedule,
    StatedLimit,
    Unread,
)
from auditor.model.location import Span
from auditor.model.repo import Repo, Stats
from auditor.model.report import Report, Suppression
from auditor.parallel import Beside, each_share, shares
from auditor.program_files import ParsedFile, ProgramFiles
from auditor.readers.base import LexicalCall
from auditor.source.select import PROGRAM_LANGUAGES, UNASSESSED_LANGUAGES, decode, looks_binary
from auditor.source.tree import Entry, SourceTree

if TYPE_CHECKING:
    from auditor.catalog.index import Catalog
    from auditor.declare import Check
    from auditor.link.program import Program
    from auditor.link.whole import Ahead
    from auditor.readers.dispatch import Readers, Reading
    from auditor.readers.secrets import SecretScanner
    from auditor.readers.secrets.allow import Baseline as Allowances
    from auditor.word_index import Part

_WIDEN_DEPTH = 2
_MAX_WIDENED = 3000
_MAX_EXAMPLES = 300
_MAX_CHECKED = 300


@lru_cache(maxsize=1)
def default_catalog() -> Catalog:
    """The catalog of the installed packages; loaded once a process, because it never changes while one runs."""
    from auditor.catalog.load import load_catalog

    return load_catalog()


@dataclass(slots=True)
class _Facts:
    """What the readers found so far, file by file."""

    credentials: list[Credential] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    dependencies: list[Dependency] = field(default_factory=list)
    env_files: list[EnvFile] = field(default_factory=list)
    lexical: list[tuple[Entry, LexicalCall]] = field(default_factory=list)
    exposures: list[Exposure] = field(default_factory=list)
    free_tiers: list[FreeTier] = field(default_factory=list)
    resellers: list[Reseller] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    candidates: list[str] = field(default_factory=list)
    timed: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    guards: list[Span] = field(default_factory=list)
    addresses: list[tuple[str, str]] = field(default_factory=list)
    statements: list[FreeTier] = field(default_factory=list)
    limits: list[tuple[str, Span]] = field(default_factory=list)
    not_linked: int = 0  # example files that were searched for keys only
    analysed: set[str] = field(default_factory=set)
    bytes: int = 0


def audit(
    tree: SourceTree,
    config: Config | None = None,
    *,
    catalog: Catalog | None = None,
    checks: Sequence[Check] | None = None,
    only_paths: frozenset[str] | None = None,
    history_root: Path | None = None,
    unreachable: bool = False,
    broken: Sequence[str] = (),
    extra_credentials: Sequence[Credential] = (),
    scope: str = "tree",
    today: date | None = None,
    jobs: int = 1,
) -> Report:
    """Audit a tree.

    Args:
        tree: what to read.
        config: what the user configured; None for the defaults.
        catalog: vendors; None for the installed ones.
        checks: what to judge; None for all installed checks that the configuration selects.
        only_paths: findings in other files are left out (a commit's files); None for all.
        history_root: also search the git history of this repository for keys.
        unreachable: in the history, also search stashes and objects that no ref reaches any more.
        broken: plug-ins that failed to load, one line each; they make the audit incomplete.
        extra_credentials: keys that another scanner found.
        scope: what the tree is, for the report: tree | staged | base.
        today: decides which attestations have expired; None for the real date.
        jobs: how many processes may work side by side where there is much to do. More than one only for a tree whose
            `read` copies of this process may call. The report does not depend on it.
    """
    from auditor import judge, registry, score, suppress

    config = config or Config()
    catalog = catalog or default_catalog()
    loaded = registry.load() if checks is None else registry.Registry(tuple(checks))
    selected = registry.select(
        loaded.checks, config.select, tuple(r.check for r in config.ignore if r.reason == "--ignore")
    )
    if checks is None:
        judge.refuse_unknown(loaded.checks, config.options)
        suppress.refuse_unknown(config.ignore, {c.id for c in loaded.checks})
    sources = _Sources(tree)
    read = _build(tree, catalog, config, only_paths, history_root, unreachable, jobs)
    repo = read.repo
    if extra_credentials:
        repo = replace(
            repo, credentials=tuple(sorted({*repo.credentials, *extra_credentials}, key=lambda c: (c.at, c.vendor)))
        )
    today = today or date.today()
    checklist = score.load_checklist()
    vouched, rejected = score.read_attestations(sources.text(ATTESTATIONS) or "", checklist)
    judgements = judge.judge(repo, selected, config.options)
    found = judge.findings(judgements, sources.code)
    found = suppress.suppress(
        found,
        lines_of=sources.lines,
        rules=config.ignore,
        marked=[p for p in read.marked if only_paths is None or p in only_paths],
        ran={c.id for c in selected},
        known={c.id for c in loaded.checks},
        baseline=_baseline(tree, config),
        attested=score.attested_checks(checklist, vouched, judgements, today),
    )
    if only_paths is not None:
        found = tuple(f for f in found if f.at.path in only_paths)
    assessment = score.score(
        checklist,
        repo,
        judgements,
        found,
        profile=config.profile,
        ran={c.id for c in selected},
        today=today,
        attestations=vouched,
    )
    unread = tuple(u for u in repo.unread if only_paths is None or u.path in only_paths)
    return Report(
        tool_version=auditor.__version__,
        repo=repo,
        findings=found,
        assessment=assessment,
        unread=(*unread, *rejected),
        broken=(*broken, *loaded.broken, *judge.broken(judgements)),
        unknowns=judge.unknowns(judgements),
        scope=scope,
    )


def audit_since(
    tree: SourceTree,
    old: SourceTree,
    config: Config | None = None,
    *,
    only_paths: frozenset[str] | None = None,
    history_root: Path | None = None,
    unreachable: bool = False,
    extra_credentials: Sequence[Credential] = (),
    jobs: int = 1,
) -> Report:
    """Audit a tree and mark what an older tree had already, so that only what is new since then can fail a gate.

    `jobs` is for the tree; an older one is read through one git process, which copies of this process cannot share.
    """
    before = audit(old, config, only_paths=only_paths)
    known = {f.fingerprint for f in before.findings}
    report = audit(
        tree,
        config,
        only_paths=only_paths,
        history_root=history_root,
        unreachable=unreachable,
        extra_credentials=extra_credentials,
        scope="base",
        jobs=jobs,
    )
    told = f"stood at the merge base {old.commit[:12] if old.commit else ''} already"
    marked = tuple(
        replace(f, state="baseline", suppression=Suppression("base", told))
        if f.state == "new" and f.fingerprint in known
        else f
        for f in report.findings
    )
    return replace(report, findings=marked)


def _baseline(tree: SourceTree, config: Config) -> frozenset[str]:
    """The fingerprints of the configured baseline: a path in the tree, or a file that the user named."""
    from auditor.suppress import read_baseline

    if config.baseline is None:
        return frozenset()
    try:
        if Path(config.baseline).is_absolute():
            return read_baseline(Path(config.baseline).read_text("utf-8"), config.baseline)
        return read_baseline(decode(tree.read(config.baseline)), config.baseline)
    except (OSError, UnicodeDecodeError, UnreadableFile):
        raise ConfigError(f"{config.baseline}: the baseline cannot be read; `auditor baseline` writes one") from None


def build_repo(
    tree: SourceTree,
    catalog: Catalog,
    config: Config | None = None,
    *,
    only_paths: frozenset[str] | None = None,
    history_root: Path | None = None,
) -> Repo:
    """Read and link a tree: everything that checks may look at.

    `only_paths` limits where candidates are looked for; what they need of other files is still read.
    """
    return _build(tree, catalog, config or Config(), only_paths, history_root).repo


@dataclass(frozen=True, slots=True)
class _Built:
    repo: Repo
    marked: tuple[str, ...]  # files with suppression comments


def _build(
    tree: SourceTree,
    catalog: Catalog,
    config: Config,
    only_paths: frozenset[str] | None,
    history_root: Path | None,
    unreachable: bool = False,
    jobs: int = 1,
) -> _Built:
    entries = _selected(tree, config)
    from auditor.link.whole import look_ahead
    from auditor.readers.dispatch import Readers
    from auditor.readers.secrets import SecretScanner

    files = ProgramFiles(tree, entries, jobs)
    # One for work tree and history, so that equal keys are known as equal.
    secrets = SecretScanner(catalog, baselines=_allowances(tree, entries))
    past: tuple[Credential, ...] = ()
    gaps: list[Unread] = []
    if history_root is not None:  # before the rest, while there is little else in memory
        from auditor.source.history import search_history

        past = search_history(history_root, secrets.scan, may=secrets.may_hold, unreachable=unreachable, unread=gaps)
        past = (*past, *_in_use(tree, secrets, past))
    facts = _read(tree, entries, files, Readers(catalog, secrets), only_paths)
    roles = {e.path: e.role for e in entries}
    with (
        closing(files),
        Beside(
            lambda: look_ahead(catalog, files, roles, files.sorter),
            worth=jobs > 1 and sum(e.size for e in entries if e.language in PROGRAM_LANGUAGES) > _WORTH_A_COPY,
        ) as ahead,
    ):
        program = _program(catalog, files, facts, only_paths)
        repo = _link(program, tree, config, entries, files, facts, ahead.result)
    if history_root is not None:
        repo = replace(repo, credentials=(*repo.credentials, *past), unread=(*repo.unread, *gaps), history_read=True)
    return _Built(repo, tuple(facts.marked))


def _in_use(tree: SourceTree, secrets: SecretScanner, past: Sequence[Credential]) -> Iterable[Credential]:
    """Those keys of the history that an environment file holds which git ignores: they leaked and were never replaced."""
    from auditor.source.disk import DiskTree

    leaked = {key.fingerprint for key in past}
    for entry in tree.kept_out() if leaked and isinstance(tree, DiskTree) else ():
        with suppress_error(UnreadableFile):
            yield from (c for c in secrets.scan(entry, tree.read(entry.path)) if c.fingerprint in leaked)


# --------------------------------------------------------------------------- select and read


def _allowances(tree: SourceTree, entries: Iterable[Entry]) -> tuple[Allowances, ...]:
    """What detect-secrets' users allowed, from its baseline files."""
    from auditor.readers.secrets.allow import read_baseline

    found = []
    for entry in entries:
        if entry.path.rpartition("/")[2] == ".secrets.baseline":
            with suppress_error(UnreadableFile):
                found.append(read_baseline(entry.path, tree.read(entry.path)))
    return tuple(b for b in found if b is not None)


def _selected(tree: SourceTree, config: Config) -> tuple[Entry, ...]:
    """The entries to audit, with the roles that the configuration gives."""
    if not (config.exclude or config.app or config.tests or config.examples):
        return tree.entries()
    import pathspec

    def matcher(globs: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
        return pathspec.GitIgnoreSpec.from_lines(globs)

    out = matcher(config.exclude)
    given = [
        (matcher(config.app), Role.APP),
        (matcher(config.tests), Role.TEST),
        (matcher(config.examples), Role.EXAMPLE),
    ]
    kept = []
    for entry in tree.entries():
        if out.match_file(entry.path):
            continue
        role = next((role for spec, role in given if spec.match_file(entry.path)), entry.role)
        kept.append(entry if role is entry.role else replace(entry, role=role))
    return tuple(kept)


@dataclass(slots=True)
class _FileRead:
    """What reading one file gave, where it gave anything."""

    found: Reading | None = None
    built: bool = False  # a library or minified: not for linking
    marked: bool = False
    guard: Span | None = None
    unread: Unread | None = None

    def __bool__(self) -> bool:
        return self.found is not None or self.built or self.marked or self.guard is not None or self.unread is not None


@dataclass(slots=True)
class _Share:
    """What one process read."""

    size: int = 0  # bytes
    rows: list[tuple[int, _FileRead]] = field(default_factory=list)
    held: dict[str, bytes] = field(default_factory=dict)
    words: Part | None = None
    parsed: dict[str, ParsedFile] = field(default_factory=dict)


_FILE_COSTS = 5_000  # bytes that take as long to search as a file takes to open
_SAMPLE = 200
_WORTH_A_COPY = 2_000_000  # bytes of program text from which what it alone tells takes longer than starting a copy
_WORTH_COPIES = 20_000_000  # bytes from which searching takes longer than starting copies of the process


def _read(
    tree: SourceTree, entries: Iterable[Entry], files: ProgramFiles, readers: Readers, only_paths: frozenset[str] | None
) -> _Facts:
    """Read every file once, side by side where they are many, and join what was found in the order of the files."""
    entries = tuple(entries)
    weights = [e.size + _FILE_COSTS for e in entries]

    def task(numbers: list[int]) -> _Share:
        share = _Share()
        for number in numbers:
            size, row = _read_file(tree, entries[number], files, readers, only_paths)
            share.size += size
            if row:
                share.rows.append((number, row))
        if copies > 1:
            paths = [entries[n].path for n in numbers]
            share.held, share.words = files.held(paths), files.index_words(paths)
            share.parsed = files.parse_all(_sure_to_be_parsed(entries, share.rows))
        return share

    numbers = range(len(entries))
    copies = files.jobs if sum(weights) > _WORTH_COPIES else 1
    # What a sample needs (modules, patterns, automata) is made before there are copies that would each make it.
    sample = set(numbers[:: max(1, len(entries) // _SAMPLE)]) if copies > 1 else set()
    rest = [n for n in numbers if n not in sample]
    parts = _like_with_like(entries, rest, weights, copies) if copies > 1 else [rest]
    facts = _Facts()
    read: dict[int, _FileRead] = {}
    for share in (task(sorted(sample)), *each_share(task, parts)):
        facts.bytes += share.size
        files.keep(share.held)
        files.take(share.parsed, share.words)
        read.update(share.rows)
    for number in sorted(read):
        _add(facts, entries[number], read[number], tree, files)
    return facts


def _sure_to_be_parsed(entries: tuple[Entry, ...], rows: list[tuple[int, _FileRead]]) -> Iterator[str]:
    """The Python files among those read that name a vendor; examples need not be parsed, where there are many."""
    for number, row in rows:
        entry = entries[number]
        if row.found and row.found.candidate and entry.path.endswith(".py") and entry.role is not Role.EXAMPLE:
            yield entry.path


def _like_with_like(entries: tuple[Entry, ...], numbers: list[int], weights: list[int], count: int) -> list[list[int]]:
    """Shares of the files in which those that may be copies of each other are together: a copy is read faster."""
    alike: dict[tuple[str, int], list[int]] = {}
    for number in numbers:
        alike.setdefault((entries[number].path.rpartition("/")[2], entries[number].size), []).append(number)
    groups = list(alike.values())
    parts = shares(groups, [sum(weights[n] for n in group) for group in groups], count)
    return [sorted(n for group in part for n in group) for part in parts]


def _read_file(
    tree: SourceTree, entry: Entry, files: ProgramFiles, readers: Readers, only_paths: frozenset[str] | None
) -> tuple[int, _FileRead]:
    """One file: its size, and what the reader of its language says of it if the prefilter keeps it."""
    try:
        data = tree.read(entry.path)
    except UnreadableFile as error:
        return 0, _FileRead(unread=Unread(entry.path, str(error).partition(": ")[2] or str(error)))
    if not data or looks_binary(data):
        return len(data), _FileRead()
    found = readers.read(entry, data, wanted=only_paths is None or entry.path in only_paths)
    built = entry.language in PROGRAM_LANGUAGES and not files.hold(entry.path, data)
    return len(data), _FileRead(found, built, _MARK in data, _guard(entry, data) if b"auditor" in data else None)


def _add(facts: _Facts, entry: Entry, row: _FileRead, tree: SourceTree, files: ProgramFiles) -> None:
    """Join what one file gave to the rest."""
    if row.unread is not None:
        facts.unread.append(row.unread)
    if row.built:
        files.leave_out(entry.path)
    if row.marked:
        facts.marked.append(entry.path)
    if row.guard is not None:
        facts.guards.append(row.guard)
    if row.found is None:
        return
    facts.analysed.add(entry.path)
    if row.found.candidate:
        facts.candidates.append(entry.path)
    if row.found.timed:
        facts.timed.append(entry.path)
    found = row.found.facts
    facts.credentials += found.credentials
    facts.schedules += found.schedules
    facts.dependencies += found.dependencies
    facts.exposures += found.exposures
    facts.free_tiers += found.free_tiers
    facts.resellers += found.resellers
    facts.controls += found.controls
    facts.addresses += found.addresses
    facts.statements += found.statements
    facts.limits += found.limits
    facts.unread += found.unread
    facts.lexical += [(entry, call) for call in found.lexical_calls]
    if found.env_file is not None:
        facts.env_files.append(replace(found.env_file, tracked=entry.tracked, ignored=tree.ignored(entry.path)))


_MARK = b"auditor: ignore["
_RUNS_AUDIT = byte_regex(rb"^.*(?:\bauditor (?:scan|fix|cost)\b|launch-auditor|- id: auditor).*$", re.MULTILINE)


def _guard(entry: Entry, data: bytes) -> Span | None:
    """Where a hook or CI file runs this audit."""
    name = entry.path.rpartition("/")[2]
    ci = name == ".pre-commit-config.yaml" or name in {".gitlab-ci.yml", "Jenkinsfile", "azure-pipelines.yml"}
    if not (ci or ".github/workflows/" in entry.path or ".circleci/" in entry.path):
        return None
    match = _RUNS_AUDIT.search(data)
    return Span(entry.path, data.count(b"\n", 0, match.start()) + 1) if match else None


# --------------------------------------------------------------------------- link


def _leave_out_examples(files: ProgramFiles, facts: _Facts) -> None:
    """Where a tree ships a library's examples by the hundred, search them for keys only, and say so.

    An example's call is nobody's production; following thousands of them would cost more than the app itself.
    """
    examples = {p for p in (*facts.candidates, *facts.timed) if (e := files.entry(p)) and e.role is Role.EXAMPLE}
    if len(examples) > _MAX_EXAMPLES:
        facts.candidates = [p for p in facts.candidates if p not in examples]
        facts.timed = [p for p in facts.timed if p not in examples]
        files.leave_out_examples()
        facts.not_linked = len(examples)


@lru_cache(maxsize=1)
def _may_depend(catalog: Catalog) -> Callable[[bytes], bool]:
    """Whether a file's bytes can say something of free tiers or resellers."""
    from auditor.catalog.words import dependence_words
    from auditor.prefilter import Prefilter

    words = dependence_words(catalog)
    return Prefilter(words) if words else lambda data: True


def _may_state() -> Callable[[bytes], bool]:
    """Whether a file's bytes can say that the project's requests are paced to fit a free tier."""
    from auditor.prefilter import Prefilter
    from auditor.readers.statements import WORDS

    return Prefilter(w.encode().decode("latin-1") for w in WORDS)


def _uses_scheduler() -> Callable[[bytes], bool]:
    """Whether a file's bytes name a package that starts things on a timer."""
    from auditor.link.schedules_code import SCHEDULER_PACKAGES
    from auditor.prefilter import Prefilter

    return Prefilter(SCHEDULER_PACKAGES)


def _program(catalog: Catalog, files: ProgramFiles, facts: _Facts, only_paths: frozenset[str] | None = None) -> Program:
    """The program with every candidate loaded, and those of their importers that may send something."""
    from auditor.link.addresses import settled
    from auditor.link.program import Program
    from auditor.link.sdk_names import telling_words
    from auditor.prefilter import searcher
    from auditor.readers.manifests import versions

    program = Program(catalog, files, versions(facts.dependencies), settled(facts.addresses))
    _leave_out_examples(files, facts)
    wanted = [p for p in facts.candidates if files.exists(p)]
    files.begin_to_load(p for p in wanted if p.endswith(".py"))  # which are parsed in any case
    # Without any call no timer can reach one: then only those count that are timers by the package that they use.
    timed = {p for p in facts.timed if files.exists(p)}
    if not any((e := files.entry(p)) and e.role is Role.APP for p in wanted):
        scheduler = _uses_scheduler()
        timed = set([p for p in sorted(timed) if scheduler(files.data(p))][:_MAX_WIDENED])
    seen = {*wanted, *timed}
    words = {language: searcher(known.pattern) for language, known in telling_words(program).items()}

    def sends(path: str) -> bool:
        return path.endswith(".ipynb") or words[program.language_of(path)](files.data(path))

    # A JavaScript file that names a vendor but calls nothing of its and depends on nothing free (types, settings) is
    # read when another one needs it. Python is parsed in any case: what does not parse has to be said.
    depends = _may_depend(catalog)
    loaded = {p for p in seen if p.endswith(".py") or p in timed or sends(p) or depends(files.data(p))}
    if only_paths is not None:
        # A commit's file may send through a client that stands elsewhere; who imports it is no subject of the commit.
        loaded.update(p for p in only_paths if files.exists(p) and sends(p))
    layer, near = list(wanted), set(wanted)
    for _ in range(_WIDEN_DEPTH if only_paths is None else 0):
        importers = sorted({i for p in layer for i in (*files.importers(p), *program.auto_importers(p))} - near)
        layer = importers[: max(0, _MAX_WIDENED - len(near))]
        near.update(layer)
        loaded.update(p for p in layer if sends(p))
    if program.large:
        program.asides = frozenset(timed - near)
    program.load(loaded)
    _say_what_does_not_parse(files, only_paths)
    facts.analysed |= files.parsed  # what is parsed later, to follow something, depends on the way taken
    return program


def _say_what_does_not_parse(files: ProgramFiles, only_paths: frozenset[str] | None) -> None:
    """Parse the Python files that nothing led to, in trees where that costs little: a broken file is never passed over."""
    rest = [p for p in files.paths if p.endswith(".py") and (e := files.entry(p)) and e.role is not Role.TEST]
    if len(rest) <= _MAX_CHECKED:
        for path in rest:
            if only_paths is None or path in only_paths:
                files.load(path)


def _link(
    program: Program,
    tree: SourceTree,
    config: Config,
    entries: tuple[Entry, ...],
    files: ProgramFiles,
    facts: _Facts,
    ahead: Callable[[], Ahead],
) -> Repo:
    """Join the facts of the files to those of the repository."""
    from auditor.link.dependence import Parts, free_tiers, resellers, with_reach, without_bare_imports
    from auditor.link.whole import link
    from auditor.readers.schedules.files import TreeFiles
    from auditor.readers.statements import read_statements

    roles = {e.path: e.role for e in entries}
    linked = link(
        program,
        roles=roles,
        lexical=facts.lexical,
        schedules=facts.schedules,
        files=TreeFiles(tuple(roles), files.read),
        ahead=ahead,
        sorter=files.sorter,
    )
    tiers = list(facts.free_tiers)
    shared = list(facts.resellers)
    depends, states = _may_depend(program.catalog), _may_state()
    catalog, said = program.catalog, list(facts.statements)
    for path, info in sorted(program.modules.items()):
        data, role = files.data(path), roles.get(path, Role.APP)
        if states(data):
            said += read_statements(path, decode(data), role, catalog, program=True)
        if depends(data):
            parts = Parts(info.module)
            tiers += free_tiers(parts, role, catalog, files.mentions)
            shared += resellers(parts, role, catalog, files.mentions)
    called = {c.vendor.removeprefix("other:") for c in linked.calls}
    tiers += [s for s in said if s.provider in called]  # what is said of a vendor that no code calls is past or plan
    shared = [r for r in (*shared, *linked.resellers) if r.host not in config.hosts]
    used_tiers, used_resellers = without_bare_imports(tiers, shared)
    languages = Counter(e.language for e in entries if e.language)
    repo = Repo(
        llm_calls=linked.calls,
        credentials=tuple(sorted([*facts.credentials, *linked.credentials], key=lambda c: (c.at, c.kind, c.vendor))),
        schedules=linked.schedules,
        triggers=linked.triggers,
        controls=tuple(sorted([*facts.controls, *linked.controls], key=lambda c: (c.at, c.kind))),
        free_tiers=tuple(sorted(with_reach(program, used_tiers, linked.calls), key=lambda t: t.at)),
        resellers=tuple(sorted(used_resellers, key=lambda r: r.at)),
        exposures=tuple(sorted([*facts.exposures, *linked.exposures], key=lambda e: (e.at, e.kind))),
        routes=linked.routes,
        dependencies=tuple(sorted(facts.dependencies, key=lambda d: (d.at, d.name))),
        env_files=tuple(sorted(facts.env_files, key=lambda e: e.at)),
        unread=tuple(
            sorted({*facts.unread, *files.unread, *tree.unread()}, key=lambda u: (u.path, u.line or 0, u.reason))
        ),
        stats=Stats(
            files_seen=len(entries),
            files_analysed=len(facts.analysed),
            bytes=facts.bytes,
            by_language=tuple(sorted(languages.items())),
        ),
        is_git=tree.is_git,
        commit=tree.commit,
        dirty=tree.dirty,
        configured_routes=tuple((name, r.provider, r.model) for name, r in sorted(config.routes.items())),
        budget_usd=config.budget_monthly_usd,
        not_linked=facts.not_linked,
        unassessed_languages=tuple(sorted((n, c) for n, c in languages.items() if n in UNASSESSED_LANGUAGES)),
        limits=_limits(files, facts.limits, roles) if linked.calls else (),
        guards=tuple(facts.guards),
    )
    if not any(t.calls for t in repo.triggers):
        return repo
    from auditor.cost import InstalledPrices
    from auditor.quotas import with_quotas

    return with_quotas(repo, config, program.catalog, InstalledPrices)


def _limits(
    files: ProgramFiles, stated: Sequence[tuple[str, Span]], roles: Mapping[str, Role]
) -> tuple[StatedLimit, ...]:
    """The limits that configuration names, each with the first place where a program reads it."""
    from auditor.prefilter import searcher
    from auditor.readers.limits import spellings

    forms = {name: spellings(name) for name, _ in stated}
    if not forms:
        return ()
    every = sorted({form for group in forms.values() for form in group})
    any_of = searcher(rb"\b(?:" + b"|".join(re.escape(f).encode() for f in every) + rb")\b")
    words = {form: re.compile(rb"\b" + re.escape(form).encode() + rb"\b") for form in every}
    read: dict[str, Span] = {}
    for path in files.paths:
        if roles.get(path) is Role.TEST or not any_of(data := files.data(path)):
            continue  # a test that sets it proves nothing
        for name, group in forms.items():
            hit = next((m for form in group if (m := words[form].search(data))), None) if name not in read else None
            if hit is not None:
                read[name] = Span(path, data.count(b"\n", 0, hit.start()) + 1)
    return tuple(
        StatedLimit(at, name, read.get(name), roles.get(at.path, Role.APP))
        for name, at in sorted(stated, key=lambda s: s[1])
    )


ATTESTATIONS = ".auditor/attestations.yaml"


class _Sources:
    """Texts for fingerprints, inline suppressions and attestations, read once a file."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._lines: dict[str, list[str]] = {}

    def text(self, path: str) -> str | None:
        """The text of a file; None where it cannot be read."""
        try:
            return decode(self._tree.read(path))
        except UnreadableFile:
            return None

    def lines(self, path: str) -> list[str]:
        """The lines of a file; empty where it cannot be read."""
        if path not in self._lines:
            self._lines[path] = (self.text(path) or "").splitlines()
        return self._lines[path]

    def code(self, span: Span) -> str:
        """The code of a span's first line, with white space folded."""
        lines = self.lines(span.path)
        return " ".join(lines[span.line - 1].split()) if 0 < span.line <= len(lines) else ""

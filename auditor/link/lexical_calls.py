"""Turns what the lexical reader found into calls: joins what several files tell, and says whose device the code runs on.

Knows the layouts of mobile and desktop projects by their files' names. What words alone do not tell stays unclear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from auditor.lazily import regex
from auditor.model.facts import LlmCall, Loop, Retry
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.readers.base import LexicalCall
from auditor.source.tree import Entry

Row = tuple[Entry, LexicalCall]

_FAMILY = {"java": "jvm", "kotlin": "jvm"}
_WHY = "read lexically only"
_ENDINGS = {"jvm": (".kt", ".java"), "swift": (".swift",), "dart": (".dart",), "rust": (".rs",), "csharp": (".cs",)}
_MAX_SEARCHED = 400
_NO_TOKENS = frozenset({"image", "audio", "speech", "video"})
_CAP = regex(r"(?i)\bmax_?(?:completion_?|output_?|new_?)?tokens?\b|\bnum_?predict\b")
_CAP_GIVEN = regex(r"(?i)\bmax_?(?:completion_?|output_?|new_?)?tokens?\b[\"')`\]]*\s*(?::\s*\w+\??\s*)?[:=]\s*\d{2,}")
_SENDER = regex(r"\b(?:OkHttpClient|HttpClient|Dio|BaseOptions|URLSessionConfiguration)\b")
_TIMEOUT = regex(
    r"(?i)\b(?:connect|read|write|call|request|receive|send)_?timeout\w{0,14}\s*[(:=]|timeoutInterval\w*\s*[:=]"
)
Read = Callable[[str], str | None]


def lexical_calls(
    rows: Sequence[Row], paths: Iterable[str], *, scheduled: bool, read: Read | None = None
) -> tuple[LlmCall, ...]:
    """The calls among the rows of the lexical reader, in order of position.

    Args:
        rows: what the reader found, evidence included.
        paths: all files of the tree, for the projects' layout.
        scheduled: whether the repository has any schedule that might start them.
        read: the text of a file, for what the classes of requests and the clients say in other files.
    """
    paths = tuple(paths)
    layout = _Layout(paths)
    elsewhere = _Elsewhere(paths, read)
    calls = [row for row in rows if row[1].kind != "evidence"]
    evidence = [row for row in rows if row[1].kind == "evidence"]
    made = [
        _call(entry, elsewhere.join(_family(entry), _joined(entry, found, evidence)), layout, scheduled)
        for entry, found in calls
    ]
    routes = {(call.vendor, call.operation, call.model.value if isinstance(call.model, Given) else "") for call in made}
    # Where there is no other route, or nothing that stands in for anything, none can be tried.
    stands_in = {_family(entry) for entry, found in evidence if found.api == "fallback"} if len(routes) > 1 else set()
    done = []
    for call, (entry, found) in zip(made, calls, strict=True):
        fallback = call.fallback if _family(entry) in stands_in else Absent()
        done.append(replace(call, fallback=fallback, usage=_usage(entry, found, evidence)))
    return tuple(sorted(done, key=lambda call: (call.at, call.api)))


def _usage(entry: Entry, found: LexicalCall, evidence: Sequence[Row]) -> Setting[str]:
    """Read beside the call, or by the code of another file that takes its answer."""
    if found.usage:
        return Given("", found.at)
    if found.operation in _NO_TOKENS:  # tokens that other code reads are of another call
        return Absent()
    for other, known in evidence:
        helps = known.api == "usage" and _family(other) == _family(entry) and other.path != entry.path
        if helps and (known.streams or not found.streams):
            return Given("", known.at)
    return Absent()


def _family(entry: Entry) -> str:
    return _FAMILY.get(entry.language, entry.language)


def _joined(entry: Entry, found: LexicalCall, evidence: Sequence[Row]) -> LexicalCall:
    """A call with what the file tells that makes its client, where there is but one such file or all agree."""
    if found.kind == "http-call":
        return found
    makers = [
        e
        for other, e in evidence
        if e.api == "constructor" and e.vendor == found.vendor and _family(other) == _family(entry)
    ]
    if not makers:
        return found
    caps = {maker.output_cap for maker in makers}
    timeouts = {maker.timeout for maker in makers}
    models = {maker.model for maker in makers if maker.model}
    return replace(
        found,
        output_cap=caps.pop() if found.output_cap is None and len(caps) == 1 else found.output_cap,
        timeout=timeouts.pop() if found.timeout is None and len(timeouts) == 1 else found.timeout,
        model=found.model or (models.pop() if len(models) == 1 else ""),
    )


def _told(value: bool | None, found: LexicalCall) -> Setting[Any]:
    return Absent() if value is False else Given(None, found.at) if value else Unclear(_WHY)


def _call(entry: Entry, found: LexicalCall, layout: _Layout, scheduled: bool) -> LlmCall:
    client_side = layout.ships(entry, found)
    retry: Setting[Retry] = Given(Retry(found.retry), found.at, "default") if found.retry else Unclear(_WHY)
    return LlmCall(
        at=found.at,
        vendor=found.vendor,
        kind=found.kind,
        api=found.api,
        operation=found.operation,
        role=entry.role,
        language=entry.language,
        function=f"{entry.path}::",
        client_side=client_side,
        model=Given(found.model, found.at) if found.model else Unclear(_WHY),
        output_cap=_told(found.output_cap, found),
        cap_applies=found.operation not in ("embeddings", "audio", "image"),
        timeout=_told(found.timeout, found),
        retry=retry,
        fallback=Unclear(_WHY),
        usage=_told(found.usage, found) if found.usage else Unclear(_WHY),
        loop=Loop("per-item", found.at, why="inside a loop") if found.in_loop else Loop(),
        user_input=True if client_side else found.user_input,
        scheduled=None if found.timer or (scheduled and not client_side) else False,
        reachable=None,
    )


class _Elsewhere:
    """What other files of a language say of requests whose class or client is made there."""

    def __init__(self, paths: Sequence[str], read: Read | None) -> None:
        self._paths = paths
        self._read = read
        self._known: dict[str, tuple[bool | None, bool]] = {}

    def join(self, family: str, found: LexicalCall) -> LexicalCall:
        """The call with a cap and a timeout that stand where its own file tells neither."""
        apart = found.kind in ("http-call", "gateway-call") and not found.client_here and not found.timeout
        if self._read is None or not (found.output_cap is None or apart):
            return found
        cap, timeout = self._of(family)
        return replace(
            found,
            output_cap=cap if found.output_cap is None else found.output_cap,
            timeout=timeout or found.timeout if apart else found.timeout,
        )

    def _of(self, family: str) -> tuple[bool | None, bool]:
        """Whether any file caps tokens (None: it only names the setting), and whether one gives a client a timeout."""
        if family not in self._known:
            named = given = timeout = False
            paths = [p for p in self._paths if p.endswith(_ENDINGS.get(family, ()))]
            for path in paths[:_MAX_SEARCHED]:
                text = (self._read(path) if self._read else None) or ""
                given = given or _CAP_GIVEN.search(text) is not None
                named = named or _CAP.search(text) is not None
                timeout = timeout or (_SENDER.search(text) is not None and _TIMEOUT.search(text) is not None)
            self._known[family] = (True if given else None if named or not paths else False, timeout)
        return self._known[family]


class _Layout:
    """Which folders of a tree hold programs that are given to users."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.android: set[str] = set()
        self.tauri: set[str] = set()
        self.apple = self.windows = False
        self.flutter: set[str] = set()
        self.wails: set[str] = set()
        for path in paths:
            folder, _, name = path.rpartition("/")
            if name == "AndroidManifest.xml":
                self.android.add(path.partition("src/")[0] if "src/" in path else folder)
                if "/android/" in f"/{path}":
                    self.flutter.add(f"/{path}".partition("/android/")[0].lstrip("/"))
            elif name.startswith("tauri.conf."):
                self.tauri.add(folder)
            elif name == "wails.json":
                self.wails.add(folder)
            elif ".xcodeproj/" in path or ".xcworkspace/" in path:
                self.apple = True
                if "/ios/" in f"/{path}":
                    self.flutter.add(f"/{path}".partition("/ios/")[0].lstrip("/"))
            elif name.endswith((".xaml", ".axaml")) or path.endswith("ProjectSettings/ProjectVersion.txt"):
                self.windows = True

    def ships(self, entry: Entry, found: LexicalCall) -> bool | None:
        """Whether this file's program runs on users' devices; None where the tree does not tell."""
        if found.client_side:
            return True
        match entry.language:
            case "kotlin" | "java":
                return any(_inside(entry.path, folder) for folder in self.android)
            case "dart":
                return True if any(_inside(entry.path, folder) for folder in self.flutter) else None
            case "swift":
                return True if self.apple else None
            case "rust":
                return any(_inside(entry.path, folder) for folder in self.tauri)
            case "go":
                return any(_inside(entry.path, folder) for folder in self.wails)
            case "csharp":
                return self.windows
            case _:
                return False


def _inside(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder.rstrip("/") + "/")

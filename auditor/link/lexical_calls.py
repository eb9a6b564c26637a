"""Turns what the lexical reader found into calls: joins what several files tell, and says whose device the code runs on.

Knows the layouts of mobile and desktop projects by their files' names. What words alone do not tell stays unclear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from auditor.model.facts import LlmCall, Loop, Retry
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.readers.base import LexicalCall
from auditor.source.tree import Entry

Row = tuple[Entry, LexicalCall]

_FAMILY = {"java": "jvm", "kotlin": "jvm"}
_WHY = "read lexically only"


def lexical_calls(rows: Sequence[Row], paths: Iterable[str], *, scheduled: bool) -> tuple[LlmCall, ...]:
    """The calls among the rows of the lexical reader, in order of position.

    Args:
        rows: what the reader found, evidence included.
        paths: all files of the tree, for the projects' layout.
        scheduled: whether the repository has any schedule that might start them.
    """
    layout = _Layout(paths)
    calls = [row for row in rows if row[1].kind != "evidence"]
    evidence = [row for row in rows if row[1].kind == "evidence"]
    made = [_call(entry, _joined(entry, found, evidence), layout, scheduled) for entry, found in calls]
    routes = {(call.vendor, call.operation, call.model.value if isinstance(call.model, Given) else "") for call in made}
    alone = len(routes) == 1  # where there is no other route, none can be tried
    usage_read = {_family(entry) for entry, found in (*evidence, *calls) if found.usage}
    done = [
        replace(
            call,
            fallback=Absent() if alone else call.fallback,
            usage=call.usage if _FAMILY.get(call.language, call.language) in usage_read else Absent(),
        )
        for call in made
    ]
    return tuple(sorted(done, key=lambda call: (call.at, call.api)))


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

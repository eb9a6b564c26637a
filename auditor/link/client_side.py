"""Does this code ship to end users? By reachability from what ships: a browser bundle, an app, an extension, a page.

A file whose place settles it (`link.js_sides`) is client or server; any other runs where the files that import it run.
A file that both sides reach ships. What cannot be told is None. Python and other server languages are not asked here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from auditor.catalog.bundlers import Bundlers, bundlers
from auditor.lazily import dataclass
from auditor.link.js_graph import Edge, Edges, ImportGraph, is_script
from auditor.link.js_modules import JsResolver
from auditor.link.js_sides import CLIENT, OPEN, SERVER, Sides, Standing
from auditor.link.js_split import Split, only_types
from auditor.model.location import Span, Step, Trace
from auditor.model.syntax import Module

_MAX_VISITED = 4000
_MAX_ELIDED = 12


@dataclass(frozen=True, slots=True)
class Decision:
    """`ships`: True, False, or None where it cannot be told. `why` is one clause; the trace leads from what ships."""

    ships: bool | None
    why: str
    trace: Trace = ()


class ClientSide:
    """Decides for files and places in them; everything is looked up lazily and once."""

    def __init__(
        self,
        paths: Iterable[str],
        read: Callable[[str], str | None],
        load: Callable[[str], Module | None],
        resolver: JsResolver | None = None,
        known: Bundlers | None = None,
        edges: Callable[[], Edges] | None = None,
    ) -> None:
        """Take all paths of the repository (not only programs), how to read a text, and how to get a parsed program.

        `edges`: who imports whom, where that was found out before.
        """
        every = frozenset(paths)
        self._read = read
        self._load = load
        self._known = known or bundlers()
        self._sides = Sides(every, read, self._known)
        self._resolver = resolver or JsResolver(every, lambda p: read(p) if p in every else None)
        self._graph = ImportGraph(every, read, self._resolver, edges)
        self._files: dict[str, Decision] = {}
        self._splits: dict[str, Split | None] = {}
        self._gone: set[tuple[str, str]] = set()  # (importer, imported): for types only

    @property
    def edges(self) -> Edges:
        """Who imports whom."""
        return self._graph.edges

    def ships(self, path: str, at: Span | None = None) -> bool | None:
        """Whether the file, or the given place in it, ships to end users."""
        return self.decide(path, at).ships

    def decide(self, path: str, at: Span | None = None) -> Decision:
        """As `ships`, with the reason."""
        if at is not None:
            placed = self._place(path, at)
            if placed is not None:
                return placed
        if path not in self._files:
            self._files[path] = self._decide(path)
        return self._files[path]

    # ------------------------------------------------------------------ places in a file

    def _place(self, path: str, at: Span) -> Decision | None:
        """What the place within the file settles."""
        if path.endswith(".astro"):
            text = self._read(path) or ""
            end = text.find("\n---", text.find("---") + 3)
            inside = text.lstrip().startswith("---") and at.line <= text.count("\n", 0, end) + 1
            return Decision(not inside, "Astro's frontmatter runs on the server, its scripts in the browser")
        split = self._split(path)
        if split is not None and not split.shipped(at):
            return Decision(False, "the framework takes this code out of what ships")
        return None

    def _split(self, path: str) -> Split | None:
        """Which parts of a file ship, where the framework takes some of them out."""
        if path not in self._splits:
            self._splits[path] = self._make_split(path)
        return self._splits[path]

    def _make_split(self, path: str) -> Split | None:
        if not is_script(path) or path.endswith((".html", ".htm", ".astro")):
            return None
        text = self._read(path) or ""
        standing = self._sides.standing(path)
        exports = (
            self._known.server_exports.get(self._sides.project(path).kind, frozenset())
            if standing.split
            else frozenset()
        )
        marked = any(name in text for name in exports) or any(name in text for name in self._known.server_wrappers)
        if not marked and "use server" not in text:
            return None
        module = self._load(path)
        return None if module is None else Split(module, exports, self._known.server_wrappers)

    # ------------------------------------------------------------------ files

    def _decide(self, path: str) -> Decision:
        standing = self._sides.standing(path)
        if standing.side != OPEN:
            return Decision(standing.side == CLIENT, standing.why)
        return self._search(path, standing)

    def _search(self, path: str, standing: Standing) -> Decision:
        """Go from the file to its importers until something settles it, without imports that compilation takes out."""
        first, chain = self._follow(path, standing)
        decision = first
        for _ in range(_MAX_ELIDED):
            gone = [pair for pair in chain if self._elided(*pair)] if decision.ships else []
            if not gone:
                break
            self._gone.update(gone)
            decision, chain = self._follow(path, standing)
        # Files that import each other in a circle have no end: without what settles it, the first answer stands.
        return first if decision.ships is False and not chain else decision

    def _elided(self, importer: str, target: str) -> bool:
        """Whether a TypeScript file imports another for its types only, though its import does not say so."""
        module = self._load(importer) if importer.endswith((".ts", ".tsx", ".mts")) else None
        return module is not None and only_types(module, lambda s: self._resolver.resolve(importer, s) == target)

    def _follow(self, path: str, standing: Standing) -> tuple[Decision, list[tuple[str, str]]]:
        led: dict[str, Edge | None] = {path: None}  # file -> the edge by which the search left it
        target: dict[str, str] = {}  # importer -> the file that it imports
        queue = deque([path])
        ends: list[tuple[str, bool | None, str]] = []
        served: list[str] = []  # importers that run on the server for sure
        while queue and len(led) < _MAX_VISITED:
            current = queue.popleft()
            edges = [e for e in self._graph.importers(current) if (e.importer, current) not in self._gone]
            if not edges:
                own = self._sides.standing(current)
                ends.append((current, own.default, own.why))
            for edge in edges:
                importer = edge.importer
                side = edge.side or self._side_of(edge, current)
                if side == CLIENT:
                    target[importer] = current
                    return Decision(True, self._reached(importer, edge), self._trace(importer, edge, target)), _pairs(
                        importer, target
                    )
                if side == SERVER:
                    target.setdefault(importer, current)
                    served.append(importer)
                    ends.append((importer, False, self._sides.standing(importer).why))
                elif importer not in led:
                    led[importer] = edge
                    target[importer] = current
                    queue.append(importer)
        decision = self._conclude(path, standing, ends, target)
        leading = [end for end, ships, _ in ends if ships] or [e for e in served if decision.ships is False]
        return decision, _pairs(leading[0], target) if leading else []

    def _side_of(self, edge: Edge, current: str) -> str:
        standing = self._sides.standing(edge.importer)
        split = self._split(edge.importer) if standing.side != SERVER else None
        if split is not None and not split.uses(lambda s: self._resolver.resolve(edge.importer, s) == current):
            return SERVER
        return standing.side

    def _reached(self, importer: str, edge: Edge) -> str:
        if edge.side == CLIENT:
            return f"a page or island loads it: {importer}"
        return self._sides.standing(importer).why

    def _trace(self, importer: str, edge: Edge, target: dict[str, str]) -> Trace:
        """The way from what ships down to the file."""
        steps = []
        current: str | None = importer
        line = edge.line
        for _ in range(50):
            below = target.get(current) if current is not None else None
            if current is None or below is None:
                break
            if current != importer:
                line = next((e.line for e in self._graph.importers(below) if e.importer == current), 1)
            steps.append(Step(Span(current, line), f"imports {below}"))
            current = below
        return tuple(steps)

    def _conclude(
        self, path: str, standing: Standing, ends: list[tuple[str, bool | None, str]], target: dict[str, str]
    ) -> Decision:
        """By what the ends of the search say: one that ships is enough, one that is unknown leaves doubt."""
        for end, ships, why in ends:
            if ships:
                edge = next((e for e in self._graph.importers(target.get(end, "")) if e.importer == end), None)
                return Decision(True, why, self._trace(end, edge, target) if edge else ())
        if any(ships is None for _, ships, _ in ends):
            if standing.default is not None:
                return Decision(standing.default, standing.why)
            return Decision(None, "nothing in the repository tells where this code runs")
        if ends:
            return Decision(False, ends[0][2])
        return Decision(standing.default, standing.why)


def _pairs(importer: str, target: dict[str, str]) -> list[tuple[str, str]]:
    """The imports on the way down from a file: (importer, imported)."""
    found: list[tuple[str, str]] = []
    while importer in target and len(found) < _MAX_VISITED:
        found.append((importer, target[importer]))
        importer = target[importer]
    return found

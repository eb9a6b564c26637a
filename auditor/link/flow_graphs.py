"""Graphs of agents (LangGraph and its like): whether a node can come round again, bounded only by the framework's steps.

Reads the nodes and edges that are added to one builder in one function or module. A node on a cycle runs at most the
framework's default number of steps, unless a configuration says otherwise.
"""

from __future__ import annotations

from typing import Any

from auditor.link.flow_index import FlowIndex, call_name, key_of, receiver_of
from auditor.link.flow_loops import Repeat
from auditor.link.program import CallSite, FunctionInfo
from auditor.link.routes import is_test_path
from auditor.link.values import FunctionValue, Instance, Known, ListValue, Made, Member, Value, alternatives
from auditor.model.location import Span
from auditor.model.syntax import Call, Const, DictExpr, Expr, FunctionExpr, ListExpr, Name, Return
from auditor.model.walk import walk

DEFAULT_STEPS = 25
_NODE = frozenset(["add_node", "addNode"])
_EDGE = frozenset(["add_edge", "addEdge"])
_CONDITIONAL = frozenset(["add_conditional_edges", "addConditionalEdges"])
_BUILDING = _NODE | _EDGE | _CONDITIONAL
_RUNS = ("invoke", "ainvoke", "stream", "astream", "astream_events", "batch", "abatch", "kickoff", "run", "arun")
_RUN_BY = ("graph", "compile", "workflow", "crew", "llama_index", "haystack")
_MAX_IMPORTERS = 12
_MAX_LEVELS = 3


class Graphs:
    """The cycles of one program's agent graphs, memoised."""

    def __init__(self, index: FlowIndex) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self.program = index.program
        self._cyclic: dict[str, Repeat] = {}
        self._seen: set[str] = set()  # files that are read; more are loaded as values are followed
        self._nodes: set[str] = set()
        self._built: dict[str, set[int]] = {}
        self._homes: dict[int, str] = {}  # constructor of a builder -> the file that it is built in
        self._runs: dict[str, tuple[tuple[frozenset[int], CallSite], ...]] = {}  # by file
        self._followed: set[str] = set()

    def around(self, function: FunctionInfo) -> Repeat | None:
        """What a graph does to a function that is one of its nodes; None if it is none or on no cycle."""
        if len(self._seen) < len(self.program.modules):
            new = (s for s in self.program.scans() if s.info.path not in self._seen)
            for scan in sorted(new, key=lambda each: each.info.path):
                self._seen.add(scan.info.path)
                for scope in scan.info.functions if not _BUILDING.isdisjoint(scan.calls) else ():
                    self._read(scope)
        if function.id not in self._cyclic and self._node_of(function, "Batch"):
            return Repeat("per-item", function.at, None, "a node that runs once for each element")
        return self._cyclic.get(function.id)

    def tries(self, function: FunctionInfo) -> tuple[int, Span] | None:
        """How often a node is run that fails, by its constructor: `Ask(max_retries=3)` of PocketFlow."""
        owner = function.owner
        if owner is None or not self._node_of(function, "Node"):
            return None
        for scan in self.program.scans():
            for site in scan.calls.get(owner.name, ()):
                for arg in site.call.args:
                    value = self.program.evaluate(arg.value, site.function) if arg.name == "max_retries" else None
                    if isinstance(value, Known) and isinstance(value.value, int) and value.value > 1:
                        return value.value, site.call.at
        return None

    def _node_of(self, function: FunctionInfo, kind: str) -> bool:
        """Whether the function does the work of a PocketFlow node of a kind."""
        if function.owner is None or function.name not in ("exec", "exec_async"):
            return False
        bases = (b for b in self.program.bases(function.owner) if isinstance(b, str))
        return any(b.startswith("pocketflow.") and kind in b for b in bases)

    def is_node(self, function: FunctionInfo) -> bool:
        """Whether a graph of agents runs the function."""
        self.around(function)
        return function.id in self._nodes

    def builders(self, function: FunctionInfo) -> frozenset[int]:
        """The constructors (their ids) of the builders that the function is a node of; empty where they are not seen."""
        self.around(function)
        return frozenset(self._built.get(function.id, ()))

    def runs(self) -> tuple[tuple[frozenset[int], CallSite], ...]:
        """Where the loaded modules run graphs, each with the constructors of the builders that its graph comes from."""
        for scan in self.program.scans() if len(self._runs) < len(self.program.modules) else ():
            path = scan.info.path
            if path not in self._runs:
                self._runs[path] = ()
                sites = (s for name in _RUNS for s in scan.calls.get(name, ()) if not is_test_path(path))
                self._runs[path] = tuple(run for site in sites if (run := self._run(site)) is not None)
        return tuple(run for path in sorted(self._runs) for run in self._runs[path])

    def run_by(self, function: FunctionInfo) -> tuple[CallSite, ...]:
        """The calls that surely run a graph which the function is a node of."""
        builders = self.builders(function)
        for home in sorted({self._homes[b] for b in builders if b in self._homes}):
            self._load_importers(home)
        return tuple(site for origins, site in self.runs() if origins & builders) if builders else ()

    def _run(self, site: CallSite) -> tuple[frozenset[int], CallSite] | None:
        receiver = receiver_of(site.call)
        if call_name(site.call) not in _RUNS or not site.call.args or self.index.callees(site) or receiver is None:
            return None
        symbol = self.program.symbol(site.call.func, site.function).lower()
        if symbol and not any(w in symbol for w in _RUN_BY):
            return None
        return self.origins(receiver, site.function), site

    def _load_importers(self, path: str) -> None:
        """A graph is often built in one file and run in those that import it."""
        if path in self._followed or self.program.large:
            return
        self._followed.add(path)
        found, level = [path], [path]
        for _ in range(_MAX_LEVELS):
            level = sorted({i for p in level for i in self.program.loader.importers(p)} - set(found))
            found += level
        self.program.load(found[1 : _MAX_IMPORTERS + 1])

    def origins(self, expr: Expr, scope: FunctionInfo) -> frozenset[int]:
        """The constructors of the builders that a graph comes from: `StateGraph(...)` of `builder.compile()`."""
        found: set[int] = set()
        for value in alternatives(self.program.expand(self.program.evaluate(expr, scope))):
            current: Value | None = value
            for _ in range(60):
                while isinstance(current, Member):
                    current = current.base
                if not isinstance(current, Made):
                    break
                if current.receiver is None:
                    found.add(id(current.call))
                    break
                current = current.receiver
        return frozenset(found)

    def within(self, expr: Expr, scope: FunctionInfo, depth: int = 0) -> frozenset[int]:
        """The constructors of the builders of all graphs that an object is given: `Agent(graph=graph)`."""
        found = set(self.origins(expr, scope))
        for value in alternatives(self.program.evaluate(expr, scope)) if depth < 4 else ():
            for one in value.items[:12] if isinstance(value, ListValue) else (value,):
                if isinstance(one, Made):
                    for arg in one.call.args:
                        found |= self.within(arg.value, one.scope, depth + 1)
        return frozenset(found)

    def _read(self, scope: FunctionInfo) -> None:
        graphs: dict[str, list[Call]] = {}
        for site in self.program.sites(scope):
            name = call_name(site.call)
            if name in _BUILDING:
                graphs.setdefault(_builder(site.call), []).append(site.call)
        for calls in graphs.values():
            self._graph(calls, scope)

    def _graph(self, calls: list[Call], scope: FunctionInfo) -> None:
        nodes: dict[str, tuple[FunctionInfo, ...]] = {}
        edges: dict[str, set[str]] = {}
        at = calls[0].at
        for call in calls:
            name, args = call_name(call), [a.value for a in call.args]
            if name in _NODE and args:
                self._node(args, scope, nodes)
            elif name in _EDGE and len(args) >= 2:
                for source in _texts(args[0]):
                    edges.setdefault(source, set()).update(_texts(args[1]))
            elif name in _CONDITIONAL and args:
                targets = self._targets(args, scope)
                for source in _texts(args[0]):
                    edges.setdefault(source, set()).update(targets)
        builder = receiver_of(calls[0])
        origin = self.origins(builder, scope) if builder is not None else frozenset()
        self._homes.update(dict.fromkeys(origin, scope.path))
        for node, functions in nodes.items():
            self._nodes.update(f.id for f in functions)
            for function in functions:
                self._built.setdefault(function.id, set()).update(origin)
            if _comes_back(node, edges):
                repeat = Repeat("bounded", at, DEFAULT_STEPS, "graph with a cycle")
                for function in functions:
                    self._cyclic.setdefault(function.id, repeat)

    def _node(self, args: list[Expr], scope: FunctionInfo, nodes: dict[str, tuple[FunctionInfo, ...]]) -> None:
        names = _texts(args[0]) if len(args) > 1 else ([args[0].id] if isinstance(args[0], Name) else [])
        functions: list[FunctionInfo] = []
        runs = args[-1] if len(args) < 3 else args[1]
        if isinstance(runs, Call) and call_name(runs) == "bind" and receiver_of(runs) is not None:
            runs = receiver_of(runs) or runs  # worker.run.bind(worker)
        given = alternatives(self.program.evaluate(runs, scope))
        bound = [v for v in given if isinstance(v, Made) and v.symbol == "functools.partial" and v.call.args]
        inner = [v for b in bound for v in alternatives(self.program.evaluate(b.call.args[0].value, b.scope))]
        for value in (*given, *inner):
            if isinstance(value, FunctionValue):
                functions.append(value.function)
            elif isinstance(value, Instance) and "__call__" in value.cls.methods:
                functions.append(value.cls.methods["__call__"])
        for name in names:
            nodes[name] = tuple(functions)

    def _targets(self, args: list[Expr], scope: FunctionInfo) -> set[str]:
        """Where a conditional edge may lead: its mapping, or what its router returns."""
        if len(args) > 2:
            mapping = args[2]
            if isinstance(mapping, DictExpr):
                return {t for e in mapping.entries for t in _texts(e.value)}
            if isinstance(mapping, ListExpr):
                return {t for i in mapping.items for t in _texts(i)}
        if len(args) < 2:
            return set()
        out: set[str] = set()
        for value in alternatives(self.program.evaluate(args[1], scope)):
            if isinstance(value, FunctionValue):
                for node in self.index.of(value.function).returns:
                    if isinstance(node, Return) and node.value is not None:
                        out |= {n.value for n in walk(node.value) if isinstance(n, Const) and isinstance(n.value, str)}
        if isinstance(args[1], FunctionExpr):
            out |= {n.value for n in walk(args[1]) if isinstance(n, Const) and isinstance(n.value, str)}
        if isinstance(args[1], Name) and args[1].id == "tools_condition":
            out |= {"tools"}
        return out


def _builder(call: Call) -> str:
    """The variable that holds the builder, also at the foot of a chain of calls."""
    expr: Any = receiver_of(call)
    for _ in range(60):
        if not isinstance(expr, Call):
            break
        inner = receiver_of(expr)
        if inner is None:
            return f"{expr.at.line}:{expr.at.column}"
        expr = inner
    return key_of(expr)


def _texts(expr: Expr) -> list[str]:
    match expr:
        case Const(value=str() as text):
            return [text]
        case Name(id=name):
            return [name]
        case ListExpr(items=items):
            return [t for i in items for t in _texts(i)]
        case _:
            key = key_of(expr)
            return [key] if key else []


def _comes_back(node: str, edges: dict[str, set[str]]) -> bool:
    seen: set[str] = set()
    queue = list(edges.get(node, ()))
    while queue:
        current = queue.pop()
        if current == node:
            return True
        if current not in seen:
            seen.add(current)
            queue.extend(edges.get(current, ()))
    return False

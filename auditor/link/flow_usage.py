"""Whether the token usage or cost of a call is recorded: read from the answer and logged, stored, counted or returned.

Follows the answer forwards: through variables, streams, helpers that take it and callers that get it back whole (then
every caller must record it). Observers that the catalog knows count as well. Usage that is read and dropped, a log line
before the call and numbers written down by hand do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from auditor.catalog.schema import CallShape, Parameter, TypeShape
from auditor.lazily import regex
from auditor.link.flow_callers import Callers
from auditor.link.flow_index import FlowIndex, FunctionIndex, call_name, key_of, receiver_of, target_names
from auditor.link.flow_ways import MAX_HOPS
from auditor.link.names import Scan
from auditor.link.program import CallSite, FunctionInfo
from auditor.link.raw_calls import RawCall, arguments
from auditor.link.roles import Found, look, paths_of
from auditor.link.routes import Entries, is_test_path
from auditor.link.values import Made, Member, Value, alternatives
from auditor.model.location import Span
from auditor.model.setting import Absent, Given, Setting, Unclear
from auditor.model.syntax import (
    Arg,
    Assign,
    AssignExpr,
    Attr,
    Await,
    Binary,
    BoolOp,
    Call,
    Comprehension,
    Conditional,
    Const,
    DictExpr,
    Entry,
    Expr,
    ExprStmt,
    FunctionExpr,
    Generator,
    Index,
    ListExpr,
    Loop,
    Name,
    Opaque,
    Return,
    Spread,
    Template,
    Unary,
    With,
    WithItem,
    Yield,
)
from auditor.model.walk import walk

MAX_STEPS = 3000
_TOO_FAR = "the answer is handed on further than it is followed"
USAGE = frozenset(
    [
        *(
            "usage",
            "usage_metadata",
            "usageMetadata",
            "total_usage",
            "totalUsage",
            "token_usage",
            "tokenUsage",
            "total_tokens",
        ),
        *(
            "prompt_tokens",
            "completion_tokens",
            "input_tokens",
            "output_tokens",
            "totalTokens",
            "promptTokens",
            "inputTokens",
        ),
        *(
            "completionTokens",
            "outputTokens",
            "llm_output",
            "billed_units",
            "total_cost",
            "total_cost_usd",
            "_usage",
            "cost",
        ),
        *(
            "promptTokenCount",
            "totalTokenCount",
            "candidatesTokenCount",
            "total_token_count",
            "prompt_token_count",
            "eval_count",
        ),
        *(
            "prompt_eval_count",
            "usage_info",
            "inputTokenCount",
            "token_count",
            "tokens_used",
            "response_cost",
            "get_usage",
        ),
    ]
)
_RECORDS = regex(
    r"^_*(track|record|log|save|store|add|report|update|increment|insert|register|persist|write|emit)_?\w*?"
    r"(usage|costs?|tokens?|spend|spending|expense)(_|$|s$)\w*$|^_*(usage|cost|token)_?(tracker|logger|log|recorder)$",
    re.I,
)
_RECORDS_CAMEL = regex(
    r"^(track|record|log|save|store|add|report|update|increment|insert|register|persist|write)\w*?(Usage|Costs?|Tokens?|Spend)\w*$"
)
_TRACKER = regex(
    r"(usage|cost|billing|token|spend)[a-z_]*(\.\*)?$|(usage|cost|token)\w*(tracker|logger|counter|meter)", re.I
)
_AMOUNT = regex(r"(?i)token|cost|spend|price|usd")
_WHO = regex(
    r"(?i)(?:^|[._])(?:auth|user|member|account|session|customer|tenant|client|supabase|db|req|request|ctx|context|uid|ip|email|plan|tier|key)\w*(?:\.\w+)?$"
)
_VERB = regex(r"^(add|record|track|log|update|increment|incr|insert|save|report|observe|inc|register)(_|[A-Z]|$)")
_COUNTS = regex(r"^_*(count|num|calculate|get|estimate)_?(of_)?(the_)?\w*tokens?(_from_\w+|_count|_used)?$", re.I)
_TALLY = regex(r"^(?!.*(max|limit|left|remain|avail|budget)).*(tokens?|cost|usage)", re.I)
_PURE = frozenset(
    [
        *(
            "len",
            "int",
            "float",
            "bool",
            "isinstance",
            "getattr",
            "hasattr",
            "max",
            "min",
            "sum",
            "round",
            "dict",
            "Number",
        ),
        *("str", "type", "get", "toFixed"),
    ]
)
_WHOLE = frozenset(  # functions that record the whole of what they are given
    [
        *(
            "dump",
            "dumps",
            "insert",
            "insert_one",
            "add",
            "save",
            "jsonify",
            "json",
            "create",
            "info",
            "debug",
            "print",
            "log",
        ),
        *("append", "push", "write"),
    ]
)
_STORES = regex(  # functions that record an amount which they are given under its name
    r"^(upsert|merge|incr|incrby|hincrby|hset|hmset|increment|inc|set|put|put_item|update|update_one|insert_many|bulk_create|"
    r"execute|executemany|emit|observe|publish|writerow|capture)(?![a-z])"
)
_OBSERVER_ENV = frozenset(["LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"])
_OBSERVER_WORDS = (*sorted(_OBSERVER_ENV), "success_callback", "callbacks")
_CALLBACKS = frozenset(["get_openai_callback", "get_usage_metadata_callback", "get_bedrock_anthropic_callback"])


def _counts_uses(call: Call) -> bool:
    """`recordUsage(user, "summary")`: how often a person used a feature, which says nothing of tokens."""
    if _AMOUNT.search(call_name(call)):
        return False
    return all(
        (isinstance(a.value, Const) and isinstance(a.value.value, str))
        or (bool(key_of(a.value)) and _WHO.search(key_of(a.value)) is not None)
        for a in call.args
    )


class Usages:
    """Answers for one program."""

    def __init__(self, index: FlowIndex, callers: Callers, entries: Entries) -> None:
        """Create it over the other analyses of a program."""
        self.index = index
        self.program = index.program
        self.callers = callers
        self.entries = entries
        self._steps = 0
        self._followed: dict[tuple[str, str, frozenset[str], bool], tuple[int, Span | str | None]] = {}
        self._cut = False  # the way up went on where it was no longer followed
        self._keys: set[str] = set()  # under which usage is given back
        self._under: set[str] = set()  # keys of what holds something that holds usage
        self._extracted: Span | None = None
        self._above = False  # what is followed is something that holds usage, no longer the answer itself
        self._observed: dict[str, Span] | None = None
        self._names: frozenset[str] | None = None

    def of(self, raw: RawCall) -> Setting[str]:
        """Whether the usage of a row is recorded, and where that can be seen."""
        observer = self._observer(raw)
        if observer is not None:
            return observer
        names = USAGE | {u.rpartition(".")[2] for u in _usage_names(raw)}
        found: Span | None = None
        for place in raw.places:
            self._steps = MAX_STEPS
            self._keys, self._extracted, self._above = set(), None, False
            self._cut = False
            self._followed.clear()
            self._under = set()
            one = self._climb(place.call, place.function, names, frozenset(), 0)
            if one is None:
                return Unclear(_TOO_FAR) if self._cut else Absent()
            found = found or one
        return Given("recorded", found, "wrapper") if found is not None else Absent()

    # ------------------------------------------------------------------ observers

    def _observer(self, raw: RawCall) -> Setting[str] | None:
        for value in (raw.receiver, raw.callee):
            for option in alternatives(value) if value is not None else ():
                hit = _records(option)
                if hit is not None:
                    return Given("observer", hit, "client")
        vendor = self.program.catalog.vendor(raw.vendor)
        if (raw.shape is not None and raw.shape.records_usage) or (vendor is not None and vendor.records_usage):
            return Given("observer", raw.at, "client")
        for argument in arguments(self.program, raw, "usage_sink"):
            if isinstance(argument.expr, FunctionExpr):
                function = self.program.function_of(argument.expr.function)
                if function is not None and self._sink_function(function):
                    return Given("callback", argument.expr.at)
            elif not _off(argument.expr):
                switched = isinstance(argument.expr, Const)  # `instrument=True`: the framework's own record
                return Given("observer" if switched else "callback", argument.expr.at)
        traced = self._traced_by_agents(raw)
        if traced is not None:
            return Given("observer", traced, "client")
        framework = raw.shape.id.partition("/")[0] if raw.shape is not None else ""
        wide = self._process_wide()
        place = wide.get(raw.vendor) or wide.get(framework) or wide.get("*")
        if place is not None:
            return Given("observer", place, "config")
        return None

    def _traced_by_agents(self, raw: RawCall) -> Span | None:
        """Where the tracing is switched on of every agent that a model is run by: `Agent(model, instrument=True)`."""
        found: Span | None = None
        for place in raw.invocations:
            one: Span | None = None
            for value in alternatives(self.program.evaluate(place.call.func, place.function)):
                made = value.base if isinstance(value, Member) else value
                parameter = made.type.parameters.get("usage_sink") if isinstance(made, Made) and made.type else None
                one = self._switched_on(made, parameter) if isinstance(made, Made) and parameter is not None else None
                if one is None:
                    return None
            found = found or one
        return found

    def _switched_on(self, made: Made, parameter: Parameter) -> Span | None:
        for path in paths_of(parameter, made.language, self.program.versions):
            for way in look(self.program, made.call, made.scope, path, made.context):
                if isinstance(way, Found) and not _off(way.expr):
                    return way.expr.at
        return None

    def _sink_function(self, function: FunctionInfo) -> bool:
        """A callback that gets the usage and does something with it."""
        definition = function.definition
        if definition is None:
            return False
        self._steps = MAX_STEPS
        for param in definition.params:
            if param.pattern is not None:
                for name in target_names(param.pattern):
                    if name in USAGE and self._name_sinks(name, function, 0):
                        return True
            elif self._follow_name(param.name, function, USAGE, 0):
                return True
        return False

    def _process_wide(self) -> dict[str, Span]:
        """Vendors (or "*") that an observer instruments for the whole process, and LiteLLM's callbacks."""
        if self._observed is None:
            self._observed = {}
            for scan in self.program.scans():
                if not is_test_path(scan.info.path):
                    self._look_for_observers(scan, self._observed)
        return self._observed

    def _observer_names(self) -> frozenset[str]:
        """The last components of the symbols that make an observer."""
        if self._names is None:
            vendors = self.program.catalog.vendors
            shapes: list[TypeShape | CallShape] = [s for v in vendors for s in v.types if s.instruments]
            shapes += [s for v in vendors for s in v.calls if s.instruments]
            symbols = [x for s in shapes for texts in s.symbols.values() for x in texts]
            self._names = frozenset(re.split(r"[.:]", x)[-1] for x in symbols)
        return self._names

    def _look_for_observers(self, scan: Scan, observed: dict[str, Span]) -> None:
        for name in sorted(self._observer_names() & scan.calls.keys()):
            for site in scan.calls[name]:
                if any(isinstance(a.value, Const) and a.value.value is False for a in site.call.args[:1]):
                    continue  # `Agent.instrument_all(False)`
                if not self.entries.alive(site.function):
                    continue  # never switched on
                for value in alternatives(self.program.evaluate(site.call, site.function)):
                    for shape in (value.type, value.shape) if isinstance(value, Made) else ():
                        for vendor in shape.instruments if shape is not None else ():
                            observed.setdefault(vendor, site.call.at)
        path = scan.info.path
        if not any(path in self.program.loader.mentions(word) for word in _OBSERVER_WORDS):
            return
        for function in scan.info.functions:
            found: dict[str, Span] = {}
            for node in self.index.of(function).nodes:
                if isinstance(node, Assign) and node.value is not None and not _off(node.value):
                    for target in node.targets:
                        key = key_of(target)
                        if key.endswith(("litellm.success_callback", "litellm.callbacks")):
                            found.setdefault("litellm", node.at)
                        if key.rpartition(".")[2] in _OBSERVER_ENV:
                            found.setdefault("langchain", node.at)
            if found and self.entries.alive(function):
                observed.update({vendor: at for vendor, at in found.items() if vendor not in observed})

    # ------------------------------------------------------------------ forwards from the answer

    def _climb(
        self, node: Any, scope: FunctionInfo, names: frozenset[str], seen: frozenset[str], depth: int
    ) -> Span | None:
        """Where the usage of the answer at `node` is recorded on every live way; None if somewhere it is not."""
        if scope.id in seen:
            return None
        if self._steps <= 0 or depth > MAX_HOPS:
            self._cut = True
            return None
        outcome = self._follow(node, scope, names, 0)
        if isinstance(outcome, Span):
            return outcome
        beside = self._recorded_beside(scope)
        if beside is not None:
            return beside
        edges = [e for e in self.callers.up(scope) if e.scope is not scope and e.scope.id not in seen]
        extracted = self._extracted if outcome == "extracted" else None
        if not edges or (extracted is not None and self.entries.user_entry(scope)):
            return extracted
        above = names | self._keys if outcome else frozenset()
        self._above = self._above or extracted is not None
        found: Span | None = None
        for edge in edges[:24] if outcome or depth < 3 else ():
            one = self._climb(edge.node, edge.scope, above, seen | {scope.id}, depth + 1)
            if one is None:
                return None
            found = found or one
        return found

    def _recorded_beside(self, scope: FunctionInfo) -> Span | None:
        """A call such as `track_usage(...)` or `log_token_cost(...)`, or LangChain's callback, in the same function."""
        nested = self.index.nested(scope) if scope.definition is not None else ()
        for site in (s for f in (scope, *nested) for s in self.program.sites(f)):
            name = call_name(site.call)
            if name in _CALLBACKS and self._callback_used(site, scope):
                return site.call.at
            if (_RECORDS.match(name) or _RECORDS_CAMEL.match(name)) and site.call.args and not _counts_uses(site.call):
                return site.call.at
            if _TRACKER.search(key_of(receiver_of(site.call))) and _VERB.match(name) and site.call.args:
                return site.call.at
            if self._counts_tokens(site) and self._tallied(site.call, site.function, 0):
                return site.call.at
        return None

    def _counts_tokens(self, site: CallSite) -> bool:
        """`encoding.encode(text)` of tiktoken, `count_tokens(messages)`: counted by the code itself."""
        if _COUNTS.match(call_name(site.call)):
            return True
        return call_name(site.call) == "encode" and "tiktoken" in self.program.symbol(site.call.func, site.function)

    def _tallied(self, node: Any, scope: FunctionInfo, depth: int) -> bool:
        """Whether a count is added up, kept, or given back under a name of usage; to compare it or cut by it is nothing."""
        self._steps -= 1
        if depth > 3 or self._steps <= 0:
            return False
        for up, child in self.index.of(scope).above(node):
            match up:
                case Call() if child is up.func or call_name(up) in _PURE:
                    continue
                case Call():
                    name = call_name(up)
                    return bool(_RECORDS.match(name) or _RECORDS_CAMEL.match(name))
                case Entry(key=Const(value=str() as key)) | Arg(name=str() as key) if key in USAGE:
                    return True
                case Assign(targets=(target, *_), op=op) if child is up.value:
                    if isinstance(target, Attr | Index):
                        return bool(op) or _TALLY.search(key_of(target)) is not None
                    names = [n for n in target_names(target) if _TALLY.search(n)]
                    return any(self._tallied_name(n, scope, depth + 1) for n in names)
                case Attr() | Index() | Arg() | Binary(op="+" | "*" | "-" | "/") | Await() | DictExpr() | ListExpr():
                    continue
                case _:
                    return False
        return False

    def _tallied_name(self, name: str, scope: FunctionInfo, depth: int) -> bool:
        index = self.index.of(scope)
        return any(
            isinstance(n, Name) and n.id == name and not _is_target(index, n) and self._tallied(n, scope, depth)
            for n in index.nodes
        )

    def _callback_used(self, site: CallSite, scope: FunctionInfo) -> bool:
        index = self.index.of(scope)
        for up, _ in index.above(site.call):
            if isinstance(up, With):
                names = [n for i in up.items for n in target_names(i.target)]
                return any(self._follow_name(n, scope, USAGE, 0) for n in names)
        return False

    def _follow(self, node: Any, scope: FunctionInfo, names: frozenset[str], depth: int) -> Span | str | None:
        """Where the answer goes: a Span where its usage is recorded, "returned" if it is given back whole, else None."""
        if not names:
            return None
        index = self.index.of(scope)
        child = node
        chain = list(index.above(node))
        for up, child in chain:
            if self._steps <= 0:
                return None
            self._steps -= 1
            match up:
                case Attr(name=name) | Index(key=Const(value=str() as name)):
                    if name in names:
                        return self._outcome(up, scope)
                    if self._above and name not in self._under:
                        return None  # another part of what was given back
                    continue
                case Entry(key=Const(value=str() as key)) if self._above:
                    self._under.add(key)
                    continue
                case Index() | Await() | Conditional() | BoolOp() | Spread() | ListExpr() | DictExpr() | Entry():
                    continue
                case Call() if child is up.func:
                    if _first_text(up) in names and call_name(up) in ("get", "getattr"):
                        return self._outcome(up, scope)
                    continue
                case Arg():
                    continue
                case Call():
                    given = self._given_to(up, child, scope, names, depth)
                    if given == "taken out":
                        return self._follow_extract(up, scope, names, depth)
                    if given is not None or not self._passes_through(up, scope):
                        return given
                    continue
                case AssignExpr(target=target):
                    found = self._assigned(target, scope, names, depth)
                    if found is not None:
                        return found
                    continue
                case Assign(targets=targets, value=value):
                    found = self._first(self._assigned(t, scope, names, depth) for t in targets)
                    kept = (self._put_under(t, value, scope, names, depth) for t in targets if isinstance(t, Index))
                    return found or self._first(kept)
                case Binary(op="+" | "-" | "*" | "/") if self._above:
                    continue
                case Loop(target=target, iterable=iterable) if child is iterable:
                    return self._assigned(target, scope, names, depth)
                case Generator(target=target) | WithItem(target=target):
                    return self._assigned(target, scope, names, depth)
                case Return() | Yield():
                    return "returned"
                case Comprehension():
                    continue
                case _:
                    return None
        return None

    def _follow_extract(self, call: Call, scope: FunctionInfo, names: frozenset[str], depth: int) -> Span | str | None:
        """A helper took the usage out of what it was given (`[meta(r) for r in results]`): where its own answer goes."""
        above, self._above = self._above, True
        found = self._follow(call, scope, names | self._keys, depth + 1) if depth < 6 else None
        self._above = above
        return "extracted" if found == "returned" else found

    def _outcome(self, node: Any, scope: FunctionInfo) -> Span | str | None:
        """What becomes of the usage read at `node`: a Span where it is recorded, "extracted" if it is given back."""
        sink = self._sinks(node, scope, 0)
        if sink == "returned":
            self._extracted = node.at
            return "extracted"
        return node.at if sink else None

    def _first(self, outcomes: Iterator[Span | str | None]) -> Span | str | None:
        best: Span | str | None = None
        for outcome in outcomes:
            if isinstance(outcome, Span):
                return outcome
            best = outcome if outcome == "extracted" else best or outcome
        return best

    def _assigned(
        self, target: Expr | None, scope: FunctionInfo, names: frozenset[str], depth: int
    ) -> Span | str | None:
        if target is None:
            return None
        if isinstance(target, DictExpr):
            for entry in target.entries:
                if isinstance(entry.key, Const) and entry.key.value in names:
                    for name in target_names(entry.value):
                        sink = self._name_sinks(name, scope, 0)
                        if sink:
                            self._extracted = target.at
                            return target.at if sink == "stored" else "extracted"
        if isinstance(target, Attr):
            return self._follow_attribute(key_of(target), scope, names, depth)
        return self._first(self._follow_name(n, scope, names, depth) for n in target_names(target))

    def _put_under(
        self, target: Index, value: Expr | None, scope: FunctionInfo, names: frozenset[str], depth: int
    ) -> Span | str | None:
        """`row["in"] = tokens`: what is kept under a key goes where its holder goes."""
        if not isinstance(target.base, Name) or (self._above and not (_tells_amount(value) or _tells_amount(target))):
            return None
        if self._above and isinstance(target.key, Const) and isinstance(target.key.value, str):
            self._under.add(target.key.value)
        return self._follow_name(target.base.id, scope, names, depth + 1)

    def _follow_attribute(self, key: str, scope: FunctionInfo, names: frozenset[str], depth: int) -> Span | str | None:
        cls = scope.self_class
        if cls is None or not key.startswith("self.") or depth > 4:
            return None
        for method in self.index.methods_of(cls):
            index = self.index.of(method)
            for node in index.nodes:
                if isinstance(node, Attr) and key_of(node) == key and not _is_target(index, node):
                    outcome = self._follow(node, method, names, depth + 2)
                    if isinstance(outcome, Span):
                        return outcome
        return None

    def _follow_name(self, name: str, scope: FunctionInfo, names: frozenset[str], depth: int) -> Span | str | None:
        """What becomes of all that holds the answer under a name; `text = text.strip()` leads back to it and is asked once."""
        if depth > 5:
            return None
        key = (name, scope.id, names, self._above)
        known = self._followed.get(key)
        if known is not None and depth >= known[0]:
            return known[1]
        self._followed[key] = (depth, None)
        found = self._follow_each(name, scope, names, depth)
        self._followed[key] = (depth, found)
        return found

    def _follow_each(self, name: str, scope: FunctionInfo, names: frozenset[str], depth: int) -> Span | str | None:
        best: Span | str | None = None
        for function in [scope, *self.index.nested(scope)]:
            index = self.index.of(function)
            for node in index.nodes:
                if isinstance(node, Name) and node.id == name and not _is_target(index, node):
                    outcome = self._follow(node, function, names, depth + 1)
                    if isinstance(outcome, Span):
                        return outcome
                    if function is scope:
                        best = outcome if outcome == "extracted" else best or outcome
        return best

    def _given_to(
        self, call: Call, child: Any, scope: FunctionInfo, names: frozenset[str], depth: int
    ) -> Span | str | None:
        """The answer is handed whole to a function."""
        name = call_name(call)
        if _RECORDS.match(name) or _RECORDS_CAMEL.match(name):
            return call.at
        if name in ("getattr", "get") and _second_text(call) in names:
            return self._outcome(call, scope)
        if self._above and (name in _WHOLE or (_STORES.match(name) and _tells_amount(child))):
            return call.at
        site = self.index.of(scope).sites.get(id(call))
        callees = self.index.callees(site) if depth < 4 else ()
        taken: str | None = None
        for callee in callees[:4]:
            param = self._parameter(call, child, callee)
            if param:
                outcome = self._follow_name(param, callee, names, depth + 2)
                if isinstance(outcome, Span):
                    return outcome
                taken = "taken out" if outcome == "extracted" else taken
        return taken

    def _parameter(self, call: Call, child: Any, callee: FunctionInfo) -> str:
        definition = callee.definition
        if definition is None:
            return ""
        params = definition.params
        if callee.owner is not None and callee.language == "python" and not definition.static and params:
            params = params[1:]
        position = 0
        for arg in call.args:
            if arg is child or arg.value is child:
                if arg.name:
                    return arg.name
                return params[position].name if position < len(params) else ""
            position += arg.name is None
        return ""

    def _passes_through(self, call: Call, scope: FunctionInfo) -> bool:
        """The call's result still holds the answer: `wait_for(x)`, `json.loads(x)`, `Promise.race([x])`, own helpers."""
        name = call_name(call)
        return name in (
            *(
                "wait_for",
                "shield",
                "race",
                "run",
                "loads",
                "parse",
                "dict",
                "model_dump",
                "to_thread",
                "all",
                "gather",
                "resolve",
            ),
            *(
                "create_task",
                "list",
                "asdict",
                "cast",
                "create",
                "enumerate",
                "iter",
                "aiter",
                "ensure_future",
                "json",
                "Some",
            ),
        )

    # ------------------------------------------------------------------ forwards from the usage

    def _sinks(self, node: Any, scope: FunctionInfo, depth: int) -> str:
        """Whether a usage value is put to use: "stored" (handed to a function, kept, added up), "returned" or ""."""
        index = self.index.of(scope)
        for up, child in index.above(node):
            self._steps -= 1
            match up:
                case Call() if child is up.func:
                    continue
                case Call():
                    if call_name(up) in _PURE or call_name(up)[:1].isupper():
                        continue  # an object that holds it
                    return "stored"
                case Return() | Yield():
                    return "returned"
                case Assign(targets=targets) if child is up.value:
                    return _best(self._stored(t, scope, depth) for t in targets)
                case AssignExpr(target=target) if child is up.value:
                    if sink := self._stored(target, scope, depth):
                        return sink
                case Entry(key=Const(value=str() as key)) | Arg(name=str() as key):
                    self._keys.add(key)
                case Loop(target=target, iterable=iterable) if child is iterable and target is not None:
                    return self._stored(target, scope, depth)
                case Assign() | ExprStmt():
                    return ""
                case Binary(op="==" | "!=" | "is" | "is not" | "<" | ">" | "<=" | ">="):
                    return ""
                case Conditional(test=test) if child is test:
                    return ""
                case (
                    Attr()
                    | Index()
                    | Arg()
                    | Entry()
                    | DictExpr()
                    | ListExpr()
                    | Template()
                    | Conditional()
                    | BoolOp()
                    | Binary()
                ):
                    continue
                case Await() | Spread() | Opaque() | Comprehension() | Generator() | Unary():
                    continue
                case _:
                    return ""
        return ""

    def _stored(self, target: Expr, scope: FunctionInfo, depth: int) -> str:
        if isinstance(target, Attr | Index):
            return "stored"
        return _best(self._name_sinks(n, scope, depth + 1) for n in target_names(target))

    def _name_sinks(self, name: str, scope: FunctionInfo, depth: int) -> str:
        if depth > 4 or self._steps <= 0:
            return ""
        home = self.index.scope_of(name, scope)
        start = home.function if home is not None else scope
        if start.definition is None and start is not scope:
            return "stored"  # a variable of the module
        best = ""
        for function in [start, *self.index.nested(start)]:
            index = self.index.of(function)
            for node in index.nodes:
                if isinstance(node, Name) and node.id == name and not _is_target(index, node):
                    sink = self._sinks(node, function, depth + 1)
                    if sink == "stored":
                        return sink
                    best = best or sink
        return best


def _best(sinks: Iterator[str]) -> str:
    found = set(sinks)
    return "stored" if "stored" in found else "returned" if "returned" in found else ""


def _is_target(index: FunctionIndex, node: Any) -> bool:
    child = node
    for up, below in index.above(node):
        match up:
            case Assign(value=value):
                return below is not value
            case AssignExpr(value=value):
                return below is not value
            case Loop(iterable=iterable) if up.kind == "for":
                return below is up.target and below is not iterable
            case Generator(target=target):
                return below is target
            case WithItem(target=target):
                return below is target
            case Attr() | Index() | ListExpr() | DictExpr() | Entry() | Spread():
                child = up
            case _:
                return False
    del child
    return False


def _tells_amount(node: Any) -> bool:
    """Whether a name or key in an expression speaks of tokens or costs."""
    for part in walk(node) if node is not None else ():
        match part:
            case Name(id=text) | Attr(name=text) | Entry(key=Const(value=str() as text)) | Arg(name=str() as text):
                pass
            case Index(key=Const(value=str() as text)):
                pass
            case _:
                continue
        if _TALLY.search(text):
            return True
    return False


def _usage_names(raw: RawCall) -> tuple[str, ...]:
    shape = raw.shape.usage if raw.shape is not None else ()
    wire = raw.wire.usage if raw.wire is not None else ()
    return (*shape, *wire)


def _records(value: Value) -> Span | None:
    for _ in range(6):
        if not isinstance(value, Made):
            base = getattr(value, "base", None)
            if not isinstance(base, Value):
                return None
            value = base
            continue
        if (value.type is not None and value.type.records_usage) or (
            value.shape is not None and value.shape.records_usage
        ):
            return value.call.at
        if value.receiver is None:
            return None
        value = value.receiver
    return None


def _first_text(call: Call) -> str:
    first = call.args[0].value if call.args else None
    return first.value if isinstance(first, Const) and isinstance(first.value, str) else ""


def _second_text(call: Call) -> str:
    second = call.args[1].value if len(call.args) > 1 else None
    return second.value if isinstance(second, Const) and isinstance(second.value, str) else ""


def _off(expr: Expr) -> bool:
    if isinstance(expr, Const):
        return not expr.value or str(expr.value).lower() == "false"
    if isinstance(expr, DictExpr):  # experimental_telemetry: {isEnabled: false}
        return any(isinstance(e.key, Const) and e.key.value == "isEnabled" and _off(e.value) for e in expr.entries)
    return isinstance(expr, ListExpr) and not expr.items

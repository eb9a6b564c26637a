"""Whether people's text reaches an expression: backwards along variables, parameters, attributes and returned values.

Flow-insensitive within a function; through calls the arguments count (a function may pass on what it is given) and what
the callee returns on its own. Text that is stored and read back counts where the reading depends on what a person gave
(an id from a request), else not. Tests, numbers and comparisons carry no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from auditor.lazily import regex
from auditor.link.flow_graphs import Graphs
from auditor.link.flow_index import (
    Binding,
    FlowIndex,
    FunctionIndex,
    argument_of,
    call_name,
    is_function,
    key_of,
    receiver_of,
    target_names,
)
from auditor.link.flow_sql import EXECUTES, FETCHES, SqlTables
from auditor.link.flow_stores import ANY, Stores
from auditor.link.flow_tables import Tables
from auditor.link.library import SESSIONS
from auditor.link.program import CallSite, ClassInfo, FunctionInfo
from auditor.link.routes import Entries, is_test_path
from auditor.link.value_ops import destinations
from auditor.link.values import ClassValue, External, FunctionValue, Instance, Made, alternatives
from auditor.model.syntax import (
    Arg,
    Assign,
    Attr,
    Binary,
    BoolOp,
    Call,
    Comprehension,
    Conditional,
    Const,
    DictExpr,
    Expr,
    FunctionExpr,
    If,
    Index,
    ListExpr,
    Name,
    Opaque,
    Param,
    Unary,
)
from auditor.model.walk import children, walk

MAX_STEPS = 6000
MAX_NESTING = 100  # of expressions followed through one another; the interpreter's stack is the limit
MAX_CALLERS = 24
MAX_WRAPPERS = 4
_COMPARISONS = frozenset(["==", "!=", "<", ">", "<=", ">=", "in", "not in", "is", "is not", "instanceof"])
_TEXTLESS = frozenset(
    [
        *(
            "int",
            "float",
            "bool",
            "number",
            "boolean",
            "Session",
            "AsyncSession",
            "BackgroundTasks",
            "Response",
            "Date",
        ),
        *("datetime", "date", "Decimal", "UUID"),
    ]
)
_AMOUNTS = frozenset(  # arguments that say how many, never what
    [
        *(
            "take",
            "limit",
            "skip",
            "offset",
            "page",
            "pageSize",
            "page_size",
            "perPage",
            "per_page",
            "first",
            "last",
            "count",
        ),
        *(
            "max_results",
            "maxResults",
            "top_k",
            "topK",
            "k",
            "n_results",
            "timeout",
            "batch_size",
            "batchSize",
            "max_tokens",
        ),
        *("maxTokens", "temperature", "seed", "timeout_seconds"),
    ]
)
_AMBIGUOUS = frozenset(["insert", "add", "update", "set", "setdefault", "write"])  # of a container, or of a database
_CONTAINERS = frozenset(
    [
        "list",
        "dict",
        "set",
        "deque",
        "defaultdict",
        "OrderedDict",
        "Map",
        "Set",
        "Array",
        "FormData",
        "URLSearchParams",
        "StringIO",
        "BytesIO",
        "NamedTemporaryFile",  # what is read by its name is what was written into it
        "SpooledTemporaryFile",
    ]
)
_NO_TEXT_CALLS = frozenset(
    ["len", "bool", "isinstance", "hasattr", "now", "utcnow", "uuid4", "time", "random", "type", "id"]
)
_NUMBERS = frozenset(["int", "float", "bool", "parseInt", "parseFloat", "Number", "Boolean"])  # of a text: no text
_DISPATCH = frozenset(  # `task.delay(x)` runs the task with x
    [
        "delay",
        "apply_async",
        "send",
        "s",
        "si",
        "remote",
        "spawn",
        "map",
        "starmap",
        "submit",
        "enqueue",
        "kiq",
        "trigger",
    ]
)
_QUERIES = frozenset(["filter", "filter_by", "where", "having", "and_", "or_", "find", "find_one"])
_READS = frozenset(  # methods that fetch stored rows
    [
        *(
            "find",
            "findOne",
            "findOneBy",
            "findUnique",
            "findUniqueOrThrow",
            "findFirst",
            "findById",
            "findMany",
            "findBy",
        ),
        *("find_one", "find_by_id", "execute", "query", "get", "get_or_404", "where", "eq", "filter", "filter_by"),
        *("scalar", "scalars", "fetch", "fetchrow", "fetch_one", "fetch_all", "fetchval", "get_item", "getDoc", "doc"),
        *("readFile", "readFileSync"),
    ]
)
_ID = regex(r"(?:^|_)(?:id|uuid|pk)$|Id$|ID$|Uuid$")
_REQUEST_TYPES = frozenset(
    ["Request", "NextRequest", "NextApiRequest", "VercelRequest", "IncomingMessage", "FastifyRequest"]
)
_QUEUES = frozenset(["queue", "priorityQueue", "cargo", "cargoQueue", "promise", "fastq", "fastQ"])
_LISTENS = frozenset(["addEventListener", "addListener", "on", "once", "onMessage", "addHandler", "subscribe"])
_INJECTED = frozenset(["Depends", "Security", "Inject", "Provide", "inject"])
_EXECUTORS = frozenset(
    [
        *(
            "submit",
            "to_thread",
            "run_in_executor",
            "create_task",
            "Thread",
            "partial",
            "call_soon",
            "run_sync",
            "Process",
        ),
        *("call_soon_threadsafe", "run_in_threadpool", "add_task", "start_new_thread", "async_to_sync"),
    ]
)
_ON_TEXT = frozenset(
    [
        *(
            "str",
            "join",
            "format",
            "strip",
            "lower",
            "upper",
            "replace",
            "get",
            "split",
            "append",
            "parse_args",
            "dict",
            "list",
        ),
        *(
            "parse_known_args",
            "vars",
            "rstrip",
            "lstrip",
            "trim",
            "toString",
            "slice",
            "concat",
            "prompt",
            "ask",
            "parse",
            "opts",
        ),
        *("map", "filter", "dedent", "String", "hideBin", "argv", "parseSync"),
    ]
)


class UserInput:
    """Answers for one program, memoised."""

    def __init__(
        self,
        index: FlowIndex,
        entries: Entries,
        graphs: Graphs,
        *,
        command_line: bool = False,
        ships: Callable[[str], bool | None] | None = None,
    ) -> None:
        """Create it over the other analyses of a program.

        With `command_line`, arguments of commands count as people's text as long as they only pass through functions on
        texts: a path that is opened is the operator's choice of a file, not what somebody typed. `ships` says which
        files run on a user's own device.
        """
        self.command_line = command_line
        self._ships = ships
        self.graphs = graphs
        self.tables = Tables(index)
        self.sql = SqlTables(index)
        self.stores = Stores(index)
        self.index = index
        self.program = index.program
        self.entries = entries
        self._memo: dict[tuple[int, str, frozenset[str]], bool] = {}
        self._params: dict[tuple[str, str], bool] = {}
        self._names: dict[tuple[str, str, frozenset[str]], bool] = {}
        self._kept: list[Any] = []
        self._open: set[tuple[int, Any]] = set()
        self._fresh: list[tuple[dict[Any, bool], Any]] = []
        self._looped = False
        self._steps = 0
        self._depth = 0
        self._cut = False
        self._runs: list[tuple[frozenset[int], Expr | None, FunctionInfo]] | None = None

    def reaches(self, expr: Expr, scope: FunctionInfo) -> bool | None:
        """Whether people's text can be part of the expression; None if it could not be followed to the end."""
        self._steps = MAX_STEPS // 4 if self.index.program.large else MAX_STEPS
        self._depth, self._cut, self._looped = 0, False, False
        self._kept.append(expr)  # answers are known by identity
        self._fresh.clear()
        found = self._expr(expr, scope, frozenset())
        if self._looped or self._cut:  # a "no" that was found while a cycle was being followed is not final
            for memo, key in self._fresh:
                memo.pop(key, None)
        if found:
            return True
        return None if self._cut else False

    def is_source(self, expr: Expr, scope: FunctionInfo) -> bool:
        """Whether the expression itself is what a person sent."""
        return self._source(expr, scope)

    def _begin(self, memo: dict[Any, bool], key: Any) -> bool | None:
        """The known answer; no, for a question that is being answered already: it adds nothing to itself; else None."""
        known = memo.get(key)
        if known is not None:
            return known
        if (id(memo), key) in self._open:
            self._looped = True
            return False
        self._open.add((id(memo), key))
        return None

    def _end(self, memo: dict[Any, bool], key: Any, found: bool) -> bool:
        """Note the answer of a question that was begun."""
        self._open.discard((id(memo), key))
        memo[key] = found
        if not found:
            self._fresh.append((memo, key))
        return found

    # ------------------------------------------------------------------ expressions

    def _expr(self, expr: Any, scope: FunctionInfo, block: frozenset[str]) -> bool:
        if expr is None or isinstance(expr, Const):
            return False
        if self._steps <= 0:
            self._cut = True
            return False
        self._steps -= 1
        if self._depth > MAX_NESTING:
            self._cut = True
            return False
        key = (id(expr), scope.id, block)
        known = self._begin(self._memo, key)
        if known is not None:
            return known
        self._depth += 1
        found = self._dispatch(expr, scope, block)
        self._depth -= 1
        return self._end(self._memo, key, found)

    def _dispatch(self, expr: Any, scope: FunctionInfo, block: frozenset[str]) -> bool:
        match expr:
            case Name(id=name):
                return self._name(name, expr, scope, block)
            case Attr():
                return self._attr(expr, scope, block)
            case Index(base=base, key=chosen):
                if isinstance(chosen, Const) and chosen.value == "s3":
                    return False  # an event of a bucket: the names of files
                if self._assumes(block) and self._expr(chosen, scope, _field(block)):
                    return True
                if key_of(expr):
                    return self._attr(expr, scope, block)
                return self._expr(base, scope, self._of_part(expr, block))
            case Call():
                return self._call(expr, scope, block)
            case Binary(op=op) if op in _COMPARISONS:
                return False
            case Unary(op="not"):
                return False
            case Conditional(then=then, orelse=orelse):
                return self._expr(then, scope, block) or self._expr(orelse, scope, block)
            case BoolOp(op="and", values=values):
                return self._expr(values[-1], scope, block)
            case Comprehension(element=element, generators=generators):
                if self._assumes(block) and any(
                    self._compares(c, scope, block) for g in generators for c in g.conditions
                ):
                    return True
                return self._expr(element, scope, block) or any(
                    self._expr(g.iterable, scope, _field(block)) for g in generators
                )
            case DictExpr(entries=entries):
                field, whole = _asked(block), _field(block)
                return any(
                    self._expr(e.value, scope, whole)
                    for e in entries
                    if not _is_amount(e.key)
                    and not (
                        field and isinstance(e.key, Const) and isinstance(e.key.value, str) and e.key.value != field
                    )
                )
            case Arg(value=value, name=name):
                return name not in _AMOUNTS and self._expr(value, scope, block)
            case FunctionExpr(function=definition):
                function = self.program.function_of(definition)
                return function is not None and self._result(function, block)
            case _:
                return any(self._expr(c, scope, block) for c in children(expr))

    @staticmethod
    def _of_part(expr: Any, block: frozenset[str]) -> frozenset[str]:
        """What is asked of the whole where a part of it is asked about: one field of a record, all of anything else."""
        if not isinstance(expr, Index):
            return _field(block)
        match expr.key:
            case Const(value=str(name)) if name:
                return _field(block, name)
            case Const(value=int()) | Opaque(kind="slice"):
                return block  # one or some of a list
            case _:
                return _field(block)

    def _assumes(self, block: frozenset[str]) -> bool:
        """Whether what is chosen by people's text counts: where it is asked what a function makes of what it is given."""
        return not self.command_line and any(b[0] == "+" for b in block)

    def _source(self, expr: Expr, scope: FunctionInfo) -> bool:
        """Whether the expression itself is people's text."""
        table = self.entries.table
        symbol = self.program.symbol(expr, scope)
        prefixes = table.sources.get("command_line" if self.command_line else scope.language, ())
        if symbol:
            bare = symbol.removeprefix("builtins.")
            return self._widget(bare, scope.path) or any(
                bare.startswith(p) and (len(bare) == len(p) or bare[len(p)] in ".:(/") for p in prefixes
            )
        key = key_of(expr)
        if isinstance(expr, Name) or not key:
            return isinstance(expr, Name) and key in prefixes and self.index.scope_of(key, scope) is None
        if scope.language != "python" and any(key == p or key.endswith("." + p) for p in table.source_paths):
            return True
        head = key.partition(".")[0]
        return self.index.scope_of(head, scope) is None and any(key == p or key.startswith(p + ".") for p in prefixes)

    def _name(self, name: str, expr: Name, scope: FunctionInfo, block: frozenset[str]) -> bool:
        if name in ("self", "cls", "super"):
            return False
        home = self.index.scope_of(name, scope)
        if home is None:
            return self._source(expr, scope) or self._imported(expr, scope, block)
        if home.function.definition is None and self._typed(name, scope):
            return True
        key = (home.function.id, name, block)
        known = self._begin(self._names, key)
        if known is not None:
            return known
        found, field = False, _asked(block)
        for binding in _effective(home.bindings.get(name, [])):
            under = _put_under(binding, name) if field else ""
            if under and under != field:
                continue
            if binding.value is not None and self._expr(
                binding.value, home.function, _field(block) if under else block
            ):
                found = True
                break
        found = found or any(self._binding(b, f, block) for b, f in self._put_in_turn(name, home))
        if not found and home.param(name) is not None:
            if _given(home.function, name) in block:
                found = True
            elif home.function.id not in block:
                found = self._param(home.function, name)
        found = found or self._stored(home, name, block)
        return self._end(self._names, key, found)

    def _stored(self, home: FunctionIndex, name: str, block: frozenset[str], asked: str = ANY) -> bool:
        """What any function of the module puts into a mapping or list of the module, under a key that may be the asked one."""
        if self.command_line:
            return False
        if home.function.definition is not None:
            if home.param(name) is not None or any(b.kind != "mutate" for b in home.bindings.get(name, ())):
                return False
            home = self.index.of(home.function.chain[-1])  # it only puts something into what is another's
        whole = [b for b in home.bindings.get(name, ()) if b.kind == "value"]
        if not any(_is_container(b.value) for b in whole):
            return False
        return any(
            self._expr(value, function, frozenset())
            for key, value, function in self.stores.into(home, name)
            if function.id not in block and (ANY in (asked, key) or asked == key)
        )

    def _put_in_turn(self, name: str, home: FunctionIndex) -> Iterator[tuple[Binding, FunctionInfo]]:
        """What `messages.forEach(m => contents.push(m.text))` puts into a variable of the function around it."""
        for node in home.expression_of.values():
            taker = _call_above(home, node)
            function = self.program.function_of(node.function) if taker and call_name(taker) == "forEach" else None
            held = self.index.of(function).bindings.get(name, ()) if function is not None else ()
            if function is not None and all(b.kind in ("mutate", "aug") for b in held):
                yield from ((b, function) for b in held)

    def _typed(self, name: str, scope: FunctionInfo) -> bool:
        """Whether a form field of the file's markup writes into the variable."""
        if scope.language == "python" or self.command_line:
            return False
        module = self.program.module(scope.path)
        return module is not None and name in module.module.typed

    def _imported(self, expr: Name, scope: FunctionInfo, block: frozenset[str]) -> bool:
        """A variable of another module of the repository: what that module puts into it."""
        for value in alternatives(self.program.evaluate(expr, scope)):
            if isinstance(value, External):
                return False
            if isinstance(value, Instance) and value.call is not None and value.scope is not None:
                return any(self._expr(a.value, value.scope, block) for a in value.call.args)
        return False

    def _binding(self, binding: Binding, scope: FunctionInfo, block: frozenset[str]) -> bool:
        if binding.value is None:
            return False
        return self._expr(binding.value, scope, block)

    def _attr(self, expr: Any, scope: FunctionInfo, block: frozenset[str]) -> bool:
        if self.command_line and isinstance(expr, Attr) and self._counts(expr, scope):
            return False
        if self._source(expr, scope):
            return True
        key = key_of(expr)
        part = self._of_part(expr, block)
        if not key:
            return self._expr(expr.base, scope, part)
        head, _, rest = key.partition(".")
        if scope.language == "javascript" and (rest == "env" or rest.startswith("env.")):
            return False  # `c.env.DB` of Hono, `platform.env.KEY` of SvelteKit: what the platform is set up with
        if self._typed(rest if head in ("self", "this") else key.removesuffix(".value"), scope):
            return True
        if head == "self" and rest:
            name = "self." + rest.partition(".")[0]
            asked = block if key == name else part if key_of(expr.base) == name else _field(block)
            return self._attribute(name, scope, asked)
        home = self.index.scope_of(head, scope)
        if home is None:
            return self._expr(expr.base, scope, part)
        if key in home.bindings and home.param(head) is None:
            given = _effective(home.bindings[key])
            bound = any(self._binding(b, home.function, _of_binding(b, key, block)) for b in given)
            whole = [b for b in home.bindings.get(head, ()) if b.kind != "mutate"]
            literal = all(isinstance(b.value, DictExpr | Const) for b in whole)
            return bound or (not literal and self._expr(expr.base, scope, part))
        if self._typed_without_text(expr, scope):
            return False
        if isinstance(expr, Index) and isinstance(expr.base, Name) and rest != ANY and home.function.definition is None:
            whole = _effective([b for b in home.bindings.get(head, ()) if b.kind != "mutate"])
            if whole and all(_is_container(b.value) for b in whole):
                put = (self._binding(b, home.function, block) for b in home.bindings[head])
                return any(put) or self._stored(home, head, block, rest)
        return self._expr(expr.base, scope, part) or self._column(expr, scope)

    def _column(self, expr: Any, scope: FunctionInfo) -> bool:
        """`job.text` of a record that was read from a table: what people gave when it was written."""
        if self.command_line or scope.language != "python" or not isinstance(expr, Attr) or is_test_path(scope.path):
            return False
        cls = self.tables.of_name(expr.base, scope) if isinstance(expr.base, Name) else None
        if cls is None:
            return False
        key = (cls.id, expr.name)
        known = self._begin(self._params, key)
        if known is not None:
            return known
        written = self.tables.written(cls, expr.name)
        return self._end(self._params, key, any(self._expr(v, f, frozenset()) for v, f in written))

    def _counts(self, expr: Attr, scope: FunctionInfo) -> bool:
        """`args.limit` of `add_argument("--limit", type=int)`: a number, a flag or one of a few words is no person's text.

        Nor is an option for another prompt than the program's own: whoever runs it sets that up, nobody asks it.
        """
        named = False
        for value in alternatives(self.program.expand(self.program.evaluate(expr.base, scope))):
            if isinstance(value, Made) and value.symbol.endswith((".parse_args", ".parse_known_args")):
                scan = self.program.scan_of(value.scope.path)
                for site in scan.calls.get("add_argument", ()) if scan is not None else ():
                    options = {a.name: a.value for a in site.call.args if a.name}
                    if expr.name not in destinations(site.call, options):
                        continue
                    action = options.get("action")
                    kind = key_of(options["type"]) if "type" in options else ""
                    plain = kind not in ("int", "float", "bool") and "choices" not in options and action is None
                    if plain and not _replaces_the_prompt(expr.name, site.call, options):
                        return False
                    named = True
        return named

    def _typed_without_text(self, expr: Any, scope: FunctionInfo) -> bool:
        """`body.amount`, where the parameter's class says that the field is a number or a date."""
        if not isinstance(expr, Attr) or not isinstance(expr.base, Name):
            return False
        home = self.index.scope_of(expr.base.id, scope)
        param = home.param(expr.base.id) if home is not None else None
        if home is None or param is None or param.annotation is None:
            return False
        for value in alternatives(self.program.evaluate(param.annotation, home.function.parent or home.function)):
            if isinstance(value, ClassValue):
                for base in self.program.bases(value.cls):
                    for stmt in base.definition.body if isinstance(base, ClassInfo) else ():
                        if (
                            isinstance(stmt, Assign)
                            and stmt.annotation is not None
                            and expr.name in target_names(stmt.targets[0])
                        ):
                            return _no_text(stmt.annotation)
        return False

    def _inherited(self, cls: ClassInfo, name: str) -> bool:
        """What a class has from a framework and a person fills: `self.rfile`, `self.request`."""
        rules = [base for base, names in self.entries.table.inherited if name in names]
        bases = [b for b in self.program.bases(cls) if isinstance(b, str)] if rules else []
        return any(rule.search(base) for rule in rules for base in bases)

    def _widget(self, symbol: str, path: str) -> bool:
        """`st.session_state.topic` of a widget with `key="topic"`, in the same file or, failing that, in another."""
        session, _, name = symbol.rpartition(".")
        if session not in SESSIONS or self.command_line:
            return False
        scan = self.program.scan_of(path)
        for each in (*((scan,) if scan is not None else ()), *self.program.scans()):
            for widget in ("text_input", "text_area", "chat_input", "file_uploader"):
                for site in each.calls.get(widget, ()):
                    keys = [a.value for a in site.call.args if a.name == "key"]
                    if any(isinstance(k, Const) and k.value == name for k in keys):
                        return True
        return False

    def _attribute(self, key: str, scope: FunctionInfo, block: frozenset[str]) -> bool:
        cls = scope.self_class
        pairs = self.index.attribute_bindings(scope, key)
        if not pairs and cls is not None and not self.command_line and self._inherited(cls, key[5:]):
            return True
        kept = {id(b) for b in _effective([b for b, _ in pairs])}
        pairs = [(b, f) for b, f in pairs if id(b) in kept]
        owner = cls.id if cls is not None else scope.id
        memo = (owner, key, block)
        known = self._begin(self._names, memo)
        if known is not None:
            return known
        return self._end(self._names, memo, any(self._binding(b, f, _of_binding(b, key, block)) for b, f in pairs))

    # ------------------------------------------------------------------ calls

    def _call(self, call: Call, scope: FunctionInfo, block: frozenset[str]) -> bool:
        name = call_name(call)
        if name in _NO_TEXT_CALLS or (name in _NUMBERS and isinstance(call.func, Name)):
            return False
        if self._source(call.func, scope) or name in self.entries.table.source_calls[scope.language]:
            return True
        owner = scope.self_class
        if (
            owner is not None
            and not self.command_line
            and key_of(call.func) == f"self.{name}"
            and self._inherited(owner, name)
        ):
            return True
        site = self.index.of(scope).sites.get(id(call))
        callees = self.index.callees(site)
        if self.command_line and (callees or name not in _ON_TEXT):
            return any(self._passes(c, site, scope, block) for c in callees[:8])
        if name in _READS and not callees and not self.command_line and self._selects(call, scope):
            return True
        if (
            (name in EXECUTES or name in FETCHES)
            and not callees
            and not self.command_line
            and self._kept_in_sql(call, scope)
        ):
            return True
        given = [a for a in call.args if self._expr(a, scope, _field(block))]
        if given and not self._drops(call, site, callees, given, scope, block):
            return True
        if self._assumes(block) and name in _QUERIES and any(self._compares(a.value, scope, block) for a in call.args):
            return True
        for callee in callees[:8]:
            if callee.name != "__init__" and self._result(callee, block | {callee.id}):
                return True
        receiver = receiver_of(call)
        if receiver is None:
            return not callees and isinstance(call.func, Name) and self._expr(call.func, scope, _field(block))
        if callees and not all(c.owner is not None and _record(c.owner) for c in callees):
            return False  # a method of the repository: only what it returns
        first = call.args[0].value if name == "get" and call.args else None
        named = first.value if isinstance(first, Const) and isinstance(first.value, str) else ""
        return self._expr(receiver, scope, _field(block, named))

    def _kept_in_sql(self, call: Call, scope: FunctionInfo) -> bool:
        """Rows of a table into which the program writes what people gave."""
        read = None if is_test_path(scope.path) else self.sql.read(call, scope)
        if read is None:
            return False
        key = (f"sql {read.table}", ",".join(read.columns))
        known = self._begin(self._params, key)
        if known is not None:
            return known
        written = self.sql.written(read)
        return self._end(self._params, key, any(self._expr(v, f, frozenset()) for v, f in written))

    def _sent_number(self, expr: Any, scope: FunctionInfo) -> bool:
        """`int(request.args["id"])`: no text itself, but what is chosen by it may be people's."""
        return any(
            isinstance(n, Call)
            and isinstance(n.func, Name)
            and n.func.id in _NUMBERS
            and any(self._expr(a.value, scope, frozenset()) for a in n.args)
            for n in walk(expr)
        )

    def _selects(self, call: Call, scope: FunctionInfo) -> bool:
        """`findOne({id: productId})`: what people stored, chosen by an id that a person sent, be it a number."""
        return any(
            self._sent_number(arg.value, scope)
            or any(isinstance(node, Name) and self._sent_id(node.id, scope, 0) for node in walk(arg.value))
            for arg in call.args
            if arg.name not in _AMOUNTS
        )

    def _sent_id(self, name: str, scope: FunctionInfo, depth: int) -> bool:
        home = self.index.scope_of(name, scope)
        param = home.param(name) if home is not None else None
        if home is None or depth > MAX_WRAPPERS:
            return False
        if param is None:  # `const path = `reviews_${id}.txt``
            values = [b.value for b in home.bindings.get(name, ())[:3] if b.kind == "value" and b.value is not None]
            if _ID.search(name) and any(self._sent_number(v, home.function) for v in values):
                return True
            nodes = [n for v in values if not isinstance(v, Call) for n in walk(v) if isinstance(n, Name)][:20]
            return any(self._sent_id(n.id, home.function, depth + 1) for n in nodes)
        if not _ID.search(name):
            return False
        number = _textless(param)
        if number and self._enters(home.function) and not _injected(param):
            return True
        return any(
            self._sent_number(arg.value, site.function)
            or (
                number
                and any(isinstance(n, Name) and self._sent_id(n.id, site.function, depth + 1) for n in walk(arg.value))
            )
            for site in self.index.callers(home.function)[:MAX_CALLERS]
            if site.kind == "call" and not is_test_path(site.path)
            for arg in argument_of(site, home.function, param.name)
        )

    def _drops(
        self,
        call: Call,
        site: CallSite | None,
        callees: tuple[FunctionInfo, ...],
        given: list[Arg],
        scope: FunctionInfo,
        block: frozenset[str],
    ) -> bool:
        """Whether the functions of the repository that are called give nothing back of what they are given.

        `fetch(source)` that only chooses by it what to read; what is looked up by it counts as given back.
        """
        if site is None or not callees or len(callees) > 4 or sum(b[0] not in "+." for b in block) >= 3:
            return False
        values = alternatives(self.program.expand(self.program.evaluate(call.func, scope)))
        if not all(isinstance(v, FunctionValue) and not v.partial for v in values):
            return False
        for callee in callees:
            definition = callee.definition
            index = self.index.of(callee)
            if definition is None or callee.name == "__init__" or not index.returns:
                return False
            names = {
                p.name
                for p in definition.params
                if any(a is g for a in argument_of(site, callee, p.name) for g in given)
            }
            found = [a for n in names for a in argument_of(site, callee, n)]
            if any(a.spread for a in call.args) or not all(any(g is a for a in found) for g in given):
                return False
            inner = block | {callee.id} | {_given(callee, n) for n in names}
            if self._result(callee, inner) or self._picks(callee, inner):
                return False
        return True

    def _passes(self, callee: FunctionInfo, site: CallSite | None, scope: FunctionInfo, block: frozenset[str]) -> bool:
        """Whether a function gives back what it reads itself, or what this call, not any other one, gives it."""
        definition = callee.definition
        given: set[str] = set()
        if site is not None and definition is not None:
            given = {
                p.name
                for p in definition.params
                if any(self._expr(a.value, scope, block) for a in argument_of(site, callee, p.name))
            }
        return self._result(callee, block | {callee.id} | {_given(callee, n) for n in given})

    def _picks(self, function: FunctionInfo, block: frozenset[str]) -> bool:
        """`if item.id == wanted: return item`: what is given back was looked up by what was given."""
        index = self.index.of(function)
        for node in index.returns:
            for up, child in index.above(node):
                if isinstance(up, If) and child is not up.test and self._compares(up.test, function, block):
                    return True
        return False

    def _compares(self, test: Any, scope: FunctionInfo, block: frozenset[str]) -> bool:
        """Whether people's text is compared with something else than constants."""
        for node in walk(test):
            if isinstance(node, Binary) and node.op in _COMPARISONS:
                sides = (node.left, node.right)
                if not any(_constant(side) for side in sides) and any(self._expr(x, scope, block) for x in sides):
                    return True
        return False

    def _result(self, function: FunctionInfo, block: frozenset[str]) -> bool:
        if sum(b[0] not in "+." for b in block) > 6:
            return False
        index = self.index.of(function)
        return any(r.value is not None and self._expr(r.value, function, block) for r in index.returns)

    # ------------------------------------------------------------------ parameters

    def _param(self, function: FunctionInfo, name: str) -> bool:
        key = (function.id, name)
        known = self._begin(self._params, key)
        return self._end(self._params, key, self._given(function, name)) if known is None else known

    def _given(self, function: FunctionInfo, name: str) -> bool:
        param = self.index.of(function).param(name)
        if param is None or _textless(param):
            return False
        if self._enters(function) and not _injected(param) and not _is_environment(name, function):
            return True
        if function.language != "python" and not self.command_line and _annotated(param) in _REQUEST_TYPES:
            return True  # whoever dispatches it, a request is a person's
        if self.graphs.is_node(function) and self._graph(function):
            return True
        injected = param.default if _injected(param) else None
        if injected is not None and self._injection(injected, function):
            return True
        if param.default is not None and injected is None and self._expr(param.default, function, frozenset()):
            return True
        test = is_test_path(function.path)
        used = False
        for site in self.index.callers(function)[:MAX_CALLERS]:
            if is_test_path(site.path) and not test:
                continue
            used = used or site.kind == "call" or not self.entries.is_export(site)
            if self._from_caller(site, function, param):
                return True
        return not used and self._for_the_app(function)

    def _for_the_app(self, function: FunctionInfo) -> bool:
        """A function of an app on the user's device that nothing uses yet: whoever will, it is for what the user gives."""
        if self._ships is None or function.definition is None or function.name.startswith("<"):
            return False
        return not self.entries.of(function) and self._ships(function.path) is True

    def _enters(self, function: FunctionInfo) -> bool:
        """What the function is called with comes from a person (for a command: from who runs it)."""
        return any(e.user and (e.kind == "cli") is self.command_line for e in self.entries.of(function))

    def _injection(self, default: Expr, scope: FunctionInfo) -> bool:
        """`Depends(read_body)`: what the dependency returns."""
        for node in walk(default):
            if isinstance(node, Name):
                for value in alternatives(self.program.evaluate(node, scope)):
                    function = getattr(value, "function", None)
                    if isinstance(function, FunctionInfo) and self._result(function, frozenset()):
                        return True
        return False

    def _from_caller(self, site: CallSite, function: FunctionInfo, param: Param) -> bool:
        if site.kind == "call":
            args = argument_of(site, function, param.name)
            return any(self._expr(a.value, site.function, frozenset()) for a in args)
        return self._from_reference(site, function, param)

    def _from_reference(self, site: CallSite, function: FunctionInfo, param: Param) -> bool:
        """The function is handed on: what the one who gets it may call it with."""
        index = self.index.of(site.function)
        node: Any = site.call if id(site.call) in index.parent else site.call.func
        found = index.parent.get(id(node))
        if node is not site.call and isinstance(found, Attr) and found.name in _DISPATCH:
            up = index.parent.get(id(found))
            if isinstance(up, Call):
                return any(self._expr(a.value, site.function, frozenset()) for a in up.args)
        call = site.call if node is site.call else _call_above(index, node)
        if call is None:
            return False
        name = call_name(call)
        if name in _INJECTED:  # a dependency of a route: its parameters come from the request
            return not self.command_line and _annotated(param) not in ("Request", "HTTPConnection", "WebSocket")
        if name in _EXECUTORS or name in _DISPATCH:
            params = function.definition.params if function.definition else ()
            others = {p.name for p in params if p is not param} - {"args", "kwargs"}
            return any(
                self._expr(a.value, site.function, frozenset())
                for a in self._passed_on(call, function, param)
                if a.name not in others and not is_function(a.value, function)
            )
        if any(e.kind == "graph" for e in self.entries.of(function)):
            return self._graph(function)
        callees = self.index.callees(site)
        if callees:  # a helper of the repository calls it back
            return any(
                self._expr(a.value, site.function, frozenset()) for a in call.args if not is_function(a.value, function)
            ) or any(self._called_back(c, site, function, param) for c in callees[:3])
        if name in _QUEUES and self._pushed(index, call):
            return True
        receiver = receiver_of(call)
        if receiver is not None and name not in ("append", "register", "push", "set"):
            return self._expr(receiver, site.function, frozenset())
        return False

    @staticmethod
    def _passed_on(call: Call, function: FunctionInfo, param: Param) -> tuple[Arg, ...]:
        """Which arguments of `partial(f, a, b=c)` may be a parameter of f: its own one, where all are told apart."""
        place = next((i for i, a in enumerate(call.args) if is_function(a.value, function)), None)
        definition = function.definition
        plain = place is not None and call_name(call) == "partial" and not any(a.spread for a in call.args)
        if not plain or definition is None or place is None or function.owner is not None:
            return call.args
        index = definition.params.index(param) if param in definition.params else -1
        rest = call.args[place + 1 :]
        return tuple(a for i, a in enumerate(rest) if a.name is not None or i == index or (param.kind and i > index))

    def _called_back(self, helper: FunctionInfo, site: CallSite, function: FunctionInfo, param: Param) -> bool:
        """What a helper calls the function with that it was given, or where it registers that."""
        definition, given = helper.definition, function.definition
        module = self.program.module(helper.path)
        if definition is None or given is None or module is None or param not in given.params:
            return False
        place = given.params.index(param)
        names = {
            p.name
            for p in definition.params
            if any(is_function(a.value, function) for a in argument_of(site, helper, p.name))
        }
        for inner in [f for f in module.functions if helper in f.chain] if names else ():
            for call in (n for n in self.index.of(inner).nodes if isinstance(n, Call)):
                if isinstance(call.func, Name) and call.func.id in names:
                    if len(call.args) > place and self._expr(call.args[place].value, inner, frozenset()):
                        return True
                elif call_name(call) in _LISTENS and any(
                    isinstance(a.value, Name) and a.value.id in names for a in call.args
                ):
                    return True
        return False

    def _pushed(self, index: FunctionIndex, made: Call) -> bool:
        """`const jobs = async.queue(work)`: what is put into the queue anywhere."""
        held = {
            key_of(t).rpartition(".")[2] for up, _ in index.above(made) if isinstance(up, Assign) for t in up.targets
        } - {""}
        return any(
            self._expr(a.value, site.function, frozenset())
            for scan in (self.program.scans() if held else ())
            for method in ("push", "add", "unshift", "pushAsync")
            for site in scan.calls.get(method, ())
            if key_of(receiver_of(site.call)).rpartition(".")[2] in held
            for a in site.call.args
        )

    def _graph(self, node: FunctionInfo) -> bool:
        """A node of a graph: what its graph is run with, or, where that cannot be told, any graph of the program."""
        builders = self.graphs.builders(node)
        runs = self._graph_runs()
        mine = [r for r in runs if r[0] & builders]
        used = mine or [r for r in runs if not (r[0] and builders)]
        return any(expr is None or self._expr(expr, scope, frozenset()) for _, expr, scope in used)

    def _graph_runs(self) -> list[tuple[frozenset[int], Expr | None, FunctionInfo]]:
        """What graphs are run with: (the constructors of their builders, the input or None for a person's, where)."""
        if self._runs is not None:
            return self._runs
        self._runs = [(origin, site.call.args[0].value, site.function) for origin, site in self.graphs.runs()]
        for function in () if self.command_line else list(self.program.functions()):
            for site in self.program.sites(function) if not is_test_path(function.path) else ():
                if call_name(site.call) in self.entries.table.mounts:
                    held = (self.graphs.within(a.value, function) for a in site.call.args)
                    self._runs.append((frozenset().union(*held), None, function))
        return self._runs


def _replaces_the_prompt(name: str, call: Call, options: dict[str, Expr]) -> bool:
    """`--prompt`, `--system-prompt` that may be left out: then the program has a prompt of its own."""
    flags = [a.value.value for a in call.args if a.name is None and isinstance(a.value, Const)]
    needed = options.get("required")
    optional = bool(flags) and all(str(f).startswith("-") for f in flags)
    return optional and name.endswith("prompt") and not (isinstance(needed, Const) and needed.value is True)


def _is_environment(name: str, function: FunctionInfo) -> bool:
    """`fetch(request, env)` of a worker: what it is set up with, not what it is asked."""
    return function.language == "javascript" and name.lstrip("_") == "env"


def _given(function: FunctionInfo, name: str) -> str:
    """The mark that a parameter is looked at as if people's text were given for it."""
    return f"+{function.id}:{name}"


def _field(block: frozenset[str], name: str = "") -> frozenset[str]:
    """The block of a question about one field of a record; without a name, about all of it."""
    if not name and not any(b[0] == "." for b in block):
        return block
    rest = frozenset(b for b in block if b[0] != ".")
    return rest | {f".{name}"} if name else rest


def _asked(block: frozenset[str]) -> str:
    """The field that a question is about; "" for the whole."""
    return next((b[1:] for b in block if b[0] == "."), "")


def _of_binding(binding: Binding, name: str, block: frozenset[str]) -> frozenset[str]:
    """What is asked of something that is put into a variable: its field where it is one of a list, else all of it."""
    node = binding.node
    if binding.kind != "mutate" or (isinstance(node, Call) and key_of(receiver_of(node)) == name):
        return block
    return _field(block)


def _put_under(binding: Binding, name: str) -> str:
    """The field of a variable that `name["field"] = value` fills; "" for any other way to give it something."""
    node = binding.node
    if binding.kind != "mutate" or not isinstance(node, Assign) or len(node.targets) != 1:
        return ""
    target = node.targets[0]
    parts = key_of(target).split(".")
    inner: Any = target
    while isinstance(inner, Index) and isinstance(inner.base, Index):
        inner = inner.base
    plain = isinstance(inner, Index) and isinstance(inner.base, Name) and inner.base.id == name
    told = plain and isinstance(inner.key, Const) and isinstance(inner.key.value, str)
    return parts[1] if told and len(parts) > 1 and "." not in str(inner.key.value) else ""


def _constant(expr: Expr) -> bool:
    """A constant, several of them, or a name written like one."""
    match expr:
        case Const():
            return True
        case ListExpr(items=items):
            return all(_constant(i) for i in items)
        case Attr(name=name) | Name(id=name):
            return name.isupper()
        case _:
            return False


def _record(cls: ClassInfo) -> bool:
    """A class of named fields without a constructor of its own: what its methods return is made of what it was given."""
    return "__init__" not in cls.methods and any(
        isinstance(stmt, Assign) and stmt.annotation is not None for stmt in cls.definition.body
    )


def _call_above(index: FunctionIndex, node: Any) -> Call | None:
    for up, child in index.above(node):
        if isinstance(up, Call) and child is not up.func:
            return up
        if not isinstance(up, Arg | Opaque | DictExpr) and type(up).__name__ != "Entry":
            return None
    return None


def _is_amount(key: Expr | None) -> bool:
    return isinstance(key, Const) and key.value in _AMOUNTS


def _effective(bindings: list[Binding]) -> list[Binding]:
    """The bindings without `repository.update(x)`: what goes into a database does not come out of the object."""
    if not any(b.kind == "mutate" for b in bindings) or any(
        _is_container(b.value) for b in bindings if b.kind in ("value", "with")
    ):
        return bindings
    return [
        b for b in bindings if not (isinstance(b.node, Call) and b.kind == "mutate" and call_name(b.node) in _AMBIGUOUS)
    ]


def _is_container(value: Expr | None) -> bool:
    if isinstance(value, Call):
        return call_name(value) in _CONTAINERS
    return isinstance(value, ListExpr | DictExpr | Comprehension)


def _annotated(param: Param) -> str:
    return key_of(param.annotation).rpartition(".")[2]


def _textless(param: Param) -> bool:
    return _no_text(param.annotation)


def _no_text(annotation: Expr | None) -> bool:
    names = (
        [n.id if isinstance(n, Name) else n.name for n in walk(annotation) if isinstance(n, Name | Attr)]
        if annotation
        else []
    )
    return bool(names) and all(
        n in _TEXTLESS or n in ("Optional", "None", "null", "undefined", "Annotated", "Query") for n in names
    )


def _injected(param: Param) -> bool:
    for part in (param.default, param.annotation):
        if part is not None and any(isinstance(n, Call) and call_name(n) in _INJECTED for n in walk(part)):
            return True
    return False

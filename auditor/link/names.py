"""One pass over a module: which names are bound where, to what, and which calls and mentions stand where.

Knows scopes, blocks and order of assignment, of Python and JavaScript alike. It knows nothing of other modules and
evaluates nothing; `evaluate` does both with what is recorded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace
from typing import Any

from auditor.lazily import dataclass
from auditor.link import library
from auditor.link.code import CallSite, ClassInfo, FunctionInfo, ModuleInfo
from auditor.model import syntax as s
from auditor.model.location import Span
from auditor.model.walk import fields_backwards

Position = tuple[int, int]
Step = tuple[str, Any]
"""How a bound name is taken out of the value: ("item", 0), ("key", "a"), ("element", None), ("enter", None) ..."""

Link = tuple[Any, Any]
"""(node, outer link or None): the way from a node up to its function's body, without copying."""

END: Position = (1 << 30, 0)


@dataclass(slots=True, eq=False)
class Block:
    """A stretch of statements that run together or not at all."""

    start: Position
    end: Position
    loop: Block | None = None  # the innermost loop's body around it, itself if it is one

    def holds(self, at: Position) -> bool:
        """Whether a position lies in the block."""
        return self.start <= at <= self.end


_MAX_SETTERS = 20  # places that put something into one outer variable
_MAX_STORES = 40


@dataclass(slots=True, eq=False)
class Binding:
    """One way a name gets a value. `expr` with `steps`, or one of the definitions."""

    at: Position
    block: Block
    scope: FunctionInfo  # where `expr` is evaluated
    expr: s.Expr | None = None
    steps: tuple[Step, ...] = ()
    function: FunctionInfo | None = None
    cls: ClassInfo | None = None
    param: s.Param | None = None
    module: s.Import | None = None
    imported: str | None = None  # the name imported from `module`; "*" the whole module; None: `import a.b`
    annotation: s.Expr | None = None
    augmented: bool = False
    scoped: bool = False  # visible in its block only
    owner: ClassInfo | None = None  # of a class attribute or a `self.x = ...`


@dataclass(slots=True, eq=False)
class Mutation:
    """A change of a container: `x[key] = value` (set), `x.update(value)` (update), `x.append(value)` (append)."""

    at: Position
    block: Block
    scope: FunctionInfo
    kind: str  # set | default (where it is not given yet) | update | append
    key: str | s.Expr | None
    value: s.Expr


@dataclass(slots=True, eq=False)
class Table:
    """What one function (or module body) holds."""

    block: Block
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    mutations: dict[str, list[Mutation]] = field(default_factory=dict)
    returns: list[s.Expr] = field(default_factory=list)
    yields: list[s.Expr] = field(default_factory=list)
    sites: list[CallSite] = field(default_factory=list)
    stars: list[s.Import] = field(default_factory=list)
    outer: dict[str, str] = field(default_factory=dict)  # names declared global / nonlocal


@dataclass(slots=True, eq=False)
class Scan:
    """Everything one pass found in a module."""

    info: ModuleInfo
    tables: dict[FunctionInfo, Table]
    of_definition: dict[int, FunctionInfo]
    of_class: dict[int, ClassInfo]
    attributes: dict[ClassInfo, dict[str, list[Binding]]]  # class attributes and `self.x = ...`
    stored: dict[str, list[tuple[s.Expr, Binding]]]  # attribute name -> (base, value): `app.state.client = ...`
    calls: dict[str, list[CallSite]]  # by the last name of the callee
    mentions: dict[str, list[tuple[s.Expr, Link | None, FunctionInfo]]]  # names and attributes that are not callees
    exports: dict[
        str, tuple[str, Any]
    ]  # JS: exported name -> ("local", name) | ("from", (module, name)) | ("value", expr)
    export_stars: list[str]
    carriers: dict[FunctionInfo, tuple[s.Expr, Link | None]]  # function expressions and the links to them
    imports: list[s.Import]
    environment: dict[str, list[Binding]] = field(default_factory=dict)  # `os.environ["NAME"] = value`, by the name


def start(at: Span) -> Position:
    """Where a span starts."""
    return (at.line, at.column)


def end(at: Span) -> Position:
    """Where a span ends."""
    return (at.end_line, at.end_column) if at.end_line else (at.line, at.column)


def ancestors_of(link: Link | None) -> tuple[Any, ...]:
    """The nodes of a link, outermost first."""
    out = []
    while link is not None:
        node, link = link
        out.append(node)
    return tuple(reversed(out))


def dotted(expr: s.Expr) -> str:
    """`self.x` or `a.b.c` as text; "" for anything that is no chain of names."""
    parts: list[str] = []
    while isinstance(expr, s.Attr):
        parts.append(expr.name)
        expr = expr.base
    if not isinstance(expr, s.Name):
        return ""
    parts.append(expr.id)
    return ".".join(reversed(parts))


def last_name(expr: s.Expr) -> str:
    """The last name of a callee: `c` of `a.b.c`, the constant key of `a["c"]`."""
    match expr:
        case s.Attr(name=name):
            return name
        case s.Name(id=name):
            return name
        case s.Index(key=s.Const(value=str(name))):
            return name
        case s.Await(value=inner):
            return last_name(inner)
        case _:
            pass
    return ""


def scan_module(module: s.Module) -> Scan:
    """Record what one module binds, calls and mentions."""
    return _Pass(module).run()


_APPENDING = {"append", "push", "add", "unshift", "appendleft", "insert", "extend"}
_DECORATING = {"decorate", "decorateRequest", "decorateReply"}  # Fastify's: `server.decorate("openai", client)`
_MUTATING = {*_APPENDING, *_DECORATING, "update", "setdefault", "assign"}


@dataclass(slots=True, eq=False)
class _Where:
    """The surroundings of a node during the pass."""

    function: FunctionInfo
    table: Table
    block: Block
    cls: ClassInfo | None = None  # directly in this class's body


class _Pass:
    """Runs the pass over one module; iterative, so that nesting is no limit."""

    def __init__(self, module: s.Module) -> None:
        """Prepare the pass."""
        self.language = "python" if module.language == "python" else "javascript"
        self.module = module
        self.body = FunctionInfo(module.path, module.path, "", self.language, Span(module.path, 1))
        self.functions: list[FunctionInfo] = [self.body]
        self.classes: list[ClassInfo] = []
        self.scan = Scan(ModuleInfo(module.path, module, self.body, (), ()), {}, {}, {}, {}, {}, {}, {}, {}, [], {}, [])
        self.ids: dict[str, int] = {}
        self.stack: list[tuple[Any, Link | None, _Where]] = []
        self.handlers: dict[type, Callable[[Any, Link | None, _Where], None]] = {
            s.FunctionDef: self.function_def,
            s.FunctionExpr: self.function_expr,
            s.ClassDef: self.class_def,
            s.ClassExpr: self.class_expr,
            s.Assign: self.assign,
            s.AssignExpr: self.assign_expr,
            s.Loop: self.loop,
            s.If: self.branch,
            s.Try: self.attempt,
            s.With: self.context,
            s.Block: self.bare_block,
            s.Handler: self.handler,
            s.Comprehension: self.comprehension,
            s.Import: self.import_,
            s.Export: self.export,
            s.Scope: self.scope,
            s.Call: self.call,
            s.Name: self.mention,
            s.Attr: self.attribute,
            s.Return: self.return_,
            s.Yield: self.yield_,
            s.Const: self.nothing,
            s.DictExpr: self.entries,
        }

    def run(self) -> Scan:
        """Scan the module."""
        block = Block((0, 0), END)
        table = Table(block)
        self.scan.tables[self.body] = table
        self.push_all(self.module.body, None, _Where(self.body, table, block))
        stack, handler_of, descend = self.stack, self.handlers.get, self.descend
        while stack:
            node, link, where = stack.pop()
            handler_of(type(node), descend)(node, link, where)
        self.scan.info = ModuleInfo(
            self.module.path, self.module, self.body, tuple(self.functions), tuple(self.classes)
        )
        self.settle_mutations()
        if self.language == "python":
            self.settle_stores()
        if self.language == "javascript":
            self.settle_late_bindings()
        for each in self.scan.tables.values():
            if len(each.sites) > 1:
                each.sites.sort(key=lambda c: start(c.call.at))
            for bindings in each.bindings.values():
                if len(bindings) > 1:
                    bindings.sort(key=lambda b: b.at)
        return self.scan

    def settle_mutations(self) -> None:
        """A change of a variable of an outer function (or the module) belongs to that one's table."""
        for function, table in self.scan.tables.items():
            for name in [n for n in table.mutations if "." not in n and n not in table.bindings]:
                for outer in function.chain[1:]:
                    holder = self.scan.tables[outer]
                    if name in holder.bindings:
                        holder.mutations.setdefault(name, []).extend(table.mutations.pop(name))
                        break

    def settle_stores(self) -> None:
        """`STATE["chat"] = Chat()` of a mapping that another module made: whoever imports it finds it there."""
        table = self.scan.tables[self.body]
        for name, changes in table.mutations.items():
            if "." not in name and any(b.module is not None and b.imported for b in table.bindings.get(name, ())):
                for change in changes[:_MAX_STORES]:
                    if change.kind == "set" and isinstance(change.key, str):
                        kept = Binding(change.at, change.block, change.scope, change.value)
                        self.scan.stored.setdefault(change.key, []).append((s.Name(change.value.at, name), kept))

    def settle_late_bindings(self) -> None:
        """`let client = null; function init() { client = new OpenAI(); }`: the outer variable holds what a function puts there.

        Only for a variable that is declared empty, or that is made longer: nothing else tells `client = x` from
        `let client = x` in the function.
        """
        for function, table in self.scan.tables.items():
            for outer in function.chain[1:]:
                for name in table.bindings.keys() & self.scan.tables[outer].bindings.keys():
                    held = self.scan.tables[outer].bindings[name]
                    if len(held) > _MAX_SETTERS:
                        continue
                    given = [b for b in table.bindings[name] if b.expr is not None and not b.scoped and not b.param]
                    if len(given) == len(table.bindings[name]) and (
                        all(_is_empty(b) or b.scope is not outer for b in held)
                        or all(_contains_itself(b, name) for b in given)
                    ):
                        held += [b for b in given if not _is_empty(b)]

    # ------------------------------------------------------------------ walking

    def push_all(self, nodes: Iterable[Any], link: Link | None, where: _Where) -> None:
        self.stack += [(node, link, where) for node in nodes if type(node) is not s.Const][::-1]

    def descend(self, node: Any, link: Link | None, where: _Where) -> None:
        inner, push = (node, link), self.stack.append
        kind: type = type(node)
        for name, many in fields_backwards(kind):
            value = getattr(node, name)
            if many:
                for item in reversed(value):
                    push((item, inner, where))
            elif value is not None:
                push((value, inner, where))

    def entries(self, node: s.DictExpr, link: Link | None, where: _Where) -> None:
        inner, push = (node, link), self.stack.append
        for entry in reversed(node.entries):
            way = (entry, inner)
            push((entry.value, way, where))
            if entry.key is not None:
                push((entry.key, way, where))

    def nothing(self, node: Any, link: Link | None, where: _Where) -> None:
        """A leaf."""

    # ------------------------------------------------------------------ functions and classes

    def new_id(self, where: _Where, name: str) -> str:
        if where.cls is not None:
            base = f"{where.cls.id}.{name}"
        elif where.function is self.body:
            base = f"{self.module.path}::{name}"
        else:
            base = f"{where.function.id}.{name}"
        count = self.ids[base] = self.ids.get(base, 0) + 1
        return base if count == 1 else f"{base}#{count}"

    def define(self, node: s.FunctionDef, name: str, link: Link | None, where: _Where) -> FunctionInfo:
        # Names of a class's body are not visible in its methods.
        parent = where.function.parent if where.cls is not None else where.function
        info = FunctionInfo(
            self.new_id(where, name), self.module.path, name, self.language, node.at, node, where.cls, parent
        )
        self.functions.append(info)
        self.scan.of_definition[id(node)] = info
        block = Block((0, 0), END)
        table = Table(block)
        self.scan.tables[info] = table
        inner = _Where(info, table, block)
        for i, param in enumerate(node.params):
            made = Binding(start(param.at), block, info, param=param)
            self.bind(param.name or f"#{i}", made, inner)
            if param.pattern is not None:
                anchor = s.Name(param.at, param.name or f"#{i}")
                self.bind_pattern(param.pattern, anchor, (), inner, Binding(start(param.at), block, info, expr=anchor))
        outside: list[Any] = [*node.decorators]
        for param in node.params:
            outside += [x for x in (param.default, param.annotation) if x is not None]
        if node.returns is not None:
            outside.append(node.returns)
        self.push_all(node.body, None, inner)
        self.push_all(outside, (node, link), where)
        return info

    def function_def(self, node: s.FunctionDef, link: Link | None, where: _Where) -> None:
        info = self.define(node, node.name or f"<lambda:{node.at.line}:{node.at.column}>", link, where)
        made = Binding(start(node.at), where.block, where.function, function=info, owner=where.cls)
        if where.cls is not None:
            # A setter does not hide the getter of the same name.
            methods: dict[str, FunctionInfo] = where.cls.methods  # type: ignore[assignment]
            if node.accessor != "set" or node.name not in methods:
                methods[node.name] = info
        else:
            self.bind(node.name, made, where)

    def function_expr(self, node: s.FunctionExpr, link: Link | None, where: _Where) -> None:
        given = _given_name(node, link)
        name = node.function.name or given or f"<lambda:{node.at.line}:{node.at.column}>"
        info = self.define(node.function, name, (node, link), where)
        self.scan.carriers[info] = (node, link)

    def class_def(self, node: s.ClassDef, link: Link | None, where: _Where) -> None:
        info = self.new_class(node, node.name, where)
        self.bind(node.name, Binding(start(node.at), where.block, where.function, cls=info), where)
        self.class_body(node, info, link, where)

    def class_expr(self, node: s.ClassExpr, link: Link | None, where: _Where) -> None:
        info = self.new_class(node.definition, node.definition.name or _given_name(node, link) or "<class>", where)
        self.class_body(node.definition, info, link, where)

    def new_class(self, node: s.ClassDef, name: str, where: _Where) -> ClassInfo:
        info = ClassInfo(self.new_id(where, name), self.module.path, name, node, where.function, {})
        self.classes.append(info)
        self.scan.of_class[id(node)] = info
        self.scan.attributes[info] = {}
        return info

    def class_body(self, node: s.ClassDef, info: ClassInfo, link: Link | None, where: _Where) -> None:
        body = FunctionInfo(
            f"{info.id}.<class>", self.module.path, "<class>", self.language, node.at, None, info, where.function
        )
        self.functions.append(body)
        block = Block((0, 0), END, where.block.loop)
        table = Table(block)
        self.scan.tables[body] = table
        self.push_all(node.body, None, _Where(body, table, block, info))
        self.push_all([*node.decorators, *node.bases], (node, link), where)

    # ------------------------------------------------------------------ bindings

    def bind(self, name: str, binding: Binding, where: _Where) -> None:
        if not name:
            return
        table = where.table
        if table.outer.get(name) == "global":
            table = self.scan.tables[self.body]
        elif table.outer.get(name) == "nonlocal":
            for outer in where.function.chain[1:]:
                if name in self.scan.tables[outer].bindings:
                    table = self.scan.tables[outer]
                    break
        table.bindings.setdefault(name, []).append(binding)

    def bind_pattern(
        self, target: s.Expr, value: s.Expr, steps: tuple[Step, ...], where: _Where, like: Binding
    ) -> None:
        """Bind the names of a pattern to parts of a value, and record what it stores into objects."""
        todo: list[tuple[s.Expr, tuple[Step, ...]]] = [(target, steps)]
        while todo:
            node, path = todo.pop()
            match node:
                case s.Name(id=name):
                    made = Binding(
                        like.at, like.block, like.scope, value, path, annotation=like.annotation,
                        augmented=like.augmented, scoped=like.scoped, owner=where.cls,
                    )  # fmt: skip
                    if where.cls is not None:
                        self.scan.attributes[where.cls].setdefault(name, []).append(made)
                    self.bind(name, made, where)
                case s.ListExpr(items=items):
                    for i, item in enumerate(items):
                        if isinstance(item, s.Spread):
                            todo.append((item.value, (*path, ("rest", i))))
                        else:
                            todo.append((item, (*path, ("item", i))))
                case s.DictExpr(entries=entries):
                    for entry in entries:
                        if entry.key is None:
                            todo.append((entry.value, (*path, ("rest", 0))))
                        elif isinstance(entry.key, s.Const) and isinstance(entry.key.value, str):
                            todo.append((entry.value, (*path, ("key", entry.key.value))))
                case s.AssignExpr(target=inner, value=default):
                    todo.append((inner, (*path, ("default", default))))
                case s.Spread(value=inner):
                    todo.append((inner, path))
                case s.Attr(base=base, name=name):
                    self.store(base, name, Binding(like.at, like.block, like.scope, value, path), where)
                case s.Index(base=base, key=key):
                    constant = key.value if isinstance(key, s.Const) and isinstance(key.value, str) else key
                    self.mutate(base, "set", constant, value, path, where, like)
                case _:
                    pass

    def store(self, base: s.Expr, name: str, made: Binding, where: _Where) -> None:
        """`base.name = value`."""
        owner = where.function.self_class
        if isinstance(base, s.Name) and owner is not None and base.id in _self_names(where.function):
            made.owner = owner
            self.scan.attributes[owner].setdefault(name, []).append(made)
            return
        if isinstance(base, s.Attr) and dotted(base) == "process.env":
            self.scan.environment.setdefault(name, []).append(made)
        self.scan.stored.setdefault(name, []).append((base, made))
        if made.expr is not None and not made.steps:
            key = dotted(base)
            if key:
                where.table.mutations.setdefault(key, []).append(
                    Mutation(made.at, made.block, made.scope, "set", name, made.expr)
                )

    def mutate(
        self, base: s.Expr, kind: str, key: Any, value: s.Expr, steps: tuple[Step, ...], where: _Where, like: Binding
    ) -> None:
        name = dotted(base)
        if name and not steps:
            change = Mutation(like.at, like.block, like.scope, kind, key, value)
            where.table.mutations.setdefault(name, []).append(change)
            if kind == "set" and isinstance(key, str) and name.rpartition(".")[2] in library.HOLDERS:
                self.scan.stored.setdefault(key, []).append((base, Binding(like.at, like.block, like.scope, value)))
            if kind == "set" and isinstance(key, str) and name in ("os.environ", "environ", "process.env"):
                self.scan.environment.setdefault(key, []).append(Binding(like.at, like.block, like.scope, value))
        elif not name and isinstance(base, (s.Attr, s.Index)) and kind == "set":
            # `payload["options"]["num_predict"] = 1`: kept under the path, which evaluation understands.
            inner = _path_of(base)
            if inner is not None:
                root, keys = inner
                made: s.Expr = value
                for part in reversed((*keys[1:], key)):
                    if not isinstance(part, str):
                        return
                    made = s.DictExpr(value.at, (s.Entry(s.Const(value.at, part), made),))
                change = Mutation(like.at, like.block, like.scope, "merge", keys[0], made)
                where.table.mutations.setdefault(root, []).append(change)

    # ------------------------------------------------------------------ statements

    def assign(self, node: s.Assign, link: Link | None, where: _Where) -> None:
        at = end(node.at) if not where.cls else start(node.at)
        scoped = self.language == "javascript" and node.constant
        if node.value is not None:
            like = Binding(
                at, where.block, where.function, annotation=node.annotation, augmented=bool(node.op), scoped=scoped
            )
            for target in node.targets:
                self.bind_pattern(target, node.value, (), where, like)
                if self.language == "javascript":
                    self.commonjs(target, node.value)
                if node.op == "+" and not (isinstance(node.value, s.Const) and not isinstance(node.value.value, str)):
                    name = dotted(target)
                    if name:
                        change = Mutation(at, where.block, where.function, "extend", None, node.value)
                        where.table.mutations.setdefault(name, []).append(change)
        elif node.annotation is not None or self.language == "javascript":
            for target in node.targets:
                if isinstance(target, s.Name):
                    made = Binding(at, where.block, where.function, annotation=node.annotation, owner=where.cls)
                    if where.cls is not None:
                        self.scan.attributes[where.cls].setdefault(target.id, []).append(made)
                    else:
                        self.bind(target.id, made, where)
        self.descend(node, link, where)

    def assign_expr(self, node: s.AssignExpr, link: Link | None, where: _Where) -> None:
        like = Binding(end(node.at), where.block, where.function)
        self.bind_pattern(node.target, node.value, (), where, like)
        if self.language == "javascript":
            self.commonjs(node.target, node.value)
        self.descend(node, link, where)

    def commonjs(self, target: s.Expr, value: s.Expr) -> None:
        name = dotted(target)
        if name == "module.exports":
            self.scan.exports["module.exports"] = ("value", value)
        elif name.startswith(("module.exports.", "exports.")):
            self.scan.exports[name.rsplit(".", 1)[1]] = ("value", value)

    def block_of(self, body: tuple[s.Stmt, ...], where: _Where, *, loop: bool = False) -> _Where:
        block = Block(start(body[0].at), end(body[-1].at), where.block.loop)
        if loop:
            block.loop = block
        return _Where(where.function, where.table, block, where.cls)

    def loop(self, node: s.Loop, link: Link | None, where: _Where) -> None:
        inner = (node, link)
        body = self.block_of(node.body, where, loop=True) if node.body else where
        if node.kind == "for" and node.target is not None and node.iterable is not None:
            like = Binding(start(node.at), body.block, where.function)
            self.bind_pattern(node.target, node.iterable, (("element", None),), body, like)
        self.push_all(node.orelse, inner, where)
        self.push_all(node.body, inner, body)
        self.push_all([x for x in (node.iterable, node.test) if x is not None], inner, where)
        self.push_all(node.update, inner, body)
        self.push_all(node.init, inner, where)

    def branch(self, node: s.If, link: Link | None, where: _Where) -> None:
        inner = (node, link)
        if node.orelse:
            self.push_all(node.orelse, inner, self.block_of(node.orelse, where))
        if node.body:
            self.push_all(node.body, inner, self.block_of(node.body, where))
        self.stack.append((node.test, inner, where))

    def attempt(self, node: s.Try, link: Link | None, where: _Where) -> None:
        inner = (node, link)
        self.push_all(node.final, inner, where)
        if node.orelse:
            self.push_all(node.orelse, inner, self.block_of(node.orelse, where))
        self.push_all(node.handlers, inner, where)
        if node.body:
            self.push_all(node.body, inner, self.block_of(node.body, where))

    def handler(self, node: s.Handler, link: Link | None, where: _Where) -> None:
        inner = (node, link)
        if node.body:
            self.push_all(node.body, inner, self.block_of(node.body, where))
        self.push_all(node.types, inner, where)

    def context(self, node: s.With, link: Link | None, where: _Where) -> None:
        inner = (node, link)
        for item in node.items:
            if item.target is not None:
                like = Binding(end(item.context.at), where.block, where.function)
                self.bind_pattern(item.target, item.context, (("enter", None),), where, like)
        self.push_all(node.body, inner, where)
        self.push_all([i.context for i in node.items], inner, where)

    def bare_block(self, node: s.Block, link: Link | None, where: _Where) -> None:
        if node.body:
            self.push_all(node.body, (node, link), self.block_of(node.body, where))

    def comprehension(self, node: s.Comprehension, link: Link | None, where: _Where) -> None:
        block = Block(start(node.at), end(node.at), where.block.loop)
        inner = _Where(where.function, where.table, block, None)
        for part in node.generators:
            like = Binding(start(node.at), block, where.function, scoped=True)
            self.bind_pattern(part.target, part.iterable, (("element", None),), inner, like)
        way = (node, link)
        for part in node.generators:
            self.push_all([part.iterable, *part.conditions], (part, way), inner)
        self.stack.append((node.element, way, inner))

    def import_(self, node: s.Import, link: Link | None, where: _Where) -> None:
        self.scan.imports.append(node)
        at = start(node.at)
        if not node.names:
            if self.language == "python":
                name = node.module.split(".")[0]
                self.bind(name, Binding(at, where.block, where.function, module=node), where)
            return
        for one in node.names:
            if one.name == "*" and not one.alias:
                where.table.stars.append(node)
            else:
                made = Binding(at, where.block, where.function, module=node, imported=one.name)
                self.bind(one.alias, made, where)

    def export(self, node: s.Export, link: Link | None, where: _Where) -> None:
        for local, exported in node.names:
            if not node.module:
                self.scan.exports[exported] = ("local", local)
            elif local == "*" and exported in ("", "*"):
                self.scan.export_stars.append(node.module)
            else:
                self.scan.exports[exported] = ("from", (node.module, local))
        if node.value is not None:
            self.scan.exports["default"] = ("value", node.value)
        self.descend(node, link, where)

    def scope(self, node: s.Scope, link: Link | None, where: _Where) -> None:
        for name in node.names:
            where.table.outer[name] = node.kind

    # ------------------------------------------------------------------ expressions

    def call(self, node: s.Call, link: Link | None, where: _Where) -> None:
        site = CallSite(self.module.path, where.function, node, link=link)
        where.table.sites.append(site)
        name = last_name(node.func)
        self.scan.calls.setdefault(name, []).append(site)
        if isinstance(node.func, s.Attr) and node.func.name in _MUTATING:
            self.mutating_call(node, node.func, where)
        inner = (node, link)
        for arg in reversed(node.args):
            self.stack.append((arg.value, (arg, inner), where))
        func = node.func
        if isinstance(func, s.Attr):
            self.stack.append((func.base, (func, inner), where))
        elif not isinstance(func, s.Name):
            self.stack.append((func, inner, where))

    def mutating_call(self, node: s.Call, func: s.Attr, where: _Where) -> None:
        like = Binding(end(node.at), where.block, where.function)
        plain = [a.value for a in node.args if not a.name and not a.spread]
        if func.name == "update":
            for value in plain[:1]:
                self.mutate(func.base, "update", None, value, (), where, like)
            for arg in node.args:
                if arg.name and not arg.spread:
                    self.mutate(func.base, "set", arg.name, arg.value, (), where, like)
        elif func.name == "setdefault" and len(plain) == 2 and isinstance(plain[0], s.Const):
            self.mutate(func.base, "default", plain[0].value, plain[1], (), where, like)
        elif func.name in _DECORATING and len(plain) > 1 and isinstance(plain[0], s.Const):
            if self.language == "javascript" and isinstance(plain[0].value, str):
                self.store(func.base, plain[0].value, replace(like, expr=plain[1]), where)
        elif func.name in _APPENDING and plain:
            self.mutate(func.base, "append", None, plain[-1], (), where, like)
        elif func.name == "assign" and dotted(func) == "Object.assign" and len(plain) > 1:
            for value in plain[1:]:
                self.mutate(plain[0], "update", None, value, (), where, like)

    def mention(self, node: s.Name, link: Link | None, where: _Where) -> None:
        self.scan.mentions.setdefault(node.id, []).append((node, link, where.function))

    def attribute(self, node: s.Attr, link: Link | None, where: _Where) -> None:
        self.scan.mentions.setdefault(node.name, []).append((node, link, where.function))
        self.stack.append((node.base, (node, link), where))

    def return_(self, node: s.Return, link: Link | None, where: _Where) -> None:
        if node.value is not None:
            where.table.returns.append(node.value)
            self.stack.append((node.value, (node, link), where))

    def yield_(self, node: s.Yield, link: Link | None, where: _Where) -> None:
        if node.value is not None:
            where.table.yields.append(node.value)
            self.stack.append((node.value, (node, link), where))


def _self_names(function: FunctionInfo) -> tuple[str, ...]:
    """How the object is spelled inside a method (or a function nested in one)."""
    if function.language == "javascript":
        return ("self",)
    for f in function.chain:
        if f.owner is not None and f.definition is not None and f.definition.params:
            return (f.definition.params[0].name,)
    return ("self",)


def _given_name(node: s.Expr, link: Link | None) -> str:
    """The name that the surroundings give to an anonymous function: of a variable, a field, a key or a keyword."""
    while link is not None:
        parent, link = link
        match parent:
            case s.Assign(targets=(target, *_)):
                return last_name(target)
            case s.AssignExpr(target=target):
                return last_name(target)
            case s.Entry(key=s.Const(value=str(name))):
                return name
            case s.Arg(name=str(name)):
                return name
            case s.Call(args=(first, *_)) if isinstance(first.value, (s.FunctionExpr, s.ClassExpr)):
                # `const handler = wrap(async () => ...)`
                continue
            case s.Call(args=(s.Arg(value=s.DictExpr()), s.Arg(value=s.FunctionExpr()))):
                # `const flow = ai.defineFlow({ name: "flow" }, async (input) => ...)`
                continue
            case s.Arg() | s.Await():
                continue
            case _:
                pass
        return ""
    return ""


def _path_of(base: s.Expr) -> tuple[str, tuple[Any, ...]] | None:
    keys: list[Any] = []
    while True:
        match base:
            case s.Index(base=inner, key=s.Const(value=str(key))):
                keys.append(key)
                base = inner
            case s.Attr(base=inner, name=key) if not dotted(base) or keys:
                if dotted(base):
                    return dotted(base), tuple(reversed(keys))
                keys.append(key)
                base = inner
            case s.Name(id=name):
                return (name, tuple(reversed(keys))) if keys else None
            case _:
                return None


def _is_empty(binding: Binding) -> bool:
    """Declared without a value, or with null."""
    if binding.expr is None:
        return not (binding.function or binding.cls or binding.param or binding.module)
    return isinstance(binding.expr, s.Const) and binding.expr.value is None


def _contains_itself(binding: Binding, name: str) -> bool:
    """`config = {...config, ...more}`: no new variable can be made of itself."""
    made = binding.expr
    return isinstance(made, s.DictExpr) and any(
        entry.key is None and isinstance(entry.value, s.Name) and entry.value.id == name for entry in made.entries
    )

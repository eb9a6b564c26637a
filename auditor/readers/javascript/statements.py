"""Lowers statements, functions and classes of JavaScript and TypeScript to the common syntax.

Beside what `model.syntax` says: TypeScript's parameter properties become `self.x = x` at the start of the constructor;
enums and namespaces become objects; a `break` that leaves a switch becomes Other("switch-break"), so that it is not taken
for the end of a loop; `export =` is an assignment to `module.exports`; declarations without code become Other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.model.location import Span
from auditor.model.syntax import (
    Arg,
    Assign,
    AssignExpr,
    Attr,
    Binary,
    Block,
    BoolOp,
    Break,
    Call,
    ClassDef,
    Const,
    Continue,
    DictExpr,
    Entry,
    Export,
    Expr,
    ExprStmt,
    FunctionDef,
    FunctionExpr,
    Handler,
    If,
    Import,
    ImportName,
    ListExpr,
    Loop,
    Name,
    Opaque,
    Other,
    Param,
    Raise,
    Return,
    Spread,
    Stmt,
    Try,
)
from auditor.readers.javascript.expressions import MAX_DEPTH, Expressions
from auditor.readers.javascript.text import SourceText

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

_AUGMENTED = {"&&": "and", "||": "or"}
_SKIPPED = {"comment", "html_comment", "empty_statement", "hash_bang_line", "debugger_statement", ";"}
_DECLARATIONS = {
    "interface_declaration",
    "type_alias_declaration",
    "ambient_declaration",
    "function_signature",
    "abstract_method_signature",
    "index_signature",
    "method_signature",
    "module",
}
_FUNCTIONS = {"function_declaration", "generator_function_declaration"}
_CLASSES = {"class_declaration", "abstract_class_declaration"}
_FIELDS = {"field_definition", "public_field_definition"}


class Statements(Expressions):
    """Statements of one file."""

    def __init__(self, source: SourceText) -> None:
        """Take the text that the nodes' offsets count in."""
        super().__init__(source)
        self._in_switch = False
        self.statements: dict[str, Callable[[Node], list[Stmt]]] = {
            "expression_statement": self._expression_statement,
            "lexical_declaration": self._declaration,
            "variable_declaration": self._declaration,
            "using_declaration": self._declaration,
            "return_statement": lambda n: [Return(self.at(n), self._value(n))],
            "throw_statement": lambda n: [Raise(self.at(n), self._value(n))],
            "if_statement": self._if,
            "statement_block": lambda n: [Block(self.at(n), self.block(n))],
            "for_statement": self._for,
            "for_in_statement": self._for_in,
            "while_statement": self._while,
            "do_statement": self._while,
            "try_statement": self._try,
            "switch_statement": self._switch,
            "break_statement": self._break,
            "continue_statement": lambda n: [Continue(self.at(n))],
            "labeled_statement": self._labeled,
            "import_statement": self._import,
            "export_statement": self._export,
            "import_alias": self._import_alias,
            "function_declaration": lambda n: [self.function(n)],
            "generator_function_declaration": lambda n: [self.function(n)],
            "class_declaration": lambda n: [self.class_(n)],
            "abstract_class_declaration": lambda n: [self.class_(n)],
            "enum_declaration": self._enum,
            "internal_module": self._namespace,
            "with_statement": lambda n: [Block(self.at(n), self.body(n.child_by_field_name("body")))],
            "class_static_block": lambda n: [Block(self.at(n), self.body(n.child_by_field_name("body")))],
        }

    # ------------------------------------------------------------------ bodies

    def block(self, node: Node) -> tuple[Stmt, ...]:
        """The statements directly in a block or program."""
        found: list[Stmt] = []
        for child in node.named_children:
            found += self.statement(child)
        return tuple(found)

    def body(self, node: Node | None) -> tuple[Stmt, ...]:
        """The statements of a block or of a single statement."""
        if node is None:
            return ()
        return self.block(node) if node.type == "statement_block" else tuple(self.statement(node))

    def statement(self, node: Node) -> list[Stmt]:
        """Lower one statement to zero or more; total."""
        kind = node.type
        if kind in _SKIPPED:
            return []
        if self.depth >= MAX_DEPTH:
            return [ExprStmt(self.at(node), self.cut(node))]
        self.depth += 1
        try:
            handler = self.statements.get(kind)
            if handler is not None:
                return handler(node)
            if kind == "ERROR":
                return list(self.block(node))
            if kind in _DECLARATIONS:
                return [Other(self.at(node), "declaration")]
            return [ExprStmt(self.at(node), self.expression(node))]
        finally:
            self.depth -= 1

    def directives(self, node: Node | None) -> tuple[str, ...]:
        """The directive prologue of a program or function body."""
        found = []
        for child in () if node is None else node.named_children:
            if child.type in ("comment", "hash_bang_line"):
                continue
            inner = child.named_children
            if child.type != "expression_statement" or not inner or inner[0].type != "string":
                break
            found.append(self.string(inner[0]))
        return tuple(found)

    def _value(self, node: Node) -> Expr | None:
        inner = [c for c in node.named_children if c.type not in _SKIPPED]
        return self.expression(inner[0]) if inner else None

    # ------------------------------------------------------------------ assignments

    def _expression_statement(self, node: Node) -> list[Stmt]:
        inner = next((c for c in node.named_children if c.type not in _SKIPPED), None)
        return [] if inner is None else self._effect(node, inner)

    def _effect(self, node: Node, inner: Node) -> list[Stmt]:
        """An expression evaluated for its effect; assignments become statements."""
        match inner.type:
            case "assignment_expression":
                return [self._assign(node, inner)]
            case "augmented_assignment_expression":
                spelled = self._operator(inner)[:-1]
                target, value = self.field(inner, "left"), self.field(inner, "right")
                return [Assign(self.at(node), (target,), value, op=_AUGMENTED.get(spelled, spelled))]
            case "update_expression":
                at, operator = self.at(node), self._operator(inner)[:1]
                return [Assign(at, (self.field(inner, "argument"),), Const(at, 1), op=operator)]
            case "sequence_expression":
                return [s for c in inner.named_children if c.type not in _SKIPPED for s in self._effect(c, c)]
            case "internal_module":
                return self._namespace(inner)
            case _:
                return [ExprStmt(self.at(node), self.expression(inner))]

    def _assign(self, node: Node, inner: Node) -> Assign:
        targets: list[Expr] = []
        value: Node | None = inner
        while value is not None and value.type == "assignment_expression":
            targets.append(self.field(value, "left"))
            value = value.child_by_field_name("right")
        return Assign(self.at(node), tuple(targets), None if value is None else self.expression(value))

    def _declaration(self, node: Node) -> list[Stmt]:
        constant = any(c.type in ("const", "using") for c in node.children[:1])
        found: list[Stmt] = []
        for child in node.named_children:
            if child.type != "variable_declarator":
                continue
            value = child.child_by_field_name("value")
            found.append(
                Assign(
                    self.at(child),
                    (self.field(child, "name"),),
                    None if value is None else self.expression(value),
                    annotation=self.type(child.child_by_field_name("type")),
                    constant=constant,
                )
            )
        return found

    # ------------------------------------------------------------------ control flow

    def _if(self, node: Node) -> list[Stmt]:
        alternative = node.child_by_field_name("alternative")
        orelse: list[Stmt] = []
        for child in () if alternative is None else alternative.named_children:
            orelse += self.body(child)
        consequence = self.body(node.child_by_field_name("consequence"))
        return [If(self.at(node), self.field(node, "condition"), consequence, tuple(orelse))]

    def _loop_body(self, node: Node) -> tuple[Stmt, ...]:
        outer, self._in_switch = self._in_switch, False
        try:
            return self.body(node.child_by_field_name("body"))
        finally:
            self._in_switch = outer

    def _for(self, node: Node) -> list[Stmt]:
        init, test = node.child_by_field_name("initializer"), node.child_by_field_name("condition")
        if test is not None and test.type.endswith("_statement"):  # older grammars wrap it
            test = next((c for c in test.named_children if c.type not in _SKIPPED), None)
        return [
            Loop(
                self.at(node),
                "count",
                self._loop_body(node),
                test=None if test is None else self.expression(test),
                init=() if init is None else self._init(init),
                update=self._updates(node.child_by_field_name("increment")),
            )
        ]

    def _init(self, node: Node) -> tuple[Stmt, ...]:
        return tuple(
            self.statement(node) if node.type.endswith(("_statement", "_declaration")) else self._effect(node, node)
        )

    def _updates(self, node: Node | None) -> tuple[Expr, ...]:
        if node is None:
            return ()
        return self.parts(node) if node.type == "sequence_expression" else (self.expression(node),)

    def _for_in(self, node: Node) -> list[Stmt]:
        is_async = any(c.type == "await" for c in node.children[:3])
        target, iterable = self.field(node, "left"), self.field(node, "right")
        return [Loop(self.at(node), "for", self._loop_body(node), target=target, iterable=iterable, is_async=is_async)]

    def _while(self, node: Node) -> list[Stmt]:
        kind = "do" if node.type == "do_statement" else "while"
        return [Loop(self.at(node), kind, self._loop_body(node), test=self.field(node, "condition"))]

    def _try(self, node: Node) -> list[Stmt]:
        handler, final = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
        handlers: tuple[Handler, ...] = ()
        if handler is not None:
            parameter = handler.child_by_field_name("parameter")
            name = None if parameter is None else self.expression(parameter)
            handlers = (Handler(self.at(handler), (), name, self.body(handler.child_by_field_name("body"))),)
        return [
            Try(
                self.at(node),
                self.body(node.child_by_field_name("body")),
                handlers,
                (),
                () if final is None else self.body(final.child_by_field_name("body")),
            )
        ]

    def _break(self, node: Node) -> list[Stmt]:
        if self._in_switch and node.child_by_field_name("label") is None:
            return [Other(self.at(node), "switch-break")]
        return [Break(self.at(node))]

    def _labeled(self, node: Node) -> list[Stmt]:
        label = node.child_by_field_name("label")
        return [
            Block(self.at(node), self.body(node.child_by_field_name("body")), "" if label is None else self.raw(label))
        ]

    def _switch(self, node: Node) -> list[Stmt]:
        subject, body = self.field(node, "value"), node.child_by_field_name("body")
        outer, self._in_switch = self._in_switch, True
        try:
            cases = [] if body is None else self._cases(subject, body)
        finally:
            self._in_switch = outer
        chain = tuple(s for test, _, stmts in cases if test is None for s in stmts)
        for test, at_node, stmts in reversed(cases):
            if test is not None:
                chain = (If(self.at(at_node), test, stmts, chain),)
        # A switch with a default alone still evaluates its subject.
        return list(chain) if any(test is not None for test, _, _ in cases) else [ExprStmt(subject.at, subject), *chain]

    def _cases(self, subject: Expr, body: Node) -> list[tuple[Expr | None, Node, tuple[Stmt, ...]]]:
        """(test, where, statements) of each case, a None test for the default; labels without statements share the next's."""
        found: list[tuple[Expr | None, Node, tuple[Stmt, ...]]] = []
        waiting: list[Expr] = []
        shared_default = False
        always = isinstance(subject, Const) and subject.value is True
        for case in body.named_children:
            if case.type not in ("switch_case", "switch_default"):
                continue
            value = case.child_by_field_name("value")
            if case.type == "switch_default":
                shared_default = True
            elif value is not None:
                label = self.expression(value)
                waiting.append(label if always else Binary(label.at, "==", subject, label))
            statements = [s for c in case.children_by_field_name("body") for s in self.statement(c)]
            if not statements:
                continue
            while statements and isinstance(statements[-1], Other) and statements[-1].kind == "switch-break":
                statements.pop()
            test = None
            if waiting and not shared_default:
                test = waiting[0] if len(waiting) == 1 else BoolOp(waiting[0].at, "or", tuple(waiting))
            found.append((test, case, tuple(statements)))
            waiting, shared_default = [], False
        return found

    # ------------------------------------------------------------------ functions

    def function(self, node: Node, decorators: tuple[Expr, ...] = ()) -> FunctionDef:
        """Lower a function, method or arrow."""
        kinds = {c.type for c in node.children[:6] if not c.is_named}
        name_node, body_node = node.child_by_field_name("name"), node.child_by_field_name("body")
        name = "" if name_node is None else self._member_name(name_node)
        method = node.type == "method_definition"
        if method and name == "constructor":
            name = "__init__"
        outer, self._in_switch = self._in_switch, False
        try:
            body = self._function_body(body_node)
        finally:
            self._in_switch = outer
        parameters, promoted = self._parameters(node)
        return FunctionDef(
            self.at(node),
            name,
            parameters,
            promoted + body,
            decorators,
            is_async="async" in kinds,
            is_generator="*" in kinds,
            returns=self.type(node.child_by_field_name("return_type")),
            static=method and "static" in kinds,
            accessor=next((k for k in ("get", "set") if method and k in kinds), ""),
            directives=self.directives(body_node)
            if body_node is not None and body_node.type == "statement_block"
            else (),
        )

    def _function_body(self, node: Node | None) -> tuple[Stmt, ...]:
        if node is None:
            return ()
        if node.type == "statement_block":
            return self.block(node)
        value = self.expression(node)
        return (Return(value.at, value),)

    def _member_name(self, node: Node) -> str:
        if node.type == "string":
            return self.string(node)
        if node.type == "computed_property_name":
            key = self.key(node)
            return key.value if isinstance(key, Const) and isinstance(key.value, str) else ""
        return self.raw(node)

    def _parameters(self, node: Node) -> tuple[tuple[Param, ...], tuple[Stmt, ...]]:
        """Parameters, and the assignments that TypeScript's parameter properties stand for."""
        single = node.child_by_field_name("parameter")
        if single is not None:
            return (self._parameter(single),), ()
        listed = node.child_by_field_name("parameters")
        found: list[Param] = []
        promoted: list[Stmt] = []
        for child in () if listed is None else listed.named_children:
            if child.type in _SKIPPED or child.type == "ERROR":
                continue
            parameter = self._parameter(child)
            if parameter.name == "this":
                continue
            found.append(parameter)
            if any(c.type in ("accessibility_modifier", "readonly") for c in child.children):
                at = parameter.at
                target = Attr(at, Name(at, "self"), parameter.name)
                promoted.append(Assign(at, (target,), Name(at, parameter.name), annotation=parameter.annotation))
        return tuple(found), tuple(promoted)

    def _parameter(self, node: Node) -> Param:
        pattern, default, annotation = node, None, None
        if node.type in ("required_parameter", "optional_parameter"):
            pattern = node.child_by_field_name("pattern") or node
            value = node.child_by_field_name("value")
            default = None if value is None else self.expression(value)
            annotation = self.type(node.child_by_field_name("type"))
        elif node.type == "assignment_pattern":
            pattern, default = node.child_by_field_name("left") or node, self.field(node, "right")
        at, kind = self.at(pattern), ""
        if pattern.type == "rest_pattern":
            kind = "list"
            pattern = next(iter(pattern.named_children), pattern)
        if pattern.type in ("identifier", "this"):
            return Param(self.raw(pattern), at, default, annotation, kind)
        lowered = self.expression(pattern)
        if isinstance(lowered, Spread):
            lowered = lowered.value
        return Param("", at, default, annotation, kind, lowered)

    # ------------------------------------------------------------------ classes and other declarations

    def class_(self, node: Node, decorators: tuple[Expr, ...] = ()) -> ClassDef:
        """Lower a class declaration or expression."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        own = tuple(self._decorator(c) for c in node.children if c.type == "decorator")
        bases: list[Expr] = []
        for heritage in (c for c in node.named_children if c.type == "class_heritage"):
            for child in heritage.named_children:
                if child.type == "extends_clause":
                    bases += [self.expression(v) for v in child.children_by_field_name("value")]
                elif child.type != "implements_clause" and child.type not in _SKIPPED:
                    bases.append(self.expression(child))
        members = () if body is None else self._members(body)
        return ClassDef(self.at(node), "" if name is None else self.raw(name), tuple(bases), members, decorators + own)

    def _decorator(self, node: Node) -> Expr:
        return self.expression(node.named_children[-1]) if node.named_children else Opaque(self.at(node), "missing")

    def _members(self, body: Node) -> tuple[Stmt, ...]:
        found: list[Stmt] = []
        waiting: list[Expr] = []  # TypeScript's grammar puts a method's decorators beside it
        for child in body.named_children:
            kind = child.type
            if kind == "decorator":
                waiting.append(self._decorator(child))
                continue
            if kind == "method_definition":
                own = [self._decorator(c) for c in child.children if c.type == "decorator"]
                found.append(self.function(child, tuple(waiting + own)))
            elif kind in _FIELDS:
                found.append(self._class_field(child))
            elif kind == "class_static_block":
                found += self.statement(child)
            elif kind == "ERROR":
                found += self._members(child)
            if kind not in _SKIPPED:
                waiting = []
        return tuple(found)

    def _class_field(self, node: Node) -> Assign:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        value = node.child_by_field_name("value")
        at = self.at(node)
        target = Name(at, "" if name is None else self._member_name(name))
        lowered = None if value is None else self.expression(value)
        return Assign(at, (target,), lowered, annotation=self.type(node.child_by_field_name("type")))

    def _enum(self, node: Node) -> list[Stmt]:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        entries: list[Entry] = []
        for child in () if body is None else body.named_children:
            if child.type == "enum_assignment":
                key = child.child_by_field_name("name")
                if key is not None:
                    entries.append(Entry(self.key(key), self.field(child, "value")))
            elif child.type not in _SKIPPED:
                entries.append(Entry(self.key(child), Opaque(self.at(child), "enum")))
        if name is None:
            return []
        at = self.at(node)
        return [Assign(at, (Name(self.at(name), self.raw(name)),), DictExpr(at, tuple(entries)), constant=True)]

    def _namespace(self, node: Node) -> list[Stmt]:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None or name.type != "identifier":
            return [] if body is None else [Block(self.at(node), self.block(body))]
        inner = self.block(body)
        at = self.at(node)
        entries = tuple(
            Entry(Const(s.at, exported), Name(s.at, local))
            for s in inner
            if isinstance(s, Export)
            for local, exported in s.names
        )
        kept = [s for s in inner if not isinstance(s, Export)]
        return [*kept, Assign(at, (Name(self.at(name), self.raw(name)),), DictExpr(at, entries), constant=True)]

    # ------------------------------------------------------------------ modules

    def _import(self, node: Node) -> list[Stmt]:
        at = self.at(node)
        for child in node.named_children:
            if child.type == "import_require_clause":
                return self._import_require(at, child)
        source = node.child_by_field_name("source")
        if source is None:
            return []
        type_only = any(c.type in ("type", "typeof") for c in node.children[:3])
        clause = next((c for c in node.named_children if c.type == "import_clause"), None)
        names, type_names = self._import_names(clause)
        module = self.string(source)
        if clause is None:
            return [Import(at, module)]
        found: list[Stmt] = []
        if names:
            found.append(Import(at, module, tuple(names), type_only=type_only))
        if type_names:
            found.append(Import(at, module, tuple(type_names), type_only=True))
        # `import {} from "x"` still runs x.
        return found or [Import(at, module, type_only=type_only)]

    def _import_names(self, clause: Node | None) -> tuple[list[ImportName], list[ImportName]]:
        """Names that bind values, and names marked `type` one by one."""
        values: list[ImportName] = []
        types: list[ImportName] = []
        for child in () if clause is None else clause.named_children:
            if child.type == "identifier":
                values.append(ImportName("default", self.raw(child)))
            elif child.type == "namespace_import":
                values.append(ImportName("*", self.raw(child.named_children[-1]) if child.named_children else ""))
            elif child.type == "named_imports":
                for specifier in child.named_children:
                    pair = self._specifier(specifier)
                    if pair is not None:
                        marked = any(c.type in ("type", "typeof") for c in specifier.children[:1])
                        (types if marked else values).append(ImportName(*pair))
        return values, types

    def _specifier(self, node: Node) -> tuple[str, str] | None:
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        if name is None:
            return None
        spelled = self.string(name) if name.type == "string" else self.raw(name)
        if alias is None:
            return spelled, spelled
        return spelled, self.string(alias) if alias.type == "string" else self.raw(alias)

    def _import_require(self, at: Span, node: Node) -> list[Stmt]:
        source = node.child_by_field_name("source")
        name = next((c for c in node.named_children if c.type == "identifier"), None)
        if source is None or name is None:
            return []
        call = Call(at, Name(at, "require"), (Arg(self.expression(source)),))
        return [Assign(at, (self.expression(name),), call, constant=True)]

    def _import_alias(self, node: Node) -> list[Stmt]:
        inner = node.named_children
        if len(inner) != 2:
            return []
        return [Assign(self.at(node), (self.expression(inner[0]),), self.expression(inner[1]), constant=True)]

    def _export(self, node: Node) -> list[Stmt]:
        at = self.at(node)
        kinds = {c.type for c in node.children if not c.is_named}
        source = node.child_by_field_name("source")
        module = "" if source is None else self.string(source)
        if "type" in kinds:
            return [Other(at, "declaration")]
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        if declaration is not None:
            return self._export_declaration(node, declaration, "default" in kinds)
        if value is not None:
            return [Export(at, value=self.expression(value))]
        for child in node.named_children:
            if child.type == "namespace_export":
                name = self.raw(child.named_children[-1]) if child.named_children else "*"
                return [Export(at, (("*", name),), module)]
            if child.type == "export_clause":
                pairs = [p for c in child.named_children if (p := self._specifier(c)) and not self._type_marked(c)]
                return [Export(at, tuple(pairs), module)]
        if "*" in kinds:
            return [Export(at, (("*", "*"),), module)]
        if "=" in kinds:
            target = Attr(at, Name(at, "module"), "exports")
            return [Assign(at, (target,), self._value(node))]
        return []

    def _type_marked(self, specifier: Node) -> bool:
        return any(c.type == "type" for c in specifier.children[:1])

    def _export_declaration(self, node: Node, declaration: Node, default: bool) -> list[Stmt]:
        decorators = tuple(self._decorator(c) for c in node.children if c.type == "decorator")
        at = self.at(node)
        if declaration.type in _CLASSES:
            lowered: list[Stmt] = [self.class_(declaration, decorators)]
        else:
            lowered = self.statement(declaration)
        if default:
            first = lowered[0] if lowered else None
            if isinstance(first, FunctionDef) and not first.name:
                return [Export(at, value=FunctionExpr(first.at, first))]
            names = [(n, "default") for s in lowered for n in declared(s)]
        else:
            names = [(n, n) for s in lowered for n in declared(s)]
        return [*lowered, Export(at, tuple(names))] if names else lowered


def declared(statement: Stmt) -> list[str]:
    """The names that a declaration binds."""
    match statement:
        case FunctionDef(name=name) | ClassDef(name=name):
            return [name] if name else []
        case Assign(targets=targets):
            return [n for t in targets for n in bound(t)]
        case _:
            return []


def bound(pattern: Expr) -> list[str]:
    """The names that a pattern binds."""
    match pattern:
        case Name(id=name):
            return [name]
        case DictExpr(entries=entries):
            return [n for e in entries for n in bound(e.value)]
        case ListExpr(items=items):
            return [n for i in items for n in bound(i)]
        case Spread(value=value):
            return bound(value)
        case AssignExpr(target=target):
            return bound(target)
        case _:
            return []

"""Lowers expressions, patterns and types of JavaScript and TypeScript to the common syntax.

Beside what `model.syntax` says: casts, `satisfies`, non-null marks, parentheses and optional chaining are transparent;
`import.meta` is Attr(Name("import"), "meta"); JSX is Opaque("jsx", (tag, DictExpr of attributes, children ...)), its tag a
Const for an element of the platform (`input`) and a Name or Attr for a component.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.model.location import Span
from auditor.model.syntax import (
    Arg,
    AssignExpr,
    Attr,
    Await,
    Binary,
    BoolOp,
    Call,
    ClassDef,
    ClassExpr,
    Conditional,
    Const,
    DictExpr,
    Entry,
    Expr,
    FunctionDef,
    FunctionExpr,
    Index,
    ListExpr,
    Name,
    Opaque,
    Spread,
    Template,
    Unary,
    Yield,
)
from auditor.readers.javascript.literals import number, unescape
from auditor.readers.javascript.text import SourceText

if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

MAX_DEPTH = 220  # levels of the syntax tree; some three Python frames each
_MAX_CHAIN = 200  # operands of one operator chain

_BOOLEAN = {"&&": "and", "||": "or", "??": "??"}
_OPERATORS = {"===": "==", "!==": "!="}
_TRANSPARENT = {
    "parenthesized_expression",
    "as_expression",
    "satisfies_expression",
    "non_null_expression",
    "instantiation_expression",
}
_TYPES_OF_NOTHING = {"comment", "html_comment", "empty_statement"}


class Expressions:
    """Expressions of one file. `statements` in its subclass lowers the bodies of functions and classes."""

    def __init__(self, source: SourceText) -> None:
        """Take the text that the nodes' offsets count in."""
        self.source = source
        self.text = source.text
        self.jsx = False
        self.depth = 0
        self.too_deep: int | None = None  # offset of the first expression that was cut off
        self.table: dict[str, Callable[[Node], Expr]] = {
            "identifier": self._name,
            "property_identifier": self._name,
            "shorthand_property_identifier": self._name,
            "shorthand_property_identifier_pattern": self._name,
            "type_identifier": self._name,
            "statement_identifier": self._name,
            "private_property_identifier": self._name,
            "string": self._string,
            "member_expression": self._member,
            "nested_identifier": self._member,
            "call_expression": self._call,
            "object": self._object,
            "object_pattern": self._object,
            "number": self._number,
            "template_string": self._template,
            "arrow_function": self._function_expression,
            "function_expression": self._function_expression,
            "generator_function": self._function_expression,
            "function_declaration": self._function_expression,
            "generator_function_declaration": self._function_expression,
            "class": self._class_expression,
            "class_declaration": self._class_expression,
            "abstract_class_declaration": self._class_expression,
            "await_expression": self._await,
            "array": self._array,
            "array_pattern": self._array,
            "true": lambda n: Const(self.at(n), True),
            "false": lambda n: Const(self.at(n), False),
            "null": lambda n: Const(self.at(n), None),
            "undefined": lambda n: Const(self.at(n), None),
            "this": lambda n: Name(self.at(n), "self"),
            "super": lambda n: Name(self.at(n), "super"),
            "import": lambda n: Name(self.at(n), "import"),
            "binary_expression": self._binary,
            "unary_expression": self._unary,
            "update_expression": self._update,
            "ternary_expression": self._ternary,
            "assignment_expression": self._assignment,
            "augmented_assignment_expression": self._augmented,
            "assignment_pattern": self._assignment,
            "object_assignment_pattern": self._assignment,
            "new_expression": self._new,
            "subscript_expression": self._subscript,
            "spread_element": self._spread,
            "rest_pattern": self._spread,
            "yield_expression": self._yield,
            "sequence_expression": lambda n: Opaque(self.at(n), "sequence", self.parts(n)),
            "type_assertion": lambda n: self.expression(n.named_children[-1]),
            "regex": lambda n: Opaque(self.at(n), "regex"),
            "meta_property": self._meta,
            "jsx_element": self._jsx,
            "jsx_self_closing_element": self._jsx,
            "jsx_expression": self._jsx_expression,
        }

    # ------------------------------------------------------------------ helpers

    def at(self, node: Node) -> Span:
        """The node's span."""
        return self.source.span(node.start_byte, node.end_byte)

    def raw(self, node: Node) -> str:
        """The node's text."""
        return self.text[node.start_byte : node.end_byte]

    def parts(self, node: Node) -> tuple[Expr, ...]:
        """All named children as expressions."""
        return tuple([self.expression(c) for c in node.named_children if c.type not in _TYPES_OF_NOTHING])

    def field(self, node: Node, name: str) -> Expr:
        """The expression in a field; Opaque("missing") where the parser had to do without."""
        child = node.child_by_field_name(name)
        return Opaque(self.at(node), "missing") if child is None else self.expression(child)

    def expression(self, node: Node) -> Expr:
        """Lower one expression; total."""
        kind = node.type
        while kind in _TRANSPARENT:
            inner = next((c for c in node.named_children if c.type not in _TYPES_OF_NOTHING), None)
            if inner is None:
                return Opaque(self.at(node), kind)
            node, kind = inner, inner.type
        handler = self.table.get(kind)
        if handler is None:
            return self._opaque(node, kind)
        if self.depth >= MAX_DEPTH:
            return self.cut(node)
        self.depth += 1
        try:
            return handler(node)
        finally:
            self.depth -= 1

    def cut(self, node: Node) -> Opaque:
        """What stands for a subtree that is nested too deeply."""
        if self.too_deep is None:
            self.too_deep = node.start_byte
        return Opaque(self.at(node), "deep")

    def _opaque(self, node: Node, kind: str) -> Expr:
        if self.depth >= MAX_DEPTH:
            return self.cut(node)
        self.depth += 1
        try:
            return Opaque(self.at(node), kind, self.parts(node))
        finally:
            self.depth -= 1

    # ------------------------------------------------------------------ leaves

    def _name(self, node: Node) -> Expr:
        identifier = self.raw(node)
        if identifier == "undefined":
            return Const(self.at(node), None)
        if identifier == "Infinity":
            return Const(self.at(node), float("inf"))
        return Name(self.at(node), identifier)

    def string(self, node: Node) -> str:
        """The value of a string literal."""
        return unescape(self.text[node.start_byte + 1 : node.end_byte - 1])

    def _string(self, node: Node) -> Expr:
        return Const(self.at(node), self.string(node))

    def _number(self, node: Node) -> Expr:
        value = number(self.raw(node))
        return Opaque(self.at(node), "number") if value is None else Const(self.at(node), value)

    def _template(self, node: Node) -> Expr:
        holes = [c for c in node.named_children if c.type == "template_substitution"]
        if not holes:
            return Const(self.at(node), self.string(node))
        return self._holes(node, holes)

    def _holes(self, node: Node, holes: list[Node]) -> Template:
        parts: list[Expr] = []
        start = node.start_byte + 1
        for hole in holes:
            if hole.start_byte > start:
                parts.append(self._text(start, hole.start_byte))
            inner = self.parts(hole)
            parts.extend(inner[-1:])
            start = hole.end_byte
        if start < node.end_byte - 1:
            parts.append(self._text(start, node.end_byte - 1))
        return Template(self.at(node), tuple(parts))

    def _text(self, start: int, end: int) -> Const:
        return Const(self.source.span(start, end), unescape(self.text[start:end]))

    def _meta(self, node: Node) -> Expr:
        first, _, last = self.raw(node).partition(".")
        at = self.at(node)
        return Attr(at, Name(at, first.strip()), last.strip())

    # ------------------------------------------------------------------ access and calls

    def _member(self, node: Node) -> Expr:
        name = node.child_by_field_name("property")
        return Attr(self.at(node), self.field(node, "object"), "" if name is None else self.raw(name))

    def _subscript(self, node: Node) -> Expr:
        base, key = self.field(node, "object"), self.field(node, "index")
        if isinstance(key, Const) and isinstance(key.value, str):
            return Attr(self.at(node), base, key.value)
        return Index(self.at(node), base, key)

    def _call(self, node: Node) -> Expr:
        func = self.field(node, "function")
        called = node.child_by_field_name("function")
        if isinstance(func, Await) and called is not None and called.type == "await_expression":
            # The grammar binds `await f<T>(x)` as `(await f)<T>(x)`.
            return Await(func.at, self._called(node, func.value))
        return self._called(node, func)

    def _called(self, node: Node, func: Expr) -> Expr:
        arguments = node.child_by_field_name("arguments")
        if arguments is None:
            return Call(self.at(node), func)
        if arguments.type == "template_string":
            holes = [c for c in arguments.named_children if c.type == "template_substitution"]
            return Call(self.at(node), func, (Arg(self._holes(arguments, holes)),))
        return Call(self.at(node), func, self._arguments(arguments))

    def _arguments(self, node: Node) -> tuple[Arg, ...]:
        found = []
        for child in node.named_children:
            kind = child.type
            if kind == "spread_element":
                found.append(Arg(self._last(child), spread="list"))
            elif kind not in _TYPES_OF_NOTHING and kind != "ERROR":
                found.append(Arg(self.expression(child)))
        return tuple(found)

    def _new(self, node: Node) -> Expr:
        arguments = node.child_by_field_name("arguments")
        given = () if arguments is None else self._arguments(arguments)
        return Call(self.at(node), self.field(node, "constructor"), given, new=True)

    def _last(self, node: Node) -> Expr:
        inner = [c for c in node.named_children if c.type not in _TYPES_OF_NOTHING]
        return self.expression(inner[-1]) if inner else Opaque(self.at(node), "missing")

    def _spread(self, node: Node) -> Expr:
        return Spread(self.at(node), self._last(node))

    def _await(self, node: Node) -> Expr:
        return Await(self.at(node), self._last(node))

    def _yield(self, node: Node) -> Expr:
        inner = [c for c in node.named_children if c.type not in _TYPES_OF_NOTHING]
        return Yield(self.at(node), self.expression(inner[-1]) if inner else None)

    # ------------------------------------------------------------------ operators

    def _operands(self, node: Node, operator: str) -> list[Expr]:
        """Operands of a left-nested chain of one operator, without recursing down its spine."""
        rights: list[Node] = []
        left: Node | None = node
        while left is not None and left.type == "binary_expression" and self._operator(left) == operator:
            right = left.child_by_field_name("right")
            if right is not None:
                rights.append(right)
            left = left.child_by_field_name("left")
        operands = [] if left is None else [self.expression(left)]
        operands.extend(self.expression(r) for r in reversed(rights))
        return operands

    def _operator(self, node: Node) -> str:
        operator = node.child_by_field_name("operator")
        return "" if operator is None else operator.type

    def _binary(self, node: Node) -> Expr:
        at, spelled = self.at(node), self._operator(node)
        operands = self._operands(node, spelled)
        if spelled in _BOOLEAN:
            return BoolOp(at, _BOOLEAN[spelled], tuple(operands))
        if len(operands) > _MAX_CHAIN:
            return Opaque(at, "chain", tuple(operands))
        operator = _OPERATORS.get(spelled, spelled)
        result = operands[0]
        for right in operands[1:]:
            here = Span(at.path, at.line, at.column, right.at.end_line, right.at.end_column)
            result = Binary(here, operator, result, right)
        return result

    def _unary(self, node: Node) -> Expr:
        operator = self._operator(node)
        return Unary(self.at(node), "not" if operator == "!" else operator, self.field(node, "argument"))

    def _update(self, node: Node) -> Expr:
        at, target = self.at(node), self.field(node, "argument")
        return AssignExpr(at, target, Binary(at, self._operator(node)[:1], target, Const(at, 1)))

    def _ternary(self, node: Node) -> Expr:
        return Conditional(
            self.at(node),
            self.field(node, "condition"),
            self.field(node, "consequence"),
            self.field(node, "alternative"),
        )

    def _assignment(self, node: Node) -> Expr:
        return AssignExpr(self.at(node), self.field(node, "left"), self.field(node, "right"))

    def _augmented(self, node: Node) -> Expr:
        at, target, value = self.at(node), self.field(node, "left"), self.field(node, "right")
        operator = self._operator(node)[:-1]
        if operator in _BOOLEAN:
            return AssignExpr(at, target, BoolOp(at, _BOOLEAN[operator], (target, value)))
        return AssignExpr(at, target, Binary(at, operator, target, value))

    # ------------------------------------------------------------------ collections

    def _array(self, node: Node) -> Expr:
        items: list[Expr] = []
        expect = True  # a comma where an item was expected is a hole
        for child in node.children:
            kind = child.type
            if kind == ",":
                if expect:
                    items.append(Const(self.at(child), None))
                expect = True
            elif child.is_named and kind not in _TYPES_OF_NOTHING and kind != "ERROR":
                items.append(self.expression(child))
                expect = False
        return ListExpr(self.at(node), tuple(items))

    def _object(self, node: Node) -> Expr:
        entries: list[Entry] = []
        for child in node.named_children:
            entry = self._entry(child)
            if entry is not None:
                entries.append(entry)
        return DictExpr(self.at(node), tuple(entries))

    def _entry(self, node: Node) -> Entry | None:
        match node.type:
            case "pair" | "pair_pattern":
                key = node.child_by_field_name("key")
                return None if key is None else Entry(self.key(key), self.field(node, "value"))
            case "shorthand_property_identifier" | "shorthand_property_identifier_pattern":
                return Entry(Const(self.at(node), self.raw(node)), Name(self.at(node), self.raw(node)))
            case "spread_element" | "rest_pattern":
                return Entry(None, self._last(node))
            case "method_definition":
                name = node.child_by_field_name("name")
                function = self.function(node)
                return None if name is None else Entry(self.key(name), FunctionExpr(function.at, function))
            case "object_assignment_pattern" | "assignment_pattern":
                left = node.child_by_field_name("left")
                value = self.expression(node)
                return None if left is None else Entry(Const(self.at(left), self.raw(left)), value)
            case _:
                return None

    def key(self, node: Node) -> Expr:
        """A property's key: Const where it is known."""
        match node.type:
            case "string":
                return self._string(node)
            case "computed_property_name":
                return self._last(node)
            case _:
                return Const(self.at(node), self.raw(node))

    # ------------------------------------------------------------------ functions and classes

    def function(self, node: Node, decorators: tuple[Expr, ...] = ()) -> FunctionDef:
        """Lower a function of any form."""
        raise NotImplementedError

    def class_(self, node: Node, decorators: tuple[Expr, ...] = ()) -> ClassDef:
        """Lower a class."""
        raise NotImplementedError

    def _function_expression(self, node: Node) -> Expr:
        function = self.function(node)
        return FunctionExpr(function.at, function)

    def _class_expression(self, node: Node) -> Expr:
        definition = self.class_(node)
        return ClassExpr(definition.at, definition)

    # ------------------------------------------------------------------ JSX

    def _jsx(self, node: Node) -> Expr:
        self.jsx = True
        opening = node.child_by_field_name("open_tag") or node
        parts: list[Expr] = [self._tag(opening), self._attributes(opening)]
        if opening is not node:
            parts += [
                self.expression(c)
                for c in node.named_children
                if c.type in ("jsx_element", "jsx_self_closing_element")
                or (c.type == "jsx_expression" and c.named_child_count)
            ]
        return Opaque(self.at(node), "jsx", tuple(parts))

    def _tag(self, opening: Node) -> Expr:
        name = opening.child_by_field_name("name")
        if name is None:
            return Const(self.at(opening), "")
        text = self.raw(name)
        if name.type == "identifier" and not text[:1].islower():
            return Name(self.at(name), text)
        return (
            self.expression(name)
            if name.type in ("member_expression", "nested_identifier")
            else Const(self.at(name), text)
        )

    def _attributes(self, opening: Node) -> DictExpr:
        entries: list[Entry] = []
        for child in opening.children_by_field_name("attribute"):
            if child.type != "jsx_attribute":
                entries.append(Entry(None, self._unspread(child)))
                continue
            name, *value = child.named_children
            key = Const(self.at(name), self.raw(name))
            entries.append(Entry(key, self._attribute_value(value[-1]) if value else Const(self.at(name), True)))
        return DictExpr(self.at(opening), tuple(entries))

    def _attribute_value(self, node: Node) -> Expr:
        if node.type == "string":
            return Const(self.at(node), self.text[node.start_byte + 1 : node.end_byte - 1])
        return self.expression(node)

    def _unspread(self, node: Node) -> Expr:
        value = self.expression(node)
        return value.value if isinstance(value, Spread) else value

    def _jsx_expression(self, node: Node) -> Expr:
        inner = [c for c in node.named_children if c.type not in _TYPES_OF_NOTHING]
        return self.expression(inner[-1]) if inner else Const(self.at(node), None)

    # ------------------------------------------------------------------ types

    def type(self, node: Node | None) -> Expr | None:
        """A type annotation as an expression: names, member paths, generics (Index) and unions (Binary "|")."""
        if node is None or self.depth >= MAX_DEPTH:
            return None
        self.depth += 1
        try:
            return self._type(node)
        finally:
            self.depth -= 1

    def _type(self, node: Node) -> Expr | None:
        at = self.at(node)
        match node.type:
            case "type_annotation" | "parenthesized_type" | "readonly_type":
                return self.type(next(iter(node.named_children), None))
            case "type_identifier" | "identifier" | "predefined_type":
                return Name(at, self.raw(node))
            case "nested_type_identifier":
                module, name = node.child_by_field_name("module"), node.child_by_field_name("name")
                if module is None or name is None:
                    return None
                return Attr(at, self.expression(module), self.raw(name))
            case "generic_type":
                base, arguments = (
                    self.type(node.child_by_field_name("name")),
                    node.child_by_field_name("type_arguments"),
                )
                inner = [] if arguments is None else [t for c in arguments.named_children if (t := self.type(c))]
                if base is None or not inner:
                    return base
                return Index(at, base, inner[0] if len(inner) == 1 else ListExpr(at, tuple(inner), "tuple"))
            case "array_type":
                element = self.type(next(iter(node.named_children), None))
                return None if element is None else Index(at, Name(at, "Array"), element)
            case "union_type":
                sides = [t for c in node.named_children if (t := self.type(c))]
                return Binary(at, "|", sides[0], sides[1]) if len(sides) == 2 else Opaque(at, "type", tuple(sides))
            case "literal_type" if self.raw(node) in ("null", "undefined"):
                return Const(at, None)
            case "type_query":
                return Opaque(at, "typeof")
            case _:
                return Opaque(at, "type")

"""Reads Python source into the common syntax.

Knows the grammar of the interpreter that runs the audit, through `ast`; what that grammar refuses (Python 2, a newer
syntax, a template) is said in one line and not guessed at. Knows nothing of vendors, imports across files or values.
"""

from __future__ import annotations

import ast
import keyword
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

from auditor.lazily import regex
from auditor.model import syntax as s
from auditor.model.facts import Unread
from auditor.model.location import Span
from auditor.readers.python_newer import older

MAX_CHARACTERS = 4_000_000
"""Longer files are not read: no person wrote them, and memory is about two hundred times the text."""

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.FloorDiv: "//",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_UNARY: dict[type[ast.AST], str] = {ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}
_GETTERS = frozenset({"property", "cached_property", "computed_field", "hybrid_property", "classproperty"})
_NOT_A_TYPE = frozenset({"Literal", "Annotated"})

_TEMPLATE = regex(r"\{\{-?[^{}\n]{1,200}\}\}|\{%[^\n]{0,200}?%\}")

Positions: TypeAlias = Callable[[Any], Span]
Place: TypeAlias = Callable[[int, int], tuple[int, int]]


def read_python(
    path: str, text: str, dialect: str = "", place: Place | None = None
) -> tuple[s.Module | None, tuple[Unread, ...]]:
    """Read a Python file; without a module there is one `Unread` that says why.

    Args:
        path: where the file stands, for the spans.
        text: its decoded text.
        dialect: the container of the text, "notebook" for joined cells.
        place: where a line and column of the text stand in the file, if elsewhere.
    """
    text = normal_lines(text)
    if len(text) > MAX_CHARACTERS:
        return None, (Unread(path, f"longer than {MAX_CHARACTERS:,} characters"),)
    try:
        body = _Lowering(_positions(path, text, place)).module(_parse(text))
    except SyntaxError as error:
        line = place(error.lineno, 0)[0] if place and error.lineno else error.lineno
        return None, (Unread(path, _reason(error), line),)
    except (RecursionError, MemoryError):
        return None, (Unread(path, "nested too deeply to be read"),)
    except ValueError:  # null bytes, lone surrogates
        return None, (Unread(path, "not text: null bytes or broken characters"),)
    return s.Module(path, "python", body, dialect=dialect), ()


def normal_lines(text: str) -> str:
    """The text with the line ends that `ast` counts by, and without a byte order mark."""
    if text.startswith("\ufeff"):
        text = text[1:]
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes are the author's business
        try:
            return ast.parse(text)
        except SyntaxError:
            for again in _respelled(text):
                with suppress(SyntaxError):
                    return ast.parse(again)
            raise


def _respelled(text: str) -> Iterator[str]:
    """What else the text may be: newer Python than this interpreter's, or a project template's with names to fill in."""
    if sys.version_info < (3, 12) and (spelled := older(text)) != text:
        yield spelled
    if "{{" in text:
        yield _TEMPLATE.sub(lambda match: ("#" if match[0][1] == "%" else "x") * len(match[0]), text)


def _reason(error: SyntaxError) -> str:
    message = error.msg or ""
    if message.startswith("Missing parentheses in call to") or "multiple exception types must be" in message:
        return "Python 2 syntax"
    if "null byte" in message:
        return "not text: null bytes or broken characters"
    if "too many nested" in message or "too many levels" in message:
        return "nested too deeply to be read"
    return f"syntax error: {message}" if message.isprintable() else "syntax error"


def _positions(path: str, text: str, place: Place | None) -> Positions:
    """How a node's span is made; `ast` counts columns in UTF-8 bytes, which differ on lines that are not ASCII."""
    if place is None and text.isascii():

        def plain(node: Any) -> Span:
            return Span(path, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)

        return plain
    wide = {number: line.encode() for number, line in enumerate(text.split("\n"), 1) if not line.isascii()}

    def characters(number: int, column: int) -> int:
        line = wide.get(number)
        return column if line is None else len(line[:column].decode(errors="ignore"))

    def converted(node: Any) -> Span:
        line, last = node.lineno, node.end_lineno
        return Span(path, line, characters(line, node.col_offset), last, characters(last, node.end_col_offset))

    def placed(node: Any) -> Span:
        at = converted(node)
        start, end = place(at.line, at.column), place(at.end_line, at.end_column)  # type: ignore[misc]
        return Span(path, *start, *end)

    return placed if place else converted


class _Lowering:
    """One file's way from `ast` to the common syntax. `yields` says whether the function being read is a generator."""

    def __init__(self, at: Positions) -> None:
        self.at = at
        self.yields = False
        self.expressions: dict[type[ast.AST], Callable[[Any], s.Expr]] = {
            kind: getattr(self, f"_{kind.__name__.lower()}") for kind in _EXPRESSIONS
        }
        self.statements: dict[type[ast.AST], Callable[[Any], Iterable[s.Stmt]]] = {
            kind: getattr(self, f"_{kind.__name__.lower()}") for kind in _STATEMENTS
        }

    def module(self, tree: ast.Module) -> tuple[s.Stmt, ...]:
        return self.block(tree.body)

    def block(self, body: list[ast.stmt]) -> tuple[s.Stmt, ...]:
        out: list[s.Stmt] = []
        for node in body:
            read = self.statements.get(type(node))
            out.extend(read(node) if read else (s.Other(self.at(node), type(node).__name__.lower()),))
        return tuple(out)

    def expr(self, node: ast.expr) -> s.Expr:
        read = self.expressions.get(type(node))
        return read(node) if read else s.Opaque(self.at(node), type(node).__name__.lower(), self._inner(node))

    def maybe(self, node: ast.expr | None) -> s.Expr | None:
        return None if node is None else self.expr(node)

    def _inner(self, node: ast.AST) -> tuple[s.Expr, ...]:
        return tuple(self.expr(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))

    # ------------------------------------------------------------------- expressions

    def _constant(self, node: ast.Constant) -> s.Expr:
        value = node.value
        if isinstance(value, complex):
            return s.Opaque(self.at(node), "complex")
        if value is ...:
            return s.Opaque(self.at(node), "ellipsis")
        return s.Const(self.at(node), value)

    def _name(self, node: ast.Name) -> s.Expr:
        return s.Name(self.at(node), node.id)

    def _attribute(self, node: ast.Attribute) -> s.Expr:
        return s.Attr(self.at(node), self.expr(node.value), node.attr)

    def _subscript(self, node: ast.Subscript) -> s.Expr:
        return s.Index(self.at(node), self.expr(node.value), self.expr(node.slice))

    def _slice(self, node: ast.Slice) -> s.Expr:
        at = self.at(node)  # always three parts, so that `[:n]` and `[n:]` can be told apart
        parts = tuple(s.Const(at, None) if p is None else self.expr(p) for p in (node.lower, node.upper, node.step))
        return s.Opaque(at, "slice", parts)

    def _call(self, node: ast.Call) -> s.Expr:
        args: list[s.Arg] = []
        for value in node.args:
            if isinstance(value, ast.Starred):
                args.append(s.Arg(self.expr(value.value), spread="list"))
            else:
                args.append(s.Arg(self.expr(value)))
        args.extend(s.Arg(self.expr(word.value), word.arg, "" if word.arg else "dict") for word in node.keywords)
        return s.Call(self.at(node), self.expr(node.func), tuple(args))

    def _joinedstr(self, node: ast.JoinedStr) -> s.Expr:
        parts: list[s.Expr] = []
        for part in node.values:
            if not isinstance(part, ast.FormattedValue):
                parts.append(self.expr(part))
                continue
            parts.append(self.expr(part.value))
            spec = part.format_spec
            if isinstance(spec, ast.JoinedStr):  # `{x:{width}}`: keep the expressions, not the format's text
                inner = tuple(self.expr(v.value) for v in spec.values if isinstance(v, ast.FormattedValue))
                if inner:
                    parts[-1] = s.Opaque(parts[-1].at, "format", (parts[-1], *inner))
        return s.Template(self.at(node), tuple(parts))

    _templatestr = _joinedstr

    def _starred(self, node: ast.Starred) -> s.Expr:
        return s.Spread(self.at(node), self.expr(node.value))

    def _list(self, node: ast.List) -> s.Expr:
        return s.ListExpr(self.at(node), tuple(map(self.expr, node.elts)))

    def _tuple(self, node: ast.Tuple) -> s.Expr:
        return s.ListExpr(self.at(node), tuple(map(self.expr, node.elts)), "tuple")

    def _set(self, node: ast.Set) -> s.Expr:
        return s.ListExpr(self.at(node), tuple(map(self.expr, node.elts)), "set")

    def _dict(self, node: ast.Dict) -> s.Expr:
        pairs = zip(node.keys, node.values, strict=True)
        return s.DictExpr(self.at(node), tuple(s.Entry(self.maybe(key), self.expr(value)) for key, value in pairs))

    def _lambda(self, node: ast.Lambda) -> s.Expr:
        at = self.at(node)
        params = self.params(node.args)
        outer, self.yields = self.yields, False
        value = self.expr(node.body)
        generator, self.yields = self.yields, outer
        body = (s.Return(value.at, value),)
        return s.FunctionExpr(at, s.FunctionDef(at, "", params, body, is_generator=generator))

    def _await(self, node: ast.Await) -> s.Expr:
        return s.Await(self.at(node), self.expr(node.value))

    def _yield(self, node: ast.Yield) -> s.Expr:
        self.yields = True
        return s.Yield(self.at(node), self.maybe(node.value))

    def _yieldfrom(self, node: ast.YieldFrom) -> s.Expr:
        self.yields = True
        return s.Yield(self.at(node), self.expr(node.value))

    def _binop(self, node: ast.BinOp) -> s.Expr:
        chain = [node]  # long sums of strings lean to the left, deeper than the stack allows
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        left = self.expr(chain[-1].left)
        for link in reversed(chain):
            left = s.Binary(self.at(link), _BINARY[type(link.op)], left, self.expr(link.right))
        return left

    def _unaryop(self, node: ast.UnaryOp) -> s.Expr:
        operand = self.expr(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(operand, s.Const) and type(operand.value) in (int, float):
            return s.Const(self.at(node), -operand.value)  # type: ignore[operator]
        return s.Unary(self.at(node), _UNARY[type(node.op)], operand)

    def _boolop(self, node: ast.BoolOp) -> s.Expr:
        return s.BoolOp(
            self.at(node), "and" if isinstance(node.op, ast.And) else "or", tuple(map(self.expr, node.values))
        )

    def _compare(self, node: ast.Compare) -> s.Expr:
        at = self.at(node)
        terms = [self.expr(node.left), *map(self.expr, node.comparators)]
        parts = tuple(
            s.Binary(at, _BINARY[type(op)], left, right)
            for op, left, right in zip(node.ops, terms, terms[1:], strict=False)
        )
        return parts[0] if len(parts) == 1 else s.BoolOp(at, "and", parts)

    def _ifexp(self, node: ast.IfExp) -> s.Expr:
        return s.Conditional(self.at(node), self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def _namedexpr(self, node: ast.NamedExpr) -> s.Expr:
        return s.AssignExpr(self.at(node), self.expr(node.target), self.expr(node.value))

    def comprehension(self, node: Any, element: s.Expr, kind: str) -> s.Expr:
        generators = tuple(
            s.Generator(self.expr(g.target), self.expr(g.iter), tuple(map(self.expr, g.ifs))) for g in node.generators
        )
        return s.Comprehension(self.at(node), element, generators, kind)

    def _listcomp(self, node: ast.ListComp) -> s.Expr:
        return self.comprehension(node, self.expr(node.elt), "list")

    def _setcomp(self, node: ast.SetComp) -> s.Expr:
        return self.comprehension(node, self.expr(node.elt), "set")

    def _generatorexp(self, node: ast.GeneratorExp) -> s.Expr:
        return self.comprehension(node, self.expr(node.elt), "generator")

    def _dictcomp(self, node: ast.DictComp) -> s.Expr:
        entry = s.Entry(self.expr(node.key), self.expr(node.value))
        return self.comprehension(node, s.DictExpr(self.at(node.key), (entry,)), "dict")

    def annotation(self, node: ast.expr | None) -> s.Expr | None:
        """A type; one that is written as text ("Client") is read as what it says."""
        if node is None:
            return None
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
            if node.value.isidentifier() and not keyword.iskeyword(node.value):  # nearly all
                return s.Name(self.at(node), node.value)
            try:
                inner = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return self.expr(node)
            at = self.at(node)
            return _Lowering(lambda _: at).expr(inner)
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            base = self.expr(node.value)
            name = base.id if isinstance(base, s.Name) else base.name if isinstance(base, s.Attr) else ""
            key = self.expr(node.slice) if name in _NOT_A_TYPE else self.annotation(node.slice)
            return s.Index(self.at(node), base, key or self.expr(node.slice))
        return self.expr(node)

    # ------------------------------------------------------------------- functions and classes

    def params(self, args: ast.arguments) -> tuple[s.Param, ...]:
        out: list[s.Param] = []

        def add(arg: ast.arg, default: ast.expr | None, kind: str = "", only: bool = False) -> None:
            annotation = self.annotation(arg.annotation)
            out.append(s.Param(arg.arg, self.at(arg), self.maybe(default), annotation, kind, keyword_only=only))

        plain = [*args.posonlyargs, *args.args]
        missing: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults))
        for arg, default in zip(plain, [*missing, *args.defaults], strict=True):
            add(arg, default)
        if args.vararg:
            add(args.vararg, None, "list")
        for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            add(arg, default, only=True)
        if args.kwarg:
            add(args.kwarg, None, "dict")
        return tuple(out)

    def _functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterable[s.Stmt]:
        decorators = tuple(map(self.expr, node.decorator_list))
        params = self.params(node.args)
        outer, self.yields = self.yields, False
        body = self.block(node.body)
        generator, self.yields = self.yields, outer
        names = [n for d in decorators if (n := _last_name(d))]
        accessor = "get" if _GETTERS.intersection(names) else "set" if "setter" in names else ""
        yield s.FunctionDef(
            self.at(node),
            node.name,
            params,
            body,
            decorators,
            is_async=isinstance(node, ast.AsyncFunctionDef),
            is_generator=generator,
            returns=self.annotation(node.returns),
            static="staticmethod" in names or "classmethod" in names,
            accessor=accessor,
        )

    _asyncfunctiondef = _functiondef

    def _classdef(self, node: ast.ClassDef) -> Iterable[s.Stmt]:
        words = [w.value for w in node.keywords if not isinstance(w.value, ast.Name | ast.Constant | ast.Attribute)]
        if words:  # not bases, but whatever they call is called
            yield s.Other(self.at(node), "class-keywords", tuple(map(self.expr, words)))
        bases = tuple(map(self.expr, node.bases))
        decorators = tuple(map(self.expr, node.decorator_list))
        yield s.ClassDef(self.at(node), node.name, bases, self.block(node.body), decorators)

    # ------------------------------------------------------------------- simple statements

    def _expr(self, node: ast.Expr) -> Iterable[s.Stmt]:
        yield s.ExprStmt(self.at(node), self.expr(node.value))

    def _assign(self, node: ast.Assign) -> Iterable[s.Stmt]:
        yield s.Assign(self.at(node), tuple(map(self.expr, node.targets)), self.expr(node.value))

    def _annassign(self, node: ast.AnnAssign) -> Iterable[s.Stmt]:
        target, value = self.expr(node.target), self.maybe(node.value)
        yield s.Assign(self.at(node), (target,), value, self.annotation(node.annotation))

    def _augassign(self, node: ast.AugAssign) -> Iterable[s.Stmt]:
        target, value = self.expr(node.target), self.expr(node.value)
        yield s.Assign(self.at(node), (target,), value, op=_BINARY[type(node.op)])

    def _typealias(self, node: Any) -> Iterable[s.Stmt]:
        yield s.Assign(self.at(node), (self.expr(node.name),), self.expr(node.value))

    def _return(self, node: ast.Return) -> Iterable[s.Stmt]:
        yield s.Return(self.at(node), self.maybe(node.value))

    def _raise(self, node: ast.Raise) -> Iterable[s.Stmt]:
        value = self.maybe(node.exc)
        if node.cause is not None and not isinstance(node.cause, ast.Name | ast.Constant):
            yield s.Other(self.at(node), "raise-from", (self.expr(node.cause),))
        yield s.Raise(self.at(node), value)

    def _break(self, node: ast.Break) -> Iterable[s.Stmt]:
        yield s.Break(self.at(node))

    def _continue(self, node: ast.Continue) -> Iterable[s.Stmt]:
        yield s.Continue(self.at(node))

    def _import(self, node: ast.Import) -> Iterable[s.Stmt]:
        at = self.at(node)
        for alias in node.names:
            yield s.Import(at, alias.name, (s.ImportName("*", alias.asname),) if alias.asname else ())

    def _importfrom(self, node: ast.ImportFrom) -> Iterable[s.Stmt]:
        names = tuple(s.ImportName(a.name, "" if a.name == "*" else a.asname or a.name) for a in node.names)
        yield s.Import(self.at(node), node.module or "", names, node.level)

    def _global(self, node: ast.Global) -> Iterable[s.Stmt]:
        yield s.Scope(self.at(node), "global", tuple(node.names))

    def _nonlocal(self, node: ast.Nonlocal) -> Iterable[s.Stmt]:
        yield s.Scope(self.at(node), "nonlocal", tuple(node.names))

    def _delete(self, node: ast.Delete) -> Iterable[s.Stmt]:
        yield s.Other(self.at(node), "del", tuple(map(self.expr, node.targets)))

    def _assert(self, node: ast.Assert) -> Iterable[s.Stmt]:
        parts = (self.expr(node.test),) if node.msg is None else (self.expr(node.test), self.expr(node.msg))
        yield s.Other(self.at(node), "assert", parts)

    # ------------------------------------------------------------------- control flow

    def _if(self, node: ast.If) -> Iterable[s.Stmt]:
        chain = [node]  # an elif is an If in `orelse`; long chains are deeper than the stack allows
        while len(chain[-1].orelse) == 1 and isinstance(chain[-1].orelse[0], ast.If):
            chain.append(chain[-1].orelse[0])
        parts = [(self.at(link), self.expr(link.test), self.block(link.body)) for link in chain]
        orelse = self.block(chain[-1].orelse)
        for at, test, body in reversed(parts):
            orelse = (s.If(at, test, body, orelse),)
        return orelse

    def _for(self, node: ast.For | ast.AsyncFor) -> Iterable[s.Stmt]:
        target, iterable = self.expr(node.target), self.expr(node.iter)
        body, orelse = self.block(node.body), self.block(node.orelse)
        is_async = isinstance(node, ast.AsyncFor)
        yield s.Loop(self.at(node), "for", body, target, iterable, orelse=orelse, is_async=is_async)

    _asyncfor = _for

    def _while(self, node: ast.While) -> Iterable[s.Stmt]:
        test = self.expr(node.test)
        body, orelse = self.block(node.body), self.block(node.orelse)
        yield s.Loop(self.at(node), "while", body, test=test, orelse=orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> Iterable[s.Stmt]:
        items = tuple(s.WithItem(self.expr(i.context_expr), self.maybe(i.optional_vars)) for i in node.items)
        yield s.With(self.at(node), items, self.block(node.body), isinstance(node, ast.AsyncWith))

    _asyncwith = _with

    def _try(self, node: ast.Try) -> Iterable[s.Stmt]:
        body = self.block(node.body)
        handlers = tuple(map(self.handler, node.handlers))
        yield s.Try(self.at(node), body, handlers, self.block(node.orelse), self.block(node.finalbody))

    _trystar = _try

    def handler(self, node: ast.ExceptHandler) -> s.Handler:
        at = self.at(node)
        caught = self.maybe(node.type)
        types = () if caught is None else caught.items if isinstance(caught, s.ListExpr) else (caught,)
        return s.Handler(at, types, s.Name(at, node.name) if node.name else None, self.block(node.body))

    def _match(self, node: ast.Match) -> Iterable[s.Stmt]:
        subject = self.expr(node.subject)
        if not isinstance(subject, s.Name | s.Attr | s.Const):  # evaluated once, so that a call in it is one call
            name = s.Name(subject.at, f"$match{subject.at.line}")
            yield s.Assign(subject.at, (name,), subject)
            subject = name
        arms: list[tuple[Span, s.Expr | None, tuple[s.Stmt, ...]]] = []
        for case in node.cases:
            at = self.at(case.pattern)
            test = self.pattern(case.pattern, subject)
            if case.guard is not None:
                guard = self.expr(case.guard)
                test = guard if test is None else s.BoolOp(at, "and", (test, guard))
            arms.append((at, test, (*self.captures(case.pattern, subject), *self.block(case.body))))
        orelse: tuple[s.Stmt, ...] = ()
        for at, test, body in reversed(arms):
            orelse = body if test is None else (s.If(at, test, body, orelse),)
        yield from orelse

    def pattern(self, node: ast.pattern, subject: s.Expr) -> s.Expr | None:
        """The test that a pattern makes; None where it always matches."""
        at = self.at(node)
        match node:
            case ast.MatchValue(value):
                return s.Binary(at, "==", subject, self.expr(value))
            case ast.MatchSingleton(value):
                return s.Binary(at, "is", subject, s.Const(at, value))
            case ast.MatchOr(patterns):
                tests = [self.pattern(p, subject) for p in patterns]
                certain = tuple(t for t in tests if t is not None)
                return s.BoolOp(at, "or", certain) if len(certain) == len(tests) else None
            case ast.MatchAs(inner, _):
                return None if inner is None else self.pattern(inner, subject)
            case ast.MatchClass(cls):
                return s.Opaque(at, "case-class", (subject, self.expr(cls)))
            case _:
                pass
        values = [v for p in ast.walk(node) if isinstance(p, ast.MatchValue) for v in (self.expr(p.value),)]
        return s.Opaque(at, "case", (subject, *values))

    def captures(self, node: ast.pattern, subject: s.Expr) -> Iterable[s.Stmt]:
        """What a pattern binds: the subject itself, or some part of it."""
        for part in ast.walk(node):
            match part:
                case ast.MatchAs(_, str(name)) | ast.MatchStar(str(name)) | ast.MatchMapping(_, _, str(name)):
                    at = self.at(part)
                    value = subject if part is node else s.Opaque(at, "match-part", (subject,))
                    yield s.Assign(at, (s.Name(at, name),), value)
                case _:
                    pass


def _last_name(decorator: s.Expr) -> str:
    if isinstance(decorator, s.Call):
        decorator = decorator.func
    return decorator.id if isinstance(decorator, s.Name) else decorator.name if isinstance(decorator, s.Attr) else ""


def _nodes(names: str) -> tuple[type[ast.AST], ...]:
    """The node classes of these names that this interpreter has."""
    return tuple(kind for name in names.split() if (kind := getattr(ast, name, None)) is not None)


_EXPRESSIONS = _nodes(
    "Constant Name Attribute Subscript Slice Call JoinedStr TemplateStr Starred List Tuple Set Dict Lambda Await Yield"
    " YieldFrom BinOp UnaryOp BoolOp Compare IfExp NamedExpr ListComp SetComp GeneratorExp DictComp"
)
_STATEMENTS = _nodes(
    "FunctionDef AsyncFunctionDef ClassDef Expr Assign AnnAssign AugAssign TypeAlias Return Raise Break Continue Import"
    " ImportFrom Global Nonlocal Delete Assert If For AsyncFor While With AsyncWith Try TryStar Match"
)

"""The common syntax that every language reader lowers to: one small tree for Python, JavaScript and TypeScript.

Linking and the analyses of control flow work on this tree alone, so each question ("what bounds this loop?") is
answered once for all languages. It keeps what those questions need and is honest about the rest: a construct with no
counterpart becomes `Opaque`, which still holds its sub-expressions so that no call inside it is lost.

Nodes are frozen; identity (`id(node)`) is meaningful within one `Module`, spans are unique per expression in practice.
"""

from __future__ import annotations

from auditor.model.location import Span
from auditor.model.record import node

# --------------------------------------------------------------------------- expressions


@node
class Expr:
    """Any expression."""

    at: Span


@node
class Const(Expr):
    """A literal: text, number, bool, None (also JS null and undefined), bytes."""

    value: str | int | float | bool | bytes | None


@node
class Name(Expr):
    """A reference to a variable; `self`/`this`/`super` are names too (`this` is spelled `self`)."""

    id: str


@node
class Attr(Expr):
    """`base.name` (also JS `base?.name` and `base["name"]` with a constant string key)."""

    base: Expr
    name: str


@node
class Index(Expr):
    """`base[key]`."""

    base: Expr
    key: Expr


@node
class Arg:
    """An argument: positional (name None), keyword, `*value` (spread "list") or `**value` (spread "dict")."""

    value: Expr
    name: str | None = None
    spread: str = ""  # "" | "list" | "dict"


@node
class Call(Expr):
    """`func(args)`, or `new func(args)`. A tagged template is a Call with one Template argument."""

    func: Expr
    args: tuple[Arg, ...] = ()
    new: bool = False


@node
class Template(Expr):
    """An f-string or template literal: Const text parts and expressions, in order."""

    parts: tuple[Expr, ...]


@node
class Spread(Expr):
    """`*x` / `...x` inside a list literal or pattern."""

    value: Expr


@node
class ListExpr(Expr):
    """A list, tuple, set or array literal; as a target: destructuring by position. `kind`: list | tuple | set."""

    items: tuple[Expr, ...]
    kind: str = "list"


@node
class Entry:
    """One entry of a dict literal; key None: `**value` / `...value`."""

    key: Expr | None
    value: Expr


@node
class DictExpr(Expr):
    """A dict or object literal. Shorthand `{a}` is Entry(Const("a"), Name("a")). Methods are FunctionExpr values.

    As a target: destructuring by name; a default `{a = 1}` is Entry(Const("a"), AssignExpr(Name("a"), Const(1))).
    """

    entries: tuple[Entry, ...]


@node
class FunctionExpr(Expr):
    """A lambda, arrow function or function expression."""

    function: FunctionDef


@node
class ClassExpr(Expr):
    """A class used as an expression (JavaScript)."""

    definition: ClassDef


@node
class Await(Expr):
    """`await value`."""

    value: Expr


@node
class Yield(Expr):
    """`yield value` / `yield from value`."""

    value: Expr | None


@node
class Binary(Expr):
    """Arithmetic, bit and comparison operators, in Python's spelling (`==`, `is`, `in`, `not in`; JS `===` is `==`)."""

    op: str
    left: Expr
    right: Expr


@node
class Unary(Expr):
    """`not x`, `-x`, `+x`, `~x`, `typeof x`, `void x`."""

    op: str
    operand: Expr


@node
class BoolOp(Expr):
    """`a and b`, `a or b`, `a ?? b` (op "??"); yields one of its values."""

    op: str  # and | or | ??
    values: tuple[Expr, ...]


@node
class Conditional(Expr):
    """`then if test else orelse` / `test ? then : orelse`."""

    test: Expr
    then: Expr
    orelse: Expr


@node
class AssignExpr(Expr):
    """An assignment used as an expression: walrus, JS `a = b`; also a default in a destructuring pattern."""

    target: Expr
    value: Expr


@node
class Generator:
    """One `for target in iterable if conditions` of a comprehension."""

    target: Expr
    iterable: Expr
    conditions: tuple[Expr, ...] = ()


@node
class Comprehension(Expr):
    """A comprehension; `element` is a DictExpr with one entry for dict comprehensions. `kind`: list|set|dict|generator."""

    element: Expr
    generators: tuple[Generator, ...]
    kind: str = "list"


@node
class Opaque(Expr):
    """What has no counterpart here (JSX, slices, regular expressions ...). `kind` names it, `parts` are its operands."""

    kind: str
    parts: tuple[Expr, ...] = ()


# --------------------------------------------------------------------------- statements


@node
class Stmt:
    """Any statement."""

    at: Span


@node
class Assign(Stmt):
    """`a = b = value` or an annotated declaration (value None); targets are patterns. `export` for JS `export const`."""

    targets: tuple[Expr, ...]
    value: Expr | None
    annotation: Expr | None = None
    op: str = ""  # "" or the operator of an augmented assignment ("+", "-", ...)
    constant: bool = False  # JS const


@node
class ExprStmt(Stmt):
    """An expression for its effect."""

    value: Expr


@node
class Return(Stmt):
    """`return value`."""

    value: Expr | None


@node
class Raise(Stmt):
    """`raise value` / `throw value`."""

    value: Expr | None


@node
class Break(Stmt):
    """`break`."""


@node
class Continue(Stmt):
    """`continue`."""


@node
class If(Stmt):
    """`if` with its `else` (an elif is an If in `orelse`). switch/match become If chains (test: Binary "==" or Opaque)."""

    test: Expr
    body: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...] = ()


@node
class Loop(Stmt):
    """A loop. kind "for": target in iterable (for, for-of, for-in, async for); "while"/"do": test; "count": JS for(;;)."""

    kind: str  # for | while | do | count
    body: tuple[Stmt, ...]
    target: Expr | None = None
    iterable: Expr | None = None
    test: Expr | None = None  # None in a "count" loop without condition
    init: tuple[Stmt, ...] = ()
    update: tuple[Expr, ...] = ()
    orelse: tuple[Stmt, ...] = ()
    is_async: bool = False


@node
class Handler:
    """An except/catch clause; types empty: catches everything."""

    at: Span
    types: tuple[Expr, ...]
    name: Expr | None
    body: tuple[Stmt, ...]


@node
class Try(Stmt):
    """try/except/else/finally."""

    body: tuple[Stmt, ...]
    handlers: tuple[Handler, ...] = ()
    orelse: tuple[Stmt, ...] = ()
    final: tuple[Stmt, ...] = ()


@node
class WithItem:
    """`context as target`."""

    context: Expr
    target: Expr | None


@node
class With(Stmt):
    """`with` / `async with` (JS `using` is an Assign)."""

    items: tuple[WithItem, ...]
    body: tuple[Stmt, ...]
    is_async: bool = False


@node
class Block(Stmt):
    """A bare block, or the body of a construct with no control flow of its own (`label:`; `label` names it)."""

    body: tuple[Stmt, ...]
    label: str = ""


@node
class Param:
    """A parameter. kind: "" | "list" (*args, ...rest) | "dict" (**kwargs). A destructured one has `pattern`."""

    name: str
    at: Span
    default: Expr | None = None
    annotation: Expr | None = None
    kind: str = ""
    pattern: Expr | None = None
    keyword_only: bool = False


@node
class FunctionDef(Stmt):
    """A function, method, lambda (name "") or arrow; an expression body is one Return.

    `static`, `accessor` ("get"/"set", also Python @property) and `constructor` hold for methods (JS `constructor` is
    named `__init__`). `directives` are JS directive prologues such as "use server".
    """

    name: str
    params: tuple[Param, ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...] = ()
    is_async: bool = False
    is_generator: bool = False
    returns: Expr | None = None
    static: bool = False
    accessor: str = ""
    directives: tuple[str, ...] = ()


@node
class ClassDef(Stmt):
    """A class: fields are Assign statements in the body (static ones too), methods are FunctionDef."""

    name: str
    bases: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    decorators: tuple[Expr, ...] = ()


@node
class ImportName:
    """`name as alias`; name "*" binds the whole module to alias, or every public name where alias is ""."""

    name: str
    alias: str


@node
class Import(Stmt):
    """An import. `names` empty: `import a.b` / `import "x"` (binds the first component of `module` in Python).

    `level` counts Python's leading dots; JS specifiers keep their spelling ("./x", "@/lib/x", "npm:openai").
    JS default imports are ImportName("default", alias). `type_only` imports bind no value.
    `require("x")` and `import("x")` stay calls (Call(Name("require"|"import"), ...)): linking knows them.
    """

    module: str
    names: tuple[ImportName, ...] = ()
    level: int = 0
    type_only: bool = False


@node
class Export(Stmt):
    """JS exports. names: (local, exported) pairs; with `module` a re-export ("*" for all). `value`: export default <expr>.

    `export const/function/class` is the plain declaration followed by an Export that names it.
    CommonJS `module.exports = ...` stays an Assign: linking knows it.
    """

    names: tuple[tuple[str, str], ...] = ()
    module: str = ""
    value: Expr | None = None


@node
class Scope(Stmt):
    """`global a` / `nonlocal a`."""

    kind: str  # global | nonlocal
    names: tuple[str, ...]


@node
class Other(Stmt):
    """A statement with no counterpart; its expressions are kept (`del`, `assert`, type declarations ...)."""

    kind: str
    parts: tuple[Expr, ...] = ()


@node
class Module:
    """One source file. `language`: python | javascript | typescript (Vue, Svelte, ... scripts are javascript/typescript).

    `directives` are the file's directive prologue ("use client"). `jsx` says that the file contains JSX.
    `dialect` names the container of a script part ("", vue, svelte, astro, html, notebook). `handlers` are the names that
    its markup mentions in events and bindings, `typed` the variables (dotted) that a field of a form writes into.
    """

    path: str
    language: str
    body: tuple[Stmt, ...]
    directives: tuple[str, ...] = ()
    jsx: bool = False
    dialect: str = ""
    handlers: frozenset[str] = frozenset()
    typed: frozenset[str] = frozenset()

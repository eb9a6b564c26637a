"""What a program's command line and environment decide: argparse, click, typer, sys.argv, process.argv, `__name__`.

Evaluates the few expressions that choose a mode, three-valued: what does not follow from the known arguments is
`UNKNOWN`, and both branches stay. Values are constants, namespaces of parsed arguments and functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from auditor.lazily import dataclass
from auditor.link.program import CallSite, FunctionInfo, Program
from auditor.link.schedules_reading import argument, dotted, last_name, positional
from auditor.link.values import FunctionValue, Known, alternatives
from auditor.model.syntax import (
    Arg,
    Assign,
    AssignExpr,
    Attr,
    Await,
    Binary,
    Block,
    BoolOp,
    Break,
    Call,
    Conditional,
    Const,
    Continue,
    DictExpr,
    Expr,
    ExprStmt,
    FunctionDef,
    FunctionExpr,
    If,
    Index,
    ListExpr,
    Name,
    Param,
    Raise,
    Return,
    Scope,
    Stmt,
    Template,
    Try,
    Unary,
    With,
)
from auditor.model.walk import children, walk

_DEPTH = 14


class Unsure:
    """Not known from the arguments."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unsure()


@dataclass(frozen=True)
class Namespace:
    """Parsed arguments or another object with known attributes."""

    values: tuple[tuple[str, Any], ...] = ()

    def get(self, name: str) -> Any:
        """The value of an attribute; UNKNOWN where it is not known."""
        return next((v for k, v in self.values if k == name), UNKNOWN)


@dataclass(frozen=True)
class World:
    """How a program was started: its arguments (None: not known), environment, and the file that was started."""

    argv: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    main: str = ""  # path of the file that is __main__

    @property
    def arguments(self) -> tuple[Any, ...] | None:
        """The arguments, those that hold unknown stretches as UNKNOWN."""
        return None if self.argv is None else tuple(UNKNOWN if _open(a) else a for a in self.argv)


Bindings = tuple[tuple[str, Any], ...]


class Decider:
    """Evaluates expressions under a world; one for each start, memoised within it."""

    def __init__(self, program: Program, world: World) -> None:
        """Look at a program as it was started."""
        self.program = program
        self.world = world
        self._assigned: dict[str, dict[str, list[Expr | None]]] = {}
        self._parsers: dict[str, Namespace | Unsure] = {}
        self._shared: dict[str, frozenset[str]] = {}

    # ------------------------------------------------------------------ branches

    def excluded(self, site: CallSite, bindings: Bindings) -> bool:
        """Whether a call certainly does not run: in a branch not taken, or behind a certain return."""
        path = [*site.ancestors, site.call]
        for index, node in enumerate(path[:-1]):
            child = path[index + 1]
            match node:
                case If(test=test, body=body, orelse=orelse):
                    if child is test:
                        continue
                    verdict = self._branch(test, site.function, bindings, site)
                    if (verdict is False and _holds(body, child)) or (verdict is True and _holds(orelse, child)):
                        return True
                    if self._behind(body if _holds(body, child) else orelse, child, site, bindings):
                        return True
                case Conditional(test=test, then=then, orelse=other):
                    verdict = self.truth(test, site.function, bindings)
                    if (verdict is False and child is then) or (verdict is True and child is other):
                        return True
                case BoolOp(op="and" | "or" as op, values=values) if child is not values[0]:
                    wanted = op == "and"
                    for value in values:
                        if value is child:
                            break
                        verdict = self.truth(value, site.function, bindings)
                        if verdict is (not wanted):
                            return True
                case Try(body=body) | With(body=body) | Block(body=body):
                    if self._behind(body, child, site, bindings):
                        return True
                case _:
                    pass
        top = site.function.definition.body if site.function.definition else self._module_body(site.function)
        return bool(path) and self._behind(top, path[0], site, bindings)

    def _module_body(self, function: FunctionInfo) -> tuple[Stmt, ...]:
        module = self.program.module(function.path)
        return module.module.body if module else ()

    def _branch(self, test: Expr, scope: FunctionInfo, bindings: Bindings, site: CallSite) -> bool | None:
        del site
        return self.truth(test, scope, bindings)

    def _behind(self, body: tuple[Stmt, ...], child: Any, site: CallSite, bindings: Bindings) -> bool:
        """Whether a statement before `child` in the same list certainly leaves."""
        if not _holds(body, child):
            return False
        for statement in body:
            if statement is child:
                return False
            if isinstance(statement, Return | Raise | Continue | Break):
                return True
            if isinstance(statement, If):
                ends, ends_else = _ends(statement.body), _ends(statement.orelse)
                if not (ends or ends_else):
                    continue
                verdict = self.truth(statement.test, site.function, bindings)
                if (verdict is True and ends) or (verdict is False and ends_else):
                    return True
        return False

    def truth(self, expr: Expr, scope: FunctionInfo, bindings: Bindings) -> bool | None:
        """Whether an expression is true; None where that is not known."""
        value = self.value(expr, scope, bindings)
        if isinstance(value, Unsure):
            return None
        if isinstance(value, Namespace | FunctionInfo):
            return True
        return bool(value)

    # ------------------------------------------------------------------ values

    def value(self, expr: Expr | None, scope: FunctionInfo, bindings: Bindings = (), depth: int = 0) -> Any:
        """The value of an expression, or UNKNOWN."""
        if expr is None or depth > _DEPTH:
            return UNKNOWN
        match expr:
            case Const(value=value):
                return value
            case Name(id=name):
                return self._name(name, expr, scope, bindings, depth)
            case Attr(base=base, name=name):
                return self._attribute(expr, base, name, scope, bindings, depth)
            case Await(value=inner):
                return self.value(inner, scope, bindings, depth + 1)
            case Unary(op="not", operand=operand):
                verdict = self.value(operand, scope, bindings, depth + 1)
                return UNKNOWN if isinstance(verdict, Unsure) else not verdict
            case BoolOp(op=op, values=values):
                return self._either(op, values, scope, bindings, depth)
            case Binary(op=op, left=left, right=right):
                return self._compare(
                    op, self.value(left, scope, bindings, depth + 1), self.value(right, scope, bindings, depth + 1)
                )
            case Conditional(test=test, then=then, orelse=other):
                verdict = self.truth(test, scope, bindings)
                return (
                    UNKNOWN if verdict is None else self.value(then if verdict else other, scope, bindings, depth + 1)
                )
            case ListExpr(items=items):
                return tuple(self.value(i, scope, bindings, depth + 1) for i in items)
            case Index(base=base, key=key):
                return self._item(
                    self.value(base, scope, bindings, depth + 1), self.value(key, scope, bindings, depth + 1)
                )
            case Call():
                return self._call(expr, scope, bindings, depth)
            case Template(parts=parts):
                texts = [self.value(p, scope, bindings, depth + 1) for p in parts]
                return (
                    "".join(str(t) for t in texts)
                    if not any(isinstance(t, Unsure | Namespace) for t in texts)
                    else UNKNOWN
                )
            case _:
                return UNKNOWN

    def _name(self, name: str, expr: Expr, scope: FunctionInfo, bindings: Bindings, depth: int) -> Any:
        bound = next((v for k, v in bindings if k == name), None)
        if bound is not None:
            return bound
        if name == "__name__":
            return "__main__" if scope.path == self.world.main else "module"
        for holder in scope.chain:
            if holder.definition is not None and any(p.name == name for p in holder.definition.params):
                return UNKNOWN
            given = self._assignments(holder).get(name)
            if given is None:
                continue
            if len(given) != 1 or given[0] is None or name in self._elsewhere(holder):
                return UNKNOWN
            if isinstance(given[0], ListExpr | DictExpr) and not name.isupper():
                return UNKNOWN  # it may be filled later
            return self.value(given[0], holder, bindings if holder is scope else (), depth + 1)
        return self._constant(expr, scope)

    def _constant(self, expr: Expr, scope: FunctionInfo) -> Any:
        found = alternatives(self.program.evaluate(expr, scope))
        if len(found) == 1 and isinstance(found[0], Known):
            return found[0].value
        if len(found) == 1 and isinstance(found[0], FunctionValue):
            return found[0].function
        return UNKNOWN

    def _attribute(self, expr: Expr, base: Expr, name: str, scope: FunctionInfo, bindings: Bindings, depth: int) -> Any:
        spelled = dotted(expr)
        if spelled == "sys.argv":
            return ("script", *self.world.arguments) if self.world.arguments is not None else UNKNOWN
        if spelled == "process.argv":
            return ("node", "script", *self.world.arguments) if self.world.arguments is not None else UNKNOWN
        if spelled in {"Deno.args", "Bun.argv"} and self.world.arguments is not None:
            return self.world.arguments if spelled == "Deno.args" else ("bun", "script", *self.world.arguments)
        if spelled.startswith("process.env."):
            return self._environment(name)
        if spelled in {"require.main", "import.meta"}:
            return UNKNOWN
        inner = self.value(base, scope, bindings, depth + 1)
        if isinstance(inner, Namespace):
            return inner.get(name)
        if isinstance(inner, tuple) and name == "length":
            return len(inner)
        return UNKNOWN

    def _environment(self, name: str) -> Any:
        value = self.world.env.get(name)
        return UNKNOWN if value is None or _open(value) else value

    def _either(self, op: str, values: tuple[Expr, ...], scope: FunctionInfo, bindings: Bindings, depth: int) -> Any:
        unsure = False
        last: Any = UNKNOWN
        for value in values:
            last = self.value(value, scope, bindings, depth + 1)
            if isinstance(last, Unsure):
                unsure = True
                continue
            if op == "and" and not last:
                return last
            if op == "or" and last and not unsure:
                return last
            if op == "or" and last:
                return UNKNOWN if not isinstance(last, bool) else True
            if op == "??" and last is not None and not unsure:
                return last
        return UNKNOWN if unsure else last

    def _compare(self, op: str, left: Any, right: Any) -> Any:
        if isinstance(left, Unsure) or isinstance(right, Unsure | Namespace) or isinstance(left, Namespace):
            return UNKNOWN
        try:
            match op:
                case "==" | "is":
                    return left == right
                case "!=" | "is not":
                    return left != right
                case "in" | "not in":
                    if not isinstance(right, str | tuple) or (
                        isinstance(right, tuple) and any(isinstance(r, Unsure) for r in right)
                    ):
                        return UNKNOWN
                    return (left in right) == (op == "in")
                case ">":
                    return left > right
                case "<":
                    return left < right
                case ">=":
                    return left >= right
                case "<=":
                    return left <= right
                case "+":
                    return left + right
                case _:
                    return UNKNOWN
        except TypeError:
            return UNKNOWN

    @staticmethod
    def _item(base: Any, key: Any) -> Any:
        if isinstance(base, tuple) and isinstance(key, int) and not isinstance(key, bool):
            return base[key] if -len(base) <= key < len(base) else None
        if isinstance(base, Namespace) and isinstance(key, str):
            return base.get(key)
        return UNKNOWN

    def _call(self, call: Call, scope: FunctionInfo, bindings: Bindings, depth: int) -> Any:
        name = last_name(call.func)
        plain = positional(call)
        if name in {"parse_args", "parse_known_args"}:
            given = self._parsed(call, scope)
            return (given, ()) if name == "parse_known_args" else given
        spelled = dotted(call.func)
        if spelled in {"os.getenv", "os.environ.get", "getenv", "environ.get"} and plain:
            key = self.value(plain[0], scope, bindings, depth + 1)
            return self._environment(key) if isinstance(key, str) else UNKNOWN
        if name == "len" and plain:
            inner = self.value(plain[0], scope, bindings, depth + 1)
            return len(inner) if isinstance(inner, str | tuple) else UNKNOWN
        if name in {
            "lower",
            "upper",
            "strip",
            "toLowerCase",
            "toUpperCase",
            "trim",
            "slice",
            "includes",
            "startswith",
            "startsWith",
            "endswith",
            "str",
            "bool",
        }:
            return self._method(name, call, plain, scope, bindings, depth)
        site = self.program.site_of(call)
        callees = self.program.callees(site) if site is not None else ()
        if len(callees) == 1 and callees[0].definition is not None:
            returned = _returned(callees[0].definition)
            if returned is not None:
                return self.value(returned, callees[0], self.bind(callees[0], call, scope, bindings), depth + 3)
        return UNKNOWN

    def _method(
        self, name: str, call: Call, plain: list[Expr], scope: FunctionInfo, bindings: Bindings, depth: int
    ) -> Any:
        if name in {"str", "bool"}:
            return self.value(plain[0], scope, bindings, depth + 1) if plain and name == "str" else UNKNOWN
        if not isinstance(call.func, Attr):
            return UNKNOWN
        base = self.value(call.func.base, scope, bindings, depth + 1)
        first = self.value(plain[0], scope, bindings, depth + 1) if plain else None
        if name == "slice" and isinstance(base, tuple) and isinstance(first, int):
            return base[first:]
        if name == "includes" and isinstance(base, str | tuple):
            return self._compare("in", first, base)
        if not isinstance(base, str):
            return UNKNOWN
        match name:
            case "lower" | "toLowerCase":
                return base.lower()
            case "upper" | "toUpperCase":
                return base.upper()
            case "strip" | "trim":
                return base.strip()
            case "startswith" | "startsWith" if isinstance(first, str):
                return base.startswith(first)
            case "endswith" if isinstance(first, str):
                return base.endswith(first)
            case _:
                return UNKNOWN

    def bind(self, callee: FunctionInfo, call: Call, scope: FunctionInfo, bindings: Bindings) -> Bindings:
        """The known arguments that a call hands to a function."""
        if callee.definition is None:
            return ()
        params: list[Param] = [
            p for p in callee.definition.params if p.name not in {"self", "cls"} or callee.owner is None
        ]
        found: list[tuple[str, Any]] = []
        given: set[str] = set()
        plain = iter([a for a in call.args if a.name is None and not a.spread])
        hidden = any(a.spread for a in call.args)
        for param in params:
            expr: Expr | None = None
            if not param.kind and not param.keyword_only and not hidden:
                arg: Arg | None = next(plain, None)
                expr = arg.value if arg is not None else None
            named = next((a.value for a in call.args if a.name == param.name), None)
            expr = named if named is not None else expr
            if expr is None and not hidden and not param.kind and isinstance(param.default, Const):
                expr = param.default
            if expr is None:
                continue
            given.add(param.name)
            value = self.value(expr, scope, bindings)
            if not isinstance(value, Unsure) and _plain(value):
                found.append((param.name, value))
        return tuple(found)

    def _elsewhere(self, holder: FunctionInfo) -> frozenset[str]:
        """Names of a file that several functions assign: the one assignment seen here is not the only one."""
        known = self._shared.get(holder.path)
        if known is None:
            module = self.program.module(holder.path)
            counts: Counter[str] = Counter()
            declared: set[str] = set()
            for statement in module.module.body if module else ():
                for node in walk(statement):
                    if isinstance(node, Scope):
                        declared.update(node.names)
                    elif holder.language != "python" and isinstance(node, Assign) and not node.constant:
                        counts.update(name for target in node.targets for name, _ in _targets(target, None))
                    elif holder.language != "python" and isinstance(node, AssignExpr):
                        counts.update(name for name, _ in _targets(node.target, None))
            known = self._shared[holder.path] = frozenset(declared | {n for n, c in counts.items() if c > 1})
        return known

    def _assignments(self, holder: FunctionInfo) -> dict[str, list[Expr | None]]:
        known = self._assigned.get(holder.id)
        if known is None:
            known = {}
            body = holder.definition.body if holder.definition else self._module_body(holder)
            stack: list[Any] = list(reversed(body))
            while stack:
                node = stack.pop()
                if isinstance(node, FunctionDef | FunctionExpr):
                    continue
                if isinstance(node, Assign):
                    for target in node.targets:
                        for name, value in _targets(target, node.value if not node.op else None):
                            known.setdefault(name, []).append(value)
                else:
                    for bound in _bound(node):
                        known.setdefault(bound, []).append(None)
                stack.extend(reversed(list(children(node))))
            self._assigned[holder.id] = known
        return known

    # ------------------------------------------------------------------ parsers of command lines

    def _parsed(self, call: Call, scope: FunctionInfo) -> Namespace | Unsure:
        """The namespace of argparse under the world's arguments."""
        if scope.path not in self._parsers:
            self._parsers[scope.path] = self._argparse(scope.path)
        del call
        return self._parsers[scope.path]

    def parses(self, path: str) -> bool:
        """Whether what argparse makes of the command line is known for a file."""
        if path not in self._parsers:
            self._parsers[path] = self._argparse(path)
        return isinstance(self._parsers[path], Namespace)

    def _argparse(self, path: str) -> Namespace | Unsure:
        module = self.program.module(path)
        arguments = self.world.arguments
        if module is None or arguments is None:
            return UNKNOWN
        options: list[Option] = []
        subcommands: dict[str, str] = {}  # variable of the subparser -> command
        functions: dict[str, FunctionInfo] = {}
        dest = ""
        for function in (module.body, *module.functions):
            for site in self.program.sites(function):
                match last_name(site.call.func):
                    case "add_argument":
                        made = option_of(site.call)
                        if made is not None:
                            options.append(made)
                    case "add_subparsers":
                        named = argument(site.call, "dest")
                        dest = str(named.value) if isinstance(named, Const) else dest or "\0"
                    case "add_parser":
                        first = positional(site.call)[0] if positional(site.call) else None
                        holder = next((a for a in reversed(site.ancestors) if isinstance(a, Assign)), None)
                        if isinstance(first, Const):
                            variable = dotted(holder.targets[0]) if holder is not None else ""
                            subcommands[variable or f"\0{len(subcommands)}"] = str(first.value)
                    case "set_defaults":
                        func = (
                            argument(site.call, "func") or argument(site.call, "handler") or argument(site.call, "fn")
                        )
                        value = self._constant(func, site.function) if func is not None else UNKNOWN
                        if isinstance(value, FunctionInfo) and isinstance(site.call.func, Attr):
                            functions[dotted(site.call.func.base)] = value
                    case _:
                        pass
        if subcommands:
            return self._with_subcommand(arguments, options, subcommands, functions, dest)
        return Namespace(tuple(sorted(parse(options, arguments).items())))

    def _with_subcommand(
        self,
        arguments: tuple[Any, ...],
        options: list[Option],
        subcommands: dict[str, str],
        functions: dict[str, FunctionInfo],
        dest: str,
    ) -> Namespace | Unsure:
        chosen = next((a for a in arguments if isinstance(a, str) and a in subcommands.values()), None)
        if chosen is None:
            return UNKNOWN
        values = parse(options, tuple(a for a in arguments if a != chosen))
        if dest and dest != "\0":
            values[dest] = chosen
        variable = next((v for v, c in subcommands.items() if c == chosen), "")
        if variable in functions:
            values.update(dict.fromkeys(("func", "handler", "fn"), functions[variable]))
        return Namespace(tuple(sorted(values.items(), key=lambda kv: kv[0])))

    def command_bindings(self, function: FunctionInfo, arguments: tuple[Any, ...] | None) -> Bindings:
        """The parameters of a click or typer command, from its options and the arguments."""
        if function.definition is None or arguments is None:
            return ()
        options = [
            made
            for d in function.definition.decorators
            if isinstance(d, Call) and last_name(d.func) in {"option", "argument"}
            for made in [option_of(d, click=True)]
            if made is not None
        ]
        if not options:
            options = [made for p in function.definition.params for made in [_typer_option(p)] if made is not None]
        return tuple((k, v) for k, v in sorted(parse(options, arguments).items()) if not isinstance(v, Unsure))


# --------------------------------------------------------------------------- options


@dataclass(frozen=True)
class Option:
    """One declared argument of a command line."""

    flags: tuple[str, ...]  # empty: positional
    dest: str
    takes_value: bool = True
    default: Any = None
    on: Any = True  # what a flag without value sets
    many: bool = False


def option_of(call: Call, *, click: bool = False) -> Option | None:
    """The option that `add_argument(...)` or `@click.option(...)` declares."""
    names = [p.value for p in positional(call) if isinstance(p, Const) and isinstance(p.value, str)]
    if not names:
        return None
    flags = tuple(f for n in names if n.startswith("-") for f in n.split("/")[:1])
    given = argument(call, "dest")
    long = next((f for f in flags if f.startswith("--")), flags[0] if flags else names[0])
    plain = [n for n in names if not n.startswith("-")]
    dest = (
        str(given.value)
        if isinstance(given, Const)
        else (plain[0] if plain and (click or not flags) else long.lstrip("-")).replace("-", "_")
    )
    action = argument(call, "action")
    kind = action.value if isinstance(action, Const) else ""
    is_flag = argument(call, "is_flag")
    flag = (
        kind in {"store_true", "store_false", "store_const", "count"}
        or (isinstance(is_flag, Const) and is_flag.value is True)
        or any("/" in n for n in names)
    )
    default = argument(call, "default")
    value: Any = None
    if default is not None:
        value = default.value if isinstance(default, Const) else UNKNOWN
    elif flag:
        value = kind == "store_false"
    nargs = argument(call, "nargs")
    return Option(
        flags,
        dest,
        not flag,
        value,
        kind != "store_false",
        nargs is not None and not (isinstance(nargs, Const) and nargs.value in ("?", None, 1)),
    )


def _typer_option(param: Param) -> Option | None:
    default = param.default
    annotated = last_name(param.annotation.base) if isinstance(param.annotation, Index) else ""
    boolean = last_name(param.annotation) == "bool"
    long = "--" + param.name.replace("_", "-")
    if isinstance(default, Call) and last_name(default.func) in {"Option", "Argument"}:
        first = positional(default)[0] if positional(default) else argument(default, "default")
        named = tuple(
            p.value
            for p in positional(default)[1:]
            if isinstance(p, Const) and isinstance(p.value, str) and p.value.startswith("-")
        )
        value = first.value if isinstance(first, Const) else None if first is None else UNKNOWN
        positional_ = last_name(default.func) == "Argument"
        return Option(
            () if positional_ else named or (long,),
            param.name,
            not (boolean or isinstance(value, bool)),
            value,
        )
    if isinstance(default, Const):
        return Option((long,), param.name, not isinstance(default.value, bool), default.value)
    return None if annotated else Option((), param.name, True, UNKNOWN)


def parse(options: list[Option], arguments: tuple[Any, ...]) -> dict[str, Any]:
    """What a command line gives each option; UNKNOWN wherever an unknown argument may matter."""
    values = {o.dest: o.default for o in options}
    unsure = any(isinstance(a, Unsure) for a in arguments)
    waiting = [o for o in options if not o.flags]
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if not isinstance(word, str):
            if waiting:
                values[waiting.pop(0).dest] = UNKNOWN
            continue
        name, equals, inline = word.partition("=")
        found = next((o for o in options if name in o.flags), None)
        if found is not None:
            if not found.takes_value:
                values[found.dest] = found.on
            elif equals:
                values[found.dest] = inline
            elif found.many:
                values[found.dest] = UNKNOWN
                while at < len(arguments) and not str(arguments[at]).startswith("-"):
                    at += 1
            else:
                values[found.dest] = arguments[at] if at < len(arguments) else UNKNOWN
                at += 1
        elif not word.startswith("-") and waiting:
            option = waiting[0]
            values[option.dest] = UNKNOWN if option.many else word
            if not option.many:
                waiting.pop(0)
    if unsure and any(isinstance(a, Unsure) for a in arguments[:1]):
        return {k: (UNKNOWN if v is None else v) for k, v in values.items()}
    return values


# --------------------------------------------------------------------------- small helpers


def _open(text: str) -> bool:
    """Whether a text of a command line holds stretches that only the run knows."""
    return "$" in text or "`" in text or "\0" in text or "{{" in text


def _holds(body: tuple[Any, ...], child: Any) -> bool:
    return any(node is child for node in body)


def _ends(body: tuple[Stmt, ...]) -> bool:
    if not body:
        return False
    last = body[-1]
    if isinstance(last, Return | Raise | Continue | Break):
        return True
    return (
        isinstance(last, ExprStmt)
        and isinstance(last.value, Call)
        and dotted(last.value.func) in {"sys.exit", "exit", "quit", "process.exit", "os._exit", "Deno.exit"}
    )


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | Namespace | FunctionInfo) or value is None


def _returned(definition: FunctionDef) -> Expr | None:
    """The one value that a short function returns."""
    found = [s.value for s in definition.body if isinstance(s, Return)]
    others = sum(1 for s in definition.body if isinstance(s, If | Try))
    return found[0] if len(found) == 1 and not others else None


def _targets(target: Expr, value: Expr | None) -> Iterator[tuple[str, Expr | None]]:
    match target:
        case Name(id=name):
            yield name, value
        case ListExpr(items=items):
            for index, item in enumerate(items):
                exact = value.items[index] if isinstance(value, ListExpr) and index < len(value.items) else None
                if exact is None and isinstance(value, Call | Name | Attr):
                    exact = Index(item.at, value, Const(item.at, index))
                yield from _targets(item, exact)
        case DictExpr(entries=entries):
            for entry in entries:
                if isinstance(entry.value, Name):
                    key = entry.key.value if isinstance(entry.key, Const) else None
                    yield entry.value.id, Attr(entry.value.at, value, str(key)) if value is not None and key else None
        case _:
            return


def _bound(node: Any) -> Iterator[str]:
    """Names that a node other than an assignment binds: loop targets, with items, handlers."""
    target = getattr(node, "target", None)
    if target is not None and node.__class__.__name__ in {"Loop", "WithItem", "Generator", "AssignExpr"}:
        yield from (name for name, _ in _targets(target, None))

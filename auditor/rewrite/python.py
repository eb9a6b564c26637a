"""The rewrites of Python source, one small transformer for each kind of edit. Bytes outside the edited call are kept.

Facts are joined to nodes by the whole span, never by its start: in `a(x).b(1)` both calls begin at the same column.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from auditor.errors import RewriteError
from auditor.lazily import dataclass
from auditor.model.location import Span
from auditor.model.verdict import AddKeyword, Edit, GuardClient, ReplaceValue

_GUARDED = {
    ("openai", "OpenAI"): False,
    ("openai", "Client"): False,
    ("openai", "AsyncOpenAI"): True,
    ("openai", "AsyncClient"): True,
    ("anthropic", "Anthropic"): False,
    ("anthropic", "Client"): False,
    ("anthropic", "AsyncAnthropic"): True,
    ("anthropic", "AsyncClient"): True,
}
"""The constructors whose guard was proven equal with the real SDKs: value says whether it is asynchronous."""

_MOVED = ("timeout", "max_retries")


@dataclass(frozen=True, slots=True)
class Refused:
    """An edit that is left alone, and why."""

    edit: Edit
    why: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The new text of a file (the old one where nothing was applied), what was refused, and whether the guard is used."""

    text: str
    applied: tuple[Edit, ...] = ()
    refused: tuple[Refused, ...] = ()

    @property
    def guards(self) -> bool:
        """Whether the file now needs the generated client module."""
        return any(isinstance(e, GuardClient) for e in self.applied)


def rewrite(text: str, edits: Sequence[Edit], client_import: str | None) -> Rewritten:
    """Apply edits to one file.

    Args:
        text: the source.
        edits: all for this file; at most one of each kind for a call.
        client_import: the statement that imports the generated module here (`import llm_client`); None where it cannot
            be imported: guards are refused then.

    Raises:
        RewriteError: the source does not parse, or the result would not.
    """
    try:
        wrapper = MetadataWrapper(cst.parse_module(text))
    except (cst.ParserSyntaxError, RecursionError) as error:
        raise RewriteError(f"cannot be parsed: {str(error).splitlines()[0]}") from None
    names = _Names()
    wrapper.module.visit(names)
    change = _Change(edits, names, client_import)
    module = wrapper.visit(change)
    if any(isinstance(e, GuardClient) for e in change.applied) and client_import:
        module = _with_import(module, client_import)
    missing = [e for e in edits if e not in change.applied and e not in [r.edit for r in change.refused]]
    refused = (*change.refused, *(Refused(e, "its place in the source was not found again") for e in missing))
    code = module.code
    try:
        compile(code, "<rewritten>", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise RewriteError(f"the rewrite would not parse: {error.msg}") from None
    return Rewritten(code, tuple(change.applied), refused)


class _Names(cst.CSTVisitor):
    """Imports of the file, and which of the imported names are bound again anywhere: those prove nothing."""

    def __init__(self) -> None:
        self.imported: dict[str, tuple[str, str]] = {}  # local name -> (module, name); name "" for a module
        self.bound: dict[str, int] = {}

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:  # noqa: N802
        if node.relative or node.module is None or isinstance(node.names, cst.ImportStar):
            return
        module = _dotted(node.module)
        for alias in node.names:
            local = (
                alias.asname.name.value
                if alias.asname and isinstance(alias.asname.name, cst.Name)
                else _dotted(alias.name)
            )
            self.imported[local] = (module, _dotted(alias.name))
            self.bound[local] = self.bound.get(local, 0) + 1

    def visit_Import(self, node: cst.Import) -> None:  # noqa: N802
        for alias in node.names:
            local = (
                alias.asname.name.value
                if alias.asname and isinstance(alias.asname.name, cst.Name)
                else _dotted(alias.name)
            )
            self.imported[local] = (_dotted(alias.name), "")
            self.bound[local] = self.bound.get(local, 0) + 1

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:  # noqa: N802
        self._bind(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:  # noqa: N802
        self._bind(node.target)

    def visit_Param(self, node: cst.Param) -> None:  # noqa: N802
        self._bind(node.name)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802
        self._bind(node.name)

    def visit_ClassDef(self, node: cst.ClassDef) -> None:  # noqa: N802
        self._bind(node.name)

    def visit_For(self, node: cst.For) -> None:  # noqa: N802
        self._bind(node.target)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:  # noqa: N802
        self._bind(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:  # noqa: N802
        if isinstance(node.name, cst.Name) and node.name.value not in self.imported:
            self._bind(node.name)

    def _bind(self, target: cst.BaseExpression) -> None:
        if isinstance(target, cst.Name):
            self.bound[target.value] = self.bound.get(target.value, 0) + 1
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._bind(element.value)

    def origin(self, func: cst.BaseExpression) -> tuple[str, str] | None:
        """Module and name of a call's function, where one import decides it."""
        if isinstance(func, cst.Name):
            found = self.imported.get(func.value)
            return found if found and found[1] and self.bound[func.value] == 1 else None
        if isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name):
            found = self.imported.get(func.value.value)
            if found and not found[1] and self.bound[func.value.value] == 1:
                return found[0], func.attr.value
        return None


class _Change(cst.CSTTransformer):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, edits: Sequence[Edit], names: _Names, client_import: str | None) -> None:
        super().__init__()
        self._names = names
        self._import = client_import
        self._calls: dict[tuple[int, int, int, int], list[Edit]] = {}
        self._values: dict[tuple[int, int, int, int], ReplaceValue] = {}
        for edit in edits:
            if isinstance(edit, ReplaceValue):
                self._values[_key(edit.span)] = edit
            else:
                self._calls.setdefault(_key(edit.call), []).append(edit)
        self.applied: list[Edit] = []
        self.refused: list[Refused] = []

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:  # noqa: N802
        for edit in self._calls.get(self._place(original_node), ()):
            match edit:
                case AddKeyword():
                    updated_node = self._keyword(updated_node, edit)
                case GuardClient():
                    updated_node = self._guard(updated_node, edit)
                case ReplaceValue():
                    pass
        return updated_node

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: object) -> object:  # type: ignore[override]
        result = super().on_leave(original_node, updated_node)  # type: ignore[type-var]
        if self._values and isinstance(original_node, cst.BaseExpression):
            edit = self._values.pop(self._place(original_node), None)
            if edit is not None:
                self.applied.append(edit)
                return cst.parse_expression(edit.source)
        return result

    def _place(self, node: cst.CSTNode) -> tuple[int, int, int, int]:
        where = self.get_metadata(PositionProvider, node)
        return where.start.line, where.start.column, where.end.line, where.end.column

    def _keyword(self, call: cst.Call, edit: AddKeyword) -> cst.Call:
        if any(a.keyword and a.keyword.value == edit.name for a in call.args):
            self.refused.append(Refused(edit, f"{edit.name} is given already"))
            return call
        if any(a.star == "**" for a in call.args):
            self.refused.append(Refused(edit, f"an unpacked mapping may hold {edit.name} already"))
            return call
        self.applied.append(edit)
        return call.with_changes(args=_appended(call, _argument(f"{edit.name}={edit.value}")))

    def _guard(self, call: cst.Call, edit: GuardClient) -> cst.Call:
        why = self._unprovable(call, edit)
        if why:
            self.refused.append(Refused(edit, why))
            return call
        assert self._import is not None  # noqa: S101 - _unprovable said so
        moved = [a for a in call.args if a.keyword and a.keyword.value in _MOVED]
        kept = [a for a in call.args if a not in moved]
        options = "".join(f", {a.keyword.value}={_code(a.value)}" for a in moved if a.keyword)
        name = "aguard" if edit.is_async else "guard"
        spread = _argument(f'**llm_client.{name}("{edit.feature}", "{edit.sdk}"{options})')
        self.applied.append(edit)
        return call.with_changes(args=_appended(call.with_changes(args=kept), spread))

    def _unprovable(self, call: cst.Call, edit: GuardClient) -> str:
        """Why the guarded client could differ from this one; empty where it provably does not."""
        found = self._names.origin(call.func)
        if found is None or found not in _GUARDED or found[0] != edit.sdk:
            return "the client is not constructed by a name that one import decides"
        if _GUARDED[found] != edit.is_async:
            return "synchronous and asynchronous clients differ"
        if self._import is None:
            return "the client module cannot be imported from here; choose its place with --module"
        for argument in call.args:
            if argument.star:
                return "its arguments are unpacked from a value that is not known"
            keyword = argument.keyword.value if argument.keyword else ""
            if not keyword:
                return "it takes positional arguments"
            if keyword == "http_client":
                return "it brings an http_client of its own"
            if keyword == "base_url":
                return "it talks to another base URL"
            if keyword == "timeout" and not isinstance(argument.value, (cst.Integer, cst.Float)):
                return "its timeout is not a plain number"
            if keyword == "max_retries" and not isinstance(argument.value, cst.Integer):
                return "its number of retries is not a plain number"
        return ""


def _key(span: Span) -> tuple[int, int, int, int]:
    return span.line, span.column, span.end_line, span.end_column


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _code(node: cst.BaseExpression) -> str:
    return cst.Module([]).code_for_node(node)


def _argument(text: str) -> cst.Arg:
    call = cst.parse_expression(f"f({text})")
    assert isinstance(call, cst.Call)  # noqa: S101 - by construction
    return call.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)


def _appended(call: cst.Call, argument: cst.Arg) -> list[cst.Arg]:
    """The arguments with one more, in the layout of those that stand there: one a line where they do."""
    args = list(call.args)
    if not args:
        return [argument]
    last = args[-1]
    between: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if len(args) > 1 and isinstance(args[0].comma, cst.Comma):
        between = args[0].comma.whitespace_after
        if isinstance(between, cst.ParenthesizedWhitespace):
            between = between.with_changes(first_line=cst.TrailingWhitespace(newline=between.first_line.newline))
    elif isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace):
        before = call.whitespace_before_args
        between = before.with_changes(first_line=cst.TrailingWhitespace(newline=before.first_line.newline))
    if isinstance(last.comma, cst.Comma):
        # A trailing comma stays one: the layout after it moves behind the new argument.
        trailing = last.comma
        return [
            *args[:-1],
            last.with_changes(comma=cst.Comma(whitespace_after=between)),
            argument.with_changes(comma=trailing),
        ]
    closing = last.whitespace_after_arg
    args[-1] = last.with_changes(
        comma=cst.Comma(whitespace_after=between), whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return [*args, argument.with_changes(whitespace_after_arg=closing)]


def _with_import(module: cst.Module, statement: str) -> cst.Module:
    """Add an import after the last of the imports at the top, unless it stands there."""
    wanted = cst.parse_statement(statement + "\n")
    body = list(module.body)
    if any(_same(s, wanted) for s in body):
        return module
    place = 0
    for index, item in enumerate(body):
        if isinstance(item, cst.SimpleStatementLine) and item.body:
            first = item.body[0]
            docstring = index == 0 and isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString)
            if isinstance(first, (cst.Import, cst.ImportFrom)) or docstring:
                place = index + 1
                continue
        if isinstance(item, (cst.If, cst.Try)):
            continue  # guarded imports stand among the imports
        break
    body.insert(place, wanted)
    return module.with_changes(body=body)


def _same(left: cst.CSTNode, right: cst.CSTNode) -> bool:
    empty = cst.Module([])
    return empty.code_for_node(left).strip() == empty.code_for_node(right).strip()

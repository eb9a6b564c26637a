"""Commands and events that a bot loads from folders of its own: `module.exports = { data, async execute(interaction) {} }`.

Nothing imports such a file by its name; what tells it is the object's shape, as `catalog/entrypoints.yaml` describes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from auditor.catalog.entrypoints import CommandRule
from auditor.link.flow_index import FlowIndex, target_names
from auditor.link.program import FunctionInfo
from auditor.model.syntax import Const, DictExpr, Expr, Name

_Object = Mapping[str, Expr | None]  # key -> what stands under it, where that is seen


def commands(
    index: FlowIndex, function: FunctionInfo, rules: tuple[CommandRule, ...], exports: Callable[[str], dict[str, str]]
) -> Iterator[tuple[str, str]]:
    """(kind, name) of each command or event that the function answers; `exports`: exported -> local names of a file."""
    definition = function.definition
    if definition is None or function.language == "python" or not definition.params:
        return
    if function.parent is None or function.parent.definition is not None:
        return
    taken = [n for p in definition.params for n in (p.name, *target_names(p.pattern))]
    fitting = [r for r in rules if all(any(t.match(n) for n in taken) for t in r.takes)]
    for key, beside in _holders(index, function, exports(function.path)) if fitting else ():
        said = beside.get("name")
        name = said.value if isinstance(said, Const) and isinstance(said.value, str) else ""
        for rule in fitting:
            if (
                rule.method.match(key)
                and rule.beside & beside.keys()
                and (rule.named is None or rule.named.match(name))
            ):
                yield rule.kind, name or key
                return


def _holders(index: FlowIndex, function: FunctionInfo, exported: dict[str, str]) -> Iterator[tuple[str, _Object]]:
    """The names under which a function stands in an object of its file or leaves the file, with what stands beside it."""
    assert function.parent is not None  # noqa: S101 - asked of top-level functions only
    own = index.of(function.parent)
    node = own.expression_of.get(id(function.definition))
    for held in (n for n in own.nodes if isinstance(n, DictExpr)):
        named = {str(e.key.value): e.value for e in held.entries if isinstance(e.key, Const)}
        for key, value in named.items():
            if value is node or (function.name and isinstance(value, Name) and value.id == function.name):
                yield key, named
    for key, local in exported.items():
        if local and local in (function.name, function.id):
            yield key, {k: (b[0].value if (b := own.bindings.get(v)) else None) for k, v in exported.items()}

"""What functions put into a variable of their module: a mapping or list that one route fills and another reads."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.link.flow_index import Binding, FlowIndex, FunctionIndex, call_name, key_of, receiver_of
from auditor.link.program import FunctionInfo
from auditor.model.syntax import Call, Expr

ANY = "*"
_KEYED = frozenset(["setdefault", "set", "insert"])  # their first argument is where, not what

Stored = tuple[str, Expr, FunctionInfo]  # the key, if it is a constant; what is put there; and in which function


class Stores:
    """Answers for one program, memoised."""

    def __init__(self, index: FlowIndex) -> None:
        """Create it over the indices of a program."""
        self.index = index
        self._stored: dict[tuple[str, str], tuple[Stored, ...]] = {}

    def into(self, home: FunctionIndex, name: str) -> tuple[Stored, ...]:
        """What the functions of a module put into one of its variables."""
        key = (home.function.path, name)
        if key not in self._stored:
            module = self.index.program.module(home.function.path)
            functions = [f for f in module.functions if f.definition is not None] if module is not None else []
            self._stored[key] = tuple(x for f in functions if not self._own(f, name) for x in self._put(f, name))
        return self._stored[key]

    def _own(self, function: FunctionInfo, name: str) -> bool:
        """Whether a name means a variable or parameter of the function, or of one around it."""
        for scope in function.chain:
            if scope.definition is None:
                return False
            index = self.index.of(scope)
            if name in index.outer:
                return False
            if index.param(name) is not None or any(b.kind != "mutate" for b in index.bindings.get(name, ())):
                return True
        return False

    def _put(self, function: FunctionInfo, name: str) -> Iterator[Stored]:
        for key, bindings in self.index.of(function).bindings.items():
            head, _, rest = key.partition(".")
            for binding in bindings if head == name else ():
                if binding.value is not None and (rest or self._whole(binding, name)) and not _is_key(binding):
                    yield rest.partition(".")[0] or ANY, binding.value, function

    @staticmethod
    def _whole(binding: Binding, name: str) -> bool:
        """`jobs.append(x)`, unlike what goes into a part of it, which stands under the part's own name."""
        call = binding.node
        return isinstance(call, Call) and key_of(receiver_of(call)) == name


def _is_key(binding: Binding) -> bool:
    call = binding.node
    return isinstance(call, Call) and call_name(call) in _KEYED and call.args[0].value is binding.value

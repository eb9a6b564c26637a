"""The catalog's entries for calls: by symbol, by the conditions on the arguments, by the type of the object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from auditor.link.code import FunctionInfo
from auditor.link.values import Env, Known, Made, Member, Unknown, Value, alternatives, join
from auditor.model import syntax as s

if TYPE_CHECKING:
    from auditor.catalog.schema import CallShape, TypeShape
    from auditor.link.program import Program


class Shapes:
    """What the catalog says of one program's calls."""

    def __init__(self, program: Program) -> None:
        """Ask the catalog of a program."""
        self.program = program

    def shapes_of(self, language: str, symbol: str) -> tuple[TypeShape | CallShape, ...]:
        """The catalog's entries for a symbol, through the ways that a package spells its default export."""
        for one in _spellings(language, symbol):
            found = self.program.catalog.shapes_of(language, one)
            if found:
                return found
        return ()

    def select(
        self, shapes: Sequence[TypeShape | CallShape], call: s.Call, scope: FunctionInfo
    ) -> TypeShape | CallShape | None:
        """Of several entries for one symbol the one whose conditions on the arguments hold."""
        plain = None
        for shape in shapes:
            conditions = [*shape.where.items()]
            takes = [*getattr(shape, "takes", {}).items()]
            if not conditions and not takes:
                plain = plain or shape
            elif self._fits(conditions, takes, call, scope):
                return shape
        return plain

    def _fits(
        self,
        conditions: list[tuple[str, tuple[str, ...]]],
        takes: list[tuple[str, tuple[str, ...]]],
        call: s.Call,
        scope: FunctionInfo,
    ) -> bool:
        for path, texts in conditions:
            given = self.argument_at(call, scope, path)
            if texts == ("*",):  # whatever it is
                if given is None:
                    return False
                continue
            value = self.program.expand(given or Unknown())
            ways = [
                self.program.expand(v.default) if isinstance(v, Env) and v.default else v for v in alternatives(value)
            ]
            if not any(isinstance(v, Known) and v.value in texts for w in ways for v in alternatives(w)):
                return False
        for path, types in takes:
            value = self.program.expand(self.argument_at(call, scope, path) or Unknown())
            made = [v for v in alternatives(value) if isinstance(v, Made) and v.type is not None]
            if not any(m.type is not None and m.type.id in types for m in made):
                return False
        return True

    def argument_at(self, call: s.Call, scope: FunctionInfo, path: str) -> Value | None:
        """The value of a plain argument path (`name`, `#0`, with keys after dots); None where it is not given."""
        if path.startswith("="):
            assigned = self.program.assigned(path[1:], scope)
            return join(assigned) if assigned else None
        first, *rest = path.split(".")
        value: Value | None = None
        positional = [a for a in call.args if a.name is None]
        if first.startswith("#"):
            index = int(first[1:])
            if index < len(positional) and not any(a.spread for a in positional[: index + 1]):
                value = self.program.evaluate(positional[index].value, scope)
        else:
            found = next((a for a in call.args if a.name == first and not a.spread), None)
            value = self.program.evaluate(found.value, scope) if found else None
        for key in rest:
            if value is None:
                return None
            value = self.program.member(self.program.expand(value), key, scope)
        return value

    def member_shape(self, callee: Member, call: s.Call, scope: FunctionInfo) -> CallShape | None:
        """The catalog's entry for a method that is called on an object of an SDK."""
        found = self.typed_member(callee)
        if found is None:
            return None
        shape = found[1]
        if (shape.where or shape.takes) and not self._fits([*shape.where.items()], [*shape.takes.items()], call, scope):
            return None
        return shape

    def typed_member(self, callee: Member) -> tuple[Made, CallShape] | None:
        """The object whose type has a member, and the member; through what only leads on, and what wraps."""
        base = callee.base
        for _ in range(6):
            if not isinstance(base, Made):
                return None
            if base.type is not None:
                names = [n for n in callee.path if n not in base.type.transparent]
                shape = base.type.members.get(".".join(names))
                if shape is not None:
                    return base, shape
                wrapped = self._wrapped(base)
                if wrapped is None:
                    return None
                base = wrapped
            else:
                return None
        return None

    def _wrapped(self, made: Made) -> Made | None:
        for path in made.type.wraps if made.type else ():
            value = self.argument_at(made.call, made.scope, path)
            for one in alternatives(self.program.expand(value)) if value is not None else ():
                if isinstance(one, Made) and one.type is not None:
                    return one
        return None


def _spellings(language: str, symbol: str) -> tuple[str, ...]:
    if language == "python" or ":" not in symbol or symbol.startswith("global:"):
        return (symbol,)
    package, _, name = symbol.rpartition(":")
    if name == "*":
        return (symbol, f"{package}:default")
    if name.startswith("default."):
        return (symbol, f"{package}:{name[8:]}", f"{package}:*.{name[8:]}")
    return (symbol, f"{package}:default.{name}")

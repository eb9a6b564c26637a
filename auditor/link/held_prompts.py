"""The prompts that objects of frameworks hold: what a crew that is run was given as its tasks, and these as their texts."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.link.code import CallSite, FunctionInfo
from auditor.link.program import Program
from auditor.link.roles import paths_of, resolve
from auditor.link.values import DictValue, ListValue, Made, Member, Value, alternatives
from auditor.model import syntax as s

_MAX_DEPTH = 6
_MAX_ITEMS = 24


def held_prompts(program: Program, site: CallSite) -> list[tuple[s.Expr, FunctionInfo]]:
    """The texts in the objects through which a call sends, with where they stand: `Crew(tasks=[Task(description=q)]).kickoff()`."""
    seen: set[int] = set()
    found: list[tuple[s.Expr, FunctionInfo]] = []
    for one in alternatives(program.evaluate(site.call.func, site.function)):
        held = one.base if isinstance(one, Member) else one
        if isinstance(held, Made):
            found += _held(program, held, 0, seen)
    return found


def _held(program: Program, value: Value, depth: int, seen: set[int]) -> Iterator[tuple[s.Expr, FunctionInfo]]:
    if depth > _MAX_DEPTH:
        return
    for one, _ in resolve(program, value, ()):
        match one:
            case Made(call=call, type=made_type) if made_type is not None and id(call) not in seen:
                seen.add(id(call))
                role = made_type.parameters.get("prompt")
                places = paths_of(role, one.language, program.versions) if role is not None else ()
                for arg in call.args:
                    if arg.name in places:
                        yield arg.value, one.scope
                    elif not arg.spread and not isinstance(arg.value, s.Const | s.Template):
                        yield from _held(program, program.evaluate(arg.value, one.scope), depth + 1, seen)
            case ListValue(items=items):
                for item in items[:_MAX_ITEMS]:
                    yield from _held(program, item, depth + 1, seen)
            case DictValue(entries=entries):
                for entry in entries[:_MAX_ITEMS]:
                    yield from _held(program, entry.value, depth + 1, seen)
            case _:
                continue

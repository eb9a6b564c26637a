"""Joins all analyses of the program: calls with what is in force, timers with their way to the calls, exposures, controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from auditor.catalog.index import Catalog
from auditor.lazily import dataclass
from auditor.link.calls import find_calls
from auditor.link.client_side import ClientSide
from auditor.link.controls import find_controls
from auditor.link.dependence import relays
from auditor.link.exposures import Exposed, Sorter, find_exposures
from auditor.link.flow import Flow
from auditor.link.guarded import guard_controls
from auditor.link.js_graph import Edges
from auditor.link.lexical_calls import lexical_calls
from auditor.link.linker import link as link_calls
from auditor.link.observing import observe
from auditor.link.program import ModuleLoader, Program
from auditor.link.schedule_facts import with_calls, with_requests
from auditor.link.schedules_code import find_code_schedules
from auditor.link.starts import Files
from auditor.link.triggers import resolve
from auditor.model.facts import Control, Credential, Exposure, LlmCall, Reseller, Role, Route, Schedule, Trigger, Unread
from auditor.readers.base import LexicalCall
from auditor.source.tree import Entry


@dataclass(frozen=True, slots=True)
class Linked:
    """What linking found."""

    calls: tuple[LlmCall, ...] = ()
    credentials: tuple[Credential, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    controls: tuple[Control, ...] = ()
    routes: tuple[Route, ...] = ()
    resellers: tuple[Reseller, ...] = ()  # hosts that nobody knows, behind a vendor's own API


@dataclass(frozen=True, slots=True)
class Ahead:
    """What depends on the files alone, and so can be found before or beside the linking of the program."""

    edges: Edges
    exposed: Exposed
    unread: tuple[Unread, ...]  # what did not parse on the way


def look_ahead(catalog: Catalog, loader: ModuleLoader, roles: Mapping[str, Role], sorter: Sorter | None) -> Ahead:
    """Find what depends on the files alone. Arguments as for `link`."""
    known = len(loader.unread)
    sides = ClientSide(tuple(roles), loader.read, loader.load)
    exposed = find_exposures(catalog, tuple(roles), loader.read, sides, roles, sorter=sorter)
    return Ahead(sides.edges, exposed, tuple(loader.unread[known:]))


def link(
    program: Program,
    *,
    roles: Mapping[str, Role],
    lexical: Sequence[tuple[Entry, LexicalCall]],
    schedules: Sequence[Schedule],
    files: Files,
    ahead: Callable[[], Ahead],
    sorter: Sorter | None = None,
) -> Linked:
    """Join everything that the loaded modules and the files' own facts say.

    Args:
        program: with every candidate loaded.
        roles: what each path of the repository is for.
        lexical: calls in languages without a parser here.
        schedules: those that files declare; those in code are found here.
        files: the whole tree, for following command lines.
        ahead: gives what `look_ahead` finds.
        sorter: finds out which of some patterns match in a file, in one pass over its bytes.
    """
    paths = tuple(roles)
    raws = find_calls(program)
    sides = ClientSide(paths, program.loader.read, program.loader.load, edges=lambda: ahead().edges)
    program.expect_callers(site.function for raw in raws for site in (raw.site, *raw.places))
    flow = Flow(program, raws, sides.ships)
    calls = link_calls(program, flow, sides, roles) if raws else ()
    declared = [
        *schedules,
        *(replace(s, role=roles.get(s.at.path, s.role)) for s in find_code_schedules(program, sorter)),
    ]
    resolved = resolve(program, declared, raws, files)
    words = lexical_calls(lexical, paths, scheduled=bool(declared), read=program.loader.read)
    triggers, words = with_requests(tuple(r.trigger for r in resolved), words)
    calls, watching = observe(program, raws, _scheduled(calls, triggers))
    exposed = ahead().exposed
    program.loader.unread.extend(ahead().unread)
    controls = (*(find_controls(flow) if raws else ()), *guard_controls(program, calls), *watching)
    routes = {(r.at, r.name): r for c in calls for r in c.routes}
    return Linked(
        calls=tuple(sorted([*calls, *words], key=lambda c: (c.at, c.api))),
        credentials=exposed.credentials,
        schedules=with_calls(program, [r.schedule for r in resolved], triggers, (*calls, *words)),
        triggers=triggers,
        exposures=exposed.exposures,
        controls=controls,
        routes=tuple(routes[key] for key in sorted(routes)),
        resellers=relays(program, raws, roles),
    )


def _scheduled(calls: tuple[LlmCall, ...], triggers: tuple[Trigger, ...]) -> tuple[LlmCall, ...]:
    """The calls that some schedule reaches, marked so."""
    reached = {span for t in triggers for span in t.calls}
    return tuple(replace(c, scheduled=True) if c.at in reached else c for c in calls)

"""The linked repository: all facts with indices, the only thing that checks, cost and score look at."""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

from auditor.lazily import dataclass
from auditor.model.facts import (
    Control,
    Credential,
    Dependency,
    EnvFile,
    Exposure,
    Fact,
    FreeTier,
    LlmCall,
    Reseller,
    Role,
    Route,
    Schedule,
    StatedLimit,
    Trigger,
    Unread,
)
from auditor.model.location import Span

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Stats:
    """What was looked at. `bytes` counts the bytes of the files seen."""

    files_seen: int = 0
    files_analysed: int = 0
    bytes: int = 0
    by_language: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository as facts. Tuples are sorted by position; `every(kind)` is how subjects are enumerated."""

    llm_calls: tuple[LlmCall, ...] = ()
    credentials: tuple[Credential, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    controls: tuple[Control, ...] = ()
    free_tiers: tuple[FreeTier, ...] = ()
    resellers: tuple[Reseller, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    routes: tuple[Route, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    env_files: tuple[EnvFile, ...] = ()
    unread: tuple[Unread, ...] = ()
    stats: Stats = field(default_factory=Stats)
    is_git: bool = False
    commit: str | None = None
    dirty: bool = False
    history_read: bool = False
    configured_routes: tuple[tuple[str, str, str], ...] = ()  # (role, provider, model) declared in the configuration
    budget_usd: float | None = None
    not_linked: int = 0  # example files that were searched for keys only, because there are so many
    unassessed_languages: tuple[tuple[str, int], ...] = ()  # languages that no reader covers, with their file counts
    limits: tuple[StatedLimit, ...] = ()
    guards: tuple[Span, ...] = ()  # places where this audit runs as a hook or in CI

    def every(self, kind: type[F]) -> tuple[F, ...]:
        """All facts of one kind, in order of position. The Repo itself is the one subject of kind Repo."""
        table: dict[type, tuple[Fact, ...]] = {
            LlmCall: self.llm_calls,
            Credential: self.credentials,
            Schedule: self.schedules,
            Trigger: self.triggers,
            Control: self.controls,
            FreeTier: self.free_tiers,
            Reseller: self.resellers,
            Exposure: self.exposures,
            Route: self.routes,
            Dependency: self.dependencies,
            EnvFile: self.env_files,
            StatedLimit: self.limits,
        }
        if kind is Repo:
            return (self,)  # type: ignore[return-value]
        return table[kind]  # type: ignore[return-value]

    def trigger_of(self, schedule: Schedule) -> Trigger | None:
        """The way from a schedule to the calls it reaches; None where no trigger was computed."""
        return next((t for t in self.triggers if t.schedule == schedule.at), None)

    def calls_of(self, trigger: Trigger) -> tuple[LlmCall, ...]:
        """The LLM calls that a trigger reaches."""
        spans = set(trigger.calls)
        return tuple(c for c in self.llm_calls if c.at in spans)

    def shipping_calls(self) -> tuple[LlmCall, ...]:
        """The billed calls of application code: those that something reaches, or all where nothing reaches any."""
        calls = tuple(c for c in self.llm_calls if c.billed and c.role is Role.APP)
        return tuple(c for c in calls if c.reachable is not False) or calls

    def users_pay(self, call: LlmCall) -> bool:
        """Whether whoever uses the program pays for a call: their key comes with the request, or stays on their device."""
        own = (
            call.key_from_request
            or any(e.own_key and e.vendor in (call.vendor, "") for e in self.exposures)
            or any(c.kind == "client-storage" and c.vendor == call.vendor for c in self.credentials)
        )
        ours = any(
            c.vendor == call.vendor
            and c.role is Role.APP
            and (c.kind == "client-env" or (c.client_side and not c.placeholder))
            for c in self.credentials
            if c.kind != "client-storage"
        )
        return own and not ours if call.client_side else call.key_from_request

    def controls_of(self, *kinds: str) -> tuple[Control, ...]:
        """Controls of the given kinds."""
        return tuple(c for c in self.controls if c.kind in kinds)

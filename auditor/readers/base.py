"""What a reader is: a pure, total function from one file's text to facts. Readers never judge and never raise."""

from __future__ import annotations

from typing import Protocol

from auditor.catalog.schema import Vendor
from auditor.lazily import dataclass
from auditor.model.facts import Control, Credential, Dependency, EnvFile, Exposure, FreeTier, Reseller, Schedule, Unread
from auditor.model.location import Span
from auditor.model.syntax import Module
from auditor.source.tree import Entry


@dataclass(frozen=True, slots=True)
class LexicalCall:
    """An LLM call in a language without a parser here (Kotlin, Swift, Dart, Go, Rust, Java, C#, PHP, Ruby): lexical evidence.

    `kind` "evidence" is no call: it tells what the file says of others' calls (`api` "constructor": the vendor's client
    is made here with these settings; "usage": token usage is read here; "fallback": something stands in where something
    else fails). Linking uses it and drops it. `streams`: the answer comes in pieces; of evidence: usage of those is asked.
    """

    at: Span
    vendor: str
    kind: str  # sdk-call | http-call | framework-model | gateway-call | evidence
    api: str
    operation: str
    model: str = ""
    output_cap: bool | None = None
    timeout: bool | None = None
    retry: str | None = None
    in_loop: bool | None = None
    client_side: bool | None = None
    user_input: bool | None = None
    usage: bool | None = None
    timer: bool = False  # the file has a timer of its own
    streams: bool = False
    client_here: bool = True  # the file itself makes what sends


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file says on its own. `module` is the common syntax of a program file; the rest is already facts."""

    path: str
    module: Module | None = None
    credentials: tuple[Credential, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    env_file: EnvFile | None = None
    lexical_calls: tuple[LexicalCall, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    free_tiers: tuple[FreeTier, ...] = ()
    resellers: tuple[Reseller, ...] = ()
    controls: tuple[Control, ...] = ()
    unread: tuple[Unread, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()  # what a configuration file or template gives to names for addresses
    limits: tuple[tuple[str, Span], ...] = ()  # limits of model calls that a configuration file or template names
    statements: tuple[FreeTier, ...] = ()  # what documentation says of the project's use of free tiers


class Reader(Protocol):
    """Reads one kind of file."""

    def __call__(self, entry: Entry, text: str, vendors: tuple[Vendor, ...]) -> FileFacts:
        """Facts of the file; what cannot be read stands in `unread`."""
        ...

"""What is in force for one LLM call: cap, timeout, SDK retries, model, base URL; from argument, client, wrapper or config.

Settings that control flow decides (retry loops, fallbacks, `asyncio.wait_for` in a caller) are joined by `flow`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.link.calls import RawCall
from auditor.link.program import Program
from auditor.model.facts import Retry, Spelling
from auditor.model.location import Span
from auditor.model.setting import Absent, Setting


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one call. `retry` is the SDK's own layer only."""

    output_cap: Setting[int | None] = field(default_factory=Absent)
    timeout: Setting[float | None] = field(default_factory=Absent)
    retry: Setting[Retry] = field(default_factory=Absent)
    model: Setting[str] = field(default_factory=Absent)
    base_url: Setting[str] = field(default_factory=Absent)
    client: Span | None = None
    streaming: bool = False
    spelling: Spelling = field(default_factory=Spelling)


def settings(program: Program, raw: RawCall) -> Settings:
    """Everything that is in force for a call."""
    return Settings()

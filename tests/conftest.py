"""Fixtures that any test may use."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

HANG_SECONDS = 150
"""Far beyond what anything here takes on any machine: tells what ends from what does not, and measures nothing."""


@pytest.fixture
def ends() -> Iterator[None]:
    """Fail the test instead of hanging the run, for input that made an earlier or a naive version run for ever."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"not done after {HANG_SECONDS} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANG_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)

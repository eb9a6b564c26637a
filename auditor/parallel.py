"""The same question of many items, asked by forked copies of this process side by side.

Only a fork can do it: what has been read and linked so far is large and shared for nothing. A copy sends its answer back
pickled, through a pipe, and ends; nothing touches the disk. Where forking is not safe or not worth it the caller asks in
this process, and gets the same answer.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_MOST = 4  # beyond it the part that one process must do alone outweighs the gain


def usual_jobs() -> int:
    """How many processes to use where nobody says: the processors that this process may use, at most four."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(count, _MOST))


def can_fork() -> bool:
    """Whether a copy of this process would be sound: never with other threads, nor where system libraries forbid it."""
    return hasattr(os, "fork") and sys.platform.startswith("linux") and threading.active_count() == 1


def shares(items: Sequence[Item], weights: Sequence[int], count: int) -> list[list[Item]]:
    """The items in at most `count` shares of about the same weight; the same items give the same shares."""
    out: list[list[Item]] = [[] for _ in range(max(1, min(count, len(items))))]
    loads = [0] * len(out)
    for index in sorted(range(len(items)), key=lambda i: (-weights[i], i)):
        lightest = loads.index(min(loads))
        out[lightest].append(items[index])
        loads[lightest] += weights[index]
    return out


def each_share(task: Callable[[list[Item]], Answer], parts: Sequence[list[Item]]) -> list[Answer]:
    """What a task answers for each share, in their order: the first in this process, the others in forked copies.

    The answers must be such as `pickle` takes. A copy that fails or is killed costs time only: its share is done here.

    Raises:
        BaseException: what the task raises for a share that is done in this process.
    """
    if len(parts) < 2 or not can_fork():
        return [task(part) for part in parts]
    copies: list[tuple[int, int]] = []
    try:
        for part in parts[1:]:
            copies.append(_copy(task, part))  # noqa: PERF401 (each must be known when the next one fails)
        answers = [task(parts[0])]
        while copies:
            child, pipe = copies.pop(0)
            answer: tuple[Answer] | None = _received(child, pipe)
            part = parts[len(answers)]
            answers.append(task(part) if answer is None else answer[0])
        return answers
    finally:
        for copy in copies:
            _end(*copy)


class Beside(Generic[Answer]):
    """A task that a forked copy does while this process goes on with other things; one answer, whoever gives it.

    Where a copy is not worth it, or fails, the task is done in this process when its answer is asked for. It must depend on
    nothing that changes in between, and its answer be such as `pickle` takes.
    """

    def __init__(self, task: Callable[[], Answer], *, worth: bool) -> None:
        """Begin the task, if it is worth a copy."""
        self._task = task
        self._answer: tuple[Answer] | None = None
        self._copy = _copy(lambda _: task(), []) if worth and can_fork() else None
        self._owner = os.getpid()  # another copy, made later, has no part in it

    def result(self) -> Answer:
        """The answer, as soon as it is there.

        Raises:
            BaseException: what the task raises in this process.
        """
        if self._answer is None:
            answer: tuple[Answer] | None = None
            if self._copy is not None and self._owner == os.getpid():
                (child, pipe), self._copy = self._copy, None
                answer = _received(child, pipe)
            self._answer = answer or (self._task(),)
        return self._answer[0]

    def __enter__(self) -> Beside[Answer]:
        """End the copy with the block, asked for or not."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End a copy that nobody asked."""
        if self._copy is not None and self._owner == os.getpid():
            _end(*self._copy)
            self._copy = None


def _end(child: int, pipe: int) -> None:
    os.close(pipe)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _copy(task: Callable[[list[Item]], Answer], part: list[Item]) -> tuple[int, int]:
    """Start a copy that does one share; its process id and the end of the pipe that its answer comes through."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    status = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as out:
            out.write(pickle.dumps(task(part), pickle.HIGHEST_PROTOCOL))
        status = 0
    finally:
        os._exit(status)  # no clean-up of the parent's: its files, its buffers, its handlers


def _received(child: int, pipe: int) -> tuple[Answer] | None:
    """A copy's answer; None if it did not come to one. It comes from a copy of this very process: safe to unpickle."""
    with os.fdopen(pipe, "rb") as source:
        data = source.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        return None
    return (pickle.loads(data),)  # noqa: S301

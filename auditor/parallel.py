"""The same question of many items, asked by forked copies of this process side by side.

Only a fork can do it: what has been read and linked so far is large and shared for nothing. A copy sends its answers back
pickled, through a pipe, and ends; nothing touches the disk. Where forking is not safe or not worth it the caller asks in
this process, and gets the same answer.
"""

from __future__ import annotations

import os
import pickle
import selectors
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Generic, TypeVar

if sys.platform.startswith("linux"):
    import fcntl

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
    copies: list[_Copy[Answer]] = []
    try:
        for part in parts[1:]:
            copies.append(_Copy(partial(_once, task, part)))  # noqa: PERF401 (each must be known when the next one fails)
        answers = [task(parts[0])]
        while copies:
            answer = copies.pop(0).only_answer()
            part = parts[len(answers)]
            answers.append(task(part) if answer is None else answer[0])
        return answers
    finally:
        for copy in copies:
            copy.end()


class Beside(Generic[Answer]):
    """A task that a forked copy does while this process goes on with other things; one answer, whoever gives it.

    Where a copy is not worth it, or fails, the task is done in this process when its answer is asked for. It must depend on
    nothing that changes in between, and its answer be such as `pickle` takes.
    """

    def __init__(self, task: Callable[[], Answer], *, worth: bool) -> None:
        """Begin the task, if it is worth a copy."""
        self._task = task
        self._answer: tuple[Answer] | None = None
        self._copy = _Copy(lambda: [task()]) if worth and can_fork() else None

    def result(self) -> Answer:
        """The answer, as soon as it is there.

        Raises:
            BaseException: what the task raises in this process.
        """
        if self._answer is None:
            copy, self._copy = self._copy, None
            answer = copy.only_answer() if copy is not None and copy.is_mine() else None
            self._answer = answer or (self._task(),)
        return self._answer[0]

    def __enter__(self) -> Beside[Answer]:
        """End the copy with the block, asked for or not."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End a copy that nobody asked."""
        if self._copy is not None and self._copy.is_mine():
            self._copy.end()
            self._copy = None


class Feed(Generic[Answer]):
    """Answers that forked copies give one by one, taken here in whatever order they come while the copies go on.

    For what is done before anybody needs it: a copy that fails, or cannot be made, gives fewer answers, and nothing else.
    """

    def __init__(self) -> None:
        """No copies so far."""
        self._copies: list[_Copy[Answer]] = []

    def begin(self, task: Callable[[], Iterable[Answer]]) -> None:
        """Have a copy of this process give these answers; each must be such as `pickle` takes."""
        if can_fork():
            self._copies.append(_Copy(task))

    def answers(self) -> Iterator[Answer]:
        """What the copies give, until all have ended."""
        copies = {copy.pipe: copy for copy in self._copies if copy.is_mine()}
        self._copies.clear()
        try:
            with selectors.DefaultSelector() as ready:
                for copy in copies.values():
                    ready.register(copy.pipe, selectors.EVENT_READ)
                while copies:
                    for key, _ in ready.select():
                        copy = copies[key.fd]
                        yield from copy.more()
                        if copy.ended:
                            ready.unregister(key.fd)
                            del copies[key.fd]
        finally:
            for copy in copies.values():
                copy.end()

    def close(self) -> None:
        """End the copies whose answers nobody wants any more."""
        copies, self._copies = self._copies, []
        for copy in copies:
            if copy.is_mine():
                copy.end()


def _once(task: Callable[[list[Item]], Answer], part: list[Item]) -> Iterator[Answer]:
    yield task(part)


_LENGTH = struct.Struct("<Q")
_ROOM = 1 << 20  # bytes that a copy may be ahead of this process


class _Copy(Generic[Answer]):
    """A forked copy that sends some answers, each pickled, with its length before it, and ends."""

    def __init__(self, task: Callable[[], Iterable[Answer]]) -> None:
        self.pipe, writing = os.pipe()
        self.ended = False
        self._owner = os.getpid()
        self._data = bytearray()
        if sys.platform.startswith("linux"):
            with suppress(OSError):  # more than the user may have: then the copy waits for this process more often
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _ROOM)
        self._child = os.fork()
        if self._child:
            os.close(writing)
            return
        status = 1
        try:
            os.close(self.pipe)
            with os.fdopen(writing, "wb") as out:
                for answer in task():
                    data = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
                    out.write(_LENGTH.pack(len(data)))
                    out.write(data)
                    out.flush()
            status = 0
        finally:
            os._exit(status)  # no clean-up of the parent's: its files, its buffers, its handlers

    def is_mine(self) -> bool:
        """Whether this process made the copy: another copy, made later, has no part in it."""
        return self._owner == os.getpid()

    def more(self) -> Iterator[Answer]:
        """What has come since, after waiting for something; sets `ended` with the last of it."""
        read = os.read(self.pipe, _ROOM)
        if not read:
            self._end()
        self._data += read
        while len(self._data) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._data)[0]
            if len(self._data) < end:
                break
            with memoryview(self._data) as view:
                answer = pickle.loads(view[_LENGTH.size : end])  # noqa: S301 - from a copy of this very process
            del self._data[:end]
            yield answer

    def only_answer(self) -> tuple[Answer] | None:
        """The copy's answer, where it gives one; None if it did not come to it."""
        found: list[Answer] = []
        try:
            while not self.ended:
                found += self.more()
        finally:
            if not self.ended:
                self.end()
        return (found[0],) if found else None

    def end(self) -> None:
        """Stop the copy."""
        os.kill(self._child, signal.SIGKILL)
        self._end()

    def _end(self) -> None:
        os.close(self.pipe)
        os.waitpid(self._child, 0)
        self.ended = True

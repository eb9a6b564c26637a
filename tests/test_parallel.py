"""Copies of the process give the same answers, and cost time only when they fail."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from auditor.parallel import Beside, Feed, each_share, shares, usual_jobs
from auditor.pipeline import audit
from auditor.program_files import ProgramFiles
from auditor.report.json import render
from auditor.source.memory import MemoryTree

HERE = os.getpid()
FORKS = sys.platform.startswith("linux")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runner's own threads do not touch what is copied here."""
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def test_shares_are_even_complete_and_stable() -> None:
    items = [f"f{i}" for i in range(20)]
    weights = [100, *([5] * 19)]
    found = shares(items, weights, 3)
    assert sorted(x for part in found for x in part) == sorted(items)
    assert found == shares(items, weights, 3)
    assert found[0] == ["f0"]
    assert abs(len(found[1]) - len(found[2])) <= 1
    assert shares(["a"], [1], 4) == [["a"]]


def test_answers_come_in_order_from_other_processes() -> None:
    found = each_share(lambda part: (sum(part), os.getpid()), [[1, 2], [3], [4, 5]])
    assert [total for total, _ in found] == [3, 3, 9]
    assert found[0][1] == HERE
    assert FORKS is all(pid != HERE for _, pid in found[1:])


def _dies(part: list[int]) -> int:
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return sum(part)


def _raises(part: list[int]) -> int:
    if os.getpid() != HERE:
        raise ValueError("only in a copy")
    return sum(part)


def _cannot_be_sent(part: list[int]) -> object:
    return sum(part) if os.getpid() == HERE else (lambda: None)


@pytest.mark.parametrize("task", [_dies, _raises, _cannot_be_sent])
def test_a_copy_that_fails_has_its_share_done_here(task: Callable[[list[int]], object]) -> None:
    assert each_share(task, [[1], [2], [3]]) == [1, 2, 3]


def test_a_task_beside_is_done_once_by_a_copy_or_here() -> None:
    done: list[int] = []

    def task() -> int:
        done.append(1)
        return os.getpid()

    with Beside(task, worth=True) as copied:
        assert (copied.result() == HERE) is not FORKS
        assert copied.result() == copied.result()
    with Beside(task, worth=False) as here:
        assert here.result() == here.result() == HERE
    assert done == ([1] if FORKS else [1, 1])


@pytest.mark.parametrize("task", [_dies, _raises, _cannot_be_sent])
def test_a_task_beside_whose_copy_fails_is_done_here(task: Callable[[list[int]], object]) -> None:
    with Beside(lambda: task([1, 2]), worth=True) as beside:
        assert beside.result() == 3


@pytest.mark.skipif(not FORKS, reason="copies are made on Linux only")
def test_a_task_that_nobody_asks_ends_with_its_block() -> None:
    with pytest.raises(KeyError, match="here"), Beside(signal.pause, worth=True):
        raise KeyError("here")
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.skipif(not FORKS, reason="copies are made on Linux only")
def test_no_copy_outlives_an_error_here() -> None:
    def task(part: list[int]) -> int:
        if os.getpid() == HERE:
            raise KeyError("here")
        signal.pause()
        return 0

    with pytest.raises(KeyError, match="here"):
        each_share(task, [[1], [2], [3]])
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def _counting(first: int, ends: Callable[[], object]) -> Callable[[], Iterator[tuple[int, int]]]:
    def task() -> Iterator[tuple[int, int]]:
        for number in range(first, first + 3):
            yield number, os.getpid()
        ends()

    return task


@pytest.mark.skipif(not FORKS, reason="copies are made on Linux only")
def test_a_feed_gives_what_its_copies_find_one_by_one() -> None:
    feed: Feed[tuple[int, int]] = Feed()
    for first in (0, 10, 20):
        feed.begin(_counting(first, lambda: None))
    found = list(feed.answers())
    assert sorted(number for number, _ in found) == [0, 1, 2, 10, 11, 12, 20, 21, 22]
    by_copy = {pid: [n for n, p in found if p == pid] for _, pid in found}
    assert len(by_copy) == 3
    assert HERE not in by_copy
    assert all(numbers == sorted(numbers) for numbers in by_copy.values())
    assert list(feed.answers()) == []


def _breaks_off() -> object:
    raise ValueError("only in a copy")


@pytest.mark.skipif(not FORKS, reason="copies are made on Linux only")
@pytest.mark.parametrize("ends", [lambda: os.kill(os.getpid(), signal.SIGKILL), _breaks_off], ids=["killed", "raises"])
def test_a_copy_that_fails_feeds_less_and_nothing_else(
    ends: Callable[[], object], capfd: pytest.CaptureFixture[str]
) -> None:
    feed: Feed[tuple[int, int]] = Feed()
    feed.begin(_counting(0, ends))
    feed.begin(_counting(10, lambda: None))
    assert sorted(number for number, _ in feed.answers()) == [0, 1, 2, 10, 11, 12]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert capfd.readouterr().out == ""


@pytest.mark.skipif(not FORKS, reason="copies are made on Linux only")
@pytest.mark.parametrize("taken", [0, 1])
def test_the_copies_of_a_feed_end_with_it(taken: int) -> None:
    feed: Feed[tuple[int, int]] = Feed()
    for first in (0, 10):
        feed.begin(_counting(first, signal.pause))
    answers = feed.answers()
    assert len([next(answers) for _ in range(taken)]) == taken
    answers.close()  # type: ignore[attr-defined]
    feed.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_feed_beside_other_threads_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    feed: Feed[tuple[int, int]] = Feed()
    feed.begin(_counting(0, lambda: None))
    assert list(feed.answers()) == []


@pytest.mark.skipif(not FORKS, reason="copies are made on Linux only")
def test_a_feed_of_large_answers_waits_for_who_takes_them() -> None:
    feed: Feed[str] = Feed()
    feed.begin(lambda: iter([c * 3_000_000 for c in "ab"]))
    feed.begin(lambda: iter(["c" * 10]))
    assert sorted((answer[0], len(answer)) for answer in feed.answers()) == [
        ("a", 3_000_000),
        ("b", 3_000_000),
        ("c", 10),
    ]


def test_large_answers_do_not_block() -> None:
    assert [len(a) for a in each_share(lambda part: "x" * part[0], [[1], [3_000_000], [2_000_000]])] == [
        1,
        3_000_000,
        2_000_000,
    ]


def test_nothing_is_copied_beside_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert each_share(lambda part: os.getpid(), [[1], [2]]) == [HERE, HERE]


def test_jobs_are_few() -> None:
    assert 1 <= usual_jobs() <= 4


@pytest.mark.parametrize("begin", [False, True])
def test_files_parsed_side_by_side_are_those_parsed_in_turn(monkeypatch: pytest.MonkeyPatch, begin: bool) -> None:
    monkeypatch.setattr("auditor.program_files._WORTH_COPIES", 1)
    files = {f"m{i}.py": f"def f{i}(x):\n    return g(x, {i}, 'é', [1.5, None])\n" for i in range(9)}
    files["broken.py"] = "def (:\n"
    files["a.ts"] = "export const a = (x: number) => ({ b: `${x}` })\n"
    tree = MemoryTree(files)
    alone, together = (ProgramFiles(tree, tree.entries(), jobs=n) for n in (1, 3))
    if begin:
        together.begin_to_load(files)
    seen: list[str] = []
    together.load_ahead(files, lambda module: seen.append(module.path))
    assert (together.parsed, together.unread) == (set(), [])  # nobody asked for one so far
    assert sorted(seen) == sorted(set(files) - {"broken.py"})
    monkeypatch.setattr(together, "_parse", None)  # nothing is left to do when somebody does
    assert [repr(together.load(p)) for p in sorted(files)] == [repr(alone.load(p)) for p in sorted(files)]
    assert together.unread == alone.unread
    assert [u.path for u in together.unread] == ["broken.py"]
    assert together.parsed == alone.parsed == set(files)


@pytest.mark.skipif(not FORKS, reason="copies are made on Linux only")
def test_what_was_begun_ends_with_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.program_files._WORTH_COPIES", 1)
    tree = MemoryTree({"a.py": "x = 1\n", "b.py": "y = 1\n", "c.py": "z = 1\n"})
    files = ProgramFiles(tree, tree.entries(), jobs=4)
    files.begin_to_load(files.paths)
    assert len(files._feed._copies) == 2
    files.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    assert files.load("b.py") is not None


def test_one_share_is_not_worth_a_copy() -> None:
    assert each_share(lambda part: os.getpid(), [[1, 2, 3]]) == [HERE]


def test_the_report_does_not_depend_on_the_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.program_files._WORTH_COPIES", 1)
    monkeypatch.setattr("auditor.pipeline._WORTH_A_COPY", 1)
    monkeypatch.setattr("auditor.pipeline._WORTH_COPIES", 1)
    monkeypatch.setattr("auditor.pipeline._SAMPLE", 2)
    monkeypatch.setattr("auditor.link.program._LARGE", 0)
    files = {"llm.py": "from openai import OpenAI\nclient = OpenAI(timeout=20)\n", "post.py": _POSTING}
    for i in range(8):
        files[f"use{i}.py"] = f"from llm import client\nfrom post import ask\n\n{_USE.format(i=i)}"
        files[f"chain{i}.py"] = f"from langchain_openai import ChatOpenAI\nllm = ChatOpenAI()\nllm.invoke('{i}')\n"
    files |= _PAGE
    tree = MemoryTree(files)
    alone, together = (audit(tree, jobs=n) for n in (1, 3))
    assert render(alone) == render(together)
    assert ("web/src/ask.ts", 2) in {(c.at.path, c.at.line) for c in together.repo.credentials}
    assert "web/src/actions.ts" in {u.path for u in together.repo.unread}  # parsed to see what of it ships
    rows = [(c.at.path, c.at.line) for c in together.repo.llm_calls]
    assert len([r for r in rows if r[0].startswith("use")]) == 16
    assert len([r for r in rows if r[0].startswith("chain")]) == 8


_PAGE = {
    "web/index.html": '<script type="module" src="/src/main.tsx"></script>\n',
    "web/package.json": '{"dependencies": {"react": "19", "vite": "7"}}\n',
    "web/src/main.tsx": 'import { ask } from "./ask"\nimport { save } from "./actions"\nask("x").then(save)\n',
    "web/src/ask.ts": """export const ask = (text: string) => fetch("https://api.openai.com/v1/responses", {
  headers: { Authorization: `Bearer ${import.meta.env.VITE_OPENAI_API_KEY}` }, body: text, method: "POST" })
""",
    "web/src/actions.ts": '"use server"\nexport async function save( {{{ \nconst k = import.meta.env.VITE_OPENAI_API_KEY\n',
}
_POSTING = """import requests

def ask(url, body):
    return requests.post(url, json=body).json()
"""
_USE = """def talk(text):
    client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": text}}])
    return ask("https://api.mistral.ai/v1/chat/completions", {{"model": "mistral-small", "n": {i}}})
"""

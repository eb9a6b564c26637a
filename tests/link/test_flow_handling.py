"""Time limits by context, handling of failures, message lists that only grow, and controls on the way."""

from __future__ import annotations

import pytest

from auditor.model.setting import Absent, Given, Setting, Unclear
from tests.link.flows import PYTHON, call_of, relay, repo_of

TIMEOUTS = {
    "none": (False, "python", "def run(q):\n    CALL\n"),
    "wait_for": (
        True,
        "python",
        "import asyncio\nasync def run(q):\n    return await asyncio.wait_for(CALL, timeout=20)\n",
    ),
    "asyncio.timeout": (
        True,
        "python",
        "import asyncio\nasync def run(q):\n    async with asyncio.timeout(20):\n        await CALL\n",
    ),
    "timeout of nothing": (
        False,
        "python",
        "import asyncio\nasync def run(q):\n    async with asyncio.timeout(None):\n        await CALL\n",
    ),
    "alarm": (True, "python", "import signal\ndef run(q):\n    signal.alarm(20)\n    CALL\n"),
    "alarm switched off": (False, "python", "import signal\ndef run(q):\n    signal.alarm(0)\n    CALL\n"),
    "in the only caller": (
        True,
        "python",
        "import asyncio\nasync def ask(q):\n    return CALL\nasync def run(q):\n    await asyncio.wait_for(ask(q), 9)\n"
        "asyncio.run(run('x'))\n",
    ),
    "in one of two callers": (
        False,
        "python",
        "import asyncio\nasync def ask(q):\n    return CALL\nasync def run(q):\n    await asyncio.wait_for(ask(q), 9)\n"
        "    await ask(q)\nasyncio.run(run('x'))\n",
    ),
    "a task that is waited for": (
        True,
        "python",
        "import asyncio\nasync def ask(q):\n    return CALL\nasync def run(q):\n    task = asyncio.create_task(ask(q))\n"
        "    return await asyncio.wait_for(task, timeout=20)\nasyncio.run(run('x'))\n",
    ),
    "a task that is waited for without end": (
        False,
        "python",
        "import asyncio\nasync def ask(q):\n    return CALL\nasync def run(q):\n    task = asyncio.create_task(ask(q))\n"
        "    return await asyncio.wait_for(task, timeout=None)\nasyncio.run(run('x'))\n",
    ),
    "another task that is waited for": (
        False,
        "python",
        "import asyncio\nasync def ask(q):\n    return CALL\nasync def run(q, other):\n    task = asyncio.create_task(ask(q))\n"
        "    await asyncio.wait_for(other, timeout=20)\n    return await task\nasyncio.run(run('x'))\n",
    ),
    "in a thread that is waited for": (
        True,
        "python",
        "import asyncio\ndef ask(q):\n    return CALL\nasync def run(q):\n"
        "    return await asyncio.wait_for(asyncio.to_thread(ask, q), timeout=20)\nasyncio.run(run('x'))\n",
    ),
    "in an executor that is waited for": (
        True,
        "python",
        "import asyncio\nasync def run(q):\n    loop = asyncio.get_running_loop()\n"
        "    work = loop.run_in_executor(None, lambda: CALL)\n    return await asyncio.wait_for(work, 20)\n",
    ),
    "a future's result": (
        True,
        "python",
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\ndef ask(q):\n    return CALL\n"
        "def run(q):\n    future = pool.submit(ask, q)\n    return future.result(timeout=30)\nrun('x')\n",
    ),
    "a future of a pool that waits for it in any case": (
        False,
        "python",
        "from concurrent.futures import ThreadPoolExecutor\ndef ask(q):\n    return CALL\ndef run(q):\n"
        "    with ThreadPoolExecutor() as pool:\n        future = pool.submit(ask, q)\n        return future.result(timeout=30)\n"
        "run('x')\n",
    ),
    "a future's result at once": (
        True,
        "python",
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\ndef ask(q):\n    return CALL\n"
        "def run(q):\n    return pool.submit(ask, q).result(30)\nrun('x')\n",
    ),
    "a future's result whenever it comes": (
        False,
        "python",
        "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\ndef ask(q):\n    return CALL\n"
        "def run(q):\n    future = pool.submit(ask, q)\n    return future.result()\nrun('x')\n",
    ),
    "func_timeout": (
        True,
        "python",
        "from func_timeout import func_timeout\ndef ask(q):\n    return CALL\ndef run(q):\n"
        "    return func_timeout(20, ask, args=(q,))\nrun('x')\n",
    ),
    "race": (
        True,
        "typescript",
        "export async function run(q) {\n"
        "  return Promise.race([CALL, new Promise((_, reject) => setTimeout(reject, 5000))]);\n}\n",
    ),
}


HELPER = (
    "async function NAME(promise, ms) {\n  let id;\n"
    "  const late = new Promise((_, reject) => { id = setTimeout(() => { reject(new Error('late')); }, ms); });\n"
    "  try { return await Promise.race([promise, late]); } finally { clearTimeout(id); }\n}\n"
    "export async function ask(q) {\n  return await NAME(CALL, 30000);\n}\n"
)


@pytest.mark.parametrize(
    ("code", "limited", "seconds"),
    [
        (HELPER.replace("NAME", "callGuarded"), True, None),
        (HELPER.replace("NAME", "withTimeout"), True, 30.0),
        (HELPER.replace("NAME", "withTimeout").replace(", 30000", "").replace("ms)", "ms = 9000)", 1), True, None),
        (
            HELPER.replace("NAME", "withTimeout")
            .replace(", 30000", "")
            .replace("Promise.race([promise, late])", "promise"),
            False,
            None,
        ),
        (
            HELPER.replace("NAME", "first").replace(
                "id = setTimeout(() => { reject(new Error('late')); }, ms)", "cancel = reject"
            ),
            False,
            None,
        ),
        (HELPER.replace("NAME", "first").replace("[promise, late]", "[late]"), False, None),
    ],
)
def test_helpers_that_race_against_a_timer(code: str, limited: bool, seconds: float | None) -> None:
    found = call_of(code, "typescript").timeout
    assert isinstance(found, Given) is limited
    assert not isinstance(found, Given) or found.value == seconds


@pytest.mark.parametrize("name", TIMEOUTS)
def test_time_limits(name: str) -> None:
    given, language, code = TIMEOUTS[name]
    assert isinstance(call_of(code, language).timeout, Given) is given


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ("", "    CALL\n"),
        ("swallowed", "    try:\n        CALL\n    except Exception:\n        pass\n"),
        ("handled", "    try:\n        CALL\n    except Exception as e:\n        print(e)\n        raise\n"),
        ("quota-aware", "    try:\n        CALL\n    except RateLimitError:\n        return 'busy'\n"),
        (
            "quota-aware",
            "    try:\n        CALL\n    except Exception as e:\n        if e.code == 'insufficient_quota':\n            raise\n",
        ),
    ],
)
def test_error_handling(expected: str, body: str) -> None:
    assert call_of("def run(q):\n" + body).error_handling == expected


CHAT = (
    "class Chat:\n    def __init__(self):\n        self.history = []\n    def say(self, text):\n"
    "        self.history.append(text)\n"
    "{trim}        return client.chat.completions.create(model='m', messages=self.history)\n"
)


@pytest.mark.parametrize(
    ("expected", "trim"),
    [
        ("unbounded", ""),
        ("bounded", "        self.history = self.history[-20:]\n"),
        ("bounded", "        if len(self.history) > 20:\n            self.history.pop(0)\n"),
    ],
)
def test_history(expected: str, trim: str) -> None:
    assert call_of({"a.py": PYTHON + CHAT.format(trim=trim)}).history == expected


CONTROLS = {
    "budget-cap": "def run(q, budget):\n    if budget.spent >= budget.limit:\n        raise RuntimeError()\n    CALL\n",
    "per-user-quota": "def run(q, user):\n    if user.credits <= 0:\n        raise RuntimeError()\n    CALL\n",
    "rate-limit": "def run(q, limiter):\n    if not limiter.allow(q):\n        raise RuntimeError()\n    CALL\n",
    "kill-switch": "def run(q, settings):\n    if not settings.llm_enabled:\n        return None\n    CALL\n",
    "cost-log": "def run(q, tracker):\n    r = CALL\n    tracker.record_usage(r)\n",
}


LEDGER = "MONTHLY_USD = 50\ndef spent():\n    return float(open('spent').read())\n"
OVER = (
    "import os, db\ndef over():\n    cap = int(os.environ.get('MONTHLY_TOKEN_CAP', '8000000'))\n"
    "    c = db.counters('month')\n"
)
BUDGETS = {
    "in a function that the request's one calls first": (
        {"budget-cap"},
        LEDGER
        + "def check():\n    used_usd = spent()\n    if used_usd >= MONTHLY_USD:\n        raise RuntimeError('spent')\n"
        "def run(q):\n    check()\n    CALL\n",
    ),
    "said by the function's name": (
        {"budget-cap"},
        LEDGER
        + "def ensure_budget():\n    if spent() > 20:\n        raise RuntimeError()\ndef run(q):\n    ensure_budget()\n    CALL\n",
    ),
    "asked by the check": (
        {"budget-cap"},
        LEDGER
        + "class Ledger:\n    def room(self):\n        total_cost = spent()\n        if total_cost > self.daily_limit:\n"
        "            raise RuntimeError()\nledger = Ledger()\ndef guard():\n    ledger.room()\n"
        "def run(q):\n    guard()\n    CALL\n",
    ),
    "in camel case": (
        {"budget-cap"},
        "def run(q, state):\n    if state.totalCost >= state.maxCost:\n        raise RuntimeError()\n    CALL\n",
    ),
    "a warning at a share": (
        {"alert"},
        LEDGER
        + "import logging\ndef check():\n    if spent() >= 0.8 * MONTHLY_USD:\n        logging.warning('nearly')\n"
        "def run(q):\n    check()\n    CALL\n",
    ),
    "words that only hold the word": (
        set(),
        "def run(q, recents, max_items):\n    if len(recents) > max_items:\n        return None\n    CALL\n",
    ),
    "the cost of something is shown": (
        set(),
        "def run(q, total_cost, limit):\n    if total_cost > limit:\n        print('much')\n    CALL\n",
    ),
    "a retry time tested after the call": (
        set(),
        "import time\ndef run(q, deadline):\n    for n in range(5):\n        try:\n            return CALL\n"
        "        except Exception:\n            remaining_retry_budget = deadline - time.monotonic()\n"
        "            if remaining_retry_budget <= 0:\n                raise\n",
    ),
    "time that is left before the call": (
        set(),
        "import time\ndef run(q, deadline):\n    remaining_budget = deadline - time.monotonic()\n"
        "    if remaining_budget <= 0:\n        raise TimeoutError()\n    CALL\n",
    ),
    "a budget asked only once the call has failed": (
        set(),
        "def run(q, ledger):\n    try:\n        return CALL\n    except Exception:\n"
        "        if ledger.spent_usd > ledger.max_usd:\n            raise\n",
    ),
    "a budget of what another call in the handler may cost": (
        {"budget-cap"},
        "def run(q, ledger):\n    try:\n        return open('answer').read()\n    except OSError:\n"
        "        if ledger.spent_usd > ledger.max_usd:\n            raise\n        return CALL\n",
    ),
    "the size of a prompt": (
        set(),
        "import os\nMAX_TOKENS = int(os.environ.get('DAILY_PROMPT_TOKEN_CAP', '9'))\ndef run(q):\n"
        "    if count_tokens(q) > MAX_TOKENS:\n        return None\n    CALL\n",
    ),
    "a ledger of tokens that answers": (
        {"budget-cap"},
        OVER
        + "    return int(c['in']) + int(c['out']) >= cap\ndef run(q):\n    if over():\n        return None\n    CALL\n",
    ),
    "a ledger that answers from a branch": (
        {"budget-cap"},
        OVER + "    if c['in'] >= cap:\n        print('over')\n        return True\n    return False\n"
        "def run(q):\n    if not over():\n        return CALL\n",
    ),
    "a ledger whose answer ends a helper's caller": (
        {"budget-cap"},
        OVER + "    return c['in'] >= cap\ndef ask(q):\n    return CALL\ndef run(q):\n    full = over()\n    if full:\n"
        "        return None\n    return ask(q)\nrun('x')\n",
    ),
    "a ledger that raises": (
        {"budget-cap"},
        OVER + "    if c['in'] >= cap:\n        raise RuntimeError()\ndef run(q):\n    over()\n    CALL\n",
    ),
    "a ledger asked after the call": (
        set(),
        OVER + "    return c['in'] >= cap\ndef run(q):\n    answer = CALL\n    if over():\n        return None\n"
        "    return answer\n",
    ),
    "a ledger whose answer is only shown": (
        set(),
        OVER + "    return c['in'] >= cap\ndef run(q):\n    if over():\n        print('much')\n    CALL\n",
    ),
    "a ledger of something else": (
        set(),
        "import os, db\ndef over():\n    cap = int(os.environ['MONTHLY_LETTER_CAP'])\n    return db.counters('month') >= cap\n"
        "def run(q):\n    if over():\n        return None\n    CALL\n",
    ),
    "a check that nothing calls": (
        set(),
        LEDGER
        + "def check_budget():\n    if spent() >= MONTHLY_USD:\n        raise RuntimeError()\ndef run(q):\n    CALL\n",
    ),
}


@pytest.mark.parametrize("name", BUDGETS)
def test_budgets(name: str) -> None:
    kinds, code = BUDGETS[name]
    found = {c.kind for c in repo_of(code).controls if c.in_force}
    assert found == kinds


@pytest.mark.parametrize("kind", CONTROLS)
def test_controls(kind: str) -> None:
    assert kind in {c.kind for c in repo_of(CONTROLS[kind]).controls}


@pytest.mark.parametrize(
    "code",
    [
        "def run(q, budget):\n    if budget.spent >= budget.limit:\n        print('too much')\n    CALL\n",
        "def run(q):\n    try:\n        CALL\n    except Exception as error:\n"
        "        if error.code == 'rate_limit_exceeded':\n            return 1\n",
        "from limits import Limiter\nlimiter = Limiter()\ndef run(q):\n    CALL\n",
        "def run(q):\n    CALL\ndef other(budget):\n    if budget.spent >= budget.limit:\n"
        "        raise RuntimeError()\n",
    ],
)
def test_what_looks_like_a_control(code: str) -> None:
    assert not repo_of(code).controls


@pytest.mark.parametrize(
    ("limited", "before"),
    [
        (True, "if (await throttle(user)) return null;"),
        (True, "if (!(await rateLimit.check(user))) return null;"),
        (False, "await throttleStart();"),
        (False, "const later = throttle(redraw, 200); later();"),
    ],
)
def test_pacing_is_no_limit(limited: bool, before: str) -> None:
    code = f"export async function run(q, user) {{\n  {before}\n  return await CALL;\n}}\n"
    assert ("rate-limit" in {c.kind for c in repo_of(code, "typescript").controls}) is limited


@pytest.mark.parametrize(("hops", "kind"), [(5, Given), (12, Given), (15, Given), (40, Unclear)])
def test_a_limit_far_up_is_in_force_and_one_too_far_up_is_not_known(hops: int, kind: type[Setting[float]]) -> None:
    code = relay(hops, "async ") + f"import asyncio\nasync def run():\n    await asyncio.wait_for(hop{hops}('x'), 9)\n"
    assert isinstance(call_of({"a.py": code + "asyncio.run(run())\n"}).timeout, kind)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Given, "async def ping(q):\n    await ask(q)\n    await pong(q)\nasync def pong(q):\n    await ping(q)\n"),
        (Absent, "async def ping(q):\n    await ask(q)\n    await pong(q)\nasync def pong(q):\n    await ping(q)\n"
                 "asyncio.run(pong('y'))\n"),
    ],
)  # fmt: skip
def test_a_way_that_leads_round_in_a_circle_begins_nowhere(kind: type[Setting[float]], code: str) -> None:
    run = "async def run():\n    await asyncio.wait_for(ping('x'), 9)\nasyncio.run(run())\n"
    code = "import asyncio\n" + PYTHON + "async def ask(q):\n    return CALL\n" + code + run
    code = code.replace("CALL", "client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': q}])")
    assert isinstance(call_of({"a.py": code}).timeout, kind)


def test_ways_that_part_and_join_again_are_asked_once() -> None:
    steps = "".join(
        f"async def a{n}(q):\n    await ask{n}(q)\nasync def b{n}(q):\n    await ask{n}(q)\n"
        f"async def ask{n + 1}(q):\n    await a{n}(q)\n    await b{n}(q)\n"
        for n in range(7)
    )
    run = "import asyncio\nasync def run():\n    await asyncio.wait_for(ask7('x'), 9)\nasyncio.run(run())\n"
    code = relay(0, "async ").replace("def ask(", "def ask0(") + steps + run
    assert isinstance(call_of({"a.py": code}).timeout, Given)

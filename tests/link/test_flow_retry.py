"""Retry layers around a call: libraries, own loops, recursion, jobs; bounded or not; several multiply."""

from __future__ import annotations

import pytest

from auditor.model.facts import Retry
from auditor.model.setting import Given
from tests.link.flows import ASK, PYTHON, SCRIPT, SEND, call_of, relay

CASES = {
    # name: (language, kind, layer, code)
    "sdk only": ("python", "sdk-default", None, "def run(q):\n    CALL\n"),
    "tenacity": (
        "python",
        "explicit",
        "tenacity",
        "from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(4))\ndef run(q):\n    CALL\n",
    ),
    "bare tenacity repeats for ever": (
        "python",
        "unbounded",
        "tenacity",
        "import tenacity\n@tenacity.retry\ndef run(q):\n    CALL\n",
    ),
    "tenacity without a stop": (
        "python",
        "unbounded",
        "tenacity",
        "from tenacity import retry, wait_fixed\n@retry(wait=wait_fixed(1))\ndef run(q):\n    CALL\n",
    ),
    "tenacity after a time": (
        "python",
        "explicit",
        "tenacity",
        "from tenacity import retry, stop_after_delay\n@retry(stop=stop_after_delay(60))\ndef run(q):\n    CALL\n",
    ),
    "for attempt in Retrying": (
        "python",
        "explicit",
        "loop",
        "from tenacity import Retrying, stop_after_attempt\ndef run(q):\n"
        "    for attempt in Retrying(stop=stop_after_attempt(3)):\n        with attempt:\n            return CALL\n",
    ),
    "backoff": (
        "python",
        "explicit",
        "backoff",
        "import backoff\n@backoff.on_exception(backoff.expo, Exception, max_tries=5)\ndef run(q):\n    CALL\n",
    ),
    "backoff without a limit": (
        "python",
        "unbounded",
        "backoff",
        "import backoff\n@backoff.on_exception(backoff.expo, Exception)\ndef run(q):\n    CALL\n",
    ),
    "own loop": (
        "python",
        "explicit",
        "loop",
        "import time\ndef run(q):\n    for i in range(3):\n        try:\n            return CALL\n"
        "        except Exception:\n            time.sleep(2 ** i)\n",
    ),
    "own loop that leaves with break": (
        "python",
        "explicit",
        "loop",
        "def run(q):\n    for i in range(3):\n        try:\n            a = CALL\n            break\n"
        "        except Exception:\n            continue\n    return a\n",
    ),
    "own endless loop": (
        "python",
        "unbounded",
        "loop",
        "import time\ndef run(q):\n    while True:\n        try:\n            return CALL\n"
        "        except Exception:\n            time.sleep(1)\n",
    ),
    "endless loop with a counter": (
        "python",
        "explicit",
        "loop",
        "def run(q):\n    n = 0\n    while True:\n        try:\n            return CALL\n        except Exception:\n"
        "            n += 1\n            if n > 3:\n                raise\n",
    ),
    "flag and counter": (
        "python",
        "explicit",
        "loop",
        "def run(q):\n    done, tries = False, 0\n    while not done and tries < 3:\n        try:\n"
        "            a = CALL\n"
        "            done = True\n        except Exception:\n            tries += 1\n",
    ),
    "status check": (
        "python",
        "explicit",
        "loop",
        "def run(q):\n    for attempt in range(3):\n        response = CALL\n        if response.status == 'ok':\n"
        "            return response\n",
    ),
    "failure that ends the loop is no retry": (
        "python",
        "sdk-default",
        None,
        "def run(q):\n    for i in range(3):\n        try:\n            return CALL\n"
        "        except Exception:\n            raise\n",
    ),
    "recursion after a failure": (
        "python",
        "explicit",
        "recursion",
        "def run(q, tries=3):\n    try:\n        return CALL\n    except Exception:\n        if tries > 0:\n"
        "            return run(q, tries - 1)\n",
    ),
    "recursion after a failure without end": (
        "python",
        "unbounded",
        "recursion",
        "def run(q):\n    try:\n        return CALL\n    except Exception:\n        return run(q)\n",
    ),
    "recursion once": (
        "python",
        "explicit",
        "recursion",
        "def run(q, again=False):\n    try:\n        return CALL\n    except Exception:\n        if not again:\n"
        "            return run(q, again=True)\n        raise\n",
    ),
    "recursion once, by what lasts": (
        "python",
        "explicit",
        "recursion",
        "class A:\n    def run(self, q):\n        try:\n            return CALL\n        except Exception:\n"
        "            if self.done:\n                raise\n            self.done = True\n            return self.run(q)\n",
    ),
    "recursion under a flag that stays": (
        "python",
        "unbounded",
        "recursion",
        "def run(q, verbose=True):\n    try:\n        return CALL\n    except Exception:\n        if verbose:\n"
        "            return run(q, verbose)\n        raise\n",
    ),
    "recursion under a flag that is set back": (
        "python",
        "unbounded",
        "recursion",
        "class A:\n    def run(self, q):\n        self.done = False\n        try:\n            return CALL\n"
        "        except Exception:\n            if self.done:\n                raise\n            self.done = True\n"
        "            return self.run(q)\n",
    ),
    "recursion into another model and back": (
        "python",
        "unbounded",
        "recursion",
        "def run(q, model='a'):\n    try:\n        return CALL\n    except Exception:\n"
        "        other = 'b' if model == 'a' else 'a'\n        if model != other:\n"
        "            return run(q, model=other)\n        raise\n",
    ),
    "recursion after an answer that says to try again": (
        "typescript",
        "explicit",
        "recursion",
        "const MAX = 3;\nexport async function run(q, count = 0) {\n"
        '  const response = await fetch("https://api.openai.com/v1/chat/completions", {\n'
        "    method: 'POST', body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: q }] }) });\n"
        "  if (response.status === 429 && count < MAX) return run(q, count + 1);\n  return response.json();\n}\n",
    ),
    "own decorator": (
        "python",
        "explicit",
        "decorator",
        "def again(f):\n    def inner(*a):\n        for i in range(3):\n            try:\n"
        "                return f(*a)\n"
        "            except Exception:\n                pass\n    return inner\n@again\ndef run(q):\n    CALL\n",
    ),
    "helper that takes the function": (
        "python",
        "explicit",
        "loop",
        "def again(f):\n    for i in range(3):\n        try:\n            return f()\n"
        "        except Exception:\n            pass\n"
        "def run(q):\n    return again(lambda: CALL)\n",
    ),
    "job": (
        "python",
        "explicit",
        "job",
        "from celery import shared_task\n@shared_task(autoretry_for=(Exception,), max_retries=2)\n"
        "def run(q):\n    CALL\n",
    ),
    "swallowed failures reach no outer layer": (
        "python",
        "sdk-default",
        None,
        "from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(4))\ndef run(q):\n    try:\n"
        "        CALL\n    except Exception:\n        return None\n",
    ),
    "p-retry": (
        "typescript",
        "explicit",
        "p-retry",
        'import pRetry from "p-retry";\nexport const run = (q) => pRetry(() => CALL, { retries: 4 });\n',
    ),
    "own loop in TypeScript": (
        "typescript",
        "explicit",
        "loop",
        "export async function run(q) {\n  for (let i = 0; i < 3; i++) {\n    try { return await CALL; }\n"
        "    catch (e) { await new Promise((r) => setTimeout(r, 1000)); }\n  }\n}\n",
    ),
    "helper in TypeScript": (
        "typescript",
        "explicit",
        "loop",
        "async function withRetry(fn) {\n  for (let i = 0; i < 5; i++) {\n"
        "    try { return await fn(); } catch (e) { if (i === 4) throw e; }\n"
        "  }\n}\nexport const run = (q) => withRetry(() => CALL);\n",
    ),
    "endless in TypeScript": (
        "typescript",
        "unbounded",
        "loop",
        "export async function run(q) {\n  while (true) {\n"
        "    try { return await CALL; } catch (e) { console.log(e); }\n  }\n}\n",
    ),
}


def retry(code: str | dict[str, str], language: str = "python") -> Retry:
    setting = call_of(code, language).retry
    assert isinstance(setting, Given), setting
    return setting.value


@pytest.mark.parametrize("name", CASES)
def test_layers(name: str) -> None:
    language, kind, layer, code = CASES[name]
    found = retry(code, language)
    assert found.kind == kind, found
    assert layer is None or layer in found.layers, found


def test_attempts_multiply() -> None:
    found = retry(
        "from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(4))\ndef run(q):\n"
        "    for i in range(3):\n        try:\n            return CALL\n        except ValueError:\n            pass\n"
    )
    assert set(found.layers) >= {"tenacity", "loop"}
    assert found.attempts is None or found.attempts >= 12


def test_a_retry_loop_is_no_loop() -> None:
    for name in ("own loop", "own endless loop", "flag and counter", "helper in TypeScript"):
        language, _, _, code = CASES[name]
        assert call_of(code, language).loop.kind == "none", name


def test_a_layer_in_a_caller_counts_if_all_callers_have_it() -> None:
    wrapped = (
        "from tenacity import retry, stop_after_attempt\nfrom llm import ask\n"
        "@retry(stop=stop_after_attempt(2))\ndef go():\n    return ask('x')\ngo()\n"
    )
    assert retry({"llm.py": PYTHON + ASK, "a.py": wrapped}).kind == "explicit"
    plain = "from llm import ask\nask('y')\n"
    assert retry({"llm.py": PYTHON + ASK, "a.py": wrapped, "b.py": plain}).kind == "sdk-default"


def test_a_layer_in_a_caller_in_typescript() -> None:
    job = 'import pRetry from "p-retry";\nimport { ask } from "./llm";\npRetry(() => ask("x"), { retries: 2 });\n'
    assert retry({"llm.ts": SCRIPT + SEND, "job.ts": job}).kind == "explicit"


@pytest.mark.parametrize("hops", [7, 12, 15])
def test_a_retry_loop_far_up_counts(hops: int) -> None:
    loop = f"for i in range(3):\n    try:\n        hop{hops}('x')\n        break\n    except Exception:\n        pass\n"
    found = retry({"a.py": relay(hops) + loop})
    assert (found.kind, found.layers[:1]) == ("explicit", ("loop",))


def test_how_often_is_not_known_where_the_way_is_too_long() -> None:
    loop = "for i in range(3):\n    try:\n        return ask(q)\n    except ValueError:\n        pass\n"
    body = "    " + loop.replace("\n", "\n    ").rstrip()
    code = relay(40).replace("def hop1(q):\n    return ask(q)\n", f"def hop1(q):\n{body}\n") + "hop40('x')\n"
    found = retry({"a.py": code})
    assert (found.kind, found.attempts) == ("explicit", None)

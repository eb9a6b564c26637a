"""The generated client module with the real SDKs against a vendor of our own on loopback."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import anthropic
import openai
import pytest

from auditor.rewrite.generate import ClientSettings, client_module
from tests.rewrite.fake_vendor import Vendor, running

PRICES = (("gpt-4o-mini", 0.15, 0.6), ("claude-haiku", 1.0, 5.0))


@pytest.fixture
def vendors() -> Iterator[tuple[Vendor, Vendor]]:
    with running("primary") as primary, running("fallback") as fallback:
        yield primary, fallback


@pytest.fixture
def client(tmp_path: Path, vendors: tuple[Vendor, Vendor], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    primary, fallback = vendors
    file = tmp_path / "llm_client.py"
    file.write_text(client_module(ClientSettings(prices=PRICES)))
    for name, value in {
        "OPENAI_BASE_URL": primary.url + "/v1",
        "OPENAI_API_KEY": "primary-secret",
        "ANTHROPIC_BASE_URL": primary.url,
        "ANTHROPIC_API_KEY": "primary-secret",
        "LLM_FALLBACK_BASE_URL": fallback.url + "/api/v1",
        "LLM_FALLBACK_MODEL": "other/model",
        "LLM_FALLBACK_API_KEY": "fallback-secret",
        "LLM_SPEND_DB": str(tmp_path / "spend.sqlite3"),
        "LLM_TIMEOUT_S": "1",
        "LLM_DEADLINE_S": "4",
        "LLM_RETRIES": "1",
        "LLM_MAX_OUTPUT_TOKENS": "300",
        "NO_PROXY": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("llm_client", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["llm_client"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["llm_client"]


def ask(sdk: Any, text: str = "hi", **more: Any) -> str:
    answer = sdk.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": text}], **more)
    return str(answer.choices[0].message.content)


def test_answer_is_the_sdks_own(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    primary, fallback = vendors
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        answer = sdk.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "hi"}])
    assert isinstance(answer, openai.types.chat.ChatCompletion)
    assert answer.choices[0].message.content == "echo: hi"
    assert len(primary.hits) == 1
    assert fallback.hits == []
    assert primary.hits[0]["body"]["max_tokens"] == 300, "a call without a cap gets the default one"


def test_a_given_cap_is_kept(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        ask(sdk, max_completion_tokens=17)
    body = vendors[0].hits[0]["body"]
    assert body["max_completion_tokens"] == 17
    assert "max_tokens" not in body


@pytest.mark.parametrize("mode", ["429", "500", "503", "hang"])
def test_fallback_answers_in_bounded_time(client: ModuleType, vendors: tuple[Vendor, Vendor], mode: str) -> None:
    primary, fallback = vendors
    primary.fail(mode)
    started = time.monotonic()
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        assert ask(sdk) == "echo: hi"
    assert time.monotonic() - started < 5
    assert 1 <= len(primary.hits) <= 2
    assert len(fallback.hits) == 1
    hit = fallback.hits[0]
    assert hit["body"]["model"] == "other/model"
    assert hit["path"] == "/api/v1/chat/completions"
    assert hit["headers"]["authorization"] == "Bearer fallback-secret"
    assert "primary-secret" not in json.dumps(hit)


@pytest.mark.parametrize("status", ["400", "401", "404", "422"])
def test_the_callers_own_error_is_not_sent_elsewhere(
    client: ModuleType, vendors: tuple[Vendor, Vendor], status: str
) -> None:
    primary, fallback = vendors
    primary.fail(status)
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk, pytest.raises(openai.APIStatusError) as caught:
        ask(sdk)
    assert caught.value.status_code == int(status)
    assert len(primary.hits) == 1
    assert fallback.hits == []


def test_exhausted_quota_is_not_retried(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    primary, fallback = vendors
    primary.fail("429", error_code="insufficient_quota")
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        assert ask(sdk) == "echo: hi"
    assert (len(primary.hits), len(fallback.hits)) == (1, 1)


def test_both_down_raises_the_primarys_error(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    primary, fallback = vendors
    primary.fail("500")
    fallback.fail("503")
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk, pytest.raises(openai.InternalServerError) as caught:
        ask(sdk)
    assert caught.value.status_code == 500
    assert (len(primary.hits), len(fallback.hits)) == (2, 2)


def test_one_failure_is_retried_on_the_same_route(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    primary, fallback = vendors
    primary.fail("500", times=1)
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        assert ask(sdk) == "echo: hi"
    assert (len(primary.hits), len(fallback.hits)) == (2, 0)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("LLM_MONTHLY_BUDGET_USD", "0", "llm_budget_exceeded"), ("LLM_DISABLED", "1", "llm_disabled")],
)
def test_budget_and_kill_switch_send_nothing(
    client: ModuleType,
    vendors: tuple[Vendor, Vendor],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    code: str,
) -> None:
    monkeypatch.setenv(name, value)
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk, pytest.raises(openai.APIStatusError) as caught:
        ask(sdk)
    assert caught.value.status_code == 402
    assert caught.value.code == code
    with (
        anthropic.Anthropic(**client.guard("chat", "anthropic")) as other,
        pytest.raises(anthropic.APIStatusError) as seen,
    ):
        other.messages.create(model="claude-haiku", max_tokens=10, messages=[{"role": "user", "content": "hi"}])
    assert seen.value.status_code == 402
    assert [v.hits for v in vendors] == [[], []]


def test_parallel_calls_never_overspend(
    client: ModuleType, vendors: tuple[Vendor, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        ask(sdk, max_completion_tokens=100)
        # Four more worst cases fit.
        body = len(json.dumps(vendors[0].hits[0]["body"])) + 1
        worst = max(body / 3 * 15e-6 + 100 * 75e-6, 1e-9)
        monkeypatch.setenv("LLM_MONTHLY_BUDGET_USD", str(client.spent_this_month() + 4.5 * worst))
        results: list[str] = []

        def one() -> None:
            try:
                results.append(ask(sdk, max_completion_tokens=100))
            except openai.APIStatusError as error:
                results.append(str(error.code))

        vendors[0].mode = "ok"
        threads = [threading.Thread(target=one) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(results) <= {"echo: hi", "llm_budget_exceeded"}
    assert client.spent_this_month() <= float(__import__("os").environ["LLM_MONTHLY_BUDGET_USD"])


def test_usage_is_logged_without_content_or_key(
    client: ModuleType, vendors: tuple[Vendor, Vendor], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "llm_client"), openai.OpenAI(**client.guard("billing", "openai")) as sdk:
        ask(sdk, "a private question")
    line = json.loads(caplog.messages[-1].removeprefix("llm usage "))
    assert line["feature"] == "billing"
    assert (line["input_tokens"], line["output_tokens"]) == (11, 7)
    assert line["usd"] == pytest.approx(11 * 0.15e-6 + 7 * 0.6e-6)
    assert "private" not in caplog.text
    assert "secret" not in caplog.text


def test_alert_comes_once(
    client: ModuleType,
    vendors: tuple[Vendor, Vendor],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("LLM_ALERT_AT", "0.0000001")
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        for _ in range(3):
            ask(sdk)
    assert sum("spend alert" in m for m in caplog.messages) == 1


def test_stream_is_unchanged_and_priced(
    client: ModuleType, vendors: tuple[Vendor, Vendor], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "llm_client"), openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        stream = sdk.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}], stream=True
        )
        # The chunk that only carries usage was not asked for by the caller: `choices[0]` must not fail.
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    assert text == "echo: hello"
    line = json.loads(caplog.messages[-1].removeprefix("llm usage "))
    assert (line["input_tokens"], line["output_tokens"], line["partial"]) == (11, 7, False)


def test_a_cut_stream_is_priced_at_the_worst_case(
    client: ModuleType, vendors: tuple[Vendor, Vendor], caplog: pytest.LogCaptureFixture
) -> None:
    vendors[0].fail("cut")
    with caplog.at_level(logging.INFO, "llm_client"), openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        stream = sdk.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}], stream=True
        )
        assert "".join(c.choices[0].delta.content or "" for c in stream) == "echo: he"
    line = json.loads(caplog.messages[-1].removeprefix("llm usage "))
    assert line["partial"] is True
    assert line["usd"] >= 300 * 0.6e-6


def test_stream_falls_back_before_the_first_byte(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    vendors[0].fail("500")
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        stream = sdk.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}], stream=True
        )
        assert "".join(c.choices[0].delta.content or "" for c in stream) == "echo: hello"
    assert len(vendors[1].hits) == 1


def test_responses_and_embeddings(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    primary, fallback = vendors
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk:
        assert sdk.responses.create(model="gpt-4o-mini", input="hi").output_text == "echo: hi"
        assert primary.hits[0]["body"]["max_output_tokens"] == 300
        primary.fail("500")
        assert sdk.responses.create(model="gpt-4o-mini", input="hi").output_text == "echo: hi"
        with pytest.raises(openai.InternalServerError):
            sdk.embeddings.create(model="text-embedding-3-small", input="hi", encoding_format="float")
    assert [h["path"] for h in fallback.hits] == ["/api/v1/responses"], "vectors of another model cannot be compared"


def test_anthropic_messages(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    primary, fallback = vendors
    with anthropic.Anthropic(**client.guard("chat", "anthropic")) as sdk:
        for mode in ("ok", "529"):
            primary.fail(mode)
            answer = sdk.messages.create(
                model="claude-haiku", max_tokens=50, messages=[{"role": "user", "content": "hi"}]
            )
            assert answer.content[0].text == "echo: hi"  # type: ignore[union-attr]
        with sdk.messages.stream(
            model="claude-haiku", max_tokens=50, messages=[{"role": "user", "content": "hey"}]
        ) as stream:
            assert stream.get_final_text() == "echo: hey"
    assert [h["path"] for h in fallback.hits] == ["/api/v1/messages"] * 2
    assert "primary-secret" not in json.dumps(fallback.hits)


def test_asynchronous_clients(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    primary, _ = vendors

    async def run() -> list[str]:
        out = []
        async with openai.AsyncOpenAI(**client.aguard("chat", "openai")) as sdk:
            for mode in ("ok", "429", "hang"):
                primary.fail(mode)
                answer = await sdk.chat.completions.create(
                    model="gpt-4o-mini", messages=[{"role": "user", "content": mode}]
                )
                out.append(str(answer.choices[0].message.content))
            primary.fail("ok")
            stream = await sdk.chat.completions.create(
                model="gpt-4o-mini", messages=[{"role": "user", "content": "s"}], stream=True
            )
            out.append("".join([c.choices[0].delta.content or "" async for c in stream]))
        async with anthropic.AsyncAnthropic(**client.aguard("chat", "anthropic")) as other:
            primary.fail("500")
            message = await other.messages.create(
                model="claude-haiku", max_tokens=50, messages=[{"role": "user", "content": "a"}]
            )
            out.append(message.content[0].text)  # type: ignore[union-attr]
        return out

    assert asyncio.run(run()) == ["echo: ok", "echo: 429", "echo: hang", "echo: s", "echo: a"]


def test_without_a_fallback_key_the_primary_stands_alone(
    client: ModuleType, vendors: tuple[Vendor, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LLM_FALLBACK_API_KEY")
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    vendors[0].fail("429")
    with openai.OpenAI(**client.guard("chat", "openai")) as sdk, pytest.raises(openai.RateLimitError):
        ask(sdk)
    assert vendors[1].hits == []


def test_explicit_settings_of_the_old_client_are_kept(client: ModuleType, vendors: tuple[Vendor, Vendor]) -> None:
    vendors[0].fail("500")
    with openai.OpenAI(**client.guard("chat", "openai", timeout=0.5, max_retries=0)) as sdk:
        assert ask(sdk) == "echo: hi"
    assert len(vendors[0].hits) == 1

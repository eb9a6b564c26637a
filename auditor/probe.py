"""Real smoke prompts through one OpenAI-compatible route: latency, streaming, JSON mode, tools, and the shape of an error.

Used by `auditor probe` alone, never by an audit. Standard library only; the key goes into one header and nowhere else.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from auditor.errors import UsageError

_LIMIT_HEADERS = ("ratelimit", "rate-limit", "retry-after", "x-request-id")
_MAX_ANSWER = 1_000_000


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could carry the key to another host: it is an answer like any other."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def probe(base_url: str, model: str, key: str, timeout: float) -> dict[str, Any]:
    """Send five small requests and tell what came back.

    Args:
        base_url: of an OpenAI-compatible API, such as `https://api.openai.com/v1`.
        model: the model id to ask.
        key: the credential; never part of the result.
        timeout: seconds for each request.

    Returns:
        `{"exact_model", "limits", "usage", "probes": {name: {"ok", "seconds", "detail"}}}`.

    Raises:
        UsageError: the address is neither https nor on this machine.
    """
    parts = urlsplit(base_url)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise UsageError(f"{base_url}: a key is sent over https only")
    sender = _Sender(base_url.rstrip("/") + "/chat/completions", key, timeout)
    ask = {"model": model, "messages": [{"role": "user", "content": "Reply with the word pong."}], "max_tokens": 16}
    tool = {
        "type": "function",
        "function": {"name": "add", "description": "Adds", "parameters": {"type": "object", "properties": {}}},
    }
    rows: dict[str, dict[str, Any]] = {}
    status, headers, data, seconds = sender.send(ask)
    text = _content(data)
    rows["answer"] = _row(status == 200 and bool(text), seconds, f"HTTP {status}" if status != 200 else "answered")
    first = data if isinstance(data, dict) else {}
    status, _, data, seconds = sender.send({**ask, "stream": True}, stream=True)
    rows["streaming"] = _row(
        status == 200 and isinstance(data, int) and data > 0,
        seconds,
        f"{data} chunks" if status == 200 else f"HTTP {status}",
    )
    json_ask = {**ask, "max_tokens": 64, "response_format": {"type": "json_object"}}
    json_ask["messages"] = [{"role": "user", "content": 'Reply with the JSON object {"pong": true}.'}]
    status, _, data, seconds = sender.send(json_ask)
    rows["json"] = _row(
        status == 200 and _is_json(_content(data)), seconds, "valid JSON" if status == 200 else f"HTTP {status}"
    )
    status, _, data, seconds = sender.send({**ask, "max_tokens": 64, "tools": [tool], "tool_choice": "required"})
    called = status == 200 and '"tool_calls"' in json.dumps(data)
    rows["tools"] = _row(called, seconds, "tool called" if called else f"no tool call (HTTP {status})")
    status, _, data, seconds = sender.send({**ask, "model": "no-such-model-" + "x" * 8})
    shaped = 400 <= status < 500 and isinstance(data, dict) and "error" in data
    rows["error"] = _row(shaped, seconds, f"HTTP {status}" + ("" if shaped else ", not the usual shape"))
    return {
        "exact_model": first.get("model"),
        "usage": first.get("usage"),
        "limits": {k: v for k, v in sorted(headers.items()) if any(word in k for word in _LIMIT_HEADERS)},
        "probes": rows,
    }


def _row(ok: bool, seconds: float, detail: str) -> dict[str, Any]:
    return {"ok": ok, "seconds": round(seconds, 3), "detail": detail}


def _content(data: Any) -> str:
    try:
        return str(data["choices"][0]["message"]["content"] or "")
    except (KeyError, IndexError, TypeError):
        return ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class _Sender:
    def __init__(self, url: str, key: str, timeout: float) -> None:
        self._url, self._key, self._timeout = url, key, timeout
        self._opener = urllib.request.build_opener(_NoRedirect)

    def send(self, body: dict[str, Any], *, stream: bool = False) -> tuple[int, dict[str, str], Any, float]:
        """Status (0: no answer), headers, the JSON answer (streams: the number of chunks), and seconds."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._key}"}
        request = urllib.request.Request(self._url, json.dumps(body).encode(), headers)  # noqa: S310 - checked above
        started = time.monotonic()
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                told = {k.lower(): v for k, v in answer.headers.items()}
                data: Any = self._chunks(answer) if stream else _parsed(answer.read(_MAX_ANSWER))
                return answer.status, told, data, time.monotonic() - started
        except urllib.error.HTTPError as error:
            return error.code, {}, _parsed(error.read(_MAX_ANSWER)), time.monotonic() - started
        except (OSError, ValueError):
            return 0, {}, None, time.monotonic() - started

    def _chunks(self, answer: Any) -> int:
        end = time.monotonic() + self._timeout
        count = 0
        for line in answer:
            count += line.startswith(b"data:") and b"[DONE]" not in line
            if time.monotonic() > end:
                break
        return count


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None

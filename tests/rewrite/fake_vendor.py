"""A vendor on loopback that speaks the chat, responses, messages and embeddings shapes, and fails on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Vendor:
    """What the vendor does next and what it was asked. `mode`: ok | hang | cut | an HTTP status."""

    name: str
    mode: str = "ok"
    times: int = -1
    error_code: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hits: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, mode: str, times: int = -1, error_code: str = "") -> None:
        self.mode, self.times, self.error_code = mode, times, error_code

    def next_mode(self) -> str:
        if self.mode == "ok" or self.times == 0:
            return "ok"
        self.times -= 1
        return self.mode


def _answer(path: str, body: dict[str, Any]) -> dict[str, Any]:
    last = (body.get("messages") or [{"content": body.get("input")}])[-1]["content"]
    text = f"echo: {last}"
    if path.endswith("/messages"):
        return {
            "id": "m", "type": "message", "role": "assistant", "model": body["model"],
            "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 7},
        }  # fmt: skip
    if path.endswith("/responses"):
        part = {"type": "output_text", "text": text, "annotations": []}
        item = {"type": "message", "id": "i", "role": "assistant", "status": "completed", "content": [part]}
        return {
            "id": "r", "object": "response", "created_at": 1, "model": body["model"], "status": "completed",
            "output": [item], "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
            "usage": {
                "input_tokens": 11, "output_tokens": 7, "total_tokens": 18,
                "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0},
            },
        }  # fmt: skip
    if path.endswith("/embeddings"):
        row = {"object": "embedding", "index": 0, "embedding": [0.5, 0.25]}
        return {
            "object": "list",
            "model": body["model"],
            "data": [row],
            "usage": {"prompt_tokens": 5, "total_tokens": 5},
        }
    message = {"role": "assistant", "content": text}
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }  # fmt: skip


def _events(path: str, body: dict[str, Any]) -> Iterator[str]:
    answer = _answer(path, body)
    if path.endswith("/messages"):
        text = answer["content"][0]["text"]
        start = {**answer, "content": [], "stop_reason": None, "usage": {"input_tokens": 11, "output_tokens": 1}}
        rows: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
        rows.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
        for i in range(0, len(text), 4):
            delta = {"type": "text_delta", "text": text[i : i + 4]}
            rows.append({"type": "content_block_delta", "index": 0, "delta": delta})
        rows.append({"type": "content_block_stop", "index": 0})
        done = {"stop_reason": "end_turn", "stop_sequence": None}
        rows.append({"type": "message_delta", "delta": done, "usage": {"output_tokens": 7}})
        rows.append({"type": "message_stop"})
        for row in rows:
            yield f"event: {row['type']}\ndata: {json.dumps(row)}\n\n"
        return
    text = answer["choices"][0]["message"]["content"]
    base = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    for i in range(0, len(text), 4):
        choice = {"index": 0, "delta": {"content": text[i : i + 4]}, "finish_reason": None}
        yield f"data: {json.dumps({**base, 'choices': [choice]})}\n\n"
    yield f"data: {json.dumps({**base, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
    if (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({**base, 'choices': [], 'usage': answer['usage']})}\n\n"
    yield "data: [DONE]\n\n"


def _handler(vendor: Vendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def send_json(self, status: int, data: dict[str, Any]) -> None:
            text = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            for name, value in vendor.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
            mode = vendor.next_mode()
            vendor.hits.append(
                {"path": self.path, "body": body, "headers": {k.lower(): v for k, v in self.headers.items()}}
            )
            if mode == "hang":
                time.sleep(6)
                self.close_connection = True
                return
            if mode.isdigit():
                error = {
                    "message": f"fake {mode}",
                    "type": vendor.error_code or "fake",
                    "code": vendor.error_code or None,
                }
                self.send_json(int(mode), {"type": "error", "error": error})
                return
            if not body.get("stream"):
                self.send_json(200, _answer(self.path, body))
                return
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            for count, event in enumerate(_events(self.path, body)):
                if mode == "cut" and count == 2:
                    break
                self.wfile.write(event.encode())
                self.wfile.flush()
            self.close_connection = True

    return Handler


@contextmanager
def running(name: str) -> Iterator[Vendor]:
    """A vendor that listens until the block ends."""
    vendor = Vendor(name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(vendor))
    server.daemon_threads = True
    vendor.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()

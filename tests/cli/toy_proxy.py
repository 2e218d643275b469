"""A proxy for the command line's tests: the real HTTP application before an engine that repeats what is said."""

import json
import logging
import threading
from collections.abc import Iterator

from proxy_core.errors import ClientError, ErrorKind, ProxyError
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.server.access import Access
from proxy_core.server.http_app import AppOptions, build_app
from proxy_core.server.small_routes import OwnAnswers
from proxy_core.server.waitress_server import WaitressServer

KEY = "key-of-the-test"
MODELS = ("text-embedding-3-small", "gpt-5", "sonnet")
LOG = logging.getLogger("tests.cli")
STATUS: JsonObject = {
    "models": [
        {
            "name": "gpt-5",
            "aliases": [],
            "waiting": 0,
            "deployments": [
                {
                    "sub_account": "demo-eu",
                    "id": "d123",
                    "state": "limited",
                    "reason": "SAP's rate limit is reached",
                    "cause": "rate_limit",
                    "seconds": 23,
                    "in_flight": 0,
                }
            ],
        }
    ]
}
"""What the toy says of its deployments."""


def build_toy_proxy(port: int = 0) -> WaitressServer:
    """A server, not yet started. `break` breaks a stream off, `fail` ends it with an error frame, the model
    `unknown` is refused."""
    stopping = threading.Event()
    app = build_app(
        _answer,
        OwnAnswers(
            models=lambda: {"object": "list", "data": [{"id": name} for name in MODELS]},
            model=lambda name: {"id": name},
            status=lambda: STATUS,
            try_again=lambda: {"models": []},
        ),
        Access([KEY]),
        _encode_error,
        LOG,
        AppOptions(stopping=stopping.is_set),
    )
    return WaitressServer(app, "127.0.0.1", port, log=LOG, threads=8, stopping=stopping)


def _encode_error(_dialect: str, error: ProxyError, _request_id: str) -> JsonObject:
    return {"error": {"message": error.message, "code": error.code}}


def _answer(raw: RawRequest) -> Reply:
    body = json.loads(raw.body)
    if body["model"] == "unknown":
        error = ClientError("No such\nmodel.", status=404, kind=ErrorKind.MODEL_NOT_FOUND)
        return Reply(404, {}, dump_json(_encode_error(raw.dialect, error, raw.request_id)))
    said = [f"{message['role']}={message['content']}" for message in body["messages"]]
    if body.get("stream"):
        return Reply(200, {"Content-Type": "text/event-stream"}, _stream(said))
    return Reply(200, {}, dump_json({"choices": [{"message": {"role": "assistant", "content": " ".join(said)}}]}))


def _stream(said: list[str]) -> Iterator[bytes]:
    yield b": comment\n\n" + _frame({"choices": [{"delta": {"role": "assistant"}}]})
    for text in said:
        yield _frame({"choices": [{"delta": {"content": f"[{text}]"}}]})
    if said[-1] == "user=break":
        return
    if said[-1] == "user=fail":
        yield _frame({"error": {"message": "SAP broke off."}})
    yield b"data: [DONE]\n\n"


def _frame(value: JsonObject) -> bytes:
    return b"data: " + dump_json(value) + b"\n\n"

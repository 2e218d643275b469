"""A toy engine behind the real HTTP application, and a client of plain sockets."""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse

from proxy_core.errors import ClientError, ErrorKind, ProxyError
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.json_text import JsonObject
from proxy_core.server.access import Access
from proxy_core.server.http_app import AppOptions, build_app
from proxy_core.server.small_routes import OwnAnswers
from proxy_core.server.waitress_server import WaitressServer

KEY = "key-of-the-test"
AUTH = {"Authorization": f"Bearer {KEY}"}
JSON = {"Content-Type": "application/json"}
STREAM = {"Content-Type": "text/event-stream"}
LOG = logging.getLogger("tests.server")

Handler = Callable[[RawRequest], Reply]


def echo(raw: RawRequest) -> Reply:
    """Tells what arrived."""
    seen = {
        "endpoint": raw.endpoint,
        "dialect": raw.dialect,
        "length": len(raw.body),
        "body": raw.body[:100].decode("latin-1"),
        "request_id": raw.request_id,
        "path_model": raw.path_model,
        "headers": dict(raw.headers),
    }
    return Reply(200, {**JSON, "x-request-id": raw.request_id}, json.dumps(seen).encode())


def encode_error(dialect: str, error: ProxyError, request_id: str) -> JsonObject:
    return {"dialect": dialect, "kind": error.kind, "message": error.message, "request_id": request_id}


def one_model(name: str) -> JsonObject:
    if name == "missing":
        raise ClientError("No such model.", status=404, kind=ErrorKind.MODEL_NOT_FOUND)
    return {"id": name}


@dataclass
class Streams:
    """A handler whose streams beat until the client goes, the server stops, or `release` is set."""

    release: threading.Event = field(default_factory=threading.Event)
    started: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    closed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __call__(self, raw: RawRequest) -> Reply:
        return Reply(200, STREAM, self._beat(raw))

    def _beat(self, raw: RawRequest) -> Iterator[bytes]:
        try:
            yield b"data: first\n\n"
            self.started.release()
            while not raw.client_gone() and not self.release.wait(0.01):
                pass
            yield b"data: gone\n\n" if raw.client_gone() else b"data: last\n\n"
        finally:
            self.closed.release()


def build_server(
    handler: Handler = echo, *, options: AppOptions | None = None, access: Access | None = None, **server: object
) -> WaitressServer:
    """A server on a free port, not yet started. The application sees its stop."""
    stopping = threading.Event()
    given = options or AppOptions()
    app = build_app(
        handler,
        OwnAnswers(
            models=lambda: {"object": "list", "data": []},
            model=one_model,
            status=lambda: {"models": []},
            try_again=lambda: {"models": ["tried again"]},
        ),
        access or Access([KEY]),
        encode_error,
        LOG,
        AppOptions(
            max_streams=given.max_streams,
            body_limit_bytes=given.body_limit_bytes,
            cors_origins=given.cors_origins,
            extra_headers=given.extra_headers,
            stopping=stopping.is_set,
        ),
    )
    defaults: dict[str, object] = {"log": LOG, "stopping": stopping, "body_limit_bytes": given.body_limit_bytes}
    return WaitressServer(app, "127.0.0.1", 0, **{**defaults, **server})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> JsonObject:
        value: JsonObject = json.loads(self.body)
        return value


def call(
    server: WaitressServer,
    method: str,
    path: str,
    body: bytes | Iterator[bytes] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own, with the key unless `headers` are given."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, body, AUTH if headers is None else headers)
        return read_answer(connection.getresponse())
    finally:
        connection.close()


def read_answer(response: HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


def post_bytes(path: str = "/v1/chat/completions", body: bytes = b"{}", *extra: str, version: str = "1.1") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/{version}", "Host: localhost", f"Authorization: Bearer {KEY}", *extra]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def open_stream(server: WaitressServer) -> socket.socket:
    """A connection that has read the head and the first piece of a stream."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    client.sendall(post_bytes())
    received = b""
    while b"first" not in received:
        received += client.recv(65536)
    return client


def read_to_end(client: socket.socket) -> bytes:
    received = b""
    while piece := client.recv(65536):
        received += piece
    return received


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True

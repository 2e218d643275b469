"""Raw calls in both dialects, and what was heard of the answer; knows the wires only as far as the tests need."""

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.stand import KEY, Stand

__all__ = [
    "EVERY_WAY",
    "STREAMED_WAYS",
    "Heard",
    "Way",
    "ask_all",
    "every_way",
    "first_bytes",
    "heard_from",
    "open_stream",
    "streamed_ways",
]

PATHS = {"chat": "/v1/chat/completions", "messages": "/v1/messages"}


@dataclass(frozen=True)
class Heard:
    """An answer with its whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def payloads(self) -> list[str]:
        """The `data` of each frame of a stream."""
        return [line[6:] for line in self.body.decode().split("\n") if line.startswith("data: ")]

    @property
    def frames(self) -> list[Any]:
        """The JSON objects of a stream, or the one of a whole answer."""
        if "event-stream" not in self.headers["content-type"]:
            return [json.loads(self.body)]
        return [json.loads(payload) for payload in self.payloads if payload != "[DONE]"]

    @property
    def text(self) -> str:
        """What the model said, put together."""
        return "".join(map(text_of, self.frames))

    @property
    def error(self) -> Any:
        """The error object, None for an answer without one."""
        return next((frame["error"] for frame in self.frames if frame.get("error")), None)

    @property
    def ended_well(self) -> bool:
        """True when anything says that the answer is complete."""
        return "[DONE]" in self.payloads or any(map(is_ending, self.frames))


def text_of(frame: Any) -> str:
    match frame:
        case {"choices": [{"delta": dict() as piece}]} | {"choices": [{"message": dict() as piece}]}:
            return piece.get("content") or ""
        case {"type": "content_block_delta", "delta": {"type": "text_delta", "text": str() as text}}:
            return text
        case {"type": "message", "content": list() as blocks}:
            return "".join(block["text"] for block in blocks if block["type"] == "text")
        case _:
            return ""


def is_ending(frame: Any) -> bool:
    match frame:
        case (
            {"choices": [{"finish_reason": str()}, *_]} | {"stop_reason": str()} | {"delta": {"stop_reason": str()}}
        ):
            return True
        case _:
            return bool(frame.get("type") == "message_stop")


@dataclass(frozen=True)
class Way:
    """One way through the proxy: the client's dialect, the model that answers, streamed or not."""

    dialect: str
    model: str
    stream: bool

    @property
    def path(self) -> str:
        return PATHS[self.dialect]

    def body(self, text: str, **more: Any) -> dict[str, Any]:
        body = {"model": self.model, "messages": [{"role": "user", "content": text}], "stream": self.stream}
        return {**body, **({"max_tokens": 4000} if self.dialect == "messages" else {}), **more}

    def ask(self, stand: Stand, text: str, headers: Mapping[str, str] | None = None, **more: Any) -> Heard:
        answer = stand.request("POST", self.path, self.body(text, **more), headers)
        return Heard(answer.status, answer.headers, answer.body)

    def kind_of(self, chat_type: str, messages_type: str) -> str:
        """The error type that this dialect has for a case."""
        return chat_type if self.dialect == "chat" else messages_type

    def __str__(self) -> str:
        return f"{self.dialect}-{self.model}-{'streamed' if self.stream else 'whole'}"


MODELS = ("gpt-4o", "anthropic--claude-4.5-sonnet", "gemini-2.5-pro")
"""One of each family, each deployed in both sub-accounts."""
EVERY_WAY = tuple(Way(dialect, model, stream) for dialect in PATHS for model in MODELS for stream in (False, True))
STREAMED_WAYS = tuple(way for way in EVERY_WAY if way.stream)

every_way = pytest.mark.parametrize("way", EVERY_WAY, ids=str)
streamed_ways = pytest.mark.parametrize("way", STREAMED_WAYS, ids=str)


@contextmanager
def open_stream(stand: Stand, way: Way, text: str, trust: ssl.SSLContext | None = None) -> Iterator[socket.socket]:
    """A request that is sent, over TLS with `trust`, and whose answer nobody has read yet. Leaving the block cuts
    the connection."""
    body = json.dumps(way.body(text)).encode()
    head = (
        f"POST {way.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with contextlib.ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection(("127.0.0.1", stand.engine.port), timeout=10))
        if trust is not None:
            connection = stack.enter_context(trust.wrap_socket(connection, server_hostname="127.0.0.1"))
        connection.sendall(head.encode() + body)
        yield connection


def first_bytes(connection: socket.socket, end: bytes) -> bytes:
    """What comes up to `end`, or up to the end of the connection."""
    data = b""
    while end not in data and (more := connection.recv(65536)):
        data += more
    return data


def heard_from(connection: socket.socket) -> Heard:
    """The answer on a connection, read to its end; a body that breaks off is given as far as it came."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    body = b""
    with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
        while piece := response.read1(65536):
            body += piece
    return Heard(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def ask_all(stand: Stand, ways: Iterable[Way], text: str) -> dict[str, Heard]:
    """The answers of several ways, asked at the same time; for what takes long."""
    ways = tuple(ways)
    with ThreadPoolExecutor(len(ways)) as pool:
        heard = pool.map(lambda way: way.ask(stand, text), ways)
        return {str(way): answer for way, answer in zip(ways, heard, strict=True)}

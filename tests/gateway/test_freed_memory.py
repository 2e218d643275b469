"""A request is forgotten with its last byte, not when the garbage collector comes by: bodies have megabytes."""

import gc
import json
from collections.abc import Callable, Iterator

import pytest

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.gateway.attempt import Attempt
from tests.gateway.fakes import FakeAnswer, FakeSap, build_gateway, chunk, raw_request

ROLE, ONE = chunk({"role": "assistant", "content": ""}), chunk({"content": "one"})
BROKEN_FRAME = b'data: {"error": {"code": "429", "message": "exceeded token rate limit"}}\n\n'


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def lost() -> UpstreamError:
    return UpstreamError("The connection broke.", status=502, kind=ErrorKind.CONNECTION)


def error(status: int) -> FakeAnswer:
    return FakeAnswer(status, [json.dumps({"error": {"message": "No."}}).encode()])


ANSWERS: dict[str, Callable[[], list[FakeAnswer]]] = {
    "refused": lambda: [error(400)],
    "failed everywhere": lambda: [error(500), error(429)],
    "unreadable": lambda: [FakeAnswer(200, [b"[]"]), FakeAnswer(200, [b"{"])],
    "misshapen": lambda: [FakeAnswer(200, [b'{"choices": [{"message": 7}]}']) for _ in range(2)],
    "cut before content": lambda: [FakeAnswer(200, [ROLE, lost()]), FakeAnswer(200, [lost()])],
    "cut after content": lambda: [FakeAnswer(200, [ROLE, ONE, lost()]), error(400)],
    "error after content": lambda: [FakeAnswer(200, [ROLE, ONE, ONE + BROKEN_FRAME, b""]), error(400)],
    "silent and then refused": lambda: [FakeAnswer(200, [None, lost()]), error(400)],
}


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("dialect", ["openai.chat", "anthropic.messages"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", ANSWERS)
def test_a_failed_request_leaves_nothing_behind(name: str, stream: bool, dialect: str) -> None:
    gateway = build_gateway(FakeSap(*ANSWERS[name]()), keep_alive_seconds=0.0)

    reply = gateway.handle(raw_request(dialect, stream=stream))
    if not isinstance(reply.body, bytes):
        b"".join(reply.body)
    del reply

    assert [item for item in gc.get_objects() if isinstance(item, Attempt)] == []

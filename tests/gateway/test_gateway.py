"""One request through the gateway, with lists of bytes in place of SAP."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.http_exchange import Reply
from proxy_core.upstream_families.base import RemoteFile
from tests.gateway.fakes import FakeAnswer, FakeSap, build_gateway, chunk, deployment, raw_request

ROLE, ONE, END = chunk({"role": "assistant", "content": ""}), chunk({"content": "one"}), chunk({}, "stop")
DONE = b"data: [DONE]\n\n"
NOISE = b": nothing\n\n"
LOST = UpstreamError("The connection broke.", status=502, kind=ErrorKind.CONNECTION)
DIALECTS = ("openai.chat", "anthropic.messages")
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def whole_body(reply: Reply) -> bytes:
    return reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)


def refusal(field: str) -> FakeAnswer:
    error = {"message": f"Unknown parameter: '{field}'.", "code": "unknown_parameter", "param": field}
    return FakeAnswer(400, [json.dumps({"error": error}).encode()])


def good() -> FakeAnswer:
    message = {"role": "assistant", "content": "one"}
    answer = {"id": "c", "model": "gpt-4o", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    return FakeAnswer(200, [json.dumps(answer).encode()])


def test_fields_that_are_refused_one_after_the_other_are_all_left_out() -> None:
    sap = FakeSap(refusal("user"), refusal("seed"), refusal("top_p"), good())

    reply = build_gateway(sap).handle(raw_request(user="me", seed=1, top_p=0.5))

    assert reply.status == 200
    assert [("user" in body, "seed" in body, "top_p" in body) for body in sap.bodies] == [
        (True, True, True),
        (False, True, True),
        (False, False, True),
        (False, False, False),
    ]
    assert set(reply.headers["x-proxy-dropped"].split(", ")) == {"user", "seed", "top_p"}


def test_a_model_that_refuses_one_field_after_the_other_is_not_asked_for_ever() -> None:
    sap = FakeSap(*[refusal(f"field{number}") for number in range(9)])

    reply = build_gateway(sap).handle(raw_request())

    assert reply.status == 400
    assert len(sap.bodies) == 4


def test_the_token_is_renewed_once_per_deployment() -> None:
    sap = FakeSap(*[FakeAnswer(401, [b"Jwt is expired"]) for _ in range(9)])

    reply = build_gateway(sap).handle(raw_request())

    assert reply.status in (401, 502)
    assert sap.forgotten == ["a", "b"]
    assert len(sap.bodies) == 4


@every_dialect
def test_every_answer_is_closed_before_the_next_is_asked_for(dialect: str) -> None:
    answers = [FakeAnswer(429, [b"TooManyRequests"]), FakeAnswer(200, [ROLE, LOST])]
    sap = FakeSap(*answers)

    reply = build_gateway(sap).handle(raw_request(dialect, stream=True))

    assert reply.status == 429
    assert [answer.closed for answer in answers] == [True, True]


@every_dialect
def test_a_stream_that_says_nothing_is_answered_by_another_deployment(dialect: str) -> None:
    sap = FakeSap(FakeAnswer(200, [ROLE, NOISE]), FakeAnswer(200, [ROLE, ONE, END, DONE]))

    body = whole_body(build_gateway(sap).handle(raw_request(dialect, stream=True)))

    assert body.count(b'"one"') == 1
    assert b'"error"' not in body
    assert len(sap.bodies) == 2


@every_dialect
def test_silence_before_the_content_gives_signs_of_life_and_still_moves_on(dialect: str) -> None:
    sap = FakeSap(FakeAnswer(200, [None, ROLE, None, LOST]), FakeAnswer(200, [None, ROLE, ONE, END, DONE]))

    reply = build_gateway(sap).handle(raw_request(dialect, stream=True))

    assert reply.status == 200
    body: Any = reply.body
    pieces: list[bytes] = list(body)
    signs = {b": keep-alive\n\n", b'event: ping\ndata: {"type":"ping"}\n\n'}
    assert [piece in signs for piece in pieces[:4]] == [True, True, True, False]
    assert b"".join(pieces).count(b'"one"') == 1


@every_dialect
def test_frames_without_content_do_not_keep_the_client_waiting_in_silence(dialect: str) -> None:
    sap = FakeSap(FakeAnswer(200, [ROLE, NOISE, NOISE, ONE, END, DONE]))

    body = whole_body(build_gateway(sap, keep_alive_seconds=0.0).handle(raw_request(dialect, stream=True)))

    sign = b": keep-alive\n\n" if dialect == "openai.chat" else b"event: ping\n"
    assert body.count(sign) >= 3
    assert b'"one"' in body


@every_dialect
@pytest.mark.parametrize("lost", [LOST, UpstreamError("Silent.", status=504, kind=ErrorKind.TIMEOUT)])
def test_a_complete_answer_stays_complete_when_the_connection_is_lost_after_it(
    dialect: str, lost: UpstreamError
) -> None:
    sap = FakeSap(FakeAnswer(200, [ROLE, ONE, END, DONE, lost]))

    body = whole_body(build_gateway(sap).handle(raw_request(dialect, stream=True)))

    assert b'"error"' not in body
    assert body.endswith(DONE if dialect == "openai.chat" else b'data: {"type":"message_stop"}\n\n')


@every_dialect
def test_a_connection_lost_before_the_end_is_an_error(dialect: str) -> None:
    answer = FakeAnswer(200, [ROLE, ONE, LOST])

    body = whole_body(build_gateway(FakeSap(answer)).handle(raw_request(dialect, stream=True)))

    assert b"The connection broke." in body.rpartition(b"data: ")[2]
    assert answer.closed


@every_dialect
def test_a_stream_that_never_pauses_ends_when_nobody_wants_it(dialect: str) -> None:
    answer = FakeAnswer(200, [ROLE, *[ONE] * 1000])
    asked = iter(range(10_000))

    reply = build_gateway(FakeSap(answer)).handle(
        raw_request(dialect, client_gone=lambda: next(asked) > 20, stream=True)
    )
    body = whole_body(reply)

    assert body.count(b'"one"') < 40
    assert b"The proxy stopped while it answered." in body
    assert answer.closed


@every_dialect
def test_closing_the_reply_closes_the_answer_of_sap(dialect: str) -> None:
    answer = FakeAnswer(200, [ROLE, ONE, ONE, END, DONE])
    reply = build_gateway(FakeSap(answer)).handle(raw_request(dialect, stream=True))
    body: Any = reply.body
    pieces: Iterator[bytes] = iter(body)
    next(pieces)

    body.close()

    assert answer.closed


def test_a_file_is_fetched_once_for_all_attempts() -> None:
    fetched: list[str] = []

    def fetch(url: str) -> RemoteFile:
        fetched.append(url)
        return RemoteFile("image/png", b"\x89PNG\r\n\x1a\n")

    claude = [deployment(name, "anthropic--claude-4.5-sonnet", "aws-bedrock") for name in "ab"]
    sap = FakeSap(*[FakeAnswer(429, [b"TooManyRequests"]) for _ in claude], deployments=claude)
    image = {"type": "image_url", "image_url": {"url": "https://pictures.example/cat.png"}}

    build_gateway(sap, fetch=fetch).handle(raw_request(messages=[{"role": "user", "content": [image]}]))

    assert len(sap.bodies) == 2
    assert fetched == ["https://pictures.example/cat.png"]


ODD_CHUNK = b'data: {"choices":[{"delta":{"tool_calls":[1]}}]}\n\n'


@every_dialect
def test_an_answer_of_unknown_shape_is_a_502_and_tried_elsewhere(
    dialect: str, caplog: pytest.LogCaptureFixture
) -> None:
    odd = [FakeAnswer(200, [b'{"choices":[{"message":{"tool_calls":["my secret"]}}]}']) for _ in "ab"]

    reply = build_gateway(sap := FakeSap(*odd)).handle(raw_request(dialect))

    assert reply.status == 502
    assert b"in a shape that is not known" in whole_body(reply)
    assert len(sap.bodies) == 2
    assert not any("my secret" in record.getMessage() for record in caplog.records)


@every_dialect
def test_a_stream_of_unknown_shape_is_answered_by_another_deployment(dialect: str) -> None:
    sap = FakeSap(FakeAnswer(200, [ROLE, ODD_CHUNK]), FakeAnswer(200, [ROLE, ONE, END, DONE]))

    body = whole_body(build_gateway(sap).handle(raw_request(dialect, stream=True)))

    assert b'"one"' in body
    assert b'"error"' not in body


@every_dialect
def test_a_stream_that_changes_its_shape_ends_with_an_error(dialect: str) -> None:
    odd = b'data: {"choices":[{"delta":{"tool_calls":[1]}}],"usage":{}}\n\n'
    answer = FakeAnswer(200, [ROLE, ONE, odd])

    body = whole_body(build_gateway(FakeSap(answer)).handle(raw_request(dialect, stream=True)))

    assert b"cannot be read" in body.rpartition(b"data: ")[2]
    assert answer.closed

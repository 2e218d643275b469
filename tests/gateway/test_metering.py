"""What an answer is said to have used: as reported, else guessed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from proxy_core.gateway.metering import transcript_usage
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.neutral.messages import Usage
from tests.gateway.fakes import FakeAnswer, FakeSap, build_gateway, chunk, deployment, raw_request

ROLE, ONE, END = chunk({"role": "assistant", "content": ""}), chunk({"content": "one"}), chunk({}, "stop")
DONE = b"data: [DONE]\n\n"
REPORT = (
    b"data: "
    + json.dumps(
        {"id": "c", "model": "gpt-4o", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    ).encode()
    + b"\n\n"
)
DIALECTS = ("openai.chat", "anthropic.messages")
"""Native to the fake deployment, and translated."""
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


@dataclass
class Meter:
    added: list[int] = field(default_factory=list)
    rest: Callable[[], int] = lambda: -1

    def add(self, tokens: int) -> None:
        self.added.append(tokens)

    def ask_at_end(self, rest: Callable[[], int]) -> None:
        self.rest = rest


def ask(meter: Meter, sap: FakeSap, raw: RawRequest) -> Reply:
    return build_gateway(sap).handle(replace(raw, meter=meter))


def pieces(reply: Reply) -> Iterator[bytes]:
    assert not isinstance(reply.body, bytes)
    return reply.body


def whole(usage: Any) -> FakeAnswer:
    message = {"role": "assistant", "content": "one"}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return FakeAnswer(200, [json.dumps({"id": "c", "model": "gpt-4o", "choices": choices, **usage}).encode()])


@every_dialect
def test_whole_answer_counts_as_reported(dialect: str) -> None:
    meter = Meter()
    ask(meter, FakeSap(whole({"usage": {"prompt_tokens": 7, "completion_tokens": 3}})), raw_request(dialect))

    assert meter.added == [10]


@every_dialect
def test_whole_answer_without_a_report_is_guessed_from_its_size(dialect: str) -> None:
    meter = Meter()
    raw = raw_request(dialect)
    reply = ask(meter, FakeSap(whole({})), raw)

    assert isinstance(reply.body, bytes)
    assert meter.added == [len(raw.body) // 4 + len(reply.body) // 4]


@every_dialect
def test_stream_counts_as_reported(dialect: str) -> None:
    meter = Meter()
    sap = FakeSap(FakeAnswer(200, [ROLE + ONE, END, REPORT + DONE]))
    list(pieces(ask(meter, sap, raw_request(dialect, stream=True))))

    assert meter.rest() == 10


@every_dialect
def test_stream_without_a_report_is_guessed_by_its_frames(dialect: str) -> None:
    meter = Meter()
    raw = raw_request(dialect, stream=True)
    out = b"".join(pieces(ask(meter, FakeSap(FakeAnswer(200, [ROLE + ONE, ONE, END + DONE])), raw)))

    guessed = meter.rest() - len(raw.body) // 4
    assert 3 <= guessed <= out.count(b"data: ")


@every_dialect
def test_stream_that_the_client_leaves_counts_what_went_out(dialect: str) -> None:
    meter = Meter()
    raw = raw_request(dialect, stream=True)
    stream = pieces(ask(meter, FakeSap(FakeAnswer(200, [ROLE + ONE, *[ONE] * 20, END, REPORT, DONE])), raw))
    out = b"".join(next(stream) for _ in range(11))
    stream.close()  # type: ignore[attr-defined]

    assert meter.rest() == len(raw.body) // 4 + out.count(b"data: ")


@every_dialect
def test_stream_that_the_client_leaves_before_it_begins_counts_the_input(dialect: str) -> None:
    meter = Meter()
    raw = raw_request(dialect, stream=True)
    stream = pieces(ask(meter, FakeSap(FakeAnswer(200, [ROLE, None, ROLE, ONE])), raw))
    next(stream)
    stream.close()  # type: ignore[attr-defined]

    assert 0 <= meter.rest() - len(raw.body) // 4 <= 2


def test_report_of_the_beginning_counts_for_a_stream_that_breaks_off() -> None:
    """Claude tells the input tokens in its first frame."""
    meter = Meter()
    start = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "x"}
    frames: tuple[Any, ...] = (
        {"type": "message_start", "message": {**start, "usage": {"input_tokens": 5000, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "one"}},
    )
    reads = [b"data: " + json.dumps(frame).encode() + b"\n\n" for frame in frames]
    sap = FakeSap(
        FakeAnswer(200, reads), deployments=[deployment("a", "anthropic--claude-4.5-sonnet", "aws-bedrock")]
    )
    stream = pieces(ask(meter, sap, raw_request("anthropic.messages", stream=True)))
    next(stream)
    stream.close()  # type: ignore[attr-defined]

    assert 5001 <= meter.rest() <= 5003


@every_dialect
def test_failed_attempt_counts_nothing(dialect: str) -> None:
    """The next deployment answers, and only that answer is counted."""
    meter = Meter()
    broken = FakeAnswer(200, [ROLE + b'data: {"error": {"code": "429", "message": "exceeded rate limit"}}\n\n'])
    sap = FakeSap(broken, FakeAnswer(200, [ROLE + ONE, END, REPORT + DONE]))
    list(pieces(ask(meter, sap, raw_request(dialect, stream=True))))

    assert (meter.added, meter.rest()) == ([], 10)


@every_dialect
def test_stream_that_fails_before_it_begins_counts_nothing(dialect: str) -> None:
    meter = Meter()
    broken = [FakeAnswer(200, [ROLE + b'data: {"error": {"code": "429", "message": "rate limit"}}\n\n'])] * 2
    reply = ask(meter, FakeSap(*broken), raw_request(dialect, stream=True))

    assert (reply.status, meter.added, meter.rest()) == (429, [], 0)


@pytest.mark.parametrize(
    ("body", "usage"),
    [
        (b'{"text":"a","usage":{"type":"tokens","input_tokens":14,"output_tokens":4}}', Usage(14, 4)),
        (b'{"text":"a","usage":{"type":"duration","seconds":9}}', Usage()),
        (b'{"text":"a"}', Usage()),
        (b"just text", Usage()),
        (b"[1]", Usage()),
    ],
)
def test_transcript_may_report_what_it_used(body: bytes, usage: Usage) -> None:
    assert transcript_usage(body) == usage

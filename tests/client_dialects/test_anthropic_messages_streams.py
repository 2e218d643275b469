"""Neutral answers to what Anthropic clients read.

`tests/golden/anthropic_messages/streams/*.sse` holds the stream of each answer in `ANSWERS`. Write them anew
with `python -m tests.client_dialects.test_anthropic_messages_streams` and read the difference.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from anthropic.types import Message

from proxy_core.capabilities import capabilities_of
from proxy_core.client_dialects.anthropic_messages import AnthropicMessages
from proxy_core.client_dialects.base import ReplyContext, StreamEncoder
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.fold import unfold
from proxy_core.neutral.messages import (
    ChatResponse,
    FilePart,
    FinishKind,
    FinishReason,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    Usage,
)
from proxy_core.upstream_families.anthropic_bedrock import AnthropicBedrock
from proxy_core.upstream_families.base import Target, UpstreamRequest

GOLDEN = Path(__file__).parents[1] / "golden" / "anthropic_messages" / "streams"
DIALECT = AnthropicMessages()
CONTEXT = ReplyContext(model="gpt-5", created=0, request={}, estimate_input_tokens=lambda: 7)
USAGE = Usage(100, 20, cached_tokens=60, cache_write_tokens=10, reasoning_tokens=5)
CALL = ToolCallPart("call_1", "weather", '{"city":"Rome"}')


def answer(*parts: Any, kind: FinishKind = FinishKind.STOP, **finish: Any) -> ChatResponse:
    return ChatResponse("chatcmpl-1", "ignored", parts, FinishReason(kind, **finish), USAGE)


ANSWERS = {
    "text": answer(TextPart('Grüße 👋 "quoted"\n')),
    "thinking_then_text": answer(ReasoningPart("hm", Signature("anthropic", "EpAC")), TextPart("42")),
    "unsigned_thinking": answer(ReasoningPart("hm"), TextPart("42"), kind=FinishKind.LENGTH, raw="length"),
    "foreign_thinking": answer(ReasoningPart("hm", Signature("openai", "rs_1")), TextPart("42")),
    "redacted_thinking": answer(ReasoningPart("", redacted="xyz"), TextPart("42")),
    "tools": answer(TextPart("look"), CALL, replace(CALL, id="call_2", arguments=""), kind=FinishKind.TOOL_CALLS),
    "signed_call": answer(replace(CALL, signature=Signature("gemini", "sig")), kind=FinishKind.TOOL_CALLS),
    "call_signed_by_claude": answer(
        replace(CALL, signature=Signature("anthropic", "sig")), kind=FinishKind.TOOL_CALLS
    ),
    "image": answer(FilePart("image", "image/png", "iVBO")),
    "stop_sequence": answer(TextPart("a"), kind=FinishKind.STOP_SEQUENCE, stop_sequence="END"),
    "filtered": answer(kind=FinishKind.CONTENT_FILTER, raw="SAFETY"),
    "own_word": answer(TextPart("a"), kind=FinishKind.LENGTH, raw="model_context_window_exceeded"),
}


def encode(events: Iterable[Event]) -> bytes:
    return DIALECT.stream_encoder(CONTEXT).feed(list(events))


def started() -> StreamEncoder:
    encoder = DIALECT.stream_encoder(CONTEXT)
    encoder.feed([StreamStart("1", "m"), PartStart(0, TextPart("")), PartDelta(0, "Hel")])
    return encoder


def frames(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for frame in data.decode().split("\n\n")[:-1]:
        name, text = frame.split("\n")
        found.append((name.removeprefix("event: "), json.loads(text.removeprefix("data: "))))
    return found


@pytest.mark.parametrize("name", ANSWERS)
def test_stream(name: str) -> None:
    assert encode(unfold(ANSWERS[name])) == (GOLDEN / f"{name}.sse").read_bytes()


@pytest.mark.parametrize("name", ANSWERS)
def test_event_name_is_the_type_of_its_data(name: str) -> None:
    assert all(event == data["type"] for event, data in frames(encode(unfold(ANSWERS[name]))))


@pytest.mark.parametrize("name", ANSWERS)
def test_stream_says_the_same_when_fed_event_by_event(name: str) -> None:
    encoder = DIALECT.stream_encoder(CONTEXT)

    assert b"".join(encoder.feed([event]) for event in unfold(ANSWERS[name])) == encode(unfold(ANSWERS[name]))


@pytest.mark.parametrize("name", ANSWERS)
def test_stream_and_whole_answer_say_the_same(name: str) -> None:
    """The stream is folded as the official client folds it."""
    whole = DIALECT.encode_response(ANSWERS[name], CONTEXT)
    blocks: list[dict[str, Any]] = []
    for event, data in frames(encode(unfold(ANSWERS[name]))):
        if event == "content_block_start":
            assert data["index"] == len(blocks)
            blocks.append({**data["content_block"], "json": ""})
        elif event == "content_block_delta":
            _add_delta(blocks[-1], data["delta"])
        elif event == "message_delta":
            assert (data["delta"]["stop_reason"], data["usage"]) == (whole["stop_reason"], whole["usage"])

    for block in blocks:
        text = block.pop("json")
        if block["type"] == "tool_use":
            block["input"] = json.loads(text or "{}")
    assert blocks == whole["content"]


def _add_delta(block: dict[str, Any], delta: dict[str, Any]) -> None:
    match delta:
        case {"type": "text_delta", "text": text}:
            block["text"] += text
        case {"type": "thinking_delta", "thinking": text}:
            block["thinking"] += text
        case {"type": "signature_delta", "signature": text}:
            block["signature"] = text
        case {"type": "input_json_delta", "partial_json": text}:
            block["json"] += text
        case _:
            raise AssertionError(delta)


@pytest.mark.parametrize("name", ANSWERS)
def test_official_client_takes_the_whole_answer(name: str) -> None:
    Message.model_validate(DIALECT.encode_response(ANSWERS[name], CONTEXT), strict=False)


@pytest.mark.parametrize("name", ["text", "thinking_then_text", "tools", "redacted_thinking"])
def test_claude_decoder_reads_back_what_was_encoded(name: str) -> None:
    target = Target("anthropic--claude-4.5-sonnet", "m", capabilities_of("anthropic--claude-4.5-sonnet"))
    decoder = AnthropicBedrock().stream_decoder("text/event-stream", UpstreamRequest("/x", {}), target)

    events = [*decoder.feed(encode(unfold(ANSWERS[name]))), *decoder.close()]

    assert [e.text for e in events if isinstance(e, PartDelta)] == [
        e.text for e in unfold(ANSWERS[name]) if isinstance(e, PartDelta)
    ]


def test_signed_call_survives_the_way_there_and_back() -> None:
    call = replace(CALL, signature=Signature("gemini", "sig"))
    message = DIALECT.encode_response(answer(call), CONTEXT)

    body = {"model": "m", "max_tokens": 5, "messages": [{"role": "assistant", "content": message["content"]}]}

    assert DIALECT.decode_request(body, {}).messages[0].parts == (call,)


def test_signature_at_the_end_of_a_call_is_written_before_it() -> None:
    start, end = PartStart(0, replace(CALL, arguments="")), PartEnd(0, Signature("gemini", "sig"))

    events = frames(encode([StreamStart("1", "m"), start, PartDelta(0, CALL.arguments), end]))

    blocks = [data["content_block"]["type"] for name, data in events if name == "content_block_start"]
    assert blocks == ["thinking", "tool_use"]


def test_late_signature_of_a_thought_is_its_last_delta() -> None:
    events = frames(
        encode([PartStart(0, ReasoningPart("")), PartDelta(0, "hm"), PartEnd(0, Signature("anthropic", "EpAC"))])
    )

    assert [data.get("delta", {}).get("type") for _, data in events] == [
        None,
        "thinking_delta",
        "signature_delta",
        None,
    ]


def test_text_that_json_cannot_hold_is_repaired() -> None:
    data = frames(encode([PartStart(0, TextPart("")), PartDelta(0, "a\ud83d")]))[-1][1]

    assert data["delta"]["text"] == "a?"


def test_start_tells_an_estimate_when_the_upstream_says_nothing() -> None:
    message = frames(encode([StreamStart("", "m")]))[0][1]["message"]

    assert message["usage"]["input_tokens"] == 7
    assert message["id"].startswith("msg_")
    assert message["model"] == "gpt-5"


def test_start_tells_what_the_upstream_knows() -> None:
    message = frames(encode([StreamStart("msg_1", "m", USAGE)]))[0][1]["message"]

    assert (message["id"], message["usage"]["input_tokens"]) == ("msg_1", 30)


def test_open_block_is_closed_before_the_error() -> None:
    tail = started().fail(UpstreamError("Overloaded", status=503, kind=ErrorKind.OVERLOADED))

    assert frames(tail) == [
        ("content_block_stop", {"type": "content_block_stop", "index": 0}),
        ("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    ]


def test_error_between_blocks_closes_nothing() -> None:
    encoder = started()
    encoder.feed([PartEnd(0)])

    tail = encoder.fail(UpstreamError("Boom", status=500, kind=ErrorKind.SERVER))

    assert [name for name, _ in frames(tail)] == ["error"]


def test_sign_of_life_is_a_ping() -> None:
    assert started().keep_alive() == DIALECT.keep_alive_frame() == b'event: ping\ndata: {"type":"ping"}\n\n'


def test_end_writes_everything_a_client_waits_for() -> None:
    events = frames(started().feed([PartEnd(0), StreamEnd(FinishReason(FinishKind.STOP), USAGE)]))

    assert [name for name, _ in events] == ["content_block_stop", "message_delta", "message_stop"]
    assert events[1][1]["usage"] == {
        "input_tokens": 30,
        "cache_creation_input_tokens": 10,
        "cache_read_input_tokens": 60,
        "output_tokens": 20,
        "output_tokens_details": {"thinking_tokens": 5},
    }


if __name__ == "__main__":
    for case, response in ANSWERS.items():
        (GOLDEN / f"{case}.sse").write_bytes(encode(unfold(response)))

"""Claude's answers: upstream bytes in, neutral events and client bytes out.

Each `tests/golden/anthropic_bedrock/streams/*.sse` has beside it a `.client.sse` (the native path) and a
`.json` (the neutral path). Write both anew with
`python -m tests.upstream_families.test_anthropic_bedrock_streams` and read the difference.
"""

import base64
import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.neutral.events import Event, PartDelta
from proxy_core.neutral.fold import fold
from proxy_core.neutral.messages import FinishKind, TextPart, Usage
from proxy_core.upstream_families.anthropic_bedrock import AnthropicBedrock
from proxy_core.upstream_families.base import Target, UpstreamRequest
from tests.grammar import check_grammar

GOLDEN = Path(__file__).parents[1] / "golden" / "anthropic_bedrock" / "streams"
CASES = sorted(path.name.removesuffix(".sse") for path in GOLDEN.glob("*.sse") if ".client." not in path.name)
COMPLETE = [name for name in CASES if not name.startswith(("error", "cut"))]
MODEL = "anthropic--claude-4.5-sonnet"
TARGET = Target(MODEL, "claude-sonnet-4-5", capabilities_of(MODEL))
SENT = UpstreamRequest("/invoke-with-response-stream", {}, tool_names={"get_weather": "get.weather"})
FAMILY = AnthropicBedrock()
ROUTE = FAMILY.native["anthropic.messages"]


def upstream(name: str) -> bytes:
    return (GOLDEN / f"{name}.sse").read_bytes()


def every_cut(data: bytes) -> Iterable[tuple[bytes, bytes]]:
    return ((data[:cut], data[cut:]) for cut in range(1, len(data)))


def adapt(pieces: Iterable[bytes]) -> tuple[bytes, str | None, Usage | None]:
    adapter = ROUTE.stream_adapter({}, SENT, TARGET)
    out = b""
    try:
        for piece in pieces:
            out += adapter.feed(piece)
        out += adapter.close()
    except UpstreamError as error:
        return out, f"{error.status} {error.kind} {error.message}", adapter.usage
    return out, None, adapter.usage


def decode(pieces: Iterable[bytes], sent: UpstreamRequest = SENT) -> tuple[list[Event], str | None]:
    decoder = FAMILY.stream_decoder("text/event-stream", sent, TARGET)
    events: list[Event] = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        events += decoder.close()
    except UpstreamError as error:
        return events, f"{error.status} {error.kind} {error.message}"
    return events, None


def outcome(events: Sequence[Event], error: str | None) -> dict[str, Any]:
    check_grammar(events, complete=error is None)
    if error is not None:
        return {"text": "".join(event.text for event in events if isinstance(event, PartDelta)), "error": error}
    answer = fold(events)
    parts = [{"kind": type(part).__name__, **_plain(part)} for part in answer.parts]
    return {"id": answer.id, "parts": parts, "finish": _plain(answer.finish), "usage": _plain(answer.usage)}


def _plain(value: Any) -> dict[str, Any]:
    return {key: field for key, field in asdict(value).items() if field}


@pytest.mark.parametrize("name", CASES)
def test_native_stream(name: str) -> None:
    out, error, _ = adapt([upstream(name)])

    assert out == (GOLDEN / f"{name}.client.sse").read_bytes()
    assert error == json.loads((GOLDEN / f"{name}.json").read_text()).get("error")


@pytest.mark.parametrize("name", CASES)
def test_neutral_stream(name: str) -> None:
    assert outcome(*decode([upstream(name)])) == json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.mark.parametrize("name", [name for name in CASES if name != "error_first"])
def test_native_stream_may_be_cut_anywhere(name: str) -> None:
    whole = adapt([upstream(name)])

    assert all(adapt(pieces) == whole for pieces in every_cut(upstream(name)))


@pytest.mark.parametrize("name", CASES)
def test_neutral_stream_may_be_cut_anywhere(name: str) -> None:
    whole = outcome(*decode([upstream(name)]))

    assert all(outcome(*decode(pieces)) == whole for pieces in every_cut(upstream(name)))


@pytest.mark.parametrize("name", COMPLETE)
def test_carriage_returns_make_no_difference(name: str) -> None:
    data = upstream(name).replace(b"\n", b"\r\n")

    assert adapt([data]) == adapt([upstream(name)])
    assert decode([data]) == decode([upstream(name)])


@pytest.mark.parametrize("name", COMPLETE)
def test_passive_usage_is_the_usage_of_the_neutral_answer(name: str) -> None:
    _, _, usage = adapt([upstream(name)])

    assert usage == fold(decode([upstream(name)])[0]).usage


@pytest.mark.parametrize("name", COMPLETE)
def test_event_names_that_are_already_there_are_not_doubled(name: str) -> None:
    once, _, _ = adapt([upstream(name)])

    assert adapt([once])[0] == once


@pytest.mark.parametrize("name", [name for name in CASES if name != "comments_and_odd_frames"])
def test_binary_event_stream_says_the_same(name: str) -> None:
    frames = [frame for frame in upstream(name).split(b"\n\n") if frame.startswith(b"data: ")]
    data = b"".join(_binary_message(frame.removeprefix(b"data: ")) for frame in frames)
    decoder = FAMILY.stream_decoder("application/vnd.amazon.eventstream", SENT, TARGET)
    events: list[Event] = []
    error = None
    try:
        for byte in range(0, len(data), 7):
            events += decoder.feed(data[byte : byte + 7])
        events += decoder.close()
    except UpstreamError as caught:
        error = f"{caught.status} {caught.kind} {caught.message}"

    assert outcome(events, error) == json.loads((GOLDEN / f"{name}.json").read_text())
    assert adapt([data])[0] == (GOLDEN / f"{name}.client.sse").read_bytes()


def test_exception_in_a_binary_event_stream_is_an_error() -> None:
    data = _message({":message-type": "exception", ":exception-type": "throttlingException"}, b'{"message":"Slow"}')

    with pytest.raises(UpstreamError, match="Slow") as caught:
        FAMILY.stream_decoder("application/vnd.amazon.eventstream", SENT, TARGET).feed(data)

    assert caught.value.kind is ErrorKind.RATE_LIMIT


def test_damaged_binary_event_stream_is_an_error() -> None:
    data = bytearray(_binary_message(b'{"type":"ping"}'))
    data[-1] ^= 1

    with pytest.raises(UpstreamError, match="cannot be read"):
        FAMILY.stream_decoder("application/vnd.amazon.eventstream", SENT, TARGET).feed(bytes(data))


def test_content_has_not_started_before_the_first_delta() -> None:
    adapter = ROUTE.stream_adapter({}, SENT, TARGET)
    before, after = upstream("text").split(b'data: {"type":"content_block_delta"', 1)

    adapter.feed(before)
    started_early = adapter.content_started
    adapter.feed(b'data: {"type":"content_block_delta"' + after)

    assert (started_early, adapter.content_started) == (False, True)


def test_error_before_content_is_raised_at_once() -> None:
    """So that another deployment can still answer."""
    with pytest.raises(UpstreamError) as caught:
        ROUTE.stream_adapter({}, SENT, TARGET).feed(upstream("error_first"))

    assert caught.value.kind is ErrorKind.RATE_LIMIT


@pytest.mark.parametrize(
    "frame",
    [
        b"data: nonsense\n\n",
        b"data: [1]\n\n",
        b'data: {"no":"type"}\n\n',
        b'data: {"type":"message_start","message":7}\n\ndata: {"type":"content_block_delta","delta":7}\n\n',
    ],
)
def test_frame_that_is_none_of_claude_is_an_error(frame: bytes) -> None:
    with pytest.raises(UpstreamError, match="cannot be read") as caught:
        FAMILY.stream_decoder("text/event-stream", SENT, TARGET).feed(frame)

    assert caught.value.status == 502


def test_structured_output_tool_reaches_the_client_as_text() -> None:
    sent = UpstreamRequest("/x", {}, structured_output_tool="get_weather")

    answer = fold(decode([upstream("tools")], sent)[0])

    assert answer.parts[1] == TextPart('{"city": "Berlin"}')
    assert answer.finish.kind is FinishKind.TOOL_CALLS


def test_answer_of_the_structured_output_tool_alone_is_a_normal_end() -> None:
    sent = UpstreamRequest("/x", {}, structured_output_tool="title")

    answer = fold(decode([upstream("structured_output")], sent)[0])

    assert answer.parts == (TextPart('{"title":"Hi"}'),)
    assert answer.finish.kind is FinishKind.STOP


def _binary_message(frame: bytes) -> bytes:
    payload = json.dumps({"bytes": base64.b64encode(frame).decode(), "p": "abc"}).encode()
    return _message({":message-type": "event", ":event-type": "chunk"}, payload)


def _message(headers: dict[str, str], payload: bytes) -> bytes:
    head = b"".join(
        struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", 7, len(value)) + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", len(head) + len(payload) + 16, len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


if __name__ == "__main__":
    for case in CASES:
        (GOLDEN / f"{case}.client.sse").write_bytes(adapt([upstream(case)])[0])
        text = json.dumps(outcome(*decode([upstream(case)])), indent=1, ensure_ascii=False)
        (GOLDEN / f"{case}.json").write_text(text + "\n")

"""Golden streams of Azure: upstream bytes in, neutral events and client bytes out, however the bytes are cut."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import UpstreamError
from proxy_core.neutral.events import Event, PartDelta
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.base import StreamAdapter, Target, UpstreamRequest
from tests.golden_text import GOLDEN, check_golden, describe
from tests.grammar import check_grammar

TARGET = Target("gpt-4o", "my-gpt", capabilities_of("gpt-4o"))
SENT = UpstreamRequest("/chat/completions", {}, tool_names={"multiply": "mcp__calculator__multiply"})
CASES = sorted((GOLDEN / "azure_openai").glob("*.upstream.sse"))
cases = pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.partition(".")[0])


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name.replace("upstream.sse", suffix))


def decode(pieces: Iterable[bytes]) -> tuple[list[Event], UpstreamError | None]:
    decoder = AzureOpenAI().stream_decoder("text/event-stream", SENT, TARGET)
    events: list[Event] = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        events += decoder.close()
    except UpstreamError as error:
        return events, error
    return events, None


def build_adapter(*, with_usage: bool = True, sent: UpstreamRequest = SENT) -> StreamAdapter:
    body = {"stream": True, "stream_options": {"include_usage": with_usage}}
    return AzureOpenAI().native["openai.chat"].stream_adapter(body, sent, TARGET)


def adapt(pieces: Iterable[bytes], adapter: StreamAdapter) -> tuple[bytes, UpstreamError | None]:
    out = b""
    try:
        for piece in pieces:
            out += adapter.feed(piece)
        out += adapter.close()
    except UpstreamError as error:
        return out, error
    return out, None


def joined(events: Iterable[Event]) -> list[str]:
    """The events as lines, neighbouring deltas as one."""
    lines: list[str] = []
    text: list[str] = []
    for event in events:
        if isinstance(event, PartDelta):
            text.append(event.text)
            continue
        if text:
            lines.append(f"PartDelta({''.join(text)!r})")
            text = []
        lines.append(describe(event))
    return [*lines, f"PartDelta({''.join(text)!r})"] if text else lines


def cuts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    return ((data[:at], data[at:]) for at in range(len(data) + 1))


def said(error: UpstreamError | None) -> str:
    return f"{error.status} {error.kind} {error.message} (retry after {error.retry_after})" if error else "no error"


@cases
def test_the_events_are_as_recorded(path: Path) -> None:
    events, error = decode([path.read_bytes()])

    check_grammar(events, complete=error is None)
    lines = [*map(describe, events), said(error)]
    check_golden(beside(path, "events.txt"), "\n".join(lines).encode() + b"\n")


@cases
def test_any_cut_gives_the_same_events(path: Path) -> None:
    data = path.read_bytes()
    whole, error = decode([data])

    for pieces in cuts(data):
        events, cut_error = decode(pieces)
        assert joined(events) == joined(whole)
        assert said(cut_error) == said(error)


@cases
def test_the_client_bytes_are_as_recorded(path: Path) -> None:
    out, error = adapt([path.read_bytes()], build_adapter())

    check_golden(beside(path, "client.sse"), out + f": {said(error)}\n\n".encode())


@cases
def test_any_cut_gives_the_same_client_bytes(path: Path) -> None:
    data = path.read_bytes()
    whole, error = adapt([data], build_adapter())

    for pieces in cuts(data):
        out, cut_error = adapt(pieces, build_adapter())
        assert parsed(out) == parsed(whole)
        assert said(cut_error) == said(error)


def parsed(stream: bytes) -> list[object]:
    """The frames, whatever the order of the keys in them and the spelling of the text."""
    payloads = [frame.removeprefix(b"data: ") for frame in stream.split(b"\n\n")[:-1]]
    return [payload if payload == b"[DONE]" else json.loads(payload) for payload in payloads]


def test_one_byte_at_a_time_gives_the_same_client_bytes() -> None:
    data = (GOLDEN / "azure_openai" / "text.upstream.sse").read_bytes()
    pieces = [data[at : at + 1] for at in range(len(data))]

    assert parsed(adapt(pieces, build_adapter())[0]) == parsed(adapt([data], build_adapter())[0])


@pytest.mark.parametrize("size", [1, 50, 100_000])
def test_usage_stands_beside_the_finish_reason_when_the_client_did_not_ask(size: int) -> None:
    """No chunk without choices, which such a client does not expect; but Claude Code Router reads the usage."""
    data = (GOLDEN / "azure_openai" / "text.upstream.sse").read_bytes()
    adapter = build_adapter(with_usage=False)

    out, _ = adapt([data[at : at + size] for at in range(0, len(data), size)], adapter)

    *_, last, done = parsed(out)
    assert b'"choices":[]' not in out
    assert done == b"[DONE]"
    assert last["choices"][0]["finish_reason"] == "stop"  # type: ignore[index]
    assert last["usage"]["completion_tokens"] == 7  # type: ignore[index]
    assert adapter.usage == Usage(14, 7, cached_tokens=4, reasoning_tokens=2)


def test_the_finish_reason_does_not_wait_for_a_usage_that_never_comes() -> None:
    """The connection may be lost behind the finish reason: the answer is complete all the same."""
    frames = (GOLDEN / "azure_openai" / "text.upstream.sse").read_bytes().split(b"\n\n")
    until_finish = b"\n\n".join(frame for frame in frames if b'"usage":{' not in frame and b"[DONE]" not in frame)

    out, error = adapt([until_finish], build_adapter(with_usage=False))

    assert error is None
    *_, last, done = parsed(out)
    assert (last["choices"][0]["finish_reason"], done) == ("stop", b"[DONE]")  # type: ignore[index]


def test_content_has_not_started_before_the_first_text() -> None:
    frames = (GOLDEN / "azure_openai" / "text.upstream.sse").read_bytes().split(b"\n\n")
    adapter = build_adapter()

    adapter.feed(b"\n\n".join(frames[:2]) + b"\n\n")
    assert not adapter.content_started
    adapter.feed(frames[2] + b"\n\n")
    assert adapter.content_started


def test_many_frames_alike_pass_with_the_clients_model_and_without_filter_notes() -> None:
    frames = (GOLDEN / "azure_openai" / "text.upstream.sse").read_bytes().split(b"\n\n")
    adapter = build_adapter(sent=UpstreamRequest("", {}))
    adapter.feed(b"\n\n".join(frames[:3]) + b"\n\n")

    blocks = [adapter.feed((frames[2] + b"\n\n") * 3) for _ in range(3)]

    assert blocks[0] == blocks[1] == blocks[2]
    assert [chunk["choices"][0]["delta"]["content"] for chunk in parsed(blocks[2])] == ["The"] * 3  # type: ignore[index]
    assert blocks[2].count(b'"model":"my-gpt"') == 3
    assert b"content_filter" not in blocks[2]


def test_text_before_an_error_in_the_same_read_still_arrives() -> None:
    data = (GOLDEN / "azure_openai" / "error_in_the_middle.upstream.sse").read_bytes()
    adapter = build_adapter()

    assert b'"The"' in adapter.feed(data)
    with pytest.raises(UpstreamError, match="exceeded token rate limit"):
        adapter.close()


def test_the_input_of_a_free_form_tool_arrives_as_plain_text() -> None:
    route = AzureOpenAI().native["openai.chat"]
    body = {
        "messages": [{"role": "user", "content": "x"}],
        "stream": True,
        "tools": [{"type": "custom", "name": "add"}],
    }
    sent = route.adapt_request(body, {}, TARGET, pytest.fail)
    data = (GOLDEN / "azure_openai" / "parallel_tools.upstream.sse").read_bytes()
    data = (
        data.replace(rb"{\"a\"", rb"{\"input\"")
        .replace(b'":1}', rb'":\"*** Patch\"}')
        .replace(b":1}", rb":\"*** Patch\"}")
    )

    out, error = adapt([data], route.stream_adapter(body, sent, TARGET))

    assert error is None
    calls = [
        call["function"].get("arguments")
        for chunk in parsed(out)[:-1]
        for choice in chunk["choices"]  # type: ignore[index]
        for call in choice["delta"].get("tool_calls", [])
        if call["index"] == 0
    ]
    assert "".join(calls) == "*** Patch"


@pytest.mark.parametrize("frame", [b'data: {"choices\n\n', b"data: 7\n\n"])
def test_a_frame_that_cannot_be_read_is_an_error(frame: bytes) -> None:
    _, error = decode([frame])

    assert error is not None
    assert "cannot be read" in error.message


def test_a_call_that_goes_on_after_its_end_is_an_error() -> None:
    data = (GOLDEN / "azure_openai" / "parallel_tools.upstream.sse").read_bytes()
    frames = data.split(b"\n\n")
    late = b"\n\n".join([*frames[:5], frames[2], *frames[5:]])

    _, error = decode([late])

    assert error is not None
    assert "goes on after its end" in error.message


def test_pieces_without_an_index_belong_to_the_last_call() -> None:
    data = (GOLDEN / "azure_openai" / "parallel_tools.upstream.sse").read_bytes()
    bare = data.replace(b'"tool_calls":[{"index":0,', b'"tool_calls":[{').replace(
        b'"tool_calls":[{"index":1,', b'"tool_calls":[{'
    )

    assert joined(decode([bare])[0]) == joined(decode([data])[0])

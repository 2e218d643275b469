"""Golden Responses streams of Azure: upstream bytes in, neutral events and client bytes out, however cut."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ErrorKind, ProxyError, UpstreamError
from proxy_core.neutral.events import Event, PartDelta
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.azure_openai import AzureOpenAI
from proxy_core.upstream_families.azure_openai.responses_answers import ResponsesRequest
from proxy_core.upstream_families.azure_openai.responses_compaction import CompactionStream
from proxy_core.upstream_families.azure_openai.responses_stream_adapter import ResponsesStreamAdapter
from proxy_core.upstream_families.base import Target
from proxy_core.wire.openai.responses_tools import ToolOrigin
from tests.golden_text import GOLDEN, check_golden, describe
from tests.grammar import check_grammar
from tests.responses_grammar import check_responses_stream, events_of

TARGET = Target("gpt-5", "my-gpt", capabilities_of("gpt-5"))
NAMES = {"multiply": "mcp__calculator__multiply"}
SENT = ResponsesRequest("/responses", {}, tool_names=NAMES)
WITH_TOOLS = ResponsesRequest(
    "/responses",
    {},
    origins={"agents__spawn": ToolOrigin("spawn", "agents"), "patch": ToolOrigin("patch", custom=True)},
)
FOLDER = GOLDEN / "azure_responses"
CASES = sorted(FOLDER.glob("*.upstream.sse"))
cases = pytest.mark.parametrize("path", CASES, ids=lambda path: path.name.partition(".")[0])
WHOLE = (
    "thought_then_text", "hidden_thought", "spaced_json", "windows_line_ends", "parallel_calls", "refusal",
    "tools_of_the_client", "cut_by_length", "filtered",
)  # fmt: skip


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name.replace("upstream.sse", suffix))


def upstream(name: str) -> bytes:
    return (FOLDER / f"{name}.upstream.sse").read_bytes()


def frames_of(name: str) -> list[bytes]:
    return [frame + b"\n\n" for frame in upstream(name).split(b"\n\n")[:-1]]


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


def build_adapter(sent: ResponsesRequest = SENT) -> ResponsesStreamAdapter:
    return ResponsesStreamAdapter(sent, "my-gpt")


def sent_for(path: Path) -> ResponsesRequest:
    return WITH_TOOLS if path.name.startswith("tools_of_the_client") else SENT


def adapt(pieces: Iterable[bytes], adapter: ResponsesStreamAdapter) -> tuple[bytes, UpstreamError | None]:
    out = b""
    try:
        for piece in pieces:
            out += adapter.feed(piece)
        out += adapter.close()
    except UpstreamError as error:
        return out, error
    return out, None


def joined(events: Iterable[Event]) -> list[str]:
    """The events as lines, neighbouring deltas as one; a mere start is nothing, for an error takes it back."""
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
    return lines if len(lines) > 1 else []


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
    out, error = adapt([path.read_bytes()], build_adapter(sent_for(path)))

    check_golden(beside(path, "client.sse"), out + f": {said(error)}\n\n".encode())


@cases
def test_any_cut_gives_the_same_client_bytes(path: Path) -> None:
    data = path.read_bytes()
    whole, error = adapt([data], build_adapter(sent_for(path)))

    for pieces in cuts(data):
        adapter = build_adapter(sent_for(path))
        out, cut_error = adapt(pieces, adapter)
        assert out == whole or not adapter.content_started
        assert said(cut_error) == said(error)


@pytest.mark.parametrize("name", WHOLE)
def test_the_clients_stream_is_whole(name: str) -> None:
    out, _ = adapt([upstream(name)], build_adapter(sent_for(Path(name))))

    response = check_responses_stream(events_of(out))
    assert response["model"] == "my-gpt"
    assert "content_filters" not in response


def test_usage_is_read_in_passing() -> None:
    adapter = build_adapter()
    adapt([upstream("thought_then_text")], adapter)

    assert adapter.usage == Usage(12, 20, cached_tokens=4, reasoning_tokens=8)


@pytest.mark.parametrize(("name", "held"), [("thought_then_text", 4), ("hidden_thought", 3), ("parallel_calls", 3)])
def test_content_has_not_started_before_there_is_any(name: str, held: int) -> None:
    adapter = build_adapter()
    frames = frames_of(name)

    adapter.feed(b"".join(frames[:held]))
    assert not adapter.content_started
    adapter.feed(frames[held])
    assert adapter.content_started


def test_text_before_an_error_in_the_same_read_still_arrives() -> None:
    adapter = build_adapter()

    assert b'"The"' in adapter.feed(upstream("throttled_in_the_middle"))
    with pytest.raises(UpstreamError, match="Too Many Requests"):
        adapter.close()


def test_a_failure_goes_on_with_the_numbers() -> None:
    adapter = build_adapter()
    told = events_of(adapter.feed(b"".join(frames_of("thought_then_text")[:5])))

    events = events_of(adapter.fail(ProxyError("m", status=502, kind=ErrorKind.CONNECTION)))

    assert [event["sequence_number"] for event in events] == [len(told), len(told) + 1]
    assert events[1]["response"]["id"] == "resp_0f2d"
    assert events[1]["response"]["error"]["code"] == "server_error"


def test_signs_of_life_repeat_how_the_response_began() -> None:
    adapter = build_adapter()
    assert adapter.keep_alive() == b": keep-alive\n\n"
    frames = frames_of("thought_then_text")

    adapter.feed(b"".join(frames[:3]))
    before = events_of(adapter.keep_alive())
    adapter.feed(b"".join(frames[3:6]))
    within = events_of(adapter.keep_alive())

    assert [(event["type"], event["sequence_number"]) for event in before] == [
        ("response.created", 0),
        ("response.in_progress", 1),
    ]
    assert [(event["type"], event["sequence_number"]) for event in within] == [("response.in_progress", 5)]
    assert {event["response"]["id"] for event in (*before, *within)} == {"resp_0f2d"}


def test_deltas_pass_as_they_come() -> None:
    delta = frames_of("thought_then_text")[4]

    assert build_adapter().feed(delta) == b"event: response.reasoning_summary_text.delta\n" + delta


@pytest.mark.parametrize("frame", [b'data: {"type\n\n', b"data: 7\n\n"])
def test_a_frame_that_cannot_be_read_is_an_error(frame: bytes) -> None:
    _, error = adapt([frame], build_adapter())

    assert error is not None
    assert "cannot be read" in error.message


COMPACTION: Any = (
    b'{"id":"resp_1","object":"response.compaction","created_at":7,"output":[{"type":"message","role":"user",'
    b'"content":"a"},{"id":"cmp_1","type":"compaction","encrypted_content":"gAAA"}],'
    b'"usage":{"input_tokens":5,"output_tokens":8}}'
)


def test_a_folded_conversation_is_told_as_a_stream() -> None:
    stream = CompactionStream("my-gpt")
    out = b"".join(stream.feed(piece) for piece in (COMPACTION[:9], COMPACTION[9:]))

    assert out == b""
    assert not stream.content_started
    response = check_responses_stream(events_of(stream.close()))
    assert response["output"] == [{"id": "cmp_1", "type": "compaction", "encrypted_content": "gAAA"}]
    assert stream.usage == Usage(5, 8)


def test_an_answer_without_a_folded_conversation_is_an_error() -> None:
    stream = CompactionStream("my-gpt")
    stream.feed(b'{"object":"response.compaction","output":[]}')

    with pytest.raises(UpstreamError, match="folded conversation"):
        stream.close()

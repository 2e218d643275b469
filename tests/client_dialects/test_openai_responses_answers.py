"""Neutral answers, streams and errors to the Responses wire."""

from collections.abc import Sequence
from typing import Any

import pytest

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.client_dialects.openai_responses import OpenAIResponses, OpenAIResponsesCompact
from proxy_core.errors import ErrorKind, ProxyError, UpstreamError
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
from proxy_core.wire.openai.responses_reasoning import decode_summary
from proxy_core.wire.wrapping import unwrap
from tests.golden_text import GOLDEN, check_golden
from tests.responses_grammar import check_responses_stream, events_of, without_ids

USAGE = Usage(30, 12, cached_tokens=10, cache_write_tokens=5, reasoning_tokens=4)
STOP, LENGTH, FILTERED = (
    FinishReason(kind) for kind in (FinishKind.STOP, FinishKind.LENGTH, FinishKind.CONTENT_FILTER)
)
TOOLS: list[Any] = [
    {"type": "function", "name": "weather", "parameters": {"type": "object"}},
    {"type": "custom", "name": "patch"},
    {"type": "namespace", "name": "agents", "tools": [{"type": "function", "name": "spawn"}]},
]
TRIGGER = [{"role": "user", "content": "a"}, {"type": "compaction_trigger"}]


def context(**request: Any) -> ReplyContext:
    return ReplyContext(model="my-model", created=1_700_000_000, request=request, estimate_input_tokens=lambda: 7)


def answer(*parts: Any, finish: FinishReason = STOP) -> ChatResponse:
    return ChatResponse(id="msg_1", model="m", parts=parts, finish=finish, usage=USAGE)


def encode(*parts: Any, finish: FinishReason = STOP, **request: Any) -> Any:
    return OpenAIResponses().encode_response(answer(*parts, finish=finish), context(**request))


def stream(events: Sequence[Event], **request: Any) -> bytes:
    return OpenAIResponses().stream_encoder(context(**request)).feed(events)


EVERYTHING = answer(
    ReasoningPart("Hmm.", Signature("anthropic", "s")),
    ReasoningPart("", redacted="x"),
    TextPart('Say "hi" ä 🗼\n'),
    ToolCallPart("c", "weather", '{"a":1}', signature=Signature("gemini", "g")),
    ToolCallPart("d", "weather", ""),
    ToolCallPart("e", "agents__spawn", "{}"),
    ToolCallPart("f", "patch", '{"input":"*** Begin"}'),
    FilePart("image", media_type="image/png", data="QQ=="),
    finish=FinishReason(FinishKind.TOOL_CALLS),
)
CASES: dict[str, ChatResponse] = {
    "everything": EVERYTHING,
    "nothing": answer(),
    "cut_text": answer(TextPart("The"), finish=LENGTH),
    "cut_call": answer(ToolCallPart("c", "weather", '{"ci'), finish=LENGTH),
    "filtered": answer(TextPart("The"), finish=FILTERED),
    "signed_thought_alone": answer(ReasoningPart("", Signature("anthropic", "s")), TextPart("a")),
    "other_file": answer(FilePart("audio", media_type="audio/wav", data="QQ==", filename="a.wav")),
}
cases = pytest.mark.parametrize("name", CASES)


@cases
def test_a_stream_is_as_recorded(name: str) -> None:
    data = stream(list(unfold(CASES[name])), tools=TOOLS)

    check_responses_stream(events_of(data))
    check_golden(GOLDEN / "openai_responses" / f"{name}.client.sse", without_ids(data))


@cases
def test_a_stream_ends_with_what_the_whole_answer_is(name: str) -> None:
    whole = OpenAIResponses().encode_response(CASES[name], context(tools=TOOLS))
    streamed = events_of(stream(list(unfold(CASES[name])), tools=TOOLS))[-1]["response"]

    def bare(response: Any) -> Any:
        items = [{key: value for key, value in item.items() if key != "id"} for item in response["output"]]
        return {**response, "id": "", "output": items}

    assert bare(streamed) == bare(whole)


def test_one_event_at_a_time_gives_the_same_bytes() -> None:
    encoder = OpenAIResponses().stream_encoder(context(tools=TOOLS))
    pieces = b"".join(encoder.feed([event]) for event in unfold(EVERYTHING))

    assert without_ids(pieces) == without_ids(stream(list(unfold(EVERYTHING)), tools=TOOLS))


def test_usage_is_complete() -> None:
    assert encode(TextPart("a"))["usage"] == {
        "input_tokens": 30,
        "input_tokens_details": {"cached_tokens": 10},
        "output_tokens": 12,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 42,
    }


def test_the_response_repeats_the_request() -> None:
    response = encode(TextPart("a"), tools=TOOLS, instructions="b", metadata={"c": "d"}, temperature=0.5)

    assert (response["tools"], response["instructions"]) == (TOOLS, "b")
    assert (response["metadata"], response["temperature"]) == ({"c": "d"}, 0.5)
    assert (response["model"], response["created_at"], response["object"]) == (
        "my-model",
        1_700_000_000,
        "response",
    )


@pytest.mark.parametrize(
    ("finish", "status", "details"),
    [
        (STOP, "completed", None),
        (FinishReason(FinishKind.TOOL_CALLS), "completed", None),
        (FinishReason(FinishKind.STOP_SEQUENCE), "completed", None),
        (LENGTH, "incomplete", {"reason": "max_output_tokens"}),
        (FILTERED, "incomplete", {"reason": "content_filter"}),
    ],
)
def test_the_status_tells_how_it_ended(finish: FinishReason, status: str, details: Any) -> None:
    response = encode(TextPart("a"), finish=finish)

    assert (response["status"], response["incomplete_details"]) == (status, details)
    assert response["output"][0]["status"] == status


def test_calls_are_those_of_the_clients_tools() -> None:
    output = encode(
        ToolCallPart("a", "agents__spawn", "{}"), ToolCallPart("b", "patch", '{"input":"*** Begin"}'), tools=TOOLS
    )["output"]

    assert [{key: item[key] for key in item if key != "id"} for item in output] == [
        {
            "type": "function_call",
            "status": "completed",
            "call_id": "a",
            "name": "spawn",
            "arguments": "{}",
            "namespace": "agents",
        },
        {"type": "custom_tool_call", "status": "completed", "call_id": "b", "name": "patch", "input": "*** Begin"},
    ]


def test_a_thought_carries_its_proof() -> None:
    (item, _) = encode(ReasoningPart("Hm.", Signature("anthropic", "sig")), TextPart("a"))["output"]

    assert item["summary"] == [{"type": "summary_text", "text": "Hm."}]
    assert unwrap(item["encrypted_content"]) == ("anthropic", "sig")


def test_openais_own_thought_keeps_its_id_and_seal() -> None:
    (item,) = encode(ReasoningPart("", Signature("openai", "rs_1 gAAA")))["output"]

    assert (item["id"], item["encrypted_content"]) == ("rs_1", "gAAA")


def test_a_seal_that_comes_late_is_wrapped_with_its_id() -> None:
    """The item's id is told already and must not change."""
    events: list[Event] = [
        StreamStart("r", "m"),
        PartStart(0, ReasoningPart("")),
        PartDelta(0, "Hm."),
        PartEnd(0, Signature("openai", "rs_1 gAAA")),
        StreamEnd(STOP, USAGE),
    ]
    (item,) = check_responses_stream(events_of(stream(events)))["output"]

    assert unwrap(item["encrypted_content"]) == ("openai", "rs_1 gAAA")


def test_what_the_encoder_writes_the_decoder_reads() -> None:
    output = OpenAIResponses().encode_response(EVERYTHING, context(tools=TOOLS))["output"]

    request = OpenAIResponses().decode_request({"model": "m", "input": output, "tools": TOOLS}, {})

    (message,) = request.messages
    wanted = (*EVERYTHING.parts[:4], ToolCallPart("d", "weather", "{}"), *EVERYTHING.parts[5:7])
    assert message.parts == wanted


# --- folding


def test_a_folded_conversation_is_one_item() -> None:
    response = encode(ReasoningPart("Hm."), TextPart("We built"), TextPart("a tower."), input=TRIGGER)

    (item,) = response["output"]
    assert item["type"] == "compaction"
    assert decode_summary(item) == "We built\n\na tower."


def test_a_folded_conversation_is_streamed_as_one_item() -> None:
    parts = (ReasoningPart("Hm."), TextPart("We built a tower."))
    response = check_responses_stream(events_of(stream(list(unfold(answer(*parts))), input=TRIGGER)))

    assert [decode_summary(item) for item in response["output"]] == ["We built a tower."]


def test_a_model_without_a_summary_folds_to_a_readable_item() -> None:
    (item,) = encode(input=TRIGGER)["output"]

    assert decode_summary(item)


def test_compaction_by_its_own_path_keeps_what_the_user_said() -> None:
    items = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    folded = OpenAIResponsesCompact().encode_response(answer(TextPart("c")), context(input=items))

    assert folded["object"] == "response.compaction"
    assert folded["output"][0] == items[0]
    assert decode_summary(folded["output"][1]) == "c"
    assert folded["usage"]["total_tokens"] == 42


# --- errors and signs of life


def test_a_failure_tells_what_is_whole() -> None:
    encoder = OpenAIResponses().stream_encoder(context())
    parts = (TextPart("a"), TextPart("b"))
    begun = list(unfold(answer(*parts)))[:-2]
    told = events_of(encoder.feed(begun))

    events = events_of(encoder.fail(UpstreamError("slow down", status=429, kind=ErrorKind.RATE_LIMIT)))

    assert [event["type"] for event in events] == ["error", "response.failed"]
    assert [event["sequence_number"] for event in events] == [len(told), len(told) + 1]
    assert events[0]["error"]["code"] == events[0]["code"] == "rate_limit_exceeded"
    failed = events[1]["response"]
    assert (failed["status"], failed["error"]) == (
        "failed",
        {"code": "rate_limit_exceeded", "message": "slow down"},
    )
    assert [item["content"][0]["text"] for item in failed["output"]] == ["a"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ErrorKind.CONTEXT_LENGTH, "context_length_exceeded"),
        (ErrorKind.RATE_LIMIT, "rate_limit_exceeded"),
        (ErrorKind.INVALID_REQUEST, "invalid_prompt"),
        (ErrorKind.SERVER, "server_error"),
        (ErrorKind.CONNECTION, "server_error"),
    ],
)
def test_a_failed_response_has_the_codes_that_codex_acts_on(kind: ErrorKind, code: str) -> None:
    frames = events_of(OpenAIResponses().error_frame(ProxyError("m", status=500, kind=kind), "req_1"))

    assert frames[1]["response"]["error"] == {"code": code, "message": "m"}


def test_an_error_is_told_in_openais_shape() -> None:
    error = ProxyError("m", status=404, kind=ErrorKind.MODEL_NOT_FOUND)

    assert OpenAIResponses().encode_error(error, "req_1")["error"]["code"] == "model_not_found"


def test_before_the_start_a_sign_of_life_is_a_comment() -> None:
    assert OpenAIResponses().keep_alive_frame() == b": keep-alive\n\n"
    assert OpenAIResponses().stream_encoder(context()).keep_alive() == b": keep-alive\n\n"


def test_after_the_start_signs_of_life_repeat_how_the_response_began() -> None:
    encoder = OpenAIResponses().stream_encoder(context())
    begun = events_of(encoder.feed([StreamStart("r", "m")]))

    assert events_of(encoder.keep_alive()) == begun


def test_within_the_answer_a_sign_of_life_is_an_event_of_its_own() -> None:
    encoder = OpenAIResponses().stream_encoder(context())
    data = encoder.feed([StreamStart("r", "m"), PartStart(0, TextPart("")), PartDelta(0, "a")])
    data += encoder.keep_alive()
    data += encoder.feed([PartEnd(0), StreamEnd(STOP, USAGE)])

    events = events_of(data)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [event["type"] for event in events].count("response.in_progress") == 2

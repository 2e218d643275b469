"""Neutral answers, streams and errors to the chat completions wire."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.client_dialects.openai_chat import OpenAIChat
from proxy_core.errors import ClientError, ErrorKind, ProxyError, UpstreamError
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
from tests.golden_text import GOLDEN, check_golden

USAGE = Usage(30, 12, cached_tokens=10, cache_write_tokens=5, reasoning_tokens=4)
STOP = FinishReason(FinishKind.STOP)


def context(**request: Any) -> ReplyContext:
    return ReplyContext(model="my-model", created=1_700_000_000, request=request, estimate_input_tokens=lambda: 7)


def answer(*parts: Any, finish: FinishReason = STOP) -> ChatResponse:
    return ChatResponse(id="msg_1", model="m", parts=parts, finish=finish, usage=USAGE)


def message_of(*parts: Any, **request: Any) -> Any:
    return OpenAIChat().encode_response(answer(*parts), context(**request))["choices"][0]["message"]


EVERYTHING = answer(
    ReasoningPart("Hmm.", Signature("anthropic", "s")),
    ReasoningPart("", redacted="x"),
    TextPart('Say "hi" ä 🗼\n'),
    ToolCallPart("c", "f", '{"a":1}', signature=Signature("gemini", "g")),
    ToolCallPart("d", "g", ""),
    finish=FinishReason(FinishKind.TOOL_CALLS),
)


def test_an_answer_is_encoded_whole() -> None:
    assert OpenAIChat().encode_response(EVERYTHING, context()) == {
        "id": "chatcmpl-msg_1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "my-model",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": 'Say "hi" ä 🗼\n',
                    "refusal": None,
                    "reasoning_content": "Hmm.",
                    "tool_calls": [
                        {
                            "id": "c",
                            "type": "function",
                            "function": {"name": "f", "arguments": '{"a":1}'},
                            "extra_content": {"google": {"thought_signature": "g"}},
                        },
                        {"id": "d", "type": "function", "function": {"name": "g", "arguments": "{}"}},
                    ],
                },
                "logprobs": None,
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {
            "prompt_tokens": 30,
            "completion_tokens": 12,
            "total_tokens": 42,
            "prompt_tokens_details": {"cached_tokens": 10, "cache_creation_tokens": 5, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 0},
        },
    }


def test_an_empty_answer_has_an_empty_content() -> None:
    assert message_of()["content"] == ""


def test_a_call_alone_has_no_content() -> None:
    assert message_of(ToolCallPart("c", "f", "{}"))["content"] is None


def test_an_image_goes_out_as_a_data_url() -> None:
    message = message_of(FilePart("image", media_type="image/png", data="QQ=="))

    assert message["images"] == [{"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}}]


def test_a_free_form_tools_call_carries_plain_text() -> None:
    tools = [{"type": "custom", "name": "patch"}]
    message = message_of(ToolCallPart("c", "patch", '{"input":"*** Begin"}'), tools=tools)

    assert message["tool_calls"][0]["function"]["arguments"] == "*** Begin"


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (FinishKind.STOP, "stop"),
        (FinishKind.STOP_SEQUENCE, "stop"),
        (FinishKind.LENGTH, "length"),
        (FinishKind.TOOL_CALLS, "tool_calls"),
        (FinishKind.CONTENT_FILTER, "content_filter"),
    ],
)
def test_finish_reasons_are_words_of_the_wire(kind: FinishKind, word: str) -> None:
    encoded = OpenAIChat().encode_response(answer(TextPart("x"), finish=FinishReason(kind)), context())

    assert encoded["choices"][0]["finish_reason"] == word


def stream(events: Sequence[Event], **request: Any) -> bytes:
    return OpenAIChat().stream_encoder(context(**request)).feed(events)


def chunks(data: bytes) -> list[Any]:
    frames = [frame.removeprefix(b"data: ") for frame in data.split(b"\n\n")[:-1]]
    return [json.loads(frame) for frame in frames if frame != b"[DONE]"]


@pytest.mark.parametrize("with_usage", [True, False])
def test_a_stream_is_as_recorded(with_usage: bool) -> None:
    events = list(unfold(EVERYTHING))
    name = "everything_with_usage.client.sse" if with_usage else "everything.client.sse"

    check_golden(GOLDEN / "openai_chat" / name, stream(events, stream_options={"include_usage": with_usage}))


def test_one_event_at_a_time_gives_the_same_bytes() -> None:
    events = list(unfold(EVERYTHING))
    encoder = OpenAIChat().stream_encoder(context())

    assert b"".join(encoder.feed([event]) for event in events) == stream(events)


def test_without_an_upstream_id_all_chunks_share_a_new_one() -> None:
    events: list[Event] = [
        StreamStart("", "m"),
        PartStart(0, TextPart("")),
        PartDelta(0, "x"),
        PartEnd(0),
        StreamEnd(STOP, USAGE),
    ]
    ids = {chunk["id"] for chunk in chunks(stream(events))}

    assert len(ids) == 1
    assert ids.pop().startswith("chatcmpl-")


def test_a_late_signature_follows_its_call() -> None:
    events: list[Event] = [
        StreamStart("x", "m"),
        PartStart(0, ToolCallPart("c", "f", "")),
        PartDelta(0, "{}"),
        PartEnd(0, Signature("gemini", "g")),
    ]

    assert chunks(stream(events))[-1]["choices"][0]["delta"] == {
        "tool_calls": [{"index": 0, "extra_content": {"google": {"thought_signature": "g"}}}]
    }


def test_a_late_signature_of_a_text_stays_behind() -> None:
    events: list[Event] = [
        StreamStart("x", "m"),
        PartStart(0, ToolCallPart("c", "f", "")),
        PartEnd(0),
        PartStart(1, TextPart("")),
        PartEnd(1, Signature("gemini", "g")),
    ]

    assert b"extra_content" not in stream(events)


def test_a_free_form_tools_input_arrives_in_one_piece() -> None:
    events: list[Event] = [
        StreamStart("x", "m"),
        PartStart(0, ToolCallPart("c", "patch", "")),
        PartDelta(0, '{"input":'),
        PartDelta(0, '"*** Begin"}'),
        PartEnd(0),
    ]
    deltas = [
        chunk["choices"][0]["delta"]
        for chunk in chunks(stream(events, tools=[{"type": "custom", "name": "patch"}]))
    ]

    assert [delta["tool_calls"][0]["function"]["arguments"] for delta in deltas[1:]] == ["", "*** Begin"]


def test_a_call_without_arguments_gets_an_empty_object() -> None:
    events: list[Event] = [StreamStart("x", "m"), PartStart(0, ToolCallPart("c", "f", "")), PartEnd(0)]

    assert chunks(stream(events))[-1]["choices"][0]["delta"] == {
        "tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]
    }


def test_a_failure_ends_the_stream_without_a_finish_reason() -> None:
    encoder = OpenAIChat().stream_encoder(context())
    encoder.feed([StreamStart("x", "m"), PartStart(0, TextPart(""))])

    frame = encoder.fail(UpstreamError("slow down", status=429, kind=ErrorKind.RATE_LIMIT))

    assert chunks(frame) == [
        {
            "error": {
                "message": "slow down",
                "type": "rate_limit_error",
                "param": None,
                "code": "rate_limit_exceeded",
            }
        }
    ]
    assert b"[DONE]" not in frame


def test_a_sign_of_life_is_a_comment() -> None:
    assert OpenAIChat().stream_encoder(context()).keep_alive() == b": keep-alive\n\n"
    assert OpenAIChat().keep_alive_frame() == b": keep-alive\n\n"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ClientError("m", param="n"), "invalid_request_error", None),
        (
            UpstreamError("m", status=400, kind=ErrorKind.INVALID_REQUEST, code="unknown_parameter"),
            "invalid_request_error",
            "unknown_parameter",
        ),
        (
            UpstreamError("m", status=400, kind=ErrorKind.CONTEXT_LENGTH, code="ValidationException"),
            "invalid_request_error",
            "context_length_exceeded",
        ),
        (UpstreamError("m", status=400, kind=ErrorKind.CONTENT_FILTER), "invalid_request_error", "content_filter"),
        (ProxyError("m", status=401, kind=ErrorKind.AUTHENTICATION), "invalid_request_error", "invalid_api_key"),
        (
            UpstreamError("m", status=403, kind=ErrorKind.PERMISSION),
            "permission_error",
            "insufficient_permissions",
        ),
        (ProxyError("m", status=404, kind=ErrorKind.MODEL_NOT_FOUND), "invalid_request_error", "model_not_found"),
        (
            UpstreamError("m", status=429, kind=ErrorKind.RATE_LIMIT, code="ThrottlingException"),
            "rate_limit_error",
            "rate_limit_exceeded",
        ),
        (
            UpstreamError("m", status=429, kind=ErrorKind.RATE_LIMIT, code="insufficient_quota"),
            "rate_limit_error",
            "insufficient_quota",
        ),
        (UpstreamError("m", status=503, kind=ErrorKind.OVERLOADED), "server_error", "overloaded"),
        (UpstreamError("m", status=504, kind=ErrorKind.TIMEOUT), "server_error", "timeout"),
        (UpstreamError("m", status=500, kind=ErrorKind.SERVER), "server_error", None),
    ],
)
def test_errors_have_the_types_and_codes_that_clients_act_on(
    error: ProxyError, kind: str, code: str | None
) -> None:
    assert OpenAIChat().encode_error(error, "req_1") == {
        "error": {"message": "m", "type": kind, "param": error.param, "code": code}
    }


@pytest.mark.parametrize("kind", list(ErrorKind))
def test_every_kind_of_error_can_be_told(kind: ErrorKind) -> None:
    frame = OpenAIChat().error_frame(ProxyError("m", status=500, kind=kind), "req_1")

    assert chunks(frame)[0]["error"]["message"] == "m"

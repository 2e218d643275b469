"""Neutral answers to what Google's clients read.

`tests/golden/gemini_generate_content/streams/*.sse` holds the stream of each answer in `ANSWERS`;
`GOLDEN_WRITE=1 pytest …` writes them anew.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from google.genai.types import GenerateContentResponse

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.client_dialects.gemini_generate_content import GeminiGenerateContent
from proxy_core.client_dialects.gemini_generate_content.models import encode_model, encode_model_list
from proxy_core.errors import ClientError, ErrorKind, UpstreamError
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamStart
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

DIALECT = GeminiGenerateContent()
ASKED = {"generationConfig": {"thinkingConfig": {"includeThoughts": True}}}
CONTEXT = ReplyContext(model="claude", created=0, request=ASKED, estimate_input_tokens=lambda: 7)
USAGE = Usage(100, 20, cached_tokens=60, cache_write_tokens=10, reasoning_tokens=5)
CALL = ToolCallPart("call_1", "weather", '{"city":"Rome"}')


def answer(*parts: Any, kind: FinishKind = FinishKind.STOP) -> ChatResponse:
    return ChatResponse("msg_1", "ignored", parts, FinishReason(kind), USAGE)


ANSWERS = {
    "text": answer(TextPart('Grüße 👋 "quoted"\n')),
    "thinking_then_text": answer(ReasoningPart("hm", Signature("anthropic", "EpAC")), TextPart("42")),
    "unsigned_thinking": answer(ReasoningPart("hm"), TextPart("42"), kind=FinishKind.LENGTH),
    "redacted_thinking": answer(ReasoningPart("", redacted="xyz"), TextPart("42")),
    "tools": answer(TextPart("look"), CALL, replace(CALL, id="call_2", arguments=""), kind=FinishKind.TOOL_CALLS),
    "signed_call": answer(replace(CALL, signature=Signature("gemini", "Cs4B")), kind=FinishKind.TOOL_CALLS),
    "broken_arguments": answer(replace(CALL, arguments='{"city'), kind=FinishKind.TOOL_CALLS),
    "signed_text": answer(TextPart("So.", Signature("gemini", "Cs4B"))),
    "image": answer(FilePart("image", "image/png", "iVBO"), FilePart("image", url="https://example.com/a.png")),
    "filtered": answer(kind=FinishKind.CONTENT_FILTER),
}


def encode(events: Iterable[Event], context: ReplyContext = CONTEXT) -> bytes:
    return DIALECT.stream_encoder(context).feed(list(events))


def frames(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(frame.removeprefix("data: ")) for frame in data.decode().split("\r\n\r\n")[:-1]]


def parts_of(frames: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The parts of all frames; neighbours of one kind are joined, empty ones left out."""
    joined: list[dict[str, Any]] = []
    for frame in frames:
        for part in frame["candidates"][0]["content"]["parts"]:
            if part == {"text": ""}:
                continue
            if (
                joined
                and "text" in part
                and joined[-1].get("thought") == part.get("thought")
                and "text" in joined[-1]
            ):
                joined[-1] = {**joined[-1], **part, "text": joined[-1]["text"] + part["text"]}
            else:
                joined.append(part)
    return joined


@pytest.mark.parametrize("name", ANSWERS)
def test_stream_is_written(name: str) -> None:
    check_golden(GOLDEN / "gemini_generate_content" / "streams" / f"{name}.sse", encode(unfold(ANSWERS[name])))


@pytest.mark.parametrize("name", ANSWERS)
def test_stream_and_whole_answer_say_the_same(name: str) -> None:
    whole = DIALECT.encode_response(ANSWERS[name], CONTEXT)
    streamed = frames(encode(unfold(ANSWERS[name])))

    assert parts_of(streamed) == parts_of([whole])
    for key in ("usageMetadata", "modelVersion", "responseId"):
        assert streamed[-1][key] == whole[key]
    assert streamed[-1]["candidates"][0]["finishReason"] == whole["candidates"][0]["finishReason"]


@pytest.mark.parametrize("name", ANSWERS)
def test_googles_own_types_take_every_frame(name: str) -> None:
    for frame in (DIALECT.encode_response(ANSWERS[name], CONTEXT), *frames(encode(unfold(ANSWERS[name])))):
        GenerateContentResponse.model_validate(frame)


def test_thoughts_stay_untold_where_nobody_asked_but_their_proof_goes_out() -> None:
    context = replace(CONTEXT, request={})
    thought = ANSWERS["thinking_then_text"]

    for said in (frames(encode(unfold(thought), context)), [DIALECT.encode_response(thought, context)]):
        proof, text = parts_of(said)
        assert (proof["text"], proof["thought"], bool(proof["thoughtSignature"])) == ("", True, True)
        assert text == {"text": "42"}


def test_unsigned_thoughts_that_nobody_asked_for_leave_no_part() -> None:
    context = replace(CONTEXT, request={})

    assert parts_of([DIALECT.encode_response(ANSWERS["unsigned_thinking"], context)]) == [{"text": "42"}]
    assert parts_of(frames(encode(unfold(ANSWERS["unsigned_thinking"]), context))) == [{"text": "42"}]


def test_proofs_come_home_to_their_vendor() -> None:
    said = DIALECT.encode_response(
        answer(ReasoningPart("hm", Signature("anthropic", "EpAC")), ReasoningPart("", redacted="xyz"), CALL),
        CONTEXT,
    )
    history = [{"role": "user", "parts": [{"text": "?"}]}, said["candidates"][0]["content"]]

    read = DIALECT.decode_request({"model": "m", "contents": history}, {})

    assert read.messages[1].parts == (
        ReasoningPart("hm", Signature("anthropic", "EpAC")),
        ReasoningPart("", redacted="xyz"),
        CALL,
    )


def test_a_streamed_thought_comes_home_as_one_with_its_proof() -> None:
    """Google's Python client keeps one turn for each frame."""
    thought, proof = (
        ReasoningPart("Let me see. Yes.", Signature("anthropic", "EpAC")),
        Signature("anthropic", "EpAC"),
    )
    events = [
        StreamStart("1", "m"),
        PartStart(0, ReasoningPart("")),
        *(PartDelta(0, text) for text in ("Let me ", "see. ", "Yes.")),
        PartEnd(0, proof),
        PartStart(1, TextPart("")),
        *(PartDelta(1, text) for text in ("4", "2")),
        PartEnd(1),
    ]
    turns = [frame["candidates"][0]["content"] for frame in frames(encode(events))]

    read = DIALECT.decode_request({"model": "m", "contents": [{"parts": [{"text": "?"}]}, *turns]}, {})

    assert read.messages[1].parts == (thought, TextPart("42"))


def test_a_call_whose_signature_comes_last_carries_it() -> None:
    events = [
        StreamStart("1", "m"),
        PartStart(0, replace(CALL, arguments="")),
        PartDelta(0, '{"city":'),
        PartDelta(0, '"Rome"}'),
        PartEnd(0, Signature("gemini", "Cs4B")),
    ]

    (frame,) = frames(encode(events))

    call = {"id": "call_1", "name": "weather", "args": {"city": "Rome"}}
    assert frame["candidates"][0]["content"]["parts"] == [{"functionCall": call, "thoughtSignature": "Cs4B"}]


def test_a_broken_stream_ends_with_googles_error_and_no_finish_reason() -> None:
    encoder = DIALECT.stream_encoder(CONTEXT)
    encoder.feed([StreamStart("1", "m"), PartStart(0, TextPart("")), PartDelta(0, "Hel")])

    (frame,) = frames(encoder.fail(UpstreamError("Gone.", status=502, kind=ErrorKind.CONNECTION)))

    assert frame == {"error": {"code": 502, "message": "Gone.", "status": "UNAVAILABLE"}}


def test_a_sign_of_life_is_an_empty_text() -> None:
    encoder = DIALECT.stream_encoder(CONTEXT)

    assert encoder.keep_alive() == DIALECT.keep_alive_frame()
    assert GenerateContentResponse.model_validate(frames(DIALECT.keep_alive_frame())[0]).text == ""


@pytest.mark.parametrize("kind", ErrorKind)
def test_every_kind_of_error_has_a_status(kind: ErrorKind) -> None:
    error = DIALECT.encode_error(ClientError("No.", kind=kind), "req_1")["error"]

    assert error["status"].isupper()
    assert (error["code"], error["message"]) == (400, "No.")


def test_an_error_names_the_field_and_the_wait() -> None:
    error = UpstreamError("Slow down.", status=429, kind=ErrorKind.RATE_LIMIT, param="contents", retry_after=7.0)

    details = DIALECT.encode_error(error, "req_1")["error"]["details"]

    assert details[0]["fieldViolations"] == [{"field": "contents", "description": "Slow down."}]
    assert details[1]["retryDelay"] == "7s"


def test_the_model_list_says_what_each_model_is_asked_for() -> None:
    entries = [{"id": "gpt-5", "display_name": "GPT"}, {"id": "text-embedding-3-small"}, {"id": "whisper"}]

    chats, embeds = encode_model_list({"data": entries})["models"]

    assert (chats["name"], chats["displayName"]) == ("models/gpt-5", "GPT")
    assert "generateContent" in chats["supportedGenerationMethods"]
    assert embeds["supportedGenerationMethods"] == ["embedContent", "batchEmbedContents"]


def test_a_model_tells_its_limits_where_they_are_known() -> None:
    model = encode_model({"id": "gpt-5", "context_length": 400_000, "max_output_tokens": 128_000})

    assert (model["inputTokenLimit"], model["outputTokenLimit"]) == (400_000, 128_000)

"""Whole answers of Claude, on both paths."""

import json
from typing import Any

import pytest

from proxy_core.capabilities import capabilities_of
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.neutral.messages import (
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

FAMILY = AnthropicBedrock()
ROUTE = FAMILY.native["anthropic.messages"]
TARGET = Target(
    "anthropic--claude-4.5-sonnet", "claude-sonnet-4-5", capabilities_of("anthropic--claude-4.5-sonnet")
)
SENT = UpstreamRequest("/invoke", {}, tool_names={"get_weather": "get.weather"})
USAGE = {"input_tokens": 45, "cache_creation_input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 39}


def answer(*content: dict[str, Any], **changes: Any) -> bytes:
    message = {
        "id": "msg_bdrk_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": list(content),
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": USAGE,
    }
    return json.dumps({**message, **changes}).encode()


def test_every_kind_of_block_is_read() -> None:
    body = answer(
        {"type": "thinking", "thinking": "hm", "signature": "EpAC"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "look"},
        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Rome"}},
        stop_reason="tool_use",
    )

    found = FAMILY.decode_response(body, SENT, TARGET)

    assert found.parts == (
        ReasoningPart("hm", Signature("anthropic", "EpAC")),
        ReasoningPart("", redacted="xyz"),
        TextPart("look"),
        ToolCallPart("toolu_1", "get.weather", '{"city":"Rome"}'),
    )
    assert (found.id, found.model) == ("msg_bdrk_01", "claude-sonnet-4-5")
    assert found.finish == FinishReason(FinishKind.TOOL_CALLS, "tool_use")
    assert found.usage == Usage(48, 39, cached_tokens=2, cache_write_tokens=1)


def test_structured_output_tool_becomes_text() -> None:
    sent = UpstreamRequest("/invoke", {}, structured_output_tool="title")
    body = answer(
        {"type": "tool_use", "id": "toolu_1", "name": "title", "input": {"title": "Hi"}}, stop_reason="tool_use"
    )

    found = FAMILY.decode_response(body, sent, TARGET)

    assert found.parts == (TextPart('{"title":"Hi"}'),)
    assert found.finish.kind is FinishKind.STOP


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("end_turn", FinishKind.STOP),
        ("stop_sequence", FinishKind.STOP_SEQUENCE),
        ("max_tokens", FinishKind.LENGTH),
        ("model_context_window_exceeded", FinishKind.LENGTH),
        ("refusal", FinishKind.CONTENT_FILTER),
        ("pause_turn", FinishKind.STOP),
        ("something_new", FinishKind.STOP),
        (None, FinishKind.STOP),
    ],
)
def test_stop_reason(reason: str | None, kind: FinishKind) -> None:
    found = FAMILY.decode_response(answer({"type": "text", "text": "x"}, stop_reason=reason), SENT, TARGET)

    assert (found.finish.kind, found.finish.raw) == (kind, reason)


def test_native_answer_keeps_every_byte_but_the_model() -> None:
    body = answer({"type": "tool_use", "id": "t", "name": "n", "input": {"model": "x", "n": 1.50}}).replace(
        b"1.5", b"1.50"
    )

    adapted, usage = ROUTE.adapt_response(body, SENT, TARGET)

    assert adapted == body.replace(b'"model": "claude-sonnet-4-5-20250929"', b'"model":"claude-sonnet-4-5"')
    assert usage == Usage(48, 39, cached_tokens=2, cache_write_tokens=1)


@pytest.mark.parametrize(
    "body",
    [
        b'{"content":[{"type":"tool_use","input":{"model":"x"}}],"model":"claude"}',
        b'{"content":[{"type":"tool_use","input":{"model":"x"}}]}',
        b'{"usage":{"model":"x"},"model":"claude","content":[{"type":"tool_use","input":{"model":"x"}}]}',
    ],
)
def test_model_in_an_unusual_place_is_still_replaced(body: bytes) -> None:
    adapted, _ = ROUTE.adapt_response(body, SENT, TARGET)

    found = json.loads(adapted)
    assert found["model"] == "claude-sonnet-4-5"
    assert found["content"] == json.loads(body)["content"]


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"content":"x"}', b"{}"])
def test_body_that_is_no_message_is_an_upstream_error(body: bytes) -> None:
    with pytest.raises(UpstreamError) as caught:
        ROUTE.adapt_response(body, SENT, TARGET)

    assert caught.value.status == 502


def test_error_with_status_200_is_an_upstream_error() -> None:
    body = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'

    with pytest.raises(UpstreamError, match="Overloaded") as caught:
        FAMILY.decode_response(body, SENT, TARGET)

    assert caught.value.kind is ErrorKind.OVERLOADED


def test_error_of_bedrock_keeps_its_own_words() -> None:
    headers = {"x-amzn-errortype": "ValidationException:http://internal.amazon.com/coral/"}

    error = FAMILY.decode_error(400, headers, b'{"message":"tools.0: Extra inputs are not permitted"}')

    assert (error.status, error.message) == (400, "tools.0: Extra inputs are not permitted")

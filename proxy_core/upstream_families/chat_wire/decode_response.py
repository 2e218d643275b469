"""A whole chat completion to a neutral answer."""

from typing import Any
from uuid import uuid4

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    ChatResponse,
    FinishKind,
    FinishReason,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import parse_answer, unreadable_error
from proxy_core.wire.openai import decode_usage, finish_kind

__all__ = ["build_finish", "decode_response"]


def decode_response(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    """Raises `UpstreamError` when the body holds an error or no answer."""
    answer = parse_answer(body)
    choice = answer["choices"][0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise unreadable_error("it holds no message")
    calls = tuple(_decode_call(call, sent) for call in message.get("tool_calls") or [])
    refusal = message.get("refusal")
    return ChatResponse(
        id=str(answer.get("id") or ""),
        model=target.public_model,
        parts=(*_decode_texts(message), *calls),
        finish=build_finish(choice.get("finish_reason"), with_tool_call=bool(calls), refused=bool(refusal)),
        usage=decode_usage(answer.get("usage")),
    )


def build_finish(word: Any, *, with_tool_call: bool, refused: bool) -> FinishReason:
    """The finish reason; a refusal counts as filtered, as the other vendors count it."""
    raw = word if isinstance(word, str) and word else None
    kind = finish_kind(raw, with_tool_call=with_tool_call)
    if refused and kind is FinishKind.STOP:
        kind = FinishKind.CONTENT_FILTER
    return FinishReason(kind, raw=raw)


def _decode_texts(message: JsonObject) -> list[ReasoningPart | TextPart]:
    parts: list[ReasoningPart | TextPart] = []
    if isinstance(thought := message.get("reasoning_content"), str) and thought:
        parts.append(ReasoningPart(thought))
    parts += [
        TextPart(text) for key in ("content", "refusal") if isinstance(text := message.get(key), str) and text
    ]
    return parts


def _decode_call(call: JsonObject, sent: UpstreamRequest) -> ToolCallPart:
    function = call.get("function") or {}
    name = str(function.get("name") or "")
    return ToolCallPart(
        id=str(call.get("id") or f"call_{uuid4().hex[:24]}"),
        name=sent.tool_names.get(name, name),
        arguments=str(function.get("arguments") or ""),
    )

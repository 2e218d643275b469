"""A whole chat completion to a neutral answer."""

from typing import Any, Literal
from uuid import uuid4

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    ChatResponse,
    FinishKind,
    FinishReason,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
)
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import parse_answer, unreadable_error
from proxy_core.wire.openai import decode_usage, finish_kind

__all__ = ["Origin", "build_finish", "decode_answer", "decode_response"]

Origin = Literal["anthropic", "gemini", "openai"]


def decode_response(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    """Raises `UpstreamError` when the body holds an error or no answer."""
    return decode_answer(parse_answer(body), sent, target)


def decode_answer(
    answer: JsonObject, sent: UpstreamRequest, target: Target, origin: Origin = "openai"
) -> ChatResponse:
    """A completion that `parse_answer` or the like has looked at. `origin` signed the thoughts in it."""
    choice = answer["choices"][0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise unreadable_error("it holds no message")
    calls = tuple(_decode_call(call, sent) for call in message.get("tool_calls") or [])
    refusal = message.get("refusal")
    return ChatResponse(
        id=str(answer.get("id") or ""),
        model=target.public_model,
        parts=(*_decode_thoughts(message.get("reasoning_content"), origin), *_decode_texts(message), *calls),
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


def _decode_thoughts(value: Any, origin: Origin) -> list[ReasoningPart]:
    """A text, or SAP's list of signed blocks."""
    match value:
        case str() as text if text:
            return [ReasoningPart(text)]
        case list() as blocks:
            return [_decode_thought(block, origin) for block in blocks if isinstance(block, dict)]
        case _:
            return []


def _decode_thought(block: JsonObject, origin: Origin) -> ReasoningPart:
    proof = block.get("signature")
    signature = Signature(origin, proof) if isinstance(proof, str) and proof else None
    return ReasoningPart(str(block.get("content") or ""), signature)


def _decode_texts(message: JsonObject) -> list[TextPart]:
    return [TextPart(text) for key in ("content", "refusal") if isinstance(text := message.get(key), str) and text]


def _decode_call(call: JsonObject, sent: UpstreamRequest) -> ToolCallPart:
    function = call.get("function") or {}
    name = str(function.get("name") or "")
    return ToolCallPart(
        id=str(call.get("id") or f"call_{uuid4().hex[:24]}"),
        name=sent.tool_names.get(name, name),
        arguments=str(function.get("arguments") or ""),
    )

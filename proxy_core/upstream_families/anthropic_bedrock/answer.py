"""A whole Claude answer to the neutral answer."""

from collections.abc import Iterator
from typing import Any

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.neutral.messages import ChatResponse, FilePart, ReasoningPart, TextPart, ToolCallPart
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.upstream_errors import decode_stream_error
from proxy_core.wire.anthropic import decode_arguments, decode_finish, decode_usage, unwrap_signature

__all__ = ["decode_response", "read_message"]

AnswerPart = TextPart | ReasoningPart | ToolCallPart | FilePart


def read_message(body: bytes) -> JsonObject:
    """The message object. Raises `UpstreamError` for an error with status 200 and for anything else."""
    try:
        message = load_json(body)
    except JsonError as error:
        raise _unreadable() from error
    if not isinstance(message, dict):
        raise _unreadable()
    if not isinstance(message.get("content"), list):
        raise decode_stream_error(message) or _unreadable()
    return message


def decode_response(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    message = read_message(body)
    parts = tuple(part for block in message["content"] for part in _decode_block(block, sent))
    calls = any(isinstance(part, ToolCallPart) for part in parts)
    return ChatResponse(
        id=message.get("id") or "",
        model=target.public_model,
        parts=parts,
        finish=decode_finish(message.get("stop_reason"), message.get("stop_sequence"), has_tool_calls=calls),
        usage=decode_usage(message.get("usage") or {}),
    )


def _decode_block(block: Any, sent: UpstreamRequest) -> Iterator[AnswerPart]:
    match block:
        case {"type": "text", "text": str() as text}:
            yield TextPart(text)
        case {"type": "thinking"}:
            yield ReasoningPart(block.get("thinking") or "", unwrap_signature(block.get("signature") or ""))
        case {"type": "redacted_thinking", "data": str() as data}:
            yield ReasoningPart("", redacted=data)
        case {"type": "tool_use", "name": str() as name} if name == sent.structured_output_tool:
            yield TextPart(decode_arguments(block.get("input") or {}))
        case {"type": "tool_use", "id": str() as call_id, "name": str() as name}:
            arguments = decode_arguments(block.get("input") or {})
            yield ToolCallPart(call_id, sent.tool_names.get(name, name), arguments)
        case _:
            return


def _unreadable() -> UpstreamError:
    return UpstreamError(
        "SAP AI Core answered with something that is not a message of Claude.", status=502, kind=ErrorKind.SERVER
    )

"""A whole neutral answer to the dialect's message."""

from typing import assert_never
from uuid import uuid4

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    ChatResponse,
    FilePart,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
)
from proxy_core.wire.anthropic import encode_arguments, encode_stop_reason, encode_usage, wrap_signature

__all__ = ["build_message_id", "carrier_block", "encode_file_text", "encode_response", "is_foreign"]

AnswerPart = TextPart | ReasoningPart | ToolCallPart | FilePart


def encode_response(response: ChatResponse, context: ReplyContext) -> JsonObject:
    content: list[JsonObject] = []
    for part in response.parts:
        content += _encode_part(part)
    return {
        "id": build_message_id(response.id),
        "type": "message",
        "role": "assistant",
        "model": context.model,
        "content": content,
        "stop_reason": encode_stop_reason(response.finish),
        "stop_sequence": response.finish.stop_sequence,
        "usage": encode_usage(response.usage),
    }


def build_message_id(upstream_id: str) -> str:
    """The upstream's id, so that both logs can be matched, under the prefix that this wire expects."""
    if upstream_id.startswith("msg_"):
        return upstream_id
    return f"msg_{upstream_id or uuid4().hex}"


def is_foreign(signature: Signature | None) -> bool:
    return signature is not None and signature.origin != "anthropic"


def carrier_block(signature: Signature) -> JsonObject:
    """An empty thought that carries another vendor's proof over the tool call that follows it; this wire has
    no other place for it. Clients send thoughts back unchanged."""
    return {"type": "thinking", "thinking": "", "signature": wrap_signature(signature)}


def encode_file_text(file: FilePart) -> str:
    """A file in an answer, which this wire cannot hold, as a Markdown image or link."""
    mark = "!" if file.kind == "image" else ""
    target = file.url or f"data:{file.media_type or 'application/octet-stream'};base64,{file.data or ''}"
    return f"{mark}[{file.filename or file.kind}]({target})"


def _encode_part(part: AnswerPart) -> list[JsonObject]:
    match part:
        case TextPart():
            return [{"type": "text", "text": part.text}]
        case ReasoningPart():
            return [_encode_thought(part)]
        case ToolCallPart():
            return _encode_call(part)
        case FilePart():
            return [{"type": "text", "text": encode_file_text(part)}]
        case _:
            assert_never(part)


def _encode_thought(part: ReasoningPart) -> JsonObject:
    if part.redacted is not None:
        return {"type": "redacted_thinking", "data": part.redacted}
    signature = wrap_signature(part.signature) if part.signature else ""
    return {"type": "thinking", "thinking": part.text, "signature": signature}


def _encode_call(part: ToolCallPart) -> list[JsonObject]:
    call = {"type": "tool_use", "id": part.id, "name": part.name, "input": encode_arguments(part.arguments)}
    if part.signature is None or not is_foreign(part.signature):
        return [call]
    return [carrier_block(part.signature), call]

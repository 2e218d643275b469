"""Neutral messages to Anthropic messages, one method per part kind. The rules of turns are not here."""

import base64
import binascii
from collections.abc import Sequence
from typing import assert_never

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    Extras,
    FilePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.upstream_families.anthropic_bedrock.media import build_document_source
from proxy_core.upstream_families.bedrock_names import build_call_id, build_tool_name
from proxy_core.upstream_families.image_kind import image_type
from proxy_core.upstream_families.notes import Notes
from proxy_core.wire.anthropic import encode_arguments

__all__ = ["encode_messages"]

_CACHE = "anthropic.cache_control"


def encode_messages(messages: Sequence[Message], notes: Notes) -> list[JsonObject]:
    """Raises `ClientError` for content that Claude cannot take."""
    return [_encode_message(message, f"messages[{index}]", notes) for index, message in enumerate(messages)]


def _encode_message(message: Message, path: str, notes: Notes) -> JsonObject:
    blocks: list[JsonObject] = []
    for index, part in enumerate(message.parts):
        block = _encode_part(part, f"{path}.content[{index}]", notes)
        if block is not None:
            blocks.append(block)
    if blocks and (cache := message.extras.get(_CACHE)):
        blocks[-1] = {**blocks[-1], "cache_control": cache}
    return {"role": message.role, "content": blocks}


def _encode_part(part: Part, path: str, notes: Notes) -> JsonObject | None:
    match part:
        case TextPart():
            return _cached({"type": "text", "text": part.text}, part.extras)
        case ReasoningPart():
            return _encode_thought(part, notes)
        case ToolCallPart():
            return _cached(_encode_call(part), part.extras)
        case FilePart():
            return _cached(_encode_file(part, path), part.extras)
        case ToolResultPart():
            return _cached(_encode_result(part, path), part.extras)
        case _:
            assert_never(part)


def _encode_thought(part: ReasoningPart, notes: Notes) -> JsonObject | None:
    """Only Claude's own proofs go back to Claude."""
    signature = part.signature
    if part.redacted is not None and (signature is None or signature.origin == "anthropic"):
        return {"type": "redacted_thinking", "data": part.redacted}
    if signature is not None and signature.origin == "anthropic":
        return {"type": "thinking", "thinking": part.text, "signature": signature.value}
    notes.dropped("messages[].reasoning", "the thought was not signed by a model of this kind")
    return None


def _encode_call(part: ToolCallPart) -> JsonObject:
    return {
        "type": "tool_use",
        "id": build_call_id(part.id),
        "name": build_tool_name(part.name),
        "input": encode_arguments(part.arguments),
    }


def _encode_result(part: ToolResultPart, path: str) -> JsonObject:
    content = [
        block
        for index, item in enumerate(part.content)
        if (block := _encode_content(item, f"{path}.content[{index}]"))
    ]
    result: JsonObject = {"type": "tool_result", "tool_use_id": build_call_id(part.call_id), "content": content}
    if part.is_error:
        result["is_error"] = True
    return result


def _encode_content(part: TextPart | FilePart, path: str) -> JsonObject:
    block = {"type": "text", "text": part.text} if isinstance(part, TextPart) else _encode_file(part, path)
    return _cached(block, part.extras)


def _encode_file(part: FilePart, path: str) -> JsonObject:
    path = part.path or path
    if part.kind == "audio":
        raise ClientError(f"{path}: Claude cannot listen to audio.", param=path)
    block: JsonObject = {"type": part.kind, "source": _encode_source(part, path)}
    if part.kind == "document" and part.filename:
        block["title"] = part.filename
    return block


def _encode_source(part: FilePart, path: str) -> JsonObject:
    if part.data is None:
        if part.url is None:
            raise ClientError(f"{path}: the file has neither data nor a URL.", param=path)
        return {"type": "url", "url": part.url}
    if part.kind == "image":
        media_type = part.media_type or image_type(part.data) or "image/png"
        return {"type": "base64", "media_type": media_type, "data": part.data}
    if part.media_type == "application/pdf":
        return {"type": "base64", "media_type": part.media_type, "data": part.data}
    return build_document_source(part.media_type or "unknown", _bytes_of(part.data, path), path)


def _bytes_of(data: str, path: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        raise ClientError(f"{path}: the file's data is not base64.", param=path) from None


def _cached(block: JsonObject, extras: Extras) -> JsonObject:
    cache = extras.get(_CACHE)
    return {**block, "cache_control": cache} if cache else block

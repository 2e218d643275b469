"""Parts of an answer as items of the Responses wire, one function per part kind."""

from collections.abc import Mapping
from typing import assert_never
from uuid import uuid4

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import FilePart, ReasoningPart, Signature, TextPart, ToolCallPart
from proxy_core.wire.openai.responses_reasoning import encode_seal, reasoning_item_id
from proxy_core.wire.openai.responses_shapes import new_response_id
from proxy_core.wire.openai.responses_tools import ToolOrigin, restore_call

__all__ = [
    "AnswerPart",
    "Origins",
    "build_call_item",
    "build_message_item",
    "build_part",
    "build_thought_item",
    "carrier_item",
    "encode_part",
    "file_text",
    "item_id",
]

AnswerPart = TextPart | ReasoningPart | ToolCallPart | FilePart
Origins = Mapping[str, ToolOrigin]
_PREFIXES = {"reasoning": "rs", "message": "msg", "function_call": "fc", "custom_tool_call": "ctc"}


def item_id(kind: str) -> str:
    """A new id with the prefix that this wire expects of the item type."""
    return new_response_id(_PREFIXES.get(kind, "item"), uuid4().hex)


def encode_part(part: AnswerPart, origins: Origins) -> list[JsonObject]:
    """The complete items of a part."""
    match part:
        case TextPart():
            return [build_message_item(item_id("message"), part.text)]
        case ReasoningPart():
            return [build_thought_item(reasoning_item_id(part) or item_id("reasoning"), part)]
        case ToolCallPart():
            kind = "custom_tool_call" if _is_custom(part.name, origins) else "function_call"
            call = build_call_item(item_id(kind), part, origins)
            return [*carrier_item(part.signature), call]
        case FilePart():
            return [_file_item(part)]
        case _:
            assert_never(part)


def build_message_item(identity: str, text: str, status: str = "completed") -> JsonObject:
    return {
        "id": identity,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": [build_part(text)],
    }


def build_part(text: str) -> JsonObject:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def build_thought_item(identity: str, part: ReasoningPart) -> JsonObject:
    """The seal is always there: no client of this wire needs to ask for it to be able to send it back."""
    item: JsonObject = {"id": identity, "type": "reasoning", "summary": []}
    if part.text:
        item["summary"] = [{"type": "summary_text", "text": part.text}]
    if (seal := encode_seal(part, identity)) is not None:
        item["encrypted_content"] = seal
    return item


def build_call_item(identity: str, part: ToolCallPart, origins: Origins, status: str = "completed") -> JsonObject:
    """A call as the client knows the tool."""
    item = {"id": identity, "type": "function_call", "status": status, "call_id": part.id, "name": part.name}
    return restore_call({**item, "arguments": part.arguments or "{}"}, origins)


def carrier_item(signature: Signature | None) -> list[JsonObject]:
    """An empty thought that brings Gemini's proof over the call after it home; the wire has no other place."""
    if signature is None or signature.origin == "openai":
        return []
    return [build_thought_item(item_id("reasoning"), ReasoningPart("", signature))]


def file_text(part: FilePart) -> str:
    """A file other than an image, which this wire cannot hold, as a Markdown link."""
    target = part.url or f"data:{part.media_type or 'application/octet-stream'};base64,{part.data or ''}"
    return f"[{part.filename or part.kind}]({target})"


def _file_item(part: FilePart) -> JsonObject:
    if part.kind != "image" or part.data is None:
        return build_message_item(item_id("message"), file_text(part))
    identity = new_response_id("ig", uuid4().hex)
    return {"id": identity, "type": "image_generation_call", "status": "completed", "result": part.data}


def _is_custom(name: str, origins: Origins) -> bool:
    origin = origins.get(name)
    return origin is not None and origin.custom

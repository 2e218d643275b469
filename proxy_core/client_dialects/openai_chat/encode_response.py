"""A whole neutral answer to a chat completion body."""

from typing import Any
from uuid import uuid4

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatResponse, FilePart, ReasoningPart, Signature, TextPart, ToolCallPart
from proxy_core.wire.openai import FINISH_WORDS, custom_input, custom_tool_names, encode_usage

__all__ = ["build_answer_id", "encode_image", "encode_response", "encode_signature"]


def encode_response(response: ChatResponse, context: ReplyContext) -> JsonObject:
    """Thoughts go out as `reasoning_content`, images as `images`, as other gateways do."""
    return {
        "id": build_answer_id(response.id),
        "object": "chat.completion",
        "created": context.created,
        "model": context.model,
        "choices": [
            {
                "index": 0,
                "message": _encode_message(response, custom_tool_names(context.request)),
                "logprobs": None,
                "finish_reason": FINISH_WORDS[response.finish.kind],
            }
        ],
        "usage": encode_usage(response.usage),
    }


def build_answer_id(upstream_id: str) -> str:
    """The upstream's id in the form of this wire, or a new one."""
    name = upstream_id or uuid4().hex
    return name if name.startswith("chatcmpl-") else f"chatcmpl-{name}"


def encode_signature(signature: Signature | None) -> JsonObject:
    """Google's own place for the signature of a tool call; this wire has none for the others."""
    if signature is None or signature.origin != "gemini":
        return {}
    return {"extra_content": {"google": {"thought_signature": signature.value}}}


def encode_image(part: FilePart) -> JsonObject:
    url = part.url or f"data:{part.media_type};base64,{part.data}"
    return {"type": "image_url", "image_url": {"url": url}}


def _encode_message(response: ChatResponse, custom_tools: frozenset[str]) -> JsonObject:
    texts = [part.text for part in response.parts if isinstance(part, TextPart)]
    thoughts = [part.text for part in response.parts if isinstance(part, ReasoningPart)]
    calls = [_encode_call(part, custom_tools) for part in response.parts if isinstance(part, ToolCallPart)]
    images = [encode_image(part) for part in response.parts if isinstance(part, FilePart)]
    content = "".join(texts) if texts or not calls else None
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    if thought := "\n\n".join(filter(None, thoughts)):
        message["reasoning_content"] = thought
    if calls:
        message["tool_calls"] = calls
    if images:
        message["images"] = images
    return message


def _encode_call(part: ToolCallPart, custom_tools: frozenset[str]) -> JsonObject:
    arguments = custom_input(part.arguments) if part.name in custom_tools else part.arguments or "{}"
    function = {"name": part.name, "arguments": arguments}
    return {"id": part.id, "type": "function", "function": function, **encode_signature(part.signature)}

"""A whole neutral answer to a Gemini body, and the parts that streams share with it."""

from collections.abc import Mapping
from uuid import uuid4

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.neutral.messages import (
    ChatResponse,
    FilePart,
    FinishKind,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    Usage,
)
from proxy_core.wire.gemini_signatures import wrap_hidden, wrap_signature

__all__ = [
    "FINISH_WORDS",
    "answer_id",
    "encode_call",
    "encode_file",
    "encode_response",
    "encode_usage",
    "shows_thoughts",
    "signed",
    "thought_part",
]

FINISH_WORDS: Mapping[FinishKind, str] = {
    FinishKind.STOP: "STOP",
    FinishKind.STOP_SEQUENCE: "STOP",
    FinishKind.TOOL_CALLS: "STOP",
    FinishKind.LENGTH: "MAX_TOKENS",
    FinishKind.CONTENT_FILTER: "SAFETY",
}


def encode_response(response: ChatResponse, context: ReplyContext) -> JsonObject:
    """Thoughts are told where the client asked for them; their proofs always go out."""
    with_thoughts = shows_thoughts(context.request)
    parts = [wire for part in response.parts if (wire := _encode_part(part, with_thoughts)) is not None]
    return {
        "candidates": [
            {
                "content": {"role": "model", "parts": parts},
                "finishReason": FINISH_WORDS[response.finish.kind],
                "index": 0,
            }
        ],
        "usageMetadata": encode_usage(response.usage),
        "modelVersion": context.model,
        "responseId": answer_id(response.id),
    }


def answer_id(upstream_id: str) -> str:
    return upstream_id or uuid4().hex


def shows_thoughts(body: JsonObject) -> bool:
    """Whether the client's body asks for thoughts."""
    config = body.get("generationConfig") or body.get("generation_config") or {}
    thinking = config.get("thinkingConfig") or config.get("thinking_config") or {}
    return (thinking.get("includeThoughts") or thinking.get("include_thoughts")) is True


def encode_call(part: ToolCallPart, signature: Signature | None) -> JsonObject:
    """Broken arguments stay as text inside an object: this wire knows objects only."""
    try:
        arguments = load_json(part.arguments) if part.arguments.strip() else {}
    except JsonError:
        arguments = part.arguments
    if not isinstance(arguments, dict):
        arguments = {"_raw": arguments}
    return signed({"functionCall": {"id": part.id, "name": part.name, "args": arguments}}, signature)


def encode_file(part: FilePart) -> JsonObject:
    media_type = part.media_type or "application/octet-stream"
    if part.url is not None:
        return {"fileData": {"mimeType": media_type, "fileUri": part.url}}
    return {"inlineData": {"mimeType": media_type, "data": part.data or ""}}


def signed(part: JsonObject, signature: Signature | None) -> JsonObject:
    return {**part, "thoughtSignature": wrap_signature(signature)} if signature else part


def thought_part(text: str, signature: Signature | None, redacted: str | None = None) -> JsonObject:
    if redacted is not None:
        return {"text": "", "thought": True, "thoughtSignature": wrap_hidden(redacted)}
    return signed({"text": text, "thought": True}, signature)


def encode_usage(usage: Usage) -> JsonObject:
    """Thoughts stand beside the candidates on this wire."""
    counts = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": max(0, usage.output_tokens - usage.reasoning_tokens),
        "totalTokenCount": usage.input_tokens + usage.output_tokens,
    }
    extra = {"thoughtsTokenCount": usage.reasoning_tokens, "cachedContentTokenCount": usage.cached_tokens}
    return counts | {name: count for name, count in extra.items() if count}


def _encode_part(
    part: TextPart | ReasoningPart | ToolCallPart | FilePart, with_thoughts: bool
) -> JsonObject | None:
    match part:
        case TextPart():
            return signed({"text": part.text}, part.signature)
        case ReasoningPart():
            text = part.text if with_thoughts else ""
            told = text or part.signature or part.redacted is not None
            return thought_part(text, part.signature, part.redacted) if told else None
        case ToolCallPart():
            return encode_call(part, part.signature)
        case FilePart():
            return encode_file(part)

"""What the `encrypted_content` of a Responses item may hold, seen from both sides.

OpenAI's own sealed thoughts pass unchanged. A thought of another vendor travels as a wrapper: its signature, its
hidden text, or, for a folded conversation, the summary. Clients send items back as they got them.
"""

from typing import Literal, get_args

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ReasoningPart, Signature
from proxy_core.wire.wrapping import is_wrapped, unwrap, wrap

__all__ = [
    "ENCRYPTED_CONTENT",
    "SUMMARY_OPENING",
    "build_sealed_item",
    "decode_reasoning_item",
    "decode_summary",
    "encode_seal",
    "encode_summary",
    "is_foreign_seal",
    "reasoning_item_id",
    "sign_item",
]

ENCRYPTED_CONTENT = "reasoning.encrypted_content"
"""What a request lists under `include` to get sealed thoughts."""

SUMMARY_OPENING = "What was said before, in short:\n\n"
"""Stands before the summary of a folded conversation."""

_HIDDEN = "redacted"
_SUMMARY = "summary"
_Origin = Literal["anthropic", "gemini", "openai"]
_ORIGINS: dict[str, _Origin] = {origin: origin for origin in get_args(_Origin)}
_SPACE = " "


def encode_seal(part: ReasoningPart, item_id: str) -> str | None:
    """The `encrypted_content` that brings this thought home in the item of that id; None without a proof."""
    if part.redacted is not None:
        return wrap(_HIDDEN, part.redacted)
    if part.signature is None:
        return None
    if part.signature.origin == "openai" and reasoning_item_id(part) == item_id:
        return part.signature.value.partition(_SPACE)[2]
    return wrap(part.signature.origin, part.signature.value)


def sign_item(item: JsonObject) -> Signature | None:
    """OpenAI's own seal with the id that it belongs to; None for an item without one."""
    seal = item.get("encrypted_content")
    if not isinstance(seal, str) or not seal:
        return None
    return Signature("openai", f"{item.get('id') or ''}{_SPACE}{seal}")


def reasoning_item_id(part: ReasoningPart) -> str | None:
    """The id under which OpenAI sealed the thought: both belong together."""
    if part.signature is None or part.signature.origin != "openai":
        return None
    return part.signature.value.partition(_SPACE)[0] or None


def build_sealed_item(part: ReasoningPart) -> JsonObject | None:
    """The `reasoning` item for OpenAI's own models; None for a thought that OpenAI did not seal."""
    if part.signature is None or part.signature.origin != "openai":
        return None
    identity, _, seal = part.signature.value.partition(_SPACE)
    summary = [{"type": "summary_text", "text": part.text}] if part.text else []
    item: JsonObject = {"id": identity} if identity else {}
    return {**item, "type": "reasoning", "summary": summary, "encrypted_content": seal}


def decode_reasoning_item(item: JsonObject) -> ReasoningPart | None:
    """The thought of a `reasoning` item; None when nothing of it can be read or proven."""
    text = _text_of(item.get("summary")) or _text_of(item.get("content"))
    seal = item.get("encrypted_content")
    if not isinstance(seal, str) or not seal:
        return ReasoningPart(text) if text else None
    if not is_wrapped(seal):
        return ReasoningPart(text, sign_item(item))
    kind, value = unwrap(seal) or ("", "")
    if kind == _HIDDEN:
        return ReasoningPart("", redacted=value)
    if origin := _ORIGINS.get(kind):
        return ReasoningPart(text, Signature(origin, value))
    return ReasoningPart(text) if text else None


def is_foreign_seal(item: JsonObject) -> bool:
    """True for a seal of this proxy's own, which OpenAI's models cannot open."""
    seal = item.get("encrypted_content")
    return isinstance(seal, str) and is_wrapped(seal)


def encode_summary(text: str) -> str:
    """The `encrypted_content` of a compaction item that this proxy writes."""
    return wrap(_SUMMARY, text)


def decode_summary(item: JsonObject) -> str | None:
    """The summary in a compaction item; None for one that another service sealed."""
    seal = item.get("encrypted_content")
    found = unwrap(seal) if isinstance(seal, str) else None
    return found[1] if found and found[0] == _SUMMARY else None


def _text_of(parts: object) -> str:
    if not isinstance(parts, list):
        return ""
    texts = [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]
    return "\n\n".join(filter(None, texts))

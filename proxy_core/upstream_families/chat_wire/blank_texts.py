"""Texts of nothing but white space, which Claude, Gemini and Cohere refuse wherever they stand.

Works on chat messages; what needs no change stays the same object.
"""

from collections.abc import Iterable
from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["without_blanks"]

_EMPTY = "(no content)"
_SILENT = frozenset({"system", "developer", "assistant"})
"""Roles whose messages may go when they say nothing; a user's turn and a result may not."""


def without_blanks(messages: Iterable[JsonObject]) -> list[JsonObject]:
    """The messages without blank texts: an empty question or result says so, any other empty message goes."""
    return [kept for message in messages if (kept := _filled(message)) is not None]


def _filled(message: JsonObject) -> JsonObject | None:
    content = message.get("content")
    said = _said(content)
    if said is content and said:
        return message
    if said:
        return {**message, "content": said}
    if message.get("role") not in _SILENT:
        return {**message, "content": _EMPTY}
    if not message.get("tool_calls"):
        return None
    return {key: value for key, value in message.items() if key != "content"} if "content" in message else message


def _said(content: Any) -> Any:
    match content:
        case str():
            return None if _is_blank(content) else content
        case list():
            kept = [part for part in content if not _is_blank_part(part)]
            return content if len(kept) == len(content) else kept
        case _:
            return content


def _is_blank_part(part: Any) -> bool:
    match part:
        case {"type": "text", "text": str() as text}:
            return _is_blank(text)
        case _:
            return False


def _is_blank(text: str) -> bool:
    return not text or text.isspace()

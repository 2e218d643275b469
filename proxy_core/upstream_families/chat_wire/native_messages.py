"""Messages of a chat client with the fields that the wire knows.

A conversation may be a megabyte: messages and parts that need no change stay the same objects.
"""

from collections.abc import Mapping
from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.upstream_families.chat_wire.plain_turn import is_plain
from proxy_core.upstream_families.chat_wire.tool_files import move_tool_files
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames, fit_call_id
from proxy_core.upstream_families.notes import Notes

__all__ = ["adapt_messages", "messages_of"]

_KEYS: Mapping[str, frozenset[str]] = {
    "system": frozenset({"role", "content", "name"}),
    "developer": frozenset({"role", "content", "name"}),
    "user": frozenset({"role", "content", "name"}),
    "assistant": frozenset({"role", "content", "name", "refusal", "tool_calls", "function_call", "audio"}),
    "tool": frozenset({"role", "content", "tool_call_id"}),
    "function": frozenset({"role", "content", "name"}),
}
"""Fields by role. What else clients send is other vendors': thoughts, cache marks, signatures."""

_PART_KEYS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"type", "text"}),
    "image_url": frozenset({"type", "image_url"}),
    "file": frozenset({"type", "file"}),
    "input_audio": frozenset({"type", "input_audio"}),
    "refusal": frozenset({"type", "refusal"}),
}
_TRANSLATED = frozenset({"is_error"})
_THOUGHTS = frozenset({"thinking", "redacted_thinking"})
_INSTEAD_OF_TEXT = ("tool_calls", "function_call", "refusal", "audio")
_CALL_KEYS = frozenset({"id", "type", "function"})


def messages_of(body: JsonObject) -> list[Any]:
    """The messages of a client's body. Raises `ClientError` when there are none."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ClientError("`messages` must be a list with at least one message.", param="messages")
    return messages


def adapt_messages(messages: list[Any], names: ToolNames, notes: Notes) -> list[JsonObject]:
    """Raises `ClientError` for an item that is no message."""
    adapted = [
        message if is_plain(message) else _adapt_message(message, index, names, notes)
        for index, message in enumerate(messages)
    ]
    return move_tool_files(adapted, notes)


def _adapt_message(message: Any, index: int, names: ToolNames, notes: Notes) -> JsonObject:
    if not isinstance(message, dict):
        raise ClientError(f"`messages[{index}]` must be an object.", param=f"messages[{index}]")
    changes: JsonObject = {}
    content = message.get("content")
    if isinstance(content, list) and (parts := _adapt_parts(content, notes)) is not content:
        changes["content"] = parts
    if changes.get("content", content) == []:
        changes["content"] = None
    if changes.get("content", content) is None and _says_nothing(message):
        changes["content"] = ""
    if calls := message.get("tool_calls"):
        changes["tool_calls"] = _adapt_calls(calls, names, notes)
    identity = message.get("tool_call_id")
    if isinstance(identity, str) and (fitted := fit_call_id(identity)) != identity:
        changes["tool_call_id"] = fitted
    if message.get("is_error") is True:
        changes["content"] = _as_error(changes.get("content", content))
    keys = _KEYS.get(_word(message, "role"), frozenset(message))
    if not changes and message.keys() <= keys and not _has_empty_fields(message):
        return message
    kept = _known({**message, **changes}, keys | _TRANSLATED, "messages[]", notes)
    return {key: value for key, value in kept.items() if key in keys and not _is_empty(key, value)}


def _says_nothing(message: JsonObject) -> bool:
    """True for an answer without a word or a call, for which the wire wants a text; clients keep such turns."""
    return message.get("role") == "assistant" and not any(message.get(key) for key in _INSTEAD_OF_TEXT)


def _has_empty_fields(message: JsonObject) -> bool:
    """SDKs give a message back with a null in every field that it lacks, and the host may refuse that."""
    return message.get("tool_calls") == [] or any(
        value is None and key != "content" for key, value in message.items()
    )


def _known(holder: JsonObject, keys: frozenset[str], path: str, notes: Notes) -> JsonObject:
    for key in holder.keys() - keys:
        notes.dropped(f"{path}.{key}", "the wire has no place for it")
    return {key: value for key, value in holder.items() if key in keys}


def _word(holder: JsonObject, key: str) -> str:
    """The text at `key`; anything else is for the host to refuse."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _is_empty(key: str, value: Any) -> bool:
    return (value is None and key != "content") or (key == "tool_calls" and not value)


def _adapt_parts(parts: list[Any], notes: Notes) -> list[Any]:
    """The same list where nothing changes."""
    adapted = [_adapt_part(part, notes) for part in parts if not _is_thought(part)]
    if len(adapted) < len(parts):
        notes.dropped("messages[].content[].thinking", "the wire has no place for it")
    if len(adapted) == len(parts) and all(new is old for new, old in zip(adapted, parts, strict=True)):
        return parts
    return adapted


def _is_thought(part: Any) -> bool:
    return isinstance(part, dict) and _word(part, "type") in _THOUGHTS


def _adapt_part(part: Any, notes: Notes) -> Any:
    if not isinstance(part, dict):
        return part
    keys = _PART_KEYS.get(_word(part, "type"))
    if keys is None or part.keys() <= keys:
        return part
    return _known(part, keys, "messages[].content[]", notes)


def _adapt_calls(calls: Any, names: ToolNames, notes: Notes) -> Any:
    if not isinstance(calls, list):
        return calls
    return [_adapt_call(call, names, notes) for call in calls]


def _adapt_call(call: Any, names: ToolNames, notes: Notes) -> Any:
    match call:
        case {"id": str() as identity, "function": {"name": str() as name} as function}:
            adapted = _known(call, _CALL_KEYS, "messages[].tool_calls[]", notes)
            fitted = names.fit(name)
            if fitted != name or not isinstance(function.get("arguments"), str):
                adapted["function"] = {**function, "name": fitted, "arguments": _arguments(function)}
            return {**adapted, "id": fit_call_id(identity), "type": "function"}
        case {"id": str() as identity, "custom": {"name": str() as name} as custom}:
            arguments = dump_json({"input": custom.get("input") or ""}).decode()
            function = {"name": names.fit(name), "arguments": arguments}
            return {"id": fit_call_id(identity), "type": "function", "function": function}
        case _:
            return call


def _arguments(function: JsonObject) -> str:
    """The arguments' text. Some clients send the object itself, or nothing for none."""
    arguments = function.get("arguments")
    return arguments if isinstance(arguments, str) else dump_json(arguments or {}).decode()


def _as_error(content: Any) -> Any:
    if isinstance(content, list):
        return [{"type": "text", "text": "Error:"}, *content]
    return f"Error: {content or ''}"

"""Is a chat body what the wire wants? Asked on the native routes, where nobody decodes the conversation.

A mistake is told here, by its place, before a deployment is asked. Only shapes are judged: which part a model can
read and whether calls and results belong together is for the host to say.
"""

from collections.abc import Mapping
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.chat_wire.plain_turn import is_plain
from proxy_core.wire.openai.checks import Check, flag, list_of, object_of, schema_root, text, word
from proxy_core.wire.openai.fields import refused, required_list, required_object, required_text

__all__ = ["check_conversation"]

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_MAY_BE_SILENT = frozenset({"assistant", "function"})
_THOUGHTS = frozenset({"thinking", "redacted_thinking"})
_MODES = ("auto", "none", "required")
_ADDRESSES = ("data:", "http://", "https://")


def _address(value: Any, path: str) -> None:
    if not isinstance(value, str) or not value.startswith(_ADDRESSES):
        raise refused(path, "a data URL or an http(s) URL", None if isinstance(value, str) else value)


_PARTS: Mapping[str, Check] = {
    "text": object_of({"text": text}, "text"),
    "image_url": object_of({"image_url": object_of({"url": _address, "detail": text}, "url")}, "image_url"),
    "file": object_of({"file": object_of({"file_data": text, "file_id": text, "filename": text})}, "file"),
    "input_audio": object_of(
        {"input_audio": object_of({"data": text, "format": text}, "data", "format")}, "input_audio"
    ),
    "refusal": object_of({"refusal": text}, "refusal"),
}
_FUNCTION: Check = object_of(
    {
        "name": text,
        "description": text,
        "parameters": schema_root,
        "strict": flag,
    },
    "name",
)


def check_conversation(body: JsonObject, *, own_parts_only: bool) -> None:
    """Messages, tools and tool choice of a settled body. `own_parts_only` refuses content types that OpenAI does
    not know. Raises `ClientError` with a path such as `messages[2].tool_calls[0].id`."""
    for index, message in enumerate(required_list(body, "messages", "messages")):
        if not is_plain(message):
            _check_message(message, f"messages[{index}]", own_parts_only)
    if body.get("tools") is not None:
        list_of(_check_tool)(body["tools"], "tools")
    if body.get("functions") is not None:
        list_of(_FUNCTION)(body["functions"], "functions")
    if body.get("tool_choice") is not None:
        _check_choice(body["tool_choice"], "tool_choice")


def _check_message(message: Any, path: str, own_parts_only: bool) -> None:
    role = required_object(message, path).get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise refused(f"{path}.role", "one of system, developer, user, assistant, tool", role)
    match message.get("content"):
        case str():
            pass
        case None if role in _MAY_BE_SILENT:
            pass
        case list() as parts if parts or role in _MAY_BE_SILENT:
            for index, part in enumerate(parts):
                _check_part(part, f"{path}.content[{index}]", own_parts_only)
        case [] | None:
            raise refused(f"{path}.content", "a string or a list of at least one part")
        case value:
            raise refused(f"{path}.content", "a string or a list of parts", value)
    if role == "tool":
        required_text(message, "tool_call_id", f"{path}.tool_call_id")
    if message.get("tool_calls") is not None:
        list_of(_check_call)(message["tool_calls"], f"{path}.tool_calls")


def _check_part(part: Any, path: str, own_parts_only: bool) -> None:
    kind = required_text(required_object(part, path), "type", f"{path}.type")
    if check := _PARTS.get(kind):
        check(part, path)
    elif own_parts_only and kind not in _THOUGHTS:
        raise refused(f"{path}.type", "one of " + ", ".join(_PARTS))


def _check_call(call: Any, path: str) -> None:
    required_text(required_object(call, path), "id", f"{path}.id")
    if call.get("type") == "custom":
        object_of({"name": text, "input": text}, "name")(call.get("custom"), f"{path}.custom")
        return
    function = required_object(call.get("function"), f"{path}.function")
    required_text(function, "name", f"{path}.function.name")
    arguments = function.get("arguments")
    if not isinstance(arguments, str | dict | None):
        raise refused(f"{path}.function.arguments", "a string of JSON", arguments)


def _check_tool(tool: Any, path: str) -> None:
    word("function")(required_object(tool, path).get("type"), f"{path}.type")
    _FUNCTION(tool.get("function"), f"{path}.function")


def _check_choice(choice: Any, path: str) -> None:
    match choice:
        case str() if choice in _MODES:
            pass
        case {"type": "function"}:
            object_of({"function": object_of({"name": text}, "name")}, "function")(choice, path)
        case {"type": "allowed_tools"}:
            pass
        case _:
            raise refused(path, "auto, none, required, or an object that names a function", choice)

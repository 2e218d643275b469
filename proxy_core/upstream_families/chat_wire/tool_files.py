"""Files in the results of tools, on the native routes of the chat wire: tools answer with text alone there, so
their files follow in a message of the user.
"""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.notes import Notes

__all__ = ["ATTACHED", "heading_of", "move_tool_files"]

ATTACHED = "The result is attached below."
_FILES = frozenset({"image_url", "file", "input_audio"})


def heading_of(call_id: str) -> str:
    """What stands before the files of one tool call."""
    return f"Attachments from tool call {call_id}:"


def move_tool_files(messages: list[JsonObject], notes: Notes) -> list[JsonObject]:
    """The messages with the files of tool messages behind the last result of the same turn. The same list where no
    tool message holds any."""
    if not any(map(_holds_files, messages)):
        return messages
    notes.changed("messages[].content", "tools answer with text here: their files follow in a user message")
    moved: list[JsonObject] = []
    files: list[Any] = []
    for message in messages:
        if files and message.get("role") != "tool":
            moved.append({"role": "user", "content": files})
            files = []
        if _holds_files(message):
            files += [{"type": "text", "text": heading_of(str(message.get("tool_call_id")))}]
            files += filter(_is_file, message["content"])
            said = [part for part in message["content"] if not _is_file(part)]
            moved.append({**message, "content": said or ATTACHED})
        else:
            moved.append(message)
    return [*moved, {"role": "user", "content": files}] if files else moved


def _holds_files(message: JsonObject) -> bool:
    content = message.get("content")
    return message.get("role") == "tool" and isinstance(content, list) and any(map(_is_file, content))


def _is_file(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in _FILES

"""Messages and their content blocks to neutral messages, one method per block type."""

import re
from typing import Any

from proxy_core.client_dialects.anthropic_messages.tools import cache_extras
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import (
    FilePart,
    Message,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.wire.anthropic import (
    decode_arguments,
    expect_list,
    expect_object,
    expect_text,
    unwrap_signature,
)
from proxy_core.wire.billing_note import is_billing_note

__all__ = ["ConversationReader"]

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}
_SERVER_CALL = re.compile(r"server_tool_use|mcp_tool_use")
_SERVER_RESULT = re.compile(r"\w+_tool_result")


class ConversationReader:
    """Reads one conversation. Keeps the names of the tool calls, for the results that follow them."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def read(self, system: Any, messages: list[Any]) -> tuple[Message, ...]:
        """Raises `ClientError` that names the block at fault."""
        read = [] if system is None else [Message("system", _without_note(self._parts(system, "system")))]
        for index, item in enumerate(messages):
            read.append(self._message(item, f"messages[{index}]"))
        return tuple(message for message in read if message.parts)

    def _message(self, item: Any, path: str) -> Message:
        message = expect_object(item, path)
        role = _ROLES.get(expect_text(message.get("role"), f"{path}.role"))
        if role is None:
            raise ClientError(
                f"{path}.role: expected 'user', 'assistant' or 'system', got {message['role']!r}.",
                param=f"{path}.role",
            )
        return Message(role, _with_signed_calls(self._parts(message.get("content"), f"{path}.content")))

    def _parts(self, content: Any, path: str) -> tuple[Part, ...]:
        if isinstance(content, str):
            return _text_parts(content, {})
        if not isinstance(content, list):
            raise ClientError(f"{path}: expected a string or a list of content blocks.", param=path)
        parts: list[Part] = []
        for index, item in enumerate(content):
            parts += self._block(expect_object(item, f"{path}[{index}]"), f"{path}[{index}]")
        return tuple(parts)

    def _block(self, block: JsonObject, path: str) -> tuple[Part, ...]:
        match block.get("type"):
            case "thinking":
                return _thinking(block, path)
            case "redacted_thinking":
                return (ReasoningPart("", redacted=expect_text(block.get("data"), f"{path}.data")),)
            case "tool_use":
                return (self._tool_use(block, path),)
            case "tool_result":
                return (self._tool_result(block, path),)
            case str() as name if _SERVER_CALL.fullmatch(name):
                return (TextPart(f"[{block.get('name')}] {decode_arguments(block.get('input'))}"),)
            case str() as name if _SERVER_RESULT.fullmatch(name):
                return (TextPart(dump_json(block.get("content")).decode()),)
            case _:
                return _plain_block(block, path)

    def _tool_use(self, block: JsonObject, path: str) -> ToolCallPart:
        call_id = expect_text(block.get("id"), f"{path}.id")
        name = expect_text(block.get("name"), f"{path}.name")
        self._names[call_id] = name
        return ToolCallPart(call_id, name, decode_arguments(block.get("input") or {}), extras=cache_extras(block))

    def _tool_result(self, block: JsonObject, path: str) -> ToolResultPart:
        call_id = expect_text(block.get("tool_use_id"), f"{path}.tool_use_id")
        return ToolResultPart(
            call_id,
            _plain_content(block.get("content"), f"{path}.content"),
            is_error=block.get("is_error") is True,
            name=self._names.get(call_id),
            extras=cache_extras(block),
        )


def _without_note(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part for part in parts if not (isinstance(part, TextPart) and is_billing_note(part.text)))


def _with_signed_calls(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """An empty thought with Gemini's proof belongs to the call that follows: see the encoders."""
    signed: list[Part] = []
    for part in parts:
        match part, signed[-1:]:
            case ToolCallPart(), [ReasoningPart(text="", signature=proof)] if proof and proof.origin == "gemini":
                signed[-1] = ToolCallPart(part.id, part.name, part.arguments, proof, part.extras)
            case _:
                signed.append(part)
    return tuple(signed)


def _thinking(block: JsonObject, path: str) -> tuple[Part, ...]:
    text = expect_text(block.get("thinking", ""), f"{path}.thinking")
    signature = unwrap_signature(expect_text(block.get("signature") or "", f"{path}.signature"))
    return (ReasoningPart(text, signature),) if text or signature else ()


def _plain_content(content: Any, path: str) -> tuple[TextPart | FilePart, ...]:
    if content is None:
        return ()
    if isinstance(content, str):
        return _text_parts(content, {})
    parts: list[TextPart | FilePart] = []
    for index, item in enumerate(expect_list(content, path)):
        parts += _plain_block(expect_object(item, f"{path}[{index}]"), f"{path}[{index}]")
    return tuple(parts)


def _plain_block(block: JsonObject, path: str) -> tuple[TextPart | FilePart, ...]:
    """The blocks that may also stand inside a tool result."""
    match block.get("type"):
        case "text":
            return _text_parts(expect_text(block.get("text"), f"{path}.text"), block)
        case "image":
            return (_image(block, path),)
        case "document":
            return _document(block, path)
        case "search_result":
            return (_search_result(block, path),)
        case "tool_reference":
            return (TextPart(f"Tool: {block.get('tool_name')}"),)
        case unknown:
            raise ClientError(
                f"{path}.type: the model cannot take content of the type {unknown!r}.", param=f"{path}.type"
            )


def _text_parts(text: str, block: JsonObject) -> tuple[TextPart, ...]:
    if not text:
        return ()
    return (TextPart(text, extras=cache_extras(block)),)


def _image(block: JsonObject, path: str) -> FilePart:
    source = expect_object(block.get("source"), f"{path}.source")
    match source.get("type"):
        case "base64":
            return FilePart("image", **_data_of(source, path), extras=cache_extras(block), path=path)
        case "url":
            return FilePart("image", url=expect_text(source.get("url"), f"{path}.source.url"), path=path)
        case other:
            raise _unknown_source(other, path)


def _document(block: JsonObject, path: str) -> tuple[TextPart | FilePart, ...]:
    source = expect_object(block.get("source"), f"{path}.source")
    title = block.get("title") if isinstance(block.get("title"), str) else None
    context = block.get("context")
    before = (TextPart(context),) if isinstance(context, str) and context else ()
    extras = cache_extras(block)
    match source.get("type"):
        case "base64":
            data = _data_of(source, path)
            return (*before, FilePart("document", **data, filename=title, extras=extras, path=path))
        case "url":
            url = expect_text(source.get("url"), f"{path}.source.url")
            return (*before, FilePart("document", url=url, filename=title, extras=extras, path=path))
        case "text":
            text = expect_text(source.get("data"), f"{path}.source.data")
            return (*before, TextPart(f"{title}\n\n{text}" if title else text, extras=extras))
        case "content":
            heading = (TextPart(title),) if title else ()
            return (*before, *heading, *_plain_content(source.get("content"), f"{path}.source.content"))
        case other:
            raise _unknown_source(other, path)


def _data_of(source: JsonObject, path: str) -> dict[str, str]:
    return {
        "media_type": expect_text(source.get("media_type"), f"{path}.source.media_type"),
        "data": expect_text(source.get("data"), f"{path}.source.data"),
    }


def _search_result(block: JsonObject, path: str) -> TextPart:
    lines = [value for key in ("title", "source") if isinstance(value := block.get(key), str)]
    texts = [
        part.text for part in _plain_content(block.get("content"), f"{path}.content") if isinstance(part, TextPart)
    ]
    return TextPart("\n".join(lines) + "\n\n" + "\n".join(texts), extras=cache_extras(block))


def _unknown_source(kind: Any, path: str) -> ClientError:
    advice = "send the file as base64, or by URL"
    return ClientError(
        f"{path}.source.type: a source of the type {kind!r} cannot be read here; {advice}.",
        param=f"{path}.source.type",
    )

"""Chat messages to neutral messages.

Tool messages that follow one another become one user turn, together with the user message after them.
"""

from dataclasses import replace
from typing import Any

from proxy_core.client_dialects.openai_chat.decode_parts import decode_content, decode_extras
from proxy_core.client_dialects.openai_chat.reasoning_fields import decode_thoughts
from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import (
    FilePart,
    Message,
    Part,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.wire.openai.fields import optional_text, refused, required_object, required_text

__all__ = ["MessageDecoder"]


class MessageDecoder:
    """Decodes one conversation; remembers which call has which name and id."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._names: dict[str, str] = {}
        self._old_calls = 0

    def decode(self, messages: list[Any]) -> tuple[Message, ...]:
        """Raises `ClientError` with a path such as `messages[2].content[0].image_url.url`."""
        for index, message in enumerate(messages):
            self._add(required_object(message, f"messages[{index}]"), f"messages[{index}]")
        return tuple(self._messages)

    def _add(self, message: JsonObject, path: str) -> None:
        match message.get("role"):
            case "system" | "developer":
                parts = self._text_parts(message, path)
                self._messages.append(Message("system", _marked(parts, message)))
            case "user":
                self._add_user(_marked(decode_content(message.get("content"), f"{path}.content"), message))
            case "assistant":
                self._messages.append(Message("assistant", _marked(self._assistant_parts(message, path), message)))
            case "tool":
                self._add_user((self._tool_result(message, path),))
            case "function":
                self._add_user((self._function_result(message, path),))
            case role:
                raise refused(f"{path}.role", "one of system, developer, user, assistant, tool", role)

    def _add_user(self, parts: tuple[Part, ...]) -> None:
        last = self._messages[-1] if self._messages else None
        if last and last.role == "user" and all(isinstance(part, ToolResultPart) for part in last.parts):
            self._messages[-1] = replace(last, parts=(*last.parts, *parts))
        else:
            self._messages.append(Message("user", parts))

    def _text_parts(self, message: JsonObject, path: str) -> tuple[Part, ...]:
        parts = decode_content(message.get("content"), f"{path}.content")
        for index, part in enumerate(parts):
            if not isinstance(part, TextPart):
                raise refused(f"{path}.content[{index}]", "a text part")
        return parts

    def _assistant_parts(self, message: JsonObject, path: str) -> tuple[Part, ...]:
        content = decode_content(message.get("content"), f"{path}.content")
        thoughts = [part for part in content if isinstance(part, ReasoningPart)] or decode_thoughts(message, path)
        said = [part for part in content if not isinstance(part, ReasoningPart) and part != TextPart("")]
        if refusal := optional_text(message, "refusal", f"{path}.refusal"):
            said.append(TextPart(refusal))
        return (*thoughts, *said, *self._calls(message, path))

    def _calls(self, message: JsonObject, path: str) -> list[ToolCallPart]:
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list):
            raise refused(f"{path}.tool_calls", "a list", calls)
        decoded = [
            self._call(required_object(call, f"{path}.tool_calls[{index}]"), f"{path}.tool_calls[{index}]")
            for index, call in enumerate(calls)
        ]
        if message.get("function_call") is not None:
            decoded.append(self._old_call(message["function_call"], f"{path}.function_call"))
        return decoded

    def _call(self, call: JsonObject, path: str) -> ToolCallPart:
        identity = required_text(call, "id", f"{path}.id")
        if call.get("type") == "custom":
            custom = required_object(call.get("custom"), f"{path}.custom")
            name = required_text(custom, "name", f"{path}.custom.name")
            arguments = dump_json({"input": custom.get("input") or ""}).decode()
        else:
            function = required_object(call.get("function"), f"{path}.function")
            name = required_text(function, "name", f"{path}.function.name")
            arguments = _arguments(function, f"{path}.function.arguments")
        self._names[identity] = name
        return ToolCallPart(
            identity, name, arguments, signature=_google_signature(call), extras=decode_extras(call)
        )

    def _old_call(self, call: Any, path: str) -> ToolCallPart:
        """The form before `tool_calls`; it has no id, and its result follows at once."""
        call = required_object(call, path)
        self._old_calls += 1
        name = required_text(call, "name", f"{path}.name")
        return ToolCallPart(f"call_function_{self._old_calls}", name, _arguments(call, f"{path}.arguments"))

    def _tool_result(self, message: JsonObject, path: str) -> ToolResultPart:
        identity = required_text(message, "tool_call_id", f"{path}.tool_call_id")
        return ToolResultPart(
            identity,
            _result_content(message, path),
            is_error=message.get("is_error") is True,
            name=self._names.get(identity) or optional_text(message, "name", f"{path}.name"),
            extras=decode_extras(message),
        )

    def _function_result(self, message: JsonObject, path: str) -> ToolResultPart:
        if not self._old_calls:
            raise ClientError(f"`{path}` answers a function call that is not there.", param=path)
        name = required_text(message, "name", f"{path}.name")
        return ToolResultPart(f"call_function_{self._old_calls}", _result_content(message, path), name=name)


def _result_content(message: JsonObject, path: str) -> tuple[TextPart | FilePart, ...]:
    parts = decode_content(message.get("content"), f"{path}.content")
    return tuple(part for part in parts if not isinstance(part, ReasoningPart))


def _arguments(function: JsonObject, path: str) -> str:
    """The arguments' text. Some clients send the object itself."""
    match function.get("arguments"):
        case None:
            return ""
        case str() as text:
            return text
        case dict() as value:
            return dump_json(value).decode()
        case value:
            raise refused(path, "a string of JSON", value)


def _google_signature(call: JsonObject) -> Signature | None:
    match call.get("extra_content"):
        case {"google": {"thought_signature": str() as value}}:
            return Signature("gemini", value)
        case _:
            return None


def _marked(parts: tuple[Part, ...], message: JsonObject) -> tuple[Part, ...]:
    """A cache mark on the message counts for its last part."""
    extras = decode_extras(message)
    if not extras or not parts or parts[-1].extras:
        return parts
    return (*parts[:-1], replace(parts[-1], extras=extras))

"""`contents` and `systemInstruction` to neutral messages, one method per part kind.

Calls of this wire often have no ids. They are numbered in their order, so that the same conversation always gets
the same ids, and results find their calls by name.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from proxy_core.client_dialects.gemini_generate_content.fields import Fields, as_list, refused
from proxy_core.errors import ClientError
from proxy_core.json_text import dump_json
from proxy_core.neutral.messages import (
    FilePart,
    Message,
    Part,
    ReasoningPart,
    Role,
    Signature,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.wire.gemini_signatures import read_signature, standard_base64

__all__ = ["ContentReader"]

_ROLES: dict[str, Role] = {"user": "user", "model": "assistant", "function": "user", "system": "system"}
_TEXT_KEYS = ("output", "result", "error")
"""The usual keys of a result that is one text."""


class ContentReader:
    """Reads one conversation."""

    def __init__(self) -> None:
        self._numbered = 0
        self._open: list[ToolCallPart] = []

    def read(self, system: Any, contents: Any) -> tuple[Message, ...]:
        """Raises `ClientError` that names the part at fault."""
        messages: list[Message] = []
        if system is not None:
            messages.append(Message("system", self._system(system)))
        if isinstance(contents, str):
            contents = {"role": "user", "parts": [{"text": contents}]}
        for index, item in enumerate(as_list(contents, "contents")):
            messages.append(self._content(item, f"contents[{index}]"))
        read = _merged(message for message in messages if message.parts)
        if not any(message.role != "system" for message in read):
            raise refused("contents", "a list with at least one part of content")
        return read

    def _system(self, value: Any) -> tuple[Part, ...]:
        if isinstance(value, str):
            return (TextPart(value),)
        parts = self._parts(Fields(value, "systemInstruction"))
        if not all(isinstance(part, TextPart) for part in parts):
            raise refused("systemInstruction.parts", "texts")
        return parts

    def _content(self, item: Any, path: str) -> Message:
        if isinstance(item, str):
            return Message("user", (TextPart(item),) if item else ())
        content = Fields(item, path)
        role = _ROLES.get(content.text("role") or "user")
        if role is None:
            raise refused(content.where("role"), "`user` or `model`")
        return Message(role, self._parts(content))

    def _parts(self, content: Fields) -> tuple[Part, ...]:
        parts: list[Part] = []
        for index, item in enumerate(content.items("parts")):
            parts += self._part(Fields(item, f"{content.where('parts')}[{index}]"))
        return tuple(parts)

    def _part(self, part: Fields) -> tuple[Part, ...]:
        text = part.text("text")
        signature, hidden = read_signature(proof) if (proof := part.text("thoughtSignature")) else (None, None)
        if hidden is not None:
            return (ReasoningPart("", redacted=hidden),)
        if call := part.child("functionCall"):
            return (self._call(call, signature),)
        if result := part.child("functionResponse"):
            return (self._result(result),)
        if data := part.child("inlineData"):
            return (_inline(data),)
        if file := part.child("fileData"):
            return (_referred(file),)
        if text is None:
            return _other(part, signature)
        if part.flag("thought"):
            return (ReasoningPart(text, signature),) if text or signature else ()
        return (TextPart(text, signature),) if text or signature else ()

    def _call(self, call: Fields, signature: Signature | None) -> ToolCallPart:
        arguments = call.get("args")
        if not isinstance(arguments, dict | None):
            raise refused(call.where("args"), "an object")
        self._numbered += 1
        identity = call.text("id") or f"call_{self._numbered}"
        part = ToolCallPart(identity, call.required_text("name"), dump_json(arguments or {}).decode(), signature)
        self._open.append(part)
        return part

    def _result(self, result: Fields) -> ToolResultPart:
        name = result.required_text("name")
        call = self._taken(result.text("id"), name)
        if call is None:
            raise ClientError(f"`{result.path}` answers no `functionCall` before it.", param=result.path)
        response = result.get("response")
        files = tuple(
            _nested(Fields(item, f"{result.where('parts')}[{index}]"))
            for index, item in enumerate(result.items("parts"))
        )
        is_error = isinstance(response, dict) and "error" in response and len(response) == 1
        return ToolResultPart(call.id, (*_texts(response), *files), is_error=is_error, name=name)

    def _taken(self, identity: str | None, name: str) -> ToolCallPart | None:
        """The open call that a result answers: by its id, else the first of its name."""
        for index, call in enumerate(self._open):
            if call.id == identity if identity else call.name == name:
                return self._open.pop(index)
        return self._taken(None, name) if identity else None


def _merged(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Clients keep a streamed answer as it came: one turn for each frame. Here it becomes one turn again."""
    merged: list[Message] = []
    for message in messages:
        if message.role == "assistant" and merged and merged[-1].role == "assistant":
            merged[-1] = Message("assistant", _joined((*merged[-1].parts, *message.parts)))
        else:
            merged.append(
                replace(message, parts=_joined(message.parts)) if message.role == "assistant" else message
            )
    return tuple(merged)


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Pieces of one text, and pieces of one thought with the proof at its end, as one part each."""
    joined: list[Part] = []
    for part in parts:
        match joined[-1:], part:
            case [TextPart(signature=None) as before], TextPart():
                joined[-1] = replace(part, text=before.text + part.text)
            case [ReasoningPart(signature=None, redacted=None) as before], ReasoningPart(redacted=None):
                joined[-1] = replace(part, text=before.text + part.text)
            case _:
                joined.append(part)
    return tuple(joined)


def _texts(response: Any) -> tuple[TextPart, ...]:
    match response:
        case None:
            return ()
        case dict() if len(response) == 1 and isinstance(text := next(iter(response.values())), str):
            if next(iter(response)) in _TEXT_KEYS:
                return (TextPart(text),) if text else ()
    return (TextPart(dump_json(response).decode()),)


def _nested(part: Fields) -> FilePart:
    if data := part.child("inlineData"):
        return _inline(data)
    if file := part.child("fileData"):
        return _referred(file)
    raise refused(part.path, "`inlineData` or `fileData`")


def _inline(data: Fields) -> FilePart:
    media_type = data.required_text("mimeType")
    content = standard_base64(data.required_text("data"))
    return FilePart(_kind(media_type), media_type, content, filename=data.text("displayName"), path=data.path)


def _referred(file: Fields) -> FilePart:
    media_type = file.text("mimeType") or ""
    return FilePart(_kind(media_type), media_type or None, url=file.required_text("fileUri"), path=file.path)


def _kind(media_type: str) -> Any:
    kind = media_type.partition("/")[0]
    if kind == "video":
        raise ClientError("This model takes no video.", param="contents")
    return kind if kind in ("image", "audio") else "document"


def _other(part: Fields, signature: Signature | None) -> tuple[Part, ...]:
    """Code that Google ran, as text; a proof that stands alone."""
    if code := part.child("executableCode"):
        return (TextPart(f"```\n{code.text('code') or ''}\n```\n"),)
    if outcome := part.child("codeExecutionResult"):
        return (TextPart(outcome.text("output") or ""),)
    if signature is not None:
        return (ReasoningPart("", signature),)
    if part.value.keys() <= {"thought", "videoMetadata", "thoughtSignature", "thought_signature"}:
        return ()
    name = next(iter(part.value))
    raise ClientError(f"`{part.path}.{name}` is content that this model cannot take.", param=f"{part.path}.{name}")

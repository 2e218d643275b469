"""Neutral messages to chat messages.

Tool results become messages of their own, ahead of what else the user turn says. The wire takes text
only in them, so their pictures follow in the user message.
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    FilePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from proxy_core.upstream_families.base import FetchFile
from proxy_core.upstream_families.chat_wire.tool_files import ATTACHED, heading_of
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames, fit_call_id
from proxy_core.upstream_families.unfit import unfit_file

__all__ = ["PDF", "MessageEncoder", "PlainMessageEncoder", "encode_file"]

_EMPTY = "(no content)"
_AUDIO_FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}


PDF = "application/pdf"
_FILENAMES = {PDF: "document.pdf", "audio/mpeg": "audio.mp3"}


class MessageEncoder:
    """Encodes the messages of one request. Hosts that take more, or less, override the methods of single kinds.

    Every method raises `ClientError` for content that the host cannot take.
    """

    file_types: frozenset[str] = frozenset({PDF})
    """Media types of the documents that the host takes as files; a text goes as text everywhere."""

    def __init__(self, names: ToolNames, capabilities: Capabilities, fetch: FetchFile) -> None:
        self._names = names
        self._capabilities = capabilities
        self._fetch = fetch

    def encode_all(self, messages: Iterable[Message]) -> list[JsonObject]:
        """At least one message: hosts refuse a conversation without any."""
        encoded = [one for message in _with_joined_results(messages) for one in self.encode(message)]
        return encoded or [{"role": "user", "content": _EMPTY}]

    def encode(self, message: Message) -> list[JsonObject]:
        """One message; a turn with tool results becomes several."""
        match message.role:
            case "system":
                return [{"role": "system", "content": self._content(message.parts)}]
            case "user":
                return self._user(message)
            case "assistant":
                return self.encode_assistant(message)
            case role:
                assert_never(role)

    def _user(self, message: Message) -> list[JsonObject]:
        results = [part for part in message.parts if isinstance(part, ToolResultPart)]
        encoded = [_encode_result(result) for result in results]
        said: list[Part] = []
        for result in results:
            files = [part for part in result.content if isinstance(part, FilePart)]
            if files:
                said += [TextPart(heading_of(fit_call_id(result.call_id))), *files]
        said += [part for part in message.parts if not isinstance(part, ToolResultPart)]
        if said or not results:
            encoded.append({"role": "user", "content": self._content(tuple(said))})
        return encoded

    def encode_assistant(self, message: Message) -> list[JsonObject]:
        """Thoughts stay behind: the wire has no place for them."""
        said = tuple(
            part for part in message.parts if isinstance(part, TextPart | FilePart) and part != TextPart("")
        )
        calls = [self._call(part) for part in message.parts if isinstance(part, ToolCallPart)]
        if not said and not calls:
            return []
        content = self._content(said) if said else None
        return [{"role": "assistant", "content": content, **({"tool_calls": calls} if calls else {})}]

    def _call(self, part: ToolCallPart) -> JsonObject:
        function = {"name": self._names.fit(part.name), "arguments": part.arguments or "{}"}
        return {"id": fit_call_id(part.id), "type": "function", "function": function}

    def _content(self, parts: tuple[Part, ...]) -> str | list[JsonObject]:
        """A string where one says it all, else a list of parts."""
        match parts:
            case ():
                return ""
            case (TextPart() as only,) if self.is_plain(only):
                return only.text
            case _:
                return [encoded for part in parts if (encoded := self.encode_part(part))] or ""

    def is_plain(self, part: TextPart) -> bool:  # noqa: ARG002 - the wire itself knows nothing beside a text
        """True for a text that may stand as a bare string."""
        return True

    def encode_part(self, part: Part) -> JsonObject | None:
        match part:
            case TextPart():
                return {"type": "text", "text": part.text} if part.text else None
            case FilePart():
                return self._file(part)
            case ReasoningPart() | ToolCallPart() | ToolResultPart():
                return None
            case _:
                assert_never(part)

    def _file(self, part: FilePart) -> JsonObject:
        match part.kind:
            case "image":
                return self._image(part)
            case "document":
                return self.encode_document(part)
            case "audio":
                return self.encode_audio(part)
            case kind:
                assert_never(kind)

    def _image(self, part: FilePart) -> JsonObject:
        if not self._capabilities.images:
            raise unfit_file(part, "This model does not read images.")
        image = {"url": part.url or f"data:{part.media_type};base64,{part.data}"}
        if isinstance(detail := part.extras.get("openai.detail"), str):
            image["detail"] = detail
        return {"type": "image_url", "image_url": image}

    def encode_document(self, part: FilePart) -> JsonObject:
        media_type, data = self.inline(part)
        if media_type in self.file_types:
            return encode_file(part.filename or _FILENAMES.get(media_type, "document"), media_type, data)
        if media_type.startswith("text/") or media_type == "application/json":
            return {"type": "text", "text": _read_text(part, data)}
        if not self.file_types:
            raise unfit_file(part, "This model reads documents as text only.")
        raise unfit_file(part, f"This model reads PDF and text documents, not {media_type}.")

    def encode_audio(self, part: FilePart) -> JsonObject:
        media_type, data = self.inline(part)
        if media_type not in _AUDIO_FORMATS:
            raise unfit_file(part, f"This model hears wav and mp3, not {media_type}.")
        return {"type": "input_audio", "input_audio": {"data": data, "format": _AUDIO_FORMATS[media_type]}}

    def inline(self, part: FilePart) -> tuple[str, str]:
        """Media type and base64 text; a file by URL is fetched."""
        if part.data is not None:
            return part.media_type or PDF, part.data
        file = self._fetch(part.url or "")
        return file.media_type, b64encode(file.data).decode()


class PlainMessageEncoder(MessageEncoder):
    """For models that read texts and images only."""

    file_types = frozenset()

    def encode_audio(self, part: FilePart) -> JsonObject:
        raise unfit_file(part, "This model cannot listen to audio.")


def encode_file(filename: str, media_type: str, data: str) -> JsonObject:
    """The wire's part for a file; `data` is base64."""
    return {"type": "file", "file": {"filename": filename, "file_data": f"data:{media_type};base64,{data}"}}


def _with_joined_results(messages: Iterable[Message]) -> list[Message]:
    """A user turn with tool results joins the user turn before it: nothing may stand between a call's results."""
    turns: list[Message] = []
    for message in messages:
        follows = bool(turns) and turns[-1].role == message.role == "user"
        if follows and any(isinstance(part, ToolResultPart) for part in message.parts):
            turns[-1] = replace(turns[-1], parts=(*turns[-1].parts, *message.parts))
        else:
            turns.append(message)
    return turns


def _encode_result(result: ToolResultPart) -> JsonObject:
    texts = [part.text for part in result.content if isinstance(part, TextPart)]
    text = "\n".join(texts)
    if not texts and result.content:
        text = ATTACHED
    if result.is_error:
        text = f"Error: {text}"
    return {"role": "tool", "tool_call_id": fit_call_id(result.call_id), "content": text}


def _read_text(part: FilePart, data: str) -> str:
    try:
        text = b64decode(data).decode("utf-8", "replace")
    except binascii.Error:
        raise unfit_file(part, "The document is not valid base64.") from None
    return f"{part.filename}:\n{text}" if part.filename else text

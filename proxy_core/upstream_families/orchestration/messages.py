"""Neutral messages to orchestration's: chat messages with signed thoughts and cache marks."""

from proxy_core.capabilities import Capabilities
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import (
    ChatRequest,
    Extras,
    FilePart,
    Message,
    Part,
    ReasoningPart,
    TextPart,
)
from proxy_core.upstream_families.base import FetchFile
from proxy_core.upstream_families.chat_wire.blank_texts import without_blanks
from proxy_core.upstream_families.chat_wire.encode_messages import MessageEncoder, encode_file
from proxy_core.upstream_families.chat_wire.hosts import host_of
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.chat_wire.turns import order_turns, shorten_call_ids
from proxy_core.upstream_families.notes import Notes
from proxy_core.upstream_families.unfit import unfit_file
from proxy_core.wire.orchestration import Vendor, file_types_of, vendor_of

__all__ = ["cache_mark", "encode_messages", "note_lost_thought"]

_MP3 = "audio/mpeg"
_SAME_SOUND = {"audio/mp3": _MP3}
_CACHE = "anthropic.cache_control"


def encode_messages(
    request: ChatRequest,
    names: ToolNames,
    model: str,
    vendor: Vendor,
    capabilities: Capabilities,
    fetch: FetchFile,
    notes: Notes,
) -> list[JsonObject]:
    """The conversation in the order that the model behind the service wants."""
    encoded = _Encoder(names, capabilities, fetch, model, notes).encode_all(request.messages)
    host = host_of(model)
    if vendor != "openai":
        prefill = capabilities.prefill and not host.turns
        encoded = order_turns(without_blanks(encoded), notes, answers_results=host.turns, prefill=prefill)
    return shorten_call_ids(encoded) if host.short_call_ids else encoded


def cache_mark(extras: Extras, vendor: Vendor) -> JsonObject:
    """Claude's mark of what to cache; the other vendors know none."""
    mark = extras.get(_CACHE)
    if vendor != "anthropic" or not isinstance(mark, dict):
        return {}
    ttl = {"ttl": mark["ttl"]} if mark.get("ttl") in ("5m", "1h") else {}
    return {"cache_control": {"type": "ephemeral", **ttl}}


def note_lost_thought(notes: Notes) -> None:
    notes.dropped("messages[].reasoning", "the thought is hidden, or was not signed by a model of this kind")


class _Encoder(MessageEncoder):
    def __init__(
        self, names: ToolNames, capabilities: Capabilities, fetch: FetchFile, model: str, notes: Notes
    ) -> None:
        super().__init__(names, capabilities, fetch)
        self.file_types = file_types_of(model)
        self._vendor = vendor_of(model)
        self._notes = notes

    def encode_assistant(self, message: Message) -> list[JsonObject]:
        if file := next((part for part in message.parts if isinstance(part, FilePart)), None):
            raise unfit_file(file, "A turn of the assistant that holds a file cannot be sent to this model.")
        thoughts = [
            block for part in message.parts if isinstance(part, ReasoningPart) and (block := self._thought(part))
        ]
        for item in (encoded := super().encode_assistant(message)):
            if item["content"] is None:
                del item["content"]
            if thoughts:
                item["reasoning_content"] = thoughts
        return encoded

    def encode_part(self, part: Part) -> JsonObject | None:
        encoded = super().encode_part(part)
        if encoded is not None and isinstance(part, TextPart):
            encoded |= cache_mark(part.extras, self._vendor)
        return encoded

    def is_plain(self, part: TextPart) -> bool:
        return not cache_mark(part.extras, self._vendor)

    def encode_audio(self, part: FilePart) -> JsonObject:
        """The service has no place for sound, but takes some as files."""
        media_type, data = self.inline(part)
        media_type = _SAME_SOUND.get(media_type, media_type)
        if media_type in self.file_types:
            return encode_file(part.filename or "audio.mp3", media_type, data)
        if _MP3 in self.file_types:
            raise unfit_file(part, f"The orchestration service passes on mp3 to this model, not {media_type}.")
        raise unfit_file(part, "The orchestration service passes on no audio to this model.")

    def _thought(self, part: ReasoningPart) -> JsonObject | None:
        """Only a vendor's own proofs go back to its models; a hidden thought has no place on this wire."""
        signature = part.signature
        if signature is not None and signature.origin == self._vendor:
            return {"content": part.text, "signature": signature.value}
        note_lost_thought(self._notes)
        return None

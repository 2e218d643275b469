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
from proxy_core.upstream_families.chat_wire.encode_messages import MessageEncoder
from proxy_core.upstream_families.chat_wire.hosts import host_of
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames
from proxy_core.upstream_families.chat_wire.turns import order_turns, shorten_call_ids
from proxy_core.upstream_families.notes import Notes
from proxy_core.upstream_families.unfit import unfit_file
from proxy_core.wire.orchestration import Vendor

__all__ = ["cache_mark", "encode_messages"]

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
    encoded = _Encoder(names, capabilities, fetch, vendor, notes).encode_all(request.messages)
    host = host_of(model)
    if vendor != "openai":
        prefill = capabilities.prefill and not host.turns
        encoded = order_turns(encoded, notes, answers_results=host.turns, prefill=prefill)
    return shorten_call_ids(encoded) if host.short_call_ids else encoded


def cache_mark(extras: Extras, vendor: Vendor) -> JsonObject:
    """Claude's mark of what to cache; the other vendors know none."""
    mark = extras.get(_CACHE)
    if vendor != "anthropic" or not isinstance(mark, dict):
        return {}
    ttl = {"ttl": mark["ttl"]} if mark.get("ttl") in ("5m", "1h") else {}
    return {"cache_control": {"type": "ephemeral", **ttl}}


class _Encoder(MessageEncoder):
    def __init__(
        self, names: ToolNames, capabilities: Capabilities, fetch: FetchFile, vendor: Vendor, notes: Notes
    ) -> None:
        super().__init__(names, capabilities, fetch)
        self._reads_documents = capabilities.documents
        self._vendor = vendor
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

    def encode_document(self, part: FilePart) -> JsonObject:
        encoded = super().encode_document(part)
        if encoded["type"] == "file" and not self._reads_documents:
            raise unfit_file(part, "This model reads documents as text only.")
        return encoded

    def encode_audio(self, part: FilePart) -> JsonObject:
        raise unfit_file(part, "The orchestration service passes on no audio.")

    def _thought(self, part: ReasoningPart) -> JsonObject | None:
        """Only a vendor's own proofs go back to its models; a hidden thought has no place on this wire."""
        signature = part.signature
        if signature is not None and signature.origin == self._vendor:
            return {"content": part.text, "signature": signature.value}
        self._notes.dropped("messages[].reasoning", "the thought was not signed by a model of this kind")
        return None

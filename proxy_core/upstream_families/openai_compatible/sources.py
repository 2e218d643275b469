"""Answers with the sources that a searching model names, for dialects that have no place for them."""

from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event
from proxy_core.neutral.messages import ChatResponse, TextPart
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import parse_answer
from proxy_core.upstream_families.chat_wire.decode_response import decode_answer
from proxy_core.upstream_families.chat_wire.sources import sources_text
from proxy_core.upstream_families.chat_wire.stream_decoder import ChatStreamDecoder

__all__ = ["SourcesStreamDecoder", "decode_with_sources"]


def decode_with_sources(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    """A whole answer. Raises `UpstreamError` when the body holds an error or no answer."""
    answer = parse_answer(body)
    response = decode_answer(answer, sent, target)
    text = _sources_of(answer, sent)
    if not text:
        return response
    return ChatResponse(
        response.id, response.model, (*response.parts, TextPart(text)), response.finish, response.usage
    )


class SourcesStreamDecoder(ChatStreamDecoder):
    """Decodes one stream; each frame repeats the sources, and the last word on them counts."""

    def __init__(self, sent: UpstreamRequest, target: Target) -> None:
        super().__init__(sent, target)
        self._sent = sent
        self._sources = ""

    def _take_chunk(self, chunk: JsonObject, events: list[Event]) -> None:
        super()._take_chunk(chunk, events)
        self._sources = _sources_of(chunk, self._sent) or self._sources

    def _finish(self, events: list[Event]) -> None:
        if self._sources:
            self._assembly.say(self._sources, events)
        super()._finish(events)


def _sources_of(answer: JsonObject, sent: UpstreamRequest) -> str:
    """Empty where the answer must be nothing but JSON."""
    return "" if "response_format" in sent.body else sources_text(answer)

"""A chat completions stream to neutral events."""

from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import cut_off_error, parse_chunk
from proxy_core.upstream_families.chat_wire.assembly import ChatAssembly
from proxy_core.upstream_families.frame_decoder import FrameDecoder

__all__ = ["ChatStreamDecoder"]

_DONE = b"[DONE]"


class ChatStreamDecoder(FrameDecoder):
    """Decodes one stream. `[DONE]` alone is a normal end."""

    def __init__(self, sent: UpstreamRequest, target: Target) -> None:
        super().__init__(SseReader())
        self._assembly = ChatAssembly(sent.tool_names, target.public_model)

    def _take(self, payload: bytes, events: list[Event]) -> None:
        if self._assembly.ended:
            return
        if payload == _DONE:
            if not self._assembly.started:
                raise cut_off_error()
            self._finish(events)
            return
        self._take_chunk(parse_chunk(payload), events)

    def _end(self, events: list[Event]) -> None:
        if self._assembly.ended:
            return
        if self._assembly.finish is None:
            raise cut_off_error()
        self._finish(events)

    def _take_chunk(self, chunk: JsonObject, events: list[Event]) -> None:
        self._assembly.take(chunk, events)

    def _finish(self, events: list[Event]) -> None:
        self._assembly.end(events)

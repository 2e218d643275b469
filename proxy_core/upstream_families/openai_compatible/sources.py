"""Answers with the sources that a searching model names beside its text.

On the chat wire they stand in fields of their own, which the native route leaves there. Other dialects have no
such place, but the text refers to the sources by number, so they follow it as a text of their own.
"""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event
from proxy_core.neutral.messages import ChatResponse, TextPart
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import parse_answer
from proxy_core.upstream_families.chat_wire.decode_response import decode_answer
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
    """Empty where there are none, and where the answer must be nothing but JSON."""
    if "response_format" in sent.body:
        return ""
    titles = {url: title for result in _objects(answer.get("search_results")) for url, title in _titled(result)}
    citations = answer.get("citations")
    urls = [url for url in citations if isinstance(url, str)] if isinstance(citations, list) else []
    lines = [_line(index, titles.get(url), url) for index, url in enumerate(urls or titles, 1)]
    return "\n\nSources:\n" + "\n".join(lines) if lines else ""


def _line(index: int, title: str | None, url: str) -> str:
    return f"[{index}] {title} {url}" if title else f"[{index}] {url}"


def _objects(value: Any) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _titled(result: JsonObject) -> list[tuple[str, str]]:
    url, title = result.get("url"), result.get("title")
    return [(url, title if isinstance(title, str) else "")] if isinstance(url, str) else []

"""Orchestration's answers, whole and streamed: envelopes around chat completions. No I/O.

The first frame tells of the modules before the model and holds an empty choice. The reason why the answer ended
may be missing to the last. Errors echo the whole prompt: only their own words are read.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from proxy_core.errors import UpstreamError
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event
from proxy_core.neutral.messages import ChatResponse, TextPart
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import cut_off_error, parse_chunk, unreadable_error
from proxy_core.upstream_families.chat_wire.assembly import ChatAssembly
from proxy_core.upstream_families.chat_wire.decode_response import Origin
from proxy_core.upstream_families.chat_wire.decode_response import decode_answer as decode_completion
from proxy_core.upstream_families.chat_wire.sources import sources_text
from proxy_core.upstream_families.frame_decoder import FrameDecoder
from proxy_core.upstream_families.orchestration.delimiters import DelimiterMender, mended_answer, mends_delimiters
from proxy_core.upstream_families.orchestration.errors import told_apart
from proxy_core.upstream_families.upstream_errors import decode_stream_error
from proxy_core.wire.orchestration import Vendor, vendor_of

__all__ = ["OrchestrationStreamDecoder", "decode_answer"]

_DONE = b"[DONE]"
_ORIGINS: dict[Vendor, Origin] = {"anthropic": "anthropic", "gemini": "gemini"}


def decode_answer(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    """Raises `UpstreamError` for an error and for a body that is no answer."""
    result = _result_of(body)
    choices = result.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise unreadable_error("it holds no answer")
    response = decode_completion(result, sent, target, _origin_of(target))
    if mends_delimiters(sent):
        response = mended_answer(response, sent)
    text = _sources_of(result, sent)
    return replace(response, parts=(*response.parts, TextPart(text))) if text else response


class OrchestrationStreamDecoder(FrameDecoder):
    """Decodes one stream. `[DONE]` is a normal end, also without a reason; an end without both is none."""

    def __init__(self, sent: UpstreamRequest, target: Target) -> None:
        super().__init__(SseReader())
        self._sent = sent
        self._assembly = ChatAssembly(sent.tool_names, target.public_model, _origin_of(target))
        self._sources = ""
        self._first: JsonObject | None = None
        self._mender = DelimiterMender(sent) if mends_delimiters(sent) else None

    def feed(self, data: bytes) -> Sequence[Event]:
        events = super().feed(data)
        return self._mender.mend(events) if self._mender else events

    def close(self) -> Sequence[Event]:
        events = super().close()
        return self._mender.mend(events) if self._mender else events

    def _take(self, payload: bytes, events: list[Event]) -> None:
        if self._assembly.ended:
            return
        if payload == _DONE:
            if self._first is None:
                raise cut_off_error()
            self._finish(events)
            return
        result = _result_of(payload)
        self._first = self._first or result
        if self._assembly.started or not _is_empty(result):
            self._assembly.take(result, events)
            self._sources = _sources_of(result, self._sent) or self._sources

    def _end(self, events: list[Event]) -> None:
        if self._assembly.ended:
            return
        if self._assembly.finish is None:
            raise cut_off_error()
        self._finish(events)

    def _finish(self, events: list[Event]) -> None:
        if not self._assembly.started:
            self._assembly.take({"choices": [{}]}, events)
        if self._sources:
            self._assembly.say(self._sources, events)
        self._assembly.end(events)


def _result_of(payload: bytes) -> JsonObject:
    try:
        envelope = parse_chunk(payload)
    except UpstreamError as error:
        told_apart(error)
        raise
    result = envelope.get("final_result")
    if result is None and "message" in envelope and (found := decode_stream_error({**envelope, "type": "error"})):
        raise told_apart(found)  # the service's older form, without `error` around it
    if not isinstance(result, dict):
        raise unreadable_error("it holds no final result")
    return result


def _is_empty(result: JsonObject) -> bool:
    """True for the frame before the model's own."""
    if result.get("usage"):
        return False
    choices = result.get("choices") or [{}]
    return not choices[0].get("finish_reason") and not any(_said(choices[0].get("delta")))


def _said(delta: Any) -> list[Any]:
    return [value for key, value in delta.items() if key != "role"] if isinstance(delta, dict) else []


def _origin_of(target: Target) -> Origin:
    return _ORIGINS.get(vendor_of(target.model), "openai")


def _sources_of(result: JsonObject, sent: UpstreamRequest) -> str:
    """Empty where the answer must be nothing but JSON."""
    prompt = sent.body["config"]["modules"]["prompt_templating"].get("prompt", {})
    return "" if "response_format" in prompt else sources_text(result)

"""Claude's stream to neutral events. Blocks never overlap on this wire, so each block is one part."""

from collections.abc import Sequence
from typing import Any

from proxy_core.errors import UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import ReasoningPart, Signature, TextPart, ToolCallPart
from proxy_core.upstream_families.anthropic_bedrock.frames import (
    build_broken_error,
    build_cut_error,
    build_frames,
    read_frame,
)
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.wire.anthropic import decode_arguments, decode_finish, decode_usage, unwrap_signature

__all__ = ["InvokeStreamDecoder"]

_TEXT_FIELD = {"text_delta": "text", "input_json_delta": "partial_json", "thinking_delta": "thinking"}


class InvokeStreamDecoder:
    """One stream. An error that follows events in the same read is raised by the next call, so that the
    events still reach the client."""

    def __init__(self, content_type: str, sent: UpstreamRequest, target: Target) -> None:
        self._frames = build_frames(content_type)
        self._sent = sent
        self._model = target.public_model
        self._next = 0
        self._open = False
        self._content_started = False
        self._signature: Signature | None = None
        self._has_calls = False
        self._counts: JsonObject = {}
        self._delta: JsonObject = {}
        self._ended = False
        self._error: UpstreamError | None = None

    def feed(self, data: bytes) -> Sequence[Event]:
        if self._error is not None:
            raise self._error
        return self._decode_all(self._frames.feed(data))

    def close(self) -> Sequence[Event]:
        events = self._decode_all(self._frames.close())
        if self._error is not None:
            raise self._error
        if not self._ended:
            raise build_cut_error()
        return events

    def _decode_all(self, payloads: list[bytes]) -> list[Event]:
        events: list[Event] = []
        try:
            for payload in payloads:
                frame = read_frame(payload)
                if frame["type"] == "content_block_delta":
                    self._delta_event(frame["delta"], events)
                else:
                    self._decode(frame, events)
        except UpstreamError as error:
            if not self._content_started or not events:
                raise
            self._error = error
        except (AttributeError, KeyError, TypeError) as error:
            raise build_broken_error() from error
        return events

    def _decode(self, frame: JsonObject, events: list[Event]) -> None:
        match frame:
            case {"type": "message_start", "message": dict() as message}:
                self._count(message.get("usage"))
                usage = decode_usage(self._counts) if self._counts else None
                events.append(StreamStart(message.get("id") or "", self._model, usage))
            case {"type": "content_block_start", "content_block": dict() as block}:
                self._start_block(block, events)
            case {"type": "content_block_stop"}:
                self._end_block(events)
            case {"type": "message_delta"}:
                self._delta = frame.get("delta") or {}
                self._count(frame.get("usage"))
            case {"type": "message_stop"}:
                self._end(events)
            case _:
                return  # a ping, or a kind of frame that a later version brought

    def _start_block(self, block: JsonObject, events: list[Event]) -> None:
        part = self._part_of(block)
        if part is None:
            return
        self._open = self._content_started = True
        self._signature = None
        events.append(PartStart(self._next, part))
        if first := _first_text(block):
            events.append(PartDelta(self._next, first))

    def _part_of(self, block: JsonObject) -> TextPart | ReasoningPart | ToolCallPart | None:
        match block:
            case {"type": "text"}:
                return TextPart("")
            case {"type": "thinking"}:
                return ReasoningPart("")
            case {"type": "redacted_thinking", "data": str() as data}:
                return ReasoningPart("", redacted=data)
            case {"type": "tool_use", "name": str() as name} if name == self._sent.structured_output_tool:
                return TextPart("")
            case {"type": "tool_use", "id": str() as call_id, "name": str() as name}:
                self._has_calls = True
                return ToolCallPart(call_id, self._sent.tool_names.get(name, name), "")
            case _:
                return None

    def _delta_event(self, delta: JsonObject, events: list[Event]) -> None:
        field = _TEXT_FIELD.get(delta["type"])
        if not self._open:
            return
        if field is not None:
            text = delta[field]
            if text:
                events.append(PartDelta(self._next, text))
        elif delta["type"] == "signature_delta":
            self._signature = unwrap_signature(delta.get("signature") or "")

    def _end_block(self, events: list[Event]) -> None:
        if self._open:
            events.append(PartEnd(self._next, self._signature))
            self._next += 1
            self._open = False

    def _end(self, events: list[Event]) -> None:
        self._end_block(events)
        finish = decode_finish(
            self._delta.get("stop_reason"), self._delta.get("stop_sequence"), has_tool_calls=self._has_calls
        )
        events.append(StreamEnd(finish, decode_usage(self._counts)))
        self._ended = True

    def _count(self, usage: Any) -> None:
        """Counts are totals so far: a later one replaces an earlier one."""
        if isinstance(usage, dict):
            self._counts.update({key: value for key, value in usage.items() if value is not None})


def _first_text(block: JsonObject) -> str:
    """Usually empty: content that is already there when a block opens."""
    match block:
        case {"type": "text", "text": str() as text}:
            return text
        case {"type": "thinking", "thinking": str() as text}:
            return text
        case {"type": "tool_use", "input": dict() as arguments} if arguments:
            return decode_arguments(arguments)
        case _:
            return ""

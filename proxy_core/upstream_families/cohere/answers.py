"""Cohere's answers, whole and streamed, to neutral ones. No I/O."""

from typing import Any
from uuid import uuid4

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import ChatResponse, ReasoningPart, TextPart, ToolCallPart
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import cut_off_error, parse_chunk, unreadable_error
from proxy_core.upstream_families.frame_decoder import FrameDecoder
from proxy_core.upstream_families.upstream_errors import decode_stream_error
from proxy_core.wire.cohere import FAILED, decode_finish, decode_usage

__all__ = ["CohereStreamDecoder", "decode_answer"]

_Part = TextPart | ReasoningPart | ToolCallPart


def decode_answer(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    """Raises `UpstreamError` for a failure and for a body that is no answer."""
    answer = parse_chunk(body)
    message = answer.get("message")
    if not isinstance(message, dict):
        raise unreadable_error("it holds no message")
    calls = tuple(_decode_call(call, sent) for call in message.get("tool_calls") or ())
    plan = message.get("tool_plan")
    said = [TextPart(plan)] if isinstance(plan, str) and plan else []
    parts = (*_decode_content(message.get("content")), *said, *calls)
    word = _checked(answer.get("finish_reason"), answer)
    return ChatResponse(
        id=str(answer.get("id") or ""),
        model=target.public_model,
        parts=parts,
        finish=decode_finish(word, has_tool_calls=bool(calls)),
        usage=decode_usage(answer.get("usage")),
    )


def _decode_content(content: Any) -> list[TextPart | ReasoningPart]:
    parts: list[TextPart | ReasoningPart] = []
    for item in content if isinstance(content, list) else ():
        match item:
            case {"type": "thinking", "thinking": str() as text} if text:
                parts.append(ReasoningPart(text))
            case {"type": "text", "text": str() as text} if text:
                parts.append(TextPart(text))
    return parts


def _decode_call(call: JsonObject, sent: UpstreamRequest) -> ToolCallPart:
    function = call.get("function") or {}
    name = str(function.get("name") or "")
    return ToolCallPart(
        id=str(call.get("id") or f"call_{uuid4().hex[:24]}"),
        name=sent.tool_names.get(name, name),
        arguments=str(function.get("arguments") or ""),
    )


class CohereStreamDecoder(FrameDecoder):
    """Decodes one stream. The wire brackets its parts, but for the plan before tool calls."""

    def __init__(self, sent: UpstreamRequest, target: Target) -> None:
        super().__init__(SseReader())
        self._sent = sent
        self._model = target.public_model
        self._started = False
        self._ended = False
        self._index = -1
        self._open: type[_Part] | None = None
        self._has_calls = False

    def _take(self, payload: bytes, events: list[Event]) -> None:
        if payload == b"[DONE]" or self._ended:
            return
        event = parse_chunk(payload)
        delta = event.get("delta")
        message = delta.get("message") if isinstance(delta, dict) else None
        message = message if isinstance(message, dict) else {}
        match event.get("type"):
            case "message-start":
                self._start(str(event.get("id") or ""), events)
            case "content-start" | "content-delta":
                self._content(message.get("content"), events)
            case "tool-plan-delta":
                self._piece(TextPart, message.get("tool_plan"), events)
            case "tool-call-start":
                self._call(message.get("tool_calls"), events)
            case "tool-call-delta":
                self._arguments(message.get("tool_calls"), events)
            case "content-end" | "tool-call-end":
                self._close_part(events)
            case "message-end":
                self._finish(delta if isinstance(delta, dict) else {}, events)
            case None:
                raise decode_stream_error({**event, "type": "error"}) or unreadable_error("it has no type")
            case _:
                return  # citations, and kinds of events that a later version brought

    def _end(self, events: list[Event]) -> None:  # noqa: ARG002 - all events came with the last frame
        if not self._ended:
            raise cut_off_error()

    def _start(self, identity: str, events: list[Event]) -> None:
        if not self._started:
            self._started = True
            events.append(StreamStart(identity, self._model))

    def _content(self, content: Any, events: list[Event]) -> None:
        match content:
            case {"thinking": str() as text}:
                self._piece(ReasoningPart, text, events)
            case {"text": str() as text}:
                self._piece(TextPart, text, events)
            case _:
                return

    def _piece(self, kind: type[TextPart | ReasoningPart], text: Any, events: list[Event]) -> None:
        if not isinstance(text, str) or not text:
            return
        if self._open is not kind:
            self._open_part(kind(""), events)
        events.append(PartDelta(self._index, text))

    def _call(self, call: Any, events: list[Event]) -> None:
        if not isinstance(call, dict):
            return
        part = _decode_call(call, self._sent)
        self._has_calls = True
        self._open_part(part, events)

    def _arguments(self, call: Any, events: list[Event]) -> None:
        match call:
            case {"function": {"arguments": str() as text}} if text and self._open is ToolCallPart:
                events.append(PartDelta(self._index, text))
            case _:
                return

    def _open_part(self, part: _Part, events: list[Event]) -> None:
        self._close_part(events)
        self._start("", events)
        self._index += 1
        self._open = type(part)
        events.append(PartStart(self._index, part))

    def _close_part(self, events: list[Event]) -> None:
        if self._open is not None:
            events.append(PartEnd(self._index))
            self._open = None

    def _finish(self, delta: JsonObject, events: list[Event]) -> None:
        word = _checked(delta.get("finish_reason"), delta)
        self._close_part(events)
        self._start("", events)
        finish = decode_finish(word, has_tool_calls=self._has_calls)
        events.append(StreamEnd(finish, decode_usage(delta.get("usage"))))
        self._ended = True


def _checked(word: Any, holder: JsonObject) -> str:
    """The finish reason. Raises `UpstreamError` where it is a failure; `error` beside it says more at times."""
    name = str(word or "COMPLETE")
    if name in FAILED:
        reason = holder.get("error")
        text = f": {reason}" if isinstance(reason, str) and reason else "."
        raise UpstreamError(
            f"The model ended its answer with {name}{text}",
            status=502,
            kind=ErrorKind.SERVER,
            code=name.lower(),
            upstream_status=200,
        )
    return name

"""Converse's answers, whole and streamed, to neutral ones. No I/O.

In a stream only a tool's block has a start; the first delta of a block that is not open opens it. `metadata`
with the usage follows `messageStop`.
"""

import base64
import binascii
from typing import Any

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import ChatResponse, ReasoningPart, Signature, TextPart, ToolCallPart, Usage
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.bedrock_converse.frames import build_frames, read_event
from proxy_core.upstream_families.frame_decoder import FrameDecoder
from proxy_core.upstream_families.upstream_errors import decode_stream_error
from proxy_core.wire.bedrock_converse import FAILED_REASONS, decode_finish, decode_usage

__all__ = ["ConverseStreamDecoder", "decode_answer"]

_AnswerPart = TextPart | ReasoningPart | ToolCallPart


def decode_answer(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    """A whole answer. Raises `UpstreamError` for an error, a failure of the model and a body that is no answer."""
    match _parsed(body):
        case {"output": {"message": {"content": list() as blocks}}, "stopReason": str() as reason, **rest}:
            parts = tuple(part for block in blocks if (part := _decode_block(block, sent, target)))
            has_calls = any(isinstance(part, ToolCallPart) for part in parts)
            finish = decode_finish(_checked(reason), has_tool_calls=has_calls)
            return ChatResponse("", target.public_model, parts, finish, decode_usage(rest.get("usage")))
        case _:
            raise _failure("its form is not that of an answer")


def _parsed(body: bytes) -> JsonObject:
    try:
        answer = load_json(body)
    except JsonError as error:
        raise _failure("it is not JSON") from error
    if not isinstance(answer, dict):
        raise _failure("it is not a JSON object")
    if "output" not in answer and answer.get("message"):
        raise decode_stream_error({**answer, "type": "error"}) or _failure("it is an error")
    return answer


def _decode_block(block: Any, sent: UpstreamRequest, target: Target) -> _AnswerPart | None:
    match block:
        case {"text": str() as text}:
            return TextPart(text) if text else None
        case {"toolUse": {"toolUseId": str() as call_id, "name": str() as name, "input": value}}:
            arguments = dump_json(value).decode()
            if name == sent.structured_output_tool:
                return TextPart(arguments)
            return ToolCallPart(call_id, sent.tool_names.get(name, name), arguments)
        case {"reasoningContent": {"reasoningText": {"text": str() as text, **rest}}}:
            return ReasoningPart(text, _signed(rest.get("signature"), target))
        case {"reasoningContent": {"redactedContent": str() | bytes() as data}}:
            return ReasoningPart("", redacted=_hidden(data))
        case _:
            return None


class ConverseStreamDecoder(FrameDecoder):
    """Decodes one stream."""

    def __init__(self, content_type: str, sent: UpstreamRequest, target: Target) -> None:
        super().__init__(build_frames(content_type))
        self._sent = sent
        self._target = target
        self._index = -1
        self._open: str | None = None
        self._signature: Signature | None = None
        self._has_calls = False
        self._reason: str | None = None
        self._usage = Usage()
        self._started = False
        self._ended = False

    def _take(self, payload: bytes, events: list[Event]) -> None:
        name, inner = read_event(payload)
        match name:
            case "messageStart":
                self._start(events)
            case "contentBlockStart":
                self._start_block(inner.get("start"), events)
            case "contentBlockDelta":
                self._delta(inner.get("delta"), events)
            case "contentBlockStop":
                self._close_part(events)
            case "messageStop":
                self._close_part(events)
                self._reason = _checked(str(inner.get("stopReason") or "end_turn"))
            case "metadata":
                self._usage = decode_usage(inner.get("usage"))
                self._finish(events)
            case _:
                return  # a kind of event that a later version brought

    def _end(self, events: list[Event]) -> None:
        if self._ended:
            return
        if self._reason is None:
            raise UpstreamError(
                "SAP AI Core ended the stream before the answer was complete. Send the request again.",
                status=502,
                kind=ErrorKind.CONNECTION,
                upstream_status=200,
            )
        self._finish(events)

    def _finish(self, events: list[Event]) -> None:
        if self._ended or self._reason is None:
            return
        self._ended = True
        events.append(StreamEnd(decode_finish(self._reason, has_tool_calls=self._has_calls), self._usage))

    def _start(self, events: list[Event]) -> None:
        if not self._started:
            self._started = True
            events.append(StreamStart("", self._target.public_model))

    def _start_block(self, start: Any, events: list[Event]) -> None:
        match start:
            case {"toolUse": {"name": str() as name}} if name == self._sent.structured_output_tool:
                self._open_part(TextPart(""), "toolUse", events)
            case {"toolUse": {"toolUseId": str() as call_id, "name": str() as name}}:
                self._has_calls = True
                self._open_part(ToolCallPart(call_id, self._sent.tool_names.get(name, name), ""), "toolUse", events)
            case _:
                return  # texts and thoughts open with their first delta

    def _delta(self, delta: Any, events: list[Event]) -> None:
        match delta:
            case {"text": str() as text}:
                self._piece("text", TextPart(""), text, events)
            case {"toolUse": {"input": str() as text}}:
                if text and self._open == "toolUse":
                    events.append(PartDelta(self._index, text))
            case {"reasoningContent": {"redactedContent": str() | bytes() as data}}:
                self._open_part(ReasoningPart("", redacted=_hidden(data)), "redacted", events)
                self._close_part(events)
            case {"reasoningContent": dict() as thought}:
                self._piece("reasoning", ReasoningPart(""), thought.get("text") or "", events)
                self._signature = _signed(thought.get("signature"), self._target) or self._signature
            case _:
                return

    def _piece(self, kind: str, part: _AnswerPart, text: str, events: list[Event]) -> None:
        if self._open != kind:
            self._open_part(part, kind, events)
        if text:
            events.append(PartDelta(self._index, text))

    def _open_part(self, part: _AnswerPart, kind: str, events: list[Event]) -> None:
        self._close_part(events)
        self._start(events)
        self._index += 1
        self._open = kind
        events.append(PartStart(self._index, part))

    def _close_part(self, events: list[Event]) -> None:
        if self._open is not None:
            events.append(PartEnd(self._index, self._signature))
        self._open = self._signature = None


def _signed(value: Any, target: Target) -> Signature | None:
    """Claude's proof; no other model of this wire wants its thoughts back."""
    claude = "claude" in target.model
    return Signature("anthropic", value) if claude and isinstance(value, str) and value else None


def _hidden(data: str | bytes) -> str:
    """A redacted thought: bytes in a printed event, base64 in JSON."""
    if isinstance(data, bytes):
        return data.decode("latin-1")
    try:
        return base64.b64decode(data, validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return data


def _checked(reason: str) -> str:
    if reason in FAILED_REASONS:
        raise UpstreamError(
            f"The model ended its answer with {reason}. Send the request again.",
            status=502,
            kind=ErrorKind.SERVER,
            code=reason,
            upstream_status=200,
        )
    return reason


def _failure(reason: str) -> UpstreamError:
    return UpstreamError(
        f"The answer of SAP AI Core cannot be read: {reason}.",
        status=502,
        kind=ErrorKind.SERVER,
        upstream_status=200,
    )

"""Neutral events to the dialect's stream.

Most events are deltas: their frames are spliced from bytes made at the start of the part, and only the
text itself passes the JSON writer.
"""

from collections.abc import Sequence
from itertools import islice
from typing import assert_never

from proxy_core.client_dialects.anthropic_messages.answer import (
    build_message_id,
    encode_file_text,
    is_foreign,
)
from proxy_core.client_dialects.anthropic_messages.error_shape import KEEP_ALIVE, encode_error_frame
from proxy_core.client_dialects.base import ReplyContext
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import (
    FilePart,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    Usage,
)
from proxy_core.wire.anthropic import encode_stop_reason, encode_usage, wrap_signature

__all__ = ["MessagesEncoder"]

_DELTA = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":%b'
_TEXT = b'{"type":"text_delta","text":'
_THOUGHT = b'{"type":"thinking_delta","thinking":'
_ARGUMENTS = b'{"type":"input_json_delta","partial_json":'
_SIGNATURE = b'{"type":"signature_delta","signature":'
_TAIL = b"}}\n\n"
_STOP = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'
_END = b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
_EMPTY_THOUGHT: JsonObject = {"type": "thinking", "thinking": "", "signature": ""}


class MessagesEncoder:
    """One stream. Counts its own blocks: an answer may need more of them than it has parts."""

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._next = 0
        self._head = b""
        self._open: TextPart | ReasoningPart | ToolCallPart | FilePart | None = None

    def feed(self, events: Sequence[Event]) -> bytes:
        out: list[bytes] = []
        for position, event in enumerate(events):
            if type(event) is PartDelta:
                out += (self._head, dump_json(event.text), _TAIL)
            else:
                self._encode(event, events, position, out)
        return b"".join(out)

    def fail(self, error: ProxyError) -> bytes:
        """No `message_stop` follows: a client would take the answer for complete."""
        closing = b"" if self._open is None else _STOP % (self._next - 1)
        self._open = None
        return closing + encode_error_frame(error)

    def keep_alive(self) -> bytes:
        return KEEP_ALIVE

    def _encode(self, event: Event, events: Sequence[Event], position: int, out: list[bytes]) -> None:
        match event:
            case StreamStart():
                out.append(self._start(event))
            case PartStart(part=ToolCallPart() as call):
                self._start_call(call, _signature_ahead(call, events, position), out)
            case PartStart():
                self._start_part(event.part, out)
            case PartDelta():
                out += (self._head, dump_json(event.text), _TAIL)
            case PartEnd():
                self._end_part(event, out)
            case StreamEnd():
                out += (_encode_end(event), _END)
            case _:
                assert_never(event)

    def _start(self, start: StreamStart) -> bytes:
        usage = start.usage
        if usage is None or not usage.input_tokens:
            usage = Usage(input_tokens=self._context.estimate_input_tokens())
        message: JsonObject = {
            "id": build_message_id(start.id),
            "type": "message",
            "role": "assistant",
            "model": self._context.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": encode_usage(usage),
        }
        return _frame("message_start", {"type": "message_start", "message": message})

    def _start_part(self, part: TextPart | ReasoningPart | ToolCallPart | FilePart, out: list[bytes]) -> None:
        match part:
            case TextPart():
                self._open_block(part, {"type": "text", "text": ""}, _TEXT, part.text, out)
            case ReasoningPart(redacted=None):
                self._open_block(part, _EMPTY_THOUGHT, _THOUGHT, part.text, out)
            case ReasoningPart():
                block: JsonObject = {"type": "redacted_thinking", "data": part.redacted}
                self._open_block(part, block, _THOUGHT, "", out)
            case ToolCallPart():
                block = {"type": "tool_use", "id": part.id, "name": part.name, "input": {}}
                self._open_block(part, block, _ARGUMENTS, part.arguments, out)
            case FilePart():
                self._open_block(part, {"type": "text", "text": ""}, _TEXT, encode_file_text(part), out)
            case _:
                assert_never(part)

    def _start_call(self, call: ToolCallPart, signature: Signature | None, out: list[bytes]) -> None:
        if signature is not None and is_foreign(signature):
            carrier = ReasoningPart("", signature)
            self._start_part(carrier, out)
            self._end_part(PartEnd(0), out)
        self._start_part(call, out)

    def _open_block(
        self,
        part: TextPart | ReasoningPart | ToolCallPart | FilePart,
        block: JsonObject,
        delta: bytes,
        text: str,
        out: list[bytes],
    ) -> None:
        index = self._next
        self._next += 1
        self._open = part
        self._head = _DELTA % (index, delta)
        out.append(
            _frame("content_block_start", {"type": "content_block_start", "index": index, "content_block": block})
        )
        if text:
            out += (self._head, dump_json(text), _TAIL)

    def _end_part(self, end: PartEnd, out: list[bytes]) -> None:
        index = self._next - 1
        part = self._open
        self._open = None
        if isinstance(part, ReasoningPart) and part.redacted is None:
            signature = end.signature or part.signature
            if signature is not None:
                out += (_DELTA % (index, _SIGNATURE), dump_json(wrap_signature(signature)), _TAIL)
        out.append(_STOP % index)


def _signature_ahead(call: ToolCallPart, events: Sequence[Event], position: int) -> Signature | None:
    """The call's proof, which must be written before the call but may stand at its end. Gemini's calls arrive
    whole, so their end lies in the same batch."""
    if call.signature is not None:
        return call.signature
    for event in islice(events, position + 1, None):
        if isinstance(event, PartEnd):
            return event.signature
    return None


def _encode_end(end: StreamEnd) -> bytes:
    delta = {"stop_reason": encode_stop_reason(end.finish), "stop_sequence": end.finish.stop_sequence}
    return _frame("message_delta", {"type": "message_delta", "delta": delta, "usage": encode_usage(end.usage)})


def _frame(name: str, data: JsonObject) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), dump_json(data))

"""Neutral events to Gemini's stream: whole answers in pieces, tool calls and files in one piece each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.client_dialects.gemini_generate_content.encode_response import (
    FINISH_WORDS,
    answer_id,
    encode_call,
    encode_file,
    encode_usage,
    shows_thoughts,
    signed,
    thought_part,
)
from proxy_core.client_dialects.gemini_generate_content.errors import KEEP_ALIVE_FRAME, error_frame
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import FilePart, ReasoningPart, TextPart, ToolCallPart

__all__ = ["GeminiStreamEncoder"]

_HEAD = b'data: {"candidates":[{"content":{"role":"model","parts":['
_TAIL = b']},"index":0}],"modelVersion":%b,"responseId":%b}\r\n\r\n'
_TEXT = b'{"text":'
_TEXT_END = b"}"
_THOUGHT_END = b',"thought":true}'


class GeminiStreamEncoder:
    """One stream. Deltas of texts are spliced; a call's arguments are held until they are whole."""

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._with_thoughts = shows_thoughts(context.request)
        self._id = ""
        self._tail = b""
        self._open: TextPart | ReasoningPart | ToolCallPart | FilePart | None = None
        self._end = b""
        self._held: list[str] | None = None

    def feed(self, events: Sequence[Event]) -> bytes:
        out: list[bytes] = []
        for event in events:
            if type(event) is PartDelta:
                if self._held is None:
                    out += (_HEAD, _TEXT, dump_json(event.text), self._end, self._tail)
                else:
                    self._held.append(event.text)
            else:
                out.append(self._encode(event))
        return b"".join(out)

    def fail(self, error: ProxyError) -> bytes:
        """No finish reason: clients must not take the answer for complete."""
        return error_frame(error)

    def keep_alive(self) -> bytes:
        return KEEP_ALIVE_FRAME

    def _encode(self, event: Event) -> bytes:
        match event:
            case StreamStart():
                self._id = answer_id(event.id)
                self._tail = _TAIL % (dump_json(self._context.model), dump_json(self._id))
                return b""
            case PartStart():
                return self._start(event.part)
            case PartDelta():
                return self.feed([event])
            case PartEnd():
                return self._close(event)
            case StreamEnd():
                return self._finish(event)
            case _:
                assert_never(event)

    def _start(self, part: TextPart | ReasoningPart | ToolCallPart | FilePart) -> bytes:
        self._open = part
        self._held = None
        match part:
            case TextPart():
                self._end = _TEXT_END
                return self._part({"text": part.text}) if part.text else b""
            case ReasoningPart():
                return self._start_thought(part)
            case ToolCallPart():
                self._held = [part.arguments]
                return b""
            case FilePart():
                return self._part(encode_file(part))
            case _:
                assert_never(part)

    def _start_thought(self, part: ReasoningPart) -> bytes:
        """Thoughts that the client did not ask for are swallowed; their proof is told at the end."""
        self._end = _THOUGHT_END
        if part.redacted is not None:
            return self._part(thought_part("", None, part.redacted))
        if not self._with_thoughts:
            self._held = []
        elif part.text:
            return self._part(thought_part(part.text, None))
        return b""

    def _close(self, end: PartEnd) -> bytes:
        part, self._open = self._open, None
        held, self._held = self._held, None
        match part:
            case ToolCallPart():
                call = replace(part, arguments="".join(held or ()))
                return self._part(encode_call(call, end.signature or part.signature))
            case ReasoningPart(redacted=None) if signature := end.signature or part.signature:
                return self._part(thought_part("", signature))
            case TextPart() if signature := end.signature or part.signature:
                return self._part(signed({"text": ""}, signature))
            case _:
                return b""

    def _part(self, part: JsonObject) -> bytes:
        return _HEAD + dump_json(part) + self._tail

    def _finish(self, event: StreamEnd) -> bytes:
        candidate = {
            "content": {"role": "model", "parts": [{"text": ""}]},
            "finishReason": FINISH_WORDS[event.finish.kind],
            "index": 0,
        }
        last = {
            "candidates": [candidate],
            "usageMetadata": encode_usage(event.usage),
            "modelVersion": self._context.model,
            "responseId": self._id,
        }
        return b"data: " + dump_json(last) + b"\r\n\r\n"

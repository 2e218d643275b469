"""Neutral events to chat completion chunks.

The hot path splices the JSON text of each delta between two byte strings that are made once a part.
"""

from collections.abc import Sequence
from typing import assert_never

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.client_dialects.openai_chat.encode_response import build_answer_id, encode_image, encode_signature
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import FilePart, ReasoningPart, TextPart, ToolCallPart
from proxy_core.wire.openai import DONE_FRAME, FINISH_WORDS, custom_input, custom_tool_names, encode_usage
from proxy_core.wire.openai.errors import error_frame

__all__ = ["KEEP_ALIVE_FRAME", "ChatStreamEncoder"]

KEEP_ALIVE_FRAME = b": keep-alive\n\n"


class ChatStreamEncoder:
    """Encodes one streamed answer: role, deltas, finish reason, usage, `[DONE]`. The usage has a chunk of its own
    where the client asked for one, and stands beside the finish reason where it did not."""

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        options = context.request.get("stream_options")
        self._with_usage = isinstance(options, dict) and options.get("include_usage") is True
        self._custom_tools = custom_tool_names(context.request)
        tail = b',"usage":null}\n\n' if self._with_usage else b"}\n\n"
        self._tail = b',"finish_reason":null}]' + tail
        self._head = b""
        self._before = b""
        self._after = b""
        self._calls = -1
        self._in_call = False
        self._held: list[str] | None = None
        self._empty = True

    def feed(self, events: Sequence[Event]) -> bytes:
        out: list[bytes] = []
        for event in events:
            if type(event) is PartDelta:  # first and by type: nearly all events are deltas
                if self._held is None:
                    self._empty = False
                    out += (self._before, dump_json(event.text), self._after)
                else:
                    self._held.append(event.text)
            else:
                out.append(self._encode(event))
        return b"".join(out)

    def fail(self, error: ProxyError) -> bytes:
        """No `finish_reason` and no `[DONE]`: clients must not take the answer for complete."""
        return error_frame(error)

    def keep_alive(self) -> bytes:
        return KEEP_ALIVE_FRAME

    def _encode(self, event: Event) -> bytes:
        match event:
            case StreamStart():
                return self._start(event)
            case PartStart():
                return self._open(event)
            case PartDelta():
                return self._before + dump_json(event.text) + self._after
            case PartEnd():
                return self._close(event)
            case StreamEnd():
                return self._end(event)
            case _:
                assert_never(event)

    def _start(self, event: StreamStart) -> bytes:
        fixed = {
            "id": build_answer_id(event.id),
            "object": "chat.completion.chunk",
            "created": self._context.created,
            "model": self._context.model,
        }
        self._head = b"data: " + dump_json(fixed)[:-1] + b',"choices":[{"index":0,"delta":'
        return self._chunk({"role": "assistant", "content": ""})

    def _open(self, event: PartStart) -> bytes:
        match event.part:
            case TextPart() as part:
                return self._open_text(b'{"content":', part.text)
            case ReasoningPart() as part:
                return self._open_text(b'{"reasoning_content":', part.text)
            case ToolCallPart() as part:
                return self._open_call(part)
            case FilePart() as part:
                return self._chunk({"images": [encode_image(part)]})
            case part:
                assert_never(part)

    def _open_text(self, key: bytes, text: str) -> bytes:
        self._before = self._head + key
        self._after = b"}" + self._tail
        return self._before + dump_json(text) + self._after if text else b""

    def _open_call(self, part: ToolCallPart) -> bytes:
        self._calls += 1
        self._in_call = True
        self._before = self._head + b'{"tool_calls":[{"index":%d,"function":{"arguments":' % self._calls
        self._after = b"}}]}" + self._tail
        custom = part.name in self._custom_tools
        self._empty = not part.arguments
        self._held = [part.arguments] if custom else None
        call = {
            "index": self._calls,
            "id": part.id,
            "type": "function",
            "function": {"name": part.name, "arguments": "" if custom else part.arguments},
            **encode_signature(part.signature),
        }
        return self._chunk({"tool_calls": [call]})

    def _close(self, event: PartEnd) -> bytes:
        """A free-form tool's input, which could not go out in pieces, and a late signature of a call."""
        out = b""
        if self._held is not None:
            out = self._before + dump_json(custom_input("".join(self._held))) + self._after
            self._held = None
        elif self._in_call and self._empty:
            out = self._before + b'"{}"' + self._after  # clients parse the arguments as JSON
        late = encode_signature(event.signature) if self._in_call else {}
        self._in_call = False
        return out + self._chunk({"tool_calls": [{"index": self._calls, **late}]}) if late else out

    def _end(self, event: StreamEnd) -> bytes:
        word = FINISH_WORDS[event.finish.kind].encode()
        last = self._head + b'{},"finish_reason":"' + word + b'"}]'
        usage = b',"usage":' + dump_json(encode_usage(event.usage)) + b"}\n\n"
        if not self._with_usage:
            return last + usage + DONE_FRAME
        own_chunk = self._head.partition(b'{"index":0')[0] + b"]" + usage
        return last + b',"usage":null}\n\n' + own_chunk + DONE_FRAME

    def _chunk(self, delta: JsonObject) -> bytes:
        return self._head + dump_json(delta) + self._tail

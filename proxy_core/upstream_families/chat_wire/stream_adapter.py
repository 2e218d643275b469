"""A host's chat stream to the client's chat stream, without reading JSON where nothing must be known.

The written rule. Until the first content every frame is parsed. After it, bytes pass as they are but for
exact byte replacements: `model` becomes the client's name, content filter notes vanish, shortened tool
names become the client's. These are safe: inside a JSON string every quote is escaped, so a pattern that
begins with a quoted key matches keys only. Frames of the shape seen last are adapted by their head and
tail alone (`FrameShape`). A read that holds a finish reason, usage, an error or `[DONE]` is parsed frame
by frame again. A stream that is not compact JSON is parsed throughout.

A client that did not ask for a chunk of usage finds the usage in the chunk with the finish reason, as with other
vendors: clients that never ask read it there.
"""

import re
from collections.abc import Mapping
from typing import Any

from proxy_core.errors import UpstreamError
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.chat_wire.answers import cut_off_error, parse_chunk
from proxy_core.upstream_families.chat_wire.custom_calls import CustomCalls
from proxy_core.upstream_families.chat_wire.frame_shape import FrameShape
from proxy_core.wire.openai import DONE_FRAME, decode_usage

__all__ = ["ChatStreamAdapter", "adapt_choice"]

_DONE = b"[DONE]"
_LAST_OBJECT = "chat.completion.done"
"""What Perplexity calls its last frame; SDKs skip what they do not know."""
_SIGNS = (b'"finish_reason":"', b'"usage":{', b'"error":', _DONE)
"""What marks frames that must be parsed."""

_FILTER_KEY = b'"content_filter_result'
_FILTER_VALUE = rb'"content_filter_results?":\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}'
_FILTER_NOTE = re.compile(rb",%s|%s," % (_FILTER_VALUE, _FILTER_VALUE))
_REMEMBERED_NOTES = 32


class ChatStreamAdapter:
    """Adapts one stream. `custom_tools` are the client's free-form tools: their stream is parsed throughout, as is
    every stream with `reads_every_frame`."""

    def __init__(
        self,
        *,
        model: str,
        with_usage: bool,
        tool_names: Mapping[str, str],
        custom_tools: frozenset[str],
        reads_every_frame: bool = False,
    ) -> None:
        self._reads_every_frame = reads_every_frame or bool(custom_tools)
        self.content_started = False
        self.usage: Usage | None = None
        self._model = model
        self._with_usage = with_usage
        self._tool_names = tool_names
        self._custom = CustomCalls(custom_tools) if custom_tools else None
        self._compact = False
        self._replacements: list[tuple[bytes, bytes]] = []
        self._notes: list[bytes] = []
        self._shape: FrameShape | None = None
        self._rest = b""
        self._last: JsonObject | None = None
        self._waiting: JsonObject | None = None
        """The chunk with the finish reason, until the usage has come."""
        self._saw_calls = False
        self._finished = False
        self._done = False
        self._error: UpstreamError | None = None

    def feed(self, data: bytes) -> bytes:
        """Whole frames go on at once. What came before an error is passed on first, once content has started."""
        if self._error:
            raise self._error
        block = self._whole_frames(data)
        if not block:
            return b""
        if self._shape and (adapted := self._shape.adapt(block)) is not None:
            return adapted
        if self.content_started and self._compact and not _needs_parsing(block):
            return self._adapt_unread(block)
        return self._parsed(SseReader().feed(block))

    def close(self) -> bytes:
        """Adds a `[DONE]` that the upstream forgot. Raises `UpstreamError` when no end was seen."""
        if self._error:
            raise self._error
        reader = SseReader()
        out = self._parsed(reader.feed(self._rest) + reader.close())
        if self._error:
            raise self._error
        if not self._finished and not self._done:
            raise cut_off_error()
        return out if self._done else out + self._released() + DONE_FRAME

    def _whole_frames(self, data: bytes) -> bytes:
        text = self._rest + data if self._rest else data
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        end = text.rfind(b"\n\n")
        if end < 0:
            self._rest = text
            return b""
        self._rest = text[end + 2 :]
        return text[: end + 2]

    def _adapt_unread(self, block: bytes) -> bytes:
        cleaned = self._cleaned(block)
        if not self._tool_names:  # names of tools stand within deltas
            last = block[:-2].rpartition(b"\n\n")[2]
            self._shape = FrameShape.learn(last, self._cleaned)
        return cleaned

    def _cleaned(self, block: bytes) -> bytes:
        for old, new in self._replacements:
            block = block.replace(old, new)
        if _FILTER_KEY in block:
            for note in self._notes:
                block = block.replace(note, b"")
            if _FILTER_KEY in block:
                block = self._without_new_notes(block)
        return block

    def _without_new_notes(self, block: bytes) -> bytes:
        """Filter notes repeat: each is looked for by its shape once and by its bytes from then on."""
        for note in dict.fromkeys(_FILTER_NOTE.findall(block)):
            block = block.replace(note, b"")
            if len(self._notes) < _REMEMBERED_NOTES:
                self._notes.append(note)
        return block

    def _parsed(self, payloads: list[bytes]) -> bytes:
        out: list[bytes] = []
        for payload in payloads:
            try:
                out.append(self._adapt(payload))
            except UpstreamError as error:
                if not self.content_started or not any(out):
                    raise
                self._error = error
                break
        return b"".join(out)

    def _adapt(self, payload: bytes) -> bytes:
        if payload == _DONE:
            self._done = True
            return self._released() + self._missing_end() + DONE_FRAME
        if self.content_started and self._compact and not _needs_parsing(payload):
            return b"data: " + self._cleaned(payload) + b"\n\n"
        chunk = parse_chunk(payload)
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = decode_usage(usage)
        choices = chunk.get("choices")
        if not choices:
            return self._adapt_usage(chunk, usage) if isinstance(usage, dict) else b""
        return self._adapt_choices(chunk, choices, payload)

    def _adapt_usage(self, chunk: JsonObject, usage: JsonObject) -> bytes:
        return self._frame(chunk) if self._with_usage else self._released(usage)

    def _released(self, usage: JsonObject | None = None) -> bytes:
        chunk, self._waiting = self._waiting, None
        if chunk is None:
            return b""
        return self._frame(chunk if usage is None else {**chunk, "usage": usage})

    def _adapt_choices(self, chunk: JsonObject, choices: list[JsonObject], payload: bytes) -> bytes:
        if self._last is None:
            self._learn(chunk, payload)
        self._last = {key: chunk[key] for key in ("id", "object", "created") if key in chunk}
        for choice in choices:
            delta = choice.get("delta") or {}
            self._saw_calls = self._saw_calls or bool(delta.get("tool_calls"))
            adapt_choice(choice, "delta", self._tool_names, with_calls=self._saw_calls)
            if choice.get("finish_reason"):
                self._finished = self.content_started = True
            elif not self.content_started:
                self.content_started = _has_content(delta)
        late = b"".join(map(self._frame, self._custom.adapt(chunk))) if self._custom else b""
        before = self._released() + late
        if not self._with_usage and any(choice.get("finish_reason") for choice in choices):
            self._waiting = chunk
            return before
        return before + self._frame(chunk)

    def _learn(self, chunk: JsonObject, payload: bytes) -> None:
        """From the first frame: whether the JSON is compact, and the model's name in it."""
        old = b'"model":' + dump_json(chunk.get("model"))
        self._compact = b'"choices":[' in payload and old in payload and not self._reads_every_frame
        self._replacements = [(old, b'"model":' + dump_json(self._model))]
        self._replacements += [
            (b'"name":' + dump_json(short), b'"name":' + dump_json(name))
            for short, name in self._tool_names.items()
        ]

    def _frame(self, chunk: JsonObject) -> bytes:
        chunk.pop("prompt_filter_results", None)
        if chunk.get("object") == _LAST_OBJECT:
            chunk["object"] = "chat.completion.chunk"
        if "model" in chunk:
            chunk["model"] = self._model
        return b"data: " + dump_json(chunk) + b"\n\n"

    def _missing_end(self) -> bytes:
        """`[DONE]` without a finish reason: some clients ask again for ever when they see none."""
        if self._finished:
            return b""
        if self._last is None:
            raise cut_off_error()
        self._finished = True
        reason = "tool_calls" if self._saw_calls else "stop"
        choice = {"index": 0, "delta": {}, "finish_reason": reason}
        return self._frame({**self._last, "model": self._model, "choices": [choice]})


def adapt_choice(
    choice: JsonObject, key: str, tool_names: Mapping[str, str], *, with_calls: bool | None = None
) -> None:
    """Change a choice of an answer or a chunk in place; `key` is `message` or `delta`."""
    choice.pop("content_filter_results", None)
    choice.pop("content_filter_result", None)
    if key == "delta":
        choice.pop("message", None)  # Perplexity repeats the whole text so far beside each piece
    message = choice.get(key)
    if not isinstance(message, dict):
        choice[key] = {}
        return
    calls = message.get("tool_calls")
    if calls is not None and not calls:
        del message["tool_calls"]
    for call in calls or []:
        function = call.get("function") or {}
        if function.get("name") in tool_names:
            function["name"] = tool_names[function["name"]]
    with_calls = bool(calls) if with_calls is None else with_calls
    if with_calls and choice.get("finish_reason") == "stop":
        choice["finish_reason"] = "tool_calls"


def _needs_parsing(data: bytes) -> bool:
    return any(sign in data for sign in _SIGNS)


def _has_content(delta: Mapping[str, Any]) -> bool:
    return any(value for key, value in delta.items() if key != "role")

"""The deltas of a chat stream to neutral events. No framing, no errors of the wire.

The wire has no brackets around parts, and calls may overlap: one part is open at a time, and a call that
starts before the open one is whole waits for it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import FinishKind, ReasoningPart, Signature, TextPart, ToolCallPart, Usage
from proxy_core.upstream_families.chat_wire.answers import unreadable_error
from proxy_core.upstream_families.chat_wire.decode_response import Origin, build_finish
from proxy_core.wire.openai import FINISH_KINDS, decode_usage

__all__ = ["ChatAssembly"]


class _Call:
    """One tool call of the stream: what has come of it and how much of that has gone out."""

    def __init__(self, identity: str, name: str) -> None:
        self.identity = identity
        self.name = name
        self.pieces: list[str] = []
        self.sent = 0
        self.closed = False

    def is_whole(self) -> bool:
        try:
            load_json("".join(self.pieces))
        except JsonError:
            return False
        return True


class ChatAssembly:
    """One answer. `model` is the name for the client, `origin` the vendor whose proofs the thoughts carry."""

    def __init__(self, tool_names: Mapping[str, str], model: str, origin: Origin = "openai") -> None:
        self._tool_names = tool_names
        self._model = model
        self._origin = origin
        self.started = False
        self.ended = False
        self.finish: str | None = None
        """The upstream's reason; the first one said, but `tool_calls` before every other."""
        self._index = -1
        self._open = ""
        self._signature: Signature | None = None
        self._calls: dict[Any, _Call] = {}
        self._current: _Call | None = None
        self._refused = False
        self._usage = Usage()

    def take(self, chunk: JsonObject, events: list[Event]) -> None:
        """Add the events of one chunk: an object with `choices`, `usage` or both."""
        if (told := chunk.get("usage")) and (usage := decode_usage(told)) != Usage():
            self._usage = usage  # a last frame of zeros says nothing
        if choices := chunk.get("choices"):
            if not self.started:
                self.started = True
                events.append(StreamStart(str(chunk.get("id") or ""), self._model))
            self._take_choice(choices[0], events)

    def end(self, events: list[Event]) -> None:
        """Close the open part, send the calls that waited, and end."""
        self.ended = True
        self._close_part(events)
        for call in self._calls.values():
            if not call.closed:
                self._advance(call, events)
                self._close_part(events)
        finish = build_finish(self.finish, with_tool_call=bool(self._calls), refused=self._refused)
        events.append(StreamEnd(finish, self._usage))

    def say(self, text: str, events: list[Event]) -> None:
        """A text part of its own after what has come."""
        self._close_part(events)
        self._text("text", text, events)

    def _take_choice(self, choice: JsonObject, events: list[Event]) -> None:
        delta = choice.get("delta") or {}
        if thought := delta.get("reasoning_content"):
            self._thought(thought, events)
        if text := delta.get("content"):
            self._text("text", text, events)
        if text := delta.get("refusal"):
            self._refused = True
            self._text("text", text, events)
        for call in delta.get("tool_calls") or ():
            self._take_call(call, events)
        if reason := choice.get("finish_reason"):
            self._note_finish(reason)

    def _note_finish(self, reason: Any) -> None:
        if self.finish is None or FINISH_KINDS.get(str(reason).lower()) is FinishKind.TOOL_CALLS:
            self.finish = str(reason)

    def _thought(self, value: Any, events: list[Event]) -> None:
        """A text, or SAP's list of blocks with `content` and `signature`, either of which may be empty."""
        if isinstance(value, str):
            self._text("reasoning", value, events)
            return
        for block in value:
            if text := block.get("content"):
                self._text("reasoning", text, events)
            if proof := block.get("signature"):
                self._sign(Signature(self._origin, proof), events)

    def _sign(self, signature: Signature, events: list[Event]) -> None:
        if self._open != "reasoning":
            self._close_part(events)
            self._open_part(ReasoningPart(""), "reasoning", events)
        self._signature = signature
        self._close_part(events)

    def _text(self, kind: str, text: Any, events: list[Event]) -> None:
        if self._open != kind:
            self._close_part(events)
            self._open_part(TextPart("") if kind == "text" else ReasoningPart(""), kind, events)
        events.append(PartDelta(self._index, text))

    def _take_call(self, piece: JsonObject, events: list[Event]) -> None:
        function = piece.get("function") or {}
        call = self._calls.get(piece.get("index")) if "index" in piece else self._last_call(piece)
        if call is None:
            call = self._new_call(piece, function)
        if text := function.get("arguments"):
            if call.closed:
                raise unreadable_error("a tool call goes on after its end")
            call.pieces.append(text)
        self._advance(call, events)

    def _last_call(self, piece: JsonObject) -> _Call | None:
        """The call a piece without an index belongs to; a piece with an id opens a new one."""
        return None if piece.get("id") or not self._calls else next(reversed(self._calls.values()))

    def _new_call(self, piece: JsonObject, function: JsonObject) -> _Call:
        name = str(function.get("name") or "")
        identity = str(piece.get("id") or f"call_{uuid4().hex[:24]}")
        call = _Call(identity, self._tool_names.get(name, name))
        self._calls[piece.get("index", len(self._calls))] = call
        return call

    def _advance(self, call: _Call, events: list[Event]) -> None:
        """Send what may go out now. Another call waits until the current one is whole."""
        current = self._current
        if current is not None and current is not call:
            if not current.is_whole():
                return
            self._close_part(events)
        if self._current is None:
            self._close_part(events)
            self._current = call
            self._open_part(ToolCallPart(call.identity, call.name, ""), "call", events)
        self._send_pieces(call, events)

    def _send_pieces(self, call: _Call, events: list[Event]) -> None:
        index = self._index
        events += [PartDelta(index, text) for text in call.pieces[call.sent :]]
        call.sent = len(call.pieces)

    def _open_part(self, part: TextPart | ReasoningPart | ToolCallPart, kind: str, events: list[Event]) -> None:
        self._index += 1
        self._open = kind
        events.append(PartStart(self._index, part))

    def _close_part(self, events: list[Event]) -> None:
        if not self._open:
            return
        events.append(PartEnd(self._index, self._signature))
        self._signature = None
        self._open = ""
        if self._current:
            self._current.closed = True
            self._current = None

"""Neutral events to the events of the Responses wire.

Every item is complete in its `output_item.done`, and the whole answer in the last event: clients such as Codex read
nothing else. The hot path splices the JSON text of each delta between byte strings that are made once a part.
"""

from collections.abc import Sequence
from typing import assert_never

from proxy_core.client_dialects.base import ReplyContext
from proxy_core.client_dialects.openai_responses.compaction import build_compaction_item
from proxy_core.client_dialects.openai_responses.encode_items import carrier_item
from proxy_core.client_dialects.openai_responses.encode_response import (
    build_response_id,
    ended,
    opening,
    wants_compaction,
)
from proxy_core.client_dialects.openai_responses.stream_items import OpenItem, OpenMessage, WholeItem, open_item
from proxy_core.errors import ProxyError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import FinishKind, TextPart, ToolCallPart
from proxy_core.wire.openai.responses_frames import (
    KEEP_ALIVE_COMMENT,
    build_frame,
    failure_frames,
    keep_alive_frame,
)
from proxy_core.wire.openai.responses_shapes import INCOMPLETE_REASONS
from proxy_core.wire.openai.responses_tools import flatten_tools

__all__ = ["ResponsesStreamEncoder"]


class ResponsesStreamEncoder:
    """Encodes one streamed answer."""

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._origins = flatten_tools(context.request).origins
        self._folds = wants_compaction(context.request)
        self._begun: JsonObject | None = None
        self._sequence = 0
        self._output: list[JsonObject] = []
        self._open: OpenItem | None = None
        self._reads = False
        self._summary: list[str] = []

    def feed(self, events: Sequence[Event]) -> bytes:
        out: list[bytes] = []
        for event in events:
            if type(event) is PartDelta:  # first and by type: nearly all events are deltas
                self._add_delta(event.text, out)
            else:
                self._encode(event, out)
        return b"".join(out)

    def fail(self, error: ProxyError) -> bytes:
        """The response fails with what is whole of it; no `response.completed` follows."""
        begun = self._begun or opening(build_response_id(), self._context)
        frames = failure_frames(error, {**begun, "output": self._output}, self._sequence)
        self._sequence += 2
        return frames

    def keep_alive(self) -> bytes:
        """Before the first item `response.created` is repeated too: it may not have reached the client yet."""
        if self._begun is None:
            return KEEP_ALIVE_COMMENT
        if self._output or self._open:
            self._sequence += 1
            return keep_alive_frame(self._begun, self._sequence - 1)
        return self._opening_frames(self._begun)

    def _encode(self, event: Event, out: list[bytes]) -> None:
        match event:
            case StreamStart():
                self._start(out)
            case PartStart():
                self._open_part(event, out)
            case PartDelta():
                self._add_delta(event.text, out)
            case PartEnd():
                self._end_part(event)
            case StreamEnd():
                self._end(event, out)
            case _:
                assert_never(event)

    def _start(self, out: list[bytes]) -> None:
        self._begun = opening(build_response_id(), self._context)
        out.append(self._opening_frames(self._begun))
        self._sequence = 2

    def _opening_frames(self, begun: JsonObject) -> bytes:
        created = build_frame("response.created", 0, {"response": begun})
        return created + build_frame("response.in_progress", 1, {"response": begun})

    def _open_part(self, event: PartStart, out: list[bytes]) -> None:
        if self._folds:
            self._reads = isinstance(event.part, TextPart)
            self._add_delta(event.part.text if isinstance(event.part, TextPart) else "", out)
            return
        self._close_item("completed", out)
        if isinstance(event.part, ToolCallPart):
            for carrier in carrier_item(event.part.signature):
                self._add_item(WholeItem(carrier, len(self._output)), out)
                self._close_item("completed", out)
        self._add_item(open_item(event.part, len(self._output), self._origins), out)

    def _add_item(self, item: OpenItem, out: list[bytes]) -> None:
        self._open = item
        out += [self._frame(kind, fields) for kind, fields in item.opening()]
        if item.text:
            self._add_delta(item.text, out)

    def _add_delta(self, text: str, out: list[bytes]) -> None:
        item = self._open
        if item is None:
            if self._reads:
                self._summary.append(text)
            return
        if not item.pieces:
            out += [self._frame(kind, fields) for kind, fields in item.before_text()]
        item.pieces.append(text)
        if item.head:
            out += (item.head, b"%d" % self._sequence, item.middle, dump_json(text), item.tail)
            self._sequence += 1

    def _end_part(self, event: PartEnd) -> None:
        """The item stays open until the next one: whether the last one is complete is known at the end only."""
        self._reads = False
        if self._open is not None:
            self._open.signed_late(event.signature)

    def _close_item(self, status: str, out: list[bytes]) -> None:
        item = self._open
        if item is None:
            return
        out += [self._frame(kind, fields) for kind, fields in item.closing()]
        self._finish_item(item.finished(status), out)

    def _finish_item(self, item: JsonObject, out: list[bytes]) -> None:
        out.append(self._frame("response.output_item.done", {"output_index": len(self._output), "item": item}))
        self._output.append(item)
        self._open = None

    def _end(self, event: StreamEnd, out: list[bytes]) -> None:
        if self._folds:
            self._finish_folding(out)
        self._close_item(self._last_status(event.finish.kind), out)
        begun = self._begun or opening(build_response_id(), self._context)
        whole = ended(begun, self._output, event.finish.kind, event.usage)
        out.append(self._frame(f"response.{whole['status']}", {"response": whole}))

    def _last_status(self, finish: FinishKind) -> str:
        """A call whose arguments are cut must not be carried out; a filter lets a call stand as it is."""
        cut = finish is FinishKind.LENGTH or (finish in INCOMPLETE_REASONS and isinstance(self._open, OpenMessage))
        return "incomplete" if cut else "completed"

    def _finish_folding(self, out: list[bytes]) -> None:
        item = build_compaction_item("".join(self._summary))
        out.append(self._frame("response.output_item.added", {"output_index": 0, "item": item}))
        self._finish_item(item, out)

    def _frame(self, kind: str, fields: JsonObject) -> bytes:
        self._sequence += 1
        return build_frame(kind, self._sequence - 1, fields)

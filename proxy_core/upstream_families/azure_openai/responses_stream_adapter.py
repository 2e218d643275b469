"""Azure's Responses stream to the client's.

The written rule: every frame gets its `event:` line. Deltas pass unread. Responses and items are read: `model`
becomes the client's name, filter notes vanish, calls become those of the client's tools. Only where the client has
free-form tools is every frame read and numbered anew, for the pieces of their calls' JSON are held until the text
in it is whole.
"""

import re
from typing import Any

from proxy_core.errors import ProxyError, UpstreamError
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import Usage
from proxy_core.upstream_families.azure_openai.responses_answers import (
    ResponsesRequest,
    adapt_item,
    adapt_response_object,
    failed_without_cause,
)
from proxy_core.upstream_families.chat_wire.answers import cut_off_error, parse_chunk
from proxy_core.upstream_families.upstream_errors import decode_stream_error
from proxy_core.wire.openai.custom_tools import custom_input
from proxy_core.wire.openai.responses_frames import (
    KEEP_ALIVE_COMMENT,
    build_frame,
    failure_frames,
    keep_alive_frame,
)
from proxy_core.wire.openai.responses_shapes import decode_responses_usage

__all__ = ["ResponsesStreamAdapter"]

_TYPE = re.compile(rb'\{\s*"type"\s*:\s*"(response\.[a-z_.]+\.delta)"')
_SEQUENCE = re.compile(rb'"sequence_number"\s*:\s*(\d+)')
_DONE = b"[DONE]"
_ENDINGS = frozenset({"response.completed", "response.incomplete"})
_METADATA = frozenset(
    {
        "response.created", "response.in_progress", "response.queued", "response.output_item.added",
        "response.content_part.added", "response.reasoning_summary_part.added",
    }
)  # fmt: skip
"""What may still be followed by a failure that another deployment can mend: Azure throttles after a 200."""
_ARGUMENTS_DELTA = "response.function_call_arguments.delta"
_ARGUMENTS_DONE = "response.function_call_arguments.done"
_BEGUN_KEYS = ("id", "object", "created_at", "status", "model")


class ResponsesStreamAdapter:
    """Adapts one stream."""

    def __init__(self, sent: ResponsesRequest, model: str) -> None:
        self.content_started = False
        self.usage: Usage | None = None
        self._sent = sent
        self._model = model
        self._reads_all = any(origin.custom for origin in sent.origins.values())
        self._custom_items: set[Any] = set()
        self._reader = SseReader()
        self._begun: JsonObject = {}
        self._sequence = 0
        self._last = b""
        self._finished = False
        self._failed = False
        self._error: UpstreamError | None = None

    def feed(self, data: bytes) -> bytes:
        """What came before an error is passed on first, once content has started."""
        if self._error:
            raise self._error
        return self._adapt(self._reader.feed(data))

    def close(self) -> bytes:
        """Raises `UpstreamError` when no end was seen."""
        if self._error:
            raise self._error
        out = self._adapt(self._reader.close())
        if self._error:
            raise self._error
        if not self._finished:
            raise failed_without_cause() if self._failed else cut_off_error()
        return out

    def fail(self, error: ProxyError) -> bytes:
        """The frames that end a broken stream."""
        begun = self._begun or {"id": "resp_failed", "object": "response", "model": self._model}
        return failure_frames(error, {**begun, "output": [], "usage": None}, self._next_number())

    def keep_alive(self) -> bytes:
        """Before the first content `response.created` is repeated too: it may not have reached the client yet."""
        if not self._begun:
            return KEEP_ALIVE_COMMENT
        if self.content_started:
            return keep_alive_frame(self._begun, self._next_number() - 1)
        return build_frame("response.created", 0, {"response": self._begun}) + keep_alive_frame(self._begun, 1)

    def _adapt(self, payloads: list[bytes]) -> bytes:
        out: list[bytes] = []
        try:
            for payload in payloads:
                self._take(payload, out)
        except UpstreamError as error:
            if not self.content_started or not out:
                raise
            self._error = error
        return b"".join(out)

    def _take(self, payload: bytes, out: list[bytes]) -> None:
        if not self._reads_all and (found := _TYPE.match(payload)):
            self.content_started = True
            self._last = payload
            out += (b"event: ", found[1], b"\ndata: ", payload, b"\n\n")
        elif payload != _DONE:
            self._take_event(parse_chunk(payload), out)

    def _take_event(self, event: JsonObject, out: list[bytes]) -> None:
        kind = event.get("type")
        match kind:
            case "error" | "response.failed":
                if found := decode_stream_error(event):
                    raise found
                self._failed = True
                return
            case "response.output_item.added" | "response.output_item.done":
                self._take_item(event)
            case str() if event.get("item_id") in self._custom_items and kind in (
                _ARGUMENTS_DELTA,
                _ARGUMENTS_DONE,
            ):
                self._take_custom_piece(event, out)
                return
            case str() if isinstance(event.get("response"), dict):
                self._take_response(kind, event["response"])
            case str():
                pass
            case _:
                return
        self.content_started = self.content_started or kind not in _METADATA
        out.append(self._frame(kind, event))

    def _take_response(self, kind: str, response: JsonObject) -> None:
        adapt_response_object(response, self._sent, self._model)
        self._begun = self._begun or {key: response[key] for key in _BEGUN_KEYS if key in response}
        if kind in _ENDINGS:
            self._finished = True
            self.usage = decode_responses_usage(response.get("usage"))

    def _take_item(self, event: JsonObject) -> None:
        item = event.get("item")
        if isinstance(item, dict):
            event["item"] = adapted = adapt_item(item, self._sent)
            if adapted.get("type") == "custom_tool_call":
                self._custom_items.add(adapted.get("id"))
                adapted["input"] = adapted["input"] if event["type"].endswith("done") else ""

    def _take_custom_piece(self, event: JsonObject, out: list[bytes]) -> None:
        """Nothing until the JSON is whole; then the plain text in it, in one piece."""
        self.content_started = True
        if event["type"] == _ARGUMENTS_DELTA:
            return
        text = custom_input(str(event.get("arguments") or ""))
        place: JsonObject = {key: event[key] for key in ("item_id", "output_index") if key in event}
        for word, key in (("delta", "delta"), ("done", "input")):
            kind = f"response.custom_tool_call_input.{word}"
            out.append(self._frame(kind, {"type": kind, "sequence_number": 0, **place, key: text}))

    def _frame(self, kind: str, event: JsonObject) -> bytes:
        number = event.pop("sequence_number", self._sequence)
        if self._reads_all or not isinstance(number, int):
            number = self._sequence
        self._sequence = number + 1
        self._last = b""
        fields = {key: value for key, value in event.items() if key != "type"}
        return build_frame(kind, number, fields)

    def _next_number(self) -> int:
        found = _SEQUENCE.search(self._last)
        return int(found[1]) + 1 if found else self._sequence

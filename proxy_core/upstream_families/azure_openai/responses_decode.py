"""Azure's Responses answers, whole and streamed, to neutral answers."""

from collections.abc import Mapping
from typing import Any

from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import (
    ChatResponse,
    FinishKind,
    FinishReason,
    ReasoningPart,
    TextPart,
    ToolCallPart,
)
from proxy_core.upstream_families.azure_openai.responses_answers import failed_without_cause, parse_response
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.chat_wire.answers import cut_off_error, parse_chunk
from proxy_core.upstream_families.frame_decoder import FrameDecoder
from proxy_core.upstream_families.upstream_errors import decode_stream_error
from proxy_core.wire.openai.responses_reasoning import decode_reasoning_item, sign_item
from proxy_core.wire.openai.responses_shapes import INCOMPLETE_REASONS, decode_responses_usage

__all__ = ["ResponsesStreamDecoder", "decode_responses_answer"]

_KINDS = {reason: kind for kind, reason in INCOMPLETE_REASONS.items()}
_DONE = b"[DONE]"
AnswerPart = TextPart | ReasoningPart | ToolCallPart


def decode_responses_answer(body: bytes, sent: UpstreamRequest, target: Target) -> ChatResponse:
    """Raises `UpstreamError` when the body holds an error or no answer."""
    response = parse_response(body)
    items = [item for item in response["output"] if isinstance(item, dict)]
    parts = tuple(part for item in items for part in _parts_of(item, sent.tool_names))
    refused = any(_is_refusal(part) for item in items for part in item.get("content") or ())
    return ChatResponse(
        id=str(response.get("id") or ""),
        model=target.public_model,
        parts=parts,
        finish=_finish_of(
            response, with_tool_call=any(isinstance(part, ToolCallPart) for part in parts), refused=refused
        ),
        usage=decode_responses_usage(response.get("usage")),
    )


class ResponsesStreamDecoder(FrameDecoder):
    """Decodes one stream. Azure sends the items one after the other."""

    def __init__(self, sent: UpstreamRequest, target: Target) -> None:
        super().__init__(SseReader())
        self._names = sent.tool_names
        self._model = target.public_model
        self._started = False
        self._ended = False
        self._failed = False
        self._refused = False
        self._calls = False
        self._index = 0
        self._open: AnswerPart | None = None
        self._empty = True

    def _take(self, payload: bytes, events: list[Event]) -> None:
        if payload == _DONE or self._ended:
            return
        event = parse_chunk(payload)
        kind = event.get("type")
        match kind:
            case "response.output_text.delta" | "response.refusal.delta":
                self._refused = self._refused or kind == "response.refusal.delta"
                self._say(TextPart(""), event, events)
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                self._say(ReasoningPart(""), event, events)
            case "response.reasoning_summary_part.added":
                self._separate(events)
            case "response.function_call_arguments.delta":
                self._add_text(event.get("delta"), events)
            case "response.output_item.added":
                self._open_item(event.get("item"), events)
            case "response.output_item.done":
                self._close_item(event.get("item"), events)
            case "response.created" | "response.in_progress" | "response.queued":
                self._start(event, events)
            case "response.completed" | "response.incomplete":
                self._finish(event, events)
            case "error" | "response.failed":
                self._fail(event)
            case _:
                pass  # ends of parts, which the end of the item says too

    def _end(self, events: list[Event]) -> None:  # noqa: ARG002 - nothing is left to say
        if not self._ended:
            raise failed_without_cause() if self._failed else cut_off_error()

    def _start(self, event: JsonObject, events: list[Event]) -> None:
        if not self._started:
            self._started = True
            response = event.get("response")
            identity = response.get("id") if isinstance(response, dict) else None
            events.append(StreamStart(str(identity or ""), self._model))

    def _say(self, part: TextPart | ReasoningPart, event: JsonObject, events: list[Event]) -> None:
        if type(self._open) is not type(part):
            self._open_part(part, events)
        self._add_text(event.get("delta"), events)

    def _separate(self, events: list[Event]) -> None:
        """Between two parts of a summary."""
        if isinstance(self._open, ReasoningPart) and not self._empty:
            self._add_text("\n\n", events)

    def _open_item(self, item: Any, events: list[Event]) -> None:
        """Thoughts and texts open with their first words: until then another deployment may still answer."""
        self._start({}, events)
        self._close_part(PartEnd(self._index), events)
        if isinstance(item, dict) and item.get("type") == "function_call":
            self._calls = True
            self._open_part(ToolCallPart(_call_id(item), _name_of(item, self._names), ""), events)

    def _close_item(self, item: Any, events: list[Event]) -> None:
        if not isinstance(item, dict):
            return
        signature = sign_item(item) if item.get("type") == "reasoning" else None
        if signature and not isinstance(self._open, ReasoningPart):
            self._open_part(ReasoningPart(""), events)
        if isinstance(self._open, ToolCallPart) and self._empty:
            self._add_text(item.get("arguments"), events)
        self._close_part(PartEnd(self._index, signature), events)

    def _open_part(self, part: AnswerPart, events: list[Event]) -> None:
        self._start({}, events)
        self._close_part(PartEnd(self._index), events)
        self._open = part
        self._empty = True
        events.append(PartStart(self._index, part))

    def _add_text(self, text: Any, events: list[Event]) -> None:
        if self._open is not None and isinstance(text, str) and text:
            self._empty = False
            events.append(PartDelta(self._index, text))

    def _close_part(self, end: PartEnd, events: list[Event]) -> None:
        if self._open is not None:
            events.append(end)
            self._open = None
            self._index += 1

    def _finish(self, event: JsonObject, events: list[Event]) -> None:
        self._start(event, events)
        self._close_part(PartEnd(self._index), events)
        response = event.get("response")
        response = response if isinstance(response, dict) else {}
        finish = _finish_of(response, with_tool_call=self._calls, refused=self._refused)
        events.append(StreamEnd(finish, decode_responses_usage(response.get("usage"))))
        self._ended = True

    def _fail(self, event: JsonObject) -> None:
        """The cause of a `response.failed` may follow in a frame of its own."""
        if found := decode_stream_error(event):
            raise found
        self._failed = True


def _parts_of(item: JsonObject, names: Mapping[str, str]) -> list[AnswerPart]:
    match item.get("type"):
        case "reasoning":
            thought = decode_reasoning_item(item)
            return [thought] if thought else []
        case "message":
            content = item.get("content")
            return [TextPart(text) for part in content or () if (text := _text_of(part))]
        case "function_call":
            return [ToolCallPart(_call_id(item), _name_of(item, names), str(item.get("arguments") or ""))]
        case _:
            return []


def _text_of(part: Any) -> str:
    match part:
        case {"text": str() as text} | {"refusal": str() as text}:
            return text
        case _:
            return ""


def _is_refusal(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "refusal"


def _call_id(item: JsonObject) -> str:
    return str(item.get("call_id") or item.get("id") or "")


def _name_of(item: JsonObject, names: Mapping[str, str]) -> str:
    name = str(item.get("name") or "")
    return names.get(name, name)


def _finish_of(response: JsonObject, *, with_tool_call: bool, refused: bool) -> FinishReason:
    """A refusal counts as filtered, as the other vendors count it."""
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if response.get("status") == "incomplete":
        return FinishReason(_KINDS.get(str(reason), FinishKind.LENGTH), raw=str(reason))
    if refused:
        return FinishReason(FinishKind.CONTENT_FILTER, raw="refusal")
    return FinishReason(FinishKind.TOOL_CALLS if with_tool_call else FinishKind.STOP, raw="completed")

"""Gemini's answers, whole and streamed, to neutral events. No I/O.

A stream is whole answers in pieces: server-sent events, or a JSON array where a gateway forgot `alt=sse`.
It has no brackets around its parts and no end but a finish reason, so both are added here. Texts that
arrive together leave as one delta.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import (
    FilePart,
    FinishKind,
    FinishReason,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    Usage,
)
from proxy_core.upstream_families.base import Target, UpstreamRequest
from proxy_core.upstream_families.gemini.json_values import JsonObjectReader
from proxy_core.upstream_families.gemini.tools import resolve_tool_name
from proxy_core.upstream_families.upstream_errors import decode_stream_error
from proxy_core.wire.gemini import FINISH_KINDS, HOPELESS_WORDS, Wire

__all__ = ["GeminiStreamDecoder", "cut_off_error", "decode_answer", "failure_of", "parse_answer", "read_usage"]

MakeId = Callable[[], str]
_BLANK = b" \t\r\n\xef\xbb\xbf"
_LONGEST_REASON = 500


def _new_call_id() -> str:
    return f"call_{secrets.token_hex(12)}"


def decode_answer(
    body: bytes, sent: UpstreamRequest, target: Target, make_id: MakeId = _new_call_id
) -> Sequence[Event]:
    """A whole answer as a complete stream. Raises `UpstreamError`."""
    answer = _Answer(sent, target, make_id)
    answer.read(parse_answer(body))
    return [*answer.taken(), *answer.ended()]


class GeminiStreamDecoder:
    """Decodes one stream; the first byte tells its framing."""

    def __init__(self, sent: UpstreamRequest, target: Target, make_id: MakeId = _new_call_id) -> None:
        self._answer = _Answer(sent, target, make_id)
        self._frames: _Frames | None = None
        self._failure: UpstreamError | None = None

    def feed(self, data: bytes) -> Sequence[Event]:
        if self._frames is None:
            data = data.lstrip(_BLANK)
            if not data:
                return []
            self._frames = JsonObjectReader() if data[:1] in (b"[", b"{") else SseReader()
        return self._decode(self._frames.feed(data))

    def close(self) -> Sequence[Event]:
        events = self._decode(self._frames.close()) if self._frames is not None else []
        if self._failure is not None:
            raise self._failure
        return [*events, *self._answer.ended()]

    def _decode(self, payloads: list[bytes]) -> Sequence[Event]:
        """An error waits until the content that came before it has been handed over."""
        if self._failure is not None:
            raise self._failure
        answer = self._answer
        try:
            for payload in payloads:
                if payload != b"[DONE]":
                    answer.read(parse_answer(payload))
        except UpstreamError as error:
            events = answer.taken()
            if all(isinstance(event, StreamStart) for event in events):
                raise
            self._failure = error
            return events
        return answer.taken()


class _Frames(Protocol):
    def feed(self, data: bytes) -> list[bytes]: ...

    def close(self) -> list[bytes]: ...


class _Answer:
    """One answer as far as it has been read."""

    def __init__(self, sent: UpstreamRequest, target: Target, make_id: MakeId) -> None:
        self._sent = sent
        self._target = target
        self._make_id = make_id
        self._events: list[Event] = []
        self._texts: list[str] = []
        self._started = False
        self._open: type[TextPart | ReasoningPart] | None = None
        self._index = 0
        self._call_ids: set[str] = set()
        self._usage: Wire = {}
        self._reason: str | None = None

    def taken(self) -> list[Event]:
        """The events since the last time."""
        self._flush()
        events, self._events = self._events, []
        return events

    def ended(self) -> list[Event]:
        """The last events. Raises `UpstreamError` when no finish reason was seen."""
        if self._reason is None:
            raise cut_off_error()
        self._close_part()
        kind = FINISH_KINDS[self._reason]
        if kind is FinishKind.STOP and self._call_ids:
            kind = FinishKind.TOOL_CALLS
        self._events.append(StreamEnd(FinishReason(kind, raw=self._reason), read_usage(self._usage)))
        return self.taken()

    def read(self, frame: Any) -> None:
        """One frame, or a list of frames. Raises `UpstreamError` for an error or a blocked prompt."""
        if isinstance(frame, list):
            for inner in frame:
                self.read(inner)
            return
        if not isinstance(frame, dict) or "error" in frame:
            raise failure_of(frame)
        candidates = frame.get("candidates")
        if not candidates:
            _check_prompt(frame)
        usage = frame.get("usageMetadata")
        if isinstance(usage, dict):
            self._usage.update(usage)
        if not self._started:
            self._start(frame)
        for candidate in _objects(candidates):
            if not candidate.get("index"):  # others exist only where several were asked for
                self._candidate(candidate)

    def _start(self, frame: JsonObject) -> None:
        self._started = True
        usage = read_usage(self._usage) if "promptTokenCount" in self._usage else None
        self._events.append(StreamStart(frame.get("responseId") or "", self._target.public_model, usage))

    def _candidate(self, candidate: Wire) -> None:
        content = candidate.get("content")
        if isinstance(content, dict):
            for part in _objects(content.get("parts")):
                self._part(part)
        if reason := candidate.get("finishReason"):
            self._reason = _checked_reason(str(reason), candidate.get("finishMessage"))

    def _part(self, part: Wire) -> None:
        text = part.get("text")
        signature = part.get("thoughtSignature")
        if isinstance(text, str):
            self._text(ReasoningPart if part.get("thought") else TextPart, text, signature)
        elif isinstance(call := part.get("functionCall"), dict):
            self._call(call, signature)
        elif isinstance(data := part.get("inlineData"), dict):
            self._file(data)
        elif signature:
            self._text(TextPart, "", signature)

    def _text(self, kind: type[TextPart | ReasoningPart], text: str, signature: str | None) -> None:
        if text:
            if self._open is not kind:
                self._open_part(kind)
            self._texts.append(text)
        if signature:
            if self._open is None:
                self._open_part(ReasoningPart)  # a signature that came too late for its part
            self._close_part(Signature("gemini", signature))

    def _call(self, call: Wire, signature: str | None) -> None:
        self._close_part()
        given = call.get("id")
        identity = given if isinstance(given, str) and given and given not in self._call_ids else self._make_id()
        self._call_ids.add(identity)
        name = resolve_tool_name(call.get("name") or "", self._known_names(), self._sent.tool_names)
        signed = Signature("gemini", signature) if signature else None
        self._whole(ToolCallPart(identity, name, "", signed), dump_json(call.get("args") or {}).decode())

    def _known_names(self) -> frozenset[str]:
        return frozenset(
            declaration["name"]
            for tool in self._sent.body.get("tools") or ()
            for declaration in tool.get("functionDeclarations") or ()
        )

    def _file(self, data: Wire) -> None:
        self._close_part()
        media_type = data.get("mimeType") or "image/png"
        kind = media_type.partition("/")[0]
        self._whole(
            FilePart(
                "image" if kind == "image" else "audio" if kind == "audio" else "document",
                media_type=media_type,
                data=data.get("data") or "",
            )
        )

    def _whole(self, part: ToolCallPart | FilePart, text: str = "") -> None:
        self._events.append(PartStart(self._index, part))
        if text:
            self._events.append(PartDelta(self._index, text))
        self._events.append(PartEnd(self._index))
        self._index += 1

    def _open_part(self, kind: type[TextPart | ReasoningPart]) -> None:
        self._close_part()
        self._open = kind
        self._events.append(PartStart(self._index, kind("")))

    def _close_part(self, signature: Signature | None = None) -> None:
        if self._open is None:
            return
        self._flush()
        self._events.append(PartEnd(self._index, signature))
        self._open = None
        self._index += 1

    def _flush(self) -> None:
        if self._texts:
            self._events.append(PartDelta(self._index, "".join(self._texts)))
            self._texts.clear()


def cut_off_error() -> UpstreamError:
    """The upstream ended without a finish reason."""
    return UpstreamError(
        "SAP AI Core's answer was cut off: it ended without a finish reason. Please try again.",
        status=502,
        kind=ErrorKind.CONNECTION,
    )


def parse_answer(payload: bytes) -> Any:
    """The JSON of an answer or a frame. Raises `UpstreamError`."""
    try:
        return load_json(payload)
    except JsonError as error:
        raise UpstreamError(
            f"SAP AI Core's answer is not valid JSON: {error}", status=502, kind=ErrorKind.SERVER
        ) from None


def _objects(value: Any) -> list[Wire]:
    """The objects of a list; a single object counts as a list of one."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def failure_of(frame: Any) -> UpstreamError:
    """What a frame says that is no answer."""
    error = decode_stream_error(frame) if isinstance(frame, dict) else None
    return error or UpstreamError(
        "SAP AI Core's answer has not the form of a Gemini answer.", status=502, kind=ErrorKind.SERVER
    )


def _check_prompt(frame: JsonObject) -> None:
    feedback = frame.get("promptFeedback")
    if not isinstance(feedback, dict) or not (reason := feedback.get("blockReason")):
        return
    words = feedback.get("blockReasonMessage") or "Change the request and try again."
    raise UpstreamError(
        f"Gemini blocked the prompt ({reason}). {words}",
        status=400,
        kind=ErrorKind.CONTENT_FILTER,
        code="content_filter",
        upstream_status=200,
    )


def _checked_reason(reason: str, words: Any) -> str:
    """The reason itself when it ends an answer. Raises `UpstreamError` for all others."""
    if reason in FINISH_KINDS:
        return reason
    message = f"Gemini ended the answer with {reason}."
    if isinstance(words, str):
        message = f"{message} {words[:_LONGEST_REASON]}"
    hopeless = reason in HOPELESS_WORDS
    raise UpstreamError(
        message,
        status=400 if hopeless else 502,
        kind=ErrorKind.INVALID_REQUEST if hopeless else ErrorKind.SERVER,
        code=reason.lower(),
        upstream_status=200,
    )


def read_usage(wire: Wire) -> Usage:
    """Thoughts count as output beside the candidates; cached tokens are part of the prompt."""

    def count(name: str) -> int:
        value = wire.get(name)
        return value if isinstance(value, int) else 0

    thoughts = count("thoughtsTokenCount")
    return Usage(
        input_tokens=count("promptTokenCount") + count("toolUsePromptTokenCount"),
        output_tokens=count("candidatesTokenCount") + thoughts,
        cached_tokens=count("cachedContentTokenCount"),
        reasoning_tokens=thoughts,
    )

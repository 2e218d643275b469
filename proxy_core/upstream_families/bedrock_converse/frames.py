"""Bytes of a Converse stream to events: server-sent events with printed dicts or JSON, or AWS's binary stream.

Which of them comes is told by the answer's content type: the gateway in between negotiates it.
"""

from typing import Any

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.framing.aws_eventstream import EventStreamError, EventStreamMessage, EventStreamReader
from proxy_core.framing.python_literal import LiteralTextError, load_literal
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json
from proxy_core.upstream_families.frame_decoder import Frames
from proxy_core.upstream_families.upstream_errors import decode_stream_error

__all__ = ["build_frames", "read_event"]

_AWS_MEDIA_TYPE = "application/vnd.amazon.eventstream"
_EXCEPTION = "Exception"


def build_frames(content_type: str) -> Frames:
    return _AwsFrames() if content_type.startswith(_AWS_MEDIA_TYPE) else SseReader()


def read_event(payload: bytes) -> tuple[str, JsonObject]:
    """Name and inner object of one event. Raises `UpstreamError` for an error frame and for what is no event."""
    try:
        event: Any = load_literal(payload)
    except LiteralTextError as error:
        raise unreadable_stream() from error
    match event:
        case {"type": "error"} | {"error": _}:
            raise decode_stream_error(event) or unreadable_stream()
        case dict() if len(event) == 1:
            name, inner = next(iter(event.items()))
        case _:
            raise unreadable_stream()
    if not isinstance(name, str) or not isinstance(inner, dict):
        raise unreadable_stream()
    if name.endswith(_EXCEPTION):
        raise _exception(name, inner.get("message"))
    return name, inner


def unreadable_stream() -> UpstreamError:
    return UpstreamError(
        "SAP AI Core sent a stream that cannot be read.", status=502, kind=ErrorKind.SERVER, upstream_status=200
    )


def _exception(name: str, message: Any) -> UpstreamError:
    text = f"{name[:1].upper()}{name[1:]}: {message or 'no reason was given'}"
    return decode_stream_error({"type": "error", "message": text}) or unreadable_stream()


class _AwsFrames:
    """The events of an AWS event stream, as the payloads that server-sent events would have had."""

    def __init__(self) -> None:
        self._reader = EventStreamReader()

    def feed(self, data: bytes) -> list[bytes]:
        try:
            return [_payload_of(message) for message in self._reader.feed(data)]
        except (EventStreamError, JsonError) as error:
            raise unreadable_stream() from error

    def close(self) -> list[bytes]:
        return []  # a message cut off here is an answer cut off, which the decoder sees for itself


def _payload_of(message: EventStreamMessage) -> bytes:
    headers = message.headers
    name = headers.get(":event-type") or headers.get(":exception-type") or headers.get(":error-code") or "exception"
    inner = load_json(message.payload) if message.payload else {}
    if headers.get(":message-type") != "event" and not name.endswith(_EXCEPTION):
        name = f"{name}{_EXCEPTION}"
    return dump_json({name: inner})

"""Upstream bytes to the JSON payloads of frames, for server-sent events and for AWS event streams."""

import base64
import binascii
from typing import Protocol

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.framing.aws_eventstream import EventStreamError, EventStreamMessage, EventStreamReader
from proxy_core.framing.sse import SseReader
from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json
from proxy_core.upstream_families.upstream_errors import decode_stream_error

__all__ = ["AWS_MEDIA_TYPE", "Frames", "build_broken_error", "build_cut_error", "build_frames", "read_frame"]

AWS_MEDIA_TYPE = "application/vnd.amazon.eventstream"


class Frames(Protocol):
    """Cuts bytes into payloads. Raises `UpstreamError` for bytes that are no frames."""

    def feed(self, data: bytes) -> list[bytes]: ...

    def close(self) -> list[bytes]: ...


def build_frames(content_type: str) -> Frames:
    return _AwsFrames() if content_type.startswith(AWS_MEDIA_TYPE) else SseReader()


def read_frame(payload: bytes) -> JsonObject:
    """The object of one payload. Raises `UpstreamError` for an error frame and for what is no frame."""
    try:
        frame = load_json(payload)
    except JsonError as error:
        raise build_broken_error() from error
    if not isinstance(frame, dict):
        raise build_broken_error()
    if frame.get("type") == "error" or "type" not in frame:
        raise decode_stream_error(frame) or build_broken_error()
    return frame


def build_cut_error() -> UpstreamError:
    return UpstreamError(
        "The connection to SAP AI Core broke before the answer was complete. Send the request again.",
        status=502,
        kind=ErrorKind.CONNECTION,
    )


def build_broken_error() -> UpstreamError:
    return UpstreamError("SAP AI Core sent a stream that cannot be read.", status=502, kind=ErrorKind.SERVER)


class _AwsFrames:
    """The frames of an AWS event stream, as the payloads that server-sent events would have had."""

    def __init__(self) -> None:
        self._reader = EventStreamReader()

    def feed(self, data: bytes) -> list[bytes]:
        try:
            return [_payload_of(message) for message in self._reader.feed(data)]
        except (EventStreamError, JsonError, binascii.Error, KeyError, TypeError) as error:
            raise build_broken_error() from error

    def close(self) -> list[bytes]:
        return []  # a message cut off here is an answer cut off, which the decoder sees for itself


def _payload_of(message: EventStreamMessage) -> bytes:
    """An event holds one frame as base64; an exception is named in the headers."""
    payload = load_json(message.payload)
    if message.headers.get(":message-type") == "event":
        return base64.b64decode(payload["bytes"])
    name = message.headers.get(":exception-type") or message.headers.get(":error-code") or "error"
    text = payload.get("message") or message.headers.get(":error-message") or ""
    return dump_json({"type": "error", "message": f"{name[:1].upper()}{name[1:]}: {text}"})

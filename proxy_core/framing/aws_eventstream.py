"""Bytes to messages of the AWS event stream encoding. No I/O, no JSON.

Layout, big-endian: total length, headers length, CRC-32 of these eight bytes, headers, payload, CRC-32 of
all before it. Source: "Amazon event stream encoding" in the documentation of AWS.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["EventStreamError", "EventStreamMessage", "EventStreamReader"]

_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
_LENGTH = struct.Struct(">H")
_OVERHEAD = _PRELUDE.size + _CHECKSUM.size
_LONGEST = 24 * 1024 * 1024
"""A message may be 16 MB, its headers 128 kB; more is a sign of lost framing."""

_FIXED_WIDTHS = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header value by its type number: booleans, integers, timestamp, UUID."""
_BYTES, _STRING = 6, 7


class EventStreamError(ValueError):
    """The bytes are not an AWS event stream, or were damaged."""


@dataclass(frozen=True, slots=True)
class EventStreamMessage:
    """`headers` holds the headers of type string, such as `:message-type`."""

    headers: Mapping[str, str]
    payload: bytes


class EventStreamReader:
    """Cuts a stream of bytes into messages. The bytes may be cut anywhere."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[EventStreamMessage]:
        """The messages that these bytes complete. Raises `EventStreamError`."""
        text = self._rest + data
        messages = []
        position = 0
        while (end := _end_of_message(text, position)) is not None:
            messages.append(_decode_message(text[position:end]))
            position = end
        self._rest = text[position:]
        return messages

    def close(self) -> None:
        """Raises `EventStreamError` when the stream stopped within a message."""
        if self._rest:
            raise EventStreamError("The event stream ends within a message.")


def _end_of_message(text: bytes, start: int) -> int | None:
    if len(text) - start < _PRELUDE.size:
        return None
    total, headers, checksum = _PRELUDE.unpack_from(text, start)
    if zlib.crc32(text[start : start + 8]) != checksum:
        raise EventStreamError("The head of an event stream message has a wrong checksum.")
    if total > _LONGEST or total < _OVERHEAD + headers:
        raise EventStreamError(f"An event stream message claims the impossible length {total}.")
    return start + total if len(text) - start >= total else None


def _decode_message(message: bytes) -> EventStreamMessage:
    (checksum,) = _CHECKSUM.unpack_from(message, len(message) - _CHECKSUM.size)
    if zlib.crc32(message[: -_CHECKSUM.size]) != checksum:
        raise EventStreamError("An event stream message has a wrong checksum.")
    _, length, _ = _PRELUDE.unpack_from(message)
    body = _PRELUDE.size + length
    try:
        headers = _decode_headers(message[_PRELUDE.size : body])
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise EventStreamError("An event stream message has broken headers.") from error
    return EventStreamMessage(headers, message[body : -_CHECKSUM.size])


def _decode_headers(text: bytes) -> dict[str, str]:
    headers = {}
    position = 0
    while position < len(text):
        end = position + 1 + text[position]
        name = text[position + 1 : end].decode()
        kind = text[end]
        start, position = _value_span(text, end + 1, kind)
        if kind == _STRING:
            headers[name] = text[start:position].decode()
    return headers


def _value_span(text: bytes, start: int, kind: int) -> tuple[int, int]:
    if kind in (_BYTES, _STRING):
        (length,) = _LENGTH.unpack_from(text, start)
        start += _LENGTH.size
        end = start + length
    elif kind in _FIXED_WIDTHS:
        end = start + _FIXED_WIDTHS[kind]
    else:
        raise EventStreamError(f"An event stream header has the unknown type {kind}.")
    if end > len(text):
        raise EventStreamError("An event stream message has broken headers.")
    return start, end

"""AWS binary event stream, writing side: headers and payload to one message with its two checksums. No I/O.

Layout after botocore's `eventstream.py`; all numbers are big-endian.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

__all__ = ["CONTENT_TYPE", "encode_event", "encode_exception", "encode_message", "padding"]

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def encode_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    head = b"".join(_encode_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _encode_header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack(">B", len(key)) + key + struct.pack(">BH", _STRING, len(text)) + text


def padding(payload: bytes) -> str:
    """The `p` member: its length looks random and hides that of the text; here it follows from the payload."""
    return _ALPHABET[: 1 + zlib.crc32(payload) % len(_ALPHABET)]


def encode_event(event_type: str, body: Mapping[str, Any]) -> bytes:
    """One event with its padding; `body` is the bare inner object."""
    padded = {**body, "p": padding(json.dumps(body).encode())}
    headers = {":event-type": event_type, ":content-type": "application/json", ":message-type": "event"}
    return encode_message(headers, json.dumps(padded, separators=(",", ":")).encode())


def encode_exception(exception_type: str, message: str) -> bytes:
    """An exception within the stream, such as `throttlingException`."""
    headers = {":exception-type": exception_type, ":content-type": "application/json", ":message-type": "exception"}
    return encode_message(headers, json.dumps({"message": message}).encode())

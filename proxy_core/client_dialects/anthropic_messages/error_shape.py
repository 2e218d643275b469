"""Errors in the dialect's shape, and the frames that are not content."""

import re

from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.wire.anthropic import ERROR_TYPES

__all__ = ["KEEP_ALIVE", "encode_error", "encode_error_frame"]

KEEP_ALIVE = b'event: ping\ndata: {"type":"ping"}\n\n'

_TOO_LONG = "prompt is too long: "
"""Claude Code compacts the conversation when a message begins so."""
_FIGURE = re.compile(r"(?<![\w.])\d[\d,]{3,}(?![\w.]*\d)")


def encode_error(error: ProxyError, request_id: str | None = None) -> JsonObject:
    body: JsonObject = {"type": "error", "error": {"type": ERROR_TYPES[error.kind], "message": _message(error)}}
    if request_id:
        body["request_id"] = request_id
    return body


def encode_error_frame(error: ProxyError, request_id: str | None = None) -> bytes:
    return b"event: error\ndata: " + dump_json(encode_error(error, request_id)) + b"\n\n"


def _message(error: ProxyError) -> str:
    if error.kind is ErrorKind.CONTEXT_LENGTH and not error.message.startswith(_TOO_LONG):
        return _TOO_LONG + _figures(error.message) + error.message
    return error.message


def _figures(message: str) -> str:
    """`A tokens > B maximum. ` from the two figures that another vendor's words hold; empty without them."""
    found = {int(figure.replace(",", "")) for figure in _FIGURE.findall(message)}
    if len(found) != 2:
        return ""
    return f"{max(found)} tokens > {min(found)} maximum. "

"""Errors in Google's shape, and the frames that are not content. Source: https://cloud.google.com/apis/design/errors"""

from collections.abc import Mapping

from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.json_text import JsonObject, dump_json

__all__ = ["KEEP_ALIVE_FRAME", "encode_error", "error_frame"]

KEEP_ALIVE_FRAME = b'data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0}]}\r\n\r\n'
"""An empty text: Google's own clients cannot read comments."""

_STATUSES: Mapping[ErrorKind, str] = {
    ErrorKind.INVALID_REQUEST: "INVALID_ARGUMENT",
    ErrorKind.CONTEXT_LENGTH: "INVALID_ARGUMENT",
    ErrorKind.CONTENT_FILTER: "INVALID_ARGUMENT",
    ErrorKind.AUTHENTICATION: "UNAUTHENTICATED",
    ErrorKind.UPSTREAM_AUTHENTICATION: "UNAUTHENTICATED",
    ErrorKind.PERMISSION: "PERMISSION_DENIED",
    ErrorKind.MODEL_NOT_FOUND: "NOT_FOUND",
    ErrorKind.NOT_FOUND: "NOT_FOUND",
    ErrorKind.TOO_LARGE: "INVALID_ARGUMENT",
    ErrorKind.CONFLICT: "ABORTED",
    ErrorKind.TIMEOUT: "DEADLINE_EXCEEDED",
    ErrorKind.RATE_LIMIT: "RESOURCE_EXHAUSTED",
    ErrorKind.OVERLOADED: "UNAVAILABLE",
    ErrorKind.CONNECTION: "UNAVAILABLE",
    ErrorKind.SERVER: "INTERNAL",
}


def encode_error(error: ProxyError) -> JsonObject:
    """`{"error": {"code", "message", "status", "details"}}`; the details name the field at fault and the wait."""
    body: JsonObject = {"code": error.status, "message": error.message, "status": _STATUSES[error.kind]}
    details: list[JsonObject] = []
    if error.param:
        violation = {"field": error.param, "description": error.message}
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
    if error.retry_after is not None:
        delay = f"{error.retry_after:g}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    if details:
        body["details"] = details
    return {"error": body}


def error_frame(error: ProxyError) -> bytes:
    """The frame that ends a broken stream; no finish reason follows."""
    return b"data: " + dump_json(encode_error(error)) + b"\r\n\r\n"

"""Errors in OpenAI's shape, for all its wires. Source: https://platform.openai.com/docs/guides/error-codes"""

from collections.abc import Mapping

from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.json_text import JsonObject, dump_json

__all__ = ["encode_error", "error_frame"]

_TYPES: Mapping[ErrorKind, tuple[str, str | None]] = {
    ErrorKind.INVALID_REQUEST: ("invalid_request_error", None),
    ErrorKind.CONTEXT_LENGTH: ("invalid_request_error", "context_length_exceeded"),
    ErrorKind.CONTENT_FILTER: ("invalid_request_error", "content_filter"),
    ErrorKind.AUTHENTICATION: ("invalid_request_error", "invalid_api_key"),
    ErrorKind.UPSTREAM_AUTHENTICATION: ("authentication_error", "upstream_authentication"),
    ErrorKind.PERMISSION: ("permission_error", "insufficient_permissions"),
    ErrorKind.MODEL_NOT_FOUND: ("invalid_request_error", "model_not_found"),
    ErrorKind.NOT_FOUND: ("invalid_request_error", None),
    ErrorKind.TOO_LARGE: ("invalid_request_error", "request_too_large"),
    ErrorKind.CONFLICT: ("conflict", None),
    ErrorKind.TIMEOUT: ("server_error", "timeout"),
    ErrorKind.RATE_LIMIT: ("rate_limit_error", "rate_limit_exceeded"),
    ErrorKind.OVERLOADED: ("server_error", "overloaded"),
    ErrorKind.CONNECTION: ("server_error", "connection_error"),
    ErrorKind.SERVER: ("server_error", None),
}
"""Kind to `type` and to the `code` that clients act on; None leaves the upstream's own code."""

_KEPT_CODES = frozenset({"insufficient_quota"})
"""Upstream codes that clients act on in a way of their own: Codex gives up at once on this one."""


def encode_error(error: ProxyError) -> JsonObject:
    """`{"error": {"message", "type", "param", "code"}}`, with the upstream's own words."""
    kind, code = _TYPES[error.kind]
    if code is None or error.code in _KEPT_CODES:
        code = error.code
    return {"error": {"message": error.message, "type": kind, "param": error.param, "code": code}}


def error_frame(error: ProxyError) -> bytes:
    """The frame that ends a broken stream. `[DONE]` does not follow: the answer is not complete."""
    return b"data: " + dump_json(encode_error(error)) + b"\n\n"

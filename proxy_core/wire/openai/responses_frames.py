"""Stream frames of the Responses wire, the ends of broken streams included."""

from proxy_core.errors import ErrorKind, ProxyError
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.wire.openai.errors import encode_error

__all__ = ["KEEP_ALIVE_COMMENT", "build_frame", "failure_frames", "keep_alive_frame"]

KEEP_ALIVE_COMMENT = b": keep-alive\n\n"
"""A sign of life for the time when there is no response yet whose event could be repeated."""

_FAILURE_CODES = {
    ErrorKind.RATE_LIMIT: "rate_limit_exceeded",
    ErrorKind.CONTEXT_LENGTH: "context_length_exceeded",
    ErrorKind.INVALID_REQUEST: "invalid_prompt",
    ErrorKind.CONTENT_FILTER: "invalid_prompt",
}
"""The codes of `response.error` that clients act on; anything else is a `server_error`."""


def build_frame(kind: str, sequence: int, fields: JsonObject) -> bytes:
    """One event: the `event:` line says what `type` says."""
    data = dump_json({"type": kind, "sequence_number": sequence, **fields})
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


def keep_alive_frame(response: JsonObject, sequence: int) -> bytes:
    """A repeated `response.in_progress`: Codex takes events for signs of life and comments not."""
    return build_frame("response.in_progress", sequence, {"response": response})


def failure_frames(error: ProxyError, response: JsonObject, sequence: int) -> bytes:
    """The `error` event and `response.failed`: some clients read the one, some the other.

    `response` is the response as far as it is known. The error stands nested too, for the SDKs of OpenAI raise on
    that alone.
    """
    told = encode_error(error)["error"]
    flat = {"code": told["code"] or told["type"], "message": told["message"], "param": told["param"]}
    failure = {"code": _failure_code(error), "message": error.message}
    failed = {**response, "status": "failed", "error": failure, "incomplete_details": None}
    return build_frame("error", sequence, {**flat, "error": told}) + build_frame(
        "response.failed", sequence + 1, {"response": failed}
    )


def _failure_code(error: ProxyError) -> str:
    if error.code == "insufficient_quota":
        return error.code
    return _FAILURE_CODES.get(error.kind, "server_error")

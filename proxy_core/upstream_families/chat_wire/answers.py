"""What a whole chat answer must be before it is read."""

from typing import Any

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonError, JsonObject, load_json
from proxy_core.upstream_families.upstream_errors import decode_stream_error

__all__ = ["cut_off_error", "parse_answer", "parse_chunk", "unreadable_error"]


def parse_answer(body: bytes) -> JsonObject:
    """A chat completion with choices. Raises `UpstreamError` for an error or anything else."""
    answer = parse_chunk(body)
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not all(isinstance(choice, dict) for choice in choices):
        raise unreadable_error("it holds no answer")
    return answer


def parse_chunk(payload: bytes) -> JsonObject:
    """A JSON object that is not an error. Raises `UpstreamError`."""
    try:
        value: Any = load_json(payload)
    except JsonError as error:
        raise unreadable_error("it is not JSON") from error
    if isinstance(value, dict) and "error" not in value and value.get("object") != "error":
        return value
    if isinstance(value, dict | list) and (found := decode_stream_error(value)):
        raise found
    if isinstance(value, dict):
        return value
    raise unreadable_error("it is not a JSON object")


def unreadable_error(reason: str) -> UpstreamError:
    return UpstreamError(
        f"The answer of SAP AI Core cannot be read: {reason}.",
        status=502,
        kind=ErrorKind.SERVER,
        upstream_status=200,
    )


def cut_off_error() -> UpstreamError:
    return UpstreamError(
        "SAP AI Core ended the stream before the answer was complete.",
        status=502,
        kind=ErrorKind.CONNECTION,
        upstream_status=200,
    )

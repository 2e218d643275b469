"""Error answers of SAP AI Core, in every shape that is known, to `UpstreamError`.

The same gateway fronts many vendors, so any family may meet any shape: Envoy's plain text, XSUAA, the lm
API, Azure, Bedrock, Vertex, vLLM and orchestration. SAP's own words stay as they are; what they mean for
the client is decided here. No I/O, no clock.
"""

import re
from collections.abc import Mapping
from typing import Any

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonObject
from proxy_core.upstream_families.error_bodies import (
    FoundError,
    find_in_body,
    find_in_frame,
    wait_of_headers,
    wait_of_text,
)

__all__ = ["decode_error", "decode_stream_error"]

_ANSWERS: dict[int, tuple[int, ErrorKind]] = {
    400: (400, ErrorKind.INVALID_REQUEST),
    401: (401, ErrorKind.UPSTREAM_AUTHENTICATION),
    403: (403, ErrorKind.PERMISSION),
    404: (404, ErrorKind.MODEL_NOT_FOUND),
    408: (504, ErrorKind.TIMEOUT),
    409: (409, ErrorKind.CONFLICT),
    410: (404, ErrorKind.MODEL_NOT_FOUND),
    413: (413, ErrorKind.TOO_LARGE),
    422: (400, ErrorKind.INVALID_REQUEST),
    424: (502, ErrorKind.SERVER),
    429: (429, ErrorKind.RATE_LIMIT),
    500: (500, ErrorKind.SERVER),
    503: (503, ErrorKind.OVERLOADED),
    504: (504, ErrorKind.TIMEOUT),
    529: (503, ErrorKind.OVERLOADED),
}
"""Upstream status to the status and the kind for the client."""

_STATUS_OF_NAME: dict[str, int] = {
    # Bedrock, https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
    "validationexception": 400,
    "servicequotaexceededexception": 400,
    "accessdeniedexception": 403,
    "resourcenotfoundexception": 404,
    "modeltimeoutexception": 408,
    "modelerrorexception": 424,
    "modelstreamerrorexception": 424,
    "throttlingexception": 429,
    "modelnotreadyexception": 429,
    "internalserverexception": 500,
    "serviceunavailableexception": 503,
    # Anthropic, https://docs.anthropic.com/en/api/errors
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    # Google, https://cloud.google.com/apis/design/errors
    "invalid_argument": 400,
    "failed_precondition": 400,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "resource_exhausted": 429,
    "internal": 500,
    "unavailable": 503,
    "deadline_exceeded": 504,
    # OpenAI, Azure and vLLM
    "badrequesterror": 400,
    "content_filter": 400,
    "context_length_exceeded": 400,
    "operationnotsupported": 400,
    "unknown_parameter": 400,
    "unsupported_parameter": 400,
    "unsupported_value": 400,
    "deploymentnotfound": 404,
    "model_not_found": 404,
    "insufficient_quota": 429,
    "rate_limit_exceeded": 429,
    "too_many_requests": 429,
    "toomanyrequests": 429,
    "internalservererror": 500,
    "server_error": 500,
}

_THROTTLED = frozenset(name for name, status in _STATUS_OF_NAME.items() if status == 429)
_TOO_LONG = re.compile(
    r"context_length_exceeded|prompt is too long|input is too long|maximum context length|context window"
    r"|input token count .*exceeds|input tokens exceeded|exceeds? (the )?maximum (input )?length"
    r"|(^|: )too many tokens:",
    re.IGNORECASE,
)
"""The last are Cohere's words (https://github.com/cohere-ai/sandbox-topically/issues/4)."""
_FILTERED = re.compile(
    r"responsibleaipolicyviolation|content management policy|content[ _-]filter(ing)?\b.*polic"
    r"|filtered due to|blocked by .*(content filter|guardrail)",
    re.IGNORECASE,
)
_KEPT_ITEM = re.compile(r"^(item|response) with id '[^']*' (was )?not found", re.IGNORECASE)
"""A 404 of the Responses API that speaks of what a client refers to, not of the deployment."""
_THROTTLED_TEXT = re.compile(r"too ?many ?requests?|rate (limit )?exceeded|token rate limit", re.IGNORECASE)
_REQUEST_ID_HEADERS = ("x-request-id", "x-amzn-requestid", "apim-request-id")


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """An answer of status 400 or above to the error for the client. Header names are lower case.

    `code` and `param` are the upstream's own; `retry_after` comes from the headers, else from the body.
    """
    found = find_in_body(body) or FoundError("")
    named = headers.get("x-amzn-errortype", "").partition(":")[0]
    names = (named, *found.names) if named else found.names
    message = found.message or f"SAP AI Core answered with status {status} and gave no reason."
    wait = wait_of_headers(headers)
    identity = next((headers[name] for name in _REQUEST_ID_HEADERS if headers.get(name)), found.request_id)
    return _build(
        status,
        message,
        names,
        param=found.param,
        retry_after=found.retry_after if wait is None else wait,
        request_id=identity,
    )


def decode_stream_error(payload: JsonObject | list[Any]) -> UpstreamError | None:
    """The error that one frame of a stream with status 200 carries, or None when it carries none.

    Also None for a Responses `response.failed` without a cause: the cause follows in a frame of its own.
    """
    found = find_in_frame(payload)
    if found is None:
        return None
    status = found.number or next(filter(None, map(_status_of_name, found.names)), 500)
    message = found.message or "SAP AI Core ended the stream with an error and gave no reason."
    return _build(
        status,
        message,
        found.names,
        param=found.param,
        retry_after=found.retry_after,
        request_id=found.request_id,
    )


def _build(
    status: int,
    message: str,
    names: tuple[str, ...],
    *,
    param: str | None,
    retry_after: float | None,
    request_id: str | None,
) -> UpstreamError:
    answer, kind = _classify(status, message, names)
    return UpstreamError(
        message,
        status=answer,
        kind=kind,
        code=names[0] if names else None,
        param=param,
        retry_after=wait_of_text(message) if retry_after is None else retry_after,
        upstream_status=status,
        request_id=request_id,
    )


def _classify(status: int, message: str, names: tuple[str, ...]) -> tuple[int, ErrorKind]:
    """Words win over numbers where a vendor is known to use a wrong status."""
    words = {name.lower() for name in names}
    if status not in (401, 403, 404, 410, 429):
        if "context_length_exceeded" in words or _TOO_LONG.search(message):
            return 400, ErrorKind.CONTEXT_LENGTH
        if words & {"content_filter", "responsibleaipolicyviolation"} or _FILTERED.search(message):
            return 400, ErrorKind.CONTENT_FILTER
    if words & _THROTTLED or (status >= 500 and _THROTTLED_TEXT.search(message)):
        return _ANSWERS[429]
    if status == 404 and _KEPT_ITEM.search(message):
        return 404, ErrorKind.NOT_FOUND
    if status in _ANSWERS:
        return _ANSWERS[status]
    return (502, ErrorKind.SERVER) if status >= 500 else (status, ErrorKind.INVALID_REQUEST)


def _status_of_name(name: str) -> int | None:
    return _STATUS_OF_NAME.get(name.lower())

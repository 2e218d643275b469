"""Error answers of SAP AI Core, in every shape that is known, to `UpstreamError`.

The same gateway fronts many vendors, so any family may meet any shape: Envoy's plain text, XSUAA, the lm
API, Azure, Bedrock, Vertex, vLLM and orchestration. SAP's own words stay as they are. Bodies are read
for their error fields only: an echoed prompt never gets into an error. No I/O, no clock.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = ["decode_error", "decode_stream_error"]

_LONGEST_TEXT = 2000

_ANSWERS: dict[int, tuple[int, ErrorKind]] = {
    400: (400, ErrorKind.INVALID_REQUEST),
    401: (401, ErrorKind.UPSTREAM_AUTHENTICATION),
    403: (403, ErrorKind.PERMISSION),
    404: (404, ErrorKind.MODEL_NOT_FOUND),
    408: (504, ErrorKind.TIMEOUT),
    409: (409, ErrorKind.CONFLICT),
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
    r"|input token count .*exceeds|input tokens exceeded|exceeds? (the )?maximum (input )?length",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"responsibleaipolicyviolation|content management policy|content[ _-]filter(ing)?\b.*polic"
    r"|filtered due to|blocked by .*(content filter|guardrail)",
    re.IGNORECASE,
)
_THROTTLED_TEXT = re.compile(r"too ?many ?requests?|rate (limit )?exceeded|token rate limit", re.IGNORECASE)
_WAIT_TEXT = re.compile(r"(?:retry after|try again in)\s+(\d+(?:\.\d+)?)\s*(ms|m\b|s)?", re.IGNORECASE)
_STATUS_PREFIX = re.compile(r"([45]\d\d) - ")
_EXCEPTION_PREFIX = re.compile(r"(\w+Exception)\b")
_REQUEST_ID_HEADERS = ("x-request-id", "x-amzn-requestid", "apim-request-id")


@dataclass(frozen=True, slots=True)
class _Found:
    """What a body says. `names` are words such as `ThrottlingException`, `number` a status inside the body."""

    message: str
    names: tuple[str, ...] = ()
    number: int | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


def decode_error(status: int, headers: Mapping[str, str], body: bytes) -> UpstreamError:
    """An answer of status 400 or above to the error for the client. Header names are lower case.

    `code` and `param` are the upstream's own; `retry_after` comes from the headers, else from the body.
    """
    found = _find_in_body(body) or _Found("")
    named = headers.get("x-amzn-errortype", "").partition(":")[0]
    names = (named, *found.names) if named else found.names
    message = found.message or f"SAP AI Core answered with status {status} and gave no reason."
    wait = _wait_of_headers(headers)
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
    found = _find_in_frame(payload)
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
        retry_after=_wait_of_text(message) if retry_after is None else retry_after,
        upstream_status=status,
        request_id=request_id,
    )


def _classify(status: int, message: str, names: tuple[str, ...]) -> tuple[int, ErrorKind]:
    """Words win over numbers where a vendor is known to use a wrong status."""
    words = {name.lower() for name in names}
    if status not in (401, 403, 404, 429):
        if "context_length_exceeded" in words or _TOO_LONG.search(message):
            return 400, ErrorKind.CONTEXT_LENGTH
        if words & {"content_filter", "responsibleaipolicyviolation"} or _FILTERED.search(message):
            return 400, ErrorKind.CONTENT_FILTER
    if words & _THROTTLED or (status >= 500 and _THROTTLED_TEXT.search(message)):
        return _ANSWERS[429]
    if status in _ANSWERS:
        return _ANSWERS[status]
    return (502, ErrorKind.SERVER) if status >= 500 else (status, ErrorKind.INVALID_REQUEST)


def _find_in_body(body: bytes) -> _Found | None:
    text = body.strip()
    if not text:
        return None
    try:
        return _find(load_json(text))
    except JsonError:
        return _find_in_text(text.decode("utf-8", "replace"))


def _find_in_text(text: str) -> _Found:
    if text.startswith("<"):
        return _Found("")  # an HTML page of some gateway: nothing a person wants to read here
    return _Found(text[:_LONGEST_TEXT])


def _find_in_frame(payload: Any) -> _Found | None:
    match payload:
        case [{"error": _}, *_]:
            return _find(payload)
        case {"type": "response.failed", "response": {"error": dict() as error}}:
            return _find_in_object(error)
        case {"error": dict() | list() | str() as error} if error:
            return _find(payload)
        case {"type": "error"} | {"object": "error"}:
            return _find(payload)
        case _:
            return None


def _find(value: Any) -> _Found | None:
    match value:
        case [*_, last]:
            return _find(last)
        case {"error": list() as attempts} if attempts:
            return _find(attempts[-1])  # orchestration: the last of several fallbacks decides
        case {"error": dict() as error} if error:
            return _find_in_object({"request_id": value.get("request_id"), **error})
        case {"error": str() as name}:
            reason = value.get("error_description") or value.get("message") or name
            return _find_in_object({**value, "message": reason, "code": name})
        case {"response": {"error": dict() as error}}:
            return _find_in_object(error)
        case dict():
            return _find_in_object(value)
        case str():
            return _find_in_text(value)
        case _:
            return None


def _find_in_object(error: JsonObject) -> _Found:
    message = _message_of(error)
    prefix = _STATUS_PREFIX.match(message)
    number = _status_number(error.get("code")) or _status_number(error.get("status"))
    if number is None and prefix:
        number = int(prefix.group(1))
    return _Found(
        message,
        names=_names_of(error, message),
        number=number,
        param=_text(error.get("param")),
        request_id=_text(error.get("request_id")) or _text(error.get("requestId")),
        retry_after=_wait_of_object(error),
    )


def _message_of(error: JsonObject) -> str:
    for key in ("message", "Message", "error_description", "detail", "msg", "errorMessage"):
        match error.get(key):
            case str() as text if text:
                return text
            case [{"msg": str() as text}, *_]:
                return text  # the form of FastAPI, which vLLM answers with
    return ""


def _names_of(error: JsonObject, message: str) -> tuple[str, ...]:
    """Words that name the error, the most telling first. Bare numbers are no names."""
    inner = error.get("innererror") or error.get("inner_error")
    candidates = [error.get("code"), error.get("__type"), error.get("status"), error.get("type")]
    if isinstance(inner, dict):
        candidates.append(inner.get("code"))
    if opening := _EXCEPTION_PREFIX.match(message):
        candidates.append(opening.group(1))
    names = [name.rpartition("#")[2] for name in candidates if isinstance(name, str) and name]
    return tuple(name for name in names if _status_number(name) is None and name not in ("error", "null"))


def _status_of_name(name: str) -> int | None:
    return _STATUS_OF_NAME.get(name.lower())


def _status_number(value: Any) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isdecimal():
        value = int(value)
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def _wait_of_headers(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait. A date is read against the answer's own `date`, so that no clock is needed."""
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (wait := _number(headers.get(name))) is not None:
            return wait / 1000
    value = headers.get("retry-after") or headers.get("x-retry-after")
    if value is None or (wait := _number(value)) is not None:
        return wait if value is not None else None
    return _seconds_between(headers.get("date"), value)


def _seconds_between(earlier: str | None, later: str) -> float | None:
    if earlier is None:
        return None
    try:
        wait = parsedate_to_datetime(later) - parsedate_to_datetime(earlier)
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)


def _wait_of_object(error: JsonObject) -> float | None:
    """Seconds that orchestration's `headers` or Google's `details[].retryDelay` name."""
    headers = error.get("headers")
    if isinstance(headers, dict):
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
        if (wait := _wait_of_headers(lower)) is not None:
            return wait
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and isinstance(delay := detail.get("retryDelay"), str):
            return _number(delay.removesuffix("s"))
    return None


def _wait_of_text(message: str) -> float | None:
    """Seconds of "Please retry after 26 seconds." or "try again in 1.2s"."""
    match = _WAIT_TEXT.search(message)
    if match is None:
        return None
    scale = {"ms": 0.001, "m": 60.0}.get((match.group(2) or "s").lower(), 1.0)
    return float(match.group(1)) * scale


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None

"""What the body or a stream frame of a failed call says: message, names, status, wait. No judgement, no I/O.

Bodies are read for their error fields only: an echoed prompt never gets into an error.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = ["FoundError", "find_in_body", "find_in_frame", "wait_of_headers", "wait_of_text"]

_LONGEST_TEXT = 2000
_LONGEST_MESSAGE = 20_000
"""Characters of a message in JSON. Google repeats the value it refuses, which may be the whole prompt."""
_WAIT_TEXT = re.compile(r"(?:retry after|try again in)\s+(\d+(?:\.\d+)?)\s*(ms|m\b|s)?", re.IGNORECASE)
_STATUS_PREFIX = re.compile(r"([45]\d\d) - ")
_EXCEPTION_PREFIX = re.compile(r"(\w+Exception)\b")


@dataclass(frozen=True, slots=True)
class FoundError:
    """What a body says. `names` are words such as `ThrottlingException`, `number` a status inside the body."""

    message: str
    names: tuple[str, ...] = ()
    number: int | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


def find_in_body(body: bytes) -> FoundError | None:
    """What an error answer says; None for an empty one."""
    text = body.strip()
    if not text:
        return None
    try:
        return _find(load_json(text))
    except JsonError:
        return _find_in_text(text.decode("utf-8", "replace"))


def _find_in_text(text: str) -> FoundError:
    if text.startswith("<"):
        return FoundError("")  # an HTML page of some gateway: nothing a person wants to read here
    return FoundError(text[:_LONGEST_TEXT])


def find_in_frame(payload: Any) -> FoundError | None:
    """What a frame of a stream says that carries an error; None for every other frame."""
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


def _find(value: Any) -> FoundError | None:
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


def _find_in_object(error: JsonObject) -> FoundError:
    message = _message_of(error)
    prefix = _STATUS_PREFIX.match(message)
    number = _status_number(error.get("code")) or _status_number(error.get("status"))
    if number is None and prefix:
        number = int(prefix.group(1))
    return FoundError(
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
                return text[:_LONGEST_MESSAGE]
            case [{"msg": str() as text}, *_]:
                return text[:_LONGEST_MESSAGE]  # the form of FastAPI, which vLLM answers with
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


def _status_number(value: Any) -> int | None:
    if isinstance(value, str) and len(value) == 3 and value.isdecimal():
        value = int(value)
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def wait_of_headers(headers: Mapping[str, str]) -> float | None:
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
        if (wait := wait_of_headers(lower)) is not None:
            return wait
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and isinstance(delay := detail.get("retryDelay"), str):
            return _number(delay.removesuffix("s"))
    return None


def wait_of_text(message: str) -> float | None:
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

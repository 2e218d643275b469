"""The errors of the product. Every client dialect writes them in its own shape."""

from enum import StrEnum
from typing import TypeVar

__all__ = [
    "Cancelled",
    "ClientError",
    "ConfigurationError",
    "ErrorKind",
    "ProxyError",
    "UpstreamError",
    "without_traces",
]

_Error = TypeVar("_Error", bound=BaseException)


class ErrorKind(StrEnum):
    """What went wrong, in the terms that all dialects share."""

    INVALID_REQUEST = "invalid_request"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    AUTHENTICATION = "authentication"
    """The client's key for this proxy is missing or wrong."""
    UPSTREAM_AUTHENTICATION = "upstream_authentication"
    """SAP refused our credentials."""
    PERMISSION = "permission"
    MODEL_NOT_FOUND = "model_not_found"
    NOT_FOUND = "not_found"
    """An unknown path, or a method that the path does not have."""
    TOO_LARGE = "too_large"
    CONFLICT = "conflict"
    TIMEOUT = "timeout"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    CONNECTION = "connection"
    """SAP could not be reached, or the connection broke."""
    SERVER = "server"


class ConfigurationError(Exception):
    """The configuration cannot work. `str()` is one line that names the file and the key and says what to do.
    `path` is the JSON path of the key at fault where there is one, such as `model_filters.include[0]`."""

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Cancelled(Exception):  # noqa: N818 - not an error: nobody waits for the answer any more
    """The client went away, or the server stops, while an answer was under way."""


class ProxyError(Exception):
    """A request failed.

    `message` is for people, `status` the HTTP status for the client, `code` and `param` the OpenAI
    dialect's fields (the upstream's own values where it gave some), `retry_after` in seconds.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        kind: ErrorKind,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.retry_after = retry_after


class ClientError(ProxyError):
    """The client's request is at fault; the same request fails again. `param` is a JSON path such as
    `messages[2].content[0].text`."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: ErrorKind = ErrorKind.INVALID_REQUEST,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, kind=kind, code=code, param=param, retry_after=retry_after)


class UpstreamError(ProxyError):
    """SAP AI Core answered with an error, or did not answer.

    `message` carries SAP's own words unchanged. `upstream_status` is SAP's own status (None when there
    was no answer), `request_id` SAP's id of the call.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        kind: ErrorKind,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        upstream_status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, status=status, kind=kind, code=code, param=param, retry_after=retry_after)
        self.upstream_status = upstream_status
        self.request_id = request_id


def without_traces(error: _Error) -> _Error:
    """The error without traceback and causes, for one who keeps it. Tracebacks hold the frames they came through,
    and one of those often holds the error: such a circle keeps a request's whole body until the garbage collector
    comes by."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error

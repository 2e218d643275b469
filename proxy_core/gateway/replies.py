"""Replies and their headers."""

import math
from collections.abc import Generator, Iterator, Mapping
from typing import Protocol

from proxy_core.client_dialects.base import ClientDialect
from proxy_core.errors import ErrorKind, ProxyError, UpstreamError
from proxy_core.http_exchange import Reply
from proxy_core.json_text import dump_json
from proxy_core.neutral.diagnostics import Diagnostic

__all__ = ["Pieces", "error_reply", "json_reply", "reply_headers", "stream_reply"]

_STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
_HOPELESS = frozenset({400, 401, 403, 404, 405, 413, 422})
"""Statuses after which the same request fails again; Claude Code retries a 401 ten times unless told."""
_HOPELESS_CODES = frozenset({"insufficient_quota"})
"""What no wait of minutes mends."""
_OVERLOADED_STATUS = {"anthropic.messages": 529}
_HEADER_LIMIT = 1000


class Answered(Protocol):
    """What made an answer."""

    @property
    def sap_request_id(self) -> str | None:
        """SAP's id of the call."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What did not reach the model as the client sent it."""


class Pieces:
    """The pieces of a stream, the first of which is there already. Closing it closes the source at once."""

    def __init__(self, first: bytes, rest: Generator[bytes, None, None]) -> None:
        self._first: bytes | None = first
        self._rest = rest

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._rest)

    def close(self) -> None:
        self._rest.close()


def json_reply(body: bytes, headers: Mapping[str, str]) -> Reply:
    return Reply(200, {"Content-Type": "application/json", **headers}, body)


def stream_reply(pieces: Pieces, headers: Mapping[str, str]) -> Reply:
    return Reply(200, {**_STREAM_HEADERS, **headers}, pieces)


def error_reply(dialect: ClientDialect, error: ProxyError, request_id: str, extra: Mapping[str, str]) -> Reply:
    """The error in the dialect's shape, with the headers that SDKs act on."""
    status = error.status
    if error.kind is ErrorKind.OVERLOADED:
        status = _OVERLOADED_STATUS.get(dialect.name, status)
    headers = {"Content-Type": "application/json", **_ids(request_id, _sap_id(error)), **extra}
    if _is_hopeless(error, status):
        headers["x-should-retry"] = "false"
    if error.retry_after is not None:
        headers["retry-after"] = str(max(1, math.ceil(error.retry_after)))
    return Reply(status, headers, dump_json(dialect.encode_error(error, request_id)))


def _is_hopeless(error: ProxyError, status: int) -> bool:
    hopeless = status in _HOPELESS or error.code in _HOPELESS_CODES
    return hopeless or error.kind is ErrorKind.UPSTREAM_AUTHENTICATION


def reply_headers(
    request_id: str, attempt: Answered | None, substitute: str | None, extra: Mapping[str, str]
) -> dict[str, str]:
    """Headers of a good answer. `substitute` is the model that answers in place of the one asked for."""
    headers = {**_ids(request_id, attempt.sap_request_id if attempt else None), **extra}
    if substitute:
        headers["x-proxy-model"] = _ascii(substitute)
    if attempt and attempt.diagnostics:
        headers["x-proxy-dropped"] = _field_list(attempt.diagnostics)
    return headers


def _ids(request_id: str, sap_id: str | None) -> dict[str, str]:
    ids = {"x-request-id": request_id, "request-id": request_id}
    return {**ids, "x-sap-request-id": _ascii(sap_id)} if sap_id else ids


def _sap_id(error: ProxyError) -> str | None:
    return error.request_id if isinstance(error, UpstreamError) else None


def _field_list(diagnostics: tuple[Diagnostic, ...]) -> str:
    return _ascii(", ".join(dict.fromkeys(note.field for note in diagnostics)))[:_HEADER_LIMIT]


def _ascii(text: str) -> str:
    return "".join(char if " " <= char <= "~" else "?" for char in text)

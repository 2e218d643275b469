"""The proxy's HTTP face as a WSGI application: bytes in, bytes out.

It admits requests, gives them ids, dispatches the model calls by a table, leaves the small routes to
Flask, and writes every error in the caller's dialect. It knows nothing of models or of SAP.
"""

import logging
import secrets
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from proxy_core.errors import ClientError, ErrorKind, ProxyError
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.json_text import JsonObject, dump_json
from proxy_core.server.access import CREDENTIAL_HEADERS, Access
from proxy_core.server.cors import Cors
from proxy_core.server.request_body import inflate_body, too_large
from proxy_core.server.routes import ANTHROPIC, PROBE_PATHS, Endpoint, resolve_dialect, resolve_hot_route
from proxy_core.server.small_routes import OwnAnswers, WrongMethodError, build_small_routes
from proxy_core.server.stream_body import StreamBody
from proxy_core.server.wire_refusal import REFUSAL_KEY, WIRE_PROBLEMS

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["AppOptions", "build_app"]

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus} | {529: "529 Overloaded"}
_HOPELESS = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
"""Statuses after which the same request fails again; Claude Code retries a 401 ten times unless told."""
_HOPELESS_CODES = frozenset({"insufficient_quota"})
_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PRIVATE_HEADERS = CREDENTIAL_HEADERS | {"cookie", "proxy-authorization"}
_RETRY_SECONDS = 1.0


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class AppOptions:
    """`max_streams` model calls are answered at once; one more is refused. `body_limit_bytes` holds for the
    inflated body. `cors_origins` are the web pages that may call. `extra_headers` go on every answer.
    `stopping` tells that the server ends."""

    max_streams: int = 64
    body_limit_bytes: int = 100 * 1024 * 1024
    cors_origins: tuple[str, ...] = ()
    extra_headers: tuple[tuple[str, str], ...] = ()
    stopping: Callable[[], bool] = _never


def build_app(
    handler: Callable[[RawRequest], Reply],
    own: OwnAnswers,
    access: Access,
    encode_error: Callable[[str, ProxyError, str], JsonObject],
    log: logging.Logger,
    options: AppOptions | None = None,
) -> "WSGIApplication":
    """The WSGI application.

    `handler` answers a model call and closes nothing: its reply's iterator is closed here. It may raise
    `ProxyError`.
    `own` answers what calls no model. `encode_error` writes the body of an error by dialect name, error and
    request id.
    """
    return _HttpApp(handler, own, access, encode_error, log, options or AppOptions())


@dataclass(frozen=True, slots=True)
class _Call:
    """One HTTP request. Header names are lower case."""

    environ: "WSGIEnvironment"
    method: str
    path: str
    headers: Mapping[str, str]
    request_id: str

    @property
    def dialect(self) -> str:
        return resolve_dialect(self.path, self.headers)


class _HttpApp:
    def __init__(
        self,
        handler: Callable[[RawRequest], Reply],
        own: OwnAnswers,
        access: Access,
        encode_error: Callable[[str, ProxyError, str], JsonObject],
        log: logging.Logger,
        options: AppOptions,
    ) -> None:
        self._handler = handler
        self._access = access
        self._encode_error = encode_error
        self._log = log
        self._options = options
        self._cors = Cors(options.cors_origins)
        self._slots = threading.BoundedSemaphore(options.max_streams)
        self._small_routes = build_small_routes(own).wsgi_app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        call = _read_call(environ)
        try:
            return self._answer(call, start_response)
        except ProxyError as error:
            return self._send(self._error_reply(call, error), call, start_response)
        except Exception as error:  # the top of this request in its thread
            self._log_bug(call, error)
            return self._send(self._error_reply(call, _bug(call)), call, start_response, sys.exc_info())

    def _answer(self, call: _Call, start_response: "StartResponse") -> Iterable[bytes]:
        if _is_preflight(call):
            return self._send(self._preflight(call), call, start_response)
        key_id = self._admit(call)
        endpoint = resolve_hot_route(call.path)
        if endpoint is None or _asks_for_web_socket(call):
            call.environ["PATH_INFO"] = call.path.rstrip("/") or "/"
            return self._small_routes(call.environ, self._with_own_headers(call, start_response))
        if call.method not in endpoint.methods:
            raise WrongMethodError(call.method, call.path, endpoint.methods)
        return self._send(self._call_model(call, endpoint, key_id), call, start_response)

    def _admit(self, call: _Call) -> str:
        """The identity of the request's key; empty where none is needed."""
        refusal: int | None = call.environ.get(REFUSAL_KEY)
        if refusal is not None:
            raise self._refusal_error(refusal)
        self._access.check_host(call.headers.get("host"))
        if call.method not in _READING_METHODS:
            self._cors.check_origin(call.headers.get("origin"), call.headers.get("host"))
        if call.path in PROBE_PATHS or call.path.rstrip("/") in PROBE_PATHS:
            return ""
        return self._access.check_key(call.headers, call.environ.get("QUERY_STRING") or "")

    def _preflight(self, call: _Call) -> Reply:
        self._access.check_host(call.headers.get("host"))
        self._cors.check_origin(call.headers.get("origin"), call.headers.get("host"))
        return Reply(204, self._cors.preflight(call.headers), b"")

    def _call_model(self, call: _Call, endpoint: Endpoint, key_id: str) -> Reply:
        if self._options.stopping():
            raise ProxyError("The proxy is stopping.", status=503, kind=ErrorKind.OVERLOADED)
        raw = self._raw_request(call, endpoint, key_id)
        if endpoint.local:
            return self._handler(raw)
        if not self._slots.acquire(blocking=False):
            raise _busy(self._options.max_streams)
        streams = False
        try:
            reply = self._handler(raw)
            streams = not isinstance(reply.body, bytes)
        finally:
            if not streams:
                self._slots.release()
        self._log.debug("%s %s answered with %d", call.request_id, endpoint.name, reply.status)
        return self._streamed(call, reply)

    def _streamed(self, call: _Call, reply: Reply) -> Reply:
        if isinstance(reply.body, bytes):
            return reply
        body = StreamBody(reply.body, failed=lambda error: self._log_bug(call, error), done=self._slots.release)
        return Reply(reply.status, reply.headers, body)

    def _raw_request(self, call: _Call, endpoint: Endpoint, key_id: str) -> RawRequest:
        gone: Callable[[], bool] = call.environ.get("waitress.client_disconnected", _never)
        stopping = self._options.stopping
        return RawRequest(
            endpoint=endpoint.name,
            dialect=endpoint.dialect,
            headers={name: value for name, value in call.headers.items() if name not in _PRIVATE_HEADERS},
            body=self._body(call),
            request_id=call.request_id,
            client_gone=lambda: gone() or stopping(),
            path_model=_utf8(endpoint.path_model),
            method=call.method,
            kept_id=_utf8(endpoint.kept_id),
            query=call.environ.get("QUERY_STRING") or "",
            path_stream=endpoint.path_stream,
            key_id=key_id,
        )

    def _body(self, call: _Call) -> bytes:
        limit = self._options.body_limit_bytes
        body: bytes = call.environ["wsgi.input"].read(limit + 1)
        if len(body) > limit:
            raise too_large(limit)
        return inflate_body(body, call.headers.get("content-encoding", ""), limit)

    def _refusal_error(self, status: int) -> ProxyError:
        if status == 413:
            return too_large(self._options.body_limit_bytes)
        return ClientError(WIRE_PROBLEMS.get(status, WIRE_PROBLEMS[400]), status=status)

    def _error_reply(self, call: _Call, error: ProxyError) -> Reply:
        dialect = call.dialect
        overloaded = error.kind is ErrorKind.OVERLOADED and dialect == ANTHROPIC
        status = 529 if overloaded else error.status
        headers = {"Content-Type": "application/json", **_error_headers(error, status)}
        self._log.info("%s answered with %d %s", call.request_id, status, error.kind)
        return Reply(status, headers, dump_json(self._encode_error(dialect, error, call.request_id)))

    def _send(
        self, reply: Reply, call: _Call, start_response: "StartResponse", failure: "OptExcInfo | None" = None
    ) -> Iterable[bytes]:
        headers = self._own_headers(call, reply.headers)
        body = reply.body
        if isinstance(body, bytes) and reply.status != 204:
            headers.append(("Content-Length", str(len(body))))
        try:
            start_response(_STATUS_LINES.get(reply.status) or f"{reply.status} Error", headers, failure)
        except ValueError:
            if isinstance(body, StreamBody):
                body.close()
            raise
        if isinstance(body, bytes):
            return [] if call.method == "HEAD" else [body]
        return body

    def _with_own_headers(self, call: _Call, start_response: "StartResponse") -> "StartResponse":
        def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def]  # WSGI's own shape
            return start_response(status, self._own_headers(call, dict(headers)), exc_info)

        return start

    def _own_headers(self, call: _Call, headers: Mapping[str, str]) -> list[tuple[str, str]]:
        """`headers`, and after them what every answer carries and `headers` does not set."""
        own = {
            "x-request-id": call.request_id,
            "request-id": call.request_id,
            **dict(self._options.extra_headers),
            **self._cors.headers(call.headers.get("origin")),
        }
        present = {name.lower() for name in headers}
        return [*headers.items(), *(item for item in own.items() if item[0].lower() not in present)]

    def _log_bug(self, call: _Call, error: Exception) -> None:
        self._log.error("%s failed by a bug in the proxy", call.request_id, exc_info=error)


def _read_call(environ: "WSGIEnvironment") -> _Call:
    headers = {
        name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")
    }
    content_type = environ.get("CONTENT_TYPE")
    if content_type:
        headers["content-type"] = content_type
    request_id = f"req_{secrets.token_hex(12)}"
    return _Call(environ, environ["REQUEST_METHOD"], environ.get("PATH_INFO") or "/", headers, request_id)


def _asks_for_web_socket(call: _Call) -> bool:
    return call.method == "GET" and call.headers.get("upgrade", "").lower() == "websocket"


def _is_preflight(call: _Call) -> bool:
    return call.method == "OPTIONS" and "origin" in call.headers and "access-control-request-method" in call.headers


def _error_headers(error: ProxyError, status: int) -> dict[str, str]:
    headers = {}
    if status in _HOPELESS or error.code in _HOPELESS_CODES:
        headers["x-should-retry"] = "false"
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="AI Core Proxy"'
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    if isinstance(error, WrongMethodError):
        headers["Allow"] = error.allowed
    return headers


def _busy(limit: int) -> ProxyError:
    return ProxyError(
        f"All {limit} places for requests are taken. Try again, or raise `max_streams` in the configuration.",
        status=503,
        kind=ErrorKind.OVERLOADED,
        retry_after=_RETRY_SECONDS,
    )


def _bug(call: _Call) -> ProxyError:
    return ProxyError(
        f"The proxy failed by a bug of its own. Its log tells more: look for {call.request_id}.",
        status=500,
        kind=ErrorKind.SERVER,
    )


def _utf8(text: str | None) -> str | None:
    """WSGI gives the bytes of a path as Latin-1."""
    return text and text.encode("latin-1").decode("utf-8", "replace")

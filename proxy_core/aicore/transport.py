"""The only HTTP client of the product: pooled HTTP/1.1 connections to SAP. Knows nothing of SAP's API.

One `send` a request, one `recv` a read, and everything a read gave is handed on in one piece.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from proxy_core.aicore.connection import Connection, open_connection
from proxy_core.aicore.http_request import encode_request, split_url
from proxy_core.aicore.peer_certificate import PeerCertificate
from proxy_core.aicore.pool import ConnectionPool, Route
from proxy_core.aicore.proxies import check_proxy, place_of, resolve_proxy
from proxy_core.aicore.response import Call, PendingResponse, UpstreamResponse
from proxy_core.aicore.timeouts import Timeouts
from proxy_core.aicore.transport_errors import TransportError
from proxy_core.aicore.trust import ClientCertificate, TlsContexts
from proxy_core.errors import ConfigurationError

__all__ = [
    "ClientCertificate",
    "PendingResponse",
    "Timeouts",
    "Transport",
    "TransportError",
    "UpstreamResponse",
    "Way",
    "never",
]


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True, slots=True)
class Way:
    """How a host is reached. `proxy` is the host and port of the HTTP proxy in between, `certificate` what the host
    showed; None where there is none."""

    proxy: str | None
    certificate: PeerCertificate | None


class Transport:
    """Sends requests and keeps connections. Safe for use from many threads; close it at the end.

    `proxy` is the URL of an HTTP proxy for every host but this computer (else the system's settings
    count), `ca_file` a PEM file of roots beside the system's. Raises `ConfigurationError` for either.
    `stopping` cancels the calls that nobody else cancels, such as those for tokens.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts,
        proxy: str | None = None,
        ca_file: Path | None = None,
        stopping: Callable[[], bool] = never,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeouts = timeouts
        self._proxy = None if proxy is None else check_proxy(proxy)
        self._contexts = TlsContexts(ca_file)
        self._stopping = stopping
        self._clock = clock
        self._pool = ConnectionPool(clock=clock)

    def begin(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        cancelled: Callable[[], bool] | None = None,
        timeouts: Timeouts | None = None,
        client_certificate: ClientCertificate | None = None,
        address: str | None = None,
    ) -> PendingResponse:
        """Send a request and return without its answer.

        `cancelled` is asked twice a second while SAP is silent. `address` is the host's address where it
        was looked up and checked before. Raises `TransportError`, `Cancelled`, and `ClientError` for a
        header that HTTP does not allow.
        """
        route, request = self._prepared(method, url, headers, body, client_certificate, address)
        waits = timeouts or self._timeouts

        def connect() -> Connection:
            return self._connect(route, waits.connect)

        call = Call(
            request=request,
            route=route,
            connection=self._pool.take(route) or connect(),
            pool=self._pool,
            reconnect=connect,
            cancelled=cancelled or self._stopping,
            timeouts=waits,
            clock=self._clock,
        )
        return PendingResponse(call)

    def open(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        cancelled: Callable[[], bool] | None = None,
        timeouts: Timeouts | None = None,
        client_certificate: ClientCertificate | None = None,
        address: str | None = None,
    ) -> UpstreamResponse:
        """Send a request and wait for the head of its answer. Raises as `begin` does."""
        pending = self.begin(
            method,
            url,
            headers,
            body,
            cancelled=cancelled,
            timeouts=timeouts,
            client_certificate=client_certificate,
            address=address,
        )
        while (response := pending.poll(float("inf"))) is None:
            pass
        return response

    def find_way(self, url: str, client_certificate: ClientCertificate | None = None) -> Way:
        """Connect to the host of a URL, with the checks of every request, and send nothing. Raises as `begin`."""
        route, _ = self._prepared("GET", url, {}, b"", client_certificate, None)
        connection = self._connect(route, self._timeouts.connect)
        try:
            proxy = resolve_proxy(route.origin, self._proxy)
            return Way(proxy and place_of(proxy), connection.certificate)
        finally:
            self._pool.discard(connection)

    def drop_idle(self) -> None:
        """Close the connections that wait for a request: they may be dead without knowing it."""
        self._pool.drop_idle()

    def close(self) -> None:
        """Close every connection; calls that are under way fail within moments."""
        self._pool.close()

    def _prepared(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        client_certificate: ClientCertificate | None,
        address: str | None,
    ) -> tuple[Route, bytes]:
        try:
            origin, target = split_url(url)
        except ValueError as error:
            raise TransportError(f"A URL of SAP AI Core cannot be used: {error}.", stage="connect") from error
        return Route(origin, client_certificate, address), encode_request(method, origin, target, headers, body)

    def _connect(self, route: Route, timeout: float) -> Connection:
        try:
            proxy = resolve_proxy(route.origin, self._proxy)
            context = self._context(route)
        except ConfigurationError as error:
            raise TransportError(str(error), stage="connect") from error
        resumable = context is not None and self._contexts.sessions_can_resume
        connection = open_connection(
            route.origin,
            timeout=timeout,
            address=route.address,
            proxy=proxy,
            context=context,
            session=self._pool.session(route) if resumable else None,
        )
        if self._pool.add(connection):
            return connection
        connection.close()
        raise TransportError("The proxy is stopping.", stage="connect")

    def _context(self, route: Route) -> ssl.SSLContext | None:
        if route.origin.scheme == "http":
            return None
        return self._contexts.context(route.client_certificate)

"""A request that is under way and its answer, read as fast as they come.

Nothing here asks the clock while bytes flow: only a tick of silence does, to see whether the caller is
still there and whether the time is up.
"""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from proxy_core.aicore.connection import Connection
from proxy_core.aicore.pool import ConnectionPool, Route
from proxy_core.aicore.response_parser import ResponseParser, ResponseProblem
from proxy_core.aicore.timeouts import TICK, Timeouts
from proxy_core.aicore.transport_errors import (
    bad_answer,
    broken_off,
    silent_for,
    unanswered,
)
from proxy_core.errors import Cancelled, without_traces

__all__ = ["Call", "PendingResponse", "UpstreamResponse"]

_STALE_SECONDS = 5.0
"""A pooled connection that the peer had closed says so within a round trip. A later break hit a request that
may have been under way, and that must not be sent twice."""
_ANSWER_LIMIT = 256 * 1024 * 1024


@dataclass(slots=True)
class Call:
    """One request on one connection, with all it takes to wait for its answer. For this package only."""

    request: bytes
    route: Route
    connection: Connection
    pool: ConnectionPool
    reconnect: Callable[[], Connection]
    cancelled: Callable[[], bool]
    timeouts: Timeouts
    clock: Callable[[], float]

    @property
    def host(self) -> str:
        return self.route.origin.host

    def check_cancelled(self) -> None:
        if self.cancelled():
            raise Cancelled


class PendingResponse:
    """A request that is sent and not yet answered. Poll it or close it."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._parser = ResponseParser()
        self._send_error: OSError | None = None
        self._closed = False
        self._send()

    def poll(self, wait: float) -> "UpstreamResponse | None":
        """The answer once its head has come, or None after `wait` seconds without one.

        Raises `TransportError` and `Cancelled`; the connection is closed then.
        """
        try:
            return self._poll(wait)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give up: the connection is closed at once."""
        if not self._closed:
            self._closed = True
            self._call.pool.discard(self._call.connection)

    def _poll(self, wait: float) -> "UpstreamResponse | None":
        call = self._call
        until = call.clock() + wait
        if wait < TICK and not call.connection.wait(wait):
            self._check_time()
            return None
        while True:
            data = self._receive()
            if data is None:
                if self._check_time() >= until:
                    return None
            elif data:
                body = self._parse(data)
                if self._parser.head_complete:
                    self._closed = True
                    return UpstreamResponse(call, self._parser, body)

    def _send(self) -> None:
        self._fresh = True
        self._sent_at = self._call.clock()
        try:
            self._call.connection.send(self._call.request, self._check_send)
        except OSError as error:
            self._send_error = without_traces(error)  # an answer that came all the same tells more
        except BaseException:
            self.close()
            raise

    def _receive(self) -> bytes | None:
        """Bytes, or None for a silent tick, or nothing at all after a second start on a new connection."""
        try:
            data = self._call.connection.receive()
        except OSError as error:
            told = isinstance(error, ssl.SSLError)  # an alert says why; a failed `send` only that
            return self._broken(error if told else self._send_error or error)
        if data == b"":
            return self._broken(self._send_error)
        if data:
            self._fresh = False
        return data

    def _broken(self, error: OSError | None) -> bytes:
        call = self._call
        young = call.clock() - self._sent_at < _STALE_SECONDS
        if not (self._fresh and call.connection.used and young):
            raise unanswered(call.host, error) from error
        call.pool.discard(call.connection)
        self._closed = True
        call.connection = call.reconnect()
        self._closed = False
        self._send_error = None
        self._send()
        return b""

    def _parse(self, data: bytes) -> bytes:
        try:
            return self._parser.feed(data)
        except ResponseProblem as problem:
            raise bad_answer(self._call.host, problem.reason, "head") from problem

    def _check_time(self) -> float:
        self._call.check_cancelled()
        now = self._call.clock()
        if now - self._sent_at >= self._call.timeouts.first_byte:
            raise silent_for(self._call.host, self._call.timeouts.first_byte, "head")
        return now

    def _check_send(self) -> None:
        self._check_time()


class UpstreamResponse:
    """An answer whose head has arrived. Header names are lower case."""

    __slots__ = ("_call", "_first", "_parser", "_settled", "_silent_since", "headers", "status")

    def __init__(self, call: Call, parser: ResponseParser, first: bytes) -> None:
        self.status: int = parser.status
        self.headers: Mapping[str, str] = parser.headers
        self._call = call
        self._parser = parser
        self._first = first
        self._silent_since: float | None = None
        self._settled = False
        if parser.complete:
            self._settle()

    def read_some(self, wait: float | None = None) -> bytes | None:
        """The body bytes that one read gives; empty at the end; None when nothing came within `wait` seconds
        (which are rounded up to half a second).

        Raises `TransportError` for an answer that is cut off or silent for too long, and `Cancelled`.
        """
        if self._first:
            data, self._first = self._first, b""
            return data
        if self._settled:
            return self._end()
        try:
            return self._read(wait)
        except BaseException:
            self.close()
            raise

    def read_all(self, limit: int = _ANSWER_LIMIT) -> bytes:
        """The rest of the body. Raises as `read_some` does, and `TransportError` beyond `limit` bytes."""
        parts = []
        size = 0
        while data := self.read_some():
            parts.append(data)
            size += len(data)
            if size > limit:
                self.close()
                raise bad_answer(self._call.host, f"more than {limit} bytes", "body")
            self._check_cancelled()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Done with it. A connection whose answer is not complete is closed at once, so that SAP stops too."""
        if not self._settled:
            self._settled = True
            self._call.pool.discard(self._call.connection)

    def _check_cancelled(self) -> None:
        """For a body that never pauses: only a silent tick asks otherwise."""
        try:
            self._call.check_cancelled()
        except Cancelled:
            self.close()
            raise

    def _end(self) -> bytes:
        if self._parser.complete:
            return b""
        raise broken_off(self._call.host, None)

    def _read(self, wait: float | None) -> bytes | None:
        receive = self._call.connection.receive
        if wait is not None and wait < TICK and not self._call.connection.wait(wait):
            self._tick(wait)
            return None
        waited_from: float | None = None
        while True:
            try:
                data = receive()
            except OSError as error:
                raise broken_off(self._call.host, error) from error
            if data:
                self._silent_since = None
                body = self._feed(data)
                if body or self._settled:
                    return body
            elif data is None:
                now = self._tick(TICK)
                waited_from = now - TICK if waited_from is None else waited_from
                if wait is not None and now - waited_from >= wait:
                    return None
            else:
                return self._close_down()

    def _feed(self, data: bytes) -> bytes:
        parser = self._parser
        try:
            body = parser.feed(data)
        except ResponseProblem as problem:
            raise bad_answer(self._call.host, problem.reason, "body") from problem
        if parser.complete:
            self._settle()
        return body

    def _close_down(self) -> bytes:
        """The peer closed the connection."""
        try:
            self._parser.feed_end()
        except ResponseProblem as problem:
            raise broken_off(self._call.host, None) from problem
        self._settle()
        return b""

    def _tick(self, seconds: float) -> float:
        """Nothing came for `seconds`. Returns the time."""
        call = self._call
        call.check_cancelled()
        now = call.clock()
        if self._silent_since is None:
            self._silent_since = now - seconds
        if now - self._silent_since >= call.timeouts.idle:
            raise silent_for(call.host, call.timeouts.idle, "body")
        return now

    def _settle(self) -> None:
        self._settled = True
        if self._parser.reusable:
            self._call.pool.give_back(self._call.route, self._call.connection)
        else:
            self._call.pool.discard(self._call.connection)

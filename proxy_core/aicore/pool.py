"""Connections that wait for their next request. Does not connect."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

from proxy_core.aicore.connection import Connection
from proxy_core.aicore.http_request import Origin
from proxy_core.aicore.trust import ClientCertificate

__all__ = ["ConnectionPool", "Route"]

_REMEMBERED_SESSIONS = 64


@dataclass(frozen=True, slots=True)
class Route:
    """What two requests must share to share a connection."""

    origin: Origin
    client_certificate: ClientCertificate | None = None
    address: str | None = None


class ConnectionPool:
    """Keeps idle connections per route, the last used first, and knows the busy ones so as to end them."""

    def __init__(self, *, idle_limit: int = 64, idle_seconds: float = 90.0, clock: Callable[[], float]) -> None:
        self._idle_limit = idle_limit
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._idle: dict[Route, list[Connection]] = {}
        self._busy: set[Connection] = set()
        self._sessions: dict[Route, ssl.SSLSession] = {}
        self._lock = threading.Lock()
        self._closed = False

    def take(self, route: Route) -> Connection | None:
        """A connection that lives as far as one can tell, or None."""
        while True:
            oldest = self._clock() - self._idle_seconds
            with self._lock:
                waiting = self._idle.get(route)
                connection = waiting.pop() if waiting else None
                if connection is not None:
                    self._busy.add(connection)
            if connection is None:
                return None
            if connection.idle_since >= oldest and _lives(connection):
                return connection
            self.discard(connection)

    def add(self, connection: Connection) -> bool:
        """Count a new connection among the busy ones; False when the pool is closed."""
        with self._lock:
            if not self._closed:
                self._busy.add(connection)
            return not self._closed

    def give_back(self, route: Route, connection: Connection) -> None:
        """The answer is complete and the connection can carry another request."""
        now = self._clock()
        if not connection.used and (session := connection.session) is not None:
            self._keep_session(route, session)
        connection.idle_since = now
        connection.used = True
        with self._lock:
            self._busy.discard(connection)
            stale = [] if self._closed else self._outdated(now - self._idle_seconds)
            waiting = self._idle.setdefault(route, [])
            if self._closed or len(waiting) >= self._idle_limit:
                stale.append(connection)
            else:
                waiting.append(connection)
        for old in stale:
            old.close()

    def session(self, route: Route) -> ssl.SSLSession | None:
        """The TLS session of an earlier connection, for a new one to resume."""
        return self._sessions.get(route)

    def _keep_session(self, route: Route, session: ssl.SSLSession) -> None:
        """The newest: files by URL come from any number of hosts."""
        with self._lock:
            self._sessions.pop(route, None)
            self._sessions[route] = session
            if len(self._sessions) > _REMEMBERED_SESSIONS:
                del self._sessions[next(iter(self._sessions))]

    def discard(self, connection: Connection) -> None:
        """Close a busy connection."""
        with self._lock:
            self._busy.discard(connection)
        connection.close()

    def drop_idle(self) -> None:
        """Close the idle connections; the busy ones are left alone."""
        for connection in self._take_idle():
            connection.close()

    def close(self) -> None:
        """Close the idle connections and free the threads that wait on busy ones, which close theirs."""
        with self._lock:
            self._closed = True
            busy = list(self._busy)
        self.drop_idle()
        for connection in busy:
            connection.interrupt()

    def _take_idle(self) -> list[Connection]:
        with self._lock:
            idle = [connection for waiting in self._idle.values() for connection in waiting]
            self._idle.clear()
        return idle

    def _outdated(self, oldest: float) -> list[Connection]:
        """Take out what idled too long; each list is in order of age."""
        found = []
        for route, waiting in list(self._idle.items()):
            while waiting and waiting[0].idle_since < oldest:
                found.append(waiting.pop(0))
            if not waiting:
                del self._idle[route]
        return found


def _lives(connection: Connection) -> bool:
    try:
        return connection.stays_silent()
    except OSError:
        return False

"""What the pool of connections remembers."""

import socket
import ssl
import time
from typing import cast

from proxy_core.aicore.connection import Connection
from proxy_core.aicore.http_request import Origin
from proxy_core.aicore.pool import ConnectionPool, Route


class TlsLike(Connection):
    """A connection with a TLS session."""

    @property
    def session(self) -> ssl.SSLSession:
        return cast("ssl.SSLSession", "a session")


def route_to(host: str) -> Route:
    return Route(Origin("https", host, 443))


def answer_from(pool: ConnectionPool, host: str) -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    pool.give_back(route_to(host), TlsLike(ours))


def test_sessions_of_any_number_of_hosts_do_not_pile_up() -> None:
    pool = ConnectionPool(clock=time.monotonic)

    for number in range(200):
        answer_from(pool, f"files{number}.example")
    pool.close()

    remembered = [number for number in range(200) if pool.session(route_to(f"files{number}.example"))]
    assert remembered == list(range(136, 200))


def test_a_session_in_use_stays_remembered() -> None:
    pool = ConnectionPool(clock=time.monotonic)

    for number in range(200):
        answer_from(pool, "sap.example")
        answer_from(pool, f"files{number}.example")
    pool.close()

    assert pool.session(route_to("sap.example"))

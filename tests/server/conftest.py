"""Servers that are stopped after each test, and a check that they leave no thread behind."""

import threading
from collections.abc import Callable, Iterator

import pytest

from proxy_core.server.waitress_server import WaitressServer
from tests.server.toys import build_server, wait_until

Serve = Callable[..., WaitressServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server like `build_server`."""
    before = set(threading.enumerate())
    servers: list[WaitressServer] = []

    def start(*args: object, **options: object) -> WaitressServer:
        server = build_server(*args, **options)  # type: ignore[arg-type]
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop(grace=1.0)
    assert wait_until(lambda: set(threading.enumerate()) <= before), "a server left a thread behind"

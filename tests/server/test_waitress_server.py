"""Start, stop, what is left behind, and what a client sees on the way."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, IncompleteRead

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.server.http_app import AppOptions
from proxy_core.server.listening import PortInUseError
from tests.server.conftest import Serve
from tests.server.toys import (
    AUTH,
    STREAM,
    Streams,
    build_server,
    call,
    open_files,
    open_stream,
    post_bytes,
    read_answer,
    read_to_end,
    wait_until,
)


def test_a_started_server_answers_on_its_port() -> None:
    with build_server() as server:
        answer = call(server, "GET", "/health")

    assert answer.status == 200
    assert not server.running


def test_stop_ends_streams_with_their_own_ending(serve: Serve) -> None:
    streams = Streams()
    server = serve(streams)
    with closing(open_stream(server)) as client:
        begun = time.monotonic()
        server.stop(grace=2.0)

        assert read_to_end(client).endswith(b"data: gone\n\n\r\n0\r\n\r\n")
        assert time.monotonic() - begun < 2.0


def test_stop_cuts_a_stream_that_does_not_end_within_the_grace(serve: Serve) -> None:
    release = threading.Event()

    def deaf(_raw: RawRequest) -> Reply:
        def pieces() -> Iterator[bytes]:
            yield b"data: first\n\n"
            while not release.wait(0.01):
                yield b"data: more\n\n"

        return Reply(200, STREAM, pieces())

    server = serve(deaf)
    with closing(open_stream(server)) as client:
        begun = time.monotonic()
        server.stop(grace=0.2)

        assert not read_to_end(client).endswith(b"0\r\n\r\n")
        assert time.monotonic() - begun < 2.0


def test_fifty_cycles_with_open_connections_leave_nothing_behind() -> None:
    """Streams and idle keep-alive connections are open at each stop; the port is taken again each time."""
    streams = Streams()
    with build_server(streams) as first:
        port = first.port
    threads, files = threading.active_count(), open_files()
    for _ in range(50):
        server = build_server(streams)
        server._address = ("127.0.0.1", port)
        server.start()
        clients = [open_stream(server) for _ in range(4)]
        idle = HTTPConnection("127.0.0.1", port, timeout=5)
        idle.request("GET", "/health")
        idle.getresponse().read()
        begun = time.monotonic()
        server.stop(grace=2.0)

        assert time.monotonic() - begun < 5.0
        for client in clients:
            client.close()
        idle.close()

    assert wait_until(lambda: threading.active_count() == threads)
    assert open_files() == files


def test_a_port_in_use_is_told_with_its_holder(serve: Serve) -> None:
    port = serve().port
    second = build_server()
    second._address = ("127.0.0.1", port)

    with pytest.raises(PortInUseError, match=rf"Port {port} on 127.0.0.1 is in use by .+ \(process \d+\)"):
        second.start()


@pytest.mark.parametrize(("host", "words"), [("no.such.host.invalid", "no such host"), ("192.0.2.1", "address")])
def test_a_host_that_cannot_be_bound_is_a_configuration_error(host: str, words: str) -> None:
    server = build_server()
    server._address = (host, 0)

    with pytest.raises(ConfigurationError, match=words):
        server.start()


def test_a_dead_loop_tells_why(serve: Serve) -> None:
    server = serve()
    assert server._listener is not None

    def break_down() -> bool:
        raise RuntimeError("broken")

    server._listener.readable = break_down
    server._listener.pull_trigger()

    assert wait_until(lambda: not server.running)
    assert str(server.error) == "broken"


def test_a_silent_stream_sees_that_its_client_has_gone(serve: Serve) -> None:
    streams = Streams()
    server = serve(streams)
    client = open_stream(server)
    begun = time.monotonic()
    client.close()

    assert streams.closed.acquire(timeout=5)
    assert time.monotonic() - begun < 1.0


def test_a_stream_that_only_writes_is_closed_when_its_client_has_gone(serve: Serve) -> None:
    closed = threading.Event()

    def endless(_raw: RawRequest) -> Reply:
        def pieces() -> Iterator[bytes]:
            try:
                yield b"data: first\n\n"
                while True:
                    time.sleep(0.01)
                    yield b"data: more\n\n"
            finally:
                closed.set()

        return Reply(200, STREAM, pieces())

    open_stream(serve(endless)).close()

    assert closed.wait(2.0)


def test_a_slow_reader_gets_every_byte(serve: Serve) -> None:
    """More than the socket takes at once goes through the queue, in order."""
    pieces = [bytes([number]) * 1_000_000 for number in range(30)]
    server = serve(lambda _raw: Reply(200, STREAM, iter(pieces)))
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    with closing(connection):
        connection.request("POST", "/v1/messages", b"{}", AUTH)
        response = connection.getresponse()
        time.sleep(0.2)

        assert response.read() == b"".join(pieces)


def test_a_reader_that_stands_still_stops_the_writer(serve: Serve) -> None:
    """Else answers for clients that read nothing would fill the memory."""
    written: list[int] = []

    def pieces() -> Iterator[bytes]:
        yield b"data: first\n\n"
        while True:
            written.append(100_000)
            yield b"x" * 100_000

    with closing(open_stream(serve(lambda _raw: Reply(200, STREAM, pieces())))):
        wait_until(lambda: sum(written) > 1_000_000)
        before = -1
        while before != (before := sum(written)):
            time.sleep(0.2)

        assert sum(written) < 12_000_000


def test_a_stream_broken_by_a_bug_does_not_end_cleanly(serve: Serve) -> None:
    def broken(_raw: RawRequest) -> Reply:
        def pieces() -> Iterator[bytes]:
            yield b"data: first\n\n"
            raise ValueError("a bug")

        return Reply(200, STREAM, pieces())

    server = serve(broken)

    with pytest.raises(IncompleteRead):
        call(server, "POST", "/v1/chat/completions", b"{}")


def test_a_connection_is_kept_after_a_chunked_answer(serve: Serve) -> None:
    server = serve(lambda _raw: Reply(200, STREAM, iter([b"data: one\n\n"])))
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    with closing(connection):
        connection.request("POST", "/v1/messages", b"{}", AUTH)
        first = read_answer(connection.getresponse())
        sock = connection.sock
        connection.request("POST", "/v1/messages", b"{}", AUTH)
        second = read_answer(connection.getresponse())

        assert first.headers["transfer-encoding"] == "chunked"
        assert second.body == b"data: one\n\n"
        assert connection.sock is sock


def test_the_head_and_the_first_piece_arrive_in_one_read(serve: Serve) -> None:
    server = serve(Streams())
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as client:
        client.sendall(post_bytes())

        assert b"data: first" in client.recv(65536)


@pytest.mark.parametrize(("version", "wish"), [("1.0", "X-Nothing: 1"), ("1.1", "Connection: close")])
def test_a_client_that_wants_the_connection_closed_gets_it_closed(serve: Serve, version: str, wish: str) -> None:
    server = serve(lambda _raw: Reply(200, STREAM, iter([b"data: one\n\n"])))
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as client:
        client.sendall(post_bytes("/v1/messages", b"{}", wish, version=version))

        assert b"data: one\n\n" in read_to_end(client)


def test_requests_sent_ahead_are_answered_in_order(serve: Serve) -> None:
    server = serve()
    bodies = [b"one", b"two", b"three", b"four"]
    begun = time.monotonic()
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as client:
        client.sendall(b"".join(post_bytes(body=body) for body in bodies[:-1]))
        client.sendall(post_bytes("/v1/messages", bodies[-1], "Connection: close"))
        received = read_to_end(client)

    places = [received.index(b'"body": "' + body) for body in bodies]
    assert places == sorted(places)
    assert time.monotonic() - begun < 0.7  # the loop was woken and did not wait for its next tick


def test_probes_never_wait_behind_streams(serve: Serve) -> None:
    streams = Streams()
    server = serve(streams, options=AppOptions(max_streams=16), threads=24)
    clients = [open_stream(server) for _ in range(16)]
    begun = time.monotonic()
    answer = call(server, "GET", "/health")

    assert answer.status == 200
    assert time.monotonic() - begun < 0.5
    streams.release.set()
    for client in clients:
        client.close()


def test_one_stream_too_many_is_refused_at_once_and_the_slot_comes_back(serve: Serve) -> None:
    streams = Streams()
    server = serve(streams, options=AppOptions(max_streams=2), threads=10)
    clients = [open_stream(server) for _ in range(2)]
    refused = call(server, "POST", "/v1/chat/completions", b"{}")
    streams.release.set()
    for client in clients:
        client.close()
    for _ in clients:
        assert streams.closed.acquire(timeout=5)

    assert refused.status == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json["kind"] == "overloaded"
    assert wait_until(lambda: call(server, "POST", "/v1/chat/completions", b"{}").status == 200)


@pytest.mark.parametrize("direct", [True, False])
def test_direct_sending_changes_no_byte(serve: Serve, direct: bool) -> None:
    pieces = [b"data: %d\n\n" % number for number in range(1000)]
    server = serve(lambda _raw: Reply(200, STREAM, iter(pieces)), direct_send=direct)

    assert call(server, "POST", "/v1/messages", b"{}").body == b"".join(pieces)


@pytest.mark.parametrize("host", ["::1", "localhost"])
def test_other_loopback_addresses_can_be_served(host: str) -> None:
    server = build_server()
    server._address = (host, 0)
    with server, closing(HTTPConnection(host, server.port, timeout=5)) as connection:
        connection.request("GET", "/health")

        assert connection.getresponse().status == 200

"""HTTPS before the real server, with certificates of a test authority."""

import os
import socket
import ssl
import threading
import time
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import pytest
import trustme

from proxy_core.errors import ConfigurationError
from proxy_core.http_exchange import Reply
from proxy_core.server.tls_context import build_tls_context
from proxy_core.server.tls_front import TlsFront
from tests.server.conftest import Serve
from tests.server.toys import (
    AUTH,
    LOG,
    STREAM,
    Answer,
    Streams,
    build_server,
    open_files,
    post_bytes,
    read_answer,
    read_to_end,
    wait_until,
)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def front_of(files: tuple[Path, Path], backend_port: int) -> TlsFront:
    return TlsFront(build_tls_context(*files), "127.0.0.1", 0, backend_port, log=LOG)


def call(front: TlsFront, trust: ssl.SSLContext, body: bytes = b"{}") -> Answer:
    with closing(HTTPSConnection("127.0.0.1", front.port, context=trust, timeout=10)) as connection:
        connection.request("POST", "/v1/messages", body, AUTH)
        return read_answer(connection.getresponse())


def test_a_request_passes(serve: Serve, files: tuple[Path, Path], trust: ssl.SSLContext) -> None:
    with front_of(files, serve().port) as front:
        assert call(front, trust, b'{"a":1}').json["body"] == '{"a":1}'


def test_big_bodies_pass_in_both_directions(serve: Serve, files: tuple[Path, Path], trust: ssl.SSLContext) -> None:
    body = os.urandom(20_000_000)
    server = serve(lambda raw: Reply(200, STREAM, iter([raw.body, raw.body])))
    with front_of(files, server.port) as front:
        assert call(front, trust, body).body == body + body


def test_a_client_that_leaves_is_seen_behind(serve: Serve, files: tuple[Path, Path], trust: ssl.SSLContext) -> None:
    streams = Streams()
    with front_of(files, serve(streams).port) as front:
        connection = HTTPSConnection("127.0.0.1", front.port, context=trust, timeout=5)
        connection.request("POST", "/v1/messages", b"{}", AUTH)
        response = connection.getresponse()
        assert response.read(5) == b"data:"
        response.close()
        connection.close()

        assert streams.closed.acquire(timeout=1.0)


def test_a_stop_of_the_server_lets_the_ending_of_a_stream_through(
    serve: Serve, files: tuple[Path, Path], trust: ssl.SSLContext
) -> None:
    server = serve(Streams())
    with (
        front_of(files, server.port) as front,
        closing(HTTPSConnection("127.0.0.1", front.port, context=trust, timeout=5)) as connection,
    ):
        connection.request("POST", "/v1/messages", b"{}", AUTH)
        response = connection.getresponse()
        server.stop()
        front.stop()

        assert response.read() == b"data: first\n\ndata: gone\n\n"


def test_a_client_without_trust_leaves_and_others_go_on(
    serve: Serve, files: tuple[Path, Path], trust: ssl.SSLContext
) -> None:
    with front_of(files, serve().port) as front:
        distrustful = HTTPSConnection("127.0.0.1", front.port, timeout=5)
        with closing(distrustful), pytest.raises(ssl.SSLError):
            distrustful.request("GET", "/health")

        assert call(front, trust).status == 200


def test_a_client_that_speaks_no_tls_is_turned_away(serve: Serve, files: tuple[Path, Path]) -> None:
    with (
        front_of(files, serve().port) as front,
        closing(socket.create_connection(("127.0.0.1", front.port), timeout=5)) as client,
    ):
        client.sendall(post_bytes())

        assert b"HTTP/" not in read_to_end(client)


def test_a_client_in_the_middle_of_its_handshake_does_not_hold_up_the_stop(
    serve: Serve, files: tuple[Path, Path]
) -> None:
    front = front_of(files, serve().port)
    front.start()
    with closing(socket.create_connection(("127.0.0.1", front.port), timeout=5)):
        time.sleep(0.05)
        begun = time.monotonic()
        front.stop()

    assert time.monotonic() - begun < 2.0
    assert not front.running


def test_no_server_behind_ends_the_connection(files: tuple[Path, Path], trust: ssl.SSLContext) -> None:
    with build_server() as server:
        dead_port = server.port
    with front_of(files, dead_port) as front, pytest.raises(ConnectionError):
        call(front, trust)


def test_cycles_with_open_streams_leave_nothing_behind(files: tuple[Path, Path], trust: ssl.SSLContext) -> None:
    def cycle() -> None:
        with build_server(Streams()) as server, front_of(files, server.port) as front:
            connection = HTTPSConnection("127.0.0.1", front.port, context=trust, timeout=5)
            connection.request("POST", "/v1/messages", b"{}", AUTH)
            response = connection.getresponse()
            begun = time.monotonic()
            front.stop()
            assert time.monotonic() - begun < 4.0
            response.close()
            connection.close()

    cycle()
    threads, opened = threading.active_count(), open_files()
    for _ in range(3):
        cycle()

    assert wait_until(lambda: threading.active_count() == threads)
    assert open_files() == opened


def test_a_missing_file_is_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no-cert\.pem"):
        build_tls_context(tmp_path / "no-cert.pem", files[1])


def test_a_key_of_another_certificate_is_refused(
    files: tuple[Path, Path], authority: trustme.CA, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    authority.issue_cert("127.0.0.1").private_key_pem.write_to_path(other)

    with pytest.raises(ConfigurationError, match=r"other\.pem cannot be used: .*belong together"):
        build_tls_context(files[0], other)


def test_a_file_that_is_no_pem_is_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    text = tmp_path / "text.pem"
    text.write_text("no certificate")

    with pytest.raises(ConfigurationError, match=r"text\.pem .* cannot be used: no PEM in one of them\."):
        build_tls_context(text, files[1])

"""TLS, client certificates and HTTP proxies, with a test authority and real handshakes."""

import http.server
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from proxy_core.aicore.http_request import Origin
from proxy_core.aicore.proxies import check_proxy, resolve_proxy
from proxy_core.aicore.transport import ClientCertificate, Timeouts, Transport, TransportError
from proxy_core.errors import ConfigurationError
from proxy_core.settings.secret import Secret
from tests.scripted_server import CHUNKED_HEAD, End, Pause, ScriptedServer, answer, chunk

EVENT = b'data: {"a":1}\n\n'


def test_answer_comes_over_tls(tls_transport: Transport, server_tls: ssl.SSLContext) -> None:
    body = bytes(range(256)) * 4000
    with ScriptedServer([answer(body)], tls=server_tls) as server:
        assert tls_transport.open("POST", server.url, {}, body).read_all() == body
        assert server.requests[0].body == body


def test_tls_connection_is_used_again(tls_transport: Transport, server_tls: ssl.SSLContext) -> None:
    with ScriptedServer(tls=server_tls) as server:
        for _ in range(3):
            tls_transport.open("POST", server.url, {}, b"{}").read_all()

        assert server.connections == 1


def test_many_tls_records_are_read_in_one_go(tls_transport: Transport, server_tls: ssl.SSLContext) -> None:
    with ScriptedServer([CHUNKED_HEAD, *[chunk(EVENT)] * 50, b"0\r\n\r\n", Pause(1)], tls=server_tls) as server:
        pending = tls_transport.begin("POST", server.url, {})
        response = pending.poll(5)
        assert response is not None
        reads = []
        while data := response.read_some():
            reads.append(data)

        assert b"".join(reads) == EVENT * 50
        assert len(reads) < 40


def test_silent_tls_connection_wakes_for_the_clock(tls_transport: Transport, server_tls: ssl.SSLContext) -> None:
    with ScriptedServer([CHUNKED_HEAD, Pause(8)], tls=server_tls) as server:
        response = tls_transport.open("POST", server.url, {}, timeouts=Timeouts(idle=1.2))

        assert response.read_some(0.5) is None
        with pytest.raises(TransportError, match="fell silent"):
            response.read_all()


@pytest.mark.parametrize("start", [CHUNKED_HEAD + chunk(EVENT), b"HTTP/1.1 200 OK\r\n\r\nno length"])
def test_tls_answer_cut_without_a_goodbye_raises(
    tls_transport: Transport, server_tls: ssl.SSLContext, start: bytes
) -> None:
    with ScriptedServer([start, Pause(0.05), End.RESET], tls=server_tls) as server:
        response = tls_transport.open("POST", server.url, {})
        with pytest.raises(TransportError, match="within the answer"):
            response.read_all()


def test_body_without_length_ends_with_the_goodbye_of_tls(
    tls_transport: Transport, server_tls: ssl.SSLContext
) -> None:
    with ScriptedServer([b"HTTP/1.1 200 OK\r\n\r\nall of it", End.CLOSE], tls=server_tls) as server:
        assert tls_transport.open("POST", server.url, {}).read_all() == b"all of it"


def test_unknown_authority_is_refused_with_the_way_out(transport: Transport, server_tls: ssl.SSLContext) -> None:
    with (
        ScriptedServer(tls=server_tls) as server,
        pytest.raises(TransportError, match=r"localhost is not trusted: .+ set ca_file") as raised,
    ):
        transport.open("POST", server.url, {})

    assert raised.value.tls


def test_certificate_of_another_host_is_refused(tls_transport: Transport, authority: trustme.CA) -> None:
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(other)

    with ScriptedServer(tls=other) as server, pytest.raises(TransportError, match="Check the URL"):
        tls_transport.open("POST", server.url, {})


def test_plain_server_behind_an_https_url_is_told(tls_transport: Transport) -> None:
    with ScriptedServer([answer()]) as server, pytest.raises(TransportError) as raised:
        tls_transport.open("POST", f"https://localhost:{server.port}", {}, timeouts=Timeouts(connect=1))

    assert raised.value.stage == "connect"


def test_checked_address_is_asked_under_the_name_of_the_url(
    tls_transport: Transport, server_tls: ssl.SSLContext
) -> None:
    with ScriptedServer(tls=server_tls) as server:
        tls_transport.open("GET", server.url, {}, address="127.0.0.1").read_all()

        assert server.requests[0].headers["host"] == f"localhost:{server.port}"


def test_client_certificate_is_shown(tls_transport: Transport, authority: trustme.CA) -> None:
    with ScriptedServer(tls=demanding(authority)) as server:
        response = tls_transport.open("POST", server.url, {}, client_certificate=client_certificate(authority))

        assert response.status == 200
        response.read_all()


def test_connections_with_and_without_client_certificate_are_kept_apart(
    tls_transport: Transport, authority: trustme.CA
) -> None:
    with ScriptedServer(tls=demanding(authority)) as server:
        own = client_certificate(authority)
        tls_transport.open("POST", server.url, {}, client_certificate=own).read_all()
        with pytest.raises(TransportError) as raised:
            tls_transport.open("POST", server.url, {}).read_all()

        assert raised.value.tls


def test_unusable_client_certificate_is_told_without_its_text(
    tls_transport: Transport, server_tls: ssl.SSLContext
) -> None:
    bad = ClientCertificate("-----BEGIN CERTIFICATE-----\nnonsense\n", Secret("-----BEGIN KEY-----\nsecret\n"))
    with ScriptedServer(tls=server_tls) as server, pytest.raises(TransportError, match="new service key") as raised:
        tls_transport.open("POST", server.url, {}, client_certificate=bad)

    assert "nonsense" not in str(raised.value)


def test_missing_ca_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        Transport(timeouts=Timeouts(), ca_file=tmp_path / "none.pem")


def test_ca_file_without_certificate_is_a_configuration_error(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("hello")

    with pytest.raises(ConfigurationError, match="no PEM certificate"):
        Transport(timeouts=Timeouts(), ca_file=path)


def test_tls_goes_through_the_proxy_with_login_and_without_the_name_being_resolved(
    ca_file: Path, authority: trustme.CA
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.sap.invalid").configure_cert(context)
    with ScriptedServer(tls=context) as server, connect_proxy(server.port) as (port, lines):
        transport = Transport(timeouts=Timeouts(), proxy=f"http://me:p%40ss@127.0.0.1:{port}", ca_file=ca_file)
        try:
            assert transport.open("POST", "https://api.sap.invalid/", {}).read_all() == b"{}"
        finally:
            transport.close()

    assert lines == ["CONNECT api.sap.invalid:443", "Basic bWU6cEBzcw=="]


def test_refusal_of_the_proxy_is_told_without_its_password(ca_file: Path) -> None:
    with connect_proxy(None) as (port, _):
        transport = Transport(timeouts=Timeouts(), proxy=f"http://me:geheim@127.0.0.1:{port}", ca_file=ca_file)
        with pytest.raises(TransportError, match=rf"proxy 127.0.0.1:{port}.+407") as raised:
            transport.open("POST", "https://api.sap.invalid/", {})

    assert "geheim" not in str(raised.value)


def test_loopback_is_never_behind_the_proxy() -> None:
    transport = Transport(timeouts=Timeouts(), proxy="http://127.0.0.1:1")
    with ScriptedServer() as server:
        assert transport.open("POST", server.url, {}).read_all() == b"{}"
    transport.close()


def test_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:8080")
    monkeypatch.setenv("NO_PROXY", "direct.example")

    assert resolve_proxy(Origin("https", "api.example", 443), None) == "http://proxy.example:8080"
    assert resolve_proxy(Origin("https", "direct.example", 443), None) is None
    assert resolve_proxy(Origin("https", "direct.example", 443), "http://p:1") == "http://p:1"


@pytest.mark.parametrize("kind", ["socks5", "SOCKS5H", "https"])
def test_a_proxy_of_another_kind_is_named(kind: str) -> None:
    with pytest.raises(ConfigurationError, match=f"kind {kind.lower()}://.*http://host:port"):
        check_proxy(f"{kind}://h:1")


@pytest.mark.parametrize(
    "url", ["socks5://u:geheim@h:1", "https://u:geheim@h", "http://geheim@", "h:99999/geheim", "http://h:geheim"]
)
def test_unusable_proxy_is_a_configuration_error_that_does_not_show_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        check_proxy(url)

    assert "geheim" not in str(raised.value)


def demanding(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_certificate(authority: trustme.CA) -> ClientCertificate:
    issued = authority.issue_cert("client.example")
    chain = "".join(pem.bytes().decode() for pem in issued.cert_chain_pems)
    return ClientCertificate(chain, Secret(issued.private_key_pem.bytes().decode()))


@contextmanager
def connect_proxy(target_port: int | None) -> Iterator[tuple[int, list[str]]]:
    """An HTTP proxy that leads every CONNECT to one local port, or refuses with 407."""
    lines: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            if target_port is None:
                self.send_error(407)
                return
            lines.extend([f"CONNECT {self.path}", self.headers.get("Proxy-Authorization", "")])
            self.send_response(200)
            self.end_headers()
            with socket.create_connection(("127.0.0.1", target_port)) as there:
                relay(self.connection, there)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port, lines
        server.shutdown()
        thread.join()


def relay(here: socket.socket, there: socket.socket) -> None:
    while True:
        for ready in select.select([here, there], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            (there if ready is here else here).sendall(data)

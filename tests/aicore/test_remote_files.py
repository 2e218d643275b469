"""Files by URL. The servers are on loopback, so these tests hand in their own check of addresses."""

import ssl

import pytest

from proxy_core.aicore.remote_files import RemoteFileFetcher, is_public
from proxy_core.aicore.transport import Transport
from proxy_core.errors import ClientError
from tests.scripted_server import CHUNKED_HEAD, End, Pause, Script, ScriptedServer, answer, chunk

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def loopback(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def anywhere(_address: str) -> bool:
    return True


def fetcher(transport: Transport) -> RemoteFileFetcher:
    return RemoteFileFetcher(transport, resolve=loopback, allowed=anywhere)


def failure(transport: Transport, *scripts: Script, path: str = "/secret-path?token=geheim") -> str:
    with ScriptedServer(*scripts) as server, pytest.raises(ClientError) as raised:
        fetcher(transport)(f"http://files.example:{server.port}{path}")
    assert "geheim" not in str(raised.value)
    assert "files.example" in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7 ...", "application/pdf"),
    ],
)
def test_kind_is_told_by_the_first_bytes(transport: Transport, data: bytes, media_type: str) -> None:
    with ScriptedServer([answer(data, content_type="text/plain")]) as server:
        file = fetcher(transport)(f"http://files.example:{server.port}/x")

    assert (file.media_type, file.data) == (media_type, data)


def test_file_comes_over_tls_under_its_own_name(tls_transport: Transport, server_tls: ssl.SSLContext) -> None:
    with ScriptedServer([answer(PNG)], tls=server_tls) as server:
        assert fetcher(tls_transport)(server.url).data == PNG


def test_redirect_is_followed(transport: Transport) -> None:
    with ScriptedServer([answer(status=302, location="/there")], [answer(PNG)]) as server:
        assert fetcher(transport)(f"http://files.example:{server.port}/here").data == PNG
        assert server.requests[1].line == "GET /there HTTP/1.1"


def test_fourth_redirect_is_refused(transport: Transport) -> None:
    assert "redirects too often" in failure(transport, [answer(status=302, location="/again")])


def test_redirect_to_what_is_no_url_is_refused(transport: Transport) -> None:
    assert "redirects to what is no URL" in failure(transport, [answer(status=302, location="http://[no")])


def test_redirect_to_a_private_address_is_refused(transport: Transport) -> None:
    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == "files.example" else ["169.254.169.254"]

    fetch = RemoteFileFetcher(transport, resolve=resolve, allowed=lambda address: address == "127.0.0.1")
    with ScriptedServer([answer(status=301, location="http://meta.example/latest")]) as server:
        with pytest.raises(ClientError, match=r"meta\.example .*private address"):
            fetch(f"http://files.example:{server.port}/")

        assert len(server.requests) == 1


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://files.example/x"])
def test_redirect_to_another_scheme_is_refused(transport: Transport, location: str) -> None:
    with (
        ScriptedServer([answer(status=302, location=location)]) as server,
        pytest.raises(ClientError, match="https://"),
    ):
        fetcher(transport)(f"http://files.example:{server.port}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x",
        "http://10.1.2.3/x",
        "https://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f.1/",
    ],
)
def test_own_network_is_never_asked(transport: Transport, url: str) -> None:
    with pytest.raises(ClientError, match=r"private address|could not be resolved"):
        RemoteFileFetcher(transport)(url)


def test_one_private_address_among_several_is_enough_to_refuse(transport: Transport) -> None:
    fetch = RemoteFileFetcher(transport, resolve=lambda *_: ["93.184.216.34", "10.0.0.1"])

    with pytest.raises(ClientError, match="private address"):
        fetch("http://files.example/")


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "2002:0a00:0001::1",
        "64:ff9b::a00:1",
        "not an address",
    ],
)
def test_special_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_ordinary_address_is_public(address: str) -> None:
    assert is_public(address)


def test_unknown_kind_is_refused(transport: Transport) -> None:
    assert "none of PNG" in failure(transport, [answer(b"<svg/>", content_type="image/png")])


def test_status_of_a_failure_is_told(transport: Transport) -> None:
    assert "status 404" in failure(transport, [answer(status=404)])


def test_file_beyond_the_limit_is_refused(transport: Transport) -> None:
    piece = chunk(b"x" * 1_000_000)

    assert "larger than 20 MB" in failure(transport, [CHUNKED_HEAD, *[piece] * 22])


def test_slow_file_is_refused(transport: Transport) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 4
        return now[0]

    fetch = RemoteFileFetcher(transport, resolve=loopback, allowed=anywhere, clock=clock)
    drip: list[bytes | Pause] = [CHUNKED_HEAD]
    for _ in range(10):
        drip += [chunk(b"x"), Pause(0.05)]
    with ScriptedServer(drip) as server, pytest.raises(ClientError, match="more than 15 seconds"):
        fetch(f"http://files.example:{server.port}/")


def test_silent_server_is_given_up(transport: Transport) -> None:
    now = iter([0.0] + [20.0] * 50)
    fetch = RemoteFileFetcher(transport, resolve=loopback, allowed=anywhere, clock=lambda: next(now))
    with ScriptedServer([Pause(5)]) as server, pytest.raises(ClientError, match="more than 15 seconds"):
        fetch(f"http://files.example:{server.port}/")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "gopher://x/", "", "https://", "http://u:p@x/", "http://[::1"]
)
def test_other_urls_are_refused(transport: Transport, url: str) -> None:
    with pytest.raises(ClientError):
        fetcher(transport)(url)


def test_broken_connection_is_told_without_path(transport: Transport) -> None:
    assert "could not be fetched" in failure(transport, [CHUNKED_HEAD + b"5\r\nab", End.CLOSE])

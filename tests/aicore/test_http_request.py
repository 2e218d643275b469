import pytest

from proxy_core.aicore.http_request import Origin, encode_request, is_loopback, split_url
from proxy_core.errors import ClientError

ORIGIN = Origin("https", "api.example", 443)


def test_url_is_split_into_origin_and_target() -> None:
    assert split_url("https://api.example:8443/v2/x?a=b") == (Origin("https", "api.example", 8443), "/v2/x?a=b")


def test_ipv6_host_loses_its_brackets_and_gets_them_back() -> None:
    origin, _ = split_url("http://[::1]:81/")

    assert (origin.host, origin.authority) == ("::1", "[::1]:81")


def test_foreign_letters_in_a_host_are_written_in_ascii() -> None:
    origin, _ = split_url("https://bücher.example/")

    assert origin.host == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://api.example/",
        "https:///x",
        "https://u:p@api.example/",
        "https://api.example/a b",
        "https://h:99999/",
        "",
    ],
)
def test_unusable_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        split_url(url)


def test_request_is_one_piece_of_head_and_body() -> None:
    data = encode_request("POST", ORIGIN, "/v2", {"X-A": "1"}, b"{}")

    assert data == (
        b"POST /v2 HTTP/1.1\r\nHost: api.example\r\nAccept-Encoding: identity\r\n"
        b"X-A: 1\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(
    "headers", [{"X-A": "1\r\nX-B: 2"}, {"X-A\r\n": "1"}, {"X A": "1"}, {"X-A": "\0"}, {"X": "€"}]
)
def test_header_that_would_break_the_head_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ClientError):
        encode_request("POST", ORIGIN, "/", headers, b"")


def test_framing_headers_of_the_caller_are_ignored() -> None:
    data = encode_request("POST", ORIGIN, "/", {"content-length": "99", "Transfer-Encoding": "chunked"}, b"{}")

    assert data.lower().count(b"content-length") == 1
    assert b"chunked" not in data


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_hosts_are_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.evil.example", "128.0.0.1", "10.0.0.1", "127.0.0.1.example"])
def test_other_hosts_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)

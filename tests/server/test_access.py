"""Keys and the Host check."""

import pytest

from proxy_core.errors import ClientError, ErrorKind
from proxy_core.server.access import Access
from proxy_core.settings.api_keys import key_identity

ACCESS = Access(["first-key", "schlüssel"], ["proxy.example"])


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer first-key"},
        {"authorization": "bearer  first-key "},
        {"authorization": "BEARER first-key"},
        {"x-api-key": "first-key"},
        {"api-key": "first-key"},
        {"x-goog-api-key": "first-key"},
        {"authorization": "Bearer wrong", "x-api-key": "first-key"},
        {"authorization": "Basic first-key", "api-key": "first-key"},
        {"x-api-key": "schlüssel".encode().decode("latin-1")},
    ],
)
def test_one_valid_key_in_any_header_suffices(headers: dict[str, str]) -> None:
    ACCESS.check_key(headers)


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "missing"),
        ({"authorization": "first-key"}, "missing"),
        ({"authorization": "Bearer "}, "missing"),
        ({"authorization": "Basic first-key"}, "missing"),
        ({"authorization": "Bearer first"}, "not one of"),
        ({"authorization": "Bearer first-key-and-more"}, "not one of"),
        ({"x-api-key": "first-key, first-key"}, "not one of"),
        ({"x-api-key": "\u20ac"}, "not one of"),
        ({"cookie": "first-key"}, "missing"),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        ACCESS.check_key(headers)

    assert (caught.value.status, caught.value.kind) == (401, ErrorKind.AUTHENTICATION)


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:3001", "LOCALHOST", "127.0.0.1:9", "127.8.8.8", "[::1]:3001", "::1",
        "proxy.example:80", "Proxy.Example", "proxy.example.", "host.docker.internal:3001", None,
    ],
)  # fmt: skip
def test_this_machine_and_the_configured_host_are_served(host: str | None) -> None:
    ACCESS.check_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:3001",
        "192.168.0.7",
        "[2001:db8::1]:1",
        "",
        "[",
    ],
)
def test_foreign_hosts_are_refused(host: str) -> None:
    with pytest.raises(ClientError) as caught:
        ACCESS.check_host(host)

    assert (caught.value.status, caught.value.kind) == (403, ErrorKind.PERMISSION)


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::", "[::]"])
def test_a_server_for_the_network_takes_every_host(wildcard: str) -> None:
    Access(["key"], [wildcard]).check_host("any.example")


@pytest.mark.parametrize("keys", [[], ["good", ""]])
def test_access_without_a_key_cannot_be_built(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="at least one API key"):
        Access(keys)


def test_replaced_keys_hold_at_once() -> None:
    access = Access(["old-key"])
    access.replace_keys(["new-key"])

    access.check_key({"x-api-key": "new-key"})
    with pytest.raises(ClientError):
        access.check_key({"x-api-key": "old-key"})


def test_the_identity_of_the_key_that_was_sent_is_told() -> None:
    identities = [
        ACCESS.check_key({"x-api-key": key}) for key in ("first-key", "schlüssel".encode().decode("latin-1"))
    ]

    assert identities == [key_identity("first-key"), key_identity("schlüssel")]


def test_of_two_headers_the_valid_key_counts() -> None:
    headers = {"authorization": "Bearer wrong", "x-api-key": "first-key"}

    assert ACCESS.check_key(headers) == key_identity("first-key")

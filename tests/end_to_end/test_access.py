"""Who may call a running proxy, and what everybody may see: keys, Host, Origin, probes, odd methods and paths."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.stand import KEY, Answer, Stand, running_stand

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"
HELLO = {"model": "gpt-5", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}
EVIL = "https://evil.example"
EVERY_DIALECT = pytest.mark.parametrize("path", [CHAT, MESSAGES])


def call(stand: Stand, method: str, path: str, headers: dict[str, str], body: Any = None) -> Answer:
    """A call without a key of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", stand.engine.port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def open_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A proxy that one web page may call."""
    with running_stand(tmp_path_factory.mktemp("cors"), cors_origins=("https://chat.example",)) as stand:
        yield stand


@EVERY_DIALECT
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer  {KEY}"},
        {"x-api-key": KEY},
        {"api-key": KEY},
        {"x-goog-api-key": KEY},
        {"Authorization": "Bearer wrong", "x-api-key": KEY},
        {"Authorization": f"Bearer {KEY}", "x-api-key": "wrong"},
    ],
)
def test_one_valid_key_in_any_header_suffices(stand: Stand, path: str, headers: dict[str, str]) -> None:
    assert call(stand, "POST", path, headers, HELLO).status == 200
    assert call(stand, "GET", "/v1/models", headers).status == 200


@EVERY_DIALECT
@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "An API key is missing."),
        ({"Authorization": "Basic eDp5"}, "An API key is missing."),
        ({"x-api-key": "wrong"}, "The API key is not one of this proxy's keys."),
        ({"Authorization": f"Bearer {KEY}x"}, "The API key is not one of this proxy's keys."),
        ({"Authorization": f"Bearer {KEY[:-1]}"}, "The API key is not one of this proxy's keys."),
        ({"x-api-key": "k\u00e9y"}, "The API key is not one of this proxy's keys."),
    ],
)
def test_no_key_or_a_wrong_one_is_refused(stand: Stand, path: str, headers: dict[str, str], told: str) -> None:
    answer = call(stand, "POST", path, headers, HELLO)
    error = answer.json()["error"]

    assert answer.status == 401
    assert error["message"].startswith(f"{told} Send one as `Authorization: Bearer KEY` or `x-api-key: KEY`.")
    assert answer.headers["x-should-retry"] == "false"
    assert error["type"] == ("authentication_error" if path == MESSAGES else "invalid_request_error")
    assert stand.inference_bodies() == []


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/gpt-5", "/v1/nonsense", "/v1/responses", "/metrics"])
def test_everything_but_the_probes_wants_a_key(stand: Stand, path: str) -> None:
    assert call(stand, "GET", path, {}).status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("HEAD", "/"), ("GET", "/"), ("HEAD", "/api/hello"), ("GET", "/health"), ("HEAD", "/health")],
)
def test_probes_need_no_key_and_tell_nothing_private(stand: Stand, method: str, path: str) -> None:
    answer = call(stand, method, path, {})

    assert answer.status == 200
    assert answer.body == (b"" if method == "HEAD" else b'{"status":"ok"}')


@EVERY_DIALECT
@pytest.mark.parametrize("host", ["evil.example", "evil.example:3001", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_is_refused(stand: Stand, path: str, host: str) -> None:
    answer = call(stand, "POST", path, {"x-api-key": KEY, "Host": host}, HELLO)

    assert answer.status == 403
    assert "The Host header names a host" in answer.json()["error"]["message"]
    assert call(stand, "GET", "/health", {"Host": host}).status == 403


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:3001", "host.docker.internal:3001"])
def test_this_machine_has_many_names(stand: Stand, host: str) -> None:
    assert call(stand, "GET", "/v1/models", {"x-api-key": KEY, "Host": host}).status == 200


@EVERY_DIALECT
@pytest.mark.parametrize("origin", [EVIL, "null", "http://localhost:9999"])
def test_a_web_page_may_not_call(stand: Stand, path: str, origin: str) -> None:
    answer = call(stand, "POST", path, {"x-api-key": KEY, "Origin": origin}, HELLO)
    preflight = call(stand, "OPTIONS", path, {"Origin": origin, "Access-Control-Request-Method": "POST"})

    assert (answer.status, preflight.status) == (403, 403)
    assert "cors_origins" in answer.json()["error"]["message"]
    assert not [name for name in (*answer.headers, *preflight.headers) if name.startswith("access-control")]


def test_an_allowed_page_may_call_and_read_errors_too(open_stand: Stand) -> None:
    origin = {"Origin": "https://chat.example"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-stainless-os,x-api-key"}
    preflight = call(open_stand, "OPTIONS", CHAT, {**origin, **asked})
    answers = [call(open_stand, "POST", CHAT, {**origin, "x-api-key": key}, HELLO) for key in (KEY, "wrong")]

    assert preflight.status == 204
    assert preflight.headers["access-control-allow-headers"] == "x-stainless-os,x-api-key"
    assert [answer.status for answer in answers] == [200, 401]
    assert {answer.headers["access-control-allow-origin"] for answer in (preflight, *answers)} == {
        "https://chat.example"
    }
    assert call(open_stand, "POST", CHAT, {"Origin": EVIL, "x-api-key": KEY}, HELLO).status == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "TRACE", "NONSENSE"])
@EVERY_DIALECT
def test_a_wrong_method_is_told(stand: Stand, method: str, path: str) -> None:
    answer = stand.request(method, path)

    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        assert answer.json()["error"]["message"] == f"{path} takes POST, not {method}."


@pytest.mark.parametrize(
    ("method", "path", "headers", "anthropic"),
    [
        ("GET", "/v1/nonsense", {}, False),
        ("POST", "/v1/nonsense", {}, False),
        ("GET", "/v1/nonsense", {"anthropic-version": "2023-06-01"}, True),
        ("POST", "/anthropic/v1/nonsense", {}, True),
        ("POST", "/v1/messages/nonsense", {}, True),
        ("GET", "/v1/../../etc/passwd", {}, False),
        ("GET", "/%00", {}, False),
    ],
)
def test_an_unknown_path_is_told_in_the_callers_dialect(
    stand: Stand, method: str, path: str, headers: dict[str, str], anthropic: bool
) -> None:
    answer = stand.request(method, path, None, headers)
    body = answer.json()

    assert answer.status == 404
    assert body["error"]["message"].startswith(f"There is no {method} ")
    assert (body.get("type") == "error") is anthropic
    assert body["error"]["type"] == ("not_found_error" if anthropic else "invalid_request_error")


def test_a_web_socket_is_refused_so_that_the_client_falls_back_to_post(stand: Stand) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    answer = stand.request("GET", "/v1/responses", None, headers)

    assert answer.status == 426
    assert "Use POST" in answer.json()["error"]["message"]


def test_event_logging_is_taken_unread(stand: Stand) -> None:
    answer = stand.request("POST", "/api/event_logging/batch", b"{ not json")

    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("path", ["/models", "/v1/models/", "/v1/v1/models", "/openai/v1/models?limit=1000"])
def test_clients_may_append_what_they_like_to_the_base_url(stand: Stand, path: str) -> None:
    assert stand.request("GET", path).json()["object"] == "list"


def test_the_model_list_serves_both_dialects(stand: Stand) -> None:
    listing = stand.request("GET", "/v1/models").json()
    entry = listing["data"][0]

    assert (listing["object"], listing["has_more"]) == ("list", False)
    assert (listing["first_id"], listing["last_id"]) == (entry["id"], listing["data"][-1]["id"])
    assert (entry["object"], entry["type"], entry["owned_by"]) == ("model", "model", "sap-ai-core")
    assert isinstance(entry["created"], int)
    assert entry["created_at"].endswith("Z")
    assert stand.request("GET", f"/v1/models/{entry['id']}").json() == entry
    assert {model.id for model in stand.openai().models.list()} == {item["id"] for item in listing["data"]}
    assert {model.id for model in stand.anthropic().models.list()} == {item["id"] for item in listing["data"]}


def test_a_proxy_for_the_network_serves_every_host_name(tmp_path: Path) -> None:
    with running_stand(tmp_path, host="0.0.0.0") as stand:
        named = call(stand, "GET", "/v1/models", {"x-api-key": KEY, "Host": "proxy.company.example:3001"})
        keyless = call(stand, "GET", "/v1/models", {"Host": "proxy.company.example:3001"})

    assert (named.status, keyless.status) == (200, 401)

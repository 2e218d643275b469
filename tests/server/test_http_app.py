"""Routes, bodies, errors and headers, over real sockets."""

import gzip
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import pytest

from proxy_core.http_exchange import RawRequest, Reply
from proxy_core.server.http_app import AppOptions
from tests.server.conftest import Serve
from tests.server.toys import AUTH, KEY, STREAM, Streams, call, open_stream, post_bytes, read_to_end

VARIANTS = [f"{vendor}{version}" for vendor in ("", "/openai", "/anthropic") for version in ("", "/v1", "/v1/v1")]
OPENAI, ANTHROPIC, RESPONSES = "openai.chat", "anthropic.messages", "openai.responses"
PAGE = "https://chat.example"


def test_every_spelling_of_a_model_call_reaches_the_handler(serve: Serve) -> None:
    server = serve()
    for variant in VARIANTS:
        for path, endpoint, dialect in (
            ("/chat/completions", "chat_completions", OPENAI),
            ("/chat/completion", "chat_completions", OPENAI),
            ("/messages", "messages", ANTHROPIC),
            ("/messages/?beta=true", "messages", ANTHROPIC),
        ):
            seen = call(server, "POST", variant + path, b"{}").json

            assert (seen["endpoint"], seen["dialect"], seen["body"]) == (endpoint, dialect, "{}"), variant + path


@pytest.mark.parametrize("model", ["gpt-4o", "vendor/gpt-4o", "größe"])
def test_an_azure_path_names_the_model(serve: Serve, model: str) -> None:
    path = f"/openai/deployments/{quote(model)}/chat/completions?api-version=1"

    assert call(serve(), "POST", path, b"{}").json["path_model"] == model


@pytest.mark.parametrize("variant", VARIANTS)
def test_models_are_listed_and_shown_under_every_spelling(serve: Serve, variant: str) -> None:
    server = serve()

    assert call(server, "GET", f"{variant}/models?limit=1000").json["object"] == "list"
    assert call(server, "GET", f"{variant}/models/").json["object"] == "list"
    assert call(server, "GET", f"{variant}/models/vendor/model-1").json == {"id": "vendor/model-1"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_status_is_told_and_reset_under_every_spelling(serve: Serve, variant: str) -> None:
    server = serve()

    assert call(server, "GET", f"{variant}/status").json == {"models": []}
    assert call(server, "POST", f"{variant}/status/reset/").json == {"models": ["tried again"]}


def test_an_error_of_the_model_list_keeps_its_kind(serve: Serve) -> None:
    answer = call(serve(), "GET", "/v1/models/missing")

    assert (answer.status, answer.json["kind"]) == (404, "model_not_found")
    assert answer.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("path", ["/", "/health", "/api/hello", "/v1", "/anthropic/", "/anthropic/api/hello"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_probes_need_no_key(serve: Serve, method: str, path: str) -> None:
    answer = call(serve(), method, path, headers={})

    assert answer.status == 200
    assert answer.body == (b'{"status":"ok"}' if method == "GET" else b"")


def test_codex_is_told_to_use_post(serve: Serve) -> None:
    upgrade = {**AUTH, "Upgrade": "websocket", "Connection": "Upgrade"}

    assert call(serve(), "GET", "/v1/responses", headers=upgrade).status == 426


def test_event_logging_is_taken_and_forgotten(serve: Serve) -> None:
    answer = call(serve(), "POST", "/api/event_logging/batch", b'{"events": []}')

    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize(
    ("method", "path", "status", "dialect"),
    [
        ("GET", "/v1/chat/completions", 405, OPENAI),
        ("DELETE", "/v1/messages", 405, ANTHROPIC),
        ("HEAD", "/v1/chat/completions", 405, None),
        ("POST", "/v1/models", 405, OPENAI),
        ("POST", "/v1/images/generations", 404, OPENAI),
        ("GET", "/v1/responses", 405, RESPONSES),
        ("PUT", "/openai/v1/responses/resp_1", 405, RESPONSES),
        ("GET", "/v1/responses/resp_1/nothing", 404, OPENAI),
        ("POST", "/v1/messages/batches", 404, ANTHROPIC),
        ("GET", "/anthropic/nothing", 404, ANTHROPIC),
        ("GET", "/v1/nothing", 404, OPENAI),
        ("GET", "/%ff%00", 404, OPENAI),
    ],
)
def test_wrong_paths_and_methods_are_told_in_the_callers_dialect(
    serve: Serve, method: str, path: str, status: int, dialect: str | None
) -> None:
    answer = call(serve(), method, path, b"{}" if method == "POST" else None)

    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-should-retry"] == "false"
    assert (answer.json["dialect"] if answer.body else None) == dialect


def test_405_names_the_methods_that_work(serve: Serve) -> None:
    server = serve()

    assert call(server, "GET", "/v1/messages").headers["allow"] == "POST"
    assert call(server, "POST", "/v1/models", b"{}").headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_version_header_tells_the_dialect_of_an_unknown_path(serve: Serve) -> None:
    answer = call(serve(), "GET", "/nothing", headers={**AUTH, "anthropic-version": "2023-06-01"})

    assert answer.json["dialect"] == ANTHROPIC


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/models", "/health", "/nothing"])
def test_every_answer_has_a_request_id_of_its_own(serve: Serve, path: str) -> None:
    server = serve(options=AppOptions(extra_headers=(("x-demo", "true"),)))
    first, second = (call(server, "POST" if "chat" in path else "GET", path, headers=AUTH).headers for _ in "12")

    assert first["x-request-id"] == first["request-id"] != second["request-id"]
    assert first["x-request-id"].startswith("req_")
    assert first["x-demo"] == "true"


def test_the_handler_gets_the_id_and_no_credentials(serve: Serve) -> None:
    headers = {**AUTH, "x-api-key": KEY, "Cookie": "a=b", "Anthropic-Beta": "one"}
    answer = call(serve(), "POST", "/v1/messages", b"{}", headers)

    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert answer.json["headers"]["anthropic-beta"] == "one"
    assert not {"authorization", "x-api-key", "cookie"} & set(answer.json["headers"])


def test_a_bug_is_a_500_in_the_callers_dialect_and_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_raw: RawRequest) -> Reply:
        raise KeyError("a bug")

    server = serve(broken, options=AppOptions(max_streams=1))
    for _ in range(2):  # the slot is given back
        answer = call(server, "POST", "/v1/messages", b"{}")

        assert (answer.status, answer.json["dialect"]) == (500, ANTHROPIC)
    assert answer.headers["request-id"] in caplog.text


def test_a_broken_stream_is_logged_with_its_request_id(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    ids: list[str] = []

    def broken(raw: RawRequest) -> Reply:
        def pieces() -> Iterator[bytes]:
            ids.append(raw.request_id)
            yield b"data: first\n\n"
            raise ValueError("a bug")

        return Reply(200, STREAM, pieces())

    with closing(open_stream(serve(broken))) as client:
        read_to_end(client)

    assert f"{ids[0]} failed by a bug" in caplog.text


def test_a_header_that_http_cannot_carry_is_a_500_and_frees_the_slot(serve: Serve) -> None:
    server = serve(
        lambda _raw: Reply(200, {"x-bad": "two\r\nlines"}, iter([b"piece"])), options=AppOptions(max_streams=1)
    )

    assert [call(server, "POST", "/v1/messages", b"{}").status for _ in range(2)] == [500, 500]


def test_a_body_may_come_in_chunks(serve: Serve) -> None:
    seen = call(serve(), "POST", "/v1/messages", iter([b'{"a":', b"1}"])).json

    assert seen["body"] == '{"a":1}'


def test_a_compressed_body_is_inflated(serve: Serve) -> None:
    body = gzip.compress(b'{"model": "m"}')
    seen = call(serve(), "POST", "/v1/messages", body, {**AUTH, "Content-Encoding": "gzip"}).json

    assert seen["body"] == '{"model": "m"}'


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(bytes(2_000_000)), "gzip", 413),
        (gzip.compress(b"{}")[:-4], "gzip", 400),
        (b"not gzip", "gzip", 400),
        (b"{}", "br", 415),
    ],
)
def test_a_body_that_does_not_inflate_is_refused(serve: Serve, body: bytes, encoding: str, status: int) -> None:
    server = serve(options=AppOptions(body_limit_bytes=1_000_000))
    answer = call(server, "POST", "/v1/messages", body, {**AUTH, "Content-Encoding": encoding})

    assert (answer.status, answer.json["dialect"]) == (status, ANTHROPIC)


def test_a_body_of_the_limit_passes_and_one_byte_more_does_not(serve: Serve) -> None:
    server = serve(options=AppOptions(body_limit_bytes=100_000))

    assert call(server, "POST", "/v1/messages", b"x" * 100_000).json["length"] == 100_000
    assert call(server, "POST", "/v1/messages", b"x" * 100_001).status == 413
    assert call(server, "POST", "/v1/messages", iter([b"x" * 100_001])).status == 413


def test_a_client_that_sends_all_before_it_reads_still_sees_the_413(serve: Serve) -> None:
    """The refusal is out before the body is; closing at once would reset the connection."""
    server = serve(options=AppOptions(body_limit_bytes=1000))
    answer = call(server, "POST", "/v1/messages", bytes(50_000_000))

    assert (answer.status, answer.json["kind"]) == (413, "too_large")
    assert call(server, "GET", "/health").status == 200


def test_a_client_that_asks_first_is_refused_before_it_sends(serve: Serve) -> None:
    server = serve(options=AppOptions(body_limit_bytes=1000))
    head = post_bytes("/v1/messages", bytes(2000), "Expect: 100-continue")[:-2000]
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as client:
        client.sendall(head)

        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_asks_first_is_told_to_go_on(serve: Serve) -> None:
    request = post_bytes("/v1/messages", b'{"a":1}', "Expect: 100-continue", "Connection: close")
    with closing(socket.create_connection(("127.0.0.1", serve().port), timeout=5)) as client:
        client.sendall(request[:-7])
        first = client.recv(65536)
        client.sendall(request[-7:])
        answer = read_to_end(client)

    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b'{\\"a\\":1}' in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nbad header secret\r\n\r\n", 400),
        (b"POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 300_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_not_http_is_answered_in_json_without_quoting_it(
    serve: Serve, request_bytes: bytes, status: int
) -> None:
    with closing(socket.create_connection(("127.0.0.1", serve().port), timeout=5)) as client:
        client.sendall(request_bytes)
        head, _, body = read_to_end(client).partition(b"\r\n\r\n")

    assert head.startswith((b"HTTP/1.0 %d " % status, b"HTTP/1.1 %d " % status))
    assert json.loads(body)["request_id"]
    assert b"secret" not in body


def test_what_follows_a_refused_head_is_never_taken_for_a_request(serve: Serve) -> None:
    calls: list[RawRequest] = []

    def record(raw: RawRequest) -> Reply:
        calls.append(raw)
        return Reply(200, {}, b"{}")

    server = serve(record, options=AppOptions(body_limit_bytes=10))
    inner = post_bytes("/v1/messages", b"{}")
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as client:
        client.sendall(post_bytes("/v1/messages", inner))
        received = client.recv(65536)
        client.sendall(inner)
        client.shutdown(socket.SHUT_WR)
        received += read_to_end(client)

    assert received.count(b"HTTP/1.1 ") == 1
    assert calls == []


def test_a_preflight_of_an_allowed_page_is_answered_without_a_key(serve: Serve) -> None:
    server = serve(options=AppOptions(cors_origins=(PAGE,)))
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-stainless-new",
    }
    answer = call(server, "OPTIONS", "/v1/chat/completions", headers=asked)

    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-headers"] == "authorization,x-stainless-new"
    assert answer.headers["access-control-allow-private-network"] == "true"


def test_errors_can_be_read_by_an_allowed_page(serve: Serve) -> None:
    server = serve(options=AppOptions(cors_origins=(PAGE,)))

    for path in ("/v1/chat/completions", "/v1/models", "/nothing"):
        assert call(server, "GET", path, headers={"Origin": PAGE}).headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_other_pages_are_refused(serve: Serve, method: str) -> None:
    server = serve(options=AppOptions(cors_origins=(PAGE,)))
    headers = {**AUTH, "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = call(server, method, "/v1/messages", b"{}", headers)

    assert (answer.status, answer.json["kind"]) == (403, "permission")
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_of_the_proxy_itself_may_call(serve: Serve) -> None:
    server = serve()
    origin = {"Origin": f"http://127.0.0.1:{server.port}"}

    assert call(server, "POST", "/v1/messages", b"{}", {**AUTH, **origin}).status == 200


def test_a_foreign_host_is_refused_even_on_a_probe(serve: Serve) -> None:
    answer = call(serve(), "GET", "/health", headers={"Host": "evil.example:3001"})

    assert (answer.status, answer.json["kind"]) == (403, "permission")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/models", "/api/event_logging/batch"])
def test_a_wrong_key_is_refused_without_being_echoed(serve: Serve, path: str) -> None:
    answer = call(serve(), "POST", path, b"{}", {"Authorization": "Bearer wrong-key-1234"})

    assert answer.status == 401
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "secret_authentication_tokens" in answer.json["message"]
    assert b"wrong-key" not in answer.body


def test_overload_has_the_status_that_anthropic_clients_know(serve: Serve) -> None:
    streams = Streams()
    server = serve(streams, options=AppOptions(max_streams=1), threads=9)
    with closing(open_stream(server)):
        answer = call(server, "POST", "/v1/messages", b"{}")

    assert (answer.status, answer.json["kind"]) == (529, "overloaded")

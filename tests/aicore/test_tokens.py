"""The token endpoint is a server that plays bytes; the clock is a list."""

import base64
import json
import threading
import time
from urllib.parse import parse_qs

import pytest

from proxy_core.aicore.service_key import ServiceKey, parse_service_key
from proxy_core.aicore.tokens import TokenSource
from proxy_core.aicore.transport import Transport
from proxy_core.errors import ErrorKind, UpstreamError
from tests.aicore.test_service_key import KEY, SECRET
from tests.clock import Clock
from tests.scripted_server import Pause, ScriptedServer, answer


def service_key(server: ScriptedServer) -> ServiceKey:
    return parse_service_key({**KEY, "url": server.url, "serviceurls": {"AI_API_URL": server.url}}, "key.json")


def token(text: str, life: object = 1000) -> bytes:
    return answer(json.dumps({"access_token": text, "token_type": "bearer", "expires_in": life}).encode())


def test_secret_is_sent_form_encoded_in_the_body(transport: Transport) -> None:
    with ScriptedServer([token("t1")]) as server:
        assert TokenSource(service_key(server), transport).token() == "t1"
        request = server.requests[0]

    assert request.line == "POST /oauth/token HTTP/1.1"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": [KEY["clientid"]],
        "client_secret": [SECRET],
    }


def test_token_is_fetched_once(transport: Transport) -> None:
    with ScriptedServer([token("t1")], [token("t2")]) as server:
        source = TokenSource(service_key(server), transport)

        assert [source.token() for _ in range(3)] == ["t1"] * 3
        assert len(server.requests) == 1


@pytest.mark.parametrize(("life", "good_until"), [(1000, 899), (7199, 6898), (5, 4.4)])
def test_token_is_renewed_ahead_of_its_end(transport: Transport, life: float, good_until: float) -> None:
    clock = Clock(1000.0)
    with ScriptedServer([token("t1", life)], [token("t2", life)]) as server:
        source = TokenSource(service_key(server), transport, clock)
        source.token()
        clock.now += good_until
        assert source.token() == "t1"
        clock.now += 2

        assert source.token() == "t2"


def test_many_threads_wait_for_one_fetch(transport: Transport) -> None:
    with ScriptedServer([Pause(0.3), token("t1")]) as server:
        source = TokenSource(service_key(server), transport)
        got: list[str] = []
        threads = [threading.Thread(target=lambda: got.append(source.token())) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert got == ["t1"] * 16
        assert len(server.requests) == 1


def test_many_threads_share_one_failure(transport: Transport) -> None:
    with ScriptedServer([Pause(0.3), answer(b"down", status=500)]) as server:
        source = TokenSource(service_key(server), transport)
        failed: list[UpstreamError] = []

        def ask() -> None:
            try:
                source.token()
            except UpstreamError as error:
                failed.append(error)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(failed) == 8
        assert len(server.requests) == 1


def test_next_caller_after_a_failure_tries_again(transport: Transport) -> None:
    with ScriptedServer([answer(b"down", status=500)], [token("t1")]) as server:
        source = TokenSource(service_key(server), transport)
        with pytest.raises(UpstreamError):
            source.token()

        assert source.token() == "t1"


def test_old_token_serves_while_another_thread_renews_it(transport: Transport) -> None:
    clock = Clock(1000.0)
    with ScriptedServer([token("t1")], [Pause(1), token("t2")]) as server:
        source = TokenSource(service_key(server), transport, clock)
        source.token()
        clock.now += 950
        thread = threading.Thread(target=source.token)
        thread.start()
        while len(server.requests) < 2:
            time.sleep(0.01)

        begun = time.monotonic()
        assert source.token() == "t1"
        assert time.monotonic() - begun < 0.5
        thread.join()


def test_good_token_serves_on_when_renewing_fails_and_is_not_tried_at_once_again(transport: Transport) -> None:
    clock = Clock(1000.0)
    with ScriptedServer([token("t1")], [answer(b"down", status=503)]) as server:
        source = TokenSource(service_key(server), transport, clock)
        source.token()
        clock.now += 950

        assert [source.token() for _ in range(3)] == ["t1"] * 3
        assert len(server.requests) == 2


def test_ended_token_is_not_used_when_renewing_fails(transport: Transport) -> None:
    clock = Clock(1000.0)
    with ScriptedServer([token("t1")], [answer(b"down", status=500)]) as server:
        source = TokenSource(service_key(server), transport, clock)
        source.token()
        clock.now += 1001

        with pytest.raises(UpstreamError):
            source.token()


def test_forgotten_token_is_fetched_anew(transport: Transport) -> None:
    with ScriptedServer([token("t1")], [token("t2")]) as server:
        source = TokenSource(service_key(server), transport)
        source.forget(source.token())

        assert source.token() == "t2"


def test_forgetting_an_earlier_token_leaves_the_present_one(transport: Transport) -> None:
    with ScriptedServer([token("t1")], [token("t2")], [token("t3")]) as server:
        source = TokenSource(service_key(server), transport)
        source.forget(source.token())
        source.token()
        source.forget("t1")

        assert source.token() == "t2"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (401, "unauthorized", "Bad credentials"),
        (401, "invalid_client", "Client with requested ID does not exist"),
        (400, "invalid_request", "Missing grant type"),
    ],
)
def test_refused_key_is_told_in_saps_words_with_the_way_out(
    transport: Transport, status: int, error: str, words: str
) -> None:
    body = json.dumps({"error": error, "error_description": words}).encode()
    with ScriptedServer([answer(body, status=status)]) as server, pytest.raises(UpstreamError) as raised:
        TokenSource(service_key(server), transport).token()

    assert (raised.value.status, raised.value.kind) == (502, ErrorKind.UPSTREAM_AUTHENTICATION)
    assert raised.value.upstream_status == status
    assert raised.value.message.startswith(f"SAP refused the service key key.json: {words}. Create a new")


def test_throttled_token_endpoint_is_a_rate_limit(transport: Transport) -> None:
    limit = answer(b"slow down", status=429, retry_after="9")
    with ScriptedServer([limit]) as server, pytest.raises(UpstreamError) as raised:
        TokenSource(service_key(server), transport).token()

    assert (raised.value.status, raised.value.kind, raised.value.retry_after) == (429, ErrorKind.RATE_LIMIT, 9)


@pytest.mark.parametrize(
    ("status", "told", "kind"),
    [(500, 502, ErrorKind.SERVER), (503, 503, ErrorKind.OVERLOADED), (504, 504, ErrorKind.TIMEOUT)],
)
def test_failing_token_endpoint_says_nothing_about_the_service_key(
    transport: Transport, status: int, told: int, kind: ErrorKind
) -> None:
    with ScriptedServer([answer(b"down", status=status)]) as server, pytest.raises(UpstreamError) as raised:
        TokenSource(service_key(server), transport).token()

    assert (raised.value.status, raised.value.kind) == (told, kind)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"access_token": ""}', b"[]", b'{"access_token": 1}'])
def test_answer_without_token_is_told(transport: Transport, body: bytes) -> None:
    with ScriptedServer([answer(body)]) as server, pytest.raises(UpstreamError, match="expected form"):
        TokenSource(service_key(server), transport).token()


@pytest.mark.parametrize("life", ["7199", None, -5, "soon", True])
def test_odd_life_of_a_token_is_survived(transport: Transport, life: object) -> None:
    with ScriptedServer([token("t1", life)]) as server:
        assert TokenSource(service_key(server), transport).token() == "t1"


def test_no_error_shows_the_secret(transport: Transport) -> None:
    basic = base64.b64encode(SECRET.encode()).decode()
    with ScriptedServer([answer(b"no", status=401)]) as server, pytest.raises(UpstreamError) as raised:
        TokenSource(service_key(server), transport).token()

    assert SECRET not in str(raised.value)
    assert basic not in str(raised.value)

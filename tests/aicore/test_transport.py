"""The HTTP client against a server that plays bytes over real sockets."""

import threading
import time

import pytest

from proxy_core.aicore.transport import Timeouts, Transport, TransportError
from proxy_core.errors import Cancelled, ErrorKind
from tests.scripted_server import CHUNKED_HEAD, End, Pause, Script, ScriptedServer, answer, chunk

EVENT = b'data: {"a":1}\n\n'


def fetch(transport: Transport, server: ScriptedServer, path: str = "/x", body: bytes = b"{}") -> bytes:
    response = transport.open("POST", server.url + path, {"x-a": "1"}, body)
    try:
        return response.read_all()
    finally:
        response.close()


def failure(transport: Transport, *scripts: Script, timeouts: Timeouts | None = None) -> TransportError:
    with ScriptedServer(*scripts) as server, pytest.raises(TransportError) as raised:
        transport.open("POST", server.url, {}, b"{}", timeouts=timeouts).read_all()
    return raised.value


def test_answer_comes_with_status_headers_and_body(transport: Transport) -> None:
    with ScriptedServer([answer(b"no", status=429, Retry_After="7")]) as server:
        response = transport.open("POST", server.url + "/v2?q=1", {"x-a": "1"}, b"{}")

        assert (response.status, response.headers["retry-after"], response.read_all()) == (429, "7", b"no")
        assert (server.requests[0].line, server.requests[0].headers["x-a"]) == ("POST /v2?q=1 HTTP/1.1", "1")


def test_large_body_arrives_whole(transport: Transport) -> None:
    body = bytes(range(256)) * 40_000
    with ScriptedServer([answer(body)]) as server:
        assert fetch(transport, server, body=body) == body
        assert server.requests[0].body == body


def test_one_read_gives_every_event_that_has_arrived(transport: Transport) -> None:
    with ScriptedServer([CHUNKED_HEAD + chunk(EVENT) * 50 + b"0\r\n\r\n"]) as server:
        response = transport.open("POST", server.url, {}, b"{}")

        assert (response.read_some(), response.read_some()) == (EVENT * 50, b"")


def test_event_is_there_as_soon_as_it_is_sent(transport: Transport) -> None:
    with ScriptedServer([CHUNKED_HEAD, chunk(EVENT), Pause(3), b"0\r\n\r\n"]) as server:
        response = transport.open("POST", server.url, {}, b"{}")
        begun = time.monotonic()

        assert response.read_some() == EVENT
        assert time.monotonic() - begun < 1
        response.close()


def test_read_returns_none_when_nothing_came_in_time(transport: Transport) -> None:
    with ScriptedServer([CHUNKED_HEAD, Pause(1.2), chunk(EVENT) + b"0\r\n\r\n"]) as server:
        response = transport.open("POST", server.url, {}, b"{}")

        assert response.read_some(0.1) is None
        assert response.read_some(0.5) is None
        assert response.read_some(5) == EVENT


def test_poll_returns_none_until_the_head_is_there(transport: Transport) -> None:
    with ScriptedServer([Pause(0.8), answer(b"late")]) as server:
        pending = transport.begin("POST", server.url, {}, b"{}")

        assert pending.poll(0.1) is None
        response = pending.poll(5)
        assert response is not None
        assert response.read_all() == b"late"


def test_connection_is_used_again(transport: Transport) -> None:
    with ScriptedServer([answer()], [CHUNKED_HEAD + b"0\r\n\r\n"], [answer()]) as server:
        for _ in range(3):
            fetch(transport, server)

        assert server.connections == 1


def test_dropped_idle_connections_are_not_used_again(transport: Transport) -> None:
    with ScriptedServer([answer()], [answer()]) as server:
        fetch(transport, server)
        transport.drop_idle()
        fetch(transport, server)

        assert server.connections == 2


def test_connection_is_used_again_as_soon_as_the_body_is_read(transport: Transport) -> None:
    """Without a call of `close`."""
    with ScriptedServer() as server:
        transport.open("POST", server.url, {}).read_all()
        transport.open("POST", server.url, {}).read_all()

        assert server.connections == 1


def test_closed_idle_connection_is_noticed_before_use(transport: Transport) -> None:
    with ScriptedServer([answer(), End.CLOSE], [answer(b"two")]) as server:
        fetch(transport, server)
        time.sleep(0.1)

        assert fetch(transport, server) == b"two"
        assert len(server.requests) == 2


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
def test_reused_connection_that_dies_unanswered_is_replaced_once(transport: Transport, end: End) -> None:
    with ScriptedServer([answer()], [end], [answer(b"again")]) as server:
        fetch(transport, server)

        assert fetch(transport, server) == b"again"
        assert server.connections == 2


def test_second_death_is_an_error(transport: Transport) -> None:
    with ScriptedServer([answer()], [End.CLOSE]) as server:
        fetch(transport, server)
        with pytest.raises(TransportError):
            fetch(transport, server)

        assert len(server.requests) == 3


def test_fresh_connection_that_dies_is_not_tried_again(transport: Transport) -> None:
    with ScriptedServer([End.CLOSE]) as server:
        with pytest.raises(TransportError) as raised:
            fetch(transport, server)

        assert (raised.value.status, raised.value.kind, raised.value.stage) == (502, ErrorKind.CONNECTION, "head")
        assert len(server.requests) == 1


def test_request_that_died_within_the_answer_is_not_sent_twice(transport: Transport) -> None:
    with ScriptedServer([answer()], [b"HTTP/1.1 200", End.CLOSE]) as server:
        fetch(transport, server)
        with pytest.raises(TransportError):
            fetch(transport, server)

        assert len(server.requests) == 2


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
@pytest.mark.parametrize(
    "start", [CHUNKED_HEAD, CHUNKED_HEAD + chunk(EVENT), CHUNKED_HEAD + b"5\r\nab", answer(b"12345")[:-2]]
)
def test_cut_off_answer_raises(transport: Transport, start: bytes, end: End) -> None:
    error = failure(transport, [start, Pause(0.05), end])

    assert (error.status, error.kind, error.stage) == (502, ErrorKind.CONNECTION, "body")


def test_answer_to_a_refused_body_is_read_though_sending_failed(transport: Transport) -> None:
    """A server may answer 413 and close without reading megabytes."""
    refusal: Script = [answer(b"too large", status=413, connection="close"), Pause(0.3), End.CLOSE]
    with ScriptedServer(refusal, reads_bodies=False) as server:
        response = transport.open("POST", server.url, {}, b"x" * 30_000_000)

        assert response.status == 413
        response.close()


def test_silence_before_the_answer_times_out(transport: Transport) -> None:
    error = failure(transport, [Pause(5)], timeouts=Timeouts(first_byte=0.4))

    assert (error.status, error.kind, error.stage) == (504, ErrorKind.TIMEOUT, "head")


def test_silence_within_the_answer_times_out(transport: Transport) -> None:
    error = failure(transport, [CHUNKED_HEAD + chunk(EVENT), Pause(5)], timeouts=Timeouts(idle=0.4))

    assert (error.status, error.kind, error.stage) == (504, ErrorKind.TIMEOUT, "body")


def test_idle_time_adds_up_over_several_reads(transport: Transport) -> None:
    with ScriptedServer([CHUNKED_HEAD, Pause(8)]) as server:
        response = transport.open("POST", server.url, {}, timeouts=Timeouts(idle=1.2))

        assert response.read_some(0.5) is None
        assert response.read_some(0.5) is None
        with pytest.raises(TransportError):
            response.read_some(0.5)


def test_slow_but_steady_answer_is_no_timeout(transport: Transport) -> None:
    steps: list[bytes | Pause] = [CHUNKED_HEAD]
    for _ in range(4):
        steps += [Pause(0.35), chunk(EVENT)]
    with ScriptedServer([*steps, b"0\r\n\r\n"]) as server:
        response = transport.open("POST", server.url, {}, timeouts=Timeouts(first_byte=1, idle=1))

        assert response.read_all() == EVENT * 4


@pytest.mark.parametrize("script", [[Pause(10)], [CHUNKED_HEAD + chunk(EVENT), Pause(10)]])
def test_cancelled_call_closes_its_connection_within_a_second(transport: Transport, script: Script) -> None:
    gone = threading.Event()
    timer = threading.Timer(0.2, gone.set)
    with ScriptedServer(script) as server:
        timer.start()
        with pytest.raises(Cancelled):
            transport.open("POST", server.url, {}, cancelled=gone.is_set).read_all()

        assert server.closed_early.wait(1.0)
    timer.join()


def test_closing_an_unfinished_answer_closes_the_connection_at_once(transport: Transport) -> None:
    with ScriptedServer([CHUNKED_HEAD + chunk(EVENT), Pause(10)]) as server:
        response = transport.open("POST", server.url, {})
        response.close()

        assert server.closed_early.wait(0.5)


def test_closing_a_pending_call_closes_the_connection_at_once(transport: Transport) -> None:
    with ScriptedServer([Pause(10)]) as server:
        transport.begin("POST", server.url, {}).close()

        assert server.closed_early.wait(0.5)


def test_closing_the_transport_frees_a_thread_that_waits() -> None:
    transport = Transport(timeouts=Timeouts())
    raised: list[Exception] = []
    with ScriptedServer([CHUNKED_HEAD, Pause(10)]) as server:
        response = transport.open("POST", server.url, {})

        def wait() -> None:
            try:
                response.read_all()
            except TransportError as error:
                raised.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.1)
        transport.close()
        thread.join(1)

        assert raised
        assert not thread.is_alive()


def test_closed_transport_starts_nothing() -> None:
    transport = Transport(timeouts=Timeouts())
    transport.close()

    with ScriptedServer() as server, pytest.raises(TransportError, match="stopping"):
        transport.open("POST", server.url, {})


def test_nobody_listening_is_told_with_host_and_port(transport: Transport) -> None:
    with ScriptedServer() as server:
        port = server.port

    with pytest.raises(TransportError, match=f"No connection to 127.0.0.1:{port}: connection refused") as raised:
        transport.open("POST", f"http://127.0.0.1:{port}", {})

    assert (raised.value.status, raised.value.stage) == (502, "connect")


def test_unknown_name_is_told(transport: Transport) -> None:
    with pytest.raises(TransportError, match="could not be resolved"):
        transport.open("POST", "http://nowhere.invalid", {})


def test_bad_http_is_told(transport: Transport) -> None:
    error = failure(transport, [b"220 mail ready\r\n"])

    assert "proper HTTP" in error.message


def test_answer_beyond_the_limit_is_refused(transport: Transport) -> None:
    with ScriptedServer([answer(b"x" * 2000)]) as server, pytest.raises(TransportError, match="1000 bytes"):
        transport.open("POST", server.url, {}).read_all(1000)


def test_many_threads_share_one_transport(transport: Transport) -> None:
    bodies: list[bytes] = []
    with ScriptedServer([answer(b"hi")]) as server:
        threads = [threading.Thread(target=lambda: bodies.append(fetch(transport, server))) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert bodies == [b"hi"] * 32


def test_idle_connection_is_dropped_when_it_is_old() -> None:
    now = [0.0]
    transport = Transport(timeouts=Timeouts(), clock=lambda: now[0])
    with ScriptedServer() as server:
        fetch(transport, server)
        now[0] = 1000.0
        fetch(transport, server)

        assert server.connections == 2
    transport.close()

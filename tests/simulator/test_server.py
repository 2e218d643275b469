import json
import socket
import threading
import time

import pytest

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.simulator.caller import API_VERSION, Caller

STREAM = {"messages": [{"role": "user", "content": "[[sim: words 5000]]"}], "stream": True}


def test_connection_is_kept_alive(caller: Caller) -> None:
    connection = caller.connection()
    ports = set()

    for _ in range(3):
        connection.request("GET", "/v2/lm/deployments/$count", headers=caller.headers())
        connection.getresponse().read()
        ports.add(connection.sock.getsockname()[1])

    connection.close()
    assert len(ports) == 1


def test_connection_is_kept_alive_after_a_stream(caller: Caller) -> None:
    connection = caller.connection()
    path = caller.path("gpt-4o", f"/chat/completions{API_VERSION}")
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "stream": True})

    statuses = []
    for _ in range(2):
        connection.request("POST", path, body, caller.headers())
        answer = connection.getresponse()
        statuses.append(answer.status)
        answer.read()

    connection.close()
    assert statuses == [200, 200]


def test_head_has_no_body(caller: Caller) -> None:
    got = caller.send("HEAD", "/v2/lm/deployments", None, caller.headers())

    assert got.content == b""


def test_chunked_request_body_is_read(caller: Caller) -> None:
    connection = caller.connection()
    parts = iter([b'{"messages": [{"role": "user",', b' "content": "hi"}]}'])

    connection.request(
        "POST",
        caller.path("gpt-4o", f"/chat/completions{API_VERSION}"),
        parts,
        caller.headers(Transfer_Encoding="chunked"),
        encode_chunked=True,
    )

    assert connection.getresponse().status == 200
    connection.close()


def test_url_is_unknown_before_the_start() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        _ = Simulator(demo_world()).url


def test_taken_port_is_an_error(simulator: Simulator) -> None:
    port = int(simulator.url.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        Simulator(demo_world(), port=port).start()


def test_stop_may_come_twice() -> None:
    simulator = Simulator(demo_world()).start()

    simulator.stop()
    simulator.stop()


def test_stop_ends_open_streams_and_idle_connections() -> None:
    before = set(threading.enumerate())
    simulator = Simulator(demo_world(), pace=0.05).start()
    caller = Caller(simulator)
    streaming, idle = caller.connection(), caller.connection()
    path = caller.path("gpt-4o", f"/chat/completions{API_VERSION}")
    streaming.request("POST", path, json.dumps(STREAM), caller.headers())
    answer = streaming.getresponse()
    answer.fp.readline()
    idle.connect()
    started = time.monotonic()

    simulator.stop()

    assert time.monotonic() - started < 3
    assert set(threading.enumerate()) <= before
    streaming.close()
    answer.close()
    idle.close()


def test_pace_spreads_the_frames(caller: Caller) -> None:
    with Simulator(demo_world(), pace=0.02) as slow:
        started = time.monotonic()
        events = Caller(slow).chat("gpt-4o", "[[sim: words 10]]", stream=True).events

        assert time.monotonic() - started >= 0.02 * (len(events) - 1)


def test_client_that_goes_away_ends_only_its_stream(caller: Caller) -> None:
    path = caller.path("gpt-4o", f"/chat/completions{API_VERSION}")
    body = json.dumps(STREAM).encode()
    host, port = caller.simulator.url.partition("://")[2].split(":")
    head = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in caller.headers().items()]
    with socket.create_connection((host, int(port))) as client:
        client.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        client.recv(100)

    assert caller.chat("gpt-4o", "hi").status == 200


def test_service_key_points_at_the_simulator(simulator: Simulator) -> None:
    key = simulator.service_key("demo-us")

    assert key["url"] == simulator.url
    assert key["serviceurls"]["AI_API_URL"] == simulator.url
    assert "!" in key["clientid"]
    assert "$" in key["clientsecret"]

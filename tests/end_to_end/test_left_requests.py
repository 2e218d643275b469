"""Clients that go away while their request waits, is asked or streams: nothing of it stays behind."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from proxy_core.settings.model import LimitSettings, ModelLimits
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.four_dialects import EMBEDDINGS, NATIVE_WAYS, SAID, Way, calls_of, four_deployments
from tests.end_to_end.stand import KEY, Stand, running_stand
from tests.processes import wait_until

LONG = "[[sim: words 3000]]"
every_way = pytest.mark.parametrize("way", [*NATIVE_WAYS, EMBEDDINGS], ids=str)
streamed_ways = pytest.mark.parametrize("way", [way for way in NATIVE_WAYS if way.stream], ids=str)
SILENT = {
    "headers": Fault("stall", where="headers", seconds=20.0),
    "first": Fault("stall", where="first", seconds=20.0),
    "middle": Fault("stall", where="middle", seconds=20.0, after_frames=12),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """One request at a time in each of two sub-accounts."""
    limits = LimitSettings({"*": ModelLimits(concurrency=1)}, learn=False)
    with running_stand(tmp_path_factory.mktemp("left"), world=four_deployments(), limits=limits) as stand:
        yield stand


@pytest.fixture
def stand(running: Stand) -> Stand:
    running.reset()
    return running


@contextmanager
def asked(stand: Stand, way: Way, text: str) -> Iterator[socket.socket]:
    """A request that is sent and whose answer nobody reads; its client goes away at the end of the block."""
    body = json.dumps(way.body(text)).encode()
    head = (
        f"POST {way.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", stand.engine.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        yield connection


def in_flight(stand: Stand, way: Way) -> int:
    deployments = stand.engine.router.table.models[way.model].deployments
    return sum(one.in_flight for one in stand.engine.dispatch.status(deployments))


def at_sap(stand: Stand, count: int) -> None:
    wait_until(lambda: sum(calls_of(stand).values()) == count, f"{count} requests are at SAP")


def assert_nothing_left(stand: Stand, way: Way) -> None:
    wait_until(lambda: in_flight(stand, way) == 0, "no request counts as under way", seconds=5)
    assert stand.engine.dispatch.waiting(way.model) == 0
    stand.world.faults.clear()
    assert way.ask(stand, SAID).status == 200


@every_way
def test_client_that_leaves_before_sap_answers(stand: Stand, way: Way) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, SILENT["headers"])
    with asked(stand, way, SAID):
        at_sap(stand, 1)
        assert in_flight(stand, way) == 1

    assert_nothing_left(stand, way)
    assert sum(calls_of(stand).values()) == 2


@streamed_ways
@pytest.mark.parametrize("where", ["first", "middle"])
def test_client_that_leaves_a_silent_stream(stand: Stand, way: Way, where: str) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, SILENT[where])
    with asked(stand, way, LONG) as connection:
        at_sap(stand, 1)
        if where == "middle":
            assert connection.recv(64)

    assert_nothing_left(stand, way)


@streamed_ways
def test_client_that_leaves_a_lively_stream(stand: Stand, way: Way) -> None:
    with asked(stand, way, LONG) as connection:
        assert connection.recv(64)

    assert_nothing_left(stand, way)


@every_way
def test_client_that_leaves_the_line(stand: Stand, way: Way) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, SILENT["headers"])
    with ExitStack() as stack:
        for number in range(2):
            stack.enter_context(asked(stand, way, SAID))
            at_sap(stand, number + 1)
        with asked(stand, way, SAID):
            wait_until(lambda: stand.engine.dispatch.waiting(way.model) == 1, "one waits")
        wait_until(lambda: stand.engine.dispatch.waiting(way.model) == 0, "it has left", seconds=5)

        assert in_flight(stand, way) == 2
        at_sap(stand, 2)

    assert_nothing_left(stand, way)


@pytest.mark.parametrize("way", [NATIVE_WAYS[0], NATIVE_WAYS[3]], ids=str)
def test_who_waits_behind_one_that_leaves_gets_its_turn(stand: Stand, way: Way) -> None:
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", seconds=1.5, times=2))
    with ExitStack() as stack:
        for number in range(2):
            stack.enter_context(asked(stand, way, SAID))
            at_sap(stand, number + 1)
        with asked(stand, way, SAID):
            wait_until(lambda: stand.engine.dispatch.waiting(way.model) == 1, "one waits")
            staying = stack.enter_context(asked(stand, way, SAID))
            wait_until(lambda: stand.engine.dispatch.waiting(way.model) == 2, "two wait")

        assert staying.recv(64).startswith(b"HTTP/1.1 200")

    assert_nothing_left(stand, way)

"""The clocks that run apart."""

import threading
from itertools import count, pairwise

import pytest

from proxy_core.aicore.clock_watch import ClockWatch
from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.inference import InferenceCalls
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport
from tests.aicore.test_service_key import KEY
from tests.aicore.test_tokens import token
from tests.scripted_server import ScriptedServer, answer


class Clocks:
    """`jumps` is how often the watch told of one."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_000_000.0, 50.0
        self.jumps = 0
        self.watch = ClockWatch(self._count, lambda: self.wall, lambda: self.steady)

    def pass_time(self, wall: float, steady: float) -> None:
        self.wall += wall
        self.steady += steady

    def _count(self) -> None:
        self.jumps += 1


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.mark.parametrize(
    ("wall", "steady"),
    [(3600, 2), (3600, 3600), (7, 7), (-3600, 2), (7.5, 2)],
    ids=["sleep", "sleep with a running steady clock", "stopped program", "clock set back", "short sleep"],
)
def test_a_jump_is_told_once(clocks: Clocks, wall: float, steady: float) -> None:
    clocks.pass_time(wall, steady)
    clocks.watch.tick()
    clocks.watch.look()

    assert clocks.jumps == 1


@pytest.mark.parametrize(("wall", "steady"), [(2, 2.001), (5.5, 5.5), (6, 2), (0.5, 2)])
def test_a_late_tick_or_a_corrected_clock_is_no_jump(clocks: Clocks, wall: float, steady: float) -> None:
    clocks.pass_time(wall, steady)
    clocks.watch.tick()

    assert clocks.jumps == 0


def test_ticks_in_time_never_add_up_to_a_jump(clocks: Clocks) -> None:
    for _ in range(100):
        clocks.pass_time(2.1, 2)
        clocks.watch.tick()

    assert clocks.jumps == 0


def test_a_jump_between_two_ticks_is_told_to_the_first_who_looks(clocks: Clocks) -> None:
    clocks.pass_time(3600, 1)
    clocks.watch.look()
    told = clocks.jumps
    clocks.pass_time(1, 1)
    clocks.watch.tick()

    assert (told, clocks.jumps) == (1, 1)


def test_whoever_looks_waits_until_the_jump_is_dealt_with() -> None:
    wall = [0.0]
    begun, goes_on = threading.Event(), threading.Event()

    def deal() -> None:
        begun.set()
        goes_on.wait(10)

    watch = ClockWatch(deal, lambda: wall[0], lambda: 0.0)
    wall[0] = 3600
    first, second = threading.Thread(target=watch.tick), threading.Thread(target=watch.look)
    first.start()
    begun.wait(10)
    second.start()
    second.join(0.2)
    waited = second.is_alive()
    goes_on.set()
    first.join(10)
    second.join(10)

    assert waited
    assert not second.is_alive()


def test_its_thread_ticks_and_ends_with_the_stop() -> None:
    ticked = threading.Event()
    numbers = count(1)

    def steady() -> float:
        if next(numbers) > 2:  # the first two are those of the making and of the start
            ticked.set()
        return 0.0

    watch = ClockWatch(lambda: None, lambda: 0.0, steady)
    watch.start()
    assert ticked.wait(10)
    watch.stop()
    watch.stop()

    assert "proxy-clock" not in {thread.name for thread in threading.enumerate()}


def test_after_a_jump_a_request_takes_a_new_token_and_a_new_connection(transport: Transport) -> None:
    wall = [0.0]
    with ScriptedServer([token("t1")], [answer()], [token("t2")], [answer()]) as server:
        key = parse_service_key({**KEY, "url": server.url, "serviceurls": {"AI_API_URL": server.url}}, "key.json")
        account = SubAccount("a", key, "default", transport)

        def wake() -> None:
            account.drop_token()
            transport.drop_idle()

        watch = ClockWatch(wake, lambda: wall[0], lambda: 0.0)
        calls = InferenceCalls({"a": account}, transport, look=watch.look)
        deployment = Deployment("d1", f"{server.url}/d1", "a", "RUNNING", "gpt-5", "", "azure-openai", "", "", 0)
        for seconds in (0.0, 3600.0):
            wall[0] += seconds
            response = calls.begin(deployment, "/chat", {}, b"{}", lambda: False).poll(10)
            assert response is not None
            response.read_all()
        sent = [request for request in server.requests if request.line.startswith("POST /d1")]

    assert [request.headers["authorization"] for request in sent] == ["Bearer t1", "Bearer t2"]
    assert all(one.connection != other.connection for one, other in pairwise(sent))

"""The computer sleeps: for a program there is no difference to being stopped for a while.

A stop must be longer than the six seconds after which the program counts as stopped.
"""

import signal
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.routing.health import State
from proxy_core.simulator.faults import LM_API, Fault
from proxy_core.simulator.request_log import SeenRequest
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import World, demo_world
from tests.end_to_end.stand import Stand, running_stand
from tests.end_to_end.test_process import KEY, rest, send
from tests.end_to_end.user import Program, User
from tests.processes import wait_until

STOP_SECONDS = 7.0
MODEL = "gpt-5"
LIST = "/v2/lm/deployments"


@pytest.fixture
def sap() -> Iterator[Simulator]:
    with Simulator(demo_world(), port=free_port()) as simulator:
        yield simulator


@pytest.fixture
def user(tmp_path: Path, sap: Simulator) -> User:
    user = User(tmp_path)
    accounts = {tenant.name: {"service_key_json": sap.service_key(tenant.name)} for tenant in sap.world.tenants}
    user.write("config.json", {"subAccounts": accounts, "secret_authentication_tokens": [KEY]})
    return user


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def asleep(proxy: Program) -> Iterator[None]:
    """The block runs while the program is stopped."""
    proxy.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        yield
        time.sleep(max(0.0, began + STOP_SECONDS - time.monotonic()))
    finally:
        proxy.process.send_signal(signal.SIGCONT)


def lists_read(world: World) -> list[SeenRequest]:
    return [seen for seen in world.requests if seen.path == LIST]


def tokens_in(requests: Iterable[SeenRequest]) -> set[str]:
    return {seen.headers["authorization"] for seen in requests}


def restart(sap: Simulator) -> None:
    """All connections end."""
    sap.stop()
    sap.start()


def text_of(connection: socket.socket) -> bytes:
    with closing(connection):
        return connection.recv(65_536)


def test_after_a_sleep_the_first_request_meets_no_old_token_and_the_deployments_are_read(
    user: User, sap: Simulator
) -> None:
    with user.running() as proxy:
        proxy.ask(MODEL, "hi", KEY)
        before = tokens_in(sap.world.requests)
        with asleep(proxy):
            sap.world.tokens.revoke_all()
            sap.world.requests.clear()
        wait_until(lambda: len(lists_read(sap.world)) == len(sap.world.tenants), "both lists are read")

        assert proxy.ask(MODEL, "[[sim: say good morning]]", KEY) == "good morning"

    assert tokens_in(sap.world.requests).isdisjoint(before)
    assert "clock jumped" in proxy.err


def test_a_request_that_comes_during_the_sleep_is_answered_at_its_end(user: User, sap: Simulator) -> None:
    """It is read before any tick of a clock. SAP has closed its connections and forgotten the token."""
    question = {"model": MODEL, "messages": [{"role": "user", "content": "[[sim: say good morning]]"}]}
    with user.running() as proxy:
        proxy.ask(MODEL, "hi", KEY)
        before = tokens_in(sap.world.requests)
        with asleep(proxy):
            restart(sap)
            sap.world.tokens.revoke_all()
            sap.world.requests.clear()
            connection = send(proxy, "/v1/chat/completions", question)
        said = text_of(connection)

    assert said.startswith(b"HTTP/1.1 200")
    assert b"good morning" in said
    assert tokens_in(sap.world.requests).isdisjoint(before)


def test_a_stream_lives_through_a_short_sleep(user: User, sap: Simulator) -> None:
    sap.world.faults.set("*", Fault("stall", seconds=STOP_SECONDS / 2, where="middle", after_frames=8))
    question = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "[[sim: words 50]]"}]}
    with (
        user.running() as proxy,
        closing(send(proxy, "/v1/chat/completions", question, {"Connection": "close"})) as connection,
    ):
        begun = connection.recv(65_536)
        with asleep(proxy):
            pass
        wait_until(lambda: "clock jumped" in proxy.err, "the jump is seen")
        whole = begun + rest(connection)

    assert begun.startswith(b"HTTP/1.1 200")
    assert b"[DONE]" not in begun
    assert b'"error"' not in whole
    assert b"data: [DONE]" in whole


def test_waking_up_reads_the_deployments_with_new_tokens(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        before = tokens_in(stand.world.requests)
        stand.world.requests.clear()
        stand.engine.wake()
        wait_until(lambda: len(lists_read(stand.world)) == len(stand.world.tenants), "both lists are read")

        assert tokens_in(lists_read(stand.world)).isdisjoint(before)


def test_a_network_that_comes_back_late_is_waited_for(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        stand.world.faults.set(LM_API, Fault("status", status=503, body="text"))
        stand.engine.wake()
        wait_until(
            lambda: len(stand.engine.account_problems) == len(stand.world.tenants), "the lists cannot be read"
        )
        stand.world.faults.clear()

        wait_until(lambda: not stand.engine.account_problems, "the lists are read")


def test_waking_up_forgives_what_failed_for_want_of_a_network_but_no_limit(tmp_path: Path) -> None:
    with running_stand(tmp_path) as stand:
        limited, failing = stand.engine.router.table.models[MODEL].deployments[0], another_model(stand)
        stand.engine.dispatch.failed(limited, refusal(429, ErrorKind.RATE_LIMIT))
        for _ in range(3):
            stand.engine.dispatch.failed(failing, refusal(503, ErrorKind.OVERLOADED))
        stand.engine.wake()
        states = [item.verdict.state for item in stand.engine.dispatch.status((limited, failing))]

    assert states == [State.LIMITED, State.READY]


def another_model(stand: Stand) -> Deployment:
    return stand.engine.router.table.models["gpt-4o"].deployments[0]


def refusal(status: int, kind: ErrorKind) -> UpstreamError:
    return UpstreamError("no", status=status, kind=kind, retry_after=50, upstream_status=status)

"""The controller with real engines in front of the simulator."""

import http.client
import itertools
import json
import logging
import os
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from proxy_core.engine import Engine
from proxy_core.errors import ErrorKind, UpstreamError
from proxy_core.settings.model import ServiceKeyDocument
from proxy_core.simulator.faults import LM_API, Fault
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.processes import wait_until
from tests.tray_app.proxies import KEY, Source, running_controller, settings_for
from tray_app.controller import TRANSITIONS
from tray_app.engine_source import Outline
from tray_app.snapshot import Problem, ProblemKind, Snapshot, State

WAIT = 30.0


def port_of(snapshot: Snapshot) -> int:
    return int(snapshot.base_url.rpartition(":")[2])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_start_opens_the_port_and_publishes_what_is_served(source: Source) -> None:
    with running_controller(source) as (controller, recorder):
        snapshot = controller.start().result(WAIT)

        assert recorder.states[-2:] == ["starting", "running"]
        assert is_open(port_of(snapshot))
        assert "gpt-5" in snapshot.models
        assert {account.name for account in snapshot.accounts} == {one.name for one in source.settings.sub_accounts}
        assert all(account.models > 0 for account in snapshot.accounts)


def test_a_stop_closes_the_port(source: Source) -> None:
    with running_controller(source) as (controller, recorder):
        port = port_of(controller.start().result(WAIT))
        snapshot = controller.stop().result(WAIT)

        assert recorder.states[-2:] == ["stopping", "stopped"]
        assert not is_open(port)
        assert snapshot.models == ()
        assert snapshot.base_url == "http://127.0.0.1:3001"


def test_starting_twice_builds_one_engine(source: Source) -> None:
    with running_controller(source) as (controller, _):
        controller.start()
        controller.start().result(WAIT)

        assert source.built == 1


def test_every_change_follows_the_table(source: Source) -> None:
    with running_controller(source) as (controller, recorder):
        for command in (controller.start, controller.restart, controller.stop, controller.start, controller.reload):
            command().result(WAIT)
        states = [one for one, _ in itertools.groupby(State(word) for word in recorder.states)]

        assert all(after in TRANSITIONS[before] for before, after in itertools.pairwise(states))
        assert states[-1] is State.RUNNING


def test_fifty_starts_and_stops_leave_nothing_behind(source: Source) -> None:
    with running_controller(source) as (controller, _):
        controller.start().result(WAIT)
        controller.stop().result(WAIT)
        before = (threading.active_count(), len(os.listdir("/dev/fd")))
        for _ in range(50):
            assert controller.start().result(WAIT).state is State.RUNNING
            assert controller.stop().result(WAIT).state is State.STOPPED
        deadline = time.monotonic() + 5  # the simulator's side of the connections ends a moment later
        while (after := (threading.active_count(), len(os.listdir("/dev/fd")))) > before:
            assert time.monotonic() < deadline, (before, after)
            time.sleep(0.05)


def test_a_stop_with_open_streams_is_quick_and_tells_the_clients(tmp_path: Path) -> None:
    with (
        Simulator(demo_world(), pace=0.2) as sap,
        running_controller(Source(settings_for(sap, tmp_path))) as (
            controller,
            _,
        ),
    ):
        port = port_of(controller.start().result(WAIT))
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        body = {"model": "gpt-5", "stream": True, "messages": [{"role": "user", "content": "Count to fifty."}]}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Authorization": f"Bearer {KEY}"})
        stream = connection.getresponse()
        assert stream.read1(10)

        began = time.monotonic()
        controller.stop().result(WAIT)
        took = time.monotonic() - began
        rest = stream.read()
        connection.close()

        assert took < 5
        assert b'"error"' in rest


def test_a_port_in_use_is_named_and_the_next_free_one_offered(source: Source) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", next(port for port in range(21_300, 21_400) if not is_open(port))))
        other.listen()
        taken = other.getsockname()[1]
        source.settings = replace(source.settings, port=taken)
        with running_controller(source) as (controller, _):
            snapshot = controller.start().result(WAIT)

    problem = snapshot.problem
    assert snapshot.state is State.FAILED
    assert problem is not None
    assert (problem.kind, problem.port) == (ProblemKind.PORT_IN_USE, taken)
    assert f"process {os.getpid()}" in (problem.holder or "")
    assert problem.free_port is not None
    assert problem.free_port > taken


def test_settings_that_cannot_work_fail_with_their_line(source: Source) -> None:
    broken = replace(source.settings.sub_accounts[0], service_key=ServiceKeyDocument("in key.json", {"url": 1}))
    source.settings = replace(source.settings, sub_accounts=(broken,))
    with running_controller(source) as (controller, _):
        snapshot = controller.start().result(WAIT)

        assert snapshot.state is State.FAILED
        assert snapshot.problem is not None
        assert snapshot.problem.kind is ProblemKind.CONFIGURATION
        assert "in key.json" in snapshot.problem.detail


def test_a_known_problem_is_told_without_trying(source: Source) -> None:
    source.outlines = Outline("http://127.0.0.1:3001", problem=Problem(ProblemKind.NO_ACCOUNT))
    with running_controller(source) as (controller, _):
        snapshot = controller.start().result(WAIT)

        assert snapshot.problem == Problem(ProblemKind.NO_ACCOUNT)
        assert source.built == 0


def test_a_server_that_dies_is_seen(source: Source) -> None:
    with running_controller(source) as (controller, recorder):
        controller.start().result(WAIT)
        break_server(controller.engine)

        snapshot = recorder.wait_for(lambda one: one.state is State.FAILED)
        assert snapshot.problem == Problem(ProblemKind.SERVER_DIED)
        assert controller.start().result(WAIT).state is State.RUNNING


def break_server(engine: Engine | None) -> None:
    """Put something into the server's loop that it cannot poll."""
    assert engine is not None
    listener = engine._server._listener
    assert listener is not None
    listener.map[10**6] = object()
    listener.pull_trigger()


def test_a_bug_is_shown_without_its_words_and_the_worker_lives_on(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Source):
        def build_engine(self) -> Engine:
            if self.built == 0:
                self.built = 1
                raise ValueError("a secret")
            return super().build_engine()

    caplog.set_level(logging.CRITICAL + 1, "tests.tray")
    with running_controller(Broken(source.settings)) as (controller, _):
        failed = controller.start().result(WAIT)

        assert failed.problem is not None
        assert failed.problem.kind is ProblemKind.BUG
        assert failed.problem.detail.startswith("ValueError in test_controller.py line")
        assert controller.start().result(WAIT).state is State.RUNNING


def test_a_listener_that_raises_is_logged_and_the_others_are_told(
    source: Source, caplog: pytest.LogCaptureFixture
) -> None:
    with running_controller(source) as (controller, recorder):
        controller.add_listener(lambda _: 1 / 0)  # type: ignore[arg-type]
        controller.start().result(WAIT)

        assert recorder.states[-1] == "running"
        assert "A listener failed" in caplog.text


def test_a_stop_gives_up_a_start_that_waits_for_sap(source: Source, sap: Simulator) -> None:
    sap.world.faults.set(LM_API, Fault("stall", seconds=25))
    with running_controller(source) as (controller, recorder):
        controller.start()
        recorder.wait_for(lambda one: one.state is State.STARTING)
        time.sleep(0.5)
        began = time.monotonic()
        snapshot = controller.stop().result(WAIT)

        assert snapshot.state is State.STOPPED
        assert time.monotonic() - began < 5
        assert "running" not in recorder.states


def test_a_refresh_tells_what_is_new(tmp_path: Path) -> None:
    with Simulator(demo_world()) as sap, running_controller(Source(settings_for(sap, tmp_path))) as (controller, _):
        before = controller.start().result(WAIT)
        sap.world.deploy(sap.world.tenants[0].name, "gpt-4o-mini")
        after = controller.refresh().result(WAIT)

        assert after.last_refresh is not None
        assert (after.last_refresh.new, after.last_refresh.gone) == (1, 0)
        assert set(after.models) - set(before.models) == {"gpt-4o-mini"}
        assert after.refreshing is False


def test_a_stop_does_not_wait_for_a_refresh(source: Source, sap: Simulator) -> None:
    with running_controller(source) as (controller, recorder):
        controller.start().result(WAIT)
        sap.world.faults.set(LM_API, Fault("stall", seconds=25))
        refresh = controller.refresh()
        recorder.wait_for(lambda one: one.refreshing)
        began = time.monotonic()
        snapshot = controller.stop().result(WAIT)

        assert time.monotonic() - began < 5
        assert (snapshot.state, snapshot.refreshing) == (State.STOPPED, False)
        assert refresh.result(WAIT).state in (State.STOPPING, State.STOPPED)


def test_a_refresh_of_a_stopped_proxy_changes_nothing(source: Source) -> None:
    with running_controller(source) as (controller, _):
        assert controller.refresh().result(WAIT).state is State.STOPPED


def test_an_account_that_fails_is_shown_beside_those_that_work(source: Source) -> None:
    first, *others = source.settings.sub_accounts
    assert first.service_key is not None
    wrong = ServiceKeyDocument("test", {**first.service_key.value, "clientsecret": "wrong"})
    source.settings = replace(source.settings, sub_accounts=(replace(first, service_key=wrong), *others))
    with running_controller(source) as (controller, _):
        snapshot = controller.start().result(WAIT)

        assert snapshot.state is State.RUNNING
        assert [account.name for account in snapshot.failing_accounts] == [first.name]


def test_a_model_at_its_limit_is_shown_until_it_may_be_asked_again(source: Source) -> None:
    limit = UpstreamError("no", status=429, kind=ErrorKind.RATE_LIMIT, retry_after=60, upstream_status=429)
    with running_controller(source) as (controller, _):
        controller.start().result(WAIT)
        engine = controller.engine
        assert engine is not None
        for deployment in engine.router.table.models["gpt-5"].deployments:
            engine.dispatch.failed(deployment, limit)

        wait_until(lambda: controller.snapshot.limited == ("gpt-5",), "the limit is shown")
        engine.try_again()
        wait_until(lambda: controller.snapshot.limited == (), "the limit is gone")


def test_a_reload_takes_the_new_settings(source: Source) -> None:
    with running_controller(source) as (controller, _):
        controller.start().result(WAIT)
        source.settings = replace(source.settings, model_aliases={"mine": "gpt-5"})
        controller.reload().result(WAIT)

        assert controller.engine is not None
        assert controller.engine.router.resolve("mine", "chat").public_model == "gpt-5"


def test_a_reload_leaves_a_stopped_proxy_stopped(source: Source) -> None:
    with running_controller(source) as (controller, _):
        source.outlines = Outline("http://127.0.0.1:4000", start_at_login=True)
        snapshot = controller.reload().result(WAIT)

        assert (snapshot.state, snapshot.base_url) == (State.STOPPED, "http://127.0.0.1:4000")
        assert snapshot.start_at_login


def test_a_command_after_the_end_returns_at_once(source: Source) -> None:
    with running_controller(source) as (controller, _):
        controller.close()

        assert controller.start().result(1).state is State.STOPPED
        assert controller.refresh().result(1).state is State.STOPPED


def test_the_end_does_not_wait_for_a_keyring_that_asks_the_user(source: Source) -> None:
    answered = threading.Event()

    class AskingSource(Source):
        def outline(self) -> Outline:
            answered.wait(WAIT)
            return super().outline()

    with running_controller(AskingSource(source.settings)) as (controller, recorder):
        controller.start()
        recorder.wait_for(lambda snapshot: snapshot.state is State.STARTING)
        before = time.monotonic()
        controller.close()

        assert time.monotonic() - before < 4
        answered.set()

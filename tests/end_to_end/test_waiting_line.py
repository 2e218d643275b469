"""Requests that wait for their turn because limits allow no more at the moment, in every dialect."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from proxy_core.engine import EngineOptions
from proxy_core.settings.model import LimitSettings, ModelLimits
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from tests.end_to_end.asking import Heard
from tests.end_to_end.four_dialects import (
    EMBEDDINGS,
    NATIVE_WAYS,
    SAID,
    Way,
    calls_of,
    ended_well,
    error_of,
    four_deployments,
    text_of,
)
from tests.end_to_end.stand import Stand, running_stand
from tests.processes import wait_until

SIGNS = {
    "chat": b": keep-alive\n\n",
    "messages": b'event: ping\ndata: {"type":"ping"}\n\n',
    "responses": b": keep-alive\n\n",
    "gemini": b'data: {"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0}]}\r\n\r\n',
}
streamed_ways = pytest.mark.parametrize("way", [way for way in NATIVE_WAYS if way.stream], ids=str)
whole_ways = pytest.mark.parametrize("way", [*(way for way in NATIVE_WAYS if not way.stream), EMBEDDINGS], ids=str)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """One request at a time in each of two sub-accounts; a short wait at most, with signs of life."""
    limits = LimitSettings({"*": ModelLimits(concurrency=1)}, learn=False, queue=1.5)
    options = EngineOptions(keep_alive_seconds=0.3)
    home = tmp_path_factory.mktemp("line")
    with running_stand(home, world=four_deployments(), limits=limits, options=options) as stand:
        yield stand


@pytest.fixture
def stand(running: Stand) -> Stand:
    running.reset()
    return running


@contextmanager
def waiting(stand: Stand, way: Way, seconds: float) -> Iterator[Future[Heard]]:
    """A request that waits in line, behind two that SAP answers after so many seconds."""
    stand.world.faults.set(ANY_DEPLOYMENT, Fault("stall", seconds=seconds, times=2))
    with ThreadPoolExecutor(3) as pool:
        ahead = [pool.submit(way.ask, stand, SAID) for _ in range(2)]
        wait_until(lambda: sum(calls_of(stand).values()) == 2, "both places are taken")
        yield pool.submit(way.ask, stand, SAID)
        assert [one.result().status for one in ahead] == [200, 200]


@streamed_ways
def test_a_stream_in_line_gives_signs_of_life_and_then_its_answer(stand: Stand, way: Way) -> None:
    with waiting(stand, way, 0.8) as request:
        heard = request.result()

    assert heard.body.startswith(SIGNS[way.dialect])
    assert (heard.status, text_of(heard), error_of(way, heard)) == (200, "all is well", None)
    assert ended_well(heard)
    assert sum(calls_of(stand).values()) == 3


@whole_ways
def test_a_whole_answer_comes_after_its_wait(stand: Stand, way: Way) -> None:
    with waiting(stand, way, 0.7) as request:
        heard = request.result()

    assert (heard.status, error_of(way, heard)) == (200, None)
    assert sum(calls_of(stand).values()) == 3


@streamed_ways
def test_a_stream_that_waited_in_vain_ends_with_the_limit(stand: Stand, way: Way) -> None:
    """Its 200 went out with the first sign of life."""
    with waiting(stand, way, 2.6) as request:
        heard = request.result()

    limited = "RESOURCE_EXHAUSTED" if way.dialect == "gemini" else "rate_limit_error"
    assert (heard.status, error_of(way, heard)) == (200, limited)
    assert heard.body.startswith(SIGNS[way.dialect])
    assert not ended_well(heard)
    assert sum(calls_of(stand).values()) == 2


@whole_ways
def test_a_whole_answer_that_waited_in_vain_is_refused_with_the_time_to_come_again(stand: Stand, way: Way) -> None:
    with waiting(stand, way, 2.6) as request:
        heard = request.result()

    limited = "RESOURCE_EXHAUSTED" if way.dialect == "gemini" else "rate_limit_error"
    assert (heard.status, error_of(way, heard)) == (429, limited)
    assert heard.headers["retry-after"] == "1"
    assert sum(calls_of(stand).values()) == 2

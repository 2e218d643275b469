import threading
from collections.abc import Iterator

import pytest

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.simulator.caller import Caller


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """A running simulator of the demo world; its stop leaves no thread behind."""
    before = set(threading.enumerate())
    with Simulator(demo_world()) as running:
        yield running
    assert set(threading.enumerate()) <= before


@pytest.fixture
def caller(simulator: Simulator) -> Caller:
    return Caller(simulator)

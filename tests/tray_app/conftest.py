"""Fixtures of the tray's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.tray_app.proxies import Source, settings_for


@pytest.fixture(scope="package")
def sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
def source(sap: Simulator, tmp_path: Path) -> Iterator[Source]:
    """Engines in front of the shared simulator, which is healthy before and after."""
    sap.world.faults.clear()
    yield Source(settings_for(sap, tmp_path))
    sap.world.faults.clear()

"""Fixtures of the tray's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.tray_app.desk import Program, running_program
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


@pytest.fixture
def program(sap: Simulator, tmp_path: Path) -> Iterator[Program]:
    """The program with an empty profile."""
    sap.world.faults.clear()
    with running_program(tmp_path, sap) as running:
        yield running
    sap.world.faults.clear()


@pytest.fixture
def served(program: Program) -> Program:
    """The program with one account, running."""
    program.backend.save_account("eu", program.key_text(), ["default"])
    program.backend.start()
    return program

"""The settings page in front of a simulated SAP AI Core, and a client that does what a browser does."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.admin.server import AdminServer
from proxy_core.server.listening import bind_socket
from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.admin.browser import Browser, opened, running_browser
from tests.admin.demo_backend import DemoBackend, LogTail, free_port
from tests.admin.page_client import PageClient


@pytest.fixture(scope="package")
def sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
def tail() -> LogTail:
    return LogTail()


@pytest.fixture
def log(tail: LogTail) -> Iterator[logging.Logger]:
    log = logging.getLogger("test.admin")
    log.setLevel(logging.INFO)
    log.addHandler(tail)
    yield log
    log.removeHandler(tail)


@pytest.fixture
def backend(tmp_path: Path, log: logging.Logger, tail: LogTail) -> Iterator[DemoBackend]:
    made = DemoBackend(tmp_path, log, tail, free_port(bind_socket))
    yield made
    made.stop()


@pytest.fixture
def served(backend: DemoBackend, sap: Simulator) -> Iterator[DemoBackend]:
    """Two sub-accounts, running."""
    for tenant in ("demo-eu", "demo-us"):
        backend.save_account(tenant, json.dumps(sap.service_key(tenant)), ["default"])
    backend.start()
    yield backend
    sap.world.faults.clear()


@pytest.fixture
def server(backend: DemoBackend, log: logging.Logger) -> Iterator[AdminServer]:
    with AdminServer(backend, log) as started:
        yield started


@pytest.fixture
def page(server: AdminServer) -> PageClient:
    """A client whose session is open."""
    client = PageClient(server)
    client.enter(server.link())
    return client


@pytest.fixture(scope="package")
def shared_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with running_browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def browser(shared_browser: Browser) -> Iterator[Browser]:
    """An empty tab; a page that makes its script fail or breaks its own content policy fails the test."""
    shared_browser.fresh()
    shared_browser.told()
    yield shared_browser
    told = shared_browser.told()
    shared_browser.driver.get("about:blank")
    assert not [line for line in told if "Content Security Policy" in line or "Uncaught" in line]


@pytest.fixture
def key(sap: Simulator) -> str:
    return json.dumps(sap.service_key("demo-eu"), indent=2)


@pytest.fixture
def first(browser: Browser, server: AdminServer) -> Browser:
    """The page as a new user sees it."""
    return opened(browser, server)


@pytest.fixture
def ready(browser: Browser, server: AdminServer, backend: DemoBackend, sap: Simulator) -> Browser:
    """The page with two sub-accounts, running."""
    for tenant in ("demo-eu", "demo-us"):
        backend.save_account(tenant, json.dumps(sap.service_key(tenant)), ["default"])
    backend.start()
    return opened(browser, server)

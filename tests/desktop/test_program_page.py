"""A new user with the real program, a real keyring and a real browser."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.admin.browser import Browser, running_browser
from tests.desktop.desktop import Desktop
from tests.desktop.toy_service import serve_watcher
from tests.desktop.tray_app_process import TrayAppProcess, free_port


@pytest.fixture
def own_desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    with (
        Desktop(tmp_path_factory.mktemp("own")) as desktop,
        serve_watcher(desktop.environ["DBUS_SESSION_BUS_ADDRESS"]),
    ):
        yield desktop


@pytest.fixture
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with running_browser(tmp_path_factory.mktemp("chromium")) as browser:
        browser.fresh()
        yield browser


def test_from_a_pasted_key_to_the_first_answer_and_the_end(
    own_desktop: Desktop, browser: Browser, tmp_path: Path
) -> None:
    """In less than a minute, and without a look at anything but the page that opens by itself."""
    port = free_port()
    folder = tmp_path / "home/.config/ai-core-proxy"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"port": port}))
    with Simulator(demo_world()) as sap, TrayAppProcess(own_desktop.environ, tmp_path) as program:
        before = time.monotonic()
        browser.open(program.next_opened(0))
        browser.paste("#key-text", json.dumps(sap.service_key("demo-eu")))
        browser.wait(lambda: browser.shown("#save-form"))
        browser.click('#save-form button[type="submit"]')
        browser.click("#ask")
        answer = browser.wait(lambda: browser.text("#test-answer"))
        assert "simulated" in answer
        assert time.monotonic() - before < 60
        assert program.status().startswith(f"Running on 127.0.0.1:{port} ")

        browser.click("#quit")
        browser.click("#confirm-yes")
        assert program.wait() == 0
        assert "Traceback" not in program.errors()

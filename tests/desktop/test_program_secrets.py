"""`sap-ai-proxy-tray` with a real keyring: from the first start to a working proxy, and no secret in any file."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import secretstorage

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.admin.page_client import PageClient
from tests.desktop.desktop import Desktop, wait_until
from tests.desktop.toy_service import connect, serve_watcher
from tests.desktop.tray_app_process import TrayAppProcess, free_port


@pytest.fixture
def own_desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """With a keyring that holds nothing yet, and something that takes the icon."""
    with (
        Desktop(tmp_path_factory.mktemp("own")) as desktop,
        serve_watcher(desktop.environ["DBUS_SESSION_BUS_ADDRESS"]),
    ):
        yield desktop


@pytest.fixture
def sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


def read_keyring(desktop: Desktop) -> str:
    """All secrets of the keyring, read by another library than the program's."""
    connection = connect(desktop.environ["DBUS_SESSION_BUS_ADDRESS"])
    try:
        collection = secretstorage.get_default_collection(connection)
        return "\n".join(item.get_secret().decode() for item in collection.get_all_items())
    finally:
        connection.close()


def enter_page(link: str) -> PageClient:
    parts = urlsplit(link)
    page = PageClient(cast("Any", SimpleNamespace(port=parts.port, url=f"http://127.0.0.1:{parts.port}")))
    assert page.enter(link).status == 200
    return page


def list_models(port: int, key: str) -> list[Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {key}"})
        models: list[Any] = json.loads(connection.getresponse().read())["data"]
        return models
    finally:
        connection.close()


def test_from_the_first_start_to_a_working_proxy(own_desktop: Desktop, sap: Simulator, tmp_path: Path) -> None:
    """The first start opens the page; the pasted key and the generated one are in the keyring and in no file."""
    port = free_port()
    service_key = sap.service_key(sap.world.tenants[0].name)
    with TrayAppProcess(own_desktop.environ, tmp_path) as program:
        page = enter_page(program.next_opened(0))
        assert page.post("save-settings", {"port": port}).status == 200
        saved = page.post(
            "save-account", {"name": "first", "text": json.dumps(service_key), "resource_groups": ["default"]}
        )
        assert saved.status == 200, saved.body
        program.wait_for_status(f"Running on 127.0.0.1:{port}")

        program.menu.click("Copy API key")
        key = wait_until(lambda: read_clipboard(own_desktop), "the copied key")
        assert list_models(port, key)

        kept = read_keyring(own_desktop)
        assert key in kept
        assert service_key["clientsecret"] in kept
        assert program.files_with(key) == []
        assert program.files_with(service_key["clientsecret"]) == []
        assert program.terminate() == 0

    with TrayAppProcess(own_desktop.environ, tmp_path) as program:
        program.wait_for_status(f"Running on 127.0.0.1:{port}")

        assert list_models(port, key)
        assert program.files_with(key) == []


def read_clipboard(desktop: Desktop) -> str:
    return desktop.run("sh", "-c", "xclip -selection clipboard -o 2>/dev/null || true")

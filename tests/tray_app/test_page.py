"""The settings page's server on the product's own backend, over HTTP."""

from collections.abc import Iterator

import pytest

from proxy_core.admin.server import AdminServer
from tests.admin.page_client import PageClient
from tests.tray_app.desk import Program
from tests.tray_app.proxies import LOG


@pytest.fixture
def page(program: Program) -> Iterator[PageClient]:
    with AdminServer(program.backend, LOG) as server:
        client = PageClient(server)
        client.enter(server.link())
        yield client


def test_from_a_pasted_key_to_an_answer(page: PageClient, program: Program) -> None:
    steps = page.post("check-key", {"text": program.key_text(), "resource_group": ""}).lines()
    saved = page.post("save-account", {"name": "eu", "text": program.key_text(), "resource_groups": ["default"]})
    started = page.post("start", {})
    answer = page.post("test-call", {"model": "gpt-5"})

    assert [step["step"] for step in steps] == ["key", "token", "resource_groups", "deployments", "catalogue"]
    assert (saved.status, started.status, answer.status) == (200, 200, 200)
    assert answer.json()["answer"].strip()


def test_the_overview_needs_no_running_proxy(page: PageClient) -> None:
    overview = page.get("overview").json()

    assert overview["state"] == "stopped"
    assert overview["settings"]["port"] == 0
    assert overview["settings"]["start_at_login"] is False


def test_a_wrong_setting_comes_back_with_its_field(page: PageClient) -> None:
    answer = page.post("save-settings", {"port": 99999})

    assert answer.status == 422
    assert answer.error["field"] == "port"

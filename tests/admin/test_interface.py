"""The JSON interface of the settings page, over HTTP, in front of the real engine."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from proxy_core.admin.backend import BackendError, CheckStep
from proxy_core.admin.commands import COMMANDS
from proxy_core.admin.server import AdminServer
from proxy_core.simulator.server import Simulator
from tests.admin.demo_backend import DemoBackend, LogTail
from tests.admin.page_client import PageClient


@pytest.fixture
def key(sap: Simulator) -> str:
    return json.dumps(sap.service_key("demo-eu"))


@pytest.fixture
def running(page: PageClient, key: str) -> PageClient:
    """The page of a proxy that runs with one sub-account."""
    page.post("save-account", {"name": "eu", "text": key, "resource_groups": ["default"]})
    assert page.post("start").status == 200
    return page


def overview(page: PageClient) -> Any:
    return page.get("overview").json()


def test_overview_of_a_new_user_is_empty(page: PageClient, backend: DemoBackend) -> None:
    seen = overview(page)

    assert (seen["state"], seen["accounts"], seen["models"]) == ("stopped", [], [])
    assert seen["base_url"] == backend.base_url
    assert [key["id"] for key in seen["api_keys"]] == ["1"]


def test_check_gives_a_line_for_each_step(page: PageClient, key: str) -> None:
    answer = page.post("check-key", {"text": key, "resource_group": ""})

    assert answer.headers["content-type"] == "application/x-ndjson"
    steps = answer.lines()
    assert [step["step"] for step in steps] == ["key", "token", "resource_groups", "deployments", "catalogue"]
    assert steps[2]["values"] == ["default", "team-a"]


def test_check_of_garbage_is_one_failed_step(page: PageClient) -> None:
    steps = page.post("check-key", {"text": "x" * 1_000_000}).lines()

    assert [step["verdict"] for step in steps] == ["failed"] + ["skipped"] * 4
    assert "too long for a service key" in steps[0]["text"]


def test_saved_account_serves_its_models(running: PageClient) -> None:
    seen = overview(running)

    assert seen["state"] == "running"
    assert seen["accounts"][0]["name"] == "eu"
    row = next(row for row in seen["models"] if row["model"] == "gpt-4.1")
    assert (row["account"], row["status"], row["context_length"]) == ("eu", "RUNNING", 1_047_576)
    assert (row["deprecated"], row["retirement_date"]) == (True, "2026-10-14")


def test_stored_service_key_is_never_sent_back(running: PageClient, sap: Simulator) -> None:
    secret = sap.service_key("demo-eu")

    told = running.get("overview").body.decode()

    assert secret["clientsecret"] not in told
    assert secret["clientid"] not in told
    assert overview(running)["accounts"][0]["client_id"] == secret["clientid"][:11] + "…"


def test_overview_shows_no_api_key(running: PageClient, backend: DemoBackend) -> None:
    assert backend.reveal_api_key("1") not in running.get("overview").body.decode()


def test_test_call_gives_the_answer(running: PageClient) -> None:
    assert running.post("test-call", {"model": "gpt-5"}).json()["answer"]


def test_failed_test_call_is_told(running: PageClient) -> None:
    answer = running.post("test-call", {"model": "no-such-model"})

    assert answer.status == 422
    assert "no-such-model" in answer.error["message"]


def test_rotated_key_is_a_new_one(running: PageClient, backend: DemoBackend) -> None:
    old = running.post("reveal-api-key", {"id": "1"}).json()["key"]

    new = running.post("rotate-api-key", {"id": "1"}).json()["key"]

    assert new != old
    assert backend.reveal_api_key("1") == new


def test_key_is_added_and_removed(running: PageClient) -> None:
    added = running.post("add-api-key").json()["key"]
    assert [key["hint"] for key in overview(running)["api_keys"]][1] == added[-4:]

    running.post("remove-api-key", {"id": "2"})

    assert [key["id"] for key in overview(running)["api_keys"]] == ["1"]


def test_client_settings_are_given(running: PageClient, backend: DemoBackend) -> None:
    clients = running.post("client-settings").json()["clients"]

    assert {client["name"]: client["text"] for client in clients} == backend.client_settings()


def test_refresh_tells_its_result(running: PageClient) -> None:
    assert running.post("refresh").json()["message"].endswith("models")


def test_stop_and_start(running: PageClient) -> None:
    running.post("stop")
    assert overview(running)["state"] == "stopped"
    running.post("start")

    assert overview(running)["state"] == "running"


def test_account_is_removed(running: PageClient) -> None:
    running.post("remove-account", {"name": "eu"})

    assert overview(running)["accounts"] == []


def test_setting_at_fault_is_named(running: PageClient, backend: DemoBackend) -> None:
    before = backend.overview().settings

    answer = running.post("save-settings", {**before, "port": 0})

    assert (answer.status, answer.error["field"]) == (422, "port")
    assert backend.overview().settings == before


def test_settings_are_saved(running: PageClient, backend: DemoBackend) -> None:
    running.post("save-settings", {**backend.overview().settings, "exclude": ["gemini"]})

    assert not [row for row in overview(running)["models"] if "gemini" in row["model"] and row["names"]]


def test_config_is_imported(page: PageClient, key: str) -> None:
    config = {"subAccounts": {"eu": {"service_key_json": json.loads(key)}}}

    answer = page.post("import-config", {"text": json.dumps(config)})

    assert answer.json()["message"] == "1 sub-accounts were taken over."


def test_store_is_chosen(page: PageClient, backend: DemoBackend) -> None:
    backend.forget_secret_store(locked=True)
    assert overview(page)["store_locked"] is True

    page.post("choose-secret-store", {"choice": "file", "passphrase": "long enough"})

    assert (overview(page)["secret_store"], overview(page)["store_locked"]) == ("an encrypted file", False)


@pytest.mark.parametrize(
    ("command", "body", "field"),
    [
        ("save-account", {"text": "{}", "resource_groups": ["default"]}, "name"),
        ("save-account", {"name": "x" * 65, "text": "{}", "resource_groups": ["default"]}, "name"),
        ("save-account", {"name": "eu", "text": "{}"}, "resource_groups"),
        ("save-account", {"name": "eu", "text": "{}", "resource_groups": "default"}, "resource_groups"),
        ("save-account", {"name": "eu", "text": " ", "resource_groups": ["default"]}, "text"),
        ("save-account", {"name": "eu", "text": "{}", "resource_groups": ["default"]}, "text"),
        ("save-account", {"name": 1}, "name"),
        ("check-key", {"text": 1}, "text"),
        ("import-config", {"text": ""}, "text"),
        ("import-config", {"text": "{"}, "text"),
        ("test-call", {}, "model"),
        ("choose-secret-store", {"choice": "paper"}, "choice"),
        ("choose-secret-store", {"choice": "file"}, "passphrase"),
        ("rotate-api-key", {}, "id"),
    ],
)
def test_field_at_fault_is_named(page: PageClient, command: str, body: Any, field: str) -> None:
    answer = page.post(command, body)

    assert (answer.status, answer.error["field"]) == (422, field)
    assert answer.error["message"].endswith((".", "?"))


def test_unknown_command_is_told(page: PageClient) -> None:
    assert page.post("make-coffee").status == 404


def test_every_command_has_its_place_in_the_page(page: PageClient) -> None:
    """Nothing can be done here that the page does not offer."""
    scripts = [
        page.raw("GET", f"/assets/{name}.js").body.decode()
        for name in ("app", "accounts", "clients", "health", "key_form", "keys", "models", "program", "settings")
    ]

    assert [name for name in COMMANDS if f'call("{name}"' not in "".join(scripts)] == []


# --- a backend that fails


class BrokenBackend(DemoBackend):
    """Fails in the ways that a backend can."""

    def check_key(self, text: str, resource_group: str) -> Iterator[CheckStep]:
        yield CheckStep("key", "ok", "Fine.")
        if text == "refuse":
            raise BackendError("The keyring is locked.", field="text")
        raise KeyError("secret-in-a-bug", resource_group)

    def save_account(self, name: str, text: str, resource_groups: Sequence[str]) -> None:
        raise KeyError("secret-in-a-bug", name, text, resource_groups)


@pytest.fixture
def broken(backend: DemoBackend, server: AdminServer, page: PageClient) -> PageClient:
    backend.__class__ = BrokenBackend
    return page


def test_refusal_in_the_middle_of_a_check_is_the_last_line(broken: PageClient) -> None:
    lines = broken.post("check-key", {"text": "refuse"}).lines()

    assert lines[0]["verdict"] == "ok"
    assert lines[1]["error"] == {"message": "The keyring is locked.", "field": "text", "code": None}


def test_bug_is_told_without_its_words_and_logged(broken: PageClient, tail: LogTail) -> None:
    lines = broken.post("check-key", {"text": "bug"}).lines()
    answer = broken.post("save-account", {"name": "eu", "text": "{}", "resource_groups": ["default"]})

    assert answer.status == 500
    for told in (lines[1]["error"]["message"], answer.error["message"]):
        assert "bug of its own" in told
        assert "secret" not in told
    assert "KeyError" in "\n".join(tail.lines)

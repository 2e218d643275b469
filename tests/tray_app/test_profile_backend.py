"""The settings page's backend on a real profile, controller and simulator."""

import http.client
import json
import socket
import time
from pathlib import Path

import pytest

from proxy_core.admin.backend import AdminBackend, BackendError
from proxy_core.client_settings import Client
from proxy_core.simulator.server import Simulator
from tests.tray_app.desk import Program, running_program
from tray_app.profile_backend import ProfileBackend


def status_with_key(program: Program, key: str) -> int:
    engine = program.controller.engine
    assert engine is not None
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=20)
    try:
        connection.request("GET", "/v1/models", headers={"x-api-key": key})
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_has_all_that_the_page_asks_for(program: Program) -> None:
    backend: AdminBackend = program.backend

    assert isinstance(backend, ProfileBackend)


def test_without_an_account_the_start_says_what_to_do(program: Program) -> None:
    with pytest.raises(BackendError, match=r"No SAP AI Core account yet\. Paste a service key"):
        program.backend.start()


def test_from_a_pasted_key_to_the_first_answer(program: Program) -> None:
    steps = list(program.backend.check_key(program.key_text(), ""))
    program.backend.save_account("eu", program.key_text(), ["default"])
    program.backend.start()
    answer = program.backend.test_call("gpt-5")

    assert [step.verdict for step in steps[:4]] == ["ok"] * 4
    assert answer.strip()


def test_the_overview_shows_accounts_models_and_keys_without_their_secrets(served: Program) -> None:
    overview = served.backend.overview()
    key = json.loads(served.key_text())

    assert overview.state == "running"
    assert overview.status.startswith("Running on 127.0.0.1:")
    assert [(one["name"], one["resource_group"], one["problem"]) for one in overview.accounts] == [
        ("eu", "default", None)
    ]
    assert overview.accounts[0]["client_id"]
    assert overview.api_keys[0].hint.startswith("…")
    assert overview.secret_store == "memory, until the program ends"
    assert key["clientsecret"] not in repr(overview)
    assert served.backend.first_key() not in repr(overview)


def test_the_models_table_gets_the_catalogue_a_moment_later(served: Program) -> None:
    deadline = time.monotonic() + 20
    while not any(row.context_length for row in served.backend.overview().models):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    rows = served.backend.overview().models

    assert {"gpt-5"} <= {name for row in rows for name in row.names}
    assert all(row.account == "eu" for row in rows)


def test_several_resource_groups_become_several_accounts(program: Program) -> None:
    program.backend.save_account("eu", program.key_text(), ["default", "team-a"])

    assert program.profile.account_names() == ("eu-default", "eu-team-a")


def test_saving_an_account_starts_a_proxy_that_waited_for_one(program: Program) -> None:
    program.controller.start().result(20)
    program.backend.save_account("eu", program.key_text(), ["default"])

    assert program.backend.overview().state == "running"


@pytest.mark.parametrize("text", ["{", "{}", "[]", "x" * 1_000_000])
def test_a_key_that_cannot_be_used_changes_nothing(program: Program, text: str) -> None:
    before = program.profile.document()
    with pytest.raises(BackendError) as raised:
        program.backend.save_account("eu", text, ["default"])

    assert raised.value.field == "text"
    assert program.profile.document() == before


def test_a_removed_account_is_served_no_more(served: Program) -> None:
    served.backend.save_account("us", served.key_text(1), ["default"])
    served.backend.remove_account("eu")

    assert [one["name"] for one in served.backend.overview().accounts] == ["us"]


def test_a_rotated_key_replaces_the_old_one_at_once(served: Program) -> None:
    old = served.backend.first_key()
    new = served.backend.rotate_api_key(served.profile.api_key_ids()[0])

    assert status_with_key(served, old) == 401
    assert status_with_key(served, new) == 200


def test_a_rotation_leaves_the_server_running(served: Program) -> None:
    engine = served.controller.engine
    served.backend.rotate_api_key(served.profile.api_key_ids()[0])

    assert served.controller.engine is engine


def test_an_added_key_is_valid_and_can_be_revealed_and_removed(served: Program) -> None:
    key = served.backend.add_api_key()
    key_id = served.backend.overview().api_keys[-1].id
    valid = status_with_key(served, key)
    revealed = served.backend.reveal_api_key(key_id)
    served.backend.remove_api_key(key_id)

    assert (valid, revealed) == (200, key)
    assert status_with_key(served, key) == 401


def test_the_last_key_cannot_be_removed(program: Program) -> None:
    with pytest.raises(BackendError, match="last API key"):
        program.backend.remove_api_key(program.profile.api_key_ids()[0])


def test_settings_are_saved_and_served(served: Program) -> None:
    served.backend.save_settings({"include": ["^gpt-"], "aliases": {"mine": "gpt-5"}})
    overview = served.backend.overview()

    assert {name.split("-")[0] for row in overview.models for name in row.names} == {"gpt"}
    assert overview.settings["include"] == ["^gpt-"]
    assert overview.settings["aliases"] == {"mine": "gpt-5"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"port": 99999}, "port"),
        ({"port": "x"}, "port"),
        ({"host": 5}, "host"),
        ({"include": ["("]}, "include"),
        ({"exclude": ["ok", "["]}, "exclude"),
        ({"aliases": {"a": 1}}, "aliases"),
    ],
)
def test_a_setting_that_cannot_work_names_its_field(
    program: Program, values: dict[str, object], field: str
) -> None:
    before = program.profile.document()
    with pytest.raises(BackendError) as raised:
        program.backend.save_settings(values)

    assert raised.value.field == field
    assert program.profile.document() == before


def test_switching_notifications_off_restarts_nothing(served: Program) -> None:
    engine = served.controller.engine
    served.backend.save_settings({"notifications": False})

    assert served.controller.engine is engine
    assert served.controller.snapshot.notifications is False


def test_start_at_login_writes_the_platforms_entry(program: Program) -> None:
    program.backend.save_settings({"start_at_login": True})
    entry = next((program.folder / "autostart").iterdir()).read_text()

    assert "--demo" in entry
    assert program.controller.snapshot.start_at_login


def test_the_free_port_is_taken_when_asked(served: Program) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            free = probe.getsockname()[1]
        served.backend.save_settings({"port": taken})
        failed = served.backend.overview()
        served.backend.start_on_port(free)

    assert failed.state == "failed"
    assert f"Port {taken} is used by" in failed.status
    assert served.backend.overview().base_url == f"http://127.0.0.1:{free}"


def test_a_refresh_in_words(served: Program) -> None:
    assert served.backend.refresh().endswith(" models.")


@pytest.mark.parametrize("command", ["refresh", "test_call"])
def test_what_needs_a_running_proxy_says_so(program: Program, command: str) -> None:
    with pytest.raises(BackendError, match="not running"):
        program.backend.refresh() if command == "refresh" else program.backend.test_call("gpt-5")


def test_an_import_takes_accounts_and_keys(program: Program) -> None:
    config = {
        "subAccounts": {"old": {"service_key_json": json.loads(program.key_text())}},
        "secret_authentication_tokens": ["an-old-key-of-mine"],
    }
    sentence = program.backend.import_config(json.dumps(config))
    program.backend.start()

    assert sentence.startswith("Taken over: 1 account, 1 API keys")
    assert status_with_key(program, "an-old-key-of-mine") == 200


def test_a_config_that_cannot_be_imported_is_told(program: Program) -> None:
    with pytest.raises(BackendError) as raised:
        program.backend.import_config("{ not json")

    assert raised.value.field == "text"


def test_each_client_gets_its_text_with_the_key(served: Program) -> None:
    texts = served.backend.client_settings()

    assert len(texts) == len(Client)
    assert all(served.backend.first_key() in text for text in texts.values())
    assert all(served.controller.snapshot.base_url in texts[name] for name in texts if name != "Cursor")


def test_the_log_is_shown_from_its_end(program: Program) -> None:
    (program.folder / "tray.log").write_text("".join(f"line {number}\n" for number in range(500)))

    assert program.backend.overview().log_lines[-1] == "line 499"
    assert len(program.backend.overview().log_lines) == 200


def test_without_a_keyring_the_user_chooses(tmp_path: Path, sap: Simulator) -> None:
    with running_program(tmp_path, sap, with_store=False) as program:
        program.controller.start().result(20)
        before = program.backend.overview()
        with pytest.raises(BackendError, match="No keyring here"):
            program.backend.add_api_key()
        program.backend.choose_secret_store("memory", "")
        after = program.backend.overview()

    assert (before.secret_store, before.state) == ("", "failed")
    assert "No keyring here. Install one." in before.status
    assert after.secret_store.startswith("memory")
    assert "No SAP AI Core account yet" in after.status


def test_an_encrypted_file_is_opened_with_its_passphrase_again(tmp_path: Path, sap: Simulator) -> None:
    with running_program(tmp_path, sap, with_store=False) as program:
        program.backend.choose_secret_store("file", "a long passphrase")
        key = program.backend.first_key()
    with running_program(tmp_path, sap, with_store=False) as program:
        program.controller.start().result(20)
        closed = program.backend.overview().status
        with pytest.raises(BackendError) as wrong:
            program.backend.choose_secret_store("file", "another passphrase")
        program.backend.choose_secret_store("file", "a long passphrase")

        assert "encrypted file" in closed
        assert wrong.value.field == "passphrase"
        assert program.backend.first_key() == key


def test_no_file_holds_a_secret(served: Program) -> None:
    secrets = [served.backend.first_key(), json.loads(served.key_text())["clientsecret"]]
    files = [path for path in served.folder.rglob("*") if path.is_file()]

    assert any(path.name == "config.json" for path in files)
    assert not [path for path in files for secret in secrets if secret.encode() in path.read_bytes()]

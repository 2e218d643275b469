"""The settings page's backend on a real profile, controller and simulator."""

import http.client
import json
import os
import socket
import time
from pathlib import Path

import pytest

from proxy_core.admin.backend import AdminBackend, BackendError
from proxy_core.client_settings import Client
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore, SecretStoreError
from proxy_core.simulator.faults import ANY_DEPLOYMENT, Fault
from proxy_core.simulator.server import Simulator
from tests.tray_app.desk import Program, running_program
from tray_app.observation import find_free_port
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


def test_without_an_account_the_start_says_what_is_missing(program: Program) -> None:
    with pytest.raises(BackendError, match=r"^No SAP AI Core account yet\.$"):
        program.backend.start()

    assert program.backend.overview().problem == "no_account"


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


def states(program: Program) -> set[str]:
    health = program.backend.overview().health
    return {one["state"] for model in health if model["name"] == "gpt-5" for one in model["deployments"]}


def test_what_rests_is_told_and_asked_again_on_request(served: Program) -> None:
    served.sap.world.faults.set(ANY_DEPLOYMENT, Fault("status", status=429, retry_after="60"))
    with pytest.raises(BackendError):
        served.backend.test_call("gpt-5")
    served.sap.world.faults.clear()
    assert states(served) == {"limited"}

    served.backend.try_again()

    assert states(served) == {"ready"}
    assert served.backend.test_call("gpt-5")


def test_nothing_is_asked_again_while_the_proxy_stands_still(program: Program) -> None:
    assert program.backend.overview().health == ()
    with pytest.raises(BackendError):
        program.backend.try_again()


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


def free_port() -> int:
    """Below the ports that the system gives to others at random."""
    found = find_free_port("127.0.0.1", 24_000 + os.getpid() % 4000)
    assert found is not None
    return found


def test_another_programs_port_is_not_taken_over_into_the_settings(served: Program) -> None:
    """The proxy goes on where it is; the next free port is named."""
    before, url = served.profile.document(), served.backend.overview().base_url
    with socket.create_server(("127.0.0.1", free_port())) as other:
        taken = other.getsockname()[1]
        with pytest.raises(BackendError, match=rf"Port {taken} is used by .*\. Port \d+ is free\.") as raised:
            served.backend.save_settings({"port": taken})

    assert raised.value.field == "port"
    assert served.profile.document() == before
    assert (served.backend.overview().state, served.backend.overview().base_url) == ("running", url)


def test_an_address_that_this_machine_does_not_have_is_refused(served: Program) -> None:
    with pytest.raises(BackendError, match=r"192\.0\.2\.1") as raised:
        served.backend.save_settings({"host": "192.0.2.1"})

    assert raised.value.field == "host"
    assert served.backend.overview().state == "running"


def test_a_port_in_use_is_told_and_the_free_one_taken_when_asked(served: Program) -> None:
    served.backend.stop()
    port = free_port()
    served.profile.change({"port": port})
    with socket.create_server(("127.0.0.1", port)):
        with pytest.raises(BackendError, match=f"Port {port} is used by"):
            served.backend.start()
        failed = served.backend.overview()
        assert failed.free_port is not None
        served.backend.start_on_port(failed.free_port)

    assert (failed.problem, failed.status.count(".")) == ("port_in_use", 2)
    assert served.backend.overview().base_url == f"http://127.0.0.1:{failed.free_port}"


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

    assert sentence.startswith("Taken over: 1 account, 1 API key.")
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

    assert (before.secret_store, before.state, before.problem) == ("", "failed", "no_keyring")
    assert "No keyring here. Install one." in before.status
    assert after.secret_store.startswith("memory")
    assert "No SAP AI Core account yet" in after.status


def test_an_encrypted_file_is_opened_with_its_passphrase_again(tmp_path: Path, sap: Simulator) -> None:
    with running_program(tmp_path, sap, with_store=False) as program:
        program.backend.choose_secret_store("file", "a long passphrase")
        key = program.backend.first_key()
    with running_program(tmp_path, sap, with_store=False) as program:
        program.controller.start().result(20)
        closed = program.backend.overview()
        with pytest.raises(BackendError) as wrong:
            program.backend.choose_secret_store("file", "another passphrase")
        program.backend.choose_secret_store("file", "a long passphrase")

        assert "encrypted file" in closed.status
        assert (closed.secret_store, closed.store_locked, closed.problem) == ("", True, "secrets_locked")
        assert not program.backend.overview().store_locked
        assert wrong.value.field == "passphrase"
        assert program.backend.first_key() == key


def test_no_file_holds_a_secret(served: Program) -> None:
    secrets = [served.backend.first_key(), json.loads(served.key_text())["clientsecret"]]
    files = [path for path in served.folder.rglob("*") if path.is_file()]

    assert any(path.name == "config.json" for path in files)
    assert not [path for path in files for secret in secrets if secret.encode() in path.read_bytes()]


def written_by_hand(program: Program, text: str) -> Path:
    """A `config.json` of the program that somebody edited."""
    file = program.profile.files.path
    file.write_text(text, encoding="utf-8")
    return file


def test_plain_secrets_in_the_configuration_are_told_and_moved_when_asked(program: Program) -> None:
    config = {
        "port": 0,
        "subAccounts": {"eu": {"service_key_json": json.loads(program.key_text())}},
        "secret_authentication_tokens": ["a-key-in-plain-text"],
    }
    file = written_by_hand(program, json.dumps(config))
    program.backend.start()
    before = program.backend.overview()
    sentence = program.backend.secure_secrets()
    after = program.backend.overview()

    assert (before.plain_secrets, after.plain_secrets) == (True, False)
    assert sentence == "Moved into the place for secrets: 1 account, 1 API key."
    assert status_with_key(program, "a-key-in-plain-text") == 200
    texts = file.read_text() + program.profile.files.backup.read_text()
    assert json.loads(program.key_text())["clientsecret"] not in texts
    assert "a-key-in-plain-text" not in texts


def test_a_configuration_of_references_is_not_complained_about(served: Program) -> None:
    assert not served.backend.overview().plain_secrets


def test_a_damaged_configuration_can_be_begun_anew(program: Program) -> None:
    file = written_by_hand(program, '{"port": "many"}')
    program.profile.files.backup.unlink()
    program.controller.start().result(20)
    before = program.backend.overview()
    program.backend.repair("anew")
    after = program.backend.overview()

    assert (before.problem, tuple(before.repairs)) == ("configuration", ("anew",))
    assert (after.problem, tuple(after.repairs)) == ("no_account", ())
    assert (file.parent / "config.json.damaged").read_text() == '{"port": "many"}'


def test_a_damaged_configuration_can_go_back_to_the_last_good_one(served: Program) -> None:
    served.backend.stop()
    written_by_hand(served, '{"port": "many"}')
    served.controller.start().result(20)
    before = served.backend.overview()
    served.backend.repair("backup")
    after = served.backend.overview()

    assert tuple(before.repairs) == ("backup", "anew")
    assert (after.state, [one["name"] for one in after.accounts]) == ("running", ["eu"])


def test_a_configuration_that_works_needs_no_repair(served: Program) -> None:
    assert tuple(served.backend.overview().repairs) == ()


def test_the_page_can_show_the_logs_and_end_the_program(program: Program) -> None:
    program.backend.open_logs()
    program.backend.quit()

    assert program.opened == [str(program.folder)]
    assert program.quits == 1


def test_logs_that_cannot_be_shown_are_named(program: Program) -> None:
    program.opener_works = False

    with pytest.raises(BackendError, match=str(program.folder)):
        program.backend.open_logs()


def test_other_spellings_of_a_model_are_not_counted_twice(served: Program) -> None:
    snapshot = served.controller.snapshot

    assert "claude-sonnet-4-5" in snapshot.spellings
    assert snapshot.spellings < set(snapshot.models)
    assert f"{len(snapshot.models) - len(snapshot.spellings)} models" in served.backend.overview().status


class LockedStore(MemorySecretStore):
    """A keyring that is there and stays locked until somebody opens it."""

    label = "a locked keyring"

    def __init__(self) -> None:
        super().__init__()
        self.locked = True

    def get(self, key: str) -> Secret | None:
        if self.locked:
            raise SecretStoreError("It is locked. Unlock it.")
        return super().get(key)

    def set(self, key: str, value: Secret) -> None:
        if self.locked:
            raise SecretStoreError("It is locked. Unlock it.")
        super().set(key, value)


def test_a_locked_keyring_is_told_and_works_when_it_is_open(tmp_path: Path, sap: Simulator) -> None:
    store = LockedStore()
    with running_program(tmp_path, sap, store=store) as program:
        program.controller.start().result(20)
        before = program.backend.overview()
        store.locked = False
        program.controller.start().result(20)
        after = program.backend.overview()

    assert before.status == "The secrets are locked. It is locked. Unlock it."
    assert (before.problem, before.secret_store, before.store_refuses, before.store_locked) == (
        "secrets_locked", "", True, False,
    )  # fmt: skip
    assert (after.problem, after.secret_store, after.store_refuses) == ("no_account", "a locked keyring", False)

import json
import stat
from typing import Any

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.profile import Profile
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore, SecretStoreError
from tests.settings.config_folder import SERVICE_KEY
from tests.settings.dict_store import Crash, DictStore
from tests.settings.profile_folder import ProfileFolder

OTHER_KEY = {**SERVICE_KEY, "clientid": "other-client"}


def test_fresh_profile_is_empty_and_touches_nothing(place: ProfileFolder) -> None:
    profile = place.profile

    assert (profile.document(), profile.account_names(), profile.api_keys()) == ({}, (), ())
    assert not place.path.exists()


def test_account_is_served_with_its_key(place: ProfileFolder) -> None:
    place.profile.add_account("My account", SERVICE_KEY, "team")

    [account] = place.restart().settings().settings.sub_accounts
    assert (account.name, account.resource_group) == ("My account", "team")
    assert account.service_key is not None
    assert account.service_key.value == SERVICE_KEY


def test_no_file_holds_a_secret(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    _, key = place.profile.ensure_api_key()

    files, secrets = place.everything()

    assert key.reveal() in secrets.values()
    assert not any(b"demo-secret" in text or key.reveal().encode() in text for text in files.values())


def test_files_are_private(place: ProfileFolder) -> None:
    place.path.mkdir(mode=0o755)

    place.profile.change({"port": 4000})

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (place.path, *place.path.iterdir())}
    assert modes == {"config": 0o700, "config.json": 0o600, "config.json.bak": 0o600}


def test_unknown_keys_are_kept(place: ProfileFolder) -> None:
    place.write({"odd": {"a": [1]}, "subAccounts": {"a": {"service_key_json": SERVICE_KEY, "note": "x"}}})

    place.profile.change({"port": 4000})
    place.profile.add_account("a", OTHER_KEY)

    document = place.read()
    assert document["odd"] == {"a": [1]}
    assert document["subAccounts"]["a"]["note"] == "x"


def test_several_resource_groups_share_one_secret(place: ProfileFolder) -> None:
    place.profile.add_accounts(SERVICE_KEY, {"a": "default", "b": "team"})

    assert list(place.store.secrets) == ["service-key/a"]
    assert len(place.profile.settings().settings.sub_accounts) == 2


def test_shared_secret_stays_until_its_last_account_goes(place: ProfileFolder) -> None:
    place.profile.add_accounts(SERVICE_KEY, {"a": "default", "b": "team"})

    place.profile.remove_account("a")
    kept = list(place.store.secrets)
    place.profile.remove_account("b")

    assert (kept, place.store.secrets) == (["service-key/a"], {})


def test_new_key_of_an_account_replaces_the_old_one(place: ProfileFolder) -> None:
    place.write({"subAccounts": {"a": {"service_key_json": SERVICE_KEY, "deployment_ids": {"m": ["d1"]}}}})
    place.profile.add_account("a", SERVICE_KEY)
    place.profile.add_account("a", OTHER_KEY, "team")

    [account] = place.profile.settings().settings.sub_accounts
    assert account.service_key is not None
    assert account.service_key.value == OTHER_KEY
    assert (account.resource_group, account.deployment_ids) == ("team", {"m": ("d1",)})
    assert [json.loads(secret.reveal()) for secret in place.store.secrets.values()] == [OTHER_KEY]


def test_accounts_whose_names_look_alike_keep_their_own_keys(place: ProfileFolder) -> None:
    place.profile.add_account("Prod EU", SERVICE_KEY)
    place.profile.add_account("prod/eu", OTHER_KEY)

    keys = [account.service_key for account in place.profile.settings().settings.sub_accounts]

    assert [key.value for key in keys if key] == [SERVICE_KEY, OTHER_KEY]


def test_oldest_flat_form_becomes_an_account_among_others(place: ProfileFolder) -> None:
    place.write({"service_key_json": SERVICE_KEY, "resource_group": "old"})

    place.profile.add_account("new", OTHER_KEY)

    loaded = place.profile.settings()
    assert [account.name for account in loaded.settings.sub_accounts] == ["default", "new"]
    assert loaded.warnings == ()


@pytest.mark.parametrize("name", ["", "  ", "a\nb"])
def test_account_needs_a_name(place: ProfileFolder, name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        place.profile.add_account(name, SERVICE_KEY)

    assert caught.value.path == "name"
    assert place.store.secrets == {}


def test_account_that_is_not_there_cannot_be_removed(place: ProfileFolder) -> None:
    with pytest.raises(ConfigurationError, match='There is no account "a"'):
        place.profile.remove_account("a")


def test_broken_account_can_be_removed_beside_another_broken_one(place: ProfileFolder) -> None:
    place.write({"subAccounts": {"a": {"service_key_json": "no.json"}, "b": {"service_key_json": {"secret": "x"}}}})

    place.profile.remove_account("a")

    assert place.profile.account_names() == ("b",)


# --- keys of the clients


def test_first_run_makes_a_key_of_256_bits(place: ProfileFolder) -> None:
    key_id, key = place.profile.ensure_api_key()

    assert key_id == "1"
    assert len(key.reveal()) >= 43
    assert place.read()["secret_authentication_tokens"] == [{"secret": "api-key/1"}]
    assert place.profile.settings().settings.api_keys == (key,)


def test_later_runs_keep_the_key(place: ProfileFolder) -> None:
    first = place.profile.ensure_api_key()

    assert place.restart().ensure_api_key() == first


def test_key_that_was_kept_in_a_file_moves_into_the_store(place: ProfileFolder) -> None:
    place.path.mkdir()
    (place.path / "api_key").write_text("key-of-old\n")

    assert place.profile.ensure_api_key() == ("1", Secret("key-of-old"))
    assert "api_key" not in place.names()


def test_key_in_a_file_stays_where_the_store_forgets(place: ProfileFolder) -> None:
    place.path.mkdir()
    (place.path / "api_key").write_text("key-of-old\n")
    profile = Profile(place.path, MemorySecretStore(), place.environ)

    assert profile.ensure_api_key() == ("1", Secret("key-of-old"))
    assert "api_key" in place.names()


def test_key_whose_secret_is_gone_is_replaced_at_the_start(place: ProfileFolder) -> None:
    place.profile.ensure_api_key()
    place.store.secrets.clear()

    key_id, key = place.restart().ensure_api_key()

    assert (key_id, place.profile.settings().settings.api_keys) == ("2", (key,))


def test_keys_that_are_forgotten_at_each_start_do_not_pile_up(place: ProfileFolder) -> None:
    for _ in range(4):
        Profile(place.path, MemorySecretStore(), place.environ).ensure_api_key()

    assert len(place.read()["secret_authentication_tokens"]) == 2


def test_locked_store_makes_no_second_key(place: ProfileFolder) -> None:
    place.profile.ensure_api_key()
    before = place.everything()
    place.store.refuses = {"get"}

    with pytest.raises(SecretStoreError):
        place.restart().ensure_api_key()

    assert place.everything() == before


def test_rotated_key_is_a_new_one_with_the_same_id(place: ProfileFolder) -> None:
    key_id, old = place.profile.ensure_api_key()
    new = place.profile.rotate_api_key(key_id)
    newer = place.profile.rotate_api_key(key_id)

    assert len({old, new, newer}) == 3
    assert place.profile.api_keys() == ((key_id, newer),)
    assert set(place.store.secrets.values()) == {newer}


def test_removed_key_is_gone_and_the_others_stay(place: ProfileFolder) -> None:
    first_id, _ = place.profile.ensure_api_key()
    second_id, second = place.profile.add_api_key()

    place.profile.remove_api_key(first_id)

    assert place.profile.api_keys() == ((second_id, second),)
    assert set(place.store.secrets.values()) == {second}


def test_last_key_cannot_be_removed(place: ProfileFolder) -> None:
    key_id, key = place.profile.ensure_api_key()

    with pytest.raises(ConfigurationError, match="This is the last API key"):
        place.profile.remove_api_key(key_id)

    assert place.profile.api_keys() == ((key_id, key),)


def test_key_beside_one_whose_secret_is_gone_counts_as_the_last(place: ProfileFolder) -> None:
    gone, _ = place.profile.ensure_api_key()
    key_id, _ = place.profile.add_api_key()
    place.store.delete("api-key/1")

    with pytest.raises(ConfigurationError, match="This is the last API key"):
        place.profile.remove_api_key(key_id)

    place.profile.remove_api_key(gone)
    assert place.profile.api_key_ids() == (key_id,)


@pytest.mark.parametrize("call", ["rotate_api_key", "remove_api_key"])
def test_unknown_key_is_told(place: ProfileFolder, call: str) -> None:
    place.profile.ensure_api_key()

    with pytest.raises(ConfigurationError, match='There is no API key "9"'):
        getattr(place.profile, call)("9")


def test_plain_keys_of_the_file_work_and_can_be_replaced(place: ProfileFolder) -> None:
    place.write({"secret_authentication_tokens": ["plain-one", "plain-two"]})
    (one, first), (two, _) = place.profile.api_keys()

    place.profile.remove_api_key(two)
    new = place.profile.rotate_api_key(one)

    assert first == Secret("plain-one")
    assert place.profile.api_keys() == (("1", new),)
    assert not place.profile.holds_plain_secrets()


# --- settings


def test_settings_are_changed_and_taken_back(place: ProfileFolder) -> None:
    place.profile.change({"port": 4000, "model_aliases": {"fast": "gpt-5-mini"}, "notifications": False})
    place.profile.change({"model_aliases": None})

    settings = place.restart().settings().settings
    assert (settings.port, settings.model_aliases) == (4000, {})
    assert place.profile.flag("notifications", True) is False
    assert place.profile.flag("start_at_login", False) is False


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"host": "127.0.0.2", "port": 70000}, "port"),
        ({"host": "127.0.0.2", "model_filters": {"include": ["("]}}, "model_filters.include[0]"),
        ({"host": "127.0.0.2", "model_aliases": {"a": 1}}, "model_aliases.a"),
        ({"host": "127.0.0.2", "notifications": "no"}, "notifications"),
        ({"host": "127.0.0.2", "subAccounts": {}}, "subAccounts"),
        ({"host": "127.0.0.2", "secret_authentication_tokens": []}, "secret_authentication_tokens"),
        ({"host": "127.0.0.2", "prot": 1}, "prot"),
    ],
)
def test_bad_change_names_the_key_and_leaves_everything_as_it_was(
    place: ProfileFolder, values: dict[str, Any], path: str
) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    place.profile.ensure_api_key()
    before = place.everything()

    with pytest.raises(ConfigurationError) as caught:
        place.profile.change(values)

    assert caught.value.path == path
    assert place.everything() == before


def test_bad_setting_in_the_file_can_be_put_right(place: ProfileFolder) -> None:
    place.write({"port": "abc"})

    place.profile.change({"port": 4000})

    assert place.profile.settings().settings.port == 4000


def test_change_asks_the_store_for_nothing(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    place.profile.ensure_api_key()
    place.store.refuses = {"get", "set", "delete"}

    place.profile.change({"port": 4000})

    assert place.read()["port"] == 4000


# --- failures and crashes


def test_refused_secret_leaves_everything_as_it_was(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    before = place.everything()
    place.store.refuses = {"set"}

    with pytest.raises(SecretStoreError):
        place.profile.add_account("a", OTHER_KEY)

    assert place.everything() == before


def test_failed_writing_changes_nothing_and_leaves_no_secret(place: ProfileFolder) -> None:
    class FolderTaker(DictStore):
        """Takes the folder away while a secret is stored."""

        def set(self, key: str, value: Secret) -> None:
            super().set(key, value)
            place.path.rename(place.path.with_name("taken"))
            place.path.write_text("")

    place.profile.add_account("a", SERVICE_KEY)
    before = place.everything()
    taker = FolderTaker()
    taker.secrets = place.store.secrets

    with pytest.raises(ConfigurationError, match=r"config\.json cannot be written"):
        Profile(place.path, taker, place.environ).add_account("b", OTHER_KEY)

    place.path.unlink()
    place.path.with_name("taken").rename(place.path)
    place.restart().change({})
    assert place.everything() == before


def test_secret_that_cannot_be_removed_is_removed_at_the_next_start(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    place.profile.ensure_api_key()
    place.store.refuses = {"delete"}
    place.profile.remove_account("a")
    left = "service-key/a" in place.store.secrets
    place.store.refuses = set()

    place.restart().ensure_api_key()

    assert (left, list(place.store.secrets)) == (True, ["api-key/1"])
    assert place.names() == ["config.json", "config.json.bak"]


def test_crash_before_the_document_leaves_the_old_one_and_no_secret(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    place.store.crashes = {"delete"}
    place.store.refuses = {"set"}
    with pytest.raises(Crash):
        place.profile.add_account("a", OTHER_KEY)
    place.store.secrets["service-key/a.2"] = Secret("half of it")
    place.store.crashes = place.store.refuses = set()

    place.restart().ensure_api_key()

    assert list(place.store.secrets) == ["service-key/a", "api-key/1"]
    assert place.profile.settings().settings.sub_accounts[0].service_key is not None


def test_crash_after_the_document_leaves_the_new_one_and_no_old_secret(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    place.store.crashes = {"delete"}
    with pytest.raises(Crash):
        place.profile.add_account("a", OTHER_KEY)
    place.store.crashes = set()

    place.restart().ensure_api_key()

    [account] = place.profile.settings().settings.sub_accounts
    assert account.service_key is not None
    assert account.service_key.value == OTHER_KEY
    assert list(place.store.secrets) == ["service-key/a.2", "api-key/1"]


def test_note_for_another_store_is_left_to_it(place: ProfileFolder) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    place.store.refuses = {"delete"}
    place.profile.remove_account("a")
    place.store.refuses = set()

    Profile(place.path, MemorySecretStore(), place.environ).ensure_api_key()
    place.restart().ensure_api_key()

    assert "service-key/a" not in place.store.secrets

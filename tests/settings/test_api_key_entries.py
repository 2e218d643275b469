"""API keys with a name and a budget: read, and kept by everything that edits the list."""

from pathlib import Path
from typing import Any

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.api_keys import key_identity, resolve_api_keys
from proxy_core.settings.import_config import import_config
from proxy_core.settings.load import Loaded, load_settings
from proxy_core.settings.model import ApiKeyOptions
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore
from tests.settings.config_folder import ConfigFolder
from tests.settings.profile_folder import ProfileFolder

TOKENS = "secret_authentication_tokens"
CI = ApiKeyOptions(name="ci", daily_tokens=1000)
SAID = {"name": "ci", "daily_tokens": 1000, "note": "kept"}


@pytest.fixture
def place(tmp_path: Path) -> ProfileFolder:
    return ProfileFolder(tmp_path)


def load(folder: ConfigFolder, *entries: Any, **others: Any) -> Loaded:
    store = MemorySecretStore()
    store.set("api-key/1", Secret("stored-key"))
    path = folder.write_json("config.json", {TOKENS: entries, **others})
    return load_settings(path, environ=folder.environ, working_dir=folder.path, secrets=store)


def test_key_in_an_object_has_its_options(folder: ConfigFolder) -> None:
    settings = load(folder, {"key": "some-key", "name": "ci", "daily_tokens": 1000}, "other-key").settings

    assert settings.api_keys == (Secret("some-key"), Secret("other-key"))
    assert settings.api_key_options == {Secret("some-key"): CI}


def test_reference_may_have_options_too(folder: ConfigFolder) -> None:
    settings = load(folder, {"secret": "api-key/1", "name": "ci", "daily_tokens": 1000}).settings

    assert settings.api_key_options == {Secret("stored-key"): CI}


def test_general_budget_is_read(folder: ConfigFolder) -> None:
    assert load(folder, "some-key", daily_tokens=5000).settings.daily_tokens == 5000


def test_options_reach_the_keys_of_the_server(folder: ConfigFolder) -> None:
    settings = load(folder, {"key": "some-key", "name": "ci", "daily_tokens": 1000}).settings

    assert resolve_api_keys(settings).options == {Secret("some-key"): CI}


def test_first_of_two_entries_for_a_key_counts(folder: ConfigFolder) -> None:
    settings = load(folder, {"key": "some-key", "daily_tokens": 1}, {"key": "some-key", "daily_tokens": 2}).settings

    assert settings.api_keys == (Secret("some-key"),)
    assert settings.api_key_options[Secret("some-key")].daily_tokens == 1


def test_unknown_member_is_told_with_the_nearest_known_one(folder: ConfigFolder) -> None:
    [warning] = load(folder, {"key": "some-key", "dayly_tokens": 5}).warnings

    assert warning.startswith(f"config.json: {TOKENS}[0].dayly_tokens is not a known key.")
    assert '"daily_tokens"' in warning


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"key": "k", "daily_tokens": 0}, f"{TOKENS}[0].daily_tokens is 0, but must be from 1"),
        ({"key": "k", "daily_tokens": "5"}, f"{TOKENS}[0].daily_tokens must be a whole number"),
        ({"secret": "api-key/1", "daily_tokens": 1.5}, f"{TOKENS}[0].daily_tokens must be a whole number"),
        ({"key": "k", "name": 5}, f"{TOKENS}[0].name must be text"),
        ({"key": "a b"}, f"{TOKENS}[0].key holds a space"),
        ({"key": "changeme"}, f"{TOKENS}[0].key is a placeholder"),
        ({"key": "k", "secret": "api-key/1"}, f"{TOKENS}[0] holds both `key` and `secret`"),
    ],
)
def test_mistake_in_an_entry_is_told_in_one_line(folder: ConfigFolder, entry: Any, line: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, entry)

    assert str(caught.value).startswith(f"config.json: {line}")
    assert "\n" not in str(caught.value)


def test_identity_does_not_hold_the_key() -> None:
    assert key_identity("some-key") == key_identity("some-key") != key_identity("other-key")
    assert "some" not in key_identity("some-key")


def test_rotated_key_keeps_its_name_and_budget(place: ProfileFolder) -> None:
    key_id, _ = place.profile.ensure_api_key()
    document = place.read()
    document[TOKENS][0] |= SAID
    place.write(document)

    new = place.profile.rotate_api_key(key_id)

    assert SAID.items() <= place.read()[TOKENS][0].items()
    assert place.profile.client_keys().options == {new: CI}
    assert place.profile.api_keys() == ((key_id, new),)


def test_other_changes_of_the_list_leave_an_entry_as_it_is(place: ProfileFolder) -> None:
    place.write({TOKENS: [{"key": "own-key", **SAID}]})
    added, _ = place.profile.add_api_key()
    place.profile.remove_api_key(added)

    assert place.read()[TOKENS] == [{"key": "own-key", **SAID}]


def test_referenced_key_with_options_keeps_its_secret(place: ProfileFolder) -> None:
    """A reference that is not seen as one would be swept away."""
    _, secret = place.profile.ensure_api_key()
    document = place.read()
    document[TOKENS][0] |= SAID
    place.write(document)

    place.profile.change({"port": 3005})
    place.restart().ensure_api_key()

    assert place.profile.client_keys().keys == (secret,)


def test_key_whose_secret_is_gone_gives_its_name_and_budget_to_the_next(place: ProfileFolder) -> None:
    gone = [{"secret": "api-key/1"}, {"secret": "api-key/2", **SAID}]
    place.write({TOKENS: gone})

    _, secret = place.profile.ensure_api_key()

    assert place.profile.client_keys().options[secret] == CI


def test_key_of_an_object_in_the_file_counts_as_plain(place: ProfileFolder) -> None:
    place.write({TOKENS: [{"key": "own-key", **SAID}]})

    assert place.profile.holds_plain_secrets()


def test_import_takes_name_and_budget_along(place: ProfileFolder) -> None:
    import_config(place.profile, '{"secret_authentication_tokens": [{"key": "k1", "daily_tokens": 7}]}')

    [entry] = place.read()[TOKENS]
    assert "key" not in entry
    assert place.profile.client_keys().options == {Secret("k1"): ApiKeyOptions(daily_tokens=7)}


def test_plain_key_of_the_own_file_moves_into_the_store_with_its_options(place: ProfileFolder) -> None:
    place.write({TOKENS: [{"key": "own-key", **SAID}]})
    import_config(place.profile, place.path / "config.json")

    assert not place.profile.holds_plain_secrets()
    assert place.profile.client_keys().options == {Secret("own-key"): CI}


def test_bad_budget_makes_a_change_fail(place: ProfileFolder) -> None:
    place.write({TOKENS: [{"key": "own-key", "daily_tokens": "many"}]})

    with pytest.raises(ConfigurationError, match="daily_tokens must be a whole number"):
        place.profile.change({"port": 3005})

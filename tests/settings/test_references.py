import json
from typing import Any

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.load import Loaded, load_settings
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import MemorySecretStore, OnDemandSecretStore, SecretStore, SecretStoreError
from tests.settings.config_folder import SERVICE_KEY, ConfigFolder

BY_REFERENCE = {
    "subAccounts": {"a": {"service_key_json": {"secret": "service-key/a"}}},
    "secret_authentication_tokens": [{"secret": "api-key/1"}, "plain-key"],
}


def load(folder: ConfigFolder, config: dict[str, Any], secrets: SecretStore | None) -> Loaded:
    path = folder.write_json("config.json", config)
    return load_settings(path, environ=folder.environ, working_dir=folder.path, secrets=secrets)


@pytest.fixture
def store() -> MemorySecretStore:
    store = MemorySecretStore()
    store.set("service-key/a", Secret(json.dumps(SERVICE_KEY)))
    store.set("api-key/1", Secret("stored-key"))
    return store


def locked() -> SecretStore:
    raise SecretStoreError("The keyring is locked. Unlock it.")


def test_reason_of_the_store_is_passed_on(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read: The keyring is locked\. Unlock it\.$"):
        load(folder, {"subAccounts": BY_REFERENCE["subAccounts"]}, OnDemandSecretStore("the keyring", locked))


def test_references_are_resolved(folder: ConfigFolder, store: MemorySecretStore) -> None:
    settings = load(folder, BY_REFERENCE, store).settings

    [account] = settings.sub_accounts
    assert account.service_key is not None
    assert account.service_key.value == SERVICE_KEY
    assert account.service_key.where == 'in the secret "service-key/a"'
    assert settings.api_keys == (Secret("stored-key"), Secret("plain-key"))


def test_config_without_references_never_opens_the_store(folder: ConfigFolder) -> None:
    config = {
        "subAccounts": {"a": {"service_key_json": "key.json"}, "b": {"service_key_json": SERVICE_KEY}},
        "secret_authentication_tokens": ["plain-key"],
    }

    loaded = load(folder, config, OnDemandSecretStore("the keyring", locked))

    assert len(loaded.settings.sub_accounts) == 2


@pytest.mark.parametrize(
    ("config", "secrets", "line"),
    [
        (
            {"subAccounts": BY_REFERENCE["subAccounts"]},
            None,
            'config.json: subAccounts.a.service_key_json names the secret "service-key/a", but no store of secrets',
        ),
        (
            {"subAccounts": BY_REFERENCE["subAccounts"]},
            MemorySecretStore(),
            'config.json: subAccounts.a.service_key_json names the secret "service-key/a", which is not in memory',
        ),
        (
            {"subAccounts": BY_REFERENCE["subAccounts"]},
            OnDemandSecretStore("the keyring", locked),
            'config.json: subAccounts.a.service_key_json names the secret "service-key/a", which cannot be read: ',
        ),
        (
            {"secret_authentication_tokens": [{"secret": "api-key/1"}]},
            MemorySecretStore(),
            'config.json: secret_authentication_tokens[0] names the secret "api-key/1", which is not in memory',
        ),
        (
            {"secret_authentication_tokens": [{"secret": 5}]},
            MemorySecretStore(),
            "config.json: secret_authentication_tokens[0].secret must be text",
        ),
        (
            {"secret_authentication_tokens": [{"name": "x"}]},
            MemorySecretStore(),
            "config.json: secret_authentication_tokens[0].secret must be text",
        ),
    ],
)
def test_reference_that_leads_nowhere_is_one_line(
    folder: ConfigFolder, config: dict[str, Any], secrets: SecretStore | None, line: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, config, secrets)

    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_stored_text_that_is_no_service_key_is_told_without_it(
    folder: ConfigFolder, store: MemorySecretStore
) -> None:
    store.set("service-key/a", Secret("demo-garbage"))

    with pytest.raises(ConfigurationError) as caught:
        load(folder, BY_REFERENCE, store)

    assert "which is not a service key" in str(caught.value)
    assert "demo-garbage" not in str(caught.value)


def test_key_that_is_gone_is_left_out_while_another_is_there(
    folder: ConfigFolder, store: MemorySecretStore
) -> None:
    store.delete("api-key/1")

    loaded = load(folder, BY_REFERENCE, store)

    assert loaded.settings.api_keys == (Secret("plain-key"),)
    assert 'names the secret "api-key/1"' in loaded.warnings[0]


def test_error_carries_the_path_of_the_key_at_fault(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, {"model_filters": {"include": ["("]}}, None)

    assert caught.value.path == "model_filters.include[0]"


def test_keys_of_the_tray_are_known(folder: ConfigFolder) -> None:
    assert load(folder, {"notifications": False, "start_at_login": True}, None).warnings == ()


def test_keys_of_the_tray_are_true_or_false(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError, match="notifications must be true or false, not text"):
        load(folder, {"notifications": "no"}, None)

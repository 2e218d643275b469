import json
from pathlib import Path
from typing import Any

import pytest

from proxy_core.errors import ConfigurationError
from proxy_core.settings.import_config import Imported, import_config
from proxy_core.settings.secret import Secret
from proxy_core.settings.secret_store import SecretStoreError
from tests.settings.config_folder import SERVICE_KEY, ConfigFolder
from tests.settings.profile_folder import ProfileFolder

URL = "https://api.ai.example.com/v2/inference/deployments/d1"
INLINE_KEY = {**SERVICE_KEY, "clientid": "inline-client"}
WHOLE = {
    "subAccounts": {
        "one": {"resource_group": "team", "service_key_json": "key.json", "deployment_ids": {"gpt-4o": ["d1"]}},
        "two": {"service_key_json": INLINE_KEY, "deployment_models": {"gpt-4.1": [URL]}, "note": "kept"},
    },
    "model_filters": {"include_filters": ["^gpt-"], "exclude": ["-test$"]},
    "secret_authentication_tokens": ["demo-key-1", "demo-key-2"],
    "port": 4000,
    "host": "127.0.0.1",
    "odd": {"kept": True},
}


def take(folder: ConfigFolder, place: ProfileFolder, config: Any) -> Imported:
    return import_config(place.profile, folder.write_json("config.json", config), working_dir=folder.path)


def test_whole_config_is_taken_over(folder: ConfigFolder, place: ProfileFolder) -> None:
    taken = take(folder, place, WHOLE)

    settings = place.restart().settings().settings
    assert (taken.accounts, taken.api_keys) == (("one", "two"), 2)
    assert taken.settings == ("model_filters", "port", "host", "odd")
    assert [account.service_key.value for account in settings.sub_accounts if account.service_key] == [
        SERVICE_KEY,
        INLINE_KEY,
    ]
    assert settings.sub_accounts[0].resource_group == "team"
    assert settings.sub_accounts[0].deployment_ids == {"gpt-4o": ("d1",)}
    assert settings.sub_accounts[1].deployment_models == {"gpt-4.1": (URL,)}
    assert settings.api_keys == (Secret("demo-key-1"), Secret("demo-key-2"))
    assert (settings.port, settings.model_filters.include[0].pattern) == (4000, "^gpt-")


def test_profile_holds_references_only(folder: ConfigFolder, place: ProfileFolder) -> None:
    take(folder, place, WHOLE)

    files, secrets = place.everything()

    assert not any(b"demo-" in text or b"inline-client" in text for text in files.values())
    assert len(secrets) == 4
    assert place.read()["subAccounts"]["two"]["note"] == "kept"


def test_original_files_stay_as_they_are(folder: ConfigFolder, place: ProfileFolder) -> None:
    path = folder.write_json("config.json", WHOLE)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.path.iterdir()}

    import_config(place.profile, path)

    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.path.iterdir()} == before


def test_oldest_flat_form_is_taken_as_an_account(folder: ConfigFolder, place: ProfileFolder) -> None:
    taken = take(
        folder, place, {"service_key_json": "key.json", "deployment_models": {"gpt-4o": URL}, "port": 4000}
    )

    [account] = place.profile.settings().settings.sub_accounts
    assert (taken.accounts, taken.settings) == (("default",), ("port",))
    assert account.deployment_models == {"gpt-4o": (URL,)}
    assert place.profile.settings().warnings == ()


def test_text_is_taken_too(place: ProfileFolder, tmp_path: Path) -> None:
    taken = import_config(place.profile, json.dumps({"service_key_json": INLINE_KEY}), working_dir=tmp_path)

    assert taken.accounts == ("default",)


def test_account_whose_key_file_is_not_there_is_left_out(place: ProfileFolder, tmp_path: Path) -> None:
    taken = import_config(place.profile, json.dumps(WHOLE), working_dir=tmp_path)

    assert taken.accounts == ("two",)
    assert "key.json does not exist" in taken.warnings[-1]
    assert taken.warnings[-1].endswith('The account "one" was left out.')


def test_second_import_adds_nothing(folder: ConfigFolder, place: ProfileFolder) -> None:
    first = take(folder, place, WHOLE)
    before = place.everything()

    second = take(folder, place, WHOLE)

    assert (second.accounts, second.api_keys) == (first.accounts, 0)
    assert place.everything() == before


def test_other_account_of_the_same_name_keeps_its_place(folder: ConfigFolder, place: ProfileFolder) -> None:
    place.profile.add_account("one", INLINE_KEY)
    accounts = {"one": {"service_key_json": "key.json"}, "one-2": {"service_key_json": "key.json"}}

    taken = take(folder, place, {"subAccounts": accounts})

    assert taken.accounts == ("one-2", "one-2-2")
    assert place.profile.account_names() == ("one", "one-2", "one-2-2")
    assert place.profile.settings().warnings == ()


def test_account_whose_key_is_gone_gives_way(folder: ConfigFolder, place: ProfileFolder) -> None:
    place.profile.add_account("one", INLINE_KEY)
    place.store.secrets.clear()

    assert take(folder, place, WHOLE).accounts == ("one", "two")


def test_accounts_with_one_key_share_its_secret(folder: ConfigFolder, place: ProfileFolder) -> None:
    accounts = {name: {"service_key_json": "key.json", "resource_group": name} for name in ("a", "b")}

    take(folder, place, {"subAccounts": accounts})

    assert list(place.store.secrets) == ["service-key/a"]


def test_key_of_the_profile_stays_beside_the_new_ones(folder: ConfigFolder, place: ProfileFolder) -> None:
    _, own = place.profile.ensure_api_key()

    take(folder, place, WHOLE)

    assert [key for _, key in place.profile.api_keys()] == [own, Secret("demo-key-1"), Secret("demo-key-2")]


def test_placeholder_key_is_left_out(folder: ConfigFolder, place: ProfileFolder) -> None:
    taken = take(folder, place, {"port": 4000, "secret_authentication_tokens": ["<hidden_key_1>", "real-key"]})

    assert taken.api_keys == 1
    assert "secret_authentication_tokens[0] is a placeholder" in taken.warnings[0]


def test_relative_paths_become_absolute(folder: ConfigFolder, place: ProfileFolder) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        folder.write(name, "demo")

    take(folder, place, {"service_key_json": "key.json", "ca_cert_bundle": "ca.pem"})

    settings = place.profile.settings().settings
    assert settings.ca_file == folder.path / "ca.pem"
    assert settings.tls is not None
    assert settings.tls.cert == folder.path / "cert.pem"
    assert settings.port == 8443


def test_plain_secrets_of_the_own_file_move_into_the_store(place: ProfileFolder) -> None:
    place.write({"service_key_json": SERVICE_KEY, "secret_authentication_tokens": ["demo-key-1"], "odd": 1})
    place.profile.settings()
    assert place.profile.holds_plain_secrets()

    import_config(place.profile, place.path / "config.json")

    files, secrets = place.everything()
    assert not place.profile.holds_plain_secrets()
    assert not any(b"demo-" in text for text in files.values())
    assert sorted(secrets) == ["api-key/1", "service-key/default"]
    assert place.read()["odd"] == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "The config file is not valid JSON"),
        ("[]", "The config file must hold one JSON object"),
        ("x" * 1_000_000, "The config file is not valid JSON"),
        ("{}", "config.json holds nothing that could be taken over"),
        ('{"subAccounts": {"a": {"service_key_json": "no.json"}}}', "config.json: subAccounts.a.service_key_json"),
        ('{"service_key_json": {"a": 1}, "port": "abc"}', "config.json: port must be a whole number"),
        (
            '{"service_key_json": {"a": 1}, "model_filters": {"include": ["("]}}',
            "config.json: model_filters.include",
        ),
        ('{"subAccounts": ["a"]}', "config.json: subAccounts must be an object"),
        ('{"secret_authentication_tokens": 5}', "config.json: secret_authentication_tokens must be a list"),
        ('{"a":' * 900 + "1" + "}" * 900, ""),
    ],
)
def test_config_that_cannot_work_changes_nothing(
    place: ProfileFolder, tmp_path: Path, text: str, line: str
) -> None:
    place.profile.add_account("a", SERVICE_KEY)
    before = place.everything()

    with pytest.raises(ConfigurationError) as caught:
        import_config(place.profile, text, working_dir=tmp_path / "elsewhere")

    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
    assert place.everything() == before


def test_missing_file_is_told(place: ProfileFolder, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.json does not exist"):
        import_config(place.profile, tmp_path / "none.json")


def test_refusing_store_changes_nothing(folder: ConfigFolder, place: ProfileFolder) -> None:
    place.store.refuses = {"set"}

    with pytest.raises(SecretStoreError):
        take(folder, place, WHOLE)

    assert place.everything() == ({}, {})

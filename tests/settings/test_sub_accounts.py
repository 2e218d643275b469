import pytest

from proxy_core.errors import ConfigurationError
from tests.settings.config_folder import SERVICE_KEY, ConfigFolder

URL = "https://api.ai.example.com/v2/inference/deployments/d1"


def test_sub_account_is_read_with_its_key(folder: ConfigFolder) -> None:
    [account] = folder.load_account(
        resource_group="team", deployment_ids={"gpt-4o": ["d1", "d2"]}, deployment_models={"gpt-4.1": [URL]}
    ).settings.sub_accounts

    assert (account.name, account.resource_group, account.discover) == ("a", "team", True)
    assert account.deployment_ids == {"gpt-4o": ("d1", "d2")}
    assert account.deployment_models == {"gpt-4.1": (URL,)}
    assert account.service_key is not None
    assert account.service_key.value == SERVICE_KEY
    assert account.service_key.where == f"in {folder.path / 'key.json'}"


def test_oldest_flat_form_makes_one_sub_account(folder: ConfigFolder) -> None:
    loaded = folder.load({"service_key_json": "key.json", "deployment_models": {"gpt-4o": URL}})

    [account] = loaded.settings.sub_accounts
    assert (account.name, account.resource_group) == ("default", "default")
    assert account.deployment_models == {"gpt-4o": (URL,)}
    assert (loaded.warnings, loaded.settings.unknown) == ((), {})


def test_flat_keys_beside_sub_accounts_are_warned_about(folder: ConfigFolder) -> None:
    loaded = folder.load({"resource_group": "x", "subAccounts": {"a": {"service_key_json": "key.json"}}})

    assert "resource_group at the top level has no effect" in loaded.warnings[0]


def test_key_is_found_beside_the_config_first(folder: ConfigFolder) -> None:
    folder.write_json("deep/key.json", {"clientid": "beside"})
    path = folder.write_json("deep/config.json", {"service_key_json": "key.json"})

    [account] = folder.load(path=path).settings.sub_accounts

    assert account.service_key is not None
    assert account.service_key.value == {"clientid": "beside"}


def test_key_is_found_in_the_working_directory_next(folder: ConfigFolder) -> None:
    path = folder.write_json("deep/config.json", {"service_key_json": "key.json"})

    [account] = folder.load(path=path).settings.sub_accounts

    assert account.service_key is not None
    assert account.service_key.value == SERVICE_KEY


def test_key_may_stand_in_the_config_itself(folder: ConfigFolder) -> None:
    [account] = folder.load({"subAccounts": {"a": {"service_key_json": SERVICE_KEY}}}).settings.sub_accounts

    assert account.service_key is not None
    assert account.service_key.value == SERVICE_KEY
    assert account.service_key.where == "at subAccounts.a.service_key_json in config.json"


@pytest.mark.parametrize(
    ("keys", "needed"),
    [
        ({}, True),
        ({"deployment_models": {"m": [URL]}}, True),
        ({"deployment_models": {"m": [URL]}, "discover": False}, False),
        ({"deployment_ids": {"m": ["d1"]}, "discover": False}, True),
    ],
)
def test_discovery_is_needed_unless_all_is_pinned_by_url(
    folder: ConfigFolder, keys: dict[str, object], needed: bool
) -> None:
    [account] = folder.load_account(**keys).settings.sub_accounts

    assert account.needs_discovery is needed


def test_unknown_key_of_a_sub_account_is_kept_and_warned_about(folder: ConfigFolder) -> None:
    loaded = folder.load_account(resourceGroup="team")

    assert loaded.settings.sub_accounts[0].unknown == {"resourceGroup": "team"}
    assert loaded.warnings == (
        'config.json: subAccounts.a.resourceGroup is not a known key. Did you mean "resource_group"?',
    )


def test_broken_sub_account_is_left_out_while_another_works(folder: ConfigFolder) -> None:
    loaded = folder.load(
        {"subAccounts": {"a": {"service_key_json": "none.json"}, "b": {"service_key_json": "key.json"}}}
    )

    assert [account.name for account in loaded.settings.sub_accounts] == ["b"]
    assert "subAccounts.a.service_key_json" in loaded.warnings[0]
    assert "none.json does not exist" in loaded.warnings[0]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"service_key_json": None}, "subAccounts.a.service_key_json is missing."),
        ({"service_key_json": 1}, "subAccounts.a.service_key_json must be text"),
        ({"service_key_json": "none.json"}, "subAccounts.a.service_key_json: the service key file "),
        ({"service_key_json": "~nobody-of-that-name/x"}, "subAccounts.a.service_key_json: the service key file "),
        ({"service_key_json": "x" * 5000}, "subAccounts.a.service_key_json: the service key file "),
        ({"resource_group": 1}, 'subAccounts.a.resource_group must be text such as "default", not a number.'),
        ({"discover": "no"}, "subAccounts.a.discover must be true or false, not text."),
        ({"deployment_ids": ["d1"]}, "subAccounts.a.deployment_ids must be an object { … }, not a list."),
        ({"deployment_ids": {"gpt-4.1": [1]}}, 'subAccounts.a.deployment_ids."gpt-4.1"[0] must be text'),
        ({"deployment_ids": {"m": 1}}, "subAccounts.a.deployment_ids.m must be a list of ids"),
        ({"deployment_ids": {"m": [URL]}}, "subAccounts.a.deployment_ids.m[0] must be a deployment id"),
        ({"deployment_models": {"m": ["d1"]}}, "subAccounts.a.deployment_models.m[0] is not a valid URL."),
        (
            {"deployment_models": {"m": ["https://api.ai.example.com/v2/inference/deployments/<id>"]}},
            "subAccounts.a.deployment_models.m[0] is not a valid URL.",
        ),
        (
            {"deployment_models": {"m": ["http://api.ai.example.com/v2/inference/deployments/d1"]}},
            "subAccounts.a.deployment_models.m[0] must begin with https://",
        ),
    ],
)
def test_mistake_in_a_sub_account_is_one_line(folder: ConfigFolder, keys: dict[str, object], line: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        folder.load_account(**keys)

    assert str(caught.value).startswith(f"config.json: {line}")
    assert "\n" not in str(caught.value)


def test_plain_http_is_fine_on_this_machine(folder: ConfigFolder) -> None:
    url = "http://127.0.0.1:9000/v2/inference/deployments/d1/"

    [account] = folder.load_account(deployment_models={"m": [url]}).settings.sub_accounts

    assert account.deployment_models == {"m": (url.rstrip("/"),)}


def test_bad_json_in_a_key_file_is_placed_but_not_shown(folder: ConfigFolder) -> None:
    folder.write("key.json", '{"clientsecret": "demo-secret"')

    with pytest.raises(ConfigurationError) as caught:
        folder.load_account()

    assert "line 1, column" in str(caught.value)
    assert "demo-secret" not in str(caught.value)


def test_misspelt_service_key_is_recognised(folder: ConfigFolder) -> None:
    with pytest.raises(ConfigurationError, match=r'service_key_json is missing\. Rename "servicekey" to that'):
        folder.load({"subAccounts": {"a": {"servicekey": "key.json"}}})

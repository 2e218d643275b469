import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy_core.aicore.transport import Timeouts, Transport
from proxy_core.errors import ConfigurationError
from proxy_core.routing.accounts import resolve_accounts, tenants_of
from proxy_core.settings.model import ServiceKeyDocument, Settings, SubAccountSettings
from tests.routing.demo import deployment

KEY = {
    "clientid": "demo-client",
    "clientsecret": "demo-secret",
    "url": "https://demo.authentication.example.com",
    "serviceurls": {"AI_API_URL": "https://api.ai.example.com"},
}


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport(timeouts=Timeouts())
    yield transport
    transport.close()


def no_file(path: Path) -> None:
    """Nothing can be read."""


def settings_with(**keys: Any) -> Settings:
    folder = Path("unused")
    accounts = tuple(
        SubAccountSettings(name, service_key=ServiceKeyDocument(f"in {name}.json", key))
        for name, key in keys.items()
    )
    return Settings(config_dir=folder, state_dir=folder, cache_dir=folder, sub_accounts=accounts)


def test_configured_sub_accounts_are_built(transport: Transport) -> None:
    found = resolve_accounts(settings_with(a=KEY, b=KEY), transport, {"AICORE_SERVICE_KEY": "not read"}, no_file)

    assert list(found.sub_accounts) == ["a", "b"]
    assert found.sub_accounts["a"].base_url == "https://api.ai.example.com/v2"
    assert found.warnings == ()


def test_unusable_key_leaves_its_sub_account_out(transport: Transport) -> None:
    found = resolve_accounts(settings_with(a={}, b=KEY), transport, {}, no_file)

    assert [item.name for item in found.settings.sub_accounts] == list(found.sub_accounts) == ["b"]
    assert "a.json" in found.warnings[0]


def test_no_usable_key_is_an_error(transport: Transport) -> None:
    with pytest.raises(ConfigurationError, match=r"a\.json"):
        resolve_accounts(settings_with(a={}), transport, {}, no_file)


def test_environment_gives_the_sub_account_when_none_is_configured(transport: Transport) -> None:
    environ = {"AICORE_SERVICE_KEY": json.dumps(KEY), "AICORE_RESOURCE_GROUP": "team"}

    found = resolve_accounts(settings_with(), transport, environ, no_file)

    [item] = found.settings.sub_accounts
    assert (item.name, item.resource_group, list(found.sub_accounts)) == ("environment", "team", ["environment"])


def test_nothing_anywhere_is_an_error_that_says_what_to_do(transport: Transport) -> None:
    with pytest.raises(ConfigurationError, match=r"Add one under subAccounts in unused.config\.json"):
        resolve_accounts(settings_with(), transport, {}, no_file)


def test_two_resource_groups_of_a_tenant_share_it(transport: Transport) -> None:
    key = {**KEY, "identityzoneid": "zone"}
    keys = settings_with(a=key, b={**key, "clientid": "another binding"}, c={**key, "identityzoneid": "other"})
    tenants = tenants_of(resolve_accounts(keys, transport, {}, no_file).sub_accounts)
    a, b, c = (tenants.share_of(deployment("d", "gpt-4o", name)) for name in "abc")

    assert a == b
    assert a != c


def test_a_service_key_without_a_tenant_stands_for_itself(transport: Transport) -> None:
    keys = settings_with(a=KEY, b=KEY, c={**KEY, "clientid": "other"})
    tenants = tenants_of(resolve_accounts(keys, transport, {}, no_file).sub_accounts)
    a, b, c = (tenants.share_of(deployment("d", "gpt-4o", name)) for name in "abc")

    assert a == b
    assert a != c

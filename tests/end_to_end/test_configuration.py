"""Config files in all their forms, credentials from everywhere, the cache and the start's warnings, in front of a
simulated SAP AI Core."""

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy_core.simulator.server import Simulator
from proxy_core.simulator.world import demo_world
from tests.end_to_end.user import User

KEY = "key-of-the-test"
SONNET = "anthropic--claude-4.5-sonnet"


@pytest.fixture(scope="module")
def sap() -> Iterator[Simulator]:
    with Simulator(demo_world()) as simulator:
        yield simulator


@pytest.fixture
def user(tmp_path: Path, sap: Simulator) -> User:
    """A user with the service key of `demo-eu` in keys/eu.json."""
    sap.world.requests.clear()
    user = User(tmp_path)
    user.write("keys/eu.json", sap.service_key("demo-eu"))
    return user


def config(*accounts: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = {f"account{number}": account for number, account in enumerate(accounts, 1)}
    return {"subAccounts": named, "secret_authentication_tokens": [KEY], **more}


def deployment(sap: Simulator, model: str, tenant: str = "demo-eu") -> str:
    return sap.world.find(tenant, model).id


def url_of(sap: Simulator, deployment_id: str) -> str:
    return f"{sap.url}/v2/inference/deployments/{deployment_id}"


def paths(sap: Simulator) -> list[str]:
    return [request.path for request in sap.world.requests]


def test_a_key_file_beside_the_config_is_found_from_anywhere(user: User, sap: Simulator, tmp_path: Path) -> None:
    path = user.write("config.json", {**config({"service_key_json": "keys/eu.json"}), "orchestration": False})
    user.work = tmp_path
    with user.running("-c", str(path)) as proxy:
        models = proxy.models(KEY)
        said = proxy.ask("gpt-5", "hello", KEY)

    assert {"gpt-5", "gpt-4o", SONNET, "claude-sonnet-4-5", "gemini-2.5-pro"} <= set(models)
    assert "I am the simulated gpt-5" in said
    assert "gpt-5.4" not in models, "that one runs in the other sub-account"


def test_the_oldest_flat_form_works(user: User, sap: Simulator) -> None:
    flat = {
        "service_key_json": "keys/eu.json",
        "resource_group": "team-a",
        "deployment_models": {},
        "secret_authentication_tokens": [KEY],
        "port": 0,
    }
    user.write("config.json", flat)
    with user.running() as proxy:
        assert proxy.models(KEY) == ["gpt-4o"]
        assert "gpt-4o" in proxy.ask("gpt-4o", "hello", KEY)

    assert sap.world.requests.last().headers["ai-resource-group"] == "team-a"


def test_ids_and_urls_pin_models_beside_each_other(user: User, sap: Simulator) -> None:
    inline = {
        "service_key_json": sap.service_key("demo-eu"),
        "deployment_ids": {"4.5-sonnet": [deployment(sap, SONNET)]},
        "deployment_models": {"my-gpt": [url_of(sap, deployment(sap, "gpt-5-mini"))]},
        "discover": False,
    }
    user.write("config.json", config(inline))
    with user.running() as proxy:
        models = proxy.models(KEY)
        answers = [proxy.ask(name, "hello", KEY) for name in ("4.5-sonnet", "my-gpt", "claude-sonnet-4-5-20250929")]

    assert models[:2] == ["4.5-sonnet", "my-gpt"]
    assert "gpt-5" not in models
    assert [SONNET in answers[0], "gpt-5-mini" in answers[1], SONNET in answers[2]] == [True] * 3


@pytest.mark.parametrize("keys", [("include", "exclude"), ("include_filters", "exclude_filters")])
def test_filters_hold_in_both_spellings(user: User, keys: tuple[str, str]) -> None:
    filters = {keys[0]: ["^gpt-.*", "^claude-.*"], keys[1]: [".*-mini$"]}
    user.write("config.json", config({"service_key_json": "keys/eu.json"}, model_filters=filters))
    with user.running() as proxy:
        models = proxy.models(KEY)

    assert {"gpt-5", "gpt-4o"} <= set(models)
    assert all(name.startswith(("gpt-", "claude-")) and not name.endswith("-mini") for name in models)
    assert re.search(r"INFO .*gpt-5-mini.*\.\*-mini\$", proxy.err), "the log names the pattern"


def aicore_variables(key: dict[str, Any]) -> dict[str, str]:
    return {
        "AICORE_CLIENT_ID": key["clientid"],
        "AICORE_CLIENT_SECRET": key["clientsecret"],
        "AICORE_AUTH_URL": key["url"],
        "AICORE_BASE_URL": key["serviceurls"]["AI_API_URL"] + "/v2",
    }


def test_the_environment_gives_credentials_and_a_key_is_made_once(user: User, sap: Simulator) -> None:
    variables = aicore_variables(sap.service_key("demo-us"))
    with user.running(**variables) as proxy:
        key = proxy.generated_key
        assert "gpt-5.4" in proxy.ask("gpt-5.4", "hello", key)
        proxy.stop()
    file = user.home / "proxy/config/api_key"
    with user.running(**variables) as again:
        assert "gpt-5.4" in again.models(key)

    assert file.read_text().strip() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"It is kept in {file}." in proxy.out
    assert key not in again.out + again.err + proxy.err


def test_the_config_file_of_saps_own_sdk_gives_credentials(user: User, sap: Simulator) -> None:
    folder = user.home / ".aicore"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(aicore_variables(sap.service_key("demo-us"))))
    user.write("config.json", {"secret_authentication_tokens": [KEY]})
    with user.running() as proxy:
        assert "gpt-5.4" in proxy.models(KEY)


def test_mismatches_are_warned_about_in_these_words(user: User, sap: Simulator) -> None:
    wrong = {"gpt-4": "gemini-2.5-pro", "gpt-4.1": "gpt-5", "claude-4.5-haiku": SONNET, "gpt-5": "gpt-5-mini"}
    ids = {name: [deployment(sap, model)] for name, model in wrong.items()}
    user.write("config.json", config({"service_key_json": "keys/eu.json", "deployment_ids": ids}))
    with user.running() as proxy:
        warnings = re.findall(r"WARNING (Configuration mismatch.*)", proxy.err)

    kinds = {"gpt-4": "Family", "gpt-4.1": "Version", "claude-4.5-haiku": "Variant", "gpt-5": "Variant"}
    assert sorted(warnings) == sorted(
        f"Configuration mismatch: Model '{name}' mapped to deployment '{ids[name][0]}' "
        f"which is running '{model}' ({kinds[name]} mismatch)"
        for name, model in wrong.items()
    )


def test_unknown_keys_and_ids_are_warned_about(user: User) -> None:
    first = {"service_key_json": "keys/eu.json", "deployment_ids": {"lost": ["d404"]}, "ressource_group": "x"}
    user.write("config.json", config(first, model_filter={}))
    with user.running() as proxy:
        assert "gpt-5" in proxy.models(KEY)

    assert 'config.json: model_filter is not a known key. Did you mean "model_filters"?' in proxy.err
    assert 'ressource_group is not a known key. Did you mean "resource_group"?' in proxy.err
    [line] = [line for line in proxy.err.splitlines() if "d404" in line]
    assert "WARNING" in line
    assert "account1" in line


def test_the_second_start_uses_the_cache_until_it_is_refreshed(user: User, sap: Simulator) -> None:
    user.write("config.json", config({"service_key_json": "keys/eu.json"}))
    seen = []
    for options in ((), (), ("--refresh-cache",)):
        sap.world.requests.clear()
        with user.running(*options) as proxy:
            seen.append(("Using cache (expires in 6d 23h)" in proxy.err, "/v2/lm/deployments" in paths(sap)))
            assert "gpt-5" in proxy.models(KEY)
            proxy.stop()

    assert seen == [(False, True), (True, False), (False, True)]
    secrets = (sap.service_key("demo-eu")["clientsecret"], KEY)
    stored = [path.read_text() for path in (user.home / "proxy/cache").iterdir()]
    assert not [secret for secret in secrets for text in stored if secret in text]


def test_explicit_urls_start_offline(user: User, sap: Simulator) -> None:
    unreachable = {**sap.service_key("demo-eu"), "url": "http://127.0.0.1:9"}
    account = {"service_key_json": unreachable, "deployment_models": {"gpt-4o": ["http://127.0.0.1:9/v2/d1"]}}
    user.write("config.json", config(account))
    with user.running() as proxy:
        assert proxy.models(KEY) == ["gpt-4o"]


def test_one_broken_sub_account_is_a_warning(user: User, sap: Simulator) -> None:
    wrong = {**sap.service_key("demo-us"), "clientsecret": "marked-wrong-secret"}
    user.write(
        "config.json",
        config({"service_key_json": "keys/eu.json"}, {"service_key_json": wrong}, {"service_key_json": "no.json"}),
    )
    with user.running() as proxy:
        assert "gpt-5" in proxy.models(KEY)
        assert "gpt-5" in proxy.ask("gpt-5", "hello", KEY)

    assert "WARNING Sub-account 'account2' could not be read: SAP refused the service key" in proxy.err
    assert "no.json does not exist. Check the path. The other sub-accounts work without it." in proxy.err
    assert "Traceback" not in proxy.err
    assert "marked-wrong-secret" not in proxy.err


def test_a_wrong_secret_of_the_only_sub_account_ends_the_start(user: User, sap: Simulator) -> None:
    wrong = {**sap.service_key("demo-us"), "clientsecret": "marked-wrong-secret"}
    user.write("config.json", config({"service_key_json": wrong}))
    done = user.run("sap-ai-proxy", "-p", "0")

    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("sap-ai-proxy: Sub-account 'account1' could not be read: SAP refused the service key")
    assert "marked-wrong-secret" not in line


def test_the_simulator_runs_as_a_program_of_its_own(user: User) -> None:
    command = [sys.executable, "-m", "proxy_core.simulator", "--keys", str(user.work / "keys")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        shown = [simulator.stdout.readline() for _ in range(3)]
        accounts = [{"service_key_json": line.split()[1]} for line in shown[1:]]
        user.write("config.json", config(*accounts))
        with user.running() as proxy:
            models = proxy.models(KEY)
            said = proxy.ask("anthropic--claude-4.6-opus", "hello", KEY)
        simulator.terminate()

    assert {"gpt-5-mini", "gpt-5.4"} <= set(models)
    assert "anthropic--claude-4.6-opus" in said

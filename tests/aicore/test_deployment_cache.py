import json
import logging
import stat
import sys
from pathlib import Path

import pytest

from proxy_core.aicore.deployment import Deployment
from proxy_core.aicore.deployment_cache import DeploymentCache, discover_with_cache
from proxy_core.aicore.service_key import parse_service_key
from proxy_core.aicore.sub_account import SubAccount
from proxy_core.aicore.transport import Transport
from tests.aicore.test_deployments import ENTRY, TOKEN, account, page
from tests.aicore.test_service_key import KEY, SECRET
from tests.clock import Clock
from tests.scripted_server import ScriptedServer

DAY = 24 * 3600.0
FOUND = Deployment(
    id="d1",
    url="https://api.example/v2/inference/deployments/d1",
    sub_account="main",
    status="RUNNING",
    model="gpt-4o",
    model_version="latest",
    executable_id="azure-openai",
    scenario_id="foundation-models",
    configuration_name="c",
    created_at=5,
)


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000_000.0)


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> DeploymentCache:
    return DeploymentCache(tmp_path / "cache", clock)


def named(transport: Transport, name: str = "main", group: str = "default") -> SubAccount:
    return SubAccount(name, parse_service_key(KEY, "k"), group, transport)


def stored_file(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "cache").iterdir()
    return path


def test_stored_list_comes_back_with_its_time(cache: DeploymentCache, clock: Clock, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])
    clock.now += DAY

    stored = cache.read(named(transport))

    assert stored is not None
    assert (stored.deployments, stored.expires_in) == ((FOUND,), 6 * DAY)


def test_list_ends_after_seven_days(cache: DeploymentCache, clock: Clock, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])
    clock.now += 7 * DAY

    assert cache.read(named(transport)) is None


def test_clock_set_back_voids_the_list(cache: DeploymentCache, clock: Clock, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])
    clock.now -= DAY

    assert cache.read(named(transport)) is None


def test_other_resource_group_has_its_own_list(cache: DeploymentCache, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])

    assert cache.read(named(transport, group="team")) is None


def test_renamed_sub_account_keeps_its_list(cache: DeploymentCache, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])

    stored = cache.read(named(transport, name="renamed"))

    assert stored is not None
    assert stored.deployments[0].sub_account == "renamed"


def test_file_holds_no_secret_and_no_client_id(
    cache: DeploymentCache, tmp_path: Path, transport: Transport
) -> None:
    cache.write(named(transport), [FOUND])
    path = stored_file(tmp_path)

    assert SECRET not in path.read_text()
    assert KEY["clientid"] not in path.read_text() + path.name


def test_file_is_for_this_user_only(cache: DeploymentCache, tmp_path: Path, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])

    assert sys.platform == "win32" or stat.S_IMODE(stored_file(tmp_path).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": 2, "stored_at": 1000000, "deployments": []}',
        '{"format": 1, "stored_at": "x", "deployments": []}',
        '{"format": 1, "stored_at": 1000000, "deployments": [{"id": "d1"}]}',
        '{"format": 1, "stored_at": 1000000, "deployments": ["d1"]}',
    ],
)
def test_damaged_file_counts_as_none_and_is_written_anew(
    cache: DeploymentCache, tmp_path: Path, transport: Transport, text: str
) -> None:
    cache.write(named(transport), [FOUND])
    stored_file(tmp_path).write_text(text)

    assert cache.read(named(transport)) is None
    cache.write(named(transport), [FOUND])
    assert cache.read(named(transport)) is not None


def test_unsafe_stored_url_is_not_believed(cache: DeploymentCache, tmp_path: Path, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])
    path = stored_file(tmp_path)
    value = json.loads(path.read_text())
    value["deployments"][0]["url"] = "http://evil.example/"
    path.write_text(json.dumps(value))

    assert cache.read(named(transport)) is None


def test_forgotten_lists_are_gone(cache: DeploymentCache, transport: Transport) -> None:
    cache.write(named(transport), [FOUND])
    cache.forget()

    assert cache.read(named(transport)) is None


def test_folder_that_cannot_be_written_is_a_warning(
    tmp_path: Path, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")

    DeploymentCache(tmp_path / "file" / "cache").write(named(transport), [FOUND])

    assert "cannot be written" in caplog.text


def test_second_start_asks_nobody_and_says_so(
    tmp_path: Path, clock: Clock, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    cache = DeploymentCache(tmp_path, clock)
    with ScriptedServer([TOKEN], [page(ENTRY)]) as server:
        main = account(server, transport)
        first = discover_with_cache(main, cache)
        clock.now += 1800
        second = discover_with_cache(main, cache)

        assert (second, len(server.requests)) == (first, 2)
    assert "Using cache (expires in 6d 23h)" in caplog.text


def test_refresh_asks_again(tmp_path: Path, transport: Transport) -> None:
    cache = DeploymentCache(tmp_path)
    with ScriptedServer([TOKEN], [page(ENTRY)], [page()]) as server:
        main = account(server, transport)
        discover_with_cache(main, cache)

        assert discover_with_cache(main, cache, refresh=True) == ()
        assert discover_with_cache(main, cache) == ()

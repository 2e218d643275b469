"""Where engines come from: the profile, the environment, a file of the user's own."""

import json
from pathlib import Path

import pytest

from proxy_core.admin.backend import BackendError
from proxy_core.settings.model import Settings, TlsSettings
from proxy_core.settings.secret_store import MemorySecretStore, SecretStoreError
from proxy_core.simulator.server import Simulator
from tests.tray_app.desk import no_store
from tests.tray_app.proxies import LOG
from tray_app.autostart import XdgAutostart
from tray_app.profile_source import FileSource, ProfileSource, Surroundings, planned_url
from tray_app.snapshot import ProblemKind
from tray_app.texts import ENGLISH


def surroundings(folder: Path, **environ: str) -> Surroundings:
    home = {"AI_CORE_PROXY_HOME": str(folder), "HOME": str(folder), **environ}
    return Surroundings(home, home, XdgAutostart(folder / "autostart"), ENGLISH, LOG)


def profile_source(folder: Path, **environ: str) -> ProfileSource:
    return ProfileSource(folder / "config", MemorySecretStore, surroundings(folder, **environ))


def test_a_new_profile_lacks_an_account_and_has_a_key(tmp_path: Path) -> None:
    source = profile_source(tmp_path)
    problem = source.outline().problem

    assert problem is not None
    assert problem.kind is ProblemKind.NO_ACCOUNT
    assert len(source.api_keys()) == 1


def test_the_environment_may_give_the_account(tmp_path: Path, sap: Simulator) -> None:
    key = json.dumps(sap.service_key(sap.world.tenants[0].name))
    source = profile_source(tmp_path, AICORE_SERVICE_KEY=key)

    assert source.outline().problem is None
    assert source.build_engine().accounts[0].name == "environment"


def test_a_damaged_config_file_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    source = profile_source(tmp_path)
    source.outline()
    file = tmp_path / "config" / "config.json"
    (tmp_path / "config" / "config.json.bak").unlink(missing_ok=True)
    file.write_text("{ broken")
    problem = source.outline().problem

    assert problem is not None
    assert problem.kind is ProblemKind.CONFIGURATION
    assert "config.json" in problem.detail
    assert file.read_text() == "{ broken"


def test_without_a_store_nothing_is_written(tmp_path: Path) -> None:
    source = ProfileSource(tmp_path / "config", no_store, surroundings(tmp_path))
    problem = source.outline().problem

    assert problem is not None
    assert problem.kind is ProblemKind.NO_KEYRING
    assert not (tmp_path / "config").exists()


def test_a_store_that_works_later_is_taken_then(tmp_path: Path) -> None:
    stores = iter([None, MemorySecretStore()])

    def open_store() -> MemorySecretStore:
        store = next(stores)
        if store is None:
            raise SecretStoreError("Locked.")
        return store

    source = ProfileSource(tmp_path / "config", open_store, surroundings(tmp_path))
    first, second = source.outline().problem, source.outline().problem

    assert first is not None
    assert first.kind is ProblemKind.NO_KEYRING
    assert second is not None
    assert second.kind is ProblemKind.NO_ACCOUNT


@pytest.fixture
def own_file(tmp_path: Path, sap: Simulator) -> Path:
    file = tmp_path / "mine.json"
    tenant = sap.world.tenants[0].name
    file.write_text(
        json.dumps({"subAccounts": {"eu": {"service_key_json": sap.service_key(tenant)}}, "port": 4567})
    )
    return file


def test_a_file_of_the_users_own_gives_outline_key_and_engine(tmp_path: Path, own_file: Path) -> None:
    source = FileSource(own_file, no_store, surroundings(tmp_path))
    outline = source.outline()

    assert outline.base_url == "http://127.0.0.1:4567"
    assert [account.name for account in outline.accounts] == ["eu"]
    assert source.build_engine().accounts[0].name == "eu"
    assert source.api_keys() == source.api_keys()


def test_a_file_of_the_users_own_is_not_changed_here(tmp_path: Path, own_file: Path) -> None:
    source = FileSource(own_file, no_store, surroundings(tmp_path))

    with pytest.raises(BackendError, match=r"mine\.json"):
        source.require_profile()


@pytest.mark.parametrize(
    ("host", "secure", "url"),
    [
        ("127.0.0.1", False, "http://127.0.0.1:3001"),
        ("0.0.0.0", False, "http://127.0.0.1:3001"),
        ("::", False, "http://[::1]:3001"),
        ("proxy.example", True, "https://proxy.example:3001"),
    ],
)
def test_the_address_to_come(tmp_path: Path, host: str, secure: bool, url: str) -> None:
    tls = TlsSettings(tmp_path, tmp_path) if secure else None
    settings = Settings(tmp_path, tmp_path, tmp_path, host=host, tls=tls)

    assert planned_url(settings) == url

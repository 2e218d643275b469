"""A command line on a config file that refers to secrets, with a real keyring."""

import json
from pathlib import Path

import pytest

from proxy_core.cli.inspect import main
from proxy_core.settings.keyring_store import open_keyring_store
from proxy_core.settings.secret import Secret
from tests.cli.lm_server import run_lm_server
from tests.session_bus import SessionBus

CONFIG = {"subAccounts": {"a": {"service_key_json": {"secret": "service-key/a"}}}}


def use(bus: SessionBus, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, bus.environ[name])


def inspect(folder: Path) -> int:
    path = folder / "config.json"
    path.write_text(json.dumps(CONFIG))
    return main(["-c", str(path)], {"AI_CORE_PROXY_HOME": str(folder / "home"), "HOME": str(folder)})


def test_service_key_comes_from_the_keyring(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with SessionBus(tmp_path / "bus") as bus:
        use(bus, monkeypatch)
        bus.start_keyring()
        with run_lm_server() as lm:
            lm.add("d1", "gpt-4o")
            open_keyring_store().set("service-key/a", Secret(json.dumps(lm.service_key())))

            code = inspect(tmp_path)

    assert code == 0
    assert "d1" in capsys.readouterr().out


def test_machine_without_a_keyring_gets_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with SessionBus(tmp_path / "bus") as bus:
        use(bus, monkeypatch)

        code = inspect(tmp_path)

    [line] = capsys.readouterr().err.splitlines()
    assert code == 2
    assert (
        'subAccounts.a.service_key_json names the secret "service-key/a", which cannot be read: No keyring' in line
    )

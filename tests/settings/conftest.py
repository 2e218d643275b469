from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.session_bus import SessionBus
from tests.settings.config_folder import ConfigFolder
from tests.settings.profile_folder import ProfileFolder


@pytest.fixture
def folder(tmp_path: Path) -> ConfigFolder:
    return ConfigFolder(tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> ProfileFolder:
    return ProfileFolder(tmp_path)


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionBus]:
    """A session bus of the test's own, which this process uses too."""
    with SessionBus(tmp_path) as started:
        for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
            monkeypatch.setenv(name, started.environ[name])
        yield started

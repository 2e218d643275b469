import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.settings.config_folder import ConfigFolder
from tests.settings.profile_folder import ProfileFolder
from tests.settings.session_bus import SessionBus, session_bus


@pytest.fixture
def folder(tmp_path: Path) -> ConfigFolder:
    return ConfigFolder(tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> ProfileFolder:
    return ProfileFolder(tmp_path)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionBus]:
    """A session bus of the test's own, which this process uses too. Its folder is short, as sockets want it."""
    with tempfile.TemporaryDirectory(prefix="bus-") as folder, session_bus(Path(folder)) as started:
        for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
            monkeypatch.setenv(name, started.environ[name])
        yield started

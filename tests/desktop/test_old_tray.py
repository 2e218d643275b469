"""Desktops with the old X11 tray alone: found by its selection, and served by GTK where that is installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib.display import Display

from tests.desktop.desktop import Desktop
from tray_app.linux.hosts import LinuxTray, find_tray
from tray_app.tray.availability import TrayAvailability, ask_linux
from tray_app.tray.backends import TrayBackend, choose_linux_backend


@pytest.fixture(scope="module")
def bare_desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desktop]:
    """A display and a bus without any panel."""
    with Desktop(tmp_path_factory.mktemp("bare")) as desktop:
        yield desktop


@pytest.fixture
def old_tray(bare_desktop: Desktop) -> Iterator[Desktop]:
    display = Display(bare_desktop.environ["DISPLAY"])
    window = display.screen().root.create_window(0, 0, 1, 1, 0, display.screen().root_depth)
    window.set_selection_owner(display.intern_atom("_NET_SYSTEM_TRAY_S0"), 0)
    display.sync()
    yield bare_desktop
    display.close()


def test_old_tray_is_found(old_tray: Desktop) -> None:
    assert find_tray(old_tray.environ) is LinuxTray.XEMBED


def test_bare_display_has_no_tray(bare_desktop: Desktop) -> None:
    assert find_tray(bare_desktop.environ) is LinuxTray.NO_HOST


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # python-xlib leaves its sockets open
def test_display_that_is_gone_has_no_tray(bare_desktop: Desktop) -> None:
    assert find_tray({**bare_desktop.environ, "DISPLAY": ":9999"}) is LinuxTray.NO_HOST


@pytest.mark.parametrize(
    ("has_gtk", "backend", "availability"),
    [
        (True, TrayBackend.APPINDICATOR, TrayAvailability.AVAILABLE),
        (False, TrayBackend.STATUS_NOTIFIER, TrayAvailability.NO_HOST),
    ],
    ids=["with GTK", "without GTK"],
)
def test_old_tray_needs_gtk(
    has_gtk: bool, backend: TrayBackend, availability: TrayAvailability, old_tray: Desktop
) -> None:
    assert choose_linux_backend(old_tray.environ, has_gtk=has_gtk) is backend
    assert ask_linux(old_tray.environ, has_gtk=has_gtk) is availability


def test_missing_program_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests fail with the name of what they lack; they are never skipped."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(FileNotFoundError, match=r"Xvfb is missing\. Run .*prerequisites\.sh"):
        Desktop(tmp_path).__enter__()

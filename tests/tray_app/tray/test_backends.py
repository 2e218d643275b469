"""Which library serves which system, and that loading one leaves no trace."""

import os
import subprocess
import sys

import pytest

from tray_app.icons import TrayTheme
from tray_app.tray import TrayAvailability, TrayBackend, resolve_backend, tray_available
from tray_app.tray.backends import TrayBrokenError, import_pystray, load_backend
from tray_app.tray.theme import resolve_tray_theme


@pytest.mark.parametrize(
    ("platform", "backend"),
    [("win32", TrayBackend.WINDOWS), ("darwin", TrayBackend.MACOS), ("linux", TrayBackend.STATUS_NOTIFIER)],
)
def test_each_system_has_its_backend(platform: str, backend: TrayBackend) -> None:
    assert resolve_backend({}, platform) is backend


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_windows_and_macos_always_have_a_tray(platform: str) -> None:
    assert tray_available({}, platform=platform) is TrayAvailability.AVAILABLE


def test_macos_takes_template_pictures() -> None:
    assert resolve_tray_theme({}, None, "darwin") is TrayTheme.TEMPLATE


def test_library_of_another_system_is_broken() -> None:
    foreign = TrayBackend.WINDOWS if sys.platform == "darwin" else TrayBackend.MACOS

    with pytest.raises(TrayBrokenError, match="Error: "):
        load_backend(foreign)


@pytest.mark.parametrize("previous", [None, "gtk"])
def test_choice_of_backend_leaves_the_environment(previous: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that the tray starts must not inherit it."""
    if previous:
        monkeypatch.setenv("PYSTRAY_BACKEND", previous)
    else:
        monkeypatch.delenv("PYSTRAY_BACKEND", raising=False)

    import_pystray("dummy")

    assert os.environ.get("PYSTRAY_BACKEND") == previous


def test_importing_the_tray_loads_no_desktop_library() -> None:
    """pystray connects to the display when it is imported."""
    code = "import sys, tray_app.tray; print(sorted({'pystray', 'jeepney', 'Xlib', 'gi'} & set(sys.modules)))"

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"

"""Which tray library serves this system, and how it is loaded. pystray's own `xorg` is never taken: it has no menu.

Source for the latter: https://github.com/moses-palmer/pystray/issues/159.
"""

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from types import ModuleType
from typing import Any

__all__ = [
    "LoadedBackend",
    "TrayBackend",
    "TrayBrokenError",
    "call_at_once",
    "choose_linux_backend",
    "load_backend",
]

PYSTRAY_VARIABLE = "PYSTRAY_BACKEND"


class TrayBrokenError(Exception):
    """The tray library cannot be used on this system; the text says why."""


class TrayBackend(StrEnum):
    """STATUS_NOTIFIER is our own one, also where no host is there yet. APPINDICATOR: GTK, for old X11 trays."""

    STATUS_NOTIFIER = "status_notifier"
    APPINDICATOR = "appindicator"
    WINDOWS = "win32"
    MACOS = "darwin"


@dataclass(frozen=True, slots=True)
class LoadedBackend:
    """`build_icon` takes pystray's arguments for an icon and `linux_on_theme`. `in_gui_thread` calls a function
    where the system allows changes of its tray; `escape` keeps a label's text from being read as an access key."""

    pystray: ModuleType
    build_icon: Callable[..., Any]
    in_gui_thread: Callable[[Callable[[], None]], None]
    escape: Callable[[str], str]


def resolve_backend(environ: Mapping[str, str], platform: str = sys.platform) -> TrayBackend:
    """Asks the desktop where it has to, which may take some milliseconds. Never raises."""
    match platform:
        case "win32":
            return TrayBackend.WINDOWS
        case "darwin":
            return TrayBackend.MACOS
        case _:
            return choose_linux_backend(environ, has_gtk=find_spec("gi") is not None)


def choose_linux_backend(environ: Mapping[str, str], *, has_gtk: bool) -> TrayBackend:
    from tray_app.linux.hosts import LinuxTray, find_tray

    if has_gtk and find_tray(environ) is LinuxTray.XEMBED:
        return TrayBackend.APPINDICATOR
    return TrayBackend.STATUS_NOTIFIER


def load_backend(backend: TrayBackend) -> LoadedBackend:
    """Raises TrayBrokenError. Call it on the main thread."""
    try:
        return LOADERS[backend]()
    except (
        Exception
    ) as error:  # these libraries raise what their toolkits raise: ValueError, AttributeError, Xlib's
        raise TrayBrokenError(f"{type(error).__name__}: {error}") from error


def import_pystray(backend: str) -> ModuleType:
    """pystray chooses its backend while it is imported, by a variable; without one it tries them all."""
    previous = os.environ.get(PYSTRAY_VARIABLE)
    os.environ[PYSTRAY_VARIABLE] = backend
    try:
        return importlib.import_module("pystray")
    finally:
        del os.environ[PYSTRAY_VARIABLE]
        if previous is not None:
            os.environ[PYSTRAY_VARIABLE] = previous


def call_at_once(function: Callable[[], None]) -> None:
    function()


def load_status_notifier() -> LoadedBackend:
    pystray = import_pystray("dummy")
    from tray_app.linux.sni_icon import SniIcon

    return LoadedBackend(pystray, SniIcon, call_at_once, str)


def load_appindicator() -> LoadedBackend:
    pystray = import_pystray("appindicator")
    from tray_app.linux.indicator_icon import IndicatorIcon

    return LoadedBackend(pystray, IndicatorIcon, call_at_once, str)


def load_windows() -> LoadedBackend:
    pystray = import_pystray("win32")
    from tray_app.tray.windows import WindowsIcon
    from tray_app.tray.windows_text import escape_access_key

    return LoadedBackend(pystray, WindowsIcon, call_at_once, escape_access_key)


def load_macos() -> LoadedBackend:
    pystray = import_pystray("darwin")
    from tray_app.tray.macos import MacIcon, call_on_main_thread

    return LoadedBackend(pystray, MacIcon, call_on_main_thread, str)


LOADERS: Mapping[TrayBackend, Callable[[], LoadedBackend]] = {
    TrayBackend.STATUS_NOTIFIER: load_status_notifier,
    TrayBackend.APPINDICATOR: load_appindicator,
    TrayBackend.WINDOWS: load_windows,
    TrayBackend.MACOS: load_macos,
}

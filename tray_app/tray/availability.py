"""Whether an icon would be seen at all. Nothing tells a program that its icon is not shown; it asks before."""

import os
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from importlib.util import find_spec

__all__ = ["TrayAvailability", "tray_available"]

POLL_SECONDS = 0.25
LIBRARIES = {"linux": ("pystray", "PIL", "jeepney"), "win32": ("pystray", "PIL"), "darwin": ("pystray", "PIL")}


class TrayAvailability(StrEnum):
    """NO_HOST: the desktop shows no tray icons. NO_BUS: Linux without a desktop session. BROKEN: not installed."""

    AVAILABLE = "available"
    NO_HOST = "no_host"
    NO_BUS = "no_bus"
    BROKEN = "broken"


def tray_available(
    environ: Mapping[str, str] = os.environ, *, platform: str = sys.platform, patience: float = 0.0
) -> TrayAvailability:
    """Asks now and again until there is a host or `patience` seconds are over: a program that starts at login is
    often there before the panel. Never raises, never hangs."""
    if any(find_spec(name) is None for name in LIBRARIES.get(platform, LIBRARIES["linux"])):
        return TrayAvailability.BROKEN
    if platform in ("win32", "darwin"):
        return TrayAvailability.AVAILABLE
    deadline = time.monotonic() + patience
    while (answer := ask_linux(environ, has_gtk=find_spec("gi") is not None)) is TrayAvailability.NO_HOST:
        if time.monotonic() >= deadline:
            return answer
        time.sleep(POLL_SECONDS)
    return answer


def ask_linux(environ: Mapping[str, str], *, has_gtk: bool) -> TrayAvailability:
    from tray_app.linux.hosts import LinuxTray, find_tray

    match find_tray(environ):
        case LinuxTray.STATUS_NOTIFIER:
            return TrayAvailability.AVAILABLE
        case LinuxTray.XEMBED:
            return TrayAvailability.AVAILABLE if has_gtk else TrayAvailability.NO_HOST
        case LinuxTray.NO_HOST:
            return TrayAvailability.NO_HOST
        case LinuxTray.NO_BUS:
            return TrayAvailability.NO_BUS

"""pystray's GTK icon for desktops that only have the old X11 tray, with its traps taken out.

Its own notifier raises without a notification service and then hangs the program; its loop takes Ctrl-C away.
"""

import os
import threading

from pystray._appindicator import Icon

from tray_app.linux.notifications import notify_once
from tray_app.linux.session_bus import find_bus_address

__all__ = ["IndicatorIcon"]


class ThreadedNotifier:
    """Stands where pystray's GTK icon keeps its notifier."""

    def __init__(self, program: str) -> None:
        self._program = program

    def notify(self, title: str, message: str, _icon_path: object = None) -> None:
        if address := find_bus_address(os.environ):
            arguments = (address, self._program, title, message)
            threading.Thread(target=notify_once, args=arguments, name="notification", daemon=True).start()

    def hide(self) -> None:
        """Nothing: a notification goes by itself."""


class IndicatorIcon(Icon):  # type: ignore[misc]  # pystray has no types
    def _initialize(self) -> None:
        self._notifier = ThreadedNotifier(self.name)
        self._mark_ready()

"""pystray's icon for Windows, with the menu left alone while it is open. Imported on Windows only."""

from typing import Any

from pystray._util import win32
from pystray._win32 import Icon

from tray_app.tray.menu_guard import MenuGuard

__all__ = ["WindowsIcon"]


class WindowsIcon(Icon):  # type: ignore[misc]  # pystray has no types
    """Texts must be cut to Windows' limits before: ctypes refuses longer ones."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._guard = MenuGuard(super()._update_menu)
        super().__init__(*args, **kwargs)

    def _update_menu(self) -> None:
        self._guard.update()

    def _on_notify(self, wparam: int, lparam: int) -> None:
        if lparam != win32.WM_RBUTTONUP:
            super()._on_notify(wparam, lparam)
            return
        with self._guard.opened():
            super()._on_notify(wparam, lparam)

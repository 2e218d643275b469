"""The icon in the system's tray: the one place, with `tray_app.linux`, that knows pystray.

Importing this package loads neither pystray nor any desktop library: those connect to the display when they are
imported, and fail with errors of every kind.
"""

from tray_app.tray.availability import TrayAvailability, tray_available
from tray_app.tray.backends import TrayBackend, resolve_backend
from tray_app.tray.tray import Tray

__all__ = ["Tray", "TrayAvailability", "TrayBackend", "resolve_backend", "tray_available"]

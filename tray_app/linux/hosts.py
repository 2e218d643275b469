"""Which kind of tray this desktop has: asked once, over the bus and, where there is none, of the X server."""

import logging
from collections.abc import Mapping
from contextlib import closing
from enum import StrEnum

from jeepney import DBusAddress, new_method_call

from tray_app.linux.session_bus import BusError, SessionBus, bus_call, find_bus_address, read_reply
from tray_app.linux.status_notifier import WATCHER

__all__ = ["LinuxTray", "find_tray"]

PROPERTIES = DBusAddress("/StatusNotifierWatcher", WATCHER, "org.freedesktop.DBus.Properties")
XEMBED_SELECTION = "_NET_SYSTEM_TRAY_S"

log = logging.getLogger(__name__)


class LinuxTray(StrEnum):
    """XEMBED: only the old kind of X11 tray. NO_HOST: neither, as on GNOME without its extension."""

    STATUS_NOTIFIER = "status_notifier"
    XEMBED = "xembed"
    NO_HOST = "no_host"
    NO_BUS = "no_bus"


def find_tray(environ: Mapping[str, str]) -> LinuxTray:
    """Takes a few milliseconds, and at most some seconds where the bus does not answer. Never raises."""
    address = find_bus_address(environ)
    if address is None:
        return LinuxTray.NO_BUS
    try:
        if has_notifier_host(address):
            return LinuxTray.STATUS_NOTIFIER
    except BusError as error:
        log.info("%s", error)
        return LinuxTray.NO_BUS
    return LinuxTray.XEMBED if has_xembed_tray(environ) else LinuxTray.NO_HOST


def has_notifier_host(address: str) -> bool:
    """A watcher alone shows nothing: it must know a host. Raises BusError."""
    bus = SessionBus(address)
    try:
        owned = read_reply(bus.ask(bus_call("NameHasOwner", "s", (WATCHER,))), "b")
        if owned != (True,):
            return False
        question = new_method_call(PROPERTIES, "Get", "ss", (WATCHER, "IsStatusNotifierHostRegistered"))
        return read_reply(bus.ask(question), "v") == (("b", True),)
    finally:
        bus.close()


def has_xembed_tray(environ: Mapping[str, str]) -> bool:
    """Whether some program owns the tray selection of the display's screen."""
    name = environ.get("DISPLAY")
    if not name:
        return False
    from Xlib import display, error  # python-xlib comes with pystray on Linux alone

    try:
        with closing(display.Display(name)) as x_display:
            selection = x_display.intern_atom(f"{XEMBED_SELECTION}{x_display.get_default_screen()}")
            return bool(x_display.get_selection_owner(selection))
    except (error.DisplayError, error.ConnectionClosedError, error.XError, OSError) as failure:
        log.info("The X display %s cannot be asked: %s", name, failure)
        return False

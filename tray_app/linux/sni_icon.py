"""The tray icon of Linux as a pystray icon class: StatusNotifierItem and menu on one session bus connection.

The loop runs in the thread that calls `run`. Changes come from any thread: they are noted and shown by the loop, so
they also survive the time in which there is no bus. Never raises for a missing bus; it looks for one again.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from jeepney import HeaderFields, Message
from pystray._base import Icon, Menu, MenuItem

from tray_app.icons import TrayTheme
from tray_app.linux.colour_scheme import (
    SIGNAL_RULE,
    build_scheme_question,
    decode_scheme_answer,
    decode_scheme_signal,
)
from tray_app.linux.dbus_menu import DBusMenu
from tray_app.linux.exported import answer_call
from tray_app.linux.menu_tree import MenuRow
from tray_app.linux.notifications import Notifier
from tray_app.linux.pixmaps import build_pixmap, build_pixmaps
from tray_app.linux.session_bus import BusError, SessionBus, bus_call, find_bus_address, read_reply
from tray_app.linux.status_notifier import WATCHER, StatusNotifierItem, build_item_name, build_registration

__all__ = ["SniIcon", "build_rows"]

RETRY_SECONDS = 2.0
LOST_SECONDS = 6.0
DO_NOT_QUEUE = 4
PRIMARY_OWNER = 1
WATCHER_RULE = (
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
    f"member='NameOwnerChanged',arg0='{WATCHER}'"
)

log = logging.getLogger(__name__)


class SniIcon(Icon):  # type: ignore[misc]  # pystray has no types
    """`linux_on_theme` (optional) is called in the loop's thread when the desktop says whether it is dark."""

    HAS_DEFAULT_ACTION = False
    HAS_MENU_RADIO = False

    def __init__(
        self, *args: Any, linux_on_theme: Callable[[TrayTheme | None], None] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._on_theme = linux_on_theme
        self._bus: SessionBus | None = None
        self._ended = threading.Event()
        self._item = StatusNotifierItem(self.name, self._emit, self)
        self._dbus_menu = DBusMenu(self._emit)
        self._objects = {each.path: each for each in (self._item.exported(), self._dbus_menu.exported())}
        self._notifier: Notifier | None = None
        self._served_until: float | None = None
        self._lock = threading.Lock()
        self._changes: dict[str, Callable[[], None]] = {}

    def _run(self) -> None:
        """Serves until `stop`. Without a bus it tries again every RETRY_SECONDS; one that was there and stays away
        for LOST_SECONDS means that the user's session has ended, and the run with it."""
        self._mark_ready()
        told = ""
        while not self._ended.is_set() and not self._is_session_over():
            try:
                self._serve()
            except BusError as error:
                if str(error) != told:
                    told = str(error)
                    log.warning("The tray has no session bus: %s", error)
                self._ended.wait(RETRY_SECONDS)

    def _is_session_over(self) -> bool:
        return self._served_until is not None and time.monotonic() - self._served_until > LOST_SECONDS

    def _run_detached(self) -> None:
        threading.Thread(target=self._run, name="tray").start()

    def _stop(self) -> None:
        self._ended.set()
        if bus := self._bus:
            bus.stop()

    def _serve(self) -> None:
        address = find_bus_address(os.environ)
        if address is None:
            raise BusError("neither DBUS_SESSION_BUS_ADDRESS nor a bus of the user's session is there")
        bus = SessionBus(address, self._on_call, self._on_signal)
        served = False
        try:
            self._announce(bus)
            served = True
            bus.run()
        finally:
            if served:
                self._served_until = time.monotonic()
            self._bus = self._notifier = None
            bus.close()

    def _announce(self, bus: SessionBus) -> None:
        """Shows itself on the bus, whole before anyone can look."""
        self._notifier = Notifier(self.name, bus.call)
        self._bus = bus
        self._apply_changes()
        item_name = build_item_name(os.getpid())
        owner = read_reply(bus.ask(bus_call("RequestName", "su", (item_name, DO_NOT_QUEUE))), "u")
        self._item_name = item_name if owner == (PRIMARY_OWNER,) else bus.unique_name
        for rule in (WATCHER_RULE, SIGNAL_RULE):
            bus.ask(bus_call("AddMatch", "s", (rule,)))
        if self._ended.is_set():
            bus.stop()
        self._register()
        if self._on_theme:
            bus.call(build_scheme_question(), lambda reply: self._tell_theme(decode_scheme_answer(reply)))

    def _register(self) -> None:
        if self._bus:
            self._bus.call(build_registration(self._item_name), self._on_registered)

    def _on_registered(self, reply: Message | None) -> None:
        if read_reply(reply, "") is None:
            log.info("No tray took the icon; it is offered again when one appears")

    def _tell_theme(self, theme: TrayTheme | None) -> None:
        if self._on_theme:
            self._on_theme(theme)

    def _on_call(self, message: Message) -> Message:
        return answer_call(self._objects, message)

    def _on_signal(self, message: Message) -> None:
        fields = message.header.fields
        match fields.get(HeaderFields.member), fields.get(HeaderFields.signature):
            case "NameOwnerChanged", "sss" if message.body[0] == WATCHER and message.body[2]:
                self._register()
            case "SettingChanged", _ if theme := decode_scheme_signal(message):
                self._tell_theme(theme)

    def _emit(self, signal: Message) -> None:
        if self._bus:
            self._bus.send(signal)

    def _change(self, kind: str, change: Callable[[], None]) -> None:
        """Has the loop do the change, now or when there is a bus. A later one of its kind takes its place."""
        with self._lock:
            self._changes[kind] = change
        if bus := self._bus:
            bus.post(self._apply_changes)

    def _apply_changes(self) -> None:
        with self._lock:
            changes, self._changes = self._changes, {}
        for change in changes.values():
            change()

    def _show(self) -> None:
        self._update_title()
        self._change("visible", lambda: self._item.set_visible(True))

    def _hide(self) -> None:
        self._change("visible", lambda: self._item.set_visible(False))

    def _update_icon(self) -> None:
        pixmaps = build_pixmaps(self._icon)
        self._icon_valid = True
        self._change("icon", lambda: self._item.set_pixmaps(pixmaps))

    def _update_title(self) -> None:
        title = self._title
        self._change("title", lambda: self._item.set_tooltip(title))

    def _update_menu(self) -> None:
        rows = build_rows(self, self._menu)
        self._change("menu", lambda: self._dbus_menu.replace(rows))

    def _notify(self, message: str, title: str | None = None) -> None:
        picture = build_pixmap(self._icon) if self._icon else None

        def show() -> None:
            if self._notifier:
                self._notifier.notify(title or self._title, message, picture)

        if self._bus:
            self._change("notification", show)

    def _remove_notification(self) -> None:
        """Nothing: a notification goes by itself."""


def build_rows(icon: Icon, menu: Menu | None) -> tuple[MenuRow, ...]:
    """A pystray menu as rows. An item may carry a `key` that tells it for ever; without one its text does."""
    return tuple(build_row(icon, item) for item in menu or ())


def build_row(icon: Icon, item: MenuItem) -> MenuRow:
    if item is Menu.SEPARATOR:
        return MenuRow("separator", separator=True)
    children = build_rows(icon, item.submenu) if item.submenu else ()
    return MenuRow(
        key=getattr(item, "key", item.text),
        label=item.text,
        enabled=bool(item.enabled),
        checked=item.checked,
        children=children,
        activate=None if children else lambda: item(icon),
    )

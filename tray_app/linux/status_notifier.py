"""org.kde.StatusNotifierItem: the icon as panels see it, and its registration with the panels' watcher.

Source: freedesktop.org's StatusNotifierItem draft and what KDE, GNOME's AppIndicator extension, Xfce and waybar
read of it. No I/O: signals go out through the function that is passed in.
"""

from collections.abc import Callable
from typing import Any

from jeepney import DBusAddress, Message, new_method_call, new_signal

from tray_app.linux.dbus_menu import MENU_PATH
from tray_app.linux.exported import ExportedInterface, ExportedMethod, ExportedObject, Variant
from tray_app.linux.pixmaps import Pixmap

__all__ = ["ITEM_PATH", "WATCHER", "StatusNotifierItem", "build_item_name", "build_registration"]

ITEM_PATH = "/StatusNotifierItem"
INTERFACE = "org.kde.StatusNotifierItem"
WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_ADDRESS = DBusAddress("/StatusNotifierWatcher", WATCHER, WATCHER)
PIXMAPS = "a(iiay)"
TOOLTIP = f"(s{PIXMAPS}ss)"


def build_item_name(process: int) -> str:
    """The bus name that the draft asks for."""
    return f"{INTERFACE}-{process}-1"


def build_registration(item_name: str) -> Message:
    return new_method_call(WATCHER_ADDRESS, "RegisterStatusNotifierItem", "s", (item_name,))


class StatusNotifierItem:
    """The icon at ITEM_PATH. `on_activate` runs in the bus's loop when a host reports a plain click.

    Hosts open the menu on a left click too (ItemIsMenu), as users of such programs expect; those that report
    a double click (GNOME's extension) or a middle click get the default action.
    """

    def __init__(self, name: str, emit: Callable[[Message], None], on_activate: Callable[[], None]) -> None:
        self._name = name
        self._emit = emit
        self._on_activate = on_activate
        self._source = DBusAddress(ITEM_PATH, interface=INTERFACE)
        self._tooltip = ""
        self._pixmaps: list[Pixmap] = []
        self._status = "Passive"

    def set_tooltip(self, text: str) -> None:
        self._tooltip = text
        self._signal("NewToolTip")

    def set_pixmaps(self, pixmaps: list[Pixmap]) -> None:
        self._pixmaps = pixmaps
        self._signal("NewIcon")

    def set_visible(self, visible: bool) -> None:
        self._status = "Active" if visible else "Passive"
        self._signal("NewStatus", "s", (self._status,))

    def _signal(self, member: str, signature: str | None = None, body: tuple[Any, ...] = ()) -> None:
        self._emit(new_signal(self._source, member, signature, body))

    def exported(self) -> ExportedObject:
        click = ExportedMethod(("i", "i"), (), self._activate)
        ignored = ExportedMethod(("i", "i"), (), lambda _x, _y: ())
        methods = {
            "Activate": click,
            "SecondaryActivate": click,
            "ContextMenu": ignored,
            "Scroll": ExportedMethod(("i", "s"), (), lambda _delta, _orientation: ()),
            "ProvideXdgActivationToken": ExportedMethod(("s",), (), lambda _token: ()),
        }
        plain = ("NewTitle", "NewIcon", "NewAttentionIcon", "NewOverlayIcon", "NewToolTip")
        signals: dict[str, tuple[str, ...]] = {**dict.fromkeys(plain, ()), "NewStatus": ("s",)}
        return ExportedObject(ITEM_PATH, (ExportedInterface(INTERFACE, methods, self._properties, signals),))

    def _activate(self, _x: int, _y: int) -> tuple[()]:
        self._on_activate()
        return ()

    def _properties(self) -> dict[str, Variant]:
        return {
            "Category": ("s", "ApplicationStatus"),
            "Id": ("s", self._name),
            "Title": ("s", self._name),
            "Status": ("s", self._status),
            "WindowId": ("i", 0),
            "IconThemePath": ("s", ""),
            "IconName": ("s", ""),
            "IconPixmap": (PIXMAPS, self._pixmaps),
            "OverlayIconName": ("s", ""),
            "OverlayIconPixmap": (PIXMAPS, []),
            "AttentionIconName": ("s", ""),
            "AttentionIconPixmap": (PIXMAPS, []),
            "AttentionMovieName": ("s", ""),
            "ToolTip": (TOOLTIP, ("", [], self._tooltip, "")),
            "ItemIsMenu": ("b", True),
            "Menu": ("o", MENU_PATH),
        }

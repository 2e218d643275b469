"""com.canonical.dbusmenu, version 3, over a MenuTree: what hosts ask about the menu, and what they are told.

Source: libdbusmenu's `dbus-menu.xml`. No I/O: signals go out through the function that is passed in.
"""

from collections.abc import Callable
from typing import Any

from jeepney import DBusAddress, Message, new_signal

from tray_app.linux.exported import CallError, ExportedInterface, ExportedMethod, ExportedObject, Variant
from tray_app.linux.menu_tree import ROOT, MenuChange, MenuNode, MenuRow, MenuTree

__all__ = ["MENU_PATH", "DBusMenu"]

MENU_PATH = "/StatusNotifierItem/Menu"
INTERFACE = "com.canonical.dbusmenu"
LAYOUT = "(ia{sv}av)"

Layout = tuple[int, dict[str, Variant], list[Variant]]


class DBusMenu:
    """The menu at MENU_PATH. `emit` sends a signal's message, or drops it while there is no bus."""

    def __init__(self, emit: Callable[[Message], None]) -> None:
        self._emit = emit
        self._tree = MenuTree()
        self._source = DBusAddress(MENU_PATH, interface=INTERFACE)

    def replace(self, rows: tuple[MenuRow, ...]) -> None:
        """Shows the new rows; in an open menu too."""
        self._announce(self._tree.replace(rows))

    def _announce(self, change: MenuChange) -> None:
        if change.updated or change.removed:
            body = (list(change.updated.items()), list(change.removed.items()))
            self._emit(new_signal(self._source, "ItemsPropertiesUpdated", "a(ia{sv})a(ias)", body))
        if change.relaid:
            parent = change.relaid[0] if len(change.relaid) == 1 else ROOT
            self._emit(new_signal(self._source, "LayoutUpdated", "ui", (self._tree.revision, parent)))

    def exported(self) -> ExportedObject:
        methods = {
            "GetLayout": ExportedMethod(("i", "i", "as"), ("u", LAYOUT), self._get_layout),
            "GetGroupProperties": ExportedMethod(("ai", "as"), ("a(ia{sv})",), self._get_group_properties),
            "GetProperty": ExportedMethod(("i", "s"), ("v",), self._get_property),
            "Event": ExportedMethod(("i", "s", "v", "u"), (), self._event),
            "EventGroup": ExportedMethod(("a(isvu)",), ("ai",), self._event_group),
            "AboutToShow": ExportedMethod(("i",), ("b",), self._about_to_show),
            "AboutToShowGroup": ExportedMethod(("ai",), ("ai", "ai"), self._about_to_show_group),
        }
        signals = {
            "ItemsPropertiesUpdated": ("a(ia{sv})", "a(ias)"),
            "LayoutUpdated": ("u", "i"),
            "ItemActivationRequested": ("i", "u"),
        }
        return ExportedObject(MENU_PATH, (ExportedInterface(INTERFACE, methods, self._properties, signals),))

    def _properties(self) -> dict[str, Variant]:
        return {
            "Version": ("u", 3),
            "TextDirection": ("s", "ltr"),
            "Status": ("s", "normal"),
            "IconThemePath": ("as", []),
        }

    def _node(self, number: int) -> MenuNode:
        if number not in self._tree.nodes:
            raise CallError("InvalidArgs", f"The menu has no row {number}")
        return self._tree.nodes[number]

    def _get_layout(self, parent: int, depth: int, names: list[str]) -> tuple[int, Layout]:
        return self._tree.revision, self._layout(self._node(parent), depth, names)

    def _layout(self, node: MenuNode, depth: int, names: list[str]) -> Layout:
        """`depth` counts the levels below the row; -1 is all of them."""
        children = node.children if depth else ()
        below = [self._layout(self._tree.nodes[child], depth - 1, names) for child in children]
        return node.number, select(node, names), [(LAYOUT, child) for child in below]

    def _get_group_properties(self, numbers: list[int], names: list[str]) -> tuple[list[tuple[int, Any]]]:
        wanted = numbers or list(self._tree.nodes)
        known = [self._tree.nodes[number] for number in wanted if number in self._tree.nodes]
        return ([(node.number, select(node, names)) for node in known],)

    def _get_property(self, number: int, name: str) -> tuple[Variant]:
        properties = self._node(number).properties
        if name not in properties:
            raise CallError("InvalidArgs", f"The row {number} has no property {name}")
        return (properties[name],)

    def _event(self, number: int, kind: str, _data: Variant, _time: int) -> tuple[()]:
        node = self._node(number)
        if kind == "clicked" and node.enabled and node.activate:
            node.activate()
        return ()

    def _event_group(self, events: list[tuple[int, str, Variant, int]]) -> tuple[list[int]]:
        """The answer lists the rows that are not there; the call fails only when none is."""
        unknown = [event[0] for event in events if event[0] not in self._tree.nodes]
        if events and len(unknown) == len(events):
            raise CallError("InvalidArgs", "The menu has none of these rows")
        for event in events:
            if event[0] in self._tree.nodes:
                self._event(*event)
        return (unknown,)

    def _about_to_show(self, number: int) -> tuple[bool]:
        """False: the layout that the host has is the current one, as each change is told at once."""
        self._node(number)
        return (False,)

    def _about_to_show_group(self, numbers: list[int]) -> tuple[list[int], list[int]]:
        return [], [number for number in numbers if number not in self._tree.nodes]


def select(node: MenuNode, names: list[str]) -> dict[str, Variant]:
    """The wanted properties; no names means all."""
    return {name: value for name, value in node.properties.items() if not names or name in names}

"""Drives a tray icon and its menu over D-Bus from outside the process, as a panel does, by the rows' labels."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, new_method_call
from jeepney.bus_messages import message_bus
from jeepney.wrappers import unwrap_msg

from tests.desktop.desktop import wait_until
from tests.desktop.toy_service import connect

__all__ = ["MenuDriver", "Row"]

MENU_INTERFACE = "com.canonical.dbusmenu"
ITEM_INTERFACE = "org.kde.StatusNotifierItem"


@dataclass(frozen=True)
class Row:
    number: int
    properties: dict[str, Any]
    children: tuple["Row", ...]

    @property
    def label(self) -> str:
        return str(self.properties.get("label", "")).replace("__", "_")

    @property
    def enabled(self) -> bool:
        return bool(self.properties.get("enabled", True))


class MenuDriver:
    """For the icon of one process. Close it, or use it as a context manager."""

    def __init__(self, address: str, process: int) -> None:
        self._connection = connect(address)
        self.name = f"{ITEM_INTERFACE}-{process}-1"
        wait_until(self.is_there, f"the icon of process {process} on the bus")
        self._menu_path = self.item_property("Menu")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def is_there(self) -> bool:
        reply = self._connection.send_and_get_reply(message_bus.NameHasOwner(self.name), timeout=5)
        return bool(unwrap_msg(reply)[0])

    def call(self, path: str, interface: str, member: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        """The reply's values. Raises DBusErrorResponse."""
        address = DBusAddress(path, self.name, interface)
        message = new_method_call(address, member, signature or None, body)
        return unwrap_msg(self._connection.send_and_get_reply(message, timeout=5))

    def call_item(self, member: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        return self.call("/StatusNotifierItem", ITEM_INTERFACE, member, signature, body)

    def call_menu(self, member: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        return self.call(self._menu_path, MENU_INTERFACE, member, signature, body)

    def item_property(self, name: str) -> Any:
        body = (ITEM_INTERFACE, name)
        values = self.call("/StatusNotifierItem", "org.freedesktop.DBus.Properties", "Get", "ss", body)
        return values[0][1]

    def root(self) -> Row:
        _, layout = self.call_menu("GetLayout", "iias", (0, -1, []))
        return read_row(layout)

    def rows(self) -> tuple[Row, ...]:
        return self.root().children

    def labels(self) -> list[str]:
        """The top rows' labels, separators left out."""
        return [row.label for row in self.rows() if row.label]

    def find(self, *labels: str) -> Row:
        """A row by the labels that lead to it; a label may be given by its beginning."""
        row = self.root()
        for label in labels:
            found = [child for child in row.children if child.label.startswith(label)]
            assert found, f"No row {label!r} among {[child.label for child in row.children]}"
            row = found[0]
        return row

    def click(self, *labels: str) -> None:
        self.send_click(self.find(*labels).number)

    def send_click(self, number: int) -> None:
        self.call_menu("Event", "isvu", (number, "clicked", ("i", 0), 0))

    def wait_for(self, condition: Callable[["MenuDriver"], Any], what: str) -> Any:
        return wait_until(lambda: condition(self), what)

    @contextmanager
    def signals(self) -> Iterator[Callable[[float], list[tuple[str, Any]]]]:
        """Gives a function that waits so many seconds and returns the signals since the start: (member, values)."""
        rule = MatchRule(type="signal", sender=self.name)
        unwrap_msg(self._connection.send_and_get_reply(message_bus.AddMatch(rule), timeout=5))
        received: list[tuple[str, Any]] = []

        def collect(seconds: float) -> list[tuple[str, Any]]:
            try:
                while True:
                    note(self._connection.receive(timeout=seconds), received)
            except TimeoutError:
                return received

        yield collect
        self._connection.send_and_get_reply(message_bus.RemoveMatch(rule), timeout=5)


def note(message: Message, received: list[tuple[str, Any]]) -> None:
    fields = message.header.fields
    if message.header.message_type is MessageType.signal and fields.get(HeaderFields.interface) in (
        MENU_INTERFACE,
        ITEM_INTERFACE,
    ):
        received.append((fields[HeaderFields.member], message.body))


def read_row(layout: Any) -> Row:
    number, properties, children = layout
    plain = {name: value for name, (_, value) in properties.items()}
    return Row(number, plain, tuple(read_row(child) for _, child in children))

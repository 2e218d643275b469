"""A D-Bus service for tests, on jeepney alone: it owns a name, notes each call and answers from a function."""

import threading
from collections.abc import Callable
from typing import Any, Self

from jeepney import DBusAddress, HeaderFields, Message, MessageType, new_error, new_method_return, new_signal
from jeepney.bus import get_connectable_addresses
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, prep_socket

__all__ = ["NO_ANSWER", "Answer", "ToyService", "connect", "serve_watcher"]

Answer = tuple[str, tuple[Any, ...]]
NO_ANSWER: Answer = ("none", ())
WATCHER = "org.kde.StatusNotifierWatcher"


def connect(address: str) -> DBusConnection:
    return DBusConnection(prep_socket(next(get_connectable_addresses(address))))


class ToyService:
    """`answer` gets member and arguments and gives signature and values, NO_ANSWER, or None for an error.

    `calls` holds (member, arguments) of each call in their order. Use as a context manager.
    """

    def __init__(self, address: str, name: str, answer: Callable[[str, tuple[Any, ...]], Answer | None]) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._answer = answer
        self._connection = connect(address)
        self._ended = threading.Event()
        self._connection.send_and_get_reply(message_bus.RequestName(name))
        self._thread = threading.Thread(target=self._work, name="toy service")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._connection.close()

    def called(self, member: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of that member."""
        return [arguments for name, arguments in self.calls if name == member]

    def emit(self, path: str, interface: str, member: str, signature: str, body: tuple[Any, ...]) -> None:
        self._connection.send(new_signal(DBusAddress(path, interface=interface), member, signature, body))

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                message = self._connection.receive(timeout=0.05)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                self._serve(message)

    def _serve(self, message: Message) -> None:
        member = message.header.fields[HeaderFields.member]
        self.calls.append((member, message.body))
        match self._answer(member, message.body):
            case None:
                self._connection.send(new_error(message, "org.freedesktop.DBus.Error.Failed", "s", ("toy",)))
            case "none", _:
                return
            case signature, values:
                self._connection.send(new_method_return(message, signature or None, values))


def serve_watcher(address: str, *, has_host: bool = True) -> ToyService:
    """A watcher of tray icons, with or without a panel behind it."""

    def answer(member: str, arguments: tuple[Any, ...]) -> Answer | None:
        match member, arguments:
            case "RegisterStatusNotifierItem", _:
                return "", ()
            case "Get", (_, "IsStatusNotifierHostRegistered"):
                return "v", (("b", has_host),)
            case _:
                return None

    return ToyService(address, WATCHER, answer)

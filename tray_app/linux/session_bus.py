"""One connection to the session bus, driven by one loop: calls out, calls in, signals. Knows nothing of trays.

Replies are matched inside the loop and never waited for outside it, so that no incoming call is lost meanwhile.
A bus that is missing, silent or gone is an outcome (`BusError`), never a hang.
"""

import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jeepney import DBusAddress, HeaderFields, Message, MessageFlag, MessageType, Parser, new_method_call
from jeepney.bus import get_connectable_addresses
from jeepney.io.blocking import prep_socket

__all__ = ["BusError", "SessionBus", "bus_call", "find_bus_address", "read_reply"]

CONNECT_SECONDS = 2.0
REPLY_SECONDS = 30.0
READ_SIZE = 65536
DAEMON = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")

OnReply = Callable[[Message | None], None]

log = logging.getLogger(__name__)


class BusError(Exception):
    """There is no usable session bus, or it went away. The text says why and holds no secret."""


def find_bus_address(environ: Mapping[str, str]) -> str | None:
    """The session bus's address: the variable, else systemd's socket, else None.

    Source: D-Bus specification, "Well-known Message Bus Instances"; systemd's user bus at $XDG_RUNTIME_DIR/bus.
    """
    if address := environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    folder = environ.get("XDG_RUNTIME_DIR")
    if folder and (Path(folder) / "bus").is_socket():
        return f"unix:path={quote(f'{folder}/bus', safe='/._-')}"
    return None


def bus_call(member: str, signature: str | None = None, body: tuple[Any, ...] = ()) -> Message:
    """A call to the bus itself."""
    return new_method_call(DAEMON, member, signature, body)


def read_reply(reply: Message | None, signature: str) -> tuple[Any, ...] | None:
    """The reply's values; None without a reply, for an error, and for values of other types than expected."""
    if reply is None or reply.header.message_type is not MessageType.method_return:
        return None
    body: tuple[Any, ...] = reply.body
    return body if (reply.header.fields.get(HeaderFields.signature) or "") == signature else None


def open_socket(address: str) -> socket.socket:
    try:
        connectable = next(get_connectable_addresses(address))
        connection: socket.socket = prep_socket(connectable, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, RuntimeError) as error:
        raise BusError(f"The session bus cannot be reached: {error}") from error
    connection.settimeout(CONNECT_SECONDS)
    return connection


class SessionBus:
    """Made and closed by one thread, which also calls `call`, `send`, `ask` and `run`; `post` and `stop` may be
    called from any. `on_call` gets each call from another program and gives the answer; `on_signal` each signal."""

    def __init__(
        self,
        address: str,
        on_call: Callable[[Message], Message] | None = None,
        on_signal: Callable[[Message], None] | None = None,
    ) -> None:
        """Raises BusError."""
        self._on_call = on_call
        self._on_signal = on_signal
        self._socket = open_socket(address)
        self._parser = Parser()
        self._serial = 0
        self._waiting: dict[int, tuple[float, OnReply]] = {}
        self._posted: deque[Callable[[], None]] = deque()
        self._stopping = False
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_writer.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        try:
            self.unique_name: str = self._say_hello()
        except BusError:
            self.close()
            raise

    def close(self) -> None:
        """Frees the sockets. Waiting replies are dropped."""
        self._waiting.clear()
        self._selector.close()
        for each in (self._socket, self._wake_reader, self._wake_writer):
            each.close()

    def send(self, message: Message) -> int:
        """Sends without waiting and returns the serial number. Raises BusError when the bus is gone."""
        self._serial += 1
        try:
            self._socket.sendall(message.serialise(serial=self._serial))
        except OSError as error:
            raise BusError(f"The session bus is gone: {error}") from error
        return self._serial

    def call(self, message: Message, on_reply: OnReply, *, seconds: float = REPLY_SECONDS) -> None:
        """`on_reply` is called in the loop with the reply (it may be an error), or with None after `seconds`."""
        serial = self.send(message)
        self._waiting[serial] = (time.monotonic() + seconds, on_reply)

    def ask(self, message: Message, *, seconds: float = CONNECT_SECONDS) -> Message:
        """Runs the loop until the reply is there. Raises BusError without one in time."""
        replies: list[Message | None] = []
        self.call(message, replies.append, seconds=seconds)
        while not replies:
            self._step()
        if replies[0] is None:
            raise BusError(f"No answer on the session bus within {seconds:g} s")
        return replies[0]

    def run(self) -> None:
        """Serves until `stop`. Raises BusError when the bus goes away."""
        while not self._stopping:
            self._step()

    def post(self, function: Callable[[], None]) -> None:
        """Has the loop call `function`. Any thread."""
        self._posted.append(function)
        with suppress(OSError):  # full: it wakes anyway; closed: nothing is left to do
            self._wake_writer.send(b"\0")

    def stop(self) -> None:
        """Ends `run` soon. Any thread, also a signal's handler."""
        self._stopping = True
        self.post(lambda: None)

    def _say_hello(self) -> str:
        values = read_reply(self.ask(bus_call("Hello")), "s")
        if values is None:
            raise BusError("The session bus refused the connection")
        name: str = values[0]
        return name

    def _step(self) -> None:
        for key, _ in self._selector.select(self._seconds_to_deadline()):
            if key.fileobj is self._wake_reader:
                self._wake_reader.recv(READ_SIZE)
            else:
                self._read()
        while self._posted:
            self._posted.popleft()()
        self._drop_late()

    def _seconds_to_deadline(self) -> float | None:
        if not self._waiting:
            return None
        return max(0.0, min(deadline for deadline, _ in self._waiting.values()) - time.monotonic())

    def _drop_late(self) -> None:
        now = time.monotonic()
        for serial in [serial for serial, (deadline, _) in self._waiting.items() if deadline <= now]:
            self._waiting.pop(serial)[1](None)

    def _read(self) -> None:
        try:
            data = self._socket.recv(READ_SIZE)
        except OSError as error:
            raise BusError(f"The session bus is gone: {error}") from error
        if not data:
            raise BusError("The session bus closed the connection")
        for message in self._parser.feed(data):
            self._dispatch(message)

    def _dispatch(self, message: Message) -> None:
        match message.header.message_type:
            case MessageType.method_call if self._on_call:
                reply = self._on_call(message)
                if not message.header.flags & MessageFlag.no_reply_expected:
                    self.send(reply)
            case MessageType.signal if self._on_signal:
                self._on_signal(message)
            case MessageType.method_return | MessageType.error:
                _, on_reply = self._waiting.pop(message.header.fields.get(HeaderFields.reply_serial), (0.0, None))
                if on_reply:
                    on_reply(message)
            case _:
                log.debug("A message of the bus was not expected: %s", message.header.message_type)

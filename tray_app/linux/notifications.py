"""org.freedesktop.Notifications: short messages on the desktop. A missing service is logged, never raised.

Nothing waits for the service: it may have to be started, and may fail to.
"""

import html
import logging
from collections.abc import Callable
from typing import Any, Protocol

from jeepney import DBusAddress, Message, new_method_call

from tray_app.linux.pixmaps import Pixmap
from tray_app.linux.session_bus import BusError, SessionBus, read_reply

__all__ = ["Notifier", "notify_once"]

NAME = "org.freedesktop.Notifications"
ADDRESS = DBusAddress("/org/freedesktop/Notifications", NAME, NAME)
DEFAULT_EXPIRY = -1
MARKUP = "body-markup"

log = logging.getLogger(__name__)


class Caller(Protocol):
    def __call__(self, message: Message, on_reply: Callable[[Message | None], None]) -> None: ...


class Notifier:
    """Shows one message at a time: a new one takes the place of the last, so that they never pile up.

    Used from the bus's loop only. `call` sends and comes back at once.
    """

    def __init__(self, program: str, call: Caller) -> None:
        self._program = program
        self._call = call
        self._shown = 0
        self._missing = False

    def notify(self, title: str, text: str, picture: Pixmap | None = None) -> None:
        """Asks first whether the service reads markup, and then escapes the text (specification, "Markup")."""

        def show(reply: Message | None) -> None:
            values = read_reply(reply, "as")
            if values is None:
                self._tell_missing()
                return
            self._missing = False
            body = html.escape(text, quote=False) if MARKUP in values[0] else text
            self._call(self._build(title, body, picture), self._remember)

        self._call(new_method_call(ADDRESS, "GetCapabilities"), show)

    def _tell_missing(self) -> None:
        """Once: the log is for what changes."""
        if not self._missing:
            self._missing = True
            log.info("No notification is shown: this desktop has no working notification service")

    def _build(self, title: str, body: str, picture: Pixmap | None) -> Message:
        hints: dict[str, Any] = {"image-data": ("(iiibiiay)", build_image(picture))} if picture else {}
        arguments: tuple[Any, ...] = (self._program, self._shown, "", title, body, [], hints, DEFAULT_EXPIRY)
        return new_method_call(ADDRESS, "Notify", "susssasa{sv}i", arguments)

    def _remember(self, reply: Message | None) -> None:
        values = read_reply(reply, "u")
        if values is None:
            log.info("The notification service did not take a notification")
        else:
            self._shown = values[0]


def build_image(picture: Pixmap) -> tuple[int, int, int, bool, int, int, bytes]:
    """Width, height, bytes a line, alpha, bits a sample, channels, RGBA bytes: the hint `image-data`."""
    width, height, argb = picture
    rgba = bytearray(argb)
    for channel, source in enumerate((1, 2, 3, 0)):
        rgba[channel::4] = argb[source::4]
    return width, height, width * 4, True, 8, 4, bytes(rgba)


def notify_once(address: str, program: str, title: str, text: str) -> None:
    """One message over a connection of its own, for a tray that has no loop of ours. Takes seconds at worst."""
    try:
        bus = SessionBus(address)
    except BusError as error:
        log.info("No notification is shown: %s", error)
        return

    def ask(message: Message, on_reply: Callable[[Message | None], None]) -> None:
        on_reply(bus.ask(message))

    try:
        Notifier(program, ask).notify(title, text)
    except BusError as error:
        log.info("No notification is shown: %s", error)
    finally:
        bus.close()

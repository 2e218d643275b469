"""A private session bus with a real gnome-keyring on it. Nothing of the user's desktop is seen or changed."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.bus_messages import DBus
from jeepney.io.blocking import open_dbus_connection

__all__ = ["SessionBus", "session_bus"]

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
_PASSWORD = b"demo\n"
"""An empty standard input would leave the keyring locked."""
_PATIENCE = 10.0
_SECRETS = DBusAddress(
    "/org/freedesktop/secrets", bus_name="org.freedesktop.secrets", interface="org.freedesktop.Secret.Service"
)


class SessionBus:
    """A running bus. Services are started by hand only."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._socket = folder / "bus"
        self._processes: list[subprocess.Popen[bytes]] = []
        runtime = folder / "runtime"
        for path in (self.home, runtime):
            path.mkdir(mode=0o700)
        self.environ: Mapping[str, str] = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_DATA_HOME": str(self.home / "data"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._socket}",
        }
        config = folder / "bus.conf"
        config.write_text(_BUS.format(socket=self._socket))
        self._start("dbus-daemon", f"--config-file={config}", "--nofork", "--nosyslog")
        _wait_for(self._is_listening, "the bus")

    def start_keyring(self, *, unlocked: bool = True) -> None:
        """Start gnome-keyring, with its default keyring open or locked."""
        options = ["--unlock"] if unlocked else []
        control = Path(self.environ["XDG_RUNTIME_DIR"]) / "keyring" / "control"
        control.unlink(missing_ok=True)
        self._start("gnome-keyring-daemon", "--foreground", "--components=secrets", *options, stdin=_PASSWORD)
        _wait_for(self._default_is_open if unlocked else self._secrets_are_served, "gnome-keyring")

    def stop_keyring(self) -> None:
        _end(self._processes.pop())
        _wait_for(lambda: not self._secrets_are_served(), "the end of gnome-keyring")

    def stop(self) -> None:
        while self._processes:
            _end(self._processes.pop())

    def _start(self, program: str, *options: str, stdin: bytes = b"") -> None:
        assert shutil.which(program), f"{program} is missing: apt-get install dbus-daemon gnome-keyring"
        process = subprocess.Popen(
            [program, *options],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()

    def _is_listening(self) -> bool:
        """The file of the socket is there a little before somebody listens on it."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0

    def _secrets_are_served(self) -> bool:
        with open_dbus_connection(self.environ["DBUS_SESSION_BUS_ADDRESS"]) as connection:
            asked = DBus().NameHasOwner("org.freedesktop.secrets")
            return bool(connection.send_and_get_reply(asked).body[0])

    def _default_is_open(self) -> bool:
        """The keyring takes its name on the bus a little before it opens the default keyring."""
        if not self._secrets_are_served():
            return False
        with open_dbus_connection(self.environ["DBUS_SESSION_BUS_ADDRESS"]) as connection:
            asked = new_method_call(_SECRETS, "ReadAlias", "s", ("default",))
            path = connection.send_and_get_reply(asked).body[0]
            collection = DBusAddress(path, _SECRETS.bus_name, "org.freedesktop.Secret.Collection")
            reply = connection.send_and_get_reply(Properties(collection).get("Locked"))
            return reply.header.message_type is MessageType.method_return and not reply.body[0][1]


@contextmanager
def session_bus(folder: Path) -> Iterator[SessionBus]:
    bus = SessionBus(folder)
    try:
        yield bus
    finally:
        bus.stop()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(_PATIENCE)


def _wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)

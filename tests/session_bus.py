"""A session bus of a test's own, and a real gnome-keyring for any bus. Nothing of the user's desktop is seen."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Self

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.bus_messages import DBus
from jeepney.io.blocking import open_dbus_connection

from tests.processes import end_process, read_line_from, require_program, wait_until

__all__ = ["SessionBus", "start_any_bus", "start_keyring"]

_CONFIGURATION = """<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_BUS_OPTIONS = ("--nofork", "--nopidfile", "--nosyslog")
_ADDRESS = "DBUS_SESSION_BUS_ADDRESS"
_SECRETS = DBusAddress(
    "/org/freedesktop/secrets", bus_name="org.freedesktop.secrets", interface="org.freedesktop.Secret.Service"
)


class SessionBus:
    """With nothing on it: no service of this machine can be activated, only those that a test puts there.

    `environ` is for programs on it, which have no display; their home is `home`. Use as a context manager.
    """

    def __init__(self, folder: Path) -> None:
        self._short = Path(mkdtemp(prefix="bus-"))  # a socket's path must be short
        self.home = folder / "home"
        self._services = folder / "services"
        runtime = self._short / "run"
        for path in (self.home, self._services, runtime):
            path.mkdir(mode=0o700, parents=True)
        self._configuration = folder / "bus.conf"
        socket = self._short / "bus"
        self._configuration.write_text(_CONFIGURATION.format(socket=socket, services=self._services))
        self._bus: subprocess.Popen[bytes] | None = None
        self._keyring: subprocess.Popen[bytes] | None = None
        self.address = f"unix:path={socket}"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_DATA_HOME": str(self.home / "data"),
            _ADDRESS: self.address,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        rmtree(self._short)

    def start(self) -> None:
        """Comes back when the bus listens."""
        command = ["dbus-daemon", f"--config-file={self._configuration}", *_BUS_OPTIONS]
        self._bus, _ = read_line_from(command, "--print-address={}", self.environ)

    def stop(self) -> None:
        for process in (self._keyring, self._bus):
            if process is not None:
                end_process(process)
        self._keyring = self._bus = None

    def add_service(self, name: str, command: str) -> None:
        """A service that the bus starts when it is called."""
        text = f"[D-BUS Service]\nName={name}\nExec={command}\n"
        (self._services / f"{name}.service").write_text(text)

    def start_keyring(self, *, unlocked: bool = True) -> None:
        """With its default keyring open or locked."""
        self._keyring = start_keyring(self.environ, unlocked=unlocked)

    def stop_keyring(self) -> None:
        assert self._keyring is not None
        end_process(self._keyring)
        self._keyring = None
        wait_until(lambda: not _secrets_are_served(self.address), "the end of gnome-keyring")


def start_any_bus(environ: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    """A session bus that can activate this machine's services, and its address."""
    return read_line_from(["dbus-daemon", "--session", *_BUS_OPTIONS], "--print-address={}", environ)


def start_keyring(environ: Mapping[str, str], *, unlocked: bool = True) -> subprocess.Popen[bytes]:
    """gnome-keyring on the bus of `environ`, when it answers. Its password is one empty line; an empty input would
    leave it locked."""
    (Path(environ["XDG_RUNTIME_DIR"]) / "keyring" / "control").unlink(missing_ok=True)
    options = ["--unlock"] if unlocked else []
    process = subprocess.Popen(
        [require_program("gnome-keyring-daemon"), "--foreground", "--components=secrets", *options],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.close()
    ready = _default_is_open if unlocked else _secrets_are_served
    wait_until(lambda: ready(environ[_ADDRESS]), "gnome-keyring")
    return process


def _secrets_are_served(address: str) -> bool:
    with open_dbus_connection(address) as connection:
        asked = DBus().NameHasOwner("org.freedesktop.secrets")
        return bool(connection.send_and_get_reply(asked).body[0])


def _default_is_open(address: str) -> bool:
    """The keyring takes its name on the bus a little before it opens the default keyring."""
    if not _secrets_are_served(address):
        return False
    with open_dbus_connection(address) as connection:
        asked = new_method_call(_SECRETS, "ReadAlias", "s", ("default",))
        path = connection.send_and_get_reply(asked).body[0]
        collection = DBusAddress(path, _SECRETS.bus_name, "org.freedesktop.Secret.Collection")
        reply = connection.send_and_get_reply(Properties(collection).get("Locked"))
        return reply.header.message_type is MessageType.method_return and not reply.body[0][1]

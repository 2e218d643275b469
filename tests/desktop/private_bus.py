"""A session bus with nothing on it: no activatable service of this machine, only those that a test puts there."""

import os
import subprocess
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Self

from tests.desktop.desktop import require_program

__all__ = ["PrivateBus"]

CONFIGURATION = """<busconfig>
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


class PrivateBus:
    """`environ` is for programs on it: they have no display. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._sockets = mkdtemp(prefix="bus-")  # the system's own folder: a socket's path must be short
        self._services = folder / "services"
        self._services.mkdir()
        socket = f"{self._sockets}/bus"
        self._configuration = folder / "bus.conf"
        self._configuration.write_text(CONFIGURATION.format(socket=socket, services=self._services))
        self._process: subprocess.Popen[str] | None = None
        self.address = f"unix:path={socket}"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(folder),
            "DBUS_SESSION_BUS_ADDRESS": self.address,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        rmtree(self._sockets)

    def start(self) -> None:
        """Comes back when the bus listens."""
        self._process = subprocess.Popen(
            [
                require_program("dbus-daemon"),
                f"--config-file={self._configuration}",
                "--nofork",
                "--nopidfile",
                "--nosyslog",
                "--print-address",
            ],
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def stop(self) -> None:
        if self._process and self._process.stdout:
            self._process.terminate()
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def add_service(self, name: str, command: str) -> None:
        """A service that the bus starts when it is called."""
        text = f"[D-BUS Service]\nName={name}\nExec={command}\n"
        (self._services / f"{name}.service").write_text(text)

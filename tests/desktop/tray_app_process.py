"""The real program, `sap-ai-proxy-tray`, in a home of its own, with a stand-in for the desktop's `xdg-open`."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.desktop.desktop import wait_until
from tests.desktop.menu_driver import MenuDriver

__all__ = ["TrayAppProcess", "free_port"]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 20.0
PROGRAM_VARIABLE = "TRAY_PROGRAM"
"""Names the program of a bundle, to be tested in place of the source."""
OPENER = '#!/bin/sh\nprintf "%s\\n" "$1" >> "{opened}"\n'


def free_port() -> int:
    """Below the range that outgoing connections take their ports from."""
    for port in range(20000 + os.getpid() % 10000, 32000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")


def _command(program: Path | None) -> list[str]:
    packaged = program or os.environ.get(PROGRAM_VARIABLE)
    return [str(packaged)] if packaged else [sys.executable, "-m", "tray_app"]


class TrayAppProcess:
    """`environ` is the desktop's; home and temporary files are below `folder`; `program` is that of a bundle.
    Use as a context manager."""

    def __init__(self, environ: dict[str, str], folder: Path, *arguments: str, program: Path | None = None) -> None:
        self.home = folder / "home"
        self._opened = folder / "opened"
        self._errors = folder / "errors"
        self._command = [*_command(program), *arguments]
        self._menu: MenuDriver | None = None
        self.environ = {
            **environ,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_STATE_HOME": str(self.home / ".local/state"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "TMPDIR": str(self._make_temporary(folder)),  # a bundle that lies in /tmp is not in it
            "PATH": f"{self._install_opener(folder)}:{environ['PATH']}",
            "LC_ALL": "C.UTF-8",
        }
        self._process = self.start_another()

    def _make_temporary(self, folder: Path) -> Path:
        temporary = folder / "temporary"
        temporary.mkdir(exist_ok=True)
        return temporary

    def _install_opener(self, folder: Path) -> Path:
        programs = folder / "programs"
        programs.mkdir(exist_ok=True)
        opener = programs / "xdg-open"
        opener.write_text(OPENER.format(opened=self._opened))
        opener.chmod(0o755)
        return programs

    def start_another(self) -> subprocess.Popen[bytes]:
        """The program again, by the same user."""
        self.home.mkdir(exist_ok=True)
        with self._errors.open("ab") as errors:
            return subprocess.Popen(
                self._command,
                env=self.environ,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._menu:
            self._menu.close()
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def menu(self) -> MenuDriver:
        if self._menu is None:
            self._menu = MenuDriver(self.environ["DBUS_SESSION_BUS_ADDRESS"], self._process.pid)
        return self._menu

    def status(self) -> str:
        return self.menu.labels()[0]

    def wait_for_status(self, part: str) -> str:
        """The menu's first row, as soon as it holds `part`."""
        return wait_until(lambda: self.status() if part in self.status() else None, f"{part!r} in the menu")

    def opened(self) -> list[str]:
        """What was opened with the desktop's programs, in its order."""
        return self._opened.read_text().splitlines() if self._opened.exists() else []

    def next_opened(self, before: int) -> str:
        wait_until(lambda: len(self.opened()) > before, "something opened")
        return self.opened()[before]

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        return self._process.wait(PATIENCE_SECONDS)

    def errors(self) -> str:
        return self._errors.read_text()

    def files_with(self, secret: str) -> list[Path]:
        """The files of its home that hold the secret."""
        files = [path for path in self.home.rglob("*") if path.is_file()]
        assert files
        return [path for path in files if secret.encode() in path.read_bytes()]

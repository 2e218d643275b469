"""A desktop of our own: a virtual display, a session bus and an unlocked keyring, in a home folder of their own."""

import os
import subprocess
from pathlib import Path
from typing import Any, Self

from tests.processes import end_process, read_line_from, require_program, wait_until
from tests.session_bus import start_any_bus, start_keyring

__all__ = ["Desktop", "require_program", "wait_until"]


class Desktop:
    """`environ` is for programs of this desktop. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = self._build_environ()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for process in reversed(self._processes):
            end_process(process)

    def spawn(self, command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        """A program that ends with the desktop."""
        process = subprocess.Popen([require_program(command[0]), *command[1:]], env=self.environ, **options)
        self._processes.append(process)
        return process

    def run(self, *command: str) -> str:
        """A program's output. Raises CalledProcessError."""
        path = require_program(command[0])
        return subprocess.run(
            [path, *command[1:]], env=self.environ, check=True, capture_output=True, text=True, timeout=20
        ).stdout

    def _build_environ(self) -> dict[str, str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "NO_AT_BRIDGE": "1"}
        folders = {
            "XDG_CONFIG_HOME": ".config",
            "XDG_DATA_HOME": ".local/share",
            "XDG_STATE_HOME": ".local/state",
            "XDG_CACHE_HOME": ".cache",
            "XDG_RUNTIME_DIR": "run",
        }
        for name, place in folders.items():
            path = self.folder / place
            path.mkdir(parents=True, exist_ok=True)
            environ[name] = str(path)
        (self.folder / "run").chmod(0o700)
        return environ

    def _start(self) -> None:
        screen = ["-screen", "0", "1024x600x24", "-nolisten", "tcp", "-noreset"]
        display, number = read_line_from(["Xvfb", *screen, "-displayfd"], "{}", self.environ)
        self._processes.append(display)
        self.environ["DISPLAY"] = f":{number}"
        bus, self.environ["DBUS_SESSION_BUS_ADDRESS"] = start_any_bus(self.environ)
        self._processes.append(bus)
        self._processes.append(start_keyring(self.environ))

"""A desktop of our own: a virtual display, a session bus and an unlocked keyring, in a home folder of their own."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

__all__ = ["Desktop", "require_program", "start_bus", "wait_until"]

T = TypeVar("T")

PATIENCE_SECONDS = 20.0
PREREQUISITES = Path(__file__).with_name("prerequisites.sh")


def require_program(name: str) -> str:
    """The program's path. Fails the test, which never skips, with what to do."""
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"{name} is missing. Run {PREREQUISITES} as root, or see in it what to install.")
    return path


def wait_until(look: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """The first true answer of `look`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := look():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"Not within {seconds:g} s: {what}")


def read_line_from(command: list[str], option: str, environ: dict[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    """Starts a program that writes its address to the file descriptor that `option` names."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [*command, option.format(writer)], pass_fds=[writer], env=environ, stderr=subprocess.DEVNULL
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return process, pipe.readline().strip()


def start_bus(environ: dict[str, str]) -> tuple[subprocess.Popen[bytes], str]:
    """A session bus and its address."""
    command = [require_program("dbus-daemon"), "--session", "--nofork", "--nopidfile", "--nosyslog"]
    return read_line_from(command, "--print-address={}", environ)


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
            process.terminate()
            process.wait(PATIENCE_SECONDS)

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
        display, number = read_line_from([require_program("Xvfb"), *screen, "-displayfd"], "{}", self.environ)
        self._processes.append(display)
        self.environ["DISPLAY"] = f":{number}"
        bus, self.environ["DBUS_SESSION_BUS_ADDRESS"] = start_bus(self.environ)
        self._processes.append(bus)
        self._unlock_keyring()

    def _unlock_keyring(self) -> None:
        """The password is the empty line; without any input the keyring would stay locked."""
        keyring = self.spawn(
            ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert keyring.stdin is not None
        keyring.stdin.write(b"\n")
        keyring.stdin.close()

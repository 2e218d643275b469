"""Start at login, by each platform's own means: an XDG desktop entry, a LaunchAgent, the Run key of the registry.

Off until asked. Sources: the Autostart specification of freedesktop.org, launchd.plist(5), Microsoft's page on the
Run and RunOnce registry keys.
"""

import os
import plistlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from proxy_core.settings.json_file import write_private_text

__all__ = [
    "Autostart",
    "LaunchAgent",
    "RunKey",
    "TemporaryProgramError",
    "XdgAutostart",
    "find_program",
    "open_autostart",
]

_NAME = "ai-core-proxy"
_TITLE = "AI Core Proxy"
_LABEL = "io.github.ai-core-proxy"
_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
_TRANSLOCATED = "/AppTranslocation/"
"""macOS runs a quarantined application from such a folder, which is gone after it ends."""


class TemporaryProgramError(Exception):
    """The program runs from a folder that will not be there at the next login."""


class Autostart(Protocol):
    """Methods raise OSError when the system refuses."""

    def is_on(self) -> bool: ...

    def turn_on(self, command: Sequence[str]) -> None: ...

    def turn_off(self) -> None: ...


class XdgAutostart:
    """`folder` is `$XDG_CONFIG_HOME/autostart`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{_NAME}.desktop"

    def is_on(self) -> bool:
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return False
        off = {"Hidden=true", "X-GNOME-Autostart-enabled=false"}  # how desktops turn an entry off themselves
        return off.isdisjoint(line.replace(" ", "") for line in lines)

    def turn_on(self, command: Sequence[str]) -> None:
        write_private_text(self._path, build_desktop_entry(command))

    def turn_off(self) -> None:
        self._path.unlink(missing_ok=True)


class LaunchAgent:
    """`folder` is `~/Library/LaunchAgents`. launchd reads it at the next login."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{_LABEL}.plist"

    def is_on(self) -> bool:
        return self._path.exists()

    def turn_on(self, command: Sequence[str]) -> None:
        write_private_text(self._path, build_launch_agent(command))

    def turn_off(self) -> None:
        self._path.unlink(missing_ok=True)


class RunKey:
    """A value under `HKEY_CURRENT_USER`. `registry` is the module `winreg`."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    def is_on(self) -> bool:
        try:
            with self._open(self._registry.KEY_READ) as key:
                self._registry.QueryValueEx(key, _TITLE)
        except FileNotFoundError:
            return False
        return True

    def turn_on(self, command: Sequence[str]) -> None:
        with self._open(self._registry.KEY_WRITE) as key:
            self._registry.SetValueEx(key, _TITLE, 0, self._registry.REG_SZ, subprocess.list2cmdline(command))

    def turn_off(self) -> None:
        try:
            with self._open(self._registry.KEY_WRITE) as key:
                self._registry.DeleteValue(key, _TITLE)
        except FileNotFoundError:
            return

    def _open(self, access: int) -> Any:
        return self._registry.CreateKeyEx(self._registry.HKEY_CURRENT_USER, _RUN_KEY, 0, access)


def open_autostart(environ: Mapping[str, str], platform: str = sys.platform) -> Autostart:
    """The means of this platform."""
    home = Path(environ.get("HOME") or Path.home())
    if platform == "win32":
        import importlib

        return RunKey(importlib.import_module("winreg"))
    if platform == "darwin":
        return LaunchAgent(home / "Library" / "LaunchAgents")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return XdgAutostart(config / "autostart")


def find_program(environ: Mapping[str, str], executable: Path, *, frozen: bool) -> list[str]:
    """The command that starts the installed program: the AppImage, the frozen program, the script that pip put
    beside Python, else Python itself. Raises `TemporaryProgramError` for a frozen one in a temporary folder."""
    if appimage := environ.get("APPIMAGE"):
        return [appimage]
    if frozen:
        temporary = Path(tempfile.gettempdir()).resolve()
        if temporary in executable.resolve().parents or _TRANSLOCATED in str(executable):
            raise TemporaryProgramError(str(executable))
        return [str(executable)]
    script = executable.with_name("sap-ai-proxy-tray" + (".exe" if os.name == "nt" else ""))
    return [str(script)] if script.exists() else [str(executable), "-m", "tray_app"]


def build_desktop_entry(command: Sequence[str]) -> str:
    """The text of an autostart entry."""
    return "\n".join([
        "[Desktop Entry]",
        "Type=Application",
        f"Name={_TITLE}",
        f"Exec={' '.join(map(_quote_exec, command))}",
        "Terminal=false",
        "X-GNOME-Autostart-enabled=true",
        "",
    ])  # fmt: skip


def build_launch_agent(command: Sequence[str]) -> str:
    """The text of a property list for launchd."""
    values = {
        "Label": _LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "ProcessType": "Interactive",
        "LimitLoadToSessionType": "Aqua",
    }
    return plistlib.dumps(values).decode("utf-8")


def _quote_exec(argument: str) -> str:
    """An argument of `Exec`: quoted, with the escapes of the quoting and then of a string value (Desktop Entry
    Specification, The Exec key)."""
    escaped = argument.replace("%", "%%")
    for character in '\\"`$':
        escaped = escaped.replace(character, "\\" + character)
    return '"' + escaped.replace("\\", "\\\\") + '"'

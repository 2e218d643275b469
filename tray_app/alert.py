"""Tells a user who started the program by a click that it cannot run: there is no terminal, and no icon yet.

By each system's own means, without waiting for an answer.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

__all__ = ["Spawn", "build_alert_command", "show_alert"]

Spawn = Callable[[Sequence[str]], object]

_ERROR_BOX = 0x10
"""MB_ICONERROR, with a button to close it."""


def show_alert(
    title: str,
    text: str,
    environ: Mapping[str, str],
    *,
    platform: str = sys.platform,
    load: Callable[[str], Any] = importlib.import_module,
    spawn: Spawn | None = None,
) -> None:
    """Show one sentence. Never raises: the line on standard error says the same. `load` imports a module."""
    with suppress(OSError, ImportError):
        if platform == "win32":
            load("ctypes").windll.user32.MessageBoxW(None, text, title, _ERROR_BOX)
        elif platform == "darwin":
            (spawn or _spawn)(build_alert_command(title, text))
        else:
            _notify(title, text, environ, load)


def build_alert_command(title: str, text: str) -> list[str]:
    """For macOS. Strings of AppleScript have the escapes of JSON for quotes and backslashes."""
    quoted = [json.dumps(part, ensure_ascii=False) for part in (title, text)]
    return ["osascript", "-e", f"display alert {quoted[0]} message {quoted[1]} as critical"]


def _notify(title: str, text: str, environ: Mapping[str, str], load: Callable[[str], Any]) -> None:
    address = load("tray_app.linux.session_bus").find_bus_address(environ)
    if address is not None:
        load("tray_app.linux.notifications").notify_once(address, title, title, text)


def _spawn(command: Sequence[str]) -> object:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

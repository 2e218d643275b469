"""`sap-ai-proxy-tray --self-test`: the checks of the proxy, of tray, pictures, keyring and settings page."""

import importlib
import logging
import sys
import tempfile
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from proxy_core.cli.self_test import SelfTestError, check_keyring, core_checks, import_everything, run_checks
from tray_app.tray import TrayAvailability, resolve_backend, tray_available

__all__ = ["run_self_test"]

_OTHER_SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "win32": ("tray_app.linux", "tray_app.tray.macos"),
    "darwin": ("tray_app.linux", "tray_app.tray.windows"),
}
_NOT_ON_LINUX = ("tray_app.tray.windows", "tray_app.tray.macos", "tray_app.linux.indicator_icon")
"""The last wants GTK, which only an installation by the system's packages has."""


def run_self_test(environ: Mapping[str, str], write: Callable[[str], None]) -> int:
    """0 when every check is ok, else 1. Each line: `ok` or `FAILED`, the check, what was found."""
    checks: Mapping[str, Callable[[], str]] = {
        **core_checks(),
        "backend": lambda: _check_backend(environ),  # pystray wants to be loaded by it first
        "tray": _check_parts,
        "icons": _check_icons,
        "keyring": lambda: check_keyring(environ),
        "page": _check_page,
    }
    return run_checks(checks, write)


def _check_parts() -> str:
    importlib.import_module("pyperclip")
    return import_everything("tray_app", _OTHER_SYSTEMS.get(sys.platform, _NOT_ON_LINUX))


def _check_backend(environ: Mapping[str, str]) -> str:
    from tray_app.tray.backends import load_backend

    available = tray_available(environ)
    if available is TrayAvailability.BROKEN:
        raise SelfTestError("a library of the tray is missing")
    backend = resolve_backend(environ)
    load_backend(backend)
    return f"{backend.value}, tray: {available.value}"


def _check_icons() -> str:
    from tray_app.icons import TrayTheme, load_icon
    from tray_app.menu_items import IconState

    pictures = {load_icon(state, theme).tobytes() for state in IconState for theme in TrayTheme}
    return f"{len(pictures)} different pictures"


def _check_page() -> str:
    from proxy_core.settings.secret_store import MemorySecretStore
    from tray_app.autostart import open_autostart
    from tray_app.profile_source import ProfileSource, Surroundings
    from tray_app.program import TrayProgram
    from tray_app.texts import ENGLISH

    with tempfile.TemporaryDirectory(prefix="ai-core-proxy-test-") as name:
        folder = Path(name)
        around = Surroundings({}, {}, open_autostart({"HOME": name}), ENGLISH, logging.getLogger("self_test"))
        source = ProfileSource(folder, MemorySecretStore, around)
        program = TrayProgram(source, around, config_dir=folder, log_folder=folder)
        try:
            return f"status {_open_page(program.page_link())}"
        finally:
            program.close()


def _open_page(link: str) -> int:
    parts = urlsplit(link)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        response.read()
        if response.status >= 400:
            raise SelfTestError(f"the page answered {response.status}")
        return response.status
    finally:
        connection.close()

"""The language of the user's desktop. A program that no terminal started has no variable that tells it."""

import importlib
import locale
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["detect_language"]

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_FALLBACK = "en"


def detect_language(
    environ: Mapping[str, str], platform: str = sys.platform, load: Callable[[str], Any] = importlib.import_module
) -> str:
    """Something like `de`, `de_DE.UTF-8` or `de-AT`: the POSIX variables in their order, else what the system says.
    `load` imports a module of the system. Source: POSIX, Environment Variables, 8.2."""
    for name in _VARIABLES:
        if value := environ.get(name):
            return value
    ask = _SYSTEMS.get(platform)
    return ask(load) if ask else locale.getlocale()[0] or _FALLBACK


def _ask_windows(load: Callable[[str], Any]) -> str:
    """Python's own `getlocale` gives names such as `German_Germany` there."""
    code = load("ctypes").windll.kernel32.GetUserDefaultUILanguage()
    return locale.windows_locale.get(code, _FALLBACK)


def _ask_macos(load: Callable[[str], Any]) -> str:
    try:
        languages = load("Foundation").NSLocale.preferredLanguages()
    except ImportError:  # comes with the tray's library, but the program must start without it
        return _FALLBACK
    return str(languages[0]) if languages else _FALLBACK


_SYSTEMS: Mapping[str, Callable[[Callable[[str], Any]], str]] = {"win32": _ask_windows, "darwin": _ask_macos}

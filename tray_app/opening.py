"""Opens addresses, folders and files with the desktop's own programs.

A frozen program must not hand its own libraries to them, so the variables that its loader set are taken out first.
Source: https://pyinstaller.org/en/stable/common-issues-and-pitfalls.html (Launching external programs).
"""

import os
import shutil
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Mapping
from pathlib import Path

__all__ = ["child_environment", "clean_own_environment", "open_in_desktop"]

_ORIGINAL = "_ORIG"
_LIBRARY_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "LIBPATH")
_OPENERS = ("xdg-open", "gio", "exo-open", "kde-open")
_ARGUMENTS = {"gio": ["open"]}
_PATIENCE_SECONDS = 3.0


def child_environment(environ: Mapping[str, str], bundle: str | None) -> dict[str, str]:
    """The environment for another program: `X_ORIG` put back as `X`, and nothing that points into `bundle`, the
    folder of the frozen program; unchanged for a program that is not frozen (None)."""
    if bundle is None:
        return dict(environ)
    restored = {name: value for name, value in environ.items() if not name.endswith(_ORIGINAL)}
    for name in _LIBRARY_VARIABLES:
        restored.pop(name, None)
    for name, value in environ.items():
        if name.endswith(_ORIGINAL) and value:
            restored[name.removesuffix(_ORIGINAL)] = value
    kept = {name: _without_bundle(value, bundle) for name, value in restored.items()}
    return {name: value for name, value in kept.items() if value or not restored[name]}


def _without_bundle(value: str, bundle: str) -> str:
    parts = value.split(os.pathsep)
    return os.pathsep.join(part for part in parts if part != bundle and not part.startswith(bundle + os.sep))


def clean_own_environment() -> None:
    """Do the same to this process, for the libraries that start programs on their own. To be called at the start,
    before any thread."""
    cleaned = child_environment(os.environ, getattr(sys, "_MEIPASS", None))
    for name in set(os.environ) - set(cleaned):
        del os.environ[name]
    os.environ.update(cleaned)


def open_in_desktop(target: str | Path) -> bool:
    """Open an address, a folder or a file. False when nothing here can; it does not wait for the program."""
    text = str(target)
    if sys.platform == "win32":
        return _start_file(text)
    if sys.platform == "darwin":
        return _spawn(["open", text])
    for name in _OPENERS:
        if (program := shutil.which(name)) is not None:
            return _spawn([program, *_ARGUMENTS.get(name, []), text])
    return isinstance(target, str) and webbrowser.open(text)


def _spawn(command: list[str]) -> bool:
    """Start a program that may live on without us. True unless it fails at once."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=child_environment(os.environ, getattr(sys, "_MEIPASS", None)),
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(timeout=_PATIENCE_SECONDS) == 0
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, name="tray-opened", daemon=True).start()
        return True


def _start_file(text: str) -> bool:
    try:
        getattr(os, "startfile")(text)  # noqa: B009 - Windows only
    except OSError:
        return False
    return True

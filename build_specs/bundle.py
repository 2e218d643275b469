"""What a frozen build holds, for all three systems. The specs beside this file differ only in packing.

Always one folder, never one file: such a program unpacks itself into a temporary folder, which systems clean while
it runs. Must not be imported by the product.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from PyInstaller.building.api import COLLECT, EXE, PYZ
from PyInstaller.building.build_main import Analysis
from PyInstaller.utils.hooks import collect_data_files, collect_submodules

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "build_specs" / "programs"
ICONS = ROOT / "assets" / "app"

FOLDER_NAME = "ai-core-proxy"
TITLE = "AI Core Proxy"
BUNDLE_IDENTIFIER = "io.github.ai-core-proxy"
"""Fixed for ever: macOS binds the keychain's consent to it."""

CONSOLE, WINDOW = "sap-ai-proxy", "sap-ai-proxy-tray"

COMMAND_LINKS = ("sap-ai-inspect", "sap-ai-chat", "sap-ai-demo-request")
"""The other command lines are links to the console program, which looks at the name it was started by."""

OTHER_SYSTEMS: Mapping[str, tuple[str, ...]] = {
    "linux": ("tray_app.tray.windows", "tray_app.tray.macos", "tray_app.linux.indicator_icon"),
    "darwin": ("tray_app.tray.windows", "tray_app.linux"),
    "win32": ("tray_app.tray.macos", "tray_app.linux"),
}
"""Modules of ours that only run on other systems, or with GTK, which no bundle brings."""

PYSTRAY: Mapping[str, tuple[str, ...]] = {
    "linux": ("pystray._dummy",),
    "darwin": ("pystray._darwin",),
    "win32": ("pystray._win32", "pystray._util.win32", "pystray._util.notify_dbus"),
}
"""pystray loads its backend by name."""

NEVER = (
    "gi", "tkinter", "_tkinter", "turtle", "curses", "lib2to3", "idlelib", "ensurepip", "venv", "pydoc_data", "pdb",
    "doctest", "test", "unittest", "setuptools", "pkg_resources", "pip", "wheel", "numpy", "pytest", "mypy",
    "pystray._gtk", "pystray._appindicator", "pystray._xorg", "pystray._util.gtk", "sqlite3", "_sqlite3",
    "xmlrpc", "PIL.ImageQt", "PIL.ImageTk", "PIL.ImageShow", "PIL._avif", "PIL.AvifImagePlugin", "PIL._imagingcms",
    "PIL._imagingft", "PIL._webp", "PIL.WebPImagePlugin", "PIL._imagingmath", "PIL._imagingmorph", "PIL._imagingtk",
    "keyring.backends.libsecret", "keyring.testing", "watchdog", "dotenv", "asgiref",
)  # fmt: skip
"""Parts of our libraries that the program does not use; `--self-test` looks that none of them is there."""

BUILD_ALONE = frozenset(
    {
        "ai-core-proxy",
        "altgraph",
        "macholib",
        "packaging",
        "pefile",
        "pip",
        "pyinstaller-hooks-contrib",
        "setuptools",
    }
)
"""In the environment of the build, and not a library in the program; PyInstaller's bootloader is in it."""

LICENCE = re.compile(r"(LICEN[CS]E|COPYING|NOTICE)", re.IGNORECASE)

LEFT_OUT_LIBRARIES = ("libavif", "libwebp", "libfreetype", "libharfbuzz", "liblcms2", "libbrotli", "libsharpyuv")
"""Shared libraries that only the left out parts of Pillow need; `_imaging` links the others. Looked for too."""


@dataclass(frozen=True)
class Build:
    """`programs` are the two executables, `parts` all files beside them."""

    console: Any
    window: Any
    parts: tuple[Any, ...]

    def collect(self) -> Any:
        return COLLECT(self.console, self.window, *self.parts, strip=strips(), upx=False, name=FOLDER_NAME)


def strips() -> bool:
    """macOS would need new signatures, Windows has nothing to strip."""
    return sys.platform == "linux"


def build(work_folder: str, *, debug: bool, window_options: Mapping[str, Any], options: Mapping[str, Any]) -> Build:
    """Analyse once, and make both executables. `options` go to both, `window_options` to the one with the icon."""
    analysis = Analysis(
        [str(PROGRAMS / f"{name}.py") for name in (CONSOLE, WINDOW)],
        pathex=[str(ROOT)],
        datas=collect_data(Path(work_folder)),
        hiddenimports=hidden_imports(),
        excludes=list(NEVER),
        optimize=0 if debug else 1,
    )
    analysis.binaries = [entry for entry in analysis.binaries if keeps_library(entry[0])]
    archive = PYZ(analysis.pure)

    def executable(name: str, **more: Any) -> Any:
        scripts = [entry for entry in analysis.scripts if entry[0] not in {CONSOLE, WINDOW} or entry[0] == name]
        return EXE(
            archive, scripts, [], exclude_binaries=True, name=name, debug=debug, strip=strips(), upx=False, **more
        )

    return Build(
        console=executable(CONSOLE, console=True, **options),
        window=executable(WINDOW, **{**options, **window_options}),
        parts=(analysis.binaries, analysis.datas),
    )


def hidden_imports() -> list[str]:
    """All of our own modules that this system can load, and what our libraries load by name."""
    others = OTHER_SYSTEMS[sys.platform]
    own = [
        *collect_submodules("proxy_core"),
        *collect_submodules("tray_app", filter=lambda name: name not in others),
    ]
    return [*own, *PYSTRAY[sys.platform], "pyperclip"]


def collect_data(work_folder: Path) -> list[tuple[str, str]]:
    """Pictures, the settings page, and what the build knows of itself: the commit that `--version` tells, the
    repository of the releases, and what was left out, for the self test."""
    from proxy_core.version import commit_hash

    work_folder.mkdir(parents=True, exist_ok=True)
    known = {
        "commit.txt": commit_hash() or "",
        "repository.txt": os.environ.get("GITHUB_REPOSITORY", ""),
        "left_out.txt": "\n".join([*NEVER, *(f"{name}*" for name in LEFT_OUT_LIBRARIES)]),
    }
    for name, text in known.items():
        (work_folder / name).write_text(text, encoding="ascii")
    data = [*collect_data_files("proxy_core"), *collect_data_files("tray_app"), (str(ROOT / "LICENSE"), ".")]
    return [*data, *collect_licences(), *((str(work_folder / name), "proxy_core") for name in known)]


def collect_licences() -> list[tuple[str, str]]:
    """Of Python and of our libraries, most of which ask that their texts go along."""
    found = [(str(path), "licences/python") for path in Path(os.__file__).parent.glob("LICENSE*")]
    for library in distributions():
        name = library.metadata["Name"].lower()
        files = () if name in BUILD_ALONE else library.files or ()
        for file in (file for file in files if LICENCE.match(file.name)):
            below = [part for part in file.parts[1:-1] if part != "licenses"]  # of what a library brings itself
            found.append((str(library.locate_file(file)), str(Path("licences", name, *below))))
    return found


def link_commands(folder: str) -> None:
    """Beside the programs, where the system has links that packages keep."""
    for name in COMMAND_LINKS:
        link = Path(folder, name)
        link.unlink(missing_ok=True)
        link.symlink_to(CONSOLE)


def keeps_library(name: str) -> bool:
    return not Path(name).name.startswith(LEFT_OUT_LIBRARIES)

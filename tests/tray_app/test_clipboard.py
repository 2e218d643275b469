"""The clipboard by the system's tools, in a process of its own with an environment of its own."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from tray_app.clipboard import ClipboardError, copy_text
try:
    copy_text(sys.argv[1])
except ClipboardError:
    print("no tool")
"""


def copy(text: str, tools: Path, *, script: str = SCRIPT, **variables: str) -> str:
    environ = {"PATH": str(tools), "DISPLAY": ":77", **variables}
    done = subprocess.run(
        [sys.executable, "-c", script, text],
        env=environ,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        timeout=30,
        check=True,
    )
    return done.stdout.decode().strip()


def install(folder: Path, *tools: str) -> None:
    """Tools that note what they are given, and a `which` that finds them."""
    for name in tools:
        write_program(folder / name, f"exec /bin/cat > {folder}/copied-by-{name}")
    write_program(folder / "which", f'[ -x "{folder}/$1" ]')


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_tool_gets_the_whole_text(tmp_path: Path) -> None:
    install(tmp_path, "xclip")

    assert copy("Schlüssel\nzwei", tmp_path) == ""
    assert (tmp_path / "copied-by-xclip").read_text() == "Schlüssel\nzwei"


def test_wayland_has_its_own_tool(tmp_path: Path) -> None:
    install(tmp_path, "xclip", "wl-copy", "wl-paste")

    assert copy("text", tmp_path, WAYLAND_DISPLAY="wayland-0") == ""
    assert (tmp_path / "copied-by-wl-copy").read_text() == "text"


def test_wayland_without_its_tool_goes_by_x11(tmp_path: Path) -> None:
    install(tmp_path, "xclip")

    assert copy("text", tmp_path, WAYLAND_DISPLAY="wayland-0") == ""
    assert (tmp_path / "copied-by-xclip").read_text() == "text"


def test_a_tool_that_is_installed_later_is_found(tmp_path: Path) -> None:
    install(tmp_path)
    write_program(tmp_path / "install", f"/bin/mv {tmp_path}/later {tmp_path}/xclip")
    write_program(tmp_path / "later", f"exec /bin/cat > {tmp_path}/copied")
    again = SCRIPT + 'import subprocess; subprocess.run(["install"])\ncopy_text(sys.argv[1])'

    assert copy("text", tmp_path, script=again) == "no tool"
    assert (tmp_path / "copied").read_text() == "text"


def test_a_desktop_without_tools_is_told(tmp_path: Path) -> None:
    assert copy("text", tmp_path) == "no tool"

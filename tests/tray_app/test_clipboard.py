"""The clipboard by the system's tools, in a process of its own: pyperclip looks for them once."""

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


def copy(text: str, tools: Path) -> str:
    environ = {"PATH": str(tools), "DISPLAY": ":77"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, text],
        env=environ,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        timeout=30,
        check=True,
    )
    return done.stdout.decode().strip()


def test_the_tool_gets_the_whole_text(tmp_path: Path) -> None:
    tool = tmp_path / "xclip"
    tool.write_text(f"#!/bin/sh\nexec /bin/cat > {tmp_path}/copied\n")
    tool.chmod(0o755)
    which = tmp_path / "which"
    which.write_text('#!/bin/sh\n[ "$1" = xclip ]\n')
    which.chmod(0o755)

    assert copy("Schlüssel\nzwei", tmp_path) == ""
    assert (tmp_path / "copied").read_text() == "Schlüssel\nzwei"


def test_a_desktop_without_tools_is_told(tmp_path: Path) -> None:
    assert copy("text", tmp_path) == "no tool"

"""What crashes leaves a trace in the log, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = """
import faulthandler, logging, pathlib, sys, threading
from tray_app.crash import CrashLog
folder = pathlib.Path(sys.argv[1])
logging.basicConfig(filename=folder / "log")
CrashLog(logging.getLogger("tray"), folder).start()
"""


def run(script: str, folder: Path) -> int:
    command = [sys.executable, "-c", START + script, str(folder)]
    return subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, timeout=30, check=False).returncode


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("raise ValueError('x')", "The program crashed"),
        (
            "thread = threading.Thread(target=lambda: 1 / 0, name='worker'); thread.start(); thread.join()",
            "worker crashed",
        ),
    ],
)
def test_an_uncaught_error_is_in_the_log(tmp_path: Path, script: str, words: str) -> None:
    run(script, tmp_path)
    log = (tmp_path / "log").read_text()

    assert words in log
    assert "Traceback" in log


def test_a_fault_without_a_python_error_is_kept(tmp_path: Path) -> None:
    code = run("import ctypes; ctypes.string_at(0)", tmp_path)

    assert code != 0
    assert "Fatal Python error" in (tmp_path / "crash.log").read_text()
    assert (tmp_path / "crash.log").stat().st_mode & 0o777 == 0o600

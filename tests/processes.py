"""Programs that tests start, and waiting for what they do. Knows no bus and no display."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

__all__ = ["PATIENCE_SECONDS", "end_process", "read_line_from", "require_program", "wait_until"]

T = TypeVar("T")

PATIENCE_SECONDS = 20.0
PREREQUISITES = Path(__file__).with_name("desktop") / "prerequisites.sh"


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
        time.sleep(0.02)
    raise AssertionError(f"Not within {seconds:g} s: {what}")


def read_line_from(
    command: list[str], option: str, environ: Mapping[str, str]
) -> tuple[subprocess.Popen[bytes], str]:
    """Starts a program that writes its address to the file descriptor that `option` names."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [require_program(command[0]), *command[1:], option.format(writer)],
        pass_fds=[writer],
        env=environ,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as pipe:
        return process, pipe.readline().strip()


def end_process(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(PATIENCE_SECONDS)

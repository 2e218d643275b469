"""Starts the fast upstream: the C program where a compiler is at hand, else a slower one in Python."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.canned import MODELS, write_answers

__all__ = ["Upstream", "run_upstream"]

_SOURCE = Path(__file__).with_name("upstream.c")


@dataclass(frozen=True, slots=True)
class Upstream:
    """`kind` is `C` or `Python`."""

    port: int
    kind: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def set_streams(self, events: int, interval_us: int = 0) -> None:
        """What the streams that begin from now on send; interval 0 is full speed."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            line = f"GET /control?events={events}&interval={interval_us} HTTP/1.1\r\nHost: bench\r\n\r\n"
            connection.sendall(line.encode())
            connection.recv(4096)


@contextmanager
def run_upstream(directory: Path) -> Iterator[Upstream]:
    """An upstream with its files and its program in `directory`."""
    port = _free_port()
    write_answers(directory, f"http://127.0.0.1:{port}")
    program = _compiled(directory)
    command = [str(program)] if program else [sys.executable, "-m", "bench.python_upstream"]
    process = subprocess.Popen([*command, str(port), str(directory), *MODELS], stdout=subprocess.PIPE)
    try:
        if process.stdout is None or process.stdout.readline().strip() != b"ready":
            raise RuntimeError("The bench's upstream did not start.")
        yield Upstream(port, "C" if program else "Python")
    finally:
        process.kill()
        process.communicate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _compiled(directory: Path) -> Path | None:
    compiler = shutil.which("cc") if sys.platform == "linux" else None
    if compiler is None:
        return None
    program = directory / "upstream"
    done = subprocess.run([compiler, "-O2", "-o", str(program), str(_SOURCE)], check=False, capture_output=True)
    return program if done.returncode == 0 else None

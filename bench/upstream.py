"""Starts the fast upstream: the C program where a compiler is at hand, else a slower one in Python."""

import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from bench.canned import MODELS, write_answers
from bench.python_upstream import SERVER_PEM

__all__ = ["Upstream", "run_python_upstream", "run_upstream"]

_PYTHON = (sys.executable, "-m", "bench.python_upstream")
_SOURCE = Path(__file__).with_name("upstream.c")


@dataclass(frozen=True, slots=True)
class Upstream:
    """`kind` is `C` or `Python`. `ca_file` certifies it when it speaks TLS."""

    port: int
    kind: str
    ca_file: Path | None = None

    @property
    def url(self) -> str:
        return _url(self.port, tls=self.ca_file is not None)

    def set_streams(self, events: int, interval_us: int = 0) -> None:
        """What the streams that begin from now on send; interval 0 is full speed."""
        with self._connected() as connection:
            line = f"GET /control?events={events}&interval={interval_us} HTTP/1.1\r\nHost: bench\r\n\r\n"
            connection.sendall(line.encode())
            connection.recv(4096)

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port))
        if self.ca_file is None:
            return connection
        return ssl.create_default_context(cafile=self.ca_file).wrap_socket(connection, server_hostname="127.0.0.1")


@contextmanager
def run_upstream(directory: Path) -> Iterator[Upstream]:
    """An upstream with its files and its program in `directory`."""
    program = _compiled(directory)
    command = (str(program),) if program else _PYTHON
    with _running(command, directory, Upstream(_free_port(), "C" if program else "Python")) as upstream:
        yield upstream


@contextmanager
def run_python_upstream(directory: Path, *, tls: bool) -> Iterator[Upstream]:
    """The slower one, which also speaks TLS."""
    ca_file = _certify(directory) if tls else None
    with _running(_PYTHON, directory, Upstream(_free_port(), "Python", ca_file)) as upstream:
        yield upstream


@contextmanager
def _running(command: Sequence[str], directory: Path, upstream: Upstream) -> Iterator[Upstream]:
    write_answers(directory, upstream.url)
    arguments = [str(upstream.port), str(directory), *MODELS, *(["--tls"] if upstream.ca_file else [])]
    process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE)
    try:
        if process.stdout is None or process.stdout.readline().strip() != b"ready":
            raise RuntimeError("The bench's upstream did not start.")
        yield upstream
    finally:
        process.kill()
        process.communicate()


def _url(port: int, *, tls: bool) -> str:
    return f"{'https' if tls else 'http'}://127.0.0.1:{port}"


def _certify(directory: Path) -> Path:
    """Write a certificate for 127.0.0.1; returns the file of the authority behind it."""
    authority = trustme.CA()
    ca_file = directory / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(directory / SERVER_PEM)
    return ca_file


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

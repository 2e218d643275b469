"""Starts the proxy as a user would, with a home of its own, and stops it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.upstream import Upstream

__all__ = ["KEY", "Proxy", "run_proxy"]

KEY = "bench-key-of-the-load-client-0001"
_START_LIMIT = 30.0


@dataclass(frozen=True, slots=True)
class Proxy:
    """`start_seconds`: from the start of the program to its first good answer of `/v1/models`."""

    pid: int
    port: int
    start_seconds: float


@contextmanager
def run_proxy(
    directory: Path, upstream: Upstream, *, max_streams: int | None = None, command: Sequence[str] = ()
) -> Iterator[Proxy]:
    """A running proxy, of this checkout or by `command`; its log goes to `directory/proxy.log`. Raises
    `RuntimeError` when it does not start."""
    port = _free_port()
    config = _write_config(directory, upstream, port, max_streams)
    log = directory / "proxy.log"
    with log.open("ab") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [*(command or _command()), "-c", str(config)], stdout=out, stderr=out, env=_environment(directory)
        )
    try:
        yield Proxy(process.pid, port, _wait_for_models(process, port, begin, log))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _write_config(directory: Path, upstream: Upstream, port: int, max_streams: int | None) -> Path:
    service_key = {
        "clientid": "bench",
        "clientsecret": "bench",
        "url": upstream.url,
        "identityzone": "bench",
        "identityzoneid": "00000000-0000-0000-0000-000000000000",
        "serviceurls": {"AI_API_URL": upstream.url},
    }
    config = {
        "subAccounts": {"bench": {"resource_group": "default", "service_key_json": service_key}},
        "secret_authentication_tokens": [KEY],
        "host": "127.0.0.1",
        "port": port,
        **({"max_streams": max_streams} if max_streams else {}),
        **({"ca_file": str(upstream.ca_file)} if upstream.ca_file else {}),
    }
    path = directory / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def _environment(directory: Path) -> dict[str, str]:
    """The user's, but with a home that nobody else reads."""
    home = str(directory / "home")
    folders = {f"XDG_{kind}_HOME": f"{home}/{kind.lower()}" for kind in ("CONFIG", "CACHE", "STATE", "DATA")}
    return {**os.environ, "HOME": home, **folders}


def _command() -> list[str]:
    script = shutil.which("sap-ai-proxy", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "proxy_core"]


def _wait_for_models(process: "subprocess.Popen[bytes]", port: int, begin: float, log: Path) -> float:
    while time.perf_counter() - begin < _START_LIMIT:
        if process.poll() is not None:
            break
        if _serves_models(port):
            return time.perf_counter() - begin
        time.sleep(0.002)
    raise RuntimeError(f"The proxy did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _serves_models(port: int) -> bool:
    head = f"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    request = f"{head}Authorization: Bearer {KEY}\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(request.encode())
            return b" 200 " in connection.recv(4096)[:16]
    except OSError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

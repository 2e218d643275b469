"""Runs real clients against the demo and prints a table, client by model. Exits 1 when one failed, 2 without npm.

Usage: `python -m tests.clients [WORD ...]`: only the clients whose name holds one of the words.

Each run has an empty HOME and a folder with a file of secret words. A client passes when its answer holds the
words, which it can know only from the tool call that read the file. A client without tools passes when the answer
of the simulated model arrives.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.clients.installing import install
from tests.clients.parts import MODELS, PROOF_FILE, Client, Place, Run, find_free_port
from tests.clients.table import CLIENTS
from tests.processes import wait_until

FOLDER = Path(".cache/clients").absolute()
PATIENCE_SECONDS = 120.0
START_SECONDS = 30.0
ANSWER_WITHOUT_TOOLS = "simulated"
KEPT = ("PATH", "LANG", "TMPDIR", "SSL_CERT_FILE")


def main(words: list[str]) -> int:
    if shutil.which("npm") is None:
        print("npm is missing, with which clients are installed. Install Node.js 20 or newer.", file=sys.stderr)
        return 2
    chosen = [client for client in CLIENTS if not words or any(word in client.name for word in words)]
    install(FOLDER)
    port = find_free_port()
    demo = [str(Path(sys.executable).with_name("sap-ai-proxy")), "--demo", "--port", str(port)]
    print(f"{'client':<32}" + "".join(f"{model:<20}" for model in MODELS), flush=True)
    with tempfile.TemporaryDirectory() as home, running(demo, build_environ(Path(home), {}), Path(home), port):
        results = [result for client in chosen for result in show_row(client, f"http://127.0.0.1:{port}")]
    failures = [result for result in results if result]
    print(f"{len(results) - len(failures)} of {len(results)} passed.", *failures, sep="\n")
    return 1 if failures else 0


def show_row(client: Client, address: str) -> list[str]:
    """Runs a client on its models and prints its row. An empty string for each success, else what happened."""
    print(f"{client.name:<32}", end="", flush=True)
    results = []
    for model in MODELS:
        if model not in client.models:
            print(f"{'-':<20}", end="", flush=True)
            continue
        reason = try_client(client, address, model)
        success = "ok" if client.tools else "ok, without tools"
        print(f"{'failed' if reason else success:<20}", end="", flush=True)
        results.append(f"{client.name}, {model}: {reason}" if reason else "")
    print(flush=True)
    return results


def try_client(client: Client, address: str, model: str) -> str:
    """Why the client failed, or an empty string."""
    proof = secrets.token_hex(8)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home, work = Path(folder, "home"), Path(folder, "work")
        home.mkdir()
        work.mkdir()
        (work / PROOF_FILE).write_text(f"{proof}\n")
        try:
            output = carry_out(client.plan(Place(address, model, home, work, FOLDER)), home, work)
        except (OSError, AssertionError, subprocess.SubprocessError) as error:
            return describe(error)
    expected = proof if client.tools else ANSWER_WITHOUT_TOOLS
    return "" if expected in output else f"the answer lacks what the tool read; it ends with: {output[-300:]!r}"


def carry_out(run: Run, home: Path, work: Path) -> str:
    """What the client wrote. Raises SubprocessError when it failed or did not end in time."""
    for path, text in run.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environ = build_environ(home, run.environ)
    service = run.service
    around = running(service.command, environ, work, service.port) if service else contextlib.nullcontext()
    with around:
        for command in run.before:
            capture(command, environ, work)
        return capture(run.command, environ, work)


def capture(command: list[str], environ: dict[str, str], work: Path) -> str:
    """What the command wrote. It is ended with all that it started, also when it left something running."""
    process = subprocess.Popen(
        command,
        env=environ,
        cwd=work,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        said, complained = process.communicate(timeout=PATIENCE_SECONDS)
    finally:
        end_group(process, signal.SIGKILL)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, said, complained)
    return said


def end_group(process: subprocess.Popen[Any], how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    process.wait(START_SECONDS)


def build_environ(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """No variable of the user's reaches a client, so no key and no setting of theirs does."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    folders = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "NO_PROXY": "127.0.0.1"}
    return {**kept, **folders, **extra}


@contextlib.contextmanager
def running(command: list[str], environ: dict[str, str], work: Path, port: int) -> Iterator[None]:
    """A program that listens on the port, and is ended with what it started."""
    process = subprocess.Popen(
        command,
        env=environ,
        cwd=work,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_until(lambda: listens(port), f"{Path(command[0]).name} listens on port {port}", START_SECONDS)
        yield
    finally:
        end_group(process, signal.SIGTERM)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def describe(error: Exception) -> str:
    match error:
        case subprocess.CalledProcessError():
            said = f"{error.stdout or ''}{error.stderr or ''}"
            return f"{Path(error.cmd[0]).name} ended with {error.returncode}: {said[-600:]!r}"
        case subprocess.TimeoutExpired():
            return f"did not end within {error.timeout:g} s"
    return str(error)


if __name__ == "__main__":
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))

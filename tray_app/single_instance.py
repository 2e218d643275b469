"""One tray program for each user: a locked file, and a small message to the one that runs.

The lock is freed by the system when the program ends, however it ends. The file says on which loopback port the
first program listens, and holds a token that only this user can read.
"""

import hmac
import json
import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from proxy_core.settings.json_file import make_private_folder

__all__ = ["SingleInstance"]

_TOKEN_BYTES = 32
_SECONDS = 3.0
_RETRY_SECONDS = 0.1
_ACCEPT_SECONDS = 0.5
_LONGEST_MESSAGE = 256
_SHOWN = b"shown\n"
_LOCKED_BYTE = 1 << 30
"""Far behind the text: Windows locks bytes, and a locked byte cannot be read."""


class SingleInstance:
    """`path` is the lock file, in a folder that lives as long as the user's settings."""

    def __init__(self, path: Path, log: logging.Logger) -> None:
        self._path = path
        self._log = log
        self._file: IO[str] | None = None
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._token = secrets.token_hex(_TOKEN_BYTES)

    def acquire(self) -> bool:
        """Take the lock; False when another program has it. Raises OSError when the file cannot be written."""
        make_private_folder(self._path.parent)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+", encoding="ascii")
        try:
            _lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def listen(self, on_show: Callable[[], None]) -> None:
        """Call `on_show`, on a thread of its own, whenever the program is started again. Only with the lock."""
        if self._file is None:
            raise RuntimeError("The lock was not taken.")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_ACCEPT_SECONDS)
        port = self._listener.getsockname()[1]
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps({"pid": os.getpid(), "port": port, "token": self._token}))
        self._file.flush()
        self._thread = threading.Thread(
            target=self._listen, args=(self._listener, on_show), name="tray-instance", daemon=True
        )
        self._thread.start()

    def show_first(self) -> bool:
        """Ask the program that has the lock to show itself. False when it does not answer within seconds."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            with suppress(OSError, ValueError, KeyError, TypeError):
                if self._ask(json.loads(self._path.read_text(encoding="ascii"))):
                    return True
            time.sleep(_RETRY_SECONDS)
        return False

    def close(self) -> None:
        """End the listening and free the lock. May be called twice."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
        if self._thread is not None:
            self._thread.join(2 * _ACCEPT_SECONDS)
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.seek(0)
                file.truncate()
            file.close()

    def _ask(self, first: Any) -> bool:
        with socket.create_connection(("127.0.0.1", int(first["port"])), timeout=_SECONDS) as connection:
            connection.sendall(f"{first['token']}\n".encode("ascii"))
            return connection.recv(_LONGEST_MESSAGE) == _SHOWN

    def _listen(self, listener: socket.socket, on_show: Callable[[], None]) -> None:
        while self._listener is listener:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with connection, suppress(OSError):
                connection.settimeout(_ACCEPT_SECONDS)
                if self._is_ours(connection):
                    self._show(on_show)
                    connection.sendall(_SHOWN)

    def _is_ours(self, connection: socket.socket) -> bool:
        received = connection.recv(_LONGEST_MESSAGE)
        return hmac.compare_digest(received.strip(), self._token.encode("ascii"))

    def _show(self, on_show: Callable[[], None]) -> None:
        try:
            on_show()
        except Exception:  # a thread's top level
            self._log.exception("The second start could not be answered")


def _lock(file: IO[str]) -> None:
    """Raises OSError when another process has the lock."""
    if sys.platform == "win32":
        import msvcrt

        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

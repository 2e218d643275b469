"""A server that plays bytes: each request takes the next script. Speaks no HTTP beyond finding a request's end."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Self

__all__ = ["CHUNKED_HEAD", "End", "Pause", "Request", "Script", "ScriptedServer", "answer", "chunk"]

CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


class End(Enum):
    """How a script may end the connection; without one it stays open for the next request."""

    CLOSE = "close"
    RESET = "reset"


Script = Sequence[bytes | Pause | End]


@dataclass(frozen=True, slots=True)
class Request:
    """`connection` counts from 0; header names are lower case."""

    connection: int
    line: str
    headers: dict[str, str]
    body: bytes


def answer(body: bytes = b"{}", status: int = 200, **headers: str) -> bytes:
    """A whole answer with a length. Underscores in header names stand for hyphens."""
    fields = {"content-type": "application/json", "content-length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Words\r\n{lines}\r\n".encode() + body


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


class ScriptedServer:
    """Plays `scripts` in the order of requests, the last one again and again. Use it as a context manager."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, reads_bodies: bool = True) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.closed_early = threading.Event()
        """Set when the client closed while a script was playing."""
        self._scripts = list(scripts) or [[answer()]]
        self._tls = tls
        self._reads_bodies = reads_bodies
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}" if self._tls else f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target, *args) -> None:  # type: ignore[no-untyped-def]
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number = self.connections
            self.connections += 1
            self._start(self._serve, sock, number)

    def _serve(self, sock: socket.socket, number: int) -> None:
        with self._lock:
            self._open.add(sock)
        served = sock
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                served = self._tls.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._open.discard(sock)
                    self._open.add(served)
            while request := self._read(served, number):
                if not self._play(served, self._next_script(request)):
                    return
        except OSError:
            return
        finally:
            with self._lock:
                self._open.discard(served)
            served.close()

    def _next_script(self, request: Request) -> Script:
        with self._lock:
            self.requests.append(request)
            return self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]

    def _play(self, sock: socket.socket, script: Script) -> bool:
        """False when the script ended the connection."""
        for step in script:
            match step:
                case bytes():
                    sock.sendall(step)
                case Pause(seconds):
                    if self._wait_for_client(sock, seconds):
                        self.closed_early.set()
                        return False
                case End.RESET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    return False
                case End.CLOSE:
                    if self._tls:
                        with contextlib.suppress(OSError):
                            sock.unwrap()  # type: ignore[attr-defined]
                    return False
        return True

    def _wait_for_client(self, sock: socket.socket, seconds: float) -> bool:
        """Pause; True when the client closed meanwhile."""
        sock.settimeout(seconds)
        try:
            return sock.recv(1) == b""
        except TimeoutError:
            return False
        except OSError:
            return True
        finally:
            sock.settimeout(None)

    def _read(self, sock: socket.socket, number: int) -> Request | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = sock.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        while self._reads_bodies and len(body) < int(headers.get("content-length", 0)):
            more = sock.recv(65536)
            if not more:
                return None
            body += more
        return Request(number, line, headers, body)

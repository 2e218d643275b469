"""`upstream.c` in Python, for machines without a C compiler: the same files, one thread a connection.

`python -m bench.python_upstream PORT DIRECTORY NAME... [--tls]`; for TLS the directory holds `server.pem`.
"""

import re
import socket
import socketserver
import ssl
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SERVER_PEM", "main"]

SERVER_PEM = "server.pem"
"""The private key and the certificate chain, in the directory."""
_STAMP = b"@" * 16
_LENGTH = re.compile(rb"\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CONTROL = re.compile(rb"/control\?events=(\d+)&interval=(\d+)")
_DEPLOYMENT = re.compile(rb"/deployments/([^/ ]+)/")
_STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_BATCH = 256


@dataclass
class _State:
    """`files` are the canned bytes by file name; the rest is what `/control` set."""

    files: dict[str, bytes]
    events: int = 20
    interval: float = 0.0
    begun: int = 0


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, port: int, state: _State, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.state = state
        self._tls = tls

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        held = b""
        try:
            while data := self.request.recv(1 << 18):
                held += data
                while (request := _whole_request(held)) is not None:
                    self._answer(held[:request])
                    held = held[request:]
        except (ConnectionError, ssl.SSLError):
            return

    def _answer(self, request: bytes) -> None:
        state = self.server.state
        line = request[: request.find(b"\r\n")]
        if control := _CONTROL.search(line):
            state.events, state.interval = int(control[1]), int(control[2]) / 1e6
            self.request.sendall(_with_head(b""))
        elif b"/oauth/token" in line:
            self.request.sendall(_with_head(state.files["token"]))
        elif b"/lm/deployments" in line:
            self.request.sendall(_with_head(state.files["deployments"]))
        elif found := _DEPLOYMENT.search(line):
            self._answer_model(found[1].decode(), request, streamed=b"stream" in line)
        else:
            self.request.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def _answer_model(self, name: str, request: bytes, *, streamed: bool) -> None:
        files = self.server.state.files
        if streamed or b'"stream":true' in request or b'"stream": true' in request:
            self._stream(name)
        else:
            self.request.sendall(_with_head(files[f"{name}.plain"]))

    def _stream(self, name: str) -> None:
        state = self.server.state
        event, last = _chunk(state.files[f"{name}.event"]), _chunk(state.files[f"{name}.last"])
        self.request.sendall(_STREAM_HEAD + _chunk(state.files[f"{name}.first"]))
        if state.interval:
            self._pace(event, state.events, state.interval)
        else:
            for left in range(state.events, 0, -_BATCH):
                self.request.sendall(_stamped(event) * min(left, _BATCH))
        self.request.sendall(last + b"0\r\n\r\n")

    def _pace(self, event: bytes, events: int, interval: float) -> None:
        state = self.server.state
        state.begun += 1
        due = time.monotonic() + (state.begun * 0.618 % 1) * interval  # streams of different users tick apart
        for _ in range(events):
            time.sleep(max(0.0, due - time.monotonic()))
            due += interval
            self.request.sendall(_stamped(event))


def _whole_request(held: bytes) -> int | None:
    """The length of the first request, when it is there."""
    end = held.find(b"\r\n\r\n")
    if end < 0:
        return None
    found = _LENGTH.search(held, 0, end + 2)
    length = end + 4 + (int(found[1]) if found else 0)
    return length if len(held) >= length else None


def _with_head(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def _stamped(event: bytes) -> bytes:
    return event.replace(_STAMP, b"%016d" % (time.monotonic_ns() // 1000))


def main() -> None:
    """Serve until killed."""
    port, directory = int(sys.argv[1]), Path(sys.argv[2])
    files = {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}
    tls = None
    if "--tls" in sys.argv:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(directory / SERVER_PEM)
    with _Server(port, _State(files), tls) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()

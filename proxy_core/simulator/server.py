"""The simulated service on a socket: HTTP/1.1 in, `Service` asked, HTTP/1.1 out.

It decides nothing. Every frame of a stream is one HTTP chunk, sent in one piece. `stop` ends open streams and joins
every thread.
"""

import contextlib
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from proxy_core.simulator.reply import Drop, Flush, Pause, Piece, Reply, Reset
from proxy_core.simulator.request import SimRequest
from proxy_core.simulator.service import Service
from proxy_core.simulator.world import World

__all__ = ["Simulator"]

BIGGEST_BODY = 64 * 1024 * 1024
SERVED = tuple(f"do_{method}" for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))
HANDSHAKE_SECONDS = 10.0
REASONS = {status.value: status.phrase for status in HTTPStatus}
CONNECTION_LOST = (OSError, ssl.SSLError)


class Simulator:
    """A SAP AI Core on loopback.

    `port` 0 takes a free one. `tls` serves https; with `verify_mode` CERT_OPTIONAL a client certificate that the
    context trusts stands for the client secret. `pace` is the pause between the frames of a stream in seconds.
    """

    def __init__(
        self,
        world: World,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        pace: float = 0.0,
    ) -> None:
        self.world = world
        self._host = host
        self._port = port
        self._tls = tls
        self._pace = pace
        self._server: Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Base address without a trailing slash. Raises `RuntimeError` before `start`."""
        if self._server is None:
            raise RuntimeError("the simulator is not started")
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self._host}:{self._server.server_address[1]}"

    def service_key(self, tenant: str) -> dict[str, Any]:
        """The service key of a sub-account, pointing at this simulator. Raises `KeyError` for an unknown one."""
        return self.world.service_key(tenant, self.url)

    def x509_service_key(self, tenant: str, certificate: str, key: str) -> dict[str, Any]:
        """A service key with a client certificate (both PEM texts) in place of the secret."""
        secret_key = self.service_key(tenant)
        del secret_key["clientsecret"]
        certified = {"certificate": certificate, "key": key, "certurl": self.url, "credential-type": "x509"}
        return {**secret_key, **certified}

    def start(self) -> Self:
        """Listen and serve in threads of its own. Raises `OSError` when the port is taken."""
        self._server = Listener((self._host, self._port), self._tls, self._pace)
        self._server.service = Service(self.world, self.url)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="simulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """End open streams, close every connection, join every thread. May be called twice."""
        if self._server is None or self._thread is None:
            return
        self._server.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.close_connections()
        self._server.server_close()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Listener(ThreadingHTTPServer):
    """Accepts connections and knows the open ones."""

    daemon_threads = False
    request_queue_size = 256
    service: Service

    def __init__(self, address: tuple[str, int], tls: ssl.SSLContext | None, pace: float) -> None:
        self.stopping = threading.Event()
        self.pace = pace
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, Connection)

    def server_bind(self) -> None:
        # HTTPServer.server_bind asks DNS for the host's name, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = self.socket.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().close_request(request)

    def close_connections(self) -> None:
        with self._lock:
            connections = tuple(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A lost connection is no news; any other error is a fault of the simulator and is printed."""
        if not isinstance(sys.exc_info()[1], CONNECTION_LOST):
            super().handle_error(request, client_address)


class Connection(BaseHTTPRequestHandler):
    """One keep-alive connection."""

    protocol_version = "HTTP/1.1"
    server: Listener

    def setup(self) -> None:
        if isinstance(self.request, ssl.SSLSocket):
            self.request.settimeout(HANDSHAKE_SECONDS)
            self.request.do_handshake()
            self.request.settimeout(None)
        super().setup()

    def __getattr__(self, name: str) -> Any:
        """`do_GET` and its like: every method is served alike."""
        if name in SERVED:
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._send_whole(Reply(413, "text/plain", b"Payload Too Large"))
            return
        target = urlsplit(self.path)
        certificate = isinstance(self.request, ssl.SSLSocket) and bool(self.request.getpeercert())
        request = SimRequest(
            self.command,
            target.path,
            dict(parse_qsl(target.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            body,
            certificate,
        )
        self._send(self.server.service.respond(request))

    def _read_body(self) -> bytes | None:
        """The body, None when it is too large."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length <= BIGGEST_BODY else None

    def _read_chunks(self) -> bytes | None:
        chunks: list[bytes] = []
        total = 0
        while size := int(self.rfile.readline(64).split(b";")[0], 16):
            total += size
            if total > BIGGEST_BODY:
                return None
            chunks.append(self.rfile.read(size))
            self.rfile.readline(8)
        while self.rfile.readline(8_192).strip():
            pass
        return b"".join(chunks)

    def _send(self, reply: Reply) -> None:
        for piece in reply.before:
            if not self._act(piece):
                return
        if isinstance(reply.body, bytes):
            self._send_whole(reply)
        else:
            self._send_frames(reply, reply.body)

    def _send_whole(self, reply: Reply) -> None:
        body = reply.body if isinstance(reply.body, bytes) else b""
        head = self._head(reply, f"Content-Length: {len(body)}")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def _send_frames(self, reply: Reply, pieces: Iterator[Piece]) -> None:
        self.wfile.write(self._head(reply, "Transfer-Encoding: chunked"))
        for piece in pieces:
            if not self._act(piece):
                return
        self.wfile.write(b"0\r\n\r\n")

    def _head(self, reply: Reply, length: str) -> bytes:
        lines = [
            f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Unknown')}",
            f"Date: {self.date_time_string()}",
            "Server: istio-envoy",
            f"Content-Type: {reply.content_type}",
            length,
            *(f"{name}: {value}" for name, value in reply.headers.items()),
            *(["Connection: close"] if self.close_connection else []),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _act(self, piece: Piece) -> bool:
        """Do one piece of a reply; False when the reply ends there."""
        match piece:
            case bytes():
                return self._chunk(piece) and not self._stopped(self.server.pace)
            case Flush(part):
                return self._chunk(part)
            case Pause(seconds):
                return not self._stopped(seconds)
            case Drop():
                self.close_connection = True
                return False
            case Reset():
                self._reset()
                return False

    def _chunk(self, frame: bytes) -> bool:
        if frame:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(frame), frame))
        return not self.server.stopping.is_set()

    def _stopped(self, seconds: float) -> bool:
        """Wait; True when the simulator stops meanwhile."""
        stopped = self.server.stopping.wait(seconds) if seconds > 0 else self.server.stopping.is_set()
        if stopped:
            self.close_connection = True
        return stopped

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The reset goes out when the last user of the socket closes it, and the reading file is one.
        self.rfile.close()
        self.connection.close()

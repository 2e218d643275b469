"""One connection to an origin, plain or TLS. Bytes in, bytes out; knows no HTTP but the CONNECT of a proxy.

TLS runs over memory buffers: one `recv` takes whatever the socket has, be it one record or forty, and all
of it is decrypted in one go. An `SSLSocket` gives one record a call, and does not wake for `SO_RCVTIMEO`.
"""

import base64
import contextlib
import http.client
import select
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from proxy_core.aicore.http_request import Origin
from proxy_core.aicore.peer_certificate import PeerCertificate, read_peer_certificate
from proxy_core.aicore.proxies import place_of
from proxy_core.aicore.timeouts import TICK
from proxy_core.aicore.transport_errors import no_connection, refused_handshake

__all__ = ["Connection", "TlsConnection", "open_connection", "wait_readable"]

_READ_SIZE = 65536
_ON_WINDOWS = sys.platform == "win32"
_KEEP_ALIVE_PROBES = (("TCP_KEEPIDLE", 60), ("TCP_KEEPALIVE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))
"""Seconds and counts. A model may think for ten minutes, longer than many a gateway remembers a silent
connection; the probes keep it alive and find out when the peer is gone. Each system knows its own subset."""


class Connection:
    """A plain TCP connection. `receive` and `send` give up the processor at most for one tick at a time."""

    __slots__ = ("_socket", "idle_since", "used")

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.idle_since = 0.0
        self.used = False
        """True once it has carried an answer: it may have been closed by the peer since."""

    @property
    def session(self) -> ssl.SSLSession | None:
        """The TLS session that a later connection may resume."""
        return None

    @property
    def certificate(self) -> PeerCertificate | None:
        """What the peer showed; None without TLS."""
        return None

    def receive(self) -> bytes | None:
        """What has arrived; empty when the peer closed, None when nothing came within a tick. Raises OSError."""
        try:
            return self._socket.recv(_READ_SIZE)
        except BlockingIOError:
            return None
        except TimeoutError as error:
            if error.errno is None:  # Python's own timer, on Windows
                return None
            raise

    def send(self, data: bytes, keep_waiting: Callable[[], None]) -> None:
        """Send all; `keep_waiting` is called after each tick without progress and may raise. Raises OSError."""
        sent = self._send_some(data)
        if sent == len(data):
            return
        rest = memoryview(data)[sent:]
        while rest:
            if sent == 0:
                keep_waiting()
            sent = self._send_some(rest)
            rest = rest[sent:]

    def stays_silent(self) -> bool:
        """True when nothing has arrived and the peer has not closed, so that a request may be sent."""
        return not wait_readable(self._socket, 0.0)

    def wait(self, seconds: float) -> bool:
        """Wait for something to arrive; for waits shorter than a tick."""
        return wait_readable(self._socket, seconds)

    def interrupt(self) -> None:
        """Free a thread that waits on this connection. For use from another thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def _send_some(self, data: bytes | memoryview) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except TimeoutError as error:
            if error.errno is None:
                return 0
            raise


class TlsConnection(Connection):
    """TLS over a TCP connection. The handshake is made by `handshake`, before the first tick."""

    __slots__ = ("_ended", "_incoming", "_outgoing", "_tls")

    def __init__(
        self, sock: socket.socket, context: ssl.SSLContext, host: str, session: ssl.SSLSession | None
    ) -> None:
        super().__init__(sock)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host, session=session)
        self._ended = False

    @property
    def session(self) -> ssl.SSLSession | None:
        return self._tls.session

    @property
    def certificate(self) -> PeerCertificate | None:
        return read_peer_certificate(self._tls)

    def handshake(self, deadline: float) -> None:
        """Raises OSError. `deadline` is in the time of `time.monotonic`."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._exchange(deadline)
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    self._flush()  # the alert tells the peer why
                raise
            else:
                self._flush()
                return

    def receive(self) -> bytes | None:
        if self._ended:
            return b""
        data = super().receive()
        if data is None:
            return None
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return self._decrypt()

    def send(self, data: bytes, keep_waiting: Callable[[], None]) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
        super().send(self._outgoing.read(), keep_waiting)

    def stays_silent(self) -> bool:
        """Session tickets may arrive at any time and are no sign of an end."""
        return super().stays_silent() or (self.receive() is None and super().stays_silent())

    def _decrypt(self) -> bytes | None:
        """All that is there in clear text; None when no record is complete. Raises `SSLError` for an end
        without TLS's own goodbye, which may be a cut."""
        parts = []
        read = self._tls.read
        try:
            while data := read(_READ_SIZE):
                parts.append(data)
            self._ended = True
        except ssl.SSLWantReadError:
            if self._outgoing.pending:
                self._flush()
        except ssl.SSLError:
            if not parts:
                raise
        if not parts:
            return b"" if self._ended else None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _exchange(self, deadline: float) -> None:
        self._flush()
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("TLS handshake")
        self._socket.settimeout(left)
        data = self._socket.recv(_READ_SIZE)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._socket.sendall(self._outgoing.read())


def open_connection(
    origin: Origin,
    *,
    timeout: float,
    address: str | None = None,
    proxy: str | None = None,
    context: ssl.SSLContext | None = None,
    session: ssl.SSLSession | None = None,
) -> Connection:
    """Connect within `timeout` seconds, through the HTTP proxy at URL `proxy` if given.

    `address` stands in for the host's name when that was resolved and checked before; certificates are
    still checked against the name. `context` is needed for https. Raises `TransportError`.
    """
    deadline = time.monotonic() + timeout
    sock = _open_socket(origin.port, address or origin.host, origin.host, proxy, timeout)
    connection = Connection(sock)
    try:
        if context is not None:
            connection = secured = TlsConnection(sock, context, origin.host, session)
            secured.handshake(deadline)
        _set_options(sock)
    except OSError as error:
        sock.close()
        raise refused_handshake(origin.host, error, connection.certificate) from error
    except BaseException:
        sock.close()
        raise
    return connection


def wait_readable(sock: socket.socket, seconds: float) -> bool:
    """True when a read would return at once: something is there, or the peer closed."""
    if _ON_WINDOWS:
        return bool(select.select([sock], [], [], seconds)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _open_socket(port: int, address: str, host: str, proxy: str | None, timeout: float) -> socket.socket:
    way = _connector(address, port, proxy, timeout)
    try:
        way.connect()
    except (OSError, http.client.HTTPException) as error:
        way.close()
        raise no_connection(host, port, error, place_of(proxy) if proxy else None) from error
    sock: socket.socket = way.sock
    return sock


def _connector(address: str, port: int, proxy: str | None, timeout: float) -> http.client.HTTPConnection:
    if proxy is None:
        return http.client.HTTPConnection(address, port, timeout=timeout)
    parts = urlsplit(proxy)
    way = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    way.set_tunnel(address, port, headers=_proxy_login(parts.username, parts.password))
    return way


def _proxy_login(name: str | None, password: str | None) -> dict[str, str]:
    if name is None:
        return {}
    login = f"{unquote(name)}:{unquote(password or '')}".encode()
    return {"Proxy-Authorization": "Basic " + base64.b64encode(login).decode("ascii")}


def _set_options(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE_PROBES:
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, option, value)
    if _ON_WINDOWS:
        sock.settimeout(TICK)
        return
    sock.settimeout(None)  # the kernel's own timer spares the poll before each read
    tick = struct.pack("@ll", 0, int(TICK * 1_000_000))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, tick)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, tick)

"""Waitress in a thread that its owner can start, stop and start again, with nothing left behind.

The stop happens in the loop's own thread: `close()` of Waitress, called from another thread, leaves
the loop running while any connection is open (https://github.com/Pylons/waitress/issues/372).
"""

import logging
import os
import socket
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from waitress import wasyncore  # type: ignore[import-untyped]
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]

from proxy_core.server.fast_channel import DirectChannel, QueuedChannel
from proxy_core.server.listening import bind_socket
from proxy_core.server.worker_pool import WorkerPool

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["WaitressServer"]

_DEFAULT_BODY_LIMIT = 100 * 1024 * 1024
_NO_TEMPORARY_FILE = 1 << 40
"""Bytes after which Waitress moves a body to a file on disk. Prompts and answers never go there."""
_CONNECTIONS_PER_THREAD = 4
_WINDOWS_CONNECTIONS = 480
"""`select` on Windows takes 512 sockets."""
_IDLE_SECONDS = 300
_READ_BYTES = 131_072
_QUEUED_BYTES = 1 << 20
"""What may wait for a client that reads slowly; beyond it SAP has to wait too."""
_POLLS = os.name == "posix"
_JOIN_SECONDS = 2.0
_TICK = 0.02


class _Listener(TcpWSGIServer):  # type: ignore[misc]  # Waitress has no types
    """Waitress's server on a socket that is bound already."""

    trigger: Any

    def __init__(
        self, app: "WSGIApplication", bound: socket.socket, pool: WorkerPool, adj: Any, direct: bool
    ) -> None:
        self.channel_class = DirectChannel if direct else QueuedChannel
        self._trigger_lock = threading.Lock()
        sockinfo = (bound.family, bound.type, bound.proto, bound.getsockname())
        super().__init__(app, {}, True, bound, dispatcher=pool, adj=adj, sockinfo=sockinfo, bind_socket=False)

    @property
    def map(self) -> dict[int, Any]:
        files: dict[int, Any] = self._map
        return files

    def set_reuse_addr(self) -> None:
        """The socket came with the options it needs."""

    def pull_trigger(self) -> None:
        """Wake the loop. A worker that outlives the stop must not write to a reused file number."""
        with self._trigger_lock:
            if self.trigger is not None:
                self.trigger.pull_trigger()

    def close_listener(self) -> None:
        self.accepting = False
        wasyncore.dispatcher.close(self)

    def close_trigger(self) -> None:
        with self._trigger_lock:
            trigger, self.trigger = self.trigger, None
        trigger.close()


class WaitressServer:
    """Serves `app` from `start` to `stop`; one object serves once.

    `threads` answer at once; keep a few more than there may be streams. `body_limit_bytes` holds for the
    bytes on the wire. `stopping`, where given, is set when the stop begins, so that running requests can see it
    before the server exists. `direct_send` is there to be switched off in a measurement.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        host: str = "127.0.0.1",
        port: int = 3001,
        *,
        log: logging.Logger,
        threads: int = 72,
        connection_limit: int | None = None,
        body_limit_bytes: int = _DEFAULT_BODY_LIMIT,
        url_scheme: str = "http",
        stopping: threading.Event | None = None,
        direct_send: bool = True,
    ) -> None:
        self.error: BaseException | None = None
        """Why the loop died, if it did."""
        self._app = app
        self._address = (host, port)
        self._log = log
        self._threads = threads
        self._direct_send = direct_send
        self._stopping = stopping or threading.Event()
        self._grace = 0.0
        self._port = port
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None
        self._options = {
            "threads": threads,
            "connection_limit": connection_limit or _connection_limit(threads),
            "max_request_body_size": body_limit_bytes + 1,
            "url_scheme": url_scheme,
        }

    @property
    def port(self) -> int:
        """The port in use, once started."""
        return self._port

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stopping(self) -> bool:
        """True from the beginning of the stop."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Bind, listen and serve in a thread of its own. Raises `PortInUseError` or `ConfigurationError`."""
        if self._thread is not None:
            raise RuntimeError("A server object starts once.")
        bound = bind_socket(*self._address)
        self._port = bound.getsockname()[1]
        self._pool = WorkerPool(self._threads, self._log)
        self._listener = _Listener(self._app, bound, self._pool, self._adjustments(bound), self._direct_send)
        self._thread = threading.Thread(
            target=self._serve, args=(self._listener,), name="proxy-server", daemon=True
        )
        self._thread.start()

    def stop(self, grace: float = 2.0) -> None:
        """Refuse new connections, give running requests `grace` seconds to write their ending, and end."""
        if self._thread is None or self._listener is None:
            return
        self._grace = grace
        self._stopping.set()
        self._listener.pull_trigger()
        self._thread.join(grace + 2 * _JOIN_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _adjustments(self, bound: socket.socket) -> Any:
        return Adjustments(
            sockets=[bound],
            channel_request_lookahead=1,  # else a silent stream never learns that its client has gone
            asyncore_use_poll=_POLLS,
            channel_timeout=_IDLE_SECONDS,
            recv_bytes=_READ_BYTES,
            inbuf_overflow=_NO_TEMPORARY_FILE,
            outbuf_overflow=_NO_TEMPORARY_FILE,
            outbuf_high_watermark=_QUEUED_BYTES,
            ident=None,
            clear_untrusted_proxy_headers=False,  # nothing here reads them
            log_socket_errors=False,
            **self._options,
        )

    def _serve(self, listener: _Listener) -> None:
        try:
            while not self._stopping.is_set():
                wasyncore.loop(timeout=1.0, use_poll=_POLLS, map=listener.map, count=1)
        except Exception as error:  # a thread's top level
            self.error = error
            self._stopping.set()
            self._log.exception("The server's loop died")
        finally:
            self._tear_down(listener)

    def _tear_down(self, listener: _Listener) -> None:
        listener.close_listener()
        self._let_requests_end(listener)
        for channel in list(listener.active_channels.values()):
            channel.handle_close()
        stuck = self._pool.shutdown(_JOIN_SECONDS)
        if stuck:
            self._log.warning("%d requests did not end when the server stopped", stuck)
        listener.close_trigger()
        wasyncore.close_all(listener.map, ignore_all=True)

    def _let_requests_end(self, listener: _Listener) -> None:
        deadline = time.monotonic() + self._grace
        while time.monotonic() < deadline and any(map(_is_busy, listener.active_channels.values())):
            wasyncore.loop(timeout=_TICK, use_poll=_POLLS, map=listener.map, count=1)


def _is_busy(channel: QueuedChannel) -> bool:
    return bool(channel.requests or channel.total_outbufs_len)


def _connection_limit(threads: int) -> int:
    """Idle keep-alive connections count too, so there are far more than threads."""
    wanted = max(512, threads * _CONNECTIONS_PER_THREAD)
    return min(wanted, _WINDOWS_CONNECTIONS) if os.name == "nt" else wanted

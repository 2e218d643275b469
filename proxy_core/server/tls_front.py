"""HTTPS in front of the server: ends TLS and relays bytes to it. Reads and changes none of them.

Waitress speaks no TLS, so the program starts it on a free loopback port and this front on the port that
clients use. One asyncio loop in a thread of its own carries all connections.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from types import TracebackType
from typing import Self

from proxy_core.server.listening import bind_socket

__all__ = ["TlsFront"]

_CHUNK = 65_536
_HANDSHAKE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0
_JOIN_SECONDS = 4.0


class TlsFront:
    """Relays TLS connections on `host` and `port` to the loopback port `backend_port`, from `start` to `stop`."""

    def __init__(
        self, context: ssl.SSLContext, host: str, port: int, backend_port: int, *, log: logging.Logger
    ) -> None:
        self.error: BaseException | None = None
        """Why the loop died, if it did."""
        self._context = context
        self._address = (host, port)
        self._backend_port = backend_port
        self._log = log
        self._port = port
        self._relays: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port in use, once started."""
        return self._port

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Bind, listen and relay in a thread of its own. Raises `PortInUseError` or `ConfigurationError`."""
        listener = bind_socket(*self._address)
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listener,), name="proxy-tls", daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Close the listener and every connection. Stop the server behind first: then its last bytes pass."""
        if self._thread is None or self._loop is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_JOIN_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listener))
        except Exception as error:  # a thread's top level
            self.error = error
            self._log.exception("The TLS front died")
        finally:
            self._ready.set()

    async def _serve(self, listener: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(
            self._accept,
            sock=listener,
            ssl=self._context,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=_GOODBYE_SECONDS,
        )
        self._ready.set()
        await self._stop.wait()
        server.close()
        await self._end_relays()

    async def _end_relays(self) -> None:
        """Let what is on its way go out, then cut."""
        if self._relays:
            _, late = await asyncio.wait(self._relays, timeout=_GOODBYE_SECONDS)
            for relay in late:
                relay.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # the turn of the loop in which cut sockets are closed

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay = asyncio.current_task()
        assert relay is not None  # noqa: S101 - a coroutine runs in a task
        self._relays.add(relay)
        try:
            await self._relay(reader, writer)
            await _close(writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._relays.discard(relay)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both directions at once. When one ends the connection ends: TLS in asyncio knows no half-close, and a
        client that is gone must be seen by the server at once."""
        try:
            back_reader, back_writer = await asyncio.open_connection("127.0.0.1", self._backend_port)
        except OSError:
            self._log.warning("The server behind the TLS front does not answer")
            return
        pumps = [
            asyncio.create_task(_pump(reader, back_writer)),
            asyncio.create_task(_pump(back_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            back_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    """Flush and close; a peer that takes nothing more is cut."""
    writer.close()
    try:
        await asyncio.wait_for(writer.wait_closed(), 2 * _GOODBYE_SECONDS)
    except (OSError, TimeoutError):
        writer.transport.abort()

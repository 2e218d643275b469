"""Waitress's parser, task and channel, made fit for streams.

What differs: a worker sends straight to the client's socket when nothing is queued, the head goes out with
the first bytes in one send, a connection is kept after a chunked answer, the loop is woken only when
it has something to do, and a request that is refused by its bytes alone reaches the application, which
answers in JSON. No policy is here: limits and error texts come from outside.

Written against Waitress 3.0.2, whose channel and task are meant to be subclassed but not documented.
"""

import contextlib
import socket
import time
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]
from waitress.task import WSGITask  # type: ignore[import-untyped]
from waitress.utilities import build_http_date  # type: ignore[import-untyped]

from proxy_core.server.wire_refusal import REFUSAL_KEY

__all__ = ["DirectChannel", "QueuedChannel", "StreamTask"]

_JOIN_LIMIT = 65_536
"""Pieces up to this many bytes are copied behind their head or chunk size; a longer one goes out alone."""
_DRAIN_SECONDS = 10.0
_BROKEN_ANSWER = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class RefusingParser(HTTPRequestParser):  # type: ignore[misc]  # Waitress has no types
    """A parser whose errors become the request's `refusal`, an HTTP status."""

    command = "GET"
    path = request_uri = "/"
    query = ""
    url_scheme = "http"
    refusal: int | None = None
    error: Any

    def received(self, data: bytes) -> int:
        """Bytes of `data` that belong to this request. After a refusal all do: what follows cannot be read."""
        consumed: int = super().received(data)
        if self.error is None:
            return consumed
        self.refusal = self.error.code
        self.error = None
        self.expect_continue = False
        self.completed = True
        return len(data)


class StreamTask(WSGITask):  # type: ignore[misc]
    """Answers one request."""

    wrote_header: bool
    close_on_finish: bool

    def service(self) -> None:
        self.start()
        self.execute()
        self.finish()

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self.request.refusal is not None:
            environ[REFUSAL_KEY] = self.request.refusal
        return environ

    def write(self, data: bytes) -> None:
        """Send a piece of the body, and the head before the first one."""
        before = b""
        if not self.wrote_header:
            before = self.build_response_header()
            self.wrote_header = True
        if self.request.command == "HEAD" or not self.has_body:
            data = b""
        self.content_bytes_written += len(data)
        if self.chunked_response and data:
            before += b"%X\r\n" % len(data)
            self._send(before, data, b"\r\n")
        else:
            self._send(before, data, b"")

    def build_response_header(self) -> bytes:
        """The status line and the headers. Decides whether the connection is kept."""
        names = {name.lower() for name, _ in self.response_headers}
        headers = list(self.response_headers)
        measured = self.content_length is not None or not self.has_body or self.request.command == "HEAD"
        if self.content_length is not None and "content-length" not in names:
            headers.append(("Content-Length", str(self.content_length)))
        if not measured and self.version == "1.1":
            headers.append(("Transfer-Encoding", "chunked"))
            self.chunked_response = True
        if not self._keeps_connection(measured):
            headers.append(("Connection", "close"))
            self.close_on_finish = True
        elif self.version == "1.0":
            headers.append(("Connection", "Keep-Alive"))
        if "date" not in names:
            headers.append(("Date", build_http_date(self.start_time)))
        lines = [f"HTTP/{self.version} {self.status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        return "\r\n".join(lines).encode("latin-1")

    def _keeps_connection(self, measured: bool) -> bool:
        if self.close_on_finish or self.request.refusal is not None:
            return False
        wish = self.request.headers.get("CONNECTION", "").lower()
        return "close" not in wish if self.version == "1.1" else measured and "keep-alive" in wish

    def _send(self, before: bytes, data: bytes, after: bytes) -> None:
        if len(data) <= _JOIN_LIMIT:
            self.channel.write_soon(before + data + after)
            return
        self.channel.write_soon(before)
        self.channel.write_soon(data)
        self.channel.write_soon(after)


class QueuedChannel(HTTPChannel):  # type: ignore[misc]
    """A client's connection. Output goes through Waitress's buffer; see `DirectChannel`."""

    task_class = StreamTask
    parser_class = RefusingParser
    _drains_until: float | None = None
    _refused = False
    requests: list[RefusingParser]
    current_outbuf_count: int

    def service(self) -> None:
        """Serve the first of the waiting requests, in a worker thread."""
        if not self.requests:
            return
        request = self.requests[0]
        task = self.task_class(self, request)
        try:
            if self.connected:
                task.service()
        except ClientDisconnected:
            task.close_on_finish = True
        except Exception:
            task.close_on_finish = True
            self.logger.exception("The answer to %s broke off", request.path)
            self._answer_broken(task)
        self._finish(task, request)

    def _answer_broken(self, task: StreamTask) -> None:
        if not task.wrote_header:
            with contextlib.suppress(ClientDisconnected):
                self.write_soon(_BROKEN_ANSWER)

    def _finish(self, task: StreamTask, request: RefusingParser) -> None:
        """Drop the request, go on with the next one, and wake the loop if it has to act."""
        request.close()
        with self.requests_lock:
            ends = task.close_on_finish or not self.connected
            wakes = self._end_after_flush(request) if ends else self._go_on()
        self.last_activity = time.time()
        if wakes or self.total_outbufs_len:
            self.server.pull_trigger()

    def _end_after_flush(self, request: RefusingParser) -> bool:
        """What was read behind a request that ends the connection is never served."""
        self._refused = request.refusal is not None
        self.close_when_flushed = True
        for waiting in self.requests:
            waiting.close()
        self.requests = []
        return True

    def _go_on(self) -> bool:
        """True when the loop has to act: it stopped reading while two requests were waiting."""
        was_full = len(self.requests) > 1
        self.requests = self.requests[1:]
        if self.current_outbuf_count:
            self.current_outbuf_count = self.adj.outbuf_high_watermark
        if self.requests:
            self.server.add_task(self)
        elif self._awaits_continue():
            self.send_continue()
        return was_full

    def _awaits_continue(self) -> bool:
        request = self.request
        return bool(
            request is not None and request.expect_continue and request.headers_finished and not self.sent_continue
        )

    def handle_write(self) -> None:
        if self._refused and self.close_when_flushed and not self.total_outbufs_len:
            self._begin_draining()
        else:
            super().handle_write()

    def _begin_draining(self) -> None:
        """Read on and throw away for a while: closing at once would reset the connection, and a client that is
        still sending its body would never see the refusal (RFC 9112, 9.6)."""
        self.close_when_flushed = False
        self._drains_until = time.monotonic() + _DRAIN_SECONDS
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def readable(self) -> bool:
        if self._drains_until is None:
            return bool(super().readable())
        if time.monotonic() > self._drains_until:
            self.will_close = True
        return not self.will_close

    def handle_read(self) -> None:
        if self._drains_until is None:
            super().handle_read()
            return
        with contextlib.suppress(OSError):
            self.recv(self.adj.recv_bytes)

    def handle_close(self) -> None:
        """Close under the lock of the output, so that no worker sends to a number that is another file by then."""
        with self.outbuf_lock:
            super().handle_close()


class DirectChannel(QueuedChannel):
    """A connection whose worker sends straight to the socket while nothing is queued."""

    def write_soon(self, data: bytes) -> int:
        """Send or queue. Raises `ClientDisconnected`."""
        if not data:
            return 0
        with self.outbuf_lock:
            if not self.connected:
                raise ClientDisconnected
            sent = 0 if self.total_outbufs_len else self._send_now(data)
            if sent < len(data):
                super().write_soon(data[sent:] if sent else data)
        return len(data)

    def _send_now(self, data: bytes) -> int:
        try:
            return int(self.socket.send(data))
        except BlockingIOError:
            return 0
        except OSError:
            self.will_close = True
            self.server.pull_trigger()
            raise ClientDisconnected from None

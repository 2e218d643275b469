"""The load client: raw sockets in a process of its own, so that it is not what is measured.

`python -m bench.load` reads one job as JSON from standard input and prints its result as JSON. All times
in a result are milliseconds.
"""

import json
import re
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Job", "main", "run_job"]

_LENGTH = re.compile(rb"\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\nconnection:\s*close", re.IGNORECASE)
_MARK = re.compile(rb"t(\d{16}) ")
_MARK_LENGTH = 18
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_TIMEOUT = 60.0
_SETTLING_US = 300_000
"""Time after the last stream began; events before its end are not counted."""


@dataclass(frozen=True, slots=True)
class Job:
    """`kind`: `plain`, `first` (time to the first event), `full` (a stream at full speed) or `paced`.

    `requests` is what each of the `clients` sends, one after another; a paced client sends one. `ca_file`
    turns TLS on, for plain requests only: a selector does not see what TLS holds back.
    """

    kind: str
    port: int
    request: str
    clients: int = 1
    requests: int = 1
    ca_file: str | None = None


class _Link:
    """One client connection and the answer that is under way on it."""

    def __init__(self, port: int, ca_file: str | None = None) -> None:
        self._port = port
        self._ca_file = ca_file
        self.socket = self._connected()
        self._head = b""
        self._tail = b""
        self._left: int | None = None
        self._in_body = False
        self.began = 0.0
        self.marks = 0
        self.stamps: list[tuple[int, int]] = []

    def send(self, request: bytes) -> None:
        if _CLOSE.search(self._head):
            self.socket.close()
            self.socket = self._connected()
        self._head = self._tail = b""
        self._left, self._in_body = None, False
        self.marks = 0
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self, *, stamps: bool = False) -> bool:
        """Take what is there. True when the answer is whole."""
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError(f"The answer was cut off after {self.marks} events.")
        if not self._in_body:
            data = self._after_head(data)
            if not self._in_body:
                return False
        if self._left is not None:
            self._left -= len(data)
            return self._left <= 0
        text = self._tail + data
        self._read_marks(text, stamps)
        return text.endswith(_LAST_CHUNK)

    def _after_head(self, data: bytes) -> bytes:
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            return b""
        body, self._head = self._head[end + 4 :], self._head[: end + 2]
        if b" 200 " not in self._head[:16]:
            raise ConnectionError((self._head + body)[:600].decode("latin-1"))
        found = _LENGTH.search(self._head)
        self._left = int(found[1]) if found else None
        self._in_body = True
        return body

    def _read_marks(self, text: bytes, stamps: bool) -> None:
        end = 0
        if stamps:
            now = time.monotonic_ns() // 1000
            for found in _MARK.finditer(text):
                self.stamps.append((int(found[1]), now - int(found[1])))
                self.marks += 1
                end = found.end()
        elif marks := _MARK.findall(text):
            self.marks += len(marks)
            end = text.rfind(b"t%b " % marks[-1]) + _MARK_LENGTH
        self._tail = text[max(end, len(text) - _MARK_LENGTH + 1) :]

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._ca_file is None:
            return connection
        return ssl.create_default_context(cafile=self._ca_file).wrap_socket(connection, server_hostname="127.0.0.1")


def run_job(job: Job) -> dict[str, float]:
    """Do the job. Raises `ConnectionError` with the answer's words when an answer is not 200."""
    return _KINDS[job.kind](job)


def _plain(job: Job) -> dict[str, float]:
    latencies: list[float] = []
    begin = time.perf_counter()
    for link in _answered(job, latencies):
        link.socket.close()
    return _summary(latencies, time.perf_counter() - begin)


def _answered(job: Job, latencies: list[float]) -> list[_Link]:
    """Every client sends its requests one after another, all clients at once."""
    request = job.request.encode()
    links = [_Link(job.port, job.ca_file) for _ in range(job.clients)]
    left = dict.fromkeys(range(job.clients), job.requests)
    with selectors.DefaultSelector() as selector:
        for number, link in enumerate(links):
            link.send(request)
            selector.register(link.socket, selectors.EVENT_READ, number)
        while left:
            for key, _ in selector.select(_TIMEOUT):
                link = links[key.data]
                if not link.receive():
                    continue
                latencies.append(time.perf_counter() - link.began)
                _next(selector, link, key.data, left, request)
    return links


def _next(selector: selectors.BaseSelector, link: _Link, number: int, left: dict[int, int], request: bytes) -> None:
    left[number] -= 1
    before = link.socket
    if left[number]:
        link.send(request)
    else:
        del left[number]
    if link.socket is not before or number not in left:
        selector.unregister(before)
        if number in left:
            selector.register(link.socket, selectors.EVENT_READ, number)


def _first(job: Job) -> dict[str, float]:
    """All clients ask at once; then all wait for the ends; then again."""
    request = job.request.encode()
    links = [_Link(job.port) for _ in range(job.clients)]
    latencies: list[float] = []
    begin = time.perf_counter()
    for _ in range(job.requests):
        for link in links:
            link.send(request)
        _wait_for_ends(links, latencies)
    return _summary(latencies, time.perf_counter() - begin)


def _wait_for_ends(links: Iterable[_Link], latencies: list[float]) -> None:
    with selectors.DefaultSelector() as selector:
        for link in links:
            selector.register(link.socket, selectors.EVENT_READ, link)
        while selector.get_map():
            for key, _ in selector.select(_TIMEOUT):
                link = key.data
                seen = link.marks
                done = link.receive()
                if link.marks and not seen:
                    latencies.append(time.perf_counter() - link.began)
                if done:
                    selector.unregister(link.socket)


def _full(job: Job) -> dict[str, float]:
    request = job.request.encode()
    links = [_Link(job.port) for _ in range(job.clients)]
    begin = time.perf_counter()
    for link in links:
        link.send(request)
    _drain(links, stamps=False)
    seconds = time.perf_counter() - begin
    events = sum(link.marks for link in links)
    return {"events": events, "rate": events / seconds, "seconds": seconds}


def _paced(job: Job) -> dict[str, float]:
    request = job.request.encode()
    links = [_Link(job.port) for _ in range(job.clients)]
    begin = time.perf_counter()
    for link in links:
        link.send(request)
    settled = time.monotonic_ns() // 1000 + _SETTLING_US
    _drain(links, stamps=True)
    seconds = time.perf_counter() - begin
    delays = [delay / 1e6 for link in links for sent, delay in link.stamps if sent >= settled]
    return {**_summary(delays, seconds), "events": sum(link.marks for link in links)}


def _drain(links: Iterable[_Link], *, stamps: bool) -> None:
    with selectors.DefaultSelector() as selector:
        for link in links:
            selector.register(link.socket, selectors.EVENT_READ, link)
        while selector.get_map():
            for key, _ in selector.select(_TIMEOUT):
                if key.data.receive(stamps=stamps):
                    selector.unregister(key.fileobj)


def _summary(latencies: list[float], seconds: float) -> dict[str, float]:
    ordered = sorted(latencies)

    def quantile(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000

    return {"p50": quantile(0.5), "p99": quantile(0.99), "rate": len(ordered) / seconds, "seconds": seconds}


_KINDS: Mapping[str, Callable[[Job], dict[str, float]]] = {
    "plain": _plain,
    "first": _first,
    "full": _full,
    "paced": _paced,
}


def main() -> None:
    job: dict[str, Any] = json.load(sys.stdin)
    print(json.dumps(run_job(Job(**job))))


if __name__ == "__main__":
    main()

"""A deployment written by hand: it says exactly what a test wants and notices when the proxy hangs up."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

__all__ = ["FINISH", "HEAD", "ROLE", "ToyDeployment", "chunk_of", "toy_deployment", "word"]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk_of(value: Any) -> bytes:
    """One frame of an Azure chat stream as an HTTP chunk; text is taken as it is."""
    frame = b"data: " + (value.encode() if isinstance(value, str) else json.dumps(value).encode()) + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(frame), frame)


def delta(piece: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": piece, "finish_reason": finish}
    return chunk_of(
        {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o-mini", "choices": [choice]}
    )


def word(text: str) -> bytes:
    return delta({"content": text})


ROLE = delta({"role": "assistant", "content": ""})
FINISH = delta({}, "stop") + chunk_of("[DONE]")


class ToyDeployment:
    """`script` is what each connection gets after its request: bytes, or seconds to wait. After it, the connection
    stays open and silent; `None` in it closes the connection."""

    def __init__(self, listener: socket.socket, script: Sequence[bytes | float | None]) -> None:
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v2/inference/deployments/d0123"
        self._script = script
        self._listener = listener
        self._changed = threading.Condition()
        self._requests = 0
        self._hung_up: list[float] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def wait_for_requests(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._requests >= count, 5.0)

    def wait_until_hung_up(self, count: int) -> float:
        """When (`time.monotonic`) the proxy closed the last of `count` connections."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._hung_up) >= count, 5.0)
            return max(self._hung_up)

    def stop(self) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            read_request(connection)
            self._note(request=True)
            watcher = threading.Thread(target=self._watch, args=(connection,))
            watcher.start()
            self._play(connection)
            connection.shutdown(socket.SHUT_RDWR)
            watcher.join()

    def _play(self, connection: socket.socket) -> None:
        for step in self._script:
            match step:
                case bytes():
                    with contextlib.suppress(OSError):
                        connection.sendall(step)
                case None:
                    return
                case seconds:
                    self._stopping.wait(seconds)
            if self._stopping.is_set():
                return
        self._stopping.wait()

    def _watch(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass
        self._note(request=False)

    def _note(self, *, request: bool) -> None:
        with self._changed:
            if request:
                self._requests += 1
            else:
                self._hung_up.append(time.monotonic())
            self._changed.notify_all()


def read_request(connection: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)


@contextmanager
def toy_deployment(*script: bytes | float | None) -> Iterator[ToyDeployment]:
    toy = ToyDeployment(socket.create_server(("127.0.0.1", 0), backlog=256), script)
    try:
        yield toy
    finally:
        toy.stop()

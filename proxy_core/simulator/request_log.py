"""The requests that the simulator received, for assertions. Bounded."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RequestLog", "SeenRequest"]

MOST = 256
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """`path` is without the query; header names are lower case; `deployment` is the id, or empty."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    raw: bytes = field(repr=False)
    deployment: str = ""

    @property
    def body(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.raw)
        except (ValueError, RecursionError):
            return None


class RequestLog:
    """The last requests, oldest first: so many, and so many bytes of bodies, but always the last one."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._requests: deque[SeenRequest] = deque()
        self._size = 0
        self._lock = threading.Lock()

    def add(self, request: SeenRequest) -> None:
        with self._lock:
            self._requests.append(request)
            self._size += len(request.raw)
            while len(self._requests) > 1 and (len(self._requests) > self._most or self._size > self._most_bytes):
                self._size -= len(self._requests.popleft().raw)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()
            self._size = 0

    def __iter__(self) -> Iterator[SeenRequest]:
        with self._lock:
            return iter(tuple(self._requests))

    def __len__(self) -> int:
        return len(self._requests)

    def inference(self) -> tuple[SeenRequest, ...]:
        """The requests to deployments."""
        return tuple(request for request in self if request.deployment)

    def last(self) -> SeenRequest:
        """The newest request to a deployment. Raises `LookupError`."""
        calls = self.inference()
        if not calls:
            raise LookupError("no deployment was called yet")
        return calls[-1]

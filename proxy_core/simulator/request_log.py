"""The requests that the simulator received, for assertions. Bounded."""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RequestLog", "SeenRequest"]

MOST = 256


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
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self._requests: deque[SeenRequest] = deque(maxlen=MOST)
        self._lock = threading.Lock()

    def add(self, request: SeenRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

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

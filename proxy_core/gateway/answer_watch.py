"""Watches what goes to a client of the Responses API and keeps the response once it is whole."""

from collections.abc import Callable, Generator
from typing import Protocol

from proxy_core.aicore.deployment import Deployment
from proxy_core.gateway.response_memory import KeptResponse, ResponseMemory, input_items
from proxy_core.json_text import JsonError, JsonObject, load_json

__all__ = ["AnswerWatch", "Home"]

_ENDINGS = tuple(b"event: response.%b\ndata: " % name for name in (b"completed", b"incomplete", b"queued"))
"""How the frames begin that hold a response worth keeping; within JSON text no line begins."""

Home = tuple[Deployment | None, Callable[[bytes], bytes] | None]
"""The deployment that keeps the response too, and what makes its answer the client's."""


class Answerer(Protocol):
    @property
    def home(self) -> Home:
        """Known once the answer has begun."""


class AnswerWatch:
    """Made for one request. `body` is the client's own, `size` its bytes."""

    def __init__(self, memory: ResponseMemory, body: JsonObject, size: int) -> None:
        self._memory = memory
        self._items = tuple(input_items(body))
        self._previous = body.get("previous_response_id")
        self._size = size

    def whole(self, answer: bytes, home: Home) -> None:
        self._keep(load_json(answer), len(answer), home)

    def stream(self, pieces: Generator[bytes, None, None], answerer: Answerer) -> Generator[bytes, None, None]:
        """The pieces as they are; each holds whole frames."""
        try:
            for piece in pieces:
                for ending in _ENDINGS:
                    if ending in piece:
                        self._read(piece.partition(ending)[2].partition(b"\n\n")[0], answerer)
                yield piece
        finally:
            pieces.close()

    def _read(self, data: bytes, answerer: Answerer) -> None:
        try:
            event = load_json(data)
        except JsonError:
            return
        if isinstance(event, dict) and isinstance(event.get("response"), dict):
            self._keep(event["response"], len(data), answerer.home)

    def _keep(self, response: JsonObject, size: int, home: Home) -> None:
        previous = self._previous if isinstance(self._previous, str) else None
        self._memory.keep(KeptResponse(response, self._items, previous, self._size + size, *home))

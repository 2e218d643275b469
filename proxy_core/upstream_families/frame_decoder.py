"""What all decoders of framed streams have in common: the order of content and errors. No wire format."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

from proxy_core.errors import UpstreamError
from proxy_core.neutral.events import Event, PartStart

__all__ = ["FrameDecoder", "Frames"]


class Frames(Protocol):
    """Cuts bytes into the payloads of frames. Raises `UpstreamError` for bytes that are no frames."""

    def feed(self, data: bytes) -> list[bytes]: ...

    def close(self) -> list[bytes]: ...


class FrameDecoder(ABC):
    """A `StreamDecoder` for one stream. An error that follows content in the same read is raised by the next call,
    so that the content still reaches the client."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._error: UpstreamError | None = None
        self._content_started = False

    @abstractmethod
    def _take(self, payload: bytes, events: list[Event]) -> None:
        """Add the events of one payload. Raises `UpstreamError`."""

    @abstractmethod
    def _end(self, events: list[Event]) -> None:
        """The upstream ended: add the last events, or raise `UpstreamError` when the answer is cut off."""

    def feed(self, data: bytes) -> Sequence[Event]:
        if self._error:
            raise self._error
        return self._decode(self._frames.feed(data))

    def close(self) -> Sequence[Event]:
        if self._error:
            raise self._error
        events = self._decode(self._frames.close())
        if self._error:
            raise self._error
        self._end(events)
        return events

    def _decode(self, payloads: list[bytes]) -> list[Event]:
        events: list[Event] = []
        try:
            for payload in payloads:
                self._take(payload, events)
        except UpstreamError as error:
            self._note_content(events)
            if not self._content_started or not events:
                raise
            self._error = error
        else:
            self._note_content(events)
        return events

    def _note_content(self, events: list[Event]) -> None:
        if not self._content_started:
            self._content_started = any(isinstance(event, PartStart) for event in events)

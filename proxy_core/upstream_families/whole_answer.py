"""A stream for the client where the upstream answers whole. No wire format."""

from collections.abc import Callable, Sequence

from proxy_core.neutral.events import Event
from proxy_core.neutral.fold import unfold
from proxy_core.neutral.messages import ChatResponse

__all__ = ["WholeAnswerDecoder"]


class WholeAnswerDecoder:
    """A `StreamDecoder` that waits for the whole body. `decode` raises `UpstreamError`."""

    def __init__(self, decode: Callable[[bytes], ChatResponse]) -> None:
        self._decode = decode
        self._body = bytearray()

    def feed(self, data: bytes) -> Sequence[Event]:
        self._body += data
        return ()

    def close(self) -> Sequence[Event]:
        return tuple(unfold(self._decode(bytes(self._body))))

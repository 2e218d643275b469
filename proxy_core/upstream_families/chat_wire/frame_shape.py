"""The shape that the ordinary frames of one stream share, for adapting them without reading them.

Within one stream an ordinary frame differs from the next only in its delta: what stands before `"delta":`
and from `"finish_reason":null` on is the same bytes. A frame with that head and that tail therefore holds
no finish reason, no usage and no error, and its model name and filter notes are where they were before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

__all__ = ["FrameShape"]

_DELTA = b'"delta":'
_NO_FINISH = b'"finish_reason":null'
_FILTER = b'"content_filter'
_FRAME_END = b"\n\n"


@dataclass(frozen=True, slots=True)
class FrameShape:
    """`head` and `tail` as they come, `new_head` and `new_tail` as they go."""

    head: bytes
    tail: bytes
    new_head: bytes
    new_tail: bytes

    @classmethod
    def learn(cls, frame: bytes, clean: Callable[[bytes], bytes]) -> Self | None:
        """The shape of an ordinary frame, without its blank line; None when it has no such shape."""
        start, end = frame.find(_DELTA), frame.rfind(_NO_FINISH)
        if not 0 < start < end:
            return None
        head, tail = frame[:start], frame[end:]
        return cls(head, tail, clean(head), clean(tail))

    def adapt(self, block: bytes) -> bytes | None:
        """Whole frames, all of this shape, adapted; None when one is not."""
        frames = block.split(_FRAME_END)
        frames.pop()
        head, tail = self.head, self.tail
        start, end = len(head), -len(tail)
        deltas = [frame[start:end] for frame in frames if frame.endswith(tail) and frame.startswith(head)]
        if len(deltas) != len(frames):
            return None
        joint = self.new_tail + _FRAME_END + self.new_head
        adapted = self.new_head + joint.join(deltas) + self.new_tail + _FRAME_END
        return None if _FILTER in adapted else adapted  # a filter note may stand between delta and tail

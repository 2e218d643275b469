"""An answer in pieces.

Grammar: `StreamStart (PartStart PartDelta* PartEnd)* StreamEnd`. One part is open at a time, and indices
count up from 0. A decoder whose wire lacks brackets adds them. Errors are exceptions, not events.
"""

from dataclasses import dataclass, field

from proxy_core.neutral.messages import (
    NO_EXTRAS,
    Extras,
    FilePart,
    FinishReason,
    ReasoningPart,
    Signature,
    TextPart,
    ToolCallPart,
    Usage,
)

__all__ = ["Event", "PartDelta", "PartEnd", "PartStart", "StreamEnd", "StreamStart"]


@dataclass(frozen=True, slots=True)
class StreamStart:
    """`usage` is what the upstream knows so far; None when it says nothing yet."""

    id: str
    model: str
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class PartStart:
    """Opens a part. Its text or arguments are usually empty and arrive as deltas. A redacted thought or a
    file is complete here and gets no deltas."""

    index: int
    part: TextPart | ReasoningPart | ToolCallPart | FilePart


@dataclass(frozen=True, slots=True)
class PartDelta:
    """More text, thought, or argument text of the open part."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class PartEnd:
    """Closes the part. `signature` replaces the one of its start when it is not None."""

    index: int
    signature: Signature | None = None
    extras: Extras = field(default_factory=lambda: NO_EXTRAS)


@dataclass(frozen=True, slots=True)
class StreamEnd:
    finish: FinishReason
    usage: Usage


Event = StreamStart | PartStart | PartDelta | PartEnd | StreamEnd

"""The grammar of neutral streams, for the tests of every decoder."""

from collections.abc import Iterable

from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import FilePart, ReasoningPart

__all__ = ["check_grammar"]


def check_grammar(events: Iterable[Event], *, complete: bool = True) -> None:
    """Assert `StreamStart (PartStart PartDelta* PartEnd)* StreamEnd`, with indices from 0.

    With `complete=False` the stream may stop anywhere.
    """
    state = "before"
    index = 0
    whole = False
    for position, event in enumerate(events):
        where = f"event {position}: {event!r} in state {state!r}"
        match event:
            case StreamStart():
                assert state == "before", where
                state = "between"
            case PartStart():
                assert state == "between", where
                assert event.index == index, where
                whole = isinstance(event.part, FilePart) or (
                    isinstance(event.part, ReasoningPart) and event.part.redacted is not None
                )
                state = "part"
            case PartDelta():
                assert state == "part", where
                assert event.index == index, where
                assert not whole, where
                assert event.text, where
            case PartEnd():
                assert state == "part", where
                assert event.index == index, where
                index += 1
                state = "between"
            case StreamEnd():
                assert state == "between", where
                state = "after"
    assert not complete or state == "after", f"the stream stopped in state {state!r}"

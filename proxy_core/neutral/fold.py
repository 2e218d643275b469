"""Between an answer in pieces and a whole answer. Pure functions."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart, StreamEnd, StreamStart
from proxy_core.neutral.messages import ChatResponse, FilePart, ReasoningPart, TextPart, ToolCallPart

__all__ = ["fold", "unfold"]

AnswerPart = TextPart | ReasoningPart | ToolCallPart | FilePart


def fold(events: Iterable[Event]) -> ChatResponse:
    """The whole answer of a complete stream. Raises `ValueError` when the stream does not begin or end."""
    start: StreamStart | None = None
    end: StreamEnd | None = None
    parts: list[AnswerPart] = []
    texts: list[str] = []
    opened: AnswerPart | None = None
    for event in events:
        match event:
            case StreamStart():
                start = event
            case PartStart():
                opened, texts = event.part, []
            case PartDelta():
                texts.append(event.text)
            case PartEnd() if opened is not None:
                parts.append(_closed(opened, "".join(texts), event))
                opened = None
            case PartEnd():
                raise ValueError("A part ends that was not opened.")
            case StreamEnd():
                end = event
            case _:
                assert_never(event)
    if start is None or end is None:
        raise ValueError("The stream is not complete.")
    return ChatResponse(id=start.id, model=start.model, parts=tuple(parts), finish=end.finish, usage=end.usage)


def unfold(response: ChatResponse) -> Iterator[Event]:
    """A stream that says the same as the whole answer, one delta a part."""
    yield StreamStart(id=response.id, model=response.model, usage=response.usage)
    for index, part in enumerate(response.parts):
        text = _text_of(part)
        yield PartStart(index, _emptied(part))
        if text:
            yield PartDelta(index, text)
        yield PartEnd(index)
    yield StreamEnd(finish=response.finish, usage=response.usage)


def _closed(part: AnswerPart, text: str, end: PartEnd) -> AnswerPart:
    match part:
        case TextPart() | ReasoningPart():
            return replace(
                part,
                text=part.text + text,
                signature=end.signature or part.signature,
                extras={**part.extras, **end.extras},
            )
        case ToolCallPart():
            return replace(
                part,
                arguments=part.arguments + text,
                signature=end.signature or part.signature,
                extras={**part.extras, **end.extras},
            )
        case FilePart():
            return part
        case _:
            assert_never(part)


def _text_of(part: AnswerPart) -> str:
    match part:
        case TextPart() | ReasoningPart():
            return part.text
        case ToolCallPart():
            return part.arguments
        case FilePart():
            return ""
        case _:
            assert_never(part)


def _emptied(part: AnswerPart) -> AnswerPart:
    match part:
        case TextPart() | ReasoningPart():
            return replace(part, text="")
        case ToolCallPart():
            return replace(part, arguments="")
        case FilePart():
            return part
        case _:
            assert_never(part)

"""Template delimiters that were broken on the way to the model, made whole in what it says.

A model that edits a template repeats what it read. The client's program would not find the text again if the
invisible character stayed in it. Thoughts stay as they are: their proof covers every character.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from proxy_core.json_text import JsonObject
from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart
from proxy_core.neutral.messages import ChatResponse, FilePart, Part, ReasoningPart, TextPart, ToolCallPart
from proxy_core.upstream_families.base import UpstreamRequest
from proxy_core.wire.orchestration import INVISIBLE, has_broken_delimiters

__all__ = ["DelimiterMender", "mended_answer", "mends_delimiters"]

_Part = TextPart | ReasoningPart | ToolCallPart | FilePart
_BROKEN = {
    False: re.compile(rf"\{{{INVISIBLE}(?=[{{%#])"),
    True: re.compile(rf"\{{(?:{INVISIBLE}|\\u200[bB])(?=[{{%#])"),
}
"""By whether the text is JSON, which may write the character as an escape."""
_UNDECIDED = {
    False: re.compile(rf"\{{{INVISIBLE}?\Z"),
    True: re.compile(rf"\{{(?:{INVISIBLE}|\\(?:u(?:2(?:0(?:0[bB]?)?)?)?)?)?\Z"),
}
"""An end that the next piece of a stream may continue to a broken delimiter."""


def mends_delimiters(sent: UpstreamRequest) -> bool:
    """True when the request holds broken delimiters."""
    return has_broken_delimiters(_prompt_of(sent))


def mended_answer(answer: ChatResponse, sent: UpstreamRequest) -> ChatResponse:
    """A whole answer."""
    as_json = _answers_json(sent)
    return replace(answer, parts=tuple(_mended_part(part, as_json=as_json) for part in answer.parts))


class DelimiterMender:
    """Mends the events of one stream; the end of a piece waits where only the next one decides."""

    def __init__(self, sent: UpstreamRequest) -> None:
        self._answers_json = _answers_json(sent)
        self._as_json: bool | None = None
        self._held = ""

    def mend(self, events: Sequence[Event]) -> list[Event]:
        return [mended for event in events for mended in self._mend(event)]

    def _mend(self, event: Event) -> list[Event]:
        match event:
            case PartStart(part=part):
                self._as_json = self._kind_of(part)
                return [event]
            case PartDelta() if self._as_json is not None:
                return self._mend_delta(event, as_json=self._as_json)
            case PartEnd(index=index) if self._held:
                held, self._held = self._held, ""
                return [PartDelta(index, held), event]
            case _:
                return [event]

    def _kind_of(self, part: Part) -> bool | None:
        """Whether the part is JSON; None for one that is not mended."""
        match part:
            case TextPart():
                return self._answers_json
            case ToolCallPart():
                return True
            case _:
                return None

    def _mend_delta(self, delta: PartDelta, *, as_json: bool) -> list[Event]:
        text = _BROKEN[as_json].sub("{", self._held + delta.text)
        undecided = _UNDECIDED[as_json].search(text)
        end = undecided.start() if undecided else len(text)
        text, self._held = text[:end], text[end:]
        return [replace(delta, text=text)] if text else []


def _mended_part(part: _Part, *, as_json: bool) -> _Part:
    match part:
        case TextPart():
            return replace(part, text=_BROKEN[as_json].sub("{", part.text))
        case ToolCallPart():
            return replace(part, arguments=_BROKEN[True].sub("{", part.arguments))
        case _:
            return part


def _prompt_of(sent: UpstreamRequest) -> JsonObject:
    prompt: JsonObject = sent.body["config"]["modules"]["prompt_templating"].get("prompt", {})
    return prompt


def _answers_json(sent: UpstreamRequest) -> bool:
    return "response_format" in _prompt_of(sent)

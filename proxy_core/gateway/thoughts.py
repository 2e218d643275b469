"""A memory of signed thoughts, for clients whose wire has no place for signatures.

Claude and Gemini want the signed thought back with the tool call that followed it. The OpenAI chat wire
loses signatures, so they are kept here by tool call id and put back when the call comes home. Bounded,
in memory only, gone with the program: a family sends a conversation without the thought then.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from proxy_core.neutral.events import Event, PartDelta, PartEnd, PartStart
from proxy_core.neutral.messages import (
    ChatRequest,
    ChatResponse,
    Message,
    Part,
    ReasoningPart,
    Signature,
    ToolCallPart,
)

__all__ = ["ThoughtMemory", "ThoughtRecorder"]


@dataclass(frozen=True, slots=True)
class _Remembered:
    thoughts: tuple[ReasoningPart, ...]
    signature: Signature | None
    size: int


class ThoughtMemory:
    """Thoughts by tool call id, at most `limit` calls and `size_limit` characters; the oldest go first. Safe for
    many threads without a lock: each step on the dictionary is one operation."""

    def __init__(self, limit: int = 4096, size_limit: int = 32_000_000) -> None:
        self._limit = limit
        self._size_limit = size_limit
        self._entries: OrderedDict[str, _Remembered] = OrderedDict()

    def keep(self, call: ToolCallPart, thoughts: tuple[ReasoningPart, ...]) -> None:
        signed = tuple(part for part in thoughts if part.signature or part.redacted)
        if not signed and call.signature is None:
            return
        self._entries[call.id] = _Remembered(signed, call.signature, _size_of(call) + sum(map(_size_of, signed)))
        excess = sum(entry.size for entry in list(self._entries.values())) - self._size_limit
        while self._entries and (excess > 0 or len(self._entries) > self._limit):
            excess -= self._entries.popitem(last=False)[1].size

    def keep_answer(self, response: ChatResponse) -> None:
        thoughts = tuple(part for part in response.parts if isinstance(part, ReasoningPart))
        for part in response.parts:
            if isinstance(part, ToolCallPart):
                self.keep(part, thoughts)

    def restore(self, request: ChatRequest) -> ChatRequest:
        """The request with the remembered thoughts back in their assistant turns."""
        if not self._entries:
            return request
        messages = tuple(
            self._restored(message) if message.role == "assistant" else message for message in request.messages
        )
        return replace(request, messages=messages)

    def _restored(self, message: Message) -> Message:
        calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
        remembered = {call.id: entry for call in calls if (entry := self._entries.get(call.id))}
        if not remembered:
            return message
        parts = tuple(self._signed(part, remembered) for part in message.parts)
        if not any(isinstance(part, ReasoningPart) and (part.signature or part.redacted) for part in parts):
            thoughts = next(iter(remembered.values())).thoughts
            if thoughts:
                parts = (*thoughts, *(part for part in parts if not isinstance(part, ReasoningPart)))
        return replace(message, parts=parts)

    @staticmethod
    def _signed(part: Part, remembered: dict[str, _Remembered]) -> Part:
        if isinstance(part, ToolCallPart) and part.signature is None and part.id in remembered:
            return replace(part, signature=remembered[part.id].signature)
        return part


def _size_of(part: ReasoningPart | ToolCallPart) -> int:
    """Characters that are kept of a part."""
    size = len(part.signature.value) if part.signature else 0
    return size + len(part.text) + len(part.redacted or "") if isinstance(part, ReasoningPart) else size


class ThoughtRecorder:
    """Watches one streamed answer and keeps its thoughts once a tool call has ended."""

    def __init__(self, memory: ThoughtMemory) -> None:
        self._memory = memory
        self._thoughts: list[ReasoningPart] = []
        self._open: ReasoningPart | ToolCallPart | None = None
        self._texts: list[str] = []

    def watch(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, PartDelta):
                if isinstance(self._open, ReasoningPart):
                    self._texts.append(event.text)
            elif isinstance(event, PartStart):
                part = event.part
                self._open = part if isinstance(part, ReasoningPart | ToolCallPart) else None
                self._texts = []
            elif isinstance(event, PartEnd):
                self._ended(event)

    def _ended(self, end: PartEnd) -> None:
        part, self._open = self._open, None
        if isinstance(part, ReasoningPart):
            text = part.text + "".join(self._texts)
            self._thoughts.append(replace(part, text=text, signature=end.signature or part.signature))
        elif isinstance(part, ToolCallPart):
            self._memory.keep(replace(part, signature=end.signature or part.signature), tuple(self._thoughts))

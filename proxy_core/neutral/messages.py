"""A conversation and an answer, independent of any wire format.

Every type is frozen. `extras` carries what only one wire format has, under keys that begin with that
format's name (`anthropic.cache_control`), so that it survives a way back to the same format and no
other format mistakes it for its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from proxy_core.json_text import JsonObject
from proxy_core.neutral.diagnostics import Diagnostic

__all__ = [
    "NO_EXTRAS",
    "ChatRequest",
    "ChatResponse",
    "Extras",
    "FilePart",
    "FinishKind",
    "FinishReason",
    "Message",
    "Part",
    "Reasoning",
    "ReasoningPart",
    "ResponseFormat",
    "Role",
    "Sampling",
    "Signature",
    "TextPart",
    "ToolCallPart",
    "ToolChoice",
    "ToolDefinition",
    "ToolResultPart",
    "Usage",
]

Extras = Mapping[str, Any]
NO_EXTRAS: Extras = MappingProxyType({})


def _no_extras() -> Extras:
    return NO_EXTRAS


Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Signature:
    """A vendor's proof over a thought, to be returned unchanged to models of the same vendor only."""

    origin: Literal["anthropic", "gemini", "openai"]
    value: str


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str
    signature: Signature | None = None
    extras: Extras = field(default_factory=_no_extras)


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """What the model thought. `redacted` holds a vendor's encrypted thought instead of text."""

    text: str
    signature: Signature | None = None
    redacted: str | None = None
    extras: Extras = field(default_factory=_no_extras)


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """`arguments` is the exact JSON text that the model wrote: it may be empty or broken."""

    id: str
    name: str
    arguments: str
    signature: Signature | None = None
    extras: Extras = field(default_factory=_no_extras)


@dataclass(frozen=True, slots=True)
class FilePart:
    """An image, document or sound: either `data` (base64) with its `media_type`, or a `url`."""

    kind: Literal["image", "document", "audio"]
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    filename: str | None = None
    extras: Extras = field(default_factory=_no_extras)
    path: str | None = field(default=None, compare=False, repr=False)
    """Where it stands in the client's body, for refusals; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class ToolResultPart:
    """What a tool answered; stands in a user message. `name` is the tool's name where the history tells it."""

    call_id: str
    content: tuple[TextPart | FilePart, ...]
    is_error: bool = False
    name: str | None = None
    extras: Extras = field(default_factory=_no_extras)


Part = TextPart | ReasoningPart | ToolCallPart | FilePart | ToolResultPart


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. System messages may stand anywhere; tool results stand in user messages."""

    role: Role
    parts: tuple[Part, ...]
    extras: Extras = field(default_factory=_no_extras)


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A function the model may call. `parameters` is raw JSON Schema 2020-12."""

    name: str
    description: str
    parameters: JsonObject
    strict: bool | None = None
    extras: Extras = field(default_factory=_no_extras)


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """`one` names the tool in `name`; `names` narrows the choice to a subset."""

    mode: Literal["auto", "none", "required", "one"]
    name: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResponseFormat:
    """`json_object`: any JSON; `json_schema`: JSON that fits `schema`."""

    kind: Literal["json_object", "json_schema"]
    schema: JsonObject | None = None
    name: str = "response"
    description: str | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """How much the model shall think.

    `off`: not at all; `adaptive`: as it sees fit; `budget`: up to `budget_tokens`; `effort`: by word.
    `effort` may stand beside `adaptive`.
    """

    mode: Literal["off", "adaptive", "budget", "effort"]
    effort: str | None = None
    budget_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """`model` is the name the client asked for. `diagnostics` say what decoding left out."""

    model: str
    messages: tuple[Message, ...]
    stream: bool
    tools: tuple[ToolDefinition, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    sampling: Sampling = field(default_factory=Sampling)
    reasoning: Reasoning | None = None
    user: str | None = None
    extras: Extras = field(default_factory=_no_extras)
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts. `input_tokens` is the total and includes `cached_tokens` (read from a cache) and
    `cache_write_tokens`; `output_tokens` includes `reasoning_tokens`."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


class FinishKind(StrEnum):
    STOP = "stop"
    STOP_SEQUENCE = "stop_sequence"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"
    """Blocked by a filter, or refused by the model."""

    def beside(self, *, tool_calls: bool) -> "FinishKind":
        """The kind of an answer with tool calls, or without: they decide over the wire's word for a normal end."""
        if self not in (FinishKind.STOP, FinishKind.TOOL_CALLS):
            return self
        return FinishKind.TOOL_CALLS if tool_calls else FinishKind.STOP


@dataclass(frozen=True, slots=True)
class FinishReason:
    """Why the answer ended. A family reports TOOL_CALLS whenever the answer holds a tool call and ended
    normally, whatever the wire said. `raw` is the upstream's own word, `stop_sequence` the matched text."""

    kind: FinishKind
    raw: str | None = None
    stop_sequence: str | None = None


@dataclass(frozen=True, slots=True)
class ChatResponse:
    """A whole answer. `id` is the upstream's, or empty."""

    id: str
    model: str
    parts: tuple[TextPart | ReasoningPart | ToolCallPart | FilePart, ...]
    finish: FinishReason
    usage: Usage

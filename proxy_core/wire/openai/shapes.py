"""Shapes and words of the chat completions wire. Source: https://platform.openai.com/docs/api-reference/chat

The shapes are sparse: they name what this product reads or writes, not all there is.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

from proxy_core.neutral.messages import FinishKind

__all__ = [
    "DONE_FRAME",
    "FINISH_KINDS",
    "FINISH_WORDS",
    "REQUEST_KEYS",
    "ChatChoice",
    "ChatChunk",
    "ChatCompletion",
    "ChatDelta",
    "ChatMessage",
    "ChatToolCall",
    "finish_kind",
]

DONE_FRAME = b"data: [DONE]\n\n"


class ChatFunctionCall(TypedDict, total=False):
    name: str
    arguments: str


class ChatToolCall(TypedDict, total=False):
    """`index` stands in stream deltas only; `extra_content` is Google's place for thought signatures."""

    index: int
    id: str
    type: str
    function: ChatFunctionCall
    extra_content: dict[str, Any]


class ChatMessage(TypedDict, total=False):
    """`reasoning_content` is not OpenAI's own: DeepSeek, vLLM and many clients show thoughts there."""

    role: str
    content: str | list[dict[str, Any]] | None
    name: str
    refusal: str | None
    reasoning_content: str
    tool_calls: list[ChatToolCall]
    tool_call_id: str
    images: list[dict[str, Any]]


class ChatDelta(ChatMessage, total=False):
    """The news of one stream chunk."""


class ChatChoice(TypedDict, total=False):
    index: int
    message: ChatMessage
    delta: ChatDelta
    logprobs: Any
    finish_reason: str | None


class ChatCompletion(TypedDict, total=False):
    id: str
    object: str
    created: int
    model: str
    choices: list[ChatChoice]
    usage: dict[str, Any] | None


class ChatChunk(ChatCompletion, total=False):
    """One stream frame; `choices` is empty in the one that carries usage."""


REQUEST_KEYS = frozenset(
    {
        "messages", "tools", "tool_choice", "parallel_tool_calls", "functions", "function_call", "response_format",
        "stream", "stream_options", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "stop",
        "seed", "logprobs", "top_logprobs", "logit_bias", "frequency_penalty", "presence_penalty", "user",
        "reasoning_effort", "verbosity", "prediction", "modalities", "audio", "store", "metadata", "service_tier",
        "prompt_cache_key", "safety_identifier",
    }
)  # fmt: skip
"""Body fields besides `model` that Azure may accept; any other one is a 400 there."""

FINISH_KINDS: Mapping[str, FinishKind] = {
    "stop": FinishKind.STOP,
    "length": FinishKind.LENGTH,
    "tool_calls": FinishKind.TOOL_CALLS,
    "function_call": FinishKind.TOOL_CALLS,
    "content_filter": FinishKind.CONTENT_FILTER,
    # Words of other vendors that servers with this wire let through.
    "end_turn": FinishKind.STOP,
    "eos": FinishKind.STOP,
    "stop_sequence": FinishKind.STOP_SEQUENCE,
    "max_tokens": FinishKind.LENGTH,
    "model_length": FinishKind.LENGTH,
    "tool_use": FinishKind.TOOL_CALLS,
    "guardrail_intervened": FinishKind.CONTENT_FILTER,
    "content_filtered": FinishKind.CONTENT_FILTER,
    "refusal": FinishKind.CONTENT_FILTER,
    "model_context_window_exceeded": FinishKind.LENGTH,
    "safety": FinishKind.CONTENT_FILTER,
    "recitation": FinishKind.CONTENT_FILTER,
    "prohibited_content": FinishKind.CONTENT_FILTER,
    "blocklist": FinishKind.CONTENT_FILTER,
    "spii": FinishKind.CONTENT_FILTER,
}
"""By the word in small letters."""

FINISH_WORDS: Mapping[FinishKind, str] = {
    FinishKind.STOP: "stop",
    FinishKind.STOP_SEQUENCE: "stop",
    FinishKind.LENGTH: "length",
    FinishKind.TOOL_CALLS: "tool_calls",
    FinishKind.CONTENT_FILTER: "content_filter",
}


def finish_kind(word: str | None, *, with_tool_call: bool) -> FinishKind:
    """The kind of a `finish_reason`. Tool calls decide over the word: several servers say `stop` beside them."""
    kind = FINISH_KINDS.get((word or "stop").lower(), FinishKind.STOP)
    normal = kind in (FinishKind.STOP, FinishKind.STOP_SEQUENCE, FinishKind.TOOL_CALLS)
    if normal and with_tool_call:
        return FinishKind.TOOL_CALLS
    return FinishKind.STOP if kind is FinishKind.TOOL_CALLS else kind

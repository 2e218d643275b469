"""Shapes and words of the Responses wire. Source: https://platform.openai.com/docs/api-reference/responses

Through SAP the same, but for the `event:` lines of streams, which are missing there.
"""

from collections.abc import Mapping
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import FinishKind, Usage
from proxy_core.wire.openai.usage import read_count

__all__ = [
    "INCOMPLETE_REASONS",
    "RESPONSES_KEYS",
    "SMALLEST_OUTPUT",
    "decode_responses_usage",
    "encode_responses_usage",
    "is_own_id",
    "new_response_id",
]

RESPONSES_KEYS = frozenset(
    {
        "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "store", "include", "stream",
        "stream_options", "reasoning", "max_output_tokens", "max_tool_calls", "temperature", "top_p",
        "top_logprobs", "text", "truncation", "previous_response_id", "background", "metadata", "prompt_cache_key",
        "prompt_cache_retention", "safety_identifier", "service_tier", "user",
    }
)  # fmt: skip
"""Body fields besides `model` that Azure may accept; any other one is a 400 there."""

INCOMPLETE_REASONS: Mapping[FinishKind, str] = {
    FinishKind.LENGTH: "max_output_tokens",
    FinishKind.CONTENT_FILTER: "content_filter",
}
"""Why an answer is `incomplete`; every other kind of finish is `completed`."""

SMALLEST_OUTPUT = 16
"""The least `max_output_tokens` that the API takes."""

_OWN = "acp"


def new_response_id(prefix: str, seed: str) -> str:
    """An id such as `msg_acp…`: the mark tells that no service of OpenAI knows it."""
    return f"{prefix}_{_OWN}{seed}"


def is_own_id(identity: str) -> bool:
    """True for ids that this proxy made."""
    return identity.partition("_")[2].startswith(_OWN)


def decode_responses_usage(value: Any) -> Usage:
    """A `usage` object; zeros for what is missing. `input_tokens` includes cached ones."""
    if not isinstance(value, dict):
        return Usage()
    return Usage(
        input_tokens=read_count(value, "input_tokens"),
        output_tokens=read_count(value, "output_tokens"),
        cached_tokens=read_count(value.get("input_tokens_details"), "cached_tokens"),
        reasoning_tokens=read_count(value.get("output_tokens_details"), "reasoning_tokens"),
    )


def encode_responses_usage(usage: Usage) -> JsonObject:
    """A complete `usage` object: Codex reconnects for ever without `total_tokens`."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }

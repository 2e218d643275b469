"""Token counts of the chat completions wire."""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import Usage

__all__ = ["decode_usage", "encode_usage", "read_count"]


def decode_usage(value: Any) -> Usage:
    """A `usage` object; zeros for what is missing. `prompt_tokens` includes cached ones."""
    if not isinstance(value, dict):
        return Usage()
    prompt = value.get("prompt_tokens_details")
    completion = value.get("completion_tokens_details")
    return Usage(
        input_tokens=read_count(value, "prompt_tokens"),
        output_tokens=read_count(value, "completion_tokens"),
        cached_tokens=read_count(prompt, "cached_tokens"),
        cache_write_tokens=read_count(prompt, "cache_creation_tokens"),
        reasoning_tokens=read_count(completion, "reasoning_tokens"),
    )


def encode_usage(usage: Usage) -> JsonObject:
    """A complete `usage` object: clients index into it."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_creation_tokens": usage.cache_write_tokens,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens, "audio_tokens": 0},
    }


def read_count(value: Any, key: str) -> int:
    """The count at `key` of an object; 0 for anything that is none."""
    count = value.get(key) if isinstance(value, dict) else None
    return count if isinstance(count, int) and count > 0 else 0

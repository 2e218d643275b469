"""Token counts. On this wire `input_tokens` leaves out what was read from or written to the cache."""

from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import Usage

__all__ = ["decode_usage", "encode_usage"]


def decode_usage(usage: JsonObject) -> Usage:
    cached = _count(usage.get("cache_read_input_tokens"))
    written = _count(usage.get("cache_creation_input_tokens"))
    details = usage.get("output_tokens_details")
    return Usage(
        input_tokens=_count(usage.get("input_tokens")) + cached + written,
        output_tokens=_count(usage.get("output_tokens")),
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=_count(details.get("thinking_tokens")) if isinstance(details, dict) else 0,
    )


def encode_usage(usage: Usage) -> JsonObject:
    """All four counts, always: clients index into them."""
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    encoded: JsonObject = {
        "input_tokens": max(fresh, 0),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
    }
    if usage.reasoning_tokens:
        encoded["output_tokens_details"] = {"thinking_tokens": usage.reasoning_tokens}
    return encoded


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0

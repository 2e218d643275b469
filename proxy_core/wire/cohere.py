"""Vocabulary of Cohere's v2 chat wire: endings, usage, ranges. Source: https://docs.cohere.com/reference/chat"""

from collections.abc import Mapping
from typing import Any

from proxy_core.neutral.messages import FinishKind, FinishReason, Usage

__all__ = ["FAILED", "RANGES", "decode_finish", "decode_usage"]

FAILED = frozenset({"ERROR", "ERROR_LIMIT", "TIMEOUT"})
"""Finish reasons that are failures."""

RANGES: Mapping[str, tuple[float, float]] = {
    "p": (0.01, 0.99),
    "k": (0, 500),
    "frequency_penalty": (0.0, 1.0),
    "presence_penalty": (0.0, 1.0),
}
"""The least and the largest value that is accepted."""

_KINDS: Mapping[str, FinishKind] = {
    "COMPLETE": FinishKind.STOP,
    "STOP_SEQUENCE": FinishKind.STOP_SEQUENCE,
    "MAX_TOKENS": FinishKind.LENGTH,
    "TOOL_CALL": FinishKind.TOOL_CALLS,
    "ERROR_TOXIC": FinishKind.CONTENT_FILTER,
}


def decode_finish(word: str, *, has_tool_calls: bool) -> FinishReason:
    """An unknown word counts as a normal end; tool calls in the answer decide over the word."""
    kind = _KINDS.get(word, FinishKind.STOP)
    return FinishReason(kind.beside(tool_calls=has_tool_calls), raw=word)


def decode_usage(value: Any) -> Usage:
    """`tokens` is what the model read and wrote; `billed_units` leaves parts of it out."""
    if not isinstance(value, dict):
        return Usage()
    tokens = value.get("tokens") or value.get("billed_units")
    if not isinstance(tokens, dict):
        return Usage()
    return Usage(
        input_tokens=_count(tokens.get("input_tokens")),
        output_tokens=_count(tokens.get("output_tokens")),
        cached_tokens=_count(value.get("cached_tokens")),
    )


def _count(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and value > 0 else 0

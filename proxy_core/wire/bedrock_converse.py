"""Vocabulary of the Bedrock Converse wire: formats, stop reasons, usage. No translation of messages.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from collections.abc import Mapping
from typing import Any

from proxy_core.neutral.messages import FinishKind, FinishReason, Usage

__all__ = [
    "DOCUMENT_FORMATS",
    "FAILED_REASONS",
    "IMAGE_FORMATS",
    "decode_finish",
    "decode_usage",
]

IMAGE_FORMATS: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpeg",
    "image/gif": "gif",
    "image/webp": "webp",
}
DOCUMENT_FORMATS: Mapping[str, str] = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
"""Media types to the wire's words."""

FAILED_REASONS = frozenset({"malformed_tool_use", "malformed_model_output"})
"""Stop reasons that are failures of the model."""

_KINDS: Mapping[str, FinishKind] = {
    "end_turn": FinishKind.STOP,
    "tool_use": FinishKind.TOOL_CALLS,
    "stop_sequence": FinishKind.STOP_SEQUENCE,
    "max_tokens": FinishKind.LENGTH,
    "model_context_window_exceeded": FinishKind.LENGTH,
    "guardrail_intervened": FinishKind.CONTENT_FILTER,
    "content_filtered": FinishKind.CONTENT_FILTER,
}


def decode_finish(reason: str, *, has_tool_calls: bool) -> FinishReason:
    """An unknown reason counts as a normal end; tool calls in the answer decide over the word."""
    kind = _KINDS.get(reason, FinishKind.STOP)
    return FinishReason(kind.beside(tool_calls=has_tool_calls), raw=reason)


def decode_usage(value: Any) -> Usage:
    """On this wire `inputTokens` leaves out what was read from or written to the cache."""
    if not isinstance(value, dict):
        return Usage()
    cached, written = _count(value, "cacheReadInputTokens"), _count(value, "cacheWriteInputTokens")
    return Usage(
        input_tokens=_count(value, "inputTokens") + cached + written,
        output_tokens=_count(value, "outputTokens"),
        cached_tokens=cached,
        cache_write_tokens=written,
    )


def _count(value: Mapping[str, Any], key: str) -> int:
    count = value.get(key)
    return count if isinstance(count, int) and count > 0 else 0

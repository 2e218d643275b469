"""Which fields Claude on Bedrock accepts. Anything else in a body is answered with
`<path>: Extra inputs are not permitted`.

Source: the Messages request in AWS's Bedrock documentation, and recorded refusals of the real service.
"""

import re
from typing import Any, Literal

__all__ = ["BLOCK_FIELDS", "BODY_FIELDS", "CUSTOM_TOOL_FIELDS", "VERSION", "ToolKind", "tool_kind"]

VERSION = "bedrock-2023-05-31"
"""The one value of `anthropic_version` that Bedrock takes."""

BODY_FIELDS = (
    "anthropic_version",
    "anthropic_beta",
    "max_tokens",
    "messages",
    "system",
    "stop_sequences",
    "temperature",
    "top_p",
    "top_k",
    "tools",
    "tool_choice",
    "thinking",
    "metadata",
    "output_config",
)

BLOCK_FIELDS: dict[str, frozenset[str]] = {
    "text": frozenset({"type", "text", "cache_control", "citations"}),
    "image": frozenset({"type", "source", "cache_control"}),
    "document": frozenset({"type", "source", "title", "context", "citations", "cache_control"}),
    "search_result": frozenset({"type", "source", "title", "content", "citations", "cache_control"}),
    "thinking": frozenset({"type", "thinking", "signature"}),
    "redacted_thinking": frozenset({"type", "data"}),
    "tool_use": frozenset({"type", "id", "name", "input", "cache_control"}),
    "tool_result": frozenset({"type", "tool_use_id", "content", "is_error", "cache_control"}),
}
"""Per type of content block. Blocks of other types are left to the upstream's judgement."""

CUSTOM_TOOL_FIELDS = frozenset({"name", "description", "input_schema", "cache_control"})

ToolKind = Literal["custom", "client", "server"]
"""`custom`: defined by its schema; `client`: known to Claude by its type, run by the client; `server`: run
by Anthropic's own service, which Bedrock does not have."""

_CLIENT_TOOL = re.compile(r"(bash|computer|memory|text_editor)_\d+")


def tool_kind(wire_type: Any) -> ToolKind:
    """The kind by the tool's `type`, which custom tools usually lack."""
    if wire_type is None or wire_type == "custom":
        return "custom"
    return "client" if isinstance(wire_type, str) and _CLIENT_TOOL.fullmatch(wire_type) else "server"

"""The vocabulary of the Anthropic Messages wire, seen from the client's side and from Claude's.

Tables and small pure functions. No I/O, and nothing that only one side needs.
"""

from proxy_core.wire.anthropic.arguments import decode_arguments, encode_arguments
from proxy_core.wire.anthropic.betas import resolve_betas
from proxy_core.wire.anthropic.checks import (
    expect_integer,
    expect_list,
    expect_messages,
    expect_number,
    expect_object,
    expect_text,
    require,
)
from proxy_core.wire.anthropic.endings import decode_finish, encode_stop_reason
from proxy_core.wire.anthropic.errors import ERROR_TYPES
from proxy_core.wire.anthropic.fields import (
    BLOCK_FIELDS,
    BODY_FIELDS,
    CUSTOM_TOOL_FIELDS,
    VERSION,
    ToolKind,
    tool_kind,
)
from proxy_core.wire.anthropic.signatures import unwrap_signature, wrap_signature
from proxy_core.wire.anthropic.usage import decode_usage, encode_usage

__all__ = [
    "BLOCK_FIELDS",
    "BODY_FIELDS",
    "CUSTOM_TOOL_FIELDS",
    "ERROR_TYPES",
    "VERSION",
    "ToolKind",
    "decode_arguments",
    "decode_finish",
    "decode_usage",
    "encode_arguments",
    "encode_stop_reason",
    "encode_usage",
    "expect_integer",
    "expect_list",
    "expect_messages",
    "expect_number",
    "expect_object",
    "expect_text",
    "require",
    "resolve_betas",
    "tool_kind",
    "unwrap_signature",
    "wrap_signature",
]

"""The OpenAI chat completions wire, seen from both sides: shapes, tables, and its tolerated variants."""

from proxy_core.wire.openai.custom_tools import (
    build_custom_function,
    custom_input,
    custom_tool_names,
    settled_custom_names,
)
from proxy_core.wire.openai.leniency import Settled, settle_body
from proxy_core.wire.openai.shapes import (
    DONE_FRAME,
    FINISH_KINDS,
    FINISH_WORDS,
    REQUEST_KEYS,
    ChatChoice,
    ChatChunk,
    ChatCompletion,
    ChatDelta,
    ChatMessage,
    ChatToolCall,
    finish_kind,
)
from proxy_core.wire.openai.usage import decode_usage, encode_usage

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
    "Settled",
    "build_custom_function",
    "custom_input",
    "custom_tool_names",
    "decode_usage",
    "encode_usage",
    "finish_kind",
    "settle_body",
    "settled_custom_names",
]

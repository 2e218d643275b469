"""The shape of a Claude body on `/invoke`: which keys stand where. Everything else is an extra input.

Source: Anthropic's public Messages schema, less what Bedrock does not know.
"""

from proxy_core.simulator.validation.shapes import (
    ANY,
    BOOL,
    TEXT,
    Either,
    Nullable,
    Number,
    Obj,
    Seq,
    Tagged,
    Text,
)

__all__ = ["BODY", "CLAUDE_OPTIONS", "IMAGE_TYPES"]

IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")

_CACHE = Nullable(
    Tagged({"ephemeral": Obj({"type": TEXT, "ttl": Text(("5m", "1h"))}, ("type",))}),
)
_ID = Text(pattern="[a-zA-Z0-9_-]+")
_NAME = Text(pattern="[a-zA-Z0-9_-]{1,64}")

_TEXT_BLOCK = Obj(
    {"type": Text(("text",)), "text": TEXT, "cache_control": _CACHE, "citations": Nullable(ANY)}, ("type", "text")
)
_IMAGE = Obj(
    {
        "type": TEXT,
        "source": Tagged(
            {
                "base64": Obj(
                    {"type": TEXT, "media_type": Text(IMAGE_TYPES), "data": TEXT}, ("type", "media_type", "data")
                )
            }
        ),
        "cache_control": _CACHE,
    },
    ("type", "source"),
)
_CONTENT_SOURCE = Obj(
    {"type": TEXT, "content": Either((TEXT, Seq(Tagged({"text": _TEXT_BLOCK, "image": _IMAGE}))))},
    ("type", "content"),
)
_DOCUMENT = Obj(
    {
        "type": TEXT,
        "source": Tagged(
            {
                "base64": Obj(
                    {"type": TEXT, "media_type": Text(("application/pdf",)), "data": TEXT},
                    ("type", "media_type", "data"),
                ),
                "text": Obj(
                    {"type": TEXT, "media_type": Text(("text/plain",)), "data": TEXT},
                    ("type", "media_type", "data"),
                ),
                "content": _CONTENT_SOURCE,
            }
        ),
        "title": Nullable(Text(min_length=1, max_length=500)),
        "context": Nullable(Text(min_length=1)),
        "citations": Nullable(Obj({"enabled": BOOL})),
        "cache_control": _CACHE,
    },
    ("type", "source"),
)
_SEARCH_RESULT = Obj(
    {
        "type": TEXT,
        "source": TEXT,
        "title": TEXT,
        "content": Seq(_TEXT_BLOCK, 1),
        "citations": Nullable(Obj({"enabled": BOOL})),
        "cache_control": _CACHE,
    },
    ("type", "source", "title", "content"),
)
_TOOL_USE = Obj(
    {
        "type": TEXT,
        "id": _ID,
        "name": Text(min_length=1, max_length=200),
        "input": Obj(open_=True),
        "cache_control": _CACHE,
    },
    ("type", "id", "name", "input"),
)
_RESULT_BLOCK = Tagged(
    {"document": _DOCUMENT, "image": _IMAGE, "search_result": _SEARCH_RESULT, "text": _TEXT_BLOCK}
)
_TOOL_RESULT = Obj(
    {
        "type": TEXT,
        "tool_use_id": _ID,
        "content": Either((TEXT, Seq(_RESULT_BLOCK))),
        "is_error": BOOL,
        "cache_control": _CACHE,
    },
    ("type", "tool_use_id"),
)
_THINKING_BLOCK = Obj({"type": TEXT, "thinking": TEXT, "signature": TEXT}, ("type", "thinking", "signature"))
_REDACTED = Obj({"type": TEXT, "data": TEXT}, ("type", "data"))
_BLOCK = Tagged(
    {
        "document": _DOCUMENT,
        "image": _IMAGE,
        "redacted_thinking": _REDACTED,
        "search_result": _SEARCH_RESULT,
        "text": _TEXT_BLOCK,
        "thinking": _THINKING_BLOCK,
        "tool_result": _TOOL_RESULT,
        "tool_use": _TOOL_USE,
    }
)
_MESSAGE = Obj({"role": Text(("user", "assistant")), "content": Either((TEXT, Seq(_BLOCK)))}, ("role", "content"))

_CUSTOM_TOOL = Obj(
    {
        "type": TEXT,
        "name": _NAME,
        "description": TEXT,
        "input_schema": Obj({"type": Text(("object",))}, ("type",), open_=True),
        "cache_control": _CACHE,
    },
    ("name", "input_schema"),
)
_TYPED_TOOL = Obj(
    {"type": TEXT, "name": TEXT, "max_characters": Number(integer=True), "cache_control": _CACHE}, ("type", "name")
)
_TOOL = Tagged(
    {
        "bash_20250124": _TYPED_TOOL,
        "custom": _CUSTOM_TOOL,
        "text_editor_20250124": _TYPED_TOOL,
        "text_editor_20250429": _TYPED_TOOL,
        "text_editor_20250728": _TYPED_TOOL,
    },
    default="custom",
)
_CHOICE = Tagged(
    {
        "auto": Obj({"type": TEXT, "disable_parallel_tool_use": BOOL}),
        "any": Obj({"type": TEXT, "disable_parallel_tool_use": BOOL}),
        "tool": Obj({"type": TEXT, "name": TEXT, "disable_parallel_tool_use": BOOL}, ("name",)),
        "none": Obj({"type": TEXT}),
    }
)
_THINKING = Tagged(
    {
        "enabled": Obj({"type": TEXT, "budget_tokens": Number(integer=True, minimum=1024)}, ("budget_tokens",)),
        "adaptive": Obj({"type": TEXT}),
        "disabled": Obj({"type": TEXT}),
    }
)

CLAUDE_OPTIONS = Obj(
    {
        "max_tokens": Number(integer=True, minimum=1),
        "max_completion_tokens": Number(integer=True, minimum=1),
        "temperature": Number(minimum=0, maximum=1),
        "top_p": Number(minimum=0, maximum=1),
        "top_k": Number(integer=True, minimum=0),
        "thinking": _THINKING,
        "output_config": Obj({"effort": Text(("low", "medium", "high", "xhigh", "max"))}),
    },
    open_=True,
)
"""The options that orchestration hands on to Claude; it looks at the other names itself."""

BODY = Obj(
    {
        "anthropic_version": Text(("bedrock-2023-05-31",)),
        "max_tokens": Number(integer=True, minimum=1),
        "messages": Seq(_MESSAGE),
        "anthropic_beta": Seq(TEXT),
        "system": Either((TEXT, Seq(_TEXT_BLOCK))),
        "stop_sequences": Seq(TEXT),
        "temperature": Number(minimum=0, maximum=1),
        "top_p": Number(minimum=0, maximum=1),
        "top_k": Number(integer=True, minimum=0),
        "tools": Seq(_TOOL),
        "tool_choice": _CHOICE,
        "thinking": _THINKING,
        "metadata": Obj({"user_id": Nullable(Text(max_length=256))}),
        "output_config": Obj({"effort": Text(("low", "medium", "high", "xhigh", "max"))}),
    },
    ("anthropic_version", "max_tokens", "messages"),
)

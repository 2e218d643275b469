"""The shapes of orchestration v2 bodies: strict nearly everywhere, only `model.params` is open.

Source: SAP's public orchestration specification (SAP/ai-sdk-js, `packages/orchestration/src/spec/api.yaml`).
"""

from proxy_core.simulator.validation.shapes import ANY, BOOL, TEXT, Either, MapOf, Number, Obj, Seq, Tagged, Text

__all__ = ["COMPLETION_BODY", "EMBEDDINGS_BODY"]

_OPEN = Obj(open_=True)
_CACHE = Obj({"type": Text(("ephemeral",)), "ttl": Text(("5m", "1h"))}, ("type",))
_TEXT_ITEM = Obj({"type": TEXT, "text": TEXT, "cache_control": _CACHE}, ("type", "text"))
_IMAGE_ITEM = Obj({"type": TEXT, "image_url": Obj({"url": TEXT, "detail": TEXT}, ("url",))}, ("type", "image_url"))
_FILE_ITEM = Obj(
    {"type": TEXT, "file": Obj({"file_data": TEXT, "filename": TEXT}, ("file_data",))}, ("type", "file")
)
_TEXT_CONTENT = Either((Seq(Tagged({"text": _TEXT_ITEM}, step=False)), TEXT))
_USER_CONTENT = Either(
    (Seq(Tagged({"text": _TEXT_ITEM, "image_url": _IMAGE_ITEM, "file": _FILE_ITEM}, step=False)), TEXT)
)
_TOOL_CALL = Obj(
    {
        "id": TEXT,
        "type": Text(("function",)),
        "function": Obj({"name": TEXT, "arguments": TEXT}, ("name", "arguments")),
    },
    ("id", "type", "function"),
)
_REASONING = Obj({"content": TEXT, "signature": TEXT})
_MESSAGE = Tagged(
    {
        "system": Obj({"role": TEXT, "content": _TEXT_CONTENT}, ("content",)),
        "developer": Obj({"role": TEXT, "content": _TEXT_CONTENT}, ("content",)),
        "user": Obj({"role": TEXT, "content": _USER_CONTENT}, ("content",)),
        "assistant": Obj(
            {
                "role": TEXT,
                "content": _TEXT_CONTENT,
                "refusal": TEXT,
                "tool_calls": Seq(_TOOL_CALL),
                "reasoning_content": Seq(_REASONING),
            }
        ),
        "tool": Obj({"role": TEXT, "content": _TEXT_CONTENT, "tool_call_id": TEXT}, ("content", "tool_call_id")),
    },
    key="role",
    step=False,
)
_TOOL = Obj(
    {
        "type": Text(("function",)),
        "function": Obj(
            {
                "name": Text(pattern="[a-zA-Z0-9-_]+", max_length=64),
                "description": TEXT,
                "parameters": _OPEN,
                "strict": BOOL,
            },
            ("name",),
        ),
        "cache_control": _CACHE,
    },
    ("type", "function"),
)
_FORMAT = Tagged(
    {
        "text": Obj({"type": TEXT}),
        "json_object": Obj({"type": TEXT}),
        "json_schema": Obj(
            {
                "type": TEXT,
                "json_schema": Obj(
                    {
                        "name": Text(pattern="[a-zA-Z0-9-_]+", max_length=64),
                        "description": TEXT,
                        "schema": _OPEN,
                        "strict": BOOL,
                    },
                    ("name",),
                ),
            },
            ("json_schema",),
        ),
    },
    step=False,
)
_PROMPT = Obj(
    {"template": Seq(_MESSAGE, 1), "defaults": MapOf(ANY), "tools": Seq(_TOOL), "response_format": _FORMAT},
    ("template",),
)
_MODEL = Obj(
    {
        "name": TEXT,
        "version": TEXT,
        "params": _OPEN,
        "timeout": Number(integer=True, minimum=1, maximum=1200),
        "max_retries": Number(integer=True, minimum=0, maximum=5),
    },
    ("name",),
)
_LEVEL = Number(integer=True, minimum=0, maximum=6)
_AZURE_FILTER = Obj(
    {
        "type": TEXT,
        "config": Obj(
            {
                "hate": _LEVEL,
                "self_harm": _LEVEL,
                "sexual": _LEVEL,
                "violence": _LEVEL,
                "prompt_shield": BOOL,
                "protected_material_code": BOOL,
            }
        ),
    }
)
_FILTERS = Seq(
    Tagged(
        {"azure_content_safety": _AZURE_FILTER, "llama_guard_3_8b": Obj({"type": TEXT, "config": _OPEN})},
        step=False,
    ),
    1,
)
_MODULES = Obj(
    {
        "prompt_templating": Obj({"prompt": _PROMPT, "model": _MODEL}, ("model",)),
        "filtering": Obj(
            {
                "input": Obj({"filters": _FILTERS}, ("filters",)),
                "output": Obj(
                    {"filters": _FILTERS, "stream_options": Obj({"overlap": Number(integer=True)})}, ("filters",)
                ),
            }
        ),
        "masking": Obj({"providers": Seq(_OPEN, 1), "masking_providers": Seq(_OPEN, 1)}),
        "grounding": _OPEN,
        "translation": _OPEN,
    },
    ("prompt_templating",),
)
_STREAM = Obj(
    {
        "enabled": BOOL,
        "chunk_size": Number(integer=True, minimum=1, maximum=10_000),
        "delimiters": Seq(TEXT, 1),
    }
)

COMPLETION_BODY = Obj(
    {
        "config": Obj({"modules": Either((Seq(_MODULES, 1), _MODULES)), "stream": _STREAM}, ("modules",)),
        "placeholder_values": MapOf(TEXT),
        "messages_history": Seq(_MESSAGE),
    },
    ("config",),
)
EMBEDDINGS_BODY = Obj(
    {
        "config": Obj(
            {
                "modules": Obj(
                    {
                        "embeddings": Obj(
                            {
                                "model": Obj(
                                    {
                                        "name": TEXT,
                                        "version": TEXT,
                                        "params": Obj(
                                            {
                                                "dimensions": Number(integer=True, minimum=1),
                                                "encoding_format": Text(("float", "base64", "binary")),
                                                "normalize": BOOL,
                                            }
                                        ),
                                        "timeout": Number(integer=True),
                                        "max_retries": Number(integer=True),
                                    },
                                    ("name",),
                                )
                            },
                            ("model",),
                        ),
                        "masking": _OPEN,
                    },
                    ("embeddings",),
                )
            },
            ("modules",),
        ),
        "input": Obj(
            {
                "text": Either((Seq(TEXT, 1), TEXT)),
                "type": Text(
                    (
                        "text",
                        "document",
                        "query",
                        "search_document",
                        "search_query",
                        "classification",
                        "clustering",
                        "image",
                    )
                ),
            },
            ("text",),
        ),
    },
    ("config", "input"),
)

"""The shape of a Vertex `generateContent` body, in snake_case. Unknown names are refused.

Source: Google's public Vertex v1 messages as google-genai writes them, less what SAP AI Core refuses.
"""

from proxy_core.simulator.validation.shapes import (
    ANY,
    BOOL,
    TEXT,
    Either,
    Lazy,
    MapOf,
    Number,
    Obj,
    Seq,
    Shape,
    Text,
)

__all__ = ["BODY", "DATA_FIELDS", "PREDICT_BODY"]

_API = "google.cloud.aiplatform.v1"
_TYPES = ("STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL")
_INT = Number(integer=True)
_INT64 = Either((_INT, Text(pattern=r"-?\d+")))
_STRUCT = Obj(open_=True, kind="google.protobuf.Struct")
_OPEN = Obj(open_=True)
DATA_FIELDS = ("text", "inline_data", "file_data", "function_call", "function_response")


def _enum(name: str, *values: str) -> Text:
    """Names are taken in both cases."""
    both = (*values, *(value.lower() for value in values))
    return Text(both, kind=f"type.googleapis.com/{_API}.{name}")


def _schema() -> Shape:
    return _SCHEMA


_LAZY_SCHEMA = Lazy(_schema)
_SCHEMA = Obj(
    {
        "type": _enum("Type", *_TYPES),
        "format": TEXT,
        "title": TEXT,
        "description": TEXT,
        "nullable": BOOL,
        "enum": Seq(TEXT),
        "items": _LAZY_SCHEMA,
        "min_items": _INT64,
        "max_items": _INT64,
        "properties": MapOf(_LAZY_SCHEMA),
        "required": Seq(TEXT),
        "min_properties": _INT64,
        "max_properties": _INT64,
        "min_length": _INT64,
        "max_length": _INT64,
        "pattern": TEXT,
        "minimum": Number(),
        "maximum": Number(),
        "any_of": Seq(_LAZY_SCHEMA),
        "property_ordering": Seq(TEXT),
        "default": ANY,
        "example": ANY,
    },
    kind=f"{_API}.Schema",
)

_BLOB = Obj({"mime_type": TEXT, "data": Text(kind="TYPE_BYTES"), "display_name": TEXT}, kind=f"{_API}.Blob")
_PART = Obj(
    {
        "text": TEXT,
        "inline_data": _BLOB,
        "file_data": Obj({"mime_type": TEXT, "file_uri": TEXT}, kind=f"{_API}.FileData"),
        "function_call": Obj({"name": TEXT, "args": _STRUCT, "id": TEXT}, kind=f"{_API}.FunctionCall"),
        "function_response": Obj(
            {"name": TEXT, "response": _STRUCT, "parts": Seq(Obj({"inline_data": _BLOB}))},
            kind=f"{_API}.FunctionResponse",
        ),
        "thought": BOOL,
        "thought_signature": Text(kind="TYPE_BYTES"),
        "video_metadata": _OPEN,
    },
    kind=f"{_API}.Part",
)
_CONTENT = Obj({"role": TEXT, "parts": Seq(_PART)}, kind=f"{_API}.Content")
_FUNCTION = Obj(
    {
        "name": TEXT,
        "description": TEXT,
        "parameters": _SCHEMA,
        "parameters_json_schema": _OPEN,
        "response": _SCHEMA,
        "response_json_schema": _OPEN,
    },
    kind=f"{_API}.FunctionDeclaration",
)
_TOOL = Obj(
    {"function_declarations": Seq(_FUNCTION), "google_search": _OPEN, "code_execution": _OPEN}, kind=f"{_API}.Tool"
)
_TOOL_CONFIG = Obj(
    {
        "function_calling_config": Obj(
            {
                "mode": _enum("FunctionCallingConfig.Mode", "AUTO", "ANY", "NONE", "VALIDATED"),
                "allowed_function_names": Seq(TEXT),
            }
        )
    }
)
_GENERATION = Obj(
    {
        "temperature": Number(),
        "top_p": Number(),
        "top_k": Number(),
        "candidate_count": _INT,
        "max_output_tokens": _INT,
        "stop_sequences": Seq(TEXT),
        "presence_penalty": Number(),
        "frequency_penalty": Number(),
        "seed": _INT,
        "response_logprobs": BOOL,
        "logprobs": _INT,
        "response_mime_type": TEXT,
        "response_schema": _SCHEMA,
        "response_json_schema": _OPEN,
        "thinking_config": Obj(
            {
                "include_thoughts": BOOL,
                "thinking_budget": _INT,
                "thinking_level": _enum("ThinkingLevel", "MINIMAL", "LOW", "MEDIUM", "HIGH"),
            }
        ),
    },
    kind=f"{_API}.GenerationConfig",
)

BODY = Obj(
    {
        "contents": Seq(_CONTENT),
        "system_instruction": _CONTENT,
        "tools": Seq(_TOOL),
        "tool_config": _TOOL_CONFIG,
        "generation_config": _GENERATION,
        "safety_settings": Seq(Obj({"category": TEXT, "threshold": TEXT, "method": TEXT})),
        "labels": MapOf(TEXT),
        "cached_content": TEXT,
    }
)
PREDICT_BODY = Obj(
    {
        "instances": Seq(Obj({"content": TEXT, "task_type": TEXT, "title": TEXT}, ("content",))),
        "parameters": Obj({"outputDimensionality": _INT, "autoTruncate": BOOL}),
    },
    ("instances",),
)

"""What the fields of a client's body must be, so that a mistake is told at once and nobody is asked.

The same for every model, on the native routes as in the dialects. Conversations and tools are read, and judged, by
others. Sources: https://platform.openai.com/docs/api-reference/chat/create and …/responses/create
"""

from collections.abc import Mapping
from typing import Any

from proxy_core.json_text import JsonObject
from proxy_core.wire.openai.checks import (
    Check,
    check_fields,
    flag,
    list_of,
    mapping,
    number,
    object_of,
    text,
    whole,
    word,
)
from proxy_core.wire.openai.fields import refused

__all__ = ["check_chat_fields", "check_responses_fields", "named_format"]

_FORMAT_WORDS = ("text", "json_object", "json_schema")
_SCHEMA: Mapping[str, Check] = {"name": text, "description": text, "schema": mapping, "strict": flag}
_SAMPLING: Mapping[str, Check] = {
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "top_logprobs": number(0, 20),
    "parallel_tool_calls": flag,
    "stream": flag,
    "stream_options": mapping,
    "store": flag,
    "user": text,
    "safety_identifier": text,
    "prompt_cache_key": text,
    "prompt_cache_retention": text,
    "service_tier": text,
}
"""Fields of both wires."""


def _metadata(value: Any, path: str) -> None:
    mapping(value, path)
    for key, told in value.items():
        text(told, f"{path}.{key}")


def _chat_format(value: Any, path: str) -> None:
    mapping(value, path)
    word(*_FORMAT_WORDS)(value.get("type"), f"{path}.type")
    if value.get("type") == "json_schema":
        object_of(_SCHEMA, "schema")(value.get("json_schema"), f"{path}.json_schema")


def _responses_format(value: Any, path: str) -> None:
    mapping(value, path)
    word(*_FORMAT_WORDS)(value.get("type"), f"{path}.type")
    if value.get("type") == "json_schema":
        object_of(_SCHEMA, "schema")(value, path)


def _stop(value: Any, path: str) -> None:
    good = isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))
    if not good:
        raise refused(path, "a string or a list of strings", value)


_CHAT: Mapping[str, Check] = {
    **_SAMPLING,
    "max_tokens": whole(1),
    "max_completion_tokens": whole(1),
    "frequency_penalty": number(-2, 2),
    "presence_penalty": number(-2, 2),
    "logprobs": flag,
    "logit_bias": mapping,
    "n": whole(1, 128),
    "seed": whole(),
    "stop": _stop,
    "reasoning_effort": text,
    "verbosity": text,
    "response_format": _chat_format,
    "metadata": _metadata,
    "modalities": list_of(text),
    "audio": mapping,
    "prediction": mapping,
}
_RESPONSES: Mapping[str, Check] = {
    **_SAMPLING,
    "instructions": text,
    "previous_response_id": text,
    "max_output_tokens": whole(1),
    "max_tool_calls": whole(1),
    "background": flag,
    "truncation": word("auto", "disabled"),
    "include": list_of(text),
    "reasoning": object_of({"effort": text, "summary": text, "generate_summary": text}),
    "text": object_of({"format": _responses_format, "verbosity": text}),
    "metadata": _metadata,
}


def check_chat_fields(body: JsonObject) -> None:
    """Raises `ClientError` that names the field at fault."""
    check_fields(body, _CHAT)


def check_responses_fields(body: JsonObject) -> None:
    """Raises `ClientError` that names the field at fault."""
    check_fields(body, _RESPONSES)


def named_format(wanted: JsonObject) -> JsonObject:
    """A format with the name that OpenAI asks of a schema."""
    return wanted if wanted.get("name") else {**wanted, "name": "response"}

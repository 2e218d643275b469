"""Tool arguments: JSON text in the neutral model, an object on this wire."""

from typing import Any

from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json

__all__ = ["decode_arguments", "encode_arguments"]


def encode_arguments(arguments: str) -> JsonObject:
    """Argument text to the object the wire demands. Broken text travels under `_raw`, a bare value under
    `value`, so that nothing a model wrote is lost."""
    if not arguments.strip():
        return {}
    try:
        value = load_json(arguments)
    except JsonError:
        return {"_raw": arguments}
    return value if isinstance(value, dict) else {"value": value}


def decode_arguments(value: Any) -> str:
    """The wire's object to compact JSON text; text that encode_arguments could not read comes back as it was."""
    match value:
        case str():
            return value
        case {"_raw": str() as raw} if len(value) == 1:
            return raw
        case _:
            return dump_json(value).decode()

"""Google's schemas, a dialect of OpenAPI 3, to JSON Schema. Source: https://ai.google.dev/api/caching#Schema"""

from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["decode_schema"]

_NAMED = ("properties", "$defs", "defs")
_NESTED = ("items", "additionalProperties")
_LISTED = ("anyOf", "any_of", "prefixItems")
_NUMBERS = frozenset({"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"})
_LEFT_OUT = frozenset({"nullable", "propertyOrdering", "property_ordering", "example"})
_RENAMED = {
    "any_of": "anyOf", "min_items": "minItems", "max_items": "maxItems", "min_length": "minLength",
    "max_length": "maxLength", "min_properties": "minProperties", "max_properties": "maxProperties",
    "additional_properties": "additionalProperties",
}  # fmt: skip


def decode_schema(schema: Any) -> Any:
    """Types in small letters, `nullable` as a second type, counts as numbers; all else stays."""
    if not isinstance(schema, dict):
        return schema
    decoded: JsonObject = {}
    fields: JsonObject = schema
    for name, value in fields.items():
        if name not in _LEFT_OUT:
            key = _RENAMED.get(name, name)
            decoded[key] = _decode_value(key, value)
    return _with_null(decoded) if schema.get("nullable") is True else decoded


def _decode_value(key: str, value: Any) -> Any:
    match key, value:
        case "type", str():
            return value.lower()
        case _, dict() if key in _NAMED:
            return {name: decode_schema(item) for name, item in value.items()}
        case _, dict() if key in _NESTED:
            return decode_schema(value)
        case _, list() if key in _LISTED:
            return [decode_schema(item) for item in value]
        case _, str() if key in _NUMBERS and value.isdigit():
            return int(value)
        case _:
            return value


def _with_null(schema: JsonObject) -> JsonObject:
    if isinstance(kind := schema.get("type"), str):
        nullable: JsonObject = {**schema, "type": [kind, "null"]}
        if isinstance(words := schema.get("enum"), list) and None not in words:
            nullable["enum"] = [*words, None]
        return nullable
    return {"anyOf": [schema, {"type": "null"}]}

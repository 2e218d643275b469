"""Is a tool's schema a well-formed JSON Schema of draft 2020-12? A check of the common keywords only."""

from collections.abc import Mapping
from typing import Any

__all__ = ["is_valid_schema"]

_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_SCHEMAS_BY_NAME = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_TEXTS = ("$schema", "$id", "$ref", "$comment", "title", "description", "pattern", "format")


def is_valid_schema(schema: Any) -> bool:
    if isinstance(schema, bool):
        return True
    return isinstance(schema, dict) and all(_member_is_valid(key, value) for key, value in schema.items())


def _member_is_valid(key: str, value: Any) -> bool:
    if key == "type":
        return _type_is_valid(value)
    if key == "required":
        return isinstance(value, list) and all(isinstance(name, str) for name in value)
    if key == "enum":
        return isinstance(value, list)
    return _nested_is_valid(key, value) and _plain_is_valid(key, value)


def _type_is_valid(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(isinstance(name, str) and name in _TYPES for name in names)


def _nested_is_valid(key: str, value: Any) -> bool:
    if key in _SCHEMAS_BY_NAME:
        return isinstance(value, Mapping) and all(is_valid_schema(inner) for inner in value.values())
    if key in _SCHEMA_LISTS:
        return isinstance(value, list) and bool(value) and all(is_valid_schema(inner) for inner in value)
    return is_valid_schema(value) if key in _SCHEMAS else True


def _plain_is_valid(key: str, value: Any) -> bool:
    if key in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if key in _COUNTS:
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value)
    return isinstance(value, str) if key in _TEXTS else True

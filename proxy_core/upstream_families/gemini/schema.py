"""JSON Schema to the small OpenAPI dialect that Gemini's older fields take. Pure.

For `parameters` and `responseSchema` of models that know no JSON Schema. What the dialect cannot say is
left out: the result allows more than the original, never less, but for names that stay required.
Source: https://cloud.google.com/vertex-ai/docs/reference/rest/v1/Schema
"""

from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["encode_openapi_schema"]

_PLAIN_KEYS = frozenset(
    {"title", "description", "nullable", "minItems", "maxItems", "minLength", "maxLength", "pattern",
     "minimum", "maximum", "minProperties", "maxProperties", "default"}
)  # fmt: skip
_FORMATS = {
    "string": frozenset({"enum", "date-time"}),
    "integer": frozenset({"int32", "int64"}),
    "number": frozenset({"float", "double"}),
}
_DEEPEST = 32


def encode_openapi_schema(schema: JsonObject) -> JsonObject:
    """The schema with references inlined. A reference that leads back to itself becomes a free object."""
    return _Sanitiser(schema).root()


class _Sanitiser:
    def __init__(self, schema: JsonObject) -> None:
        self._root = schema

    def root(self) -> JsonObject:
        result = self._schema(self._root, ())
        return result if "type" in result or "anyOf" in result else {"type": "object", **result}

    def _schema(self, schema: Any, trail: tuple[str, ...]) -> JsonObject:
        """`trail` holds the references that led here."""
        if not isinstance(schema, dict) or len(trail) > _DEEPEST:
            return {}
        schema, trail = self._resolved(schema, (*trail, ""))
        schema, trail = self._merged(schema, trail)
        result = {key: schema[key] for key in _PLAIN_KEYS & schema.keys()}
        _add_type(result, schema)
        _add_enum(result, schema)
        self._add_properties(result, schema, trail)
        self._add_items(result, schema, trail)
        return self._with_choices(result, schema, trail)

    def _resolved(self, schema: JsonObject, trail: tuple[str, ...]) -> tuple[JsonObject, tuple[str, ...]]:
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema, trail
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        found = None if reference in trail else self._look_up(reference)
        if found is None:
            return {"type": "object", **beside}, trail
        return self._resolved({**found, **beside}, (*trail, reference))

    def _look_up(self, reference: str) -> JsonObject | None:
        node: Any = self._root
        if not reference.startswith("#"):
            return None
        for step in reference[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            node = node.get(key) if isinstance(node, dict) else None
        return node if isinstance(node, dict) else None

    def _merged(self, schema: JsonObject, trail: tuple[str, ...]) -> tuple[JsonObject, tuple[str, ...]]:
        """`allOf` folded into the schema around it."""
        result = schema
        for part in _list(schema.get("allOf")):
            if isinstance(part, dict) and len(trail) <= _DEEPEST:
                found, trail = self._resolved(part, trail)
                found, trail = self._merged(found, (*trail, ""))
                result = _both(result, found)
        return result, trail

    def _add_properties(self, result: JsonObject, schema: JsonObject, trail: tuple[str, ...]) -> None:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return
        result.setdefault("type", "object")
        result["properties"] = {name: self._schema(value, trail) for name, value in properties.items()}
        if required := [
            name for name in _list(schema.get("required")) if isinstance(name, str) and name in properties
        ]:
            result["required"] = required

    def _add_items(self, result: JsonObject, schema: JsonObject, trail: tuple[str, ...]) -> None:
        if result.get("type") == "array" or "items" in schema:
            result.setdefault("type", "array")
            result["items"] = self._schema(schema.get("items"), trail) or {"type": "string"}

    def _with_choices(self, result: JsonObject, schema: JsonObject, trail: tuple[str, ...]) -> JsonObject:
        """`anyOf` stands alone in this dialect, beside a description."""
        choices = _list(schema.get("anyOf")) or _list(schema.get("oneOf"))
        if not choices or "properties" in result:
            return result
        kept = [choice for choice in choices if not _is_null(choice)]
        options = [option for choice in kept if (option := self._schema(choice, trail))]
        beside: JsonObject = {key: result[key] for key in ("title", "description") if key in result}
        if len(kept) < len(choices) or result.get("nullable"):
            beside["nullable"] = True
        if not options:
            return {**result, **beside}
        return {**options[0], **beside} if len(options) == 1 else {"anyOf": options, **beside}


def _add_type(result: JsonObject, schema: JsonObject) -> None:
    types = [name for name in _list(schema.get("type")) or [schema.get("type")] if isinstance(name, str)]
    plain = [name for name in types if name != "null"]
    if plain:
        result["type"] = plain[0] if len(plain) == 1 or "string" not in plain else "string"
    if "null" in types:
        result["nullable"] = True
    if schema.get("format") in _FORMATS.get(str(result.get("type")), ()):
        result["format"] = schema["format"]


def _add_enum(result: JsonObject, schema: JsonObject) -> None:
    """Only texts can be enumerated."""
    values = [schema["const"]] if "const" in schema else _list(schema.get("enum"))
    texts = [value for value in values if isinstance(value, str) and value]
    if texts and result.setdefault("type", "string") == "string":
        result["enum"] = texts


def _both(first: JsonObject, second: JsonObject) -> JsonObject:
    merged = {**second, **first}
    for key in ("properties", "required"):
        if key in first and key in second:
            merged[key] = _joined(first[key], second[key])
    return merged


def _joined(first: Any, second: Any) -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        return {**second, **first}
    return [*_list(first), *(item for item in _list(second) if item not in _list(first))]


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []

"""JSON Schema to Gemini's small schema dialect."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy_core.upstream_families.gemini.schema import encode_openapi_schema

KEYS = frozenset(
    ["type", "format", "title", "description", "nullable", "enum", "items", "minItems", "maxItems", "properties",
     "required", "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "minimum", "maximum",
     "anyOf", "default"]
)  # fmt: skip
TYPES = ["string", "integer", "number", "boolean", "object", "array"]


def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(TYPES) | st.lists(st.sampled_from([*TYPES, "null"]), max_size=3),
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            "required": st.lists(st.sampled_from("abcd"), max_size=3),
            "items": inner,
            "anyOf": st.lists(inner, max_size=3),
            "oneOf": st.lists(inner, max_size=3),
            "allOf": st.lists(inner, max_size=3),
            "enum": st.lists(st.text(max_size=3) | st.integers() | st.none(), max_size=3),
            "const": st.text(max_size=3) | st.integers() | st.none(),
            "format": st.sampled_from(["date-time", "uri", "int32", "float"]),
            "additionalProperties": st.booleans() | inner,
            "$ref": st.sampled_from(["#", "#/$defs/x", "#/$defs/y", "https://elsewhere.example/s"]),
            "$defs": st.fixed_dictionaries({"x": inner, "y": inner}),
            "not": inner,
            "exclusiveMinimum": st.integers(),
        },
    )


SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(st.just({}), extend, max_leaves=8)


def nodes(schema: Any) -> list[Any]:
    below = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    if "items" in schema:
        below.append(schema["items"])
    return [schema, *(found for inner in below for found in nodes(inner))]


@given(SCHEMAS)
def test_only_known_keys_come_out(schema: dict[str, Any]) -> None:
    for node in nodes(encode_openapi_schema(schema)):
        assert node.keys() <= KEYS
        assert isinstance(node.get("type", ""), str)
        assert node.get("type") != "array" or "items" in node
        assert set(node.get("required", [])) <= node.get("properties", {}).keys()
        assert "enum" not in node or node["type"] == "string"
        assert all(isinstance(value, str) for value in node.get("enum", []))


@given(SCHEMAS)
def test_the_small_dialect_is_a_fixed_point(schema: dict[str, Any]) -> None:
    once = encode_openapi_schema(schema)

    assert encode_openapi_schema(once) == once


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, {"type": "object"}),
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "integer"}),
        ({"type": "array"}, {"type": "array", "items": {"type": "string"}}),
        ({"type": "string", "format": "uri"}, {"type": "string"}),
        ({"type": "string", "format": "date-time"}, {"type": "string", "format": "date-time"}),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "d", "minimum": 1},
            {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "d"},
        ),
        (
            {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"required": ["b"]}]},
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        ),
        (
            {"properties": {"a": {}}, "required": ["a", "b", {}, []]},
            {"type": "object", "properties": {"a": {}}, "required": ["a"]},
        ),
        (
            {
                "properties": {"a": {"$ref": "#/$defs/t~1u"}},
                "$defs": {"t/u": {"type": "number", "exclusiveMinimum": 0}},
            },
            {"type": "object", "properties": {"a": {"type": "number"}}},
        ),
    ],
)
def test_schemas_are_made_small(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert encode_openapi_schema(schema) == expected


def test_a_schema_that_holds_itself_ends() -> None:
    tree = {"type": "object", "properties": {"left": {"$ref": "#"}, "name": {"type": "string"}}}

    small = encode_openapi_schema(tree)

    assert small["properties"]["left"]["properties"]["left"] == {"type": "object"}

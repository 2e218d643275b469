from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from proxy_core.simulator.mind.schema_sample import sample_value

SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"a": {"type": "string", "minLength": 20}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}, "required": ["a"]},
    {"type": "object", "properties": {"a": {"enum": ["x", "y"]}, "b": {"const": 7}}, "required": ["a", "b"]},
    {"type": "object", "properties": {"n": {"type": "integer", "minimum": 5, "maximum": 6}}, "required": ["n"]},
    {"type": "object", "properties": {"n": {"type": "integer", "exclusiveMinimum": 0}}, "required": ["n"]},
    {"type": "object", "properties": {"n": {"type": "number", "maximum": -3}}, "required": ["n"]},
    {"type": "object", "properties": {"n": {"type": "integer", "multipleOf": 4}}, "required": ["n"]},
    {"type": "array", "items": {"type": "boolean"}, "minItems": 3},
    {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2},
    {"anyOf": [{"type": "null"}, {"type": "object", "required": ["x"], "properties": {"x": {"type": "null"}}}]},
    {"type": ["null", "string"]},
    {"allOf": [{"required": ["a"]}, {"type": "object", "properties": {"a": {"type": "array"}}}]},
    {
        "$ref": "#/$defs/tree",
        "$defs": {
            "tree": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
                },
                "required": ["name"],
            }
        },
    },
]


@pytest.mark.parametrize("every_property", [False, True])
@pytest.mark.parametrize("schema", SCHEMAS)
def test_sample_fits_its_schema(schema: dict[str, Any], every_property: bool) -> None:
    jsonschema.validate(sample_value(schema, lambda _: None, every_property=every_property), schema)


def test_hint_is_taken_where_it_fits() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}

    assert sample_value(schema, {"city": "Paris"}.get) == {"city": "Paris"}


def test_hint_of_another_type_is_left() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "integer"}}, "required": ["city"]}

    assert sample_value(schema, {"city": "Paris"}.get) == {"city": 1}


def test_optional_properties_are_left_out() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}

    assert set(sample_value(schema, lambda _: None)) == {"a"}


@pytest.mark.parametrize("schema", [{"type": "object", "properties": 1}, {"type": "object", "required": "x"}])
def test_a_malformed_schema_breaks_nothing(schema: dict[str, Any]) -> None:
    assert sample_value(schema, lambda _: None) == {}

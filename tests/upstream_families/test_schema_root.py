"""What stands at the root of a tool's schema."""

import json

from proxy_core.upstream_families.schema_root import fit_schema, inline_references, plain_root

PLAIN = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def test_a_plain_schema_stays_the_same_object() -> None:
    assert plain_root(PLAIN) is PLAIN
    assert fit_schema(PLAIN) is PLAIN


def test_everything_else_goes_from_the_root() -> None:
    schema = {**PLAIN, "$schema": "https://json-schema.org/draft/2020-12/schema", "additionalProperties": False}

    assert plain_root(schema) == PLAIN


def test_definitions_come_to_where_they_are_named() -> None:
    schema = {
        "type": "object",
        "properties": {"to": {"$ref": "#/$defs/Place", "description": "the end"}},
        "$defs": {"Place": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }

    place = {"type": "object", "properties": {"city": {"type": "string"}}, "description": "the end"}
    assert plain_root(schema) == {"type": "object", "properties": {"to": place}}


def test_a_property_may_be_called_definitions() -> None:
    schema = {
        "type": "object",
        "properties": {"definitions": {"$ref": "#/$defs/Text"}},
        "$defs": {"Text": {"type": "string"}},
    }

    assert inline_references(schema)["properties"] == {"definitions": {"type": "string"}}


def test_what_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"left": {"$ref": "#/$defs/Node"}, "right": {"$ref": "#/$defs/Node"}}}
    schema = {"type": "object", "properties": {"tree": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": node}}

    tree = inline_references(schema)["properties"]["tree"]

    assert tree == {"type": "object", "properties": {"left": {}, "right": {}}}


def test_a_wild_schema_does_not_grow_without_end() -> None:
    names = [f"n{number}" for number in range(12)]
    everything = {"type": "object", "properties": {name: {"$ref": f"#/$defs/{name}"} for name in names}}
    schema = {**everything, "$defs": dict.fromkeys(names, everything)}

    assert len(json.dumps(inline_references(schema))) < 2_000_000


def test_branches_at_the_root_become_properties() -> None:
    schema = {"anyOf": [PLAIN, {"type": "object", "properties": {"zip": {"type": "string"}}, "required": ["zip"]}]}

    assert fit_schema(schema) == {
        "type": "object",
        "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
    }

"""A valid sample value for a JSON Schema, as a model would fill it in. Pure; knows no wire."""

import math
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["sample_value"]

Hint = Callable[[str], Any]
"""Property name to a fitting value, None when there is none."""

DEEPEST = 8
FORMATS = {
    "date": "2026-03-01",
    "date-time": "2026-03-01T08:00:00Z",
    "time": "08:00:00Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "6f2c9a54-7b1e-4d3a-9c0f-2f6f0e1d8b7a",
}


def sample_value(schema: Mapping[str, Any], hint: Hint, *, every_property: bool = False) -> Any:
    """A value that fits `schema`: required properties, or every property.

    `hint` proposes values by property name; a proposal of the wrong JSON type is not taken.
    """
    return Sampler(schema, hint, every_property).value(schema, "value", 0)


class Sampler:
    def __init__(self, root: Mapping[str, Any], hint: Hint, every_property: bool) -> None:
        self._root = root
        self._hint = hint
        self._every_property = every_property

    def value(self, schema: Any, name: str, depth: int) -> Any:
        if not isinstance(schema, Mapping):
            return self._text({}, name)
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        proposed = self._hint(name)
        choices = schema.get("enum")
        if choices:
            return proposed if proposed in choices else choices[0]
        branches = schema.get("anyOf") or schema.get("oneOf")
        if branches and "type" not in schema and "properties" not in schema:
            return self.value(first_real(branches), name, depth + 1)
        return self._by_type(schema, name, depth, proposed)

    def _by_type(self, schema: Mapping[str, Any], name: str, depth: int, proposed: Any) -> Any:
        match type_of(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth, proposed)
            case "boolean":
                return proposed if isinstance(proposed, bool) else False
            case "integer":
                return int(self._number(schema, proposed))
            case "number":
                return self._number(schema, proposed)
            case "null":
                return None
            case _:
                return self._text(schema, name, proposed)

    def _resolved(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        merged = dict(schema)
        if isinstance(reference := merged.pop("$ref", None), str) and depth < DEEPEST * 2:
            merged = {**self._referred(reference), **merged}
            if "$ref" in merged:
                return self._resolved(merged, depth + 1)
        for branch in merged.pop("allOf", ()):
            merged = {**self._resolved(branch, depth + 1), **merged}
        return merged

    def _referred(self, reference: str) -> dict[str, Any]:
        place: Any = self._root
        for key in reference.lstrip("#/").split("/") if reference != "#" else ():
            place = place.get(key.replace("~1", "/").replace("~0", "~"), {}) if isinstance(place, Mapping) else {}
        return dict(place) if isinstance(place, Mapping) else {}

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        names = schema.get("required")
        required = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        wanted = list(required)
        if self._every_property and depth < DEEPEST:
            wanted += [name for name in properties if name not in required]
        elif not required and depth == 0:
            wanted += [name for name in properties if self._hint(name) is not None]
        return {name: self.value(properties.get(name, {}), name, depth + 1) for name in wanted}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int, proposed: Any) -> list[Any]:
        if isinstance(proposed, list):
            return proposed
        least = schema.get("minItems", 0)
        count = least if depth >= DEEPEST else max(1, least)
        count = min(count, schema.get("maxItems", count))
        fixed = list(schema.get("prefixItems", ()))
        items = [*fixed, *[schema.get("items", {})] * max(0, count - len(fixed))]
        return [self.value(item, name.removesuffix("s"), depth + 1) for item in items]

    def _number(self, schema: Mapping[str, Any], proposed: Any) -> float:
        low, high = lower_bound(schema), schema.get("maximum", math.inf)
        if "exclusiveMaximum" in schema and not isinstance(schema["exclusiveMaximum"], bool):
            high = min(high, schema["exclusiveMaximum"] - 1)
        if isinstance(proposed, int | float) and not isinstance(proposed, bool) and low <= proposed <= high:
            return proposed
        value = min(max(1, low), high)
        if step := schema.get("multipleOf"):
            value = math.ceil(value / step) * step
        return float(value) if isinstance(value, float) else int(value)

    def _text(self, schema: Mapping[str, Any], name: str, proposed: Any = None) -> str:
        text = proposed if isinstance(proposed, str) else ""
        if text and schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", math.inf):
            return text
        text = FORMATS.get(schema.get("format", ""), f"sample {name}")
        text = text.ljust(schema.get("minLength", 0), "x")
        return text[: schema["maxLength"]] if "maxLength" in schema else text


def lower_bound(schema: Mapping[str, Any]) -> float:
    low: float = schema.get("minimum", -math.inf)
    above = schema.get("exclusiveMinimum")
    return max(low, above + 1) if isinstance(above, int | float) and not isinstance(above, bool) else low


def first_real(branches: Any) -> Any:
    """The first branch that is not `null`."""
    real = [branch for branch in branches if not isinstance(branch, Mapping) or branch.get("type") != "null"]
    return (real or list(branches))[0]


def type_of(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((name for name in kind if name != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema else "string"

"""The words of Python's jsonschema, as SAP's orchestration shows them, place last: `… - 'config.stream'`."""

from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.simulator.validation.shapes import Bool, MapOf, Number, Obj, Path, Seq, Shape, Tagged, Text

__all__ = ["JsonSchemaWords"]

_TYPES: Mapping[type, str] = {
    Text: "string",
    Bool: "boolean",
    Number: "number",
    Seq: "array",
    Obj: "object",
    MapOf: "object",
    Tagged: "object",
}


def _at(path: Path, text: str) -> str:
    return f"{text} - '{'.'.join(map(str, path))}'" if path else text


class JsonSchemaWords:
    def missing(self, path: Path, name: str) -> str:
        return _at(path, f"'{name}' is a required property")

    def unexpected(self, path: Path, name: str, known: Sequence[str]) -> str:  # noqa: ARG002 - not listed
        return _at(path, f"Additional properties are not allowed ('{name}' was unexpected)")

    def wrong_type(self, path: Path, value: Any, shape: Shape) -> str:
        kind = "integer" if isinstance(shape, Number) and shape.integer else _TYPES.get(type(shape), "object")
        return _at(path, f"{value!r} is not of type '{kind}'")

    def not_one_of(self, path: Path, value: Any, shape: Text) -> str:
        return _at(path, f"{value!r} is not one of {list(shape.values)!r}")

    def no_match(self, path: Path, value: str, pattern: str) -> str:
        return _at(path, f"{value!r} does not match '^{pattern}$'")

    def length(self, path: Path, value: Any, minimum: int, maximum: int | None) -> str:  # noqa: ARG002 - not shown
        if len(value) < minimum:
            return _at(path, f"{value!r} should be non-empty" if minimum == 1 else f"{value!r} is too short")
        return _at(path, f"{value!r} is too long")

    def out_of_range(self, path: Path, value: float, shape: Number) -> str:
        if shape.minimum is not None and value < shape.minimum:
            return _at(path, f"{value!r} is less than the minimum of {shape.minimum:g}")
        return _at(path, f"{value!r} is greater than the maximum of {shape.maximum:g}")

    def unknown_tag(self, path: Path, tag: Any, shape: Tagged) -> str:
        return _at((*path, shape.key), f"{tag!r} is not one of {list(shape.options)!r}")

    def sole(self, path: Path, names: Sequence[str], known: Sequence[str]) -> str:  # noqa: ARG002 - not listed
        return _at(path, f"{list(names)!r} is not valid under any of the given schemas")

    def map_step(self, index: int, key: str) -> Path:  # noqa: ARG002 - maps are walked by name
        return (key,)

"""The words of Google's JSON to protobuf parser, and its leniency about spelling and single objects."""

import json
import re
from collections.abc import Sequence
from typing import Any

from proxy_core.simulator.validation.shapes import (
    ANY,
    Bool,
    Either,
    Lazy,
    MapOf,
    Nullable,
    Number,
    Obj,
    Path,
    Seq,
    Shape,
    Tagged,
    Text,
)

__all__ = ["ProtoWords", "field_path", "normalised"]

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


def field_path(path: Path) -> str:
    """`tools[0].function_declarations[0].name`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def normalised(shape: Shape, value: Any) -> Any:
    """The body with snake_case names and lists where lists belong: the parser takes both spellings, and one
    object for a list of one. Keys of free objects stay as they are."""
    match shape, value:
        case Obj(fields), dict():
            named = {_known_name(fields, key): item for key, item in value.items()}
            return {name: normalised(fields.get(name, ANY), item) for name, item in named.items()}
        case Seq(item_shape), _:
            items = value if isinstance(value, list) else [value]
            return [normalised(item_shape, item) for item in items]
        case MapOf(inner), dict():
            return {key: normalised(inner, item) for key, item in value.items()}
        case Lazy(build), _:
            return normalised(build(), value)
        case Nullable(inner), _:
            return normalised(inner, value)
        case _:
            return value


def _known_name(fields: Any, key: str) -> str:
    snake = _CAPITAL.sub(r"_\1", key).lower()
    return snake if snake in fields else key


class ProtoWords:
    def missing(self, path: Path, name: str) -> str:
        return f"* GenerateContentRequest.{field_path((*path, name))}: [REQUIRED] this field is required."

    def unexpected(self, path: Path, name: str, known: Sequence[str]) -> str:  # noqa: ARG002 - not listed
        return f"{self._unknown(path, name)}: Cannot find field."

    def wrong_type(self, path: Path, value: Any, shape: Shape) -> str:
        if isinstance(value, list) and path:
            return f"{self._unknown(path[:-1], str(path[-1]))}: Proto field is not repeating, cannot start list."
        return self._invalid(path, value, shape)

    def not_one_of(self, path: Path, value: Any, shape: Text) -> str:
        return self._invalid(path, value, shape)

    def no_match(self, path: Path, value: str, pattern: str) -> str:  # noqa: ARG002 - patterns are not shown
        return f"Invalid value at '{field_path(path)}' (TYPE_INT64), {json.dumps(value)}"

    def length(self, path: Path, value: Any, minimum: int, maximum: int | None) -> str:
        bound = f"at least {minimum}" if len(value) < minimum else f"at most {maximum}"
        return f"* GenerateContentRequest.{field_path(path)}: size must be {bound}"

    def out_of_range(self, path: Path, value: float, shape: Number) -> str:
        return self._invalid(path, value, shape)

    def unknown_tag(self, path: Path, tag: Any, shape: Tagged) -> str:
        return self._invalid(path, tag, shape)

    def sole(self, path: Path, names: Sequence[str], known: Sequence[str]) -> str:  # noqa: ARG002 - Google names one
        return f"Invalid value at '{field_path(path)}' (oneof), oneof field 'data' is already set."

    def map_step(self, index: int, key: str) -> Path:  # noqa: ARG002 - map entries are counted
        return (index, "value")

    @staticmethod
    def _unknown(path: Path, name: str) -> str:
        where = f" at '{field_path(path)}'" if path else ""
        return f'Invalid JSON payload received. Unknown name "{name}"{where}'

    @staticmethod
    def _invalid(path: Path, value: Any, shape: Shape) -> str:
        return f"Invalid value at '{field_path(path)}' ({_type_name(shape)}), {json.dumps(value)}"


def _type_name(shape: Shape) -> str:
    match shape:
        case Text(kind=kind):
            return "TYPE_STRING" if kind == "string" else kind
        case Number(integer=True):
            return "TYPE_INT32"
        case Number():
            return "TYPE_FLOAT"
        case Bool():
            return "TYPE_BOOL"
        case Obj(kind=kind):
            return f"type.googleapis.com/{kind}"
        case Either(options):
            return _type_name(options[-1])
        case _:
            return "type.googleapis.com/google.protobuf.Value"

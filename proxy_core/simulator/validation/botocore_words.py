"""The words of Converse: botocore's for shapes, the service's `1 validation error detected` for values."""

from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.simulator.validation.shapes import Bool, MapOf, Number, Obj, Path, Seq, Shape, Tagged, Text

__all__ = ["BotocoreWords", "member_path"]

_TYPES: Mapping[type, str] = {
    Text: "<class 'str'>",
    Bool: "<class 'bool'>",
    Seq: "<class 'list'>, <class 'tuple'>",
    Obj: "<class 'dict'>",
    MapOf: "<class 'dict'>",
    Tagged: "<class 'dict'>",
}
_INTEGER, _FLOAT = "<class 'int'>", "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>"


def _path(path: Path) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".") or "input"


def member_path(path: Path) -> str:
    """The service counts members from one: `messages.1.member.role`."""
    return ".".join(f"{step + 1}.member" if isinstance(step, int) else step for step in path)


def _failed(text: str) -> str:
    return f"Parameter validation failed:\n{text}"


def _constraint(path: Path, value: Any, text: str) -> str:
    where = member_path(path)
    return f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: {text}"


class BotocoreWords:
    def missing(self, path: Path, name: str) -> str:
        return _failed(f'Missing required parameter in {_path(path)}: "{name}"')

    def unexpected(self, path: Path, name: str, known: Sequence[str]) -> str:
        return _failed(f'Unknown parameter in {_path(path)}: "{name}", must be one of: {", ".join(known)}')

    def wrong_type(self, path: Path, value: Any, shape: Shape) -> str:
        number = _INTEGER if isinstance(shape, Number) and shape.integer else _FLOAT
        valid = _TYPES.get(type(shape), number)
        return _failed(
            f"Invalid type for parameter {_path(path)}, value: {value}, type: {type(value)}, valid types: {valid}"
        )

    def not_one_of(self, path: Path, value: Any, shape: Text) -> str:
        return _constraint(path, value, f"Member must satisfy enum value set: [{', '.join(shape.values)}]")

    def no_match(self, path: Path, value: str, pattern: str) -> str:
        return _constraint(path, value, f"Member must satisfy regular expression pattern: {pattern}")

    def length(self, path: Path, value: Any, minimum: int, maximum: int | None) -> str:
        if len(value) < minimum:
            return _failed(
                f"Invalid length for parameter {_path(path)}, value: {len(value)}, valid min length: {minimum}"
            )
        return _constraint(path, value, f"Member must have length less than or equal to {maximum}")

    def out_of_range(self, path: Path, value: float, shape: Number) -> str:
        if shape.minimum is not None and value < shape.minimum:
            return _failed(
                f"Invalid range for parameter {_path(path)}, value: {value}, valid min value: {shape.minimum:g}"
            )
        return _constraint(path, value, f"Member must have value less than or equal to {shape.maximum:g}")

    def unknown_tag(self, path: Path, tag: Any, shape: Tagged) -> str:
        return _constraint(
            (*path, shape.key), tag, f"Member must satisfy enum value set: [{', '.join(shape.options)}]"
        )

    def sole(self, path: Path, names: Sequence[str], known: Sequence[str]) -> str:
        if not names:
            return _failed(
                f"Must set one of the following keys for tagged union structure {_path(path)}: {', '.join(known)}."
            )
        return _failed(
            f"Invalid number of parameters set for tagged union structure {_path(path)}. Can only set one of the "
            f"following keys: {', '.join(known)}."
        )

    def map_step(self, index: int, key: str) -> Path:  # noqa: ARG002 - maps are walked by name
        return (key,)

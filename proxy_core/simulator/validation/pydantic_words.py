"""The words of Anthropic's validation, which is pydantic's: `tools.0.custom.name: Field required`."""

from collections.abc import Mapping, Sequence
from typing import Any

from proxy_core.simulator.validation.shapes import Bool, Number, Obj, Path, Seq, Shape, Tagged, Text

__all__ = ["PydanticWords", "located"]

_TYPES: Mapping[type, str] = {
    Text: "Input should be a valid string",
    Bool: "Input should be a valid boolean",
    Number: "Input should be a valid number",
    Seq: "Input should be a valid list",
    Obj: "Input should be an object",
}


def located(path: Path, text: str) -> str:
    return f"{'.'.join(map(str, path))}: {text}" if path else text


def _listed(values: Sequence[str]) -> str:
    quoted = [f"'{value}'" for value in values]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


class PydanticWords:
    def missing(self, path: Path, name: str) -> str:
        return located((*path, name), "Field required")

    def unexpected(self, path: Path, name: str, known: Sequence[str]) -> str:  # noqa: ARG002 - the texts list no names
        return located((*path, name), "Extra inputs are not permitted")

    def wrong_type(self, path: Path, value: Any, shape: Shape) -> str:
        if isinstance(shape, Number) and shape.integer:
            got_number = isinstance(value, float)
            return located(
                path, "Input should be a valid integer" + (", got a number with a fractional part" * got_number)
            )
        return located(path, _TYPES.get(type(shape), "Input should be an object"))

    def not_one_of(self, path: Path, value: Any, shape: Text) -> str:  # noqa: ARG002 - the value is not repeated
        return located(path, f"Input should be {_listed(shape.values)}")

    def no_match(self, path: Path, value: str, pattern: str) -> str:  # noqa: ARG002 - likewise
        return located(path, f"String should match pattern '^{pattern}$'")

    def length(self, path: Path, value: Any, minimum: int, maximum: int | None) -> str:
        noun, unit = ("String", "character") if isinstance(value, str) else ("List", "item")
        bound, word = (minimum, "at least") if len(value) < minimum else (maximum or 0, "at most")
        return located(path, f"{noun} should have {word} {bound} {unit}{'' if bound == 1 else 's'}")

    def out_of_range(self, path: Path, value: float, shape: Number) -> str:
        if shape.minimum is not None and value < shape.minimum:
            return located(path, f"Input should be greater than or equal to {shape.minimum:g}")
        return located(path, f"Input should be less than or equal to {shape.maximum:g}")

    def unknown_tag(self, path: Path, tag: Any, shape: Tagged) -> str:
        tags = ", ".join(f"'{option}'" for option in shape.options)
        text = f"Input tag '{tag}' found using '{shape.key}' does not match any of the expected tags: {tags}"
        return located(path, text)

    def sole(self, path: Path, names: Sequence[str], known: Sequence[str]) -> str:  # noqa: ARG002 - unused by Anthropic
        return located(path, f"Input should be {_listed(tuple(known))}")

    def map_step(self, index: int, key: str) -> Path:  # noqa: ARG002 - maps are walked by name
        return (key,)

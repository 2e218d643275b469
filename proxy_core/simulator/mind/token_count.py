"""Counts tokens as the simulated models do: four characters make one, an image counts at a flat rate."""

from collections.abc import Mapping
from typing import Any

__all__ = ["count_tokens"]

_CHARACTERS = 4
_BINARY = 6400  # characters that an image or a document stands for: 1600 tokens
_BINARY_KEYS = frozenset({"data", "bytes"})


def count_tokens(*values: Any) -> int:
    """Tokens of JSON values; keys count too, base64 data counts as one picture."""
    return max(1, sum(_measure(value) for value in values) // _CHARACTERS)


def _measure(value: Any) -> int:
    match value:
        case str():
            return len(value)
        case list() | tuple():
            return sum(_measure(item) for item in value)
        case Mapping():
            return sum(_measure_member(key, member) for key, member in value.items())
        case _:
            return 1


def _measure_member(key: str, value: Any) -> int:
    if key in _BINARY_KEYS and isinstance(value, str):
        return _BINARY
    return len(key) + _measure(value)

"""Typed reading of a client's JSON. Every failure is a `ClientError` that names the field by its JSON path."""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject

__all__ = [
    "optional_bool",
    "optional_int",
    "optional_number",
    "optional_text",
    "refused",
    "required_list",
    "required_object",
    "required_text",
]

_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


def refused(path: str, expected: str, value: Any = None) -> ClientError:
    """The error that says which field is wrong and what it should be."""
    found = "" if value is None else f", not {_NAMES.get(type(value), 'that')}"
    return ClientError(f"`{path}` must be {expected}{found}.", param=path)


def required_text(holder: JsonObject, key: str, path: str) -> str:
    value = holder.get(key)
    if isinstance(value, str):
        return value
    raise _wrong(path, "a string", value)


def required_list(holder: JsonObject, key: str, path: str) -> list[Any]:
    value = holder.get(key)
    if isinstance(value, list):
        return value
    raise _wrong(path, "a list", value)


def required_object(value: Any, path: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise _wrong(path, "an object", value)


def optional_text(holder: JsonObject, key: str, path: str) -> str | None:
    value = holder.get(key)
    if value is None or isinstance(value, str):
        return value
    raise refused(path, "a string", value)


def optional_bool(holder: JsonObject, key: str, path: str) -> bool | None:
    value = holder.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise refused(path, "true or false", value)


def optional_int(holder: JsonObject, key: str, path: str) -> int | None:
    """A whole number; `3.0` is one too."""
    value = holder.get(key)
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise refused(path, "a whole number", value)


def optional_number(holder: JsonObject, key: str, path: str) -> float | None:
    value = holder.get(key)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise refused(path, "a number", value)


def _wrong(path: str, expected: str, value: Any) -> ClientError:
    if value is None:
        return ClientError(f"`{path}` is missing; it must be {expected}.", param=path)
    return refused(path, expected, value)

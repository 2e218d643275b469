"""JSON text to Python values and back, fast, and kind to what real clients send.

orjson does the work. It refuses lone surrogates, which JavaScript clients send when they cut a text
inside an emoji, so such text is read a second time by the standard library and repaired.
"""

import json
from typing import Any

import orjson

JsonObject = dict[str, Any]

__all__ = ["JsonError", "JsonObject", "dump_json", "load_json"]


class JsonError(ValueError):
    """The text is not JSON. `str()` says what is wrong, with line and column."""


def load_json(text: bytes | str) -> Any:
    """Read JSON text. Raises `JsonError`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _load_leniently(text)


def dump_json(value: Any) -> bytes:
    """Write compact JSON in UTF-8. Integers beyond 64 bits are written too."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _load_leniently(text: bytes | str) -> Any:
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return _without_lone_surrogates(json.loads(text, parse_constant=_refuse_constant))
    except RecursionError:
        raise JsonError("The JSON is nested too deeply.") from None
    except UnicodeDecodeError as error:
        raise JsonError(f"The JSON is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg} (line {error.lineno}, column {error.colno})") from None


def _refuse_constant(name: str) -> Any:
    raise JsonError(f"{name} is not a JSON value.")


def _without_lone_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_lone_surrogates(item) for item in value]
        case dict():
            return {_without_lone_surrogates(key): _without_lone_surrogates(item) for key, item in value.items()}
        case _:
            return value

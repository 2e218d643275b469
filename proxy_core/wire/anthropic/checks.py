"""Reading a client's JSON with errors that name the place, such as `messages[2].content[0].text`."""

from typing import Any

from proxy_core.errors import ClientError
from proxy_core.json_text import JsonObject

__all__ = [
    "expect_integer",
    "expect_list",
    "expect_messages",
    "expect_number",
    "expect_object",
    "expect_text",
    "require",
]

_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
}


def require(body: JsonObject, key: str) -> Any:
    """The value of a field that must be there. Raises `ClientError` that names it."""
    value = body.get(key)
    if value is None:
        raise ClientError(f"{key}: this field is required.", param=key)
    return value


def expect_messages(body: JsonObject) -> list[Any]:
    """The `messages` of a body: a list with something in it."""
    messages = expect_list(require(body, "messages"), "messages")
    if not messages:
        raise ClientError("messages: at least one message is required.", param="messages")
    return messages


def expect_object(value: Any, path: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _mismatch(value, path, "an object")
    return value


def expect_list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _mismatch(value, path, "a list")
    return value


def expect_text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _mismatch(value, path, "a string")
    return value


def expect_integer(value: Any, path: str, *, least: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _mismatch(value, path, "a whole number")
    if value < least:
        raise ClientError(f"{path}: expected at least {least}, got {value}.", param=path)
    return value


def expect_number(value: Any, path: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _mismatch(value, path, "a number")
    return value


def _mismatch(value: Any, path: str, expected: str) -> ClientError:
    kind = _KINDS.get(type(value), type(value).__name__)
    return ClientError(f"{path}: expected {expected}, got {kind}.", param=path)

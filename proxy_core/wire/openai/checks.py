"""Checks of JSON values: small ones, made into larger ones. They judge and change nothing.

A check takes a value and its JSON path, and raises the `ClientError` that names the path at fault. What is absent
or null is nobody's mistake: only `object_of` asks for keys that must be there.
"""

from collections.abc import Callable, Mapping
from typing import Any

from proxy_core.wire.openai.fields import refused

__all__ = [
    "Check",
    "check_fields",
    "flag",
    "list_of",
    "mapping",
    "number",
    "object_of",
    "schema_root",
    "text",
    "whole",
    "word",
]

Check = Callable[[Any, str], None]


def check_fields(holder: Mapping[str, Any], checks: Mapping[str, Check], path: str = "") -> None:
    """Check the fields of `holder` that have a check. `path` is that of the holder, empty for a body."""
    for key, value in holder.items():
        if value is not None and (check := checks.get(key)) is not None:
            check(value, f"{path}.{key}" if path else key)


def text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise refused(path, "a string", value)


def flag(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise refused(path, "true or false", value)


def mapping(value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise refused(path, "an object", value)


def schema_root(value: Any, path: str) -> None:
    """The schema of a function's parameters, as far as everybody must be able to read it."""
    mapping(value, path)
    if "properties" in value:
        mapping(value["properties"], f"{path}.properties")


def word(*words: str) -> Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or value not in words:
            raise refused(path, "one of " + ", ".join(words))

    return check


def number(low: float, high: float) -> Check:
    """A number from `low` to `high`."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise refused(path, "a number", value)
        if not low <= value <= high:
            raise refused(path, f"a number from {low:g} to {high:g}")

    return check


def whole(low: int | None = None, high: int | None = None) -> Check:
    """A whole number from `low` to `high`; `3.0` is one too."""

    def check(value: Any, path: str) -> None:
        good = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not good or isinstance(value, bool):
            raise refused(path, "a whole number", None if isinstance(value, float) else value)
        if low is not None and value < low:
            raise refused(path, f"at least {low}")
        if high is not None and value > high:
            raise refused(path, f"at most {high}")

    return check


def list_of(check: Check) -> Check:
    def check_list(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise refused(path, "a list", value)
        for index, item in enumerate(value):
            check(item, f"{path}[{index}]")

    return check_list


def object_of(checks: Mapping[str, Check], *required: str) -> Check:
    def check(value: Any, path: str) -> None:
        mapping(value, path)
        for key in required:
            if value.get(key) is None:
                checks[key](None, f"{path}.{key}")
        check_fields(value, checks, path)

    return check

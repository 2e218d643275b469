"""Bytes of a request to one JSON object."""

import json
from typing import Any

__all__ = ["NotAnObjectError", "NotUnicodeError", "read_object"]


class NotAnObjectError(Exception):
    """The bytes are not JSON, or JSON but no object."""


class NotUnicodeError(Exception):
    """A text holds half a surrogate pair, which no UTF-8 can carry."""


def read_object(raw: bytes) -> dict[str, Any]:
    """Raises `NotAnObjectError` or `NotUnicodeError`."""
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotAnObjectError from None
    if not isinstance(parsed, dict):
        raise NotAnObjectError
    if b"\\u" in raw and not _is_unicode(parsed):
        raise NotUnicodeError
    return parsed


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True

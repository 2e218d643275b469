"""Wrappers in which a wire carries what only another one understands: signatures, hidden thoughts, summaries.

A wrapper reads `acp1.<kind>.<base64url of the text>`. Clients keep such texts and send them back unchanged.
"""

import base64
import binascii

__all__ = ["is_wrapped", "unwrap", "wrap"]

_MARK = "acp1."


def wrap(kind: str, text: str) -> str:
    """`kind` holds no dot."""
    value = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{_MARK}{kind}.{value}"


def is_wrapped(text: str) -> bool:
    return text.startswith(_MARK)


def unwrap(text: str) -> tuple[str, str] | None:
    """Kind and text; None for what is no wrapper of this proxy, and for a broken one."""
    if not is_wrapped(text):
        return None
    kind, _, value = text[len(_MARK) :].partition(".")
    if not kind or not value:
        return None
    try:
        return kind, base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None

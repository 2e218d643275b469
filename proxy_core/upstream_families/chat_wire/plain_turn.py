"""Most turns of a long conversation are a role and a text: good as they are, and told by one look."""

from typing import Any

__all__ = ["is_plain"]

_ROLES = ("user", "assistant", "system", "developer")


def is_plain(message: Any) -> bool:
    """True for a turn that has nothing to check and nothing to change."""
    return (
        isinstance(message, dict)
        and len(message) == 2
        and isinstance(message.get("content"), str)
        and message.get("role") in _ROLES
    )

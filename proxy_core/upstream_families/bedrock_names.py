"""Names of tools and ids of calls in the alphabet that Bedrock takes. Pure functions, so that a call, its
result and a later request agree."""

import hashlib
import re

__all__ = ["build_call_id", "build_tool_name"]

_VALID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_INVALID_CHARACTER = re.compile(r"[^a-zA-Z0-9_-]")


def build_tool_name(name: str) -> str:
    """The name itself where it is valid; else its letters and a hash, the same each time."""
    return name if _VALID.fullmatch(name) else _shortened(name)


def build_call_id(call_id: str) -> str:
    """As with names: models of other vendors write ids with dots and colons."""
    return call_id if _VALID.fullmatch(call_id) else _shortened(call_id)


def _shortened(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{_INVALID_CHARACTER.sub('_', name)[:55]}_{digest}"

"""A JSON Schema that a system prompt asks for in words, as real models obey it. Reads text only."""

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["schema_in_words"]

MARK = "json schema"


def schema_in_words(system: str) -> Mapping[str, Any] | None:
    """The schema object that follows the last mention of a JSON Schema, or None."""
    place = system.lower().rfind(MARK)
    start = system.find("{", place)
    if place < 0 or start < 0:
        return None
    try:
        schema, _end = json.JSONDecoder().raw_decode(system, start)
    except ValueError:
        return None
    return schema if isinstance(schema, dict) and ("type" in schema or "properties" in schema) else None

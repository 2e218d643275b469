"""Tool names, ids and descriptions within the limits of Azure OpenAI."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["ToolNames", "build_tool", "explain_tools", "fit_call_id", "fit_schema"]

_MAX_NAME = 64
_MAX_CALL_ID = 40
_MAX_DESCRIPTION = 1024
_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")
_CUT_NOTE = "… (the whole text stands in the system message)"


class ToolNames:
    """Names on the wire for the client's names; `back` leads from a changed name to the client's."""

    def __init__(self) -> None:
        self._back: dict[str, str] = {}

    @property
    def back(self) -> Mapping[str, str]:
        return self._back

    def fit(self, name: str) -> str:
        """The name itself where it is valid, else a valid one that is always the same for it."""
        plain = _UNFIT.sub("_", name)
        if plain == name and len(name) <= _MAX_NAME:
            return name
        mark = "_" + sha256(name.encode()).hexdigest()[:8]
        fitted = plain[: _MAX_NAME - len(mark)] + mark
        self._back[fitted] = name
        return fitted


def fit_call_id(identity: str) -> str:
    """Ids over 40 characters are refused; the same id always gives the same short one."""
    if len(identity) <= _MAX_CALL_ID:
        return identity
    return "call_" + sha256(identity.encode()).hexdigest()[:24]


def build_tool(
    name: str, description: str | None, parameters: JsonObject | None, strict: bool | None
) -> tuple[JsonObject, str | None]:
    """A tool of the wire, and its whole description where that is longer than a tool may carry."""
    function: JsonObject = {"name": name}
    long_text = description if description and len(description) > _MAX_DESCRIPTION else None
    if long_text:
        description = long_text[: _MAX_DESCRIPTION - len(_CUT_NOTE)] + _CUT_NOTE
    if description:
        function["description"] = description
    if parameters is not None:
        function["parameters"] = parameters if "type" in parameters else {"type": "object", **parameters}
    if strict is not None:
        function["strict"] = strict
    return {"type": "function", "function": function}, long_text


def fit_schema(schema: Any) -> Any:
    """The schema with `items` for every array: Azure refuses an array that does not say what is in it.

    What needs no change stays the same object.
    """
    match schema:
        case dict():
            changed = {key: new for key, value in schema.items() if (new := fit_schema(value)) is not value}
            if schema.get("type") == "array" and "items" not in schema and "prefixItems" not in schema:
                changed["items"] = {}
            return {**schema, **changed} if changed else schema
        case list():
            items = [fit_schema(item) for item in schema]
            return items if any(new is not old for new, old in zip(items, schema, strict=True)) else schema
        case _:
            return schema


def explain_tools(messages: list[JsonObject], long_texts: Mapping[str, str]) -> list[JsonObject]:
    """The messages with the long descriptions in a system message after the leading ones."""
    if not long_texts:
        return messages
    text = "\n\n".join(f"# Tool {name}\n{text}" for name, text in long_texts.items())
    position = 0
    while position < len(messages) and messages[position].get("role") in ("system", "developer"):
        position += 1
    return [*messages[:position], {"role": "system", "content": text}, *messages[position:]]

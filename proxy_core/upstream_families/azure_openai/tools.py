"""Tools within the limits of Azure OpenAI."""

from collections.abc import Mapping
from typing import Any

from proxy_core.json_text import JsonObject

__all__ = ["build_tool", "explain_tools", "fit_schema"]

_MAX_DESCRIPTION = 1024
_CUT_NOTE = "… (the whole text stands in the system message)"


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
        function["parameters"] = parameters if parameters.get("type") else {**parameters, "type": "object"}
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

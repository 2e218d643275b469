"""Tools and tool choice of a chat body, the form before `tools` included."""

from typing import Any

from proxy_core.client_dialects.openai_chat.decode_parts import decode_extras
from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ToolChoice, ToolDefinition
from proxy_core.wire.openai.checks import schema_root
from proxy_core.wire.openai.fields import (
    optional_bool,
    optional_text,
    refused,
    required_object,
    required_text,
)

__all__ = ["decode_tool_choice", "decode_tools"]


def decode_tools(body: JsonObject) -> tuple[ToolDefinition, ...]:
    """The tools, or the `functions` of old. Raises `ClientError`."""
    tools = body.get("tools")
    if tools is None:
        functions = _list(body.get("functions"), "functions")
        return tuple(_decode_function(item, {}, f"functions[{index}]") for index, item in enumerate(functions))
    return tuple(_decode_tool(tool, f"tools[{index}]") for index, tool in enumerate(_list(tools, "tools")))


def decode_tool_choice(body: JsonObject) -> ToolChoice | None:
    """The choice; None where the client leaves it to the model. Raises `ClientError`."""
    if not (body.get("tools") or body.get("functions")):
        return None
    if (choice := body.get("tool_choice")) is not None:
        return _decode_choice(choice)
    match body.get("function_call"):
        case None:
            return None
        case "auto" | "none" as mode:
            return ToolChoice(mode)
        case {"name": str() as name}:
            return ToolChoice("one", name=name)
        case value:
            raise refused("function_call", "auto, none, or an object with a name", value)


def _decode_tool(tool: Any, path: str) -> ToolDefinition:
    tool = required_object(tool, path)
    if tool.get("type", "function") != "function":
        raise refused(f"{path}.type", "`function`")
    return _decode_function(tool.get("function"), tool, f"{path}.function")


def _decode_function(function: Any, tool: JsonObject, path: str) -> ToolDefinition:
    function = required_object(function, path)
    parameters = function.get("parameters")
    if parameters is not None:
        schema_root(parameters, f"{path}.parameters")
    return ToolDefinition(
        name=required_text(function, "name", f"{path}.name"),
        description=optional_text(function, "description", f"{path}.description") or "",
        parameters=_no_parameters() if parameters is None else parameters,
        strict=optional_bool(function, "strict", f"{path}.strict"),
        extras=decode_extras(tool) or decode_extras(function),
    )


def _no_parameters() -> JsonObject:
    return {"type": "object", "properties": {}}


def _decode_choice(choice: Any) -> ToolChoice:
    match choice:
        case "auto" | "none" | "required":
            return ToolChoice(choice)
        case {"type": "function", "function": {"name": str() as name}}:
            return ToolChoice("one", name=name)
        case {"type": "allowed_tools"}:
            return _decode_allowed(choice)
        case _:
            raise refused("tool_choice", "auto, none, required, or an object that names a function", choice)


def _decode_allowed(choice: JsonObject) -> ToolChoice:
    """Nested as on this wire, or flat as on the Responses wire."""
    allowed = choice.get("allowed_tools")
    holder, path = (allowed, "tool_choice.allowed_tools") if isinstance(allowed, dict) else (choice, "tool_choice")
    names = []
    for index, tool in enumerate(_list(holder.get("tools"), f"{path}.tools")):
        match tool:
            case {"function": {"name": str() as name}} | {"name": str() as name}:
                names.append(name)
            case _:
                raise refused(f"{path}.tools[{index}]", "a function by name", tool)
    return ToolChoice("required" if holder.get("mode") == "required" else "auto", names=tuple(names))


def _list(value: Any, path: str) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise refused(path, "a list", value)

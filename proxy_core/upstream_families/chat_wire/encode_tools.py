"""Tool choice and structured output of a neutral request in the words of the chat completions wire."""

from proxy_core.json_text import JsonObject
from proxy_core.neutral.messages import ChatRequest, ResponseFormat, ToolChoice, ToolDefinition
from proxy_core.upstream_families.chat_wire.tool_names import ToolNames

__all__ = ["encode_choice", "encode_format", "encode_tool", "offered_tools"]


def offered_tools(request: ChatRequest) -> tuple[ToolDefinition, ...]:
    """The tools that the choice leaves."""
    names = request.tool_choice.names if request.tool_choice else ()
    return tuple(tool for tool in request.tools if tool.name in names) if names else request.tools


def encode_tool(tool: ToolDefinition, names: ToolNames) -> JsonObject:
    function: JsonObject = {"name": names.fit(tool.name)}
    if tool.description:
        function["description"] = tool.description
    function["parameters"] = tool.parameters if "type" in tool.parameters else {"type": "object", **tool.parameters}
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def encode_choice(choice: ToolChoice, names: ToolNames) -> str | JsonObject:
    if choice.mode == "one" and choice.name is not None:
        return {"type": "function", "function": {"name": names.fit(choice.name)}}
    return "required" if choice.mode == "one" else choice.mode


def encode_format(wanted: ResponseFormat, names: ToolNames) -> JsonObject:
    if wanted.kind == "json_object" or wanted.schema is None:
        return {"type": "json_object"}
    schema: JsonObject = {"name": names.fit(wanted.name), "schema": wanted.schema}
    if wanted.description:
        schema["description"] = wanted.description
    if wanted.strict is not None:
        schema["strict"] = wanted.strict
    return {"type": "json_schema", "json_schema": schema}

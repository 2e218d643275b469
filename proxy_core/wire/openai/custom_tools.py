"""Free-form (`custom`) tools, whose calls carry plain text, as functions with one text `input`, and back."""

from typing import Any

from proxy_core.json_text import JsonError, JsonObject, dump_json, load_json

__all__ = [
    "build_custom_function",
    "custom_input",
    "custom_tool_names",
    "settled_custom_names",
    "wrap_custom_calls",
    "wrap_input",
]

_CUSTOM_PARAMETERS: JsonObject = {
    "type": "object",
    "properties": {"input": {"type": "string", "description": "The whole input as plain text."}},
    "required": ["input"],
}


def build_custom_function(tool: JsonObject) -> JsonObject:
    """The function with one text `input` that stands in for a free-form tool, nested or flat."""
    definition = tool["custom"] if isinstance(tool.get("custom"), dict) else tool
    described = {"name": definition.get("name"), "description": _custom_description(definition)}
    return {**described, "parameters": _CUSTOM_PARAMETERS}


def _custom_description(definition: JsonObject) -> str:
    """The grammar of the input, if any, belongs to what the model must know."""
    text = str(definition.get("description") or "")
    match definition.get("format"):
        case {"type": "grammar", "grammar": {"definition": str() as grammar}} | {"definition": str() as grammar}:
            return f"{text}\n\nThe input follows this grammar:\n{grammar}".strip()
        case _:
            return text


def custom_tool_names(body: JsonObject) -> frozenset[str]:
    """The free-form tools of a client's body, whose calls carry plain text instead of JSON."""
    tools = body.get("tools")
    names = set()
    for tool in tools if isinstance(tools, list) else []:
        match tool:
            case {"input_schema": _}:
                continue
            case {"type": "custom", "custom": {"name": str() as name}} | {"type": "custom", "name": str() as name}:
                names.add(name)
    return frozenset(names)


def settled_custom_names(body: JsonObject) -> frozenset[str]:
    """The free-form tools in a settled body, known by the parameters they were given."""
    tools = body.get("tools")
    names = set()
    for tool in tools if isinstance(tools, list) else []:
        match tool:
            case {"function": {"name": str() as name, "parameters": parameters}} if (
                parameters == _CUSTOM_PARAMETERS
            ):
                names.add(name)
    return frozenset(names)


def custom_input(arguments: str) -> str:
    """The plain text of a free-form tool's call; the arguments as they are where the model wrote something else."""
    try:
        value = load_json(arguments)
    except JsonError:
        return arguments
    match value:
        case {"input": str() as text}:
            return text
        case _:
            return arguments


def wrap_custom_calls(messages: list[Any], names: frozenset[str]) -> list[Any]:
    """The messages with the plain text of free-form calls as the function's arguments, as the model wrote them; the
    same list where nothing changes."""
    wrapped = [_wrap_calls(message, names) for message in messages]
    return wrapped if any(new is not old for new, old in zip(wrapped, messages, strict=True)) else messages


def _wrap_calls(message: Any, names: frozenset[str]) -> Any:
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    if not isinstance(calls, list):
        return message
    wrapped = [_wrap_call(call, names) for call in calls]
    if all(new is old for new, old in zip(wrapped, calls, strict=True)):
        return message
    return {**message, "tool_calls": wrapped}


def _wrap_call(call: Any, names: frozenset[str]) -> Any:
    match call:
        case {"function": {"name": str() as name, "arguments": str() as text} as function} if (
            name in names and custom_input(text) == text
        ):
            return {**call, "function": {**function, "arguments": wrap_input(text)}}
        case _:
            return call


def wrap_input(text: str) -> str:
    """The arguments of the function that stands in for a free-form tool."""
    return dump_json({"input": text}).decode()
